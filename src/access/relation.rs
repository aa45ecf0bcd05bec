//! Relations: what may be asked, and the port that answers.
//!
//! Permissions derive downwards: whoever administers the platform may do everything, whoever administers a Domain
//! or a project everything below it. Grants are tuples; parents are tuples too, written with what they belong to.
//! What gives what stands in `rebac/schema.zed`.

use async_trait::async_trait;
use uuid::Uuid;

use super::Operator;
use super::rebac::{Holder, Thing};
use crate::postgres::StorageError;

/// What kind of object a relation is on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ObjectType {
    /// The installation.
    Platform,
    /// A Domain.
    Domain,
    /// A project.
    Project,
    /// A group of subjects.
    Group,
    /// A Node.
    Node,
}

impl ObjectType {
    /// As it is written in tuples.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Domain => "domain",
            Self::Project => "project",
            Self::Group => "group",
            Self::Node => "node",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Platform, Self::Domain, Self::Project, Self::Group, Self::Node]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// The id of the one platform object.
pub const PLATFORM: &str = "plexsphere";

/// What an operation needs of an operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permission {
    /// `platform#admin`
    PlatformAdmin,
    /// `domain#manage`
    DomainManage,
    /// `domain#domain-view`
    DomainView,
    /// `domain#audit`
    DomainAudit,
    /// `project#manage`
    ProjectManage,
    /// `project#read`
    ProjectRead,
    /// `node#node-operate`
    NodeOperate,
    /// `node#node-agent`
    NodeAgent,
    /// `node#read`
    NodeRead,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 9] = [
        Self::PlatformAdmin,
        Self::DomainManage,
        Self::DomainView,
        Self::DomainAudit,
        Self::ProjectManage,
        Self::ProjectRead,
        Self::NodeOperate,
        Self::NodeAgent,
        Self::NodeRead,
    ];

    /// As the contract names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform#admin",
            Self::DomainManage => "domain#manage",
            Self::DomainView => "domain#domain-view",
            Self::DomainAudit => "domain#audit",
            Self::ProjectManage => "project#manage",
            Self::ProjectRead => "project#read",
            Self::NodeOperate => "node#node-operate",
            Self::NodeAgent => "node#node-agent",
            Self::NodeRead => "node#read",
        }
    }

    /// What it is asked of.
    pub const fn object_type(self) -> ObjectType {
        match self {
            Self::PlatformAdmin => ObjectType::Platform,
            Self::DomainManage | Self::DomainView | Self::DomainAudit => ObjectType::Domain,
            Self::ProjectManage | Self::ProjectRead => ObjectType::Project,
            Self::NodeOperate | Self::NodeAgent | Self::NodeRead => ObjectType::Node,
        }
    }

    /// The name without the type.
    pub fn short_name(self) -> &'static str {
        self.name().split_once('#').map_or(self.name(), |(_, name)| name)
    }
}

/// The object of a question.
pub(super) fn object_of(permission: Permission, object: Option<Uuid>) -> Thing {
    match (permission.object_type(), object) {
        (ObjectType::Platform, _) | (_, None) => Thing::PLATFORM,
        (kind, Some(id)) => Thing { kind: kind.into(), id },
    }
}

/// On which objects an identity holds a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// On all.
    All,
    /// On these, and on what lies below them.
    Only {
        /// Granted on the Domain.
        domains: Vec<Uuid>,
        /// Granted on the project.
        projects: Vec<Uuid>,
        /// Granted on the Node.
        nodes: Vec<Uuid>,
    },
}

/// Answers questions about relations. A fault is an error, never a no.
#[async_trait]
pub trait RelationChecker: Send + Sync + 'static {
    /// Whether `operator`, and every identity that bounds it, holds `permission` on `object` (an id within the
    /// permission's object type; `None` for the platform).
    ///
    /// # Errors
    /// [`StorageError`] when it cannot be decided.
    async fn allows(
        &self,
        operator: &Operator,
        permission: Permission,
        object: Option<Uuid>,
    ) -> Result<bool, StorageError>;

    /// As [`Self::allows`], for many questions: one answer each.
    ///
    /// # Errors
    /// [`StorageError`] when one of them cannot be decided.
    async fn allows_each(
        &self,
        questions: &[(&Operator, Permission, Option<Uuid>)],
    ) -> Result<Vec<bool>, StorageError> {
        let mut answers = Vec::with_capacity(questions.len());
        for (operator, permission, object) in questions {
            answers.push(self.allows(operator, *permission, *object).await?);
        }
        Ok(answers)
    }

    /// What `operator` holds `permission` on: one answer for each identity that bounds it; a row is shown when all
    /// of them show it.
    ///
    /// # Errors
    /// [`StorageError`] when it cannot be decided.
    async fn visible(&self, operator: &Operator, permission: Permission) -> Result<Vec<Visible>, StorageError>;

    /// The tuples that lead from `object` to `holder`, each `object#relation@subject`, when it holds `permission`
    /// there.
    ///
    /// # Errors
    /// [`StorageError`] when it cannot be decided.
    async fn path(
        &self,
        holder: Holder,
        permission: Permission,
        object: Option<Uuid>,
    ) -> Result<Option<Vec<String>>, StorageError>;

    /// Tells that this replica has written tuples: from now on no answer is given that does not know of them.
    fn changed(&self);
}
