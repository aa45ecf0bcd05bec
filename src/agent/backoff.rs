//! When to try again.

use std::time::Duration;

use rand::{Rng, RngExt};

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// A server that asks for more than this is not waited for longer.
const RETRY_AFTER_MOST: Duration = Duration::from_secs(300);

/// Waits that double with each failure, jittered so that a fleet does not come back in one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to wait after one more failure: never less than the server asked for.
    pub fn after_failure(&mut self, retry_after: Option<Duration>, rng: &mut impl Rng) -> Duration {
        let whole = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let own = whole / 2 + whole.mul_f64(rng.random_range(0.0..0.5));
        match retry_after.map(|asked| asked.min(RETRY_AFTER_MOST)) {
            Some(asked) if own < asked => asked + whole.mul_f64(rng.random_range(0.0..0.5)),
            _ => own,
        }
    }

    /// How many failures there were since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// After a success.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let mut rng = SmallRng::seed_from_u64(1);
        let mut backoff = Backoff::default();
        for whole in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
            let wait = backoff.after_failure(None, &mut rng);
            assert!((whole / 2..=whole).contains(&wait.as_millis()), "{wait:?}");
        }
        backoff.reset();
        assert!(backoff.after_failure(None, &mut rng) <= FIRST);
    }

    #[test]
    fn what_the_server_asks_for_is_the_least() {
        let mut rng = SmallRng::seed_from_u64(2);
        let mut backoff = Backoff::default();
        for _ in 0..20 {
            let asked = Duration::from_secs(2);
            assert!(backoff.after_failure(Some(asked), &mut rng) >= asked);
        }
    }
}
