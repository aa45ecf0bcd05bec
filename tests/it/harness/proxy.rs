//! A TCP proxy in front of servers, as a network is at its worst: it sends each connection elsewhere, cuts, holds up,
//! trickles, falls silent and closes one way only.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
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
    /// The client is told that nothing more will come; what it sends still goes through.
    HalfClosed,
    /// Closed both ways.
    Cut,
}

pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    targets: Mutex<Vec<SocketAddr>>,
    links: Mutex<BTreeMap<u64, Arc<watch::Sender<Line>>>>,
    /// A connection goes through no more.
    gone: Notify,
    opened: AtomicU64,
    random: Mutex<StdRng>,
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
                link.send_replace(line);
            }
        }
    }

    /// Lets those that are slow be whole again, and ends those that are broken.
    pub fn mend(&self) {
        for link in self.shared.links.lock().unwrap().values() {
            link.send_modify(|line| {
                *line = match *line {
                    Line::Slow(_) | Line::Trickle | Line::Whole => Line::Whole,
                    Line::Silent | Line::HalfClosed | Line::Cut => Line::Cut,
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
        let line = Arc::new(watch::Sender::new(Line::Whole));
        let (target, id) = {
            let targets = self.targets.lock().unwrap();
            if targets.is_empty() {
                return;
            }
            let target = targets[self.random.lock().unwrap().random_range(0..targets.len())];
            let id = self.opened.fetch_add(1, Ordering::Relaxed);
            // Before other targets are set: whoever cuts all lines then cuts this one as well.
            self.links.lock().unwrap().insert(id, line.clone());
            (target, id)
        };
        let mut cut = line.subscribe();
        tokio::select! {
            () = forward(near, target, &line) => {}
            _cut = cut.wait_for(|line| *line == Line::Cut) => {}
        }
        self.links.lock().unwrap().remove(&id);
        self.gone.notify_waiters();
    }
}

async fn forward(near: TcpStream, target: SocketAddr, line: &watch::Sender<Line>) {
    let Ok(far) = TcpStream::connect(target).await else { return };
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let up = pump(near_read, far_write, line.subscribe(), false);
    let down = pump(far_read, near_write, line.subscribe(), true);
    tokio::join!(up, down);
}

/// Forwards until one end is closed, and then closes the other that way.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut line: watch::Receiver<Line>,
    to_client: bool,
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let now = *line.borrow_and_update();
        let read = match now {
            Line::Cut | Line::Silent => 0,
            Line::HalfClosed if to_client => break,
            Line::Trickle => 7,
            Line::Whole | Line::Slow(_) | Line::HalfClosed => bytes.len(),
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
            Line::Slow(most) => tokio::time::sleep(most.mul_f64(rand::random::<f64>())).await,
            Line::Trickle => tokio::time::sleep(Duration::from_millis(1)).await,
            _ => {}
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    let _gone = to.shutdown().await;
}
