//! Looks into the log, for those who are behind what is in memory.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::task::JoinHandle;

use super::slot::Slot;
use super::streams::Streams;
use crate::event_log::{Part, Place};
use crate::postgres::StorageError;

/// What a stream finds that has to look into the log.
pub(super) enum Missing {
    /// What comes next.
    Part(Part),
    /// It is not there any more: the Node has to pull its state, and goes on after this place.
    Resync { frame: Bytes, place: Place },
}

/// A look into the log. A task of its own: a reader that takes nothing is not asked for more, and what is read for it
/// must not keep others from reading meanwhile.
pub(super) struct Read(JoinHandle<Result<Missing, StorageError>>);

impl Read {
    pub(super) fn begin(
        streams: &Arc<Streams>,
        slot: &Arc<Slot>,
        read: impl Future<Output = Result<Missing, StorageError>> + Send + 'static,
    ) -> Self {
        let (streams, slot) = (streams.clone(), slot.clone());
        Self(tokio::spawn(async move {
            let missing = read.await;
            // There is something for its reader now.
            slot.expect(streams.now());
            missing
        }))
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Missing, StorageError>> {
        let lost = |_| Err(StorageError::Unavailable("a look into the log was lost".into()));
        Pin::new(&mut self.0).poll(context).map(|done| done.unwrap_or_else(lost))
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        self.0.abort();
    }
}
