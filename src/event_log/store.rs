//! The log in PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{APPENDED, AppendError, Bounds, Entry, EventLog, Page, Retention, Turn};
use crate::ids::{DomainId, EventId};
use crate::postgres::schema::{event_log, event_log_head, event_log_oldest};
use crate::postgres::{Database, StorageError, prepared, violated};
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

#[derive(Queryable)]
struct Row {
    sequence: i64,
    id: Uuid,
    scope_kind: String,
    scope_id: Uuid,
    domain_id: Uuid,
    event_type: String,
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

type RowType = (BigInt, SqlUuid, Text, SqlUuid, SqlUuid, Text, Text);

prepared! {
    /// One statement, which is its own transaction: a replica that is stopped in the midst of it holds nothing. The
    /// leader's row stays locked until it is over. One notification a batch: those who notify commit in turn.
    Append<'t> {
        name: &'static str => Text,
        holder: Uuid => SqlUuid,
        epoch: i64 => BigInt,
        expected_last: i64 => BigInt,
        events: i64 => BigInt,
        now: DateTime<Utc> => Timestamptz,
        ids: Vec<Uuid> => Array<SqlUuid>,
        scope_kinds: Vec<&'t str> => Array<Text>,
        scope_ids: Vec<Uuid> => Array<SqlUuid>,
        domain_ids: Vec<Uuid> => Array<SqlUuid>,
        event_types: Vec<&'t str> => Array<Text>,
        lines: Vec<&'t str> => Array<Text>,
        positions: &'t [i64] => Array<BigInt>,
        channel: &'static str => Text,
    } -> (Bool, Nullable<BigInt>, BigInt):
    "WITH leads AS MATERIALIZED ( \
         SELECT FROM leases WHERE name = ? AND holder = ? AND epoch = ? FOR UPDATE \
     ), given AS MATERIALIZED ( \
         SELECT ? AS expected_last, ? AS events, ? AS now \
     ), moved AS ( \
         UPDATE event_log_head h SET last_sequence = g.expected_last + g.events FROM given g \
         WHERE h.last_sequence = g.expected_last AND EXISTS (SELECT FROM leads) RETURNING h.last_sequence \
     ), added AS ( \
         INSERT INTO event_log (sequence, id, scope_kind, scope_id, domain_id, event_type, line, appended_at) \
         SELECT g.expected_last + e.place, e.id, e.scope_kind, e.scope_id, e.domain_id, e.event_type, e.line, g.now \
         FROM given g, moved, unnest(?, ?, ?, ?, ?, ?) WITH ORDINALITY \
             AS e (id, scope_kind, scope_id, domain_id, event_type, line, place) \
     ), removed AS ( \
         DELETE FROM outbox WHERE position = ANY(?) AND EXISTS (SELECT FROM moved) \
     ) \
     SELECT EXISTS (SELECT FROM leads), (SELECT last_sequence FROM moved), \
         (SELECT count(pg_notify(?, last_sequence::text)) FROM moved)"
}

prepared! {
    /// With the bounds of the same moment; a line without an event when there is none.
    ReadAll { after: i64 => BigInt, limit: i64 => BigInt, } -> (BigInt, BigInt, Nullable<RowType>):
    "SELECT o.first_sequence, h.last_sequence, \
         e.sequence, e.id, e.scope_kind, e.scope_id, e.domain_id, e.event_type, e.line \
     FROM event_log_oldest o CROSS JOIN event_log_head h LEFT JOIN LATERAL ( \
         SELECT * FROM event_log WHERE sequence > ? ORDER BY sequence LIMIT ?) e ON true \
     ORDER BY e.sequence"
}

prepared! {
    /// The same of some scopes: a range of the index for each, so that what others are told is not even looked at.
    ReadScopes<'t> {
        kinds: Vec<&'t str> => Array<Text>,
        ids: Vec<Uuid> => Array<SqlUuid>,
        after: i64 => BigInt,
        limit_each: i64 => BigInt,
        limit: i64 => BigInt,
    } -> (BigInt, BigInt, Nullable<RowType>):
    "SELECT o.first_sequence, h.last_sequence, \
         e.sequence, e.id, e.scope_kind, e.scope_id, e.domain_id, e.event_type, e.line \
     FROM event_log_oldest o CROSS JOIN event_log_head h LEFT JOIN LATERAL ( \
         SELECT l.* FROM unnest(?, ?) AS s (kind, id) CROSS JOIN LATERAL ( \
             SELECT * FROM event_log WHERE scope_id = s.id AND scope_kind = s.kind AND sequence > ? \
             ORDER BY sequence LIMIT ?) l \
         ORDER BY l.sequence LIMIT ?) e ON true \
     ORDER BY e.sequence"
}

prepared! {
    /// One look into the index for each scope.
    ReadNewest<'t> {
        kinds: Vec<&'t str> => Array<Text>,
        ids: Vec<Uuid> => Array<SqlUuid>,
    } -> (BigInt, BigInt, Timestamptz):
    "SELECT s.place, e.sequence, e.appended_at \
     FROM unnest(?, ?) WITH ORDINALITY AS s (kind, id, place) CROSS JOIN LATERAL ( \
         SELECT sequence, appended_at FROM event_log WHERE scope_id = s.id AND scope_kind = s.kind \
         ORDER BY sequence DESC LIMIT 1) e"
}

async fn head(conn: &mut AsyncPgConnection) -> Result<i64, StorageError> {
    Ok(event_log_head::table.select(event_log_head::last_sequence).first(conn).await?)
}

async fn oldest(conn: &mut AsyncPgConnection) -> Result<i64, StorageError> {
    Ok(event_log_oldest::table.select(event_log_oldest::first_sequence).first(conn).await?)
}

#[async_trait]
impl EventLog for PgEventLog {
    async fn append(&self, turn: Turn<'_>) -> Result<i64, AppendError> {
        let Turn { lease, epoch, expected_last, entries, positions, now } = turn;
        let statement = Append {
            name: lease.name(),
            holder: lease.holder(),
            epoch: epoch.number(),
            expected_last,
            events: entries.len() as i64,
            now,
            ids: entries.iter().map(|entry| entry.id.0).collect(),
            scope_kinds: entries.iter().map(|entry| entry.scope.kind()).collect(),
            scope_ids: entries.iter().map(|entry| entry.scope.id()).collect(),
            domain_ids: entries.iter().map(|entry| entry.domain_id.0).collect(),
            event_types: entries.iter().map(|entry| entry.event_type.as_str()).collect(),
            lines: entries.iter().map(|entry| entry.line.as_str()).collect(),
            positions,
            channel: APPENDED,
        };
        let mut conn = self.database.read().await?;
        let written: Result<(bool, Option<i64>, i64), _> = statement.get_result(&mut conn).await;
        match written.map_err(StorageError::from) {
            Ok((false, _, _)) => Err(AppendError::NotLeading),
            Ok((true, None, _)) => Err(AppendError::NotTheLast),
            Ok((true, Some(last), _)) => Ok(last),
            Err(error) if violated(&error) == Some("event_log_id_key") => Err(AppendError::Duplicate),
            Err(error) => Err(error.into()),
        }
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
        let rows: Vec<(i64, i64, Option<Row>)> = match scopes {
            None => ReadAll { after, limit }.load(&mut conn).await?,
            Some(scopes) => {
                let kinds = scopes.iter().map(Scope::kind).collect();
                let ids = scopes.iter().map(Scope::id).collect();
                ReadScopes { kinds, ids, after, limit_each: limit, limit }.load(&mut conn).await?
            }
        };
        let first = <[_]>::first(&rows).ok_or_else(|| StorageError::Corrupt("the event log has no bounds".into()))?;
        let bounds = Bounds { oldest: first.0, head: first.1 };
        let entries = rows.into_iter().filter_map(|(_, _, row)| row).map(Entry::try_from).collect::<Result<_, _>>()?;
        Ok(Page { entries, bounds })
    }

    async fn newest(&self, scopes: &[Scope]) -> Result<Vec<Option<(i64, DateTime<Utc>)>>, StorageError> {
        let statement =
            ReadNewest { kinds: scopes.iter().map(Scope::kind).collect(), ids: scopes.iter().map(Scope::id).collect() };
        let rows: Vec<(i64, i64, DateTime<Utc>)> = statement.load(&mut self.database.read().await?).await?;
        let mut newest = vec![None; scopes.len()];
        for (place, sequence, at) in rows {
            if let Some(of_scope) = usize::try_from(place - 1).ok().and_then(|place| newest.get_mut(place)) {
                *of_scope = Some((sequence, at));
            }
        }
        Ok(newest)
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
