//! Rotation of mesh keys: the operator asks for it, agents bring other keys, and all that is told of it has to fit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use uuid::Uuid;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::agent::{Outcome, World, refused};
use crate::answers::{Heartbeat, Node, RotateReason, RotationPreview, RotationReceipt, Status};
use crate::caller::{Call, CallError, Said};
use crate::connection::Connection;
use crate::contract_check::Operation;
use crate::reports::{DONE, Reporter};
use crate::roster::Maintenance;
use crate::stats::lock;
use crate::witness::Owed;

/// One agent in so many is asked for other keys.
const OF_SO_MANY: usize = 4;

/// Between two rounds, in heartbeats.
const PAUSE: f64 = 0.5;
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// In a round one of so many agents is asked.
const A_ROUND_OF: usize = 100;

/// How likely the operator looks before, and asks a second time; how likely an agent submits its key once more.
const LOOKS: f64 = 0.5;
const AGAIN: f64 = 0.25;

/// What is pending for a Node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pending {
    /// Nothing.
    #[default]
    Nothing,
    /// This rotation, unless the Node has been drained since.
    Rotation { id: Uuid, maintenance: Maintenance },
    /// An answer was lost, or more happened at once.
    Unclear,
}

/// What is known of a Node's rotations at some moment. Equal before and after a request, it held all the while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    steps: u32,
    pending: Pending,
    maintenance: Maintenance,
}

impl Standing {
    /// Whether a rotation is pending, where that is known.
    fn is_pending(&self) -> Option<bool> {
        match self.pending {
            _ if !self.maintenance.is_in_the_mesh() => None,
            Pending::Unclear => None,
            Pending::Nothing => Some(false),
            Pending::Rotation { maintenance, .. } => Some(maintenance == self.maintenance),
        }
    }

    /// The rotation that is pending, if it is known.
    fn rotation(&self) -> Option<Uuid> {
        match self.pending {
            Pending::Rotation { id, .. } if self.is_pending() == Some(true) => Some(id),
            _ => None,
        }
    }
}

/// The rotations of the agents' Nodes. Shared: the operator begins what agents end.
#[derive(Default)]
pub struct Rotations(Mutex<HashMap<usize, Known>>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// How often something began, or ended.
    steps: u32,
    under_way: u32,
    pending: Pending,
}

impl Rotations {
    /// Something begins that decides what is pending for agent `index`'s Node.
    fn begin(&self, index: usize) -> u32 {
        let mut all = lock(&self.0);
        let known = all.entry(index).or_default();
        *known = Known { steps: known.steps + 1, under_way: known.under_way + 1, pending: Pending::Unclear };
        known.steps
    }

    /// It has ended, and this is pending, unless something else was under way meanwhile.
    fn end(&self, index: usize, begun: u32, now: Pending) {
        let mut all = lock(&self.0);
        let known = all.entry(index).or_default();
        let alone = known.steps == begun && known.under_way == 1;
        let pending = if alone { now } else { Pending::Unclear };
        *known = Known { steps: known.steps + 1, under_way: known.under_way.saturating_sub(1), pending };
    }

    /// Agent `index` enrols again, which ends what is pending; says that it has.
    pub fn re_enrols(&self, index: usize) -> impl FnOnce(bool) + '_ {
        let begun = self.begin(index);
        move |worked| self.end(index, begun, if worked { Pending::Nothing } else { Pending::Unclear })
    }
}

impl World {
    /// What is known of the rotations of agent `index`'s Node.
    pub fn rotation_standing(&self, index: usize) -> Standing {
        let Known { steps, pending, .. } = lock(&self.rotations.0).get(&index).copied().unwrap_or_default();
        Standing { steps, pending, maintenance: self.roster.maintenance(index) }
    }
}

/// Whether agent `index` brings another key as soon as an event asks for it. The others wait for the hint of a heartbeat.
pub fn heeds_events(index: usize) -> bool {
    (index / OF_SO_MANY).is_multiple_of(2)
}

/// Asks for other keys as the operator until it is over.
pub async fn ask(world: Arc<World>, seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed.rotate_left(41));
    let pause = world.interval.mul_f64(PAUSE).max(SHORTEST_PAUSE);
    let asked = world.roster.len().div_ceil(OF_SO_MANY);
    while !world.is_over_before(Instant::now() + pause).await {
        let mut round: Vec<usize> = (0..world.roster.len().div_ceil(A_ROUND_OF))
            .map(|_| (rng.random_range(0..asked) * OF_SO_MANY + 2).min(world.roster.len() - 1))
            .collect();
        round.sort_unstable();
        round.dedup();
        let asking = round.into_iter().filter_map(|index| {
            // One that has reported and not only enrolled.
            let (node_id, Some(_)) = world.roster.seen(index)? else { return None };
            Some((index, node_id, rng.random_bool(LOOKS), rng.random_bool(AGAIN)))
        });
        let world = &world;
        join_all(asking.map(|(index, node_id, looks, again)| async move {
            let looked = if looks { look(world, index, node_id).await } else { None };
            trigger(world, index, node_id, looked).await;
            if again {
                trigger(world, index, node_id, None).await;
            }
        }))
        .await;
    }
}

/// A preview, and what was known before it.
type Looked = (Standing, RotationPreview);

async fn look(world: &World, index: usize, node_id: Uuid) -> Option<Looked> {
    let operation = Operation::GetNodeKeysRotatePreview;
    let before = world.rotation_standing(index);
    let answered = world.operator.preview_rotation(node_id).await;
    let held = before == world.rotation_standing(index);
    let Said { body: preview, correlation_id } = match answered {
        Ok(said) => said,
        Err(error) => {
            declined(world, operation, node_id, held.then_some(before), &error);
            return None;
        }
    };
    world.caller.stats().rotation_previews.increment();
    let broken = |detail: String| world.caller.violation(operation, "preview", detail, &correlation_id);
    let edges = &preview.affected_edges;
    if preview.node_id.0 != node_id || usize::try_from(preview.affected_peer_count) != Ok(edges.len()) {
        let (of, count) = (preview.node_id.0, preview.affected_peer_count);
        broken(format!("{of} for {node_id}, {count} peers and {} edges", edges.len()));
    }
    if !edges.is_sorted_by(|a, b| a.peer_node_id < b.peer_node_id)
        || edges.iter().any(|edge| edge.peer_node_id.0 == node_id)
    {
        broken(format!("{node_id}: edges out of order, or to itself"));
    }
    let psk = |edge: &crate::answers::AffectedEdge| (edge.current_kid.0, edge.current_wrap_key_version);
    if edges.windows(2).any(|pair| psk(&pair[0]) != psk(&pair[1])) {
        broken(format!("{node_id} has several PSKs"));
    }
    if preview.estimated_duration_seconds < 1 {
        broken(format!("{node_id}: {} s", preview.estimated_duration_seconds));
    }
    match before.is_pending().filter(|_| held) {
        Some(pending) if pending != preview.already_pending => {
            broken(format!("{node_id}: pending is {}, not {pending}", preview.already_pending));
        }
        _ => {}
    }
    held.then_some((before, preview))
}

async fn trigger(world: &World, index: usize, node_id: Uuid, looked: Option<Looked>) {
    let operation = Operation::PostNodeKeysRotate;
    let since = world.streams.since(index);
    let before = world.rotation_standing(index);
    let begun = world.rotations.begin(index);
    let answered = world.operator.trigger_rotation(node_id).await;
    let after = world.rotation_standing(index);
    let held = (after.steps, after.maintenance) == (begun, before.maintenance);
    let known = held.then_some(before);
    let now = match answered {
        Ok(Said { body: triggered, correlation_id }) => {
            world.caller.stats().rotation_triggers.increment();
            let broken = |detail: String| world.caller.violation(operation, "trigger", detail, &correlation_id);
            let (id, pending) = (triggered.rotation_id.0, triggered.already_pending);
            if !pending {
                world.streams.owes(index, since, Owed::Rotation(id));
            }
            if known.and_then(|before| before.is_pending()).is_some_and(|before| before != pending) {
                broken(format!("{node_id}: already pending is {pending} after {:?}", before.pending));
            }
            if known.and_then(|before| before.rotation()).is_some_and(|before| before != id) {
                broken(format!("{node_id}: {id} after {:?}", before.pending));
            }
            if let Some((_, preview)) = looked.filter(|(then, _)| known == Some(*then))
                && (preview.peer_id, preview.already_pending) != (triggered.peer_id, pending)
            {
                broken(format!("{node_id}: it was shown otherwise, already pending {}", preview.already_pending));
            }
            match known {
                Some(before) if before.maintenance.is_in_the_mesh() => {
                    Pending::Rotation { id, maintenance: before.maintenance }
                }
                _ => Pending::Unclear,
            }
        }
        Err(error) => {
            declined(world, operation, node_id, known, &error);
            // Out of the mesh nothing is pending.
            if error.code() == Some(NO_LIVE_PEER) { Pending::Nothing } else { Pending::Unclear }
        }
    };
    world.rotations.end(index, begun, now);
}

const NO_LIVE_PEER: &str = "node_has_no_live_peer";

/// Faults that lasted are in the table of errors, and a drained Node has no key to rotate.
fn declined(world: &World, operation: Operation, node_id: Uuid, known: Option<Standing>, error: &CallError) {
    let in_the_mesh = known.is_some_and(|known| known.maintenance.is_in_the_mesh());
    if error.is_transient() || error.code() == Some(NO_LIVE_PEER) && !in_the_mesh {
        return;
    }
    let correlation_id = error.correlation_id().unwrap_or_default();
    world.caller.violation(operation, "refusal", format!("of {node_id}: {error}"), correlation_id);
}

/// An agent's mesh key. The private half is of no use here: no packet is ever sent through the mesh.
pub struct MeshKey {
    public: [u8; 32],
    /// What was submitted, and perhaps taken.
    next: Option<[u8; 32]>,
    /// The server has asked for another one.
    asked: bool,
    /// The rotation that was completed last.
    completed: Option<Uuid>,
}

/// A key pair's public half. Not out of the seed: a key that comes again is refused.
fn fresh() -> [u8; 32] {
    PublicKey::from(&StaticSecret::random_from_rng(&mut rand::rng())).to_bytes()
}

impl Default for MeshKey {
    fn default() -> Self {
        Self { public: fresh(), next: None, asked: false, completed: None }
    }
}

impl MeshKey {
    /// Its public half.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// The agent has enrolled with it.
    pub fn enrolled(&mut self, index: usize, world: &World) {
        (self.next, self.asked) = (None, false);
        world.roster.rekey(index, Some(self.public));
    }

    /// Takes the hint out of a heartbeat's answer; `before` is what was known when it was sent.
    pub fn heard(&mut self, before: Standing, said: &Said<Heartbeat>, index: usize, world: &World) {
        let reason = said.body.rotate_keys_reason;
        self.asked = reason == Some(RotateReason::MeshKey);
        let known = before.is_pending().filter(|_| before == world.rotation_standing(index));
        // The NSK goes first, and hides the rotation.
        if reason != Some(RotateReason::Nsk) && known.is_some_and(|pending| pending != self.asked) {
            let detail = format!("agent {index} heard {reason:?}, with {:?}", before.pending);
            world.caller.violation(Operation::PostNodeHeartbeat, "rotation hint", detail, &said.correlation_id);
        }
    }

    /// An event of its stream asks for another key: no heartbeat has to say so. Whether it was not done already.
    pub fn told(&mut self, rotation_id: Uuid) -> bool {
        let news = self.completed != Some(rotation_id);
        self.asked |= news;
        news
    }

    /// Brings another key if the server has asked for one.
    pub async fn complete(
        &mut self,
        reporter: Reporter<'_>,
        connection: &mut Connection,
        world: &World,
        rng: &mut SmallRng,
    ) -> Outcome {
        if !self.asked {
            return DONE;
        }
        let index = reporter.index;
        let again = self.next.is_some();
        let next = *self.next.get_or_insert_with(fresh);
        let before = world.rotation_standing(index);
        let begun = world.rotations.begin(index);
        let change = world.roster.change();
        world.roster.rekey(index, None);
        let answered = submit(next, reporter, connection, world).await;
        let after = world.rotation_standing(index);
        let held = (after.steps, after.maintenance) == (begun, before.maintenance);
        let error = match answered {
            Ok(Said { body: receipt, correlation_id }) => {
                change.done();
                world.caller.stats().rotations.increment();
                (self.public, self.next, self.asked) = (next, None, false);
                world.roster.rekey(index, Some(next));
                world.rotations.end(index, begun, Pending::Nothing);
                let id = receipt.rotation_id.0;
                self.completed = Some(id);
                if held && !again && before.rotation().is_some_and(|before| before != id) {
                    let detail = format!("{}: {id} was completed, not {:?}", reporter.node_id, before.pending);
                    world.caller.violation(Operation::PostKeysRotate, "receipt", detail, &correlation_id);
                }
                if rng.random_bool(AGAIN) {
                    self.replay(&receipt, reporter, connection, world).await;
                }
                return DONE;
            }
            Err(error) => error,
        };
        let now = if error.code() == Some(NO_PEER) { Pending::Nothing } else { Pending::Unclear };
        world.rotations.end(index, begun, now);
        if error.is_transient() {
            // Perhaps it was taken: the same key shows it.
            return refused(world, Operation::PostKeysRotate, &error, &[], index);
        }
        change.nothing();
        self.asked = false;
        if !again {
            self.next = None;
            world.roster.rekey(index, Some(self.public));
        }
        // It was drained meanwhile, or before.
        let known = held && before.is_pending() == Some(true);
        match error.code() {
            Some(NO_PEER | "keys_rotate_no_pending_rotation") if !known => DONE,
            _ => refused(world, Operation::PostKeysRotate, &error, &[], index),
        }
    }

    /// The same key again has the same receipt.
    async fn replay(
        &self,
        receipt: &RotationReceipt,
        reporter: Reporter<'_>,
        connection: &mut Connection,
        world: &World,
    ) {
        let before = world.roster.maintenance(reporter.index);
        let answered = submit(self.public, reporter, connection, world).await;
        let held = before == world.roster.maintenance(reporter.index) && before.is_in_the_mesh();
        let (detail, correlation_id) = match answered {
            Ok(said) if said.body == *receipt => return,
            Ok(said) => (format!("{:?} and {receipt:?}", said.body), said.correlation_id),
            Err(error) if error.is_transient() || !held => return,
            Err(error) => (error.to_string(), error.correlation_id().unwrap_or_default().to_owned()),
        };
        let detail = format!("{}: {detail}", reporter.node_id);
        world.caller.violation(Operation::PostKeysRotate, "replay", detail, &correlation_id);
    }
}

const NO_PEER: &str = "keys_rotate_peer_not_found";

async fn submit(
    key: [u8; 32],
    reporter: Reporter<'_>,
    connection: &mut Connection,
    world: &World,
) -> Result<Said<RotationReceipt>, CallError> {
    let body = json!({ "new_public_key": STANDARD.encode(key) }).to_string();
    world.caller.call(connection, Call::new(Operation::PostKeysRotate).bearer(reporter.bearer).body(body)).await
}

/// What is wrong with the list of Nodes, now that nothing rotates any more.
pub fn judge(nodes: &[Node], world: &World) {
    let listed: HashMap<Uuid, &Node> = nodes.iter().map(|node| (node.node_id.0, node)).collect();
    for index in 0..world.roster.len() {
        let Some((node_id, _)) = world.roster.node(index) else { continue };
        let Some(node) = listed.get(&node_id).filter(|node| node.status == Status::Active) else { continue };
        let broken = |rule, detail| world.caller.violation(Operation::ListNodes, rule, detail, "");
        if world.roster.key(index).is_some_and(|key| key != node.public_key.0.0) {
            broken("key", format!("{node_id} is listed with another key than its agent's"));
        }
        let age = node.pending_rotation_age_seconds;
        if world.rotation_standing(index).is_pending().is_some_and(|pending| pending != age.is_some()) {
            broken("rotation", format!("{node_id} is listed with a rotation of {age:?} s"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_once_is_unclear_until_something_happens_alone() {
        let rotations = Rotations::default();
        let pending = || lock(&rotations.0)[&7].pending;
        let (first, second) = (rotations.begin(7), rotations.begin(7));
        rotations.end(7, second, Pending::Nothing);
        assert_eq!(pending(), Pending::Unclear, "the first one is under way");
        rotations.end(7, first, Pending::Nothing);
        assert_eq!(pending(), Pending::Unclear);
        rotations.re_enrols(7)(true);
        assert_eq!(pending(), Pending::Nothing);
        rotations.re_enrols(7)(false);
        assert_eq!(pending(), Pending::Unclear);
    }

    #[test]
    fn a_rotation_is_pending_until_its_node_leaves_the_mesh() {
        let roster = crate::roster::Roster::new("10.0.0.0/24".parse().unwrap(), 1);
        let at = |steps| {
            (0..steps).for_each(|_| roster.maintain(0));
            roster.maintenance(0)
        };
        let (maintenance, id) = (at(0), Uuid::nil());
        let standing = |maintenance| Standing {
            steps: 2,
            pending: Pending::Rotation { id, maintenance: Maintenance::default() },
            maintenance,
        };
        assert_eq!((standing(maintenance).is_pending(), standing(maintenance).rotation()), (Some(true), Some(id)));
        let (drained, back) = (at(2), at(2));
        assert_eq!((standing(drained).is_pending(), standing(drained).rotation()), (None, None));
        assert_eq!((standing(back).is_pending(), standing(back).rotation()), (Some(false), None));
        assert_eq!(Standing::default().is_pending(), Some(false));
    }

    #[test]
    fn agents_have_different_keys() {
        assert_ne!(MeshKey::default().public(), MeshKey::default().public());
    }
}
