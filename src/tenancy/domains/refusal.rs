//! Why an operation on Domains is refused. The texts are shown to callers, except a [`StorageError`]'s.

use thiserror::Error;

use crate::invalid_field::InvalidField;
use crate::postgres::{StorageError, violated};

const SLUG_KEY: &str = "domains_slug_key";
const MESH_CIDR_EXCL: &str = "domains_mesh_cidr_excl";

/// Why a Domain is not created.
#[derive(Debug, Error)]
pub enum CreateRefusal {
    /// A member breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// The slug is another Domain's.
    #[error("another Domain has this slug")]
    SlugTaken,
    /// The range overlaps another Domain's.
    #[error("the mesh range overlaps another Domain's")]
    MeshCidrOverlap,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl CreateRefusal {
    /// What a failed write means.
    pub fn of(error: StorageError) -> Self {
        match violated(&error) {
            Some(SLUG_KEY) => Self::SlugTaken,
            Some(MESH_CIDR_EXCL) => Self::MeshCidrOverlap,
            _ => Self::Storage(error),
        }
    }
}

/// Why a Domain is not shown.
#[derive(Debug, Error)]
pub enum GetRefusal {
    /// There is none.
    #[error("no Domain has this id")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a Domain is not changed.
#[derive(Debug, Error)]
pub enum PatchRefusal {
    /// A member breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// There is none.
    #[error("no Domain has this id")]
    NotFound,
    /// It is another version by now.
    #[error("the Domain is not the version that If-Match names; read it again")]
    PreconditionFailed,
    /// The slug is another Domain's.
    #[error("another Domain has this slug")]
    SlugTaken,
    /// A Node has been enrolled.
    #[error("a Node has been enrolled in the Domain, so its slug stays")]
    SlugImmutable,
    /// The range overlaps another Domain's.
    #[error("the mesh range overlaps another Domain's")]
    MeshCidrOverlap,
    /// A Node has been enrolled.
    #[error("a Node has been enrolled in the Domain, so its mesh range stays")]
    MeshCidrInUse,
    /// A project's sub-range would be left outside.
    #[error("the sub-range of a project of the Domain is outside of the new mesh range")]
    SubRangeOutside,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl PatchRefusal {
    /// What a failed write means.
    pub fn of(error: StorageError) -> Self {
        match violated(&error) {
            Some(SLUG_KEY) => Self::SlugTaken,
            Some(MESH_CIDR_EXCL) => Self::MeshCidrOverlap,
            _ => Self::Storage(error),
        }
    }
}

/// Why a Domain is not deleted.
#[derive(Debug, Error)]
pub enum DeleteRefusal {
    /// There is none.
    #[error("no Domain has this id")]
    NotFound,
    /// Something belongs to it.
    #[error("the Domain still has projects")]
    NotEmpty,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
