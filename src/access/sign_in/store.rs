//! The statements behind sign-ins.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::access::credential::SecretHash;
use crate::postgres::StorageError;
use crate::postgres::schema::sign_in_flows;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_in_flows, check_for_backend(diesel::pg::Pg))]
pub(super) struct Flow {
    pub state_hash: Vec<u8>,
    pub cookie_hash: Vec<u8>,
    pub issuer: String,
    pub sealed_secrets: Vec<u8>,
    pub master_key_version: i32,
    pub return_to: String,
    pub expires_at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, flow: &Flow) -> Result<(), StorageError> {
    diesel::insert_into(sign_in_flows::table).values(flow).execute(conn).await?;
    Ok(())
}

/// Where the sign-in of this browser goes back to in the end.
pub(super) async fn return_to(
    conn: &mut AsyncPgConnection,
    state: &SecretHash,
    browser: &SecretHash,
    now: DateTime<Utc>,
) -> Result<Option<String>, StorageError> {
    let its_own = sign_in_flows::table
        .find(state.0.to_vec())
        .filter(sign_in_flows::cookie_hash.eq(browser.0.to_vec()))
        .filter(sign_in_flows::expires_at.gt(now));
    Ok(its_own.select(sign_in_flows::return_to).first(conn).await.optional()?)
}

/// The sign-in of this browser, which is over with that: nobody comes back twice. Another browser cannot end it.
pub(super) async fn take(
    conn: &mut AsyncPgConnection,
    state: &SecretHash,
    browser: &SecretHash,
    now: DateTime<Utc>,
) -> Result<Option<Flow>, StorageError> {
    let its_own = sign_in_flows::table
        .find(state.0.to_vec())
        .filter(sign_in_flows::cookie_hash.eq(browser.0.to_vec()))
        .filter(sign_in_flows::expires_at.gt(now));
    Ok(diesel::delete(its_own).returning(Flow::as_returning()).get_result(conn).await.optional()?)
}
