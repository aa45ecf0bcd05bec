//! The floor of the database side: one UPDATE a heartbeat, each its own commit.

use std::path::Path;
use std::time::{Duration, Instant};

use super::data::Nodes;

const UPDATE: &str = "UPDATE node_liveness SET last_heartbeat_at = GREATEST(last_heartbeat_at, now()), binary_version = $2, \
                      nat_summary = $3::text::jsonb WHERE node_id = $1::text::uuid";
const NAT: &str = r#"{"nat_type":"full_cone"}"#;

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Updates a second by `clients` clients, each on a connection of its own. Returns when PostgreSQL is done with them, too:
/// what their ends take would be taken from whatever is measured next.
pub async fn single_row_updates(url: &str, nodes: &Nodes, clients: usize, time: Duration) -> f64 {
    let (mut ready, mut backends) = (Vec::new(), Vec::new());
    for _ in 0..clients {
        let client = connect(url).await;
        let statement = client.prepare(UPDATE).await.unwrap();
        backends.push(client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get::<_, i32>(0));
        ready.push((client, statement));
    }
    let began = Instant::now();
    let tasks: Vec<_> = ready
        .into_iter()
        .enumerate()
        .map(|(place, (client, statement))| {
            let nodes = nodes.clone();
            tokio::spawn(async move {
                let mut sent = 0_usize;
                while began.elapsed() < time {
                    let id = nodes.ids[nodes.scattered(place + sent * clients)].to_string();
                    assert_eq!(client.execute(&statement, &[&id, &"1.4.2", &NAT]).await.unwrap(), 1);
                    sent += 1;
                }
                sent
            })
        })
        .collect();
    let mut sent = 0;
    for task in tasks {
        sent += task.await.unwrap();
    }
    let rate = sent as f64 / began.elapsed().as_secs_f64();
    while backends.iter().any(|pid| Path::new("/proc").join(pid.to_string()).exists()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rate
}

/// The median time of one such UPDATE with its commit, with nobody else there.
pub async fn median_commit(url: &str, nodes: &Nodes) -> Duration {
    let times = commits(url, nodes, |sent| sent < 300).await;
    times[times.len() / 2]
}

/// The p99 of such UPDATEs, one after the other for `time`: beside whatever else runs.
pub async fn p99_of_commits(url: &str, nodes: &Nodes, time: Duration) -> Duration {
    let began = Instant::now();
    let times = commits(url, nodes, |_| began.elapsed() < time).await;
    times[times.len() * 99 / 100]
}

/// How long each took, shortest first.
async fn commits(url: &str, nodes: &Nodes, go_on: impl Fn(usize) -> bool) -> Vec<Duration> {
    let client = connect(url).await;
    let statement = client.prepare(UPDATE).await.unwrap();
    let mut times = Vec::new();
    while go_on(times.len()) {
        let id = nodes.ids[nodes.scattered(times.len())].to_string();
        let began = Instant::now();
        client.execute(&statement, &[&id, &"1.4.2", &NAT]).await.unwrap();
        times.push(began.elapsed());
    }
    times.sort();
    times
}
