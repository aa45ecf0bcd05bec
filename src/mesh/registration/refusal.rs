use crate::access::credential::NoRandomness;
use crate::postgres::{MayRetry, StorageError};
use crate::signing::store::KeyError;

/// Why a machine does not become a Node. The token stays unspent.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationRefusal {
    /// No such token, or the wrong secret.
    #[error("unknown bootstrap token or wrong secret")]
    TokenInvalid,
    /// Somebody has spent it.
    #[error("the bootstrap token has been used")]
    TokenConsumed,
    /// It is too old.
    #[error("the bootstrap token has expired")]
    TokenExpired,
    /// An operator has taken it back, or the Node that it is bound to is gone.
    #[error("the bootstrap token has been revoked")]
    TokenRevoked,
    /// It enrols another kind than it says.
    #[error("the bootstrap token enrols another kind of Node")]
    KindMismatch,
    /// It is for another project.
    #[error("the bootstrap token is for another project")]
    ProjectMismatch,
    /// A registration has used the nonce.
    #[error("the nonce has been used")]
    NonceCollision,
    /// `requested_resource_id` is not the Node that the token is bound to.
    #[error("requested_resource_id is not the Node that the token is bound to")]
    NotTheBoundNode,
    /// Another Node of the project has the handle.
    #[error("another Node of the project has this resource_handle")]
    ResourceAlreadyBound,
    /// Another Node of the Domain has the key.
    #[error("another Node of the Domain has this public_key")]
    PublicKeyInUse,
    /// The Domain has no free address.
    #[error("the Domain has no free address")]
    PoolExhausted,
    /// The project's sub-range has no free address.
    #[error("the project's sub-range has no free address")]
    SubrangeExhausted,
    /// The database, or keys that do not open.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<KeyError> for RegistrationRefusal {
    fn from(error: KeyError) -> Self {
        Self::Storage(error.into())
    }
}

impl From<NoRandomness> for RegistrationRefusal {
    fn from(error: NoRandomness) -> Self {
        Self::Storage(StorageError::Unavailable(error.to_string()))
    }
}

impl MayRetry for RegistrationRefusal {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::Storage(error) => error.lost_race(),
            _ => None,
        }
    }
}
