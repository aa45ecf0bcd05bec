use super::StorageError;

/// How often work that lost a deadlock or a serialization race ([`StorageError::Contended`]) is tried.
pub const ATTEMPTS: usize = 5;

/// An error that may only mean that somebody else was first.
pub trait MayRetry {
    /// What the database said about the race that was lost, if one was.
    fn lost_race(&self) -> Option<&str>;
}

impl MayRetry for StorageError {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::Contended(cause) => Some(cause),
            _ => None,
        }
    }
}

/// Does `work`, a whole transaction, again while it loses races, up to [`ATTEMPTS`] times. `what` is for the log.
///
/// # Errors
/// Whatever the last attempt says.
pub async fn retrying<T, E: MayRetry, W: Future<Output = Result<T, E>>>(
    what: &'static str,
    mut work: impl FnMut() -> W,
) -> Result<T, E> {
    for _ in 1..ATTEMPTS {
        let done = work().await;
        match done.as_ref().err().and_then(MayRetry::lost_race) {
            Some(cause) => tracing::debug!(what, cause, "tried again after losing a race"),
            None => return done,
        }
    }
    work().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn tried(mut outcomes: Vec<Result<u8, StorageError>>) -> (Result<u8, StorageError>, usize) {
        outcomes.reverse();
        let mut tries = 0;
        let last = retrying("a test", || {
            tries += 1;
            std::future::ready(outcomes.pop().unwrap_or_else(|| Err(StorageError::Contended("again".into()))))
        })
        .await;
        (last, tries)
    }

    #[tokio::test]
    async fn only_a_lost_race_is_run_again_and_not_for_ever() {
        let lost = || Err(StorageError::Contended("deadlock".into()));
        let gone = || Err(StorageError::Unavailable("gone".into()));
        assert!(matches!(tried(vec![Ok(1)]).await, (Ok(1), 1)));
        assert!(matches!(tried(vec![lost(), lost(), Ok(2)]).await, (Ok(2), 3)));
        assert!(matches!(tried(vec![gone(), Ok(3)]).await, (Err(StorageError::Unavailable(_)), 1)));
        assert!(matches!(tried(Vec::new()).await, (Err(StorageError::Contended(_)), ATTEMPTS)));
    }
}
