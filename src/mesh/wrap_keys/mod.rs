//! Rotating the key that a Domain's PSKs are sealed under.
//!
//! The new version is used by whoever issues a PSK from the moment that it is there; the live PSKs of before are sealed
//! anew in bounded batches while the mesh is served. Each says which version seals it, so that it opens at any time,
//! and none of them changes: agents notice nothing. A run that was cut off, or gave up waiting, is taken up by the next,
//! which then makes no further version. Older versions are kept: they seal what is retired.

mod store;

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::ids::DomainId;
use crate::postgres::{Database, StorageError};
use crate::signing::Sealer;

/// How a rotation goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// PSKs sealed anew in one transaction.
    pub batch: i64,
    /// For how long it waits for transactions that began before the new version was there.
    pub settles_within: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        // Rotations and enrolments of a batch's Nodes hardly wait for it; no request's transaction takes so long.
        Self { batch: 200, settles_within: Duration::from_secs(30) }
    }
}

/// A rotation that is through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rewrapped {
    /// The version that seals the Domain's live PSKs now.
    pub version: i32,
    /// PSKs that were sealed anew.
    pub psks: usize,
    /// The version was there before, and had not sealed all.
    pub resumed: bool,
}

/// Why a wrap key is not rotated, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum RewrapRefusal {
    /// There is no such Domain.
    #[error("there is no Domain {0}")]
    NoDomain(DomainId),
    /// A transaction that began before does not end: it may still issue a PSK under the version of before.
    #[error(
        "a transaction of before still runs, and may seal under the old key: all other keys are sealed anew; \
         repeat the command"
    )]
    Unsettled,
    /// The database, or the master key.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Makes a new version of the Domain's wrap key, unless one is to be finished, and seals all live PSKs under it.
///
/// # Errors
/// [`RewrapRefusal`]; what was done stays done.
pub async fn rotate(
    database: &Database,
    sealer: &Sealer,
    domain_id: DomainId,
    pace: Pace,
    now: DateTime<Utc>,
) -> Result<Rewrapped, RewrapRefusal> {
    let (version, resumed) = store::begin(database, sealer, domain_id, now).await?;
    let mut psks = store::rewrap(database, sealer, domain_id, version, pace.batch).await?;
    // Who read the old version before the new one was there may have issued a PSK since.
    store::settle(database, pace.settles_within).await?;
    psks += store::rewrap(database, sealer, domain_id, version, pace.batch).await?;
    store::note_settled(database, domain_id, version, now).await?;
    Ok(Rewrapped { version, psks, resumed })
}
