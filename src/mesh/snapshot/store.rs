//! States and their entries in the database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::entry::QUOTA;
use super::{
    DomainRows, Entry, EntryRefusal, Found, Key, Kind, OwnRows, SigningKeyRow, SnapshotSource, StateEntryRepo,
};
use crate::ids::{DomainId, NodeId, SigningKeyId};
use crate::mesh::endpoint::NatType;
use crate::mesh::nodes::Actor;
use crate::mesh::peers::PeerView;
use crate::mesh::reachability::State;
use crate::outbox::Event;
use crate::postgres::schema::{node_state_entries, nodes};
use crate::postgres::{Database, StorageError, retrying};
use crate::{audit, outbox};

/// Reads states from the database.
pub struct PgSnapshots {
    database: Database,
}

impl PgSnapshots {
    /// Over `database`, whose connections keep their plans.
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

/// What a row of [`ReadStates`] is of.
const NODE: i16 = 0;
const DOMAIN: i16 = 1;
const SIGNING_KEY: i16 = 2;
const ENTRY: i16 = 3;
const PEER: i16 = 4;

/// The one statement of a pull. Written by hand so that it is prepared once a connection.
struct ReadStates {
    node_ids: Vec<Uuid>,
    held_domains: Vec<Uuid>,
    held_versions: Vec<i64>,
}

impl QueryFragment<Pg> for ReadStates {
    // The rows of all kinds share columns. Each look-up of a few rows is a subquery of its own, by a key: the plan is
    // kept, and must not be one that was good while tables were small. The peers are joined by hashes of what their
    // Domain has in each table: nested loops are off in these sessions wherever there is another way. They are looked for
    // only where the version that is held is another: that subquery is run once for each such Domain, and never
    // otherwise.
    fn walk_ast<'q>(&'q self, mut out: AstPass<'_, 'q, Pg>) -> QueryResult<()> {
        out.push_sql(
            "WITH asked AS MATERIALIZED ( \
                 SELECT n.*, l.state, l.changed_at, p.live IS NOT NULL AS in_the_mesh \
                 FROM unnest(",
        );
        out.push_bind_param::<Array<SqlUuid>, _>(&self.node_ids)?;
        out.push_sql(
            ") AS i (id) \
                 CROSS JOIN LATERAL (SELECT n.id, n.domain_id, n.psk_epoch, n.enrolled_at FROM nodes n \
                     WHERE n.id = i.id AND n.deregistered_at IS NULL OFFSET 0) n \
                 LEFT JOIN LATERAL (SELECT l.state, l.changed_at FROM node_liveness l \
                     WHERE l.node_id = n.id OFFSET 0) l ON true \
                 LEFT JOIN LATERAL (SELECT true AS live FROM peers p \
                     WHERE p.node_id = n.id AND p.retired_at IS NULL LIMIT 1) p ON true \
             ), domain AS MATERIALIZED ( \
                 SELECT d.*, h.version AS held FROM (SELECT DISTINCT domain_id FROM asked) a \
                 CROSS JOIN LATERAL (SELECT d.id, d.mesh_version FROM domains d WHERE d.id = a.domain_id OFFSET 0) d \
                 LEFT JOIN unnest(",
        );
        out.push_bind_param::<Array<SqlUuid>, _>(&self.held_domains)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.held_versions)?;
        out.push_sql(
            ") AS h (id, version) ON h.id = d.id \
             ) \
             SELECT 0::smallint AS kind, a.id, a.domain_id, a.psk_epoch AS number, a.state AS small, a.in_the_mesh AS flag, \
                 COALESCE(a.changed_at, a.enrolled_at) AS at, \
                 NULL::text AS t1, NULL::text AS t2, NULL::text AS t3, NULL::text AS t4, NULL::uuid AS other \
             FROM asked a \
             UNION ALL \
             SELECT 1::smallint, d.id, d.id, d.mesh_version, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM domain d \
             UNION ALL \
             SELECT 2::smallint, k.key_id, d.id, NULL, NULL, NULL, NULL, k.public_key, k.state, NULL, NULL, NULL \
             FROM domain d CROSS JOIN LATERAL ( \
                 SELECT k.key_id, encode(k.public_key, 'base64') AS public_key, k.state FROM signing_keys k \
                 WHERE k.domain_id = d.id OFFSET 0 \
             ) k \
             UNION ALL \
             SELECT 3::smallint, a.id, a.domain_id, NULL, e.kind, NULL, NULL, e.key, e.value, e.workload_tag, NULL, NULL \
             FROM asked a CROSS JOIN LATERAL ( \
                 SELECT e.kind, e.key, e.value, e.workload_tag FROM node_state_entries e WHERE e.node_id = a.id OFFSET 0 \
             ) e \
             UNION ALL \
             SELECT 4::smallint, p.* FROM domain d CROSS JOIN LATERAL ( \
                 SELECT p.node_id, d.id, n.psk_epoch, e.nat_type, NULL::boolean, NULL::timestamptz, n.mesh_ip, \
                     n.public_key, e.endpoint, b.endpoint AS fallback_endpoint, r.relay_node_id \
                 FROM peers p \
                 JOIN (SELECT n.id, n.domain_id, n.psk_epoch, host(n.mesh_ip) AS mesh_ip, \
                     encode(n.public_key, 'base64') AS public_key FROM nodes n WHERE n.deregistered_at IS NULL) n \
                     ON n.id = p.node_id AND n.domain_id = d.id \
                 LEFT JOIN peer_endpoints e ON e.node_id = p.node_id AND e.domain_id = d.id \
                 LEFT JOIN peer_relays r ON r.node_id = p.node_id AND r.domain_id = d.id \
                 LEFT JOIN peer_endpoints b ON b.node_id = r.relay_node_id AND b.domain_id = d.id \
                 WHERE p.domain_id = d.id AND p.retired_at IS NULL OFFSET 0 \
             ) p WHERE d.held IS DISTINCT FROM d.mesh_version",
        );
        Ok(())
    }
}

impl QueryId for ReadStates {
    type QueryId = ReadStates;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for ReadStates {
    type SqlType = (
        SmallInt,
        SqlUuid,
        SqlUuid,
        Nullable<BigInt>,
        Nullable<SmallInt>,
        Nullable<Bool>,
        Nullable<Timestamptz>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<SqlUuid>,
    );
}

#[derive(Queryable)]
struct Row {
    kind: i16,
    id: Uuid,
    domain_id: Uuid,
    number: Option<i64>,
    small: Option<i16>,
    flag: Option<bool>,
    at: Option<DateTime<Utc>>,
    t1: Option<String>,
    t2: Option<String>,
    t3: Option<String>,
    t4: Option<String>,
    other: Option<Uuid>,
}

/// A column that a row of its kind always has.
fn there<T>(value: Option<T>) -> Result<T, StorageError> {
    value.ok_or_else(|| StorageError::Corrupt("a row of a state lacks a column".to_owned()))
}

#[async_trait]
impl SnapshotSource for PgSnapshots {
    async fn read(&self, node_ids: &[NodeId], held: &[(DomainId, i64)]) -> Result<Found, StorageError> {
        let statement = ReadStates {
            node_ids: node_ids.iter().map(|id| id.0).collect(),
            held_domains: held.iter().map(|(id, _)| id.0).collect(),
            held_versions: held.iter().map(|(_, version)| *version).collect(),
        };
        let rows: Vec<Row> = {
            let mut conn = self.database.read().await?;
            statement.load(&mut conn).await?
        };
        found(rows, held)
    }
}

/// Sorts the rows of a statement out. Rows of a kind come in any order, and before what they belong to.
fn found(rows: Vec<Row>, held: &[(DomainId, i64)]) -> Result<Found, StorageError> {
    let mut found = Found::default();
    let (mut keys, mut entries, mut peers) = (Vec::new(), Vec::new(), Vec::with_capacity(rows.len()));
    for row in rows {
        let domain_id = DomainId(row.domain_id);
        match row.kind {
            NODE => found.nodes.push(OwnRows {
                node_id: NodeId(row.id),
                domain_id,
                in_the_mesh: there(row.flag)?,
                psk_epoch: there(row.number)?,
                reachability: row.small.map_or(State::Unreachable, State::from_number),
                changed_at: there(row.at)?,
                entries: Vec::new(),
            }),
            DOMAIN => {
                let version = there(row.number)?;
                let current = held.contains(&(domain_id, version));
                let peers = (!current).then(Vec::new);
                found.domains.push(DomainRows { domain_id, version, signing_keys: Vec::new(), peers });
            }
            SIGNING_KEY => {
                let key =
                    SigningKeyRow { key_id: SigningKeyId(row.id), public_key: there(row.t1)?, state: there(row.t2)? };
                keys.push((domain_id, key));
            }
            ENTRY => {
                let kind = there(row.small.and_then(Kind::from_number))?;
                let entry = Entry { key: there(row.t1)?, value: there(row.t2)?, workload_tag: row.t3 };
                entries.push((NodeId(row.id), kind, entry));
            }
            PEER => {
                let peer = PeerView {
                    node_id: NodeId(row.id),
                    mesh_ip: there(row.t1)?,
                    public_key: there(row.t2)?,
                    endpoint: row.t3,
                    nat_type: row.small.map(NatType::from_number),
                    relay_node_id: row.other.map(NodeId),
                    fallback_endpoint: row.t4,
                    psk_epoch: there(row.number)?,
                };
                peers.push((domain_id, peer));
            }
            other => return Err(StorageError::Corrupt(format!("a row of a state is of kind {other}"))),
        }
    }
    found.nodes.sort_by_key(|node| node.node_id);
    for (node_id, kind, entry) in entries {
        let at = found.nodes.binary_search_by_key(&node_id, |node| node.node_id);
        there(at.ok().and_then(|at| found.nodes.get_mut(at)))?.entries.push((kind, entry));
    }
    for domain in &mut found.domains {
        let of_domain = keys.iter().filter(|(domain_id, _)| *domain_id == domain.domain_id);
        domain.signing_keys = of_domain.map(|(_, key)| key.clone()).collect();
    }
    match &mut found.domains[..] {
        [only] => {
            if let Some(list) = &mut only.peers {
                *list = peers.into_iter().map(|(_, peer)| peer).collect();
            }
        }
        several => {
            for (domain_id, peer) in peers {
                let domain = several.iter_mut().find(|domain| domain.domain_id == domain_id);
                there(domain.and_then(|domain| domain.peers.as_mut()))?.push(peer);
            }
        }
    }
    Ok(found)
}

/// Removes all entries of a Node that ends. For whoever ends it, in the transaction and under the lock of its row.
pub(in crate::mesh) async fn remove_entries(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<(), StorageError> {
    diesel::delete(node_state_entries::table.filter(node_state_entries::node_id.eq(node_id.0))).execute(conn).await?;
    Ok(())
}

/// Entries over the database.
pub struct PgStateEntries {
    database: Database,
}

impl PgStateEntries {
    /// Over `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    async fn try_put(
        &self,
        node_id: NodeId,
        kind: Kind,
        entry: &Entry,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), EntryRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let domain_id = lock(conn, node_id).await?;
        let row = (node_id.0, kind.number(), entry.key.as_str());
        let before: Option<(String, Option<String>)> = node_state_entries::table
            .find(row)
            .select((node_state_entries::value, node_state_entries::workload_tag))
            .first(conn)
            .await
            .optional()
            .map_err(StorageError::from)?;
        match before {
            Some((value, workload_tag)) if value == entry.value && workload_tag == entry.workload_tag => return Ok(()),
            Some(_) => {}
            // The Node's row is held: nobody else adds one meanwhile.
            None => {
                let count: i64 = node_state_entries::table
                    .filter(node_state_entries::node_id.eq(node_id.0))
                    .filter(node_state_entries::kind.eq(kind.number()))
                    .count()
                    .get_result(conn)
                    .await
                    .map_err(StorageError::from)?;
                if count >= QUOTA {
                    return Err(EntryRefusal::QuotaExceeded);
                }
            }
        }
        diesel::insert_into(node_state_entries::table)
            .values((
                node_state_entries::node_id.eq(node_id.0),
                node_state_entries::kind.eq(kind.number()),
                node_state_entries::key.eq(&entry.key),
                node_state_entries::value.eq(&entry.value),
                node_state_entries::workload_tag.eq(&entry.workload_tag),
            ))
            .on_conflict((node_state_entries::node_id, node_state_entries::kind, node_state_entries::key))
            .do_update()
            .set((node_state_entries::value.eq(&entry.value), node_state_entries::workload_tag.eq(&entry.workload_tag)))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        let change = Change { node_id, domain_id, kind, key: &entry.key, action: "node.state.put" };
        tell(conn, &change, actor, now).await?;
        Ok(tx.commit().await?)
    }

    async fn try_delete(
        &self,
        node_id: NodeId,
        kind: Kind,
        key: &Key,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), EntryRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let domain_id = lock(conn, node_id).await?;
        let removed = diesel::delete(node_state_entries::table.find((node_id.0, kind.number(), key.as_str())))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        if removed == 0 {
            return Err(EntryRefusal::EntryNotFound);
        }
        let change = Change { node_id, domain_id, kind, key: key.as_str(), action: "node.state.delete" };
        tell(conn, &change, actor, now).await?;
        Ok(tx.commit().await?)
    }
}

#[async_trait]
impl StateEntryRepo for PgStateEntries {
    async fn put(
        &self,
        node_id: NodeId,
        kind: Kind,
        entry: &Entry,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), EntryRefusal> {
        retrying("putting a state entry", || self.try_put(node_id, kind, entry, actor, now)).await
    }

    async fn delete(
        &self,
        node_id: NodeId,
        kind: Kind,
        key: &Key,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), EntryRefusal> {
        retrying("deleting a state entry", || self.try_delete(node_id, kind, key, actor, now)).await
    }
}

/// Keeps the Node as it is until the end of the transaction; returns its Domain.
async fn lock(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<DomainId, EntryRefusal> {
    let domain_id: Option<Uuid> = nodes::table
        .find(node_id.0)
        .filter(nodes::deregistered_at.is_null())
        .select(nodes::domain_id)
        .for_no_key_update()
        .first(conn)
        .await
        .optional()
        .map_err(StorageError::from)?;
    domain_id.map(DomainId).ok_or(EntryRefusal::NodeNotFound)
}

struct Change<'c> {
    node_id: NodeId,
    domain_id: DomainId,
    kind: Kind,
    key: &'c str,
    action: &'static str,
}

/// Tells the Node of a change that operators made, and keeps who it was. Of its own reports a Node needs no telling.
async fn tell(
    conn: &mut AsyncPgConnection,
    change: &Change<'_>,
    actor: Actor<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if !change.kind.by_operators() {
        return Ok(());
    }
    let node_id = change.node_id;
    let revision: i64 = diesel::update(nodes::table.find(node_id.0))
        .set(nodes::state_revision.eq(nodes::state_revision + 1))
        .returning(nodes::state_revision)
        .get_result(conn)
        .await?;
    outbox::append(conn, &[(change.domain_id, Event::NodeStateUpdated { node_id, revision })], now).await?;
    audit::append(
        conn,
        &audit::Entry {
            domain_id: Some(change.domain_id),
            at: now,
            subject: actor.subject.to_owned(),
            action: change.action,
            object: format!("node:{node_id}"),
            decision: audit::Decision::Allowed,
            reason: Some(format!("{} {}", change.kind.as_str(), change.key)),
            correlation_id: actor.correlation_id,
        },
    )
    .await
}
