//! One simulated agent: what `plexd` does on a machine, as far as the control plane can tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{SecondsFormat, TimeDelta, Utc};
use http::HeaderValue;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::answers::{self, Enrolment, Kind, RotateReason};
use crate::caller::{Call, CallError, Caller, Said};
use crate::connection::Connection;
use crate::contract_check::{Fault, Operation, Refusal};
use crate::edges::Ends;
use crate::entries::{self, Entries, Metadata};
use crate::machine;
use crate::operator::{Home, Operator};
use crate::pulls::Pulls;
use crate::reports::{DONE, Reporter, Reports};
use crate::roster::{Beat, Pending, Roster};
use crate::rotations::{MeshKey, Rotations, heeds_events};
use crate::spelled::BootstrapToken;
use crate::streams::Streams;
use crate::turned_away;
use plexsphere::agent::Backoff;

/// An enrolment is given up after so many faults in a row: two minutes or so.
const ATTEMPTS: u32 = 10;

/// How far the server's clock may be from ours: what the contract allows the other way round.
pub const CLOCK_BOUND: TimeDelta = TimeDelta::seconds(60);

/// What all agents share.
pub struct World {
    /// How to call the server.
    pub caller: Arc<Caller>,
    /// Whoever issues bootstrap tokens.
    pub operator: Operator,
    /// Where the fleet lives.
    pub home: Home,
    /// What is known of all Nodes.
    pub roster: Roster,
    /// The agents' streams.
    pub streams: Streams,
    /// What the operator has set of them.
    pub metadata: Metadata,
    /// What is known of the rotations of their mesh keys.
    pub rotations: Rotations,
    /// Some of their NSKs.
    pub ends: Ends,
    /// How many of the agents are bridges.
    pub bridges: usize,
    /// How many may enrol at once.
    pub enrolments: Semaphore,
    /// Time between two heartbeats.
    pub interval: Duration,
    /// How long an endpoint holds without being told again.
    pub endpoint_ttl: TimeDelta,
    /// True when it is over.
    pub stop: watch::Receiver<bool>,
}

impl World {
    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        *self.stop.borrow()
    }

    /// Of what kind agent `index`'s Node is.
    pub fn kind(&self, index: usize) -> Kind {
        machine::kind(index, self.bridges, self.roster.len())
    }

    /// Waits until `when`. Says whether it is over before.
    pub async fn is_over_before(&self, when: Instant) -> bool {
        let mut stop = self.stop.clone();
        let over = stop.wait_for(|over| *over);
        tokio::time::timeout_at(when.into(), over).await.is_ok()
    }
}

/// Why an agent has no NSK.
#[derive(Debug, thiserror::Error)]
pub enum GaveUp {
    /// It is over.
    #[error("the run ended")]
    Over,
    /// A call failed for good, or too often.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// What came of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Accepted {
        /// It asks for a new NSK.
        renew_nsk: bool,
        /// It asks for a state pull.
        reconcile: bool,
    },
    /// The NSK does not hold, this operation says.
    Unauthenticated(Operation),
    /// A fault that passes.
    Failed {
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server does not want this Node any more.
    Rejected,
    /// The answer is of no use.
    Odd,
}

/// An agent. Small: there are tens of thousands of them.
pub struct Agent {
    index: usize,
    kind: Kind,
    key: MeshKey,
    identity: Option<Identity>,
    reports: Reports,
    entries: Entries,
    pulls: Pulls,
    rng: SmallRng,
}

struct Identity {
    node_id: Uuid,
    bearer: HeaderValue,
}

impl Agent {
    /// Agent number `index`, on a machine of this kind, with a key of its own; `seed` decides about its jitter only,
    /// because a key that comes again is refused.
    pub fn new(index: usize, kind: Kind, seed: u64) -> Self {
        Self {
            index,
            kind,
            key: MeshKey::default(),
            identity: None,
            reports: Reports::new(index, kind),
            entries: Entries::default(),
            pulls: Pulls::default(),
            rng: SmallRng::seed_from_u64(seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        }
    }

    /// Its number.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Gets an NSK: as a new Node, or, when it is one already, as that Node again. Sits out faults that pass.
    ///
    /// # Errors
    /// [`GaveUp`].
    pub async fn enrol(&mut self, connection: &mut Connection, world: &World) -> Result<(), GaveUp> {
        let stats = world.caller.stats();
        let handle = format!("{}-{:06}", self.kind.as_str(), self.index);
        let mut bound = self.identity.as_ref().map(|identity| identity.node_id);
        let mut token: Option<BootstrapToken> = None;
        let mut backoff = Backoff::default();
        let mut lost_answer = false;
        loop {
            if world.is_over() {
                return Err(GaveUp::Over);
            }
            let redeemed = match token.take() {
                Some(token) => token,
                None => world.operator.token(&world.home, self.kind, bound).await?,
            };
            let enrolled_before = world.roster.enrolled();
            let maintenance = world.roster.maintenance(self.index);
            let body = self.registration(world, &handle, &redeemed, bound);
            let change = self.identity.is_none().then(|| world.roster.change());
            world.roster.enrols(self.index);
            let call = Call::new(Operation::Register).body(body);
            let error = match world.caller.call::<Enrolment>(connection, call).await {
                Ok(said) => {
                    let held = maintenance == world.roster.maintenance(self.index);
                    if held && maintenance.is_drained() && !said.body.peer_snapshot.is_empty() {
                        let detail = format!("{} is drained and has peers", said.body.node_id.0);
                        world.caller.violation(Operation::Register, "drained", detail, &said.correlation_id);
                    }
                    // Drained, it is told of nobody.
                    let expected = if held && maintenance.is_in_the_mesh() { enrolled_before } else { 0 };
                    self.accept(&said, expected, bound, world);
                    change.map(Pending::done).unwrap_or_default();
                    return Ok(());
                }
                Err(error) => error,
            };
            match (&error, error.code()) {
                (_, Some("token_expired")) => {}
                // The answer to an attempt before was lost, but the Node exists: only a bound token leads to it.
                (_, Some("token_consumed" | "resource_already_bound" | "public_key_in_use")) if lost_answer => {
                    if bound.is_none() {
                        bound = world.operator.find(&world.home, &handle).await?;
                    }
                    if bound.is_none() {
                        return Err(error.into());
                    }
                }
                _ if error.is_transient() && backoff.failures() + 1 < ATTEMPTS => {
                    lost_answer |= matches!(error, CallError::Transport(_));
                    token = Some(redeemed);
                }
                (CallError::Refused(refusal), _) if !refusal.is_transient() => {
                    unexpected(world, Operation::Register, refusal, self.index);
                    return Err(error.into());
                }
                _ => return Err(error.into()),
            }
            let retry_after = error.retry_after();
            let wait = backoff.after_failure(retry_after, &mut self.rng);
            if world.is_over_before(Instant::now() + wait).await {
                return Err(GaveUp::Over);
            }
            stats.retries.increment();
        }
    }

    fn registration(&mut self, world: &World, handle: &str, token: &BootstrapToken, bound: Option<Uuid>) -> String {
        // Random, not out of the seed: a nonce that comes again is refused.
        let nonce: [u8; 16] = rand::random();
        let mut body = json!({
            "project_id": world.home.project_id,
            "resource_handle": handle,
            "bootstrap_token": *token.0,
            "nonce": URL_SAFE_NO_PAD.encode(nonce),
            "public_key": STANDARD.encode(self.key.public()),
        });
        if let Some(node_id) = bound {
            body["requested_resource_id"] = json!(node_id.to_string());
        }
        body.to_string()
    }

    fn accept(&mut self, said: &Said<Enrolment>, enrolled_before: usize, bound: Option<Uuid>, world: &World) {
        let answer = &said.body;
        let node_id = answer.node_id.0;
        let mut faults = world.roster.enrol(self.index, answer, enrolled_before, &said.correlation_id);
        if let Some(bound) = bound.filter(|bound| *bound != node_id) {
            faults.push(Fault::new("identity", format!("{bound} was re-enrolled as {node_id}")));
        }
        world.streams.enrolled(self.index, answer);
        let bearer = bearer(node_id, &answer.nsk.0.0);
        let stats = world.caller.stats();
        match &self.identity {
            Some(before) => {
                if before.bearer == bearer {
                    faults.push(Fault::new("nsk", format!("{node_id} got its old one again")));
                }
                stats.re_enrolled.increment();
            }
            None => stats.enrolled.increment(),
        }
        for fault in faults {
            world.caller.violation(Operation::Register, fault.rule, fault.detail, &said.correlation_id);
        }
        world.ends.keep(self.index, world.roster.len(), &bearer);
        self.identity = Some(Identity { node_id, bearer });
        self.key.enrolled(self.index, world);
        self.reports.enrolled();
    }

    /// Sends one heartbeat. `intended` is when it was to be sent, where that is not now.
    pub async fn heartbeat(
        &mut self,
        connection: &mut Connection,
        world: &World,
        intended: Option<Instant>,
    ) -> Outcome {
        let operation = Operation::PostNodeHeartbeat;
        let Some(identity) = &self.identity else { return Outcome::Unauthenticated(operation) };
        let rotation = world.rotation_standing(self.index);
        let machine = self.reports.machine();
        let now = Utc::now();
        let body = format!(
            r#"{{"client_now":"{}","binary_checksum":"{}","binary_version":"{}","nat_summary":{{"nat_type":"{}"}}}}"#,
            now.to_rfc3339_opts(SecondsFormat::Millis, true),
            machine.binary_checksum(),
            machine.binary_version(),
            machine.nat_type().as_str(),
        );
        let mut buffer = Uuid::encode_buffer();
        let ids = [&*identity.node_id.as_hyphenated().encode_lower(&mut buffer)];
        let call = Call { intended, ..Call::new(operation).ids(&ids).bearer(&identity.bearer).body(body) };
        match world.caller.call::<answers::Heartbeat>(connection, call).await {
            Ok(said) => {
                self.key.heard(rotation, &said, self.index, world);
                self.accepted(&said, now, world)
            }
            Err(error) => refused(world, operation, &error, &["clock_skew", "node_not_found"], self.index),
        }
    }

    /// Reports what else is due after a heartbeat that was accepted, and pulls the state if that is due.
    async fn report(&mut self, connection: &mut Connection, world: &World, reconcile: bool) -> Outcome {
        let Some(identity) = &self.identity else { return Outcome::Odd };
        let reporter = Reporter { index: self.index, node_id: identity.node_id, bearer: &identity.bearer };
        let rng = &mut self.rng;
        let mut outcome = self.reports.after_heartbeat(reporter, connection, world, rng).await;
        if outcome == DONE {
            outcome = entries::report(&mut self.entries, reporter, connection, world, rng).await;
        }
        if outcome == DONE {
            // On the heap: it is not always, and would make every agent's task large.
            let pull = self.pulls.after_heartbeat(reconcile, &self.entries, reporter, connection, world, rng);
            outcome = Box::pin(pull).await;
        }
        if outcome == DONE {
            outcome = Box::pin(self.key.complete(reporter, connection, world, rng)).await;
        }
        outcome
    }

    /// Brings another key, because an event asks for one.
    async fn rotate(&mut self, connection: &mut Connection, world: &World) {
        let Some(identity) = &self.identity else { return };
        let reporter = Reporter { index: self.index, node_id: identity.node_id, bearer: &identity.bearer };
        if let Some(rotation_id) = world.streams.asked_to_rotate(self.index)
            && self.key.told(rotation_id)
        {
            world.caller.stats().rotation_events.increment();
            Box::pin(self.key.complete(reporter, connection, world, &mut self.rng)).await;
        }
    }

    /// Pulls the state.
    async fn pull(&mut self, connection: &mut Connection, world: &World) -> Outcome {
        let Some(identity) = &self.identity else { return Outcome::Odd };
        let puller = Reporter { index: self.index, node_id: identity.node_id, bearer: &identity.bearer };
        Box::pin(self.pulls.pull(&self.entries, puller, connection, world, &mut self.rng)).await
    }

    fn accepted(&self, said: &Said<answers::Heartbeat>, sent: chrono::DateTime<Utc>, world: &World) -> Outcome {
        let answer = &said.body;
        let stats = world.caller.stats();
        let broken =
            |rule, detail| world.caller.violation(Operation::PostNodeHeartbeat, rule, detail, &said.correlation_id);
        let accepted_at = answer.accepted_at.0;
        let now = Utc::now();
        if accepted_at < sent - CLOCK_BOUND || accepted_at > now + CLOCK_BOUND {
            broken("clock", format!("sent at {sent}, answered at {now}, accepted at {accepted_at}"));
        }
        if answer.rotate_keys != answer.rotate_keys_reason.is_some() {
            broken("rotate_keys", format!("{} with reason {:?}", answer.rotate_keys, answer.rotate_keys_reason));
        }
        world.roster.beat(self.index, Beat { accepted_at, heard: Instant::now() });
        stats.heartbeats.increment();
        if answer.reconcile {
            stats.reconcile_hints.increment();
        }
        match answer.rotate_keys_reason {
            Some(RotateReason::Nsk) => stats.nsk_hints.increment(),
            Some(RotateReason::MeshKey) => stats.mesh_key_hints.increment(),
            None => {}
        }
        Outcome::Accepted {
            renew_nsk: answer.rotate_keys_reason == Some(RotateReason::Nsk),
            reconcile: answer.reconcile,
        }
    }

    /// Gets a new NSK as the Node that it is, because `operation` says that the one it has does not hold.
    pub async fn turned_away(&mut self, operation: Operation, connection: &mut Connection, world: &World) -> bool {
        if let Some(identity) = self.identity.as_ref().filter(|_| world.roster.enrolments(self.index).are_clear()) {
            turned_away::judge(world, operation, identity.node_id, "401").await;
        }
        self.re_enrol(connection, world).await
    }

    /// Gets a new NSK as the Node that it is; not too many at once. Says whether it worked.
    pub async fn re_enrol(&mut self, connection: &mut Connection, world: &World) -> bool {
        let Ok(_permit) = world.enrolments.acquire().await else { return false };
        // On the heap: it is rare, and would make every agent's task large.
        let done = world.rotations.re_enrols(self.index);
        let worked = Box::pin(self.enrol(connection, world)).await.is_ok();
        done(worked);
        worked
    }

    fn follow(&self, world: &Arc<World>) {
        if let Some(identity) = &self.identity {
            world.streams.follow(world, self.index, identity.node_id, &identity.bearer);
        }
    }

    /// Sends heartbeats until it is over, over a connection of its own, and follows its stream over another one.
    pub async fn live(mut self, mut connection: Connection, world: Arc<World>) {
        let mut backoff = Backoff::default();
        let mut next = Instant::now();
        self.follow(&world);
        // First of all it learns who its peers are. Whatever comes of it, the heartbeat shows how to go on.
        if self.pull(&mut connection, &world).await == Outcome::Rejected {
            return;
        }
        loop {
            tokio::select! {
                over = world.is_over_before(next) => if over { break },
                () = world.streams.until_asked_to_rotate(self.index), if heeds_events(self.index) => {
                    // Whatever comes of it, the next heartbeat shows how to go on.
                    self.rotate(&mut connection, &world).await;
                    continue;
                }
            }
            let mut outcome = self.heartbeat(&mut connection, &world, None).await;
            if let Outcome::Accepted { renew_nsk: false, reconcile } = outcome {
                outcome = self.report(&mut connection, &world, reconcile).await;
            }
            let failed = match outcome {
                Outcome::Accepted { renew_nsk: false, .. } | Outcome::Odd => None,
                Outcome::Accepted { renew_nsk: true, .. } => {
                    if self.re_enrol(&mut connection, &world).await {
                        self.follow(&world);
                    }
                    None
                }
                // With the new NSK it reports at once; without one it tries again later.
                Outcome::Unauthenticated(operation) => {
                    if self.turned_away(operation, &mut connection, &world).await {
                        self.follow(&world);
                        next = Instant::now();
                        continue;
                    }
                    Some(None)
                }
                Outcome::Failed { retry_after } => Some(retry_after),
                Outcome::Rejected => return,
            };
            next = Instant::now()
                + match failed {
                    None => {
                        backoff.reset();
                        world.interval.mul_f64(self.rng.random_range(0.9..1.1))
                    }
                    Some(retry_after) => {
                        world.caller.stats().retries.increment();
                        backoff.after_failure(retry_after, &mut self.rng)
                    }
                };
        }
    }
}

/// What comes of a report that was not taken. Our clock may be wrong, and an operator may have deregistered the Node:
/// these are the `possible` codes; nothing else can be.
pub fn refused(world: &World, operation: Operation, error: &CallError, possible: &[&str], index: usize) -> Outcome {
    match error {
        _ if error.is_transient() => Outcome::Failed { retry_after: error.retry_after() },
        CallError::Refused(refusal) if refusal.status == 401 => Outcome::Unauthenticated(operation),
        CallError::Refused(refusal) => {
            if !possible.contains(&refusal.code.as_str()) {
                unexpected(world, operation, refusal, index);
            }
            if !matches!(refusal.status, 403 | 404) {
                return Outcome::Odd;
            }
            world.caller.stats().rejected.increment();
            Outcome::Rejected
        }
        _ => Outcome::Odd,
    }
}

/// A refusal of a request in which nothing is wrong.
pub fn unexpected(world: &World, operation: Operation, refusal: &Refusal, index: usize) {
    let detail = format!("agent {index} met {} {}: {}", refusal.status, refusal.code, refusal.detail);
    world.caller.violation(operation, "refusal", detail, &refusal.correlation_id);
}

/// The `Authorization` header of a Node.
fn bearer(node_id: Uuid, key: &[u8; 32]) -> HeaderValue {
    let mut secret = Zeroizing::new([0; 48]);
    secret[..16].copy_from_slice(node_id.as_bytes());
    secret[16..].copy_from_slice(key);
    let text = Zeroizing::new(format!("Bearer nsk_dev_{}", URL_SAFE_NO_PAD.encode(*secret)));
    // The alphabet has nothing that a header cannot carry.
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_what_the_contract_says() {
        let value = bearer(Uuid::from_bytes([1; 16]), &[0xff; 32]);
        let text = value.to_str().unwrap().strip_prefix("Bearer nsk_dev_").unwrap();
        assert_eq!(text.len(), 64);
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert_eq!((&bytes[..16], &bytes[16..]), (&[1_u8; 16][..], &[0xff_u8; 32][..]));
        assert!(value.is_sensitive());
    }
}
