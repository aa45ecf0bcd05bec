//! Edge PSKs: at the end, both ends of some edges ask for theirs, and have to get the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue};
use rand::RngExt;
use rand::rngs::SmallRng;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::agent::World;
use crate::answers::{Node, Status};
use crate::caller::{CallError, Said};
use crate::connection::Answer;
use crate::contract_check::{Fault, Operation};
use crate::stats::lock;

/// So many agents' NSKs are kept beyond the agents' lives, and so many edges between them are looked at.
const ENDS: usize = 24;
const EDGES: usize = 48;

const NONCE_BYTES: usize = 12;
const SEALED_BYTES: usize = NONCE_BYTES + 32 + 16;

/// The NSKs of some agents' Nodes, by the numbers of the agents.
#[derive(Default)]
pub struct Ends(Mutex<BTreeMap<usize, HeaderValue>>);

impl Ends {
    /// Keeps the NSK of agent `index`, if it is one of those.
    pub fn keep(&self, index: usize, of: usize, bearer: &HeaderValue) {
        if index.is_multiple_of((of / ENDS).max(1)) {
            lock(&self.0).insert(index, bearer.clone());
        }
    }
}

/// One end of an edge, as it asks.
struct End {
    node_id: Uuid,
    bearer: HeaderValue,
}

/// What one end got.
struct Edge {
    key: Zeroizing<Vec<u8>>,
    /// Its own epoch, and that of the other end.
    epochs: [i64; 2],
    correlation_id: String,
}

/// Compares what both ends of some edges get. Returns how many edges.
///
/// # Errors
/// Why it could not be done.
pub async fn compare(world: &Arc<World>, nodes: &[Node], rng: &mut SmallRng) -> Result<usize, String> {
    let active: HashMap<Uuid, Status> = nodes.iter().map(|node| (node.node_id.0, node.status)).collect();
    let kept = lock(&world.ends.0).clone();
    let mut ends: Vec<End> = Vec::new();
    for (index, bearer) in kept {
        let Some((node_id, _)) = world.roster.node(index) else { continue };
        if active.get(&node_id) == Some(&Status::Active) {
            ends.push(End { node_id, bearer });
        }
    }
    let mut keys: HashMap<[u8; 32], (Uuid, Uuid)> = HashMap::new();
    let mut compared = 0;
    for _ in 0..EDGES.min(ends.len() * ends.len().saturating_sub(1) / 2) {
        let at = rng.random_range(0..ends.len());
        let other = (at + rng.random_range(1..ends.len())) % ends.len();
        let (one, other) = (&ends[at], &ends[other]);
        let ids = (one.node_id.min(other.node_id), one.node_id.max(other.node_id));
        let (Some(here), Some(there)) = (ask(world, one, other).await?, ask(world, other, one).await?) else {
            continue;
        };
        compared += 1;
        let broken = |rule, detail| world.caller.violation(Operation::GetPeerPsk, rule, detail, &there.correlation_id);
        if here.key != there.key {
            broken("edge key", format!("{} and {} got different keys", ids.0, ids.1));
        }
        if here.epochs != [there.epochs[1], there.epochs[0]] {
            broken("epochs", format!("{} {:?}, {} {:?}", one.node_id, here.epochs, other.node_id, there.epochs));
        }
        let before = keys.insert(Sha256::digest(&*here.key).into(), ids);
        if let Some(before) = before.filter(|before| *before != ids) {
            broken("edge key", format!("{ids:?} and {before:?} have the same"));
        }
    }
    Ok(compared)
}

/// Asks as one end. `None`: what came is of no use, which is counted.
async fn ask(world: &World, caller: &End, peer: &End) -> Result<Option<Edge>, String> {
    let said = match world.operator.edge_psk(&caller.bearer, caller.node_id, peer.node_id).await {
        Ok(said) => said,
        Err(error) if error.is_transient() => return Err(format!("edge PSKs could not be compared: {error}")),
        Err(error) => {
            let (detail, correlation_id) = refusal(caller, peer, &error);
            world.caller.violation(Operation::GetPeerPsk, "refusal", detail, &correlation_id);
            return Ok(None);
        }
    };
    match open(&said, caller, peer) {
        Ok(edge) => Ok(Some(edge)),
        Err(fault) => {
            let detail = format!("{} of {}: {}", caller.node_id, peer.node_id, fault.detail);
            world.caller.violation(Operation::GetPeerPsk, fault.rule, detail, &said.correlation_id);
            Ok(None)
        }
    }
}

fn refusal(caller: &End, peer: &End, error: &CallError) -> (String, String) {
    let detail = format!("{} of {}: {error}", caller.node_id, peer.node_id);
    (detail, error.correlation_id().unwrap_or_default().to_owned())
}

fn epochs(headers: &HeaderMap) -> Option<[i64; 2]> {
    let text = headers.get("x-plexsphere-psk-epochs")?.to_str().ok()?;
    let (own, other) = text.split_once(',')?;
    Some([own.parse().ok()?, other.parse().ok()?])
}

/// The key in the text of an NSK.
fn nsk(bearer: &HeaderValue) -> Option<Zeroizing<Vec<u8>>> {
    let text = bearer.to_str().ok()?.rsplit_once("Bearer nsk_dev_")?.1;
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
    Some(Zeroizing::new(bytes.get(16..)?.to_vec()))
}

fn open(said: &Said<Answer>, caller: &End, peer: &End) -> Result<Edge, Fault> {
    let body = &said.body.body;
    if body.len() != SEALED_BYTES {
        return Err(Fault::new("body", format!("{} bytes", body.len())));
    }
    let epochs = epochs(&said.body.headers).filter(|epochs| epochs.iter().all(|epoch| *epoch > 0));
    let epochs = epochs.ok_or_else(|| Fault::new("header", "the epochs are none"))?;
    let bound_to = [
        caller.node_id.as_bytes().as_slice(),
        peer.node_id.as_bytes(),
        &epochs[0].to_be_bytes(),
        &epochs[1].to_be_bytes(),
    ]
    .concat();
    let closed = || Fault::new("edge key", "it does not open");
    let cipher = nsk(&caller.bearer).and_then(|nsk| Aes256Gcm::new_from_slice(&nsk).ok()).ok_or_else(closed)?;
    let (nonce, sealed) = body.split_at(NONCE_BYTES);
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| closed())?;
    let key = cipher.decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: &bound_to }).map_err(|_| closed())?;
    Ok(Edge { key: Zeroizing::new(key), epochs, correlation_id: said.correlation_id.clone() })
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_published_vectors_open() {
        let vectors: Vec<Value> = serde_json::from_str(include_str!("../../../tests/vectors/edge_psk.json")).unwrap();
        let bytes = |value: &Value| data_encoding::HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap();
        for vector in &vectors {
            let end = |member: &str| {
                let node_id: Uuid = vector[member]["node_id"].as_str().unwrap().parse().unwrap();
                let secret = [node_id.as_bytes().as_slice(), &bytes(&vector["nsk"])].concat();
                let text = format!("Bearer nsk_dev_{}", URL_SAFE_NO_PAD.encode(secret));
                End { node_id, bearer: HeaderValue::from_str(&text).unwrap() }
            };
            let (caller, peer) = (end("caller"), end("peer"));
            let mut headers = HeaderMap::new();
            let epochs = format!("{},{}", vector["caller"]["psk_epoch"], vector["peer"]["psk_epoch"]);
            headers.insert("x-plexsphere-psk-epochs", epochs.parse().unwrap());
            let said = |body: Vec<u8>| Said {
                body: Answer { status: StatusCode::OK, headers: headers.clone(), body: body.into() },
                correlation_id: String::new(),
            };
            let body = bytes(&vector["body"]);
            let edge = open(&said(body.clone()), &caller, &peer).unwrap();
            assert_eq!(*edge.key, bytes(&vector["edge_key"]));
            let rule = |body: Vec<u8>, caller, peer| open(&said(body), caller, peer).err().unwrap().rule;
            assert_eq!(rule(body.clone(), &peer, &caller), "edge key");
            assert_eq!(rule(body[1..].to_vec(), &caller, &peer), "body");
        }
    }
}
