//! Edge PSKs on the wire.

use plexsphere_api::GetPeerPskResponse;
use uuid::Uuid;

use super::edge_key::NONCE_BYTES;
use super::{Edge, EdgePsks, edge_key, seal};
use crate::access::RequestContext;
use crate::access::credential::new_secret;
use crate::fault;
use crate::ids::NodeId;
use crate::postgres::StorageError;
use crate::problem::ProblemCode;

/// GET /v1/nodes/{id}/peers/{peer_node_id}/psk
pub async fn get_peer_psk(psks: &EdgePsks, id: Uuid, peer_id: Uuid, context: &RequestContext) -> GetPeerPskResponse {
    use GetPeerPskResponse as Response;
    let Some(nsk) = context.presented_nsk() else {
        return Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, "this is for Nodes"));
    };
    let edge = match psks.source().edge(NodeId(id), NodeId(peer_id)).await {
        Ok(Some(edge)) => edge,
        Ok(None) => {
            let text = "there is no live edge between the two Nodes";
            return Response::NotFound(context.refuse(ProblemCode::PeerNotFound, text));
        }
        Err(error) => return fault!(Response, context, &error),
    };
    match sealed(&edge, nsk) {
        Ok(body) => Response::Ok {
            body: swagger::ByteArray(body),
            x_plexsphere_psk_epochs: format!("{},{}", edge.caller.psk_epoch, edge.peer.psk_epoch),
            cache_control: "no-store".to_owned(),
        },
        Err(error) => fault!(Response, context, &error),
    }
}

fn sealed(edge: &Edge, nsk: &[u8; 32]) -> Result<Vec<u8>, StorageError> {
    let fault = |error: &dyn std::error::Error| StorageError::Corrupt(error.to_string());
    let random = new_secret().map_err(|error| fault(&error))?;
    let nonce: [u8; NONCE_BYTES] = random.first_chunk().copied().unwrap_or_default();
    let key = edge_key(edge.domain_id, &edge.caller, &edge.peer).map_err(|error| fault(&error))?;
    seal(nsk, nonce, &key, &edge.caller, &edge.peer).map_err(|error| fault(&error))
}
