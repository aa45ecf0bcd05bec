//! The peers of a Domain as they are sent: serialised once a version, in chunks that all its Nodes share.
//!
//! Where a chunk ends is decided by the ids in it, so that a change touches one chunk, or two: all others are those of
//! the version before, compressed already.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use uuid::Uuid;

use super::coding::Chunk;
use crate::ids::NodeId;
use crate::mesh::peers::PeerView;

/// A chunk is at least this long. With [`ENDS`] it is some 32 KiB: as far back as deflate looks, so that longer ones
/// would hardly compress better, and the one that holds a Node's own entry is quickly compressed anew.
const CHUNK_BYTES: usize = 20 * 1024;
/// And not longer than this, whatever the ids are.
const CHUNK_BYTES_MOST: usize = 64 * 1024;
/// One in so many entries may be the last of a chunk.
const ENDS: u8 = 64;
/// What stands in front of the peers.
const HEAD: &[u8] = br#"{"peers":["#;

#[derive(Serialize)]
struct SentPeer<'p> {
    node_id: Uuid,
    mesh_ip: &'p str,
    public_key: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nat_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay_node_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback_endpoint: Option<&'p str>,
    psk_epoch: i64,
}

/// Where a Node's entry stands, with the comma that has to go with it.
#[derive(Clone, Copy, Debug)]
struct Place {
    node_id: NodeId,
    chunk: u32,
    start: u32,
    end: u32,
}

/// A part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A chunk of the Domain's list, whole.
    Shared(usize),
    /// What only this Node is sent.
    Own(Vec<Bytes>),
}

/// All live Peers of a Domain, as of one of its versions.
#[derive(Debug)]
pub struct PeerList {
    version: i64,
    chunks: Vec<Arc<Chunk>>,
    /// By Node id.
    places: Vec<Place>,
}

impl PeerList {
    /// Serialises `peers`. Chunks that `before` has as well are shared with it.
    ///
    /// # Errors
    /// Never, in effect: text and numbers can be written as JSON.
    pub fn build(version: i64, mut peers: Vec<PeerView>, before: Option<&Self>) -> Result<Self, serde_json::Error> {
        peers.sort_by_key(|peer| peer.node_id);
        let known = before.map(Self::by_first).unwrap_or_default();
        let shared = |first: NodeId, bytes: Vec<u8>| match known.get(&first) {
            Some(chunk) if chunk.plain() == &bytes => Arc::clone(chunk),
            _ => Arc::new(Chunk::new(bytes.into())),
        };
        let mut list = Self { version, chunks: Vec::new(), places: Vec::with_capacity(peers.len()) };
        let mut first = None;
        let mut chunk: Vec<u8> = Vec::new();
        for (at, peer) in peers.iter().enumerate() {
            let start = chunk.len();
            let first_in_chunk = *first.get_or_insert(peer.node_id);
            if at > 0 {
                chunk.push(b',');
            }
            let sent = SentPeer {
                node_id: peer.node_id.0,
                mesh_ip: &peer.mesh_ip,
                public_key: &peer.public_key,
                endpoint: peer.endpoint.as_deref(),
                nat_type: peer.nat_type.map(|nat_type| nat_type.as_str()),
                relay_node_id: peer.relay_node_id.map(|id| id.0),
                fallback_endpoint: peer.fallback_endpoint.as_deref(),
                psk_epoch: peer.psk_epoch,
            };
            serde_json::to_writer(&mut chunk, &sent)?;
            list.places.push(Place {
                node_id: peer.node_id,
                chunk: list.chunks.len() as u32,
                start: start as u32,
                end: chunk.len() as u32,
            });
            let ends = chunk.len() >= CHUNK_BYTES && ends_chunk(peer.node_id);
            // The first entry has no comma of its own: the second one's goes with it, and stands beside it.
            if (ends || chunk.len() >= CHUNK_BYTES_MOST) && at > 0 {
                list.chunks.push(shared(first_in_chunk, std::mem::take(&mut chunk)));
                first = None;
            }
        }
        if let Some(first) = first {
            list.chunks.push(shared(first, chunk));
        }
        if list.places.len() > 1 {
            list.places[0].end += 1;
        }
        Ok(list)
    }

    /// The chunks by their first entry.
    fn by_first(&self) -> HashMap<NodeId, &Arc<Chunk>> {
        let mut last = None;
        let firsts = self.places.iter().filter(|place| last.replace(place.chunk) != Some(place.chunk));
        firsts.map(|place| place.node_id).zip(&self.chunks).collect()
    }

    /// The Domain's version that this is.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The chunks, in order.
    pub fn chunks(&self) -> &[Arc<Chunk>] {
        &self.chunks
    }

    /// Roughly what it takes of memory.
    pub fn bytes(&self) -> usize {
        let text: usize = self.chunks.iter().map(|chunk| chunk.plain().len()).sum();
        text + self.places.len() * size_of::<Place>()
    }
}

/// Ids are random where they end.
fn ends_chunk(node_id: NodeId) -> bool {
    node_id.0.as_bytes()[15].is_multiple_of(ENDS)
}

/// The body of a Node's state: the peers but itself, then `tail`. Without a list it has no peers.
pub fn parts(list: Option<&PeerList>, node_id: NodeId, tail: Bytes) -> Vec<Part> {
    let mut own = vec![Bytes::from_static(HEAD)];
    let mut parts = Vec::new();
    if let Some(list) = list {
        let place = list.places.binary_search_by_key(&node_id, |place| place.node_id).ok().map(|at| list.places[at]);
        for (at, chunk) in list.chunks.iter().enumerate() {
            match place.filter(|place| place.chunk as usize == at) {
                Some(place) => {
                    let plain = chunk.plain();
                    let around = [plain.slice(..place.start as usize), plain.slice(place.end as usize..)];
                    own.extend(around.into_iter().filter(|piece| !piece.is_empty()));
                }
                None => {
                    if !own.is_empty() {
                        parts.push(Part::Own(std::mem::take(&mut own)));
                    }
                    parts.push(Part::Shared(at));
                }
            }
        }
    }
    own.push(tail);
    parts.push(Part::Own(own));
    parts
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::mesh::endpoint::NatType;

    /// So many peers, made up; ids do not come in order.
    pub fn peers(count: usize) -> Vec<PeerView> {
        (0..count)
            .map(|n| PeerView {
                node_id: NodeId(Uuid::from_u128(
                    (n as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
                )),
                mesh_ip: format!("10.0.{}.{}", n / 256, n % 256),
                public_key: format!("{n:043}="),
                endpoint: (n % 3 == 0).then(|| format!("203.0.113.7:{n}")),
                nat_type: (n % 3 == 0).then_some(NatType::Symmetric),
                relay_node_id: (n % 5 == 0).then(|| NodeId(Uuid::from_u128(n as u128 + 1))),
                fallback_endpoint: (n % 5 == 0).then(|| "198.51.100.1:51820".to_owned()),
                psk_epoch: n as i64,
            })
            .collect()
    }

    pub fn identity(list: &PeerList, parts: &[Part]) -> Vec<u8> {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Part::Shared(at) => all.extend_from_slice(list.chunks()[*at].plain()),
                Part::Own(pieces) => pieces.iter().for_each(|piece| all.extend_from_slice(piece)),
            }
        }
        all
    }

    fn sent(list: &PeerList, node_id: NodeId) -> Vec<Value> {
        let body = identity(list, &parts(Some(list), node_id, Bytes::from_static(b"]}")));
        let body: Value = serde_json::from_slice(&body).unwrap();
        body["peers"].as_array().unwrap().clone()
    }

    #[test]
    fn every_node_is_sent_all_others_in_order_wherever_it_stands() {
        for count in [0, 1, 2, 3, 150, 900] {
            let peers = peers(count);
            let list = PeerList::build(7, peers.clone(), None).unwrap();
            assert!(count < 900 || list.chunks().len() > 3, "several chunks");
            let mut ids: Vec<NodeId> = peers.iter().map(|peer| peer.node_id).collect();
            ids.sort();
            let stranger = NodeId(Uuid::from_u128(u128::MAX));
            for node_id in ids.iter().copied().chain([stranger]) {
                let seen = sent(&list, node_id);
                let seen: Vec<&str> = seen.iter().map(|peer| peer["node_id"].as_str().unwrap()).collect();
                let expected: Vec<String> = ids.iter().filter(|id| **id != node_id).map(ToString::to_string).collect();
                assert_eq!(seen, expected, "{count} peers, {node_id}");
            }
        }
    }

    #[test]
    fn what_is_not_known_of_a_peer_is_absent() {
        let mut all = peers(1);
        let list = PeerList::build(1, all.clone(), None).unwrap();
        let stranger = NodeId(Uuid::max());
        assert_eq!(sent(&list, stranger)[0]["nat_type"], "symmetric");
        all[0] =
            PeerView { endpoint: None, nat_type: None, relay_node_id: None, fallback_endpoint: None, ..all[0].clone() };
        let list = PeerList::build(1, all.clone(), None).unwrap();
        let expected = json!({
            "node_id": all[0].node_id.0, "mesh_ip": "10.0.0.0", "public_key": all[0].public_key, "psk_epoch": 0,
        });
        assert_eq!(sent(&list, stranger)[0], expected);
    }

    #[test]
    fn a_change_touches_one_chunk_or_two_and_the_others_are_shared_with_the_version_before() {
        let before = peers(3000);
        let list = PeerList::build(1, before.clone(), None).unwrap();
        assert!(list.chunks().len() > 10);
        let mut moved = before.clone();
        moved[1700].endpoint = Some("198.51.100.200:51820".to_owned());
        let mut joined = before.clone();
        joined.push(PeerView { node_id: NodeId(Uuid::from_u128(1 << 120)), ..before[0].clone() });
        let mut left = before.clone();
        left.remove(2500);
        for (what, after) in [("moved", moved), ("joined", joined), ("left", left), ("the same", before)] {
            let next = PeerList::build(2, after.clone(), Some(&list)).unwrap();
            let same = |chunk: &&Arc<Chunk>| list.chunks().iter().any(|before| Arc::ptr_eq(before, chunk));
            let shared = next.chunks().iter().filter(same).count();
            let least = if what == "the same" { 0 } else { 3 };
            assert!(shared + least >= next.chunks().len(), "{what}: {shared} of {}", next.chunks().len());
            let alone = PeerList::build(2, after, None).unwrap();
            assert_eq!(alone.chunks().len(), next.chunks().len(), "{what}: chunks do not depend on what was before");
            assert!(alone.chunks().iter().zip(next.chunks()).all(|(one, other)| one.plain() == other.plain()));
        }
    }

    proptest! {
        #[test]
        fn the_order_in_which_peers_are_read_changes_no_byte(count in 0_usize..400, turn in any::<usize>()) {
            let peers = peers(count);
            let mut turned = peers.clone();
            turned.rotate_left(turn % count.max(1));
            let one = PeerList::build(1, peers, None).unwrap();
            let other = PeerList::build(1, turned, None).unwrap();
            let plain = |list: &PeerList| list.chunks().iter().map(|chunk| chunk.plain().clone()).collect::<Vec<_>>();
            prop_assert_eq!(plain(&one), plain(&other));
        }
    }
}
