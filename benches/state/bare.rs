//! Floors of the HTTPS side, each in a process of its own: hyper behind the same TLS, which answers so many bytes, or
//! asks the database for `SELECT 1` first.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use plexsphere::postgres::Database;
use plexsphere::tls::ServerTls;
use tokio_rustls::TlsAcceptor;

/// Of one allocation, as the server's shared chunks are.
const PIECE: usize = 32 * 1024;

enum Work {
    Bytes(Bytes, usize),
    Select(Database),
}

pub fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    runtime.block_on(serve(&arguments));
}

async fn serve(arguments: &[String]) {
    let work = Arc::new(match arguments[1].as_str() {
        "bytes" => Work::Bytes(Bytes::from(vec![b'x'; PIECE]), arguments[2].parse().unwrap()),
        _ => Work::Select(Database::new(&arguments[2], 4).unwrap()),
    });
    let certificates = super::server::certificates();
    let tls = ServerTls::load(&certificates.cert_file, &certificates.key_file).unwrap();
    let acceptor = Arc::new(TlsAcceptor::from(tls.server_config()));
    let socket = tokio::net::TcpListener::bind(&arguments[0]).await.unwrap();
    loop {
        let (stream, _) = socket.accept().await.unwrap();
        let (acceptor, work) = (acceptor.clone(), work.clone());
        tokio::spawn(async move {
            stream.set_nodelay(true).unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let work = work.clone();
                async move {
                    let _body = request.into_body().collect().await;
                    Ok::<_, Infallible>(answer(&work).await)
                }
            });
            let _ended = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .max_buf_size(64 * 1024)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

type Body = http_body_util::combinators::BoxBody<Bytes, Infallible>;

async fn answer(work: &Work) -> Response<Body> {
    let (piece, length) = match work {
        Work::Bytes(piece, length) => (piece.clone(), *length),
        Work::Select(database) => {
            floor_statement(database).await;
            (Bytes::from_static(b"{}"), 2)
        }
    };
    let mut left = length;
    let pieces = std::iter::from_fn(move || {
        let next = left.min(piece.len());
        left -= next;
        (next > 0).then(|| Ok(Frame::data(piece.slice(..next))))
    });
    let mut response = Response::new(BodyExt::boxed(StreamBody::new(SyncStream(pieces))));
    response.headers_mut().insert("content-length", length.into());
    response
}

/// A stream that is always ready.
struct SyncStream<I>(I);

impl<I: Iterator + Unpin> futures_util::Stream for SyncStream<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<I::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

async fn floor_statement(database: &Database) {
    use diesel_async::RunQueryDsl;
    let mut conn = database.read().await.unwrap();
    let one: i32 =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1")).get_result(&mut conn).await.unwrap();
    assert_eq!(one, 1);
}
