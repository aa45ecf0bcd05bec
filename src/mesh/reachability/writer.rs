//! Heartbeats share commits. Whatever queued while the last batch was written is the next batch: one statement, one
//! commit, and every caller gets its own answer after that commit.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use super::{Accepted, HeartbeatRefusal, HeartbeatReport, store};
use crate::ids::NodeId;
use crate::postgres::{ATTEMPTS, Database, StorageError};
use crate::telemetry::Metrics;

/// Heartbeats that may wait. At the rate of one batch a few milliseconds this is well under a second of waiting.
const QUEUE: usize = 8192;
/// Heartbeats in one statement.
const BATCH: usize = 2048;

type Answer = Result<Accepted, HeartbeatRefusal>;

struct Waiting {
    beat: Beat,
    answer: oneshot::Sender<Answer>,
}

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
    queue: mpsc::Sender<Waiting>,
}

impl HeartbeatWriter {
    /// Starts the writer. It ends once all handles are gone and all that waits is written.
    pub fn start(database: Database, metrics: Arc<Metrics>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(run(database, metrics, waiting));
        Self { queue }
    }

    /// Hands a heartbeat in and waits until it is durable.
    ///
    /// # Errors
    /// [`HeartbeatRefusal`].
    pub async fn write(&self, node_id: NodeId, report: HeartbeatReport, at: DateTime<Utc>) -> Answer {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { beat: Beat { node_id, at, report }, answer };
        self.queue.try_send(waiting).map_err(|_| HeartbeatRefusal::Overloaded)?;
        // The writer ends only with the process; a caller that is left then gets the transient answer.
        answered.await.unwrap_or(Err(HeartbeatRefusal::Overloaded))
    }
}

async fn run(database: Database, metrics: Arc<Metrics>, mut queue: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        metrics.heartbeat_batch_size.observe(batch.len() as f64);
        metrics.heartbeat_queue_depth.set(queue.len() as i64);
        let (beats, mut answers) = group(&mut batch);
        let written = write(&database, &beats).await;
        metrics.heartbeats_committed.inc_by(written.iter().filter(|(_, answer)| answer.is_ok()).count() as u64);
        for (node_id, answer) in written {
            for waiting in answers.remove(&node_id).into_iter().flatten() {
                // A caller that went away is told nothing.
                let _gone = waiting.send(answer.clone());
            }
        }
        // A Node that the statement did not find is not there.
        for waiting in answers.into_values().flatten() {
            let _gone = waiting.send(Err(HeartbeatRefusal::NodeNotFound));
        }
    }
}

type Answers = HashMap<NodeId, Vec<oneshot::Sender<Answer>>>;

/// One beat a Node, the newest, by id; everybody who waits gets its answer.
fn group(batch: &mut Vec<Waiting>) -> (Vec<Beat>, Answers) {
    let mut newest: HashMap<NodeId, Beat> = HashMap::with_capacity(batch.len());
    let mut answers: Answers = HashMap::with_capacity(batch.len());
    for Waiting { beat, answer } in batch.drain(..) {
        answers.entry(beat.node_id).or_default().push(answer);
        match newest.get_mut(&beat.node_id) {
            Some(known) => {
                let mut handshakes = known.report.handshakes.clone();
                handshakes.merge(&beat.report.handshakes);
                if beat.at >= known.at {
                    *known = beat;
                }
                known.report.handshakes = handshakes;
            }
            None => {
                newest.insert(beat.node_id, beat);
            }
        }
    }
    let mut beats: Vec<Beat> = newest.into_values().collect();
    beats.sort_unstable_by_key(|beat| beat.node_id);
    (beats, answers)
}

/// As [`write_retrying`], but not for longer than the database answers: those who wait have been refused by then, and
/// a connection that fell silent must not keep the ones that come later.
async fn write_in_time(database: &Database, beats: &[Beat]) -> Result<Vec<(NodeId, Accepted)>, StorageError> {
    tokio::select! {
        biased;
        written = write_retrying(database, beats) => written,
        () = database.availability().gone() => Err(StorageError::Unavailable("the database does not answer".into())),
    }
}

/// Does the write again while it loses deadlocks: the order in which a statement locks its rows is not ours to say.
async fn write_retrying(database: &Database, beats: &[Beat]) -> Result<Vec<(NodeId, Accepted)>, StorageError> {
    for _ in 1..ATTEMPTS {
        match store::write_beats(database, beats).await {
            Err(StorageError::Contended(cause)) => {
                tracing::debug!(%cause, "heartbeats written again after losing a race")
            }
            written => return written,
        }
    }
    store::write_beats(database, beats).await
}

/// Writes all of `beats`. When the statement fails for a reason of its own, halves are tried, down to the one row
/// that poisons it: it alone fails.
async fn write(database: &Database, beats: &[Beat]) -> Vec<(NodeId, Answer)> {
    let written = write_in_time(database, beats).await;
    match written {
        Ok(accepted) => accepted.into_iter().map(|(node_id, accepted)| (node_id, Ok(accepted))).collect(),
        Err(StorageError::Query(_) | StorageError::Constraint { .. }) if beats.len() > 1 => {
            let (left, right) = beats.split_at(beats.len() / 2);
            let mut all = Box::pin(write(database, left)).await;
            all.extend(Box::pin(write(database, right)).await);
            all
        }
        Err(error) => {
            let refusal = HeartbeatRefusal::Storage(Arc::new(error));
            beats.iter().map(|beat| (beat.node_id, Err(refusal.clone()))).collect()
        }
    }
}
