use std::sync::Arc;

use crate::postgres::StorageError;

/// Why a report of an endpoint is not recorded.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EndpointRefusal {
    /// The Node has no live Peer.
    #[error("the Node has no live Peer")]
    PeerNotFound,
    /// The observation is older than the Domain lets an endpoint live.
    #[error("reported_at is {age_s} s old; this Domain lets an endpoint live for {ttl_s} s")]
    OlderThanTtl {
        /// Seconds since it was made.
        age_s: f64,
        /// Seconds that the Domain allows.
        ttl_s: f64,
    },
    /// The Peer was retired after the request came in.
    #[error("the Peer was retired while the report was being recorded")]
    PeerGone,
    /// More reports wait than will be written in good time.
    #[error("too many reports are waiting")]
    Overloaded,
    /// The database.
    #[error("not written: {0}")]
    Storage(Arc<StorageError>),
}
