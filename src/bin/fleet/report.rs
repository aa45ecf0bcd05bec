//! What came of a run: a table for people, JSON for programs.

use std::io::{self, Write};
use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, Table};
use serde::Serialize;

use crate::cli::Settings;
use crate::convergence::Convergence;
use crate::stats::{Stats, Summary, Violation};
use crate::streams;

/// So many of something in some time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Phase {
    /// How many.
    pub count: u64,
    /// In how many seconds.
    pub seconds: f64,
    /// How many a second.
    pub per_second: f64,
    /// How many were due and were not sent before the end.
    pub unsent: u64,
}

impl Phase {
    /// `count` in `elapsed`.
    pub fn new(count: u64, elapsed: Duration) -> Self {
        let seconds = elapsed.as_secs_f64();
        let per_second =
            if seconds > 0.0 { f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds } else { 0.0 };
        Self { count, seconds: round(seconds), per_second: round(per_second), unsent: 0 }
    }
}

fn round(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// How many Nodes there are in each state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct States {
    /// Reporting.
    pub healthy: usize,
    /// Away for some time.
    pub stale: usize,
    /// Away for long.
    pub unreachable: usize,
}

#[derive(Clone, Debug, Serialize)]
struct OperationRow {
    operation: &'static str,
    #[serde(flatten)]
    summary: Summary,
}

#[derive(Clone, Debug, Serialize)]
struct ErrorRow {
    operation: &'static str,
    /// 0: no answer.
    status: u16,
    code: String,
    count: u64,
}

#[derive(Clone, Debug, Serialize)]
struct RuleRow {
    operation: &'static str,
    rule: &'static str,
    count: u64,
}

#[derive(Clone, Debug, Serialize)]
struct ViolationRows {
    total: u64,
    by_rule: Vec<RuleRow>,
    examples: Vec<Violation>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Hints {
    reconcile: u64,
    rotate_nsk: u64,
    rotate_mesh_key: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct ReportRow {
    endpoints: u64,
    moves: u64,
    manifests: u64,
    manifest_changes: u64,
    host_key_changes: u64,
    integrity_violations: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct PullRow {
    count: u64,
    not_modified: u64,
    compressed: u64,
    stale: u64,
    entries_reported: u64,
    metadata_set: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct RotationRow {
    previews: u64,
    triggers: u64,
    /// Events that asked for another key, before a heartbeat did.
    events: u64,
    completed: u64,
    /// Edges whose ends were asked for their PSKs.
    edge_psks: usize,
}

/// How the parts of a run went.
pub struct Course {
    /// The enrolments.
    pub enrolments: Phase,
    /// The heartbeats.
    pub heartbeats: Phase,
    /// The states at the end, where they are known.
    pub states: Option<States>,
    /// The comparison at the end, where there was one.
    pub convergence: Option<Convergence>,
    /// Edges whose PSKs were compared at the end.
    pub edge_psks: usize,
    /// What came of the streams.
    pub streams: streams::Summary,
    /// Whether somebody ended the run early.
    pub interrupted: bool,
    /// Failures that no figure shows.
    pub troubles: Vec<String>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct LoadRow {
    connections: usize,
    rate: Option<f64>,
}

/// The outcome of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    server: String,
    seed: u64,
    nodes: usize,
    bridges: usize,
    load: Option<LoadRow>,
    interrupted: bool,
    passed: bool,
    /// Why not.
    failures: Vec<String>,
    enrolments: Phase,
    heartbeats: Phase,
    operations: Vec<OperationRow>,
    errors: Vec<ErrorRow>,
    retries: u64,
    re_enrolments: u64,
    hints: Hints,
    reports: ReportRow,
    state_pulls: PullRow,
    drains: u64,
    rotations: RotationRow,
    reachability_samples: u64,
    states: Option<States>,
    convergence: Option<Convergence>,
    streams: streams::Summary,
    violations: ViolationRows,
}

impl Report {
    /// Sums a run up.
    pub fn new(settings: &Settings, stats: &Stats, course: Course) -> Self {
        let Course { enrolments, heartbeats, states, convergence, edge_psks, streams, interrupted, troubles } = course;
        let violations = stats.violations();
        let mut failures = troubles;
        let total = violations.total();
        if total > 0 {
            failures.push(format!("{total} violations of the contract"));
        }
        let nodes = settings.nodes as u64;
        if enrolments.count < nodes {
            failures.push(format!("{} of {nodes} Nodes enrolled", enrolments.count));
        }
        if let Some(states) = states.filter(|states| states.healthy < settings.nodes) {
            failures.push(format!("{} of {nodes} Nodes healthy", states.healthy));
        }
        let rejected = stats.rejected.get();
        if rejected > 0 {
            failures.push(format!("{rejected} agents were turned away for good"));
        }
        let errors = stats.errors().into_iter();
        let errors = errors.map(|(kind, count)| {
            let (operation, status, code) = (kind.operation, kind.status, kind.code);
            ErrorRow { operation, status, code, count }
        });
        let rules = violations.by_rule.iter();
        let summaries = stats.summaries().into_iter();
        Self {
            server: settings.server.clone(),
            seed: settings.seed,
            nodes: settings.nodes,
            bridges: settings.bridges,
            load: settings.load.map(|load| LoadRow { connections: load.connections, rate: load.rate }),
            interrupted,
            passed: failures.is_empty(),
            failures,
            enrolments,
            heartbeats,
            operations: summaries.map(|(operation, summary)| OperationRow { operation, summary }).collect(),
            errors: errors.collect(),
            retries: stats.retries.get(),
            re_enrolments: stats.re_enrolled.get(),
            hints: Hints {
                reconcile: stats.reconcile_hints.get(),
                rotate_nsk: stats.nsk_hints.get(),
                rotate_mesh_key: stats.mesh_key_hints.get(),
            },
            reports: ReportRow {
                endpoints: stats.endpoints.get(),
                moves: stats.moves.get(),
                manifests: stats.manifests.get(),
                manifest_changes: stats.manifest_changes.get(),
                host_key_changes: stats.host_key_changes.get(),
                integrity_violations: stats.tamperings.get(),
            },
            state_pulls: PullRow {
                count: stats.pulls.get(),
                not_modified: stats.not_modified.get(),
                compressed: stats.compressed_pulls.get(),
                stale: stats.stale_pulls.get(),
                entries_reported: stats.entries.get(),
                metadata_set: stats.metadata.get(),
            },
            drains: stats.drains.get(),
            rotations: RotationRow {
                previews: stats.rotation_previews.get(),
                triggers: stats.rotation_triggers.get(),
                events: stats.rotation_events.get(),
                completed: stats.rotations.get(),
                edge_psks,
            },
            reachability_samples: stats.reachability_samples.get(),
            states,
            convergence,
            streams,
            violations: ViolationRows {
                total,
                by_rule: rules.map(|((operation, rule), count)| RuleRow { operation, rule, count: *count }).collect(),
                examples: violations.examples,
            },
        }
    }

    /// Whether everything is as it has to be.
    pub fn passed(&self) -> bool {
        self.passed
    }

    /// For programs: one JSON object.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut out, self)?;
        writeln!(out)
    }

    /// For people.
    ///
    /// # Errors
    /// What `out` says.
    pub fn write_tables(&self, mut out: impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.overview())?;
        writeln!(out, "{}", self.operation_table())?;
        if !self.errors.is_empty() {
            writeln!(out, "{}", self.error_table())?;
        }
        if self.violations.total > 0 {
            self.write_violations(&mut out)?;
        }
        match (self.passed, self.interrupted) {
            (true, false) => writeln!(out, "passed"),
            (true, true) => writeln!(out, "passed, ended early"),
            (false, _) => writeln!(out, "FAILED: {}", self.failures.join("; ")),
        }
    }

    fn overview(&self) -> Table {
        let mut table = table(&["fleet", ""]);
        let mut row = |name: &str, value: String| {
            table.add_row([name.to_owned(), value]);
        };
        row("server", self.server.clone());
        row("seed", self.seed.to_string());
        let phase = |phase: &Phase| format!("{} in {:.1} s ({:.1}/s)", phase.count, phase.seconds, phase.per_second);
        row("enrolled", format!("{} of {}, bridges {}", phase(&self.enrolments), self.nodes, self.bridges));
        row("heartbeats", phase(&self.heartbeats));
        if let Some(load) = &self.load {
            let pace = load.rate.map_or("back to back".to_owned(), |rate| format!("at {rate}/s"));
            row(
                "load",
                format!("{pace} over {} connections, {} not sent in time", load.connections, self.heartbeats.unsent),
            );
        }
        let streams = &self.streams;
        row(
            "streams",
            match &streams.none {
                Some(why) => format!("none: {why}"),
                None => {
                    let streams::Summary { opened, resumed, closed, events, witnessed, resyncs, .. } = streams;
                    format!(
                        "{opened} (resumed {resumed}, ended {closed}), {events} events ({witnessed} of single Nodes \
                         waited for), resyncs {resyncs}"
                    )
                }
            },
        );
        let reports = &self.reports;
        row("endpoints", format!("{} (machines that moved {})", reports.endpoints, reports.moves));
        let (changes, keys) = (reports.manifest_changes, reports.host_key_changes);
        row("manifests", format!("{} (changes {changes}, of SSH host keys {keys})", reports.manifests));
        row("integrity", format!("{} violations reported", reports.integrity_violations));
        let pulls = &self.state_pulls;
        let (same, compressed, stale) = (pulls.not_modified, pulls.compressed, pulls.stale);
        row("state pulls", format!("{} (not modified {same}, compressed {compressed}, stale {stale})", pulls.count));
        let (own, set) = (pulls.entries_reported, pulls.metadata_set);
        row("state entries", format!("changed by agents {own}, by the operator {set}"));
        row("maintenance", format!("{} drained and brought back", self.drains));
        let RotationRow { previews, triggers, events, completed, edge_psks } = self.rotations;
        row(
            "mesh keys",
            format!(
                "{completed} rotated (asked {triggers} times, {events} heard by event, looked {previews}), \
                 {edge_psks} edge PSKs compared"
            ),
        );
        let hints = &self.hints;
        let asked =
            [("reconcile", hints.reconcile), ("new NSK", hints.rotate_nsk), ("new mesh key", hints.rotate_mesh_key)];
        row("hints", asked.map(|(name, count)| format!("{name} {count}")).join(", "));
        row("retries", format!("{} (re-enrolments {})", self.retries, self.re_enrolments));
        row("looked at", format!("{} reachabilities", self.reachability_samples));
        row(
            "states",
            match &self.states {
                Some(states) => {
                    format!("healthy {}, stale {}, unreachable {}", states.healthy, states.stale, states.unreachable)
                }
                None => "not known".to_owned(),
            },
        );
        let (convergence, topology) = match &self.convergence {
            Some(compared) => {
                let Convergence { live, states, folds, relayed, attempts, topology } = compared;
                let states =
                    format!("{states} states of {live} Nodes in the mesh, {folds} folded, {relayed} with a bridge");
                let topology = match &topology.not_compared {
                    Some(why) => format!("not compared: {why}"),
                    None => format!(
                        "{} edges in {} pictures, {} relayed",
                        topology.edges, topology.pictures, topology.relayed
                    ),
                };
                (format!("{states}, at rest at look {attempts}"), topology)
            }
            None => ("not compared".to_owned(), "not compared".to_owned()),
        };
        row("convergence", convergence);
        row("topology", topology);
        row("violations", self.violations.total.to_string());
        table
    }

    fn operation_table(&self) -> Table {
        let mut table = table(&["operation", "count", "p50 ms", "p99 ms", "max ms"]);
        for OperationRow { operation, summary } in &self.operations {
            let millis = |millis: f64| number(format!("{millis:.2}"));
            table.add_row([
                Cell::new(operation),
                number(summary.count.to_string()),
                millis(summary.p50_ms),
                millis(summary.p99_ms),
                millis(summary.max_ms),
            ]);
        }
        table
    }

    fn error_table(&self) -> Table {
        let mut table = table(&["error of", "status", "code", "count"]);
        for row in &self.errors {
            let status = if row.status == 0 { "-".to_owned() } else { row.status.to_string() };
            table.add_row([
                Cell::new(row.operation),
                Cell::new(status),
                Cell::new(&row.code),
                number(row.count.to_string()),
            ]);
        }
        table
    }

    fn write_violations(&self, mut out: impl Write) -> io::Result<()> {
        let mut table = table(&["violation of", "rule", "count"]);
        for row in &self.violations.by_rule {
            table.add_row([Cell::new(row.operation), Cell::new(row.rule), number(row.count.to_string())]);
        }
        writeln!(out, "{table}")?;
        for example in &self.violations.examples {
            let Violation { operation, rule, detail, correlation_id } = example;
            writeln!(out, "{operation} {rule}: {detail} [{correlation_id}]")?;
        }
        Ok(())
    }
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header.iter().copied());
    table
}

fn number(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}
