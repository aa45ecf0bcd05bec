//! Streams over parts that the test holds in its hands: what they do while somebody waits, hangs or fails.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use futures_util::FutureExt as _;
use plexsphere::access::rebac::Holder;
use plexsphere::access::relation::Visible;
use plexsphere::access::standing::{Admitted, PgStanding, Standing as _};
use plexsphere::access::{Operator, Permission, Principal, RelationChecker};
use plexsphere::background::Task as _;
use plexsphere::ids::NodeId;
use plexsphere::mesh::events::{Mark, Marking, OpenedBy, PgStreams, REPLAYS_AT_ONCE, Span, StreamStore as _, Watch};
use plexsphere::postgres::StorageError;
use plexsphere::signing::Sealer;
use tokio::time::Instant;
use uuid::Uuid;

use crate::events::lab;
use crate::harness::Harness;
use crate::harness::provider::issuers;
use crate::harness::stream_parts::{Parts, Writes, fault, is_resync, next, of_node, of_operator, poll, text};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(600);

fn mark(node: u128, began: i64, delivered: i64) -> Mark {
    Mark { node_id: NodeId(Uuid::from_u128(node)), pulled: None, span: Some(Span { began, delivered }) }
}

#[tokio::test]
async fn a_stream_that_waited_to_open_sends_nothing_before_its_credential_is_confirmed() {
    let parts = Parts::new(LONG).await;
    let watch = Watch(parts.streams.clone(), OpenedBy::Nodes);
    watch.step().await.unwrap();
    let before = Instant::now() - Duration::from_secs(2);
    let mut late = parts.open(of_node(1), None, before).await;
    let mut at_once = parts.open(of_node(2), None, Instant::now()).await;
    assert!(next(&mut late).await.starts_with("retry: ") && next(&mut at_once).await.starts_with("retry: "));
    parts.happens().await;
    assert!(next(&mut at_once).await.starts_with("id: 1\n"));
    assert_eq!(text(poll(&mut late)), None, "what was confirmed before it opened says nothing about it");
    watch.step().await.unwrap();
    assert!(next(&mut late).await.starts_with("id: 1\n"));
}

#[tokio::test]
async fn operators_of_whom_nothing_is_known_hold_up_no_node() {
    let parts = Parts::new(LONG).await;
    let before = Instant::now() - Duration::from_secs(2);
    let mut of_the_node = parts.open(of_node(1), None, before).await;
    let mut of_an_operator = parts.open(of_operator(), None, before).await;
    parts.standing.without_operators.store(true, Ordering::SeqCst);
    parts.happens().await;
    let watches = [OpenedBy::Nodes, OpenedBy::Operators].map(|who| Watch(parts.streams.clone(), who));
    assert!(watches[0].step().await.is_ok() && watches[1].step().await.is_err());
    for stream in [&mut of_the_node, &mut of_an_operator] {
        assert!(next(stream).await.starts_with("retry: "));
    }
    assert!(next(&mut of_the_node).await.starts_with("id: 1\n"));
    assert_eq!(text(poll(&mut of_an_operator)), None);
    parts.standing.without_operators.store(false, Ordering::SeqCst);
    watches[1].step().await.unwrap();
    assert!(next(&mut of_an_operator).await.starts_with("id: 1\n"));
}

/// Relations that cannot be asked: at once, or because no answer comes.
struct Unknown {
    hangs: bool,
}

#[async_trait]
impl RelationChecker for Unknown {
    async fn allows(&self, _: &Operator, _: Permission, _: Option<Uuid>) -> Result<bool, StorageError> {
        if self.hangs { std::future::pending().await } else { Err(fault()) }
    }

    async fn visible(&self, _: &Operator, _: Permission) -> Result<Vec<Visible>, StorageError> {
        Err(fault())
    }

    async fn path(&self, _: Holder, _: Permission, _: Option<Uuid>) -> Result<Option<Vec<String>>, StorageError> {
        Err(fault())
    }

    fn changed(&self) {}
}

#[tokio::test]
async fn what_has_fallen_is_known_also_when_the_relations_cannot_be_asked() {
    let h = Harness::start().await;
    // Neither is in the database.
    let principals = [of_node(1), of_operator(), Principal::Nobody];
    let admitted: Vec<Admitted<'_>> = principals
        .iter()
        .map(|principal| Admitted { principal, permission: Permission::NodeAgent, node_id: Uuid::from_u128(1) })
        .collect();
    let began = std::time::Instant::now();
    for hangs in [false, true] {
        let database = h.server.database();
        let standing = PgStanding::new(database.clone(), issuers(database), Arc::new(Unknown { hangs }));
        let found = standing.ask(&admitted, Utc::now()).await;
        assert_eq!(found.fallen, [0, 1]);
        assert!(found.undecided.is_some_and(|error| error.is_passing()));
        let found = standing.ask(&admitted[..1], Utc::now()).await;
        assert!(found.fallen == [0] && found.undecided.is_none(), "{found:?}");
    }
    assert!(began.elapsed() < Duration::from_millis(3500), "a look more, and it is over five seconds");
    h.stop().await;
}

#[tokio::test]
async fn streams_open_at_once_however_many_wait_to_read_the_log() {
    let parts = Parts::new(LONG).await;
    for _ in 0..5 {
        parts.happens().await;
    }
    parts.forgets(3).await;
    parts.replays.open.send_replace(false);
    let mut streams = Vec::new();
    for node in 0..3 * REPLAYS_AT_ONCE as u128 {
        // Too old, and beyond what there is.
        let last_event_id = Some(if node % 2 == 0 { 1 } else { 99 });
        streams.push(parts.follow(node + 1, last_event_id).now_or_never().expect("it is there at once"));
    }
    for stream in &mut streams {
        assert_eq!(text(poll(stream)), None);
    }
    parts.happens().await;
    parts.replays.open.send_replace(true);
    for stream in &mut streams {
        let first = next(stream).await;
        assert!(is_resync(&first) && first.starts_with("id: 6\n"), "{first}");
    }
    parts.happens().await;
    for stream in &mut streams {
        assert!(next(stream).await.starts_with("id: 7\n"));
    }
}

#[tokio::test]
async fn whoever_could_not_be_told_to_pull_is_told_later_however_far_the_log_has_come() {
    // Too old, and beyond what there is: a database was restored.
    for after in [1, 9] {
        let parts = Parts::new(LONG).await;
        let watch = Watch(parts.streams.clone(), OpenedBy::Nodes);
        for _ in 0..6 {
            parts.happens().await;
        }
        parts.forgets(3).await;
        parts.replays.failing.store(1, Ordering::SeqCst);
        let mut stream = parts.follow(1, Some(after)).await;
        let failed = async {
            while text(poll(&mut stream)).is_none() && parts.replays.failing.load(Ordering::SeqCst) > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), failed).await.unwrap();
        for _ in 0..4 {
            parts.happens().await;
        }
        let look_again = async {
            loop {
                watch.step().await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let first = tokio::select! {
            first = next(&mut stream) => first,
            () = look_again => unreachable!(),
        };
        assert!(is_resync(&first), "{first}");
        assert!(first.starts_with("id: 10\n"), "{first}");
        parts.happens().await;
        assert!(next(&mut stream).await.starts_with("id: 11\n"));
    }
}

#[tokio::test]
async fn what_one_reader_is_behind_is_read_a_few_long_events_at_a_time() {
    let parts = Parts::new(LONG).await;
    parts.remembers_nothing();
    for _ in 0..10 {
        parts.happens_with(&"x".repeat(60_000)).await;
    }
    let part = parts.tail.from_log(None, 0, 64).await.unwrap();
    assert_eq!((part.frames.len(), part.through), (4, 4));
    let mut stream = parts.follow(1, Some(0)).await;
    for number in 1..=10 {
        assert!(next(&mut stream).await.starts_with(&format!("id: {number}\n")));
    }
    assert_eq!(text(poll(&mut stream)), None);
}

#[tokio::test]
async fn readers_that_take_nothing_keep_nobody_from_reading_the_log() {
    let parts = Parts::new(LONG).await;
    parts.remembers_nothing();
    for _ in 0..3 {
        parts.happens().await;
    }
    parts.replays.open.send_replace(false);
    let mut stalled = Vec::new();
    for node in 0..REPLAYS_AT_ONCE as u128 {
        let mut stream = parts.follow(node + 1, Some(0)).await;
        // It begins to read, and nobody asks it again.
        assert_eq!(text(poll(&mut stream)), None);
        stalled.push(stream);
    }
    let begun = async {
        while parts.replays.reading.load(Ordering::SeqCst) < REPLAYS_AT_ONCE {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), begun).await.unwrap();
    parts.replays.open.send_replace(true);
    let mut reader = parts.follow(99, Some(0)).await;
    for number in 1..=3 {
        assert!(next(&mut reader).await.starts_with(&format!("id: {number}\n")));
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_reads_no_further() {
    let parts = Parts::new(LONG).await;
    parts.remembers_nothing();
    parts.happens().await;
    parts.replays.open.send_replace(false);
    let mut stream = parts.follow(1, Some(0)).await;
    assert_eq!(text(poll(&mut stream)), None);
    let reading = async |count| {
        let counted = async {
            while parts.replays.reading.load(Ordering::SeqCst) != count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), counted).await.unwrap();
    };
    reading(1).await;
    drop(stream);
    reading(0).await;
}

#[tokio::test]
async fn marks_whose_write_fails_or_is_given_up_are_written_later() {
    let parts = Parts::new(LONG).await;
    let mut stream = parts.follow(1, None).await;
    parts.happens().await;
    assert!(next(&mut stream).await.starts_with("id: 1\n"));
    let marking = Marking(parts.streams.clone());
    let writes = |writes| *parts.store.writes.lock().unwrap() = writes;
    writes(Writes::Hang);
    assert!(marking.step().now_or_never().is_none(), "it hangs, and nobody waits for it any more");
    writes(Writes::Fail);
    for _ in 0..5 {
        assert!(marking.step().await.is_err());
    }
    writes(Writes::Succeed);
    marking.step().await.unwrap();
    let written = |written: &Mutex<Vec<Mark>>| std::mem::take(&mut *written.lock().unwrap());
    assert_eq!(written(&parts.store.written), [mark(1, 0, 1)]);
    marking.step().await.unwrap();
    assert_eq!(written(&parts.store.written), []);
}

#[tokio::test]
async fn what_a_reader_was_given_that_took_nothing_any_more_is_not_marked() {
    let parts = Parts::new(Duration::ZERO).await;
    let mut stream = parts.follow(1, None).await;
    parts.happens().await;
    // It is given an event and asks for nothing more.
    assert!(next(&mut stream).await.starts_with("id: 1\n"));
    parts.until_cut().await;
    drop(stream);
    Marking(parts.streams.clone()).step().await.unwrap();
    assert_eq!(*parts.store.written.lock().unwrap(), []);
}

#[tokio::test]
async fn what_a_reader_was_given_that_was_seen_to_take_nothing_is_not_marked_whatever_ended_its_stream() {
    let parts = Parts::new(LONG).await;
    let mut stream = parts.follow(1, None).await;
    parts.happens().await;
    assert!(next(&mut stream).await.starts_with("id: 1\n"));
    // Its credential falls, and it asks for nothing more: not for the goodbye either.
    parts.standing.fallen.store(true, Ordering::SeqCst);
    Watch(parts.streams.clone(), OpenedBy::Nodes).step().await.unwrap();
    parts.until_cut().await;
    drop(stream);
    Marking(parts.streams.clone()).step().await.unwrap();
    assert_eq!(*parts.store.written.lock().unwrap(), []);
}

#[tokio::test]
async fn marks_with_numbers_that_the_log_has_not_given_are_not_written() {
    let h = Harness::start().await;
    let (_, _, agent) = lab(&h).await;
    agent.heartbeat(plexsphere::clock::Clock::now(&*h.clock)).await.expect(200);
    let database = h.server.database();
    let store = PgStreams::new(database.clone(), database.clone(), Arc::new(Sealer::new(&[1; 32])));
    let node_id: NodeId = agent.node_id.parse().unwrap();
    let write = async |pulled, span: Option<Span>| {
        let joined = store.write_marks(&[Mark { node_id, pulled, span }]).await.unwrap();
        let marks = &h.rows("SELECT events_delivered, state_pulled FROM node_liveness").await[0];
        (joined.len(), marks["events_delivered"].as_i64().unwrap(), marks["state_pulled"].as_i64().unwrap())
    };
    h.relayed().await;
    let head = h.count("SELECT last_sequence FROM event_log_head").await;
    let span = |began, delivered| Some(Span { began, delivered });
    assert_eq!(write(None, span(0, head + 1)).await, (0, 0, 0), "as of a log that was restored since");
    assert_eq!(write(Some(head + 1), span(0, 1)).await, (0, 0, 0));
    assert_eq!(write(Some(1), span(1, 2)).await, (1, 2, 1));
    h.stop().await;
}
