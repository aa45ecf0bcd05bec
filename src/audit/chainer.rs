//! The chainer: takes committed entries in the order in which they were written, and gives each a number and a hash in its
//! chain.
//!
//! One replica chains at a time, under a lease whose epoch each of its transactions proves. A batch is one transaction:
//! entries leave what waits, stand in their chains, and the heads are signed anew, all of it or nothing. So there is never a
//! gap, nor two entries of one number. Entries that another transaction still holds back come with a later batch.
//!
//! A head that somebody else has written is not built upon: an entry after it would sign over what was done. Such a chain
//! is left as it is, with its entries waiting, and the others go on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use super::chain::{Chain, GENESIS, Hash, Head, Numbered};
use super::store::{self, End, Waiting};
use super::{Unsigned, keys};
use crate::background::Task;
use crate::clock::Clock;
use crate::postgres::lease::{Epoch, Lease};
use crate::postgres::{Database, StorageError};
use crate::signing::Sealer;
use crate::telemetry::Metrics;

/// Time between two steps: entries are shown within this and a moment, and a busy installation has batches worth their
/// commit.
const INTERVAL: Duration = Duration::from_millis(500);
/// How long leadership lasts without being renewed.
const LEASE: Duration = Duration::from_secs(5);
/// The lease is renewed when it is older than this.
const RENEWED_AFTER: Duration = Duration::from_millis(1500);
/// Entries in one transaction: enough that the commit costs little, few enough that it lasts only moments.
const BATCH: i64 = 1000;
/// Heads that are remembered; those of more chains are verified instead.
const REMEMBERED: usize = 4096;
/// A chain that was left as it is, is looked at again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(60);
/// Time between two looks at how much waits.
const MEASURED_EVERY: Duration = Duration::from_secs(1);
/// Heads that have moved are told to the log this often: whoever keeps the log elsewhere can tell a chain that was put
/// back to an earlier head.
const TOLD_EVERY: Duration = Duration::from_secs(300);

/// The task.
pub struct Chainer {
    database: Database,
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    lease: Lease,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    leading: Option<Leading>,
    measured_at: Option<Instant>,
    told_at: Option<Instant>,
}

struct Leading {
    epoch: Epoch,
    renewed_at: Instant,
    /// The heads that this replica has written since it leads.
    written: HashMap<Chain, (i64, Hash)>,
    /// Chains that are left as they are, and since when.
    left: HashMap<Chain, Instant>,
    /// Heads that the log has not been told of.
    untold: BTreeMap<Chain, Head>,
}

enum Progress {
    More,
    Done,
    Lost,
}

impl Chainer {
    /// A chainer over `database`, whose keys `sealer` opens.
    pub fn new(
        database: Database,
        sealer: Arc<Sealer>,
        clock: Arc<dyn Clock>,
        replica: Uuid,
        metrics: Arc<Metrics>,
    ) -> Self {
        let lease = Lease::lasting("audit_chainer", replica, LEASE);
        Self { database, sealer, clock, lease, metrics, state: Mutex::default() }
    }

    /// The lease that it leads under.
    pub fn lease(&self) -> Lease {
        self.lease.clone()
    }

    /// Takes or renews leadership, when it is time to.
    async fn lead(&self, state: &mut State) -> Result<bool, StorageError> {
        if state.leading.as_ref().is_some_and(|leading| leading.renewed_at.elapsed() < RENEWED_AFTER) {
            return Ok(true);
        }
        // Before it is asked for: the database may count from then on.
        let renewed_at = Instant::now();
        let Some(epoch) = self.lease.acquire(&mut *self.database.read().await?).await? else {
            state.leading = None;
            return Ok(false);
        };
        match &mut state.leading {
            Some(leading) if leading.epoch == epoch => leading.renewed_at = renewed_at,
            leading => {
                tracing::info!(?epoch, "this replica numbers the audit log now");
                *leading = Some(Leading {
                    epoch,
                    renewed_at,
                    written: HashMap::new(),
                    left: HashMap::new(),
                    untold: BTreeMap::new(),
                });
            }
        }
        Ok(true)
    }

    /// How much waits, and since when.
    async fn measure(&self, state: &mut State) -> Result<(), StorageError> {
        if state.measured_at.is_some_and(|at| at.elapsed() < MEASURED_EVERY) {
            return Ok(());
        }
        let (depth, since) = store::depth(&mut *self.database.read().await?).await?;
        let age = since.map_or(0, |since| (self.clock.now() - since).num_milliseconds().max(0));
        self.metrics.audit_waiting.set(depth);
        self.metrics.audit_oldest_age.set(age as f64 / 1000.0);
        state.measured_at = Some(Instant::now());
        Ok(())
    }

    /// One batch, one transaction.
    async fn batch(&self, leading: &mut Leading) -> Result<Progress, StorageError> {
        leading.left.retain(|_, since| since.elapsed() < AGAIN_AFTER);
        let left: Vec<Chain> = leading.left.keys().copied().collect();
        if store::waiting(&mut *self.database.read().await?, &left, 1).await?.is_empty() {
            return Ok(Progress::Done);
        }
        let now = self.clock.now();
        let mut tx = self.database.begin_leading().await?;
        if !self.lease.fence(&mut tx, leading.epoch).await? {
            return Ok(Progress::Lost);
        }
        let rows = store::waiting(&mut tx, &left, BATCH).await?;
        let more = rows.len() as i64 >= BATCH;
        let mut of_chain: BTreeMap<Chain, Vec<Waiting>> = BTreeMap::new();
        for row in rows {
            of_chain.entry(row.chain()).or_default().push(row);
        }
        let heads = self.sound_heads(&mut tx, &of_chain, leading).await?;
        of_chain.retain(|chain, _| heads.contains_key(chain));
        if of_chain.is_empty() {
            return Ok(Progress::More);
        }
        let chains: Vec<Chain> = of_chain.keys().copied().collect();
        let pseudonyms = keys::own_pseudonym_keys(&mut tx, &self.sealer, &chains, now).await?;
        let signers = keys::signers_of(&mut tx, &self.sealer, &chains, now).await?;
        let (mut entries, mut signed, mut waited) = (Vec::new(), Vec::new(), Vec::new());
        for (chain, rows) in of_chain {
            let (Some(pseudonyms), Some(signer)) = (pseudonyms.get(&chain), signers.get(&chain)) else {
                self.leave(chain, "the key of its pseudonyms or of its heads does not open", leading);
                continue;
            };
            let (mut seq, mut hash) = heads.get(&chain).copied().unwrap_or((0, GENESIS));
            for row in rows {
                waited.push(row.id);
                let entry: Numbered = row.numbered(pseudonyms, chain, seq, hash);
                (seq, hash) = (entry.seq, entry.hash);
                entries.push((chain, entry));
            }
            signed.push((chain, Head::sign(chain, seq, hash, now, signer)));
        }
        store::put(&mut tx, &entries, &signed, &waited).await?;
        // Nobody knows where the chains end while nobody knows whether this was done.
        let mut written = std::mem::take(&mut leading.written);
        tx.commit().await?;
        self.metrics.audit_chained.inc_by(entries.len() as u64);
        if written.len() + signed.len() > REMEMBERED {
            written.clear();
        }
        for (chain, head) in signed {
            written.insert(chain, (head.seq, head.hash));
            leading.untold.insert(chain, head);
        }
        leading.written = written;
        Ok(if more { Progress::More } else { Progress::Done })
    }

    /// Where the chains of `of_chain` end. Those whose head cannot be built upon are left out, and left as they are.
    async fn sound_heads(
        &self,
        conn: &mut crate::postgres::Transaction,
        of_chain: &BTreeMap<Chain, Vec<Waiting>>,
        leading: &mut Leading,
    ) -> Result<HashMap<Chain, (i64, Hash)>, StorageError> {
        let chains: Vec<Chain> = of_chain.keys().copied().collect();
        let mut sound = HashMap::new();
        for (chain, end) in store::ends_of(conn, &chains).await? {
            match self.unsound(conn, chain, &end, leading).await? {
                None => {
                    sound.insert(chain, end.head.map_or((0, GENESIS), |head| (head.seq, head.hash)));
                }
                Some(why) => self.leave(chain, &why, leading),
            }
        }
        Ok(sound)
    }

    fn leave(&self, chain: Chain, why: &str, leading: &mut Leading) {
        tracing::error!(
            %chain,
            why,
            "a chain of the audit log was tampered with: its new entries wait; run `plexsphere admin audit verify`"
        );
        self.metrics.audit_chains_left.inc();
        leading.left.insert(chain, Instant::now());
    }

    /// Why a head cannot be built upon, if it cannot.
    async fn unsound(
        &self,
        conn: &mut crate::postgres::Transaction,
        chain: Chain,
        end: &End,
        leading: &Leading,
    ) -> Result<Option<String>, StorageError> {
        if end.beyond {
            return Ok(Some("it has entries after its head, or no head".to_owned()));
        }
        let found = end.head.as_ref().map(|head| (head.seq, head.hash));
        match (leading.written.get(&chain), &end.head) {
            (Some(written), _) if Some(*written) == found => Ok(None),
            (Some((seq, _)), _) => Ok(Some(format!("its head is not entry {seq} any more"))),
            (None, None) => Ok(None),
            (None, Some(head)) => {
                let key = keys::public_key(conn, &self.sealer, chain, head.key_id).await?;
                let signed = key.ok_or(Unsigned::UnknownKey).and_then(|key| head.check(chain, &key));
                Ok(signed.and_then(|()| end.key_in_use()).err().map(|why| why.to_string()))
            }
        }
    }

    /// Tells the log of the heads that have moved.
    fn tell(&self, state: &mut State) {
        let Some(leading) = &mut state.leading else { return };
        if leading.untold.is_empty() || state.told_at.is_some_and(|at| at.elapsed() < TOLD_EVERY) {
            return;
        }
        state.told_at = Some(Instant::now());
        for (chain, head) in std::mem::take(&mut leading.untold) {
            tracing::info!(%chain, seq = head.seq, hash = %head.hash, "head of the audit log");
        }
    }

    async fn chain(&self, state: &mut State) -> Result<(), StorageError> {
        self.measure(state).await?;
        loop {
            if !self.lead(state).await? {
                return Ok(());
            }
            let State { leading: Some(leading), .. } = &mut *state else { return Ok(()) };
            match self.batch(leading).await? {
                Progress::More => {}
                Progress::Done => break,
                Progress::Lost => {
                    state.leading = None;
                    break;
                }
            }
        }
        self.tell(state);
        Ok(())
    }
}

#[async_trait]
impl Task for Chainer {
    fn name(&self) -> &'static str {
        "audit_chainer"
    }

    fn interval(&self) -> Duration {
        INTERVAL
    }

    async fn step(&self) -> Result<(), StorageError> {
        let mut state = self.state.lock().await;
        let outcome = self.chain(&mut state).await;
        if outcome.is_err() && state.leading.take().is_some() {
            // Another replica may have more luck. Whatever it was, nothing is taken for granted afterwards.
            if let Ok(mut conn) = self.database.read().await {
                let _runs_out = self.lease.release(&mut conn).await;
            }
        }
        outcome
    }
}
