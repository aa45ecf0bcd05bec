//! Agents that are told that their NSK does not hold: they enrol again, and give their streams up for good. A server that
//! says so without a reason takes its fleet apart.

use uuid::Uuid;

use crate::agent::World;
use crate::answers::Status;
use crate::contract_check::Operation;

/// A Node was turned away with what was `said`, though its agent has asked for no other NSK. It is in order if none holds,
/// because the Node has left or the NSK has expired; whoever operates the Node sees that.
pub async fn judge(world: &World, operation: Operation, node_id: Uuid, said: &str) {
    // Unless it can be told, it is not held against the server: errors are in their table.
    let Ok(seen) = world.operator.node(node_id).await else { return };
    if let Some(issued_at) = seen.body.nsk_issued_at.filter(|_| seen.body.status != Status::Deregistered) {
        let detail = format!("{node_id} met {said}, though its NSK of {} holds", issued_at.0);
        world.caller.violation(operation, "turned away", detail, &seen.correlation_id);
    }
}
