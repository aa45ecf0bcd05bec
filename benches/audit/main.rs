//! `make bench`: what it costs to record what operators read, and how fast a log is numbered and verified.
//!
//! Prints ratios; the absolute figures are of this machine and this moment. Everything is on loopback: a PostgreSQL that is
//! durable, two servers in processes of their own, of which one records nothing, and the load in this one. They take turns.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a program to measure with

#[allow(dead_code)] // the spine uses more of it
#[path = "../spine/data.rs"]
mod data;
#[allow(dead_code)] // the spine uses more of it
#[path = "../spine/server.rs"]
mod server;
#[allow(dead_code)] // the others use more of it
#[path = "../spine/tls.rs"]
mod tls;

use std::net::SocketAddr;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::Utc;
use data::Nodes;
use http::{Method, Request};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::SendRequest;
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::clock::SystemClock;
use plexsphere::postgres::Database;
use plexsphere::shutdown::Signals;
use plexsphere::wiring;
use serde_json::Value;
use tokio_rustls::TlsConnector;
use uuid::Uuid;

/// Nodes that are read.
const NODES: u32 = 1_000;
/// Connections, each with one request at a time: enough to keep both processors busy.
const CLIENTS: usize = 64;
/// How often each server has its turn, of which the median is taken, and for how long.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_secs(4);
/// Entries of the log that is numbered and verified.
const ENTRIES: u32 = 300_000;
/// The least that recording may leave of the rate.
const TARGET: f64 = 0.8;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("serve") => runtime.block_on(serve(&arguments[2], &arguments[3], arguments[4] == "on")),
        _ => runtime.block_on(run()),
    }
}

/// The server as it comes, or without the log of decisions: there is no setting for that.
async fn serve(address: &str, url: &str, records: bool) {
    let config = server::config(address.parse().unwrap(), url);
    let (mut signals, _) = Signals::install().unwrap();
    let server = wiring::start(&config, Arc::new(SystemClock), |all| {
        if !records {
            all.decision_log = None;
        }
    });
    let server = server.await.unwrap();
    signals.first().await;
    server.stop(Duration::from_secs(5)).await;
}

/// A server in a process of its own, over a database of its own.
struct Serving {
    child: Child,
    target: Target,
    url: String,
}

impl Serving {
    async fn start(postgres: &plexsphere::postgres::embedded::Embedded, records: bool) -> Self {
        let name = if records { "on" } else { "off" };
        let url = server::fresh(postgres, &format!("bench_audit_{name}")).await;
        let nodes = Nodes::load(&url, NODES).await;
        let database = Database::new(&url, 1).unwrap();
        let (_, token) = first_administrator(&database, "dev", false, Utc::now()).await.unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address: SocketAddr = ([127, 0, 0, 1], port).into();
        let mut command = Command::new(std::env::current_exe().unwrap());
        let child = command.args(["serve", &address.to_string(), &url, name]).spawn().unwrap();
        let target = Target::new(address, format!("Bearer {}", token.as_str()), nodes);
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { child, target, url }
    }

    async fn sql(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Waits until each entry has its number.
    async fn numbered(&self) {
        let client = self.sql().await;
        while client.query_one("SELECT EXISTS (SELECT FROM audit_entries)", &[]).await.unwrap().get(0) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn stop(mut self) {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        tokio::task::spawn_blocking(move || self.child.wait().unwrap()).await.unwrap();
    }
}

async fn run() {
    let postgres = server::postgres().await;
    let (on, off) = (Serving::start(&postgres, true).await, Serving::start(&postgres, false).await);
    println!("Operator reads of {NODES} Nodes, {CLIENTS} clients, {TURNS} turns of {} s each", TURN.as_secs());
    for serving in [&on, &off] {
        reads(&serving.target, TURN / 4).await;
    }
    let (mut with, mut without, mut behind) = (Vec::new(), Vec::new(), Duration::ZERO);
    for _ in 0..TURNS {
        without.push(reads(&off.target, TURN).await);
        with.push(reads(&on.target, TURN).await);
        let began = Instant::now();
        on.numbered().await;
        behind = behind.max(began.elapsed());
    }
    let (with, without) = (median(with), median(without));
    println!("  recording off                     {:>9.0}/s   median {:?}", without.rate, without.latency);
    println!("  recording on                      {:>9.0}/s   median {:?}", with.rate, with.latency);
    println!("  ratio                             {:>9.2}   (target: at least {TARGET})", with.rate / without.rate);
    println!("  all numbered after the last read  {:>9.2} s", behind.as_secs_f64());

    println!("A log of {ENTRIES} entries");
    let domain = Uuid::from_u128(1);
    let client = off.sql().await;
    let began = Instant::now();
    let fill = format!(
        "INSERT INTO audit_entries (domain_id, at, subject, action, object, decision, correlation_id) \
         SELECT '{domain}', now(), 'user:' || gen_random_uuid(), 'node.read', 'node:' || gen_random_uuid(), 'allowed', \
             gen_random_uuid() FROM generate_series(1, {ENTRIES})"
    );
    client.batch_execute(&fill).await.unwrap();
    let written = began.elapsed();
    let began = Instant::now();
    off.numbered().await;
    println!("  written                           {:>9.0}/s", f64::from(ENTRIES) / written.as_secs_f64());
    println!("  numbered and hashed               {:>9.0}/s", f64::from(ENTRIES) / began.elapsed().as_secs_f64());
    let mut caller = off.target.connect().await;
    let began = Instant::now();
    let answer = off.target.ask(&mut caller, Method::POST, &format!("/v1/domains/{domain}/audit/verify")).await;
    let took = began.elapsed();
    let found: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!((&found["valid"], found["entries_checked"].as_u64().unwrap() >= ENTRIES.into()), (&true.into(), true));
    println!("  verified over HTTPS               {:>9.0}/s", f64::from(ENTRIES) / took.as_secs_f64());
    drop((client, caller));
    on.stop().await;
    off.stop().await;
    postgres.destroy().await.unwrap();
}

/// What one turn has shown.
struct Turn {
    rate: f64,
    latency: Duration,
}

fn median(mut turns: Vec<Turn>) -> Turn {
    turns.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    turns.swap_remove(turns.len() / 2)
}

/// Reads Nodes over all connections for `time`.
async fn reads(target: &Target, time: Duration) -> Turn {
    let mut callers = Vec::new();
    for _ in 0..CLIENTS {
        callers.push(target.connect().await);
    }
    let began = Instant::now();
    let tasks: Vec<_> = callers
        .into_iter()
        .enumerate()
        .map(|(place, mut caller)| {
            let target = target.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                while began.elapsed() < time {
                    let node = target.nodes.ids[target.nodes.scattered(place + times.len() * CLIENTS)];
                    let asked = Instant::now();
                    target.ask(&mut caller, Method::GET, &format!("/v1/nodes/{node}")).await;
                    times.push(asked.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    times.sort_unstable();
    Turn { rate, latency: times[times.len() / 2] }
}

/// Where requests go, and as whom.
#[derive(Clone)]
struct Target {
    address: SocketAddr,
    bearer: Arc<str>,
    nodes: Nodes,
    tls: TlsConnector,
}

impl Target {
    fn new(address: SocketAddr, bearer: String, nodes: Nodes) -> Self {
        Self { address, bearer: bearer.into(), nodes, tls: tls::connector() }
    }

    async fn connect(&self) -> SendRequest<Empty<Bytes>> {
        tls::connect(&self.tls, self.address).await
    }

    async fn ask(&self, caller: &mut SendRequest<Empty<Bytes>>, method: Method, path: &str) -> Bytes {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("authorization", &*self.bearer)
            .body(Empty::new())
            .unwrap();
        caller.ready().await.unwrap();
        let response = caller.send_request(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.into_body().collect().await.unwrap().to_bytes()
    }
}
