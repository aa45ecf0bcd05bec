//! Why an operation on rotations is refused. The texts are shown to callers, except a [`StorageError`]'s.

use crate::postgres::{MayRetry, StorageError};

/// Why no rotation is triggered, or shown.
#[derive(Debug, thiserror::Error)]
pub enum TriggerRefusal {
    /// There is no such Node.
    #[error("no such Node")]
    NodeNotFound,
    /// It is drained.
    #[error("the Node is drained: it has no mesh key to rotate")]
    NoLivePeer,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MayRetry for TriggerRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::NodeNotFound | Self::NoLivePeer => None,
            Self::Storage(error) => error.lost_race(),
        }
    }
}

/// Why a key is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CompletionRefusal {
    /// The Node has no live Peer.
    #[error("the Node has no live Peer")]
    PeerNotFound,
    /// It is the Node's key already.
    #[error("the Node has this key already")]
    Unchanged,
    /// Nobody has asked for it, or not lately.
    #[error("no rotation of the Node's key is pending")]
    NoPendingRotation,
    /// Another Node of the Domain has it.
    #[error("another Node has this key")]
    InUse,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MayRetry for CompletionRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::PeerNotFound | Self::Unchanged | Self::NoPendingRotation | Self::InUse => None,
            Self::Storage(error) => error.lost_race(),
        }
    }
}
