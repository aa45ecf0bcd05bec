//! PostgreSQL: the pool, what can go wrong, transactions, migrations, and the private server of `plexsphere dev`.
//!
//! A capability opens one transaction with [`Database::begin`] and hands its connection down; dropping it
//! unfinished rolls it back. [`Availability`] tells within a second that the database is gone, so that a request
//! is answered instead of hanging on a dead socket.

pub mod embedded;
mod error;
pub mod lease;
mod marks;
pub mod migrations;
mod notifications;
mod prepared;
mod probe;
mod retry;
pub mod schema;
mod setup;
pub mod slices;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel_async::pooled_connection::deadpool::{Hook, HookError, Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::FutureExt;
use tokio::sync::watch;

pub use error::{StorageError, violated};
pub use marks::{mark, marking};
pub use notifications::Notifications;
pub(crate) use prepared::prepared;
pub use probe::Availability;
pub use retry::{ATTEMPTS, MayRetry, retrying};

/// How long a request waits for a free connection before it is told that the database is not available.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(900);

/// How the statements of a pool are planned: once a connection and not for each use, which is for those that are often
/// run and would take longer to plan than to run. No plan is compiled, which guesses of the most rows would ask for.
#[derive(Clone, Copy, Debug)]
pub enum KeptPlans {
    /// For statements that find their rows by keys only. A table is never read as a whole where there is an index: while
    /// it is empty that looks best, and the plan is kept when it has filled.
    ByKeys,
    /// For statements that join as well: a plan that is made while tables are small must not loop over them when they
    /// have grown, so tables are joined by hashes wherever they can be.
    WithJoins,
}

impl KeptPlans {
    const fn session(self) -> &'static str {
        match self {
            Self::ByKeys => "SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_seqscan = off",
            Self::WithJoins => "SET plan_cache_mode = force_generic_plan; SET jit = off; SET enable_nestloop = off",
        }
    }
}

/// How long a dropped transaction's rollback may take before its connection is thrown away.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(1);

/// Begins a leader's transaction. Far shorter than the limits of a session, well under the seconds in which leadership
/// must have passed on, and far longer than the leader is ever idle inside of one.
const LEADING: &str =
    "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '1500ms'; SET LOCAL statement_timeout = '4s'";

/// What the database's own clock says.
///
/// # Errors
/// [`StorageError`].
pub async fn clock(conn: &mut AsyncPgConnection) -> Result<DateTime<Utc>, StorageError> {
    #[derive(diesel::QueryableByName)]
    struct Clock {
        #[diesel(sql_type = diesel::sql_types::Timestamptz)]
        at: DateTime<Utc>,
    }
    let clock: Clock = diesel::sql_query("SELECT clock_timestamp() AS at").get_result(conn).await?;
    Ok(clock.at)
}

/// The language in which the database reports its faults. What they are can be told from English text only: diesel
/// keeps no SQLSTATE.
///
/// # Errors
/// [`StorageError`].
pub async fn message_locale(conn: &mut AsyncPgConnection) -> Result<String, StorageError> {
    #[derive(diesel::QueryableByName)]
    struct Setting {
        #[diesel(sql_type = diesel::sql_types::Text)]
        value: String,
    }
    let setting: Setting = diesel::sql_query("SELECT current_setting('lc_messages') AS value").get_result(conn).await?;
    Ok(setting.value)
}

/// The database as the rest of the program sees it. Cloning shares the pool.
#[derive(Clone)]
pub struct Database {
    pool: Pool<AsyncPgConnection>,
    url: String,
    availability: Availability,
    committed: Arc<watch::Sender<()>>,
}

impl Database {
    /// A pool of at most `connections` connections to the database at `url`; none is opened yet. Also starts
    /// the probe behind [`Database::availability`]; it ends when the last clone is dropped.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when the pool cannot be set up.
    pub fn new(url: &str, connections: usize) -> Result<Self, StorageError> {
        let availability = Availability::start(url.to_owned());
        let pool = pool(url, connections, &availability, "")?;
        Ok(Self { pool, url: url.to_owned(), availability, committed: Arc::default() })
    }

    /// A pool of its own over the same database, for what must not wait behind requests.
    ///
    /// # Errors
    /// As [`Database::new`].
    pub fn apart(&self, connections: usize) -> Result<Self, StorageError> {
        Ok(Self { pool: pool(&self.url, connections, &self.availability, "")?, ..self.clone() })
    }

    /// As [`Database::apart`], with plans that are kept.
    ///
    /// # Errors
    /// As [`Database::new`].
    pub fn apart_with(&self, plans: KeptPlans, connections: usize) -> Result<Self, StorageError> {
        let pool = pool(&self.url, connections, &self.availability, plans.session())?;
        Ok(Self { pool, ..self.clone() })
    }

    /// Whether the database answers, as last probed.
    pub fn availability(&self) -> &Availability {
        &self.availability
    }

    /// Changes with each transaction that this replica has committed: only a hint that there may be something to do.
    pub fn commits(&self) -> watch::Receiver<()> {
        self.committed.subscribe()
    }

    /// Listens on `channels`, over a connection of its own.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when the database cannot be reached.
    pub async fn listen(&self, channels: &[&str]) -> Result<Notifications, StorageError> {
        Notifications::open(self.connect().await?, channels).await
    }

    /// Connections that are taken from the pool.
    pub fn connections_in_use(&self) -> usize {
        let status = self.pool.status();
        status.size.saturating_sub(status.available)
    }

    /// A connection of its own, outside of the pool.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when the database cannot be reached.
    pub async fn connect(&self) -> Result<AsyncPgConnection, StorageError> {
        setup::connect(self.url.clone()).await.map_err(|e| StorageError::Unavailable(e.to_string()))
    }

    /// A connection for reading, each statement on its own.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when none is to be had in time.
    pub async fn read(&self) -> Result<Object<AsyncPgConnection>, StorageError> {
        match tokio::time::timeout(ACQUIRE_TIMEOUT, self.pool.get()).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(e)) => Err(StorageError::Unavailable(e.to_string())),
            Err(_) => Err(StorageError::Unavailable("no free connection in time".into())),
        }
    }

    /// Opens a transaction.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn begin(&self) -> Result<Transaction, StorageError> {
        self.open("BEGIN").await
    }

    /// Opens a transaction that sees one coherent snapshot and writes nothing.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn begin_snapshot(&self) -> Result<Transaction, StorageError> {
        self.open("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    /// Opens a transaction that holds nobody up for longer than a moment when this process stands still: what only
    /// one replica may do at a time then passes to another.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn begin_leading(&self) -> Result<Transaction, StorageError> {
        self.open(LEADING).await
    }

    async fn open(&self, begin: &str) -> Result<Transaction, StorageError> {
        // A transaction before it begins: dropped while the statement is under way, it still rolls back.
        let mut transaction = Transaction { conn: Some(self.read().await?), committed: self.committed.clone() };
        transaction.batch_execute(begin).await?;
        marks::begun();
        Ok(transaction)
    }
}

/// A pool whose sessions begin with the statements `session`.
fn pool(
    url: &str,
    connections: usize,
    availability: &Availability,
    session: &'static str,
) -> Result<Pool<AsyncPgConnection>, StorageError> {
    let mut config = ManagerConfig::<AsyncPgConnection>::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| setup::connect_with(url.to_owned(), session).boxed());
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    // After an outage every connection is made anew: one that fell silent looks like one that is slow.
    let availability = availability.clone();
    let unsuspected = Hook::sync_fn(move |_, metrics| match availability.lost_since(metrics.created) {
        true => Err(HookError::message("opened before the database was gone")),
        false => Ok(()),
    });
    Pool::builder(manager)
        .max_size(connections)
        .pre_recycle(unsuspected)
        .build()
        .map_err(|e| StorageError::Unavailable(e.to_string()))
}

/// An open transaction. Derefs to its connection; rolls back when dropped without [`Transaction::commit`].
pub struct Transaction {
    conn: Option<Object<AsyncPgConnection>>,
    committed: Arc<watch::Sender<()>>,
}

impl Transaction {
    /// Makes the work durable: when this returns `Ok`, it is.
    ///
    /// # Errors
    /// Whatever the database says; the outcome is then unknown to the caller.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        self.deref_mut().batch_execute("COMMIT").await?;
        marks::committed();
        if let Some(conn) = self.conn.take() {
            drop(conn);
        }
        self.committed.send_replace(());
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        match &self.conn {
            Some(conn) => conn,
            None => unreachable!("the connection leaves only with the transaction"),
        }
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        match &mut self.conn {
            Some(conn) => conn,
            None => unreachable!("the connection leaves only with the transaction"),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            drop(Object::take(conn));
            return;
        };
        runtime.spawn(async move {
            let rolled_back = tokio::time::timeout(ROLLBACK_TIMEOUT, conn.batch_execute("ROLLBACK")).await;
            if !matches!(rolled_back, Ok(Ok(()))) {
                drop(Object::take(conn));
            }
        });
    }
}
