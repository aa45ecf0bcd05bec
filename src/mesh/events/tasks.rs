//! What is done for all streams together: no stream has a timer or a task of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::slot::{Ending, Millis};
use super::streams::{KEEP_ALIVE, Streams};
use crate::access::Permission;
use crate::access::standing::Admitted;
use crate::background::Task;
use crate::event_log::Newest;
use crate::ids::NodeId;
use crate::postgres::StorageError;
use crate::signing::Scope;

/// Time between two rounds of the ticker: how exact keep-alives and deadlines are.
const TICK: Duration = Duration::from_millis(500);
/// A keep-alive that becomes due within this goes out now: it is then as often early as late.
const EARLY: Millis = 250;
/// A stream that was told to go and has not is cut off after this: its reader takes nothing.
const GOODBYE: Millis = 1000;
/// A connection ends by itself when its peer takes nothing. Streams that do not fill theirs end so much later.
const CONNECTION_FIRST: Millis = 1000;
/// Time between two looks at all credentials. With the look itself it stays under the five seconds.
const WATCH: Duration = Duration::from_millis(1500);
/// Time between two writes of marks. They tell a Node whether it has missed something an interval ago or more, which
/// is 10 s at least.
const MARK: Duration = Duration::from_secs(4);
/// Marks in one statement.
const MARKS_AT_ONCE: usize = 1000;
/// Scopes in one statement.
const SCOPES_AT_ONCE: usize = 1000;

/// Keep-alives, the ends of credentials, and readers that do not read.
pub struct Ticker(pub Arc<Streams>);

#[async_trait]
impl Task for Ticker {
    fn name(&self) -> &'static str {
        "stream_ticker"
    }

    fn interval(&self) -> Duration {
        TICK
    }

    async fn step(&self) -> Result<(), StorageError> {
        let streams = &*self.0;
        let (now, wall, stall) = (streams.now(), streams.wall(), streams.stall());
        let wall_millis = wall.timestamp_millis() + EARLY.cast_signed();
        streams.registry().each(|slot| {
            if slot.ending().is_some() {
                if slot.ended_for(now) > GOODBYE {
                    slot.cut();
                }
            } else if slot.has_expired(wall) {
                slot.end(Ending::Expired, now);
            } else if slot.stalled_for(now) > stall + CONNECTION_FIRST {
                slot.end(Ending::Slow, now);
                slot.cut();
            } else if slot.is_due(KEEP_ALIVE, now + EARLY, wall_millis) {
                slot.keep_alive(now);
            }
        });
        Ok(())
    }
}

/// Whose streams are looked at. Each are asked about by themselves: what holds up or fails the answers about operators,
/// whose relations may be kept elsewhere, holds up no Node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenedBy {
    /// The Node itself.
    Nodes,
    /// An operator.
    Operators,
}

/// Asks for many streams at once whether what opened them still holds.
pub struct Watch(pub Arc<Streams>, pub OpenedBy);

#[async_trait]
impl Task for Watch {
    fn name(&self) -> &'static str {
        match self.1 {
            OpenedBy::Nodes => "stream_watch",
            OpenedBy::Operators => "operator_stream_watch",
        }
    }

    fn interval(&self) -> Duration {
        WATCH
    }

    /// Agents are served as well as ever while nothing is known of operators.
    fn is_vital(&self) -> bool {
        self.1 == OpenedBy::Nodes
    }

    async fn step(&self) -> Result<(), StorageError> {
        let streams = &*self.0;
        // What is read is true as of now or later.
        let began = streams.now();
        let mut slots = streams.registry().all();
        slots.retain(|slot| slot.is_own() == (self.1 == OpenedBy::Nodes));
        let admitted: Vec<Admitted<'_>> = slots
            .iter()
            .map(|slot| Admitted {
                principal: &slot.principal,
                permission: Permission::NodeAgent,
                node_id: slot.node_id.0,
            })
            .collect();
        let found = streams.standing().ask(&admitted, streams.wall()).await;
        for place in found.fallen {
            if let Some(slot) = slots.get(place) {
                slot.end(Ending::Fallen, streams.now());
            }
        }
        match found.undecided {
            Some(error) => Err(error),
            None => {
                streams.confirm(&slots, began);
                Ok(())
            }
        }
    }
}

/// Writes how far each Node has come, and looks up what heartbeats have asked for.
pub struct Marking(pub Arc<Streams>);

#[async_trait]
impl Task for Marking {
    fn name(&self) -> &'static str {
        "stream_marks"
    }

    fn interval(&self) -> Duration {
        MARK
    }

    /// A mark that is written late makes an agent pull once more, at most.
    fn is_vital(&self) -> bool {
        false
    }

    async fn step(&self) -> Result<(), StorageError> {
        let written = self.write().await;
        self.look_up().await?;
        written
    }
}

impl Marking {
    async fn write(&self) -> Result<(), StorageError> {
        let (streams, marks) = (&*self.0, self.0.marks());
        // First, so that what is of another log by now is not taken for this one's.
        let generation = streams.tail().here().generation;
        let now = streams.now();
        let mut spans = Vec::new();
        streams.registry().each(|slot| {
            if !slot.is_late(now) {
                spans.extend(slot.take_unmarked().map(|span| (slot.node_id, span)));
            }
        });
        spans.into_iter().for_each(|(node_id, (span, generation))| marks.delivered(node_id, span, generation));
        // What is not written, because this fails or because nobody waits for it any more, is written next time.
        let mut taken = marks.take(generation);
        loop {
            let batch = taken.batch(MARKS_AT_ONCE);
            if batch.is_empty() {
                return Ok(());
            }
            let joined = streams.store().write_marks(&batch).await?;
            taken.written(batch.len(), &joined);
        }
    }

    async fn look_up(&self) -> Result<(), StorageError> {
        let (streams, reconcile) = (&*self.0, self.0.reconcile());
        let wanted = reconcile.take_wanted();
        if !wanted.domains.is_empty() {
            let domains: Vec<_> = wanted.domains.into_iter().collect();
            let intervals: HashMap<_, _> = streams.store().intervals(&domains).await?.into_iter().collect();
            reconcile.intervals_are(intervals);
        }
        let scopes: Vec<Scope> = wanted.scopes.into_iter().collect();
        for batch in scopes.chunks(SCOPES_AT_ONCE) {
            // Before they are looked up: what comes meanwhile the tail knows.
            let Newest::NoneSince(until) = streams.tail().newest(&[]) else { continue };
            let found = streams.tail().log().newest(batch).await?;
            let last = found.into_iter().map(|last| last.map(|(number, at)| (number, at.timestamp_millis())));
            reconcile.last_are(until, batch.iter().copied().zip(last));
        }
        Ok(())
    }
}

/// Nodes whose span joined what was marked.
pub type Joined = std::collections::HashSet<NodeId>;
