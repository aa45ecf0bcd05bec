use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use plexsphere::access::credential::{EnrolmentKind, format_bootstrap_token};
use plexsphere::clock::Clock;
use plexsphere::ids::DomainId;
use plexsphere::signing::store as keys;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::{public_key, registration};
use crate::harness::{Agent, Answer, Client, Harness, sealer};

const PATH: &str = "/v1/register";

async fn register(client: &Client, body: &Value) -> Answer {
    client.post(PATH, body).await
}

/// Registers, again while the server says that it is too busy: a refused enrolment has changed nothing.
async fn register_patiently(client: &Client, body: &Value) -> Answer {
    loop {
        let answer = register(client, body).await;
        if answer.status != 503 || answer.json()["code"] != "datastore_unavailable" {
            return answer;
        }
    }
}

fn with(body: &Value, member: &str, value: impl Into<Value>) -> Value {
    let mut body = body.clone();
    body[member] = value.into();
    body
}

fn without(body: &Value, member: &str) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove(member);
    body
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}

async fn project_with_sub_range(h: &Harness, domain: &str, slug: &str, range: &str) -> String {
    let body = json!({ "domain_id": domain, "name": slug, "slug": slug, "sub_range_cidr": range });
    text(&h.admin.post("/v1/projects", &body).await.expect(201), "project_id")
}

async fn bound_token(h: &Harness, project: &str, node_id: &str) -> String {
    let body = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": node_id });
    h.bootstrap_token_with(project, body).await
}

async fn deregister(h: &Harness, agent: &Agent) {
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
}

/// A token's text with another part in place of `at` (1 environment, 2 id, 3 kind, 4 secret).
fn token_with(token: &str, at: usize, part: &str) -> String {
    let mut parts: Vec<&str> = token.split('_').collect();
    parts[at] = part;
    parts.join("_")
}

/// Public keys with which every agreement gives the same secret, as RFC 7748 lists them.
fn low_order_points() -> Vec<[u8; 32]> {
    let mut p = [0xff; 32];
    (p[0], p[31]) = (0xed, 0x7f);
    let [mut below, mut above, mut one] = [p, p, [0; 32]];
    (below[0], above[0], one[0]) = (0xec, 0xee, 1);
    let order_8 = [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ];
    let other_order_8 = [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ];
    vec![[0; 32], one, below, p, above, order_8, other_order_8]
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_before_anything_else_is_looked_at() {
    let h = Harness::start().await;
    let client = h.anonymous();
    let body = json!({ "project_id": "x", "resource_handle": "", "nonce": "", "bootstrap_token": "x", "requested_resource_id": "x" });
    let good = public_key();
    let mut keys =
        vec![Value::Null, "".into(), "AAAA".into(), "!".repeat(44).into(), good.trim_end_matches('=').into()];
    keys.push(STANDARD.encode([9; 31]).into());
    keys.push(STANDARD.encode([9; 33]).into());
    keys.push(format!("{good} ").into());
    keys.push(STANDARD.encode([0xfb; 32]).replace('+', "-").replace('/', "_").into());
    let mut again = STANDARD.decode(&good).unwrap();
    again[31] |= 0x80;
    keys.push(STANDARD.encode(again).into());
    keys.push(STANDARD.encode([0xff; 32]).into());
    keys.extend(low_order_points().iter().map(|point| Value::from(STANDARD.encode(point))));
    for key in keys {
        let problem =
            register(&client, &with(&body, "public_key", key.clone())).await.refused(400, "public_key_invalid");
        assert_eq!(problem["field"], "public_key", "{key}");
    }
    register(&client, &body).await.refused(400, "public_key_invalid");
    register(&client, &with(&body, "public_key", 7)).await.refused(400, "malformed_request");
    h.stop().await;
}

#[tokio::test]
async fn members_are_looked_at_after_the_key_and_before_the_token() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let client = h.anonymous();
    let good = registration(&project, "web-1", "no token at all");
    for (member, values) in [
        ("project_id", vec!["".to_owned(), "x".into(), Uuid::nil().to_string(), project.replace('-', "")]),
        (
            "resource_handle",
            vec!["".into(), "Web".into(), "-web".into(), ".web".into(), "w b".into(), "wéb".into(), "w".repeat(129)],
        ),
        (
            "nonce",
            vec![
                "".into(),
                "n".repeat(15),
                "n".repeat(129),
                format!("{}+", "n".repeat(20)),
                format!("{} ", "n".repeat(20)),
            ],
        ),
        ("requested_resource_id", vec!["".into(), "x".into(), Uuid::nil().to_string()]),
    ] {
        for value in values {
            let problem =
                register(&client, &with(&good, member, value.clone())).await.refused(422, "invalid_register_request");
            assert_eq!(problem["field"], member, "{value}");
            assert!(
                value.is_empty() || !problem["detail"].as_str().unwrap().contains(&value),
                "what was sent is not repeated"
            );
        }
    }
    // Of several the first is named.
    let many = with(&with(&with(&good, "nonce", ""), "resource_handle", ""), "project_id", "");
    assert_eq!(register(&client, &many).await.refused(422, "invalid_register_request")["field"], "project_id");
    for member in ["project_id", "resource_handle", "nonce"] {
        register(&client, &without(&good, member)).await.refused(400, "malformed_request");
    }
    register(&client, &with(&good, "surprise", 1)).await.refused(400, "malformed_request");
    register(&client, &good).await.refused(403, "token_invalid");
    h.stop().await;
}

#[tokio::test]
async fn the_longest_and_the_shortest_handles_and_nonces_are_taken() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    for (handle, nonce) in
        [("w".to_owned(), "n".repeat(16)), ("0".to_owned() + &"a._-".repeat(31) + "abc", "N_-9".repeat(32))]
    {
        let body = with(&registration(&project, &handle, &h.bootstrap_token(&project).await), "nonce", nonce);
        let answer = register(&h.anonymous(), &body).await.expect(201);
        let node = h.admin.get(&format!("/v1/nodes/{}", text(&answer, "node_id"))).await.expect(200);
        assert_eq!(node["resource_handle"], handle);
    }
    // Letter case of a UUID does not matter.
    let body = registration(&project.to_uppercase(), "upper", &h.bootstrap_token(&project).await);
    register(&h.anonymous(), &body).await.expect(201);
    h.stop().await;
}

#[tokio::test]
async fn a_token_that_is_unknown_or_has_the_wrong_secret_is_invalid_and_nothing_else_is_told() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let client = h.anonymous();
    let token = h.bootstrap_token(&project).await;
    let other = h.bootstrap_token(&project).await;
    let good = registration(&project, "web-1", &token);
    let wrong_secret = token_with(&token, 4, other.split('_').next_back().unwrap());
    let unknown = format_bootstrap_token("test", Uuid::now_v7(), EnrolmentKind::Node, &[7; 32]).to_string();
    let unfit = [
        Value::Null,
        "".into(),
        "psb_".into(),
        token.to_uppercase().into(),
        format!("{token} ").into(),
        format!("{token}_x").into(),
        token[..token.len() - 1].into(),
        token_with(&token, 0, "psk").into(),
        token_with(&token, 3, "relay").into(),
        token_with(&token, 2, "").into(),
        "x".repeat(7000).into(),
        unknown.into(),
        wrong_secret.clone().into(),
    ];
    let mut answers = BTreeSet::new();
    for value in unfit {
        let mut problem = register(&client, &with(&good, "bootstrap_token", value)).await.refused(403, "token_invalid");
        assert_eq!(problem["reason"], "out_of_scope");
        problem["correlation_id"] = Value::Null;
        answers.insert(problem.to_string());
    }
    assert_eq!(answers.len(), 1, "they do not tell what is known: {answers:?}");
    register(&client, &without(&good, "bootstrap_token")).await.refused(403, "token_invalid");
    register(&client, &with(&good, "bootstrap_token", 7)).await.refused(400, "malformed_request");

    // The environment in the text is informational.
    register(&client, &with(&good, "bootstrap_token", token_with(&token, 1, "other"))).await.expect(201);
    // Secret before state: who does not know the secret does not learn that it is used.
    register(&client, &with(&good, "bootstrap_token", wrong_secret)).await.refused(403, "token_invalid");
    h.stop().await;
}

#[tokio::test]
async fn a_tokens_state_comes_before_its_kind_and_that_before_its_project() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let other_project = h.project(&domain, "other").await;
    let client = h.anonymous();
    let wanted = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 86400 });
    let live = h.bootstrap_token_with(&project, wanted.clone()).await;
    let (consumed, expired) = (h.bootstrap_token(&project).await, h.bootstrap_token(&project).await);
    register(&client, &registration(&project, "web-0", &consumed)).await.expect(201);
    let tokens = format!("/v1/projects/{project}/bootstrap-tokens");
    let issued = h.admin.post(&tokens, &wanted).await.expect(201);
    let revoked = text(&issued, "token");
    h.admin.delete(&format!("{tokens}/{}", text(&issued, "token_id"))).await.expect(204);

    let check = async |token: &str, code: &str, reason: &str| {
        // Right in all else, then wrong in what comes later.
        let right = registration(&project, "web-1", token);
        let wrong_kind = registration(&project, "web-1", &token_with(token, 3, "bridge"));
        for body in [right, with(&wrong_kind, "project_id", Uuid::now_v7().to_string()), wrong_kind] {
            let problem = register(&client, &body).await.refused(403, code);
            assert_eq!(problem["reason"], reason);
        }
    };
    check(&consumed, "token_consumed", "caveat_violation").await;
    check(&revoked, "token_revoked", "caveat_violation").await;
    h.clock.advance(TimeDelta::seconds(3599));
    h.clock.advance(TimeDelta::seconds(1));
    check(&expired, "token_expired", "caveat_violation").await;
    check(&consumed, "token_consumed", "caveat_violation").await;
    check(&revoked, "token_revoked", "caveat_violation").await;

    let wrong_kind = registration(&project, "web-1", &token_with(&live, 3, "bridge"));
    for body in [with(&wrong_kind, "project_id", other_project.clone()), wrong_kind] {
        assert_eq!(register(&client, &body).await.refused(403, "kind_mismatch")["reason"], "out_of_scope");
    }
    let mut existing =
        register(&client, &registration(&other_project, "web-1", &live)).await.refused(403, "project_mismatch");
    let mut absent = register(&client, &registration(&Uuid::now_v7().to_string(), "web-1", &live))
        .await
        .refused(403, "project_mismatch");
    for problem in [&mut existing, &mut absent] {
        problem["correlation_id"] = Value::Null;
    }
    assert_eq!(existing, absent, "a project that does not exist looks like one that does");

    // None of it has spent the token.
    register(&client, &registration(&project, "web-1", &live)).await.expect(201);
    h.stop().await;
}

#[tokio::test]
async fn a_token_holds_until_the_moment_it_expires() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let (early, late) = (h.bootstrap_token(&project).await, h.bootstrap_token(&project).await);
    h.clock.advance(TimeDelta::milliseconds(3_599_999));
    register(&h.anonymous(), &registration(&project, "web-1", &early)).await.expect(201);
    h.clock.advance(TimeDelta::milliseconds(1));
    register(&h.anonymous(), &registration(&project, "web-2", &late)).await.refused(403, "token_expired");
    h.stop().await;
}

#[tokio::test]
async fn a_handle_a_key_and_a_nonce_are_used_once_and_a_collision_leaves_the_token_unspent() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let other_project = h.project(&domain, "other").await;
    let other_domain = h.domain("elsewhere", "10.30.0.0/24").await;
    let elsewhere = h.project(&other_domain, "team").await;
    let client = h.anonymous();
    let first = registration(&project, "web-1", &h.bootstrap_token(&project).await);
    register(&client, &first).await.expect(201);

    let token = h.bootstrap_token(&project).await;
    let fresh = registration(&project, "web-2", &token);
    for (member, status, code) in [
        ("nonce", 403, "nonce_collision"),
        ("resource_handle", 409, "resource_already_bound"),
        ("public_key", 409, "public_key_in_use"),
    ] {
        register(&client, &with(&fresh, member, first[member].clone())).await.refused(status, code);
    }
    // A refused registration has not used its nonce or an address either.
    let second = register(&client, &fresh).await.expect(201);
    assert_eq!(second["mesh_ip"], "10.20.0.2");

    // A key is one Node's in its Domain; a handle and a nonce are their project's.
    let again = |project: &str, token: &str| with(&with(&first, "project_id", project), "bootstrap_token", token);
    let token = h.bootstrap_token(&other_project).await;
    register(&client, &again(&other_project, &token)).await.refused(409, "public_key_in_use");
    register(&client, &with(&again(&other_project, &token), "public_key", public_key())).await.expect(201);
    register(&client, &again(&elsewhere, &h.bootstrap_token(&elsewhere).await)).await.expect(201);
    h.stop().await;
}

#[tokio::test]
async fn a_deregistered_nodes_handle_and_key_are_free_again() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let first = registration(&project, "web-1", &h.bootstrap_token(&project).await);
    let former = Agent::from_registration(&h.anonymous(), register(&h.anonymous(), &first).await.expect(201));
    deregister(&h, &former).await;
    let fresh = registration(&project, "web-1", &h.bootstrap_token(&project).await);
    let again = register(&h.anonymous(), &with(&fresh, "public_key", first["public_key"].clone())).await.expect(201);
    assert_ne!(again["node_id"], former.registered["node_id"], "it is another Node");
    h.stop().await;
}

#[tokio::test]
async fn a_full_domain_says_so_and_the_token_enrols_once_an_address_is_free_and_rested() {
    let h = Harness::start().await;
    let domain = h.domain("tiny", "10.40.0.0/30").await;
    let project = h.project(&domain, "team").await;
    let a = h.enrol(&project, "a").await;
    let b = h.enrol(&project, "b").await;
    assert_eq!(
        (a.mesh_ip.as_str(), b.mesh_ip.as_str()),
        ("10.40.0.1", "10.40.0.2"),
        "network and broadcast are left out"
    );

    let token =
        h.bootstrap_token_with(&project, json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 86400 })).await;
    let body = registration(&project, "c", &token);
    register(&h.anonymous(), &body).await.refused(503, "pool_exhausted");
    deregister(&h, &b).await;
    h.clock.advance(TimeDelta::milliseconds(3_599_999));
    register(&h.anonymous(), &body).await.refused(503, "pool_exhausted");
    h.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(register(&h.anonymous(), &body).await.expect(201)["mesh_ip"], "10.40.0.2");
    h.stop().await;
}

#[tokio::test]
async fn freed_addresses_are_given_out_again_lowest_first_and_before_new_ones() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let mut agents = Vec::new();
    for n in 1..=5 {
        agents.push(h.enrol(&project, &format!("n{n}")).await);
    }
    for n in [3, 1, 4] {
        deregister(&h, &agents[n - 1]).await;
    }
    assert_eq!(h.enrol(&project, "resting").await.mesh_ip, "10.20.0.6", "freed addresses rest first");
    h.clock.advance(TimeDelta::hours(1));
    let mut given = Vec::new();
    for n in 6..=9 {
        given.push(h.enrol(&project, &format!("n{n}")).await.mesh_ip);
    }
    assert_eq!(given, ["10.20.0.1", "10.20.0.3", "10.20.0.4", "10.20.0.7"]);
    h.stop().await;
}

#[tokio::test]
async fn a_sub_range_is_its_projects_own_and_the_domains_pool_steps_over_it() {
    let h = Harness::start().await;
    let domain = h.domain("small", "10.50.0.0/28").await;
    let open = h.project(&domain, "open").await;
    let reserved = project_with_sub_range(&h, &domain, "reserved", "10.50.0.4/30").await;
    let next = project_with_sub_range(&h, &domain, "next", "10.50.0.8/30").await;
    let mut of_domain = Vec::new();
    for n in 1..=6 {
        of_domain.push(h.enrol(&open, &format!("n{n}")).await.mesh_ip);
    }
    assert_eq!(of_domain, ["10.50.0.1", "10.50.0.2", "10.50.0.3", "10.50.0.12", "10.50.0.13", "10.50.0.14"]);
    let body = registration(&open, "n7", &h.bootstrap_token(&open).await);
    register(&h.anonymous(), &body).await.refused(503, "pool_exhausted");

    let a = h.enrol(&reserved, "a").await;
    assert_eq!(a.mesh_ip, "10.50.0.5", "the sub-range's own network address is left out");
    assert_eq!(h.enrol(&reserved, "b").await.mesh_ip, "10.50.0.6");
    let body = registration(&reserved, "c", &h.bootstrap_token(&reserved).await);
    register(&h.anonymous(), &body).await.refused(503, "subrange_exhausted");
    assert_eq!(h.enrol(&next, "a").await.mesh_ip, "10.50.0.9");

    // What a sub-range gets back stays in it.
    deregister(&h, &a).await;
    h.clock.advance(TimeDelta::minutes(59));
    register(&h.anonymous(), &body).await.refused(503, "subrange_exhausted");
    h.clock.advance(TimeDelta::minutes(1));
    let of_open = registration(&open, "n7", &h.bootstrap_token(&open).await);
    register(&h.anonymous(), &of_open).await.refused(503, "pool_exhausted");
    let body = registration(&reserved, "c", &h.bootstrap_token(&reserved).await);
    assert_eq!(register(&h.anonymous(), &body).await.expect(201)["mesh_ip"], "10.50.0.5");
    h.stop().await;
}

#[tokio::test]
async fn an_ipv6_domain_gives_out_its_addresses_in_order() {
    let h = Harness::start().await;
    let domain = h.domain("six", "fd00:6::/64").await;
    let project = h.project(&domain, "team").await;
    let reserved = project_with_sub_range(&h, &domain, "reserved", "fd00:6::/126").await;
    let first = h.enrol(&project, "a").await;
    assert_eq!(first.mesh_ip, "fd00:6::4", "the reserved part is stepped over");
    assert_eq!(first.registered["domain_mesh_cidr"], "fd00:6::/64");
    assert_eq!(h.enrol(&project, "b").await.mesh_ip, "fd00:6::5");
    let mut given = Vec::new();
    for n in 1..=3 {
        given.push(h.enrol(&reserved, &format!("r{n}")).await.mesh_ip);
    }
    assert_eq!(given, ["fd00:6::1", "fd00:6::2", "fd00:6::3"], "IPv6 has no broadcast address");
    let body = registration(&reserved, "r4", &h.bootstrap_token(&reserved).await);
    register(&h.anonymous(), &body).await.refused(503, "subrange_exhausted");
    h.stop().await;
}

#[tokio::test]
async fn a_deleted_projects_sub_range_goes_back_to_the_domain() {
    let h = Harness::start().await;
    let domain = h.domain("small", "10.51.0.0/29").await;
    let open = h.project(&domain, "open").await;
    let reserved = project_with_sub_range(&h, &domain, "reserved", "10.51.0.0/30").await;
    let gone = h.enrol(&reserved, "gone").await;
    for want in ["10.51.0.4", "10.51.0.5", "10.51.0.6"] {
        assert_eq!(h.enrol(&open, &want.replace('.', "-")).await.mesh_ip, want);
    }
    let refused = registration(&open, "more", &h.bootstrap_token(&open).await);
    register(&h.anonymous(), &refused).await.refused(503, "pool_exhausted");

    deregister(&h, &gone).await;
    h.admin.delete(&format!("/v1/projects/{reserved}")).await.expect(204);
    // All but the address that was given back just now.
    assert_eq!(register(&h.anonymous(), &refused).await.expect(201)["mesh_ip"], "10.51.0.2");
    assert_eq!(h.enrol(&open, "three").await.mesh_ip, "10.51.0.3");
    let last = registration(&open, "last", &h.bootstrap_token(&open).await);
    register(&h.anonymous(), &last).await.refused(503, "pool_exhausted");
    h.clock.advance(TimeDelta::hours(1));
    assert_eq!(h.enrol(&open, "last").await.mesh_ip, "10.51.0.1");
    h.stop().await;
}

#[tokio::test]
async fn a_resting_address_rests_also_when_a_sub_range_is_laid_over_it() {
    let h = Harness::start().await;
    let domain = h.domain("small", "10.52.0.0/28").await;
    let open = h.project(&domain, "open").await;
    let former = h.enrol(&open, "former").await;
    deregister(&h, &former).await;
    let reserved = project_with_sub_range(&h, &domain, "reserved", "10.52.0.0/30").await;
    assert_eq!(h.enrol(&reserved, "a").await.mesh_ip, "10.52.0.2");
    h.clock.advance(TimeDelta::hours(1));
    assert_eq!(h.enrol(&reserved, "b").await.mesh_ip, "10.52.0.1");
    h.stop().await;
}

#[tokio::test]
async fn two_redemptions_of_one_token_at_once_make_one_node() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let client = h.anonymous();
    for round in 0..4 {
        let token = h.bootstrap_token(&project).await;
        let a = registration(&project, &format!("a{round}"), &token);
        // The very same request, and another one with the same token.
        let b = if round % 2 == 0 { a.clone() } else { registration(&project, &format!("b{round}"), &token) };
        let (a, b) = tokio::join!(register(&client, &a), register(&client, &b));
        let (won, lost) = if a.status == 201 { (a, b) } else { (b, a) };
        won.expect(201);
        lost.refused(403, "token_consumed");
        assert_eq!(h.count("SELECT count(*) FROM nodes").await, round + 1);
    }
    h.stop().await;
}

#[tokio::test]
async fn a_hundred_registrations_at_once_get_the_hundred_lowest_addresses() {
    let h = Harness::start().await;
    let domain = h.domain("crowd", "10.60.0.0/24").await;
    let project = h.project(&domain, "team").await;
    let client = h.anonymous();
    let path = format!("/v1/projects/{project}/bootstrap-tokens");
    let wanted = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
    let mut bodies = Vec::new();
    for n in 0..100 {
        let token = text(&h.admin.post(&path, &wanted).await.expect(201), "token");
        bodies.push(registration(&project, &format!("n{n}"), &token));
    }
    let answers = join_all(bodies.iter().map(|body| register_patiently(&client, body))).await;
    let given: Vec<Value> = answers.iter().map(|answer| answer.expect(201)).collect();
    let addresses: BTreeSet<String> = given.iter().map(|node| text(node, "mesh_ip")).collect();
    let lowest: BTreeSet<String> = (1..=100).map(|n| format!("10.60.0.{n}")).collect();
    assert_eq!(addresses, lowest);
    let ids: BTreeSet<String> = given.iter().map(|node| text(node, "node_id")).collect();
    assert_eq!(ids.len(), 100);
    // Each was told of all that were there when it committed, and of no others: 0, 1, .. 99 peers, every size once.
    let sizes: BTreeSet<usize> = given.iter().map(|node| node["peer_snapshot"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, (0..100).collect());
    assert_eq!(h.count("SELECT mesh_version FROM domains").await, 100);
    h.stop().await;
}

#[tokio::test]
async fn a_peer_snapshot_is_every_other_live_peer_of_the_domain_by_node_id() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let sibling = h.project(&domain, "sibling").await;
    let stranger_domain = h.domain("strangers", "10.31.0.0/24").await;
    h.enrol(&h.project(&stranger_domain, "team").await, "stranger").await;
    let a = h.enrol(&project, "a").await;
    assert_eq!(a.registered["peer_snapshot"], json!([]));
    let b = h.enrol(&sibling, "b").await;
    let gone = h.enrol(&project, "gone").await;
    deregister(&h, &gone).await;
    let c = h.enrol(&project, "c").await;
    let entry = |agent: &Agent, key: &Value, epoch: i64| json!({ "node_id": agent.node_id, "mesh_ip": agent.mesh_ip, "public_key": key, "psk_epoch": epoch });
    let key_of = async |agent: &Agent| {
        h.admin.get(&format!("/v1/nodes/{}", agent.node_id)).await.expect(200)["public_key"].clone()
    };
    let mut expected = vec![entry(&a, &key_of(&a).await, 1), entry(&b, &key_of(&b).await, 1)];
    expected.sort_by_key(|peer| text(peer, "node_id"));
    assert_eq!(c.registered["peer_snapshot"], json!(expected));

    // Re-enrolling it is not its own peer either, and sees the others as they are now.
    let token = bound_token(&h, &sibling, &b.node_id).await;
    register(&h.anonymous(), &registration(&sibling, "b", &token)).await.expect(201);
    let token = bound_token(&h, &project, &a.node_id).await;
    let again = register(&h.anonymous(), &registration(&project, "a", &token)).await.expect(201);
    let mut expected = vec![entry(&b, &key_of(&b).await, 2), entry(&c, &key_of(&c).await, 1)];
    expected.sort_by_key(|peer| text(peer, "node_id"));
    assert_eq!(again["peer_snapshot"], json!(expected));
    h.stop().await;
}

#[tokio::test]
async fn a_bound_token_gives_its_node_a_new_key_and_takes_the_old_one_away() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let before = h.enrol(&project, "web-1").await;
    before.heartbeat(h.clock.now()).await.expect(200);
    h.clock.advance(TimeDelta::seconds(7));

    let token = bound_token(&h, &project, &before.node_id).await;
    // The handle that it sends does not matter: the Node keeps its own.
    let body = registration(&project, "another-name", &token);
    let after = Agent::from_registration(&h.anonymous(), register(&h.anonymous(), &body).await.expect(201));
    assert_eq!((&after.node_id, &after.mesh_ip), (&before.node_id, &before.mesh_ip));
    assert_ne!(after.nsk, before.nsk);

    h.step("credential_watch").await;
    before.heartbeat(h.clock.now()).await.refused(401, "nsk_revoked");
    after.heartbeat(h.clock.now()).await.expect(200);
    let node = h.admin.get(&format!("/v1/nodes/{}", after.node_id)).await.expect(200);
    assert_eq!((&node["resource_handle"], &node["public_key"]), (&json!("web-1"), &body["public_key"]));
    assert_ne!(node["enrolled_at"], node["nsk_issued_at"], "it is still the Node that it was");

    let id = &after.node_id;
    assert_eq!(h.count(&format!("SELECT psk_epoch FROM nodes WHERE id = '{id}'")).await, 2);
    for (table, live) in
        [("node_secret_keys", "revoked_at"), ("pre_shared_keys", "retired_at"), ("peers", "retired_at")]
    {
        assert_eq!(
            h.count(&format!("SELECT count(*) FROM {table} WHERE node_id = '{id}' AND {live} IS NULL")).await,
            1,
            "{table}"
        );
    }
    assert_eq!(h.count("SELECT count(*) FROM peers").await, 1, "its Peer stays");
    assert_eq!(h.count("SELECT count(*) FROM audit_entries WHERE action = 'node.re_enrol'").await, 1);
    let told =
        "SELECT count(*) FROM outbox WHERE event_type = 'peer_psk_assigned' AND (payload->>'psk_epoch')::int = 2";
    assert_eq!(h.count(told).await, 1);
    register(&h.anonymous(), &with(&body, "nonce", "n".repeat(20))).await.refused(403, "token_consumed");
    h.stop().await;
}

#[tokio::test]
async fn a_bound_token_may_bring_the_key_that_the_node_has_but_not_another_nodes() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let a = h.enrol(&project, "a").await;
    let b = h.enrol(&project, "b").await;
    let key = |agent: Agent| {
        let admin = h.admin.clone();
        async move { admin.get(&format!("/v1/nodes/{}", agent.node_id)).await.expect(200)["public_key"].clone() }
    };
    let body = registration(&project, "a", &bound_token(&h, &project, &a.node_id).await);
    let of_b = with(&body, "public_key", key(b.clone()).await);
    register(&h.anonymous(), &of_b).await.refused(409, "public_key_in_use");
    let own = with(&body, "public_key", key(a.clone()).await);
    assert_eq!(register(&h.anonymous(), &own).await.expect(201)["node_id"], a.node_id);
    h.stop().await;
}

#[tokio::test]
async fn a_token_bound_to_a_node_that_is_gone_is_revoked() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let token = bound_token(&h, &project, &agent.node_id).await;
    deregister(&h, &agent).await;
    register(&h.anonymous(), &registration(&project, "web-1", &token)).await.refused(403, "token_revoked");
    assert_eq!(h.count("SELECT count(*) FROM nodes WHERE deregistered_at IS NULL").await, 0);
    let refused = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
    let problem =
        h.admin.post(&format!("/v1/projects/{project}/bootstrap-tokens"), &refused).await.refused(422, "invalid_field");
    assert_eq!(problem["field"], "node_id");
    h.stop().await;
}

#[tokio::test]
async fn a_requested_id_must_be_the_one_that_the_token_is_bound_to() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let a = h.enrol(&project, "a").await;
    let b = h.enrol(&project, "b").await;
    let free = h.bootstrap_token(&project).await;
    let bound = bound_token(&h, &project, &a.node_id).await;
    for (token, requested) in [(&free, &a.node_id), (&bound, &b.node_id), (&bound, &Uuid::now_v7().to_string())] {
        let body = with(&registration(&project, "a", token), "requested_resource_id", requested.as_str());
        let problem = register(&h.anonymous(), &body).await.refused(422, "invalid_register_request");
        assert_eq!(problem["field"], "requested_resource_id");
    }
    // It is asked after the token's own checks.
    let foreign =
        with(&registration(&Uuid::now_v7().to_string(), "a", &bound), "requested_resource_id", b.node_id.as_str());
    register(&h.anonymous(), &foreign).await.refused(403, "project_mismatch");
    let upper = with(&registration(&project, "a", &bound), "requested_resource_id", a.node_id.to_uppercase());
    assert_eq!(register(&h.anonymous(), &upper).await.expect(201)["node_id"], a.node_id);
    register(&h.anonymous(), &registration(&project, "c", &free)).await.expect(201);
    h.stop().await;
}

#[tokio::test]
async fn a_handle_alone_never_re_enrols() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let token = h.bootstrap_token(&project).await;
    let thief = registration(&project, "web-1", &token);
    register(&h.anonymous(), &thief).await.refused(409, "resource_already_bound");
    let claimed = with(&thief, "requested_resource_id", agent.node_id.as_str());
    register(&h.anonymous(), &claimed).await.refused(422, "invalid_register_request");
    h.step("credential_watch").await;
    agent.heartbeat(h.clock.now()).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_bridge_token_enrols_a_bridge_and_nothing_else() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let wanted = json!({ "kind": "bridge", "env_prefix": "test", "ttl_seconds": 3600 });
    let token = h.bootstrap_token_with(&project, wanted.clone()).await;
    assert!(token.contains("_bridge_"), "the kind stands in the token");
    let as_node = registration(&project, "relay", &token_with(&token, 3, "node"));
    register(&h.anonymous(), &as_node).await.refused(403, "kind_mismatch");
    let bridge = Agent::enrol(&h.anonymous(), &project, "relay", &token).await;
    assert_eq!(h.admin.get(&format!("/v1/nodes/{}", bridge.node_id)).await.expect(200)["kind"], "bridge");

    // Only a bridge token re-enrols it.
    let path = format!("/v1/projects/{project}/bootstrap-tokens");
    let wrong = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": bridge.node_id });
    assert_eq!(h.admin.post(&path, &wrong).await.refused(422, "invalid_field")["field"], "node_id");
    let mut right = wanted;
    right["node_id"] = bridge.node_id.as_str().into();
    let token = h.bootstrap_token_with(&project, right).await;
    let again = register(&h.anonymous(), &registration(&project, "relay", &token)).await.expect(201);
    assert_eq!(again["node_id"], bridge.node_id);
    h.stop().await;
}

/// Rows of the whole database that have `needle` in them.
async fn rows_with(h: &Harness, needle: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Table {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let tables = "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'";
    let tables: Vec<Table> = diesel::sql_query(tables).load(&mut h.db().await).await.unwrap();
    assert!(tables.len() > 15);
    let mut found = Vec::new();
    for Table { name } in tables {
        if h.count(&format!("SELECT count(*) FROM {name} t WHERE position('{needle}' in t::text) > 0")).await > 0 {
            found.push(name);
        }
    }
    found
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn one_transaction_writes_everything_that_a_node_is() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let token = h.bootstrap_token(&project).await;
    let body = registration(&project, "web-1", &token);
    let request = h.anonymous().request(http::Method::POST, PATH).header("x-correlation-id", "enrol-1");
    let client = h.anonymous();
    let answer =
        client.send(request.header("content-type", "application/json").body(body.to_string())).await.expect(201);
    let id = text(&answer, "node_id");
    let one = async |what: &str| assert_eq!(h.count(&format!("SELECT count(*) FROM {what}")).await, 1, "{what}");

    one("bootstrap_tokens WHERE consumed_at IS NOT NULL AND revoked_at IS NULL").await;
    one(&format!("nodes WHERE id = '{id}' AND domain_id = '{domain}' AND project_id = '{project}' AND psk_epoch = 1"))
        .await;
    one(&format!("peers WHERE node_id = '{id}' AND domain_id = '{domain}' AND retired_at IS NULL")).await;
    one(&format!("node_secret_keys WHERE node_id = '{id}' AND length(key_hash) = 32 AND revoked_at IS NULL AND expires_at IS NULL")).await;
    one(&format!(
        "pre_shared_keys WHERE node_id = '{id}' AND psk_epoch = 1 AND wrap_key_version = 1 AND retired_at IS NULL"
    ))
    .await;
    one(&format!(
        "node_liveness WHERE node_id = '{id}' AND state = 2 AND last_heartbeat_at IS NULL AND NOT nsk_flagged"
    ))
    .await;
    for parent in [format!("'project' AND subject_id = '{project}'"), format!("'domain' AND subject_id = '{domain}'")] {
        one(&format!("relation_tuples WHERE object_type = 'node' AND object_id = '{id}' AND relation = subject_type AND subject_type = {parent}")).await;
    }
    one(&format!("registration_nonces WHERE project_id = '{project}' AND nonce = '{}'", text(&body, "nonce"))).await;
    one(&format!(
        "audit_entries WHERE action = 'node.enrol' AND object = 'node:{id}' AND domain_id = '{domain}' AND decision = 'allowed' \
         AND subject LIKE 'bootstrap_token:%' AND correlation_id = 'enrol-1'"
    ))
    .await;
    one(&format!("domains WHERE id = '{domain}' AND mesh_version = 1")).await;

    // Both events in order, as every Node of the Domain is told of them.
    assert_eq!(h.count("SELECT count(*) FROM outbox").await, 2);
    one(&format!(
        "outbox WHERE position = (SELECT min(position) FROM outbox) AND event_type = 'peer_registered' AND scope_kind = 'domain' \
         AND scope_id = '{domain}' AND payload = '{}'",
        json!({ "node_id": id, "mesh_ip": "10.20.0.1", "public_key": body["public_key"],
                "endpoint": "", "nat_type": "", "relay_node_id": "", "fallback_endpoint": "" })
    ))
    .await;
    one(&format!(
        "outbox WHERE position = (SELECT max(position) FROM outbox) AND event_type = 'peer_psk_assigned' AND scope_kind = 'domain' \
         AND payload = jsonb_build_object('node_id', '{id}', 'wrap_key_version', 1, 'psk_epoch', 1, \
             'kid', (SELECT kid FROM pre_shared_keys WHERE node_id = '{id}'))"
    ))
    .await;
    h.stop().await;
}

#[tokio::test]
async fn no_secret_is_in_the_database_as_it_is() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let token = h.bootstrap_token(&project).await;
    let body = registration(&project, "web-1", &token);
    let answer = register(&h.anonymous(), &body).await.expect(201);
    let agent = Agent::from_registration(&h.anonymous(), answer.clone());
    agent.heartbeat(h.clock.now()).await.expect(200);

    // The search finds what is there: a control.
    let public = STANDARD.decode(text(&body, "public_key")).unwrap();
    assert_eq!(rows_with(&h, &hex(&public)).await, ["nodes"]);
    let base32 = |text: &str| data_encoding::BASE32_NOPAD.decode(text.to_uppercase().as_bytes()).unwrap();
    let nsk = STANDARD.decode(text(&answer, "nsk")).unwrap();
    let bootstrap = base32(token.split('_').next_back().unwrap());
    let api = base32(h.admin_token.split('_').next_back().unwrap());
    for secret in [nsk, bootstrap, api] {
        assert_eq!(secret.len(), 32);
        let low32 = data_encoding::BASE32_NOPAD.encode(&secret).to_lowercase();
        for spelling in [hex(&secret), STANDARD.encode(&secret), URL_SAFE_NO_PAD.encode(&secret), low32] {
            assert_eq!(rows_with(&h, &spelling).await, Vec::<String>::new());
        }
    }

    // PSK and signing key are there, sealed, and open for their own row only.
    #[derive(diesel::QueryableByName)]
    struct Sealed {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: Uuid,
        #[diesel(sql_type = diesel::sql_types::Bytea)]
        sealed: Vec<u8>,
    }
    let mut db = h.db().await;
    let domain_id: Uuid = domain.parse().unwrap();
    let node_id: Uuid = agent.node_id.parse().unwrap();
    let sealer = sealer();
    let psk: Sealed = diesel::sql_query("SELECT kid AS id, sealed_psk AS sealed FROM pre_shared_keys")
        .get_result(&mut db)
        .await
        .unwrap();
    let wrap_key = keys::wrap_key(&mut db, &sealer, DomainId(domain_id)).await.unwrap();
    let row = |node_id: Uuid, epoch: i64| {
        [
            b"plexsphere/psk".as_slice(),
            domain_id.as_bytes(),
            node_id.as_bytes(),
            psk.id.as_bytes(),
            &epoch.to_be_bytes(),
        ]
        .concat()
    };
    let opened = wrap_key.open(&psk.sealed, &row(node_id, 1)).unwrap();
    assert_eq!(opened.len(), 32);
    assert!(
        wrap_key.open(&psk.sealed, &row(node_id, 2)).is_err()
            && wrap_key.open(&psk.sealed, &row(Uuid::now_v7(), 1)).is_err()
    );
    assert_eq!(rows_with(&h, &hex(&opened)).await, Vec::<String>::new());

    let signing: Sealed = diesel::sql_query("SELECT key_id AS id, sealed_private_key AS sealed FROM signing_keys")
        .get_result(&mut db)
        .await
        .unwrap();
    let row = [b"plexsphere/signing-key".as_slice(), domain_id.as_bytes(), signing.id.as_bytes()].concat();
    let seed = sealer.open(&signing.sealed, &row).unwrap();
    assert_eq!(rows_with(&h, &hex(&seed)).await, Vec::<String>::new());
    let seed: [u8; 32] = seed.as_slice().try_into().unwrap();
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    assert_eq!(text(&answer, "signing_public_key"), STANDARD.encode(public.as_bytes()));
    assert_eq!(text(&answer, "signing_key_id"), signing.id.to_string());
    h.stop().await;
}
