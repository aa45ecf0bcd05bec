use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::agent::registration;
use crate::harness::{Cluster, Harness};

/// Cuts connections of the server's pool, one after the other, until it is told to stop. Returns how many it cut.
async fn cut_connections(database: String, stop: Arc<AtomicBool>) -> u64 {
    #[derive(diesel::QueryableByName)]
    struct Cut {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let mut db = Cluster::get().await.connect("postgres").await;
    let mut all = 0;
    while !AtomicBool::load(&stop, Ordering::Relaxed) {
        // One that is inside of a transaction: idle connections would prove nothing.
        let cut: Cut = diesel::sql_query(format!(
            "SELECT count(pg_terminate_backend(pid)) AS n FROM (SELECT pid FROM pg_stat_activity \
             WHERE datname = '{database}' AND xact_start IS NOT NULL AND backend_xid IS NOT NULL ORDER BY random() LIMIT 1) one"
        ))
        .get_result(&mut db)
        .await
        .unwrap();
        all += cut.n as u64;
        // Some get through in between.
        db.batch_execute("SELECT pg_sleep(0.02)").await.unwrap();
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_in_the_middle_leaves_no_half_made_node() {
    const MACHINES: usize = 60;
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let client = h.anonymous();
    let mut bodies = Vec::new();
    for n in 0..MACHINES {
        bodies.push(registration(&project, &format!("n{n}"), &h.bootstrap_token(&project).await));
    }

    let stop = Arc::new(AtomicBool::new(false));
    let cutter = tokio::spawn(cut_connections(h.database.clone(), stop.clone()));
    let answers = join_all(bodies.iter().map(|body| client.post("/v1/register", body))).await;
    stop.store(true, Ordering::Relaxed);
    assert!(cutter.await.unwrap() > 0, "nothing was cut");

    let mut enrolled: HashMap<usize, Value> = HashMap::new();
    for (n, answer) in answers.iter().enumerate() {
        if answer.status == 201 {
            enrolled.insert(n, answer.json());
        } else {
            answer.refused(503, "datastore_unavailable");
        }
    }
    // A commit whose outcome the server did not learn may have happened: those who got 503 may be Nodes, nobody else.
    let nodes = h.count("SELECT count(*) FROM nodes").await as usize;
    assert!((enrolled.len()..=MACHINES).contains(&nodes), "{nodes} Nodes, {} answers of 201", enrolled.len());
    for node in enrolled.values() {
        let there = format!(
            "SELECT count(*) FROM nodes WHERE id = '{}' AND host(mesh_ip) = '{}'",
            id(node),
            node["mesh_ip"].as_str().unwrap()
        );
        assert_eq!(h.count(&there).await, 1);
    }
    whole(&h, nodes).await;

    // The token of whoever is not a Node is unspent, and of whoever is one spent: trying again tells which.
    for body in bodies.iter().enumerate().filter(|(n, _)| !enrolled.contains_key(n)).map(|(_, body)| body) {
        loop {
            let again = client.post("/v1/register", body).await;
            match again.status.as_u16() {
                201 => break,
                403 => break drop(again.refused(403, "token_consumed")),
                _ => drop(again.refused(503, "datastore_unavailable")),
            }
        }
    }
    whole(&h, MACHINES).await;
    assert_eq!(
        h.count("SELECT count(DISTINCT mesh_ip) FROM nodes WHERE mesh_ip <<= '10.20.0.0/26'").await as usize,
        MACHINES
    );
    let last = format!("SELECT (next_address - '10.20.0.0'::inet) FROM address_pools WHERE id = '{domain}'");
    assert_eq!(h.count(&last).await as usize, MACHINES + 1, "an enrolment that failed has used up no address");
    h.stop().await;
}

fn id(node: &Value) -> &str {
    node["node_id"].as_str().unwrap()
}

/// Every Node has all that a Node has, and nothing is there without its Node.
async fn whole(h: &Harness, nodes: usize) {
    for (what, each) in [
        ("nodes WHERE psk_epoch = 1", 1),
        ("node_secret_keys WHERE revoked_at IS NULL", 1),
        ("pre_shared_keys WHERE retired_at IS NULL", 1),
        ("peers WHERE retired_at IS NULL", 1),
        ("node_liveness", 1),
        ("peer_endpoints", 1),
        ("relation_tuples WHERE object_type = 'node'", 2),
        ("bootstrap_tokens WHERE consumed_at IS NOT NULL", 1),
        ("registration_nonces", 1),
        ("outbox", 2),
        ("audit_entries WHERE action = 'node.enrol'", 1),
    ] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {what}")).await as usize, nodes * each, "{what}");
    }
    assert_eq!(h.count("SELECT mesh_version FROM domains").await as usize, nodes);
    for table in ["node_secret_keys", "pre_shared_keys", "peers", "node_liveness"] {
        let theirs = format!("SELECT count(DISTINCT t.node_id) FROM {table} t JOIN nodes n ON n.id = t.node_id");
        assert_eq!(h.count(&theirs).await as usize, nodes, "{table}");
    }
}

#[tokio::test]
async fn a_database_fault_while_enrolling_is_no_refusal_and_leaves_the_token_unspent() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let token = h.bootstrap_token(&project).await;
    let body = registration(&project, "web-1", &token);
    // Each is used at another moment of the transaction; the last one at its very end.
    for table in [
        "bootstrap_tokens",
        "registration_nonces",
        "wrap_keys",
        "address_pools",
        "peers",
        "pre_shared_keys",
        "outbox",
        "audit_entries",
    ] {
        h.sql(&format!("ALTER TABLE {table} RENAME TO away")).await;
        let answer = h.anonymous().post("/v1/register", &body).await;
        assert!(answer.status.is_server_error(), "{table}: {}", answer.status);
        h.sql(&format!("ALTER TABLE away RENAME TO {table}")).await;
        assert_eq!(h.count("SELECT count(*) FROM nodes").await, 0, "{table}");
    }
    let answer = h.anonymous().post("/v1/register", &body).await.expect(201);
    assert_eq!(answer["mesh_ip"], json!("10.20.0.1"));
    h.stop().await;
}
