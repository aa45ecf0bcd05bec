//! The statements behind sessions.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Lifetime, Spending};
use crate::access::credential::SecretHash;
use crate::ids::SessionId;
use crate::postgres::StorageError;
use crate::postgres::schema::{identities, sessions, spent_sign_ins};

/// Rows that are removed in one statement, and statements of one step: what is left goes in the next.
const REMOVED_AT_ONCE: i64 = 1_000;
const STATEMENTS: usize = 100;

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

/// Whether the sign-in with this state has become a session.
///
/// # Errors
/// [`StorageError`].
pub async fn is_spent(conn: &mut AsyncPgConnection, state: &SecretHash) -> Result<bool, StorageError> {
    let there = spent_sign_ins::table.find(state.0.to_vec());
    Ok(diesel::select(diesel::dsl::exists(there)).get_result(conn).await?)
}

/// Whether the sign-in had not become a session before. Of two at once the second waits for the first.
pub(super) async fn spend(conn: &mut AsyncPgConnection, spending: &Spending) -> Result<bool, StorageError> {
    let row =
        (spent_sign_ins::state_hash.eq(spending.state.0.as_slice()), spent_sign_ins::expires_at.eq(spending.until));
    Ok(diesel::insert_into(spent_sign_ins::table).values(row).on_conflict_do_nothing().execute(conn).await? > 0)
}

/// Removes sessions that ended before `before`.
///
/// # Errors
/// [`StorageError`].
pub async fn prune(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<(), StorageError> {
    remove(
        conn,
        "DELETE FROM sessions WHERE id = ANY (ARRAY ( \
             SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
        before,
    )
    .await
}

/// Removes sign-ins that became sessions, and that nobody could present again since `before`.
///
/// # Errors
/// [`StorageError`].
pub async fn prune_spent(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<(), StorageError> {
    remove(
        conn,
        "DELETE FROM spent_sign_ins WHERE state_hash = ANY (ARRAY ( \
             SELECT state_hash FROM spent_sign_ins WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 \
             FOR UPDATE SKIP LOCKED))",
        before,
    )
    .await
}

async fn remove(
    conn: &mut AsyncPgConnection,
    statement: &'static str,
    before: DateTime<Utc>,
) -> Result<(), StorageError> {
    for _ in 0..STATEMENTS {
        let removal = diesel::sql_query(statement).bind::<Timestamptz, _>(before).bind::<BigInt, _>(REMOVED_AT_ONCE);
        if removal.execute(conn).await? < REMOVED_AT_ONCE as usize {
            break;
        }
    }
    Ok(())
}
