//! Keys of a Domain in the database.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ed25519_dalek::SigningKey;
use rand::TryRng;
use rand::rngs::SysRng;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{EventSigner, MASTER_KEY_BYTES, SealError, Sealer, WrapKey};
use crate::ids::{DomainId, SigningKeyId};
use crate::postgres::schema::{signing_keys, wrap_keys};
use crate::postgres::{Database, StorageError};

/// Why a Domain's keys cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Sealing or opening failed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<KeyError> for StorageError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Seal(error) => Self::Corrupt(error.to_string()),
            KeyError::Storage(error) => error,
        }
    }
}

impl From<diesel::result::Error> for KeyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// What a sealed wrap key is bound to.
fn wrap_key_row(domain_id: DomainId, version: i32) -> Vec<u8> {
    [b"plexsphere/wrap-key".as_slice(), domain_id.0.as_bytes(), &version.to_be_bytes()].concat()
}

/// What a sealed signing key is bound to.
fn signing_key_row(domain_id: DomainId, key_id: SigningKeyId) -> Vec<u8> {
    [b"plexsphere/signing-key".as_slice(), domain_id.0.as_bytes(), key_id.0.as_bytes()].concat()
}

/// A new key.
///
/// # Errors
/// [`SealError::NoRandomness`].
pub fn random() -> Result<Zeroizing<[u8; MASTER_KEY_BYTES]>, SealError> {
    let mut bytes = Zeroizing::new([0; MASTER_KEY_BYTES]);
    SysRng.try_fill_bytes(bytes.as_mut()).map_err(|_| SealError::NoRandomness)?;
    Ok(bytes)
}

/// Makes a new Domain's wrap key (version 1) and its active signing key, in the caller's transaction.
///
/// # Errors
/// [`KeyError`].
pub async fn create_domain_keys(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    domain_id: DomainId,
    now: DateTime<Utc>,
) -> Result<(), KeyError> {
    let wrap_key = random()?;
    diesel::insert_into(wrap_keys::table)
        .values((
            wrap_keys::domain_id.eq(domain_id.0),
            wrap_keys::version.eq(1),
            wrap_keys::sealed_key.eq(sealer.seal(wrap_key.as_ref(), &wrap_key_row(domain_id, 1))?),
            wrap_keys::master_key_version.eq(sealer.version()),
            wrap_keys::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    create_signing_key(conn, sealer, domain_id, now).await?;
    Ok(())
}

/// Makes a signing key and makes it the active one: there must be none. Returns its id and its raw public key.
///
/// # Errors
/// [`KeyError`].
pub async fn create_signing_key(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    domain_id: DomainId,
    now: DateTime<Utc>,
) -> Result<(SigningKeyId, [u8; 32]), KeyError> {
    let key_id = SigningKeyId::new(now);
    let seed = random()?;
    let public_key = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::key_id.eq(key_id.0),
            signing_keys::domain_id.eq(domain_id.0),
            signing_keys::public_key.eq(public_key.as_slice()),
            signing_keys::sealed_private_key.eq(sealer.seal(seed.as_ref(), &signing_key_row(domain_id, key_id))?),
            signing_keys::master_key_version.eq(sealer.version()),
            signing_keys::state.eq("active"),
            signing_keys::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok((key_id, public_key))
}

/// Opens signing keys. Those that are not there are not in the answer.
///
/// # Errors
/// [`KeyError`]; [`SealError::DoesNotOpen`] when the master key is not the one that sealed one of them.
pub async fn signers(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    key_ids: &[SigningKeyId],
) -> Result<HashMap<SigningKeyId, (DomainId, EventSigner)>, KeyError> {
    let ids: Vec<Uuid> = key_ids.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, Uuid, Vec<u8>)> = signing_keys::table
        .filter(signing_keys::key_id.eq_any(ids))
        .select((signing_keys::key_id, signing_keys::domain_id, signing_keys::sealed_private_key))
        .load(conn)
        .await?;
    let open = |(key_id, domain_id, sealed): (Uuid, Uuid, Vec<u8>)| {
        let (key_id, domain_id) = (SigningKeyId(key_id), DomainId(domain_id));
        let opened = sealer.open(&sealed, &signing_key_row(domain_id, key_id))?;
        let seed: &[u8; MASTER_KEY_BYTES] = opened.as_slice().try_into().map_err(|_| SealError::DoesNotOpen)?;
        Ok((key_id, (domain_id, EventSigner::new(key_id, seed))))
    };
    rows.into_iter().map(open).collect()
}

/// Whose public keys verify what.
#[async_trait]
pub trait PublicKeys: Send + Sync + 'static {
    /// Those of `ids` that are there, with their Domains and their raw bytes.
    async fn public_keys(&self, ids: &[SigningKeyId]) -> Result<Vec<(SigningKeyId, DomainId, Vec<u8>)>, StorageError>;
}

#[async_trait]
impl PublicKeys for Database {
    async fn public_keys(&self, ids: &[SigningKeyId]) -> Result<Vec<(SigningKeyId, DomainId, Vec<u8>)>, StorageError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows: Vec<(Uuid, Uuid, Vec<u8>)> = signing_keys::table
            .filter(signing_keys::key_id.eq_any(ids))
            .select((signing_keys::key_id, signing_keys::domain_id, signing_keys::public_key))
            .load(&mut self.read().await?)
            .await?;
        Ok(rows.into_iter().map(|(key, domain, public)| (SigningKeyId(key), DomainId(domain), public)).collect())
    }
}

/// The Domain's newest wrap key, opened.
///
/// # Errors
/// [`KeyError`]; [`SealError::DoesNotOpen`] when the master key is not the one that sealed it.
pub async fn wrap_key(conn: &mut AsyncPgConnection, sealer: &Sealer, domain_id: DomainId) -> Result<WrapKey, KeyError> {
    let (version, sealed): (i32, Vec<u8>) = wrap_keys::table
        .filter(wrap_keys::domain_id.eq(domain_id.0))
        .order(wrap_keys::version.desc())
        .select((wrap_keys::version, wrap_keys::sealed_key))
        .first(conn)
        .await?;
    Ok(open_wrap_key(sealer, domain_id, version, &sealed)?)
}

/// Opens a wrap key of the Domain as it is stored.
///
/// # Errors
/// [`SealError::DoesNotOpen`] when the master key is not the one that sealed it.
pub fn open_wrap_key(sealer: &Sealer, domain_id: DomainId, version: i32, sealed: &[u8]) -> Result<WrapKey, SealError> {
    let opened = sealer.open(sealed, &wrap_key_row(domain_id, version))?;
    let bytes: &[u8; MASTER_KEY_BYTES] = opened.as_slice().try_into().map_err(|_| SealError::DoesNotOpen)?;
    Ok(WrapKey::new(bytes, version))
}

/// Makes the wrap key that comes after `version`, in the caller's transaction; whoever issues a PSK uses it from the
/// commit on. Returns whether it is this call that made it.
///
/// # Errors
/// [`KeyError`].
pub async fn create_wrap_key_after(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    domain_id: DomainId,
    version: i32,
    now: DateTime<Utc>,
) -> Result<bool, KeyError> {
    let (key, version) = (random()?, version + 1);
    let inserted = diesel::insert_into(wrap_keys::table)
        .values((
            wrap_keys::domain_id.eq(domain_id.0),
            wrap_keys::version.eq(version),
            wrap_keys::sealed_key.eq(sealer.seal(key.as_ref(), &wrap_key_row(domain_id, version))?),
            wrap_keys::master_key_version.eq(sealer.version()),
            wrap_keys::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted > 0)
}

/// The public half of the Domain's active signing key: its id and the raw 32 bytes.
///
/// # Errors
/// [`StorageError`].
pub async fn active_public_key(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
) -> Result<(SigningKeyId, Vec<u8>), StorageError> {
    let (key_id, public_key): (Uuid, Vec<u8>) = signing_keys::table
        .filter(signing_keys::domain_id.eq(domain_id.0))
        .filter(signing_keys::state.eq("active"))
        .select((signing_keys::key_id, signing_keys::public_key))
        .first(conn)
        .await?;
    Ok((SigningKeyId(key_id), public_key))
}

/// Whether the master key opens what this database holds: asked once at start, so that a wrong key is refused
/// before it seals anything.
///
/// # Errors
/// [`KeyError`].
pub async fn check_master_key(conn: &mut AsyncPgConnection, sealer: &Sealer) -> Result<(), KeyError> {
    let any: Option<(Uuid, i32, Vec<u8>)> = wrap_keys::table
        .select((wrap_keys::domain_id, wrap_keys::version, wrap_keys::sealed_key))
        .first(conn)
        .await
        .optional()?;
    if let Some((domain_id, version, sealed)) = any {
        sealer.open(&sealed, &wrap_key_row(DomainId(domain_id), version))?;
    }
    Ok(())
}
