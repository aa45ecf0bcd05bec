//! Work that nobody asked for: tasks that step on a timer, or at once when poked.
//!
//! A [`Task`] is one idempotent step without input. A poke only makes it come sooner: every task would converge
//! on its timer alone, so a lost poke costs time and nothing else.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::postgres::{Availability, StorageError};

/// A step that failed is done again after this, if its interval is longer: readiness waits for it.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// One idempotent step without input.
#[async_trait]
pub trait Task: Send + Sync + 'static {
    /// Names the task in logs, metrics and readiness.
    fn name(&self) -> &'static str;
    /// Time between two steps.
    fn interval(&self) -> Duration;
    /// Whether a server on which it fails should be sent no requests.
    fn is_vital(&self) -> bool {
        true
    }
    /// Does what is due.
    ///
    /// # Errors
    /// [`StorageError`]; the step is done again soon.
    async fn step(&self) -> Result<(), StorageError>;
}

/// Makes a task step at once.
#[derive(Clone)]
pub struct Poke {
    wake: Arc<Notify>,
    started: Arc<watch::Sender<u64>>,
    finished: watch::Receiver<Finished>,
    vital: bool,
}

#[derive(Clone, Copy, Default)]
struct Finished {
    step: u64,
    succeeded: bool,
}

impl Poke {
    /// Asks for a step soon.
    pub fn poke(&self) {
        self.wake.notify_one();
    }

    /// Asks for a step and returns once one that began after this call has succeeded.
    pub async fn step_now(&self) {
        let mut finished = self.finished.clone();
        let begun = *self.started.borrow();
        self.poke();
        // A task that is gone will not step again: there is nothing to wait for.
        let _gone = finished.wait_for(|last| last.step > begun && last.succeeded).await;
    }

    /// Whether the last step succeeded (a task that has not stepped yet has not).
    pub fn healthy(&self) -> bool {
        self.finished.borrow().succeeded
    }

    /// See [`Task::is_vital`].
    pub fn is_vital(&self) -> bool {
        self.vital
    }
}

/// The running tasks.
pub struct Background {
    availability: Availability,
    tasks: JoinSet<()>,
    pokes: Vec<(&'static str, Poke)>,
}

impl Background {
    /// No tasks yet. A step lasts no longer than the database answers: one that waits on a connection that fell
    /// silent would be the task's last.
    pub fn new(availability: Availability) -> Self {
        Self { availability, tasks: JoinSet::new(), pokes: Vec::new() }
    }

    /// Starts stepping `task`.
    pub fn start(&mut self, task: Arc<dyn Task>) -> Poke {
        let wake = Arc::new(Notify::new());
        let (finished_sender, finished) = watch::channel(Finished::default());
        let started = Arc::new(watch::Sender::new(0));
        let poke = Poke { wake: wake.clone(), started: started.clone(), finished, vital: task.is_vital() };
        self.pokes.push((task.name(), poke.clone()));
        let availability = self.availability.clone();
        self.tasks.spawn(async move {
            let mut step: u64 = 0;
            let mut failing = false;
            loop {
                step += 1;
                started.send_replace(step);
                let outcome = tokio::select! {
                    biased;
                    outcome = task.step() => outcome,
                    () = availability.gone() => Err(StorageError::Unavailable("the database does not answer".into())),
                };
                match &outcome {
                    Ok(()) if failing => tracing::info!(task = task.name(), "task works again"),
                    Err(error) if !failing => {
                        tracing::warn!(task = task.name(), %error, "task failed; it will be tried again")
                    }
                    _ => {}
                }
                failing = outcome.is_err();
                finished_sender.send_replace(Finished { step, succeeded: !failing });
                let rest = if failing { task.interval().min(AGAIN_AFTER) } else { task.interval() };
                tokio::select! {
                    () = tokio::time::sleep(rest) => {}
                    () = wake.notified() => {}
                }
            }
        });
        poke
    }

    /// Runs `work` until the tasks are stopped.
    pub fn attach(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// Every task with its handle.
    pub fn pokes(&self) -> Vec<(&'static str, Poke)> {
        self.pokes.clone()
    }

    /// Stops all tasks. A step that is cut short does no harm: its transaction rolls back.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}
