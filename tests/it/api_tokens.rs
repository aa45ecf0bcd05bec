//! API tokens: their rotation, when they were last used, and who may act for whom. What is older is in `access.rs`.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use http::Method;
use plexsphere::clock::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::browser::Browser;
use crate::harness::provider::Provider;
use crate::harness::{Answer, Client, Harness, rows};

const TOKENS: &str = "/v1/auth/tokens";
const WHOAMI: &str = "/v1/auth/whoami";

fn user() -> String {
    format!("user:{}", Uuid::now_v7())
}

fn service() -> String {
    format!("service:{}", Uuid::now_v7())
}

async fn try_issue(by: &Client, identity: &str) -> Answer {
    by.post(TOKENS, &json!({ "identity_ref": identity, "env_prefix": "stage" })).await
}

/// Issues a token; returns its id and a client that speaks with it.
async fn issue(by: &Client, identity: &str) -> (String, Client) {
    let issued = try_issue(by, identity).await.expect(201);
    (issued["token_id"].as_str().unwrap().to_owned(), by.with_bearer(issued["token"].as_str().unwrap()))
}

async fn rotate(by: &Client, id: &str) -> Answer {
    by.post_empty(&format!("{TOKENS}/{id}/rotate")).await
}

/// Rotates a token; returns a client that speaks with its new secret.
async fn rotated(by: &Client, id: &str) -> Client {
    let answer = rotate(by, id).await.expect(200);
    assert_eq!(answer["token_id"], id);
    by.with_bearer(answer["token"].as_str().unwrap())
}

async fn grant(h: &Harness, object: &str, relation: &str, subject: &str) {
    let tuple = json!({ "object": object, "relation": relation, "subject": subject });
    h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
}

async fn listed(by: &Client, identity: &str, id: &str) -> Value {
    let all = by.get(&format!("{TOKENS}?identity_ref={identity}")).await.expect(200);
    all["items"].as_array().unwrap().iter().find(|token| token["token_id"] == id).unwrap().clone()
}

/// A user of the Domain's own issuer.
async fn user_of(h: &Harness, domain: &str) -> String {
    let id = Uuid::now_v7();
    h.sql(&format!(
        "INSERT INTO identities (id, kind, issuer, subject, domain_id, created_at) \
         VALUES ('{id}', 'user', 'https://idp.example/{domain}', '{id}', '{domain}', now())"
    ))
    .await;
    format!("user:{id}")
}

#[tokio::test]
async fn a_rotated_token_keeps_all_but_its_secret() {
    let h = Harness::start().await;
    let replica = h.replica().await;
    let identity = user();
    let issued = try_issue(&h.admin, &identity).await.expect(201);
    let id = issued["token_id"].as_str().unwrap();
    let old = h.anonymous().with_bearer(issued["token"].as_str().unwrap());
    let old_there = old.at(replica.address());
    let (_, child) = issue(&old, &identity).await;
    for client in [&old, &old_there, &child] {
        client.get(WHOAMI).await.expect(200);
    }
    let before = listed(&old, &identity, id).await;
    h.clock.advance(TimeDelta::seconds(10));

    let answer = rotate(&old, id).await.expect(200);
    for member in ["token_id", "identity_ref", "issued_at", "expires_at"] {
        assert_eq!(answer[member], issued[member], "{member}");
    }
    let token = answer["token"].as_str().unwrap();
    let ends = issued["token"].as_str().unwrap().rsplit_once('_').unwrap();
    let (front, secret) = token.rsplit_once('_').unwrap();
    assert!(front == ends.0 && secret != ends.1, "{front}");
    let new = h.anonymous().with_bearer(token);
    let new_there = new.at(replica.address());
    for client in [&new, &new_there, &child] {
        client.get(WHOAMI).await.expect(200);
    }
    h.step("credential_watch").await;
    replica.task("credential_watch").unwrap().step_now().await;
    for client in [&old, &old_there] {
        client.get(WHOAMI).await.refused(401, "unauthenticated");
    }
    new.get(WHOAMI).await.expect(200);
    assert_eq!(listed(&new, &identity, id).await, before);
    assert_eq!(h.count("SELECT count(*) FROM audit_entries WHERE action = 'api_token.rotate'").await, 1);

    // What it has issued falls with it as before.
    new.delete(&format!("{TOKENS}/{id}")).await.expect(204);
    h.step("credential_watch").await;
    for client in [&new, &child] {
        client.get(WHOAMI).await.refused(401, "unauthenticated");
    }
    replica.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_replica_that_does_not_remember_the_token_takes_the_new_secret_only_at_once() {
    let h = Harness::start().await;
    let replica = h.replica().await;
    let (id, old) = issue(&h.admin, &user()).await;
    let new = rotated(&h.admin, &id).await;
    old.at(replica.address()).get(WHOAMI).await.refused(401, "unauthenticated");
    new.at(replica.address()).get(WHOAMI).await.expect(200);
    replica.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn an_old_secret_ends_the_streams_that_it_opened_within_5_seconds_on_every_replica() {
    let h = Harness::start().await;
    let other = h.replica().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.relayed().await;
    let identity = user();
    grant(&h, &format!("project:{project}"), "admin", &identity).await;
    let (id, operator) = issue(&h.admin, &identity).await;
    let (_, below) = issue(&operator, &identity).await;
    let path = agent.path("events");
    let mut here = operator.follow(&path, None).await;
    let mut there = operator.at(other.address()).follow(&path, None).await;
    let mut of_child = below.at(other.address()).follow(&path, None).await;
    let began = Instant::now();
    let new = rotated(&operator, &id).await;
    let mut with_the_new_one = new.at(other.address()).follow(&path, None).await;
    here.closes().await;
    there.closes().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Whoever came with the new secret, or with a token that the rotated one has issued, stays.
    other.task("stream_watch").unwrap().step_now().await;
    h.admin.post_empty(&agent.path("keys/rotate")).await.expect(200);
    for stream in [&mut with_the_new_one, &mut of_child] {
        assert_eq!(stream.event().await.event_type(), "rotate_keys");
    }
    drop((with_the_new_one, of_child));
    other.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_token_is_rotated_by_whoever_may_issue_it_and_while_it_holds() {
    let h = Harness::start().await;
    let identity = user();
    let (id, own) = issue(&h.admin, &identity).await;
    let unknown = rotate(&own, &Uuid::now_v7().to_string()).await.refused(404, "api_token_not_found");
    // Somebody else's looks like none at all.
    let stranger = h.client_of(&user()).await;
    let foreign = rotate(&stranger, &id).await.refused(404, "api_token_not_found");
    assert_eq!(foreign["detail"], unknown["detail"]);
    let own = rotated(&own, &id).await;
    let own = rotated(&own, &id).await;
    rotated(&h.admin, &id).await;
    h.anonymous().post_empty(&format!("{TOKENS}/x/rotate")).await.refused(400, "invalid_id");
    // One that is revoked, that comes from one that is, or that has expired.
    let (_, beside) = issue(&h.admin, &identity).await;
    let (first, first_client) = issue(&h.admin, &identity).await;
    let (second, _) = issue(&first_client, &identity).await;
    beside.delete(&format!("{TOKENS}/{first}")).await.expect(204);
    for id in [&first, &second] {
        rotate(&beside, id).await.refused(404, "api_token_not_found");
    }
    let short = json!({ "identity_ref": identity, "env_prefix": "dev", "ttl_seconds": 60 });
    let short = beside.post(TOKENS, &short).await.expect(201);
    h.clock.advance(TimeDelta::seconds(60));
    rotate(&beside, short["token_id"].as_str().unwrap()).await.refused(404, "api_token_not_found");
    // A secret that is the old one by now rotates nothing.
    h.step("credential_watch").await;
    rotate(&own, &id).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn a_bounded_token_is_not_traded_for_a_stronger_one_of_the_same_identity() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let identity = user();
    grant(&h, &format!("project:{project}"), "admin", &identity).await;
    let (strong_id, strong) = issue(&h.admin, &identity).await;
    // The platform's administrator bounds nobody; this one administers it too, and may lose that.
    let issuer = user();
    grant(&h, "platform:plexsphere", "admin", &issuer).await;
    let (weak_id, weak) = issue(&h.client_of(&issuer).await, &identity).await;
    let denied = rotate(&weak, &strong_id).await.refused(403, "insufficient_relation");
    assert_eq!(denied["reason"], "caveat_violation");
    strong.get(WHOAMI).await.expect(200);
    // The other way round, and itself.
    let (below_id, _) = issue(&weak, &identity).await;
    rotated(&weak, &below_id).await;
    let weak = rotated(&weak, &weak_id).await;
    rotate(&weak, &strong_id).await.refused(403, "insufficient_relation");
    h.stop().await;
}

#[track_caller]
fn would_be_more(answer: &Answer) {
    assert_eq!(answer.refused(403, "insufficient_relation")["reason"], "caveat_violation");
}

#[tokio::test]
async fn whoever_presents_a_token_rotates_itself_and_what_comes_from_it_only() {
    let h = Harness::start().await;
    let identity = user();
    let (id, own) = issue(&h.admin, &identity).await;
    let (sibling_id, sibling) = issue(&h.admin, &identity).await;
    let (below_id, below) = issue(&own, &identity).await;
    let (last_id, _) = issue(&below, &identity).await;
    let short = json!({ "identity_ref": identity, "env_prefix": "dev", "ttl_seconds": 60 });
    let short = own.post(TOKENS, &short).await.expect(201);
    let short = own.with_bearer(short["token"].as_str().unwrap());
    let administrator = user();
    grant(&h, "platform:plexsphere", "admin", &administrator).await;
    let administrator = h.client_of(&administrator).await;
    let (theirs_id, _) = issue(&administrator, &identity).await;
    for (by, id, why) in [
        (&own, &sibling_id, "does not fall with it"),
        (&own, &theirs_id, "is bounded by another"),
        (&below, &id, "it comes from that, which would not fall with it"),
        (&short, &id, "holds longer"),
        (&short, &below_id, "comes from elsewhere"),
        (&administrator, &id, "an administrator's token falls and ends as any"),
        (&administrator, &below_id, "nor what comes from it"),
    ] {
        let answer = rotate(by, id).await;
        assert_eq!(answer.status, 403, "{why}");
        would_be_more(&answer);
    }
    for client in [&own, &sibling, &below, &short] {
        client.get(WHOAMI).await.expect(200);
    }
    assert_eq!(h.count("SELECT max(secret_version) FROM api_tokens").await, 1);
    let own = rotated(&own, &id).await;
    let last = rotated(&own, &last_id).await;
    rotated(&administrator, &theirs_id).await;
    // What cannot be had can be ended, and what was had by rotation falls as before.
    administrator.delete(&format!("{TOKENS}/{id}")).await.expect(204);
    h.step("credential_watch").await;
    for client in [&own, &last] {
        client.get(WHOAMI).await.refused(401, "unauthenticated");
    }
    h.stop().await;
}

#[tokio::test]
async fn whoever_presents_no_token_rotates_what_they_bound_and_could_have_issued() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let (alice, carol) = (provider.user(&h, "alice").await, provider.user(&h, "carol").await);
    let mut names = Vec::new();
    for client in [&alice, &carol] {
        let name = client.get(WHOAMI).await.expect(200)["identity_ref"].as_str().unwrap().to_owned();
        grant(&h, "platform:plexsphere", "admin", &name).await;
        names.push(name);
    }
    let somebody = user();
    let (own_id, _) = issue(&alice, &names[0]).await;
    let (issued_id, issued) = issue(&alice, &somebody).await;
    let (below_id, _) = issue(&issued, &somebody).await;
    let (of_others_id, of_others) = issue(&h.admin, &somebody).await;
    for id in [&own_id, &issued_id, &below_id, &of_others_id] {
        would_be_more(&rotate(&carol, id).await);
    }
    would_be_more(&rotate(&alice, &of_others_id).await);
    of_others.get(WHOAMI).await.expect(200);
    let mut browser = Browser::new(&h);
    browser.sign_in(&provider, &json!({}), "alice").await.expect(302);
    for id in [&own_id, &issued_id, &below_id] {
        rotated(&alice, id).await;
        browser.ask(Method::POST, &format!("{TOKENS}/{id}/rotate")).await.expect(200);
    }
    // As if somebody had issued it for longer than a session or a JWT may.
    h.sql(&format!("UPDATE api_tokens SET expires_at = expires_at + interval '1 day' WHERE id = '{own_id}'")).await;
    would_be_more(&rotate(&alice, &own_id).await);
    h.clock.advance(TimeDelta::minutes(5));
    would_be_more(&browser.ask(Method::POST, &format!("{TOKENS}/{own_id}/rotate")).await);
    h.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotations_at_once_leave_one_secret_that_holds() {
    let h = Harness::start().await;
    let identity = user();
    let (id, own) = issue(&h.admin, &identity).await;
    let answers = join_all((0..8).map(|_| rotate(&own, &id))).await;
    let (won, late): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    late.iter().for_each(|answer| drop(answer.refused(401, "unauthenticated")));
    own.with_bearer(won[0].json()["token"].as_str().unwrap()).get(WHOAMI).await.expect(200);
    assert_eq!(h.count("SELECT max(secret_version) FROM api_tokens").await, 2);
    // The administrator has no secret of it to lose: all of his count.
    let answers = join_all((0..8).map(|_| rotate(&h.admin, &id))).await;
    answers.iter().for_each(|answer| drop(answer.expect(200)));
    assert_eq!(h.count("SELECT max(secret_version) FROM api_tokens").await, 10);
    h.stop().await;
}

#[tokio::test]
async fn a_secret_that_was_replaced_gets_no_token_even_while_it_is_remembered() {
    let h = Harness::start().await;
    let identity = user();
    let (id, own) = issue(&h.admin, &identity).await;
    own.get(WHOAMI).await.expect(200);
    // Nobody tells the caches.
    h.sql(&format!("UPDATE api_tokens SET secret_version = 2, secret_hash = '\\x00' WHERE id = '{id}'")).await;
    own.get(WHOAMI).await.expect(200);
    rotate(&own, &id).await.refused(401, "unauthenticated");
    try_issue(&own, &identity).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn a_token_that_is_being_revoked_is_not_rotated() {
    let h = Harness::start().await;
    let (id, _) = issue(&h.admin, &user()).await;
    let mut held = h.db().await;
    let revoke = format!("BEGIN; UPDATE api_tokens SET revoked_at = now() WHERE id = '{id}'");
    held.batch_execute(&revoke).await.unwrap();
    let let_go = async {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
            AND wait_event_type = 'Lock' AND query LIKE '%secret_version%'";
        while h.count(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
        held.batch_execute("COMMIT").await.unwrap();
    };
    let (answer, ()) = tokio::join!(rotate(&h.admin, &id), let_go);
    answer.refused(404, "api_token_not_found");
    h.stop().await;
}

// ---- who may act for whom

#[tokio::test]
async fn a_domains_administrator_acts_for_users_of_its_issuers_and_its_services() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let elsewhere = h.domain("other", "10.30.0.0/16").await;
    let manager = h.operator(&format!("domain:{domain}"), "admin").await;
    let neighbour = h.operator(&format!("domain:{elsewhere}"), "admin").await;

    let member = user_of(&h, &domain).await;
    grant(&h, &format!("project:{project}"), "admin", &member).await;
    let (id, client) = issue(&manager, &member).await;
    client.get(&format!("/v1/projects/{project}")).await.expect(200);
    assert_eq!(listed(&manager, &member, &id).await["revoked_at"], Value::Null);
    rotated(&manager, &id).await;
    for refused in [&member, &user_of(&h, &elsewhere).await, &user()] {
        let by = if refused == &member { &neighbour } else { &manager };
        try_issue(by, refused).await.refused(403, "insufficient_relation");
        by.get(&format!("{TOKENS}?identity_ref={refused}")).await.refused(403, "insufficient_relation");
    }
    rotate(&neighbour, &id).await.refused(404, "api_token_not_found");
    neighbour.delete(&format!("{TOKENS}/{id}")).await.refused(404, "api_token_not_found");
    manager.delete(&format!("{TOKENS}/{id}")).await.expect(204);

    // A service belongs to whoever issues for it first.
    let own = service();
    grant(&h, &format!("project:{project}"), "reader", &own).await;
    let (_, client) = issue(&manager, &own).await;
    client.get(&format!("/v1/projects/{project}")).await.expect(200);
    try_issue(&neighbour, &own).await.refused(403, "insufficient_relation");
    issue(&manager, &own).await;
    issue(&h.admin, &own).await;
    let of_platform = service();
    issue(&h.admin, &of_platform).await;
    try_issue(&manager, &of_platform).await.refused(403, "insufficient_relation");
    let belong = h.rows("SELECT 'service:' || id AS id, domain_id FROM identities WHERE kind = 'service'").await;
    let of = |service: &str| belong.iter().find(|row| row["id"] == service).unwrap()["domain_id"].clone();
    assert_eq!((of(&own), of(&of_platform)), (json!(domain), Value::Null));
    // One that has tokens from before anybody said where services belong is nobody's to take.
    let administrator = h.admin.get(WHOAMI).await.expect(200)["identity_ref"].as_str().unwrap().to_owned();
    try_issue(&manager, &administrator).await.refused(403, "insufficient_relation");
    h.stop().await;
}

#[tokio::test]
async fn whoever_manages_several_domains_or_none_takes_no_service() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let elsewhere = h.domain("other", "10.30.0.0/16").await;
    let identity = user();
    grant(&h, &format!("domain:{domain}"), "admin", &identity).await;
    grant(&h, &format!("domain:{elsewhere}"), "admin", &identity).await;
    let of_both = h.client_of(&identity).await;
    let of_none = h.operator(&format!("project:{project}"), "admin").await;
    for client in [&of_both, &of_none] {
        try_issue(client, &service()).await.refused(403, "insufficient_relation");
    }
    assert_eq!(h.count("SELECT count(*) FROM identities").await, 0);
    h.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_domains_that_want_a_service_at_once_one_gets_it() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let elsewhere = h.domain("other", "10.30.0.0/16").await;
    let managers = [&domain, &elsewhere].map(async |domain| h.operator(&format!("domain:{domain}"), "admin").await);
    let managers = join_all(managers).await;
    for _ in 0..10 {
        let service = service();
        let answers = join_all((0..6).map(|n| try_issue(&managers[n % 2], &service))).await;
        let issued: Vec<usize> = (0..6).filter(|n| answers[*n].status == 201).collect();
        assert!(!issued.is_empty() && issued.iter().all(|n| n % 2 == issued[0] % 2), "{issued:?}");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            answer.refused(403, "insufficient_relation");
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn a_token_that_another_credential_issued_is_bounded_by_who_presented_it() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let (issuer, identity) = (user(), user());
    grant(&h, &format!("project:{project}"), "admin", &identity).await;
    let (id, client) = issue(&h.admin, &identity).await;
    let at = format!("/v1/projects/{project}");
    client.get(&at).await.expect(200);
    // As a session or a JWT of the issuer leaves it.
    h.sql(&format!("UPDATE api_tokens SET issued_by_token_id = NULL, issued_by = '{issuer}' WHERE id = '{id}'")).await;
    h.sql(&format!("INSERT INTO credential_changes (credential_id) VALUES ('{id}')")).await;
    h.step("credential_watch").await;
    client.get(&at).await.refused(403, "insufficient_relation");
    grant(&h, &format!("project:{project}"), "reader", &issuer).await;
    client.get(&at).await.expect(200);
    client.patch(&at, &json!({})).await.refused(403, "insufficient_relation");
    h.stop().await;
}

// ---- when they were last used

async fn last_used(h: &Harness, id: &str) -> Value {
    h.rows(&format!("SELECT last_used_at FROM api_tokens WHERE id = '{id}'")).await[0]["last_used_at"].clone()
}

async fn used_at(h: &Harness, id: &str) -> i64 {
    h.count(&format!("SELECT floor(extract(epoch FROM last_used_at)) FROM api_tokens WHERE id = '{id}'")).await
}

#[tokio::test]
async fn the_last_use_is_written_by_a_task_and_holds_no_request_up() {
    let h = Harness::start().await;
    let replica = h.replica().await;
    let identity = user();
    let (id, client) = issue(&h.admin, &identity).await;
    assert_eq!(last_used(&h, &id).await, Value::Null);
    // Its row is somebody else's: a use waits for nobody.
    let mut held = h.db().await;
    held.batch_execute(&format!("BEGIN; SELECT FROM api_tokens WHERE id = '{id}' FOR UPDATE")).await.unwrap();
    for _ in 0..5 {
        h.clock.advance(TimeDelta::seconds(1));
        client.get(WHOAMI).await.expect(200);
    }
    held.batch_execute("COMMIT").await.unwrap();
    assert_eq!(last_used(&h, &id).await, Value::Null);
    h.step("token_uses").await;
    let first = h.clock.now().timestamp();
    assert_eq!(used_at(&h, &id).await, first);
    assert_ne!(listed(&client, &identity, &id).await["last_used_at"], Value::Null);

    // A refused secret is no use, and what another replica has seen later stays.
    h.clock.advance(TimeDelta::seconds(60));
    client.get(WHOAMI).await.expect(200);
    h.clock.advance(TimeDelta::seconds(60));
    client.at(replica.address()).get(WHOAMI).await.expect(200);
    replica.task("token_uses").unwrap().step_now().await;
    h.step("token_uses").await;
    assert_eq!(used_at(&h, &id).await, first + 120);
    h.clock.advance(TimeDelta::seconds(60));
    let wrong = client.with_bearer(&format!("psk_stage_{}_{}", "a".repeat(26), "a".repeat(52)));
    wrong.get(WHOAMI).await.refused(401, "unauthenticated");
    h.step("token_uses").await;
    assert_eq!(used_at(&h, &id).await, first + 120);
    // Nothing was used: nothing is written.
    let version = h.rows(&format!("SELECT xmin::text AS x FROM api_tokens WHERE id = '{id}'")).await;
    h.step("token_uses").await;
    assert_eq!(h.rows(&format!("SELECT xmin::text AS x FROM api_tokens WHERE id = '{id}'")).await, version);

    // The last ones are written when the server stops.
    let database = h.database.clone();
    client.get(WHOAMI).await.expect(200);
    let now = h.clock.now().timestamp();
    replica.stop(Duration::from_secs(5)).await;
    h.stop().await;
    let of = format!("SELECT floor(extract(epoch FROM last_used_at))::bigint AS at FROM api_tokens WHERE id = '{id}'");
    assert_eq!(rows(&database, &of).await[0]["at"], now);
}

#[tokio::test]
async fn uses_that_cannot_be_written_wait() {
    let h = Harness::start().await;
    let (id, client) = issue(&h.admin, &user()).await;
    client.get(WHOAMI).await.expect(200);
    let used = h.clock.now().timestamp();
    h.sql("ALTER TABLE api_tokens RENAME COLUMN last_used_at TO away").await;
    let poke = h.server.task("token_uses").unwrap();
    while poke.healthy() {
        poke.poke();
        tokio::task::yield_now().await;
    }
    h.sql("ALTER TABLE api_tokens RENAME COLUMN away TO last_used_at").await;
    h.step("token_uses").await;
    assert_eq!(used_at(&h, &id).await, used);
    h.stop().await;
}
