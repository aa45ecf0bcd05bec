//! PostNodeHeartbeat: what it refuses, what it records, and that concurrent ones share commits.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, StreamExt};
use http::Method;
use plexsphere::clock::Clock;
use plexsphere::config::Config;
use plexsphere::ids::NodeId;
use plexsphere::mesh::collaborators::Collaborators;
use plexsphere::mesh::reachability::writer::HeartbeatWriter;
use plexsphere::mesh::reachability::{Accepted, HeartbeatRefusal, HeartbeatReport, PgReachability};
use plexsphere::postgres::StorageError;
use plexsphere::telemetry::Metrics;
use plexsphere::wiring;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::harness::agent::heartbeat;
use crate::harness::{Agent, Harness, ManualClock, overrides};

/// `members` over a heartbeat that is well formed at `now`; null removes one.
fn with(now: DateTime<Utc>, members: Value) -> Value {
    let mut body = heartbeat(now);
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn without(now: DateTime<Utc>, member: &str) -> Value {
    let mut body = heartbeat(now);
    body.as_object_mut().unwrap().remove(member);
    body
}

async fn one_agent() -> (Harness, Agent) {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    (h, agent)
}

/// Enrols `count` machines, a few at a time.
async fn fleet(h: &Harness, project: &str, count: usize) -> Vec<Agent> {
    let enrolments = (0..count).map(|n| async move { h.enrol(project, &format!("node-{n}")).await });
    futures_util::stream::iter(enrolments).buffered(6).collect().await
}

fn parsed(time: &Value) -> DateTime<Utc> {
    time.as_str().unwrap().parse::<DateTime<FixedOffset>>().unwrap().to_utc()
}

/// When the database says that `agent` was last heard of.
async fn stored_heartbeat(h: &Harness, agent: &Agent) -> DateTime<Utc> {
    let rows =
        h.rows(&format!("SELECT last_heartbeat_at FROM node_liveness WHERE node_id = '{}'", agent.node_id)).await;
    parsed(&rows[0]["last_heartbeat_at"])
}

#[tokio::test]
async fn each_member_that_is_wrong_has_its_code_and_nothing_is_recorded() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    let hex = "ab".repeat(32);
    let url_safe = STANDARD.encode([0xff; 32]).replace('/', "_");
    let malformed = "malformed_heartbeat_request";
    let cases = [
        (malformed, without(now, "client_now")),
        (malformed, with(now, json!({ "client_now": null }))),
        (malformed, with(now, json!({ "client_now": "yesterday" }))),
        (malformed, with(now, json!({ "client_now": "2026-01-01T00:00:00" }))),
        (malformed, with(now, json!({ "client_now": now.timestamp() }))),
        (malformed, without(now, "nat_summary")),
        (malformed, with(now, json!({ "nat_summary": null }))),
        (malformed, with(now, json!({ "nat_summary": [] }))),
        (malformed, with(now, json!({ "nat_summary": "none" }))),
        (malformed, with(now, json!({ "binary_checksum": 7 }))),
        (malformed, with(now, json!({ "binary_version": ["1"] }))),
        (malformed, with(now, json!({ "hostname": "web-1" }))),
        (malformed, with(now, json!({ "nat_summary": { "note": "\0" } }))),
        (malformed, json!([])),
        ("binary_checksum_empty", without(now, "binary_checksum")),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": null }))),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": "" }))),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": &hex[1..] }))),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": format!("{hex}ab") }))),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": "xy".repeat(32) }))),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": STANDARD.encode([1; 31]) }))),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": STANDARD.encode([1; 33]) }))),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": url_safe }))),
        ("binary_checksum_empty", with(now, json!({ "binary_checksum": "é".repeat(32) }))),
        ("binary_version_empty", without(now, "binary_version")),
        ("binary_version_empty", with(now, json!({ "binary_version": null }))),
        ("binary_version_empty", with(now, json!({ "binary_version": "" }))),
        ("binary_version_empty", with(now, json!({ "binary_version": " \t\n" }))),
        ("binary_version_empty", with(now, json!({ "binary_version": "v".repeat(4097) }))),
    ];
    for (code, body) in cases {
        let answer = agent.client.post(&agent.path("heartbeat"), &body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (400, Some(code)), "{body}");
    }
    for body in ["", "{", "null", "{}{}", "\u{feff}{}", r#"{"client_now":"x","client_now":"x"}"#] {
        agent.client.send_bytes(Method::POST, &agent.path("heartbeat"), body).await.refused(400, malformed);
    }
    assert_eq!(h.count("SELECT count(last_heartbeat_at) FROM node_liveness").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn clocks_that_are_apart_are_told_the_servers_time_and_the_measured_skew() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    let told = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    for (skew_ms, measured) in [
        (60_001, "60.001 s ahead of"),
        (-60_001, "60.001 s behind"),
        (3_600_000, "3600 s ahead of"),
        (-86_400_000, "86400 s behind"),
    ] {
        let problem = agent.heartbeat(now + TimeDelta::milliseconds(skew_ms)).await.refused(400, "clock_skew");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&told) && detail.contains(measured), "{detail}");
    }
    for skew_ms in [60_000, -60_000, 0] {
        agent.heartbeat(now + TimeDelta::milliseconds(skew_ms)).await.expect(200);
    }
    h.stop().await;
}

#[tokio::test]
async fn the_first_thing_wrong_decides() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    let late = (now - TimeDelta::hours(1)).to_rfc3339();
    for (code, members) in [
        (
            "malformed_heartbeat_request",
            json!({ "client_now": late, "binary_checksum": "", "binary_version": "", "nat_summary": 1 }),
        ),
        ("clock_skew", json!({ "client_now": late, "binary_checksum": "", "binary_version": "" })),
        ("binary_checksum_empty", json!({ "binary_checksum": "", "binary_version": "" })),
        ("binary_version_empty", json!({ "binary_version": "" })),
    ] {
        agent.client.post(&agent.path("heartbeat"), &with(now, members)).await.refused(400, code);
    }
    h.stop().await;
}

#[tokio::test]
async fn every_form_that_the_contract_allows_is_taken_and_recorded() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    let elsewhere =
        now.with_timezone(&FixedOffset::east_opt(2 * 3600).unwrap()).to_rfc3339_opts(SecondsFormat::Nanos, false);
    for members in [
        json!({ "binary_checksum": "AB".repeat(32) }),
        json!({ "binary_checksum": STANDARD.encode([0xab; 32]) }),
        json!({ "client_now": elsewhere }),
        json!({ "binary_version": "é".repeat(4096) }),
        json!({ "nat_summary": { "type": "symmetric", "nested": { "list": [1, 2.5, true, { "deep": "yes" }] } } }),
    ] {
        agent.client.post(&agent.path("heartbeat"), &with(now, members.clone())).await.expect(200);
        let stored = h
            .rows("SELECT encode(binary_checksum, 'hex') AS checksum, binary_version, nat_summary FROM node_liveness")
            .await;
        let sent = with(now, members);
        assert_eq!(stored[0]["checksum"], "ab".repeat(32));
        assert_eq!(
            (&stored[0]["binary_version"], &stored[0]["nat_summary"]),
            (&sent["binary_version"], &sent["nat_summary"])
        );
    }
    h.stop().await;
}

#[tokio::test]
async fn a_heartbeat_may_have_16_kib_and_no_more() {
    let (h, agent) = one_agent().await;
    let padded = |length: usize| {
        let mut body = with(h.clock.now(), json!({ "nat_summary": { "padding": "" } }));
        let rest = length - body.to_string().len();
        body["nat_summary"]["padding"] = "x".repeat(rest).into();
        body
    };
    agent.client.post(&agent.path("heartbeat"), &padded(16 * 1024)).await.expect(200);
    for length in [16 * 1024 + 1, 200_000] {
        agent.client.post(&agent.path("heartbeat"), &padded(length)).await.refused(413, "heartbeat_body_too_large");
    }
    h.stop().await;
}

#[tokio::test]
async fn only_an_nsk_that_holds_may_heartbeat() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    let unknown =
        crate::harness::agent::nsk_bearer(&Uuid::now_v7().to_string(), agent.registered["nsk"].as_str().unwrap());
    let other_key = crate::harness::agent::nsk_bearer(&agent.node_id, &STANDARD.encode([9; 32]));
    for client in [
        h.anonymous(),
        h.admin.clone(),
        h.anonymous().with_bearer("nsk_dev_short"),
        h.anonymous().with_bearer(&unknown),
        h.anonymous().with_bearer(&other_key),
    ] {
        client.post(&agent.path("heartbeat"), &heartbeat(now)).await.refused(401, "nsk_revoked");
    }
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    agent.heartbeat(now).await.refused(401, "nsk_revoked");
    h.stop().await;
}

#[tokio::test]
async fn a_sibling_nodes_nsk_is_refused() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let (one, other) = (h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await);
    for path in [other.path("heartbeat"), format!("/v1/nodes/{}/heartbeat", Uuid::now_v7())] {
        let problem = one.client.post(&path, &heartbeat(h.clock.now())).await.refused(403, "node_id_mismatch");
        assert_eq!((&problem["reason"], &problem["relation_path"]), (&json!("out_of_scope"), &json!([])));
    }
    assert_eq!(h.count("SELECT count(last_heartbeat_at) FROM node_liveness").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn a_node_that_went_between_gate_and_write_is_not_found() {
    let (h, agent) = one_agent().await;
    agent.heartbeat(h.clock.now()).await.expect(200);
    // The gate has let it through, and then the row is gone.
    h.sql("DELETE FROM node_liveness").await;
    agent.heartbeat(h.clock.now()).await.refused(404, "node_not_found");
    h.stop().await;
}

#[tokio::test]
async fn without_any_one_of_its_collaborators_the_operation_is_not_provisioned() {
    let without: [fn(&mut Collaborators); 3] =
        [|c| c.nsk_validator = None, |c| c.reachability_repo = None, |c| c.clock = None];
    for leave_out in without {
        let h = Harness::start_with(|_| {}, leave_out).await;
        let path = format!("/v1/nodes/{}/heartbeat", Uuid::now_v7());
        h.anonymous().post(&path, &heartbeat(h.clock.now())).await.refused(501, "heartbeat_not_provisioned");
        h.stop().await;
    }
}

#[tokio::test]
async fn a_flagged_nsk_is_told_to_be_rotated() {
    let (h, agent) = one_agent().await;
    let before = agent.heartbeat(h.clock.now()).await.expect(200);
    assert_eq!((&before["rotate_keys"], before.get("rotate_keys_reason")), (&json!(false), None));
    h.admin.post_empty(&agent.path("nsk/flag")).await.expect(204);
    for _ in 0..2 {
        let after = agent.heartbeat(h.clock.now()).await.expect(200);
        assert_eq!((&after["rotate_keys"], &after["rotate_keys_reason"]), (&json!(true), &json!("nsk")));
    }
    h.stop().await;
}

#[tokio::test]
async fn an_nsk_near_its_end_is_told_to_be_rotated_and_after_it_refused() {
    let h =
        Harness::start_with(|settings| settings.nsk_lifetime_seconds = Some("90000".parse().unwrap()), |_| {}).await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    assert_eq!(agent.heartbeat(h.clock.now()).await.expect(200)["rotate_keys"], false);
    h.clock.advance(TimeDelta::seconds(3600));
    let near = agent.heartbeat(h.clock.now()).await.expect(200);
    assert_eq!((&near["rotate_keys"], &near["rotate_keys_reason"]), (&json!(true), &json!("nsk")));
    h.clock.advance(TimeDelta::seconds(86_400));
    agent.heartbeat(h.clock.now()).await.refused(401, "nsk_revoked");
    h.stop().await;
}

#[tokio::test]
async fn handshakes_are_merged_into_one_bounded_record_of_the_newest() {
    let (h, agent) = one_agent().await;
    let now = h.clock.now();
    let beat = async |peers: Value| {
        let body = with(now, json!({ "nat_summary": { "peers": peers } }));
        agent.client.post(&agent.path("heartbeat"), &body).await.expect(200);
    };
    let stored = async || {
        let rows = h.rows("SELECT peers FROM node_handshakes").await;
        rows.first().map_or(Value::Null, |row| row["peers"].clone())
    };
    // Whatever cannot be read is ignored, and is no reason to make a record.
    let id = Uuid::now_v7().to_string();
    for odd in [
        json!(7),
        json!({}),
        json!([1, null, "x", {}, { "node_id": id }]),
        json!([{ "node_id": "x", "last_handshake_at": now.to_rfc3339() }]),
        json!([{ "node_id": id, "last_handshake_at": "soon" }]),
        json!([{ "node_id": id, "last_handshake_at": null }]),
    ] {
        beat(odd).await;
        assert_eq!(stored().await, Value::Null);
    }
    // The newer of two stays, whichever comes first, and a malformed sibling does not harm it.
    let at = |seconds: i64| (now - TimeDelta::seconds(seconds)).to_rfc3339();
    let expect = |seconds: i64| json!({ &id: (now - TimeDelta::seconds(seconds)).timestamp_millis() });
    for (reported, kept) in [(50, 50), (20, 20), (40, 20), (-30, 0)] {
        beat(json!([{ "node_id": id.to_uppercase(), "last_handshake_at": at(reported) }, 1])).await;
        assert_eq!(stored().await, expect(kept), "after a report of {reported} s ago");
    }
    // 9 reports of 128 each are more than 1,024: the oldest go.
    for report in 0..9_i64 {
        let peers: Vec<Value> = (0..130)
            .map(|n| json!({ "node_id": Uuid::from_u128((1 + report * 1000 + n) as u128), "last_handshake_at": at(10_000 - report * 1000 - n) }))
            .collect();
        beat(peers.into()).await;
    }
    let kept = stored().await;
    let kept = kept.as_object().unwrap();
    assert_eq!(kept.len(), 1024);
    assert!(kept.contains_key(&id), "the newest of all stays");
    let of_report = |report: i64| {
        (0..130).filter(|n| kept.contains_key(&Uuid::from_u128((1 + report * 1000 + n) as u128).to_string())).count()
    };
    assert_eq!(of_report(8), 128, "one heartbeat may tell of 128");
    assert_eq!((of_report(1), of_report(0)), (127, 0), "the oldest make room");
    h.stop().await;
}

#[tokio::test]
async fn heartbeats_of_many_nodes_at_once_are_durable_and_share_commits() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = fleet(&h, &project, 50).await;
    // While one Node's row is locked the writer waits, and all the others queue up behind it.
    let mut lock = h.db().await;
    lock.batch_execute(&format!(
        "BEGIN; SELECT 1 FROM node_liveness WHERE node_id = '{}' FOR UPDATE",
        agents[0].node_id
    ))
    .await
    .unwrap();
    // Six from each Node, 300 in all.
    let beats = join_all((0..300).map(|n| {
        let (h, agent) = (&h, &agents[n % agents.len()]);
        async move {
            h.clock.advance(TimeDelta::milliseconds(1));
            let answer = agent.heartbeat(h.clock.now()).await.expect(200);
            parsed(&answer["accepted_at"])
        }
    }));
    let release = async {
        while sample(&h, "plexsphere_http_requests_in_flight").await < 300.0 {}
        lock.batch_execute("ROLLBACK").await.unwrap();
    };
    let (accepted, ()) = tokio::join!(beats, release);
    for (n, agent) in agents.iter().enumerate() {
        let newest = accepted.iter().skip(n).step_by(agents.len()).max().unwrap();
        assert_eq!(stored_heartbeat(&h, agent).await, *newest);
    }
    assert_eq!(sample(&h, "plexsphere_heartbeat_batch_size_sum").await, 300.0);
    let batches = sample(&h, "plexsphere_heartbeat_batch_size_count").await;
    assert!(batches <= 60.0, "{batches} transactions for 300 heartbeats");
    h.stop().await;
}

/// One sample of the server's metrics.
async fn sample(h: &Harness, name: &str) -> f64 {
    let text = h.metrics().await;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

fn report(version: &str, now: DateTime<Utc>) -> HeartbeatReport {
    HeartbeatReport::read(now, Some(&"ab".repeat(32)), Some(version.to_owned()), Map::new(), now).unwrap()
}

#[tokio::test]
async fn a_node_that_is_twice_in_a_batch_is_answered_twice_and_its_newest_word_stays() {
    let (h, agent) = one_agent().await;
    let node = NodeId(agent.node_id.parse().unwrap());
    let writer = HeartbeatWriter::start(h.server.database().clone(), Arc::new(Metrics::new()));
    let mut lock = h.db().await;
    lock.batch_execute("BEGIN; SELECT 1 FROM node_liveness FOR UPDATE").await.unwrap();
    let now = h.clock.now();
    let at = |seconds: i64| now + TimeDelta::seconds(seconds);
    // The first is a batch of its own; the others wait and are one batch, out of order.
    let mut writes: Vec<_> = [(0, "first"), (2, "newest"), (1, "older")]
        .map(|(s, version)| Box::pin(writer.write(node, report(version, now), at(s))))
        .into();
    for write in &mut writes {
        assert!(write.now_or_never().is_none());
    }
    lock.batch_execute("ROLLBACK").await.unwrap();
    for answer in join_all(writes).await {
        answer.unwrap();
    }
    let stored = h.rows("SELECT last_heartbeat_at, binary_version FROM node_liveness").await;
    assert_eq!((parsed(&stored[0]["last_heartbeat_at"]), &stored[0]["binary_version"]), (at(2), &json!("newest")));
    h.stop().await;
}

#[tokio::test]
async fn times_never_move_backwards_when_replicas_disagree_on_the_time() {
    let (h, agent) = one_agent().await;
    let late_clock = Arc::new(ManualClock::default());
    late_clock.advance(h.clock.now() - late_clock.now() - TimeDelta::seconds(30));
    let config = Config::load(overrides(&h.database), std::iter::empty()).unwrap();
    let late = wiring::start(&config, late_clock.clone(), |_| {}).await.unwrap();

    let newer = agent.heartbeat(h.clock.now()).await.expect(200);
    let seen = h.admin.get(&agent.path("reachability")).await.expect(200);
    let older =
        agent.client.at(late.address()).post(&agent.path("heartbeat"), &heartbeat(late_clock.now())).await.expect(200);
    assert!(parsed(&older["accepted_at"]) < parsed(&newer["accepted_at"]));
    assert_eq!(stored_heartbeat(&h, &agent).await, parsed(&newer["accepted_at"]));
    assert_eq!(h.admin.get(&agent.path("reachability")).await.expect(200), seen);
    late.stop(Duration::from_secs(1)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_full_queue_answers_overloaded_and_what_was_taken_is_written() {
    let (h, agent) = one_agent().await;
    let database = h.server.database().clone();
    let writer = HeartbeatWriter::start(database.clone(), Arc::new(Metrics::new()));
    let config = Config::load(overrides(&h.database), std::iter::empty()).unwrap();
    let repo = Arc::new(PgReachability::new(database, writer.clone()));
    let second = wiring::start(&config, h.clock.clone(), |c| c.reachability_repo = Some(repo)).await.unwrap();
    let client = agent.client.at(second.address());

    let mut lock = h.db().await;
    lock.batch_execute("BEGIN; SELECT 1 FROM node_liveness FOR UPDATE").await.unwrap();
    let (node, now) = (NodeId(agent.node_id.parse().unwrap()), h.clock.now());
    // The writer is stuck with the batch that it has; the queue behind it fills up until it takes no more.
    let mut taken: Vec<BoxFuture<'static, Result<Accepted, HeartbeatRefusal>>> = Vec::new();
    let mut refused = 0;
    while refused < 10 {
        let writer = writer.clone();
        let mut write = Box::pin(async move { writer.write(node, report("1", now), now).await });
        match (&mut write).now_or_never() {
            None => {
                taken.push(write);
                refused = 0;
            }
            Some(Err(HeartbeatRefusal::Overloaded)) => {
                refused += 1;
                // The writer may still be about to take its batch.
                tokio::task::yield_now().await;
            }
            Some(other) => panic!("{other:?}"),
        }
        assert!(taken.len() < 100_000, "the queue has no end");
    }
    let answer = client.post(&agent.path("heartbeat"), &heartbeat(now)).await;
    answer.refused(503, "overloaded");
    assert!(answer.header("retry-after").is_some());
    lock.batch_execute("ROLLBACK").await.unwrap();
    for written in join_all(taken).await {
        written.unwrap();
    }
    client.post(&agent.path("heartbeat"), &heartbeat(now)).await.expect(200);
    second.stop(Duration::from_secs(1)).await;
    h.stop().await;
}

#[tokio::test]
async fn one_row_that_cannot_be_written_fails_alone() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = fleet(&h, &project, 12).await;
    let (bad, locked) = (&agents[5].node_id, &agents[0].node_id);
    let poisons = [
        (
            format!(
                "ALTER TABLE node_liveness ADD CONSTRAINT poison CHECK (node_id <> '{bad}' OR last_heartbeat_at IS NULL)"
            ),
            "ALTER TABLE node_liveness DROP CONSTRAINT poison",
        ),
        (
            format!(
                "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''poison''; END'; \
             CREATE TRIGGER poison BEFORE UPDATE ON node_liveness FOR EACH ROW WHEN (new.node_id = '{bad}') EXECUTE FUNCTION poison()"
            ),
            "DROP TRIGGER poison ON node_liveness",
        ),
    ];
    for (poison, remedy) in poisons {
        h.sql(&poison).await;
        let before = sample(&h, "plexsphere_heartbeat_batch_size_count").await;
        // All but the first one are in one batch, because the first one waits for its row.
        let mut lock = h.db().await;
        lock.batch_execute(&format!("BEGIN; SELECT 1 FROM node_liveness WHERE node_id = '{locked}' FOR UPDATE"))
            .await
            .unwrap();
        let beats = async {
            let first = agents[0].heartbeat(h.clock.now());
            let rest = async {
                while sample(&h, "plexsphere_heartbeat_batch_size_count").await <= before {}
                join_all(agents[1..].iter().map(|agent| agent.heartbeat(h.clock.now()))).await
            };
            let release = async {
                while sample(&h, "plexsphere_http_requests_in_flight").await < 12.0 {}
                lock.batch_execute("ROLLBACK").await.unwrap();
            };
            let (first, mut rest, ()) = tokio::join!(first, rest, release);
            rest.insert(0, first);
            rest
        };
        for (n, answer) in beats.await.iter().enumerate() {
            match n {
                5 => drop(answer.refused(500, "internal")),
                _ => drop(answer.expect(200)),
            }
        }
        h.sql(remedy).await;
    }
    agents[5].heartbeat(h.clock.now()).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_batch_that_waits_too_long_for_a_row_is_told_to_come_back() {
    let (h, agent) = one_agent().await;
    let writer = HeartbeatWriter::start(h.server.database().clone(), Arc::new(Metrics::new()));
    // As a lock that is never given back would, only sooner.
    h.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN RAISE EXCEPTION ''canceling statement due to lock timeout'' USING ERRCODE = ''55P03''; END'; \
         CREATE TRIGGER slow BEFORE UPDATE ON node_liveness FOR EACH ROW EXECUTE FUNCTION slow()",
    )
    .await;
    let answer = agent.heartbeat(h.clock.now()).await;
    answer.refused(503, "datastore_unavailable");
    let refusal = writer
        .write(NodeId(agent.node_id.parse().unwrap()), report("1", h.clock.now()), h.clock.now())
        .await
        .unwrap_err();
    assert!(
        matches!(&refusal, HeartbeatRefusal::Storage(error) if matches!(**error, StorageError::Unavailable(_))),
        "{refusal}"
    );
    h.stop().await;
}

#[tokio::test]
async fn heartbeats_stay_on_their_page_and_touch_no_index() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = fleet(&h, &project, 20).await;
    let pages = || h.rows("SELECT node_id, (ctid::text::point)[0]::int AS page FROM node_liveness ORDER BY node_id");
    let mut moves: Vec<usize> = Vec::new();
    let mut before = pages().await;
    // Rows grow with their first heartbeat, and all of them at once need room twice: they spread out, and then stay.
    while !moves.ends_with(&[0; 10]) {
        h.clock.advance(TimeDelta::seconds(1));
        join_all(agents.iter().map(|agent| async { agent.heartbeat(h.clock.now()).await.expect(200) })).await;
        let after = pages().await;
        moves.push(before.iter().zip(&after).filter(|(before, after)| before != after).count());
        assert!(moves.len() < 40, "heartbeats move rows for ever: {moves:?}");
        before = after;
    }
    let updates = moves.len() * agents.len();
    let database = h.database.clone();
    h.stop().await;
    // A session tells its numbers at its end at the latest; it ends once the server has gone.
    let query = "SELECT n_tup_upd AS updates, n_tup_upd - n_tup_hot_upd AS with_indexes FROM pg_stat_user_tables WHERE relname = 'node_liveness'";
    let patience = std::time::Instant::now() + Duration::from_secs(30);
    let numbers = loop {
        let numbers = crate::harness::rows(&database, query).await.remove(0);
        if numbers["updates"].as_u64() >= Some(updates as u64) || std::time::Instant::now() > patience {
            break numbers;
        }
    };
    assert_eq!(numbers, json!({ "updates": updates, "with_indexes": moves.iter().sum::<usize>() }), "{moves:?}");
}
