//! How far each Node is known to have come, on its way into the database: what its streams have delivered, and where
//! the log ended when it last pulled its state.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Joined;
use crate::event_log::Place;
use crate::ids::NodeId;

/// Rounds in which a span is offered that does not join what is marked: the pull that it joins may be on its way from
/// another replica.
const ROUNDS: u8 = 3;

/// Everything after `began`, up to `delivered`, has gone out on a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Where the stream began.
    pub began: i64,
    /// The last event that it has delivered.
    pub delivered: i64,
}

impl Span {
    /// Both together, if they join; else the later one.
    fn joined(self, other: Self) -> Self {
        let (first, second) = if self.began <= other.began { (self, other) } else { (other, self) };
        if second.began <= first.delivered {
            return Self { began: first.began, delivered: first.delivered.max(second.delivered) };
        }
        second
    }
}

/// What is to be marked of a Node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Which.
    pub node_id: NodeId,
    /// Where the log ended when it pulled its state.
    pub pulled: Option<i64>,
    /// What was delivered. It counts only if it begins at or below what is marked already.
    pub span: Option<Span>,
}

#[derive(Default)]
struct Waiting {
    pulled: Option<i64>,
    span: Option<Span>,
    rounds: u8,
}

impl Waiting {
    fn add(&mut self, pulled: Option<i64>, span: Option<Span>) {
        self.pulled = self.pulled.max(pulled);
        self.span = match (self.span, span) {
            (Some(one), Some(other)) => Some(one.joined(other)),
            (one, other) => one.or(other),
        };
    }
}

#[derive(Default)]
struct Inner {
    generation: u32,
    of_nodes: HashMap<NodeId, Waiting>,
}

impl Inner {
    /// Where marks of the log of this generation wait. `None`: that log is gone, and its numbers mean nothing. What
    /// waits of an earlier one is forgotten.
    fn of(&mut self, generation: u32) -> Option<&mut HashMap<NodeId, Waiting>> {
        if generation > self.generation {
            *self = Self { generation, of_nodes: HashMap::new() };
        }
        (generation == self.generation).then_some(&mut self.of_nodes)
    }
}

/// Marks that wait to be written.
#[derive(Default)]
pub(super) struct Marks(Mutex<Inner>);

impl Marks {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pulled(&self, node_id: NodeId, head: Place) {
        if let Some(of_nodes) = self.inner().of(head.generation) {
            let waiting = of_nodes.entry(node_id).or_default();
            waiting.add(Some(head.after), None);
            // Spans that did not join may join now.
            waiting.rounds = 0;
        }
    }

    pub(super) fn delivered(&self, node_id: NodeId, span: Span, generation: u32) {
        if let Some(of_nodes) = self.inner().of(generation) {
            let waiting = of_nodes.entry(node_id).or_default();
            waiting.add(None, Some(span));
            waiting.rounds = 0;
        }
    }

    /// All that waits, of this generation. What is not [written](Taken::written) waits on.
    pub(super) fn take(&self, generation: u32) -> Taken<'_> {
        let of_nodes = self.inner().of(generation).map(std::mem::take).unwrap_or_default();
        let mark = |(node_id, Waiting { pulled, span, rounds })| (Mark { node_id, pulled, span }, rounds);
        let mut left: Vec<(Mark, u8)> = of_nodes.into_iter().map(mark).collect();
        // In one order everywhere, as heartbeats are; from the end, where they are taken off.
        left.sort_unstable_by_key(|(mark, _)| Reverse(mark.node_id));
        Taken { marks: self, generation, left }
    }

    fn put_back(&self, generation: u32, mark: Mark, rounds: u8) {
        if let Some(of_nodes) = self.inner().of(generation) {
            let waiting = of_nodes.entry(mark.node_id).or_default();
            waiting.add(mark.pulled, mark.span);
            waiting.rounds = waiting.rounds.max(rounds);
        }
    }
}

/// Marks on their way. Those that were not written when it is dropped wait on, whatever ended the attempt.
pub(super) struct Taken<'m> {
    marks: &'m Marks,
    generation: u32,
    left: Vec<(Mark, u8)>,
}

impl Taken<'_> {
    /// The next few that are to be written.
    pub(super) fn batch(&self, most: usize) -> Vec<Mark> {
        self.left.iter().rev().take(most).map(|(mark, _)| *mark).collect()
    }

    /// The first `count` are written, and of these the span has joined. One that has not is offered again, but not for
    /// ever.
    pub(super) fn written(&mut self, count: usize, joined: &Joined) {
        for (mark, rounds) in self.left.split_off(self.left.len().saturating_sub(count)) {
            if mark.span.is_some() && !joined.contains(&mark.node_id) && rounds + 1 < ROUNDS {
                self.marks.put_back(self.generation, Mark { pulled: None, ..mark }, rounds + 1);
            }
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        for (mark, rounds) in self.left.drain(..) {
            self.marks.put_back(self.generation, mark, rounds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(began: i64, delivered: i64) -> Span {
        Span { began, delivered }
    }

    #[test]
    fn spans_that_join_are_one() {
        for (one, other, joined) in [
            (span(1, 5), span(5, 9), span(1, 9)),
            (span(5, 9), span(1, 5), span(1, 9)),
            (span(1, 9), span(3, 4), span(1, 9)),
            (span(1, 5), span(6, 9), span(6, 9)),
            (span(6, 9), span(1, 5), span(6, 9)),
        ] {
            assert_eq!(one.joined(other), joined, "{one:?} {other:?}");
        }
    }

    const NODE: NodeId = NodeId(uuid::Uuid::from_u128(1));

    fn head(after: i64) -> Place {
        Place { after, generation: 0 }
    }

    /// What waits; it waits on.
    fn waits(marks: &Marks) -> Vec<(Mark, u8)> {
        marks.take(0).left.clone()
    }

    #[test]
    fn what_could_not_be_written_waits_on_with_what_came_meanwhile() {
        let marks = Marks::default();
        marks.pulled(NODE, head(7));
        marks.pulled(NODE, head(5));
        marks.delivered(NODE, span(3, 9), 0);
        for _ in 0..=ROUNDS {
            let taken = marks.take(0);
            assert_eq!(taken.batch(9), [Mark { node_id: NODE, pulled: Some(7), span: Some(span(3, 9)) }]);
            // However often it fails, and also when nobody waits for the outcome any more.
            drop(taken);
        }
        let taken = marks.take(0);
        marks.delivered(NODE, span(9, 12), 0);
        drop(taken);
        assert_eq!(waits(&marks), [(Mark { node_id: NODE, pulled: Some(7), span: Some(span(3, 12)) }, 0)]);
    }

    #[test]
    fn a_span_that_does_not_join_is_offered_a_few_times_and_anew_after_a_pull() {
        let marks = Marks::default();
        marks.delivered(NODE, span(3, 9), 0);
        let write = || marks.take(0).written(1, &Joined::new());
        write();
        write();
        marks.pulled(NODE, head(4));
        write();
        write();
        assert_eq!(waits(&marks), [(Mark { node_id: NODE, pulled: None, span: Some(span(3, 9)) }, 2)]);
        write();
        assert_eq!(waits(&marks), []);
        marks.delivered(NODE, span(9, 12), 0);
        marks.take(0).written(1, &[NODE].into());
        assert_eq!(waits(&marks), []);
    }

    #[test]
    fn marks_of_a_log_that_is_gone_are_forgotten() {
        let marks = Marks::default();
        marks.delivered(NODE, span(3, 9), 0);
        let taken = marks.take(0);
        marks.pulled(NODE, Place { after: 5, generation: 1 });
        marks.delivered(NODE, span(9, 12), 0);
        drop(taken);
        assert_eq!(marks.take(1).batch(9), [Mark { node_id: NODE, pulled: Some(5), span: None }]);
        assert_eq!(waits(&marks), []);
    }

    #[test]
    fn marks_are_written_in_the_order_of_their_nodes() {
        let marks = Marks::default();
        let nodes = [3, 1, 2].map(|n| NodeId(uuid::Uuid::from_u128(n)));
        nodes.iter().for_each(|node_id| marks.pulled(*node_id, head(1)));
        let mut taken = marks.take(0);
        let first: Vec<NodeId> = taken.batch(2).iter().map(|mark| mark.node_id).collect();
        assert_eq!(first, [nodes[1], nodes[2]]);
        taken.written(2, &Joined::new());
        assert_eq!(taken.batch(2).len(), 1);
    }
}
