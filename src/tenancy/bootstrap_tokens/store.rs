//! Bootstrap tokens in the database.

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::BootstrapToken;
use crate::access::credential::{EnrolmentKind, SecretHash};
use crate::ids::{BootstrapTokenId, NodeId, ProjectId};
use crate::page::Page;
use crate::postgres::StorageError;
use crate::postgres::schema::{bootstrap_tokens, nodes};

#[derive(Queryable, Selectable)]
#[diesel(table_name = bootstrap_tokens, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    project_id: Uuid,
    kind: String,
    env_prefix: String,
    node_id: Option<Uuid>,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    consumed_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for BootstrapToken {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let kind = EnrolmentKind::parse(&row.kind);
        Ok(Self {
            id: BootstrapTokenId(row.id),
            project_id: ProjectId(row.project_id),
            kind: kind.ok_or_else(|| StorageError::Corrupt("kind of a bootstrap token".into()))?,
            env_prefix: row.env_prefix,
            node_id: row.node_id.map(NodeId),
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            consumed_at: row.consumed_at,
            revoked_at: row.revoked_at,
        })
    }
}

pub(super) async fn insert(
    conn: &mut AsyncPgConnection,
    token: &BootstrapToken,
    hash: &SecretHash,
) -> Result<(), StorageError> {
    diesel::insert_into(bootstrap_tokens::table)
        .values((
            bootstrap_tokens::id.eq(token.id.0),
            bootstrap_tokens::project_id.eq(token.project_id.0),
            bootstrap_tokens::kind.eq(token.kind.as_str()),
            bootstrap_tokens::env_prefix.eq(&token.env_prefix),
            bootstrap_tokens::secret_hash.eq(hash.0.as_slice()),
            bootstrap_tokens::node_id.eq(token.node_id.map(|id| id.0)),
            bootstrap_tokens::issued_at.eq(token.issued_at),
            bootstrap_tokens::expires_at.eq(token.expires_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    project_id: ProjectId,
    page: &Page,
) -> Result<Vec<BootstrapToken>, StorageError> {
    let mut query = bootstrap_tokens::table.filter(bootstrap_tokens::project_id.eq(project_id.0)).into_boxed();
    if let Some(after) = page.after {
        query = query.filter(bootstrap_tokens::id.gt(after));
    }
    let rows: Vec<Row> =
        query.order(bootstrap_tokens::id).limit(page.fetch()).select(Row::as_select()).load(conn).await?;
    rows.into_iter().map(BootstrapToken::try_from).collect()
}

pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    project_id: ProjectId,
    id: BootstrapTokenId,
) -> Result<Option<BootstrapToken>, StorageError> {
    let of_project = bootstrap_tokens::table.find(id.0).filter(bootstrap_tokens::project_id.eq(project_id.0));
    let row: Option<Row> = of_project.select(Row::as_select()).first(conn).await.optional()?;
    row.map(BootstrapToken::try_from).transpose()
}

/// The token, kept from being consumed until the end of the transaction.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    project_id: ProjectId,
    id: BootstrapTokenId,
) -> Result<Option<BootstrapToken>, StorageError> {
    let of_project = bootstrap_tokens::table.find(id.0).filter(bootstrap_tokens::project_id.eq(project_id.0));
    let row: Option<Row> = of_project.select(Row::as_select()).for_update().first(conn).await.optional()?;
    row.map(BootstrapToken::try_from).transpose()
}

pub(super) async fn revoke(
    conn: &mut AsyncPgConnection,
    id: BootstrapTokenId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::update(bootstrap_tokens::table.find(id.0)).set(bootstrap_tokens::revoked_at.eq(now)).execute(conn).await?;
    Ok(())
}

pub(super) async fn is_live_node(
    conn: &mut AsyncPgConnection,
    id: NodeId,
    project_id: ProjectId,
    kind: EnrolmentKind,
) -> Result<bool, StorageError> {
    let node = nodes::table
        .find(id.0)
        .filter(nodes::project_id.eq(project_id.0))
        .filter(nodes::kind.eq(kind.as_str()))
        .filter(nodes::deregistered_at.is_null());
    Ok(select(exists(node)).get_result(conn).await?)
}
