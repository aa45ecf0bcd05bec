//! Reports of endpoints share commits.

use std::sync::Arc;

use super::{Accepted, EndpointRefusal, Report, store};
use crate::ids::NodeId;
use crate::postgres::{Database, StorageError};
use crate::shared_commit::{NotWritten, SharedCommit, SharedWrite};
use crate::telemetry::Metrics;

/// Where reports are handed in.
#[derive(Clone)]
pub struct EndpointWriter {
    shared: SharedCommit<Reports>,
}

impl EndpointWriter {
    /// Starts the writer. It ends once all handles are gone and all that waits is written.
    pub fn start(database: Database, metrics: Arc<Metrics>) -> Self {
        let availability = database.availability().clone();
        Self { shared: SharedCommit::start(Reports { database, metrics }, availability) }
    }

    /// Hands a report in and waits until it is durable.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    pub async fn write(&self, report: Report) -> Result<Accepted, EndpointRefusal> {
        self.shared.hand_in(report).await
    }
}

impl From<NotWritten> for EndpointRefusal {
    fn from(why: NotWritten) -> Self {
        match why {
            NotWritten::Overloaded => Self::Overloaded,
            NotWritten::Storage(error) => Self::Storage(error),
        }
    }
}

struct Reports {
    database: Database,
    metrics: Arc<Metrics>,
}

impl SharedWrite for Reports {
    type Item = Report;
    type Key = NodeId;
    type Accepted = Accepted;
    type Refusal = EndpointRefusal;

    fn key(report: &Report) -> NodeId {
        report.node_id
    }

    /// The same report sent twice is one. Others stay apart: each may be a change with its event, or be refused.
    fn merge(waiting: &mut Report, newer: Report) -> Option<Report> {
        if waiting.observation != newer.observation {
            return Some(newer);
        }
        waiting.at = waiting.at.max(newer.at);
        None
    }

    async fn write(&self, reports: &[Report]) -> Result<Vec<Result<Accepted, EndpointRefusal>>, StorageError> {
        store::write_reports(&self.database, reports).await
    }

    fn begun(&self, callers: usize, waiting: usize) {
        self.metrics.endpoint_batch_size.observe(callers as f64);
        self.metrics.endpoint_queue_depth.set(waiting as i64);
    }

    fn committed(&self, reports: usize) {
        self.metrics.endpoint_reports_committed.inc_by(reports as u64);
    }
}
