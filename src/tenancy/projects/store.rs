//! Projects in the database.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use uuid::Uuid;

use super::Project;
use crate::access::Visible;
use crate::ids::{DomainId, ProjectId};
use crate::page::Page;
use crate::postgres::StorageError;
use crate::postgres::schema::{
    bootstrap_tokens, node_handshakes, node_liveness, node_secret_keys, nodes, peers, pre_shared_keys, projects,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = projects, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    domain_id: Uuid,
    name: String,
    slug: String,
    sub_range_cidr: Option<IpNet>,
    revision: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Project> for Row {
    fn from(project: &Project) -> Self {
        Self {
            id: project.id.0,
            domain_id: project.domain_id.0,
            name: project.name.clone(),
            slug: project.slug.clone(),
            sub_range_cidr: project.sub_range_cidr,
            revision: project.revision,
            created_at: project.created_at,
            updated_at: project.updated_at,
        }
    }
}

impl From<Row> for Project {
    fn from(row: Row) -> Self {
        Self {
            id: ProjectId(row.id),
            domain_id: DomainId(row.domain_id),
            name: row.name,
            slug: row.slug,
            sub_range_cidr: row.sub_range_cidr,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, project: &Project) -> Result<(), StorageError> {
    diesel::insert_into(projects::table).values(Row::from(project)).execute(conn).await?;
    Ok(())
}

/// Projects that every one of `visible` shows, by a grant on the project or on its Domain.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    domain_id: Option<DomainId>,
    visible: Vec<Visible>,
    page: &Page,
) -> Result<Vec<Project>, StorageError> {
    let mut query = projects::table.into_boxed();
    for one in visible {
        if let Visible::Only { domains, projects: granted, .. } = one {
            query = query.filter(projects::domain_id.eq_any(domains).or(projects::id.eq_any(granted)));
        }
    }
    if let Some(domain_id) = domain_id {
        query = query.filter(projects::domain_id.eq(domain_id.0));
    }
    if let Some(after) = page.after {
        query = query.filter(projects::id.gt(after));
    }
    let rows: Vec<Row> = query.order(projects::id).limit(page.fetch()).select(Row::as_select()).load(conn).await?;
    Ok(rows.into_iter().map(Project::from).collect())
}

pub(super) async fn find(conn: &mut AsyncPgConnection, id: ProjectId) -> Result<Option<Project>, StorageError> {
    let row: Option<Row> = projects::table.find(id.0).select(Row::as_select()).first(conn).await.optional()?;
    Ok(row.map(Project::from))
}

/// The project, kept from other changes until the end of the transaction; with `exclusive` also from being referred
/// to by new Nodes and tokens.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    id: ProjectId,
    exclusive: bool,
) -> Result<Option<Project>, StorageError> {
    let query = projects::table.find(id.0).select(Row::as_select());
    let row: Option<Row> = if exclusive {
        query.for_update().first(conn).await.optional()?
    } else {
        query.for_no_key_update().first(conn).await.optional()?
    };
    Ok(row.map(Project::from))
}

/// The project's Domain; the project stays until the end of the transaction.
pub(in crate::tenancy) async fn hold(
    conn: &mut AsyncPgConnection,
    id: ProjectId,
) -> Result<Option<DomainId>, StorageError> {
    let domain_id: Option<Uuid> =
        projects::table.find(id.0).select(projects::domain_id).for_key_share().first(conn).await.optional()?;
    Ok(domain_id.map(DomainId))
}

pub(in crate::tenancy) async fn is_there(conn: &mut AsyncPgConnection, id: ProjectId) -> Result<bool, StorageError> {
    Ok(select(exists(projects::table.find(id.0))).get_result(conn).await?)
}

pub(super) async fn update(conn: &mut AsyncPgConnection, project: &Project) -> Result<(), StorageError> {
    let row = Row::from(project);
    diesel::update(projects::table.find(row.id))
        .set((
            projects::name.eq(row.name),
            projects::slug.eq(row.slug),
            projects::sub_range_cidr.eq(row.sub_range_cidr),
            projects::revision.eq(row.revision),
            projects::updated_at.eq(row.updated_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes the project; its bootstrap tokens go with it.
pub(super) async fn delete(conn: &mut AsyncPgConnection, id: ProjectId) -> Result<(), StorageError> {
    diesel::delete(projects::table.find(id.0)).execute(conn).await?;
    Ok(())
}

/// Waits for enrolments that are under way and keeps new ones out.
pub(super) async fn lock_bootstrap_tokens(conn: &mut AsyncPgConnection, id: ProjectId) -> Result<(), StorageError> {
    let _locked: Vec<Uuid> = bootstrap_tokens::table
        .filter(bootstrap_tokens::project_id.eq(id.0))
        .order(bootstrap_tokens::id)
        .select(bootstrap_tokens::id)
        .for_update()
        .load(conn)
        .await?;
    Ok(())
}

/// Whether a Node has ever been enrolled.
pub(super) async fn has_nodes(conn: &mut AsyncPgConnection, id: ProjectId) -> Result<bool, StorageError> {
    Ok(select(exists(nodes::table.filter(nodes::project_id.eq(id.0)))).get_result(conn).await?)
}

pub(super) async fn has_live_nodes(conn: &mut AsyncPgConnection, id: ProjectId) -> Result<bool, StorageError> {
    let live = nodes::table.filter(nodes::project_id.eq(id.0)).filter(nodes::deregistered_at.is_null());
    Ok(select(exists(live)).get_result(conn).await?)
}

/// Whether a live Node has an address within `range` that comes from the Domain's own pool.
pub(super) async fn has_live_nodes_within(
    conn: &mut AsyncPgConnection,
    domain_id: DomainId,
    range: &IpNet,
) -> Result<bool, StorageError> {
    let live = nodes::table.filter(nodes::domain_id.eq(domain_id.0)).filter(nodes::deregistered_at.is_null());
    let within = live.filter(nodes::pool_id.eq(domain_id.0)).filter(nodes::mesh_ip.is_contained_by_or_eq(*range));
    Ok(select(exists(within)).get_result(conn).await?)
}

/// Removes what is left of the project's deregistered Nodes: the project has no others.
pub(super) async fn delete_former_nodes(conn: &mut AsyncPgConnection, id: ProjectId) -> Result<(), StorageError> {
    let former = || nodes::table.filter(nodes::project_id.eq(id.0)).select(nodes::id);
    diesel::sql_query(
        "DELETE FROM relation_tuples t USING nodes n \
         WHERE n.project_id = $1 AND t.object_type = 'node' AND t.object_id = n.id::text",
    )
    .bind::<SqlUuid, _>(id.0)
    .execute(conn)
    .await?;
    diesel::delete(pre_shared_keys::table.filter(pre_shared_keys::node_id.eq_any(former()))).execute(conn).await?;
    diesel::delete(node_secret_keys::table.filter(node_secret_keys::node_id.eq_any(former()))).execute(conn).await?;
    diesel::delete(peers::table.filter(peers::node_id.eq_any(former()))).execute(conn).await?;
    diesel::delete(node_liveness::table.filter(node_liveness::node_id.eq_any(former()))).execute(conn).await?;
    diesel::delete(node_handshakes::table.filter(node_handshakes::node_id.eq_any(former()))).execute(conn).await?;
    diesel::delete(nodes::table.filter(nodes::project_id.eq(id.0))).execute(conn).await?;
    Ok(())
}
