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
    shared: Arc<RwLock<Shared>>,
}

#[derive(Default)]
struct Shared {
    keys: SignatureVerifier,
    verified: HashMap<Arc<str>, Arc<Event>>,
    order: VecDeque<Arc<str>>,
}

impl Trusted {
    /// No keys of the Domain yet.
    pub fn new(domain_id: DomainId) -> Self {
        Self { domain_id, shared: Arc::default() }
    }

    /// Whose keys they are.
    pub fn domain_id(&self) -> DomainId {
        self.domain_id
    }

    /// Trusts a key that registration or a pull told of.
    pub fn trust(&self, key_id: Uuid, public_key: &[u8]) {
        self.write().keys.trust(self.domain_id, SigningKeyId(key_id), public_key);
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
        let known = |shared: &Shared| shared.verified.get(line).cloned();
        let signed = {
            let shared = self.read();
            if let Some(event) = known(&shared) {
                return Ok(event);
            }
            shared.keys.verify(self.domain_id, line)?
        };
        let envelope = signed.envelope;
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
        if event.event_type == "signing_key_rotated" {
            self.trust_member(&event.payload["key_id"], &event.payload["public_key"]);
        }
        let mut shared = self.write();
        if let Some(event) = known(&shared) {
            return Ok(event);
        }
        if shared.order.len() == REMEMBERED
            && let Some(oldest) = shared.order.pop_front()
        {
            shared.verified.remove(&oldest);
        }
        shared.order.push_back(event.line.clone());
        shared.verified.insert(event.line.clone(), event.clone());
        Ok(event)
    }

    fn read(&self) -> RwLockReadGuard<'_, Shared> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shared> {
        self.shared.write().unwrap_or_else(PoisonError::into_inner)
    }
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
}
