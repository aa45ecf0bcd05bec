//! Streams over parts that a test holds in its hands: a log in memory whose reads can be held up, credentials that fall
//! when it says so, and marks that are written or are not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use plexsphere::access::standing::{Admitted, Found, Standing};
use plexsphere::access::{IdentityKind, IdentityRef, NodeIdentity, Operator, OperatorCredential, Principal};
use plexsphere::background::Task as _;
use plexsphere::event_log::{AppendError, Bounds, Entry, EventLog, Page, PublicKeys, Retention, Room, Tail, Turn};
use plexsphere::ids::{ApiTokenId, DomainId, EventId, NodeId, NskId, SigningKeyId};
use plexsphere::mesh::events::{
    Connection, Joined, Mark, Opening, RESYNC_REQUIRED, Settings, Stream, StreamStore, Streams, Ticker,
};
use plexsphere::postgres::StorageError;
use plexsphere::signing::{Envelope, EventSigner, Payload, Scope};
use plexsphere::telemetry::Metrics;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::ManualClock;
use crate::processes::patiently;

pub const NODE: NodeId = NodeId(Uuid::from_u128(1));
pub const DOMAIN: DomainId = DomainId(Uuid::from_u128(2));
const KEY: SigningKeyId = SigningKeyId(Uuid::from_u128(3));

pub fn fault() -> StorageError {
    StorageError::Unavailable("the test says so".into())
}

/// A log in memory.
pub struct FakeLog {
    entries: Arc<Mutex<Vec<Entry>>>,
    oldest: Arc<Mutex<i64>>,
    /// Reads go on while this is true.
    pub open: watch::Sender<bool>,
    /// Reads that have begun and not ended.
    pub reading: AtomicUsize,
    /// So many reads fail from now on.
    pub failing: AtomicUsize,
}

impl FakeLog {
    fn new() -> Self {
        let (entries, oldest) = Default::default();
        let (reading, failing) = Default::default();
        Self { entries, oldest, open: watch::Sender::new(true), reading, failing }
    }

    /// The same log over other connections.
    fn again(&self) -> Self {
        Self { entries: self.entries.clone(), oldest: self.oldest.clone(), ..Self::new() }
    }

    async fn pass(&self) -> Result<(), StorageError> {
        struct Counted<'c>(&'c AtomicUsize);
        impl Drop for Counted<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        self.reading.fetch_add(1, Ordering::SeqCst);
        let _counted = Counted(&self.reading);
        self.open.subscribe().wait_for(|open| *open).await.unwrap();
        let fails = self.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if fails.is_ok() { Err(fault()) } else { Ok(()) }
    }

    fn held(&self) -> Bounds {
        let head = self.entries.lock().unwrap().last().map_or(0, |entry| entry.sequence);
        Bounds { oldest: (*self.oldest.lock().unwrap()).max(1), head }
    }
}

#[async_trait]
impl EventLog for FakeLog {
    async fn append(&self, _: Turn<'_>) -> Result<i64, AppendError> {
        Err(AppendError::NotLeading)
    }

    async fn known(&self, _: &[EventId]) -> Result<Vec<EventId>, StorageError> {
        Ok(Vec::new())
    }

    async fn read(&self, scopes: Option<&[Scope]>, after: i64, limit: i64) -> Result<Page, StorageError> {
        self.pass().await?;
        let bounds = self.held();
        let entries = self.entries.lock().unwrap();
        let wanted = |entry: &&Entry| {
            entry.sequence > after
                && entry.sequence >= bounds.oldest
                && scopes.is_none_or(|scopes| scopes.contains(&entry.scope))
        };
        Ok(Page { entries: entries.iter().filter(wanted).take(limit as usize).cloned().collect(), bounds })
    }

    async fn newest(&self, scopes: &[Scope]) -> Result<Vec<Option<(i64, DateTime<Utc>)>>, StorageError> {
        Ok(vec![None; scopes.len()])
    }

    async fn bounds(&self) -> Result<Bounds, StorageError> {
        self.pass().await?;
        Ok(self.held())
    }

    async fn prune(&self, _: Retention, _: DateTime<Utc>) -> Result<u64, StorageError> {
        Ok(0)
    }
}

/// Asked again, they still hold, unless the test says otherwise.
#[derive(Default)]
pub struct FakeStanding {
    /// Of operators nothing is known.
    pub without_operators: AtomicBool,
    /// Nobody would be let in any more.
    pub fallen: AtomicBool,
}

#[async_trait]
impl Standing for FakeStanding {
    async fn ask(&self, admitted: &[Admitted<'_>], _: DateTime<Utc>) -> Found {
        let of_operators = admitted.iter().any(|one| matches!(one.principal, Principal::Operator(_)));
        let undecided = (of_operators && self.without_operators.load(Ordering::SeqCst)).then(fault);
        let all = if self.fallen.load(Ordering::SeqCst) { admitted.len() } else { 0 };
        Found { fallen: (0..all).collect(), undecided }
    }
}

/// How writes of marks end.
#[derive(Clone, Copy, PartialEq)]
pub enum Writes {
    Succeed,
    Fail,
    Hang,
}

pub struct FakeStore {
    pub writes: Mutex<Writes>,
    pub written: Mutex<Vec<Mark>>,
}

#[async_trait]
impl StreamStore for FakeStore {
    async fn write_marks(&self, marks: &[Mark]) -> Result<Joined, StorageError> {
        let writes = *self.writes.lock().unwrap();
        match writes {
            Writes::Succeed => self.written.lock().unwrap().extend(marks),
            Writes::Fail => return Err(fault()),
            Writes::Hang => std::future::pending().await,
        }
        Ok(marks.iter().map(|mark| mark.node_id).collect())
    }

    async fn intervals(&self, _: &[DomainId]) -> Result<Vec<(DomainId, TimeDelta)>, StorageError> {
        Ok(Vec::new())
    }

    async fn resync_line(
        &self,
        _: DomainId,
        _: NodeId,
        bounds: Bounds,
        _: DateTime<Utc>,
    ) -> Result<String, StorageError> {
        Ok(json!({ "head": bounds.head }).to_string())
    }
}

struct Keys(Vec<u8>);

#[async_trait]
impl PublicKeys for Keys {
    async fn public_keys(&self, _: &[SigningKeyId]) -> Result<Vec<(SigningKeyId, DomainId, Vec<u8>)>, StorageError> {
        Ok(vec![(KEY, DOMAIN, self.0.clone())])
    }
}

#[derive(Default)]
pub struct FakeConnection {
    pub cuts: AtomicUsize,
}

impl Connection for FakeConnection {
    fn cut(&self) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
    }
}

/// Streams and what they stand on.
pub struct Parts {
    pub streams: Arc<Streams>,
    pub tail: Arc<Tail>,
    /// What those read who catch up.
    pub replays: Arc<FakeLog>,
    pub standing: Arc<FakeStanding>,
    pub store: Arc<FakeStore>,
    pub connection: Arc<FakeConnection>,
    signer: EventSigner,
}

impl Parts {
    /// Streams whose readers may take nothing for so long.
    pub async fn new(stall: Duration) -> Self {
        let signer = EventSigner::new(KEY, &[7; 32]);
        let log = FakeLog::new();
        let replays = Arc::new(log.again());
        let metrics = Arc::new(Metrics::new());
        let keys = Arc::new(Keys(signer.public_key().to_vec()));
        let tail = Arc::new(Tail::new(Arc::new(log), keys, metrics.clone()).replaying_from(replays.clone()));
        tail.warm().await.unwrap();
        let standing = Arc::new(FakeStanding::default());
        let store = Arc::new(FakeStore { writes: Mutex::new(Writes::Succeed), written: Mutex::default() });
        let settings = Settings { retry_most: Duration::from_secs(1), stall };
        let clock = Arc::new(ManualClock::default());
        let streams = Streams::new(tail.clone(), standing.clone(), store.clone(), clock, metrics, settings);
        Self { streams: Arc::new(streams), tail, replays, standing, store, connection: Arc::default(), signer }
    }

    /// Puts an event for all of the Domain into the log, from where the tail reads it.
    pub async fn happens(&self) {
        self.happens_with("x").await;
    }

    /// As [`Parts::happens`], with this in it.
    pub async fn happens_with(&self, mark: &str) {
        let now = Utc::now();
        let (id, scope, event_type) = (EventId::new(now), Scope::Domain(DOMAIN), "peer_deregistered".to_owned());
        let line = self.signer.sign(Envelope {
            id,
            event_type: event_type.clone(),
            scope,
            key_id: KEY,
            issued_at: now,
            payload: Payload::of(&json!({ "node_id": mark })).unwrap(),
        });
        let sequence = self.replays.entries.lock().unwrap().len() as i64 + 1;
        self.replays.entries.lock().unwrap().push(Entry { sequence, id, scope, domain_id: DOMAIN, event_type, line });
        self.tail.catch_up().await.unwrap();
    }

    /// Lets go of what is older than this number.
    pub async fn forgets(&self, oldest: i64) {
        *self.replays.oldest.lock().unwrap() = oldest;
        self.tail.catch_up().await.unwrap();
    }

    /// Returns once the connection was cut off because of one of its streams.
    pub async fn until_cut(&self) {
        let ticker = Ticker(self.streams.clone());
        patiently("cutting off", async {
            while self.connection.cuts.load(Ordering::SeqCst) == 0 {
                ticker.step().await.unwrap();
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Keeps nothing in memory: whoever wants an event has to read it.
    pub fn remembers_nothing(&self) {
        self.tail.resize(Room { events: 0, bytes: 0 });
    }

    pub async fn open(&self, principal: Principal, last_event_id: Option<i64>, asked_at: Instant) -> Stream {
        let opening = Opening {
            node_id: match &principal {
                Principal::Node(node) => node.node_id,
                _ => NODE,
            },
            domain_id: DOMAIN,
            principal,
            last_event_id,
            connection: self.connection.clone(),
            now: Utc::now(),
            asked_at,
        };
        self.streams.open(opening).await.unwrap()
    }

    /// The stream of a Node, past its first line.
    pub async fn follow(&self, node: u128, last_event_id: Option<i64>) -> Stream {
        let mut stream = self.open(of_node(node), last_event_id, Instant::now()).await;
        assert!(text(poll(&mut stream)).unwrap().starts_with("retry: "));
        stream
    }
}

pub fn of_node(node: u128) -> Principal {
    let (node_id, nsk_id) = (NodeId(Uuid::from_u128(node)), NskId(Uuid::from_u128(node)));
    Principal::Node(NodeIdentity { node_id, domain_id: DOMAIN, nsk_id, expires_at: None })
}

pub fn of_operator() -> Principal {
    Principal::Operator(Operator {
        identity: IdentityRef { kind: IdentityKind::User, id: Uuid::from_u128(4) },
        bounded_by: Vec::new(),
        depth: 0,
        within: None,
        credential: OperatorCredential::ApiToken { token_id: ApiTokenId(Uuid::from_u128(5)), secret_version: 1 },
        expires_at: DateTime::<Utc>::MAX_UTC,
    })
}

/// Asks the stream once, as a connection does.
pub fn poll(stream: &mut Stream) -> Poll<Option<Bytes>> {
    stream.poll_next(&mut Context::from_waker(Waker::noop()))
}

/// What has come. `None`: nothing has.
pub fn text(polled: Poll<Option<Bytes>>) -> Option<String> {
    match polled {
        Poll::Ready(bytes) => Some(String::from_utf8(bytes.expect("it ends").to_vec()).unwrap()),
        Poll::Pending => None,
    }
}

/// What comes next.
pub async fn next(stream: &mut Stream) -> String {
    let next = std::future::poll_fn(|context| stream.poll_next(context));
    let next = tokio::time::timeout(Duration::from_secs(20), next).await.expect("nothing comes");
    text(Poll::Ready(next)).unwrap()
}

/// Whether this tells a Node to pull its state.
pub fn is_resync(text: &str) -> bool {
    text.contains(&format!("event: {RESYNC_REQUIRED}\n"))
}
