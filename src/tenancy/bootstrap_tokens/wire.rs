//! Bootstrap tokens on the wire.

use chrono::{DateTime, TimeDelta, Utc};
use plexsphere_api::{
    GetBootstrapTokenResponse, IssueBootstrapTokenResponse, ListBootstrapTokensResponse, RevokeBootstrapTokenResponse,
    models,
};
use swagger::Nullable;
use uuid::Uuid;

use super::{BootstrapToken, GetRefusal, IssueRefusal, ListRefusal, NewToken, RevokeRefusal, TokenState};
use crate::access::RequestContext;
use crate::access::credential::EnrolmentKind;
use crate::fault;
use crate::ids::{BootstrapTokenId, NodeId, ProjectId};
use crate::invalid_field::{InvalidField, within_limits};
use crate::page::Page;
use crate::problem::ProblemCode;
use crate::tenancy::Tenancy;

/// `POST /v1/projects/{project_id}/bootstrap-tokens`
pub async fn issue_bootstrap_token(
    tenancy: &Tenancy,
    project_id: Uuid,
    body: models::IssueBootstrapTokenRequest,
    context: &RequestContext,
) -> IssueBootstrapTokenResponse {
    let issued = match new_token(body) {
        Ok(new) => tenancy.bootstrap_tokens.issue(ProjectId(project_id), new, context).await,
        Err(invalid) => Err(invalid.into()),
    };
    match issued {
        Ok(token) => IssueBootstrapTokenResponse::Created(models::IssuedBootstrapToken {
            token_id: token.id.0,
            token: token.text.as_str().to_owned(),
            issued_at: token.issued_at,
            expires_at: token.expires_at,
        }),
        Err(IssueRefusal::Invalid(invalid)) => IssueBootstrapTokenResponse::UnprocessableContent(context.refuse_field(
            ProblemCode::InvalidField,
            &invalid.field,
            &invalid.what,
        )),
        Err(refusal @ IssueRefusal::ProjectNotFound) => {
            IssueBootstrapTokenResponse::NotFound(context.refuse(ProblemCode::ProjectNotFound, refusal.to_string()))
        }
        Err(refusal @ IssueRefusal::NoRandomness(_)) => IssueBootstrapTokenResponse::Internal(context.failed(&refusal)),
        Err(IssueRefusal::Storage(error)) => fault!(IssueBootstrapTokenResponse, context, &error),
    }
}

/// `GET /v1/projects/{project_id}/bootstrap-tokens`
pub async fn list_bootstrap_tokens(
    tenancy: &Tenancy,
    project_id: Uuid,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListBootstrapTokensResponse {
    let query = format!("ListBootstrapTokens {project_id}");
    let page = match Page::read(limit, cursor, &context.principal().subject(), &query) {
        Ok(page) => page,
        Err(error) => return ListBootstrapTokensResponse::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    match tenancy.bootstrap_tokens.list(ProjectId(project_id), &page).await {
        Ok(tokens) => {
            let (tokens, next_cursor) = page.cut(tokens, |token| token.id.0);
            let items = tokens.into_iter().map(|token| shown(token, context.now())).collect();
            ListBootstrapTokensResponse::Ok(models::BootstrapTokenList { items, next_cursor })
        }
        Err(refusal @ ListRefusal::ProjectNotFound) => {
            ListBootstrapTokensResponse::NotFound(context.refuse(ProblemCode::ProjectNotFound, refusal.to_string()))
        }
        Err(ListRefusal::Storage(error)) => fault!(ListBootstrapTokensResponse, context, &error),
    }
}

/// `GET /v1/projects/{project_id}/bootstrap-tokens/{id}`
pub async fn get_bootstrap_token(
    tenancy: &Tenancy,
    project_id: Uuid,
    id: Uuid,
    context: &RequestContext,
) -> GetBootstrapTokenResponse {
    let refusal = match tenancy.bootstrap_tokens.get(ProjectId(project_id), BootstrapTokenId(id)).await {
        Ok(token) => return GetBootstrapTokenResponse::Ok(shown(token, context.now())),
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        GetRefusal::ProjectNotFound => {
            GetBootstrapTokenResponse::NotFound(context.refuse(ProblemCode::ProjectNotFound, what))
        }
        GetRefusal::NotFound => {
            GetBootstrapTokenResponse::NotFound(context.refuse(ProblemCode::BootstrapTokenNotFound, what))
        }
        GetRefusal::Storage(error) => fault!(GetBootstrapTokenResponse, context, &error),
    }
}

/// `DELETE /v1/projects/{project_id}/bootstrap-tokens/{id}`
pub async fn revoke_bootstrap_token(
    tenancy: &Tenancy,
    project_id: Uuid,
    id: Uuid,
    context: &RequestContext,
) -> RevokeBootstrapTokenResponse {
    let refusal = match tenancy.bootstrap_tokens.revoke(ProjectId(project_id), BootstrapTokenId(id), context).await {
        Ok(()) => return RevokeBootstrapTokenResponse::NoContent,
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        RevokeRefusal::ProjectNotFound => {
            RevokeBootstrapTokenResponse::NotFound(context.refuse(ProblemCode::ProjectNotFound, what))
        }
        RevokeRefusal::NotFound => {
            RevokeBootstrapTokenResponse::NotFound(context.refuse(ProblemCode::BootstrapTokenNotFound, what))
        }
        RevokeRefusal::Storage(error) => fault!(RevokeBootstrapTokenResponse, context, &error),
    }
}

fn new_token(body: models::IssueBootstrapTokenRequest) -> Result<NewToken, InvalidField> {
    within_limits(&body)?;
    let kind = match body.kind {
        models::NodeKind::Node => EnrolmentKind::Node,
        models::NodeKind::Bridge => EnrolmentKind::Bridge,
    };
    Ok(NewToken {
        kind,
        env_prefix: body.env_prefix,
        ttl: TimeDelta::seconds(body.ttl_seconds),
        node_id: body.node_id.map(NodeId),
    })
}

fn shown(token: BootstrapToken, now: DateTime<Utc>) -> models::BootstrapToken {
    let state = match token.state(now) {
        TokenState::Active => models::BootstrapTokenState::Active,
        TokenState::Consumed => models::BootstrapTokenState::Consumed,
        TokenState::Expired => models::BootstrapTokenState::Expired,
        TokenState::Revoked => models::BootstrapTokenState::Revoked,
    };
    let kind = match token.kind {
        EnrolmentKind::Node => models::NodeKind::Node,
        EnrolmentKind::Bridge => models::NodeKind::Bridge,
    };
    models::BootstrapToken {
        token_id: token.id.0,
        project_id: token.project_id.0,
        kind,
        env_prefix: token.env_prefix,
        node_id: token.node_id.map_or(Nullable::Null, |id| Nullable::Present(id.0)),
        state,
        issued_at: token.issued_at,
        expires_at: token.expires_at,
        consumed_at: token.consumed_at.map_or(Nullable::Null, Nullable::Present),
        revoked_at: token.revoked_at.map_or(Nullable::Null, Nullable::Present),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetime_and_environment_have_their_limits() {
        let body = |env: &str, ttl| models::IssueBootstrapTokenRequest::new(models::NodeKind::Node, env.into(), ttl);
        assert!(new_token(body("dev", 300)).is_ok());
        assert!(new_token(body("dev", 86_400)).is_ok());
        for (env, ttl, field) in [
            ("dev", 299, "ttl_seconds"),
            ("dev", 86_401, "ttl_seconds"),
            ("", 300, "env_prefix"),
            ("Dev", 300, "env_prefix"),
            ("d_v", 300, "env_prefix"),
            ("abcdefghijklmnopq", 300, "env_prefix"),
        ] {
            assert_eq!(new_token(body(env, ttl)).unwrap_err().field, field, "{env} {ttl}");
        }
    }
}
