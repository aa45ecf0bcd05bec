//! Whether a Node has missed something: what its heartbeat is answered. From memory only; what memory does not have is
//! looked up in the background, and the next heartbeat is told.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};

use crate::event_log::Newest;
use crate::ids::DomainId;
use crate::signing::Scope;

/// Scopes whose last event is remembered besides what the tail has. Beyond that all are asked for anew.
const LOOKED_UP: usize = 65_536;
/// Scopes that may wait to be looked up; others ask again with their next heartbeat.
pub(super) const WANTED: usize = 8192;

/// What happened last in a scope before the tail began: number, and milliseconds since 1970.
type Last = Option<(i64, i64)>;

/// What is remembered.
#[derive(Default)]
pub(super) struct Reconcile {
    intervals: RwLock<HashMap<DomainId, TimeDelta>>,
    looked_up: RwLock<LookedUp>,
    wanted: Mutex<Wanted>,
}

/// What happened last up to `until`, from where on the tail knows.
#[derive(Default)]
struct LookedUp {
    until: i64,
    last: HashMap<Scope, Last>,
}

/// What has been asked for and is not known.
#[derive(Default)]
pub(super) struct Wanted {
    pub scopes: HashSet<Scope>,
    pub domains: HashSet<DomainId>,
}

/// Whether there is an event that is newer than what the Node has `seen` and older than an interval.
fn missed(last: Last, seen: i64, interval: TimeDelta, now: DateTime<Utc>) -> bool {
    last.is_some_and(|(sequence, at)| {
        sequence > seen && now.timestamp_millis().saturating_sub(at) > interval.num_milliseconds()
    })
}

impl Reconcile {
    /// Whether a Node that has `seen` all up to this number has missed something. `newest` is what the tail knows of
    /// its `scopes`. `false` also while it is not known.
    pub(super) fn missed(
        &self,
        domain_id: DomainId,
        scopes: &[Scope],
        newest: Newest,
        seen: i64,
        now: DateTime<Utc>,
    ) -> bool {
        let last = match newest {
            Newest::Event(sequence, _) if sequence <= seen => return false,
            // Nothing happened since, and of the time before all is seen.
            Newest::NoneSince(number) if number <= seen => return false,
            Newest::Event(sequence, at) => Some((sequence, at)),
            Newest::NoneSince(until) => match self.last(scopes, until) {
                Some(last) => last,
                None => return false,
            },
        };
        let interval = self.intervals.read().unwrap_or_else(PoisonError::into_inner).get(&domain_id).copied();
        match interval {
            Some(interval) => missed(last, seen, interval, now),
            None => {
                self.wanted.lock().unwrap_or_else(PoisonError::into_inner).domains.insert(domain_id);
                false
            }
        }
    }

    /// What happened last in `scopes` up to `until`, if that has been looked up.
    fn last(&self, scopes: &[Scope], until: i64) -> Option<Last> {
        let looked_up = self.looked_up.read().unwrap_or_else(PoisonError::into_inner);
        let of = |scope| (looked_up.until == until).then(|| looked_up.last.get(scope).copied()).flatten();
        let known: Option<Vec<Last>> = scopes.iter().map(of).collect();
        if known.is_none() {
            let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            if wanted.scopes.len() + scopes.len() <= WANTED {
                wanted.scopes.extend(scopes.iter().filter(|scope| of(scope).is_none()));
            }
        }
        known.map(|known| known.into_iter().flatten().max())
    }

    /// What is to be looked up. With the Domains whose interval is known: it may have changed.
    pub(super) fn take_wanted(&self) -> Wanted {
        let mut wanted = std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        wanted.domains.extend(self.intervals.read().unwrap_or_else(PoisonError::into_inner).keys());
        wanted
    }

    pub(super) fn intervals_are(&self, intervals: HashMap<DomainId, TimeDelta>) {
        *self.intervals.write().unwrap_or_else(PoisonError::into_inner) = intervals;
    }

    /// What was found; the tail knows what came after `until`.
    pub(super) fn last_are(&self, until: i64, found: impl IntoIterator<Item = (Scope, Last)>) {
        let mut looked_up = self.looked_up.write().unwrap_or_else(PoisonError::into_inner);
        if looked_up.until != until || looked_up.last.len() > LOOKED_UP {
            *looked_up = LookedUp { until, last: HashMap::new() };
        }
        looked_up.last.extend(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_node_has_missed_what_is_newer_than_it_has_seen_and_older_than_an_interval() {
        let reconcile = Reconcile::default();
        let domain_id = DomainId(Uuid::from_u128(1));
        let scopes = [Scope::Domain(domain_id)];
        let now = DateTime::from_timestamp_millis(1_000_000).unwrap();
        let ask = |newest, seen| reconcile.missed(domain_id, &scopes, newest, seen, now);
        let old = Newest::Event(10, 1_000_000 - 30_001);
        assert!(!ask(old, 5), "the interval is not known yet");
        assert!(reconcile.take_wanted().domains.contains(&domain_id));
        reconcile.intervals_are([(domain_id, TimeDelta::seconds(30))].into());
        assert!(ask(old, 5) && ask(old, 9));
        assert!(!ask(old, 10) && !ask(old, 11), "it has seen it");
        assert!(!ask(Newest::Event(10, 1_000_000 - 30_000), 5), "it may be on its way");

        assert!(!ask(Newest::NoneSince(10), 10));
        assert!(!ask(Newest::NoneSince(10), 5), "not known yet");
        assert_eq!(reconcile.take_wanted().scopes, HashSet::from(scopes));
        reconcile.last_are(10, [(scopes[0], Some((7, 0)))]);
        assert!(ask(Newest::NoneSince(10), 5) && ask(Newest::NoneSince(10), 6));
        assert!(!ask(Newest::NoneSince(10), 7));
        reconcile.last_are(10, [(scopes[0], None)]);
        assert!(!ask(Newest::NoneSince(10), 0), "there is none");
        assert!(reconcile.take_wanted().scopes.is_empty());
        // The tail has begun anew: what came in between is not known.
        assert!(!ask(Newest::NoneSince(11), 0));
        assert!(!reconcile.take_wanted().scopes.is_empty());
    }
}
