//! The open streams, by whom their events are for.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::slot::{Ending, Millis, Slot};
use crate::event_log::News;
use crate::ids::{DomainId, NodeId};

/// Streams that a Node may have open by its own key: one, and the next one while the first is still ending.
pub const OWN: usize = 2;
/// Streams that operators may have open of one Node.
pub const OPERATORS: usize = 4;

/// Why a stream does not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Full {
    /// Operators have as many open of this Node as they may.
    Operators,
    /// The server stops.
    Draining,
}

#[derive(Default)]
struct Inner {
    domains: HashMap<DomainId, HashMap<NodeId, Vec<Arc<Slot>>>>,
    entered: u64,
    draining: bool,
}

#[derive(Default)]
pub(super) struct Registry(Mutex<Inner>);

impl Registry {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the stream is woken. The oldest of the Node's own makes room for a third.
    pub(super) fn enter(&self, mut slot: Slot, now: Millis) -> Result<Arc<Slot>, Full> {
        let mut inner = self.inner();
        if inner.draining {
            return Err(Full::Draining);
        }
        inner.entered += 1;
        slot.number = inner.entered;
        let slots = inner.domains.entry(slot.domain_id).or_default().entry(slot.node_id).or_default();
        let own = slot.is_own();
        // One that was told to go does not count: its reader may be long in hearing it.
        let of_kind = || slots.iter().filter(|other| other.is_own() == own && other.ending().is_none());
        let open = of_kind().count();
        if own && open >= OWN {
            if let Some(oldest) = of_kind().min_by_key(|other| other.number) {
                oldest.end(Ending::Displaced, now);
            }
        } else if !own && open >= OPERATORS {
            return Err(Full::Operators);
        }
        let slot = Arc::new(slot);
        slots.push(slot.clone());
        Ok(slot)
    }

    pub(super) fn leave(&self, slot: &Slot) {
        let mut inner = self.inner();
        let Some(nodes) = inner.domains.get_mut(&slot.domain_id) else { return };
        if let Some(slots) = nodes.get_mut(&slot.node_id) {
            slots.retain(|other| other.number != slot.number);
            if slots.is_empty() {
                nodes.remove(&slot.node_id);
            }
        }
        if nodes.is_empty() {
            inner.domains.remove(&slot.domain_id);
        }
    }

    /// Lets those look for whom something has come.
    pub(super) fn wake(&self, news: &News, now: Millis) {
        if news.all {
            self.each(|slot| slot.wake(now));
            return;
        }
        let inner = self.inner();
        for (domain_id, node_id) in &news.places {
            let Some(nodes) = inner.domains.get(domain_id) else { continue };
            match node_id {
                Some(node_id) => nodes.get(node_id).into_iter().flatten().for_each(|slot| slot.wake(now)),
                None => nodes.values().flatten().for_each(|slot| slot.wake(now)),
            }
        }
    }

    pub(super) fn each(&self, look: impl FnMut(&Arc<Slot>)) {
        self.inner().domains.values().flat_map(HashMap::values).flatten().for_each(look);
    }

    /// The Nodes of a Domain that follow their own events.
    pub(super) fn following(&self, domain_id: DomainId) -> HashSet<NodeId> {
        let inner = self.inner();
        let nodes = inner.domains.get(&domain_id).into_iter().flatten();
        let own = |slots: &[Arc<Slot>]| slots.iter().any(|slot| slot.is_own() && slot.ending().is_none());
        nodes.filter(|(_, slots)| own(slots)).map(|(node_id, _)| *node_id).collect()
    }

    /// All of them, to be looked at while others come and go.
    pub(super) fn all(&self) -> Vec<Arc<Slot>> {
        let mut all = Vec::new();
        self.each(|slot| all.push(slot.clone()));
        all
    }

    /// Nobody enters any more, and all are told to go.
    pub(super) fn drain(&self, now: Millis) {
        self.inner().draining = true;
        self.each(|slot| slot.end(Ending::Drain, now));
    }
}

#[cfg(test)]
mod tests {
    use super::super::slot::Connection;
    use super::*;
    use crate::access::{NodeIdentity, Principal};
    use crate::ids::NskId;
    use uuid::Uuid;

    struct Nothing;

    impl Connection for Nothing {
        fn cut(&self) {}
    }

    fn slot(node: u128, own: bool) -> Slot {
        let (node_id, domain_id) = (NodeId(Uuid::from_u128(node)), DomainId(Uuid::from_u128(node % 2)));
        let nsk_id = NskId(node_id.0);
        let principal = match own {
            true => Principal::Node(NodeIdentity { node_id, domain_id, nsk_id, expires_at: None }),
            false => Principal::Nobody,
        };
        Slot::new(node_id, domain_id, principal, Arc::new(Nothing), 0)
    }

    #[test]
    fn a_third_own_stream_takes_the_place_of_the_oldest_and_operators_take_nobodys() {
        let registry = Registry::default();
        let own: Vec<_> = (0..4).map(|n| registry.enter(slot(1, true), n).unwrap()).collect();
        let endings: Vec<_> = own.iter().map(|slot| slot.ending()).collect();
        assert_eq!(endings, [Some(Ending::Displaced), Some(Ending::Displaced), None, None]);
        let seen: Vec<_> = (0..4).map(|_| registry.enter(slot(1, false), 9).unwrap()).collect();
        assert_eq!(registry.enter(slot(1, false), 9).err(), Some(Full::Operators));
        assert!(registry.enter(slot(3, false), 9).is_ok(), "another Node's");
        registry.leave(&seen[1]);
        assert!(registry.enter(slot(1, false), 9).is_ok());
        assert!(own[2].ending().is_none() && own[3].ending().is_none());
        for slot in registry.all() {
            registry.leave(&slot);
        }
        assert!(registry.inner().domains.is_empty());
    }

    #[test]
    fn those_are_woken_for_whom_something_has_come() {
        let registry = Registry::default();
        let slots: Vec<_> = [1, 2, 3, 4].map(|node| registry.enter(slot(node, true), 0).unwrap()).into();
        let woken = |news: News| {
            slots.iter().for_each(|slot| slot.attend(std::task::Waker::noop()));
            registry.wake(&news, 5);
            slots.iter().map(|slot| slot.stalled_for(6)).collect::<Vec<_>>()
        };
        let places = vec![(slots[1].domain_id, None), (slots[2].domain_id, Some(slots[2].node_id))];
        assert_eq!(woken(News { places, ..News::default() }), [0, 1, 1, 1]);
        assert_eq!(woken(News { all: true, ..News::default() }), [1, 1, 1, 1]);
        registry.drain(7);
        assert!(slots.iter().all(|slot| slot.ending() == Some(Ending::Drain)));
        assert_eq!(registry.enter(slot(1, true), 0).err(), Some(Full::Draining));
    }
}
