//! The statements behind credentials and relations.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::relation::PLATFORM;
use super::{IdentityRef, NodeIdentity, ObjectType, Operator, Permission, Visible};
use crate::ids::{DomainId, NodeId, NskId};
use crate::page::Page;
use crate::postgres::StorageError;
use crate::postgres::schema::{node_secret_keys, nodes, relation_tuples};

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

/// The subject with every group that it is in, directly or through groups.
const SUBJECTS: &str = "subjects (subject_type, subject_id, subject_relation) AS ( \
    SELECT $1::text, $2::text, $3::text \
    UNION \
    SELECT 'group', t.object_id, 'member' FROM relation_tuples t JOIN subjects s \
        ON t.subject_type = s.subject_type AND t.subject_id = s.subject_id AND t.subject_relation = s.subject_relation \
        WHERE t.object_type = 'group' AND t.relation = 'member' )";

/// A subject as tuples have it.
pub(super) struct Subject<'r> {
    pub kind: &'r str,
    pub id: String,
    pub relation: &'r str,
}

impl From<&IdentityRef> for Subject<'static> {
    fn from(identity: &IdentityRef) -> Self {
        Self { kind: identity.kind.as_str(), id: identity.id.to_string(), relation: "" }
    }
}

pub(super) async fn holds(
    conn: &mut AsyncPgConnection,
    identity: &IdentityRef,
    permission: Permission,
    object: Option<Uuid>,
) -> Result<bool, StorageError> {
    let object = object.map_or_else(|| PLATFORM.to_owned(), |id| id.to_string());
    Ok(deciding_tuple(conn, &identity.into(), permission, &object).await?.is_some())
}

/// The grant by which `subject` holds `permission` on `object`, if it does.
pub(super) async fn deciding_tuple(
    conn: &mut AsyncPgConnection,
    subject: &Subject<'_>,
    permission: Permission,
    object: &str,
) -> Result<Option<TupleRow>, StorageError> {
    let (types, relations) = grants(permission);
    let found = diesel::sql_query(format!(
        "WITH RECURSIVE {SUBJECTS}, objects (object_type, object_id) AS ( \
             SELECT * FROM (VALUES ($4::text, $5::text), ('platform', '{PLATFORM}')) AS here (object_type, object_id) \
             UNION \
             SELECT t.subject_type, t.subject_id FROM relation_tuples t JOIN objects o \
                 ON t.object_type = o.object_type AND t.object_id = o.object_id \
                 WHERE t.relation = t.subject_type AND t.relation IN ('project', 'domain', 'platform') \
         ) \
         SELECT t.id, t.object_type, t.object_id, t.relation, t.subject_type, t.subject_id, t.subject_relation, t.created_at \
         FROM relation_tuples t \
         JOIN subjects s ON t.subject_type = s.subject_type AND t.subject_id = s.subject_id AND t.subject_relation = s.subject_relation \
         JOIN objects o ON t.object_type = o.object_type AND t.object_id = o.object_id \
         JOIN unnest($6::text[], $7::text[]) AS g (object_type, relation) \
             ON t.object_type = g.object_type AND t.relation = g.relation \
         LIMIT 1"
    ))
    .bind::<Text, _>(subject.kind)
    .bind::<Text, _>(&subject.id)
    .bind::<Text, _>(subject.relation)
    .bind::<Text, _>(permission.object_type().as_str())
    .bind::<Text, _>(object)
    .bind::<Array<Text>, _>(types)
    .bind::<Array<Text>, _>(relations)
    .get_result(conn)
    .await
    .optional()?;
    Ok(found)
}

/// Whether each operator, and all that bound it, hold the permission on the object: one statement for all.
pub(super) async fn hold_each(
    conn: &mut AsyncPgConnection,
    questions: &[(&Operator, Permission, Option<Uuid>)],
) -> Result<Vec<bool>, StorageError> {
    /// An identity that does not.
    #[derive(QueryableByName)]
    struct Refused {
        #[diesel(sql_type = Integer)]
        question: i32,
    }
    let (mut numbers, mut subject_types, mut subject_ids) = (Vec::new(), Vec::new(), Vec::new());
    let (mut object_types, mut object_ids) = (Vec::new(), Vec::new());
    let (mut granting, mut grant_types, mut grant_relations) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (operator, permission, object)) in (0_i32..).zip(questions) {
        for identity in std::iter::once(&operator.identity).chain(&operator.bounded_by) {
            numbers.push(number);
            subject_types.push(identity.kind.as_str());
            subject_ids.push(identity.id.to_string());
        }
        object_types.push(permission.object_type().as_str());
        object_ids.push(object.map_or_else(|| PLATFORM.to_owned(), |id| id.to_string()));
        for (object_type, relation) in permission.given_by() {
            granting.push(number);
            grant_types.push(object_type.as_str());
            grant_relations.push(*relation);
        }
    }
    let refused: Vec<Refused> = diesel::sql_query(format!(
        "WITH RECURSIVE asked (question, subject_type, subject_id) AS ( \
             SELECT * FROM unnest($1::int[], $2::text[], $3::text[]) \
         ), subjects (root_type, root_id, subject_type, subject_id, subject_relation) AS ( \
             SELECT DISTINCT subject_type, subject_id, subject_type, subject_id, '' FROM asked \
             UNION \
             SELECT s.root_type, s.root_id, 'group', t.object_id, 'member' FROM relation_tuples t JOIN subjects s \
                 ON t.subject_type = s.subject_type AND t.subject_id = s.subject_id \
                 AND t.subject_relation = s.subject_relation \
                 WHERE t.object_type = 'group' AND t.relation = 'member' \
         ), objects (question, object_type, object_id) AS ( \
             SELECT (o.place - 1)::int, h.object_type, h.object_id \
             FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS o (object_type, object_id, place) \
             CROSS JOIN LATERAL (VALUES (o.object_type, o.object_id), ('platform', '{PLATFORM}')) \
                 AS h (object_type, object_id) \
             UNION \
             SELECT o.question, t.subject_type, t.subject_id FROM relation_tuples t JOIN objects o \
                 ON t.object_type = o.object_type AND t.object_id = o.object_id \
                 WHERE t.relation = t.subject_type AND t.relation IN ('project', 'domain', 'platform') \
         ) \
         SELECT a.question FROM asked a WHERE NOT EXISTS ( \
             SELECT FROM objects o \
             JOIN unnest($6::int[], $7::text[], $8::text[]) AS g (question, object_type, relation) \
                 ON g.question = o.question AND g.object_type = o.object_type \
             JOIN relation_tuples t \
                 ON t.object_type = o.object_type AND t.object_id = o.object_id AND t.relation = g.relation \
             JOIN subjects s ON s.subject_type = t.subject_type AND s.subject_id = t.subject_id \
                 AND s.subject_relation = t.subject_relation \
             WHERE o.question = a.question AND s.root_type = a.subject_type AND s.root_id = a.subject_id)"
    ))
    .bind::<Array<Integer>, _>(numbers)
    .bind::<Array<Text>, _>(subject_types)
    .bind::<Array<Text>, _>(subject_ids)
    .bind::<Array<Text>, _>(object_types)
    .bind::<Array<Text>, _>(object_ids)
    .bind::<Array<Integer>, _>(granting)
    .bind::<Array<Text>, _>(grant_types)
    .bind::<Array<Text>, _>(grant_relations)
    .load(conn)
    .await?;
    let mut held = vec![true; questions.len()];
    for Refused { question } in refused {
        if let Some(held) = usize::try_from(question).ok().and_then(|question| held.get_mut(question)) {
            *held = false;
        }
    }
    Ok(held)
}

fn grants(permission: Permission) -> (Vec<&'static str>, Vec<&'static str>) {
    permission.given_by().iter().map(|(object_type, relation)| (object_type.as_str(), *relation)).unzip()
}

#[derive(QueryableByName)]
struct Granted {
    #[diesel(sql_type = Text)]
    object_type: String,
    #[diesel(sql_type = Text)]
    object_id: String,
}

pub(super) async fn visible(
    conn: &mut AsyncPgConnection,
    identity: &IdentityRef,
    permission: Permission,
) -> Result<Visible, StorageError> {
    let (types, relations) = grants(permission);
    let subject = Subject::from(identity);
    let granted: Vec<Granted> = diesel::sql_query(format!(
        "WITH RECURSIVE {SUBJECTS} \
         SELECT DISTINCT t.object_type, t.object_id FROM relation_tuples t \
         JOIN subjects s ON t.subject_type = s.subject_type AND t.subject_id = s.subject_id AND t.subject_relation = s.subject_relation \
         JOIN unnest($4::text[], $5::text[]) AS g (object_type, relation) \
             ON t.object_type = g.object_type AND t.relation = g.relation"
    ))
    .bind::<Text, _>(subject.kind)
    .bind::<Text, _>(&subject.id)
    .bind::<Text, _>(subject.relation)
    .bind::<Array<Text>, _>(types)
    .bind::<Array<Text>, _>(relations)
    .load(conn)
    .await?;
    let (mut domains, mut projects, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
    for row in granted {
        match (ObjectType::parse(&row.object_type), row.object_id.parse()) {
            (Some(ObjectType::Platform), _) => return Ok(Visible::All),
            (Some(ObjectType::Domain), Ok(id)) => domains.push(id),
            (Some(ObjectType::Project), Ok(id)) => projects.push(id),
            (Some(ObjectType::Node), Ok(id)) => nodes.push(id),
            _ => {}
        }
    }
    Ok(Visible::Only { domains, projects, nodes })
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
        ObjectType::Platform | ObjectType::Group => return Ok(None),
    };
    let owner: Option<Owner> =
        diesel::sql_query(table).bind::<SqlUuid, _>(object_id).get_result(conn).await.optional()?;
    Ok(owner.and_then(|owner| owner.domain_id).map(DomainId))
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
