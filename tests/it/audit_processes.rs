//! The audit log under two replicas that are killed, stopped and cut off while entries are written: each entry is numbered
//! once, without a gap, and the chains hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use plexsphere::audit::{self, verify};
use plexsphere::postgres::Database;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::harness::{Cluster, rows, sealer};
use crate::ledger::seed;
use crate::processes::{Serve, bootstrapped, patiently, serve_command, signal};

async fn replica(database: &str) -> Serve {
    Serve::start(serve_command(database).env("PLEXSPHERE_LOG", "info,plexsphere::access=warn")).await
}

async fn count(database: &str, query: &str) -> i64 {
    rows(database, &format!("SELECT ({query})::bigint AS n")).await[0]["n"].as_i64().unwrap()
}

/// Writes entries of a few Domains until told to stop, some in transactions that take their time; returns how many were
/// acknowledged.
async fn write(
    database: String,
    domains: Vec<Uuid>,
    writer: u64,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
) -> usize {
    let mut random = StdRng::seed_from_u64(writer);
    let mut conn = Cluster::get().await.connect(&database).await;
    let mut written = 0;
    while !stop.load(Ordering::Relaxed) {
        let domain = domains[random.random_range(0..domains.len())];
        let pause = if random.random_range(0..10) == 0 { "SELECT pg_sleep(0.03);" } else { "" };
        let entries = random.random_range(1..40);
        let insert = format!(
            "BEGIN; INSERT INTO audit_entries (domain_id, at, subject, action, object, decision, correlation_id) \
             SELECT '{domain}', clock_timestamp(), 'system', 'a.b', 'o', 'none', '{writer}-' || {written} + n \
             FROM generate_series(1, {entries}) n; {pause} COMMIT"
        );
        conn.batch_execute(&insert).await.unwrap();
        written += entries;
        done.fetch_add(entries, Ordering::Relaxed);
    }
    written
}

#[tokio::test]
async fn kills_stops_and_cuts_leave_whole_chains() {
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let (database, _) = bootstrapped().await;
    Cluster::get().await.let_chain(&database).await;
    let mut replicas = [replica(&database).await, replica(&database).await];
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let domains: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    let writers: Vec<_> =
        (0..3).map(|n| tokio::spawn(write(database.clone(), domains.clone(), n, stop.clone(), done.clone()))).collect();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name = 'plexsphere' AND random() < 0.7";
    for round in 0..6 {
        let (before, numbered) = (done.load(Ordering::Relaxed), "SELECT count(*) FROM audit_chain");
        let chained = count(&database, numbered).await;
        patiently("entries and numbers", async {
            while done.load(Ordering::Relaxed) < before + 100 || count(&database, numbered).await == chained {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        // Whoever leads, as often as not.
        let victim = random.random_range(0..replicas.len());
        match round % 3 {
            0 => {
                signal(&replicas[victim].child, "STOP");
                let long = Duration::from_millis(random.random_range(500..7000));
                tokio::time::timeout(long, std::future::pending::<()>()).await.unwrap_err();
                signal(&replicas[victim].child, "CONT");
            }
            1 => {
                signal(&replicas[victim].child, "KILL");
                replicas[victim] = replica(&database).await;
            }
            _ => Cluster::get().await.connect(&database).await.batch_execute(cut).await.unwrap(),
        }
    }
    stop.store(true, Ordering::Relaxed);
    let written: usize = join_all(writers).await.into_iter().map(|written| written.unwrap()).sum();
    patiently("numbering the rest", async {
        while count(&database, "SELECT count(*) FROM audit_entries").await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let of_writers = "audit_chain WHERE action = 'a.b'";
    assert_eq!(count(&database, &format!("SELECT count(*) FROM {of_writers}")).await, written as i64);
    let each_once = format!("SELECT count(DISTINCT correlation_id) FROM {of_writers}");
    assert_eq!(count(&database, &each_once).await, written as i64);
    let (database, sealer) = (Database::new(&Cluster::url(&database), 2).unwrap(), sealer());
    let chains = audit::chains(&mut database.read().await.unwrap()).await.unwrap();
    assert_eq!(chains.len(), domains.len() + 1);
    for chain in chains {
        assert_eq!(verify(&database, &sealer, chain).await.unwrap().fault, None, "{chain}");
    }
    eprintln!("{written} entries");
}
