//! A project.

use chrono::{DateTime, Utc};
use ipnet::IpNet;

use crate::ids::{DomainId, ProjectId};

/// A part of a Domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Which.
    pub id: ProjectId,
    /// Of which Domain.
    pub domain_id: DomainId,
    /// Name for people.
    pub name: String,
    /// Short name, unique in the Domain.
    pub slug: String,
    /// Where its Nodes' addresses come from; `None`: from anywhere in the Domain's range that is not reserved.
    pub sub_range_cidr: Option<IpNet>,
    /// Rises with each change.
    pub revision: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A project to create.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Name for people.
    pub name: String,
    /// Short name.
    pub slug: String,
    /// The part of the Domain's range to reserve.
    pub sub_range_cidr: Option<IpNet>,
}

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProjectChange {
    /// Name for people.
    pub name: Option<String>,
    /// Short name.
    pub slug: Option<String>,
    /// The part of the Domain's range to reserve.
    pub sub_range_cidr: Option<IpNet>,
}

impl Project {
    /// The project that `new` asks for.
    pub fn new(domain_id: DomainId, new: NewProject, now: DateTime<Utc>) -> Self {
        Self {
            id: ProjectId::new(now),
            domain_id,
            name: new.name,
            slug: new.slug,
            sub_range_cidr: new.sub_range_cidr,
            revision: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The project after `change`; `None` when that is what it is already.
    pub fn changed(&self, change: ProjectChange, now: DateTime<Utc>) -> Option<Self> {
        let mut new = Self {
            name: change.name.unwrap_or_else(|| self.name.clone()),
            slug: change.slug.unwrap_or_else(|| self.slug.clone()),
            sub_range_cidr: change.sub_range_cidr.or(self.sub_range_cidr),
            ..self.clone()
        };
        if new == *self {
            return None;
        }
        new.revision += 1;
        new.updated_at = now;
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_change_leaves_alone_what_it_does_not_name() {
        let range: IpNet = "100.64.8.0/24".parse().unwrap();
        let new = NewProject { name: "Web".into(), slug: "web".into(), sub_range_cidr: Some(range) };
        let before = Project::new(DomainId(Uuid::from_u128(1)), new, DateTime::UNIX_EPOCH);
        let later = DateTime::UNIX_EPOCH + TimeDelta::seconds(1);
        let change = ProjectChange { name: Some("Shop".into()), ..ProjectChange::default() };
        let after = before.changed(change, later).unwrap();
        assert_eq!(after, Project { name: "Shop".into(), revision: 2, updated_at: later, ..before });
    }

    #[test]
    fn a_change_to_what_it_is_already_is_none() {
        let new = NewProject { name: "Web".into(), slug: "web".into(), sub_range_cidr: None };
        let project = Project::new(DomainId(Uuid::from_u128(1)), new, DateTime::UNIX_EPOCH);
        assert_eq!(project.changed(ProjectChange::default(), DateTime::UNIX_EPOCH), None);
        let same = ProjectChange { slug: Some("web".into()), ..ProjectChange::default() };
        assert_eq!(project.changed(same, DateTime::UNIX_EPOCH), None);
    }
}
