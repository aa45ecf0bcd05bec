//! Removing what has served its time. Any replica may; twice does no harm.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::access;
use crate::background::Task;
use crate::clock::Clock;
use crate::event_log::{EventLog, Retention};
use crate::mesh::{key_rotation, registration};
use crate::postgres::{Database, StorageError};
use crate::telemetry::Metrics;
use crate::tenancy::signing_keys;

/// Nonces are kept for longer than any bootstrap token lives; after that the token itself refuses a replay.
const NONCES_KEPT: TimeDelta = TimeDelta::days(2);

/// Rotations that came to nothing are kept for as long as somebody may ask what became of them.
const ROTATIONS_KEPT: TimeDelta = TimeDelta::days(30);

/// Sessions and sign-ins are kept for a while after their end, for whoever looks into what happened.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(7);

/// Stretches of the event log that go in one step: what is left goes in the next.
const STRETCHES: usize = 100;

/// The task.
pub struct Housekeeping {
    database: Database,
    log: Arc<dyn EventLog>,
    keep: Retention,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Housekeeping {
    /// Over `database`, and over `log`, of which it leaves what is to `keep`.
    pub fn new(
        database: Database,
        log: Arc<dyn EventLog>,
        keep: Retention,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { database, log, keep, clock, metrics }
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
        let now = self.clock.now();
        {
            let mut conn = self.database.read().await?;
            access::store::prune_credential_changes(&mut conn).await?;
            access::session::prune(&mut conn, now - SESSIONS_KEPT).await?;
            access::rebac::prune_changes(&mut conn).await?;
            registration::prune_nonces(&mut conn, now - NONCES_KEPT).await?;
            key_rotation::prune(&mut conn, now - ROTATIONS_KEPT).await?;
        }
        signing_keys::retire(&self.database, now).await?;
        for _ in 0..STRETCHES {
            if self.log.prune(self.keep, now).await? == 0 {
                break;
            }
        }
        Ok(())
    }
}
