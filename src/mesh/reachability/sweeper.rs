//! The task that stores the transitions that time brings about.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Presence;
use super::store::{self, Transition};
use crate::background::Task;
use crate::clock::Clock;
use crate::postgres::lease::{Epoch, Lease};
use crate::postgres::slices::{Slice, rest, slices};
use crate::postgres::{Database, StorageError};
use crate::telemetry::Metrics;

/// Time between two sweeps; also how often the control plane notes that it is there.
const INTERVAL: Duration = Duration::from_secs(2);
/// Transitions in one transaction: short enough that heartbeats hardly wait for its rows.
const BATCH: i64 = 1000;

/// The sweeper. One replica at a time sweeps.
pub struct Sweeper {
    database: Database,
    clock: Arc<dyn Clock>,
    lease: Lease,
    metrics: Arc<Metrics>,
    rest: Duration,
}

impl Sweeper {
    /// A sweeper that leads under `lease` and rests for `rest` after each slice of the table.
    pub fn new(database: Database, clock: Arc<dyn Clock>, lease: Lease, metrics: Arc<Metrics>, rest: Duration) -> Self {
        Self { database, clock, lease, metrics, rest }
    }

    /// Notes that the control plane is there. What was due before it went away is stored first; only then do
    /// thresholds count anew. `None`: somebody else leads.
    async fn be_there(&self, epoch: Epoch, now: DateTime<Utc>) -> Result<Option<Presence>, StorageError> {
        loop {
            let mut tx = self.database.begin().await?;
            if !self.lease.fence(&mut tx, epoch).await? {
                return Ok(None);
            }
            let presence = store::presence(&mut tx).await?;
            let Some(since) = presence.outage_since(now) else {
                store::note_alive(&mut tx, now).await?;
                tx.commit().await?;
                return Ok(Some(presence));
            };
            let moved = store::sweep(&mut tx, &presence, &Slice::WHOLE, BATCH, now).await?;
            if (moved.len() as i64) < BATCH {
                tracing::info!(%since, "back from an outage: silence counts from now on");
                store::note_recovered(&mut tx, now).await?;
            }
            tx.commit().await?;
            self.count(&moved);
        }
    }

    /// One batch in one transaction, under the lease. Returns whether more may be due; `None`: the lease is lost.
    async fn batch(&self, epoch: Epoch, slice: &Slice, now: DateTime<Utc>) -> Result<Option<bool>, StorageError> {
        let mut tx = self.database.begin().await?;
        if !self.lease.fence(&mut tx, epoch).await? {
            return Ok(None);
        }
        let presence = store::presence(&mut tx).await?;
        let moved = store::sweep(&mut tx, &presence, slice, BATCH, now).await?;
        tx.commit().await?;
        self.count(&moved);
        Ok(Some(moved.len() as i64 == BATCH))
    }

    fn count(&self, moved: &[Transition]) {
        for transition in moved {
            self.metrics.reachability_transitions(transition.to.as_str(), 1);
        }
    }
}

#[async_trait]
impl Task for Sweeper {
    fn name(&self) -> &'static str {
        "reachability_sweeper"
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
        let began = std::time::Instant::now();
        let now = self.clock.now();
        let Some(presence) = self.be_there(epoch, now).await? else { return Ok(()) };
        let slices = slices(&mut *self.database.read().await?, store::TABLE).await?;
        for (place, slice) in slices.iter().enumerate() {
            if place > 0 {
                rest(self.rest).await;
            }
            let mut more = store::is_due(&mut *self.database.read().await?, &presence, slice, now).await?;
            while more {
                match self.batch(epoch, slice, now).await? {
                    Some(full) => more = full,
                    None => return Ok(()),
                }
            }
        }
        self.metrics.sweeper_step_duration.observe(began.elapsed().as_secs_f64());
        Ok(())
    }
}
