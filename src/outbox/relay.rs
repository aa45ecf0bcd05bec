//! The relay: takes committed rows in the order of their positions, signs them, and appends them to the log.
//!
//! One replica relays at a time, under a lease whose epoch each of its writes proves. Rows that another
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
use crate::event_log::{AppendError, Entry, EventLog, NewEntry, Tail, Turn};
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
/// Events that are handed over to the tail at once; verifying more would hold the relay up.
const HANDED_OVER: usize = 32;
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
    tail: Arc<Tail>,
    read_on: Poke,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
}

/// Opened keys with their Domains.
type Signers = HashMap<SigningKeyId, (DomainId, EventSigner)>;

#[derive(Default)]
struct State {
    leading: Option<Leading>,
    /// When leadership was last asked for in vain.
    refused_at: Option<Instant>,
    measured_at: Option<Instant>,
    led_before: bool,
    signers: Signers,
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
    /// A relay from the outbox in `database` to `log`; `tail`, which `read_on` makes read on, is this replica's.
    #[allow(clippy::too_many_arguments)] // each is a collaborator
    pub fn new(
        database: Database,
        log: Arc<dyn EventLog>,
        sealer: Arc<Sealer>,
        clock: Arc<dyn Clock>,
        replica: Uuid,
        tail: Arc<Tail>,
        read_on: Poke,
        metrics: Arc<Metrics>,
    ) -> Self {
        let lease = Lease::lasting("relay", replica, LEASE);
        Self { database, log, sealer, clock, lease, tail, read_on, metrics, state: Mutex::default() }
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

    /// One batch: read, signed, and appended by one statement.
    async fn batch(&self, leading: &mut Leading, opened: &mut Signers) -> Result<Progress, StorageError> {
        let rows = store::pending(&mut *self.database.read().await?, BATCH).await?;
        if rows.is_empty() {
            return Ok(Progress::Done);
        }
        self.open_keys(&rows, opened).await?;
        let now = self.clock.now();
        let (mut entries, mut positions, mut unfit) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            match sign(row, opened) {
                Ok(entry) => {
                    entries.push(entry);
                    positions.push(row.position);
                }
                Err(reason) => unfit.push((row, reason)),
            }
        }
        if !unfit.is_empty() && !self.bury(leading.epoch, &unfit, now).await? {
            return Ok(Progress::Lost);
        }
        if leading.compare {
            self.without_known(&mut entries).await?;
        }
        if positions.is_empty() {
            return Ok(Progress::More);
        }
        // Nobody knows where the log ends while nobody knows whether this was done.
        let expected_last = match leading.head.take() {
            Some(head) => head,
            None => self.log.bounds().await?.head,
        };
        let turn = Turn {
            lease: &self.lease,
            epoch: leading.epoch,
            expected_last,
            entries: &entries,
            positions: &positions,
            now,
        };
        match self.log.append(turn).await {
            Ok(last) => leading.head = Some(last),
            Err(AppendError::NotLeading) => return Ok(Progress::Lost),
            // Found out anew, and tried again.
            Err(AppendError::NotTheLast) => return Ok(Progress::More),
            Err(AppendError::Duplicate) => {
                leading.compare = true;
                return Ok(Progress::More);
            }
            Err(AppendError::Storage(error)) => return Err(error),
        }
        self.count(&rows, entries.len(), now);
        self.hand_over(expected_last, entries).await;
        Ok(if rows.len() as i64 == BATCH { Progress::More } else { Progress::Done })
    }

    /// Opens the keys that `rows` need and that are not open.
    async fn open_keys(&self, rows: &[Pending], opened: &mut Signers) -> Result<(), StorageError> {
        let closed = |opened: &Signers| {
            let mut keys: Vec<SigningKeyId> =
                rows.iter().filter_map(Pending::key).filter(|key| !opened.contains_key(key)).collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        let mut needed = closed(opened);
        if opened.len() + needed.len() > OPENED {
            opened.clear();
            needed = closed(opened);
        }
        if !needed.is_empty() {
            opened.extend(signers(&mut *self.database.read().await?, &self.sealer, &needed).await?);
        }
        Ok(())
    }

    /// Sets rows aside that can never be signed. `false`: another replica leads.
    async fn bury(&self, epoch: Epoch, unfit: &[(&Pending, String)], now: DateTime<Utc>) -> Result<bool, StorageError> {
        let mut tx = self.database.begin_leading().await?;
        if !self.lease.fence(&mut tx, epoch).await? {
            return Ok(false);
        }
        for (row, reason) in unfit {
            store::bury(&mut tx, row, reason, now).await?;
        }
        tx.commit().await?;
        for (row, reason) in unfit {
            tracing::error!(
                position = row.position,
                event_type = row.event_type,
                domain_id = %row.domain_id,
                reason,
                "an event cannot be signed; it is set aside in outbox_dead_letters"
            );
            self.metrics.outbox_dead_letters.inc();
        }
        Ok(true)
    }

    /// What the log knows already is not appended again: an append to a log that lies elsewhere after which the rows
    /// stayed in the outbox.
    async fn without_known(&self, entries: &mut Vec<NewEntry>) -> Result<(), StorageError> {
        let known = self.log.known(&entries.iter().map(|entry| entry.id).collect::<Vec<_>>()).await?;
        if !known.is_empty() {
            tracing::warn!(events = known.len(), "events are in the log already; they are not appended again");
            entries.retain(|entry| !known.contains(&entry.id));
        }
        Ok(())
    }

    /// Hands a few events over to the tail of this replica; many it reads itself, while the relay goes on.
    async fn hand_over(&self, after: i64, entries: Vec<NewEntry>) {
        if entries.len() > HANDED_OVER || !self.tail.offer(numbered(after, entries)).await {
            self.read_on.poke();
        }
    }

    fn count(&self, rows: &[Pending], appended: usize, now: DateTime<Utc>) {
        self.metrics.relayed_events.inc_by(appended as u64);
        self.metrics.relay_batch_size.observe(rows.len() as f64);
        if let Some(oldest) = rows.iter().map(|row| row.created_at).min() {
            self.metrics.relay_lag.observe((now - oldest).num_milliseconds().max(0) as f64 / 1000.0);
        }
    }
}

/// Entries as they stand in the log.
fn numbered(after: i64, entries: Vec<NewEntry>) -> Vec<Entry> {
    let number = |(sequence, entry): (i64, NewEntry)| {
        let NewEntry { id, scope, domain_id, event_type, line } = entry;
        Entry { sequence, id, scope, domain_id, event_type, line }
    };
    (after + 1..).zip(entries).map(number).collect()
}

/// The row as an entry of the log, or why it cannot be one.
fn sign(row: &Pending, signers: &Signers) -> Result<NewEntry, String> {
    let message = row.message().ok_or("its scope is of no kind")?;
    let payload = message.check().map_err(|refusal| refusal.to_string())?;
    let key_id = row.key().ok_or("its Domain has no signing key")?;
    let (_, signer) = signers
        .get(&key_id)
        .filter(|(owner, _)| *owner == message.domain_id)
        .ok_or_else(|| format!("its Domain has no signing key {key_id}"))?;
    let Message { domain_id, scope, event_type, .. } = message;
    let (id, issued_at) = (event_id(row.position, &event_type, &scope, &payload, row.created_at), row.created_at);
    let line = signer.sign(Envelope { id, event_type: event_type.clone(), scope, key_id, issued_at, payload });
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
                return store::tell(&mut *self.database.read().await?, PUBLISHED).await;
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
