//! The agents' streams of events: followed, verified, folded over what was pulled, and held against each other.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use plexsphere::agent::history::{self, Log, Logged, Step};
use plexsphere::agent::{Event, Frame, Peer, Plan, RESYNC, Refusal, Told, Trusted, View, follow};
use plexsphere::ids::{DomainId, NodeId};
use plexsphere::signing::{Scope, Unverified};
use serde::Serialize;
use tokio::sync::{Notify, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use uuid::Uuid;

use crate::agent::World;
use crate::answers::{Enrolment, SigningKey, StatePeer};
use crate::caller::{Call, CallError};
use crate::connection::Endpoint;
use crate::contract_check::{self, Fault, Operation};
use crate::roster::Enrolments;
use crate::state::{self, Coding};
use crate::stats::{Counter, lock};
use crate::turned_away;
use crate::witness::{Owed, Since, Witness};

/// A larger fleet folds some of its streams only: each fold has all peers in it.
const FOLDED: usize = 500;
/// Streams of which everything that came is kept, to be looked at in the end.
const RECORDED: usize = 100;
/// The server says something every 25 s.
const SILENCE: Duration = Duration::from_secs(60);
/// The server's own longest wait is 10 s; this is for one that is away.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// What comes and is not looked at yet.
const WAITING: usize = 16;
/// Between two attempts to pull a state.
const AGAIN: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Until events have arrived: when the server has just come back, its streams do so within a good 10 s.
pub const ARRIVES: Duration = Duration::from_secs(20);

/// What is counted of streams.
#[derive(Default)]
pub struct Figures {
    /// Streams that were opened.
    pub opened: Counter,
    /// Of which went on after a last id.
    pub resumed: Counter,
    /// Streams that ended.
    pub closed: Counter,
    /// Events that came and verified.
    pub events: Counter,
    /// Events that single Nodes had to get, because the operator has caused them.
    pub witnessed: Counter,
    /// Times that an agent was told to pull because it had been away for too long.
    pub resyncs: Counter,
    /// States that were pulled to fold events over.
    pub pulls: Counter,
}

/// What came of the streams.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Why there were none.
    pub none: Option<String>,
    /// Streams that were opened.
    pub opened: u64,
    /// Of which went on after a last id.
    pub resumed: u64,
    /// Streams that ended by themselves.
    pub closed: u64,
    /// Events that came and verified.
    pub events: u64,
    /// Events that single Nodes had to get, because the operator has caused them. Other events of single Nodes have no
    /// witness; those of the Domain have all agents, and the states that are pulled afresh.
    pub witnessed: u64,
    /// Times that an agent was told to pull.
    pub resyncs: u64,
    /// Folds over fresh pulls.
    pub pulls: u64,
    /// Agents whose events were looked at one by one in the end.
    pub histories: usize,
    /// Streams that were not open at the end, though they were not refused for good.
    pub not_open: usize,
}

/// The streams of all agents.
pub struct Streams {
    /// `None`: the agents hold no streams.
    followed: Option<Followed>,
    figures: Figures,
    /// What is still asked about those that were turned away.
    judging: Mutex<JoinSet<()>>,
}

struct Followed {
    endpoint: Arc<Endpoint>,
    trusted: Trusted,
    seed: u64,
    agents: Vec<Mutex<Watched>>,
    /// Wakes an agent that an event has asked for something.
    asked: Vec<Notify>,
    /// The last event of the Domain that anybody got.
    head: AtomicI64,
}

/// What is known of an agent's stream.
#[derive(Default)]
struct Watched {
    node_id: Option<Uuid>,
    task: Option<AbortHandle>,
    view: View,
    witness: Witness,
    /// Those that its key came of.
    enrolments: Enrolments,
    /// It was refused for good.
    refused: bool,
    /// An event said that the state has changed.
    nudged: bool,
    /// The rotation for which an event asked for another mesh key.
    asked_to_rotate: Option<Uuid>,
    steps: Vec<Step>,
}

impl Streams {
    /// For as many agents; `wanted`: whether they hold streams.
    pub fn new(endpoint: Arc<Endpoint>, domain_id: &str, agents: usize, seed: u64, wanted: bool) -> Self {
        let domain_id = domain_id.parse().ok().filter(|_| wanted);
        let followed = domain_id.map(|domain_id: DomainId| Followed {
            endpoint,
            trusted: Trusted::new(domain_id),
            seed,
            agents: (0..agents).map(|_| Mutex::default()).collect(),
            asked: (0..agents).map(|_| Notify::new()).collect(),
            head: AtomicI64::default(),
        });
        Self { followed, figures: Figures::default(), judging: Mutex::default() }
    }

    /// Trusts the key that the enrolment of agent `index` told of.
    pub fn enrolled(&self, index: usize, answer: &Enrolment) {
        if let Some(followed) = &self.followed {
            followed.trusted.trust(answer.signing_key_id.0, &answer.signing_public_key.0.0);
            lock(&followed.agents[index]).view.told_of(answer.signing_key_id.0);
        }
    }

    /// Begins to follow the stream of agent `index`, or goes on with another credential.
    pub fn follow(&self, world: &Arc<World>, index: usize, node_id: Uuid, bearer: &HeaderValue) {
        let Some(followed) = &self.followed else { return };
        let Ok(authority) = HeaderValue::from_str(followed.endpoint.authority()) else { return };
        let mut watched = lock(&followed.agents[index]);
        if let Some(task) = watched.task.take() {
            task.abort();
            watched.close(index);
        }
        let enrolments = world.roster.enrolments(index);
        (watched.node_id, watched.enrolments, watched.refused) = (Some(node_id), enrolments, false);
        if folds(index, followed.agents.len()) {
            watched.view.folds_for(node_id);
        }
        let plan = Plan {
            authority,
            path: format!("/v1/nodes/{node_id}/events"),
            bearer: bearer.clone(),
            last_id: watched.view.last(),
            silence: SILENCE,
            longest_wait: LONGEST_WAIT,
            seed: followed.seed ^ index as u64,
        };
        let (tell, told) = mpsc::channel(WAITING);
        let follows = follow(plan, followed.endpoint.clone(), followed.trusted.clone(), tell);
        let listener = Listener {
            world: Arc::clone(world),
            index,
            node_id,
            bearer: bearer.clone(),
            enrolments,
            trusted: followed.trusted.clone(),
        };
        // One task, so that one handle ends both.
        let task = tokio::spawn(async move {
            tokio::join!(follows, listener.listen(told));
        });
        watched.task = Some(task.abort_handle());
    }

    /// Whether an event has said that the state of agent `index` has changed; says so once.
    pub fn nudged(&self, index: usize) -> bool {
        let watched = self.followed.as_ref().map(|followed| &followed.agents[index]);
        watched.is_some_and(|watched| std::mem::take(&mut lock(watched).nudged))
    }

    /// The rotation for which an event has asked agent `index` for another mesh key; says so once.
    pub fn asked_to_rotate(&self, index: usize) -> Option<Uuid> {
        let watched = self.followed.as_ref().map(|followed| &followed.agents[index]);
        watched.and_then(|watched| lock(watched).asked_to_rotate.take())
    }

    /// Returns when an event has asked agent `index` for another mesh key since it was last asked about.
    pub async fn until_asked_to_rotate(&self, index: usize) {
        let Some(followed) = &self.followed else { return std::future::pending().await };
        loop {
            if lock(&followed.agents[index]).asked_to_rotate.is_some() {
                return;
            }
            followed.asked[index].notified().await;
        }
    }

    /// Where the Nodes' folds differ from the states that were pulled, after they had until `deadline` to become the
    /// same. `None`: nothing is folded for this Node.
    pub async fn differences(&self, node_id: Uuid, peers: &[StatePeer], deadline: Instant) -> Option<Vec<Fault>> {
        let followed = self.followed.as_ref()?;
        let watched = followed.agents.iter().find(|watched| lock(watched).node_id == Some(node_id))?;
        let fresh: Vec<Peer> = peers.iter().map(Peer::from).collect();
        loop {
            let (differences, open, last, refused) = {
                let watched = lock(watched);
                let view = &watched.view;
                (view.fold()?.differences(&fresh), view.is_open(), view.last(), watched.refused)
            };
            if differences.is_empty() {
                return Some(Vec::new());
            }
            // What was refused for good brings nothing any more.
            if refused || Instant::now() >= deadline {
                let stream = format!("stream open {open}, at {last:?}");
                let fault = |difference| Fault::new("fold", format!("{difference}; {stream}"));
                return Some(differences.into_iter().map(fault).collect());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Since when the stream of agent `index` misses nothing.
    pub fn since(&self, index: usize) -> Option<Since> {
        let watched = self.followed.as_ref().map(|followed| &followed.agents[index]);
        watched.and_then(|watched| lock(watched).witness.since())
    }

    /// An operator has done something that agent `index` has to hear of, and asked for it after `since`.
    pub fn owes(&self, index: usize, since: Option<Since>, owed: Owed) {
        let Some(followed) = &self.followed else { return };
        if lock(&followed.agents[index]).witness.owes(since, owed) {
            self.figures.witnessed.increment();
        }
    }

    /// Ends all streams, once what has happened until now has arrived, and looks at what they have delivered.
    pub async fn end(&self, world: &World) -> Summary {
        let figures = &self.figures;
        let mut summary = Summary::default();
        let Some(followed) = &self.followed else {
            summary.none = Some("not wanted".to_owned());
            return summary;
        };
        let (head, deadline) = (followed.head.load(Ordering::Relaxed), Instant::now() + ARRIVES);
        while followed.agents.iter().any(|watched| lock(watched).lacks(head).is_some()) && Instant::now() < deadline {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        let violation = |rule, detail| world.caller.violation(Operation::GetNodeEvents, rule, detail, "");
        let mut histories = Vec::new();
        for watched in &followed.agents {
            let mut watched = lock(watched);
            watched.task.take().as_ref().map(AbortHandle::abort).unwrap_or_default();
            let Some(node_id) = watched.node_id else { continue };
            match watched.lacks(head) {
                Some(Lack::Stream) => summary.not_open += 1,
                Some(Lack::Events(why)) => violation("witness", format!("{node_id}: {why}")),
                None => {}
            }
            if !watched.steps.is_empty() {
                histories.push((node_id, std::mem::take(&mut watched.steps)));
            }
        }
        let judging = std::mem::take(&mut *lock(&self.judging));
        judging.join_all().await;
        for (node_id, fault) in faults(&histories, &followed.trusted) {
            violation("stream", format!("{node_id}: {fault}"));
        }
        Summary {
            none: None,
            opened: figures.opened.get(),
            resumed: figures.resumed.get(),
            closed: figures.closed.get(),
            events: figures.events.get(),
            witnessed: figures.witnessed.get(),
            resyncs: figures.resyncs.get(),
            pulls: figures.pulls.get(),
            histories: histories.len(),
            ..summary
        }
    }
}

/// Whether agent `index` of so many folds its events.
fn folds(index: usize, agents: usize) -> bool {
    agents <= FOLDED || index.is_multiple_of(agents / FOLDED + 1)
}

/// What is wrong with what came. The agents see the same events of the Domain, so that each is a witness of what the
/// others had to get before their last one; that they are not behind is looked at elsewhere.
fn faults(histories: &[(Uuid, Vec<Step>)], trusted: &Trusted) -> Vec<(Uuid, history::Fault)> {
    let mut log = Log::default();
    let mut seen: HashSet<i64> = HashSet::new();
    for step in histories.iter().flat_map(|(_, steps)| steps) {
        let Step::Frame(Frame { id, line, .. }) = step else { continue };
        let (Ok(sequence), Ok(event)) = (id.parse(), trusted.verified(line)) else { continue };
        if event.event_type != RESYNC && seen.insert(sequence) {
            log.add(sequence, Logged { scope: event.scope, line: line.to_string() });
        }
    }
    let verified = |line: &str| trusted.verified(line).map(drop).map_err(|error| error.to_string());
    let of = |(node_id, steps): &(Uuid, Vec<Step>)| {
        let scopes = [Scope::Domain(trusted.domain_id()), Scope::Node(NodeId(*node_id))];
        let faults = history::faults(steps, &scopes, &log, None, verified);
        faults.into_iter().map(|fault| (*node_id, fault)).collect::<Vec<_>>()
    };
    histories.iter().flat_map(of).collect()
}

/// What a stream has not.
#[derive(Debug, PartialEq, Eq)]
enum Lack {
    /// It is not open.
    Stream,
    /// It is, and this has not come.
    Events(String),
}

impl Watched {
    /// What it lacks. `head`: the last event of the Domain that somebody got some time ago.
    fn lacks(&self, head: i64) -> Option<Lack> {
        if self.node_id.is_none() || self.refused {
            return None;
        }
        if !self.view.is_open() {
            return Some(Lack::Stream);
        }
        // Before its first event nobody knows where it began.
        let behind = self.view.last().filter(|last| *last < head);
        let behind = behind.map(|last| format!("it is at {last}, others are at {head}"));
        behind.or_else(|| self.witness.missing()).map(Lack::Events)
    }

    fn close(&mut self, index: usize) {
        if self.view.closed() {
            self.note(index, Step::Closed);
        }
    }

    fn note(&mut self, index: usize, step: Step) {
        if index < RECORDED {
            self.steps.push(step);
        }
    }
}

impl From<&StatePeer> for Peer {
    fn from(peer: &StatePeer) -> Self {
        Self {
            node_id: peer.node_id.0,
            mesh_ip: peer.mesh_ip.0.to_string(),
            public_key: STANDARD.encode(peer.public_key.0.0),
            endpoint: peer.endpoint.clone(),
            nat_type: peer.nat_type.map(|nat_type| nat_type.as_str().to_owned()),
            relay_node_id: peer.relay_node_id.map(|relay| relay.0),
            fallback_endpoint: peer.fallback_endpoint.clone(),
            psk_epoch: peer.psk_epoch,
        }
    }
}

/// Takes what comes of an agent's stream.
struct Listener {
    world: Arc<World>,
    index: usize,
    node_id: Uuid,
    bearer: HeaderValue,
    /// Those that `bearer` came of.
    enrolments: Enrolments,
    trusted: Trusted,
}

impl Listener {
    async fn listen(self, mut told: mpsc::Receiver<Told>) {
        let figures = &self.world.streams.figures;
        while let Some(told) = told.recv().await {
            match told {
                Told::Opened(open) => {
                    figures.opened.increment();
                    if open.after.is_some() {
                        figures.resumed.increment();
                    }
                    for fault in header_faults(&open.headers) {
                        self.violation(&fault);
                    }
                    self.watch(|watched| {
                        watched.view.opened(open.after);
                        watched.witness.opened(open.after);
                        watched.note(self.index, Step::Opened { after: open.after, head: None });
                    });
                }
                Told::Came { frame, event } => self.came(frame, event).await,
                Told::Closed(_) => {
                    figures.closed.increment();
                    self.watch(|watched| watched.close(self.index));
                }
                Told::Unanswered(_) => self.world.caller.stats().error(Operation::GetNodeEvents, 0, "(closed)"),
                Told::Refused(refusal) => {
                    let status = refusal.status.as_u16();
                    self.world.caller.stats().error(Operation::GetNodeEvents, status, &refusal.code);
                    let for_good = refusal.is_final() || status == 501;
                    // Unless another one is followed by now.
                    self.watch(|watched| watched.refused |= for_good && watched.enrolments == self.enrolments);
                    if refusal.is_final() {
                        self.turned_away(Operation::GetNodeEvents, &refused(&refusal));
                    } else if !contract_check::passes(status) {
                        self.violation(&Fault::new("refusal", refused(&refusal)));
                    }
                    if for_good {
                        return;
                    }
                }
            }
            if self.watch(|watched| watched.view.pull_due()) {
                self.pull().await;
            }
        }
    }

    /// The Node was refused for good: that is right only if its key was replaced, or does not hold.
    fn turned_away(&self, operation: Operation, said: &str) {
        if self.world.roster.enrolments(self.index) == self.enrolments {
            let (world, node_id, said) = (Arc::clone(&self.world), self.node_id, said.to_owned());
            // Not a part of this task, which ends with the next key.
            lock(&self.world.streams.judging)
                .spawn(async move { turned_away::judge(&world, operation, node_id, &said).await });
        }
    }

    async fn came(&self, frame: Frame, event: Result<Arc<Event>, Unverified>) {
        let is_known = match &event {
            Ok(event) => self.watch(|watched| watched.view.knows_the_key_of(event)),
            Err(error) => *error != Unverified::UnknownKey,
        };
        let event = if is_known {
            event
        } else {
            if !self.watch(|watched| watched.view.may_not_know_the_key_of(&frame)) {
                self.violation(&Fault::new("unknown key", format!("{}: {}", frame.id, frame.line)));
            }
            // The state tells of it.
            self.pull().await;
            self.trusted.verified(&frame.line)
        };
        if let Err(error) = &event {
            self.violation(&Fault::new("signature", format!("{}: {error}", frame.id)));
        }
        let event = event.ok();
        let rotates = event.as_ref().and_then(|event| self.count(event, &frame));
        let unreadable = self.watch(|watched| {
            if let Some(event) = &event {
                let own = event.payload["node_id"] == self.node_id.to_string();
                watched.nudged |= own && event.event_type == "node_state_updated";
                watched.witness.came(event);
            }
            watched.asked_to_rotate = rotates.or(watched.asked_to_rotate);
            let came = watched.view.came(&frame, event.as_deref());
            watched.note(self.index, Step::Frame(frame));
            came.err()
        });
        if let (Some(_), Some(followed)) = (rotates, &self.world.streams.followed) {
            followed.asked[self.index].notify_one();
        }
        if let Some(error) = unreadable {
            self.violation(&Fault::new("payload", error.to_string()));
        }
    }

    /// Counts an event. The rotation for which it asks for another mesh key, if it does.
    fn count(&self, event: &Event, frame: &Frame) -> Option<Uuid> {
        let streams = &self.world.streams;
        streams.figures.events.increment();
        if event.event_type == RESYNC {
            streams.figures.resyncs.increment();
        } else if let (Scope::Domain(_), Ok(sequence), Some(followed)) =
            (event.scope, frame.id.parse(), &streams.followed)
        {
            followed.head.fetch_max(sequence, Ordering::Relaxed);
        }
        let asks = event.event_type == "rotate_keys" && event.payload["node_id"] == self.node_id.to_string();
        event.payload["rotation_id"].as_str().filter(|_| asks)?.parse().ok()
    }

    /// Pulls the state, as often as it takes, and folds over it from then on.
    async fn pull(&self) {
        let world = &self.world;
        let id = self.node_id.to_string();
        let ids = [id.as_str()];
        // Opened for this one: it is rare, and there is a connection an agent already.
        let mut connection = world.caller.connection();
        loop {
            let call = Call::new(Operation::GetNodeState).ids(&ids).bearer(&self.bearer).coding(Coding::Zstd.as_str());
            match world.caller.call_for_answer(&mut connection, call).await {
                // What was known before an outage says nothing of what the stream has told since.
                Ok(said) if state::is_stale(&said.body.headers) => {}
                Ok(said) => {
                    world.streams.figures.pulls.increment();
                    match state::read(&said.body, Coding::Zstd) {
                        Ok(pulled) => self.pulled(&pulled.snapshot.peers, &pulled.snapshot.signing_keys),
                        Err(fault) => self.violation(&fault),
                    }
                    return;
                }
                Err(error) if error.is_transient() => {}
                // It has another credential by now, or has left.
                Err(CallError::Refused(refusal)) if refusal.status == 401 => {
                    return self.turned_away(Operation::GetNodeState, "401");
                }
                Err(_) => return,
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn pulled(&self, peers: &[StatePeer], keys: &[SigningKey]) {
        for key in keys {
            self.trusted.trust(key.key_id.0, &key.public_key.0.0);
        }
        let in_the_mesh = self.world.roster.maintenance(self.index).is_in_the_mesh();
        let ids = keys.iter().map(|key| key.key_id.0);
        self.watch(|watched| watched.view.pulled(ids, peers.iter().map(Peer::from), in_the_mesh));
    }

    fn watch<T>(&self, look: impl FnOnce(&mut Watched) -> T) -> T
    where
        T: Default,
    {
        let followed = self.world.streams.followed.as_ref();
        followed.map(|followed| look(&mut lock(&followed.agents[self.index]))).unwrap_or_default()
    }

    fn violation(&self, fault: &Fault) {
        let detail = format!("{}: {}", self.node_id, fault.detail);
        self.world.caller.violation(Operation::GetNodeEvents, fault.rule, detail, "");
    }
}

/// What a refusal says.
fn refused(refusal: &Refusal) -> String {
    format!("{} {}", refusal.status.as_u16(), refusal.code)
}

/// What is wrong with the headers of a stream.
fn header_faults(headers: &HeaderMap) -> Vec<Fault> {
    let wanted = [("cache-control", "no-cache"), ("x-accel-buffering", "no"), ("x-plexsphere-api-version", "v1")];
    let wrong = wanted.into_iter().filter(|(name, wanted)| headers.get(*name).is_none_or(|value| value != wanted));
    wrong.map(|(name, _)| Fault::new("header", format!("{name}: {:?}", headers.get(name)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_fleet_folds_some_of_its_streams() {
        assert_eq!((0..FOLDED).filter(|index| folds(*index, FOLDED)).count(), FOLDED);
        let some = (0..10_000).filter(|index| folds(*index, 10_000)).count();
        assert!((300..=FOLDED).contains(&some), "{some}");
    }

    #[test]
    fn a_stream_that_is_behind_in_the_end_is_seen() {
        let mut watched = Watched::default();
        assert_eq!(watched.lacks(7), None, "nobody has enrolled");
        watched.node_id = Some(Uuid::nil());
        assert_eq!(watched.lacks(7), Some(Lack::Stream));
        watched.view.opened(None);
        assert_eq!(watched.lacks(7), None, "nobody knows where it began");
        let frame = |id: &str| Frame { id: id.to_owned(), event: "t".into(), line: "".into() };
        watched.view.came(&frame("6"), None).unwrap();
        assert!(matches!(watched.lacks(7), Some(Lack::Events(_))));
        watched.view.came(&frame("9"), None).unwrap();
        assert_eq!(watched.lacks(7), None);
        watched.witness.opened(None);
        assert!(watched.witness.owes(watched.witness.since(), Owed::Update));
        assert!(matches!(watched.lacks(7), Some(Lack::Events(_))));
        watched.refused = true;
        assert_eq!(watched.lacks(7), None, "that is judged by itself");
    }

    #[test]
    fn the_headers_of_a_stream_are_those_of_the_contract() {
        let mut headers = HeaderMap::new();
        headers.insert("cache-control", HeaderValue::from_static("no-cache"));
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        assert_eq!(header_faults(&headers).len(), 1);
        headers.insert("x-plexsphere-api-version", HeaderValue::from_static("v1"));
        assert!(header_faults(&headers).is_empty());
    }
}
