//! Rotations on the wire.

use plexsphere_api::{GetNodeKeysRotatePreviewResponse, PostKeysRotateResponse, PostNodeKeysRotateResponse, models};
use uuid::Uuid;

use super::{CompletionRefusal, Receipt, RotationCompletions, RotationLooks, RotationTriggers, TriggerRefusal};
use crate::access::RequestContext;
use crate::fault;
use crate::ids::NodeId;
use crate::mesh::nodes::Actor;
use crate::mesh::registration::PublicKey;
use crate::problem::ProblemCode;

/// POST /v1/nodes/{id}/keys/rotate
pub async fn post_node_keys_rotate(
    triggers: &RotationTriggers,
    id: Uuid,
    context: &RequestContext,
) -> PostNodeKeysRotateResponse {
    use PostNodeKeysRotateResponse as Response;
    let subject = context.principal().subject();
    let actor = Actor { subject: &subject, correlation_id: context.correlation_id() };
    match triggers.requester().trigger(NodeId(id), actor, context.now()).await {
        Ok(triggered) => Response::Ok(models::RotationTriggerResponse {
            rotation_id: triggered.rotation_id.0,
            peer_id: triggered.peer_id.0,
            already_pending: triggered.already_pending,
        }),
        Err(refusal) => {
            let text = refusal.to_string();
            match refusal {
                TriggerRefusal::NodeNotFound => Response::NotFound(context.refuse(ProblemCode::NodeNotFound, text)),
                TriggerRefusal::NoLivePeer => Response::Conflict(context.refuse(ProblemCode::NodeHasNoLivePeer, text)),
                TriggerRefusal::Storage(error) => fault!(Response, context, &error),
            }
        }
    }
}

/// GET /v1/nodes/{id}/keys/rotate/preview
pub async fn get_node_keys_rotate_preview(
    looks: &RotationLooks,
    id: Uuid,
    context: &RequestContext,
) -> GetNodeKeysRotatePreviewResponse {
    use GetNodeKeysRotatePreviewResponse as Response;
    match looks.previews().preview(NodeId(id), context.now()).await {
        Ok(preview) => {
            let estimated_duration_seconds = looks.estimated_duration(NodeId(id), &preview);
            let current_kid = preview.kid.to_string();
            let edge = |peer: &NodeId| models::RotationAffectedEdge {
                peer_node_id: peer.0,
                current_kid: current_kid.clone(),
                current_wrap_key_version: preview.wrap_key_version,
            };
            Response::Ok(models::RotationImpactPreview {
                node_id: id,
                peer_id: preview.peer_id.0,
                affected_peer_count: preview.peers.len() as i64,
                affected_edges: preview.peers.iter().map(edge).collect(),
                already_pending: preview.already_pending,
                estimated_duration_seconds,
            })
        }
        Err(refusal) => {
            let text = refusal.to_string();
            match refusal {
                TriggerRefusal::NodeNotFound => Response::NotFound(context.refuse(ProblemCode::NodeNotFound, text)),
                TriggerRefusal::NoLivePeer => Response::Conflict(context.refuse(ProblemCode::NodeHasNoLivePeer, text)),
                TriggerRefusal::Storage(error) => fault!(Response, context, &error),
            }
        }
    }
}

/// POST /v1/keys/rotate
pub async fn post_keys_rotate(
    completions: &RotationCompletions,
    body: models::KeysRotateRequest,
    context: &RequestContext,
) -> PostKeysRotateResponse {
    use PostKeysRotateResponse as Response;
    const MEMBER: &str = "new_public_key";
    let Some(node) = context.node() else {
        return Response::Unauthenticated(context.refuse(ProblemCode::Unauthorized, "this is for Nodes"));
    };
    let Some(public_key) = PublicKey::parse(&body.new_public_key) else {
        let rule = "is not the base64 of a Curve25519 key of 32 bytes, or gives every peer the same secret";
        return Response::UnprocessableContent(context.refuse_field(
            ProblemCode::KeysRotatePublicKeyInvalid,
            MEMBER,
            rule,
        ));
    };
    let completer = completions.completer();
    match completer.complete(node.node_id, &public_key, context.now(), context.correlation_id()).await {
        Ok(receipt) => Response::Ok(sent(receipt)),
        Err(refusal) => {
            let text = refusal.to_string();
            match refusal {
                CompletionRefusal::PeerNotFound => {
                    Response::NotFound(context.refuse(ProblemCode::KeysRotatePeerNotFound, text))
                }
                CompletionRefusal::Unchanged => Response::UnprocessableContent(context.refuse_field(
                    ProblemCode::KeysRotatePublicKeyUnchanged,
                    MEMBER,
                    text,
                )),
                CompletionRefusal::NoPendingRotation => {
                    Response::Conflict(context.refuse(ProblemCode::KeysRotateNoPendingRotation, text))
                }
                CompletionRefusal::InUse => {
                    Response::Conflict(context.refuse_field(ProblemCode::KeysRotatePublicKeyInUse, MEMBER, text))
                }
                CompletionRefusal::Storage(error) => fault!(Response, context, &error),
            }
        }
    }
}

fn sent(receipt: Receipt) -> models::KeysRotateResponse {
    models::KeysRotateResponse {
        rotation_id: receipt.rotation_id.0,
        kid: receipt.kid.to_string(),
        wrap_key_version: receipt.wrap_key_version,
    }
}
