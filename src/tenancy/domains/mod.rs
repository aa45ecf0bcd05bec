//! Domains: creating one makes its address pool and its keys with it, so that its first Node can enrol at once.
//!
//! Once a Node has been enrolled, the slug and the address range stay: machines and peers know them. That is decided
//! under the Domain's row lock, which an enrolment needs a share of.

mod domain;
mod go_duration;
mod refusal;
pub(super) mod store;
mod thresholds;
pub mod wire;

use std::sync::Arc;

pub use domain::{Domain, DomainChange, NewDomain};
pub use refusal::{CreateRefusal, DeleteRefusal, GetRefusal, PatchRefusal};
pub use store::raise_versions;
pub use thresholds::{ThresholdChange, Thresholds};

use crate::access::relation::PLATFORM;
use crate::access::{self, ObjectType, Permission, RelationChecker, RequestContext};
use crate::audit;
use crate::ids::DomainId;
use crate::page::Page;
use crate::postgres::{Database, StorageError};
use crate::signing::{self, Sealer};
use crate::tenancy::{changed, precondition};

/// What can be done with Domains.
pub struct Domains {
    database: Database,
    relations: Arc<dyn RelationChecker>,
    sealer: Arc<Sealer>,
}

impl Domains {
    /// Over `database`; `relations` decides who sees what, `sealer` seals the keys of new Domains.
    pub fn new(database: Database, relations: Arc<dyn RelationChecker>, sealer: Arc<Sealer>) -> Self {
        Self { database, relations, sealer }
    }

    /// Creates a Domain with its pool and its keys.
    ///
    /// # Errors
    /// [`CreateRefusal`].
    pub async fn create(&self, new: NewDomain, context: &RequestContext) -> Result<Domain, CreateRefusal> {
        let now = context.now();
        let domain = Domain::new(new, now);
        let id = domain.id;
        let mut tx = self.database.begin().await?;
        store::insert(&mut tx, &domain).await.map_err(CreateRefusal::of)?;
        store::put_pool(&mut tx, id.0, id, &domain.mesh_cidr).await?;
        signing::store::create_domain_keys(&mut tx, &self.sealer, id, now).await.map_err(StorageError::from)?;
        let (kind, parent) = (ObjectType::Domain.as_str(), ObjectType::Platform.as_str());
        access::store::insert_parent(&mut tx, kind, id.0, parent, parent, PLATFORM.to_owned(), now).await?;
        audit::append(&mut tx, &changed(context, id, "domain.create", format!("domain:{id}"))).await?;
        tx.commit().await?;
        Ok(domain)
    }

    /// A page of the Domains that the caller may see.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list(&self, page: &Page, context: &RequestContext) -> Result<Vec<Domain>, StorageError> {
        let Some(operator) = context.operator() else { return Ok(Vec::new()) };
        let visible = self.relations.visible(operator, Permission::DomainView).await?;
        let mut conn = self.database.read().await?;
        store::list(&mut conn, visible, page).await
    }

    /// One Domain.
    ///
    /// # Errors
    /// [`GetRefusal`].
    pub async fn get(&self, id: DomainId) -> Result<Domain, GetRefusal> {
        let mut conn = self.database.read().await?;
        store::find(&mut conn, id).await?.ok_or(GetRefusal::NotFound)
    }

    /// Changes a Domain, if it is the version that `if_match` names.
    ///
    /// # Errors
    /// [`PatchRefusal`].
    pub async fn patch(
        &self,
        id: DomainId,
        change: DomainChange,
        if_match: Option<&str>,
        context: &RequestContext,
    ) -> Result<Domain, PatchRefusal> {
        let mut tx = self.database.begin().await?;
        if change.mesh_cidr.is_some() {
            store::lock_pools(&mut tx, &[id.0]).await?;
        }
        // Only what enrolments rely on need keep them out.
        let exclusive = change.mesh_cidr.is_some() || change.slug.is_some();
        let before = store::lock(&mut tx, id, exclusive).await?.ok_or(PatchRefusal::NotFound)?;
        if !precondition::holds(if_match, before.revision) {
            return Err(PatchRefusal::PreconditionFailed);
        }
        let Some(after) = before.changed(change, context.now())? else { return Ok(before) };
        let (new_slug, new_range) = (after.slug != before.slug, after.mesh_cidr != before.mesh_cidr);
        if (new_slug || new_range) && store::has_nodes(&mut tx, id).await? {
            return Err(if new_slug { PatchRefusal::SlugImmutable } else { PatchRefusal::MeshCidrInUse });
        }
        if new_range {
            if store::has_sub_range_outside(&mut tx, id, &after.mesh_cidr).await? {
                return Err(PatchRefusal::SubRangeOutside);
            }
            store::put_pool(&mut tx, id.0, id, &after.mesh_cidr).await?;
        }
        store::update(&mut tx, &after).await.map_err(PatchRefusal::of)?;
        audit::append(&mut tx, &changed(context, id, "domain.update", format!("domain:{id}"))).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Deletes a Domain that has no project left.
    ///
    /// # Errors
    /// [`DeleteRefusal`].
    pub async fn delete(&self, id: DomainId, context: &RequestContext) -> Result<(), DeleteRefusal> {
        let mut tx = self.database.begin().await?;
        store::lock_pools(&mut tx, &[id.0]).await?;
        store::lock(&mut tx, id, true).await?.ok_or(DeleteRefusal::NotFound)?;
        // A Node belongs to a project, so where there is no project there is no Node.
        if store::has_projects(&mut tx, id).await? {
            return Err(DeleteRefusal::NotEmpty);
        }
        store::delete_unsent_events(&mut tx, id).await?;
        access::store::remove_object_tuples(&mut tx, ObjectType::Domain.as_str(), id.0).await?;
        access::store::remove_groups_of(&mut tx, id).await?;
        store::delete(&mut tx, id).await?;
        audit::append(&mut tx, &changed(context, id, "domain.delete", format!("domain:{id}"))).await?;
        tx.commit().await?;
        self.relations.changed();
        Ok(())
    }
}
