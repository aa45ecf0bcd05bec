use diesel::result::{DatabaseErrorKind, Error};

/// What the database did not do. Its text is for the log; nobody outside is shown it.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database cannot be reached, or no connection is free: the caller may try again.
    #[error("database not available: {0}")]
    Unavailable(String),
    /// A deadlock or a serialization race was lost: the same work may simply be done again.
    #[error("lost a race: {0}")]
    Contended(String),
    /// A unique, exclusion or foreign-key constraint refused the write; [`violated`] tells which.
    #[error("constraint {name} violated")]
    Constraint {
        /// The constraint's name.
        name: String,
    },
    /// A fault of ours: bad SQL, unexpected data.
    #[error("query failed: {0}")]
    Query(Error),
    /// A value that was read back cannot be what was written.
    #[error("stored value unusable: {0}")]
    Corrupt(String),
}

impl StorageError {
    /// Whether the same work may succeed a moment later: to a caller this is a 503, and everything else a 500.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended(_))
    }
}

/// The name of the violated constraint, if that is what happened.
pub fn violated(error: &StorageError) -> Option<&str> {
    match error {
        StorageError::Constraint { name } => Some(name),
        _ => None,
    }
}

impl From<Error> for StorageError {
    fn from(error: Error) -> Self {
        match &error {
            Error::DatabaseError(kind, info) => match kind {
                DatabaseErrorKind::SerializationFailure => Self::Contended(info.message().to_owned()),
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                    Self::Unavailable(info.message().to_owned())
                }
                _ => match (info.constraint_name(), info.message()) {
                    (Some(name), _) => Self::Constraint { name: name.to_owned() },
                    (None, message) if message.contains("deadlock detected") => Self::Contended(message.to_owned()),
                    (None, message) if is_outage(message) => Self::Unavailable(message.to_owned()),
                    _ => Self::Query(error),
                },
            },
            Error::BrokenTransactionManager => Self::Unavailable("broken connection".into()),
            _ => Self::Query(error),
        }
    }
}

/// Messages by which PostgreSQL and its client say that the server is going, coming or not there. diesel keeps
/// no SQLSTATE for them. A statement or a lock that timed out is one as well: the caller may try again.
fn is_outage(message: &str) -> bool {
    const OUTAGE: [&str; 14] = [
        "connection closed",
        "error communicating with the server",
        "terminating connection",
        "the database system is",
        "not currently accepting connections",
        "too many clients",
        "remaining connection slots",
        "canceling statement due to",
        "read-only transaction",
        "broken pipe",
        "connection reset",
        "could not extend file",
        "No space left on device",
        "unexpected message from server",
    ];
    OUTAGE.iter().any(|part| message.contains(part))
}
