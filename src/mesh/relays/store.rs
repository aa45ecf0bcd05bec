//! Assignments of relays in the database.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Loads, assign};
use crate::audit;
use crate::ids::{DomainId, NodeId};
use crate::mesh::endpoint::NatType;
use crate::outbox::{self, AssignedRelay, Event};
use crate::postgres::StorageError;
use crate::tenancy::domains::raise_versions;

/// A change of where a live Peer can be reached, written and not yet told.
pub(in crate::mesh) struct EndpointChange {
    pub domain_id: DomainId,
    pub node_id: NodeId,
    /// Empty: nobody knows where any more.
    pub endpoint: String,
    pub nat_type: &'static str,
    /// Nothing was known before, or nothing is now: a bridge begins to relay, or ends.
    pub first_or_last: bool,
}

/// A Node that has another relay than before, or none any more.
pub(in crate::mesh) struct Moved {
    domain_id: DomainId,
    node_id: NodeId,
    endpoint: Option<String>,
    nat_type: Option<NatType>,
    relay: Option<AssignedRelay>,
}

impl Moved {
    /// What peers are told of it.
    pub(in crate::mesh) fn event(self) -> (DomainId, Event) {
        let event = Event::PeerEndpointChanged {
            node_id: self.node_id,
            endpoint: self.endpoint.unwrap_or_default(),
            nat_type: self.nat_type.map_or("", NatType::as_str),
            relay: self.relay,
        };
        (self.domain_id, event)
    }
}

/// Tells the Domains of `changes`, in their order, and moves the Nodes of bridges that begin or end with them: last in
/// the transaction.
pub(in crate::mesh) async fn tell_endpoints(
    conn: &mut AsyncPgConnection,
    changes: Vec<EndpointChange>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if changes.is_empty() {
        return Ok(());
    }
    let domains: BTreeSet<DomainId> = changes.iter().map(|change| change.domain_id).collect();
    raise_versions(conn, &domains).await?;
    let bridged = with_bridges(conn, &domains).await?;
    let of_bridged = || changes.iter().filter(|change| bridged.contains(&change.domain_id));
    let suspects: Vec<Uuid> =
        of_bridged().filter(|change| change.first_or_last).map(|change| change.node_id.0).collect();
    let moved = settle_bridges(conn, &suspects, now).await?;
    let relays = relays_of(conn, of_bridged().map(|change| change.node_id)).await?;
    let told: HashSet<NodeId> = changes.iter().map(|change| change.node_id).collect();
    let mut events: Vec<(DomainId, Event)> = Vec::with_capacity(changes.len() + moved.len());
    for change in changes {
        let event = Event::PeerEndpointChanged {
            node_id: change.node_id,
            endpoint: change.endpoint,
            nat_type: change.nat_type,
            relay: relays.get(&change.node_id).cloned(),
        };
        events.push((change.domain_id, event));
    }
    // Whose endpoint has changed as well is told of both at once.
    events.extend(moved.into_iter().filter(|moved| !told.contains(&moved.node_id)).map(Moved::event));
    outbox::append(conn, &events, now).await
}

/// Moves the Nodes of those bridges among `node_ids` that became unreachable or came back, and tells their Domains: last
/// in the transaction, after the new states are written.
pub(in crate::mesh) async fn tell_reachability(
    conn: &mut AsyncPgConnection,
    node_ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if node_ids.is_empty() {
        return Ok(());
    }
    let domains = domains_of_bridges(conn, node_ids).await?;
    if domains.is_empty() {
        return Ok(());
    }
    take_turns(conn, &domains).await?;
    let mut events = Vec::new();
    for domain_id in domains {
        events.extend(settle(conn, domain_id, now).await?.into_iter().map(Moved::event));
    }
    if events.is_empty() {
        return Ok(());
    }
    outbox::append(conn, &events, now).await?;
    raise_versions(conn, &events.iter().map(|(domain_id, _)| *domain_id).collect()).await?;
    Ok(())
}

/// What follows for relays when a Node's Peer is announced: its own relay, and the Nodes that are moved because it is a
/// bridge that lost its endpoint. The caller has the Domain's turn.
pub(in crate::mesh) async fn join(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    domain_id: DomainId,
    bridge: bool,
    now: DateTime<Utc>,
) -> Result<(Option<AssignedRelay>, Vec<Moved>), StorageError> {
    if bridge {
        return Ok((None, settle(conn, domain_id, now).await?));
    }
    let bridges = bridges(conn, domain_id).await?;
    if bridges.is_empty() {
        return Ok((None, Vec::new()));
    }
    // One that enrols again has its relay already.
    if let Some(relay) = relays_of(conn, [node_id].into_iter()).await?.remove(&node_id) {
        return Ok((Some(relay), Vec::new()));
    }
    let given = assign(&loads(&bridges), [node_id]);
    write(conn, domain_id, &given).await?;
    Ok((given.into_iter().next().and_then(|(_, bridge)| relay(&bridges, bridge)), Vec::new()))
}

/// What follows for relays when a Node's Peer has ended. The caller has the Domain's turn.
pub(in crate::mesh) async fn leave(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    domain_id: DomainId,
    now: DateTime<Utc>,
) -> Result<Vec<Moved>, StorageError> {
    write(conn, domain_id, &[(node_id, None)]).await?;
    settle_bridges(conn, &[node_id.0], now).await
}

/// Waits for the turns of `domains`, in their order. Others of a Domain then wait until this transaction ends.
async fn take_turns(conn: &mut AsyncPgConnection, domains: &BTreeSet<DomainId>) -> Result<(), StorageError> {
    diesel::sql_query("SELECT 1 FROM domains WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE")
        .bind::<Array<SqlUuid>, _>(domains.iter().map(|id| id.0).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    Ok(())
}

/// Raises the Domain's version, and takes its turn with that. Returns the new one.
pub(in crate::mesh) async fn raise_version(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
) -> Result<i64, StorageError> {
    let raised = raise_versions(conn, &BTreeSet::from([domain_id])).await?.pop();
    raised.ok_or(StorageError::Query(diesel::result::Error::NotFound))
}

#[derive(QueryableByName)]
struct OfDomain {
    #[diesel(sql_type = SqlUuid)]
    domain_id: Uuid,
}

/// The Domains of those of `node_ids` that are bridges.
async fn domains_of_bridges(
    conn: &mut AsyncPgConnection,
    node_ids: &[Uuid],
) -> Result<BTreeSet<DomainId>, StorageError> {
    let rows: Vec<OfDomain> =
        diesel::sql_query("SELECT DISTINCT domain_id FROM nodes WHERE id = ANY ($1) AND kind = 'bridge'")
            .bind::<Array<SqlUuid>, _>(node_ids)
            .load(conn)
            .await?;
    Ok(rows.into_iter().map(|row| DomainId(row.domain_id)).collect())
}

/// Those of `domains` that have bridges at all: in the others nothing follows for relays. The caller has their turns, so
/// it stays so.
async fn with_bridges(
    conn: &mut AsyncPgConnection,
    domains: &BTreeSet<DomainId>,
) -> Result<BTreeSet<DomainId>, StorageError> {
    let rows: Vec<OfDomain> = diesel::sql_query(
        "SELECT d.domain_id FROM unnest($1) AS d (domain_id) WHERE EXISTS (SELECT FROM nodes n \
         WHERE n.domain_id = d.domain_id AND n.kind = 'bridge' AND n.deregistered_at IS NULL)",
    )
    .bind::<Array<SqlUuid>, _>(domains.iter().map(|id| id.0).collect::<Vec<_>>())
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| DomainId(row.domain_id)).collect())
}

/// Settles the Domains of the bridges among `node_ids`.
async fn settle_bridges(
    conn: &mut AsyncPgConnection,
    node_ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<Moved>, StorageError> {
    let mut moved = Vec::new();
    if node_ids.is_empty() {
        return Ok(moved);
    }
    for domain_id in domains_of_bridges(conn, node_ids).await? {
        moved.extend(settle(conn, domain_id, now).await?);
    }
    Ok(moved)
}

#[derive(QueryableByName)]
struct Bridge {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    endpoint: Option<String>,
    #[diesel(sql_type = Bool)]
    can_relay: bool,
    #[diesel(sql_type = BigInt)]
    load: i64,
}

/// The bridges of a Domain. `state` 2 is unreachable.
async fn bridges(conn: &mut AsyncPgConnection, domain_id: DomainId) -> Result<Vec<Bridge>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT n.id, e.endpoint, (p.id IS NOT NULL AND e.endpoint IS NOT NULL AND l.state < 2) IS TRUE AS can_relay, \
             (SELECT count(*) FROM peer_relays r WHERE r.domain_id = n.domain_id AND r.relay_node_id = n.id) AS load \
         FROM nodes n LEFT JOIN peers p ON p.node_id = n.id AND p.retired_at IS NULL \
         LEFT JOIN peer_endpoints e ON e.node_id = n.id LEFT JOIN node_liveness l ON l.node_id = n.id \
         WHERE n.domain_id = $1 AND n.kind = 'bridge' AND n.deregistered_at IS NULL",
    )
    .bind::<SqlUuid, _>(domain_id.0)
    .load(conn)
    .await?)
}

fn loads(bridges: &[Bridge]) -> Loads {
    let can_relay = bridges.iter().filter(|bridge| bridge.can_relay);
    can_relay.map(|bridge| (NodeId(bridge.id), bridge.load.unsigned_abs())).collect()
}

fn relay(bridges: &[Bridge], node_id: Option<NodeId>) -> Option<AssignedRelay> {
    let found = bridges.iter().find(|bridge| Some(NodeId(bridge.id)) == node_id)?;
    Some(AssignedRelay { node_id: NodeId(found.id), endpoint: found.endpoint.clone().unwrap_or_default() })
}

#[derive(QueryableByName)]
struct Unserved {
    #[diesel(sql_type = SqlUuid)]
    node_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    endpoint: Option<String>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    nat_type: Option<i16>,
}

/// Moves every Node of the Domain whose relay cannot relay any more, and those that have none while there is one, with an
/// audit entry.
async fn settle(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
    now: DateTime<Utc>,
) -> Result<Vec<Moved>, StorageError> {
    let bridges = bridges(conn, domain_id).await?;
    let loads = loads(&bridges);
    let unserved: Vec<Unserved> = diesel::sql_query(
        "SELECT n.id AS node_id, e.endpoint, e.nat_type \
         FROM peers p JOIN nodes n ON n.id = p.node_id AND n.kind = 'node' \
         LEFT JOIN peer_relays r ON r.node_id = n.id LEFT JOIN peer_endpoints e ON e.node_id = n.id \
         WHERE p.domain_id = $1 AND p.retired_at IS NULL \
           AND CASE WHEN r.relay_node_id IS NULL THEN cardinality($2) > 0 ELSE r.relay_node_id <> ALL ($2) END \
         ORDER BY n.id",
    )
    .bind::<SqlUuid, _>(domain_id.0)
    .bind::<Array<SqlUuid>, _>(loads.keys().map(|id| id.0).collect::<Vec<_>>())
    .load(conn)
    .await?;
    if unserved.is_empty() {
        return Ok(Vec::new());
    }
    let given = assign(&loads, unserved.iter().map(|node| NodeId(node.node_id)));
    write(conn, domain_id, &given).await?;
    audit::append(conn, &reassignment(domain_id, &given, now)).await?;
    let given: HashMap<NodeId, Option<NodeId>> = given.into_iter().collect();
    Ok(unserved
        .into_iter()
        .map(|node| Moved {
            domain_id,
            node_id: NodeId(node.node_id),
            endpoint: node.endpoint,
            nat_type: node.nat_type.map(NatType::from_number),
            relay: relay(&bridges, given.get(&NodeId(node.node_id)).copied().flatten()),
        })
        .collect())
}

/// One entry for all of them: a bridge that goes moves thousands.
fn reassignment(domain_id: DomainId, given: &[(NodeId, Option<NodeId>)], now: DateTime<Utc>) -> audit::Entry<'static> {
    let with = given.iter().filter(|(_, relay)| relay.is_some()).count();
    audit::Entry {
        domain_id: Some(domain_id),
        at: now,
        subject: "system".to_owned(),
        action: "domain.assign_relays",
        object: format!("domain:{domain_id}"),
        decision: audit::Decision::None,
        reason: Some(format!("Nodes with another relay: {with}, with none any more: {}", given.len() - with)),
        correlation_id: "",
    }
}

/// Writes who has which relay now. The caller has the Domain's turn.
async fn write(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
    given: &[(NodeId, Option<NodeId>)],
) -> Result<(), StorageError> {
    let (mut nodes, mut relays, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for (node_id, relay) in given {
        match relay {
            Some(relay) => {
                nodes.push(node_id.0);
                relays.push(relay.0);
            }
            None => without.push(node_id.0),
        }
    }
    if !nodes.is_empty() {
        diesel::sql_query(
            "INSERT INTO peer_relays (node_id, domain_id, relay_node_id) \
             SELECT i.node_id, $1, i.relay_node_id FROM unnest($2, $3) AS i (node_id, relay_node_id) \
             ON CONFLICT (node_id) DO UPDATE SET relay_node_id = excluded.relay_node_id",
        )
        .bind::<SqlUuid, _>(domain_id.0)
        .bind::<Array<SqlUuid>, _>(nodes)
        .bind::<Array<SqlUuid>, _>(relays)
        .execute(conn)
        .await?;
    }
    if !without.is_empty() {
        diesel::sql_query("DELETE FROM peer_relays WHERE node_id = ANY ($1)")
            .bind::<Array<SqlUuid>, _>(without)
            .execute(conn)
            .await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Served {
    #[diesel(sql_type = SqlUuid)]
    node_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    relay_node_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    endpoint: Option<String>,
}

/// The relays of those of `node_ids` that have one, each with where it can be reached now.
async fn relays_of(
    conn: &mut AsyncPgConnection,
    node_ids: impl Iterator<Item = NodeId>,
) -> Result<HashMap<NodeId, AssignedRelay>, StorageError> {
    let node_ids: Vec<Uuid> = node_ids.map(|id| id.0).collect();
    if node_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Served> = diesel::sql_query(
        "SELECT r.node_id, r.relay_node_id, e.endpoint \
         FROM peer_relays r LEFT JOIN peer_endpoints e ON e.node_id = r.relay_node_id WHERE r.node_id = ANY ($1)",
    )
    .bind::<Array<SqlUuid>, _>(node_ids)
    .load(conn)
    .await?;
    let relay = |row: &Served| AssignedRelay {
        node_id: NodeId(row.relay_node_id),
        endpoint: row.endpoint.clone().unwrap_or_default(),
    };
    Ok(rows.iter().map(|row| (NodeId(row.node_id), relay(row))).collect())
}
