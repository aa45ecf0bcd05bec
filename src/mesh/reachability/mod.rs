//! Reachability: whether a Node has been heard of lately.
//!
//! A heartbeat moves a Node to healthy. Time alone moves it down: to stale, then to unreachable. The same rule
//! ([`Due`]) serves reads, which answer the worse of what is stored and what is due, and the sweeper, which stores
//! what is due, each transition in one transaction with its event and its audit entry. Nobody is marked down for the
//! control plane's own absence: thresholds count anew from the moment it came back.

mod handshakes;
mod report;
mod state;
mod store;
pub mod sweeper;
pub mod wire;
pub mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use handshakes::Handshakes;
pub use report::{HeartbeatReport, InvalidHeartbeat};
pub use state::{Due, OUTAGE_AFTER, Presence, State, Thresholds};
pub use store::PgReachability;

use super::collaborators::Collaborators;
use super::events::{Seen, Streams};
use super::nodes::NodeRepo;
use crate::ids::NodeId;
use crate::postgres::StorageError;

/// What a heartbeat is answered with, once it is durable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// An administrator has flagged the Node's NSK.
    pub nsk_flagged: bool,
    /// When the Node's NSK ends, if it does.
    pub nsk_expires_at: Option<DateTime<Utc>>,
    /// Until when the Node's mesh key waits to be rotated, if it does.
    pub rotation_pending_until: Option<DateTime<Utc>>,
    /// How far the Node has come with the events.
    pub seen: Seen,
}

/// Why a heartbeat is not accepted.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HeartbeatRefusal {
    /// The Node is not there (any more).
    #[error("no such Node")]
    NodeNotFound,
    /// More heartbeats wait than will be written in good time.
    #[error("too many heartbeats are waiting")]
    Overloaded,
    /// The database.
    #[error("not written: {0}")]
    Storage(Arc<StorageError>),
}

/// A Node's reachability as it is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reachability {
    /// The worse of the stored and the due state.
    pub state: State,
    /// `None`: never heard of.
    pub last_heartbeat_at: Option<DateTime<Utc>>,
    /// Since when it is so.
    pub changed_at: DateTime<Utc>,
}

/// Heartbeats and what follows from them.
#[async_trait]
pub trait ReachabilityRepo: Send + Sync + 'static {
    /// Records a heartbeat; answers once it is durable.
    ///
    /// # Errors
    /// [`HeartbeatRefusal`].
    async fn record(
        &self,
        node_id: NodeId,
        report: HeartbeatReport,
        now: DateTime<Utc>,
    ) -> Result<Accepted, HeartbeatRefusal>;

    /// Reads a Node's reachability. `None`: there is no such Node.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn read(&self, node_id: NodeId, now: DateTime<Utc>) -> Result<Option<Reachability>, StorageError>;
}

/// The capability behind PostNodeHeartbeat.
pub struct Heartbeat {
    reachability: Arc<dyn ReachabilityRepo>,
    /// Without them there is nothing to have missed.
    streams: Option<Arc<Streams>>,
}

impl Heartbeat {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.nsk_validator.as_ref()?;
        collaborators.clock.as_ref()?;
        let streams = collaborators.event_stream.clone();
        Some(Self { reachability: collaborators.reachability_repo.clone()?, streams })
    }

    /// Whether a Node that has come so far has missed an event. Takes nothing but memory.
    pub fn missed(&self, node_id: NodeId, seen: Seen, now: DateTime<Utc>) -> bool {
        self.streams.as_ref().is_some_and(|streams| streams.missed(node_id, seen, now))
    }

    /// Records a heartbeat.
    ///
    /// # Errors
    /// [`HeartbeatRefusal`].
    pub async fn record(
        &self,
        node_id: NodeId,
        report: HeartbeatReport,
        now: DateTime<Utc>,
    ) -> Result<Accepted, HeartbeatRefusal> {
        self.reachability.record(node_id, report, now).await
    }
}

/// The capability behind GetNodeReachability.
pub struct ReachabilityReads {
    reachability: Arc<dyn ReachabilityRepo>,
    nodes: Arc<dyn NodeRepo>,
}

impl ReachabilityReads {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        Some(Self { reachability: collaborators.reachability_repo.clone()?, nodes: collaborators.node_repo.clone()? })
    }

    /// Reads a Node's reachability. `None`: there is no such Node.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn read(&self, node_id: NodeId, now: DateTime<Utc>) -> Result<Option<Reachability>, StorageError> {
        if !self.nodes.exists(node_id).await? {
            return Ok(None);
        }
        self.reachability.read(node_id, now).await
    }
}
