//! A client of the stream, as agents have one: it goes on where it was, waits as long as it is told to, backs off with
//! jitter, and stops for good when it is told that it has no business there.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eventsource_stream::{EventStreamError, Eventsource};
use futures_util::{Stream, StreamExt, stream};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, request};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::backoff::Backoff;
pub use super::history::Frame;
use super::trusted::{Event, Trusted};
use crate::signing::Unverified;

/// A refusal's body is read up to here.
const REFUSAL_BYTES: usize = 64 << 10;
/// Small and fixed: there is one such buffer a stream, and most streams are idle.
const READ_BUFFER_BYTES: usize = 8 << 10;
/// Over HTTP/2, where the server sends on for so long while nobody reads.
const WINDOW_BYTES: u32 = 64 << 10;
/// A `retry:` line is not longer.
const RETRY_LINE_BYTES: usize = 64;
/// How long opening a stream may take, from dialling to the head of the answer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);
/// Without a word from the server.
const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// A connection.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// Where streams are opened.
#[async_trait]
pub trait Dial: Send + Sync + 'static {
    /// A connection that speaks HTTP/1.1, or HTTP/2 if it is said so.
    async fn dial(&self) -> io::Result<Box<dyn Socket>>;

    /// Whether the connections speak HTTP/2.
    fn http2(&self) -> bool {
        false
    }
}

/// Whose stream to follow, and how. No `Debug`: it holds a secret.
#[derive(Clone)]
pub struct Plan {
    /// What a request gives as its `Host`; over HTTP/2 its `:authority`.
    pub authority: HeaderValue,
    /// The path, with the Node in it.
    pub path: String,
    /// The `Authorization` header.
    pub bearer: HeaderValue,
    /// Where it was; `None`: from now on.
    pub last_id: Option<i64>,
    /// A stream on which nothing comes for so long is dead: the server says something every 25 s.
    pub silence: Duration,
    /// No wait is longer, whatever the server asks for.
    pub longest_wait: Duration,
    /// Decides about jitter.
    pub seed: u64,
}

/// What follows of a stream.
#[derive(Debug)]
pub enum Told {
    /// It is open.
    Opened(Open),
    /// An event came.
    Came {
        /// As it came.
        frame: Frame,
        /// What is in it, if it verifies.
        event: Result<Arc<Event>, Unverified>,
    },
    /// It ended, for this reason.
    Closed(String),
    /// It could not be opened: there was no answer.
    Unanswered(String),
    /// It was not opened.
    Refused(Refusal),
}

/// A stream that is open.
#[derive(Debug)]
pub struct Open {
    /// The last id that was sent along.
    pub after: Option<i64>,
    /// The headers.
    pub headers: HeaderMap,
}

/// Why a stream was not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The Problem's code, if it is one.
    pub code: String,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Whether an agent stops for good.
    pub fn is_final(&self) -> bool {
        matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
    }
}

/// Why nothing is followed any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The server has nothing for this Node, or not for this credential.
    Refused(Refusal),
    /// Nobody listens.
    Unheard,
}

/// Follows the stream until it is refused for good or nobody takes what comes. Dropping the future ends it, too.
pub async fn follow(mut plan: Plan, dial: Arc<dyn Dial>, trusted: Trusted, tell: mpsc::Sender<Told>) -> End {
    let mut rng = SmallRng::seed_from_u64(plan.seed);
    let mut backoff = Backoff::default();
    // Whatever the last stream asked for. In milliseconds.
    let retry = Arc::new(AtomicU64::new(DEFAULT_RETRY.as_millis() as u64));
    loop {
        let asked = || Duration::from_millis(retry.load(Ordering::Relaxed));
        let wait = match timeout(OPEN_TIMEOUT, open(&plan, &*dial)).await {
            Ok(Ok(Opening::Open { headers, body })) => {
                let after = plan.last_id;
                if tell.send(Told::Opened(Open { after, headers })).await.is_err() {
                    return End::Unheard;
                }
                let Some(why) = read(&mut plan, body, &trusted, &tell, &retry).await else { return End::Unheard };
                if tell.send(Told::Closed(why)).await.is_err() {
                    return End::Unheard;
                }
                backoff.reset();
                asked()
            }
            Ok(Ok(Opening::Refused(refusal))) => {
                let (last, retry_after) = (refusal.is_final(), refusal.retry_after);
                if tell.send(Told::Refused(refusal.clone())).await.is_err() {
                    return End::Unheard;
                }
                if last {
                    return End::Refused(refusal);
                }
                backoff.after_failure(retry_after.max(Some(asked())), &mut rng)
            }
            failed => {
                let why = failed.map_or_else(
                    |_| "it took too long".to_owned(),
                    |failed| match failed {
                        Err(error) => error.to_string(),
                        Ok(_) => String::new(),
                    },
                );
                if tell.send(Told::Unanswered(why)).await.is_err() {
                    return End::Unheard;
                }
                backoff.after_failure(Some(asked()), &mut rng)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait.min(plan.longest_wait)) => {}
            () = tell.closed() => return End::Unheard,
        }
    }
}

enum Opening {
    Open { headers: HeaderMap, body: Incoming },
    Refused(Refusal),
}

async fn open(plan: &Plan, dial: &dyn Dial) -> io::Result<Opening> {
    let socket = TokioIo::new(dial.dial().await?);
    let mut request = Request::builder().header(ACCEPT, "text/event-stream").header(AUTHORIZATION, plan.bearer.clone());
    if let Some(last_id) = plan.last_id {
        request = request.header("last-event-id", last_id);
    }
    let answer =
        if dial.http2() { over_http2(socket, plan, request).await } else { over_http1(socket, plan, request).await };
    let (head, body) = answer.map_err(io::Error::other)?.into_parts();
    if head.status == StatusCode::OK {
        let of_events = head.headers.get(CONTENT_TYPE).is_some_and(|given| given == "text/event-stream");
        return if of_events {
            Ok(Opening::Open { headers: head.headers, body })
        } else {
            Err(io::Error::other("what was opened is no stream of events"))
        };
    }
    let retry_after = head.headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse().ok());
    let problem = Limited::new(body, REFUSAL_BYTES).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let problem: Value = serde_json::from_slice(&problem).unwrap_or_default();
    let code = problem["code"].as_str().unwrap_or_default().to_owned();
    Ok(Opening::Refused(Refusal { status: head.status, code, retry_after: retry_after.map(Duration::from_secs) }))
}

type Sent = Result<Response<Incoming>, Box<dyn std::error::Error + Send + Sync>>;

async fn over_http1(socket: TokioIo<Box<dyn Socket>>, plan: &Plan, request: request::Builder) -> Sent {
    let (mut sender, driver) =
        http1::Builder::new().read_buf_exact_size(Some(READ_BUFFER_BYTES)).handshake(socket).await?;
    // It ends with the body, or with the connection.
    tokio::spawn(async move { driver.await.ok() });
    let request = request.uri(plan.path.as_str()).header(HOST, plan.authority.clone());
    Ok(sender.send_request(request.body(Empty::<Bytes>::new())?).await?)
}

async fn over_http2(socket: TokioIo<Box<dyn Socket>>, plan: &Plan, request: request::Builder) -> Sent {
    let (mut sender, driver) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .handshake(socket)
        .await?;
    tokio::spawn(async move { driver.await.ok() });
    let uri = Uri::builder().scheme("https").authority(plan.authority.as_bytes()).path_and_query(plan.path.as_str());
    Ok(sender.send_request(request.uri(uri.build()?).body(Empty::<Bytes>::new())?).await?)
}

/// Reads a stream to its end, which is told. `None`: nobody listens.
async fn read(
    plan: &mut Plan,
    body: Incoming,
    trusted: &Trusted,
    tell: &mpsc::Sender<Told>,
    retry: &Arc<AtomicU64>,
) -> Option<String> {
    let mut events = pin!(pieces(body, plan.silence, retry.clone()).eventsource());
    loop {
        let next = tokio::select! {
            next = events.next() => next,
            () = tell.closed() => return None,
        };
        let event = match next {
            None => return Some("it ended".to_owned()),
            Some(Err(EventStreamError::Transport(error))) => return Some(error),
            Some(Err(error)) => return Some(error.to_string()),
            Some(Ok(event)) => event,
        };
        // Where to go on, if it is a number; what else comes is for whoever listens to judge.
        plan.last_id = event.id.parse().ok().or(plan.last_id);
        let checked = trusted.verified(&event.data);
        let line = checked.as_ref().map_or_else(|_| event.data.as_str().into(), |event| event.line.clone());
        let frame = Frame { id: event.id, event: event.event.into(), line };
        tell.send(Told::Came { frame, event: checked }).await.ok()?;
    }
}

/// The pieces of a body. Takes the `retry:` line in front, which has no event and gets lost later on.
fn pieces(body: Incoming, silence: Duration, retry: Arc<AtomicU64>) -> impl Stream<Item = Result<Bytes, String>> {
    stream::unfold((body, Some(Vec::new())), move |(mut body, mut head)| {
        let retry = retry.clone();
        async move {
            loop {
                let piece = match timeout(silence, body.frame()).await {
                    Err(_) => Err(format!("nothing came for {} ms", silence.as_millis())),
                    Ok(None) => return None,
                    Ok(Some(Err(error))) => Err(error.to_string()),
                    Ok(Some(Ok(frame))) => match frame.into_data() {
                        Ok(piece) => Ok(piece),
                        Err(_) => continue,
                    },
                };
                if let (Ok(piece), Some(read)) = (&piece, &mut head) {
                    read.extend_from_slice(&piece[..piece.len().min(RETRY_LINE_BYTES)]);
                    if let Some(end) = read.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                        if let Some(millis) = retry_line(&read[..end]) {
                            retry.store(millis, Ordering::Relaxed);
                        }
                        head = None;
                    } else if read.len() >= RETRY_LINE_BYTES {
                        head = None;
                    }
                }
                return Some((piece, (body, head)));
            }
        }
    })
}

fn retry_line(line: &[u8]) -> Option<u64> {
    std::str::from_utf8(line).ok()?.strip_prefix("retry:")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Instant;

    use http_body_util::Full;
    use hyper::service::service_fn;
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use uuid::Uuid;

    use super::super::trusted::tests::{signed, signer};
    use super::*;
    use crate::ids::DomainId;
    use crate::signing::Scope;

    /// Hands the other end of each connection over.
    struct Dialled {
        connect: mpsc::Sender<DuplexStream>,
        http2: bool,
    }

    #[async_trait]
    impl Dial for Dialled {
        async fn dial(&self) -> io::Result<Box<dyn Socket>> {
            let (here, there) = tokio::io::duplex(1 << 16);
            self.connect.send(there).await.map_err(|_| io::Error::other("nobody serves"))?;
            Ok(Box::new(here))
        }

        fn http2(&self) -> bool {
            self.http2
        }
    }

    struct Served {
        connections: mpsc::Receiver<DuplexStream>,
        told: mpsc::Receiver<Told>,
        ended: tokio::task::JoinHandle<End>,
        trusted: Trusted,
    }

    const LONG: Duration = Duration::from_secs(60);
    const DOMAIN: DomainId = DomainId(Uuid::from_u128(1));
    const OPEN: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

    fn start(last_id: Option<i64>, silence: Duration) -> Served {
        start_over(false, last_id, silence)
    }

    fn start_over(http2: bool, last_id: Option<i64>, silence: Duration) -> Served {
        let (connect, connections) = mpsc::channel(1);
        let (tell, told) = mpsc::channel(1);
        let trusted = Trusted::new(DOMAIN);
        trusted.trust(signer(1).key_id().0, &signer(1).public_key());
        let plan = Plan {
            authority: HeaderValue::from_static("localhost"),
            path: "/v1/nodes/x/events".to_owned(),
            bearer: HeaderValue::from_static("Bearer b"),
            last_id,
            silence,
            longest_wait: Duration::from_millis(80),
            seed: 1,
        };
        let ended = tokio::spawn(follow(plan, Arc::new(Dialled { connect, http2 }), trusted.clone(), tell));
        Served { connections, told, ended, trusted }
    }

    impl Served {
        async fn request(&mut self) -> (DuplexStream, String) {
            let mut connection = self.connections.recv().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(connection.read_u8().await.unwrap());
            }
            (connection, String::from_utf8(head).unwrap())
        }

        async fn told(&mut self) -> Told {
            self.told.recv().await.unwrap()
        }

        async fn came(&mut self) -> (Frame, Result<Arc<Event>, Unverified>) {
            match self.told().await {
                Told::Came { frame, event } => (frame, event),
                other => panic!("{other:?}"),
            }
        }
    }

    fn event(id: i64, key: u8) -> String {
        let payload = json!({ "node_id": id.to_string() });
        let line = signed(&signer(key), "peer_deregistered", Scope::Domain(DOMAIN), &payload);
        format!("id: {id}\nevent: peer_deregistered\ndata: {line}\n\n")
    }

    #[tokio::test]
    async fn it_goes_on_where_it_was_after_as_long_as_it_was_told_to_wait() {
        let mut served = start(None, LONG);
        let (mut connection, request) = served.request().await;
        assert!(request.starts_with("GET /v1/nodes/x/events HTTP/1.1\r\n") && !request.contains("last-event-id"));
        connection.write_all(OPEN.as_bytes()).await.unwrap();
        let Told::Opened(open) = served.told().await else { panic!() };
        assert_eq!(open.after, None);
        // Byte by byte, in the middle of characters and lines.
        for byte in format!("retry: 70\n\n:keep-alive\n\n{}{}", event(4, 1), event(6, 2)).bytes() {
            connection.write_all(&[byte]).await.unwrap();
        }
        let (frame, verified) = served.came().await;
        assert_eq!((frame.id.as_str(), &*frame.event), ("4", "peer_deregistered"));
        assert_eq!(verified.unwrap().payload["node_id"], "4");
        assert_eq!(served.came().await.1.unwrap_err(), Unverified::UnknownKey);
        served.trusted.trust(signer(2).key_id().0, &signer(2).public_key());
        // Cut in the middle of an event: it is nobody's.
        connection.write_all(&event(7, 1).as_bytes()[..40]).await.unwrap();
        drop(connection);
        assert!(matches!(served.told().await, Told::Closed(_)));
        let before = Instant::now();
        let (mut connection, request) = served.request().await;
        assert!(before.elapsed() >= Duration::from_millis(70), "it waits as long as it was told to");
        assert!(request.contains("last-event-id: 6\r\n"), "{request}");
        connection.write_all(OPEN.as_bytes()).await.unwrap();
        let Told::Opened(open) = served.told().await else { panic!() };
        assert_eq!(open.after, Some(6));
        connection.write_all(event(7, 2).as_bytes()).await.unwrap();
        served.came().await.1.unwrap();
        drop(served.told);
        assert_eq!(served.ended.await.unwrap(), End::Unheard);
    }

    #[tokio::test]
    async fn over_http_2_it_goes_on_where_it_was_as_well() {
        let mut served = start_over(true, None, LONG);
        for (after, id) in [(None, 4), (Some(4), 6)] {
            let connection = served.connections.recv().await.unwrap();
            let answer = service_fn(move |request: Request<Incoming>| async move {
                assert_eq!(request.uri(), "https://localhost/v1/nodes/x/events");
                let last_id = request.headers().get("last-event-id").map(|id| id.to_str().unwrap().parse().unwrap());
                assert_eq!(last_id, after);
                assert_eq!(request.headers()[AUTHORIZATION], "Bearer b");
                let answer = Response::builder().header(CONTENT_TYPE, "text/event-stream");
                Ok::<_, Infallible>(answer.body(Full::new(Bytes::from(event(id, 1)))).unwrap())
            });
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(server.serve_connection(TokioIo::new(connection), answer));
            let Told::Opened(open) = served.told().await else { panic!() };
            assert_eq!(open.after, after);
            assert_eq!(served.came().await.0.id, id.to_string());
            assert!(matches!(served.told().await, Told::Closed(_)));
        }
    }

    #[tokio::test]
    async fn silence_is_the_end_of_a_stream() {
        let mut served = start(Some(3), Duration::from_millis(300));
        let (mut connection, _) = served.request().await;
        connection.write_all(format!("{OPEN}retry: 1000\n\n").as_bytes()).await.unwrap();
        served.told().await;
        for _ in 0..3 {
            connection.write_all(b":keep-alive\n\n").await.unwrap();
        }
        let Told::Closed(why) = served.told().await else { panic!() };
        assert!(why.contains("nothing came"), "{why}");
        let (_, request) = served.request().await;
        assert!(request.contains("last-event-id: 3\r\n"));
    }

    #[tokio::test]
    async fn it_stops_for_good_where_it_has_no_business_and_comes_back_after_everything_else() {
        for (status, last) in [(401, true), (403, true), (404, true), (503, false), (500, false), (429, false)] {
            let mut served = start(None, LONG);
            let (mut connection, _) = served.request().await;
            let body = r#"{"code":"some_code"}"#;
            let head = format!("HTTP/1.1 {status} x\r\nretry-after: 9\r\ncontent-length: {}\r\n\r\n", body.len());
            connection.write_all((head + body).as_bytes()).await.unwrap();
            let Told::Refused(refusal) = served.told().await else { panic!() };
            assert_eq!((refusal.status.as_u16(), refusal.code.as_str()), (status, "some_code"));
            assert_eq!(refusal.is_final(), last, "{status}");
            if last {
                assert_eq!(served.ended.await.unwrap(), End::Refused(refusal));
            } else {
                assert_eq!(refusal.retry_after, Some(Duration::from_secs(9)));
                served.request().await;
            }
        }
    }

    #[tokio::test]
    async fn it_tries_again_while_nobody_answers() {
        let mut served = start(None, LONG);
        for _ in 0..3 {
            drop(served.connections.recv().await.unwrap());
            assert!(matches!(served.told().await, Told::Unanswered(_)));
        }
    }
}
