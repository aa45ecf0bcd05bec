//! Looks at Nodes as an operator while their agents report: they have to be healthy.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::agent::World;
use crate::answers::State;
use crate::contract_check::Operation;

const EVERY: Duration = Duration::from_secs(3);
const SAMPLE: usize = 5;

/// What a heartbeat's age may be for its Node to have to be healthy: less than the Domain's threshold by so much.
const MARGIN: Duration = Duration::from_secs(2);

/// Samples the fleet until it is over. Nodes that reported less than `stale` ago have to be healthy.
pub async fn reachability(world: Arc<World>, stale: Duration, seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let limit = stale.saturating_sub(MARGIN);
    while !world.is_over_before(std::time::Instant::now() + EVERY).await {
        for _ in 0..SAMPLE.min(world.roster.len()) {
            look(&world, rng.random_range(0..world.roster.len()), limit).await;
        }
    }
}

async fn look(world: &World, index: usize, limit: Duration) {
    let Some((node_id, Some(beat))) = world.roster.seen(index) else { return };
    let said = match world.operator.reachability(node_id).await {
        Ok(said) => said,
        Err(error) if error.is_transient() => return,
        Err(error) => {
            let detail = format!("of {node_id}: {error}");
            let correlation_id = error.correlation_id().unwrap_or_default();
            if error.code() == Some("node_not_found") {
                return world.roster.unknown(node_id, correlation_id);
            }
            return world.caller.violation(Operation::GetNodeReachability, "refusal", detail, correlation_id);
        }
    };
    // Looked at afterwards: an agent that was silent for too long proves nothing.
    if beat.heard.elapsed() >= limit {
        return;
    }
    let stats = world.caller.stats();
    stats.reachability_samples.increment();
    let broken =
        |rule, detail| world.caller.violation(Operation::GetNodeReachability, rule, detail, &said.correlation_id);
    let answer = &said.body;
    if answer.state != State::Healthy {
        let age = beat.heard.elapsed().as_millis();
        broken("not healthy", format!("{node_id} is {:?} {age} ms after a heartbeat", answer.state));
    }
    if answer.last_heartbeat_at.is_none_or(|last| last.0 < beat.accepted_at) {
        let last = answer.last_heartbeat_at.map(|last| last.0);
        broken("lost heartbeat", format!("{node_id} last reported {last:?}, but {} was accepted", beat.accepted_at));
    }
}
