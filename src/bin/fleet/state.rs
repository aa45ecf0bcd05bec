//! The state of a Node as it was pulled, and what is wrong with it by itself. Pure.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, VARY, WARNING};
use http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::answers::{KeyState, Snapshot, StateEntry, StatePeer};
use crate::connection::Answer;
use crate::contract_check::{self, Fault};

/// A body that is larger decoded is not looked at.
const DECODED_BYTES: u64 = 256 << 20;

/// How a body is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Coding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Zstd];

    /// As headers name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    fn decode(self, body: &Bytes) -> io::Result<Bytes> {
        let mut plain = Vec::new();
        let read = match self {
            Self::Identity => return Ok(body.clone()),
            Self::Gzip => {
                let mut decoder = flate2::bufread::GzDecoder::new(body.as_ref());
                let read = (&mut decoder).take(DECODED_BYTES).read_to_end(&mut plain)?;
                // Some decoders stop here, and others fail.
                if !decoder.get_mut().fill_buf()?.is_empty() {
                    return Err(io::Error::other("more after the end of the member"));
                }
                read
            }
            Self::Zstd => zstd::Decoder::new(body.as_ref())?.take(DECODED_BYTES).read_to_end(&mut plain)?,
        };
        if read as u64 == DECODED_BYTES {
            return Err(io::Error::other("too large"));
        }
        Ok(plain.into())
    }
}

/// A validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// As it was sent.
    pub sent: HeaderValue,
    /// What it says of the state, whatever the coding.
    pub state: String,
    coding: Coding,
}

impl Tag {
    /// Takes the validator out of an answer.
    ///
    /// # Errors
    /// A [`Fault`] when there is none, or not a strong one.
    pub fn of(headers: &HeaderMap) -> Result<Self, Fault> {
        let sent = headers.get(ETAG).ok_or_else(|| Fault::new("etag", "there is none"))?;
        let text = sent.to_str().ok().and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
        let text = text.filter(|text| !text.is_empty() && !text.contains('"'));
        let text = text.ok_or_else(|| Fault::new("etag", format!("{sent:?} is no strong one")))?;
        let marked = [Coding::Gzip, Coding::Zstd]
            .into_iter()
            .find_map(|coding| Some((text.strip_suffix(coding.as_str())?.strip_suffix('-')?, coding)));
        let (state, coding) = marked.unwrap_or((text, Coding::Identity));
        Ok(Self { sent: sent.clone(), state: state.to_owned(), coding })
    }
}

/// A state that was pulled.
pub struct Pulled {
    /// What it says.
    pub snapshot: Snapshot,
    /// Its validator.
    pub tag: Tag,
    /// SHA-256 of its bytes, decoded.
    pub digest: [u8; 32],
    /// How it came.
    pub coding: Coding,
}

/// Reads a 200 that was asked for in `asked`.
///
/// # Errors
/// The [`Fault`] that makes it unreadable.
pub fn read(answer: &Answer, asked: Coding) -> Result<Pulled, Fault> {
    let tag = Tag::of(&answer.headers)?;
    let coding = match answer.headers.get(CONTENT_ENCODING) {
        None => Coding::Identity,
        Some(given) => Coding::ALL
            .into_iter()
            .find(|coding| *coding == asked && given == coding.as_str())
            .ok_or_else(|| Fault::new("coding", format!("{given:?}, though {} was asked for", asked.as_str())))?,
    };
    if tag.coding != coding {
        return Err(Fault::new("etag", format!("{:?} on a body in {}", tag.sent, coding.as_str())));
    }
    let plain = coding
        .decode(&answer.body)
        .map_err(|error| Fault::new("coding", format!("{} is broken: {error}", coding.as_str())))?;
    let snapshot = contract_check::body(&plain)?;
    Ok(Pulled { snapshot, tag, digest: Sha256::digest(&plain).into(), coding })
}

/// What is wrong with the headers of a 200 or 304.
pub fn header_faults(headers: &HeaderMap) -> Vec<Fault> {
    let wanted: [(HeaderName, &str); 2] = [(VARY, "Accept-Encoding"), (CACHE_CONTROL, "private, no-cache")];
    let wrong = wanted.into_iter().filter(|(name, wanted)| headers.get(name).is_none_or(|value| value != wanted));
    wrong.map(|(name, _)| Fault::new("header", format!("{name}: {:?}", headers.get(&name)))).collect()
}

/// Whether the state is the last one known, because the server's database is down.
pub fn is_stale(headers: &HeaderMap) -> bool {
    headers.get(WARNING).is_some_and(|warning| warning.as_bytes().starts_with(b"110"))
}

/// Whether `address` is one that a Node of a mesh in `range` can have.
pub fn is_host(range: IpNet, address: IpAddr) -> bool {
    let broadcast = range.broadcast() == address && address.is_ipv4();
    range.contains(&address) && address != range.network() && !broadcast
}

/// What is wrong with the state of the Node `node_id` at `own` in a mesh in `range`.
pub fn faults(snapshot: &Snapshot, node_id: Uuid, own: IpAddr, range: IpNet) -> Vec<Fault> {
    let mut faults = peer_faults(&snapshot.peers, node_id, own, range);
    let mut broken = |rule, detail: String| faults.push(Fault::new(rule, detail));
    let (state, reports) = (&snapshot.state, &snapshot.reports);
    for (name, list) in
        [("state.reports", &state.reports), ("reports.metadata", &reports.metadata), ("reports.data", &reports.data)]
    {
        if !list.is_empty() {
            broken("entries", format!("{name} has {} of them", list.len()));
        }
    }
    for (name, list) in
        [("state.metadata", &state.metadata), ("state.data", &state.data), ("reports.reports", &reports.reports)]
    {
        if let Some(pair) = list.windows(2).find(|pair| pair[0].key >= pair[1].key) {
            broken("order", format!("{name}: {} before {}", pair[0].key, pair[1].key));
        }
    }
    let policy = &snapshot.policy;
    let no_rules = policy.rules.is_empty() && policy.fingerprint.0.0 == <[u8; 32]>::from(Sha256::digest([]));
    if policy.revision_id.0.0.is_nil() != no_rules {
        broken("policy", format!("revision {}, {} rules", policy.revision_id.0.0, policy.rules.len()));
    }
    let keys = &snapshot.signing_keys;
    if !keys.is_sorted_by(|a, b| a.key_id < b.key_id) {
        broken("order", "signing_keys".to_owned());
    }
    if keys.iter().filter(|key| key.state == KeyState::Active).count() != 1 {
        broken("signing key", format!("of {} keys not one is active", keys.len()));
    }
    if snapshot.psk_epoch < 1 {
        broken("psk epoch", format!("{} of an enrolled Node", snapshot.psk_epoch));
    }
    faults
}

fn peer_faults(peers: &[StatePeer], node_id: Uuid, own: IpAddr, range: IpNet) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut broken = |rule, detail: String| faults.push(Fault::new(rule, detail));
    if let Some(pair) = peers.windows(2).find(|pair| pair[0].node_id >= pair[1].node_id) {
        broken("order", format!("peers: {} before {}", pair[0].node_id.0, pair[1].node_id.0));
    }
    let of = |id: Uuid| peers.binary_search_by_key(&id, |peer| peer.node_id.0).ok().map(|at| &peers[at]);
    if of(node_id).is_some() {
        broken("self", format!("{node_id} is among its own peers"));
    }
    let mut addresses = BTreeSet::from([own]);
    for peer in peers {
        let (id, address) = (peer.node_id.0, peer.mesh_ip.0);
        if !is_host(range, address) || !addresses.insert(address) {
            broken("mesh address", format!("{id} has {address}"));
        }
        if peer.endpoint.is_some() != peer.nat_type.is_some() {
            broken("endpoint", format!("{id} has {:?} behind {:?}", peer.endpoint, peer.nat_type));
        }
        for endpoint in [&peer.endpoint, &peer.fallback_endpoint].into_iter().flatten() {
            if endpoint.parse::<SocketAddr>().map(|read| read.to_string()).as_deref() != Ok(endpoint) {
                broken("endpoint", format!("{id} has {endpoint:?}"));
            }
        }
        match (peer.relay_node_id.map(|relay| relay.0), &peer.fallback_endpoint) {
            (None, None) => {}
            (Some(relay), Some(_)) if relay == id => broken("relay", format!("{id} relays for itself")),
            // Its own endpoint a Node knows better.
            (Some(relay), Some(_)) if relay == node_id => {}
            (Some(relay), Some(fallback)) => match of(relay) {
                Some(bridge) if bridge.endpoint.as_ref() == Some(fallback) => {}
                bridge => {
                    let there = bridge.map(|bridge| &bridge.endpoint);
                    broken("relay", format!("{id} has {relay} at {fallback}, which is at {there:?}"));
                }
            },
            (relay, fallback) => broken("relay", format!("{id} has {relay:?} at {fallback:?}")),
        }
    }
    faults
}

/// Tells entries apart in a message.
pub fn named(entries: &[StateEntry]) -> String {
    let named: Vec<String> =
        entries.iter().map(|entry| format!("{} ({} bytes)", entry.key, entry.value.len())).collect();
    format!("[{}]", named.join(", "))
}

#[cfg(test)]
pub mod tests {
    use std::io::Write;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use flate2::Compression;
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::*;

    pub fn id(number: usize) -> String {
        format!("0192f0c1-7a2b-7c3d-8e4f-{number:012x}")
    }

    pub fn peer(number: usize) -> Value {
        json!({
            "node_id": id(number), "mesh_ip": format!("10.0.0.{number}"), "public_key": STANDARD.encode([7; 32]),
            "psk_epoch": 1,
        })
    }

    pub fn at(mut peer: Value, endpoint: &str, nat_type: &str, relay: Option<(usize, &str)>) -> Value {
        peer["endpoint"] = json!(endpoint);
        peer["nat_type"] = json!(nat_type);
        if let Some((relay, fallback)) = relay {
            peer["relay_node_id"] = json!(id(relay));
            peer["fallback_endpoint"] = json!(fallback);
        }
        peer
    }

    pub fn state(peers: &[Value]) -> Value {
        let none = json!({"metadata": [], "data": [], "reports": []});
        json!({
            "peers": peers, "bridge": {}, "state": none, "reports": none, "executions": [], "sessions": [],
            "policy": {
                "revision_id": Uuid::nil(), "rules": [],
                "fingerprint": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            },
            "reachability": {"state": "healthy", "changed_at": "2026-01-05T10:00:00.123Z"},
            "signing_keys": [{"key_id": id(99), "public_key": STANDARD.encode([8; 32]), "state": "active"}],
            "psk_epoch": 1,
        })
    }

    pub fn answer(status: u16, headers: &[(&'static str, &'static str)], body: Vec<u8>) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        Answer { status: StatusCode::from_u16(status).unwrap(), headers: map, body: body.into() }
    }

    fn rules(state: Value) -> Vec<&'static str> {
        let own = "10.0.0.1".parse().unwrap();
        let node_id = Uuid::parse_str(&id(1)).unwrap();
        let snapshot: Snapshot = serde_json::from_value(state).unwrap();
        faults(&snapshot, node_id, own, "10.0.0.0/24".parse().unwrap()).iter().map(|fault| fault.rule).collect()
    }

    #[test]
    fn a_proper_state_has_no_faults() {
        assert!(rules(state(&[])).is_empty());
        let bridge = at(peer(4), "198.18.0.4:9", "full_cone", None);
        let relayed = at(peer(2), "[2001:db8::1]:7", "symmetric", Some((4, "198.18.0.4:9")));
        let by_itself = at(peer(3), "198.18.0.3:9", "symmetric", Some((1, "198.18.0.1:9")));
        assert!(rules(state(&[relayed, by_itself, bridge])).is_empty());
    }

    #[test]
    fn what_a_state_must_not_be_is_a_fault() {
        let mut elsewhere = peer(3);
        elsewhere["mesh_ip"] = json!("10.0.1.3");
        let mut same = peer(3);
        same["mesh_ip"] = json!("10.0.0.2");
        let mut half = peer(2);
        half["endpoint"] = json!("198.18.0.2:9");
        let cases = [
            (state(&[peer(3), peer(2)]), "order"),
            (state(&[peer(2), peer(2)]), "order"),
            (state(&[peer(1)]), "self"),
            (state(&[peer(2), elsewhere]), "mesh address"),
            (state(&[peer(2), same]), "mesh address"),
            (state(&[half]), "endpoint"),
            (state(&[at(peer(2), "example.org:9", "unknown", None)]), "endpoint"),
            (state(&[at(peer(2), "198.18.0.2:9", "unknown", Some((3, "198.18.0.3:9")))]), "relay"),
            (state(&[at(peer(2), "198.18.0.2:9", "unknown", Some((2, "198.18.0.2:9")))]), "relay"),
        ];
        for (state, rule) in cases {
            let seen = rules(state.clone());
            assert!(seen.contains(&rule), "{seen:?} for {state}");
        }
        let entry = |key: &str| json!({"key": key, "value": "v"});
        let changed = |path: &str, value: Value| {
            let mut state = state(&[]);
            *state.pointer_mut(path).unwrap() = value;
            rules(state)
        };
        assert_eq!(changed("/state/metadata", json!([entry("b"), entry("a")])), ["order"]);
        assert_eq!(changed("/state/reports", json!([entry("a")])), ["entries"]);
        assert_eq!(changed("/policy/revision_id", json!(id(5))), ["policy"]);
        assert_eq!(changed("/signing_keys", json!([])), ["signing key"]);
        assert_eq!(changed("/psk_epoch", json!(0)), ["psk epoch"]);
        for block in ["peers", "policy", "bridge", "state", "reports", "executions", "sessions", "signing_keys"] {
            let mut state = state(&[]);
            state[block] = Value::Null;
            assert!(serde_json::from_value::<Snapshot>(state).is_err(), "{block} may be null");
        }
    }

    #[test]
    fn codings_are_undone() {
        let plain = state(&[peer(2), peer(3)]).to_string().into_bytes();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&plain).unwrap();
        let gzip = gzip.finish().unwrap();
        let frames = plain.chunks(100).map(|part| zstd::bulk::compress(part, 1).unwrap()).collect::<Vec<_>>().concat();
        let gzip_headers = [("etag", "\"a-1-gzip\""), ("content-encoding", "gzip")];
        let pulls = [
            read(&answer(200, &[("etag", "\"a-1\"")], plain.clone()), Coding::Gzip).unwrap(),
            read(&answer(200, &gzip_headers, gzip.clone()), Coding::Gzip).unwrap(),
            read(&answer(200, &[("etag", "\"a-1-zstd\""), ("content-encoding", "zstd")], frames), Coding::Zstd)
                .unwrap(),
        ];
        assert_eq!(pulls.each_ref().map(|pulled| pulled.coding), Coding::ALL);
        assert!(pulls.iter().all(|pulled| pulled.digest == pulls[0].digest && pulled.tag.state == "a-1"));

        let rule = |answer: Answer, asked| read(&answer, asked).err().unwrap().rule;
        assert_eq!(rule(answer(200, &gzip_headers, gzip.clone()), Coding::Zstd), "coding");
        assert_eq!(rule(answer(200, &gzip_headers, [gzip.clone(), gzip.clone()].concat()), Coding::Gzip), "coding");
        assert_eq!(rule(answer(200, &gzip_headers, gzip[..gzip.len() - 9].to_vec()), Coding::Gzip), "coding");
        let unmarked = [("etag", "\"a-1\""), ("content-encoding", "gzip")];
        assert_eq!(rule(answer(200, &unmarked, gzip), Coding::Gzip), "etag");
        assert_eq!(rule(answer(200, &[("etag", "W/\"a-1\"")], plain), Coding::Identity), "etag");
    }

    #[test]
    fn headers_say_that_the_answer_is_asked_about_each_time() {
        let good = [("vary", "Accept-Encoding"), ("cache-control", "private, no-cache")];
        assert!(header_faults(&answer(304, &good, Vec::new()).headers).is_empty());
        assert_eq!(header_faults(&answer(304, &good[..1], Vec::new()).headers).len(), 1);
        let stale = answer(200, &[("warning", "110 - \"Response is Stale\"")], Vec::new());
        assert!(is_stale(&stale.headers) && !is_stale(&HeaderMap::new()));
    }
}
