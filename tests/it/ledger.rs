//! Events on their way from the outbox into the log: numbered without gaps, signed, in the order of their causes, and
//! by one replica at a time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeDelta, Utc};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use plexsphere::clock::Clock;
use plexsphere::event_log::{EventLog, Next, Part, PgEventLog, Place, ReplayRefusal, Retention, Tail};
use plexsphere::ids::{DomainId, NodeId, SigningKeyId};
use plexsphere::outbox::{Message, TYPES, publish};
use plexsphere::signing::{Scope, SignatureVerifier};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Cluster, Harness, rows};

/// A seed for what is random, printed so that a failure can be had again: `PLEXSPHERE_TEST_SEED=...`.
pub fn seed() -> u64 {
    let asked = std::env::var("PLEXSPHERE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = asked.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0);
    eprintln!("PLEXSPHERE_TEST_SEED={seed}");
    seed
}

pub fn domain_scope(domain: &str) -> (DomainId, Scope) {
    let id: DomainId = domain.parse().unwrap();
    (id, Scope::Domain(id))
}

/// A small event of the Domain that carries `mark`.
pub fn message(domain: &str, mark: &str) -> Message {
    let (domain_id, scope) = domain_scope(domain);
    let event_type = "peer_deregistered".to_owned();
    Message { domain_id, scope, event_type, payload: json!({ "node_id": mark }), sign_with: None }
}

/// Every event of the log, in order: its number and its envelope. Panics unless the numbers have no gap, every line
/// verifies, and no id stands twice.
pub async fn verified_log(database: &str) -> Vec<(i64, Value)> {
    let mut verifier = SignatureVerifier::default();
    for key in
        rows(database, "SELECT key_id, domain_id, encode(public_key, 'base64') AS public_key FROM signing_keys").await
    {
        let id = |name: &str| key[name].as_str().unwrap().parse::<Uuid>().unwrap();
        let public_key = STANDARD.decode(key["public_key"].as_str().unwrap()).unwrap();
        verifier.trust(DomainId(id("domain_id")), SigningKeyId(id("key_id")), &public_key);
    }
    let log = rows(database, "SELECT * FROM event_log ORDER BY sequence").await;
    let head = rows(database, "SELECT last_sequence, first_sequence FROM event_log_head, event_log_oldest").await;
    let first = head[0]["first_sequence"].as_i64().unwrap();
    assert_eq!(head[0]["last_sequence"], first - 1 + log.len() as i64);
    let mut ids = std::collections::HashSet::new();
    log.into_iter()
        .enumerate()
        .map(|(n, row)| {
            let sequence = row["sequence"].as_i64().unwrap();
            assert_eq!(sequence, first + n as i64, "a gap");
            let domain = row["domain_id"].as_str().unwrap().parse::<DomainId>().unwrap();
            let line = verifier.verify(domain, row["line"].as_str().unwrap()).unwrap();
            assert_eq!(Value::from(line.envelope.id.to_string()), row["id"]);
            assert!(ids.insert(line.envelope.id), "an id twice");
            (sequence, serde_json::from_str(row["line"].as_str().unwrap()).unwrap())
        })
        .collect()
}

fn marks(log: &[(i64, Value)]) -> Vec<&str> {
    log.iter().map(|(_, event)| event["payload"]["node_id"].as_str().unwrap()).collect()
}

fn numbers(part: &Part) -> Vec<i64> {
    part.frames.iter().map(|frame| frame.sequence).collect()
}

/// What a reader of `scopes` that goes on after `after` gets from memory, and up to where that is all.
fn remembered(tail: &Tail, scopes: &[Scope], after: i64) -> Part {
    let mut place = Place { after, ..tail.here() };
    let mut frames = Vec::new();
    loop {
        match tail.next(scopes, place) {
            Next::Frame(frame) => {
                place.after = frame.sequence;
                frames.push(frame);
            }
            Next::UpTo(through) => return Part { frames, through },
            other => panic!("{other:?}"),
        }
    }
}

async fn publish_now(h: &Harness, messages: &[Message]) {
    publish(&mut h.db().await, messages, h.clock.now()).await.unwrap();
}

#[tokio::test]
async fn an_event_goes_from_its_cause_into_the_log_and_to_every_replica() {
    let h = Harness::start().await;
    let other = h.replica().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.relayed().await;
    assert_eq!(h.count("SELECT count(*) FROM outbox").await, 0);
    let log = verified_log(&h.database).await;
    let types: Vec<&str> = log.iter().map(|(_, event)| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["peer_registered", "peer_psk_assigned"]);
    let (first, event) = &log[0];
    assert_eq!((*first, &event["scope"]), (1, &json!(format!("domain:{domain}"))));
    assert_eq!(event["payload"]["node_id"], agent.node_id.as_str());
    assert_eq!(event["key_id"], agent.registered["signing_key_id"], "the key that registration told of");
    // The agent verifies with what it was given at registration.
    let mut verifier = SignatureVerifier::default();
    let (domain_id, scope) = domain_scope(&domain);
    let key = STANDARD.decode(agent.registered["signing_public_key"].as_str().unwrap()).unwrap();
    verifier.trust(domain_id, agent.registered["signing_key_id"].as_str().unwrap().parse().unwrap(), &key);

    other.task("event_tail").unwrap().step_now().await;
    let scopes = [scope, Scope::Node(agent.node_id.parse().unwrap())];
    let here = remembered(h.server.tail(), &scopes, 0);
    let there = remembered(other.tail(), &scopes, 0);
    assert_eq!((numbers(&here), here.through), (vec![1, 2], 2));
    for ((one, same), event_type) in here.frames.iter().zip(&there.frames).zip(types) {
        assert_eq!(one.bytes, same.bytes, "the same event has the same bytes everywhere");
        let frame = std::str::from_utf8(&one.bytes).unwrap();
        let expected = format!("id: {}\nevent: {}\ndata: ", one.sequence, event_type);
        let line = frame.strip_prefix(&expected).unwrap().strip_suffix("\n\n").unwrap();
        verifier.verify(domain_id, line).unwrap();
    }
    let after_one = remembered(h.server.tail(), &scopes, 1);
    assert_eq!((numbers(&after_one), after_one.through), (vec![2], 2));
    let strangers = [Scope::Operators(domain_id)];
    let nothing = remembered(h.server.tail(), &strangers, 0);
    assert_eq!((numbers(&nothing), nothing.through), (vec![], 2));
    other.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn every_type_can_be_published_and_comes_out_whole_and_in_order() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let (domain_id, _) = domain_scope(&domain);
    let node = NodeId(Uuid::now_v7());
    let messages: Vec<Message> = TYPES
        .iter()
        .map(|known| {
            let members = if known.members.is_empty() { &["free", "form"][..] } else { known.members };
            let payload = members.iter().enumerate().map(|(n, name)| ((*name).to_owned(), json!(format!("<{n}> é"))));
            Message {
                domain_id,
                scope: Scope::of(known.scope, if known.scope == "node" { node.0 } else { domain_id.0 }).unwrap(),
                event_type: known.name.to_owned(),
                payload: payload.collect(),
                sign_with: None,
            }
        })
        .collect();
    publish_now(&h, &messages).await;
    h.relayed().await;
    let log = verified_log(&h.database).await;
    assert_eq!(log.len(), 17);
    for (message, (_, event)) in messages.iter().zip(&log) {
        assert_eq!(event["type"], message.event_type.as_str());
        assert_eq!(event["scope"], message.scope.to_string());
        assert_eq!(event["payload"], message.payload);
    }
    // One that cannot be signed takes the others of its statement along, and is named.
    let mut bad = messages[0].clone();
    bad.payload["mesh_ip"] = json!("10.0.0.1\n");
    let refused = publish(&mut h.db().await, &[messages[0].clone(), bad], Utc::now()).await.unwrap_err();
    assert!(refused.to_string().contains("control character in mesh_ip"), "{refused}");
    assert_eq!(h.count("SELECT count(*) FROM outbox").await, 0);
    h.stop().await;
}

#[tokio::test]
async fn what_an_open_transaction_holds_back_is_not_stepped_over() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let mut held = h.db().await;
    held.batch_execute("BEGIN").await.unwrap();
    publish(&mut held, &[message(&domain, "held-1"), message(&domain, "held-2")], Utc::now()).await.unwrap();
    let mut lost = h.db().await;
    lost.batch_execute("BEGIN").await.unwrap();
    publish(&mut lost, &[message(&domain, "rolled back")], Utc::now()).await.unwrap();
    for n in 0..3 {
        publish_now(&h, &[message(&domain, &format!("early-{n}"))]).await;
        h.relayed().await;
    }
    assert_eq!(marks(&verified_log(&h.database).await), ["early-0", "early-1", "early-2"]);
    held.batch_execute("COMMIT").await.unwrap();
    lost.batch_execute("ROLLBACK").await.unwrap();
    h.relayed().await;
    let log = verified_log(&h.database).await;
    assert_eq!(marks(&log), ["early-0", "early-1", "early-2", "held-1", "held-2"]);
    assert_eq!(remembered(h.server.tail(), &[domain_scope(&domain).1], 0).frames.len(), 5);
    h.stop().await;
}

#[tokio::test]
async fn a_row_that_cannot_be_signed_is_set_aside_and_holds_nobody_up() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    publish_now(&h, &[message(&domain, "before")]).await;
    let nowhere = Uuid::now_v7();
    let insert = |kind: &str, scope: &str, domain: &str, event_type: &str, payload: &str, key: &str| {
        format!(
            "INSERT INTO outbox (scope_kind, scope_id, domain_id, event_type, payload, created_at, signing_key_id) \
             VALUES ('{kind}', '{scope}', '{domain}', '{event_type}', '{payload}', now(), {key});"
        )
    };
    let stranger = format!("'{nowhere}'");
    let gone = nowhere.to_string();
    let cases = [
        (insert("domain", &gone, &gone, "session_setup", "{}", "NULL"), "is for node"),
        (insert("node", &gone, &gone, "session_setup", "{}", "NULL"), "no signing key"),
        (insert("node", &gone, &domain, "session_setup", "{}", &stranger), "no signing key"),
        (insert("node", &gone, &domain, "session_setup", r#"{"a":"x\ty"}"#, "NULL"), "control character in a"),
        (insert("node", &gone, &domain, "session_setup", r#"{"a":1.5}"#, "NULL"), "whole number"),
        (insert("node", &gone, &domain, "made_up", "{}", "NULL"), "no event type"),
        (insert("domain", &gone, &domain, "peer_deregistered", r#"{"node_id":""}"#, "NULL"), "not for domain"),
    ];
    for (sql, _) in &cases {
        h.sql(sql).await;
    }
    publish_now(&h, &[message(&domain, "after")]).await;
    h.relayed().await;
    assert_eq!(marks(&verified_log(&h.database).await), ["before", "after"]);
    let dead = h.rows("SELECT reason, payload FROM outbox_dead_letters ORDER BY position").await;
    assert_eq!(dead.len(), cases.len());
    for ((_, expected), row) in cases.iter().zip(&dead) {
        assert!(row["reason"].as_str().unwrap().contains(expected), "{row} should say {expected}");
    }
    let metrics = h.metrics().await;
    assert!(metrics.contains(&format!("plexsphere_outbox_dead_letters_total {}\n", cases.len())), "{metrics}");
    h.stop().await;
}

#[tokio::test]
async fn a_replica_whose_lease_went_to_another_appends_nothing() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    h.relayed().await;
    publish_now(&h, &[message(&domain, "first")]).await;
    h.relayed().await;
    // It was paused, and does not know yet.
    let steal =
        "UPDATE leases SET holder = gen_random_uuid(), epoch = epoch + 1, expires_at = 'infinity' WHERE name = 'relay'";
    h.sql(steal).await;
    publish_now(&h, &[message(&domain, "second")]).await;
    h.step("relay").await;
    h.step("relay").await;
    assert_eq!(marks(&verified_log(&h.database).await), ["first"]);
    assert_eq!(h.count("SELECT count(*) FROM outbox").await, 1);
    h.relayed().await;
    assert_eq!(marks(&verified_log(&h.database).await), ["first", "second"]);
    h.stop().await;
}

#[tokio::test]
async fn one_cause_makes_each_of_its_events_once() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let web = h.enrol(&project, "web-1").await;
    let db = h.enrol(&project, "db-1").await;
    h.relayed().await;
    let mut seen = verified_log(&h.database).await.len();
    assert_eq!(seen, 4, "two events for each enrolment");
    let checksum = STANDARD.encode([7; 32]);
    let manifest = json!({ "binary_version": "1.0.0", "binary_checksum": checksum });
    let violation = json!({
        "kind": "binary_checksum", "detected_by": "inotify", "artifact_id": "agent", "observed_checksum": checksum,
    });
    let violations = json!({ "violations": [violation, violation] });
    for (cause, expected) in [
        ("heartbeat", vec!["node_reachability_changed"]),
        ("heartbeat", vec![]),
        ("manifest", vec!["node_capabilities_updated"]),
        ("manifest", vec![]),
        ("violations", vec!["integrity_alert"]),
        ("endpoint", vec!["peer_endpoint_changed"]),
        ("endpoint", vec![]),
        ("drain", vec!["peer_deregistered"]),
        ("drain", vec![]),
        ("undrain", vec!["peer_registered", "peer_psk_assigned"]),
        ("undrain", vec![]),
        ("state entry", vec!["node_state_updated"]),
        ("own report", vec![]),
        ("silence", vec!["node_reachability_changed"]),
        ("deregister", vec!["peer_deregistered"]),
        ("deregister", vec![]),
    ] {
        match cause {
            "heartbeat" => drop(web.heartbeat(h.clock.now()).await.expect(200)),
            "manifest" => {
                drop(web.client.send_json(http::Method::PUT, &web.path("capabilities"), &manifest).await.expect(200))
            }
            "violations" => drop(web.client.post(&web.path("integrity-violations"), &violations).await.expect(202)),
            "endpoint" => {
                let now = h.clock.now().to_rfc3339();
                let report = json!({ "endpoint": "192.0.2.7:51820", "nat_type": "full_cone", "reported_at": now });
                web.client.send_json(http::Method::PUT, &web.path("endpoint"), &report).await.expect(200);
            }
            "drain" | "undrain" => drop(h.admin.post_empty(&web.path(cause)).await.expect(204)),
            "state entry" => {
                let path = web.path("state/metadata/role");
                h.admin.send_json(http::Method::PUT, &path, &json!({ "value": "edge" })).await;
            }
            "own report" => {
                let path = web.path("state/reports/kernel");
                web.client.send_json(http::Method::PUT, &path, &json!({ "value": "6.1" })).await;
            }
            "silence" => h.pass(100).await,
            "deregister" => drop(h.admin.post_empty(&db.path("deregister")).await.expect(204)),
            other => unreachable!("{other}"),
        }
        h.relayed().await;
        let log = verified_log(&h.database).await;
        let types: Vec<&str> = log[seen..].iter().map(|(_, event)| event["type"].as_str().unwrap()).collect();
        assert_eq!(types, expected, "{cause}");
        seen = log.len();
    }
    h.stop().await;
}

#[tokio::test]
async fn retention_takes_the_oldest_by_age_and_by_count_and_says_so() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let scopes = [domain_scope(&domain).1];
    for age in 0..6 {
        publish_now(&h, &[message(&domain, &format!("{age}-a")), message(&domain, &format!("{age}-b"))]).await;
        h.relayed().await;
        h.clock.advance(TimeDelta::seconds(100));
    }
    let log = PgEventLog::new(h.server.database().clone());
    let prune = async |age: i64, count: i64| {
        log.prune(Retention { age: TimeDelta::seconds(age), count }, h.clock.now()).await.unwrap()
    };
    assert_eq!(prune(10_000, 100).await, 0);
    assert_eq!(prune(10_000, 10).await, 2);
    assert_eq!(prune(400, 100).await, 2, "those of 600 and 500 s ago are gone, that of 400 s stays");
    assert_eq!(marks(&verified_log(&h.database).await).len(), 8);
    let bounds = log.bounds().await.unwrap();
    assert_eq!((bounds.oldest, bounds.head), (5, 12));
    // This replica has them in memory still; one that starts now has not.
    let late = h.replica().await;
    assert_eq!(numbers(&late.tail().from_log(Some(&scopes), 4, 2).await.unwrap()), [5, 6]);
    for (after, oldest) in [(3, 5), (13, 5)] {
        match late.tail().from_log(Some(&scopes), after, 10).await {
            Err(ReplayRefusal::OutOfBounds(bounds)) => assert_eq!((bounds.oldest, bounds.head), (oldest, 12)),
            other => panic!("{after}: {other:?}"),
        }
    }
    assert_eq!(prune(0, 0).await, 8);
    let bounds = log.bounds().await.unwrap();
    assert_eq!((bounds.oldest, bounds.head), (13, 12));
    // Numbers go on where they were.
    publish_now(&h, &[message(&domain, "next")]).await;
    h.relayed().await;
    assert_eq!(verified_log(&h.database).await[0].0, 13);
    late.task("event_tail").unwrap().step_now().await;
    assert_eq!(numbers(&remembered(late.tail(), &scopes, 12)), [13]);
    late.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

/// A tail of its own over the harness's log.
async fn fresh_tail(h: &Harness) -> Arc<Tail> {
    let database = h.server.database().clone();
    let metrics = Arc::new(plexsphere::telemetry::Metrics::new());
    let tail = Arc::new(Tail::new(Arc::new(PgEventLog::new(database.clone())), Arc::new(database), metrics));
    tail.warm().await.unwrap();
    tail
}

#[tokio::test]
async fn a_replica_that_starts_has_in_memory_what_a_fleet_comes_back_for() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let messages: Vec<Message> = (0..3000).map(|n| message(&domain, &n.to_string())).collect();
    publish_now(&h, &messages).await;
    h.relayed().await;
    let tail = fresh_tail(&h).await;
    assert_eq!(remembered(&tail, &[domain_scope(&domain).1], 0).frames.len(), 3000);
    h.stop().await;
}

#[tokio::test]
async fn what_does_not_verify_is_never_handed_out_and_holds_nobody_up() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let other = h.domain("other", "10.30.0.0/16").await;
    let scope = domain_scope(&domain).1;
    let messages: Vec<Message> = (0..8).map(|n| message(&domain, &format!("n{n}"))).collect();
    publish_now(&h, &messages).await;
    publish_now(&h, &[message(&other, "theirs")]).await;
    h.relayed().await;
    h.sql(
        "UPDATE event_log SET line = replace(line, 'n1', 'n9') WHERE sequence = 2; \
         UPDATE event_log SET line = (SELECT line FROM event_log WHERE sequence = 1) WHERE sequence = 3; \
         UPDATE event_log SET scope_kind = 'operators' WHERE sequence = 4; \
         UPDATE event_log SET line = 'nonsense' WHERE sequence = 5",
    )
    .await;
    // A line of another Domain's key.
    h.sql(&format!("UPDATE event_log SET domain_id = '{other}' WHERE sequence = 6")).await;
    let tail = fresh_tail(&h).await;
    let part = remembered(&tail, &[scope, Scope::Operators(scope_id(&scope))], 0);
    assert_eq!((numbers(&part), part.through), (vec![1, 7, 8], 9));
    let part = tail.from_log(None, 0, 100).await.unwrap();
    assert_eq!(numbers(&part), [1, 7, 8, 9], "from the log as well");
    h.stop().await;
}

fn scope_id(scope: &Scope) -> DomainId {
    DomainId(scope.id())
}

#[tokio::test]
async fn an_id_at_another_number_is_not_handed_out_again() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    publish_now(&h, &[message(&domain, "one"), message(&domain, "two")]).await;
    h.relayed().await;
    // The log itself keeps ids apart.
    let mut conn = h.db().await;
    let twice = "INSERT INTO event_log SELECT 3, id, scope_kind, scope_id, domain_id, event_type, line, appended_at \
                 FROM event_log WHERE sequence = 1";
    let refused = conn.batch_execute(twice).await.unwrap_err().to_string();
    assert!(refused.contains("event_log_id_key"), "{refused}");
    // One that does not, such as a log whose window for ids is over, would be seen through.
    h.sql("ALTER TABLE event_log DROP CONSTRAINT event_log_id_key").await;
    conn.batch_execute(twice).await.unwrap();
    h.sql("UPDATE event_log_head SET last_sequence = 3").await;
    h.step("event_tail").await;
    let part = remembered(h.server.tail(), &[domain_scope(&domain).1], 0);
    assert_eq!((numbers(&part), part.through), (vec![1, 2], 3));
    h.stop().await;
}

#[tokio::test]
async fn a_log_that_was_restored_is_followed_from_its_new_end() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    publish_now(&h, &(0..5).map(|n| message(&domain, &format!("n{n}"))).collect::<Vec<_>>()).await;
    h.relayed().await;
    h.sql("DELETE FROM event_log WHERE sequence > 2; UPDATE event_log_head SET last_sequence = 2").await;
    h.step("event_tail").await;
    assert_eq!(*h.server.tail().position().borrow(), 2);
    let scopes = [domain_scope(&domain).1];
    assert!(matches!(h.server.tail().from_log(Some(&scopes), 5, 10).await, Err(ReplayRefusal::OutOfBounds(_))));
    // The relay finds out, too: its first batch does not fit, the next one does.
    publish_now(&h, &[message(&domain, "after")]).await;
    h.relayed().await;
    assert_eq!(marks(&verified_log(&h.database).await), ["n0", "n1", "after"]);
    assert_eq!(numbers(&remembered(h.server.tail(), &scopes, 2)), [3]);
    h.stop().await;
}

/// What a transaction of the model has done so far.
struct Open {
    conn: AsyncPgConnection,
    number: usize,
    events: usize,
    /// Those that were committed before it wrote its last events: theirs come before these.
    after: usize,
}

#[tokio::test]
async fn whatever_commits_in_whatever_order_under_whatever_leader_is_in_the_log_once_and_in_order() {
    let seed = seed();
    let mut random = StdRng::seed_from_u64(seed);
    let h = Harness::start().await;
    let other = h.replica().await;
    let (domain, _) = h.lab().await;
    Cluster::get().await.let_relay(&h.database).await;
    let mut open: Vec<Open> = Vec::new();
    let mut committed: Vec<(usize, usize)> = Vec::new();
    // For each event: how many transactions had been committed when it was written.
    let mut causes: HashMap<String, usize> = HashMap::new();
    let mut begun = 0;
    for _ in 0..400 {
        match random.random_range(0..12) {
            0..=2 if open.len() < 8 => {
                let mut conn = h.db().await;
                conn.batch_execute("BEGIN").await.unwrap();
                open.push(Open { conn, number: begun, events: 0, after: committed.len() });
                begun += 1;
            }
            3..=5 if !open.is_empty() => {
                let at = random.random_range(0..open.len());
                let tx = &mut open[at];
                tx.after = committed.len();
                let written = random.random_range(1..4);
                let messages: Vec<Message> = (tx.events..tx.events + written)
                    .map(|event| {
                        let mark = format!("{}.{event}", tx.number);
                        causes.insert(mark.clone(), tx.after);
                        message(&domain, &mark)
                    })
                    .collect();
                tx.events += written;
                publish(&mut tx.conn, &messages, Utc::now()).await.unwrap();
            }
            6..=7 if !open.is_empty() => {
                let mut tx = open.swap_remove(random.random_range(0..open.len()));
                tx.conn.batch_execute("COMMIT").await.unwrap();
                committed.push((tx.number, tx.events));
            }
            8 if !open.is_empty() => {
                let mut tx = open.swap_remove(random.random_range(0..open.len()));
                tx.conn.batch_execute("ROLLBACK").await.unwrap();
            }
            9 => h.sql("UPDATE leases SET expires_at = now() WHERE name = 'relay'").await,
            10 => {
                // A leader's connection goes in whatever it is doing.
                h.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                     AND query LIKE '%event_log%' AND pid <> pg_backend_pid()",
                )
                .await;
            }
            _ => {
                let server = if random.random() { &h.server } else { &other };
                server.task("relay").unwrap().poke();
                tokio::task::yield_now().await;
            }
        }
    }
    for mut tx in open {
        tx.conn.batch_execute("COMMIT").await.unwrap();
        committed.push((tx.number, tx.events));
    }
    h.relayed().await;
    let log = verified_log(&h.database).await;
    let places: BTreeMap<&str, usize> = marks(&log).into_iter().enumerate().map(|(at, mark)| (mark, at)).collect();
    let expected: usize = committed.iter().map(|(_, events)| events).sum();
    assert_eq!((places.len(), log.len()), (expected, expected), "complete, and nothing twice");
    for (number, events) in &committed {
        let of_tx: Vec<usize> = (0..*events).map(|event| places[format!("{number}.{event}").as_str()]).collect();
        assert!(of_tx.is_sorted(), "the order inside of a transaction");
    }
    // What was committed before an event was written stands before it.
    let last_of = |(number, events): &(usize, usize)| {
        events.checked_sub(1).map(|last| places[format!("{number}.{last}").as_str()])
    };
    let mut latest = Vec::new();
    let mut so_far = None;
    for one in &committed {
        so_far = so_far.max(last_of(one));
        latest.push(so_far);
    }
    for (mark, at) in &places {
        let before = causes[*mark].checked_sub(1).and_then(|n| latest[n]);
        assert!(before < Some(*at), "{mark} stands before its causes");
    }
    other.stop(Duration::from_secs(5)).await;
    h.stop().await;
}
