//! One PostgreSQL for the whole run. Every test gets a database of its own, copied from a migrated template.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use plexsphere::postgres::Database;
use plexsphere::postgres::embedded::{Embedded, Settings};
use plexsphere::postgres::migrations;
use plexsphere::tls::{DevCertificates, ensure_dev_certificates};
use tokio::sync::{Mutex, OnceCell};

const TEMPLATE: &str = "template_it";

/// Nobody relays, and nobody numbers the audit log, while these leases last.
const HOLD_THE_LEADERS: &str = "INSERT INTO leases (name, holder, epoch, expires_at) VALUES \
    ('relay', '00000000-0000-0000-0000-000000000000', 0, 'infinity'), \
    ('audit_chainer', '00000000-0000-0000-0000-000000000000', 0, 'infinity')";

/// The shared PostgreSQL.
pub struct Cluster {
    /// Copying the template wants it for itself.
    copying: Mutex<()>,
    copies: AtomicU32,
}

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static SERVER: OnceLock<Embedded> = OnceLock::new();
static CERTIFICATES: OnceLock<DevCertificates> = OnceLock::new();

/// A folder that lives as long as the build and that the database's user can reach.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

impl Cluster {
    /// The cluster, started by whoever asks first.
    pub async fn get() -> &'static Self {
        CLUSTER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        // Of its own thread and runtime, because it outlives the test that starts it.
        let started = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let server = runtime.block_on(async {
                let server = Embedded::start(&Settings {
                    data_dir: folder().join("it-postgres"),
                    bin_dir: std::env::var_os("PLEXSPHERE_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from),
                    // Durability is tested on servers of their own.
                    durable: false,
                    max_connections: 400,
                })
                .await
                .unwrap();
                prepare(&server).await;
                server
            });
            assert!(SERVER.set(server).is_ok());
            std::mem::forget(runtime);
        });
        tokio::task::spawn_blocking(|| started.join()).await.unwrap().expect("the test database starts");
        Self { copying: Mutex::new(()), copies: AtomicU32::new(0) }
    }

    /// Where a database of the cluster is.
    pub fn url(database: &str) -> String {
        SERVER.get().expect("the cluster is started first").url(database)
    }

    /// The server certificate and the authority that signed it.
    pub fn certificates() -> &'static DevCertificates {
        CERTIFICATES.get_or_init(|| {
            let dir = folder().join("it-certificates");
            std::fs::create_dir_all(&dir).unwrap();
            ensure_dev_certificates(&dir, &[]).unwrap()
        })
    }

    /// A migrated database that nobody else uses; returns its name.
    pub async fn fresh_database(&self) -> String {
        let name = format!("it_{}_{}", std::process::id(), self.copies.fetch_add(1, Ordering::Relaxed));
        let _alone = self.copying.lock().await;
        let mut conn = self.connect("postgres").await;
        conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await.unwrap();
        name
    }

    /// Lets replicas over `database` relay its events.
    pub async fn let_relay(&self, database: &str) {
        let release = "DELETE FROM leases WHERE name = 'relay' AND expires_at = 'infinity'";
        self.connect(database).await.batch_execute(release).await.unwrap();
    }

    /// Lets replicas over `database` number its audit entries.
    pub async fn let_chain(&self, database: &str) {
        let release = "DELETE FROM leases WHERE name = 'audit_chainer' AND expires_at = 'infinity'";
        self.connect(database).await.batch_execute(release).await.unwrap();
    }

    /// An empty database, without even a schema.
    pub async fn empty_database(&self) -> String {
        let name = format!("it_{}_{}", std::process::id(), self.copies.fetch_add(1, Ordering::Relaxed));
        self.connect("postgres").await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        name
    }

    /// A plain connection.
    pub async fn connect(&self, database: &str) -> AsyncPgConnection {
        AsyncPgConnection::establish(&Self::url(database)).await.unwrap()
    }
}

/// Clears what earlier runs left, and migrates the template.
async fn prepare(server: &Embedded) {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        datname: String,
    }
    let mut conn = AsyncPgConnection::establish(&server.url("postgres")).await.unwrap();
    let left: Vec<Name> = diesel::sql_query(
        "SELECT datname::text FROM pg_database WHERE datname LIKE 'it\\_%' OR datname = 'template_it'",
    )
    .load(&mut conn)
    .await
    .unwrap();
    for name in left {
        conn.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", name.datname)).await.unwrap();
    }
    conn.batch_execute(&format!("CREATE DATABASE {TEMPLATE}")).await.unwrap();
    let database = Database::new(&server.url(TEMPLATE), 1).unwrap();
    migrations::run(&database).await.unwrap();
    drop(database);
    // Tests look at events in the outbox, and at audit entries before they have numbers; those that want them further on
    // let the leaders go: see `Harness::relayed` and `Harness::chained`.
    let mut template = AsyncPgConnection::establish(&server.url(TEMPLATE)).await.unwrap();
    template.batch_execute(HOLD_THE_LEADERS).await.unwrap();
    drop(template);
    // The probe's connection goes with the last handle; the template must be nobody's before it is copied.
    conn.batch_execute(&format!(
        "UPDATE pg_database SET datallowconn = false WHERE datname = '{TEMPLATE}'; \
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{TEMPLATE}'"
    ))
    .await
    .unwrap();
}
