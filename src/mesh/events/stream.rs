//! One stream, as its reader pulls it: a position in the log and nothing more. What comes next is taken from the
//! tail's memory, where it lies once for all; only who has fallen behind reads the log for itself, one page at a time.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use bytes::Bytes;

use super::replay::{Missing, Read};
use super::slot::{Ending, Slot};
use super::streams::Streams;
use crate::event_log::{Frame, Next, Place};

/// Nothing has to be told, and the connection lives.
const KEEP_ALIVE: Bytes = Bytes::from_static(b":keep-alive\n\n");
/// The last thing that a reader is told: what it missed it gets when it comes back.
const CLOSING: Bytes = Bytes::from_static(b":closing\n\n");

/// What a stream does that is behind what is in memory.
enum Behind {
    Reads(Read),
    /// What it has read; then it goes on after `through`.
    Sends {
        frames: vec::IntoIter<Arc<Frame>>,
        through: i64,
    },
}

/// One open stream. Dropping it closes it.
pub struct Stream {
    streams: Arc<Streams>,
    slot: Arc<Slot>,
    place: Place,
    first: Option<Bytes>,
    /// Nearly always nothing.
    behind: Option<Box<Behind>>,
    said_goodbye: bool,
}

impl Stream {
    /// A stream that begins with `first` and goes on after `place`.
    pub(super) fn new(streams: Arc<Streams>, slot: Arc<Slot>, place: Place, first: Bytes) -> Self {
        Self { streams, slot, place, first: Some(first), behind: None, said_goodbye: false }
    }

    /// Begins to look into the log.
    fn look(&mut self) {
        let read = self.streams.clone().missing(self.slot.clone(), self.place);
        self.behind = Some(Box::new(Behind::Reads(Read::begin(&self.streams, &self.slot, read))));
    }

    /// What goes out next; `None`: nothing more.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        // Before anything is looked at: what comes afterwards wakes it again.
        self.slot.attend(context.waker());
        let next = self.poll_item(context);
        if next.is_ready() {
            // Whoever takes something asks again at once, unless its reader takes nothing.
            self.slot.expect(self.streams.now());
        }
        next
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        if self.slot.ending().is_some() {
            let goodbye = (!self.said_goodbye).then_some(CLOSING);
            self.said_goodbye = true;
            return Poll::Ready(goodbye);
        }
        if self.slot.take_keep_alive() {
            return Poll::Ready(Some(KEEP_ALIVE));
        }
        self.poll_event(context).map(Some)
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Bytes> {
        loop {
            match self.behind.as_deref_mut() {
                None => match self.streams.tail().next(&self.slot.scopes(), self.place) {
                    Next::Frame(frame) => return self.send(&frame),
                    Next::UpTo(number) => {
                        self.place.after = number;
                        return Poll::Pending;
                    }
                    Next::InTheLog | Next::OtherLog => self.look(),
                },
                Some(Behind::Reads(read)) => {
                    let Poll::Ready(read) = read.poll(context) else { return Poll::Pending };
                    self.behind = None;
                    match read {
                        Ok(Missing::Part(part)) => {
                            let (frames, through) = (part.frames.into_iter(), part.through);
                            self.behind = Some(Box::new(Behind::Sends { frames, through }));
                        }
                        Ok(Missing::Resync { frame, place }) => {
                            self.place = place;
                            self.slot.begin(place);
                            return Poll::Ready(frame);
                        }
                        Err(error) => {
                            tracing::debug!(node_id = %self.slot.node_id, %error, "a stream waits for the log");
                            // It is due still: the place has not moved.
                            self.slot.hold();
                            return Poll::Pending;
                        }
                    }
                }
                Some(Behind::Sends { frames, through }) => match frames.as_slice().first().cloned() {
                    Some(frame) => {
                        let sent = self.send(&frame);
                        if let (Poll::Ready(_), Some(Behind::Sends { frames, .. })) =
                            (&sent, self.behind.as_deref_mut())
                        {
                            frames.next();
                        }
                        return sent;
                    }
                    None => {
                        self.place.after = *through;
                        self.behind = None;
                    }
                },
            }
        }
    }

    /// Sends an event, if the credential still holds as far as is known. Else it waits until that is confirmed.
    fn send(&mut self, frame: &Frame) -> Poll<Bytes> {
        if !self.streams.is_confirmed(&self.slot) {
            self.slot.hold();
            // Whoever has confirmed it in between has not seen that it is held.
            if !self.streams.is_confirmed(&self.slot) {
                return Poll::Pending;
            }
        }
        self.place.after = frame.sequence;
        self.slot.delivered(frame.sequence);
        self.streams.count_delivered();
        Poll::Ready(frame.bytes.clone())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.streams.left(&self.slot, self.slot.ending().unwrap_or(Ending::Left));
    }
}
