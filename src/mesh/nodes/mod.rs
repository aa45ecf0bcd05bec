//! Nodes as operators see them: listing, reading, deregistering, flagging an NSK.

pub(in crate::mesh) mod store;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use store::PgNodes;

use super::collaborators::Collaborators;
use super::reachability::Reachability;
use crate::access::{Operator, Permission, RelationChecker, Visible};
use crate::ids::{DomainId, NodeId, ProjectId};
use crate::page::Page;
use crate::postgres::{MayRetry, StorageError};

/// Whether a Node is in the mesh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It is.
    Active,
    /// It is a Node, and its Peer is retired for maintenance.
    Drained,
    /// It was a Node.
    Deregistered,
}

/// A Node as it is shown to operators.
#[derive(Clone, Debug)]
pub struct NodeView {
    /// Which.
    pub id: NodeId,
    /// Its Domain.
    pub domain_id: DomainId,
    /// Its project.
    pub project_id: ProjectId,
    /// Whether it may relay for others.
    pub bridge: bool,
    /// Its name within the project.
    pub resource_handle: String,
    /// Its address in the mesh.
    pub mesh_ip: String,
    /// Its Curve25519 key.
    pub public_key: Vec<u8>,
    /// Whether it is in the mesh.
    pub status: Status,
    /// Whether it has been heard of lately.
    pub reachability: Reachability,
    /// What it runs, as it last said.
    pub binary_version: Option<String>,
    /// Since when it has its NSK.
    pub nsk_issued_at: Option<DateTime<Utc>>,
    /// Until when the NSK holds.
    pub nsk_expires_at: Option<DateTime<Utc>>,
    /// Whether an administrator wants the NSK replaced.
    pub nsk_flagged: bool,
    /// Since when a rotation of its mesh key is pending, if one is.
    pub rotation_triggered_at: Option<DateTime<Utc>>,
    /// Since when it is a Node.
    pub enrolled_at: DateTime<Utc>,
    /// Since when it is none.
    pub deregistered_at: Option<DateTime<Utc>>,
}

/// Which Nodes to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this Domain.
    pub domain_id: Option<DomainId>,
    /// Of this project.
    pub project_id: Option<ProjectId>,
}

/// Why nothing was done to a Node.
#[derive(Debug, thiserror::Error)]
pub enum NodeRefusal {
    /// There is no such Node.
    #[error("no such Node")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MayRetry for NodeRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::NotFound => None,
            Self::Storage(error) => error.lost_race(),
        }
    }
}

/// Who acts, and in which request.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'r> {
    /// For the audit log.
    pub subject: &'r str,
    /// The request.
    pub correlation_id: &'r str,
}

/// The Nodes.
#[async_trait]
pub trait NodeRepo: Send + Sync + 'static {
    /// Whether there is such a Node, not deregistered.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn exists(&self, node_id: NodeId) -> Result<bool, StorageError>;

    /// A Node, also a deregistered one.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn find(&self, node_id: NodeId, now: DateTime<Utc>) -> Result<Option<NodeView>, StorageError>;

    /// A page of the Nodes that all of `visible` show, deregistered ones among them.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn list(
        &self,
        filter: Filter,
        visible: &[Visible],
        page: &Page,
        now: DateTime<Utc>,
    ) -> Result<Vec<NodeView>, StorageError>;

    /// Ends a Node: its NSK, its Peer, its PSK; its address rests and is then free. Again: nothing.
    ///
    /// # Errors
    /// [`NodeRefusal`].
    async fn deregister(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal>;

    /// Asks the Node, by its next heartbeat, to get a new NSK.
    ///
    /// # Errors
    /// [`NodeRefusal`].
    async fn flag_nsk(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>) -> Result<(), NodeRefusal>;
}

/// The capability.
pub struct Nodes {
    repo: Arc<dyn NodeRepo>,
    relations: Arc<dyn RelationChecker>,
}

impl Nodes {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        Some(Self { repo: collaborators.node_repo.clone()?, relations: collaborators.relation_checker.clone()? })
    }

    /// The Nodes.
    pub fn repo(&self) -> &dyn NodeRepo {
        &*self.repo
    }

    /// A page of the Nodes that the operator may read.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list(
        &self,
        operator: &Operator,
        filter: Filter,
        page: &Page,
        now: DateTime<Utc>,
    ) -> Result<Vec<NodeView>, StorageError> {
        let visible = self.relations.visible(operator, Permission::NodeRead).await?;
        self.repo.list(filter, &visible, page, now).await
    }
}
