//! Maintenance: an operator takes a Node out of the mesh (drain) and brings it back (undrain).
//!
//! A drained Node has no Peer: its neighbours drop it, it has no endpoint and no mesh key to rotate. It stays a Node
//! all the same: its NSK holds, its heartbeats go on, and its address stays its own. Re-enrolling it gives it a new NSK and
//! leaves it drained: only an operator who operates it brings it back. Brought back, it is a new Peer at the old address
//! with a fresh PSK.

mod store;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use store::PgMaintenance;

use super::collaborators::Collaborators;
use super::nodes::{Actor, NodeRefusal};
use crate::ids::NodeId;

/// Takes Nodes out of the mesh and brings them back.
#[async_trait]
pub trait MaintenanceRepo: Send + Sync + 'static {
    /// Ends the Node's Peer. Again: nothing.
    ///
    /// # Errors
    /// [`NodeRefusal`]; a deregistered Node is none.
    async fn drain(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal>;

    /// Gives a drained Node a Peer again. One that is not drained: nothing.
    ///
    /// # Errors
    /// [`NodeRefusal`]; a deregistered Node is none.
    async fn undrain(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal>;
}

/// The capability.
pub struct Maintenance {
    repo: Arc<dyn MaintenanceRepo>,
}

impl Maintenance {
    /// Exists when its collaborators do: who may is the relation checker's to say.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        Some(Self { repo: collaborators.maintenance_repo.clone()? })
    }

    /// Takes Nodes out and brings them back.
    pub fn repo(&self) -> &dyn MaintenanceRepo {
        &*self.repo
    }
}
