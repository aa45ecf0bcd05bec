//! Register on the wire.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plexsphere_api::{RegisterResponse, models};

use super::{Enrolled, Enrolment, InvalidEnrolment, Registration, RegistrationRefusal};
use crate::access::RequestContext;
use crate::access::context::DenyReason;
use crate::fault;
use crate::mesh::endpoint::wire::nat_type;
use crate::problem::ProblemCode;

/// POST /v1/register
pub async fn register(
    registration: &Registration,
    body: models::RegisterRequest,
    context: &RequestContext,
) -> RegisterResponse {
    let enrolment = Enrolment::read(
        &body.project_id,
        &body.resource_handle,
        body.bootstrap_token.as_deref(),
        &body.nonce,
        body.public_key.as_deref(),
        body.requested_resource_id.as_deref(),
    );
    let outcome = match enrolment {
        Ok(enrolment) => registration.enrol(&enrolment, context.now(), context.correlation_id()).await,
        Err(InvalidEnrolment::PublicKey) => {
            let rule = InvalidEnrolment::PublicKey;
            return RegisterResponse::BadRequest(context.refuse_field(
                ProblemCode::PublicKeyInvalid,
                "public_key",
                rule,
            ));
        }
        Err(InvalidEnrolment::Member { field, rule }) => {
            let problem = context.refuse_field(ProblemCode::InvalidRegisterRequest, field, rule);
            return RegisterResponse::UnprocessableContent(problem);
        }
        Err(InvalidEnrolment::Token) => Err(RegistrationRefusal::TokenInvalid),
    };
    match outcome {
        Ok(enrolled) => RegisterResponse::Created(created(enrolled)),
        Err(refusal) => refuse(&refusal, context),
    }
}

fn created(enrolled: Enrolled) -> models::RegisterResponse {
    models::RegisterResponse {
        node_id: enrolled.node_id.0,
        mesh_ip: enrolled.mesh_ip,
        signing_public_key: STANDARD.encode(enrolled.signing_public_key),
        signing_key_id: enrolled.signing_key_id.0,
        nsk: enrolled.nsk.to_string(),
        peer_snapshot: enrolled
            .peers
            .into_iter()
            .map(|peer| models::PeerSnapshotEntry {
                node_id: peer.node_id.0,
                mesh_ip: peer.mesh_ip,
                public_key: peer.public_key,
                endpoint: peer.endpoint,
                nat_type: peer.nat_type.map(nat_type),
                relay_node_id: peer.relay_node_id.map(|id| id.0),
                fallback_endpoint: peer.fallback_endpoint,
                psk_epoch: Some(peer.psk_epoch),
            })
            .collect(),
        domain_mesh_cidr: enrolled.mesh_cidr.to_string(),
    }
}

fn refuse(refusal: &RegistrationRefusal, context: &RequestContext) -> RegisterResponse {
    use RegistrationRefusal as R;
    let text = refusal.to_string();
    let denied = |code, reason| RegisterResponse::Forbidden(context.deny(code, reason, text.clone()));
    match refusal {
        R::TokenInvalid => denied(ProblemCode::TokenInvalid, DenyReason::OutOfScope),
        R::TokenConsumed => denied(ProblemCode::TokenConsumed, DenyReason::CaveatViolation),
        R::TokenExpired => denied(ProblemCode::TokenExpired, DenyReason::CaveatViolation),
        R::TokenRevoked => denied(ProblemCode::TokenRevoked, DenyReason::CaveatViolation),
        R::KindMismatch => denied(ProblemCode::KindMismatch, DenyReason::OutOfScope),
        R::ProjectMismatch => denied(ProblemCode::ProjectMismatch, DenyReason::OutOfScope),
        R::NonceCollision => denied(ProblemCode::NonceCollision, DenyReason::CaveatViolation),
        R::NotTheBoundNode => {
            let field = "requested_resource_id";
            let problem = context.refuse_field(
                ProblemCode::InvalidRegisterRequest,
                field,
                "is not the Node that the token is bound to",
            );
            RegisterResponse::UnprocessableContent(problem)
        }
        R::ResourceAlreadyBound => RegisterResponse::Conflict(context.refuse(ProblemCode::ResourceAlreadyBound, text)),
        R::PublicKeyInUse => RegisterResponse::Conflict(context.refuse(ProblemCode::PublicKeyInUse, text)),
        R::PoolExhausted => RegisterResponse::Unavailable(context.refuse(ProblemCode::PoolExhausted, text)),
        R::SubrangeExhausted => RegisterResponse::Unavailable(context.refuse(ProblemCode::SubrangeExhausted, text)),
        R::Storage(error) => fault!(RegisterResponse, context, error),
    }
}
