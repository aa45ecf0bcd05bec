//! The line to the database is cut at each message of a completion: the old world is left whole, or the new one.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use uuid::Uuid;

use crate::edge_psk::edge;
use crate::harness::agent::public_key;
use crate::harness::{Agent, Harness};
use crate::key_rotation::{complete, trigger};
use crate::key_rotation_races::{events_and_rows_agree, versions_agree};

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
                    return;
                }
                let (passes, cut) = self.verdict(&message, &mut counting);
                if passes && far_out.write_all(&message).await.is_err() || cut {
                    return;
                }
                head = vec![0; 5];
            }
        };
        let back = tokio::io::copy(&mut far_in, &mut near_out);
        // Both ends are dropped as soon as one direction ends.
        tokio::select! {
            () = there => {}
            _ended = back => {}
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

async fn key_of(h: &Harness, agent: &Agent) -> Value {
    h.admin.get(&format!("/v1/nodes/{}", agent.node_id)).await.expect(200)["public_key"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_completion_cut_at_any_message_leaves_the_old_world_or_the_new_one_whole() {
    let line = Line::default();
    let through = line.clone();
    let h = Harness::start_with(
        move |settings| {
            let url = settings.database_url.as_ref().unwrap().expose().to_owned();
            // Few, so that they soon have all statements prepared and a completion is the same messages each time.
            settings.database_connections = Some(1);
            settings.database_url = Some(through.url(&url).parse().unwrap());
        },
        |_| {},
    )
    .await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let peer = h.enrol(&project, "web-2").await;
    let (mut old, mut new) = (0, 0);
    let (mut after, mut rounds) = (0, 0);
    loop {
        trigger(&h, &agent).await.expect(200);
        let (before, edge_before) = (key_of(&h, &agent).await, edge(&agent, &peer).await);
        let key = public_key();
        line.arm(&agent, after);
        let answer = complete(&agent, &key).await;
        let (counted, cut) = line.disarm();
        if !cut {
            answer.expect(200);
            assert!(counted.len() > 20, "that was no completion: {counted:?}");
            if new > 0 {
                break;
            }
            // On a fresh connection statements are prepared first; now it is known where the commit is on this one.
            after = counted.len();
            continue;
        }
        answer.refused(503, "datastore_unavailable");
        // Whatever was still under way has ended once its row is free.
        h.sql(&format!("BEGIN; SELECT FROM nodes WHERE id = '{}' FOR UPDATE; COMMIT", agent.node_id)).await;
        events_and_rows_agree(&h, &agent).await;
        if key_of(&h, &agent).await == before {
            old += 1;
            assert_eq!(edge(&agent, &peer).await, edge_before);
        } else {
            new += 1;
            assert_eq!(key_of(&h, &agent).await, key);
            assert_ne!(edge(&agent, &peer).await.0, edge_before.0);
        }
        // The agent tries again, as it does after a 503: either way it has its receipt.
        let receipt = complete(&agent, &key).await.expect(200);
        assert_eq!(complete(&agent, &key).await.expect(200), receipt);
        assert_eq!(edge(&agent, &peer).await, {
            let (key, [peers, own]) = edge(&peer, &agent).await;
            (key, [own, peers])
        });
        (after, rounds) = (after + 1, rounds + 1);
        assert!(rounds < 300, "it never ends");
    }
    assert!(old > 20, "{old} cuts left the old world");
    versions_agree(&h, &[agent, peer]).await;
    tokio::time::timeout(Duration::from_secs(20), h.stop()).await.unwrap();
}
