//! Signing keys while they rotate.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use super::{Rotation, RotationRefusal};
use crate::audit;
use crate::ids::{DomainId, SigningKeyId};
use crate::outbox::{self, Message};
use crate::postgres::schema::{domains, outbox as waiting, signing_keys};
use crate::postgres::{Database, StorageError};
use crate::signing::store::create_signing_key;
use crate::signing::{Scope, Sealer};
use crate::tenancy::domains::raise_versions;

/// Keys that are retired at once.
const RETIRED_AT_ONCE: i64 = 1000;

pub(super) async fn rotate(
    database: &Database,
    sealer: &Sealer,
    domain_id: DomainId,
    transition_expires: DateTime<Utc>,
    again: bool,
    now: DateTime<Utc>,
) -> Result<Rotation, RotationRefusal> {
    let mut tx = database.begin().await?;
    let conn: &mut AsyncPgConnection = &mut tx;
    let of_domain = signing_keys::table.filter(signing_keys::domain_id.eq(domain_id.0));
    let active: Option<Uuid> = of_domain
        .filter(signing_keys::state.eq("active"))
        .select(signing_keys::key_id)
        .for_update()
        .first(conn)
        .await
        .optional()
        .map_err(StorageError::from)?;
    let Some(previous) = active else {
        let known: Option<Uuid> = domains::table
            .find(domain_id.0)
            .select(domains::id)
            .first(conn)
            .await
            .optional()
            .map_err(StorageError::from)?;
        // Who waited for the lock of another rotation finds that the key is not the active one any more.
        let raced = || StorageError::Contended("another rotation came first".into()).into();
        return Err(known.map_or(RotationRefusal::NoDomain(domain_id), |_| raced()));
    };
    let under_way: Option<(Uuid, Option<DateTime<Utc>>)> = of_domain
        .filter(signing_keys::state.eq("rotating").and(signing_keys::transition_expires.gt(now)))
        .order(signing_keys::created_at.desc())
        .select((signing_keys::key_id, signing_keys::transition_expires))
        .first(conn)
        .await
        .optional()
        .map_err(StorageError::from)?;
    if let (Some((before, Some(transition_expires))), false) = (under_way, again) {
        let (key_id, previous_key_id) = (SigningKeyId(previous), SigningKeyId(before));
        return Ok(Rotation { key_id, previous_key_id, transition_expires, under_way: true });
    }
    diesel::update(signing_keys::table.find(previous))
        .set((signing_keys::state.eq("rotating"), signing_keys::transition_expires.eq(transition_expires)))
        .execute(conn)
        .await
        .map_err(StorageError::from)?;
    let (key_id, public_key) = create_signing_key(conn, sealer, domain_id, now).await.map_err(StorageError::from)?;
    let previous_key_id = SigningKeyId(previous);
    let message = Message {
        domain_id,
        scope: Scope::Domain(domain_id),
        event_type: "signing_key_rotated".to_owned(),
        payload: json!({
            "key_id": key_id.0, "public_key": STANDARD.encode(public_key), "previous_key_id": previous,
            "transition_expires": transition_expires.to_rfc3339_opts(SecondsFormat::Millis, true),
        }),
        sign_with: Some(previous_key_id),
    };
    outbox::publish(conn, &[message], now).await.map_err(StorageError::from)?;
    let entry = audit::Entry {
        domain_id: Some(domain_id),
        at: now,
        subject: "system".to_owned(),
        action: "signing_key.rotate",
        object: format!("domain:{domain_id}"),
        decision: audit::Decision::None,
        reason: Some(format!("{previous_key_id} to {key_id}")),
        correlation_id: "",
    };
    audit::append(conn, &entry).await?;
    // What peers pull is another: it lists the keys.
    raise_versions(conn, &BTreeSet::from([domain_id])).await?;
    tx.commit().await?;
    Ok(Rotation { key_id, previous_key_id, transition_expires, under_way: false })
}

/// Retires keys whose transition is over and which have nothing left to sign. Returns how many.
///
/// # Errors
/// [`StorageError`].
pub async fn retire(database: &Database, now: DateTime<Utc>) -> Result<usize, StorageError> {
    let mut tx = database.begin().await?;
    let conn: &mut AsyncPgConnection = &mut tx;
    let to_sign = waiting::table.filter(waiting::signing_key_id.eq(signing_keys::key_id.nullable()));
    let due: Vec<(Uuid, Uuid)> = signing_keys::table
        .filter(signing_keys::state.eq("rotating").and(signing_keys::transition_expires.le(now)))
        .filter(diesel::dsl::not(diesel::dsl::exists(to_sign)))
        .order((signing_keys::domain_id, signing_keys::key_id))
        .limit(RETIRED_AT_ONCE)
        .select((signing_keys::key_id, signing_keys::domain_id))
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    if due.is_empty() {
        return Ok(0);
    }
    let keys: Vec<Uuid> = due.iter().map(|(key_id, _)| *key_id).collect();
    diesel::update(signing_keys::table.filter(signing_keys::key_id.eq_any(keys)))
        .set(signing_keys::state.eq("retired"))
        .execute(conn)
        .await?;
    raise_versions(conn, &due.iter().map(|(_, domain_id)| DomainId(*domain_id)).collect()).await?;
    tx.commit().await?;
    Ok(due.len())
}
