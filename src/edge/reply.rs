//! Answers: Problems, and what every response carries.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, Version, header};
use http_body::Body as _;
use http_body_util::{BodyExt, Full};

use super::refusal::Refusal;
use crate::access::context::denied;
use crate::problem::Problem;
use crate::serve::ResponseBody;

const API_VERSION: HeaderName = HeaderName::from_static("x-plexsphere-api-version");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const GENERATED_SPAN: HeaderName = HeaderName::from_static("x-span-id");
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
/// Seconds after which a caller that met a passing fault may come back.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// A response with `problem` as its body.
pub fn problem(problem: &Problem) -> Response<ResponseBody> {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)).boxed());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
    response
}

/// The response to a request that the edge refuses.
pub fn refused(correlation_id: &str, path: &str, refusal: Refusal) -> Response<ResponseBody> {
    let mut described = Problem::new(refusal.code, refusal.detail, path, correlation_id);
    if let Some(reason) = refusal.denied {
        described = denied(described, reason);
    }
    let mut response = problem(&described);
    let headers = response.headers_mut();
    if let Some(allow) = refusal.allow.and_then(|allow| HeaderValue::from_str(&allow).ok()) {
        headers.insert(header::ALLOW, allow);
    }
    if refusal.close {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The answer to OPTIONS.
pub fn options(allow: &str) -> Response<ResponseBody> {
    let mut response = Response::new(super::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// Sends cookies along, each in a header of its own.
pub fn set_cookies(response: &mut Response<ResponseBody>, cookies: Vec<String>) {
    for cookie in cookies {
        if let Ok(mut value) = HeaderValue::from_str(&cookie) {
            value.set_sensitive(true);
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

/// Whether the generated router answered in its own words, which are not the contract's.
pub fn is_generated_failure(response: &Response<ResponseBody>) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && response.headers().get(header::CONTENT_TYPE) != Some(&PROBLEM_JSON)
}

/// Which parameter of the query the generated router means by such an answer, and what is wrong with it.
pub async fn unread_parameter(failure: Response<ResponseBody>) -> Option<String> {
    let Ok(words) = failure.into_body().collect().await;
    let words = String::from_utf8(words.to_bytes().into()).ok()?;
    let name = words.split_once("query parameter ")?.1.split_whitespace().next()?;
    Some(if words.starts_with("Missing") { format!("{name} is missing") } else { format!("{name} cannot be read") })
}

/// What every response carries.
pub fn finish(response: &mut Response<ResponseBody>, correlation_id: &str, version: Version) {
    let status = response.status();
    let headers = response.headers_mut();
    headers.remove(GENERATED_SPAN);
    if version >= Version::HTTP_2 {
        // Not a header of HTTP/2, whose streams end without the connection.
        headers.remove(header::CONNECTION);
    }
    headers.insert(API_VERSION, HeaderValue::from_static("v1"));
    if let Ok(id) = HeaderValue::from_str(correlation_id) {
        headers.insert(CORRELATION_ID, id);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
    }
}

/// The answer to HEAD: status and headers, among them the length that the body would have had.
pub fn without_body(mut response: Response<ResponseBody>) -> Response<ResponseBody> {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    response.map(|_| super::empty())
}
