//! Decisions that change nothing: what operators have read, and what they were refused. They are as many as requests are,
//! so they share commits, and an answer waits for the one that its decision is in.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Decision, store};
use crate::postgres::{Database, StorageError};
use crate::shared_commit::{Answer, NotWritten, SharedCommit, SharedWrite};
use crate::telemetry::Metrics;

/// What a decision was about, to find the Domain in whose log it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// No Domain in particular.
    Platform,
    /// A Domain, if there is or was such a one.
    Domain(Uuid),
    /// A project, if there is such a one.
    Project(Uuid),
    /// A Node, if there is such a one.
    Node(Uuid),
    /// An integrity violation, if there is such a one.
    Violation(Uuid),
    /// An API token, if there is such a one: its identity's Domain.
    ApiToken(Uuid),
}

impl About {
    /// As the statement takes it.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Domain(_) => "domain",
            Self::Project(_) => "project",
            Self::Node(_) => "node",
            Self::Violation(_) => "violation",
            Self::ApiToken(_) => "api_token",
        }
    }

    pub(super) const fn id(self) -> Uuid {
        match self {
            Self::Platform => Uuid::nil(),
            Self::Domain(id) | Self::Project(id) | Self::Node(id) | Self::Violation(id) | Self::ApiToken(id) => id,
        }
    }
}

/// One decision.
#[derive(Clone, Debug)]
pub struct Decided {
    /// When.
    pub at: DateTime<Utc>,
    /// Who asked.
    pub subject: String,
    /// For what.
    pub action: &'static str,
    /// On what, as `type:id`.
    pub object: String,
    /// What that belongs to.
    pub about: About,
    /// What was decided.
    pub decision: Decision,
    /// Why, or what came of it.
    pub reason: Option<String>,
    /// The request.
    pub correlation_id: String,
}

/// Why a decision is not in the log.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotRecorded {
    /// More decisions wait than will be written in good time.
    #[error("too many decisions wait for the audit log")]
    Overloaded,
    /// The database.
    #[error("a decision was not recorded: {0}")]
    Storage(Arc<StorageError>),
}

impl From<NotWritten> for NotRecorded {
    fn from(why: NotWritten) -> Self {
        match why {
            NotWritten::Overloaded => Self::Overloaded,
            NotWritten::Storage(error) => Self::Storage(error),
        }
    }
}

/// Where decisions are handed in.
#[derive(Clone)]
pub struct DecisionLog(SharedCommit<Write>);

impl DecisionLog {
    /// Starts writing to `database`.
    pub fn start(database: Database, metrics: Arc<Metrics>) -> Self {
        let availability = database.availability().clone();
        Self(SharedCommit::start(Write { database, metrics }, availability))
    }

    /// Returns once the decision is durable.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn record(&self, decided: Decided) -> Result<(), NotRecorded> {
        self.0.hand_in(decided).await
    }
}

struct Write {
    database: Database,
    metrics: Arc<Metrics>,
}

impl SharedWrite for Write {
    type Item = Decided;
    /// No row is anybody's: all stay in the order in which they came.
    type Key = ();
    type Accepted = ();
    type Refusal = NotRecorded;

    fn key(_: &Decided) {}

    fn merge(_: &mut Decided, newer: Decided) -> Option<Decided> {
        Some(newer)
    }

    async fn write(&self, items: &[Decided]) -> Result<Vec<Answer<Self>>, StorageError> {
        store::record(&mut *self.database.read().await?, items).await?;
        Ok(items.iter().map(|_| Ok(())).collect())
    }

    fn begun(&self, callers: usize, waiting: usize) {
        self.metrics.audit_batch_size.observe(callers as f64);
        self.metrics.audit_queue_depth.set(waiting as i64);
    }

    fn committed(&self, items: usize) {
        self.metrics.audit_decisions.inc_by(items as u64);
    }
}
