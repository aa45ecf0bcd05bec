//! The processes that are measured.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plexsphere::clock::SystemClock;
use plexsphere::config::{Config, Overrides};
use plexsphere::postgres::embedded::{Embedded, Settings};
use plexsphere::postgres::{Database, migrations};
use plexsphere::signing::Sealer;
use plexsphere::tls::{DevCertificates, ensure_dev_certificates};
use plexsphere::wiring::{self, Server};

pub const MASTER_KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

/// A PostgreSQL of its own that makes every commit durable.
pub async fn postgres() -> Embedded {
    let settings = Settings {
        data_dir: folder().join("bench-postgres"),
        bin_dir: std::env::var_os("PLEXSPHERE_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from),
        durable: true,
        max_connections: 600,
    };
    Embedded::start(&settings).await.unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

pub fn certificates() -> DevCertificates {
    let dir = folder().join("bench-certificates");
    std::fs::create_dir_all(&dir).unwrap();
    ensure_dev_certificates(&dir, &[]).unwrap()
}

/// Settings of a replica in this process.
pub fn config(listen: SocketAddr, url: &str) -> Config {
    let certificates = certificates();
    let overrides = Overrides {
        tls_cert: Some(certificates.cert_file),
        tls_key: Some(certificates.key_file),
        ..without_tls(listen, url)
    };
    Config::load(overrides, std::iter::empty()).unwrap()
}

/// The same, without what TLS needs.
pub fn without_tls(listen: SocketAddr, url: &str) -> Overrides {
    Overrides {
        listen: Some(listen),
        ops_listen: Some(([127, 0, 0, 1], 0).into()),
        database_url: Some(url.parse().unwrap()),
        master_key: Some(MASTER_KEY.to_owned().into()),
        ..Overrides::default()
    }
}

/// A replica in this process.
pub async fn replica(url: &str) -> Server {
    let config = config(([127, 0, 0, 1], 0).into(), url);
    wiring::start(&config, Arc::new(SystemClock), |_| {}).await.unwrap()
}

/// What the servers seal with.
pub fn sealer() -> Sealer {
    Sealer::new(&STANDARD.decode(MASTER_KEY).unwrap().try_into().unwrap())
}

/// A migrated database; returns its URL.
pub async fn fresh(postgres: &Embedded, name: &str) -> String {
    let (client, connection) = tokio_postgres::connect(&postgres.url("postgres"), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    postgres.ensure_database(name).await.unwrap();
    let url = postgres.url(name);
    migrations::run(&Database::new(&url, 1).unwrap()).await.unwrap();
    url
}

/// A free port. Another program may take it before we do; then the start fails and says so.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The release server.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
}

impl Serving {
    pub async fn start(url: &str) -> Self {
        Self::start_with(url, &[]).await
    }

    /// With other settings, by the environment.
    pub async fn start_with(url: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_at(url, ([127, 0, 0, 1], free_port()).into(), settings).await
    }

    /// The same at this address.
    pub async fn start_at(url: &str, address: SocketAddr, settings: &[(&str, &str)]) -> Self {
        let ops = free_port();
        let certificates = certificates();
        let child = Command::new(env!("CARGO_BIN_EXE_plexsphere"))
            .args([
                "serve",
                "--listen",
                &address.to_string(),
                "--ops-listen",
                &format!("127.0.0.1:{ops}"),
                "--log",
                "warn",
            ])
            .arg("--tls-cert")
            .arg(&certificates.cert_file)
            .arg("--tls-key")
            .arg(&certificates.key_file)
            .env("PLEXSPHERE_DATABASE_URL", url)
            .env("PLEXSPHERE_MASTER_KEY", MASTER_KEY)
            .envs(settings.iter().copied())
            .spawn()
            .unwrap();
        wait_for(address).await;
        Self { child, address }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory, in MB.
    pub fn resident_mb(&self) -> f64 {
        resident_mb(self.pid())
    }

    /// Kills it, without a chance to end in order.
    pub async fn kill(mut self) {
        self.child.kill().unwrap();
        tokio::task::spawn_blocking(move || self.child.wait().unwrap()).await.unwrap();
    }

    pub async fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        tokio::task::spawn_blocking(move || self.child.wait().unwrap()).await.unwrap();
    }
}

/// A hyper server that answers a constant, in a process of its own.
pub struct Bare {
    child: Child,
    pub address: SocketAddr,
}

/// Resident memory of a process, in MB.
pub fn resident_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

impl Bare {
    pub async fn start_with(arguments: &[&str]) -> Self {
        let address: SocketAddr = ([127, 0, 0, 1], free_port()).into();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["bare", &address.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        wait_for(address).await;
        Self { child, address }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

async fn wait_for(address: SocketAddr) {
    for _ in 0..600 {
        if tokio::net::TcpStream::connect(address).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing listens on {address}");
}
