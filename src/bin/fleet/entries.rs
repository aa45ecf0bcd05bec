//! State entries: those that agents report of themselves and those that the operator sets, and what a state has to
//! show of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use serde_json::json;
use uuid::Uuid;

use crate::agent::{Outcome, World, refused};
use crate::answers::StateEntry;
use crate::caller::Call;
use crate::connection::Connection;
use crate::contract_check::Operation;
use crate::reports::{DONE, Reporter};
use crate::state::named;
use crate::stats::lock;
use crate::witness::Owed;

/// One agent in so many reports entries, and with every other heartbeat or so it changes one.
const OF_SO_MANY: usize = 5;
const CHANGES: f64 = 0.5;

/// Some fall on the edges of what the contract allows.
const KEYS: [&str; 6] = ["a", "disk.free", "load-average", "load_average", "site.rack-2", "z9"];
const VALUE_BYTES: usize = 4096;

/// Between two changes by the operator, in heartbeats.
const PAUSE: f64 = 0.5;
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// Of so many Nodes: few, so that what was set is also changed and removed.
const WITH_METADATA: usize = 8;

/// What is done to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is set to this.
    Put(StateEntry),
    /// It goes.
    Delete(&'static str),
}

impl Change {
    /// The entry's key.
    pub fn key(&self) -> &str {
        match self {
            Self::Put(entry) => &entry.key,
            Self::Delete(key) => key,
        }
    }

    /// The body of the request.
    pub fn body(&self) -> Option<Bytes> {
        let Self::Put(entry) = self else { return None };
        let mut body = json!({"value": entry.value});
        if let Some(tag) = &entry.workload_tag {
            body["workload_tag"] = json!(tag);
        }
        Some(body.to_string().into())
    }
}

/// The entries of one kind that a Node has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    known: BTreeMap<String, StateEntry>,
    /// Keys of which an answer was lost.
    unclear: BTreeSet<String>,
}

impl Entries {
    /// What happens next to one of them.
    pub fn next(&self, rng: &mut impl Rng) -> Change {
        let key = KEYS[rng.random_range(0..KEYS.len())];
        if self.known.contains_key(key) && rng.random_bool(0.4) {
            return Change::Delete(key);
        }
        let value = match rng.random_range(0..8) {
            0 => String::new(),
            1 => "\"\\ä\u{2028}</\n".to_owned(),
            2 => "v".repeat(VALUE_BYTES),
            _ => format!("{:x}", rng.random::<u64>()),
        };
        let workload_tag = rng.random_bool(0.3).then(|| "billing".to_owned());
        Change::Put(StateEntry { key: key.to_owned(), value, workload_tag })
    }

    /// The server has done it. Says whether it was a change for sure: what was so before is none.
    pub fn done(&mut self, change: Change) -> bool {
        let clear = !self.unclear.remove(change.key());
        clear
            & match change {
                Change::Put(entry) => self.known.insert(entry.key.clone(), entry.clone()) != Some(entry),
                Change::Delete(key) => self.known.remove(key).is_some(),
            }
    }

    /// Perhaps the server has done it.
    pub fn lost(&mut self, change: &Change) {
        self.known.remove(change.key());
        self.unclear.insert(change.key().to_owned());
    }

    /// What is wrong with `list`, if anything is.
    pub fn fault(&self, list: &[StateEntry]) -> Option<String> {
        let clear = list.iter().filter(|entry| !self.unclear.contains(&entry.key));
        (!clear.eq(self.known.values())).then(|| {
            let known: Vec<StateEntry> = self.known.values().cloned().collect();
            format!("{}, not {}", named(list), named(&known))
        })
    }
}

/// Whether agent `index` reports entries.
fn reports(index: usize) -> bool {
    index % OF_SO_MANY == 1
}

/// Changes an entry of the agent's own, now and then.
pub async fn report(
    own: &mut Entries,
    reporter: Reporter<'_>,
    connection: &mut Connection,
    world: &World,
    rng: &mut SmallRng,
) -> Outcome {
    if !reports(reporter.index) || !rng.random_bool(CHANGES) {
        return DONE;
    }
    let change = own.next(rng);
    let (operation, body) = match change.body() {
        Some(body) => (Operation::PutNodeReportEntry, Some(body)),
        None => (Operation::DeleteNodeReportEntry, None),
    };
    let mut buffer = Uuid::encode_buffer();
    let ids = [&*reporter.node_id.as_hyphenated().encode_lower(&mut buffer), change.key()];
    let call = Call { body, ..Call::new(operation).ids(&ids).bearer(reporter.bearer) };
    match world.caller.call_for_nothing(connection, call).await {
        Ok(()) => {
            own.done(change);
            world.caller.stats().entries.increment();
            DONE
        }
        Err(error) => {
            if error.is_transient() {
                own.lost(&change);
            }
            refused(world, operation, &error, &["node_not_found"], reporter.index)
        }
    }
}

/// The metadata that the operator has set, by agent. Shared: agents look whether their states show it.
#[derive(Default)]
pub struct Metadata(Mutex<HashMap<usize, Set>>);

/// The metadata of one Node, and how often it began to change or had changed: odd while it is changing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    steps: u32,
    entries: Entries,
}

impl Set {
    /// What is wrong with `list`, if anything is: nothing can be told while the entries change. `self` is from before
    /// the request, `after` from after it.
    pub fn fault(&self, after: &Self, list: &[StateEntry]) -> Option<String> {
        let held = self.steps == after.steps && self.steps.is_multiple_of(2);
        held.then(|| self.entries.fault(list)).flatten()
    }
}

impl Metadata {
    /// What agent `index`'s Node has now.
    pub fn of(&self, index: usize) -> Set {
        lock(&self.0).get(&index).cloned().unwrap_or_default()
    }

    fn begin(&self, index: usize, rng: &mut impl Rng) -> Change {
        let mut sets = lock(&self.0);
        let set = sets.entry(index).or_default();
        set.steps += 1;
        set.entries.next(rng)
    }

    fn end<T>(&self, index: usize, change: impl FnOnce(&mut Entries) -> T) -> T {
        let mut sets = lock(&self.0);
        let set = sets.entry(index).or_default();
        set.steps += 1;
        change(&mut set.entries)
    }
}

/// Sets metadata as the operator until it is over.
pub async fn set_metadata(world: Arc<World>, seed: u64) {
    let mut rng = SmallRng::seed_from_u64(seed.rotate_left(29));
    let pause = world.interval.mul_f64(PAUSE).max(SHORTEST_PAUSE);
    while !world.is_over_before(Instant::now() + pause).await {
        // From all over the fleet.
        let step = (world.roster.len() / WITH_METADATA).max(1);
        let index = rng.random_range(0..WITH_METADATA) * step % world.roster.len();
        let Some((node_id, Some(_))) = world.roster.seen(index) else { continue };
        let since = world.streams.since(index);
        let change = world.metadata.begin(index, &mut rng);
        match world.operator.change_metadata(node_id, &change).await {
            Ok(()) => {
                if world.metadata.end(index, |entries| entries.done(change)) {
                    world.streams.owes(index, since, Owed::Update);
                }
                world.caller.stats().metadata.increment();
            }
            Err(error) => {
                world.metadata.end(index, |entries| entries.lost(&change));
                if !error.is_transient() {
                    let detail = format!("of {node_id}: {error}");
                    let correlation_id = error.correlation_id().unwrap_or_default();
                    world.caller.violation(Operation::PutNodeMetadataEntry, "refusal", detail, correlation_id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: &str) -> StateEntry {
        StateEntry { key: key.to_owned(), value: value.to_owned(), workload_tag: None }
    }

    #[test]
    fn a_list_has_what_was_put_and_nothing_else() {
        let mut entries = Entries::default();
        assert!(entries.fault(&[]).is_none() && entries.fault(&[entry("a", "1")]).is_some());
        assert!(entries.done(Change::Put(entry("z9", "1"))) && entries.done(Change::Put(entry("a", "1"))));
        assert!(!entries.done(Change::Put(entry("a", "1"))), "it is so already");
        assert!(entries.fault(&[entry("a", "1"), entry("z9", "1")]).is_none());
        assert!(entries.fault(&[entry("z9", "1"), entry("a", "1")]).is_some());
        assert!(entries.fault(&[entry("a", "2"), entry("z9", "1")]).is_some());
        entries.done(Change::Delete("a"));
        assert!(entries.fault(&[entry("z9", "1")]).is_none() && entries.fault(&[]).is_some());
        entries.lost(&Change::Delete("z9"));
        assert!(entries.fault(&[entry("z9", "1")]).is_none() && entries.fault(&[]).is_none());
        assert!(!entries.done(Change::Put(entry("z9", "2"))), "perhaps it was so already");
        assert!(entries.fault(&[entry("z9", "1")]).is_some());
    }

    #[test]
    fn changes_are_those_that_the_contract_takes() {
        let mut rng = SmallRng::seed_from_u64(1);
        let mut entries = Entries::default();
        let mut deleted = 0;
        for _ in 0..500 {
            let change = entries.next(&mut rng);
            if let Change::Put(entry) = &change {
                assert!(entry.value.len() <= VALUE_BYTES && entry.key.starts_with(|c: char| c.is_ascii_lowercase()));
                assert!(change.body().unwrap().len() < 8 << 10);
            } else {
                assert!(entries.known.contains_key(change.key()));
                deleted += 1;
            }
            entries.done(change);
        }
        assert!(deleted > 50 && entries.known.len() <= KEYS.len());
    }

    #[test]
    fn metadata_is_not_judged_while_it_changes() {
        let metadata = Metadata::default();
        let before = metadata.of(3);
        assert!(before.fault(&metadata.of(3), &[]).is_none());
        let mut rng = SmallRng::seed_from_u64(1);
        let change = metadata.begin(3, &mut rng);
        assert!(before.fault(&metadata.of(3), &[entry("q", "")]).is_none());
        let during = metadata.of(3);
        assert!(during.fault(&during, &[entry("q", "")]).is_none());
        metadata.end(3, |entries| entries.done(change));
        let after = metadata.of(3);
        assert!(after.fault(&after, &[]).is_some() && metadata.of(4) == Set::default());
    }
}
