//! API tokens: the link that verifies them, and issuing, listing, rotating and revoking them.
//!
//! A token that a token issues never outlives it and falls when it is revoked. One that is issued with a session or a JWT
//! does not end with that, which would make it useless: it lives for [`DEFAULT_TTL`] at most. Any of them may do what both
//! its identity and its issuer may do at the time.
//!
//! Others' tokens are the business of the platform's administrators, and of whoever manages the Domain that the identity
//! belongs to. A service belongs to the Domain, or to the platform, whose administrator first issues for it.

pub(in crate::access) mod store;
mod uses;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;
use zeroize::Zeroizing;

use uses::LastUse;
pub use uses::{UseWriter, Uses};

use super::credential::{NoRandomness, SecretHash, TokenParts, format_api_token, new_secret};
use super::{
    AccessError, CredentialCache, IdentityKind, IdentityRef, LookUps, Operator, OperatorCredential, Permission,
    RelationChecker, Visible,
};
use crate::audit;
use crate::ids::{ApiTokenId, DomainId};
use crate::page::Page;
use crate::postgres::{Database, MayRetry, StorageError, retrying};

/// How long a token lives when nothing else is said.
pub const DEFAULT_TTL: Duration = Duration::days(90);

/// Verifies API tokens, and remembers the ones that held.
pub struct ApiTokenLink {
    database: Database,
    cache: Arc<CredentialCache<Remembered>>,
    look_ups: Arc<LookUps>,
    uses: Arc<Uses>,
}

/// A token that held.
#[derive(Clone)]
pub struct Remembered {
    hash: SecretHash,
    operator: Operator,
    last_use: Arc<LastUse>,
}

impl ApiTokenLink {
    /// A link over `database` that remembers in `cache` and tells `uses` what is used. `look_ups` bounds what strangers
    /// can keep busy.
    pub fn new(
        database: Database,
        cache: Arc<CredentialCache<Remembered>>,
        look_ups: Arc<LookUps>,
        uses: Arc<Uses>,
    ) -> Self {
        Self { database, cache, look_ups, uses }
    }

    /// The operator whose token this is.
    ///
    /// # Errors
    /// [`AccessError::Unauthenticated`] when the token, or one that it comes from, is unknown, revoked or expired;
    /// [`AccessError::Storage`] when that cannot be told.
    pub async fn verify(&self, presented: &TokenParts, now: DateTime<Utc>) -> Result<Operator, AccessError> {
        if let Some(known) = self.cache.get(presented.id)
            && presented.hash.matches(&known.hash.0)
        {
            return self.used(presented.id, known, now);
        }
        let _turn = self.look_ups.turn().await?;
        let mut conn = self.database.read().await?;
        let stored = store::live_api_token(&mut conn, presented.id, now).await?.ok_or(AccessError::Unauthenticated)?;
        if !presented.hash.matches(&stored.secret_hash) {
            return Err(AccessError::Unauthenticated);
        }
        let known = Remembered { hash: presented.hash, operator: stored.operator, last_use: Arc::default() };
        self.cache.put(presented.id, known.clone());
        self.used(presented.id, known, now)
    }

    fn used(&self, id: Uuid, token: Remembered, now: DateTime<Utc>) -> Result<Operator, AccessError> {
        if token.operator.expires_at <= now {
            return Err(AccessError::Unauthenticated);
        }
        self.uses.note(id, &token.last_use, now);
        Ok(token.operator)
    }
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

/// Why a token is not issued, listed, rotated or revoked.
#[derive(Debug, thiserror::Error)]
pub enum ApiTokenRefusal {
    /// The token is somebody else's and the caller administers neither the platform nor the Domain that they belong to.
    #[error("this needs platform#admin, or domain#manage on the Domain that the identity belongs to")]
    NotYours,
    /// The token may do more than the credential that was presented, holds longer, or does not fall with it.
    #[error("this token may do more, holds longer or outlives more than what was presented, and is not traded for it")]
    Stronger,
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

impl MayRetry for ApiTokenRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::Storage(error) => error.lost_race(),
            Self::NotYours
            | Self::Stronger
            | Self::NotFound
            | Self::Revoked
            | Self::TooDeep
            | Self::NoRandomness(_) => None,
        }
    }
}

/// By what right an operator acts for an identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Right {
    /// It is its own.
    Itself,
    /// It administers the platform.
    Administrator,
    /// It manages the Domain that the identity belongs to.
    Manager(DomainId),
}

/// Until when a token holds at most that `operator` gets or gives.
fn at_most(operator: &Operator, now: DateTime<Utc>) -> DateTime<Utc> {
    match operator.credential {
        OperatorCredential::ApiToken { .. } => operator.expires_at,
        OperatorCredential::Oidc { .. } | OperatorCredential::Session { .. } => now + DEFAULT_TTL,
    }
}

/// Issuing, listing, rotating and revoking API tokens.
pub struct ApiTokens {
    database: Database,
    relations: Arc<dyn RelationChecker>,
}

impl ApiTokens {
    /// Over `database`; `relations` decides who may act for others.
    pub fn new(database: Database, relations: Arc<dyn RelationChecker>) -> Self {
        Self { database, relations }
    }

    /// By what right `operator` acts for `identity`. `None`: by none.
    async fn right_over(&self, operator: &Operator, identity: &IdentityRef) -> Result<Option<Right>, StorageError> {
        // A token that another identity issued is bounded by it, so "itself" is not enough for a token of its own.
        if *identity == operator.identity {
            return Ok(Some(Right::Itself));
        }
        if self.relations.allows(operator, Permission::PlatformAdmin, None).await? {
            return Ok(Some(Right::Administrator));
        }
        let belongs_to = store::belongs_to(&mut *self.database.read().await?, identity).await?;
        match belongs_to {
            Some(Some(domain_id)) if self.manages(operator, domain_id).await? => Ok(Some(Right::Manager(domain_id))),
            _ => Ok(None),
        }
    }

    async fn may_act_for(&self, operator: &Operator, identity: &IdentityRef) -> Result<bool, StorageError> {
        Ok(self.right_over(operator, identity).await?.is_some())
    }

    async fn manages(&self, operator: &Operator, domain_id: DomainId) -> Result<bool, StorageError> {
        self.relations.allows(operator, Permission::DomainManage, Some(domain_id.0)).await
    }

    /// The one Domain that `operator` manages. Of several nobody could say which is meant.
    async fn managed(&self, operator: &Operator) -> Result<Option<DomainId>, StorageError> {
        let mut shown: Option<Vec<Uuid>> = operator.within.map(|domain_id| vec![domain_id.0]);
        for visible in self.relations.visible(operator, Permission::DomainManage).await? {
            if let Visible::Only { domains, .. } = visible {
                shown = Some(match shown {
                    None => domains,
                    Some(before) => before.into_iter().filter(|id| domains.contains(id)).collect(),
                });
            }
        }
        match shown.as_deref() {
            Some([only]) if self.manages(operator, DomainId(*only)).await? => Ok(Some(DomainId(*only))),
            _ => Ok(None),
        }
    }

    /// The Domain that a service which nobody has issued for belongs to once `operator` does; the outer `None`: it is
    /// not for `operator` to say.
    async fn may_bind(
        &self,
        operator: &Operator,
        right: Option<Right>,
        service: &IdentityRef,
    ) -> Result<Option<Option<DomainId>>, StorageError> {
        if right == Some(Right::Administrator) {
            return Ok(Some(None));
        }
        let Some(domain_id) = self.managed(operator).await? else { return Ok(None) };
        let mut conn = self.database.read().await?;
        let unknown = store::belongs_to(&mut conn, service).await?.is_none();
        Ok((unknown && !store::has_tokens(&mut conn, service).await?).then_some(Some(domain_id)))
    }

    /// Issues a token for `identity`, at most as long-lived as the caller's own; with another credential, as
    /// [`DEFAULT_TTL`].
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
        let right = self.right_over(operator, &identity).await?;
        let binds = match right {
            None | Some(Right::Administrator) if identity.kind == IdentityKind::Service => {
                self.may_bind(operator, right, &identity).await?
            }
            _ => None,
        };
        if right.is_none() && binds.is_none() {
            return Err(ApiTokenRefusal::NotYours);
        }
        if operator.depth + 2 > store::LONGEST_CHAIN as usize {
            return Err(ApiTokenRefusal::TooDeep);
        }
        let expires_at = (now + ttl.unwrap_or(DEFAULT_TTL)).min(at_most(operator, now));
        let secret = new_secret()?;
        let id = ApiTokenId::new(now);
        let mut tx = self.database.begin().await?;
        // A revocation either waits for this token and takes it along, or is seen here.
        if !store::hold_credential(&mut tx, &operator.credential).await? {
            return Err(ApiTokenRefusal::Revoked);
        }
        if let Some(domain_id) = binds {
            let belongs_to = store::bind_service(&mut tx, &identity, domain_id, now).await?;
            // Somebody else was first; an administrator issues wherever it belongs.
            if right.is_none() && belongs_to != domain_id {
                return Err(ApiTokenRefusal::NotYours);
            }
        }
        let in_domain = store::belongs_to(&mut tx, &identity).await?.flatten();
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
                domain_id: in_domain,
                at: now,
                subject: operator.identity.to_string(),
                action: "api_token.issue",
                object: identity.to_string(),
                decision: audit::Decision::Allowed,
                reason: Some(format!("api_token:{id}")),
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

    /// Gives a token another secret; all else of it stays, and so do the tokens that it has issued.
    ///
    /// # Errors
    /// [`ApiTokenRefusal`]; a token that the caller may not see, or that does not hold any more, is `NotFound`, like one
    /// that does not exist.
    pub async fn rotate(
        &self,
        operator: &Operator,
        id: Uuid,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(IdentityRef, IssuedToken), ApiTokenRefusal> {
        let token = store::live_api_token(&mut *self.database.read().await?, id, now).await?;
        let store::StoredApiToken { operator: token, chain, .. } = token.ok_or(ApiTokenRefusal::NotFound)?;
        if !self.may_act_for(operator, &token.identity).await? {
            return Err(ApiTokenRefusal::NotFound);
        }
        // Whoever rotates it has it: it must be nothing that the caller could not have issued.
        let within_reach = match operator.credential {
            // That it comes from the one presented bounds what it may and for how long, and it falls with it.
            OperatorCredential::ApiToken { token_id, .. } => chain.contains(&token_id.0),
            OperatorCredential::Oidc { .. } | OperatorCredential::Session { .. } => {
                token.is_bounded_as(operator) && token.expires_at <= at_most(operator, now)
            }
        };
        if !within_reach {
            return Err(ApiTokenRefusal::Stronger);
        }
        let rotated = || self.try_rotate(operator, id, &token, now, correlation_id);
        Ok((token.identity, retrying("token rotation", rotated).await?))
    }

    async fn try_rotate(
        &self,
        operator: &Operator,
        id: Uuid,
        token: &Operator,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<IssuedToken, ApiTokenRefusal> {
        let secret = new_secret()?;
        let mut tx = self.database.begin().await?;
        // Of two who rotate a token with its own secret one is too late, or a secret that was replaced could be used to
        // get hold of the new one while it is remembered.
        let own = operator.credential.token_secret().filter(|(token_id, _)| token_id.0 == id);
        let hash = SecretHash::of(secret.as_ref());
        let rotated =
            store::replace_secret(&mut tx, id, hash, own.map(|(_, secret_version)| secret_version), now).await?;
        let rotated = match (rotated, own) {
            (Some(rotated), _) => rotated,
            (None, Some(_)) => return Err(ApiTokenRefusal::Revoked),
            (None, None) => return Err(ApiTokenRefusal::NotFound),
        };
        if own.is_none() && !store::hold_credential(&mut tx, &operator.credential).await? {
            return Err(ApiTokenRefusal::Revoked);
        }
        audit::append(
            &mut tx,
            &audit::Entry {
                domain_id: token.within,
                at: now,
                subject: operator.identity.to_string(),
                action: "api_token.rotate",
                object: token.identity.to_string(),
                decision: audit::Decision::Allowed,
                reason: Some(format!("api_token:{id}")),
                correlation_id,
            },
        )
        .await?;
        tx.commit().await?;
        Ok(IssuedToken {
            id: ApiTokenId(id),
            text: format_api_token(&rotated.env_prefix, id, &secret),
            issued_at: rotated.issued_at,
            expires_at: rotated.expires_at,
        })
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
        retrying("token revocation", || self.try_revoke(operator, id, &owner, now, correlation_id)).await
    }

    async fn try_revoke(
        &self,
        operator: &Operator,
        id: Uuid,
        owner: &IdentityRef,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(), ApiTokenRefusal> {
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
            let domain_id = store::belongs_to(&mut tx, owner).await?.flatten();
            audit::append(
                &mut tx,
                &audit::Entry {
                    domain_id,
                    at: now,
                    subject: operator.identity.to_string(),
                    action: "api_token.revoke",
                    object: owner.to_string(),
                    decision: audit::Decision::Allowed,
                    reason: Some(format!("api_token:{id} and {} issued by it", revoked - 1)),
                    correlation_id,
                },
            )
            .await?;
        }
        Ok(tx.commit().await?)
    }
}
