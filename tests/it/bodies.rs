//! Bodies: what is taken, what is not, and that a refusal arrives however the sender behaves.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};
use diesel_async::SimpleAsyncConnection as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Method;
use plexsphere::clock::Clock;
use plexsphere::config::{Overrides, Seconds};
use plexsphere::ids::{DomainId, NodeId};
use plexsphere::mesh::events::Seen;
use plexsphere::mesh::reachability::{Accepted, HeartbeatRefusal, HeartbeatReport, Reachability, ReachabilityRepo};
use plexsphere::postgres::StorageError;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use crate::harness::agent::{heartbeat, registration};
use crate::harness::{Agent, Answer, Client, Harness};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Target {
    Heartbeat,
    Register,
    CreateDomain,
}

use Target::{CreateDomain, Heartbeat, Register};

const TARGETS: [Target; 3] = [Heartbeat, Register, CreateDomain];

/// A server with a Node and a project, and what is posted to them.
struct Desk {
    h: Harness,
    project: String,
    node: Agent,
    anyone: Client,
    made: AtomicU32,
}

impl Desk {
    async fn open() -> Self {
        let h = Harness::start().await;
        let (_, project) = h.lab().await;
        let node = h.enrol(&project, "desk").await;
        let anyone = h.anonymous();
        Self { h, project, node, anyone, made: AtomicU32::new(0) }
    }

    fn client(&self, target: Target) -> &Client {
        match target {
            Heartbeat => &self.node.client,
            Register => &self.anyone,
            CreateDomain => &self.h.admin,
        }
    }

    fn path(&self, target: Target) -> String {
        match target {
            Heartbeat => self.node.path("heartbeat"),
            Register => "/v1/register".to_owned(),
            CreateDomain => "/v1/domains".to_owned(),
        }
    }

    /// A body that is taken: never the same twice.
    async fn well(&self, target: Target) -> Value {
        let n = self.made.fetch_add(1, Ordering::Relaxed);
        match target {
            Heartbeat => heartbeat(self.h.clock.now()),
            Register => {
                let token = self.h.bootstrap_token(&self.project).await;
                registration(&self.project, &format!("made-{n}"), &token)
            }
            CreateDomain => {
                json!({ "name": "made", "slug": format!("made-{n}"), "mesh_cidr": format!("10.{}.{}.0/24", 100 + n / 256, n % 256) })
            }
        }
    }

    fn request(&self, target: Target) -> reqwest::RequestBuilder {
        self.client(target).request(Method::POST, &self.path(target))
    }

    async fn post(&self, target: Target, body: impl Into<reqwest::Body>) -> Answer {
        self.client(target).send_bytes(Method::POST, &self.path(target), body).await
    }

    fn taken(target: Target, answer: &Answer, what: &str) {
        let status = if target == Heartbeat { 200 } else { 201 };
        assert_eq!(answer.status, status, "{target:?} {what}: {}", String::from_utf8_lossy(&answer.bytes));
    }

    async fn malformed(&self, target: Target, body: impl Into<Vec<u8>>) {
        let body = body.into();
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        let answer = self.post(target, body).await;
        let code = if target == Heartbeat { "malformed_heartbeat_request" } else { "malformed_request" };
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (400, &code.into()), "{target:?} {shown}");
    }
}

impl Target {
    fn cap(self) -> usize {
        if self == Heartbeat { 16 * 1024 } else { 8 * 1024 }
    }

    fn too_large(self) -> &'static str {
        if self == Heartbeat { "heartbeat_body_too_large" } else { "request_body_too_large" }
    }
}

/// The same JSON, as long as wanted.
pub fn padded(body: &Value, length: usize) -> Vec<u8> {
    let mut bytes = body.to_string().into_bytes();
    assert!(bytes.len() <= length);
    bytes.resize(length, b' ');
    bytes
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_body_may_be_exactly_as_long_as_the_cap() {
    let desk = Desk::open().await;
    for target in TARGETS {
        let body = desk.well(target).await;
        desk.post(target, padded(&body, target.cap() + 1)).await.refused(413, target.too_large());
        Desk::taken(target, &desk.post(target, padded(&body, target.cap())).await, "at the cap");
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn the_cap_holds_for_what_comes_in_pieces_and_for_what_is_inflated() {
    let desk = Desk::open().await;
    for target in TARGETS {
        let body = desk.well(target).await;
        let pieces = |length: usize| {
            let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
                padded(&body, length).chunks(1000).map(|piece| Ok(piece.to_vec())).collect();
            reqwest::Body::wrap_stream(futures_util::stream::iter(pieces))
        };
        desk.post(target, pieces(target.cap() + 1)).await.refused(413, target.too_large());
        let zipped = async |bytes: &[u8]| {
            desk.client(target).send(desk.request(target).header("content-encoding", "gzip").body(gzip(bytes))).await
        };
        zipped(&padded(&body, target.cap() + 1)).await.refused(413, target.too_large());
        zipped(&padded(&body, 4 << 20)).await.refused(413, target.too_large());
        Desk::taken(target, &desk.post(target, pieces(target.cap())).await, "in pieces");
        let body = desk.well(target).await;
        Desk::taken(target, &zipped(&padded(&body, target.cap())).await, "inflated");
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn codings_and_media_types_are_told_apart() {
    let desk = Desk::open().await;
    let zipped = |body: &Value| gzip(body.to_string().as_bytes());
    for target in TARGETS {
        for coding in ["gzip", "GZIP", "x-gzip"] {
            let request =
                desk.request(target).header("content-encoding", coding).body(zipped(&desk.well(target).await));
            Desk::taken(target, &desk.client(target).send(request).await, coding);
        }
        let body = desk.well(target).await;
        for coding in ["deflate", "br", "zstd", "compress", "gzip, gzip", "gzip;q=1", "*", "utf-8"] {
            let request = desk.request(target).header("content-encoding", coding).body(zipped(&body));
            desk.client(target).send(request).await.refused(415, "unsupported_content_encoding");
        }
        let twice = desk
            .request(target)
            .header("content-encoding", "gzip")
            .header("content-encoding", "gzip")
            .body(zipped(&body));
        desk.client(target).send(twice).await.refused(415, "unsupported_content_encoding");
        let broken = zipped(&body);
        for bytes in [b"not gzip".to_vec(), broken[..broken.len() - 9].to_vec(), Vec::new()] {
            let request = desk.request(target).header("content-encoding", "gzip").body(bytes);
            let refused = desk.client(target).send(request).await;
            assert_eq!(refused.status, 400, "{target:?}: {}", String::from_utf8_lossy(&refused.bytes));
        }
        for media_type in [
            "text/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "json",
            "application/json, text/plain",
            "multipart/form-data",
        ] {
            let request = desk.request(target).header("content-type", media_type).body(body.to_string());
            desk.client(target).send(request).await.refused(415, "unsupported_media_type");
        }
        for media_type in [
            None,
            Some("application/json"),
            Some("Application/JSON; charset=utf-8"),
            Some("application/vnd.x+json"),
            Some("application/json;x=y"),
        ] {
            let request = desk.request(target).body(desk.well(target).await.to_string());
            let request =
                media_type.into_iter().fold(request, |request, media_type| request.header("content-type", media_type));
            Desk::taken(target, &desk.client(target).send(request).await, media_type.unwrap_or("none"));
        }
    }
    desk.h.stop().await;
}

/// The members of `body`, one of them written as `text` instead.
fn written(body: &Value, member: &str, text: &str) -> String {
    let members = body.as_object().unwrap().iter();
    let mut list: Vec<String> =
        members.filter(|(name, _)| *name != member).map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    list.push(format!("{}:{text}", json!(member)));
    format!("{{{}}}", list.join(","))
}

#[tokio::test]
async fn a_body_that_is_not_one_json_object_is_malformed() {
    let desk = Desk::open().await;
    for target in TARGETS {
        let body = desk.well(target).await;
        let text = body.to_string();
        let first = body.as_object().unwrap().keys().next().unwrap().clone();
        let cut = &text[1..text.len() - 1];
        for bad in [
            String::new(),
            " ".to_owned(),
            "null".to_owned(),
            "true".to_owned(),
            "1".to_owned(),
            "\"{}\"".to_owned(),
            "[]".to_owned(),
            format!("[{text}]"),
            format!("\u{feff}{text}"),
            format!("{text}x"),
            format!("{text}{text}"),
            format!("{text},"),
            format!("{text}\0"),
            text[..text.len() - 1].to_owned(),
            format!("{{{cut},}}"),
            format!("{{{cut},\"{first}\":{}}}", body[&first]),
            format!("{{{cut},\"{first}\":null}}"),
            format!("{{{cut},\"\\u{:04x}{}\":{}}}", first.as_bytes()[0], &first[1..], body[&first]),
            format!("{{{cut},\"unknown\":1}}"),
            format!("{{{cut},\"unknown\":null}}"),
            format!("{{{cut},\"\":1}}"),
            format!("{{{cut},\"{}\":1}}", first.to_uppercase()),
            format!("{{{cut},\"a\\u0000\":1}}"),
            format!("/* why */{text}"),
            text.replace('"', "'"),
        ] {
            desk.malformed(target, bad).await;
        }
        // In a member that is text: what is no text, or text that PostgreSQL does not take.
        let member = match target {
            Heartbeat => "binary_version",
            Register => "resource_handle",
            CreateDomain => "name",
        };
        for bad in [
            &b"\"\xff\""[..],
            b"\"\xed\xa0\x80\"",
            b"\"\xc0\x80\"",
            b"\"a\\u0000b\"",
            b"\"\\ud800\"",
            b"\"\\ud800x\"",
            b"\"a\nb\"",
            b"\"a\0b\"",
            b"\"\\x\"",
        ] {
            let (before, after) =
                written(&body, member, "@").split_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
            desk.malformed(target, [before.as_bytes(), bad, after.as_bytes()].concat()).await;
        }
        Desk::taken(target, &desk.post(target, text).await, "unspoilt");
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn a_member_of_another_type_is_malformed() {
    let desk = Desk::open().await;
    for target in TARGETS {
        let body = desk.well(target).await;
        for (member, value) in body.as_object().unwrap() {
            for (kind, other) in [
                ("string", json!("x")),
                ("number", json!(1)),
                ("boolean", json!(true)),
                ("array", json!([])),
                ("object", json!({})),
            ] {
                let same = match value {
                    Value::String(_) => kind == "string",
                    _ => kind == "object",
                };
                if !same {
                    desk.malformed(target, written(&body, member, &other.to_string())).await;
                }
            }
        }
    }
    let body = desk.well(CreateDomain).await;
    for (member, bad) in [
        ("endpoint_ttl_seconds", "\"300\""),
        ("endpoint_ttl_seconds", "300.5"),
        ("endpoint_ttl_seconds", "99999999999999999999"),
        ("endpoint_ttl_seconds", "18446744073709551615"),
        ("endpoint_ttl_seconds", "1e999"),
        ("endpoint_ttl_seconds", "NaN"),
        ("endpoint_ttl_seconds", "0300"),
        ("reachability", "[]"),
        ("reachability", "{\"unknown\":\"1s\"}"),
        ("reachability", "{\"stale_after\":90}"),
        ("reachability", "{\"stale_after\":\"90s\",\"stale_after\":\"90s\"}"),
        ("region", "{}"),
    ] {
        desk.malformed(CreateDomain, written(&body, member, bad)).await;
    }
    let body = desk.well(Heartbeat).await;
    let nested = |depth: usize| format!("{{\"deep\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    for bad in [
        nested(200).as_str(),
        &nested(7000),
        "{\"a\":1,\"a\":2}",
        "{\"x\":{\"a\":1,\"a\":1}}",
        "{\"x\":[{\"a\":1,\"a\":1}]}",
        "{\"x\":1e999}",
        "{\"x\":\"\\u0000\"}",
    ] {
        desk.malformed(Heartbeat, written(&body, "nat_summary", bad)).await;
    }
    // What is free-form may be anything else.
    for good in [
        nested(100).as_str(),
        "{\"x\":null,\"\":1e308,\"y\":-0.0,\"z\":18446744073709551615}",
        "{\"\\ud83d\\ude00\":\"\u{7f}\u{2028}\"}",
    ] {
        Desk::taken(Heartbeat, &desk.post(Heartbeat, written(&body, "nat_summary", good)).await, good);
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn a_required_member_is_required_and_an_optional_null_counts_as_absent() {
    let desk = Desk::open().await;
    for (target, required) in [
        (Heartbeat, &["client_now", "nat_summary"][..]),
        (Register, &["project_id", "resource_handle", "nonce"]),
        (CreateDomain, &["name", "slug", "mesh_cidr"]),
    ] {
        let body = desk.well(target).await;
        for member in required {
            desk.malformed(target, written(&body, member, "null")).await;
            let mut without = body.clone();
            without.as_object_mut().unwrap().remove(*member);
            desk.malformed(target, without.to_string()).await;
        }
    }
    for (target, member, status, code) in [
        (Heartbeat, "binary_checksum", 400, "binary_checksum_empty"),
        (Heartbeat, "binary_version", 400, "binary_version_empty"),
        (Register, "public_key", 400, "public_key_invalid"),
        (Register, "bootstrap_token", 403, "token_invalid"),
    ] {
        let body = desk.well(target).await;
        desk.post(target, written(&body, member, "null")).await.refused(status, code);
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove(member);
        desk.post(target, without.to_string()).await.refused(status, code);
    }
    for (target, member, text) in [
        (Register, "requested_resource_id", "null"),
        (CreateDomain, "region", "null"),
        (CreateDomain, "reachability", "null"),
        (CreateDomain, "reachability", "{\"heartbeat_interval\":null}"),
        (CreateDomain, "endpoint_ttl_seconds", "null"),
    ] {
        let body = desk.well(target).await;
        Desk::taken(target, &desk.post(target, written(&body, member, text)).await, member);
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn a_time_needs_its_zone_and_may_have_any() {
    let desk = Desk::open().await;
    let now = desk.h.clock.now();
    let body = heartbeat(now);
    let at = |format: &str| json!(now.format(format).to_string()).to_string();
    for bad in [
        at("%Y-%m-%dT%H:%M:%S").as_str(),
        &at("%Y-%m-%d %H:%M:%SZ"),
        &at("%Y-%m-%d"),
        &at("%Y%m%dT%H%M%SZ"),
        &at("%a, %d %b %Y %H:%M:%S GMT"),
        &at("%Y-%m-%dT%H:%MZ"),
        &at("%Y-%m-%dT%H:%M:%S+0000"),
        &at("%Y-%m-%dT%H:%M:%S Z"),
        "\"\"",
        "\"now\"",
        "\"2026-02-30T00:00:00Z\"",
        "\"2026-01-01T25:00:00Z\"",
        &now.timestamp().to_string(),
    ] {
        desk.malformed(Heartbeat, written(&body, "client_now", bad)).await;
    }
    let zone = |hours: i32| now.with_timezone(&chrono::FixedOffset::east_opt(hours * 3600).unwrap());
    for good in [
        now.to_rfc3339_opts(SecondsFormat::Nanos, true),
        now.to_rfc3339_opts(SecondsFormat::Secs, true),
        now.to_rfc3339_opts(SecondsFormat::Millis, true).to_lowercase(),
        zone(14).to_rfc3339(),
        zone(-11).to_rfc3339(),
        now.format("%Y-%m-%dT%H:%M:%S-00:00").to_string(),
    ] {
        Desk::taken(
            Heartbeat,
            &desk.post(Heartbeat, written(&body, "client_now", &json!(good).to_string())).await,
            &good,
        );
    }
    for far in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "9999-12-31T23:59:59-23:59"] {
        desk.post(Heartbeat, written(&body, "client_now", &json!(far).to_string())).await.refused(400, "clock_skew");
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn a_content_length_over_the_cap_is_refused_unread() {
    let desk = Desk::open().await;
    let mut raw = desk.h.raw().await;
    let path = desk.path(Heartbeat);
    let length = (16 * 1024 + 1).to_string();
    raw.head(
        &Method::POST,
        &path,
        &[("Authorization", &format!("Bearer {}", desk.node.nsk)), ("Content-Length", &length)],
    )
    .await;
    // Not a byte of the body is sent.
    let answer = raw.answer(&Method::POST, &path).await;
    answer.refused(413, "heartbeat_body_too_large");
    assert_eq!(answer.header("connection"), Some("close"));
    raw.closed().await;
    desk.h.stop().await;
}

#[tokio::test]
async fn chunks_over_the_cap_are_refused_before_they_end() {
    let desk = Desk::open().await;
    let mut raw = desk.h.raw().await;
    let path = desk.path(Heartbeat);
    raw.head(
        &Method::POST,
        &path,
        &[("Authorization", &format!("Bearer {}", desk.node.nsk)), ("Transfer-Encoding", "chunked")],
    )
    .await;
    raw.write(format!("4000\r\n{}\r\n", " ".repeat(0x4000)).as_bytes()).await;
    raw.write(b"1\r\n \r\n").await;
    let answer = raw.answer(&Method::POST, &path).await;
    answer.refused(413, "heartbeat_body_too_large");
    assert_eq!(answer.header("connection"), Some("close"));
    raw.closed().await;
    desk.h.stop().await;
}

#[tokio::test]
async fn a_refusal_arrives_though_its_caller_is_still_sending() {
    let desk = Desk::open().await;
    let path = desk.path(Heartbeat);
    for (path, status, code) in [
        (path.as_str(), 401, "nsk_revoked"),
        ("/v1/nowhere", 404, "route_not_found"),
        ("/v1/health", 405, "method_not_allowed"),
        ("/v1/nodes/x/heartbeat", 400, "invalid_node_id"),
    ] {
        let mut raw = desk.h.raw().await;
        raw.head(&Method::POST, path, &[("Content-Length", "100000000")]).await;
        for _ in 0..16 {
            assert!(raw.write(&[b' '; 16 * 1024]).await, "the server hung up on {path}");
        }
        let answer = raw.answer(&Method::POST, path).await;
        answer.refused(status, code);
        assert_eq!(answer.header("connection"), Some("close"), "{path}");
        raw.closed().await;
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn a_refusal_with_a_short_body_leaves_the_connection_open() {
    let desk = Desk::open().await;
    let path = desk.path(Heartbeat);
    let mut raw = desk.h.raw().await;
    for _ in 0..3 {
        raw.head(&Method::POST, &path, &[("Content-Length", "2")]).await;
        raw.write(b"{}").await;
        let answer = raw.answer(&Method::POST, &path).await;
        answer.refused(401, "nsk_revoked");
        assert_eq!(answer.header("connection"), None);
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn only_an_accepted_caller_is_told_to_continue() {
    let desk = Desk::open().await;
    let path = desk.path(Heartbeat);
    let bearer = format!("Bearer {}", desk.node.nsk);
    for (authorization, length, status, code) in
        [("Bearer nothing", "100", 401, "nsk_revoked"), (bearer.as_str(), "16385", 413, "heartbeat_body_too_large")]
    {
        let mut raw = desk.h.raw().await;
        raw.head(
            &Method::POST,
            &path,
            &[("Authorization", authorization), ("Content-Length", length), ("Expect", "100-continue")],
        )
        .await;
        let answer = raw.answer(&Method::POST, &path).await;
        answer.refused(status, code);
        // It may send the body all the same, or not: nobody can tell where the next request would begin.
        assert_eq!(answer.header("connection"), Some("close"));
        raw.closed().await;
    }
    let mut raw = desk.h.raw().await;
    let body = desk.well(Heartbeat).await.to_string();
    let length = body.len().to_string();
    for _ in 0..2 {
        raw.head(
            &Method::POST,
            &path,
            &[("Authorization", &bearer), ("Content-Length", &length), ("Expect", "100-continue")],
        )
        .await;
        assert_eq!(raw.answered().await.unwrap().0, 100);
        raw.write(body.as_bytes()).await;
        raw.answer(&Method::POST, &path).await.expect(200);
    }
    desk.h.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_timed_out() {
    let h = Harness::start_with(|settings| settings.body_timeout_seconds = Some(Seconds(1)), |_| {}).await;
    let mut raw = h.raw().await;
    raw.head(&Method::POST, "/v1/register", &[("Content-Length", "100")]).await;
    raw.write(b"{\"project_id\":").await;
    let answer = raw.answer(&Method::POST, "/v1/register").await;
    answer.refused(408, "request_timeout");
    assert_eq!(answer.header("connection"), Some("close"));
    raw.closed().await;
    h.stop().await;
}

/// Takes heartbeats once it is told to.
#[derive(Default)]
struct Patient {
    entered: Notify,
    go_on: Notify,
}

#[async_trait::async_trait]
impl ReachabilityRepo for Patient {
    async fn record(&self, _: NodeId, _: HeartbeatReport, _: DateTime<Utc>) -> Result<Accepted, HeartbeatRefusal> {
        self.entered.notify_one();
        self.go_on.notified().await;
        let seen = Seen { domain_id: DomainId(uuid::Uuid::nil()), delivered: 0, pulled: 0 };
        Ok(Accepted { nsk_flagged: false, nsk_expires_at: None, rotation_pending_until: None, seen })
    }

    async fn read(&self, _: NodeId, _: DateTime<Utc>) -> Result<Option<Reachability>, StorageError> {
        Ok(None)
    }
}

#[tokio::test]
async fn beyond_the_limit_of_requests_in_flight_callers_are_told_to_come_back() {
    let patient = Arc::new(Patient::default());
    let repo = patient.clone();
    let settings = |settings: &mut Overrides| settings.max_in_flight = Some(1);
    let h = Harness::start_with(settings, |all| all.reachability_repo = Some(repo)).await;
    let (_, project) = h.lab().await;
    let node = h.enrol(&project, "first").await;
    let now = h.clock.now();
    let first = node.heartbeat(now);
    let meanwhile = async {
        patient.entered.notified().await;
        for client in [&node.client, &h.anonymous()] {
            let full = client.get("/v1/health").await;
            full.refused(503, "overloaded");
            assert!(full.header("retry-after").is_some());
        }
        // What is refused anyway takes no place.
        h.anonymous().get("/v1/nodes").await.refused(401, "unauthenticated");
        patient.go_on.notify_one();
    };
    let (first, ()) = tokio::join!(first, meanwhile);
    first.expect(200);
    node.client.get("/v1/health").await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn strangers_take_a_part_of_the_places_only() {
    let h = Harness::start_with(|settings| settings.max_in_flight = Some(8), |_| {}).await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let tokens = [("web-2", h.bootstrap_token(&project).await), ("web-3", h.bootstrap_token(&project).await)];
    let mut held = h.db().await;
    held.batch_execute("BEGIN; SELECT FROM domains FOR UPDATE").await.unwrap();
    let anonymous = h.anonymous();
    let bodies = tokens.map(|(handle, token)| registration(&project, handle, &token));
    let enrol = async |body| anonymous.post("/v1/register", body).await;
    let meanwhile = async {
        h.until_held_up(2).await;
        h.anonymous().get("/v1/health").await.refused(503, "overloaded");
        agent.client.get(&agent.path("state")).await.expect(200);
        h.admin.get("/v1/nodes").await.expect(200);
        held.batch_execute("COMMIT").await.unwrap();
    };
    let (one, two, ()) = tokio::join!(enrol(&bodies[0]), enrol(&bodies[1]), meanwhile);
    one.expect(201);
    two.expect(201);
    h.anonymous().get("/v1/health").await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_body_that_dribbles_in_takes_no_place_of_others() {
    let h = Harness::start_with(|settings| settings.max_in_flight = Some(1), |_| {}).await;
    let mut slow = h.raw().await;
    slow.head(&Method::POST, "/v1/register", &[("Content-Length", "2"), ("Expect", "100-continue")]).await;
    // From here on its body is being waited for.
    assert_eq!(slow.answered().await.unwrap().0, 100);
    h.anonymous().get("/v1/health").await.expect(200);
    slow.write(b"{}").await;
    slow.answer(&Method::POST, "/v1/register").await.refused(400, "malformed_request");
    h.stop().await;
}

#[tokio::test]
async fn a_correlation_id_is_kept_when_it_is_well_formed() {
    let h = Harness::start().await;
    let client = h.anonymous();
    let longest = "a".repeat(64);
    for path in ["/v1/health", "/v1/nodes", "/v1/nowhere"] {
        for given in ["a", "A.b_c-9", longest.as_str()] {
            let answer = client.send(client.request(Method::GET, path).header("x-correlation-id", given)).await;
            assert_eq!(answer.header("x-correlation-id"), Some(given));
        }
        let mut made = std::collections::BTreeSet::new();
        for given in ["", "a b", "a/b", "a\"b", &"a".repeat(65), "%0a"] {
            let answer = client.send(client.request(Method::GET, path).header("x-correlation-id", given)).await;
            let id = answer.header("x-correlation-id").unwrap().to_owned();
            assert_eq!(id.parse::<uuid::Uuid>().unwrap().get_version_num(), 7, "{given:?} became {id}");
            made.insert(id);
        }
        assert_eq!(made.len(), 6, "each request has its own");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_head_beyond_every_buffer_is_refused_and_one_within_hyper_s_gets_its_problem() {
    let h = Harness::start().await;
    let mut raw = h.raw().await;
    raw.head(&Method::GET, "/v1/health", &[("X-Padding", &"x".repeat(16 * 1024 - 100))]).await;
    raw.answer(&Method::GET, "/v1/health").await.expect(200);
    raw.head(&Method::GET, "/v1/health", &[("X-Padding", &"x".repeat(16 * 1024))]).await;
    raw.answer(&Method::GET, "/v1/health").await.refused(431, "request_headers_too_large");
    raw.write(format!("GET /v1/health HTTP/1.1\r\nX-Padding: {}", "x".repeat(70 * 1024)).as_bytes()).await;
    assert_eq!(raw.answered().await.unwrap().0, 431);
    h.stop().await;
}

/// Fails in every way that a handler can.
struct Broken;

#[async_trait::async_trait]
impl ReachabilityRepo for Broken {
    async fn record(&self, _: NodeId, _: HeartbeatReport, _: DateTime<Utc>) -> Result<Accepted, HeartbeatRefusal> {
        panic!("a secret cause")
    }

    async fn read(&self, _: NodeId, _: DateTime<Utc>) -> Result<Option<Reachability>, StorageError> {
        let cause = diesel::result::Error::QueryBuilderError("a secret cause".into());
        Err(cause.into())
    }
}

#[tokio::test]
async fn a_fault_of_ours_is_told_in_fixed_text_under_the_correlation_id() {
    let h = Harness::start_with(|_| {}, |all| all.reachability_repo = Some(Arc::new(Broken))).await;
    let (_, project) = h.lab().await;
    let node = h.enrol(&project, "unlucky").await;
    let client = &node.client;
    let beat = client.request(Method::POST, &node.path("heartbeat")).body(heartbeat(h.clock.now()).to_string());
    let read = client.request(Method::GET, &node.path("reachability"));
    for (what, request) in [("panic", beat), ("failed query", read)] {
        let answer = client.send(request.header("x-correlation-id", "seen-by-the-caller")).await;
        let problem = answer.refused(500, "internal");
        assert_eq!(problem["correlation_id"], "seen-by-the-caller");
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("secret"), "{what}: {problem}");
        assert_eq!(
            problem["detail"],
            "The server failed to answer this request. It has been logged under the correlation id."
        );
    }
    // The server, and even the connection, go on.
    client.get("/v1/health").await.expect(200);
    h.stop().await;
}

/// Text that comes near to what some member wants.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[a-z0-9._-]{0,20}",
        "[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,12})?(Z|z|[+-][0-2][0-9]:[0-5][0-9])",
        "[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,3}",
        "[0-9a-f:]{2,30}/[0-9]{1,3}",
        "-?[0-9]{1,20}(\\.[0-9]{1,20})?(ns|us|ms|s|m|h)",
        "[A-Za-z0-9+/]{43}=",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "psb_[a-z]{1,4}_[a-z2-7]{26}_(node|bridge)_[a-z2-7]{52}",
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(
                (
                    prop_oneof![
                        text(),
                        "peers|node_id|last_handshake_at|stale_after|unreachable_after|heartbeat_interval"
                    ],
                    inner
                ),
                0..5
            )
            .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// What is done to a good body: a member is replaced, taken out, or added.
fn mutations(members: &'static [&'static str]) -> impl Strategy<Value = Vec<(String, Option<Value>)>> {
    let name = prop_oneof![9 => prop::sample::select(members).prop_map(str::to_owned), 1 => text()];
    prop::collection::vec(
        (name, prop::option::weighted(0.9, prop_oneof![any_json(), text().prop_map(Value::from)])),
        1..4,
    )
}

fn no_body_gives_a_5xx(target: Target, members: &'static [&'static str]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let desk = runtime.block_on(Desk::open());
    let mut runner =
        TestRunner::new(Config { cases: 150, failure_persistence: None, max_shrink_iters: 200, ..Config::default() });
    let outcome = runner.run(&mutations(members), |mutations| {
        let answer = runtime.block_on(async {
            let mut body = desk.well(target).await;
            let object = body.as_object_mut().unwrap();
            for (member, value) in mutations {
                match value {
                    Some(value) => object.insert(member, value),
                    None => object.remove(&member),
                };
            }
            desk.post(target, body.to_string()).await
        });
        prop_assert!(answer.status.as_u16() < 500, "{}: {}", answer.status, String::from_utf8_lossy(&answer.bytes));
        Ok(())
    });
    runtime.block_on(desk.h.stop());
    outcome.unwrap();
}

#[test]
fn no_heartbeat_gives_a_5xx() {
    no_body_gives_a_5xx(Heartbeat, &["client_now", "binary_checksum", "binary_version", "nat_summary"]);
}

#[test]
fn no_enrolment_gives_a_5xx() {
    no_body_gives_a_5xx(
        Register,
        &["project_id", "resource_handle", "bootstrap_token", "nonce", "public_key", "requested_resource_id"],
    );
}

#[test]
fn no_new_domain_gives_a_5xx() {
    let members =
        &["name", "slug", "mesh_cidr", "region", "reachability", "endpoint_ttl_seconds", "rotation_expiry_seconds"];
    no_body_gives_a_5xx(CreateDomain, members);
}
