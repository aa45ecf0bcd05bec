//! `make bench`: what streams cost, beside a bare hyper server that is measured in the same run.
//!
//! Prints ratios; the absolute figures are of this machine and this moment. Each server is a process of its own; the
//! streams are in this one, over a PostgreSQL that is durable. `BENCH_CLIENTS` sets how many streams there are.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a program to measure with

mod bare;
mod clients;
#[allow(dead_code)] // the spine uses more of it
#[path = "../spine/cpu.rs"]
mod cpu;
#[allow(dead_code)] // the spine uses more of it
#[path = "../spine/data.rs"]
mod data;
mod latency;
#[allow(dead_code)] // the other benchmarks use more of it
#[path = "../spine/server.rs"]
mod server;
#[allow(dead_code)] // the others use more of it
#[path = "../spine/tls.rs"]
mod tls;

use std::str::FromStr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::Utc;
use clients::Streams;
use data::Nodes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use plexsphere::ids::DomainId;
use plexsphere::outbox::publish;
use plexsphere::postgres::Database;
use plexsphere::signing::store::create_domain_keys;
use server::{Bare, Serving};
use uuid::Uuid;

/// The bare server runs in this program, and must not differ in this.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Streams.
const CLIENTS: usize = 10_000;
/// Opened before memory is looked at: what every server has once.
const FIRST: usize = 100;
/// Events to all of them, one after the other.
const EVENTS: usize = 50;
/// How long a server has to give back what the handshakes took: its allocator does so within 10 s.
const SETTLES: Duration = Duration::from_secs(15);
/// How long nothing happens: a round of keep-alives.
const IDLE: Duration = Duration::from_secs(25);
/// Events while the server is away.
const MISSED: usize = 5;
/// The Domain that the Nodes are loaded into.
const DOMAIN: DomainId = DomainId(Uuid::from_u128(1));

fn main() {
    if std::env::args().nth(1).as_deref() == Some("bare") {
        return bare::run();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// What was measured of a server.
struct Measured {
    opened: Duration,
    kib_a_stream: f64,
    /// Of one processor, while nothing happens.
    idle_share: f64,
    to_the_last: Duration,
    cpu_a_delivery: Duration,
}

async fn run() {
    let clients = setting("BENCH_CLIENTS").unwrap_or(CLIENTS).max(2 * FIRST);
    let seconds = Duration::from_secs(setting("BENCH_SECONDS").unwrap_or(10));
    let postgres = server::postgres().await;
    let url = server::fresh(&postgres, "bench_streams").await;
    let nodes = Nodes::load(&url, clients as u32).await;
    let database = Database::new(&url, 4).unwrap();
    let mut tx = database.begin().await.unwrap();
    create_domain_keys(&mut tx, &server::sealer(), DOMAIN, Utc::now()).await.unwrap();
    tx.commit().await.unwrap();
    println!("{clients} streams of a Domain; PostgreSQL from {}", postgres.bin_dir().display());

    let replica = server::replica(&url).await;
    latency::measure(&replica, &nodes, seconds).await;
    replica.stop(Duration::from_secs(5)).await;

    let retry = [("PLEXSPHERE_STREAM_RETRY_MAX_SECONDS", "1")];
    let mut serving = Serving::start_with(&url, &retry).await;
    let address = serving.address;
    let mut streams = Streams::new(address, &nodes);
    // A line of the log is as long as that of the event that is made below.
    let mut agent = tls::connect(&clients::connector(), address).await;
    let mut had = 0;
    let ours = measure(serving.pid(), &mut streams, clients, &mut had, async |n| {
        let body = format!(
            r#"{{"endpoint":"198.51.100.7:{}","nat_type":"port_restricted","reported_at":"{}"}}"#,
            20_000 + n,
            Utc::now().to_rfc3339()
        );
        let path = format!("/v1/nodes/{}/endpoint", nodes.ids[0]);
        send(&mut agent, "PUT", &path, &nodes.bearer(0), body.into()).await;
    })
    .await;
    let frame = frame_of(&url).await;

    let killed = Instant::now();
    serving.kill().await;
    streams.none_open().await;
    for n in 0..MISSED {
        let mut tx = database.begin().await.unwrap();
        publish(&mut tx, &[latency::message(&format!("missed-{n}"))], Utc::now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    serving = Serving::start_at(&url, address, &retry).await;
    let listened = killed.elapsed();
    let back = streams.all_open(killed).await;
    had += MISSED;
    let caught_up = streams.all_delivered(had, killed).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let log = ids_of(&url, had).await;
    let whole = streams.each_had(&log);
    assert!(whole, "a stream lost or doubled something: the log has {log:?}, one stream {:?}", streams.had());
    let refused = streams.refused();
    streams.stop().await;
    serving.stop().await;

    let bare = Bare::start_with(&[]).await;
    let mut streams = Streams::new(bare.address, &nodes);
    let mut poster = tls::connect(&clients::connector(), bare.address).await;
    let mut had = 0;
    let floor = measure(bare.pid(), &mut streams, clients, &mut had, async |_| {
        send(&mut poster, "POST", "/", "", frame.clone()).await;
    })
    .await;
    streams.stop().await;
    drop(bare);
    postgres.destroy().await.unwrap();

    let ratio = |ours: Duration, floor: Duration| ours.as_secs_f64() / floor.as_secs_f64();
    println!("\nMemory of an idle stream, {clients} of them");
    println!("  bare hyper and rustls             {:>9.1} KiB", floor.kib_a_stream);
    println!("  resident memory                   {:>9.1} KiB", ours.kib_a_stream);
    println!(
        "  ratio                             {:>9.2}   (target: at most 1.3)",
        ours.kib_a_stream / floor.kib_a_stream
    );
    println!(
        "  processor while nothing happens   {:>9.1} %, bare {:.1} %",
        100.0 * ours.idle_share,
        100.0 * floor.idle_share
    );
    println!("\nOne event of {} bytes to all of them; median of {EVENTS}", frame.len());
    println!("  bare: to the last one             {:>9.1} ms", millis(floor.to_the_last));
    println!("  to the last one, commit and all   {:>9.1} ms", millis(ours.to_the_last));
    println!(
        "  ratio                             {:>9.2}   (target: at most 1.5)",
        ratio(ours.to_the_last, floor.to_the_last)
    );
    println!("  bare: processor time a delivery   {:>9.2} us", 1000.0 * millis(floor.cpu_a_delivery));
    println!("  processor time a delivery         {:>9.2} us", 1000.0 * millis(ours.cpu_a_delivery));
    println!(
        "  ratio                             {:>9.2}   (target: at most 1.5)",
        ratio(ours.cpu_a_delivery, floor.cpu_a_delivery)
    );
    println!("\nAfter kill -9, with up to 1 s that clients wait");
    println!("  bare: taking all streams anew     {:>9.2} s", floor.opened.as_secs_f64());
    println!("  (ours, the first time             {:>9.2} s)", ours.opened.as_secs_f64());
    println!("  listening again                   {:>9.2} s", listened.as_secs_f64());
    println!("  all back, since the kill          {:>9.2} s, {refused} attempts in vain", back.as_secs_f64());
    println!("  ratio                             {:>9.2}   (target: at most 3)", ratio(back, floor.opened));
    println!("  all have what they missed         {:>9.2} s; nothing was lost or came twice", caught_up.as_secs_f64());
}

/// Opens the streams, looks at the memory, and sends events.
async fn measure(
    pid: u32,
    streams: &mut Streams,
    clients: usize,
    had: &mut usize,
    mut send: impl AsyncFnMut(usize),
) -> Measured {
    streams.grow(FIRST).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = server::resident_mb(pid);
    let opened = streams.grow(clients).await;
    tokio::time::sleep(SETTLES).await;
    let after = server::resident_mb(pid);
    let (began, spent) = (Instant::now(), cpu::used(pid));
    tokio::time::sleep(IDLE).await;
    let idle_share = (cpu::used(pid) - spent).div_duration_f64(began.elapsed());
    let kib_a_stream = (after - before) * 1024.0 / (clients - FIRST) as f64;
    let mut times = Vec::new();
    let spent = cpu::used(pid);
    for n in 0..EVENTS {
        let began = Instant::now();
        send(n).await;
        *had += 1;
        times.push(streams.all_delivered(*had, began).await);
    }
    let spent = cpu::used(pid) - spent;
    let cpu_a_delivery = spent.div_f64((EVENTS * clients) as f64);
    Measured { opened, kib_a_stream, idle_share, to_the_last: median(times), cpu_a_delivery }
}

type Connection = SendRequest<Full<Bytes>>;

async fn send(connection: &mut Connection, method: &str, path: &str, bearer: &str, body: Bytes) {
    connection.ready().await.unwrap();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .header("authorization", bearer)
        .header("content-type", "application/json")
        .body(Full::new(body))
        .unwrap();
    let response = connection.send_request(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&body));
}

/// The newest event as it goes out.
async fn frame_of(url: &str) -> Bytes {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let row = client
        .query_one("SELECT sequence, event_type, line FROM event_log ORDER BY sequence DESC LIMIT 1", &[])
        .await
        .unwrap();
    let (sequence, event_type, line): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
    Bytes::from(format!("id: {sequence}\nevent: {event_type}\ndata: {line}\n\n"))
}

/// The numbers of the newest `count` events of the Domain, in order.
async fn ids_of(url: &str, count: usize) -> Vec<u64> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let rows = client
        .query(
            "SELECT sequence FROM event_log WHERE scope_kind = 'domain' ORDER BY sequence DESC LIMIT $1",
            &[&(count as i64)],
        )
        .await
        .unwrap();
    rows.iter().rev().map(|row| row.get::<_, i64>(0) as u64).collect()
}

pub fn median<T: Copy + Ord>(mut values: Vec<T>) -> T {
    values.sort();
    values[values.len() / 2]
}

pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
