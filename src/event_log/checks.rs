//! What an event passes before it is emitted.

use std::sync::Arc;

use super::Entry;
use crate::ids::SigningKeyId;
use crate::postgres::StorageError;
pub use crate::signing::store::PublicKeys;
use crate::signing::{NonceStore, SignatureVerifier, SignedLine, Unverified};

/// Public keys that are kept; beyond that all are asked for anew.
const KEYS: usize = 65_536;

/// Verifies events, and remembers what it needs for that.
pub struct Checks {
    keys: Arc<dyn PublicKeys>,
    verifier: SignatureVerifier,
    nonces: NonceStore,
}

impl Checks {
    /// Verifies by `keys`.
    pub fn new(keys: Arc<dyn PublicKeys>) -> Self {
        Self { keys, verifier: SignatureVerifier::default(), nonces: NonceStore::default() }
    }

    /// What is wrong with each of `entries`; nothing, if it may be emitted. Numbers that are looked at for the
    /// `first_time` are remembered with their ids.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn faults(&mut self, entries: &[Entry], first_time: bool) -> Result<Vec<Option<String>>, StorageError> {
        let verify = |verifier: &SignatureVerifier, entry: &Entry| verifier.verify(entry.domain_id, &entry.line);
        let mut checked: Vec<Result<SignedLine, Unverified>> =
            entries.iter().map(|entry| verify(&self.verifier, entry)).collect();
        if checked.iter().any(|outcome| matches!(outcome, Err(Unverified::UnknownKey))) {
            self.fetch_keys(entries).await?;
            for (entry, outcome) in entries.iter().zip(&mut checked) {
                if matches!(outcome, Err(Unverified::UnknownKey)) {
                    *outcome = verify(&self.verifier, entry);
                }
            }
        }
        let fault = |(entry, outcome): (&Entry, Result<SignedLine, Unverified>)| match outcome {
            Err(unverified) => Some(unverified.to_string()),
            // The row must say what its line says.
            Ok(SignedLine { envelope, .. })
                if envelope.id != entry.id
                    || envelope.scope != entry.scope
                    || envelope.event_type != entry.event_type =>
            {
                Some("its row and its line tell of different events".to_owned())
            }
            Ok(_) if first_time => {
                self.nonces.admit(entry.id, entry.sequence).err().map(|replayed| replayed.to_string())
            }
            Ok(_) => None,
        };
        Ok(entries.iter().zip(checked).map(fault).collect())
    }

    async fn fetch_keys(&mut self, entries: &[Entry]) -> Result<(), StorageError> {
        if self.verifier.known() > KEYS {
            self.verifier = SignatureVerifier::default();
        }
        let lines = entries.iter().filter_map(|entry| entry.line.parse::<SignedLine>().ok());
        let mut ids: Vec<SigningKeyId> = lines.map(|line| line.envelope.key_id).collect();
        ids.sort_unstable();
        ids.dedup();
        for (key_id, domain_id, public_key) in self.keys.public_keys(&ids).await? {
            self.verifier.trust(domain_id, key_id, &public_key);
        }
        Ok(())
    }

    /// Forgets which ids were seen: the log is another one.
    pub(super) fn forget_ids(&mut self) {
        self.nonces.clear();
    }
}
