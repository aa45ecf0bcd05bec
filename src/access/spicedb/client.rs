//! Speaks to a SpiceDB: the four calls that are needed, over one HTTP/2 connection that is made anew when it fails.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use super::message::{self, Answer, AsOf, CARRIER, FENCE, NotUnderstood, Operation, Question};
use crate::access::rebac::{Relationship, schema};
use crate::postgres::StorageError;
use crate::tls::TlsError;

/// A call that takes longer is given up: whoever asked is answered that it cannot be told.
const LONGEST_CALL: Duration = Duration::from_secs(5);
/// A connection is there, or SpiceDB is not, within this.
const CONNECT: Duration = Duration::from_secs(1);
/// A connection on which nothing comes is asked after this whether it is still there, and given up as long after.
const QUIET: Duration = Duration::from_secs(2);
/// Questions in one call; SpiceDB takes ten thousand.
const QUESTIONS_AT_ONCE: usize = 1_000;
/// An answer to so many questions is far smaller.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;
/// Where a SpiceDB listens when nothing is said.
const PORT: u16 = 50051;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// It cannot be reached, or not in time.
    #[error("SpiceDB does not answer: {0}")]
    Unreachable(String),
    /// It refuses.
    #[error("SpiceDB refuses ({code}): {message}")]
    Refused {
        /// gRPC's number.
        code: u16,
        /// Its words.
        message: String,
    },
    /// It has lost the schema.
    #[error("SpiceDB does not know what it is asked about")]
    Unknown,
    /// It has not, or not yet, all that was carried to it.
    #[error("SpiceDB has not all that was carried to it")]
    NotWhole,
    /// The write does not follow the last one.
    #[error("another write came before")]
    Overtaken,
    /// The answer makes no sense.
    #[error(transparent)]
    NotUnderstood(#[from] NotUnderstood),
}

impl From<ClientError> for StorageError {
    /// To whoever asks it is a fault that passes: somebody has to look after SpiceDB.
    fn from(error: ClientError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl ClientError {
    /// Whether SpiceDB may have lost what it had: it knows no such schema, token or load.
    pub(super) fn is_doubtful(&self) -> bool {
        const INVALID_ARGUMENT: u16 = 3;
        const FAILED_PRECONDITION: u16 = 9;
        const OUT_OF_RANGE: u16 = 11;
        match self {
            Self::Unknown | Self::NotWhole => true,
            Self::Refused { code, .. } => matches!(*code, INVALID_ARGUMENT | FAILED_PRECONDITION | OUT_OF_RANGE),
            _ => false,
        }
    }
}

fn unreachable(error: impl std::fmt::Display) -> ClientError {
    ClientError::Unreachable(error.to_string())
}

/// One SpiceDB.
pub struct SpiceDb {
    target: String,
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
    authorization: HeaderValue,
    connection: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

/// Why a SpiceDB cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSpiceDb {
    /// The address.
    #[error("must be http://host:port or https://host:port")]
    Url,
    /// Without TLS the key, and every decision, could be read and changed on the way.
    #[error("must be https, except on a loopback address")]
    Plaintext,
    /// The key.
    #[error("the preshared key has characters that cannot be sent")]
    Key,
    /// Whom to trust.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl SpiceDb {
    /// The SpiceDB at `url`. Nothing is connected yet. `tls` tells whom to trust.
    ///
    /// # Errors
    /// [`InvalidSpiceDb`].
    pub fn new(
        url: &str,
        preshared_key: &str,
        tls: impl FnOnce() -> Result<rustls::ClientConfig, TlsError>,
    ) -> Result<Self, InvalidSpiceDb> {
        let uri: Uri = url.parse().map_err(|_| InvalidSpiceDb::Url)?;
        let host = uri.host().ok_or(InvalidSpiceDb::Url)?.trim_matches(['[', ']']).to_owned();
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(InvalidSpiceDb::Url);
        }
        let port = uri.port_u16().unwrap_or(PORT);
        let loopback = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let tls = match uri.scheme_str() {
            Some("https") => {
                let mut config = tls()?;
                config.alpn_protocols = vec![b"h2".to_vec()];
                Some(TlsConnector::from(Arc::new(config)))
            }
            Some("http") if loopback => None,
            Some("http") => return Err(InvalidSpiceDb::Plaintext),
            _ => return Err(InvalidSpiceDb::Url),
        };
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {preshared_key}")).map_err(|_| InvalidSpiceDb::Key)?;
        authorization.set_sensitive(true);
        let target = format!("{host}:{port}");
        Ok(Self { target, host, port, tls, authorization, connection: Mutex::default() })
    }

    /// Which one it is.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// One answer for each question.
    ///
    /// # Errors
    /// [`ClientError`] when one of them is not answered.
    pub async fn check(&self, as_of: &AsOf, questions: &[&Question]) -> Result<Vec<bool>, ClientError> {
        let mut all = Vec::with_capacity(questions.len());
        for some in questions.chunks(QUESTIONS_AT_ONCE) {
            for answer in self.each(as_of, some).await? {
                all.push(match answer {
                    Answer::Yes => true,
                    Answer::No => false,
                    Answer::GaveUp => return Err(unreachable("it gave up on a question")),
                    Answer::Unknown => return Err(ClientError::Unknown),
                });
            }
        }
        Ok(all)
    }

    /// As [`Self::check`], with what is no answer to a question.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn each(&self, as_of: &AsOf, questions: &[&Question]) -> Result<Vec<Answer>, ClientError> {
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        let request = message::check(as_of, questions);
        let mut answers = message::answers(&self.call("PermissionsService/CheckBulkPermissions", request).await?)?;
        let whole = if as_of.load.is_empty() { Some(Answer::Yes) } else { answers.pop() };
        match whole {
            _ if answers.len() != questions.len() => Err(NotUnderstood.into()),
            Some(Answer::Yes) => Ok(answers),
            Some(Answer::GaveUp) => Err(unreachable("it gave up on a question")),
            _ => Err(ClientError::NotWhole),
        }
    }

    /// Writes `updates` as the write `name`, if `after` was the last one, or there was none. Returns the token.
    ///
    /// # Errors
    /// [`ClientError::Overtaken`] when it was not.
    pub async fn write(
        &self,
        after: Option<&str>,
        name: &str,
        updates: &[(Operation, Relationship)],
    ) -> Result<String, ClientError> {
        let request = message::write(after, name, updates, None);
        Ok(message::token(&self.follow("WriteRelationships", request).await?)?)
    }

    /// Tells, by the write `name`, that all of `load` is there. Returns the token.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn complete(&self, after: &str, name: &str, load: &str) -> Result<String, ClientError> {
        let request = message::write(Some(after), name, &[], Some(load));
        Ok(message::token(&self.follow("WriteRelationships", request).await?)?)
    }

    /// Writes the schema and removes all relationships, as the write `name`. No load is there any more, and whatever
    /// was on its way is refused, before the first of them goes.
    ///
    /// # Errors
    /// [`ClientError::Overtaken`] when somebody else does the same.
    pub async fn clear(&self, name: &str) -> Result<(), ClientError> {
        let text = format!("{}\n{FENCE}", schema::TEXT);
        self.call("SchemaService/WriteSchema", message::schema(&text)).await?;
        self.follow("DeleteRelationships", message::delete_all(CARRIER, None)).await?;
        self.write(None, name, &[]).await?;
        for object_type in ["platform", "domain", "project", "group", "node"] {
            self.follow("DeleteRelationships", message::delete_all(object_type, Some(name))).await?;
        }
        Ok(())
    }

    /// A call that changes something if the last write is the one that it names.
    async fn follow(&self, method: &str, message: Vec<u8>) -> Result<Bytes, ClientError> {
        const FAILED_PRECONDITION: u16 = 9;
        match self.call(&format!("PermissionsService/{method}"), message).await {
            Err(ClientError::Refused { code: FAILED_PRECONDITION, .. }) => Err(ClientError::Overtaken),
            answer => answer,
        }
    }

    async fn call(&self, method: &str, message: Vec<u8>) -> Result<Bytes, ClientError> {
        match tokio::time::timeout(LONGEST_CALL, self.exchange(method, message)).await {
            Ok(answer) => answer,
            Err(_) => Err(ClientError::Unreachable("not in time".into())),
        }
    }

    async fn exchange(&self, method: &str, message: Vec<u8>) -> Result<Bytes, ClientError> {
        let mut body = BytesMut::with_capacity(message.len() + 5);
        body.put_u8(0);
        body.put_u32(u32::try_from(message.len()).map_err(unreachable)?);
        body.extend_from_slice(&message);
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let request = Request::post(format!("{scheme}://{}/authzed.api.v1.{method}", self.authority()))
            .header(header::CONTENT_TYPE, "application/grpc")
            .header(header::TE, "trailers")
            .header(header::AUTHORIZATION, self.authorization.clone())
            .header("grpc-timeout", format!("{}m", LONGEST_CALL.as_millis()))
            .body(Full::new(body.freeze()))
            .map_err(unreachable)?;
        let mut connection = self.connection().await?;
        let response = connection.send_request(request).await.map_err(unreachable)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(unreachable)?;
        let told = |name: &str| {
            let trailer = body.trailers().and_then(|trailers| trailers.get(name));
            trailer.or_else(|| head.headers.get(name)).and_then(|value| value.to_str().ok())
        };
        let code = told("grpc-status").and_then(|code| code.parse::<u16>().ok());
        match code {
            Some(0) => {}
            Some(code) => {
                let message = told("grpc-message").unwrap_or_default().to_owned();
                return Err(ClientError::Refused { code, message });
            }
            None => return Err(unreachable(format!("answered {} without a status", head.status))),
        }
        let bytes = body.to_bytes();
        // Never compressed: that was not offered.
        match bytes.split_at_checked(5) {
            Some(([0, length @ ..], rest)) if length == (rest.len() as u32).to_be_bytes() => Ok(bytes.slice(5..)),
            _ => Err(NotUnderstood.into()),
        }
    }

    fn authority(&self) -> String {
        if self.host.contains(':') { format!("[{}]:{}", self.host, self.port) } else { self.target.clone() }
    }

    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = kept.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(connection.clone());
        }
        let made = tokio::time::timeout(CONNECT, self.connect()).await;
        let connection = made.map_err(|_| unreachable("no connection in time"))??;
        *kept = Some(connection.clone());
        Ok(connection)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        match &self.tls {
            None => handshake(stream).await,
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone()).map_err(unreachable)?;
                handshake(tls.connect(name, stream).await.map_err(unreachable)?).await
            }
        }
    }
}

async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<SendRequest<Full<Bytes>>, ClientError> {
    let (sender, connection) = Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(QUIET)
        .keep_alive_timeout(QUIET)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(unreachable)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection to SpiceDB has ended");
        }
    });
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::client_config;

    #[test]
    fn a_key_goes_over_tls_or_not_far() {
        for (url, fits) in [
            ("https://spicedb.example:50051", true),
            ("https://spicedb.example", true),
            ("http://127.0.0.1:50051", true),
            ("http://[::1]:50051/", true),
            ("http://localhost:1", true),
            ("http://spicedb.example:50051", false),
            ("http://10.0.0.1:50051", false),
            ("spicedb.example:50051", false),
            ("grpc://127.0.0.1:50051", false),
            ("https://spicedb.example/path", false),
            ("", false),
        ] {
            assert_eq!(SpiceDb::new(url, "key", client_config).is_ok(), fits, "{url}");
        }
        assert!(SpiceDb::new("http://[::1]:1", "a\nb", client_config).is_err());
    }
}
