//! What operators are let do or refused is in the audit log before they are answered, once, in the log of the Domain that it
//! is about.

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use http::Method;
use plexsphere::clock::Clock as _;
use plexsphere::edge::operation::{Credential, Operation};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, Harness};
use crate::provisioning::request;

/// The entries that a request has left: action, object, decision, reason, Domain.
async fn left_by(h: &Harness, correlation_id: &str) -> Vec<Value> {
    h.rows(&format!(
        "SELECT action, object, decision, reason, domain_id FROM audit_entries \
         WHERE correlation_id = '{correlation_id}' ORDER BY id"
    ))
    .await
}

/// Asks, and returns the status and what it has left in the log.
async fn asked(h: &Harness, client: &Client, method: Method, path: &str, body: Option<Value>) -> (u16, Vec<Value>) {
    let id = Uuid::now_v7().to_string();
    let mut request = client.request(method, path).header("x-correlation-id", &id);
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let answer = client.send(request).await;
    (answer.status.as_u16(), left_by(h, &id).await)
}

fn entry(action: &str, object: String, decision: &str, reason: Option<&str>, domain: Option<&str>) -> Value {
    json!({ "action": action, "object": object, "decision": decision, "reason": reason, "domain_id": domain })
}

#[tokio::test]
async fn each_decision_is_one_entry_in_the_log_that_it_belongs_to() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let node = agent.node_id.clone();
    let stranger = h.operator(&format!("domain:{}", h.domain("other", "10.30.0.0/16").await), "admin").await;
    let (of, nobody) = (Some(domain.as_str()), Uuid::now_v7());
    let drain = format!("/v1/nodes/{node}/drain");
    let platform = "platform:plexsphere".to_owned();
    let denied = Some("insufficient_relation");
    let (get, post) = (Method::GET, Method::POST);
    let new_project = json!({ "domain_id": domain, "name": "a", "slug": "a" });
    let check = json!({ "object": format!("node:{node}"), "permission": "read" });
    for (client, method, path, body, status, expected) in [
        (
            &h.admin,
            &get,
            format!("/v1/nodes/{node}"),
            None,
            200,
            entry("node.read", format!("node:{node}"), "allowed", None, of),
        ),
        (
            &h.admin,
            &Method::HEAD,
            format!("/v1/nodes/{node}"),
            None,
            200,
            entry("node.read", format!("node:{node}"), "allowed", None, of),
        ),
        (
            &stranger,
            &get,
            format!("/v1/nodes/{node}"),
            None,
            403,
            entry("node.read", format!("node:{node}"), "denied", denied, of),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/nodes/{nobody}"),
            None,
            404,
            entry("node.read", format!("node:{nobody}"), "allowed", Some("node_not_found"), None),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/domains/{domain}"),
            None,
            200,
            entry("domain.read", format!("domain:{domain}"), "allowed", None, of),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/domains/{nobody}"),
            None,
            404,
            entry("domain.read", format!("domain:{nobody}"), "allowed", Some("domain_not_found"), None),
        ),
        (
            &h.admin,
            &get,
            "/v1/domains".into(),
            None,
            200,
            entry("domain.list", platform.clone(), "allowed", None, None),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/nodes?domain_id={domain}"),
            None,
            200,
            entry("node.list", format!("domain:{domain}"), "allowed", None, of),
        ),
        (
            &h.admin,
            &get,
            "/v1/nodes?limit=0".into(),
            None,
            400,
            entry("node.list", platform.clone(), "allowed", Some("invalid_query"), None),
        ),
        (&stranger, &post, drain.clone(), None, 403, entry("node.drain", format!("node:{node}"), "denied", denied, of)),
        // The change tells of itself; the second one has nothing to change.
        (&h.admin, &post, drain.clone(), None, 204, entry("node.drain", format!("node:{node}"), "allowed", None, of)),
        (
            &h.admin,
            &post,
            drain.clone(),
            None,
            204,
            entry("node.drain", format!("node:{node}"), "allowed", Some("nothing to change"), of),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/nodes/{node}/keys/rotate/preview"),
            None,
            409,
            entry("node.preview_key_rotation", format!("node:{node}"), "allowed", Some("node_has_no_live_peer"), of),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/projects/{project}/bootstrap-tokens"),
            None,
            200,
            entry("bootstrap_token.list", format!("project:{project}"), "allowed", None, of),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/domains/{domain}/mesh/topology"),
            None,
            200,
            entry("domain.read_topology", format!("domain:{domain}"), "allowed", None, of),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/nodes/{node}/state"),
            None,
            200,
            entry("node.read_state", format!("node:{node}"), "allowed", None, of),
        ),
        (
            &h.admin,
            &get,
            format!("/v1/domains/{domain}/audit/entries"),
            None,
            200,
            entry("audit.list", format!("domain:{domain}"), "allowed", None, of),
        ),
        // What the body names, whether it is let be made or not.
        (
            &stranger,
            &post,
            "/v1/projects".into(),
            Some(new_project.clone()),
            403,
            entry("project.create", format!("domain:{domain}"), "denied", denied, of),
        ),
        (
            &h.admin,
            &post,
            "/v1/projects".into(),
            Some(json!({})),
            400,
            entry("project.create", platform.clone(), "allowed", Some("malformed_request"), None),
        ),
        (
            &h.admin,
            &post,
            "/v1/authz/check".into(),
            Some(check),
            200,
            entry("relation.check", format!("node:{node}"), "allowed", None, of),
        ),
        (
            &h.admin,
            &get,
            "/v1/auth/whoami".into(),
            None,
            200,
            entry("session.read", platform.clone(), "allowed", None, None),
        ),
    ] {
        let found = asked(&h, client, method.clone(), &path, body).await;
        assert_eq!(found, (status, vec![expected]), "{method} {path}");
    }
    // Who is nobody decides nothing, and Nodes are not watched reading.
    for client in [&h.anonymous(), &h.anonymous().with_bearer("psk_dev_x"), &agent.client] {
        let (_, left) = asked(&h, client, get.clone(), &agent.path("state"), None).await;
        assert_eq!(left, [] as [Value; 0]);
    }
    h.stop().await;
}

/// What was written by an attempt that lost a race is gone, and says nothing about the one that found nothing to change.
#[tokio::test]
async fn a_change_that_somebody_else_made_in_the_end_is_told_of_once_by_each() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let node = h.enrol(&project, "web-1").await.node_id;
    // The first attempt loses a deadlock when it has written its entry, and not before it is let go.
    h.sql(
        "CREATE SEQUENCE attempts; \
         CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('attempts') = 1 THEN \
             PERFORM pg_advisory_xact_lock(7); RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected'; \
         END IF; RETURN NEW; END $$; \
         CREATE TRIGGER lose BEFORE UPDATE ON domains FOR EACH ROW EXECUTE FUNCTION lose()",
    )
    .await;
    let mut held = h.db().await;
    held.batch_execute("SELECT pg_advisory_lock(7)").await.unwrap();
    let path = format!("/v1/nodes/{node}/drain");
    let second = async {
        h.until_held_up(1).await;
        asked(&h, &h.admin, Method::POST, &path, None).await
    };
    let release = async {
        h.until_held_up(2).await;
        held.batch_execute("SELECT pg_advisory_unlock(7)").await.unwrap();
    };
    let (first, second, ()) = tokio::join!(asked(&h, &h.admin, Method::POST, &path, None), second, release);
    assert_eq!((first.0, second.0), (204, 204));
    assert_eq!((first.1.len(), second.1.len()), (1, 1), "{first:?} {second:?}");
    let mut reasons = [first.1[0]["reason"].clone(), second.1[0]["reason"].clone()];
    reasons.sort_by_key(Value::is_null);
    assert_eq!(reasons, [json!("nothing to change"), Value::Null]);
    h.stop().await;
}

#[tokio::test]
async fn opening_a_stream_is_one_decision() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let id = Uuid::now_v7().to_string();
    let request = h.admin.request(Method::GET, &agent.path("events")).header("x-correlation-id", &id);
    let stream = request.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let object = format!("node:{}", agent.node_id);
    assert_eq!(left_by(&h, &id).await, [entry("node.follow_events", object, "allowed", None, Some(&domain))]);
    drop(stream);
    h.stop().await;
}

/// Whatever an operator may ask for, it leaves an entry when it is refused; and none that a caller could not be named for.
#[tokio::test]
async fn no_operation_refuses_an_operator_unseen() {
    let h = Harness::start().await;
    let contract = plexsphere::contract::Contract::load().unwrap();
    let nobody = h.client_of(&format!("user:{}", Uuid::now_v7())).await;
    for &operation in Operation::ALL {
        let by_operators = matches!(operation.gate().credential, Credential::Operator | Credential::OperatorOrNsk);
        if !by_operators {
            continue;
        }
        let (method, path) = request(&contract, operation);
        let (status, left) = asked(&h, &nobody, method, &path, None).await;
        assert_eq!(left.len(), 1, "{}: {status} {left:?}", operation.id());
        let decision = if status == 403 { "denied" } else { "allowed" };
        assert_eq!(left[0]["decision"], decision, "{}: {status}", operation.id());
    }
    h.stop().await;
}

#[tokio::test]
async fn an_answer_waits_for_its_entry_and_is_none_without_it() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let path = format!("/v1/nodes/{}", agent.node_id);
    // The first one is a change of state.
    agent.heartbeat(h.clock.now()).await.expect(200);
    // Nobody writes to the log.
    let mut holder = h.db().await;
    use diesel_async::SimpleAsyncConnection as _;
    holder.batch_execute("BEGIN; LOCK TABLE audit_entries IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let asking = {
        let (client, path) = (h.admin.clone(), path.clone());
        tokio::spawn(async move { client.get(&path).await })
    };
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'audit_entries'::regclass \
        AND mode = 'RowExclusiveLock'";
    while h.count(waits).await == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!asking.is_finished());
    // A Node's heartbeat writes no entry and waits for none.
    agent.heartbeat(h.clock.now()).await.expect(200);
    holder.batch_execute("COMMIT").await.unwrap();
    asking.await.unwrap().expect(200);

    // A log that cannot be written to: nothing is shown.
    h.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'No space left on device'; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT ON audit_entries EXECUTE FUNCTION refuse()",
    )
    .await;
    h.admin.get(&path).await.refused(503, "datastore_unavailable");
    h.sql("DROP TRIGGER refuse ON audit_entries").await;
    h.admin.get(&path).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn many_at_once_share_commits_and_each_is_there() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let before = h.count("SELECT count(*) FROM audit_entries WHERE action = 'node.read'").await;
    let commits = async || {
        let metrics = h.metrics().await;
        let count = metrics.lines().find_map(|line| line.strip_prefix("plexsphere_audit_batch_size_count "));
        count.unwrap().parse::<u64>().unwrap()
    };
    let commits_before = commits().await;
    let path = format!("/v1/nodes/{}", agent.node_id);
    join_all((0..200).map(|_| async { h.admin.get(&path).await.expect(200) })).await;
    assert_eq!(h.count("SELECT count(*) FROM audit_entries WHERE action = 'node.read'").await, before + 200);
    let commits = commits().await - commits_before;
    assert!((1..200).contains(&commits), "{commits} commits");
    h.clock.advance(TimeDelta::seconds(1));
    h.chained().await;
    let query = format!("/v1/domains/{domain}/audit/entries?action=node.read&limit=200");
    let page = h.admin.get(&query).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 200);
    h.stop().await;
}
