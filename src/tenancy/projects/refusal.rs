//! Why an operation on projects is refused. The texts are shown to callers, except a [`StorageError`]'s.

use thiserror::Error;

use crate::invalid_field::InvalidField;
use crate::postgres::{StorageError, violated};

const SLUG_KEY: &str = "projects_slug_key";
const SUB_RANGE_EXCL: &str = "projects_sub_range_excl";

/// Why a part of the Domain's range cannot be a project's.
#[derive(Debug, Error)]
pub enum SubRangeRefusal {
    /// It is no part of the Domain's range.
    #[error("must lie within the Domain's mesh range")]
    Outside,
    /// It overlaps another project's.
    #[error("the sub-range overlaps another project's")]
    Overlap,
    /// A live Node has one of its addresses.
    #[error("a live Node of the Domain has an address in the sub-range")]
    GivenOut,
    /// The project has a live Node.
    #[error("the project has live Nodes, so their addresses stay")]
    Inhabited,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a project is not created.
#[derive(Debug, Error)]
pub enum CreateRefusal {
    /// The caller does not manage the Domain, existing or not.
    #[error("creating a project needs domain#manage on its Domain")]
    Denied,
    /// A member breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is no such Domain.
    #[error("no Domain has this id")]
    DomainNotFound,
    /// The slug is another project's.
    #[error("another project of the Domain has this slug")]
    SlugTaken,
    /// The sub-range cannot be had.
    #[error(transparent)]
    SubRange(#[from] SubRangeRefusal),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl CreateRefusal {
    /// What a failed write means.
    pub fn of(error: StorageError) -> Self {
        match violated(&error) {
            Some(SLUG_KEY) => Self::SlugTaken,
            Some(SUB_RANGE_EXCL) => Self::SubRange(SubRangeRefusal::Overlap),
            _ => Self::Storage(error),
        }
    }
}

/// Why a project is not shown.
#[derive(Debug, Error)]
pub enum GetRefusal {
    /// There is none.
    #[error("no project has this id")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a project is not changed.
#[derive(Debug, Error)]
pub enum PatchRefusal {
    /// A member breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is none.
    #[error("no project has this id")]
    NotFound,
    /// It is another version by now.
    #[error("the project is not the version that If-Match names; read it again")]
    PreconditionFailed,
    /// The slug is another project's.
    #[error("another project of the Domain has this slug")]
    SlugTaken,
    /// A Node has been enrolled.
    #[error("a Node has been enrolled in the project, so its slug stays")]
    SlugImmutable,
    /// The sub-range cannot be had.
    #[error(transparent)]
    SubRange(#[from] SubRangeRefusal),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl PatchRefusal {
    /// What a failed write means.
    pub fn of(error: StorageError) -> Self {
        match violated(&error) {
            Some(SLUG_KEY) => Self::SlugTaken,
            Some(SUB_RANGE_EXCL) => Self::SubRange(SubRangeRefusal::Overlap),
            _ => Self::Storage(error),
        }
    }
}

/// Why a project is not deleted.
#[derive(Debug, Error)]
pub enum DeleteRefusal {
    /// There is none.
    #[error("no project has this id")]
    NotFound,
    /// A Node lives in it.
    #[error("the project still has Nodes; deregister them first")]
    NotEmpty,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
