//! API tokens: the link that verifies them, and issuing, listing and revoking them.
//!
//! A token is issued by a token: it never outlives it, falls when it is revoked, and may do what both may do.

pub(in crate::access) mod store;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use tokio::sync::Semaphore;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::credential::{NoRandomness, SecretHash, TokenParts, format_api_token, new_secret};
use super::{AccessError, CredentialCache, IdentityRef, Operator, Permission, RelationChecker};
use crate::audit;
use crate::ids::ApiTokenId;
use crate::page::Page;
use crate::postgres::{Database, StorageError};

/// How long a token lives when nothing else is said.
pub const DEFAULT_TTL: Duration = Duration::days(90);

/// Verifies API tokens, and remembers the ones that held.
pub struct ApiTokenLink {
    database: Database,
    cache: Arc<CredentialCache<(SecretHash, Operator)>>,
    look_ups: Arc<Semaphore>,
}

impl ApiTokenLink {
    /// A link over `database` that remembers in `cache`. `look_ups` bounds what strangers can keep busy.
    pub fn new(
        database: Database,
        cache: Arc<CredentialCache<(SecretHash, Operator)>>,
        look_ups: Arc<Semaphore>,
    ) -> Self {
        Self { database, cache, look_ups }
    }

    /// The operator whose token this is.
    ///
    /// # Errors
    /// [`AccessError::Unauthenticated`] when the token, or one that it comes from, is unknown, revoked or expired;
    /// [`AccessError::Storage`] when that cannot be told.
    pub async fn verify(&self, presented: &TokenParts, now: DateTime<Utc>) -> Result<Operator, AccessError> {
        if let Some((hash, operator)) = self.cache.get(presented.id)
            && presented.hash.matches(&hash.0)
        {
            return live(operator, now);
        }
        // Never closed, so it always gives.
        let _look_up = self.look_ups.acquire().await;
        let mut conn = self.database.read().await?;
        let stored = store::live_api_token(&mut conn, presented.id, now).await?.ok_or(AccessError::Unauthenticated)?;
        if !presented.hash.matches(&stored.secret_hash) {
            return Err(AccessError::Unauthenticated);
        }
        self.cache.put(presented.id, (presented.hash, stored.operator.clone()));
        live(stored.operator, now)
    }
}

fn live(operator: Operator, now: DateTime<Utc>) -> Result<Operator, AccessError> {
    if operator.expires_at <= now { Err(AccessError::Unauthenticated) } else { Ok(operator) }
}

/// A token as it is listed.
pub struct ListedToken {
    /// Which.
    pub id: ApiTokenId,
    /// Whose.
    pub identity_ref: String,
    /// The environment in its text.
    pub env_prefix: String,
    /// Who issued it.
    pub issued_by: Option<String>,
    /// When.
    pub issued_at: DateTime<Utc>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
    /// Since when it does not.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last presented.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A token as it is issued: the only time that its text is seen.
pub struct IssuedToken {
    /// Which.
    pub id: ApiTokenId,
    /// Its text.
    pub text: Zeroizing<String>,
    /// When.
    pub issued_at: DateTime<Utc>,
    /// Until when it holds.
    pub expires_at: DateTime<Utc>,
}

/// Why a token is not issued, listed or revoked.
#[derive(Debug, thiserror::Error)]
pub enum ApiTokenRefusal {
    /// The token is somebody else's and the caller does not administer the platform.
    #[error("only a platform administrator may act on another identity's tokens")]
    NotYours,
    /// There is no such token that the caller may see.
    #[error("no such token")]
    NotFound,
    /// The caller's own credential has been revoked meanwhile.
    #[error("the credential that was presented has been revoked")]
    Revoked,
    /// Too many tokens have issued each other.
    #[error("at most {} tokens may issue each other in a row", store::LONGEST_CHAIN)]
    TooDeep,
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Issuing, listing and revoking API tokens.
pub struct ApiTokens {
    database: Database,
    relations: Arc<dyn RelationChecker>,
}

impl ApiTokens {
    /// Over `database`; `relations` decides who may act for others.
    pub fn new(database: Database, relations: Arc<dyn RelationChecker>) -> Self {
        Self { database, relations }
    }

    async fn may_act_for(&self, operator: &Operator, identity: &IdentityRef) -> Result<bool, StorageError> {
        // A token that another identity issued is bounded by it, so "itself" is not enough for a token of its own.
        if *identity == operator.identity {
            return Ok(true);
        }
        self.relations.allows(operator, Permission::PlatformAdmin, None).await
    }

    /// Issues a token for `identity`, at most as long-lived as the caller's own.
    ///
    /// # Errors
    /// [`ApiTokenRefusal`].
    pub async fn issue(
        &self,
        operator: &Operator,
        identity: IdentityRef,
        env: &str,
        ttl: Option<Duration>,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<IssuedToken, ApiTokenRefusal> {
        if !self.may_act_for(operator, &identity).await? {
            return Err(ApiTokenRefusal::NotYours);
        }
        if operator.depth + 2 > store::LONGEST_CHAIN as usize {
            return Err(ApiTokenRefusal::TooDeep);
        }
        let expires_at = (now + ttl.unwrap_or(DEFAULT_TTL)).min(operator.expires_at);
        let secret = new_secret()?;
        let id = ApiTokenId::new(now);
        let mut tx = self.database.begin().await?;
        // A revocation either waits for this token and takes it along, or is seen here.
        if !store::hold_credential(&mut tx, &operator.credential).await? {
            return Err(ApiTokenRefusal::Revoked);
        }
        store::insert_api_token(
            &mut tx,
            &store::NewApiToken {
                id,
                identity: &identity,
                env_prefix: env,
                secret_hash: SecretHash::of(secret.as_ref()),
                issued_by_token_id: operator.credential.token_id(),
                issued_by: Some(operator.identity.to_string()),
                issued_at: now,
                expires_at,
            },
        )
        .await?;
        audit::append(
            &mut tx,
            &audit::Entry {
                domain_id: None,
                at: now,
                subject: operator.identity.to_string(),
                action: "api_token.issue",
                object: identity.to_string(),
                decision: audit::Decision::Allowed,
                reason: Some(format!("token {id}")),
                correlation_id,
            },
        )
        .await?;
        tx.commit().await?;
        Ok(IssuedToken { id, text: format_api_token(env, id.0, &secret), issued_at: now, expires_at })
    }

    /// A page of tokens: the caller's own, or `identity`'s.
    ///
    /// # Errors
    /// [`ApiTokenRefusal`].
    pub async fn list(
        &self,
        operator: &Operator,
        identity: Option<IdentityRef>,
        page: &Page,
    ) -> Result<Vec<ListedToken>, ApiTokenRefusal> {
        let identity = identity.unwrap_or(operator.identity);
        if !self.may_act_for(operator, &identity).await? {
            return Err(ApiTokenRefusal::NotYours);
        }
        let mut conn = self.database.read().await?;
        Ok(store::list_api_tokens(&mut conn, &identity, page).await?)
    }

    /// Revokes a token and all that come from it. Doing so again changes nothing.
    ///
    /// # Errors
    /// [`ApiTokenRefusal`]; a token that the caller may not see is `NotFound`, like one that does not exist.
    pub async fn revoke(
        &self,
        operator: &Operator,
        id: Uuid,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(), ApiTokenRefusal> {
        // Decided before the transaction: one request never holds two connections.
        let owner = store::api_token_owner(&mut *self.database.read().await?, id).await?;
        let Some(owner) = owner.and_then(|owner| owner.parse::<IdentityRef>().ok()) else {
            return Err(ApiTokenRefusal::NotFound);
        };
        if !self.may_act_for(operator, &owner).await? {
            return Err(ApiTokenRefusal::NotFound);
        }
        let mut tx = self.database.begin().await?;
        let mut revoked = 0;
        // Again until there is nothing left: a token that was being issued is seen once its issuer's row is held.
        loop {
            let more = store::revoke_api_token(&mut tx, id, now).await?;
            revoked += more;
            if more == 0 {
                break;
            }
        }
        if revoked > 0 {
            audit::append(
                &mut tx,
                &audit::Entry {
                    domain_id: None,
                    at: now,
                    subject: operator.identity.to_string(),
                    action: "api_token.revoke",
                    object: owner.to_string(),
                    decision: audit::Decision::Allowed,
                    reason: Some(format!("token {id} and {} issued by it", revoked - 1)),
                    correlation_id,
                },
            )
            .await?;
        }
        Ok(tx.commit().await?)
    }
}
