//! The floor of the HTTPS side: hyper behind the same TLS, answering a heartbeat's bytes without looking.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use plexsphere::tls::ServerTls;
use tokio_rustls::TlsAcceptor;

const ANSWER: &[u8] = br#"{"accepted_at":"2026-01-01T00:00:00.000Z","reconcile":false,"rotate_keys":false}"#;

pub fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(serve(&std::env::args().nth(2).expect("an address")));
}

async fn serve(address: &str) {
    let certificates = super::server::certificates();
    let tls = ServerTls::load(&certificates.cert_file, &certificates.key_file).unwrap();
    let acceptor = TlsAcceptor::from(tls.server_config());
    let socket = tokio::net::TcpListener::bind(address).await.unwrap();
    let acceptor = Arc::new(acceptor);
    loop {
        let (stream, _) = socket.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            stream.set_nodelay(true).unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(|request: http::Request<hyper::body::Incoming>| async {
                let _body = request.into_body().collect().await;
                let mut response = Response::new(Full::new(Bytes::from_static(ANSWER)));
                response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
                Ok::<_, Infallible>(response)
            });
            let _ended = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
