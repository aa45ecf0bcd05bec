//! The state machine, as a function of what is stored and of the time.

use chrono::{DateTime, Duration, Utc};

/// Longer than this without a sign of the control plane's own life is an outage: it could not have heard anybody.
/// Longer than a lease, so that one replica taking over from another is none.
pub const OUTAGE_AFTER: Duration = Duration::seconds(15);

/// Whether a Node has been heard of lately. The order is from good to bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// Lately.
    Healthy,
    /// Not lately.
    Stale,
    /// Not for long, or never.
    Unreachable,
}

impl State {
    /// As it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Stale => "stale",
            Self::Unreachable => "unreachable",
        }
    }

    /// As it is stored.
    pub const fn number(self) -> i16 {
        match self {
            Self::Healthy => 0,
            Self::Stale => 1,
            Self::Unreachable => 2,
        }
    }

    /// Reads what [`Self::number`] wrote; anything else counts as the worst.
    pub const fn from_number(number: i16) -> Self {
        match number {
            0 => Self::Healthy,
            1 => Self::Stale,
            _ => Self::Unreachable,
        }
    }
}

/// A Domain's thresholds, counted from the last heartbeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thresholds {
    /// To stale.
    pub stale_after: Duration,
    /// To unreachable.
    pub unreachable_after: Duration,
}

/// What is known of the control plane's own presence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Presence {
    /// Until when it is known to have been there.
    pub alive_at: Option<DateTime<Utc>>,
    /// Since when it is back from its last outage.
    pub recovered_at: Option<DateTime<Utc>>,
}

impl Presence {
    /// Up to when silence counts against a Node: our own absence begins to be an outage [`OUTAGE_AFTER`] our last sign
    /// of life, and what follows is nobody's silence. Reads and the sweeper share this, so that no read is better
    /// than an earlier one without a heartbeat in between.
    pub fn listened_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.alive_at.map_or(now, |alive_at| now.min(alive_at + OUTAGE_AFTER))
    }

    /// When the control plane was last there, if `now` ends an outage.
    pub fn outage_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.alive_at.filter(|alive_at| now - *alive_at > OUTAGE_AFTER)
    }
}

/// A stored state with what decides when it is due to change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    /// What is stored.
    pub state: State,
    /// Since when.
    pub changed_at: DateTime<Utc>,
    /// `None`: never heard of; such a Node stays as it is.
    pub last_heartbeat_at: Option<DateTime<Utc>>,
    /// The Domain's.
    pub thresholds: Thresholds,
}

impl Due {
    /// The state that holds at `now`, and since when: the stored one, or a worse one that is due. A transition's
    /// time is that of the threshold, never that of whoever noticed.
    pub fn at(&self, now: DateTime<Utc>, presence: &Presence) -> (State, DateTime<Utc>) {
        let Some(heard_at) = self.last_heartbeat_at else { return (self.state, self.changed_at) };
        let since = presence.recovered_at.map_or(heard_at, |recovered_at| heard_at.max(recovered_at));
        let until = presence.listened_until(now);
        let due = [
            (State::Unreachable, since + self.thresholds.unreachable_after),
            (State::Stale, since + self.thresholds.stale_after),
        ]
        .into_iter()
        .find(|(_, at)| *at <= until);
        match due {
            Some((state, at)) if state > self.state => (state, at),
            _ => (self.state, self.changed_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn node(state: State, heard: Option<i64>) -> Due {
        Due {
            state,
            changed_at: at(0),
            last_heartbeat_at: heard.map(at),
            thresholds: Thresholds { stale_after: Duration::seconds(90), unreachable_after: Duration::seconds(300) },
        }
    }

    fn present(alive: i64) -> Presence {
        Presence { alive_at: Some(at(alive)), recovered_at: None }
    }

    #[test]
    fn silence_makes_stale_then_unreachable_at_the_thresholds() {
        for (now, state, since) in [
            (89, State::Healthy, 0),
            (90, State::Stale, 90),
            (299, State::Stale, 90),
            (300, State::Unreachable, 300),
            (9_000, State::Unreachable, 300),
        ] {
            assert_eq!(node(State::Healthy, Some(0)).at(at(now), &present(now)), (state, at(since)), "at {now} s");
        }
    }

    #[test]
    fn what_is_stored_is_never_bettered_nor_its_time_recomputed_by_the_clock() {
        assert_eq!(node(State::Unreachable, Some(100)).at(at(101), &present(101)), (State::Unreachable, at(0)));
        assert_eq!(node(State::Stale, Some(0)).at(at(95), &present(95)), (State::Stale, at(0)));
    }

    #[test]
    fn a_node_never_heard_of_stays_as_it_is() {
        assert_eq!(node(State::Unreachable, None).at(at(10_000), &present(10_000)), (State::Unreachable, at(0)));
    }

    #[test]
    fn our_own_absence_marks_nobody_down() {
        let presence = present(10);
        assert_eq!(node(State::Healthy, Some(0)).at(at(1_000), &presence), (State::Healthy, at(0)));
        assert_eq!(presence.outage_since(at(1_000)), Some(at(10)));
        assert_eq!(presence.outage_since(at(25)), None, "a leader that takes over is no outage");
        let recovered = Presence { alive_at: Some(at(1_000)), recovered_at: Some(at(1_000)) };
        assert_eq!(node(State::Healthy, Some(0)).at(at(1_000), &recovered), (State::Healthy, at(0)));
        let later = Presence { alive_at: Some(at(1_090)), ..recovered };
        assert_eq!(node(State::Healthy, Some(0)).at(at(1_090), &later), (State::Stale, at(1_090)));
    }
}
