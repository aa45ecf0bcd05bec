use chrono::{DateTime, Utc};

use crate::ids::RotationId;
use crate::mesh::registration::PublicKey;

/// A rotation that has not ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pending {
    /// Which.
    pub id: RotationId,
    /// When it expires, by what its Domain said when it was triggered.
    pub expires_at: DateTime<Utc>,
}

impl Pending {
    /// Whether it can still be completed. It expires by the clock, whether that has been written down or not.
    pub fn stands(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at
    }
}

/// What the key of a Node with a live Peer stands at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The present key.
    pub public_key: Vec<u8>,
    /// The rotation that set it; none: an enrolment did.
    pub set_by: Option<RotationId>,
    /// The rotation that has not ended.
    pub pending: Option<Pending>,
}

/// What a key that a Node submits does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Submission {
    /// It was submitted before: the receipt of this rotation is the answer.
    Replays(RotationId),
    /// It is the Node's key already, and no rotation made it so.
    Unchanged,
    /// Nobody has asked for it.
    NotAskedFor,
    /// It completes this rotation.
    Completes(RotationId),
}

impl Standing {
    /// What submitting `key` does at `now`.
    pub fn submit(&self, key: &PublicKey, now: DateTime<Utc>) -> Submission {
        if self.public_key == key.bytes() {
            return self.set_by.map_or(Submission::Unchanged, Submission::Replays);
        }
        match self.pending {
            Some(pending) if pending.stands(now) => Submission::Completes(pending.id),
            _ => Submission::NotAskedFor,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn key(n: u8) -> PublicKey {
        let secret = x25519_dalek::StaticSecret::from([n; 32]);
        PublicKey::parse(&PublicKey::encode(x25519_dalek::PublicKey::from(&secret).as_bytes())).unwrap()
    }

    #[test]
    fn a_replay_goes_before_unchanged_and_that_before_nobody_asked() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let (first, second) = (RotationId(Uuid::from_u128(1)), RotationId(Uuid::from_u128(2)));
        let pending = |seconds| Some(Pending { id: second, expires_at: now + TimeDelta::seconds(seconds) });
        for (set_by, pending, submitted, does) in [
            (None, None, 1, Submission::Unchanged),
            (None, pending(1), 1, Submission::Unchanged),
            (Some(first), None, 1, Submission::Replays(first)),
            (Some(first), pending(1), 1, Submission::Replays(first)),
            (Some(first), None, 2, Submission::NotAskedFor),
            (None, pending(0), 2, Submission::NotAskedFor),
            (None, pending(1), 2, Submission::Completes(second)),
            (Some(first), pending(1), 2, Submission::Completes(second)),
        ] {
            let standing = Standing { public_key: key(1).bytes().to_vec(), set_by, pending };
            assert_eq!(standing.submit(&key(submitted), now), does, "{standing:?} {submitted}");
        }
    }
}
