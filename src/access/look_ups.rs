use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::postgres::StorageError;

/// As long as one waits for a connection: whoever presents made-up credentials faster than they are looked up must not
/// make others wait for ever.
const PATIENCE: Duration = Duration::from_millis(900);

/// Bounds what those who present credentials can keep the database busy with.
pub struct LookUps(Semaphore);

impl LookUps {
    /// So many are looked up at once.
    pub fn new(at_once: usize) -> Self {
        Self(Semaphore::new(at_once.max(1)))
    }

    /// Held while a credential is looked up.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when too many wait.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, StorageError> {
        match tokio::time::timeout(PATIENCE, self.0.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            // It is never closed.
            Ok(Err(_)) | Err(_) => Err(StorageError::Unavailable("too many credentials are being looked up".into())),
        }
    }
}
