//! Capabilities: what a Node runs and can do, as it says after each start.
//!
//! A Node replaces its whole manifest and is told what that changed. The same manifest again changes nothing: no row
//! is written and no event tells of it, so a fleet that restarts costs reads. Puts of one Node take turns at its row,
//! so each event tells the step from the manifest before it.

mod manifest;
mod store;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use manifest::{
    ActionParameter, BuiltinAction, Field, InvalidManifest, Manifest, PlexdHook, Rule, Sent, SentAction, SentHook,
    SentPlexdHook,
};
pub use store::PgCapabilities;

use super::collaborators::Collaborators;
use crate::ids::{NodeId, ProjectId};
use crate::page::Page;
use crate::postgres::{MayRetry, StorageError};

/// The manifest of a Node, as it is shown to operators.
#[derive(Clone, Debug)]
pub struct NodeManifest {
    /// Whose.
    pub node_id: NodeId,
    /// What it says.
    pub manifest: Manifest,
    /// Since when.
    pub updated_at: DateTime<Utc>,
}

/// Why a manifest is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum CapabilitiesRefusal {
    /// The Node is not there (any more).
    #[error("no such Node")]
    NodeNotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MayRetry for CapabilitiesRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::NodeNotFound => None,
            Self::Storage(error) => error.lost_race(),
        }
    }
}

/// The manifests.
#[async_trait]
pub trait CapabilitiesRecorder: Send + Sync + 'static {
    /// Makes `manifest` the Node's; answers what that changed, sorted.
    ///
    /// # Errors
    /// [`CapabilitiesRefusal`].
    async fn record(
        &self,
        node_id: NodeId,
        manifest: &Manifest,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Vec<Field>, CapabilitiesRefusal>;

    /// A page of the manifests of a project's Nodes. `None`: there is no such project.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn list(&self, project_id: ProjectId, page: &Page) -> Result<Option<Vec<NodeManifest>>, StorageError>;
}

/// The capability behind PutNodeCapabilities.
pub struct CapabilityReports {
    recorder: Arc<dyn CapabilitiesRecorder>,
}

impl CapabilityReports {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.nsk_validator.as_ref()?;
        collaborators.node_repo.as_ref()?;
        Some(Self { recorder: collaborators.capabilities_recorder.clone()? })
    }

    /// Records a manifest; answers what it changed.
    ///
    /// # Errors
    /// [`CapabilitiesRefusal`].
    pub async fn record(
        &self,
        node_id: NodeId,
        manifest: &Manifest,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Vec<Field>, CapabilitiesRefusal> {
        self.recorder.record(node_id, manifest, now, correlation_id).await
    }
}

/// The capability behind ListProjectCapabilities.
pub struct CapabilityReads {
    recorder: Arc<dyn CapabilitiesRecorder>,
}

impl CapabilityReads {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        Some(Self { recorder: collaborators.capabilities_recorder.clone()? })
    }

    /// A page of the manifests of a project's Nodes. `None`: there is no such project.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list(&self, project_id: ProjectId, page: &Page) -> Result<Option<Vec<NodeManifest>>, StorageError> {
        self.recorder.list(project_id, page).await
    }
}
