//! Heartbeats share commits.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Accepted, HeartbeatRefusal, HeartbeatReport, store};
use crate::ids::NodeId;
use crate::postgres::{Database, StorageError};
use crate::shared_commit::{NotWritten, SharedCommit, SharedWrite};
use crate::telemetry::Metrics;

/// One heartbeat to be written.
#[derive(Clone)]
pub(super) struct Beat {
    pub node_id: NodeId,
    pub at: DateTime<Utc>,
    pub report: HeartbeatReport,
}

/// Where heartbeats are handed in.
#[derive(Clone)]
pub struct HeartbeatWriter {
    shared: SharedCommit<Beats>,
}

impl HeartbeatWriter {
    /// Starts the writer. It ends once all handles are gone and all that waits is written.
    pub fn start(database: Database, metrics: Arc<Metrics>) -> Self {
        let availability = database.availability().clone();
        Self { shared: SharedCommit::start(Beats { database, metrics }, availability) }
    }

    /// Hands a heartbeat in and waits until it is durable.
    ///
    /// # Errors
    /// [`HeartbeatRefusal`].
    pub async fn write(
        &self,
        node_id: NodeId,
        report: HeartbeatReport,
        at: DateTime<Utc>,
    ) -> Result<Accepted, HeartbeatRefusal> {
        self.shared.hand_in(Beat { node_id, at, report }).await
    }
}

impl From<NotWritten> for HeartbeatRefusal {
    fn from(why: NotWritten) -> Self {
        match why {
            NotWritten::Overloaded => Self::Overloaded,
            NotWritten::Storage(error) => Self::Storage(error),
        }
    }
}

struct Beats {
    database: Database,
    metrics: Arc<Metrics>,
}

impl SharedWrite for Beats {
    type Item = Beat;
    type Key = NodeId;
    type Accepted = Accepted;
    type Refusal = HeartbeatRefusal;

    fn key(beat: &Beat) -> NodeId {
        beat.node_id
    }

    /// The newest beat of a Node stands for all of them, with the handshakes of all.
    fn merge(waiting: &mut Beat, newer: Beat) -> Option<Beat> {
        let mut handshakes = std::mem::take(&mut waiting.report.handshakes);
        handshakes.merge(&newer.report.handshakes);
        if newer.at >= waiting.at {
            *waiting = newer;
        }
        waiting.report.handshakes = handshakes;
        None
    }

    async fn write(&self, beats: &[Beat]) -> Result<Vec<Result<Accepted, HeartbeatRefusal>>, StorageError> {
        let written = store::write_beats(&self.database, beats).await?;
        let mut accepted: HashMap<NodeId, Accepted> = written.into_iter().collect();
        // A Node that the statement did not find is not there.
        Ok(beats.iter().map(|beat| accepted.remove(&beat.node_id).ok_or(HeartbeatRefusal::NodeNotFound)).collect())
    }

    fn begun(&self, callers: usize, waiting: usize) {
        self.metrics.heartbeat_batch_size.observe(callers as f64);
        self.metrics.heartbeat_queue_depth.set(waiting as i64);
    }

    fn committed(&self, beats: usize) {
        self.metrics.heartbeats_committed.inc_by(beats as u64);
    }
}
