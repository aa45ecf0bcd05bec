//! A sweep that finds nothing to do, beside counting the table.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plexsphere::background::Task;
use plexsphere::clock::SystemClock;
use plexsphere::mesh::reachability::sweeper::Sweeper;
use plexsphere::postgres::Database;
use plexsphere::postgres::lease::Lease;
use plexsphere::telemetry::Metrics;
use uuid::Uuid;

use super::millis;

const ROUNDS: usize = 21;

pub async fn measure(url: &str) {
    let database = Database::new(url, 2).unwrap();
    let lease = Lease::new("reachability_sweeper", Uuid::now_v7());
    let sweeper =
        Sweeper::new(database.clone(), Arc::new(SystemClock), lease, Arc::new(Metrics::new()), Duration::ZERO);
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("VACUUM ANALYZE node_liveness").await.unwrap();
    client
        .batch_execute("SET max_parallel_workers_per_gather = 0; SET enable_indexonlyscan = off; SET enable_indexscan = off; SET enable_bitmapscan = off")
        .await
        .unwrap();
    let (mut counts, mut steps) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        client.query_one("SELECT count(*) FROM node_liveness", &[]).await.unwrap();
        counts.push(began.elapsed());
        let began = Instant::now();
        sweeper.step().await.unwrap();
        steps.push(began.elapsed());
    }
    let (count, step) = (median(&mut counts), median(&mut steps));
    println!("\nA sweep that finds nothing to do");
    println!("  sequential count of the table     {:>9.2} ms", millis(count));
    println!("  sweeper step                      {:>9.2} ms", millis(step));
    println!(
        "  ratio                             {:>9.2}   (target: at most 3)",
        step.as_secs_f64() / count.as_secs_f64()
    );
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
