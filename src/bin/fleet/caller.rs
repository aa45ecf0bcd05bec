//! One call of an operation: sent, measured, counted, and held against the contract.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST, IF_NONE_MATCH, USER_AGENT};
use http::{HeaderName, HeaderValue, Request};
use http_body_util::Full;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use crate::connection::{Answer, Connection, Endpoint, TransportError};
use crate::contract_check::{self, Fault, Operation, Refusal, Rules};
use crate::stats::Stats;

const X_CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("plexsphere-fleet/", env!("CARGO_PKG_VERSION")));

/// Why a call has no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An error.
    #[error("{} {}: {}", .0.status, .0.code, .0.detail)]
    Refused(Refusal),
    /// A success whose body is not what the contract says; counted as a violation.
    #[error("the answer is not what the contract says: {}", .0.detail)]
    Unusable(Fault),
    /// The request could not be written down.
    #[error("the request cannot be built: {0}")]
    Request(#[from] http::Error),
}

impl CallError {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Refused(refusal) => refusal.is_transient(),
            Self::Unusable(_) | Self::Request(_) => false,
        }
    }

    /// How long the server wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }

    /// The id under which the server logged the refusal, if it is one.
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.correlation_id),
            _ => None,
        }
    }

    /// The problem code, if there is one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            _ => None,
        }
    }
}

/// A request.
pub struct Call<'a> {
    /// What to call.
    pub operation: Operation,
    /// What fills the parameters of its path.
    pub ids: &'a [&'a str],
    /// The query, without the question mark.
    pub query: Option<&'a str>,
    /// The `Authorization` header.
    pub bearer: Option<&'a HeaderValue>,
    /// The body, JSON.
    pub body: Option<Bytes>,
    /// The `If-None-Match` header.
    pub held: Option<&'a HeaderValue>,
    /// The `Accept-Encoding` header.
    pub coding: Option<&'static str>,
    /// When it was to be sent, where that is not now: the latency counts from there.
    pub intended: Option<Instant>,
}

impl<'a> Call<'a> {
    /// A call of `operation` with nothing in it.
    pub fn new(operation: Operation) -> Self {
        Self { operation, ids: &[], query: None, bearer: None, body: None, held: None, coding: None, intended: None }
    }

    /// With what fills the parameters of the path.
    pub fn ids(self, ids: &'a [&'a str]) -> Self {
        Self { ids, ..self }
    }

    /// With the credential in it.
    pub fn bearer(self, bearer: &'a HeaderValue) -> Self {
        Self { bearer: Some(bearer), ..self }
    }

    /// With the content coding that the answer may have.
    pub fn coding(self, coding: &'static str) -> Self {
        Self { coding: Some(coding), ..self }
    }

    /// With a JSON body.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: Some(body.into()), ..self }
    }
}

/// Makes calls; shared by all agents.
pub struct Caller {
    endpoint: Arc<Endpoint>,
    rules: Rules,
    stats: Arc<Stats>,
    host: HeaderValue,
    run: String,
    calls: AtomicU64,
}

/// A success: what the body says and the id under which the server logged the request.
pub struct Said<T> {
    /// The body.
    pub body: T,
    /// The correlation id.
    pub correlation_id: String,
}

impl Caller {
    /// Calls `endpoint`; `run` tells the requests of this run from those of others in the server's log.
    ///
    /// # Errors
    /// [`http::Error`] when the server's name cannot be a header.
    pub fn new(endpoint: Arc<Endpoint>, rules: Rules, stats: Arc<Stats>, run: String) -> Result<Self, http::Error> {
        let host = HeaderValue::from_str(endpoint.authority())?;
        Ok(Self { endpoint, rules, stats, host, run, calls: AtomicU64::new(0) })
    }

    /// A new connection to the server, not yet open.
    pub fn connection(&self) -> Connection {
        Connection::new(Arc::clone(&self.endpoint))
    }

    /// What is counted.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Counts a broken rule.
    pub fn violation(&self, operation: Operation, rule: &'static str, detail: String, correlation_id: &str) {
        self.stats.violation(operation, rule, detail, correlation_id);
    }

    /// Calls an operation whose success has a JSON body.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call<T: DeserializeOwned>(
        &self,
        connection: &mut Connection,
        call: Call<'_>,
    ) -> Result<Said<T>, CallError> {
        let operation = call.operation;
        let Said { body: answer, correlation_id } = self.exchange(connection, call, None).await?;
        match contract_check::body(&answer.body) {
            Ok(body) => Ok(Said { body, correlation_id }),
            Err(fault) => {
                self.violation(operation, fault.rule, fault.detail.clone(), &correlation_id);
                Err(CallError::Unusable(fault))
            }
        }
    }

    /// Calls an operation whose success has no body; the contract check sees to that.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_for_nothing(&self, connection: &mut Connection, call: Call<'_>) -> Result<(), CallError> {
        self.exchange(connection, call, None).await.map(drop)
    }

    /// Calls an operation whose success is looked at as it came.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn call_for_answer(
        &self,
        connection: &mut Connection,
        call: Call<'_>,
    ) -> Result<Said<Answer>, CallError> {
        self.exchange(connection, call, None).await
    }

    /// Calls an operation whose success may be larger than memory: its body goes to `sink` as it comes, and the answer
    /// has none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn stream(
        &self,
        connection: &mut Connection,
        call: Call<'_>,
        sink: &mpsc::Sender<Bytes>,
    ) -> Result<Said<Answer>, CallError> {
        self.exchange(connection, call, Some(sink)).await
    }

    async fn exchange(
        &self,
        connection: &mut Connection,
        call: Call<'_>,
        sink: Option<&mpsc::Sender<Bytes>>,
    ) -> Result<Said<Answer>, CallError> {
        let (operation, intended) = (call.operation, call.intended);
        let correlation_id = format!("{}-{:x}", self.run, self.calls.fetch_add(1, Ordering::Relaxed));
        let (path, request) = self.request(call, &correlation_id)?;
        let failed = |error: TransportError| {
            self.stats.error(operation, 0, error.code());
            CallError::Transport(error)
        };
        if let Some(took) = connection.ensure_open().await.map_err(failed)? {
            self.stats.connect(took);
        }
        let sent = intended.unwrap_or_else(Instant::now);
        let answer = match sink {
            None => connection.send(request).await,
            Some(sink) => connection.stream(request, sink).await,
        };
        let answer = answer.map_err(failed)?;
        let latency = sent.elapsed();
        self.judge(operation, &path, &correlation_id, &answer)?;
        self.stats.success(operation, latency);
        Ok(Said { body: answer, correlation_id })
    }

    fn request(&self, call: Call<'_>, correlation_id: &str) -> Result<(String, Request<Full<Bytes>>), http::Error> {
        let (method, path) = self.rules.request_line(call.operation, call.ids);
        let builder = Request::builder().method(method);
        let builder = match call.query {
            Some(query) => builder.uri(format!("{path}?{query}")),
            None => builder.uri(path.as_str()),
        };
        let mut request = builder.body(Full::new(call.body.clone().unwrap_or_default()))?;
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(USER_AGENT, AGENT);
        headers.insert(X_CORRELATION_ID, HeaderValue::from_str(correlation_id)?);
        if let Some(bearer) = call.bearer {
            headers.insert(AUTHORIZATION, bearer.clone());
        }
        if call.body.is_some() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        if let Some(held) = call.held {
            headers.insert(IF_NONE_MATCH, held.clone());
        }
        if let Some(coding) = call.coding {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(coding));
        }
        Ok((path, request))
    }

    fn judge(&self, operation: Operation, path: &str, correlation_id: &str, answer: &Answer) -> Result<(), CallError> {
        let checked = self.rules.check(operation, path, correlation_id, answer);
        for fault in checked.faults {
            self.violation(operation, fault.rule, fault.detail, correlation_id);
        }
        let Some(refusal) = checked.refusal else { return Ok(()) };
        self.stats.error(operation, refusal.status, &refusal.code);
        Err(CallError::Refused(refusal))
    }
}
