//! When the mesh has come to rest, everybody has to say the same of it: the states of its Nodes, the list of Nodes, and
//! the picture of the mesh.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::SmallRng;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::agent::World;
use crate::answers::{Kind, Snapshot, StatePeer, Status};
use crate::caller::{CallError, Said};
use crate::contract_check::{Fault, Operation};
use crate::roster::Told;
use crate::spelled::Bytes32;
use crate::state::{self, Coding};
use crate::streams::ARRIVES;
use crate::topology::{self, Edges, Member, Pieces, Selection, Shown};

/// So many states are pulled when there are more Nodes than [`ALL`].
const ALL: usize = 500;
const SAMPLE: usize = 200;

/// States that are pulled at once: each may be of megabytes.
const AT_ONCE: usize = 8;

/// A mesh of more Nodes has too many edges to read them all.
const ALL_EDGES: usize = 2000;

/// Endpoints may lapse, and Nodes be found to be away, while the mesh is looked at: then it is looked at again.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

/// Pieces of the picture that wait to be read.
const PIECES: usize = 16;

/// What came of the comparison.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Convergence {
    /// Nodes in the mesh.
    pub live: usize,
    /// States that were compared.
    pub states: usize,
    /// Of which were compared with what events had made of earlier ones.
    pub folds: usize,
    /// Nodes with a bridge.
    pub relayed: usize,
    /// How often the mesh was looked at until it was at rest.
    pub attempts: u32,
    /// The picture of the mesh.
    pub topology: Picture,
}

/// What came of the comparison with the picture of the mesh.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Picture {
    /// Why there is none.
    pub not_compared: Option<String>,
    /// How many pictures were read: each shows other edges.
    pub pictures: usize,
    /// How many edges they have.
    pub edges: u64,
    /// How many of the edges are relayed.
    pub relayed: u64,
}

/// Compares until the mesh was at rest meanwhile.
///
/// # Errors
/// Why it could not be done.
pub async fn check(world: &Arc<World>, rng: &mut SmallRng) -> Result<Convergence, String> {
    for attempt in 1..=ATTEMPTS {
        let looked = look(world, rng).await.map_err(|error| format!("the states could not be compared: {error}"))?;
        if let Some((convergence, broken)) = looked {
            for Broken { operation, fault, correlation_id } in broken {
                world.caller.violation(operation, fault.rule, fault.detail, &correlation_id);
            }
            return Ok(Convergence { attempts: attempt, ..convergence });
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("the mesh did not come to rest in {ATTEMPTS} attempts to compare its states"))
}

struct Broken {
    operation: Operation,
    fault: Fault,
    correlation_id: String,
}

/// A Node of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    handle: String,
    mesh_ip: IpAddr,
    public_key: Bytes32,
    kind: Kind,
    live: bool,
}

type List = BTreeMap<Uuid, Listed>;

async fn list(world: &World) -> Result<List, CallError> {
    let nodes = world.operator.nodes(&world.home).await?;
    let there = nodes.into_iter().filter(|node| node.status != Status::Deregistered);
    Ok(there
        .map(|node| {
            let (live, handle) = (node.status == Status::Active, node.resource_handle);
            let (mesh_ip, public_key) = (node.mesh_ip.0, node.public_key.0);
            (node.node_id.0, Listed { handle, mesh_ip, public_key, kind: node.kind, live })
        })
        .collect())
}

/// Looks once. `None`: the mesh changed meanwhile.
async fn look(world: &Arc<World>, rng: &mut SmallRng) -> Result<Option<(Convergence, Vec<Broken>)>, CallError> {
    let listed = Arc::new(list(world).await?);
    let mut ids: Vec<Uuid> = listed.keys().copied().collect();
    // Two of them see each other, and so everybody.
    let live = listed.iter().filter(|(_, node)| node.live).map(|(id, _)| *id);
    let witnesses: Vec<Uuid> = live.clone().take(2).collect();
    let before = testimony(world, &witnesses).await?;
    if ids.len() > ALL {
        for at in 0..SAMPLE {
            let other = rng.random_range(at..ids.len());
            ids.swap(at, other);
        }
        ids.truncate(SAMPLE);
        ids.extend(&witnesses);
    }
    let mut gathered = Gathered::new(&listed);
    let mut broken = Vec::new();
    let mut pulls = JoinSet::new();
    let mut left = ids.into_iter().enumerate();
    let (mut folds, deadline) = (0, Instant::now() + ARRIVES);
    loop {
        while pulls.len() < AT_ONCE
            && let Some((at, node_id)) = left.next()
        {
            let world = Arc::clone(world);
            let coding = Coding::ALL[at % Coding::ALL.len()];
            pulls.spawn(async move { (node_id, pull(&world, node_id, coding).await) });
        }
        let Some(done) = pulls.join_next().await else { break };
        let Ok((node_id, said)) = done else { continue };
        let Said { body, correlation_id } = said?;
        let Some(node) = listed.get(&node_id) else { continue };
        let faults = match body {
            Ok(snapshot) => {
                let mut faults = state::faults(&snapshot, node_id, node.mesh_ip, world.home.mesh_cidr);
                faults.extend(gathered.add(node_id, &snapshot.peers));
                if let Some(differences) = world.streams.differences(node_id, &snapshot.peers, deadline).await {
                    folds += 1;
                    faults.extend(differences);
                }
                faults
            }
            Err(fault) => vec![fault],
        };
        let operation = Operation::GetNodeState;
        let correlation_id = &correlation_id;
        broken.extend(faults.into_iter().map(|fault| {
            let fault = Fault { detail: format!("{node_id}: {}", fault.detail), ..fault };
            Broken { operation, fault, correlation_id: correlation_id.clone() }
        }));
    }
    let told = world.roster.told();
    let fresh: HashMap<Uuid, Told> = told.into_iter().filter(|(_, told)| is_fresh(told, world)).collect();
    broken.extend(gathered.faults(&fresh).into_iter().map(|fault| Broken {
        operation: Operation::GetNodeState,
        fault,
        correlation_id: String::new(),
    }));
    let members = gathered.members();
    let (states, relayed) =
        (gathered.states, gathered.entries.values().filter(|peer| peer.relay_node_id.is_some()).count());
    let topology = picture(world, members, rng, &mut broken).await?;

    let quiet = before == testimony(world, &witnesses).await? && *listed == list(world).await?;
    let convergence = Convergence { live: live.count(), states, folds, relayed, attempts: 0, topology };
    Ok(quiet.then_some((convergence, broken)))
}

/// Whether the endpoint holds until the end of the comparison, as far as can be told.
fn is_fresh(told: &Told, world: &World) -> bool {
    world.endpoint_ttl.to_std().is_ok_and(|ttl| told.at.elapsed() < ttl)
}

async fn testimony(world: &World, witnesses: &[Uuid]) -> Result<Vec<Option<Vec<StatePeer>>>, CallError> {
    let mut all = Vec::new();
    for node_id in witnesses {
        // What cannot be read is told of by those who compare.
        all.push(pull(world, *node_id, Coding::Zstd).await?.body.ok().map(|snapshot| snapshot.peers));
    }
    Ok(all)
}

async fn pull(world: &World, node_id: Uuid, coding: Coding) -> Result<Said<Result<Snapshot, Fault>>, CallError> {
    let said = world.operator.state(node_id, coding).await?;
    let body = state::read(&said.body, coding).map(|pulled| pulled.snapshot);
    Ok(Said { body, correlation_id: said.correlation_id })
}

/// What the states say together.
struct Gathered<'a> {
    listed: &'a List,
    entries: BTreeMap<Uuid, StatePeer>,
    states: usize,
}

impl<'a> Gathered<'a> {
    fn new(listed: &'a List) -> Self {
        Self { listed, entries: BTreeMap::new(), states: 0 }
    }

    /// Adds the state of a Node and tells where it differs from the list and from the states before.
    fn add(&mut self, node_id: Uuid, peers: &[StatePeer]) -> Vec<Fault> {
        self.states += 1;
        let mut faults = Vec::new();
        let own_live = self.listed.get(&node_id).is_some_and(|node| node.live);
        let live = self.listed.iter().filter(|(id, node)| own_live && node.live && **id != node_id).map(|(id, _)| *id);
        let (wanted, seen): (BTreeSet<Uuid>, BTreeSet<Uuid>) =
            (live.collect(), peers.iter().map(|peer| peer.node_id.0).collect());
        for (rule, more, less) in [("missing peer", &wanted, &seen), ("extra peer", &seen, &wanted)] {
            let some: Vec<String> = more.difference(less).take(3).map(ToString::to_string).collect();
            if !some.is_empty() {
                let count = more.difference(less).count();
                faults.push(Fault::new(rule, format!("{count} of {}, among them {}", wanted.len(), some.join(", "))));
            }
        }
        let other = peers.iter().find(|peer| self.entries.get(&peer.node_id.0).is_some_and(|before| before != *peer));
        if let Some(peer) = other {
            let before = &self.entries[&peer.node_id.0];
            faults.push(Fault::new("peers differ", format!("{peer:?}, to another Node {before:?}")));
        }
        for peer in peers {
            self.entries.entry(peer.node_id.0).or_insert_with(|| peer.clone());
        }
        faults
    }

    /// What is wrong with the peers beside the list and what the agents have `told`, and with their bridges.
    fn faults(&self, told: &HashMap<Uuid, Told>) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut broken = |rule, detail: String| faults.push(Fault::new(rule, detail));
        for (id, peer) in &self.entries {
            let Some(listed) = self.listed.get(id) else { continue };
            if (peer.mesh_ip.0, peer.public_key.0) != (listed.mesh_ip, listed.public_key) {
                broken("peer", format!("{id} is at {} in states, listed at {}", peer.mesh_ip.0, listed.mesh_ip));
            }
            if let Some(told) = told.get(id).filter(|told| !told.is_shown(peer)) {
                let seen = (&peer.endpoint, peer.nat_type);
                broken("endpoint", format!("{id} has {seen:?} and told {told:?}"));
            }
            let Some(relay) = peer.relay_node_id.map(|relay| relay.0) else { continue };
            let bridge = self.listed.get(&relay).filter(|node| node.live && node.kind == Kind::Bridge);
            if bridge.is_none() || listed.kind == Kind::Bridge {
                broken("relay", format!("{id}, a {}, has {relay}, which is {bridge:?}", listed.kind.as_str()));
            }
            let place = self.entries.get(&relay).map(|bridge| &bridge.endpoint);
            if place.is_some_and(|place| *place != peer.fallback_endpoint) {
                broken("relay", format!("{id} has {relay} at {:?}, which is at {place:?}", peer.fallback_endpoint));
            }
        }
        faults
    }

    /// What the picture of the mesh has to show.
    fn members(&self) -> Arc<[Member]> {
        let live = self.listed.iter().filter(|(_, node)| node.live);
        live.map(|(id, node)| Member::new(*id, node.handle.clone(), node.mesh_ip, self.entries.get(id))).collect()
    }
}

async fn picture(
    world: &Arc<World>,
    members: Arc<[Member]>,
    rng: &mut SmallRng,
    broken: &mut Vec<Broken>,
) -> Result<Picture, CallError> {
    let mut picture = Picture::default();
    if members.is_empty() {
        picture.not_compared = Some("there are no Nodes".to_owned());
        return Ok(picture);
    }
    let one = Some(members[rng.random_range(0..members.len())].node_id);
    let every = if members.len() > ALL_EDGES { one } else { None };
    let selections = [
        Selection { edges: Edges::None, node_id: None },
        Selection { edges: Edges::All, node_id: every },
        Selection { edges: Edges::Relayed, node_id: every },
        Selection { edges: Edges::All, node_id: one },
    ];
    for selection in selections {
        let (said, shown) = show(world, &members, selection).await?;
        let mut faults = match shown {
            Ok(shown) => {
                picture.pictures += 1;
                picture.edges += shown.edges;
                picture.relayed += shown.relayed;
                shown.faults
            }
            Err(fault) => vec![fault],
        };
        if !said.body.headers.get(http::header::ETAG).is_some_and(|tag| tag.as_bytes().starts_with(b"W/\"")) {
            faults.push(Fault::new("etag", "there is no weak one"));
        }
        broken.extend(faults.into_iter().map(|fault| Broken {
            operation: Operation::GetDomainMeshTopology,
            fault: Fault { detail: format!("{}: {}", selection.query(), fault.detail), ..fault },
            correlation_id: said.correlation_id.clone(),
        }));
    }
    Ok(picture)
}

type Answered = (Said<crate::connection::Answer>, Result<Shown, Fault>);

async fn show(world: &Arc<World>, members: &Arc<[Member]>, selection: Selection) -> Result<Answered, CallError> {
    let (sink, pieces) = mpsc::channel(PIECES);
    let (members, domain_id) = (Arc::clone(members), world.home.domain_id.clone());
    // On a thread of its own: it waits for each piece.
    let reader =
        tokio::task::spawn_blocking(move || topology::read(Pieces::new(pieces), &domain_id, &members, selection));
    let said = world.operator.topology(&world.home, &selection.query(), &sink).await;
    drop(sink);
    let shown = reader.await.unwrap_or_else(|error| Err(Fault::new("body", error.to_string())));
    Ok((said?, shown))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::{Value, json};

    use super::*;
    use crate::answers::NatType;
    use crate::state::tests::{at, id, peer};

    fn uuid(number: usize) -> Uuid {
        Uuid::parse_str(&id(number)).unwrap()
    }

    /// Node 1 is a bridge, and node 4 is drained.
    fn listed() -> List {
        let node = |number: usize| {
            let (kind, mesh_ip) = (if number == 1 { Kind::Bridge } else { Kind::Node }, format!("10.0.0.{number}"));
            let listed = Listed {
                handle: "n".to_owned(),
                mesh_ip: mesh_ip.parse().unwrap(),
                public_key: Bytes32([7; 32]),
                kind,
                live: number != 4,
            };
            (uuid(number), listed)
        };
        (1..=4).map(node).collect()
    }

    fn peers(peers: &[Value]) -> Vec<StatePeer> {
        peers.iter().map(|peer| serde_json::from_value(peer.clone()).unwrap()).collect()
    }

    fn rules(faults: &[Fault]) -> Vec<&'static str> {
        faults.iter().map(|fault| fault.rule).collect()
    }

    #[test]
    fn states_agree_with_the_list_and_with_each_other() {
        let listed = listed();
        let bridge = at(peer(1), "198.18.0.1:9", "full_cone", None);
        let relayed = |number| at(peer(number), "198.18.0.2:9", "symmetric", Some((1, "198.18.0.1:9")));
        let mut gathered = Gathered::new(&listed);
        let mut add = |number, list: &[Value]| rules(&gathered.add(uuid(number), &peers(list)));
        assert!(add(1, &[relayed(2), relayed(3)]).is_empty());
        assert!(add(2, &[bridge.clone(), relayed(3)]).is_empty());
        assert!(add(4, &[]).is_empty(), "drained");
        assert_eq!(add(4, &[relayed(2)]), ["extra peer"]);
        assert_eq!(add(3, std::slice::from_ref(&bridge)), ["missing peer"]);
        assert_eq!(add(3, &[bridge.clone(), relayed(2), peer(4)]), ["extra peer"]);
        assert_eq!(add(3, &[bridge, peer(2)]), ["peers differ"]);
        assert_eq!(gathered.states, 7);
        assert!(gathered.faults(&HashMap::new()).is_empty());
        assert_eq!(gathered.members().len(), 3);
    }

    #[test]
    fn peers_are_what_is_listed_and_told() {
        let listed = listed();
        let faults = |list: &[Value], told: &HashMap<Uuid, Told>| {
            let mut gathered = Gathered::new(&listed);
            gathered.add(uuid(9), &peers(list));
            rules(&gathered.faults(told))
        };
        let none = HashMap::new();
        let mut other_key = peer(2);
        other_key["public_key"] = json!(STANDARD.encode([9; 32]));
        assert_eq!(faults(&[other_key], &none), ["peer"]);
        let bridge = at(peer(1), "198.18.0.1:9", "full_cone", None);
        let through = |number, relay, fallback| at(peer(number), "198.18.0.2:9", "symmetric", Some((relay, fallback)));
        assert!(faults(&[bridge.clone(), through(2, 1, "198.18.0.1:9")], &none).is_empty());
        assert_eq!(faults(&[bridge.clone(), through(2, 1, "198.18.0.1:10")], &none), ["relay"]);
        assert_eq!(faults(&[through(2, 3, "198.18.0.1:9")], &none), ["relay"], "not a bridge");
        assert_eq!(faults(&[through(1, 1, "198.18.0.2:9")], &none), ["relay"], "bridges have none");
        let endpoint = "198.18.0.1:9".parse().unwrap();
        let told = |nat_type| HashMap::from([(uuid(1), Told { endpoint, nat_type, at: Instant::now() })]);
        assert!(faults(std::slice::from_ref(&bridge), &told(NatType::FullCone)).is_empty());
        assert_eq!(faults(&[bridge], &told(NatType::Unknown)), ["endpoint"]);
        assert_eq!(faults(&[peer(1)], &told(NatType::FullCone)), ["endpoint"]);
    }
}
