//! Writes of many callers that share one commit.
//!
//! Whatever was handed in while the last batch was written is the next batch: one write, one commit, and every caller
//! gets its own answer after that commit. The queue has an end; beyond it callers are told to come back.
//!
//! Items of one row stay in the order in which they came. [`SharedWrite::merge`] makes one item of two where that
//! loses nothing; two that it leaves apart stand beside each other in the batch, and the write does them in turn.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::postgres::{Availability, StorageError, retrying};

/// Items that may wait. At the rate of one batch a few milliseconds this is well under a second of waiting.
const QUEUE: usize = 8192;
/// Items in one batch.
const BATCH: usize = 2048;
/// How often a batch that still grows lets others run first.
const ROUNDS: usize = 8;

/// One kind of write that callers share.
pub trait SharedWrite: Sized + Send + Sync + 'static {
    /// What one caller hands in.
    type Item: Send + Sync;
    /// The row that it is for.
    type Key: Ord;
    /// What the caller is told once its item is durable.
    type Accepted: Clone + Send;
    /// What the caller is told when it is not.
    type Refusal: Clone + Send + From<NotWritten>;

    /// The row that an item is for.
    fn key(item: &Self::Item) -> Self::Key;

    /// Takes `newer` into `waiting`, an item of the same row: both callers get the answer of the one that is left. Or
    /// gives it back, and it is written after `waiting`.
    fn merge(waiting: &mut Self::Item, newer: Self::Item) -> Option<Self::Item>;

    /// Makes all of `items` durable, which are in the order of their keys. One answer an item, in the same order.
    ///
    /// Is called again with the same items after a lost race, and with halves of them after a failure of its own: what
    /// was done already must do no harm when it is done again.
    fn write(&self, items: &[Self::Item]) -> impl Future<Output = Result<Vec<Answer<Self>>, StorageError>> + Send;

    /// A batch of `callers` begins while `waiting` others wait: for the metrics.
    fn begun(&self, callers: usize, waiting: usize);

    /// So many items were written: for the metrics.
    fn committed(&self, items: usize);
}

/// Why an item was not even decided on.
#[derive(Clone, Debug)]
pub enum NotWritten {
    /// More items wait than will be written in good time.
    Overloaded,
    /// The database.
    Storage(Arc<StorageError>),
}

/// What one caller is answered.
pub type Answer<W> = Result<<W as SharedWrite>::Accepted, <W as SharedWrite>::Refusal>;

struct Waiting<W: SharedWrite> {
    item: W::Item,
    answer: oneshot::Sender<Answer<W>>,
}

/// Where items are handed in.
pub struct SharedCommit<W: SharedWrite> {
    queue: mpsc::Sender<Waiting<W>>,
}

impl<W: SharedWrite> Clone for SharedCommit<W> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<W: SharedWrite> SharedCommit<W> {
    /// Starts writing. It ends once all handles are gone and all that waits is written.
    pub fn start(write: W, availability: Availability) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(run(write, availability, waiting));
        Self { queue }
    }

    /// Hands an item in and waits until it is durable.
    ///
    /// # Errors
    /// The write's own refusal, or what became of [`NotWritten`].
    pub async fn hand_in(&self, item: W::Item) -> Answer<W> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { item, answer }).map_err(|_| NotWritten::Overloaded)?;
        // The writer ends only with the process; a caller that is left then gets the transient answer.
        answered.await.unwrap_or_else(|_| Err(NotWritten::Overloaded.into()))
    }
}

async fn run<W: SharedWrite>(write: W, availability: Availability, mut queue: mpsc::Receiver<Waiting<W>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        gather(&mut batch, &mut queue).await;
        write.begun(batch.len(), queue.len());
        let (items, callers) = group(&mut batch);
        let answers = write_all(&write, &availability, &items).await;
        write.committed(answers.iter().filter(|answer| answer.is_ok()).count());
        for (item, caller) in callers {
            // A caller that went away is told nothing.
            let _gone = caller.send(answers[item].clone());
        }
    }
}

/// Requests that have arrived by now come along: small batches would keep the database busy with commits. Takes no
/// time when nobody else is there.
async fn gather<T>(batch: &mut Vec<T>, queue: &mut mpsc::Receiver<T>) {
    for _ in 0..ROUNDS {
        let before = batch.len();
        tokio::task::yield_now().await;
        while let Some(waiting) = (batch.len() < BATCH).then(|| queue.try_recv().ok()).flatten() {
            batch.push(waiting);
        }
        if batch.len() == before {
            return;
        }
    }
}

/// Who waits for the answer to which item.
type Callers<W> = Vec<(usize, oneshot::Sender<Answer<W>>)>;

/// The items in the order of their keys, those of one key merged or in the order in which they came.
fn group<W: SharedWrite>(batch: &mut Vec<Waiting<W>>) -> (Vec<W::Item>, Callers<W>) {
    batch.sort_by_key(|waiting| W::key(&waiting.item));
    let mut items: Vec<W::Item> = Vec::with_capacity(batch.len());
    let mut callers = Vec::with_capacity(batch.len());
    for Waiting { item, answer } in batch.drain(..) {
        let apart = match items.last_mut() {
            Some(last) if W::key(last) == W::key(&item) => W::merge(last, item),
            _ => Some(item),
        };
        items.extend(apart);
        callers.push((items.len() - 1, answer));
    }
    (items, callers)
}

/// Writes all of `items`; one answer each. When the write fails for a reason of its own, halves are tried, down to the
/// one item that poisons it: it alone fails.
async fn write_all<W: SharedWrite>(write: &W, availability: &Availability, items: &[W::Item]) -> Vec<Answer<W>> {
    match write_in_time(write, availability, items).await {
        Ok(answers) if answers.len() == items.len() => answers,
        Err(StorageError::Query(_) | StorageError::Constraint { .. }) if items.len() > 1 => {
            let (left, right) = items.split_at(items.len() / 2);
            let mut answers = Box::pin(write_all(write, availability, left)).await;
            answers.extend(Box::pin(write_all(write, availability, right)).await);
            answers
        }
        unwritten => {
            let error = unwritten.err().unwrap_or_else(|| StorageError::Corrupt("items without an answer".into()));
            let refusal = NotWritten::Storage(Arc::new(error));
            items.iter().map(|_| Err(refusal.clone().into())).collect()
        }
    }
}

/// Writes, again while it loses deadlocks, because the order in which a statement locks its rows is not ours to say. But
/// not for longer than the database answers: those who wait have been refused by then, and a connection that fell silent
/// must not keep the ones that come later.
async fn write_in_time<W: SharedWrite>(
    write: &W,
    availability: &Availability,
    items: &[W::Item],
) -> Result<Vec<Answer<W>>, StorageError> {
    tokio::select! {
        biased;
        written = retrying("a batch", || write.write(items)) => written,
        () = availability.gone() => Err(StorageError::Unavailable("the database does not answer".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items are a row and a letter; capitals merge with what waits.
    struct Letters;

    impl SharedWrite for Letters {
        type Item = (u8, String);
        type Key = u8;
        type Accepted = ();
        type Refusal = String;

        fn key(item: &Self::Item) -> u8 {
            item.0
        }

        fn merge(waiting: &mut Self::Item, newer: Self::Item) -> Option<Self::Item> {
            if newer.1.chars().all(char::is_uppercase) {
                waiting.1.push_str(&newer.1);
                return None;
            }
            Some(newer)
        }

        async fn write(&self, items: &[Self::Item]) -> Result<Vec<Result<(), String>>, StorageError> {
            Ok(items.iter().map(|_| Ok(())).collect())
        }

        fn begun(&self, _: usize, _: usize) {}

        fn committed(&self, _: usize) {}
    }

    impl From<NotWritten> for String {
        fn from(why: NotWritten) -> Self {
            format!("{why:?}")
        }
    }

    #[test]
    fn items_of_one_row_keep_their_order_and_merge_where_they_may() {
        let handed_in = [(2, "a"), (1, "b"), (2, "C"), (2, "d"), (1, "E"), (2, "f"), (2, "G")];
        let mut batch: Vec<Waiting<Letters>> = handed_in
            .into_iter()
            .map(|(row, letter)| Waiting { item: (row, letter.to_owned()), answer: oneshot::channel().0 })
            .collect();
        let (items, callers) = group(&mut batch);
        let expected = [(1, "bE"), (2, "aC"), (2, "d"), (2, "fG")];
        assert_eq!(items, expected.map(|(row, letters)| (row, letters.to_owned())));
        assert_eq!(callers.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [0, 0, 1, 1, 2, 3, 3]);
    }
}
