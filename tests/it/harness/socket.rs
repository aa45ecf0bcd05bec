//! Sockets below HTTP, for requests that no well-behaved client sends.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Cluster;
use super::client::Answer;

/// A TLS connection to `address` that speaks one of `protocols` and trusts the authority in `ca_file`.
pub async fn connect_trusting(ca_file: &Path, address: SocketAddr, protocols: &[&str]) -> TlsStream<TcpStream> {
    wrapped(ca_file, TcpStream::connect(address).await.unwrap(), protocols).await
}

/// TLS to a test server over a socket that is connected already, for one of `protocols`.
pub async fn over(socket: TcpStream, protocols: &[&str]) -> TlsStream<TcpStream> {
    wrapped(&Cluster::certificates().ca_file, socket, protocols).await
}

async fn wrapped(ca_file: &Path, socket: TcpStream, protocols: &[&str]) -> TlsStream<TcpStream> {
    let name = ServerName::from(socket.peer_addr().unwrap().ip());
    connector(ca_file, protocols).connect(name, socket).await.unwrap()
}

/// TLS that speaks one of `protocols` and trusts the authority in `ca_file`.
pub fn connector(ca_file: &Path, protocols: &[&str]) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca_file).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

/// A TLS connection to a test server, for HTTP/1.1.
pub async fn connect(address: SocketAddr) -> TlsStream<TcpStream> {
    connect_trusting(&Cluster::certificates().ca_file, address, &["http/1.1"]).await
}

/// Reads one HTTP/1.1 answer with its body. `None`: the peer closed without one.
pub async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> Option<Answer> {
    let mut bytes = Vec::new();
    let (status, headers, head) = loop {
        let read = stream.read_buf(&mut bytes).await.unwrap_or(0);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            if read == 0 {
                return None;
            }
            continue;
        };
        let text = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = text.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse::<StatusCode>().unwrap();
        let headers: HeaderMap = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value.trim()).unwrap())
            })
            .collect();
        break (status, headers, end + 4);
    };
    let length: usize = headers.get("content-length").map_or(0, |length| length.to_str().unwrap().parse().unwrap());
    while bytes.len() < head + length {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the answer's body ended early");
    }
    Some(Answer { status, headers, bytes: bytes[head..head + length].to_vec().into() })
}

/// Returns once the peer has closed, with what it sent before.
pub async fn closed(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut rest = Vec::new();
    // A reset is a close as well.
    while let Ok(1..) = stream.read_buf(&mut rest).await {}
    rest
}
