//! What is read again and again, and how old the last read is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::{Mutex, OwnedMutexGuard};

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

    /// Returns once what is read from is gone: a read on a connection that fell silent would hold all others up.
    async fn gone(&self);
}

/// A source with the time of its last read.
pub struct Fresh<S>(Arc<Inner<S>>);

struct Inner<S> {
    source: S,
    oldest: Duration,
    began: Instant,
    /// When the last read that succeeded began: nanoseconds since `began`, zero for never.
    confirmed: AtomicU64,
    /// Answers from reads that began before this are not given.
    not_before: AtomicU64,
    last: Arc<Mutex<Option<Attempt>>>,
}

struct Attempt {
    began: Instant,
    /// Why it failed, and whether that passes.
    failed: Option<(String, bool)>,
}

impl<S: Source> Fresh<S> {
    /// Nothing is current before it is read, nor once its last read is older than `oldest`.
    pub fn new(source: S, oldest: Duration) -> Self {
        Self(Arc::new(Inner {
            source,
            oldest,
            began: Instant::now(),
            confirmed: AtomicU64::new(0),
            not_before: AtomicU64::new(0),
            last: Arc::default(),
        }))
    }

    /// What is read.
    pub fn source(&self) -> &S {
        &self.0.source
    }

    /// Whether a yes may be given from what there is, or will be later.
    pub fn is_current(&self) -> bool {
        let confirmed = self.0.confirmed.load(Ordering::Acquire);
        confirmed > self.0.not_before.load(Ordering::Acquire) && self.is_young()
    }

    /// Whether the last read is not too old for a yes, whatever this replica has changed since.
    pub fn is_young(&self) -> bool {
        let confirmed = self.0.confirmed.load(Ordering::Acquire);
        confirmed > 0 && self.0.elapsed().saturating_sub(confirmed) <= nanos(self.0.oldest)
    }

    /// Tells that this replica has changed what is read: only a read that begins from now on is good enough.
    pub fn changed(&self) {
        self.0.not_before.fetch_max(self.0.elapsed(), Ordering::AcqRel);
    }

    /// Returns once a read that began after this call has succeeded. Those who wait share it.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is known.
    pub async fn catch_up(&self) -> Result<(), StorageError> {
        let asked = Instant::now();
        let Ok(last) = tokio::time::timeout(PATIENCE, self.0.last.clone().lock_owned()).await else {
            return Err(StorageError::Unavailable("the relations are being read for long".into()));
        };
        if let Some(last) = last.as_ref().filter(|last| last.began > asked) {
            return match &last.failed {
                None => Ok(()),
                Some((what, true)) => Err(StorageError::Unavailable(what.clone())),
                Some((what, false)) => Err(StorageError::Corrupt(what.clone())),
            };
        }
        // Whoever asked may go away. Others wait for what was begun, and what was begun must not be left half done.
        let reading = tokio::spawn(self.0.clone().read(last));
        reading.await.unwrap_or_else(|_| Err(StorageError::Unavailable("the read was broken off".into())))
    }
}

impl<S: Source> Inner<S> {
    async fn read(self: Arc<Self>, mut last: OwnedMutexGuard<Option<Attempt>>) -> Result<(), StorageError> {
        let began = Instant::now();
        let outcome = tokio::select! {
            biased;
            read = tokio::time::timeout(S::LONGEST, self.source.read()) => {
                read.unwrap_or_else(|_| Err(StorageError::Unavailable("the relations are not read in time".into())))
            }
            () = self.source.gone() => {
                Err(StorageError::Unavailable("the database does not answer".into()))
            }
        };
        if outcome.is_ok() {
            self.confirmed.fetch_max(nanos(began - self.began).max(1), Ordering::AcqRel);
        }
        let failed = outcome.as_ref().err().map(|error| (error.to_string(), error.is_passing()));
        *last = Some(Attempt { began, failed });
        outcome
    }
}

impl<S> Inner<S> {
    fn elapsed(&self) -> u64 {
        nanos(self.began.elapsed())
    }
}

fn nanos(duration: Duration) -> u64 {
    // Five centuries fit.
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::{Notify, Semaphore};

    use super::*;

    /// Each read ends when it is let.
    struct Held {
        begun: AtomicUsize,
        ended: AtomicUsize,
        let_end: Semaphore,
        gone: Notify,
    }

    #[async_trait]
    impl Source for Held {
        const LONGEST: Duration = Duration::from_secs(60);

        async fn read(&self) -> Result<(), StorageError> {
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.let_end.acquire().await.unwrap().forget();
            self.ended.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }

        async fn gone(&self) {
            self.gone.notified().await;
        }
    }

    /// With one read under way that somebody has asked for.
    async fn reading() -> (Arc<Fresh<Held>>, tokio::task::JoinHandle<Result<(), StorageError>>) {
        let source = Held {
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            let_end: Semaphore::new(0),
            gone: Notify::new(),
        };
        let fresh = Arc::new(Fresh::new(source, Duration::from_secs(4)));
        let asked = ask(&fresh);
        while fresh.source().begun.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        (fresh, asked)
    }

    fn ask(fresh: &Arc<Fresh<Held>>) -> tokio::task::JoinHandle<Result<(), StorageError>> {
        let fresh = fresh.clone();
        tokio::spawn(async move { fresh.catch_up().await })
    }

    /// On the one thread of a test, whoever was there before has gone as far as it can.
    async fn all_wait() {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn those_who_ask_while_one_reads_share_the_next_read() {
        let (fresh, first) = reading().await;
        let others: Vec<_> = (0..200).map(|_| ask(&fresh)).collect();
        all_wait().await;
        fresh.source().let_end.add_permits(1_000);
        for asked in others.into_iter().chain([first]) {
            asked.await.unwrap().unwrap();
        }
        assert_eq!(fresh.source().begun.load(Ordering::SeqCst), 2);
        assert!(fresh.is_current());
    }

    #[tokio::test]
    async fn a_read_goes_on_when_whoever_asked_for_it_goes_away() {
        let (fresh, first) = reading().await;
        let other = ask(&fresh);
        all_wait().await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        all_wait().await;
        assert_eq!(fresh.source().begun.load(Ordering::SeqCst), 1);
        fresh.source().let_end.add_permits(2);
        other.await.unwrap().unwrap();
        assert_eq!(fresh.source().ended.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_read_from_what_is_gone_holds_nobody_up() {
        let (fresh, first) = reading().await;
        let other = ask(&fresh);
        all_wait().await;
        fresh.source().gone.notify_one();
        assert!(matches!(first.await.unwrap(), Err(StorageError::Unavailable(_))));
        assert!(!fresh.is_current());
        fresh.source().let_end.add_permits(1);
        other.await.unwrap().unwrap();
        assert!(fresh.is_current());
    }

    #[tokio::test]
    async fn what_was_changed_here_makes_the_last_read_no_older() {
        let (fresh, first) = reading().await;
        assert!(!fresh.is_young() && !fresh.is_current());
        fresh.source().let_end.add_permits(1);
        first.await.unwrap().unwrap();
        assert!(fresh.is_young() && fresh.is_current());
        fresh.changed();
        assert!(fresh.is_young() && !fresh.is_current());
    }
}
