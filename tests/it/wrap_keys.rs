//! Rotating the key that seals PSKs, while the mesh is served.

use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use plexsphere::clock::Clock;
use plexsphere::ids::DomainId;
use plexsphere::mesh::wrap_keys::{Pace, RewrapRefusal, Rewrapped, rotate};
use uuid::Uuid;

use crate::edge_psk::edge;
use crate::harness::agent::public_key;
use crate::harness::{Agent, Cluster, Harness, MASTER_KEY, sealer};
use crate::key_rotation::{complete, preview, trigger};
use crate::processes::program;

pub async fn run(h: &Harness, domain: &str, batch: i64) -> Result<Rewrapped, RewrapRefusal> {
    let domain: DomainId = domain.parse().unwrap();
    rotate(h.server.database(), &sealer(), domain, Pace { batch, ..Pace::default() }, h.clock.now()).await
}

async fn versions(h: &Harness) -> Vec<i64> {
    let rows = h
        .rows(
            "SELECT k.wrap_key_version AS v FROM pre_shared_keys k JOIN nodes n ON n.id = k.node_id \
            JOIN domains d ON d.id = n.domain_id WHERE k.retired_at IS NULL ORDER BY d.slug, n.id",
        )
        .await;
    rows.into_iter().map(|row| row["v"].as_i64().unwrap()).collect()
}

async fn mesh(h: &Harness, size: usize) -> (String, Vec<Agent>) {
    let (domain, project) = h.lab().await;
    let mut agents = Vec::new();
    for n in 0..size {
        agents.push(h.enrol(&project, &format!("web-{n}")).await);
    }
    // The clock stands still, so that ids do not sort by creation.
    agents.sort_by(|one, other| one.node_id.cmp(&other.node_id));
    (domain, agents)
}

#[tokio::test]
async fn all_live_psks_are_sealed_anew_and_no_edge_notices() {
    let h = Harness::start().await;
    let (domain, agents) = mesh(&h, 5).await;
    let elsewhere = h.domain("other", "10.30.0.0/16").await;
    let project = h.project(&elsewhere, "team").await;
    h.enrol(&project, "web-1").await;
    let before = edge(&agents[0], &agents[1]).await;
    let told = h.count("SELECT count(*) FROM outbox").await;
    // What is done in other databases of the same server is nothing to wait for.
    let mut stranger = Cluster::get().await.connect("postgres").await;
    stranger.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    assert_eq!(run(&h, &domain, 2).await.unwrap(), Rewrapped { version: 2, psks: 5, resumed: false });
    assert_eq!(versions(&h).await, [2, 2, 2, 2, 2, 1], "the other Domain has a key of its own");
    assert_eq!(edge(&agents[0], &agents[1]).await, before);
    assert_eq!(h.count("SELECT count(*) FROM outbox").await, told);
    // Who issues a PSK uses the new version at once.
    trigger(&h, &agents[0]).await.expect(200);
    assert_eq!(preview(&h, &agents[0]).await.expect(200)["affected_edges"][0]["current_wrap_key_version"], 2);
    assert_eq!(complete(&agents[0], &public_key()).await.expect(200)["wrap_key_version"], 2);
    assert_ne!(edge(&agents[0], &agents[1]).await.0, before.0);
    assert_eq!(run(&h, &domain, 200).await.unwrap(), Rewrapped { version: 3, psks: 5, resumed: false });
    edge(&agents[0], &agents[1]).await;
    assert_eq!(h.count("SELECT count(*) FROM audit_entries WHERE action = 'wrap_key.rotate'").await, 2);
    assert!(matches!(run(&h, &Uuid::now_v7().to_string(), 1).await, Err(RewrapRefusal::NoDomain(_))));
    h.stop().await;
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_taken_up_where_it_was() {
    let h = Harness::start().await;
    let (domain, agents) = mesh(&h, 5).await;
    let before = edge(&agents[0], &agents[4]).await;
    // The second batch waits for a row until the run is cut off.
    let mut held = h.db().await;
    let third = format!("BEGIN; SELECT FROM pre_shared_keys WHERE node_id = '{}' FOR UPDATE", agents[2].node_id);
    held.batch_execute(&third).await.unwrap();
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    tokio::select! {
        done = run(&h, &domain, 2) => panic!("{done:?}"),
        () = h.until_held_up(1) => {}
    }
    held.batch_execute("COMMIT").await.unwrap();
    while h.count(waiting).await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(versions(&h).await, [2, 2, 1, 1, 1]);
    assert_eq!(edge(&agents[0], &agents[4]).await, before, "half of it is done, and every edge opens");
    assert_eq!(run(&h, &domain, 2).await.unwrap(), Rewrapped { version: 2, psks: 3, resumed: true });
    assert_eq!(versions(&h).await, [2; 5]);
    assert_eq!(edge(&agents[0], &agents[4]).await, before);
    h.stop().await;
}

#[tokio::test]
async fn a_psk_that_was_being_issued_under_the_old_key_is_sealed_anew_too() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let token = h.bootstrap_token(&project).await;
    // The enrolment has read the wrap key and waits for the Domain's row, at the very end. Of a Node that nobody sees
    // yet: its PSK is no row that could be waited for.
    let mut held = h.db().await;
    held.batch_execute("BEGIN; SELECT FROM domains FOR NO KEY UPDATE").await.unwrap();
    let anonymous = h.anonymous();
    let enrolment = Agent::enrol(&anonymous, &project, "web-2", &token);
    let others = async {
        h.until_held_up(1).await;
        let run = run(&h, &domain, 10);
        let let_go = async {
            // All that can be seen is sealed anew: from here on it waits for what cannot.
            while versions(&h).await != [2] {
                tokio::task::yield_now().await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            held.batch_execute("COMMIT").await.unwrap();
        };
        tokio::join!(run, let_go).0
    };
    let (enrolled, done) = tokio::join!(enrolment, others);
    assert_eq!(done.unwrap(), Rewrapped { version: 2, psks: 2, resumed: false });
    let issued = "SELECT payload->>'wrap_key_version' AS v FROM outbox WHERE event_type = 'peer_psk_assigned' \
        ORDER BY position DESC LIMIT 1";
    assert_eq!(h.rows(issued).await[0]["v"], "1", "it was issued under the old key");
    assert_eq!(versions(&h).await, [2, 2]);
    edge(&agent, &enrolled).await;
    h.stop().await;
}

#[tokio::test]
async fn a_run_that_gives_up_waiting_is_taken_up_and_makes_no_further_version() {
    let h = Harness::start().await;
    let (domain, agents) = mesh(&h, 2).await;
    let mut held = h.db().await;
    held.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    let impatient = async || {
        let pace = Pace { settles_within: Duration::from_millis(200), ..Pace::default() };
        rotate(h.server.database(), &sealer(), domain.parse().unwrap(), pace, h.clock.now()).await
    };
    for _ in 0..2 {
        assert!(matches!(impatient().await, Err(RewrapRefusal::Unsettled)));
        assert_eq!(versions(&h).await, [2, 2], "what can be seen is sealed anew nevertheless");
    }
    held.batch_execute("COMMIT").await.unwrap();
    assert_eq!(impatient().await.unwrap(), Rewrapped { version: 2, psks: 0, resumed: true });
    assert_eq!(h.count("SELECT count(*) FROM wrap_keys").await, 2);
    assert_eq!(impatient().await.unwrap(), Rewrapped { version: 3, psks: 2, resumed: false });
    edge(&agents[0], &agents[1]).await;
    h.stop().await;
}

#[tokio::test]
async fn the_command_rotates_beside_a_running_server_and_refuses_a_foreign_master_key() {
    let h = Harness::start().await;
    let (domain, agents) = mesh(&h, 3).await;
    let before = edge(&agents[0], &agents[1]).await;
    let command = |master_key: &str| {
        let mut command = program();
        command.args(["admin", "wrap-key", "rotate", "--domain", &domain]);
        command.env("PLEXSPHERE_DATABASE_URL", Cluster::url(&h.database)).env("PLEXSPHERE_MASTER_KEY", master_key);
        command
    };
    let refused = command("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").output().await.unwrap();
    assert!(!refused.status.success());
    assert_eq!(versions(&h).await, [1; 3]);
    let done = command(MASTER_KEY).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8_lossy(&done.stdout), "version 2\npsks    3\n");
    assert_eq!(versions(&h).await, [2; 3]);
    assert_eq!(edge(&agents[0], &agents[1]).await, before);
    h.stop().await;
}

#[tokio::test]
async fn a_command_that_is_killed_is_taken_up_by_the_next() {
    let h = Harness::start().await;
    let (domain, agents) = mesh(&h, 3).await;
    let before = edge(&agents[0], &agents[1]).await;
    let command = || {
        let mut command = program();
        command.args(["admin", "wrap-key", "rotate", "--domain", &domain]);
        command.env("PLEXSPHERE_DATABASE_URL", Cluster::url(&h.database)).env("PLEXSPHERE_MASTER_KEY", MASTER_KEY);
        command
    };
    let mut held = h.db().await;
    held.batch_execute("BEGIN; SELECT FROM pre_shared_keys FOR UPDATE").await.unwrap();
    let mut killed = command().spawn().unwrap();
    tokio::select! {
        ended = killed.wait() => panic!("it did not wait: {ended:?}"),
        () = h.until_held_up(1) => {}
    }
    killed.kill().await.unwrap();
    held.batch_execute("COMMIT").await.unwrap();
    assert_eq!(versions(&h).await, [1; 3]);
    assert_eq!(edge(&agents[0], &agents[1]).await, before);
    // Whoever issues a PSK in between does it under the new key.
    trigger(&h, &agents[2]).await.expect(200);
    assert_eq!(complete(&agents[2], &public_key()).await.expect(200)["wrap_key_version"], 2);
    let done = command().output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8_lossy(&done.stdout), "version 2\npsks    2\n");
    assert_eq!(versions(&h).await, [2; 3]);
    assert_eq!(edge(&agents[0], &agents[1]).await, before);
    h.stop().await;
}
