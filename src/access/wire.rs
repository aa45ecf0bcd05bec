//! API tokens, relation tuples and whoami on the wire.

use chrono::Duration;
use plexsphere_api::{
    CheckRelationResponse, CreateRelationTupleResponse, DeleteRelationTupleResponse, GetWhoamiResponse,
    IssueApiTokenResponse, ListApiTokensResponse, ListRelationTuplesResponse, RevokeApiTokenResponse,
    RotateApiTokenResponse, models,
};
use swagger::Nullable;
use uuid::Uuid;

use super::api_token::{ApiTokenRefusal, ApiTokens, IssuedToken, ListedToken};
use super::context::DenyReason;
use super::tuples::{Tuple, TupleRefusal, Tuples, Wanted};
use super::{IdentityRef, OperatorCredential, RequestContext};
use crate::fault;
use crate::invalid_field::within_limits;
use crate::page::Page;
use crate::problem::ProblemCode;

/// The operator who calls. The gate lets nobody else through; should it ever, the answer is 401.
macro_rules! operator {
    ($response:ident, $context:ident) => {
        match $context.operator() {
            Some(operator) => operator,
            None => {
                return $response::Unauthenticated(
                    $context.refuse(ProblemCode::Unauthenticated, "this is for operators"),
                )
            }
        }
    };
}

/// Holds a body against the limits that the contract declares.
macro_rules! limits {
    ($response:ident, $context:ident, $body:expr) => {
        if let Err(invalid) = within_limits(&$body) {
            let problem = $context.refuse_field(ProblemCode::InvalidField, &invalid.field, invalid.what);
            return $response::UnprocessableContent(problem);
        }
    };
}

/// GET /v1/auth/whoami
pub fn get_whoami(context: &RequestContext) -> GetWhoamiResponse {
    let operator = operator!(GetWhoamiResponse, context);
    GetWhoamiResponse::Ok(models::Whoami {
        identity_ref: operator.identity.to_string(),
        credential: match operator.credential {
            OperatorCredential::ApiToken { .. } => models::CredentialKind::ApiToken,
            OperatorCredential::Oidc { .. } => models::CredentialKind::Oidc,
            OperatorCredential::Session { .. } => models::CredentialKind::Session,
        },
        token_id: operator.credential.token_id().map_or(Nullable::Null, |id| Nullable::Present(id.0)),
        expires_at: Nullable::Present(operator.expires_at),
    })
}

/// POST /v1/auth/tokens
pub async fn issue_api_token(
    tokens: &ApiTokens,
    body: models::IssueApiTokenRequest,
    context: &RequestContext,
) -> IssueApiTokenResponse {
    use IssueApiTokenResponse as Response;
    let operator = operator!(Response, context);
    limits!(Response, context, body);
    let Ok(identity) = body.identity_ref.parse::<IdentityRef>() else {
        let rule = "must be user:<uuid> or service:<uuid>";
        return Response::UnprocessableContent(context.refuse_field(ProblemCode::InvalidField, "identity_ref", rule));
    };
    let env = match body.env_prefix {
        models::ApiTokenEnvironment::Dev => "dev",
        models::ApiTokenEnvironment::Stage => "stage",
        models::ApiTokenEnvironment::Prod => "prod",
    };
    let ttl = body.ttl_seconds.map(Duration::seconds);
    match tokens.issue(operator, identity, env, ttl, context.now(), context.correlation_id()).await {
        Ok(issued) => Response::Created(issued_token(identity, &issued)),
        Err(ApiTokenRefusal::NotYours | ApiTokenRefusal::NotFound | ApiTokenRefusal::Stronger) => {
            Response::Forbidden(not_yours(context))
        }
        Err(refusal @ ApiTokenRefusal::Revoked) => {
            Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, refusal.to_string()))
        }
        Err(refusal @ ApiTokenRefusal::TooDeep) => {
            let code = ProblemCode::InsufficientRelation;
            Response::Forbidden(context.deny(code, DenyReason::CaveatViolation, refusal.to_string()))
        }
        Err(refusal @ ApiTokenRefusal::NoRandomness(_)) => Response::Internal(context.failed(&refusal)),
        Err(ApiTokenRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

/// GET /v1/auth/tokens
pub async fn list_api_tokens(
    tokens: &ApiTokens,
    identity_ref: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListApiTokensResponse {
    use ListApiTokensResponse as Response;
    let operator = operator!(Response, context);
    let Ok(identity) = identity_ref.as_deref().map(str::parse::<IdentityRef>).transpose() else {
        let rule = "identity_ref must be user:<uuid> or service:<uuid>";
        return Response::BadRequest(context.refuse(ProblemCode::InvalidQuery, rule));
    };
    let query = format!("ListApiTokens {identity_ref:?}");
    let page = match Page::read(limit, cursor, &context.principal().subject(), &query) {
        Ok(page) => page,
        Err(error) => return Response::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    match tokens.list(operator, identity, &page).await {
        Ok(found) => {
            let (shown, next_cursor) = page.cut(found, |token| token.id.0);
            Response::Ok(models::ApiTokenList { items: shown.into_iter().map(listed).collect(), next_cursor })
        }
        Err(
            ApiTokenRefusal::NotYours
            | ApiTokenRefusal::NotFound
            | ApiTokenRefusal::TooDeep
            | ApiTokenRefusal::Stronger,
        ) => Response::Forbidden(not_yours(context)),
        Err(refusal @ ApiTokenRefusal::Revoked) => {
            Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, refusal.to_string()))
        }
        Err(refusal @ ApiTokenRefusal::NoRandomness(_)) => Response::Internal(context.failed(&refusal)),
        Err(ApiTokenRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

/// POST /v1/auth/tokens/{id}/rotate
pub async fn rotate_api_token(tokens: &ApiTokens, id: Uuid, context: &RequestContext) -> RotateApiTokenResponse {
    use RotateApiTokenResponse as Response;
    let operator = operator!(Response, context);
    match tokens.rotate(operator, id, context.now(), context.correlation_id()).await {
        Ok((identity, issued)) => Response::Ok(issued_token(identity, &issued)),
        Err(ApiTokenRefusal::NotFound | ApiTokenRefusal::NotYours | ApiTokenRefusal::TooDeep) => {
            Response::NotFound(context.refuse(ProblemCode::ApiTokenNotFound, "no such token that you may see"))
        }
        Err(refusal @ ApiTokenRefusal::Stronger) => {
            let code = ProblemCode::InsufficientRelation;
            Response::Forbidden(context.deny(code, DenyReason::CaveatViolation, refusal.to_string()))
        }
        Err(refusal @ ApiTokenRefusal::Revoked) => {
            Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, refusal.to_string()))
        }
        Err(refusal @ ApiTokenRefusal::NoRandomness(_)) => Response::Internal(context.failed(&refusal)),
        Err(ApiTokenRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

fn issued_token(identity: IdentityRef, issued: &IssuedToken) -> models::IssuedApiToken {
    models::IssuedApiToken {
        token_id: issued.id.0,
        token: issued.text.to_string(),
        identity_ref: identity.to_string(),
        issued_at: issued.issued_at,
        expires_at: issued.expires_at,
    }
}

/// DELETE /v1/auth/tokens/{id}
pub async fn revoke_api_token(tokens: &ApiTokens, id: Uuid, context: &RequestContext) -> RevokeApiTokenResponse {
    use RevokeApiTokenResponse as Response;
    let operator = operator!(Response, context);
    match tokens.revoke(operator, id, context.now(), context.correlation_id()).await {
        Ok(()) => Response::NoContent,
        Err(
            ApiTokenRefusal::NotFound
            | ApiTokenRefusal::NotYours
            | ApiTokenRefusal::TooDeep
            | ApiTokenRefusal::Stronger,
        ) => Response::NotFound(context.refuse(ProblemCode::ApiTokenNotFound, "no such token that you may see")),
        Err(refusal @ ApiTokenRefusal::Revoked) => {
            Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, refusal.to_string()))
        }
        Err(refusal @ ApiTokenRefusal::NoRandomness(_)) => Response::Internal(context.failed(&refusal)),
        Err(ApiTokenRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

fn not_yours(context: &RequestContext) -> models::PermissionDenied {
    let detail = ApiTokenRefusal::NotYours.to_string();
    context.deny(ProblemCode::InsufficientRelation, DenyReason::InsufficientRelation, detail)
}

fn listed(token: ListedToken) -> models::ApiToken {
    models::ApiToken {
        token_id: token.id.0,
        identity_ref: token.identity_ref,
        env_prefix: match token.env_prefix.as_str() {
            "dev" => models::ApiTokenEnvironment::Dev,
            "stage" => models::ApiTokenEnvironment::Stage,
            _ => models::ApiTokenEnvironment::Prod,
        },
        issued_by: token.issued_by.map_or(Nullable::Null, Nullable::Present),
        issued_at: token.issued_at,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at.map_or(Nullable::Null, Nullable::Present),
        last_used_at: token.last_used_at.map_or(Nullable::Null, Nullable::Present),
    }
}

/// POST /v1/authz/relation-tuples
pub async fn create_relation_tuple(
    tuples: &Tuples,
    body: models::CreateRelationTupleRequest,
    context: &RequestContext,
) -> CreateRelationTupleResponse {
    use CreateRelationTupleResponse as Response;
    let operator = operator!(Response, context);
    limits!(Response, context, body);
    let (now, correlation_id) = (context.now(), context.correlation_id());
    let wanted =
        Wanted { object: &body.object, relation: &body.relation, subject: &body.subject, domain_id: body.domain_id };
    match tuples.create(operator, &wanted, now, correlation_id).await {
        Ok(tuple) => Response::Created(relation_tuple(tuple)),
        Err(TupleRefusal::Invalid { field, rule }) => {
            Response::UnprocessableContent(context.refuse_field(ProblemCode::InvalidField, field, rule))
        }
        Err(TupleRefusal::Denied | TupleRefusal::NotFound) => Response::Forbidden(not_granted(context)),
        Err(TupleRefusal::Exists) => Response::Conflict(
            context.refuse(ProblemCode::RelationTupleExists, "this subject has this relation already"),
        ),
        Err(TupleRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

/// GET /v1/authz/relation-tuples
pub async fn list_relation_tuples(
    tuples: &Tuples,
    object: Option<String>,
    subject: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListRelationTuplesResponse {
    use ListRelationTuplesResponse as Response;
    let operator = operator!(Response, context);
    let query = format!("ListRelationTuples {object:?} {subject:?}");
    let page = match Page::read(limit, cursor, &context.principal().subject(), &query) {
        Ok(page) => page,
        Err(error) => return Response::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    match tuples.list(operator, object.as_deref(), subject.as_deref(), &page).await {
        Ok(found) => {
            let (shown, next_cursor) = page.cut(found, |tuple| tuple.id.0);
            Response::Ok(models::RelationTupleList {
                items: shown.into_iter().map(relation_tuple).collect(),
                next_cursor,
            })
        }
        Err(TupleRefusal::Storage(error)) => fault!(Response, context, &error),
        Err(refusal) => Response::BadRequest(context.refuse(ProblemCode::InvalidQuery, refusal.to_string())),
    }
}

/// DELETE /v1/authz/relation-tuples/{id}
pub async fn delete_relation_tuple(tuples: &Tuples, id: Uuid, context: &RequestContext) -> DeleteRelationTupleResponse {
    use DeleteRelationTupleResponse as Response;
    let operator = operator!(Response, context);
    match tuples.delete(operator, id, context.now(), context.correlation_id()).await {
        Ok(()) => Response::NoContent,
        Err(TupleRefusal::Storage(error)) => fault!(Response, context, &error),
        Err(_) => {
            Response::NotFound(context.refuse(ProblemCode::RelationTupleNotFound, "no such tuple that you may see"))
        }
    }
}

/// POST /v1/authz/check
pub async fn check_relation(
    tuples: &Tuples,
    body: models::CheckRelationRequest,
    context: &RequestContext,
) -> CheckRelationResponse {
    use CheckRelationResponse as Response;
    let operator = operator!(Response, context);
    limits!(Response, context, body);
    match tuples.check(operator, body.subject.as_deref(), &body.object, &body.permission).await {
        Ok(decided) => Response::Ok(models::CheckRelationResponse {
            decision: if decided.allowed { models::CheckDecision::Allowed } else { models::CheckDecision::Denied },
            reason: decided.reason,
            relation_path: decided.path,
            correlation_id: context.correlation_id().to_owned(),
        }),
        Err(TupleRefusal::Invalid { field, rule }) => {
            Response::UnprocessableContent(context.refuse_field(ProblemCode::InvalidField, field, rule))
        }
        Err(TupleRefusal::Storage(error)) => fault!(Response, context, &error),
        Err(_) => Response::Forbidden(not_granted(context)),
    }
}

fn not_granted(context: &RequestContext) -> models::PermissionDenied {
    let needs = "this needs domain#manage on the object's Domain, or platform#admin";
    context.deny(ProblemCode::InsufficientRelation, DenyReason::InsufficientRelation, needs)
}

fn relation_tuple(tuple: Tuple) -> models::RelationTuple {
    models::RelationTuple {
        tuple_id: tuple.id.0,
        object: tuple.object,
        relation: tuple.relation,
        subject: tuple.subject,
        created_at: tuple.created_at,
    }
}
