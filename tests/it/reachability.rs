//! Reachability: time moves a Node down, only a heartbeat moves it up, and nobody is marked down for our own absence.

use std::cell::RefCell;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use plexsphere::clock::Clock;
use plexsphere::mesh::collaborators::Collaborators;
use plexsphere::postgres::lease::Lease;
use proptest::prelude::*;
use proptest::test_runner::{Config as Proptest, TestRunner};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Agent, Harness};

const SWEEPER: &str = "reachability_sweeper";

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// What GetNodeReachability answers: the state and since when.
async fn seen(h: &Harness, agent: &Agent) -> (String, String) {
    let answer = h.admin.get(&agent.path("reachability")).await.expect(200);
    (answer["state"].as_str().unwrap().to_owned(), answer["changed_at"].as_str().unwrap().to_owned())
}

#[track_caller]
fn is(found: &(String, String), state: &str, since: DateTime<Utc>) {
    assert_eq!((found.0.as_str(), &found.1), (state, &text(since)));
}

/// Makes another leader hold the sweeper's lease, so that nothing is swept until [`free`].
async fn hold(h: &Harness) {
    h.step(SWEEPER).await;
    h.sql("UPDATE leases SET holder = gen_random_uuid(), epoch = epoch + 1, expires_at = now() + interval '1 hour' WHERE name = 'reachability_sweeper'")
        .await;
}

/// Takes the lease away from the leader of [`hold`].
async fn free(h: &Harness) {
    h.sql("UPDATE leases SET expires_at = now() - interval '1 second' WHERE name = 'reachability_sweeper'").await;
}

/// Every stored transition of a Node, oldest first: from, to, when.
async fn transitions(h: &Harness, node_id: &str) -> Vec<(String, String, String)> {
    let query = format!(
        "SELECT payload FROM outbox WHERE event_type = 'node_reachability_changed' AND payload->>'node_id' = '{node_id}' ORDER BY position"
    );
    let member = |row: &Value, name: &str| row["payload"][name].as_str().unwrap().to_owned();
    h.rows(&query)
        .await
        .iter()
        .map(|row| (member(row, "previous"), member(row, "state"), member(row, "changed_at")))
        .collect()
}

fn moved(from: &str, to: &str, at: DateTime<Utc>) -> (String, String, String) {
    (from.to_owned(), to.to_owned(), text(at))
}

async fn one_healthy_agent() -> (Harness, Agent, DateTime<Utc>) {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.step(SWEEPER).await;
    let heard = h.clock.now();
    agent.heartbeat(heard).await.expect(200);
    (h, agent, heard)
}

#[tokio::test]
async fn a_node_never_heard_of_is_unreachable_since_it_enrolled() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let enrolled = h.clock.now();
    let agent = h.enrol(&project, "web-1").await;
    for seconds in [0, 100, 1000] {
        h.pass(seconds).await;
        let answer = agent.client.get(&agent.path("reachability")).await.expect(200);
        assert_eq!(answer, json!({ "state": "unreachable", "last_heartbeat_at": null, "changed_at": text(enrolled) }));
    }
    assert!(transitions(&h, &agent.node_id).await.is_empty());
    h.stop().await;
}

#[tokio::test]
async fn silence_makes_stale_after_90_s_and_unreachable_after_300_s() {
    let (h, agent, heard) = one_healthy_agent().await;
    let after = |seconds| heard + TimeDelta::seconds(seconds);
    let mut passed = 0;
    for (at, state, since) in [
        (89, "healthy", 0),
        (90, "stale", 90),
        (299, "stale", 90),
        (300, "unreachable", 300),
        (900, "unreachable", 300),
    ] {
        h.pass(at - passed).await;
        passed = at;
        is(&seen(&h, &agent).await, state, after(since));
    }
    assert_eq!(
        transitions(&h, &agent.node_id).await,
        [
            moved("unreachable", "healthy", heard),
            moved("healthy", "stale", after(90)),
            moved("stale", "unreachable", after(300)),
        ]
    );
    h.stop().await;
}

#[tokio::test]
async fn what_is_due_is_read_before_it_is_swept_and_stored_with_the_same_time() {
    let (h, agent, heard) = one_healthy_agent().await;
    h.pass(80).await;
    hold(&h).await;
    h.clock.advance(TimeDelta::seconds(11));
    let due = heard + TimeDelta::seconds(90);
    is(&seen(&h, &agent).await, "stale", due);
    h.step(SWEEPER).await;
    assert_eq!(h.count("SELECT state FROM node_liveness").await, 0, "another leads");

    free(&h).await;
    for _ in 0..3 {
        h.step(SWEEPER).await;
        is(&seen(&h, &agent).await, "stale", due);
    }
    let stored = h.rows("SELECT state, changed_at FROM node_liveness").await;
    assert_eq!(stored[0]["state"], 1);
    assert_eq!(stored[0]["changed_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), due);
    let events = h.rows("SELECT * FROM outbox WHERE payload->>'state' = 'stale'").await;
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0]["scope_kind"], &events[0]["scope_id"]), (&json!("operators"), &events[0]["domain_id"]));
    assert_eq!(
        events[0]["payload"],
        json!({ "node_id": agent.node_id, "previous": "healthy", "state": "stale", "changed_at": text(due) })
    );
    let entries =
        h.rows("SELECT * FROM audit_entries WHERE action = 'node.reachability' AND reason = 'healthy to stale'").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (&entries[0]["object"], &entries[0]["domain_id"]),
        (&json!(format!("node:{}", agent.node_id)), &events[0]["domain_id"])
    );
    h.stop().await;
}

#[tokio::test]
async fn a_heartbeat_makes_healthy_again_and_tells_it_once() {
    let (h, agent, heard) = one_healthy_agent().await;
    h.pass(95).await;
    let back = h.clock.now();
    for _ in 0..2 {
        agent.heartbeat(h.clock.now()).await.expect(200);
        is(&seen(&h, &agent).await, "healthy", back);
        h.pass(10).await;
    }
    let expected = [
        moved("unreachable", "healthy", heard),
        moved("healthy", "stale", heard + TimeDelta::seconds(90)),
        moved("stale", "healthy", back),
    ];
    assert_eq!(transitions(&h, &agent.node_id).await, expected);
    assert_eq!(h.count("SELECT count(*) FROM audit_entries WHERE action = 'node.reachability'").await, 3);
    h.stop().await;
}

#[tokio::test]
async fn a_heartbeat_that_comes_between_due_and_sweep_wins() {
    let (h, agent, heard) = one_healthy_agent().await;
    h.pass(80).await;
    hold(&h).await;
    h.clock.advance(TimeDelta::seconds(12));
    assert_eq!(seen(&h, &agent).await.0, "stale");
    agent.heartbeat(h.clock.now()).await.expect(200);
    free(&h).await;
    h.step(SWEEPER).await;
    is(&seen(&h, &agent).await, "healthy", heard);
    assert_eq!(transitions(&h, &agent.node_id).await.len(), 1, "nothing but its first heartbeat");
    h.stop().await;
}

#[tokio::test]
async fn each_domain_has_thresholds_of_its_own() {
    let h = Harness::start().await;
    let mut agents = Vec::new();
    for (n, (interval, stale, unreachable)) in [("10s", "30s", "1m"), ("20s", "1m40s", "1h")].into_iter().enumerate() {
        let domain = json!({ "name": "d", "slug": format!("d{n}"), "mesh_cidr": format!("10.{n}.0.0/24"),
            "reachability": { "heartbeat_interval": interval, "stale_after": stale, "unreachable_after": unreachable } });
        let domain = h.admin.post("/v1/domains", &domain).await.expect(201);
        let project = h.project(domain["domain_id"].as_str().unwrap(), "team").await;
        let agent = h.enrol(&project, "web").await;
        agent.heartbeat(h.clock.now()).await.expect(200);
        agents.push(agent);
    }
    let (mut passed, heard) = (0, h.clock.now());
    for (at, first, second) in [
        (29, ("healthy", 0), ("healthy", 0)),
        (30, ("stale", 30), ("healthy", 0)),
        (60, ("unreachable", 60), ("healthy", 0)),
        (100, ("unreachable", 60), ("stale", 100)),
    ] {
        h.pass(at - passed).await;
        passed = at;
        for (agent, (state, since)) in agents.iter().zip([first, second]) {
            is(&seen(&h, agent).await, state, heard + TimeDelta::seconds(since));
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn replicas_that_sweep_at_once_store_each_transition_once() {
    let (h, agent, heard) = one_healthy_agent().await;
    let replica = h.replica().await;
    h.pass(85).await;
    h.clock.advance(TimeDelta::seconds(10));
    let theirs = replica.task(SWEEPER).unwrap();
    for _ in 0..5 {
        tokio::join!(h.step(SWEEPER), theirs.step_now());
    }
    assert_eq!(transitions(&h, &agent.node_id).await[1..], [moved("healthy", "stale", heard + TimeDelta::seconds(90))]);
    assert_eq!(h.count("SELECT count(*) FROM audit_entries WHERE reason = 'healthy to stale'").await, 1);

    // A leader that stops in order leaves the lease to the other one at once.
    let Harness { server, clock, admin, database, .. } = h;
    server.stop(Duration::from_secs(5)).await;
    for _ in 0..21 {
        clock.advance(TimeDelta::seconds(10));
        theirs.step_now().await;
    }
    let answer = admin.at(replica.address()).get(&agent.path("reachability")).await.expect(200);
    assert_eq!(
        (&answer["state"], &answer["changed_at"]),
        (&json!("unreachable"), &json!(text(heard + TimeDelta::seconds(300))))
    );
    let swept =
        crate::harness::rows(&database, "SELECT payload FROM outbox WHERE payload->>'state' = 'unreachable'").await;
    assert_eq!(swept.len(), 1);
    replica.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_leader_that_was_paused_writes_nothing_with_its_old_epoch() {
    let h = Harness::start().await;
    let database = h.server.database();
    let mut conn = h.db().await;
    let (one, other) = (Lease::new("test", Uuid::now_v7()), Lease::new("test", Uuid::now_v7()));
    let old = one.acquire(&mut conn).await.unwrap().expect("nobody leads yet");
    assert_eq!(one.acquire(&mut conn).await.unwrap(), Some(old), "renewing keeps the epoch");
    assert_eq!(other.acquire(&mut conn).await.unwrap(), None);

    h.sql("UPDATE leases SET expires_at = now() - interval '1 second' WHERE name = 'test'").await;
    let new = other.acquire(&mut conn).await.unwrap().expect("the lease has run out");
    assert_ne!(new, old);
    let mut tx = database.begin().await.unwrap();
    assert!(!one.fence(&mut tx, old).await.unwrap());
    drop(tx);
    assert_eq!(one.acquire(&mut conn).await.unwrap(), None);

    // The leader's own transaction holds the lease until it is committed.
    let mut tx = database.begin().await.unwrap();
    assert!(other.fence(&mut tx, new).await.unwrap());
    let takeable = "SELECT name FROM leases WHERE name = 'test' FOR UPDATE SKIP LOCKED";
    assert!(h.rows(takeable).await.is_empty());
    tx.commit().await.unwrap();
    assert_eq!(h.rows(takeable).await.len(), 1);

    // The same holder after its lease ran out is a new leader: it may have missed another one.
    h.sql("UPDATE leases SET expires_at = now() - interval '1 second' WHERE name = 'test'").await;
    assert_ne!(other.acquire(&mut conn).await.unwrap(), Some(new));
    other.release(&mut conn).await.unwrap();
    assert!(one.acquire(&mut conn).await.unwrap().is_some(), "a lease that is given up is free at once");
    h.stop().await;
}

#[tokio::test]
async fn nobody_is_marked_down_for_the_control_planes_own_absence() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let (silent, lively) = (h.enrol(&project, "silent").await, h.enrol(&project, "lively").await);
    h.step(SWEEPER).await;
    let start = h.clock.now();
    let after = |seconds| start + TimeDelta::seconds(seconds);
    silent.heartbeat(h.clock.now()).await.expect(200);
    h.pass(60).await;
    lively.heartbeat(h.clock.now()).await.expect(200);
    h.pass(25).await;
    hold(&h).await;

    // Away from 95 s on. `silent` was due at 90 s, and its row was locked when the last leader swept.
    h.clock.advance(TimeDelta::seconds(10));
    h.sql(&format!("UPDATE installation SET alive_at = '{}'", text(after(95)))).await;
    h.clock.advance(TimeDelta::seconds(600));
    is(&seen(&h, &silent).await, "stale", after(90));
    is(&seen(&h, &lively).await, "healthy", after(60));

    // Back at 695 s: what was due before is stored with its own time, and from here on thresholds count anew.
    free(&h).await;
    h.step(SWEEPER).await;
    is(&seen(&h, &silent).await, "stale", after(90));
    is(&seen(&h, &lively).await, "healthy", after(60));
    assert_eq!(
        h.count(&format!("SELECT count(*) FROM installation WHERE recovered_at = '{}'", text(after(695)))).await,
        1
    );
    h.pass(89).await;
    is(&seen(&h, &lively).await, "healthy", after(60));
    h.pass(1).await;
    is(&seen(&h, &lively).await, "stale", after(695 + 90));
    is(&seen(&h, &silent).await, "stale", after(90));
    h.pass(210).await;
    is(&seen(&h, &silent).await, "unreachable", after(695 + 300));
    assert_eq!(
        transitions(&h, &silent.node_id).await,
        [
            moved("unreachable", "healthy", start),
            moved("healthy", "stale", after(90)),
            moved("stale", "unreachable", after(995)),
        ]
    );
    h.stop().await;
}

#[tokio::test]
async fn a_short_absence_is_none() {
    let (h, agent, heard) = one_healthy_agent().await;
    h.pass(80).await;
    h.clock.advance(TimeDelta::seconds(15));
    h.step(SWEEPER).await;
    is(&seen(&h, &agent).await, "stale", heard + TimeDelta::seconds(90));
    assert_eq!(h.count("SELECT count(recovered_at) FROM installation").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn thousands_of_nodes_that_fall_silent_together_are_swept_in_one_step() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    h.step(SWEEPER).await;
    let heard = h.clock.now();
    h.pass(85).await;
    h.sql(&format!(
        "INSERT INTO node_liveness (node_id, domain_id, last_heartbeat_at, state, changed_at, state_before) \
         SELECT gen_random_uuid(), '{domain}', '{0}', 0, '{0}', 2 FROM generate_series(1, 2500)",
        text(heard)
    ))
    .await;
    h.clock.advance(TimeDelta::seconds(5));
    h.step(SWEEPER).await;
    let due = text(heard + TimeDelta::seconds(90));
    for (what, query) in [
        ("rows", format!("SELECT count(*) FROM node_liveness WHERE state = 1 AND changed_at = '{due}'")),
        (
            "events",
            format!("SELECT count(DISTINCT payload->>'node_id') FROM outbox WHERE payload->>'changed_at' = '{due}'"),
        ),
        ("all events", "SELECT count(*) FROM outbox".to_owned()),
        ("audit entries", "SELECT count(*) FROM audit_entries WHERE reason = 'healthy to stale'".to_owned()),
    ] {
        assert_eq!(h.count(&query).await, 2500, "{what}");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_table_of_many_slices_is_swept_in_one_step() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    h.step(SWEEPER).await;
    let heard = h.clock.now();
    h.pass(85).await;
    // Wide rows of Nodes that are not due fill more than a slice before each run of those that are.
    for (rows, width, last_heard) in [(4200, 1900, h.clock.now()), (10, 1, heard)].repeat(3) {
        h.sql(&format!(
            "INSERT INTO node_liveness (node_id, domain_id, last_heartbeat_at, state, changed_at, state_before, binary_version) \
             SELECT gen_random_uuid(), '{domain}', '{0}', 0, '{0}', 2, repeat('x', {width}) FROM generate_series(1, {rows})",
            text(last_heard)
        ))
        .await;
    }
    assert!(h.count("SELECT pg_relation_size('node_liveness') / 8192").await > 3 * 1024, "three slices are full");
    h.clock.advance(TimeDelta::seconds(5));
    h.step(SWEEPER).await;
    assert_eq!(h.count("SELECT count(*) FROM node_liveness WHERE state = 1").await, 30);
    assert_eq!(h.count("SELECT count(*) FROM outbox").await, 30);
    h.stop().await;
}

#[tokio::test]
async fn who_may_not_look_is_refused_and_what_is_not_there_is_not_found() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let (one, other) = (h.enrol(&project, "web-1").await, h.enrol(&project, "web-2").await);
    let nowhere = format!("/v1/nodes/{}/reachability", Uuid::now_v7());
    h.admin.get(&nowhere).await.refused(404, "node_not_found");
    h.anonymous().get(&one.path("reachability")).await.refused(401, "unauthenticated");
    let viewer = h.operator(&format!("domain:{domain}"), "auditor").await;
    for path in [&one.path("reachability"), &nowhere] {
        let problem = viewer.get(path).await.refused(403, "insufficient_relation");
        assert_eq!(problem.get("reason"), None, "a plain Problem");
        let problem = other.client.get(path).await.refused(403, "node_id_mismatch");
        assert_eq!(problem.get("reason"), None, "a plain Problem");
    }
    let operator = h.operator(&format!("node:{}", one.node_id), "agent").await;
    operator.get(&one.path("reachability")).await.expect(200);
    operator.get(&other.path("reachability")).await.refused(403, "insufficient_relation");
    h.stop().await;

    let without: [fn(&mut Collaborators); 3] =
        [|c| c.relation_checker = None, |c| c.reachability_repo = None, |c| c.node_repo = None];
    for leave_out in without {
        let h = Harness::start_with(|_| {}, leave_out).await;
        h.admin.get(&nowhere).await.refused(501, "reachability_not_provisioned");
        h.stop().await;
    }
}

/// The rule, written down a second time and as plainly as possible. Times are seconds of the model's own.
struct Model {
    now: i64,
    alive: i64,
    recovered: Option<i64>,
    nodes: Vec<Modelled>,
}

#[derive(Clone)]
struct Modelled {
    state: usize,
    changed: i64,
    heard: Option<i64>,
    transitions: Vec<(usize, usize, i64)>,
}

const STATES: [&str; 3] = ["healthy", "stale", "unreachable"];
const STALE_AFTER: i64 = 30;
const UNREACHABLE_AFTER: i64 = 60;
const ABSENCE: i64 = 15;

impl Model {
    fn absent(&self) -> bool {
        self.now - self.alive > ABSENCE
    }

    fn due(&self, node: &Modelled) -> (usize, i64) {
        let Some(heard) = node.heard else { return (node.state, node.changed) };
        let since = heard.max(self.recovered.unwrap_or(heard));
        // Nobody's silence counts once we are absent ourselves.
        let silent = self.now.min(self.alive + ABSENCE) - since;
        if silent >= UNREACHABLE_AFTER && node.state < 2 {
            (2, since + UNREACHABLE_AFTER)
        } else if silent >= STALE_AFTER && node.state < 1 {
            (1, since + STALE_AFTER)
        } else {
            (node.state, node.changed)
        }
    }

    fn step(&mut self) {
        for n in 0..self.nodes.len() {
            let (state, changed) = self.due(&self.nodes[n]);
            let node = &mut self.nodes[n];
            if state != node.state {
                node.transitions.push((node.state, state, changed));
                (node.state, node.changed) = (state, changed);
            }
        }
        if self.absent() {
            self.recovered = Some(self.now);
        }
        self.alive = self.now;
    }

    fn heartbeat(&mut self, n: usize) {
        let (now, node) = (self.now, &mut self.nodes[n]);
        node.heard = Some(now);
        if node.state != 0 {
            node.transitions.push((node.state, 0, now));
            (node.state, node.changed) = (0, now);
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Heartbeat(usize),
    Wait(i64),
    Step,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (0..3_usize).prop_map(Act::Heartbeat),
        4 => (1..=14_i64).prop_map(Act::Wait),
        1 => (15..=120_i64).prop_map(Act::Wait),
        5 => Just(Act::Step),
    ];
    proptest::collection::vec(act, 1..30)
}

#[test]
fn whatever_happens_reads_and_transitions_are_those_of_the_rule() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (h, project) = runtime.block_on(async {
        let h = Harness::start().await;
        let domain = json!({ "name": "d", "slug": "d", "mesh_cidr": "10.0.0.0/16",
            "reachability": { "heartbeat_interval": "10s", "stale_after": "30s", "unreachable_after": "60s" } });
        let domain = h.admin.post("/v1/domains", &domain).await.expect(201);
        let project = h.project(domain["domain_id"].as_str().unwrap(), "team").await;
        hold(&h).await;
        (h, project)
    });
    let origin = h.clock.now();
    let world = RefCell::new(Model { now: 0, alive: 0, recovered: None, nodes: Vec::new() });
    let settings = Proptest { cases: 12, failure_persistence: None, ..Proptest::default() };
    TestRunner::new(settings)
        .run(&acts(), |acts| {
            let mut model = world.borrow_mut();
            runtime.block_on(play(&h, &project, origin, &mut model, &acts))
        })
        .unwrap();
    runtime.block_on(h.stop());
}

/// Does `acts` to the server and to the model, with Nodes that are new, and compares after each.
async fn play(
    h: &Harness,
    project: &str,
    origin: DateTime<Utc>,
    model: &mut Model,
    acts: &[Act],
) -> Result<(), TestCaseError> {
    let when = |seconds: i64| text(origin + TimeDelta::seconds(seconds));
    let mut agents = Vec::new();
    for _ in 0..3 {
        agents.push(h.enrol(project, &Uuid::new_v4().to_string()).await);
    }
    model.nodes = vec![Modelled { state: 2, changed: model.now, heard: None, transitions: Vec::new() }; 3];
    for act in acts {
        match *act {
            Act::Heartbeat(n) => {
                agents[n].heartbeat(h.clock.now()).await.expect(200);
                model.heartbeat(n);
            }
            Act::Wait(seconds) => {
                h.clock.advance(TimeDelta::seconds(seconds));
                model.now += seconds;
            }
            Act::Step => {
                free(h).await;
                hold(h).await;
                model.step();
            }
        }
        for (agent, node) in agents.iter().zip(&model.nodes) {
            let (state, changed) = model.due(node);
            prop_assert_eq!(seen(h, agent).await, (STATES[state].to_owned(), when(changed)), "after {:?}", act);
        }
    }
    for (agent, node) in agents.iter().zip(&model.nodes) {
        let expected: Vec<_> = node
            .transitions
            .iter()
            .map(|(from, to, at)| (STATES[*from].to_owned(), STATES[*to].to_owned(), when(*at)))
            .collect();
        prop_assert_eq!(transitions(h, &agent.node_id).await, expected);
    }
    Ok(())
}
