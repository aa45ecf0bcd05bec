//! Taking Nodes out of the mesh and bringing them back.

use chrono::TimeDelta;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::future::join_all;
use http::Method;
use plexsphere::clock::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::registration;
use crate::harness::{Agent, Answer, Client, Harness};

async fn drain(client: &Client, agent: &Agent) {
    client.post_empty(&agent.path("drain")).await.expect(204);
}

async fn undrain(client: &Client, agent: &Agent) {
    client.post_empty(&agent.path("undrain")).await.expect(204);
}

async fn status(h: &Harness, agent: &Agent) -> Value {
    h.admin.get(&format!("/v1/nodes/{}", agent.node_id)).await.expect(200)["status"].clone()
}

/// A registration's body for the Node once more.
async fn again(h: &Harness, project: &str, agent: &Agent) -> Value {
    let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
    registration(project, "any", &h.bootstrap_token_with(project, bound).await)
}

/// Types and payloads of what the Domain was told of the Node, in order.
async fn told(h: &Harness, agent: &Agent) -> Vec<(String, Value)> {
    let rows = h
        .rows(&format!(
            "SELECT event_type, payload FROM outbox WHERE scope_kind = 'domain' AND payload->>'node_id' = '{}' ORDER BY position",
            agent.node_id
        ))
        .await;
    rows.into_iter().map(|row| (row["event_type"].as_str().unwrap().to_owned(), row["payload"].clone())).collect()
}

async fn told_types(h: &Harness, agent: &Agent) -> Vec<String> {
    told(h, agent).await.into_iter().map(|(event_type, _)| event_type).collect()
}

async fn mesh_version(h: &Harness) -> i64 {
    h.count("SELECT mesh_version FROM domains").await
}

/// Whoever folds the Node's events, however the changes interleaved, holds what the tables hold.
async fn events_and_rows_agree(h: &Harness, agent: &Agent) {
    let id = &agent.node_id;
    let mut key: Option<Value> = None;
    let mut epochs = Vec::new();
    let mut opened = 0;
    for (event_type, payload) in told(h, agent).await {
        match event_type.as_str() {
            "peer_registered" => {
                opened += usize::from(key.is_none());
                key = Some(payload["public_key"].clone());
            }
            "peer_psk_assigned" => {
                assert!(key.is_some(), "a PSK for nobody");
                epochs.push(payload["psk_epoch"].as_i64().unwrap());
            }
            "peer_deregistered" => assert!(key.take().is_some(), "deregistered twice"),
            "peer_endpoint_changed" => assert!(key.is_some(), "an endpoint of nobody"),
            other => panic!("{other}"),
        }
    }
    assert_eq!(epochs, (1..=epochs.len() as i64).collect::<Vec<_>>());
    let live = i64::from(key.is_some());
    for (what, n) in [
        ("peers WHERE retired_at IS NULL AND", live),
        ("pre_shared_keys WHERE retired_at IS NULL AND", live),
        ("peer_endpoints WHERE", live),
        ("peers WHERE", opened as i64),
        ("pre_shared_keys WHERE", epochs.len() as i64),
    ] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {what} node_id = '{id}'")).await, n, "{what}");
    }
    let node = h.admin.get(&format!("/v1/nodes/{id}")).await.expect(200);
    if let Some(key) = key {
        assert_eq!((&node["status"], &node["public_key"]), (&json!("active"), &key));
    }
    let drained = h.count(&format!("SELECT count(drained_at) FROM nodes WHERE id = '{id}'")).await;
    if node["status"] != "deregistered" {
        assert_eq!(drained, 1 - live);
    }
}

/// Reports that the Node is at port `port` of its address.
async fn put_endpoint(h: &Harness, agent: &Agent, port: u16) -> Answer {
    let body = json!({
        "endpoint": format!("203.0.113.7:{port}"), "nat_type": "restricted", "reported_at": h.clock.now().to_rfc3339(),
    });
    agent.client.send_json(Method::PUT, &agent.path("endpoint"), &body).await
}

/// Holds rows of the server's database on a connection of its own, until it is dropped or let go.
struct Held(AsyncPgConnection);

impl Held {
    async fn rows(h: &Harness, of: &str) -> Self {
        let mut conn = h.db().await;
        conn.batch_execute(&format!("BEGIN; SELECT FROM {of} FOR UPDATE")).await.unwrap();
        Self(conn)
    }

    /// Lets go once `n` statements of the server wait for them.
    async fn until_waited_for(mut self, h: &Harness, n: i64) {
        h.until_held_up(n).await;
        self.0.batch_execute("COMMIT").await.unwrap();
    }
}

#[tokio::test]
async fn a_drained_node_leaves_the_mesh_and_lives_on() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let neighbour = h.enrol(&project, "web-2").await;
    agent.heartbeat(h.clock.now()).await.expect(200);
    h.clock.advance(TimeDelta::seconds(1));
    let version = mesh_version(&h).await;
    for _ in 0..2 {
        drain(&h.admin, &agent).await;
        h.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!(status(&h, &agent).await, "drained");
    assert_eq!(status(&h, &neighbour).await, "active");
    assert_eq!(told_types(&h, &agent).await, ["peer_registered", "peer_psk_assigned", "peer_deregistered"]);
    assert_eq!(told(&h, &agent).await[2].1, json!({ "node_id": agent.node_id }));
    assert_eq!(mesh_version(&h).await, version + 1);
    let id = &agent.node_id;
    for (what, n) in [
        (format!("outbox WHERE event_type = 'peer_deregistered' AND scope_id = '{domain}'"), 1),
        (
            format!(
                "audit_entries WHERE action = 'node.drain' AND object = 'node:{id}' AND decision = 'allowed' AND {}",
                crate::harness::TELLS_OF_A_CHANGE
            ),
            1,
        ),
        (format!("node_secret_keys WHERE node_id = '{id}' AND revoked_at IS NULL"), 1),
        (format!("nodes WHERE id = '{id}' AND drained_at IS NOT NULL AND deregistered_at IS NULL"), 1),
        ("released_addresses".to_owned(), 0),
    ] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {what}")).await, n, "{what}");
    }
    events_and_rows_agree(&h, &agent).await;
    // Heartbeats go on, and who is drained is watched like anybody else.
    agent.heartbeat(h.clock.now()).await.expect(200);
    assert_eq!(agent.client.get(&agent.path("reachability")).await.expect(200)["state"], "healthy");
    h.pass(91).await;
    assert_eq!(agent.client.get(&agent.path("reachability")).await.expect(200)["state"], "stale");
    h.stop().await;
}

#[tokio::test]
async fn an_undrained_node_is_a_new_peer_at_its_old_address_with_a_fresh_psk() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    drain(&h.admin, &agent).await;
    h.clock.advance(TimeDelta::seconds(1));
    let version = mesh_version(&h).await;
    for _ in 0..2 {
        undrain(&h.admin, &agent).await;
        h.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!(status(&h, &agent).await, "active");
    let told = told(&h, &agent).await;
    let types: Vec<&str> = told.iter().map(|(event_type, _)| event_type.as_str()).collect();
    assert_eq!(
        types,
        ["peer_registered", "peer_psk_assigned", "peer_deregistered", "peer_registered", "peer_psk_assigned"]
    );
    // The same Peer to whoever looks, but for the PSK.
    assert_eq!(told[3].1, told[0].1);
    assert_eq!(told[3].1["mesh_ip"], json!(agent.mesh_ip));
    let psk = &told[4].1;
    assert_eq!(
        (&psk["node_id"], &psk["psk_epoch"], &psk["wrap_key_version"]),
        (&json!(agent.node_id), &json!(2), &json!(1))
    );
    assert_ne!(psk["kid"], told[1].1["kid"]);
    let stored = format!(
        "SELECT count(*) FROM pre_shared_keys WHERE kid = '{}' AND psk_epoch = 2 AND retired_at IS NULL",
        psk["kid"].as_str().unwrap()
    );
    assert_eq!(h.count(&stored).await, 1);
    assert_eq!(h.count("SELECT count(DISTINCT sealed_psk) FROM pre_shared_keys").await, 2);
    assert_eq!(mesh_version(&h).await, version + 1);
    assert_eq!(h.changes("action = 'node.undrain'").await, 1);
    events_and_rows_agree(&h, &agent).await;
    h.stop().await;
}

#[tokio::test]
async fn what_was_never_drained_is_not_undrained() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let version = mesh_version(&h).await;
    undrain(&h.admin, &agent).await;
    assert_eq!(told_types(&h, &agent).await, ["peer_registered", "peer_psk_assigned"]);
    assert_eq!(mesh_version(&h).await, version);
    assert_eq!(h.changes("action = 'node.undrain'").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn only_who_operates_a_node_drains_it() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let sibling = h.enrol(&project, "web-2").await;
    let (node, own, all) =
        (format!("node:{}", agent.node_id), format!("project:{project}"), format!("domain:{domain}"));
    for (object, relation, may) in [
        (&node, "operator", true),
        (&node, "agent", false),
        (&node, "reader", false),
        (&own, "admin", true),
        (&own, "reader", false),
        (&all, "admin", true),
        (&all, "viewer", false),
    ] {
        let operator = h.operator(object, relation).await;
        for operation in ["drain", "undrain"] {
            let answer = operator.post_empty(&agent.path(operation)).await;
            if may {
                drop(answer.expect(204));
                let unknown = format!("/v1/nodes/{}/{operation}", Uuid::now_v7());
                operator.post_empty(&unknown).await.refused(403, "insufficient_relation");
            } else {
                let problem = answer.refused(403, "insufficient_relation");
                assert_eq!(problem["relation_path"], json!([]), "{object} {relation}");
            }
        }
    }
    for operation in ["drain", "undrain"] {
        // It is for operators: a Node does not drain itself.
        for client in [&agent.client, &sibling.client, &h.anonymous()] {
            client.post_empty(&agent.path(operation)).await.refused(401, "unauthenticated");
        }
        h.admin.post_empty(&format!("/v1/nodes/x/{operation}")).await.refused(400, "invalid_node_id");
        let unknown = format!("/v1/nodes/{}/{operation}", Uuid::now_v7());
        h.admin.post_empty(&unknown).await.refused(404, "node_not_found");
    }
    events_and_rows_agree(&h, &agent).await;
    h.stop().await;
}

#[tokio::test]
async fn a_drained_nodes_address_waits_for_it_and_its_neighbours_do_not_see_it() {
    let h = Harness::start().await;
    // Room for six.
    let domain = h.domain("small", "10.30.0.0/29").await;
    let project = h.project(&domain, "team").await;
    let agent = h.enrol(&project, "web-1").await;
    drain(&h.admin, &agent).await;
    let mut neighbours = Vec::new();
    for n in 2..7 {
        neighbours.push(h.enrol(&project, &format!("web-{n}")).await);
    }
    let body = registration(&project, "one-too-many", &h.bootstrap_token(&project).await);
    h.anonymous().post("/v1/register", &body).await.refused(503, "pool_exhausted");
    for (n, neighbour) in neighbours.iter().enumerate() {
        assert_ne!(neighbour.mesh_ip, agent.mesh_ip);
        let peers = neighbour.registered["peer_snapshot"].as_array().unwrap();
        assert_eq!(peers.len(), n);
        assert!(peers.iter().all(|peer| peer["node_id"] != json!(agent.node_id)));
    }
    // Its handle and its key are its own as well.
    let body = registration(&project, "web-1", &h.bootstrap_token(&project).await);
    let answer = h.anonymous().post("/v1/register", &body).await;
    assert!(["pool_exhausted", "resource_already_bound"].contains(&answer.json()["code"].as_str().unwrap()));

    h.admin.post_empty(&neighbours[0].path("deregister")).await.expect(204);
    undrain(&h.admin, &agent).await;
    assert_eq!(told(&h, &agent).await[3].1["mesh_ip"], json!(agent.mesh_ip));
    let body = again(&h, &project, &neighbours[1]).await;
    let told = h.anonymous().post("/v1/register", &body).await.expect(201);
    let seen = told["peer_snapshot"].as_array().unwrap().iter().find(|peer| peer["node_id"] == json!(agent.node_id));
    assert_eq!(seen.map(|peer| (&peer["mesh_ip"], &peer["psk_epoch"])), Some((&json!(agent.mesh_ip), &json!(2))));
    h.stop().await;
}

#[tokio::test]
async fn a_deregistered_node_is_not_there_to_be_drained_or_brought_back() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    for drained_before in [false, true] {
        let agent = h.enrol(&project, &format!("web-{drained_before}")).await;
        if drained_before {
            drain(&h.admin, &agent).await;
        }
        h.admin.post_empty(&agent.path("deregister")).await.expect(204);
        let (events, version) = (told(&h, &agent).await, mesh_version(&h).await);
        // Its Peer is ended once, by whichever came first.
        assert_eq!(events.iter().filter(|(event_type, _)| event_type == "peer_deregistered").count(), 1);
        for operation in ["drain", "undrain"] {
            h.admin.post_empty(&agent.path(operation)).await.refused(404, "node_not_found");
        }
        assert_eq!((told(&h, &agent).await, mesh_version(&h).await), (events, version));
        assert_eq!(status(&h, &agent).await, "deregistered");
        let freed = format!("SELECT count(*) FROM released_addresses WHERE host(address) = '{}'", agent.mesh_ip);
        assert_eq!(h.count(&freed).await, 1);
        events_and_rows_agree(&h, &agent).await;
    }
    h.stop().await;
}

#[tokio::test]
async fn a_drained_node_that_enrols_again_stays_drained_until_it_is_brought_back() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.enrol(&project, "web-2").await;
    drain(&h.admin, &agent).await;
    let (events, version) = (told(&h, &agent).await, mesh_version(&h).await);

    let body = again(&h, &project, &agent).await;
    let registered = h.anonymous().post("/v1/register", &body).await.expect(201);
    assert_eq!(registered["peer_snapshot"], json!([]));
    let renewed = Agent::from_registration(&h.anonymous(), registered);
    assert_eq!((&renewed.node_id, &renewed.mesh_ip), (&agent.node_id, &agent.mesh_ip));
    assert_eq!(status(&h, &agent).await, "drained");
    assert_eq!((told(&h, &agent).await, mesh_version(&h).await), (events, version), "nobody is told");
    renewed.heartbeat(h.clock.now()).await.expect(200);
    events_and_rows_agree(&h, &agent).await;

    undrain(&h.admin, &agent).await;
    let told = told(&h, &agent).await;
    assert_eq!(told[3].1["public_key"], body["public_key"]);
    assert_eq!(told[4].1["psk_epoch"], 2);
    events_and_rows_agree(&h, &agent).await;
    h.stop().await;
}

#[tokio::test]
async fn a_drained_nodes_endpoint_is_forgotten_and_none_is_taken_until_it_is_back() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    put_endpoint(&h, &agent, 1000).await.expect(200);
    drain(&h.admin, &agent).await;
    for _ in 0..2 {
        put_endpoint(&h, &agent, 1000).await.refused(404, "endpoint_peer_not_found");
        h.clock.advance(TimeDelta::seconds(1));
    }
    undrain(&h.admin, &agent).await;
    let neighbour = h.enrol(&project, "web-2").await;
    let peer = &neighbour.registered["peer_snapshot"][0];
    assert_eq!((&peer["node_id"], peer.get("endpoint")), (&json!(agent.node_id), None));
    // The same endpoint as before is news again.
    put_endpoint(&h, &agent, 1000).await.expect(200);
    let types = told_types(&h, &agent).await;
    assert_eq!(
        types,
        [
            "peer_registered",
            "peer_psk_assigned",
            "peer_endpoint_changed",
            "peer_deregistered",
            "peer_registered",
            "peer_psk_assigned",
            "peer_endpoint_changed"
        ]
    );
    events_and_rows_agree(&h, &agent).await;
    h.stop().await;
}

#[tokio::test]
async fn an_endpoint_and_a_drain_at_once_leave_no_endpoint_behind() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    for n in 0..4_u16 {
        let agent = h.enrol(&project, &format!("web-{n}")).await;
        put_endpoint(&h, &agent, 1000).await.expect(200);
        let held = Held::rows(&h, &format!("peer_endpoints WHERE node_id = '{}'", agent.node_id)).await;
        let path = agent.path("drain");
        // Every other one only says again what is known.
        let (put, drained, ()) = tokio::join!(
            put_endpoint(&h, &agent, 1000 + n % 2),
            h.admin.post_empty(&path),
            held.until_waited_for(&h, 2)
        );
        drained.expect(204);
        match put.status.as_u16() {
            200 => {}
            410 => drop(put.refused(410, "endpoint_peer_gone")),
            _ => drop(put.refused(404, "endpoint_peer_not_found")),
        }
        events_and_rows_agree(&h, &agent).await;
        assert_eq!(told_types(&h, &agent).await.last().unwrap(), "peer_deregistered");
    }
    h.stop().await;
}

#[tokio::test]
async fn many_drains_and_undrains_at_once_are_told_as_often_as_they_happened() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let held = Held::rows(&h, &format!("nodes WHERE id = '{}'", agent.node_id)).await;
    let paths: Vec<String> = (0..12).map(|n| agent.path(if n % 3 == 0 { "undrain" } else { "drain" })).collect();
    let all = join_all(paths.iter().map(|path| h.admin.post_empty(path)));
    let (answers, ()) = tokio::join!(all, held.until_waited_for(&h, 4));
    for answer in answers {
        answer.expect(204);
    }
    events_and_rows_agree(&h, &agent).await;
    let changes = h.count("SELECT count(*) FROM outbox WHERE event_type <> 'peer_psk_assigned'").await;
    assert_eq!(mesh_version(&h).await, changes);
    let recorded = h.changes("action IN ('node.drain', 'node.undrain')").await;
    assert_eq!(recorded, changes - 1);
    h.stop().await;
}

#[tokio::test]
async fn a_drain_an_undrain_and_a_deregistration_at_once_leave_a_deregistered_node() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    for n in 0..4 {
        let agent = h.enrol(&project, &format!("web-{n}")).await;
        if n % 2 == 1 {
            drain(&h.admin, &agent).await;
        }
        let held = Held::rows(&h, &format!("nodes WHERE id = '{}'", agent.node_id)).await;
        let [drains, undrains, leaves] = ["drain", "undrain", "deregister"].map(|operation| agent.path(operation));
        let (drained, undrained, gone, ()) = tokio::join!(
            h.admin.post_empty(&drains),
            h.admin.post_empty(&undrains),
            h.admin.post_empty(&leaves),
            held.until_waited_for(&h, 3)
        );
        gone.expect(204);
        for answer in [drained, undrained] {
            if answer.status != 204 {
                answer.refused(404, "node_not_found");
            }
        }
        assert_eq!(status(&h, &agent).await, "deregistered");
        events_and_rows_agree(&h, &agent).await;
        assert_eq!(told_types(&h, &agent).await.last().unwrap(), "peer_deregistered");
    }
    h.stop().await;
}

#[tokio::test]
async fn an_enrolment_under_way_while_a_node_is_drained_or_brought_back_sees_it_as_it_is() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    for (n, operation) in ["drain", "undrain"].into_iter().enumerate() {
        let body = registration(&project, &format!("late-{n}"), &h.bootstrap_token(&project).await);
        // It has read its peers before and waits to spend its token.
        let held = Held::rows(&h, "bootstrap_tokens WHERE consumed_at IS NULL").await;
        let anonymous = h.anonymous();
        let (enrolled, ()) = tokio::join!(anonymous.post("/v1/register", &body), async {
            let path = agent.path(operation);
            h.admin.post_empty(&path).await.expect(204);
            held.until_waited_for(&h, 1).await;
        });
        let told = enrolled.expect(201);
        let sees = told["peer_snapshot"].as_array().unwrap().iter().any(|peer| peer["node_id"] == json!(agent.node_id));
        assert_eq!(sees, operation == "undrain");
    }
    h.stop().await;
}

#[tokio::test]
async fn an_undrain_and_a_re_enrolment_at_once_announce_the_key_that_the_node_has() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    for n in 0..4 {
        let agent = h.enrol(&project, &format!("web-{n}")).await;
        let operation = if n % 2 == 0 { "undrain" } else { "drain" };
        if operation == "undrain" {
            drain(&h.admin, &agent).await;
        }
        let body = again(&h, &project, &agent).await;
        let held = Held::rows(&h, &format!("nodes WHERE id = '{}'", agent.node_id)).await;
        let (anonymous, path) = (h.anonymous(), agent.path(operation));
        let (enrolled, changed, ()) = tokio::join!(
            anonymous.post("/v1/register", &body),
            h.admin.post_empty(&path),
            held.until_waited_for(&h, 2)
        );
        enrolled.expect(201);
        changed.expect(204);
        events_and_rows_agree(&h, &agent).await;
        assert_eq!(status(&h, &agent).await, if operation == "undrain" { "active" } else { "drained" });
    }
    h.stop().await;
}

#[tokio::test]
async fn a_database_fault_while_draining_changes_nothing_and_is_no_refusal() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    for operation in ["drain", "undrain"] {
        let (before, events, version) = (status(&h, &agent).await, told(&h, &agent).await, mesh_version(&h).await);
        for table in ["peers", "pre_shared_keys", "wrap_keys", "outbox", "audit_entries"] {
            if (operation, table) == ("drain", "wrap_keys") {
                continue;
            }
            h.sql(&format!("ALTER TABLE {table} RENAME TO away")).await;
            let answer = h.admin.post_empty(&agent.path(operation)).await;
            assert!(answer.status.is_server_error(), "{operation} without {table}: {}", answer.status);
            h.sql(&format!("ALTER TABLE away RENAME TO {table}")).await;
            assert_eq!(status(&h, &agent).await, before, "{operation} without {table}");
        }
        assert_eq!((told(&h, &agent).await, mesh_version(&h).await), (events, version));
        h.admin.post_empty(&agent.path(operation)).await.expect(204);
        events_and_rows_agree(&h, &agent).await;
    }
    // A commit that the database does not answer for is a passing fault.
    h.sql(
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'; \
         CREATE CONSTRAINT TRIGGER cut AFTER UPDATE ON nodes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut()",
    )
    .await;
    h.admin.post_empty(&agent.path("drain")).await.refused(503, "datastore_unavailable");
    h.sql("DROP TRIGGER cut ON nodes").await;
    assert_eq!(status(&h, &agent).await, "active");
    events_and_rows_agree(&h, &agent).await;
    h.stop().await;
}
