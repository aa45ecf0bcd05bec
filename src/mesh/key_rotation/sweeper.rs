//! The task that writes down which rotations have expired.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::store;
use crate::background::Task;
use crate::clock::Clock;
use crate::postgres::lease::{Epoch, Lease};
use crate::postgres::{Database, StorageError};

/// Time between two sweeps. Nobody waits for one: what has expired by the clock is treated so at once.
const INTERVAL: Duration = Duration::from_secs(30);
/// Rotations in one transaction: completions hardly wait for its rows.
const BATCH: i64 = 500;

/// The sweeper. One replica at a time sweeps.
pub struct RotationSweeper {
    database: Database,
    clock: Arc<dyn Clock>,
    lease: Lease,
}

impl RotationSweeper {
    /// A sweeper that leads under `lease`.
    pub fn new(database: Database, clock: Arc<dyn Clock>, lease: Lease) -> Self {
        Self { database, clock, lease }
    }

    /// One batch in one transaction, under the lease. Returns whether more may be due.
    async fn batch(&self, epoch: Epoch, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let mut tx = self.database.begin().await?;
        if !self.lease.fence(&mut tx, epoch).await? {
            return Ok(false);
        }
        let expired = store::expire(&mut tx, BATCH, now).await?;
        tx.commit().await?;
        Ok(expired as i64 == BATCH)
    }
}

#[async_trait]
impl Task for RotationSweeper {
    fn name(&self) -> &'static str {
        "rotation_sweeper"
    }

    fn interval(&self) -> Duration {
        INTERVAL
    }

    async fn step(&self) -> Result<(), StorageError> {
        let epoch = {
            let mut conn = self.database.read().await?;
            self.lease.acquire(&mut conn).await?
        };
        let Some(epoch) = epoch else { return Ok(()) };
        let now = self.clock.now();
        while self.batch(epoch, now).await? {}
        Ok(())
    }
}
