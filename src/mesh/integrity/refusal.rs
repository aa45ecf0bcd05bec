//! Why an operation on integrity violations is refused. The texts are shown to callers, except a [`StorageError`]'s.

use crate::invalid_field::InvalidField;
use crate::postgres::{MayRetry, StorageError};

/// Why a report is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ReportRefusal {
    /// The Node is not there (any more).
    #[error("the Node has been deregistered")]
    NodeNotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MayRetry for ReportRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::NodeNotFound => None,
            Self::Storage(error) => error.lost_race(),
        }
    }
}

/// Why a violation is not acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum AcknowledgeRefusal {
    /// The caller does not manage the Domain of the violation, existing or not.
    #[error("acknowledging a violation needs domain#manage on its Domain")]
    Denied,
    /// A member breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is none.
    #[error("no integrity violation has this id")]
    NotFound,
    /// It was, with another reason.
    #[error("the violation was acknowledged with another reason")]
    Already,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
