//! The task that withdraws endpoints that nobody confirms any more.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::store;
use crate::background::Task;
use crate::clock::Clock;
use crate::postgres::lease::{Epoch, Lease};
use crate::postgres::slices::{Slice, rest, slices};
use crate::postgres::{Database, StorageError};
use crate::telemetry::Metrics;

/// Time between two sweeps: half of the shortest lifetime that a Domain may choose.
const INTERVAL: Duration = Duration::from_secs(5);
/// Endpoints withdrawn in one transaction: some 50 ms, so that reports hardly wait for its rows, or enrolments for the
/// Domain's.
const BATCH: i64 = 2500;

/// The sweeper. One replica at a time sweeps.
pub struct EndpointSweeper {
    database: Database,
    clock: Arc<dyn Clock>,
    lease: Lease,
    metrics: Arc<Metrics>,
    rest: Duration,
}

impl EndpointSweeper {
    /// A sweeper that leads under `lease` and rests for `rest` after each slice of the table.
    pub fn new(database: Database, clock: Arc<dyn Clock>, lease: Lease, metrics: Arc<Metrics>, rest: Duration) -> Self {
        Self { database, clock, lease, metrics, rest }
    }

    /// One batch in one transaction, under the lease. Returns whether more may be due; `None`: the lease is lost.
    async fn batch(&self, epoch: Epoch, slice: &Slice, now: DateTime<Utc>) -> Result<Option<bool>, StorageError> {
        let mut tx = self.database.begin().await?;
        if !self.lease.fence(&mut tx, epoch).await? {
            return Ok(None);
        }
        let presence = store::presence(&mut tx).await?;
        let withdrawn = store::withdraw(&mut tx, &presence, slice, BATCH, now).await?;
        tx.commit().await?;
        self.metrics.endpoints_withdrawn.inc_by(withdrawn as u64);
        Ok(Some(withdrawn as i64 == BATCH))
    }
}

#[async_trait]
impl Task for EndpointSweeper {
    fn name(&self) -> &'static str {
        "endpoint_sweeper"
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
        let (presence, slices) = {
            let mut conn = self.database.read().await?;
            (store::presence(&mut conn).await?, slices(&mut conn, store::TABLE).await?)
        };
        for (place, slice) in slices.iter().enumerate() {
            if place > 0 {
                rest(self.rest).await;
            }
            let mut more = store::is_stale(&mut *self.database.read().await?, &presence, slice, now).await?;
            while more {
                match self.batch(epoch, slice, now).await? {
                    Some(full) => more = full,
                    None => return Ok(()),
                }
            }
        }
        Ok(())
    }
}
