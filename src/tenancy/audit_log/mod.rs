//! A Domain's audit log, as its auditors read it: entries that have a number, and whether the chain holds.
//!
//! The log of a Domain that was deleted stays and can still be asked for; only who administers the platform may.

mod asked;
pub mod wire;

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::audit::{self, Chain, Filter, Numbered, Verification};
use crate::ids::DomainId;
use crate::postgres::{Database, StorageError};
use crate::signing::Sealer;

/// Verifications at once. Each reads a whole chain; more would take the database from everybody else.
const VERIFICATIONS_AT_ONCE: usize = 2;

/// What can be done with audit logs.
pub struct AuditLog {
    database: Database,
    sealer: Arc<Sealer>,
    verifications: Semaphore,
}

/// Why an audit log is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadRefusal {
    /// There is no such Domain, and there never was one.
    #[error("there is no such Domain")]
    DomainNotFound,
    /// The log has no entry of this number.
    #[error("the audit log has no entry of this number")]
    EntryNotFound,
    /// As many chains are verified as may be.
    #[error("other chains are being verified")]
    Overloaded,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What a verification has found, with the key that was asked for the head's signature.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What was found.
    pub verification: Verification,
    /// The raw public key, if it is one of this log.
    pub public_key: Option<Vec<u8>>,
}

impl AuditLog {
    /// Over `database`, whose sealed keys `sealer` opens.
    pub fn new(database: Database, sealer: Arc<Sealer>) -> Self {
        Self { database, sealer, verifications: Semaphore::new(VERIFICATIONS_AT_ONCE) }
    }

    /// Entries that `filter` lets through, after the one with the number `after`.
    ///
    /// # Errors
    /// [`ReadRefusal`].
    pub async fn list(
        &self,
        id: DomainId,
        filter: &Filter,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Numbered>, ReadRefusal> {
        let conn = &mut *self.database.read().await?;
        let chain = known(conn, id).await?;
        Ok(audit::page(conn, &self.sealer, chain, filter, after, limit).await?)
    }

    /// The entry with the number `seq`.
    ///
    /// # Errors
    /// [`ReadRefusal`].
    pub async fn get(&self, id: DomainId, seq: i64) -> Result<Numbered, ReadRefusal> {
        let conn = &mut *self.database.read().await?;
        let chain = known(conn, id).await?;
        audit::find(conn, chain, seq).await?.ok_or(ReadRefusal::EntryNotFound)
    }

    /// Walks along the whole chain.
    ///
    /// # Errors
    /// [`ReadRefusal`].
    pub async fn verify(&self, id: DomainId) -> Result<Verified, ReadRefusal> {
        let _place = self.verifications.try_acquire().map_err(|_| ReadRefusal::Overloaded)?;
        let chain = known(&mut *self.database.read().await?, id).await?;
        let verification = audit::verify(&self.database, &self.sealer, chain).await?;
        let public_key = match &verification.head {
            Some(head) => {
                audit::public_key(&mut *self.database.read().await?, &self.sealer, chain, head.key_id).await?
            }
            None => None,
        };
        Ok(Verified { verification, public_key })
    }
}

/// The chain of a Domain that is there, or was.
async fn known(conn: &mut audit::Connection, id: DomainId) -> Result<Chain, ReadRefusal> {
    let chain = Chain::Domain(id);
    if audit::is_known(conn, chain).await? { Ok(chain) } else { Err(ReadRefusal::DomainNotFound) }
}
