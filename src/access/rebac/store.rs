//! The statements behind the graph: all tuples, and what has changed.

use chrono::{DateTime, Utc};
use diesel::sql_types::{Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::follower::CHANGED;
use super::{Change, Holder, Relationship, Thing};
use crate::postgres::{Database, StorageError};

/// Where a read stood: what was visible to it, and of which tables on which server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::access) struct Position {
    /// PostgreSQL's own text of the snapshot.
    pub snapshot: String,
    /// Another one after a restart, a failover or a restore: snapshots of before say nothing then.
    pub origin: String,
    /// By the database's clock.
    pub at: DateTime<Utc>,
}

/// What a read of the changes found.
pub(in crate::access) enum Found {
    /// These, and where to read on.
    Changes(Vec<Change>, Position),
    /// Everything has to be read again.
    Everything,
}

const HERE: &str = "concat_ws('/', to_regclass('relation_tuples')::oid, to_regclass('relation_changes')::oid, \
     pg_postmaster_start_time())";

#[derive(diesel::QueryableByName)]
struct Row {
    /// 2: where the read stands.
    #[diesel(sql_type = SmallInt)]
    change: i16,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    tuple_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    object_type: String,
    #[diesel(sql_type = Text)]
    object_id: String,
    #[diesel(sql_type = Text)]
    relation: String,
    #[diesel(sql_type = Text)]
    subject_type: String,
    #[diesel(sql_type = Text)]
    subject_id: String,
    #[diesel(sql_type = Text)]
    subject_relation: String,
}

impl Row {
    /// `None`: it is about something that nobody can be asked about.
    fn relationship(self) -> Option<Relationship> {
        Some(Relationship {
            object: Thing::parse(&self.object_type, &self.object_id)?,
            relation: self.relation,
            subject: Holder {
                thing: Thing::parse(&self.subject_type, &self.subject_id)?,
                members: !self.subject_relation.is_empty(),
            },
        })
    }
}

/// Changes that were not visible to the read that stood at `last`.
pub(in crate::access) async fn changes_since(
    conn: &mut AsyncPgConnection,
    last: &Position,
) -> Result<Found, StorageError> {
    // What that read did not see was made by transactions from its xmin on. They are found by the index, and those
    // among them that it did see are left out. So is what a dump brought along: this server has begun no such
    // transaction yet.
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT 2::smallint AS change, clock_timestamp() AS at, NULL::uuid AS tuple_id, \
             pg_current_snapshot()::text AS object_type, {HERE} AS object_id, '' AS relation, '' AS subject_type, \
             '' AS subject_id, '' AS subject_relation \
         UNION ALL \
         SELECT change, NULL, tuple_id, object_type, object_id, relation, subject_type, subject_id, subject_relation \
         FROM relation_changes \
         WHERE transaction_id >= pg_snapshot_xmin($1::pg_snapshot)::text::bigint \
             AND NOT pg_visible_in_snapshot(transaction_id::text::xid8, $1::pg_snapshot) \
             AND pg_visible_in_snapshot(transaction_id::text::xid8, pg_current_snapshot())"
    ))
    .bind::<Text, _>(&last.snapshot)
    .load(conn)
    .await?;
    let (mut changes, mut position) = (Vec::new(), None);
    for row in rows {
        match (row.change, row.at, row.tuple_id) {
            (2, Some(at), _) => {
                position = Some(Position { snapshot: row.object_type, origin: row.object_id, at });
            }
            (change @ (1 | -1), _, Some(tuple_id)) => {
                if let Some(tuple) = row.relationship() {
                    changes.push(Change { tuple_id, added: change == 1, tuple });
                }
            }
            _ => return Ok(Found::Everything),
        }
    }
    match position {
        Some(position) if position.origin == last.origin => Ok(Found::Changes(changes, position)),
        _ => Ok(Found::Everything),
    }
}

/// Hands all tuples out, as of one moment.
pub(in crate::access) async fn everything(
    database: &Database,
    mut take: impl FnMut(Relationship),
) -> Result<Position, StorageError> {
    #[derive(diesel::QueryableByName)]
    struct Stand {
        #[diesel(sql_type = Text)]
        snapshot: String,
        #[diesel(sql_type = Text)]
        origin: String,
        #[diesel(sql_type = Timestamptz)]
        at: DateTime<Utc>,
    }
    remove_foreign(&mut *database.read().await?).await?;
    let mut tx = database.begin_snapshot().await?;
    let stand: Stand = diesel::sql_query(format!(
        "SELECT pg_current_snapshot()::text AS snapshot, {HERE} AS origin, clock_timestamp() AS at"
    ))
    .get_result(&mut tx)
    .await?;
    let mut rows = diesel::sql_query(
        "SELECT 1::smallint AS change, NULL::timestamptz AS at, id AS tuple_id, object_type, object_id, relation, \
             subject_type, subject_id, subject_relation FROM relation_tuples",
    )
    .load_stream::<Row>(&mut tx)
    .await?;
    while let Some(row) = rows.try_next().await? {
        if let Some(tuple) = row.relationship() {
            take(tuple);
        }
    }
    Ok(Position { snapshot: stand.snapshot, origin: stand.origin, at: stand.at })
}

/// Removes changes that a dump brought from another server: they have numbers that this one has not reached, and would
/// look new once it does.
async fn remove_foreign(conn: &mut AsyncPgConnection) -> Result<(), StorageError> {
    diesel::sql_query(
        "DELETE FROM relation_changes \
         WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells the replicas to read now, once the transaction commits. Transactions that tell anything commit one after the
/// other, so this is for what people do; what Nodes do is found by looking.
///
/// # Errors
/// [`StorageError`].
pub async fn tell_change(conn: &mut AsyncPgConnection) -> Result<(), StorageError> {
    diesel::sql_query(format!("NOTIFY {CHANGED}")).execute(conn).await?;
    Ok(())
}

/// Removes changes that every replica has long read, and those that are nobody's.
///
/// # Errors
/// [`StorageError`].
pub async fn prune_changes(conn: &mut AsyncPgConnection) -> Result<(), StorageError> {
    diesel::sql_query("DELETE FROM relation_changes WHERE changed_at < clock_timestamp() - interval '1 hour'")
        .execute(conn)
        .await?;
    remove_foreign(conn).await
}
