//! What keeps a verified credential from being looked up again, and what makes that safe.
//!
//! A revocation writes a row into `credential_changes` in its own transaction. Every second each replica reads the
//! last minutes of that table and forgets what is named there. A replica that cannot read it soon stops trusting
//! what it remembers: so a revocation holds everywhere within seconds, or the database is asked each time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::store;
use crate::background::Task;
use crate::postgres::{Database, StorageError, clock};
use crate::telemetry::Metrics;

/// Time between two reads of the changes.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// After so long without a successful read nothing remembered is trusted. With the interval and the read itself
/// it stays under the five seconds in which a revocation must hold.
const TRUSTED_FOR: Duration = Duration::from_secs(3);
/// How far a read looks back behind the last one: longer than any transaction can stay open, so that a change that
/// commits late is still seen.
const WINDOW: TimeDelta = TimeDelta::seconds(120);
/// Changes are kept for an hour; whoever did not read for longer than this forgets everything.
const LONGEST_GAP: TimeDelta = TimeDelta::minutes(30);
/// Credentials remembered at most, of each kind.
const CAPACITY: usize = 200_000;

/// The last time that the changes were read.
#[derive(Default)]
struct Confirmed(Mutex<Option<Read>>);

#[derive(Clone, Copy)]
struct Read {
    /// By this machine's monotonic clock: for how long it can be trusted.
    at: Instant,
    /// By the database's clock: from where to read on. A machine that slept finds all that it slept through.
    database_at: DateTime<Utc>,
}

impl Confirmed {
    fn last(&self) -> Option<Read> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn age(&self) -> Option<Duration> {
        self.last().map(|read| read.at.elapsed())
    }

    fn set(&self, read: Read) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
    }
}

/// Verified credentials by id.
pub struct CredentialCache<V: Clone + Send + Sync + 'static> {
    entries: quick_cache::sync::Cache<Uuid, V>,
    confirmed: Arc<Confirmed>,
    metrics: Arc<Metrics>,
}

impl<V: Clone + Send + Sync + 'static> CredentialCache<V> {
    /// What is remembered under `id`, if it can be trusted.
    pub fn get(&self, id: Uuid) -> Option<V> {
        let trusted = self.confirmed.age().is_some_and(|age| age <= TRUSTED_FOR);
        let found = if trusted { self.entries.get(&id) } else { None };
        let counter =
            if found.is_some() { &self.metrics.credential_cache_hits } else { &self.metrics.credential_cache_misses };
        counter.inc();
        found
    }

    /// What is remembered under `id`, whether or not it can be trusted: it held when it was last looked up, and has
    /// not been told to be forgotten since the changes were last read.
    pub fn recall(&self, id: Uuid) -> Option<V> {
        self.entries.get(&id)
    }

    /// Remembers `value` under `id`.
    pub fn put(&self, id: Uuid, value: V) {
        self.entries.insert(id, value);
    }

    /// Forgets `id` here, at once.
    pub fn forget(&self, id: Uuid) {
        self.entries.remove(&id);
    }
}

trait Forget: Send + Sync {
    fn forget(&self, id: Uuid);
    fn forget_all(&self);
    fn remembers(&self) -> usize;
}

impl<V: Clone + Send + Sync + 'static> Forget for CredentialCache<V> {
    fn forget(&self, id: Uuid) {
        self.entries.remove(&id);
    }

    fn forget_all(&self) {
        self.entries.clear();
    }

    fn remembers(&self) -> usize {
        self.entries.len()
    }
}

/// The task that reads the changes.
pub struct CredentialWatch {
    database: Database,
    confirmed: Arc<Confirmed>,
    caches: Vec<Arc<dyn Forget>>,
    metrics: Arc<Metrics>,
}

impl CredentialWatch {
    /// A watch over `database` without caches yet.
    pub fn new(database: Database, metrics: Arc<Metrics>) -> Self {
        Self { database, confirmed: Arc::new(Confirmed::default()), caches: Vec::new(), metrics }
    }

    /// A cache that this watch keeps honest.
    pub fn cache<V: Clone + Send + Sync + 'static>(&mut self) -> Arc<CredentialCache<V>> {
        let entries = quick_cache::sync::Cache::new(CAPACITY);
        let cache =
            Arc::new(CredentialCache { entries, confirmed: self.confirmed.clone(), metrics: self.metrics.clone() });
        self.caches.push(cache.clone());
        cache
    }
}

#[async_trait]
impl Task for CredentialWatch {
    fn name(&self) -> &'static str {
        "credential_watch"
    }

    fn interval(&self) -> Duration {
        WATCH_INTERVAL
    }

    async fn step(&self) -> Result<(), StorageError> {
        // What is read is true as of now or later.
        let began = Instant::now();
        let mut conn = self.database.read().await?;
        let database_at = clock(&mut conn).await?;
        let last = self.confirmed.last().map(|read| read.database_at);
        let changed = store::credential_changes_since(&mut conn, last.unwrap_or(database_at) - WINDOW).await?;
        let missed_some = last.is_none_or(|last| database_at - last > LONGEST_GAP);
        for cache in &self.caches {
            if missed_some {
                cache.forget_all();
            }
            for id in &changed {
                cache.forget(*id);
            }
        }
        self.confirmed.set(Read { at: began, database_at });
        let remembered: usize = self.caches.iter().map(|cache| cache.remembers()).sum();
        self.metrics.credential_cache_entries.set(remembered as i64);
        Ok(())
    }
}
