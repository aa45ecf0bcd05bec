//! Heartbeats and reachability on the wire.

use chrono::{DateTime, Duration, Utc};
use plexsphere_api::{GetNodeReachabilityResponse, PostNodeHeartbeatResponse, models};
use swagger::Nullable;
use uuid::Uuid;

use super::{Accepted, Heartbeat, HeartbeatRefusal, HeartbeatReport, InvalidHeartbeat, ReachabilityReads, State};
use crate::access::RequestContext;
use crate::fault;
use crate::ids::NodeId;
use crate::problem::ProblemCode;

/// An NSK that ends within this is near its end: the agent is told to enrol again.
const NSK_NEAR_EXPIRY: Duration = Duration::hours(24);

/// POST /v1/nodes/{id}/heartbeat
pub async fn post_node_heartbeat(
    heartbeat: &Heartbeat,
    id: Uuid,
    body: models::HeartbeatRequest,
    context: &RequestContext,
) -> PostNodeHeartbeatResponse {
    use PostNodeHeartbeatResponse as Response;
    let now = context.now();
    let report = HeartbeatReport::read(
        body.client_now,
        body.binary_checksum.as_deref(),
        body.binary_version,
        body.nat_summary.into_iter().collect(),
        now,
    );
    let report = match report {
        Ok(report) => report,
        Err(invalid) => {
            let code = match invalid {
                InvalidHeartbeat::ClockSkew { .. } => ProblemCode::ClockSkew,
                InvalidHeartbeat::ChecksumEmpty => ProblemCode::BinaryChecksumEmpty,
                InvalidHeartbeat::VersionEmpty => ProblemCode::BinaryVersionEmpty,
            };
            return Response::BadRequest(context.refuse(code, invalid.to_string()));
        }
    };
    match heartbeat.record(NodeId(id), report, now).await {
        Ok(accepted) => {
            let missed = heartbeat.missed(NodeId(id), accepted.seen, now);
            Response::Ok(answer(accepted, missed, now))
        }
        Err(HeartbeatRefusal::NodeNotFound) => {
            Response::NotFound(context.refuse(ProblemCode::NodeNotFound, "the Node has been deregistered"))
        }
        Err(HeartbeatRefusal::Overloaded) => Response::Unavailable(context.refuse(ProblemCode::Overloaded, "")),
        Err(HeartbeatRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

fn answer(accepted: Accepted, missed: bool, now: DateTime<Utc>) -> models::HeartbeatResponse {
    let near_expiry = accepted.nsk_expires_at.is_some_and(|end| end - now <= NSK_NEAR_EXPIRY);
    let rotate_nsk = accepted.nsk_flagged || near_expiry;
    let rotate_mesh_key = accepted.rotation_pending_until.is_some_and(|end| end > now);
    // Who re-enrols brings a new mesh key along, so that goes first.
    let reason = match (rotate_nsk, rotate_mesh_key) {
        (true, _) => Some(models::RotateKeysReason::Nsk),
        (false, true) => Some(models::RotateKeysReason::MeshKey),
        (false, false) => None,
    };
    models::HeartbeatResponse {
        accepted_at: now,
        reconcile: missed,
        rotate_keys: reason.is_some(),
        rotate_keys_reason: reason,
    }
}

/// GET /v1/nodes/{id}/reachability
pub async fn get_node_reachability(
    reads: &ReachabilityReads,
    id: Uuid,
    context: &RequestContext,
) -> GetNodeReachabilityResponse {
    use GetNodeReachabilityResponse as Response;
    match reads.read(NodeId(id), context.now()).await {
        Ok(Some(found)) => Response::Ok(models::Reachability {
            state: state(found.state),
            last_heartbeat_at: found.last_heartbeat_at.map_or(Nullable::Null, Nullable::Present),
            changed_at: found.changed_at,
        }),
        Ok(None) => Response::NotFound(context.refuse(ProblemCode::NodeNotFound, "no such Node")),
        Err(error) => fault!(Response, context, &error),
    }
}

/// A state as it is sent.
pub fn state(state: State) -> models::ReachabilityState {
    match state {
        State::Healthy => models::ReachabilityState::Healthy,
        State::Stale => models::ReachabilityState::Stale,
        State::Unreachable => models::ReachabilityState::Unreachable,
    }
}
