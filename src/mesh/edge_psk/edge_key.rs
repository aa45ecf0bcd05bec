use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::ids::{DomainId, NodeId};

/// Length of PSKs, of edge keys and of NSKs.
pub const KEY_BYTES: usize = 32;
/// Length of a nonce of AES-GCM.
pub const NONCE_BYTES: usize = 12;
/// Length of what is sent: nonce, sealed key, tag.
pub const SEALED_BYTES: usize = NONCE_BYTES + KEY_BYTES + 16;
/// What keys derived for another purpose would not begin with.
const INFO: &[u8] = b"plexsphere/edge-psk/v1";

/// A Node as an end of an edge. Holds a secret: no Debug.
pub struct End {
    /// Which.
    pub node_id: NodeId,
    /// How many PSKs it has been issued.
    pub psk_epoch: i64,
    /// Its present PSK.
    pub psk: Zeroizing<[u8; KEY_BYTES]>,
}

/// What cannot be derived or sealed. It never happens: all lengths are fixed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lengths of keys do not fit")]
pub struct LengthFault;

/// The key of the edge between two Nodes of a Domain: the same from either end.
///
/// # Errors
/// Never, in effect.
pub fn edge_key(domain_id: DomainId, one: &End, other: &End) -> Result<Zeroizing<[u8; KEY_BYTES]>, LengthFault> {
    let (low, high) = if one.node_id <= other.node_id { (one, other) } else { (other, one) };
    let mut secret = Zeroizing::new([0; 2 * KEY_BYTES]);
    secret[..KEY_BYTES].copy_from_slice(low.psk.as_ref());
    secret[KEY_BYTES..].copy_from_slice(high.psk.as_ref());
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    Hkdf::<Sha256>::new(Some(domain_id.0.as_bytes()), secret.as_ref())
        .expand_multi_info(&[INFO, low.node_id.0.as_bytes(), high.node_id.0.as_bytes()], key.as_mut())
        .map_err(|_| LengthFault)?;
    Ok(key)
}

/// Seals an edge's key for `caller` under its NSK, bound to both ends and the epochs of their PSKs. A nonce must not be
/// used twice with one NSK.
///
/// # Errors
/// Never, in effect.
pub fn seal(
    nsk: &[u8; KEY_BYTES],
    nonce: [u8; NONCE_BYTES],
    key: &[u8; KEY_BYTES],
    caller: &End,
    peer: &End,
) -> Result<Vec<u8>, LengthFault> {
    let bound_to = [
        caller.node_id.0.as_bytes().as_slice(),
        peer.node_id.0.as_bytes(),
        &caller.psk_epoch.to_be_bytes(),
        &peer.psk_epoch.to_be_bytes(),
    ]
    .concat();
    let sealed = Aes256Gcm::new(nsk.into())
        .encrypt(&Nonce::from(nonce), Payload { msg: key, aad: &bound_to })
        .map_err(|_| LengthFault)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;

    fn bytes<const N: usize>(text: &Value) -> [u8; N] {
        data_encoding::HEXLOWER.decode(text.as_str().unwrap().as_bytes()).unwrap().try_into().unwrap()
    }

    fn end(vector: &Value) -> End {
        End {
            node_id: NodeId(vector["node_id"].as_str().unwrap().parse().unwrap()),
            psk_epoch: vector["psk_epoch"].as_i64().unwrap(),
            psk: Zeroizing::new(bytes(&vector["psk"])),
        }
    }

    #[test]
    fn the_vectors_hold_from_both_ends() {
        let vectors: Vec<Value> = serde_json::from_str(include_str!("../../../tests/vectors/edge_psk.json")).unwrap();
        assert!(vectors.len() >= 3);
        for vector in vectors {
            let domain_id = DomainId(vector["domain_id"].as_str().unwrap().parse::<Uuid>().unwrap());
            let (caller, peer) = (end(&vector["caller"]), end(&vector["peer"]));
            let key = edge_key(domain_id, &caller, &peer).unwrap();
            assert_eq!(*key, bytes(&vector["edge_key"]), "{}", vector["name"]);
            assert_eq!(*edge_key(domain_id, &peer, &caller).unwrap(), *key, "{}", vector["name"]);
            let sealed = seal(&bytes(&vector["nsk"]), bytes(&vector["nonce"]), &key, &caller, &peer).unwrap();
            assert_eq!(sealed, bytes::<SEALED_BYTES>(&vector["body"]), "{}", vector["name"]);
        }
    }

    #[test]
    fn another_psk_or_another_domain_gives_another_key() {
        let end = |id: u128, psk: u8| End {
            node_id: NodeId(Uuid::from_u128(id)),
            psk_epoch: 1,
            psk: Zeroizing::new([psk; KEY_BYTES]),
        };
        let domain = |id: u128| DomainId(Uuid::from_u128(id));
        let key = edge_key(domain(1), &end(1, 7), &end(2, 8)).unwrap();
        for other in [
            edge_key(domain(2), &end(1, 7), &end(2, 8)),
            edge_key(domain(1), &end(1, 8), &end(2, 7)),
            edge_key(domain(1), &end(1, 9), &end(2, 8)),
            edge_key(domain(1), &end(3, 7), &end(2, 8)),
        ] {
            assert_ne!(*other.unwrap(), *key);
        }
    }
}
