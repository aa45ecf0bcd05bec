//! Nodes on the wire.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use plexsphere_api::{DeregisterNodeResponse, FlagNodeNskResponse, GetNodeResponse, ListNodesResponse, models};
use swagger::Nullable;
use uuid::Uuid;

use super::{Actor, Filter, NodeRefusal, NodeView, Nodes, Status};
use crate::access::RequestContext;
use crate::fault;
use crate::ids::{DomainId, NodeId, ProjectId};
use crate::mesh::reachability::wire::state;
use crate::page::Page;
use crate::problem::ProblemCode;

/// GET /v1/nodes
pub async fn list_nodes(
    nodes: &Nodes,
    domain_id: Option<Uuid>,
    project_id: Option<Uuid>,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListNodesResponse {
    use ListNodesResponse as Response;
    let Some(operator) = context.operator() else {
        return Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, "this is for operators"));
    };
    let query = format!("nodes domain_id={domain_id:?} project_id={project_id:?}");
    let page = match Page::read(limit, cursor, &context.principal().subject(), &query) {
        Ok(page) => page,
        Err(error) => return Response::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    let filter = Filter { domain_id: domain_id.map(DomainId), project_id: project_id.map(ProjectId) };
    match nodes.list(operator, filter, &page, context.now()).await {
        Ok(found) => {
            let (shown, next_cursor) = page.cut(found, |node| node.id.0);
            Response::Ok(models::NodeList {
                items: shown.into_iter().map(|one| node(one, context.now())).collect(),
                next_cursor,
            })
        }
        Err(error) => fault!(Response, context, &error),
    }
}

/// GET /v1/nodes/{id}
pub async fn get_node(nodes: &Nodes, id: Uuid, context: &RequestContext) -> GetNodeResponse {
    use GetNodeResponse as Response;
    match nodes.repo().find(NodeId(id), context.now()).await {
        Ok(Some(found)) => Response::Ok(node(found, context.now())),
        Ok(None) => Response::NotFound(context.refuse(ProblemCode::NodeNotFound, "no such Node")),
        Err(error) => fault!(Response, context, &error),
    }
}

/// POST /v1/nodes/{id}/deregister
pub async fn deregister_node(nodes: &Nodes, id: Uuid, context: &RequestContext) -> DeregisterNodeResponse {
    use DeregisterNodeResponse as Response;
    let subject = context.principal().subject();
    let actor = Actor { subject: &subject, correlation_id: context.correlation_id() };
    match nodes.repo().deregister(NodeId(id), actor, context.now()).await {
        Ok(()) => Response::NoContent,
        Err(NodeRefusal::NotFound) => Response::NotFound(context.refuse(ProblemCode::NodeNotFound, "no such Node")),
        Err(NodeRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

/// POST /v1/nodes/{id}/nsk/flag
pub async fn flag_node_nsk(nodes: &Nodes, id: Uuid, context: &RequestContext) -> FlagNodeNskResponse {
    use FlagNodeNskResponse as Response;
    let subject = context.principal().subject();
    let actor = Actor { subject: &subject, correlation_id: context.correlation_id() };
    match nodes.repo().flag_nsk(NodeId(id), actor, context.now()).await {
        Ok(()) => Response::NoContent,
        Err(NodeRefusal::NotFound) => Response::NotFound(context.refuse(ProblemCode::NodeNotFound, "no such Node")),
        Err(NodeRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

fn node(node: NodeView, now: DateTime<Utc>) -> models::Node {
    models::Node {
        node_id: node.id.0,
        domain_id: node.domain_id.0,
        project_id: node.project_id.0,
        kind: if node.bridge { models::NodeKind::Bridge } else { models::NodeKind::Node },
        resource_handle: node.resource_handle,
        mesh_ip: node.mesh_ip,
        public_key: STANDARD.encode(node.public_key),
        status: match node.status {
            Status::Active => models::NodeStatus::Active,
            Status::Drained => models::NodeStatus::Drained,
            Status::Deregistered => models::NodeStatus::Deregistered,
        },
        reachability: state(node.reachability.state),
        last_heartbeat_at: node.reachability.last_heartbeat_at.map_or(Nullable::Null, Nullable::Present),
        binary_version: node.binary_version.map_or(Nullable::Null, Nullable::Present),
        nsk_issued_at: node.nsk_issued_at.map_or(Nullable::Null, Nullable::Present),
        nsk_expires_at: node.nsk_expires_at.map_or(Nullable::Null, Nullable::Present),
        nsk_flagged: node.nsk_flagged,
        enrolled_at: node.enrolled_at,
        deregistered_at: node.deregistered_at.map_or(Nullable::Null, Nullable::Present),
        pending_rotation_age_seconds: node
            .rotation_triggered_at
            .map_or(Nullable::Null, |since| Nullable::Present((now - since).num_seconds().max(0))),
    }
}
