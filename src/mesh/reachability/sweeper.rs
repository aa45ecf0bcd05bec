//! The task that stores the transitions that time brings about.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::store;
use crate::background::Task;
use crate::clock::Clock;
use crate::postgres::lease::{Epoch, Lease};
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
}

impl Sweeper {
    /// A sweeper that leads under `lease`.
    pub fn new(database: Database, clock: Arc<dyn Clock>, lease: Lease, metrics: Arc<Metrics>) -> Self {
        Self { database, clock, lease, metrics }
    }

    /// One batch in one transaction, under the lease. Returns whether more may be due.
    async fn batch(&self, epoch: Epoch, now: DateTime<Utc>) -> Result<Progress, StorageError> {
        let mut tx = self.database.begin().await?;
        if !self.lease.fence(&mut tx, epoch).await? {
            return Ok(Progress::Lost);
        }
        let presence = store::presence(&mut tx).await?;
        // What was due before we went away is stored first; only then do thresholds count anew.
        let until = presence.listened_until(now);
        let moved = store::sweep(&mut tx, until, presence.recovered_at, BATCH, now).await?;
        let more = moved.len() as i64 == BATCH;
        match presence.outage_since(now) {
            Some(since) if !more => {
                tracing::info!(%since, "back from an outage: silence counts from now on");
                store::note_recovered(&mut tx, now).await?;
            }
            Some(_) => {}
            None => store::note_alive(&mut tx, now).await?,
        }
        tx.commit().await?;
        for transition in &moved {
            self.metrics.reachability_transitions(transition.to.as_str(), 1);
        }
        Ok(if more { Progress::More } else { Progress::Done })
    }
}

enum Progress {
    More,
    Done,
    Lost,
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
        while let Progress::More = self.batch(epoch, now).await? {}
        self.metrics.sweeper_step_duration.observe(began.elapsed().as_secs_f64());
        Ok(())
    }
}
