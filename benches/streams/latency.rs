//! From the commit of an event to its first byte at a client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::Utc;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use plexsphere::outbox::{Message, publish};
use plexsphere::signing::Scope;
use plexsphere::wiring::Server;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::data::Nodes;
use super::{DOMAIN, clients, median, millis};

/// Events a second.
const RATE: u32 = 100;
/// Of which the floor is the median.
const FLOORS: usize = 300;

/// Measures in `server`, which is in this process: the events are made in it.
pub async fn measure(server: &Server, nodes: &Nodes, seconds: Duration) {
    let mut conn = server.database().connect().await.unwrap();
    let (commit, write) = (median_commit(&mut conn).await, median_write().await);
    let floor = commit + write;
    let stream = clients::open(&clients::connector(), server.address(), nodes, 0, None).await.unwrap();
    let seen: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
    let noted = seen.clone();
    let reads = tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let at = Instant::now();
            if let Some(mark) = line.split("\"node_id\":\"").nth(1) {
                noted.lock().unwrap().insert(mark.split('"').next().unwrap().to_owned(), at);
            }
        }
    });
    let mut committed = Vec::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE);
    let began = Instant::now();
    while began.elapsed() < seconds {
        ticks.tick().await;
        let mark = format!("mark-{}", committed.len());
        let mut tx = server.database().begin().await.unwrap();
        publish(&mut tx, &[message(&mark)], Utc::now()).await.unwrap();
        tx.commit().await.unwrap();
        committed.push((mark, Instant::now()));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    reads.abort();
    let seen = seen.lock().unwrap();
    let mut delays: Vec<Duration> =
        committed.iter().map(|(mark, at)| seen[mark].saturating_duration_since(*at)).collect();
    delays.sort();
    let (p50, p99) = (delays[delays.len() / 2], delays[delays.len() * 99 / 100]);
    let ratio = |time: Duration| time.as_secs_f64() / floor.as_secs_f64();
    println!("\nFrom a commit to its first byte at a client, {RATE} events a second");
    println!("  one commit {:.2} ms, one loopback write {:.3} ms", millis(commit), millis(write));
    println!("  p50 {:>6.2} ms, ratio {:>6.2}   (target: at most 4)", millis(p50), ratio(p50));
    println!("  p99 {:>6.2} ms, ratio {:>6.2}   (target: at most 20)", millis(p99), ratio(p99));
}

/// A small event of the Domain that carries `mark`.
pub fn message(mark: &str) -> Message {
    Message {
        domain_id: DOMAIN,
        scope: Scope::Domain(DOMAIN),
        event_type: "peer_deregistered".to_owned(),
        payload: json!({ "node_id": mark }),
        sign_with: None,
    }
}

/// The median time of one small change with its commit, with nobody else there.
async fn median_commit(conn: &mut AsyncPgConnection) -> Duration {
    conn.batch_execute("CREATE TABLE IF NOT EXISTS commits (n bigint)").await.unwrap();
    let mut times = Vec::new();
    for _ in 0..FLOORS {
        let began = Instant::now();
        diesel::sql_query("INSERT INTO commits VALUES (1)").execute(conn).await.unwrap();
        times.push(began.elapsed());
    }
    median(times)
}

/// The median time from a write of an event's bytes to a socket until the other end has read them.
async fn median_write() -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut here = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    here.set_nodelay(true).unwrap();
    let (mut there, _) = listener.accept().await.unwrap();
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        let mut bytes = [0; 700];
        while there.read_exact(&mut bytes).await.is_ok() {
            tell.send(Instant::now()).await.unwrap();
        }
    });
    let mut times = Vec::new();
    for _ in 0..FLOORS {
        let began = Instant::now();
        here.write_all(&[0; 700]).await.unwrap();
        times.push(told.recv().await.unwrap() - began);
    }
    median(times)
}
