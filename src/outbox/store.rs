//! The outbox's rows.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::message::{Message, MessageRefusal};
use crate::ids::{DomainId, SigningKeyId};
use crate::postgres::StorageError;
use crate::postgres::schema::{outbox, outbox_dead_letters};
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
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox)]
pub(super) struct Pending {
    pub position: i64,
    pub scope_kind: String,
    pub scope_id: Uuid,
    pub domain_id: Uuid,
    pub event_type: String,
    pub payload: Value,
    pub created_at: DateTime<Utc>,
    pub signing_key_id: Option<Uuid>,
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
}

/// Whether anything waits.
pub(super) async fn any(conn: &mut AsyncPgConnection) -> Result<bool, StorageError> {
    let first: Option<i64> = outbox::table.select(outbox::position).limit(1).first(conn).await.optional()?;
    Ok(first.is_some())
}

/// How many rows wait (at most [`COUNTED`]), and since when the first one.
pub(super) async fn depth(conn: &mut AsyncPgConnection) -> Result<(i64, Option<DateTime<Utc>>), StorageError> {
    let first: Option<DateTime<Utc>> =
        outbox::table.order(outbox::position).select(outbox::created_at).first(conn).await.optional()?;
    if first.is_none() {
        return Ok((0, None));
    }
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let count: Count = diesel::sql_query("SELECT count(*) AS n FROM (SELECT FROM outbox LIMIT $1) t")
        .bind::<BigInt, _>(COUNTED)
        .get_result(conn)
        .await?;
    Ok((count.n, first))
}

/// The first committed rows.
pub(super) async fn pending(conn: &mut AsyncPgConnection, limit: i64) -> Result<Vec<Pending>, StorageError> {
    Ok(outbox::table.order(outbox::position).limit(limit).select(Pending::as_select()).load(conn).await?)
}

/// Which key signs what, by Domain.
#[derive(Default)]
pub(super) struct Keys {
    active: HashMap<DomainId, SigningKeyId>,
    /// Rotations that the log has not heard of yet, with their outgoing keys.
    rotations: HashMap<DomainId, VecDeque<(i64, SigningKeyId)>>,
}

impl Keys {
    /// The key for the Domain's next event: agents know the outgoing key until the log tells them of the new one.
    pub fn next(&self, domain_id: DomainId) -> Option<SigningKeyId> {
        let outgoing = self.rotations.get(&domain_id).and_then(|waiting| waiting.front()).map(|(_, key)| *key);
        outgoing.or_else(|| self.active.get(&domain_id).copied())
    }

    /// The row at `position` is done.
    pub fn passed(&mut self, domain_id: DomainId, position: i64) {
        if let Some(waiting) = self.rotations.get_mut(&domain_id) {
            waiting.retain(|(at, _)| *at != position);
        }
    }
}

/// Read after the rows that they are for, with one statement: a rotation that came between is seen in both halves.
pub(super) async fn keys(conn: &mut AsyncPgConnection, domains: Vec<Uuid>) -> Result<Keys, StorageError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<BigInt>)]
        position: Option<i64>,
        #[diesel(sql_type = SqlUuid)]
        domain_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        key_id: Uuid,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT NULL::bigint AS position, domain_id, key_id FROM signing_keys WHERE state = 'active' AND domain_id = ANY($1) \
         UNION ALL SELECT o.position, o.domain_id, k.key_id FROM outbox o \
             JOIN signing_keys k ON k.key_id = o.signing_key_id AND k.domain_id = o.domain_id \
             WHERE o.signing_key_id IS NOT NULL \
         ORDER BY position",
    )
    .bind::<Array<SqlUuid>, _>(domains)
    .load(conn)
    .await?;
    let mut keys = Keys::default();
    for row in rows {
        let (domain_id, key_id) = (DomainId(row.domain_id), SigningKeyId(row.key_id));
        match row.position {
            Some(position) => keys.rotations.entry(domain_id).or_default().push_back((position, key_id)),
            None => {
                keys.active.insert(domain_id, key_id);
            }
        }
    }
    Ok(keys)
}

/// Removes what has been relayed.
pub(super) async fn remove(conn: &mut AsyncPgConnection, positions: &[i64]) -> Result<(), StorageError> {
    diesel::sql_query("DELETE FROM outbox WHERE position = ANY($1)")
        .bind::<Array<BigInt>, _>(positions)
        .execute(conn)
        .await?;
    Ok(())
}

/// Sets a row aside for good.
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
    Ok(())
}

/// Wakes whoever listens on `channel`. Never inside of a transaction: those who notify commit one after the other.
pub(super) async fn tell(conn: &mut AsyncPgConnection, channel: &str) -> Result<(), StorageError> {
    diesel::sql_query("SELECT pg_notify($1, '')").bind::<Text, _>(channel).execute(conn).await?;
    Ok(())
}
