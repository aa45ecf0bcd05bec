//! The state pull: its shape, who is in it, what changes it, and what spares it.

use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use http::Method;
use plexsphere::clock::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::registration;
use crate::harness::{Agent, Answer, Client, Harness};
use crate::state_statements::in_flight;

const CODINGS: [&str; 3] = ["identity", "gzip", "zstd"];

async fn pull(agent: &Agent) -> Answer {
    let answer = agent.client.get(&agent.path("state")).await;
    answer.expect(200);
    answer
}

fn peers(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    body["peers"].as_array().unwrap().iter().map(|peer| peer["node_id"].as_str().unwrap().to_owned()).collect()
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap().to_owned()
}

async fn with(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request =
        headers.iter().fold(client.request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
    client.send(request).await
}

async fn enrol_all(h: &Harness, project: &str, count: usize) -> Vec<Agent> {
    let mut agents = Vec::new();
    for n in 0..count {
        agents.push(h.enrol(project, &format!("node-{n}")).await);
    }
    agents
}

/// Fills the Domain with Nodes that nobody runs, so that its list takes several chunks.
async fn crowd(h: &Harness, domain: &str, project: &str, count: usize) {
    h.sql(&format!(
        "WITH made AS ( \
             INSERT INTO nodes (id, domain_id, project_id, kind, resource_handle, mesh_ip, pool_id, public_key, psk_epoch, enrolled_at) \
             SELECT gen_random_uuid(), '{domain}', '{project}', 'node', 'made-' || n, '10.20.128.0'::inet + n, '{domain}', \
                 sha256(n::text::bytea), 1, now() FROM generate_series(1, {count}) n RETURNING id \
         ), opened AS ( \
             INSERT INTO peers (id, node_id, domain_id, created_at) SELECT gen_random_uuid(), id, '{domain}', now() FROM made \
         ) INSERT INTO peer_endpoints (node_id, domain_id) SELECT id, '{domain}' FROM made; \
         UPDATE domains SET mesh_version = mesh_version + 1 WHERE id = '{domain}'"
    ))
    .await;
}

#[tokio::test]
async fn a_lone_node_is_sent_every_block_and_no_null() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let answer = pull(&agent).await;
    let key = &h
        .rows(&format!(
            "SELECT key_id, encode(public_key, 'base64') AS key FROM signing_keys WHERE domain_id = '{domain}'"
        ))
        .await[0];
    let expected = format!(
        concat!(
            r#"{{"peers":[],"policy":{{"revision_id":"00000000-0000-0000-0000-000000000000","#,
            r#""fingerprint":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","rules":[]}},"bridge":{{}},"#,
            r#""state":{{"metadata":[],"data":[],"reports":[]}},"reports":{{"metadata":[],"data":[],"reports":[]}},"#,
            r#""executions":[],"sessions":[],"reachability":{{"state":"unreachable","changed_at":"{}"}},"#,
            r#""signing_keys":[{{"key_id":"{}","public_key":"{}","state":"active"}}],"psk_epoch":1}}"#
        ),
        h.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        key["key_id"].as_str().unwrap(),
        key["key"].as_str().unwrap(),
    );
    assert_eq!(String::from_utf8_lossy(&answer.bytes), expected);
    assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    assert_eq!(answer.header("content-length"), Some(expected.len().to_string().as_str()));
    assert!(answer.header("content-encoding").is_none() && answer.header("warning").is_none());
    h.stop().await;
}

#[tokio::test]
async fn peers_are_all_others_of_the_domain_in_order_and_never_the_node_itself() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 5).await;
    let elsewhere = h.domain("elsewhere", "10.30.0.0/16").await;
    let stranger = h.enrol(&h.project(&elsewhere, "team").await, "web-1").await;
    let mut all: Vec<&str> = agents.iter().map(|agent| agent.node_id.as_str()).collect();
    all.sort_unstable();
    for agent in &agents {
        let answer = pull(agent).await;
        let others: Vec<&str> = all.iter().copied().filter(|id| *id != agent.node_id).collect();
        assert_eq!(peers(&answer), others);
        for peer in answer.json()["peers"].as_array().unwrap() {
            let other = agents.iter().find(|other| other.node_id == peer["node_id"]).unwrap();
            let key = &h.admin.get(&format!("/v1/nodes/{}", other.node_id)).await.expect(200)["public_key"];
            let expected =
                json!({ "node_id": other.node_id, "mesh_ip": other.mesh_ip, "public_key": key, "psk_epoch": 1 });
            assert_eq!(*peer, expected);
        }
        // An operator sees the same bytes.
        assert_eq!(h.admin.get(&agent.path("state")).await.bytes, answer.bytes);
    }
    assert!(peers(&pull(&stranger).await).is_empty());
    h.stop().await;
}

/// Whatever peers see of a Node changes the Domain's version in its own transaction: a pull after it, on any replica,
/// shows it, and the validator is another.
#[tokio::test]
async fn every_cause_is_seen_by_the_next_pull_on_every_replica() {
    let h = Harness::start().await;
    let other = h.replica().await;
    let (_, project) = h.lab().await;
    let [watcher, moved] = [h.enrol(&project, "watcher").await, h.enrol(&project, "moved").await];
    let id = moved.node_id.clone();
    let there = Client::new(other.address()).with_bearer(&watcher.nsk);
    let seen = || async {
        let here = pull(&watcher).await;
        let there = there.get(&watcher.path("state")).await;
        assert_eq!((&here.bytes, here.header("etag")), (&there.bytes, there.header("etag")), "replicas agree");
        let body = here.json();
        let peer = body["peers"].as_array().unwrap().iter().find(|peer| peer["node_id"] == id).cloned();
        (peer.unwrap_or(Value::Null), etag(&here), h.count("SELECT mesh_version FROM domains").await)
    };
    let report = |agent: Agent, endpoint: &'static str| {
        let body = json!({ "endpoint": endpoint, "nat_type": "full_cone", "reported_at": h.clock.now().to_rfc3339() });
        async move { agent.client.send_json(Method::PUT, &agent.path("endpoint"), &body).await.expect(200) }
    };
    let mut last = seen().await;
    let mut changed = async |what: &str| {
        let now = seen().await;
        assert_ne!((&now.0, &now.1), (&last.0, &last.1), "{what}");
        assert_ne!(now.0, last.0, "{what}");
        assert_ne!(now.1, last.1, "{what}");
        assert!(now.2 > last.2, "{what}: {} then {}", last.2, now.2);
        last = now;
        last.0.clone()
    };
    report(moved.clone(), "203.0.113.7:51820").await;
    let peer = changed("a first endpoint").await;
    assert_eq!((&peer["endpoint"], &peer["nat_type"]), (&json!("203.0.113.7:51820"), &json!("full_cone")));
    report(moved.clone(), "203.0.113.8:51820").await;
    assert_eq!(changed("another endpoint").await["endpoint"], "203.0.113.8:51820");
    // Endpoints live for 300 s.
    for _ in 0..31 {
        h.pass(10).await;
    }
    h.step("endpoint_sweeper").await;
    assert!(changed("an endpoint that is withdrawn").await.get("endpoint").is_none());
    let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": moved.node_id });
    let token = h.bootstrap_token_with(&project, bound).await;
    let again = h.anonymous().post("/v1/register", &registration(&project, "any", &token)).await.expect(201);
    assert_eq!(changed("a new key by enrolling again").await["psk_epoch"], 2);
    let moved = Agent::from_registration(&h.anonymous(), again);
    h.admin.post_empty(&moved.path("drain")).await.expect(204);
    assert_eq!(changed("a drain").await, Value::Null);
    h.admin.post_empty(&moved.path("undrain")).await.expect(204);
    assert_eq!(changed("an undrain").await["psk_epoch"], 3);
    h.admin.post_empty(&moved.path("deregister")).await.expect(204);
    assert_eq!(changed("a deregistration").await, Value::Null);
    h.enrol(&project, "newcomer").await;
    assert_eq!(peers(&pull(&watcher).await).len(), 1);
    other.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn what_concerns_a_node_alone_changes_its_own_state_only() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 2).await;
    let before = join_all(agents.iter().map(pull)).await;
    agents[0].heartbeat(h.clock.now()).await.expect(200);
    let after = join_all(agents.iter().map(pull)).await;
    assert_eq!(after[0].json()["reachability"]["state"], "healthy");
    assert_ne!(etag(&before[0]), etag(&after[0]));
    assert_eq!((etag(&before[1]), &before[1].bytes), (etag(&after[1]), &after[1].bytes));
    // A heartbeat without a transition is no change: there is no heartbeat time in it.
    h.clock.advance(chrono::TimeDelta::seconds(20));
    agents[0].heartbeat(h.clock.now()).await.expect(200);
    assert_eq!((etag(&pull(&agents[0]).await), &pull(&agents[0]).await.bytes), (etag(&after[0]), &after[0].bytes));
    h.stop().await;
}

#[tokio::test]
async fn a_drained_node_has_no_peers_and_one_that_is_gone_no_state() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 2).await;
    let before = pull(&agents[0]).await;
    h.admin.post_empty(&agents[0].path("drain")).await.expect(204);
    let drained = pull(&agents[0]).await;
    assert_eq!(drained.json()["peers"], json!([]));
    assert_eq!(drained.json()["psk_epoch"], 1, "it is a Node all the same");
    assert_ne!(etag(&drained), etag(&before));
    let newcomer = h.enrol(&project, "newcomer").await;
    assert_eq!(etag(&pull(&agents[0]).await), etag(&drained), "others do not concern it");
    assert_eq!(peers(&pull(&newcomer).await), [agents[1].node_id.clone()]);
    h.admin.post_empty(&agents[0].path("undrain")).await.expect(204);
    assert_eq!(peers(&pull(&agents[0]).await).len(), 2);

    h.admin.post_empty(&agents[0].path("deregister")).await.expect(204);
    h.admin.get(&agents[0].path("state")).await.refused(404, "node_not_found");
    h.admin.get(&format!("/v1/nodes/{}/state", Uuid::now_v7())).await.refused(404, "node_not_found");
    h.admin.get("/v1/nodes/none/state").await.refused(400, "invalid_node_id");
    h.step("credential_watch").await;
    agents[0].client.get(&agents[0].path("state")).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn a_sibling_nodes_nsk_and_an_operator_without_the_relation_are_refused_plainly() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 2).await;
    let path = agents[0].path("state");
    let plain = |problem: Value| assert!(problem.get("reason").is_none(), "{problem}");
    plain(agents[1].client.get(&path).await.refused(403, "node_id_mismatch"));
    let unknown = format!("/v1/nodes/{}/state", Uuid::now_v7());
    plain(agents[1].client.get(&unknown).await.refused(403, "node_id_mismatch"));
    let viewer = h.operator(&format!("domain:{domain}"), "viewer").await;
    plain(viewer.get(&path).await.refused(403, "insufficient_relation"));
    h.anonymous().get(&path).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn every_coding_decodes_to_the_same_bytes_over_both_protocols() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 2).await;
    crowd(&h, &domain, &project, 900).await;
    let http1 = Client::http1(h.address());
    let mut nodes: Vec<String> = peers(&pull(&agents[0]).await).into_iter().step_by(97).collect();
    nodes.push(agents[0].node_id.clone());
    for id in nodes {
        let path = format!("/v1/nodes/{id}/state");
        let plain = with(&h.admin, &path, &[]).await;
        let body = plain.json();
        let ids: Vec<&str> =
            body["peers"].as_array().unwrap().iter().map(|peer| peer["node_id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 901);
        assert!(ids.is_sorted() && !ids.contains(&id.as_str()));
        for client in [&h.admin, &http1.with_bearer(&h.admin_token)] {
            let mut validators = Vec::new();
            for coding in CODINGS {
                let answer = with(client, &path, &[("accept-encoding", coding)]).await;
                assert_eq!(answer.status, 200);
                assert_eq!(answer.header("content-encoding"), (coding != "identity").then_some(coding));
                assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
                assert!(answer.decoded() == plain.bytes, "{coding} of {id}");
                assert!(coding == "identity" || answer.bytes.len() < plain.bytes.len() * 3 / 4);
                let again = with(client, &path, &[("accept-encoding", coding)]).await;
                assert!(again.bytes == answer.bytes, "{coding} gives the same bytes again");
                validators.push(etag(&answer));
            }
            validators.dedup();
            assert_eq!(validators.len(), 3, "each coding has its own validator: {validators:?}");
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn a_state_that_the_caller_has_is_not_sent_again() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 2).await;
    let (client, path) = (&agents[0].client, agents[0].path("state"));
    let mut tags = Vec::new();
    for coding in CODINGS {
        tags.push(etag(&with(client, &path, &[("accept-encoding", coding)]).await));
    }
    let [plain, gzip, zstd] = <[String; 3]>::try_from(tags).unwrap();
    for (held, coding, answered) in [
        (plain.clone(), "identity", Some(&plain)),
        (format!("W/{plain}"), "identity", Some(&plain)),
        (format!("\"other\", {gzip}"), "gzip", Some(&gzip)),
        // Whichever of them the caller has is the present state.
        (zstd.clone(), "identity", Some(&zstd)),
        ("*".to_owned(), "gzip", Some(&gzip)),
        ("\"other\"".to_owned(), "identity", None),
        (plain.trim_matches('"').to_owned(), "identity", None),
    ] {
        let answer = with(client, &path, &[("if-none-match", &held), ("accept-encoding", coding)]).await;
        match answered {
            Some(tag) => {
                assert_eq!((answer.status.as_u16(), answer.header("etag")), (304, Some(tag.as_str())), "{held}");
                assert!(answer.bytes.is_empty() && answer.header("content-length").is_none_or(|length| length != "0"));
                assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
            }
            None => assert_eq!(answer.status, 200, "{held}"),
        }
    }
    h.enrol(&project, "newcomer").await;
    for tag in [&plain, &gzip, &zstd] {
        assert_eq!(with(client, &path, &[("if-none-match", tag)]).await.status, 200);
    }
    // What is not there is not "any".
    let gone = format!("/v1/nodes/{}/state", Uuid::now_v7());
    with(&h.admin, &gone, &[("if-none-match", "*")]).await.refused(404, "node_not_found");
    h.stop().await;
}

#[tokio::test]
async fn head_tells_what_get_would_without_making_it() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 2).await;
    for client in [agents[0].client.clone(), Client::http1(h.address()).with_bearer(&agents[0].nsk)] {
        for coding in CODINGS {
            let ask = |method| client.request(method, &agents[0].path("state")).header("accept-encoding", coding);
            let get = client.send(ask(Method::GET)).await;
            let head = client.send(ask(Method::HEAD)).await;
            assert_eq!((head.status, &head.bytes[..]), (get.status, &b""[..]));
            for name in ["etag", "vary", "content-encoding", "content-type", "cache-control"] {
                assert_eq!(head.header(name), get.header(name), "{name}");
            }
            assert!(head.header("content-length").is_none_or(|length| Some(length) == get.header("content-length")));
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn a_read_that_fails_is_a_passing_fault_and_never_a_smaller_state() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 2).await;
    let before = pull(&agents[0]).await;
    for table in ["nodes", "peers", "peer_endpoints", "node_liveness", "node_state_entries", "signing_keys", "domains"]
    {
        h.sql(&format!("ALTER TABLE {table} RENAME TO hidden")).await;
        // Warm, then with a version that is not held any more.
        for _ in 0..2 {
            agents[0].client.get(&agents[0].path("state")).await.refused(503, "datastore_unavailable");
        }
        h.sql(&format!("ALTER TABLE hidden RENAME TO {table}")).await;
        let after = pull(&agents[0]).await;
        assert_eq!((&after.bytes, etag(&after)), (&before.bytes, etag(&before)), "{table}");
    }
    h.stop().await;
}

/// Pulls that wait while a statement runs are answered by one that begins after all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_that_begins_after_a_change_sees_it_though_an_older_one_is_under_way() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 3).await;
    join_all(agents.iter().map(pull)).await;
    let mut lock = h.db().await;
    lock.batch_execute("BEGIN; LOCK TABLE node_state_entries IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let [first, second, third] = [agents[0].clone(), agents[1].clone(), agents[2].clone()];
    let under_way = tokio::spawn(async move { peers(&pull(&first).await) });
    h.until_held_up(1).await;
    // Committed while the first pull is under way; the next ones begin after it.
    let newcomer = h.enrol(&project, "newcomer").await;
    let later = [second, third].map(|agent| tokio::spawn(async move { peers(&pull(&agent).await) }));
    in_flight(&h.server, 3).await;
    lock.batch_execute("ROLLBACK").await.unwrap();
    assert!(under_way.await.unwrap().len() >= 2);
    for pulled in later {
        assert!(pulled.await.unwrap().contains(&newcomer.node_id));
    }
    h.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn states_pulled_while_the_domain_changes_are_whole_and_the_last_one_is_the_last_state() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agents = enrol_all(&h, &project, 4).await;
    crowd(&h, &domain, &project, 300).await;
    let pulling = agents.iter().map(|agent| async {
        let mut least = 0;
        for turn in 0..15 {
            let coding = CODINGS[turn % 3];
            let answer = with(&agent.client, &agent.path("state"), &[("accept-encoding", coding)]).await;
            let body: Value = serde_json::from_slice(&answer.decoded()).unwrap();
            let ids: Vec<&str> =
                body["peers"].as_array().unwrap().iter().map(|peer| peer["node_id"].as_str().unwrap()).collect();
            assert!(ids.is_sorted() && !ids.contains(&agent.node_id.as_str()));
            assert!(ids.len() >= least.max(303), "Nodes only come here: {} after {least}", ids.len());
            least = ids.len();
        }
    });
    let enrolling = async {
        for n in 0..8 {
            h.enrol(&project, &format!("late-{n}")).await;
        }
    };
    tokio::join!(join_all(pulling), enrolling);
    for agent in &agents {
        assert_eq!(peers(&pull(agent).await).len(), 311);
    }
    h.stop().await;
}
