//! From sockets to requests: accepting, TLS, the limits of a connection, draining.

mod timed_io;

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{AbortHandle, AbortRegistration, Abortable, BoxFuture};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::telemetry::{Held, Metrics};
pub use timed_io::Activity;
use timed_io::{Line, TimedIo};

/// What a request is answered with.
pub type ResponseBody = http_body_util::combinators::BoxBody<Bytes, Infallible>;

/// Answers requests. `activity` is what a request has of its connection, which over HTTP/2 carries others as well; a
/// handler may ask it for a lingering close.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request; never fails.
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        activity: Arc<Activity>,
    ) -> BoxFuture<'static, Response<ResponseBody>>;
}

/// Limits of a listener and its connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections held at once; more are closed at once.
    pub connections: usize,
    /// From accept to the end of the TLS handshake.
    pub handshake: Duration,
    /// From a request's first byte to the end of its head.
    pub header: Duration,
    /// Without a request in flight, between two requests.
    pub idle: Duration,
    /// Without the peer taking a byte that we have to send.
    pub write_stall: Duration,
}

/// hyper's read buffer. The edge refuses heads over 16 KiB itself, with a Problem; beyond this hyper does.
const HEAD_BUFFER_BYTES: usize = 64 * 1024;
/// Streams that one HTTP/2 connection may have open.
const HTTP2_STREAMS: u32 = 128;
/// How often a silent HTTP/2 peer is asked whether it is there, and how long it has to answer.
const HTTP2_PING: Duration = Duration::from_secs(20);
/// A peer that is silent for so long is asked whether it is there, and asked again every so often.
const PROBE_AFTER: Duration = Duration::from_secs(30);
const PROBE_EVERY: Duration = Duration::from_secs(10);
/// After a refusal whose body was not read: for how long, and for how many bytes, we keep reading so that the
/// refusal arrives instead of a reset.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 256 * 1024;

/// One listening socket with all that serves it.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    handler: Arc<dyn Handler>,
    draining: watch::Receiver<bool>,
    metrics: Option<Arc<Metrics>>,
}

impl Listener {
    /// Serves `socket` with `handler`, over TLS when `tls` is given, until `draining` turns true. Connections are
    /// counted in `metrics`, if given.
    pub fn new(
        socket: TcpListener,
        tls: Option<Arc<rustls::ServerConfig>>,
        limits: Limits,
        handler: Arc<dyn Handler>,
        draining: watch::Receiver<bool>,
        metrics: Option<Arc<Metrics>>,
    ) -> Self {
        Self { socket, tls: tls.map(TlsAcceptor::from), limits, handler, draining, metrics }
    }

    /// Accepts until told to drain, then waits for the requests in flight. Dropping the future closes all.
    pub async fn run(mut self) {
        notice_silence(&self.socket, &self.limits);
        let slots = Arc::new(Semaphore::new(self.limits.connections));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = drain(&mut self.draining) => break,
            };
            while connections.try_join_next().is_some() {}
            let (socket, remote) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: give the connections that we have time to end.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let Ok(slot) = slots.clone().try_acquire_owned() else {
                tracing::debug!(%remote, "connection limit reached");
                continue;
            };
            let connection = Connection {
                limits: self.limits,
                handler: self.handler.clone(),
                draining: self.draining.clone(),
                remote,
            };
            let counted = self.metrics.as_ref().map(|metrics| Held::in_gauge(&metrics.connections_open));
            // Made outside of what is spawned, in which it would keep its room.
            let accepted = Box::pin(connection.accepted(socket, self.tls.clone()));
            connections.spawn(async move {
                if let Some(serving) = accepted.await {
                    serving.await;
                }
                drop((slot, counted));
            });
        }
        drop(self.socket);
        while connections.join_next().await.is_some() {}
    }
}

struct Connection {
    limits: Limits,
    handler: Arc<dyn Handler>,
    draining: watch::Receiver<bool>,
    remote: SocketAddr,
}

impl Connection {
    /// What serves the connection, as large as its protocol needs, and the handshake is gone by then: most connections
    /// are at rest for hours.
    async fn accepted(mut self, socket: TcpStream, tls: Option<TlsAcceptor>) -> Option<BoxFuture<'static, ()>> {
        socket.set_nodelay(true).ok()?;
        let Some(tls) = tls else { return Some(self.http1(socket)) };
        let stream = self.shake_hands(socket, tls).await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Some(if http2 { self.http2(stream) } else { self.http1(stream) })
    }

    async fn shake_hands(&mut self, socket: TcpStream, tls: TlsAcceptor) -> Option<TlsStream<TcpStream>> {
        let handshake = tokio::time::timeout(self.limits.handshake, tls.accept(socket));
        let accepted = tokio::select! {
            accepted = handshake => accepted,
            () = drain(&mut self.draining) => return None,
        };
        match accepted {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => tracing::debug!(remote = %self.remote, %error, "TLS handshake failed"),
            Err(_) => tracing::debug!(remote = %self.remote, "TLS handshake timed out"),
        }
        None
    }

    // Made outside of what is awaited: arguments of an async function take their room twice.
    fn http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) -> BoxFuture<'static, ()> {
        let Self { limits, handler, mut draining, remote } = self;
        let line = Arc::new(Line::default());
        let io = TimedIo::new(stream, limits, line.clone(), Some(limits.header));
        let activity = Arc::new(Activity::of(line.clone()));
        let mut connection = hyper::server::conn::http1::Builder::new()
            .header_read_timeout(None)
            .max_buf_size(HEAD_BUFFER_BYTES)
            .serve_connection(TokioIo::new(io), service_fn(move |request| answer(&handler, request, activity.clone())));
        Box::pin(async move {
            let outcome = tokio::select! {
                outcome = poll_fn(|cx| connection.poll_without_shutdown(cx)) => outcome,
                () = drain(&mut draining) => {
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                    poll_fn(|cx| connection.poll_without_shutdown(cx)).await
                }
            };
            if let Err(error) = outcome {
                tracing::debug!(%remote, %error, "connection ended early");
            }
            let closed = Box::pin(close(connection.into_parts().io.into_inner().into_inner(), line));
            if tokio::time::timeout(LINGER, closed).await.is_err() {
                tracing::debug!(%remote, "peer did not close in time");
            }
        })
    }

    fn http2<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) -> BoxFuture<'static, ()> {
        let Self { limits, handler, mut draining, remote } = self;
        let line = Arc::new(Line::default());
        let io = TimedIo::new(stream, limits, line.clone(), None);
        let requests = Requests::default();
        let executor = requests.clone();
        let mut connection = hyper::server::conn::http2::Builder::new(executor)
            .timer(TokioTimer::new())
            .keep_alive_interval(Some(HTTP2_PING))
            .keep_alive_timeout(HTTP2_PING)
            .max_concurrent_streams(HTTP2_STREAMS)
            .max_header_list_size(HEAD_BUFFER_BYTES as u32)
            .serve_connection(
                TokioIo::new(io),
                service_fn(move |request| {
                    answer(&handler, request, Arc::new(Activity::alone(line.clone(), requests.next())))
                }),
            );
        Box::pin(async move {
            let outcome = tokio::select! {
                outcome = &mut connection => outcome,
                () = drain(&mut draining) => {
                    std::pin::Pin::new(&mut connection).graceful_shutdown();
                    (&mut connection).await
                }
            };
            if let Err(error) = outcome {
                tracing::debug!(%remote, %error, "connection ended early");
            }
        })
    }
}

/// Closes our side, and reads on for a moment if the peer may still be sending.
async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, line: Arc<Line>) {
    let shut = stream.shutdown().await;
    if shut.is_ok() && line.lingers() {
        let mut sink = [0_u8; 4096];
        let mut taken = 0;
        while let Ok(read @ 1..) = stream.read(&mut sink).await {
            taken += read;
            if taken > LINGER_BYTES {
                break;
            }
        }
    }
}

/// Returns once the server drains.
async fn drain(draining: &mut watch::Receiver<bool>) {
    // A sender that is gone drains nobody any more: the process is ending.
    drop(draining.wait_for(|draining| *draining).await);
}

type Answer = BoxFuture<'static, Result<Response<ResponseBody>, Infallible>>;

fn answer(handler: &Arc<dyn Handler>, request: Request<Incoming>, activity: Arc<Activity>) -> Answer {
    let busy = activity.begin();
    let answer = handler.clone().handle(request, activity);
    Box::pin(async move { Ok(answer.await.map(|body| busy.until_sent(body))) })
}

/// Runs the requests of one HTTP/2 connection, each so that it can be ended alone: its stream is then reset, whether or
/// not its peer takes anything.
#[derive(Clone, Default)]
struct Requests(Arc<Mutex<Option<AbortRegistration>>>);

impl Requests {
    /// The handle of the request whose task is started next: hyper asks for the answer and starts its task in one go.
    fn next(&self) -> AbortHandle {
        let (handle, registration) = AbortHandle::new_pair();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(registration);
        handle
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Requests {
    fn execute(&self, task: F) {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(registration) => drop(tokio::spawn(Abortable::new(task, registration))),
            None => drop(tokio::spawn(task)),
        }
    }
}

/// Lets connections end whose peer is gone without a word, also those that wait for nothing but events: what they
/// accept takes it over from the socket that listens.
fn notice_silence(socket: &TcpListener, limits: &Limits) {
    let socket = SockRef::from(socket);
    let keepalive = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY);
    let set = socket.set_tcp_keepalive(&keepalive);
    // What is sent has to be acknowledged within the time in which a peer has to take something.
    #[cfg(target_os = "linux")]
    let set = set.and_then(|()| socket.set_tcp_user_timeout(Some(limits.write_stall)));
    if let Err(error) = set {
        tracing::warn!(%error, "connections whose peer falls silent may stay for hours");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_is_accepted_notices_that_its_peer_is_gone() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let second = Duration::from_secs(1);
        let limits = Limits {
            connections: 1,
            handshake: second,
            header: second,
            idle: second,
            write_stall: Duration::from_secs(7),
        };
        notice_silence(&listener, &limits);
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let accepted = SockRef::from(&accepted);
        assert!(accepted.keepalive().unwrap());
        assert_eq!(accepted.tcp_keepalive_time().unwrap(), PROBE_AFTER);
        assert_eq!(accepted.tcp_user_timeout().unwrap(), Some(limits.write_stall));
    }
}
