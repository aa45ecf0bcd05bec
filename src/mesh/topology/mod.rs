//! The topology: who is in a Domain's mesh, and how each reaches each other.
//!
//! One statement reads the Nodes, and with them everything that an edge depends on ([`Graph`]); edges follow from the two
//! Nodes at their ends. There are nearly as many as the square of the Nodes, so they are written while they are sent and
//! never kept ([`Document`]): 10,000 Nodes have 10^8 edges and need a few megabytes. Handshakes, as the source of an edge
//! reports them, are read beside the Nodes and kept as a number each ([`Ages`]), only when edges are asked for. Once the
//! first byte is sent nothing is read any more: what could fail has been done.
//!
//! Modes and relays are functions of what the events of Peers say, so whoever folds those has the same graph.

mod ages;
mod document;
mod graph;
mod store;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use ages::Ages;
pub use document::{Document, Selection};
pub use graph::{Graph, Member, Nat};
pub use store::PgTopology;

use super::collaborators::Collaborators;
use crate::ids::{DomainId, NodeId};
use crate::postgres::StorageError;

/// Graphs that are written at once: each holds its Nodes and handshakes for as long as its reader takes.
const AT_ONCE: usize = 16;

/// TopologyProjection: reads what a topology is made of.
#[async_trait]
pub trait TopologyProjection: Send + Sync + 'static {
    /// The Domain's graph at `now`, by one statement. `None`: there is no such Domain.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn graph(&self, domain_id: DomainId, now: DateTime<Utc>) -> Result<Option<Graph>, StorageError>;

    /// How long ago the Nodes of `graph` shook hands; with `only`, on the edges of that Node.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn ages(&self, graph: &Graph, only: Option<NodeId>, now: DateTime<Utc>) -> Result<Ages, StorageError>;
}

/// The capability.
pub struct Topologies {
    projection: Arc<dyn TopologyProjection>,
    turns: Arc<Semaphore>,
}

impl Topologies {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        let projection = collaborators.topology_projection.clone()?;
        Some(Self { projection, turns: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    /// Reads what topologies are made of.
    pub fn projection(&self) -> &dyn TopologyProjection {
        &*self.projection
    }

    /// A place among those that are written at once, if one is free.
    pub fn begin(&self) -> Option<OwnedSemaphorePermit> {
        self.turns.clone().try_acquire_owned().ok()
    }
}
