//! Nodes in the database.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use uuid::Uuid;

use super::{Actor, Filter, NodeRefusal, NodeRepo, NodeView, Status};
use crate::access::{self, Visible};
use crate::audit;
use crate::ids::{DomainId, NodeId, ProjectId};
use crate::mesh::peers::store as peers;
use crate::mesh::reachability::{Due, Presence, Reachability, State, Thresholds};
use crate::mesh::snapshot;
use crate::page::Page;
use crate::postgres::schema::{
    bootstrap_tokens, node_capabilities, node_handshakes, node_liveness, node_secret_keys, nodes, released_addresses,
};
use crate::postgres::{Database, StorageError, prepared, retrying};

/// Nodes over the database.
pub struct PgNodes {
    database: Database,
    /// How long a freed address rests before another Node may have it.
    hold_down: Duration,
}

impl PgNodes {
    /// Over `database`; freed addresses rest for `hold_down`.
    pub fn new(database: Database, hold_down: Duration) -> Self {
        Self { database, hold_down }
    }
}

/// In the order of [`views`].
#[derive(Queryable, QueryableByName)]
struct Row {
    #[diesel(embed)]
    node: NodeRow,
    #[diesel(embed)]
    life: LifeRow,
}

#[derive(Queryable, QueryableByName)]
struct NodeRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    domain_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    project_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    resource_handle: String,
    #[diesel(sql_type = Text)]
    mesh_ip: String,
    #[diesel(sql_type = Bytea)]
    public_key: Vec<u8>,
    #[diesel(sql_type = Timestamptz)]
    enrolled_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    deregistered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    live_peer: bool,
}

#[derive(Queryable, QueryableByName)]
struct LifeRow {
    #[diesel(sql_type = Nullable<SmallInt>)]
    state: Option<i16>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    changed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_heartbeat_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    binary_version: Option<String>,
    #[diesel(sql_type = BigInt)]
    stale_after_ms: i64,
    #[diesel(sql_type = BigInt)]
    unreachable_after_ms: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    nsk_issued_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    nsk_expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    nsk_flagged: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    rotation_triggered_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    rotation_expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    alive_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    recovered_at: Option<DateTime<Utc>>,
}

/// What is read of Nodes, with the condition at its end.
macro_rules! views {
    ($condition:literal) => {
        concat!(
            "SELECT n.id, n.domain_id, n.project_id, n.kind, n.resource_handle, host(n.mesh_ip) AS mesh_ip, n.public_key, \
                n.enrolled_at, n.deregistered_at, p.id IS NOT NULL AS live_peer, l.state, l.changed_at, \
                l.last_heartbeat_at, l.binary_version, d.stale_after_ms, d.unreachable_after_ms, \
                k.issued_at AS nsk_issued_at, k.expires_at AS nsk_expires_at, COALESCE(l.nsk_flagged, false) AS nsk_flagged, \
                r.triggered_at AS rotation_triggered_at, r.expires_at AS rotation_expires_at, i.alive_at, i.recovered_at \
            FROM nodes n JOIN domains d ON d.id = n.domain_id CROSS JOIN installation i \
            LEFT JOIN peers p ON p.node_id = n.id AND p.retired_at IS NULL \
            LEFT JOIN node_liveness l ON l.node_id = n.id \
            LEFT JOIN peer_key_rotations r ON r.node_id = n.id AND r.state = 'pending' \
            LEFT JOIN node_secret_keys k ON k.node_id = n.id AND k.revoked_at IS NULL",
            $condition
        )
    };
}

prepared! {
    /// One Node. Planned once a connection: with so many tables, planning takes many times what the answer does.
    Find {
        node_id: Uuid => SqlUuid,
    } -> (
        (SqlUuid, SqlUuid, SqlUuid, Text, Text, Text, Bytea, Timestamptz, Nullable<Timestamptz>, Bool),
        (
            Nullable<SmallInt>, Nullable<Timestamptz>, Nullable<Timestamptz>, Nullable<Text>, BigInt, BigInt,
            Nullable<Timestamptz>, Nullable<Timestamptz>, Bool, Nullable<Timestamptz>, Nullable<Timestamptz>,
            Nullable<Timestamptz>, Nullable<Timestamptz>,
        ),
    ):
    views!(" WHERE n.id = ?")
}

fn view(Row { node, life }: Row, now: DateTime<Utc>) -> NodeView {
    let (state, changed_at) = Due {
        state: life.state.map_or(State::Unreachable, State::from_number),
        changed_at: life.changed_at.or(node.deregistered_at).unwrap_or(node.enrolled_at),
        last_heartbeat_at: life.last_heartbeat_at,
        thresholds: Thresholds {
            stale_after: Duration::milliseconds(life.stale_after_ms),
            unreachable_after: Duration::milliseconds(life.unreachable_after_ms),
        },
    }
    .at(now, &Presence { alive_at: life.alive_at, recovered_at: life.recovered_at });
    NodeView {
        id: NodeId(node.id),
        domain_id: DomainId(node.domain_id),
        project_id: ProjectId(node.project_id),
        bridge: node.kind == "bridge",
        resource_handle: node.resource_handle,
        mesh_ip: node.mesh_ip,
        public_key: node.public_key,
        status: match (node.deregistered_at, node.live_peer) {
            (Some(_), _) => Status::Deregistered,
            (None, true) => Status::Active,
            (None, false) => Status::Drained,
        },
        reachability: Reachability { state, last_heartbeat_at: life.last_heartbeat_at, changed_at },
        binary_version: life.binary_version,
        nsk_issued_at: life.nsk_issued_at,
        nsk_expires_at: life.nsk_expires_at,
        nsk_flagged: life.nsk_flagged,
        // Expired by the clock is not pending, whether that has been written down or not.
        rotation_triggered_at: life
            .rotation_triggered_at
            .filter(|_| life.rotation_expires_at.is_some_and(|end| end > now)),
        enrolled_at: node.enrolled_at,
        deregistered_at: node.deregistered_at,
    }
}

#[async_trait]
impl NodeRepo for PgNodes {
    async fn exists(&self, node_id: NodeId) -> Result<bool, StorageError> {
        let mut conn = self.database.read().await?;
        let live = nodes::table.find(node_id.0).filter(nodes::deregistered_at.is_null());
        Ok(diesel::select(diesel::dsl::exists(live)).get_result(&mut conn).await?)
    }

    async fn find(&self, node_id: NodeId, now: DateTime<Utc>) -> Result<Option<NodeView>, StorageError> {
        let mut conn = self.database.read().await?;
        let row: Option<Row> = Find { node_id: node_id.0 }.get_result(&mut conn).await.optional()?;
        Ok(row.map(|row| view(row, now)))
    }

    async fn list(
        &self,
        filter: Filter,
        visible: &[Visible],
        page: &Page,
        now: DateTime<Utc>,
    ) -> Result<Vec<NodeView>, StorageError> {
        let mut conn = self.database.read().await?;
        let mut text =
            views!(" WHERE n.id > $1 AND ($2 IS NULL OR n.domain_id = $2) AND ($3 IS NULL OR n.project_id = $3)")
                .to_owned();
        let mut bounds: Vec<&Vec<Uuid>> = Vec::new();
        for one in visible {
            if let Visible::Only { domains, projects, nodes } = one {
                let first = 5 + bounds.len();
                text.push_str(&format!(
                    " AND (n.domain_id = ANY (${first}) OR n.project_id = ANY (${}) OR n.id = ANY (${}))",
                    first + 1,
                    first + 2
                ));
                bounds.extend([domains, projects, nodes]);
            }
        }
        text.push_str(" ORDER BY n.id LIMIT $4");
        let mut query = diesel::sql_query(text)
            .into_boxed::<diesel::pg::Pg>()
            .bind::<SqlUuid, _>(page.after.unwrap_or(Uuid::nil()))
            .bind::<Nullable<SqlUuid>, _>(filter.domain_id.map(|id| id.0))
            .bind::<Nullable<SqlUuid>, _>(filter.project_id.map(|id| id.0))
            .bind::<BigInt, _>(page.fetch());
        for bound in bounds {
            query = query.bind::<Array<SqlUuid>, _>(bound);
        }
        let rows: Vec<Row> = query.load(&mut conn).await?;
        Ok(rows.into_iter().map(|row| view(row, now)).collect())
    }

    async fn deregister(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal> {
        retrying("deregistration", || self.try_deregister(node_id, actor, now)).await
    }

    async fn flag_nsk(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let node = lock(conn, node_id).await?.filter(|node| !node.deregistered).ok_or(NodeRefusal::NotFound)?;
        let flagged = diesel::update(
            node_secret_keys::table
                .filter(node_secret_keys::node_id.eq(node_id.0))
                .filter(node_secret_keys::revoked_at.is_null())
                .filter(node_secret_keys::flagged_at.is_null()),
        )
        .set(node_secret_keys::flagged_at.eq(now))
        .execute(conn)
        .await
        .map_err(StorageError::from)?;
        if flagged == 0 {
            return Ok(());
        }
        diesel::update(node_liveness::table.find(node_id.0))
            .set(node_liveness::nsk_flagged.eq(true))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        audit::append(conn, &recorded(node_id, node.domain_id, "node.flag_nsk", actor, now)).await?;
        Ok(tx.commit().await?)
    }
}

impl PgNodes {
    async fn try_deregister(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        lock_tokens(conn, node_id).await?;
        let Some(node) = lock(conn, node_id).await? else { return Err(NodeRefusal::NotFound) };
        if node.deregistered {
            return Ok(());
        }
        diesel::update(nodes::table.find(node_id.0))
            .set(nodes::deregistered_at.eq(now))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        retire(conn, &node, now).await?;
        diesel::insert_into(released_addresses::table)
            .values((
                released_addresses::pool_id.eq(node.pool_id),
                released_addresses::address.eq(node.mesh_ip),
                released_addresses::free_at.eq(now + self.hold_down),
            ))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        access::store::tell_credential_change(conn, node_id.0).await?;
        audit::append(conn, &recorded(node_id, node.domain_id, "node.deregister", actor, now)).await?;
        if peers::retire(conn, node_id, now).await? {
            peers::tell_gone(conn, node_id, node.domain_id, now).await?;
        }
        Ok(tx.commit().await?)
    }
}

struct Locked {
    id: NodeId,
    domain_id: DomainId,
    pool_id: Uuid,
    mesh_ip: IpNet,
    deregistered: bool,
}

/// Takes the tokens bound to the Node before the Node itself, as an enrolment does.
async fn lock_tokens(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<(), StorageError> {
    let _locked: Vec<Uuid> = bootstrap_tokens::table
        .filter(bootstrap_tokens::node_id.eq(node_id.0))
        .filter(bootstrap_tokens::consumed_at.is_null())
        .order(bootstrap_tokens::id)
        .select(bootstrap_tokens::id)
        .for_update()
        .load(conn)
        .await?;
    Ok(())
}

async fn lock(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<Option<Locked>, StorageError> {
    let row: Option<(Uuid, Uuid, IpNet, Option<DateTime<Utc>>)> = nodes::table
        .find(node_id.0)
        .select((nodes::domain_id, nodes::pool_id, nodes::mesh_ip, nodes::deregistered_at))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(domain_id, pool_id, mesh_ip, deregistered_at)| Locked {
        id: node_id,
        domain_id: DomainId(domain_id),
        pool_id,
        mesh_ip,
        deregistered: deregistered_at.is_some(),
    }))
}

/// Ends everything that a Node holds: its keys, its tokens, its state entries, and what is known of its life.
async fn retire(conn: &mut AsyncPgConnection, node: &Locked, now: DateTime<Utc>) -> Result<(), StorageError> {
    let id = node.id.0;
    snapshot::remove_entries(conn, node.id).await?;
    diesel::update(
        node_secret_keys::table.filter(node_secret_keys::node_id.eq(id)).filter(node_secret_keys::revoked_at.is_null()),
    )
    .set(node_secret_keys::revoked_at.eq(now))
    .execute(conn)
    .await?;
    diesel::update(
        bootstrap_tokens::table
            .filter(bootstrap_tokens::node_id.eq(id))
            .filter(bootstrap_tokens::consumed_at.is_null())
            .filter(bootstrap_tokens::revoked_at.is_null()),
    )
    .set(bootstrap_tokens::revoked_at.eq(now))
    .execute(conn)
    .await?;
    diesel::delete(node_liveness::table.find(id)).execute(conn).await?;
    diesel::delete(node_handshakes::table.find(id)).execute(conn).await?;
    diesel::delete(node_capabilities::table.find(id)).execute(conn).await?;
    Ok(())
}

/// The audit entry of what `actor` did to a Node.
pub(in crate::mesh) fn recorded<'r>(
    node_id: NodeId,
    domain_id: DomainId,
    action: &'static str,
    actor: Actor<'r>,
    now: DateTime<Utc>,
) -> audit::Entry<'r> {
    audit::Entry {
        domain_id: Some(domain_id),
        at: now,
        subject: actor.subject.to_owned(),
        action,
        object: format!("node:{node_id}"),
        decision: audit::Decision::Allowed,
        reason: None,
        correlation_id: actor.correlation_id,
    }
}
