//! Steps 4 and 5 of the order of checks: who is calling, and may they.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::operation::{Credential, Gate, Relation};
use super::refusal::Refusal;
use crate::access::api_token::ApiTokenLink;
use crate::access::context::DenyReason;
use crate::access::credential::{Bearer, SECRET_BYTES, bearer};
use crate::access::nsk::NskLink;
use crate::access::{AccessError, NodeIdentity, Operator, Principal, RelationChecker};
use crate::postgres::StorageError;
use crate::problem::ProblemCode;

/// Decides who is let in. The order of an operator's links is API token, OIDC, session; the last two are not
/// built yet, so a bearer that is neither of ours is no credential.
pub struct Gatekeeper {
    nsk: Arc<NskLink>,
    api_token: Arc<ApiTokenLink>,
    relations: Option<Arc<dyn RelationChecker>>,
}

impl Gatekeeper {
    /// A gatekeeper over these links.
    pub fn new(nsk: Arc<NskLink>, api_token: Arc<ApiTokenLink>, relations: Option<Arc<dyn RelationChecker>>) -> Self {
        Self { nsk, api_token, relations }
    }

    /// Finds the principal and holds it against the operation's row. `ids` are the path's; the first one is the
    /// object of the question. `subject` is told as soon as it is known, also when it is then refused.
    pub async fn admit(
        &self,
        gate: &Gate,
        headers: &HeaderMap,
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
        let principal = match (gate.credential, presented(headers)) {
            (Credential::Nsk | Credential::OperatorOrNsk, Some(Bearer::Nsk(Some(nsk)))) => {
                self.nsk.verify(&nsk, now).await.map(Principal::Node)
            }
            (Credential::Operator | Credential::OperatorOrNsk, Some(Bearer::ApiToken(Some(token)))) => {
                self.api_token.verify(&token, now).await.map(Principal::Operator)
            }
            _ => Err(AccessError::Unauthenticated),
        };
        let principal = principal.map_err(|error| match error {
            AccessError::Unauthenticated => unauthenticated(),
            AccessError::Storage(error) => undecided(&error, correlation_id),
        })?;
        *subject = Some(principal.subject());
        match &principal {
            Principal::Node(node) => belongs(gate, node, &ids)?,
            Principal::Operator(operator) => self.relates(gate, operator, &ids, correlation_id).await?,
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

/// The bearer. Two credentials at once are none: nobody can tell which was meant.
fn presented(headers: &HeaderMap) -> Option<Bearer<'_>> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        (Some(value), None) => value.to_str().ok().and_then(bearer),
        _ => None,
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
