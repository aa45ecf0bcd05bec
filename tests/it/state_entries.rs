//! State entries: metadata and data that operators set, and reports of the Node.

use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Agent, Answer, Client, Harness};

const BY_OPERATORS: [&str; 2] = ["metadata", "data"];

async fn put(client: &Client, agent: &Agent, kind: &str, key: &str, body: Value) -> Answer {
    client.send_json(Method::PUT, &agent.path(&format!("state/{kind}/{key}")), &body).await
}

async fn delete(client: &Client, agent: &Agent, kind: &str, key: &str) -> Answer {
    client.delete(&agent.path(&format!("state/{kind}/{key}"))).await
}

async fn state(agent: &Agent) -> Value {
    agent.client.get(&agent.path("state")).await.expect(200)
}

/// What the Node was told, in order.
async fn told(h: &Harness, agent: &Agent) -> Vec<Value> {
    let rows = h
        .rows(&format!(
            "SELECT event_type, payload FROM outbox WHERE scope_kind = 'node' AND scope_id = '{}' ORDER BY position",
            agent.node_id
        ))
        .await;
    for row in &rows {
        assert_eq!(row["event_type"], "node_state_updated");
        assert_eq!(row["payload"]["node_id"], agent.node_id.as_str());
    }
    rows.into_iter().map(|row| row["payload"]["revision"].clone()).collect()
}

async fn fill(h: &Harness, agent: &Agent, kind: i16, count: usize) {
    h.sql(&format!(
        "INSERT INTO node_state_entries (node_id, kind, key, value) \
         SELECT '{}', {kind}, 'key-' || n, '' FROM generate_series(1, {count}) n",
        agent.node_id
    ))
    .await;
}

#[tokio::test]
async fn what_operators_set_is_in_the_state_and_told_to_the_node() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let [agent, other] = [h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await];
    for kind in BY_OPERATORS {
        let before = told(&h, &agent).await.len() as i64;
        put(&h.admin, &agent, kind, "rack", json!({ "value": "a-17" })).await.expect(204);
        put(&h.admin, &agent, kind, "a.b", json!({ "value": "", "workload_tag": "billing" })).await.expect(204);
        put(&h.admin, &agent, kind, "a-b", json!({ "value": "ä\"\n" })).await.expect(204);
        let expected = json!([
            { "key": "a-b", "value": "ä\"\n" },
            { "key": "a.b", "value": "", "workload_tag": "billing" },
            { "key": "rack", "value": "a-17" },
        ]);
        assert_eq!(state(&agent).await["state"][kind], expected);
        assert_eq!(told(&h, &agent).await.len() as i64, before + 3);
        // The same again is no change, another tag is one.
        put(&h.admin, &agent, kind, "rack", json!({ "value": "a-17", "workload_tag": null })).await.expect(204);
        assert_eq!(told(&h, &agent).await.len() as i64, before + 3);
        put(&h.admin, &agent, kind, "rack", json!({ "value": "a-17", "workload_tag": "w" })).await.expect(204);
        delete(&h.admin, &agent, kind, "a.b").await.expect(204);
        delete(&h.admin, &agent, kind, "a.b").await.refused(404, "state_entry_not_found");
        assert_eq!(told(&h, &agent).await.len() as i64, before + 5);
    }
    let revisions: Vec<Value> = (1..=10).map(Value::from).collect();
    assert_eq!(told(&h, &agent).await, revisions);
    assert!(told(&h, &other).await.is_empty());
    assert_eq!(state(&other).await["state"], json!({ "metadata": [], "data": [], "reports": [] }));
    let audited = h
        .rows(&format!(
            "SELECT action, domain_id, object, reason FROM audit_entries \
             WHERE action LIKE 'node.state.%' AND {} ORDER BY id",
            crate::harness::TELLS_OF_A_CHANGE
        ))
        .await;
    assert_eq!(audited.len(), 10);
    let expected = json!({
        "action": "node.state.put", "domain_id": domain, "object": format!("node:{}", agent.node_id), "reason": "metadata rack",
    });
    assert_eq!(audited[0], expected);
    assert_eq!(audited[9]["action"], "node.state.delete");
    h.stop().await;
}

#[tokio::test]
async fn an_entry_changes_the_validator_of_its_node_only() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agents = [h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await];
    let tags = || {
        join_all(
            agents.iter().map(|agent| async { agent.client.get(&agent.path("state")).await.headers["etag"].clone() }),
        )
    };
    let before = tags().await;
    put(&h.admin, &agents[0], "data", "k", json!({ "value": "v" })).await.expect(204);
    let after = tags().await;
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1], after[1]);
    delete(&h.admin, &agents[0], "data", "k").await.expect(204);
    assert_eq!(tags().await, before, "the same state has the same validator");
    h.stop().await;
}

#[tokio::test]
async fn reports_are_the_nodes_own_and_tell_nobody() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let [agent, sibling] = [h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await];
    put(&agent.client, &agent, "reports", "disk", json!({ "value": "full" })).await.expect(204);
    put(&agent.client, &agent, "reports", "cpu", json!({ "value": "idle" })).await.expect(204);
    let seen = state(&agent).await;
    assert_eq!(
        seen["reports"],
        json!({ "metadata": [], "data": [], "reports": [{ "key": "cpu", "value": "idle" }, { "key": "disk", "value": "full" }] })
    );
    assert_eq!(seen["state"], json!({ "metadata": [], "data": [], "reports": [] }));
    delete(&agent.client, &agent, "reports", "cpu").await.expect(204);
    delete(&agent.client, &agent, "reports", "cpu").await.refused(404, "state_entry_not_found");
    assert!(told(&h, &agent).await.is_empty());
    assert_eq!(h.count("SELECT count(*) FROM audit_entries WHERE action LIKE 'node.state.%'").await, 0);

    let denied =
        put(&sibling.client, &agent, "reports", "disk", json!({ "value": "" })).await.refused(403, "node_id_mismatch");
    assert_eq!(denied["reason"], "out_of_scope");
    put(&h.admin, &agent, "reports", "disk", json!({ "value": "" })).await.refused(401, "unauthenticated");
    for kind in BY_OPERATORS {
        put(&agent.client, &agent, kind, "rack", json!({ "value": "" })).await.refused(401, "unauthenticated");
    }
    h.stop().await;
}

#[tokio::test]
async fn what_is_not_well_formed_is_refused_by_its_own_code() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    for (kind, client) in [("metadata", &h.admin), ("data", &h.admin), ("reports", &agent.client)] {
        for (key, body) in [
            ("Rack".to_owned(), json!({ "value": "" })),
            ("1st".to_owned(), json!({ "value": "" })),
            ("a%20b".to_owned(), json!({ "value": "" })),
            ("k".repeat(129), json!({ "value": "" })),
            ("rack".to_owned(), json!({})),
            ("rack".to_owned(), json!({ "value": null })),
            ("rack".to_owned(), json!({ "value": "v".repeat(4097) })),
            ("rack".to_owned(), json!({ "value": "ä".repeat(2049) })),
            ("rack".to_owned(), json!({ "value": "", "workload_tag": "" })),
            ("rack".to_owned(), json!({ "value": "", "workload_tag": "t".repeat(129) })),
        ] {
            put(client, &agent, kind, &key, body).await.refused(400, "invalid_state_entry");
        }
        for body in [json!({ "value": 1 }), json!({ "value": "", "more": 1 }), json!({ "value": "\u{0}" }), json!([])] {
            put(client, &agent, kind, "rack", body).await.refused(400, "malformed_request");
        }
        delete(client, &agent, kind, "Rack").await.refused(400, "invalid_state_entry");
        put(client, &agent, kind, "rack", json!({ "value": "v".repeat(9000) }))
            .await
            .refused(413, "request_body_too_large");
        put(
            client,
            &agent,
            kind,
            &"k".repeat(128),
            json!({ "value": "v".repeat(4096), "workload_tag": "t".repeat(128) }),
        )
        .await
        .expect(204);
    }
    let seen = state(&agent).await;
    assert_eq!(seen["state"]["data"][0]["value"].as_str().unwrap().len(), 4096);
    h.stop().await;
}

#[tokio::test]
async fn a_node_has_so_many_entries_of_a_kind_and_no_more() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    for (number, kind, client) in [(0, "metadata", &h.admin), (1, "data", &h.admin), (2, "reports", &agent.client)] {
        fill(&h, &agent, number, 127).await;
        put(client, &agent, kind, "last", json!({ "value": "" })).await.expect(204);
        put(client, &agent, kind, "one-more", json!({ "value": "" })).await.refused(409, "state_quota_exceeded");
        put(client, &agent, kind, "key-7", json!({ "value": "replaced" })).await.expect(204);
        delete(client, &agent, kind, "key-8").await.expect(204);
        put(client, &agent, kind, "one-more", json!({ "value": "" })).await.expect(204);
    }
    let seen = state(&agent).await;
    let list = seen["state"]["metadata"].as_array().unwrap();
    let keys: Vec<&str> = list.iter().map(|entry| entry["key"].as_str().unwrap()).collect();
    assert!(keys.len() == 128 && keys.is_sorted(), "{keys:?}");
    h.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_only_as_many_are_taken_as_there_is_room_for() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    fill(&h, &agent, 0, 126).await;
    let mut lock = h.db().await;
    lock.batch_execute("BEGIN; SELECT 1 FROM nodes FOR UPDATE").await.unwrap();
    let puts: Vec<_> = (0..5)
        .map(|n| {
            let (client, agent) = (h.admin.clone(), agent.clone());
            tokio::spawn(async move {
                put(&client, &agent, "metadata", &format!("racing-{n}"), json!({ "value": "" })).await
            })
        })
        .collect();
    h.until_held_up(5).await;
    lock.batch_execute("ROLLBACK").await.unwrap();
    let mut taken = 0;
    for done in puts {
        let answer = done.await.unwrap();
        match answer.status.as_u16() {
            204 => taken += 1,
            _ => {
                answer.refused(409, "state_quota_exceeded");
            }
        }
    }
    assert_eq!((taken, told(&h, &agent).await), (2, vec![json!(1), json!(2)]));
    h.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_set_for_a_node_that_is_gone_or_goes_meanwhile() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    put(&h.admin, &agent, "data", "k", json!({ "value": "v" })).await.expect(204);
    let mut lock = h.db().await;
    lock.batch_execute(&format!("BEGIN; UPDATE nodes SET deregistered_at = now() WHERE id = '{}'", agent.node_id))
        .await
        .unwrap();
    let racing = {
        let (client, agent) = (h.admin.clone(), agent.clone());
        tokio::spawn(async move { put(&client, &agent, "data", "late", json!({ "value": "" })).await })
    };
    h.until_held_up(1).await;
    lock.batch_execute("COMMIT").await.unwrap();
    racing.await.unwrap().refused(404, "node_not_found");
    h.sql("UPDATE nodes SET deregistered_at = NULL").await;
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    assert_eq!(h.count("SELECT count(*) FROM node_state_entries").await, 0);
    put(&h.admin, &agent, "data", "k", json!({ "value": "v" })).await.refused(404, "node_not_found");
    delete(&h.admin, &agent, "data", "k").await.refused(404, "node_not_found");
    let unknown = format!("/v1/nodes/{}/state/data/k", Uuid::now_v7());
    h.admin.send_json(Method::PUT, &unknown, &json!({ "value": "" })).await.refused(404, "node_not_found");
    h.stop().await;
}
