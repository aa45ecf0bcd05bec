//! An agent's state pulls: at its start, when it may have missed something, and at random. What it is told has to agree
//! with itself, with what the agent was told before, and with what others have done.

use rand::RngExt;
use rand::rngs::SmallRng;

use crate::agent::{Outcome, World, refused};
use crate::answers::StateEntry;
use crate::caller::{Call, Said};
use crate::connection::{Answer, Connection};
use crate::contract_check::{Fault, Operation};
use crate::entries::{Entries, Set};
use crate::reports::{DONE, Reporter};
use crate::roster::{Known, Maintenance};
use crate::state::{self, Coding, Pulled, Tag};

/// How likely a pull is after a heartbeat that gave no reason for one.
const AT_RANDOM: f64 = 0.25;

/// How likely an agent asks only for what is new, once it has something.
const CONDITIONAL: f64 = 0.5;

/// How likely it asks once more at once: most likely nothing has changed, and the same validator is to mean the same
/// bytes.
const TWICE: f64 = 0.25;

/// What an agent knows of its state.
#[derive(Default)]
pub struct Pulls {
    held: Option<Held>,
    /// The Node's maintenance at the last pull.
    maintenance: Maintenance,
    /// The last pull did not work out.
    due: bool,
}

/// The state that the agent has: not itself, there are tens of thousands of agents.
struct Held {
    tag: Tag,
    digest: [u8; 32],
    psk_epoch: i64,
    reports: Vec<StateEntry>,
    metadata: Vec<StateEntry>,
    /// How many changes of what peers see had begun when it was here.
    begun: u64,
}

/// What was so before a pull.
struct Before {
    maintenance: Maintenance,
    metadata: Set,
    /// How many changes of what peers see were done.
    done: u64,
    known: Vec<Known>,
    conditional: bool,
    coding: Coding,
}

impl Pulls {
    /// Pulls after a heartbeat if there is a reason to; `hinted`: the server gave one.
    pub async fn after_heartbeat(
        &mut self,
        hinted: bool,
        own: &Entries,
        puller: Reporter<'_>,
        connection: &mut Connection,
        world: &World,
        rng: &mut SmallRng,
    ) -> Outcome {
        let moved = self.maintenance != world.roster.maintenance(puller.index);
        let nudged = world.streams.nudged(puller.index);
        if !(hinted || nudged || self.due || moved || rng.random_bool(AT_RANDOM)) {
            return DONE;
        }
        self.pull(own, puller, connection, world, rng).await
    }

    /// Pulls now, perhaps twice.
    pub async fn pull(
        &mut self,
        own: &Entries,
        puller: Reporter<'_>,
        connection: &mut Connection,
        world: &World,
        rng: &mut SmallRng,
    ) -> Outcome {
        let conditional = self.held.is_some() && rng.random_bool(CONDITIONAL);
        let outcome = self.once(conditional, own, puller, connection, world, rng).await;
        if outcome == DONE && rng.random_bool(TWICE) {
            let conditional = rng.random_bool(CONDITIONAL);
            return self.once(conditional, own, puller, connection, world, rng).await;
        }
        outcome
    }

    async fn once(
        &mut self,
        conditional: bool,
        own: &Entries,
        puller: Reporter<'_>,
        connection: &mut Connection,
        world: &World,
        rng: &mut SmallRng,
    ) -> Outcome {
        let operation = Operation::GetNodeState;
        let roster = &world.roster;
        let before = Before {
            maintenance: roster.maintenance(puller.index),
            metadata: world.metadata.of(puller.index),
            done: roster.changes_done(),
            known: roster.sample(rng),
            conditional,
            coding: Coding::ALL[rng.random_range(0..Coding::ALL.len())],
        };
        let id = puller.node_id.to_string();
        let ids = [id.as_str()];
        let call = Call::new(operation).ids(&ids).bearer(puller.bearer).coding(before.coding.as_str());
        let held = self.held.as_ref().filter(|_| conditional).map(|held| held.tag.sent.clone());
        let call = Call { held: held.as_ref(), ..call };
        self.due = true;
        let said = match world.caller.call_for_answer(connection, call).await {
            Ok(said) => said,
            Err(error) => return refused(world, operation, &error, &["node_not_found"], puller.index),
        };
        self.due = false;
        self.maintenance = before.maintenance;
        for fault in self.judge(&before, &said, own, puller, world) {
            let detail = format!("{}: {}", puller.node_id, fault.detail);
            world.caller.violation(operation, fault.rule, detail, &said.correlation_id);
        }
        DONE
    }

    fn judge(
        &mut self,
        before: &Before,
        said: &Said<Answer>,
        own: &Entries,
        puller: Reporter<'_>,
        world: &World,
    ) -> Vec<Fault> {
        let (answer, stats) = (&said.body, world.caller.stats());
        let begun = world.roster.changes_begun();
        let after = world.roster.maintenance(puller.index);
        stats.pulls.increment();
        let mut faults = state::header_faults(&answer.headers);
        // What was last known says nothing of what has happened since.
        let stale = state::is_stale(&answer.headers);
        if stale {
            stats.stale_pulls.increment();
        }
        let settled = (before.maintenance == after && !stale).then_some(after);
        if answer.status == http::StatusCode::NOT_MODIFIED {
            stats.not_modified.increment();
            faults.extend(self.not_modified_fault(before, answer));
        } else {
            match state::read(answer, before.coding) {
                Ok(pulled) => {
                    if pulled.coding != Coding::Identity {
                        stats.compressed_pulls.increment();
                    }
                    faults.extend(pulled_faults(&pulled, before, settled, said, puller, world));
                    faults.extend(self.take(pulled, before, begun));
                }
                Err(fault) => {
                    faults.push(fault);
                    return faults;
                }
            }
        }
        let Some(held) = self.held.as_ref().filter(|_| !stale) else { return faults };
        if settled.is_some_and(Maintenance::is_in_the_mesh) && before.done > held.begun {
            let detail = format!("{} changes were done, of which at most {} are in it", before.done, held.begun);
            faults.push(Fault::new("outdated", detail));
        }
        let reports = own.fault(&held.reports).map(|detail| Fault::new("reports", detail));
        let after = world.metadata.of(puller.index);
        let metadata = before.metadata.fault(&after, &held.metadata).map(|detail| Fault::new("metadata", detail));
        faults.extend(reports.into_iter().chain(metadata));
        faults
    }

    fn not_modified_fault(&self, before: &Before, answer: &Answer) -> Option<Fault> {
        let fault = |detail: String| Some(Fault::new("not modified", detail));
        let Some(held) = self.held.as_ref().filter(|_| before.conditional) else {
            return fault("of nothing that was asked about".to_owned());
        };
        match Tag::of(&answer.headers) {
            Ok(tag) if tag.state == held.tag.state => None,
            Ok(tag) => fault(format!("{:?} of {:?}", tag.sent, held.tag.sent)),
            Err(fault) => Some(fault),
        }
    }

    /// Keeps what was pulled in the place of what the agent had, and tells what is wrong between the two.
    fn take(&mut self, pulled: Pulled, before: &Before, begun: u64) -> Vec<Fault> {
        let mut faults = Vec::new();
        let Pulled { snapshot, tag, digest, .. } = pulled;
        let mut begun = begun;
        if let Some(held) = &self.held {
            if held.tag.state == tag.state {
                // The same state: what came after the first of the two is in neither.
                begun = held.begun;
                if held.digest != digest {
                    faults.push(Fault::new("bytes", format!("{:?} and {:?} differ", held.tag.sent, tag.sent)));
                }
                if before.conditional {
                    faults.push(Fault::new("not modified", format!("{:?} is sent though it is there", tag.sent)));
                }
            }
            if snapshot.psk_epoch < held.psk_epoch {
                faults.push(Fault::new("psk epoch", format!("{} after {}", snapshot.psk_epoch, held.psk_epoch)));
            }
        }
        self.held = Some(Held {
            tag,
            digest,
            psk_epoch: snapshot.psk_epoch,
            reports: snapshot.reports.reports,
            metadata: snapshot.state.metadata,
            begun,
        });
        faults
    }
}

/// What is wrong with a state by itself, and beside what is known of the Nodes in it.
fn pulled_faults(
    pulled: &Pulled,
    before: &Before,
    settled: Option<Maintenance>,
    said: &Said<Answer>,
    puller: Reporter<'_>,
    world: &World,
) -> Vec<Fault> {
    let (snapshot, roster) = (&pulled.snapshot, &world.roster);
    let Some((node_id, own)) = roster.node(puller.index) else { return Vec::new() };
    let mut faults = state::faults(snapshot, node_id, own, world.home.mesh_cidr);
    faults.extend(roster.key_faults(&snapshot.signing_keys));
    if !snapshot.state.data.is_empty() {
        faults.push(Fault::new("entries", format!("state.data has {}", state::named(&snapshot.state.data))));
    }
    match settled {
        Some(settled) if settled.is_drained() && !snapshot.peers.is_empty() => {
            faults.push(Fault::new("drained", format!("it is drained and has {} peers", snapshot.peers.len())));
        }
        Some(settled) if settled.is_in_the_mesh() => {
            faults.extend(roster.peer_faults(
                &before.known,
                node_id,
                &snapshot.peers,
                world.endpoint_ttl.to_std().unwrap_or_default(),
                &said.correlation_id,
            ));
        }
        _ => {}
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::state::tests::{answer, peer, state};

    fn pulled(tag: &'static str, peers: &[serde_json::Value], psk_epoch: i64) -> Pulled {
        let mut state = state(peers);
        state["psk_epoch"] = json!(psk_epoch);
        state::read(&answer(200, &[("etag", tag)], state.to_string().into_bytes()), Coding::Identity).unwrap()
    }

    fn before(conditional: bool) -> Before {
        let (maintenance, metadata) = (Maintenance::default(), Set::default());
        Before { maintenance, metadata, done: 0, known: Vec::new(), conditional, coding: Coding::Identity }
    }

    #[test]
    fn a_validator_means_the_same_bytes() {
        let mut pulls = Pulls::default();
        let mut rules = |pulled, conditional, begun| -> Vec<&str> {
            pulls.take(pulled, &before(conditional), begun).iter().map(|fault| fault.rule).collect()
        };
        assert!(rules(pulled("\"1\"", &[], 1), false, 3).is_empty());
        assert!(rules(pulled("\"1\"", &[], 1), false, 9).is_empty());
        assert!(rules(pulled("\"2\"", &[peer(2)], 2), true, 9).is_empty());
        assert_eq!(rules(pulled("\"2\"", &[], 2), false, 9), ["bytes"]);
        assert_eq!(rules(pulled("\"2\"", &[], 2), true, 9), ["not modified"]);
        assert_eq!(rules(pulled("\"3\"", &[], 1), true, 9), ["psk epoch"]);
    }

    #[test]
    fn a_state_that_is_sent_again_is_as_old_as_it_was() {
        let mut pulls = Pulls::default();
        for (tag, begun, wanted) in [("\"1\"", 3, 3), ("\"1\"", 9, 3), ("\"2\"", 11, 11)] {
            pulls.take(pulled(tag, &[], 1), &before(false), begun);
            assert_eq!(pulls.held.as_ref().unwrap().begun, wanted);
        }
    }

    #[test]
    fn not_modified_is_said_only_of_what_was_asked_about() {
        let mut pulls = Pulls::default();
        let said = |tag| answer(304, &[("etag", tag)], Vec::new());
        assert!(pulls.not_modified_fault(&before(true), &said("\"1\"")).is_some());
        pulls.take(pulled("\"1\"", &[], 1), &before(false), 0);
        assert!(pulls.not_modified_fault(&before(true), &said("\"1-gzip\"")).is_none());
        assert!(pulls.not_modified_fault(&before(true), &said("\"2\"")).is_some());
        assert!(pulls.not_modified_fault(&before(false), &said("\"1\"")).is_some());
    }
}
