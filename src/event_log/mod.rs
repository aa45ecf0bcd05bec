//! The log of events: signed lines, numbered from 1 without gaps in the order in which the relay appends them.
//!
//! One writer gives the numbers, so a reader that goes on after a number can miss nothing. [`EventLog`] is the port;
//! [`PgEventLog`] keeps it in PostgreSQL. A log that lies elsewhere fits as well: its own sequence is the number, the
//! expected last number is checked by it, and what is appended twice is known by its id. [`Tail`] is what a replica
//! reads it through.

mod checks;
mod ring;
mod store;
mod tail;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{DomainId, EventId};
use crate::postgres::StorageError;
use crate::postgres::lease::{Epoch, Lease};
use crate::signing::Scope;

pub use checks::{Checks, PublicKeys};
pub use ring::{Newest, News, Next, Room};
pub use store::PgEventLog;
pub use tail::{Frame, Part, Place, ReadOn, ReplayRefusal, Tail, frame};

/// The channel on which the database tells that the log has grown.
pub const APPENDED: &str = "plexsphere_event_log";

/// An event to be appended.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// By which it is known when it comes a second time.
    pub id: EventId,
    /// Who it is for.
    pub scope: Scope,
    /// Whose key signed it.
    pub domain_id: DomainId,
    /// Its type.
    pub event_type: String,
    /// The signed envelope.
    pub line: String,
}

/// An event in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub sequence: i64,
    /// Its id.
    pub id: EventId,
    /// Who it is for.
    pub scope: Scope,
    /// Whose key signed it.
    pub domain_id: DomainId,
    /// Its type.
    pub event_type: String,
    /// The signed envelope.
    pub line: String,
}

/// What the log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first number that is kept; one more than `head` when none is.
    pub oldest: i64,
    /// The last number given; 0 before the first.
    pub head: i64,
}

/// A part of the log.
#[derive(Clone, Debug)]
pub struct Page {
    /// In order.
    pub entries: Vec<Entry>,
    /// Of the same moment: when there are fewer entries than were asked for, everything up to `head` is among them.
    pub bounds: Bounds,
}

/// What the leader appends.
pub struct Turn<'t> {
    /// What it leads under.
    pub lease: &'t Lease,
    /// Which must still be so when it is written.
    pub epoch: Epoch,
    /// The log's last number; the first event becomes the one after it.
    pub expected_last: i64,
    /// In order.
    pub entries: &'t [NewEntry],
    /// Where they lie in the outbox, from which they go.
    pub positions: &'t [i64],
    /// The time.
    pub now: DateTime<Utc>,
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another replica leads.
    #[error("another replica leads")]
    NotLeading,
    /// The last number is another one: the log was restored, or it is not known whether the last append was done.
    #[error("the log does not end at the expected number")]
    NotTheLast,
    /// An id of the batch is in the log already.
    #[error("an event of the batch is in the log already")]
    Duplicate,
    /// The log cannot be reached.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What is kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Events that are older go.
    pub age: TimeDelta,
    /// When there are more, the oldest go.
    pub count: i64,
}

/// Where the numbered events are.
#[async_trait]
pub trait EventLog: Send + Sync + 'static {
    /// Appends, and takes what it appends from the outbox; returns the new last number. A log in the database that the
    /// outbox is in does both at once or nothing. One that lies elsewhere checks the leader, appends, and then takes
    /// them from the outbox; what it is handed again because it did not come so far it knows by the ids.
    async fn append(&self, turn: Turn<'_>) -> Result<i64, AppendError>;

    /// Those of `ids` that are in the log.
    async fn known(&self, ids: &[EventId]) -> Result<Vec<EventId>, StorageError>;

    /// The first `limit` events after `after`: of `scopes`, or of all.
    async fn read(&self, scopes: Option<&[Scope]>, after: i64, limit: i64) -> Result<Page, StorageError>;

    /// The last event of each of `scopes` that is kept: its number, and when it was appended.
    async fn newest(&self, scopes: &[Scope]) -> Result<Vec<Option<(i64, DateTime<Utc>)>>, StorageError>;

    /// What it holds.
    async fn bounds(&self) -> Result<Bounds, StorageError>;

    /// Removes one bounded stretch of what need not be kept. Returns how many events went; when some did, there may be
    /// more.
    async fn prune(&self, keep: Retention, now: DateTime<Utc>) -> Result<u64, StorageError>;
}
