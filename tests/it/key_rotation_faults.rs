//! The line to the database is cut at each message of a trigger and of a completion, or the database is stopped at some:
//! the old world is left whole, or the new one.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::clock::Clock;
use plexsphere::config::{Config, Overrides};
use plexsphere::postgres::embedded::{Embedded, Settings};
use plexsphere::wiring;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use uuid::Uuid;

use crate::edge_psk::edge;
use crate::harness::agent::public_key;
use crate::harness::{Agent, Answer, Client, Harness, ManualClock, overrides};
use crate::key_rotation::{complete, trigger};
use crate::key_rotation_races::{events_and_rows_agree, versions_agree};
use crate::processes::{Serve, serve_command};

/// A line to PostgreSQL that lets so many messages of a Node's transaction through, counted from the first one that
/// names the Node to the commit, and then ends the connection that sent them at both ends. What the connection is used
/// for besides does not count, and may name the Node, too: its key is looked up when it is not trusted from memory.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Option<Armed>>>);

/// Where one connection is.
#[derive(Default)]
struct At {
    in_transaction: bool,
    /// The transaction is the one that counts.
    counting: bool,
}

struct Armed {
    node_id: [u8; 16],
    left: usize,
    /// The types of the messages that were counted and let through.
    counted: Vec<u8>,
    cut: bool,
    /// Behind the commit there is nothing more to cut.
    committed: bool,
    /// The PostgreSQL that is stopped at once instead.
    stops: Option<u32>,
}

impl Line {
    /// The URL of this end of a line to `url`.
    fn url(&self, url: &str) -> String {
        let parts: Vec<&str> = url.split(' ').collect();
        let folder = parts.iter().find_map(|part| part.strip_prefix("host=")).unwrap().trim_matches('\'');
        let socket = PathBuf::from(folder).join(".s.PGSQL.5432");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = self.clone();
        tokio::spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                near.set_nodelay(true).unwrap();
                let (line, socket) = (line.clone(), socket.clone());
                tokio::spawn(async move { line.forward(near, UnixStream::connect(socket).await.unwrap()).await });
            }
        });
        let rest: Vec<&str> = parts.into_iter().filter(|part| !part.starts_with("host=")).collect();
        format!("host=127.0.0.1 port={port} sslmode=disable {}", rest.join(" "))
    }

    async fn forward(self, near: TcpStream, far: UnixStream) {
        let (mut near_in, mut near_out) = near.into_split();
        let (mut far_in, mut far_out) = far.into_split();
        let there = async {
            // The first message alone has no type.
            let mut head = vec![0; 4];
            let mut at = At::default();
            while near_in.read_exact(&mut head).await.is_ok() {
                let length = u32::from_be_bytes(*head.last_chunk().unwrap()) as usize;
                let mut message = head.clone();
                message.resize(head.len() + length - 4, 0);
                if near_in.read_exact(&mut message[head.len()..]).await.is_err() {
                    break;
                }
                let (passes, cut) = self.verdict(&message, &mut at);
                if passes && far_out.write_all(&message).await.is_err() || cut {
                    break;
                }
                head = vec![0; 5];
            }
        };
        // As soon as one direction ends the other one does.
        tokio::select! {
            () = there => {}
            _ended = tokio::io::copy(&mut far_in, &mut near_out) => {}
        }
        drop((near_in, near_out));
        // What went through is read, whatever becomes of its answer: a socket that is closed at once may take it along.
        if far_out.shutdown().await.is_ok() {
            tokio::io::copy(&mut far_in, &mut tokio::io::sink()).await.ok();
        }
    }

    /// Whether a message goes through, and whether the line ends then.
    fn verdict(&self, message: &[u8], at: &mut At) -> (bool, bool) {
        let says = |text: &[u8]| message[0] == b'Q' && message[5..].strip_suffix(&[0]) == Some(text);
        let verdict = self.count(message, says(b"COMMIT"), at);
        if says(b"BEGIN") || says(b"COMMIT") || says(b"ROLLBACK") {
            *at = At { in_transaction: says(b"BEGIN"), counting: false };
        }
        verdict
    }

    fn count(&self, message: &[u8], commits: bool, at: &mut At) -> (bool, bool) {
        let mut armed = self.0.lock().unwrap();
        let Some(armed) = armed.as_mut().filter(|armed| !armed.cut && !armed.committed) else { return (true, false) };
        let names_it = || message.windows(16).any(|part| part == armed.node_id);
        at.counting |= at.in_transaction && armed.counted.is_empty() && names_it();
        if !at.counting {
            return (true, false);
        }
        let passes = armed.left > 0;
        if passes {
            armed.left -= 1;
            armed.counted.push(message[0]);
        }
        armed.cut = armed.left == 0;
        armed.committed = commits && passes;
        if let Some(pid) = armed.stops.filter(|_| armed.cut) {
            // What `pg_ctl stop -m immediate` sends.
            let kill = std::process::Command::new("kill").args(["-s", "QUIT", &pid.to_string()]).status();
            assert!(kill.unwrap().success());
        }
        (passes, armed.cut)
    }

    fn arm(&self, agent: &Agent, after: usize) {
        let node_id = *agent.node_id.parse::<Uuid>().unwrap().as_bytes();
        let counted = Vec::new();
        *self.0.lock().unwrap() =
            Some(Armed { node_id, left: after, counted, cut: false, committed: false, stops: None });
    }

    /// As [`Line::arm`], and PostgreSQL is stopped as well.
    fn arm_to_stop(&self, agent: &Agent, after: usize, postgres: u32) {
        self.arm(agent, after);
        self.0.lock().unwrap().as_mut().unwrap().stops = Some(postgres);
    }

    /// The types of the messages that were counted, and whether the line was then cut.
    fn disarm(&self) -> (Vec<u8>, bool) {
        let armed = self.0.lock().unwrap().take().unwrap();
        (armed.counted, armed.cut)
    }
}

/// Every row that a completion touches, or could.
async fn world(db: &mut AsyncPgConnection) -> Vec<Value> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Jsonb)]
        row: Value,
    }
    const TABLES: [&str; 9] = [
        "domains",
        "event_log",
        "node_liveness",
        "nodes",
        "outbox",
        "peer_endpoints",
        "peer_key_rotations",
        "peers",
        "pre_shared_keys",
    ];
    let rows = |table: &str| format!("SELECT '{table}' AS name, to_jsonb(t) AS row FROM {table} t");
    let audited = format!("{} WHERE {}", rows("audit_entries"), crate::harness::TELLS_OF_A_CHANGE);
    let each: Vec<String> = TABLES.iter().map(|table| rows(table)).chain([audited]).collect();
    let all = format!("SELECT jsonb_build_array(name, row) AS row FROM ({}) a ORDER BY 1", each.join(" UNION ALL "));
    let rows: Vec<Row> = diesel::sql_query(all).load(db).await.unwrap();
    rows.into_iter().map(|row| row.row).collect()
}

/// A server whose one connection to its database goes through `line`. One, so that after a cut the next request is the
/// first to use a fresh connection: the same messages each time, those that prepare its statements as well.
async fn start_behind(line: &Line) -> Harness {
    let through = line.clone();
    let through_line = move |settings: &mut Overrides| {
        let url = settings.database_url.as_ref().unwrap().expose().to_owned();
        settings.database_connections = Some(1);
        settings.database_url = Some(through.url(&url).parse().unwrap());
    };
    Harness::start_with(through_line, |_| {}).await
}

/// Does `act` again and again, with the line cut one message later each time, until it has made a new world. Until then
/// it is refused and the world is the old one. Returns the types of all its messages.
async fn cut_at_each(line: &Line, db: &mut AsyncPgConnection, agent: &Agent, act: impl AsyncFn() -> Answer) -> Vec<u8> {
    let before = world(db).await;
    let free = format!("BEGIN; SELECT FROM nodes WHERE id = '{}' FOR UPDATE; COMMIT", agent.node_id);
    let mut rounds: Vec<Vec<u8>> = Vec::new();
    loop {
        line.arm(agent, rounds.len());
        act().await.refused(503, "datastore_unavailable");
        let (counted, cut) = line.disarm();
        assert!(cut && counted.len() == rounds.len(), "{counted:?}");
        if let Some(last) = rounds.last() {
            assert!(counted.starts_with(last), "{last:?} {counted:?}");
        }
        rounds.push(counted);
        // Whatever was still under way has ended once its row is free.
        db.batch_execute(&free).await.unwrap();
        if world(db).await != before {
            break;
        }
        assert!(rounds.len() < 300, "it never ends");
    }
    let all = rounds.pop().unwrap();
    assert_eq!(all.last(), Some(&b'Q'), "the commit made the new world, and nothing before it");
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_cut_at_any_message_leaves_the_old_world_or_the_new_one_whole() {
    let line = Line::default();
    let h = start_behind(&line).await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let peer = h.enrol(&project, "web-2").await;
    let edge_before = edge(&agent, &peer).await;
    let mut db = h.db().await;

    let all = cut_at_each(&line, &mut db, &agent, async || trigger(&h, &agent).await).await;
    assert!(all.len() > 30, "that was no trigger: {all:?}");
    events_and_rows_agree(&h, &agent).await;
    let after = world(&mut db).await;
    // The operator tries again: it is pending, and nothing happens twice.
    assert_eq!(trigger(&h, &agent).await.expect(200)["already_pending"], true);
    assert_eq!(world(&mut db).await, after);

    let key = public_key();
    let all = cut_at_each(&line, &mut db, &agent, async || complete(&agent, &key).await).await;
    assert!(all.len() > 60, "that was no completion: {all:?}");
    events_and_rows_agree(&h, &agent).await;
    let after = world(&mut db).await;
    // The agent tries again, as it does after a 503: it has its receipt, and nothing happens twice.
    let receipt = complete(&agent, &key).await.expect(200);
    assert_eq!(complete(&agent, &key).await.expect(200), receipt);
    assert_eq!(world(&mut db).await, after);
    let (edge_key, [own, peers]) = edge(&agent, &peer).await;
    assert_ne!(edge_key, edge_before.0);
    assert_eq!(edge(&peer, &agent).await, (edge_key, [peers, own]));
    // One message later than the commit there is nothing to cut.
    trigger(&h, &agent).await.expect(200);
    line.arm(&agent, all.len() + 1);
    complete(&agent, &public_key()).await.expect(200);
    assert!(!line.disarm().1);
    versions_agree(&h, &[agent, peer]).await;
    tokio::time::timeout(Duration::from_secs(20), h.stop()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_stopped_at_once_at_some_messages_comes_back_with_the_old_world_or_the_new_one() {
    let data_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rotation-stopped");
    std::fs::create_dir_all(&data_dir).unwrap();
    let bin_dir = std::env::var_os("PLEXSPHERE_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let settings = Settings { data_dir, bin_dir, durable: true, max_connections: 40 };
    let mut postgres = Embedded::start(&settings).await.unwrap();
    let database = format!("run_{}", Uuid::new_v4().simple());
    postgres.ensure_database(&database).await.unwrap();
    let url = postgres.url(&database);
    // For the certificates.
    crate::harness::Cluster::get().await;
    let line = Line::default();
    let mut all = overrides("unused");
    (all.database_connections, all.database_url) = (Some(1), Some(line.url(&url).parse().unwrap()));
    let clock = Arc::new(ManualClock::default());
    let server = wiring::start(&Config::load(all, std::iter::empty()).unwrap(), clock.clone(), |_| {}).await.unwrap();
    // Events and audit entries stay where the transaction wrote them.
    let hold = "INSERT INTO leases (name, holder, epoch, expires_at) \
        SELECT name, '00000000-0000-0000-0000-000000000000', 1000000, 'infinity' \
        FROM unnest(ARRAY['relay', 'audit_chainer']) AS name \
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, expires_at = 'infinity'";
    AsyncPgConnection::establish(&url).await.unwrap().batch_execute(hold).await.unwrap();
    let (_, token) = first_administrator(server.database(), "dev", false, clock.now()).await.unwrap();
    let admin = Client::new(server.address()).with_bearer(&token);
    let domain = json!({ "name": "lab", "slug": "lab", "mesh_cidr": "10.20.0.0/16" });
    let domain = admin.post("/v1/domains", &domain).await.expect(201)["domain_id"].clone();
    let project = json!({ "domain_id": domain, "name": "team", "slug": "team" });
    let project = admin.post("/v1/projects", &project).await.expect(201)["project_id"].as_str().unwrap().to_owned();
    let token = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
    let token = admin.post(&format!("/v1/projects/{project}/bootstrap-tokens"), &token).await.expect(201);
    let token = token["token"].as_str().unwrap();
    let agent = Agent::enrol(&admin.without_bearer(), &project, "web-1", token).await;
    let trigger = async || admin.post_empty(&agent.path("keys/rotate")).await;
    trigger().await.expect(200);

    // How many messages there are, once the connection knows the statements.
    complete(&agent, &public_key()).await.expect(200);
    trigger().await.expect(200);
    line.arm(&agent, usize::MAX);
    complete(&agent, &public_key()).await.expect(200);
    let all = line.disarm().0;
    assert!(all.len() > 30 && all.last() == Some(&b'Q'), "that was no completion: {all:?}");
    let commit = all.len();
    trigger().await.expect(200);
    // While it believes the database gone, it answers only what takes a moment.
    let knows_it_is_back = async || {
        let ready = format!("http://{}/readyz", server.ops_address());
        while reqwest::get(&ready).await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let (mut old_worlds, mut receipts) = (0, 0);
    for after in [0, commit / 3, commit * 2 / 3, commit - 1, commit] {
        let key = public_key();
        let before = world(&mut AsyncPgConnection::establish(&url).await.unwrap()).await;
        line.arm_to_stop(&agent, after, postgres.pid());
        complete(&agent, &key).await.refused(503, "datastore_unavailable");
        assert!(line.disarm().1, "{after} of {commit}");
        postgres.ended().await;
        drop(postgres);
        postgres = Embedded::start(&settings).await.unwrap();
        let now = world(&mut AsyncPgConnection::establish(&url).await.unwrap()).await;
        old_worlds += usize::from(now == before);
        assert!(now == before || after == commit, "{after} of {commit} messages made another world");
        // The agent tries until it has its receipt; when the commit came through, that is all that happens.
        let receipt = loop {
            let answer = complete(&agent, &key).await;
            if answer.status == 200 {
                break answer.json();
            }
            answer.refused(503, "datastore_unavailable");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        tokio::time::timeout(Duration::from_secs(60), knows_it_is_back()).await.expect("it never comes back");
        let settled = world(&mut AsyncPgConnection::establish(&url).await.unwrap()).await;
        assert_eq!(settled == now, now != before);
        assert_eq!(complete(&agent, &key).await.expect(200), receipt);
        receipts += 1;
        trigger().await.expect(200);
    }
    assert!(old_worlds >= 4 && receipts == 5, "{old_worlds} {receipts}");
    server.stop(Duration::from_secs(5)).await;
    postgres.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_at_the_last_statement_leaves_the_old_world_and_another_completes() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    trigger(&h, &agent).await.expect(200);
    let mut serving = Serve::start(&mut serve_command(&h.database)).await;
    let there = agent.client.at(serving.address);
    let mut db = h.db().await;
    let (before, key) = (world(&mut db).await, public_key());
    let body = serde_json::json!({ "new_public_key": key }).to_string();
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    // Once the whole process, once its session in the database.
    for process in [false, true] {
        let mut held = h.db().await;
        held.batch_execute("BEGIN; SELECT FROM domains FOR UPDATE").await.unwrap();
        let kill = async {
            h.until_held_up(1).await;
            if process {
                serving.child.kill().await.unwrap();
            } else {
                let end = "SELECT pg_terminate_backend(waits.pid) FROM pg_stat_activity waits JOIN pg_stat_activity holds \
                        ON holds.pid = ANY (pg_blocking_pids(waits.pid)) \
                    WHERE waits.datname = current_database() AND holds.application_name <> 'plexsphere'";
                h.sql(end).await;
            }
        };
        let request = there.request(http::Method::POST, "/v1/keys/rotate").body(body.clone());
        let (answer, ()) = tokio::join!(there.try_send(request), kill);
        match answer {
            Ok(answer) if !process => drop(answer.refused(503, "datastore_unavailable")),
            answer => assert!(process && answer.is_err(), "{answer:?}"),
        }
        held.batch_execute("COMMIT").await.unwrap();
        while h.count(waiting).await > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(world(&mut db).await, before);
    }
    complete(&agent, &key).await.expect(200);
    versions_agree(&h, &[agent]).await;
    h.stop().await;
}
