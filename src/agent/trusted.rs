//! The keys that an agent trusts, and the events that they have signed.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use crate::ids::{DomainId, SigningKeyId};
use crate::signing::{Scope, SignatureVerifier, Unverified};

/// The stream's own type: what the client has is not connected to what the log holds; the state is to be pulled.
pub const RESYNC: &str = "resync_required";

/// Lines that are remembered as verified: many agents in one process are sent the same ones at about the same time.
const REMEMBERED: usize = 16_384;

/// An event whose signature holds.
#[derive(Debug)]
pub struct Event {
    /// The signed envelope, as it was sent.
    pub line: Arc<str>,
    /// Its id.
    pub id: Uuid,
    /// Its type.
    pub event_type: String,
    /// Who it is for.
    pub scope: Scope,
    /// The key that signed it.
    pub key_id: Uuid,
    /// What happened.
    pub payload: Value,
}

/// The keys of one Domain. Clones share them.
#[derive(Clone)]
pub struct Trusted {
    domain_id: DomainId,
    keys: Arc<RwLock<SignatureVerifier>>,
    lines: Arc<RwLock<Lines>>,
}

/// What has been verified, by whomever.
#[derive(Default)]
struct Lines {
    verified: HashMap<Arc<str>, Line>,
    order: VecDeque<Arc<str>>,
}

/// Whoever trusts this key need not verify it again.
struct Line {
    event: Arc<Event>,
    key_id: SigningKeyId,
    public_key: Option<[u8; 32]>,
}

impl Trusted {
    /// No keys of the Domain yet.
    pub fn new(domain_id: DomainId) -> Self {
        Self { domain_id, keys: Arc::default(), lines: Arc::default() }
    }

    /// Another agent's: no keys yet. What either has verified is remembered for both.
    pub fn of_another(&self) -> Self {
        Self { keys: Arc::default(), ..self.clone() }
    }

    /// Whose keys they are.
    pub fn domain_id(&self) -> DomainId {
        self.domain_id
    }

    /// Trusts a key that registration or a pull told of.
    pub fn trust(&self, key_id: Uuid, public_key: &[u8]) {
        write(&self.keys).trust(self.domain_id, SigningKeyId(key_id), public_key);
    }

    /// Trusts the keys of a state's `signing_keys`.
    pub fn trust_state(&self, state: &Value) {
        for key in state["signing_keys"].as_array().into_iter().flatten() {
            self.trust_member(&key["key_id"], &key["public_key"]);
        }
    }

    fn trust_member(&self, key_id: &Value, public_key: &Value) {
        let key_id = key_id.as_str().and_then(|id| Uuid::parse_str(id).ok());
        let public_key = public_key.as_str().and_then(|key| STANDARD.decode(key).ok());
        if let (Some(key_id), Some(public_key)) = (key_id, public_key) {
            self.trust(key_id, &public_key);
        }
    }

    /// The event in a line, if it verifies. A key that such an event announces is trusted from then on.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn verified(&self, line: &str) -> Result<Arc<Event>, Unverified> {
        if let Some(event) = self.remembered(line) {
            return Ok(event);
        }
        let (envelope, public_key) = {
            let keys = read(&self.keys);
            let envelope = keys.verify(self.domain_id, line)?.envelope;
            let public_key = keys.public_key(self.domain_id, envelope.key_id);
            (envelope, public_key)
        };
        // It has been parsed before, to see that it is canonical.
        let payload = serde_json::from_str(envelope.payload.as_str()).unwrap_or_default();
        let event = Arc::new(Event {
            line: line.into(),
            id: envelope.id.0,
            event_type: envelope.event_type,
            scope: envelope.scope,
            key_id: envelope.key_id.0,
            payload,
        });
        self.learn(&event);
        self.remember(Line { event: event.clone(), key_id: envelope.key_id, public_key });
        Ok(event)
    }

    fn remembered(&self, line: &str) -> Option<Arc<Event>> {
        let event = {
            let lines = read(&self.lines);
            let known = lines.verified.get(line)?;
            let public_key = read(&self.keys).public_key(self.domain_id, known.key_id)?;
            (known.public_key == Some(public_key)).then(|| known.event.clone())?
        };
        self.learn(&event);
        Some(event)
    }

    fn learn(&self, event: &Event) {
        if event.event_type == "signing_key_rotated" {
            self.trust_member(&event.payload["key_id"], &event.payload["public_key"]);
        }
    }

    fn remember(&self, line: Line) {
        let mut lines = write(&self.lines);
        let text = line.event.line.clone();
        if lines.verified.insert(text.clone(), line).is_none() {
            lines.order.push_back(text);
        }
        if lines.order.len() > REMEMBERED
            && let Some(oldest) = lines.order.pop_front()
        {
            lines.verified.remove(&oldest);
        }
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::ids::{EventId, NodeId};
    use crate::signing::{Envelope, EventSigner, Payload};

    pub fn signer(seed: u8) -> EventSigner {
        EventSigner::new(SigningKeyId(Uuid::from_u128(u128::from(seed) << 64 | 1)), &[seed; 32])
    }

    pub fn signed(signer: &EventSigner, event_type: &str, scope: Scope, payload: &Value) -> String {
        signer.sign(Envelope {
            id: EventId(Uuid::now_v7()),
            event_type: event_type.to_owned(),
            scope,
            key_id: signer.key_id(),
            issued_at: DateTime::UNIX_EPOCH,
            payload: Payload::of(payload).unwrap(),
        })
    }

    #[test]
    fn a_key_that_a_trusted_one_announces_is_trusted() {
        let domain_id = DomainId(Uuid::from_u128(1));
        let scope = Scope::Domain(domain_id);
        let trusted = Trusted::new(domain_id);
        let (first, second) = (signer(1), signer(2));
        let later = signed(&second, "peer_deregistered", Scope::Node(NodeId(Uuid::from_u128(9))), &json!({}));
        let keys = json!({ "signing_keys": [
            { "key_id": first.key_id().to_string(), "public_key": STANDARD.encode(first.public_key()), "state": "active" },
        ] });
        trusted.trust_state(&keys);
        assert_eq!(trusted.verified(&later).unwrap_err(), Unverified::UnknownKey);
        let announced = json!({
            "key_id": second.key_id().to_string(), "public_key": STANDARD.encode(second.public_key()),
            "previous_key_id": first.key_id().to_string(), "transition_expires": "2026-01-01T00:00:00Z",
        });
        let by_itself = signed(&second, "signing_key_rotated", scope, &announced);
        assert_eq!(trusted.verified(&by_itself).unwrap_err(), Unverified::UnknownKey);
        trusted.verified(&signed(&first, "signing_key_rotated", scope, &announced)).unwrap();
        let event = trusted.verified(&later).unwrap();
        assert!(Arc::ptr_eq(&event, &trusted.clone().verified(&later).unwrap()), "verified once");
        assert!(trusted.verified(&later.replace("node:", "nod:")).is_err());
    }

    #[test]
    fn what_another_agent_has_verified_is_believed_by_whoever_trusts_the_same_key() {
        let domain_id = DomainId(Uuid::from_u128(1));
        let scope = Scope::Domain(domain_id);
        let (first, second) = (signer(1), signer(2));
        let announced = json!({
            "key_id": second.key_id().to_string(), "public_key": STANDARD.encode(second.public_key()),
            "previous_key_id": first.key_id().to_string(), "transition_expires": "2026-01-01T00:00:00Z",
        });
        let announcement = signed(&first, "signing_key_rotated", scope, &announced);
        let later = signed(&second, "peer_deregistered", scope, &json!({}));
        let one = Trusted::new(domain_id);
        let other = one.of_another();
        one.trust(first.key_id().0, &first.public_key());
        one.verified(&announcement).unwrap();
        let event = one.verified(&later).unwrap();
        assert_eq!(other.verified(&announcement).unwrap_err(), Unverified::UnknownKey);
        // Another key under the same id is not the same key.
        other.trust(first.key_id().0, &second.public_key());
        assert_eq!(other.verified(&announcement).unwrap_err(), Unverified::Signature);
        other.trust(first.key_id().0, &first.public_key());
        assert_eq!(other.verified(&later).unwrap_err(), Unverified::UnknownKey, "nobody has told it");
        other.verified(&announcement).unwrap();
        assert!(Arc::ptr_eq(&event, &other.verified(&later).unwrap()), "verified once");
    }
}
