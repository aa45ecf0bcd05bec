//! The statements behind users.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::ids::{DomainId, new_uuid};
use crate::postgres::StorageError;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The user's id, if there is one whose issuer is bound where it was.
pub(super) async fn user(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    subject: &str,
    domain_id: Option<DomainId>,
) -> Result<Option<Uuid>, StorageError> {
    let there = diesel::sql_query(
        "SELECT id FROM identities WHERE issuer = $1 AND subject = $2 AND domain_id IS NOT DISTINCT FROM $3",
    );
    let there = there.bind::<Text, _>(issuer).bind::<Text, _>(subject);
    let there = there.bind::<Nullable<SqlUuid>, _>(domain_id.map(|id| id.0));
    let found: Option<Found> = there.get_result(conn).await.optional()?;
    Ok(found.map(|found| found.id))
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    was_there: bool,
}

/// Makes the user, or moves it to where its issuer is bound now. Returns its id.
pub(super) async fn make_or_move(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    subject: &str,
    domain_id: Option<DomainId>,
    now: DateTime<Utc>,
) -> Result<Uuid, StorageError> {
    let made: Made = diesel::sql_query(
        "INSERT INTO identities (id, kind, issuer, subject, domain_id, created_at) VALUES ($1, 'user', $2, $3, $4, $5) \
         ON CONFLICT (issuer, subject) DO UPDATE SET domain_id = EXCLUDED.domain_id \
         RETURNING id, id <> $1 AS was_there",
    )
    .bind::<SqlUuid, _>(new_uuid(now))
    .bind::<Text, _>(issuer)
    .bind::<Text, _>(subject)
    .bind::<Nullable<SqlUuid>, _>(domain_id.map(|id| id.0))
    .bind::<Timestamptz, _>(now)
    .get_result(conn)
    .await?;
    if made.was_there {
        tell_of_moved(conn, &[made.id]).await?;
    }
    Ok(made.id)
}

/// Has every replica forget the tokens that are decided by where these users belong: theirs, those that they issued,
/// and all that come from them.
pub(in crate::access) async fn tell_of_moved(conn: &mut AsyncPgConnection, users: &[Uuid]) -> Result<(), StorageError> {
    if users.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "WITH RECURSIVE moved AS (SELECT 'user:' || id AS who FROM unnest($1) AS u (id)), below AS ( \
             SELECT t.id FROM api_tokens t JOIN moved m ON t.identity_ref = m.who \
             UNION SELECT t.id FROM api_tokens t JOIN moved m ON t.issued_by = m.who \
             UNION SELECT t.id FROM api_tokens t JOIN below b ON t.issued_by_token_id = b.id \
         ) INSERT INTO credential_changes (credential_id) SELECT id FROM below",
    )
    .bind::<Array<SqlUuid>, _>(users)
    .execute(conn)
    .await?;
    Ok(())
}
