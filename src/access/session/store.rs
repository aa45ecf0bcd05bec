//! The statements behind sessions.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Lifetime;
use crate::access::credential::SecretHash;
use crate::ids::SessionId;
use crate::postgres::StorageError;
use crate::postgres::schema::{identities, sessions, sign_in_flows};

/// A session that is not revoked.
#[derive(Queryable)]
pub(super) struct Stored {
    secret_hash: Vec<u8>,
    pub identity_id: Uuid,
    pub issuer: String,
    pub last_seen_at: DateTime<Utc>,
    pub idle_seconds: i32,
    pub expires_at: DateTime<Utc>,
}

impl Stored {
    pub(super) fn hash(&self) -> Result<SecretHash, StorageError> {
        let hash = self.secret_hash.as_slice().try_into();
        hash.map(SecretHash).map_err(|_| StorageError::Corrupt("hash of a session".into()))
    }
}

pub(super) async fn live(conn: &mut AsyncPgConnection, id: SessionId) -> Result<Option<Stored>, StorageError> {
    Ok(sessions::table
        .inner_join(identities::table.on(identities::id.eq(sessions::identity_id)))
        .filter(sessions::id.eq(id.0))
        .filter(sessions::revoked_at.is_null())
        .select((
            sessions::secret_hash,
            sessions::identity_id,
            identities::issuer.assume_not_null(),
            sessions::last_seen_at,
            sessions::idle_seconds,
            sessions::expires_at,
        ))
        .first(conn)
        .await
        .optional()?)
}

pub(super) async fn insert(
    conn: &mut AsyncPgConnection,
    id: SessionId,
    hash: &SecretHash,
    identity_id: Uuid,
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id.0),
            sessions::secret_hash.eq(hash.0.as_slice()),
            sessions::identity_id.eq(identity_id),
            sessions::issued_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::idle_seconds.eq(i32::try_from(lifetime.idle.num_seconds()).unwrap_or(i32::MAX)),
            sessions::expires_at.eq(now + lifetime.absolute),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether it was not revoked before.
pub(super) async fn revoke(
    conn: &mut AsyncPgConnection,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let live = sessions::table.find(id.0).filter(sessions::revoked_at.is_null());
    Ok(diesel::update(live).set(sessions::revoked_at.eq(now)).execute(conn).await? > 0)
}

/// Moves the time of the last use forward, never back. In order of id, so that two replicas do not lock each other out.
pub(super) async fn note_uses(
    conn: &mut AsyncPgConnection,
    uses: &HashMap<Uuid, DateTime<Utc>>,
) -> Result<(), StorageError> {
    let (ids, times): (Vec<Uuid>, Vec<DateTime<Utc>>) = uses.iter().map(|(id, at)| (*id, *at)).unzip();
    diesel::sql_query(
        "WITH used AS (SELECT s.id, u.at FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at) \
             JOIN sessions s ON s.id = u.id WHERE s.revoked_at IS NULL ORDER BY s.id FOR UPDATE OF s) \
         UPDATE sessions s SET last_seen_at = GREATEST(s.last_seen_at, u.at) FROM used u WHERE s.id = u.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Timestamptz>, _>(times)
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes sessions and sign-ins that ended before `before`.
///
/// # Errors
/// [`StorageError`].
pub async fn prune(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(conn).await?;
    diesel::delete(sign_in_flows::table.filter(sign_in_flows::expires_at.lt(before))).execute(conn).await?;
    Ok(())
}
