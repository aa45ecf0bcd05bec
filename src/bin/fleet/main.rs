//! fleet: simulated agents that hold a control plane to its contract.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod agent;
mod answers;
mod caller;
mod cli;
mod connection;
mod contract_check;
mod convergence;
mod edges;
mod entries;
mod load;
mod machine;
mod maintenance;
mod operator;
mod progress;
mod pulls;
mod report;
mod reports;
mod roster;
mod rotations;
mod run;
mod spelled;
mod state;
mod stats;
mod streams;
mod topology;
mod turned_away;
mod watch;
mod witness;

use std::fs;
use std::io::ErrorKind;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch::{Sender, channel};

use cli::{Args, Settings};

/// It could not begin.
const NOT_RUN: u8 = 2;

/// Files that are open besides the connections of the agents.
const OTHER_FILES: usize = 64;

fn main() -> ExitCode {
    let settings = match Args::parse().settings() {
        Ok(settings) => settings,
        Err(error) => return not_run(&error),
    };
    if let Some(limit) = open_files().filter(|limit| *limit < connections(&settings) + OTHER_FILES) {
        eprintln!(
            "fleet: only {limit} files may be open at once, too few for the connections; raise it with ulimit -n"
        );
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return not_run(&error),
    };
    runtime.block_on(async {
        let (stop, stopped) = channel(false);
        tokio::spawn(listen(stop));
        match run::run(&settings, stopped).await {
            Ok(report) => {
                let out = std::io::stdout().lock();
                let written = if settings.json { report.write_json(out) } else { report.write_tables(out) };
                match written {
                    // Whoever reads no further knows enough; the exit code still tells.
                    Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                        eprintln!("fleet: the report cannot be written: {error}");
                        ExitCode::FAILURE
                    }
                    _ if report.passed() => ExitCode::SUCCESS,
                    _ => ExitCode::FAILURE,
                }
            }
            Err(error) => not_run(&error),
        }
    })
}

fn not_run(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("fleet: {error}");
    ExitCode::from(NOT_RUN)
}

/// Says stop at the first signal and ends at the second one.
async fn listen(stop: Sender<bool>) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Signals then end the program in their own way. The sender has to stay, or its receivers end.
        return std::future::pending().await;
    };
    let mut next = async || {
        tokio::select! {
            _ = interrupt.recv() => 130,
            _ = terminate.recv() => 143,
        }
    };
    next().await;
    stop.send_replace(true);
    std::process::exit(next().await);
}

/// How many connections there are at once.
fn connections(settings: &Settings) -> usize {
    let agents = settings.load.map_or(settings.nodes, |load| load.connections);
    let streams = if settings.streams { settings.nodes } else { 0 };
    agents + streams + 2 * settings.concurrency
}

/// How many files may be open at once, as far as the system tells.
fn open_files() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}
