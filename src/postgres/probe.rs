use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio::sync::watch;

use super::setup;

/// Time between two probes.
const PROBE_INTERVAL: Duration = Duration::from_millis(200);
/// A probe that takes longer than this says that the database is gone. Interval and timeout together stay under
/// the second in which a request must be answered.
const PROBE_TIMEOUT: Duration = Duration::from_millis(700);

/// Whether the database answers. Fed by a probe on a connection of its own, so that a server that hangs is
/// noticed as fast as one that refuses.
#[derive(Clone)]
pub struct Availability {
    answers: watch::Receiver<bool>,
    lost_at: Arc<Mutex<Option<Instant>>>,
    _probe: Arc<AbortOnDrop>,
}

struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Availability {
    pub(super) fn start(url: String) -> Self {
        let (sender, answers) = watch::channel(true);
        let lost_at = Arc::new(Mutex::new(None));
        let task = tokio::spawn(probe(url, sender, lost_at.clone()));
        Self { answers, lost_at, _probe: Arc::new(AbortOnDrop(task)) }
    }

    /// Whether the database was found gone after `then`: a connection that is older may never answer again, and
    /// nothing would tell.
    pub(super) fn lost_since(&self, then: Instant) -> bool {
        self.lost_at.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|lost_at| lost_at >= then)
    }

    /// The last probe's finding.
    pub fn answers(&self) -> bool {
        *self.answers.borrow()
    }

    /// Returns once the database is found gone; at once if it is.
    pub async fn gone(&self) {
        let mut answers = self.answers.clone();
        if answers.wait_for(|answers| !answers).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn probe(url: String, sender: watch::Sender<bool>, lost_at: Arc<Mutex<Option<Instant>>>) {
    let mut conn: Option<AsyncPgConnection> = None;
    let lost = || *lost_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    loop {
        let answered = tokio::time::timeout(PROBE_TIMEOUT, async {
            if let Some(open) = conn.take() {
                if let Some(open) = asked(open).await {
                    return Some(open);
                }
                // Its session was ended. So may be all others, but the database is gone only when it opens no new one.
                lost();
            }
            asked(setup::connect(url.clone()).await.ok()?).await
        })
        .await
        .ok()
        .flatten();
        let answers = answered.is_some();
        conn = answered;
        if !answers {
            lost();
        }
        let changed = sender.send_if_modified(|state| std::mem::replace(state, answers) != answers);
        if changed {
            if answers {
                tracing::info!("the database answers again");
            } else {
                tracing::warn!("the database does not answer");
            }
        }
        tokio::time::sleep(PROBE_INTERVAL).await;
    }
}

/// The connection, if the database answers on it.
async fn asked(mut conn: AsyncPgConnection) -> Option<AsyncPgConnection> {
    conn.batch_execute("SELECT 1").await.ok()?;
    Some(conn)
}
