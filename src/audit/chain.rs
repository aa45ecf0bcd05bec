//! Chains: what is hashed and what is signed, to the byte.

use std::fmt;

use chrono::{DateTime, SecondsFormat, SubsecRound as _, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::ids::{DomainId, SigningKeyId};
use crate::signing::EventSigner;

/// What a signed head says that it is: no other text that these keys sign begins like one.
const HEAD_TYPE: &str = "plexsphere/audit-head/v1";

/// Which chain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Chain {
    /// What happened to no Domain in particular.
    Platform,
    /// What happened in a Domain, also after it was deleted.
    Domain(DomainId),
}

impl Chain {
    /// The chain of what happened in this Domain, or in none.
    pub fn of(domain_id: Option<DomainId>) -> Self {
        domain_id.map_or(Self::Platform, Self::Domain)
    }

    /// As it is stored: the platform's is the nil UUID, which no Domain has.
    pub fn id(self) -> Uuid {
        self.domain_id().unwrap_or(Uuid::nil())
    }

    /// The chain that is stored as `id`.
    pub fn from_id(id: Uuid) -> Self {
        if id.is_nil() { Self::Platform } else { Self::Domain(DomainId(id)) }
    }

    fn domain_id(self) -> Option<Uuid> {
        match self {
            Self::Platform => None,
            Self::Domain(id) => Some(id.0),
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("platform"),
            Self::Domain(id) => write!(f, "domain:{id}"),
        }
    }
}

/// A SHA-256; as text 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

/// What the first entry of a chain follows.
pub const GENESIS: Hash = Hash([0; 32]);

impl Hash {
    /// As it is stored, if it can be one.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of the entry with the digest `entry` after the one with this hash: over both as text.
    fn then(self, entry: Self) -> Self {
        let mut text = [0; 128];
        hex(&self.0, &mut text[..64]);
        hex(&entry.0, &mut text[64..]);
        Self::of(&text)
    }
}

fn hex(bytes: &[u8; 32], out: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(out.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Times of a chain have whole milliseconds, as they are shown: what is hashed can be made from what is shown.
pub(super) fn to_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(3)
}

/// With whole milliseconds; with more only where somebody has put more.
fn time(at: DateTime<Utc>) -> String {
    let whole = at.timestamp_subsec_nanos().is_multiple_of(1_000_000);
    at.to_rfc3339_opts(if whole { SecondsFormat::Millis } else { SecondsFormat::Nanos }, true)
}

/// An entry that has its place in a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Who; people and programs under pseudonyms.
    pub subject: String,
    /// What, as `noun.verb`.
    pub action: String,
    /// To what.
    pub object: String,
    /// What was decided.
    pub decision: String,
    /// Why.
    pub reason: Option<String>,
    /// The request that it belongs to.
    pub correlation_id: String,
    /// The hash of the entry before.
    pub prev_hash: Hash,
    /// The hash over that and this entry.
    pub hash: Hash,
}

/// In the order of their names, which is the canonical one.
#[derive(Serialize)]
struct CanonicalEntry<'e> {
    action: &'e str,
    at: String,
    correlation_id: &'e str,
    decision: &'e str,
    domain_id: Option<Uuid>,
    object: &'e str,
    reason: Option<&'e str>,
    seq: i64,
    subject: &'e str,
}

/// In the order of their names, which is the canonical one.
#[derive(Serialize)]
struct CanonicalHead {
    domain_id: Option<Uuid>,
    hash: String,
    key_id: Uuid,
    seq: i64,
    signed_at: String,
    r#type: &'static str,
}

impl Numbered {
    /// The canonical text of this entry, were its number `seq`: JSON without spaces, members sorted, nothing escaped that
    /// need not be.
    pub fn canonical(&self, chain: Chain, seq: i64) -> String {
        let entry = CanonicalEntry {
            action: &self.action,
            at: time(self.at),
            correlation_id: &self.correlation_id,
            decision: &self.decision,
            domain_id: chain.domain_id(),
            object: &self.object,
            reason: self.reason.as_deref(),
            seq,
            subject: &self.subject,
        };
        // Text, numbers and nothing else: it cannot fail.
        serde_json::to_string(&entry).unwrap_or_default()
    }

    /// The hash of this entry, were its number `seq`, after the one whose hash is `prev`.
    pub fn hash_as(&self, chain: Chain, seq: i64, prev: Hash) -> Hash {
        prev.then(Hash::of(self.canonical(chain, seq).as_bytes()))
    }

    /// Puts the entry after the one with this number and hash.
    pub fn follow(&mut self, chain: Chain, seq: i64, hash: Hash) {
        self.seq = seq + 1;
        self.prev_hash = hash;
        self.hash = self.hash_as(chain, self.seq, hash);
    }
}

/// The newest entry of a chain, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: Hash,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// With which key.
    pub key_id: SigningKeyId,
    /// The signature, raw.
    pub signature: Vec<u8>,
}

/// Why a head proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// The key is not one of this chain's, or nobody who has the master key has put it there.
    #[error("its key is not one of this chain")]
    UnknownKey,
    /// The signature is not over it.
    #[error("the signature is not over it")]
    Signature,
    /// The key had been replaced by another one.
    #[error("its key had been replaced by another one")]
    Retired,
}

impl Head {
    /// Signs the entry with this number and hash as the newest.
    pub fn sign(chain: Chain, seq: i64, hash: Hash, signed_at: DateTime<Utc>, signer: &EventSigner) -> Self {
        let signed_at = to_millis(signed_at);
        let mut head = Self { seq, hash, signed_at, key_id: signer.key_id(), signature: Vec::new() };
        head.signature = signer.sign_text(&head.canonical(chain)).to_vec();
        head
    }

    /// What is signed.
    pub fn canonical(&self, chain: Chain) -> String {
        let head = CanonicalHead {
            domain_id: chain.domain_id(),
            hash: self.hash.to_string(),
            key_id: self.key_id.0,
            seq: self.seq,
            signed_at: time(self.signed_at),
            r#type: HEAD_TYPE,
        };
        serde_json::to_string(&head).unwrap_or_default()
    }

    /// Whether the key signed exactly this.
    ///
    /// # Errors
    /// [`Unsigned`].
    pub fn check(&self, chain: Chain, public_key: &[u8]) -> Result<(), Unsigned> {
        let key = public_key.try_into().ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
        let key = key.ok_or(Unsigned::UnknownKey)?;
        let signature = Signature::from_slice(&self.signature).map_err(|_| Unsigned::Signature)?;
        key.verify_strict(self.canonical(chain).as_bytes(), &signature).map_err(|_| Unsigned::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Numbered {
        Numbered {
            seq: 0,
            at: "2026-01-05T10:00:00.12Z".parse().unwrap(),
            subject: "user:0f".into(),
            action: "node.drain".into(),
            object: "node:1".into(),
            decision: "denied".into(),
            reason: Some("a \"b\" \\ / <é> \u{2028} \n \u{1f} \u{7f}".into()),
            correlation_id: "c".into(),
            prev_hash: GENESIS,
            hash: GENESIS,
        }
    }

    #[test]
    fn the_canonical_text_is_sorted_compact_and_escapes_only_what_must_be() {
        let chain = Chain::Domain(DomainId(Uuid::from_u128(7)));
        assert_eq!(
            entry().canonical(chain, 3),
            "{\"action\":\"node.drain\",\"at\":\"2026-01-05T10:00:00.120Z\",\"correlation_id\":\"c\",\
             \"decision\":\"denied\",\"domain_id\":\"00000000-0000-0000-0000-000000000007\",\"object\":\"node:1\",\
             \"reason\":\"a \\\"b\\\" \\\\ / <é> \u{2028} \\n \\u001f \u{7f}\",\"seq\":3,\"subject\":\"user:0f\"}"
        );
        let none = Numbered { reason: None, ..entry() };
        assert!(
            none.canonical(Chain::Platform, 1).contains("\"domain_id\":null,\"object\":\"node:1\",\"reason\":null,")
        );
    }

    #[test]
    fn a_hash_is_over_two_hashes_as_text() {
        let mut first = entry();
        first.follow(Chain::Platform, 0, GENESIS);
        let digest = Hash::of(first.canonical(Chain::Platform, 1).as_bytes());
        assert_eq!(first.hash, Hash::of(format!("{}{digest}", "0".repeat(64)).as_bytes()));
        assert_eq!((first.seq, first.prev_hash), (1, GENESIS));
        let mut second = entry();
        second.follow(Chain::Platform, first.seq, first.hash);
        assert_eq!((second.seq, second.prev_hash), (2, first.hash));
        assert_ne!(second.hash, second.hash_as(Chain::Platform, 3, first.hash));
    }

    #[test]
    fn a_head_holds_for_its_key_its_chain_and_its_members_only() {
        let signer = EventSigner::new(SigningKeyId(Uuid::from_u128(9)), &[3; 32]);
        let chain = Chain::Domain(DomainId(Uuid::from_u128(7)));
        let head = Head::sign(chain, 5, Hash([1; 32]), DateTime::UNIX_EPOCH, &signer);
        head.check(chain, &signer.public_key()).unwrap();
        assert_eq!(head.check(Chain::Platform, &signer.public_key()), Err(Unsigned::Signature));
        assert_eq!(head.check(chain, &[1; 5]), Err(Unsigned::UnknownKey));
        for changed in [
            Head { seq: 6, ..head.clone() },
            Head { hash: GENESIS, ..head.clone() },
            Head { key_id: SigningKeyId(Uuid::nil()), ..head.clone() },
            Head { signature: vec![0; 3], ..head.clone() },
        ] {
            assert_eq!(changed.check(chain, &signer.public_key()), Err(Unsigned::Signature));
        }
    }
}
