//! The port over the graph.

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::schema::Name;
use super::{Follower, Graph, Holder, Kind, SchemaError, Thing};
use crate::access::relation::object_of;
use crate::access::{IdentityKind, IdentityRef, Operator, Permission, RelationChecker, Visible};
use crate::postgres::StorageError;

/// Answers from the graph.
pub struct EmbeddedChecker {
    follower: Arc<Follower>,
    /// A name for each of [`Permission::ALL`].
    names: Vec<Name>,
    /// What is asked of those who hold nothing on the object.
    admin: Name,
}

impl From<&IdentityRef> for Holder {
    fn from(identity: &IdentityRef) -> Self {
        let kind = match identity.kind {
            IdentityKind::User => Kind::User,
            IdentityKind::Service => Kind::Service,
        };
        Self { thing: Thing { kind, id: identity.id }, members: false }
    }
}

impl EmbeddedChecker {
    /// A checker over the graph that `follower` keeps.
    ///
    /// # Errors
    /// [`SchemaError`]: the schema lacks a permission.
    pub fn new(follower: Arc<Follower>) -> Result<Self, SchemaError> {
        let names = Permission::ALL.map(|permission| follower.schema().permission(permission));
        let names = names.into_iter().collect::<Result<Vec<Name>, SchemaError>>()?;
        let admin = follower.schema().permission(Permission::PlatformAdmin)?;
        Ok(Self { follower, names, admin })
    }

    fn name(&self, permission: Permission) -> Name {
        let place = Permission::ALL.iter().position(|known| *known == permission);
        place.and_then(|place| self.names.get(place)).copied().unwrap_or(self.admin)
    }

    fn found(&self, graph: &Graph, holder: Holder, permission: Permission, object: Thing) -> bool {
        let schema = self.follower.schema();
        graph.holds(schema, holder, self.name(permission), object)
            || graph.holds(schema, holder, self.admin, Thing::PLATFORM)
    }

    fn decide(&self, graph: &Graph, operator: &Operator, permission: Permission, object: Option<Uuid>) -> bool {
        let object = object_of(permission, object);
        if operator.within.is_some_and(|domain| !graph.lies_in(object, Thing { kind: Kind::Domain, id: domain.0 })) {
            return false;
        }
        let mut identities = std::iter::once(&operator.identity).chain(&operator.bounded_by);
        identities.all(|identity| self.found(graph, identity.into(), permission, object))
    }
}

#[async_trait]
impl RelationChecker for EmbeddedChecker {
    async fn allows(
        &self,
        operator: &Operator,
        permission: Permission,
        object: Option<Uuid>,
    ) -> Result<bool, StorageError> {
        // Asked first: what is read after is at least as new.
        if self.follower.is_current() && self.decide(&self.follower.graph(), operator, permission, object) {
            return Ok(true);
        }
        self.follower.catch_up().await?;
        Ok(self.decide(&self.follower.graph(), operator, permission, object))
    }

    async fn allows_each(
        &self,
        questions: &[(&Operator, Permission, Option<Uuid>)],
    ) -> Result<Vec<bool>, StorageError> {
        let each = |graph: &Graph| -> Vec<bool> {
            questions.iter().map(|(operator, what, object)| self.decide(graph, operator, *what, *object)).collect()
        };
        if self.follower.is_current() {
            let answers = each(&self.follower.graph());
            if answers.iter().all(|allowed| *allowed) {
                return Ok(answers);
            }
        }
        self.follower.catch_up().await?;
        Ok(each(&self.follower.graph()))
    }

    async fn visible(&self, operator: &Operator, permission: Permission) -> Result<Vec<Visible>, StorageError> {
        // What is not shown is a no.
        self.follower.catch_up().await?;
        let schema = self.follower.schema();
        let mut giving = schema.given_by(permission.object_type().into(), self.name(permission));
        giving.push((Kind::Platform, self.admin));
        let graph = self.follower.graph();
        let seen = |identity: &IdentityRef| {
            let (mut domains, mut projects, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
            for (object, relation) in graph.granted(identity.into()) {
                if !giving.contains(&(object.kind, relation)) {
                    continue;
                }
                match object.kind {
                    Kind::Platform => return Visible::All,
                    Kind::Domain => domains.push(object.id),
                    Kind::Project => projects.push(object.id),
                    Kind::Node => nodes.push(object.id),
                    Kind::Group | Kind::User | Kind::Service => {}
                }
            }
            Visible::Only { domains, projects, nodes }
        };
        let within = operator.within.map(|domain| Visible::Only {
            domains: vec![domain.0],
            projects: Vec::new(),
            nodes: Vec::new(),
        });
        Ok(std::iter::once(&operator.identity).chain(&operator.bounded_by).map(seen).chain(within).collect())
    }

    async fn path(
        &self,
        holder: Holder,
        permission: Permission,
        object: Option<Uuid>,
    ) -> Result<Option<Vec<String>>, StorageError> {
        self.follower.catch_up().await?;
        let schema = self.follower.schema();
        let graph = self.follower.graph();
        let found = graph
            .path(schema, holder, self.name(permission), object_of(permission, object))
            .or_else(|| graph.path(schema, holder, self.admin, Thing::PLATFORM));
        let text = |hop: &super::Hop| format!("{}#{}@{}", hop.object, schema.text(hop.relation), hop.subject);
        Ok(found.map(|hops| hops.iter().map(text).collect()))
    }

    fn changed(&self) {
        self.follower.changed();
    }
}
