//! How pulls share statements, over a source that does as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::poll;
use plexsphere::ids::{DomainId, NodeId};
use plexsphere::mesh::reachability::State;
use plexsphere::mesh::snapshot::puller::SharedPulls;
use plexsphere::mesh::snapshot::{DomainRows, Found, OwnRows, PullRefusal, SnapshotProvider, SnapshotSource};
use plexsphere::postgres::{Database, StorageError};
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use crate::harness::Cluster;

/// What the next read does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Fail,
    Panic,
}

struct Told {
    /// What was read, in order.
    reads: Mutex<Vec<Vec<NodeId>>>,
    /// Reads that may go on.
    may: Semaphore,
    began: Notify,
    next: Mutex<VecDeque<Next>>,
}

struct Source(Arc<Told>);

#[async_trait]
impl SnapshotSource for Source {
    async fn read(&self, node_ids: &[NodeId], held: &[(DomainId, i64)]) -> Result<Found, StorageError> {
        self.0.reads.lock().unwrap().push(node_ids.to_vec());
        self.0.began.notify_one();
        self.0.may.acquire().await.unwrap().forget();
        let next = self.0.next.lock().unwrap().pop_front();
        match next {
            Some(Next::Fail) => return Err(StorageError::Unavailable("told to fail".into())),
            Some(Next::Panic) => panic!("told to panic"),
            None => {}
        }
        let row = |node_id: &NodeId| OwnRows {
            node_id: *node_id,
            domain_id: domain(),
            in_the_mesh: true,
            psk_epoch: 1,
            reachability: State::Healthy,
            changed_at: now(),
            entries: Vec::new(),
        };
        let peers = held.is_empty().then(Vec::new);
        let domains = vec![DomainRows { domain_id: domain(), version: 1, signing_keys: Vec::new(), peers }];
        Ok(Found { nodes: node_ids.iter().map(row).collect(), domains })
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn domain() -> DomainId {
    DomainId(Uuid::from_u128(9))
}

fn node(n: u128) -> NodeId {
    NodeId(Uuid::from_u128(n + 1))
}

async fn pulls() -> (Arc<SharedPulls<Source>>, Arc<Told>, Database) {
    Cluster::get().await;
    let database = Database::new(&Cluster::url("postgres"), 1).unwrap();
    let told = Arc::new(Told {
        reads: Mutex::default(),
        may: Semaphore::new(0),
        began: Notify::new(),
        next: Mutex::default(),
    });
    let pulls = SharedPulls::new(Source(told.clone()), database.availability().clone(), TimeDelta::minutes(15));
    (Arc::new(pulls), told, database)
}

#[tokio::test]
async fn those_who_come_while_a_statement_runs_share_the_next_one() {
    let (pulls, told, _database) = pulls().await;
    let mut first = pulls.pull(node(0), Some(domain()), now());
    assert!(poll!(&mut first).is_pending());
    told.began.notified().await;
    let mut later: Vec<_> = [2, 1, 2].map(|n| pulls.pull(node(n), Some(domain()), now())).into();
    for pull in &mut later {
        assert!(poll!(pull).is_pending());
    }
    told.may.add_permits(2);
    assert!(first.await.unwrap().is_some());
    for pull in later {
        assert!(pull.await.unwrap().is_some());
    }
    assert_eq!(*told.reads.lock().unwrap(), [vec![node(0)], vec![node(1), node(2)]]);
}

#[tokio::test]
async fn a_read_that_fails_fails_those_who_waited_for_it_and_nobody_else() {
    let (pulls, told, _database) = pulls().await;
    told.may.add_permits(10);
    for (next, refused) in [(Next::Fail, "storage"), (Next::Panic, "overloaded")] {
        told.next.lock().unwrap().push_back(next);
        let both = tokio::join!(pulls.pull(node(0), Some(domain()), now()), pulls.pull(node(1), Some(domain()), now()));
        for pulled in [both.0, both.1] {
            match pulled {
                Err(PullRefusal::Storage(_)) => assert_eq!(refused, "storage"),
                Err(PullRefusal::Overloaded) => assert_eq!(refused, "overloaded"),
                Ok(_) => panic!("there is nothing to answer with"),
            }
        }
        assert!(pulls.pull(node(0), Some(domain()), now()).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn more_than_may_wait_are_told_to_come_back() {
    let (pulls, told, _database) = pulls().await;
    let mut first = pulls.pull(node(0), Some(domain()), now());
    assert!(poll!(&mut first).is_pending());
    told.began.notified().await;
    let mut waiting: Vec<_> = (0..20_000).map(|n| pulls.pull(node(n), Some(domain()), now())).collect();
    for pull in &mut waiting {
        assert!(poll!(pull).is_pending());
    }
    assert!(matches!(pulls.pull(node(1), Some(domain()), now()).await, Err(PullRefusal::Overloaded)));
    told.may.add_permits(100);
    for pull in waiting {
        assert!(pull.await.unwrap().is_some());
    }
    assert_eq!(told.reads.lock().unwrap().iter().skip(1).map(Vec::len).max(), Some(2048), "in bounded statements");
    assert!(pulls.pull(node(1), None, now()).await.unwrap().is_some());
}
