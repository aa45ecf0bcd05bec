//! The log as one replica reads it: the newest events, verified, in memory; older ones from the log.
//!
//! The tail looks at every number once, in order. It is woken by a notification and would converge by its timer alone.
//! What does not verify is never handed out; it is passed over with an error in the log, so that it holds nobody up.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Mutex, watch};

use super::{Bounds, Checks, Entry, EventLog, PublicKeys};
use crate::background::Task;
use crate::ids::DomainId;
use crate::postgres::StorageError;
use crate::signing::Scope;
use crate::telemetry::Metrics;

/// Time between two looks that nothing has woken.
const INTERVAL: Duration = Duration::from_secs(1);
/// Events that are kept in memory: what a fleet that reconnects after a restart asks for.
const RING_EVENTS: usize = 16_384;
/// Bytes of events that are kept in memory, because a few may be long.
const RING_BYTES: usize = 32 * 1024 * 1024;
/// Events that are read before the listener opens.
const WARM: i64 = 2048;
/// Events that are read at once.
const PAGE: i64 = 512;

/// A verified event, as it goes out.
#[derive(Debug)]
pub struct Frame {
    /// Its number.
    pub sequence: i64,
    /// Who it is for.
    pub scope: Scope,
    /// Whose key signed it.
    pub domain_id: DomainId,
    /// Its type.
    pub event_type: String,
    /// The frame of the stream: `id:`, `event:`, `data:`, an empty line.
    pub bytes: Bytes,
}

impl Frame {
    fn of(entry: Entry) -> Self {
        let Entry { sequence, scope, domain_id, event_type, line, .. } = entry;
        let bytes = Bytes::from(format!("id: {sequence}\nevent: {event_type}\ndata: {line}\n\n"));
        Self { sequence, scope, domain_id, event_type, bytes }
    }
}

/// What comes after a number.
#[derive(Debug)]
pub struct Part {
    /// In order.
    pub frames: Vec<Arc<Frame>>,
    /// Everything up to this number is among them: where to go on.
    pub through: i64,
}

/// Why nothing can be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayRefusal {
    /// What comes after the number is not kept any more, or the number has not been given yet.
    #[error("the log holds {} to {}", .0.oldest, .0.head)]
    OutOfBounds(Bounds),
    /// The log cannot be reached.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Everything after `from`, up to `position`.
#[derive(Default)]
struct Ring {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    from: i64,
    position: i64,
}

impl Ring {
    fn begin(&mut self, position: i64) {
        *self = Self { from: position, position, ..Self::default() };
    }

    fn push(&mut self, frame: Frame) {
        self.position = frame.sequence;
        self.bytes += frame.bytes.len();
        self.frames.push_back(Arc::new(frame));
        while self.frames.len() > RING_EVENTS || self.bytes > RING_BYTES {
            let Some(oldest) = self.frames.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
            self.from = oldest.sequence;
        }
    }

    /// `None`: it reaches further back than what is kept.
    fn after(&self, wanted: impl Fn(&Frame) -> bool, after: i64, limit: usize) -> Option<Part> {
        if after < self.from {
            return None;
        }
        let start = self.frames.partition_point(|frame| frame.sequence <= after);
        let frames: Vec<Arc<Frame>> =
            self.frames.range(start..).filter(|frame| wanted(frame)).take(limit).cloned().collect();
        let through = match frames.last() {
            Some(last) if frames.len() == limit => last.sequence,
            _ => self.position.max(after),
        };
        Some(Part { frames, through })
    }
}

/// The tail. Every clone of the `Arc` reads the same.
pub struct Tail {
    log: Arc<dyn EventLog>,
    checks: Mutex<Checks>,
    /// Held by whoever moves the position.
    reading: Mutex<()>,
    ring: RwLock<Ring>,
    position: watch::Sender<i64>,
    metrics: Arc<Metrics>,
}

impl Tail {
    /// A tail of `log` that verifies by `keys`. It has read nothing yet: see [`Tail::warm`].
    pub fn new(log: Arc<dyn EventLog>, keys: Arc<dyn PublicKeys>, metrics: Arc<Metrics>) -> Self {
        Self {
            log,
            checks: Mutex::new(Checks::new(keys)),
            reading: Mutex::default(),
            ring: RwLock::default(),
            position: watch::Sender::new(0),
            metrics,
        }
    }

    /// Reads the newest events. Called once, after the notifications are listened to and before anybody is served.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn warm(&self) -> Result<(), StorageError> {
        let Bounds { oldest, head } = self.log.bounds().await?;
        self.ring.write().unwrap_or_else(PoisonError::into_inner).begin((head - WARM).max(oldest - 1));
        self.catch_up().await
    }

    /// The last number that was looked at; changes when there is something new.
    pub fn position(&self) -> watch::Receiver<i64> {
        self.position.subscribe()
    }

    /// The first `limit` events of `scopes` after `after`: from memory if it reaches back so far, else from the log.
    ///
    /// # Errors
    /// [`ReplayRefusal`].
    pub async fn after(&self, scopes: &[Scope], after: i64, limit: usize) -> Result<Part, ReplayRefusal> {
        let in_memory = {
            let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
            ring.after(|frame| scopes.contains(&frame.scope), after, limit).filter(|_| after <= ring.position)
        };
        match in_memory {
            Some(part) => Ok(part),
            None => self.from_log(Some(scopes), after, limit).await,
        }
    }

    /// The same from the log, whatever is in memory; `None`: of all scopes.
    ///
    /// # Errors
    /// [`ReplayRefusal`].
    pub async fn from_log(&self, scopes: Option<&[Scope]>, after: i64, limit: usize) -> Result<Part, ReplayRefusal> {
        let page = self.log.read(scopes, after, limit as i64).await?;
        let bounds = page.bounds;
        if after + 1 < bounds.oldest || after > bounds.head {
            return Err(ReplayRefusal::OutOfBounds(bounds));
        }
        let through = match page.entries.last() {
            Some(last) if page.entries.len() == limit => last.sequence,
            _ => bounds.head,
        };
        let frames = self.verified(page.entries, false).await?;
        Ok(Part { frames: frames.into_iter().filter_map(Result::ok).map(Arc::new).collect(), through })
    }

    /// The frames of those that verify, the numbers of those that do not.
    async fn verified(&self, entries: Vec<Entry>, first_time: bool) -> Result<Vec<Result<Frame, i64>>, StorageError> {
        let faults = self.checks.lock().await.faults(&entries, first_time).await?;
        let frame = |(entry, fault): (Entry, Option<String>)| {
            let Some(fault) = fault else { return Ok(Frame::of(entry)) };
            if first_time {
                self.metrics.events_unverified.inc();
                let (sequence, domain_id) = (entry.sequence, entry.domain_id);
                tracing::error!(sequence, %domain_id, fault, "an event does not verify; it is not emitted");
            }
            Err(entry.sequence)
        };
        Ok(entries.into_iter().zip(faults).map(frame).collect())
    }

    /// Takes what this replica itself has just appended, if it is what comes next here: the way over the database is
    /// spared. Else the tail finds it as it finds everything.
    pub async fn offer(&self, entries: Vec<Entry>) -> bool {
        let Ok(_reading) = self.reading.try_lock() else { return false };
        let position = self.ring.read().unwrap_or_else(PoisonError::into_inner).position;
        if entries.first().is_none_or(|first| first.sequence != position + 1) {
            return false;
        }
        self.take(entries).await.is_ok()
    }

    /// Reads on to the head.
    async fn catch_up(&self) -> Result<(), StorageError> {
        let _reading = self.reading.lock().await;
        loop {
            let position = self.ring.read().unwrap_or_else(PoisonError::into_inner).position;
            let page = self.log.read(None, position, PAGE).await?;
            let Bounds { oldest, head } = page.bounds;
            if head < position {
                tracing::error!(position, head, "the log ends before what was read: it has been restored");
                self.begin_again(head).await;
                continue;
            }
            if oldest > position + 1 {
                tracing::warn!(position, oldest, "events went before this replica has read them");
                self.begin_again(oldest - 1).await;
                continue;
            }
            let more = page.entries.len() as i64 == PAGE;
            self.take(page.entries).await?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Verifies what comes next, and makes it known.
    async fn take(&self, entries: Vec<Entry>) -> Result<(), StorageError> {
        let frames = self.verified(entries, true).await?;
        {
            let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
            for frame in frames {
                let sequence = match &frame {
                    Ok(frame) => frame.sequence,
                    Err(sequence) => *sequence,
                };
                if sequence != ring.position + 1 {
                    tracing::error!(after = ring.position, sequence, "the log has a gap; what lies in it is gone");
                    ring.begin(sequence - 1);
                }
                match frame {
                    Ok(frame) => ring.push(frame),
                    Err(sequence) => ring.position = sequence,
                }
            }
        }
        self.tell();
        Ok(())
    }

    async fn begin_again(&self, position: i64) {
        self.ring.write().unwrap_or_else(PoisonError::into_inner).begin(position);
        self.checks.lock().await.forget_ids();
    }

    fn tell(&self) {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        self.metrics.tail_position.set(ring.position);
        self.metrics.tail_ring_events.set(ring.frames.len() as i64);
        self.metrics.tail_ring_bytes.set(ring.bytes as i64);
        let position = ring.position;
        drop(ring);
        self.position.send_if_modified(|known| std::mem::replace(known, position) != position);
    }
}

/// The task that reads on.
pub struct ReadOn(pub Arc<Tail>);

#[async_trait]
impl Task for ReadOn {
    fn name(&self) -> &'static str {
        "event_tail"
    }

    fn interval(&self) -> Duration {
        INTERVAL
    }

    async fn step(&self) -> Result<(), StorageError> {
        self.0.catch_up().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn frame(sequence: i64, domain: u128, bytes: usize) -> Frame {
        let domain_id = DomainId(Uuid::from_u128(domain));
        let bytes = Bytes::from(vec![0; bytes]);
        Frame { sequence, scope: Scope::Domain(domain_id), domain_id, event_type: "t".into(), bytes }
    }

    fn numbers(part: &Part) -> Vec<i64> {
        part.frames.iter().map(|frame| frame.sequence).collect()
    }

    #[test]
    fn the_ring_answers_for_what_it_holds_only() {
        let mut ring = Ring::default();
        ring.begin(10);
        for sequence in 11..=20 {
            ring.push(frame(sequence, (sequence % 2) as u128 + 1, 10));
        }
        let odd = |frame: &Frame| frame.domain_id == DomainId(Uuid::from_u128(2));
        assert!(ring.after(odd, 9, 100).is_none());
        let part = ring.after(odd, 10, 100).unwrap();
        assert_eq!((numbers(&part), part.through), (vec![11, 13, 15, 17, 19], 20));
        let part = ring.after(odd, 13, 2).unwrap();
        assert_eq!((numbers(&part), part.through), (vec![15, 17], 17));
        let part = ring.after(odd, 20, 2).unwrap();
        assert_eq!((numbers(&part), part.through), (vec![], 20));
    }

    #[test]
    fn the_ring_is_bounded_by_events_and_by_bytes() {
        let mut ring = Ring::default();
        for sequence in 1..=RING_EVENTS as i64 + 5 {
            ring.push(frame(sequence, 1, 1));
        }
        assert_eq!((ring.frames.len(), ring.from, ring.bytes), (RING_EVENTS, 5, RING_EVENTS));
        ring.push(frame(RING_EVENTS as i64 + 6, 1, RING_BYTES));
        assert_eq!((ring.frames.len(), ring.bytes), (1, RING_BYTES));
        assert!(ring.after(|_| true, 7, 10).is_none());
    }
}
