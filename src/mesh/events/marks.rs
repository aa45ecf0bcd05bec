//! How far each Node is known to have come, on its way into the database: what its streams have delivered, and where
//! the log ended when it last pulled its state.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// Marks that wait to be written.
#[derive(Default)]
pub(super) struct Marks(Mutex<HashMap<NodeId, Waiting>>);

impl Marks {
    fn waiting(&self) -> MutexGuard<'_, HashMap<NodeId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pulled(&self, node_id: NodeId, head: i64) {
        let mut waiting = self.waiting();
        let of_node = waiting.entry(node_id).or_default();
        of_node.pulled = of_node.pulled.max(Some(head));
    }

    pub(super) fn delivered(&self, node_id: NodeId, span: Span) {
        let mut waiting = self.waiting();
        let of_node = waiting.entry(node_id).or_default();
        of_node.span = Some(of_node.span.map_or(span, |before| before.joined(span)));
        of_node.rounds = 0;
    }

    /// All that waits.
    pub(super) fn take(&self) -> Vec<(Mark, u8)> {
        let waiting = std::mem::take(&mut *self.waiting());
        let mark = |(node_id, Waiting { pulled, span, rounds })| (Mark { node_id, pulled, span }, rounds);
        waiting.into_iter().map(mark).collect()
    }

    /// The span of a mark did not join, or nothing could be written: once more, but not for ever.
    pub(super) fn again(&self, mark: Mark, rounds: u8) {
        if rounds >= ROUNDS {
            return;
        }
        let mut waiting = self.waiting();
        let of_node = waiting.entry(mark.node_id).or_default();
        of_node.pulled = of_node.pulled.max(mark.pulled);
        of_node.span = match (mark.span, of_node.span) {
            (Some(before), Some(span)) => Some(before.joined(span)),
            (before, span) => span.or(before),
        };
        of_node.rounds = of_node.rounds.max(rounds);
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

    #[test]
    fn what_could_not_be_written_is_written_with_what_came_meanwhile_and_not_for_ever() {
        let node_id = NodeId(uuid::Uuid::from_u128(1));
        let marks = Marks::default();
        marks.pulled(node_id, 7);
        marks.pulled(node_id, 5);
        marks.delivered(node_id, span(3, 9));
        let (mark, rounds) = marks.take()[0];
        assert_eq!((mark, rounds), (Mark { node_id, pulled: Some(7), span: Some(span(3, 9)) }, 0));
        marks.delivered(node_id, span(9, 12));
        marks.again(mark, 1);
        let (mark, rounds) = marks.take()[0];
        assert_eq!((mark, rounds), (Mark { node_id, pulled: Some(7), span: Some(span(3, 12)) }, 1));
        marks.again(mark, ROUNDS);
        assert!(marks.take().is_empty());
    }
}
