//! Steps of the schema while replicas of before still serve.

use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use plexsphere::postgres::{Database, migrations};

use crate::harness::{Cluster, rows};

/// A database as the steps before `first_missing` leave it, with a Node in it.
async fn database_before(first_missing: &str) -> String {
    let database = Cluster::get().await.empty_database().await;
    let mut conn = Cluster::get().await.connect(&database).await;
    let mut steps: Vec<String> = std::fs::read_dir("migrations")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.as_str() < first_missing && name.as_bytes()[0].is_ascii_digit())
        .collect();
    steps.sort();
    let table = "CREATE TABLE __diesel_schema_migrations \
        (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)";
    conn.batch_execute(table).await.unwrap();
    for step in steps {
        conn.batch_execute(&std::fs::read_to_string(format!("migrations/{step}/up.sql")).unwrap()).await.unwrap();
        let version = step.split('_').next().unwrap();
        conn.batch_execute(&format!("INSERT INTO __diesel_schema_migrations VALUES ('{version}')")).await.unwrap();
    }
    conn.batch_execute(
        "INSERT INTO domains (id, name, slug, mesh_cidr, heartbeat_interval_ms, stale_after_ms, unreachable_after_ms, \
             endpoint_ttl_seconds, rotation_expiry_seconds, revision, created_at, updated_at) \
         VALUES (gen_random_uuid(), 'lab', 'lab', '10.20.0.0/16', 30000, 90000, 300000, 300, 86400, 1, now(), now()); \
         INSERT INTO projects (id, domain_id, name, slug, revision, created_at, updated_at) \
         SELECT gen_random_uuid(), id, 'team', 'team', 1, now(), now() FROM domains; \
         INSERT INTO nodes (id, domain_id, project_id, kind, resource_handle, mesh_ip, pool_id, public_key, enrolled_at) \
         SELECT gen_random_uuid(), domain_id, id, 'node', 'web-1', '10.20.0.1', id, '\\x00', now() FROM projects; \
         INSERT INTO node_liveness (node_id, domain_id, state, changed_at, state_before) \
         SELECT id, domain_id, 0, now(), 0 FROM nodes",
    )
    .await
    .unwrap();
    database
}

async fn waits_for_a_lock(database: &str) -> bool {
    let waiting = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock' \
         AND wait_event = 'relation'"
    );
    !rows(database, &waiting).await.is_empty()
}

async fn migrate(database: &str) {
    let database = Database::new(&Cluster::url(database), 1).unwrap();
    migrations::run(&database).await.unwrap();
}

const HEARTBEAT: &str = "UPDATE node_liveness SET last_heartbeat_at = now()";
const NODE: &str = "SELECT FROM nodes FOR NO KEY UPDATE";

/// What a replica of before does in one transaction, in this order, with the step for rotations in between.
async fn serve_meanwhile(first: &str, second: &str) {
    let database = database_before("012").await;
    let mut serving = Cluster::get().await.connect(&database).await;
    serving.batch_execute(&format!("BEGIN; {first}")).await.unwrap();
    let migrating = tokio::spawn({
        let database = database.clone();
        async move { migrate(&database).await }
    });
    while !waits_for_a_lock(&database).await {
        tokio::task::yield_now().await;
    }
    serving.batch_execute(second).await.expect("nobody is killed for a deadlock");
    serving.batch_execute("COMMIT").await.unwrap();
    migrating.await.unwrap();
    let known = "SELECT 1 AS n FROM pg_attribute WHERE attrelid = 'node_liveness'::regclass \
        AND attname = 'rotation_pending_until'";
    assert_eq!(rows(&database, known).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_of_a_replica_of_before_and_the_step_for_rotations_do_not_wait_for_each_other() {
    serve_meanwhile(HEARTBEAT, NODE).await;
    serve_meanwhile(NODE, HEARTBEAT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_go_on_while_all_steps_are_made() {
    #[derive(diesel::QueryableByName)]
    struct Beat {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        #[allow(dead_code)]
        node_id: uuid::Uuid,
    }
    let database = database_before("012").await;
    let beats = async |conn: &mut AsyncPgConnection| -> usize {
        let beat = "UPDATE node_liveness l SET last_heartbeat_at = now() FROM nodes n \
            WHERE n.id = l.node_id AND n.deregistered_at IS NULL RETURNING l.node_id";
        diesel::sql_query(beat).load::<Beat>(conn).await.expect("a heartbeat").len()
    };
    let migrating = tokio::spawn({
        let database = database.clone();
        async move { migrate(&database).await }
    });
    let mut serving = Cluster::get().await.connect(&database).await;
    let mut served = 0;
    while !migrating.is_finished() || served < 10 {
        served += beats(&mut serving).await;
    }
    migrating.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_loses_a_deadlock_is_tried_again() {
    let database = database_before("012").await;
    let mut serving = Cluster::get().await.connect(&database).await;
    // Whoever has waited for so long looks whether it is a deadlock, and gives way: the step, and not we.
    let hold = "SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE __diesel_schema_migrations IN SHARE MODE";
    serving.batch_execute(hold).await.unwrap();
    let migrating = tokio::spawn({
        let database = database.clone();
        async move { migrate(&database).await }
    });
    // It has the Nodes for itself, and wants to write down that it is done.
    while !waits_for_a_lock(&database).await {
        tokio::task::yield_now().await;
    }
    serving.batch_execute("SELECT FROM nodes").await.unwrap();
    serving.batch_execute("COMMIT").await.unwrap();
    migrating.await.unwrap();
}
