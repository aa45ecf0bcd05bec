//! Events a second through the relay.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use chrono::Utc;
use diesel_async::SimpleAsyncConnection;
use plexsphere::background::{Background, Task};
use plexsphere::clock::SystemClock;
use plexsphere::event_log::{PgEventLog, Tail};
use plexsphere::ids::DomainId;
use plexsphere::outbox::{Message, Relay, publish};
use plexsphere::postgres::{Database, StorageError};
use plexsphere::signing::Scope;
use plexsphere::telemetry::Metrics;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{domain, floor, median, server};

/// Events in one measurement.
const EVENTS: usize = 40_000;

/// Stands where the tail would.
struct Nobody;

#[async_trait]
impl Task for Nobody {
    fn name(&self) -> &'static str {
        "nobody"
    }

    fn interval(&self) -> std::time::Duration {
        std::time::Duration::from_secs(3600)
    }

    async fn step(&self) -> Result<(), StorageError> {
        Ok(())
    }
}

pub async fn measure(url: &str) {
    println!("\nThe relay, {EVENTS} events waiting");
    let database = Database::new(url, 8).unwrap();
    let domain_id = domain(&database).await;
    let payloads: Vec<Value> = (0..EVENTS)
        .map(|n| {
            json!({
                "node_id": Uuid::now_v7(), "endpoint": format!("192.0.2.{}:{}", n % 256, 1024 + n % 50_000),
                "nat_type": "port_restricted", "relay_node_id": "", "fallback_endpoint": "",
            })
        })
        .collect();
    let mut background = Background::new(database.availability().clone());
    let nobody = background.start(Arc::new(Nobody));
    let log = Arc::new(PgEventLog::new(database.clone()));
    let metrics = Arc::new(Metrics::new());
    let tail = Arc::new(Tail::new(log.clone(), Arc::new(database.clone()), metrics.clone()));
    let relay = Relay::new(
        database.clone(),
        log,
        Arc::new(server::sealer()),
        Arc::new(SystemClock),
        Uuid::now_v7(),
        tail,
        nobody,
        metrics,
    );
    // Alternating, because the machine is noisy.
    let (mut floors, mut relayed) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        floors.push(floor::sign_and_insert(&database, domain_id, &payloads).await);
        fill(&database, domain_id, &payloads).await;
        let began = Instant::now();
        relay.step().await.unwrap();
        relayed.push(EVENTS as f64 / began.elapsed().as_secs_f64());
    }
    let lease = relay.lease();
    lease.release(&mut database.connect().await.unwrap()).await.unwrap();
    background.stop().await;
    let (floor, rate) = (median(&floors), median(&relayed));
    println!("  signing and inserting only        {floor:>9.0}/s");
    println!("  relayed                           {rate:>9.0}/s");
    println!("  ratio                             {:>9.2}   (target: at least 0.4)", rate / floor);

    fill(&database, domain_id, &payloads).await;
    let server = server::replica(url).await;
    let mut position = server.tail().position();
    let began = Instant::now();
    position.wait_for(|position| *position >= 4 * EVENTS as i64).await.unwrap();
    println!("  relayed, and verified by one tail {:>9.0}/s", EVENTS as f64 / began.elapsed().as_secs_f64());
    server.stop(std::time::Duration::from_secs(5)).await;
}

async fn fill(database: &Database, domain_id: DomainId, payloads: &[Value]) {
    for batch in payloads.chunks(5000) {
        let messages: Vec<Message> = batch
            .iter()
            .map(|payload| Message {
                domain_id,
                scope: Scope::Domain(domain_id),
                event_type: "peer_endpoint_changed".to_owned(),
                payload: payload.clone(),
                sign_with: None,
            })
            .collect();
        publish(&mut database.connect().await.unwrap(), &messages, Utc::now()).await.unwrap();
    }
    let mut conn = database.connect().await.unwrap();
    for statement in ["VACUUM ANALYZE outbox", "CHECKPOINT"] {
        conn.batch_execute(statement).await.unwrap();
    }
}
