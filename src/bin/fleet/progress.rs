//! What a person sees while the fleet runs; nothing when nobody looks.

use std::io::{IsTerminal, stderr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::cli::Settings;
use crate::stats::{Stats, lock};

const REFRESH: Duration = Duration::from_millis(200);

/// A bar that follows the statistics.
pub struct Progress {
    shown: Option<(Arc<Shown>, JoinHandle<()>)>,
}

struct Shown {
    bar: ProgressBar,
    stats: Arc<Stats>,
    nodes: u64,
    seconds: u64,
    phase: Mutex<Phase>,
}

#[derive(Clone, Copy)]
enum Phase {
    Enrolling,
    Reporting { since: Instant, before: u64 },
    Comparing,
    CleaningUp,
}

impl Progress {
    /// Begins with the enrolment. Does nothing without a terminal, or when JSON is wanted.
    pub fn start(stats: Arc<Stats>, settings: &Settings) -> Self {
        if settings.json || !stderr().is_terminal() {
            return Self { shown: None };
        }
        let bar = ProgressBar::new(settings.nodes as u64);
        if let Ok(style) = ProgressStyle::with_template("{prefix:>10} {bar:30.cyan/blue} {pos:>6}/{len:<6} {msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        let shown = Arc::new(Shown {
            bar,
            stats,
            nodes: settings.nodes as u64,
            seconds: settings.duration.as_secs().max(1),
            phase: Mutex::new(Phase::Enrolling),
        });
        let drawing = Arc::clone(&shown);
        let task = tokio::spawn(async move {
            loop {
                drawing.draw();
                tokio::time::sleep(REFRESH).await;
            }
        });
        Self { shown: Some((shown, task)) }
    }

    /// All agents are enrolled and report.
    pub fn reporting(&self) {
        if let Some((shown, _)) = &self.shown {
            let before = shown.stats.heartbeats.get();
            *lock(&shown.phase) = Phase::Reporting { since: Instant::now(), before };
        }
    }

    /// The states are compared.
    pub fn comparing(&self) {
        if let Some((shown, _)) = &self.shown {
            *lock(&shown.phase) = Phase::Comparing;
        }
    }

    /// The Nodes leave.
    pub fn cleaning_up(&self) {
        if let Some((shown, _)) = &self.shown {
            *lock(&shown.phase) = Phase::CleaningUp;
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        if let Some((shown, task)) = self.shown {
            task.abort();
            shown.bar.finish_and_clear();
        }
    }
}

impl Shown {
    fn draw(&self) {
        let (errors, violations) = (self.stats.error_total(), self.stats.violation_total());
        let beats = self.stats.heartbeats.get();
        let faults = format!("{errors} errors, {violations} violations");
        match *lock(&self.phase) {
            Phase::Enrolling => {
                self.bar.set_prefix("enrolling");
                self.bar.set_length(self.nodes);
                self.bar.set_position(self.stats.enrolled.get());
                self.bar.set_message(format!("Nodes, {beats} heartbeats, {faults}"));
            }
            Phase::Reporting { since, before } => {
                let elapsed = since.elapsed();
                let rate =
                    f64::from(u32::try_from(beats - before).unwrap_or(u32::MAX)) / elapsed.as_secs_f64().max(0.001);
                self.bar.set_prefix("reporting");
                self.bar.set_length(self.seconds);
                self.bar.set_position(elapsed.as_secs().min(self.seconds));
                self.bar.set_message(format!("s, {beats} heartbeats ({rate:.0}/s), {faults}"));
            }
            Phase::Comparing => {
                self.bar.set_prefix("comparing");
                self.bar.set_message(faults);
            }
            Phase::CleaningUp => {
                self.bar.set_prefix("leaving");
                self.bar.set_message(faults);
            }
        }
    }
}
