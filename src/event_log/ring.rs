//! The newest events in memory, found by who they are for.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{Bounds, Frame};
use crate::ids::{DomainId, NodeId};
use crate::signing::Scope;

/// Scopes of which it is remembered what left memory last. Beyond that nothing is known of the time before.
const FORGOTTEN: usize = 65_536;

/// What may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Events.
    pub events: usize,
    /// Bytes of them, because a few may be long.
    pub bytes: usize,
}

/// What a reader of some scopes gets next.
#[derive(Debug)]
pub enum Next {
    /// The next event.
    Frame(Arc<Frame>),
    /// There is none up to this number.
    UpTo(i64),
    /// It may have left memory: the log has it.
    InTheLog,
    /// The log is another one than the reader knew: it has been restored.
    OtherLog,
}

/// The last event of some scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newest {
    /// Its number, and when it happened, in milliseconds since 1970.
    Event(i64, i64),
    /// There is none after this number, and of the time before nothing is known.
    NoneSince(i64),
}

/// What has come since a number, for those who wait.
#[derive(Debug, Default)]
pub struct News {
    /// Whoever waits may have to look: more has come than is in memory.
    pub all: bool,
    /// For these Nodes, or for all of these Domains.
    pub places: Vec<(DomainId, Option<NodeId>)>,
    /// When the first of them happened, in milliseconds since 1970.
    pub since: Option<i64>,
}

/// Everything after `from`, up to `position`.
pub(super) struct Ring {
    room: Room,
    frames: VecDeque<Arc<Frame>>,
    of_scope: HashMap<Scope, VecDeque<Arc<Frame>>>,
    /// The last event of a scope that is not in memory any more: number and time.
    forgotten: HashMap<Scope, (i64, i64)>,
    /// What came after this number is in `of_scope` or in `forgotten`.
    known_from: i64,
    bytes: usize,
    from: i64,
    position: i64,
    /// The first number that the log keeps, as last read.
    oldest: i64,
    /// How often the log has turned out to be another one.
    generation: u32,
}

impl Ring {
    pub(super) fn new(room: Room) -> Self {
        Self {
            room,
            frames: VecDeque::new(),
            of_scope: HashMap::new(),
            forgotten: HashMap::new(),
            known_from: 0,
            bytes: 0,
            from: 0,
            position: 0,
            oldest: 0,
            generation: 0,
        }
    }

    pub(super) fn begin(&mut self, position: i64) {
        let (generation, oldest) = (self.generation, self.oldest);
        *self = Self { from: position, known_from: position, position, generation, oldest, ..Self::new(self.room) };
    }

    /// As [`Self::begin`], for a log that is another one: whoever reads on from a number must be told.
    pub(super) fn begin_other(&mut self, position: i64) {
        self.generation += 1;
        self.begin(position);
    }

    pub(super) fn resize(&mut self, room: Room) {
        self.room = room;
        self.trim();
    }

    pub(super) fn push(&mut self, frame: Frame) {
        let frame = Arc::new(frame);
        self.position = frame.sequence;
        self.bytes += frame.bytes.len();
        self.of_scope.entry(frame.scope).or_default().push_back(frame.clone());
        self.frames.push_back(frame);
        self.trim();
    }

    /// A number whose event is not handed out.
    pub(super) fn pass_over(&mut self, sequence: i64) {
        self.position = sequence;
    }

    pub(super) fn kept_from(&mut self, oldest: i64) {
        self.oldest = oldest;
    }

    fn trim(&mut self) {
        while self.frames.len() > self.room.events || self.bytes > self.room.bytes {
            let Some(oldest) = self.frames.pop_front() else { break };
            self.bytes -= oldest.bytes.len();
            self.from = oldest.sequence;
            if let Some(frames) = self.of_scope.get_mut(&oldest.scope) {
                frames.pop_front();
                if frames.is_empty() {
                    self.of_scope.remove(&oldest.scope);
                }
            }
            if self.forgotten.len() >= FORGOTTEN && !self.forgotten.contains_key(&oldest.scope) {
                self.forgotten.clear();
                self.known_from = self.from;
            }
            self.forgotten.insert(oldest.scope, (oldest.sequence, oldest.at));
        }
    }

    pub(super) fn position(&self) -> i64 {
        self.position
    }

    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    /// What the log keeps, as last read.
    pub(super) fn bounds(&self) -> Bounds {
        Bounds { oldest: self.oldest, head: self.position }
    }

    pub(super) fn events(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether all events of `scope` after `after` are in memory.
    fn has_all(&self, scope: &Scope, after: i64) -> bool {
        after >= self.from
            || after >= self.known_from && self.forgotten.get(scope).is_none_or(|(sequence, _)| *sequence <= after)
    }

    /// The first event of `scopes` after `after`.
    pub(super) fn next(&self, scopes: &[Scope], after: i64, generation: u32) -> Next {
        if generation != self.generation {
            return Next::OtherLog;
        }
        if after >= self.position {
            return Next::UpTo(after);
        }
        let mut first: Option<&Arc<Frame>> = None;
        for scope in scopes {
            if !self.has_all(scope, after) {
                return Next::InTheLog;
            }
            let Some(frames) = self.of_scope.get(scope) else { continue };
            // Nearly always it is the last one, or there is none.
            if frames.back().is_none_or(|last| last.sequence <= after) {
                continue;
            }
            let next = frames.get(frames.partition_point(|frame| frame.sequence <= after));
            first = match (first, next) {
                (Some(one), Some(other)) if one.sequence <= other.sequence => Some(one),
                (one, other) => other.or(one),
            };
        }
        first.map_or(Next::UpTo(self.position), |frame| Next::Frame(frame.clone()))
    }

    pub(super) fn newest(&self, scopes: &[Scope]) -> Newest {
        let of = |scope: &Scope| match self.of_scope.get(scope).and_then(VecDeque::back) {
            Some(frame) => Some((frame.sequence, frame.at)),
            None => self.forgotten.get(scope).copied(),
        };
        match scopes.iter().filter_map(of).max() {
            Some((sequence, at)) => Newest::Event(sequence, at),
            None => Newest::NoneSince(self.known_from),
        }
    }

    pub(super) fn news(&self, after: i64) -> News {
        let mut news = News { all: after < self.from, ..News::default() };
        for frame in self.frames.range(self.frames.partition_point(|frame| frame.sequence <= after)..) {
            let place = match frame.scope {
                Scope::Domain(domain_id) => (domain_id, None),
                Scope::Node(node_id) => (frame.domain_id, Some(node_id)),
                Scope::Operators(_) => continue,
            };
            news.since = news.since.or(Some(frame.at));
            // Events come in runs of one place.
            if news.places.last() != Some(&place) {
                news.places.push(place);
            }
        }
        if news.places.len() > 1 {
            news.places.sort_unstable();
            news.places.dedup();
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use uuid::Uuid;

    const ROOM: Room = Room { events: 16, bytes: 1000 };

    fn domain(n: u128) -> DomainId {
        DomainId(Uuid::from_u128(n))
    }

    fn frame(sequence: i64, owner: u128, bytes: usize) -> Frame {
        let (domain_id, bytes) = (domain(owner), Bytes::from(vec![0; bytes]));
        Frame { sequence, scope: Scope::Domain(domain_id), domain_id, at: sequence, bytes }
    }

    /// Everything of `scopes` after `after`, and up to where that is known; `None`: the log has to be asked.
    fn all(ring: &Ring, scopes: &[Scope], mut after: i64) -> Option<(Vec<i64>, i64)> {
        let mut numbers = Vec::new();
        loop {
            match ring.next(scopes, after, ring.generation()) {
                Next::Frame(frame) => {
                    numbers.push(frame.sequence);
                    after = frame.sequence;
                }
                Next::UpTo(number) => return Some((numbers, number)),
                Next::InTheLog | Next::OtherLog => return None,
            }
        }
    }

    fn ring(room: Room, numbers: std::ops::RangeInclusive<i64>) -> Ring {
        let mut ring = Ring::new(room);
        ring.begin(numbers.start() - 1);
        for sequence in numbers {
            ring.push(frame(sequence, (sequence % 2) as u128 + 1, 10));
        }
        ring
    }

    #[test]
    fn the_ring_answers_for_what_it_holds_only() {
        let ring = ring(ROOM, 11..=20);
        let (even, odd) = (Scope::Domain(domain(1)), Scope::Domain(domain(2)));
        assert_eq!(all(&ring, &[odd], 9), None);
        assert_eq!(all(&ring, &[odd], 10), Some((vec![11, 13, 15, 17, 19], 20)));
        assert_eq!(all(&ring, &[odd], 13), Some((vec![15, 17, 19], 20)));
        assert_eq!(all(&ring, &[odd, even], 16), Some((vec![17, 18, 19, 20], 20)));
        assert_eq!(all(&ring, &[odd], 20), Some((vec![], 20)));
        assert_eq!(all(&ring, &[Scope::Domain(domain(9))], 12), Some((vec![], 20)));
        assert!(matches!(ring.next(&[odd], 15, 7), Next::OtherLog));
        // A reader that was told by the log itself of more than is here.
        assert_eq!(all(&ring, &[odd], 25), Some((vec![], 25)));
    }

    #[test]
    fn whoever_has_missed_nothing_needs_not_what_has_left_memory() {
        let (even, odd) = (Scope::Domain(domain(1)), Scope::Domain(domain(2)));
        let mut ring = ring(Room { events: 4, bytes: 1000 }, 1..=4);
        for sequence in 5..=40 {
            ring.push(frame(sequence, 1, 10));
        }
        // Since 3 nothing has come for the odd ones.
        assert_eq!(all(&ring, &[odd], 3), Some((vec![], 40)));
        assert_eq!(all(&ring, &[odd], 1), None);
        assert_eq!(all(&ring, &[odd, even], 3), None);
        assert_eq!(all(&ring, &[odd, even], 36), Some((vec![37, 38, 39, 40], 40)));
        assert_eq!(ring.newest(&[odd]), Newest::Event(3, 3));
        assert_eq!(ring.newest(&[odd, even]), Newest::Event(40, 40));
        assert_eq!(ring.newest(&[Scope::Domain(domain(9))]), Newest::NoneSince(0));
    }

    #[test]
    fn the_ring_is_bounded_by_events_and_by_bytes() {
        let mut ring = ring(ROOM, 1..=21);
        assert_eq!((ring.events(), ring.from, ring.bytes()), (16, 5, 160));
        ring.push(frame(22, 1, 995));
        assert_eq!((ring.events(), ring.from, ring.bytes()), (1, 21, 995));
        assert_eq!(ring.of_scope.len(), 1);
        ring.resize(Room { events: 0, bytes: 0 });
        assert_eq!((ring.events(), ring.from, ring.of_scope.len()), (0, 22, 0));
    }

    #[test]
    fn news_name_each_place_once() {
        let mut ring = ring(ROOM, 1..=6);
        assert_eq!(ring.news(2).places, [(domain(1), None), (domain(2), None)]);
        assert_eq!((ring.news(2).since, ring.news(6).since), (Some(3), None));
        assert!(ring.news(6).places.is_empty() && !ring.news(6).all);
        for sequence in 7..=30 {
            ring.push(frame(sequence, 1, 10));
        }
        assert!(ring.news(2).all && !ring.news(20).all);
    }
}
