//! What the server tells about itself: logs on stderr, metrics in the OpenMetrics text format.
//!
//! Log lines are written by a thread of their own: when nobody takes them from stderr they are dropped and counted, and
//! nobody who is served waits for them.
//!
//! The access log is the target `plexsphere::access`, so that `info,plexsphere::access=warn` silences it alone.

use std::io::{IsTerminal as _, stderr};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use serde::{Deserialize, Serialize};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For reading.
    Human,
    /// One object per line, for machines.
    Json,
}

/// Why logging cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives are not understood.
    #[error(transparent)]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// This process logs already.
    #[error("logging is set up already")]
    AlreadyUp(#[from] tracing_subscriber::util::TryInitError),
}

/// What `log`, such as `info,plexsphere::access=warn`, lets through.
///
/// # Errors
/// [`TelemetryError::Filter`].
pub fn filter(log: &str) -> Result<EnvFilter, TelemetryError> {
    Ok(EnvFilter::try_new(log)?)
}

/// Log lines that wait to be written, at most: a burst, and a few MB.
const LINES_WAITING: usize = 8192;

/// Counts the lines of this process that were dropped.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Writes what waits when it is dropped.
#[must_use = "what still waits is written when this is dropped"]
pub struct Logging(#[expect(dead_code, reason = "it works when it is dropped")] WorkerGuard);

/// Sets up the process's logging, to stderr.
///
/// # Errors
/// `log` is not understood, or this is not the first call.
pub fn init(log: &str, format: LogFormat) -> Result<Logging, TelemetryError> {
    let terminal = stderr().is_terminal();
    let human = match format {
        LogFormat::Auto => terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let filter = filter(log)?;
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(LINES_WAITING).thread_name("log").finish(stderr());
    let dropped = writer.error_counter();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    if human {
        let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        lines.with_ansi(colours).finish().try_init()?;
    } else {
        lines.with_ansi(false).json().flatten_event(true).finish().try_init()?;
    }
    DROPPED.get_or_init(|| dropped);
    Ok(Logging(guard))
}

/// Upper bounds of a request's latency, in seconds: from a cached answer to the longest that anyone waits.
const REQUEST_SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds of a sweeper's step, in seconds.
const STEP_SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// Upper bounds of an event's way into the log, in seconds: from one commit to an outage.
const LAG_SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0];
/// Upper bounds of a batch's size.
const BATCH: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0];

/// Which requests are counted together. `Copy`: nothing is allocated per request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// The contract's `operationId`, or `none`.
    pub operation: &'static str,
    /// The HTTP status.
    pub status: u16,
}

/// The state that a Node went into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct StateLabels {
    /// As in the contract.
    pub state: &'static str,
}

/// Why an event stream has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct EndingLabels {
    /// In one word.
    pub reason: &'static str,
}

/// A background task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TaskLabels {
    /// [`crate::background::Task::name`].
    pub task: &'static str,
}

/// Every metric; shared by those who count. Fields are counted on directly.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_duration: Family<RequestLabels, Histogram, fn() -> Histogram>,
    /// Connections that are open.
    pub connections_open: Gauge,
    /// Requests that are being worked on.
    pub in_flight: Gauge,
    /// Heartbeats whose write is durable.
    pub heartbeats_committed: Counter,
    /// Heartbeats in one write.
    pub heartbeat_batch_size: Histogram,
    /// Heartbeats that wait for the next write.
    pub heartbeat_queue_depth: Gauge,
    /// Reports of endpoints whose write is durable.
    pub endpoint_reports_committed: Counter,
    /// Reports of endpoints in one write.
    pub endpoint_batch_size: Histogram,
    /// Reports of endpoints that wait for the next write.
    pub endpoint_queue_depth: Gauge,
    /// Endpoints that nobody confirmed any more.
    pub endpoints_withdrawn: Counter,
    reachability_transitions: Family<StateLabels, Counter>,
    /// Seconds that one step of the reachability sweeper takes.
    pub sweeper_step_duration: Histogram,
    /// 1 while the database answers, else 0.
    pub database_available: Gauge,
    /// Database connections that are taken from the pool.
    pub pool_connections_in_use: Gauge,
    /// Credentials in the cache.
    pub credential_cache_entries: Gauge,
    /// Credentials that were found in the cache.
    pub credential_cache_hits: Counter,
    /// Credentials that had to be looked up.
    pub credential_cache_misses: Counter,
    /// Events that wait for the relay (many are not counted to the end).
    pub outbox_depth: Gauge,
    /// Seconds that the first of them has waited.
    pub outbox_oldest_age: Gauge<f64, AtomicU64>,
    /// Events that could not be signed and were set aside.
    pub outbox_dead_letters: Counter,
    /// Events that this replica has appended to the log.
    pub relayed_events: Counter,
    /// Events that the relay takes at once.
    pub relay_batch_size: Histogram,
    /// Seconds from an event to its place in the log; of each batch's oldest.
    pub relay_lag: Histogram,
    /// 1 while this replica relays, else 0.
    pub relay_leads: Gauge,
    /// How often this replica has begun to relay.
    pub relay_leadership_changes: Counter,
    /// The last number of the log that this replica has read.
    pub tail_position: Gauge,
    /// Events of the log that are in memory.
    pub tail_ring_events: Gauge,
    /// Bytes of events that are in memory.
    pub tail_ring_bytes: Gauge,
    /// Events in the log that do not verify.
    pub events_unverified: Counter,
    /// Event streams that are open.
    pub streams_open: Gauge,
    /// Event streams that were opened.
    pub streams_opened: Counter,
    streams_closed: Family<EndingLabels, Counter>,
    /// Events that went out on streams.
    pub stream_events: Counter,
    /// Streams that were told to pull their state.
    pub stream_resyncs: Counter,
    /// Seconds from an event until the streams are woken for it; of the oldest of those that come at once.
    pub stream_lag: Histogram,
    /// Decisions that are recorded.
    pub audit_decisions: Counter,
    /// Decisions in one write.
    pub audit_batch_size: Histogram,
    /// Decisions that wait for the next write.
    pub audit_queue_depth: Gauge,
    /// Entries of the audit log that wait for their number (many are not counted to the end).
    pub audit_waiting: Gauge,
    /// Seconds that the first of them has waited.
    pub audit_oldest_age: Gauge<f64, AtomicU64>,
    /// Entries of the audit log that this replica has numbered.
    pub audit_chained: Counter,
    /// How often a chain of the audit log was found tampered with and left as it is.
    pub audit_chains_left: Counter,
    tasks_healthy: Family<TaskLabels, Gauge>,
    log_lines_dropped: Counter,
    /// `None` where the system does not tell.
    resident_memory: Option<Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All of them, at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("plexsphere"),
            requests: Family::default(),
            request_duration: Family::new_with_constructor(|| Histogram::new(REQUEST_SECONDS)),
            connections_open: Gauge::default(),
            in_flight: Gauge::default(),
            heartbeats_committed: Counter::default(),
            heartbeat_batch_size: Histogram::new(BATCH),
            heartbeat_queue_depth: Gauge::default(),
            endpoint_reports_committed: Counter::default(),
            endpoint_batch_size: Histogram::new(BATCH),
            endpoint_queue_depth: Gauge::default(),
            endpoints_withdrawn: Counter::default(),
            reachability_transitions: Family::default(),
            sweeper_step_duration: Histogram::new(STEP_SECONDS),
            database_available: Gauge::default(),
            pool_connections_in_use: Gauge::default(),
            credential_cache_entries: Gauge::default(),
            credential_cache_hits: Counter::default(),
            credential_cache_misses: Counter::default(),
            outbox_depth: Gauge::default(),
            outbox_oldest_age: Gauge::default(),
            outbox_dead_letters: Counter::default(),
            relayed_events: Counter::default(),
            relay_batch_size: Histogram::new(BATCH),
            relay_lag: Histogram::new(LAG_SECONDS),
            relay_leads: Gauge::default(),
            relay_leadership_changes: Counter::default(),
            tail_position: Gauge::default(),
            tail_ring_events: Gauge::default(),
            tail_ring_bytes: Gauge::default(),
            events_unverified: Counter::default(),
            streams_open: Gauge::default(),
            streams_opened: Counter::default(),
            streams_closed: Family::default(),
            stream_events: Counter::default(),
            stream_resyncs: Counter::default(),
            stream_lag: Histogram::new(LAG_SECONDS),
            audit_decisions: Counter::default(),
            audit_batch_size: Histogram::new(BATCH),
            audit_queue_depth: Gauge::default(),
            audit_waiting: Gauge::default(),
            audit_oldest_age: Gauge::default(),
            audit_chained: Counter::default(),
            audit_chains_left: Counter::default(),
            tasks_healthy: Family::default(),
            log_lines_dropped: Counter::default(),
            resident_memory: resident_bytes().map(|_| Gauge::default()),
        };
        metrics.register();
        metrics
    }

    /// The encoder appends `_total` to counters, units, and the full stop to help texts.
    fn register(&mut self) {
        let r = &mut self.registry;
        r.register("http_requests", "Requests answered", self.requests.clone());
        r.register_with_unit(
            "http_request_duration",
            "Time from a request's head to the head of its answer",
            Unit::Seconds,
            self.request_duration.clone(),
        );
        r.register("connections_open", "Connections that are open", self.connections_open.clone());
        r.register("http_requests_in_flight", "Requests that are being worked on", self.in_flight.clone());
        r.register("heartbeats_committed", "Heartbeats whose write is durable", self.heartbeats_committed.clone());
        r.register("heartbeat_batch_size", "Heartbeats in one write", self.heartbeat_batch_size.clone());
        r.register(
            "heartbeat_queue_depth",
            "Heartbeats that wait for the next write",
            self.heartbeat_queue_depth.clone(),
        );
        r.register(
            "endpoint_reports_committed",
            "Reports of endpoints whose write is durable",
            self.endpoint_reports_committed.clone(),
        );
        r.register("endpoint_batch_size", "Reports of endpoints in one write", self.endpoint_batch_size.clone());
        r.register(
            "endpoint_queue_depth",
            "Reports of endpoints that wait for the next write",
            self.endpoint_queue_depth.clone(),
        );
        r.register("endpoints_withdrawn", "Endpoints that nobody confirmed any more", self.endpoints_withdrawn.clone());
        r.register(
            "reachability_transitions",
            "Nodes that went into a reachability state",
            self.reachability_transitions.clone(),
        );
        r.register_with_unit(
            "sweeper_step_duration",
            "Time that one step of the reachability sweeper takes",
            Unit::Seconds,
            self.sweeper_step_duration.clone(),
        );
        r.register("database_available", "1 while the database answers, else 0", self.database_available.clone());
        r.register(
            "pool_connections_in_use",
            "Database connections that are taken from the pool",
            self.pool_connections_in_use.clone(),
        );
        r.register("credential_cache_entries", "Credentials in the cache", self.credential_cache_entries.clone());
        r.register(
            "credential_cache_hits",
            "Credentials that were found in the cache",
            self.credential_cache_hits.clone(),
        );
        r.register(
            "credential_cache_misses",
            "Credentials that had to be looked up",
            self.credential_cache_misses.clone(),
        );
        r.register("outbox_depth", "Events that wait for the relay", self.outbox_depth.clone());
        r.register_with_unit(
            "outbox_oldest_age",
            "Time that the first of them has waited",
            Unit::Seconds,
            self.outbox_oldest_age.clone(),
        );
        r.register(
            "outbox_dead_letters",
            "Events that could not be signed and were set aside",
            self.outbox_dead_letters.clone(),
        );
        r.register("relayed_events", "Events that this replica has appended to the log", self.relayed_events.clone());
        r.register("relay_batch_size", "Events that the relay takes at once", self.relay_batch_size.clone());
        r.register_with_unit(
            "relay_lag",
            "Time from an event to its place in the log, of each batch's oldest",
            Unit::Seconds,
            self.relay_lag.clone(),
        );
        r.register("relay_leads", "1 while this replica relays, else 0", self.relay_leads.clone());
        r.register(
            "relay_leadership_changes",
            "How often this replica has begun to relay",
            self.relay_leadership_changes.clone(),
        );
        r.register("tail_position", "Last number of the event log that was read", self.tail_position.clone());
        r.register("tail_ring_events", "Events of the log that are in memory", self.tail_ring_events.clone());
        r.register_with_unit(
            "tail_ring",
            "Size of the events that are in memory",
            Unit::Bytes,
            self.tail_ring_bytes.clone(),
        );
        r.register("events_unverified", "Events in the log that do not verify", self.events_unverified.clone());
        r.register("streams_open", "Event streams that are open", self.streams_open.clone());
        r.register("streams_opened", "Event streams that were opened", self.streams_opened.clone());
        r.register("streams_closed", "Event streams that have ended, and why", self.streams_closed.clone());
        r.register("stream_events", "Events that went out on streams", self.stream_events.clone());
        r.register("stream_resyncs", "Streams that were told to pull their state", self.stream_resyncs.clone());
        r.register_with_unit(
            "stream_lag",
            "Time from an event until the streams are woken for it",
            Unit::Seconds,
            self.stream_lag.clone(),
        );
        r.register(
            "audit_decisions",
            "Decisions about operators' requests that are recorded",
            self.audit_decisions.clone(),
        );
        r.register("audit_batch_size", "Decisions in one write", self.audit_batch_size.clone());
        r.register("audit_queue_depth", "Decisions that wait for the next write", self.audit_queue_depth.clone());
        r.register("audit_waiting", "Audit entries that wait for their number", self.audit_waiting.clone());
        r.register_with_unit(
            "audit_oldest_age",
            "Time that the first of them has waited",
            Unit::Seconds,
            self.audit_oldest_age.clone(),
        );
        r.register("audit_chained", "Audit entries that this replica has numbered", self.audit_chained.clone());
        r.register(
            "audit_chains_left",
            "How often a chain of the audit log was found tampered with and left as it is",
            self.audit_chains_left.clone(),
        );
        r.register("task_healthy", "1 while the task's last step succeeded, else 0", self.tasks_healthy.clone());
        r.register(
            "log_lines_dropped",
            "Log lines that were not written because nobody took them from stderr",
            self.log_lines_dropped.clone(),
        );
        if let Some(gauge) = &self.resident_memory {
            r.register_with_unit("process_resident_memory", "Memory of this process", Unit::Bytes, gauge.clone());
        }
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        r.register("build", "The build that is running", build);
    }

    /// Counts an answered request.
    pub fn request(&self, labels: &RequestLabels, latency: Duration) {
        self.requests.get_or_create(labels).inc();
        self.request_duration.get_or_create(labels).observe(latency.as_secs_f64());
    }

    /// Counts `nodes` Nodes that went into `state`.
    pub fn reachability_transitions(&self, state: &'static str, nodes: u64) {
        self.reachability_transitions.get_or_create(&StateLabels { state }).inc_by(nodes);
    }

    /// Counts an event stream that has ended for `reason`.
    pub fn stream_closed(&self, reason: &'static str) {
        self.streams_closed.get_or_create(&EndingLabels { reason }).inc();
    }

    /// Says whether the last step of `task` succeeded.
    pub fn task_healthy(&self, task: &'static str, healthy: bool) {
        self.tasks_healthy.get_or_create(&TaskLabels { task }).set(healthy.into());
    }

    /// All metrics as OpenMetrics text.
    pub fn encode(&self) -> String {
        if let (Some(gauge), Some(bytes)) = (&self.resident_memory, resident_bytes()) {
            gauge.set(bytes);
        }
        if let Some(dropped) = DROPPED.get() {
            self.log_lines_dropped.inner().store(dropped.dropped_lines() as u64, Ordering::Relaxed);
        }
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.registry) {
            tracing::error!(%error, "metrics cannot be encoded");
        }
        text
    }
}

/// Counts one in a gauge for as long as it lives: also when a request is dropped half-way, or panics.
pub struct Held(Gauge);

impl Held {
    /// Counts one in `gauge` from now on.
    pub fn in_gauge(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Memory of this process that is in RAM.
#[cfg(target_os = "linux")]
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?;
    kibibytes.trim().parse::<i64>().ok()?.checked_mul(1024)
}

/// Not told here.
#[cfg(not(target_os = "linux"))]
fn resident_bytes() -> Option<i64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_prefixed_explained_and_ends_the_exposition() {
        let metrics = Metrics::new();
        metrics.request(&RequestLabels { operation: "heartbeat", status: 200 }, Duration::from_millis(3));
        metrics.reachability_transitions("unreachable", 2);
        metrics.task_healthy("relay", true);
        let text = metrics.encode();
        for line in text.lines() {
            assert!(
                line.starts_with("plexsphere_")
                    || line.starts_with("# HELP plexsphere_")
                    || line.starts_with("# TYPE plexsphere_")
                    || line.starts_with("# UNIT plexsphere_")
                    || line == "# EOF",
                "{line}"
            );
        }
        for expected in [
            "plexsphere_http_requests_total{operation=\"heartbeat\",status=\"200\"} 1\n",
            "plexsphere_http_request_duration_seconds_bucket{le=\"0.005\",operation=\"heartbeat\",status=\"200\"} 1\n",
            "plexsphere_http_request_duration_seconds_count{operation=\"heartbeat\",status=\"200\"} 1\n",
            "plexsphere_reachability_transitions_total{state=\"unreachable\"} 2\n",
            "plexsphere_task_healthy{task=\"relay\"} 1\n",
            "plexsphere_build_info{version=\"",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_told_in_bytes() {
        let text = Metrics::new().encode();
        let line = text.lines().find_map(|line| line.strip_prefix("plexsphere_process_resident_memory_bytes "));
        assert!(line.and_then(|bytes| bytes.parse::<u64>().ok()).is_some_and(|bytes| bytes > 100_000), "{line:?}");
    }

    #[test]
    fn what_is_held_is_counted_until_it_is_dropped() {
        let gauge = Gauge::default();
        let held = Held::in_gauge(&gauge);
        assert_eq!(gauge.get(), 1);
        drop(held);
        assert_eq!(gauge.get(), 0);
    }

    #[test]
    fn directives_are_checked() {
        assert!(filter("info,plexsphere::access=warn").is_ok());
        assert!(filter("plexsphere=loud").is_err());
    }
}
