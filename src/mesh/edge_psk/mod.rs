//! Edge PSKs: what two Nodes give WireGuard as the pre-shared key between them.
//!
//! Each Node has one PSK, which nobody is ever told. The key of an edge is derived from the PSKs of both ends, so that
//! each of them gets the same one, and a rotation of either changes it. It is sent sealed under the NSK that asks.

mod edge_key;
mod store;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;

pub use edge_key::{End, SEALED_BYTES, edge_key, seal};
pub use store::PgEdgePsks;

use super::collaborators::Collaborators;
use crate::ids::{DomainId, NodeId};
use crate::postgres::StorageError;

/// Both ends of an edge. Holds secrets: no Debug.
pub struct Edge {
    /// The Domain that both are in.
    pub domain_id: DomainId,
    /// The end that asks.
    pub caller: End,
    /// The other one.
    pub peer: End,
}

/// Opens the PSKs of live Peers.
#[async_trait]
pub trait EdgePskSource: Send + Sync + 'static {
    /// The edge between two Nodes, as of one moment. `None`: there is none, as one of them is not in the mesh, or is
    /// in another Domain, or both are one.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn edge(&self, caller: NodeId, peer: NodeId) -> Result<Option<Edge>, StorageError>;
}

/// The capability.
pub struct EdgePsks {
    source: Arc<dyn EdgePskSource>,
}

impl EdgePsks {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.nsk_validator.as_ref()?;
        Some(Self { source: collaborators.edge_psk_source.clone()? })
    }

    /// Opens the PSKs.
    pub fn source(&self) -> &dyn EdgePskSource {
        &*self.source
    }
}
