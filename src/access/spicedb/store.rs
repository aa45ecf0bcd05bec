//! How far the tuples have been carried.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

use super::message::AsOf;
use crate::access::rebac::store::Position;
use crate::postgres::StorageError;
use crate::postgres::schema::relations_carried;

/// The row of one SpiceDB.
#[derive(Clone)]
pub(super) struct Carried {
    /// `None`: nothing has been carried, or not all of it.
    pub position: Option<Position>,
    pub write_id: String,
    pub zed_token: String,
}

impl Carried {
    /// What SpiceDB is to answer from.
    pub fn as_of(&self) -> AsOf {
        AsOf { token: self.zed_token.clone(), load: load_of(&self.write_id).unwrap_or_default().to_owned() }
    }
}

/// The name of a write that belongs to `load`.
pub(super) fn name_in(load: &str) -> String {
    format!("{load}/{}", Uuid::new_v4())
}

/// Which load the write that [`name_in`] has named belongs to.
pub(super) fn load_of(write_id: &str) -> Option<&str> {
    write_id.split_once('/').map(|(load, _)| load)
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
    let known = !snapshot.is_empty() && load_of(&write_id).is_some();
    let position = known.then_some(Position { snapshot, origin, at });
    Carried { position, write_id, zed_token }
}

pub(super) async fn find(conn: &mut AsyncPgConnection, target: &str) -> Result<Option<Carried>, StorageError> {
    let row: Option<Row> = relations_carried::table.find(target).select(columns()).first(conn).await.optional()?;
    Ok(row.map(carried))
}

/// The row, made if it is not there yet, and held until the end of the transaction.
pub(super) async fn hold(conn: &mut AsyncPgConnection, target: &str) -> Result<Carried, StorageError> {
    diesel::insert_into(relations_carried::table)
        .values(relations_carried::target.eq(target))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let row: Row = relations_carried::table.find(target).select(columns()).for_update().first(conn).await?;
    Ok(carried(row))
}

/// Tells the database that whoever holds the row is there.
pub(super) async fn still_here(conn: &mut AsyncPgConnection) -> Result<(), StorageError> {
    Ok(conn.batch_execute("SELECT").await?)
}

/// Says that SpiceDB has not everything.
pub(super) async fn forget(conn: &mut AsyncPgConnection, target: &str) -> Result<(), StorageError> {
    diesel::update(relations_carried::table.find(target)).set(relations_carried::snapshot.eq("")).execute(conn).await?;
    Ok(())
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
