//! `make bench`: what deciding costs: relations from the graph beside a recursive statement, the whole gate beside the
//! bare generated router, and whether refusals tell ids apart by their time.
//!
//! Prints ratios; the absolute figures are of this machine and this moment. Everything is in this process, over
//! loopback without TLS, except PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a program to measure with

#[allow(dead_code)] // the spine uses more of it
#[path = "../spine/cpu.rs"]
mod cpu;
mod gate;
mod relations;
#[allow(dead_code)] // the other benchmarks use more of it
#[path = "../spine/server.rs"]
mod server;

use std::time::Duration;

fn main() {
    let seconds = std::env::var("BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(Duration::from_secs(seconds)));
}

async fn run(time: Duration) {
    let postgres = server::postgres().await;
    let url = server::fresh(&postgres, "bench_access").await;
    let fleet = relations::load(&url).await;
    relations::measure(&url, &fleet, time).await;
    gate::measure(&url, &fleet, time).await;
    postgres.destroy().await.unwrap();
}

/// Of an odd number of figures.
fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
