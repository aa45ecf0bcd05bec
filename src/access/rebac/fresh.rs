//! What is read again and again, and how old the last read is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::postgres::StorageError;

/// Whoever waits for a read that others have begun is told after this that nothing is known.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is brought up to date by reading. One read runs at a time.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// A read may take this long.
    const LONGEST: Duration;

    /// Takes over what is true now or later.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is known.
    async fn read(&self) -> Result<(), StorageError>;
}

/// A source with the time of its last read.
pub struct Fresh<S> {
    source: S,
    oldest: Duration,
    began: Instant,
    /// When the last read that succeeded began: nanoseconds since `began`, zero for never.
    confirmed: AtomicU64,
    /// Answers from reads that began before this are not given.
    not_before: AtomicU64,
    last: Mutex<Option<Attempt>>,
}

struct Attempt {
    began: Instant,
    /// Why it failed, and whether that passes.
    failed: Option<(String, bool)>,
}

impl<S: Source> Fresh<S> {
    /// Nothing is current before it is read, nor once its last read is older than `oldest`.
    pub fn new(source: S, oldest: Duration) -> Self {
        Self {
            source,
            oldest,
            began: Instant::now(),
            confirmed: AtomicU64::new(0),
            not_before: AtomicU64::new(0),
            last: Mutex::default(),
        }
    }

    /// What is read.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// Whether a yes may be given from what there is, or will be later.
    pub fn is_current(&self) -> bool {
        let confirmed = self.confirmed.load(Ordering::Acquire);
        let age = self.elapsed().saturating_sub(confirmed);
        confirmed > self.not_before.load(Ordering::Acquire) && age <= nanos(self.oldest)
    }

    /// Tells that this replica has changed what is read: only a read that begins from now on is good enough.
    pub fn changed(&self) {
        self.not_before.fetch_max(self.elapsed(), Ordering::AcqRel);
    }

    /// Returns once a read that began after this call has succeeded. Those who wait share it.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is known.
    pub async fn catch_up(&self) -> Result<(), StorageError> {
        let asked = Instant::now();
        let Ok(mut last) = tokio::time::timeout(PATIENCE, self.last.lock()).await else {
            return Err(StorageError::Unavailable("the relations are being read for long".into()));
        };
        if let Some(last) = last.as_ref().filter(|last| last.began > asked) {
            return match &last.failed {
                None => Ok(()),
                Some((what, true)) => Err(StorageError::Unavailable(what.clone())),
                Some((what, false)) => Err(StorageError::Corrupt(what.clone())),
            };
        }
        let began = Instant::now();
        let outcome = match tokio::time::timeout(S::LONGEST, self.source.read()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(StorageError::Unavailable("the relations are not read in time".into())),
        };
        if outcome.is_ok() {
            self.confirmed.fetch_max(nanos(began - self.began).max(1), Ordering::AcqRel);
        }
        let failed = outcome.as_ref().err().map(|error| (error.to_string(), error.is_passing()));
        *last = Some(Attempt { began, failed });
        outcome
    }

    fn elapsed(&self) -> u64 {
        nanos(self.began.elapsed())
    }
}

fn nanos(duration: Duration) -> u64 {
    // Five centuries fit.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
