//! Removing what has served its time. Any replica may; twice does no harm.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::access;
use crate::background::Task;
use crate::clock::Clock;
use crate::mesh::registration;
use crate::postgres::{Database, StorageError};
use crate::telemetry::Metrics;

/// Nonces are kept for longer than any bootstrap token lives; after that the token itself refuses a replay.
const NONCES_KEPT: TimeDelta = TimeDelta::days(2);

/// The task.
pub struct Housekeeping {
    database: Database,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Housekeeping {
    /// Over `database`.
    pub fn new(database: Database, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        Self { database, clock, metrics }
    }
}

#[async_trait]
impl Task for Housekeeping {
    fn name(&self) -> &'static str {
        "housekeeping"
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn step(&self) -> Result<(), StorageError> {
        self.metrics.pool_connections_in_use.set(self.database.connections_in_use() as i64);
        let mut conn = self.database.read().await?;
        access::store::prune_credential_changes(&mut conn).await?;
        registration::prune_nonces(&mut conn, self.clock.now() - NONCES_KEPT).await
    }
}
