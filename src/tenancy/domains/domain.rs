//! A Domain and its settings.

use chrono::{DateTime, Utc};
use ipnet::IpNet;

use super::thresholds::{ThresholdChange, Thresholds};
use crate::ids::DomainId;
use crate::invalid_field::InvalidField;

/// Seconds for which an observed endpoint stays fresh, when nothing else is said.
pub const DEFAULT_ENDPOINT_TTL_SECONDS: i32 = 300;
/// Seconds after which a pending key rotation may be superseded, when nothing else is said.
pub const DEFAULT_ROTATION_EXPIRY_SECONDS: i32 = 86_400;

/// One mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Which.
    pub id: DomainId,
    /// Name for people.
    pub name: String,
    /// Short name, unique in the installation.
    pub slug: String,
    /// Where its addresses come from.
    pub mesh_cidr: IpNet,
    /// Where it is, in the operators' own words.
    pub region: Option<String>,
    /// When its Nodes count as away.
    pub thresholds: Thresholds,
    /// Seconds for which an observed endpoint stays fresh.
    pub endpoint_ttl_seconds: i32,
    /// Seconds after which a pending key rotation may be superseded.
    pub rotation_expiry_seconds: i32,
    /// Rises with each change.
    pub revision: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A Domain to create.
#[derive(Clone, Debug)]
pub struct NewDomain {
    /// Name for people.
    pub name: String,
    /// Short name.
    pub slug: String,
    /// Where its addresses come from.
    pub mesh_cidr: IpNet,
    /// Where it is.
    pub region: Option<String>,
    /// When its Nodes count as away.
    pub thresholds: Thresholds,
    /// `None`: the default.
    pub endpoint_ttl_seconds: Option<i32>,
    /// `None`: the default.
    pub rotation_expiry_seconds: Option<i32>,
}

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct DomainChange {
    /// Name for people.
    pub name: Option<String>,
    /// Short name.
    pub slug: Option<String>,
    /// Where its addresses come from.
    pub mesh_cidr: Option<IpNet>,
    /// Where it is.
    pub region: Option<String>,
    /// When its Nodes count as away.
    pub thresholds: ThresholdChange,
    /// Seconds.
    pub endpoint_ttl_seconds: Option<i32>,
    /// Seconds.
    pub rotation_expiry_seconds: Option<i32>,
}

impl Domain {
    /// The Domain that `new` asks for.
    pub fn new(new: NewDomain, now: DateTime<Utc>) -> Self {
        Self {
            id: DomainId::new(now),
            name: new.name,
            slug: new.slug,
            mesh_cidr: new.mesh_cidr,
            region: new.region,
            thresholds: new.thresholds,
            endpoint_ttl_seconds: new.endpoint_ttl_seconds.unwrap_or(DEFAULT_ENDPOINT_TTL_SECONDS),
            rotation_expiry_seconds: new.rotation_expiry_seconds.unwrap_or(DEFAULT_ROTATION_EXPIRY_SECONDS),
            revision: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The Domain after `change`; `None` when that is what it is already.
    ///
    /// # Errors
    /// [`InvalidField`] when the thresholds do not fit together.
    pub fn changed(&self, change: DomainChange, now: DateTime<Utc>) -> Result<Option<Self>, InvalidField> {
        let mut new = Self {
            name: change.name.unwrap_or_else(|| self.name.clone()),
            slug: change.slug.unwrap_or_else(|| self.slug.clone()),
            mesh_cidr: change.mesh_cidr.unwrap_or(self.mesh_cidr),
            region: change.region.or_else(|| self.region.clone()),
            thresholds: self.thresholds.changed(&change.thresholds)?,
            endpoint_ttl_seconds: change.endpoint_ttl_seconds.unwrap_or(self.endpoint_ttl_seconds),
            rotation_expiry_seconds: change.rotation_expiry_seconds.unwrap_or(self.rotation_expiry_seconds),
            ..self.clone()
        };
        if new == *self {
            return Ok(None);
        }
        new.revision += 1;
        new.updated_at = now;
        Ok(Some(new))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn domain(now: DateTime<Utc>) -> Domain {
        let new = NewDomain {
            name: "Edge".into(),
            slug: "edge".into(),
            mesh_cidr: "100.64.0.0/16".parse().unwrap(),
            region: None,
            thresholds: Thresholds::default(),
            endpoint_ttl_seconds: None,
            rotation_expiry_seconds: None,
        };
        Domain::new(new, now)
    }

    #[test]
    fn what_is_left_out_takes_its_default() {
        let domain = domain(DateTime::UNIX_EPOCH);
        assert_eq!((domain.endpoint_ttl_seconds, domain.rotation_expiry_seconds, domain.revision), (300, 86_400, 1));
    }

    #[test]
    fn a_change_raises_the_revision_and_leaves_the_rest_alone() {
        let before = domain(DateTime::UNIX_EPOCH);
        let later = DateTime::UNIX_EPOCH + TimeDelta::seconds(5);
        let change = DomainChange { region: Some("eu".into()), ..DomainChange::default() };
        let after = before.changed(change, later).unwrap().unwrap();
        assert_eq!(after, Domain { region: Some("eu".into()), revision: 2, updated_at: later, ..before });
    }

    #[test]
    fn a_change_to_what_it_is_already_is_none() {
        let domain = domain(DateTime::UNIX_EPOCH);
        let later = DateTime::UNIX_EPOCH + TimeDelta::seconds(5);
        let change = DomainChange { name: Some("Edge".into()), slug: Some("edge".into()), ..DomainChange::default() };
        assert_eq!(domain.changed(change, later), Ok(None));
        assert_eq!(domain.changed(DomainChange::default(), later), Ok(None));
    }
}
