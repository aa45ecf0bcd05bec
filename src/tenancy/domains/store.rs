//! Domains and address pools in the database.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Cidr, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use uuid::Uuid;

use super::{Domain, Thresholds};
use crate::access::Visible;
use crate::ids::DomainId;
use crate::page::Page;
use crate::postgres::schema::{address_pools, domains, nodes, outbox, projects, released_addresses};
use crate::postgres::{StorageError, prepared};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = domains, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    name: String,
    slug: String,
    mesh_cidr: IpNet,
    region: Option<String>,
    heartbeat_interval_ms: i64,
    stale_after_ms: i64,
    unreachable_after_ms: i64,
    endpoint_ttl_seconds: i32,
    rotation_expiry_seconds: i32,
    revision: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Domain> for Row {
    fn from(domain: &Domain) -> Self {
        // At most an hour each.
        let millis = |duration: Duration| duration.as_millis() as i64;
        Self {
            id: domain.id.0,
            name: domain.name.clone(),
            slug: domain.slug.clone(),
            mesh_cidr: domain.mesh_cidr,
            region: domain.region.clone(),
            heartbeat_interval_ms: millis(domain.thresholds.heartbeat_interval),
            stale_after_ms: millis(domain.thresholds.stale_after),
            unreachable_after_ms: millis(domain.thresholds.unreachable_after),
            endpoint_ttl_seconds: domain.endpoint_ttl_seconds,
            rotation_expiry_seconds: domain.rotation_expiry_seconds,
            revision: domain.revision,
            created_at: domain.created_at,
            updated_at: domain.updated_at,
        }
    }
}

impl TryFrom<Row> for Domain {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let duration = |millis: i64| {
            let millis = u64::try_from(millis).map_err(|_| StorageError::Corrupt("negative threshold".into()))?;
            Ok::<_, StorageError>(Duration::from_millis(millis))
        };
        Ok(Self {
            id: DomainId(row.id),
            name: row.name,
            slug: row.slug,
            mesh_cidr: row.mesh_cidr,
            region: row.region,
            thresholds: Thresholds {
                heartbeat_interval: duration(row.heartbeat_interval_ms)?,
                stale_after: duration(row.stale_after_ms)?,
                unreachable_after: duration(row.unreachable_after_ms)?,
            },
            endpoint_ttl_seconds: row.endpoint_ttl_seconds,
            rotation_expiry_seconds: row.rotation_expiry_seconds,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, domain: &Domain) -> Result<(), StorageError> {
    diesel::insert_into(domains::table).values(Row::from(domain)).execute(conn).await?;
    Ok(())
}

/// Domains that every one of `visible` shows.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    visible: Vec<Visible>,
    page: &Page,
) -> Result<Vec<Domain>, StorageError> {
    let mut query = domains::table.into_boxed();
    for one in visible {
        if let Visible::Only { domains, .. } = one {
            query = query.filter(domains::id.eq_any(domains));
        }
    }
    if let Some(after) = page.after {
        query = query.filter(domains::id.gt(after));
    }
    let rows: Vec<Row> = query.order(domains::id).limit(page.fetch()).select(Row::as_select()).load(conn).await?;
    rows.into_iter().map(Domain::try_from).collect()
}

pub(super) async fn find(conn: &mut AsyncPgConnection, id: DomainId) -> Result<Option<Domain>, StorageError> {
    let row: Option<Row> = domains::table.find(id.0).select(Row::as_select()).first(conn).await.optional()?;
    row.map(Domain::try_from).transpose()
}

/// The Domain, kept from other changes until the end of the transaction; with `exclusive` also from being referred
/// to by new projects and Nodes.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    id: DomainId,
    exclusive: bool,
) -> Result<Option<Domain>, StorageError> {
    let query = domains::table.find(id.0).select(Row::as_select());
    let row: Option<Row> = if exclusive {
        query.for_update().first(conn).await.optional()?
    } else {
        query.for_no_key_update().first(conn).await.optional()?
    };
    row.map(Domain::try_from).transpose()
}

/// The Domain's range, which stays until the end of the transaction, as the Domain does.
pub(in crate::tenancy) async fn hold_range(
    conn: &mut AsyncPgConnection,
    id: DomainId,
) -> Result<Option<IpNet>, StorageError> {
    Ok(domains::table.find(id.0).select(domains::mesh_cidr).for_key_share().first(conn).await.optional()?)
}

pub(super) async fn update(conn: &mut AsyncPgConnection, domain: &Domain) -> Result<(), StorageError> {
    let row = Row::from(domain);
    diesel::update(domains::table.find(row.id))
        .set((
            domains::name.eq(row.name),
            domains::slug.eq(row.slug),
            domains::mesh_cidr.eq(row.mesh_cidr),
            domains::region.eq(row.region),
            domains::heartbeat_interval_ms.eq(row.heartbeat_interval_ms),
            domains::stale_after_ms.eq(row.stale_after_ms),
            domains::unreachable_after_ms.eq(row.unreachable_after_ms),
            domains::endpoint_ttl_seconds.eq(row.endpoint_ttl_seconds),
            domains::rotation_expiry_seconds.eq(row.rotation_expiry_seconds),
            domains::revision.eq(row.revision),
            domains::updated_at.eq(row.updated_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes the Domain; its pools and keys go with it.
pub(super) async fn delete(conn: &mut AsyncPgConnection, id: DomainId) -> Result<(), StorageError> {
    diesel::delete(domains::table.find(id.0)).execute(conn).await?;
    Ok(())
}

/// Whether a Node has ever been enrolled in a project that is still there.
pub(super) async fn has_nodes(conn: &mut AsyncPgConnection, id: DomainId) -> Result<bool, StorageError> {
    Ok(select(exists(nodes::table.filter(nodes::domain_id.eq(id.0)))).get_result(conn).await?)
}

pub(super) async fn has_projects(conn: &mut AsyncPgConnection, id: DomainId) -> Result<bool, StorageError> {
    Ok(select(exists(projects::table.filter(projects::domain_id.eq(id.0)))).get_result(conn).await?)
}

pub(super) async fn has_sub_range_outside(
    conn: &mut AsyncPgConnection,
    id: DomainId,
    range: &IpNet,
) -> Result<bool, StorageError> {
    let outside = diesel::dsl::not(projects::sub_range_cidr.assume_not_null().is_contained_by_or_eq(*range));
    let of_domain = projects::table.filter(projects::domain_id.eq(id.0)).filter(projects::sub_range_cidr.is_not_null());
    Ok(select(exists(of_domain.filter(outside))).get_result(conn).await?)
}

/// Events that nobody is left to hear, and that could not be signed without the Domain's keys.
pub(super) async fn delete_unsent_events(conn: &mut AsyncPgConnection, id: DomainId) -> Result<(), StorageError> {
    diesel::delete(outbox::table.filter(outbox::domain_id.eq(id.0))).execute(conn).await?;
    Ok(())
}

/// Keeps the pools, where there are such, from giving out addresses until the end of the transaction.
pub(in crate::tenancy) async fn lock_pools(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<(), StorageError> {
    let _locked: Vec<Uuid> = address_pools::table
        .filter(address_pools::id.eq_any(ids))
        .order(address_pools::id)
        .select(address_pools::id)
        .for_update()
        .load(conn)
        .await?;
    Ok(())
}

/// Makes a Domain's pool (`id` is the Domain's) or a project's one from which nothing has been given out. One that
/// is there is changed in its place, so that an enrolment that waits for it goes on with the new range.
pub(in crate::tenancy) async fn put_pool(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    domain_id: DomainId,
    range: &IpNet,
) -> Result<(), StorageError> {
    let new = (address_pools::range.eq(*range), address_pools::next_address.eq(None::<IpNet>));
    diesel::insert_into(address_pools::table)
        .values((address_pools::id.eq(id), address_pools::domain_id.eq(domain_id.0), new))
        .on_conflict(address_pools::id)
        .do_update()
        .set(new)
        .execute(conn)
        .await?;
    diesel::delete(released_addresses::table.filter(released_addresses::pool_id.eq(id))).execute(conn).await?;
    Ok(())
}

/// Gives a project's sub-range back to its Domain's pool: what rests there goes on resting, and the pool looks again
/// at what it stepped over. Asked under the locks of both pools.
pub(in crate::tenancy) async fn return_sub_range(
    conn: &mut AsyncPgConnection,
    project_id: Uuid,
    domain_id: DomainId,
    range: &IpNet,
) -> Result<(), StorageError> {
    move_released(conn, project_id, domain_id.0, range).await?;
    // A pool that has given out nothing (null) begins at its range's start anyway.
    let pool =
        address_pools::table.find(domain_id.0).filter(address_pools::next_address.gt(IpNet::from(range.network())));
    diesel::update(pool).set(address_pools::next_address.eq(IpNet::from(range.network()))).execute(conn).await?;
    Ok(())
}

/// Makes what rests of `range` in the pool `from` rest in the pool `to`.
pub(in crate::tenancy) async fn move_released(
    conn: &mut AsyncPgConnection,
    from: Uuid,
    to: Uuid,
    range: &IpNet,
) -> Result<(), StorageError> {
    diesel::sql_query(
        "WITH moved AS (DELETE FROM released_addresses WHERE pool_id = $1 AND address <<= $3::cidr RETURNING address, free_at) \
         INSERT INTO released_addresses (pool_id, address, free_at) SELECT $2, address, free_at FROM moved \
         ON CONFLICT (pool_id, address) DO UPDATE SET free_at = GREATEST(released_addresses.free_at, excluded.free_at)",
    )
    .bind::<SqlUuid, _>(from)
    .bind::<SqlUuid, _>(to)
    .bind::<Cidr, _>(*range)
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::tenancy) async fn delete_pool(conn: &mut AsyncPgConnection, id: Uuid) -> Result<(), StorageError> {
    diesel::delete(address_pools::table.find(id)).execute(conn).await?;
    Ok(())
}

prepared! {
    RaiseVersions { ids: Vec<Uuid> => Array<SqlUuid>, } -> (BigInt):
    "WITH held AS MATERIALIZED (SELECT id FROM domains WHERE id = ANY (?) ORDER BY id FOR NO KEY UPDATE) \
     UPDATE domains d SET mesh_version = d.mesh_version + 1 FROM held WHERE d.id = held.id \
     RETURNING d.mesh_version"
}

/// Raises the versions of `domains`, in their order, and takes their turns with that: others of a Domain then wait until
/// the transaction ends, so it comes last in it. By whoever changes what peers see. Returns the new ones.
///
/// # Errors
/// [`StorageError`].
pub async fn raise_versions(
    conn: &mut AsyncPgConnection,
    domains: &BTreeSet<DomainId>,
) -> Result<Vec<i64>, StorageError> {
    let ids = domains.iter().map(|id| id.0).collect();
    let raised: Vec<(i64,)> = RaiseVersions { ids }.load(conn).await?;
    Ok(raised.into_iter().map(|(version,)| version).collect())
}
