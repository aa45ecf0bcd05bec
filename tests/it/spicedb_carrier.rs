//! Tuples on their way to a SpiceDB: what is lost, late, or left behind by a replica that died lets nobody in and shuts
//! nobody out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plexsphere::access::rebac::{EmbeddedChecker, Follower, Holder, Kind, OLDEST, Schema, Thing};
use plexsphere::access::spicedb::{AsOf, Question, SpiceDb, SpiceDbChecker};
use plexsphere::access::{Operator, Permission, RelationChecker};
use plexsphere::postgres::{Database, StorageError};
use plexsphere::tls::client_config;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::harness::spicedb::{KEY, SpiceDbProcess};
use crate::harness::{Cluster, Harness};

const TUPLES: &str = "/v1/authz/relation-tuples";
const WRITE: &str = "PermissionsService/WriteRelationships";
const DELETE: &str = "PermissionsService/DeleteRelationships";
const SCHEMA: &str = "SchemaService/WriteSchema";
const CHECK: &str = "PermissionsService/CheckBulkPermissions";

/// What a replica asks SpiceDB with, on a thread of its own: it can stand still and die.
struct Replica {
    runtime: Option<Runtime>,
    checker: Arc<SpiceDbChecker>,
}

impl Replica {
    fn start(h: &Harness, process: &SpiceDbProcess) -> Self {
        Self::start_with(h, process, OLDEST)
    }

    fn start_with(h: &Harness, process: &SpiceDbProcess, oldest: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let entered = runtime.enter();
        let database = Database::new(&Cluster::url(&h.database), 4).unwrap();
        let spicedb = Arc::new(SpiceDb::new(&process.url, KEY, client_config).unwrap());
        let follower = Arc::new(Follower::new(database.clone(), Arc::new(Schema::load().unwrap()), OLDEST));
        let embedded = Arc::new(EmbeddedChecker::new(follower).unwrap());
        let checker = Arc::new(SpiceDbChecker::new(database, spicedb, embedded, oldest));
        drop(entered);
        Self { runtime: Some(runtime), checker }
    }

    /// Whether `operator` may see the Domain.
    fn ask(&self, operator: &Operator, domain: Uuid) -> JoinHandle<Result<bool, StorageError>> {
        let (checker, operator) = (self.checker.clone(), operator.clone());
        let asked = async move { checker.allows(&operator, Permission::DomainView, Some(domain)).await };
        self.runtime.as_ref().unwrap().spawn(asked)
    }

    /// As [`Self::ask`], until it can be told.
    async fn told(&self, operator: &Operator, domain: Uuid) -> bool {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match self.ask(operator, domain).await.unwrap() {
                Ok(answer) => return answer,
                Err(error) => assert!(error.is_passing() && Instant::now() < deadline, "it does not heal: {error}"),
            }
        }
    }

    /// Nothing of it goes on until the sender is dropped.
    fn stand_still(&self) -> std::sync::mpsc::Sender<()> {
        let (awake, asleep) = std::sync::mpsc::channel();
        self.runtime.as_ref().unwrap().spawn(async move { asleep.recv() });
        awake
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

/// A server that asks no SpiceDB, a Domain, and one who may view it.
async fn lab(process: &SpiceDbProcess) -> (Harness, Uuid, Operator, Replica) {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let domain = domain.parse().unwrap();
    let (viewer, _) = viewer(&h, domain).await;
    let a = Replica::start(&h, process);
    assert!(a.told(&viewer, domain).await);
    (h, domain, viewer, a)
}

/// One more who may view it, and by which tuple.
async fn viewer(h: &Harness, domain: Uuid) -> (Operator, String) {
    let mut operator = h.admin_operator().await;
    operator.identity = format!("user:{}", Uuid::now_v7()).parse().unwrap();
    let tuple = json!({
        "object": format!("domain:{domain}"), "relation": "viewer", "subject": operator.identity.to_string(),
    });
    let granted = h.admin.post(TUPLES, &tuple).await.expect(201);
    (operator, granted["tuple_id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn nobody_is_refused_while_another_replica_carries_everything_anew() {
    let process = SpiceDbProcess::start().await;
    let (h, domain, viewer, a) = lab(&process).await;
    let b = Replica::start(&h, &process);
    assert!(b.told(&viewer, domain).await);
    process.lose_everything().await;
    a.ask(&viewer, domain).await.unwrap().unwrap_err();
    process.hold(WRITE, 0).await;
    let carried = a.ask(&viewer, domain);
    process.has_held(1).await;
    let early = b.ask(&viewer, domain).await.unwrap();
    assert!(early.is_err(), "there is less than all: {early:?}");
    let late = b.ask(&viewer, domain);
    process.arrive().await;
    assert!(carried.await.unwrap().unwrap());
    assert!(late.await.unwrap().unwrap());
    h.stop().await;
}

#[tokio::test]
async fn a_no_from_a_spicedb_that_was_emptied_on_the_way_is_none() {
    let process = SpiceDbProcess::start().await;
    let (h, domain, viewer, a) = lab(&process).await;
    let b = Replica::start(&h, &process);
    process.hold(CHECK, 0).await;
    let asked = b.ask(&viewer, domain);
    process.has_held(1).await;
    // Nothing was left to carry when it was asked. It arrives after everything is gone, and before it is there again.
    process.lose_everything().await;
    process.pass().await;
    a.ask(&viewer, domain).await.unwrap().unwrap_err();
    process.hold(WRITE, 0).await;
    let carried = a.ask(&viewer, domain);
    process.has_held(2).await;
    process.arrive().await;
    let answer = asked.await.unwrap();
    assert!(answer.is_err(), "{answer:?}");
    assert!(carried.await.unwrap().unwrap());
    assert!(b.told(&viewer, domain).await);
    h.stop().await;
}

#[tokio::test]
async fn what_a_replica_began_to_carry_when_it_died_is_carried_from_the_start() {
    let process = SpiceDbProcess::start().await;
    let (h, domain, viewer, a) = lab(&process).await;
    process.lose_everything().await;
    a.ask(&viewer, domain).await.unwrap().unwrap_err();
    process.hold(WRITE, 0).await;
    drop(a.ask(&viewer, domain));
    process.has_held(1).await;
    drop(a);
    process.pass().await;
    let b = Replica::start(&h, &process);
    assert!(b.told(&viewer, domain).await);
    h.stop().await;
}

/// The replica has died, and others have gone on.
#[tokio::test]
async fn what_was_held_up_on_its_way_changes_nothing_when_it_arrives() {
    let process = SpiceDbProcess::start().await;
    let (h, domain, viewer_of_old, a) = lab(&process).await;
    drop(a);
    let direct = SpiceDb::new(&process.url, KEY, client_config).unwrap();
    for (method, passing) in [(WRITE, 0), (WRITE, 1), (DELETE, 0), (DELETE, 1), (DELETE, 2), (DELETE, 3), (DELETE, 5)] {
        let (revoked, tuple) = viewer(&h, domain).await;
        h.sql("DELETE FROM relations_carried").await;
        let a = Replica::start(&h, &process);
        process.hold(method, passing).await;
        drop(a.ask(&revoked, domain));
        process.has_held(1).await;
        drop(a);
        process.pass().await;
        h.admin.delete(&format!("{TUPLES}/{tuple}")).await.expect(204);
        let b = Replica::start(&h, &process);
        assert!(!b.told(&revoked, domain).await);
        assert!(b.told(&viewer_of_old, domain).await);
        process.arrive().await;
        // What SpiceDB has now, asked without a token.
        for (operator, may) in [(&revoked, false), (&viewer_of_old, true)] {
            let question = Question {
                object: Thing { kind: Kind::Domain, id: domain },
                permission: "domain_view".to_owned(),
                subject: Holder::from(&operator.identity),
            };
            let answer = direct.check(&AsOf::default(), &[&question]).await.unwrap();
            assert_eq!(answer, [may], "{method} {passing}");
            for replica in [&b, &Replica::start(&h, &process)] {
                assert_eq!(replica.told(operator, domain).await, may, "{method} {passing}");
            }
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn a_replica_that_stands_still_while_it_carries_holds_others_up_for_a_moment_only() {
    let process = SpiceDbProcess::start().await;
    let (h, domain, viewer, a) = lab(&process).await;
    h.sql("DELETE FROM relations_carried").await;
    process.hold(WRITE, 0).await;
    let mut nobody = viewer.clone();
    nobody.identity = format!("user:{}", Uuid::now_v7()).parse().unwrap();
    drop(a.ask(&nobody, domain));
    process.has_held(1).await;
    let awake = a.stand_still();
    process.pass().await;
    let b = Replica::start(&h, &process);
    assert!(b.ask(&viewer, domain).await.unwrap().unwrap());
    // It wakes, and what it had begun comes to nothing.
    drop(awake);
    process.arrive().await;
    assert!(a.told(&viewer, domain).await);
    assert!(b.told(&viewer, domain).await);
    h.stop().await;
}

/// It wakes with what it had read, and goes on until the database tells it that the row is another's.
#[tokio::test]
async fn what_a_replica_carries_that_stood_still_too_long_is_nobodys_answer() {
    let process = SpiceDbProcess::start().await;
    let (h, domain, viewer_of_old, a) = lab(&process).await;
    let (revoked, tuple) = viewer(&h, domain).await;
    h.sql("DELETE FROM relations_carried").await;
    process.hold(SCHEMA, 0).await;
    let asked = a.ask(&revoked, domain);
    process.has_held(1).await;
    let awake = a.stand_still();
    process.pass().await;
    h.admin.delete(&format!("{TUPLES}/{tuple}")).await.expect(204);
    let b = Replica::start(&h, &process);
    assert!(!b.told(&revoked, domain).await);
    process.arrive().await;
    drop(awake);
    while !asked.is_finished() {
        for (operator, may) in [(&revoked, false), (&viewer_of_old, true)] {
            let answer = b.ask(operator, domain).await.unwrap();
            assert!(answer.is_err() || answer.as_ref().is_ok_and(|answer| *answer == may), "{answer:?}");
        }
    }
    assert!(!asked.await.unwrap().is_ok_and(|answer| answer));
    for replica in [&a, &b, &Replica::start(&h, &process)] {
        assert!(!replica.told(&revoked, domain).await);
        assert!(replica.told(&viewer_of_old, domain).await);
    }
    h.stop().await;
}

#[tokio::test]
async fn a_yes_that_took_too_long_is_asked_again() {
    let process = SpiceDbProcess::start().await;
    let (h, domain, _, _) = lab(&process).await;
    let (viewer, tuple) = viewer(&h, domain).await;
    let b = Replica::start_with(&h, &process, Duration::from_millis(1));
    process.hold(CHECK, 0).await;
    let asked = b.ask(&viewer, domain);
    process.has_held(1).await;
    // Here it counts no more; there nobody has looked.
    h.admin.delete(&format!("{TUPLES}/{tuple}")).await.expect(204);
    process.arrive().await;
    assert!(!asked.await.unwrap().unwrap());
    h.stop().await;
}
