//! The statements behind the bindings of issuers.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Binding;
use crate::config::Secret;
use crate::ids::DomainId;
use crate::postgres::StorageError;
use crate::postgres::schema::idp_bindings;
use crate::signing::{SealError, Sealer};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = idp_bindings, check_for_backend(diesel::pg::Pg))]
pub(super) struct Row {
    id: Uuid,
    pub issuer: String,
    client_id: String,
    sealed_client_secret: Option<Vec<u8>>,
    master_key_version: Option<i32>,
    domain_id: Option<Uuid>,
    audiences: serde_json::Value,
    hosts: serde_json::Value,
    created_at: DateTime<Utc>,
}

impl Row {
    pub(super) fn new(id: Uuid, binding: &Binding, secret: Option<(Vec<u8>, i32)>, created_at: DateTime<Utc>) -> Self {
        let (sealed_client_secret, master_key_version) = secret.unzip();
        Self {
            id,
            issuer: binding.issuer.to_string(),
            client_id: binding.client_id.clone(),
            sealed_client_secret,
            master_key_version,
            domain_id: binding.domain_id.map(|id| id.0),
            audiences: binding.audiences.clone().into(),
            hosts: binding.hosts.clone().into(),
            created_at,
        }
    }

    /// The binding, its secret opened.
    pub(super) fn open(self, sealer: &Sealer) -> Result<Binding, SealError> {
        let texts = |list: serde_json::Value| serde_json::from_value(list).unwrap_or_default();
        let opened = self.sealed_client_secret.map(|sealed| sealer.open(&sealed, self.id.as_bytes())).transpose()?;
        let secret = opened.map(|plain| String::from_utf8_lossy(&plain).into_owned());
        Ok(Binding {
            issuer: self.issuer.into(),
            client_id: self.client_id,
            client_secret: secret.map(Secret::from),
            domain_id: self.domain_id.map(DomainId),
            audiences: texts(self.audiences),
            hosts: texts(self.hosts),
        })
    }
}

pub(super) async fn all(conn: &mut AsyncPgConnection) -> Result<Vec<Row>, StorageError> {
    let live = idp_bindings::table.filter(idp_bindings::disabled_at.is_null());
    Ok(live.order((idp_bindings::created_at, idp_bindings::id)).select(Row::as_select()).load(conn).await?)
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, row: &Row) -> Result<(), StorageError> {
    diesel::insert_into(idp_bindings::table).values(row).execute(conn).await?;
    Ok(())
}

/// Users of an issuer go where it is bound, and what is remembered of their tokens is forgotten.
pub(super) async fn move_users(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    domain_id: Option<DomainId>,
) -> Result<(), StorageError> {
    diesel::sql_query(
        "WITH moved AS ( \
             UPDATE identities SET domain_id = $2 WHERE issuer = $1 AND domain_id IS DISTINCT FROM $2 RETURNING id \
         ), issuers AS (SELECT 'user:' || id AS identity_ref FROM moved) \
         INSERT INTO credential_changes (credential_id) \
         SELECT t.id FROM api_tokens t JOIN issuers i ON i.identity_ref = t.identity_ref",
    )
    .bind::<Text, _>(issuer)
    .bind::<Nullable<SqlUuid>, _>(domain_id.map(|id| id.0))
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn disable(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let live = idp_bindings::table.filter(idp_bindings::issuer.eq(issuer)).filter(idp_bindings::disabled_at.is_null());
    Ok(diesel::update(live).set(idp_bindings::disabled_at.eq(now)).execute(conn).await? > 0)
}

/// Ends the sessions of an issuer's users, and tells the replicas.
pub(super) async fn end_sessions(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::sql_query(
        "WITH ended AS ( \
             UPDATE sessions SET revoked_at = $2 WHERE revoked_at IS NULL \
                 AND identity_id IN (SELECT id FROM identities WHERE issuer = $1) RETURNING id \
         ) INSERT INTO credential_changes (credential_id) SELECT id FROM ended",
    )
    .bind::<Text, _>(issuer)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .await?;
    Ok(())
}
