//! Enrolment in the database.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Inet, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use tokio::sync::Semaphore;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Enrolled, Enrolment, Enrolments, PeerView, RegistrationRefusal, address};
use crate::access::credential::{EnrolmentKind, SecretHash, new_secret};
use crate::ids::{DomainId, NodeId, NskId, ProjectId};
use crate::mesh::endpoint;
use crate::mesh::key_rotation::store as key_rotation;
use crate::mesh::peers::{Member, store as peers};
use crate::postgres::schema::{
    address_pools, bootstrap_tokens, domains, node_liveness, node_secret_keys, nodes, projects, registration_nonces,
    released_addresses,
};
use crate::postgres::{Database, StorageError, retrying, violated};
use crate::signing::{Sealer, store as keys};
use crate::{access, audit};

/// Enrols into the database.
pub struct PgEnrolments {
    database: Database,
    sealer: Arc<Sealer>,
    /// The environment in the text of an NSK.
    env: String,
    /// How long an NSK holds; for ever when `None`.
    nsk_lifetime: Option<Duration>,
    turns: Semaphore,
}

impl PgEnrolments {
    /// Over `database`; `env` and `nsk_lifetime` are what new NSKs get. `at_once` enrolments are worked on, the others
    /// wait: those of one Domain take turns anyway, and would do so holding connections that others need.
    pub fn new(
        database: Database,
        sealer: Arc<Sealer>,
        env: String,
        nsk_lifetime: Option<Duration>,
        at_once: usize,
    ) -> Self {
        Self { database, sealer, env, nsk_lifetime, turns: Semaphore::new(at_once.max(1)) }
    }
}

#[async_trait]
impl Enrolments for PgEnrolments {
    async fn enrol(
        &self,
        enrolment: &Enrolment,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Enrolled, RegistrationRefusal> {
        // A semaphore that is never closed always gives.
        let _turn = self.turns.acquire().await;
        let before = self.prepare(enrolment, now).await?;
        self.commit(enrolment, before, now, correlation_id).await
    }
}

/// The peers of a Domain, as of one of its versions.
#[derive(Clone)]
pub struct PeersBefore {
    mesh_version: i64,
    peers: Vec<PeerView>,
}

impl PgEnrolments {
    /// Checks the token and reads the peers before anything is locked, so that a large Domain does not make its
    /// registrations wait for each other. The Domain's version tells afterwards whether they are still all.
    ///
    /// # Errors
    /// [`RegistrationRefusal`].
    pub async fn prepare(&self, enrolment: &Enrolment, now: DateTime<Utc>) -> Result<PeersBefore, RegistrationRefusal> {
        let mut snapshot = self.database.begin_snapshot().await?;
        let token = find_token(&mut snapshot, enrolment, false).await?;
        check_token(&token, enrolment, now)?;
        let version = domains::table.find(token.domain_id).select(domains::mesh_version).first(&mut *snapshot).await;
        let mesh_version = version.map_err(StorageError::from)?;
        let peers = peers::live(&mut snapshot, DomainId(token.domain_id)).await?;
        snapshot.commit().await?;
        Ok(PeersBefore { mesh_version, peers })
    }

    /// The transaction. Done again when it loses a race.
    ///
    /// # Errors
    /// [`RegistrationRefusal`].
    pub async fn commit(
        &self,
        enrolment: &Enrolment,
        before: PeersBefore,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Enrolled, RegistrationRefusal> {
        let version = before.mesh_version;
        let (mut enrolled, peers) =
            retrying("enrolment", || self.attempt(enrolment, version, now, correlation_id)).await?;
        enrolled.peers = match peers {
            Peers::AsBefore => before.peers,
            Peers::ReadAgain(peers) => peers,
            Peers::Drained => Vec::new(),
        };
        enrolled.peers.retain(|peer| peer.node_id != enrolled.node_id);
        Ok(enrolled)
    }

    /// Once through. The answer's peers are still missing: which they are is told beside it.
    async fn attempt(
        &self,
        enrolment: &Enrolment,
        version_before: i64,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(Enrolled, Peers), RegistrationRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let mut token = find_token(conn, enrolment, true).await?;
        check_token(&token, enrolment, now)?;
        let domain_id = DomainId(token.domain_id);
        // The nonce's row holds on to the project, whose sub-range stays as it is from here on.
        use_nonce(conn, enrolment, now).await?;
        token.sub_range = projects::table
            .find(token.project_id)
            .select(projects::sub_range_cidr)
            .first(conn)
            .await
            .map_err(StorageError::from)?;
        let wrap_key = keys::wrap_key(conn, &self.sealer, domain_id).await?;
        let (signing_key_id, signing_public_key) = keys::active_public_key(conn, domain_id).await?;
        let node = match token.node_id {
            Some(node_id) => re_enrol(conn, NodeId(node_id), &token, enrolment, now).await?,
            None => enrol_new(conn, &token, enrolment, now).await?,
        };
        // The Domain's first Node fixes its range, so it is read once there is one.
        let mesh_cidr: IpNet = domains::table
            .find(domain_id.0)
            .select(domains::mesh_cidr)
            .first(conn)
            .await
            .map_err(StorageError::from)?;
        let nsk = self.issue_nsk(conn, &node, domain_id, now).await?;
        diesel::update(bootstrap_tokens::table.find(token.id))
            .set(bootstrap_tokens::consumed_at.eq(now))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        audit::append(
            conn,
            &audit::Entry {
                domain_id: Some(domain_id),
                at: now,
                subject: format!("bootstrap_token:{}", token.id),
                action: if token.node_id.is_some() { "node.re_enrol" } else { "node.enrol" },
                object: format!("node:{}", node.id),
                decision: audit::Decision::Allowed,
                reason: None,
                correlation_id,
            },
        )
        .await?;
        let peers = match node.in_the_mesh {
            false => Peers::Drained,
            true => {
                let member = Member {
                    node_id: node.id,
                    domain_id,
                    mesh_ip: node.mesh_ip,
                    public_key: enrolment.public_key.bytes(),
                    bridge: enrolment.token.kind == EnrolmentKind::Bridge,
                };
                let announced = peers::announce(conn, &wrap_key, &member, now).await?;
                match announced.version == version_before + 1 && !announced.others_changed {
                    true => Peers::AsBefore,
                    false => Peers::ReadAgain(peers::live(conn, domain_id).await?),
                }
            }
        };
        tx.commit().await?;
        let enrolled = Enrolled {
            node_id: node.id,
            mesh_ip: node.mesh_ip.to_string(),
            nsk,
            signing_key_id,
            signing_public_key,
            mesh_cidr,
            peers: Vec::new(),
        };
        Ok((enrolled, peers))
    }

    /// Revokes the Node's NSK, if it has one, and issues the next.
    async fn issue_nsk(
        &self,
        conn: &mut AsyncPgConnection,
        node: &Placed,
        domain_id: DomainId,
        now: DateTime<Utc>,
    ) -> Result<Zeroizing<String>, RegistrationRefusal> {
        let revoked = diesel::update(
            node_secret_keys::table
                .filter(node_secret_keys::node_id.eq(node.id.0))
                .filter(node_secret_keys::revoked_at.is_null()),
        )
        .set(node_secret_keys::revoked_at.eq(now))
        .execute(conn)
        .await
        .map_err(StorageError::from)?;
        if revoked > 0 {
            access::store::tell_credential_change(conn, node.id.0).await?;
        }
        let key = new_secret()?;
        let expires_at = self.nsk_lifetime.map(|lifetime| now + lifetime);
        diesel::insert_into(node_secret_keys::table)
            .values((
                node_secret_keys::id.eq(NskId::new(now).0),
                node_secret_keys::node_id.eq(node.id.0),
                node_secret_keys::env.eq(&self.env),
                node_secret_keys::key_hash.eq(SecretHash::of(key.as_ref()).0.as_slice()),
                node_secret_keys::issued_at.eq(now),
                node_secret_keys::expires_at.eq(expires_at),
            ))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        diesel::insert_into(node_liveness::table)
            .values((
                node_liveness::node_id.eq(node.id.0),
                node_liveness::domain_id.eq(domain_id.0),
                node_liveness::state.eq(crate::mesh::reachability::State::Unreachable.number()),
                node_liveness::state_before.eq(crate::mesh::reachability::State::Unreachable.number()),
                node_liveness::changed_at.eq(now),
                node_liveness::nsk_expires_at.eq(expires_at),
            ))
            .on_conflict(node_liveness::node_id)
            .do_update()
            .set((node_liveness::nsk_flagged.eq(false), node_liveness::nsk_expires_at.eq(expires_at)))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        Ok(Zeroizing::new(STANDARD.encode(key.as_ref())))
    }
}

#[derive(Queryable)]
struct Token {
    id: Uuid,
    project_id: Uuid,
    kind: String,
    secret_hash: Vec<u8>,
    node_id: Option<Uuid>,
    expires_at: DateTime<Utc>,
    consumed_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    domain_id: Uuid,
    sub_range: Option<IpNet>,
}

/// Whom a Node that has enrolled is told of.
enum Peers {
    /// Those that were read before: the Domain has not changed since.
    AsBefore,
    /// These.
    ReadAgain(Vec<PeerView>),
    /// Nobody: it is not in the mesh.
    Drained,
}

/// A Node with its place in the mesh.
struct Placed {
    id: NodeId,
    mesh_ip: IpAddr,
    /// It has a live Peer: it is not drained.
    in_the_mesh: bool,
}

async fn find_token(
    conn: &mut AsyncPgConnection,
    enrolment: &Enrolment,
    lock: bool,
) -> Result<Token, RegistrationRefusal> {
    let id = enrolment.token.parts.id;
    if lock {
        // Two redemptions at once: the second waits here and then finds the token spent.
        let locked: Option<Uuid> = bootstrap_tokens::table
            .find(id)
            .select(bootstrap_tokens::id)
            .for_update()
            .first(conn)
            .await
            .optional()
            .map_err(StorageError::from)?;
        if locked.is_none() {
            return Err(RegistrationRefusal::TokenInvalid);
        }
    }
    bootstrap_tokens::table
        .inner_join(projects::table.on(projects::id.eq(bootstrap_tokens::project_id)))
        .filter(bootstrap_tokens::id.eq(id))
        .select((
            bootstrap_tokens::id,
            bootstrap_tokens::project_id,
            bootstrap_tokens::kind,
            bootstrap_tokens::secret_hash,
            bootstrap_tokens::node_id,
            bootstrap_tokens::expires_at,
            bootstrap_tokens::consumed_at,
            bootstrap_tokens::revoked_at,
            projects::domain_id,
            projects::sub_range_cidr,
        ))
        .first(conn)
        .await
        .optional()
        .map_err(StorageError::from)?
        .ok_or(RegistrationRefusal::TokenInvalid)
}

/// Secret, state, kind, project, in this order: what a wrong secret learns is nothing.
fn check_token(token: &Token, enrolment: &Enrolment, now: DateTime<Utc>) -> Result<(), RegistrationRefusal> {
    if !enrolment.token.parts.hash.matches(&token.secret_hash) {
        return Err(RegistrationRefusal::TokenInvalid);
    }
    if token.consumed_at.is_some() {
        return Err(RegistrationRefusal::TokenConsumed);
    }
    if token.revoked_at.is_some() {
        return Err(RegistrationRefusal::TokenRevoked);
    }
    if token.expires_at <= now {
        return Err(RegistrationRefusal::TokenExpired);
    }
    if EnrolmentKind::parse(&token.kind) != Some(enrolment.token.kind) {
        return Err(RegistrationRefusal::KindMismatch);
    }
    if ProjectId(token.project_id) != enrolment.project_id {
        return Err(RegistrationRefusal::ProjectMismatch);
    }
    if enrolment.requested.is_some_and(|node_id| Some(node_id.0) != token.node_id) {
        return Err(RegistrationRefusal::NotTheBoundNode);
    }
    Ok(())
}

async fn use_nonce(
    conn: &mut AsyncPgConnection,
    enrolment: &Enrolment,
    now: DateTime<Utc>,
) -> Result<(), RegistrationRefusal> {
    let inserted = diesel::insert_into(registration_nonces::table)
        .values((
            registration_nonces::project_id.eq(enrolment.project_id.0),
            registration_nonces::nonce.eq(&enrolment.nonce),
            registration_nonces::used_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map_err(StorageError::from)?;
    if inserted == 0 { Err(RegistrationRefusal::NonceCollision) } else { Ok(()) }
}

async fn enrol_new(
    conn: &mut AsyncPgConnection,
    token: &Token,
    enrolment: &Enrolment,
    now: DateTime<Utc>,
) -> Result<Placed, RegistrationRefusal> {
    let id = NodeId::new(now);
    let domain_id = DomainId(token.domain_id);
    let pool_id = if token.sub_range.is_some() { token.project_id } else { token.domain_id };
    let mesh_ip = take_address(conn, domain_id, pool_id, token.sub_range.is_some(), now).await?;
    let inserted = diesel::insert_into(nodes::table)
        .values((
            nodes::id.eq(id.0),
            nodes::domain_id.eq(token.domain_id),
            nodes::project_id.eq(token.project_id),
            nodes::kind.eq(&token.kind),
            nodes::resource_handle.eq(&enrolment.resource_handle),
            nodes::mesh_ip.eq(IpNet::from(mesh_ip)),
            nodes::pool_id.eq(pool_id),
            nodes::public_key.eq(enrolment.public_key.bytes().as_slice()),
            nodes::enrolled_at.eq(now),
        ))
        .execute(conn)
        .await;
    taken(inserted.map_err(StorageError::from))?;
    peers::open(conn, id, domain_id, now).await?;
    access::store::insert_parent(conn, "node", id.0, "project", "project", token.project_id.to_string(), now).await?;
    access::store::insert_parent(conn, "node", id.0, "domain", "domain", token.domain_id.to_string(), now).await?;
    Ok(Placed { id, mesh_ip, in_the_mesh: true })
}

async fn re_enrol(
    conn: &mut AsyncPgConnection,
    id: NodeId,
    token: &Token,
    enrolment: &Enrolment,
    now: DateTime<Utc>,
) -> Result<Placed, RegistrationRefusal> {
    let found: Option<(IpNet, Uuid, String)> = nodes::table
        .find(id.0)
        .filter(nodes::deregistered_at.is_null())
        .select((nodes::mesh_ip, nodes::project_id, nodes::kind))
        .for_update()
        .first(conn)
        .await
        .optional()
        .map_err(StorageError::from)?;
    let (mesh_ip, project_id, kind) = found.ok_or(RegistrationRefusal::TokenRevoked)?;
    if project_id != token.project_id {
        return Err(RegistrationRefusal::ProjectMismatch);
    }
    if kind != token.kind {
        return Err(RegistrationRefusal::KindMismatch);
    }
    let updated = diesel::update(nodes::table.find(id.0))
        .set((nodes::public_key.eq(enrolment.public_key.bytes().as_slice()), nodes::key_rotation_id.eq(None::<Uuid>)))
        .execute(conn)
        .await;
    taken(updated.map_err(StorageError::from))?;
    key_rotation::supersede(conn, id, now).await?;
    // A drained Node stays drained, without a Peer and so without a PSK, until an operator brings it back.
    peers::retire_psk(conn, id, now).await?;
    let live = peers::is_live(conn, id).await?;
    if live {
        // Wherever this machine is, its peers hear of it when it reports.
        endpoint::create_row(conn, id, DomainId(token.domain_id)).await?;
    }
    Ok(Placed { id, mesh_ip: mesh_ip.addr(), in_the_mesh: live })
}

/// Which of a Node's unique members another Node has.
fn taken(written: Result<usize, StorageError>) -> Result<(), RegistrationRefusal> {
    match written {
        Ok(_) => Ok(()),
        Err(error) => Err(match violated(&error) {
            Some("nodes_resource_handle_key") => RegistrationRefusal::ResourceAlreadyBound,
            Some("nodes_public_key_key") => RegistrationRefusal::PublicKeyInUse,
            _ => error.into(),
        }),
    }
}

#[derive(QueryableByName)]
struct Address {
    #[diesel(sql_type = Inet)]
    address: IpNet,
}

/// Takes the lowest free address of a pool. Holding the pool's row makes registrations of one pool take turns.
async fn take_address(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
    pool_id: Uuid,
    sub_range: bool,
    now: DateTime<Utc>,
) -> Result<IpAddr, RegistrationRefusal> {
    let exhausted =
        || if sub_range { RegistrationRefusal::SubrangeExhausted } else { RegistrationRefusal::PoolExhausted };
    let (range, next): (IpNet, Option<IpNet>) = address_pools::table
        .find(pool_id)
        .select((address_pools::range, address_pools::next_address))
        .for_update()
        .first(conn)
        .await
        .map_err(StorageError::from)?;
    let released: Option<Address> = diesel::sql_query(
        "SELECT r.address FROM released_addresses r \
         WHERE r.pool_id = $1 AND r.free_at <= $2 AND r.address <<= $3::cidr \
           AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.domain_id = $4 AND p.id <> $1 AND p.sub_range_cidr >>= r.address) \
         ORDER BY r.address LIMIT 1",
    )
    .bind::<SqlUuid, _>(pool_id)
    .bind::<Timestamptz, _>(now)
    .bind::<diesel::sql_types::Cidr, _>(range)
    .bind::<SqlUuid, _>(domain_id.0)
    .get_result(conn)
    .await
    .optional()
    .map_err(StorageError::from)?;
    let released = released.map(|released| released.address.addr());
    let never_given = next_free(conn, domain_id, pool_id, sub_range, range, next.map(|next| next.addr())).await?;
    match (released, never_given) {
        (Some(released), new) if new.is_none_or(|new| released < new) => {
            diesel::delete(released_addresses::table.find((pool_id, IpNet::from(released))))
                .execute(conn)
                .await
                .map_err(StorageError::from)?;
            Ok(released)
        }
        (_, Some(new)) => {
            // At the end of the address space there is no next: the last one is then never given out.
            let next = address::after(new).ok_or_else(exhausted)?;
            diesel::update(address_pools::table.find(pool_id))
                .set(address_pools::next_address.eq(IpNet::from(next)))
                .execute(conn)
                .await
                .map_err(StorageError::from)?;
            Ok(new)
        }
        _ => Err(exhausted()),
    }
}

/// The lowest address from `next` on that nobody has and that does not rest: a pool that a sub-range went back to
/// has some below what it gave out last. A project's sub-range is its own: the Domain's pool steps over it.
async fn next_free(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
    pool_id: Uuid,
    sub_range: bool,
    range: IpNet,
    next: Option<IpAddr>,
) -> Result<Option<IpAddr>, StorageError> {
    let last = address::last(range);
    let Some(first) = address::first(range) else { return Ok(None) };
    let mut candidate = Some(next.map_or(first, |next| next.max(first)));
    while let Some(address) = candidate.filter(|address| *address <= last) {
        let reserved: Option<IpNet> = match sub_range {
            true => None,
            false => projects::table
                .filter(projects::domain_id.eq(domain_id.0))
                .filter(
                    diesel::dsl::sql::<diesel::sql_types::Bool>("sub_range_cidr >>= ")
                        .bind::<Inet, _>(IpNet::from(address)),
                )
                .select(projects::sub_range_cidr.assume_not_null())
                .first(conn)
                .await
                .optional()?,
        };
        if let Some(reserved) = reserved {
            candidate = address::after(reserved.broadcast());
            continue;
        }
        if !is_taken(conn, domain_id, pool_id, address).await? {
            return Ok(Some(address));
        }
        candidate = address::after(end_of_taken(conn, domain_id, pool_id, address).await?);
    }
    Ok(None)
}

async fn is_taken(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
    pool_id: Uuid,
    address: IpAddr,
) -> Result<bool, StorageError> {
    let address = IpNet::from(address);
    let lives = nodes::table
        .filter(nodes::domain_id.eq(domain_id.0))
        .filter(nodes::mesh_ip.eq(address))
        .filter(nodes::deregistered_at.is_null());
    let rests = released_addresses::table.find((pool_id, address));
    Ok(diesel::select(diesel::dsl::exists(lives).or(diesel::dsl::exists(rests))).get_result(conn).await?)
}

/// The last address of the unbroken run of taken ones that begins with `address`.
async fn end_of_taken(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
    pool_id: Uuid,
    address: IpAddr,
) -> Result<IpAddr, StorageError> {
    let end: Address = diesel::sql_query(
        "WITH taken (address) AS ( \
             SELECT mesh_ip FROM nodes WHERE domain_id = $1 AND deregistered_at IS NULL AND mesh_ip >= $3 \
             UNION SELECT address FROM released_addresses WHERE pool_id = $2 AND address >= $3 \
         ) SELECT min(t.address) AS address FROM taken t WHERE NOT EXISTS (SELECT 1 FROM taken u WHERE u.address = t.address + 1)",
    )
    .bind::<SqlUuid, _>(domain_id.0)
    .bind::<SqlUuid, _>(pool_id)
    .bind::<Inet, _>(IpNet::from(address))
    .get_result(conn)
    .await?;
    Ok(end.address.addr())
}

/// Forgets nonces that no token can be replayed with any more.
///
/// # Errors
/// [`StorageError`].
pub async fn prune_nonces(conn: &mut AsyncPgConnection, used_before: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::delete(registration_nonces::table.filter(registration_nonces::used_at.lt(used_before)))
        .execute(conn)
        .await?;
    Ok(())
}
