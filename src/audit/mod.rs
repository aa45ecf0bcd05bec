//! The audit log: plain rows, written in the transaction of what they record.

use chrono::{DateTime, Utc};
use diesel::Insertable;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::ids::DomainId;
use crate::postgres::StorageError;
use crate::postgres::schema::audit_entries;

/// What was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The caller may.
    Allowed,
    /// The caller may not.
    Denied,
    /// Nobody asked: the control plane acted by itself.
    None,
}

impl Decision {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::None => "none",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry<'r> {
    /// In which Domain; `None` for the platform's own.
    pub domain_id: Option<DomainId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `user:<id>`, `service:<id>`, `node:<id>`, `system`.
    pub subject: String,
    /// What, as `noun.verb`.
    pub action: &'static str,
    /// To what, as `type:id`.
    pub object: String,
    /// What was decided.
    pub decision: Decision,
    /// Why, where there is something to say.
    pub reason: Option<String>,
    /// The request that it belongs to.
    pub correlation_id: &'r str,
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct Row<'r> {
    domain_id: Option<Uuid>,
    at: DateTime<Utc>,
    subject: &'r str,
    action: &'r str,
    object: &'r str,
    decision: &'r str,
    reason: Option<&'r str>,
    correlation_id: &'r str,
}

/// Writes one entry in the caller's transaction.
///
/// # Errors
/// [`StorageError`].
pub async fn append(conn: &mut AsyncPgConnection, entry: &Entry<'_>) -> Result<(), StorageError> {
    append_all(conn, std::slice::from_ref(entry)).await
}

/// Writes many entries in the caller's transaction, with one statement.
///
/// # Errors
/// [`StorageError`].
pub async fn append_all(conn: &mut AsyncPgConnection, entries: &[Entry<'_>]) -> Result<(), StorageError> {
    let rows: Vec<Row<'_>> = entries
        .iter()
        .map(|entry| Row {
            domain_id: entry.domain_id.map(|id| id.0),
            at: entry.at,
            subject: &entry.subject,
            action: entry.action,
            object: &entry.object,
            decision: entry.decision.as_str(),
            reason: entry.reason.as_deref(),
            correlation_id: entry.correlation_id,
        })
        .collect();
    diesel::insert_into(audit_entries::table).values(&rows).execute(conn).await?;
    Ok(())
}
