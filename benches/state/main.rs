//! `make bench`: what pulls of the state cost, beside floors that are measured in the same run.
//!
//! Prints ratios; the absolute figures are of this machine and this moment. Everything is on loopback: a PostgreSQL,
//! the release server in a process of its own, and the load in this one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a program to measure with

mod bare;
mod client;
#[allow(dead_code)] // the spine uses more of it
#[path = "../spine/data.rs"]
mod data;
mod floor;
#[allow(dead_code)] // the other benchmarks use more of it
#[path = "../spine/server.rs"]
mod server;
#[allow(dead_code)] // the others use more of it
#[path = "../spine/tls.rs"]
mod tls;

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::{Connection, Target};
use data::Nodes;

/// Peers of the Domain that is pulled.
const NODES: u32 = 5_000;
/// Nodes that pull at once after a change.
const HERD: usize = 2_000;
/// Pulls of which the median is taken.
const SAMPLES: usize = 200;
/// Cold ones, each after a change.
const COLD: usize = 30;

fn main() {
    if std::env::args().nth(1).as_deref() == Some("bare") {
        return bare::run();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let postgres = server::postgres().await;
    let url = server::fresh(&postgres, "bench_state").await;
    let nodes = Nodes::load(&url, NODES).await;
    let floor = floor::Floor::connect(&url).await;
    let serving = server::Serving::start(&url).await;
    let target = Target::new(serving.address, nodes.clone());
    let mut connection = target.connect().await;
    // The key is known, and the connections to the database are open.
    for _ in 0..50 {
        target.pull(&mut connection, 0, &[]).await;
    }
    println!("State pulls of a Domain of {NODES} Nodes");
    cold(&target, &mut connection, &floor).await;
    warm(&target, &mut connection, &url, &nodes).await;
    herd(&target, &serving, &floor).await;
    serving.stop().await;
    postgres.destroy().await.unwrap();
}

/// Each pull finds a Domain that has changed.
async fn cold(target: &Target, connection: &mut Connection, floor: &floor::Floor) {
    let (mut pulls, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..COLD {
        floor.change().await;
        let began = Instant::now();
        let bytes = floor.peers_serialised().await;
        floors.push(began.elapsed());
        let began = Instant::now();
        let pulled = target.pull(connection, 0, &[]).await;
        pulls.push(began.elapsed());
        assert!(pulled.bytes > bytes / 2, "{} bytes, and {bytes} by the floor", pulled.bytes);
    }
    let (pull, floor) = (median(pulls), median(floors));
    println!("  cold: its statement and one serialisation {:>8.2} ms", millis(floor));
    println!("  cold: a pull over HTTPS                   {:>8.2} ms", millis(pull));
    println!("  ratio                                     {:>8.2}   (target: at most 1.5)", ratio(pull, floor));
}

/// Nothing has changed since the last pull. The floor asks the same stack for `SELECT 1`; what the bytes cost is
/// taken from a bare hyper handler that sends them.
async fn warm(target: &Target, connection: &mut Connection, url: &str, nodes: &Nodes) {
    let asks = server::Bare::start_with(&["select", url]).await;
    let asks = Target::new(asks.address, nodes.clone()).keeping(asks);
    let mut ask = asks.connect().await;
    let body = target.pull(connection, 0, &[]).await.bytes;
    let sends = server::Bare::start_with(&["bytes", &body.to_string()]).await;
    let sends = Target::new(sends.address, nodes.clone()).keeping(sends);
    let mut send = sends.connect().await;
    let nothing = server::Bare::start_with(&["bytes", "0"]).await;
    let nothing = Target::new(nothing.address, nodes.clone()).keeping(nothing);
    let mut none = nothing.connect().await;
    let etag = target.pull(connection, 0, &[]).await.etag.unwrap();
    let mut times: [Vec<Duration>; 5] = Default::default();
    for _ in 0..SAMPLES {
        times[0].push(asks.timed(&mut ask, &[]).await);
        times[1].push(target.timed(connection, &[]).await);
        times[2].push(target.timed(connection, &[("if-none-match", &etag)]).await);
        times[3].push(sends.timed(&mut send, &[]).await);
        times[4].push(nothing.timed(&mut none, &[]).await);
    }
    let [ask, pull, spared, send, none] = times.map(median);
    let writing = send.saturating_sub(none);
    println!("  warm: SELECT 1 through the same stack     {:>8.3} ms", millis(ask));
    println!("  warm: writing the {body} bytes           {:>8.3} ms", millis(writing));
    println!("  warm: a pull                              {:>8.3} ms", millis(pull));
    println!(
        "  ratio, without the bytes                  {:>8.2}   (target: at most 2)",
        ratio(pull.saturating_sub(writing), ask)
    );
    println!("  warm: a pull that is answered 304         {:>8.3} ms", millis(spared));
    println!("  ratio                                     {:>8.2}   (target: at most 2)", ratio(spared, ask));
}

/// Many Nodes pull at once, right after a change. The bare handler sends as many bytes.
async fn herd(target: &Target, serving: &server::Serving, floor: &floor::Floor) {
    let mut connection = target.connect().await;
    let body = target.pull(&mut connection, 0, &[]).await.bytes;
    let bare = server::Bare::start_with(&["bytes", &body.to_string()]).await;
    let bare = Target::new(bare.address, target.nodes.clone()).keeping(bare);
    let mut connections = open(target).await;
    let mut constant = open(&bare).await;
    // Each key is known, and each connection has its buffers.
    at_once(target, &mut connections).await;
    at_once(&bare, &mut constant).await;
    let before = serving.resident_mb();
    let (mut rates, mut constants, mut most) = (Vec::new(), Vec::new(), before);
    for _ in 0..3 {
        floor.change().await;
        let peak = Arc::new(std::sync::Mutex::new(before));
        let watch = {
            let (peak, pid) = (peak.clone(), serving.pid());
            tokio::spawn(async move {
                loop {
                    let now = server::resident_mb(pid);
                    {
                        let mut peak = peak.lock().unwrap();
                        *peak = peak.max(now);
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        };
        rates.push(at_once(target, &mut connections).await);
        watch.abort();
        most = peak.lock().unwrap().max(most);
        constants.push(at_once(&bare, &mut constant).await);
    }
    let (rate, constant) = (middle(rates), middle(constants));
    println!("  {HERD} Nodes at once: bare hyper handler    {:>8.0} MB/s", constant / 1e6);
    println!("  {HERD} Nodes at once: pulls after a change  {:>8.0} MB/s", rate / 1e6);
    println!("  ratio                                     {:>8.2}   (target: at least 0.7)", rate / constant);
    println!("  memory growth meanwhile                   {:>8.0} MB (target: below 64)", most - before);
}

async fn open(target: &Target) -> Vec<Connection> {
    let mut connections = Vec::new();
    for _ in 0..HERD {
        connections.push(target.connect().await);
    }
    connections
}

/// Bytes a second when all pull at once.
async fn at_once(target: &Target, connections: &mut Vec<Connection>) -> f64 {
    let began = Instant::now();
    let tasks: Vec<_> = std::mem::take(connections)
        .into_iter()
        .enumerate()
        .map(|(node, mut connection)| {
            let target = target.clone();
            tokio::spawn(async move {
                let pulled = target.pull(&mut connection, node, &[]).await;
                (connection, pulled.bytes)
            })
        })
        .collect();
    let mut bytes = 0;
    for task in tasks {
        let (connection, pulled) = task.await.unwrap();
        connections.push(connection);
        bytes += pulled;
    }
    bytes as f64 / began.elapsed().as_secs_f64()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
