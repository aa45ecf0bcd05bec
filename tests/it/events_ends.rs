//! What ends a stream: whatever opened it does not hold any more, or its reader does not read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::TimeDelta;
use http::Method;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use plexsphere::clock::Clock;
use plexsphere::config::Seconds;
use plexsphere::outbox::{Message, publish};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;

use crate::events::{clients, lab, tell};
use crate::harness::{Agent, Client, Followed, Harness, Item, socket};
use crate::ledger::message;

/// Longer than any limit that is to fire.
const PATIENCE: Duration = Duration::from_secs(60);

async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what} takes too long"))
}

async fn until_metric(h: &Harness, line: &str) {
    patiently(line, async {
        while !h.metrics().await.lines().any(|found| found == line) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_does_not_hold_any_more_ends_its_stream_within_5_seconds_on_every_replica() {
    let h = Harness::start().await;
    let other = h.replica().await;
    let (domain, project, agent) = lab(&h).await;
    let bystander = h.enrol(&project, "db-1").await;
    let path = agent.path("events");
    let identity = format!("user:{}", uuid::Uuid::now_v7());
    let tuple = json!({ "object": format!("project:{project}"), "relation": "admin", "subject": identity });
    let tuple = h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
    let operator = h.client_of(&identity).await;
    let issued = json!({ "identity_ref": identity, "env_prefix": "dev" });
    let issued = operator.post("/v1/auth/tokens", &issued).await.expect(201);
    let below = h.anonymous().with_bearer(issued["token"].as_str().unwrap());
    let below_it = below.post("/v1/auth/tokens", &json!({ "identity_ref": identity, "env_prefix": "dev" })).await;
    let below_it = h.anonymous().with_bearer(below_it.expect(201)["token"].as_str().unwrap());

    let mut of_token = below_it.at(other.address()).follow(&path, None).await;
    let mut of_relation = operator.follow(&path, None).await;
    let mut of_node = Vec::new();
    for client in clients(&h).into_iter().chain([h.anonymous().at(other.address())]) {
        of_node.push(client.with_bearer(&agent.nsk).follow(&path, None).await);
    }
    of_node.push(h.admin.follow(&path, None).await);
    let mut stays = bystander.client.follow(&bystander.path("events"), None).await;

    // A token that issued the one that issued the one that opened it.
    let began = Instant::now();
    h.admin.delete(&format!("/v1/auth/tokens/{}", issued["token_id"].as_str().unwrap())).await.expect(204);
    of_token.closes().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());

    let began = Instant::now();
    h.admin.delete(&format!("/v1/authz/relation-tuples/{}", tuple["tuple_id"].as_str().unwrap())).await.expect(204);
    of_relation.closes().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());

    let began = Instant::now();
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    // The news of that may come before.
    for stream in &mut of_node {
        assert_eq!(stream.rest().await.last(), Some(&Item::Comment("closing".to_owned())));
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());

    tell(&h, &domain, &["after"]).await;
    while stays.event().await.envelope()["payload"]["node_id"] != "after" {}
    assert!(h.metrics().await.contains("plexsphere_streams_closed_total{reason=\"fallen\"} "));
    drop(stays);
    other.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_key_that_was_replaced_ends_its_stream_and_the_new_one_opens_another() {
    let h = Harness::start().await;
    let (_, project, agent) = lab(&h).await;
    let mut old = agent.client.follow(&agent.path("events"), None).await;
    let bound = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": agent.node_id });
    let token = h.bootstrap_token_with(&project, bound).await;
    let again = Agent::enrol(&h.anonymous(), &project, "web-1", &token).await;
    h.step("stream_watch").await;
    assert_eq!(old.rest().await.last(), Some(&Item::Comment("closing".to_owned())));
    drop(again.client.follow(&agent.path("events"), None).await);
    h.stop().await;
}

#[tokio::test]
async fn a_credential_that_ends_by_itself_ends_its_stream() {
    let h = Harness::start_with(|all| all.nsk_lifetime_seconds = Some(Seconds(7200)), |_| {}).await;
    let (domain, _, agent) = lab(&h).await;
    let body =
        json!({ "identity_ref": format!("user:{}", uuid::Uuid::now_v7()), "env_prefix": "dev", "ttl_seconds": 3600 });
    let issued = h.admin.post("/v1/auth/tokens", &body).await.expect(201);
    let tuple = json!({ "object": "platform:plexsphere", "relation": "admin", "subject": body["identity_ref"] });
    h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
    let operator = h.anonymous().with_bearer(issued["token"].as_str().unwrap());
    let mut of_token = operator.follow(&agent.path("events"), None).await;
    let mut of_node = agent.client.follow(&agent.path("events"), None).await;
    h.clock.advance(TimeDelta::seconds(3600));
    h.step("stream_ticker").await;
    of_token.closes().await;
    tell(&h, &domain, &["still"]).await;
    assert_eq!(of_node.event().await.event_type(), "peer_deregistered");
    h.clock.advance(TimeDelta::seconds(3600));
    h.step("stream_ticker").await;
    of_node.closes().await;
    h.stop().await;
}

#[tokio::test]
async fn while_credentials_cannot_be_read_again_streams_stay_open_and_events_wait() {
    let h = Harness::start().await;
    let (domain, project, agent) = lab(&h).await;
    let revoked = h.enrol(&project, "db-1").await;
    h.relayed().await;
    let mut streams: Vec<Followed> = Vec::new();
    for client in clients(&h) {
        streams.push(client.with_bearer(&agent.nsk).follow(&agent.path("events"), None).await);
    }
    let mut of_revoked = revoked.client.follow(&revoked.path("events"), None).await;
    h.step("stream_watch").await;
    h.sql("ALTER TABLE node_secret_keys RENAME TO elsewhere").await;
    // At first what was confirmed is good for a while.
    let mut told = 0;
    let mut came = [0, 0];
    patiently("events that wait", async {
        while came.contains(&told) {
            told += 1;
            tell(&h, &domain, &["x"]).await;
            h.clock.advance(TimeDelta::seconds(25));
            h.step("stream_ticker").await;
            // An event may come before its keep-alive or not at all.
            for (stream, came) in streams.iter_mut().zip(&mut came) {
                while stream.next().await.expect("it stays open") != Item::Comment("keep-alive".to_owned()) {
                    *came += 1;
                }
            }
        }
    })
    .await;
    assert!(told > came[0] && h.metrics().await.contains("plexsphere_task_healthy{task=\"stream_watch\"} 0"));
    // What is revoked meanwhile gets none of what has waited.
    h.sql(&format!("UPDATE elsewhere SET revoked_at = now() WHERE node_id = '{}'", revoked.node_id)).await;
    h.sql("ALTER TABLE elsewhere RENAME TO node_secret_keys").await;
    for (stream, came) in streams.iter_mut().zip(came) {
        assert_eq!(stream.ids(told - came).await.len(), told - came);
    }
    let got = of_revoked.rest().await;
    assert_eq!(got.last(), Some(&Item::Comment("closing".to_owned())));
    assert!(got.len() <= told, "{} of {told}", got.len());
    h.stop().await;
}

/// Events that no buffer on the way holds all of.
pub async fn flood(h: &Harness, domain: &str) {
    let long = "x".repeat(60_000);
    for _ in 0..30 {
        let messages: Vec<Message> = (0..10).map(|_| message(domain, &long)).collect();
        publish(&mut h.db().await, &messages, h.clock.now()).await.unwrap();
    }
    h.relayed().await;
}

/// A socket that takes little before it is full.
async fn narrow(h: &Harness) -> TcpStream {
    let tcp = TcpSocket::new_v4().unwrap();
    tcp.set_recv_buffer_size(16 * 1024).unwrap();
    tcp.connect(h.address()).await.unwrap()
}

/// The Node's stream over HTTP/1, of which nothing is read but the beginning of the head.
async fn stalled(h: &Harness, agent: &Agent) -> TlsStream<TcpStream> {
    let mut stalled = socket::over(narrow(h).await, &["http/1.1"]).await;
    let head = format!(
        "GET {} HTTP/1.1\r\nHost: plexsphere\r\nAuthorization: Bearer {}\r\n\r\n",
        agent.path("events"),
        agent.nsk
    );
    tokio::io::AsyncWriteExt::write_all(&mut stalled, head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stalled.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    until_metric(h, "plexsphere_streams_open 1").await;
    stalled
}

/// HTTP/2 to the server, over which a stream may have so much on its way; and the task that reads it.
async fn http2(h: &Harness, window: u32) -> (SendRequest<Empty<Bytes>>, JoinHandle<()>, Arc<Notify>) {
    let (sender, mut connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(window)
        .initial_connection_window_size(64 * 1024 * 1024)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(socket::over(narrow(h).await, &["h2"]).await))
        .await
        .unwrap();
    let stalls = Arc::new(Notify::new());
    let told = stalls.clone();
    let reads = tokio::spawn(async move {
        tokio::select! {
            _ = &mut connection => {}
            // It stays open, and nobody reads it.
            () = told.notified() => std::future::pending().await,
        }
    });
    (sender, reads, stalls)
}

fn get(agent: &Agent, path: &str) -> http::Request<Empty<Bytes>> {
    http::Request::get(format!("https://plexsphere{path}"))
        .header("authorization", format!("Bearer {}", agent.nsk))
        .body(Empty::new())
        .unwrap()
}

/// Opens the Node's stream and reads its first line.
async fn opened(sender: &mut SendRequest<Empty<Bytes>>, agent: &Agent) -> http::Response<Incoming> {
    let mut response = sender.send_request(get(agent, &agent.path("events"))).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap().starts_with(b"retry: "));
    response
}

/// Returns once no more events go out, however often their readers are woken: nothing on the way has room.
async fn until_full(h: &Harness, domain: &str) {
    let sent = async || {
        let metrics = h.metrics().await;
        let line = metrics.lines().find(|line| line.starts_with("plexsphere_stream_events_total "));
        line.expect("it is not counted").to_owned()
    };
    patiently("a full socket", async {
        let (mut before, mut unchanged) = (String::new(), 0);
        while unchanged < 5 {
            tell(h, domain, &["one more"]).await;
            let now = sent().await;
            unchanged = if now == before { unchanged + 1 } else { 0 };
            before = now;
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut_off_when_what_opened_its_stream_falls() {
    let h = Harness::start().await;
    let (domain, project, agent) = lab(&h).await;
    let mut over_http1 = stalled(&h, &agent).await;
    // Over HTTP/2 one stream has no room, and one whole connection takes nothing.
    let (second, third) = (h.enrol(&project, "db-1").await, h.enrol(&project, "db-2").await);
    let (mut sender, reads, _stalls) = http2(&h, 100).await;
    let mut without_room = opened(&mut sender, &second).await;
    let (mut stalled_sender, _reads, stalls) = http2(&h, 16 * 1024 * 1024).await;
    let _stalled = opened(&mut stalled_sender, &third).await;
    stalls.notify_one();
    flood(&h, &domain).await;
    until_full(&h, &domain).await;
    let began = Instant::now();
    for node in [&agent, &second, &third] {
        h.sql(&format!("UPDATE node_secret_keys SET revoked_at = now() WHERE node_id = '{}'", node.node_id)).await;
    }
    until_metric(&h, "plexsphere_streams_open 0").await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    until_metric(&h, "plexsphere_streams_closed_total{reason=\"fallen\"} 3").await;
    let text = patiently("closing", socket::closed(&mut over_http1)).await;
    assert!(!String::from_utf8(text).unwrap().contains(":closing"), "it was to be cut off");
    let reset = async { while without_room.body_mut().frame().await.is_some_and(|frame| frame.is_ok()) {} };
    patiently("the reset", reset).await;
    assert!(!reads.is_finished(), "what else the connection carries goes on");
    h.stop().await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut_off_and_resumes_where_it_was() {
    let h = Harness::start_with(|all| all.write_timeout_seconds = Some(Seconds(1)), |_| {}).await;
    let (domain, _, agent) = lab(&h).await;
    let mut stalled = stalled(&h, &agent).await;
    flood(&h, &domain).await;
    until_metric(&h, "plexsphere_streams_open 0").await;
    // By the connection's own deadline, not by that of its stream.
    until_metric(&h, "plexsphere_streams_closed_total{reason=\"left\"} 1").await;
    // What arrived arrived whole and in order.
    let text = String::from_utf8(socket::closed(&mut stalled).await).unwrap();
    let ids: Vec<i64> =
        text.lines().filter_map(|line| line.strip_prefix("id: ")).filter_map(|id| id.parse().ok()).collect();
    assert!(!ids.is_empty() && ids.len() < 300, "{}", ids.len());
    assert_eq!(ids, (3..3 + ids.len() as i64).collect::<Vec<_>>());
    let mut again = agent.client.follow(&agent.path("events"), ids.last().copied()).await;
    let left = 300 - ids.len();
    assert_eq!(again.ids(left).await, (3 + ids.len() as i64..303).collect::<Vec<_>>());
    h.stop().await;
}

#[tokio::test]
async fn a_reader_that_gives_its_http_2_stream_no_room_loses_it_and_nothing_else() {
    let h = Harness::start_with(|all| all.write_timeout_seconds = Some(Seconds(1)), |_| {}).await;
    let (domain, _, agent) = lab(&h).await;
    let (mut sender, reads, _) = http2(&h, 100).await;
    let mut response = opened(&mut sender, &agent).await;
    // Nothing else is ever read; the connection answers pings all the while.
    tell(&h, &domain, &["one"]).await;
    tell(&h, &domain, &["two"]).await;
    let began = Instant::now();
    until_metric(&h, "plexsphere_streams_closed_total{reason=\"slow\"} 1").await;
    assert!(began.elapsed() < Duration::from_secs(15), "it does not wait for the next keep-alive");
    let reset = async { while response.body_mut().frame().await.is_some_and(|frame| frame.is_ok()) {} };
    patiently("the reset", reset).await;
    // What else it carries goes on.
    let answer = patiently("an answer", sender.send_request(get(&agent, "/v1/health"))).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!reads.is_finished());
    h.stop().await;
}

#[tokio::test]
async fn a_request_that_hangs_keeps_no_stream_of_a_server_that_stops_open_for_5_seconds() {
    let h = Harness::start_with(|all| all.body_timeout_seconds = Some(Seconds(600)), |_| {}).await;
    let (_, _, agent) = lab(&h).await;
    let mut stream = agent.client.follow(&agent.path("events"), None).await;
    let mut hangs = h.raw().await;
    let bearer = format!("Bearer {}", agent.nsk);
    let lines = [("authorization", &*bearer), ("content-type", "application/json"), ("content-length", "10")];
    hangs.head(&Method::POST, &agent.path("heartbeat"), &lines).await;
    until_metric(&h, "plexsphere_http_requests_in_flight 1").await;
    let began = Instant::now();
    let stops = tokio::spawn(h.server.stop(Duration::from_secs(20)));
    stream.closes().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(hangs);
    patiently("stopping", stops).await.unwrap();
}

#[tokio::test]
async fn a_connection_whose_stream_has_ended_may_rest_only_so_long() {
    let h = Harness::start_with(|all| all.idle_timeout_seconds = Some(Seconds(1)), |_| {}).await;
    let (_, _, agent) = lab(&h).await;
    let mut stream = socket::connect(h.address()).await;
    let head = format!(
        "GET {} HTTP/1.1\r\nHost: plexsphere\r\nAuthorization: Bearer {}\r\n\r\n",
        agent.path("events"),
        agent.nsk
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    // Longer than it may rest: it does not rest.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    until_metric(&h, "plexsphere_streams_open 1").await;
    // They take its place.
    let _others = [
        agent.client.follow(&agent.path("events"), None).await,
        agent.client.follow(&agent.path("events"), None).await,
    ];
    let all = String::from_utf8(patiently("closing", socket::closed(&mut stream)).await).unwrap();
    assert!(all.ends_with(":closing\n\n\r\n0\r\n\r\n"), "{all}");
    h.stop().await;
}

#[tokio::test]
async fn a_reader_that_is_gone_leaves_nothing_behind() {
    let h = Harness::start().await;
    let (_, _, agent) = lab(&h).await;
    for client in clients(&h) {
        let client: Client = client.with_bearer(&agent.nsk);
        for _ in 0..3 {
            drop(client.follow(&agent.path("events"), None).await);
        }
    }
    until_metric(&h, "plexsphere_streams_open 0").await;
    assert!(h.metrics().await.contains("plexsphere_streams_opened_total 6\n"));
    let answer = h.admin.request(Method::GET, &agent.path("events")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    h.stop().await;
}
