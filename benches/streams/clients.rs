//! Thousands of streams in one process: plain TLS sockets, a small reader each.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::RngExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::data::Nodes;
use super::tls;

/// Streams that are being opened at the same time; more would only wait for each other's handshakes.
const OPENING: usize = 256;
/// Enough for the lines that are looked at; of a longer one the rest is let go.
const LINE_BYTES: usize = 96;
/// Nobody waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(300);

/// A stream's client. It comes back with its last id until it is dropped.
#[derive(Default)]
struct Client {
    ids: Mutex<Vec<u64>>,
}

struct Shared {
    address: SocketAddr,
    nodes: Nodes,
    tls: TlsConnector,
    opening: Semaphore,
    open: AtomicUsize,
    delivered: AtomicU64,
    /// When the last event came and the last stream opened, in nanoseconds since the beginning.
    began: Instant,
    last_delivery: AtomicU64,
    last_opening: AtomicU64,
    /// Whether those whose stream ended come back.
    comes_back: AtomicBool,
    refused: AtomicUsize,
}

/// All of them.
pub struct Streams {
    shared: Arc<Shared>,
    clients: Vec<Arc<Client>>,
    tasks: JoinSet<()>,
}

pub fn connector() -> TlsConnector {
    let mut config = tls::trusting();
    // Whole handshakes: those who come back after a restart find a server that knows no sessions either.
    config.resumption = rustls::client::Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// Asks for the stream of the `n`th Node, and returns once it is open.
pub async fn open(
    tls: &TlsConnector,
    address: SocketAddr,
    nodes: &Nodes,
    n: usize,
    last_id: Option<u64>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut stream = tls::raw(tls, address).await?;
    let resume = last_id.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
    let head = format!(
        "GET /v1/nodes/{}/events HTTP/1.1\r\nhost: localhost\r\nauthorization: {}\r\n{resume}\r\n",
        nodes.ids[n],
        nodes.bearer(n)
    );
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    // Byte by byte, so that nothing of the body is lost: rustls has it in memory.
    let mut head = Vec::with_capacity(512);
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    if !head.starts_with(b"HTTP/1.1 200") {
        return Err(std::io::Error::other(String::from_utf8_lossy(&head).into_owned()));
    }
    Ok(stream)
}

impl Streams {
    pub fn new(address: SocketAddr, nodes: &Nodes) -> Self {
        let shared = Shared {
            address,
            nodes: nodes.clone(),
            tls: connector(),
            opening: Semaphore::new(OPENING),
            open: AtomicUsize::new(0),
            delivered: AtomicU64::new(0),
            began: Instant::now(),
            last_delivery: AtomicU64::new(0),
            last_opening: AtomicU64::new(0),
            comes_back: AtomicBool::new(true),
            refused: AtomicUsize::new(0),
        };
        Self { shared: Arc::new(shared), clients: Vec::new(), tasks: JoinSet::new() }
    }

    /// Opens streams until there are `count`; returns how long that took.
    pub async fn grow(&mut self, count: usize) -> Duration {
        let began = Instant::now();
        for n in self.clients.len()..count {
            let client = Arc::new(Client::default());
            self.clients.push(client.clone());
            self.tasks.spawn(self.shared.clone().live(n, client));
        }
        self.all_open(began).await
    }

    /// Returns once all streams are open: how long after `since` the last one was.
    pub async fn all_open(&self, since: Instant) -> Duration {
        until(|| self.shared.open.load(Ordering::Acquire) == self.clients.len(), || self.told()).await;
        self.since(since, &self.shared.last_opening)
    }

    /// Returns once each client has had `events` events in all: how long after `since` the last one came.
    pub async fn all_delivered(&self, events: usize, since: Instant) -> Duration {
        let wanted = (events * self.clients.len()) as u64;
        until(|| self.shared.delivered.load(Ordering::Acquire) >= wanted, || self.told()).await;
        self.since(since, &self.shared.last_delivery)
    }

    /// Returns once no stream is open.
    pub async fn none_open(&self) {
        until(|| self.shared.open.load(Ordering::Acquire) == 0, || self.told()).await;
    }

    fn since(&self, since: Instant, at: &AtomicU64) -> Duration {
        (self.shared.began + Duration::from_nanos(at.load(Ordering::Acquire))).saturating_duration_since(since)
    }

    fn told(&self) -> String {
        let Shared { open, delivered, refused, .. } = &*self.shared;
        format!("{} streams, {open:?} open, {delivered:?} events delivered, {refused:?} refused", self.clients.len())
    }

    /// How many times a stream could not be opened.
    pub fn refused(&self) -> usize {
        self.shared.refused.load(Ordering::Acquire)
    }

    /// Whether each client has had exactly these events, in this order.
    pub fn each_had(&self, ids: &[u64]) -> bool {
        self.clients.iter().all(|client| *client.ids.lock().unwrap() == ids)
    }

    /// What one client has had.
    pub fn had(&self) -> Vec<u64> {
        self.clients[0].ids.lock().unwrap().clone()
    }

    pub async fn stop(mut self) {
        self.shared.comes_back.store(false, Ordering::Release);
        self.tasks.shutdown().await;
    }
}

async fn until(condition: impl Fn() -> bool, told: impl Fn() -> String) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "{}", told());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

impl Shared {
    fn now(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }

    async fn live(self: Arc<Self>, n: usize, client: Arc<Client>) {
        let mut retry = Duration::from_secs(1);
        while self.comes_back.load(Ordering::Acquire) {
            let last_id = client.ids.lock().unwrap().last().copied();
            let opened = {
                let _turn = self.opening.acquire().await.unwrap();
                open(&self.tls, self.address, &self.nodes, n, last_id).await
            };
            if let Ok(stream) = opened {
                self.open.fetch_add(1, Ordering::AcqRel);
                self.last_opening.fetch_max(self.now(), Ordering::AcqRel);
                self.read(stream, &client, &mut retry).await;
                self.open.fetch_sub(1, Ordering::AcqRel);
                tokio::time::sleep(retry).await;
            } else {
                self.refused.fetch_add(1, Ordering::AcqRel);
                // Nobody listens yet, most likely.
                let wait = rand::rng().random_range(0.2..0.5);
                tokio::time::sleep(Duration::from_secs_f64(wait)).await;
            }
        }
    }

    async fn read(&self, mut stream: TlsStream<TcpStream>, client: &Client, retry: &mut Duration) {
        let mut line = Vec::new();
        let mut id = None;
        loop {
            // Not kept while nothing comes.
            let mut bytes = [0; 2048];
            let read = match stream.read(&mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(read) => read,
            };
            for piece in bytes[..read].split_inclusive(|byte| *byte == b'\n') {
                let room = LINE_BYTES.saturating_sub(line.len()).min(piece.len());
                line.extend_from_slice(&piece[..room]);
                if !piece.ends_with(b"\n") {
                    continue;
                }
                // Among the lines are those of the chunked coding; none of them looks like one of ours.
                let text = std::str::from_utf8(&line).unwrap_or_default().trim_end();
                if let Some(number) = text.strip_prefix("id: ") {
                    id = number.parse().ok();
                } else if let Some(millis) = text.strip_prefix("retry: ") {
                    *retry = millis.parse().map_or(*retry, Duration::from_millis);
                } else if text.is_empty()
                    && let Some(id) = id.take()
                {
                    client.ids.lock().unwrap().push(id);
                    self.last_delivery.fetch_max(self.now(), Ordering::AcqRel);
                    self.delivered.fetch_add(1, Ordering::AcqRel);
                }
                line.clear();
            }
        }
    }
}
