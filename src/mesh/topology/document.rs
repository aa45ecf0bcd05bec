//! The topology as it is sent, written piece by piece.

use std::io::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::graph::{self, Limits};
use super::{Ages, Graph};
use crate::ids::NodeId;
use crate::mesh::reachability::State;

/// A piece is closed when it is this long: two records of TLS, and with the last entry still of a size that the allocator
/// keeps at hand.
const PIECE_BYTES: usize = 31 * 1024;
/// A piece ends after so many edges were looked at, however few were sent: others run meanwhile.
const LOOKED_AT: usize = 16 * 1024;
/// An entry may begin just before a piece is full.
const ENTRY_BYTES: usize = 1024;

/// Which edges are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Selection {
    /// None.
    None,
    /// Those that are relayed.
    Relayed,
    /// All.
    #[default]
    All,
}

impl Selection {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Relayed, Self::All];

    /// As it is asked for.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Relayed => "relayed",
            Self::All => "all",
        }
    }
}

#[derive(Serialize)]
struct SentNode<'m> {
    node_id: Uuid,
    name: &'m str,
    mesh_ip: &'m str,
    reachability: &'static str,
}

/// Writes a graph: each item is a piece of its JSON. An empty piece only says that others should run first.
pub struct Document {
    graph: Graph,
    ages: Ages,
    limits: Limits,
    selection: Selection,
    /// With `only`, edges that begin or end at that Node; `Some(None)`: at one that is not there.
    only: Option<Option<usize>>,
    generated_at: DateTime<Utc>,
    /// The ids as text, 36 bytes each.
    ids: Vec<[u8; 36]>,
    at: At,
    /// The next edge is the first one.
    first: bool,
    /// How many of the source's handshakes have been passed.
    passed: usize,
}

#[derive(Clone, Copy)]
enum At {
    Node(usize),
    Edge { source: usize, target: usize },
    End,
}

impl Document {
    /// Of `graph`, with the edges that are asked for.
    pub fn new(graph: Graph, ages: Ages, selection: Selection, only: Option<NodeId>, now: DateTime<Utc>) -> Self {
        let ids = graph.members().iter().map(|member| text(member.node_id)).collect();
        let only = only.map(|node_id| graph.place(node_id).map(|place| place as usize));
        let limits = Limits::of(graph.thresholds);
        let at = At::Node(0);
        Self { graph, ages, limits, selection, only, generated_at: now, ids, at, first: true, passed: 0 }
    }

    fn nodes(&mut self, piece: &mut Vec<u8>, from: usize) {
        if from == 0 {
            let at = self.generated_at.to_rfc3339_opts(SecondsFormat::Millis, true);
            put(piece, &format!(r#"{{"domain_id":"{}","generated_at":"{at}","nodes":["#, self.graph.domain_id));
        }
        for (place, member) in self.graph.members().iter().enumerate().skip(from) {
            if piece.len() >= PIECE_BYTES {
                self.at = At::Node(place);
                return;
            }
            if place > 0 {
                piece.push(b',');
            }
            let sent = SentNode {
                node_id: member.node_id.0,
                name: &member.name,
                mesh_ip: &member.mesh_ip,
                reachability: member.state.as_str(),
            };
            // Writing text to memory does not fail.
            let _written = serde_json::to_writer(&mut *piece, &sent);
        }
        put(piece, r#"],"edges":["#);
        self.at = match (self.selection, self.only) {
            (Selection::None, _) | (_, Some(None)) => {
                put(piece, "]}");
                At::End
            }
            _ => At::Edge { source: 0, target: 0 },
        };
    }

    fn edges(&mut self, piece: &mut Vec<u8>, mut source: usize, mut target: usize) {
        let members = self.graph.members();
        let mut looked_at = 0;
        // What every edge of a source begins with.
        let mut begin = Vec::with_capacity(ENTRY_BYTES);
        while let Some(from) = members.get(source) {
            let towards = match self.only {
                Some(Some(only)) if only != source => Some(only),
                _ => None,
            };
            let known = self.ages.from(source);
            begin.clear();
            put(&mut begin, r#",{"source_node_id":""#);
            begin.extend_from_slice(&self.ids[source]);
            put(&mut begin, r#"","target_node_id":""#);
            if let Some(only) = towards {
                target = target.max(only);
            }
            while let Some(to) = members.get(target).filter(|_| towards.is_none_or(|only| only == target)) {
                if piece.len() >= PIECE_BYTES || looked_at >= LOOKED_AT {
                    self.at = At::Edge { source, target };
                    return;
                }
                looked_at += 1;
                let relay = self.graph.relay(from, to);
                if target != source && (relay.is_some() || self.selection == Selection::All) {
                    while known.get(self.passed).is_some_and(|(place, _)| (*place as usize) < target) {
                        self.passed += 1;
                    }
                    let age =
                        known.get(self.passed).filter(|(place, _)| *place as usize == target).map(|(_, age)| *age);
                    let status = graph::status(from.state, to.state, age.map(|age| self.limits.state(age)));
                    piece.extend_from_slice(&begin[usize::from(self.first)..]);
                    self.first = false;
                    piece.extend_from_slice(&self.ids[target]);
                    rest(piece, relay, status, age);
                }
                target += 1;
            }
            source += 1;
            target = 0;
            self.passed = 0;
            // A source without edges is one that was looked at.
            looked_at += 1;
        }
        put(piece, "]}");
        self.at = At::End;
    }
}

/// What comes after the ends of an edge.
fn rest(piece: &mut Vec<u8>, relay: Option<NodeId>, status: State, age: Option<u32>) {
    // Nearly all edges: in one go.
    if let (None, None) = (relay, age) {
        return put(piece, plain(status));
    }
    match relay {
        None => put(piece, r#"","mode":"direct","relay_node_id":null,"status":""#),
        Some(relay) => {
            put(piece, r#"","mode":"relayed","relay_node_id":""#);
            piece.extend_from_slice(&text(relay));
            put(piece, r#"","status":""#);
        }
    }
    put(piece, status.as_str());
    match age {
        None => put(piece, r#"","handshake_age_seconds":null}"#),
        Some(age) => {
            put(piece, r#"","handshake_age_seconds":"#);
            // Writing to memory does not fail.
            let _written = write!(piece, "{age}}}");
        }
    }
}

/// The rest of an edge that is not relayed and of which no handshake is known.
const fn plain(status: State) -> &'static str {
    match status {
        State::Healthy => r#"","mode":"direct","relay_node_id":null,"status":"healthy","handshake_age_seconds":null}"#,
        State::Stale => r#"","mode":"direct","relay_node_id":null,"status":"stale","handshake_age_seconds":null}"#,
        State::Unreachable => {
            r#"","mode":"direct","relay_node_id":null,"status":"unreachable","handshake_age_seconds":null}"#
        }
    }
}

fn put(piece: &mut Vec<u8>, text: &str) {
    piece.extend_from_slice(text.as_bytes());
}

fn text(node_id: NodeId) -> [u8; 36] {
    let mut text = [0; 36];
    node_id.0.hyphenated().encode_lower(&mut text);
    text
}

impl Iterator for Document {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut piece = Vec::with_capacity(PIECE_BYTES + ENTRY_BYTES);
        match self.at {
            At::Node(from) => self.nodes(&mut piece, from),
            At::Edge { source, target } => self.edges(&mut piece, source, target),
            At::End => return None,
        }
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::graph::{Member, Nat};
    use super::*;
    use crate::ids::DomainId;
    use crate::mesh::reachability::Thresholds;

    fn id(n: usize) -> NodeId {
        NodeId(Uuid::from_u128(n as u128 + 1))
    }

    fn graph(count: usize, seed: u64) -> Graph {
        let pick = |n: usize, salt: u64, of: u64| (n as u64 + 1).wrapping_mul(seed | 1).wrapping_add(salt * 7) % of;
        let members = (0..count).map(|n| Member {
            node_id: id(n),
            name: format!("node-{n}"),
            mesh_ip: format!("10.0.0.{n}"),
            state: State::from_number(pick(n, 1, 3) as i16),
            changed_at: DateTime::UNIX_EPOCH,
            nat: [Nat::Nowhere, Nat::Open, Nat::PortRestricted, Nat::Symmetric][pick(n, 2, 4) as usize],
            relay: (n > 1 && pick(n, 3, 4) > 0).then(|| id(pick(n, 4, 2) as usize)),
        });
        let thresholds = Thresholds { stale_after: Duration::seconds(90), unreachable_after: Duration::seconds(300) };
        Graph::new(DomainId(Uuid::max()), 7, thresholds, members.collect())
    }

    fn ages(graph: &Graph) -> Ages {
        let now = DateTime::from_timestamp(10_000, 0).unwrap();
        let mut ages = Ages::none(graph);
        for source in (0..graph.members().len()).step_by(2) {
            let reported: serde_json::Map<String, Value> = (source % 3..graph.members().len())
                .step_by(3)
                .map(|target| (id(target).to_string(), json!(10_000_000 - 1000 * (source * 31 + target) as i64)))
                .collect();
            ages.add(graph, id(source), &Value::Object(reported).to_string(), now).unwrap();
        }
        ages
    }

    /// The document in the plain way, all of it at once.
    fn model(graph: &Graph, ages: &Ages, selection: Selection, only: Option<NodeId>) -> Value {
        let limits = Limits::of(graph.thresholds);
        let mut edges = Vec::new();
        for (at, source) in graph.members().iter().enumerate() {
            for (to, target) in graph.members().iter().enumerate() {
                let relay = graph.relay(source, target);
                let asked = match selection {
                    Selection::None => false,
                    Selection::Relayed => relay.is_some(),
                    Selection::All => true,
                };
                let ends = [source.node_id, target.node_id];
                if at == to || !asked || only.is_some_and(|only| !ends.contains(&only)) {
                    continue;
                }
                let age = ages.from(at).iter().find(|(place, _)| *place as usize == to).map(|(_, age)| *age);
                let status = graph::status(source.state, target.state, age.map(|age| limits.state(age)));
                edges.push(json!({
                    "source_node_id": source.node_id.0, "target_node_id": target.node_id.0,
                    "mode": if relay.is_some() { "relayed" } else { "direct" }, "relay_node_id": relay.map(|id| id.0),
                    "status": status.as_str(), "handshake_age_seconds": age,
                }));
            }
        }
        let nodes: Vec<Value> = graph
            .members()
            .iter()
            .map(|member| {
                json!({ "node_id": member.node_id.0, "name": member.name, "mesh_ip": member.mesh_ip,
                    "reachability": member.state.as_str() })
            })
            .collect();
        json!({ "domain_id": graph.domain_id.0, "generated_at": "2026-01-01T00:00:00.000Z", "nodes": nodes, "edges": edges })
    }

    fn now() -> DateTime<Utc> {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_written_in_pieces_is_what_would_be_written_at_once(count in 0_usize..40, seed in any::<u64>(), only in prop::option::of(0_usize..44)) {
            let graph = graph(count, seed);
            let ages = ages(&graph);
            for selection in Selection::ALL {
                let only = only.map(id);
                let document = Document::new(graph.clone(), ages.clone(), selection, only, now());
                let written: Vec<u8> = document.flatten().collect();
                let expected = model(&graph, &ages, selection, only).to_string();
                prop_assert_eq!(String::from_utf8(written).unwrap(), expected);
            }
        }
    }

    #[test]
    fn pieces_are_bounded_however_many_edges_there_are() {
        let graph = graph(700, 3);
        for selection in Selection::ALL {
            let mut bytes = 0;
            let mut document = Document::new(graph.clone(), Ages::none(&graph), selection, None, now());
            for piece in &mut document {
                assert!(piece.len() <= PIECE_BYTES + ENTRY_BYTES, "{}", piece.len());
                assert_eq!(piece.capacity(), PIECE_BYTES + ENTRY_BYTES, "a piece has grown");
                bytes += piece.len();
            }
            assert_eq!(bytes > 700 * 699 * 150, selection == Selection::All);
        }
    }

    #[test]
    fn whoever_looks_for_few_edges_among_many_pauses() {
        let mut graph = graph(0, 0);
        graph = Graph::new(
            graph.domain_id,
            0,
            graph.thresholds,
            (0..600)
                .map(|n| Member {
                    node_id: id(n),
                    name: String::new(),
                    mesh_ip: String::new(),
                    state: State::Healthy,
                    changed_at: DateTime::UNIX_EPOCH,
                    nat: Nat::Open,
                    relay: None,
                })
                .collect(),
        );
        let ages = Ages::none(&graph);
        let pieces = Document::new(graph, ages, Selection::Relayed, None, now()).count();
        assert!(pieces > 600 * 600 / LOOKED_AT, "{pieces}");
    }
}
