//! The load: heartbeats or reports of endpoints over HTTPS, one request at a time on each connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hdrhistogram::Histogram;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

use super::data::{NAT, Nodes};
use super::tls;

/// What is sent.
#[derive(Clone, Copy)]
enum Report {
    Heartbeat,
    /// The same endpoint again and again.
    Endpoint,
}

/// Where reports go and whose they are.
#[derive(Clone)]
pub struct Target {
    report: Report,
    address: SocketAddr,
    nodes: Nodes,
    tls: TlsConnector,
    next: Arc<AtomicUsize>,
}

/// Latencies of an open loop, from the time at which each request was due.
pub struct Latencies {
    pub p50: Duration,
    pub p99: Duration,
    pub max: Duration,
}

impl Target {
    pub fn heartbeats(address: SocketAddr, nodes: Nodes) -> Self {
        Self::new(Report::Heartbeat, address, nodes)
    }

    pub fn endpoints(address: SocketAddr, nodes: Nodes) -> Self {
        Self::new(Report::Endpoint, address, nodes)
    }

    fn new(report: Report, address: SocketAddr, nodes: Nodes) -> Self {
        Self { report, address, nodes, tls: tls::connector(), next: Arc::default() }
    }

    async fn beat(&self, sender: &mut SendRequest<Full<Bytes>>, node: usize) {
        let now = chrono::Utc::now().to_rfc3339();
        let (method, operation, body) = match self.report {
            Report::Heartbeat => (
                Method::POST,
                "heartbeat",
                format!(
                    r#"{{"client_now":"{now}","binary_checksum":"{}","binary_version":"1.4.2","nat_summary":{{"nat_type":"full_cone"}}}}"#,
                    "ab".repeat(32)
                ),
            ),
            Report::Endpoint => (
                Method::PUT,
                "endpoint",
                format!(r#"{{"endpoint":"{}","nat_type":"{NAT}","reported_at":"{now}"}}"#, Nodes::endpoint(node)),
            ),
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1/nodes/{}/{operation}", self.nodes.ids[node]))
            .header("host", "localhost")
            .header("authorization", self.nodes.bearer(node))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        sender.ready().await.unwrap();
        let response = sender.send_request(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    }

    fn next_node(&self) -> usize {
        self.nodes.scattered(self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// Requests a second, and how many, when every connection sends the next one as soon as the last is answered.
pub async fn closed_loop(target: &Target, connections: usize, time: Duration) -> (f64, u64) {
    let mut senders = Vec::new();
    for _ in 0..connections {
        senders.push(tls::connect(&target.tls, target.address).await);
    }
    let began = Instant::now();
    let tasks: Vec<_> = senders
        .into_iter()
        .map(|mut sender| {
            let target = target.clone();
            tokio::spawn(async move {
                let mut sent = 0_u64;
                while began.elapsed() < time {
                    let node = target.next_node();
                    target.beat(&mut sender, node).await;
                    sent += 1;
                }
                sent
            })
        })
        .collect();
    let mut sent = 0;
    for task in tasks {
        sent += task.await.unwrap();
    }
    (sent as f64 / began.elapsed().as_secs_f64(), sent)
}

/// Latencies at `rate` requests a second, each counted from when it was due, also when its connection was still
/// waiting for the last answer.
pub async fn open_loop(target: &Target, connections: usize, rate: f64, time: Duration) -> Latencies {
    let mut ready = Vec::new();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (due, mut dues) = mpsc::unbounded_channel::<Instant>();
        ready.push(due);
        let (target, mut sender) = (target.clone(), tls::connect(&target.tls, target.address).await);
        tasks.push(tokio::spawn(async move {
            let mut seen = Histogram::<u64>::new(3).unwrap();
            while let Some(due) = dues.recv().await {
                let node = target.next_node();
                target.beat(&mut sender, node).await;
                seen.record(due.elapsed().as_micros() as u64).unwrap();
            }
            seen
        }));
    }
    // A thread of its own: the runtime's timers go by whole milliseconds, which would count as latency.
    let pacer = std::thread::spawn(move || {
        let began = Instant::now();
        for (turn, due) in
            ready.iter().cycle().zip((0_u32..).map(|n| began + Duration::from_secs_f64(f64::from(n) / rate)))
        {
            if due - began >= time {
                return;
            }
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            turn.send(due).unwrap();
        }
    });
    let mut all = Histogram::<u64>::new(3).unwrap();
    for task in tasks {
        all.add(task.await.unwrap()).unwrap();
    }
    pacer.join().unwrap();
    let at = |quantile| Duration::from_micros(all.value_at_quantile(quantile));
    Latencies { p50: at(0.5), p99: at(0.99), max: at(1.0) }
}

/// Every Node sends one report.
pub async fn every_node_once(target: &Target, nodes: &Nodes, connections: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (target, next, count) = (target.clone(), next.clone(), nodes.ids.len());
            tokio::spawn(async move {
                let mut sender = tls::connect(&target.tls, target.address).await;
                loop {
                    let node = next.fetch_add(1, Ordering::Relaxed);
                    if node >= count {
                        return;
                    }
                    target.beat(&mut sender, node).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
