//! The statements behind users.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::ids::{DomainId, new_uuid};
use crate::postgres::StorageError;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The user's id; the row is made when it is not there, and written when its issuer is bound elsewhere now.
pub(super) async fn user(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    subject: &str,
    domain_id: Option<DomainId>,
    now: DateTime<Utc>,
) -> Result<Uuid, StorageError> {
    let there = diesel::sql_query(
        "SELECT id FROM identities WHERE issuer = $1 AND subject = $2 AND domain_id IS NOT DISTINCT FROM $3",
    );
    let there = there.bind::<Text, _>(issuer).bind::<Text, _>(subject);
    let there = there.bind::<Nullable<SqlUuid>, _>(domain_id.map(|id| id.0));
    let found: Option<Found> = there.get_result(conn).await.optional()?;
    if let Some(found) = found {
        return Ok(found.id);
    }
    let made: Found = diesel::sql_query(
        "INSERT INTO identities (id, kind, issuer, subject, domain_id, created_at) VALUES ($1, 'user', $2, $3, $4, $5) \
         ON CONFLICT (issuer, subject) DO UPDATE SET domain_id = EXCLUDED.domain_id RETURNING id",
    )
    .bind::<SqlUuid, _>(new_uuid(now))
    .bind::<Text, _>(issuer)
    .bind::<Text, _>(subject)
    .bind::<Nullable<SqlUuid>, _>(domain_id.map(|id| id.0))
    .bind::<Timestamptz, _>(now)
    .get_result(conn)
    .await?;
    Ok(made.id)
}
