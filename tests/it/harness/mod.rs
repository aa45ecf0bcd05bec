//! What tests start from: a database of their own, a server in this process over real TLS, a clock that they step,
//! and clients whose every answer is held against the contract.

pub mod agent;
pub mod browser;
pub mod client;
mod clock;
mod cluster;
mod contract;
pub mod follow;
pub mod provider;
pub mod proxy;
mod raw;
pub mod recorder;
mod script;
pub mod socket;
pub mod spicedb;
pub mod stream_parts;
mod tenants;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::clock::Clock;
use plexsphere::config::{Config, Overrides};
use plexsphere::mesh::collaborators::Collaborators;
use plexsphere::signing::Sealer;
use plexsphere::wiring::{self, Server};

pub use agent::Agent;
pub use client::{Answer, Client};
pub use clock::ManualClock;
pub use cluster::Cluster;
pub use follow::{Followed, Item};

/// The master key of every test server: base64 of 32 bytes.
pub const MASTER_KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

/// What the test servers seal with.
pub fn sealer() -> Sealer {
    Sealer::new(&STANDARD.decode(MASTER_KEY).unwrap().try_into().unwrap())
}

/// Of audit entries: tells of a change, and not of a request that had nothing to change or came to nothing, whose reason is
/// a code.
pub const TELLS_OF_A_CHANGE: &str =
    "(reason IS NULL OR (reason <> 'nothing to change' AND reason !~ '^[a-z]+(_[a-z]+)+$'))";

/// One server with its database.
pub struct Harness {
    pub server: Server,
    pub clock: Arc<ManualClock>,
    /// Speaks as the platform's administrator.
    pub admin: Client,
    /// The name of the database.
    pub database: String,
    pub admin_token: String,
}

impl Harness {
    /// A server as it comes out of the box.
    pub async fn start() -> Self {
        Self::start_with(|_| {}, |_| {}).await
    }

    /// A server with other settings, or without some collaborators.
    pub async fn start_with(settings: impl FnOnce(&mut Overrides), adjust: impl FnOnce(&mut Collaborators)) -> Self {
        let database = Cluster::get().await.fresh_database().await;
        let clock = Arc::new(ManualClock::default());
        let mut overrides = overrides(&database);
        settings(&mut overrides);
        let config = Config::load(overrides, std::iter::empty()).unwrap();
        let server = wiring::start(&config, clock.clone(), adjust).await.unwrap();
        let (_, admin_token) = first_administrator(server.database(), "dev", false, clock.now()).await.unwrap();
        let admin_token = admin_token.to_string();
        let admin = Client::new(server.address()).with_bearer(&admin_token);
        Self { server, clock, admin, database, admin_token }
    }

    /// Another replica over the same database and clock.
    pub async fn replica(&self) -> Server {
        let config = Config::load(overrides(&self.database), std::iter::empty()).unwrap();
        wiring::start(&config, self.clock.clone(), |_| {}).await.unwrap()
    }

    /// Where the server is.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A client without a credential.
    pub fn anonymous(&self) -> Client {
        Client::new(self.address())
    }

    /// A connection to the server's database.
    pub async fn db(&self) -> AsyncPgConnection {
        Cluster::get().await.connect(&self.database).await
    }

    /// Runs SQL on the server's database.
    pub async fn sql(&self, text: &str) {
        self.db().await.batch_execute(text).await.unwrap();
    }

    /// Asks the database for one number.
    pub async fn count(&self, query: &str) -> i64 {
        count(&mut self.db().await, query).await
    }

    /// Returns once so many sessions of servers wait for what sessions of the test's own hold, or behind those who do.
    /// Whoever waits for anybody else does not count: replicas wait for each other's leases now and then.
    pub async fn until_held_up(&self, sessions: i64) {
        let held_up = "WITH RECURSIVE behind (pid, waits) AS ( \
                 SELECT pid, false FROM pg_stat_activity \
                 WHERE datname = current_database() AND backend_type = 'client backend' \
                     AND application_name <> 'plexsphere' \
                 UNION SELECT a.pid, true FROM pg_stat_activity a JOIN behind b ON b.pid = ANY (pg_blocking_pids(a.pid)) \
                 WHERE a.datname = current_database() AND a.wait_event_type = 'Lock' \
             ) SELECT count(DISTINCT pid) FROM behind WHERE waits";
        let mut db = self.db().await;
        let deadline = Instant::now() + Duration::from_secs(10);
        while count(&mut db, held_up).await < sessions {
            assert!(Instant::now() < deadline, "fewer than {sessions} are held up");
        }
    }

    /// The server's metrics, as text.
    pub async fn metrics(&self) -> String {
        reqwest::get(format!("http://{}/metrics", self.server.ops_address())).await.unwrap().text().await.unwrap()
    }

    /// How many audit entries that tell of a change are as `filter` says.
    pub async fn changes(&self, filter: &str) -> i64 {
        self.count(&format!("SELECT count(*) FROM audit_entries WHERE {TELLS_OF_A_CHANGE} AND {filter}")).await
    }

    /// The rows of a query, one object each.
    pub async fn rows(&self, query: &str) -> Vec<serde_json::Value> {
        rows(&self.database, query).await
    }

    /// Lets a background task step now, and waits for the step to succeed.
    pub async fn step(&self, task: &str) {
        self.server.task(task).expect("no such task").step_now().await;
    }

    /// Lets the relay work, which is held in tests, and returns once nothing waits and this server has read the log.
    pub async fn relayed(&self) {
        Cluster::get().await.let_relay(&self.database).await;
        while self.count("SELECT count(*) FROM outbox").await > 0 {
            self.step("relay").await;
        }
        self.step("event_tail").await;
    }

    /// Lets the audit log be numbered, which is held in tests, and returns once no entry waits.
    pub async fn chained(&self) {
        Cluster::get().await.let_chain(&self.database).await;
        while self.count("SELECT count(*) FROM audit_entries").await > 0 {
            self.step("audit_chainer").await;
        }
    }

    /// From now on nothing is numbered: what is asked meanwhile changes no chain.
    pub async fn hold_the_chainer(&self) {
        self.sql(
            "UPDATE leases SET holder = '00000000-0000-0000-0000-000000000000', epoch = epoch + 1, expires_at = 'infinity' \
             WHERE name = 'audit_chainer'",
        )
        .await;
    }

    /// Lets `seconds` pass while the control plane is there: the sweeper steps as it would.
    pub async fn pass(&self, seconds: i64) {
        let mut left = seconds;
        while left > 0 {
            let one = left.min(10);
            self.clock.advance(TimeDelta::seconds(one));
            self.step("reachability_sweeper").await;
            left -= one;
        }
    }

    /// Stops the server in order.
    pub async fn stop(self) {
        self.server.stop(Duration::from_secs(5)).await;
    }
}

/// Asks a database for one number.
async fn count(db: &mut AsyncPgConnection, query: &str) -> i64 {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let row: Row = diesel::sql_query(format!("SELECT ({query})::bigint AS n")).get_result(db).await.unwrap();
    row.n
}

/// The rows of a query on a database of the cluster, one object each.
pub async fn rows(database: &str, query: &str) -> Vec<serde_json::Value> {
    Cluster::get().await;
    rows_at(&Cluster::url(database), query).await.unwrap()
}

/// The rows of a query, one object each. `None`: the database cannot be asked.
pub async fn rows_at(url: &str, query: &str) -> Option<Vec<serde_json::Value>> {
    use diesel_async::{AsyncConnection, RunQueryDsl};
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Jsonb)]
        row: serde_json::Value,
    }
    let mut conn = AsyncPgConnection::establish(url).await.ok()?;
    let rows: Vec<Row> =
        diesel::sql_query(format!("SELECT to_jsonb(t) AS row FROM ({query}) t")).load(&mut conn).await.ok()?;
    Some(rows.into_iter().map(|row| row.row).collect())
}

/// Settings of a test server over `database`.
pub fn overrides(database: &str) -> Overrides {
    let certificates = Cluster::certificates();
    Overrides {
        listen: Some(([127, 0, 0, 1], 0).into()),
        ops_listen: Some(([127, 0, 0, 1], 0).into()),
        database_url: Some(Cluster::url(database).parse().unwrap()),
        database_connections: Some(8),
        tls_cert: Some(certificates.cert_file.clone()),
        tls_key: Some(certificates.key_file.clone()),
        master_key: Some(MASTER_KEY.to_owned().into()),
        public_url: Some(provider::PUBLIC_URL.to_owned()),
        oidc_ca_file: Some(certificates.ca_file.clone()),
        ..Overrides::default()
    }
}
