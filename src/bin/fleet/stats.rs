//! What is counted while the fleet runs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::contract_check::Operation;

/// A report with more examples is not read.
const EXAMPLES: usize = 20;

/// One rule that breaks everywhere must not push the examples of the others out.
const EXAMPLES_A_RULE: usize = 5;

/// Latencies are kept in microseconds with three significant digits, up to ten minutes; what is longer counts as that.
const LONGEST_MICROS: u64 = 600_000_000;

/// Something that the contract does not allow.
#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    /// The operation that was called.
    pub operation: &'static str,
    /// Which rule is broken, in a word or two.
    pub rule: &'static str,
    /// What was seen.
    pub detail: String,
    /// Finds the request in the server's log.
    pub correlation_id: String,
}

/// How often an operation ended in an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ErrorKind {
    /// The operation that was called.
    pub operation: &'static str,
    /// The status, or 0 when there was no answer.
    pub status: u16,
    /// The problem code, or what went wrong on the way.
    pub code: String,
}

/// A number that only grows.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Latencies of what succeeded.
pub struct Latencies(Mutex<Option<Histogram<u64>>>);

impl Latencies {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn record(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST_MICROS);
        let mut slot = lock(&self.0);
        // Built at the first use: most operations of most runs are never called. The bounds are valid constants.
        if slot.is_none() {
            *slot = Histogram::new_with_bounds(1, LONGEST_MICROS, 3).ok();
        }
        if let Some(histogram) = slot.as_mut() {
            histogram.saturating_record(micros);
        }
    }

    fn summary(&self) -> Option<Summary> {
        let slot = lock(&self.0);
        let histogram = slot.as_ref().filter(|histogram| !histogram.is_empty())?;
        let millis = |micros: u64| f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1000.0;
        Some(Summary {
            count: histogram.len(),
            p50_ms: millis(histogram.value_at_quantile(0.5)),
            p99_ms: millis(histogram.value_at_quantile(0.99)),
            max_ms: millis(histogram.max()),
        })
    }
}

/// What is told of latencies.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Summary {
    /// How many there are.
    pub count: u64,
    /// The median, in milliseconds.
    pub p50_ms: f64,
    /// What one of a hundred exceeds, in milliseconds.
    pub p99_ms: f64,
    /// The longest, in milliseconds.
    pub max_ms: f64,
}

/// All that is counted.
pub struct Stats {
    operations: [Latencies; Operation::ALL.len()],
    connects: Latencies,
    errors: Mutex<BTreeMap<ErrorKind, u64>>,
    violations: Mutex<Violations>,
    /// Requests that were sent again after a fault.
    pub retries: Counter,
    /// Nodes that were enrolled, each once.
    pub enrolled: Counter,
    /// Enrolments of a Node that had an NSK before.
    pub re_enrolled: Counter,
    /// Heartbeats that were accepted.
    pub heartbeats: Counter,
    /// Endpoints that were accepted.
    pub endpoints: Counter,
    /// Machines that went elsewhere.
    pub moves: Counter,
    /// Capability manifests that were accepted.
    pub manifests: Counter,
    /// Manifests after the first in which something was new to the server.
    pub manifest_changes: Counter,
    /// Manifests after the first whose SSH host key was new to the server.
    pub host_key_changes: Counter,
    /// Integrity violations that were accepted.
    pub tamperings: Counter,
    /// Nodes that were drained, and brought back.
    pub drains: Counter,
    /// Looks at what a rotation would touch.
    pub rotation_previews: Counter,
    /// Events that asked for another mesh key, before a heartbeat did.
    pub rotation_events: Counter,
    /// Rotations that the operator asked for.
    pub rotation_triggers: Counter,
    /// Rotations that agents completed.
    pub rotations: Counter,
    /// States that were pulled by agents.
    pub pulls: Counter,
    /// Pulls that were answered with 304.
    pub not_modified: Counter,
    /// Pulls whose body was compressed.
    pub compressed_pulls: Counter,
    /// Pulls that were answered with the last state known.
    pub stale_pulls: Counter,
    /// Entries that agents set or removed.
    pub entries: Counter,
    /// Metadata that the operator set or removed.
    pub metadata: Counter,
    /// Heartbeats whose answer asked for a state pull.
    pub reconcile_hints: Counter,
    /// Heartbeats whose answer asked for a new NSK.
    pub nsk_hints: Counter,
    /// Heartbeats whose answer asked for a new mesh key.
    pub mesh_key_hints: Counter,
    /// Agents that stopped because the server does not want their Node any more.
    pub rejected: Counter,
    /// Reachability reads of Nodes that had to be healthy.
    pub reachability_samples: Counter,
}

/// Violations: all counted, some shown.
#[derive(Clone, Debug, Default)]
pub struct Violations {
    /// How many of each operation and rule.
    pub by_rule: BTreeMap<(&'static str, &'static str), u64>,
    /// Some of them.
    pub examples: Vec<Violation>,
}

impl Violations {
    /// How many there are.
    pub fn total(&self) -> u64 {
        self.by_rule.values().sum()
    }
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            operations: [const { Latencies::new() }; Operation::ALL.len()],
            connects: Latencies::new(),
            errors: Mutex::default(),
            violations: Mutex::default(),
            retries: Counter::default(),
            enrolled: Counter::default(),
            re_enrolled: Counter::default(),
            heartbeats: Counter::default(),
            endpoints: Counter::default(),
            moves: Counter::default(),
            manifests: Counter::default(),
            manifest_changes: Counter::default(),
            host_key_changes: Counter::default(),
            tamperings: Counter::default(),
            drains: Counter::default(),
            rotation_previews: Counter::default(),
            rotation_events: Counter::default(),
            rotation_triggers: Counter::default(),
            rotations: Counter::default(),
            pulls: Counter::default(),
            not_modified: Counter::default(),
            compressed_pulls: Counter::default(),
            stale_pulls: Counter::default(),
            entries: Counter::default(),
            metadata: Counter::default(),
            reconcile_hints: Counter::default(),
            nsk_hints: Counter::default(),
            mesh_key_hints: Counter::default(),
            rejected: Counter::default(),
            reachability_samples: Counter::default(),
        }
    }
}

impl Stats {
    /// A call that succeeded.
    pub fn success(&self, operation: Operation, latency: Duration) {
        self.operations[operation.index()].record(latency);
    }

    /// A connection that was opened.
    pub fn connect(&self, latency: Duration) {
        self.connects.record(latency);
    }

    /// A call that ended in an error; `status` is 0 when there was no answer.
    pub fn error(&self, operation: Operation, status: u16, code: &str) {
        let kind = ErrorKind { operation: operation.id(), status, code: code.to_owned() };
        *lock(&self.errors).entry(kind).or_default() += 1;
    }

    /// Something that the contract does not allow.
    pub fn violation(&self, operation: Operation, rule: &'static str, detail: String, correlation_id: &str) {
        let mut violations = lock(&self.violations);
        let seen = violations.by_rule.entry((operation.id(), rule)).or_default();
        *seen += 1;
        if *seen <= EXAMPLES_A_RULE as u64 && violations.examples.len() < EXAMPLES {
            let correlation_id = correlation_id.to_owned();
            violations.examples.push(Violation { operation: operation.id(), rule, detail, correlation_id });
        }
    }

    /// Forgets the latencies of `operation`, so that what comes is measured by itself.
    pub fn forget(&self, operation: Operation) {
        *lock(&self.operations[operation.index()].0) = None;
    }

    /// Latencies by operation, those never called left out; connections come first.
    pub fn summaries(&self) -> Vec<(&'static str, Summary)> {
        let connects = self.connects.summary().map(|summary| ("(connect)", summary));
        let operations = Operation::ALL
            .into_iter()
            .filter_map(|operation| Some((operation.id(), self.operations[operation.index()].summary()?)));
        connects.into_iter().chain(operations).collect()
    }

    /// How often each error occurred.
    pub fn errors(&self) -> Vec<(ErrorKind, u64)> {
        lock(&self.errors).iter().map(|(kind, count)| (kind.clone(), *count)).collect()
    }

    /// How many errors there are.
    pub fn error_total(&self) -> u64 {
        lock(&self.errors).values().sum()
    }

    /// The violations.
    pub fn violations(&self) -> Violations {
        lock(&self.violations).clone()
    }

    /// How many violations there are.
    pub fn violation_total(&self) -> u64 {
        lock(&self.violations).total()
    }
}

/// Counters stay usable when a thread that held them panicked.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_summed_up_and_can_be_forgotten() {
        let stats = Stats::default();
        assert!(stats.summaries().is_empty());
        for millis in 1..=100 {
            stats.success(Operation::PostNodeHeartbeat, Duration::from_millis(millis));
        }
        stats.success(Operation::PostNodeHeartbeat, Duration::from_secs(100_000));
        let summaries = stats.summaries();
        assert_eq!(summaries.len(), 1);
        let (operation, summary) = summaries[0];
        assert_eq!((operation, summary.count), ("PostNodeHeartbeat", 101));
        assert!((summary.p50_ms - 51.0).abs() < 0.2, "{summary:?}");
        assert!(summary.max_ms >= 600_000.0, "{summary:?}");
        stats.forget(Operation::PostNodeHeartbeat);
        assert!(stats.summaries().is_empty());
    }

    #[test]
    fn one_rule_does_not_take_all_the_examples() {
        let stats = Stats::default();
        for _ in 0..100 {
            stats.violation(Operation::Register, "header", "missing".into(), "a");
        }
        stats.violation(Operation::Register, "body", "odd".into(), "b");
        let violations = stats.violations();
        assert_eq!(violations.total(), 101);
        assert_eq!(violations.examples.len(), EXAMPLES_A_RULE + 1);
    }
}
