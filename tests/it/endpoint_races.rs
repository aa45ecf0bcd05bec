//! Endpoints when much happens at once: retirement, sweeps, replicas whose clocks differ. Races are made real by
//! holding locks on a connection of the test's own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use futures_util::FutureExt;
use futures_util::future::join_all;
use plexsphere::clock::Clock;
use plexsphere::config::Config;
use plexsphere::ids::NodeId;
use plexsphere::mesh::endpoint::writer::EndpointWriter;
use plexsphere::mesh::endpoint::{EndpointRefusal, NatType, Observation, Report};
use plexsphere::telemetry::Metrics;
use plexsphere::wiring::{self, Server};
use proptest::prelude::*;
use proptest::test_runner::{Config as Proptest, TestRunner};
use serde_json::json;
use uuid::Uuid;

use crate::endpoint::{HERE, SWEEPER, THERE, event, one_agent, one_agent_with_ttl, parsed, stored, told};
use crate::harness::agent::endpoint;
use crate::harness::{Agent, Harness, ManualClock, overrides};

/// Another replica, whose clock is `ahead` of the harness's.
async fn replica(h: &Harness, ahead: TimeDelta) -> (Server, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    clock.advance(h.clock.now() - clock.now() + ahead);
    let config = Config::load(overrides(&h.database), std::iter::empty()).unwrap();
    (wiring::start(&config, clock.clone(), |_| {}).await.unwrap(), clock)
}

/// Keeps all sweepers of endpoints from leading until [`free`].
async fn hold(h: &Harness) {
    h.step(SWEEPER).await;
    h.sql("UPDATE leases SET holder = gen_random_uuid(), epoch = epoch + 1, expires_at = now() + interval '1 hour' WHERE name = 'endpoint_sweeper'")
        .await;
}

async fn free(h: &Harness) {
    h.sql("UPDATE leases SET expires_at = now() - interval '1 second' WHERE name = 'endpoint_sweeper'").await;
}

#[tokio::test]
async fn a_peer_that_is_retired_between_gate_and_write_is_gone() {
    for (retired_later, age, status, code) in [
        (10, 0, 410, "endpoint_peer_gone"),
        (10, 20, 400, "endpoint_clock_skew"),
        // At the time of the request or before, it was not there.
        (0, 0, 404, "endpoint_peer_not_found"),
        (0, 20, 404, "endpoint_peer_not_found"),
        (-10, 0, 404, "endpoint_peer_not_found"),
    ] {
        let (h, agent) = one_agent_with_ttl(15).await;
        agent.report(&endpoint(HERE, "unknown", h.clock.now())).await.expect(200);
        let (other, _) = replica(&h, TimeDelta::seconds(retired_later)).await;
        let mut lock = h.db().await;
        lock.batch_execute("BEGIN; SELECT 1 FROM domains FOR NO KEY UPDATE").await.unwrap();
        // Deregistration has everything but the Domain's version; the report is through the gate.
        let path = agent.path("deregister");
        let admin = h.admin.at(other.address());
        let deregistered = admin.post_empty(&path);
        let reported = async {
            h.until_held_up(1).await;
            agent.report(&endpoint(THERE, "unknown", h.clock.now() - TimeDelta::seconds(age))).await
        };
        let release = async {
            h.until_held_up(2).await;
            lock.batch_execute("ROLLBACK").await.unwrap();
        };
        let (deregistered, reported, ()) = tokio::join!(deregistered, reported, release);
        deregistered.expect(204);
        reported.refused(status, code);
        assert_eq!(told(&h).await, [event(HERE, "unknown")]);
        assert_eq!(h.count("SELECT count(*) FROM peer_endpoints").await, 0);
        let noted =
            "SELECT count(*) FROM audit_entries WHERE reason = 'reported_at older than per-Domain endpoint TTL'";
        assert_eq!(h.count(noted).await, i64::from(status == 400));
        other.stop(Duration::from_secs(1)).await;
        h.stop().await;
    }
}

#[tokio::test]
async fn a_report_that_waits_while_its_row_comes_due_wins_over_the_sweeper() {
    let (h, agent) = one_agent_with_ttl(20).await;
    h.pass(1).await;
    agent.report(&endpoint(HERE, "unknown", h.clock.now())).await.expect(200);
    h.pass(10).await;
    let mut lock = h.db().await;
    lock.batch_execute("BEGIN; SELECT 1 FROM peer_endpoints FOR UPDATE").await.unwrap();
    let body = endpoint(HERE, "unknown", h.clock.now());
    let report = agent.report(&body);
    let sweep = async {
        h.until_held_up(1).await;
        h.pass(10).await;
        // Due now, and locked: it is left alone, and nobody waits for it.
        h.step(SWEEPER).await;
        lock.batch_execute("ROLLBACK").await.unwrap();
    };
    let (report, ()) = tokio::join!(report, sweep);
    report.expect(200);
    h.step(SWEEPER).await;
    assert_eq!(told(&h).await, [event(HERE, "unknown")]);
    h.stop().await;
}

#[tokio::test]
async fn a_report_that_meets_a_sweep_is_told_after_it() {
    let (h, agent) = one_agent_with_ttl(20).await;
    h.pass(1).await;
    agent.report(&endpoint(HERE, "unknown", h.clock.now())).await.expect(200);
    hold(&h).await;
    h.pass(20).await;
    let mut lock = h.db().await;
    lock.batch_execute("BEGIN; SELECT 1 FROM domains FOR NO KEY UPDATE").await.unwrap();
    free(&h).await;
    let report = async {
        // The sweeper has withdrawn it, and waits to say so.
        h.until_held_up(1).await;
        agent.report(&endpoint(HERE, "unknown", h.clock.now())).await
    };
    let release = async {
        h.until_held_up(2).await;
        lock.batch_execute("ROLLBACK").await.unwrap();
    };
    let ((), report, ()) = tokio::join!(h.step(SWEEPER), report, release);
    report.expect(200);
    assert_eq!(told(&h).await, [event(HERE, "unknown"), event("", ""), event(HERE, "unknown")]);
    assert_eq!(stored(&h).await["endpoint"], HERE);
    h.stop().await;
}

#[tokio::test]
async fn reports_of_one_node_in_one_batch_are_taken_in_turn_and_each_is_answered() {
    let (h, agent) = one_agent().await;
    let node_id = NodeId(agent.node_id.parse().unwrap());
    let writer = EndpointWriter::start(h.server.database().clone(), Arc::new(Metrics::new()));
    let begun = h.clock.now();
    let mut lock = h.db().await;
    lock.batch_execute("BEGIN; SELECT 1 FROM peer_endpoints FOR UPDATE").await.unwrap();
    let ports = [1, 2, 3, 9, 3, 4];
    // The fourth was overtaken by the third.
    let mut writes: Vec<_> = [0, 10, 30, 20, 30, 40]
        .into_iter()
        .zip(ports)
        .map(|(seconds, port)| {
            let at = begun + TimeDelta::seconds(seconds);
            let observation = Observation::read(&format!("203.0.113.7:{port}"), NatType::Unknown, at, at).unwrap();
            let report =
                Report { node_id, observation, at: begun + TimeDelta::seconds(40), correlation_id: String::new() };
            let writer = writer.clone();
            Box::pin(async move { writer.write(report).await })
        })
        .collect();
    for write in &mut writes {
        assert!(write.now_or_never().is_none());
    }
    lock.batch_execute("ROLLBACK").await.unwrap();
    for answer in join_all(writes).await {
        assert_eq!(answer.unwrap().ttl, TimeDelta::seconds(300));
    }
    let expected = [1, 2, 3, 4].map(|port| event(&format!("203.0.113.7:{port}"), "unknown"));
    assert_eq!(told(&h).await, expected);
    assert_eq!(parsed(&stored(&h).await["reported_at"]), begun + TimeDelta::seconds(40));

    // A Node that is not there is refused alone.
    let nobody = NodeId(Uuid::now_v7());
    let at = h.clock.now();
    let observation = Observation::read(THERE, NatType::Unknown, at, at).unwrap();
    let [there, not_there] = [node_id, nobody].map(|node_id| {
        let report = Report { node_id, observation: observation.clone(), at, correlation_id: String::new() };
        writer.write(report)
    });
    let (there, not_there) = tokio::join!(there, not_there);
    assert!(there.is_ok() && matches!(not_there, Err(EndpointRefusal::PeerNotFound)));
    h.stop().await;
}

#[tokio::test]
async fn times_never_move_backwards_when_replicas_disagree_on_the_time() {
    let (h, agent) = one_agent().await;
    let (late, late_clock) = replica(&h, TimeDelta::seconds(-30)).await;
    let behind = Agent { client: agent.client.at(late.address()), ..agent.clone() };
    let now = h.clock.now();
    agent.report(&endpoint(HERE, "unknown", now)).await.expect(200);
    for (seen, told_of) in [(HERE, 1), (THERE, 2), (THERE, 2)] {
        let answer = behind.report(&endpoint(seen, "unknown", now)).await.expect(200);
        assert_eq!(parsed(&answer["accepted_at"]), late_clock.now());
        let row = stored(&h).await;
        assert_eq!((&row["endpoint"], parsed(&row["refreshed_at"])), (&json!(seen), now));
        assert_eq!(told(&h).await.len(), told_of);
    }
    late.stop(Duration::from_secs(1)).await;
    h.stop().await;
}

/// Nodes by the thousand, with endpoints confirmed at `refreshed`.
async fn thousands(h: &Harness, domain: &str, project: &str, count: u32, refreshed: DateTime<Utc>) {
    h.sql(&format!(
        "INSERT INTO nodes (id, domain_id, project_id, kind, resource_handle, mesh_ip, pool_id, public_key, enrolled_at) \
         SELECT gen_random_uuid(), '{domain}', '{project}', 'node', 'n' || n, '10.20.128.0'::inet + n, '{domain}', \
             decode(md5(n::text), 'hex'), now() FROM generate_series(1, {count}) n; \
         INSERT INTO peer_endpoints SELECT id, domain_id, '{HERE}', 4, '{at}', '{at}' FROM nodes",
        at = refreshed.to_rfc3339()
    ))
    .await;
}

#[tokio::test]
async fn ten_thousand_stale_endpoints_are_withdrawn_in_one_step_of_bounded_batches_by_one_of_two_replicas() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let other = h.replica().await;
    let theirs = other.task(SWEEPER).unwrap();
    h.step("reachability_sweeper").await;
    hold(&h).await;
    thousands(&h, &domain, &project, 10_000, h.clock.now()).await;
    h.pass(299).await;
    free(&h).await;
    tokio::join!(h.step(SWEEPER), theirs.step_now());
    assert!(told(&h).await.is_empty());
    hold(&h).await;
    h.pass(1).await;
    free(&h).await;
    tokio::join!(h.step(SWEEPER), theirs.step_now());
    for (what, query, expected) in [
        ("left", "SELECT count(endpoint) FROM peer_endpoints", 0),
        ("events", "SELECT count(*) FROM outbox WHERE event_type = 'peer_endpoint_changed'", 10_000),
        ("Nodes told of", "SELECT count(DISTINCT payload->>'node_id') FROM outbox", 10_000),
        ("versions", "SELECT mesh_version FROM domains", 4),
        ("transactions", "SELECT count(DISTINCT xmin::text) FROM peer_endpoints", 4),
        (
            "the most in one",
            "SELECT max(n) FROM (SELECT count(*) AS n FROM peer_endpoints GROUP BY xmin::text) t",
            2500,
        ),
    ] {
        assert_eq!(h.count(query).await, expected, "{what}");
    }
    other.stop(Duration::from_secs(1)).await;
    h.stop().await;
}

#[derive(Clone, Debug)]
enum Act {
    /// Reports at once: which Node, which endpoint, how old, by which replica.
    Report(Vec<(usize, u16, i64, usize)>),
    Pass(i64),
    Sweep,
    /// A Node leaves while it reports.
    Leave(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let report = (0..4_usize, 1..4_u16, 0..20_i64, 0..2_usize);
    let act = prop_oneof![
        6 => prop::collection::vec(report, 1..12).prop_map(Act::Report),
        2 => (1..15_i64).prop_map(Act::Pass),
        1 => (15..40_i64).prop_map(Act::Pass),
        2 => Just(Act::Sweep),
        1 => (0..4_usize).prop_map(Act::Leave),
    ];
    prop::collection::vec(act, 4..20)
}

/// What peers know who have heard every event: where each Peer is.
async fn folded(h: &Harness) -> BTreeMap<String, (String, String)> {
    let mut known = BTreeMap::new();
    for row in h.rows("SELECT event_type, payload FROM outbox WHERE scope_kind = 'domain' ORDER BY position").await {
        let member = |name: &str| row["payload"][name].as_str().unwrap_or_default().to_owned();
        match row["event_type"].as_str().unwrap() {
            "peer_registered" => drop(known.insert(member("node_id"), (member("endpoint"), member("nat_type")))),
            "peer_deregistered" => drop(known.remove(&member("node_id"))),
            "peer_endpoint_changed" => {
                let peer = known.get_mut(&member("node_id")).expect("peers hear of a Peer before its endpoint");
                *peer = (member("endpoint"), member("nat_type"));
            }
            _ => {}
        }
    }
    known
}

async fn rows(h: &Harness) -> BTreeMap<String, (String, String)> {
    let rows = h
        .rows(
            "SELECT node_id, COALESCE(endpoint, '') AS endpoint, \
                 COALESCE((ARRAY['full_cone', 'restricted', 'port_restricted', 'symmetric', 'unknown'])[nat_type + 1], '') AS nat_type \
             FROM peer_endpoints",
        )
        .await;
    let member = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (member(row, "node_id"), (member(row, "endpoint"), member(row, "nat_type")))).collect()
}

#[test]
fn whatever_happens_at_once_whoever_folds_the_events_has_the_rows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (h, agents, project, other) = runtime.block_on(async {
        let (h, agent) = one_agent_with_ttl(20).await;
        let project = h.rows("SELECT id FROM projects").await[0]["id"].as_str().unwrap().to_owned();
        let other = h.replica().await;
        (h, vec![agent], project, other)
    });
    let agents = std::cell::RefCell::new(agents);
    let settings = Proptest { cases: 12, failure_persistence: None, max_shrink_iters: 20, ..Proptest::default() };
    let outcome = TestRunner::new(settings).run(&acts(), |acts| {
        let mut agents = agents.borrow_mut();
        runtime.block_on(async {
            for act in acts {
                while agents.len() < 4 {
                    agents.push(h.enrol(&project, &Uuid::new_v4().to_string()).await);
                }
                play(&h, &other, &mut agents, act).await;
            }
            prop_assert_eq!(folded(&h).await, rows(&h).await);
            Ok(())
        })
    });
    runtime.block_on(async {
        other.stop(Duration::from_secs(1)).await;
        h.stop().await;
    });
    outcome.unwrap();
}

async fn play(h: &Harness, other: &Server, agents: &mut Vec<Agent>, act: Act) {
    let report = async |n: usize, port: u16, age: i64, at: usize| {
        let address = [h.address(), other.address()][at];
        let client = agents[n].client.at(address);
        let agent = Agent { client, ..agents[n].clone() };
        let seen = h.clock.now() - TimeDelta::seconds(age);
        agent.report(&endpoint(&format!("203.0.113.7:{port}"), "symmetric", seen)).await
    };
    match act {
        Act::Report(reports) => {
            let reports = reports.into_iter().map(|(n, port, age, at)| report(n, port, age, at));
            let theirs = other.task(SWEEPER).unwrap();
            let (answers, (), ()) = tokio::join!(join_all(reports), h.step(SWEEPER), theirs.step_now());
            for answer in answers {
                answer.expect(200);
            }
        }
        Act::Pass(seconds) => h.pass(seconds).await,
        Act::Sweep => h.step(SWEEPER).await,
        Act::Leave(n) => {
            let path = agents[n].path("deregister");
            let (left, answers) = tokio::join!(
                h.admin.post_empty(&path),
                join_all((0..4_u16).map(|port| report(n, port + 1, 0, usize::from(port) % 2)))
            );
            left.expect(204);
            for answer in answers {
                assert!([200, 401, 404, 410].contains(&answer.status.as_u16()), "{answer:?}");
            }
            agents.remove(n);
        }
    }
}

#[tokio::test]
async fn replicas_that_sweep_at_once_withdraw_once() {
    let (h, agent) = one_agent_with_ttl(20).await;
    let other = h.replica().await;
    h.pass(1).await;
    agent.report(&endpoint(HERE, "unknown", h.clock.now())).await.expect(200);
    hold(&h).await;
    h.pass(20).await;
    h.step(SWEEPER).await;
    assert_eq!(told(&h).await.len(), 1, "another leads");
    free(&h).await;
    let theirs = other.task(SWEEPER).unwrap();
    for _ in 0..5 {
        tokio::join!(h.step(SWEEPER), theirs.step_now());
    }
    assert_eq!(told(&h).await[1..], [event("", "")]);
    other.stop(Duration::from_secs(1)).await;
    h.stop().await;
}
