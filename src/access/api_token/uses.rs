//! When tokens were last used, on its way into the database: never on a request's own path.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::store;
use crate::background::Task;
use crate::postgres::{Database, StorageError, retrying};

/// Time between two batches, and so the least time between two writes of one token by one replica.
const INTERVAL: Duration = Duration::from_secs(60);
/// Tokens in one statement: a few dozen milliseconds.
const BATCH: usize = 5_000;
/// Uses that wait at most. Beyond that a use is not noted; the next one of its token may be.
const MOST: usize = 200_000;

/// The last use of a token that is remembered.
#[derive(Default)]
pub struct LastUse {
    /// Unix milliseconds.
    at: AtomicI64,
    /// It waits to be written.
    waits: AtomicBool,
}

/// Uses that wait to be written.
#[derive(Default)]
pub struct Uses(Mutex<Vec<(Uuid, Arc<LastUse>)>>);

impl Uses {
    /// The token is used at `now`. Nearly always two writes to memory.
    pub fn note(&self, token_id: Uuid, last: &Arc<LastUse>, now: DateTime<Utc>) {
        last.at.fetch_max(now.timestamp_millis(), Ordering::AcqRel);
        if !last.waits.swap(true, Ordering::AcqRel) {
            self.put_back([(token_id, last.clone())]);
        }
    }

    fn put_back(&self, uses: impl IntoIterator<Item = (Uuid, Arc<LastUse>)>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (token_id, last) in uses {
            if waiting.len() < MOST {
                waiting.push((token_id, last));
            } else {
                last.waits.store(false, Ordering::Release);
            }
        }
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Those that have waited longest.
    fn take(&self) -> Vec<(Uuid, Arc<LastUse>)> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some = waiting.len().min(BATCH);
        waiting.drain(..some).collect()
    }
}

/// Uses that are being written. Those that are not, because the database failed or the step was cut short, wait again.
struct Taken<'u> {
    uses: &'u Uses,
    all: Vec<(Uuid, Arc<LastUse>)>,
}

impl Taken<'_> {
    /// Each token once, with its last use.
    fn latest(&self) -> HashMap<Uuid, DateTime<Utc>> {
        let mut latest = HashMap::with_capacity(self.all.len());
        for (token_id, last) in &self.all {
            let at = DateTime::from_timestamp_millis(last.at.load(Ordering::Acquire)).unwrap_or(DateTime::UNIX_EPOCH);
            let known = latest.entry(*token_id).or_insert(at);
            *known = at.max(*known);
        }
        latest
    }

    /// They are written. A use that has come meanwhile waits on its own account.
    fn done(mut self, written: &HashMap<Uuid, DateTime<Utc>>) {
        for (token_id, last) in std::mem::take(&mut self.all) {
            last.waits.store(false, Ordering::Release);
            let at = last.at.load(Ordering::Acquire);
            let later = written.get(&token_id).is_none_or(|written| written.timestamp_millis() < at);
            if later && !last.waits.swap(true, Ordering::AcqRel) {
                self.uses.put_back([(token_id, last)]);
            }
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.uses.put_back(std::mem::take(&mut self.all));
    }
}

/// The task that writes them.
pub struct UseWriter {
    database: Database,
    uses: Arc<Uses>,
}

impl UseWriter {
    /// Writes what waits in `uses` into `database`.
    pub fn new(database: Database, uses: Arc<Uses>) -> Self {
        Self { database, uses }
    }
}

#[async_trait]
impl Task for UseWriter {
    fn name(&self) -> &'static str {
        "token_uses"
    }

    fn interval(&self) -> Duration {
        INTERVAL
    }

    /// A use that is written late keeps nobody from being served.
    fn is_vital(&self) -> bool {
        false
    }

    async fn step(&self) -> Result<(), StorageError> {
        // Those that come meanwhile wait for the next step.
        for _ in 0..self.uses.len().div_ceil(BATCH) {
            let taken = Taken { uses: &self.uses, all: self.uses.take() };
            let latest = taken.latest();
            let write = || async { store::note_uses(&mut *self.database.read().await?, &latest).await };
            retrying("last uses", write).await?;
            taken.done(&latest);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_token_waits_once_with_its_last_use_until_that_is_written() {
        let (uses, last, id) = (Uses::default(), Arc::new(LastUse::default()), Uuid::from_u128(7));
        for seconds in [3, 1, 2] {
            uses.note(id, &last, at(seconds));
        }
        let taken = Taken { uses: &uses, all: uses.take() };
        assert_eq!(taken.latest(), HashMap::from([(id, at(3))]));
        assert_eq!(taken.all.len(), 1);
        // One that comes while they are written waits for the next batch.
        uses.note(id, &last, at(9));
        taken.done(&HashMap::from([(id, at(3))]));
        let taken = Taken { uses: &uses, all: uses.take() };
        assert_eq!(taken.latest(), HashMap::from([(id, at(9))]));
        // Cut short: nothing is lost.
        drop(taken);
        let taken = Taken { uses: &uses, all: uses.take() };
        assert_eq!(taken.latest(), HashMap::from([(id, at(9))]));
        taken.done(&HashMap::from([(id, at(9))]));
        assert!(uses.take().is_empty());
        uses.note(id, &last, at(10));
        assert_eq!(uses.take().len(), 1);
    }

    #[test]
    fn what_two_entries_of_one_token_say_is_written_once() {
        let (uses, id) = (Uses::default(), Uuid::from_u128(7));
        for seconds in [5, 4] {
            uses.note(id, &Arc::new(LastUse::default()), at(seconds));
        }
        let taken = Taken { uses: &uses, all: uses.take() };
        assert_eq!(taken.latest(), HashMap::from([(id, at(5))]));
        taken.done(&HashMap::from([(id, at(5))]));
        assert!(uses.take().is_empty());
    }
}
