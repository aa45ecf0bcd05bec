//! The statements that ask again.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Integer, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid};
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
    /// Tokens (0) that are revoked, come from one that is, have another secret by now, or come from somebody who belongs
    /// elsewhere by now, Nodes (1) that are not there any more, and sessions (2) that are revoked or had
    /// ended for want of use.
    FallenCredentialsAndNodes {
        tokens: Vec<Uuid> => Array<SqlUuid>,
        secrets: Vec<i32> => Array<Integer>,
        within: Vec<Option<Uuid>> => Array<Nullable<SqlUuid>>,
        longest: i32 => Integer,
        nodes: Vec<Uuid> => Array<SqlUuid>,
        sessions: Vec<Uuid> => Array<SqlUuid>,
        known_until: DateTime<Utc> => Timestamptz,
    } -> (SmallInt, SqlUuid, Integer):
    "WITH RECURSIVE chain (asked, secret, within, id, issuer, identity_ref, issued_by, revoked, depth) AS ( \
         SELECT DISTINCT h.id, h.secret, h.within, t.id, t.issued_by_token_id, t.identity_ref, t.issued_by, \
             t.id IS NULL OR t.revoked_at IS NOT NULL OR t.secret_version <> h.secret, 0 \
         FROM unnest(?, ?, ?) AS h (id, secret, within) LEFT JOIN api_tokens t ON t.id = h.id \
         UNION ALL \
         SELECT c.asked, c.secret, c.within, t.id, t.issued_by_token_id, t.identity_ref, t.issued_by, \
             t.revoked_at IS NOT NULL, c.depth + 1 \
         FROM chain c JOIN api_tokens t ON t.id = c.issuer WHERE c.depth < ? \
     ) \
     SELECT DISTINCT 0::smallint, asked, secret FROM chain WHERE revoked \
     UNION ALL \
     SELECT DISTINCT 0::smallint, c.asked, c.secret FROM chain c \
         CROSS JOIN LATERAL (VALUES (c.identity_ref), (CASE WHEN c.issuer IS NULL THEN c.issued_by END)) AS r (who) \
         JOIN identities i ON i.id = split_part(r.who, ':', 2)::uuid AND i.kind = split_part(r.who, ':', 1) \
     WHERE i.domain_id IS NOT NULL AND i.domain_id IS DISTINCT FROM c.within \
     UNION ALL \
     SELECT DISTINCT 1::smallint, h.id, 0 FROM unnest(?) AS h (id) \
     WHERE NOT EXISTS (SELECT FROM nodes n WHERE n.id = h.id AND n.deregistered_at IS NULL) \
     UNION ALL \
     SELECT DISTINCT 2::smallint, h.id, 0 FROM unnest(?) AS h (id) \
     WHERE NOT EXISTS (SELECT FROM sessions s WHERE s.id = h.id AND s.revoked_at IS NULL \
         AND s.last_seen_at + s.idle_seconds * interval '1 second' > ?)"
}

/// What does not hold any more.
pub(super) struct Fallen {
    /// With the secret that was presented.
    pub tokens: HashSet<(Uuid, i32)>,
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
    tokens: Vec<(Uuid, i32, Option<Uuid>)>,
    sessions: Vec<Uuid>,
    nodes: Vec<Uuid>,
    known_until: DateTime<Utc>,
) -> Result<Fallen, StorageError> {
    let (tokens, secrets, within) = tokens.into_iter().collect();
    let longest = LONGEST_CHAIN;
    let statement = FallenCredentialsAndNodes { tokens, secrets, within, longest, nodes, sessions, known_until };
    let rows: Vec<(i16, Uuid, i32)> = statement.load(conn).await?;
    let of = |kind: i16| rows.iter().filter(move |(found, ..)| *found == kind).map(|(_, id, secret)| (*id, *secret));
    let ids = |kind: i16| of(kind).map(|(id, _)| id).collect();
    Ok(Fallen { tokens: of(0).collect(), nodes: ids(1), sessions: ids(2) })
}
