//! Peers in the database. Whoever calls holds the Node's row and is inside of a transaction.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Announced, Issued, Member, PeerView};
use crate::access::credential::new_secret;
use crate::ids::{DomainId, Kid, NodeId, PeerId};
use crate::mesh::endpoint::{self, NatType};
use crate::mesh::key_rotation::store as key_rotation;
use crate::mesh::registration::PublicKey;
use crate::mesh::relays::store::{self as relays, Moved};
use crate::outbox::{self, Event};
use crate::postgres::StorageError;
use crate::postgres::schema::{nodes, peers, pre_shared_keys};
use crate::signing::WrapKey;
use crate::signing::store::KeyError;

/// Gives the Node a Peer. It has no live one.
pub(in crate::mesh) async fn open(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    domain_id: DomainId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::insert_into(peers::table)
        .values((
            peers::id.eq(PeerId::new(now).0),
            peers::node_id.eq(node_id.0),
            peers::domain_id.eq(domain_id.0),
            peers::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    endpoint::create_row(conn, node_id, domain_id).await
}

/// Issues the live Peer its PSK and tells the Domain of both: last in the transaction, which has the Domain's turn from
/// here on. An earlier PSK is retired before.
pub(in crate::mesh) async fn announce(
    conn: &mut AsyncPgConnection,
    wrap_key: &WrapKey,
    member: &Member<'_>,
    now: DateTime<Utc>,
) -> Result<Announced, StorageError> {
    let (node_id, domain_id) = (member.node_id, member.domain_id);
    let (kid, psk_epoch) = issue_psk(conn, wrap_key, domain_id, node_id, now).await?;
    let version = relays::raise_version(conn, domain_id).await?;
    let (relay, moved) = relays::join(conn, node_id, domain_id, member.bridge, now).await?;
    let others_changed = !moved.is_empty();
    let registered = Event::PeerRegistered {
        node_id,
        mesh_ip: member.mesh_ip.to_string(),
        public_key: PublicKey::encode(member.public_key),
        relay,
    };
    let assigned = Event::PeerPskAssigned { node_id, kid, wrap_key_version: wrap_key.version(), psk_epoch };
    let mut events = vec![(domain_id, registered), (domain_id, assigned)];
    events.extend(moved.into_iter().map(Moved::event));
    outbox::append(conn, &events, now).await?;
    Ok(Announced { version, others_changed })
}

/// Issues the live Peer a fresh PSK in place of the present one; [`tell_rekeyed`] is called for.
pub(in crate::mesh) async fn reissue(
    conn: &mut AsyncPgConnection,
    wrap_key: &WrapKey,
    domain_id: DomainId,
    node_id: NodeId,
    now: DateTime<Utc>,
) -> Result<Issued, StorageError> {
    retire_psk(conn, node_id, now).await?;
    let (kid, psk_epoch) = issue_psk(conn, wrap_key, domain_id, node_id, now).await?;
    Ok(Issued { kid, wrap_key_version: wrap_key.version(), psk_epoch })
}

/// Tells the Domain of the Peer's new key and PSK: last in the transaction, which has the Domain's turn from here on.
pub(in crate::mesh) async fn tell_rekeyed(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    domain_id: DomainId,
    public_key: &PublicKey,
    psk: Issued,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    relays::raise_version(conn, domain_id).await?;
    let Issued { kid, wrap_key_version, psk_epoch } = psk;
    let public_key = PublicKey::encode(public_key.bytes());
    let rotated = Event::PeerKeyRotated { node_id, public_key, kid, wrap_key_version, psk_epoch };
    outbox::append(conn, &[(domain_id, rotated)], now).await
}

/// Ends the live Peer with its PSK and its pending rotation. Returns whether there was one: then [`tell_gone`] is called
/// for.
pub(in crate::mesh) async fn retire(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let retired = diesel::update(peers::table.filter(peers::node_id.eq(node_id.0)).filter(peers::retired_at.is_null()))
        .set(peers::retired_at.eq(now))
        .execute(conn)
        .await?;
    if retired == 0 {
        return Ok(false);
    }
    key_rotation::supersede(conn, node_id, now).await?;
    retire_psk(conn, node_id, now).await?;
    endpoint::remove_row(conn, node_id).await?;
    Ok(true)
}

/// Tells the Domain that the Node's Peer has ended: last in the transaction, which has the Domain's turn from here on.
pub(in crate::mesh) async fn tell_gone(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    domain_id: DomainId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    relays::raise_version(conn, domain_id).await?;
    let moved = relays::leave(conn, node_id, domain_id, now).await?;
    let mut events = vec![(domain_id, Event::PeerDeregistered { node_id })];
    events.extend(moved.into_iter().map(Moved::event));
    outbox::append(conn, &events, now).await
}

/// Ends the Node's live PSK, if it has one.
pub(in crate::mesh) async fn retire_psk(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let live = pre_shared_keys::table
        .filter(pre_shared_keys::node_id.eq(node_id.0))
        .filter(pre_shared_keys::retired_at.is_null());
    diesel::update(live).set(pre_shared_keys::retired_at.eq(now)).execute(conn).await?;
    Ok(())
}

/// Whether the Node has a live Peer: it is not drained.
pub(in crate::mesh) async fn is_live(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<bool, StorageError> {
    let live = peers::table.filter(peers::node_id.eq(node_id.0)).filter(peers::retired_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(live)).get_result(conn).await?)
}

/// What a sealed PSK is bound to.
pub(in crate::mesh) fn psk_row(domain_id: DomainId, node_id: NodeId, kid: Kid, psk_epoch: i64) -> Vec<u8> {
    [
        b"plexsphere/psk".as_slice(),
        domain_id.0.as_bytes(),
        node_id.0.as_bytes(),
        kid.0.as_bytes(),
        &psk_epoch.to_be_bytes(),
    ]
    .concat()
}

async fn issue_psk(
    conn: &mut AsyncPgConnection,
    wrap_key: &WrapKey,
    domain_id: DomainId,
    node_id: NodeId,
    now: DateTime<Utc>,
) -> Result<(Kid, i64), StorageError> {
    let psk_epoch: i64 = diesel::update(nodes::table.find(node_id.0))
        .set(nodes::psk_epoch.eq(nodes::psk_epoch + 1))
        .returning(nodes::psk_epoch)
        .get_result(conn)
        .await?;
    let kid = Kid::new(now);
    let psk = new_secret().map_err(|error| StorageError::Unavailable(error.to_string()))?;
    let row = psk_row(domain_id, node_id, kid, psk_epoch);
    let sealed = wrap_key.seal(psk.as_ref(), &row).map_err(KeyError::from)?;
    diesel::insert_into(pre_shared_keys::table)
        .values((
            pre_shared_keys::kid.eq(kid.0),
            pre_shared_keys::node_id.eq(node_id.0),
            pre_shared_keys::psk_epoch.eq(psk_epoch),
            pre_shared_keys::sealed_psk.eq(sealed),
            pre_shared_keys::wrap_key_version.eq(wrap_key.version()),
            pre_shared_keys::issued_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok((kid, psk_epoch))
}

#[derive(QueryableByName)]
struct PeerRow {
    #[diesel(sql_type = SqlUuid)]
    node_id: Uuid,
    #[diesel(sql_type = Text)]
    mesh_ip: String,
    #[diesel(sql_type = Text)]
    public_key: String,
    #[diesel(sql_type = Nullable<Text>)]
    endpoint: Option<String>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    nat_type: Option<i16>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    relay_node_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    fallback_endpoint: Option<String>,
    #[diesel(sql_type = BigInt)]
    psk_epoch: i64,
}

/// Every live Peer of the Domain, by Node id.
pub(in crate::mesh) async fn live(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
) -> Result<Vec<PeerView>, StorageError> {
    let rows: Vec<PeerRow> = diesel::sql_query(
        "SELECT n.id AS node_id, host(n.mesh_ip) AS mesh_ip, encode(n.public_key, 'base64') AS public_key, n.psk_epoch, \
             e.endpoint, e.nat_type, r.relay_node_id, b.endpoint AS fallback_endpoint \
         FROM peers p JOIN nodes n ON n.id = p.node_id LEFT JOIN peer_endpoints e ON e.node_id = n.id \
         LEFT JOIN peer_relays r ON r.node_id = n.id LEFT JOIN peer_endpoints b ON b.node_id = r.relay_node_id \
         WHERE p.domain_id = $1 AND p.retired_at IS NULL ORDER BY n.id",
    )
    .bind::<SqlUuid, _>(domain_id.0)
    .load(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PeerView {
            node_id: NodeId(row.node_id),
            mesh_ip: row.mesh_ip,
            public_key: row.public_key,
            endpoint: row.endpoint,
            nat_type: row.nat_type.map(NatType::from_number),
            relay_node_id: row.relay_node_id.map(NodeId),
            fallback_endpoint: row.fallback_endpoint,
            psk_epoch: row.psk_epoch,
        })
        .collect())
}
