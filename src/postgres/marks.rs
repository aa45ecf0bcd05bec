//! Whether a piece of work has committed what it marked. What is rolled back, or tried again, was not done.

use std::cell::Cell;

use futures_util::FutureExt as _;

tokio::task_local! {
    static MARKS: Marks;
}

#[derive(Default)]
struct Marks {
    /// In the transaction that is open.
    open: Cell<bool>,
    committed: Cell<bool>,
}

/// Does `work`, and also tells whether it has committed a transaction that it marked. What `work` spawns is not counted
/// to it.
pub fn marking<T>(work: impl Future<Output = T>) -> impl Future<Output = (T, bool)> {
    // No async block: each takes the room of what it awaits twice, in every request.
    MARKS.scope(Marks::default(), work.map(|done| (done, MARKS.with(|marks| marks.committed.get()))))
}

/// Marks the transaction that is open.
pub fn mark() {
    with(|marks| marks.open.set(true));
}

/// A transaction begins; an earlier one that has not ended was rolled back.
pub(super) fn begun() {
    with(|marks| marks.open.set(false));
}

/// The transaction was committed.
pub(super) fn committed() {
    with(|marks| marks.committed.set(marks.open.take() || marks.committed.get()));
}

fn with(done: impl FnOnce(&Marks)) {
    // Outside of `marking` nobody asks.
    let _nobody_asks = MARKS.try_with(done);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_was_marked_and_committed_counts() {
        mark();
        assert_eq!(marking(async { 1 }).await, (1, false));
        let commits = async |marks: bool| {
            begun();
            if marks {
                mark();
            }
            tokio::task::yield_now().await;
            committed();
        };
        assert_eq!(marking(commits(true)).await, ((), true));
        assert_eq!(marking(commits(false)).await, ((), false));
        let lost_then_unmarked = async {
            begun();
            mark();
            commits(false).await;
        };
        assert_eq!(marking(lost_then_unmarked).await, ((), false), "what was marked was rolled back");
        let marked_then_unmarked = async {
            commits(true).await;
            commits(false).await;
        };
        assert_eq!(marking(marked_then_unmarked).await, ((), true));
    }
}
