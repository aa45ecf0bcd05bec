//! Who is calling, and may they.
//!
//! Credentials are parsed (pure, [`credential`]), looked up (the links [`NskLink`] and [`ApiTokenLink`], both behind a
//! cache that revocations clear within seconds) and become a [`Principal`]. A relation is then asked of the
//! [`RelationChecker`]. A fault on the way is never a refusal: agents re-enrol on a wrong 401.

pub mod api_token;
pub mod bootstrap;
mod cache;
pub mod context;
pub mod credential;
pub mod identity;
pub mod nsk;
pub mod relation;
pub mod standing;
pub mod store;
pub mod tuples;
pub mod wire;

pub use cache::{CredentialCache, CredentialWatch};
pub use context::{Principal, RequestContext};
pub use identity::{IdentityKind, IdentityRef, NodeIdentity, Operator, OperatorCredential};
pub use relation::{ObjectType, Permission, RelationChecker, Visible};

use crate::postgres::StorageError;

/// Why a caller is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No credential, or one that does not hold.
    #[error("no credential that holds")]
    Unauthenticated,
    /// It could not be decided.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
