//! What a Node's stream owes it: the events that nobody else is sent. Only who has caused them knows of them, which here is
//! the fleet's own operator. Others, and what is lost of them, the fleet cannot see. Pure.

use std::collections::BTreeSet;

use plexsphere::agent::{Event, RESYNC};
use uuid::Uuid;

/// What a change that an operator has made brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owed {
    /// Another mesh key is asked for, by this rotation.
    Rotation(Uuid),
    /// Its state has changed.
    Update,
}

/// Since when a stream misses nothing. Equal before and after, nothing in between may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since(u32);

/// What is owed and what came, since the stream misses nothing.
#[derive(Debug, Default)]
pub struct Witness {
    since: Since,
    /// Of each what is not settled: it may come before whoever has caused it hears of that.
    owed: BTreeSet<Uuid>,
    early: BTreeSet<Uuid>,
    updates_owed: u64,
    updates: u64,
}

impl Witness {
    /// A stream has opened that goes on after event `after`.
    pub fn opened(&mut self, after: Option<i64>) {
        if after.is_none() {
            *self = Self { since: Since(self.since.0 + 1), ..Self::default() };
        }
    }

    /// Since when the stream misses nothing; `None` before it has opened.
    pub fn since(&self) -> Option<Since> {
        (self.since != Since::default()).then_some(self.since)
    }

    /// Something was done that brings an event. `since` is from before it was asked for. Says whether the event has to come.
    pub fn owes(&mut self, since: Option<Since>, owed: Owed) -> bool {
        if since.is_none() || since != self.since() {
            return false;
        }
        match owed {
            Owed::Rotation(id) if self.early.remove(&id) => {}
            Owed::Rotation(id) => drop(self.owed.insert(id)),
            Owed::Update => self.updates_owed += 1,
        }
        true
    }

    /// An event came.
    pub fn came(&mut self, event: &Event) {
        match event.event_type.as_str() {
            // Whatever is gone is not owed.
            RESYNC => self.opened(None),
            "node_state_updated" => self.updates += 1,
            "rotate_keys" => {
                let rotation = event.payload["rotation_id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
                if let Some(id) = rotation.filter(|id| !self.owed.remove(id)) {
                    self.early.insert(id);
                }
            }
            _ => {}
        }
    }

    /// What has not come, if anything has not.
    pub fn missing(&self) -> Option<String> {
        let updates = self.updates_owed.saturating_sub(self.updates);
        let rotations: Vec<String> = self.owed.iter().map(Uuid::to_string).collect();
        (updates > 0 || !rotations.is_empty()).then(|| {
            format!("{updates} of {} node_state_updated, rotate_keys of {rotations:?} did not come", self.updates_owed)
        })
    }
}

#[cfg(test)]
mod tests {
    use plexsphere::ids::NodeId;
    use plexsphere::signing::Scope;
    use serde_json::json;

    use super::*;

    fn event(event_type: &str, rotation: u128) -> Event {
        Event {
            line: "".into(),
            id: Uuid::nil(),
            event_type: event_type.to_owned(),
            scope: Scope::Node(NodeId(Uuid::nil())),
            key_id: Uuid::nil(),
            payload: json!({ "rotation_id": Uuid::from_u128(rotation) }),
        }
    }

    #[test]
    fn what_an_operator_has_caused_is_owed() {
        let mut witness = Witness::default();
        assert!(!witness.owes(witness.since(), Owed::Update), "there is no stream");
        witness.opened(None);
        let since = witness.since();
        let rotation = |number| Owed::Rotation(Uuid::from_u128(number));
        assert!(witness.owes(since, rotation(1)) && witness.missing().is_some());
        witness.came(&event("rotate_keys", 2));
        assert!(witness.missing().is_some(), "that is another one");
        witness.came(&event("rotate_keys", 1));
        assert!(witness.owes(since, rotation(2)) && witness.missing().is_none(), "it came before the answer");
        assert!(witness.owes(since, Owed::Update) && witness.missing().is_some());
        witness.came(&event("node_state_updated", 0));
        witness.came(&event("node_state_updated", 0));
        assert_eq!(witness.missing(), None, "others change its state as well");
    }

    #[test]
    fn what_a_stream_may_miss_is_not_owed() {
        let mut witness = Witness::default();
        witness.opened(None);
        let since = witness.since();
        assert!(witness.owes(since, Owed::Update));
        witness.opened(Some(7));
        assert_eq!((witness.since(), witness.missing().is_some()), (since, true), "it goes on where it was");
        witness.opened(None);
        assert!(witness.missing().is_none() && !witness.owes(since, Owed::Update));
        let since = witness.since();
        assert!(witness.owes(since, Owed::Rotation(Uuid::from_u128(1))));
        witness.came(&event(RESYNC, 0));
        assert!(witness.missing().is_none() && !witness.owes(since, Owed::Update));
    }
}
