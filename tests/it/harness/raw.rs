use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{Answer, Harness, contract, socket};

/// An HTTP/1.1 connection whose every byte the test writes itself.
pub struct Raw {
    stream: TlsStream<TcpStream>,
    /// Read and not yet taken.
    buffer: Vec<u8>,
}

/// Nothing that a test waits for takes this long.
const PATIENCE: Duration = Duration::from_secs(20);

impl Harness {
    /// A connection to write on by hand.
    pub async fn raw(&self) -> Raw {
        Raw::connect(self.address()).await
    }
}

impl Raw {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { stream: socket::connect(address).await, buffer: Vec::new() }
    }

    /// Writes; whether the peer still took it.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// Writes a request's head: `lines` besides Host.
    pub async fn head(&mut self, method: &Method, path: &str, lines: &[(&str, &str)]) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: plexsphere\r\n");
        for (name, value) in lines {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        assert!(self.write(head.as_bytes()).await);
    }

    async fn more(&mut self) -> bool {
        let mut bytes = [0; 8192];
        let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut bytes)).await.expect("the server says nothing");
        let read = read.unwrap_or(0);
        self.buffer.extend_from_slice(&bytes[..read]);
        read > 0
    }

    /// Reads a head: status and headers. `None`: the connection is closed.
    pub async fn answered(&mut self) -> Option<(StatusCode, HeaderMap)> {
        let end = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if !self.more().await {
                return None;
            }
        };
        let head = String::from_utf8(self.buffer.drain(..end + 4).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value.trim()).unwrap());
        }
        Some((status, headers))
    }

    /// Reads a whole answer to `method` on `path` and holds it against the contract.
    pub async fn answer(&mut self, method: &Method, path: &str) -> Answer {
        let (status, headers) = self.answered().await.expect("closed without an answer");
        let length: usize = headers.get("content-length").map_or(0, |length| length.to_str().unwrap().parse().unwrap());
        while self.buffer.len() < length {
            assert!(self.more().await, "closed within an answer");
        }
        let bytes: bytes::Bytes = self.buffer.drain(..length).collect::<Vec<u8>>().into();
        contract::check(method, path, status, &headers, &bytes);
        Answer { status, headers, bytes }
    }

    /// Waits for the server to close the connection; nothing may come before.
    pub async fn closed(&mut self) {
        let mut unexpected = self.buffer.len();
        while self.more().await {
            unexpected = self.buffer.len();
        }
        assert_eq!(unexpected, 0, "{}", String::from_utf8_lossy(&self.buffer));
    }
}
