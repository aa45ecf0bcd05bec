//! After the gate a state pull is one round trip to the database, and pulls of one Domain share it. Counted on the wire.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use plexsphere::config::Config;
use plexsphere::wiring;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};

use crate::harness::{Agent, Client, Cluster, Harness, overrides};

/// What the server has sent on one connection.
#[derive(Default)]
struct Sent {
    /// It has prepared the statement of a pull.
    pulls: bool,
    /// It has executed something: each time an answer is waited for.
    executions: usize,
    /// It has asked for an answer, to an execution or to a preparation.
    round_trips: usize,
}

/// Forwards connections to the database and counts.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<HashMap<usize, Sent>>>);

impl Counter {
    /// Starts to forward; returns the URL of this end.
    async fn url(&self, database: &str) -> String {
        let url = Cluster::url(database);
        let parts: Vec<&str> = url.split(' ').collect();
        let folder = parts.iter().find_map(|part| part.strip_prefix("host=")).unwrap().trim_matches('\'');
        let socket = PathBuf::from(folder).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let counter = self.clone();
        tokio::spawn(async move {
            for connection in 0.. {
                let (near, _) = listener.accept().await.unwrap();
                near.set_nodelay(true).unwrap();
                let far = UnixStream::connect(&socket).await.unwrap();
                let (mut from_server, mut to_server) = near.into_split();
                let (mut from_database, mut to_database) = far.into_split();
                let counter = counter.clone();
                tokio::spawn(async move { counter.forward(connection, &mut from_server, &mut to_database).await });
                tokio::spawn(async move { tokio::io::copy(&mut from_database, &mut to_server).await });
            }
        });
        let rest: Vec<&str> = parts.into_iter().filter(|part| !part.starts_with("host=")).collect();
        format!("host=127.0.0.1 port={port} sslmode=disable {}", rest.join(" "))
    }

    async fn forward(
        &self,
        connection: usize,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> std::io::Result<()> {
        // The first message has a length and no kind.
        let length = from.read_u32().await?;
        let mut message = vec![0; length as usize - 4];
        from.read_exact(&mut message).await?;
        to.write_all(&[&length.to_be_bytes()[..], &message].concat()).await?;
        loop {
            let kind = from.read_u8().await?;
            let length = from.read_u32().await?;
            let mut message = vec![0; length as usize - 4];
            from.read_exact(&mut message).await?;
            {
                let mut all = self.0.lock().unwrap();
                let sent = all.entry(connection).or_default();
                sent.pulls |= kind == b'P' && String::from_utf8_lossy(&message).contains("node_state_entries e");
                sent.executions += usize::from(kind == b'E');
                sent.round_trips += usize::from(matches!(kind, b'S' | b'Q'));
            }
            to.write_all(&[&[kind][..], &length.to_be_bytes(), &message].concat()).await?;
        }
    }

    /// Executions and round trips on the connections of pulls.
    fn counted(&self) -> (usize, usize) {
        let all = self.0.lock().unwrap();
        all.values().filter(|sent| sent.pulls).fold((0, 0), |(e, r), sent| (e + sent.executions, r + sent.round_trips))
    }
}

/// Waits until so many requests are being worked on.
pub async fn in_flight(server: &wiring::Server, requests: usize) {
    let line = format!("http_requests_in_flight {requests}");
    loop {
        let metrics = reqwest::get(format!("http://{}/metrics", server.ops_address())).await.unwrap();
        if metrics.text().await.unwrap().lines().any(|found| found.ends_with(&line)) {
            return;
        }
    }
}

struct Counted {
    h: Harness,
    counter: Counter,
    server: wiring::Server,
}

impl Counted {
    async fn start() -> Self {
        let h = Harness::start().await;
        let counter = Counter::default();
        let mut settings = overrides(&h.database);
        settings.database_url = Some(counter.url(&h.database).await.parse().unwrap());
        let config = Config::load(settings, std::iter::empty()).unwrap();
        let server = wiring::start(&config, h.clock.clone(), |_| {}).await.unwrap();
        Self { h, counter, server }
    }

    async fn pull(&self, agent: &Agent) -> usize {
        let client = Client::new(self.server.address()).with_bearer(&agent.nsk);
        client.get(&agent.path("state")).await.expect(200)["peers"].as_array().unwrap().len()
    }

    async fn stop(self) {
        self.server.stop(std::time::Duration::from_secs(5)).await;
        self.h.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_is_one_round_trip_warm_or_cold() {
    let c = Counted::start().await;
    let (_, project) = c.h.lab().await;
    let agents = [c.h.enrol(&project, "web-1").await, c.h.enrol(&project, "web-2").await];
    // Its connection is opened and its statement prepared.
    c.pull(&agents[0]).await;
    let (_, before) = c.counter.counted();
    for (n, agent) in agents.iter().cycle().take(6).enumerate() {
        assert_eq!(c.pull(agent).await, 1);
        assert_eq!(c.counter.counted().1, before + n + 1, "warm");
    }
    for n in 0..3 {
        c.h.enrol(&project, &format!("late-{n}")).await;
        let (_, before) = c.counter.counted();
        assert_eq!(c.pull(&agents[0]).await, 2 + n);
        assert_eq!(c.counter.counted().1, before + 1, "cold");
    }
    let (_, before) = c.counter.counted();
    let operator = Client::new(c.server.address()).with_bearer(&c.h.admin_token);
    operator.get(&agents[0].path("state")).await.expect(200);
    assert_eq!(c.counter.counted().1, before + 1, "an operator's");
    c.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pulls_of_a_domain_share_statements() {
    let c = Counted::start().await;
    let (_, project) = c.h.lab().await;
    let mut agents = Vec::new();
    for n in 0..12 {
        agents.push(c.h.enrol(&project, &format!("web-{n}")).await);
    }
    // Their keys are known, so that they come to the pull at once.
    join_all(agents.iter().map(|agent| c.pull(agent))).await;
    let (before, _) = c.counter.counted();
    let mut lock = c.h.db().await;
    lock.batch_execute("BEGIN; LOCK TABLE node_state_entries IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let release = async {
        c.h.until_held_up(1).await;
        // The others arrive meanwhile.
        in_flight(&c.server, 12).await;
        lock.batch_execute("ROLLBACK").await.unwrap();
    };
    let (pulled, ()) = tokio::join!(join_all(agents.iter().map(|agent| c.pull(agent))), release);
    assert_eq!(pulled, [11; 12]);
    let statements = c.counter.counted().0 - before;
    // One, when all had come before the first statement began.
    assert!((1..=4).contains(&statements), "{statements} statements for 12 pulls");
    c.stop().await;
}
