//! Signing in and out with a browser, at a real OpenID provider.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use http::Method;
use plexsphere::access::idp::{self, Binding, ClientSecret};
use plexsphere::clock::Clock;
use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::provider::{PUBLIC_URL, Provider};
use crate::harness::{Agent, Answer, Followed, Harness, Item, rows};

const WHOAMI: &str = "/v1/auth/whoami";
const SIGN_IN: &str = "/v1/auth/sign-in";

/// The value of a parameter of a URL's query.
fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    form_urlencoded::parse(query.as_bytes()).find(|(given, _)| given == name).unwrap().1.into_owned()
}

fn cookies(answer: &Answer) -> Vec<String> {
    answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn somebody_signs_in_and_out() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let mut browser = Browser::new(&h);
    let place = browser.set_out(&json!({ "return_to": "/v1/docs?x=1#y" })).await;
    assert!(place.starts_with(&format!("{}/auth?", provider.issuer)), "{place}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "plexsphere"),
        ("scope", "openid"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &format!("{PUBLIC_URL}/v1/auth/callback")),
    ] {
        assert_eq!(parameter(&place, name), value);
    }
    assert!(parameter(&place, "state").len() >= 43 && parameter(&place, "nonce").len() >= 43);
    let back = browser.visit(&provider, &place, "alice").await;
    assert_eq!(parameter(&back, "iss"), provider.issuer);
    let answer = browser.come_back(&back).await;
    answer.expect(302);
    assert_eq!(answer.header("location"), Some("/v1/docs?x=1#y"));
    let set = cookies(&answer);
    assert!(set[0].starts_with("plexsphere_session="), "{set:?}");
    assert!(set[0].ends_with("; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax"), "{set:?}");
    assert!(set[1].starts_with("plexsphere_csrf="), "{set:?}");
    assert!(set[1].ends_with("; Path=/; Max-Age=43200; Secure; SameSite=Lax"), "scripts read it: {set:?}");
    assert!(set[2].starts_with("plexsphere_sign_in=; "), "{set:?}");

    let me = browser.ask(Method::GET, WHOAMI).await.expect(200);
    assert_eq!((&me["credential"], &me["token_id"]), (&json!("session"), &json!(null)));
    // It is who a token of the same user stands for.
    let by_token = provider.user(&h, "alice").await.get(WHOAMI).await.expect(200);
    assert_eq!(by_token["identity_ref"], me["identity_ref"]);
    // Of what the browser holds only hashes are kept.
    let secret = browser.cookies.get("plexsphere_session").unwrap().to_owned();
    let dump = h.rows("SELECT * FROM sessions").await;
    assert_eq!(dump.len(), 1);
    assert!(!dump[0].to_string().contains(&secret));
    // The answer of the provider is good once.
    browser.come_back(&back).await.refused(400, "invalid_query");

    let before = browser.clone();
    let answer = browser.ask(Method::DELETE, WHOAMI).await;
    answer.expect(204);
    assert!(cookies(&answer).iter().all(|cookie| cookie.contains("=; ") && cookie.contains("Max-Age=0")));
    assert_eq!(browser.cookies.header(), "");
    before.clone().ask(Method::GET, WHOAMI).await.refused(401, "unauthenticated");
    for action in ["session.begin", "session.end"] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM audit_entries WHERE action = '{action}'")).await, 1);
    }
    h.stop().await;
}

#[tokio::test]
async fn public_clients_and_other_algorithms_sign_in_too() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    for client_id in ["public-es256", "public-eddsa"] {
        let binding =
            Binding { client_id: client_id.into(), client_secret: ClientSecret::Public, ..provider.binding(None) };
        provider.bind_as(&h, &binding).await;
        let mut browser = Browser::new(&h);
        browser.sign_in(&provider, &json!({}), "alice").await.expect(302);
        browser.ask(Method::GET, WHOAMI).await.expect(200);
        idp::remove(h.server.database(), &provider.issuer, h.clock.now()).await.unwrap();
        h.step("idp_bindings").await;
        browser.ask(Method::GET, WHOAMI).await.refused(401, "unauthenticated");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_browser_is_sent_to_the_issuer_of_the_domain() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let domain = h.domain("lab", "10.20.0.0/16").await;
    let client = h.anonymous();
    for body in [json!({}), json!({ "domain_id": domain })] {
        assert_eq!(client.post(SIGN_IN, &body).await.refused(422, "invalid_field")["field"], "domain_id");
    }
    client.get(SIGN_IN).await.refused_query("domain_id");
    provider.bind(&h, Some(&domain)).await;
    assert_eq!(client.post(SIGN_IN, &json!({})).await.refused(422, "invalid_field")["field"], "domain_id");
    for return_to in ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "", "/\u{e4}"] {
        let body = json!({ "domain_id": domain, "return_to": return_to });
        assert_eq!(
            client.post(SIGN_IN, &body).await.refused(422, "invalid_field")["field"],
            "return_to",
            "{return_to}"
        );
    }
    let mut browser = Browser::new(&h);
    browser.sign_in(&provider, &json!({ "domain_id": domain }), "alice").await.expect(302);
    browser.ask(Method::GET, WHOAMI).await.expect(200);
    assert_eq!(h.count(&format!("SELECT count(*) FROM identities WHERE domain_id = '{domain}'")).await, 1);
    // As a page links to it.
    let linked = browser.ask_with(Method::GET, &format!("{SIGN_IN}?domain_id={domain}&return_to=/v1/docs"), &[]).await;
    linked.expect(302);
    let back = browser.visit(&provider, linked.header("location").unwrap(), "alice").await;
    assert_eq!(browser.come_back(&back).await.header("location"), Some("/v1/docs"));
    for query in ["domain_id=x", "return_to=//evil.example"] {
        client.get(&format!("{SIGN_IN}?{query}&domain_id={domain}")).await.refused_query(query);
    }
    provider.go_away().await;
    let away = h.replica().await;
    let body = json!({ "domain_id": domain });
    client.at(away.address()).post(SIGN_IN, &body).await.refused(503, "datastore_unavailable");
    away.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn head_begins_no_sign_in_and_ends_none() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let mut browser = Browser::new(&h);
    assert_eq!(browser.ask_with(Method::HEAD, SIGN_IN, &[]).await.status, 400, "no issuer");
    provider.bind(&h, None).await;
    for (query, status) in [("", 302), ("?return_to=/v1/docs", 302), ("?return_to=//evil.example", 400)] {
        let told = browser.ask_with(Method::HEAD, &format!("{SIGN_IN}{query}"), &[]).await;
        assert_eq!((told.status.as_u16(), cookies(&told).len()), (status, 0), "{query}");
    }
    assert_eq!(h.count("SELECT count(*) FROM sign_in_flows").await, 0);

    let place = browser.set_out(&json!({ "return_to": "/v1/docs" })).await;
    let back = browser.visit(&provider, &place, "alice").await;
    let (state, iss) = (parameter(&back, "state"), &provider.issuer);
    let nameless = format!("/v1/auth/callback?state={state}&iss={iss}");
    let refused = format!("{nameless}&error=access_denied");
    for (path, status) in [(back.as_str(), 302), (&nameless, 400), (&refused, 401), ("/v1/auth/callback?state=x", 400)]
    {
        let told = browser.ask_with(Method::HEAD, path, &[]).await;
        assert_eq!((told.status.as_u16(), cookies(&told).len()), (status, 0), "{path}");
        assert_eq!(told.header("location"), (status == 302).then_some("/v1/docs"));
    }
    assert_eq!(Browser::new(&h).ask_with(Method::HEAD, &back, &[]).await.status, 400, "another browser");
    assert_eq!(h.count("SELECT count(*) FROM sessions").await, 0);
    browser.come_back(&back).await.expect(302);
    browser.ask(Method::GET, WHOAMI).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_sign_in_belongs_to_its_browser_its_issuer_and_its_time() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let mut browser = Browser::new(&h);
    let place = browser.set_out(&json!({})).await;
    let back = browser.visit(&provider, &place, "alice").await;
    let state = parameter(&back, "state");

    // Another browser, and none of its own end it.
    let mut other = Browser::new(&h);
    other.come_back(&back).await.refused(400, "invalid_query");
    other.set_out(&json!({})).await;
    other.come_back(&back).await.refused(400, "invalid_query");
    for query in ["state=unknown&code=x", "code=x", ""] {
        browser.come_back(&format!("/v1/auth/callback?{query}")).await.refused(400, "invalid_query");
    }
    // The answer of another issuer.
    let mixed = back.replace("iss=https", "iss=http");
    assert_ne!(mixed, back);
    browser.come_back(&mixed).await.refused(401, "unauthenticated");
    // That was its one time.
    browser.come_back(&back).await.refused(400, "invalid_query");

    // Whom the issuer refuses, whose code is another's, who is sent back without either.
    let place = browser.set_out(&json!({})).await;
    let (iss, state_now) = (&provider.issuer, parameter(&place, "state"));
    assert_ne!(state, state_now);
    let refused = format!("/v1/auth/callback?state={state_now}&error=access_denied&iss={iss}");
    browser.come_back(&refused).await.refused(401, "unauthenticated");
    let place = browser.set_out(&json!({})).await;
    let state_now = parameter(&place, "state");
    browser
        .come_back(&format!("/v1/auth/callback?state={state_now}&code=stolen&iss={iss}"))
        .await
        .refused(401, "unauthenticated");
    let place = browser.set_out(&json!({})).await;
    let state_now = parameter(&place, "state");
    browser.come_back(&format!("/v1/auth/callback?state={state_now}&iss={iss}")).await.refused(400, "invalid_query");
    // A code of the same issuer that was given to another sign-in: PKCE and nonce are that one's.
    let mut thief = Browser::new(&h);
    let theirs = thief.set_out(&json!({})).await;
    let their_back = thief.visit(&provider, &theirs, "mallory").await;
    let place = browser.set_out(&json!({})).await;
    let swapped = format!(
        "/v1/auth/callback?state={}&code={}&iss={iss}",
        parameter(&place, "state"),
        parameter(&their_back, "code")
    );
    browser.come_back(&swapped).await.refused(401, "unauthenticated");

    // Too late.
    let place = browser.set_out(&json!({})).await;
    let back = browser.visit(&provider, &place, "alice").await;
    h.clock.advance(TimeDelta::minutes(10));
    browser.come_back(&back).await.refused(400, "invalid_query");
    // Away.
    let place = browser.set_out(&json!({})).await;
    let back = browser.visit(&provider, &place, "alice").await;
    provider.go_away().await;
    browser.come_back(&back).await.refused(503, "datastore_unavailable");
    assert_eq!(h.count("SELECT count(*) FROM sessions").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn a_change_by_a_session_comes_from_a_page_of_ours() {
    let (h, provider) = tokio::join!(
        Harness::start_with(|all| all.allowed_origins = Some("https://console.example".into()), |_| {}),
        Provider::start()
    );
    provider.bind(&h, None).await;
    let mut browser = Browser::new(&h);
    browser.sign_in(&provider, &json!({}), "alice").await.expect(302);
    let mut another = Browser::new(&h);
    another.sign_in(&provider, &json!({}), "bob").await.expect(302);
    let good = browser.cookies.get("plexsphere_csrf").unwrap().to_owned();
    let theirs = another.cookies.get("plexsphere_csrf").unwrap().to_owned();
    let path = format!("/v1/auth/tokens/{}", uuid::Uuid::now_v7());
    let (token, origin) = ("x-plexsphere-csrf", "origin");
    for (headers, expected) in [
        (&[][..], Err("csrf_token_mismatch")),
        (&[(origin, PUBLIC_URL)], Err("csrf_token_mismatch")),
        (&[(token, "x"), (origin, PUBLIC_URL)], Err("csrf_token_mismatch")),
        (&[(token, theirs.as_str()), (origin, PUBLIC_URL)], Err("csrf_token_mismatch")),
        (&[(token, good.as_str()), (token, good.as_str()), (origin, PUBLIC_URL)], Err("csrf_token_mismatch")),
        (&[(token, good.as_str())], Err("csrf_origin_mismatch")),
        (&[(token, good.as_str()), (origin, "https://evil.example")], Err("csrf_origin_mismatch")),
        (&[(token, good.as_str()), (origin, "null")], Err("csrf_origin_mismatch")),
        (&[(token, good.as_str()), ("sec-fetch-site", "same-site")], Err("csrf_origin_mismatch")),
        (&[(token, good.as_str()), ("sec-fetch-site", "same-origin")], Ok(())),
        (&[(token, good.as_str()), (origin, PUBLIC_URL)], Ok(())),
        (&[(token, good.as_str()), (origin, "https://console.example")], Ok(())),
    ] {
        let answer = browser.ask_with(Method::DELETE, &path, headers).await;
        match expected {
            Ok(()) => drop(answer.refused(404, "api_token_not_found")),
            Err(code) => assert_eq!(answer.refused(403, code)["reason"], "caveat_violation", "{headers:?}"),
        }
    }
    // With another's cookie beside the own session both halves fit each other, and not the session.
    let mut mixed = browser.clone();
    mixed.cookies.set("plexsphere_csrf", &theirs);
    mixed.ask(Method::DELETE, &path).await.refused(403, "csrf_token_mismatch");
    // Reading needs none of it.
    browser.ask_with(Method::GET, WHOAMI, &[]).await.expect(200);
    browser.ask_with(Method::HEAD, WHOAMI, &[]).await.expect(200);
    // Two sessions at once are none.
    let both = format!("{}; plexsphere_session=x", browser.cookies.header());
    let twice = h.anonymous().request(Method::GET, WHOAMI).header("cookie", both);
    h.anonymous().send(twice).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn a_session_ends_for_want_of_use_and_at_its_fixed_time() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let mut idle = Browser::new(&h);
    idle.sign_in(&provider, &json!({}), "alice").await.expect(302);
    let mut used = Browser::new(&h);
    used.sign_in(&provider, &json!({}), "alice").await.expect(302);
    let other = h.replica().await;
    let seen = "SELECT count(*) FROM sessions WHERE last_seen_at > issued_at";
    // Within a minute nothing is written.
    h.clock.advance(TimeDelta::seconds(59));
    used.ask(Method::GET, WHOAMI).await.expect(200);
    h.step("session_use").await;
    assert_eq!(h.count(seen).await, 0);
    for _ in 0..23 {
        h.clock.advance(TimeDelta::minutes(30));
        used.ask(Method::GET, WHOAMI).await.expect(200);
    }
    h.step("session_use").await;
    assert_eq!(h.count(seen).await, 1);
    idle.ask(Method::GET, WHOAMI).await.refused(401, "unauthenticated");
    // Used here, it has not ended elsewhere.
    used.at(other.address()).ask(Method::GET, WHOAMI).await.expect(200);
    h.clock.advance(TimeDelta::minutes(30));
    used.ask(Method::GET, WHOAMI).await.refused(401, "unauthenticated");
    other.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

/// A browser that is signed in and may follow the stream of a Node, and that Node.
async fn who_may_follow(h: &Harness, provider: &Provider) -> (Browser, Agent) {
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    provider.bind(h, None).await;
    let mut browser = Browser::new(h);
    browser.sign_in(provider, &json!({}), "alice").await.expect(302);
    let me = browser.ask(Method::GET, WHOAMI).await.expect(200);
    let tuple = json!({ "object": format!("project:{project}"), "relation": "admin", "subject": me["identity_ref"] });
    h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
    (browser, agent)
}

#[tokio::test]
async fn signing_out_holds_on_every_replica_and_ends_streams_within_5_seconds() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (mut browser, agent) = who_may_follow(&h, &provider).await;
    let other = h.replica().await;
    let mut elsewhere = browser.at(other.address());
    elsewhere.ask(Method::GET, WHOAMI).await.expect(200);
    let mut stream = browser.follow(&agent.path("events")).await;
    let began = Instant::now();
    browser.ask(Method::DELETE, WHOAMI).await.expect(204);
    assert_eq!(stream.rest().await.last(), Some(&Item::Comment("closing".to_owned())));
    while elsewhere.ask(Method::GET, WHOAMI).await.status != 401 {
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // Whoever presents a bearer has no session to end.
    provider.user(&h, "bob").await.delete(WHOAMI).await.expect(204);
    h.admin.delete(WHOAMI).await.expect(204);
    h.admin.get(WHOAMI).await.expect(200);
    other.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_stream_ends_with_its_session_when_nobody_uses_that_any_more() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (mut browser, agent) = who_may_follow(&h, &provider).await;
    let mut stream = browser.follow(&agent.path("events")).await;
    let still_open = async |stream: &mut Followed| {
        h.step("operator_stream_watch").await;
        let set = json!({ "value": h.clock.now() });
        h.admin.send_json(Method::PUT, &agent.path("state/metadata/seen"), &set).await;
        h.relayed().await;
        while stream.event().await.event_type() != "node_state_updated" {}
    };
    // A use that is not written, because it is too soon after the last, counts nevertheless.
    h.clock.advance(TimeDelta::seconds(59));
    browser.ask(Method::GET, WHOAMI).await.expect(200);
    h.clock.advance(TimeDelta::seconds(3599));
    still_open(&mut stream).await;
    browser.ask(Method::GET, WHOAMI).await.expect(200);
    h.step("session_use").await;
    h.clock.advance(TimeDelta::seconds(3599));
    still_open(&mut stream).await;
    h.clock.advance(TimeDelta::seconds(91));
    h.step("operator_stream_watch").await;
    stream.closes().await;
    browser.ask(Method::GET, WHOAMI).await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn a_sign_in_is_good_once_also_for_two_at_the_same_time() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let mut browser = Browser::new(&h);
    let longest = format!("/{}", "a".repeat(2047));
    let place = browser.set_out(&json!({ "return_to": longest })).await;
    let back = browser.visit(&provider, &place, "alice").await;
    let mut copy = browser.clone();
    let answer = browser.come_back(&back).await;
    answer.expect(302);
    assert_eq!(answer.header("location"), Some(longest.as_str()));
    copy.come_back(&back).await.refused(400, "invalid_query");

    // Another replica is about to let it in.
    let mut browser = Browser::new(&h);
    let place = browser.set_out(&json!({})).await;
    let back = browser.visit(&provider, &place, "alice").await;
    let mut other = h.db().await;
    let state = parameter(&back, "state");
    let spent = format!("BEGIN; INSERT INTO spent_sign_ins VALUES (sha256('{state}'), 'infinity')");
    other.batch_execute(&spent).await.unwrap();
    let coming = tokio::spawn(async move { browser.come_back(&back).await });
    h.until_held_up(1).await;
    other.batch_execute("COMMIT").await.unwrap();
    coming.await.unwrap().refused(400, "invalid_query");
    assert_eq!(h.count("SELECT count(*) FROM sessions").await, 1);
    h.stop().await;
}

#[tokio::test]
async fn whoever_only_begins_leaves_nothing_and_keeps_nobody_out() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let stranger = h.anonymous();
    for _ in 0..300 {
        stranger.post(SIGN_IN, &json!({})).await.expect(302);
    }
    let mut browser = Browser::new(&h);
    for way in ["state=x&code=x", "code=x"] {
        browser.come_back(&format!("/v1/auth/callback?{way}")).await.refused(400, "invalid_query");
    }
    for table in ["sign_in_flows", "spent_sign_ins"] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    browser.sign_in(&provider, &json!({}), "alice").await.expect(302);
    h.stop().await;
}

#[tokio::test]
async fn a_fault_that_passes_does_not_end_a_sign_in() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let mut browser = Browser::new(&h);
    let place = browser.set_out(&json!({})).await;
    let back = browser.visit(&provider, &place, "alice").await;
    let at = |what: &str| {
        let (state, iss) = (parameter(&back, "state"), parameter(&back, "iss"));
        format!("/v1/auth/callback?state={state}&iss={iss}&{what}")
    };
    for error in ["temporarily_unavailable", "server_error"] {
        browser.come_back(&at(&format!("error={error}"))).await.refused(503, "datastore_unavailable");
    }
    for (status, body) in [
        (302, ""),
        (200, "<html>wait a moment</html>"),
        (200, ""),
        (200, "{}"),
        (403, "<html>no</html>"),
        (404, ""),
        (400, r#"{"error":"temporarily_unavailable"}"#),
        (400, r#"{"error":"server_error"}"#),
        (429, r#"{"error":"invalid_grant"}"#),
        (503, r#"{"error":"invalid_grant"}"#),
    ] {
        provider.say(Some((status, body))).await;
        let answer = browser.come_back(&back).await;
        assert_eq!(answer.status, 503, "{status} {body}");
        answer.refused(503, "datastore_unavailable");
    }
    // Its own answers again: the same way back is still good.
    provider.say(None).await;
    browser.come_back(&back).await.expect(302);

    // What it refuses it refuses.
    for (status, body) in [(400, r#"{"error":"invalid_grant"}"#), (401, r#"{"error":"invalid_client"}"#)] {
        let place = browser.set_out(&json!({})).await;
        let back = browser.visit(&provider, &place, "alice").await;
        provider.say(Some((status, body))).await;
        browser.come_back(&back).await.refused(401, "unauthenticated");
        provider.say(None).await;
        browser.come_back(&back).await.refused(400, "invalid_query");
    }
    h.stop().await;
}

#[tokio::test]
async fn no_session_begins_once_its_issuer_is_unbound() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    // Known already: nothing but the session is written.
    provider.user(&h, "alice").await.get(WHOAMI).await.expect(200);
    let mut browser = Browser::new(&h);
    let place = browser.set_out(&json!({})).await;
    let back = browser.visit(&provider, &place, "alice").await;
    let mut other = h.db().await;
    other.batch_execute("BEGIN; UPDATE idp_bindings SET disabled_at = now()").await.unwrap();
    let coming = tokio::spawn(async move { browser.come_back(&back).await });
    h.until_held_up(1).await;
    other.batch_execute("COMMIT").await.unwrap();
    coming.await.unwrap().refused(401, "unauthenticated");
    assert_eq!(h.count("SELECT count(*) FROM sessions").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn a_stream_that_a_session_opened_ends_with_its_issuers_binding() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    let (browser, agent) = who_may_follow(&h, &provider).await;
    let mut stream = browser.follow(&agent.path("events")).await;
    let began = Instant::now();
    // The session itself is not revoked, as when its issuer is taken out of the configuration.
    h.sql("UPDATE idp_bindings SET disabled_at = now()").await;
    assert_eq!(stream.rest().await.last(), Some(&Item::Comment("closing".to_owned())));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    h.stop().await;
}

#[tokio::test]
async fn what_sign_ins_leave_goes_in_batches_and_waits_for_nothing_else() {
    let h = Harness::start().await;
    let now = h.clock.now();
    h.sql(&format!(
        "INSERT INTO spent_sign_ins SELECT sha256(n::text::bytea), '{now}'::timestamptz - interval '6 minutes' \
             FROM generate_series(1, 2500) n; \
         INSERT INTO spent_sign_ins VALUES ('kept', '{now}'); \
         ALTER TABLE sessions RENAME TO sessions_away"
    ))
    .await;
    let began = Instant::now();
    h.server.task("housekeeping").unwrap().poke();
    while h.count("SELECT count(*) FROM spent_sign_ins").await > 1 {
        assert!(began.elapsed() < Duration::from_secs(10), "they stay");
    }
    let identity = uuid::Uuid::now_v7();
    h.sql(&format!(
        "ALTER TABLE sessions_away RENAME TO sessions; \
         INSERT INTO identities VALUES ('{identity}', 'user', 'i', 's', NULL, '{now}'); \
         INSERT INTO sessions SELECT gen_random_uuid(), '\\x00', '{identity}', '{now}', '{now}', 60, \
             '{now}'::timestamptz - make_interval(days => 6 + n % 2, secs => 1) FROM generate_series(1, 2500) n"
    ))
    .await;
    h.step("housekeeping").await;
    assert_eq!(h.count("SELECT count(*) FROM sessions").await, 1250);
    assert_eq!(h.count("SELECT count(*) FROM spent_sign_ins").await, 1);
    h.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_writes_when_its_sessions_were_used() {
    let (h, provider) = tokio::join!(Harness::start(), Provider::start());
    provider.bind(&h, None).await;
    let mut browser = Browser::new(&h);
    browser.sign_in(&provider, &json!({}), "alice").await.expect(302);
    let database = h.database.clone();
    h.clock.advance(TimeDelta::minutes(2));
    browser.ask(Method::GET, WHOAMI).await.expect(200);
    h.stop().await;
    let seen = rows(&database, "SELECT 1 AS n FROM sessions WHERE last_seen_at > issued_at").await;
    assert_eq!(seen.len(), 1);
}
