//! Who is calling, and may they.
//!
//! Credentials are parsed (pure, [`credential`]), looked up (the links [`nsk::NskLink`], [`api_token::ApiTokenLink`] and
//! [`session::Sessions`], behind caches that revocations clear within seconds) or verified ([`oidc::Issuers`]), and
//! become a [`Principal`]. A relation is then asked of the
//! [`RelationChecker`]. A fault on the way is never a refusal: agents re-enrol on a wrong 401.

pub mod api_token;
pub mod bootstrap;
mod cache;
pub mod context;
pub mod credential;
pub mod identities;
pub mod identity;
pub mod idp;
mod look_ups;
pub mod nsk;
pub mod oidc;
pub mod rebac;
pub mod relation;
pub mod session;
pub mod sign_in;
pub mod spicedb;
pub mod standing;
pub mod store;
pub mod tuples;
pub mod wire;

pub use cache::{CredentialCache, CredentialWatch};
pub use context::{Principal, RequestContext};
pub use identity::{IdentityKind, IdentityRef, NodeIdentity, Operator, OperatorCredential};
pub use look_ups::LookUps;
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
    /// An issuer could not be asked for its keys.
    #[error(transparent)]
    Issuer(#[from] oidc::Undecided),
}
