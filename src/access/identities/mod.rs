//! Users: each is the pair of an issuer and the name that it has there, and never an e-mail address. Whoever calls for
//! the first time gets an id, so that relations can be granted to it.

pub(in crate::access) mod store;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::idp::{self, Binding};
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
        let known = {
            let mut conn = self.database.read().await?;
            store::user(&mut conn, &binding.issuer, subject, binding.domain_id).await?
        };
        let id = match known {
            Some(id) => id,
            None => self.make_or_move(binding, subject, now).await?,
        };
        self.known.insert(key, (id, binding.domain_id));
        Ok(IdentityRef { kind: IdentityKind::User, id })
    }

    async fn make_or_move(&self, binding: &Binding, subject: &str, now: DateTime<Utc>) -> Result<Uuid, StorageError> {
        let mut tx = self.database.begin().await?;
        // Whoever has not heard yet that the issuer is bound elsewhere must not take the user back.
        if let Some(row) = binding.row
            && !idp::store::hold(&mut tx, row).await?
        {
            return Err(StorageError::Contended("the issuer is not bound there any more".into()));
        }
        let id = store::make_or_move(&mut tx, &binding.issuer, subject, binding.domain_id, now).await?;
        tx.commit().await?;
        Ok(id)
    }
}
