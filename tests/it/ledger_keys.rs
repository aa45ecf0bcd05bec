//! Rotating a Domain's signing key: agents know the key of whatever they read, in the order in which they read it; and
//! the commands that look at the log and rotate.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use plexsphere::clock::Clock;
use plexsphere::ids::SigningKeyId;
use plexsphere::outbox::publish;
use plexsphere::signing::SignatureVerifier;
use plexsphere::tenancy::signing_keys::{Rotation, RotationRefusal, rotate};
use serde_json::Value;
use uuid::Uuid;

use crate::harness::{Cluster, Harness, MASTER_KEY, rows, sealer};
use crate::ledger::{domain_scope, message, verified_log};
use crate::processes::{output, program, text};

async fn turn(h: &Harness, domain: &str, again: bool) -> Rotation {
    let (domain_id, _) = domain_scope(domain);
    let transition = TimeDelta::seconds(600);
    rotate(h.server.database(), &sealer(), domain_id, transition, again, h.clock.now()).await.unwrap()
}

/// Reads the log as an agent does that knows one key and learns of others from events only. Returns for each event the
/// key that signed it.
fn followed(log: &[(i64, Value)], lines: &[String], domain: &str, first: (SigningKeyId, Vec<u8>)) -> Vec<SigningKeyId> {
    let (domain_id, _) = domain_scope(domain);
    let mut verifier = SignatureVerifier::default();
    verifier.trust(domain_id, first.0, &first.1);
    let mut current = first.0;
    log.iter()
        .zip(lines)
        .map(|((number, event), line)| {
            let read = verifier.verify(domain_id, line).unwrap_or_else(|error| panic!("{number}: {error}"));
            assert_eq!(read.envelope.key_id, current, "{number}: only the key of the moment signs");
            if event["type"] == "signing_key_rotated" {
                let payload = &event["payload"];
                assert_eq!(payload["previous_key_id"], current.to_string());
                let key_id: SigningKeyId = payload["key_id"].as_str().unwrap().parse().unwrap();
                verifier.trust(domain_id, key_id, &STANDARD.decode(payload["public_key"].as_str().unwrap()).unwrap());
                current = key_id;
            }
            read.envelope.key_id
        })
        .collect()
}

async fn lines(h: &Harness) -> Vec<String> {
    let rows = h.rows("SELECT line FROM event_log ORDER BY sequence").await;
    rows.into_iter().map(|row| row["line"].as_str().unwrap().to_owned()).collect()
}

async fn active(h: &Harness) -> (SigningKeyId, Vec<u8>) {
    let row =
        &h.rows("SELECT key_id, encode(public_key, 'base64') AS key FROM signing_keys WHERE state = 'active'").await[0];
    (row["key_id"].as_str().unwrap().parse().unwrap(), STANDARD.decode(row["key"].as_str().unwrap()).unwrap())
}

async fn states(h: &Harness) -> HashMap<String, String> {
    let rows = h.rows("SELECT key_id, state FROM signing_keys").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(&row["key_id"]), text(&row["state"]))).collect()
}

#[tokio::test]
async fn an_agent_that_follows_the_log_always_knows_the_key() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let first = active(&h).await;
    let version = "SELECT mesh_version FROM domains";
    let before = h.count(version).await;
    let publish_now =
        async |mark: &str| publish(&mut h.db().await, &[message(&domain, mark)], Utc::now()).await.unwrap();
    // Two rotations while the relay stands still, with events before, between and after; and one that was written
    // before the first rotation and committed after the last.
    let mut held = h.db().await;
    publish_now("before").await;
    held.batch_execute("BEGIN").await.unwrap();
    publish(&mut held, &[message(&domain, "held")], Utc::now()).await.unwrap();
    let one = turn(&h, &domain, false).await;
    publish_now("between").await;
    let two = turn(&h, &domain, true).await;
    publish_now("after").await;
    h.relayed().await;
    held.batch_execute("COMMIT").await.unwrap();
    h.relayed().await;
    let three = turn(&h, &domain, true).await;
    publish_now("last").await;
    h.relayed().await;
    let log = verified_log(&h.database).await;
    let keys = followed(&log, &lines(&h).await, &domain, first.clone());
    assert_eq!(one.previous_key_id, first.0);
    let expected = [first.0, first.0, one.key_id, one.key_id, two.key_id, two.key_id, two.key_id, three.key_id];
    assert_eq!(keys, expected);
    assert_eq!(h.count(version).await, before + 3, "what peers pull is another");
    assert_eq!(h.count("SELECT count(*) FROM audit_entries WHERE action = 'signing_key.rotate'").await, 3);
    h.stop().await;
}

#[tokio::test]
async fn a_batch_that_ends_before_the_news_is_signed_by_the_outgoing_key() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let first = active(&h).await;
    // More than the relay takes at once lie before the rotation.
    let many: Vec<_> = (0..1500).map(|n| message(&domain, &format!("n{n}"))).collect();
    publish(&mut h.db().await, &many, Utc::now()).await.unwrap();
    let rotation = turn(&h, &domain, false).await;
    publish(&mut h.db().await, &[message(&domain, "after")], Utc::now()).await.unwrap();
    h.relayed().await;
    let log = verified_log(&h.database).await;
    let keys = followed(&log, &lines(&h).await, &domain, first.clone());
    assert_eq!(keys.iter().filter(|key| **key == first.0).count(), 1501);
    assert_eq!((keys.len(), keys[1501]), (1502, rotation.key_id));
    h.stop().await;
}

#[tokio::test]
async fn a_rotation_in_transition_is_found_again_and_over_in_time() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let first = active(&h).await.0;
    let rotation = turn(&h, &domain, false).await;
    assert!(!rotation.under_way);
    assert_eq!(turn(&h, &domain, false).await, Rotation { under_way: true, ..rotation.clone() });
    let expect = async |of_first: &str, of_second: &str| {
        let states = states(&h).await;
        assert_eq!(states[&first.to_string()], of_first);
        assert_eq!(states[&rotation.key_id.to_string()], of_second);
    };
    expect("rotating", "active").await;
    // It has something to sign still: its own farewell.
    h.clock.advance(TimeDelta::seconds(601));
    h.step("housekeeping").await;
    expect("rotating", "active").await;
    h.relayed().await;
    h.step("housekeeping").await;
    expect("retired", "active").await;
    // What it signed verifies for good.
    assert_eq!(verified_log(&h.database).await.len(), 1);
    let next = turn(&h, &domain, false).await;
    assert!(!next.under_way);
    assert_eq!(next.previous_key_id, rotation.key_id);
    h.stop().await;
}

#[tokio::test]
async fn rotations_at_once_make_one_and_a_domain_that_is_not_there_none() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let both = tokio::join!(turn(&h, &domain, false), turn(&h, &domain, false), turn(&h, &domain, false));
    let all = [both.0, both.1, both.2];
    assert_eq!(all.iter().filter(|rotation| !rotation.under_way).count(), 1);
    assert!(all.iter().all(|rotation| rotation.key_id == all[0].key_id));
    assert_eq!(h.count("SELECT count(*) FROM signing_keys").await, 2);
    let nowhere = plexsphere::ids::DomainId(Uuid::now_v7());
    let refused = rotate(h.server.database(), &sealer(), nowhere, TimeDelta::zero(), false, Utc::now()).await;
    assert!(matches!(refused, Err(RotationRefusal::NoDomain(_))));
    let (domain_id, _) = domain_scope(&domain);
    let refused = rotate(h.server.database(), &sealer(), domain_id, TimeDelta::days(91), false, Utc::now()).await;
    assert!(matches!(refused, Err(RotationRefusal::Transition)));
    h.stop().await;
}

#[tokio::test]
async fn the_commands_rotate_and_show_the_log_with_its_verification() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let run = async |arguments: &[&str]| {
        let mut command = program();
        command.args(arguments).env("PLEXSPHERE_DATABASE_URL", Cluster::url(&h.database));
        output(command.env("PLEXSPHERE_MASTER_KEY", MASTER_KEY)).await
    };
    let rotate = ["admin", "signing-key", "rotate", "--domain", &domain];
    let rotated = run(&rotate).await;
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    let again = run(&rotate).await;
    assert!(again.status.success() && text(&again.stderr).contains("already"));
    assert_eq!(text(&again.stdout), text(&rotated.stdout), "the same rotation");
    assert!(text(&rotated.stdout).contains(&active(&h).await.0.to_string()));
    h.relayed().await;

    let of_domain = run(&["admin", "events", "inspect", "--domain", &domain]).await;
    assert!(of_domain.status.success(), "{}", text(&of_domain.stderr));
    let said = text(&of_domain.stdout);
    let starts: Vec<String> =
        said.lines().map(|line| line.splitn(4, ' ').take(3).collect::<Vec<_>>().join(" ")).collect();
    let expected = ["1 peer_registered verified", "2 peer_psk_assigned verified", "3 signing_key_rotated verified"];
    assert_eq!(starts, expected);
    let of_node = run(&["admin", "events", "inspect", "--node", &agent.node_id, "--after", "1", "--limit", "1"]).await;
    assert!(text(&of_node.stdout).starts_with("2 peer_psk_assigned verified {\"id\":"), "{}", text(&of_node.stderr));
    let followed = run(&["admin", "events", "tail", "--node", &agent.node_id, "--after", "0", "--limit", "3"]).await;
    assert_eq!(text(&followed.stdout), said);

    h.sql("UPDATE event_log SET line = replace(line, 'peer_registered', 'peer_retired') WHERE sequence = 1").await;
    let forged = run(&["admin", "events", "inspect", "--domain", &domain]).await;
    assert!(!forged.status.success());
    assert!(
        text(&forged.stdout).starts_with("1 peer_registered NOT VERIFIED (the signature"),
        "{}",
        text(&forged.stdout)
    );
    assert!(text(&forged.stdout).contains("\n2 peer_psk_assigned verified"));
    for refused in [
        vec!["admin", "events", "inspect"],
        vec!["admin", "events", "inspect", "--node", "019ab5c2-0d6e-7a4e-9f6b-0e02b2c3d479"],
        vec!["admin", "signing-key", "rotate", "--domain", "019ab5c2-0d6e-7a4e-9f6b-0e02b2c3d479"],
    ] {
        assert!(!run(&refused).await.status.success(), "{refused:?}");
    }
    assert!(rows(&h.database, "SELECT FROM outbox").await.is_empty());
    h.stop().await;
}
