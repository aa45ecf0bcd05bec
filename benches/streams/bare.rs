//! The floor: hyper behind the same TLS, whose streams share what is posted to it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Either, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use plexsphere::tls::ServerTls;
use tokio_rustls::TlsAcceptor;

/// What a stream has to send, and whom to wake. Idle, it is hardly anything.
#[derive(Default)]
struct Slot {
    queue: VecDeque<Bytes>,
    waker: Option<Waker>,
}

type Slots = Arc<Mutex<Vec<Arc<Mutex<Slot>>>>>;

struct Stream(Arc<Mutex<Slot>>);

impl Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut slot = self.0.lock().unwrap();
        match slot.queue.pop_front() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

pub fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(serve(&std::env::args().nth(2).expect("an address")));
}

async fn serve(address: &str) {
    let certificates = super::server::certificates();
    let tls = ServerTls::load(&certificates.cert_file, &certificates.key_file).unwrap();
    let acceptor = TlsAcceptor::from(tls.server_config());
    let socket = tokio::net::TcpListener::bind(address).await.unwrap();
    let slots = Slots::default();
    loop {
        let (stream, _) = socket.accept().await.unwrap();
        let (acceptor, slots) = (acceptor.clone(), slots.clone());
        tokio::spawn(async move {
            stream.set_nodelay(true).unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let service = service_fn(|request| answer(request, slots.clone()));
            let _ended =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    slots: Slots,
) -> Result<Response<Either<Stream, Empty<Bytes>>>, Infallible> {
    if request.method() == Method::POST {
        let bytes = request.into_body().collect().await.unwrap().to_bytes();
        for slot in slots.lock().unwrap().iter() {
            let waker = {
                let mut slot = slot.lock().unwrap();
                slot.queue.push_back(bytes.clone());
                slot.waker.take()
            };
            waker.map(Waker::wake).unwrap_or_default();
        }
        let mut done = Response::new(Either::Right(Empty::new()));
        *done.status_mut() = StatusCode::NO_CONTENT;
        return Ok(done);
    }
    let slot: Arc<Mutex<Slot>> = Arc::default();
    slots.lock().unwrap().push(slot.clone());
    let mut opened = Response::new(Either::Left(Stream(slot)));
    opened.headers_mut().insert("content-type", HeaderValue::from_static("text/event-stream"));
    Ok(opened)
}
