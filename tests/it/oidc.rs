//! Tokens of a real OpenID provider as credentials.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use http::Method;
use plexsphere::access::identities::Identities;
use plexsphere::access::idp;
use plexsphere::clock::Clock;
use plexsphere::config::{Idp, Idps};
use serde_json::{Value, json};

use crate::harness::browser::Browser;
use crate::harness::provider::Provider;
use crate::harness::{Answer, Client, Cluster, Harness, Item, MASTER_KEY, sealer};
use crate::processes::{output, program, text};

const WHOAMI: &str = "/v1/auth/whoami";

async fn whoami(client: &Client) -> Value {
    client.get(WHOAMI).await.expect(200)
}

async fn presented(h: &Harness, token: &str) -> Answer {
    h.anonymous().with_bearer(token).get(WHOAMI).await
}

fn with(claims: &Value, changes: Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// What a token says that outlasts the keys that replicas remember.
fn lasting(h: &Harness, provider: &Provider) -> Value {
    with(&provider.claims(h, "alice"), json!({ "exp": h.clock.now().timestamp() + 86_400 }))
}

#[tokio::test]
async fn a_token_of_a_bound_issuer_stands_for_the_same_user_each_time() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let claims = provider.claims(&h, "alice");
    let token = provider.mint(json!({}), &claims).await;
    presented(&h, &token).await.refused(401, "unauthenticated");
    provider.bind(&h, None).await;
    let alice = whoami(&h.anonymous().with_bearer(&token)).await;
    assert_eq!((&alice["credential"], &alice["token_id"]), (&json!("oidc"), &Value::Null));
    let expires_at: chrono::DateTime<chrono::Utc> = serde_json::from_value(alice["expires_at"].clone()).unwrap();
    assert_eq!(expires_at.timestamp(), claims["exp"].as_i64().unwrap());
    for alg in ["RS256", "ES256", "EdDSA"] {
        let again = provider.mint(json!({ "alg": alg }), &with(&claims, json!({ "email": "bob@example.org" }))).await;
        assert_eq!(whoami(&h.anonymous().with_bearer(&again)).await["identity_ref"], alice["identity_ref"], "{alg}");
    }
    let bob = whoami(&provider.user(&h, "bob").await).await;
    assert_ne!(bob["identity_ref"], alice["identity_ref"]);
    // The row is made when somebody is first seen, on whichever replica, and never again.
    let other = h.replica().await;
    let there = h.anonymous().at(other.address()).with_bearer(&token);
    assert_eq!(whoami(&there).await["identity_ref"], alice["identity_ref"]);
    assert_eq!(h.count("SELECT count(*) FROM identities").await, 2);
    other.stop(Duration::from_secs(5)).await;

    // What is granted to the user, the token may.
    let alice_calls = h.anonymous().with_bearer(&token);
    let (domain, _) = h.lab().await;
    let at = format!("/v1/domains/{domain}");
    alice_calls.get(&at).await.refused(403, "insufficient_relation");
    let tuple = json!({ "object": format!("domain:{domain}"), "relation": "viewer", "subject": alice["identity_ref"] });
    h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
    alice_calls.get(&at).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_token_that_is_not_for_us_or_not_the_issuers_is_refused() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let good = provider.claims(&h, "alice");
    let now = h.clock.now().timestamp();
    for changes in [
        json!({ "iss": "https://elsewhere.example" }),
        json!({ "iss": format!("{}/", provider.issuer) }),
        json!({ "iss": null }),
        json!({ "aud": "other" }),
        json!({ "aud": null }),
        json!({ "aud": ["plexsphere", "other"] }),
        json!({ "azp": "other" }),
        json!({ "aud": ["plexsphere", "other"], "azp": "other" }),
        json!({ "exp": now - 61 }),
        json!({ "exp": null }),
        json!({ "exp": "soon" }),
        json!({ "nbf": now + 120 }),
        json!({ "iat": now + 120 }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": "a\u{0}" }),
    ] {
        let token = provider.mint(json!({}), &with(&good, changes.clone())).await;
        let problem = presented(&h, &token).await.refused(401, "unauthenticated");
        assert!(!problem.to_string().contains("alice"), "{changes}: {problem}");
    }
    for changes in [json!({ "exp": now - 59 }), json!({ "aud": ["plexsphere", "x"], "azp": "plexsphere" })] {
        presented(&h, &provider.mint(json!({}), &with(&good, changes)).await).await.expect(200);
    }
    for how in [
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "RS512" }),
        json!({ "alg": "PS256" }),
        // Keys of nobody, under the name of a key of the issuer's.
        json!({ "alg": "RS256", "which": "stray" }),
        json!({ "alg": "ES256", "which": "stray" }),
        json!({ "alg": "EdDSA", "which": "stray" }),
        json!({ "header": { "typ": "logout+jwt" } }),
    ] {
        let token = provider.mint(how.clone(), &good).await;
        assert_eq!(presented(&h, &token).await.status, 401, "{how}");
    }
    let token = provider.mint(json!({}), &good).await;
    let (head, signature) = token.rsplit_once('.').unwrap();
    for broken in [
        format!("{head}."),
        format!("{head}.AAAA"),
        head.to_owned(),
        format!("{token}.x"),
        token.to_uppercase(),
        format!("{}.{signature}", head.replace("ey", "eY")),
    ] {
        presented(&h, &broken).await.refused(401, "unauthenticated");
    }
    presented(&h, &token).await.expect(200);
    assert_eq!(h.count("SELECT count(*) FROM identities").await, 1, "only whom the issuer vouched for");
    h.stop().await;
}

#[tokio::test]
async fn keys_are_renewed_and_go_on_while_the_issuer_is_away() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let claims = lasting(&h, &provider);
    let old = provider.mint(json!({}), &claims).await;
    presented(&h, &old).await.expect(200);
    assert_eq!(provider.asked().await, 1);

    // Another key, which is looked for when a token first names it.
    provider.rotate().await;
    let new = provider.mint(json!({}), &claims).await;
    presented(&h, &new).await.expect(200);
    assert_eq!(provider.asked().await, 2);
    presented(&h, &old).await.refused(401, "unauthenticated");

    // Away: known keys go on, and of an unknown one nobody can tell.
    provider.rotate().await;
    let unknown = provider.mint(json!({}), &claims).await;
    provider.go_away().await;
    h.clock.advance(TimeDelta::minutes(30));
    presented(&h, &new).await.expect(200);
    let undecided = presented(&h, &unknown).await;
    undecided.refused(503, "datastore_unavailable");
    assert!(undecided.header("retry-after").is_some());
    h.admin.get(WHOAMI).await.expect(200);
    // Not for ever.
    h.clock.advance(TimeDelta::hours(4));
    presented(&h, &new).await.refused(503, "datastore_unavailable");

    provider.come_back().await;
    presented(&h, &unknown).await.expect(200);
    presented(&h, &new).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn a_fetch_does_not_go_away_with_whoever_caused_it() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    presented(&h, &provider.mint(json!({}), &provider.claims(&h, "alice")).await).await.expect(200);
    provider.rotate().await;
    let new = provider.mint(json!({}), &provider.claims(&h, "alice")).await;
    provider.hold().await;
    let stranger = h.anonymous().with_bearer(&new);
    let asking = tokio::spawn(async move { stranger.get(WHOAMI).await });
    provider.held().await;
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    // Others of the kind: they wait for the same answer, and cost no other one.
    for _ in 0..10 {
        let stranger = h.anonymous().with_bearer(&new);
        assert!(tokio::time::timeout(Duration::from_millis(20), stranger.get(WHOAMI)).await.is_err());
    }
    provider.release().await;
    let began = Instant::now();
    while provider.asked().await < 2 {
        assert!(began.elapsed() < Duration::from_secs(5), "nobody asks any more");
    }
    presented(&h, &new).await.expect(200);
    assert_eq!(provider.asked().await, 2);
    h.stop().await;
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_by_a_replica_that_nobody_has_called_for_a_while() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let claims = lasting(&h, &provider);
    let old = provider.mint(json!({}), &claims).await;
    presented(&h, &old).await.expect(200);
    provider.rotate().await;
    h.clock.advance(TimeDelta::minutes(5));
    presented(&h, &old).await.expect(200);
    h.clock.advance(TimeDelta::seconds(1));
    presented(&h, &old).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn an_issuer_that_hangs_holds_its_users_up_once_and_not_for_long() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let claims = lasting(&h, &provider);
    let old = provider.mint(json!({}), &claims).await;
    presented(&h, &old).await.expect(200);
    provider.rotate().await;
    provider.hold().await;
    h.clock.advance(TimeDelta::minutes(6));
    let began = Instant::now();
    presented(&h, &old).await.expect(200);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let began = Instant::now();
    for _ in 0..5 {
        presented(&h, &old).await.expect(200);
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // What nobody waits for any more is taken all the same.
    provider.release().await;
    let began = Instant::now();
    while presented(&h, &old).await.status != 401 {
        assert!(began.elapsed() < Duration::from_secs(10), "the old key is still trusted");
        h.clock.advance(TimeDelta::seconds(10));
    }
    h.stop().await;
}

#[tokio::test]
async fn a_client_secret_of_another_master_key_costs_signing_in_and_nothing_else() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let another = plexsphere::signing::Sealer::new(&[9; 32]);
    idp::add(h.server.database(), &another, &provider.binding(None), h.clock.now()).await.unwrap();
    h.step("idp_bindings").await;
    whoami(&provider.user(&h, "alice").await).await;
    let mut browser = Browser::new(&h);
    browser.sign_in(&provider, &json!({}), "alice").await.refused(500, "internal");
    whoami(&provider.user(&h, "alice").await).await;
    h.stop().await;
}

#[tokio::test]
async fn a_binding_that_cannot_be_read_is_a_fault_and_not_a_lesser_binding() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let token = provider.mint(json!({}), &provider.claims(&h, "alice")).await;
    for (column, kept) in [("audiences", "[\"a\"]"), ("hosts", "[]")] {
        h.sql(&format!("UPDATE idp_bindings SET {column} = '{{\"a\": 1}}'")).await;
        let other = h.replica().await;
        h.anonymous().at(other.address()).with_bearer(&token).get(WHOAMI).await.refused(500, "internal");
        other.stop(Duration::from_secs(5)).await;
        h.sql(&format!("UPDATE idp_bindings SET {column} = '{kept}'")).await;
    }
    h.stop().await;
}

#[tokio::test]
async fn strangers_do_not_make_us_ask_the_issuer_without_end() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let claims = provider.claims(&h, "mallory");
    let good = provider.mint(json!({}), &claims).await;
    presented(&h, &good).await.expect(200);
    let mut answers = Vec::new();
    for n in 0..8 {
        let how = json!({ "which": "stray", "header": { "kid": format!("unknown-{n}") } });
        answers.push(presented(&h, &provider.mint(how, &claims).await).await.status.as_u16());
    }
    assert_eq!(answers, [401, 401, 401, 401, 503, 503, 503, 503], "four fetches were left");
    assert_eq!(provider.asked().await, 5);
    presented(&h, &good).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn who_belongs_to_a_domains_issuer_belongs_to_that_domain() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (domain, _) = h.lab().await;
    let other = h.domain("other", "10.30.0.0/16").await;
    provider.bind(&h, Some(&domain)).await;
    let alice = provider.user(&h, "alice").await;
    let identity = whoami(&alice).await["identity_ref"].clone();
    let recorded = format!("SELECT count(*) FROM identities WHERE domain_id = '{domain}'");
    assert_eq!(h.count(&recorded).await, 1);
    // Bound elsewhere, the user goes along, and so do sessions and tokens.
    assert!(idp::remove(h.server.database(), &provider.issuer, h.clock.now()).await.unwrap());
    h.step("idp_bindings").await;
    alice.get(WHOAMI).await.refused(401, "unauthenticated");
    provider.bind(&h, Some(&other)).await;
    assert_eq!(whoami(&alice).await["identity_ref"], identity);
    assert_eq!(h.count(&format!("SELECT count(*) FROM identities WHERE domain_id = '{other}'")).await, 1);
    let again = provider.binding(None);
    let twice = idp::add(h.server.database(), &sealer(), &again, h.clock.now()).await;
    assert!(matches!(twice, Err(idp::BindingError::Bound)));
    h.stop().await;
}

/// Somebody with a token of the provider who administers the platform and these Domains, and with what comes from it: a
/// token of its own, one of a service that holds the same, and one that this one issued.
async fn administrator_and_tokens(h: &Harness, jwt: &Client, domains: &[&String]) -> [Client; 3] {
    let identity = whoami(jwt).await["identity_ref"].as_str().unwrap().to_owned();
    let service = format!("service:{}", uuid::Uuid::now_v7());
    let objects = domains.iter().map(|id| format!("domain:{id}")).chain(["platform:plexsphere".to_owned()]);
    for object in objects {
        for subject in [&identity, &service] {
            let tuple = json!({ "object": object, "relation": "admin", "subject": subject });
            h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
        }
    }
    let issue = async |by: &Client, identity: &str| {
        let issued = by.post("/v1/auth/tokens", &json!({ "identity_ref": identity, "env_prefix": "dev" })).await;
        by.with_bearer(issued.expect(201)["token"].as_str().unwrap())
    };
    let of_service = issue(jwt, &service).await;
    [issue(jwt, &identity).await, issue(&of_service, &service).await, of_service]
}

#[tokio::test]
async fn who_moves_to_a_domain_with_its_issuer_holds_nothing_elsewhere_whatever_is_granted() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (lab, project) = h.lab().await;
    let other = h.domain("other", "10.30.0.0/16").await;
    let (agent, another) = (h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await);
    provider.bind(&h, None).await;
    let replica = h.replica().await;
    let jwt = provider.user(&h, "alice").await.at(replica.address());
    let [own, below, of_service] = administrator_and_tokens(&h, &jwt, &[&lab, &other]).await;
    let all = [&jwt, &own, &below, &of_service];
    let mut browser = Browser::new(&h).at(replica.address());
    browser.sign_in(&provider, &json!({}), "alice").await.expect(302);
    let (at_lab, at_other) = (format!("/v1/domains/{lab}"), format!("/v1/domains/{other}"));
    let mut streams = vec![browser.follow(&another.path("events")).await];
    for client in all {
        client.get(&at_lab).await.expect(200);
        streams.push(client.follow(&agent.path("events"), None).await);
    }

    let began = Instant::now();
    idp::remove(h.server.database(), &provider.issuer, h.clock.now()).await.unwrap();
    provider.bind(&h, Some(&other)).await;
    for stream in &mut streams {
        stream.closes().await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for task in ["idp_bindings", "credential_watch"] {
        replica.task(task).unwrap().step_now().await;
    }
    browser.ask(Method::GET, WHOAMI).await.refused(401, "unauthenticated");
    browser.sign_in(&provider, &json!({ "domain_id": other }), "alice").await.expect(302);
    browser.ask(Method::GET, &at_other).await.expect(200);
    for path in [&at_lab, &format!("{at_lab}/mesh/topology"), &agent.path("events")] {
        browser.ask(Method::GET, path).await.refused(403, "insufficient_relation");
        for client in all {
            client.get(path).await.refused(403, "insufficient_relation");
        }
    }
    for client in all {
        client.get(&at_other).await.expect(200);
        let listed = client.get("/v1/domains").await.expect(200);
        let ids: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|domain| &domain["domain_id"]).collect();
        assert_eq!(ids, [&json!(other)]);
        let third = json!({ "name": "third", "slug": "third", "mesh_cidr": "10.40.0.0/16" });
        client.post("/v1/domains", &third).await.refused(403, "insufficient_relation");
        let subject = format!("service:{}", uuid::Uuid::now_v7());
        let tuple = json!({ "object": format!("domain:{lab}"), "relation": "viewer", "subject": subject });
        client.post("/v1/authz/relation-tuples", &tuple).await.refused(403, "insufficient_relation");
    }
    replica.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_user_that_moves_with_a_call_takes_along_what_comes_from_it() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (lab, _) = h.lab().await;
    let other = h.domain("other", "10.30.0.0/16").await;
    provider.bind(&h, None).await;
    let jwt = provider.user(&h, "alice").await;
    let tokens = administrator_and_tokens(&h, &jwt, &[&lab, &other]).await;
    // As a configuration file left it that binds the issuer elsewhere.
    h.sql(&format!("UPDATE identities SET domain_id = '{lab}' WHERE kind = 'user'")).await;
    let replica = h.replica().await;
    let at = format!("/v1/domains/{other}");
    let there = tokens.each_ref().map(|client| client.at(replica.address()));
    for client in &there {
        client.get(&at).await.refused(403, "insufficient_relation");
    }
    jwt.at(replica.address()).get(WHOAMI).await.expect(200);
    replica.task("credential_watch").unwrap().step_now().await;
    for client in &there {
        client.get(&at).await.expect(200);
    }
    replica.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn whoever_has_not_heard_that_an_issuer_is_bound_elsewhere_takes_no_user_back() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (lab, _) = h.lab().await;
    let other = h.domain("other", "10.30.0.0/16").await;
    provider.bind(&h, Some(&lab)).await;
    whoami(&provider.user(&h, "alice").await).await;
    let database = h.server.database();
    // As another replica knows it, until it reads the bindings again.
    let bindings = idp::Bindings::new(Vec::new(), database.clone(), Arc::new(sealer()));
    let former = bindings.find(&provider.issuer).await.unwrap().unwrap();
    idp::remove(database, &provider.issuer, h.clock.now()).await.unwrap();
    let identities = Identities::new(database.clone());
    for bound in [false, true] {
        if bound {
            provider.bind(&h, Some(&other)).await;
        }
        // Who is known where it was is nothing to write of; who moved, or is new, waits for the news.
        for subject in if bound { &["alice", "bob"][..] } else { &["bob"] } {
            let refused = identities.user(&former, subject, h.clock.now()).await.unwrap_err();
            assert!(refused.is_passing(), "{subject}: {refused}");
        }
    }
    whoami(&provider.user(&h, "alice").await).await;
    let of = |domain: &str| format!("SELECT count(*) FROM identities WHERE domain_id = '{domain}'");
    assert_eq!((h.count(&of(&lab)).await, h.count(&of(&other)).await), (0, 1));
    h.stop().await;
}

#[tokio::test]
async fn issuers_come_from_the_configuration_too() {
    let provider = Provider::start().await;
    let idp = Idp {
        issuer: provider.issuer.clone(),
        client_id: "plexsphere".into(),
        client_secret: Some("a secret & more".to_owned().into()),
        domain_id: None,
        audiences: vec!["plexctl".into()],
        hosts: Vec::new(),
    };
    let h = Harness::start_with(|all| all.idp = Some(Idps(vec![idp])), |_| {}).await;
    let claims = with(&provider.claims(&h, "alice"), json!({ "aud": "plexctl", "azp": "plexctl" }));
    presented(&h, &provider.mint(json!({}), &claims).await).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn of_two_credentials_the_first_that_holds_counts() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let mut browser = Browser::new(&h);
    browser.sign_in(&provider, &json!({}), "alice").await.expect(302);
    let jwt = provider.mint(json!({}), &provider.claims(&h, "bob")).await;
    let (alice, bob) =
        (browser.ask(Method::GET, WHOAMI).await.expect(200), whoami(&h.anonymous().with_bearer(&jwt)).await);
    let admin = whoami(&h.admin).await;
    let cookies = browser.cookies.header();
    let nonsense = format!("psk_dev_{}_{}", "a".repeat(26), "a".repeat(52));
    let stray = provider.mint(json!({ "which": "stray" }), &provider.claims(&h, "carol")).await;
    let overlong = format!("nsk_dev_{}", "A".repeat(9 * 1024));
    let ask = async |method: Method, path: &str, bearers: &[&str]| {
        let mut request = h.anonymous().request(method, path).header("cookie", &cookies);
        for bearer in bearers {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        h.anonymous().send(request).await
    };
    for (bearers, expected) in [
        (&[][..], Some(&alice)),
        (&[h.admin_token.as_str()], Some(&admin)),
        (&[jwt.as_str()], Some(&bob)),
        // What does not hold falls through to the cookie, and so do two at once.
        (&[nonsense.as_str()], Some(&alice)),
        (&[stray.as_str()], Some(&alice)),
        (&["nonsense"], Some(&alice)),
        (&[h.admin_token.as_str(), jwt.as_str()], Some(&alice)),
        // But not a Node's key, good or bad.
        (&[agent.nsk.as_str()], None),
        (&["nsk_dev_x"], None),
        (&[overlong.as_str()], None),
        (&[h.admin_token.as_str(), agent.nsk.as_str()], None),
        (&["nsk_dev_x", jwt.as_str()], None),
        (&[jwt.as_str(), overlong.as_str()], None),
    ] {
        let answer = ask(Method::GET, WHOAMI, bearers).await;
        match expected {
            Some(expected) => assert_eq!(answer.expect(200)["identity_ref"], expected["identity_ref"], "{bearers:?}"),
            None => drop(answer.refused(401, "unauthenticated")),
        }
    }
    // The one that wins decides whether a page has to show that it is ours.
    let revoke = format!("/v1/auth/tokens/{}", uuid::Uuid::now_v7());
    ask(Method::DELETE, &revoke, &[&jwt]).await.refused(404, "api_token_not_found");
    ask(Method::DELETE, &revoke, &[&nonsense]).await.refused(403, "csrf_token_mismatch");
    ask(Method::DELETE, &revoke, &[&stray]).await.refused(403, "csrf_token_mismatch");
    // Where a Node's key belongs, an operator's credential is none, and the reverse.
    let heartbeat = agent.path("heartbeat");
    for bearer in [h.admin_token.as_str(), jwt.as_str()] {
        let client = h.anonymous().with_bearer(bearer);
        client.post(&heartbeat, &json!({})).await.refused(401, "nsk_revoked");
    }
    ask(Method::GET, &agent.path("reachability"), &["nsk_dev_x"]).await.refused(401, "unauthenticated");
    ask(Method::GET, &agent.path("reachability"), &[&agent.nsk]).await.expect(200);

    // A link that cannot tell: 503, unless another one succeeds.
    provider.rotate().await;
    let unknown = provider.mint(json!({}), &provider.claims(&h, "bob")).await;
    provider.go_away().await;
    presented(&h, &unknown).await.refused(503, "datastore_unavailable");
    assert_eq!(ask(Method::GET, WHOAMI, &[&unknown]).await.expect(200)["identity_ref"], alice["identity_ref"]);
    h.stop().await;
}

/// A client whose good token may follow the stream of a Node, and where that is.
async fn who_may_follow(h: &Harness, provider: &Provider) -> (Client, String) {
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    provider.bind(h, None).await;
    let alice = provider.user(h, "alice").await;
    let identity = whoami(&alice).await["identity_ref"].clone();
    let tuple = json!({ "object": format!("project:{project}"), "relation": "admin", "subject": identity });
    h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
    (alice, agent.path("events"))
}

#[tokio::test]
async fn a_stream_that_a_token_opened_ends_with_its_issuers_binding() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (alice, path) = who_may_follow(&h, &provider).await;
    let mut stream = alice.follow(&path, None).await;
    let began = Instant::now();
    idp::remove(h.server.database(), &provider.issuer, h.clock.now()).await.unwrap();
    assert_eq!(stream.rest().await.last(), Some(&Item::Comment("closing".to_owned())));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    h.stop().await;
}

#[tokio::test]
async fn a_stream_that_a_token_opened_ends_when_that_expires() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (alice, path) = who_may_follow(&h, &provider).await;
    let mut stream = alice.follow(&path, None).await;
    h.clock.advance(TimeDelta::seconds(590));
    h.step("stream_ticker").await;
    assert_eq!(stream.next().await, Some(Item::Comment("keep-alive".to_owned())));
    h.clock.advance(TimeDelta::seconds(10));
    h.step("stream_ticker").await;
    stream.closes().await;
    h.stop().await;
}

#[tokio::test]
async fn the_command_binds_lists_and_unbinds_issuers() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let domain = h.domain("lab", "10.20.0.0/16").await;
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "a secret & more\n").unwrap();
    let run = async |arguments: &[&str]| {
        let mut command = program();
        command.args(["admin", "idp"]).args(arguments).env("PLEXSPHERE_DATABASE_URL", Cluster::url(&h.database));
        let done = output(command.env("PLEXSPHERE_MASTER_KEY", MASTER_KEY)).await;
        (done.status.success(), text(&done.stdout), text(&done.stderr))
    };
    let issuer = provider.issuer.as_str();
    let file = secret.path().to_str().unwrap();
    let add =
        ["add", "--issuer", issuer, "--client-id", "plexsphere", "--client-secret-file", file, "--domain", &domain];
    let (added, _, complaint) = run(&add).await;
    assert!(added, "{complaint}");
    assert!(!run(&add).await.0, "bound once");
    let unknown = uuid::Uuid::now_v7().to_string();
    for wrong in [
        &["add", "--issuer", "http://id.example", "--client-id", "x"][..],
        &["add", "--issuer", "https://id.example", "--client-id", "x", "--domain", &unknown],
        &["remove", "--issuer", "https://id.example"],
    ] {
        assert!(!run(wrong).await.0, "{wrong:?}");
    }
    let (_, listed, _) = run(&["list"]).await;
    assert_eq!(listed.trim(), format!("{issuer} domain:{domain} client_id=plexsphere secret"));
    let kept = h.rows("SELECT encode(sealed_client_secret, 'escape') AS sealed FROM idp_bindings").await;
    assert!(!kept[0].to_string().contains("a secret"), "sealed");
    h.step("idp_bindings").await;
    let mut browser = Browser::new(&h);
    browser.sign_in(&provider, &json!({ "domain_id": domain }), "alice").await.expect(302);
    browser.ask(Method::GET, WHOAMI).await.expect(200);
    assert!(run(&["remove", "--issuer", issuer]).await.0);
    h.step("idp_bindings").await;
    browser.ask(Method::GET, WHOAMI).await.refused(401, "unauthenticated");
    assert_eq!(run(&["list"]).await.1, "");
    let recorded = h.rows(
        "SELECT action, subject, object, decision, domain_id FROM audit_entries WHERE action LIKE 'idp.%' ORDER BY id",
    );
    let entry = |action: &str| {
        json!({ "action": action, "subject": "system", "object": format!("issuer:{issuer}"), "decision": "none",
            "domain_id": domain })
    };
    assert_eq!(recorded.await, [entry("idp.bind"), entry("idp.unbind")]);
    h.stop().await;
}
