use std::sync::Arc;
use std::time::Duration;

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
        let task = tokio::spawn(probe(url, sender));
        Self { answers, _probe: Arc::new(AbortOnDrop(task)) }
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

    /// Returns once the database answers; at once if it does.
    pub async fn back(&self) {
        let mut answers = self.answers.clone();
        if answers.wait_for(|answers| *answers).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn probe(url: String, sender: watch::Sender<bool>) {
    let mut conn: Option<AsyncPgConnection> = None;
    loop {
        let answered = tokio::time::timeout(PROBE_TIMEOUT, async {
            let mut open = match conn.take() {
                Some(open) => open,
                None => setup::connect(url.clone()).await.ok()?,
            };
            open.batch_execute("SELECT 1").await.ok()?;
            Some(open)
        })
        .await
        .ok()
        .flatten();
        let answers = answered.is_some();
        conn = answered;
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
