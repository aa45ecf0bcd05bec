//! Plans that are kept for as long as a connection: made while tables are empty, they must be good when they are not.

use std::sync::Arc;

use async_trait::async_trait;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use plexsphere::background::{Background, Task};
use plexsphere::clock::Clock;
use plexsphere::event_log::{PgEventLog, Tail};
use plexsphere::ids::NodeId;
use plexsphere::mesh::snapshot::{PgSnapshots, SnapshotSource};
use plexsphere::outbox::Relay;
use plexsphere::postgres::{Database, KeptPlans, StorageError};
use plexsphere::telemetry::Metrics;
use serde_json::Value;
use uuid::Uuid;

use crate::harness::Harness;

/// A statement that a connection keeps.
#[derive(diesel::QueryableByName)]
struct Kept {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    statement: String,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    parameters: i32,
}

async fn kept(conn: &mut AsyncPgConnection) -> Vec<Kept> {
    let all = "SELECT name, statement, cardinality(parameter_types) AS parameters FROM pg_prepared_statements \
        WHERE statement !~ 'pg_prepared_statements'";
    diesel::sql_query(all).load(conn).await.unwrap()
}

#[derive(diesel::QueryableByName)]
struct Plan {
    #[diesel(sql_type = diesel::sql_types::Json, column_name = "QUERY PLAN")]
    plan: Value,
}

/// The plan that the connection keeps for a statement.
async fn plan(conn: &mut AsyncPgConnection, options: &str, name: &str, parameters: &[String]) -> Value {
    let parameters = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
    let explain = format!("EXPLAIN ({options} FORMAT JSON) EXECUTE {name} {parameters}");
    diesel::sql_query(explain).get_result::<Plan>(conn).await.unwrap().plan
}

/// Every step of a plan.
fn steps(plan: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut left = vec![plan];
    while let Some(value) = left.pop() {
        match value {
            Value::Array(all) => left.extend(all),
            Value::Object(members) => {
                if members.contains_key("Node Type") {
                    found.push(value);
                }
                left.extend(members.values());
            }
            _ => {}
        }
    }
    found
}

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

#[tokio::test]
async fn the_ledger_never_reads_its_tables_as_a_whole() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let database: Database = h.server.database().apart_with(KeptPlans::ByKeys, 1).unwrap();
    let log = Arc::new(PgEventLog::new(database.clone()));
    let metrics = Arc::new(Metrics::new());
    let tail = Arc::new(Tail::new(log.clone(), Arc::new(database.clone()), metrics.clone()));
    let replica = Uuid::now_v7();
    let read_on = Background::new(database.availability().clone()).start(Arc::new(Nobody));
    let relay = Relay::new(
        database.clone(),
        log,
        Arc::new(crate::harness::sealer()),
        h.clock.clone() as Arc<dyn Clock>,
        replica,
        tail,
        read_on,
        metrics,
    );
    // It is held in tests; by this one now, and not by the server.
    h.sql(&format!("UPDATE leases SET holder = '{replica}' WHERE name = 'relay'")).await;
    // The plans are made over nearly nothing: the events of one Node.
    h.sql("ANALYZE outbox; ANALYZE event_log; ANALYZE signing_keys").await;
    h.enrol(&project, "web-1").await;
    relay.step().await.unwrap();

    let mut conn = database.read().await.unwrap();
    let mut looked_at = Vec::new();
    for Kept { name, statement, parameters } in kept(&mut conn).await {
        let nulls = vec!["NULL".to_owned(); parameters as usize];
        for step in steps(&plan(&mut conn, "", &name, &nulls).await) {
            let Some(table) = step["Relation Name"].as_str() else { continue };
            if matches!(table, "outbox" | "event_log" | "signing_keys") && step["Operation"].is_null() {
                assert_ne!(step["Node Type"], "Seq Scan", "{table}: {statement}");
                looked_at.push(table.to_owned());
            }
        }
    }
    // Taking the first rows, with their keys, and removing what was appended.
    assert!(looked_at.iter().filter(|table| *table == "outbox").count() >= 3, "{looked_at:?}");
    assert!(looked_at.contains(&"signing_keys".to_owned()), "{looked_at:?}");
    drop(conn);
    h.stop().await;
}

#[tokio::test]
async fn a_pull_reads_nothing_of_former_nodes() {
    const FORMER: i64 = 3000;
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.enrol(&project, "web-2").await;
    h.sql(&format!(
        "INSERT INTO nodes (id, domain_id, project_id, kind, resource_handle, mesh_ip, pool_id, public_key, \
             enrolled_at, deregistered_at) \
         SELECT gen_random_uuid(), domain_id, project_id, kind, 'gone-' || n, mesh_ip, pool_id, \
             sha256(n::text::bytea), enrolled_at, now() \
         FROM nodes, generate_series(1, {FORMER}) n WHERE id = '{}'; ANALYZE nodes",
        agent.node_id
    ))
    .await;
    let database = h.server.database().apart_with(KeptPlans::WithJoins, 1).unwrap();
    let node_id: NodeId = agent.node_id.parse().unwrap();
    let found = PgSnapshots::new(database.clone()).read(&[node_id], &[]).await.unwrap();
    assert_eq!(found.domains[0].peers.as_ref().unwrap().len(), 2);

    let mut conn = database.read().await.unwrap();
    let all = kept(&mut conn).await;
    let pull = all.iter().find(|kept| kept.statement.contains("peer_endpoints")).unwrap();
    let parameters =
        [format!("ARRAY['{}'::uuid]", agent.node_id), format!("ARRAY['{domain}'::uuid]"), "'{0}'".to_owned()];
    let plan = plan(&mut conn, "ANALYZE, TIMING off, COSTS off,", &pull.name, &parameters).await;
    let mut read = 0.0;
    for step in steps(&plan).into_iter().filter(|step| step["Relation Name"] == "nodes") {
        let each = |member: &str| step[member].as_f64().unwrap_or_default();
        read += each("Actual Loops") * (each("Actual Rows") + each("Rows Removed by Filter"));
    }
    assert!((2.0..10.0).contains(&read), "{read} rows of Nodes: {plan:#}");
    drop(conn);
    h.stop().await;
}
