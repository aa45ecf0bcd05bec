//! What is known of a Peer's endpoint, and what an observation does to it.

use chrono::{DateTime, Duration, Utc};

use super::observation::Observation;
use crate::mesh::reachability::Presence;

/// How long an endpoint stays fresh, and what counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Freshness {
    /// The Domain's.
    pub ttl: Duration,
    /// The control plane's own: while it was away it could not hear, and nobody's endpoint ages.
    pub presence: Presence,
}

impl Freshness {
    /// Whether what was last refreshed at `refreshed_at` has gone stale by `now`. The sweeper's and the shared
    /// refresh's statements say the same in SQL.
    pub fn is_over(&self, refreshed_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let since = self.presence.recovered_at.map_or(refreshed_at, |recovered_at| refreshed_at.max(recovered_at));
        since + self.ttl <= self.presence.listened_until(now)
    }

    /// Whether an observation made at `reported_at` is too old to be taken at `now`.
    pub fn refuses(&self, reported_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - reported_at > self.ttl
    }
}

/// What is known of a live Peer's endpoint.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// `None`: nothing was reported yet, or it was withdrawn.
    pub seen: Option<Observation>,
    /// When it was last confirmed, by the server's clock. Never moves backwards.
    pub refreshed_at: Option<DateTime<Utc>>,
}

/// What became of an observation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// Peers hear of it.
    Changed,
    /// What is known stays, and is fresh.
    Confirmed,
}

impl Known {
    /// Takes an observation that came in at `now`.
    ///
    /// One that is older than the known one says nothing new, as long as the known one is fresh: reports of one Node
    /// may overtake each other on their way.
    pub fn take(&mut self, observation: &Observation, now: DateTime<Utc>, freshness: &Freshness) -> Taken {
        let was = self.refreshed_at;
        self.refreshed_at = Some(was.map_or(now, |refreshed_at| refreshed_at.max(now)));
        let fresh = was.is_some_and(|refreshed_at| !freshness.is_over(refreshed_at, now));
        match &mut self.seen {
            Some(seen) if fresh && observation.reported_at < seen.reported_at => Taken::Confirmed,
            Some(seen) if fresh && seen.endpoint == observation.endpoint && seen.nat_type == observation.nat_type => {
                seen.reported_at = observation.reported_at;
                Taken::Confirmed
            }
            _ => {
                self.seen = Some(observation.clone());
                Taken::Changed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::observation::{Endpoint, NatType};
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn fresh_for(ttl: i64, alive: i64) -> Freshness {
        let presence = Presence { alive_at: Some(at(alive)), recovered_at: None };
        Freshness { ttl: Duration::seconds(ttl), presence }
    }

    fn saw(port: u16, nat_type: NatType, reported: i64) -> Observation {
        let endpoint = Endpoint::read(&format!("203.0.113.7:{port}")).unwrap();
        Observation { endpoint, nat_type, reported_at: at(reported) }
    }

    fn known(port: u16, reported: i64, refreshed: i64) -> Known {
        Known { seen: Some(saw(port, NatType::Restricted, reported)), refreshed_at: Some(at(refreshed)) }
    }

    #[test]
    fn peers_hear_of_what_is_new_changed_or_was_stale_and_of_nothing_else() {
        let withdrawn = Known { seen: None, refreshed_at: Some(at(0)) };
        for (why, mut before, observation, now, taken) in [
            ("the first", Known::default(), saw(1, NatType::Restricted, 5), 5, Taken::Changed),
            ("the same", known(1, 0, 0), saw(1, NatType::Restricted, 5), 5, Taken::Confirmed),
            ("the very same", known(1, 0, 0), saw(1, NatType::Restricted, 0), 1, Taken::Confirmed),
            ("another port", known(1, 0, 0), saw(2, NatType::Restricted, 5), 5, Taken::Changed),
            ("another NAT", known(1, 0, 0), saw(1, NatType::Symmetric, 5), 5, Taken::Changed),
            ("another, as old", known(1, 0, 0), saw(2, NatType::Restricted, 0), 1, Taken::Changed),
            ("another, older", known(1, 4, 4), saw(2, NatType::Restricted, 3), 5, Taken::Confirmed),
            ("the same, just fresh", known(1, 0, 0), saw(1, NatType::Restricted, 299), 299, Taken::Confirmed),
            ("the same, stale", known(1, 0, 0), saw(1, NatType::Restricted, 300), 300, Taken::Changed),
            ("another, older, stale", known(1, 320, 0), saw(2, NatType::Restricted, 300), 310, Taken::Changed),
            ("the first after it was withdrawn", withdrawn, saw(1, NatType::Restricted, 0), 5, Taken::Changed),
        ] {
            let seen_before = before.seen.clone();
            assert_eq!(before.take(&observation, at(now), &fresh_for(300, now)), taken, "{why}");
            assert_eq!(before.refreshed_at, Some(at(now)), "{why}");
            match taken {
                Taken::Changed => assert_eq!(before.seen, Some(observation), "{why}"),
                Taken::Confirmed => {
                    let (seen, was) = (before.seen.unwrap(), seen_before.unwrap());
                    assert_eq!((seen.endpoint, seen.nat_type), (was.endpoint, was.nat_type), "{why}");
                    assert_eq!(seen.reported_at, was.reported_at.max(observation.reported_at), "{why}");
                }
            }
        }
    }

    #[test]
    fn times_never_move_backwards() {
        let mut before = known(1, 100, 100);
        assert_eq!(before.take(&saw(1, NatType::Restricted, 80), at(70), &fresh_for(300, 100)), Taken::Confirmed);
        assert_eq!(before, known(1, 100, 100));
    }

    #[test]
    fn our_own_absence_makes_nothing_stale() {
        let away = fresh_for(300, 10);
        assert!(!away.is_over(at(0), at(10_000)));
        let back = Freshness {
            presence: Presence { alive_at: Some(at(10_299)), recovered_at: Some(at(10_000)) },
            ttl: Duration::seconds(300),
        };
        assert!(!back.is_over(at(0), at(10_299)));
        assert!(back.is_over(at(0), at(10_300)));
    }

    #[test]
    fn an_observation_may_be_as_old_as_the_lifetime() {
        assert!(!fresh_for(10, 0).refuses(at(0), at(10)));
        assert!(fresh_for(10, 0).refuses(at(0), at(10) + Duration::microseconds(1)));
        assert!(!fresh_for(10, 0).refuses(at(60), at(0)));
    }
}
