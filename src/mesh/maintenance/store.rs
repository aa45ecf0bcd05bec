//! Maintenance in the database.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use uuid::Uuid;

use super::MaintenanceRepo;
use crate::audit;
use crate::ids::{DomainId, NodeId};
use crate::mesh::key_rotation::store as key_rotation;
use crate::mesh::nodes::store::recorded;
use crate::mesh::nodes::{Actor, NodeRefusal};
use crate::mesh::peers::{Member, store as peers};
use crate::postgres::schema::nodes;
use crate::postgres::{Database, StorageError, retrying};
use crate::signing::{Sealer, store as keys};

/// Maintenance over the database.
pub struct PgMaintenance {
    database: Database,
    /// Opens the wrap keys that fresh PSKs are sealed under.
    sealer: Arc<Sealer>,
}

impl PgMaintenance {
    /// Over `database`.
    pub fn new(database: Database, sealer: Arc<Sealer>) -> Self {
        Self { database, sealer }
    }
}

#[async_trait]
impl MaintenanceRepo for PgMaintenance {
    async fn drain(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal> {
        retrying("drain", || self.try_drain(node_id, actor, now)).await
    }

    async fn undrain(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal> {
        retrying("undrain", || self.try_undrain(node_id, actor, now)).await
    }
}

impl PgMaintenance {
    async fn try_drain(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let node = lock(conn, node_id).await?.ok_or(NodeRefusal::NotFound)?;
        if !peers::retire(conn, node_id, now).await? {
            return Ok(());
        }
        mark(conn, node_id, Some(now)).await?;
        audit::append(conn, &recorded(node_id, node.domain_id, "node.drain", actor, now)).await?;
        peers::tell_gone(conn, node_id, node.domain_id, now).await?;
        Ok(tx.commit().await?)
    }

    async fn try_undrain(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let node = lock(conn, node_id).await?.ok_or(NodeRefusal::NotFound)?;
        if peers::is_live(conn, node_id).await? {
            return Ok(());
        }
        let wrap_key = keys::wrap_key(conn, &self.sealer, node.domain_id).await.map_err(StorageError::from)?;
        // A replica that knew nothing of rotations may have drained it and left one.
        key_rotation::supersede(conn, node_id, now).await?;
        peers::open(conn, node_id, node.domain_id, now).await?;
        mark(conn, node_id, None).await?;
        audit::append(conn, &recorded(node_id, node.domain_id, "node.undrain", actor, now)).await?;
        let member = Member {
            node_id,
            domain_id: node.domain_id,
            mesh_ip: node.mesh_ip.addr(),
            public_key: &node.public_key,
            bridge: node.bridge,
        };
        peers::announce(conn, &wrap_key, &member, now).await?;
        Ok(tx.commit().await?)
    }
}

struct Locked {
    domain_id: DomainId,
    mesh_ip: IpNet,
    public_key: Vec<u8>,
    bridge: bool,
}

/// The Node, kept as it is until the end of the transaction; none when it is deregistered.
async fn lock(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<Option<Locked>, StorageError> {
    let row: Option<(Uuid, IpNet, Vec<u8>, String)> = nodes::table
        .find(node_id.0)
        .filter(nodes::deregistered_at.is_null())
        .select((nodes::domain_id, nodes::mesh_ip, nodes::public_key, nodes::kind))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(domain_id, mesh_ip, public_key, kind)| Locked {
        domain_id: DomainId(domain_id),
        mesh_ip,
        public_key,
        bridge: kind == "bridge",
    }))
}

async fn mark(
    conn: &mut AsyncPgConnection,
    node_id: NodeId,
    drained_at: Option<DateTime<Utc>>,
) -> Result<(), StorageError> {
    diesel::update(nodes::table.find(node_id.0)).set(nodes::drained_at.eq(drained_at)).execute(conn).await?;
    Ok(())
}
