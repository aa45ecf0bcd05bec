//! The first administrator: a service identity with `platform#admin` and a token that nobody issued.

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::api_token::{DEFAULT_TTL, store as token_rows};
use super::credential::{Bearer, NoRandomness, SecretHash, bearer, format_api_token, new_secret};
use super::relation::PLATFORM;
use super::{IdentityKind, IdentityRef, store};
use crate::audit;
use crate::ids::{ApiTokenId, new_uuid};
use crate::postgres::{Database, StorageError};

/// Why there is no administrator token.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// Somebody administers the platform already; a second call must not be a way in.
    #[error("the platform has an administrator already; ask one for a token, or use --force if all tokens are lost")]
    AlreadyBootstrapped,
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Makes an administrator and a token for it. With `force`, also when there is one already.
///
/// # Errors
/// [`BootstrapError`].
pub async fn first_administrator(
    database: &Database,
    env: &str,
    force: bool,
    now: DateTime<Utc>,
) -> Result<(IdentityRef, Zeroizing<String>), BootstrapError> {
    let mut tx = database.begin().await?;
    store::lock_tuples(&mut tx).await?;
    if !force && store::has_grant(&mut tx, "platform", PLATFORM, "admin").await? {
        return Err(BootstrapError::AlreadyBootstrapped);
    }
    let identity = IdentityRef { kind: IdentityKind::Service, id: new_uuid(now) };
    let id = ApiTokenId::new(now);
    let secret = new_secret()?;
    store::insert_tuple(
        &mut tx,
        &store::NewTuple {
            id: new_uuid(now),
            object_type: "platform",
            object_id: PLATFORM,
            relation: "admin",
            subject_type: identity.kind.as_str(),
            subject_id: &identity.id.to_string(),
            subject_relation: "",
            created_at: now,
        },
    )
    .await?;
    token_rows::insert_api_token(
        &mut tx,
        &token_rows::NewApiToken {
            id,
            identity: &identity,
            env_prefix: env,
            secret_hash: SecretHash::of(secret.as_ref()),
            issued_by_token_id: None,
            issued_by: None,
            issued_at: now,
            expires_at: now + DEFAULT_TTL * 40,
        },
    )
    .await?;
    audit::append(
        &mut tx,
        &audit::Entry {
            domain_id: None,
            at: now,
            subject: "installer".to_owned(),
            action: "platform.bootstrap",
            object: identity.to_string(),
            decision: audit::Decision::Allowed,
            reason: force.then(|| "forced".to_owned()),
            correlation_id: "",
        },
    )
    .await?;
    tx.commit().await?;
    Ok((identity, format_api_token(env, id.0, &secret)))
}

/// Whether an API token's text holds at `now`.
///
/// # Errors
/// [`StorageError`].
pub async fn holds(database: &Database, token: &str, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let header = Zeroizing::new(format!("Bearer {token}"));
    let Some(Bearer::ApiToken(Some(parts))) = bearer(&header) else { return Ok(false) };
    let stored = token_rows::live_api_token(&mut *database.read().await?, parts.id, now).await?;
    Ok(stored.is_some_and(|stored| parts.hash.matches(&stored.secret_hash)))
}
