use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use plexsphere::access::bootstrap::{BootstrapError, first_administrator};
use plexsphere::access::rebac::{Kind, Schema};
use plexsphere::access::{ObjectType, Permission};
use plexsphere::clock::Clock;
use plexsphere::postgres::Database;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Client, Cluster, Harness};

const TOKENS: &str = "/v1/auth/tokens";
const TUPLES: &str = "/v1/authz/relation-tuples";
const CHECK: &str = "/v1/authz/check";
const WHOAMI: &str = "/v1/auth/whoami";

fn user() -> String {
    format!("user:{}", Uuid::now_v7())
}

fn wanted(identity: &str) -> Value {
    json!({ "identity_ref": identity, "env_prefix": "dev" })
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}

fn time(value: &Value, member: &str) -> DateTime<Utc> {
    serde_json::from_value(value[member].clone()).unwrap()
}

/// Issues a token; returns its id and a client that speaks with it.
async fn issue(by: &Client, body: &Value) -> (String, Client) {
    let issued = by.post(TOKENS, body).await.expect(201);
    (text(&issued, "token_id"), by.with_bearer(issued["token"].as_str().unwrap()))
}

async fn grant(h: &Harness, object: &str, relation: &str, subject: &str) -> String {
    let body = json!({ "object": object, "relation": relation, "subject": subject });
    text(&h.admin.post(TUPLES, &body).await.expect(201), "tuple_id")
}

async fn take_back(h: &Harness, tuple: &str) {
    h.admin.delete(&format!("{TUPLES}/{tuple}")).await.expect(204);
}

async fn allowed(client: &Client, object: &str, permission: &str) -> bool {
    let answer = client.post(CHECK, &json!({ "object": object, "permission": permission })).await.expect(200);
    assert_eq!(answer["relation_path"].as_array().unwrap().is_empty(), answer["decision"] == "denied", "{answer}");
    answer["decision"] == "allowed"
}

// ---- tokens

#[tokio::test]
async fn a_token_says_who_it_speaks_for() {
    let h = Harness::start().await;
    let identity = user();
    let issued = h
        .admin
        .post(TOKENS, &json!({ "identity_ref": identity, "env_prefix": "stage", "ttl_seconds": 60 }))
        .await
        .expect(201);
    let token = text(&issued, "token");
    let parts: Vec<&str> = token.split('_').collect();
    assert_eq!((parts[0], parts[1], parts.len()), ("psk", "stage", 4));
    assert_eq!(time(&issued, "expires_at") - time(&issued, "issued_at"), TimeDelta::seconds(60));
    let me = h.anonymous().with_bearer(&token).get(WHOAMI).await.expect(200);
    let expected = json!({
        "identity_ref": identity, "credential": "api_token", "token_id": issued["token_id"], "expires_at": issued["expires_at"],
    });
    assert_eq!(me, expected);
    // Out of the box a token lives 90 days.
    let issued = h.admin.post(TOKENS, &wanted(&identity)).await.expect(201);
    assert_eq!(time(&issued, "expires_at") - time(&issued, "issued_at"), TimeDelta::days(90));
    h.stop().await;
}

#[tokio::test]
async fn a_token_is_issued_for_oneself_and_for_others_by_the_platforms_administrator_only() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let manager = h.operator(&format!("domain:{domain}"), "admin").await;
    let me = text(&manager.get(WHOAMI).await.expect(200), "identity_ref");
    let (_, own) = issue(&manager, &wanted(&me)).await;
    assert_eq!(text(&own.get(WHOAMI).await.expect(200), "identity_ref"), me);
    manager.post(TOKENS, &wanted(&user())).await.refused(403, "insufficient_relation");
    manager.get(&format!("{TOKENS}?identity_ref={}", user())).await.refused(403, "insufficient_relation");
    let other = user();
    let (_, issued) = issue(&h.admin, &wanted(&other)).await;
    assert_eq!(text(&issued.get(WHOAMI).await.expect(200), "identity_ref"), other);

    for (member, value) in [
        ("identity_ref", json!("")),
        ("identity_ref", json!("robot:0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f")),
        ("identity_ref", json!("user:x")),
        ("identity_ref", json!(format!("user:{}", Uuid::nil()))),
        ("ttl_seconds", json!(59)),
        ("ttl_seconds", json!(31_536_001)),
    ] {
        let mut body = wanted(&me);
        body[member] = value.clone();
        assert_eq!(h.admin.post(TOKENS, &body).await.refused(422, "invalid_field")["field"], member, "{value}");
    }
    for (member, value) in
        [("env_prefix", json!("test")), ("env_prefix", Value::Null), ("ttl_seconds", json!("60")), ("x", json!(1))]
    {
        let mut body = wanted(&me);
        body[member] = value;
        h.admin.post(TOKENS, &body).await.refused(400, "malformed_request");
    }
    h.stop().await;
}

#[tokio::test]
async fn tokens_are_listed_without_their_secret() {
    let h = Harness::start().await;
    let identity = user();
    let mut ids = Vec::new();
    let mut own = h.admin.clone();
    for _ in 0..3 {
        let (id, client) = issue(&h.admin, &wanted(&identity)).await;
        (own, _) = (client, ids.push(id));
        h.clock.advance(TimeDelta::milliseconds(1));
    }
    own.delete(&format!("{TOKENS}/{}", ids[0])).await.expect(204);
    let first = own.get(&format!("{TOKENS}?limit=2")).await.expect(200);
    let cursor = text(&first, "next_cursor");
    let rest = own.get(&format!("{TOKENS}?limit=2&cursor={cursor}")).await.expect(200);
    let listed: Vec<String> = [&first, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|token| text(token, "token_id"))
        .collect();
    assert_eq!(listed, ids);
    assert_ne!(first["items"][0]["revoked_at"], Value::Null);
    assert_eq!(first["items"][1]["revoked_at"], Value::Null);
    let administrator = text(&h.admin.get(WHOAMI).await.expect(200), "identity_ref");
    assert_eq!(text(&first["items"][1], "issued_by"), administrator);
    let by_admin = h.admin.get(&format!("{TOKENS}?identity_ref={identity}")).await.expect(200);
    assert_eq!(by_admin["items"].as_array().unwrap().len(), 3);
    h.admin.get(&format!("{TOKENS}?identity_ref={identity}&cursor={cursor}")).await.refused(400, "invalid_cursor");
    for query in ["identity_ref=x", "limit=0", "limit=201", "limit=x"] {
        h.admin.get(&format!("{TOKENS}?{query}")).await.refused_query(query);
    }
    h.stop().await;
}

#[tokio::test]
async fn a_token_never_outlives_the_one_that_issued_it() {
    let h = Harness::start().await;
    let identity = user();
    let (_, short) =
        issue(&h.admin, &json!({ "identity_ref": identity, "env_prefix": "dev", "ttl_seconds": 60 })).await;
    h.clock.advance(TimeDelta::seconds(10));
    let long = json!({ "identity_ref": identity, "env_prefix": "dev", "ttl_seconds": 31_536_000 });
    let issued = short.post(TOKENS, &long).await.expect(201);
    assert_eq!(time(&issued, "expires_at") - time(&issued, "issued_at"), TimeDelta::seconds(50));
    let child = h.anonymous().with_bearer(issued["token"].as_str().unwrap());
    h.clock.advance(TimeDelta::milliseconds(49_999));
    child.get(WHOAMI).await.expect(200);
    h.clock.advance(TimeDelta::milliseconds(1));
    for client in [&short, &child] {
        client.get(WHOAMI).await.refused(401, "unauthenticated");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_revocation_takes_all_tokens_that_come_from_it_along() {
    let h = Harness::start().await;
    let identity = user();
    let (first_id, first) = issue(&h.admin, &wanted(&identity)).await;
    let (second_id, second) = issue(&first, &wanted(&identity)).await;
    let (_, third) = issue(&second, &wanted(&identity)).await;
    let (_, beside) = issue(&h.admin, &wanted(&identity)).await;
    for client in [&first, &second, &third, &beside] {
        client.get(WHOAMI).await.expect(200);
    }
    beside.delete(&format!("{TOKENS}/{second_id}")).await.expect(204);
    h.step("credential_watch").await;
    first.get(WHOAMI).await.expect(200);
    for client in [&second, &third] {
        client.get(WHOAMI).await.refused(401, "unauthenticated");
    }
    // Again changes nothing; a token may end itself.
    beside.delete(&format!("{TOKENS}/{second_id}")).await.expect(204);
    first.delete(&format!("{TOKENS}/{first_id}")).await.expect(204);
    h.step("credential_watch").await;
    first.get(WHOAMI).await.refused(401, "unauthenticated");
    beside.get(WHOAMI).await.expect(200);
    assert_eq!(h.changes("action = 'api_token.revoke'").await, 2);

    // Somebody else's token looks like none at all.
    let stranger = h.client_of(&user()).await;
    let own = text(&beside.get(WHOAMI).await.expect(200), "token_id");
    let unknown = Uuid::now_v7().to_string();
    let (known, absent) =
        (stranger.delete(&format!("{TOKENS}/{own}")).await, stranger.delete(&format!("{TOKENS}/{unknown}")).await);
    known.refused(404, "api_token_not_found");
    same_but_for_the_id(&known, &own, &absent, &unknown);
    h.anonymous().delete(&format!("{TOKENS}/x")).await.refused(400, "invalid_id");
    h.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_ever_behind_credentials_that_are_being_looked_up() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let replica = h.replica().await;
    let mut agents = Vec::new();
    for n in 0..5 {
        let agent = h.enrol(&project, &format!("web-{n}")).await;
        agents.push((agent.client.at(replica.address()), agent.path("state")));
    }
    let known = h.admin.at(replica.address());
    known.get(WHOAMI).await.expect(200);
    let (last, first) = agents.split_last().unwrap();
    // Half of the connections may look credentials up.
    let mut held = h.db().await;
    diesel_async::SimpleAsyncConnection::batch_execute(&mut held, "BEGIN; LOCK TABLE node_secret_keys").await.unwrap();
    let waiting = futures_util::future::join_all(first.iter().map(|(client, path)| client.get(path)));
    let meanwhile = async {
        h.until_held_up(4).await;
        last.0.get(&last.1).await.refused(503, "datastore_unavailable");
        known.get(WHOAMI).await.expect(200);
        diesel_async::SimpleAsyncConnection::batch_execute(&mut held, "COMMIT").await.unwrap();
    };
    for answer in tokio::join!(waiting, meanwhile).0 {
        answer.expect(200);
    }
    last.0.get(&last.1).await.expect(200);
    replica.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_token_may_do_what_both_it_and_its_issuer_may_do_now() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let issuer = user();
    let admin_grant = grant(&h, "platform:plexsphere", "admin", &issuer).await;
    let issuer_client = h.client_of(&issuer).await;
    let identity = user();
    grant(&h, &format!("project:{project}"), "admin", &identity).await;
    let (_, client) = issue(&issuer_client, &wanted(&identity)).await;
    let at = format!("/v1/projects/{project}");
    client.get(&at).await.expect(200);
    // Its issuer administers the platform, and it does not.
    client.get(&format!("/v1/domains/{domain}")).await.refused(403, "insufficient_relation");

    take_back(&h, &admin_grant).await;
    client.get(&at).await.refused(403, "insufficient_relation");
    assert_eq!(client.get("/v1/projects").await.expect(200)["items"], json!([]), "lists are cut to it as well");
    client.get(WHOAMI).await.expect(200);
    // Nor is it told otherwise, however it asks about itself.
    let mut question = json!({ "object": format!("project:{project}"), "permission": "read" });
    for subject in [Value::Null, identity.clone().into()] {
        question["subject"] = subject;
        assert_eq!(client.post(CHECK, &question).await.expect(200)["decision"], "denied", "{question}");
    }
    // By another token the same identity is not bounded.
    h.client_of(&identity).await.get(&at).await.expect(200);
    // A grant lower down gives back what it covers.
    grant(&h, &format!("project:{project}"), "reader", &issuer).await;
    client.get(&at).await.expect(200);
    client.patch(&at, &json!({})).await.refused(403, "insufficient_relation");
    assert_eq!(client.get("/v1/projects").await.expect(200)["items"][0]["project_id"], project);
    h.stop().await;
}

#[tokio::test]
async fn a_check_of_ones_own_permission_tells_what_the_gate_would_decide() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let issuer = user();
    let admin_grant = grant(&h, "platform:plexsphere", "admin", &issuer).await;
    let identity = user();
    let object = format!("project:{project}");
    grant(&h, &object, "admin", &identity).await;
    let (_, client) = issue(&h.client_of(&issuer).await, &wanted(&identity)).await;
    assert!(allowed(&client, &object, "manage").await);
    take_back(&h, &admin_grant).await;
    client.get(&format!("/v1/projects/{project}")).await.refused(403, "insufficient_relation");
    assert!(!allowed(&client, &object, "manage").await);
    h.stop().await;
}

#[tokio::test]
async fn a_revocation_takes_effect_on_every_replica() {
    let h = Harness::start().await;
    let replica = h.replica().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let (id, client) = issue(&h.admin, &wanted(&user())).await;
    let (there, agent_there) = (client.at(replica.address()), agent.client.at(replica.address()));
    there.get(WHOAMI).await.expect(200);
    agent_there.get(&agent.path("reachability")).await.expect(200);
    client.delete(&format!("{TOKENS}/{id}")).await.expect(204);
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    replica.task("credential_watch").unwrap().step_now().await;
    there.get(WHOAMI).await.refused(401, "unauthenticated");
    agent_there.get(&agent.path("reachability")).await.refused(401, "unauthenticated");
    replica.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_verified_token_is_remembered_until_its_change_is_read() {
    let h = Harness::start().await;
    let (id, client) = issue(&h.admin, &wanted(&user())).await;
    client.get(WHOAMI).await.expect(200);
    // Behind the server's back: nobody tells the caches.
    h.sql(&format!("UPDATE api_tokens SET revoked_at = now() WHERE id = '{id}'")).await;
    h.step("credential_watch").await;
    client.get(WHOAMI).await.expect(200);
    // Another secret under the same id is not taken for it.
    let token =
        client.request(Method::GET, WHOAMI).build().unwrap().headers()["authorization"].to_str().unwrap().to_owned();
    let (front, secret) = token.trim_start_matches("Bearer ").rsplit_once('_').unwrap();
    let flipped = format!("{front}_{}{}", if secret.starts_with('a') { "b" } else { "a" }, &secret[1..]);
    h.anonymous().with_bearer(&flipped).get(WHOAMI).await.refused(401, "unauthenticated");
    h.sql(&format!("INSERT INTO credential_changes (credential_id) VALUES ('{id}')")).await;
    h.step("credential_watch").await;
    client.get(WHOAMI).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn revoking_and_taking_back_need_one_connection_at_a_time() {
    let h = Harness::start_with(|settings| settings.database_connections = Some(1), |_| {}).await;
    let (id, _) = issue(&h.admin, &wanted(&user())).await;
    h.admin.delete(&format!("{TOKENS}/{id}")).await.expect(204);
    let tuple = grant(&h, "platform:plexsphere", "admin", &user()).await;
    take_back(&h, &tuple).await;
    h.stop().await;
}

#[tokio::test]
async fn a_token_that_is_being_issued_while_its_issuer_is_revoked_falls_too() {
    let h = Harness::start().await;
    let identity = user();
    let (issuer, _) = issue(&h.admin, &wanted(&identity)).await;
    // An issue that is under way: what the server does, up to its commit.
    let mut under_way = h.db().await;
    let child = Uuid::now_v7();
    diesel_async::SimpleAsyncConnection::batch_execute(
        &mut under_way,
        &format!(
            "BEGIN; SELECT 1 FROM api_tokens WHERE id = '{issuer}' FOR SHARE; \
             INSERT INTO api_tokens (id, identity_ref, env_prefix, secret_hash, issued_by_token_id, issued_at, expires_at) \
             VALUES ('{child}', '{identity}', 'dev', '', '{issuer}', now(), now() + interval '1 day')"
        ),
    )
    .await
    .unwrap();
    let path = format!("{TOKENS}/{issuer}");
    let revoke = h.admin.delete(&path);
    let commit = async {
        h.until_held_up(1).await;
        diesel_async::SimpleAsyncConnection::batch_execute(&mut under_way, "COMMIT").await.unwrap();
    };
    let (revoked, ()) = tokio::join!(revoke, commit);
    revoked.expect(204);
    assert_eq!(h.count("SELECT count(*) FROM api_tokens WHERE revoked_at IS NOT NULL").await, 2);
    assert_eq!(
        h.count(&format!("SELECT count(*) FROM credential_changes WHERE credential_id IN ('{issuer}', '{child}')"))
            .await,
        2
    );
    h.stop().await;
}

#[tokio::test]
async fn a_token_that_is_being_revoked_issues_no_other() {
    let h = Harness::start().await;
    let identity = user();
    let (issuer, client) = issue(&h.admin, &wanted(&identity)).await;
    client.get(WHOAMI).await.expect(200);
    let mut under_way = h.db().await;
    let revoke = format!("BEGIN; UPDATE api_tokens SET revoked_at = now() WHERE id = '{issuer}'");
    diesel_async::SimpleAsyncConnection::batch_execute(&mut under_way, &revoke).await.unwrap();
    let body = wanted(&identity);
    let issued = client.post(TOKENS, &body);
    let commit = async {
        h.until_held_up(1).await;
        diesel_async::SimpleAsyncConnection::batch_execute(&mut under_way, "COMMIT").await.unwrap();
    };
    let (issued, ()) = tokio::join!(issued, commit);
    issued.refused(401, "unauthenticated");
    assert_eq!(h.count(&format!("SELECT count(*) FROM api_tokens WHERE issued_by_token_id = '{issuer}'")).await, 0);
    h.stop().await;
}

// ---- what is no credential

#[tokio::test]
async fn what_is_no_credential_is_refused_the_same_way() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let token = h.admin_token.clone();
    let (front, secret) = token.rsplit_once('_').unwrap();
    let unknown = {
        let parts: Vec<&str> = token.split('_').collect();
        format!(
            "psk_dev_{}_{secret}",
            parts[2].replace(&parts[2][..1], if parts[2].starts_with('a') { "b" } else { "a" })
        )
    };
    let no_credential = [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        token.clone(),
        format!("Basic {token}"),
        format!("Token {token}"),
        format!("Bearer {}", token.to_uppercase()),
        format!("Bearer {front}_{}", "a".repeat(52)),
        format!("Bearer {front}_"),
        format!("Bearer {token}x"),
        format!("Bearer {token} {token}"),
        format!("Bearer {unknown}"),
        "Bearer eyJhbGciOiJub25lIn0.e30.".into(),
        format!("Bearer {}", "x".repeat(9000)),
        format!("Bearer {}", h.bootstrap_token(&project).await),
        format!("Bearer {}", agent.nsk),
    ];
    let anonymous = h.anonymous();
    for header in no_credential {
        for (method, path) in [(Method::GET, "/v1/domains"), (Method::GET, WHOAMI), (Method::POST, TOKENS)] {
            let request = anonymous.request(method, path).header("authorization", &header);
            anonymous.send(request).await.refused(401, "unauthenticated");
        }
    }
    // The scheme's letter case does not matter, and two credentials are none.
    let good = format!("bearer {token}");
    let ask = || anonymous.request(Method::GET, WHOAMI).header("authorization", &good);
    anonymous.send(ask()).await.expect(200);
    anonymous.send(ask().header("authorization", &good)).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn an_operators_token_is_no_nodes_key_and_the_reverse() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let beat = crate::harness::agent::heartbeat(h.clock.now());
    h.admin.post(&agent.path("heartbeat"), &beat).await.refused(401, "nsk_revoked");
    h.anonymous().post(&agent.path("heartbeat"), &beat).await.refused(401, "nsk_revoked");
    for path in ["/v1/nodes", "/v1/domains", WHOAMI, TOKENS, TUPLES, &format!("/v1/nodes/{}", agent.node_id)] {
        agent.client.get(path).await.refused(401, "unauthenticated");
    }
    h.admin.get(&agent.path("reachability")).await.expect(200);
    agent.client.get(&agent.path("reachability")).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_database_fault_while_deciding_is_neither_401_nor_403_nor_404() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let beat = crate::harness::agent::heartbeat(h.clock.now());
    let stranger = h.client_of(&user()).await;
    // Replicas that have not seen the credentials yet: nothing is remembered.
    for table in ["api_tokens", "node_secret_keys", "relation_changes", "nodes"] {
        let cold = h.replica().await;
        let (admin, node) = (h.admin.at(cold.address()), agent.client.at(cold.address()));
        h.sql(&format!("ALTER TABLE {table} RENAME TO away")).await;
        let mut asked = 0;
        let mut fails = |answer: Answer, touched: bool| {
            if touched {
                assert!(answer.status.is_server_error(), "{table}: {}", answer.status);
                asked += 1;
            }
        };
        fails(node.post(&agent.path("heartbeat"), &beat).await, matches!(table, "node_secret_keys" | "nodes"));
        fails(admin.get(WHOAMI).await, table == "api_tokens");
        fails(admin.get(&agent.path("reachability")).await, matches!(table, "api_tokens" | "nodes"));
        // A yes may be known; what is not shown is a no, which is never given from memory.
        fails(admin.get("/v1/nodes").await, matches!(table, "api_tokens" | "relation_changes" | "nodes"));
        fails(stranger.at(cold.address()).get("/v1/domains").await, matches!(table, "api_tokens" | "relation_changes"));
        fails(admin.get(TOKENS).await, table == "api_tokens");
        assert!(asked > 0);
        h.sql(&format!("ALTER TABLE away RENAME TO {table}")).await;
        admin.get(&agent.path("reachability")).await.expect(200);
        node.post(&agent.path("heartbeat"), &beat).await.expect(200);
        cold.stop(std::time::Duration::from_secs(5)).await;
    }
    h.stop().await;
}

// ---- relations

/// Which grants give which permission, by the contract: a row a permission, a column a grant.
const GRANTS: [(ObjectType, &str); 9] = [
    (ObjectType::Platform, "admin"),
    (ObjectType::Domain, "admin"),
    (ObjectType::Domain, "viewer"),
    (ObjectType::Domain, "auditor"),
    (ObjectType::Project, "admin"),
    (ObjectType::Project, "reader"),
    (ObjectType::Node, "operator"),
    (ObjectType::Node, "agent"),
    (ObjectType::Node, "reader"),
];
const GIVES: [(Permission, [u8; 9]); 9] = [
    (Permission::PlatformAdmin, [1, 0, 0, 0, 0, 0, 0, 0, 0]),
    (Permission::DomainManage, [1, 1, 0, 0, 0, 0, 0, 0, 0]),
    (Permission::DomainView, [1, 1, 1, 0, 0, 0, 0, 0, 0]),
    (Permission::DomainAudit, [1, 1, 0, 1, 0, 0, 0, 0, 0]),
    (Permission::ProjectManage, [1, 1, 0, 0, 1, 0, 0, 0, 0]),
    (Permission::ProjectRead, [1, 1, 0, 0, 1, 1, 0, 0, 0]),
    (Permission::NodeOperate, [1, 1, 0, 0, 1, 0, 1, 0, 0]),
    (Permission::NodeAgent, [1, 1, 0, 0, 1, 0, 1, 1, 0]),
    (Permission::NodeRead, [1, 1, 0, 0, 1, 1, 1, 1, 1]),
];

#[test]
fn the_table_of_grants_is_the_contracts() {
    assert_eq!(GIVES.map(|(permission, _)| permission), Permission::ALL);
    let schema = Schema::load().unwrap();
    for (permission, gives) in GIVES {
        let name = schema.permission(permission).unwrap();
        let given_by: Vec<(Kind, &str)> = schema
            .given_by(permission.object_type().into(), name)
            .into_iter()
            .map(|(kind, relation)| (kind, schema.text(relation)))
            .collect();
        for ((kind, grant), gives) in GRANTS.into_iter().zip(gives) {
            assert_eq!(
                given_by.contains(&(kind.into(), grant)),
                gives == 1,
                "{} by {kind:?} {grant}",
                permission.name()
            );
        }
        assert_eq!(given_by.len(), gives.iter().filter(|gives| **gives == 1).count(), "no other grant gives it");
    }
}

#[tokio::test]
async fn each_permission_is_given_by_its_grants_and_by_no_other() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let node = h.enrol(&project, "web-1").await.node_id;
    let other_domain = h.domain("other", "10.30.0.0/16").await;
    let other_project = h.project(&other_domain, "team").await;
    let other_node = h.enrol(&other_project, "web-1").await.node_id;
    let object = |kind: ObjectType, other: bool| match kind {
        ObjectType::Platform => "platform:plexsphere".to_owned(),
        ObjectType::Domain => format!("domain:{}", if other { &other_domain } else { &domain }),
        ObjectType::Project => format!("project:{}", if other { &other_project } else { &project }),
        ObjectType::Node => format!("node:{}", if other { &other_node } else { &node }),
        ObjectType::Group => unreachable!("nothing is asked of a group"),
    };
    for (at, (kind, relation)) in GRANTS.into_iter().enumerate() {
        let operator = h.operator(&object(kind, false), relation).await;
        for (permission, gives) in GIVES {
            let name = permission.name().rsplit('#').next().unwrap();
            let asked = allowed(&operator, &object(permission.object_type(), false), name).await;
            assert_eq!(asked, gives[at] == 1, "{} by {kind:?} {relation}", permission.name());
            if kind != ObjectType::Platform && permission != Permission::PlatformAdmin {
                assert!(
                    !allowed(&operator, &object(permission.object_type(), true), name).await,
                    "{} elsewhere",
                    permission.name()
                );
            }
        }
        // The gate decides the same.
        for (permission, method, path, body) in [
            (Permission::PlatformAdmin, Method::POST, "/v1/domains".to_owned(), "{}"),
            (Permission::DomainManage, Method::PATCH, format!("/v1/domains/{domain}"), "{}"),
            (Permission::DomainView, Method::GET, format!("/v1/domains/{domain}"), ""),
            (Permission::ProjectManage, Method::PATCH, format!("/v1/projects/{project}"), "{}"),
            (Permission::ProjectRead, Method::GET, format!("/v1/projects/{project}"), ""),
            (Permission::NodeOperate, Method::POST, format!("/v1/nodes/{node}/nsk/flag"), ""),
            (Permission::NodeAgent, Method::GET, format!("/v1/nodes/{node}/reachability"), ""),
            (Permission::NodeRead, Method::GET, format!("/v1/nodes/{node}"), ""),
        ] {
            let gives = GIVES.iter().find(|(known, _)| *known == permission).unwrap().1[at] == 1;
            let answer = operator.send_bytes(method, &path, body).await;
            if gives {
                assert_ne!(answer.status, 403, "{path} by {kind:?} {relation}");
            } else {
                answer.refused(403, "insufficient_relation");
            }
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn members_of_a_group_hold_what_the_group_is_granted_also_through_groups() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let at = format!("/v1/projects/{project}");
    let [inner, middle, outer] = [0; 3].map(|_| Uuid::now_v7());
    let member = user();
    let client = h.client_of(&member).await;
    client.get(&at).await.refused(403, "insufficient_relation");
    let in_inner = grant(&h, &format!("group:{inner}"), "member", &member).await;
    let in_middle = grant(&h, &format!("group:{middle}"), "member", &format!("group:{inner}#member")).await;
    grant(&h, &format!("group:{outer}"), "member", &format!("group:{middle}#member")).await;
    // A circle is no way out of the question.
    grant(&h, &format!("group:{inner}"), "member", &format!("group:{outer}#member")).await;
    client.get(&at).await.refused(403, "insufficient_relation");
    grant(&h, &format!("project:{project}"), "reader", &format!("group:{outer}#member")).await;
    client.get(&at).await.expect(200);
    assert_eq!(client.get("/v1/projects").await.expect(200)["items"][0]["project_id"], project);
    client.patch(&at, &json!({})).await.refused(403, "insufficient_relation");
    take_back(&h, &in_middle).await;
    client.get(&at).await.refused(403, "insufficient_relation");
    grant(&h, &format!("group:{middle}"), "member", &member).await;
    client.get(&at).await.expect(200);
    take_back(&h, &in_inner).await;
    client.get(&at).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn tuples_are_written_listed_and_taken_back() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let subject = user();
    let object = format!("domain:{domain}");
    let body = json!({ "object": object.to_uppercase().replace("DOMAIN", "domain"), "relation": "viewer", "subject": subject });
    let made = h.admin.post(TUPLES, &body).await.expect(201);
    let id = text(&made, "tuple_id");
    let expected = json!({ "tuple_id": id, "object": object, "relation": "viewer", "subject": subject, "created_at": made["created_at"] });
    assert_eq!(made, expected);
    h.admin.post(TUPLES, &body).await.refused(409, "relation_tuple_exists");
    for query in
        [format!("object={object}"), format!("subject={subject}"), format!("object={object}&subject={subject}")]
    {
        assert_eq!(h.admin.get(&format!("{TUPLES}?{query}")).await.expect(200)["items"], json!([expected]), "{query}");
    }
    // What belongs to what is nobody's to grant or to take: it is not listed and cannot be written.
    let all = h.admin.get(TUPLES).await.expect(200);
    let mut relations: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|tuple| tuple["relation"].as_str().unwrap()).collect();
    relations.sort_unstable();
    assert_eq!(relations, ["admin", "viewer"]);
    let parent = json!({ "object": format!("node:{}", agent.node_id), "relation": "project", "subject": subject });
    assert_eq!(h.admin.post(TUPLES, &parent).await.refused(422, "invalid_field")["field"], "relation");
    #[derive(diesel::QueryableByName)]
    struct Parent {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: Uuid,
    }
    let parent: Parent = diesel_async::RunQueryDsl::get_result(
        diesel::sql_query("SELECT id FROM relation_tuples WHERE object_type = 'node' LIMIT 1"),
        &mut h.db().await,
    )
    .await
    .unwrap();
    h.admin.delete(&format!("{TUPLES}/{}", parent.id)).await.refused(404, "relation_tuple_not_found");

    take_back(&h, &id).await;
    h.admin.delete(&format!("{TUPLES}/{id}")).await.refused(404, "relation_tuple_not_found");
    assert_eq!(h.admin.get(&format!("{TUPLES}?subject={subject}")).await.expect(200)["items"], json!([]));
    for action in ["relation.grant", "relation.revoke"] {
        let there = format!("action = '{action}' AND domain_id = '{domain}' AND object = '{object}'");
        assert_eq!(h.changes(&there).await, 1, "{action}");
    }
    h.stop().await;
}

#[tokio::test]
async fn every_member_of_a_tuple_has_its_rule() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let good = json!({ "object": format!("domain:{domain}"), "relation": "viewer", "subject": user() });
    let id = Uuid::now_v7();
    for (member, value) in [
        ("object", String::new()),
        ("object", "domain".into()),
        ("object", "domain:x".into()),
        ("object", "platform:other".into()),
        ("object", format!("robot:{id}")),
        ("object", format!("domain:{}", Uuid::nil())),
        ("object", format!("domain:{id}")),
        ("relation", "manage".into()),
        ("relation", "operator".into()),
        ("relation", "platform".into()),
        ("relation", "Viewer".into()),
        ("subject", String::new()),
        ("subject", format!("domain:{id}")),
        ("subject", format!("group:{id}")),
        ("subject", format!("user:{id}#member")),
        ("subject", format!("user:{}", Uuid::nil())),
    ] {
        let mut body = good.clone();
        body[member] = value.clone().into();
        assert_eq!(h.admin.post(TUPLES, &body).await.refused(422, "invalid_field")["field"], member, "{value}");
    }
    for member in ["object", "relation", "subject"] {
        let mut body = good.clone();
        body[member] = Value::Null;
        h.admin.post(TUPLES, &body).await.refused(400, "malformed_request");
    }
    for query in ["object=x", "subject=x", "limit=0", "limit=201"] {
        h.admin.get(&format!("{TUPLES}?{query}")).await.refused_query(query);
    }
    let question = json!({ "object": format!("project:{project}"), "permission": "read" });
    for (member, value) in [("object", "x"), ("permission", "fly"), ("permission", "node-operate"), ("subject", "x")] {
        let mut body = question.clone();
        body[member] = value.into();
        assert_eq!(h.admin.post(CHECK, &body).await.refused(422, "invalid_field")["field"], member, "{value}");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_domains_manager_grants_below_it_and_nowhere_else() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let node = h.enrol(&project, "web-1").await.node_id;
    let foreign = h.domain("other", "10.30.0.0/16").await;
    let manager = h.operator(&format!("domain:{domain}"), "admin").await;
    let tuple = |object: &str, relation: &str| json!({ "object": object, "relation": relation, "subject": user() });
    let mut own = Vec::new();
    for (object, relation) in [
        (format!("domain:{domain}"), "viewer"),
        (format!("project:{project}"), "reader"),
        (format!("node:{node}"), "agent"),
    ] {
        own.push(text(&manager.post(TUPLES, &tuple(&object, relation)).await.expect(201), "tuple_id"));
    }
    for (object, relation) in [
        ("platform:plexsphere".to_owned(), "admin"),
        (format!("domain:{foreign}"), "viewer"),
        (format!("group:{}", Uuid::now_v7()), "member"),
    ] {
        manager.post(TUPLES, &tuple(&object, relation)).await.refused(403, "insufficient_relation");
    }
    let seen = manager.get(TUPLES).await.expect(200);
    let seen: Vec<String> = seen["items"].as_array().unwrap().iter().map(|tuple| text(tuple, "tuple_id")).collect();
    assert_eq!(seen.len(), 4, "those on its Domain, its own grant among them");
    assert!(own.iter().all(|id| seen.contains(id)));
    let on_foreign = grant(&h, &format!("domain:{foreign}"), "viewer", &user()).await;
    let unknown = Uuid::now_v7().to_string();
    let (known, absent) =
        (manager.delete(&format!("{TUPLES}/{on_foreign}")).await, manager.delete(&format!("{TUPLES}/{unknown}")).await);
    known.refused(404, "relation_tuple_not_found");
    same_but_for_the_id(&known, &on_foreign, &absent, &unknown);
    manager.delete(&format!("{TUPLES}/{}", own[0])).await.expect(204);

    // Asking about others takes managing the object.
    let about = |object: String| json!({ "subject": user(), "object": object, "permission": "read" });
    assert_eq!(manager.post(CHECK, &about(format!("node:{node}"))).await.expect(200)["decision"], "denied");
    let of_foreign = json!({ "subject": user(), "object": format!("domain:{foreign}"), "permission": "manage" });
    manager.post(CHECK, &of_foreign).await.refused(403, "insufficient_relation");
    let viewer = h.operator(&format!("domain:{domain}"), "viewer").await;
    viewer.post(CHECK, &about(format!("node:{node}"))).await.refused(403, "insufficient_relation");
    assert_eq!(viewer.get(TUPLES).await.expect(200)["items"], json!([]));
    h.stop().await;
}

#[tokio::test]
async fn a_check_names_the_tuples_that_decide() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let node = h.enrol(&project, "web-1").await.node_id;
    let subject = user();
    grant(&h, &format!("domain:{domain}"), "admin", &subject).await;
    let question = json!({ "subject": subject, "object": format!("node:{node}"), "permission": "node-operate" });
    let answer = h.admin.post(CHECK, &question).await;
    let correlation_id = answer.header("x-correlation-id").unwrap().to_owned();
    let expected = json!({
        "decision": "allowed",
        "relation_path": [
            format!("node:{node}#project@project:{project}"),
            format!("project:{project}#domain@domain:{domain}"),
            format!("domain:{domain}#admin@{subject}"),
        ],
        "reason": format!("{subject} has node-operate on node:{node} by being admin of domain:{domain}"),
        "correlation_id": correlation_id,
    });
    assert_eq!(answer.expect(200), expected);

    // Through groups, every group is named.
    let [inner, outer] = [0; 2].map(|_| Uuid::now_v7());
    let member = user();
    grant(&h, &format!("group:{inner}"), "member", &member).await;
    grant(&h, &format!("group:{outer}"), "member", &format!("group:{inner}#member")).await;
    grant(&h, &format!("node:{node}"), "agent", &format!("group:{outer}#member")).await;
    let question = json!({ "subject": member, "object": format!("node:{node}"), "permission": "read" });
    let answer = h.admin.post(CHECK, &question).await.expect(200);
    let path = json!([
        format!("node:{node}#agent@group:{outer}#member"),
        format!("group:{outer}#member@group:{inner}#member"),
        format!("group:{inner}#member@{member}"),
    ]);
    assert_eq!(answer["relation_path"], path);
    let reason = format!("{member} has read on node:{node} by groups, the outermost of which is agent of node:{node}");
    assert_eq!(answer["reason"], reason);

    let question = json!({ "subject": member, "object": format!("node:{node}"), "permission": "node-operate" });
    let answer = h.admin.post(CHECK, &question).await.expect(200);
    assert_eq!((&answer["decision"], &answer["relation_path"]), (&json!("denied"), &json!([])));
    let reason = format!(
        "nothing that is granted on node:{node}, or on what it lies below, gives {member} node-operate on node:{node}"
    );
    assert_eq!(answer["reason"], reason);
    h.stop().await;
}

/// Two refusals that do not tell one id from another. That none does is in `no_oracle.rs`.
fn same_but_for_the_id(a: &Answer, id_a: &str, b: &Answer, id_b: &str) {
    let plain = |answer: &Answer, id: &str| {
        let text = String::from_utf8_lossy(&answer.bytes).replace(id, "ID");
        text.replace(answer.header("x-correlation-id").unwrap(), "CORRELATION")
    };
    assert_eq!(a.status, b.status);
    assert_eq!(plain(a, id_a), plain(b, id_b));
    let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(a), names(b));
}

// ---- the first administrator

#[tokio::test]
async fn the_first_administrator_is_made_once_and_again_only_by_force() {
    let h = Harness::start().await;
    let database = h.server.database();
    let again = first_administrator(database, "dev", false, h.clock.now()).await;
    assert!(matches!(again, Err(BootstrapError::AlreadyBootstrapped)));
    assert_eq!(h.count("SELECT count(*) FROM api_tokens").await, 1);
    let (identity, token) = first_administrator(database, "prod", true, h.clock.now()).await.unwrap();
    assert!(token.starts_with("psk_prod_"));
    let forced = h.anonymous().with_bearer(&token);
    assert_eq!(forced.get(WHOAMI).await.expect(200)["identity_ref"], identity.to_string());
    forced.get("/v1/domains").await.expect(200);
    assert!(allowed(&forced, "platform:plexsphere", "admin").await);
    assert_eq!(
        h.count("SELECT count(*) FROM audit_entries WHERE action = 'platform.bootstrap' AND reason = 'forced'").await,
        1
    );
    h.admin.get("/v1/domains").await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn of_two_bootstraps_at_once_one_succeeds() {
    let name = Cluster::get().await.fresh_database().await;
    let database = Database::new(&Cluster::url(&name), 4).unwrap();
    let now = Utc::now();
    let (a, b) = tokio::join!(
        first_administrator(&database, "dev", false, now),
        first_administrator(&database, "dev", false, now)
    );
    assert!(a.is_ok() != b.is_ok());
    assert!(matches!(a.err().or(b.err()), Some(BootstrapError::AlreadyBootstrapped)));
}
