//! Users: each is the pair of an issuer and the name that it has there, and never an e-mail address. Whoever calls for
//! the first time gets an id, so that relations can be granted to it.

mod store;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::idp::Binding;
use super::{IdentityKind, IdentityRef};
use crate::ids::DomainId;
use crate::postgres::{Database, StorageError};

/// Users remembered at most.
const CAPACITY: usize = 100_000;

/// The users that issuers have vouched for.
pub struct Identities {
    database: Database,
    /// An id never changes; where its issuer is bound may.
    known: quick_cache::sync::Cache<(Arc<str>, String), (Uuid, Option<DomainId>)>,
}

impl Identities {
    /// Over `database`.
    pub fn new(database: Database) -> Self {
        Self { database, known: quick_cache::sync::Cache::new(CAPACITY) }
    }

    /// The user that `binding`'s issuer calls `subject`.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn user(
        &self,
        binding: &Binding,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<IdentityRef, StorageError> {
        let key = (binding.issuer.clone(), subject.to_owned());
        if let Some((id, domain_id)) = self.known.get(&key)
            && domain_id == binding.domain_id
        {
            return Ok(IdentityRef { kind: IdentityKind::User, id });
        }
        let mut conn = self.database.read().await?;
        let id = store::user(&mut conn, &binding.issuer, subject, binding.domain_id, now).await?;
        self.known.insert(key, (id, binding.domain_id));
        Ok(IdentityRef { kind: IdentityKind::User, id })
    }
}
