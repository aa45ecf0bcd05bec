//! Rotating the key that a Domain's events are signed with.
//!
//! A rotation makes a new key the active one and tells of it with an event that the outgoing key signs, in one
//! transaction: after a crash it has happened or it has not. Until that event stands in the log the outgoing key goes
//! on signing, so agents always know the key of what they read. It stays listed as `rotating` until the transition is
//! over, for agents that pull their state meanwhile, and is `retired` afterwards: it verifies old events for good.

mod store;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{DomainId, SigningKeyId};
use crate::postgres::{Database, MayRetry, StorageError, retrying};
use crate::signing::Sealer;

pub use store::retire;

/// The longest transition: what was signed by a key that long ago has gone from the log.
pub const LONGEST_TRANSITION: TimeDelta = TimeDelta::days(90);

/// A rotation that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The key that signs from now on.
    pub key_id: SigningKeyId,
    /// The one that did before.
    pub previous_key_id: SigningKeyId,
    /// Until when agents are told of both.
    pub transition_expires: DateTime<Utc>,
    /// It had begun before it was asked for: nothing was changed.
    pub under_way: bool,
}

/// Why a key is not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotationRefusal {
    /// There is no such Domain.
    #[error("there is no Domain {0}")]
    NoDomain(DomainId),
    /// The transition is longer than makes sense.
    #[error("the transition must take 0 to {} s", LONGEST_TRANSITION.num_seconds())]
    Transition,
    /// The database, or the master key.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MayRetry for RotationRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::Storage(error) => error.lost_race(),
            Self::NoDomain(_) | Self::Transition => None,
        }
    }
}

/// Rotates the Domain's signing key. While a transition lasts, asking again gives the same rotation, so that a command
/// that was cut off can simply be repeated; `again` begins another one nevertheless.
///
/// # Errors
/// [`RotationRefusal`].
pub async fn rotate(
    database: &Database,
    sealer: &Sealer,
    domain_id: DomainId,
    transition: TimeDelta,
    again: bool,
    now: DateTime<Utc>,
) -> Result<Rotation, RotationRefusal> {
    if !(TimeDelta::zero()..=LONGEST_TRANSITION).contains(&transition) {
        return Err(RotationRefusal::Transition);
    }
    let expires = now + transition;
    retrying("rotating a signing key", || store::rotate(database, sealer, domain_id, expires, again, now)).await
}
