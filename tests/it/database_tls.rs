//! A database across a network: the connection is encrypted, and the server at its other end is the one it should be.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use plexsphere::postgres::embedded::{Embedded, Settings};
use plexsphere::tls::{DevCertificates, ensure_dev_certificates};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio_rustls::TlsAcceptor;

use crate::harness::MASTER_KEY;
use crate::processes::{ended, folder, output, patiently, program, signal, text};

/// What a client sends first when it wants TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A PostgreSQL that listens on a port.
struct Listening {
    child: Child,
    port: u16,
}

/// What one is started with.
struct Cluster {
    bin_dir: PathBuf,
    data: PathBuf,
    /// Files for the server's account.
    folder: PathBuf,
}

#[derive(diesel::QueryableByName)]
struct Shown {
    #[diesel(sql_type = diesel::sql_types::Text)]
    data_directory: String,
}

impl Cluster {
    /// An empty one with a role that has a password.
    async fn make(name: &str) -> Self {
        let data_dir = folder(name);
        let bin_dir = std::env::var_os("PLEXSPHERE_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let settings = Settings { data_dir: data_dir.clone(), bin_dir, durable: false, max_connections: 20 };
        let postgres = Embedded::start(&settings).await.unwrap();
        let mut conn = AsyncPgConnection::establish(&postgres.url("postgres")).await.unwrap();
        conn.batch_execute("CREATE ROLE afar LOGIN PASSWORD 'hunter2'").await.unwrap();
        conn.batch_execute("CREATE DATABASE afar OWNER afar").await.unwrap();
        let shown: Shown = diesel::sql_query("SHOW data_directory").get_result(&mut conn).await.unwrap();
        let made = Self { bin_dir: postgres.bin_dir().to_owned(), data: shown.data_directory.into(), folder: data_dir };
        drop(conn);
        postgres.stop().await.unwrap();
        made
    }

    /// Writes a file that only the server's account may read.
    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let owner = std::fs::metadata(&self.data).unwrap();
        let path = self.data.join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        path
    }

    /// Starts it with TLS by these certificates, or without TLS.
    async fn listen(&self, certificates: Option<&DevCertificates>) -> Listening {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let mut command = Command::new(self.bin_dir.join("postgres"));
        let mut set = |name: &str, value: &str| {
            command.arg("-c").arg(format!("{name}={value}"));
        };
        set("data_directory", self.data.to_str().unwrap());
        set("listen_addresses", "127.0.0.1");
        set("port", &port.to_string());
        set("unix_socket_directories", "");
        set("lc_messages", "C");
        let rules = match certificates {
            Some(_) => "host all all all scram-sha-256\n",
            None => "host all all all trust\n",
        };
        set("hba_file", self.file("afar_hba.conf", rules.as_bytes()).to_str().unwrap());
        let owner = std::fs::metadata(&self.data).unwrap();
        command.arg("-D").arg(&self.data).current_dir(&self.data).uid(owner.uid()).gid(owner.gid());
        let told = self.folder.join("afar.log");
        let log = std::fs::File::create(&told).unwrap();
        let mut child = command.kill_on_drop(true).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        patiently("listening", async {
            while !std::fs::read_to_string(&told).unwrap().contains("ready to accept connections") {
                assert_eq!(child.try_wait().unwrap(), None, "see {}", told.display());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        let port = match certificates {
            Some(certificates) => encrypted(port, certificates).await,
            None => port,
        };
        Listening { child, port }
    }
}

/// TLS in front of the server at `port`, and nothing without it: the PostgreSQL that is there may be built without TLS.
async fn encrypted(port: u16, certificates: &DevCertificates) -> u16 {
    let chain = CertificateDer::pem_file_iter(&certificates.cert_file).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(&certificates.key_file).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            // A client that does not want TLS, or does not trust it, is hung up on.
            tokio::spawn(async move { drop(forward(near, acceptor, port).await) });
        }
    });
    front
}

async fn forward(mut near: TcpStream, acceptor: TlsAcceptor, port: u16) -> std::io::Result<()> {
    let mut asked = [0; 8];
    near.read_exact(&mut asked).await?;
    if asked != SSL_REQUEST {
        return Ok(());
    }
    near.write_all(b"S").await?;
    let mut near = acceptor.accept(near).await?;
    let mut far = TcpStream::connect(("127.0.0.1", port)).await?;
    tokio::io::copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}

impl Listening {
    async fn stop(mut self) {
        signal(&self.child, "INT");
        assert!(ended(&mut self.child).await.success());
    }
}

/// Lets the program migrate the database, trusting `ca`. Returns whether it could, and what it said.
async fn migrate(url: &str, ca: &Path) -> (bool, String) {
    let mut command = program();
    let done = output(command.arg("migrate").env("PLEXSPHERE_DATABASE_URL", url).env("SSL_CERT_FILE", ca)).await;
    (done.status.success(), text(&done.stderr))
}

#[tokio::test]
async fn a_database_across_a_network_is_spoken_to_over_tls_and_has_to_prove_who_it_is() {
    let cluster = Cluster::make("database-tls").await;
    let (ours, others) = (cluster.folder.join("ours"), cluster.folder.join("others"));
    let certificates = ensure_dev_certificates(&ours, &[]).unwrap();
    let strangers = ensure_dev_certificates(&others, &[]).unwrap();
    let postgres = cluster.listen(Some(&certificates)).await;
    let port = postgres.port;
    let url = |mode: &str| format!("postgres://afar:hunter2@localhost:{port}/afar{mode}");

    for mode in ["", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-ca", "?sslmode=verify-full"] {
        let (done, said) = migrate(&url(mode), &certificates.ca_file).await;
        assert!(done, "{mode}: {said}");
        let (done, said) = migrate(&url(mode), &strangers.ca_file).await;
        assert!(!done && said.contains("certificate"), "{mode}: {said}");
    }
    let pairs = format!("host=localhost port={port} user=afar password=hunter2 dbname=afar sslmode=verify-full");
    assert!(migrate(&pairs, &certificates.ca_file).await.0);
    // Signed by whom we trust, but for another name than the one asked for.
    let elsewhere = format!(
        "host=db.example hostaddr=127.0.0.1 port={port} user=afar password=hunter2 dbname=afar sslmode=require"
    );
    let (done, said) = migrate(&elsewhere, &certificates.ca_file).await;
    assert!(!done && said.contains("certificate"), "{said}");
    // This server does not talk without TLS, so what worked was encrypted.
    let (done, said) = migrate(&url("?sslmode=disable"), &certificates.ca_file).await;
    assert!(!done && !said.contains("hunter2"), "{said}");
    let wrong = url("").replace("hunter2", "hunter3");
    let (done, said) = migrate(&wrong, &certificates.ca_file).await;
    assert!(!done && !said.contains("hunter3"), "{said}");

    // The whole program, not only one command.
    let mut command = program();
    let mut serve = command
        .arg("serve")
        .env("PLEXSPHERE_LISTEN", "127.0.0.1:0")
        .env("PLEXSPHERE_OPS_LISTEN", "127.0.0.1:0")
        .env("PLEXSPHERE_PLAINTEXT", "true")
        .env("PLEXSPHERE_DATABASE_URL", url("?sslmode=verify-full"))
        .env("PLEXSPHERE_MASTER_KEY", MASTER_KEY)
        .env("SSL_CERT_FILE", &certificates.ca_file)
        .spawn()
        .unwrap();
    let mut log = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(serve.stderr.take().unwrap()));
    patiently("serving", async { while !log.next_line().await.unwrap().expect("it ended").contains("serving") {} })
        .await;
    signal(&serve, "TERM");
    assert!(ended(&mut serve).await.success());
    postgres.stop().await;

    let plain = cluster.listen(None).await;
    for mode in ["", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-full"] {
        let url = format!("postgres://afar:hunter2@localhost:{}/afar{mode}", plain.port);
        let (done, said) = migrate(&url, &certificates.ca_file).await;
        assert!(!done, "{mode}: nobody said that it may go without TLS: {said}");
    }
    let url = format!("postgres://afar:hunter2@localhost:{}/afar?sslmode=disable", plain.port);
    let (done, said) = migrate(&url, &certificates.ca_file).await;
    assert!(done, "{said}");
    plain.stop().await;
}
