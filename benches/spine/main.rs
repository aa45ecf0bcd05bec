//! `make bench`: what the spine does a second, beside floors that are measured in the same run.
//!
//! Prints ratios; the absolute figures are of this machine and this moment. Everything is on loopback: a PostgreSQL
//! that is durable, the release server in a process of its own, and the load in this one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a program to measure with

mod bare;
mod cpu;
mod data;
mod enrolment;
mod floor;
mod load;
#[allow(dead_code)] // the other benchmarks use more of it
mod server;
mod sweep;
mod tls;
mod withdrawal;

use std::str::FromStr;
use std::time::Duration;

use data::Nodes;
use load::Target;
use plexsphere::postgres::embedded::Embedded;

/// Nodes in the database while heartbeats are measured.
const NODES: u32 = 100_000;
/// Connections of the load, and clients of the floor that talks to PostgreSQL. `BENCH_CLIENTS` sets another number. A
/// fleet has a connection a Node; these are as many as PostgreSQL bears.
const CLIENTS: usize = 512;

fn main() {
    let seconds = Duration::from_secs(setting("BENCH_SECONDS").unwrap_or(10));
    let clients = setting("BENCH_CLIENTS").unwrap_or(CLIENTS);
    if std::env::args().nth(1).as_deref() == Some("bare") {
        return bare::run();
    }
    let parts: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    assert!(parts.iter().all(|part| PARTS.contains(&part.as_str())), "parts are {PARTS:?}");
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|named| named == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(seconds, clients, wanted));
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// What can be measured alone, by its name.
const PARTS: [&str; 4] = ["heartbeats", "sweep", "withdrawal", "enrolment"];

async fn run(seconds: Duration, clients: usize, wanted: impl Fn(&str) -> bool) {
    let postgres = server::postgres().await;
    println!(
        "PostgreSQL from {}; {} clients; {} s a measurement",
        postgres.bin_dir().display(),
        clients,
        seconds.as_secs()
    );

    let url = server::fresh(&postgres, "bench_heartbeats").await;
    let nodes = Nodes::load(&url, NODES).await;
    if wanted("heartbeats") {
        heartbeats(&postgres, &url, &nodes, seconds, clients).await;
    }
    if wanted("sweep") {
        sweep::measure(&url).await;
    }
    if wanted("withdrawal") {
        withdrawal::measure(&url, &nodes).await;
    }
    if wanted("enrolment") {
        enrolment::measure(&postgres).await;
    }
    postgres.destroy().await.unwrap();
}

async fn heartbeats(postgres: &Embedded, url: &str, nodes: &Nodes, seconds: Duration, clients: usize) {
    println!("\nHeartbeats, {NODES} Nodes in the database");
    let serving = server::Serving::start(url).await;
    let bare = server::Bare::start_with(&[]).await;
    let target = Target::heartbeats(serving.address, nodes.clone());
    let idle = Target::heartbeats(bare.address, nodes.clone());
    // Every Node is heard of once: from then on its credential is known, as it is in a fleet that beats.
    load::every_node_once(&target, nodes, clients).await;
    // Alternating, because the machine is noisy: each pair of figures is of the same minutes.
    let mut spent_a_beat = [0.0; 3];
    let (mut updates, mut beats, mut constants) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        updates.push(floor::single_row_updates(url, nodes, clients, seconds / 3).await);
        let before = spent(postgres, &serving);
        let (rate, sent) = load::closed_loop(&target, clients, seconds / 3).await;
        let after = spent(postgres, &serving);
        for (spent, (after, before)) in spent_a_beat.iter_mut().zip(after.into_iter().zip(before)) {
            *spent = after.saturating_sub(before).as_secs_f64() * 1e6 / sent as f64;
        }
        beats.push(rate);
        constants.push(load::closed_loop(&idle, clients, seconds / 3).await.0);
    }
    let (update, beat, constant) = (median(&updates), median(&beats), median(&constants));
    println!("  single-row UPDATE, autocommit     {update:>9.0}/s");
    println!("  bare hyper handler, same TLS      {constant:>9.0}/s");
    println!("  durable heartbeats over HTTPS     {beat:>9.0}/s");
    println!(
        "  processor time a heartbeat: server {:.1} us, PostgreSQL {:.1} us, load {:.1} us",
        spent_a_beat[0], spent_a_beat[1], spent_a_beat[2]
    );
    println!("  ratio to UPDATE                   {:>9.2}   (target: at least 3)", beat / update);
    println!("  ratio to bare hyper               {:>9.2}   (target: at least 0.5)", beat / constant);

    println!("\nReports of endpoints that confirm what is known");
    let endpoints = Target::endpoints(serving.address, nodes.clone());
    load::every_node_once(&endpoints, nodes, clients).await;
    let (mut beats, mut reports) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        beats.push(load::closed_loop(&target, clients, seconds / 3).await.0);
        reports.push(load::closed_loop(&endpoints, clients, seconds / 3).await.0);
    }
    let (beats, reports) = (median(&beats), median(&reports));
    println!("  durable heartbeats over HTTPS     {beats:>9.0}/s");
    println!("  durable reports over HTTPS        {reports:>9.0}/s");
    println!("  ratio to heartbeats               {:>9.2}   (target: at least 0.7)\n", reports / beats);

    let commit = floor::median_commit(url, nodes).await;
    let paced = load::open_loop(&target, clients, beat / 2.0, seconds).await;
    // What the machine itself adds: the same load on a handler that does nothing, with one client committing beside it.
    let (bare_paced, beside) =
        tokio::join!(load::open_loop(&idle, clients, beat / 2.0, seconds), floor::p99_of_commits(url, nodes, seconds));
    println!("  median commit                     {:>9.2} ms", millis(commit));
    println!(
        "  at half of the peak: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        millis(paced.p50),
        millis(paced.p99),
        millis(paced.max)
    );
    println!(
        "  ratio of p99 to median commit     {:>9.2}   (target: at most 10)",
        paced.p99.as_secs_f64() / commit.as_secs_f64()
    );
    println!(
        "  the bare handler under the same load: p99 {:.2} ms; one client committing beside it: p99 {:.2} ms",
        millis(bare_paced.p99),
        millis(beside)
    );
    println!(
        "  ratio of p99 to these two together{:>9.2}",
        paced.p99.as_secs_f64() / (bare_paced.p99 + beside).as_secs_f64()
    );

    load::every_node_once(&target, nodes, clients).await;
    println!(
        "  resident memory of the server, every Node heard of: {:.0} MB   (target: at most 300)",
        serving.resident_mb()
    );
    drop(bare);
    serving.stop().await;
}

/// Processor time so far of the server, of PostgreSQL and of this process.
fn spent(postgres: &Embedded, serving: &server::Serving) -> [Duration; 3] {
    [cpu::used(serving.pid()), cpu::used_with_children(postgres.pid()), cpu::used(std::process::id())]
}

pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
