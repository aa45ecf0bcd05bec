//! What a heartbeat is told of events that the Node has missed.

use plexsphere::clock::Clock;
use plexsphere::outbox::publish;

use crate::events::{for_node, lab, tell};
use crate::harness::{Agent, Harness};

/// Writes what is marked, and asks twice: what memory does not have is known the second time.
async fn missed(h: &Harness, agent: &Agent) -> bool {
    h.step("stream_marks").await;
    agent.heartbeat(h.clock.now()).await.expect(200);
    h.step("stream_marks").await;
    agent.heartbeat(h.clock.now()).await.expect(200)["reconcile"].as_bool().unwrap()
}

/// A heartbeat interval and a little more.
async fn an_interval_later(h: &Harness) {
    h.pass(31).await;
}

#[tokio::test]
async fn a_node_is_told_to_reconcile_until_it_has_pulled_what_it_missed() {
    let h = Harness::start().await;
    let (domain, project, agent) = lab(&h).await;
    let sibling = h.enrol(&project, "db-1").await;
    h.relayed().await;
    assert!(!missed(&h, &agent).await, "its own enrolment may still be on its way");
    an_interval_later(&h).await;
    assert!(missed(&h, &agent).await, "nobody has told it of its sibling");
    // What others pull or read is not what it knows, and neither is what it only asks about.
    h.admin.get(&agent.path("state")).await.expect(200);
    let head = agent.client.request(http::Method::HEAD, &agent.path("state"));
    assert_eq!(agent.client.send(head).await.status, 200);
    let mut of_operator = h.admin.follow(&agent.path("events"), Some(0)).await;
    of_operator.ids(4).await;
    assert!(missed(&h, &agent).await);
    let tag = agent.client.get(&agent.path("state")).await.header("etag").unwrap().to_owned();
    assert!(!missed(&h, &agent).await);
    assert!(missed(&h, &sibling).await, "that was another Node's pull");

    // An event of its own, and one of another.
    publish(&mut h.db().await, &[for_node(&domain, &sibling.node_id, "x")], h.clock.now()).await.unwrap();
    h.relayed().await;
    an_interval_later(&h).await;
    assert!(!missed(&h, &agent).await);
    publish(&mut h.db().await, &[for_node(&domain, &agent.node_id, "x")], h.clock.now()).await.unwrap();
    h.relayed().await;
    assert!(!missed(&h, &agent).await, "it is younger than an interval");
    an_interval_later(&h).await;
    assert!(missed(&h, &agent).await);
    // A pull that finds nothing new is a pull as well.
    let held = agent.client.request(http::Method::GET, &agent.path("state")).header("if-none-match", tag);
    assert_eq!(agent.client.send(held).await.status, 304);
    assert!(!missed(&h, &agent).await);
    h.stop().await;
}

#[tokio::test]
async fn what_a_stream_has_delivered_is_not_missed_unless_it_began_too_late() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    // The stream first, then the pull: as agents do.
    let mut stream = agent.client.follow(&agent.path("events"), None).await;
    agent.client.get(&agent.path("state")).await.expect(200);
    tell(&h, &domain, &["one", "two"]).await;
    let last = stream.ids(2).await[1];
    an_interval_later(&h).await;
    assert!(!missed(&h, &agent).await);
    drop(stream);
    tell(&h, &domain, &["three"]).await;
    an_interval_later(&h).await;
    assert!(missed(&h, &agent).await, "it had no stream");
    // One that goes on where the last one has ended fills the gap.
    let mut stream = agent.client.follow(&agent.path("events"), Some(last)).await;
    stream.ids(1).await;
    assert!(!missed(&h, &agent).await);
    drop(stream);
    tell(&h, &domain, &["four"]).await;
    // One that begins now leaves it open, whatever it delivers afterwards.
    let mut stream = agent.client.follow(&agent.path("events"), None).await;
    tell(&h, &domain, &["five"]).await;
    assert_eq!(stream.event().await.envelope()["payload"]["node_id"], "five");
    an_interval_later(&h).await;
    assert!(missed(&h, &agent).await);
    agent.client.get(&agent.path("state")).await.expect(200);
    assert!(!missed(&h, &agent).await);
    // From here on it counts again.
    tell(&h, &domain, &["six"]).await;
    assert_eq!(stream.event().await.envelope()["payload"]["node_id"], "six");
    an_interval_later(&h).await;
    assert!(!missed(&h, &agent).await);
    h.stop().await;
}

#[tokio::test]
async fn marks_are_the_same_on_every_replica_and_outlive_them() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    agent.client.get(&agent.path("state")).await.expect(200);
    let mut stream = agent.client.follow(&agent.path("events"), None).await;
    tell(&h, &domain, &["one"]).await;
    assert_eq!(stream.ids(1).await, [3]);
    drop(stream);
    h.step("stream_marks").await;
    an_interval_later(&h).await;
    let other = h.replica().await;
    let there = Agent { client: agent.client.at(other.address()), ..agent.clone() };
    for _ in 0..2 {
        let answer = there.heartbeat(h.clock.now()).await.expect(200);
        assert_eq!(answer["reconcile"], false);
        other.task("stream_marks").unwrap().step_now().await;
    }
    let marks = h.rows("SELECT events_delivered, state_pulled FROM node_liveness").await;
    assert_eq!((&marks[0]["events_delivered"], &marks[0]["state_pulled"]), (&3.into(), &2.into()));
    tell(&h, &domain, &["two"]).await;
    other.task("event_tail").unwrap().step_now().await;
    an_interval_later(&h).await;
    // The first time it does not know how long an interval is.
    there.heartbeat(h.clock.now()).await.expect(200);
    other.task("stream_marks").unwrap().step_now().await;
    assert_eq!(there.heartbeat(h.clock.now()).await.expect(200)["reconcile"], true);
    other.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn whoever_goes_on_behind_a_number_that_a_restored_log_has_given_again_is_told_to_reconcile() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    agent.client.get(&agent.path("state")).await.expect(200);
    let mut stream = agent.client.follow(&agent.path("events"), None).await;
    tell(&h, &domain, &["3"]).await;
    assert_eq!(stream.ids(1).await, [3]);
    an_interval_later(&h).await;
    assert!(!missed(&h, &agent).await);
    drop(stream);
    // What was backed up ends here. The Node has got up to 5 of what came then; 4 and 5 are others now.
    tell(&h, &domain, &["other 4", "other 5", "other 6"]).await;
    let mut stream = agent.client.follow(&agent.path("events"), Some(5)).await;
    assert_eq!(stream.ids(1).await, [6]);
    an_interval_later(&h).await;
    assert!(missed(&h, &agent).await);
    agent.client.get(&agent.path("state")).await.expect(200);
    assert!(!missed(&h, &agent).await);
    h.stop().await;
}
