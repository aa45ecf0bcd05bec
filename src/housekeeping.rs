//! Removing what has served its time. Any replica may; twice does no harm.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

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

/// Sessions are kept for a while after their end, for whoever looks into what happened.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(7);

/// Sign-ins that became sessions are kept until no replica could take them again, whose clock may be a little behind.
const SPENT_SIGN_INS_KEPT: TimeDelta = TimeDelta::minutes(5);

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

    async fn prune_log(&self, now: DateTime<Utc>) -> Result<(), StorageError> {
        for _ in 0..STRETCHES {
            if self.log.prune(self.keep, now).await? == 0 {
                break;
            }
        }
        Ok(())
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

    /// What is deleted late keeps nobody from being served.
    fn is_vital(&self) -> bool {
        false
    }

    async fn step(&self) -> Result<(), StorageError> {
        self.metrics.pool_connections_in_use.set(self.database.connections_in_use() as i64);
        let now = self.clock.now();
        let database = &self.database;
        // One that fails keeps none of the others from its work.
        let outcomes: [Result<(), StorageError>; 8] = [
            async { access::store::prune_credential_changes(&mut *database.read().await?).await }.await,
            async { access::session::prune_spent(&mut *database.read().await?, now - SPENT_SIGN_INS_KEPT).await }.await,
            async { access::session::prune(&mut *database.read().await?, now - SESSIONS_KEPT).await }.await,
            async { access::rebac::prune_changes(&mut *database.read().await?).await }.await,
            async { registration::prune_nonces(&mut *database.read().await?, now - NONCES_KEPT).await }.await,
            async { key_rotation::prune(&mut *database.read().await?, now - ROTATIONS_KEPT).await }.await,
            signing_keys::retire(database, now).await.map(drop),
            self.prune_log(now).await,
        ];
        outcomes.into_iter().collect()
    }
}
