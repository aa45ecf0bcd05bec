//! `make bench`: what the ledger of events does a second and how long an event takes to be read, beside floors that are
//! measured in the same run.
//!
//! Prints ratios; the absolute figures are of this machine and this moment. The replicas are in this process, over a
//! PostgreSQL that is durable.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a program to measure with

mod delay;
mod floor;
mod relay;
#[allow(dead_code)] // the processes that the other benchmark measures
#[path = "../spine/server.rs"]
mod server;

use std::str::FromStr;
use std::time::Duration;

use plexsphere::ids::DomainId;
use plexsphere::postgres::Database;
use plexsphere::signing::store::create_domain_keys;

fn main() {
    let seconds = Duration::from_secs(setting("BENCH_SECONDS").unwrap_or(10));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(seconds));
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

async fn run(seconds: Duration) {
    let postgres = server::postgres().await;
    println!("PostgreSQL from {}; {} s a measurement", postgres.bin_dir().display(), seconds.as_secs());
    relay::measure(&server::fresh(&postgres, "bench_relay").await).await;
    delay::measure(&server::fresh(&postgres, "bench_delay").await, seconds).await;
    postgres.destroy().await.unwrap();
}

/// A Domain with its keys.
pub async fn domain(database: &Database) -> DomainId {
    use diesel_async::SimpleAsyncConnection;
    let now = chrono::Utc::now();
    let id = DomainId::new(now);
    let mut tx = database.begin().await.unwrap();
    tx.batch_execute(&format!(
        "INSERT INTO domains (id, name, slug, mesh_cidr, heartbeat_interval_ms, stale_after_ms, unreachable_after_ms, \
             endpoint_ttl_seconds, rotation_expiry_seconds, created_at, updated_at) \
         VALUES ('{id}', 'bench', 'bench', '10.0.0.0/8', 30000, 90000, 300000, 300, 86400, now(), now())"
    ))
    .await
    .unwrap();
    create_domain_keys(&mut tx, &server::sealer(), id, now).await.unwrap();
    tx.commit().await.unwrap();
    id
}

pub fn median<T: Copy + PartialOrd>(values: &[T]) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
    sorted[sorted.len() / 2]
}

pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
