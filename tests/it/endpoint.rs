//! PutNodeEndpoint: what it refuses, what it records, and exactly when peers hear of it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::join_all;
use http::Method;
use plexsphere::clock::Clock;
use plexsphere::mesh::collaborators::Collaborators;
use plexsphere::mesh::endpoint::{Accepted, EndpointRecorder, EndpointRefusal, Report, Skewed};
use plexsphere::postgres::StorageError;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bodies::{gzip, padded};
use crate::harness::agent::{endpoint, registration};
use crate::harness::{Agent, Answer, Harness};

pub const HERE: &str = "203.0.113.7:51820";
pub const THERE: &str = "198.51.100.9:4500";
pub const SWEEPER: &str = "endpoint_sweeper";

pub async fn one_agent() -> (Harness, Agent) {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    (h, agent)
}

/// A Node of a Domain whose endpoints live for `ttl` seconds.
pub async fn one_agent_with_ttl(ttl: i64) -> (Harness, Agent) {
    let h = Harness::start().await;
    let domain = json!({ "name": "d", "slug": "d", "mesh_cidr": "10.0.0.0/16", "endpoint_ttl_seconds": ttl });
    let domain = h.admin.post("/v1/domains", &domain).await.expect(201);
    let project = h.project(domain["domain_id"].as_str().unwrap(), "team").await;
    let agent = h.enrol(&project, "web-1").await;
    (h, agent)
}

/// Every `peer_endpoint_changed`, oldest first: endpoint and NAT type.
pub async fn told(h: &Harness) -> Vec<(String, String)> {
    let rows = h.rows("SELECT payload FROM outbox WHERE event_type = 'peer_endpoint_changed' ORDER BY position").await;
    let member = |row: &Value, name: &str| row["payload"][name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (member(row, "endpoint"), member(row, "nat_type"))).collect()
}

pub fn event(endpoint: &str, nat_type: &str) -> (String, String) {
    (endpoint.to_owned(), nat_type.to_owned())
}

/// What is stored of the only Node's endpoint.
pub async fn stored(h: &Harness) -> Value {
    h.rows("SELECT endpoint, nat_type, reported_at, refreshed_at FROM peer_endpoints").await.remove(0)
}

/// Takes the Node's Peer away, as drain does.
pub async fn drained(h: &Harness, agent: &Agent, at: DateTime<Utc>) {
    h.sql(&format!(
        "UPDATE peers SET retired_at = '{}' WHERE node_id = '{id}'; DELETE FROM peer_endpoints WHERE node_id = '{id}'",
        at.to_rfc3339(),
        id = agent.node_id
    ))
    .await;
}

async fn refusals_in_audit(h: &Harness, reason: &str) -> i64 {
    h.count(&format!("SELECT count(*) FROM audit_entries WHERE action = 'node.endpoint' AND reason = '{reason}'")).await
}

async fn withdrawals_in_audit(h: &Harness) -> Vec<Value> {
    let of_domains = "action = 'domain.withdraw_endpoints' AND object = 'domain:' || domain_id AND subject = 'system'";
    h.rows(&format!("SELECT reason FROM audit_entries WHERE {of_domains} ORDER BY id")).await
}

async fn changes_in_audit(h: &Harness) -> i64 {
    h.count("SELECT count(*) FROM audit_entries WHERE action = 'node.endpoint' AND decision = 'allowed'").await
}

const OUT_OF_WINDOW: &str = "reported_at outside MaxEndpointSkew window";
const OLDER_THAN_TTL: &str = "reported_at older than per-Domain endpoint TTL";

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub fn parsed(time: &Value) -> DateTime<Utc> {
    time.as_str().unwrap().parse::<DateTime<chrono::FixedOffset>>().unwrap().to_utc()
}

fn with(body: &Value, members: Value) -> Value {
    let mut body = body.clone();
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_first_report_is_recorded_answered_and_told_to_the_peers() {
    let (h, agent) = one_agent().await;
    let version = h.count("SELECT mesh_version FROM domains").await;
    let now = h.clock.now();
    let seen = now - TimeDelta::seconds(3);
    let answer = agent.report(&endpoint(HERE, "port_restricted", seen)).await.expect(200);
    assert_eq!(answer, json!({ "accepted_at": text(now), "stale_after": text(now + TimeDelta::seconds(300)) }));
    let row = stored(&h).await;
    assert_eq!((&row["endpoint"], &row["nat_type"]), (&json!(HERE), &json!(2)));
    assert_eq!((parsed(&row["reported_at"]), parsed(&row["refreshed_at"])), (seen, now));
    let events = h.rows("SELECT * FROM outbox WHERE event_type = 'peer_endpoint_changed'").await;
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["scope_kind"], &events[0]["scope_id"]), (&json!("domain"), &events[0]["domain_id"]));
    assert_eq!(
        events[0]["payload"],
        json!({ "node_id": agent.node_id, "endpoint": HERE, "nat_type": "port_restricted",
            "relay_node_id": "", "fallback_endpoint": "" })
    );
    assert_eq!(h.count("SELECT mesh_version FROM domains").await, version + 1);
    h.stop().await;
}

#[tokio::test]
async fn peers_hear_of_a_change_and_of_nothing_else() {
    let (h, agent) = one_agent().await;
    let begun = h.clock.now();
    let (restricted, symmetric) = ("restricted", "symmetric");
    let mut expected = Vec::new();
    for (why, body, told_of) in [
        ("the first", (HERE, restricted), true),
        ("the same", (HERE, restricted), false),
        ("the same again", (HERE, restricted), false),
        ("another NAT", (HERE, symmetric), true),
        ("another endpoint", (THERE, symmetric), true),
        ("the same", (THERE, symmetric), false),
        ("another port", ("198.51.100.9:4501", symmetric), true),
        ("another text of an IPv6 address", ("[2001:DB8::1]:9", symmetric), true),
        ("the same address", ("[2001:db8:0::1]:9", symmetric), false),
        ("back", (HERE, restricted), true),
    ] {
        h.pass(20).await;
        let version = h.count("SELECT mesh_version FROM domains").await;
        agent.report(&endpoint(body.0, body.1, h.clock.now())).await.expect(200);
        if told_of {
            expected.push(event(&body.0.replace("DB8", "db8"), body.1));
        }
        assert_eq!(told(&h).await, expected, "{why}");
        assert_eq!(h.count("SELECT mesh_version FROM domains").await, version + i64::from(told_of), "{why}");
        let row = stored(&h).await;
        assert_eq!(parsed(&row["refreshed_at"]), h.clock.now(), "{why}");
        assert_eq!(parsed(&row["reported_at"]), h.clock.now(), "{why}");
    }
    assert_eq!(h.clock.now() - begun, TimeDelta::seconds(200), "all of it within one lifetime");
    let audited = h
        .rows(
            "SELECT DISTINCT ON (reason) subject, object, decision, reason FROM audit_entries \
             WHERE action = 'node.endpoint' AND domain_id IS NOT NULL AND correlation_id <> '' ORDER BY reason DESC, id",
        )
        .await;
    let node = format!("node:{}", agent.node_id);
    let entry = |reason: &str| json!({ "subject": node, "object": node, "decision": "allowed", "reason": reason });
    assert_eq!(audited, [entry("first known"), entry("changed")]);
    assert_eq!(changes_in_audit(&h).await, expected.len() as i64, "and of nothing else");
    h.stop().await;
}

#[tokio::test]
async fn each_member_that_is_wrong_has_its_code_and_nothing_is_recorded() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    let well = endpoint(HERE, "restricted", now);
    let malformed = "malformed_endpoint_request";
    let without = |member: &str| {
        let mut body = well.clone();
        body.as_object_mut().unwrap().remove(member);
        body
    };
    let mut cases = vec![(malformed, json!([])), (malformed, with(&well, json!({ "hostname": "web-1" })))];
    for member in ["endpoint", "nat_type", "reported_at"] {
        cases.push((malformed, without(member)));
        for value in [Value::Null, json!(7), json!([]), json!({}), json!(true)] {
            cases.push((malformed, with(&well, json!({ member: value }))));
        }
    }
    for kind in ["", "FULL_CONE", "full-cone", "none", "restricted "] {
        cases.push((malformed, with(&well, json!({ "nat_type": kind }))));
    }
    for time in ["", "yesterday", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z"] {
        cases.push((malformed, with(&well, json!({ "reported_at": time }))));
    }
    cases.push((malformed, with(&well, json!({ "endpoint": "203.0.113.7:1\0" }))));
    for odd in [
        "",
        "nowhere",
        "example.com:51820",
        "203.0.113.7",
        "203.0.113.7:0",
        "203.0.113.7:65536",
        "203.0.113.007:1",
        "127.0.0.1:51820",
        "0.0.0.0:51820",
        "169.254.0.1:1",
        "224.0.0.1:1",
        "255.255.255.255:1",
        "[::1]:51820",
        "[::]:1",
        "[fe80::1%eth0]:1",
        "[fe80::1]:1",
        "[ff02::1]:1",
        "[::ffff:203.0.113.7]:1",
        "2001:db8::1:51820",
    ] {
        cases.push(("endpoint_unparseable", with(&well, json!({ "endpoint": odd }))));
    }
    cases.push(("endpoint_unparseable", with(&well, json!({ "endpoint": "9".repeat(3900) }))));
    for (code, body) in cases {
        let answer = agent.report(&body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (400, Some(code)), "{body}");
    }
    for body in ["", "{", "null", "{}{}", "\u{feff}{}", r#"{"nat_type":"unknown","nat_type":"unknown"}"#] {
        agent.client.send_bytes(Method::PUT, &agent.path("endpoint"), body).await.refused(400, malformed);
    }
    assert_eq!(stored(&h).await["refreshed_at"], Value::Null);
    assert!(told(&h).await.is_empty());
    h.stop().await;
}

#[tokio::test]
async fn clocks_that_are_apart_are_told_how_far_and_noted_in_the_audit_log() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    for (skew_ms, measured) in
        [(60_001, "60.001 s ahead of"), (-60_001, "60.001 s behind"), (86_400_000, "86400 s ahead of")]
    {
        let before = refusals_in_audit(&h, OUT_OF_WINDOW).await;
        let body = endpoint("nowhere", "unknown", now + TimeDelta::milliseconds(skew_ms));
        let problem = agent.report(&body).await.refused(400, "endpoint_clock_skew");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&text(now)) && detail.contains(measured), "{detail}");
        assert_eq!(refusals_in_audit(&h, OUT_OF_WINDOW).await, before + 1);
    }
    let entry = h.rows("SELECT * FROM audit_entries WHERE action = 'node.endpoint'").await.remove(0);
    let node = json!(format!("node:{}", agent.node_id));
    assert_eq!((&entry["subject"], &entry["object"], &entry["decision"]), (&node, &node, &json!("denied")));
    assert!(entry["domain_id"].is_string() && !entry["correlation_id"].as_str().unwrap().is_empty());
    for skew_ms in [-60_000, 60_000, 0] {
        agent.report(&endpoint(HERE, "unknown", now + TimeDelta::milliseconds(skew_ms))).await.expect(200);
    }
    assert_eq!(refusals_in_audit(&h, OUT_OF_WINDOW).await, 3);
    h.stop().await;
}

#[tokio::test]
async fn an_observation_older_than_the_domains_lifetime_is_refused_and_noted() {
    let (h, agent) = one_agent_with_ttl(10).await;
    let now = h.clock.now();
    let old = |ms: i64| endpoint(HERE, "unknown", now - TimeDelta::milliseconds(ms));
    // Whether there is an endpoint already or not.
    for noted in 1..=2 {
        let problem = agent.report(&old(10_001)).await.refused(400, "endpoint_clock_skew");
        assert!(problem["detail"].as_str().unwrap().contains("10.001 s"), "{problem}");
        assert_eq!(refusals_in_audit(&h, OLDER_THAN_TTL).await, noted);
        let answer = agent.report(&old(10_000)).await.expect(200);
        assert_eq!(answer["stale_after"], text(now + TimeDelta::seconds(10)));
    }
    assert_eq!(refusals_in_audit(&h, OUT_OF_WINDOW).await, 0);
    assert_eq!(told(&h).await, [event(HERE, "unknown")]);

    // A Node without a Peer comes before the age of what it says, as an endpoint that is none does.
    drained(&h, &agent, now).await;
    agent.report(&old(20_000)).await.refused(404, "endpoint_peer_not_found");
    agent.report(&with(&old(20_000), json!({ "endpoint": "nowhere" }))).await.refused(400, "endpoint_unparseable");
    assert_eq!(refusals_in_audit(&h, OLDER_THAN_TTL).await, 2);
    h.stop().await;
}

#[tokio::test]
async fn the_first_thing_wrong_decides() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    drained(&h, &agent, now).await;
    let mut body =
        json!({ "endpoint": "nowhere", "nat_type": "strict", "reported_at": text(now - TimeDelta::hours(1)) });
    for (status, code, member, mended) in [
        (400, "malformed_endpoint_request", "nat_type", json!("unknown")),
        (400, "endpoint_clock_skew", "reported_at", json!(text(now))),
        (400, "endpoint_unparseable", "endpoint", json!(HERE)),
        (404, "endpoint_peer_not_found", "endpoint", json!(HERE)),
    ] {
        agent.report(&body).await.refused(status, code);
        body[member] = mended;
    }
    // It is a Node all the same.
    agent.heartbeat(now).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_report_may_have_4_kib_however_it_comes_and_no_more() {
    let (h, agent) = one_agent().await;
    let body = endpoint(HERE, "unknown", h.clock.now());
    let path = agent.path("endpoint");
    let request = || agent.client.request(Method::PUT, &path).header("content-type", "application/json");
    let pieces = |length: usize| {
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
            padded(&body, length).chunks(1000).map(|piece| Ok(piece.to_vec())).collect();
        request().body(reqwest::Body::wrap_stream(futures_util::stream::iter(pieces)))
    };
    let zipped = |length: usize| request().header("content-encoding", "gzip").body(gzip(&padded(&body, length)));
    for (length, fits) in [(4096, true), (4097, false), (200_000, false), (4 << 20, false)] {
        for request in [request().body(padded(&body, length)), pieces(length), zipped(length)] {
            let answer = agent.client.send(request).await;
            match fits {
                true => drop(answer.expect(200)),
                false => drop(answer.refused(413, "endpoint_body_too_large")),
            }
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn only_the_nodes_own_nsk_may_report() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let (one, other) = (h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await);
    let body = endpoint(HERE, "unknown", h.clock.now());
    for client in [h.anonymous(), h.admin.clone(), h.anonymous().with_bearer("nsk_dev_short")] {
        client.send_json(Method::PUT, &one.path("endpoint"), &body).await.refused(401, "nsk_revoked");
    }
    for path in [other.path("endpoint"), format!("/v1/nodes/{}/endpoint", Uuid::now_v7())] {
        let problem = one.client.send_json(Method::PUT, &path, &body).await.refused(403, "node_id_mismatch");
        assert_eq!((&problem["reason"], &problem["relation_path"]), (&json!("out_of_scope"), &json!([])));
    }
    h.admin.post_empty(&one.path("deregister")).await.expect(204);
    h.step("credential_watch").await;
    one.report(&body).await.refused(401, "nsk_revoked");
    assert!(told(&h).await.is_empty());
    h.stop().await;
}

#[tokio::test]
async fn an_observation_that_was_overtaken_keeps_what_is_known_and_its_freshness() {
    let (h, agent) = one_agent().await;
    let begun = h.clock.now();
    let at = |seconds: i64| begun + TimeDelta::seconds(seconds);
    h.pass(30).await;
    agent.report(&endpoint(HERE, "restricted", at(30))).await.expect(200);
    for (late, nat_type) in [(THERE, "restricted"), (HERE, "symmetric"), (HERE, "restricted")] {
        h.pass(10).await;
        let answer = agent.report(&endpoint(late, nat_type, at(29))).await.expect(200);
        assert_eq!(parsed(&answer["stale_after"]), h.clock.now() + TimeDelta::seconds(300));
        let row = stored(&h).await;
        assert_eq!((&row["endpoint"], &row["nat_type"]), (&json!(HERE), &json!(1)));
        assert_eq!((parsed(&row["reported_at"]), parsed(&row["refreshed_at"])), (at(30), h.clock.now()));
    }
    assert_eq!(told(&h).await, [event(HERE, "restricted")]);
    // As old as the known one is not older.
    agent.report(&endpoint(THERE, "restricted", at(30))).await.expect(200);
    assert_eq!(told(&h).await[1..], [event(THERE, "restricted")]);
    h.stop().await;
}

#[tokio::test]
async fn what_nobody_confirms_is_withdrawn_once_and_the_next_report_is_told_whatever_its_age() {
    let (h, agent) = one_agent_with_ttl(40).await;
    h.pass(1).await;
    agent.report(&endpoint(HERE, "restricted", h.clock.now() + TimeDelta::seconds(50))).await.expect(200);
    h.pass(39).await;
    h.step(SWEEPER).await;
    assert_eq!(told(&h).await.len(), 1, "fresh");
    let version = h.count("SELECT mesh_version FROM domains").await;
    h.pass(1).await;
    for _ in 0..3 {
        h.step(SWEEPER).await;
        assert_eq!(told(&h).await[1..], [event("", "")]);
    }
    assert_eq!(h.count("SELECT mesh_version FROM domains").await, version + 1);
    assert_eq!(withdrawals_in_audit(&h).await, [json!({ "reason": format!("of node:{}", agent.node_id) })]);
    let row = stored(&h).await;
    assert_eq!((&row["endpoint"], &row["nat_type"], &row["reported_at"]), (&json!(null), &json!(null), &json!(null)));
    // Its time is before that of the one which was withdrawn.
    agent.report(&endpoint(HERE, "restricted", h.clock.now() - TimeDelta::seconds(30))).await.expect(200);
    assert_eq!(told(&h).await[2..], [event(HERE, "restricted")]);
    h.stop().await;
}

#[tokio::test]
async fn each_domain_has_a_lifetime_of_its_own() {
    let h = Harness::start().await;
    let mut agents = Vec::new();
    for (n, ttl) in [20, 60, 3600].into_iter().enumerate() {
        let domain = json!({ "name": "d", "slug": format!("d{n}"), "mesh_cidr": format!("10.{n}.0.0/24"), "endpoint_ttl_seconds": ttl });
        let domain = h.admin.post("/v1/domains", &domain).await.expect(201);
        let project = h.project(domain["domain_id"].as_str().unwrap(), "team").await;
        let agent = h.enrol(&project, "web").await;
        let answer = agent.report(&endpoint(HERE, "unknown", h.clock.now())).await.expect(200);
        assert_eq!(parsed(&answer["stale_after"]), h.clock.now() + TimeDelta::seconds(ttl));
        agents.push(agent);
    }
    for (seconds, left) in [(19, 3), (1, 2), (39, 2), (1, 1)] {
        h.pass(seconds).await;
        h.step(SWEEPER).await;
        assert_eq!(h.count("SELECT count(endpoint) FROM peer_endpoints").await, left);
    }
    h.stop().await;
}

#[tokio::test]
async fn many_that_are_withdrawn_at_once_are_one_entry_a_domain() {
    let h = Harness::start().await;
    for (domain, subnet, count) in [("one", "10.20.0.0/16", 2), ("two", "10.30.0.0/16", 3)] {
        let domain = h.domain(domain, subnet).await;
        let project = h.project(&domain, "team").await;
        for n in 0..count {
            let agent = h.enrol(&project, &format!("web-{n}")).await;
            agent.report(&endpoint(HERE, "unknown", h.clock.now())).await.expect(200);
        }
    }
    h.pass(301).await;
    h.step(SWEEPER).await;
    assert_eq!(h.count("SELECT count(endpoint) FROM peer_endpoints").await, 0);
    let mut reasons = withdrawals_in_audit(&h).await;
    reasons.sort_by_key(ToString::to_string);
    assert_eq!(reasons, [json!({ "reason": "of 2 Nodes" }), json!({ "reason": "of 3 Nodes" })]);
    h.stop().await;
}

#[tokio::test]
async fn nothing_is_withdrawn_for_the_control_planes_own_absence() {
    let (h, agent) = one_agent_with_ttl(40).await;
    h.pass(10).await;
    agent.report(&endpoint(HERE, "restricted", h.clock.now())).await.expect(200);
    // Away for ten minutes, and back.
    h.clock.advance(TimeDelta::seconds(600));
    h.step(SWEEPER).await;
    h.step("reachability_sweeper").await;
    h.step(SWEEPER).await;
    h.pass(39).await;
    h.step(SWEEPER).await;
    agent.report(&endpoint(HERE, "restricted", h.clock.now())).await.expect(200);
    assert_eq!(told(&h).await, [event(HERE, "restricted")]);
    h.pass(40).await;
    h.step(SWEEPER).await;
    assert_eq!(told(&h).await[1..], [event("", "")]);
    h.stop().await;
}

#[tokio::test]
async fn a_new_node_is_told_where_its_peers_are_and_a_new_enrolment_begins_without_an_endpoint() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let (one, two) = (h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await);
    one.report(&endpoint(HERE, "full_cone", h.clock.now())).await.expect(200);
    let three = h.enrol(&project, "web-3").await;
    let peers = three.registered["peer_snapshot"].as_array().unwrap();
    let of = |agent: &Agent| peers.iter().find(|peer| peer["node_id"] == agent.node_id.as_str()).unwrap();
    assert_eq!((&of(&one)["endpoint"], &of(&one)["nat_type"]), (&json!(HERE), &json!("full_cone")));
    assert_eq!((of(&two).get("endpoint"), of(&two).get("nat_type")), (None, None));

    let token = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": one.node_id });
    let token = h.bootstrap_token_with(&project, token).await;
    let again = h.anonymous().post("/v1/register", &registration(&project, "web-1", &token)).await.expect(201);
    let again = Agent::from_registration(&h.anonymous(), again);
    assert_eq!(again.node_id, one.node_id);
    let known = format!("SELECT count(*) FROM peer_endpoints WHERE node_id = '{}' AND endpoint IS NULL", one.node_id);
    assert_eq!(h.count(&known).await, 1);
    again.report(&endpoint(HERE, "full_cone", h.clock.now())).await.expect(200);
    assert_eq!(told(&h).await, [event(HERE, "full_cone"), event(HERE, "full_cone")]);
    h.stop().await;
}

#[tokio::test]
async fn a_peer_that_an_older_release_has_enrolled_gets_its_row_with_its_first_report() {
    let (h, agent) = one_agent().await;
    h.sql("DELETE FROM peer_endpoints").await;
    for _ in 0..2 {
        agent.report(&endpoint(HERE, "unknown", h.clock.now())).await.expect(200);
    }
    assert_eq!(told(&h).await, [event(HERE, "unknown")]);
    h.stop().await;
}

#[tokio::test]
async fn without_any_one_of_its_collaborators_the_operation_is_not_provisioned() {
    let without: [fn(&mut Collaborators); 3] =
        [|c| c.nsk_validator = None, |c| c.node_repo = None, |c| c.endpoint_recorder = None];
    for leave_out in without {
        let h = Harness::start_with(|_| {}, leave_out).await;
        let path = format!("/v1/nodes/{}/endpoint", Uuid::now_v7());
        let body = endpoint(HERE, "unknown", h.clock.now());
        h.anonymous().send_json(Method::PUT, &path, &body).await.refused(501, "endpoint_not_provisioned");
        h.stop().await;
    }
}

/// Refuses everything, each in the same way.
struct Refusing(EndpointRefusal);

#[async_trait::async_trait]
impl EndpointRecorder for Refusing {
    async fn record(&self, _: Report) -> Result<Accepted, EndpointRefusal> {
        Err(self.0.clone())
    }

    async fn note_skew(&self, _: Skewed<'_>) -> Result<(), StorageError> {
        Err(StorageError::Unavailable("a secret cause".into()))
    }
}

#[tokio::test]
async fn a_fault_is_told_as_one_and_refuses_nobody() {
    let broken = |error| EndpointRefusal::Storage(Arc::new(error));
    for (refusal, status, code) in [
        (EndpointRefusal::Overloaded, 503, "overloaded"),
        (broken(StorageError::Unavailable("a secret cause".into())), 503, "datastore_unavailable"),
        (broken(StorageError::Corrupt("a secret cause".into())), 500, "internal"),
    ] {
        let recorder = Arc::new(Refusing(refusal));
        let h = Harness::start_with(|_| {}, |all| all.endpoint_recorder = Some(recorder)).await;
        let (_, project) = h.lab().await;
        let agent = h.enrol(&project, "web-1").await;
        let answer: Answer = agent.report(&endpoint(HERE, "unknown", h.clock.now())).await;
        let problem = answer.refused(status, code);
        assert!(!problem.to_string().contains("secret"), "{problem}");
        let skewed = endpoint(HERE, "unknown", h.clock.now() + TimeDelta::hours(1));
        agent.report(&skewed).await.refused(503, "datastore_unavailable");
        h.stop().await;
    }
}

#[tokio::test]
async fn reports_that_confirm_stay_on_their_page_and_touch_no_index() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let mut agents = Vec::new();
    for n in 0..20 {
        agents.push(h.enrol(&project, &format!("node-{n}")).await);
    }
    let pages = || h.rows("SELECT node_id, (ctid::text::point)[0]::int AS page FROM peer_endpoints ORDER BY node_id");
    let mut moves: Vec<usize> = Vec::new();
    let mut before = pages().await;
    // Rows grow with their first report; from then on they stay.
    while !moves.ends_with(&[0; 10]) {
        h.clock.advance(TimeDelta::seconds(1));
        let body = endpoint(HERE, "symmetric", h.clock.now());
        join_all(agents.iter().map(|agent| async { agent.report(&body).await.expect(200) })).await;
        let after = pages().await;
        moves.push(before.iter().zip(&after).filter(|(before, after)| before != after).count());
        assert!(moves.len() < 40, "reports move rows for ever: {moves:?}");
        before = after;
    }
    assert_eq!(told(&h).await.len(), agents.len());
    let updates = moves.len() * agents.len();
    let database = h.database.clone();
    h.stop().await;
    // A session tells its numbers at its end at the latest; it ends once the server has gone.
    let query = "SELECT n_tup_upd AS updates, n_tup_upd - n_tup_hot_upd AS with_indexes FROM pg_stat_user_tables WHERE relname = 'peer_endpoints'";
    let patience = std::time::Instant::now() + Duration::from_secs(30);
    let numbers = loop {
        let numbers = crate::harness::rows(&database, query).await.remove(0);
        if numbers["updates"].as_u64() >= Some(updates as u64) || std::time::Instant::now() > patience {
            break numbers;
        }
    };
    assert_eq!(numbers, json!({ "updates": updates, "with_indexes": moves.iter().sum::<usize>() }), "{moves:?}");
}
