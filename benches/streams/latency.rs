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
use tokio::sync::mpsc;

use super::data::Nodes;
use super::{DOMAIN, clients, median, millis};

/// Events a second. As often, and in turn with them, the floor is measured: what is done now and then takes longer.
const RATE: u32 = 100;
/// Times that the floor is measured before, one after the other.
const AT_ONCE: usize = 300;
const EVENT_BYTES: usize = 700;

/// Measures in `server`, which is in this process: the events are made in it.
pub async fn measure(server: &Server, nodes: &Nodes, seconds: Duration) {
    let mut floor = Floor::new(server.database().connect().await.unwrap()).await;
    for _ in 0..AT_ONCE {
        floor.measure().await;
    }
    let at_once = floor.take();
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
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE / 2);
    let began = Instant::now();
    while began.elapsed() < seconds {
        ticks.tick().await;
        floor.measure().await;
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
    println!("\nFrom a commit to its first byte at a client, {RATE} events a second");
    println!("  p50 {:>6.2} ms, p99 {:>6.2} ms", millis(p50), millis(p99));
    for (what, (commit, write)) in [("in turn with the events", floor.take()), ("one after the other", at_once)] {
        let ratio = |time: Duration| time.as_secs_f64() / (commit + write).as_secs_f64();
        println!("  {what}: one commit {:.2} ms, one loopback write {:.3} ms", millis(commit), millis(write));
        println!("    ratio of p50 {:>6.2}   (target: at most 4)", ratio(p50));
        println!("    ratio of p99 {:>6.2}   (target: at most 20)", ratio(p99));
    }
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

/// What it takes at least, with nobody else at work.
struct Floor {
    conn: AsyncPgConnection,
    here: TcpStream,
    told: mpsc::Receiver<Instant>,
    /// One small change with its commit.
    commits: Vec<Duration>,
    /// From a write of an event's bytes to a socket until the other end has read them.
    writes: Vec<Duration>,
}

impl Floor {
    async fn new(mut conn: AsyncPgConnection) -> Self {
        conn.batch_execute("CREATE TABLE IF NOT EXISTS commits (n bigint)").await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        here.set_nodelay(true).unwrap();
        let (mut there, _) = listener.accept().await.unwrap();
        let (tell, told) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut bytes = [0; EVENT_BYTES];
            while there.read_exact(&mut bytes).await.is_ok() {
                tell.send(Instant::now()).await.unwrap();
            }
        });
        Self { conn, here, told, commits: Vec::new(), writes: Vec::new() }
    }

    async fn measure(&mut self) {
        let began = Instant::now();
        diesel::sql_query("INSERT INTO commits VALUES (1)").execute(&mut self.conn).await.unwrap();
        self.commits.push(began.elapsed());
        let began = Instant::now();
        self.here.write_all(&[0; EVENT_BYTES]).await.unwrap();
        self.writes.push(self.told.recv().await.unwrap() - began);
    }

    /// The medians of a commit and of a write since the last time.
    fn take(&mut self) -> (Duration, Duration) {
        (median(std::mem::take(&mut self.commits)), median(std::mem::take(&mut self.writes)))
    }
}
