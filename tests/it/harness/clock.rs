use std::sync::Mutex;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use plexsphere::clock::Clock;

/// A clock that stands still until it is told to go on. It starts at the real time.
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl Default for ManualClock {
    fn default() -> Self {
        Self(Mutex::new(Utc::now().trunc_subsecs(3)))
    }
}

impl ManualClock {
    /// Moves the clock on (or back). Nothing else notices: see `Harness::pass` for time in which tasks step.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}
