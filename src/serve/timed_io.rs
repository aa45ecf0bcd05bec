use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::AbortHandle;
use futures_util::task::AtomicWaker;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{Limits, ResponseBody};

/// What a connection is doing, shared between its socket and its requests.
#[derive(Default)]
pub(super) struct Line {
    in_flight: AtomicUsize,
    requests: AtomicUsize,
    linger: AtomicBool,
    cut: AtomicBool,
    /// Nobody looks at the time while a request is in flight.
    untimed: AtomicBool,
    reader: AtomicWaker,
}

/// What a request has of its connection.
#[derive(Default)]
pub struct Activity {
    line: Arc<Line>,
    /// Ends this request alone. `None`: its connection carries no other.
    alone: Option<AbortHandle>,
}

impl Activity {
    pub(super) fn of(line: Arc<Line>) -> Self {
        Self { line, alone: None }
    }

    /// One of several on its connection.
    pub(super) fn alone(line: Arc<Line>, alone: AbortHandle) -> Self {
        Self { line, alone: Some(alone) }
    }

    /// Asks that the connection, once closed by us, be read a little longer so that the last answer arrives.
    pub fn linger(&self) {
        self.line.linger.store(true, Ordering::Relaxed);
    }

    /// Ends the request without waiting for its peer: alone, if its connection may carry others. Asked again, it ends
    /// the connection.
    pub fn cut(&self) {
        match &self.alone {
            Some(alone) if !alone.is_aborted() => alone.abort(),
            _ => self.line.cut(),
        }
    }

    pub(super) fn begin(&self) -> Busy {
        self.line.in_flight.fetch_add(1, Ordering::Relaxed);
        self.line.requests.fetch_add(1, Ordering::Relaxed);
        Busy(self.line.clone())
    }
}

impl Line {
    pub(super) fn lingers(&self) -> bool {
        self.linger.load(Ordering::Relaxed)
    }

    fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.reader.wake();
    }

    fn poll_cut(&self, cx: &mut Context<'_>) -> io::Result<()> {
        self.reader.register(cx.waker());
        if self.cut.load(Ordering::SeqCst) { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

/// A request in flight: from its head until its answer is sent.
pub(super) struct Busy(Arc<Line>);

impl Busy {
    pub(super) fn until_sent(self, body: ResponseBody) -> ResponseBody {
        if body.is_end_stream() {
            return body;
        }
        BusyBody { body, _busy: self }.boxed()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::SeqCst) == 1 && self.0.untimed.swap(false, Ordering::SeqCst) {
            self.0.reader.wake();
        }
    }
}

struct BusyBody {
    body: ResponseBody,
    _busy: Busy,
}

impl Body for BusyBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket whose silence has limits. hyper's own header timeout also runs between two requests, where agents
/// rest for half a minute; this one tells the two apart.
pub(super) struct TimedIo<S> {
    stream: S,
    line: Arc<Line>,
    idle: Duration,
    /// For HTTP/1: from the first byte of a head to its end. HTTP/2 has no such thing.
    header: Option<Duration>,
    write_stall: Duration,
    head_began: bool,
    requests_seen: usize,
    reading: Timer,
    writing: Timer,
}

#[derive(Default)]
struct Timer {
    /// Made when it is first waited for: one that nobody has waited for would never fire, and so never be spent.
    sleep: Option<Pin<Box<Sleep>>>,
    /// `None`: it is not armed.
    deadline: Option<Instant>,
}

impl Timer {
    fn arm(&mut self, limit: Duration) {
        self.deadline.get_or_insert_with(|| Instant::now() + limit);
    }

    fn disarm(&mut self) {
        self.deadline = None;
    }

    /// Nothing will fire any more.
    fn is_spent(&self) -> bool {
        self.sleep.as_ref().is_none_or(|sleep| sleep.is_elapsed())
    }

    fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else { return Poll::Pending };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(cx)
    }
}

impl<S> TimedIo<S> {
    pub(super) fn new(stream: S, limits: Limits, line: Arc<Line>, header: Option<Duration>) -> Self {
        Self {
            stream,
            line,
            idle: limits.idle,
            header,
            write_stall: limits.write_stall,
            head_began: false,
            requests_seen: 0,
            reading: Timer::default(),
            writing: Timer::default(),
        }
    }

    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    fn watch_write<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.writing.disarm();
            return outcome;
        }
        self.line.poll_cut(cx)?;
        self.writing.arm(self.write_stall);
        self.writing.poll_expired(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedIo<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.line.poll_cut(cx)?;
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buf);
        let requests = self.line.requests.load(Ordering::Relaxed);
        if requests != self.requests_seen {
            self.requests_seen = requests;
            self.head_began = false;
            self.reading.disarm();
        }
        // A request in flight has limits of its own: of its body, of its work, of its answer.
        if self.line.in_flight.load(Ordering::Relaxed) > 0 {
            // What an earlier rest left behind looks once more; an answer that takes longer asks for that at its end.
            if outcome.is_pending() && self.reading.is_spent() {
                self.reading = Timer::default();
                self.line.untimed.store(true, Ordering::SeqCst);
            }
            return outcome;
        }
        if outcome.is_ready() {
            // Over HTTP/2 only a request ends the rest: pings and their answers would keep it up for ever.
            if let (true, Some(limit), false) = (buf.filled().len() > before, self.header, self.head_began) {
                self.head_began = true;
                self.reading.disarm();
                self.reading.arm(limit);
            }
            return outcome;
        }
        let idle = self.idle;
        self.reading.arm(idle);
        self.reading.poll_expired(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch_write(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watch_write(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch_write(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LONG: Duration = Duration::from_secs(600);
    const LIMITS: Limits = Limits { connections: 1, handshake: LONG, header: LONG, idle: LONG, write_stall: LONG };

    #[tokio::test]
    async fn a_request_whose_head_came_at_once_keeps_no_timer() {
        let (mut peer, ours) = duplex(64);
        let line = Arc::new(Line::default());
        let mut io = TimedIo::new(ours, LIMITS, line.clone(), Some(LONG));
        peer.write_all(b"head").await.unwrap();
        io.read_exact(&mut [0; 4]).await.unwrap();
        let _busy = Activity::of(line).begin();
        // Whether its peer goes away is looked for all the while.
        let mut more = [0];
        let mut more = ReadBuf::new(&mut more);
        let pending = poll_fn(|cx| Poll::Ready(Pin::new(&mut io).poll_read(cx, &mut more).is_pending())).await;
        assert!(pending);
        assert!(io.reading.sleep.is_none());
    }

    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_waited_for_only_so_long() {
        let (_peer, ours) = duplex(1);
        let limits = Limits { write_stall: Duration::from_millis(10), ..LIMITS };
        let mut io = TimedIo::new(ours, limits, Arc::default(), None);
        assert_eq!(io.write_all(b"more than it takes").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_line_that_is_cut_waits_for_no_reader() {
        let (_peer, ours) = duplex(1);
        let line = Arc::new(Line::default());
        let mut io = TimedIo::new(ours, LIMITS, line.clone(), None);
        let (written, ()) = tokio::join!(io.write_all(b"more than it takes"), async { Activity::of(line).cut() });
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}
