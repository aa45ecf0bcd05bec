//! Event streams on the wire.

use std::sync::Arc;

use tokio::time::Instant;
use uuid::Uuid;

use super::{Connection, NodeEvents, Opening, Stream, StreamRefusal, last_event_id};
use crate::access::RequestContext;
use crate::ids::NodeId;
use crate::problem::{Problem, ProblemCode};

/// How a stream is asked for.
pub struct Asked<'r> {
    /// The Last-Event-ID; `None`: what was sent is no text, or was sent twice.
    pub last_event_id: Option<&'r str>,
    /// Only what the answer's head would be.
    pub head: bool,
    /// Before this was looked at who asks.
    pub asked_at: Instant,
}

/// The answer to GetNodeEvents.
pub enum EventsAnswer {
    /// The stream; it is not opened for HEAD.
    Stream(Option<Stream>),
    /// A Problem.
    Refused(Problem),
}

/// GET /v1/nodes/{id}/events
pub async fn get_node_events(
    events: &NodeEvents,
    id: Uuid,
    asked: &Asked<'_>,
    connection: Arc<dyn Connection>,
    context: &RequestContext,
) -> EventsAnswer {
    let last_event_id = match asked.last_event_id.map(last_event_id) {
        Some(Ok(last_event_id)) => last_event_id,
        Some(Err(invalid)) => {
            return EventsAnswer::Refused(context.problem(ProblemCode::InvalidLastEventId, invalid.to_string()));
        }
        None => return EventsAnswer::Refused(context.problem(ProblemCode::InvalidLastEventId, "must be one number")),
    };
    let (node_id, principal, now) = (NodeId(id), context.principal(), context.now());
    let opened = async {
        let domain_id = events.find(node_id, principal, now).await?;
        if asked.head {
            return Ok(None);
        }
        let principal = principal.clone();
        let asked_at = asked.asked_at;
        let opening = Opening { node_id, domain_id, principal, last_event_id, connection, now, asked_at };
        events.open(opening).await.map(Some)
    };
    match opened.await {
        Ok(stream) => EventsAnswer::Stream(stream),
        Err(refusal) => EventsAnswer::Refused(refused(&refusal, context)),
    }
}

fn refused(refusal: &StreamRefusal, context: &RequestContext) -> Problem {
    let code = match refusal {
        StreamRefusal::NodeNotFound => ProblemCode::NodeNotFound,
        StreamRefusal::TooMany => ProblemCode::RateLimited,
        StreamRefusal::Draining | StreamRefusal::Log(_) => ProblemCode::EventStreamUnavailable,
        // An agent that is told so comes back; it must not take it for an answer about its Node.
        StreamRefusal::Storage(_) => ProblemCode::DatastoreUnavailable,
    };
    match refusal {
        StreamRefusal::NodeNotFound | StreamRefusal::TooMany => context.problem(code, refusal.to_string()),
        StreamRefusal::Storage(error) | StreamRefusal::Log(error) if !error.is_passing() => {
            tracing::error!(correlation_id = context.correlation_id(), %error, "event stream not opened");
            context.problem(code, "")
        }
        StreamRefusal::Storage(_) | StreamRefusal::Log(_) | StreamRefusal::Draining => {
            tracing::warn!(correlation_id = context.correlation_id(), error = %refusal, "event stream not opened");
            context.problem(code, "")
        }
    }
}
