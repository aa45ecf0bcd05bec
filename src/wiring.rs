//! The composition root: the only place that names adapters, and the order in which a server starts and stops.

mod readiness;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::access::api_token::{ApiTokenLink, ApiTokens, UseWriter, Uses};
use crate::access::identities::Identities;
use crate::access::idp::{Binding, BindingError, Bindings};
use crate::access::nsk::NskLink;
use crate::access::oidc::{FetchError, Fetcher, Issuers};
use crate::access::rebac::{CHANGED, EmbeddedChecker, Follower, OLDEST, RelationWatch, Schema, SchemaError};
use crate::access::session::csrf::CsrfGuard;
use crate::access::session::{Lifetime, SessionUse, Sessions};
use crate::access::sign_in::SignIns;
use crate::access::spicedb::{InvalidSpiceDb, SpiceDb, SpiceDbChecker};
use crate::access::standing::PgStanding;
use crate::access::tuples::Tuples;
use crate::access::{CredentialWatch, LookUps, RelationChecker};
use crate::api::{App, Capabilities};
use crate::audit::{Chainer, DecisionLog};
use crate::background::{Background, Poke, Task};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Idp, Transport};
use crate::contract::{Contract, ContractError};
use crate::edge::admission::{Gatekeeper, OperatorChain};
use crate::edge::{Edge, Limits as EdgeLimits, RoutesError};
use crate::event_log::{APPENDED, EventLog, PgEventLog, ReadOn, Retention, Tail};
use crate::housekeeping::Housekeeping;
use crate::mesh::Mesh;
use crate::mesh::capabilities::PgCapabilities;
use crate::mesh::collaborators::Collaborators;
use crate::mesh::edge_psk::PgEdgePsks;
use crate::mesh::endpoint::PgEndpoints;
use crate::mesh::endpoint::sweeper::EndpointSweeper;
use crate::mesh::endpoint::writer::EndpointWriter;
use crate::mesh::events::{
    Marking, OpenedBy, PgStreams, REPLAYS_AT_ONCE, Settings as StreamSettings, Streams, Ticker, Watch,
};
use crate::mesh::integrity::PgIntegrityViolations;
use crate::mesh::key_rotation::PgKeyRotations;
use crate::mesh::key_rotation::sweeper::RotationSweeper;
use crate::mesh::maintenance::PgMaintenance;
use crate::mesh::nodes::PgNodes;
use crate::mesh::reachability::PgReachability;
use crate::mesh::reachability::sweeper::Sweeper;
use crate::mesh::reachability::writer::HeartbeatWriter;
use crate::mesh::registration::PgEnrolments;
use crate::mesh::snapshot::puller::{STATEMENTS_AT_ONCE, SharedPulls};
use crate::mesh::snapshot::{PgSnapshots, PgStateEntries};
use crate::mesh::topology::PgTopology;
use crate::ops::Ops;
use crate::outbox::{PUBLISHED, Relay};
use crate::postgres::lease::Lease;
use crate::postgres::migrations::{self, MigrateError, SchemaState};
use crate::postgres::slices;
use crate::postgres::{Database, KeptPlans, Notifications, StorageError};
use crate::serve::{Limits, Listener};
use crate::signing::Sealer;
use crate::signing::store::{KeyError, check_master_key};
use crate::telemetry::Metrics;
use crate::tenancy::Tenancy;
use crate::tenancy::audit_log::AuditLog;
use crate::tls::{ServerTls, TlsError, client_config};
use readiness::{ClockCheck, DatabaseCheck, MigrationsCheck, TaskCheck};

/// Connections of the operations listener: a few probes and scrapers.
const OPS_CONNECTIONS: usize = 64;
/// Connections for the two writers of reports, the three sweepers, the credential and the relation watch, what carries
/// relations, the two watches and the marks of the streams, the writer and the chainer of the audit log, the uses of
/// tokens, and the bindings of issuers.
const CONNECTIONS_APART: usize = 15;
/// Connections that wait to be accepted, at most.
const BACKLOG: u32 = 1024;
/// How long a stopping server waits for its requests before it closes the streams, which are to be closed within 5 s.
const REQUESTS_FIRST: Duration = Duration::from_secs(3);
/// How long the last marks of its streams may take.
const LAST_MARKS: Duration = Duration::from_secs(1);
/// How long the last uses of API tokens and of sessions may take.
const LAST_USES: Duration = Duration::from_secs(1);
/// Time between two looks at whether requests are still in flight.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// What a server is told by others.
const LISTENED: [&str; 3] = [APPENDED, PUBLISHED, CHANGED];
/// Connections for the relay and the tail of the event log.
const LEDGER_CONNECTIONS: usize = 3;
/// Connections to the database that a server opens at most besides `database_connections`: what must not wait behind
/// requests, one that listens, and the probe's.
pub const CONNECTIONS_BESIDES: usize =
    CONNECTIONS_APART + LEDGER_CONNECTIONS + REPLAYS_AT_ONCE + STATEMENTS_AT_ONCE + 2;
/// After a connection that listened is gone, another one is opened after this.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The database does not answer.
    #[error("cannot use the database: {0}")]
    Storage(#[from] StorageError),
    /// The schema.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The schema is behind and `migrate` is off.
    #[error("the database lacks {0} migrations; run `plexsphere migrate`, or let the server do it with migrate = true")]
    Behind(usize),
    /// The master key is not this database's.
    #[error("the master key does not open what this database holds: {0}")]
    MasterKey(KeyError),
    /// The issuers of the configuration.
    #[error("idp: {issuer}: {error}")]
    Issuer {
        /// Which.
        issuer: String,
        /// What is wrong with it.
        error: BindingError,
    },
    /// The authorities that are trusted for issuers.
    #[error(transparent)]
    Authorities(#[from] FetchError),
    /// The compiled-in contract.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The compiled-in schema of relations.
    #[error(transparent)]
    Relations(#[from] SchemaError),
    /// The SpiceDB that is named.
    #[error("spicedb_url: {0}")]
    SpiceDb(#[from] InvalidSpiceDb),
    /// Contract and program.
    #[error(transparent)]
    Routes(#[from] RoutesError),
    /// A socket.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    ops_address: SocketAddr,
    database: Database,
    tls: Option<Arc<ServerTls>>,
    background: Background,
    tail: Arc<Tail>,
    streams: Arc<Streams>,
    token_uses: Arc<UseWriter>,
    session_uses: Arc<SessionUse>,
    metrics: Arc<Metrics>,
    leases: Vec<Lease>,
    draining: watch::Sender<bool>,
    ops_draining: watch::Sender<bool>,
    listener: JoinHandle<()>,
    ops_listener: JoinHandle<()>,
}

/// Starts a server. `adjust` may take collaborators away, whose operations then answer 501.
///
/// # Errors
/// [`StartError`].
pub async fn start(
    config: &Config,
    clock: Arc<dyn Clock>,
    adjust: impl FnOnce(&mut Collaborators),
) -> Result<Server, StartError> {
    config.validate()?;
    // Known to be free before the database is touched, and taken before anything is begun.
    let (socket, ops_socket) = (bind(config.listen)?, bind(config.ops_listen)?);
    let replica = Uuid::now_v7();
    let metrics = Arc::new(Metrics::new());
    let contract = Arc::new(Contract::load()?);
    let tls = match config.transport()? {
        Transport::Tls { cert, key } => Some(Arc::new(ServerTls::load(cert, key)?)),
        Transport::Plaintext => None,
    };
    let database = Database::new(config.database_url()?.expose(), config.database_connections)?;
    bring_up(config, &database).await?;
    let sealer = Arc::new(Sealer::new(&*config.master_key()?));
    check_master_key(&mut database.connect().await?, &sealer).await.map_err(StartError::MasterKey)?;

    // Heartbeats and tasks do not wait behind requests: a storm of enrolments must mark nobody down.
    let apart = database.apart(CONNECTIONS_APART)?;
    let mut watch_task = CredentialWatch::new(apart.clone(), metrics.clone());
    let look_ups = Arc::new(LookUps::new(config.database_connections / 2));
    let nsk_link = Arc::new(NskLink::new(database.clone(), watch_task.cache(), look_ups.clone()));
    let token_uses = Arc::new(Uses::default());
    let token_link =
        Arc::new(ApiTokenLink::new(database.clone(), watch_task.cache(), look_ups.clone(), token_uses.clone()));
    let bindings = Arc::new(Bindings::new(configured_issuers(config)?, apart.clone(), sealer.clone()));
    let identities = Arc::new(Identities::new(database.clone()));
    let fetcher = Fetcher::new(config.oidc_ca_file.as_deref())?;
    let issuers = Arc::new(Issuers::new(bindings.clone(), identities, fetcher));
    let lifetime = Lifetime {
        absolute: delta(config.session_lifetime_seconds.into()),
        idle: delta(config.session_idle_seconds.into()),
    };
    let sessions = Arc::new(Sessions::new(database.clone(), watch_task.cache(), look_ups, bindings.clone(), lifetime));
    let public_url = config.public_url();
    let ours = std::iter::once(public_url.as_str()).chain(config.other_origins());
    let guard = Arc::new(CsrfGuard::new(&*config.master_key()?, ours));
    let schema = Arc::new(Schema::load()?);
    let follower = Arc::new(Follower::new(apart.clone(), schema.clone(), OLDEST));
    let embedded = Arc::new(EmbeddedChecker::new(follower.clone())?);
    let (relations, carrier): (Arc<dyn RelationChecker>, _) = match (&config.spicedb_url, &config.spicedb_preshared_key)
    {
        (Some(url), Some(key)) => {
            let spicedb = Arc::new(SpiceDb::new(url, key.expose(), client_config)?);
            let checker = Arc::new(SpiceDbChecker::new(apart.clone(), spicedb, embedded, OLDEST));
            (checker.clone(), Some(checker.watch()))
        }
        _ => (embedded, None),
    };
    // Both are trusted from the first request on.
    watch_task.step().await?;
    follower.catch_up().await?;

    // Listened to before the head is read, and read before anybody is served: nothing falls in between.
    let ledger = database.apart_with(KeptPlans::ByKeys, LEDGER_CONNECTIONS)?;
    let notifications = ledger.listen(&LISTENED).await?;
    let log: Arc<dyn EventLog> = Arc::new(PgEventLog::new(ledger.clone()));
    let replays = database.apart(REPLAYS_AT_ONCE)?;
    let tail = Tail::new(log.clone(), Arc::new(ledger.clone()), metrics.clone())
        .replaying_from(Arc::new(PgEventLog::new(replays.clone())));
    let tail = Arc::new(tail);
    tail.warm().await?;
    let streams = Arc::new(Streams::new(
        tail.clone(),
        Arc::new(PgStanding::new(apart.clone(), issuers.clone(), relations.clone())),
        Arc::new(PgStreams::new(apart.clone(), replays, sealer.clone())),
        clock.clone(),
        metrics.clone(),
        StreamSettings {
            retry_most: config.stream_retry_max_seconds.into(),
            stall: config.write_timeout_seconds.into(),
        },
    ));

    let writer = HeartbeatWriter::start(apart.clone(), metrics.clone());
    let endpoint_writer = EndpointWriter::start(apart.clone(), metrics.clone());
    let rotations = Arc::new(PgKeyRotations::new(database.clone(), sealer.clone()));
    let mut collaborators = Collaborators {
        decision_log: Some(DecisionLog::start(apart.clone(), metrics.clone())),
        nsk_validator: Some(nsk_link.clone()),
        relation_checker: Some(relations),
        node_repo: Some(Arc::new(PgNodes::new(database.clone(), delta(config.address_hold_down_seconds.into())))),
        reachability_repo: Some(Arc::new(PgReachability::new(database.clone(), writer))),
        capabilities_recorder: Some(Arc::new(PgCapabilities::new(database.clone()))),
        integrity_violations_recorder: Some(Arc::new(PgIntegrityViolations::new(database.clone()))),
        endpoint_recorder: Some(Arc::new(PgEndpoints::new(database.clone(), endpoint_writer))),
        clock: Some(clock.clone()),
        enrolments: Some(Arc::new(PgEnrolments::new(
            database.clone(),
            sealer.clone(),
            config.environment.clone(),
            config.nsk_lifetime_seconds.map(|seconds| delta(seconds.into())),
            config.database_connections / 4,
        ))),
        maintenance_repo: Some(Arc::new(PgMaintenance::new(database.clone(), sealer.clone()))),
        snapshot_provider: Some(Arc::new(SharedPulls::new(
            PgSnapshots::new(database.apart_with(KeptPlans::WithJoins, STATEMENTS_AT_ONCE)?),
            database.availability().clone(),
            delta(config.stale_read_limit_seconds.into()),
        ))),
        state_entry_repo: Some(Arc::new(PgStateEntries::new(database.clone()))),
        event_stream: Some(streams.clone()),
        topology_projection: Some(Arc::new(PgTopology::new(database.clone()))),
        rotation_requester: Some(rotations.clone()),
        rotation_previews: Some(rotations.clone()),
        rotation_completer: Some(rotations),
        edge_psk_source: Some(Arc::new(PgEdgePsks::new(database.clone(), sealer.clone()))),
    };
    adjust(&mut collaborators);
    let relations = collaborators.relation_checker.clone();
    let app = App::new(Capabilities {
        mesh: Mesh::provision(&collaborators),
        tenancy: relations.clone().map(|relations| Tenancy::new(database.clone(), relations, sealer.clone())),
        tokens: relations.clone().map(|relations| ApiTokens::new(database.clone(), relations)),
        audit_log: relations.as_ref().map(|_| AuditLog::new(database.clone(), sealer.clone())),
        tuples: relations.map(|relations| Tuples::new(database.clone(), relations, schema)),
        sign_ins: Some(SignIns::new(
            database.clone(),
            &*config.master_key()?,
            issuers.clone(),
            sessions.clone(),
            guard.clone(),
            &public_url,
        )),
        contract: contract.clone(),
    });
    let operators = OperatorChain { api_token: token_link, issuers, sessions: sessions.clone(), guard };
    let gatekeeper = Gatekeeper::new(nsk_link, operators, collaborators.relation_checker.clone());
    let edge_limits = EdgeLimits { in_flight: config.max_in_flight, body: config.body_timeout_seconds.into() };
    let edge = Edge::new(
        contract,
        gatekeeper,
        app,
        clock.clone(),
        database.availability().clone(),
        collaborators.decision_log.clone(),
        edge_limits,
        metrics.clone(),
    )?;

    let mut background = Background::new(database.availability().clone());
    let [reachability_lease, endpoint_lease, rotation_lease] =
        ["reachability_sweeper", "endpoint_sweeper", "rotation_sweeper"].map(|name| Lease::new(name, replica));
    let read_on = background.start(Arc::new(ReadOn(tail.clone())));
    let relay = Arc::new(Relay::new(
        ledger.clone(),
        log.clone(),
        sealer.clone(),
        clock.clone(),
        replica,
        tail.clone(),
        read_on.clone(),
        metrics.clone(),
    ));
    let chainer = Chainer::new(apart.clone(), sealer.clone(), clock.clone(), replica, metrics.clone());
    let leases = vec![
        reachability_lease.clone(),
        endpoint_lease.clone(),
        rotation_lease.clone(),
        relay.lease(),
        chainer.lease(),
    ];
    let relay = background.start(relay);
    background.attach(wake_on_commit(database.clone(), relay.clone()));
    let relation_watch = background.start(Arc::new(RelationWatch(follower)));
    if let Some(carrier) = carrier {
        background.start(Arc::new(carrier));
    }
    background.attach(wake_on_notification(ledger, notifications, relay, read_on, relation_watch));
    background.attach(streams.clone().dispatch());
    background.start(Arc::new(chainer));
    background.start(Arc::new(Ticker(streams.clone())));
    background.start(Arc::new(Watch(streams.clone(), OpenedBy::Nodes)));
    background.start(Arc::new(Watch(streams.clone(), OpenedBy::Operators)));
    background.start(Arc::new(Marking(streams.clone())));
    background.start(Arc::new(watch_task));
    let token_uses = Arc::new(UseWriter::new(apart.clone(), token_uses));
    background.start(token_uses.clone());
    background.start(bindings);
    let session_uses = Arc::new(SessionUse(sessions));
    background.start(session_uses.clone());
    let keep = Retention {
        age: delta(config.event_retention_seconds.into()),
        count: i64::try_from(config.event_retention_count).unwrap_or(i64::MAX),
    };
    background.start(Arc::new(Sweeper::new(
        apart.clone(),
        clock.clone(),
        reachability_lease,
        metrics.clone(),
        slices::REST,
    )));
    background.start(Arc::new(EndpointSweeper::new(
        apart.clone(),
        clock.clone(),
        endpoint_lease,
        metrics.clone(),
        slices::REST,
    )));
    background.start(Arc::new(RotationSweeper::new(apart.clone(), clock.clone(), rotation_lease)));
    background.start(Arc::new(Housekeeping::new(database.clone(), log, keep, clock, metrics.clone())));
    let clock_check = ClockCheck::new(database.clone());
    background.start(Arc::new(clock_check.clone()));
    let migrations_check = MigrationsCheck::new(database.clone());
    background.start(Arc::new(migrations_check.clone()));
    if let Some(tls) = &tls {
        background.attach(tls.clone().watch(config.tls_reload_seconds.into()));
    }

    let mut checks: Vec<Box<dyn crate::ops::ReadinessCheck>> = vec![
        Box::new(DatabaseCheck::new(database.availability().clone(), metrics.clone())),
        Box::new(migrations_check),
        Box::new(clock_check),
    ];
    for (name, poke) in background.pokes() {
        checks.push(Box::new(TaskCheck::new(name, poke, metrics.clone())));
    }
    let limits = Limits {
        connections: config.max_connections,
        handshake: config.handshake_timeout_seconds.into(),
        header: config.header_timeout_seconds.into(),
        idle: config.idle_timeout_seconds.into(),
        write_stall: config.write_timeout_seconds.into(),
    };
    let (draining, drains) = watch::channel(false);
    let (ops_draining, ops_drains) = watch::channel(false);
    let ops = Arc::new(Ops::new(checks, drains.clone(), metrics.clone()));
    let server_config = tls.as_ref().map(|tls| tls.server_config());
    let ops_limits = Limits { connections: OPS_CONNECTIONS, ..limits };
    let (address, socket) = listen(socket, config.listen)?;
    let (ops_address, ops_socket) = listen(ops_socket, config.ops_listen)?;
    let listener = Listener::new(socket, server_config, limits, Arc::new(edge), drains, Some(metrics.clone()));
    let ops_listener = Listener::new(ops_socket, None, ops_limits, ops, ops_drains, None);
    let (listener, ops_listener) = (tokio::spawn(listener.run()), tokio::spawn(ops_listener.run()));
    Ok(Server {
        address,
        ops_address,
        database,
        tls,
        background,
        tail,
        streams,
        token_uses,
        session_uses,
        metrics,
        leases,
        draining,
        ops_draining,
        listener,
        ops_listener,
    })
}

/// What a transaction of this replica may have published is relayed at once.
async fn wake_on_commit(database: Database, relay: Poke) {
    let mut commits = database.commits();
    drop(database);
    while commits.changed().await.is_ok() {
        relay.poke();
    }
}

/// What another replica has published, appended or granted is taken at once. Without a connection that listens the
/// timers do.
async fn wake_on_notification(
    database: Database,
    mut notifications: Notifications,
    relay: Poke,
    read_on: Poke,
    relation_watch: Poke,
) {
    loop {
        let fault = loop {
            match notifications.next().await {
                Ok(channels) => {
                    for channel in channels {
                        match channel.as_str() {
                            PUBLISHED => relay.poke(),
                            CHANGED => relation_watch.poke(),
                            _ => read_on.poke(),
                        }
                    }
                }
                Err(fault) => break fault,
            }
        };
        tracing::info!(%fault, "not told of events any more; they are looked for");
        notifications = loop {
            tokio::time::sleep(LISTEN_AGAIN).await;
            if let Ok(again) = database.listen(&LISTENED).await {
                break again;
            }
        };
        // What came meanwhile was not heard.
        relay.poke();
        read_on.poke();
        relation_watch.poke();
    }
}

async fn bring_up(config: &Config, database: &Database) -> Result<(), StartError> {
    let messages = crate::postgres::message_locale(&mut database.connect().await?).await?;
    if !["C", "POSIX", "en"].iter().any(|known| messages.starts_with(known)) && !messages.is_empty() {
        tracing::warn!(
            lc_messages = messages,
            "the database reports faults in another language: set lc_messages = 'C' for \
            plexsphere's role, or deadlocks and outages are taken for faults of ours"
        );
    }
    if config.migrate {
        let applied = migrations::run(database).await?;
        if applied > 0 {
            tracing::info!(applied, "database migrated");
        }
        return Ok(());
    }
    match migrations::state(&mut database.connect().await?).await? {
        SchemaState::Current => Ok(()),
        SchemaState::Behind(missing) => Err(StartError::Behind(missing)),
        SchemaState::Newer(version) => Err(MigrateError::Newer(version).into()),
    }
}

fn configured_issuers(config: &Config) -> Result<Vec<Binding>, StartError> {
    let issuers = config.idp.iter().flat_map(|idps| &idps.0);
    let read =
        |idp: &Idp| Binding::configured(idp).map_err(|error| StartError::Issuer { issuer: idp.issuer.clone(), error });
    issuers.map(read).collect()
}

/// An address that is this server's, but where nobody is listened to yet.
fn bind(address: SocketAddr) -> Result<TcpSocket, StartError> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A server that starts again need not wait for what its predecessor's connections leave behind.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    };
    bound().map_err(|error| StartError::Listen { address, error })
}

/// Listens to those who connect; they wait until they are served.
fn listen(socket: TcpSocket, address: SocketAddr) -> Result<(SocketAddr, TcpListener), StartError> {
    let refused = |error| StartError::Listen { address, error };
    let listening = socket.listen(BACKLOG).map_err(refused)?;
    Ok((listening.local_addr().map_err(refused)?, listening))
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

impl Server {
    /// Where it serves.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its operations listener is.
    pub fn ops_address(&self) -> SocketAddr {
        self.ops_address
    }

    /// The handle of a background task.
    pub fn task(&self, name: &str) -> Option<Poke> {
        self.background.pokes().into_iter().find(|(task, _)| *task == name).map(|(_, poke)| poke)
    }

    /// The event log, as this server reads it.
    pub fn tail(&self) -> &Arc<Tail> {
        &self.tail
    }

    /// The database, as this server has it.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Looks at the certificate files now.
    pub fn reload_tls(&self) {
        match self.tls.as_ref().map(|tls| tls.reload()) {
            Some(Ok(true)) => tracing::info!("the certificate is new; connections from now on get it"),
            Some(Ok(false)) => tracing::info!("the certificate has not changed"),
            Some(Err(error)) => tracing::error!(%error, "the new certificate cannot be used; the old one stays"),
            None => {}
        }
    }

    /// Stops in order: no new connections, the requests in flight, the streams, the tasks, the leases, the operations
    /// listener. What is not done by `deadline` is cut off.
    pub async fn stop(mut self, deadline: Duration) {
        self.draining.send_replace(true);
        let (metrics, streams) = (self.metrics.clone(), self.streams.clone());
        let drained = async {
            let answered = async {
                while metrics.in_flight.get() > 0 {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            };
            // One that hangs keeps no agent from finding another replica.
            drop(tokio::time::timeout(REQUESTS_FIRST.min(deadline / 2), answered).await);
            streams.drain();
            drop((&mut self.listener).await);
        };
        if tokio::time::timeout(deadline, drained).await.is_err() {
            tracing::warn!("requests were still in flight at the deadline; they are cut off");
            self.listener.abort();
        }
        // Else Nodes are told to reconcile for what they were sent in the last seconds.
        if let Ok(Err(error)) = tokio::time::timeout(LAST_MARKS, Marking(self.streams.clone()).step()).await {
            tracing::debug!(%error, "the last marks of streams are not written");
        }
        let last_uses = async { tokio::join!(self.token_uses.step(), self.session_uses.step()) };
        if let Ok((of_tokens, of_sessions)) = tokio::time::timeout(LAST_USES, last_uses).await
            && let Err(error) = of_tokens.and(of_sessions)
        {
            tracing::debug!(%error, "the last uses of tokens and sessions are not written");
        }
        self.background.stop().await;
        // Another replica need not wait for it; an outage is told from the last sign of life, not from the lease.
        let release = async {
            let mut conn = self.database.read().await?;
            for lease in &self.leases {
                lease.release(&mut conn).await?;
            }
            Ok::<(), StorageError>(())
        };
        if let Ok(Err(error)) = tokio::time::timeout(Duration::from_secs(1), release).await {
            tracing::debug!(%error, "leases not released; they run out");
        }
        self.ops_draining.send_replace(true);
        if tokio::time::timeout(Duration::from_secs(1), &mut self.ops_listener).await.is_err() {
            self.ops_listener.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_tells_how_many_connections_a_server_opens() {
        let besides = format!("opens up to {CONNECTIONS_BESIDES} besides");
        let row = crate::config::SETTINGS.iter().find(|row| row.name == "database_connections").unwrap();
        assert!(row.meaning().contains(&besides), "database_connections should say: {besides}");
    }
}
