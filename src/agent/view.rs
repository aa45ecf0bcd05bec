//! What an agent has by its streams: where it is, what it has folded, and which keys it can know. Pure.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::fold::{Fold, Peer, Unreadable};
use super::history::Frame;
use super::trusted::{Event, RESYNC};

/// An agent's view. One stream at a time.
#[derive(Clone, Debug, Default)]
pub struct View {
    fold: Option<Fold>,
    last: Option<i64>,
    open: bool,
    /// Those that it was told of: who shares its [`Trusted`](super::Trusted) may know others.
    keys: BTreeSet<Uuid>,
    /// Keys may have changed where nobody told it, and no state was pulled since.
    keys_due: bool,
}

impl View {
    /// From now on events are folded.
    pub fn folds_for(&mut self, node_id: Uuid) {
        self.fold.get_or_insert_with(|| Fold::new(node_id));
    }

    /// A stream has opened that goes on after event `after`.
    pub fn opened(&mut self, after: Option<i64>) {
        self.open = true;
        self.keys_due |= after.is_none();
        if let Some(fold) = &mut self.fold {
            fold.opened(after);
        }
    }

    /// The stream has ended. Whether there was one.
    pub fn closed(&mut self) -> bool {
        std::mem::take(&mut self.open)
    }

    /// It was told of a key when it enrolled.
    pub fn told_of(&mut self, key_id: Uuid) {
        self.keys.insert(key_id);
    }

    /// Whether it was told of the key that signed an event.
    pub fn knows_the_key_of(&self, event: &Event) -> bool {
        self.keys.contains(&event.key_id)
    }

    /// Whether a frame may be signed with a key that it was not told of. Once it has pulled it may not: a new key is
    /// announced under one that it knows.
    pub fn may_not_know_the_key_of(&self, frame: &Frame) -> bool {
        self.keys_due || &*frame.event == RESYNC
    }

    /// A frame came, with an event in it if it verified.
    ///
    /// # Errors
    /// [`Unreadable`]: the event is not what the contract says; it changes nothing.
    pub fn came(&mut self, frame: &Frame, event: Option<&Event>) -> Result<(), Unreadable> {
        self.last = frame.id.parse().ok().or(self.last);
        let Some(event) = event else { return Ok(()) };
        self.keys_due |= event.event_type == RESYNC;
        // Told of once is enough.
        self.keys.insert(event.key_id);
        if event.event_type == "signing_key_rotated" {
            self.keys.extend(event.payload["key_id"].as_str().and_then(|id| Uuid::parse_str(id).ok()));
        }
        self.fold.as_mut().map_or(Ok(()), |fold| fold.apply(&event.event_type, &event.payload))
    }

    /// A state was pulled, with these keys and peers.
    pub fn pulled(
        &mut self,
        keys: impl IntoIterator<Item = Uuid>,
        peers: impl IntoIterator<Item = Peer>,
        in_the_mesh: bool,
    ) {
        self.keys.extend(keys);
        self.keys_due = false;
        if let Some(fold) = &mut self.fold {
            fold.pulled(peers, in_the_mesh);
        }
    }

    /// Whether the state has to be pulled before anything can be folded.
    pub fn pull_due(&self) -> bool {
        self.fold.as_ref().is_some_and(Fold::pull_due)
    }

    /// The fold, if events are folded.
    pub fn fold(&self) -> Option<&Fold> {
        self.fold.as_ref()
    }

    /// The last id that came.
    pub fn last(&self) -> Option<i64> {
        self.last
    }

    /// Whether the stream is open.
    pub fn is_open(&self) -> bool {
        self.open
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::fold::tests::{id, peer};
    use super::*;
    use crate::ids::NodeId;
    use crate::signing::Scope;

    fn frame(id: &str, event_type: &str) -> Frame {
        Frame { id: id.to_owned(), event: event_type.into(), line: "{}".into() }
    }

    fn event(event_type: &str, payload: Value) -> Event {
        let scope = Scope::Node(NodeId(id(9)));
        Event { line: "{}".into(), id: id(1), event_type: event_type.to_owned(), scope, key_id: id(51), payload }
    }

    fn view() -> View {
        let mut view = View::default();
        view.folds_for(id(9));
        view
    }

    #[test]
    fn a_key_may_be_new_only_where_nothing_could_announce_it() {
        let mut view = view();
        let any = frame("7", "peer_deregistered");
        assert!(!view.may_not_know_the_key_of(&any), "its enrolment told of one");
        view.opened(None);
        assert!(view.may_not_know_the_key_of(&any), "nobody says what was before");
        view.pulled([id(51)], [peer(1)], true);
        assert!(!view.may_not_know_the_key_of(&any), "the state told of it");
        assert!(view.closed());
        view.opened(Some(7));
        assert!(!view.may_not_know_the_key_of(&any), "it has missed nothing");
        let resync = frame("9", RESYNC);
        assert!(view.may_not_know_the_key_of(&resync), "it was away for long");
        view.came(&resync, Some(&event(RESYNC, json!({ "oldest": 8, "head": 9 })))).unwrap();
        assert!(view.may_not_know_the_key_of(&any) && view.pull_due());
        view.pulled([id(51)], [peer(1)], true);
        assert!(!view.may_not_know_the_key_of(&any) && !view.pull_due());
    }

    #[test]
    fn it_knows_the_keys_that_it_was_told_of() {
        let by = |key: u128| Event { key_id: id(key), ..event("peer_deregistered", json!({ "node_id": id(1) })) };
        let mut view = view();
        view.told_of(id(50));
        assert!(view.knows_the_key_of(&by(50)) && !view.knows_the_key_of(&by(51)));
        view.pulled([id(51)], [], true);
        assert!(view.knows_the_key_of(&by(51)) && !view.knows_the_key_of(&by(52)));
        let announced = event("signing_key_rotated", json!({ "key_id": id(52), "previous_key_id": id(51) }));
        view.came(&frame("7", "signing_key_rotated"), Some(&announced)).unwrap();
        assert!(view.knows_the_key_of(&by(52)) && view.knows_the_key_of(&by(50)));
    }

    #[test]
    fn it_is_where_the_last_frame_was_whatever_came_of_it() {
        let mut view = view();
        view.opened(None);
        view.pulled([id(51)], [peer(1)], true);
        view.came(&frame("7", "peer_deregistered"), Some(&event("peer_deregistered", json!({ "node_id": id(1) }))))
            .unwrap();
        assert_eq!((view.last(), view.fold().unwrap().peers().count()), (Some(7), 0));
        view.came(&frame("8", "peer_registered"), None).unwrap();
        assert!(view.came(&frame("9", "peer_registered"), Some(&event("peer_registered", json!({})))).is_err());
        assert_eq!((view.last(), view.is_open()), (Some(9), true));
        view.came(&frame("ten", "peer_registered"), None).unwrap();
        assert_eq!(view.last(), Some(9));
        assert!(view.closed() && !view.is_open() && !view.closed());
    }

    #[test]
    fn one_that_does_not_fold_wants_no_pull() {
        let mut view = View::default();
        view.opened(None);
        view.came(&frame("1", "peer_registered"), Some(&event("peer_registered", json!({})))).unwrap();
        assert!(!view.pull_due() && view.fold().is_none() && view.last() == Some(1));
    }
}
