//! Streams under faults: replicas and databases that are killed and stopped, lines that are cut, held up and half
//! closed, leaders that change, clients that are sent from one replica to another. Whatever happens, each client gets
//! each of its events once and in order, every one verifies, and what it folds is what a fresh pull says.
//!
//! Here at a small scale; `make soak` does the same for longer, with more Nodes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use http::Method;
use plexsphere::agent::history::Log;
use plexsphere::agent::{RESYNC, Trusted};
use plexsphere::event_log::{EventLog, PgEventLog, Retention};
use plexsphere::ids::NodeId;
use plexsphere::outbox::{Message, publish};
use plexsphere::postgres::embedded::{Embedded, Settings};
use plexsphere::postgres::{Database, migrations};
use plexsphere::signing::Scope;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::database_gone::Frozen;
use crate::harness::agent::{endpoint, public_key, registration};
use crate::harness::proxy::{End, Line, Proxy};
use crate::harness::recorder::{self, Dialler, Recorder};
use crate::harness::{Agent, Answer, Client, Cluster, MASTER_KEY, rows_at, socket};
use crate::ledger::seed;
use crate::processes::{PATIENCE, Serve, ended, output, program, serve_command, signal, text};

const HEAD: &str = "SELECT last_sequence FROM event_log_head";
/// An answer that takes longer does not come.
const ANSWERS: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// kill -9 of a replica; another one takes its place.
    KillReplica,
    /// SIGSTOP, and SIGCONT some time later.
    StopReplica,
    /// An ordered stop of the replica that relays.
    StopLeader,
    /// Sessions of the replicas are ended.
    CutDatabase,
    /// SIGSTOP of the whole database, and SIGCONT some time later.
    FreezeDatabase,
    /// kill -9 of the database.
    KillDatabase,
    /// Lines to the replicas.
    Cut,
    HalfClose(End),
    Silence,
    Slow,
    Trickle,
    /// Some clients take nothing until the server has cut them off.
    Stall,
    /// Events go from the log that nobody has got.
    Overrun,
}

const OF_REPLICAS: &[Fault] = &[Fault::KillReplica, Fault::StopReplica, Fault::StopLeader];
const OF_THE_DATABASE: &[Fault] = &[Fault::CutDatabase, Fault::FreezeDatabase, Fault::KillDatabase];
const OF_LINES: &[Fault] = &[
    Fault::Cut,
    Fault::HalfClose(End::Client),
    Fault::HalfClose(End::Server),
    Fault::Silence,
    Fault::Slow,
    Fault::Trickle,
];
const OF_READERS: &[Fault] = &[Fault::Stall, Fault::Overrun];

/// How much.
#[derive(Clone, Copy)]
struct Scale {
    nodes: usize,
    rounds: usize,
    /// How long it goes on at least.
    time: Duration,
}

const SMALL: Scale = Scale { nodes: 6, rounds: 0, time: Duration::ZERO };

/// The database that the replicas share.
enum Store {
    Shared(String),
    Own { url: String, settings: Settings, running: Option<Box<Embedded>> },
}

impl Store {
    async fn shared() -> Self {
        let cluster = Cluster::get().await;
        let database = cluster.fresh_database().await;
        cluster.let_relay(&database).await;
        Self::Shared(Cluster::url(&database))
    }

    /// One that may be frozen and killed.
    async fn own(name: &str) -> Self {
        // For the certificates.
        Cluster::get().await;
        let data_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("streams-{name}"));
        std::fs::create_dir_all(&data_dir).unwrap();
        let bin_dir = std::env::var_os("PLEXSPHERE_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let settings = Settings { data_dir, bin_dir, durable: true, max_connections: 60 };
        let running = Embedded::start(&settings).await.unwrap();
        let database = format!("run_{}", Uuid::new_v4().simple());
        running.ensure_database(&database).await.unwrap();
        let url = running.url(&database);
        migrations::run(&Database::new(&url, 1).unwrap()).await.unwrap();
        Self::Own { url, settings, running: Some(Box::new(running)) }
    }

    fn url(&self) -> &str {
        match self {
            Self::Shared(url) | Self::Own { url, .. } => url,
        }
    }

    async fn sql(&self, text: &str) {
        AsyncPgConnection::establish(self.url()).await.unwrap().batch_execute(text).await.unwrap();
    }

    async fn number(&self, query: &str) -> i64 {
        let rows = rows_at(self.url(), &format!("SELECT ({query})::bigint AS n")).await.unwrap();
        rows[0]["n"].as_i64().unwrap()
    }
}

/// Two replicas behind a bad network, Nodes whose agents follow their streams, and causes of events.
struct Rig {
    store: Store,
    replicas: Vec<Serve>,
    proxy: Proxy,
    /// Where causes are sent: to the replicas that there are.
    addresses: Arc<Mutex<Vec<std::net::SocketAddr>>>,
    admin: Client,
    project: String,
    trusted: Trusted,
    recorders: Vec<Recorder>,
    /// All that was ever in it.
    log: Log,
    random: StdRng,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
}

async fn replica(url: &str) -> Serve {
    let mut command = serve_command("");
    command
        .env("PLEXSPHERE_DATABASE_URL", url)
        .env("PLEXSPHERE_STREAM_RETRY_MAX_SECONDS", "1")
        .env("PLEXSPHERE_WRITE_TIMEOUT_SECONDS", "1");
    Serve::start(&mut command).await.without_log()
}

impl Rig {
    async fn start(store: Store, scale: Scale, seed: u64) -> Self {
        let made = output(program().args(["admin", "bootstrap"]).env("PLEXSPHERE_DATABASE_URL", store.url())).await;
        assert!(made.status.success(), "{}", text(&made.stderr));
        let replicas = vec![replica(store.url()).await, replica(store.url()).await];
        let addresses: Vec<_> = replicas.iter().map(|replica| replica.address).collect();
        let admin = Client::new(addresses[0]).with_bearer(text(&made.stdout).trim());
        // Nothing lapses while the test runs.
        let domain = json!({
            "name": "lab", "slug": "lab", "mesh_cidr": "10.20.0.0/16", "endpoint_ttl_seconds": 3600,
            "reachability": { "heartbeat_interval": "10m", "stale_after": "30m", "unreachable_after": "1h" },
        });
        let domain = admin.post("/v1/domains", &domain).await.expect(201)["domain_id"].as_str().unwrap().to_owned();
        let project = json!({ "domain_id": domain, "name": "team", "slug": "team" });
        let project = admin.post("/v1/projects", &project).await.expect(201)["project_id"].as_str().unwrap().to_owned();
        let proxy = Proxy::start(&addresses, seed).await;
        let trusted = Trusted::new(domain.parse().unwrap());
        let mut rig = Self {
            store,
            replicas,
            proxy,
            addresses: Arc::new(Mutex::new(addresses)),
            admin,
            project,
            trusted,
            recorders: Vec::new(),
            log: Log::default(),
            random: StdRng::seed_from_u64(seed),
            stop: Arc::default(),
            done: Arc::default(),
        };
        let mut agents = Vec::new();
        for n in 0..scale.nodes {
            let kind = if n < 2 { "bridge" } else { "node" };
            agents.push(rig.enrol(kind, &format!("agent-{n}")).await);
        }
        // Once all are there: a state without peers is that of one that is drained.
        for agent in &agents {
            rig.record(agent);
        }
        for recorder in &rig.recorders {
            within("opening", recorder.until(|record| record.view.is_open())).await;
        }
        rig
    }

    async fn enrol(&self, kind: &str, handle: &str) -> Agent {
        let token = json!({ "kind": kind, "env_prefix": "test", "ttl_seconds": 3600 });
        let tokens = format!("/v1/projects/{}/bootstrap-tokens", self.project);
        let token = self.admin.post(&tokens, &token).await.expect(201)["token"].as_str().unwrap().to_owned();
        let agent = Agent::enrol(&self.admin.without_bearer(), &self.project, handle, &token).await;
        agent.heartbeat(Utc::now()).await.expect(200);
        agent
    }

    fn record(&mut self, agent: &Agent) {
        let seed = self.random.random();
        // Every other one over HTTP/2.
        let dialler = Dialler::new(self.proxy.address, self.recorders.len() % 2 == 1);
        // Each is told of keys by itself.
        let trusted = self.trusted.of_another();
        self.recorders.push(Recorder::start(agent, &self.admin, trusted, dialler, self.store.url(), seed));
    }

    /// Begins to make events, by these many at once.
    fn make_causes(&mut self, tasks: usize) -> Vec<tokio::task::JoinHandle<()>> {
        let agents: Vec<Agent> = self.recorders.iter().map(|recorder| recorder.agent.clone()).collect();
        let seeds: Vec<u64> = (0..tasks).map(|_| self.random.random()).collect();
        seeds
            .into_iter()
            .enumerate()
            .map(|(n, seed)| {
                let causes = Causes {
                    name: n,
                    // Each has its own, so that none undoes another's.
                    agents: agents.iter().skip(n).step_by(tasks).cloned().collect(),
                    admin: self.admin.clone(),
                    project: self.project.clone(),
                    addresses: self.addresses.clone(),
                    random: StdRng::seed_from_u64(seed),
                    stop: self.stop.clone(),
                    done: self.done.clone(),
                };
                tokio::spawn(causes.make())
            })
            .collect()
    }

    /// Returns after some more causes, or some time.
    async fn go_on(&mut self) {
        let (before, more) = (self.done.load(Ordering::Relaxed), self.random.random_range(3..12));
        let enough = async {
            while self.done.load(Ordering::Relaxed) < before + more {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let _late = tokio::time::timeout(ANSWERS, enough).await;
    }

    async fn pause(&mut self, most: u64) {
        let millis = self.random.random_range(300..most);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    async fn replace(&mut self, victim: usize) {
        self.replicas[victim] = replica(self.store.url()).await;
        let addresses: Vec<_> = self.replicas.iter().map(|replica| replica.address).collect();
        self.proxy.set_targets(&addresses);
        *self.addresses.lock().unwrap() = addresses;
    }

    async fn commit(&mut self, fault: Fault) {
        let victim = self.random.random_range(0..self.replicas.len());
        let share = self.random.random_range(0.3..1.0);
        match fault {
            Fault::KillReplica => {
                signal(&self.replicas[victim].child, "KILL");
                self.pause(1500).await;
                self.replace(victim).await;
            }
            Fault::StopReplica => {
                signal(&self.replicas[victim].child, "STOP");
                self.pause(4000).await;
                signal(&self.replicas[victim].child, "CONT");
            }
            Fault::StopLeader => {
                let victim = self.leader().await.unwrap_or(victim);
                signal(&self.replicas[victim].child, "TERM");
                ended(&mut self.replicas[victim].child).await;
                self.replace(victim).await;
            }
            Fault::CutDatabase => {
                let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                           WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.7";
                self.store.sql(cut).await;
            }
            Fault::FreezeDatabase => {
                let Store::Own { running: Some(postgres), .. } = &self.store else { return };
                let frozen = Frozen::freeze(postgres.pid());
                self.pause(4000).await;
                drop(frozen);
            }
            Fault::KillDatabase => {
                let Store::Own { settings, running, .. } = &mut self.store else { return };
                let killed = running.take().unwrap();
                let pid = killed.pid().to_string();
                assert!(std::process::Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
                killed.ended().await;
                drop(killed);
                let settings = settings.clone();
                self.pause(1500).await;
                let started = Embedded::start(&settings).await.unwrap();
                let Store::Own { running, .. } = &mut self.store else { return };
                *running = Some(Box::new(started));
            }
            Fault::Cut => self.proxy.some(share, Line::Cut),
            Fault::HalfClose(end) => {
                self.proxy.some(share, Line::HalfClosed(end));
                self.pause(800).await;
                self.proxy.mend();
            }
            Fault::Silence => {
                self.proxy.some(share, Line::Silent);
                self.pause(3000).await;
                // Those that the clients have not given up by then are ended.
                self.proxy.mend();
            }
            Fault::Slow => {
                self.proxy.some(share, Line::Slow(Duration::from_millis(300)));
                self.pause(2000).await;
                self.proxy.mend();
            }
            Fault::Trickle => {
                self.proxy.some(share, Line::Trickle);
                self.pause(2000).await;
                self.proxy.mend();
            }
            Fault::Stall => self.stall(share).await,
            Fault::Overrun => self.overrun().await,
        }
    }

    /// The server cuts off so many of the clients, which take nothing any more.
    async fn stall(&mut self, share: f64) {
        within("streams of all", self.all_are_open()).await;
        let before = self.cut_off().await;
        let mut stalled = Vec::new();
        for recorder in &self.recorders {
            let client = recorder.dialled_from().filter(|_| self.random.random_bool(share));
            if client.is_some_and(|client| self.proxy.one(client, Line::Stalled)) {
                stalled.push(recorder.agent.node_id.parse().unwrap());
            }
        }
        // Nothing of what the clients do gets to the server: it is the one who ends these.
        within("cutting off", self.flood_until(&stalled, before + stalled.len() as i64)).await;
        self.proxy.mend();
    }

    /// Tells these Nodes of what fills buffers, until so many streams have been cut off.
    async fn flood_until(&self, nodes: &[NodeId], cut_off: i64) {
        let long = nodes.iter().map(|node_id| Message {
            domain_id: self.trusted.domain_id(),
            scope: Scope::Node(*node_id),
            event_type: "action_request".to_owned(),
            payload: json!({ "filling": "x".repeat(60_000) }),
            sign_with: None,
        });
        let long: Vec<_> = long.collect();
        let mut database = AsyncPgConnection::establish(self.store.url()).await.unwrap();
        while self.cut_off().await < cut_off {
            publish(&mut database, &long, Utc::now()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Streams whose client was gone, or took nothing: over HTTP/1 it is the connection that does not get rid of its
    /// bytes.
    async fn cut_off(&self) -> i64 {
        self.counted("plexsphere_streams_closed_total{reason=\"left\"}").await
            + self.counted("plexsphere_streams_closed_total{reason=\"slow\"}").await
    }

    /// Of all replicas. What has never happened is not listed.
    async fn counted(&self, metric: &str) -> i64 {
        let mut sum = 0;
        for replica in &self.replicas {
            let metrics = replica.get_ops("/metrics").await.1;
            let value = metrics.lines().find_map(|line| line.strip_prefix(metric)?.trim().parse::<i64>().ok());
            sum += value.unwrap_or(0);
        }
        sum
    }

    /// Returns once each client has its stream, and the servers have none beside.
    async fn all_are_open(&self) {
        for recorder in &self.recorders {
            recorder.until(|record| record.view.is_open()).await;
        }
        let all = self.recorders.len() as i64;
        while self.counted("plexsphere_streams_open").await != all {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Nobody gets through for a while, and what happens meanwhile is not kept.
    async fn overrun(&mut self) {
        self.proxy.set_targets(&[]);
        self.proxy.some(1.0, Line::Cut);
        // The recorders need not have noticed: one that was about to pull its state still tries to.
        within("closing", self.proxy.idle()).await;
        let away = self.store.number(HEAD).await;
        within("more events", async {
            while self.store.number(HEAD).await < away + 12 {
                self.go_on().await;
            }
        })
        .await;
        self.prune_up_to(3).await;
        for replica in &self.replicas {
            within("noticing", self.notices(replica, away)).await;
        }
        self.proxy.set_targets(&self.addresses.lock().unwrap());
    }

    /// Lets the log forget all but so many of its events.
    async fn prune_up_to(&mut self, kept: i64) {
        // Nothing is appended meanwhile, so that all that goes has been noted.
        let mut held = AsyncPgConnection::establish(self.store.url()).await.unwrap();
        held.batch_execute("BEGIN; SELECT * FROM event_log_head FOR UPDATE").await.unwrap();
        recorder::add_to(&mut self.log, self.store.url()).await;
        let log = PgEventLog::new(Database::new(self.store.url(), 1).unwrap());
        let keep = Retention { age: TimeDelta::days(1), count: kept };
        while log.prune(keep, Utc::now()).await.unwrap() > 0 {}
        held.batch_execute("ROLLBACK").await.unwrap();
    }

    /// From here on another key signs the events.
    async fn rotate_signing_key(&self) {
        let domain = self.trusted.domain_id().to_string();
        let mut rotate = program();
        rotate
            .args(["admin", "signing-key", "rotate", "--domain", &domain])
            .env("PLEXSPHERE_DATABASE_URL", self.store.url())
            .env("PLEXSPHERE_MASTER_KEY", MASTER_KEY);
        let rotated = output(&mut rotate).await;
        assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    }

    /// Returns once `replica` has seen that what comes after this number is gone from the log. Until it looks again it
    /// goes on from memory, and rightly.
    async fn notices(&self, replica: &Serve, after: i64) {
        let agent = &self.recorders[0].agent;
        loop {
            let mut stream = agent.client.at(replica.address).follow(&agent.path("events"), Some(after)).await;
            if stream.event().await.event_type() == RESYNC {
                break;
            }
            drop(stream);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Which replica relays.
    async fn leader(&self) -> Option<usize> {
        for (n, replica) in self.replicas.iter().enumerate() {
            if replica.get_ops("/metrics").await.1.contains("plexsphere_relay_leads 1") {
                return Some(n);
            }
        }
        None
    }

    /// Lets everything come to rest, and holds what came against what had to come.
    async fn judge(&mut self, causes: Vec<tokio::task::JoinHandle<()>>) {
        self.stop.store(true, Ordering::Relaxed);
        for cause in causes {
            cause.await.unwrap();
        }
        self.proxy.mend();
        // Everybody is to hear of one more event.
        let waker = self.recorders[0].agent.clone();
        let port = 60_000 + self.random.random_range(0..5000);
        let report = endpoint(&format!("203.0.113.1:{port}"), "full_cone", Utc::now());
        self.admin = self.admin.at(self.replicas[0].address);
        let client = waker.client.at(self.replicas[0].address);
        within("a last report", async {
            loop {
                let said = client.ask(Method::PUT, &waker.path("endpoint"), &report).await;
                if said.as_ref().is_some_and(|said| said.status == 200) {
                    break;
                }
                eprintln!("the last report: {:?}", said.map(|said| said.bytes));
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        })
        .await;
        within("relaying the rest", async {
            while self.store.number("SELECT count(*) FROM outbox").await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        assert_eq!(self.store.number("SELECT count(*) FROM outbox_dead_letters").await, 0);
        let last = self.store.number("SELECT max(sequence) FROM event_log WHERE scope_kind = 'domain'").await;
        for recorder in &self.recorders {
            let arrived = recorder.until(|record| record.is_at(last));
            if tokio::time::timeout(PATIENCE, arrived).await.is_err() {
                recorder.seen(|record| {
                    let (view, ended) = (&record.view, &record.ended);
                    let (open, at, due) = (view.is_open(), view.last(), view.pull_due());
                    let node_id = &recorder.agent.node_id;
                    panic!("{node_id}: {last} does not come: open {open}, at {at:?}, pull due {due}, {ended:?}")
                });
            }
        }
        recorder::add_to(&mut self.log, self.store.url()).await;
        assert!(self.log.is_whole(), "the log has gaps");
        let faults = recorder::judge(&self.recorders, self.trusted.domain_id(), &self.log, last, &self.admin).await;
        assert!(faults.is_empty(), "{faults:#?}");
        within("closing streams that nobody follows", self.all_are_open()).await;
        for recorder in &self.recorders {
            let agent = Agent { client: recorder.agent.client.at(self.replicas[0].address), ..recorder.agent.clone() };
            let told = async { while agent.heartbeat(Utc::now()).await.expect(200)["reconcile"] != false {} };
            within("marking what was delivered", told).await;
        }
        let frames: usize = self.recorders.iter().map(|recorder| recorder.seen(|record| record.steps.len())).sum();
        let opened: usize = self.recorders.iter().map(|recorder| recorder.seen(|record| record.opened)).sum();
        let (head, lines) = (self.log.head(), self.proxy.opened());
        eprintln!(
            "{head} events in the log, {frames} steps of {opened} streams, {lines} lines: all as they have to be"
        );
    }

    async fn end(self) {
        drop(self.recorders);
        drop(self.replicas);
        if let Store::Own { running: Some(postgres), .. } = self.store {
            postgres.destroy().await.unwrap();
        }
    }
}

async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what} takes too long"))
}

/// Makes events, whatever else happens.
struct Causes {
    name: usize,
    agents: Vec<Agent>,
    admin: Client,
    project: String,
    addresses: Arc<Mutex<Vec<std::net::SocketAddr>>>,
    random: StdRng,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
}

impl Causes {
    async fn make(mut self) {
        for n in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            // Not in a circle while nobody answers.
            tokio::time::sleep(Duration::from_millis(20)).await;
            if self.one(n).await.is_some_and(|answer| answer.status.is_success()) {
                self.done.fetch_add(1, Ordering::Relaxed);
            }
        }
        // Everybody is in the mesh at the end.
        for agent in self.agents.clone() {
            within("undraining", async {
                loop {
                    let address = self.somewhere();
                    let admin = self.admin.at(address);
                    let said = admin.ask(Method::POST, &agent.path("undrain"), &Value::Null).await;
                    if said.is_some_and(|said| said.status == 204) {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            })
            .await;
        }
    }

    fn somewhere(&mut self) -> std::net::SocketAddr {
        let addresses = self.addresses.lock().unwrap();
        addresses[self.random.random_range(0..addresses.len())]
    }

    async fn one(&mut self, n: usize) -> Option<Answer> {
        let address = self.somewhere();
        let admin = self.admin.at(address);
        let which = self.random.random_range(0..self.agents.len());
        let agent = Agent { client: self.agents[which].client.at(address), ..self.agents[which].clone() };
        match self.random.random_range(0..11) {
            0..6 => {
                let nat = ["symmetric", "port_restricted", "full_cone"][self.random.random_range(0..3)];
                let place = format!("203.0.113.{}:{}", 10 + self.name, self.random.random_range(1024..50_000));
                agent.client.ask(Method::PUT, &agent.path("endpoint"), &endpoint(&place, nat, Utc::now())).await
            }
            6 => {
                let entry = json!({ "value": format!("v{n}") });
                admin.ask(Method::PUT, &agent.path("state/metadata/note"), &entry).await
            }
            7 => admin.ask(Method::POST, &agent.path("drain"), &Value::Null).await,
            8 => admin.ask(Method::POST, &agent.path("undrain"), &Value::Null).await,
            9 => {
                admin.ask(Method::POST, &agent.path("keys/rotate"), &Value::Null).await?;
                let completion = json!({ "new_public_key": public_key() });
                agent.client.ask(Method::POST, "/v1/keys/rotate", &completion).await
            }
            _ => {
                let token = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
                let tokens = format!("/v1/projects/{}/bootstrap-tokens", self.project);
                let token = admin.ask(Method::POST, &tokens, &token).await?;
                let token = token.json()["token"].as_str()?.to_owned();
                let body = registration(&self.project, &Uuid::new_v4().to_string(), &token);
                let anonymous = admin.without_bearer();
                let registered = anonymous.ask(Method::POST, "/v1/register", &body).await?;
                if registered.status != 201 {
                    return Some(registered);
                }
                let guest = Agent::from_registration(&anonymous, registered.json());
                guest.client.ask(Method::POST, &guest.path("deregister"), &Value::Null).await
            }
        }
    }
}

/// Each of `faults` at least once, in an order that the seed decides.
async fn under(faults: &[Fault], store: Store, scale: Scale) {
    let seed = seed();
    let mut rig = Rig::start(store, scale, seed).await;
    let causes = rig.make_causes(3);
    let began = Instant::now();
    let mut left: Vec<Fault> = faults.to_vec();
    let mut round = 0;
    while round < faults.len().max(scale.rounds) || began.elapsed() < scale.time {
        rig.go_on().await;
        if left.is_empty() {
            left = faults.to_vec();
        }
        let fault = left.swap_remove(rig.random.random_range(0..left.len()));
        eprintln!("{round}: {fault:?} after {} causes", rig.done.load(Ordering::Relaxed));
        rig.commit(fault).await;
        round += 1;
    }
    rig.rotate_signing_key().await;
    rig.go_on().await;
    rig.commit(Fault::Cut).await;
    rig.go_on().await;
    rig.judge(causes).await;
    assert!(rig.done.load(Ordering::Relaxed) > faults.len(), "hardly anything happened");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_whole_while_replicas_are_killed_and_stopped_and_leadership_passes() {
    under(OF_REPLICAS, Store::shared().await, SMALL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_whole_while_the_database_hangs_dies_and_ends_sessions() {
    under(OF_THE_DATABASE, Store::own("database").await, SMALL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_whole_over_lines_that_are_cut_silent_slow_and_half_closed() {
    under(OF_LINES, Store::shared().await, SMALL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_whole_when_readers_are_cut_off_or_overrun() {
    under(OF_READERS, Store::shared().await, SMALL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_never_read_or_vanish_harm_nobody_else() {
    let seed = seed();
    let mut rig = Rig::start(Store::shared().await, SMALL, seed).await;
    let (mut dead, mut flooded) = (Vec::new(), Vec::new());
    for recorder in &rig.recorders[..3] {
        flooded.push(recorder.agent.node_id.parse().unwrap());
        let mut stream = socket::connect(rig.replicas[0].address).await;
        let (path, nsk) = (recorder.agent.path("events"), &recorder.agent.nsk);
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {nsk}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        dead.push(stream);
    }
    // One goes away without a word in the middle of its head.
    let mut half = socket::connect(rig.replicas[0].address).await;
    half.write_all(b"GET /v1/nodes/").await.unwrap();
    let causes = rig.make_causes(3);
    for _ in 0..4 {
        rig.go_on().await;
    }
    drop(half);
    within("cutting off", rig.flood_until(&flooded, dead.len() as i64)).await;
    rig.judge(causes).await;
    for recorder in &rig.recorders {
        assert_eq!(recorder.seen(|record| record.opened), 1, "whoever reads is not cut off");
    }
    drop(dead);
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_away_for_longer_than_events_are_kept_is_told_to_pull() {
    let seed = seed();
    let scale = Scale { nodes: 3, ..SMALL };
    let mut rig = Rig::start(Store::shared().await, scale, seed).await;
    let causes = rig.make_causes(3);
    for recorder in &rig.recorders {
        within("a first event", recorder.until(|record| record.view.last().is_some())).await;
    }
    rig.overrun().await;
    rig.judge(causes).await;
    let resyncs: BTreeSet<usize> = rig.recorders.iter().map(|recorder| recorder.seen(resyncs)).collect();
    assert_eq!(resyncs, BTreeSet::from([1]), "each was told once");
    rig.end().await;
}

fn resyncs(record: &recorder::Record) -> usize {
    use plexsphere::agent::history::Step;
    let resync = |step: &&Step| matches!(step, Step::Frame(frame) if &*frame.event == RESYNC);
    record.steps.iter().filter(resync).count()
}

/// `make soak`: everything at once, for as long as is wanted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes as long as one wants; see make soak"]
async fn soak() {
    let setting =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default);
    let time = Duration::from_secs(setting("SOAK_SECONDS", 600));
    let nodes = usize::try_from(setting("SOAK_NODES", 60)).unwrap();
    let faults = [OF_REPLICAS, OF_THE_DATABASE, OF_LINES, OF_READERS].concat();
    under(&faults, Store::own("soak").await, Scale { nodes, rounds: faults.len(), time }).await;
}
