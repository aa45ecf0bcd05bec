//! Replicas as processes of their own that are killed, stopped and cut off while events are made: the log stays
//! gapless, complete, in order and verified, and another replica goes on within seconds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use plexsphere::clock::{Clock, SystemClock};
use plexsphere::outbox::publish;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::harness::agent::{heartbeat, registration};
use crate::harness::{Agent, Client, Cluster, rows};
use crate::ledger::{message, seed, verified_log};
use crate::processes::{Serve, bootstrapped, patiently, program, serve_command, signal};

/// Within this another replica leads.
const PASSES_WITHIN: Duration = Duration::from_secs(5);

async fn count(database: &str, query: &str) -> i64 {
    rows(database, &format!("SELECT ({query})::bigint AS n")).await[0]["n"].as_i64().unwrap()
}

async fn metric(serve: &Serve, name: &str) -> i64 {
    let (_, text) = serve.get_ops("/metrics").await;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}"));
    line.trim().parse().unwrap()
}

/// Which of `replicas` relays.
async fn leader(replicas: &[Serve]) -> usize {
    patiently("a leader", async {
        loop {
            for (n, replica) in replicas.iter().enumerate() {
                if metric(replica, "plexsphere_relay_leads").await == 1 {
                    return n;
                }
            }
        }
    })
    .await
}

/// Nobody reads its log, so it must not fill the pipe: without a line for each request it stays short.
async fn replica(database: &str) -> Serve {
    Serve::start(serve_command(database).env("PLEXSPHERE_LOG", "info,plexsphere::access=warn")).await
}

async fn replicas(database: &str) -> Vec<Serve> {
    Cluster::get().await.let_relay(database).await;
    vec![replica(database).await, replica(database).await]
}

async fn domain_of(client: &Client) -> String {
    let body = json!({ "name": "lab", "slug": "lab", "mesh_cidr": "10.20.0.0/16" });
    client.post("/v1/domains", &body).await.expect(201)["domain_id"].as_str().unwrap().to_owned()
}

/// Publishes one event and returns how long it takes into the log.
async fn time_of_one(database: &str, domain: &str, mark: &str) -> Duration {
    let began = Instant::now();
    let mut conn = Cluster::get().await.connect(database).await;
    publish(&mut conn, &[message(domain, mark)], Utc::now()).await.unwrap();
    let there = format!("SELECT count(*) FROM event_log WHERE position('{mark}' IN line) > 0");
    patiently("being relayed", async {
        while count(database, &there).await == 0 {
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    })
    .await;
    began.elapsed()
}

#[tokio::test]
async fn leadership_passes_within_seconds_when_the_leader_dies_or_stands_still() {
    let (database, token) = bootstrapped().await;
    let mut replicas = replicas(&database).await;
    let domain = domain_of(&Client::new(replicas[0].address).with_bearer(&token)).await;
    time_of_one(&database, &domain, "at-first").await;

    // Stopped in the middle of whatever it does; it goes on later and may append nothing as the leader it was.
    let first = leader(&replicas).await;
    signal(&replicas[first].child, "STOP");
    let took = time_of_one(&database, &domain, "while-stopped").await;
    assert!(took < PASSES_WITHIN, "{took:?}");
    let epoch = "SELECT epoch FROM leases WHERE name = 'relay'";
    let during = count(&database, epoch).await;
    signal(&replicas[first].child, "CONT");
    for n in 0..5 {
        time_of_one(&database, &domain, &format!("after-{n}")).await;
    }
    assert_eq!(count(&database, epoch).await, during, "the one that was stopped did not take it back");
    patiently("seeing it", async { while metric(&replicas[first], "plexsphere_relay_leads").await == 1 {} }).await;
    assert_eq!(leader(&replicas).await, 1 - first);

    // Killed.
    let second = leader(&replicas).await;
    signal(&replicas[second].child, "KILL");
    let took = time_of_one(&database, &domain, "when-killed").await;
    assert!(took < PASSES_WITHIN, "{took:?}");

    // Its connections cut.
    let left = replicas.swap_remove(1 - second);
    replicas.clear();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name = 'plexsphere'";
    Cluster::get().await.connect(&database).await.batch_execute(cut).await.unwrap();
    let took = time_of_one(&database, &domain, "when-cut").await;
    assert!(took < PASSES_WITHIN, "{took:?}");
    assert_eq!(metric(&left, "plexsphere_relay_leads").await, 1);
    assert_eq!(verified_log(&database).await.len(), 9);
}

#[tokio::test]
async fn an_ordered_stop_hands_leadership_over_at_once() {
    let (database, token) = bootstrapped().await;
    let replicas = replicas(&database).await;
    let domain = domain_of(&Client::new(replicas[0].address).with_bearer(&token)).await;
    time_of_one(&database, &domain, "at-first").await;
    let first = leader(&replicas).await;
    signal(&replicas[first].child, "TERM");
    let other = &replicas[1 - first];
    let began = Instant::now();
    patiently("handing over", async { while metric(other, "plexsphere_relay_leads").await == 0 {} }).await;
    assert!(began.elapsed() < PASSES_WITHIN);
    time_of_one(&database, &domain, "afterwards").await;
}

/// Enrols, heartbeats, reports and deregisters until told to stop. What was acknowledged is returned: the Node, and
/// whether it was told that it is gone.
async fn make_causes(
    clients: Vec<Client>,
    project: String,
    name: usize,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
) -> Vec<(String, bool)> {
    let mut kept = Vec::new();
    let manifest = json!({ "binary_version": "1", "binary_checksum": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" });
    let ask = async |client: &Client, method: http::Method, path: &str, body: Value, status: u16| {
        let request = client.request(method, path).header("content-type", "application/json").body(body.to_string());
        let answer = tokio::time::timeout(Duration::from_secs(3), client.try_send(request)).await.ok()?.ok()?;
        (answer.status.as_u16() == status).then_some(answer)
    };
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        // One that is not there refuses at once: not in a circle.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let admin = &clients[n % clients.len()];
        let token = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
        let tokens = format!("/v1/projects/{project}/bootstrap-tokens");
        let Some(token) = ask(admin, http::Method::POST, &tokens, token, 201).await else { continue };
        let body = registration(&project, &format!("node-{name}-{n}"), token.json()["token"].as_str().unwrap());
        let anonymous = admin.without_bearer();
        let Some(registered) = ask(&anonymous, http::Method::POST, "/v1/register", body, 201).await else { continue };
        let agent = Agent::from_registration(&anonymous, registered.json());
        kept.push((agent.node_id.clone(), false));
        done.fetch_add(1, Ordering::Relaxed);
        let beat = heartbeat(SystemClock.now());
        ask(&agent.client, http::Method::POST, &agent.path("heartbeat"), beat, 200).await;
        ask(&agent.client, http::Method::PUT, &agent.path("capabilities"), manifest.clone(), 200).await;
        if n % 2 == 0 {
            let path = agent.path("deregister");
            let gone = ask(&agent.client, http::Method::POST, &path, json!({}), 204).await.is_some();
            kept.last_mut().unwrap().1 = gone;
        }
    }
    kept
}

#[tokio::test]
async fn mixed_causes_under_kills_stops_and_cuts_leave_a_whole_log() {
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let (database, token) = bootstrapped().await;
    let mut replicas = replicas(&database).await;
    let admin = Client::new(replicas[0].address).with_bearer(&token);
    let domain = domain_of(&admin).await;
    let project = json!({ "domain_id": domain, "name": "team", "slug": "team" });
    let project = admin.post("/v1/projects", &project).await.expect(201)["project_id"].as_str().unwrap().to_owned();
    // A third one that nothing happens to, so that causes go on.
    let steady = replica(&database).await;
    let steady_client = Client::new(steady.address).with_bearer(&token);

    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let addresses: Vec<Client> = replicas
        .iter()
        .map(|replica| admin.at(replica.address))
        .chain([steady_client.clone(), steady_client])
        .collect();
    let causes: Vec<_> = (0..4)
        .map(|n| tokio::spawn(make_causes(addresses.clone(), project.clone(), n, stop.clone(), done.clone())))
        .collect();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name = 'plexsphere' AND random() < 0.5";
    for round in 0..6 {
        let before = done.load(Ordering::Relaxed);
        patiently("causes", async {
            while done.load(Ordering::Relaxed) < before + random.random_range(3..10) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
        let victim = random.random_range(0..replicas.len());
        eprintln!("round {round}: replica {victim}");
        match round % 3 {
            0 => {
                signal(&replicas[victim].child, "STOP");
                tokio::time::timeout(
                    Duration::from_millis(random.random_range(500..4000)),
                    std::future::pending::<()>(),
                )
                .await
                .unwrap_err();
                signal(&replicas[victim].child, "CONT");
            }
            1 => {
                signal(&replicas[victim].child, "KILL");
                replicas[victim] = replica(&database).await;
            }
            _ => Cluster::get().await.connect(&database).await.batch_execute(cut).await.unwrap(),
        }
    }
    stop.store(true, Ordering::Relaxed);
    let kept: Vec<(String, bool)> = join_all(causes).await.into_iter().flat_map(|kept| kept.unwrap()).collect();
    patiently("relaying the rest", async {
        while count(&database, "SELECT count(*) FROM outbox").await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;

    let log = verified_log(&database).await;
    assert_eq!(count(&database, "SELECT count(*) FROM outbox_dead_letters").await, 0);
    let mut of_node: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, event) in &log {
        let node = event["payload"]["node_id"].as_str().unwrap();
        of_node.entry(node).or_default().push(event["type"].as_str().unwrap());
    }
    // What the database says has happened, each once: no event is lost, none is made twice.
    let of_database = rows(
        &database,
        "SELECT n.id, n.psk_epoch, n.deregistered_at IS NOT NULL AS gone, c.node_id IS NOT NULL AS declared, \
             l.last_heartbeat_at IS NOT NULL AS heard \
         FROM nodes n LEFT JOIN node_capabilities c ON c.node_id = n.id LEFT JOIN node_liveness l ON l.node_id = n.id",
    )
    .await;
    let of_database: HashMap<&str, &Value> = of_database.iter().map(|row| (row["id"].as_str().unwrap(), row)).collect();
    assert_eq!(of_database.len(), of_node.len());
    for (node, types) in &of_node {
        let row = of_database[node];
        let times = |name: &str| types.iter().filter(|event_type| **event_type == name).count();
        assert_eq!(types[..2], ["peer_registered", "peer_psk_assigned"], "{node}");
        assert_eq!((times("peer_registered"), times("peer_psk_assigned")), (1, 1), "{node}");
        let gone = usize::from(row["gone"].as_bool().unwrap());
        assert_eq!(times("peer_deregistered"), gone, "{node}: {types:?}");
        if gone == 0 {
            assert_eq!(times("node_capabilities_updated"), usize::from(row["declared"].as_bool().unwrap()), "{node}");
            assert!(times("node_reachability_changed") >= usize::from(row["heard"].as_bool().unwrap()), "{node}");
        }
    }
    for (node, told_gone) in &kept {
        let types = &of_node[node.as_str()];
        assert!(!told_gone || types.contains(&"peer_deregistered"), "{node} was acknowledged and is not in the log");
    }
    let inspected = crate::processes::output(
        program()
            .args(["admin", "events", "inspect", "--domain", &domain])
            .env("PLEXSPHERE_DATABASE_URL", Cluster::url(&database)),
    )
    .await;
    assert!(inspected.status.success());
    assert_eq!(crate::processes::text(&inspected.stdout).lines().count(), log.len());
    eprintln!("{} events of {} Nodes", log.len(), of_node.len());
}
