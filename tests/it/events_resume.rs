//! Streams that go on where another one has ended.

use std::time::Duration;

use plexsphere::clock::Clock;
use plexsphere::event_log::Room;
use plexsphere::outbox::{Message, publish};

use crate::events::{clients, for_node, lab, tell};
use crate::harness::Harness;
use crate::ledger::message;

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
