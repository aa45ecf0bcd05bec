//! Takes Nodes out of the mesh as an operator, one at a time, and brings them back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::agent::World;
use crate::answers::Status;
use crate::caller::CallError;
use crate::contract_check::Operation;

/// Between two rounds, and as long as a Node is out: heartbeats.
const PAUSE: f64 = 1.0;
const OUT: f64 = 1.5;

/// Drains and undrains until it is over. Whoever was drained is back then.
pub async fn rounds(world: Arc<World>, seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed.rotate_left(17));
    while !over_in(&world, PAUSE).await {
        let index = rng.random_range(0..world.roster.len());
        // One that has reported and not only enrolled.
        let Some((node_id, Some(_))) = world.roster.seen(index) else { continue };
        if !one(&world, index, node_id).await {
            return;
        }
    }
}

async fn over_in(world: &World, heartbeats: f64) -> bool {
    let wait = world.interval.mul_f64(heartbeats).max(Duration::from_millis(500));
    world.is_over_before(Instant::now() + wait).await
}

/// One round. Says whether another makes sense.
async fn one(world: &World, index: usize, node_id: Uuid) -> bool {
    world.roster.maintain(index);
    let change = world.roster.change();
    let drained = world.operator.drain(node_id).await;
    if let Err(error) = &drained {
        broken(world, Operation::DrainNode, node_id, error);
    } else {
        change.done();
        world.roster.maintain(index);
        world.caller.stats().drains.increment();
        expect(world, node_id, Status::Drained).await;
        over_in(world, OUT).await;
        world.roster.maintain(index);
    }
    let change = world.roster.change();
    match world.operator.undrain(node_id).await {
        Ok(()) => {
            // One that was never out is not changed by it.
            if drained.is_ok() {
                change.done()
            } else {
                change.nothing()
            }
            world.roster.is_back(index);
            expect(world, node_id, Status::Active).await;
        }
        Err(error) => broken(world, Operation::UndrainNode, node_id, &error),
    }
    drained.is_ok()
}

fn broken(world: &World, operation: Operation, node_id: Uuid, error: &CallError) {
    // Faults that lasted are in the table of errors.
    if !error.is_transient() {
        let correlation_id = error.correlation_id().unwrap_or_default();
        world.caller.violation(operation, "refusal", format!("of {node_id}: {error}"), correlation_id);
    }
}

async fn expect(world: &World, node_id: Uuid, status: Status) {
    match world.operator.node(node_id).await {
        Ok(said) if said.body.status != status => {
            let detail = format!("{node_id} is {:?}, not {status:?}", said.body.status);
            world.caller.violation(Operation::GetNode, "status", detail, &said.correlation_id);
        }
        Ok(_) => {}
        Err(error) => broken(world, Operation::GetNode, node_id, &error),
    }
}
