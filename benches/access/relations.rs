//! 100,000 tuples, and questions about them.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plexsphere::access::rebac::{EmbeddedChecker, Follower, OLDEST, RelationWatch, Schema};
use plexsphere::access::{IdentityKind, IdentityRef, Operator, OperatorCredential, Permission, RelationChecker};
use plexsphere::background::Task;
use plexsphere::ids::ApiTokenId;
use plexsphere::postgres::Database;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{middle, server};

const DOMAINS: u128 = 10;
const PROJECTS: u128 = 100;
const NODES: u128 = 48_000;
/// Half of them are granted a project directly, half through a group in a group.
const USERS: u128 = 2_000;
const ROUNDS: usize = 5;

/// The recursive statement that the graph took the place of, for `node#node-agent`.
const RECURSIVE: &str = "WITH RECURSIVE subjects (subject_type, subject_id, subject_relation) AS ( \
        SELECT 'user'::text, $1::text, ''::text \
        UNION \
        SELECT 'group', t.object_id, 'member' FROM relation_tuples t JOIN subjects s \
            ON t.subject_type = s.subject_type AND t.subject_id = s.subject_id AND t.subject_relation = s.subject_relation \
            WHERE t.object_type = 'group' AND t.relation = 'member' \
    ), objects (object_type, object_id) AS ( \
        SELECT * FROM (VALUES ('node', $2::text), ('platform', 'plexsphere')) AS here (object_type, object_id) \
        UNION \
        SELECT t.subject_type, t.subject_id FROM relation_tuples t JOIN objects o \
            ON t.object_type = o.object_type AND t.object_id = o.object_id \
            WHERE t.relation = t.subject_type AND t.relation IN ('project', 'domain', 'platform') \
    ) \
    SELECT EXISTS (SELECT FROM relation_tuples t \
        JOIN subjects s ON t.subject_type = s.subject_type AND t.subject_id = s.subject_id AND t.subject_relation = s.subject_relation \
        JOIN objects o ON t.object_type = o.object_type AND t.object_id = o.object_id \
        WHERE (t.object_type, t.relation) IN (('platform', 'admin'), ('domain', 'admin'), ('project', 'admin'), \
            ('node', 'operator'), ('node', 'agent')))";

/// What is in the database.
#[derive(Clone)]
pub struct Fleet {
    tuples: i64,
}

fn id(kind: u128, n: u128) -> Uuid {
    Uuid::from_u128(kind << 64 | (n + 1))
}

impl Fleet {
    pub fn node(&self, n: u128) -> Uuid {
        id(3, n % NODES)
    }

    /// A user, and a Node that it may act for.
    fn pair(&self, n: u128) -> (Uuid, Uuid) {
        let (user, round) = (n % USERS, n / USERS);
        let project = user % PROJECTS;
        (id(5, user), id(3, (project + PROJECTS * (round % (NODES / PROJECTS))) % NODES))
    }
}

/// A user as a token proves it.
pub fn operator(user: Uuid) -> Operator {
    Operator {
        identity: IdentityRef { kind: IdentityKind::User, id: user },
        bounded_by: Vec::new(),
        depth: 0,
        within: None,
        credential: OperatorCredential::ApiToken { token_id: ApiTokenId(Uuid::from_u128(1)), secret_version: 0 },
        expires_at: chrono::Utc::now() + chrono::TimeDelta::days(1),
    }
}

pub async fn load(url: &str) -> Fleet {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    // As `id` writes them.
    client
        .batch_execute(
            "CREATE FUNCTION pg_temp.bench_id(kind bigint, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS \
             $$ SELECT (lpad(to_hex(kind), 16, '0') || lpad(to_hex(n + 1), 16, '0'))::uuid::text $$",
        )
        .await
        .unwrap();
    for (what, count) in [
        ("'domain', pg_temp.bench_id(1, n), 'platform', 'platform', 'plexsphere', ''", DOMAINS),
        ("'project', pg_temp.bench_id(2, n), 'domain', 'domain', pg_temp.bench_id(1, n % 10), ''", PROJECTS),
        ("'node', pg_temp.bench_id(3, n), 'project', 'project', pg_temp.bench_id(2, n % 100), ''", NODES),
        ("'node', pg_temp.bench_id(3, n), 'domain', 'domain', pg_temp.bench_id(1, n % 10), ''", NODES),
        // A group a project holds it, and the group of a team is in it.
        ("'project', pg_temp.bench_id(2, n), 'admin', 'group', pg_temp.bench_id(4, n), 'member'", PROJECTS),
        ("'group', pg_temp.bench_id(4, n), 'member', 'group', pg_temp.bench_id(6, n), 'member'", PROJECTS),
        (
            "CASE n / 1000 WHEN 0 THEN 'project' ELSE 'group' END, \
             pg_temp.bench_id(CASE n / 1000 WHEN 0 THEN 2 ELSE 6 END, n % 100), \
             CASE n / 1000 WHEN 0 THEN 'admin' ELSE 'member' END, 'user', pg_temp.bench_id(5, n), ''",
            USERS,
        ),
        // The rest: readers here and there.
        ("'node', pg_temp.bench_id(3, n * 7), 'reader', 'user', pg_temp.bench_id(5, n % 2000), ''", 1_690),
    ] {
        client
            .batch_execute(&format!(
                "INSERT INTO relation_tuples (id, object_type, object_id, relation, subject_type, subject_id, subject_relation, created_at) \
                 SELECT gen_random_uuid(), {what}, now() FROM generate_series(0, {count} - 1) AS n"
            ))
            .await
            .unwrap();
    }
    client.batch_execute("ANALYZE relation_tuples").await.unwrap();
    let row = client.query_one("SELECT count(*) FROM relation_tuples", &[]).await.unwrap();
    Fleet { tuples: row.get(0) }
}

pub async fn measure(url: &str, fleet: &Fleet, time: Duration) {
    println!("Relations, {} tuples", fleet.tuples);
    let own = || server::resident_mb(std::process::id());
    let follower = Arc::new(Follower::new(Database::new(url, 4).unwrap(), Arc::new(Schema::load().unwrap()), OLDEST));
    let before = own();
    let began = Instant::now();
    follower.catch_up().await.unwrap();
    println!("  read from the start                 {:>9.0} ms", began.elapsed().as_secs_f64() * 1e3);
    println!("  memory growth by that               {:>9.1} MB   (target: about 20)", own() - before);
    let watch = RelationWatch(follower.clone());
    let watching = tokio::spawn(async move {
        loop {
            watch.step().await.unwrap();
            tokio::time::sleep(watch.interval()).await;
        }
    });
    let checker = EmbeddedChecker::new(follower).unwrap();
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let statement = client.prepare(RECURSIVE).await.unwrap();

    // One connection beside one thread; alternating, because the machine is noisy.
    let slice = time / (2 * ROUNDS as u32);
    let (mut from_graph, mut from_sql) = (Vec::new(), Vec::new());
    let mut n = 0;
    for _ in 0..ROUNDS {
        let (began, mut done) = (Instant::now(), 0_u32);
        while began.elapsed() < slice {
            let (user, node) = fleet.pair(n * 7919);
            let (user, node) = (user.to_string(), node.to_string());
            let parameters: [&(dyn ToSql + Sync); 2] = [&user, &node];
            assert!(client.query_one(&statement, &parameters).await.unwrap().get::<_, bool>(0));
            (n, done) = (n + 1, done + 1);
        }
        from_sql.push(f64::from(done) / began.elapsed().as_secs_f64());
        let (began, mut done) = (Instant::now(), 0_u32);
        while began.elapsed() < slice {
            for _ in 0..1_000 {
                let (user, node) = fleet.pair(n * 7919);
                let allowed = checker.allows(&operator(user), Permission::NodeAgent, Some(node)).await.unwrap();
                assert!(black_box(allowed));
                n += 1;
            }
            done += 1_000;
        }
        from_graph.push(f64::from(done) / began.elapsed().as_secs_f64());
    }
    watching.abort();
    let (graph, sql) = (middle(from_graph), middle(from_sql));
    println!("  recursive statement, one connection {sql:>9.0}/s");
    println!("  graph, one thread                   {graph:>9.0}/s");
    println!("  ratio                               {:>9.0}    (target: at least 50)", graph / sql);
}
