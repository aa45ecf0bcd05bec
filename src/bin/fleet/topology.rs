//! The picture of a mesh, held against what the states of its Nodes say. It is read as it comes, because it may be
//! larger than memory. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::net::IpAddr;

use bytes::{Buf, Bytes};
use chrono::{DateTime, Utc};
use plexsphere::agent::EdgeEnd;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::answers::{EdgeMode, NatType, State, StatePeer, TopologyEdge, TopologyNode};
use crate::contract_check::Fault;
use crate::spelled::Strict;

/// More faults of one picture tell nothing more.
const FAULTS: usize = 5;

/// A Node as the picture has to show it.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its Node.
    pub node_id: Uuid,
    /// Its handle.
    pub name: String,
    /// Its address in the mesh.
    pub mesh_ip: IpAddr,
    /// The NAT in front of it; `None`: nobody knows where it is.
    nat_type: Option<NatType>,
    /// The bridge that it has.
    relay: Option<Uuid>,
}

impl Member {
    /// A Node with what its peers see of it; nobody knows where it is without.
    pub fn new(node_id: Uuid, name: String, mesh_ip: IpAddr, seen: Option<&StatePeer>) -> Self {
        let nat_type = seen.and_then(|peer| peer.endpoint.is_some().then_some(peer.nat_type).flatten());
        let relay = seen.and_then(|peer| peer.relay_node_id).map(|relay| relay.0);
        Self { node_id, name, mesh_ip, nat_type, relay }
    }

    fn end(&self) -> EdgeEnd<'static> {
        EdgeEnd { node_id: self.node_id, nat_type: self.nat_type.map(NatType::as_str), relay: self.relay }
    }
}

/// Which edges are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// All, those that are relayed, or none.
    pub edges: Edges,
    /// Only those of this Node.
    pub node_id: Option<Uuid>,
}

/// Which edges, wherever they begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the contract's own words")]
pub enum Edges {
    None,
    Relayed,
    All,
}

impl Selection {
    /// The query.
    pub fn query(&self) -> String {
        let edges = match self.edges {
            Edges::None => "none",
            Edges::Relayed => "relayed",
            Edges::All => "all",
        };
        match self.node_id {
            Some(node_id) => format!("edges={edges}&node_id={node_id}"),
            None => format!("edges={edges}"),
        }
    }
}

/// What a picture shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// How many edges.
    pub edges: u64,
    /// How many of them are relayed.
    pub relayed: u64,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// Reads a picture of the mesh of `members`, which are in order of their ids.
///
/// # Errors
/// The [`Fault`] that makes it unreadable.
pub fn read(body: impl Read, domain_id: &str, members: &[Member], selection: Selection) -> Result<Shown, Fault> {
    let mut picture = Picture {
        domain_id,
        members,
        states: BTreeMap::new(),
        expected: Some(Expected { members, selection, source: 0, target: 0 }),
        shown: Shown::default(),
    };
    let mut reader = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 << 10, body));
    let read = reader.deserialize_map(Whole(&mut picture)).and_then(|()| reader.end());
    read.map_err(|error| Fault::new("body", error.to_string()))?;
    Ok(picture.shown)
}

/// The edges that have to be there, in their order.
struct Expected<'a> {
    members: &'a [Member],
    selection: Selection,
    source: usize,
    target: usize,
}

impl<'a> Iterator for Expected<'a> {
    type Item = (&'a Member, &'a Member, Option<Uuid>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let source = self.members.get(self.source)?;
            let Some(target) = self.members.get(self.target) else {
                (self.source, self.target) = (self.source + 1, 0);
                continue;
            };
            self.target += 1;
            let relay = source.end().relay_to(target.end());
            let wanted = match self.selection.edges {
                Edges::None => false,
                Edges::Relayed => relay.is_some(),
                Edges::All => true,
            };
            let its_own = self.selection.node_id.is_none_or(|id| id == source.node_id || id == target.node_id);
            if wanted && its_own && source.node_id != target.node_id {
                return Some((source, target, relay));
            }
        }
    }
}

struct Picture<'a> {
    domain_id: &'a str,
    members: &'a [Member],
    states: BTreeMap<Uuid, State>,
    /// `None`: an edge was not the one that had to come, and nothing can be said of those behind it.
    expected: Option<Expected<'a>>,
    shown: Shown,
}

impl Picture<'_> {
    fn broken(&mut self, rule: &'static str, detail: String) {
        if self.shown.faults.len() < FAULTS {
            self.shown.faults.push(Fault::new(rule, detail));
        }
    }

    fn nodes(&mut self, nodes: &[TopologyNode]) {
        let shown = nodes.iter().map(|node| (node.node_id.0, node.mesh_ip.0, node.name.as_str()));
        let wanted = self.members.iter().map(|member| (member.node_id, member.mesh_ip, member.name.as_str()));
        let count = (nodes.len(), self.members.len());
        let difference = shown.clone().zip(wanted.clone()).find(|(shown, wanted)| shown != wanted);
        if let Some((shown, wanted)) = difference {
            self.broken("nodes", format!("{shown:?} where {wanted:?} has to be"));
        } else if count.0 != count.1 {
            self.broken("nodes", format!("{} of them, not {}", count.0, count.1));
        }
        self.states = nodes.iter().map(|node| (node.node_id.0, node.reachability)).collect();
    }

    fn edge(&mut self, edge: &TopologyEdge) {
        let (source, target) = (edge.source_node_id.0, edge.target_node_id.0);
        let relay = edge.relay_node_id.map(|relay| relay.0);
        self.shown.edges += 1;
        self.shown.relayed += u64::from(edge.mode == EdgeMode::Relayed);
        let worse = self.states.get(&source).max(self.states.get(&target)).copied();
        // Nobody has told of a handshake, so that nothing makes it worse than its ends.
        if worse != Some(edge.status) || edge.handshake_age_seconds.is_some() {
            let age = edge.handshake_age_seconds;
            self.broken("status", format!("{source} to {target} is {:?}, aged {age:?}, not {worse:?}", edge.status));
        }
        if (edge.mode == EdgeMode::Relayed) != relay.is_some() {
            self.broken("mode", format!("{source} to {target} is {:?} by {relay:?}", edge.mode));
        }
        let Some(expected) = &mut self.expected else { return };
        match expected.next() {
            Some((from, to, wanted)) if (from.node_id, to.node_id) == (source, target) => {
                if wanted != relay {
                    let (one, other) = (from.nat_type, to.nat_type);
                    let detail =
                        format!("{source} ({one:?}) to {target} ({other:?}) by {relay:?}, by the states {wanted:?}");
                    self.broken("relay", detail);
                }
            }
            next => {
                let wanted = next.map(|(from, to, _)| (from.node_id, to.node_id));
                self.expected = None;
                self.broken("edges", format!("{source} to {target} where {wanted:?} has to be"));
            }
        }
    }

    fn end(&mut self) {
        if let Some((from, to, _)) = self.expected.as_mut().and_then(Expected::next) {
            let detail = format!("they end before {} to {}", from.node_id, to.node_id);
            self.broken("edges", detail);
        }
    }
}

struct Whole<'p, 'a>(&'p mut Picture<'a>);

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a topology")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // In this order, or a reader would have to keep the edges.
        for wanted in MEMBERS {
            let name: Option<String> = map.next_key()?;
            if name.as_deref() != Some(wanted) {
                return Err(A::Error::custom(format_args!("{name:?} where {wanted} has to be")));
            }
            match wanted {
                "domain_id" => {
                    let id: Strict<Uuid> = map.next_value()?;
                    if id.0.to_string() != self.0.domain_id {
                        self.0.broken("domain", id.0.to_string());
                    }
                }
                "generated_at" => drop(map.next_value::<Strict<DateTime<Utc>>>()?),
                "nodes" => self.0.nodes(&map.next_value::<Vec<TopologyNode>>()?),
                _ => map.next_value_seed(EdgeList(self.0))?,
            }
        }
        match map.next_key::<String>()? {
            None => Ok(()),
            Some(name) => Err(A::Error::custom(format_args!("unknown member {name}"))),
        }
    }
}

/// Its members.
const MEMBERS: [&str; 4] = ["domain_id", "generated_at", "nodes", "edges"];

struct EdgeList<'p, 'a>(&'p mut Picture<'a>);

impl<'de> DeserializeSeed<'de> for EdgeList<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EdgeList<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of edges")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(edge) = list.next_element()? {
            self.0.edge(&edge);
        }
        self.0.end();
        Ok(())
    }
}

/// A body that comes in pieces, for a thread of its own.
pub struct Pieces {
    pieces: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Pieces {
    /// Reads what is sent to the other end.
    pub fn new(pieces: mpsc::Receiver<Bytes>) -> Self {
        Self { pieces, piece: Bytes::new() }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let Some(piece) = self.pieces.blocking_recv() else { return Ok(0) };
            self.piece = piece;
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use plexsphere::contract::Contract;
    use serde_json::{Value, json};

    use super::*;
    use crate::state::tests::{at, id, peer};

    /// A bridge, two Nodes that can only be met through it, and one that nobody knows the place of.
    fn members() -> Vec<Member> {
        let peers = [
            at(peer(1), "198.18.0.1:9", "full_cone", None),
            at(peer(2), "198.18.0.2:9", "symmetric", Some((1, "198.18.0.1:9"))),
            at(peer(3), "198.18.0.3:9", "port_restricted", Some((1, "198.18.0.1:9"))),
            peer(4),
        ];
        let member = |peer: Value| {
            let peer: StatePeer = serde_json::from_value(peer).unwrap();
            Member::new(peer.node_id.0, "n".to_owned(), peer.mesh_ip.0, Some(&peer))
        };
        peers.map(member).to_vec()
    }

    fn selection(edges: Edges, node: Option<usize>) -> Selection {
        Selection { edges, node_id: node.map(|number| Uuid::parse_str(&id(number)).unwrap()) }
    }

    fn edge((source, target, relay): (usize, usize, Option<usize>)) -> Value {
        json!({
            "source_node_id": id(source), "target_node_id": id(target), "relay_node_id": relay.map(id),
            "mode": if relay.is_some() { "relayed" } else { "direct" },
            "status": if source == 4 || target == 4 { "stale" } else { "healthy" }, "handshake_age_seconds": null,
        })
    }

    fn picture(edges: impl IntoIterator<Item = Value>) -> Value {
        let node = |number: usize| {
            json!({
                "node_id": id(number), "name": "n", "mesh_ip": format!("10.0.0.{number}"),
                "reachability": if number == 4 { "stale" } else { "healthy" },
            })
        };
        json!({
            "domain_id": id(77), "generated_at": "2026-01-05T10:00:00.123Z",
            "nodes": (1..=4).map(node).collect::<Vec<_>>(), "edges": edges.into_iter().collect::<Vec<_>>(),
        })
    }

    fn all() -> Vec<(usize, usize, Option<usize>)> {
        let relayed = [(2, 3), (3, 2), (4, 2), (4, 3)];
        let pairs = (1..=4).flat_map(|source| (1..=4).map(move |target| (source, target)));
        pairs
            .filter(|(source, target)| source != target)
            .map(|pair| (pair.0, pair.1, relayed.contains(&pair).then_some(1)))
            .collect()
    }

    fn judge(picture: &Value, selection: Selection) -> Result<Shown, Fault> {
        read(picture.to_string().as_bytes(), &id(77), &members(), selection)
    }

    fn rules(picture: &Value) -> Vec<&'static str> {
        judge(picture, selection(Edges::All, None)).unwrap().faults.iter().map(|fault| fault.rule).collect()
    }

    #[test]
    fn a_proper_picture_has_no_faults() {
        type Wanted = fn(&(usize, usize, Option<usize>)) -> bool;
        let cases: [(Selection, Wanted, u64); 5] = [
            (selection(Edges::All, None), |_| true, 12),
            (selection(Edges::Relayed, None), |edge| edge.2.is_some(), 4),
            (selection(Edges::None, None), |_| false, 0),
            (selection(Edges::All, Some(2)), |edge| edge.0 == 2 || edge.1 == 2, 6),
            (selection(Edges::Relayed, Some(4)), |edge| edge.2.is_some() && edge.0 == 4, 2),
        ];
        for (selection, wanted, count) in cases {
            let shown = judge(&picture(all().into_iter().filter(wanted).map(edge)), selection).unwrap();
            assert!(shown.faults.is_empty(), "{selection:?}: {:?}", shown.faults);
            assert_eq!(shown.edges, count, "{selection:?}");
        }
    }

    #[test]
    fn what_differs_from_the_states_is_a_fault() {
        let edges = || all().into_iter().map(edge);
        assert_eq!(rules(&picture(edges().skip(1))), ["edges"]);
        assert_eq!(rules(&picture(edges().take(11))), ["edges"]);
        assert_eq!(rules(&picture(edges().chain([edge((4, 3, Some(1)))]))), ["edges"]);
        assert_eq!(rules(&picture(edges().take(5).chain(edges().skip(4).take(1)).chain(edges().skip(6)))), ["edges"]);
        let with = |at: usize, member: &str, value: Value| {
            let mut picture = picture(edges());
            picture["edges"][at][member] = value;
            rules(&picture)
        };
        assert_eq!(with(0, "relay_node_id", json!(id(3))), ["mode", "relay"]);
        assert_eq!(with(0, "status", json!("stale")), ["status"]);
        assert_eq!(with(0, "handshake_age_seconds", json!(3)), ["status"]);
        let mut direct = picture(all().into_iter().map(|(source, target, _)| edge((source, target, None))));
        assert_eq!(rules(&direct), ["relay"; 4]);
        direct["nodes"][0]["mesh_ip"] = json!("10.0.0.9");
        assert_eq!(rules(&direct)[0], "nodes");
    }

    #[test]
    fn what_is_no_picture_is_a_fault() {
        let whole = picture(all().into_iter().map(edge));
        for member in MEMBERS {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().shift_remove(member);
            assert_eq!(judge(&less, selection(Edges::All, None)).unwrap_err().rule, "body", "without {member}");
        }
        let mut more = whole.clone();
        more["surprise"] = json!(1);
        assert!(judge(&more, selection(Edges::All, None)).is_err());
        let text = whole.to_string();
        assert!(read(&text.as_bytes()[..text.len() - 1], &id(77), &members(), selection(Edges::All, None)).is_err());
    }

    #[test]
    fn its_members_are_those_of_the_contract() {
        let document = Contract::load().unwrap().document;
        let schema = &document["components"]["schemas"]["MeshTopology"];
        let members: BTreeSet<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(members, BTreeSet::from(MEMBERS));
        assert_eq!(schema["properties"].as_object().unwrap().len(), MEMBERS.len());
    }

    #[test]
    fn pieces_are_put_together() {
        let (sender, receiver) = mpsc::channel(4);
        for piece in ["ab", "", "cde"] {
            sender.try_send(Bytes::from_static(piece.as_bytes())).unwrap();
        }
        drop(sender);
        let mut text = String::new();
        Pieces::new(receiver).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcde");
    }
}
