//! Whether a piece of work has written an audit entry of its own: then nobody writes a second one about it.

use std::cell::Cell;

tokio::task_local! {
    static NOTED: Cell<bool>;
}

/// Does `work`, and also tells whether it has appended to the audit log. What `work` spawns is not counted to it.
pub async fn noting<T>(work: impl Future<Output = T>) -> (T, bool) {
    NOTED
        .scope(Cell::new(false), async {
            let done = work.await;
            (done, NOTED.with(Cell::get))
        })
        .await
}

/// An entry was appended.
pub(super) fn noted() {
    // Outside of `noting` nobody asks.
    let _nobody_asks = NOTED.try_with(|noted| noted.set(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_work_that_appends_is_noted() {
        noted();
        assert_eq!(noting(async { 1 }).await, (1, false));
        let appends = async {
            tokio::task::yield_now().await;
            noted();
            tokio::task::yield_now().await;
            2
        };
        assert_eq!(noting(appends).await, (2, true));
        assert_eq!(noting(async { 3 }).await, (3, false));
    }
}
