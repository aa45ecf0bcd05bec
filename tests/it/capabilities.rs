//! Capability manifests: what a put changes, what it refuses, and that rows and events always agree.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use http::Method;
use plexsphere::contract::Contract;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bodies::{gzip, padded};
use crate::harness::{Agent, Answer, Client, Harness};

const SUM: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const OTHER_SUM: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const CAP: usize = 32 * 1024;

async fn one_agent() -> (Harness, String, Agent) {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    (h, project, agent)
}

fn plain() -> Value {
    json!({ "binary_version": "1.2.3", "binary_checksum": SUM })
}

/// `plain` with other members.
fn with(members: Value) -> Value {
    let mut body = plain();
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

async fn put(agent: &Agent, body: &Value) -> Answer {
    agent.client.send_json(Method::PUT, &agent.path("capabilities"), body).await
}

/// What a put that is taken changed.
async fn changed(agent: &Agent, body: &Value) -> (Value, bool) {
    let answer = put(agent, body).await.expect(200);
    (answer["fields_changed"].clone(), answer["host_key_changed"].as_bool().unwrap())
}

async fn listed(client: &Client, project: &str) -> Vec<Value> {
    let page = client.get(&format!("/v1/projects/{project}/capabilities")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

async fn events(h: &Harness) -> Vec<Value> {
    h.rows(
        "SELECT scope_kind, scope_id, domain_id, payload FROM outbox WHERE event_type = 'node_capabilities_updated' \
         ORDER BY position",
    )
    .await
}

#[tokio::test]
async fn a_first_manifest_is_recorded_told_and_listed() {
    let (h, project, agent) = one_agent().await;
    assert_eq!(listed(&h.admin, &project).await, Vec::<Value>::new());
    let body = with(json!({
        "ssh_host_key_fingerprint": "SHA256:abc",
        "declared_hooks": [{ "name": "b", "checksum": SUM }, { "name": "a", "checksum": OTHER_SUM }],
        "plexd_hooks": [{
            "name": "p", "image_digest": digest('a'), "parameters": { "z": "1", "": "" }, "timeout_seconds": 0,
            "sandbox": "gvisor",
        }],
        "builtin_actions": [
            { "name": "z" },
            { "name": "y", "description": "d", "parameters": [
                { "name": "n", "type": "duration", "required": false, "default": "5s", "description": "how long" },
                { "name": "m" },
            ] },
        ],
    }));
    let answer = put(&agent, &body).await.expect(200);
    let all = json!([
        "binary_checksum",
        "binary_version",
        "builtin_actions",
        "declared_hooks",
        "plexd_hooks",
        "ssh_host_key_fingerprint"
    ]);
    assert_eq!((&answer["fields_changed"], &answer["host_key_changed"]), (&all, &json!(true)));
    let mut expected = body.clone();
    expected["declared_hooks"].as_array_mut().unwrap().reverse();
    expected["builtin_actions"].as_array_mut().unwrap().reverse();
    expected["node_id"] = json!(agent.node_id);
    expected["updated_at"] = answer["accepted_at"].clone();
    assert_eq!(listed(&h.admin, &project).await, [expected]);

    let domain = h.rows("SELECT id FROM domains").await[0]["id"].clone();
    let expected = json!({
        "scope_kind": "operators", "scope_id": domain, "domain_id": domain,
        "payload": {
            "node_id": agent.node_id, "fields_changed": all, "host_key_changed": true, "binary_checksum": SUM,
            "ssh_host_key_fingerprint": "SHA256:abc", "updated_at": answer["accepted_at"],
        },
    });
    assert_eq!(events(&h).await, [expected]);
    let audited = h
        .rows(
            "SELECT domain_id, subject, object, decision, reason FROM audit_entries WHERE action = 'node.capabilities'",
        )
        .await;
    let node = format!("node:{}", agent.node_id);
    assert_eq!(
        audited,
        [json!({
            "domain_id": domain, "subject": node, "object": node, "decision": "allowed",
            "reason": "changed binary_checksum, binary_version, builtin_actions, declared_hooks, plexd_hooks, ssh_host_key_fingerprint",
        })]
    );
    h.stop().await;
}

#[tokio::test]
async fn the_same_manifest_again_writes_nothing() {
    let (h, _, agent) = one_agent().await;
    let hook = |name: &str| json!({ "name": name, "checksum": SUM });
    let image = |name: &str| json!({ "name": name, "image_digest": digest('0') });
    let body = with(json!({
        "declared_hooks": [hook("a"), hook("b"), hook("c")], "plexd_hooks": [image("a"), image("b")],
        "builtin_actions": [{ "name": "a" }, { "name": "b" }],
    }));
    put(&agent, &body).await.expect(200);
    let state = async || {
        let row = h.rows("SELECT xmin::text, xmax::text, ctid::text, * FROM node_capabilities").await;
        let events = h.count("SELECT count(*) FROM outbox").await;
        (row, events, h.count("SELECT count(*) FROM audit_entries").await)
    };
    let before = state().await;
    h.clock.advance(TimeDelta::seconds(1));
    for same in [
        body.clone(),
        // Order does not matter, and what is null, empty or left out is the same.
        with(json!({
            "declared_hooks": [hook("c"), hook("a"), hook("b")], "plexd_hooks": [image("b"), image("a")],
            "builtin_actions": [{ "name": "b", "parameters": [] }, { "name": "a", "description": null }],
            "ssh_host_key_fingerprint": "",
        })),
        with(json!({
            "declared_hooks": [hook("b"), hook("c"), hook("a")],
            "plexd_hooks": [{ "name": "a", "image_digest": digest('0'), "parameters": {} }, image("b")],
            "builtin_actions": [{ "name": "a" }, { "name": "b" }], "ssh_host_key_fingerprint": null,
        })),
    ] {
        let answer = put(&agent, &same).await.expect(200);
        assert_eq!((&answer["fields_changed"], &answer["host_key_changed"]), (&json!([]), &json!(false)));
        assert_eq!(state().await, before);
    }
    h.stop().await;
}

#[tokio::test]
async fn each_member_is_told_when_it_changes_and_the_list_is_sorted() {
    let (h, _, agent) = one_agent().await;
    let key = |text: &str| with(json!({ "ssh_host_key_fingerprint": text }));
    assert_eq!(changed(&agent, &plain()).await, (json!(["binary_checksum", "binary_version"]), false));
    // The host key: set, changed, unset, and unset again.
    for (body, fields, host_key) in [
        (key("SHA256:abc"), json!(["ssh_host_key_fingerprint"]), true),
        (key("SHA256:abd"), json!(["ssh_host_key_fingerprint"]), true),
        (key(""), json!(["ssh_host_key_fingerprint"]), true),
        (plain(), json!([]), false),
        (with(json!({ "binary_version": "2" })), json!(["binary_version"]), false),
        (with(json!({ "binary_version": "2 " })), json!(["binary_version"]), false),
        (
            with(json!({ "binary_checksum": OTHER_SUM, "declared_hooks": [{ "name": "a", "checksum": SUM }] })),
            json!(["binary_checksum", "binary_version", "declared_hooks"]),
            false,
        ),
        (
            with(json!({ "binary_checksum": OTHER_SUM, "declared_hooks": [{ "name": "a", "checksum": OTHER_SUM }] })),
            json!(["declared_hooks"]),
            false,
        ),
        (
            with(json!({ "plexd_hooks": [{ "name": "a", "image_digest": digest('0') }] })),
            json!(["binary_checksum", "declared_hooks", "plexd_hooks"]),
            false,
        ),
        (
            with(json!({ "plexd_hooks": [{ "name": "a", "image_digest": digest('0'), "timeout_seconds": 0 }] })),
            json!(["plexd_hooks"]),
            false,
        ),
        (
            with(json!({ "ssh_host_key_fingerprint": "SHA256:x=", "builtin_actions": [{ "name": "a" }] })),
            json!(["builtin_actions", "plexd_hooks", "ssh_host_key_fingerprint"]),
            true,
        ),
        (
            with(json!({
                "ssh_host_key_fingerprint": "SHA256:x=",
                "builtin_actions": [{ "name": "a", "parameters": [{ "name": "n", "required": false }] }],
            })),
            json!(["builtin_actions"]),
            false,
        ),
    ] {
        assert_eq!(changed(&agent, &body).await, (fields, host_key), "{body}");
    }
    assert_eq!(events(&h).await.len(), 12);
    h.stop().await;
}

/// Bodies that are refused, by the code that they are refused with.
fn bad_bodies() -> Vec<(&'static str, String)> {
    let long = "v".repeat(4097);
    let hooks = |n: usize| (0..n).map(|n| json!({ "name": n.to_string(), "checksum": SUM })).collect::<Vec<_>>();
    let images =
        |n: usize| (0..n).map(|n| json!({ "name": n.to_string(), "image_digest": digest('0') })).collect::<Vec<_>>();
    let actions = |n: usize| (0..n).map(|n| json!({ "name": n.to_string() })).collect::<Vec<_>>();
    let hook = |entry: Value| json!({ "declared_hooks": [{ "name": "fine", "checksum": SUM }, entry] });
    let image = |entry: Value| json!({ "plexd_hooks": [{ "name": "fine", "image_digest": digest('0') }, entry] });
    let action = |entry: Value| json!({ "builtin_actions": [{ "name": "fine" }, entry] });
    let parameters: Vec<Value> = (0..65).map(|n| json!({ "name": n.to_string() })).collect();
    let members = vec![
        ("malformed_capabilities_request", json!({ "unknown": 1 })),
        ("malformed_capabilities_request", json!({ "binary_version": 1 })),
        ("malformed_capabilities_request", json!({ "binary_checksum": [] })),
        ("malformed_capabilities_request", json!({ "ssh_host_key_fingerprint": true })),
        ("malformed_capabilities_request", json!({ "binary_version": "a\0b" })),
        ("malformed_capabilities_request", json!({ "declared_hooks": {} })),
        ("malformed_capabilities_request", json!({ "declared_hooks": [null] })),
        ("malformed_capabilities_request", hook(json!({ "name": "a", "checksum": SUM, "more": 1 }))),
        ("malformed_capabilities_request", image(json!({ "name": "a", "parameters": { "a": 1 } }))),
        ("malformed_capabilities_request", image(json!({ "name": "a", "parameters": { "a": null } }))),
        ("malformed_capabilities_request", image(json!({ "name": "a", "timeout_seconds": 1.5 }))),
        ("malformed_capabilities_request", image(json!({ "name": "a", "timeout_seconds": u64::MAX }))),
        ("malformed_capabilities_request", image(json!({ "name": "a", "sandbox": {} }))),
        ("malformed_capabilities_request", action(json!({ "name": "a", "parameters": {} }))),
        (
            "malformed_capabilities_request",
            action(json!({ "name": "a", "parameters": [{ "name": "a", "required": 1 }] })),
        ),
        ("binary_version_empty", json!({ "binary_version": null })),
        ("binary_version_empty", json!({ "binary_version": "" })),
        ("binary_version_empty", json!({ "binary_version": " \t\u{2003}" })),
        ("binary_version_empty", json!({ "binary_version": long })),
        ("binary_checksum_invalid", json!({ "binary_checksum": null })),
        ("binary_checksum_invalid", json!({ "binary_checksum": "" })),
        ("binary_checksum_invalid", json!({ "binary_checksum": "ab".repeat(32) })),
        ("binary_checksum_invalid", json!({ "binary_checksum": &SUM[..43] })),
        ("binary_checksum_invalid", json!({ "binary_checksum": "AAAA" })),
        ("ssh_host_key_fingerprint_invalid", json!({ "ssh_host_key_fingerprint": "SHA256:" })),
        ("ssh_host_key_fingerprint_invalid", json!({ "ssh_host_key_fingerprint": " " })),
        ("ssh_host_key_fingerprint_invalid", json!({ "ssh_host_key_fingerprint": "MD5:aa:bb" })),
        ("ssh_host_key_fingerprint_invalid", json!({ "ssh_host_key_fingerprint": "SHA256:abc===" })),
        ("ssh_host_key_fingerprint_invalid", json!({ "ssh_host_key_fingerprint": "SHA256:abc\n" })),
        ("declared_hooks_too_many", json!({ "declared_hooks": hooks(129) })),
        ("declared_hooks_too_many", json!({ "declared_hooks": vec![json!({}); 200] })),
        ("declared_hook_invalid", hook(json!({}))),
        ("declared_hook_invalid", hook(json!({ "name": " ", "checksum": SUM }))),
        ("declared_hook_invalid", hook(json!({ "name": "a", "checksum": null }))),
        ("declared_hook_invalid", hook(json!({ "name": "a", "checksum": "x" }))),
        ("declared_hook_duplicate", hook(json!({ "name": "fine", "checksum": SUM }))),
        ("declared_hook_duplicate", hook(json!({ "name": "fine", "checksum": OTHER_SUM }))),
        ("plexd_hooks_too_many", json!({ "plexd_hooks": images(129) })),
        ("plexd_hooks_too_many", json!({ "plexd_hooks": vec![json!({}); 129] })),
        ("plexd_hook_invalid", image(json!({ "name": "", "image_digest": digest('0') }))),
        ("plexd_hook_invalid", image(json!({ "name": "a" }))),
        ("plexd_hook_invalid", image(json!({ "name": "a", "image_digest": digest('A') }))),
        ("plexd_hook_invalid", image(json!({ "name": "a", "image_digest": &digest('0')[..70] }))),
        ("plexd_hook_invalid", image(json!({ "name": "a", "image_digest": digest('0'), "timeout_seconds": -1 }))),
        ("plexd_hook_duplicate", image(json!({ "name": "fine", "image_digest": digest('0') }))),
        ("plexd_hook_duplicate", image(json!({ "name": "fine", "image_digest": digest('1') }))),
        ("builtin_actions_too_many", json!({ "builtin_actions": actions(129) })),
        ("builtin_actions_too_many", json!({ "builtin_actions": vec![json!({}); 1000] })),
        ("builtin_action_invalid", action(json!({ "description": "nameless" }))),
        ("builtin_action_invalid", action(json!({ "name": "\u{a0}" }))),
        ("builtin_action_invalid", action(json!({ "name": long }))),
        ("builtin_action_invalid", action(json!({ "name": "a", "parameters": parameters }))),
        ("builtin_action_invalid", action(json!({ "name": "a", "parameters": [{ "type": "duration" }] }))),
        ("builtin_action_duplicate", action(json!({ "name": "fine" }))),
        ("builtin_action_duplicate", action(json!({ "name": "fine", "description": "again" }))),
    ];
    let mut bodies: Vec<(&str, String)> =
        members.into_iter().map(|(code, members)| (code, with(members).to_string())).collect();
    for text in ["", "[]", "null", "{\"binary_version\":\"1\",\"binary_version\":\"1\"}"] {
        bodies.push(("malformed_capabilities_request", text.to_owned()));
    }
    bodies.push(("binary_version_empty", "{}".to_owned()));
    bodies
}

/// The codes of an operation's statuses that tell of bad input, but for those that the gate gives.
pub fn codes_of(operation: &str, statuses: &[&str]) -> BTreeMap<String, usize> {
    let contract = Contract::load().unwrap();
    let described = contract.operations.iter().find(|described| described.id == operation).unwrap();
    let codes = statuses.iter().flat_map(|status| described.document["x-codes"][*status].as_array().unwrap());
    codes.map(|code| (code.as_str().unwrap().to_owned(), 0)).filter(|(code, _)| code != "invalid_node_id").collect()
}

#[tokio::test]
async fn bad_manifests_are_refused_by_their_codes_and_leave_nothing() {
    let (h, _, agent) = one_agent().await;
    let mut reached = codes_of("PutNodeCapabilities", &["400", "422"]);
    for (code, body) in bad_bodies() {
        let answer = agent.client.send_bytes(Method::PUT, &agent.path("capabilities"), body.clone()).await;
        let shown = &body[..body.len().min(200)];
        assert_eq!(answer.json()["code"], code, "{shown}");
        *reached.get_mut(code).unwrap_or_else(|| panic!("{code} is not declared")) += 1;
    }
    assert!(reached.values().all(|times| *times >= 2), "{reached:#?}");
    let problem = put(&agent, &with(json!({ "declared_hooks": [{ "name": "a", "checksum": SUM }, {}] }))).await;
    assert_eq!(problem.refused(400, "declared_hook_invalid")["field"], "declared_hooks[1].name");
    assert_eq!(h.count("SELECT count(*) FROM node_capabilities").await, 0);
    assert_eq!(events(&h).await.len(), 0);
    for id in ["x", "00000000-0000-0000-0000-000000000000"] {
        let path = format!("/v1/nodes/{id}/capabilities");
        agent.client.send_json(Method::PUT, &path, &plain()).await.refused(400, "invalid_node_id");
    }
    h.stop().await;
}

#[tokio::test]
async fn lists_and_texts_may_be_exactly_as_long_as_their_limits() {
    let (h, project, agent) = one_agent().await;
    let hooks: Vec<Value> = (0..128).map(|n| json!({ "name": n.to_string(), "checksum": SUM })).collect();
    let images: Vec<Value> = (0..128).map(|n| json!({ "name": n.to_string(), "image_digest": digest('0') })).collect();
    let parameters: Vec<Value> = (0..64).map(|n| json!({ "name": n.to_string() })).collect();
    let mut actions: Vec<Value> = (0..127).map(|n| json!({ "name": n.to_string() })).collect();
    actions.push(json!({ "name": "é".repeat(4096), "parameters": parameters }));
    let lists = json!({ "declared_hooks": hooks, "builtin_actions": actions });
    assert_eq!(changed(&agent, &with(lists)).await.0.as_array().unwrap().len(), 4);
    let texts = json!({
        "binary_version": "é".repeat(4096), "plexd_hooks": images,
        "ssh_host_key_fingerprint": format!("SHA256:{}==", "x".repeat(5000)),
    });
    put(&agent, &with(texts.clone())).await.expect(200);
    let shown = listed(&h.admin, &project).await.remove(0);
    assert_eq!(shown["binary_version"], texts["binary_version"]);
    assert_eq!(shown["ssh_host_key_fingerprint"], texts["ssh_host_key_fingerprint"]);
    assert_eq!(shown["plexd_hooks"].as_array().unwrap().len(), 128);
    h.stop().await;
}

#[tokio::test]
async fn the_cap_holds_however_a_manifest_is_sent() {
    let (h, _, agent) = one_agent().await;
    let path = agent.path("capabilities");
    let body = plain();
    let too_large = "capabilities_body_too_large";
    let send = async |bytes: reqwest::Body| agent.client.send_bytes(Method::PUT, &path, bytes).await;
    let zipped = async |bytes: Vec<u8>| {
        let request = agent.client.request(Method::PUT, &path).header("content-encoding", "gzip");
        agent.client.send(request.body(gzip(&bytes))).await
    };
    let pieces = |length: usize| {
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
            padded(&body, length).chunks(1000).map(|piece| Ok(piece.to_vec())).collect();
        reqwest::Body::wrap_stream(futures_util::stream::iter(pieces))
    };
    send(padded(&body, CAP + 1).into()).await.refused(413, too_large);
    send(pieces(CAP + 1)).await.refused(413, too_large);
    zipped(padded(&body, CAP + 1)).await.refused(413, too_large);
    zipped(padded(&body, 16 << 20)).await.refused(413, too_large);
    assert_eq!(h.count("SELECT count(*) FROM node_capabilities").await, 0);
    send(padded(&body, CAP).into()).await.expect(200);
    send(pieces(CAP)).await.expect(200);
    zipped(padded(&body, CAP)).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_sibling_nodes_nsk_is_refused() {
    let (h, project, agent) = one_agent().await;
    let sibling = h.enrol(&project, "web-2").await;
    for path in [sibling.path("capabilities"), format!("/v1/nodes/{}/capabilities", Uuid::now_v7())] {
        let problem = agent.client.send_json(Method::PUT, &path, &plain()).await.refused(403, "forbidden");
        assert_eq!((&problem["reason"], &problem["relation_path"]), (&json!("out_of_scope"), &json!([])));
    }
    for client in [&h.admin, &h.anonymous()] {
        client.send_json(Method::PUT, &agent.path("capabilities"), &plain()).await.refused(401, "unauthorized");
    }
    assert_eq!(h.count("SELECT count(*) FROM node_capabilities").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn a_node_deregistered_between_the_gate_and_the_write_is_not_found() {
    let (h, _, agent) = one_agent().await;
    put(&agent, &plain()).await.expect(200);
    let mut other = h.db().await;
    other
        .batch_execute(&format!("BEGIN; UPDATE nodes SET deregistered_at = now() WHERE id = '{}'", agent.node_id))
        .await
        .unwrap();
    let body = with(json!({ "binary_version": "2" }));
    let deregistered = async {
        h.until_held_up(1).await;
        other.batch_execute("COMMIT").await.unwrap();
    };
    let (answer, ()) = tokio::join!(put(&agent, &body), deregistered);
    answer.refused(404, "capabilities_node_not_found");
    // What the Node has said before gets no other answer: the manifest that is known is nobody's any more.
    put(&agent, &plain()).await.refused(404, "capabilities_node_not_found");
    assert_eq!(events(&h).await.len(), 1);
    h.stop().await;
}

#[tokio::test]
async fn what_a_node_said_goes_when_it_is_deregistered_and_stays_when_it_enrols_again() {
    let (h, project, agent) = one_agent().await;
    put(&agent, &plain()).await.expect(200);
    let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
    let token = h.bootstrap_token_with(&project, bound).await;
    let again = Agent::enrol(&h.anonymous(), &project, "any", &token).await;
    assert_eq!(changed(&again, &plain()).await, (json!([]), false));
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    assert_eq!(listed(&h.admin, &project).await, Vec::<Value>::new());
    h.admin.delete(&format!("/v1/projects/{project}")).await.expect(204);
    h.stop().await;
}

#[tokio::test]
async fn first_manifests_of_one_node_at_once_take_turns() {
    let (h, project, agent) = one_agent().await;
    let replica = h.replica().await;
    let mut other = h.db().await;
    other.batch_execute("BEGIN; SELECT 1 FROM nodes FOR UPDATE").await.unwrap();
    let bodies: Vec<Value> = (0..4).map(|n| with(json!({ "binary_version": (n / 2).to_string() }))).collect();
    let there = Agent { client: agent.client.at(replica.address()), ..agent.clone() };
    let puts = join_all(bodies.iter().enumerate().map(|(n, body)| put(if n % 2 == 0 { &agent } else { &there }, body)));
    let release = async {
        h.until_held_up(4).await;
        other.batch_execute("ROLLBACK").await.unwrap();
    };
    let (answers, ()) = tokio::join!(puts, release);
    let told: Vec<Value> = answers.iter().map(|answer| answer.expect(200)["fields_changed"].clone()).collect();
    let first = told.iter().filter(|fields| **fields == json!(["binary_checksum", "binary_version"])).count();
    let events = events(&h).await;
    assert_eq!(first, 1, "{told:?}");
    assert_eq!(events.len(), told.iter().filter(|fields| **fields != json!([])).count());
    assert_eq!(listed(&h.admin, &project).await.len(), 1);
    replica.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}

/// Nine manifests that differ in many ways, each known by its checksum and its fingerprint. `turned` is the same one,
/// its lists the other way round.
fn one_of_nine(n: usize, turned: bool) -> Value {
    let sums = [SUM, OTHER_SUM, "//////////////////////////////////////////8="];
    let keys = ["", "SHA256:a", "SHA256:b"];
    let mut hooks: Vec<Value> =
        (0..n % 4).map(|at| json!({ "name": format!("h{at}"), "checksum": sums[(n + at) % 2] })).collect();
    let mut actions: Vec<Value> = (0..n % 3).map(|at| json!({ "name": format!("a{at}") })).collect();
    if turned {
        hooks.reverse();
        actions.reverse();
    }
    json!({
        "binary_checksum": sums[n / 3], "ssh_host_key_fingerprint": keys[n % 3],
        "binary_version": format!("v{}", n % 2), "declared_hooks": hooks, "builtin_actions": actions,
        "plexd_hooks": if n > 5 { json!([{ "name": "p", "image_digest": digest('0') }]) } else { json!([]) },
    })
}

/// What changes from one of the nine to another, as the test sees it.
fn difference(before: Option<usize>, after: usize) -> Value {
    let nothing = json!({
        "binary_checksum": null, "ssh_host_key_fingerprint": "", "binary_version": null, "declared_hooks": [],
        "builtin_actions": [], "plexd_hooks": [],
    });
    let (before, after) = (before.map_or(nothing, |n| one_of_nine(n, false)), one_of_nine(after, false));
    let mut fields: Vec<&String> =
        after.as_object().unwrap().keys().filter(|name| before[*name] != after[*name]).collect();
    fields.sort();
    json!(fields)
}

#[tokio::test]
async fn however_puts_race_the_events_tell_how_the_rows_came_to_be() {
    let h = Harness::start().await;
    let replica = h.replica().await;
    let (_, project) = h.lab().await;
    let agents = [h.enrol(&project, "a").await, h.enrol(&project, "b").await];
    let addresses = [h.address(), replica.address()];
    let known: BTreeMap<(String, String), usize> = (0..9)
        .map(|n| {
            let body = one_of_nine(n, false);
            let text = |member: &str| body[member].as_str().unwrap().to_owned();
            ((text("binary_checksum"), text("ssh_host_key_fingerprint")), n)
        })
        .collect();
    let mut told = [Vec::new(), Vec::new()];
    let mut runner = TestRunner::deterministic();
    for _ in 0..12 {
        let puts =
            vec((0..2_usize, 0..9_usize, any::<bool>(), 0..2_usize), 1..16).new_tree(&mut runner).unwrap().current();
        h.clock.advance(TimeDelta::milliseconds(1));
        let answers = join_all(puts.iter().map(|(agent, manifest, turned, at)| {
            let agent = Agent { client: agents[*agent].client.at(addresses[*at]), ..agents[*agent].clone() };
            let body = one_of_nine(*manifest, *turned);
            async move { put(&agent, &body).await.expect(200) }
        }))
        .await;
        for ((agent, ..), answer) in puts.iter().zip(answers) {
            if answer["fields_changed"] != json!([]) {
                told[*agent].push((answer["fields_changed"].to_string(), answer["host_key_changed"].clone()));
            }
        }
        let all = events(&h).await;
        let shown = listed(&h.admin, &project).await;
        for (agent, told) in agents.iter().zip(&mut told) {
            let of_agent: Vec<&Value> = all
                .iter()
                .map(|event| &event["payload"])
                .filter(|event| event["node_id"] == agent.node_id.as_str())
                .collect();
            let mut last = None;
            for event in &of_agent {
                let text = |member: &str| event[member].as_str().unwrap().to_owned();
                let manifest = known[&(text("binary_checksum"), text("ssh_host_key_fingerprint"))];
                assert_eq!(event["fields_changed"], difference(last, manifest), "{last:?} to {manifest}");
                last = Some(manifest);
            }
            let mut of_events: Vec<(String, Value)> = of_agent
                .iter()
                .map(|event| (event["fields_changed"].to_string(), event["host_key_changed"].clone()))
                .collect();
            let key = |one: &(String, Value)| (one.0.clone(), one.1.as_bool());
            of_events.sort_by_key(key);
            told.sort_by_key(key);
            assert_eq!(&of_events, told, "each change is told once, to the Node and to the operators");
            let row = shown.iter().find(|row| row["node_id"] == agent.node_id.as_str());
            match last {
                None => assert_eq!(row, None),
                Some(last) => {
                    let mut row = row.unwrap().clone();
                    assert_eq!(row["updated_at"], of_agent.last().unwrap()["updated_at"]);
                    let mut expected = one_of_nine(last, false);
                    for member in ["node_id", "updated_at"] {
                        expected[member] = row[member].clone();
                    }
                    if row["ssh_host_key_fingerprint"].is_null() {
                        row["ssh_host_key_fingerprint"] = json!("");
                    }
                    assert_eq!(row, expected);
                }
            }
        }
    }
    replica.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn manifests_are_listed_by_page_for_one_caller_and_one_project() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let sibling = h.project(&domain, "sibling").await;
    let mut ids = Vec::new();
    for n in 0..5 {
        let agent = h.enrol(&project, &format!("n{n}")).await;
        // One of them has nothing to say.
        if n != 2 {
            put(&agent, &plain()).await.expect(200);
            ids.push(agent.node_id);
        }
        h.clock.advance(TimeDelta::milliseconds(1));
    }
    put(&h.enrol(&sibling, "other").await, &plain()).await.expect(200);
    let path = format!("/v1/projects/{project}/capabilities");
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = h.admin.get(&format!("{path}?limit=3{cursor}")).await.expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["node_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        let other = h.operator("platform:plexsphere", "admin").await;
        other.get(&format!("{path}?cursor={next}")).await.refused(400, "invalid_cursor");
        let elsewhere = format!("/v1/projects/{sibling}/capabilities?cursor={next}");
        h.admin.get(&elsewhere).await.refused(400, "invalid_cursor");
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ids);
    h.admin.get(&format!("/v1/projects/{}/capabilities", Uuid::now_v7())).await.refused(404, "project_not_found");

    for (object, relation, sees) in [
        (format!("domain:{domain}"), "admin", true),
        (format!("domain:{domain}"), "viewer", false),
        (format!("project:{project}"), "reader", true),
        (format!("project:{sibling}"), "admin", false),
    ] {
        let operator = h.operator(&object, relation).await;
        let answer = operator.get(&path).await;
        if sees {
            drop(answer.expect(200))
        } else {
            drop(answer.refused(403, "insufficient_relation"))
        }
        let unknown = format!("/v1/projects/{}/capabilities", Uuid::now_v7());
        operator.get(&unknown).await.refused(403, "insufficient_relation");
    }
    h.stop().await;
}
