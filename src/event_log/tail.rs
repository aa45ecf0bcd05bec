//! The log as one replica reads it: the newest events, verified, in memory; older ones from the log.
//!
//! The tail looks at every number once, in order. It is woken by a notification and would converge by its timer alone.
//! What does not verify is never handed out; it is passed over with an error in the log, so that it holds nobody up.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use super::ring::{Newest, News, Next, Ring, Room};
use super::{Bounds, Checks, Entry, EventLog, Page, PublicKeys};
use crate::background::Task;
use crate::ids::{DomainId, EventId};
use crate::postgres::StorageError;
use crate::signing::Scope;
use crate::telemetry::Metrics;

/// Time between two looks that nothing has woken.
const INTERVAL: Duration = Duration::from_secs(1);
/// What is kept in memory: what a fleet that reconnects asks for. After a restart it does so at once, so as much is read
/// before the listener opens; else each of them reads it for itself.
const ROOM: Room = Room { events: 16_384, bytes: 32 * 1024 * 1024 };
/// The log is taken to be there for so long after it was reached: one look that fails is no outage.
const FRESH: Duration = Duration::from_millis(2500);
/// Events that are read at once.
const PAGE: i64 = 512;
/// What is read for one reader at once may be so long: it waits in memory until its reader has taken it.
const PART_BYTES: usize = 256 * 1024;

/// A verified event, as it goes out.
#[derive(Debug)]
pub struct Frame {
    /// Its number.
    pub sequence: i64,
    /// Who it is for.
    pub scope: Scope,
    /// Whose key signed it.
    pub domain_id: DomainId,
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// The frame of the stream.
    pub bytes: Bytes,
}

/// An event as a stream has it: `id:`, `event:`, `data:`, an empty line.
pub fn frame(sequence: i64, event_type: &str, line: &str) -> Bytes {
    Bytes::from(format!("id: {sequence}\nevent: {event_type}\ndata: {line}\n\n"))
}

impl Frame {
    fn of(entry: Entry) -> Self {
        let Entry { sequence, id, scope, domain_id, event_type, line } = entry;
        let bytes = frame(sequence, &event_type, &line);
        // The id of an event is made of the time when it happened.
        let at = id.0.get_timestamp().map_or(0, |at| {
            let (seconds, nanos) = at.to_unix();
            i64::try_from(seconds).unwrap_or(0) * 1000 + i64::from(nanos / 1_000_000)
        });
        Self { sequence, scope, domain_id, at, bytes }
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

/// The first of `entries` that make up a part: at least one.
fn as_many_as_fit(entries: &[Entry]) -> usize {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += entry.line.len();
        bytes <= PART_BYTES
    };
    entries.iter().take_while(fits).count().max(1)
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

/// Where a reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// After this number.
    pub after: i64,
    /// Of this log: see [`Next::OtherLog`].
    pub generation: u32,
}

impl Place {
    /// The same number, of no log that is read here.
    pub fn elsewhere(self) -> Self {
        Self { generation: u32::MAX, ..self }
    }
}

/// How far it has read.
#[derive(Default)]
struct Reading {
    /// When the last look began after which nothing was left to read.
    looked_at: Option<Instant>,
    /// The last event that it has read: the log still has it there unless it is another log.
    last: Option<(i64, EventId)>,
}

/// The tail. Every clone of the `Arc` reads the same.
pub struct Tail {
    log: Arc<dyn EventLog>,
    replays: Arc<dyn EventLog>,
    checks: Mutex<Checks>,
    replay_checks: Mutex<Checks>,
    /// Held by whoever moves the position.
    reading: Mutex<Reading>,
    looked_at: RwLock<Option<Instant>>,
    ring: RwLock<Ring>,
    position: watch::Sender<i64>,
    metrics: Arc<Metrics>,
}

impl Tail {
    /// A tail of `log` that verifies by `keys`. It has read nothing yet: see [`Tail::warm`].
    pub fn new(log: Arc<dyn EventLog>, keys: Arc<dyn PublicKeys>, metrics: Arc<Metrics>) -> Self {
        Self {
            replays: log.clone(),
            log,
            checks: Mutex::new(Checks::new(keys.clone())),
            replay_checks: Mutex::new(Checks::new(keys)),
            reading: Mutex::default(),
            looked_at: RwLock::default(),
            ring: RwLock::new(Ring::new(ROOM)),
            position: watch::Sender::new(0),
            metrics,
        }
    }

    /// The same tail, which reads what is not in memory from `log`: the same log, over other connections.
    pub fn replaying_from(self, log: Arc<dyn EventLog>) -> Self {
        Self { replays: log, ..self }
    }

    /// Reads the newest events. Called once, after the notifications are listened to and before anybody is served.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn warm(&self) -> Result<(), StorageError> {
        let Bounds { oldest, head } = self.log.bounds().await?;
        self.ring.write().unwrap_or_else(PoisonError::into_inner).begin((head - ROOM.events as i64).max(oldest - 1));
        self.catch_up().await
    }

    /// Keeps so much in memory from now on.
    pub fn resize(&self, room: Room) {
        self.ring.write().unwrap_or_else(PoisonError::into_inner).resize(room);
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The end of what has been read: whoever begins here misses nothing that comes.
    pub fn here(&self) -> Place {
        let ring = self.ring();
        Place { after: ring.position(), generation: ring.generation() }
    }

    /// What the log keeps, as it was last read.
    pub fn bounds(&self) -> Bounds {
        self.ring().bounds()
    }

    /// What comes next for a reader of `scopes`, from memory.
    pub fn next(&self, scopes: &[Scope], place: Place) -> Next {
        self.ring().next(scopes, place.after, place.generation)
    }

    /// The last event of `scopes`, as far as memory tells.
    pub fn newest(&self, scopes: &[Scope]) -> Newest {
        self.ring().newest(scopes)
    }

    /// For whom something has come after `after`.
    pub fn news(&self, after: i64) -> News {
        self.ring().news(after)
    }

    /// The log, over the connections of those who catch up.
    pub fn log(&self) -> &dyn EventLog {
        &*self.replays
    }

    /// The last number that was looked at; changes when there is something new.
    pub fn position(&self) -> watch::Receiver<i64> {
        self.position.subscribe()
    }

    /// The first events of `scopes` after `after`, from the log; `None`: of all scopes. At most `limit`, and fewer when
    /// they are long.
    ///
    /// # Errors
    /// [`ReplayRefusal`].
    pub async fn from_log(&self, scopes: Option<&[Scope]>, after: i64, limit: usize) -> Result<Part, ReplayRefusal> {
        let Page { mut entries, bounds } = self.replays.read(scopes, after, limit as i64).await?;
        if after < bounds.oldest - 1 || after > bounds.head {
            return Err(ReplayRefusal::OutOfBounds(bounds));
        }
        let found = entries.len();
        entries.truncate(as_many_as_fit(&entries));
        let through = match entries.last() {
            Some(last) if entries.len() < found || found == limit => last.sequence,
            _ => bounds.head,
        };
        let frames = self.verified(entries, false).await?;
        Ok(Part { frames: frames.into_iter().filter_map(Result::ok).map(Arc::new).collect(), through })
    }

    /// The frames of those that verify, the numbers of those that do not.
    async fn verified(&self, entries: Vec<Entry>, first_time: bool) -> Result<Vec<Result<Frame, i64>>, StorageError> {
        let checks = if first_time { &self.checks } else { &self.replay_checks };
        let faults = checks.lock().await.faults(&entries, first_time).await?;
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
        let Ok(mut reading) = self.reading.try_lock() else { return false };
        let position = self.ring().position();
        if entries.first().is_none_or(|first| first.sequence != position + 1) {
            return false;
        }
        self.take(entries, &mut reading).await.is_ok()
    }

    /// Reads on to the head, unless somebody else has begun to since this was called.
    ///
    /// # Errors
    /// [`StorageError`]: the log cannot be reached.
    pub async fn catch_up(&self) -> Result<(), StorageError> {
        let asked_at = Instant::now();
        let mut reading = self.reading.lock().await;
        if reading.looked_at.is_some_and(|at| at >= asked_at) {
            return Ok(());
        }
        loop {
            let (began, position) = (Instant::now(), self.ring().position());
            // With the last one that is known: another event at its number means another log, however far that has
            // come meanwhile.
            let last = reading.last.filter(|(sequence, _)| *sequence == position);
            let limit = PAGE + i64::from(last.is_some());
            let mut page = self.log.read(None, position - i64::from(last.is_some()), limit).await?;
            let more = page.entries.len() as i64 == limit;
            let known = page.entries.first().filter(|entry| entry.sequence == position).map(|entry| entry.id);
            let Bounds { oldest, head } = page.bounds;
            if head < position || known.zip(last).is_some_and(|(id, (_, last))| id != last) {
                tracing::error!(position, head, "the log is not the one that was read: it has been restored");
                self.begin_anew(&mut reading, |ring| ring.begin_other(head)).await;
                // Those who wait at a number of the other log.
                self.position.send_replace(head);
                continue;
            }
            if oldest > position + 1 {
                tracing::warn!(position, oldest, "events went before this replica has read them");
                self.begin_anew(&mut reading, |ring| ring.begin(oldest - 1)).await;
                continue;
            }
            if known.is_some() {
                page.entries.remove(0);
            }
            self.ring.write().unwrap_or_else(PoisonError::into_inner).kept_from(oldest);
            self.take(page.entries, &mut reading).await?;
            if !more {
                reading.looked_at = Some(began);
                *self.looked_at.write().unwrap_or_else(PoisonError::into_inner) = Some(began);
                return Ok(());
            }
        }
    }

    /// Lets the ring begin anew and forgets the ids that were seen: both, also when nobody waits for it any more.
    async fn begin_anew(&self, reading: &mut Reading, begin: impl FnOnce(&mut Ring)) {
        let mut checks = self.checks.lock().await;
        begin(&mut self.ring.write().unwrap_or_else(PoisonError::into_inner));
        checks.forget_ids();
        reading.last = None;
    }

    /// Whether the log was reached not long ago.
    pub fn is_fresh(&self) -> bool {
        let looked_at = *self.looked_at.read().unwrap_or_else(PoisonError::into_inner);
        looked_at.is_some_and(|at| at.elapsed() < FRESH)
    }

    /// Verifies what comes next, and makes it known.
    async fn take(&self, entries: Vec<Entry>, reading: &mut Reading) -> Result<(), StorageError> {
        let last = entries.last().map(|entry| (entry.sequence, entry.id)).or(reading.last);
        let frames = self.verified(entries, true).await?;
        reading.last = last;
        {
            let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
            for frame in frames {
                let sequence = match &frame {
                    Ok(frame) => frame.sequence,
                    Err(sequence) => *sequence,
                };
                if sequence != ring.position() + 1 {
                    tracing::error!(after = ring.position(), sequence, "the log has a gap; what lies in it is gone");
                    ring.begin(sequence - 1);
                }
                match frame {
                    Ok(frame) => ring.push(frame),
                    Err(sequence) => ring.pass_over(sequence),
                }
            }
        }
        self.tell();
        Ok(())
    }

    fn tell(&self) {
        let ring = self.ring();
        let position = ring.position();
        self.metrics.tail_position.set(position);
        self.metrics.tail_ring_events.set(ring.events() as i64);
        self.metrics.tail_ring_bytes.set(ring.bytes() as i64);
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
