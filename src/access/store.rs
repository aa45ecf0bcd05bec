//! The statements behind credentials and relations.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{NodeIdentity, ObjectType};
use crate::ids::{DomainId, NodeId, NskId};
use crate::page::Page;
use crate::postgres::StorageError;
use crate::postgres::schema::{identities, node_secret_keys, nodes, relation_tuples};

/// A live NSK's hash and whose it is.
pub(super) struct StoredNsk {
    pub key_hash: Vec<u8>,
    pub node: NodeIdentity,
}

/// The live NSK of a Node that is not deregistered.
pub(super) async fn live_nsk(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<Option<StoredNsk>, StorageError> {
    type Row = (Uuid, Vec<u8>, Option<DateTime<Utc>>, Uuid);
    let row: Option<Row> = node_secret_keys::table
        .inner_join(nodes::table.on(nodes::id.eq(node_secret_keys::node_id)))
        .filter(node_secret_keys::node_id.eq(node_id.0))
        .filter(node_secret_keys::revoked_at.is_null())
        .filter(nodes::deregistered_at.is_null())
        .select((node_secret_keys::id, node_secret_keys::key_hash, node_secret_keys::expires_at, nodes::domain_id))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(id, key_hash, expires_at, domain_id)| StoredNsk {
        key_hash,
        node: NodeIdentity { node_id, domain_id: DomainId(domain_id), nsk_id: NskId(id), expires_at },
    }))
}

/// Tells every replica that a credential has stopped holding: an NSK by its Node's id, an API token by its own.
///
/// # Errors
/// [`StorageError`].
pub async fn tell_credential_change(conn: &mut AsyncPgConnection, credential_id: Uuid) -> Result<(), StorageError> {
    diesel::sql_query("INSERT INTO credential_changes (credential_id) VALUES ($1)")
        .bind::<SqlUuid, _>(credential_id)
        .execute(conn)
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = SqlUuid)]
    credential_id: Uuid,
}

pub(super) async fn credential_changes_since(
    conn: &mut AsyncPgConnection,
    since: DateTime<Utc>,
) -> Result<Vec<Uuid>, StorageError> {
    let changed: Vec<Changed> =
        diesel::sql_query("SELECT DISTINCT credential_id FROM credential_changes WHERE changed_at > $1")
            .bind::<Timestamptz, _>(since)
            .load(conn)
            .await?;
    Ok(changed.into_iter().map(|row| row.credential_id).collect())
}

/// Removes changes that every replica has long read.
///
/// # Errors
/// [`StorageError`].
pub async fn prune_credential_changes(conn: &mut AsyncPgConnection) -> Result<(), StorageError> {
    diesel::sql_query("DELETE FROM credential_changes WHERE changed_at < clock_timestamp() - interval '1 hour'")
        .execute(conn)
        .await?;
    Ok(())
}

/// A tuple to be.
pub(super) struct NewTuple<'r> {
    pub id: Uuid,
    pub object_type: &'r str,
    pub object_id: &'r str,
    pub relation: &'r str,
    pub subject_type: &'r str,
    pub subject_id: &'r str,
    pub subject_relation: &'r str,
    pub created_at: DateTime<Utc>,
}

pub(super) async fn insert_tuple(conn: &mut AsyncPgConnection, tuple: &NewTuple<'_>) -> Result<(), StorageError> {
    diesel::insert_into(relation_tuples::table)
        .values((
            relation_tuples::id.eq(tuple.id),
            relation_tuples::object_type.eq(tuple.object_type),
            relation_tuples::object_id.eq(tuple.object_id),
            relation_tuples::relation.eq(tuple.relation),
            relation_tuples::subject_type.eq(tuple.subject_type),
            relation_tuples::subject_id.eq(tuple.subject_id),
            relation_tuples::subject_relation.eq(tuple.subject_relation),
            relation_tuples::created_at.eq(tuple.created_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes that `object_type:object_id` lies below `parent_type:parent_id`.
///
/// # Errors
/// [`StorageError`].
pub async fn insert_parent(
    conn: &mut AsyncPgConnection,
    object_type: &str,
    object_id: Uuid,
    relation: &str,
    parent_type: &str,
    parent_id: String,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    insert_tuple(
        conn,
        &NewTuple {
            id: crate::ids::new_uuid(now),
            object_type,
            object_id: &object_id.to_string(),
            relation,
            subject_type: parent_type,
            subject_id: &parent_id,
            subject_relation: "",
            created_at: now,
        },
    )
    .await
}

/// Removes the groups of a Domain that is no more, with all that they are granted.
///
/// # Errors
/// [`StorageError`].
pub async fn remove_groups_of(conn: &mut AsyncPgConnection, domain_id: DomainId) -> Result<(), StorageError> {
    diesel::sql_query(
        "WITH gone AS ( \
             SELECT object_id FROM relation_tuples \
             WHERE object_type = 'group' AND relation = 'domain' AND subject_type = 'domain' AND subject_id = $1 \
         ) DELETE FROM relation_tuples t USING gone g \
         WHERE (t.object_type = 'group' AND t.object_id = g.object_id) \
             OR (t.subject_type = 'group' AND t.subject_id = g.object_id)",
    )
    .bind::<Text, _>(domain_id.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps others from making `groups` somebody's, or from using them, until the end of the transaction.
pub(super) async fn lock_groups(conn: &mut AsyncPgConnection, mut groups: Vec<Uuid>) -> Result<(), StorageError> {
    groups.sort_unstable();
    for group in groups {
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 8))")
            .bind::<Text, _>(format!("group:{group}"))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Whether any tuple names the group.
pub(super) async fn group_is_named(conn: &mut AsyncPgConnection, group: Uuid) -> Result<bool, StorageError> {
    let id = group.to_string();
    let on = relation_tuples::table
        .filter(relation_tuples::object_type.eq("group"))
        .filter(relation_tuples::object_id.eq(id.clone()));
    let of = relation_tuples::table
        .filter(relation_tuples::subject_type.eq("group"))
        .filter(relation_tuples::subject_id.eq(id));
    Ok(diesel::select(diesel::dsl::exists(on)).get_result(conn).await?
        || diesel::select(diesel::dsl::exists(of)).get_result(conn).await?)
}

/// Removes every tuple on an object that is no more.
///
/// # Errors
/// [`StorageError`].
pub async fn remove_object_tuples(
    conn: &mut AsyncPgConnection,
    object_type: &str,
    object_id: Uuid,
) -> Result<(), StorageError> {
    diesel::delete(
        relation_tuples::table
            .filter(relation_tuples::object_type.eq(object_type))
            .filter(relation_tuples::object_id.eq(object_id.to_string())),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps others from writing tuples until the end of the transaction.
pub(super) async fn lock_tuples(conn: &mut AsyncPgConnection) -> Result<(), StorageError> {
    diesel::sql_query("LOCK TABLE relation_tuples IN SHARE ROW EXCLUSIVE MODE").execute(conn).await?;
    Ok(())
}

pub(super) async fn has_grant(
    conn: &mut AsyncPgConnection,
    object_type: &str,
    object_id: &str,
    relation: &str,
) -> Result<bool, StorageError> {
    Ok(diesel::select(diesel::dsl::exists(
        relation_tuples::table
            .filter(relation_tuples::object_type.eq(object_type))
            .filter(relation_tuples::object_id.eq(object_id))
            .filter(relation_tuples::relation.eq(relation)),
    ))
    .get_result(conn)
    .await?)
}

/// A tuple as it is stored.
#[derive(QueryableByName, Queryable)]
pub(super) struct TupleRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub object_type: String,
    #[diesel(sql_type = Text)]
    pub object_id: String,
    #[diesel(sql_type = Text)]
    pub relation: String,
    #[diesel(sql_type = Text)]
    pub subject_type: String,
    #[diesel(sql_type = Text)]
    pub subject_id: String,
    #[diesel(sql_type = Text)]
    pub subject_relation: String,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    domain_id: Option<Uuid>,
}

/// The Domain that an object lies in. `None`: it does not exist, or lies in none.
pub(super) async fn domain_of(
    conn: &mut AsyncPgConnection,
    object_type: ObjectType,
    object_id: Uuid,
) -> Result<Option<DomainId>, StorageError> {
    let table = match object_type {
        ObjectType::Domain => "SELECT id AS domain_id FROM domains WHERE id = $1",
        ObjectType::Project => "SELECT domain_id FROM projects WHERE id = $1",
        ObjectType::Node => "SELECT domain_id FROM nodes WHERE id = $1 AND deregistered_at IS NULL",
        ObjectType::Group => {
            "SELECT subject_id::uuid AS domain_id FROM relation_tuples \
             WHERE object_type = 'group' AND object_id = $1::text AND relation = 'domain'"
        }
        ObjectType::Platform => return Ok(None),
    };
    let owner: Option<Owner> =
        diesel::sql_query(table).bind::<SqlUuid, _>(object_id).get_result(conn).await.optional()?;
    Ok(owner.and_then(|owner| owner.domain_id).map(DomainId))
}

/// The Domain outside of which a user or a service holds nothing, if there is one.
pub(super) async fn bound_to(conn: &mut AsyncPgConnection, identity: Uuid) -> Result<Option<DomainId>, StorageError> {
    let found: Option<Option<Uuid>> =
        identities::table.find(identity).select(identities::domain_id).first(conn).await.optional()?;
    Ok(found.flatten().map(DomainId))
}

/// A page of the tuples on objects in `domains` (`None`: on all objects). Parent tuples are not grants and are
/// not shown.
pub(super) async fn list_tuples(
    conn: &mut AsyncPgConnection,
    domains: Option<Vec<Uuid>>,
    object: Option<(&str, &str)>,
    subject: Option<(&str, &str, &str)>,
    page: &Page,
) -> Result<Vec<TupleRow>, StorageError> {
    let rows = diesel::sql_query(
        "SELECT id, object_type, object_id, relation, subject_type, subject_id, subject_relation, created_at \
         FROM relation_tuples t \
         WHERE id > $1 AND relation NOT IN ('project', 'domain', 'platform') \
           AND ($2 IS NULL OR (object_type = $2 AND object_id = $3)) \
           AND ($4 IS NULL OR (subject_type = $4 AND subject_id = $5 AND subject_relation = $6)) \
           AND ($7 IS NULL OR CASE object_type \
                WHEN 'domain' THEN object_id = ANY ($7::text[]) \
                WHEN 'project' THEN EXISTS (SELECT 1 FROM projects p WHERE p.id::text = object_id AND p.domain_id::text = ANY ($7::text[])) \
                WHEN 'group' THEN EXISTS (SELECT 1 FROM relation_tuples g WHERE g.object_type = 'group' \
                    AND g.object_id = t.object_id AND g.relation = 'domain' AND g.subject_id = ANY ($7::text[])) \
                WHEN 'node' THEN EXISTS (SELECT 1 FROM nodes n WHERE n.id::text = object_id AND n.domain_id::text = ANY ($7::text[])) \
                ELSE false END) \
         ORDER BY id LIMIT $8",
    )
    .bind::<SqlUuid, _>(page.after.unwrap_or(Uuid::nil()))
    .bind::<Nullable<Text>, _>(object.map(|(kind, _)| kind))
    .bind::<Nullable<Text>, _>(object.map(|(_, id)| id))
    .bind::<Nullable<Text>, _>(subject.map(|(kind, _, _)| kind))
    .bind::<Nullable<Text>, _>(subject.map(|(_, id, _)| id))
    .bind::<Nullable<Text>, _>(subject.map(|(_, _, relation)| relation))
    .bind::<Nullable<Array<Text>>, _>(domains.map(|ids| ids.iter().map(Uuid::to_string).collect::<Vec<_>>()))
    .bind::<BigInt, _>(page.fetch())
    .load(conn)
    .await?;
    Ok(rows)
}

pub(super) async fn find_tuple(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Option<TupleRow>, StorageError> {
    Ok(relation_tuples::table.find(id).first::<TupleRow>(conn).await.optional()?)
}

/// Whether it was there to be deleted.
pub(super) async fn delete_tuple(conn: &mut AsyncPgConnection, id: Uuid) -> Result<bool, StorageError> {
    Ok(diesel::delete(relation_tuples::table.find(id)).execute(conn).await? > 0)
}
