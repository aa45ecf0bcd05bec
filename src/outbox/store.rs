//! The outbox's rows.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::message::{Message, MessageRefusal};
use crate::ids::{DomainId, SigningKeyId};
use crate::postgres::schema::{outbox, outbox_dead_letters};
use crate::postgres::{StorageError, prepared};
use crate::signing::Scope;

/// Rows that are counted for the metrics; beyond that only "many" matters.
const COUNTED: i64 = 100_000;

/// Why events were not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// One of them is not fit to be.
    #[error(transparent)]
    Refused(#[from] MessageRefusal),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<PublishError> for StorageError {
    fn from(error: PublishError) -> Self {
        match error {
            // As any other row that the database would not take: shared batches then do without it.
            PublishError::Refused(refusal) => Self::Query(diesel::result::Error::SerializationError(Box::new(refusal))),
            PublishError::Storage(error) => error,
        }
    }
}

/// Publishes `messages` with the caller's transaction, in order, with one statement.
///
/// # Errors
/// [`PublishError`]; nothing is written then.
pub async fn publish(
    conn: &mut AsyncPgConnection,
    messages: &[Message],
    now: DateTime<Utc>,
) -> Result<(), PublishError> {
    if messages.is_empty() {
        return Ok(());
    }
    for message in messages {
        message.check()?;
    }
    // One array a column: many events cost no more to parse than one, and no statement has too many parameters.
    diesel::sql_query(
        "INSERT INTO outbox (scope_kind, scope_id, domain_id, event_type, payload, signing_key_id, created_at) \
         SELECT e.scope_kind, e.scope_id, e.domain_id, e.event_type, e.payload, e.signing_key_id, $7 \
         FROM unnest($1, $2, $3, $4, $5, $6) WITH ORDINALITY \
             AS e (scope_kind, scope_id, domain_id, event_type, payload, signing_key_id, place) ORDER BY e.place",
    )
    .bind::<Array<Text>, _>(messages.iter().map(|message| message.scope.kind()).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(messages.iter().map(|message| message.scope.id()).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(messages.iter().map(|message| message.domain_id.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(messages.iter().map(|message| message.event_type.as_str()).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(messages.iter().map(|message| &message.payload).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(
        messages.iter().map(|message| message.sign_with.map(|key| key.0)).collect::<Vec<_>>(),
    )
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .await
    .map_err(StorageError::from)?;
    Ok(())
}

/// A row that waits.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Pending {
    pub position: i64,
    pub scope_kind: String,
    pub scope_id: Uuid,
    pub domain_id: Uuid,
    pub event_type: String,
    pub payload: Value,
    pub created_at: DateTime<Utc>,
    /// The key that it asks for.
    signing_key_id: Option<Uuid>,
    /// The Domain's outgoing key, while the log has not heard of a rotation that comes after this row.
    outgoing_key_id: Option<Uuid>,
    active_key_id: Option<Uuid>,
}

impl Pending {
    /// As it was published; `None` when its scope is of no kind.
    pub fn message(&self) -> Option<Message> {
        Some(Message {
            domain_id: DomainId(self.domain_id),
            scope: Scope::of(&self.scope_kind, self.scope_id)?,
            event_type: self.event_type.clone(),
            payload: self.payload.clone(),
            sign_with: self.signing_key_id.map(SigningKeyId),
        })
    }

    /// The key that signs it: agents know the outgoing one until the log tells them of the new one.
    pub fn key(&self) -> Option<SigningKeyId> {
        self.signing_key_id.or(self.outgoing_key_id).or(self.active_key_id).map(SigningKeyId)
    }
}

/// How many rows wait (at most [`COUNTED`]), and since when the first one.
pub(super) async fn depth(conn: &mut AsyncPgConnection) -> Result<(i64, Option<DateTime<Utc>>), StorageError> {
    let first: Option<DateTime<Utc>> =
        outbox::table.order(outbox::position).select(outbox::created_at).first(conn).await.optional()?;
    if first.is_none() {
        return Ok((0, None));
    }
    let counted: i64 = Depth { limit: COUNTED }.get_result(conn).await.map(|(n,)| n)?;
    Ok((counted, first))
}

prepared! {
    Depth { limit: i64 => BigInt, } -> (BigInt):
    "SELECT count(*) FROM (SELECT FROM outbox LIMIT ?) t"
}

prepared! {
    /// Rows and keys of one moment: a rotation is seen in both or in neither.
    FirstRows { limit: i64 => BigInt, } -> (
        BigInt, Text, SqlUuid, SqlUuid, Text, Jsonb, Timestamptz, Nullable<SqlUuid>, Nullable<SqlUuid>, Nullable<SqlUuid>,
    ):
    "SELECT o.position, o.scope_kind, o.scope_id, o.domain_id, o.event_type, o.payload, o.created_at, o.signing_key_id, \
         (SELECT r.signing_key_id FROM outbox r \
          JOIN signing_keys k ON k.key_id = r.signing_key_id AND k.domain_id = r.domain_id \
          WHERE r.signing_key_id IS NOT NULL AND r.domain_id = o.domain_id AND r.position >= o.position \
          ORDER BY r.position LIMIT 1), \
         k.key_id \
     FROM (SELECT * FROM outbox ORDER BY position LIMIT ?) o \
     LEFT JOIN signing_keys k ON k.domain_id = o.domain_id AND k.state = 'active' \
     ORDER BY o.position"
}

/// The first committed rows.
pub(super) async fn pending(conn: &mut AsyncPgConnection, limit: i64) -> Result<Vec<Pending>, StorageError> {
    Ok(FirstRows { limit }.load(conn).await?)
}

/// Sets a row aside for good, in the leader's transaction.
pub(super) async fn bury(
    conn: &mut AsyncPgConnection,
    row: &Pending,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    use outbox_dead_letters as dead;
    diesel::insert_into(dead::table)
        .values((
            dead::position.eq(row.position),
            dead::scope_kind.eq(&row.scope_kind),
            dead::scope_id.eq(row.scope_id),
            dead::domain_id.eq(row.domain_id),
            dead::event_type.eq(&row.event_type),
            dead::payload.eq(&row.payload),
            dead::created_at.eq(row.created_at),
            dead::signing_key_id.eq(row.signing_key_id),
            dead::reason.eq(reason),
            dead::buried_at.eq(now),
        ))
        .execute(conn)
        .await?;
    diesel::delete(outbox::table.find(row.position)).execute(conn).await?;
    Ok(())
}

prepared! {
    Tell { channel: &'static str => Text, } -> (Bool):
    "SELECT pg_notify(?, '') IS NOT NULL FROM outbox LIMIT 1"
}

/// Wakes whoever listens on `channel`, if anything waits. Never inside of a transaction: those who notify commit one
/// after the other.
pub(super) async fn tell(conn: &mut AsyncPgConnection, channel: &'static str) -> Result<(), StorageError> {
    let _told: Vec<(bool,)> = Tell { channel }.load(conn).await?;
    Ok(())
}
