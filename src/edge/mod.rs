//! The HTTP perimeter. One request goes through [`Edge::answer`], which is the order of checks, once, for every
//! operation: route, ids, provisioned, credential, relation, body, and only then the generated router.

pub mod admission;
mod docs;
mod negotiation;
pub mod operation;
mod places;
mod recording;
mod refusal;
mod reply;
pub mod request_body;
mod routes;
mod streamed;

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::Service as _;

use crate::access::{Principal, RequestContext};
use crate::api::{ApiContext, App};
use crate::audit::{self, Decided, DecisionLog, NotRecorded};
use crate::clock::Clock;
use crate::contract::Contract;
use crate::postgres::Availability;
use crate::problem::ProblemCode;
use crate::serve::{Activity, Handler, ResponseBody};
use crate::telemetry::{Held, Metrics, RequestLabels};

use admission::Gatekeeper;
use operation::{Credential, Operation};
use places::Places;
use recording::Asked;
use refusal::Refusal;
pub use routes::RoutesError;
use routes::{Route, Routes};
use streamed::Streamed;

/// Largest request head: names, values and path. Beyond hyper's own buffer hyper answers itself.
const HEAD_CAP_BYTES: usize = 16 * 1024;
/// What is nearly done when the database is found gone has so long to finish.
const LAST_MOMENT: Duration = Duration::from_millis(100);
/// As much of a path goes into the log: a caller may make it as long as a head.
const LOGGED_PATH: usize = 512;
/// Longest correlation id that is taken over from a caller.
const CORRELATION_ID_LONGEST: usize = 64;

/// Limits of the perimeter.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests worked on at once; more are told to come back.
    pub in_flight: usize,
    /// From the end of a request's head to the end of its body.
    pub body: Duration,
}

/// Everything that stands in front of the operations.
pub struct Edge {
    contract: Arc<Contract>,
    routes: Routes,
    gatekeeper: Gatekeeper,
    app: App,
    operations: plexsphere_api::Service<App, ApiContext>,
    clock: Arc<dyn Clock>,
    availability: Availability,
    decisions: Option<DecisionLog>,
    places: Places,
    limits: Limits,
    metrics: Arc<Metrics>,
}

/// What is known of a request whatever becomes of it.
struct Seen {
    began: Instant,
    correlation_id: String,
    path: String,
    operation: Option<Operation>,
    subject: Option<String>,
    code: Option<ProblemCode>,
    /// What an operator asks for, once it is known that it is one.
    asked: Option<Asked>,
    /// The caller may still be sending: nobody can tell where its next request would begin.
    unread: bool,
}

impl Edge {
    /// Puts the perimeter in front of `app`. What operators are let do or refused goes to `decisions`.
    ///
    /// # Errors
    /// When the contract and this program do not know the same operations.
    #[allow(clippy::too_many_arguments)] // each is a collaborator
    pub fn new(
        contract: Arc<Contract>,
        gatekeeper: Gatekeeper,
        app: App,
        clock: Arc<dyn Clock>,
        availability: Availability,
        decisions: Option<DecisionLog>,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> Result<Self, RoutesError> {
        Ok(Self {
            routes: Routes::new(&contract)?,
            contract,
            gatekeeper,
            operations: plexsphere_api::Service::new(app.clone(), false),
            app,
            clock,
            availability,
            decisions,
            places: Places::new(limits.in_flight),
            limits,
            metrics,
        })
    }

    async fn serve(&self, request: Request<Incoming>, activity: &Arc<Activity>) -> Response<ResponseBody> {
        let began = Instant::now();
        let _counted = Held::in_gauge(&self.metrics.in_flight);
        let (method, version) = (request.method().clone(), request.version());
        let mut seen = Seen {
            began,
            correlation_id: correlation_id(request.headers()),
            path: request.uri().path().to_owned(),
            operation: None,
            subject: None,
            code: None,
            asked: None,
            unread: false,
        };
        let answered = AssertUnwindSafe(self.answer_on_record(request, activity, &mut seen)).catch_unwind().await;
        let mut response = match answered {
            Ok(Ok(response)) => response,
            Ok(Err(refusal)) => {
                seen.code = Some(refusal.code);
                reply::refused(&seen.correlation_id, &seen.path, refusal)
            }
            Err(panic) => {
                let cause = panic
                    .downcast_ref::<&str>()
                    .map(|text| (*text).to_owned())
                    .or_else(|| panic.downcast_ref::<String>().cloned());
                tracing::error!(correlation_id = seen.correlation_id, cause, "a handler panicked");
                seen.code = Some(ProblemCode::Internal);
                reply::refused(&seen.correlation_id, &seen.path, Refusal::new(ProblemCode::Internal, ""))
            }
        };
        reply::finish(&mut response, &seen.correlation_id, version);
        if seen.unread && version < Version::HTTP_2 {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if method == Method::HEAD {
            response = reply::without_body(response);
        }
        self.record(&method, &seen, response.status(), began.elapsed());
        response
    }

    fn record(&self, method: &Method, seen: &Seen, status: StatusCode, latency: Duration) {
        let operation = seen.operation.map_or("none", Operation::id);
        self.metrics.request(&RequestLabels { operation, status: status.as_u16() }, latency);
        tracing::info!(
            target: "plexsphere::access",
            operation,
            method = %method,
            path = seen.path.get(..LOGGED_PATH).unwrap_or(&seen.path),
            status = status.as_u16(),
            code = seen.code.map(ProblemCode::code),
            latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX),
            principal = seen.subject,
            correlation_id = seen.correlation_id,
            "request"
        );
    }

    /// Answers, once the audit log has what an operator was let do or refused: nothing is answered that is not in it. A
    /// change that it made is there already, with the change.
    async fn answer_on_record(
        &self,
        request: Request<Incoming>,
        activity: &Arc<Activity>,
        seen: &mut Seen,
    ) -> Result<Response<ResponseBody>, Refusal> {
        let Some(decisions) = &self.decisions else { return self.answer(request, activity, seen).await };
        let (answered, noted) = audit::noting(self.answer(request, activity, seen)).await;
        let Some(asked) = seen.asked.take() else { return answered };
        let (status, code) = match &answered {
            Ok(response) => (response.status(), seen.code),
            Err(refusal) => (refusal.status(), Some(refusal.code)),
        };
        let Some(outcome) = asked.outcome(status, code.map(ProblemCode::code), noted) else { return answered };
        let decided = Decided {
            at: self.clock.now(),
            action: asked.action(),
            subject: asked.subject,
            object: asked.object,
            about: asked.about,
            decision: outcome.decision,
            reason: outcome.reason,
            correlation_id: seen.correlation_id.clone(),
        };
        match decisions.record(decided).await {
            Ok(()) => answered,
            Err(NotRecorded::Overloaded) => Err(Refusal::new(ProblemCode::Overloaded, "")),
            Err(NotRecorded::Storage(error)) => {
                let correlation_id = &seen.correlation_id;
                if error.is_passing() {
                    tracing::warn!(%correlation_id, %error, "a decision was not recorded; it is not answered");
                    return Err(Refusal::new(ProblemCode::DatastoreUnavailable, ""));
                }
                tracing::error!(%correlation_id, %error, "a decision cannot be recorded; it is not answered");
                Err(Refusal::new(ProblemCode::Internal, ""))
            }
        }
    }

    /// The order of checks.
    async fn answer(
        &self,
        request: Request<Incoming>,
        activity: &Arc<Activity>,
        seen: &mut Seen,
    ) -> Result<Response<ResponseBody>, Refusal> {
        let (parts, body) = request.into_parts();
        let body = request_body::Arriving::new(body, &parts.headers, self.limits.body);
        let admitted = self.admit(&parts, seen).await;
        let (route, principal) = match admitted {
            Ok(Admitted::Operation(route, principal)) => (route, principal),
            Ok(Admitted::Options(allow)) => {
                seen.unread = !body.discard(activity).await;
                return Ok(reply::options(&allow));
            }
            Err(refusal) => {
                seen.unread = !body.discard(activity).await;
                return self.bridged(refusal, &parts, activity, seen).await;
            }
        };
        let operation = route.operation;
        let gate = operation.gate();
        let bytes = match (&gate.body, self.routes.shape(operation)) {
            (Some(rules), Some(shape)) => {
                let bytes = body.take(rules, shape, &parts.headers, activity).await?;
                if let Some(asked) = &mut seen.asked {
                    asked.read(&bytes);
                }
                bytes
            }
            _ => {
                seen.unread = !body.discard(activity).await;
                Bytes::new()
            }
        };
        // Only now: whoever dribbles a body in holds a connection, and nothing that others wait for.
        let place = self.places.take(gate.credential).ok_or_else(|| Refusal::new(ProblemCode::Overloaded, ""))?;
        if let Some(page) = docs::answer(operation, &self.contract) {
            return Ok(page);
        }
        let context = RequestContext::new(seen.correlation_id.clone(), seen.path.clone(), self.clock.now(), principal);
        if parts.method == Method::HEAD {
            context.keep_head();
        }
        // The one answer that is sealed under the caller's own key; nothing else gets to see a key.
        if let (Operation::GetPeerPsk, Some(key)) = (operation, admission::presented_nsk(&parts.headers)) {
            context.keep_nsk(key);
        }
        if let (Operation::GetAuthCallback, Some(cookie)) = (operation, admission::sign_in_cookie(&parts.headers)) {
            context.keep_sign_in_cookie(cookie);
        }
        let asked_at = seen.began;
        let dispatched = std::pin::pin!(async {
            let Some(streamed) = Streamed::of(operation) else {
                return self.dispatch(&parts, bytes, context.clone()).await;
            };
            let ids = route.ids(gate.path_ids).map_err(|_| Unread(None))?;
            let head = parts.method == Method::HEAD;
            let (headers, query) = (&parts.headers, parts.uri.query());
            let request = streamed::Admitted { streamed, ids: &ids, headers, query, head, activity, asked_at };
            Ok(streamed::answer(&request, &self.app, &context).await)
        });
        let response = if gate.not_provisioned.is_some() {
            match self.unless_gone(dispatched).await {
                Some(response) if context.answered() != Some(ProblemCode::DatastoreUnavailable) => response,
                refused => {
                    drop(place);
                    let refusal = Refusal::new(ProblemCode::DatastoreUnavailable, "");
                    match self.bridged(refusal, &parts, activity, seen).await {
                        Ok(bridged) => return Ok(bridged),
                        Err(refusal) => refused.ok_or(refusal)?,
                    }
                }
            }
        } else {
            dispatched.await
        };
        seen.code = context.answered();
        match response {
            Ok(mut response) => {
                reply::set_cookies(&mut response, context.take_cookies());
                Ok(response)
            }
            // The generated router could not read what the gate let through: a value that is well formed JSON
            // and not what its type needs.
            Err(Unread(what)) => Err(match gate.body {
                Some(rules) => Refusal::new(rules.malformed, "a member of the body cannot be read"),
                None => {
                    let what = what.unwrap_or_else(|| "a parameter of the query cannot be read".to_owned());
                    Refusal::new(ProblemCode::InvalidQuery, what)
                }
            }),
        }
    }

    /// What is served instead of `refusal` while the database is down: to a Node that was known before, its last
    /// state. This is the one answer that rests on a key which may have been revoked since.
    async fn bridged(
        &self,
        refusal: Refusal,
        parts: &http::request::Parts,
        activity: &Arc<Activity>,
        seen: &mut Seen,
    ) -> Result<Response<ResponseBody>, Refusal> {
        let Some((operation, streamed)) =
            seen.operation.and_then(|operation| Some((operation, Streamed::of(operation)?)))
        else {
            return Err(refusal);
        };
        if refusal.code != ProblemCode::DatastoreUnavailable || self.availability.answers() {
            return Err(refusal);
        }
        let (gate, now) = (operation.gate(), self.clock.now());
        let Route::Found(route) = self.routes.find(&Method::GET, parts.uri.path()) else { return Err(refusal) };
        let Ok(ids) = route.ids(gate.path_ids) else { return Err(refusal) };
        let Some(_place) = self.places.take(operation.gate().credential) else { return Err(refusal) };
        let Some(node) = self.gatekeeper.recall(&gate, &parts.headers, &ids, now) else { return Err(refusal) };
        let principal = Principal::Node(node);
        seen.subject = Some(principal.subject());
        let context = RequestContext::new(seen.correlation_id.clone(), seen.path.clone(), now, principal);
        let head = parts.method == Method::HEAD;
        let (headers, query) = (&parts.headers, parts.uri.query());
        let asked_at = seen.began;
        let request = streamed::Admitted { streamed, ids: &ids, headers, query, head, activity, asked_at };
        let last_known = streamed::last_known(&request, &self.app, &context).await;
        seen.code = context.answered();
        last_known.ok_or(refusal)
    }

    /// Does `work` unless the database goes away under it. An open transaction then rolls back; of a commit that was
    /// under way nobody can know, so what may still come in a moment is waited for.
    async fn unless_gone<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        tokio::select! {
            biased;
            done = &mut work => Some(done),
            () = self.availability.gone() => tokio::time::timeout(LAST_MOMENT, work).await.ok(),
        }
    }

    /// Steps 1 to 5: everything that is decided without a byte of the body.
    async fn admit(&self, parts: &http::request::Parts, seen: &mut Seen) -> Result<Admitted, Refusal> {
        if head_bytes(parts) > HEAD_CAP_BYTES {
            return Err(Refusal::new(ProblemCode::RequestHeadersTooLarge, "the request's head is over 16 KiB"));
        }
        let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        let route = match self.routes.find(method, parts.uri.path()) {
            Route::Found(route) => route,
            Route::OtherMethods(allow) if parts.method == Method::OPTIONS => return Ok(Admitted::Options(allow)),
            Route::OtherMethods(allow) => {
                return Err(
                    Refusal::new(ProblemCode::MethodNotAllowed, format!("this path takes {allow}")).allowing(allow)
                );
            }
            Route::Unknown => return Err(Refusal::new(ProblemCode::RouteNotFound, "no operation has this path")),
        };
        let operation = route.operation;
        seen.operation = Some(operation);
        let gate = operation.gate();
        let ids = route.ids(gate.path_ids)?;
        route.numbered(gate.path_number)?;
        if let (Some(code), false) = (gate.not_provisioned, self.app.provisions(operation)) {
            return Err(Refusal::new(code, ""));
        }
        if gate.credential == Credential::None || gate.credential == Credential::BootstrapToken {
            return Ok(Admitted::Operation(route, Principal::Nobody));
        }
        let named = ids.clone();
        let admitted = tokio::select! {
            biased;
            admitted = self.gatekeeper.admit(&gate, parts, ids, self.clock.now(), &seen.correlation_id, &mut seen.subject) => admitted,
            () = self.availability.gone() => Err(Refusal::new(ProblemCode::DatastoreUnavailable, "")),
        };
        seen.asked = seen.subject.as_deref().and_then(|who| Asked::of(operation, who, &named, parts.uri.query()));
        Ok(Admitted::Operation(route, admitted?))
    }

    /// Hands the request to the generated router.
    async fn dispatch(
        &self,
        parts: &http::request::Parts,
        body: Bytes,
        context: RequestContext,
    ) -> Result<Response<ResponseBody>, Unread> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
        *request.uri_mut() = parts.uri.clone();
        for name in [header::IF_MATCH, header::IF_NONE_MATCH, header::ACCEPT_ENCODING] {
            if let Some(value) = parts.headers.get(&name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        if let Some(value) = parts.headers.get("last-event-id") {
            request.headers_mut().insert("last-event-id", value.clone());
        }
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self.operations.call((request, ApiContext::new(context.clone()))).await {
            Ok(response) if reply::is_generated_failure(&response) => {
                if response.status().is_server_error() {
                    tracing::error!(correlation_id = context.correlation_id(), "the generated router failed");
                    let problem = context.problem(ProblemCode::Internal, "");
                    return Ok(reply::problem(&problem));
                }
                Err(Unread(reply::unread_parameter(response).await))
            }
            Ok(response) => Ok(response),
            Err(error) => {
                tracing::error!(correlation_id = context.correlation_id(), %error, "the generated router failed");
                Ok(reply::problem(&context.problem(ProblemCode::Internal, "")))
            }
        }
    }
}

/// The generated router could not read a request; what of it, as far as it tells.
struct Unread(Option<String>);

enum Admitted {
    Operation(routes::Matched, Principal),
    Options(String),
}

impl Handler for Edge {
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        activity: Arc<Activity>,
    ) -> BoxFuture<'static, Response<ResponseBody>> {
        Box::pin(async move { self.serve(request, &activity).await })
    }
}

fn head_bytes(parts: &http::request::Parts) -> usize {
    let fields: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    fields + parts.uri.path_and_query().map_or(0, |target| target.as_str().len()) + parts.method.as_str().len()
}

fn correlation_id(headers: &HeaderMap) -> String {
    let given = headers.get("x-correlation-id").and_then(|value| value.to_str().ok());
    let well_formed = |id: &&str| {
        (1..=CORRELATION_ID_LONGEST).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    given.filter(well_formed).map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned)
}

/// An empty body.
pub fn empty() -> ResponseBody {
    Full::new(Bytes::new()).boxed()
}
