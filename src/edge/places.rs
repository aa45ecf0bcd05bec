use tokio::sync::{Semaphore, SemaphorePermit};

use super::operation::Credential;

/// Of all places, the part that strangers may take: one in so many.
const STRANGERS: usize = 4;

/// Places of the requests that are worked on. However many strangers ask for what takes long, such as an exchange with an
/// issuer that is slow, there is room for those who have shown a credential.
pub struct Places {
    all: Semaphore,
    strangers: Semaphore,
}

/// Held while a request is worked on.
pub struct Place<'p> {
    _one: SemaphorePermit<'p>,
    _strange: Option<SemaphorePermit<'p>>,
}

impl Places {
    /// So many requests are worked on at once.
    pub fn new(at_once: usize) -> Self {
        Self { all: Semaphore::new(at_once), strangers: Semaphore::new(at_once.div_ceil(STRANGERS)) }
    }

    /// A place for a request of an operation that asks for `credential`. `None`: there is none.
    pub fn take(&self, credential: Credential) -> Option<Place<'_>> {
        let strange = match credential {
            Credential::None | Credential::BootstrapToken => Some(self.strangers.try_acquire().ok()?),
            _ => None,
        };
        Some(Place { _one: self.all.try_acquire().ok()?, _strange: strange })
    }
}
