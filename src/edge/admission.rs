//! Steps 4 and 5 of the order of checks: who is calling, and may they.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{HeaderMap, Method, header};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::operation::{Credential, Gate, Relation};
use super::refusal::Refusal;
use crate::access::api_token::ApiTokenLink;
use crate::access::context::DenyReason;
use crate::access::credential::{Bearer, SECRET_BYTES, bearer, is_nsk};
use crate::access::nsk::NskLink;
use crate::access::oidc::Issuers;
use crate::access::session::csrf::{CsrfFault, CsrfGuard, Shown};
use crate::access::session::{Sessions, cookie};
use crate::access::{AccessError, NodeIdentity, Operator, Principal, RelationChecker};
use crate::postgres::StorageError;
use crate::problem::ProblemCode;

/// Decides who is let in.
pub struct Gatekeeper {
    nsk: Arc<NskLink>,
    operators: OperatorChain,
    relations: Option<Arc<dyn RelationChecker>>,
}

/// The links that prove an operator, in the order in which they are tried: the first that succeeds counts.
pub struct OperatorChain {
    /// API tokens.
    pub api_token: Arc<ApiTokenLink>,
    /// JSON Web Tokens of OpenID providers.
    pub issuers: Arc<Issuers>,
    /// Cookies of browsers.
    pub sessions: Arc<Sessions>,
    /// What a browser's session shows besides when it changes something.
    pub guard: Arc<CsrfGuard>,
}

impl OperatorChain {
    async fn prove(
        &self,
        bearer: Option<Bearer<'_>>,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Result<Operator, AccessError> {
        let by_bearer = match bearer {
            Some(Bearer::ApiToken(Some(token))) => self.api_token.verify(&token, now).await,
            Some(Bearer::Other(token)) => self.issuers.verify(token, now).await,
            // A Node's key is no operator's, and whoever sends one means it.
            Some(Bearer::Nsk(_)) => return Err(AccessError::Unauthenticated),
            Some(Bearer::ApiToken(None)) | None => Err(AccessError::Unauthenticated),
        };
        let by_bearer = match by_bearer {
            Ok(operator) => return Ok(operator),
            Err(error) => error,
        };
        let by_session = match cookie::only(cookies(headers), cookie::SESSION) {
            Some(session) => self.sessions.verify(session, now).await,
            None => Err(AccessError::Unauthenticated),
        };
        match (by_session, by_bearer) {
            (Ok(operator), _) => Ok(operator),
            // That one of them does not hold says nothing of the other.
            (Err(AccessError::Unauthenticated), undecided) => Err(undecided),
            (Err(undecided), _) => Err(undecided),
        }
    }

    /// Step 4b: a browser's session changes something only for pages of ours.
    fn guards(&self, operator: &Operator, gate: &Gate, parts: &Parts) -> Result<(), Refusal> {
        let Some(session_id) = operator.credential.session_id() else { return Ok(()) };
        if matches!(parts.method, Method::GET | Method::HEAD) {
            return Ok(());
        }
        let shown = Shown {
            header: only(&parts.headers, "x-plexsphere-csrf"),
            cookie: cookie::only(cookies(&parts.headers), cookie::CSRF),
            origin: only(&parts.headers, "origin"),
            fetch_site: only(&parts.headers, "sec-fetch-site"),
        };
        let (code, detail) = match self.guard.check(session_id, &shown) {
            Ok(()) => return Ok(()),
            Err(CsrfFault::Token) => (
                ProblemCode::CsrfTokenMismatch,
                "X-Plexsphere-CSRF must equal the cookie plexsphere_csrf of the session",
            ),
            Err(CsrfFault::Origin) => {
                (ProblemCode::CsrfOriginMismatch, "the request is not from a page of this server")
            }
        };
        let refusal = Refusal::new(code, detail);
        Err(if gate.forbidden_plain { refusal } else { refusal.denied(DenyReason::CaveatViolation) })
    }
}

impl Gatekeeper {
    /// A gatekeeper over these links.
    pub fn new(nsk: Arc<NskLink>, operators: OperatorChain, relations: Option<Arc<dyn RelationChecker>>) -> Self {
        Self { nsk, operators, relations }
    }

    /// Finds the principal and holds it against the operation's row. `ids` are the path's; the first one is the
    /// object of the question. `subject` is told as soon as it is known, also when it is then refused.
    pub async fn admit(
        &self,
        gate: &Gate,
        parts: &Parts,
        ids: Vec<Uuid>,
        now: DateTime<Utc>,
        correlation_id: &str,
        subject: &mut Option<String>,
    ) -> Result<Principal, Refusal> {
        let unauthenticated = || {
            Refusal::new(
                gate.unauthenticated.unwrap_or(ProblemCode::Unauthenticated),
                "no credential that holds was presented",
            )
        };
        let principal = match (gate.credential, presented(&parts.headers)) {
            (Credential::Nsk | Credential::OperatorOrNsk, Some(Bearer::Nsk(Some(nsk)))) => {
                self.nsk.verify(&nsk, now).await.map(Principal::Node)
            }
            (Credential::Operator | Credential::OperatorOrNsk, bearer) => {
                self.operators.prove(bearer, &parts.headers, now).await.map(Principal::Operator)
            }
            _ => Err(AccessError::Unauthenticated),
        };
        let principal = principal.map_err(|error| match error {
            AccessError::Unauthenticated => unauthenticated(),
            AccessError::Storage(error) => undecided(&error, correlation_id),
            AccessError::Issuer(error) => {
                // Strangers can ask this without end; that an issuer is away is logged once.
                tracing::debug!(correlation_id, %error, "credential not decided");
                Refusal::new(ProblemCode::DatastoreUnavailable, "")
            }
        })?;
        *subject = Some(principal.subject());
        match &principal {
            Principal::Node(node) => belongs(gate, node, &ids)?,
            Principal::Operator(operator) => {
                self.operators.guards(operator, gate, parts)?;
                self.relates(gate, operator, &ids, correlation_id).await?;
            }
            Principal::Nobody => {}
        }
        Ok(principal)
    }

    /// The Node that asks for something of its own with a key that held before the database was down.
    /// See [`NskLink::recall`].
    pub fn recall(&self, gate: &Gate, headers: &HeaderMap, ids: &[Uuid], now: DateTime<Utc>) -> Option<NodeIdentity> {
        let (Credential::Nsk | Credential::OperatorOrNsk) = gate.credential else { return None };
        let Some(Bearer::Nsk(Some(nsk))) = presented(headers) else { return None };
        let node = self.nsk.recall(&nsk, now)?;
        (ids.first() == Some(&node.node_id.0)).then_some(node)
    }

    async fn relates(
        &self,
        gate: &Gate,
        operator: &Operator,
        ids: &[Uuid],
        correlation_id: &str,
    ) -> Result<(), Refusal> {
        let Relation::Path(permission) = gate.relation else { return Ok(()) };
        let Some(relations) = &self.relations else {
            return Err(Refusal::new(gate.not_provisioned.unwrap_or(ProblemCode::NotProvisioned), ""));
        };
        let allowed = relations
            .allows(operator, permission, ids.first().copied())
            .await
            .map_err(|e| undecided(&e, correlation_id))?;
        if allowed {
            return Ok(());
        }
        let code = gate.forbidden.unwrap_or(ProblemCode::InsufficientRelation);
        let refusal = Refusal::new(code, format!("this needs {}", permission.name()));
        Err(if gate.forbidden_plain { refusal } else { refusal.denied(DenyReason::InsufficientRelation) })
    }
}

/// The key of the NSK that is presented, if one is.
pub fn presented_nsk(headers: &HeaderMap) -> Option<Zeroizing<[u8; SECRET_BYTES]>> {
    match presented(headers) {
        Some(Bearer::Nsk(Some(nsk))) => Some(nsk.key),
        _ => None,
    }
}

/// The cookie of a sign-in, if there is one.
pub fn sign_in_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie::only(cookies(headers), cookie::SIGN_IN)
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok())
}

/// The header's value, if it is there once.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut given = headers.get_all(name).into_iter();
    match (given.next(), given.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// The bearer. Two credentials at once are none: nobody can tell which was meant. But where one of them is a Node's key,
/// however broken, a cookie beside it was not.
fn presented(headers: &HeaderMap) -> Option<Bearer<'_>> {
    let mut given = headers.get_all(header::AUTHORIZATION).into_iter();
    match only(headers, header::AUTHORIZATION.as_str()).and_then(bearer) {
        None if given.any(|value| is_nsk(value.as_bytes())) => Some(Bearer::Nsk(None)),
        bearer => bearer,
    }
}

/// The NSK must be the addressed Node's: one that leaked from a sibling is worth nothing elsewhere.
fn belongs(gate: &Gate, node: &NodeIdentity, ids: &[Uuid]) -> Result<(), Refusal> {
    match ids.first() {
        Some(addressed) if *addressed != node.node_id.0 => {
            let code = gate.forbidden_nsk.or(gate.forbidden).unwrap_or(ProblemCode::NodeIdMismatch);
            let refusal = Refusal::new(code, "the Node Secret Key belongs to another Node");
            Err(if gate.forbidden_plain { refusal } else { refusal.denied(DenyReason::OutOfScope) })
        }
        _ => Ok(()),
    }
}

fn undecided(error: &StorageError, correlation_id: &str) -> Refusal {
    if error.is_passing() {
        tracing::warn!(correlation_id, %error, "credential or relation not decided");
        Refusal::new(ProblemCode::DatastoreUnavailable, "")
    } else {
        tracing::error!(correlation_id, %error, "credential or relation not decided");
        Refusal::new(ProblemCode::Internal, "")
    }
}
