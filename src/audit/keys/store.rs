//! The audit log's keys in the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::audit::{Chain, PseudonymKey};
use crate::ids::{DomainId, SigningKeyId};
use crate::postgres::StorageError;
use crate::postgres::schema::{audit_keys, audit_pseudonym_keys, signing_keys};
use crate::signing::store::{KeyError, random, signers};
use crate::signing::{EventSigner, MASTER_KEY_BYTES, SealError, Sealer};

/// What a sealed key is bound to.
fn key_row(chain: Chain, key_id: SigningKeyId, what: &str) -> Vec<u8> {
    [b"plexsphere/audit-key/", what.as_bytes(), chain.id().as_bytes(), key_id.0.as_bytes()].concat()
}

/// The public half of a key that has signed heads of `chain`, if whoever put it there had the master key.
///
/// # Errors
/// [`StorageError`].
pub async fn public_key(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chain: Chain,
    key_id: SigningKeyId,
) -> Result<Option<Vec<u8>>, StorageError> {
    let row: Option<(Uuid, Vec<u8>)> = audit_keys::table
        .find(key_id.0)
        .select((audit_keys::chain_id, audit_keys::sealed_public_key))
        .first(conn)
        .await
        .optional()?;
    let Some((owner, sealed)) = row.map(|(owner, sealed)| (Chain::from_id(owner), sealed)) else { return Ok(None) };
    // The platform's key closes the chain of a Domain that is gone.
    if owner != chain && owner != Chain::Platform {
        return Ok(None);
    }
    Ok(sealer.open(&sealed, &key_row(owner, key_id, "public")).ok().map(|public| public.to_vec()))
}

/// The keys that sign the heads of `chains`: each Domain's active one, and the platform's for itself and for those that
/// are gone. One that was never used is put among the audit log's keys. A chain whose key does not open is left out.
pub(in crate::audit) async fn signers_of(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chains: &[Chain],
    now: DateTime<Utc>,
) -> Result<BTreeMap<Chain, Arc<EventSigner>>, StorageError> {
    let domains: Vec<Uuid> = chains.iter().filter(|chain| **chain != Chain::Platform).map(|chain| chain.id()).collect();
    let active: Vec<Uuid> = signing_keys::table
        .filter(signing_keys::domain_id.eq_any(domains))
        .filter(signing_keys::state.eq("active"))
        .select(signing_keys::key_id)
        .load(conn)
        .await?;
    let active: Vec<SigningKeyId> = active.into_iter().map(SigningKeyId).collect();
    let mut found = BTreeMap::new();
    for (domain_id, signer) in opened(conn, sealer, &active).await? {
        found.insert(Chain::Domain(domain_id), Arc::new(signer));
    }
    let known: Vec<Uuid> = audit_keys::table
        .filter(audit_keys::key_id.eq_any(found.values().map(|signer| signer.key_id().0).collect::<Vec<_>>()))
        .select(audit_keys::key_id)
        .load(conn)
        .await?;
    for (chain, signer) in &found {
        if !known.contains(&signer.key_id().0) {
            insert_key(conn, sealer, *chain, signer, None, now).await?;
        }
    }
    let others: Vec<Chain> = chains.iter().filter(|chain| !found.contains_key(chain)).copied().collect();
    if !others.is_empty()
        && let Some(signer) = platform_signer(conn, sealer, now).await?.map(Arc::new)
    {
        found.extend(others.into_iter().map(|chain| (chain, signer.clone())));
    }
    Ok(found)
}

/// Keys of Domains, opened. One that does not open is left out: the others' chains must go on.
async fn opened(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    keys: &[SigningKeyId],
) -> Result<Vec<(DomainId, EventSigner)>, StorageError> {
    match signers(conn, sealer, keys).await {
        Ok(all) => return Ok(all.into_values().collect()),
        Err(KeyError::Storage(error)) => return Err(error),
        Err(KeyError::Seal(_)) => {}
    }
    let mut open = Vec::new();
    for key in keys {
        match signers(conn, sealer, std::slice::from_ref(key)).await {
            Ok(one) => open.extend(one.into_values()),
            Err(KeyError::Storage(error)) => return Err(error),
            Err(KeyError::Seal(error)) => tracing::error!(%key, %error, "a signing key cannot be used"),
        }
    }
    Ok(open)
}

async fn insert_key(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chain: Chain,
    signer: &EventSigner,
    sealed_private_key: Option<Vec<u8>>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let (key_id, public_key) = (signer.key_id(), signer.public_key());
    let sealed = sealer.seal(&public_key, &key_row(chain, key_id, "public")).map_err(KeyError::from)?;
    diesel::insert_into(audit_keys::table)
        .values((
            audit_keys::key_id.eq(key_id.0),
            audit_keys::chain_id.eq(chain.id()),
            audit_keys::public_key.eq(public_key.as_slice()),
            audit_keys::sealed_public_key.eq(sealed),
            audit_keys::sealed_private_key.eq(sealed_private_key),
            audit_keys::master_key_version.eq(sealer.version()),
            audit_keys::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The platform's own key; the first time it is asked for it is made. `None`: it does not open.
async fn platform_signer(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    now: DateTime<Utc>,
) -> Result<Option<EventSigner>, StorageError> {
    let row: Option<(Uuid, Option<Vec<u8>>)> = audit_keys::table
        .filter(audit_keys::chain_id.eq(Chain::Platform.id()))
        .filter(audit_keys::sealed_private_key.is_not_null())
        .select((audit_keys::key_id, audit_keys::sealed_private_key))
        .first(conn)
        .await
        .optional()?;
    if let Some((key_id, Some(sealed))) = row {
        let key_id = SigningKeyId(key_id);
        let opened = sealer.open(&sealed, &key_row(Chain::Platform, key_id, "private"));
        let seed = opened
            .and_then(|seed| <[u8; MASTER_KEY_BYTES]>::try_from(seed.as_slice()).map_err(|_| SealError::DoesNotOpen));
        return Ok(match seed {
            Ok(seed) => Some(EventSigner::new(key_id, &seed)),
            Err(error) => {
                tracing::error!(key = %key_id, %error, "the platform's own key of the audit log cannot be used");
                None
            }
        });
    }
    let (key_id, seed) = (SigningKeyId::new(now), random().map_err(KeyError::from)?);
    let signer = EventSigner::new(key_id, &seed);
    let sealed = sealer.seal(seed.as_ref(), &key_row(Chain::Platform, key_id, "private")).map_err(KeyError::from)?;
    insert_key(conn, sealer, Chain::Platform, &signer, Some(sealed), now).await?;
    Ok(Some(signer))
}

/// What a sealed pseudonym key is bound to.
fn pseudonym_row(chain: Chain) -> Vec<u8> {
    [b"plexsphere/audit-pseudonyms".as_slice(), chain.id().as_bytes()].concat()
}

/// The key of the pseudonyms of each of `chains`, where there is one that opens.
pub(in crate::audit) async fn pseudonym_keys(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chains: &[Chain],
) -> Result<BTreeMap<Chain, PseudonymKey>, StorageError> {
    let rows: Vec<(Uuid, Vec<u8>)> = audit_pseudonym_keys::table
        .filter(audit_pseudonym_keys::chain_id.eq_any(chains.iter().map(|chain| chain.id()).collect::<Vec<_>>()))
        .select((audit_pseudonym_keys::chain_id, audit_pseudonym_keys::sealed_key))
        .load(conn)
        .await?;
    let open = |(chain, sealed): (Uuid, Vec<u8>)| {
        let chain = Chain::from_id(chain);
        let opened = sealer.open(&sealed, &pseudonym_row(chain)).ok()?;
        Some((chain, PseudonymKey::new(&opened)?))
    };
    Ok(rows.into_iter().filter_map(open).collect())
}

/// As [`pseudonym_keys`]; makes those that are not there.
pub(in crate::audit) async fn own_pseudonym_keys(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    chains: &[Chain],
    now: DateTime<Utc>,
) -> Result<BTreeMap<Chain, PseudonymKey>, StorageError> {
    let mut keys = pseudonym_keys(conn, sealer, chains).await?;
    for chain in chains {
        if keys.contains_key(chain) {
            continue;
        }
        let bytes = random().map_err(KeyError::from)?;
        let made = diesel::insert_into(audit_pseudonym_keys::table)
            .values((
                audit_pseudonym_keys::chain_id.eq(chain.id()),
                audit_pseudonym_keys::sealed_key
                    .eq(sealer.seal(bytes.as_ref(), &pseudonym_row(*chain)).map_err(KeyError::from)?),
                audit_pseudonym_keys::master_key_version.eq(sealer.version()),
                audit_pseudonym_keys::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        // One that is there already and does not open is not replaced: pseudonyms would change unseen.
        if let (1, Some(key)) = (made, PseudonymKey::new(bytes.as_ref())) {
            keys.insert(*chain, key);
        }
    }
    Ok(keys)
}
