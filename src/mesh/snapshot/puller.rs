//! Pulls of one Domain share statements, as heartbeats share commits: what has queued while the last statement ran is
//! answered by the next one. A statement begins after all pulls that it answers.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{OnceCell, Semaphore, oneshot};

use super::coding::encode;
use super::held::Held;
use super::peer_list::parts;
use super::{Coding, DomainRows, OwnRows, PeerList, PullRefusal, SnapshotProvider, SnapshotSource, Tag};
use crate::ids::{DomainId, NodeId};
use crate::mesh::peers::PeerView;
use crate::postgres::{Availability, StorageError};

/// Statements at once, one a Domain: as many connections are kept for them. A storm of one Domain is one statement
/// at a time.
pub const STATEMENTS_AT_ONCE: usize = 4;
/// Pulls that may wait: a whole fleet at once after a change. At one statement a batch it is well under a second.
const QUEUE: usize = 20_000;
/// Nodes in one statement.
const BATCH: usize = 2048;
/// How often a batch that still grows lets others run first.
const ROUNDS: usize = 8;
/// Memory for the lists of Domains: some ten of 10,000 Nodes.
const HELD_BYTES: usize = 96 * 1024 * 1024;
/// What a list takes once both compressed forms exist, as a multiple of its plain bytes. Keys do not compress.
const WITH_CODINGS: usize = 3;
/// Memory for the own parts of the last states of Nodes, which an outage is bridged with: some 40,000 Nodes.
const RECENT_BYTES: u64 = 48 * 1024 * 1024;
/// What a Node's own part takes besides its bytes.
const RECENT_OVERHEAD: u64 = 256;
/// A larger list is made apart from the threads that answer requests.
const SMALL_LIST: usize = 256;

/// A Domain's peers.
#[derive(Debug)]
struct DomainPeers {
    list: PeerList,
    /// All chunks are there in this coding: made by whoever asked first, while the others wait.
    gzip: OnceCell<()>,
    zstd: OnceCell<()>,
}

impl DomainPeers {
    /// Sees to it that all chunks are there in `coding`.
    async fn compress(self: &Arc<Self>, coding: Coding) -> std::io::Result<()> {
        let cell = match coding {
            Coding::Identity => return Ok(()),
            Coding::Gzip => &self.gzip,
            Coding::Zstd => &self.zstd,
        };
        let peers = self.clone();
        let all = move || peers.list.chunks().iter().try_for_each(|chunk| chunk.compress(coding));
        cell.get_or_try_init(|| async { apart(all).await? }).await.copied()
    }
}

/// Does `work` on a thread that may take its time.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)
}

/// A Node's state.
#[derive(Clone, Debug)]
pub struct Snapshot {
    node_id: NodeId,
    tag: Tag,
    tail: Bytes,
    /// `None`: the Node is drained.
    peers: Option<Arc<DomainPeers>>,
}

impl Snapshot {
    fn new(node_id: NodeId, domain_id: DomainId, tail: Bytes, peers: Option<Arc<DomainPeers>>) -> Self {
        let version = peers.as_ref().map(|peers| peers.list.version());
        Self { node_id, tag: Tag::of(node_id, domain_id, version, &tail), tail, peers }
    }

    /// What tells it from other states.
    pub fn tag(&self) -> &Tag {
        &self.tag
    }

    /// Its bytes, in pieces of which most are shared with other Nodes.
    ///
    /// # Errors
    /// When the compressor fails: no memory.
    pub async fn body(&self, coding: Coding) -> std::io::Result<Vec<Bytes>> {
        if let Some(peers) = &self.peers {
            peers.compress(coding).await?;
        }
        let list = self.peers.as_ref().map(|peers| &peers.list);
        let chunks = list.map_or(&[][..], PeerList::chunks);
        encode(coding, parts(list, self.node_id, self.tail.clone()), chunks)
    }
}

type Answer = Result<Option<Snapshot>, PullRefusal>;

struct Waiting {
    node_id: NodeId,
    answer: oneshot::Sender<Answer>,
}

/// Pulls of one Domain, or of Nodes whose Domain is not known.
type Lane = Option<DomainId>;

#[derive(Default)]
struct Lanes {
    /// A lane that is here is being worked on.
    running: HashMap<Lane, VecDeque<Waiting>>,
    waiting: usize,
}

/// What was last read of a Node itself.
#[derive(Clone)]
struct Recent {
    domain_id: DomainId,
    in_the_mesh: bool,
    tail: Bytes,
    at: DateTime<Utc>,
}

#[derive(Clone)]
struct RecentBytes;

impl quick_cache::Weighter<NodeId, Recent> for RecentBytes {
    fn weight(&self, _: &NodeId, recent: &Recent) -> u64 {
        recent.tail.len() as u64 + RECENT_OVERHEAD
    }
}

struct Inner<S> {
    source: S,
    availability: Availability,
    lanes: Mutex<Lanes>,
    turns: Semaphore,
    held: Mutex<Held<Arc<DomainPeers>>>,
    recent: quick_cache::sync::Cache<NodeId, Recent, RecentBytes>,
    stale_limit: TimeDelta,
}

/// The states of Nodes, read from `S` by shared statements.
pub struct SharedPulls<S>(Arc<Inner<S>>);

impl<S: SnapshotSource> SharedPulls<S> {
    /// Over `source`. A last state bridges an outage up to the age of `stale_limit`.
    pub fn new(source: S, availability: Availability, stale_limit: TimeDelta) -> Self {
        let recent_items = (RECENT_BYTES / (4 * RECENT_OVERHEAD)) as usize;
        Self(Arc::new(Inner {
            source,
            availability,
            lanes: Mutex::default(),
            turns: Semaphore::new(STATEMENTS_AT_ONCE),
            held: Mutex::new(Held::new(HELD_BYTES)),
            recent: quick_cache::sync::Cache::with_weighter(recent_items, RECENT_BYTES, RecentBytes),
            stale_limit,
        }))
    }
}

#[async_trait]
impl<S: SnapshotSource> SnapshotProvider for SharedPulls<S> {
    async fn pull(&self, node_id: NodeId, domain_id: Option<DomainId>, now: DateTime<Utc>) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.0.queue(domain_id, Waiting { node_id, answer })?;
        // A lane that ended without an answer has panicked.
        let pulled = answered.await.unwrap_or(Err(PullRefusal::Overloaded))?;
        if domain_id.is_some() && self.0.stale_limit > TimeDelta::zero() {
            self.0.remember(node_id, domain_id, pulled.as_ref(), now);
        }
        Ok(pulled)
    }

    fn last_known(&self, node_id: NodeId, now: DateTime<Utc>) -> Option<Snapshot> {
        if self.0.availability.answers() {
            return None;
        }
        let recent = self.0.recent.get(&node_id)?;
        if now - recent.at > self.0.stale_limit {
            return None;
        }
        // One copy a Domain: the list is the last one that any of its Nodes was sent, and not older than this Node's.
        let peers = match recent.in_the_mesh {
            true => Some(locked(&self.0.held).get(recent.domain_id)?),
            false => None,
        };
        Some(Snapshot::new(node_id, recent.domain_id, recent.tail, peers))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: SnapshotSource> Inner<S> {
    fn queue(self: &Arc<Self>, lane: Lane, waiting: Waiting) -> Result<(), PullRefusal> {
        let mut lanes = locked(&self.lanes);
        if lanes.waiting >= QUEUE {
            return Err(PullRefusal::Overloaded);
        }
        lanes.waiting += 1;
        match lanes.running.entry(lane) {
            Slot::Occupied(mut running) => running.get_mut().push_back(waiting),
            Slot::Vacant(idle) => {
                idle.insert(VecDeque::from([waiting]));
                tokio::spawn(Running { pulls: self.clone(), lane, ended: false }.run());
            }
        }
        Ok(())
    }

    fn remember(&self, node_id: NodeId, domain_id: Option<DomainId>, pulled: Option<&Snapshot>, now: DateTime<Utc>) {
        match (pulled, domain_id) {
            (Some(snapshot), Some(domain_id)) => {
                let (in_the_mesh, tail) = (snapshot.peers.is_some(), snapshot.tail.clone());
                self.recent.insert(node_id, Recent { domain_id, in_the_mesh, tail, at: now });
            }
            _ => {
                self.recent.remove(&node_id);
            }
        }
    }

    /// Reads once for all of `node_ids`.
    async fn read(&self, lane: Lane, node_ids: &[NodeId]) -> Result<HashMap<NodeId, Snapshot>, StorageError> {
        let held: HashMap<DomainId, Arc<DomainPeers>> = {
            let mut held = locked(&self.held);
            match lane {
                Some(domain_id) => held.get(domain_id).map(|peers| (domain_id, peers)).into_iter().collect(),
                None => held.all().map(|(domain_id, peers)| (domain_id, peers.clone())).collect(),
            }
        };
        let versions: Vec<(DomainId, i64)> = held.iter().map(|(id, peers)| (*id, peers.list.version())).collect();
        let found = tokio::select! {
            biased;
            found = self.source.read(node_ids, &versions) => found?,
            () = self.availability.gone() => return Err(StorageError::Unavailable("the database does not answer".into())),
        };
        let mut domains = HashMap::with_capacity(found.domains.len());
        for mut rows in found.domains {
            let peers = match rows.peers.take() {
                Some(peers) => self.build(rows.domain_id, rows.version, peers, held.get(&rows.domain_id)).await?,
                None => {
                    held.get(&rows.domain_id).filter(|peers| peers.list.version() == rows.version).cloned().ok_or_else(
                        || StorageError::Corrupt("a Domain's peers were left out, and its version is not held".into()),
                    )?
                }
            };
            domains.insert(rows.domain_id, (rows, peers));
        }
        found.nodes.iter().map(|node| snapshot(node, &domains).map(|snapshot| (node.node_id, snapshot))).collect()
    }

    /// Makes the list of a version from its peers and from the list `before`, and keeps it for all that follow.
    async fn build(
        &self,
        domain_id: DomainId,
        version: i64,
        peers: Vec<PeerView>,
        before: Option<&Arc<DomainPeers>>,
    ) -> Result<Arc<DomainPeers>, StorageError> {
        let corrupt = |error: &dyn std::error::Error| StorageError::Corrupt(error.to_string());
        let (small, before) = (peers.len() <= SMALL_LIST, before.cloned());
        let build = move || PeerList::build(version, peers, before.as_ref().map(|before| &before.list));
        let list = if small { build() } else { apart(build).await.map_err(|error| corrupt(&error))? };
        let list = list.map_err(|error| corrupt(&error))?;
        let bytes = list.bytes() * WITH_CODINGS;
        let peers = Arc::new(DomainPeers { list, gzip: OnceCell::new(), zstd: OnceCell::new() });
        let mut held = locked(&self.held);
        // Another lane may have read a later version meanwhile.
        if held.get(domain_id).is_none_or(|held| held.list.version() <= version) {
            held.put(domain_id, peers.clone(), bytes);
        }
        Ok(peers)
    }
}

fn snapshot(
    node: &OwnRows,
    domains: &HashMap<DomainId, (DomainRows, Arc<DomainPeers>)>,
) -> Result<Snapshot, StorageError> {
    let corrupt = |what: &str| StorageError::Corrupt(what.to_owned());
    let (domain, peers) = domains.get(&node.domain_id).ok_or_else(|| corrupt("a Node without its Domain"))?;
    let tail = node.tail(&domain.signing_keys).map_err(|error| corrupt(&error.to_string()))?;
    Ok(Snapshot::new(node.node_id, node.domain_id, tail, node.in_the_mesh.then(|| peers.clone())))
}

/// A lane while it is worked on. However that ends, the next pull starts it anew.
struct Running<S: SnapshotSource> {
    pulls: Arc<Inner<S>>,
    lane: Lane,
    /// In order: somebody else may run the lane by now.
    ended: bool,
}

impl<S: SnapshotSource> Running<S> {
    async fn run(mut self) {
        let pulls = self.pulls.clone();
        loop {
            // A semaphore that is never closed always gives.
            let _turn = pulls.turns.acquire().await;
            self.gather().await;
            let Some(batch) = self.take() else { return };
            let mut node_ids: Vec<NodeId> = batch.iter().map(|waiting| waiting.node_id).collect();
            node_ids.sort_unstable();
            node_ids.dedup();
            let read = pulls.read(self.lane, &node_ids).await.map_err(Arc::new);
            for Waiting { node_id, answer } in batch {
                let one = match &read {
                    Ok(snapshots) => Ok(snapshots.get(&node_id).cloned()),
                    Err(error) => Err(PullRefusal::Storage(error.clone())),
                };
                // A caller that went away is told nothing.
                let _gone = answer.send(one);
            }
        }
    }

    /// Pulls that have arrived by now come along. Takes no time when nobody else is there.
    async fn gather(&self) {
        let mut before = 0;
        for _ in 0..ROUNDS {
            let waiting = locked(&self.pulls.lanes).running.get(&self.lane).map_or(0, VecDeque::len);
            if waiting == before || waiting >= BATCH {
                return;
            }
            before = waiting;
            tokio::task::yield_now().await;
        }
    }

    /// The next batch; when nobody waits any more the lane ends.
    fn take(&mut self) -> Option<Vec<Waiting>> {
        let mut lanes = locked(&self.pulls.lanes);
        let queue = lanes.running.get_mut(&self.lane)?;
        let batch: Vec<Waiting> = queue.drain(..queue.len().min(BATCH)).collect();
        lanes.waiting -= batch.len();
        if batch.is_empty() {
            lanes.running.remove(&self.lane);
            self.ended = true;
            return None;
        }
        Some(batch)
    }
}

impl<S: SnapshotSource> Drop for Running<S> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // A panic: whoever waits is refused by the loss of its sender.
        let mut lanes = locked(&self.pulls.lanes);
        let left = lanes.running.remove(&self.lane).map_or(0, |queue| queue.len());
        lanes.waiting -= left;
    }
}
