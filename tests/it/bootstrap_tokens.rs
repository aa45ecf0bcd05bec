use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::registration;
use crate::harness::{Agent, Harness};

fn path(project: &str) -> String {
    format!("/v1/projects/{project}/bootstrap-tokens")
}

fn wanted() -> Value {
    json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 300 })
}

#[tokio::test]
async fn a_token_is_shown_once_and_its_state_follows_what_happens_to_it() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let issued = h.admin.post(&path(&project), &wanted()).await.expect(201);
    let token = issued["token"].as_str().unwrap();
    let parts: Vec<&str> = token.split('_').collect();
    assert_eq!((parts[0], parts[1], parts[3], parts.len()), ("psb", "test", "node", 5));
    let at = format!("{}/{}", path(&project), issued["token_id"].as_str().unwrap());
    let read = h.admin.get(&at).await;
    let text = String::from_utf8_lossy(&read.bytes).into_owned();
    assert!(!text.contains(parts[4]), "the secret is not told again");
    let read = read.expect(200);
    let expected = json!({
        "token_id": issued["token_id"], "project_id": project, "kind": "node", "env_prefix": "test", "node_id": null, "state": "active",
        "issued_at": issued["issued_at"], "expires_at": issued["expires_at"], "consumed_at": null, "revoked_at": null,
    });
    assert_eq!(read, expected);
    let (issued_at, expires_at): (chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>) = (
        serde_json::from_value(issued["issued_at"].clone()).unwrap(),
        serde_json::from_value(issued["expires_at"].clone()).unwrap(),
    );
    assert_eq!(expires_at - issued_at, TimeDelta::seconds(300));

    h.clock.advance(TimeDelta::milliseconds(299_999));
    assert_eq!(h.admin.get(&at).await.expect(200)["state"], "active");
    h.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(h.admin.get(&at).await.expect(200)["state"], "expired");
    h.admin.delete(&at).await.expect(204);
    assert_eq!(h.admin.get(&at).await.expect(200)["state"], "revoked");

    let used = h.admin.post(&path(&project), &wanted()).await.expect(201);
    Agent::enrol(&h.anonymous(), &project, "web-1", used["token"].as_str().unwrap()).await;
    let at = format!("{}/{}", path(&project), used["token_id"].as_str().unwrap());
    // Revoking what is used says nothing and changes nothing.
    h.admin.delete(&at).await.expect(204);
    let read = h.admin.get(&at).await.expect(200);
    assert_eq!((&read["state"], &read["revoked_at"]), (&json!("consumed"), &Value::Null));
    assert_ne!(read["consumed_at"], Value::Null);
    h.stop().await;
}

#[tokio::test]
async fn revoking_is_idempotent_and_ends_the_token() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let issued = h.admin.post(&path(&project), &wanted()).await.expect(201);
    let at = format!("{}/{}", path(&project), issued["token_id"].as_str().unwrap());
    h.admin.delete(&at).await.expect(204);
    let revoked = h.admin.get(&at).await.expect(200);
    h.clock.advance(TimeDelta::seconds(1));
    h.admin.delete(&at).await.expect(204);
    assert_eq!(h.admin.get(&at).await.expect(200), revoked);
    assert_eq!(h.changes("action = 'bootstrap_token.revoke'").await, 1);
    let body = registration(&project, "web-1", issued["token"].as_str().unwrap());
    h.anonymous().post("/v1/register", &body).await.refused(403, "token_revoked");
    h.stop().await;
}

#[tokio::test]
async fn a_revocation_and_a_redemption_at_once_agree_on_what_happened() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    for n in 0..6 {
        let issued = h.admin.post(&path(&project), &wanted()).await.expect(201);
        let at = format!("{}/{}", path(&project), issued["token_id"].as_str().unwrap());
        let body = registration(&project, &format!("n{n}"), issued["token"].as_str().unwrap());
        let client = h.anonymous();
        let (enrolled, revoked) = tokio::join!(client.post("/v1/register", &body), h.admin.delete(&at));
        revoked.expect(204);
        let state = h.admin.get(&at).await.expect(200)["state"].clone();
        if enrolled.status == 201 {
            assert_eq!(state, "consumed");
        } else {
            enrolled.refused(403, "token_revoked");
            assert_eq!(state, "revoked");
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn every_member_has_its_rule_and_the_one_that_breaks_it_is_named() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    for (member, value) in [
        ("ttl_seconds", json!(299)),
        ("ttl_seconds", json!(86401)),
        ("ttl_seconds", json!(-1)),
        ("env_prefix", json!("")),
        ("env_prefix", json!("Dev")),
        ("env_prefix", json!("d_v")),
        ("env_prefix", json!("dev1")),
        ("env_prefix", json!("a".repeat(17))),
        ("node_id", json!(Uuid::now_v7())),
    ] {
        let mut body = wanted();
        body[member] = value.clone();
        assert_eq!(
            h.admin.post(&path(&project), &body).await.refused(422, "invalid_field")["field"],
            member,
            "{value}"
        );
    }
    for (member, value) in [
        ("kind", json!("relay")),
        ("kind", Value::Null),
        ("node_id", json!("x")),
        ("node_id", json!(Uuid::nil())),
        ("ttl_seconds", json!(300.5)),
        ("x", json!(1)),
    ] {
        let mut body = wanted();
        body[member] = value;
        h.admin.post(&path(&project), &body).await.refused(400, "malformed_request");
    }
    for ttl in [300, 86400] {
        let mut body = wanted();
        body["ttl_seconds"] = ttl.into();
        h.admin.post(&path(&project), &body).await.expect(201);
    }
    h.stop().await;
}

#[tokio::test]
async fn a_token_is_bound_to_a_live_node_of_its_own_project_only() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let other = h.project(&domain, "other").await;
    let agent = h.enrol(&project, "web-1").await;
    let mut body = wanted();
    body["node_id"] = agent.node_id.as_str().into();
    let issued = h.admin.post(&path(&project), &body).await.expect(201);
    let read = h.admin.get(&format!("{}/{}", path(&project), issued["token_id"].as_str().unwrap())).await.expect(200);
    assert_eq!(read["node_id"], agent.node_id);
    assert_eq!(h.admin.post(&path(&other), &body).await.refused(422, "invalid_field")["field"], "node_id");
    body["kind"] = "bridge".into();
    assert_eq!(h.admin.post(&path(&project), &body).await.refused(422, "invalid_field")["field"], "node_id");
    h.stop().await;
}

#[tokio::test]
async fn a_token_is_found_under_its_own_project_only() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let other = h.project(&domain, "other").await;
    let unknown = Uuid::now_v7().to_string();
    let issued = h.admin.post(&path(&project), &wanted()).await.expect(201);
    let id = issued["token_id"].as_str().unwrap();
    for (under, id, code) in [
        (&other, id, "bootstrap_token_not_found"),
        (&project, &unknown, "bootstrap_token_not_found"),
        (&unknown, id, "project_not_found"),
    ] {
        let at = format!("{}/{id}", path(under));
        h.admin.get(&at).await.refused(404, code);
        h.admin.delete(&at).await.refused(404, code);
    }
    h.admin.get(&path(&unknown)).await.refused(404, "project_not_found");
    h.admin.post(&path(&unknown), &wanted()).await.refused(404, "project_not_found");
    assert_eq!(h.admin.get(&format!("{}/{id}", path(&project))).await.expect(200)["state"], "active");
    h.anonymous().get(&path("x")).await.refused(400, "invalid_project_id");
    h.anonymous().get(&format!("{}/x", path(&project))).await.refused(400, "invalid_id");
    h.stop().await;
}

#[tokio::test]
async fn tokens_are_listed_whatever_their_state_and_a_cursor_is_bound_to_the_project() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let other = h.project(&domain, "other").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(h.admin.post(&path(&project), &wanted()).await.expect(201)["token_id"].clone());
        h.clock.advance(TimeDelta::milliseconds(1));
    }
    h.admin.delete(&format!("{}/{}", path(&project), ids[1].as_str().unwrap())).await.expect(204);
    let first = h.admin.get(&format!("{}?limit=2", path(&project))).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = h.admin.get(&format!("{}?cursor={cursor}", path(&project))).await.expect(200);
    let listed: Vec<Value> = [&first, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|token| token["token_id"].clone())
        .collect();
    assert_eq!(listed, ids);
    assert_eq!(first["items"][1]["state"], "revoked");
    h.admin.get(&format!("{}?cursor={cursor}", path(&other))).await.refused(400, "invalid_cursor");
    h.admin.get(&format!("{}?limit=0", path(&project))).await.refused(400, "invalid_query");
    h.stop().await;
}

#[tokio::test]
async fn reading_and_managing_a_projects_tokens_are_two_relations() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let issued = h.admin.post(&path(&project), &wanted()).await.expect(201);
    let at = format!("{}/{}", path(&project), issued["token_id"].as_str().unwrap());
    let reader = h.operator(&format!("project:{project}"), "reader").await;
    reader.get(&at).await.expect(200);
    reader.get(&path(&project)).await.expect(200);
    reader.post(&path(&project), &wanted()).await.refused(403, "insufficient_relation");
    reader.delete(&at).await.refused(403, "insufficient_relation");
    let admin = h.operator(&format!("project:{project}"), "admin").await;
    admin.post(&path(&project), &wanted()).await.expect(201);
    admin.delete(&at).await.expect(204);
    h.stop().await;
}
