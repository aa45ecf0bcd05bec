//! Heartbeats as fast as the server takes them, or at a rate, over a few connections.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::agent::{Agent, Outcome, World};
use crate::connection::Connection;
use plexsphere::agent::Backoff;

/// What the load was to be.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Over so many connections.
    pub connections: usize,
    /// So many heartbeats a second; `None`: as many as the server takes.
    pub rate: Option<f64>,
    /// For so long.
    pub duration: Duration,
}

/// What the load was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// How long it lasted.
    pub elapsed: Duration,
    /// Heartbeats that were due, but were not sent before the end: the server did not keep up.
    pub unsent: u64,
}

/// Puts the load on the server and gives the agents back. Each connection speaks for its own share of them, in turn.
pub async fn run(agents: Vec<Agent>, load: Load, world: Arc<World>) -> Done {
    let connections = load.connections.clamp(1, agents.len().max(1));
    let mut shares: Vec<Vec<Agent>> = (0..connections).map(|_| Vec::new()).collect();
    for (at, agent) in agents.into_iter().enumerate() {
        shares[at % connections].push(agent);
    }
    // Open before the clock starts: this is about heartbeats.
    let mut workers = Vec::new();
    for share in shares.into_iter().filter(|share| !share.is_empty()) {
        let mut connection = world.caller.connection();
        if let Ok(Some(took)) = connection.ensure_open().await {
            world.caller.stats().connect(took);
        }
        workers.push((share, connection));
    }

    let began = Instant::now();
    let end = began + load.duration;
    let mut tasks = JoinSet::new();
    let mut queues = Vec::new();
    for (share, connection) in workers {
        let due = load.rate.map(|_| {
            let (sender, receiver) = mpsc::unbounded_channel();
            queues.push(sender);
            receiver
        });
        tasks.spawn(work(share, connection, due, end, Arc::clone(&world)));
    }
    if let Some(rate) = load.rate {
        let world = Arc::clone(&world);
        // A thread of its own: timers of the runtime are a millisecond coarse, and that would count as latency.
        thread::spawn(move || pace(&queues, rate, began, end, &world));
    }
    let mut unsent = 0;
    while let Some(worker) = tasks.join_next().await {
        unsent += worker.unwrap_or_default();
    }
    Done { elapsed: began.elapsed(), unsent }
}

/// Tells each connection in turn when its next heartbeat is due, whether or not the one before is answered.
fn pace(queues: &[mpsc::UnboundedSender<Instant>], rate: f64, began: Instant, end: Instant, world: &World) {
    for (number, queue) in (0_u32..).zip(queues.iter().cycle()) {
        let due = began + Duration::from_secs_f64(f64::from(number) / rate);
        if due >= end || world.is_over() {
            return;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if queue.send(due).is_err() {
            return;
        }
    }
}

/// Sends heartbeats until the end; says how many of those that were due were not sent.
async fn work(
    mut share: Vec<Agent>,
    mut connection: Connection,
    mut due: Option<mpsc::UnboundedReceiver<Instant>>,
    end: Instant,
    world: Arc<World>,
) -> u64 {
    let mut turn = 0;
    let mut backoff = Backoff::default();
    let mut rng = SmallRng::seed_from_u64(share.first().map_or(0, |agent| agent.index() as u64));
    loop {
        let intended = match due.as_mut() {
            Some(due) => match due.recv().await {
                Some(intended) => Some(intended),
                None => return 0,
            },
            None => None,
        };
        if Instant::now() >= end || world.is_over() {
            // This one, and those behind it.
            let behind = due.map_or(0, |due| due.len() as u64);
            return behind + u64::from(intended.is_some());
        }
        let at = turn % share.len().max(1);
        turn += 1;
        let Some(agent) = share.get_mut(at) else { return 0 };
        match agent.heartbeat(&mut connection, &world, intended).await {
            Outcome::Failed { retry_after } => {
                world.caller.stats().retries.increment();
                let wait = backoff.after_failure(retry_after, &mut rng);
                world.is_over_before((Instant::now() + wait).min(end)).await;
            }
            Outcome::Accepted { renew_nsk: true, .. } => {
                agent.re_enrol(&mut connection, &world).await;
            }
            Outcome::Unauthenticated(operation) => {
                agent.turned_away(operation, &mut connection, &world).await;
            }
            Outcome::Rejected => {
                share.swap_remove(at);
                if share.is_empty() {
                    return 0;
                }
            }
            Outcome::Accepted { renew_nsk: false, .. } | Outcome::Odd => backoff.reset(),
        }
    }
}
