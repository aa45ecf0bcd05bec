//! Rotations in the database. The order of locks: the Node's row, its rotation, everything of the Peer, the Domain.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{
    CompletionRefusal, Pending, Preview, Receipt, RotationCompleter, RotationPreviews, RotationRequester, Standing,
    Submission, TriggerRefusal, Triggered,
};
use crate::ids::{DomainId, Kid, NodeId, PeerId, RotationId};
use crate::mesh::nodes::Actor;
use crate::mesh::nodes::store::recorded;
use crate::mesh::peers::store as peer_rows;
use crate::mesh::registration::PublicKey;
use crate::outbox::Event;
use crate::postgres::schema::{domains, node_liveness, nodes, peer_key_rotations, peers, pre_shared_keys};
use crate::postgres::{Database, StorageError, retrying, violated};
use crate::signing::{Sealer, store as keys};
use crate::{audit, outbox};

/// Rotations that are forgotten with one statement; what is left goes with the next.
const PRUNED_AT_ONCE: i64 = 10_000;

/// Rotations over the database.
pub struct PgKeyRotations {
    database: Database,
    /// Opens the wrap keys that fresh PSKs are sealed under.
    sealer: Arc<Sealer>,
}

impl PgKeyRotations {
    /// Over `database`.
    pub fn new(database: Database, sealer: Arc<Sealer>) -> Self {
        Self { database, sealer }
    }
}

#[async_trait]
impl RotationRequester for PgKeyRotations {
    async fn trigger(
        &self,
        node_id: NodeId,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Triggered, TriggerRefusal> {
        retrying("rotation trigger", || self.try_trigger(node_id, actor, now)).await
    }
}

#[async_trait]
impl RotationCompleter for PgKeyRotations {
    async fn complete(
        &self,
        node_id: NodeId,
        public_key: &PublicKey,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Receipt, CompletionRefusal> {
        retrying("rotation completion", || self.try_complete(node_id, public_key, now, correlation_id)).await
    }
}

impl PgKeyRotations {
    async fn try_trigger(
        &self,
        node_id: NodeId,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Triggered, TriggerRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let node = lock(conn, node_id).await?.ok_or(TriggerRefusal::NodeNotFound)?;
        let peer_id = live_peer(conn, node_id).await?.ok_or(TriggerRefusal::NoLivePeer)?;
        supersede_expired(conn, node_id, now).await?;
        let lasts: i32 = domains::table
            .find(node.domain_id.0)
            .select(domains::rotation_expiry_seconds)
            .first(conn)
            .await
            .map_err(StorageError::from)?;
        let pending = Pending { id: RotationId::new(now), expires_at: now + Duration::seconds(lasts.into()) };
        if insert(conn, node_id, node.domain_id, pending, now).await? {
            let event = Event::RotateKeys { rotation_id: pending.id, node_id };
            outbox::append(conn, &[(node.domain_id, event)], now).await?;
            hint(conn, node_id, Some(pending.expires_at)).await?;
            audit::append(conn, &recorded(node_id, node.domain_id, "node.rotate_key", actor, now)).await?;
            tx.commit().await?;
            return Ok(Triggered { rotation_id: pending.id, peer_id, already_pending: false });
        }
        // It kept ours out a moment ago; what ended it since was the sweeper of a replica whose clock is ahead.
        let before = find_pending(conn, node_id).await?;
        let before = before.ok_or_else(|| StorageError::Contended("the pending rotation has just ended".into()))?;
        Ok(Triggered { rotation_id: before.id, peer_id, already_pending: true })
    }

    async fn try_complete(
        &self,
        node_id: NodeId,
        public_key: &PublicKey,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Receipt, CompletionRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let node = lock(conn, node_id).await?.ok_or(CompletionRefusal::PeerNotFound)?;
        live_peer(conn, node_id).await?.ok_or(CompletionRefusal::PeerNotFound)?;
        let standing = Standing {
            public_key: node.public_key,
            set_by: node.key_rotation_id.map(RotationId),
            pending: find_pending(conn, node_id).await?,
        };
        let rotation_id = match standing.submit(public_key, now) {
            Submission::Replays(rotation_id) => {
                return receipt(conn, rotation_id, public_key).await?.ok_or(CompletionRefusal::Unchanged);
            }
            Submission::Unchanged => return Err(CompletionRefusal::Unchanged),
            Submission::NotAskedFor => return Err(CompletionRefusal::NoPendingRotation),
            Submission::Completes(rotation_id) => rotation_id,
        };
        set_key(conn, node_id, public_key, rotation_id).await?;
        let wrap_key = keys::wrap_key(conn, &self.sealer, node.domain_id).await.map_err(StorageError::from)?;
        let domain_id = node.domain_id;
        let psk = peer_rows::reissue(conn, &wrap_key, domain_id, node_id, now).await?;
        let receipt = Receipt { rotation_id, kid: psk.kid, wrap_key_version: psk.wrap_key_version };
        note_completed(conn, &receipt, public_key, now).await?;
        hint(conn, node_id, None).await?;
        let subject = format!("node:{node_id}");
        let actor = Actor { subject: &subject, correlation_id };
        audit::append(conn, &recorded(node_id, domain_id, "node.complete_key_rotation", actor, now)).await?;
        peer_rows::tell_rekeyed(conn, node_id, domain_id, public_key, psk, now).await?;
        tx.commit().await?;
        Ok(receipt)
    }
}

struct Locked {
    domain_id: DomainId,
    public_key: Vec<u8>,
    key_rotation_id: Option<Uuid>,
}

/// The Node, kept as it is until the end of the transaction; none when it is deregistered.
async fn lock(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<Option<Locked>, StorageError> {
    let row: Option<(Uuid, Vec<u8>, Option<Uuid>)> = nodes::table
        .find(node_id.0)
        .filter(nodes::deregistered_at.is_null())
        .select((nodes::domain_id, nodes::public_key, nodes::key_rotation_id))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(domain_id, public_key, key_rotation_id)| Locked {
        domain_id: DomainId(domain_id),
        public_key,
        key_rotation_id,
    }))
}

async fn live_peer(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<Option<PeerId>, StorageError> {
    let live = peers::table.filter(peers::node_id.eq(node_id.0)).filter(peers::retired_at.is_null());
    Ok(live.select(peers::id).first(conn).await.optional()?.map(PeerId))
}

/// The rotation that has not ended, kept as it is until the end of the transaction.
async fn find_pending(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<Option<Pending>, StorageError> {
    let row: Option<(Uuid, DateTime<Utc>)> = peer_key_rotations::table
        .filter(peer_key_rotations::node_id.eq(node_id.0))
        .filter(peer_key_rotations::state.eq("pending"))
        .select((peer_key_rotations::id, peer_key_rotations::expires_at))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(id, expires_at)| Pending { id: RotationId(id), expires_at }))
}

/// Whether it is the Node's pending rotation: the index lets one in.
async fn insert(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    domain_id: DomainId,
    pending: Pending,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let inserted = diesel::sql_query(
        "INSERT INTO peer_key_rotations (id, node_id, domain_id, state, triggered_at, expires_at) \
         VALUES ($1, $2, $3, 'pending', $4, $5) ON CONFLICT (node_id) WHERE state = 'pending' DO NOTHING",
    )
    .bind::<SqlUuid, _>(pending.id.0)
    .bind::<SqlUuid, _>(node_id.0)
    .bind::<SqlUuid, _>(domain_id.0)
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(pending.expires_at)
    .execute(conn)
    .await?;
    Ok(inserted > 0)
}

/// Makes room for the next rotation where an expired one has not been written down.
async fn supersede_expired(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::update(
        peer_key_rotations::table
            .filter(peer_key_rotations::node_id.eq(node_id.0))
            .filter(peer_key_rotations::state.eq("pending"))
            .filter(peer_key_rotations::expires_at.le(now)),
    )
    .set((peer_key_rotations::state.eq("superseded"), peer_key_rotations::ended_at.eq(now)))
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the Node's pending rotation, if it has one: it leaves the mesh, or its key comes another way. For whoever does
/// that, under the lock of the Node's row.
pub(in crate::mesh) async fn supersede(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let superseded = diesel::update(
        peer_key_rotations::table
            .filter(peer_key_rotations::node_id.eq(node_id.0))
            .filter(peer_key_rotations::state.eq("pending")),
    )
    .set((peer_key_rotations::state.eq("superseded"), peer_key_rotations::ended_at.eq(now)))
    .execute(conn)
    .await?;
    if superseded > 0 { hint(conn, node_id, None).await } else { Ok(()) }
}

/// What the Node's heartbeats are answered.
async fn hint(conn: &mut AsyncPgConnection, node_id: NodeId, until: Option<DateTime<Utc>>) -> Result<(), StorageError> {
    diesel::update(node_liveness::table.find(node_id.0))
        .set(node_liveness::rotation_pending_until.eq(until))
        .execute(conn)
        .await?;
    Ok(())
}

async fn set_key(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    public_key: &PublicKey,
    rotation_id: RotationId,
) -> Result<(), CompletionRefusal> {
    let updated = diesel::update(nodes::table.find(node_id.0))
        .set((nodes::public_key.eq(public_key.bytes().as_slice()), nodes::key_rotation_id.eq(rotation_id.0)))
        .execute(conn)
        .await
        .map_err(StorageError::from);
    match updated {
        Ok(_) => Ok(()),
        Err(error) if violated(&error) == Some("nodes_public_key_key") => Err(CompletionRefusal::InUse),
        Err(error) => Err(error.into()),
    }
}

async fn note_completed(
    conn: &mut AsyncPgConnection,
    receipt: &Receipt,
    public_key: &PublicKey,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::update(peer_key_rotations::table.find(receipt.rotation_id.0))
        .set((
            peer_key_rotations::state.eq("completed"),
            peer_key_rotations::ended_at.eq(now),
            peer_key_rotations::kid.eq(receipt.kid.0),
            peer_key_rotations::wrap_key_version.eq(receipt.wrap_key_version),
            peer_key_rotations::public_key.eq(public_key.bytes().as_slice()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The receipt of a completed rotation. `None`: the key that it set is not this one. An enrolment has set this one then, by
/// a replica that knew nothing of rotations.
async fn receipt(
    conn: &mut AsyncPgConnection,
    rotation_id: RotationId,
    public_key: &PublicKey,
) -> Result<Option<Receipt>, StorageError> {
    let (kid, wrap_key_version, set): (Uuid, i32, Option<Vec<u8>>) = peer_key_rotations::table
        .find(rotation_id.0)
        .select((
            peer_key_rotations::kid.assume_not_null(),
            peer_key_rotations::wrap_key_version.assume_not_null(),
            peer_key_rotations::public_key,
        ))
        .first(conn)
        .await?;
    // One that was completed before keys were kept says nothing against it.
    let fits = set.is_none_or(|set| set == public_key.bytes());
    Ok(fits.then_some(Receipt { rotation_id, kid: Kid(kid), wrap_key_version }))
}

#[async_trait]
impl RotationPreviews for PgKeyRotations {
    async fn preview(&self, node_id: NodeId, now: DateTime<Utc>) -> Result<Preview, TriggerRefusal> {
        let mut snapshot = self.database.begin_snapshot().await?;
        let conn = &mut *snapshot;
        let found: Option<(Uuid, i64)> = nodes::table
            .inner_join(domains::table.on(domains::id.eq(nodes::domain_id)))
            .filter(nodes::id.eq(node_id.0))
            .filter(nodes::deregistered_at.is_null())
            .select((nodes::domain_id, domains::heartbeat_interval_ms))
            .first(conn)
            .await
            .optional()
            .map_err(StorageError::from)?;
        let (domain_id, heartbeat_interval_ms) = found.ok_or(TriggerRefusal::NodeNotFound)?;
        let preview = look(conn, node_id, domain_id, Duration::milliseconds(heartbeat_interval_ms), now).await?;
        snapshot.commit().await?;
        preview.ok_or(TriggerRefusal::NoLivePeer)
    }
}

async fn look(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    domain_id: Uuid,
    heartbeat_interval: Duration,
    now: DateTime<Utc>,
) -> Result<Option<Preview>, StorageError> {
    let Some(peer_id) = live_peer(conn, node_id).await? else { return Ok(None) };
    let (kid, wrap_key_version): (Uuid, i32) = pre_shared_keys::table
        .filter(pre_shared_keys::node_id.eq(node_id.0))
        .filter(pre_shared_keys::retired_at.is_null())
        .select((pre_shared_keys::kid, pre_shared_keys::wrap_key_version))
        .first(conn)
        .await?;
    let already_pending = diesel::select(diesel::dsl::exists(
        peer_key_rotations::table
            .filter(peer_key_rotations::node_id.eq(node_id.0))
            .filter(peer_key_rotations::state.eq("pending"))
            .filter(peer_key_rotations::expires_at.gt(now)),
    ))
    .get_result(conn)
    .await?;
    let others: Vec<Uuid> = peers::table
        .filter(peers::domain_id.eq(domain_id))
        .filter(peers::retired_at.is_null())
        .filter(peers::node_id.ne(node_id.0))
        .order(peers::node_id)
        .select(peers::node_id)
        .load(conn)
        .await?;
    Ok(Some(Preview {
        domain_id: DomainId(domain_id),
        peer_id,
        kid: Kid(kid),
        wrap_key_version,
        peers: others.into_iter().map(NodeId).collect(),
        already_pending,
        heartbeat_interval,
    }))
}

/// Writes down that up to `limit` rotations have expired, with an audit entry each. Returns how many.
pub(super) async fn expire(
    conn: &mut AsyncPgConnection,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    // The hint of a heartbeat runs out by itself, so that no row of heartbeats is locked here.
    let due: Vec<Uuid> = peer_key_rotations::table
        .filter(peer_key_rotations::state.eq("pending"))
        .filter(peer_key_rotations::expires_at.le(now))
        .order(peer_key_rotations::expires_at)
        .limit(limit)
        .select(peer_key_rotations::id)
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    let expired: Vec<(Uuid, Uuid)> = diesel::update(peer_key_rotations::table)
        .filter(peer_key_rotations::id.eq_any(due))
        .set((peer_key_rotations::state.eq("expired"), peer_key_rotations::ended_at.eq(now)))
        .returning((peer_key_rotations::node_id, peer_key_rotations::domain_id))
        .get_results(conn)
        .await?;
    let entries: Vec<audit::Entry<'_>> = expired
        .iter()
        .map(|(node_id, domain_id)| audit::Entry {
            domain_id: Some(DomainId(*domain_id)),
            at: now,
            subject: "system".to_owned(),
            action: "node.expire_key_rotation",
            object: format!("node:{node_id}"),
            decision: audit::Decision::None,
            reason: None,
            correlation_id: "",
        })
        .collect();
    audit::append_all(conn, &entries).await?;
    Ok(expired.len())
}

/// Forgets up to [`PRUNED_AT_ONCE`] rotations that ended before `ended_before` and set no key.
///
/// # Errors
/// [`StorageError`].
pub async fn prune(conn: &mut AsyncPgConnection, ended_before: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::sql_query(
        "DELETE FROM peer_key_rotations WHERE id = ANY (ARRAY ( \
             SELECT id FROM peer_key_rotations WHERE state IN ('superseded', 'expired') AND ended_at < $1 \
             ORDER BY ended_at LIMIT $2))",
    )
    .bind::<Timestamptz, _>(ended_before)
    .bind::<BigInt, _>(PRUNED_AT_ONCE)
    .execute(conn)
    .await?;
    Ok(())
}
