//! Relations: what may be asked, the port that answers, and the checker that answers from the database.
//!
//! Permissions derive downwards: whoever administers the platform may do everything, whoever administers a Domain
//! or a project everything below it. Grants are tuples; parents are tuples too, written with what they belong to.

use async_trait::async_trait;
use uuid::Uuid;

use super::{Operator, store};
use crate::postgres::{Database, StorageError};

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

    /// Relations that may be granted on such an object.
    pub const fn grants(self) -> &'static [&'static str] {
        match self {
            Self::Platform => &["admin"],
            Self::Domain => &["admin", "viewer", "auditor"],
            Self::Project => &["admin", "reader"],
            Self::Group => &["member"],
            Self::Node => &["operator", "agent", "reader"],
        }
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

    /// The grants that give it, on the object itself or on one above it.
    pub const fn given_by(self) -> &'static [(ObjectType, &'static str)] {
        use ObjectType::{Domain, Node, Platform, Project};
        const ADMIN: (ObjectType, &str) = (Platform, "admin");
        const MANAGE: (ObjectType, &str) = (Domain, "admin");
        const PROJECT: (ObjectType, &str) = (Project, "admin");
        const OPERATE: (ObjectType, &str) = (Node, "operator");
        match self {
            Self::PlatformAdmin => &[ADMIN],
            Self::DomainManage => &[ADMIN, MANAGE],
            Self::DomainView => &[ADMIN, MANAGE, (Domain, "viewer")],
            Self::DomainAudit => &[ADMIN, MANAGE, (Domain, "auditor")],
            Self::ProjectManage => &[ADMIN, MANAGE, PROJECT],
            Self::ProjectRead => &[ADMIN, MANAGE, PROJECT, (Project, "reader")],
            Self::NodeOperate => &[ADMIN, MANAGE, PROJECT, OPERATE],
            Self::NodeAgent => &[ADMIN, MANAGE, PROJECT, OPERATE, (Node, "agent")],
            Self::NodeRead => {
                &[ADMIN, MANAGE, PROJECT, OPERATE, (Node, "agent"), (Project, "reader"), (Node, "reader")]
            }
        }
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
}

/// Answers from the tuples in the database, one statement a question.
pub struct PgRelationChecker {
    database: Database,
}

impl PgRelationChecker {
    /// A checker over `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl RelationChecker for PgRelationChecker {
    async fn allows(
        &self,
        operator: &Operator,
        permission: Permission,
        object: Option<Uuid>,
    ) -> Result<bool, StorageError> {
        let mut conn = self.database.read().await?;
        for identity in std::iter::once(&operator.identity).chain(&operator.bounded_by) {
            if !store::holds(&mut conn, identity, permission, object).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn allows_each(
        &self,
        questions: &[(&Operator, Permission, Option<Uuid>)],
    ) -> Result<Vec<bool>, StorageError> {
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        store::hold_each(&mut *self.database.read().await?, questions).await
    }

    async fn visible(&self, operator: &Operator, permission: Permission) -> Result<Vec<Visible>, StorageError> {
        let mut conn = self.database.read().await?;
        let mut all = Vec::new();
        for identity in std::iter::once(&operator.identity).chain(&operator.bounded_by) {
            all.push(store::visible(&mut conn, identity, permission).await?);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_given_by_grants_that_can_be_written() {
        for permission in Permission::ALL {
            for (object_type, relation) in permission.given_by() {
                assert!(object_type.grants().contains(relation), "{} by {relation}", permission.name());
            }
        }
    }
}
