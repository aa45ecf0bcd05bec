//! The statements that ask again.

use std::collections::HashSet;

use diesel::sql_types::{Array, Integer, SmallInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::access::api_token::store::LONGEST_CHAIN;
use crate::postgres::{StorageError, prepared};

prepared! {
    /// Those that are revoked, or whose Node is not there any more. Nearly always none.
    FallenNsks { ids: Vec<Uuid> => Array<SqlUuid>, } -> (SqlUuid,):
    "SELECT h.id FROM unnest(?) AS h (id) WHERE NOT EXISTS ( \
         SELECT FROM node_secret_keys k JOIN nodes n ON n.id = k.node_id \
         WHERE k.id = h.id AND k.revoked_at IS NULL AND n.deregistered_at IS NULL)"
}

prepared! {
    /// Tokens (0) that are revoked or come from one that is, Nodes (1) that are not there any more, and sessions (2)
    /// that are revoked.
    FallenCredentialsAndNodes {
        tokens: Vec<Uuid> => Array<SqlUuid>,
        longest: i32 => Integer,
        nodes: Vec<Uuid> => Array<SqlUuid>,
        sessions: Vec<Uuid> => Array<SqlUuid>,
    } -> (SmallInt, SqlUuid):
    "WITH RECURSIVE chain (asked, id, issuer, revoked, depth) AS ( \
         SELECT DISTINCT h.id, t.id, t.issued_by_token_id, t.id IS NULL OR t.revoked_at IS NOT NULL, 0 \
         FROM unnest(?) AS h (id) LEFT JOIN api_tokens t ON t.id = h.id \
         UNION ALL \
         SELECT c.asked, t.id, t.issued_by_token_id, t.revoked_at IS NOT NULL, c.depth + 1 \
         FROM chain c JOIN api_tokens t ON t.id = c.issuer WHERE c.depth < ? \
     ) \
     SELECT DISTINCT 0::smallint, asked FROM chain WHERE revoked \
     UNION ALL \
     SELECT DISTINCT 1::smallint, h.id FROM unnest(?) AS h (id) \
     WHERE NOT EXISTS (SELECT FROM nodes n WHERE n.id = h.id AND n.deregistered_at IS NULL) \
     UNION ALL \
     SELECT DISTINCT 2::smallint, h.id FROM unnest(?) AS h (id) \
     WHERE NOT EXISTS (SELECT FROM sessions s WHERE s.id = h.id AND s.revoked_at IS NULL)"
}

/// What does not hold any more.
pub(super) struct Fallen {
    pub tokens: HashSet<Uuid>,
    pub nodes: HashSet<Uuid>,
    pub sessions: HashSet<Uuid>,
}

pub(super) async fn nsks_that_fell(
    conn: &mut AsyncPgConnection,
    ids: Vec<Uuid>,
) -> Result<HashSet<Uuid>, StorageError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(Uuid,)> = FallenNsks { ids }.load(conn).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn credentials_and_nodes_that_fell(
    conn: &mut AsyncPgConnection,
    tokens: Vec<Uuid>,
    sessions: Vec<Uuid>,
    nodes: Vec<Uuid>,
) -> Result<Fallen, StorageError> {
    let statement = FallenCredentialsAndNodes { tokens, longest: LONGEST_CHAIN, nodes, sessions };
    let rows: Vec<(i16, Uuid)> = statement.load(conn).await?;
    let of = |kind: i16| rows.iter().filter(|(found, _)| *found == kind).map(|(_, id)| *id).collect();
    Ok(Fallen { tokens: of(0), nodes: of(1), sessions: of(2) })
}
