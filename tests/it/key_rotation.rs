//! Rotation of mesh keys: trigger, preview, completion, and what ends a rotation besides.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use http::Method;
use plexsphere::clock::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::{public_key, registration};
use crate::harness::{Agent, Answer, Harness};

pub async fn trigger(h: &Harness, agent: &Agent) -> Answer {
    h.admin.post_empty(&agent.path("keys/rotate")).await
}

pub async fn preview(h: &Harness, agent: &Agent) -> Answer {
    h.admin.get(&agent.path("keys/rotate/preview")).await
}

pub async fn complete(agent: &Agent, key: &str) -> Answer {
    agent.client.post("/v1/keys/rotate", &json!({ "new_public_key": key })).await
}

pub async fn node(h: &Harness, agent: &Agent) -> Value {
    h.admin.get(&format!("/v1/nodes/{}", agent.node_id)).await.expect(200)
}

/// What the outbox holds of the Node from these types, in order.
pub async fn told(h: &Harness, agent: &Agent, types: &str) -> Vec<Value> {
    let rows = h
        .rows(&format!(
            "SELECT event_type, scope_kind, scope_id, payload FROM outbox \
             WHERE payload->>'node_id' = '{}' AND event_type IN ({types}) ORDER BY position",
            agent.node_id
        ))
        .await;
    rows.into_iter().collect()
}

const ROTATION: &str = "'rotate_keys', 'peer_key_rotated'";

async fn states(h: &Harness, agent: &Agent) -> Vec<String> {
    let rows =
        h.rows(&format!("SELECT state FROM peer_key_rotations WHERE node_id = '{}' ORDER BY id", agent.node_id)).await;
    rows.into_iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
}

/// What the Node's heartbeat is answered: whether to rotate, and why.
async fn hint(h: &Harness, agent: &Agent) -> (Value, Value) {
    let answer = agent.heartbeat(h.clock.now()).await.expect(200);
    (answer["rotate_keys"].clone(), answer["rotate_keys_reason"].clone())
}

async fn mesh_version(h: &Harness) -> i64 {
    h.count("SELECT sum(mesh_version) FROM domains").await
}

#[tokio::test]
async fn a_rotation_goes_from_its_trigger_to_a_receipt() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let peer = h.enrol(&project, "web-2").await;
    let id = &agent.node_id;
    assert_eq!(node(&h, &agent).await["pending_rotation_age_seconds"], Value::Null);
    assert_eq!(hint(&h, &agent).await, (json!(false), Value::Null));
    let version = mesh_version(&h).await;

    let triggered = trigger(&h, &agent).await.expect(200);
    assert_eq!(triggered["already_pending"], false);
    let live = format!("SELECT id FROM peers WHERE node_id = '{id}' AND retired_at IS NULL");
    assert_eq!(triggered["peer_id"], h.rows(&live).await[0]["id"]);
    h.clock.advance(TimeDelta::seconds(7));
    let again = trigger(&h, &agent).await.expect(200);
    assert_eq!(
        again,
        json!({ "rotation_id": triggered["rotation_id"], "peer_id": triggered["peer_id"], "already_pending": true })
    );
    assert_eq!(
        told(&h, &agent, ROTATION).await,
        [json!({ "event_type": "rotate_keys", "scope_kind": "node", "scope_id": id,
            "payload": { "node_id": id, "rotation_id": triggered["rotation_id"] } })]
    );
    assert_eq!(node(&h, &agent).await["pending_rotation_age_seconds"], 7);
    assert_eq!(hint(&h, &agent).await, (json!(true), json!("mesh_key")));
    assert_eq!(hint(&h, &peer).await, (json!(false), Value::Null));
    assert_eq!(mesh_version(&h).await, version, "peers see nothing of a trigger");

    let key = public_key();
    let receipt = complete(&agent, &key).await.expect(200);
    assert_eq!(receipt["rotation_id"], triggered["rotation_id"]);
    assert_eq!(receipt["wrap_key_version"], 1);
    assert_eq!(
        told(&h, &agent, ROTATION).await[1],
        json!({ "event_type": "peer_key_rotated", "scope_kind": "domain", "scope_id": domain, "payload": {
            "node_id": id, "public_key": key, "kid": receipt["kid"], "wrap_key_version": 1, "psk_epoch": 2 } })
    );
    assert_eq!(told(&h, &agent, "'peer_psk_assigned'").await.len(), 1, "a rotation tells of its PSK itself");
    assert_eq!(mesh_version(&h).await, version + 1);
    let after = node(&h, &agent).await;
    assert_eq!((&after["public_key"], &after["pending_rotation_age_seconds"]), (&json!(key), &Value::Null));
    assert_eq!(hint(&h, &agent).await, (json!(false), Value::Null));
    for (what, n) in [
        (format!("pre_shared_keys WHERE node_id = '{id}'"), 2),
        (
            format!(
                "pre_shared_keys WHERE node_id = '{id}' AND retired_at IS NULL AND kid::text = '{}'",
                receipt["kid"].as_str().unwrap()
            ),
            1,
        ),
        (
            format!(
                "audit_entries WHERE object = 'node:{id}' AND action = 'node.rotate_key' AND subject NOT LIKE 'node:%' \
                 AND {}",
                crate::harness::TELLS_OF_A_CHANGE
            ),
            1,
        ),
        (format!("audit_entries WHERE action = 'node.complete_key_rotation' AND subject = 'node:{id}'"), 1),
        (format!("peers WHERE node_id = '{id}'"), 1),
    ] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {what}")).await, n, "{what}");
    }
    // What a peer pulls has both: the key and the epoch.
    let state = peer.client.get(&peer.path("state")).await.expect(200);
    assert_eq!((&state["peers"][0]["public_key"], &state["peers"][0]["psk_epoch"]), (&json!(key), &json!(2)));
    assert_eq!(agent.client.get(&agent.path("state")).await.expect(200)["psk_epoch"], 2);
    h.stop().await;
}

#[tokio::test]
async fn the_same_key_again_is_answered_with_the_same_receipt_and_tells_nobody() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    trigger(&h, &agent).await.expect(200);
    let key = public_key();
    let receipt = complete(&agent, &key).await.expect(200);
    let before = (mesh_version(&h).await, h.count("SELECT count(*) FROM outbox").await);
    let audited = h.count("SELECT count(*) FROM audit_entries").await;
    assert_eq!(complete(&agent, &key).await.expect(200), receipt);
    // Another replica, or this one after a restart, knows no more than the database.
    let replica = h.replica().await;
    let there = agent.client.at(replica.address());
    assert_eq!(there.post("/v1/keys/rotate", &json!({ "new_public_key": key })).await.expect(200), receipt);
    replica.stop(std::time::Duration::from_secs(5)).await;
    // Also while the next one is pending, and after it has passed.
    trigger(&h, &agent).await.expect(200);
    assert_eq!(complete(&agent, &key).await.expect(200), receipt);
    assert_eq!((mesh_version(&h).await, h.count("SELECT count(*) FROM outbox").await - 1), before);
    assert_eq!(h.count("SELECT count(*) FROM audit_entries").await - 1, audited);
    // A receipt of a rotation whose key is no longer the present one is not given again.
    complete(&agent, &public_key()).await.expect(200);
    complete(&agent, &key).await.refused(409, "keys_rotate_no_pending_rotation");
    h.stop().await;
}

#[tokio::test]
async fn a_completion_is_refused_in_the_order_of_its_codes() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let sibling = h.enrol(&project, "web-2").await;
    let own = node(&h, &agent).await["public_key"].as_str().unwrap().to_owned();
    let taken = node(&h, &sibling).await["public_key"].as_str().unwrap().to_owned();
    let low = |first: u8| {
        let mut bytes = [0; 32];
        bytes[0] = first;
        STANDARD.encode(bytes)
    };
    for malformed in [
        json!({}),
        json!({ "new_public_key": null }),
        json!({ "new_public_key": 7 }),
        json!({ "new_public_key": own, "more": 1 }),
    ] {
        agent.client.post("/v1/keys/rotate", &malformed).await.refused(400, "malformed_keys_rotate_request");
    }
    h.admin.post_empty(&agent.path("drain")).await.expect(204);
    // Whatever the state, a key that is none comes first.
    // The same key with the bit that nobody reads, and a number that is not below the prime.
    let mut again: Vec<u8> = STANDARD.decode(&own).unwrap();
    again[31] |= 0x80;
    let again = STANDARD.encode(again);
    for invalid in [
        "",
        "AAAA",
        "not base64!",
        &low(0),
        &low(1),
        &own[..43],
        &format!("{own}="),
        &STANDARD.encode([7; 33]),
        &again,
        &STANDARD.encode([0xff; 32]),
    ] {
        let problem = complete(&agent, invalid).await.refused(422, "keys_rotate_public_key_invalid");
        assert_eq!(problem["field"], "new_public_key");
    }
    for key in [&own, &taken, &public_key()] {
        complete(&agent, key).await.refused(404, "keys_rotate_peer_not_found");
    }
    trigger(&h, &agent).await.refused(409, "node_has_no_live_peer");
    preview(&h, &agent).await.refused(409, "node_has_no_live_peer");
    h.admin.post_empty(&agent.path("undrain")).await.expect(204);
    complete(&agent, &own).await.refused(422, "keys_rotate_public_key_unchanged");
    complete(&agent, &taken).await.refused(409, "keys_rotate_no_pending_rotation");
    complete(&agent, &public_key()).await.refused(409, "keys_rotate_no_pending_rotation");
    trigger(&h, &agent).await.expect(200);
    complete(&agent, &own).await.refused(422, "keys_rotate_public_key_unchanged");
    complete(&agent, &taken).await.refused(409, "keys_rotate_public_key_in_use");
    assert_eq!(states(&h, &agent).await, ["pending"], "who was refused may try again");
    complete(&agent, &public_key()).await.expect(200);
    // The key of a Node in another Domain is nobody's business.
    let elsewhere = h.domain("other", "10.30.0.0/16").await;
    let elsewhere = h.project(&elsewhere, "team").await;
    let stranger = h.enrol(&elsewhere, "web-1").await;
    trigger(&h, &stranger).await.expect(200);
    complete(&stranger, &taken).await.expect(200);
    let nobody = Uuid::now_v7();
    h.admin.post_empty(&format!("/v1/nodes/{nobody}/keys/rotate")).await.refused(404, "node_not_found");
    h.admin.get(&format!("/v1/nodes/{nobody}/keys/rotate/preview")).await.refused(404, "node_not_found");
    h.stop().await;
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_without_looking_at_the_database() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    agent.heartbeat(h.clock.now()).await.expect(200);
    // Whoever looked would wait, or fail.
    h.sql("ALTER TABLE nodes RENAME TO away").await;
    complete(&agent, "AAAA").await.refused(422, "keys_rotate_public_key_invalid");
    assert!(complete(&agent, &public_key()).await.status.is_server_error());
    h.sql("ALTER TABLE away RENAME TO nodes").await;
    h.stop().await;
}

#[tokio::test]
async fn leaving_the_mesh_and_enrolling_again_supersede_a_pending_rotation() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    trigger(&h, &agent).await.expect(200);
    h.admin.post_empty(&agent.path("drain")).await.expect(204);
    assert_eq!(states(&h, &agent).await, ["superseded"]);
    assert_eq!(hint(&h, &agent).await, (json!(false), Value::Null));
    assert_eq!(node(&h, &agent).await["pending_rotation_age_seconds"], Value::Null);
    h.admin.post_empty(&agent.path("undrain")).await.expect(204);
    complete(&agent, &public_key()).await.refused(409, "keys_rotate_no_pending_rotation");

    // A rotation that was completed before does not answer for a key that an enrolment set.
    h.clock.advance(TimeDelta::seconds(1));
    trigger(&h, &agent).await.expect(200);
    let key = public_key();
    complete(&agent, &key).await.expect(200);
    h.clock.advance(TimeDelta::seconds(1));
    trigger(&h, &agent).await.expect(200);
    let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
    let mut body = registration(&project, "any", &h.bootstrap_token_with(&project, bound).await);
    body["public_key"] = json!(key);
    let agent = Agent::from_registration(&h.anonymous(), h.anonymous().post("/v1/register", &body).await.expect(201));
    assert_eq!(states(&h, &agent).await, ["superseded", "completed", "superseded"]);
    assert_eq!(hint(&h, &agent).await, (json!(false), Value::Null));
    complete(&agent, &key).await.refused(422, "keys_rotate_public_key_unchanged");

    h.clock.advance(TimeDelta::seconds(1));
    trigger(&h, &agent).await.expect(200);
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    assert_eq!(states(&h, &agent).await[3], "superseded");
    trigger(&h, &agent).await.refused(404, "node_not_found");
    preview(&h, &agent).await.refused(404, "node_not_found");
    h.stop().await;
}

#[tokio::test]
async fn a_rotation_that_nobody_completes_expires_by_the_clock() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    h.sql(&format!("UPDATE domains SET rotation_expiry_seconds = 300 WHERE id = '{domain}'")).await;
    let agent = h.enrol(&project, "web-1").await;
    let first = trigger(&h, &agent).await.expect(200)["rotation_id"].clone();
    h.clock.advance(TimeDelta::milliseconds(299_999));
    assert_eq!(trigger(&h, &agent).await.expect(200)["already_pending"], true);
    assert_eq!(hint(&h, &agent).await.1, "mesh_key");
    h.clock.advance(TimeDelta::milliseconds(1));
    // Nothing has been written down, and yet it is over for everybody.
    assert_eq!(states(&h, &agent).await, ["pending"]);
    assert_eq!(hint(&h, &agent).await, (json!(false), Value::Null));
    assert_eq!(node(&h, &agent).await["pending_rotation_age_seconds"], Value::Null);
    assert_eq!(preview(&h, &agent).await.expect(200)["already_pending"], false);
    complete(&agent, &public_key()).await.refused(409, "keys_rotate_no_pending_rotation");
    let second = trigger(&h, &agent).await.expect(200);
    assert_eq!(second["already_pending"], false);
    assert_ne!(second["rotation_id"], first);
    assert_eq!(states(&h, &agent).await, ["superseded", "pending"]);
    h.step("rotation_sweeper").await;
    assert_eq!(states(&h, &agent).await, ["superseded", "pending"]);
    h.clock.advance(TimeDelta::seconds(300));
    for _ in 0..2 {
        h.step("rotation_sweeper").await;
        assert_eq!(states(&h, &agent).await, ["superseded", "expired"]);
    }
    let audited = "SELECT count(*) FROM audit_entries WHERE action = 'node.expire_key_rotation' AND subject = 'system'";
    assert_eq!(h.count(audited).await, 1);
    assert_eq!(told(&h, &agent, ROTATION).await.len(), 2, "expiry tells nobody");
    trigger(&h, &agent).await.expect(200);
    complete(&agent, &public_key()).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn of_two_reasons_to_rotate_the_nsk_is_told() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    trigger(&h, &agent).await.expect(200);
    h.admin.post_empty(&agent.path("nsk/flag")).await.expect(204);
    assert_eq!(hint(&h, &agent).await, (json!(true), json!("nsk")));
    complete(&agent, &public_key()).await.expect(200);
    assert_eq!(hint(&h, &agent).await, (json!(true), json!("nsk")));
    h.stop().await;
}

/// The rows of every table but the audit log and what ticks by itself.
async fn everything(h: &Harness) -> Vec<(String, Vec<Value>)> {
    let tables = h
        .rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('audit_entries', 'installation', 'leases', 'api_tokens') ORDER BY 1")
        .await;
    let mut all = Vec::new();
    for table in tables {
        let table = table["tablename"].as_str().unwrap().to_owned();
        let rows = h.rows(&format!("SELECT * FROM {table} t ORDER BY t::text")).await;
        all.push((table, rows));
    }
    all
}

#[tokio::test]
async fn a_preview_is_what_the_trigger_does_and_writes_nothing_but_who_looked() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let mut peers = Vec::new();
    for n in 2..5 {
        peers.push(h.enrol(&project, &format!("web-{n}")).await.node_id);
    }
    let drained = h.enrol(&project, "web-5").await;
    h.admin.post_empty(&drained.path("drain")).await.expect(204);
    let elsewhere = h.domain("other", "10.30.0.0/16").await;
    let elsewhere = h.project(&elsewhere, "team").await;
    h.enrol(&elsewhere, "web-1").await;
    peers.sort();
    let kid = told(&h, &agent, "'peer_psk_assigned'").await[0]["payload"]["kid"].clone();

    let before = everything(&h).await;
    let audited = h.count("SELECT count(*) FROM audit_entries").await;
    let looked = preview(&h, &agent).await.expect(200);
    assert_eq!(everything(&h).await, before);
    assert_eq!(h.count("SELECT count(*) FROM audit_entries").await, audited + 1);
    let entry = h.rows("SELECT action, object, decision FROM audit_entries ORDER BY id DESC LIMIT 1").await;
    let object = format!("node:{}", agent.node_id);
    assert_eq!(entry[0], json!({ "action": "node.preview_key_rotation", "object": object, "decision": "allowed" }));

    let edges: Vec<Value> = peers
        .iter()
        .map(|peer| json!({ "peer_node_id": peer, "current_kid": kid, "current_wrap_key_version": 1 }))
        .collect();
    assert_eq!((&looked["affected_edges"], &looked["affected_peer_count"]), (&json!(edges), &json!(3)));
    // Nobody streams: an interval for the Node, a second for its key, an interval and a second for its peers.
    assert_eq!(looked["estimated_duration_seconds"], 62);
    assert_eq!(looked["node_id"], json!(agent.node_id));

    let triggered = trigger(&h, &agent).await.expect(200);
    for member in ["peer_id", "already_pending"] {
        assert_eq!(triggered[member], looked[member], "{member}");
    }
    let looked = preview(&h, &agent).await.expect(200);
    assert_eq!(looked["already_pending"], trigger(&h, &agent).await.expect(200)["already_pending"]);
    // What was shown as about to be issued anew is what the completion retires.
    let receipt = complete(&agent, &public_key()).await.expect(200);
    let retired = h
        .rows(&format!(
            "SELECT kid FROM pre_shared_keys WHERE node_id = '{}' AND retired_at IS NOT NULL",
            agent.node_id
        ))
        .await;
    assert_eq!(retired, [json!({ "kid": looked["affected_edges"][0]["current_kid"] })]);
    assert_eq!(preview(&h, &agent).await.expect(200)["affected_edges"][0]["current_kid"], receipt["kid"]);
    h.stop().await;
}

#[tokio::test]
async fn streams_carry_both_events_and_are_counted_on() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let peers = [h.enrol(&project, "web-2").await, h.enrol(&project, "web-3").await];
    h.relayed().await;
    let estimate = async || preview(&h, &agent).await.expect(200)["estimated_duration_seconds"].as_i64().unwrap();
    assert_eq!(estimate().await, 62);
    let mut operators = h.admin.follow(&agent.path("events"), None).await;
    assert_eq!(estimate().await, 62, "what an operator reads makes no Node hear of it");
    let mut own = agent.client.follow(&agent.path("events"), None).await;
    assert_eq!(estimate().await, 32);
    let mut first = peers[0].client.follow(&peers[0].path("events"), None).await;
    assert_eq!(estimate().await, 32, "the other one hears of it with a heartbeat");
    let mut second = peers[1].client.follow(&peers[1].path("events"), None).await;
    assert_eq!(estimate().await, 2);

    let rotation = trigger(&h, &agent).await.expect(200)["rotation_id"].clone();
    h.relayed().await;
    for stream in [&mut own, &mut operators] {
        let event = stream.event().await;
        assert_eq!((event.event_type(), &event.envelope()["payload"]["rotation_id"]), ("rotate_keys", &rotation));
    }
    let key = public_key();
    complete(&agent, &key).await.expect(200);
    h.relayed().await;
    for stream in [&mut own, &mut operators, &mut first, &mut second] {
        let event = stream.event().await;
        assert_eq!((event.event_type(), &event.envelope()["payload"]["public_key"]), ("peer_key_rotated", &json!(key)));
    }
    drop(own);
    h.stop().await;
}

#[tokio::test]
async fn operators_of_other_projects_and_nodes_trigger_nothing() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let stranger = h.client_of(&format!("user:{}", Uuid::now_v7())).await;
    for id in [agent.node_id.clone(), Uuid::now_v7().to_string()] {
        let path = format!("/v1/nodes/{id}/keys/rotate");
        stranger.post_empty(&path).await.refused(403, "insufficient_relation");
        stranger.get(&format!("{path}/preview")).await.refused(403, "insufficient_relation");
        agent.client.post_empty(&path).await.refused(401, "unauthenticated");
    }
    h.admin.post("/v1/keys/rotate", &json!({ "new_public_key": public_key() })).await.refused(401, "unauthorized");
    h.anonymous().send(h.anonymous().request(Method::POST, "/v1/keys/rotate")).await.refused(401, "unauthorized");
    assert_eq!(states(&h, &agent).await, [""; 0]);
    h.stop().await;
}

#[tokio::test]
async fn a_receipt_is_shown_for_the_key_that_its_rotation_set_only() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let id = &agent.node_id;
    let key = public_key();
    trigger(&h, &agent).await.expect(200);
    let receipt = complete(&agent, &key).await.expect(200);
    assert_eq!(complete(&agent, &key).await.expect(200), receipt);
    // A replica of before, which knows nothing of rotations, lets the Node enrol again.
    let other = public_key();
    h.sql(&format!("UPDATE nodes SET public_key = decode('{other}', 'base64') WHERE id = '{id}'")).await;
    complete(&agent, &other).await.refused(422, "keys_rotate_public_key_unchanged");
    complete(&agent, &key).await.refused(409, "keys_rotate_no_pending_rotation");
    // One that was completed before keys were kept is shown as it was then.
    h.sql(&format!("UPDATE nodes SET public_key = decode('{key}', 'base64') WHERE id = '{id}'")).await;
    h.sql("UPDATE peer_key_rotations SET public_key = NULL").await;
    assert_eq!(complete(&agent, &key).await.expect(200), receipt);
    h.stop().await;
}

#[tokio::test]
async fn a_rotation_that_a_drain_left_pending_ends_when_the_node_comes_back() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    trigger(&h, &agent).await.expect(200);
    h.admin.post_empty(&agent.path("drain")).await.expect(204);
    // As a replica that knows nothing of rotations leaves it.
    h.sql("UPDATE peer_key_rotations SET state = 'pending', ended_at = NULL").await;
    h.sql("UPDATE node_liveness SET rotation_pending_until = (SELECT max(expires_at) FROM peer_key_rotations)").await;
    assert_eq!(hint(&h, &agent).await.0, json!(true));
    h.admin.post_empty(&agent.path("undrain")).await.expect(204);
    assert_eq!(states(&h, &agent).await, ["superseded"]);
    assert_eq!(hint(&h, &agent).await, (json!(false), Value::Null));
    complete(&agent, &public_key()).await.refused(409, "keys_rotate_no_pending_rotation");
    h.stop().await;
}

#[tokio::test]
async fn rotations_that_came_to_nothing_are_forgotten_after_a_month_and_receipts_never() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let key = public_key();
    trigger(&h, &agent).await.expect(200);
    let receipt = complete(&agent, &key).await.expect(200);
    // Ids are in the order of time.
    h.clock.advance(TimeDelta::seconds(1));
    trigger(&h, &agent).await.expect(200);
    h.admin.post_empty(&agent.path("drain")).await.expect(204);
    h.admin.post_empty(&agent.path("undrain")).await.expect(204);
    h.clock.advance(TimeDelta::seconds(1));
    trigger(&h, &agent).await.expect(200);
    h.clock.advance(TimeDelta::days(29));
    h.step("rotation_sweeper").await;
    trigger(&h, &agent).await.expect(200);
    let before = states(&h, &agent).await;
    assert_eq!(before, ["completed", "superseded", "expired", "pending"]);
    h.step("housekeeping").await;
    assert_eq!(states(&h, &agent).await, before);
    h.clock.advance(TimeDelta::days(2));
    h.step("housekeeping").await;
    assert_eq!(states(&h, &agent).await, ["completed", "expired", "pending"]);
    assert_eq!(complete(&agent, &key).await.expect(200), receipt);
    h.stop().await;
}
