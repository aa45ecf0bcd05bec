use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::background::{Poke, Task};
use crate::clock::{Clock, SystemClock};
use crate::ops::ReadinessCheck;
use crate::postgres::migrations::{self, SchemaState};
use crate::postgres::{Availability, Database, StorageError, clock};
use crate::telemetry::Metrics;

/// How far the machine's clock may be from the database's.
const MAX_SKEW_MS: i64 = 1000;
const UNKNOWN: i64 = i64::MAX;

/// The database answers.
pub(super) struct DatabaseCheck {
    availability: Availability,
    metrics: Arc<Metrics>,
}

impl DatabaseCheck {
    pub(super) fn new(availability: Availability, metrics: Arc<Metrics>) -> Self {
        Self { availability, metrics }
    }
}

impl ReadinessCheck for DatabaseCheck {
    fn name(&self) -> &'static str {
        "database"
    }

    fn check(&self) -> Result<(), String> {
        let answers = self.availability.answers();
        self.metrics.database_available.set(answers.into());
        if answers { Ok(()) } else { Err("the database does not answer".to_owned()) }
    }
}

/// The schema is this program's. A newer release may migrate it while this one runs, and it serves on: a release keeps to
/// what the one before it needs.
#[derive(Clone)]
pub(super) struct MigrationsCheck {
    database: Database,
    /// As last read; at first what the start has made sure of.
    found: Arc<Mutex<SchemaState>>,
}

impl MigrationsCheck {
    pub(super) fn new(database: Database) -> Self {
        Self { database, found: Arc::new(Mutex::new(SchemaState::Current)) }
    }
}

#[async_trait]
impl Task for MigrationsCheck {
    fn name(&self) -> &'static str {
        "migrations_check"
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn step(&self) -> Result<(), StorageError> {
        let found = migrations::state(&mut *self.database.read().await?).await?;
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }
}

impl ReadinessCheck for MigrationsCheck {
    fn name(&self) -> &'static str {
        "migrations"
    }

    fn is_vital(&self) -> bool {
        !matches!(*self.found.lock().unwrap_or_else(PoisonError::into_inner), SchemaState::Newer(_))
    }

    fn check(&self) -> Result<(), String> {
        match &*self.found.lock().unwrap_or_else(PoisonError::into_inner) {
            SchemaState::Current => Ok(()),
            SchemaState::Behind(missing) => Err(format!("the database lacks {missing} migrations")),
            SchemaState::Newer(version) => {
                Err(format!("the database has migration {version}, which this program does not know"))
            }
        }
    }
}

/// The last step of a task succeeded.
pub(super) struct TaskCheck {
    name: &'static str,
    poke: Poke,
    metrics: Arc<Metrics>,
}

impl TaskCheck {
    pub(super) fn new(name: &'static str, poke: Poke, metrics: Arc<Metrics>) -> Self {
        Self { name, poke, metrics }
    }
}

impl ReadinessCheck for TaskCheck {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_vital(&self) -> bool {
        self.poke.is_vital()
    }

    fn check(&self) -> Result<(), String> {
        let healthy = self.poke.healthy();
        self.metrics.task_healthy(self.name, healthy);
        if healthy { Ok(()) } else { Err("its last step failed, or it has not stepped yet".to_owned()) }
    }
}

/// One clock: times that replicas write are compared with each other.
#[derive(Clone)]
pub(super) struct ClockCheck {
    database: Database,
    skew_ms: Arc<AtomicI64>,
}

impl ClockCheck {
    pub(super) fn new(database: Database) -> Self {
        Self { database, skew_ms: Arc::new(AtomicI64::new(UNKNOWN)) }
    }
}

#[async_trait]
impl Task for ClockCheck {
    fn name(&self) -> &'static str {
        "clock_check"
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(10)
    }

    async fn step(&self) -> Result<(), StorageError> {
        let mut conn = self.database.read().await?;
        let before = SystemClock.now();
        let theirs = clock(&mut conn).await?;
        let after = SystemClock.now();
        // The database read its clock somewhere in between.
        let skew = (theirs - before).num_milliseconds().min(0) + (theirs - after).num_milliseconds().max(0);
        self.skew_ms.store(skew, Ordering::Relaxed);
        Ok(())
    }
}

impl ReadinessCheck for ClockCheck {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn check(&self) -> Result<(), String> {
        match AtomicI64::load(&self.skew_ms, Ordering::Relaxed) {
            UNKNOWN => Err("not compared with the database's yet".to_owned()),
            skew if skew.abs() > MAX_SKEW_MS => Err(format!("the database's clock is {skew} ms off this machine's")),
            _ => Ok(()),
        }
    }
}
