//! Why nothing was set or pulled.

use std::sync::Arc;

use super::entry::QUOTA;
use crate::postgres::{MayRetry, StorageError};

/// Why an entry was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EntryRefusal {
    /// There is no such Node.
    #[error("no such Node")]
    NodeNotFound,
    /// There is no entry to remove.
    #[error("no such entry")]
    EntryNotFound,
    /// The Node has all that it may have.
    #[error("a Node has at most {QUOTA} entries of one kind")]
    QuotaExceeded,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MayRetry for EntryRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::Storage(error) => error.lost_race(),
            _ => None,
        }
    }
}

/// Why the state of a Node is not known.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PullRefusal {
    /// More pulls wait than will be answered in good time.
    #[error("too many state pulls are waiting")]
    Overloaded,
    /// The database.
    #[error("not read: {0}")]
    Storage(Arc<StorageError>),
}
