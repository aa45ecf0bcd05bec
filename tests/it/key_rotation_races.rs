//! Rotations when much happens at once: whatever the order turns out to be, events and rows agree afterwards.

use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use http::Method;
use plexsphere::clock::Clock;
use plexsphere::mesh::wrap_keys::RewrapRefusal;
use plexsphere::postgres::StorageError;
use serde_json::{Value, json};

use crate::harness::agent::{public_key, registration};
use crate::harness::{Agent, Answer, Harness};
use crate::key_rotation::{complete, preview, told, trigger};

const ALL: &str = "'peer_registered', 'peer_psk_assigned', 'peer_deregistered', 'peer_key_rotated', 'rotate_keys'";

/// Whoever folds the Node's events holds what the tables hold: one live key and one live PSK while it is in the mesh,
/// one event for each change. Returns how often peers were told something new of it.
pub async fn events_and_rows_agree(h: &Harness, agent: &Agent) -> i64 {
    let id = &agent.node_id;
    let mut key: Option<Value> = None;
    let mut kid = Value::Null;
    let (mut epoch, mut changes, mut triggered, mut completed) = (0, 0, 0, 0);
    for event in told(h, agent, ALL).await {
        let payload = &event["payload"];
        match event["event_type"].as_str().unwrap() {
            "peer_registered" => {
                changes += 1;
                key = Some(payload["public_key"].clone());
            }
            "peer_deregistered" => {
                changes += 1;
                assert!(key.take().is_some(), "deregistered twice");
            }
            "rotate_keys" => {
                triggered += 1;
                assert!(key.is_some(), "asked of a Node that is not in the mesh");
            }
            with_psk => {
                let before = key.clone().expect("a PSK for nobody");
                if with_psk == "peer_key_rotated" {
                    (changes, completed) = (changes + 1, completed + 1);
                    key = Some(payload["public_key"].clone());
                    assert_ne!(key, Some(before), "told, and not changed");
                }
                epoch += 1;
                assert_eq!(payload["psk_epoch"], epoch);
                kid = payload["kid"].clone();
            }
        }
    }
    let live = i64::from(key.is_some());
    let kid = kid.as_str().unwrap();
    for (what, n) in [
        ("peers WHERE retired_at IS NULL AND".to_owned(), live),
        ("pre_shared_keys WHERE retired_at IS NULL AND".to_owned(), live),
        (format!("pre_shared_keys WHERE retired_at IS NULL AND kid = '{kid}' AND psk_epoch = {epoch} AND"), live),
        ("pre_shared_keys WHERE".to_owned(), epoch),
        ("peer_key_rotations WHERE".to_owned(), triggered),
        ("peer_key_rotations WHERE state = 'completed' AND".to_owned(), completed),
    ] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {what} node_id = '{id}'")).await, n, "{what}");
    }
    let pending = format!("SELECT count(*) FROM peer_key_rotations WHERE node_id = '{id}' AND state = 'pending'");
    assert!(h.count(&pending).await <= live, "pending for a Node that is not in the mesh");
    // By the clock, whether it has been written down or not.
    let now = h.clock.now().to_rfc3339();
    let stands = h.count(&format!("{pending} AND expires_at > '{now}'")).await;
    let hints =
        format!("SELECT count(*) FROM node_liveness WHERE node_id = '{id}' AND rotation_pending_until > '{now}'");
    assert_eq!(h.count(&hints).await, stands, "the hint of heartbeats");
    let node =
        h.rows(&format!("SELECT psk_epoch, encode(public_key, 'base64') AS key FROM nodes WHERE id = '{id}'")).await;
    assert_eq!(node[0]["psk_epoch"], epoch);
    if let Some(key) = key {
        assert_eq!(node[0]["key"], key);
    }
    changes
}

/// Each Domain's version counts what its peers were told.
pub async fn versions_agree(h: &Harness, agents: &[Agent]) {
    let mut changes = 0;
    for agent in agents {
        changes += events_and_rows_agree(h, agent).await;
    }
    assert_eq!(h.count("SELECT sum(mesh_version) FROM domains").await, changes);
}

fn allowed(answer: &Answer, others: &[(u16, &str)]) {
    if !answer.status.is_success() {
        let problem = answer.json();
        let seen = (answer.status.as_u16(), problem["code"].as_str().unwrap());
        assert!(others.contains(&seen), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_triggers_at_once_make_one_rotation_and_one_event() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let replica = h.replica().await;
    let there = h.admin.at(replica.address());
    for round in 1..=5 {
        let path = agent.path("keys/rotate");
        let clients = [&h.admin, &there];
        let answers = join_all((0..8).map(|n| clients[n % 2].post_empty(&path))).await;
        let answers: Vec<Value> = answers.iter().map(|answer| answer.expect(200)).collect();
        assert_eq!(answers.iter().filter(|answer| answer["already_pending"] == false).count(), 1);
        assert!(answers.iter().all(|answer| answer["rotation_id"] == answers[0]["rotation_id"]));
        assert_eq!(told(&h, &agent, "'rotate_keys'").await.len(), round);
        complete(&agent, &public_key()).await.expect(200);
    }
    versions_agree(&h, std::slice::from_ref(&agent)).await;
    replica.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_completions_at_once_one_key_wins_and_its_copies_get_its_receipt() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    for _ in 0..5 {
        trigger(&h, &agent).await.expect(200);
        let keys = [public_key(), public_key()];
        let answers = join_all((0..8).map(|n| complete(&agent, &keys[n % 2]))).await;
        let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 4);
        assert!(won.iter().all(|answer| answer.json() == won[0].json()));
        for answer in &answers {
            allowed(answer, &[(409, "keys_rotate_no_pending_rotation")]);
        }
    }
    versions_agree(&h, std::slice::from_ref(&agent)).await;
    assert_eq!(told(&h, &agent, "'peer_key_rotated'").await.len(), 5);
    h.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_want_the_same_key_do_not_both_get_it() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let (one, other) = (h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await);
    for _ in 0..5 {
        trigger(&h, &one).await.expect(200);
        trigger(&h, &other).await.expect(200);
        let key = public_key();
        let answers = join_all([&one, &other].map(|agent| complete(agent, &key))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        for answer in &answers {
            allowed(answer, &[(409, "keys_rotate_public_key_in_use")]);
        }
        // Whoever lost may go on with another.
        for agent in [&one, &other] {
            let again = complete(agent, &public_key()).await;
            allowed(&again, &[(409, "keys_rotate_no_pending_rotation")]);
        }
    }
    versions_agree(&h, &[one, other]).await;
    h.stop().await;
}

/// Lets two requests come to the Node's row one behind the other, which is held until both wait for it.
async fn one_behind_the_other(
    h: &Harness,
    agent: &Agent,
    first: impl Future<Output = Answer>,
    second: impl Future<Output = Answer>,
) -> (Answer, Answer) {
    let mut held = h.db().await;
    held.batch_execute(&format!("BEGIN; SELECT FROM nodes WHERE id = '{}' FOR UPDATE", agent.node_id)).await.unwrap();
    let then = async {
        h.until_held_up(1).await;
        let let_go = async {
            h.until_held_up(2).await;
            held.batch_execute("COMMIT").await.unwrap();
        };
        tokio::join!(second, let_go).0
    };
    tokio::join!(first, then)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_first_to_the_node_decides() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let (key, other) = (public_key(), public_key());
    let post = |operation: &str| {
        let path = agent.path(operation);
        let admin = h.admin.clone();
        async move { admin.post_empty(&path).await }
    };

    let (one, two) = one_behind_the_other(&h, &agent, trigger(&h, &agent), trigger(&h, &agent)).await;
    let (one, two) = (one.expect(200), two.expect(200));
    assert_eq!((&one["already_pending"], &two["already_pending"]), (&json!(false), &json!(true)));
    assert_eq!(one["rotation_id"], two["rotation_id"]);

    let (one, two) = one_behind_the_other(&h, &agent, complete(&agent, &key), complete(&agent, &key)).await;
    assert_eq!(one.expect(200), two.expect(200), "the second is a replay");

    trigger(&h, &agent).await.expect(200);
    let (one, two) = one_behind_the_other(&h, &agent, complete(&agent, &other), complete(&agent, &public_key())).await;
    one.expect(200);
    two.refused(409, "keys_rotate_no_pending_rotation");

    let pending = trigger(&h, &agent).await.expect(200);
    let (one, two) = one_behind_the_other(&h, &agent, complete(&agent, &public_key()), trigger(&h, &agent)).await;
    assert_eq!(one.expect(200)["rotation_id"], pending["rotation_id"]);
    assert_eq!(two.expect(200)["already_pending"], false, "the next one begins");

    let (one, two) = one_behind_the_other(&h, &agent, post("drain"), complete(&agent, &public_key())).await;
    one.expect(204);
    two.refused(404, "keys_rotate_peer_not_found");
    let (one, two) = one_behind_the_other(&h, &agent, trigger(&h, &agent), post("undrain")).await;
    one.refused(409, "node_has_no_live_peer");
    two.expect(204);

    trigger(&h, &agent).await.expect(200);
    let (one, two) = one_behind_the_other(&h, &agent, complete(&agent, &public_key()), post("drain")).await;
    one.expect(200);
    two.expect(204);
    post("undrain").await.expect(204);

    trigger(&h, &agent).await.expect(200);
    let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
    let body = registration(&project, "any", &h.bootstrap_token_with(&project, bound).await);
    let anonymous = h.anonymous();
    let enrols = async { anonymous.post("/v1/register", &body).await };
    let (one, two) = one_behind_the_other(&h, &agent, enrols, complete(&agent, &public_key())).await;
    let agent = Agent::from_registration(&h.anonymous(), one.expect(201));
    two.refused(409, "keys_rotate_no_pending_rotation");

    trigger(&h, &agent).await.expect(200);
    let path = agent.path("deregister");
    let leaves = async { h.admin.post_empty(&path).await };
    let (one, two) = one_behind_the_other(&h, &agent, leaves, complete(&agent, &public_key())).await;
    one.expect(204);
    two.refused(404, "keys_rotate_peer_not_found");
    events_and_rows_agree(&h, &agent).await;
    h.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_at_once_one_key_and_one_psk_are_left() {
    const MAY_BE: &[(u16, &str)] = &[
        (401, "unauthorized"),
        (403, "token_revoked"),
        (404, "node_not_found"),
        (404, "keys_rotate_peer_not_found"),
        (409, "node_has_no_live_peer"),
        (409, "keys_rotate_no_pending_rotation"),
        (409, "keys_rotate_public_key_in_use"),
        (409, "public_key_in_use"),
        (422, "keys_rotate_public_key_unchanged"),
        (503, "datastore_unavailable"),
    ];
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    // So short that some expire while others are completed.
    h.sql("UPDATE domains SET rotation_expiry_seconds = 5").await;
    let replica = h.replica().await;
    let (mut agents, mut enrolled_again) = (Vec::new(), 0);
    for round in 0..6 {
        let agent = h.enrol(&project, &format!("web-{round}")).await;
        let rival = h.enrol(&project, &format!("db-{round}")).await;
        let keys = [public_key(), public_key()];
        let mut bodies = Vec::new();
        for key in [&keys[0], &public_key()] {
            let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
            let mut body = registration(&project, "any", &h.bootstrap_token_with(&project, bound).await);
            body["public_key"] = json!(key);
            bodies.push(body);
        }
        let (h_, agent_, rival_, keys_, bodies_) = (&h, &agent, &rival, &keys, &bodies);
        let there = &h.admin.at(replica.address());
        let acts = (0..32).map(|n| async move {
            let at = |operation: &str| (Method::POST, agent_.path(operation));
            let (method, path) = match n % 11 {
                0 | 4 => return trigger(h_, agent_).await,
                1 => return complete(agent_, &keys_[0]).await,
                2 => return complete(agent_, &keys_[1]).await,
                3 => return complete(agent_, &public_key()).await,
                5 => at("drain"),
                6 => at("undrain"),
                // Another Node that wants the same keys.
                7 => return trigger(h_, rival_).await,
                8 => return complete(rival_, &keys_[n / 11 % 2]).await,
                9 if n < 22 => return h_.anonymous().post("/v1/register", &bodies_[n / 11]).await,
                _ if n == 31 && round % 2 == 0 => at("deregister"),
                _ => return preview(h_, agent_).await,
            };
            there.send(there.request(method, &path)).await
        });
        let others = async {
            for _ in 0..3 {
                h_.clock.advance(chrono::TimeDelta::seconds(3));
                h_.step("rotation_sweeper").await;
                match crate::wrap_keys::run(h_, &domain, 2).await {
                    Ok(_) | Err(RewrapRefusal::Storage(StorageError::Unavailable(_) | StorageError::Contended(_))) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        };
        let (answers, ()) = tokio::join!(join_all(acts), others);
        for answer in answers {
            allowed(&answer, MAY_BE);
            enrolled_again += usize::from(answer.status == 201);
        }
        agents.extend([agent, rival]);
    }
    assert!(enrolled_again > 0);
    versions_agree(&h, &agents).await;
    // All that is live is sealed under the newest version, once a run comes to its end.
    let version = crate::wrap_keys::run(&h, &domain, 200).await.unwrap().version;
    let older =
        format!("SELECT count(*) FROM pre_shared_keys WHERE retired_at IS NULL AND wrap_key_version <> {version}");
    assert_eq!(h.count(&older).await, 0);
    replica.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}
