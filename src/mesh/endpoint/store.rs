//! Endpoints of Peers in the database.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::observation::seconds;
use super::writer::EndpointWriter;
use super::{
    Accepted, Endpoint, EndpointRecorder, EndpointRefusal, Freshness, Known, NatType, Observation, Report, Skewed,
    Taken,
};
use crate::audit;
use crate::ids::{DomainId, NodeId};
use crate::mesh::reachability::{OUTAGE_AFTER, Presence};
use crate::mesh::relays::store::{EndpointChange, tell_endpoints};
use crate::postgres::schema::{installation, peer_endpoints};
use crate::postgres::slices::Slice;
use crate::postgres::{Database, StorageError, prepared};

/// What the audit log says of a report whose time is too far from the server's.
const OUT_OF_WINDOW: &str = "reported_at outside MaxEndpointSkew window";
/// What it says of one that the Domain finds too old.
const OLDER_THAN_TTL: &str = "reported_at older than per-Domain endpoint TTL";
/// What it says of an endpoint where none was known, and of one that is another than before. Where that is, is not for a
/// log that forgets nothing: it may be somebody's home.
const FIRST: &str = "first known";
const CHANGED: &str = "changed";

/// Endpoints over the database, reports through the shared writer.
pub struct PgEndpoints {
    database: Database,
    writer: EndpointWriter,
}

impl PgEndpoints {
    /// Over `database` and `writer`.
    pub fn new(database: Database, writer: EndpointWriter) -> Self {
        Self { database, writer }
    }
}

#[async_trait]
impl EndpointRecorder for PgEndpoints {
    async fn record(&self, report: Report) -> Result<Accepted, EndpointRefusal> {
        self.writer.write(report).await
    }

    async fn note_skew(&self, skewed: Skewed<'_>) -> Result<(), StorageError> {
        let mut conn = self.database.read().await?;
        let entry = refused(skewed.node_id, skewed.domain_id, OUT_OF_WINDOW, skewed.at, skewed.correlation_id);
        audit::append(&mut conn, &entry).await
    }
}

fn refused<'r>(
    node_id: NodeId,
    domain_id: DomainId,
    reason: &'static str,
    at: DateTime<Utc>,
    correlation_id: &'r str,
) -> audit::Entry<'r> {
    let decision = audit::Decision::Denied;
    audit::Entry { decision, ..recorded(node_id, domain_id, reason, at, correlation_id) }
}

fn recorded<'r>(
    node_id: NodeId,
    domain_id: DomainId,
    reason: &'static str,
    at: DateTime<Utc>,
    correlation_id: &'r str,
) -> audit::Entry<'r> {
    audit::Entry {
        domain_id: Some(domain_id),
        at,
        subject: format!("node:{node_id}"),
        action: "node.endpoint",
        object: format!("node:{node_id}"),
        decision: audit::Decision::Allowed,
        reason: Some(reason.to_owned()),
        correlation_id,
    }
}

/// Makes the row of a live Peer, or empties it: a Peer begins without an endpoint. For whoever makes the Peer, before
/// its event, under the lock of the Node's row.
pub(in crate::mesh) async fn create_row(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    domain_id: DomainId,
) -> Result<(), StorageError> {
    diesel::sql_query(
        "INSERT INTO peer_endpoints (node_id, domain_id) VALUES ($1, $2) ON CONFLICT (node_id) DO UPDATE \
         SET endpoint = NULL, nat_type = NULL, reported_at = NULL, refreshed_at = NULL",
    )
    .bind::<SqlUuid, _>(node_id.0)
    .bind::<SqlUuid, _>(domain_id.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes the row of a Peer. For whoever retires the Peer, before its event, under the lock of the Node's row.
pub(in crate::mesh) async fn remove_row(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<(), StorageError> {
    diesel::delete(peer_endpoints::table.find(node_id.0)).execute(conn).await?;
    Ok(())
}

type Answer = Result<Accepted, EndpointRefusal>;

/// Writes one batch, in the order of the Nodes; one answer each.
///
/// Nearly all reports confirm what is known and fresh: those are one prepared statement that is its own transaction,
/// so a batch costs one round trip and one commit. What is left is decided row by row in a transaction.
pub(super) async fn write_reports(database: &Database, reports: &[Report]) -> Result<Vec<Answer>, StorageError> {
    // Reports of one Node are told apart by their order, which a statement does not know.
    let alone = |at: usize| {
        let same = |other: Option<&Report>| other.is_some_and(|other| other.node_id == reports[at].node_id);
        !same(at.checked_sub(1).and_then(|before| reports.get(before))) && !same(reports.get(at + 1))
    };
    let plain: Vec<&Report> = (0..reports.len()).filter(|at| alone(*at)).map(|at| &reports[at]).collect();
    let mut confirmed: HashMap<Uuid, i32> = HashMap::new();
    if !plain.is_empty() {
        let mut conn = database.read().await?;
        confirmed = Confirm::of(&plain).load(&mut conn).await?.into_iter().collect();
    }
    let mut answers: Vec<Option<Answer>> = reports
        .iter()
        .map(|report| confirmed.get(&report.node_id.0).map(|ttl| Ok(Accepted { ttl: lifetime(*ttl) })))
        .collect();
    let left: Vec<usize> = (0..reports.len()).filter(|at| answers[*at].is_none()).collect();
    if !left.is_empty() {
        let rest: Vec<&Report> = left.iter().map(|at| &reports[*at]).collect();
        for (at, answer) in left.into_iter().zip(decide(database, &rest).await?) {
            answers[at] = Some(answer);
        }
    }
    Ok(answers.into_iter().flatten().collect())
}

/// The statement that confirms endpoints which are known and fresh. Written by hand so that it is prepared once a
/// connection.
struct Confirm<'r> {
    node_ids: Vec<Uuid>,
    at: Vec<DateTime<Utc>>,
    reported_at: Vec<DateTime<Utc>>,
    endpoints: Vec<&'r str>,
    nat_types: Vec<i16>,
    outage_after: i64,
}

impl<'r> Confirm<'r> {
    fn of(reports: &[&'r Report]) -> Self {
        let seen = || reports.iter().map(|report| &report.observation);
        Self {
            node_ids: reports.iter().map(|report| report.node_id.0).collect(),
            at: reports.iter().map(|report| report.at).collect(),
            reported_at: seen().map(|seen| seen.reported_at).collect(),
            endpoints: seen().map(|seen| seen.endpoint.as_str()).collect(),
            nat_types: seen().map(|seen| seen.nat_type.number()).collect(),
            outage_after: OUTAGE_AFTER.num_seconds(),
        }
    }
}

impl QueryFragment<Pg> for Confirm<'_> {
    // `Known::take` where it confirms the same endpoint, and `Freshness`, in SQL. Times move forward only.
    fn walk_ast<'q>(&'q self, mut out: AstPass<'_, 'q, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE peer_endpoints e SET \
                 refreshed_at = GREATEST(e.refreshed_at, i.at), reported_at = GREATEST(e.reported_at, i.reported_at) \
             FROM unnest(",
        );
        out.push_bind_param::<Array<SqlUuid>, _>(&self.node_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.reported_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.endpoints)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SmallInt>, _>(&self.nat_types)?;
        out.push_sql(
            ") AS i (node_id, at, reported_at, endpoint, nat_type), domains d, installation p \
             WHERE e.node_id = i.node_id AND d.id = e.domain_id \
                 AND e.endpoint = i.endpoint AND e.nat_type = i.nat_type \
                 AND i.reported_at >= i.at - d.endpoint_ttl_seconds * interval '1 second' \
                 AND GREATEST(e.refreshed_at, p.recovered_at) + d.endpoint_ttl_seconds * interval '1 second' \
                     > LEAST(i.at, p.alive_at + ",
        );
        out.push_bind_param::<BigInt, _>(&self.outage_after)?;
        out.push_sql(" * interval '1 second') RETURNING e.node_id, d.endpoint_ttl_seconds");
        Ok(())
    }
}

impl QueryId for Confirm<'_> {
    type QueryId = Confirm<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Confirm<'_> {
    type SqlType = (SqlUuid, Integer);
}

/// Decides on each of `reports`, which are in the order of their Nodes, in one transaction.
async fn decide(database: &Database, reports: &[&Report]) -> Result<Vec<Answer>, StorageError> {
    let mut tx = database.begin().await?;
    let conn = &mut *tx;
    let mut ids: Vec<Uuid> = reports.iter().map(|report| report.node_id.0).collect();
    ids.dedup();
    let mut rows = lock(conn, &ids).await?;
    ids.retain(|id| !rows.contains_key(id));
    if !ids.is_empty() && adopt(conn, &ids).await? > 0 {
        rows.extend(lock(conn, &ids).await?);
        ids.retain(|id| !rows.contains_key(id));
    }
    let retired = if ids.is_empty() { HashMap::new() } else { last_retired(conn, &ids).await? };

    let mut answers = Vec::with_capacity(reports.len());
    let (mut changes, mut entries) = (Vec::new(), Vec::new());
    for report in reports {
        let too_old = |domain_id: Uuid, ttl: Duration| {
            let entry = refused(report.node_id, DomainId(domain_id), OLDER_THAN_TTL, report.at, &report.correlation_id);
            let age = report.at - report.observation.reported_at;
            (entry, EndpointRefusal::OlderThanTtl { age_s: seconds(age), ttl_s: seconds(ttl) })
        };
        answers.push(match (rows.get_mut(&report.node_id.0), retired.get(&report.node_id.0)) {
            (Some(row), _) if row.freshness.refuses(report.observation.reported_at, report.at) => {
                let (entry, refusal) = too_old(row.domain_id, row.freshness.ttl);
                entries.push(entry);
                Err(refusal)
            }
            (Some(row), _) => {
                row.touched = true;
                let first = row.known.seen.is_none();
                if row.known.take(&report.observation, report.at, &row.freshness) == Taken::Changed {
                    let (domain_id, reason) = (DomainId(row.domain_id), if first { FIRST } else { CHANGED });
                    changes.push(changed(report, domain_id, first));
                    entries.push(recorded(report.node_id, domain_id, reason, report.at, &report.correlation_id));
                }
                Ok(Accepted { ttl: row.freshness.ttl })
            }
            (None, Some(retired)) if retired.retired_at > report.at => {
                let ttl = lifetime(retired.endpoint_ttl_seconds);
                match report.at - report.observation.reported_at > ttl {
                    true => {
                        let (entry, refusal) = too_old(retired.domain_id, ttl);
                        entries.push(entry);
                        Err(refusal)
                    }
                    false => Err(EndpointRefusal::PeerGone),
                }
            }
            _ => Err(EndpointRefusal::PeerNotFound),
        });
    }
    let now = reports.iter().map(|report| report.at).max().unwrap_or_default();
    update(conn, rows.iter().filter(|(_, row)| row.touched)).await?;
    if !entries.is_empty() {
        audit::append_all(conn, &entries).await?;
    }
    tell_endpoints(conn, changes, now).await?;
    tx.commit().await?;
    Ok(answers)
}

fn changed(report: &Report, domain_id: DomainId, first: bool) -> EndpointChange {
    EndpointChange {
        domain_id,
        node_id: report.node_id,
        endpoint: report.observation.endpoint.as_str().to_owned(),
        nat_type: report.observation.nat_type.as_str(),
        first_or_last: first,
    }
}

/// A Peer's row as it is locked.
struct Row {
    domain_id: Uuid,
    known: Known,
    freshness: Freshness,
    /// It has to be written.
    touched: bool,
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = SqlUuid)]
    node_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    domain_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    endpoint: Option<String>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    nat_type: Option<i16>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    reported_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    refreshed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Integer)]
    endpoint_ttl_seconds: i32,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    alive_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    recovered_at: Option<DateTime<Utc>>,
}

impl From<Locked> for Row {
    fn from(row: Locked) -> Self {
        let seen = match (row.endpoint, row.nat_type, row.reported_at) {
            (Some(endpoint), Some(nat_type), Some(reported_at)) => Some(Observation {
                endpoint: Endpoint::stored(endpoint),
                nat_type: NatType::from_number(nat_type),
                reported_at,
            }),
            _ => None,
        };
        Self {
            domain_id: row.domain_id,
            known: Known { seen, refreshed_at: row.refreshed_at },
            freshness: Freshness {
                ttl: lifetime(row.endpoint_ttl_seconds),
                presence: Presence { alive_at: row.alive_at, recovered_at: row.recovered_at },
            },
            touched: false,
        }
    }
}

fn lifetime(endpoint_ttl_seconds: i32) -> Duration {
    Duration::seconds(endpoint_ttl_seconds.into())
}

/// The rows of `node_ids` that are there, locked in the order of their ids.
async fn lock(conn: &mut AsyncPgConnection, node_ids: &[Uuid]) -> Result<HashMap<Uuid, Row>, StorageError> {
    let rows: Vec<Locked> = diesel::sql_query(
        "SELECT e.node_id, e.domain_id, e.endpoint, e.nat_type, e.reported_at, e.refreshed_at, \
             d.endpoint_ttl_seconds, p.alive_at, p.recovered_at \
         FROM peer_endpoints e JOIN domains d ON d.id = e.domain_id CROSS JOIN installation p \
         WHERE e.node_id = ANY ($1) ORDER BY e.node_id FOR UPDATE OF e",
    )
    .bind::<Array<SqlUuid>, _>(node_ids)
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.node_id, row.into())).collect())
}

/// Makes the rows of live Peers that have none: a replica of the release before this table may have enrolled them.
/// The Nodes are held, so that none of the Peers is retired meanwhile.
async fn adopt(conn: &mut AsyncPgConnection, node_ids: &[Uuid]) -> Result<usize, StorageError> {
    diesel::sql_query("SELECT 1 FROM nodes WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE")
        .bind::<Array<SqlUuid>, _>(node_ids)
        .execute(conn)
        .await?;
    Ok(diesel::sql_query(
        "INSERT INTO peer_endpoints (node_id, domain_id) \
         SELECT node_id, domain_id FROM peers WHERE node_id = ANY ($1) AND retired_at IS NULL ORDER BY node_id \
         ON CONFLICT DO NOTHING",
    )
    .bind::<Array<SqlUuid>, _>(node_ids)
    .execute(conn)
    .await?)
}

#[derive(QueryableByName)]
struct Retired {
    #[diesel(sql_type = SqlUuid)]
    node_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    domain_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    retired_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    endpoint_ttl_seconds: i32,
}

/// The Peer of each of `node_ids` that was retired last.
async fn last_retired(conn: &mut AsyncPgConnection, node_ids: &[Uuid]) -> Result<HashMap<Uuid, Retired>, StorageError> {
    let rows: Vec<Retired> = diesel::sql_query(
        "SELECT DISTINCT ON (p.node_id) p.node_id, p.domain_id, p.retired_at, d.endpoint_ttl_seconds \
         FROM peers p JOIN domains d ON d.id = p.domain_id \
         WHERE p.node_id = ANY ($1) AND p.retired_at IS NOT NULL ORDER BY p.node_id, p.retired_at DESC",
    )
    .bind::<Array<SqlUuid>, _>(node_ids)
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.node_id, row)).collect())
}

async fn update(conn: &mut AsyncPgConnection, rows: impl Iterator<Item = (&Uuid, &Row)>) -> Result<(), StorageError> {
    let (mut ids, mut endpoints, mut nat_types) = (Vec::new(), Vec::new(), Vec::new());
    let (mut reported_at, mut refreshed_at) = (Vec::new(), Vec::new());
    for (id, row) in rows {
        let seen = row.known.seen.as_ref();
        ids.push(*id);
        endpoints.push(seen.map(|seen| seen.endpoint.as_str()));
        nat_types.push(seen.map(|seen| seen.nat_type.number()));
        reported_at.push(seen.map(|seen| seen.reported_at));
        refreshed_at.push(row.known.refreshed_at);
    }
    if ids.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE peer_endpoints e SET endpoint = i.endpoint, nat_type = i.nat_type, reported_at = i.reported_at, \
             refreshed_at = i.refreshed_at \
         FROM unnest($1, $2, $3, $4, $5) AS i (node_id, endpoint, nat_type, reported_at, refreshed_at) \
         WHERE e.node_id = i.node_id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Nullable<Text>>, _>(endpoints)
    .bind::<Array<Nullable<SmallInt>>, _>(nat_types)
    .bind::<Array<Nullable<Timestamptz>>, _>(reported_at)
    .bind::<Array<Nullable<Timestamptz>>, _>(refreshed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What is known of the control plane's own presence.
pub(super) async fn presence(conn: &mut AsyncPgConnection) -> Result<Presence, StorageError> {
    let (alive_at, recovered_at) =
        installation::table.select((installation::alive_at, installation::recovered_at)).first(conn).await?;
    Ok(Presence { alive_at, recovered_at })
}

/// What is swept.
pub(super) const TABLE: &str = "peer_endpoints";

/// Rows `e` that are stale, by what may be bound to it in turn: until when the control plane has listened, when it
/// recovered, and the slice of the table.
macro_rules! stale {
    ($columns:literal) => {
        concat!(
            "WITH moment AS MATERIALIZED (SELECT ?::timestamptz AS until, ?::timestamptz AS recovered), \
             cut AS MATERIALIZED ( \
                 SELECT id, recovered, until - endpoint_ttl_seconds * interval '1 second' AS since \
                 FROM domains CROSS JOIN moment \
             ) SELECT ",
            $columns,
            " FROM peer_endpoints e JOIN cut c ON c.id = e.domain_id \
             WHERE e.ctid >= ?::text::tid AND e.ctid < ?::text::tid \
               AND e.endpoint IS NOT NULL AND e.refreshed_at <= (SELECT max(since) FROM cut) \
               AND GREATEST(e.refreshed_at, c.recovered) <= c.since"
        )
    };
}

prepared! {
    /// Whether a row is stale.
    IsStale {
        until: DateTime<Utc> => Timestamptz,
        recovered: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        begins: String => Text,
        ends: String => Text,
    } -> (Bool,):
    concat!("SELECT EXISTS (", stale!(""), ")")
}

prepared! {
    /// Withdraws what is stale. A row is locked and looked at again, so a report that came meanwhile wins; one that a
    /// report has locked is left to the next sweep.
    ///
    /// The locked rows are found again by a list of their places: joined, by id or by place, the planner reads the whole
    /// table once more for each batch.
    Withdraw {
        until: DateTime<Utc> => Timestamptz,
        recovered: Option<DateTime<Utc>> => Nullable<Timestamptz>,
        begins: String => Text,
        ends: String => Text,
        limit: i64 => BigInt,
    } -> (SqlUuid, SqlUuid):
    concat!(
        "WITH due AS MATERIALIZED (",
        stale!("e.ctid AS place"),
        " LIMIT ? FOR UPDATE OF e SKIP LOCKED) \
         UPDATE peer_endpoints SET endpoint = NULL, nat_type = NULL, reported_at = NULL \
         WHERE ctid = ANY (ARRAY (SELECT place FROM due)) RETURNING node_id, domain_id"
    )
}

/// Whether an endpoint in `slice` is stale at `now`.
pub(super) async fn is_stale(
    conn: &mut AsyncPgConnection,
    presence: &Presence,
    slice: &Slice,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let question = IsStale {
        until: presence.listened_until(now),
        recovered: presence.recovered_at,
        begins: slice.begins(),
        ends: slice.ends(),
    };
    let (stale,): (bool,) = question.get_result(conn).await?;
    Ok(stale)
}

/// Withdraws at most `limit` endpoints in `slice` that are stale at `now`, with their events and audit entries. Returns how many.
pub(super) async fn withdraw(
    conn: &mut AsyncPgConnection,
    presence: &Presence,
    slice: &Slice,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    let statement = Withdraw {
        until: presence.listened_until(now),
        recovered: presence.recovered_at,
        begins: slice.begins(),
        ends: slice.ends(),
        limit,
    };
    let withdrawn: Vec<(Uuid, Uuid)> = statement.load(conn).await?;
    let mut of_domain: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (node_id, domain_id) in &withdrawn {
        of_domain.entry(*domain_id).or_default().push(*node_id);
    }
    let entries: Vec<_> = of_domain.iter().map(|(domain_id, of)| withdrawal(DomainId(*domain_id), of, now)).collect();
    if !entries.is_empty() {
        audit::append_all(conn, &entries).await?;
    }
    let gone = withdrawn.iter().map(|(node_id, domain_id)| EndpointChange {
        domain_id: DomainId(*domain_id),
        node_id: NodeId(*node_id),
        endpoint: String::new(),
        nat_type: "",
        first_or_last: true,
    });
    tell_endpoints(conn, gone.collect(), now).await?;
    Ok(withdrawn.len())
}

/// One entry for all of a Domain: thousands may go at once when a site does.
fn withdrawal(domain_id: DomainId, of: &[Uuid], now: DateTime<Utc>) -> audit::Entry<'static> {
    audit::Entry {
        domain_id: Some(domain_id),
        at: now,
        subject: "system".to_owned(),
        action: "domain.withdraw_endpoints",
        object: format!("domain:{domain_id}"),
        decision: audit::Decision::None,
        reason: Some(match of {
            [only] => format!("of node:{only}"),
            many => format!("of {} Nodes", many.len()),
        }),
        correlation_id: "",
    }
}
