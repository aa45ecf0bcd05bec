//! What a topology is made of, in the database.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::{Ages, Graph, Member, Nat, TopologyProjection};
use crate::ids::{DomainId, NodeId};
use crate::mesh::endpoint::NatType;
use crate::mesh::reachability::{Due, Presence, State, Thresholds};
use crate::postgres::{Database, StorageError};

/// Topologies over the database.
pub struct PgTopology {
    database: Database,
}

impl PgTopology {
    /// Over `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

/// The Domain, once for each of its Nodes; a Domain without any is one row.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    mesh_version: i64,
    #[diesel(sql_type = BigInt)]
    stale_after_ms: i64,
    #[diesel(sql_type = BigInt)]
    unreachable_after_ms: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    alive_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    recovered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    node_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    mesh_ip: Option<String>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    state: Option<i16>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    changed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_heartbeat_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    endpoint_known: bool,
    #[diesel(sql_type = Nullable<SmallInt>)]
    nat_type: Option<i16>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    relay_node_id: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Reported {
    #[diesel(sql_type = SqlUuid)]
    node_id: Uuid,
    #[diesel(sql_type = Text)]
    peers: String,
}

#[async_trait]
impl TopologyProjection for PgTopology {
    async fn graph(&self, domain_id: DomainId, now: DateTime<Utc>) -> Result<Option<Graph>, StorageError> {
        let rows: Vec<Row> = {
            let mut conn = self.database.read().await?;
            diesel::sql_query(
                "SELECT d.mesh_version, d.stale_after_ms, d.unreachable_after_ms, i.alive_at, i.recovered_at, \
                     n.id AS node_id, n.resource_handle AS name, host(n.mesh_ip) AS mesh_ip, \
                     l.state, COALESCE(l.changed_at, n.enrolled_at) AS changed_at, l.last_heartbeat_at, \
                     e.endpoint IS NOT NULL AS endpoint_known, e.nat_type, r.relay_node_id \
                 FROM domains d CROSS JOIN installation i \
                 LEFT JOIN peers p ON p.domain_id = d.id AND p.retired_at IS NULL LEFT JOIN nodes n ON n.id = p.node_id \
                 LEFT JOIN node_liveness l ON l.node_id = n.id LEFT JOIN peer_endpoints e ON e.node_id = n.id \
                 LEFT JOIN peer_relays r ON r.node_id = n.id WHERE d.id = $1",
            )
            .bind::<SqlUuid, _>(domain_id.0)
            .load(&mut conn)
            .await?
        };
        let [first, ..] = &rows[..] else { return Ok(None) };
        let presence = Presence { alive_at: first.alive_at, recovered_at: first.recovered_at };
        let version = first.mesh_version;
        let thresholds = Thresholds {
            stale_after: Duration::milliseconds(first.stale_after_ms),
            unreachable_after: Duration::milliseconds(first.unreachable_after_ms),
        };
        let members = rows.into_iter().filter_map(|row| {
            let due = Due {
                state: row.state.map_or(State::Unreachable, State::from_number),
                changed_at: row.changed_at?,
                last_heartbeat_at: row.last_heartbeat_at,
                thresholds,
            };
            let (state, changed_at) = due.at(now, &presence);
            Some(Member {
                node_id: NodeId(row.node_id?),
                name: row.name?,
                mesh_ip: row.mesh_ip?,
                state,
                changed_at,
                nat: Nat::of(row.endpoint_known, row.nat_type.map(NatType::from_number)),
                relay: row.relay_node_id.map(NodeId),
            })
        });
        Ok(Some(Graph::new(domain_id, version, thresholds, members.collect())))
    }

    async fn ages(&self, graph: &Graph, only: Option<NodeId>, now: DateTime<Utc>) -> Result<Ages, StorageError> {
        let mut ages = Ages::none(graph);
        let mut conn = self.database.read().await?;
        // Row by row: as text they are several times as large as what is kept. Of the other Nodes, only what they say
        // of `only` is on its edges.
        let rows = diesel::sql_query(
            "SELECT h.node_id, CASE WHEN $2 IS NULL OR h.node_id = $2 THEN h.peers \
                 ELSE jsonb_build_object($2::text, h.peers -> $2::text) END::text AS peers \
             FROM peers p JOIN node_handshakes h ON h.node_id = p.node_id \
             WHERE p.domain_id = $1 AND p.retired_at IS NULL \
               AND ($2 IS NULL OR h.node_id = $2 OR jsonb_exists(h.peers, $2::text))",
        )
        .bind::<SqlUuid, _>(graph.domain_id.0)
        .bind::<Nullable<SqlUuid>, _>(only.map(|id| id.0))
        .load_stream::<Reported>(&mut conn)
        .await?;
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = rows.try_next().await? {
            ages.add(graph, NodeId(row.node_id), &row.peers, now)
                .map_err(|error| StorageError::Corrupt(format!("handshakes of {}: {error}", row.node_id)))?;
        }
        Ok(ages)
    }
}
