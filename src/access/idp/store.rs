//! The statements behind the bindings of issuers.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Binding, ClientSecret};
use crate::access::identities::store::tell_of_moved;
use crate::config::Secret;
use crate::ids::DomainId;
use crate::postgres::StorageError;
use crate::postgres::schema::{identities, idp_bindings};
use crate::signing::Sealer;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = idp_bindings, check_for_backend(diesel::pg::Pg))]
pub(super) struct Row {
    id: Uuid,
    issuer: String,
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

    /// The binding, its secret opened if that is possible.
    pub(super) fn open(self, sealer: &Sealer) -> Result<Binding, StorageError> {
        let texts = |list: serde_json::Value| {
            serde_json::from_value(list).map_err(|_| StorageError::Corrupt("audiences or hosts of an issuer".into()))
        };
        let client_secret = match self.sealed_client_secret {
            None => ClientSecret::Public,
            Some(sealed) => {
                let opened = sealer.open(&sealed, self.id.as_bytes()).ok();
                let text = opened.and_then(|plain| String::from_utf8(plain.to_vec()).ok());
                text.map_or(ClientSecret::Unopened, |text| ClientSecret::Known(Secret::from(text)))
            }
        };
        Ok(Binding {
            issuer: self.issuer.into(),
            client_id: self.client_id,
            client_secret,
            domain_id: self.domain_id.map(DomainId),
            audiences: texts(self.audiences)?,
            hosts: texts(self.hosts)?,
            row: Some(self.id),
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

/// Whether the binding still is; it then stays until the end of the transaction.
pub(in crate::access) async fn hold(conn: &mut AsyncPgConnection, row: Uuid) -> Result<bool, StorageError> {
    let live = idp_bindings::table.find(row).filter(idp_bindings::disabled_at.is_null());
    let held: Option<Uuid> = live.select(idp_bindings::id).for_share().first(conn).await.optional()?;
    Ok(held.is_some())
}

/// Users of an issuer go where it is bound, and what is remembered of tokens that this decides is forgotten.
pub(super) async fn move_users(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    domain_id: Option<DomainId>,
) -> Result<(), StorageError> {
    let elsewhere = identities::domain_id.is_distinct_from(domain_id.map(|id| id.0));
    let moved = diesel::update(identities::table.filter(identities::issuer.eq(issuer)).filter(elsewhere))
        .set(identities::domain_id.eq(domain_id.map(|id| id.0)))
        .returning(identities::id)
        .get_results(conn)
        .await?;
    tell_of_moved(conn, &moved).await
}

/// Where the issuer was bound; the outer `None`: nowhere.
pub(super) async fn disable(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    now: DateTime<Utc>,
) -> Result<Option<Option<DomainId>>, StorageError> {
    let live = idp_bindings::table.filter(idp_bindings::issuer.eq(issuer)).filter(idp_bindings::disabled_at.is_null());
    let disabled = diesel::update(live).set(idp_bindings::disabled_at.eq(now)).returning(idp_bindings::domain_id);
    let domain_id: Option<Option<Uuid>> = disabled.get_result(conn).await.optional()?;
    Ok(domain_id.map(|domain_id| domain_id.map(DomainId)))
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
