//! Keeps the graph at what the database says.

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::fresh::{Fresh, Source};
use super::store::{self, Found, Position};
use super::{Graph, Schema};
use crate::background::Task;
use crate::postgres::{Database, StorageError};

/// The channel on which replicas are told to read.
pub const CHANGED: &str = "relations_changed";
/// Time between two reads when nobody asks for one.
const WATCH_INTERVAL: Duration = Duration::from_millis(500);
/// Nothing is allowed from a graph that was not confirmed for longer. With the read itself it stays under the five
/// seconds in which what is taken back must not count any more.
pub const OLDEST: Duration = Duration::from_secs(4);
/// Changes are kept for an hour; whoever did not read for longer than this reads everything.
pub(in crate::access) const LONGEST_GAP: TimeDelta = TimeDelta::minutes(30);

/// The graph and how it is followed.
pub struct Follower(Fresh<Tuples>);

struct Tuples {
    database: Database,
    schema: Arc<Schema>,
    graph: RwLock<Graph>,
    position: Mutex<Option<Position>>,
}

impl Follower {
    /// An empty graph over `database`, which nothing is allowed from before it is read, nor once its last read is
    /// older than `oldest`.
    pub fn new(database: Database, schema: Arc<Schema>, oldest: Duration) -> Self {
        let tuples = Tuples { database, schema, graph: RwLock::default(), position: Mutex::default() };
        Self(Fresh::new(tuples, oldest))
    }

    /// The schema.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.0.source().schema
    }

    /// The graph as it is. Hold it for a moment only.
    pub fn graph(&self) -> RwLockReadGuard<'_, Graph> {
        self.0.source().graph.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// See [`Fresh::is_current`].
    pub fn is_current(&self) -> bool {
        self.0.is_current()
    }

    /// See [`Fresh::changed`].
    pub fn changed(&self) {
        self.0.changed();
    }

    /// See [`Fresh::catch_up`].
    ///
    /// # Errors
    /// [`StorageError`]: nothing is known.
    pub async fn catch_up(&self) -> Result<(), StorageError> {
        self.0.catch_up().await
    }
}

impl Tuples {
    fn position(&self) -> Option<Position> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn stand_at(&self, position: Option<Position>) {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = position;
    }
}

#[async_trait]
impl Source for Tuples {
    /// All tuples of a large mesh, on a busy machine.
    const LONGEST: Duration = Duration::from_secs(20);

    async fn gone(&self) {
        self.database.availability().gone().await;
    }

    async fn read(&self) -> Result<(), StorageError> {
        if let Some(last) = self.position() {
            let found = store::changes_since(&mut *self.database.read().await?, &last).await?;
            if let Found::Changes(changes, position) = found
                && position.at - last.at <= LONGEST_GAP
            {
                if !changes.is_empty() {
                    self.graph.write().unwrap_or_else(PoisonError::into_inner).apply(&self.schema, &changes);
                }
                self.stand_at(Some(position));
                return Ok(());
            }
        }
        // What happened to the tables meanwhile is not known.
        self.stand_at(None);
        let mut graph = Graph::default();
        let position = store::everything(&self.database, |tuple| graph.add(&self.schema, &tuple)).await?;
        tracing::debug!(tuples = graph.len(), "relations read");
        // The old one is dropped after the lock is given back.
        let before = std::mem::replace(&mut *self.graph.write().unwrap_or_else(PoisonError::into_inner), graph);
        drop(before);
        self.stand_at(Some(position));
        Ok(())
    }
}

/// The task that reads on.
pub struct RelationWatch(pub Arc<Follower>);

#[async_trait]
impl Task for RelationWatch {
    fn name(&self) -> &'static str {
        "relation_watch"
    }

    fn interval(&self) -> Duration {
        WATCH_INTERVAL
    }

    async fn step(&self) -> Result<(), StorageError> {
        self.0.catch_up().await
    }
}
