//! The relay: takes committed rows in the order of their positions, signs them, and appends them to the log.
//!
//! One replica relays at a time, under a lease whose epoch it proves inside each transaction. Rows that another
//! transaction still holds back are not seen and come with a later batch: no row is ever stepped over, because nothing
//! remembers where the relay was; what is there is not relayed yet.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use super::message::Message;
use super::store::{self, Pending};
use crate::background::{Poke, Task};
use crate::clock::Clock;
use crate::event_log::{AppendError, EventLog, NewEntry};
use crate::ids::{DomainId, SigningKeyId};
use crate::postgres::lease::{Epoch, Lease};
use crate::postgres::{Database, StorageError};
use crate::signing::store::signers;
use crate::signing::{Envelope, EventSigner, Sealer, event_id};
use crate::telemetry::Metrics;

/// The channel on which a replica that does not lead tells the one that does that something waits.
pub const PUBLISHED: &str = "plexsphere_outbox";

/// Time between two steps that nothing has woken.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long leadership lasts without being renewed. Another replica leads within this, one interval and the time that
/// the database takes to give up on a transaction that stands still: well under 5 s.
const LEASE: Duration = Duration::from_millis(2500);
/// The lease is renewed when it is older than this.
const RENEWED_AFTER: Duration = Duration::from_millis(800);
/// Rows in one transaction: enough that the commit costs little, few enough that it lasts only moments.
const BATCH: i64 = 1000;
/// Opened keys that are kept. More Domains than that at once, and keys are opened again.
const OPENED: usize = 4096;
/// Time between two looks at how much waits.
const MEASURED_EVERY: Duration = Duration::from_secs(1);

/// The task.
pub struct Relay {
    database: Database,
    log: Arc<dyn EventLog>,
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    lease: Lease,
    tail: Poke,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    leading: Option<Leading>,
    /// When leadership was last asked for in vain.
    refused_at: Option<Instant>,
    measured_at: Option<Instant>,
    led_before: bool,
    signers: HashMap<SigningKeyId, (DomainId, EventSigner)>,
}

struct Leading {
    epoch: Epoch,
    renewed_at: Instant,
    /// The log's last number, as far as we know; the log itself decides.
    head: Option<i64>,
    /// A batch met an event that the log knows: ids are compared from now on.
    compare: bool,
}

enum Progress {
    More,
    Done,
    Lost,
}

impl Relay {
    /// A relay from the outbox in `database` to `log`; `tail` is poked when there is something new in it.
    pub fn new(
        database: Database,
        log: Arc<dyn EventLog>,
        sealer: Arc<Sealer>,
        clock: Arc<dyn Clock>,
        replica: Uuid,
        tail: Poke,
        metrics: Arc<Metrics>,
    ) -> Self {
        let lease = Lease::lasting("relay", replica, LEASE);
        Self { database, log, sealer, clock, lease, tail, metrics, state: Mutex::default() }
    }

    /// The lease that it leads under.
    pub fn lease(&self) -> Lease {
        self.lease.clone()
    }

    /// Takes or renews leadership, when it is time to.
    async fn lead(&self, state: &mut State) -> Result<bool, StorageError> {
        let fresh = |at: Instant| at.elapsed() < RENEWED_AFTER;
        if state.leading.as_ref().is_some_and(|leading| fresh(leading.renewed_at)) {
            return Ok(true);
        }
        if state.leading.is_none() && state.refused_at.is_some_and(|at| at.elapsed() < INTERVAL / 2) {
            return Ok(false);
        }
        // Before it is asked for: the database may count from then on.
        let asked_at = Instant::now();
        let mut conn = self.database.read().await?;
        let Some(epoch) = self.lease.acquire(&mut conn).await? else {
            state.leading = None;
            state.refused_at = Some(asked_at);
            return Ok(false);
        };
        match &mut state.leading {
            Some(leading) if leading.epoch == epoch => leading.renewed_at = asked_at,
            leading => {
                tracing::info!(?epoch, "this replica relays events now");
                self.metrics.relay_leadership_changes.inc();
                *leading = Some(Leading { epoch, renewed_at: asked_at, head: None, compare: false });
            }
        }
        state.refused_at = None;
        Ok(true)
    }

    /// How much waits, and since when.
    async fn measure(&self, state: &mut State) -> Result<(), StorageError> {
        if state.measured_at.is_some_and(|at| at.elapsed() < MEASURED_EVERY) {
            return Ok(());
        }
        let (depth, since) = store::depth(&mut *self.database.read().await?).await?;
        let age = since.map_or(0, |since| (self.clock.now() - since).num_milliseconds().max(0));
        self.metrics.outbox_depth.set(depth);
        self.metrics.outbox_oldest_age.set(age as f64 / 1000.0);
        state.measured_at = Some(Instant::now());
        Ok(())
    }

    /// One batch in one transaction.
    async fn batch(
        &self,
        leading: &mut Leading,
        opened: &mut HashMap<SigningKeyId, (DomainId, EventSigner)>,
    ) -> Result<Progress, StorageError> {
        if !store::any(&mut *self.database.read().await?).await? {
            return Ok(Progress::Done);
        }
        let head = match leading.head {
            Some(head) => head,
            None => self.log.bounds().await?.head,
        };
        let now = self.clock.now();
        let mut tx = self.database.begin_leading().await?;
        if !self.lease.fence(&mut tx, leading.epoch).await? {
            return Ok(Progress::Lost);
        }
        let rows = store::pending(&mut tx, BATCH).await?;
        let mut domains: Vec<Uuid> = rows.iter().map(|row| row.domain_id).collect();
        domains.sort_unstable();
        domains.dedup();
        let mut keys = store::keys(&mut tx, domains).await?;

        let mut planned = Vec::with_capacity(rows.len());
        for row in &rows {
            let domain_id = DomainId(row.domain_id);
            let key = row.signing_key_id.map(SigningKeyId).or_else(|| keys.next(domain_id));
            keys.passed(domain_id, row.position);
            planned.push((row, row.message(), key));
        }
        let mut needed: Vec<SigningKeyId> =
            planned.iter().filter_map(|(_, _, key)| *key).filter(|key| !opened.contains_key(key)).collect();
        needed.sort_unstable();
        needed.dedup();
        if !needed.is_empty() {
            if opened.len() + needed.len() > OPENED {
                opened.clear();
                needed = planned.iter().filter_map(|(_, _, key)| *key).collect();
            }
            opened.extend(signers(&mut tx, &self.sealer, &needed).await?);
        }

        let mut entries = Vec::with_capacity(rows.len());
        let mut buried = Vec::new();
        for (row, message, key) in planned {
            match sign(row, message, key, opened) {
                Ok(entry) => entries.push(entry),
                Err(reason) => buried.push((row, reason)),
            }
        }
        if leading.compare {
            self.without_known(&mut entries).await?;
        }
        for (row, reason) in &buried {
            store::bury(&mut tx, row, reason, now).await?;
        }
        let mut last = head;
        if !entries.is_empty() {
            last = match self.log.append(&mut tx, head, &entries, now).await {
                Ok(last) => last,
                Err(error) => {
                    leading.head = None;
                    match error {
                        // Found out anew, and then tried again.
                        AppendError::NotTheLast(_) => return Ok(Progress::More),
                        AppendError::Duplicate => leading.compare = true,
                        AppendError::Storage(error) => return Err(error),
                    }
                    return Ok(Progress::More);
                }
            };
        }
        store::remove(&mut tx, &rows.iter().map(|row| row.position).collect::<Vec<_>>()).await?;
        // Nobody knows where the log ends when nobody knows whether this was committed.
        leading.head = None;
        tx.commit().await?;
        leading.head = Some(last);
        self.tail.poke();
        for (row, reason) in &buried {
            tracing::error!(
                position = row.position,
                event_type = row.event_type,
                domain_id = %row.domain_id,
                reason,
                "an event cannot be signed; it is set aside in outbox_dead_letters"
            );
            self.metrics.outbox_dead_letters.inc();
        }
        self.count(&rows, entries.len(), now);
        Ok(if rows.len() as i64 == BATCH { Progress::More } else { Progress::Done })
    }

    /// What the log knows already is not appended again: an append to a log that lies elsewhere whose transaction was
    /// lost afterwards.
    async fn without_known(&self, entries: &mut Vec<NewEntry>) -> Result<(), StorageError> {
        let known = self.log.known(&entries.iter().map(|entry| entry.id).collect::<Vec<_>>()).await?;
        if !known.is_empty() {
            tracing::warn!(events = known.len(), "events are in the log already; they are not appended again");
            entries.retain(|entry| !known.contains(&entry.id));
        }
        Ok(())
    }

    fn count(&self, rows: &[Pending], appended: usize, now: DateTime<Utc>) {
        self.metrics.relayed_events.inc_by(appended as u64);
        self.metrics.relay_batch_size.observe(rows.len() as f64);
        if let Some(oldest) = rows.iter().map(|row| row.created_at).min() {
            self.metrics.relay_lag.observe((now - oldest).num_milliseconds().max(0) as f64 / 1000.0);
        }
    }
}

/// The row as an entry of the log, or why it cannot be one.
fn sign(
    row: &Pending,
    message: Option<Message>,
    key: Option<SigningKeyId>,
    signers: &HashMap<SigningKeyId, (DomainId, EventSigner)>,
) -> Result<NewEntry, String> {
    let message = message.ok_or("its scope is of no kind")?;
    let payload = message.check().map_err(|refusal| refusal.to_string())?;
    let key = key.ok_or("its Domain has no signing key")?;
    let (_, signer) = signers
        .get(&key)
        .filter(|(owner, _)| *owner == message.domain_id)
        .ok_or_else(|| format!("its Domain has no signing key {key}"))?;
    let Message { domain_id, scope, event_type, .. } = message;
    let id = event_id(row.position, &event_type, &scope, &payload, row.created_at);
    let issued_at = row.created_at;
    let line = signer.sign(Envelope { id, event_type: event_type.clone(), scope, key_id: key, issued_at, payload });
    Ok(NewEntry { id, scope, domain_id, event_type, line })
}

#[async_trait]
impl Task for Relay {
    fn name(&self) -> &'static str {
        "relay"
    }

    fn interval(&self) -> Duration {
        INTERVAL
    }

    async fn step(&self) -> Result<(), StorageError> {
        let mut state = self.state.lock().await;
        let outcome = self.relay(&mut state).await;
        if outcome.is_err() {
            // Whatever it was, nothing is taken for granted afterwards.
            state.leading = None;
        }
        let leads = state.leading.is_some();
        if state.led_before && !leads {
            tracing::info!("this replica does not relay events any more");
        }
        state.led_before = leads;
        self.metrics.relay_leads.set(leads.into());
        outcome
    }
}

impl Relay {
    async fn relay(&self, state: &mut State) -> Result<(), StorageError> {
        self.measure(state).await?;
        loop {
            if !self.lead(state).await? {
                // Whoever leads may not have heard of what this replica has committed.
                let mut conn = self.database.read().await?;
                return if store::any(&mut conn).await? { store::tell(&mut conn, PUBLISHED).await } else { Ok(()) };
            }
            let State { leading: Some(leading), signers, .. } = &mut *state else { return Ok(()) };
            match self.batch(leading, signers).await? {
                Progress::More => {}
                Progress::Done => return Ok(()),
                Progress::Lost => {
                    state.leading = None;
                    return Ok(());
                }
            }
        }
    }
}
