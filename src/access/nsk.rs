//! The link for Node Secret Keys.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::credential::{Nsk, SecretHash};
use super::{AccessError, CredentialCache, LookUps, NodeIdentity, store};
use crate::postgres::Database;

/// Verifies NSKs against their stored hashes, and remembers the ones that held.
pub struct NskLink {
    database: Database,
    cache: Arc<CredentialCache<(SecretHash, NodeIdentity)>>,
    look_ups: Arc<LookUps>,
}

impl NskLink {
    /// A link over `database` that remembers in `cache`. `look_ups` bounds what strangers can keep busy.
    pub fn new(
        database: Database,
        cache: Arc<CredentialCache<(SecretHash, NodeIdentity)>>,
        look_ups: Arc<LookUps>,
    ) -> Self {
        Self { database, cache, look_ups }
    }

    /// The Node whose key this is.
    ///
    /// # Errors
    /// [`AccessError::Unauthenticated`] when the key is unknown, revoked or expired; [`AccessError::Storage`] when
    /// that cannot be told.
    pub async fn verify(&self, presented: &Nsk, now: DateTime<Utc>) -> Result<NodeIdentity, AccessError> {
        let id = presented.node_id.0;
        if let Some((hash, node)) = self.cache.get(id)
            && presented.hash.matches(&hash.0)
        {
            return live(node, now);
        }
        let _turn = self.look_ups.turn().await?;
        let mut conn = self.database.read().await?;
        let stored = store::live_nsk(&mut conn, presented.node_id).await?.ok_or(AccessError::Unauthenticated)?;
        if !presented.hash.matches(&stored.key_hash) {
            return Err(AccessError::Unauthenticated);
        }
        self.cache.put(id, (presented.hash, stored.node));
        live(stored.node, now)
    }

    /// The Node whose key this was when it was last looked up. For the one exception to all that is said of revocation:
    /// while the database is down, a Node is served its last state again. It must not be used for anything else.
    pub fn recall(&self, presented: &Nsk, now: DateTime<Utc>) -> Option<NodeIdentity> {
        let (hash, node) = self.cache.recall(presented.node_id.0)?;
        if !presented.hash.matches(&hash.0) {
            return None;
        }
        live(node, now).ok()
    }
}

fn live(node: NodeIdentity, now: DateTime<Utc>) -> Result<NodeIdentity, AccessError> {
    if node.expires_at.is_some_and(|end| end <= now) {
        return Err(AccessError::Unauthenticated);
    }
    Ok(node)
}
