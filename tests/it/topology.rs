//! GetDomainMeshTopology: the graph of a Domain against a model of it, what narrows it down, when it is new, and that
//! a large one is written as fast as it is read and no faster.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use plexsphere::clock::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::{endpoint, heartbeat};
use crate::harness::{Agent, Answer, Client, Harness};
use crate::relays::{bridge, up};

fn path(domain: &str) -> String {
    format!("/v1/domains/{domain}/mesh/topology")
}

async fn read(h: &Harness, domain: &str, query: &str) -> Value {
    h.admin.get(&format!("{}{query}", path(domain))).await.expect(200)
}

/// A heartbeat that tells of handshakes: with whom, and how many seconds ago.
async fn beat(h: &Harness, agent: &Agent, handshakes: &[(&str, i64)]) {
    let mut body = heartbeat(h.clock.now());
    let ago = |seconds: i64| (h.clock.now() - TimeDelta::seconds(seconds)).to_rfc3339();
    body["nat_summary"]["peers"] =
        handshakes.iter().map(|(peer, age)| json!({ "node_id": peer, "last_handshake_at": ago(*age) })).collect();
    agent.client.post(&agent.path("heartbeat"), &body).await.expect(200);
}

async fn report(h: &Harness, agent: &Agent, port: u16, nat_type: &str) {
    let body = endpoint(&format!("203.0.113.7:{port}"), nat_type, h.clock.now());
    agent.report(&body).await.expect(200);
}

/// A Domain of one bridge that relays and one that does not, and of Nodes behind every kind of NAT.
struct Stage {
    h: Harness,
    domain: String,
    agents: Vec<Agent>,
    /// By Node: its NAT, "" when it is nowhere.
    nats: BTreeMap<String, &'static str>,
    relay: String,
}

impl Stage {
    async fn set() -> Self {
        let h = Harness::start().await;
        let (domain, project) = h.lab().await;
        let mut agents = vec![bridge(&h, &project, "b-1").await, bridge(&h, &project, "b-2").await];
        up(&h, &agents[0], 99).await;
        let relay = agents[0].node_id.clone();
        let mut nats = BTreeMap::from([(relay.clone(), "symmetric"), (agents[1].node_id.clone(), "")]);
        for (n, nat) in (1..).zip([
            "full_cone",
            "restricted",
            "port_restricted",
            "symmetric",
            "unknown",
            "",
            "port_restricted",
            "symmetric",
        ]) {
            let agent = h.enrol(&project, &format!("web-{n}")).await;
            if !nat.is_empty() {
                report(&h, &agent, n, nat).await;
            }
            nats.insert(agent.node_id.clone(), nat);
            agents.push(agent);
        }
        Self { h, domain, agents, nats, relay }
    }

    /// What the contract says of an edge's mode.
    fn relayed(&self, source: &str, target: &str) -> bool {
        let (from, to) = (self.nats[source], self.nats[target]);
        let hard = |nat: &str| nat == "symmetric" || nat == "port_restricted";
        let unpunchable = hard(from) && hard(to) && (from == "symmetric" || to == "symmetric");
        let is_bridge = |id: &str| self.agents[..2].iter().any(|agent| agent.node_id == id);
        (unpunchable || from.is_empty() || to.is_empty()) && !is_bridge(target) && source != self.relay
    }
}

fn worse<'s>(one: &'s str, other: &'s str) -> &'s str {
    ["unreachable", "stale", "healthy"].into_iter().find(|state| *state == one || *state == other).unwrap()
}

#[tokio::test]
async fn the_graph_is_what_the_contract_makes_of_the_nodes() {
    let stage = Stage::set().await;
    let (h, agents) = (&stage.h, &stage.agents);
    let [young, idle, old, older] = [3, 4, 5, 6].map(|n: usize| agents[n].node_id.as_str());
    let stranger = Uuid::now_v7().to_string();
    // The second is heard of once and then falls silent; the others stay.
    beat(h, &agents[3], &[]).await;
    h.pass(100).await;
    for agent in [&agents[0], &agents[4], &agents[5]] {
        agent.heartbeat(h.clock.now()).await.expect(200);
    }
    let handshakes = [(young, 5), (idle, 180), (old, 181), (older, 301), (stranger.as_str(), 7)];
    beat(h, &agents[2], &handshakes).await;

    let answer = h.admin.get(&path(&stage.domain)).await;
    let graph = answer.expect(200);
    let now = h.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
    assert_eq!((&graph["domain_id"], &graph["generated_at"]), (&json!(stage.domain), &json!(now)));
    let mut states = BTreeMap::new();
    let mut expected: Vec<Value> = Vec::new();
    for (at, agent) in agents.iter().enumerate() {
        let state = match at {
            0 | 2 | 4 | 5 => "healthy",
            3 => "stale",
            _ => "unreachable",
        };
        states.insert(agent.node_id.clone(), state);
        let name = if at < 2 { format!("b-{}", at + 1) } else { format!("web-{}", at - 1) };
        expected
            .push(json!({ "node_id": agent.node_id, "name": name, "mesh_ip": agent.mesh_ip, "reachability": state }));
    }
    expected.sort_by_key(|node| node["node_id"].as_str().unwrap().to_owned());
    assert_eq!(graph["nodes"], json!(expected));

    let mut edges = Vec::new();
    for source in states.keys() {
        for target in states.keys().filter(|target| *target != source) {
            let relayed = stage.relayed(source, target);
            let age = (*source == agents[2].node_id)
                .then(|| handshakes.iter().find(|(peer, _)| peer == target).map(|(_, age)| *age))
                .flatten();
            let by_age = match age {
                Some(301..) => "unreachable",
                Some(181..) => "stale",
                _ => "healthy",
            };
            edges.push(json!({
                "source_node_id": source, "target_node_id": target,
                "mode": if relayed { "relayed" } else { "direct" },
                "relay_node_id": relayed.then_some(&stage.relay),
                "status": worse(by_age, worse(states[source], states[target])), "handshake_age_seconds": age,
            }));
        }
    }
    assert_eq!(edges.len(), 10 * 9);
    let got = graph["edges"].as_array().unwrap();
    for (got, expected) in got.iter().zip(&edges) {
        assert_eq!(got, expected);
    }
    assert_eq!(got.len(), edges.len());
    for count in ["relayed", "direct"] {
        assert!(edges.iter().any(|edge| edge["mode"] == count));
    }
    for status in ["healthy", "stale", "unreachable"] {
        assert!(edges.iter().any(|edge| edge["status"] == status), "{status}");
    }

    // What is asked for of it, in the same order.
    let all = graph["edges"].as_array().unwrap().clone();
    let relayed = |edge: &&Value| edge["mode"] == "relayed";
    let of = |id: &str| {
        let id = json!(id);
        move |edge: &&Value| edge["source_node_id"] == id || edge["target_node_id"] == id
    };
    let cut = |edges: Vec<&Value>| edges.into_iter().cloned().collect::<Vec<_>>();
    for (query, expected) in [
        ("?edges=all".to_owned(), all.clone()),
        ("?edges=none".to_owned(), Vec::new()),
        ("?edges=relayed".to_owned(), cut(all.iter().filter(relayed).collect())),
        (format!("?node_id={old}"), cut(all.iter().filter(of(old)).collect())),
        (
            format!("?node_id={}&edges=relayed", old.to_uppercase()),
            cut(all.iter().filter(of(old)).filter(relayed).collect()),
        ),
        (format!("?node_id={}", agents[2].node_id), cut(all.iter().filter(of(&agents[2].node_id)).collect())),
        (format!("?node_id={old}&edges=none"), Vec::new()),
        (format!("?node_id={stranger}"), Vec::new()),
        ("?edges=%61ll&colour=red".to_owned(), all.clone()),
    ] {
        let narrowed = read(h, &stage.domain, &query).await;
        assert_eq!(narrowed["nodes"], graph["nodes"], "{query}");
        assert_eq!(narrowed["edges"], json!(expected), "{query}");
    }
    stage.h.stop().await;
}

#[tokio::test]
async fn a_drained_node_is_not_in_it_and_an_empty_domain_is_a_graph() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let empty = read(&h, &domain, "").await;
    assert_eq!((&empty["nodes"], &empty["edges"]), (&json!([]), &json!([])));
    let (one, other) = (h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await);
    beat(&h, &other, &[(&one.node_id, 3)]).await;
    assert_eq!(read(&h, &domain, "").await["edges"].as_array().unwrap().len(), 2);
    for operation in ["drain", "deregister"] {
        h.admin.post_empty(&one.path(operation)).await.expect(204);
        let graph = read(&h, &domain, "").await;
        assert_eq!(graph["nodes"].as_array().unwrap().len(), 1, "{operation}");
        assert_eq!((&graph["nodes"][0]["node_id"], &graph["edges"]), (&json!(other.node_id), &json!([])));
    }
    h.stop().await;
}

async fn conditional(client: &Client, method: Method, path: &str, tags: &str) -> Answer {
    client.send(client.request(method, path).header("if-none-match", tags)).await
}

#[tokio::test]
async fn its_tag_holds_for_a_minute_and_until_something_changes() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let node = h.enrol(&project, "web-1").await;
    let path = path(&domain);
    // To the beginning of a minute.
    let into_minute = h.clock.now().timestamp().rem_euclid(60);
    h.pass(60 - into_minute).await;
    let first = h.admin.get(&path).await;
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{tag}");
    h.pass(40).await;
    for held in [&tag, &format!("\"x\", {tag}"), &tag[2..], "*"] {
        for method in [Method::GET, Method::HEAD] {
            let answer = conditional(&h.admin, method, &path, held).await;
            assert_eq!((answer.status, answer.header("etag")), (StatusCode::NOT_MODIFIED, Some(tag.as_str())));
            assert!(answer.bytes.is_empty());
        }
    }
    let head = h.admin.send(h.admin.request(Method::HEAD, &path)).await;
    assert_eq!((head.status, head.header("etag")), (StatusCode::OK, Some(tag.as_str())));
    assert_eq!((head.header("content-type"), head.bytes.len()), (Some("application/json"), 0));
    // Each query has tags of its own.
    let mut tags = vec![tag.clone()];
    for query in ["?edges=none", "?edges=relayed", &format!("?node_id={}", node.node_id)] {
        let answer = conditional(&h.admin, Method::GET, &format!("{path}{query}"), &tag).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        tags.push(answer.header("etag").unwrap().to_owned());
    }
    // Within the minute: another version, another reachability.
    report(&h, &node, 1, "unknown").await;
    tags.push(h.admin.get(&path).await.header("etag").unwrap().to_owned());
    node.heartbeat(h.clock.now()).await.expect(200);
    tags.push(h.admin.get(&path).await.header("etag").unwrap().to_owned());
    // And the next minute.
    h.pass(20).await;
    tags.push(h.admin.get(&path).await.header("etag").unwrap().to_owned());
    // Due is as good as stored.
    h.pass(60).await;
    tags.push(h.admin.get(&path).await.header("etag").unwrap().to_owned());
    h.clock.advance(TimeDelta::seconds(15));
    tags.push(h.admin.get(&path).await.header("etag").unwrap().to_owned());
    let count = tags.len();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), count, "{tags:?}");
    h.stop().await;
}

#[tokio::test]
async fn only_who_views_the_domain_reads_it() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let node = h.enrol(&project, "web-1").await;
    let unknown = Uuid::now_v7().to_string();
    for (object, relation, may) in [
        (format!("domain:{domain}"), "viewer", true),
        (format!("domain:{domain}"), "admin", true),
        (format!("project:{project}"), "admin", false),
        (format!("node:{}", node.node_id), "agent", false),
    ] {
        let operator = h.operator(&object, relation).await;
        for (id, may) in [(&domain, may), (&unknown, false)] {
            let answer = operator.get(&path(id)).await;
            if may {
                answer.expect(200);
            } else {
                let problem = answer.refused(403, "insufficient_relation");
                assert_eq!(
                    (&problem["reason"], &problem["relation_path"]),
                    (&json!("insufficient_relation"), &json!([]))
                );
            }
        }
    }
    for client in [&node.client, &h.anonymous()] {
        client.get(&path(&domain)).await.refused(401, "unauthenticated");
    }
    h.admin.get(&path(&unknown)).await.refused(404, "domain_not_found");
    h.admin.get(&path("x")).await.refused(400, "invalid_domain_id");
    for query in
        ["?edges=", "?edges=ALL", "?edges=some", "?node_id=", "?node_id=7", &format!("?node_id={}", Uuid::nil())]
    {
        h.admin.get(&format!("{}{query}", path(&domain))).await.refused_query(query);
    }
    h.stop().await;
}

/// So many Nodes that nobody has heard of, all behind symmetric NATs, relayed by one of them.
async fn many(h: &Harness, domain: &str, project: &str, count: u32) {
    let now: DateTime<Utc> = h.clock.now();
    h.sql(&format!(
        "INSERT INTO nodes (id, domain_id, project_id, kind, resource_handle, mesh_ip, pool_id, public_key, enrolled_at) \
         SELECT gen_random_uuid(), '{domain}', '{project}', 'node', 'n' || n, '10.20.128.0'::inet + n, '{domain}', \
             decode(md5(n::text), 'hex'), '{now}' FROM generate_series(1, {count}) n; \
         INSERT INTO peers SELECT gen_random_uuid(), id, domain_id, '{now}' FROM nodes; \
         INSERT INTO peer_endpoints SELECT id, domain_id, '203.0.113.7:1', 3, '{now}', '{now}' FROM nodes"
    ))
    .await;
}

#[tokio::test]
async fn a_large_graph_arrives_whole_over_either_protocol() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    many(&h, &domain, &project, 400).await;
    for client in [&h.admin, &Client::http1(h.address()).with_bearer(&h.admin_token)] {
        let response = client.request(Method::GET, &path(&domain)).send().await.unwrap();
        assert!(response.headers().get("content-length").is_none());
        let mut pieces = response.bytes_stream();
        let (mut bytes, mut objects, mut tail) = (0, 0, Vec::new());
        while let Some(piece) = pieces.next().await {
            let piece = piece.unwrap();
            bytes += piece.len();
            objects += piece.iter().filter(|byte| **byte == b'{').count();
            tail.extend_from_slice(&piece);
            tail.drain(..tail.len().saturating_sub(8));
        }
        // Edges, Nodes and the document.
        assert_eq!(objects, 400 * 399 + 400 + 1);
        assert!(bytes > 400 * 399 * 180, "{bytes}");
        assert!(tail.ends_with(b"}]}"), "{}", String::from_utf8_lossy(&tail));
    }
    h.stop().await;
}

#[tokio::test]
async fn those_who_do_not_read_hold_a_place_each_and_nobody_else_up() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    // 80 MB, far more than what sockets take.
    many(&h, &domain, &project, 650).await;
    let path = path(&domain);
    let begin = async || {
        // A connection each, so that none waits for another's window.
        let client = Client::http1(h.address()).with_bearer(&h.admin_token);
        client.request(Method::GET, &path).send().await.unwrap()
    };
    let mut waiting = join_all((0..16).map(|_| begin())).await;
    assert!(waiting.iter().all(|response| response.status() == StatusCode::OK));
    h.admin.get(&path).await.refused(503, "overloaded");
    // Others are served: a domain is read, and a machine enrols.
    h.admin.get(&format!("/v1/domains/{domain}")).await.expect(200);
    h.enrol(&project, "web-1").await;
    // Whoever goes makes room.
    drop(waiting.pop());
    let freed = async {
        while begin().await.status() != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), freed).await.expect("the place of who went is free");
    drop(waiting);
    h.stop().await;
}
