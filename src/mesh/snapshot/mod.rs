//! The state that a Node has to reach, whole: what it pulls when it starts, and whenever it may have missed an event.
//!
//! Nearly all of it is the list of peers, which is the same for all Nodes of a Domain but for one entry. It is read
//! and serialised once for each version of the Domain ([`PeerList`]) and shared as it is, compressed or not; what is
//! a Node's own ([`OwnRows`]) is read anew by every pull, with the Domain's version, by one statement. That statement
//! brings the peers only when the version that is held is not the present one. Pulls of one Domain share statements
//! ([`puller`]). So a pull that begins after a change has committed sees it, on any replica, and a read that fails is a
//! refusal, never a smaller state.
//!
//! While the database is down, a Node whose key was verified before is served its last state, for a while
//! ([`SnapshotProvider::last_known`]): tunnels that work must not go because we do.
//!
//! State entries ([`Entry`]) are small opaque values. Operators set metadata and data, and the Node is told; reports
//! are the Node's own.

mod coding;
mod entry;
mod held;
mod own;
mod peer_list;
pub mod puller;
mod refusal;
mod store;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use coding::Coding;
pub use entry::{Entry, InvalidEntry, Key, Kind};
pub use own::{OwnRows, SigningKeyRow, Tag};
pub use peer_list::PeerList;
pub use puller::Snapshot;
pub use refusal::{EntryRefusal, PullRefusal};
pub(in crate::mesh) use store::remove_entries;
pub use store::{PgSnapshots, PgStateEntries};

use super::collaborators::Collaborators;
use super::nodes::Actor;
use super::peers::PeerView;
use crate::ids::{DomainId, NodeId};
use crate::postgres::StorageError;

/// What a statement reads of a Domain.
#[derive(Clone, Debug)]
pub struct DomainRows {
    /// Which.
    pub domain_id: DomainId,
    /// Its version.
    pub version: i64,
    /// The keys that sign its events.
    pub signing_keys: Vec<SigningKeyRow>,
    /// Its live Peers; `None`: the version that is held is the present one.
    pub peers: Option<Vec<PeerView>>,
}

/// What a statement has read.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Those of the Nodes that are there.
    pub nodes: Vec<OwnRows>,
    /// Their Domains.
    pub domains: Vec<DomainRows>,
}

/// Reads what states are made of.
#[async_trait]
pub trait SnapshotSource: Send + Sync + 'static {
    /// Reads the rows of `node_ids` and of their Domains by one statement. Of a Domain whose version is the one in
    /// `held`, the peers are left out.
    ///
    /// # Errors
    /// [`StorageError`]; then nothing is known.
    async fn read(&self, node_ids: &[NodeId], held: &[(DomainId, i64)]) -> Result<Found, StorageError>;
}

/// SnapshotProvider: the states of Nodes.
#[async_trait]
pub trait SnapshotProvider: Send + Sync + 'static {
    /// The Node's state. `None`: there is no such Node. `domain_id` is known when the Node itself asks.
    ///
    /// # Errors
    /// [`PullRefusal`].
    async fn pull(
        &self,
        node_id: NodeId,
        domain_id: Option<DomainId>,
        now: DateTime<Utc>,
    ) -> Result<Option<Snapshot>, PullRefusal>;

    /// The Node's last state, if the database is down and the Node has pulled its state here not long ago.
    fn last_known(&self, node_id: NodeId, now: DateTime<Utc>) -> Option<Snapshot>;
}

/// The entries.
#[async_trait]
pub trait StateEntryRepo: Send + Sync + 'static {
    /// Sets an entry. The one that is there already: nothing.
    ///
    /// # Errors
    /// [`EntryRefusal`].
    async fn put(
        &self,
        node_id: NodeId,
        kind: Kind,
        entry: &Entry,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), EntryRefusal>;

    /// Removes an entry.
    ///
    /// # Errors
    /// [`EntryRefusal`].
    async fn delete(
        &self,
        node_id: NodeId,
        kind: Kind,
        key: &Key,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), EntryRefusal>;
}

/// The capability behind GetNodeState.
pub struct Snapshots {
    provider: Arc<dyn SnapshotProvider>,
}

impl Snapshots {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        collaborators.node_repo.as_ref()?;
        Some(Self { provider: collaborators.snapshot_provider.clone()? })
    }

    /// The states of Nodes.
    pub fn provider(&self) -> &dyn SnapshotProvider {
        &*self.provider
    }
}

/// The capability behind the entries that operators set.
pub struct StateEntries {
    repo: Arc<dyn StateEntryRepo>,
}

impl StateEntries {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        Some(Self { repo: collaborators.state_entry_repo.clone()? })
    }

    /// The entries.
    pub fn repo(&self) -> &dyn StateEntryRepo {
        &*self.repo
    }
}

/// The capability behind the reports of Nodes.
pub struct StateReports {
    repo: Arc<dyn StateEntryRepo>,
}

impl StateReports {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.nsk_validator.as_ref()?;
        Some(Self { repo: collaborators.state_entry_repo.clone()? })
    }

    /// The entries.
    pub fn repo(&self) -> &dyn StateEntryRepo {
        &*self.repo
    }
}
