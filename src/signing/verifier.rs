//! What is checked before an event is emitted: that its Domain's key signed exactly these bytes, and that its id has
//! not been seen at another number.

use std::collections::{HashMap, VecDeque};
use std::str::FromStr as _;

use ed25519_dalek::VerifyingKey;

use super::envelope::{NotCanonical, Scope, SignedLine};
use crate::ids::{DomainId, EventId, SigningKeyId};

/// Ids that are remembered. A day of a busy mesh; what is older is kept apart by the log, where an id stands once.
pub const REMEMBERED: usize = 65_536;

/// Why a line is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// It cannot be read as one event.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// The key is not known (any more).
    #[error("its key is not known")]
    UnknownKey,
    /// The key, or the scope, is another Domain's.
    #[error("its key or scope belongs to another Domain")]
    OtherDomain,
    /// The signature is not over these bytes.
    #[error("the signature is not over these bytes")]
    Signature,
}

/// The public keys of Domains.
#[derive(Clone, Default)]
pub struct SignatureVerifier {
    keys: HashMap<SigningKeyId, (DomainId, VerifyingKey)>,
}

impl SignatureVerifier {
    /// Trusts a key of a Domain. A key that is no point of the curve is left out: nothing verifies with it.
    pub fn trust(&mut self, domain_id: DomainId, key_id: SigningKeyId, public_key: &[u8]) {
        let key = <&[u8; 32]>::try_from(public_key).ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
        if let Some(key) = key {
            self.keys.insert(key_id, (domain_id, key));
        }
    }

    /// A key of a Domain, if it trusts that.
    pub fn public_key(&self, domain_id: DomainId, key_id: SigningKeyId) -> Option<[u8; 32]> {
        self.keys.get(&key_id).filter(|(owner, _)| *owner == domain_id).map(|(_, key)| key.to_bytes())
    }

    /// How many keys it trusts.
    pub fn known(&self) -> usize {
        self.keys.len()
    }

    /// Takes a line of `domain_id`'s apart and verifies it.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn verify(&self, domain_id: DomainId, line: &str) -> Result<SignedLine, Unverified> {
        let line = SignedLine::from_str(line)?;
        let (owner, key) = self.keys.get(&line.envelope.key_id).ok_or(Unverified::UnknownKey)?;
        let scoped = match line.envelope.scope {
            Scope::Node(_) => domain_id,
            Scope::Domain(id) | Scope::Operators(id) => id,
        };
        if *owner != domain_id || scoped != domain_id {
            return Err(Unverified::OtherDomain);
        }
        key.verify_strict(line.canonical.as_bytes(), &line.signature).map_err(|_| Unverified::Signature)?;
        Ok(line)
    }
}

/// The id has been seen at another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its id has been seen at number {0}")]
pub struct Replayed(pub i64);

/// The ids of late with their numbers.
#[derive(Default)]
pub struct NonceStore {
    numbers: HashMap<EventId, i64>,
    order: VecDeque<EventId>,
}

impl NonceStore {
    /// Takes note of `id` at `number`. The same again is no replay.
    ///
    /// # Errors
    /// [`Replayed`].
    pub fn admit(&mut self, id: EventId, number: i64) -> Result<(), Replayed> {
        match self.numbers.get(&id) {
            Some(known) if *known == number => return Ok(()),
            Some(known) => return Err(Replayed(*known)),
            None => {}
        }
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.numbers.remove(&oldest);
        }
        self.order.push_back(id);
        self.numbers.insert(id, number);
        Ok(())
    }

    /// Forgets everything: the log is another one.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::envelope::{Envelope, EventSigner, Payload};
    use super::*;
    use crate::ids::NodeId;
    use chrono::DateTime;
    use serde_json::json;
    use uuid::Uuid;

    fn signed(signer: &EventSigner, scope: Scope) -> String {
        signer.sign(Envelope {
            id: EventId(Uuid::now_v7()),
            event_type: "peer_deregistered".into(),
            scope,
            key_id: signer.key_id(),
            issued_at: DateTime::UNIX_EPOCH,
            payload: Payload::of(&json!({ "a": 1, "b": "<" })).unwrap(),
        })
    }

    #[test]
    fn only_the_domains_own_key_over_exactly_these_bytes_verifies() {
        let (domain, other) = (DomainId(Uuid::now_v7()), DomainId(Uuid::now_v7()));
        let signer = EventSigner::new(SigningKeyId(Uuid::now_v7()), &[1; 32]);
        let mut verifier = SignatureVerifier::default();
        let line = signed(&signer, Scope::Domain(domain));
        assert_eq!(verifier.verify(domain, &line).unwrap_err(), Unverified::UnknownKey);
        verifier.trust(domain, signer.key_id(), &signer.public_key());
        verifier.verify(domain, &line).unwrap();
        verifier.verify(domain, &signed(&signer, Scope::Node(NodeId(Uuid::now_v7())))).unwrap();
        assert_eq!(verifier.verify(other, &line).unwrap_err(), Unverified::OtherDomain);
        let foreign = signed(&signer, Scope::Operators(other));
        assert_eq!(verifier.verify(domain, &foreign).unwrap_err(), Unverified::OtherDomain);
        let changed = line.replace("\"a\":1", "\"a\":2");
        assert_eq!(verifier.verify(domain, &changed).unwrap_err(), Unverified::Signature);
        for text in [
            String::new(),
            "{}".into(),
            line.replace("\"a\":1", "\"a\": 1"),
            line.replace("\\u003c", "<"),
            line.replace("\"a\":1,\"b\"", "\"b\":1,\"a\""),
            line.replace("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.0Z"),
            line.replace("{\"id\"", "{\"more\":1,\"id\""),
            format!("{line} "),
        ] {
            assert!(matches!(verifier.verify(domain, &text), Err(Unverified::NotCanonical(_))), "{text}");
        }
    }

    #[test]
    fn an_id_at_another_number_is_a_replay_and_memory_is_bounded() {
        let mut nonces = NonceStore::default();
        let id = EventId(Uuid::from_u128(1));
        nonces.admit(id, 7).unwrap();
        nonces.admit(id, 7).unwrap();
        assert_eq!(nonces.admit(id, 8), Err(Replayed(7)));
        for n in 0..REMEMBERED {
            nonces.admit(EventId(Uuid::from_u128(n as u128 + 2)), n as i64).unwrap();
        }
        assert_eq!((nonces.numbers.len(), nonces.order.len()), (REMEMBERED, REMEMBERED));
        nonces.admit(id, 8).unwrap();
    }
}
