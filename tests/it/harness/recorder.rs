//! A Node's agent that follows its stream, folds it, and keeps a record of all that came.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Method};
use plexsphere::agent::history::{self, Log, Logged, Step};
use plexsphere::agent::{
    Dial, End, Event, Frame, Peer, Plan, RESYNC, Socket, Told, Trusted, View, follow, picture_faults,
};
use plexsphere::ids::{DomainId, NodeId};
use plexsphere::signing::{Scope, Unverified};
use rustls_pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

use super::cluster::Cluster;
use super::{Agent, Client, rows_at, socket};

/// Between two attempts of something that faults may keep from working.
const AGAIN: Duration = Duration::from_millis(100);
/// An answer that takes longer does not come.
const ANSWERS: Duration = Duration::from_secs(3);
/// Short, because half-open connections are among the faults; the server itself speaks every 25 s only.
const SILENCE: Duration = Duration::from_secs(5);
/// Short, because a test waits for it.
const LONGEST_WAIT: Duration = Duration::from_millis(400);

/// TLS connections to an address, for HTTP/1.1 or HTTP/2.
pub struct Dialler {
    address: SocketAddr,
    http2: bool,
    tls: TlsConnector,
    /// Our end of the last one.
    from: Mutex<Option<SocketAddr>>,
}

impl Dialler {
    pub fn new(address: SocketAddr, http2: bool) -> Self {
        let protocol = if http2 { "h2" } else { "http/1.1" };
        let tls = socket::connector(&Cluster::certificates().ca_file, &[protocol]);
        Self { address, http2, tls, from: Mutex::default() }
    }
}

#[async_trait]
impl Dial for Dialler {
    async fn dial(&self) -> io::Result<Box<dyn Socket>> {
        let socket = TcpStream::connect(self.address).await?;
        socket.set_nodelay(true)?;
        *self.from.lock().unwrap() = socket.local_addr().ok();
        let name = ServerName::from(self.address.ip());
        let stream = self.tls.connect(name, socket).await?;
        assert_eq!(stream.get_ref().1.alpn_protocol() == Some(b"h2"), self.http2);
        Ok(Box::new(stream))
    }

    fn http2(&self) -> bool {
        self.http2
    }
}

/// What came of a Node's streams so far.
pub struct Record {
    pub steps: Vec<Step>,
    pub view: View,
    /// Streams that were opened.
    pub opened: usize,
    /// Why there are no more.
    pub ended: Option<End>,
    /// What must not have happened.
    pub faults: Vec<String>,
}

impl Record {
    /// Whether all up to `last` has come, and what that asked for was pulled.
    pub fn is_at(&self, last: i64) -> bool {
        self.view.is_open() && self.view.last() >= Some(last) && !self.view.pull_due()
    }
}

pub struct Recorder {
    pub agent: Agent,
    trusted: Trusted,
    dialler: Arc<Dialler>,
    record: Arc<Mutex<Record>>,
    tasks: [AbortHandle; 2],
}

impl Drop for Recorder {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Recorder {
    /// Follows `agent`'s stream and pulls its state, both where `dialler` dials; reads the head of the log at
    /// `database_url`. `trusted`: no key yet but what registration told of.
    pub fn start(
        agent: &Agent,
        admin: &Client,
        trusted: Trusted,
        dialler: Dialler,
        database_url: &str,
        seed: u64,
    ) -> Self {
        let key = STANDARD.decode(agent.registered["signing_public_key"].as_str().unwrap()).unwrap();
        trusted.trust(agent.registered["signing_key_id"].as_str().unwrap().parse().unwrap(), &key);
        let plan = Plan {
            authority: HeaderValue::from_static("localhost"),
            path: agent.path("events"),
            bearer: HeaderValue::from_str(&format!("Bearer {}", agent.nsk)).unwrap(),
            last_id: None,
            silence: SILENCE,
            longest_wait: LONGEST_WAIT,
            seed,
        };
        let mut view = View::default();
        view.folds_for(agent.node_id.parse().unwrap());
        let record =
            Arc::new(Mutex::new(Record { steps: Vec::new(), view, opened: 0, ended: None, faults: Vec::new() }));
        let (tell, told) = mpsc::channel(64);
        let (address, dialler) = (dialler.address, Arc::new(dialler));
        let following = follow(plan, dialler.clone(), trusted.clone(), tell);
        let ends = record.clone();
        let following = tokio::spawn(async move { ends.lock().unwrap().ended = Some(following.await) });
        let listener = Listener {
            agent: Agent { client: agent.client.at(address), ..agent.clone() },
            admin: admin.at(address),
            trusted: trusted.clone(),
            database_url: database_url.to_owned(),
            record: record.clone(),
        };
        let listening = tokio::spawn(listener.listen(told));
        let tasks = [following.abort_handle(), listening.abort_handle()];
        Self { agent: agent.clone(), trusted, dialler, record, tasks }
    }

    /// Looks at the record.
    pub fn seen<T>(&self, look: impl FnOnce(&Record) -> T) -> T {
        look(&self.record.lock().unwrap())
    }

    /// The client's end of the connection that was dialled last, if one was.
    pub fn dialled_from(&self) -> Option<SocketAddr> {
        *self.dialler.from.lock().unwrap()
    }

    /// Returns once the record is as wanted.
    pub async fn until(&self, wanted: impl Fn(&Record) -> bool) {
        while !self.seen(&wanted) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What its streams did wrong, beside the log up to `until`.
    fn faults(&self, log: &Log, until: i64) -> Vec<String> {
        let node: NodeId = self.agent.node_id.parse().unwrap();
        let scopes = [Scope::Domain(self.trusted.domain_id()), Scope::Node(node)];
        let verified = |line: &str| self.trusted.verified(line).map(drop).map_err(|error| error.to_string());
        self.seen(|record| {
            let faults = history::faults(&record.steps, &scopes, log, Some(until), verified);
            record.faults.iter().cloned().chain(faults.iter().map(ToString::to_string)).collect()
        })
    }

    /// Where what it folded differs from a fresh pull, and from the picture of the mesh.
    async fn differences(&self, client: &Client, topology: &Value) -> Vec<String> {
        let state = client.get(&self.agent.path("state")).await.expect(200);
        let fresh: Vec<Peer> = serde_json::from_value(state["peers"].clone()).unwrap();
        self.seen(|record| {
            let fold = record.view.fold().unwrap();
            let mut differences = fold.differences(&fresh);
            // One that is not in the mesh sees nothing of it.
            if !fresh.is_empty() {
                differences.extend(picture_faults(fold, topology));
            }
            differences
        })
    }
}

struct Listener {
    agent: Agent,
    admin: Client,
    trusted: Trusted,
    database_url: String,
    record: Arc<Mutex<Record>>,
}

impl Listener {
    async fn listen(self, mut told: mpsc::Receiver<Told>) {
        while let Some(told) = told.recv().await {
            match told {
                Told::Opened(open) => {
                    let head = if open.after.is_none() { head_of(&self.database_url).await } else { None };
                    self.note(|record| {
                        record.view.opened(open.after);
                        record.steps.push(Step::Opened { after: open.after, head });
                        record.opened += 1;
                    });
                }
                Told::Came { frame, event } => self.came(frame, event).await,
                Told::Closed(_) => self.note(|record| {
                    record.steps.push(Step::Closed);
                    record.view.closed();
                }),
                Told::Unanswered(_) => {}
                // Faults that pass are 503s.
                Told::Refused(refusal) if refusal.status.as_u16() == 503 => {}
                Told::Refused(refusal) => self.note(|record| record.faults.push(format!("{refusal:?}"))),
            }
            if self.looks(View::pull_due) {
                self.pull().await;
            }
        }
    }

    async fn came(&self, frame: Frame, event: Result<Arc<Event>, Unverified>) {
        let event = match event {
            Ok(event) => Ok(event),
            Err(error) => {
                if error == Unverified::UnknownKey && self.looks(|view| view.may_not_know_the_key_of(&frame)) {
                    self.pull().await;
                }
                // It came while the state was being pulled that tells of its key.
                self.trusted.verified(&frame.line)
            }
        };
        // Whatever comes up to its number is given up.
        let resync_too_far = &*frame.event == RESYNC
            && head_of(&self.database_url).await.is_some_and(|head| frame.id.parse::<i64>().is_ok_and(|id| id > head));
        self.note(|record| {
            if let Err(error) = &event {
                record.faults.push(format!("{}: {error}", frame.id));
            }
            if let Err(error) = record.view.came(&frame, event.ok().as_deref()) {
                record.faults.push(error.to_string());
            }
            if resync_too_far {
                record.faults.push(format!("a resync to {}, where the log has not come to", frame.id));
            }
            record.steps.push(Step::Frame(frame));
        });
    }

    fn looks(&self, look: impl FnOnce(&View) -> bool) -> bool {
        look(&self.record.lock().unwrap().view)
    }

    fn note(&self, change: impl FnOnce(&mut Record)) {
        change(&mut self.record.lock().unwrap());
    }

    /// Pulls the state, as often as it takes.
    async fn pull(&self) {
        loop {
            if let Some(answer) = self.agent.client.ask(Method::GET, &self.agent.path("state"), &Value::Null).await {
                // What was known before an outage says nothing of what the stream has told since.
                if answer.status == 200
                    && answer.header("warning").is_none()
                    && let Some(in_the_mesh) = self.is_in_the_mesh().await
                {
                    let state = answer.json();
                    self.trusted.trust_state(&state);
                    let peers: Vec<Peer> = serde_json::from_value(state["peers"].clone()).unwrap();
                    // Which keys those are is this agent's own matter: it has its own [`Trusted`].
                    return self.note(|record| record.view.pulled([], peers, in_the_mesh));
                }
                // It has left.
                if [401, 404].contains(&answer.status.as_u16()) {
                    return;
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// A state without peers does not tell. When that changes meanwhile, the Node's own events say so.
    async fn is_in_the_mesh(&self) -> Option<bool> {
        let answer = self.admin.ask(Method::GET, &format!("/v1/nodes/{}", self.agent.node_id), &Value::Null).await?;
        (answer.status == 200).then(|| answer.json()["status"] == "active")
    }
}

/// The last number of the log, where it can be had.
async fn head_of(database_url: &str) -> Option<i64> {
    let query = "SELECT last_sequence FROM event_log_head";
    let rows = tokio::time::timeout(ANSWERS, rows_at(database_url, query)).await.ok()??;
    rows[0]["last_sequence"].as_i64()
}

/// Adds what has come to the log since.
pub async fn add_to(log: &mut Log, database_url: &str) {
    let new = format!("SELECT * FROM event_log WHERE sequence > {} ORDER BY sequence", log.head());
    for row in rows_at(database_url, &new).await.unwrap() {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let scope = Scope::of(&text("scope_kind"), text("scope_id").parse().unwrap()).unwrap();
        log.add(row["sequence"].as_i64().unwrap(), Logged { scope, line: text("line") });
    }
    let oldest = rows_at(database_url, "SELECT first_sequence FROM event_log_oldest").await.unwrap();
    log.kept_from(oldest[0]["first_sequence"].as_i64().unwrap());
}

/// What several recorders saw that must not be; empty when all is well.
pub async fn judge(
    recorders: &[Recorder],
    domain: DomainId,
    log: &Log,
    until: i64,
    client: &Client,
) -> BTreeMap<String, Vec<String>> {
    let topology = client.get(&format!("/v1/domains/{domain}/mesh/topology")).await.expect(200);
    let mut faults = BTreeMap::new();
    for recorder in recorders {
        let mut own = recorder.faults(log, until);
        own.extend(recorder.differences(client, &topology).await);
        if !own.is_empty() {
            faults.insert(recorder.agent.node_id.clone(), own);
        }
    }
    faults
}
