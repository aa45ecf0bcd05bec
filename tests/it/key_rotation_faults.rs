//! The line to the database is cut at each message of a completion: the old world is left whole, or the new one.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use uuid::Uuid;

use crate::edge_psk::edge;
use crate::harness::agent::public_key;
use crate::harness::{Agent, Harness};
use crate::key_rotation::{complete, trigger};
use crate::key_rotation_races::{events_and_rows_agree, versions_agree};
use crate::processes::{Serve, serve_command};

/// A line to PostgreSQL that lets so many messages through, counted from the first one that names a Node, on the
/// connection that sent it, and then ends that connection at both ends.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Option<Armed>>>);

struct Armed {
    node_id: [u8; 16],
    left: usize,
    /// The types of the messages that were counted and let through.
    counted: Vec<u8>,
    cut: bool,
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
            let mut counting = false;
            while near_in.read_exact(&mut head).await.is_ok() {
                let length = u32::from_be_bytes(*head.last_chunk().unwrap()) as usize;
                let mut message = head.clone();
                message.resize(head.len() + length - 4, 0);
                if near_in.read_exact(&mut message[head.len()..]).await.is_err() {
                    break;
                }
                let (passes, cut) = self.verdict(&message, &mut counting);
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
    fn verdict(&self, message: &[u8], counting: &mut bool) -> (bool, bool) {
        let mut armed = self.0.lock().unwrap();
        let Some(armed) = armed.as_mut().filter(|armed| !armed.cut) else { return (true, false) };
        *counting |= armed.counted.is_empty() && message.windows(16).any(|part| part == armed.node_id);
        if !*counting {
            return (true, false);
        }
        let passes = armed.left > 0;
        if passes {
            armed.left -= 1;
            armed.counted.push(message[0]);
        }
        // Behind the commit there is nothing more to cut: what still comes is of the connection's next use.
        if armed.left > 0 && message[0] == b'Q' {
            armed.left = usize::MAX;
        }
        armed.cut = armed.left == 0;
        (passes, armed.cut)
    }

    fn arm(&self, agent: &Agent, after: usize) {
        let node_id = *agent.node_id.parse::<Uuid>().unwrap().as_bytes();
        *self.0.lock().unwrap() = Some(Armed { node_id, left: after, counted: Vec::new(), cut: false });
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
    const TABLES: [&str; 10] = [
        "audit_entries",
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
    let each = TABLES.map(|table| format!("SELECT '{table}' AS name, to_jsonb(t) AS row FROM {table} t"));
    let all = format!("SELECT jsonb_build_array(name, row) AS row FROM ({}) a ORDER BY 1", each.join(" UNION ALL "));
    let rows: Vec<Row> = diesel::sql_query(all).load(db).await.unwrap();
    rows.into_iter().map(|row| row.row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_cut_at_any_message_leaves_the_old_world_or_the_new_one_whole() {
    let line = Line::default();
    let through = line.clone();
    let h = Harness::start_with(
        move |settings| {
            let url = settings.database_url.as_ref().unwrap().expose().to_owned();
            // One, so that after a cut the next completion is the first to use a fresh connection: the same messages
            // each time, those that prepare its statements as well.
            settings.database_connections = Some(1);
            settings.database_url = Some(through.url(&url).parse().unwrap());
        },
        |_| {},
    )
    .await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let peer = h.enrol(&project, "web-2").await;
    trigger(&h, &agent).await.expect(200);
    let edge_before = edge(&agent, &peer).await;
    let mut db = h.db().await;
    let before = world(&mut db).await;
    let key = public_key();
    let free = format!("BEGIN; SELECT FROM nodes WHERE id = '{}' FOR UPDATE; COMMIT", agent.node_id);
    let mut rounds: Vec<Vec<u8>> = Vec::new();
    loop {
        line.arm(&agent, rounds.len());
        complete(&agent, &key).await.refused(503, "datastore_unavailable");
        let (counted, cut) = line.disarm();
        assert!(cut && counted.len() == rounds.len(), "{counted:?}");
        if let Some(last) = rounds.last() {
            assert!(counted.starts_with(last), "{last:?} {counted:?}");
        }
        rounds.push(counted);
        // Whatever was still under way has ended once its row is free.
        db.batch_execute(&free).await.unwrap();
        if world(&mut db).await != before {
            break;
        }
        assert!(rounds.len() < 300, "it never ends");
    }
    let all = rounds.pop().unwrap();
    assert_eq!(all.last(), Some(&b'Q'), "the commit made the new world, and nothing before it");
    assert!(rounds.len() > 60, "that was no completion: {all:?}");
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
            while h.count(waiting).await == 0 {
                tokio::task::yield_now().await;
            }
            if process {
                serving.child.kill().await.unwrap();
            } else {
                let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND wait_event_type = 'Lock'";
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
