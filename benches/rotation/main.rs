//! `make bench`: rotating the mesh keys of a whole Domain, beside enrolling it in the same run.
//!
//! Prints a ratio; the absolute figures are of this machine and this moment. Everything is on loopback: a PostgreSQL
//! that is durable, the release server in a process of its own, and the load in this one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a program to measure with

#[allow(dead_code)] // the spine uses more of it
#[path = "../spine/server.rs"]
mod server;
#[allow(dead_code)] // the others use more of it
#[path = "../spine/tls.rs"]
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::Utc;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::access::credential::new_secret;
use plexsphere::postgres::Database;
use serde_json::{Value, json};
use tokio_rustls::TlsConnector;
use uuid::Uuid;

/// Nodes of the Domain.
const NODES: usize = 2_000;
/// Connections, each with one request at a time: enough to keep both processors busy.
const CLIENTS: usize = 32;
/// Events of one rotation, as `docs/key-rotation.md` tells.
const EVENTS: [&str; 2] = ["peer_key_rotated", "rotate_keys"];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let postgres = server::postgres().await;
    let url = server::fresh(&postgres, "bench_rotation").await;
    let database = Database::new(&url, 1).unwrap();
    let (_, token) = first_administrator(&database, "dev", false, Utc::now()).await.unwrap();
    let serving = server::Serving::start(&url).await;
    let target = Target::new(serving.address, format!("Bearer {}", token.as_str()));
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);

    println!("Mesh keys of a Domain of {NODES} Nodes, {CLIENTS} clients");
    let project = project(&target).await;
    let tokens = target.each(NODES, move |mut caller, _| {
        let path = format!("/v1/projects/{project}/bootstrap-tokens");
        async move {
            let body = json!({ "kind": "node", "env_prefix": "dev", "ttl_seconds": 3600 });
            let issued = caller.admin(Method::POST, &path, Some(&body), 201).await;
            (caller, (project, issued["token"].as_str().unwrap().to_owned()))
        }
    });
    let tokens = Arc::new(tokens.await);
    let began = Instant::now();
    let bearers = target.each(NODES, move |mut caller, n| {
        let (project, token) = tokens[n].clone();
        async move {
            let body = json!({
                "project_id": project, "resource_handle": format!("machine-{n}"), "bootstrap_token": token,
                "nonce": Uuid::new_v4().simple().to_string(), "public_key": public_key(),
            });
            let enrolled = caller.send(Method::POST, "/v1/register", "", Some(&body), 201).await;
            let id: Uuid = enrolled["node_id"].as_str().unwrap().parse().unwrap();
            let nsk = STANDARD.decode(enrolled["nsk"].as_str().unwrap()).unwrap();
            let bearer =
                format!("Bearer nsk_dev_{}", URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), &nsk].concat()));
            (caller, (id, bearer))
        }
    });
    let bearers = Arc::new(bearers.await);
    let enrolments = NODES as f64 / began.elapsed().as_secs_f64();

    let before = events(&client).await;
    let began = Instant::now();
    let rotating = target.each(NODES, move |mut caller, n| {
        let (id, bearer) = bearers[n].clone();
        async move {
            caller.admin(Method::POST, &format!("/v1/nodes/{id}/keys/rotate"), None, 200).await;
            let body = json!({ "new_public_key": public_key() });
            caller.send(Method::POST, "/v1/keys/rotate", &bearer, Some(&body), 200).await;
            (caller, ())
        }
    });
    rotating.await;
    let rotations = NODES as f64 / began.elapsed().as_secs_f64();
    println!("  enrolments over HTTPS             {enrolments:>9.0}/s");
    println!("  rotations, trigger and completion {rotations:>9.0}/s");
    println!("  ratio                             {:>9.2}   (target: at least 1)", rotations / enrolments);
    let mut told = events(&client).await;
    told.retain(|event, count| {
        *count -= before.get(event).copied().unwrap_or(0);
        *count > 0
    });
    let documented: BTreeMap<String, i64> = EVENTS.iter().map(|event| ((*event).to_owned(), NODES as i64)).collect();
    assert_eq!(told, documented, "events of {NODES} rotations");
    println!("  events a rotation                 {:>9}   (documented: {})", told.len(), EVENTS.join(", "));
    drop(client);
    serving.stop().await;
    postgres.destroy().await.unwrap();
}

fn public_key() -> String {
    STANDARD.encode(x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(*new_secret().unwrap())))
}

async fn project(target: &Target) -> Uuid {
    let mut caller = target.connect().await;
    let domain = json!({
        "name": "bench", "slug": "bench", "mesh_cidr": "10.0.0.0/16",
        "reachability": { "heartbeat_interval": "30s", "stale_after": "90s", "unreachable_after": "300s" },
    });
    let domain = caller.admin(Method::POST, "/v1/domains", Some(&domain), 201).await;
    let project = json!({ "domain_id": domain["domain_id"], "name": "bench", "slug": "bench" });
    let project = caller.admin(Method::POST, "/v1/projects", Some(&project), 201).await;
    project["project_id"].as_str().unwrap().parse().unwrap()
}

/// Events by type, whether they wait for the relay or are in the log.
async fn events(client: &tokio_postgres::Client) -> BTreeMap<String, i64> {
    // One statement: an event on its way from one table to the other is counted once.
    let rows = client
        .query(
            "SELECT event_type, count(*) FROM (SELECT event_type FROM outbox UNION ALL SELECT event_type FROM event_log) e \
             GROUP BY event_type",
            &[],
        )
        .await
        .unwrap();
    rows.into_iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[derive(Clone)]
struct Target {
    address: SocketAddr,
    admin: Arc<str>,
    tls: TlsConnector,
}

impl Target {
    fn new(address: SocketAddr, admin: String) -> Self {
        Self { address, admin: admin.into(), tls: tls::connector() }
    }

    async fn connect(&self) -> Caller {
        Caller { sender: tls::connect(&self.tls, self.address).await, admin: self.admin.clone() }
    }

    /// Does `work` for each number, over all connections; what came of it is in the order of the numbers.
    async fn each<T, W, F>(&self, count: usize, work: W) -> Vec<T>
    where
        T: Send + 'static,
        W: Fn(Caller, usize) -> F + Send + Sync + 'static,
        F: Future<Output = (Caller, T)> + Send,
    {
        let (next, work) = (Arc::new(AtomicUsize::new(0)), Arc::new(work));
        let mut tasks = Vec::new();
        for _ in 0..CLIENTS {
            let (mut caller, next, work) = (self.connect().await, next.clone(), work.clone());
            tasks.push(tokio::spawn(async move {
                let mut done = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return done;
                    }
                    let (back, outcome) = work(caller, n).await;
                    caller = back;
                    done.push((n, outcome));
                }
            }));
        }
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        all.sort_by_key(|(n, _)| *n);
        all.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

struct Caller {
    sender: SendRequest<Full<Bytes>>,
    admin: Arc<str>,
}

impl Caller {
    async fn admin(&mut self, method: Method, path: &str, body: Option<&Value>, status: u16) -> Value {
        let bearer = self.admin.clone();
        self.send(method, path, &bearer, body, status).await
    }

    async fn send(&mut self, method: Method, path: &str, bearer: &str, body: Option<&Value>, status: u16) -> Value {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
        if !bearer.is_empty() {
            request = request.header("authorization", bearer);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        self.sender.ready().await.unwrap();
        let answer = self.sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.unwrap();
        let seen = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(seen, status, "{path}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap()
    }
}
