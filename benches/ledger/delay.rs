//! From the commit of an event to the tails of the replica that made it and of another one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::Utc;
use plexsphere::event_log::{Next, Place};
use plexsphere::outbox::{Message, publish};
use plexsphere::postgres::Database;
use plexsphere::signing::Scope;
use plexsphere::wiring::Server;
use serde_json::json;
use tokio::task::JoinHandle;

use super::{domain, floor, median, millis, server};

/// Events a second.
const RATES: [u32; 2] = [100, 1000];
/// Transactions at a time.
const WRITERS: u32 = 8;

/// When each event, by its mark, was seen.
type Seen = Arc<Mutex<HashMap<String, Instant>>>;

pub async fn measure(url: &str, seconds: Duration) {
    let database = Database::new(url, WRITERS as usize).unwrap();
    let domain_id = domain(&database).await;
    let commit = floor::median_commit(&mut database.connect().await.unwrap()).await;
    println!("\nFrom commit to tail; the median commit takes {:.2} ms", millis(commit));
    let makes = server::replica(url).await;
    let other = server::replica(url).await;
    // Whichever of the two leads, the events are made in the first.
    for replica in [&makes, &other] {
        replica.task("relay").unwrap().step_now().await;
    }
    for rate in RATES {
        let scope = Scope::Domain(domain_id);
        let (here, reads_here) = watch(&makes, scope);
        let (there, reads_there) = watch(&other, scope);
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            let database = makes.database().clone();
            writers.push(tokio::spawn(async move {
                let mut committed = Vec::new();
                // One after the other: all at once would be bursts.
                let between = Duration::from_secs(1) / rate;
                let mut ticks = tokio::time::interval_at((Instant::now() + between * writer).into(), between * WRITERS);
                let began = Instant::now();
                while began.elapsed() < seconds {
                    ticks.tick().await;
                    let mark = format!("{rate}-{writer}-{}", committed.len());
                    let message = Message {
                        domain_id,
                        scope,
                        event_type: "peer_deregistered".to_owned(),
                        payload: json!({ "node_id": mark }),
                        sign_with: None,
                    };
                    let mut tx = database.begin().await.unwrap();
                    publish(&mut tx, &[message], Utc::now()).await.unwrap();
                    tx.commit().await.unwrap();
                    committed.push((mark, Instant::now()));
                }
                committed
            }));
        }
        let mut committed = Vec::new();
        for writer in writers {
            committed.extend(writer.await.unwrap());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        for (name, seen, reads) in [("own replica", here, reads_here), ("other replica", there, reads_there)] {
            reads.abort();
            let seen = seen.lock().unwrap();
            let mut delays: Vec<Duration> =
                committed.iter().map(|(mark, at)| seen[mark].saturating_duration_since(*at)).collect();
            delays.sort();
            let p50 = median(&delays);
            println!(
                "  {rate:>4}/s to the {name:<14} p50 {:>6.2} ms, p99 {:>6.2} ms, max {:>6.2} ms; p50 to commit {:>5.2}   (target: at most 4)",
                millis(p50),
                millis(delays[delays.len() * 99 / 100]),
                millis(delays[delays.len() - 1]),
                p50.as_secs_f64() / commit.as_secs_f64()
            );
        }
    }
    makes.stop(Duration::from_secs(5)).await;
    other.stop(Duration::from_secs(5)).await;
}

/// Notes when events come out of a replica's tail.
fn watch(server: &Server, scope: Scope) -> (Seen, JoinHandle<()>) {
    let seen = Seen::default();
    let (tail, noted) = (server.tail().clone(), seen.clone());
    let mut position = tail.position();
    let mut after = *position.borrow();
    let reads = tokio::spawn(async move {
        loop {
            position.changed().await.unwrap();
            let at = Instant::now();
            let generation = tail.here().generation;
            let mut noted = noted.lock().unwrap();
            while let Next::Frame(frame) = tail.next(&[scope], Place { after, generation }) {
                after = frame.sequence;
                let text = std::str::from_utf8(&frame.bytes).unwrap();
                let mark = text.split("\"node_id\":\"").nth(1).unwrap().split('"').next().unwrap();
                noted.insert(mark.to_owned(), at);
            }
        }
    });
    (seen, reads)
}
