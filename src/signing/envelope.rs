//! The line of an event: what is signed, to the byte.
//!
//! Agents decode a line and encode it again before they verify, so the text must be a fixed point of their encoder
//! (Go's): members in a fixed order, payload members sorted, `<`, `>`, `&`, U+2028 and U+2029 escaped, everything
//! else literal, whole numbers that a double holds exactly. What has no such form is refused before it is stored.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use ed25519_dalek::{Signature, Signer as _};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::ids::{DomainId, EventId, NodeId, SigningKeyId, new_uuid};

/// A line of the stream with its end stays under this: agents read with a buffer of this size.
pub const STREAM_LINE_BYTES: usize = 64 * 1024;
/// What stands before the envelope on its line of the stream.
const LINE_START: &str = "data: ";
/// From here on a double does not hold every whole number.
const NUMBERS_END: i64 = 1 << 53;
/// How deep a payload may nest: more than any event needs, and far from what a parser's stack bears.
const MAX_DEPTH: usize = 32;
/// The longest name of an event type.
const MAX_TYPE_BYTES: usize = 64;
/// Text between the payload and the signature, and after the signature.
const SIGNATURE_START: &str = ",\"signature\":\"";
const SIGNATURE_END: &str = "\"}";
/// 64 bytes in base64.
const SIGNATURE_TEXT: usize = 88;
/// The longest time as text: with nanoseconds.
const LONGEST_TIME: usize = "2026-01-01T00:00:00.123456789Z".len();

/// Who an event is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// One Node.
    Node(NodeId),
    /// Every Node of the Domain.
    Domain(DomainId),
    /// Operators of the Domain; never on a Node's stream.
    Operators(DomainId),
}

impl Scope {
    /// Its kind, as it is written and stored.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Node(_) => "node",
            Self::Domain(_) => "domain",
            Self::Operators(_) => "operators",
        }
    }

    /// Whose it is.
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Node(id) => id.0,
            Self::Domain(id) | Self::Operators(id) => id.0,
        }
    }

    /// The scope of this kind, if there is such a kind.
    pub fn of(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "node" => Some(Self::Node(NodeId(id))),
            "domain" => Some(Self::Domain(DomainId(id))),
            "operators" => Some(Self::Operators(DomainId(id))),
            _ => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.id())
    }
}

impl FromStr for Scope {
    type Err = NotCanonical;

    fn from_str(text: &str) -> Result<Self, NotCanonical> {
        let (kind, id) = text.split_once(':').ok_or(NotCanonical)?;
        Self::of(kind, crate::ids::parse_uuid(id).ok_or(NotCanonical)?).ok_or(NotCanonical)
    }
}

/// Why a payload cannot be signed. The path names the member, such as `rules[2].port`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadRefusal {
    /// It is no object.
    #[error("the payload is not an object")]
    NotAnObject,
    /// Text or a member's name has a control character.
    #[error("control character in {0}")]
    ControlCharacter(String),
    /// A number is not whole, or does not lie between -2^53 and 2^53.
    #[error("{0} is not a whole number below 2^53")]
    Number(String),
    /// It nests too deep.
    #[error("{0} nests deeper than {MAX_DEPTH}")]
    TooDeep(String),
    /// The name of the type is not one.
    #[error("event type {0:?} is not 1 to {MAX_TYPE_BYTES} characters of a-z, 0-9 and _")]
    Type(String),
    /// Its line would be too long for agents to read.
    #[error("the event's line would have {0} bytes; it must stay under {STREAM_LINE_BYTES}")]
    TooLong(usize),
}

/// A payload as canonical text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload(String);

impl Payload {
    /// The canonical text of `value`.
    ///
    /// # Errors
    /// [`PayloadRefusal`].
    pub fn of(value: &Value) -> Result<Self, PayloadRefusal> {
        if !value.is_object() {
            return Err(PayloadRefusal::NotAnObject);
        }
        let mut text = String::with_capacity(256);
        write_value(&mut text, value, &mut String::new(), 0)?;
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn write_value(out: &mut String, value: &Value, path: &mut String, depth: usize) -> Result<(), PayloadRefusal> {
    if depth > MAX_DEPTH {
        return Err(PayloadRefusal::TooDeep(path.clone()));
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let whole = number.as_i64().filter(|n| (-NUMBERS_END + 1..NUMBERS_END).contains(n));
            let whole = whole.ok_or_else(|| PayloadRefusal::Number(path.clone()))?;
            let _infallible = write!(out, "{whole}");
        }
        Value::String(text) => write_string(out, text, path)?,
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                let length = path.len();
                let _infallible = write!(path, "[{n}]");
                write_value(out, item, path, depth + 1)?;
                path.truncate(length);
            }
            out.push(']');
        }
        Value::Object(members) => {
            // As bytes, which is how Go compares them.
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| name.as_bytes());
            out.push('{');
            for (n, (name, member)) in members.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                let length = path.len();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
                write_string(out, name, path)?;
                out.push(':');
                write_value(out, member, path, depth + 1)?;
                path.truncate(length);
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_string(out: &mut String, text: &str, path: &str) -> Result<(), PayloadRefusal> {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c if c.is_control() => return Err(PayloadRefusal::ControlCharacter(path.escape_debug().to_string())),
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(())
}

/// Everything that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The event's own id; the same for all time.
    pub id: EventId,
    /// The type, such as `peer_registered`.
    pub event_type: String,
    /// Who it is for.
    pub scope: Scope,
    /// The key that signs it.
    pub key_id: SigningKeyId,
    /// When it happened.
    pub issued_at: DateTime<Utc>,
    /// What happened.
    pub payload: Payload,
}

impl Envelope {
    /// The canonical text: what the signature is over.
    pub fn canonical(&self) -> String {
        let mut text = String::with_capacity(self.payload.0.len() + 512);
        let Self { id, event_type, scope, key_id, issued_at, payload } = self;
        let (issued_at, payload) = (time(*issued_at), payload.as_str());
        let _infallible = write!(
            text,
            "{{\"id\":\"{id}\",\"type\":\"{event_type}\",\"scope\":\"{scope}\",\"key_id\":\"{key_id}\",\
             \"issued_at\":\"{issued_at}\",\"payload\":{payload}}}"
        );
        text
    }
}

/// RFC 3339 in UTC as Go writes it: no zeros at the end of the fraction, and no fraction of zeros.
fn time(at: DateTime<Utc>) -> String {
    let text = at.to_rfc3339_opts(SecondsFormat::Nanos, true);
    let digits = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    // Without a fraction nothing but the seconds would be trimmed.
    if at.timestamp_subsec_nanos() == 0 { at.to_rfc3339_opts(SecondsFormat::Secs, true) } else { format!("{digits}Z") }
}

/// Makes sure that an event of this type and payload can be signed, whenever that will be.
///
/// # Errors
/// [`PayloadRefusal`].
pub fn check(event_type: &str, scope: &Scope, payload: &Value) -> Result<Payload, PayloadRefusal> {
    let named = (1..=MAX_TYPE_BYTES).contains(&event_type.len())
        && event_type.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !named {
        return Err(PayloadRefusal::Type(event_type.to_owned()));
    }
    let payload = Payload::of(payload)?;
    let sample = Envelope {
        id: EventId(Uuid::nil()),
        event_type: event_type.to_owned(),
        scope: *scope,
        key_id: SigningKeyId(Uuid::nil()),
        issued_at: DateTime::UNIX_EPOCH,
        payload,
    };
    let shortest = sample.canonical().len() - time(sample.issued_at).len();
    let line_end = 1;
    let longest = LINE_START.len()
        + shortest
        + LONGEST_TIME
        + SIGNATURE_START.len()
        + SIGNATURE_TEXT
        + SIGNATURE_END.len()
        + line_end
        - "}".len();
    if longest >= STREAM_LINE_BYTES {
        return Err(PayloadRefusal::TooLong(longest));
    }
    Ok(sample.payload)
}

/// The id of the event that lies at `position` of the outbox: the same however often it is asked for, so that an
/// event that is relayed twice is known by its id. A UUIDv7 of the time when it happened.
pub fn event_id(position: i64, event_type: &str, scope: &Scope, payload: &Payload, at: DateTime<Utc>) -> EventId {
    let mut hash = Sha256::new();
    hash.update(b"plexsphere/event-id/v1");
    hash.update(position.to_be_bytes());
    hash.update(scope.to_string());
    hash.update(event_type);
    hash.update(b"\0");
    hash.update(payload.as_str());
    let hash = hash.finalize();
    // Time, version and variant stay; the rest is the hash's.
    let mut bytes = new_uuid(at).into_bytes();
    bytes[6] = (bytes[6] & 0xf0) | (hash[0] & 0x0f);
    bytes[7] = hash[1];
    bytes[8] = (bytes[8] & 0xc0) | (hash[2] & 0x3f);
    bytes[9..16].copy_from_slice(&hash[3..10]);
    EventId(Uuid::from_bytes(bytes))
}

/// A key that signs events.
pub struct EventSigner {
    key_id: SigningKeyId,
    key: ed25519_dalek::SigningKey,
}

impl EventSigner {
    /// A signer with this private key.
    pub fn new(key_id: SigningKeyId, seed: &[u8; 32]) -> Self {
        Self { key_id, key: ed25519_dalek::SigningKey::from_bytes(seed) }
    }

    /// The key's id.
    pub fn key_id(&self) -> SigningKeyId {
        self.key_id
    }

    /// The raw public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The signature over `text` as it stands, for what is no envelope.
    pub fn sign_text(&self, text: &str) -> [u8; 64] {
        self.key.sign(text.as_bytes()).to_bytes()
    }

    /// The signed line of `envelope`, whose `key_id` becomes this key's.
    pub fn sign(&self, mut envelope: Envelope) -> String {
        envelope.key_id = self.key_id;
        let mut line = envelope.canonical();
        let signature = STANDARD.encode(self.key.sign(line.as_bytes()).to_bytes());
        line.pop();
        line.push_str(SIGNATURE_START);
        line.push_str(&signature);
        line.push_str(SIGNATURE_END);
        line
    }
}

/// The text is no envelope, or not the canonical text of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the canonical text of an envelope")]
pub struct NotCanonical;

/// A signed line, taken apart. Nothing is verified yet.
#[derive(Clone, Debug)]
pub struct SignedLine {
    /// What it says.
    pub envelope: Envelope,
    /// What was signed.
    pub canonical: String,
    /// The signature over it.
    pub signature: Signature,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    id: Uuid,
    #[serde(rename = "type")]
    event_type: String,
    scope: String,
    key_id: Uuid,
    issued_at: DateTime<Utc>,
    payload: Value,
}

impl FromStr for SignedLine {
    type Err = NotCanonical;

    fn from_str(line: &str) -> Result<Self, NotCanonical> {
        let rest = line.strip_suffix(SIGNATURE_END).ok_or(NotCanonical)?;
        let at = rest.len().checked_sub(SIGNATURE_TEXT).ok_or(NotCanonical)?;
        let (signed, signature) = rest.split_at_checked(at).ok_or(NotCanonical)?;
        let signed = signed.strip_suffix(SIGNATURE_START).ok_or(NotCanonical)?;
        let signature = STANDARD.decode(signature).map_err(|_| NotCanonical)?;
        let signature = Signature::from_slice(&signature).map_err(|_| NotCanonical)?;
        let canonical = format!("{signed}}}");
        let members: Members = serde_json::from_str(&canonical).map_err(|_| NotCanonical)?;
        let envelope = Envelope {
            id: EventId(members.id),
            event_type: members.event_type,
            scope: members.scope.parse()?,
            key_id: SigningKeyId(members.key_id),
            issued_at: members.issued_at,
            payload: Payload::of(&members.payload).map_err(|_| NotCanonical)?,
        };
        // Two readers of one line must not see two events: there is one text only.
        if envelope.canonical() != canonical {
            return Err(NotCanonical);
        }
        Ok(Self { envelope, canonical, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_trimmed_as_go_trims_them() {
        for (given, written) in [
            ("2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z"),
            ("2026-11-23T16:00:00.120Z", "2026-11-23T16:00:00.12Z"),
            ("2026-11-23T16:00:10.000000001Z", "2026-11-23T16:00:10.000000001Z"),
            ("2026-11-23T16:00:00.5+02:00", "2026-11-23T14:00:00.5Z"),
        ] {
            assert_eq!(time(at(given)), written);
        }
    }

    #[test]
    fn payloads_are_sorted_and_escaped() {
        let payload =
            json!({ "b": "<a>&\u{2028}\u{2029}\"\\/é", "a": [1, -9_007_199_254_740_991_i64, null, true], "B": {} });
        assert_eq!(
            Payload::of(&payload).unwrap().as_str(),
            "{\"B\":{},\"a\":[1,-9007199254740991,null,true],\
             \"b\":\"\\u003ca\\u003e\\u0026\\u2028\\u2029\\\"\\\\/é\"}"
        );
    }

    #[test]
    fn what_has_no_canonical_form_is_refused_by_name() {
        use PayloadRefusal::*;
        let mut deep = json!(1);
        for _ in 0..40 {
            deep = json!([deep]);
        }
        for (payload, refusal) in [
            (json!([]), NotAnObject),
            (json!({ "a": [{ "b": "x\ny" }] }), ControlCharacter("a[0].b".into())),
            (json!({ "a": "\u{7f}" }), ControlCharacter("a".into())),
            (json!({ "a\u{0}": 1 }), ControlCharacter("a\\0".into())),
            (json!({ "a": 1.5 }), Number("a".into())),
            (json!({ "a": -0.0 }), Number("a".into())),
            (json!({ "a": 9_007_199_254_740_992_i64 }), Number("a".into())),
            (json!({ "a": -9_007_199_254_740_992_i64 }), Number("a".into())),
            (json!({ "a": u64::MAX }), Number("a".into())),
        ] {
            assert_eq!(Payload::of(&payload), Err(refusal), "{payload}");
        }
        assert!(matches!(Payload::of(&json!({ "a": deep })), Err(TooDeep(_))));
        let scope = Scope::Domain(DomainId(Uuid::nil()));
        for name in ["", "Peer", "a b", &"a".repeat(65)] {
            assert_eq!(check(name, &scope, &json!({})), Err(Type(name.to_owned())));
        }
    }

    #[test]
    fn the_longest_line_that_is_taken_fits_into_the_agents_buffer() {
        let scope = Scope::Operators(DomainId(Uuid::now_v7()));
        let payload = |length: usize| json!({ "a": "x".repeat(length) });
        let fits = |length: &usize| check("integrity_alert", &scope, &payload(*length)).is_ok();
        let longest = (60_000..66_000).take_while(fits).last().unwrap();
        let envelope = Envelope {
            id: EventId(Uuid::now_v7()),
            event_type: "integrity_alert".into(),
            scope,
            key_id: SigningKeyId(Uuid::nil()),
            issued_at: at("2026-11-23T16:00:00.123456789Z"),
            payload: Payload::of(&payload(longest)).unwrap(),
        };
        let line = EventSigner::new(SigningKeyId(Uuid::now_v7()), &[1; 32]).sign(envelope);
        assert_eq!(format!("data: {line}\n").len(), STREAM_LINE_BYTES - 1);
    }

    #[test]
    fn ids_are_told_apart_and_stay_the_same() {
        let scope = Scope::Domain(DomainId(Uuid::now_v7()));
        let payload = Payload::of(&json!({})).unwrap();
        let now = at("2026-11-23T16:00:00.123Z");
        let id = event_id(7, "peer_registered", &scope, &payload, now);
        assert_eq!(id, event_id(7, "peer_registered", &scope, &payload, now));
        assert_ne!(id, event_id(8, "peer_registered", &scope, &payload, now));
        assert_eq!(id.0.get_version_num(), 7);
        assert_eq!(id.0.get_variant(), uuid::Variant::RFC4122);
        assert!(id < event_id(1, "peer_registered", &scope, &payload, now + chrono::TimeDelta::milliseconds(1)));
    }
}
