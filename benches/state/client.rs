//! One request at a time on a connection over TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::SendRequest;
use tokio_rustls::TlsConnector;

use super::data::Nodes;
use super::server::Bare;
use super::tls;

pub type Connection = SendRequest<Empty<Bytes>>;

/// Where pulls go and whose they are.
#[derive(Clone)]
pub struct Target {
    address: SocketAddr,
    pub nodes: Nodes,
    tls: TlsConnector,
    /// Runs as long as anybody asks it.
    _server: Option<Arc<Bare>>,
}

/// What came back.
pub struct Pulled {
    pub bytes: usize,
    pub etag: Option<String>,
}

impl Target {
    pub fn new(address: SocketAddr, nodes: Nodes) -> Self {
        Self { address, nodes, tls: tls::connector(), _server: None }
    }

    pub fn keeping(self, server: Bare) -> Self {
        Self { _server: Some(Arc::new(server)), ..self }
    }

    pub async fn connect(&self) -> Connection {
        tls::connect(&self.tls, self.address).await
    }

    /// Pulls the state of the `node`th Node, and throws it away as it comes.
    pub async fn pull(&self, connection: &mut Connection, node: usize, headers: &[(&str, &str)]) -> Pulled {
        let request = Request::builder()
            .uri(format!("/v1/nodes/{}/state", self.nodes.ids[node]))
            .header("host", "localhost")
            .header("authorization", self.nodes.bearer(node));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        connection.ready().await.unwrap();
        let response = connection.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
        assert!(matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED), "{}", response.status());
        let etag = response.headers().get("etag").map(|etag| etag.to_str().unwrap().to_owned());
        let mut body = response.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            bytes += frame.unwrap().into_data().map_or(0, |data| data.len());
        }
        Pulled { bytes, etag }
    }

    pub async fn timed(&self, connection: &mut Connection, headers: &[(&str, &str)]) -> Duration {
        let began = Instant::now();
        self.pull(connection, 0, headers).await;
        began.elapsed()
    }
}
