//! All streams of this replica: opening them, waking them, and the questions that concern all of them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rand::RngExt as _;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::marks::Marks;
use super::reconcile::Reconcile;
use super::registry::{Full, Registry};
use super::replay::Missing;
use super::slot::{Connection, Ending, Millis, Slot};
use super::{Seen, Stream, StreamRefusal, StreamStore};
use crate::access::Principal;
use crate::access::standing::Standing;
use crate::clock::Clock;
use crate::event_log::{Bounds, Newest, Place, ReplayRefusal, Tail, frame};
use crate::ids::{DomainId, NodeId};
use crate::mesh::key_rotation::LiveStreams;
use crate::postgres::StorageError;
use crate::signing::Scope;
use crate::telemetry::Metrics;

/// Time between two keep-alives.
pub(super) const KEEP_ALIVE: Millis = 25_000;
/// The streams' own clock begins so long before them: what was a little earlier can be told as well.
const BEFORE: Duration = Duration::from_secs(60);
/// The least that a reader waits before it comes back.
const RETRY_LEAST: u64 = 1000;
/// Events that a stream reads at once when it is behind.
const PAGE: usize = 64;
/// Streams that read the log at once, and connections that are kept for them.
pub const REPLAYS_AT_ONCE: usize = 4;

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
    /// Before this was looked at who asks: what is known of that is as old.
    pub asked_at: Instant,
}

/// EventStream: the streams of this replica. What they send the verifier has passed, and the nonces when the tail first
/// read it.
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
            began: Instant::now().checked_sub(BEFORE).unwrap_or_else(Instant::now),
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
        self.at(Instant::now())
    }

    fn at(&self, instant: Instant) -> Millis {
        u64::try_from(instant.saturating_duration_since(self.began).as_millis()).unwrap_or(Millis::MAX)
    }

    /// The wall's clock.
    pub(super) fn wall(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Opens a stream. Nothing that is committed to the log from now on is missing on it. What it has to read for that
    /// it reads once it is open: whoever waits to be let in keeps others from being served.
    ///
    /// # Errors
    /// [`StreamRefusal`].
    pub async fn open(self: &Arc<Self>, opening: Opening) -> Result<Stream, StreamRefusal> {
        let Opening { node_id, domain_id, principal, last_event_id, connection, now, asked_at } = opening;
        let slot = Slot::new(node_id, domain_id, principal, connection, self.at(asked_at));
        slot.due_in(KEEP_ALIVE, self.now(), now.timestamp_millis());
        if !self.tail.is_fresh() {
            self.tail.catch_up().await.map_err(StreamRefusal::Log)?;
        }
        // Another replica may have delivered what this one has not read yet.
        if last_event_id.is_some_and(|after| after > self.tail.here().after) {
            self.tail.catch_up().await.map_err(StreamRefusal::Log)?;
        }
        let slot = self.registry.enter(slot, self.now()).map_err(|full| match full {
            Full::Operators => StreamRefusal::TooMany,
            Full::Draining => StreamRefusal::Draining,
        })?;
        // It is woken from here on, so what comes after this look is not missed.
        let here = self.tail.here();
        let place = Place { after: last_event_id.unwrap_or(here.after), ..here };
        // Before anything else its reader is told, also if the log has come as far as that number by then.
        let place = if self.is_out_of_bounds(place) { place.elsewhere() } else { place };
        let began = if last_event_id.is_some() { place.after } else { self.joins(&slot, place.after) };
        slot.begin(Place { after: began, ..place });
        self.metrics.streams_open.inc();
        self.metrics.streams_opened.inc();
        let first = format!("retry: {}\n\n", self.retry()).into();
        Ok(Stream::new(self.clone(), slot, place, first))
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

    /// Whether events after this place may be gone, or its number is not known.
    fn is_out_of_bounds(&self, place: Place) -> bool {
        let bounds = self.tail.bounds();
        place.after < bounds.oldest - 1 || place.after > bounds.head
    }

    /// The frame that tells a Node to pull its state.
    async fn resync(&self, slot: &Slot, bounds: Bounds, now: DateTime<Utc>) -> Result<Bytes, StorageError> {
        let line = self.store.resync_line(slot.domain_id, slot.node_id, bounds, now).await?;
        self.metrics.stream_resyncs.inc();
        Ok(frame(bounds.head, RESYNC_REQUIRED, &line))
    }

    /// What comes after `place`, from the log. Whoever has read another log, or one that does not reach back so far, has
    /// to pull its state.
    pub(super) async fn missing(self: Arc<Self>, slot: Arc<Slot>, place: Place) -> Result<Missing, StorageError> {
        // Never closed, so it always gives.
        let _turn = self.replays.acquire().await;
        let generation = self.tail.here().generation;
        let bounds = if place.generation == generation {
            match self.tail.from_log(Some(&slot.scopes()), place.after, PAGE).await {
                Ok(part) => return Ok(Missing::Part(part)),
                Err(ReplayRefusal::OutOfBounds(bounds)) => bounds,
                Err(ReplayRefusal::Storage(error)) => return Err(error),
            }
        } else {
            self.tail.log().bounds().await?
        };
        let frame = self.resync(&slot, bounds, self.wall()).await?;
        Ok(Missing::Resync { frame, place: Place { after: bounds.head, generation } })
    }

    /// Whether what opened the stream holds, as far as is known.
    pub(super) fn is_confirmed(&self, slot: &Slot) -> bool {
        slot.is_confirmed(self.now())
    }

    /// A look that began at `at` found that what opened these holds; those that have waited for that go on.
    pub(super) fn confirm(&self, slots: &[Arc<Slot>], at: Millis) {
        let now = self.now();
        for slot in slots {
            slot.confirm(at);
            if slot.take_held() {
                slot.wake(now);
            }
        }
    }

    pub(super) fn count_delivered(&self) {
        self.metrics.stream_events.inc();
    }

    /// A stream is gone.
    pub(super) fn left(&self, slot: &Slot, ending: Ending) {
        self.registry.leave(slot);
        let took_nothing = ending == Ending::Slow || slot.is_late(self.now());
        if let (Some((span, generation)), false) = (slot.take_unmarked(), took_nothing) {
            self.marks.delivered(slot.node_id, span, generation);
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
    pub fn head(&self) -> Place {
        self.tail.here()
    }

    /// A Node has pulled its state, which holds all up to `head`.
    pub fn pulled(&self, node_id: NodeId, head: Place) {
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

impl LiveStreams for Streams {
    fn following(&self, domain_id: DomainId) -> HashSet<NodeId> {
        self.registry.following(domain_id)
    }
}
