//! The simulated fleet judges servers: here a real one, behind somebody who lies about its streams.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::clock::{Clock, SystemClock};
use plexsphere::config::Config;
use plexsphere::ids::DomainId;
use plexsphere::tenancy::signing_keys::rotate;
use plexsphere::wiring::{self, Server};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::harness::{Client, Cluster, overrides, sealer, socket};
use crate::processes::{patiently, text};

const AGENTS: usize = 8;

/// What is told to agents that ask for a stream.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// None.
    None,
    /// To this one of them, by turns: no, for this reason.
    Refused(usize, &'static str, &'static str),
    /// To all of them.
    AllRefused(&'static str, &'static str),
    /// Everything but events of this type.
    Without(&'static str),
}

#[derive(Clone, Copy, Default)]
struct Asked {
    streams: usize,
    states: usize,
}

/// Stands before the server.
struct Liar {
    address: SocketAddr,
    /// What was asked for on connections of its own: streams, and states to fold their events over.
    asked: watch::Receiver<Asked>,
}

impl Liar {
    async fn start(server: SocketAddr, lie: Lie) -> Self {
        let certificates = Cluster::certificates();
        let chain = vec![CertificateDer::from_pem_file(&certificates.cert_file).unwrap()];
        let key = PrivateKeyDer::from_pem_file(&certificates.key_file).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, asked) = watch::channel(Asked::default());
        let tell = Arc::new(tell);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (tls, tell) = (tls.clone(), tell.clone());
                tokio::spawn(async move {
                    if let Ok(client) = tls.accept(connection).await {
                        let _cut = pass(client, server, lie, &tell).await;
                    }
                });
            }
        });
        Self { address, asked }
    }

    /// Returns once all agents have asked for their streams, and have pulled what they fold events over.
    async fn asked_by_all(&mut self) {
        let all = |asked: &Asked| asked.streams.min(asked.states) >= AGENTS;
        patiently("opening streams", self.asked.wait_for(all)).await.unwrap();
    }
}

/// A connection: agents have one for each stream and others for everything else.
async fn pass(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    server: SocketAddr,
    lie: Lie,
    tell: &watch::Sender<Asked>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let request = text(&head[..head.iter().position(|byte| *byte == b'\r').unwrap()]);
    let is_stream = request.starts_with("GET /v1/nodes/") && request.ends_with("/events HTTP/1.1");
    let mut before = Asked::default();
    tell.send_modify(|asked| {
        before = *asked;
        asked.streams += usize::from(is_stream);
        asked.states += usize::from(request.starts_with("GET /v1/nodes/") && request.ends_with("/state HTTP/1.1"));
    });
    let refused = match lie {
        Lie::Refused(which, status, code) if is_stream && before.streams == which => Some((status, code)),
        Lie::AllRefused(status, code) if is_stream => Some((status, code)),
        _ => None,
    };
    if let Some((status, code)) = refused {
        let body = format!(r#"{{"code":"{code}"}}"#);
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        return client.write_all((head + &body).as_bytes()).await;
    }
    let mut server = socket::connect(server).await;
    server.write_all(&head).await?;
    match lie {
        Lie::Without(event) if is_stream => {
            let (from, mut to) = (BufReader::new(server), client);
            without(event, from, &mut to).await
        }
        _ => tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop),
    }
}

/// Passes an answer of chunks on, all but the events of one type.
async fn without(
    event: &str,
    mut from: impl AsyncBufReadExt + Unpin,
    to: &mut (impl AsyncWrite + Unpin),
) -> std::io::Result<()> {
    let wanted = format!("event: {event}\n");
    let mut line = String::new();
    while from.read_line(&mut line).await? > 2 {
        to.write_all(std::mem::take(&mut line).as_bytes()).await?;
    }
    to.write_all(b"\r\n").await?;
    loop {
        to.flush().await?;
        line.clear();
        from.read_line(&mut line).await?;
        let Ok(length) = usize::from_str_radix(line.trim_end(), 16) else { return Ok(()) };
        let mut chunk = vec![0; length + 2];
        from.read_exact(&mut chunk).await?;
        let frames = text(&chunk[..length]);
        let kept: String = frames.split_inclusive("\n\n").filter(|frame| !frame.contains(&wanted)).collect();
        if !kept.is_empty() || length == 0 {
            to.write_all(format!("{:x}\r\n{kept}\r\n", kept.len()).as_bytes()).await?;
        }
    }
}

/// A server, who lies for it, and a fleet.
struct Run {
    server: Server,
    database: String,
    admin: Client,
    liar: Liar,
    fleet: Child,
}

impl Run {
    async fn start(lie: Lie, seconds: u32) -> Self {
        let cluster = Cluster::get().await;
        let database = cluster.fresh_database().await;
        cluster.let_relay(&database).await;
        let config = Config::load(overrides(&database), std::iter::empty()).unwrap();
        let server = wiring::start(&config, Arc::new(SystemClock), |_| {}).await.unwrap();
        let (_, token) = first_administrator(server.database(), "dev", false, SystemClock.now()).await.unwrap();
        let admin = Client::new(server.address()).with_bearer(&token);
        let liar = Liar::start(server.address(), lie).await;
        let fleet = Command::new(env!("CARGO_BIN_EXE_fleet"))
            .args(["--server", &format!("https://{}", liar.address), "--json", "--heartbeat-interval", "0.3"])
            .args(["--nodes", &AGENTS.to_string(), "--duration", &seconds.to_string(), "--seed", "7"])
            .arg("--ca")
            .arg(&Cluster::certificates().ca_file)
            .env("FLEET_ADMIN_TOKEN", &*token)
            .kill_on_drop(true)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { server, database, admin, liar, fleet }
    }

    async fn rotate_the_signing_key(&self) {
        let domains = self.admin.get("/v1/domains").await.expect(200);
        let domain: DomainId = domains["items"][0]["domain_id"].as_str().unwrap().parse().unwrap();
        rotate(self.server.database(), &sealer(), domain, TimeDelta::hours(1), false, SystemClock.now()).await.unwrap();
    }

    /// The report.
    async fn ended(self) -> Value {
        let output = patiently("the fleet", self.fleet.wait_with_output()).await.unwrap();
        self.server.stop(Duration::from_secs(5)).await;
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
        assert_eq!(report["passed"] == true, output.status.success());
        report
    }
}

/// How often an operation has broken a rule.
fn violations(report: &Value, operation: &str, rule: &str) -> i64 {
    let rows = report["violations"]["by_rule"].as_array().unwrap();
    let row = rows.iter().find(|row| row["operation"] == operation && row["rule"] == rule);
    row.map_or(0, |row| row["count"].as_i64().unwrap())
}

#[tokio::test]
async fn a_fleet_passes_whose_keys_are_replaced_meanwhile() {
    let mut run = Run::start(Lie::None, 6).await;
    run.liar.asked_by_all().await;
    run.rotate_the_signing_key().await;
    let nodes = run.admin.get("/v1/nodes").await.expect(200);
    for node in nodes["items"].as_array().unwrap().iter().step_by(2) {
        let path = format!("/v1/nodes/{}/nsk/flag", node["node_id"].as_str().unwrap());
        run.admin.post_empty(&path).await.expect(204);
    }
    let report = run.ended().await;
    assert_eq!(report["failures"], serde_json::json!([]), "{report:#}");
    assert!(report["re_enrolments"].as_i64() >= Some(4), "{report:#}");
    assert!(report["streams"]["witnessed"].as_i64() > Some(0), "{report:#}");
}

#[tokio::test]
async fn a_stream_that_is_refused_for_good_while_its_key_holds_is_a_violation() {
    let refusals = [("401 x", "unauthenticated"), ("403 x", "node_id_mismatch"), ("404 x", "node_not_found")];
    let runs = refusals.map(async |(status, code)| Run::start(Lie::Refused(2, status, code), 2).await.ended().await);
    for report in join_all(runs).await {
        assert_eq!(violations(&report, "GetNodeEvents", "turned away"), 1, "{report:#}");
    }
}

#[tokio::test]
async fn a_server_that_forgets_keys_is_seen() {
    let mut run = Run::start(Lie::None, 6).await;
    run.liar.asked_by_all().await;
    let mut database = Cluster::get().await.connect(&run.database).await;
    let forget = "UPDATE node_secret_keys SET key_hash = sha256(key_hash); \
        INSERT INTO credential_changes (credential_id) SELECT id FROM nodes";
    database.batch_execute(forget).await.unwrap();
    let report = run.ended().await;
    assert_eq!(report["re_enrolments"], AGENTS, "{report:#}");
    let rules = report["violations"]["by_rule"].as_array().unwrap().iter();
    let turned_away = rules.filter(|row| row["rule"] == "turned away").map(|row| row["count"].as_u64().unwrap());
    assert!(turned_away.sum::<u64>() >= AGENTS as u64, "{report:#}");
}

#[tokio::test]
async fn streams_that_are_not_provided_are_violations() {
    let lie = Lie::AllRefused("501 x", "signed_event_bus_not_provisioned");
    let report = Run::start(lie, 2).await.ended().await;
    assert!(violations(&report, "GetNodeEvents", "refusal") >= AGENTS as i64, "{report:#}");
    let failures = report["failures"].to_string();
    assert!(failures.contains("no streams opened") && failures.contains("no events"), "{failures}");
}

#[tokio::test]
async fn an_event_of_one_node_that_is_lost_is_missed() {
    let events = ["rotate_keys", "node_state_updated"];
    let runs = events.map(async |event| Run::start(Lie::Without(event), 2).await.ended().await);
    for report in join_all(runs).await {
        assert!(violations(&report, "GetNodeEvents", "witness") > 0, "{report:#}");
    }
}

#[tokio::test]
async fn a_key_that_was_never_announced_is_a_violation() {
    let mut run = Run::start(Lie::Without("signing_key_rotated"), 6).await;
    run.liar.asked_by_all().await;
    run.rotate_the_signing_key().await;
    let report = run.ended().await;
    assert!(violations(&report, "GetNodeEvents", "unknown key") > 0, "{report:#}");
}
