//! Relation tuples: granting, listing, taking back, and asking.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::relation::{ObjectType, PLATFORM, Permission, RelationChecker, Visible};
use super::{Operator, store};
use crate::audit;
use crate::ids::{DomainId, TupleId, parse_uuid};
use crate::page::Page;
use crate::postgres::{Database, StorageError, violated};

/// `type:id`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectRef {
    /// What kind.
    pub kind: ObjectType,
    /// Which: a UUID, or the platform's name.
    pub id: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}

impl ObjectRef {
    /// Reads `type:id`.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        let kind = ObjectType::parse(kind)?;
        let id = match kind {
            ObjectType::Platform => (id == PLATFORM).then(|| id.to_owned())?,
            _ => parse_uuid(id)?.to_string(),
        };
        Some(Self { kind, id })
    }

    fn uuid(&self) -> Option<Uuid> {
        parse_uuid(&self.id)
    }
}

/// `user:<id>`, `service:<id>`, `node:<id>` or `group:<id>#member`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectRef {
    kind: &'static str,
    id: Uuid,
    relation: &'static str,
}

impl fmt::Display for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_subject(f, self.kind, &self.id.to_string(), self.relation)
    }
}

fn write_subject(f: &mut impl fmt::Write, kind: &str, id: &str, relation: &str) -> fmt::Result {
    write!(f, "{kind}:{id}")?;
    if !relation.is_empty() {
        write!(f, "#{relation}")?;
    }
    Ok(())
}

impl SubjectRef {
    /// Reads a subject.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let (kind, id, relation) = match kind {
            "user" => ("user", rest, ""),
            "service" => ("service", rest, ""),
            "node" => ("node", rest, ""),
            "group" => ("group", rest.strip_suffix("#member")?, "member"),
            _ => return None,
        };
        Some(Self { kind, id: parse_uuid(id)?, relation })
    }
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
        let mut subject = String::new();
        // Writing into a String cannot fail.
        let _written = write_subject(&mut subject, &row.subject_type, &row.subject_id, &row.subject_relation);
        Self {
            id: TupleId(row.id),
            object: format!("{}:{}", row.object_type, row.object_id),
            relation: row.relation,
            subject,
            created_at: row.created_at,
        }
    }
}

/// What was decided, and by which grant.
pub struct Decided {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The deciding grant; empty when there is none.
    pub path: Vec<String>,
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
}

impl Tuples {
    /// Over `database`; `relations` decides who may.
    pub fn new(database: Database, relations: Arc<dyn RelationChecker>) -> Self {
        Self { database, relations }
    }

    /// The Domain of `object` when the caller manages it, or `None` as a platform administrator.
    async fn governs(&self, operator: &Operator, object: &ObjectRef) -> Result<Option<DomainId>, TupleRefusal> {
        let domain = match object.uuid() {
            Some(id) => store::domain_of(&mut *self.database.read().await?, object.kind, id).await?,
            None => None,
        };
        let allowed = match domain {
            Some(domain) => self.relations.allows(operator, Permission::DomainManage, Some(domain.0)).await?,
            None => self.relations.allows(operator, Permission::PlatformAdmin, None).await?,
        };
        if allowed { Ok(domain) } else { Err(TupleRefusal::Denied) }
    }

    /// Grants `relation` on `object` to `subject`.
    ///
    /// # Errors
    /// [`TupleRefusal`].
    pub async fn create(
        &self,
        operator: &Operator,
        object: &str,
        relation: &str,
        subject: &str,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Tuple, TupleRefusal> {
        let object = ObjectRef::parse(object).ok_or_else(|| invalid("object", "must be type:id"))?;
        let subject = SubjectRef::parse(subject)
            .ok_or_else(|| invalid("subject", "must be user:id, service:id, node:id or group:id#member"))?;
        let domain_id = self.governs(operator, &object).await?;
        let grants = object.kind.grants();
        if !grants.contains(&relation) {
            return Err(invalid(
                "relation",
                &format!("on a {} must be one of {}", object.kind.as_str(), grants.join(", ")),
            ));
        }
        if domain_id.is_none() && !matches!(object.kind, ObjectType::Platform | ObjectType::Group) {
            return Err(invalid("object", "does not exist"));
        }
        let id = TupleId::new(now);
        let mut tx = self.database.begin().await?;
        let inserted = store::insert_tuple(
            &mut tx,
            &store::NewTuple {
                id: id.0,
                object_type: object.kind.as_str(),
                object_id: &object.id,
                relation,
                subject_type: subject.kind,
                subject_id: &subject.id.to_string(),
                subject_relation: subject.relation,
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
            relation: relation.to_owned(),
            subject: subject.to_string(),
            created_at: now,
        };
        audit::append(&mut tx, &recorded(operator, domain_id, "relation.grant", &tuple, now, correlation_id)).await?;
        tx.commit().await?;
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
        let object = object
            .map(|text| ObjectRef::parse(text).ok_or_else(|| invalid("object", "must be type:id")))
            .transpose()?;
        let subject = subject
            .map(|text| {
                SubjectRef::parse(text)
                    .ok_or_else(|| invalid("subject", "must be user:id, service:id, node:id or group:id#member"))
            })
            .transpose()?;
        let mut domains: Option<Vec<Uuid>> = None;
        for visible in self.relations.visible(operator, Permission::DomainManage).await? {
            if let Visible::Only { domains: seen, .. } = visible {
                domains = Some(match domains {
                    Some(before) => before.into_iter().filter(|id| seen.contains(id)).collect(),
                    None => seen,
                });
            }
        }
        let subject_id = subject.as_ref().map(|subject| subject.id.to_string());
        let rows = store::list_tuples(
            &mut *self.database.read().await?,
            domains,
            object.as_ref().map(|object| (object.kind.as_str(), object.id.as_str())),
            subject.as_ref().zip(subject_id.as_deref()).map(|(subject, id)| (subject.kind, id, subject.relation)),
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
        if !kind.grants().contains(&row.relation.as_str()) {
            return Err(TupleRefusal::NotFound);
        }
        let object = ObjectRef { kind, id: row.object_id.clone() };
        let domain_id = match self.governs(operator, &object).await {
            Err(TupleRefusal::Denied) => return Err(TupleRefusal::NotFound),
            governs => governs?,
        };
        let mut tx = self.database.begin().await?;
        if !store::delete_tuple(&mut tx, id).await? {
            return Err(TupleRefusal::NotFound);
        }
        audit::append(&mut tx, &recorded(operator, domain_id, "relation.revoke", &row.into(), now, correlation_id))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Whether `subject` (the caller, when absent) holds `permission` on `object`.
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
        let object = ObjectRef::parse(object).ok_or_else(|| invalid("object", "must be type:id"))?;
        let subject = match subject {
            Some(text) => Some(
                SubjectRef::parse(text)
                    .ok_or_else(|| invalid("subject", "must be user:id, service:id, node:id or group:id#member"))?,
            ),
            None => None,
        };
        let permission = Permission::ALL
            .into_iter()
            .filter(|known| known.object_type() == object.kind)
            .find(|known| known.name().rsplit('#').next() == Some(permission) || known.name() == permission)
            .ok_or_else(|| invalid("permission", &format!("is none that a {} has", object.kind.as_str())))?;
        let own = store::Subject::from(&operator.identity);
        let asked = match &subject {
            Some(subject) => {
                store::Subject { kind: subject.kind, id: subject.id.to_string(), relation: subject.relation }
            }
            None => store::Subject::from(&operator.identity),
        };
        if asked.kind != own.kind || asked.id != own.id {
            self.governs(operator, &object).await?;
        }
        let mut conn = self.database.read().await?;
        let mut found = store::deciding_tuple(&mut conn, &asked, permission, &object.id).await?;
        if subject.is_none() {
            // The caller asks what it may do: that is cut to what the issuers of its token may do.
            for bound in &operator.bounded_by {
                if found.is_some()
                    && store::deciding_tuple(&mut conn, &bound.into(), permission, &object.id).await?.is_none()
                {
                    found = None;
                }
            }
        }
        let path =
            found.map(Tuple::from).map(|tuple| vec![format!("{}#{}@{}", tuple.object, tuple.relation, tuple.subject)]);
        Ok(Decided { allowed: path.is_some(), path: path.unwrap_or_default() })
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
