//! The signed event stream of a Node: every event of its Domain and its own, in order, none missing, none twice.
//!
//! A stream ([`Stream`]) is a position in the log. It enters the registry before its position is read, so it is woken
//! for whatever comes after; when it is woken it takes what comes next from the tail's memory, where each event lies
//! once for all of them, and only when it has fallen behind from the log. Nothing is queued for it, so nothing can
//! overflow or be left out: a reader that is slow is behind, and one that takes nothing is cut off by a deadline that
//! does not need it to be polled.
//!
//! [`Streams::dispatch`] wakes those for whom something has come. Tasks look after all streams together: the ticker
//! (keep-alives, deadlines), the watches, one over the streams of Nodes and one over those of operators, which ask again
//! and again whether what opened them still holds, and the marking. While a watch gets no answer, its streams stay open
//! and their events wait.
//!
//! How far a Node has come is marked in the database: what its streams have delivered, and where the log ended when it
//! last pulled its state. A heartbeat is told to reconcile when something happened after both ([`Streams::missed`]).

mod marks;
mod reconcile;
mod refusal;
mod registry;
mod replay;
mod slot;
mod store;
mod stream;
mod streams;
mod tasks;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::collaborators::Collaborators;
use super::nodes::{NodeRepo, Status};
use crate::access::Principal;
use crate::event_log::Bounds;
use crate::ids::{DomainId, NodeId};
use crate::postgres::StorageError;

pub use marks::{Mark, Span};
pub use refusal::{InvalidLastEventId, StreamRefusal, last_event_id};
pub use registry::{OPERATORS, OWN};
pub use slot::Connection;
pub use store::PgStreams;
pub use stream::Stream;
pub use streams::{Opening, REPLAYS_AT_ONCE, RESYNC_REQUIRED, Settings, Streams};
pub use tasks::{Joined, Marking, OpenedBy, Ticker, Watch};

/// What is marked of a Node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    /// The Node's Domain.
    pub domain_id: DomainId,
    /// Its streams have delivered everything up to this number.
    pub delivered: i64,
    /// Where the log ended when it last pulled its state.
    pub pulled: i64,
}

/// What the streams need of the database besides the log.
#[async_trait]
pub trait StreamStore: Send + Sync + 'static {
    /// Writes marks; they only go forward. Returns those whose span joined.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn write_marks(&self, marks: &[Mark]) -> Result<Joined, StorageError>;

    /// The heartbeat intervals of Domains.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn intervals(&self, domains: &[DomainId]) -> Result<Vec<(DomainId, TimeDelta)>, StorageError>;

    /// The signed envelope that tells a Node to pull its state.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn resync_line(
        &self,
        domain_id: DomainId,
        node_id: NodeId,
        bounds: Bounds,
        now: DateTime<Utc>,
    ) -> Result<String, StorageError>;
}

/// The capability behind GetNodeEvents.
pub struct NodeEvents {
    streams: Arc<Streams>,
    nodes: Arc<dyn NodeRepo>,
}

impl NodeEvents {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        Some(Self { streams: collaborators.event_stream.clone()?, nodes: collaborators.node_repo.clone()? })
    }

    /// The streams.
    pub fn streams(&self) -> &Streams {
        &self.streams
    }

    /// The Domain of the Node that a stream is asked of. A Node that asks for its own has just proved that it is there.
    ///
    /// # Errors
    /// [`StreamRefusal::NodeNotFound`], [`StreamRefusal::Storage`].
    pub async fn find(
        &self,
        node_id: NodeId,
        principal: &Principal,
        now: DateTime<Utc>,
    ) -> Result<DomainId, StreamRefusal> {
        if let Principal::Node(node) = principal
            && node.node_id == node_id
        {
            return Ok(node.domain_id);
        }
        let found = self.nodes.find(node_id, now).await.map_err(StreamRefusal::Storage)?;
        let there = found.filter(|node| node.status != Status::Deregistered);
        there.map(|node| node.domain_id).ok_or(StreamRefusal::NodeNotFound)
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// [`StreamRefusal`].
    pub async fn open(&self, opening: Opening) -> Result<Stream, StreamRefusal> {
        self.streams.open(opening).await
    }
}
