//! Maintenance on the wire.

use plexsphere_api::{DrainNodeResponse, UndrainNodeResponse};
use uuid::Uuid;

use super::Maintenance;
use crate::access::RequestContext;
use crate::fault;
use crate::ids::NodeId;
use crate::mesh::nodes::{Actor, NodeRefusal};
use crate::problem::ProblemCode;

/// POST /v1/nodes/{id}/drain
pub async fn drain_node(maintenance: &Maintenance, id: Uuid, context: &RequestContext) -> DrainNodeResponse {
    use DrainNodeResponse as Response;
    let subject = context.principal().subject();
    let actor = Actor { subject: &subject, correlation_id: context.correlation_id() };
    match maintenance.repo().drain(NodeId(id), actor, context.now()).await {
        Ok(()) => Response::NoContent,
        Err(NodeRefusal::NotFound) => Response::NotFound(context.refuse(ProblemCode::NodeNotFound, "no such Node")),
        Err(NodeRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

/// POST /v1/nodes/{id}/undrain
pub async fn undrain_node(maintenance: &Maintenance, id: Uuid, context: &RequestContext) -> UndrainNodeResponse {
    use UndrainNodeResponse as Response;
    let subject = context.principal().subject();
    let actor = Actor { subject: &subject, correlation_id: context.correlation_id() };
    match maintenance.repo().undrain(NodeId(id), actor, context.now()).await {
        Ok(()) => Response::NoContent,
        Err(NodeRefusal::NotFound) => Response::NotFound(context.refuse(ProblemCode::NodeNotFound, "no such Node")),
        Err(NodeRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}
