//! Operations whose answers are not models but bytes of their own: the generated router cannot send what many share,
//! nor what is made while it is sent. They are answered here, behind the same gate and in front of the router.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::operation::Operation;
use super::{negotiation, reply};
use crate::access::{Principal, RequestContext};
use crate::api::App;
use crate::mesh::events::wire::{Asked as AskedEvents, EventsAnswer, get_node_events};
use crate::mesh::events::{Connection, Stream};
use crate::mesh::snapshot::Coding;
use crate::mesh::snapshot::wire::{Asked, StateAnswer, get_node_state, last_known_state};
use crate::mesh::topology::Document;
use crate::mesh::topology::wire::{self as topology, TopologyAnswer, get_domain_mesh_topology};
use crate::problem::ProblemCode;
use crate::serve::{Activity, ResponseBody};

/// May be kept, and is asked about each time.
const REVALIDATED: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Stale: nobody could be asked.
const STALE: HeaderValue = HeaderValue::from_static("110 - \"Response is Stale\"");

/// The operations of this kind. The router has no other answer to them.
#[derive(Clone, Copy)]
pub enum Streamed {
    /// GetNodeState.
    State,
    /// GetDomainMeshTopology.
    Topology,
    /// GetNodeEvents.
    Events,
}

impl Streamed {
    /// `None`: the router answers it.
    pub const fn of(operation: Operation) -> Option<Self> {
        match operation {
            Operation::GetNodeState => Some(Self::State),
            Operation::GetDomainMeshTopology => Some(Self::Topology),
            Operation::GetNodeEvents => Some(Self::Events),
            _ => None,
        }
    }
}

/// A request that the gate has let in.
pub struct Admitted<'r> {
    pub streamed: Streamed,
    /// The ids that the path names.
    pub ids: &'r [Uuid],
    pub headers: &'r HeaderMap,
    /// As it was sent.
    pub query: Option<&'r str>,
    /// The answer goes without its body.
    pub head: bool,
    /// What it goes out over.
    pub activity: &'r Arc<Activity>,
    /// When its head had come.
    pub asked_at: Instant,
}

impl Admitted<'_> {
    fn asked(&self) -> Asked {
        Asked { coding: negotiation::coding(self.headers), held: negotiation::held_tags(self.headers), head: self.head }
    }
}

/// Answers a request. What is not provided was refused by the gate.
pub async fn answer(request: &Admitted<'_>, app: &App, context: &RequestContext) -> Response<ResponseBody> {
    let mesh = &app.mesh;
    match (request.streamed, request.ids, &mesh.snapshot, &mesh.topology, &mesh.events) {
        (Streamed::State, [id, ..], Some(snapshots), _, events) => {
            // Before it is read: what is in the log by now is in the state.
            let head = events.as_ref().map(|events| events.streams().head());
            let answer = get_node_state(snapshots, *id, &request.asked(), context).await;
            if let (Some(events), Some(head), Principal::Node(node)) = (events, head, context.principal())
                && !request.head
                && !matches!(answer, StateAnswer::Refused(_))
            {
                events.streams().pulled(node.node_id, head);
            }
            state(answer)
        }
        (Streamed::Events, [id, ..], _, _, Some(events)) => {
            let (last_event_id, asked_at) = (last_event_id(request.headers), request.asked_at.into());
            let asked = AskedEvents { last_event_id, head: request.head, asked_at };
            let connection = request.activity.clone();
            follow(get_node_events(events, *id, &asked, connection, context).await)
        }
        (Streamed::State | Streamed::Events, ..) => {
            reply::problem(&context.problem(ProblemCode::SignedEventBusNotProvisioned, ""))
        }
        (Streamed::Topology, [id, ..], _, Some(topologies), _) => {
            let query: Vec<(String, String)> =
                form_urlencoded::parse(request.query.unwrap_or_default().as_bytes()).into_owned().collect();
            let held = negotiation::held_tags(request.headers);
            let asked = topology::Asked { query: &query, held, head: request.head };
            graph(get_domain_mesh_topology(topologies, *id, &asked, context).await)
        }
        (Streamed::Topology, ..) => reply::problem(&context.problem(ProblemCode::MeshTopologyNotProvisioned, "")),
    }
}

/// The answer of last resort while the database is down, to the Node that the path names.
pub async fn last_known(request: &Admitted<'_>, app: &App, context: &RequestContext) -> Option<Response<ResponseBody>> {
    match request.streamed {
        Streamed::State => {
            let (snapshots, id) = (app.mesh.snapshot.as_ref()?, *request.ids.first()?);
            last_known_state(snapshots, id, &request.asked(), context).await.map(state)
        }
        Streamed::Topology | Streamed::Events => None,
    }
}

/// What was sent: empty if nothing was, `None` if it is no text or was sent twice.
fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all("last-event-id").iter();
    match (given.next(), given.next()) {
        (None, _) => Some(""),
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn follow(answer: EventsAnswer) -> Response<ResponseBody> {
    let body = match answer {
        EventsAnswer::Refused(problem) => return reply::problem(&problem),
        EventsAnswer::Stream(Some(stream)) => Followed(stream).boxed(),
        EventsAnswer::Stream(None) => Pieces::none(),
    };
    let mut response = Response::new(body);
    set(&mut response, header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    set(&mut response, header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    set(&mut response, HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// A stream of events as a body: it has no length and ends when the stream does.
struct Followed(Stream);

impl Body for Followed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_next(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl Connection for Activity {
    fn cut(&self) {
        Self::cut(self);
    }
}

fn state(answer: StateAnswer) -> Response<ResponseBody> {
    let (etag, stale, mut response) = match answer {
        StateAnswer::Refused(problem) => return reply::problem(&problem),
        StateAnswer::NotModified { etag, stale } => {
            let mut response = Response::new(Pieces::none());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            (etag, stale, response)
        }
        StateAnswer::State { etag, coding, body, stale } => {
            let mut response = Response::new(body.map_or_else(Pieces::none, Pieces::of));
            set(&mut response, header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if coding != Coding::Identity {
                set(&mut response, header::CONTENT_ENCODING, HeaderValue::from_static(coding.as_str()));
            }
            (etag, stale, response)
        }
    };
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        set(&mut response, header::ETAG, etag);
    }
    set(&mut response, header::VARY, HeaderValue::from_static("Accept-Encoding"));
    set(&mut response, header::CACHE_CONTROL, REVALIDATED);
    if stale {
        set(&mut response, header::WARNING, STALE);
    }
    response
}

fn graph(answer: TopologyAnswer) -> Response<ResponseBody> {
    let (etag, mut response) = match answer {
        TopologyAnswer::Refused(problem) => return reply::problem(&problem),
        TopologyAnswer::NotModified { etag } => {
            let mut response = Response::new(Pieces::none());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            (etag, response)
        }
        TopologyAnswer::Graph { etag, document } => {
            let mut response = Response::new(document.map_or_else(Pieces::none, Written::of));
            set(&mut response, header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            (etag, response)
        }
    };
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        set(&mut response, header::ETAG, etag);
    }
    response
}

fn set(response: &mut Response<ResponseBody>, name: HeaderName, value: HeaderValue) {
    response.headers_mut().insert(name, value);
}

/// A body in pieces that others may share.
struct Pieces {
    left: VecDeque<Bytes>,
    /// `None`: nobody has made it, for HEAD and 304.
    length: Option<u64>,
}

impl Pieces {
    fn of(pieces: Vec<Bytes>) -> ResponseBody {
        let left: VecDeque<Bytes> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        let length = left.iter().map(|piece| piece.len() as u64).sum();
        Self { left, length: Some(length) }.boxed()
    }

    fn none() -> ResponseBody {
        Self { left: VecDeque::new(), length: None }.boxed()
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.left.pop_front();
        if let (Some(piece), Some(length)) = (&piece, &mut self.length) {
            *length = length.saturating_sub(piece.len() as u64);
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// Pieces that are written in a row before others have their turn: a reader as fast as we are would keep the thread.
const IN_A_ROW: usize = 8;

/// A body that is written while it is sent. Nobody asks for more than the connection takes, and whoever goes away
/// drops it.
struct Written {
    document: Document,
    /// Kept for as long as the body is.
    _place: OwnedSemaphorePermit,
    in_a_row: usize,
}

impl Written {
    fn of((document, place): (Document, OwnedSemaphorePermit)) -> ResponseBody {
        Self { document, _place: place, in_a_row: 0 }.boxed()
    }
}

impl Body for Written {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.in_a_row < IN_A_ROW {
            self.in_a_row += 1;
            match self.document.next() {
                Some(piece) if piece.is_empty() => {}
                piece => return Poll::Ready(piece.map(|piece| Ok(Frame::data(piece.into())))),
            }
        }
        self.in_a_row = 0;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
