//! What a Node's state says of the Node itself and of its Domain: everything but the peers.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::coding::Coding;
use super::entry::{Entry, Kind};
use crate::ids::{DomainId, NodeId, SigningKeyId};
use crate::mesh::reachability::State;

/// Raised with each change of how a body is written or compressed: what was sent before is then not what is sent now.
const FORMAT: u8 = 1;
/// base64 of the SHA-256 of nothing: the fingerprint of no rules.
const NO_RULES: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// A Node's own rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnRows {
    /// Which.
    pub node_id: NodeId,
    /// Its Domain.
    pub domain_id: DomainId,
    /// It has a live Peer: it is not drained.
    pub in_the_mesh: bool,
    /// How many PSKs it has been issued.
    pub psk_epoch: i64,
    /// Its reachability as last stored.
    pub reachability: State,
    /// Since when.
    pub changed_at: DateTime<Utc>,
    /// Its entries.
    pub entries: Vec<(Kind, Entry)>,
}

/// A key that signs the Domain's events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SigningKeyRow {
    /// Which.
    pub key_id: SigningKeyId,
    /// Its public half, base64.
    pub public_key: String,
    /// `active`, `rotating` or `retired`.
    pub state: String,
}

#[derive(Serialize)]
struct Tail<'r> {
    policy: Policy,
    bridge: Nothing,
    state: Entries<'r>,
    reports: Entries<'r>,
    executions: [(); 0],
    sessions: [(); 0],
    reachability: Reachability,
    signing_keys: Vec<SentKey<'r>>,
    psk_epoch: i64,
}

#[derive(Serialize)]
struct Policy {
    revision_id: Uuid,
    fingerprint: &'static str,
    rules: [(); 0],
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Default, Serialize)]
struct Entries<'r> {
    metadata: Vec<&'r Entry>,
    data: Vec<&'r Entry>,
    reports: Vec<&'r Entry>,
}

#[derive(Serialize)]
struct Reachability {
    state: &'static str,
    changed_at: String,
}

#[derive(Serialize)]
struct SentKey<'r> {
    key_id: Uuid,
    public_key: &'r str,
    state: &'r str,
}

impl OwnRows {
    /// What comes after the peers, to the end of the body.
    ///
    /// # Errors
    /// Never, in effect: text and numbers can be written as JSON.
    pub fn tail(&self, signing_keys: &[SigningKeyRow]) -> Result<Bytes, serde_json::Error> {
        let list = |wanted: Kind| {
            let mut list: Vec<&Entry> =
                self.entries.iter().filter(|(kind, _)| *kind == wanted).map(|(_, entry)| entry).collect();
            list.sort_by(|one, other| one.key.cmp(&other.key));
            list
        };
        let mut keys: Vec<&SigningKeyRow> = signing_keys.iter().collect();
        keys.sort_by_key(|key| key.key_id);
        let tail = Tail {
            policy: Policy { revision_id: Uuid::nil(), fingerprint: NO_RULES, rules: [] },
            bridge: Nothing {},
            state: Entries { metadata: list(Kind::Metadata), data: list(Kind::Data), reports: Vec::new() },
            reports: Entries { reports: list(Kind::Reports), ..Entries::default() },
            executions: [],
            sessions: [],
            reachability: Reachability {
                state: self.reachability.as_str(),
                changed_at: self.changed_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            },
            signing_keys: keys
                .into_iter()
                .map(|key| SentKey { key_id: key.key_id.0, public_key: &key.public_key, state: &key.state })
                .collect(),
            psk_epoch: self.psk_epoch,
        };
        let mut bytes = b"]".to_vec();
        serde_json::to_writer(&mut bytes, &tail)?;
        // The object's members go on where the peers end.
        if let Some(brace) = bytes.get_mut(1) {
            *brace = b',';
        }
        Ok(bytes.into())
    }
}

/// What tells one state of a Node from another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag(String);

impl Tag {
    /// The tag of a state: its peers by the Domain's version that they are of (none for a drained Node), everything
    /// else by its bytes.
    pub fn of(node_id: NodeId, domain_id: DomainId, version: Option<i64>, tail: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update([FORMAT]);
        hash.update(node_id.0.as_bytes());
        hash.update(domain_id.0.as_bytes());
        hash.update([u8::from(version.is_some())]);
        hash.update(version.unwrap_or_default().to_be_bytes());
        hash.update(tail);
        let digest = hash.finalize();
        Self(data_encoding::HEXLOWER.encode(digest.get(..16).unwrap_or(&digest)))
    }

    /// The strong validator of the state in `coding`, with its quotes.
    pub fn validator(&self, coding: Coding) -> String {
        match coding {
            Coding::Identity => format!("\"{}\"", self.0),
            _ => format!("\"{}-{}\"", self.0, coding.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> OwnRows {
        let entry = |key: &str, tag: Option<&str>| Entry {
            key: key.to_owned(),
            value: "v".to_owned(),
            workload_tag: tag.map(str::to_owned),
        };
        OwnRows {
            node_id: NodeId(Uuid::from_u128(1)),
            domain_id: DomainId(Uuid::from_u128(2)),
            in_the_mesh: true,
            psk_epoch: 3,
            reachability: State::Healthy,
            changed_at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            entries: vec![
                (Kind::Reports, entry("r", None)),
                (Kind::Metadata, entry("b", None)),
                (Kind::Metadata, entry("a", Some("w"))),
                (Kind::Data, entry("d", None)),
            ],
        }
    }

    #[test]
    fn the_tail_has_every_block_in_its_place() {
        let keys = [2, 1].map(|n| SigningKeyRow {
            key_id: SigningKeyId(Uuid::from_u128(n)),
            public_key: "k".to_owned(),
            state: "active".to_owned(),
        });
        let tail = rows().tail(&keys).unwrap();
        let expected = concat!(
            r#"],"policy":{"revision_id":"00000000-0000-0000-0000-000000000000","#,
            r#""fingerprint":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","rules":[]},"bridge":{},"#,
            r#""state":{"metadata":[{"key":"a","value":"v","workload_tag":"w"},{"key":"b","value":"v"}],"#,
            r#""data":[{"key":"d","value":"v"}],"reports":[]},"#,
            r#""reports":{"metadata":[],"data":[],"reports":[{"key":"r","value":"v"}]},"executions":[],"sessions":[],"#,
            r#""reachability":{"state":"healthy","changed_at":"2023-11-14T22:13:20.000Z"},"#,
            r#""signing_keys":[{"key_id":"00000000-0000-0000-0000-000000000001","public_key":"k","state":"active"},"#,
            r#"{"key_id":"00000000-0000-0000-0000-000000000002","public_key":"k","state":"active"}],"psk_epoch":3}"#,
        );
        assert_eq!(std::str::from_utf8(&tail).unwrap(), expected);
        let mut turned = rows();
        turned.entries.reverse();
        assert_eq!(turned.tail(&keys).unwrap(), tail, "the order of the rows changes no byte");
    }

    #[test]
    fn another_state_has_another_tag_and_each_coding_its_own() {
        let (node, domain) = (NodeId(Uuid::from_u128(1)), DomainId(Uuid::from_u128(2)));
        let tag = Tag::of(node, domain, Some(0), b"tail");
        assert_eq!(tag, Tag::of(node, domain, Some(0), b"tail"));
        for other in [
            Tag::of(NodeId(Uuid::from_u128(3)), domain, Some(0), b"tail"),
            Tag::of(node, domain, Some(1), b"tail"),
            Tag::of(node, domain, None, b"tail"),
            Tag::of(node, domain, Some(0), b"tale"),
        ] {
            assert_ne!(tag, other);
        }
        let validators = Coding::ALL.map(|coding| tag.validator(coding));
        assert!(validators[1].ends_with("-gzip\"") && validators[2].ends_with("-zstd\""), "{validators:?}");
        assert!(validators.iter().all(|text| text.starts_with('"')), "strong: {validators:?}");
    }
}
