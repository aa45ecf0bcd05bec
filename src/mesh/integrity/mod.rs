//! Integrity: what Nodes find changed on themselves.
//!
//! A Node reports violations in batches. A batch is one transaction: all of its rows, one alert to the operators and
//! one audit entry. The advice is always to enrol the machine anew from a clean image. Operators list what has been
//! reported and acknowledge it, once, with a reason.

mod refusal;
mod store;
mod violation;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use refusal::{AcknowledgeRefusal, ReportRefusal};
pub use store::PgIntegrityViolations;
pub use violation::{Acknowledgement, Detector, Evidence, Finding, InvalidReport, Kind, Rule, Sent, Status, Violation};

use super::collaborators::Collaborators;
use super::nodes::Actor;
use crate::access::{Operator, Permission, RelationChecker, Visible};
use crate::ids::{DomainId, NodeId, ProjectId, ViolationId};
use crate::invalid_field::InvalidField;
use crate::page::Page;
use crate::postgres::StorageError;

/// Which violations to list: those that fit all that is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this Domain.
    pub domain_id: Option<DomainId>,
    /// Of this project.
    pub project_id: Option<ProjectId>,
    /// Of this Node.
    pub node_id: Option<NodeId>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// In this state.
    pub status: Option<Status>,
}

/// The violations.
#[async_trait]
pub trait IntegrityViolationsRecorder: Send + Sync + 'static {
    /// Records what a Node has found, all or nothing.
    ///
    /// # Errors
    /// [`ReportRefusal`].
    async fn record(
        &self,
        node_id: NodeId,
        findings: &[Finding],
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(), ReportRefusal>;

    /// A page of the violations, of `domains` only, if that is given.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn list(
        &self,
        filter: Filter,
        domains: Option<Vec<Uuid>>,
        page: &Page,
    ) -> Result<Vec<Violation>, StorageError>;

    /// The Domain of a violation. `None`: there is no such violation.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn domain_of(&self, id: ViolationId) -> Result<Option<DomainId>, StorageError>;

    /// Notes that a violation has been dealt with. With the same reason again: nothing.
    ///
    /// # Errors
    /// [`AcknowledgeRefusal`].
    async fn acknowledge(
        &self,
        id: ViolationId,
        reason: &str,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Violation, AcknowledgeRefusal>;
}

/// The capability behind PostNodeIntegrityViolations.
pub struct IntegrityReports {
    recorder: Arc<dyn IntegrityViolationsRecorder>,
}

impl IntegrityReports {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.nsk_validator.as_ref()?;
        collaborators.node_repo.as_ref()?;
        Some(Self { recorder: collaborators.integrity_violations_recorder.clone()? })
    }

    /// Records what a Node has found.
    ///
    /// # Errors
    /// [`ReportRefusal`].
    pub async fn record(
        &self,
        node_id: NodeId,
        findings: &[Finding],
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(), ReportRefusal> {
        self.recorder.record(node_id, findings, now, correlation_id).await
    }
}

/// The capability behind ListIntegrityViolations and AcknowledgeIntegrityViolation.
pub struct IntegrityReviews {
    recorder: Arc<dyn IntegrityViolationsRecorder>,
    relations: Arc<dyn RelationChecker>,
}

impl IntegrityReviews {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        Some(Self {
            recorder: collaborators.integrity_violations_recorder.clone()?,
            relations: collaborators.relation_checker.clone()?,
        })
    }

    /// A page of the violations in Domains that the operator may view.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list(&self, operator: &Operator, filter: Filter, page: &Page) -> Result<Vec<Violation>, StorageError> {
        let visible = self.relations.visible(operator, Permission::DomainView).await?;
        self.recorder.list(filter, domains_of_all(visible), page).await
    }

    /// Notes that a violation has been dealt with, if the operator manages its Domain. What is wrong with `reason` is
    /// told only to who may.
    ///
    /// # Errors
    /// [`AcknowledgeRefusal`].
    pub async fn acknowledge(
        &self,
        operator: &Operator,
        id: ViolationId,
        reason: Result<String, InvalidField>,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Violation, AcknowledgeRefusal> {
        // Whoever may not is told the same of a violation that is there and of one that is not.
        let domain_id = self.recorder.domain_of(id).await?;
        let allowed = match domain_id {
            Some(domain_id) => self.relations.allows(operator, Permission::DomainManage, Some(domain_id.0)).await?,
            None => self.relations.allows(operator, Permission::PlatformAdmin, None).await?,
        };
        if !allowed {
            return Err(AcknowledgeRefusal::Denied);
        }
        let reason = reason?;
        if domain_id.is_none() {
            return Err(AcknowledgeRefusal::NotFound);
        }
        self.recorder.acknowledge(id, &reason, actor, now).await
    }
}

/// The Domains that all of `visible` show; `None`: every one.
fn domains_of_all(visible: Vec<Visible>) -> Option<Vec<Uuid>> {
    visible.into_iter().fold(None, |before, one| match (before, one) {
        (before, Visible::All) => before,
        (None, Visible::Only { domains, .. }) => Some(domains),
        (Some(before), Visible::Only { domains, .. }) => {
            Some(before.into_iter().filter(|id| domains.contains(id)).collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_every_identity_sees_is_seen() {
        let id = Uuid::from_u128;
        let only = |domains: &[u128]| Visible::Only {
            domains: domains.iter().copied().map(id).collect(),
            projects: vec![id(9)],
            nodes: vec![id(9)],
        };
        assert_eq!(domains_of_all(vec![Visible::All, Visible::All]), None);
        assert_eq!(domains_of_all(vec![Visible::All, only(&[1, 2]), Visible::All]), Some(vec![id(1), id(2)]));
        assert_eq!(domains_of_all(vec![only(&[1, 2]), only(&[2, 3])]), Some(vec![id(2)]));
        assert_eq!(domains_of_all(vec![only(&[1]), only(&[])]), Some(vec![]));
    }
}
