use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::cluster::Cluster;
use super::contract;

/// Where servers may be gone: an answer that takes longer does not come.
const ANSWERS: Duration = Duration::from_secs(3);

/// Asks over HTTPS; every answer is held against the contract. Clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    bearer: Option<Arc<str>>,
}

/// An answer that the contract allows.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

static CA: LazyLock<Vec<u8>> = LazyLock::new(|| std::fs::read(&Cluster::certificates().ca_file).unwrap());

impl Client {
    /// A client of the server at `address`.
    pub fn new(address: SocketAddr) -> Self {
        Self::built(address, |builder| builder)
    }

    /// A client that speaks HTTP/1.1 only.
    pub fn http1(address: SocketAddr) -> Self {
        Self::built(address, reqwest::ClientBuilder::http1_only)
    }

    /// A client of the server at `url`, whose certificate the authority in `ca` has signed.
    pub fn trusting(ca: &[u8], url: &str) -> Self {
        let ca = reqwest::Certificate::from_pem(ca).unwrap();
        let builder = reqwest::Client::builder().tls_certs_only([ca]).timeout(Duration::from_secs(30));
        Self { http: builder.build().unwrap(), base: url.to_owned(), bearer: None }
    }

    fn built(address: SocketAddr, how: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Self {
        let ca = reqwest::Certificate::from_pem(&CA).unwrap();
        let builder = reqwest::Client::builder().tls_certs_only([ca]).timeout(Duration::from_secs(30));
        // Where an answer sends a browser is for the test to see.
        let builder = builder.redirect(reqwest::redirect::Policy::none());
        Self { http: how(builder).build().unwrap(), base: format!("https://{address}"), bearer: None }
    }

    /// The same client with a bearer credential.
    pub fn with_bearer(&self, token: &str) -> Self {
        Self { bearer: Some(token.into()), ..self.clone() }
    }

    pub fn has_bearer(&self) -> bool {
        self.bearer.is_some()
    }

    /// The same client without a credential.
    pub fn without_bearer(&self) -> Self {
        Self { bearer: None, ..self.clone() }
    }

    /// The same client, asking another server.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { base: format!("https://{address}"), ..self.clone() }
    }

    /// A request to be filled in by hand; send it with [`Client::send`].
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and holds the answer against the contract.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// As [`Client::send`], for when there may be no answer.
    pub async fn try_send(&self, request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let request = request.build()?;
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?;
        let answer = Answer { status, headers, bytes };
        contract::check(&method, &path, status, &answer.headers, &answer.decoded());
        Ok(answer)
    }

    /// Asks, with `body` unless that is null. `None`: there is no answer, or it takes too long.
    pub async fn ask(&self, method: Method, path: &str, body: &Value) -> Option<Answer> {
        let mut request = self.request(method, path);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        tokio::time::timeout(ANSWERS, self.try_send(request)).await.ok()?.ok()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// POST without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send_json(Method::POST, path, body).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send_json(Method::PATCH, path, body).await
    }

    pub async fn send_json(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.send_bytes(method, path, body.to_string()).await
    }

    /// Sends exactly these bytes as `application/json`.
    pub async fn send_bytes(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request(method, path).header("content-type", "application/json").body(body)).await
    }
}

impl Answer {
    /// The body as it was before it was compressed.
    pub fn decoded(&self) -> Bytes {
        let mut plain = Vec::new();
        match self.header("content-encoding").filter(|_| !self.bytes.is_empty()) {
            None => return self.bytes.clone(),
            Some("gzip") => {
                flate2::read::GzDecoder::new(&self.bytes[..]).read_to_end(&mut plain).unwrap();
            }
            Some("zstd") => plain = zstd::decode_all(&self.bytes[..]).unwrap(),
            Some(other) => panic!("coding {other}"),
        }
        plain.into()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The body as JSON, when the status is as expected.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// Asserts a Problem's status and code; returns it.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }

    /// Refused for the first parameter of its query, which the answer names.
    pub fn refused_query(&self, query: &str) {
        let parameter = query.trim_start_matches('?').split('=').next().unwrap();
        let problem = self.refused(400, "invalid_query");
        assert!(problem["detail"].as_str().unwrap().contains(parameter), "{problem} does not name {parameter}");
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}
