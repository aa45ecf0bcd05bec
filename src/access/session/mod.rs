//! Sessions: what a browser holds instead of a token once somebody has signed in.
//!
//! The browser's cookie is a secret of 32 bytes, of which the hash is stored. A session ends at a fixed time, for want
//! of use, when its user signs out, and when its issuer is unbound. Use is written in batches, once a minute a session.

pub mod cookie;
pub mod csrf;
mod store;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::credential::{NoRandomness, SECRET_BYTES, SecretHash, new_secret};
use super::idp::{self, Binding, Bindings};
use super::{AccessError, CredentialCache, IdentityKind, IdentityRef, LookUps, Operator, OperatorCredential};
use crate::audit;
use crate::background::Task;
use crate::ids::{DomainId, SessionId};

use crate::postgres::{Database, MayRetry, StorageError, retrying};
pub use store::{is_spent, prune, prune_spent};

/// Use of a session is written when so much time has passed since it last was.
const WRITTEN_EVERY: TimeDelta = TimeDelta::seconds(60);
/// Time between two batches of uses.
const BATCH_EVERY: Duration = Duration::from_secs(10);
/// A use is written so long after it at the latest: a minute is let pass, and a batch or two may fail.
pub const WRITTEN_WITHIN: TimeDelta = TimeDelta::seconds(90);
/// Uses that wait for the next batch at most; of more the oldest remembered goes on counting.
const WAITING: usize = 100_000;

/// How long sessions last.
#[derive(Clone, Copy)]
pub struct Lifetime {
    /// From the sign-in on.
    pub absolute: TimeDelta,
    /// From the last request on.
    pub idle: TimeDelta,
}

/// A session as it is remembered.
#[derive(Clone)]
pub struct Held {
    hash: SecretHash,
    identity: Uuid,
    issuer: Arc<str>,
    expires_at: DateTime<Utc>,
    idle: TimeDelta,
    uses: Arc<Uses>,
}

/// When a session was used, and when that was last written, in milliseconds.
struct Uses {
    last: AtomicI64,
    written: AtomicI64,
}

/// Sessions in the database.
pub struct Sessions {
    database: Database,
    cache: Arc<CredentialCache<Held>>,
    look_ups: Arc<LookUps>,
    bindings: Arc<Bindings>,
    lifetime: Lifetime,
    waiting: Mutex<HashMap<Uuid, DateTime<Utc>>>,
}

/// A session that has just begun: the only time that its secret is seen.
pub struct Begun {
    /// Which.
    pub id: SessionId,
    /// What the browser is to hold.
    pub secret: Zeroizing<String>,
}

/// Why no session begins.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// Its sign-in has become a session already.
    #[error("the sign-in is over")]
    Spent,
    /// The issuer is not bound any more, or elsewhere.
    #[error("the issuer is not bound any more")]
    Unbound,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl MayRetry for BeginError {
    fn lost_race(&self) -> Option<&str> {
        match self {
            Self::Storage(error) => error.lost_race(),
            Self::NoRandomness(_) | Self::Spent | Self::Unbound => None,
        }
    }
}

/// A sign-in that is to become a session, once.
#[derive(Clone, Copy)]
pub struct Spending {
    /// The hash of its state.
    pub state: SecretHash,
    /// Until when it could be presented again.
    pub until: DateTime<Utc>,
}

/// A session's id: the first half of its secret's hash.
fn id_of(hash: &SecretHash) -> SessionId {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.0[..16]);
    SessionId(Uuid::from_bytes(half))
}

impl Sessions {
    /// Over `database`, remembering in `cache`. `look_ups` bounds what strangers can keep busy.
    pub fn new(
        database: Database,
        cache: Arc<CredentialCache<Held>>,
        look_ups: Arc<LookUps>,
        bindings: Arc<Bindings>,
        lifetime: Lifetime,
    ) -> Self {
        Self { database, cache, look_ups, bindings, lifetime, waiting: Mutex::default() }
    }

    /// How long a session lasts at most.
    pub fn longest(&self) -> TimeDelta {
        self.lifetime.absolute
    }

    /// The operator whose browser presents this.
    ///
    /// # Errors
    /// [`AccessError::Unauthenticated`] when it is no live session; [`AccessError::Storage`] when that cannot be told.
    pub async fn verify(&self, presented: &str, now: DateTime<Utc>) -> Result<Operator, AccessError> {
        let mut secret = Zeroizing::new([0_u8; SECRET_BYTES]);
        let decoded = URL_SAFE_NO_PAD.decode_slice(presented, secret.as_mut());
        if decoded != Ok(SECRET_BYTES) {
            return Err(AccessError::Unauthenticated);
        }
        let hash = SecretHash::of(secret.as_ref());
        let id = id_of(&hash);
        let remembered = self.cache.get(id.0).filter(|held| held.is_live(now));
        // What has ended here for want of use may have been used elsewhere.
        let held = match remembered {
            Some(held) => held,
            None => self.look_up(id, now).await?,
        };
        if !hash.matches(&held.hash.0) {
            return Err(AccessError::Unauthenticated);
        }
        // Where its issuer is bound says what it may, and whether it may anything still.
        let binding = self.bindings.find(&held.issuer).await?.ok_or(AccessError::Unauthenticated)?;
        self.note_use(id, &held, now);
        Ok(Operator {
            identity: IdentityRef { kind: IdentityKind::User, id: held.identity },
            bounded_by: Vec::new(),
            depth: 0,
            within: binding.domain_id,
            credential: OperatorCredential::Session { session_id: id, issuer: held.issuer.clone() },
            expires_at: held.expires_at,
        })
    }

    async fn look_up(&self, id: SessionId, now: DateTime<Utc>) -> Result<Held, AccessError> {
        let _turn = self.look_ups.turn().await?;
        let mut conn = self.database.read().await?;
        let stored = store::live(&mut conn, id).await?.ok_or(AccessError::Unauthenticated)?;
        let seen = stored.last_seen_at.timestamp_millis();
        let held = Held {
            hash: stored.hash()?,
            identity: stored.identity_id,
            issuer: stored.issuer.into(),
            expires_at: stored.expires_at,
            idle: TimeDelta::seconds(stored.idle_seconds.into()),
            uses: Arc::new(Uses { last: AtomicI64::new(seen), written: AtomicI64::new(seen) }),
        };
        if !held.is_live(now) {
            return Err(AccessError::Unauthenticated);
        }
        self.cache.put(id.0, held.clone());
        Ok(held)
    }

    fn note_use(&self, id: SessionId, held: &Held, now: DateTime<Utc>) {
        let now_ms = now.timestamp_millis();
        held.uses.last.fetch_max(now_ms, Ordering::Relaxed);
        let written = held.uses.written.load(Ordering::Relaxed);
        if now_ms - written < WRITTEN_EVERY.num_milliseconds() {
            return;
        }
        let claimed = held.uses.written.compare_exchange(written, now_ms, Ordering::Relaxed, Ordering::Relaxed);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if claimed.is_ok() && waiting.len() < WAITING {
            waiting.insert(id.0, now);
        }
    }

    /// Begins a session of `user`, whom `binding`'s issuer has vouched for in the sign-in that is spent with it.
    ///
    /// # Errors
    /// [`BeginError`].
    pub async fn begin(
        &self,
        user: IdentityRef,
        binding: &Binding,
        spending: Spending,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Begun, BeginError> {
        let secret = new_secret()?;
        let hash = SecretHash::of(secret.as_ref());
        let id = id_of(&hash);
        let entry = recorded("session.begin", binding.domain_id, user, now, correlation_id);
        retrying("a session", || async {
            let mut tx = self.database.begin().await?;
            // Whoever unbinds it waits for this one, and then ends it.
            if let Some(row) = binding.row
                && !idp::store::hold(&mut tx, row).await?
            {
                return Err(BeginError::Unbound);
            }
            if !store::spend(&mut tx, &spending).await? {
                return Err(BeginError::Spent);
            }
            store::insert(&mut tx, id, &hash, user.id, self.lifetime, now).await?;
            audit::append(&mut tx, &entry).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        Ok(Begun { id, secret: Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_ref())) })
    }

    /// Ends the session that `operator` presents, on every replica. Whoever presents something else has none to end.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn end(&self, operator: &Operator, now: DateTime<Utc>, correlation_id: &str) -> Result<(), StorageError> {
        let Some(id) = operator.credential.session_id() else { return Ok(()) };
        let mut tx = self.database.begin().await?;
        if !store::revoke(&mut tx, id, now).await? {
            return Ok(());
        }
        super::store::tell_credential_change(&mut tx, id.0).await?;
        let entry = recorded("session.end", operator.within, operator.identity, now, correlation_id);
        audit::append(&mut tx, &entry).await?;
        tx.commit().await?;
        // Here at once, elsewhere as soon as it is read.
        self.cache.forget(id.0);
        Ok(())
    }
}

impl Held {
    fn is_live(&self, now: DateTime<Utc>) -> bool {
        let last = DateTime::from_timestamp_millis(self.uses.last.load(Ordering::Relaxed));
        now < self.expires_at && last.is_some_and(|last| now - last < self.idle)
    }
}

fn recorded<'r>(
    action: &'static str,
    domain_id: Option<DomainId>,
    user: IdentityRef,
    at: DateTime<Utc>,
    correlation_id: &'r str,
) -> audit::Entry<'r> {
    audit::Entry {
        domain_id,
        at,
        subject: user.to_string(),
        action,
        object: user.to_string(),
        decision: audit::Decision::Allowed,
        reason: None,
        correlation_id,
    }
}

/// The task that writes when sessions were used.
pub struct SessionUse(pub Arc<Sessions>);

#[async_trait]
impl Task for SessionUse {
    fn name(&self) -> &'static str {
        "session_use"
    }

    fn interval(&self) -> Duration {
        BATCH_EVERY
    }

    async fn step(&self) -> Result<(), StorageError> {
        let waiting = &self.0.waiting;
        let mut taken =
            Taken { waiting, batch: std::mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner)) };
        if taken.batch.is_empty() {
            return Ok(());
        }
        store::note_uses(&mut *self.0.database.read().await?, &taken.batch).await?;
        taken.batch.clear();
        Ok(())
    }

    /// A use that is written late keeps nobody from being served.
    fn is_vital(&self) -> bool {
        false
    }
}

/// Uses that are being written. Those that are not, because the database failed or the step was cut short, wait again; a
/// newer use goes before them.
struct Taken<'u> {
    waiting: &'u Mutex<HashMap<Uuid, DateTime<Utc>>>,
    batch: HashMap<Uuid, DateTime<Utc>>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, at) in self.batch.drain() {
            waiting.entry(id).or_insert(at);
        }
    }
}
