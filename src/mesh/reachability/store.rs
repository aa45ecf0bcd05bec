//! Reachability in the database.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::writer::{Beat, HeartbeatWriter};
use super::{
    Accepted, Due, Handshakes, HeartbeatRefusal, HeartbeatReport, Presence, Reachability, ReachabilityRepo, State,
    Thresholds,
};
use crate::ids::{DomainId, NodeId};
use crate::mesh::events::Seen;
use crate::mesh::relays::store::tell_reachability;
use crate::outbox::Event;
use crate::postgres::schema::{domains, installation, node_handshakes, node_liveness};
use crate::postgres::slices::Slice;
use crate::postgres::{Database, StorageError, prepared};
use crate::{audit, outbox};

/// Reachability over the database, heartbeats through the shared writer.
pub struct PgReachability {
    database: Database,
    writer: HeartbeatWriter,
}

impl PgReachability {
    /// Over `database` and `writer`.
    pub fn new(database: Database, writer: HeartbeatWriter) -> Self {
        Self { database, writer }
    }
}

#[async_trait]
impl ReachabilityRepo for PgReachability {
    async fn record(
        &self,
        node_id: NodeId,
        report: HeartbeatReport,
        now: DateTime<Utc>,
    ) -> Result<Accepted, HeartbeatRefusal> {
        self.writer.write(node_id, report, now).await
    }

    async fn read(&self, node_id: NodeId, now: DateTime<Utc>) -> Result<Option<Reachability>, StorageError> {
        let mut conn = self.database.read().await?;
        let row: Option<(
            i16,
            DateTime<Utc>,
            Option<DateTime<Utc>>,
            i64,
            i64,
            Option<DateTime<Utc>>,
            Option<DateTime<Utc>>,
        )> = node_liveness::table
            .inner_join(domains::table.on(domains::id.eq(node_liveness::domain_id)))
            .inner_join(installation::table.on(diesel::dsl::sql::<Bool>("true")))
            .filter(node_liveness::node_id.eq(node_id.0))
            .select((
                node_liveness::state,
                node_liveness::changed_at,
                node_liveness::last_heartbeat_at,
                domains::stale_after_ms,
                domains::unreachable_after_ms,
                installation::alive_at,
                installation::recovered_at,
            ))
            .first(&mut conn)
            .await
            .optional()?;
        Ok(row.map(|(state, changed_at, last_heartbeat_at, stale, unreachable, alive_at, recovered_at)| {
            let due = Due {
                state: State::from_number(state),
                changed_at,
                last_heartbeat_at,
                thresholds: thresholds(stale, unreachable),
            };
            let (state, changed_at) = due.at(now, &Presence { alive_at, recovered_at });
            Reachability { state, last_heartbeat_at, changed_at }
        }))
    }
}

/// Reads a Domain's thresholds as they are stored.
pub(in crate::mesh) fn thresholds(stale_after_ms: i64, unreachable_after_ms: i64) -> Thresholds {
    Thresholds {
        stale_after: Duration::milliseconds(stale_after_ms),
        unreachable_after: Duration::milliseconds(unreachable_after_ms),
    }
}

#[derive(Queryable)]
struct Written {
    node_id: Uuid,
    domain_id: Uuid,
    state_before: i16,
    changed_at: DateTime<Utc>,
    nsk_flagged: bool,
    nsk_expires_at: Option<DateTime<Utc>>,
    rotation_pending_until: Option<DateTime<Utc>>,
    events_delivered: i64,
    state_pulled: i64,
}

/// Writes one batch, one beat a Node. Nodes that are not there are not in the answer.
///
/// Nearly all beats come from Nodes that are healthy already: those are one prepared statement that is its own
/// transaction, so a batch costs one round trip and one commit. What is left brings a transition with its event, or
/// handshakes, and has a transaction around it.
pub(super) async fn write_beats(database: &Database, beats: &[Beat]) -> Result<Vec<(NodeId, Accepted)>, StorageError> {
    let (plain, mut left): (Vec<&Beat>, Vec<&Beat>) = beats.iter().partition(|beat| beat.report.handshakes.is_empty());
    let mut accepted = Vec::with_capacity(beats.len());
    if !plain.is_empty() {
        let mut conn = database.read().await?;
        let written: Vec<Written> = WriteBeats::<true>::of(&plain).load(&mut conn).await?;
        accepted.extend(written.iter().map(Written::accepted));
        let done: HashSet<NodeId> = accepted.iter().map(|(node_id, _)| *node_id).collect();
        left.extend(plain.into_iter().filter(|beat| !done.contains(&beat.node_id)));
    }
    if !left.is_empty() {
        left.sort_unstable_by_key(|beat| beat.node_id);
        accepted.extend(write_with_transitions(database, &left).await?);
    }
    Ok(accepted)
}

async fn write_with_transitions(database: &Database, beats: &[&Beat]) -> Result<Vec<(NodeId, Accepted)>, StorageError> {
    let mut tx = database.begin().await?;
    let written: Vec<Written> = WriteBeats::<false>::of(beats).load(&mut *tx).await?;
    let moved: Vec<Transition> = written
        .iter()
        .filter(|row| row.state_before != State::Healthy.number())
        .map(|row| Transition {
            node_id: NodeId(row.node_id),
            domain_id: DomainId(row.domain_id),
            from: State::from_number(row.state_before),
            to: State::Healthy,
            changed_at: row.changed_at,
        })
        .collect();
    let now = beats.iter().map(|beat| beat.at).max().unwrap_or_default();
    record_transitions(&mut tx, &moved, now).await?;
    merge_handshakes(&mut tx, beats, &written, now).await?;
    tell_reachability(&mut tx, &lost_or_found(&moved), now).await?;
    tx.commit().await?;
    Ok(written.iter().map(Written::accepted).collect())
}

impl Written {
    fn accepted(&self) -> (NodeId, Accepted) {
        let domain_id = DomainId(self.domain_id);
        let accepted = Accepted {
            nsk_flagged: self.nsk_flagged,
            nsk_expires_at: self.nsk_expires_at,
            rotation_pending_until: self.rotation_pending_until,
            seen: Seen { domain_id, delivered: self.events_delivered, pulled: self.state_pulled },
        };
        (NodeId(self.node_id), accepted)
    }
}

/// The statement that writes beats: of Nodes that are `HEALTHY` already only, or of any. Written by hand so that it
/// is prepared once a connection.
struct WriteBeats<'b, const HEALTHY: bool> {
    node_ids: Vec<Uuid>,
    at: Vec<DateTime<Utc>>,
    binary_versions: Vec<&'b str>,
    binary_checksums: Vec<&'b [u8]>,
    nat_summaries: Vec<String>,
}

impl<'b, const HEALTHY: bool> WriteBeats<'b, HEALTHY> {
    fn of(beats: &[&'b Beat]) -> Self {
        Self {
            node_ids: beats.iter().map(|beat| beat.node_id.0).collect(),
            at: beats.iter().map(|beat| beat.at).collect(),
            binary_versions: beats.iter().map(|beat| beat.report.binary_version.as_str()).collect(),
            binary_checksums: beats.iter().map(|beat| beat.report.binary_checksum.as_slice()).collect(),
            nat_summaries: beats.iter().map(|beat| beat.report.nat_summary.to_string()).collect(),
        }
    }
}

impl<const HEALTHY: bool> QueryFragment<Pg> for WriteBeats<'_, HEALTHY> {
    // Times move forward only, and what an older beat says does not take the place of what a newer one said.
    // `state_before` takes the old state along, so that a transition shows in what comes back.
    fn walk_ast<'q>(&'q self, mut out: AstPass<'_, 'q, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE node_liveness l SET \
                 last_heartbeat_at = GREATEST(l.last_heartbeat_at, i.at), \
                 state_before = l.state, \
                 state = 0, \
                 changed_at = CASE WHEN l.state = 0 THEN l.changed_at ELSE GREATEST(l.changed_at, i.at) END, \
                 binary_version = CASE WHEN l.last_heartbeat_at > i.at THEN l.binary_version ELSE i.version END, \
                 binary_checksum = CASE WHEN l.last_heartbeat_at > i.at THEN l.binary_checksum ELSE i.checksum END, \
                 nat_summary = CASE WHEN l.last_heartbeat_at > i.at THEN l.nat_summary ELSE i.nat::jsonb END \
             FROM unnest(",
        );
        out.push_bind_param::<Array<SqlUuid>, _>(&self.node_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.binary_versions)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bytea>, _>(&self.binary_checksums)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.nat_summaries)?;
        out.push_sql(") AS i (node_id, at, version, checksum, nat) WHERE l.node_id = i.node_id");
        if HEALTHY {
            out.push_sql(" AND l.state = 0");
        }
        out.push_sql(
            " RETURNING l.node_id, l.domain_id, l.state_before, l.changed_at, l.nsk_flagged, l.nsk_expires_at, \
                 l.rotation_pending_until, l.events_delivered, l.state_pulled",
        );
        Ok(())
    }
}

impl<const HEALTHY: bool> QueryId for WriteBeats<'_, HEALTHY> {
    type QueryId = WriteBeats<'static, HEALTHY>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const HEALTHY: bool> Query for WriteBeats<'_, HEALTHY> {
    type SqlType =
        (SqlUuid, SqlUuid, SmallInt, Timestamptz, Bool, Nullable<Timestamptz>, Nullable<Timestamptz>, BigInt, BigInt);
}

/// A change of a Node's stored state.
pub(super) struct Transition {
    pub node_id: NodeId,
    pub domain_id: DomainId,
    pub from: State,
    pub to: State,
    pub changed_at: DateTime<Utc>,
}

async fn record_transitions(
    conn: &mut AsyncPgConnection,
    moved: &[Transition],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if moved.is_empty() {
        return Ok(());
    }
    let events: Vec<(DomainId, Event)> = moved
        .iter()
        .map(|transition| {
            (
                transition.domain_id,
                Event::NodeReachabilityChanged {
                    node_id: transition.node_id,
                    previous: transition.from.as_str(),
                    state: transition.to.as_str(),
                    changed_at: transition.changed_at,
                },
            )
        })
        .collect();
    let entries: Vec<audit::Entry<'_>> = moved
        .iter()
        .map(|transition| audit::Entry {
            domain_id: Some(transition.domain_id),
            at: now,
            subject: "system".to_owned(),
            action: "node.reachability",
            object: format!("node:{}", transition.node_id),
            decision: audit::Decision::None,
            reason: Some(format!("{} to {}", transition.from.as_str(), transition.to.as_str())),
            correlation_id: "",
        })
        .collect();
    outbox::append(conn, &events, now).await?;
    audit::append_all(conn, &entries).await
}

/// Those that became unreachable or are not any more: which bridges can relay depends on that.
fn lost_or_found(moved: &[Transition]) -> Vec<Uuid> {
    let gone = |state| state == State::Unreachable;
    moved.iter().filter(|moved| gone(moved.from) != gone(moved.to)).map(|moved| moved.node_id.0).collect()
}

async fn merge_handshakes(
    conn: &mut AsyncPgConnection,
    beats: &[&Beat],
    written: &[Written],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let reported: HashMap<Uuid, &Handshakes> = beats
        .iter()
        .filter(|beat| !beat.report.handshakes.is_empty())
        .map(|beat| (beat.node_id.0, &beat.report.handshakes))
        .collect();
    // Only of Nodes that are there.
    let mut ids: Vec<Uuid> = written.iter().map(|row| row.node_id).filter(|id| reported.contains_key(id)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    let stored: Vec<(Uuid, Value)> = node_handshakes::table
        .filter(node_handshakes::node_id.eq_any(&ids))
        .order(node_handshakes::node_id)
        .select((node_handshakes::node_id, node_handshakes::peers))
        .for_update()
        .load(conn)
        .await?;
    let mut stored: HashMap<Uuid, Value> = stored.into_iter().collect();
    let merged: Vec<String> = ids
        .iter()
        .map(|id| {
            let mut handshakes = stored.remove(id).map(|value| Handshakes::from_json(&value)).unwrap_or_default();
            if let Some(reported) = reported.get(id) {
                handshakes.merge(reported);
            }
            handshakes.to_json().to_string()
        })
        .collect();
    diesel::sql_query(
        "INSERT INTO node_handshakes AS h (node_id, peers, updated_at) \
         SELECT i.node_id, i.peers::jsonb, $3 FROM unnest($1, $2) AS i (node_id, peers) \
         ON CONFLICT (node_id) DO UPDATE SET peers = excluded.peers, updated_at = excluded.updated_at",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(merged)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The installation's row, locked until the end of the transaction.
pub(super) async fn presence(conn: &mut AsyncPgConnection) -> Result<Presence, StorageError> {
    let (alive_at, recovered_at) = installation::table
        .select((installation::alive_at, installation::recovered_at))
        .for_update()
        .first(conn)
        .await?;
    Ok(Presence { alive_at, recovered_at })
}

/// Notes that the control plane is there.
pub(super) async fn note_alive(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(installation::table).set(installation::alive_at.eq(now)).execute(conn).await?;
    Ok(())
}

/// Notes that the control plane is back: thresholds count from `now`.
pub(super) async fn note_recovered(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::update(installation::table)
        .set((installation::alive_at.eq(now), installation::recovered_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(())
}

/// What is swept.
pub(super) const TABLE: &str = "node_liveness";

/// Rows `l` that are due, by what may be bound to it in turn: until when the control plane has listened, when it
/// recovered, and the slice of the table. The rule is [`Due::at`], in SQL. Rows that are fresh for every Domain are
/// passed over by one comparison.
macro_rules! due {
    ($columns:literal) => {
        concat!(
            "WITH moment AS MATERIALIZED (SELECT ?::timestamptz AS until, ?::timestamptz AS recovered), \
             cut AS MATERIALIZED ( \
                 SELECT id, until, recovered, stale_after_ms * interval '1 millisecond' AS stale_after, \
                     unreachable_after_ms * interval '1 millisecond' AS unreachable_after \
                 FROM domains CROSS JOIN moment \
             ) SELECT ",
            $columns,
            " FROM node_liveness l JOIN cut c ON c.id = l.domain_id \
             WHERE l.ctid >= ?::text::tid AND l.ctid < ?::text::tid \
               AND l.last_heartbeat_at <= (SELECT max(until - stale_after) FROM cut) AND l.state < 2 \
               AND GREATEST(l.last_heartbeat_at, c.recovered) \
                   <= c.until - CASE l.state WHEN 0 THEN c.stale_after ELSE c.unreachable_after END"
        )
    };
}

prepared! {
    /// Whether a row is due.
    IsDue {
        until: DateTime<Utc> => Timestamptz,
        recovered: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        begins: String => Text,
        ends: String => Text,
    } -> (Bool,):
    concat!("SELECT EXISTS (", due!(""), ")")
}

prepared! {
    /// Stores transitions that are due. A row is locked and looked at again, so a heartbeat that came meanwhile wins.
    Sweep {
        until: DateTime<Utc> => Timestamptz,
        recovered: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        begins: String => Text,
        ends: String => Text,
        limit: i64 => BigInt,
    } -> (SqlUuid, SqlUuid, SmallInt, SmallInt, Timestamptz):
    concat!(
        "WITH due AS MATERIALIZED (",
        due!("l.node_id, GREATEST(l.last_heartbeat_at, c.recovered) AS since, c.*"),
        " LIMIT ? FOR UPDATE OF l SKIP LOCKED) \
         UPDATE node_liveness l SET \
             state_before = l.state, \
             state = CASE WHEN due.since + due.unreachable_after <= due.until THEN 2 ELSE 1 END, \
             changed_at = due.since + CASE WHEN due.since + due.unreachable_after <= due.until \
                 THEN due.unreachable_after ELSE due.stale_after END \
         FROM due WHERE l.node_id = due.node_id \
         RETURNING l.node_id, l.domain_id, l.state_before, l.state, l.changed_at"
    )
}

/// Whether a transition is due at `now` in `slice`.
pub(super) async fn is_due(
    conn: &mut AsyncPgConnection,
    presence: &Presence,
    slice: &Slice,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let question = IsDue {
        until: presence.listened_until(now),
        recovered: presence.recovered_at,
        begins: slice.begins(),
        ends: slice.ends(),
    };
    let (due,): (bool,) = question.get_result(conn).await?;
    Ok(due)
}

/// Stores up to `limit` transitions that are due at `now` in `slice`, with their events and audit entries. Returns what
/// was stored.
pub(super) async fn sweep(
    conn: &mut AsyncPgConnection,
    presence: &Presence,
    slice: &Slice,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Transition>, StorageError> {
    let statement = Sweep {
        until: presence.listened_until(now),
        recovered: presence.recovered_at,
        begins: slice.begins(),
        ends: slice.ends(),
        limit,
    };
    let moved: Vec<(Uuid, Uuid, i16, i16, DateTime<Utc>)> = statement.load(conn).await?;
    let moved: Vec<Transition> = moved
        .into_iter()
        .map(|(node_id, domain_id, from, to, changed_at)| Transition {
            node_id: NodeId(node_id),
            domain_id: DomainId(domain_id),
            from: State::from_number(from),
            to: State::from_number(to),
            changed_at,
        })
        .collect();
    record_transitions(conn, &moved, now).await?;
    tell_reachability(conn, &lost_or_found(&moved), now).await?;
    Ok(moved)
}
