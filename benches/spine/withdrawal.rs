//! Withdrawing endpoints that nobody confirms, beside one UPDATE of the same rows with the same rows for the outbox.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plexsphere::background::Task;
use plexsphere::clock::SystemClock;
use plexsphere::mesh::endpoint::sweeper::EndpointSweeper;
use plexsphere::postgres::Database;
use plexsphere::postgres::lease::Lease;
use plexsphere::telemetry::Metrics;
use uuid::Uuid;

use super::data::Nodes;
use super::millis;

/// Endpoints that go stale together.
const STALE: usize = 10_000;
const ROUNDS: usize = 5;

const WITHDRAW: &str = "WITH moved AS ( \
         UPDATE peer_endpoints SET endpoint = NULL, nat_type = NULL, reported_at = NULL \
         WHERE refreshed_at < now() - interval '1 day' AND endpoint IS NOT NULL RETURNING node_id, domain_id \
     ) \
     INSERT INTO outbox (scope_kind, scope_id, domain_id, event_type, payload, created_at) \
     SELECT 'domain', domain_id, domain_id, 'peer_endpoint_changed', jsonb_build_object('node_id', node_id, \
         'endpoint', '', 'nat_type', '', 'relay_node_id', '', 'fallback_endpoint', ''), now() FROM moved";

pub async fn measure(url: &str, nodes: &Nodes) {
    let database = Database::new(url, 2).unwrap();
    let lease = Lease::new("endpoint_sweeper", Uuid::now_v7());
    let sweeper =
        EndpointSweeper::new(database.clone(), Arc::new(SystemClock), lease, Arc::new(Metrics::new()), Duration::ZERO);
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let (mut floors, mut steps) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        go_stale(&client, nodes).await;
        let began = Instant::now();
        client.batch_execute(WITHDRAW).await.unwrap();
        floors.push(began.elapsed());
        all_withdrawn(&client).await;
        go_stale(&client, nodes).await;
        let began = Instant::now();
        sweeper.step().await.unwrap();
        steps.push(began.elapsed());
        all_withdrawn(&client).await;
    }
    let (floor, step) = (median(&mut floors), median(&mut steps));
    println!("\nWithdrawing {STALE} stale endpoints of {}", nodes.ids.len());
    println!("  one UPDATE with its outbox rows   {:>9.2} ms", millis(floor));
    println!("  sweeper step                      {:>9.2} ms", millis(step));
    println!(
        "  ratio                             {:>9.2}   (target: at most 3)",
        step.as_secs_f64() / floor.as_secs_f64()
    );
}

/// Some in the midst of the table were seen two days ago, all others lately.
async fn go_stale(client: &tokio_postgres::Client, nodes: &Nodes) {
    let stale = &nodes.ids[nodes.ids.len() / 2..][..STALE];
    client
        .batch_execute(&format!(
            "TRUNCATE outbox; \
             UPDATE peer_endpoints SET endpoint = '203.0.113.7:51820', nat_type = 2, reported_at = now(), \
                 refreshed_at = now() - interval '2 days' WHERE node_id BETWEEN '{}' AND '{}'",
            stale[0],
            stale[STALE - 1]
        ))
        .await
        .unwrap();
    client.batch_execute("VACUUM ANALYZE peer_endpoints").await.unwrap();
}

async fn all_withdrawn(client: &tokio_postgres::Client) {
    let told: i64 = client.query_one("SELECT count(*) FROM outbox", &[]).await.unwrap().get(0);
    assert_eq!(told, STALE as i64);
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
