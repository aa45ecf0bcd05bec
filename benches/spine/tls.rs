//! Connections over TLS to what is measured, each for one request at a time.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Body;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::server::certificates;

/// Trusts the servers that [`super::server`] starts.
pub fn trusting() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificates().ca_file).unwrap()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// For connections that share what TLS remembers.
pub fn connector() -> TlsConnector {
    TlsConnector::from(Arc::new(trusting()))
}

/// A connection on which nothing was said yet.
pub async fn raw(tls: &TlsConnector, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    tls.connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// A connection that speaks HTTP/1.1.
pub async fn connect<B>(tls: &TlsConnector, address: SocketAddr) -> SendRequest<B>
where
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(raw(tls, address).await.unwrap())).await.unwrap();
    tokio::spawn(connection);
    sender
}
