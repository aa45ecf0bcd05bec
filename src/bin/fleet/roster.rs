//! What the fleet knows of its Nodes together, and what no two answers may contradict each other about.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use rand::{Rng, RngExt};
use uuid::Uuid;

use crate::answers::{Enrolment, NatType, SigningKey, StatePeer};
use crate::contract_check::Fault;
use crate::spelled::Bytes32;
use crate::state::is_host;
use crate::stats::lock;

/// How many other Nodes are looked for in a state.
const SAMPLE: usize = 256;

/// More are not judged at the end.
const ABSENT: usize = 1000;

/// A heartbeat that the server accepted.
#[derive(Clone, Copy, Debug)]
pub struct Beat {
    /// What the server says when it was.
    pub accepted_at: DateTime<Utc>,
    /// When the answer was here.
    pub heard: Instant,
}

/// A peer snapshot that misses Nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// How many.
    pub missing: usize,
    /// What was seen.
    pub detail: String,
    /// Finds the request in the server's log.
    pub correlation_id: String,
}

/// The Nodes of the fleet.
pub struct Roster {
    mesh_cidr: IpNet,
    enrolled: AtomicUsize,
    shared: Mutex<Shared>,
    /// Peer snapshots that miss Nodes. Whether that is wrong shows at the end: Nodes may have been deregistered.
    short: Mutex<Vec<Short>>,
    /// Nodes that the server did not know when it was asked, with the request's id; judged at the end likewise.
    unknown: Mutex<Vec<(Uuid, String)>>,
    /// Nodes that a state of another one misses, with the request's id; judged at the end likewise.
    absent: Mutex<Vec<(Uuid, String)>>,
    /// Changes of what peers see: how many were begun, and how many the server has said to have done.
    begun: AtomicU64,
    done: AtomicU64,
    slots: Vec<Mutex<Slot>>,
}

#[derive(Default)]
struct Shared {
    addresses: HashMap<IpAddr, Uuid>,
    signing_keys: HashMap<Uuid, Bytes32>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    node: Option<(Uuid, IpAddr)>,
    beat: Option<Beat>,
    maintenance: Maintenance,
    enrolment: Enrolments,
    told: Option<Told>,
    /// Its mesh key, unless it is about to change.
    key: Option<[u8; 32]>,
}

/// Where a Node is, as its agent told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its endpoint.
    pub endpoint: SocketAddr,
    /// The NAT in front of it.
    pub nat_type: NatType,
    /// When the agent began to tell.
    pub at: Instant,
}

impl Told {
    /// Whether it is this place.
    pub fn is_at(&self, endpoint: SocketAddr, nat_type: NatType) -> bool {
        (self.endpoint, self.nat_type) == (endpoint, nat_type)
    }

    /// Whether a peer is shown in this place.
    pub fn is_shown(&self, peer: &StatePeer) -> bool {
        let shown = (peer.endpoint.as_deref(), peer.nat_type);
        shown == (Some(self.endpoint.to_string().as_str()), Some(self.nat_type))
    }
}

/// A Node that is known before a request.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    index: usize,
    node_id: Uuid,
    mesh_ip: IpAddr,
    maintenance: Maintenance,
    told: Option<Told>,
    key: Option<[u8; 32]>,
}

/// A change of what peers see that has begun. Dropped, nobody knows what came of it.
pub struct Pending<'a>(&'a Roster);

impl Pending<'_> {
    /// The server has done it.
    pub fn done(self) {
        self.0.done.fetch_add(1, Ordering::SeqCst);
    }

    /// Nothing came of it.
    pub fn nothing(self) {
        self.0.begun.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How far the fleet's own maintenance of a Node has come. Of four steps in turn: in the mesh, being drained, drained,
/// being brought back. Equal before and after a request, it held all the while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintenance(u32);

impl Maintenance {
    /// Nobody has drained it, or it is back.
    pub fn is_in_the_mesh(self) -> bool {
        self.0.is_multiple_of(4)
    }

    /// It is drained.
    pub fn is_drained(self) -> bool {
        self.0 % 4 == 2
    }
}

/// How far an agent's enrolments have come: odd from when one is asked for until its NSK is here. Equal and even before
/// and after a request, the NSK held all the while, as far as its agent knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enrolments(u32);

impl Enrolments {
    /// None is under way, and of none the answer was lost.
    pub fn are_clear(self) -> bool {
        self.0.is_multiple_of(2)
    }
}

impl Roster {
    /// For `nodes` agents in a Domain with this range.
    pub fn new(mesh_cidr: IpNet, nodes: usize) -> Self {
        let slots = (0..nodes).map(|_| Mutex::default()).collect();
        Self {
            mesh_cidr,
            enrolled: AtomicUsize::new(0),
            shared: Mutex::default(),
            short: Mutex::default(),
            unknown: Mutex::default(),
            absent: Mutex::default(),
            begun: AtomicU64::new(0),
            done: AtomicU64::new(0),
            slots,
        }
    }

    /// How many Nodes are enrolled; all of them are in every later peer snapshot.
    pub fn enrolled(&self) -> usize {
        self.enrolled.load(Ordering::SeqCst)
    }

    /// The Node of agent `index` and its last heartbeat.
    pub fn seen(&self, index: usize) -> Option<(Uuid, Option<Beat>)> {
        let slot = *lock(self.slots.get(index)?);
        slot.node.map(|(id, _)| (id, slot.beat))
    }

    /// The Node of agent `index` and its address, as it was enrolled.
    pub fn node(&self, index: usize) -> Option<(Uuid, IpAddr)> {
        lock(self.slots.get(index)?).node
    }

    /// How far the maintenance of agent `index`'s Node has come.
    pub fn maintenance(&self, index: usize) -> Maintenance {
        self.slots.get(index).map(|slot| lock(slot).maintenance).unwrap_or_default()
    }

    /// The maintenance of agent `index`'s Node takes its next step.
    pub fn maintain(&self, index: usize) {
        if let Some(slot) = self.slots.get(index) {
            let mut slot = lock(slot);
            slot.maintenance.0 += 1;
            // Out of the mesh it has no endpoint, and back it has none yet.
            slot.told = None;
        }
    }

    /// Agent `index`'s Node is in the mesh again, whatever came before.
    pub fn is_back(&self, index: usize) {
        if let Some(slot) = self.slots.get(index) {
            let mut slot = lock(slot);
            slot.maintenance.0 += 4 - slot.maintenance.0 % 4;
            slot.told = None;
        }
    }

    /// How far the enrolments of agent `index` have come.
    pub fn enrolments(&self, index: usize) -> Enrolments {
        self.slots.get(index).map(|slot| lock(slot).enrolment).unwrap_or_default()
    }

    /// Agent `index` asks for an NSK: those before stop to hold, and its Node is nowhere until it reports again.
    pub fn enrols(&self, index: usize) {
        if let Some(slot) = self.slots.get(index) {
            let mut slot = lock(slot);
            slot.enrolment.0 |= 1;
            slot.told = None;
        }
    }

    /// A change of what peers see begins.
    pub fn change(&self) -> Pending<'_> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        Pending(self)
    }

    /// How many changes have begun. A state that is here now has no others in it.
    pub fn changes_begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// How many changes are done. A state that is asked for now has to have them in it, so that one with fewer begun
    /// changes in it is outdated.
    pub fn changes_done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    /// Agent `index` is about to tell another place: nobody knows which of them the server has.
    pub fn untell(&self, index: usize) {
        if let Some(slot) = self.slots.get(index) {
            lock(slot).told = None;
        }
    }

    /// Agent `index` has told where it is.
    pub fn tell(&self, index: usize, told: Told) {
        if let Some(slot) = self.slots.get(index) {
            lock(slot).told = Some(told);
        }
    }

    /// The mesh key of agent `index`'s Node is this one; `None`: nobody knows which the server has.
    pub fn rekey(&self, index: usize, key: Option<[u8; 32]>) {
        if let Some(slot) = self.slots.get(index) {
            lock(slot).key = key;
        }
    }

    /// The mesh key of agent `index`'s Node, where it is known.
    pub fn key(&self, index: usize) -> Option<[u8; 32]> {
        lock(self.slots.get(index)?).key
    }

    /// Where the agents' Nodes are, by their ids, as far as they have told since they last joined the mesh.
    pub fn told(&self) -> HashMap<Uuid, Told> {
        let slots = self.slots.iter().map(|slot| *lock(slot));
        slots.filter_map(|slot| Some((slot.node?.0, slot.told?))).collect()
    }

    /// Some of the Nodes; all of a small fleet.
    pub fn sample(&self, rng: &mut impl Rng) -> Vec<Known> {
        let count = self.slots.len();
        let start = rng.random_range(0..count.max(1));
        // Neighbours by number are not alike.
        let indices = (0..count.min(SAMPLE)).map(|at| (start + at) % count);
        let known = |index: usize| {
            let slot = *lock(self.slots.get(index)?);
            let (node_id, mesh_ip) = slot.node?;
            Some(Known { index, node_id, mesh_ip, maintenance: slot.maintenance, told: slot.told, key: slot.key })
        };
        indices.filter_map(known).collect()
    }

    /// What is wrong with the `peers` of the Node `own`, beside the Nodes that were `known` before they were asked for.
    /// One that is not there is judged at the end.
    pub fn peer_faults(
        &self,
        known: &[Known],
        own: Uuid,
        peers: &[StatePeer],
        endpoint_ttl: Duration,
        correlation_id: &str,
    ) -> Vec<Fault> {
        let mut faults = Vec::new();
        for Known { index, node_id, mesh_ip, maintenance, told, key } in
            known.iter().filter(|known| known.node_id != own)
        {
            let Some(now) = self.slots.get(*index).map(|slot| *lock(slot)) else { continue };
            if now.maintenance != *maintenance {
                continue;
            }
            // It held all the while, and has not lapsed.
            let same = |told: &Told| now.told.is_some_and(|now| now.is_at(told.endpoint, told.nat_type));
            let told = told.filter(|told| same(told) && told.at.elapsed() < endpoint_ttl);
            let key = key.filter(|key| now.key == Some(*key));
            let peer = peers.binary_search_by_key(node_id, |peer| peer.node_id.0).ok().map(|at| &peers[at]);
            match peer {
                Some(_) if maintenance.is_drained() => {
                    faults.push(Fault::new("drained", format!("{node_id} is drained and a peer")));
                }
                Some(peer) if peer.mesh_ip.0 != *mesh_ip => {
                    faults.push(Fault::new("mesh address", format!("{node_id} has {}, not {mesh_ip}", peer.mesh_ip.0)));
                }
                Some(peer) if key.is_some_and(|key| key != peer.public_key.0.0) => {
                    faults.push(Fault::new("key", format!("{node_id} has another one than its agent's")));
                }
                Some(peer) if told.is_some_and(|told| !told.is_shown(peer)) => {
                    let seen = (&peer.endpoint, peer.nat_type);
                    faults.push(Fault::new("endpoint", format!("{node_id} has {seen:?} and told {told:?}")));
                }
                None if maintenance.is_in_the_mesh() => {
                    let mut absent = lock(&self.absent);
                    if absent.len() < ABSENT {
                        absent.push((*node_id, correlation_id.to_owned()));
                    }
                }
                _ => {}
            }
        }
        faults
    }

    /// The Nodes that were missed among peers, each with the request's id.
    pub fn absent_nodes(&self) -> Vec<(Uuid, String)> {
        lock(&self.absent).clone()
    }

    /// What contradicts the signing keys that were seen before.
    pub fn key_faults(&self, keys: &[SigningKey]) -> Vec<Fault> {
        let mut shared = lock(&self.shared);
        let contradicts = |key: &&SigningKey| {
            let before = shared.signing_keys.insert(key.key_id.0, key.public_key.0);
            before.is_some_and(|before| before != key.public_key.0)
        };
        let named = |key: &SigningKey| Fault::new("signing key", format!("{} has two keys", key.key_id.0));
        keys.iter().filter(contradicts).map(named).collect()
    }

    /// How many agents there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Notes a heartbeat of agent `index`.
    pub fn beat(&self, index: usize, beat: Beat) {
        if let Some(slot) = self.slots.get(index) {
            lock(slot).beat = Some(beat);
        }
    }

    /// Notes the enrolment of agent `index` and tells what is wrong with the answer. `enrolled_before` is how many
    /// Nodes were enrolled before the request was sent.
    pub fn enrol(&self, index: usize, answer: &Enrolment, enrolled_before: usize, correlation_id: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let (id, address) = (answer.node_id.0, answer.mesh_ip.0);
        let slot = self.slots.get(index).and_then(|slot| {
            let mut slot = lock(slot);
            slot.enrolment.0 = (slot.enrolment.0 | 1) + 1;
            slot.node.replace((id, address))
        });
        match slot {
            Some(before) if before != (id, address) => {
                faults.push(Fault::new("identity", format!("{before:?} was re-enrolled as {:?}", (id, address))));
            }
            _ => {}
        }
        if answer.domain_mesh_cidr.0 != self.mesh_cidr {
            let detail = format!("domain_mesh_cidr is {}, not {}", answer.domain_mesh_cidr.0, self.mesh_cidr);
            faults.push(Fault::new("mesh range", detail));
        }
        if !is_host(self.mesh_cidr, address) {
            faults.push(Fault::new("mesh address", format!("{address} is no host address in {}", self.mesh_cidr)));
        }
        if answer.nsk.0.0.iter().all(|byte| *byte == 0) {
            faults.push(Fault::new("nsk", "all zero"));
        }
        faults.extend(self.compare(answer));
        faults.extend(self.snapshot_fault(answer));
        // The Domain is the fleet's own. A Node that re-enrols is one of those enrolled before.
        let expected = enrolled_before - usize::from(slot.is_some()).min(enrolled_before);
        let peers = answer.peer_snapshot.len();
        if peers < expected {
            let detail = format!("{peers} peers, though {expected} other Nodes were enrolled");
            let correlation_id = correlation_id.to_owned();
            lock(&self.short).push(Short { missing: expected - peers, detail, correlation_id });
        }
        if slot.is_none() {
            self.enrolled.fetch_add(1, Ordering::SeqCst);
        }
        faults
    }

    /// What contradicts the answers before this one.
    fn compare(&self, answer: &Enrolment) -> Vec<Fault> {
        let mut faults = Vec::new();
        let (id, address) = (answer.node_id.0, answer.mesh_ip.0);
        let mut shared = lock(&self.shared);
        if let Some(other) = shared.addresses.insert(address, id).filter(|other| *other != id) {
            faults.push(Fault::new("duplicate address", format!("{address} for {id} and {other}")));
        }
        let key = answer.signing_public_key.0;
        if shared.signing_keys.insert(answer.signing_key_id.0, key).is_some_and(|before| before != key) {
            faults.push(Fault::new("signing key", format!("{} has two keys", answer.signing_key_id.0)));
        }
        // A few of the peers are enough to find addresses that wander, and thousands of enrolments come through here.
        let step = (answer.peer_snapshot.len() / 64).max(1);
        for peer in answer.peer_snapshot.iter().step_by(step) {
            if let Some(owner) = shared.addresses.get(&peer.mesh_ip).filter(|owner| **owner != peer.node_id) {
                let detail = format!("{} is {owner}'s, and {}'s in the snapshot", peer.mesh_ip, peer.node_id);
                faults.push(Fault::new("duplicate address", detail));
            }
        }
        faults
    }

    /// The peer snapshots that miss more than the `gone` Nodes that have left.
    pub fn short_snapshots(&self, gone: usize) -> Vec<Short> {
        lock(&self.short).iter().filter(|short| short.missing > gone).cloned().collect()
    }

    /// Notes that the server says that there is no such Node.
    pub fn unknown(&self, node_id: Uuid, correlation_id: &str) {
        lock(&self.unknown).push((node_id, correlation_id.to_owned()));
    }

    /// The Nodes that the server said it did not know, each with the request's id.
    pub fn unknown_nodes(&self) -> Vec<(Uuid, String)> {
        lock(&self.unknown).clone()
    }

    fn snapshot_fault(&self, answer: &Enrolment) -> Option<Fault> {
        let (id, peers) = (answer.node_id.0, &answer.peer_snapshot);
        let fault = |detail: String| Some(Fault::new("peer snapshot", detail));
        if let Some(pair) = peers.windows(2).find(|pair| pair[0].node_id >= pair[1].node_id) {
            return fault(format!("{} before {}", pair[0].node_id, pair[1].node_id));
        }
        if peers.binary_search_by_key(&id, |peer| peer.node_id).is_ok() {
            return fault(format!("{id} is among its own peers"));
        }
        let strange =
            peers.iter().find(|peer| !is_host(self.mesh_cidr, peer.mesh_ip) || peer.mesh_ip == answer.mesh_ip.0);
        if let Some(peer) = strange {
            return fault(format!("{} has address {}", peer.node_id, peer.mesh_ip));
        }
        if peers.len() >= self.slots.len() {
            return fault(format!("{} peers of {} Nodes", peers.len(), self.slots.len()));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;
    use serde_json::json;

    use super::*;
    use crate::state::tests::{at, id, peer};

    fn enrolment(number: usize, address: &str, peers: &[(usize, &str)]) -> Enrolment {
        let key = STANDARD.encode([9; 32]);
        let peer =
            |(number, address): &(usize, &str)| json!({"node_id": id(*number), "mesh_ip": address, "public_key": key});
        let body = json!({
            "node_id": id(number), "mesh_ip": address, "signing_public_key": key, "signing_key_id": id(999),
            "nsk": key, "domain_mesh_cidr": "10.0.0.0/24", "peer_snapshot": peers.iter().map(peer).collect::<Vec<_>>(),
        });
        serde_json::from_value(body).unwrap()
    }

    fn rules(faults: &[Fault]) -> Vec<&'static str> {
        faults.iter().map(|fault| fault.rule).collect()
    }

    #[test]
    fn proper_enrolments_have_no_faults() {
        let roster = Roster::new("10.0.0.0/24".parse().unwrap(), 3);
        assert!(roster.enrol(0, &enrolment(1, "10.0.0.1", &[]), 0, "c").is_empty());
        assert!(roster.enrol(1, &enrolment(2, "10.0.0.2", &[(1, "10.0.0.1")]), 1, "c").is_empty());
        let peers = [(1, "10.0.0.1"), (2, "10.0.0.2")];
        assert!(roster.enrol(2, &enrolment(3, "10.0.0.3", &peers), 2, "c").is_empty());
        assert_eq!(roster.enrolled(), 3);
        let peers = [(1, "10.0.0.1"), (3, "10.0.0.3")];
        assert!(roster.enrol(1, &enrolment(2, "10.0.0.2", &peers), 3, "c").is_empty());
        assert_eq!(roster.enrolled(), 3);
    }

    #[test]
    fn contradictions_are_faults() {
        let roster = Roster::new("10.0.0.0/24".parse().unwrap(), 9);
        assert!(roster.enrol(0, &enrolment(1, "10.0.0.1", &[]), 0, "c").is_empty());
        let cases = [
            (1, enrolment(2, "10.0.0.1", &[]), 0, "duplicate address"),
            (2, enrolment(3, "10.0.1.1", &[]), 0, "mesh address"),
            (3, enrolment(4, "10.0.0.255", &[]), 0, "mesh address"),
            (4, enrolment(5, "10.0.0.5", &[(7, "10.0.0.7"), (6, "10.0.0.6")]), 0, "peer snapshot"),
            (5, enrolment(6, "10.0.0.6", &[(6, "10.0.0.6")]), 0, "peer snapshot"),
            (6, enrolment(7, "10.0.0.7", &[(3, "10.0.0.6")]), 0, "duplicate address"),
            (0, enrolment(1, "10.0.0.8", &[]), 0, "identity"),
        ];
        for (index, answer, before, wanted) in cases {
            assert_eq!(rules(&roster.enrol(index, &answer, before, "c")), [wanted]);
        }
    }

    #[test]
    fn maintenance_goes_round() {
        let roster = Roster::new("10.0.0.0/24".parse().unwrap(), 1);
        let seen = || (roster.maintenance(0).is_in_the_mesh(), roster.maintenance(0).is_drained());
        let start = roster.maintenance(0);
        assert_eq!(seen(), (true, false));
        for wanted in [(false, false), (false, true), (false, false), (true, false), (false, false)] {
            roster.maintain(0);
            assert_eq!(seen(), wanted);
        }
        // Given up in the middle.
        roster.is_back(0);
        assert_eq!(seen(), (true, false));
        assert_ne!(roster.maintenance(0), start);
    }

    #[test]
    fn an_nsk_holds_until_another_is_asked_for() {
        let roster = Roster::new("10.0.0.0/24".parse().unwrap(), 1);
        let enrol = || {
            roster.enrols(0);
            assert!(!roster.enrolments(0).are_clear());
            assert!(roster.enrol(0, &enrolment(1, "10.0.0.1", &[]), 0, "c").is_empty());
            roster.enrolments(0)
        };
        let first = enrol();
        assert!(first.are_clear());
        roster.tell(
            0,
            Told { endpoint: "198.18.0.2:9".parse().unwrap(), nat_type: NatType::Unknown, at: Instant::now() },
        );
        // Of two the answers were lost.
        roster.enrols(0);
        roster.enrols(0);
        assert!(!roster.enrolments(0).are_clear() && roster.told().is_empty());
        let second = enrol();
        assert!(second.are_clear() && second != first);
    }

    #[test]
    fn peers_are_those_in_the_mesh() {
        let roster = Roster::new("10.0.0.0/24".parse().unwrap(), 3);
        for number in 1..=3 {
            let address = format!("10.0.0.{number}");
            assert!(roster.enrol(number - 1, &enrolment(number, &address, &[]), 0, "c").is_empty());
        }
        let own = Uuid::parse_str(&id(1)).unwrap();
        let peers = |peers: &[serde_json::Value]| -> Vec<StatePeer> {
            peers.iter().map(|peer| serde_json::from_value(peer.clone()).unwrap()).collect()
        };
        let judge = |known: &[Known], list: &[serde_json::Value]| {
            rules(&roster.peer_faults(known, own, &peers(list), Duration::from_secs(9), "c"))
        };
        let mut rng = SmallRng::seed_from_u64(1);
        let known = roster.sample(&mut rng);
        assert_eq!(known.len(), 3);
        assert!(judge(&known, &[peer(2), peer(3)]).is_empty() && roster.absent_nodes().is_empty());
        assert!(judge(&known, &[peer(3)]).is_empty());
        assert_eq!(roster.absent_nodes(), [(Uuid::parse_str(&id(2)).unwrap(), "c".to_owned())]);
        let mut elsewhere = peer(3);
        elsewhere["mesh_ip"] = json!("10.0.0.9");
        assert_eq!(judge(&known, &[peer(2), elsewhere]), ["mesh address"]);
        let (endpoint, nat_type) = ("198.18.0.2:9".parse().unwrap(), NatType::Symmetric);
        roster.tell(1, Told { endpoint, nat_type, at: Instant::now() });
        assert!(judge(&known, &[peer(2), peer(3)]).is_empty(), "told since");
        let known = roster.sample(&mut rng);
        assert!(judge(&known, &[at(peer(2), "198.18.0.2:9", "symmetric", None), peer(3)]).is_empty());
        assert_eq!(judge(&known, &[peer(2), peer(3)]), ["endpoint"]);
        assert_eq!(judge(&known, &[at(peer(2), "198.18.0.2:9", "unknown", None), peer(3)]), ["endpoint"]);
        roster.untell(1);
        assert!(judge(&known, &[peer(2), peer(3)]).is_empty(), "on its way elsewhere");
        roster.rekey(1, Some([7; 32]));
        let known = roster.sample(&mut rng);
        assert!(judge(&known, &[peer(2), peer(3)]).is_empty(), "that is its key");
        roster.rekey(1, Some([8; 32]));
        assert!(judge(&known, &[peer(2), peer(3)]).is_empty(), "it got another one meanwhile");
        assert_eq!(judge(&roster.sample(&mut rng), &[peer(2), peer(3)]), ["key"]);
        roster.rekey(1, None);
        assert!(judge(&roster.sample(&mut rng), &[peer(2), peer(3)]).is_empty(), "nobody knows");
        roster.maintain(1);
        assert!(judge(&known, &[peer(3)]).is_empty() && judge(&known, &[peer(2), peer(3)]).is_empty());
        roster.maintain(1);
        let known = roster.sample(&mut rng);
        assert_eq!(judge(&known, &[peer(2), peer(3)]), ["drained"]);
        assert_eq!(roster.absent_nodes().len(), 1);
    }

    #[test]
    fn changes_are_counted_by_what_came_of_them() {
        let roster = Roster::new("10.0.0.0/24".parse().unwrap(), 1);
        roster.change().done();
        roster.change().nothing();
        let _unknown = roster.change();
        assert_eq!((roster.changes_begun(), roster.changes_done()), (2, 1));
    }

    #[test]
    fn snapshots_may_miss_those_who_left() {
        let roster = Roster::new("10.0.0.0/24".parse().unwrap(), 9);
        assert!(roster.enrol(0, &enrolment(1, "10.0.0.1", &[]), 0, "c").is_empty());
        assert!(roster.enrol(1, &enrolment(2, "10.0.0.2", &[]), 1, "c").is_empty());
        assert!(roster.enrol(0, &enrolment(1, "10.0.0.1", &[]), 2, "d").is_empty());
        assert_eq!(roster.short_snapshots(0).len(), 2);
        assert!(roster.short_snapshots(1).is_empty());
    }
}
