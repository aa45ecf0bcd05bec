//! Rotating the key that a Domain's PSKs are sealed under.
//!
//! The new version is used by whoever issues a PSK from the moment that it is there; the live PSKs of before are sealed
//! anew in bounded batches while the mesh is served. Each says which version seals it, so that it opens at any time,
//! and none of them changes: agents notice nothing. A run that was cut off is taken up by the next, which then makes no
//! further version. Older versions are kept: they seal what is retired.

mod store;

use chrono::{DateTime, Utc};

use crate::ids::DomainId;
use crate::postgres::{Database, StorageError};
use crate::signing::Sealer;

/// PSKs sealed anew in one transaction: rotations and enrolments of their Nodes hardly wait for it.
pub const BATCH: i64 = 200;

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

/// Makes a new version of the Domain's wrap key, unless one is to be finished, and seals all live PSKs under it,
/// `batch` at a time.
///
/// # Errors
/// [`RewrapRefusal`]; what was done stays done.
pub async fn rotate(
    database: &Database,
    sealer: &Sealer,
    domain_id: DomainId,
    batch: i64,
    now: DateTime<Utc>,
) -> Result<Rewrapped, RewrapRefusal> {
    let (version, resumed) = store::begin(database, sealer, domain_id, now).await?;
    let mut psks = store::rewrap(database, sealer, domain_id, version, batch).await?;
    // Who read the old version before the new one was there may have issued a PSK since.
    store::settle(database).await?;
    psks += store::rewrap(database, sealer, domain_id, version, batch).await?;
    Ok(Rewrapped { version, psks, resumed })
}
