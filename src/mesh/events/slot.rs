//! What is known of an open stream to those who do not read it: who waits, who is told to go, and who does not move.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use chrono::{DateTime, Utc};
use futures_util::task::AtomicWaker;

use super::marks::Span;
use crate::access::Principal;
use crate::event_log::Place;
use crate::ids::{DomainId, NodeId};
use crate::signing::Scope;

/// Milliseconds on the streams' own clock, which only goes forward.
pub type Millis = u64;

/// What a stream goes out over.
pub trait Connection: Send + Sync + 'static {
    /// Ends the stream without waiting for its reader: alone, where the connection carries others. Asked again, it
    /// ends the connection.
    fn cut(&self);
}

/// Why a stream ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Its reader went away.
    Left,
    /// The credential, the relation or the Node does not hold any more.
    Fallen,
    /// The credential has ended by itself.
    Expired,
    /// The same Node has opened others.
    Displaced,
    /// Its reader takes nothing.
    Slow,
    /// The server stops.
    Drain,
}

impl Ending {
    const ALL: [Self; 6] = [Self::Left, Self::Fallen, Self::Expired, Self::Displaced, Self::Slow, Self::Drain];

    /// For the metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Fallen => "fallen",
            Self::Expired => "expired",
            Self::Displaced => "displaced",
            Self::Slow => "slow",
            Self::Drain => "drain",
        }
    }
}

/// Events go out while the last look that found that the credential holds began less than this ago: under the five
/// seconds in which a revocation must hold.
const CONFIRMED_FOR: Millis = 4500;
/// Before the first look that it was part of, a stream rests on what the gate knew, which may be 3 s old.
const NEW_FOR: Millis = 1800;

/// A reader that has not asked for more for so long takes nothing: one that lives asks at once.
const LATE: Millis = 1000;

/// A keep-alive is due.
const KEEP_ALIVE: u8 = 1;
/// Events wait until the credential is confirmed, or until the log can be read.
const HELD: u8 = 2;

/// Not told to go.
const OPEN: u8 = u8::MAX;

/// An open stream.
pub struct Slot {
    /// In the order in which streams open.
    pub(super) number: u64,
    pub(super) node_id: NodeId,
    pub(super) domain_id: DomainId,
    pub(super) principal: Principal,
    /// When whoever opened it was let in, or earlier.
    admitted_at: Millis,
    /// When the last look began that found that what opened it holds; 0: there was none yet.
    confirmed_at: AtomicU64,
    connection: Arc<dyn Connection>,
    waker: AtomicWaker,
    flags: AtomicU8,
    ending: AtomicU8,
    ended_at: AtomicU64,
    /// Since when its reader has been expected to ask; 0: it is not.
    expected_at: AtomicU64,
    /// When the next keep-alive is due: on the streams' clock and on the wall's.
    due_at: AtomicU64,
    due_by: AtomicI64,
    told: Mutex<Told>,
}

/// What has gone out.
#[derive(Default)]
struct Told {
    /// After this number, of the log of this generation.
    began: i64,
    generation: u32,
    delivered: i64,
    /// Something was delivered that is not marked yet.
    unmarked: bool,
}

impl Slot {
    pub(super) fn new(
        node_id: NodeId,
        domain_id: DomainId,
        principal: Principal,
        connection: Arc<dyn Connection>,
        admitted_at: Millis,
    ) -> Self {
        Self {
            number: 0,
            node_id,
            domain_id,
            principal,
            admitted_at,
            confirmed_at: AtomicU64::new(0),
            connection,
            waker: AtomicWaker::new(),
            flags: AtomicU8::new(0),
            ending: AtomicU8::new(OPEN),
            ended_at: AtomicU64::new(0),
            expected_at: AtomicU64::new(0),
            due_at: AtomicU64::new(0),
            due_by: AtomicI64::new(0),
            told: Mutex::default(),
        }
    }

    /// Whether the Node itself has opened it, and not an operator.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.principal, Principal::Node(_))
    }

    /// Whose events it carries.
    pub(super) fn scopes(&self) -> [Scope; 2] {
        [Scope::Domain(self.domain_id), Scope::Node(self.node_id)]
    }

    pub(super) fn has_expired(&self, now: DateTime<Utc>) -> bool {
        let expires_at = match &self.principal {
            Principal::Node(node) => node.expires_at,
            Principal::Operator(operator) => Some(operator.expires_at),
            Principal::Nobody => None,
        };
        expires_at.is_some_and(|end| end <= now)
    }

    /// Its reader asks for more.
    pub(super) fn attend(&self, waker: &Waker) {
        self.waker.register(waker);
        self.expected_at.store(0, Relaxed);
    }

    /// It is expected to ask from now on: it was woken, or has been given something and not all.
    pub(super) fn expect(&self, now: Millis) {
        let _expected_already = self.expected_at.compare_exchange(0, now.max(1), Relaxed, Relaxed);
    }

    /// Lets its reader look.
    pub(super) fn wake(&self, now: Millis) {
        self.expect(now);
        self.waker.wake();
    }

    /// For how long it has been expected in vain.
    pub(super) fn stalled_for(&self, now: Millis) -> Millis {
        match self.expected_at.load(Relaxed) {
            0 => 0,
            since => now.saturating_sub(since),
        }
    }

    /// Whether it takes nothing, and so has perhaps not got what it was given last.
    pub(super) fn is_late(&self, now: Millis) -> bool {
        self.stalled_for(now) >= LATE
    }

    /// Tells it to go; the first reason counts.
    pub(super) fn end(&self, ending: Ending, now: Millis) {
        if self.ending.compare_exchange(OPEN, ending as u8, SeqCst, SeqCst).is_ok() {
            self.ended_at.store(now, Relaxed);
        }
        self.wake(now);
    }

    /// Why it was told to go.
    pub(super) fn ending(&self) -> Option<Ending> {
        let ending = self.ending.load(SeqCst);
        Ending::ALL.into_iter().find(|known| *known as u8 == ending)
    }

    /// For how long it has been told to go.
    pub(super) fn ended_for(&self, now: Millis) -> Millis {
        now.saturating_sub(self.ended_at.load(Relaxed))
    }

    pub(super) fn cut(&self) {
        self.connection.cut();
    }

    /// Sets when the next keep-alive is due.
    pub(super) fn due_in(&self, after: Millis, now: Millis, wall: i64) {
        self.due_at.store(now + after, Relaxed);
        self.due_by.store(wall + after.cast_signed(), Relaxed);
    }

    /// Whether a keep-alive is due by `now` or by `wall`; the next one then is `every` later.
    pub(super) fn is_due(&self, every: Millis, now: Millis, wall: i64) -> bool {
        let (due_at, due_by) = (self.due_at.load(Relaxed), self.due_by.load(Relaxed));
        if due_at > now && due_by > wall {
            return false;
        }
        // From when it was due, so that it does not drift; from now, when it is long overdue.
        let late = now.saturating_sub(due_at).min(every / 2);
        let early = due_at.saturating_sub(now);
        let next = if early > 0 { every } else { every - late };
        self.due_in(next, now, wall);
        true
    }

    pub(super) fn keep_alive(&self, now: Millis) {
        self.flags.fetch_or(KEEP_ALIVE, SeqCst);
        self.wake(now);
    }

    pub(super) fn take_keep_alive(&self) -> bool {
        self.flags.load(Relaxed) & KEEP_ALIVE != 0 && self.flags.fetch_and(!KEEP_ALIVE, SeqCst) & KEEP_ALIVE != 0
    }

    /// It has something to send and may not, or could not read it.
    pub(super) fn hold(&self) {
        self.flags.fetch_or(HELD, SeqCst);
    }

    pub(super) fn take_held(&self) -> bool {
        self.flags.load(SeqCst) & HELD != 0 && self.flags.fetch_and(!HELD, SeqCst) & HELD != 0
    }

    /// A look that began at `at` found that what opened it holds.
    pub(super) fn confirm(&self, at: Millis) {
        self.confirmed_at.store(at.max(1), SeqCst);
    }

    /// Whether what opened it holds at `now`, as far as is known.
    pub(super) fn is_confirmed(&self, now: Millis) -> bool {
        let confirmed_at = self.confirmed_at.load(SeqCst);
        confirmed_at > 0 && now.saturating_sub(confirmed_at) <= CONFIRMED_FOR
            || now.saturating_sub(self.admitted_at) <= NEW_FOR
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It reads on from this place.
    pub(super) fn begin(&self, Place { after, generation }: Place) {
        *self.told() = Told { began: after, generation, delivered: after, unmarked: false };
    }

    pub(super) fn delivered(&self, sequence: i64) {
        let mut told = self.told();
        told.delivered = sequence;
        told.unmarked = true;
    }

    /// What was delivered of the log of which generation, if that is to be marked. What an operator reads is not what
    /// the Node knows.
    pub(super) fn take_unmarked(&self) -> Option<(Span, u32)> {
        let mut told = self.told();
        let unmarked = std::mem::take(&mut told.unmarked) && self.is_own();
        unmarked.then(|| (Span { began: told.began, delivered: told.delivered }, told.generation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Connection for Nothing {
        fn cut(&self) {}
    }

    fn slot() -> Slot {
        let id = uuid::Uuid::from_u128(1);
        Slot::new(NodeId(id), DomainId(id), Principal::Nobody, Arc::new(Nothing), 0)
    }

    #[test]
    fn keep_alives_do_not_drift_and_either_clock_counts() {
        let slot = slot();
        slot.due_in(1000, 0, 50_000);
        assert!(!slot.is_due(1000, 999, 50_999));
        assert!(slot.is_due(1000, 1040, 51_040));
        assert!(!slot.is_due(1000, 1999, 51_999));
        assert!(slot.is_due(1000, 2010, 52_010));
        // The wall's clock was put forward; and back.
        assert!(slot.is_due(1000, 2020, 99_000));
        assert!(!slot.is_due(1000, 2990, 99_500));
        assert!(slot.is_due(1000, 3021, 40_000));
        assert!(slot.is_due(1000, 4021, 1));
    }

    #[test]
    fn the_first_reason_to_end_counts() {
        let slot = slot();
        assert_eq!(slot.ending(), None);
        slot.end(Ending::Fallen, 5);
        slot.end(Ending::Drain, 9);
        assert_eq!((slot.ending(), slot.ended_for(11)), (Some(Ending::Fallen), 6));
    }

    #[test]
    fn a_stream_that_is_woken_and_never_looks_has_stalled() {
        let slot = slot();
        assert_eq!(slot.stalled_for(1000), 0);
        slot.wake(2000);
        slot.wake(3000);
        assert_eq!(slot.stalled_for(5000), 3000);
        slot.attend(Waker::noop());
        assert_eq!(slot.stalled_for(6000), 0);
    }

    #[test]
    fn a_stream_rests_on_what_the_gate_knew_until_it_is_confirmed_and_then_on_that() {
        let slot = slot();
        assert!(slot.is_confirmed(0) && slot.is_confirmed(NEW_FOR) && !slot.is_confirmed(NEW_FOR + 1));
        slot.confirm(6000);
        assert!(slot.is_confirmed(6000) && slot.is_confirmed(6000 + CONFIRMED_FOR));
        assert!(!slot.is_confirmed(6001 + CONFIRMED_FOR));
    }
}
