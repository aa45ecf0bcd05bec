//! Marks and signatures of streams in the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::json;
use uuid::Uuid;

use super::{Joined, Mark, RESYNC_REQUIRED, StreamStore};
use crate::event_log::Bounds;
use crate::ids::{DomainId, EventId, NodeId};
use crate::postgres::schema::domains;
use crate::postgres::{Database, StorageError, prepared, retrying};
use crate::signing::store::{active_public_key, signers};
use crate::signing::{Envelope, EventSigner, Payload, Scope, Sealer};

/// An opened key is used for so long: a fleet that has to resync comes all at once.
const KEY_KEPT: Duration = Duration::from_secs(2);
/// Opened keys that are kept. More Domains than that at once, and keys are opened again.
const KEYS_KEPT: usize = 4096;

/// Over the database; the envelope of its own that a stream needs is signed by the Domain's key.
pub struct PgStreams {
    database: Database,
    replays: Database,
    sealer: Arc<Sealer>,
    signers: Mutex<HashMap<DomainId, (Instant, Arc<EventSigner>)>>,
}

impl PgStreams {
    /// Over `database`, and for streams that are behind over `replays`; keys are opened with `sealer`.
    pub fn new(database: Database, replays: Database, sealer: Arc<Sealer>) -> Self {
        Self { database, replays, sealer, signers: Mutex::default() }
    }

    async fn signer(&self, domain_id: DomainId) -> Result<Arc<EventSigner>, StorageError> {
        let known = self.signers.lock().unwrap_or_else(PoisonError::into_inner).get(&domain_id).cloned();
        if let Some((opened_at, signer)) = known
            && opened_at.elapsed() < KEY_KEPT
        {
            return Ok(signer);
        }
        let mut conn = self.replays.read().await?;
        let (key_id, _) = active_public_key(&mut conn, domain_id).await?;
        let opened = signers(&mut conn, &self.sealer, &[key_id]).await?.remove(&key_id);
        let (_, signer) = opened.ok_or_else(|| StorageError::Corrupt("a Domain without a signing key".into()))?;
        let signer = Arc::new(signer);
        let mut signers = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        if signers.len() >= KEYS_KEPT {
            signers.clear();
        }
        signers.insert(domain_id, (Instant::now(), signer.clone()));
        Ok(signer)
    }
}

prepared! {
    /// Touches no index, and no row of which nothing new is known. Both marks only go forward, and what was delivered
    /// counts only if nothing is missing between it and what is marked. Numbers that the log has not given are those of
    /// another log: this one was restored.
    WriteMarks {
        node_ids: Vec<Uuid> => Array<SqlUuid>,
        pulled: Vec<i64> => Array<BigInt>,
        began: Vec<i64> => Array<BigInt>,
        delivered: Vec<i64> => Array<BigInt>,
    } -> (SqlUuid, BigInt):
    "UPDATE node_liveness l SET \
         state_pulled = GREATEST(l.state_pulled, i.pulled), \
         events_delivered = CASE WHEN i.began <= GREATEST(l.events_delivered, l.state_pulled, i.pulled) \
             THEN GREATEST(l.events_delivered, i.delivered) ELSE l.events_delivered END \
     FROM unnest(?, ?, ?, ?) AS i (node_id, pulled, began, delivered) CROSS JOIN event_log_head h \
     WHERE l.node_id = i.node_id AND GREATEST(i.pulled, i.delivered) <= h.last_sequence AND (i.pulled > l.state_pulled OR i.delivered > l.events_delivered \
         AND i.began <= GREATEST(l.events_delivered, l.state_pulled, i.pulled)) \
     RETURNING l.node_id, l.events_delivered"
}

#[async_trait]
impl StreamStore for PgStreams {
    async fn write_marks(&self, marks: &[Mark]) -> Result<Joined, StorageError> {
        retrying("marks of streams", || async {
            let statement = WriteMarks {
                node_ids: marks.iter().map(|mark| mark.node_id.0).collect(),
                pulled: marks.iter().map(|mark| mark.pulled.unwrap_or(0)).collect(),
                began: marks.iter().map(|mark| mark.span.map_or(i64::MAX, |span| span.began)).collect(),
                delivered: marks.iter().map(|mark| mark.span.map_or(0, |span| span.delivered)).collect(),
            };
            let rows: Vec<(Uuid, i64)> = statement.load(&mut self.database.read().await?).await?;
            let marked: HashMap<Uuid, i64> = rows.into_iter().collect();
            let joined = |mark: &&Mark| {
                let delivered = marked.get(&mark.node_id.0);
                mark.span.is_some_and(|span| delivered.is_some_and(|delivered| *delivered >= span.delivered))
            };
            Ok(marks.iter().filter(joined).map(|mark| mark.node_id).collect())
        })
        .await
    }

    async fn intervals(&self, domains: &[DomainId]) -> Result<Vec<(DomainId, TimeDelta)>, StorageError> {
        let ids: Vec<Uuid> = domains.iter().map(|id| id.0).collect();
        let rows: Vec<(Uuid, i64)> = domains::table
            .filter(domains::id.eq_any(ids))
            .select((domains::id, domains::heartbeat_interval_ms))
            .load(&mut self.database.read().await?)
            .await?;
        Ok(rows.into_iter().map(|(id, millis)| (DomainId(id), TimeDelta::milliseconds(millis))).collect())
    }

    async fn resync_line(
        &self,
        domain_id: DomainId,
        node_id: NodeId,
        bounds: Bounds,
        now: DateTime<Utc>,
    ) -> Result<String, StorageError> {
        let payload = Payload::of(&json!({ "head": bounds.head, "oldest": bounds.oldest }))
            .map_err(|refusal| StorageError::Corrupt(refusal.to_string()))?;
        let signer = self.signer(domain_id).await?;
        Ok(signer.sign(Envelope {
            id: EventId::new(now),
            event_type: RESYNC_REQUIRED.to_owned(),
            scope: Scope::Node(node_id),
            key_id: signer.key_id(),
            issued_at: now,
            payload,
        }))
    }
}
