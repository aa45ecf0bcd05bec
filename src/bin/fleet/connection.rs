//! One HTTPS keep-alive connection, opened when it is needed and opened again when it was closed.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use plexsphere::agent::{Dial, Socket};
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// For the TCP connection and the TLS handshake together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// From sending a request to the last byte of its answer; of an answer that is streamed, between two pieces.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest answer is the peer snapshot of an enrolment, about 200 bytes a peer.
const ANSWER_BYTES: usize = 64 << 20;

/// Small and fixed: there is one such buffer an agent, and hyper's own choice never shrinks after a large answer.
const READ_BUFFER_BYTES: usize = 4 << 10;

/// Why there is no way to the server.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Not the URL of a server.
    #[error("{0:?} is not the URL of a server, such as https://localhost:8443")]
    Url(String),
    /// The file of trusted certificates cannot be used.
    #[error("cannot read certificates from {}: {cause}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: pem::Error,
    },
    /// There is no certificate in the file.
    #[error("{} has no certificate in it", .0.display())]
    NoCertificate(PathBuf),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Where the server is and how to trust it; shared by all connections, and with it the TLS sessions to resume.
pub struct Endpoint {
    host: String,
    port: u16,
    authority: String,
    name: ServerName<'static>,
    tls: TlsConnector,
}

impl Endpoint {
    /// The server at `url`, trusted when its certificate was issued by one in the PEM file `ca`.
    ///
    /// # Errors
    /// As the variants of [`EndpointError`] say.
    pub fn new(url: &str, ca: &Path) -> Result<Self, EndpointError> {
        let no_url = || EndpointError::Url(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| no_url())?;
        let authority = uri.authority().ok_or_else(no_url)?;
        if uri.scheme_str() != Some("https") || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(no_url());
        }
        // An IPv6 address stands in brackets in a URL, and nowhere else.
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host.clone()).map_err(|_| no_url())?;

        let mut roots = RootCertStore::empty();
        let broken = |cause| EndpointError::Pem { path: ca.to_owned(), cause };
        for certificate in CertificateDer::pem_file_iter(ca).map_err(broken)? {
            roots.add(certificate.map_err(broken)?)?;
        }
        if roots.is_empty() {
            return Err(EndpointError::NoCertificate(ca.to_owned()));
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            host,
            port: authority.port_u16().unwrap_or(443),
            authority: authority.to_string(),
            name,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// What a request gives as its `Host`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    async fn secured(&self) -> Result<TlsStream<TcpStream>, TransportError> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(TransportError::Connect)?;
        tcp.set_nodelay(true).map_err(TransportError::Connect)?;
        self.tls.connect(self.name.clone(), tcp).await.map_err(TransportError::Tls)
    }

    async fn open(&self) -> Result<http1::SendRequest<Full<Bytes>>, TransportError> {
        let tls = self.secured().await?;
        let (sender, driver) = http1::Builder::new()
            .read_buf_exact_size(Some(READ_BUFFER_BYTES))
            .handshake(TokioIo::new(tls))
            .await
            .map_err(TransportError::Http)?;
        // Its outcome is told to whoever waits for an answer; between answers nobody needs it.
        tokio::spawn(async move { driver.await.ok() });
        Ok(sender)
    }
}

/// For streams, which have a connection each.
#[async_trait]
impl Dial for Endpoint {
    async fn dial(&self) -> io::Result<Box<dyn Socket>> {
        Ok(Box::new(self.secured().await.map_err(io::Error::other)?))
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    /// No TLS.
    #[error("TLS failed: {0}")]
    Tls(io::Error),
    /// The connection broke, or what came over it is not HTTP.
    #[error("the connection broke: {0}")]
    Http(hyper::Error),
    /// The body broke off or is too long.
    #[error("the body of the answer broke: {0}")]
    Body(Box<dyn Error + Send + Sync>),
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
}

impl TransportError {
    /// A word for the statistics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connect(_) => "(connect)",
            Self::Tls(_) => "(tls)",
            Self::Http(error) if is_closed(error) => "(closed)",
            Self::Http(_) => "(http)",
            Self::Body(_) => "(body)",
            Self::Timeout(_) => "(timeout)",
        }
    }
}

/// Whether the other end went away, politely or not.
fn is_closed(error: &hyper::Error) -> bool {
    let broken = error.source().is_some_and(|source| source.is::<io::Error>());
    broken || error.is_incomplete_message() || error.is_canceled() || error.is_closed()
}

/// What the server said.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A connection that at most one request uses at a time.
pub struct Connection {
    endpoint: Arc<Endpoint>,
    sender: Option<http1::SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// Not opened before it is needed.
    pub fn new(endpoint: Arc<Endpoint>) -> Self {
        Self { endpoint, sender: None }
    }

    /// Opens the connection unless it is open; tells how long that took.
    ///
    /// # Errors
    /// [`TransportError`].
    pub async fn ensure_open(&mut self) -> Result<Option<Duration>, TransportError> {
        if let Some(sender) = self.sender.as_mut()
            && sender.ready().await.is_ok()
        {
            return Ok(None);
        }
        self.sender = None;
        let began = Instant::now();
        let opened = timeout(CONNECT_TIMEOUT, self.endpoint.open()).await;
        self.sender = Some(opened.map_err(|_| TransportError::Timeout(CONNECT_TIMEOUT))??);
        Ok(Some(began.elapsed()))
    }

    /// Sends `request` and collects the answer. When the server closed the connection before the request was on
    /// its way, it is sent once more over a new one: that is the ordinary end of a keep-alive connection.
    ///
    /// # Errors
    /// [`TransportError`]; the next request begins with a new connection.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, TransportError> {
        let whole = async { collected(self.response(request).await?).await };
        let outcome = timeout(ANSWER_TIMEOUT, whole).await;
        self.settled(outcome)
    }

    /// Sends `request` likewise, and the body of a success to `sink` as it comes; the answer then has none. Whatever
    /// is left is not read when nobody takes it any more.
    ///
    /// # Errors
    /// [`TransportError`]; the next request begins with a new connection.
    pub async fn stream(
        &mut self,
        request: Request<Full<Bytes>>,
        sink: &mpsc::Sender<Bytes>,
    ) -> Result<Answer, TransportError> {
        let outcome = timeout(ANSWER_TIMEOUT, self.response(request)).await;
        let response = self.settled(outcome)?;
        if !response.status().is_success() {
            let outcome = timeout(ANSWER_TIMEOUT, collected(response)).await;
            return self.settled(outcome);
        }
        let (head, mut body) = response.into_parts();
        loop {
            let outcome = timeout(ANSWER_TIMEOUT, body.frame()).await;
            let outcome = outcome.map(|frame| frame.transpose().map_err(|error| TransportError::Body(error.into())));
            let Some(frame) = self.settled(outcome)? else { break };
            if let Ok(piece) = frame.into_data()
                && sink.send(piece).await.is_err()
            {
                self.sender = None;
                break;
            }
        }
        Ok(Answer { status: head.status, headers: head.headers, body: Bytes::new() })
    }

    /// After a fault the connection is of no use.
    fn settled<T>(&mut self, outcome: Result<Result<T, TransportError>, Elapsed>) -> Result<T, TransportError> {
        let outcome = outcome.unwrap_or(Err(TransportError::Timeout(ANSWER_TIMEOUT)));
        if outcome.is_err() {
            self.sender = None;
        }
        outcome
    }

    async fn response(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, TransportError> {
        let mut request = request;
        let mut again = true;
        loop {
            self.ensure_open().await?;
            let Some(sender) = self.sender.as_mut() else { continue };
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(response),
                Err(mut error) => {
                    self.sender = None;
                    match error.take_message() {
                        Some(unsent) if again => request = unsent,
                        _ => return Err(TransportError::Http(error.into_error())),
                    }
                    again = false;
                }
            }
        }
    }
}

async fn collected(response: Response<Incoming>) -> Result<Answer, TransportError> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES).collect().await.map_err(TransportError::Body)?;
    Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() })
}
