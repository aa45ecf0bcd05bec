//! When a Node counts as stale and as unreachable.

use std::time::Duration;

use super::go_duration;
use crate::invalid_field::InvalidField;

const INTERVAL_LEAST: Duration = Duration::from_secs(10);
const INTERVAL_MOST: Duration = Duration::from_secs(10 * 60);
/// Longest that a Node may be away before it is said so.
const AWAY_MOST: Duration = Duration::from_secs(60 * 60);
/// Two heartbeats may get lost before anybody is told.
const INTERVALS_TO_STALE: u32 = 3;
const STALES_TO_UNREACHABLE: u32 = 2;

const INTERVAL: &str = "reachability.heartbeat_interval";
const STALE: &str = "reachability.stale_after";
const UNREACHABLE: &str = "reachability.unreachable_after";

/// A Domain's thresholds, in whole milliseconds. Both count from the last heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// How often a Node sends a heartbeat.
    pub heartbeat_interval: Duration,
    /// Without one for so long it is stale.
    pub stale_after: Duration,
    /// Without one for so long it is unreachable.
    pub unreachable_after: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            heartbeat_interval: Duration::from_secs(30),
            stale_after: Duration::from_secs(90),
            unreachable_after: Duration::from_secs(300),
        }
    }
}

/// Thresholds to set; those left out stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThresholdChange {
    heartbeat_interval: Option<Duration>,
    stale_after: Option<Duration>,
    unreachable_after: Option<Duration>,
}

impl ThresholdChange {
    /// Reads the three Go durations, each within its own bounds.
    ///
    /// # Errors
    /// [`InvalidField`] for the first that is none or is out of bounds.
    pub fn read(interval: Option<&str>, stale: Option<&str>, unreachable: Option<&str>) -> Result<Self, InvalidField> {
        let heartbeat_interval = interval.map(|text| duration(INTERVAL, text)).transpose()?;
        if heartbeat_interval.is_some_and(|interval| !(INTERVAL_LEAST..=INTERVAL_MOST).contains(&interval)) {
            return Err(InvalidField::new(INTERVAL, "must be from 10s to 10m"));
        }
        Ok(Self {
            heartbeat_interval,
            stale_after: away(STALE, stale)?,
            unreachable_after: away(UNREACHABLE, unreachable)?,
        })
    }
}

impl Thresholds {
    /// These thresholds with `change`, checked together.
    ///
    /// # Errors
    /// [`InvalidField`] for the first that does not fit the others.
    pub fn changed(&self, change: &ThresholdChange) -> Result<Self, InvalidField> {
        let new = Self {
            heartbeat_interval: change.heartbeat_interval.unwrap_or(self.heartbeat_interval),
            stale_after: change.stale_after.unwrap_or(self.stale_after),
            unreachable_after: change.unreachable_after.unwrap_or(self.unreachable_after),
        };
        if new.stale_after < new.heartbeat_interval * INTERVALS_TO_STALE {
            return Err(InvalidField::new(STALE, "must be at least 3 times heartbeat_interval"));
        }
        if new.unreachable_after < new.stale_after * STALES_TO_UNREACHABLE {
            return Err(InvalidField::new(UNREACHABLE, "must be at least 2 times stale_after"));
        }
        Ok(new)
    }
}

fn away(field: &str, text: Option<&str>) -> Result<Option<Duration>, InvalidField> {
    let away = text.map(|text| duration(field, text)).transpose()?;
    if away.is_some_and(|away| away > AWAY_MOST) {
        return Err(InvalidField::new(field, "must be at most 1h"));
    }
    Ok(away)
}

fn duration(field: &str, text: &str) -> Result<Duration, InvalidField> {
    let duration = go_duration::parse(text)
        .ok_or_else(|| InvalidField::new(field, "must be a Go duration, such as 30s, 1m30s or 1h"))?;
    // Finer than what is stored: it would be answered differently from how it was sent.
    if duration.subsec_nanos() % 1_000_000 != 0 {
        return Err(InvalidField::new(field, "must be whole milliseconds"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(interval: &str, stale: &str, unreachable: &str) -> Result<Thresholds, String> {
        let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let leak = |text: &str| some(Box::leak(text.to_owned().into_boxed_str()));
        ThresholdChange::read(leak(interval), leak(stale), leak(unreachable))
            .and_then(|change| Thresholds::default().changed(&change))
            .map_err(|invalid| invalid.field.trim_start_matches("reachability.").to_owned())
    }

    #[test]
    fn left_out_ones_stay() {
        assert_eq!(set("", "", ""), Ok(Thresholds::default()));
        let changed = set("10s", "", "10m").unwrap();
        assert_eq!(changed.heartbeat_interval, Duration::from_secs(10));
        assert_eq!(changed.stale_after, Duration::from_secs(90));
        assert_eq!(changed.unreachable_after, Duration::from_secs(600));
    }

    #[test]
    fn the_bounds_are_inclusive() {
        assert!(set("10s", "30s", "60s").is_ok());
        assert!(set("10m", "30m", "1h").is_ok());
        assert!(set("9.999s", "", "").is_err());
        assert_eq!(set("10m0.001s", "", ""), Err("heartbeat_interval".into()));
        assert_eq!(set("10s", "29.999s", ""), Err("stale_after".into()));
        assert_eq!(set("10s", "30s", "59.999s"), Err("unreachable_after".into()));
        assert_eq!(set("", "1h0.001s", ""), Err("stale_after".into()));
        assert_eq!(set("", "", "1h0.001s"), Err("unreachable_after".into()));
    }

    #[test]
    fn new_ones_are_checked_against_those_that_stay() {
        assert_eq!(set("31s", "", ""), Err("stale_after".into()));
        assert_eq!(set("", "151s", ""), Err("unreachable_after".into()));
    }

    #[test]
    fn nonsense_and_what_is_too_fine_to_keep_are_refused() {
        assert_eq!(set("30", "", ""), Err("heartbeat_interval".into()));
        assert_eq!(set("", "-90s", ""), Err("stale_after".into()));
        assert_eq!(set("", "", "300.0000001s"), Err("unreachable_after".into()));
    }
}
