//! Streams that go on where another one has ended.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use plexsphere::agent::RESYNC;
use plexsphere::clock::Clock;
use plexsphere::event_log::{EventLog, PgEventLog, Retention, Room};
use plexsphere::ids::DomainId;
use plexsphere::outbox::{Message, publish};
use plexsphere::signing::SignatureVerifier;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use crate::events::{clients, for_node, lab, tell};
use crate::events_ends::flood;
use crate::harness::{Cluster, Followed, Harness, Item};
use crate::ledger::{message, seed};

#[tokio::test]
async fn every_event_after_the_last_id_comes_in_order_from_memory_or_from_the_log() {
    let h = Harness::start().await;
    let (domain, project, agent) = lab(&h).await;
    let sibling = h.enrol(&project, "db-1").await;
    let messages: Vec<Message> = (0..200)
        .map(|n| match n % 4 {
            0 => for_node(&domain, &agent.node_id, "own"),
            1 => for_node(&domain, &sibling.node_id, "a sibling's"),
            _ => message(&domain, "everybody's"),
        })
        .collect();
    publish(&mut h.db().await, &messages, h.clock.now()).await.unwrap();
    h.relayed().await;
    let own: Vec<i64> = (1..=204).filter(|n| *n <= 4 || (n - 5) % 4 != 1).collect();
    for room in
        [Room { events: 1000, bytes: 1 << 20 }, Room { events: 7, bytes: 1 << 20 }, Room { events: 0, bytes: 0 }]
    {
        h.server.tail().resize(room);
        for client in clients(&h) {
            let client = client.with_bearer(&agent.nsk);
            for after in [0, 1, 4, 6, 100, 190, 203, 204] {
                let mut stream = client.follow(&agent.path("events"), Some(after)).await;
                let expected: Vec<i64> = own.iter().copied().filter(|n| *n > after).collect();
                assert_eq!(stream.ids(expected.len()).await, expected, "{room:?} after {after}");
            }
        }
    }
    // And goes on.
    let mut stream = agent.client.follow(&agent.path("events"), Some(150)).await;
    tell(&h, &domain, &["one"]).await;
    let expected: Vec<i64> = own.iter().copied().filter(|n| *n > 150).chain([205]).collect();
    assert_eq!(stream.ids(expected.len()).await, expected);
    h.stop().await;
}

#[tokio::test]
async fn a_replica_that_has_not_read_so_far_reads_on_before_it_says_that_a_number_is_unknown() {
    let h = Harness::start().await;
    let other = h.replica().await;
    let (domain, _, agent) = lab(&h).await;
    tell(&h, &domain, &["one", "two"]).await;
    // The other one may not have looked yet.
    let mut stream = agent.client.at(other.address()).follow(&agent.path("events"), Some(4)).await;
    tell(&h, &domain, &["three"]).await;
    other.task("event_tail").unwrap().poke();
    let next = stream.event().await;
    assert_eq!((next.id(), next.event_type()), (5, "peer_deregistered"));
    other.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

/// Asserts that a stream tells its Node to pull its state, and that the Domain's key has signed that.
async fn resyncs(h: &Harness, stream: &mut Followed, domain: &str, node: &str, oldest: i64, head: i64) {
    let item = stream.event().await;
    is_resync(h, item, domain, node, oldest, head).await;
}

async fn is_resync(h: &Harness, item: Item, domain: &str, node: &str, oldest: i64, head: i64) {
    assert_eq!((item.id(), item.event_type()), (head, "resync_required"));
    let envelope = item.envelope();
    assert_eq!(envelope["payload"], json!({ "head": head, "oldest": oldest }));
    assert_eq!(envelope["scope"], format!("node:{node}"));
    let mut verifier = SignatureVerifier::default();
    let key = &h.rows("SELECT key_id, encode(public_key, 'base64') AS public_key FROM signing_keys").await[0];
    let public_key = STANDARD.decode(key["public_key"].as_str().unwrap()).unwrap();
    let domain: DomainId = domain.parse().unwrap();
    verifier.trust(domain, key["key_id"].as_str().unwrap().parse().unwrap(), &public_key);
    let Item::Event { line, .. } = item else { unreachable!() };
    verifier.verify(domain, &line).unwrap();
}

#[tokio::test]
async fn an_id_that_is_too_old_or_unknown_is_answered_with_a_resync_and_the_stream_goes_on() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    tell(&h, &domain, &["3", "4", "5", "6", "7", "8"]).await;
    h.sql("DELETE FROM event_log WHERE sequence < 6; UPDATE event_log_oldest SET first_sequence = 6").await;
    h.step("event_tail").await;
    let mut streams = Vec::new();
    for client in clients(&h) {
        let client = client.with_bearer(&agent.nsk);
        for after in [0, 4, 9, i64::MAX] {
            let mut stream = client.follow(&agent.path("events"), Some(after)).await;
            resyncs(&h, &mut stream, &domain, &agent.node_id, 6, 8).await;
            streams.push(stream);
        }
        let mut stream = client.follow(&agent.path("events"), Some(5)).await;
        assert_eq!(stream.ids(3).await, [6, 7, 8], "nothing after it is gone");
        streams.push(stream);
        // Only two are open at a time.
        let live = streams.len() - 2;
        streams.drain(..live);
        tell(&h, &domain, &["on"]).await;
        for stream in &mut streams {
            let last = h.count("SELECT last_sequence FROM event_log_head").await;
            assert_eq!(stream.ids(1).await, [last]);
        }
        h.sql("DELETE FROM event_log WHERE sequence > 8; UPDATE event_log_head SET last_sequence = 8").await;
        h.step("event_tail").await;
        streams.clear();
    }
    let metrics = h.metrics().await;
    let resyncs = metrics.lines().find_map(|line| line.strip_prefix("plexsphere_stream_resyncs_total ")).unwrap();
    assert!(resyncs.parse::<u64>().unwrap() >= 8, "{resyncs}");
    h.stop().await;
}

#[tokio::test]
async fn a_stream_whose_events_go_while_it_reads_what_it_missed_is_told_where_they_end() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    flood(&h, &domain).await;
    // All of it comes from the log.
    h.server.tail().resize(Room { events: 0, bytes: 0 });
    let mut streams = Vec::new();
    for client in clients(&h) {
        let mut stream = client.with_bearer(&agent.nsk).follow(&agent.path("events"), Some(2)).await;
        assert_eq!(stream.ids(5).await, [3, 4, 5, 6, 7]);
        streams.push(stream);
    }
    let head = h.count("SELECT last_sequence FROM event_log_head").await;
    let log = PgEventLog::new(h.server.database().clone());
    let keep = Retention { age: TimeDelta::days(1), count: 3 };
    while log.prune(keep, h.clock.now()).await.unwrap() > 0 {}
    for stream in &mut streams {
        // What had been read before, and nothing after a gap.
        let mut before = 7;
        let resync = loop {
            let next = stream.event().await;
            if next.event_type() == RESYNC {
                break next;
            }
            assert_eq!(next.id(), before + 1);
            before = next.id();
        };
        assert!(before < head - 3, "it had read all of it: {before}");
        is_resync(&h, resync, &domain, &agent.node_id, head - 2, head).await;
    }
    tell(&h, &domain, &["on"]).await;
    for stream in &mut streams {
        assert_eq!(stream.ids(1).await, [head + 1]);
    }
    h.stop().await;
}

#[tokio::test]
async fn an_open_stream_is_told_when_the_log_was_restored() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    let mut stream = agent.client.follow(&agent.path("events"), None).await;
    tell(&h, &domain, &["3", "4", "5", "6"]).await;
    assert_eq!(stream.ids(4).await, [3, 4, 5, 6]);
    h.sql("DELETE FROM event_log WHERE sequence > 4; UPDATE event_log_head SET last_sequence = 4").await;
    h.step("event_tail").await;
    resyncs(&h, &mut stream, &domain, &agent.node_id, 1, 4).await;
    tell(&h, &domain, &["other 5"]).await;
    let next = stream.event().await;
    assert_eq!((next.id(), &next.envelope()["payload"]["node_id"]), (5, &json!("other 5")));
    h.stop().await;
}

#[tokio::test]
async fn an_open_stream_is_told_when_the_log_was_restored_and_has_come_further_since() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    let mut stream = agent.client.follow(&agent.path("events"), None).await;
    tell(&h, &domain, &["3", "4"]).await;
    assert_eq!(stream.ids(2).await, [3, 4]);
    // As if this replica had not looked while another one relayed.
    h.sql("BEGIN; UPDATE event_log SET id = gen_random_uuid() WHERE sequence > 3; COMMIT").await;
    h.step("event_tail").await;
    resyncs(&h, &mut stream, &domain, &agent.node_id, 1, 4).await;
    tell(&h, &domain, &["5"]).await;
    assert_eq!(stream.ids(1).await, [5]);
    // What it reads again and again is the same.
    h.step("event_tail").await;
    tell(&h, &domain, &["6"]).await;
    assert_eq!(stream.ids(1).await, [6]);
    h.stop().await;
}

#[tokio::test]
async fn while_the_log_cannot_be_read_no_stream_opens_and_none_ends() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    let path = agent.path("events");
    let mut open = agent.client.follow(&path, None).await;
    let mut behind = agent.client.follow(&path, Some(2)).await;
    h.sql("ALTER TABLE event_log RENAME TO elsewhere").await;
    let ahead = agent.client.request(http::Method::GET, &path).header("last-event-id", "99");
    agent.client.send(ahead).await.refused(503, "event_stream_unavailable");
    // What was read a moment ago is good for a moment.
    let refused = async {
        loop {
            let answer = h.admin.request(http::Method::GET, &path).send().await.unwrap();
            if answer.status() == 503 {
                let problem = answer.text().await.unwrap();
                break assert!(problem.contains("\"event_stream_unavailable\""), "{problem}");
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused).await.unwrap();
    h.admin.get(&agent.path("state")).await.expect(200);
    h.sql("ALTER TABLE elsewhere RENAME TO event_log").await;
    tell(&h, &domain, &["back"]).await;
    for stream in [&mut open, &mut behind] {
        assert_eq!(stream.ids(1).await, [3]);
    }
    drop(agent.client.follow(&path, Some(1)).await);
    h.stop().await;
}

#[tokio::test]
async fn however_readers_hop_between_replicas_while_events_are_appended_each_event_comes_once_and_in_order() {
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let h = Harness::start().await;
    let other = h.replica().await;
    let (domain, project, agent) = lab(&h).await;
    let sibling = h.enrol(&project, "db-1").await;
    h.relayed().await;
    Cluster::get().await.let_relay(&h.database).await;
    for server in [&h.server, &other] {
        server.tail().resize(Room { events: random.random_range(0..12), bytes: 4096 });
    }
    let total = 400;
    let mut append_random = StdRng::seed_from_u64(seed ^ 1);
    let append = async {
        let mut conn = h.db().await;
        for n in 0..total {
            let messages = [match append_random.random_range(0..4) {
                0 => for_node(&domain, &agent.node_id, &n.to_string()),
                1 => for_node(&domain, &sibling.node_id, &n.to_string()),
                _ => message(&domain, &n.to_string()),
            }];
            publish(&mut conn, &messages, h.clock.now()).await.unwrap();
            if append_random.random_range(0..8) == 0 {
                h.server.task("relay").unwrap().poke();
                tokio::task::yield_now().await;
            }
        }
        publish(&mut conn, &[for_node(&domain, &agent.node_id, "the end")], h.clock.now()).await.unwrap();
        h.relayed().await;
    };
    let [http2, http1] = clients(&h);
    let read = async {
        let mut seen: Vec<i64> = Vec::new();
        let mut ended = false;
        while !ended {
            let client = if random.random() { &http2 } else { &http1 };
            let address = if random.random() { h.address() } else { other.address() };
            let client = client.at(address).with_bearer(&agent.nsk);
            let after = seen.last().copied().unwrap_or(4);
            let mut stream = client.follow(&agent.path("events"), Some(after)).await;
            for _ in 0..random.random_range(0..40) {
                let item = stream.event().await;
                assert_ne!(item.event_type(), "resync_required", "after {after}");
                seen.push(item.id());
                ended = item.envelope()["payload"]["mark"] == "the end";
                if ended {
                    break;
                }
            }
        }
        seen
    };
    let (seen, ()) = tokio::join!(read, append);
    let expected = format!(
        "SELECT sequence FROM event_log WHERE sequence > 4 AND (scope_kind, scope_id) IN \
         (('domain', '{domain}'), ('node', '{}')) ORDER BY sequence",
        agent.node_id
    );
    let expected: Vec<i64> = h.rows(&expected).await.iter().map(|row| row["sequence"].as_i64().unwrap()).collect();
    assert!(expected.len() > total / 2);
    assert_eq!(seen, expected);
    other.stop(Duration::from_secs(5)).await;
    h.stop().await;
}
