//! PSKs, read and opened.

use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Integer, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Edge, EdgePskSource, End};
use crate::ids::{DomainId, Kid, NodeId};
use crate::mesh::peers::store::psk_row;
use crate::postgres::{Database, StorageError};
use crate::signing::store::{KeyError, open_wrap_key};
use crate::signing::{SealError, Sealer};

/// Edges over the database.
pub struct PgEdgePsks {
    database: Database,
    sealer: Arc<Sealer>,
}

impl PgEdgePsks {
    /// Over `database`; `sealer` opens the wrap keys.
    pub fn new(database: Database, sealer: Arc<Sealer>) -> Self {
        Self { database, sealer }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    node_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    domain_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    kid: Uuid,
    #[diesel(sql_type = BigInt)]
    psk_epoch: i64,
    #[diesel(sql_type = Bytea)]
    sealed_psk: Vec<u8>,
    #[diesel(sql_type = Integer)]
    wrap_key_version: i32,
    #[diesel(sql_type = Bytea)]
    sealed_key: Vec<u8>,
}

#[async_trait]
impl EdgePskSource for PgEdgePsks {
    async fn edge(&self, caller: NodeId, peer: NodeId) -> Result<Option<Edge>, StorageError> {
        if caller == peer {
            return Ok(None);
        }
        // One statement, so that both ends are of one moment.
        let rows: Vec<Row> = diesel::sql_query(
            "SELECT k.node_id, p.domain_id, k.kid, k.psk_epoch, k.sealed_psk, k.wrap_key_version, w.sealed_key \
             FROM peers p JOIN pre_shared_keys k ON k.node_id = p.node_id AND k.retired_at IS NULL \
             JOIN wrap_keys w ON w.domain_id = p.domain_id AND w.version = k.wrap_key_version \
             WHERE p.node_id = ANY ($1) AND p.retired_at IS NULL",
        )
        .bind::<Array<SqlUuid>, _>(vec![caller.0, peer.0])
        .load(&mut *self.database.read().await?)
        .await?;
        let end_of = |wanted: NodeId| rows.iter().find(|row| row.node_id == wanted.0);
        let (Some(caller), Some(peer)) = (end_of(caller), end_of(peer)) else { return Ok(None) };
        if caller.domain_id != peer.domain_id {
            return Ok(None);
        }
        Ok(Some(Edge { domain_id: DomainId(caller.domain_id), caller: self.open(caller)?, peer: self.open(peer)? }))
    }
}

impl PgEdgePsks {
    fn open(&self, row: &Row) -> Result<End, StorageError> {
        let (node_id, domain_id) = (NodeId(row.node_id), DomainId(row.domain_id));
        let opened = open_wrap_key(&self.sealer, domain_id, row.wrap_key_version, &row.sealed_key)
            .and_then(|wrap_key| {
                wrap_key.open(&row.sealed_psk, &psk_row(domain_id, node_id, Kid(row.kid), row.psk_epoch))
            })
            .map_err(KeyError::from)?;
        let psk = opened.as_slice().try_into().map_err(|_| KeyError::from(SealError::DoesNotOpen))?;
        Ok(End { node_id, psk_epoch: row.psk_epoch, psk: Zeroizing::new(psk) })
    }
}
