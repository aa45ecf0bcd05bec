//! Rotations against a model of them: whatever is done in whatever order, each answer is the model's, and so are the
//! rows afterwards.

use chrono::TimeDelta;
use plexsphere::clock::Clock;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config as Proptest, TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::{public_key, registration};
use crate::harness::{Agent, Harness};
use crate::key_rotation::{complete, preview, trigger};
use crate::key_rotation_races::events_and_rows_agree;

const EXPIRY_SECONDS: i64 = 300;
const NODES: usize = 2;

#[derive(Clone, Copy, Debug)]
enum Key {
    Fresh,
    Present,
    Before,
    OfTheOther,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Trigger,
    Preview,
    Complete(Key),
    Drain,
    Undrain,
    ReEnrol(Key),
    Pass(i64),
    Sweep,
    Deregister,
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let key = || prop_oneof![4 => Just(Key::Fresh), 2 => Just(Key::Present), 1 => Just(Key::Before), 1 => Just(Key::OfTheOther)];
    let act = prop_oneof![
        6 => Just(Act::Trigger),
        2 => Just(Act::Preview),
        8 => key().prop_map(Act::Complete),
        2 => Just(Act::Drain),
        3 => Just(Act::Undrain),
        3 => key().prop_map(Act::ReEnrol),
        2 => (0..EXPIRY_SECONDS * 3 / 2).prop_map(Act::Pass),
        1 => Just(Act::Sweep),
        1 => Just(Act::Deregister),
    ];
    vec((0..NODES, act), 1..24)
}

/// A Node as the model has it.
struct Modelled {
    agent: Agent,
    key: String,
    before: String,
    live: bool,
    gone: bool,
    /// The receipt of the rotation that set the key.
    receipt: Option<Value>,
    /// A rotation and when it expires.
    pending: Option<(Value, i64)>,
}

impl Modelled {
    async fn new(h: &Harness, project: &str) -> Self {
        let agent = h.enrol(project, &Uuid::new_v4().to_string()).await;
        let node = h.admin.get(&format!("/v1/nodes/{}", agent.node_id)).await.expect(200);
        let key = node["public_key"].as_str().unwrap().to_owned();
        Self { agent, before: public_key(), key, live: true, gone: false, receipt: None, pending: None }
    }
}

/// Does one act, and holds the answer against the model.
async fn play(h: &Harness, project: &str, nodes: &mut [Modelled], at: usize, act: Act, now: i64) {
    let other = &nodes[(at + 1) % NODES];
    let taken = (!other.gone).then(|| other.key.clone());
    let others_key = other.key.clone();
    let node = &mut nodes[at];
    if node.pending.as_ref().is_some_and(|(_, until)| *until <= now) {
        node.pending = None;
    }
    let pick = |node: &Modelled, key: Key| match key {
        Key::Fresh => public_key(),
        Key::Present => node.key.clone(),
        Key::Before => node.before.clone(),
        Key::OfTheOther => others_key.clone(),
    };
    match act {
        Act::Trigger | Act::Preview => {
            let answer = match act {
                Act::Trigger => trigger(h, &node.agent).await,
                _ => preview(h, &node.agent).await,
            };
            match (node.gone, node.live) {
                (true, _) => drop(answer.refused(404, "node_not_found")),
                (_, false) => drop(answer.refused(409, "node_has_no_live_peer")),
                _ => {
                    let answer = answer.expect(200);
                    assert_eq!(answer["already_pending"], node.pending.is_some());
                    if let Some(id) = answer.get("rotation_id") {
                        let pending = node.pending.get_or_insert_with(|| (id.clone(), now + EXPIRY_SECONDS));
                        assert_eq!(*id, pending.0);
                    }
                }
            }
        }
        Act::Complete(key) => {
            let key = pick(node, key);
            let answer = complete(&node.agent, &key).await;
            if node.gone {
                answer.refused(401, "unauthorized");
            } else if !node.live {
                answer.refused(404, "keys_rotate_peer_not_found");
            } else if key == node.key {
                match &node.receipt {
                    Some(receipt) => assert_eq!(answer.expect(200), *receipt),
                    None => drop(answer.refused(422, "keys_rotate_public_key_unchanged")),
                }
            } else if node.pending.is_none() {
                answer.refused(409, "keys_rotate_no_pending_rotation");
            } else if taken.as_ref() == Some(&key) {
                answer.refused(409, "keys_rotate_public_key_in_use");
            } else {
                let receipt = answer.expect(200);
                assert_eq!(Some(&receipt["rotation_id"]), node.pending.take().map(|(id, _)| id).as_ref());
                node.before = std::mem::replace(&mut node.key, key);
                node.receipt = Some(receipt);
            }
        }
        Act::Drain | Act::Undrain => {
            let drain = matches!(act, Act::Drain);
            let answer = h.admin.post_empty(&node.agent.path(if drain { "drain" } else { "undrain" })).await;
            if node.gone {
                answer.refused(404, "node_not_found");
                return;
            }
            answer.expect(204);
            node.live = !drain;
            node.pending = node.pending.take().filter(|_| !drain);
        }
        Act::ReEnrol(key) if !node.gone => {
            let bound =
                json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": node.agent.node_id });
            let mut body = registration(project, "any", &h.bootstrap_token_with(project, bound).await);
            let key = pick(node, key);
            body["public_key"] = json!(key);
            let registered = h.anonymous().post("/v1/register", &body).await;
            if taken.as_ref() == Some(&key) {
                // And nothing has changed: neither what is pending nor the receipt.
                registered.refused(409, "public_key_in_use");
                return;
            }
            let registered = registered.expect(201);
            node.agent = Agent::from_registration(&h.anonymous(), registered);
            if key != node.key {
                node.before = std::mem::replace(&mut node.key, key);
            }
            (node.receipt, node.pending) = (None, None);
        }
        Act::Deregister => {
            h.admin.post_empty(&node.agent.path("deregister")).await.expect(204);
            h.step("credential_watch").await;
            (node.gone, node.live, node.pending) = (true, false, None);
        }
        Act::Pass(seconds) => h.clock.advance(TimeDelta::seconds(seconds)),
        Act::Sweep => h.step("rotation_sweeper").await,
        Act::ReEnrol(_) => {}
    }
}

/// What operators and the Node itself are shown.
async fn shown(h: &Harness, node: &Modelled, now: i64) {
    let pending = node.pending.as_ref().filter(|(_, until)| now < *until);
    let seen = h.admin.get(&format!("/v1/nodes/{}", node.agent.node_id)).await.expect(200);
    let age = pending.map(|(_, until)| now - (until - EXPIRY_SECONDS));
    assert_eq!(seen["pending_rotation_age_seconds"], json!(age));
    if !node.gone {
        assert_eq!(seen["public_key"], json!(node.key));
        let beat = node.agent.heartbeat(h.clock.now()).await.expect(200);
        assert_eq!(beat["rotate_keys"], pending.is_some());
    }
}

#[test]
fn every_sequence_is_answered_as_the_model_answers_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (h, project) = runtime.block_on(async {
        let h = Harness::start().await;
        let (domain, project) = h.lab().await;
        h.sql(&format!("UPDATE domains SET rotation_expiry_seconds = {EXPIRY_SECONDS} WHERE id = '{domain}'")).await;
        (h, project)
    });
    let epoch = h.clock.now();
    let seconds = |h: &Harness| (h.clock.now() - epoch).num_seconds();
    let settings = Proptest { cases: 24, failure_persistence: None, max_shrink_iters: 64, ..Proptest::default() };
    let outcome = TestRunner::new(settings).run(&acts(), |acts| {
        runtime.block_on(async {
            let mut nodes = Vec::new();
            for _ in 0..NODES {
                nodes.push(Modelled::new(&h, &project).await);
            }
            for (at, act) in acts {
                play(&h, &project, &mut nodes, at, act, seconds(&h)).await;
            }
            for node in &nodes {
                shown(&h, node, seconds(&h)).await;
            }
            // The sweeper writes down what has expired, and rows and events agree to the last one.
            h.step("rotation_sweeper").await;
            for node in &nodes {
                shown(&h, node, seconds(&h)).await;
                let pending = node.pending.as_ref().filter(|(_, until)| seconds(&h) < *until);
                let stored = format!(
                    "SELECT count(*) FROM peer_key_rotations WHERE state = 'pending' AND node_id = '{}'",
                    node.agent.node_id
                );
                assert_eq!(h.count(&stored).await, i64::from(pending.is_some()));
                events_and_rows_agree(&h, &node.agent).await;
            }
        });
        Ok(())
    });
    runtime.block_on(h.stop());
    outcome.unwrap();
}
