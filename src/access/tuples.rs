//! Relation tuples: granting, listing, taking back, and asking.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::rebac::{self, Holder, Kind, Schema, Thing};
use super::relation::{ObjectType, Permission, RelationChecker, Visible};
use super::{Operator, store};
use crate::audit;
use crate::ids::{DomainId, TupleId};
use crate::page::Page;
use crate::postgres::{Database, StorageError, violated};

/// Reads `type:id` of something that relations are on.
fn object(text: &str) -> Result<(ObjectType, Thing), TupleRefusal> {
    let read = || {
        let (kind, id) = text.split_once(':')?;
        Some((ObjectType::parse(kind)?, Thing::parse(kind, id)?))
    };
    read().ok_or_else(|| invalid("object", "must be type:id"))
}

/// Reads `user:<id>`, `service:<id>`, `node:<id>` or `group:<id>#member`.
fn subject(text: &str) -> Result<Holder, TupleRefusal> {
    let read = || {
        let (kind, rest) = text.split_once(':')?;
        let (id, members) = match Kind::parse(kind)? {
            Kind::User | Kind::Service | Kind::Node => (rest, false),
            Kind::Group => (rest.strip_suffix("#member")?, true),
            Kind::Platform | Kind::Domain | Kind::Project => return None,
        };
        Some(Holder { thing: Thing::parse(kind, id)?, members })
    };
    read().ok_or_else(|| invalid("subject", "must be user:id, service:id, node:id or group:id#member"))
}

/// A tuple.
#[derive(Clone, Debug)]
pub struct Tuple {
    /// Which.
    pub id: TupleId,
    /// On what.
    pub object: String,
    /// What is granted.
    pub relation: String,
    /// To whom.
    pub subject: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl From<store::TupleRow> for Tuple {
    fn from(row: store::TupleRow) -> Self {
        let members =
            if row.subject_relation.is_empty() { String::new() } else { format!("#{}", row.subject_relation) };
        Self {
            id: TupleId(row.id),
            object: format!("{}:{}", row.object_type, row.object_id),
            relation: row.relation,
            subject: format!("{}:{}{members}", row.subject_type, row.subject_id),
            created_at: row.created_at,
        }
    }
}

/// A grant to be.
pub struct Wanted<'w> {
    /// On what.
    pub object: &'w str,
    /// What is granted.
    pub relation: &'w str,
    /// To whom.
    pub subject: &'w str,
    /// The Domain that a new group shall belong to.
    pub domain_id: Option<Uuid>,
}

/// What was decided, and by which tuples.
pub struct Decided {
    /// Whether it is allowed.
    pub allowed: bool,
    /// From the object to the subject; empty when it is denied.
    pub path: Vec<String>,
    /// The same as a sentence.
    pub reason: String,
}

/// Why a tuple is not written, shown or removed.
#[derive(Debug, thiserror::Error)]
pub enum TupleRefusal {
    /// A member breaks a rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// Which member.
        field: &'static str,
        /// What the rule is.
        rule: String,
    },
    /// The caller may not write tuples on this object, or ask about this subject.
    #[error("not the caller's to grant")]
    Denied,
    /// There is no such tuple that the caller may see.
    #[error("no such tuple")]
    NotFound,
    /// The tuple is there already.
    #[error("exists already")]
    Exists,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Granting, listing, taking back, and asking.
pub struct Tuples {
    database: Database,
    relations: Arc<dyn RelationChecker>,
    schema: Arc<Schema>,
}

impl Tuples {
    /// Over `database`; `relations` decides who may, `schema` what can be granted.
    pub fn new(database: Database, relations: Arc<dyn RelationChecker>, schema: Arc<Schema>) -> Self {
        Self { database, relations, schema }
    }

    /// The Domain of the object when the caller manages it, or `None` as a platform administrator.
    async fn governs(
        &self,
        operator: &Operator,
        kind: ObjectType,
        object: Thing,
    ) -> Result<Option<DomainId>, TupleRefusal> {
        let domain = store::domain_of(&mut *self.database.read().await?, kind, object.id).await?;
        let allowed = match domain {
            Some(domain) => self.relations.allows(operator, Permission::DomainManage, Some(domain.0)).await?,
            None => self.relations.allows(operator, Permission::PlatformAdmin, None).await?,
        };
        if allowed { Ok(domain) } else { Err(TupleRefusal::Denied) }
    }

    /// The Domain that a new group shall belong to, when the caller manages it.
    async fn claims(&self, operator: &Operator, domain_id: Uuid) -> Result<DomainId, TupleRefusal> {
        if !self.relations.allows(operator, Permission::DomainManage, Some(domain_id)).await? {
            return Err(TupleRefusal::Denied);
        }
        let found = store::domain_of(&mut *self.database.read().await?, ObjectType::Domain, domain_id).await?;
        found.ok_or_else(|| invalid("domain_id", "does not exist"))
    }

    /// Grants a relation on an object to a subject.
    ///
    /// What belongs to a Domain holds nothing outside of it: its groups, its Nodes, the users of its issuers and the
    /// services that are bound to it are granted relations on its objects only, and are in its groups only. A group that no tuple names yet becomes a Domain's by its
    /// first member, and is the platform's otherwise.
    ///
    /// # Errors
    /// [`TupleRefusal`].
    pub async fn create(
        &self,
        operator: &Operator,
        wanted: &Wanted<'_>,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Tuple, TupleRefusal> {
        let (kind, object) = object(wanted.object)?;
        let subject = subject(wanted.subject)?;
        let claimed = match wanted.domain_id {
            Some(_) if kind != ObjectType::Group => {
                return Err(invalid("domain_id", "is for groups; what else belongs to which Domain is known"));
            }
            Some(domain_id) => Some(self.claims(operator, domain_id).await?),
            None => None,
        };
        let domain_id = match claimed {
            Some(domain) => Some(domain),
            None => self.governs(operator, kind, object).await?,
        };
        let grants = self.schema.grants(kind);
        if !grants.iter().any(|grant| grant == wanted.relation) {
            return Err(invalid("relation", &format!("on a {} must be one of {}", kind.as_str(), grants.join(", "))));
        }
        if domain_id.is_none() && !matches!(kind, ObjectType::Platform | ObjectType::Group) {
            return Err(invalid("object", "does not exist"));
        }
        let id = TupleId::new(now);
        let mut tx = self.database.begin().await?;
        let groups = [object, subject.thing].into_iter().filter(|thing| thing.kind == Kind::Group);
        store::lock_groups(&mut tx, groups.map(|group| group.id).collect()).await?;
        if let Some(domain) = claimed {
            let owner = store::domain_of(&mut tx, ObjectType::Group, object.id).await?;
            match owner {
                Some(owner) if owner == domain => {}
                // It is another Domain's or the platform's: whose, nobody is told.
                Some(_) => return Err(TupleRefusal::Denied),
                None if store::group_is_named(&mut tx, object.id).await? => return Err(TupleRefusal::Denied),
                None => {
                    let parent = ObjectType::Domain.as_str();
                    store::insert_parent(&mut tx, kind.as_str(), object.id, parent, parent, domain.to_string(), now)
                        .await?;
                }
            }
        } else if kind == ObjectType::Group
            && store::domain_of(&mut tx, ObjectType::Group, object.id).await? != domain_id
        {
            // It became a Domain's a moment ago.
            return Err(TupleRefusal::Denied);
        }
        let own = match subject.thing.kind {
            Kind::Group => store::domain_of(&mut tx, ObjectType::Group, subject.thing.id).await?,
            Kind::Node => match store::domain_of(&mut tx, ObjectType::Node, subject.thing.id).await? {
                None => return Err(invalid("subject", "does not exist")),
                domain => domain,
            },
            Kind::User | Kind::Service => store::bound_to(&mut tx, subject.thing.id).await?,
            Kind::Platform | Kind::Domain | Kind::Project => None,
        };
        if own.is_some() && own != domain_id {
            return Err(invalid("subject", "belongs to a Domain and holds relations in that Domain only"));
        }
        let inserted = store::insert_tuple(
            &mut tx,
            &store::NewTuple {
                id: id.0,
                object_type: kind.as_str(),
                object_id: &object.id_text(),
                relation: wanted.relation,
                subject_type: subject.thing.kind.as_str(),
                subject_id: &subject.thing.id_text(),
                subject_relation: if subject.members { "member" } else { "" },
                created_at: now,
            },
        )
        .await;
        match inserted {
            Err(error) if violated(&error) == Some("relation_tuples_key") => return Err(TupleRefusal::Exists),
            inserted => inserted?,
        }
        let tuple = Tuple {
            id,
            object: object.to_string(),
            relation: wanted.relation.to_owned(),
            subject: subject.to_string(),
            created_at: now,
        };
        audit::append(&mut tx, &recorded(operator, domain_id, "relation.grant", &tuple, now, correlation_id)).await?;
        rebac::tell_change(&mut tx).await?;
        tx.commit().await?;
        self.relations.changed();
        Ok(tuple)
    }

    /// A page of the tuples on objects that the caller manages.
    ///
    /// # Errors
    /// [`TupleRefusal`].
    pub async fn list(
        &self,
        operator: &Operator,
        object: Option<&str>,
        subject: Option<&str>,
        page: &Page,
    ) -> Result<Vec<Tuple>, TupleRefusal> {
        let object = object.map(self::object).transpose()?;
        let subject = subject.map(self::subject).transpose()?;
        let mut domains: Option<Vec<Uuid>> = None;
        for visible in self.relations.visible(operator, Permission::DomainManage).await? {
            if let Visible::Only { domains: seen, .. } = visible {
                domains = Some(match domains {
                    Some(before) => before.into_iter().filter(|id| seen.contains(id)).collect(),
                    None => seen,
                });
            }
        }
        let object_id = object.map(|(_, object)| object.id_text());
        let subject_id = subject.map(|subject| subject.thing.id_text());
        let rows = store::list_tuples(
            &mut *self.database.read().await?,
            domains,
            object.zip(object_id.as_deref()).map(|((kind, _), id)| (kind.as_str(), id)),
            subject
                .zip(subject_id.as_deref())
                .map(|(subject, id)| (subject.thing.kind.as_str(), id, if subject.members { "member" } else { "" })),
            page,
        )
        .await?;
        Ok(rows.into_iter().map(Tuple::from).collect())
    }

    /// Takes a grant back.
    ///
    /// # Errors
    /// [`TupleRefusal`]; a tuple that the caller may not see is `NotFound`, like a parent tuple and one that does
    /// not exist.
    pub async fn delete(
        &self,
        operator: &Operator,
        id: Uuid,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(), TupleRefusal> {
        // Decided before the transaction: one request never holds two connections. A tuple never changes.
        let row = store::find_tuple(&mut *self.database.read().await?, id).await?.ok_or(TupleRefusal::NotFound)?;
        let kind = ObjectType::parse(&row.object_type).ok_or(TupleRefusal::NotFound)?;
        if !self.schema.grants(kind).contains(&row.relation) {
            return Err(TupleRefusal::NotFound);
        }
        let object = Thing::parse(&row.object_type, &row.object_id).ok_or(TupleRefusal::NotFound)?;
        let domain_id = match self.governs(operator, kind, object).await {
            Err(TupleRefusal::Denied) => return Err(TupleRefusal::NotFound),
            governs => governs?,
        };
        let mut tx = self.database.begin().await?;
        if !store::delete_tuple(&mut tx, id).await? {
            return Err(TupleRefusal::NotFound);
        }
        audit::append(&mut tx, &recorded(operator, domain_id, "relation.revoke", &row.into(), now, correlation_id))
            .await?;
        rebac::tell_change(&mut tx).await?;
        tx.commit().await?;
        self.relations.changed();
        Ok(())
    }

    /// The hops of `path` that come before the first one outside of `domain`.
    async fn inside<'p>(&self, path: &'p [String], domain: DomainId) -> Result<&'p [String], StorageError> {
        let mut conn = self.database.read().await?;
        for (place, hop) in path.iter().enumerate() {
            let lies_in = match hop.split_once('#').map(|(on, _)| object(on)) {
                Some(Ok((kind, thing))) => store::domain_of(&mut conn, kind, thing.id).await?,
                _ => None,
            };
            if lies_in != Some(domain) {
                return Ok(&path[..place]);
            }
        }
        Ok(path)
    }

    /// Whether `subject` (the caller, when absent) holds `permission` on `object`. Whoever manages a Domain and asks
    /// about somebody else is told of tuples in that Domain only.
    ///
    /// # Errors
    /// [`TupleRefusal`].
    pub async fn check(
        &self,
        operator: &Operator,
        subject: Option<&str>,
        object: &str,
        permission: &str,
    ) -> Result<Decided, TupleRefusal> {
        let (kind, object) = self::object(object)?;
        let subject = subject.map(self::subject).transpose()?;
        let permission = Permission::ALL
            .into_iter()
            .filter(|known| known.object_type() == kind)
            .find(|known| known.short_name() == permission || known.name() == permission)
            .ok_or_else(|| invalid("permission", &format!("is none that a {} has", kind.as_str())))?;
        let own = Holder::from(&operator.identity);
        let mut only = None;
        if subject.is_some_and(|subject| subject != own)
            && let Some(domain) = self.governs(operator, kind, object).await?
            && !self.relations.allows(operator, Permission::PlatformAdmin, None).await?
        {
            only = Some(domain);
        }
        let id = (kind != ObjectType::Platform).then_some(object.id);
        // What the caller itself may do is cut to what the issuers of its token may do.
        let bounded =
            subject.is_none_or(|subject| subject == own) && !self.relations.allows(operator, permission, id).await?;
        let asked = subject.unwrap_or(own);
        let outside = {
            let mut conn = self.database.read().await?;
            match store::bound_to(&mut conn, asked.thing.id).await? {
                Some(within) => store::domain_of(&mut conn, kind, object.id).await? != Some(within),
                None => false,
            }
        };
        let path = self.relations.path(asked, permission, id).await?;
        let what = format!("{} on {object}", permission.short_name());
        Ok(match path {
            Some(_) if outside => {
                let reason = format!("{asked} belongs to a Domain and holds nothing outside of it");
                Decided { allowed: false, path: Vec::new(), reason }
            }
            Some(_) if bounded => {
                let reason = format!("{asked} has {what}, but what its credential comes from has not");
                Decided { allowed: false, path: Vec::new(), reason }
            }
            Some(path) => {
                let shown = match only {
                    Some(domain) => self.inside(&path, domain).await?,
                    None => &path,
                };
                let how = if shown.len() > grant_in(&path) { how(&path) } else { OUTSIDE.to_owned() };
                Decided { allowed: true, path: shown.to_vec(), reason: format!("{asked} has {what} {how}") }
            }
            None => {
                let reason =
                    format!("nothing that is granted on {object}, or on what it lies below, gives {asked} {what}");
                Decided { allowed: false, path: Vec::new(), reason }
            }
        })
    }
}

/// How somebody may by a grant that the caller is not told of.
const OUTSIDE: &str = "by what is granted outside of the Domain";

/// The place of the grant among the tuples on the way: after those that say what the object lies below.
fn grant_in(path: &[String]) -> usize {
    let is_above = |hop: &&String| {
        hop.split_once('@').is_some_and(|(front, subject)| {
            front.split_once('#').is_some_and(|(_, relation)| subject.split(':').next() == Some(relation))
        })
    };
    path.iter().take_while(is_above).count()
}

/// Which of the tuples on the way is the grant, and whether it came through groups.
fn how(path: &[String]) -> String {
    let above = grant_in(path);
    let grant = path.get(above).and_then(|hop| hop.split_once('@')).map_or("", |(front, _)| front);
    let (object, relation) = grant.split_once('#').unwrap_or((grant, ""));
    match path.len().saturating_sub(above + 1) {
        0 => format!("by being {relation} of {object}"),
        1 => format!("by a group that is {relation} of {object}"),
        _ => format!("by groups, the outermost of which is {relation} of {object}"),
    }
}

fn invalid(field: &'static str, rule: &str) -> TupleRefusal {
    TupleRefusal::Invalid { field, rule: rule.to_owned() }
}

fn recorded<'r>(
    operator: &Operator,
    domain_id: Option<DomainId>,
    action: &'static str,
    tuple: &Tuple,
    now: DateTime<Utc>,
    correlation_id: &'r str,
) -> audit::Entry<'r> {
    audit::Entry {
        domain_id,
        at: now,
        subject: operator.identity.to_string(),
        action,
        object: tuple.object.clone(),
        decision: audit::Decision::Allowed,
        reason: Some(format!("{} to {}", tuple.relation, tuple.subject)),
        correlation_id,
    }
}
