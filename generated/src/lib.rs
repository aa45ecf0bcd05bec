#![allow(missing_docs, trivial_casts, unused_variables, unused_mut, unused_imports, unused_extern_crates, unused_attributes, non_camel_case_types)]
#![allow(clippy::derive_partial_eq_without_eq, clippy::disallowed_names)]

use async_trait::async_trait;
use futures::Stream;
#[cfg(feature = "mock")]
use mockall::automock;
use std::error::Error;
use std::collections::BTreeSet;
use std::task::{Poll, Context};
use swagger::{ApiError, ContextWrapper, auth::Authorization};
use serde::{Serialize, Deserialize};

#[cfg(any(feature = "client", feature = "server"))]
type ServiceError = Box<dyn Error + Send + Sync + 'static>;

pub const BASE_PATH: &str = "";
pub const API_VERSION: &str = "1.0.0";

mod auth;
pub use auth::{AuthenticationApi, Claims};


#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListAuditEntriesResponse {
    /// One page of audit entries.
    Ok
    (models::AuditEntryList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum VerifyAuditChainResponse {
    /// The outcome.
    Ok
    (models::AuditVerification)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetAuditEntryResponse {
    /// The audit entry.
    Ok
    (models::AuditEntry)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetAuthCallbackResponse {
    /// Signed in; the cookies of the session are set.
    Found
    {
        location:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// The issuer did not vouch for anybody. The flow is over, and its cookie goes.
    Unauthenticated
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetSignInResponse {
    /// On to the issuer; the cookie of the flow is set.
    Found
    {
        location:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetWhoamiResponse {
    /// The caller.
    Ok
    (models::Whoami)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum IssueApiTokenResponse {
    /// The token, shown this once.
    Created
    (models::IssuedApiToken)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListApiTokensResponse {
    /// One page of API tokens.
    Ok
    (models::ApiTokenList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PostSignInResponse {
    /// On to the issuer; the cookie of the flow is set.
    Found
    {
        location:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum SignOutResponse {
    /// The session has ended.
    NoContent
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum RevokeApiTokenResponse {
    /// The token is revoked.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum RotateApiTokenResponse {
    /// The token with its new secret, shown this once.
    Ok
    (models::IssuedApiToken)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum CheckRelationResponse {
    /// The decision.
    Ok
    (models::CheckRelationResponse)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum CreateRelationTupleResponse {
    /// The new tuple.
    Created
    (models::RelationTuple)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListRelationTuplesResponse {
    /// One page of tuples.
    Ok
    (models::RelationTupleList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum DeleteRelationTupleResponse {
    /// The tuple is gone.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum RegisterResponse {
    /// The Node is enrolled.
    Created
    (models::RegisterResponse)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum IssueBootstrapTokenResponse {
    /// The token, shown this once.
    Created
    (models::IssuedBootstrapToken)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListBootstrapTokensResponse {
    /// One page of bootstrap tokens.
    Ok
    (models::BootstrapTokenList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetBootstrapTokenResponse {
    /// The bootstrap token.
    Ok
    (models::BootstrapToken)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum RevokeBootstrapTokenResponse {
    /// The token is revoked.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum CreateDomainResponse {
    /// The new Domain.
    Created
    (models::Domain)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListDomainsResponse {
    /// One page of Domains.
    Ok
    (models::DomainList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum DeleteDomainResponse {
    /// The Domain is gone.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetDomainResponse {
    /// The Domain.
    Ok
    {
        body: models::Domain,
        e_tag:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PatchDomainResponse {
    /// The Domain after the change.
    Ok
    {
        body: models::Domain,
        e_tag:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The resource is no longer the one named in `If-Match`.
    PreconditionFailed
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListIntegrityViolationsResponse {
    /// One page of violations.
    Ok
    (models::RecordedIntegrityViolationList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum AcknowledgeIntegrityViolationResponse {
    /// The violation, acknowledged.
    Ok
    (models::RecordedIntegrityViolation)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListProjectCapabilitiesResponse {
    /// One page of capabilities.
    Ok
    (models::NodeCapabilitiesList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PostKeysRotateResponse {
    /// The rotation is complete.
    Ok
    (models::KeysRotateResponse)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetDomainMeshTopologyResponse {
    /// The peer graph.
    Ok
    {
        body: models::MeshTopology,
        e_tag:
        String
    }
    ,
    /// The peer graph is still the one named in `If-None-Match`.
    NotModified
    {
        e_tag:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetNodeEventsResponse {
    /// The stream; it stays open.
    Ok
    {
        body: String,
        cache_control:
        String
        ,
        x_accel_buffering:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::Problem)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The caller has reached a limit.
    TooManyRequests
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetNodeKeysRotatePreviewResponse {
    /// What a rotation would touch now.
    Ok
    (models::RotationImpactPreview)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetNodeReachabilityResponse {
    /// The reachability as of now.
    Ok
    (models::Reachability)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::Problem)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetNodeStateResponse {
    /// The snapshot.
    Ok
    {
        body: models::NodeStateSnapshot,
        e_tag:
        String
        ,
        content_encoding:
        Option<
        String
        >
        ,
        vary:
        Option<
        String
        >
        ,
        cache_control:
        Option<
        String
        >
        ,
        warning:
        Option<
        String
        >
    }
    ,
    /// The snapshot is still the one named in `If-None-Match`.
    NotModified
    {
        e_tag:
        String
        ,
        vary:
        Option<
        String
        >
        ,
        cache_control:
        Option<
        String
        >
        ,
        warning:
        Option<
        String
        >
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::Problem)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PostNodeHeartbeatResponse {
    /// The heartbeat is recorded.
    Ok
    (models::HeartbeatResponse)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PostNodeIntegrityViolationsResponse {
    /// The violations are recorded; the operators are being told.
    Accepted
    (models::IntegrityViolationsResponse)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PostNodeKeysRotateResponse {
    /// The rotation that is pending now.
    Ok
    (models::RotationTriggerResponse)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PutNodeCapabilitiesResponse {
    /// The manifest is recorded.
    Ok
    (models::CapabilityManifestResponse)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PutNodeEndpointResponse {
    /// The observation is recorded.
    Ok
    (models::EndpointResponse)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// What is addressed was removed while the request was under way.
    Gone
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetDocsResponse {
    /// The page.
    Ok
    (String)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetHealthResponse {
    /// The server answers.
    Ok
    (models::Health)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetOpenapiJsonResponse {
    /// This document.
    Ok
    (std::collections::BTreeMap<String, swagger::Nullable<serde_json::Value>>)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetOpenapiYamlResponse {
    /// This document.
    Ok
    (String)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetVersionResponse {
    /// The versions.
    Ok
    (models::VersionInfo)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetErrorCodeResponse {
    /// The explanation.
    Ok
    (models::ErrorExplanation)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListNodesResponse {
    /// One page of Nodes.
    Ok
    (models::NodeList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum DeregisterNodeResponse {
    /// The Node is deregistered.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum DrainNodeResponse {
    /// The Node is drained.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum FlagNodeNskResponse {
    /// The NSK is flagged.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetNodeResponse {
    /// The Node.
    Ok
    (models::Node)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum UndrainNodeResponse {
    /// The Node is in the mesh.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum DeleteNodeDataEntryResponse {
    /// The entry is gone.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum DeleteNodeMetadataEntryResponse {
    /// The entry is gone.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum DeleteNodeReportEntryResponse {
    /// The entry is gone.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetPeerPskResponse {
    /// The sealed key, 60 bytes.
    Ok
    {
        body: swagger::ByteArray,
        x_plexsphere_psk_epochs:
        String
        ,
        cache_control:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PutNodeDataEntryResponse {
    /// The entry is stored.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PutNodeMetadataEntryResponse {
    /// The entry is stored.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PutNodeReportEntryResponse {
    /// The entry is stored.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum CreateProjectResponse {
    /// The new Project.
    Created
    (models::Project)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum ListProjectsResponse {
    /// One page of Projects.
    Ok
    (models::ProjectList)
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum DeleteProjectResponse {
    /// The Project is gone.
    NoContent
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum GetProjectResponse {
    /// The Project.
    Ok
    {
        body: models::Project,
        e_tag:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[must_use]
pub enum PatchProjectResponse {
    /// The Project after the change.
    Ok
    {
        body: models::Project,
        e_tag:
        String
    }
    ,
    /// A path id, the query, or the body is malformed or breaks a rule.
    BadRequest
    (models::Problem)
    ,
    /// No credential, or one that does not hold.
    Unauthenticated
    (models::Problem)
    ,
    /// The credential holds, but it does not permit this.
    Forbidden
    (models::PermissionDenied)
    ,
    /// What is addressed does not exist.
    NotFound
    (models::Problem)
    ,
    /// The request contradicts the present state.
    Conflict
    (models::Problem)
    ,
    /// The resource is no longer the one named in `If-Match`.
    PreconditionFailed
    (models::Problem)
    ,
    /// The body is larger than this operation takes.
    BodyTooLarge
    (models::Problem)
    ,
    /// The body's media type or content encoding is not taken.
    UnsupportedMediaType
    (models::Problem)
    ,
    /// The body is well formed, but a member breaks a rule.
    UnprocessableContent
    (models::Problem)
    ,
    /// A fault in the server.
    Internal
    (models::Problem)
    ,
    /// This server runs without what the operation needs.
    NotProvisioned
    (models::Problem)
    ,
    /// The server cannot handle the request now; `Retry-After` says when to come back.
    Unavailable
    (models::Problem)
}

/// API
#[cfg_attr(feature = "mock", automock)]
#[async_trait]
#[allow(clippy::too_many_arguments, clippy::ptr_arg)]
pub trait Api<C: Send + Sync> {
    /// List the audit log of a Domain
    async fn list_audit_entries(
        &self,
        id: uuid::Uuid,
        subject: Option<String>,
        action: Option<String>,
        object: Option<String>,
        decision: Option<models::AuditDecision>,
        from: Option<chrono::DateTime::<chrono::Utc>>,
        to: Option<chrono::DateTime::<chrono::Utc>>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListAuditEntriesResponse, ApiError>;

    /// Verify the audit chain of a Domain
    async fn verify_audit_chain(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<VerifyAuditChainResponse, ApiError>;

    /// Read an audit entry
    async fn get_audit_entry(
        &self,
        id: uuid::Uuid,
        seq: i64,
        context: &C) -> Result<GetAuditEntryResponse, ApiError>;

    /// Finish to sign in with OIDC
    async fn get_auth_callback(
        &self,
        state: String,
        code: Option<String>,
        error: Option<String>,
        error_description: Option<String>,
        iss: Option<String>,
        context: &C) -> Result<GetAuthCallbackResponse, ApiError>;

    /// Go to sign in with OIDC
    async fn get_sign_in(
        &self,
        domain_id: Option<uuid::Uuid>,
        return_to: Option<String>,
        context: &C) -> Result<GetSignInResponse, ApiError>;

    /// Tell who the caller is
    async fn get_whoami(
        &self,
        context: &C) -> Result<GetWhoamiResponse, ApiError>;

    /// Issue an API token
    async fn issue_api_token(
        &self,
        issue_api_token_request: models::IssueApiTokenRequest,
        context: &C) -> Result<IssueApiTokenResponse, ApiError>;

    /// List API tokens
    async fn list_api_tokens(
        &self,
        identity_ref: Option<String>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListApiTokensResponse, ApiError>;

    /// Begin to sign in with OIDC
    async fn post_sign_in(
        &self,
        sign_in_request: models::SignInRequest,
        context: &C) -> Result<PostSignInResponse, ApiError>;

    /// End the session
    async fn sign_out(
        &self,
        context: &C) -> Result<SignOutResponse, ApiError>;

    /// Revoke an API token
    async fn revoke_api_token(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<RevokeApiTokenResponse, ApiError>;

    /// Replace the secret of an API token
    async fn rotate_api_token(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<RotateApiTokenResponse, ApiError>;

    /// Ask whether a permission holds
    async fn check_relation(
        &self,
        check_relation_request: models::CheckRelationRequest,
        context: &C) -> Result<CheckRelationResponse, ApiError>;

    /// Grant a relation
    async fn create_relation_tuple(
        &self,
        create_relation_tuple_request: models::CreateRelationTupleRequest,
        context: &C) -> Result<CreateRelationTupleResponse, ApiError>;

    /// List relation tuples
    async fn list_relation_tuples(
        &self,
        object: Option<String>,
        subject: Option<String>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListRelationTuplesResponse, ApiError>;

    /// Withdraw a relation
    async fn delete_relation_tuple(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<DeleteRelationTupleResponse, ApiError>;

    /// Enrol a Node
    async fn register(
        &self,
        register_request: models::RegisterRequest,
        context: &C) -> Result<RegisterResponse, ApiError>;

    /// Issue a bootstrap token
    async fn issue_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        issue_bootstrap_token_request: models::IssueBootstrapTokenRequest,
        context: &C) -> Result<IssueBootstrapTokenResponse, ApiError>;

    /// List the bootstrap tokens of a Project
    async fn list_bootstrap_tokens(
        &self,
        project_id: uuid::Uuid,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListBootstrapTokensResponse, ApiError>;

    /// Read a bootstrap token
    async fn get_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        id: uuid::Uuid,
        context: &C) -> Result<GetBootstrapTokenResponse, ApiError>;

    /// Revoke a bootstrap token
    async fn revoke_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        id: uuid::Uuid,
        context: &C) -> Result<RevokeBootstrapTokenResponse, ApiError>;

    /// Create a Domain
    async fn create_domain(
        &self,
        create_domain_request: models::CreateDomainRequest,
        context: &C) -> Result<CreateDomainResponse, ApiError>;

    /// List the Domains that the caller may see
    async fn list_domains(
        &self,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListDomainsResponse, ApiError>;

    /// Delete a Domain
    async fn delete_domain(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<DeleteDomainResponse, ApiError>;

    /// Read a Domain
    async fn get_domain(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<GetDomainResponse, ApiError>;

    /// Change a Domain
    async fn patch_domain(
        &self,
        id: uuid::Uuid,
        patch_domain_request: models::PatchDomainRequest,
        if_match: Option<String>,
        context: &C) -> Result<PatchDomainResponse, ApiError>;

    /// List reported integrity violations
    async fn list_integrity_violations(
        &self,
        domain_id: Option<uuid::Uuid>,
        project_id: Option<uuid::Uuid>,
        node_id: Option<uuid::Uuid>,
        kind: Option<models::IntegrityViolationKind>,
        status: Option<models::IntegrityViolationStatus>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListIntegrityViolationsResponse, ApiError>;

    /// Acknowledge an integrity violation
    async fn acknowledge_integrity_violation(
        &self,
        id: uuid::Uuid,
        acknowledge_integrity_violation_request: models::AcknowledgeIntegrityViolationRequest,
        context: &C) -> Result<AcknowledgeIntegrityViolationResponse, ApiError>;

    /// List the capabilities of a Project's Nodes
    async fn list_project_capabilities(
        &self,
        id: uuid::Uuid,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListProjectCapabilitiesResponse, ApiError>;

    /// Complete the rotation of the caller's mesh key
    async fn post_keys_rotate(
        &self,
        keys_rotate_request: models::KeysRotateRequest,
        context: &C) -> Result<PostKeysRotateResponse, ApiError>;

    /// Read the peer graph of a Domain
    async fn get_domain_mesh_topology(
        &self,
        domain_id: uuid::Uuid,
        edges: Option<models::MeshTopologyEdgeSelection>,
        node_id: Option<uuid::Uuid>,
        if_none_match: Option<String>,
        context: &C) -> Result<GetDomainMeshTopologyResponse, ApiError>;

    /// Follow the signed event stream of a Node
    async fn get_node_events(
        &self,
        id: uuid::Uuid,
        last_event_id: Option<String>,
        context: &C) -> Result<GetNodeEventsResponse, ApiError>;

    /// See what rotating a mesh key would touch
    async fn get_node_keys_rotate_preview(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<GetNodeKeysRotatePreviewResponse, ApiError>;

    /// Read the reachability of a Node
    async fn get_node_reachability(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<GetNodeReachabilityResponse, ApiError>;

    /// Pull the state that a Node has to reach
    async fn get_node_state(
        &self,
        id: uuid::Uuid,
        if_none_match: Option<String>,
        context: &C) -> Result<GetNodeStateResponse, ApiError>;

    /// Report that a Node is alive
    async fn post_node_heartbeat(
        &self,
        id: uuid::Uuid,
        heartbeat_request: models::HeartbeatRequest,
        context: &C) -> Result<PostNodeHeartbeatResponse, ApiError>;

    /// Report integrity violations found on a Node
    async fn post_node_integrity_violations(
        &self,
        id: uuid::Uuid,
        integrity_violations_request: models::IntegrityViolationsRequest,
        context: &C) -> Result<PostNodeIntegrityViolationsResponse, ApiError>;

    /// Ask a Node to rotate its mesh key
    async fn post_node_keys_rotate(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<PostNodeKeysRotateResponse, ApiError>;

    /// Replace the capability manifest of a Node
    async fn put_node_capabilities(
        &self,
        id: uuid::Uuid,
        capability_manifest_request: models::CapabilityManifestRequest,
        context: &C) -> Result<PutNodeCapabilitiesResponse, ApiError>;

    /// Report the endpoint under which a Node is seen
    async fn put_node_endpoint(
        &self,
        id: uuid::Uuid,
        endpoint_request: models::EndpointRequest,
        context: &C) -> Result<PutNodeEndpointResponse, ApiError>;

    /// Read this document as a page
    async fn get_docs(
        &self,
        context: &C) -> Result<GetDocsResponse, ApiError>;

    /// Tell whether the server answers
    async fn get_health(
        &self,
        context: &C) -> Result<GetHealthResponse, ApiError>;

    /// Read this document as JSON
    async fn get_openapi_json(
        &self,
        context: &C) -> Result<GetOpenapiJsonResponse, ApiError>;

    /// Read this document as YAML
    async fn get_openapi_yaml(
        &self,
        context: &C) -> Result<GetOpenapiYamlResponse, ApiError>;

    /// Tell the version of the server
    async fn get_version(
        &self,
        context: &C) -> Result<GetVersionResponse, ApiError>;

    /// Explain a Problem code
    async fn get_error_code(
        &self,
        code: String,
        context: &C) -> Result<GetErrorCodeResponse, ApiError>;

    /// List the Nodes that the caller may see
    async fn list_nodes(
        &self,
        domain_id: Option<uuid::Uuid>,
        project_id: Option<uuid::Uuid>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListNodesResponse, ApiError>;

    /// Deregister a Node
    async fn deregister_node(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<DeregisterNodeResponse, ApiError>;

    /// Drain a Node
    async fn drain_node(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<DrainNodeResponse, ApiError>;

    /// Ask a Node to replace its NSK
    async fn flag_node_nsk(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<FlagNodeNskResponse, ApiError>;

    /// Read a Node
    async fn get_node(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<GetNodeResponse, ApiError>;

    /// Bring a drained Node back
    async fn undrain_node(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<UndrainNodeResponse, ApiError>;

    /// Remove a data entry of a Node
    async fn delete_node_data_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        context: &C) -> Result<DeleteNodeDataEntryResponse, ApiError>;

    /// Remove a metadata entry of a Node
    async fn delete_node_metadata_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        context: &C) -> Result<DeleteNodeMetadataEntryResponse, ApiError>;

    /// Remove a report of a Node
    async fn delete_node_report_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        context: &C) -> Result<DeleteNodeReportEntryResponse, ApiError>;

    /// Fetch the PSK of one edge
    async fn get_peer_psk(
        &self,
        id: uuid::Uuid,
        peer_node_id: uuid::Uuid,
        context: &C) -> Result<GetPeerPskResponse, ApiError>;

    /// Set a data entry of a Node
    async fn put_node_data_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        context: &C) -> Result<PutNodeDataEntryResponse, ApiError>;

    /// Set a metadata entry of a Node
    async fn put_node_metadata_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        context: &C) -> Result<PutNodeMetadataEntryResponse, ApiError>;

    /// Set a report of a Node
    async fn put_node_report_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        context: &C) -> Result<PutNodeReportEntryResponse, ApiError>;

    /// Create a Project
    async fn create_project(
        &self,
        create_project_request: models::CreateProjectRequest,
        context: &C) -> Result<CreateProjectResponse, ApiError>;

    /// List the Projects that the caller may see
    async fn list_projects(
        &self,
        domain_id: Option<uuid::Uuid>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &C) -> Result<ListProjectsResponse, ApiError>;

    /// Delete a Project
    async fn delete_project(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<DeleteProjectResponse, ApiError>;

    /// Read a Project
    async fn get_project(
        &self,
        id: uuid::Uuid,
        context: &C) -> Result<GetProjectResponse, ApiError>;

    /// Change a Project
    async fn patch_project(
        &self,
        id: uuid::Uuid,
        patch_project_request: models::PatchProjectRequest,
        if_match: Option<String>,
        context: &C) -> Result<PatchProjectResponse, ApiError>;

}

/// API where `Context` isn't passed on every API call
#[cfg_attr(feature = "mock", automock)]
#[async_trait]
#[allow(clippy::too_many_arguments, clippy::ptr_arg)]
pub trait ApiNoContext<C: Send + Sync> {
    // The std::task::Context struct houses a reference to std::task::Waker with the lifetime <'a>.
    // Adding an anonymous lifetime `'a` to allow mockall to create a mock object with the right lifetimes.
    // This is needed because the compiler is unable to determine the lifetimes on F's trait bound
    // where F is the closure created by mockall. We use higher-rank trait bounds here to get around this.

    fn context(&self) -> &C;

    /// List the audit log of a Domain
    async fn list_audit_entries(
        &self,
        id: uuid::Uuid,
        subject: Option<String>,
        action: Option<String>,
        object: Option<String>,
        decision: Option<models::AuditDecision>,
        from: Option<chrono::DateTime::<chrono::Utc>>,
        to: Option<chrono::DateTime::<chrono::Utc>>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListAuditEntriesResponse, ApiError>;

    /// Verify the audit chain of a Domain
    async fn verify_audit_chain(
        &self,
        id: uuid::Uuid,
        ) -> Result<VerifyAuditChainResponse, ApiError>;

    /// Read an audit entry
    async fn get_audit_entry(
        &self,
        id: uuid::Uuid,
        seq: i64,
        ) -> Result<GetAuditEntryResponse, ApiError>;

    /// Finish to sign in with OIDC
    async fn get_auth_callback(
        &self,
        state: String,
        code: Option<String>,
        error: Option<String>,
        error_description: Option<String>,
        iss: Option<String>,
        ) -> Result<GetAuthCallbackResponse, ApiError>;

    /// Go to sign in with OIDC
    async fn get_sign_in(
        &self,
        domain_id: Option<uuid::Uuid>,
        return_to: Option<String>,
        ) -> Result<GetSignInResponse, ApiError>;

    /// Tell who the caller is
    async fn get_whoami(
        &self,
        ) -> Result<GetWhoamiResponse, ApiError>;

    /// Issue an API token
    async fn issue_api_token(
        &self,
        issue_api_token_request: models::IssueApiTokenRequest,
        ) -> Result<IssueApiTokenResponse, ApiError>;

    /// List API tokens
    async fn list_api_tokens(
        &self,
        identity_ref: Option<String>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListApiTokensResponse, ApiError>;

    /// Begin to sign in with OIDC
    async fn post_sign_in(
        &self,
        sign_in_request: models::SignInRequest,
        ) -> Result<PostSignInResponse, ApiError>;

    /// End the session
    async fn sign_out(
        &self,
        ) -> Result<SignOutResponse, ApiError>;

    /// Revoke an API token
    async fn revoke_api_token(
        &self,
        id: uuid::Uuid,
        ) -> Result<RevokeApiTokenResponse, ApiError>;

    /// Replace the secret of an API token
    async fn rotate_api_token(
        &self,
        id: uuid::Uuid,
        ) -> Result<RotateApiTokenResponse, ApiError>;

    /// Ask whether a permission holds
    async fn check_relation(
        &self,
        check_relation_request: models::CheckRelationRequest,
        ) -> Result<CheckRelationResponse, ApiError>;

    /// Grant a relation
    async fn create_relation_tuple(
        &self,
        create_relation_tuple_request: models::CreateRelationTupleRequest,
        ) -> Result<CreateRelationTupleResponse, ApiError>;

    /// List relation tuples
    async fn list_relation_tuples(
        &self,
        object: Option<String>,
        subject: Option<String>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListRelationTuplesResponse, ApiError>;

    /// Withdraw a relation
    async fn delete_relation_tuple(
        &self,
        id: uuid::Uuid,
        ) -> Result<DeleteRelationTupleResponse, ApiError>;

    /// Enrol a Node
    async fn register(
        &self,
        register_request: models::RegisterRequest,
        ) -> Result<RegisterResponse, ApiError>;

    /// Issue a bootstrap token
    async fn issue_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        issue_bootstrap_token_request: models::IssueBootstrapTokenRequest,
        ) -> Result<IssueBootstrapTokenResponse, ApiError>;

    /// List the bootstrap tokens of a Project
    async fn list_bootstrap_tokens(
        &self,
        project_id: uuid::Uuid,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListBootstrapTokensResponse, ApiError>;

    /// Read a bootstrap token
    async fn get_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        id: uuid::Uuid,
        ) -> Result<GetBootstrapTokenResponse, ApiError>;

    /// Revoke a bootstrap token
    async fn revoke_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        id: uuid::Uuid,
        ) -> Result<RevokeBootstrapTokenResponse, ApiError>;

    /// Create a Domain
    async fn create_domain(
        &self,
        create_domain_request: models::CreateDomainRequest,
        ) -> Result<CreateDomainResponse, ApiError>;

    /// List the Domains that the caller may see
    async fn list_domains(
        &self,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListDomainsResponse, ApiError>;

    /// Delete a Domain
    async fn delete_domain(
        &self,
        id: uuid::Uuid,
        ) -> Result<DeleteDomainResponse, ApiError>;

    /// Read a Domain
    async fn get_domain(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetDomainResponse, ApiError>;

    /// Change a Domain
    async fn patch_domain(
        &self,
        id: uuid::Uuid,
        patch_domain_request: models::PatchDomainRequest,
        if_match: Option<String>,
        ) -> Result<PatchDomainResponse, ApiError>;

    /// List reported integrity violations
    async fn list_integrity_violations(
        &self,
        domain_id: Option<uuid::Uuid>,
        project_id: Option<uuid::Uuid>,
        node_id: Option<uuid::Uuid>,
        kind: Option<models::IntegrityViolationKind>,
        status: Option<models::IntegrityViolationStatus>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListIntegrityViolationsResponse, ApiError>;

    /// Acknowledge an integrity violation
    async fn acknowledge_integrity_violation(
        &self,
        id: uuid::Uuid,
        acknowledge_integrity_violation_request: models::AcknowledgeIntegrityViolationRequest,
        ) -> Result<AcknowledgeIntegrityViolationResponse, ApiError>;

    /// List the capabilities of a Project's Nodes
    async fn list_project_capabilities(
        &self,
        id: uuid::Uuid,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListProjectCapabilitiesResponse, ApiError>;

    /// Complete the rotation of the caller's mesh key
    async fn post_keys_rotate(
        &self,
        keys_rotate_request: models::KeysRotateRequest,
        ) -> Result<PostKeysRotateResponse, ApiError>;

    /// Read the peer graph of a Domain
    async fn get_domain_mesh_topology(
        &self,
        domain_id: uuid::Uuid,
        edges: Option<models::MeshTopologyEdgeSelection>,
        node_id: Option<uuid::Uuid>,
        if_none_match: Option<String>,
        ) -> Result<GetDomainMeshTopologyResponse, ApiError>;

    /// Follow the signed event stream of a Node
    async fn get_node_events(
        &self,
        id: uuid::Uuid,
        last_event_id: Option<String>,
        ) -> Result<GetNodeEventsResponse, ApiError>;

    /// See what rotating a mesh key would touch
    async fn get_node_keys_rotate_preview(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetNodeKeysRotatePreviewResponse, ApiError>;

    /// Read the reachability of a Node
    async fn get_node_reachability(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetNodeReachabilityResponse, ApiError>;

    /// Pull the state that a Node has to reach
    async fn get_node_state(
        &self,
        id: uuid::Uuid,
        if_none_match: Option<String>,
        ) -> Result<GetNodeStateResponse, ApiError>;

    /// Report that a Node is alive
    async fn post_node_heartbeat(
        &self,
        id: uuid::Uuid,
        heartbeat_request: models::HeartbeatRequest,
        ) -> Result<PostNodeHeartbeatResponse, ApiError>;

    /// Report integrity violations found on a Node
    async fn post_node_integrity_violations(
        &self,
        id: uuid::Uuid,
        integrity_violations_request: models::IntegrityViolationsRequest,
        ) -> Result<PostNodeIntegrityViolationsResponse, ApiError>;

    /// Ask a Node to rotate its mesh key
    async fn post_node_keys_rotate(
        &self,
        id: uuid::Uuid,
        ) -> Result<PostNodeKeysRotateResponse, ApiError>;

    /// Replace the capability manifest of a Node
    async fn put_node_capabilities(
        &self,
        id: uuid::Uuid,
        capability_manifest_request: models::CapabilityManifestRequest,
        ) -> Result<PutNodeCapabilitiesResponse, ApiError>;

    /// Report the endpoint under which a Node is seen
    async fn put_node_endpoint(
        &self,
        id: uuid::Uuid,
        endpoint_request: models::EndpointRequest,
        ) -> Result<PutNodeEndpointResponse, ApiError>;

    /// Read this document as a page
    async fn get_docs(
        &self,
        ) -> Result<GetDocsResponse, ApiError>;

    /// Tell whether the server answers
    async fn get_health(
        &self,
        ) -> Result<GetHealthResponse, ApiError>;

    /// Read this document as JSON
    async fn get_openapi_json(
        &self,
        ) -> Result<GetOpenapiJsonResponse, ApiError>;

    /// Read this document as YAML
    async fn get_openapi_yaml(
        &self,
        ) -> Result<GetOpenapiYamlResponse, ApiError>;

    /// Tell the version of the server
    async fn get_version(
        &self,
        ) -> Result<GetVersionResponse, ApiError>;

    /// Explain a Problem code
    async fn get_error_code(
        &self,
        code: String,
        ) -> Result<GetErrorCodeResponse, ApiError>;

    /// List the Nodes that the caller may see
    async fn list_nodes(
        &self,
        domain_id: Option<uuid::Uuid>,
        project_id: Option<uuid::Uuid>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListNodesResponse, ApiError>;

    /// Deregister a Node
    async fn deregister_node(
        &self,
        id: uuid::Uuid,
        ) -> Result<DeregisterNodeResponse, ApiError>;

    /// Drain a Node
    async fn drain_node(
        &self,
        id: uuid::Uuid,
        ) -> Result<DrainNodeResponse, ApiError>;

    /// Ask a Node to replace its NSK
    async fn flag_node_nsk(
        &self,
        id: uuid::Uuid,
        ) -> Result<FlagNodeNskResponse, ApiError>;

    /// Read a Node
    async fn get_node(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetNodeResponse, ApiError>;

    /// Bring a drained Node back
    async fn undrain_node(
        &self,
        id: uuid::Uuid,
        ) -> Result<UndrainNodeResponse, ApiError>;

    /// Remove a data entry of a Node
    async fn delete_node_data_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        ) -> Result<DeleteNodeDataEntryResponse, ApiError>;

    /// Remove a metadata entry of a Node
    async fn delete_node_metadata_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        ) -> Result<DeleteNodeMetadataEntryResponse, ApiError>;

    /// Remove a report of a Node
    async fn delete_node_report_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        ) -> Result<DeleteNodeReportEntryResponse, ApiError>;

    /// Fetch the PSK of one edge
    async fn get_peer_psk(
        &self,
        id: uuid::Uuid,
        peer_node_id: uuid::Uuid,
        ) -> Result<GetPeerPskResponse, ApiError>;

    /// Set a data entry of a Node
    async fn put_node_data_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        ) -> Result<PutNodeDataEntryResponse, ApiError>;

    /// Set a metadata entry of a Node
    async fn put_node_metadata_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        ) -> Result<PutNodeMetadataEntryResponse, ApiError>;

    /// Set a report of a Node
    async fn put_node_report_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        ) -> Result<PutNodeReportEntryResponse, ApiError>;

    /// Create a Project
    async fn create_project(
        &self,
        create_project_request: models::CreateProjectRequest,
        ) -> Result<CreateProjectResponse, ApiError>;

    /// List the Projects that the caller may see
    async fn list_projects(
        &self,
        domain_id: Option<uuid::Uuid>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListProjectsResponse, ApiError>;

    /// Delete a Project
    async fn delete_project(
        &self,
        id: uuid::Uuid,
        ) -> Result<DeleteProjectResponse, ApiError>;

    /// Read a Project
    async fn get_project(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetProjectResponse, ApiError>;

    /// Change a Project
    async fn patch_project(
        &self,
        id: uuid::Uuid,
        patch_project_request: models::PatchProjectRequest,
        if_match: Option<String>,
        ) -> Result<PatchProjectResponse, ApiError>;

}

/// Trait to extend an API to make it easy to bind it to a context.
pub trait ContextWrapperExt<C: Send + Sync> where Self: Sized
{
    /// Binds this API to a context.
    fn with_context(self, context: C) -> ContextWrapper<Self, C>;
}

impl<T: Api<C> + Send + Sync, C: Clone + Send + Sync> ContextWrapperExt<C> for T {
    fn with_context(self: T, context: C) -> ContextWrapper<T, C> {
         ContextWrapper::<T, C>::new(self, context)
    }
}

#[async_trait]
impl<T: Api<C> + Send + Sync, C: Clone + Send + Sync> ApiNoContext<C> for ContextWrapper<T, C> {
    fn context(&self) -> &C {
        ContextWrapper::context(self)
    }

    /// List the audit log of a Domain
    async fn list_audit_entries(
        &self,
        id: uuid::Uuid,
        subject: Option<String>,
        action: Option<String>,
        object: Option<String>,
        decision: Option<models::AuditDecision>,
        from: Option<chrono::DateTime::<chrono::Utc>>,
        to: Option<chrono::DateTime::<chrono::Utc>>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListAuditEntriesResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_audit_entries(id, subject, action, object, decision, from, to, limit, cursor, &context).await
    }

    /// Verify the audit chain of a Domain
    async fn verify_audit_chain(
        &self,
        id: uuid::Uuid,
        ) -> Result<VerifyAuditChainResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().verify_audit_chain(id, &context).await
    }

    /// Read an audit entry
    async fn get_audit_entry(
        &self,
        id: uuid::Uuid,
        seq: i64,
        ) -> Result<GetAuditEntryResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_audit_entry(id, seq, &context).await
    }

    /// Finish to sign in with OIDC
    async fn get_auth_callback(
        &self,
        state: String,
        code: Option<String>,
        error: Option<String>,
        error_description: Option<String>,
        iss: Option<String>,
        ) -> Result<GetAuthCallbackResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_auth_callback(state, code, error, error_description, iss, &context).await
    }

    /// Go to sign in with OIDC
    async fn get_sign_in(
        &self,
        domain_id: Option<uuid::Uuid>,
        return_to: Option<String>,
        ) -> Result<GetSignInResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_sign_in(domain_id, return_to, &context).await
    }

    /// Tell who the caller is
    async fn get_whoami(
        &self,
        ) -> Result<GetWhoamiResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_whoami(&context).await
    }

    /// Issue an API token
    async fn issue_api_token(
        &self,
        issue_api_token_request: models::IssueApiTokenRequest,
        ) -> Result<IssueApiTokenResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().issue_api_token(issue_api_token_request, &context).await
    }

    /// List API tokens
    async fn list_api_tokens(
        &self,
        identity_ref: Option<String>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListApiTokensResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_api_tokens(identity_ref, limit, cursor, &context).await
    }

    /// Begin to sign in with OIDC
    async fn post_sign_in(
        &self,
        sign_in_request: models::SignInRequest,
        ) -> Result<PostSignInResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().post_sign_in(sign_in_request, &context).await
    }

    /// End the session
    async fn sign_out(
        &self,
        ) -> Result<SignOutResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().sign_out(&context).await
    }

    /// Revoke an API token
    async fn revoke_api_token(
        &self,
        id: uuid::Uuid,
        ) -> Result<RevokeApiTokenResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().revoke_api_token(id, &context).await
    }

    /// Replace the secret of an API token
    async fn rotate_api_token(
        &self,
        id: uuid::Uuid,
        ) -> Result<RotateApiTokenResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().rotate_api_token(id, &context).await
    }

    /// Ask whether a permission holds
    async fn check_relation(
        &self,
        check_relation_request: models::CheckRelationRequest,
        ) -> Result<CheckRelationResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().check_relation(check_relation_request, &context).await
    }

    /// Grant a relation
    async fn create_relation_tuple(
        &self,
        create_relation_tuple_request: models::CreateRelationTupleRequest,
        ) -> Result<CreateRelationTupleResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().create_relation_tuple(create_relation_tuple_request, &context).await
    }

    /// List relation tuples
    async fn list_relation_tuples(
        &self,
        object: Option<String>,
        subject: Option<String>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListRelationTuplesResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_relation_tuples(object, subject, limit, cursor, &context).await
    }

    /// Withdraw a relation
    async fn delete_relation_tuple(
        &self,
        id: uuid::Uuid,
        ) -> Result<DeleteRelationTupleResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().delete_relation_tuple(id, &context).await
    }

    /// Enrol a Node
    async fn register(
        &self,
        register_request: models::RegisterRequest,
        ) -> Result<RegisterResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().register(register_request, &context).await
    }

    /// Issue a bootstrap token
    async fn issue_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        issue_bootstrap_token_request: models::IssueBootstrapTokenRequest,
        ) -> Result<IssueBootstrapTokenResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().issue_bootstrap_token(project_id, issue_bootstrap_token_request, &context).await
    }

    /// List the bootstrap tokens of a Project
    async fn list_bootstrap_tokens(
        &self,
        project_id: uuid::Uuid,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListBootstrapTokensResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_bootstrap_tokens(project_id, limit, cursor, &context).await
    }

    /// Read a bootstrap token
    async fn get_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        id: uuid::Uuid,
        ) -> Result<GetBootstrapTokenResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_bootstrap_token(project_id, id, &context).await
    }

    /// Revoke a bootstrap token
    async fn revoke_bootstrap_token(
        &self,
        project_id: uuid::Uuid,
        id: uuid::Uuid,
        ) -> Result<RevokeBootstrapTokenResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().revoke_bootstrap_token(project_id, id, &context).await
    }

    /// Create a Domain
    async fn create_domain(
        &self,
        create_domain_request: models::CreateDomainRequest,
        ) -> Result<CreateDomainResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().create_domain(create_domain_request, &context).await
    }

    /// List the Domains that the caller may see
    async fn list_domains(
        &self,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListDomainsResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_domains(limit, cursor, &context).await
    }

    /// Delete a Domain
    async fn delete_domain(
        &self,
        id: uuid::Uuid,
        ) -> Result<DeleteDomainResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().delete_domain(id, &context).await
    }

    /// Read a Domain
    async fn get_domain(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetDomainResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_domain(id, &context).await
    }

    /// Change a Domain
    async fn patch_domain(
        &self,
        id: uuid::Uuid,
        patch_domain_request: models::PatchDomainRequest,
        if_match: Option<String>,
        ) -> Result<PatchDomainResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().patch_domain(id, patch_domain_request, if_match, &context).await
    }

    /// List reported integrity violations
    async fn list_integrity_violations(
        &self,
        domain_id: Option<uuid::Uuid>,
        project_id: Option<uuid::Uuid>,
        node_id: Option<uuid::Uuid>,
        kind: Option<models::IntegrityViolationKind>,
        status: Option<models::IntegrityViolationStatus>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListIntegrityViolationsResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_integrity_violations(domain_id, project_id, node_id, kind, status, limit, cursor, &context).await
    }

    /// Acknowledge an integrity violation
    async fn acknowledge_integrity_violation(
        &self,
        id: uuid::Uuid,
        acknowledge_integrity_violation_request: models::AcknowledgeIntegrityViolationRequest,
        ) -> Result<AcknowledgeIntegrityViolationResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().acknowledge_integrity_violation(id, acknowledge_integrity_violation_request, &context).await
    }

    /// List the capabilities of a Project's Nodes
    async fn list_project_capabilities(
        &self,
        id: uuid::Uuid,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListProjectCapabilitiesResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_project_capabilities(id, limit, cursor, &context).await
    }

    /// Complete the rotation of the caller's mesh key
    async fn post_keys_rotate(
        &self,
        keys_rotate_request: models::KeysRotateRequest,
        ) -> Result<PostKeysRotateResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().post_keys_rotate(keys_rotate_request, &context).await
    }

    /// Read the peer graph of a Domain
    async fn get_domain_mesh_topology(
        &self,
        domain_id: uuid::Uuid,
        edges: Option<models::MeshTopologyEdgeSelection>,
        node_id: Option<uuid::Uuid>,
        if_none_match: Option<String>,
        ) -> Result<GetDomainMeshTopologyResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_domain_mesh_topology(domain_id, edges, node_id, if_none_match, &context).await
    }

    /// Follow the signed event stream of a Node
    async fn get_node_events(
        &self,
        id: uuid::Uuid,
        last_event_id: Option<String>,
        ) -> Result<GetNodeEventsResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_node_events(id, last_event_id, &context).await
    }

    /// See what rotating a mesh key would touch
    async fn get_node_keys_rotate_preview(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetNodeKeysRotatePreviewResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_node_keys_rotate_preview(id, &context).await
    }

    /// Read the reachability of a Node
    async fn get_node_reachability(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetNodeReachabilityResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_node_reachability(id, &context).await
    }

    /// Pull the state that a Node has to reach
    async fn get_node_state(
        &self,
        id: uuid::Uuid,
        if_none_match: Option<String>,
        ) -> Result<GetNodeStateResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_node_state(id, if_none_match, &context).await
    }

    /// Report that a Node is alive
    async fn post_node_heartbeat(
        &self,
        id: uuid::Uuid,
        heartbeat_request: models::HeartbeatRequest,
        ) -> Result<PostNodeHeartbeatResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().post_node_heartbeat(id, heartbeat_request, &context).await
    }

    /// Report integrity violations found on a Node
    async fn post_node_integrity_violations(
        &self,
        id: uuid::Uuid,
        integrity_violations_request: models::IntegrityViolationsRequest,
        ) -> Result<PostNodeIntegrityViolationsResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().post_node_integrity_violations(id, integrity_violations_request, &context).await
    }

    /// Ask a Node to rotate its mesh key
    async fn post_node_keys_rotate(
        &self,
        id: uuid::Uuid,
        ) -> Result<PostNodeKeysRotateResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().post_node_keys_rotate(id, &context).await
    }

    /// Replace the capability manifest of a Node
    async fn put_node_capabilities(
        &self,
        id: uuid::Uuid,
        capability_manifest_request: models::CapabilityManifestRequest,
        ) -> Result<PutNodeCapabilitiesResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().put_node_capabilities(id, capability_manifest_request, &context).await
    }

    /// Report the endpoint under which a Node is seen
    async fn put_node_endpoint(
        &self,
        id: uuid::Uuid,
        endpoint_request: models::EndpointRequest,
        ) -> Result<PutNodeEndpointResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().put_node_endpoint(id, endpoint_request, &context).await
    }

    /// Read this document as a page
    async fn get_docs(
        &self,
        ) -> Result<GetDocsResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_docs(&context).await
    }

    /// Tell whether the server answers
    async fn get_health(
        &self,
        ) -> Result<GetHealthResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_health(&context).await
    }

    /// Read this document as JSON
    async fn get_openapi_json(
        &self,
        ) -> Result<GetOpenapiJsonResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_openapi_json(&context).await
    }

    /// Read this document as YAML
    async fn get_openapi_yaml(
        &self,
        ) -> Result<GetOpenapiYamlResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_openapi_yaml(&context).await
    }

    /// Tell the version of the server
    async fn get_version(
        &self,
        ) -> Result<GetVersionResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_version(&context).await
    }

    /// Explain a Problem code
    async fn get_error_code(
        &self,
        code: String,
        ) -> Result<GetErrorCodeResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_error_code(code, &context).await
    }

    /// List the Nodes that the caller may see
    async fn list_nodes(
        &self,
        domain_id: Option<uuid::Uuid>,
        project_id: Option<uuid::Uuid>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListNodesResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_nodes(domain_id, project_id, limit, cursor, &context).await
    }

    /// Deregister a Node
    async fn deregister_node(
        &self,
        id: uuid::Uuid,
        ) -> Result<DeregisterNodeResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().deregister_node(id, &context).await
    }

    /// Drain a Node
    async fn drain_node(
        &self,
        id: uuid::Uuid,
        ) -> Result<DrainNodeResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().drain_node(id, &context).await
    }

    /// Ask a Node to replace its NSK
    async fn flag_node_nsk(
        &self,
        id: uuid::Uuid,
        ) -> Result<FlagNodeNskResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().flag_node_nsk(id, &context).await
    }

    /// Read a Node
    async fn get_node(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetNodeResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_node(id, &context).await
    }

    /// Bring a drained Node back
    async fn undrain_node(
        &self,
        id: uuid::Uuid,
        ) -> Result<UndrainNodeResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().undrain_node(id, &context).await
    }

    /// Remove a data entry of a Node
    async fn delete_node_data_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        ) -> Result<DeleteNodeDataEntryResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().delete_node_data_entry(id, key, &context).await
    }

    /// Remove a metadata entry of a Node
    async fn delete_node_metadata_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        ) -> Result<DeleteNodeMetadataEntryResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().delete_node_metadata_entry(id, key, &context).await
    }

    /// Remove a report of a Node
    async fn delete_node_report_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        ) -> Result<DeleteNodeReportEntryResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().delete_node_report_entry(id, key, &context).await
    }

    /// Fetch the PSK of one edge
    async fn get_peer_psk(
        &self,
        id: uuid::Uuid,
        peer_node_id: uuid::Uuid,
        ) -> Result<GetPeerPskResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_peer_psk(id, peer_node_id, &context).await
    }

    /// Set a data entry of a Node
    async fn put_node_data_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        ) -> Result<PutNodeDataEntryResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().put_node_data_entry(id, key, put_state_entry_request, &context).await
    }

    /// Set a metadata entry of a Node
    async fn put_node_metadata_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        ) -> Result<PutNodeMetadataEntryResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().put_node_metadata_entry(id, key, put_state_entry_request, &context).await
    }

    /// Set a report of a Node
    async fn put_node_report_entry(
        &self,
        id: uuid::Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        ) -> Result<PutNodeReportEntryResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().put_node_report_entry(id, key, put_state_entry_request, &context).await
    }

    /// Create a Project
    async fn create_project(
        &self,
        create_project_request: models::CreateProjectRequest,
        ) -> Result<CreateProjectResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().create_project(create_project_request, &context).await
    }

    /// List the Projects that the caller may see
    async fn list_projects(
        &self,
        domain_id: Option<uuid::Uuid>,
        limit: Option<u32>,
        cursor: Option<String>,
        ) -> Result<ListProjectsResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().list_projects(domain_id, limit, cursor, &context).await
    }

    /// Delete a Project
    async fn delete_project(
        &self,
        id: uuid::Uuid,
        ) -> Result<DeleteProjectResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().delete_project(id, &context).await
    }

    /// Read a Project
    async fn get_project(
        &self,
        id: uuid::Uuid,
        ) -> Result<GetProjectResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().get_project(id, &context).await
    }

    /// Change a Project
    async fn patch_project(
        &self,
        id: uuid::Uuid,
        patch_project_request: models::PatchProjectRequest,
        if_match: Option<String>,
        ) -> Result<PatchProjectResponse, ApiError>
    {
        let context = self.context().clone();
        self.api().patch_project(id, patch_project_request, if_match, &context).await
    }

}


#[cfg(feature = "client")]
pub mod client;

// Re-export Client as a top-level name
#[cfg(feature = "client")]
pub use client::Client;

#[cfg(feature = "server")]
pub mod server;

// Re-export router() as a top-level name
#[cfg(feature = "server")]
pub use self::server::Service;

#[cfg(feature = "server")]
pub mod context;

pub mod models;

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) mod header;


mod timestamp {
    //! How models write a time: RFC 3339 in UTC, always with three digits of fraction.
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Serialize, Serializer};
    use swagger::Nullable;

    /// `#[serde(serialize_with)]` of every date-time member of a model.
    pub(crate) fn serialize<T: Timestamp, S: Serializer>(time: &T, serializer: S) -> Result<S::Ok, S::Error> {
        time.text().serialize(serializer)
    }

    /// A date-time member in one of the shapes that a model can give it.
    pub(crate) trait Timestamp {
        /// What is written; `None` is `null`.
        fn text(&self) -> Option<String>;
    }

    impl Timestamp for DateTime<Utc> {
        fn text(&self) -> Option<String> {
            Some(self.to_rfc3339_opts(SecondsFormat::Millis, true))
        }
    }

    impl<T: Timestamp> Timestamp for Nullable<T> {
        fn text(&self) -> Option<String> {
            match self {
                Nullable::Present(time) => time.text(),
                Nullable::Null => None,
            }
        }
    }

    impl<T: Timestamp> Timestamp for Option<T> {
        fn text(&self) -> Option<String> {
            self.as_ref().and_then(T::text)
        }
    }
}
