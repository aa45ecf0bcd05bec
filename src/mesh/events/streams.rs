//! All streams of this replica: opening them, waking them, and the questions that concern all of them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rand::RngExt as _;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::marks::Marks;
use super::reconcile::Reconcile;
use super::registry::{Full, Registry};
use super::slot::{Connection, Ending, Millis, Slot};
use super::{Seen, Stream, StreamRefusal, StreamStore};
use crate::access::Principal;
use crate::access::standing::Standing;
use crate::clock::Clock;
use crate::event_log::{Bounds, Newest, Part, Place, ReplayRefusal, Tail, frame};
use crate::ids::{DomainId, NodeId};
use crate::mesh::key_rotation::LiveStreams;
use crate::postgres::StorageError;
use crate::signing::Scope;
use crate::telemetry::Metrics;

/// Time between two keep-alives.
pub(super) const KEEP_ALIVE: Millis = 25_000;
/// Events go out while the last confirmed look at the credentials began less than this ago: under the five seconds in
/// which a revocation must hold.
const CONFIRMED_FOR: Millis = 4500;
/// Before the first look that it was part of, a stream rests on what the gate knew, which may be 3 s old.
const NEW_FOR: Millis = 1800;
/// The least that a reader waits before it comes back.
const RETRY_LEAST: u64 = 1000;
/// Events that a stream reads at once when it is behind.
const PAGE: usize = 64;
/// Streams that read the log at once, and connections that are kept for them.
pub const REPLAYS_AT_ONCE: usize = 4;

/// What a stream finds that has to look into the log.
pub(super) enum Missing {
    /// What comes next.
    Part(Part),
    /// It is not there any more: the Node has to pull its state, and goes on after this place.
    Resync { frame: Bytes, place: Place },
}

/// Settings of the streams.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The most that a reader waits before it comes back.
    pub retry_most: Duration,
    /// How long a reader may take nothing.
    pub stall: Duration,
}

/// Who wants a stream of what.
pub struct Opening {
    /// Of this Node.
    pub node_id: NodeId,
    /// Its Domain.
    pub domain_id: DomainId,
    /// Who reads.
    pub principal: Principal,
    /// The last event that the reader has; `None`: it begins with what happens next.
    pub last_event_id: Option<i64>,
    /// What it goes out over.
    pub connection: Arc<dyn Connection>,
    /// The time.
    pub now: DateTime<Utc>,
}

/// EventStream: the streams of this replica, over a tail whose events have passed the verifier and the nonces.
pub struct Streams {
    tail: Arc<Tail>,
    registry: Registry,
    standing: Arc<dyn Standing>,
    store: Arc<dyn StreamStore>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    settings: Settings,
    marks: Marks,
    reconcile: Reconcile,
    replays: Semaphore,
    /// From when [`Millis`] count.
    began: Instant,
    /// When the last look at all credentials began.
    confirmed_at: AtomicU64,
}

impl Streams {
    /// Streams of what `tail` reads. `standing` tells whether what opened them still holds.
    pub fn new(
        tail: Arc<Tail>,
        standing: Arc<dyn Standing>,
        store: Arc<dyn StreamStore>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        settings: Settings,
    ) -> Self {
        Self {
            tail,
            registry: Registry::default(),
            standing,
            store,
            clock,
            metrics,
            settings,
            marks: Marks::default(),
            reconcile: Reconcile::default(),
            replays: Semaphore::new(REPLAYS_AT_ONCE),
            began: Instant::now(),
            confirmed_at: AtomicU64::new(0),
        }
    }

    pub(super) fn tail(&self) -> &Tail {
        &self.tail
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) fn standing(&self) -> &dyn Standing {
        &*self.standing
    }

    pub(super) fn store(&self) -> &dyn StreamStore {
        &*self.store
    }

    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    pub(super) fn reconcile(&self) -> &Reconcile {
        &self.reconcile
    }

    pub(super) fn stall(&self) -> Millis {
        u64::try_from(self.settings.stall.as_millis()).unwrap_or(Millis::MAX)
    }

    /// The streams' own clock.
    pub(super) fn now(&self) -> Millis {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    /// The wall's clock.
    pub(super) fn wall(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Opens a stream. Nothing that is committed to the log from now on is missing on it.
    ///
    /// # Errors
    /// [`StreamRefusal`].
    pub async fn open(self: &Arc<Self>, opening: Opening) -> Result<Stream, StreamRefusal> {
        let Opening { node_id, domain_id, principal, last_event_id, connection, now } = opening;
        let mut slot = Slot::new(node_id, domain_id, principal, connection, self.now());
        slot.due_in(KEEP_ALIVE, slot.opened_at, now.timestamp_millis());
        if !self.tail.is_fresh() {
            self.tail.catch_up().await.map_err(StreamRefusal::Log)?;
        }
        let mut first = format!("retry: {}\n\n", self.retry()).into_bytes();
        // Where it goes on, and what it has to be told before.
        let place = match last_event_id {
            None => None,
            Some(after) => match self.resume(&slot, after, now).await.map_err(StreamRefusal::Log)? {
                Resumed::At(place) => Some(place),
                Resumed::Resync { frame, place } => {
                    first.extend_from_slice(&frame);
                    Some(place)
                }
            },
        };
        slot.opened_at = self.now();
        let slot = self.registry.enter(slot, self.now()).map_err(|full| match full {
            Full::Operators => StreamRefusal::TooMany,
            Full::Draining => StreamRefusal::Draining,
        })?;
        // It is woken from here on, so what comes after this look is not missed.
        let place = place.unwrap_or_else(|| self.tail.here());
        slot.begin(if last_event_id.is_some() { place.after } else { self.joins(&slot, place.after) });
        self.metrics.streams_open.inc();
        self.metrics.streams_opened.inc();
        Ok(Stream::new(self.clone(), slot, place, first.into()))
    }

    /// The earliest number after which a stream that begins at `after` misses nothing.
    fn joins(&self, slot: &Slot, after: i64) -> i64 {
        match self.tail.newest(&slot.scopes()) {
            Newest::Event(sequence, _) if sequence > after => after,
            Newest::Event(sequence, _) | Newest::NoneSince(sequence) => sequence.min(after),
        }
    }

    /// Milliseconds after which this reader comes back: spread, so that not all do at once.
    fn retry(&self) -> u64 {
        let most = u64::try_from(self.settings.retry_most.as_millis()).unwrap_or(RETRY_LEAST);
        rand::rng().random_range(RETRY_LEAST..=most.max(RETRY_LEAST))
    }

    async fn resume(&self, slot: &Slot, after: i64, now: DateTime<Utc>) -> Result<Resumed, StorageError> {
        if let Some(place) = self.tail.place(after) {
            return Ok(Resumed::At(place));
        }
        // Another replica may have delivered what this one has not read yet.
        if after > self.tail.here().after {
            self.tail.catch_up().await?;
            if let Some(place) = self.tail.place(after) {
                return Ok(Resumed::At(place));
            }
        }
        let generation = self.tail.here().generation;
        let is_kept = |bounds: Bounds| after >= bounds.oldest - 1 && after <= bounds.head;
        // The stream itself reads what it is missing, and finds out if it is gone by then.
        if is_kept(self.tail.bounds()) {
            return Ok(Resumed::At(Place { after, generation }));
        }
        let _turn = self.replays.acquire().await;
        let bounds = self.tail.log().bounds().await?;
        if is_kept(bounds) {
            return Ok(Resumed::At(Place { after, generation }));
        }
        let frame = self.resync(slot, bounds, now).await?;
        Ok(Resumed::Resync { frame, place: Place { after: bounds.head, generation } })
    }

    /// The frame that tells a Node to pull its state.
    async fn resync(&self, slot: &Slot, bounds: Bounds, now: DateTime<Utc>) -> Result<Bytes, StorageError> {
        let line = self.store.resync_line(slot.domain_id, slot.node_id, bounds, now).await?;
        self.metrics.stream_resyncs.inc();
        Ok(frame(bounds.head, RESYNC_REQUIRED, &line))
    }

    /// What comes after `after`, from the log.
    pub(super) async fn missing(self: Arc<Self>, slot: Arc<Slot>, after: i64) -> Result<Missing, StorageError> {
        // Never closed, so it always gives.
        let _turn = self.replays.acquire().await;
        let generation = self.tail.here().generation;
        match self.tail.from_log(Some(&slot.scopes()), after, PAGE).await {
            Ok(part) => Ok(Missing::Part(part)),
            Err(ReplayRefusal::OutOfBounds(bounds)) => {
                let frame = self.resync(&slot, bounds, self.wall()).await?;
                Ok(Missing::Resync { frame, place: Place { after: bounds.head, generation } })
            }
            Err(ReplayRefusal::Storage(error)) => Err(error),
        }
    }

    /// The log has been restored: whoever has read the other one has to pull its state.
    pub(super) async fn other_log(self: Arc<Self>, slot: Arc<Slot>) -> Result<Missing, StorageError> {
        let _turn = self.replays.acquire().await;
        let generation = self.tail.here().generation;
        let bounds = self.tail.log().bounds().await?;
        let frame = self.resync(&slot, bounds, self.wall()).await?;
        Ok(Missing::Resync { frame, place: Place { after: bounds.head, generation } })
    }

    /// Whether what opened the stream holds, as far as is known.
    pub(super) fn is_confirmed(&self, slot: &Slot) -> bool {
        let (now, confirmed_at) = (self.now(), self.confirmed_at.load(Ordering::SeqCst));
        let confirmed = confirmed_at >= slot.opened_at && now.saturating_sub(confirmed_at) <= CONFIRMED_FOR;
        confirmed || now.saturating_sub(slot.opened_at) <= NEW_FOR
    }

    /// All credentials held as of `at`; those who have waited for that go on.
    pub(super) fn confirm(&self, at: Millis) {
        self.confirmed_at.store(at, Ordering::SeqCst);
        let now = self.now();
        self.registry.each(|slot| {
            if slot.take_held() {
                slot.wake(now);
            }
        });
    }

    pub(super) fn count_delivered(&self) {
        self.metrics.stream_events.inc();
    }

    /// A stream is gone.
    pub(super) fn left(&self, slot: &Slot, ending: Ending) {
        self.registry.leave(slot);
        if let Some(span) = slot.take_unmarked() {
            self.marks.delivered(slot.node_id, span);
        }
        self.metrics.streams_open.dec();
        self.metrics.stream_closed(ending.as_str());
    }

    /// Wakes streams when something has come for them. Runs until it is dropped.
    pub async fn dispatch(self: Arc<Self>) {
        let mut position = self.tail.position();
        let mut seen = self.tail.here();
        // Whatever came before is found by whoever opens.
        while position.changed().await.is_ok() {
            let here = self.tail.here();
            let mut news = self.tail.news(seen.after);
            news.all |= here.generation != seen.generation;
            seen = here;
            self.registry.wake(&news, self.now());
            if let Some(since) = news.since {
                let lag = self.wall().timestamp_millis().saturating_sub(since).max(0);
                self.metrics.stream_lag.observe(lag as f64 / 1000.0);
            }
        }
    }

    /// Closes all streams, each after a last comment, and opens no more.
    pub fn drain(&self) {
        self.registry.drain(self.now());
    }

    /// The end of the log, as far as it has been read: a state that is pulled from now on holds all up to it.
    pub fn head(&self) -> i64 {
        self.tail.here().after
    }

    /// A Node has pulled its state, which holds all up to `head`.
    pub fn pulled(&self, node_id: NodeId, head: i64) {
        self.marks.pulled(node_id, head);
    }

    /// Whether a Node of which so much is marked has missed something.
    pub fn missed(&self, node_id: NodeId, seen: Seen, now: DateTime<Utc>) -> bool {
        let scopes = [Scope::Domain(seen.domain_id), Scope::Node(node_id)];
        let newest = self.tail.newest(&scopes);
        self.reconcile.missed(seen.domain_id, &scopes, newest, seen.delivered.max(seen.pulled), now)
    }
}

/// The type of the event that tells a Node to pull its state.
pub const RESYNC_REQUIRED: &str = "resync_required";

enum Resumed {
    At(Place),
    Resync { frame: Bytes, place: Place },
}

impl LiveStreams for Streams {
    fn following(&self, domain_id: DomainId) -> HashSet<NodeId> {
        self.registry.following(domain_id)
    }
}
