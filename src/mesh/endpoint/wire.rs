//! Reports of endpoints on the wire.

use plexsphere_api::{PutNodeEndpointResponse, models};
use uuid::Uuid;

use super::{EndpointRefusal, EndpointReports, InvalidObservation, NatType, Observation, Report, Skewed};
use crate::access::RequestContext;
use crate::fault;
use crate::ids::NodeId;
use crate::postgres::StorageError;
use crate::problem::ProblemCode;

/// PUT /v1/nodes/{id}/endpoint
pub async fn put_node_endpoint(
    reports: &EndpointReports,
    id: Uuid,
    body: models::EndpointRequest,
    context: &RequestContext,
) -> PutNodeEndpointResponse {
    use PutNodeEndpointResponse as Response;
    let now = context.now();
    let observation = match Observation::read(&body.endpoint, kind(body.nat_type), body.reported_at, now) {
        Ok(observation) => observation,
        Err(invalid @ InvalidObservation::ClockSkew { .. }) => {
            return match note_skew(reports, context).await {
                Ok(()) => Response::BadRequest(context.refuse(ProblemCode::EndpointClockSkew, invalid.to_string())),
                Err(error) => fault!(Response, context, &error),
            };
        }
        Err(invalid @ InvalidObservation::Unparseable) => {
            return Response::BadRequest(context.refuse(ProblemCode::EndpointUnparseable, invalid.to_string()));
        }
    };
    let report =
        Report { node_id: NodeId(id), observation, at: now, correlation_id: context.correlation_id().to_owned() };
    match reports.recorder().record(report).await {
        Ok(accepted) => Response::Ok(models::EndpointResponse { accepted_at: now, stale_after: now + accepted.ttl }),
        Err(refusal) => {
            let text = refusal.to_string();
            match refusal {
                EndpointRefusal::PeerNotFound => {
                    Response::NotFound(context.refuse(ProblemCode::EndpointPeerNotFound, text))
                }
                EndpointRefusal::OlderThanTtl { .. } => {
                    Response::BadRequest(context.refuse(ProblemCode::EndpointClockSkew, text))
                }
                EndpointRefusal::PeerGone => Response::Gone(context.refuse(ProblemCode::EndpointPeerGone, text)),
                EndpointRefusal::Overloaded => Response::Unavailable(context.refuse(ProblemCode::Overloaded, "")),
                EndpointRefusal::Storage(error) => fault!(Response, context, &error),
            }
        }
    }
}

async fn note_skew(reports: &EndpointReports, context: &RequestContext) -> Result<(), StorageError> {
    // The gate admits Nodes only.
    let Some(node) = context.node() else { return Ok(()) };
    let skewed = Skewed {
        node_id: node.node_id,
        domain_id: node.domain_id,
        at: context.now(),
        correlation_id: context.correlation_id(),
    };
    reports.recorder().note_skew(skewed).await
}

fn kind(nat_type: models::NatType) -> NatType {
    match nat_type {
        models::NatType::FullCone => NatType::FullCone,
        models::NatType::Restricted => NatType::Restricted,
        models::NatType::PortRestricted => NatType::PortRestricted,
        models::NatType::Symmetric => NatType::Symmetric,
        models::NatType::Unknown => NatType::Unknown,
    }
}

/// A kind of NAT as it is sent.
pub fn nat_type(kind: NatType) -> models::NatType {
    match kind {
        NatType::FullCone => models::NatType::FullCone,
        NatType::Restricted => models::NatType::Restricted,
        NatType::PortRestricted => models::NatType::PortRestricted,
        NatType::Symmetric => models::NatType::Symmetric,
        NatType::Unknown => models::NatType::Unknown,
    }
}
