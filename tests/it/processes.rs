//! The program itself, started as an operator starts it: becoming ready, being killed, stopping in order, refusing.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use plexsphere::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio_rustls::client::TlsStream;

use crate::harness::agent::{heartbeat, registration};
use crate::harness::client::Client;
use crate::harness::{Agent, Cluster, Harness, MASTER_KEY, rows, socket};

/// How long a process may take to do what it is waited for; only a hang takes that long.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The program with nothing of ours in its environment, killed when it is dropped.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plexsphere"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PLEXSPHERE_") && name != "PLEXSPHERE_PG_BIN")
    {
        command.env_remove(name);
    }
    command.kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what} takes too long"))
}

pub fn signal(child: &Child, name: &str) {
    let pid = child.id().expect("it runs").to_string();
    assert!(std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

pub async fn ended(child: &mut Child) -> ExitStatus {
    patiently("ending", child.wait()).await.unwrap()
}

/// Runs a command to its end.
pub async fn output(command: &mut Command) -> Output {
    patiently("a command", command.output()).await.unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// An empty folder of the test's own.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("process-{name}"));
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{}: {error}", folder.display()),
        _ => {}
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A running `plexsphere dev`.
struct Dev {
    child: Child,
    ready: Value,
    admin: Client,
}

impl Dev {
    async fn start(folder: &Path) -> Self {
        let ready_file = folder.join("ready.json");
        let _none = std::fs::remove_file(&ready_file);
        let log = std::fs::File::create(folder.join("stderr")).unwrap();
        let said = std::fs::File::create(folder.join("stdout")).unwrap();
        let mut child = program()
            .args(["dev", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(folder.join("data"))
            .arg("--ready-file")
            .arg(&ready_file)
            .stdout(said)
            .stderr(log)
            .spawn()
            .unwrap();
        let ready: Value = patiently("becoming ready", async {
            loop {
                if let Ok(ready) = std::fs::read(&ready_file) {
                    break serde_json::from_slice(&ready).expect("written in one piece");
                }
                if let Some(status) = child.try_wait().unwrap() {
                    panic!("{status}: {}", std::fs::read_to_string(folder.join("stderr")).unwrap());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let member = |name: &str| ready[name].as_str().unwrap();
        let ca = std::fs::read(member("ca_file")).unwrap();
        let admin = Client::trusting(&ca, member("url")).with_bearer(member("admin_token"));
        Self { child, ready, admin }
    }

    async fn stop(mut self) {
        signal(&self.child, "TERM");
        assert!(ended(&mut self.child).await.success());
    }
}

/// Makes a Domain and a project; returns the project.
async fn lab(admin: &Client) -> String {
    let domain = json!({ "name": "lab", "slug": "lab", "mesh_cidr": "10.20.0.0/16" });
    let domain = admin.post("/v1/domains", &domain).await.expect(201);
    let project = json!({ "domain_id": domain["domain_id"], "name": "team", "slug": "team" });
    let project = admin.post("/v1/projects", &project).await.expect(201);
    project["project_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn dev_is_ready_with_one_file_says_what_to_try_and_keeps_everything() {
    let folder = folder("dev");
    let dev = Dev::start(&folder).await;
    let members: Vec<&str> = dev.ready.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members.len(), 5, "{members:?}");
    assert_eq!(dev.ready["pid"], dev.child.id().unwrap());
    assert_eq!(std::fs::metadata(folder.join("ready.json")).unwrap().permissions().mode() & 0o777, 0o600);
    let ready = reqwest::get(format!("{}/readyz", dev.ready["ops_url"].as_str().unwrap())).await.unwrap();
    assert!(ready.status().is_success() || ready.status() == 503, "it is there");
    let domain = {
        lab(&dev.admin).await;
        dev.admin.get("/v1/domains").await.expect(200)["items"][0].clone()
    };
    assert_eq!(domain["slug"], "lab");

    // The last line is a command that works when it is pasted.
    let said = patiently("its words", async {
        loop {
            let said = std::fs::read_to_string(folder.join("stdout")).unwrap();
            if said.contains("curl ") {
                break said;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!(said.contains("plexsphere is running") && said.contains(dev.ready["url"].as_str().unwrap()), "{said}");
    let line = said.trim_end().lines().last().unwrap().trim();
    assert!(line.starts_with("curl "), "{line}");
    let token = dev.ready["admin_token"].as_str().unwrap();
    assert!(!said.contains(token), "secrets are not for terminals");
    let pasted =
        output(Command::new("sh").args(["-c", &format!("{line} --silent --show-error --fail")]).stdout(Stdio::piped()))
            .await;
    assert!(
        pasted.status.success() && text(&pasted.stdout).contains("\"identity"),
        "{}{}",
        text(&pasted.stdout),
        text(&pasted.stderr)
    );

    let before = dev.ready.clone();
    dev.stop().await;
    let again = Dev::start(&folder).await;
    assert_eq!((&again.ready["admin_token"], &again.ready["ca_file"]), (&before["admin_token"], &before["ca_file"]));
    assert_eq!(again.admin.get("/v1/domains").await.expect(200)["items"][0], domain);
    again.stop().await;
}

/// What the server has promised to keep.
struct Acknowledged {
    agent: Agent,
    accepted_at: Option<DateTime<Utc>>,
}

/// Enrols machines and lets each heartbeat a few times, until the server is gone.
async fn enrol_and_heartbeat(admin: Client, project: &str, name: usize, done: &AtomicUsize) -> Vec<Acknowledged> {
    let mut kept = Vec::new();
    let tokens = format!("/v1/projects/{project}/bootstrap-tokens");
    let token = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
    // `None`: the server has gone, or has not said yes.
    let ask = async |client: &Client, path: &str, body: Value, status: u16| {
        let request =
            client.request(http::Method::POST, path).header("content-type", "application/json").body(body.to_string());
        let answer = client.try_send(request).await.ok()?;
        (answer.status.as_u16() == status).then(|| answer.json())
    };
    for n in 0.. {
        let Some(token) = ask(&admin, &tokens, token.clone(), 201).await else { break };
        let body = registration(project, &format!("node-{name}-{n}"), token["token"].as_str().unwrap());
        let anonymous = admin.without_bearer();
        let Some(registered) = ask(&anonymous, "/v1/register", body, 201).await else { break };
        let agent = Agent::from_registration(&anonymous, registered);
        kept.push(Acknowledged { agent: agent.clone(), accepted_at: None });
        for _ in 0..5 {
            let Some(accepted) = ask(&agent.client, &agent.path("heartbeat"), heartbeat(SystemClock.now()), 200).await
            else {
                return kept;
            };
            kept.last_mut().unwrap().accepted_at = Some(accepted["accepted_at"].as_str().unwrap().parse().unwrap());
            done.fetch_add(1, Ordering::Relaxed);
        }
    }
    kept
}

#[tokio::test]
async fn kill_9_loses_no_acknowledged_enrolment_or_heartbeat() {
    let folder = folder("kill-9");
    let mut dev = Dev::start(&folder).await;
    let project = lab(&dev.admin).await;
    let done = AtomicUsize::new(0);
    let clients = join_all((0..6).map(|n| enrol_and_heartbeat(dev.admin.clone(), &project, n, &done)));
    let kill = async {
        patiently("being busy", async {
            while done.load(Ordering::Relaxed) < 200 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
        signal(&dev.child, "KILL");
    };
    let (kept, ()) = tokio::join!(clients, kill);
    assert!(!ended(&mut dev.child).await.success());
    let kept: Vec<Acknowledged> = kept.into_iter().flatten().collect();
    assert!(kept.iter().filter(|one| one.accepted_at.is_some()).count() >= 40);

    let again = Dev::start(&folder).await;
    let anonymous = again.admin.without_bearer();
    for Acknowledged { agent, accepted_at } in kept {
        let node = again.admin.get(&format!("/v1/nodes/{}", agent.node_id)).await.expect(200);
        assert_eq!(node["mesh_ip"], agent.mesh_ip.as_str());
        // Its own key still holds.
        let seen = anonymous.with_bearer(&agent.nsk).get(&agent.path("reachability")).await.expect(200);
        let heard = seen["last_heartbeat_at"].as_str().map(|at| at.parse::<DateTime<Utc>>().unwrap());
        assert!(heard >= accepted_at, "acknowledged {accepted_at:?}, known {heard:?}");
        // A second later accepted_at may have been written and never acknowledged; an earlier one may not be lost.
        assert!(accepted_at.is_none() || seen["state"] == "healthy");
    }
    again.stop().await;
}

/// A running `plexsphere serve` over a database of the shared cluster.
pub struct Serve {
    pub child: Child,
    pub address: SocketAddr,
    ops_address: SocketAddr,
    log: Option<tokio::io::Lines<BufReader<ChildStderr>>>,
}

pub fn serve_command(database: &str) -> Command {
    let certificates = Cluster::certificates();
    let mut command = program();
    // All by the environment, so that a test's flags win.
    command
        .arg("serve")
        .env("PLEXSPHERE_LISTEN", "127.0.0.1:0")
        .env("PLEXSPHERE_OPS_LISTEN", "127.0.0.1:0")
        .env("PLEXSPHERE_DATABASE_CONNECTIONS", "4")
        .env("PLEXSPHERE_TLS_CERT", &certificates.cert_file)
        .env("PLEXSPHERE_TLS_KEY", &certificates.key_file)
        .env("PLEXSPHERE_DATABASE_URL", Cluster::url(database))
        .env("PLEXSPHERE_MASTER_KEY", MASTER_KEY)
        .env("PLEXSPHERE_LOG_FORMAT", "json");
    command
}

impl Serve {
    pub async fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let (address, ops_address) = patiently("serving", async {
            let mut read = Vec::new();
            loop {
                let line = log.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended: {read:?}"));
                match serde_json::from_str::<Value>(&line) {
                    Ok(entry) if entry["message"] == "serving" => {
                        let address = |name: &str| entry[name].as_str().unwrap().parse().unwrap();
                        break (address("address"), address("ops_address"));
                    }
                    _ => read.push(line),
                }
            }
        })
        .await;
        Self { child, address, ops_address, log: Some(log) }
    }

    /// Reads the log to nowhere from now on.
    pub fn without_log(mut self) -> Self {
        if let Some(mut log) = self.log.take() {
            tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        }
        self
    }

    pub async fn get_ops(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}{path}", self.ops_address)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Begins a request whose body is still to come, and returns once the server is at work on it.
    async fn half_sent(&self, token: &str) -> (TlsStream<TcpStream>, Vec<u8>) {
        let body = json!({ "name": "slow", "slug": "slow", "mesh_cidr": "10.99.0.0/16" }).to_string().into_bytes();
        let head = format!(
            "POST /v1/domains HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = socket::connect(self.address).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body[..10]).await.unwrap();
        stream.flush().await.unwrap();
        patiently("taking the request", async {
            while !self.get_ops("/metrics").await.1.contains("plexsphere_http_requests_in_flight 1\n") {}
        })
        .await;
        (stream, body[10..].to_vec())
    }

    async fn until_draining(&self) {
        patiently("draining", async { while self.get_ops("/readyz").await.0 != 503 {} }).await;
    }

    /// Reads the log to its end.
    async fn rest_of_log(&mut self) -> String {
        let mut rest = String::new();
        let Some(log) = &mut self.log else { return rest };
        while let Ok(Some(line)) = log.next_line().await {
            rest += &line;
            rest.push('\n');
        }
        rest
    }
}

/// A database with an administrator; returns its name and the token.
pub async fn bootstrapped() -> (String, String) {
    let database = Cluster::get().await.fresh_database().await;
    let made =
        output(program().args(["admin", "bootstrap"]).env("PLEXSPHERE_DATABASE_URL", Cluster::url(&database))).await;
    assert!(made.status.success(), "{}", text(&made.stderr));
    (database, text(&made.stdout).trim().to_owned())
}

#[tokio::test]
async fn sigterm_finishes_what_is_in_flight_and_exits_in_order() {
    let (database, token) = bootstrapped().await;
    let mut serve = Serve::start(&mut serve_command(&database)).await;
    patiently("becoming ready", async { while serve.get_ops("/readyz").await.0 != 200 {} }).await;
    let (mut stream, rest) = serve.half_sent(&token).await;
    signal(&serve.child, "TERM");
    serve.until_draining().await;
    let (_, body) = serve.get_ops("/readyz").await;
    let readiness: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&readiness["ready"], &readiness["checks"]["serving"]["ok"]), (&json!(false), &json!(false)));
    assert_eq!(serve.get_ops("/livez").await.0, 200);
    patiently("closing the door", async { while TcpStream::connect(serve.address).await.is_ok() {} }).await;

    stream.write_all(&rest).await.unwrap();
    let answer = patiently("the answer", socket::answer(&mut stream)).await.expect("an answer");
    answer.expect(201);
    assert!(ended(&mut serve.child).await.success());
    assert_eq!(rows(&database, "SELECT slug FROM domains").await, [json!({ "slug": "slow" })]);
    assert!(serve.rest_of_log().await.contains("\"stopped\""));
}

#[tokio::test]
async fn what_is_not_done_by_the_deadline_is_cut_off() {
    let (database, token) = bootstrapped().await;
    let mut command = serve_command(&database);
    let mut serve = Serve::start(command.args(["--drain-timeout-seconds", "1", "--body-timeout-seconds", "600"])).await;
    let (mut stream, _rest) = serve.half_sent(&token).await;
    signal(&serve.child, "TERM");
    assert!(ended(&mut serve.child).await.success());
    assert!(serve.rest_of_log().await.contains("cut off"));
    assert!(socket::answer(&mut stream).await.is_none());
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let (database, token) = bootstrapped().await;
    let mut command = serve_command(&database);
    // Without the second signal it would take longer than we wait.
    let mut serve =
        Serve::start(command.args(["--drain-timeout-seconds", "600", "--body-timeout-seconds", "600"])).await;
    let (stream, _rest) = serve.half_sent(&token).await;
    signal(&serve.child, "TERM");
    serve.until_draining().await;
    signal(&serve.child, "INT");
    ended(&mut serve.child).await;
    assert!(serve.rest_of_log().await.contains("stopped at once"));
    drop(stream);
}

#[tokio::test]
async fn sighup_is_survived() {
    let (database, _) = bootstrapped().await;
    let mut serve = Serve::start(&mut serve_command(&database)).await;
    signal(&serve.child, "HUP");
    patiently("looking at the certificate", async {
        let log = serve.log.as_mut().unwrap();
        while !log.next_line().await.unwrap().expect("it ended").contains("the certificate has not changed") {}
    })
    .await;
    assert_eq!(serve.get_ops("/livez").await.0, 200);
}

#[tokio::test]
async fn a_server_whose_log_nobody_reads_answers_and_counts_what_it_does_not_write() {
    let (database, _) = bootstrapped().await;
    let mut command = serve_command(&database);
    // Far more than the pipe holds and the server keeps.
    let mut serve = Serve::start(command.args(["--log", "trace"])).await;
    let client = Client::new(serve.address);
    let dropped = async || {
        let metrics = serve.get_ops("/metrics").await.1;
        let line = metrics.lines().find_map(|line| line.strip_prefix("plexsphere_log_lines_dropped_total "));
        line.and_then(|count| count.parse::<u64>().ok()).expect("it is counted")
    };
    patiently("dropping", async {
        while dropped().await == 0 {
            client.get("/v1/version").await.expect(200);
        }
    })
    .await;
    client.get("/v1/version").await.expect(200);
    signal(&serve.child, "TERM");
    // Its last words find no room.
    assert!(ended(&mut serve.child).await.success());
}

#[tokio::test]
async fn config_shows_what_holds_and_no_secret() {
    let shown = output(
        program()
            .args(["config", "--listen", "127.0.0.1:7443"])
            .env("PLEXSPHERE_DATABASE_URL", "postgres://plex:hunter2@db.example/plexsphere")
            .env("PLEXSPHERE_MASTER_KEY", MASTER_KEY)
            .env("PLEXSPHERE_IDLE_TIMEOUT_SECONDS", "77"),
    )
    .await;
    assert!(shown.status.success());
    let toml = text(&shown.stdout);
    for expected in [
        "listen = \"127.0.0.1:7443\"",
        "idle_timeout_seconds = 77 # variable PLEXSPHERE_IDLE_TIMEOUT_SECONDS",
        "db.example",
    ] {
        assert!(toml.contains(expected), "{expected} in {toml}");
    }
    for secret in ["hunter2", MASTER_KEY] {
        assert!(!toml.contains(secret) && !text(&shown.stderr).contains(secret));
    }
    let read_back: toml::Table = toml.parse().expect("it is TOML");
    assert_eq!(read_back["listen"].as_str(), Some("127.0.0.1:7443"));
}

#[tokio::test]
async fn migrate_brings_a_schema_up_once_and_bootstrap_makes_one_administrator() {
    let database = Cluster::get().await.empty_database().await;
    let run = async |arguments: &[&str]| {
        output(program().args(arguments).env("PLEXSPHERE_DATABASE_URL", Cluster::url(&database))).await
    };
    let first = run(&["migrate"]).await;
    assert!(first.status.success(), "{}", text(&first.stderr));
    let applied = rows(&database, "SELECT version FROM __diesel_schema_migrations").await.len();
    assert!(applied > 0 && text(&first.stdout).starts_with(&format!("{applied} migrations applied")));
    assert!(text(&run(&["migrate"]).await.stdout).starts_with("0 migrations applied"));

    let made = run(&["admin", "bootstrap"]).await;
    let token = text(&made.stdout).trim().to_owned();
    assert!(made.status.success() && token.starts_with("psk_dev_") && !token.contains(char::is_whitespace), "{token}");
    let refused = run(&["admin", "bootstrap"]).await;
    assert!(!refused.status.success() && refused.stdout.is_empty());
    assert!(text(&refused.stderr).contains("--force"), "{}", text(&refused.stderr));
    let forced = text(&run(&["admin", "bootstrap", "--force"]).await.stdout).trim().to_owned();
    assert_ne!(forced, token);

    let serve = Serve::start(&mut serve_command(&database)).await;
    for token in [token, forced] {
        Client::new(serve.address).with_bearer(&token).get("/v1/domains").await.expect(200);
    }
}

#[tokio::test]
async fn what_it_cannot_serve_with_is_refused_in_words() {
    let h = Harness::start().await;
    h.lab().await;
    let newer = Cluster::get().await.fresh_database().await;
    let behind = Cluster::get().await.empty_database().await;
    let mut conn = Cluster::get().await.connect(&newer).await;
    diesel_async::SimpleAsyncConnection::batch_execute(
        &mut conn,
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('999')",
    )
    .await
    .unwrap();
    let other_key = "//////////////////////////////////////////8=";
    let missing = "/nonexistent/certificate.pem";
    // The database, flags, variables, and what is said.
    type Case<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case; 9] = [
        (&h.database, &["--plaintext", "--listen", "0.0.0.0:0"], &[], "loopback"),
        (&h.database, &["--tls-cert", missing], &[], missing),
        (&h.database, &["--tls-key", missing], &[], missing),
        (&h.database, &[], &[("PLEXSPHERE_MASTER_KEY", other_key)], "master key"),
        (&h.database, &[], &[("PLEXSPHERE_MASTER_KEY", "short")], "master_key"),
        (&h.database, &["--idle-timeout-seconds", "0"], &[], "idle_timeout_seconds"),
        (&newer, &[], &[], "999"),
        (&behind, &["--migrate=false"], &[], "plexsphere migrate"),
        (
            &h.database,
            &[],
            &[("PLEXSPHERE_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none?sslmode=disable")],
            "database",
        ),
    ];
    for (database, arguments, variables, expected) in cases {
        let mut command = serve_command(database);
        let refused = output(command.args(arguments).envs(variables.iter().copied())).await;
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?} {variables:?}: {said}");
        let last = said
            .lines()
            .filter(|line| line.starts_with("plexsphere: ") || !line.starts_with('{'))
            .collect::<Vec<_>>()
            .join("\n");
        assert!(last.starts_with("plexsphere: ") && last.contains(expected), "{arguments:?} {variables:?}: {said}");
        assert!(!said.contains(MASTER_KEY) && !said.contains("panicked"), "{said}");
    }
    h.stop().await;
}

#[tokio::test]
async fn starters_that_race_on_an_empty_database_all_come_up() {
    let database = Cluster::get().await.empty_database().await;
    let mut commands: Vec<Command> = (0..4).map(|_| serve_command(&database)).collect();
    let servers = join_all(commands.iter_mut().map(Serve::start)).await;
    for serve in &servers {
        Client::new(serve.address).get("/v1/health").await.expect(200);
    }
    assert_eq!(rows(&database, "SELECT only_row FROM installation").await.len(), 1);
}
