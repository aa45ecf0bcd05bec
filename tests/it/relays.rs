//! Relays: who gets which bridge, what moves them, and what peers are told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use plexsphere::agent::{Fold, Peer, picture_faults};
use plexsphere::clock::Clock;
use plexsphere::wiring::Server;
use proptest::prelude::*;
use proptest::test_runner::{Config as Proptest, TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::{endpoint, registration};
use crate::harness::{Agent, Harness};

const SWEEPER: &str = "endpoint_sweeper";

/// A token's body for a bridge.
fn bridge_token() -> Value {
    json!({ "kind": "bridge", "env_prefix": "test", "ttl_seconds": 3600 })
}

/// Enrols a bridge. It cannot relay yet.
pub async fn bridge(h: &Harness, project: &str, handle: &str) -> Agent {
    later(h);
    let token = h.bootstrap_token_with(project, bridge_token()).await;
    Agent::enrol(&h.anonymous(), project, handle, &token).await
}

/// Ids of one moment come in any order: whoever joins later comes after.
fn later(h: &Harness) {
    h.clock.advance(TimeDelta::milliseconds(1));
}

async fn node(h: &Harness, project: &str, handle: &str) -> Agent {
    later(h);
    h.enrol(project, handle).await
}

/// Lets it be heard of, and known at this port of its address.
pub async fn up(h: &Harness, agent: &Agent, port: u16) {
    agent.heartbeat(h.clock.now()).await.expect(200);
    report(h, agent, port).await;
}

async fn report(h: &Harness, agent: &Agent, port: u16) {
    agent.report(&endpoint(&at(port), "symmetric", h.clock.now())).await.expect(200);
}

fn at(port: u16) -> String {
    format!("203.0.113.7:{port}")
}

/// Who has which relay.
async fn relays(h: &Harness) -> BTreeMap<String, String> {
    let rows = h.rows("SELECT node_id, relay_node_id FROM peer_relays").await;
    let member = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (member(row, "node_id"), member(row, "relay_node_id"))).collect()
}

fn given<'a>(pairs: impl IntoIterator<Item = (&'a Agent, &'a Agent)>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(node, bridge)| (node.node_id.clone(), bridge.node_id.clone())).collect()
}

async fn version(h: &Harness) -> i64 {
    h.count("SELECT mesh_version FROM domains").await
}

async fn position(h: &Harness) -> i64 {
    h.count("SELECT COALESCE(max(position), 0) FROM outbox").await
}

/// What the Domain was told after `position`: types and payloads, in order.
async fn told(h: &Harness, position: i64) -> Vec<(String, Value)> {
    let rows = h
        .rows(&format!(
            "SELECT event_type, payload FROM outbox WHERE scope_kind = 'domain' AND position > {position} ORDER BY position"
        ))
        .await;
    rows.into_iter().map(|row| (row["event_type"].as_str().unwrap().to_owned(), row["payload"].clone())).collect()
}

/// What the audit log says of assignments: how many Nodes have another relay, and how many have none any more.
async fn audited(h: &Harness) -> Vec<String> {
    let of_domains = "action = 'domain.assign_relays' AND object = 'domain:' || domain_id AND subject = 'system'";
    let rows = h.rows(&format!("SELECT reason FROM audit_entries WHERE {of_domains} ORDER BY id")).await;
    rows.iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect()
}

/// The event of a Node at `port`, behind a symmetric NAT, that `relay` serves, which is at that port.
fn moved(node: &Agent, port: Option<u16>, relay: Option<(&Agent, u16)>) -> (String, Value) {
    let payload = json!({
        "node_id": node.node_id, "endpoint": port.map(at).unwrap_or_default(),
        "nat_type": port.map_or("", |_| "symmetric"),
        "relay_node_id": relay.map_or("", |(bridge, _)| &bridge.node_id),
        "fallback_endpoint": relay.map(|(_, port)| at(port)).unwrap_or_default(),
    });
    ("peer_endpoint_changed".to_owned(), payload)
}

#[tokio::test]
async fn everybody_gets_a_relay_once_a_bridge_is_heard_of_and_known() {
    for endpoint_first in [false, true] {
        let h = Harness::start().await;
        let (_, project) = h.lab().await;
        let nodes = [node(&h, &project, "web-1").await, node(&h, &project, "web-2").await];
        report(&h, &nodes[0], 1).await;
        let bridge = bridge(&h, &project, "bridge").await;
        let before = position(&h).await;
        if endpoint_first {
            report(&h, &bridge, 9).await;
        } else {
            bridge.heartbeat(h.clock.now()).await.expect(200);
        }
        assert!(relays(&h).await.is_empty());
        let version_before = version(&h).await;
        up(&h, &bridge, 9).await;
        assert_eq!(relays(&h).await, given([(&nodes[0], &bridge), (&nodes[1], &bridge)]));
        let relay = Some((&bridge, 9));
        let expected = [moved(&bridge, Some(9), None), moved(&nodes[0], Some(1), relay), moved(&nodes[1], None, relay)];
        assert_eq!(told(&h, before).await, expected);
        assert_eq!(version(&h).await, version_before + 1);
        // It goes on, and nothing happens.
        up(&h, &bridge, 9).await;
        report(&h, &nodes[0], 1).await;
        assert_eq!(told(&h, before).await.len(), 3);
        h.stop().await;
    }
}

/// Two bridges that can relay, and four Nodes, of which the first and the third have the first bridge.
struct Stage {
    h: Harness,
    project: String,
    bridges: [Agent; 2],
    nodes: Vec<Agent>,
}

impl Stage {
    async fn set() -> Self {
        let h = Harness::start().await;
        let domain = json!({ "name": "d", "slug": "d", "mesh_cidr": "10.0.0.0/16", "endpoint_ttl_seconds": 3600 });
        let domain = h.admin.post("/v1/domains", &domain).await.expect(201);
        let project = h.project(domain["domain_id"].as_str().unwrap(), "team").await;
        let bridges = [bridge(&h, &project, "b-1").await, bridge(&h, &project, "b-2").await];
        for (bridge, port) in bridges.iter().zip([91, 92]) {
            up(&h, bridge, port).await;
        }
        let mut nodes = Vec::new();
        for n in 1..=4 {
            let node = node(&h, &project, &format!("web-{n}")).await;
            report(&h, &node, n).await;
            nodes.push(node);
        }
        let stage = Self { h, project, bridges, nodes };
        let [first, second] = &stage.bridges;
        assert_eq!(relays(&stage.h).await, given(stage.nodes.iter().zip([first, second, first, second])));
        stage
    }
}

#[tokio::test]
async fn when_a_bridge_goes_its_own_nodes_move_and_nobody_else() {
    for cause in ["unreachable", "withdrawn", "drained", "deregistered", "enrolled again"] {
        let Stage { h, project, bridges: [goes, stays], nodes } = Stage::set().await;
        let admin = &h.admin;
        if cause == "unreachable" {
            h.pass(200).await;
            stays.heartbeat(h.clock.now()).await.expect(200);
        }
        let (before, version_before) = (position(&h).await, version(&h).await);
        let audited_before = audited(&h).await.len();
        let own_event = match cause {
            "unreachable" => {
                h.pass(101).await;
                None
            }
            "withdrawn" => {
                h.sql(&format!(
                    "UPDATE peer_endpoints SET refreshed_at = refreshed_at - interval '2 hours' WHERE node_id = '{}'",
                    goes.node_id
                ))
                .await;
                h.step(SWEEPER).await;
                Some(moved(&goes, None, None))
            }
            "drained" | "deregistered" => {
                let operation = if cause == "drained" { "drain" } else { "deregister" };
                admin.post_empty(&goes.path(operation)).await.expect(204);
                Some(("peer_deregistered".to_owned(), json!({ "node_id": goes.node_id })))
            }
            _ => {
                let mut token = bridge_token();
                token["node_id"] = json!(goes.node_id);
                let token = h.bootstrap_token_with(&project, token).await;
                let again = registration(&project, "any", &token);
                let answer = h.anonymous().post("/v1/register", &again).await.expect(201);
                for peer in answer["peer_snapshot"].as_array().unwrap() {
                    let relay = (peer["node_id"] != json!(stays.node_id)).then_some(&stays.node_id);
                    assert_eq!(peer.get("relay_node_id").and_then(Value::as_str), relay.map(String::as_str), "{peer}");
                }
                None
            }
        };
        let told = told(&h, before).await;
        let relay = Some((&stays, 92));
        let expected: Vec<(String, Value)> =
            own_event.into_iter().chain([moved(&nodes[0], Some(1), relay), moved(&nodes[2], Some(3), relay)]).collect();
        let own = if cause == "enrolled again" { 2 } else { 0 };
        assert_eq!(told[own..], expected, "{cause}");
        assert_eq!(relays(&h).await, given(nodes.iter().map(|node| (node, &stays))), "{cause}");
        assert_eq!(version(&h).await, version_before + 1, "{cause}");
        let entries = audited(&h).await;
        assert_eq!(entries[audited_before..], ["Nodes with another relay: 2, with none any more: 0"], "{cause}");

        // It comes back, and nobody has to move.
        let before = position(&h).await;
        match cause {
            "unreachable" => drop(goes.heartbeat(h.clock.now()).await.expect(200)),
            "withdrawn" => report(&h, &goes, 91).await,
            "drained" => {
                admin.post_empty(&goes.path("undrain")).await.expect(204);
                up(&h, &goes, 91).await;
            }
            _ => {}
        }
        assert_eq!(relays(&h).await, given(nodes.iter().map(|node| (node, &stays))), "{cause}");
        assert_eq!(audited(&h).await, entries, "{cause}");
        let others = crate::relays::told(&h, before).await;
        assert!(others.iter().all(|(_, payload)| payload["node_id"] == json!(goes.node_id)), "{cause}: {others:?}");
        h.stop().await;
    }
}

#[tokio::test]
async fn when_the_last_bridge_goes_nobody_has_one() {
    let Stage { h, bridges: [first, last], nodes, .. } = Stage::set().await;
    h.admin.post_empty(&first.path("drain")).await.expect(204);
    let before = position(&h).await;
    h.admin.post_empty(&last.path("drain")).await.expect(204);
    assert!(relays(&h).await.is_empty());
    let told = told(&h, before).await;
    let expected: Vec<_> = nodes.iter().zip(1..).map(|(node, port)| moved(node, Some(port), None)).collect();
    assert_eq!(told[1..], expected);
    assert_eq!(audited(&h).await.last().unwrap(), "Nodes with another relay: 0, with none any more: 4");
    // The first that comes back has them all.
    h.admin.post_empty(&last.path("undrain")).await.expect(204);
    report(&h, &last, 93).await;
    assert_eq!(relays(&h).await, given(nodes.iter().map(|node| (node, &last))));
    h.stop().await;
}

#[tokio::test]
async fn a_node_that_joins_gets_the_bridge_with_the_fewest_and_says_so_as_it_joins() {
    let Stage { h, project, bridges: [first, second], nodes } = Stage::set().await;
    h.admin.post_empty(&nodes[1].path("deregister")).await.expect(204);
    let before = position(&h).await;
    let node = h.enrol(&project, "web-5").await;
    assert_eq!(
        relays(&h).await,
        given([(&nodes[0], &first), (&nodes[2], &first), (&nodes[3], &second), (&node, &second)])
    );
    let seen = told(&h, before).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (&seen[0].1["relay_node_id"], &seen[0].1["fallback_endpoint"]),
        (&json!(second.node_id), &json!(at(92)))
    );
    for peer in node.registered["peer_snapshot"].as_array().unwrap() {
        let relay = match peer["node_id"].as_str() {
            Some(id) if id == first.node_id || id == second.node_id => (None, None),
            Some(id) if id == nodes[3].node_id => (Some(json!(second.node_id)), Some(json!(at(92)))),
            _ => (Some(json!(first.node_id)), Some(json!(at(91)))),
        };
        assert_eq!((peer.get("relay_node_id").cloned(), peer.get("fallback_endpoint").cloned()), relay, "{peer}");
    }
    // Drained it has none; brought back it is like a new one, which now has a choice of equals.
    for node in [&node, &nodes[0]] {
        h.admin.post_empty(&node.path("drain")).await.expect(204);
        assert!(!relays(&h).await.contains_key(&node.node_id));
    }
    let before = position(&h).await;
    h.admin.post_empty(&node.path("undrain")).await.expect(204);
    assert_eq!(relays(&h).await[&node.node_id], first.node_id);
    assert_eq!(told(&h, before).await[0].1["relay_node_id"], json!(first.node_id));
    // One that enrols again keeps its relay.
    let mut token = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": nodes[3].node_id });
    token["node_id"] = json!(nodes[3].node_id);
    let token = h.bootstrap_token_with(&project, token).await;
    let before = position(&h).await;
    h.anonymous().post("/v1/register", &registration(&project, "any", &token)).await.expect(201);
    assert_eq!(told(&h, before).await[0].1["relay_node_id"], json!(second.node_id));
    h.stop().await;
}

#[tokio::test]
async fn a_bridge_that_roams_takes_its_nodes_along_with_its_own_event() {
    let Stage { h, bridges: [first, _], nodes, .. } = Stage::set().await;
    let before = position(&h).await;
    report(&h, &first, 77).await;
    assert_eq!(told(&h, before).await, [moved(&first, Some(77), None)]);
    let state = h.admin.get(&nodes[1].path("state")).await.expect(200);
    let peers = state["peers"].as_array().unwrap();
    let peer = peers.iter().find(|peer| peer["node_id"] == json!(nodes[0].node_id)).unwrap();
    assert_eq!((&peer["relay_node_id"], &peer["fallback_endpoint"]), (&json!(first.node_id), &json!(at(77))));
    // A Node's own report carries where its relay is now.
    let before = position(&h).await;
    report(&h, &nodes[0], 11).await;
    assert_eq!(told(&h, before).await, [moved(&nodes[0], Some(11), Some((&first, 77)))]);
    h.stop().await;
}

#[tokio::test]
async fn a_bridge_that_is_only_stale_goes_on() {
    let Stage { h, bridges, nodes, .. } = Stage::set().await;
    let before = position(&h).await;
    h.pass(120).await;
    assert_eq!(h.count("SELECT count(*) FROM node_liveness WHERE state = 1").await, 2);
    bridges[0].heartbeat(h.clock.now()).await.expect(200);
    assert!(told(&h, before).await.is_empty());
    assert_eq!(relays(&h).await.len(), nodes.len());
    h.stop().await;
}

#[tokio::test]
async fn a_domains_bridges_relay_for_no_other_domain() {
    let Stage { h, .. } = Stage::set().await;
    let other = h.domain("other", "10.99.0.0/16").await;
    let project = h.project(&other, "team").await;
    let node = h.enrol(&project, "web-1").await;
    assert!(!relays(&h).await.contains_key(&node.node_id));
    h.stop().await;
}

#[tokio::test]
async fn a_node_that_reports_while_its_bridge_goes_is_told_of_last_with_what_holds() {
    for node_first in [false, true] {
        let Stage { h, bridges: [goes, stays], nodes, .. } = Stage::set().await;
        let before = position(&h).await;
        let mut lock = h.db().await;
        lock.batch_execute("BEGIN; SELECT 1 FROM domains FOR NO KEY UPDATE").await.unwrap();
        let path = goes.path("drain");
        let turn = async |mine: bool| {
            if !mine {
                h.until_held_up(1).await;
            }
        };
        let drained = async {
            turn(!node_first).await;
            h.admin.post_empty(&path).await.expect(204)
        };
        let reported = async {
            turn(node_first).await;
            report(&h, &nodes[0], 11).await;
        };
        let release = async {
            h.until_held_up(2).await;
            lock.batch_execute("ROLLBACK").await.unwrap();
        };
        let (_, (), ()) = tokio::join!(drained, reported, release);
        let last =
            told(&h, before).await.into_iter().rfind(|(_, payload)| payload["node_id"] == json!(nodes[0].node_id));
        assert_eq!(last, Some(moved(&nodes[0], Some(11), Some((&stays, 92)))), "{node_first}");
        h.stop().await;
    }
}

#[derive(Clone, Debug)]
enum Act {
    /// Reports at once: which machine, which port, by which replica.
    Report(Vec<(usize, u16, usize)>),
    /// Heartbeats at once.
    Beat(Vec<(usize, usize)>),
    /// Time, in which who is not heard of is lost.
    Pass(i64),
    /// Drains and undrains at once.
    Maintain(Vec<(usize, bool)>),
    /// A machine leaves, and another joins, while others report.
    Replace(usize, bool),
}

const MACHINES: usize = 7;
const BRIDGES: usize = 3;

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let machine = 0..MACHINES;
    let act = prop_oneof![
        4 => prop::collection::vec((machine.clone(), 1..4_u16, 0..2_usize), 1..10).prop_map(Act::Report),
        4 => prop::collection::vec((machine.clone(), 0..2_usize), 1..10).prop_map(Act::Beat),
        2 => (1..80_i64).prop_map(Act::Pass),
        2 => prop::collection::vec((machine.clone(), any::<bool>()), 1..5).prop_map(Act::Maintain),
        1 => (machine, any::<bool>()).prop_map(|(n, at)| Act::Replace(n, at)),
    ];
    prop::collection::vec(act, 4..16)
}

async fn machine(h: &Harness, project: &str, n: usize) -> Agent {
    let handle = Uuid::new_v4().to_string();
    if n < BRIDGES { bridge(h, project, &handle).await } else { h.enrol(project, &handle).await }
}

#[test]
fn whatever_happens_at_once_whoever_folds_has_the_relays_and_the_rules_hold() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (h, project, other, agents) = runtime.block_on(async {
        let h = Harness::start().await;
        let domain = json!({ "name": "d", "slug": "d", "mesh_cidr": "10.0.0.0/16", "endpoint_ttl_seconds": 60,
            "reachability": { "heartbeat_interval": "10s", "stale_after": "30s", "unreachable_after": "1m" } });
        let domain = h.admin.post("/v1/domains", &domain).await.expect(201);
        let project = h.project(domain["domain_id"].as_str().unwrap(), "team").await;
        let other = h.replica().await;
        let mut agents = Vec::new();
        for n in 0..MACHINES {
            agents.push(machine(&h, &project, n).await);
        }
        (h, project, other, agents)
    });
    let agents = std::cell::RefCell::new(agents);
    let settings = Proptest { cases: 10, failure_persistence: None, max_shrink_iters: 20, ..Proptest::default() };
    let outcome = TestRunner::new(settings).run(&acts(), |acts| {
        let mut agents = agents.borrow_mut();
        runtime.block_on(async {
            for act in acts {
                play(&h, &other, &project, &mut agents, act).await;
                agree(&h, &agents).await;
            }
            Ok(())
        })
    });
    runtime.block_on(async {
        other.stop(Duration::from_secs(1)).await;
        h.stop().await;
    });
    outcome.unwrap();
}

async fn play(h: &Harness, other: &Server, project: &str, agents: &mut [Agent], act: Act) {
    let addresses = [h.address(), other.address()];
    let speaking = |agent: &Agent, at: usize| Agent { client: agent.client.at(addresses[at]), ..agent.clone() };
    let report = async |agent: &Agent, port: u16, at: usize| {
        let nat = ["symmetric", "port_restricted", "full_cone"][usize::from(port % 3)];
        let answer = speaking(agent, at).report(&endpoint(&self::at(port), nat, h.clock.now())).await;
        assert!([200, 401, 404, 410].contains(&answer.status.as_u16()), "{answer:?}");
    };
    let theirs = other.task(SWEEPER).unwrap();
    match act {
        Act::Report(reports) => {
            let reports = reports.into_iter().map(|(n, port, at)| report(&agents[n], port, at));
            tokio::join!(join_all(reports), h.step(SWEEPER), theirs.step_now(), h.step("reachability_sweeper"));
        }
        Act::Beat(beats) => {
            let beats = beats.into_iter().map(async |(n, at)| {
                speaking(&agents[n], at).heartbeat(h.clock.now()).await.expect(200);
            });
            tokio::join!(join_all(beats), h.step(SWEEPER), h.step("reachability_sweeper"));
        }
        Act::Pass(seconds) => {
            h.pass(seconds).await;
            h.step(SWEEPER).await;
        }
        Act::Maintain(turns) => {
            let turns = turns.into_iter().map(async |(n, drain)| {
                let path = agents[n].path(if drain { "drain" } else { "undrain" });
                h.admin.post_empty(&path).await.expect(204);
            });
            tokio::join!(join_all(turns), report(&agents[0], 1, 0), report(&agents[BRIDGES], 2, 1), theirs.step_now());
        }
        Act::Replace(n, at) => {
            let path = agents[n].path("deregister");
            let leaves = async { drop(h.admin.post_empty(&path).await.expect(204)) };
            let (new, (), _) = tokio::join!(
                machine(h, project, n),
                leaves,
                join_all(agents.iter().map(|agent| report(agent, 3, usize::from(at))))
            );
            agents[n] = new;
        }
    }
}

/// Sees everybody: no Node has this id.
const OBSERVER: Uuid = Uuid::from_u128(u128::MAX);

/// What those know who have heard every event.
async fn folded(h: &Harness) -> Fold {
    let mut fold = Fold::new(OBSERVER);
    fold.pulled([], true);
    for (event_type, payload) in told(h, 0).await {
        let known = fold.peers().any(|peer| payload["node_id"] == json!(peer.node_id));
        assert!(known || event_type != "peer_endpoint_changed", "an endpoint of nobody: {payload}");
        fold.apply(&event_type, &payload).unwrap();
    }
    fold
}

async fn agree(h: &Harness, agents: &[Agent]) {
    let folded = folded(h).await;
    let rows = h
        .rows(
            "SELECT n.id, n.kind, COALESCE(e.endpoint, '') AS endpoint, r.relay_node_id, \
                 COALESCE(b.endpoint, '') AS fallback, l.state < 2 AND e.endpoint IS NOT NULL AS can_relay \
             FROM peers p JOIN nodes n ON n.id = p.node_id LEFT JOIN peer_endpoints e ON e.node_id = n.id \
             LEFT JOIN peer_relays r ON r.node_id = n.id LEFT JOIN peer_endpoints b ON b.node_id = r.relay_node_id \
             LEFT JOIN node_liveness l ON l.node_id = n.id WHERE p.retired_at IS NULL ORDER BY n.id",
        )
        .await;
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let stored: Vec<[String; 4]> =
        rows.iter().map(|row| ["id", "endpoint", "relay_node_id", "fallback"].map(|name| text(row, name))).collect();
    let seen: Vec<[String; 4]> = folded
        .peers()
        .map(|peer| {
            let relay = peer.relay_node_id.map(|relay| relay.to_string());
            let known = [peer.endpoint, relay, peer.fallback_endpoint].map(Option::unwrap_or_default);
            let [endpoint, relay, fallback] = known;
            [peer.node_id.to_string(), endpoint, relay, fallback]
        })
        .collect();
    assert_eq!(seen, stored, "whoever folds the events has the rows");
    let bridges: BTreeSet<String> = rows
        .iter()
        .filter(|row| row["kind"] == "bridge" && row["can_relay"] == true)
        .map(|row| text(row, "id"))
        .collect();
    for row in &rows {
        let relay = text(row, "relay_node_id");
        if row["kind"] == "bridge" || bridges.is_empty() {
            assert_eq!(relay, "", "{row}");
        } else {
            assert!(bridges.contains(&relay), "{row} of {bridges:?}");
        }
    }
    assert_eq!(
        h.count("SELECT count(*) FROM peer_relays").await,
        stored.iter().filter(|[_, _, relay, _]| !relay.is_empty()).count() as i64
    );
    let domain = h.rows("SELECT id FROM domains").await[0]["id"].as_str().unwrap().to_owned();
    let topology = h.admin.get(&format!("/v1/domains/{domain}/mesh/topology")).await.expect(200);
    assert_eq!(picture_faults(&folded, &topology), Vec::<String>::new(), "the topology shows what folding gives");
    // And the state that a Node pulls is the same again.
    let Some(observer) = agents.iter().find(|agent| stored.iter().any(|seen| seen[0] == agent.node_id)) else { return };
    let state = observer.client.get(&observer.path("state")).await.expect(200);
    let pulled: Vec<Peer> = serde_json::from_value(state["peers"].clone()).unwrap();
    let others: Vec<Peer> = folded.peers().filter(|peer| peer.node_id.to_string() != observer.node_id).collect();
    assert_eq!(pulled, others, "a pull shows what folding gives");
}

#[tokio::test]
async fn a_bridge_of_thousands_moves_them_in_one_step() {
    let Stage { h, project, bridges: [goes, stays], .. } = Stage::set().await;
    let domain = h.rows("SELECT id FROM domains").await[0]["id"].as_str().unwrap().to_owned();
    h.sql(&format!(
        "INSERT INTO nodes (id, domain_id, project_id, kind, resource_handle, mesh_ip, pool_id, public_key, enrolled_at) \
         SELECT gen_random_uuid(), '{domain}', '{project}', 'node', 'n' || n, '10.0.128.0'::inet + n, '{domain}', \
             decode(md5(n::text), 'hex'), now() FROM generate_series(1, 5000) n; \
         INSERT INTO peers SELECT gen_random_uuid(), id, domain_id, now() FROM nodes WHERE resource_handle LIKE 'n%'; \
         INSERT INTO peer_relays SELECT id, domain_id, '{}' FROM nodes WHERE resource_handle LIKE 'n%'",
        goes.node_id
    ))
    .await;
    let (before, version_before) = (position(&h).await, version(&h).await);
    h.admin.post_empty(&goes.path("drain")).await.expect(204);
    let told = told(&h, before).await;
    assert_eq!(told.len(), 1 + 5002);
    let moved: BTreeSet<&str> = told[1..].iter().map(|(_, payload)| payload["node_id"].as_str().unwrap()).collect();
    assert_eq!(moved.len(), 5002, "one event each");
    assert!(told[1..].iter().all(|(_, payload)| payload["relay_node_id"] == json!(stays.node_id)));
    assert_eq!(version(&h).await, version_before + 1);
    assert_eq!(h.count("SELECT count(DISTINCT relay_node_id) FROM peer_relays").await, 1);
    // Changes that leave alone who relays do without all of that.
    h.clock.advance(TimeDelta::seconds(1));
    assert_eq!(relays(&h).await.len(), 5004);
    h.stop().await;
}
