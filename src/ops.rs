//! What the operations listener answers: `/livez`, `/readyz`, `/metrics`. Nothing here waits for anything, so that it
//! answers also when all else is stuck.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{BoxFuture, ready};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::serve::{Activity, Handler, ResponseBody};
use crate::telemetry::Metrics;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");

/// Something that should be well on a server that is sent requests.
pub trait ReadinessCheck: Send + Sync {
    /// Names it in the answer.
    fn name(&self) -> &'static str;

    /// Whether nothing should be sent here while it is wrong. Else it is only told.
    fn is_vital(&self) -> bool {
        true
    }

    /// Answers from memory, at once.
    ///
    /// # Errors
    /// What is wrong, for an operator to read.
    fn check(&self) -> Result<(), String>;
}

/// Handler of the operations listener.
pub struct Ops {
    checks: Vec<Box<dyn ReadinessCheck>>,
    draining: watch::Receiver<bool>,
    metrics: Arc<Metrics>,
}

impl Ops {
    /// Ready while all `checks` pass and the server is not `draining`. For load balancers to notice a drain, this
    /// listener has to outlive the one that drains.
    pub fn new(checks: Vec<Box<dyn ReadinessCheck>>, draining: watch::Receiver<bool>, metrics: Arc<Metrics>) -> Self {
        Self { checks, draining, metrics }
    }

    /// The metrics, those that come from the checks among them.
    fn measure(&self) -> String {
        for check in &self.checks {
            // What is wrong is told by the readiness page; here the check only sets its gauge.
            let _told = check.check();
        }
        self.metrics.encode()
    }

    fn answer(&self, method: &Method, path: &str) -> Response<ResponseBody> {
        let answer: fn(&Self) -> (StatusCode, &'static str, String) = match path {
            "/livez" => |_| (StatusCode::OK, TEXT, "ok\n".to_owned()),
            "/readyz" => Self::readiness,
            "/metrics" => |ops| (StatusCode::OK, OPEN_METRICS, ops.measure()),
            _ => return response(method, StatusCode::NOT_FOUND, TEXT, "not found\n".to_owned()),
        };
        if method != Method::GET && method != Method::HEAD {
            let mut refused = response(method, StatusCode::METHOD_NOT_ALLOWED, TEXT, "method not allowed\n".to_owned());
            refused.headers_mut().insert(header::ALLOW, METHODS);
            return refused;
        }
        let (status, content_type, body) = answer(self);
        response(method, status, content_type, body)
    }

    fn readiness(&self) -> (StatusCode, &'static str, String) {
        let draining = if *self.draining.borrow() { Err("the server is stopping".to_owned()) } else { Ok(()) };
        let checked = self.checks.iter().map(|check| (check.name(), check.is_vital(), check.check()));
        let mut ready = true;
        let mut checks = Map::new();
        for (name, vital, outcome) in std::iter::once(("serving", true, draining)).chain(checked) {
            let told = match outcome {
                Ok(()) => json!({ "ok": true }),
                Err(detail) => {
                    ready &= !vital;
                    json!({ "ok": false, "detail": detail })
                }
            };
            checks.insert(name.to_owned(), told);
        }
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = json!({ "ready": ready, "checks": Value::Object(checks) });
        (status, JSON, format!("{body}\n"))
    }
}

impl Handler for Ops {
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        _: Arc<Activity>,
    ) -> BoxFuture<'static, Response<ResponseBody>> {
        let answer = self.answer(request.method(), request.uri().path());
        Box::pin(ready(answer))
    }
}

fn response(method: &Method, status: StatusCode, content_type: &'static str, body: String) -> Response<ResponseBody> {
    let length = HeaderValue::from(body.len());
    let body = if method == Method::HEAD { Bytes::new() } else { Bytes::from(body) };
    let mut response = Response::new(Full::new(body).boxed());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, length);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Database(Arc<AtomicBool>);

    impl ReadinessCheck for Database {
        fn name(&self) -> &'static str {
            "database"
        }

        fn check(&self) -> Result<(), String> {
            if self.0.load(Ordering::Relaxed) { Ok(()) } else { Err("it does not answer".into()) }
        }
    }

    struct Fixture {
        ops: Ops,
        database: Arc<AtomicBool>,
        drain: watch::Sender<bool>,
    }

    fn fixture() -> Fixture {
        let database = Arc::new(AtomicBool::new(true));
        let (drain, draining) = watch::channel(false);
        let ops = Ops::new(vec![Box::new(Database(database.clone()))], draining, Arc::new(Metrics::new()));
        Fixture { ops, database, drain }
    }

    fn get(ops: &Ops, path: &str) -> (StatusCode, String, String) {
        let response = ops.answer(&Method::GET, path);
        let status = response.status();
        let content_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = response.into_body().collect().now_or_never().unwrap().unwrap().to_bytes();
        (status, content_type, String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn readiness_follows_the_checks_and_liveness_does_not() {
        let Fixture { ops, database, drain } = fixture();
        let (status, content_type, body) = get(&ops, "/readyz");
        assert_eq!((status, content_type.as_str()), (StatusCode::OK, JSON));
        assert_eq!(body, "{\"ready\":true,\"checks\":{\"serving\":{\"ok\":true},\"database\":{\"ok\":true}}}\n");
        database.store(false, Ordering::Relaxed);
        let (status, _, body) = get(&ops, "/readyz");
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("\"database\":{\"ok\":false,\"detail\":\"it does not answer\"}"), "{body}");
        assert_eq!(get(&ops, "/livez"), (StatusCode::OK, TEXT.into(), "ok\n".into()));
        database.store(true, Ordering::Relaxed);
        assert_eq!(get(&ops, "/readyz").0, StatusCode::OK);
        drain.send_replace(true);
        assert_eq!(get(&ops, "/readyz").0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get(&ops, "/livez").0, StatusCode::OK);
    }

    #[test]
    fn metrics_are_open_metrics() {
        let (status, content_type, body) = get(&fixture().ops, "/metrics");
        assert_eq!((status, content_type.as_str()), (StatusCode::OK, OPEN_METRICS));
        assert!(body.ends_with("# EOF\n"));
    }

    #[test]
    fn head_is_get_without_the_body() {
        let head = fixture().ops.answer(&Method::HEAD, "/livez");
        assert_eq!((head.status(), &head.headers()[header::CONTENT_LENGTH]), (StatusCode::OK, &HeaderValue::from(3)));
        assert!(head.into_body().collect().now_or_never().unwrap().unwrap().to_bytes().is_empty());
    }

    #[test]
    fn other_paths_and_methods_are_refused() {
        let ops = fixture().ops;
        assert_eq!(get(&ops, "/v1/health").0, StatusCode::NOT_FOUND);
        assert_eq!(ops.answer(&Method::POST, "/elsewhere").status(), StatusCode::NOT_FOUND);
        let refused = ops.answer(&Method::POST, "/metrics");
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers()[header::ALLOW], "GET, HEAD");
    }

    struct Told;

    impl ReadinessCheck for Told {
        fn name(&self) -> &'static str {
            "told"
        }

        fn is_vital(&self) -> bool {
            false
        }

        fn check(&self) -> Result<(), String> {
            Err("it is wrong".into())
        }
    }

    #[test]
    fn what_is_wrong_and_not_vital_is_told_by_a_server_that_is_ready() {
        let (_drain, draining) = watch::channel(false);
        let ops = Ops::new(vec![Box::new(Told)], draining, Arc::new(Metrics::new()));
        let (status, _, body) = get(&ops, "/readyz");
        assert_eq!(status, StatusCode::OK);
        let told = "{\"ready\":true,\"checks\":{\"serving\":{\"ok\":true},\"told\":{\"ok\":false,\"detail\":\"it is wrong\"}}}\n";
        assert_eq!(body, told);
    }
}
