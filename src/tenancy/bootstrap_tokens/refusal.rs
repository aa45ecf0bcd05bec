//! Why an operation on bootstrap tokens is refused. The texts are shown to callers, except those of faults.

use thiserror::Error;

use crate::access::credential::NoRandomness;
use crate::invalid_field::InvalidField;
use crate::postgres::StorageError;

/// Why a token is not issued.
#[derive(Debug, Error)]
pub enum IssueRefusal {
    /// A member breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is no such project.
    #[error("no project has this id")]
    ProjectNotFound,
    /// No secret can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why tokens are not listed.
#[derive(Debug, Error)]
pub enum ListRefusal {
    /// There is no such project.
    #[error("no project has this id")]
    ProjectNotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a token is not shown.
#[derive(Debug, Error)]
pub enum GetRefusal {
    /// There is no such project.
    #[error("no project has this id")]
    ProjectNotFound,
    /// The project has no such token.
    #[error("the project has no bootstrap token with this id")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a token is not revoked.
#[derive(Debug, Error)]
pub enum RevokeRefusal {
    /// There is no such project.
    #[error("no project has this id")]
    ProjectNotFound,
    /// The project has no such token.
    #[error("the project has no bootstrap token with this id")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
