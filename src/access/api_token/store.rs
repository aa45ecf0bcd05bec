//! The statements behind API tokens.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bytea, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::ListedToken;
use crate::access::credential::SecretHash;
use crate::access::{IdentityRef, Operator, OperatorCredential};
use crate::ids::{ApiTokenId, DomainId};
use crate::page::Page;
use crate::postgres::StorageError;
use crate::postgres::schema::{api_tokens, identities, sessions};

/// Longest chain of tokens that issued each other. A longer one does not hold.
pub(in crate::access) const LONGEST_CHAIN: i32 = 32;

/// A live API token's hash and whose it is.
pub(in crate::access) struct StoredApiToken {
    pub secret_hash: Vec<u8>,
    pub operator: Operator,
    /// It and all that it comes from, nearest first.
    pub chain: Vec<Uuid>,
}

#[derive(QueryableByName)]
struct Link {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    identity_ref: String,
    #[diesel(sql_type = Bytea)]
    secret_hash: Vec<u8>,
    #[diesel(sql_type = Integer)]
    secret_version: i32,
    #[diesel(sql_type = Timestamptz)]
    expires_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    domain_id: Option<Uuid>,
    /// Who issued it with another credential than a token.
    #[diesel(sql_type = Nullable<Text>)]
    issuer: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    issuer_domain_id: Option<Uuid>,
}

/// The token `id`, if it and all that it comes from hold at `now`.
pub(in crate::access) async fn live_api_token(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<StoredApiToken>, StorageError> {
    let chain: Vec<Link> = diesel::sql_query(
        "WITH RECURSIVE chain AS ( \
             SELECT t.*, 0 AS depth FROM api_tokens t WHERE id = $1 \
             UNION ALL \
             SELECT t.*, c.depth + 1 FROM api_tokens t JOIN chain c ON t.id = c.issued_by_token_id WHERE c.depth < $2 \
         ) SELECT c.id, c.identity_ref, c.secret_hash, c.secret_version, c.expires_at, c.revoked_at, i.domain_id, \
             c.issuer, r.domain_id AS issuer_domain_id \
         FROM (SELECT *, CASE WHEN issued_by_token_id IS NULL THEN issued_by END AS issuer FROM chain) c \
         LEFT JOIN identities i ON i.id = split_part(c.identity_ref, ':', 2)::uuid \
             AND i.kind = split_part(c.identity_ref, ':', 1) \
         LEFT JOIN identities r ON r.id = split_part(c.issuer, ':', 2)::uuid AND r.kind = split_part(c.issuer, ':', 1) \
         ORDER BY c.depth",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Integer, _>(LONGEST_CHAIN)
    .load(conn)
    .await?;
    if chain.len() > LONGEST_CHAIN as usize
        || chain.iter().any(|link| link.revoked_at.is_some() || link.expires_at <= now)
    {
        return Ok(None);
    }
    let mut identities = Vec::new();
    for text in chain.iter().flat_map(|link| std::iter::once(&link.identity_ref).chain(&link.issuer)) {
        let identity: IdentityRef =
            text.parse().map_err(|_| StorageError::Corrupt("identity of an API token".into()))?;
        if !identities.contains(&identity) {
            identities.push(identity);
        }
    }
    let mut domains: Vec<Uuid> =
        chain.iter().flat_map(|link| [link.domain_id, link.issuer_domain_id]).flatten().collect();
    domains.sort_unstable();
    domains.dedup();
    // What lies in two Domains at once is nothing.
    if domains.len() > 1 {
        return Ok(None);
    }
    let within = domains.pop().map(DomainId);
    let expires_at = chain.iter().map(|link| link.expires_at).min();
    let depth = chain.len().saturating_sub(1);
    let ids = chain.iter().map(|link| link.id).collect();
    let mut identities = identities.into_iter();
    let (Some(identity), Some(expires_at), Some(token)) = (identities.next(), expires_at, chain.into_iter().next())
    else {
        return Ok(None);
    };
    let credential = OperatorCredential::ApiToken { token_id: ApiTokenId(id), secret_version: token.secret_version };
    let operator = Operator { identity, bounded_by: identities.collect(), depth, within, credential, expires_at };
    Ok(Some(StoredApiToken { secret_hash: token.secret_hash, operator, chain: ids }))
}

/// A token to be.
pub(in crate::access) struct NewApiToken<'r> {
    pub id: ApiTokenId,
    pub identity: &'r IdentityRef,
    pub env_prefix: &'r str,
    pub secret_hash: SecretHash,
    pub issued_by_token_id: Option<ApiTokenId>,
    pub issued_by: Option<String>,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

pub(in crate::access) async fn insert_api_token(
    conn: &mut AsyncPgConnection,
    token: &NewApiToken<'_>,
) -> Result<(), StorageError> {
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(token.id.0),
            api_tokens::identity_ref.eq(token.identity.to_string()),
            api_tokens::env_prefix.eq(token.env_prefix),
            api_tokens::secret_hash.eq(token.secret_hash.0.as_slice()),
            api_tokens::issued_by_token_id.eq(token.issued_by_token_id.map(|id| id.0)),
            api_tokens::issued_by.eq(token.issued_by.as_deref()),
            api_tokens::issued_at.eq(token.issued_at),
            api_tokens::expires_at.eq(token.expires_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::access) async fn list_api_tokens(
    conn: &mut AsyncPgConnection,
    identity: &IdentityRef,
    page: &Page,
) -> Result<Vec<ListedToken>, StorageError> {
    type Row = (
        Uuid,
        String,
        String,
        Option<String>,
        DateTime<Utc>,
        DateTime<Utc>,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
    );
    let rows: Vec<Row> = api_tokens::table
        .filter(api_tokens::identity_ref.eq(identity.to_string()))
        .filter(api_tokens::id.gt(page.after.unwrap_or(Uuid::nil())))
        .order(api_tokens::id)
        .limit(page.fetch())
        .select((
            api_tokens::id,
            api_tokens::identity_ref,
            api_tokens::env_prefix,
            api_tokens::issued_by,
            api_tokens::issued_at,
            api_tokens::expires_at,
            api_tokens::revoked_at,
            api_tokens::last_used_at,
        ))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, identity_ref, env_prefix, issued_by, issued_at, expires_at, revoked_at, last_used_at)| ListedToken {
            id: ApiTokenId(id),
            identity_ref,
            env_prefix,
            issued_by,
            issued_at,
            expires_at,
            revoked_at,
            last_used_at,
        })
        .collect())
}

pub(in crate::access) async fn api_token_owner(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> Result<Option<String>, StorageError> {
    Ok(api_tokens::table.find(id).select(api_tokens::identity_ref).first(conn).await.optional()?)
}

/// Whether the credential is not revoked; it then stays so until the end of the transaction.
pub(in crate::access) async fn hold_credential(
    conn: &mut AsyncPgConnection,
    credential: &OperatorCredential,
) -> Result<bool, StorageError> {
    let held: Option<Uuid> = match credential {
        OperatorCredential::ApiToken { token_id, secret_version } => {
            let live = api_tokens::table
                .find(token_id.0)
                .filter(api_tokens::revoked_at.is_null())
                .filter(api_tokens::secret_version.eq(*secret_version));
            live.select(api_tokens::id).for_share().first(conn).await.optional()?
        }
        OperatorCredential::Session { session_id, .. } => {
            let live = sessions::table.find(session_id.0).filter(sessions::revoked_at.is_null());
            live.select(sessions::id).for_share().first(conn).await.optional()?
        }
        // Nothing of ours can revoke it.
        OperatorCredential::Oidc { .. } => return Ok(true),
    };
    Ok(held.is_some())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Revokes `id` and all that come from it, and tells the replicas. Returns how many it revoked.
pub(in crate::access) async fn revoke_api_token(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<i64, StorageError> {
    let revoked: Count = diesel::sql_query(
        "WITH RECURSIVE below AS ( \
             SELECT id FROM api_tokens WHERE id = $1 \
             UNION SELECT t.id FROM api_tokens t JOIN below b ON t.issued_by_token_id = b.id \
         ), revoked AS ( \
             UPDATE api_tokens SET revoked_at = $2 WHERE id IN (SELECT id FROM below) AND revoked_at IS NULL RETURNING id \
         ), told AS ( \
             INSERT INTO credential_changes (credential_id) SELECT id FROM revoked RETURNING 1 \
         ) SELECT count(*) FROM told",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Timestamptz, _>(now)
    .get_result(conn)
    .await?;
    Ok(revoked.count)
}

/// A token whose secret was replaced.
#[derive(QueryableByName)]
pub(in crate::access) struct Rotated {
    #[diesel(sql_type = Text)]
    pub env_prefix: String,
    #[diesel(sql_type = Timestamptz)]
    pub issued_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub expires_at: DateTime<Utc>,
}

/// Gives the token another secret and tells the replicas. `None`: it does not hold any more, or has another secret than
/// `presented` already.
pub(in crate::access) async fn replace_secret(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    secret_hash: SecretHash,
    presented: Option<i32>,
    now: DateTime<Utc>,
) -> Result<Option<Rotated>, StorageError> {
    let rotated = diesel::sql_query(
        "WITH rotated AS ( \
             UPDATE api_tokens SET secret_hash = $2, secret_version = secret_version + 1 \
             WHERE id = $1 AND revoked_at IS NULL AND expires_at > $3 AND ($4 IS NULL OR secret_version = $4) \
             RETURNING id, env_prefix, issued_at, expires_at \
         ), told AS ( \
             INSERT INTO credential_changes (credential_id) SELECT id FROM rotated RETURNING 1 \
         ) SELECT env_prefix, issued_at, expires_at FROM rotated, told",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Bytea, _>(secret_hash.0.as_slice())
    .bind::<Timestamptz, _>(now)
    .bind::<Nullable<Integer>, _>(presented)
    .get_result(conn)
    .await
    .optional()?;
    Ok(rotated)
}

/// Writes when tokens were last used. Another replica may know better.
pub(in crate::access) async fn note_uses(
    conn: &mut AsyncPgConnection,
    uses: &HashMap<Uuid, DateTime<Utc>>,
) -> Result<(), StorageError> {
    let (ids, times): (Vec<Uuid>, Vec<DateTime<Utc>>) = uses.iter().unzip();
    diesel::sql_query(
        "WITH used AS MATERIALIZED ( \
             SELECT t.id, u.at FROM api_tokens t JOIN unnest($1, $2) AS u (id, at) ON u.id = t.id \
             WHERE t.last_used_at IS NULL OR t.last_used_at < u.at ORDER BY t.id FOR NO KEY UPDATE OF t \
         ) UPDATE api_tokens t SET last_used_at = GREATEST(t.last_used_at, u.at) FROM used u WHERE t.id = u.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Timestamptz>, _>(times)
    .execute(conn)
    .await?;
    Ok(())
}

/// Where an identity belongs. `None`: nobody has said; `Some(None)`: to the platform.
pub(in crate::access) async fn belongs_to(
    conn: &mut AsyncPgConnection,
    identity: &IdentityRef,
) -> Result<Option<Option<DomainId>>, StorageError> {
    let found: Option<Option<Uuid>> = identities::table
        .find(identity.id)
        .filter(identities::kind.eq(identity.kind.as_str()))
        .select(identities::domain_id)
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|domain_id| domain_id.map(DomainId)))
}

/// Whether anybody has ever issued a token for the identity.
pub(in crate::access) async fn has_tokens(
    conn: &mut AsyncPgConnection,
    identity: &IdentityRef,
) -> Result<bool, StorageError> {
    let issued = api_tokens::table.filter(api_tokens::identity_ref.eq(identity.to_string()));
    Ok(diesel::select(diesel::dsl::exists(issued)).get_result(conn).await?)
}

/// Says where a service belongs, unless somebody has said so before. Returns where it does.
pub(in crate::access) async fn bind_service(
    conn: &mut AsyncPgConnection,
    service: &IdentityRef,
    domain_id: Option<DomainId>,
    now: DateTime<Utc>,
) -> Result<Option<DomainId>, StorageError> {
    diesel::insert_into(identities::table)
        .values((
            identities::id.eq(service.id),
            identities::kind.eq(service.kind.as_str()),
            identities::domain_id.eq(domain_id.map(|id| id.0)),
            identities::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(belongs_to(conn, service).await?.flatten())
}
