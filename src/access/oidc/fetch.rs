//! The way to an issuer: HTTPS, no redirects, an end to how long and how much.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use oauth2::{HttpRequest, HttpResponse};
use reqwest::{Certificate, Client, Request, redirect};

/// Whoever waits for an issuer is a person, or a request that holds a slot.
const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Most bytes of an answer. Sets of keys are the largest, at a few kilobytes.
const MOST_BYTES: usize = 512 * 1024;

/// An issuer did not give what it was asked for. Never holds a secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);

/// Fetches from issuers.
pub struct Fetcher {
    authorities: Vec<Certificate>,
    /// Made when first needed: most installations have no issuer, and reading the system's authorities takes a while.
    client: OnceLock<Client>,
}

impl Fetcher {
    /// Trusts the authorities of the system, and those in `ca_file`.
    ///
    /// # Errors
    /// [`FetchError`]: the file cannot be used.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, FetchError> {
        let authorities = ca_file.map(|path| {
            let unusable = |error: String| FetchError(format!("oidc_ca_file {}: {error}", path.display()));
            let text = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
            Certificate::from_pem_bundle(&text).map_err(|error| unusable(error.to_string()))
        });
        Ok(Self { authorities: authorities.transpose()?.unwrap_or_default(), client: OnceLock::new() })
    }

    fn client(&self) -> Result<&Client, FetchError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let native = rustls_native_certs::load_native_certs().certs;
        let native = native.iter().filter_map(|der| Certificate::from_der(der).ok());
        let client = Client::builder()
            .tls_certs_only(native.chain(self.authorities.iter().cloned()))
            .https_only(true)
            // An issuer must not send us elsewhere, and neither must a variable of the environment.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| FetchError(error.to_string()))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// The body of `url`, when it is there.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let request = self.client()?.get(url).build().map_err(told)?;
        let (status, body) = self.send(request).await?;
        if status != 200 {
            return Err(FetchError(format!("{url} answered {status}")));
        }
        Ok(body)
    }

    /// Carries a request of the OAuth client.
    ///
    /// # Errors
    /// [`FetchError`], also for an answer that says that the issuer has a fault, or that it is elsewhere: nothing has
    /// been refused then.
    pub async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string();
        let request = self.client()?.request(parts.method, &url).headers(parts.headers).body(body);
        let (status, body) = self.send(request.build().map_err(told)?).await?;
        if status >= 500 || status == 429 || (300..400).contains(&status) {
            return Err(FetchError(format!("{url} answered {status}")));
        }
        let response = oauth2::http::Response::builder().status(status).header("content-type", "application/json");
        response.body(body).map_err(|error| FetchError(error.to_string()))
    }

    async fn send(&self, request: Request) -> Result<(u16, Vec<u8>), FetchError> {
        let mut response = self.client()?.execute(request).await.map_err(told)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(FetchError(format!("{} answered with more than {MOST_BYTES} bytes", response.url())));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response.status().as_u16(), body))
    }
}

/// With its causes: the outermost only says that something went wrong.
fn told(error: reqwest::Error) -> FetchError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    FetchError(text)
}
