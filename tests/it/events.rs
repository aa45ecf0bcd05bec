//! The event stream of a Node: what it carries, from when on, who may open it, and how many.

use std::time::Duration;

use chrono::TimeDelta;
use http::Method;
use plexsphere::clock::Clock;
use plexsphere::ids::{DomainId, NodeId, SigningKeyId};
use plexsphere::outbox::{Message, publish};
use plexsphere::signing::{Scope, SignatureVerifier};
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Agent, Client, Cluster, Followed, Harness, Item, rows};
use crate::ledger::message;

/// A Domain with one Node, whose enrolment is in the log, and a relay that works.
pub async fn lab(h: &Harness) -> (String, String, Agent) {
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.relayed().await;
    (domain, project, agent)
}

/// Puts events for all Nodes of the Domain into the log.
pub async fn tell(h: &Harness, domain: &str, marks: &[&str]) {
    let messages: Vec<Message> = marks.iter().map(|mark| message(domain, mark)).collect();
    publish(&mut h.db().await, &messages, h.clock.now()).await.unwrap();
    h.relayed().await;
}

/// An event for one Node.
pub fn for_node(domain: &str, node: &str, mark: &str) -> Message {
    let node_id: NodeId = node.parse().unwrap();
    Message {
        domain_id: domain.parse().unwrap(),
        scope: Scope::Node(node_id),
        event_type: "action_request".to_owned(),
        payload: json!({ "mark": mark }),
        sign_with: None,
    }
}

/// Both protocols.
pub fn clients(h: &Harness) -> [Client; 2] {
    [Client::new(h.address()), Client::http1(h.address())]
}

async fn head(h: &Harness) -> i64 {
    h.count("SELECT last_sequence FROM event_log_head").await
}

#[tokio::test]
async fn a_stream_carries_what_happens_from_now_on_signed_and_numbered() {
    let h = Harness::start().await;
    let (domain, project, agent) = lab(&h).await;
    let mut streams = Vec::new();
    for client in clients(&h) {
        streams.push(client.with_bearer(&agent.nsk).follow(&agent.path("events"), None).await);
    }
    streams.push(h.admin.follow(&agent.path("events"), None).await);
    let other = h.enrol(&project, "db-1").await;
    h.relayed().await;
    let mut verifier = SignatureVerifier::default();
    let domain_id: DomainId = domain.parse().unwrap();
    let snapshot = agent.client.get(&agent.path("state")).await.expect(200);
    for key in snapshot["signing_keys"].as_array().unwrap() {
        use base64::Engine as _;
        let id: SigningKeyId = key["key_id"].as_str().unwrap().parse().unwrap();
        let public_key = base64::engine::general_purpose::STANDARD.decode(key["public_key"].as_str().unwrap()).unwrap();
        verifier.trust(domain_id, id, &public_key);
    }
    let mut seen = Vec::new();
    for stream in &mut streams {
        let two = [stream.event().await, stream.event().await];
        assert_eq!(two.each_ref().map(Item::event_type), ["peer_registered", "peer_psk_assigned"]);
        assert_eq!(two.each_ref().map(Item::id), [3, 4], "what was before it is not on it");
        assert_eq!(two[0].envelope()["payload"]["node_id"], other.node_id.as_str());
        for item in &two {
            let Item::Event { line, event_type, .. } = item else { unreachable!() };
            let signed = verifier.verify(domain_id, line).unwrap();
            assert_eq!((&signed.envelope.event_type, signed.envelope.scope), (event_type, Scope::Domain(domain_id)));
        }
        seen.push(two);
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "the same bytes for everybody");
    assert_ne!(streams[0].retry_millis, streams[1].retry_millis, "readers come back one by one");
    h.stop().await;
}

#[tokio::test]
async fn a_stream_carries_its_own_scopes_only() {
    let h = Harness::start().await;
    let (domain, project, agent) = lab(&h).await;
    let sibling = h.enrol(&project, "db-1").await;
    let other = h.domain("other", "10.30.0.0/16").await;
    h.relayed().await;
    let mut stream = agent.client.follow(&agent.path("events"), None).await;
    let operators = Message {
        scope: Scope::Operators(domain.parse().unwrap()),
        event_type: "integrity_alert".to_owned(),
        payload: json!({
            "node_id": "", "violation_count": 1, "violation_ids": [], "kinds": [], "remediation": "", "reported_at": "",
        }),
        ..message(&domain, "")
    };
    let messages = [
        for_node(&domain, &sibling.node_id, "a sibling's"),
        message(&other, "another Domain's"),
        operators,
        for_node(&domain, &agent.node_id, "own"),
        message(&domain, "everybody's"),
    ];
    publish(&mut h.db().await, &messages, h.clock.now()).await.unwrap();
    h.relayed().await;
    let first = stream.event().await;
    assert_eq!((first.event_type(), &first.envelope()["payload"]["mark"]), ("action_request", &json!("own")));
    let second = stream.event().await;
    assert_eq!(second.envelope()["payload"]["node_id"], "everybody's");
    assert_eq!(second.id(), head(&h).await);
    h.stop().await;
}

#[tokio::test]
async fn what_opens_a_stream_and_what_does_not() {
    let h = Harness::start().await;
    let (_, project, agent) = lab(&h).await;
    let path = agent.path("events");
    let sibling = h.enrol(&project, "db-1").await;
    let stranger = h.client_of(&format!("user:{}", Uuid::now_v7())).await;
    let operator = h.operator(&format!("node:{}", agent.node_id), "agent").await;
    drop(operator.follow(&path, None).await);
    sibling.client.get(&path).await.refused(403, "node_id_mismatch");
    stranger.get(&path).await.refused(403, "insufficient_relation");
    h.anonymous().get(&path).await.refused(401, "unauthenticated");
    let unknown = format!("/v1/nodes/{}/events", Uuid::now_v7());
    h.admin.get(&unknown).await.refused(404, "node_not_found");
    h.admin.get("/v1/nodes/x/events").await.refused(400, "invalid_node_id");
    h.admin.post_empty(&sibling.path("deregister")).await.expect(204);
    h.admin.get(&sibling.path("events")).await.refused(404, "node_not_found");
    for client in clients(&h) {
        let client = client.with_bearer(&agent.nsk);
        for bad in ["-1", "+1", "x", "1.5", "1e3", "0x10", "9223372036854775808", "1 2", "1,2", "\u{e9}"] {
            let request = client.request(Method::GET, &path).header("last-event-id", bad.as_bytes());
            client.send(request).await.refused(400, "invalid_last_event_id");
        }
        let twice = client.request(Method::GET, &path).header("last-event-id", "1").header("last-event-id", "2");
        client.send(twice).await.refused(400, "invalid_last_event_id");
    }
    // Before it is known whether there is such a Node, and after it is known who asks.
    let request = |client: &Client, path: &str| client.request(Method::GET, path).header("last-event-id", "x");
    h.admin.send(request(&h.admin, &unknown)).await.refused(400, "invalid_last_event_id");
    stranger.send(request(&stranger, &path)).await.refused(403, "insufficient_relation");
    h.stop().await;
}

#[tokio::test]
async fn head_opens_nothing() {
    let h = Harness::start().await;
    let (_, _, agent) = lab(&h).await;
    for client in clients(&h) {
        let client = client.with_bearer(&agent.nsk);
        for _ in 0..5 {
            let answer = client.send(client.request(Method::HEAD, &agent.path("events"))).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("text/event-stream")));
            assert_eq!(answer.header("cache-control"), Some("no-cache"));
        }
    }
    let unknown = format!("/v1/nodes/{}/events", Uuid::now_v7());
    assert_eq!(h.admin.send(h.admin.request(Method::HEAD, &unknown)).await.status, 404);
    let metrics = h.metrics().await;
    assert!(metrics.contains("plexsphere_streams_opened_total 0\n"), "{metrics}");
    h.stop().await;
}

#[tokio::test]
async fn a_third_stream_of_the_node_closes_the_oldest_and_a_fifth_of_operators_is_refused() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    let path = agent.path("events");
    let [http2, http1] = clients(&h);
    let mut first = http1.with_bearer(&agent.nsk).follow(&path, None).await;
    let mut second = http2.with_bearer(&agent.nsk).follow(&path, None).await;
    let mut of_operators = Vec::new();
    for n in 0..4 {
        let client = if n % 2 == 0 { &http1 } else { &http2 };
        of_operators.push(client.with_bearer(&h.admin_token).follow(&path, None).await);
    }
    h.admin.get(&path).await.refused(429, "rate_limited");
    let mut third = http1.with_bearer(&agent.nsk).follow(&path, None).await;
    first.closes().await;
    tell(&h, &domain, &["one"]).await;
    for stream in of_operators.iter_mut().chain([&mut second, &mut third]) {
        assert_eq!(stream.event().await.id(), 3);
    }
    // One that its reader has left makes room.
    drop(of_operators.pop());
    let opened = async {
        loop {
            let answer = h.admin.request(Method::GET, &path).send().await.unwrap();
            if answer.status() == 200 {
                break;
            }
            assert_eq!(answer.status(), 429);
        }
    };
    tokio::time::timeout(Duration::from_secs(10), opened).await.unwrap();
    h.stop().await;
}

#[tokio::test]
async fn keep_alives_come_every_25_seconds_whether_or_not_events_flow() {
    let h = Harness::start().await;
    let (domain, _, agent) = lab(&h).await;
    let mut streams = Vec::new();
    for client in clients(&h) {
        streams.push(client.with_bearer(&agent.nsk).follow(&agent.path("events"), None).await);
    }
    let keep_alive = Item::Comment("keep-alive".to_owned());
    for (seconds, due) in [(24, false), (1, true), (20, false), (5, true), (25, true)] {
        h.clock.advance(TimeDelta::seconds(seconds));
        h.step("stream_ticker").await;
        // What comes in between shows that nothing else has.
        let mark = if due { Some(keep_alive.clone()) } else { None };
        tell(&h, &domain, &["x"]).await;
        for stream in &mut streams {
            if mark.is_some() {
                assert_eq!(stream.next().await, mark);
            }
            assert_eq!(stream.next().await.unwrap().event_type(), "peer_deregistered");
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn what_a_server_that_stops_has_sent_ends_with_a_comment_and_another_replica_goes_on() {
    let h = Harness::start().await;
    let other = h.replica().await;
    let (domain, _, agent) = lab(&h).await;
    agent.client.get(&agent.path("state")).await.expect(200);
    let mut streams: Vec<Followed> = Vec::new();
    for client in clients(&h) {
        streams.push(client.with_bearer(&agent.nsk).follow(&agent.path("events"), None).await);
    }
    tell(&h, &domain, &["one", "two"]).await;
    for stream in &mut streams {
        assert_eq!(stream.ids(2).await, [3, 4]);
    }
    let database = h.database.clone();
    publish(&mut h.db().await, &[message(&domain, "three")], h.clock.now()).await.unwrap();
    let began = std::time::Instant::now();
    h.stop().await;
    assert!(began.elapsed() < Duration::from_secs(4), "nobody is waited for");
    for stream in &mut streams {
        let rest = stream.rest().await;
        assert_eq!(rest.last(), Some(&Item::Comment("closing".to_owned())), "{rest:?}");
    }
    let marked = rows(&database, "SELECT events_delivered FROM node_liveness").await;
    assert!(marked[0]["events_delivered"].as_i64() >= Some(4), "{marked:?}");
    Cluster::get().await.let_relay(&database).await;
    other.task("relay").unwrap().step_now().await;
    let mut again = agent.client.at(other.address()).follow(&agent.path("events"), Some(4)).await;
    assert_eq!(again.event().await.id(), 5);
    drop(again);
    other.stop(Duration::from_secs(5)).await;
}
