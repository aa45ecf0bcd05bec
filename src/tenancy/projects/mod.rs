//! Projects: the part of a Domain that one team enrols into, with a reserved part of its addresses if it wants one.
//!
//! A sub-range can be reserved where nobody lives: no live Node of the Domain has an address in it, and the project
//! has no live Node elsewhere. That is decided under the locks of the project and of both pools, which
//! give out nothing meanwhile.

mod project;
mod refusal;
pub(super) mod store;
pub mod wire;

use std::sync::Arc;

use ipnet::IpNet;

pub use project::{NewProject, Project, ProjectChange};
pub use refusal::{CreateRefusal, DeleteRefusal, GetRefusal, PatchRefusal, SubRangeRefusal};

use crate::access::{self, ObjectType, Permission, RelationChecker, RequestContext};
use crate::audit;
use crate::ids::{DomainId, ProjectId};
use crate::invalid_field::InvalidField;
use crate::page::Page;
use crate::postgres::{Database, StorageError, Transaction};
use crate::tenancy::{changed, domains, precondition};

/// What can be done with projects.
pub struct Projects {
    database: Database,
    relations: Arc<dyn RelationChecker>,
}

impl Projects {
    /// Over `database`; `relations` decides who sees what.
    pub fn new(database: Database, relations: Arc<dyn RelationChecker>) -> Self {
        Self { database, relations }
    }

    /// Creates a project in `domain_id`, if the caller manages that Domain. What is wrong with `new` is told only
    /// to who may.
    ///
    /// # Errors
    /// [`CreateRefusal`].
    pub async fn create(
        &self,
        domain_id: DomainId,
        new: Result<NewProject, InvalidField>,
        context: &RequestContext,
    ) -> Result<Project, CreateRefusal> {
        let allowed = match context.operator() {
            Some(operator) => self.relations.allows(operator, Permission::DomainManage, Some(domain_id.0)).await?,
            None => false,
        };
        if !allowed {
            return Err(CreateRefusal::Denied);
        }
        let now = context.now();
        let project = Project::new(domain_id, new?, now);
        let id = project.id;
        let mut tx = self.database.begin().await?;
        if project.sub_range_cidr.is_some() {
            domains::store::lock_pools(&mut tx, &[domain_id.0]).await?;
        }
        let mesh_cidr = domains::store::hold_range(&mut tx, domain_id).await?.ok_or(CreateRefusal::DomainNotFound)?;
        if let Some(range) = &project.sub_range_cidr {
            vacant(&mut tx, domain_id, &mesh_cidr, range).await?;
        }
        store::insert(&mut tx, &project).await.map_err(CreateRefusal::of)?;
        if let Some(range) = &project.sub_range_cidr {
            domains::store::put_pool(&mut tx, id.0, domain_id, range).await?;
            domains::store::move_released(&mut tx, domain_id.0, id.0, range).await?;
        }
        let (kind, parent) = (ObjectType::Project.as_str(), ObjectType::Domain.as_str());
        access::store::insert_parent(&mut tx, kind, id.0, parent, parent, domain_id.to_string(), now).await?;
        audit::append(&mut tx, &changed(context, domain_id, "project.create", format!("project:{id}"))).await?;
        tx.commit().await?;
        Ok(project)
    }

    /// A page of the projects that the caller may see, of one Domain if one is named.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn list(
        &self,
        domain_id: Option<DomainId>,
        page: &Page,
        context: &RequestContext,
    ) -> Result<Vec<Project>, StorageError> {
        let Some(operator) = context.operator() else { return Ok(Vec::new()) };
        let visible = self.relations.visible(operator, Permission::ProjectRead).await?;
        let mut conn = self.database.read().await?;
        store::list(&mut conn, domain_id, visible, page).await
    }

    /// One project.
    ///
    /// # Errors
    /// [`GetRefusal`].
    pub async fn get(&self, id: ProjectId) -> Result<Project, GetRefusal> {
        let mut conn = self.database.read().await?;
        store::find(&mut conn, id).await?.ok_or(GetRefusal::NotFound)
    }

    /// Changes a project, if it is the version that `if_match` names.
    ///
    /// # Errors
    /// [`PatchRefusal`].
    pub async fn patch(
        &self,
        id: ProjectId,
        change: ProjectChange,
        if_match: Option<&str>,
        context: &RequestContext,
    ) -> Result<Project, PatchRefusal> {
        let mut tx = self.database.begin().await?;
        // Only what enrolments rely on need keep them out.
        let exclusive = change.sub_range_cidr.is_some() || change.slug.is_some();
        let before = store::lock(&mut tx, id, exclusive).await?.ok_or(PatchRefusal::NotFound)?;
        if !precondition::holds(if_match, before.revision) {
            return Err(PatchRefusal::PreconditionFailed);
        }
        let Some(after) = before.changed(change, context.now()) else { return Ok(before) };
        if after.slug != before.slug && store::has_nodes(&mut tx, id).await? {
            return Err(PatchRefusal::SlugImmutable);
        }
        if let Some(range) = after.sub_range_cidr
            && after.sub_range_cidr != before.sub_range_cidr
        {
            if store::has_live_nodes(&mut tx, id).await? {
                return Err(SubRangeRefusal::Inhabited.into());
            }
            domains::store::lock_pools(&mut tx, &[after.domain_id.0, id.0]).await?;
            let mesh_cidr =
                domains::store::hold_range(&mut tx, after.domain_id).await?.ok_or(PatchRefusal::NotFound)?;
            vacant(&mut tx, after.domain_id, &mesh_cidr, &range).await?;
            if let Some(left) = before.sub_range_cidr {
                domains::store::return_sub_range(&mut tx, id.0, after.domain_id, &left).await?;
            }
            domains::store::put_pool(&mut tx, id.0, after.domain_id, &range).await?;
            domains::store::move_released(&mut tx, after.domain_id.0, id.0, &range).await?;
        }
        store::update(&mut tx, &after).await.map_err(PatchRefusal::of)?;
        audit::append(&mut tx, &changed(context, after.domain_id, "project.update", format!("project:{id}"))).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Deletes a project that has no live Node, with its bootstrap tokens and what is left of its former Nodes.
    ///
    /// # Errors
    /// [`DeleteRefusal`].
    pub async fn delete(&self, id: ProjectId, context: &RequestContext) -> Result<(), DeleteRefusal> {
        let mut tx = self.database.begin().await?;
        store::lock_bootstrap_tokens(&mut tx, id).await?;
        let project = store::lock(&mut tx, id, true).await?.ok_or(DeleteRefusal::NotFound)?;
        if store::has_live_nodes(&mut tx, id).await? {
            return Err(DeleteRefusal::NotEmpty);
        }
        if let Some(range) = project.sub_range_cidr {
            domains::store::lock_pools(&mut tx, &[project.domain_id.0, id.0]).await?;
            domains::store::return_sub_range(&mut tx, id.0, project.domain_id, &range).await?;
        }
        store::delete_former_nodes(&mut tx, id).await?;
        access::store::remove_object_tuples(&mut tx, ObjectType::Project.as_str(), id.0).await?;
        domains::store::delete_pool(&mut tx, id.0).await?;
        store::delete(&mut tx, id).await?;
        audit::append(&mut tx, &changed(context, project.domain_id, "project.delete", format!("project:{id}"))).await?;
        tx.commit().await?;
        self.relations.changed();
        Ok(())
    }
}

/// Whether `range` lies in the Domain's and nobody lives there; asked under the lock of the Domain's pool.
async fn vacant(
    tx: &mut Transaction,
    domain_id: DomainId,
    mesh_cidr: &IpNet,
    range: &IpNet,
) -> Result<(), SubRangeRefusal> {
    if !mesh_cidr.contains(range) {
        return Err(SubRangeRefusal::Outside);
    }
    if store::has_live_nodes_within(tx, domain_id, range).await? {
        return Err(SubRangeRefusal::GivenOut);
    }
    Ok(())
}
