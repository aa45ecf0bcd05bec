//! The peers of a Domain as they are sent: serialised once a version, in pieces that all its Nodes share.

use bytes::Bytes;
use serde::Serialize;
use uuid::Uuid;

use crate::ids::NodeId;
use crate::mesh::peers::PeerView;

/// A chunk is closed when it is this long: as far back as deflate looks, so that longer ones would hardly compress
/// better, and the one that holds a Node's own entry is quickly compressed anew.
const CHUNK_BYTES: usize = 32 * 1024;
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
    chunks: Vec<Bytes>,
    /// By Node id.
    places: Vec<Place>,
}

impl PeerList {
    /// Serialises `peers`.
    ///
    /// # Errors
    /// Never, in effect: text and numbers can be written as JSON.
    pub fn build(version: i64, mut peers: Vec<PeerView>) -> Result<Self, serde_json::Error> {
        peers.sort_by_key(|peer| peer.node_id);
        let mut list = Self { version, chunks: Vec::new(), places: Vec::with_capacity(peers.len()) };
        let mut chunk: Vec<u8> = Vec::new();
        for (at, peer) in peers.iter().enumerate() {
            let start = chunk.len();
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
            // The first entry has no comma of its own: the second one's goes with it, and stands beside it.
            if chunk.len() >= CHUNK_BYTES && at > 0 {
                list.chunks.push(std::mem::take(&mut chunk).into());
            }
        }
        if !chunk.is_empty() {
            list.chunks.push(chunk.into());
        }
        if list.places.len() > 1 {
            list.places[0].end += 1;
        }
        Ok(list)
    }

    /// The Domain's version that this is.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The chunks, in order.
    pub fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }

    /// Roughly what it takes of memory.
    pub fn bytes(&self) -> usize {
        let text: usize = self.chunks.iter().map(Bytes::len).sum();
        text + self.places.len() * size_of::<Place>()
    }
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
                    let around = [chunk.slice(..place.start as usize), chunk.slice(place.end as usize..)];
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
                Part::Shared(at) => all.extend_from_slice(&list.chunks()[*at]),
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
        for count in [0, 1, 2, 3, 150, 700] {
            let peers = peers(count);
            let list = PeerList::build(7, peers.clone()).unwrap();
            assert!(count < 700 || list.chunks().len() > 3, "several chunks");
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
        let list = PeerList::build(1, all.clone()).unwrap();
        let stranger = NodeId(Uuid::max());
        assert_eq!(sent(&list, stranger)[0]["nat_type"], "symmetric");
        all[0] =
            PeerView { endpoint: None, nat_type: None, relay_node_id: None, fallback_endpoint: None, ..all[0].clone() };
        let list = PeerList::build(1, all.clone()).unwrap();
        let expected = json!({
            "node_id": all[0].node_id.0, "mesh_ip": "10.0.0.0", "public_key": all[0].public_key, "psk_epoch": 0,
        });
        assert_eq!(sent(&list, stranger)[0], expected);
    }

    proptest! {
        #[test]
        fn the_order_in_which_peers_are_read_changes_no_byte(count in 0_usize..400, turn in any::<usize>()) {
            let peers = peers(count);
            let mut turned = peers.clone();
            turned.rotate_left(turn % count.max(1));
            let one = PeerList::build(1, peers).unwrap();
            let other = PeerList::build(1, turned).unwrap();
            prop_assert_eq!(one.chunks(), other.chunks());
        }
    }
}
