//! The database hangs, restarts or drops its sessions: requests are refused as passing faults within a moment, never
//! as 401 or 404, and when it is back the server is, too, with nobody marked down.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::join_all;
use http::Method;
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::clock::Clock;
use plexsphere::config::Config;
use plexsphere::postgres::embedded::{Embedded, Settings};
use plexsphere::wiring::{self, Server};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;
use uuid::Uuid;

use crate::harness::agent::{heartbeat, nsk_bearer, registration};
use crate::harness::client::{Answer, Client};
use crate::harness::{Agent, ManualClock, overrides, rows_at};

/// A refusal comes within a second; this is for machines that are busy with other tests.
const AT_ONCE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);
/// Twice what a server opens: while sessions that were ended still leave, it opens others.
const MAX_CONNECTIONS: u32 = 80;

/// A server over a PostgreSQL of its own.
struct Alone {
    postgres: Option<Embedded>,
    settings: Settings,
    url: String,
    server: Server,
    clock: Arc<ManualClock>,
    admin: Client,
    agent: Agent,
    project: String,
    /// A bootstrap token that is left.
    token: String,
}

async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what} takes too long"))
}

impl Alone {
    async fn start(name: &str) -> Self {
        Self::start_through(name, None).await
    }

    async fn start_through(name: &str, line: Option<&Line>) -> Self {
        let data_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("gone-{name}"));
        std::fs::create_dir_all(&data_dir).unwrap();
        let bin_dir = std::env::var_os("PLEXSPHERE_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let settings = Settings { data_dir, bin_dir, durable: true, max_connections: MAX_CONNECTIONS };
        let postgres = Embedded::start(&settings).await.unwrap();
        // A database of this run's own in a cluster that is kept.
        let database = format!("run_{}", Uuid::new_v4().simple());
        postgres.ensure_database(&database).await.unwrap();
        let url = postgres.url(&database);
        // For the certificates.
        crate::harness::Cluster::get().await;
        let mut all = overrides("unused");
        let through = match line {
            Some(line) => line.url(&url).await,
            None => url.clone(),
        };
        all.database_url = Some(through.parse().unwrap());
        let clock = Arc::new(ManualClock::default());
        let server =
            wiring::start(&Config::load(all, std::iter::empty()).unwrap(), clock.clone(), |_| {}).await.unwrap();
        let (_, token) = first_administrator(server.database(), "dev", false, clock.now()).await.unwrap();
        let admin = Client::new(server.address()).with_bearer(&token);
        let domain = json!({ "name": "lab", "slug": "lab", "mesh_cidr": "10.20.0.0/16" });
        let domain = admin.post("/v1/domains", &domain).await.expect(201)["domain_id"].as_str().unwrap().to_owned();
        let project = json!({ "domain_id": domain, "name": "team", "slug": "team" });
        let project = admin.post("/v1/projects", &project).await.expect(201)["project_id"].as_str().unwrap().to_owned();
        let token = bootstrap_token(&admin, &project).await;
        let agent = Agent::enrol(&admin.without_bearer(), &project, "web-1", &token).await;
        let token = bootstrap_token(&admin, &project).await;
        Self { postgres: Some(postgres), settings, url, server, clock, admin, agent, project, token }
    }

    async fn sql(&self, text: &str) {
        AsyncPgConnection::establish(&self.url).await.unwrap().batch_execute(text).await.unwrap();
    }

    async fn ops(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}{path}", self.server.ops_address())).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// One request of each kind that needs the database.
    fn everything(&self) -> Vec<(String, RequestBuilder)> {
        let anonymous = self.admin.without_bearer();
        let nsk = self.agent.registered["nsk"].as_str().unwrap();
        let stranger = anonymous.with_bearer(&nsk_bearer(&Uuid::now_v7().to_string(), nsk));
        let strange = anonymous.with_bearer(&format!("psk_dev_{}_{}", "a".repeat(26), "a".repeat(52)));
        let beat = heartbeat(self.clock.now());
        let checksum = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let manifest = json!({ "binary_version": Uuid::new_v4(), "binary_checksum": checksum });
        let violation = json!({
            "kind": "binary_checksum", "detected_by": "inotify", "artifact_id": "agent", "observed_checksum": checksum,
        });
        let violations = json!({ "violations": [violation] });
        let requests: Vec<(&Client, Method, String, Option<Value>)> = vec![
            (&self.agent.client, Method::POST, self.agent.path("heartbeat"), Some(beat.clone())),
            (&self.agent.client, Method::GET, self.agent.path("reachability"), None),
            (&stranger, Method::GET, self.agent.path("reachability"), None),
            (&self.admin, Method::GET, self.agent.path("reachability"), None),
            (&self.admin, Method::GET, format!("/v1/nodes/{}", self.agent.node_id), None),
            (&self.admin, Method::GET, "/v1/nodes".to_owned(), None),
            (&self.admin, Method::GET, self.agent.path("state"), None),
            (&self.admin, Method::POST, self.agent.path("keys/rotate"), None),
            (&self.admin, Method::GET, self.agent.path("keys/rotate/preview"), None),
            (&self.admin, Method::PUT, self.agent.path("state/data/k"), Some(json!({ "value": beat["client_now"] }))),
            (&self.admin, Method::GET, "/v1/domains".to_owned(), None),
            (&self.admin, Method::GET, format!("/v1/domains/{}", Uuid::now_v7()), None),
            (
                &self.admin,
                Method::POST,
                "/v1/domains".to_owned(),
                Some(json!({ "name": "x", "slug": "x", "mesh_cidr": "10.99.0.0/16" })),
            ),
            (&self.admin, Method::GET, "/v1/auth/tokens".to_owned(), None),
            (&self.admin, Method::POST, format!("/v1/auth/tokens/{}/rotate", Uuid::now_v7()), None),
            (&self.agent.client, Method::PUT, self.agent.path("capabilities"), Some(manifest)),
            (&self.agent.client, Method::POST, self.agent.path("integrity-violations"), Some(violations)),
            (&self.admin, Method::GET, format!("/v1/projects/{}/capabilities", self.project), None),
            (&self.admin, Method::GET, "/v1/integrity-violations".to_owned(), None),
            (
                &self.admin,
                Method::POST,
                format!("/v1/integrity-violations/{}/acknowledge", Uuid::now_v7()),
                Some(json!({ "reason": "seen" })),
            ),
        ];
        let registration = registration(&self.project, &Uuid::new_v4().to_string(), &self.token);
        let more = [
            ("register", &anonymous, Method::POST, "/v1/register", Some(registration)),
            ("a token not seen before", &strange, Method::GET, "/v1/domains", None),
        ];
        let more =
            more.map(|(what, client, method, path, body)| (what.to_owned(), client, method, path.to_owned(), body));
        let requests = requests
            .into_iter()
            .map(|(client, method, path, body)| (format!("{method} {path}"), client, method, path, body))
            .chain(more);
        let request = |(what, client, method, path, body): (String, &Client, Method, String, Option<Value>)| {
            let request = client.request(method, &path);
            let request = match body {
                Some(body) => request.header("content-type", "application/json").body(body.to_string()),
                None => request,
            };
            (what, request)
        };
        requests.map(request).collect()
    }

    async fn asked(&self, (what, request): (String, RequestBuilder)) -> (String, Answer, Duration) {
        let began = Instant::now();
        let answer = self.admin.send(request).await;
        (what, answer, began.elapsed())
    }

    async fn ask_everything(&self) -> Vec<(String, Answer, Duration)> {
        join_all(self.everything().into_iter().map(|one| self.asked(one))).await
    }

    /// Asks one after the other, and nothing is refused. One after the other, because of many at once that open and warm
    /// connections some would rightly be told on a busy machine that none is free in time.
    async fn nothing_is_refused(&self) {
        for one in self.everything() {
            let (what, answer, took) = self.asked(one).await;
            assert_ne!(answer.status.as_u16() / 100, 5, "{what}: {}", String::from_utf8_lossy(&answer.bytes));
            assert!(took < AT_ONCE, "{what} took {took:?}");
        }
    }

    async fn everything_is_refused_at_once(&self) {
        for (what, answer, took) in self.ask_everything().await {
            assert_eq!(answer.status, 503, "{what}: {}", String::from_utf8_lossy(&answer.bytes));
            answer.refused(503, "datastore_unavailable");
            assert!(answer.header("retry-after").is_some_and(|after| after.parse::<u32>().is_ok()));
            assert!(took < AT_ONCE, "{what} took {took:?}");
        }
        self.admin.without_bearer().get("/v1/health").await.expect(200);
        // Requests may be refused before the probe has looked; readiness is what the probe found.
        patiently("being not ready", async {
            loop {
                let (status, body) = self.ops("/readyz").await;
                let readiness: Value = serde_json::from_str(&body).unwrap();
                if (status, &readiness["checks"]["database"]["ok"]) == (503, &json!(false)) {
                    break;
                }
            }
        })
        .await;
        assert_eq!(self.ops("/livez").await.0, 200);
    }

    /// Ends all sessions of the server. They may still be leaving then; returns who they were.
    async fn end_sessions(&self) -> Vec<i64> {
        let end = "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let ended = rows_at(&self.url, end).await.unwrap();
        ended.iter().map(|session| session["pid"].as_i64().unwrap()).collect()
    }

    async fn have_left(&self, sessions: &[i64]) {
        let there = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (ARRAY{sessions:?}::int[])");
        patiently("leaving", async { while self.number(&there).await > 0 {} }).await;
    }

    /// Awaits that the server works again, and knows it.
    async fn answers_again(&self) {
        patiently("coming back", async {
            while self.admin.get("/v1/domains").await.status != 200 || self.ops("/readyz").await.0 != 200 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// Awaits that the server works again; then nothing of the outage is left.
    async fn serves_again(&self) {
        self.answers_again().await;
        self.nothing_is_refused().await;
        self.sql("DELETE FROM domains WHERE slug = 'x' AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.domain_id = domains.id)").await;
    }

    async fn state(&self) -> String {
        let seen = self.admin.get(&self.agent.path("reachability")).await.expect(200);
        seen["state"].as_str().unwrap().to_owned()
    }

    async fn stored_heartbeat(&self) -> Option<DateTime<Utc>> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Timestamptz>)]
            at: Option<DateTime<Utc>>,
        }
        let mut conn = AsyncPgConnection::establish(&self.url).await.unwrap();
        let query =
            format!("SELECT last_heartbeat_at AS at FROM node_liveness WHERE node_id = '{}'", self.agent.node_id);
        diesel::sql_query(query).get_result::<Row>(&mut conn).await.unwrap().at
    }

    async fn number(&self, query: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let mut conn = AsyncPgConnection::establish(&self.url).await.unwrap();
        diesel::sql_query(format!("SELECT ({query})::bigint AS n")).get_result::<Row>(&mut conn).await.unwrap().n
    }

    async fn step(&self) {
        self.server.task("reachability_sweeper").unwrap().step_now().await;
    }

    async fn stop(self) {
        self.server.stop(Duration::from_secs(5)).await;
        self.postgres.unwrap().stop().await.unwrap();
    }
}

async fn bootstrap_token(admin: &Client, project: &str) -> String {
    let body = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
    let issued = admin.post(&format!("/v1/projects/{project}/bootstrap-tokens"), &body).await.expect(201);
    issued["token"].as_str().unwrap().to_owned()
}

/// A line to the database that can be cut without anybody being told, as a lost host or a firewall does.
struct Line {
    /// How often it has been cut, and whether it is.
    cut: Arc<watch::Sender<(u32, bool)>>,
}

impl Line {
    fn new() -> Self {
        Self { cut: Arc::new(watch::Sender::new((0, false))) }
    }

    /// Starts to forward; returns the URL of this end.
    async fn url(&self, url: &str) -> String {
        let parts: Vec<&str> = url.split(' ').collect();
        let folder = parts.iter().find_map(|part| part.strip_prefix("host=")).unwrap().trim_matches('\'');
        let socket = PathBuf::from(folder).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = self.cut.clone();
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                near.set_nodelay(true).unwrap();
                let mut cut = cut.subscribe();
                let (times, down) = *cut.borrow_and_update();
                let socket = socket.clone();
                tokio::spawn(async move {
                    if !down {
                        let mut far = UnixStream::connect(socket).await.unwrap();
                        tokio::select! {
                            _ended = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
                            _cut = cut.wait_for(|now| now.0 != times) => {}
                        }
                    }
                    // Silence: neither an answer nor an end.
                    std::future::pending::<()>().await;
                });
            }
        });
        let rest: Vec<&str> = parts.into_iter().filter(|part| !part.starts_with("host=")).collect();
        format!("host=127.0.0.1 port={port} sslmode=disable {}", rest.join(" "))
    }

    fn cut(&self) {
        self.cut.send_modify(|(times, down)| (*times, *down) = (*times + 1, true));
    }

    /// New connections go through again; the old ones stay silent for ever.
    fn mend(&self) {
        self.cut.send_modify(|(_, down)| *down = false);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fell_silent_are_not_waited_for_when_the_database_is_back() {
    let line = Line::new();
    let a = Alone::start_through("silent", Some(&line)).await;
    // Several connections are in the pool.
    join_all((0..8).map(|_| a.admin.get("/v1/domains"))).await;
    line.cut();
    a.everything_is_refused_at_once().await;
    line.mend();
    patiently("coming back", async { while a.ops("/readyz").await.0 != 200 {} }).await;
    for _ in 0..3 {
        a.agent.heartbeat(a.clock.now()).await.expect(200);
        a.nothing_is_refused().await;
    }
    a.stop().await;
}

/// The postmaster and all of its sessions.
pub struct Frozen(Vec<u32>);

impl Frozen {
    /// Stops them all: whoever speaks to them hears nothing.
    pub fn freeze(postmaster: u32) -> Self {
        signal(&[postmaster], "STOP");
        // Stopped, it starts no more of them.
        let children = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let parent: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            (parent == postmaster).then_some(pid)
        });
        let mut all = vec![postmaster];
        all.extend(children);
        signal(&all, "STOP");
        Self(all)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        signal(&self.0, "CONT");
    }
}

fn signal(pids: &[u32], name: &str) {
    let pids = pids.iter().map(ToString::to_string);
    // One that has ended meanwhile is no fault.
    let _status = std::process::Command::new("kill")
        .args(["-s", name])
        .args(pids)
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_is_refused_at_once_and_back_when_it_goes_on() {
    let a = Alone::start("hangs").await;
    a.agent.heartbeat(a.clock.now()).await.expect(200);
    a.step().await;
    let frozen = Frozen::freeze(a.postgres.as_ref().unwrap().pid());
    // The first ones are on their way when it stops; the later ones find it gone.
    for _ in 0..2 {
        a.everything_is_refused_at_once().await;
    }
    a.clock.advance(TimeDelta::minutes(10));
    drop(frozen);
    a.answers_again().await;
    assert_eq!(a.state().await, "healthy", "nobody is marked down for our own absence");
    a.step().await;
    assert_eq!(a.state().await, "healthy");
    a.serves_again().await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_stopped_and_started_is_served_with_again() {
    let mut a = Alone::start("stops").await;
    a.agent.heartbeat(a.clock.now()).await.expect(200);
    a.step().await;
    a.postgres.take().unwrap().stop().await.unwrap();
    for _ in 0..2 {
        a.everything_is_refused_at_once().await;
    }
    a.clock.advance(TimeDelta::minutes(10));
    a.postgres = Some(Embedded::start(&a.settings).await.unwrap());
    a.answers_again().await;
    assert_eq!(a.state().await, "healthy", "nobody is marked down for our own absence");
    a.serves_again().await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_are_ended_cost_no_more_than_passing_faults() {
    let a = Alone::start("sessions").await;
    let mut ended = Vec::new();
    for _ in 0..3 {
        ended.extend(a.end_sessions().await);
        for (what, answer, took) in a.ask_everything().await {
            let passing = answer.status == 503 || answer.status.as_u16() / 100 == 2;
            let real = [401, 404, 409, 403].contains(&answer.status.as_u16())
                && ["a token not seen", "/v1/domains", "register", "reachability", "acknowledge", "rotate"]
                    .iter()
                    .any(|part| what.contains(part));
            assert!(passing || real, "{what}: {}", String::from_utf8_lossy(&answer.bytes));
            assert!(took < AT_ONCE, "{what} took {took:?}");
        }
    }
    // Who finds out only later that its session was ended must not be the one that is asked below.
    a.have_left(&ended).await;
    a.serves_again().await;
    a.agent.heartbeat(a.clock.now()).await.expect(200);
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_ends_sessions_and_opens_others_is_not_gone() {
    let a = Alone::start("ends").await;
    // The probe's session among them.
    let ended = a.end_sessions().await;
    let last = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT 1'";
    let probed_again = async {
        a.have_left(&ended).await;
        patiently("probing", async { while a.number(last).await == 0 {} }).await;
    };
    tokio::select! {
        () = a.server.database().availability().gone() => panic!("it was found gone"),
        () = probed_again => {}
    }
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heartbeats_in_flight_when_the_database_dies_are_durable_or_refused() {
    let mut a = Alone::start("dies").await;
    let last_accepted = {
        let all = join_all((0..8).map(|_| beats_of(&a)));
        let kill = async {
            patiently("being busy", async { while a.stored_heartbeat().await.is_none() {} }).await;
            signal(&[a.postgres.as_ref().unwrap().pid()], "QUIT");
        };
        let (many, ()) = tokio::join!(all, kill);
        many.into_iter().flatten().max().expect("some were accepted")
    };
    patiently("ending", a.postgres.take().unwrap().ended()).await;
    a.postgres = Some(Embedded::start(&a.settings).await.unwrap());
    assert!(a.stored_heartbeat().await.unwrap() >= last_accepted);
    a.serves_again().await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_wait_when_the_database_dies_are_relayed_when_it_is_back() {
    let mut a = Alone::start("relay").await;
    let events = |first: u32| {
        format!(
            "INSERT INTO outbox (scope_kind, scope_id, domain_id, event_type, payload, created_at) \
             SELECT 'domain', d.id, d.id, 'peer_deregistered', jsonb_build_object('node_id', n::text), now() \
             FROM domains d, generate_series({first}, {}) n ORDER BY n",
            first + 2999
        )
    };
    a.sql(&events(1)).await;
    signal(&[a.postgres.as_ref().unwrap().pid()], "QUIT");
    patiently("ending", a.postgres.take().unwrap().ended()).await;
    a.postgres = Some(Embedded::start(&a.settings).await.unwrap());
    a.sql(&events(3001)).await;
    a.answers_again().await;
    patiently("relaying", async { while a.number("SELECT count(*) FROM outbox").await > 0 {} }).await;
    let numbers = "FROM event_log WHERE event_type = 'peer_deregistered'";
    assert_eq!(a.number(&format!("SELECT count(DISTINCT line::jsonb->'payload'->>'node_id') {numbers}")).await, 6000);
    assert_eq!(a.number(&format!("SELECT count(*) {numbers}")).await, 6000, "none twice");
    assert_eq!(a.number("SELECT max(sequence) - count(*) FROM event_log").await, 0, "no gap");
    // Its tail has it, too.
    let head = a.number("SELECT last_sequence FROM event_log_head").await;
    let mut position = a.server.tail().position();
    patiently("reading", position.wait_for(|position| *position == head)).await.unwrap();
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_whose_line_is_cut_without_a_word_is_replaced_within_seconds() {
    let line = Line::new();
    let a = Alone::start_through("leads", Some(&line)).await;
    let mut all = overrides("unused");
    all.database_url = Some(a.url.parse().unwrap());
    let config = Config::load(all, std::iter::empty()).unwrap();
    let other = wiring::start(&config, a.clock.clone(), |_| {}).await.unwrap();
    let mut position = other.tail().position();
    let one = "INSERT INTO outbox (scope_kind, scope_id, domain_id, event_type, payload, created_at) \
               SELECT 'domain', id, id, 'peer_deregistered', '{\"node_id\": \"n\"}', now() FROM domains";
    line.cut();
    let before = a.number("SELECT last_sequence FROM event_log_head").await;
    let began = Instant::now();
    a.sql(one).await;
    patiently("another leader", position.wait_for(|position| *position > before)).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    line.mend();
    a.answers_again().await;
    other.stop(Duration::from_secs(5)).await;
    a.sql(one).await;
    patiently("leading again", async { while a.number("SELECT count(*) FROM outbox").await > 0 {} }).await;
    assert_eq!(a.number("SELECT max(sequence) - count(*) FROM event_log").await, 0, "no gap");
    a.stop().await;
}

/// Heartbeats until one is refused; returns the newest that was accepted.
async fn beats_of(a: &Alone) -> Option<DateTime<Utc>> {
    let mut last = None;
    loop {
        a.clock.advance(TimeDelta::milliseconds(1));
        let answer = a.agent.heartbeat(a.clock.now()).await;
        match answer.status.as_u16() {
            200 => last = Some(answer.json()["accepted_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap()),
            _ => {
                answer.refused(503, "datastore_unavailable");
                return last;
            }
        }
    }
}
