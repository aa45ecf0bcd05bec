//! Bootstrap tokens: each lets one machine enrol into one project, once, and is shown once.
//!
//! With a Node's id a token re-enrols that Node and nothing else. What a token may still do is a question of the
//! moment, so its state is never stored. Only the hash of its secret is.

mod refusal;
mod store;
mod token;
pub mod wire;

pub use refusal::{GetRefusal, IssueRefusal, ListRefusal, RevokeRefusal};
pub use token::{BootstrapToken, IssuedToken, NewToken, TokenState};

use crate::access::RequestContext;
use crate::access::credential::{SecretHash, format_bootstrap_token, new_secret};
use crate::audit;
use crate::ids::{BootstrapTokenId, ProjectId};
use crate::invalid_field::InvalidField;
use crate::page::Page;
use crate::postgres::Database;
use crate::tenancy::{changed, projects};

/// What can be done with bootstrap tokens.
pub struct BootstrapTokens {
    database: Database,
}

impl BootstrapTokens {
    /// Over `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Issues a token of the project.
    ///
    /// # Errors
    /// [`IssueRefusal`].
    pub async fn issue(
        &self,
        project_id: ProjectId,
        new: NewToken,
        context: &RequestContext,
    ) -> Result<IssuedToken, IssueRefusal> {
        let now = context.now();
        let secret = new_secret()?;
        let token = BootstrapToken::new(project_id, new, now);
        let mut tx = self.database.begin().await?;
        let domain_id = projects::store::hold(&mut tx, project_id).await?.ok_or(IssueRefusal::ProjectNotFound)?;
        if let Some(node_id) = token.node_id
            && !store::is_live_node(&mut tx, node_id, project_id, token.kind).await?
        {
            return Err(InvalidField::new("node_id", "must be a live Node of the project and of the same kind").into());
        }
        store::insert(&mut tx, &token, &SecretHash::of(secret.as_ref())).await?;
        let object = format!("bootstrap_token:{}", token.id);
        audit::append(&mut tx, &changed(context, domain_id, "bootstrap_token.issue", object)).await?;
        tx.commit().await?;
        Ok(IssuedToken {
            id: token.id,
            text: format_bootstrap_token(&token.env_prefix, token.id.0, token.kind, &secret),
            issued_at: token.issued_at,
            expires_at: token.expires_at,
        })
    }

    /// A page of the project's tokens, whatever their state.
    ///
    /// # Errors
    /// [`ListRefusal`].
    pub async fn list(&self, project_id: ProjectId, page: &Page) -> Result<Vec<BootstrapToken>, ListRefusal> {
        let mut conn = self.database.read().await?;
        if !projects::store::is_there(&mut conn, project_id).await? {
            return Err(ListRefusal::ProjectNotFound);
        }
        Ok(store::list(&mut conn, project_id, page).await?)
    }

    /// One token of the project.
    ///
    /// # Errors
    /// [`GetRefusal`].
    pub async fn get(&self, project_id: ProjectId, id: BootstrapTokenId) -> Result<BootstrapToken, GetRefusal> {
        let mut conn = self.database.read().await?;
        if let Some(token) = store::find(&mut conn, project_id, id).await? {
            return Ok(token);
        }
        let project_is_there = projects::store::is_there(&mut conn, project_id).await?;
        Err(if project_is_there { GetRefusal::NotFound } else { GetRefusal::ProjectNotFound })
    }

    /// Revokes a token of the project. One that is revoked or consumed already stays as it is.
    ///
    /// # Errors
    /// [`RevokeRefusal`].
    pub async fn revoke(
        &self,
        project_id: ProjectId,
        id: BootstrapTokenId,
        context: &RequestContext,
    ) -> Result<(), RevokeRefusal> {
        let mut tx = self.database.begin().await?;
        // The token before the project, as an enrolment takes them.
        let token = store::lock(&mut tx, project_id, id).await?;
        let domain_id = projects::store::hold(&mut tx, project_id).await?.ok_or(RevokeRefusal::ProjectNotFound)?;
        let token = token.ok_or(RevokeRefusal::NotFound)?;
        if token.consumed_at.is_some() || token.revoked_at.is_some() {
            return Ok(());
        }
        store::revoke(&mut tx, id, context.now()).await?;
        let object = format!("bootstrap_token:{id}");
        audit::append(&mut tx, &changed(context, domain_id, "bootstrap_token.revoke", object)).await?;
        Ok(tx.commit().await?)
    }
}
