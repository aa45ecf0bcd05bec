//! Connections: protocols, certificates, and limits that really fire. Time is real here: what is awaited is the
//! server's close, and a limit that does not fire ends as a test that takes too long.

use std::path::Path;
use std::time::Duration;

use http::{Method, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use plexsphere::config::{Overrides, Seconds};
use plexsphere::tls::ensure_dev_certificates;
use rustls::pki_types::CertificateDer;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::harness::client::Client;
use crate::harness::{Cluster, Harness, socket};

const HEALTH: &str = "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// Longer than any limit that is to fire, shorter than those that are not.
const PATIENCE: Duration = Duration::from_secs(60);

fn seconds(count: u64) -> Option<Seconds> {
    Some(count.to_string().parse().unwrap())
}

/// A server all of whose timeouts are far off, but for what `settings` says.
async fn server(settings: impl FnOnce(&mut Overrides)) -> Harness {
    Harness::start_with(
        |all| {
            all.handshake_timeout_seconds = seconds(600);
            all.header_timeout_seconds = seconds(600);
            all.body_timeout_seconds = seconds(600);
            all.idle_timeout_seconds = seconds(600);
            all.write_timeout_seconds = seconds(600);
            settings(all);
        },
        |_| {},
    )
    .await
}

async fn patiently<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("the limit does not fire")
}

async fn asks_health(stream: &mut TlsStream<TcpStream>) {
    stream.write_all(HEALTH.as_bytes()).await.unwrap();
    assert_eq!(socket::answer(stream).await.expect("an answer").status, 200);
}

/// Polls the operations listener until it tells `line`.
async fn until_metric(h: &Harness, line: &str) {
    patiently(async {
        loop {
            if h.metrics().await.lines().any(|found| found == line) {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn http_1_and_http_2_are_both_spoken() {
    let h = Harness::start().await;
    for (client, version) in
        [(Client::new(h.address()), Version::HTTP_2), (Client::http1(h.address()), Version::HTTP_11)]
    {
        let answer = client.request(Method::GET, "/v1/health").send().await.unwrap();
        assert_eq!((answer.status(), answer.version()), (StatusCode::OK, version));
    }
    let ca = &Cluster::certificates().ca_file;
    for (offered, chosen) in
        [(&["h2", "http/1.1"][..], Some(&b"h2"[..])), (&["http/1.1"], Some(b"http/1.1")), (&[], None)]
    {
        let mut stream = socket::connect_trusting(ca, h.address(), offered).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), chosen);
        if chosen != Some(b"h2") {
            asks_health(&mut stream).await;
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn a_new_certificate_is_used_for_new_connections_only() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let made = |name: &str| {
        let dir = dir.path().join(name);
        std::fs::create_dir(&dir).unwrap();
        ensure_dev_certificates(&dir, &[]).unwrap()
    };
    let (first, second) = (made("first"), made("second"));
    let (cert, key) = (dir.path().join("server.crt"), dir.path().join("server.key"));
    let install = |from: &plexsphere::tls::DevCertificates| {
        std::fs::copy(&from.cert_file, &cert).unwrap();
        std::fs::copy(&from.key_file, &key).unwrap();
    };
    install(&first);
    let h = Harness::start_with(
        |all| {
            all.tls_cert = Some(cert.clone());
            all.tls_key = Some(key.clone());
        },
        |_| {},
    )
    .await;
    let connect = async |ca: &Path| socket::connect_trusting(ca, h.address(), &["http/1.1"]).await;
    let certificate = |stream: &TlsStream<TcpStream>| -> CertificateDer<'static> {
        stream.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    let mut old = connect(&first.ca_file).await;
    asks_health(&mut old).await;

    // What cannot be used changes nothing.
    std::fs::write(&cert, "no certificate").unwrap();
    h.server.reload_tls();
    assert_eq!(certificate(&connect(&first.ca_file).await), certificate(&old));

    install(&second);
    h.server.reload_tls();
    let mut new = connect(&second.ca_file).await;
    assert_ne!(certificate(&new), certificate(&old));
    asks_health(&mut new).await;
    asks_health(&mut old).await;
    h.stop().await;
}

#[tokio::test]
async fn a_peer_that_does_not_shake_hands_is_closed() {
    let h = server(|all| all.handshake_timeout_seconds = seconds(1)).await;
    let mut silent = TcpStream::connect(h.address()).await.unwrap();
    let mut half = TcpStream::connect(h.address()).await.unwrap();
    // The beginning of a handshake record.
    half.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    patiently(async { tokio::join!(socket::closed(&mut silent), socket::closed(&mut half)) }).await;
    h.stop().await;
}

#[tokio::test]
async fn a_head_that_dribbles_is_closed() {
    let h = server(|all| all.header_timeout_seconds = seconds(1)).await;
    let stream = socket::connect(h.address()).await;
    let (mut reading, mut writing) = tokio::io::split(stream);
    writing.write_all(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.unwrap();
    let dribble = async {
        loop {
            if writing.write_all(b"x").await.is_err() || writing.flush().await.is_err() {
                break std::future::pending().await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    patiently(async {
        tokio::select! {
            _ = socket::closed(&mut reading) => {}
            () = dribble => {}
        }
    })
    .await;
    h.stop().await;
}

#[tokio::test]
async fn a_body_that_dribbles_is_timed_out_and_told() {
    let h = server(|all| all.body_timeout_seconds = seconds(1)).await;
    let mut stream = socket::connect(h.address()).await;
    let head = "POST /v1/register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = patiently(socket::answer(&mut stream)).await.expect("an answer");
    answer.refused(408, "request_timeout");
    assert_eq!(answer.header("connection"), Some("close"));
    patiently(socket::closed(&mut stream)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_connection_at_rest_is_closed_and_one_that_asks_now_and_then_is_not() {
    let h = server(|all| {
        all.idle_timeout_seconds = seconds(1);
        all.header_timeout_seconds = seconds(1);
    })
    .await;
    let mut never_asked = socket::connect(h.address()).await;
    let mut asked_once = socket::connect(h.address()).await;
    asks_health(&mut asked_once).await;
    let mut lively = socket::connect(h.address()).await;
    let asking = async {
        for _ in 0..6 {
            asks_health(&mut lively).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    patiently(async { tokio::join!(socket::closed(&mut never_asked), socket::closed(&mut asked_once), asking) }).await;
    h.stop().await;
}

#[tokio::test]
async fn an_http_2_connection_at_rest_is_closed_also_when_it_pings() {
    let h = server(|all| all.idle_timeout_seconds = seconds(1)).await;
    for ping in [None, Some(Duration::from_millis(100))] {
        let stream = socket::connect_trusting(&Cluster::certificates().ca_file, h.address(), &["h2"]).await;
        let (mut sender, connection) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(ping)
            .keep_alive_while_idle(true)
            .handshake::<_, http_body_util::Empty<bytes::Bytes>>(TokioIo::new(stream))
            .await
            .unwrap();
        let ask = async {
            let request = http::Request::get("https://localhost/v1/health").body(http_body_util::Empty::new()).unwrap();
            assert_eq!(sender.send_request(request).await.unwrap().status(), 200);
            std::future::pending::<()>().await;
        };
        patiently(async {
            tokio::select! {
                _closed = connection => {}
                () = ask => {}
            }
        })
        .await;
    }
    h.stop().await;
}

#[tokio::test]
async fn a_peer_that_takes_nothing_is_closed() {
    let h = server(|all| all.write_timeout_seconds = seconds(1)).await;
    let mut stream = socket::connect(h.address()).await;
    asks_health(&mut stream).await;
    // More than all buffers on the way hold; the peer reads none of it.
    let asked = "GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(200);
    stream.write_all(asked.as_bytes()).await.unwrap();
    until_metric(&h, "plexsphere_connections_open 0").await;
    h.stop().await;
}

#[tokio::test]
async fn connections_have_a_limit() {
    let h = server(|all| all.max_connections = Some(2)).await;
    let (mut one, mut two) = (socket::connect(h.address()).await, socket::connect(h.address()).await);
    asks_health(&mut one).await;
    asks_health(&mut two).await;
    let mut three = TcpStream::connect(h.address()).await.unwrap();
    assert!(patiently(socket::closed(&mut three)).await.is_empty());
    asks_health(&mut two).await;
    drop(one);
    until_metric(&h, "plexsphere_connections_open 1").await;
    asks_health(&mut socket::connect(h.address()).await).await;
    h.stop().await;
}

/// A request whose body is still to come.
async fn half_sent(h: &Harness, slug: &str) -> (TlsStream<TcpStream>, Vec<u8>) {
    let body = json!({ "name": slug, "slug": slug, "mesh_cidr": "10.99.0.0/16" }).to_string().into_bytes();
    let head = format!(
        "POST /v1/domains HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        h.admin_token,
        body.len()
    );
    let mut stream = socket::connect(h.address()).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    (stream, body)
}

#[tokio::test]
async fn heads_over_16_kib_are_refused_with_a_problem_and_over_64_kib_by_hyper() {
    let h = Harness::start().await;
    for client in [Client::new(h.address()), Client::http1(h.address())] {
        client.send(client.request(Method::GET, "/v1/health").header("x-long", "x".repeat(15_000))).await.expect(200);
        let long = client.request(Method::GET, "/v1/health").header("x-long", "x".repeat(16_500));
        client.send(long).await.refused(431, "request_headers_too_large");
        let long = client.request(Method::GET, &format!("/v1/{}", "x".repeat(16_500)));
        client.send(long).await.refused(431, "request_headers_too_large");
        client.get("/v1/health").await.expect(200);
    }
    let mut stream = socket::connect(h.address()).await;
    let head = format!("GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "x".repeat(200_000));
    // The server may have closed before it has taken everything.
    let _cut = stream.write_all(head.as_bytes()).await;
    let answer = patiently(socket::answer(&mut stream)).await.expect("an answer");
    assert_eq!((answer.status.as_u16(), answer.bytes.len()), (431, 0));
    h.stop().await;
}

#[tokio::test]
async fn one_connection_carries_hundreds_of_requests() {
    let h = Harness::start().await;
    let mut stream = socket::connect(h.address()).await;
    for _ in 0..200 {
        asks_health(&mut stream).await;
    }
    // Sent without waiting, with refusals in between: each is answered, in order.
    let unknown = "GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(format!("{HEALTH}{unknown}").repeat(10).as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    while String::from_utf8_lossy(&bytes).matches("route_not_found\",\"correlation_id").count() < 10 {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "closed after {}", String::from_utf8_lossy(&bytes));
    }
    let text = String::from_utf8(bytes).unwrap();
    let statuses: Vec<&str> = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "404"].repeat(10));
    h.stop().await;
}

#[tokio::test]
async fn plaintext_is_served_on_loopback_when_asked_for() {
    let h = server(|all| {
        all.plaintext = Some(true);
        (all.tls_cert, all.tls_key) = (None, None);
    })
    .await;
    let ca = std::fs::read(&Cluster::certificates().ca_file).unwrap();
    let client = Client::trusting(&ca, &format!("http://{}", h.address())).with_bearer(&h.admin_token);
    client.get("/v1/domains").await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte() {
    let h = Harness::start().await;
    let (mut stream, body) = half_sent(&h, "slow").await;
    for byte in body {
        stream.write_all(&[byte]).await.unwrap();
        stream.flush().await.unwrap();
    }
    socket::answer(&mut stream).await.expect("an answer").expect(201);
    for byte in HEALTH.bytes() {
        stream.write_all(&[byte]).await.unwrap();
        stream.flush().await.unwrap();
    }
    assert_eq!(socket::answer(&mut stream).await.expect("an answer").status, 200);
    h.stop().await;
}

#[tokio::test]
async fn a_peer_that_stops_half_way_leaves_nothing_behind() {
    let h = server(|_| {}).await;
    // It closes its side in the middle of a body; another one vanishes.
    let (mut half_closed, body) = half_sent(&h, "half").await;
    half_closed.write_all(&body[..10]).await.unwrap();
    let (mut vanished, body) = half_sent(&h, "gone").await;
    vanished.write_all(&body[..10]).await.unwrap();
    until_metric(&h, "plexsphere_http_requests_in_flight 2").await;
    half_closed.shutdown().await.unwrap();
    patiently(socket::closed(&mut half_closed)).await;
    drop(vanished);
    until_metric(&h, "plexsphere_http_requests_in_flight 0").await;
    until_metric(&h, "plexsphere_connections_open 0").await;
    assert_eq!(h.admin.get("/v1/domains").await.expect(200)["items"], json!([]));
    h.stop().await;
}

#[tokio::test]
async fn garbage_harms_nobody_else() {
    let h = server(|_| {}).await;
    let mut bystander = socket::connect(h.address()).await;
    asks_health(&mut bystander).await;
    let garbage: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    // Instead of a handshake.
    for bytes in [&garbage[..], HEALTH.as_bytes(), &[0; 600]] {
        let mut plain = TcpStream::connect(h.address()).await.unwrap();
        let _cut = plain.write_all(bytes).await;
        let said = patiently(socket::closed(&mut plain)).await;
        assert!(!String::from_utf8_lossy(&said).contains("HTTP/1.1 200"));
    }
    // Instead of a request.
    for bytes in [
        &garbage[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /v1/health HTTP/9.9\r\n\r\n",
        b"GET  / / HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = socket::connect(h.address()).await;
        let _cut = stream.write_all(bytes).await;
        let said = String::from_utf8_lossy(&patiently(socket::closed(&mut stream)).await).into_owned();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.1 505"), "{said}");
    }
    let mut stream = socket::connect_trusting(&Cluster::certificates().ca_file, h.address(), &["h2"]).await;
    let _cut = stream.write_all(&garbage).await;
    patiently(socket::closed(&mut stream)).await;
    asks_health(&mut bystander).await;
    h.stop().await;
}
