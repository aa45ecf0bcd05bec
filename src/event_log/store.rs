//! The log in PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{APPENDED, AppendError, Bounds, Entry, EventLog, NewEntry, Page, Retention};
use crate::ids::{DomainId, EventId};
use crate::postgres::schema::{event_log, event_log_head, event_log_oldest};
use crate::postgres::{Database, StorageError, Transaction, violated};
use crate::signing::Scope;

/// Events that go with one statement: a few dozen milliseconds.
const PRUNED_AT_ONCE: i64 = 10_000;

/// The log in the database that everything else is in.
#[derive(Clone)]
pub struct PgEventLog {
    database: Database,
}

impl PgEventLog {
    /// Over `database`, of which it takes a connection a read.
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[derive(QueryableByName, Queryable)]
struct Row {
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    scope_kind: String,
    #[diesel(sql_type = SqlUuid)]
    scope_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    domain_id: Uuid,
    #[diesel(sql_type = Text)]
    event_type: String,
    #[diesel(sql_type = Text)]
    line: String,
}

impl TryFrom<Row> for Entry {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let corrupt = || StorageError::Corrupt(format!("event {} has no scope", row.sequence));
        Ok(Self {
            sequence: row.sequence,
            id: EventId(row.id),
            scope: Scope::of(&row.scope_kind, row.scope_id).ok_or_else(corrupt)?,
            domain_id: DomainId(row.domain_id),
            event_type: row.event_type,
            line: row.line,
        })
    }
}

async fn head(conn: &mut AsyncPgConnection) -> Result<i64, StorageError> {
    Ok(event_log_head::table.select(event_log_head::last_sequence).first(conn).await?)
}

async fn oldest(conn: &mut AsyncPgConnection) -> Result<i64, StorageError> {
    Ok(event_log_oldest::table.select(event_log_oldest::first_sequence).first(conn).await?)
}

#[async_trait]
impl EventLog for PgEventLog {
    async fn append(
        &self,
        tx: &mut Transaction,
        expected_last: i64,
        batch: &[NewEntry],
        now: DateTime<Utc>,
    ) -> Result<i64, AppendError> {
        let conn: &mut AsyncPgConnection = tx;
        let last = expected_last + batch.len() as i64;
        let at_expected = event_log_head::table.filter(event_log_head::last_sequence.eq(expected_last));
        let moved = diesel::update(at_expected)
            .set(event_log_head::last_sequence.eq(last))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        if moved == 0 {
            return Err(AppendError::NotTheLast(expected_last));
        }
        let written = diesel::sql_query(
            "INSERT INTO event_log (sequence, id, scope_kind, scope_id, domain_id, event_type, line, appended_at) \
             SELECT $1 + e.place, e.id, e.scope_kind, e.scope_id, e.domain_id, e.event_type, e.line, $8 \
             FROM unnest($2, $3, $4, $5, $6, $7) WITH ORDINALITY \
                 AS e (id, scope_kind, scope_id, domain_id, event_type, line, place) ORDER BY e.place",
        )
        .bind::<BigInt, _>(expected_last)
        .bind::<Array<SqlUuid>, _>(batch.iter().map(|entry| entry.id.0).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(batch.iter().map(|entry| entry.scope.kind()).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(batch.iter().map(|entry| entry.scope.id()).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(batch.iter().map(|entry| entry.domain_id.0).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(batch.iter().map(|entry| entry.event_type.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(batch.iter().map(|entry| entry.line.as_str()).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await
        .map_err(StorageError::from);
        match written {
            Err(error) if violated(&error) == Some("event_log_id_key") => return Err(AppendError::Duplicate),
            other => other?,
        };
        // Delivered with the commit. One a batch: those who notify commit one after the other.
        diesel::sql_query("SELECT pg_notify($1, $2)")
            .bind::<Text, _>(APPENDED)
            .bind::<Text, _>(last.to_string())
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        Ok(last)
    }

    async fn known(&self, ids: &[EventId]) -> Result<Vec<EventId>, StorageError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let mut conn = self.database.read().await?;
        let known: Vec<Uuid> =
            event_log::table.filter(event_log::id.eq_any(ids)).select(event_log::id).load(&mut conn).await?;
        Ok(known.into_iter().map(EventId).collect())
    }

    async fn read(&self, scopes: Option<&[Scope]>, after: i64, limit: i64) -> Result<Page, StorageError> {
        let mut conn = self.database.read().await?;
        let head = head(&mut conn).await?;
        let rows: Vec<Row> = match scopes {
            None => {
                event_log::table
                    .filter(event_log::sequence.gt(after))
                    .order(event_log::sequence)
                    .limit(limit)
                    .select((
                        event_log::sequence,
                        event_log::id,
                        event_log::scope_kind,
                        event_log::scope_id,
                        event_log::domain_id,
                        event_log::event_type,
                        event_log::line,
                    ))
                    .load(&mut conn)
                    .await?
            }
            // A range of the index for each scope: what others are told is not even looked at.
            Some(scopes) => {
                diesel::sql_query(
                    "SELECT e.sequence, e.id, e.scope_kind, e.scope_id, e.domain_id, e.event_type, e.line \
                     FROM unnest($1, $2) AS s (kind, id) CROSS JOIN LATERAL ( \
                         SELECT * FROM event_log l WHERE l.scope_id = s.id AND l.scope_kind = s.kind AND l.sequence > $3 \
                         ORDER BY l.sequence LIMIT $4) e \
                     ORDER BY e.sequence LIMIT $4",
                )
                .bind::<Array<Text>, _>(scopes.iter().map(Scope::kind).collect::<Vec<_>>())
                .bind::<Array<SqlUuid>, _>(scopes.iter().map(Scope::id).collect::<Vec<_>>())
                .bind::<BigInt, _>(after)
                .bind::<BigInt, _>(limit)
                .load(&mut conn)
                .await?
            }
        };
        // Asked last: what retention took while we read shows.
        let oldest = oldest(&mut conn).await?;
        let entries = rows.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?;
        Ok(Page { entries, bounds: Bounds { oldest, head } })
    }

    async fn bounds(&self) -> Result<Bounds, StorageError> {
        let mut conn = self.database.read().await?;
        // The head first: it can only have grown since, and so the log never looks longer than it is.
        let head = head(&mut conn).await?;
        Ok(Bounds { oldest: oldest(&mut conn).await?, head })
    }

    async fn prune(&self, keep: Retention, now: DateTime<Utc>) -> Result<u64, StorageError> {
        let mut tx = self.database.begin().await?;
        let conn: &mut AsyncPgConnection = &mut tx;
        // One at a time; the second finds that the first has done it.
        let first: i64 =
            event_log_oldest::table.select(event_log_oldest::first_sequence).for_update().first(conn).await?;
        let head = head(conn).await?;
        let end = (first + PRUNED_AT_ONCE).min(head + 1);
        // The first of this stretch that stays.
        let stays: Option<i64> = event_log::table
            .filter(event_log::sequence.ge(first).and(event_log::sequence.lt(end)))
            .filter(event_log::sequence.gt(head.saturating_sub(keep.count)))
            .filter(event_log::appended_at.ge(now.checked_sub_signed(keep.age).unwrap_or(DateTime::UNIX_EPOCH)))
            .select(diesel::dsl::min(event_log::sequence))
            .first(conn)
            .await?;
        let cut = stays.unwrap_or(end);
        if cut <= first {
            return Ok(0);
        }
        let gone = diesel::delete(event_log::table.filter(event_log::sequence.lt(cut))).execute(conn).await?;
        diesel::update(event_log_oldest::table).set(event_log_oldest::first_sequence.eq(cut)).execute(conn).await?;
        tx.commit().await?;
        Ok(gone as u64)
    }
}
