//! PSKs, sealed anew.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Bytea, Integer, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::RewrapRefusal;
use crate::audit;
use crate::ids::{DomainId, Kid, NodeId};
use crate::mesh::peers::store::psk_row;
use crate::postgres::schema::wrap_keys;
use crate::postgres::{Database, StorageError, retrying};
use crate::signing::store::{KeyError, create_wrap_key_after, open_wrap_key, wrap_key};
use crate::signing::{Sealer, WrapKey};

const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The version that a Domain begins with: nothing is sealed under an older one.
const FIRST: i32 = 1;

/// The version to seal under, and whether it was there before.
pub(super) async fn begin(
    database: &Database,
    sealer: &Sealer,
    domain_id: DomainId,
    now: DateTime<Utc>,
) -> Result<(i32, bool), RewrapRefusal> {
    let mut tx = database.begin().await?;
    let conn = &mut *tx;
    let newest: Option<(i32, Option<DateTime<Utc>>)> = wrap_keys::table
        .filter(wrap_keys::domain_id.eq(domain_id.0))
        .order(wrap_keys::version.desc())
        .select((wrap_keys::version, wrap_keys::settled_at))
        .for_update()
        .first(conn)
        .await
        .optional()
        .map_err(StorageError::from)?;
    let (newest, settled_at) = newest.ok_or(RewrapRefusal::NoDomain(domain_id))?;
    let unsettled = newest > FIRST && settled_at.is_none();
    if unsettled || any_before(conn, domain_id, newest).await? {
        return Ok((newest, true));
    }
    if !create_wrap_key_after(conn, sealer, domain_id, newest, now).await.map_err(StorageError::from)? {
        // Another run was first.
        return Ok((newest + 1, true));
    }
    let entry = audit::Entry {
        domain_id: Some(domain_id),
        at: now,
        subject: "system".to_owned(),
        action: "wrap_key.rotate",
        object: format!("domain:{domain_id}"),
        decision: audit::Decision::None,
        reason: Some(format!("version {}", newest + 1)),
        correlation_id: "",
    };
    audit::append(conn, &entry).await?;
    tx.commit().await?;
    Ok((newest + 1, false))
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Whether an older version than `version` seals a live PSK of the Domain.
async fn any_before(conn: &mut AsyncPgConnection, domain_id: DomainId, version: i32) -> Result<bool, StorageError> {
    let found: Found = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM nodes n JOIN pre_shared_keys k ON k.node_id = n.id AND k.retired_at IS NULL \
         WHERE n.domain_id = $1 AND k.wrap_key_version < $2) AS found",
    )
    .bind::<SqlUuid, _>(domain_id.0)
    .bind::<Integer, _>(version)
    .get_result(conn)
    .await?;
    Ok(found.found)
}

/// Seals every live PSK of an older version anew. Returns how many.
pub(super) async fn rewrap(
    database: &Database,
    sealer: &Sealer,
    domain_id: DomainId,
    version: i32,
    batch: i64,
) -> Result<usize, StorageError> {
    let (mut all, mut after) = (0, Uuid::nil());
    loop {
        let (count, last) =
            retrying("rewrap", || rewrap_batch(database, sealer, domain_id, version, after, batch)).await?;
        all += count;
        match last {
            Some(last) => after = last,
            None => return Ok(all),
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    node_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    kid: Uuid,
    #[diesel(sql_type = BigInt)]
    psk_epoch: i64,
    #[diesel(sql_type = Bytea)]
    sealed_psk: Vec<u8>,
    #[diesel(sql_type = Integer)]
    wrap_key_version: i32,
}

/// One batch, of the Nodes after `after`. Returns how many, and the last Node if there may be more.
async fn rewrap_batch(
    database: &Database,
    sealer: &Sealer,
    domain_id: DomainId,
    version: i32,
    after: Uuid,
    batch: i64,
) -> Result<(usize, Option<Uuid>), StorageError> {
    let mut tx = database.begin().await?;
    let conn = &mut *tx;
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT k.node_id, k.kid, k.psk_epoch, k.sealed_psk, k.wrap_key_version \
         FROM nodes n JOIN pre_shared_keys k ON k.node_id = n.id AND k.retired_at IS NULL \
         WHERE n.domain_id = $1 AND n.id > $2 AND k.wrap_key_version < $3 ORDER BY n.id LIMIT $4 FOR UPDATE OF k",
    )
    .bind::<SqlUuid, _>(domain_id.0)
    .bind::<SqlUuid, _>(after)
    .bind::<Integer, _>(version)
    .bind::<BigInt, _>(batch)
    .load(conn)
    .await?;
    let Some(last) = rows.last().map(|row| row.node_id) else { return Ok((0, None)) };
    let keys = versions(conn, sealer, domain_id).await?;
    let newest = wrap_key(conn, sealer, domain_id).await?;
    let mut sealed = Vec::with_capacity(rows.len());
    for row in &rows {
        let bound_to = psk_row(domain_id, NodeId(row.node_id), Kid(row.kid), row.psk_epoch);
        let missing = || StorageError::Corrupt(format!("no wrap key of version {}", row.wrap_key_version));
        let key = keys.get(&row.wrap_key_version).ok_or_else(missing)?;
        let psk = key.open(&row.sealed_psk, &bound_to).map_err(KeyError::from)?;
        sealed.push(newest.seal(&psk, &bound_to).map_err(KeyError::from)?);
    }
    let count = diesel::sql_query(
        "UPDATE pre_shared_keys k SET sealed_psk = i.sealed, wrap_key_version = $3 \
         FROM unnest($1, $2) AS i (kid, sealed) WHERE k.kid = i.kid",
    )
    .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.kid).collect::<Vec<_>>())
    .bind::<Array<Bytea>, _>(sealed)
    .bind::<Integer, _>(newest.version())
    .execute(conn)
    .await?;
    tx.commit().await?;
    Ok((count, Some(last)))
}

async fn versions(
    conn: &mut AsyncPgConnection,
    sealer: &Sealer,
    domain_id: DomainId,
) -> Result<HashMap<i32, WrapKey>, StorageError> {
    let rows: Vec<(i32, Vec<u8>)> = wrap_keys::table
        .filter(wrap_keys::domain_id.eq(domain_id.0))
        .select((wrap_keys::version, wrap_keys::sealed_key))
        .load(conn)
        .await?;
    let open = |(version, sealed): (i32, Vec<u8>)| Ok((version, open_wrap_key(sealer, domain_id, version, &sealed)?));
    rows.into_iter().map(open).collect::<Result<_, KeyError>>().map_err(StorageError::from)
}

#[derive(QueryableByName)]
struct Writing {
    #[diesel(sql_type = Text)]
    transaction: String,
}

/// Writes down that no PSK is, or comes to be, sealed under an older version than `version`.
pub(super) async fn note_settled(
    database: &Database,
    domain_id: DomainId,
    version: i32,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::update(wrap_keys::table.find((domain_id.0, version)))
        .set(wrap_keys::settled_at.eq(now))
        .execute(&mut *database.read().await?)
        .await?;
    Ok(())
}

/// Returns once every transaction of this database that writes and had begun before this call has ended. Whoever issues
/// a PSK has locked its Node, and so is one that writes, before it reads the wrap key.
pub(super) async fn settle(database: &Database, within: Duration) -> Result<(), RewrapRefusal> {
    let settled = async {
        // Those of other databases of the same server may take as long as they like.
        let writing: Vec<Writing> = diesel::sql_query(
            "SELECT l.virtualtransaction AS transaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'transactionid' AND l.granted AND a.datname = current_database()",
        )
        .load(&mut *database.read().await?)
        .await?;
        let writing: Vec<String> = writing.into_iter().map(|one| one.transaction).collect();
        while any_of(database, &writing).await? {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok::<(), StorageError>(())
    };
    match tokio::time::timeout(within, settled).await {
        Ok(settled) => Ok(settled?),
        Err(_) => Err(RewrapRefusal::Unsettled),
    }
}

async fn any_of(database: &Database, transactions: &[String]) -> Result<bool, StorageError> {
    let found: Found = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND granted \
             AND virtualtransaction = ANY ($1)) AS found",
    )
    .bind::<Array<Text>, _>(transactions)
    .get_result(&mut *database.read().await?)
    .await?;
    Ok(found.found)
}
