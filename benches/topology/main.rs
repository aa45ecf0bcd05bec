//! `make bench`: what a large topology costs, beside a bare hyper handler that sends as many bytes in the same run.
//!
//! Prints ratios; the absolute figures are of this machine and this moment. Everything is on loopback: a PostgreSQL,
//! the release server in a process of its own, and the reader in this one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a program to measure with

#[path = "../state/bare.rs"]
mod bare;
#[allow(dead_code)] // of what the other measurements share
#[path = "../spine/data.rs"]
mod data;
#[allow(dead_code)] // the other benchmarks use more of it
#[path = "../spine/server.rs"]
mod server;
#[allow(dead_code)] // the others use more of it
#[path = "../spine/tls.rs"]
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::SendRequest;
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::postgres::Database;
use uuid::Uuid;

/// They have 4 million edges.
const NODES: u32 = 2_000;
/// Handshakes that each Node has reported.
const HANDSHAKES: u32 = 128;
/// Graphs read, and as many of the bare handler's answers in between.
const ROUNDS: usize = 5;

fn main() {
    if std::env::args().nth(1).as_deref() == Some("bare") {
        return bare::run();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let postgres = server::postgres().await;
    let url = server::fresh(&postgres, "bench_topology").await;
    data::Nodes::load(&url, NODES).await;
    make_it_interesting(&url).await;
    let (_, token) =
        first_administrator(&Database::new(&url, 1).unwrap(), "dev", false, chrono::Utc::now()).await.unwrap();
    let serving = server::Serving::start(&url).await;
    // As `Nodes::load` names it.
    let path = format!("/v1/domains/{}/mesh/topology", Uuid::from_u128(1));
    let mut graph = Reader::connect(serving.address, path, &token).await;
    // The connections to the database are open, and the buffers are there.
    graph.read("?edges=none").await;
    let before = serving.resident_mb();
    let body = graph.read("").await;
    let floor = server::Bare::start_with(&["bytes", &body.to_string()]).await;
    let mut bare = Reader::connect(floor.address, "/".to_owned(), "").await;
    bare.read("").await;

    let peak = Arc::new(AtomicU64::new(0));
    let watch = {
        let (peak, pid) = (peak.clone(), serving.pid());
        tokio::spawn(async move {
            loop {
                peak.fetch_max(server::resident_mb(pid) as u64, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    };
    let (mut rates, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floors.push(bare.rate().await);
        rates.push(graph.rate().await);
    }
    watch.abort();
    let (rate, floor) = (middle(rates), middle(floors));
    println!("The topology of {NODES} Nodes: {} edges, {} MB", NODES * (NODES - 1), body / 1_000_000);
    println!("  bare hyper handler, as many bytes         {:>8.0} MB/s", floor / 1e6);
    println!("  topology, written while it is sent        {:>8.0} MB/s", rate / 1e6);
    println!("  ratio                                     {:>8.2}   (target: at least 0.5)", rate / floor);
    let growth = peak.load(Ordering::Relaxed) as f64 - before;
    println!("  memory growth meanwhile                   {growth:>8.0} MB (target: below 64)");
    serving.stop().await;
    postgres.destroy().await.unwrap();
}

/// Every third Node is behind a symmetric NAT, a bridge relays for all, and all have shaken hands.
async fn make_it_interesting(url: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(&format!(
            "UPDATE nodes SET kind = 'bridge' WHERE id = (SELECT id FROM nodes ORDER BY id LIMIT 1); \
             UPDATE peer_endpoints SET nat_type = 3 WHERE ('x' || right(node_id::text, 4))::bit(16)::int % 3 = 0; \
             INSERT INTO peer_relays SELECT n.id, n.domain_id, b.id FROM nodes n JOIN nodes b ON b.kind = 'bridge' \
                 WHERE n.kind = 'node'; \
             INSERT INTO node_handshakes SELECT n.id, ( \
                 SELECT jsonb_object_agg(m.id, (extract(epoch FROM now()) * 1000)::bigint - m.place * 1000) \
                 FROM (SELECT id, row_number() OVER () AS place FROM nodes WHERE id <> n.id LIMIT {HANDSHAKES}) m \
             ), now() FROM nodes n"
        ))
        .await
        .unwrap();
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
}

/// Asks for one thing again and again, and throws it away as it comes.
struct Reader {
    sender: SendRequest<Empty<Bytes>>,
    path: String,
    bearer: String,
}

impl Reader {
    async fn connect(address: SocketAddr, path: String, token: &str) -> Self {
        let sender = tls::connect(&tls::connector(), address).await;
        Self { sender, path, bearer: format!("Bearer {token}") }
    }

    /// How many bytes it is.
    async fn read(&mut self, query: &str) -> usize {
        let request = Request::builder()
            .uri(format!("{}{query}", self.path))
            .header("host", "localhost")
            .header("authorization", &self.bearer)
            .body(Empty::new())
            .unwrap();
        self.sender.ready().await.unwrap();
        let response = self.sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut body = response.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            bytes += frame.unwrap().into_data().map_or(0, |data| data.len());
        }
        bytes
    }

    /// Bytes a second.
    async fn rate(&mut self) -> f64 {
        let began = Instant::now();
        self.read("").await as f64 / began.elapsed().as_secs_f64()
    }
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
