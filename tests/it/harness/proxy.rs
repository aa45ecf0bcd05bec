//! A TCP proxy in front of servers, as a network is at its worst: it sends each connection elsewhere, cuts, holds up,
//! trickles, stalls, falls silent and closes one way only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, watch};

/// How a connection goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// As it should.
    Whole,
    /// Each piece waits for up to this long.
    Slow(Duration),
    /// A few bytes at a time.
    Trickle,
    /// Nothing goes through, and nobody is told.
    Silent,
    /// As if neither end read: what is sent waits in buffers until they are full.
    Stalled,
    /// This end is told that nothing more will come; what it sends still goes through.
    HalfClosed(End),
    /// Closed both ways.
    Cut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Client,
    Server,
}

/// Small, so that less has to be sent before a stalled line is full.
const RECEIVE_BUFFER_BYTES: u32 = 32 * 1024;

pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    targets: Mutex<Vec<SocketAddr>>,
    links: Mutex<BTreeMap<u64, Link>>,
    /// A connection goes through no more.
    gone: Notify,
    opened: AtomicU64,
    random: Mutex<StdRng>,
}

#[derive(Clone)]
struct Link {
    client: SocketAddr,
    line: Arc<watch::Sender<Line>>,
}

impl Link {
    /// Whether it does: one that is cut stays so.
    fn turns(&self, line: Line) -> bool {
        self.line.send_if_modified(|now| {
            let whole = *now != Line::Cut;
            if whole {
                *now = line;
            }
            whole
        })
    }
}

impl Proxy {
    /// Sends each connection to one of `targets`, by chance.
    pub async fn start(targets: &[SocketAddr], seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            targets: Mutex::new(targets.to_vec()),
            links: Mutex::default(),
            gone: Notify::new(),
            opened: AtomicU64::new(0),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
        });
        let accepting = shared.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().link(near));
            }
        });
        Self { address, shared }
    }

    /// Where new connections go from now on; nowhere: they are closed.
    pub fn set_targets(&self, targets: &[SocketAddr]) {
        *self.shared.targets.lock().unwrap() = targets.to_vec();
    }

    /// Lets about this share of the connections be like this.
    pub fn some(&self, share: f64, line: Line) {
        let links: Vec<_> = self.shared.links.lock().unwrap().values().cloned().collect();
        for link in links {
            if self.shared.random.lock().unwrap().random_bool(share) {
                link.turns(line);
            }
        }
    }

    /// Lets the connection of this client be like this; whether there is one.
    pub fn one(&self, client: SocketAddr, line: Line) -> bool {
        let links = self.shared.links.lock().unwrap();
        let link = links.values().find(|link| link.client == client);
        link.is_some_and(|link| link.turns(line))
    }

    /// Lets those that are slow or stalled be whole again, and ends those that are broken.
    pub fn mend(&self) {
        for link in self.shared.links.lock().unwrap().values() {
            link.line.send_modify(|line| {
                *line = match *line {
                    Line::Slow(_) | Line::Trickle | Line::Stalled | Line::Whole => Line::Whole,
                    Line::Silent | Line::HalfClosed(_) | Line::Cut => Line::Cut,
                };
            });
        }
    }

    /// Returns once no connection goes through.
    pub async fn idle(&self) {
        loop {
            let gone = self.shared.gone.notified();
            if self.shared.links.lock().unwrap().is_empty() {
                return;
            }
            gone.await;
        }
    }

    /// How many connections there have been.
    pub fn opened(&self) -> u64 {
        self.shared.opened.load(Ordering::Relaxed)
    }
}

impl Shared {
    async fn link(self: Arc<Self>, near: TcpStream) {
        let Ok(client) = near.peer_addr() else { return };
        let line = Arc::new(watch::Sender::new(Line::Whole));
        let (target, id) = {
            let targets = self.targets.lock().unwrap();
            if targets.is_empty() {
                return;
            }
            let target = targets[self.random.lock().unwrap().random_range(0..targets.len())];
            let id = self.opened.fetch_add(1, Ordering::Relaxed);
            // Before other targets are set: whoever cuts all lines then cuts this one as well.
            self.links.lock().unwrap().insert(id, Link { client, line: line.clone() });
            (target, id)
        };
        let mut cut = line.subscribe();
        tokio::select! {
            () = self.forward(near, target, &line) => {}
            _cut = cut.wait_for(|line| *line == Line::Cut) => {}
        }
        self.links.lock().unwrap().remove(&id);
        self.gone.notify_waiters();
    }

    async fn forward(&self, near: TcpStream, target: SocketAddr, line: &watch::Sender<Line>) {
        let far = TcpSocket::new_v4().unwrap();
        far.set_recv_buffer_size(RECEIVE_BUFFER_BYTES).unwrap();
        let Ok(far) = far.connect(target).await else { return };
        near.set_nodelay(true).unwrap();
        far.set_nodelay(true).unwrap();
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        let up = self.pump(near_read, far_write, line.subscribe(), End::Server);
        let down = self.pump(far_read, near_write, line.subscribe(), End::Client);
        tokio::join!(up, down);
    }

    /// Forwards to one end until the other is closed, and then closes that one that way.
    async fn pump(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        mut line: watch::Receiver<Line>,
        end: End,
    ) {
        let mut bytes = vec![0; 16 * 1024];
        loop {
            let now = *line.borrow_and_update();
            let read = match now {
                Line::Cut | Line::Silent | Line::Stalled => 0,
                Line::HalfClosed(closed) if closed == end => break,
                Line::Trickle => 7,
                Line::Whole | Line::Slow(_) | Line::HalfClosed(_) => bytes.len(),
            };
            let read = tokio::select! {
                read = from.read(&mut bytes[..read]), if read > 0 => read.unwrap_or(0),
                changed = line.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => break,
                },
            };
            if read == 0 {
                break;
            }
            match now {
                Line::Slow(most) => {
                    let part = self.random.lock().unwrap().random::<f64>();
                    tokio::time::sleep(most.mul_f64(part)).await;
                }
                Line::Trickle => tokio::time::sleep(Duration::from_millis(1)).await,
                _ => {}
            }
            if to.write_all(&bytes[..read]).await.is_err() {
                break;
            }
        }
        let _gone = to.shutdown().await;
    }
}
