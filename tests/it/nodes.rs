use chrono::TimeDelta;
use plexsphere::clock::Clock;
use plexsphere::config::Seconds;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::{heartbeat, registration};
use crate::harness::{Agent, Client, Harness};

fn at(id: &str) -> String {
    format!("/v1/nodes/{id}")
}

async fn listed(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/v1/nodes{query}")).await.expect(200);
    page["items"].as_array().unwrap().iter().map(|node| node["node_id"].as_str().unwrap().to_owned()).collect()
}

async fn re_enrol(h: &Harness, project: &str, agent: &Agent) -> Agent {
    let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
    let token = h.bootstrap_token_with(project, bound).await;
    let body = registration(project, "any", &token);
    Agent::from_registration(&h.anonymous(), h.anonymous().post("/v1/register", &body).await.expect(201))
}

/// Keeps changes of credentials from the caches, as a replica that lags would not see them.
async fn hold_news_back(h: &Harness) {
    h.sql(
        "CREATE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER hold_back BEFORE INSERT ON credential_changes FOR EACH ROW EXECUTE FUNCTION hold_back()",
    )
    .await;
}

#[tokio::test]
async fn a_node_is_shown_with_what_is_known_of_it() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let node = h.admin.get(&at(&agent.node_id)).await.expect(200);
    let expected = json!({
        "node_id": agent.node_id, "domain_id": domain, "project_id": project, "kind": "node", "resource_handle": "web-1",
        "mesh_ip": "10.20.0.1", "public_key": node["public_key"], "status": "active", "reachability": "unreachable",
        "last_heartbeat_at": null, "binary_version": null, "nsk_issued_at": node["enrolled_at"], "nsk_expires_at": null,
        "nsk_flagged": false, "enrolled_at": node["enrolled_at"], "deregistered_at": null, "pending_rotation_age_seconds": null,
    });
    assert_eq!(node, expected);
    let accepted = agent.heartbeat(h.clock.now()).await.expect(200);
    let node = h.admin.get(&at(&agent.node_id)).await.expect(200);
    assert_eq!(
        (&node["reachability"], &node["last_heartbeat_at"], &node["binary_version"]),
        (&json!("healthy"), &accepted["accepted_at"], &json!("1.2.3"))
    );
    h.pass(91).await;
    assert_eq!(h.admin.get(&at(&agent.node_id)).await.expect(200)["reachability"], "stale");
    h.admin.get(&at(&Uuid::now_v7().to_string())).await.refused(404, "node_not_found");
    h.anonymous().get(&at("x")).await.refused(400, "invalid_node_id");
    h.stop().await;
}

#[tokio::test]
async fn nodes_are_listed_by_filter_and_page() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let sibling = h.project(&domain, "sibling").await;
    let other_domain = h.domain("other", "10.30.0.0/16").await;
    let other = h.project(&other_domain, "team").await;
    let mut ids = Vec::new();
    for (n, project) in [&project, &project, &sibling, &other].into_iter().enumerate() {
        ids.push(h.enrol(project, &format!("n{n}")).await.node_id);
        h.clock.advance(TimeDelta::milliseconds(1));
    }
    assert_eq!(listed(&h.admin, "").await, ids);
    assert_eq!(listed(&h.admin, &format!("?domain_id={domain}")).await, ids[..3]);
    assert_eq!(listed(&h.admin, &format!("?project_id={sibling}")).await, ids[2..3]);
    assert_eq!(
        listed(&h.admin, &format!("?domain_id={other_domain}&project_id={project}")).await,
        Vec::<String>::new()
    );
    assert_eq!(listed(&h.admin, &format!("?domain_id={}", Uuid::now_v7())).await, Vec::<String>::new());

    let first = h.admin.get(&format!("/v1/nodes?limit=2&domain_id={domain}")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(listed(&h.admin, &format!("?limit=2&domain_id={domain}&cursor={cursor}")).await, ids[2..3]);
    for query in ["", "domain_id=", "project_id="] {
        let filter = if query.is_empty() { String::new() } else { format!("&{query}{domain}") };
        let answer = h.admin.get(&format!("/v1/nodes?cursor={cursor}{filter}")).await;
        if query == "domain_id=" { drop(answer.expect(200)) } else { drop(answer.refused(400, "invalid_cursor")) }
    }
    let other_admin = h.operator("platform:plexsphere", "admin").await;
    other_admin.get(&format!("/v1/nodes?domain_id={domain}&cursor={cursor}")).await.refused(400, "invalid_cursor");
    for query in ["limit=0", "limit=201", "limit=x", "domain_id=x", "project_id=x"] {
        h.admin.get(&format!("/v1/nodes?{query}")).await.refused_query(query);
    }
    h.stop().await;
}

#[tokio::test]
async fn a_node_is_listed_for_those_who_may_read_it() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let sibling = h.project(&domain, "sibling").await;
    let a = h.enrol(&project, "a").await.node_id;
    h.clock.advance(TimeDelta::milliseconds(1));
    let b = h.enrol(&project, "b").await.node_id;
    h.clock.advance(TimeDelta::milliseconds(1));
    let c = h.enrol(&sibling, "c").await.node_id;
    let node = format!("node:{b}");
    let project = format!("project:{project}");
    for (object, relation, sees) in [
        (format!("domain:{domain}"), "admin", vec![&a, &b, &c]),
        (format!("domain:{domain}"), "viewer", vec![]),
        (project.clone(), "admin", vec![&a, &b]),
        (project, "reader", vec![&a, &b]),
        (node.clone(), "operator", vec![&b]),
        (node.clone(), "agent", vec![&b]),
        (node, "reader", vec![&b]),
    ] {
        let operator = h.operator(&object, relation).await;
        assert_eq!(
            listed(&operator, "").await,
            sees.iter().map(|id| (*id).clone()).collect::<Vec<_>>(),
            "{object} {relation}"
        );
        for id in [&a, &b, &c] {
            let answer = operator.get(&at(id)).await;
            if sees.contains(&id) {
                drop(answer.expect(200))
            } else {
                drop(answer.refused(403, "insufficient_relation"))
            }
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn an_operator_deregisters_a_node_and_again_changes_nothing() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let id = &agent.node_id;
    agent.heartbeat(h.clock.now()).await.expect(200);
    h.clock.advance(TimeDelta::seconds(1));
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    let node = h.admin.get(&at(id)).await.expect(200);
    // What was known of its life is gone with it.
    assert_eq!((&node["last_heartbeat_at"], &node["binary_version"]), (&Value::Null, &Value::Null));
    assert_eq!((&node["status"], &node["reachability"]), (&json!("deregistered"), &json!("unreachable")));
    assert_eq!((&node["nsk_issued_at"], &node["nsk_expires_at"]), (&Value::Null, &Value::Null));
    h.clock.advance(TimeDelta::seconds(1));
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    assert_eq!(h.admin.get(&at(id)).await.expect(200), node);
    for (what, n) in [
        ("outbox WHERE event_type = 'peer_deregistered'", 1),
        ("audit_entries WHERE action = 'node.deregister' AND reason IS DISTINCT FROM 'nothing to change'", 1),
        ("released_addresses WHERE host(address) = '10.20.0.1'", 1),
        ("peers WHERE retired_at IS NULL", 0),
        ("node_secret_keys WHERE revoked_at IS NULL", 0),
        ("pre_shared_keys WHERE retired_at IS NULL", 0),
        ("node_liveness", 0),
    ] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {what}")).await, n, "{what}");
    }
    let told = format!(
        "SELECT count(*) FROM outbox WHERE scope_kind = 'domain' AND scope_id = '{domain}' AND payload = '{{\"node_id\": \"{id}\"}}'"
    );
    assert_eq!(h.count(&told).await, 1);
    h.admin.get(&agent.path("reachability")).await.refused(404, "node_not_found");
    h.admin.post_empty(&agent.path("nsk/flag")).await.refused(404, "node_not_found");
    h.admin.post_empty(&format!("/v1/nodes/{}/deregister", Uuid::now_v7())).await.refused(404, "node_not_found");
    h.stop().await;
}

#[tokio::test]
async fn a_deregistered_node_is_still_listed_and_its_status_says_so() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    let page = h.admin.get("/v1/nodes").await.expect(200);
    assert_eq!(
        (&page["items"][0]["node_id"], &page["items"][0]["status"]),
        (&json!(agent.node_id), &json!("deregistered"))
    );
    h.stop().await;
}

#[tokio::test]
async fn a_node_deregisters_itself_and_a_sibling_cannot() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let sibling = h.enrol(&project, "web-2").await;
    let problem = sibling.client.post_empty(&agent.path("deregister")).await.refused(403, "node_id_mismatch");
    assert_eq!((&problem["reason"], &problem["relation_path"]), (&json!("out_of_scope"), &json!([])));
    agent.heartbeat(h.clock.now()).await.expect(200);

    agent.client.post_empty(&agent.path("deregister")).await.expect(204);
    h.step("credential_watch").await;
    agent.client.post_empty(&agent.path("deregister")).await.refused(401, "unauthenticated");
    agent.heartbeat(h.clock.now()).await.refused(401, "nsk_revoked");
    let by = format!(
        "SELECT count(*) FROM audit_entries WHERE action = 'node.deregister' AND subject = 'node:{}'",
        agent.node_id
    );
    assert_eq!(h.count(&by).await, 1);
    sibling.heartbeat(h.clock.now()).await.expect(200);
    h.anonymous().post_empty(&sibling.path("deregister")).await.refused(401, "unauthenticated");
    let reader = h.operator(&format!("node:{}", sibling.node_id), "agent").await;
    reader.post_empty(&sibling.path("deregister")).await.refused(403, "insufficient_relation");
    h.stop().await;
}

#[tokio::test]
async fn after_deregistration_no_heartbeat_is_accepted_also_by_who_has_not_heard_of_it() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.step("credential_watch").await;
    agent.heartbeat(h.clock.now()).await.expect(200);
    hold_news_back(&h).await;
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    // The gate still knows the key: the write itself finds that the Node is gone.
    h.step("credential_watch").await;
    agent.heartbeat(h.clock.now()).await.refused(404, "node_not_found");
    assert_eq!(h.count("SELECT count(*) FROM node_liveness").await, 0);
    // Once the news is there, the key is nobody's.
    h.sql(&format!(
        "DROP TRIGGER hold_back ON credential_changes; INSERT INTO credential_changes (credential_id) VALUES ('{}')",
        agent.node_id
    ))
    .await;
    h.step("credential_watch").await;
    agent.heartbeat(h.clock.now()).await.refused(401, "nsk_revoked");
    h.stop().await;
}

#[tokio::test]
async fn a_heartbeat_and_a_deregistration_at_once_leave_a_deregistered_node() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    for n in 0..5 {
        let agent = h.enrol(&project, &format!("n{n}")).await;
        agent.heartbeat(h.clock.now()).await.expect(200);
        let gone = agent.path("deregister");
        let (beat, gone) = tokio::join!(agent.heartbeat(h.clock.now()), h.admin.post_empty(&gone));
        gone.expect(204);
        assert!([200, 401, 404].contains(&beat.status.as_u16()), "{}", beat.status);
        assert_ne!(agent.heartbeat(h.clock.now()).await.status, 200);
        assert_eq!(h.admin.get(&at(&agent.node_id)).await.expect(200)["reachability"], "unreachable");
    }
    assert_eq!(h.count("SELECT count(*) FROM node_liveness").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn a_re_enrolment_and_a_deregistration_at_once_agree_on_what_happened() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let client = h.anonymous();
    for n in 0..6 {
        let agent = h.enrol(&project, &format!("n{n}")).await;
        let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
        let body = registration(&project, "any", &h.bootstrap_token_with(&project, bound).await);
        let path = agent.path("deregister");
        let (enrolled, gone) = tokio::join!(client.post("/v1/register", &body), h.admin.post_empty(&path));
        gone.expect(204);
        if enrolled.status != 201 {
            enrolled.refused(403, "token_revoked");
        }
        let id = &agent.node_id;
        for (table, live) in
            [("node_secret_keys", "revoked_at"), ("pre_shared_keys", "retired_at"), ("peers", "retired_at")]
        {
            assert_eq!(
                h.count(&format!("SELECT count(*) FROM {table} WHERE node_id = '{id}' AND {live} IS NULL")).await,
                0,
                "{table}"
            );
        }
        assert_eq!(h.count(&format!("SELECT count(*) FROM node_liveness WHERE node_id = '{id}'")).await, 0);
    }
    h.stop().await;
}

#[tokio::test]
async fn a_flagged_key_is_asked_to_be_replaced_until_it_is() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let hint = async |agent: &Agent| {
        let accepted = agent.heartbeat(h.clock.now()).await.expect(200);
        (accepted["rotate_keys"].as_bool().unwrap(), accepted.get("rotate_keys_reason").cloned())
    };
    assert_eq!(hint(&agent).await, (false, None));
    for _ in 0..2 {
        h.admin.post_empty(&agent.path("nsk/flag")).await.expect(204);
        assert_eq!(hint(&agent).await, (true, Some(json!("nsk"))));
    }
    assert_eq!(h.admin.get(&at(&agent.node_id)).await.expect(200)["nsk_flagged"], true);
    assert_eq!(h.changes("action = 'node.flag_nsk'").await, 1);
    let again = re_enrol(&h, &project, &agent).await;
    assert_eq!(hint(&again).await, (false, None));
    assert_eq!(h.admin.get(&at(&agent.node_id)).await.expect(200)["nsk_flagged"], false);

    // An NSK does not flag itself, and it takes operating the Node.
    agent.client.post_empty(&agent.path("nsk/flag")).await.refused(401, "unauthenticated");
    let object = format!("node:{}", agent.node_id);
    h.operator(&object, "agent").await.post_empty(&agent.path("nsk/flag")).await.refused(403, "insufficient_relation");
    h.operator(&object, "operator").await.post_empty(&agent.path("nsk/flag")).await.expect(204);
    h.stop().await;
}

#[tokio::test]
async fn a_key_that_expires_is_asked_to_be_replaced_in_time_and_then_holds_no_more() {
    let h = Harness::start_with(|settings| settings.nsk_lifetime_seconds = Some(Seconds(2 * 86400)), |_| {}).await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let node = h.admin.get(&at(&agent.node_id)).await.expect(200);
    let expires: chrono::DateTime<chrono::Utc> = serde_json::from_value(node["nsk_expires_at"].clone()).unwrap();
    assert_eq!(expires, h.clock.now() + TimeDelta::days(2));
    h.clock.advance(TimeDelta::days(1) - TimeDelta::milliseconds(1));
    assert_eq!(agent.heartbeat(h.clock.now()).await.expect(200)["rotate_keys"], false);
    h.clock.advance(TimeDelta::milliseconds(1));
    let accepted = agent.heartbeat(h.clock.now()).await.expect(200);
    assert_eq!((&accepted["rotate_keys"], &accepted["rotate_keys_reason"]), (&json!(true), &json!("nsk")));
    h.clock.advance(TimeDelta::days(1) - TimeDelta::milliseconds(1));
    agent.heartbeat(h.clock.now()).await.expect(200);
    h.clock.advance(TimeDelta::milliseconds(1));
    // Remembered or not, it has ended.
    agent.heartbeat(h.clock.now()).await.refused(401, "nsk_revoked");
    agent.client.get(&agent.path("reachability")).await.refused(401, "unauthenticated");

    let again = re_enrol(&h, &project, &agent).await;
    assert_eq!(again.heartbeat(h.clock.now()).await.expect(200)["rotate_keys"], false);
    h.stop().await;
}

#[tokio::test]
async fn a_nodes_key_opens_its_own_operations_only() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let sibling = h.enrol(&project, "web-2").await;
    let beat = heartbeat(h.clock.now());
    let problem = agent.client.post(&sibling.path("heartbeat"), &beat).await.refused(403, "node_id_mismatch");
    assert_eq!(problem["reason"], "out_of_scope");
    // On a read it is a plain Problem, and an unknown Node looks like a sibling.
    let known = agent.client.get(&sibling.path("reachability")).await.refused(403, "node_id_mismatch");
    assert_eq!(known.get("reason"), None);
    agent.client.get(&format!("/v1/nodes/{}/reachability", Uuid::now_v7())).await.refused(403, "node_id_mismatch");
    agent.client.get(&agent.path("reachability")).await.expect(200);

    // A key with another Node's id in front is not that Node's key.
    let mixed = crate::harness::agent::nsk_bearer(&sibling.node_id, agent.registered["nsk"].as_str().unwrap());
    let thief = h.anonymous().with_bearer(&mixed);
    thief.post(&sibling.path("heartbeat"), &beat).await.refused(401, "nsk_revoked");
    // The environment in its text is informational.
    let other_env = h.anonymous().with_bearer(&agent.nsk.replacen("nsk_dev_", "nsk_other_", 1));
    other_env.post(&agent.path("heartbeat"), &beat).await.expect(200);
    h.stop().await;
}
