//! How far the tuples have been carried.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::access::rebac::store::Position;
use crate::postgres::StorageError;
use crate::postgres::schema::relations_carried;

/// The row of one SpiceDB.
#[derive(Clone)]
pub(super) struct Carried {
    /// `None`: nothing has been carried.
    pub position: Option<Position>,
    pub write_id: String,
    pub zed_token: String,
}

type Row = (String, String, chrono::DateTime<chrono::Utc>, String, String);

fn columns() -> (
    relations_carried::snapshot,
    relations_carried::origin,
    relations_carried::read_at,
    relations_carried::write_id,
    relations_carried::zed_token,
) {
    use relations_carried as r;
    (r::snapshot, r::origin, r::read_at, r::write_id, r::zed_token)
}

fn carried((snapshot, origin, at, write_id, zed_token): Row) -> Carried {
    let position = (!snapshot.is_empty()).then_some(Position { snapshot, origin, at });
    Carried { position, write_id, zed_token }
}

pub(super) async fn find(conn: &mut AsyncPgConnection, target: &str) -> Result<Option<Carried>, StorageError> {
    let row: Option<Row> = relations_carried::table.find(target).select(columns()).first(conn).await.optional()?;
    Ok(row.map(carried))
}

/// The row, made if it is not there yet, and held until the end of the transaction.
pub(super) async fn hold(conn: &mut AsyncPgConnection, target: &str) -> Result<Carried, StorageError> {
    // Between the statements SpiceDB is written to.
    diesel::sql_query("SET LOCAL idle_in_transaction_session_timeout = '150s'").execute(conn).await?;
    diesel::insert_into(relations_carried::table)
        .values(relations_carried::target.eq(target))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let row: Row = relations_carried::table.find(target).select(columns()).for_update().first(conn).await?;
    Ok(carried(row))
}

pub(super) async fn keep(
    conn: &mut AsyncPgConnection,
    target: &str,
    position: &Position,
    write_id: &str,
    zed_token: &str,
) -> Result<(), StorageError> {
    diesel::update(relations_carried::table.find(target))
        .set((
            relations_carried::snapshot.eq(&position.snapshot),
            relations_carried::origin.eq(&position.origin),
            relations_carried::read_at.eq(position.at),
            relations_carried::write_id.eq(write_id),
            relations_carried::zed_token.eq(zed_token),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
