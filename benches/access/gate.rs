//! The whole gate beside the bare generated router: the same operation, whose work is a constant, behind the same
//! listener of hyper.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::client::conn::http1::SendRequest;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::access::{Principal, RequestContext};
use plexsphere::api::{ApiContext, App, Capabilities};
use plexsphere::clock::SystemClock;
use plexsphere::config::{Config, Overrides};
use plexsphere::contract::Contract;
use plexsphere::ids::{DomainId, Kid, NodeId, PeerId};
use plexsphere::mesh::Mesh;
use plexsphere::mesh::collaborators::Collaborators;
use plexsphere::mesh::key_rotation::{Preview, RotationPreviews, TriggerRefusal};
use plexsphere::postgres::Database;
use plexsphere::wiring;
use uuid::Uuid;

use super::relations::{Fleet, operator};
use super::{cpu, middle, server};

const ROUNDS: usize = 5;
/// Connections of the load: enough to keep both cores busy.
const CLIENTS: usize = 8;
/// Refusals of each kind whose time is taken.
const REFUSALS: usize = 4_000;

/// Does nothing: what is left is what stands in front of it.
struct Constant;

#[async_trait]
impl RotationPreviews for Constant {
    async fn preview(&self, _: NodeId, _: DateTime<Utc>) -> Result<Preview, TriggerRefusal> {
        let id = Uuid::from_u128(1);
        Ok(Preview {
            domain_id: DomainId(id),
            peer_id: PeerId(id),
            kid: Kid(id),
            wrap_key_version: 1,
            peers: Vec::new(),
            already_pending: false,
            heartbeat_interval: chrono::TimeDelta::seconds(30),
        })
    }
}

struct Client {
    sender: SendRequest<Empty<Bytes>>,
    bearer: String,
}

impl Client {
    async fn connect(address: SocketAddr, bearer: &str) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender, bearer: format!("Bearer {bearer}") }
    }

    async fn ask(&mut self, node: Uuid) -> StatusCode {
        let request = Request::get(format!("/v1/nodes/{node}/keys/rotate/preview"))
            .header("host", "bench")
            .header("authorization", &self.bearer)
            .body(Empty::new())
            .unwrap();
        self.sender.ready().await.unwrap();
        let response = self.sender.send_request(request).await.unwrap();
        let status = response.status();
        response.into_body().collect().await.unwrap();
        status
    }
}

/// The generated router behind hyper, with the context that the gate would have made.
async fn bare(app: App) -> SocketAddr {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let router = Arc::new(plexsphere_api::Service::new(app, false));
    tokio::spawn(async move {
        loop {
            let (stream, _) = socket.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let router = router.clone();
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let router = router.clone();
                async move {
                    let (parts, _) = request.into_parts();
                    let path = parts.uri.path().to_owned();
                    let principal = Principal::Operator(operator(Uuid::from_u128(1)));
                    let context = RequestContext::new("bench".to_owned(), path, Utc::now(), principal);
                    let request = Request::from_parts(parts, Full::new(Bytes::new()));
                    let response = router.call((request, ApiContext::new(context))).await.unwrap();
                    Ok::<_, Infallible>(response)
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

/// Requests a second, and the processor time of this whole process that one took, in microseconds.
async fn rate(address: SocketAddr, token: &str, fleet: &Arc<Fleet>, time: Duration) -> (f64, f64) {
    let (began, spent) = (Instant::now(), cpu::used(std::process::id()));
    let clients = (0..CLIENTS).map(|client| {
        let (token, fleet) = (token.to_owned(), fleet.clone());
        tokio::spawn(async move {
            let mut asks = Client::connect(address, &token).await;
            let mut done = 0_u128;
            while began.elapsed() < time {
                let node = fleet.node((done * 7919) + client as u128);
                assert_eq!(asks.ask(node).await, StatusCode::OK);
                done += 1;
            }
            done
        })
    });
    let mut all = 0;
    for done in clients.collect::<Vec<_>>() {
        all += done.await.unwrap();
    }
    let all = all as f64;
    (all / began.elapsed().as_secs_f64(), (cpu::used(std::process::id()) - spent).as_secs_f64() * 1e6 / all)
}

pub async fn measure(url: &str, fleet: &Fleet, time: Duration) {
    let fleet = Arc::new(fleet.clone());
    let without_tls = server::without_tls(([127, 0, 0, 1], 0).into(), url);
    let settings = Overrides { plaintext: Some(true), ..without_tls };
    let config = Config::load(settings, std::iter::empty()).unwrap();
    let mut collaborators = Collaborators::default();
    let server = wiring::start(&config, Arc::new(SystemClock), |found| {
        found.rotation_previews = Some(Arc::new(Constant));
        collaborators = found.clone();
    })
    .await
    .unwrap();
    let database = Database::new(url, 2).unwrap();
    let (_, token) = first_administrator(&database, "dev", false, Utc::now()).await.unwrap();
    let router = bare(App::new(Capabilities {
        mesh: Mesh::provision(&collaborators),
        tenancy: None,
        tokens: None,
        tuples: None,
        sign_ins: None,
        audit_log: None,
        contract: Arc::new(Contract::load().unwrap()),
    }))
    .await;

    println!("\nThe gate: token, relation, and all that stands before the generated router");
    let slice = time / (2 * ROUNDS as u32);
    let (mut bares, mut gated) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bares.push(rate(router, &token, &fleet, slice).await);
        gated.push(rate(server.address(), &token, &fleet, slice).await);
    }
    let of = |all: &[(f64, f64)]| {
        let (rates, costs) = all.iter().copied().unzip();
        (middle(rates), middle(costs))
    };
    let ((bare, bare_cost), (gate, gate_cost)) = (of(&bares), of(&gated));
    println!("  generated router, hyper             {bare:>9.0}/s");
    println!("  behind the gate                     {gate:>9.0}/s");
    println!("  ratio                               {:>9.2}", gate / bare);
    println!("  processor time of the gate          {:>9.1} us a request", gate_cost - bare_cost);

    refusals(server.address(), &token, &fleet).await;
    server.stop(Duration::from_secs(5)).await;
}

/// Ids that are there beside ids that are not, asked for by somebody who may neither.
async fn refusals(address: SocketAddr, admin: &str, fleet: &Fleet) {
    let user = Uuid::now_v7();
    let body = format!(r#"{{"identity_ref":"user:{user}","env_prefix":"dev"}}"#);
    let made = post(address, admin, "/v1/auth/tokens", &body);
    let made: serde_json::Value = serde_json::from_slice(&made.await).unwrap();
    let mut client = Client::connect(address, made["token"].as_str().unwrap()).await;
    let mut times: [Vec<f64>; 4] = Default::default();
    for n in 0..REFUSALS * 2 {
        // Two of each kind: how far they are from each other is the noise.
        for (kind, times) in times.iter_mut().enumerate() {
            if n % 2 != kind % 2 {
                continue;
            }
            let node = if kind < 2 { fleet.node(n as u128 * 7919) } else { Uuid::now_v7() };
            let began = Instant::now();
            assert_eq!(client.ask(node).await, StatusCode::FORBIDDEN);
            times.push(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    let [there, there_too, unknown, unknown_too] = times.map(middle);
    let noise = (there - there_too).abs().max((unknown - unknown_too).abs());
    let difference = ((there + there_too) - (unknown + unknown_too)).abs() / 2.0;
    println!("\nRefusals: an id that is there beside one that is not");
    println!("  median of one that is there         {:>9.1} us", (there + there_too) / 2.0);
    println!("  median of an unknown one            {:>9.1} us", (unknown + unknown_too) / 2.0);
    println!("  difference                          {difference:>9.1} us");
    println!("  between two medians of one kind     {noise:>9.1} us");
}

async fn post(address: SocketAddr, token: &str, path: &str, body: &str) -> Bytes {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post(path)
        .header("host", "bench")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    response.into_body().collect().await.unwrap().to_bytes()
}
