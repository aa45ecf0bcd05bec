//! Relations beside a real SpiceDB: the graph answers what SpiceDB answers, and a server that asks SpiceDB decides as
//! one that asks the graph.

use std::sync::Arc;
use std::time::Duration;

use plexsphere::access::ObjectType;
use plexsphere::access::rebac::{Graph, Holder, Kind, Relationship, Schema, Thing};
use plexsphere::access::spicedb::{Answer, AsOf, ClientError, Operation, Question, SpiceDb};
use plexsphere::tls::client_config;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::spicedb::{KEY, SpiceDbProcess};
use crate::harness::{Cluster, Harness};

const TUPLES: &str = "/v1/authz/relation-tuples";

fn thing(kind: Kind, id: u128) -> Thing {
    match kind {
        Kind::Platform => Thing::PLATFORM,
        kind => Thing { kind, id: Uuid::from_u128(0x1_0000 * (kind as u128 + 1) + id) },
    }
}

/// A few of each kind: so that tuples meet.
const COUNTS: [(Kind, u128); 7] = [
    (Kind::Platform, 1),
    (Kind::Domain, 2),
    (Kind::Project, 3),
    (Kind::Group, 5),
    (Kind::Node, 4),
    (Kind::User, 4),
    (Kind::Service, 1),
];
/// What lies below what.
const ABOVE: [(Kind, &str, Kind); 5] = [
    (Kind::Domain, "platform", Kind::Platform),
    (Kind::Project, "domain", Kind::Domain),
    (Kind::Group, "domain", Kind::Domain),
    (Kind::Node, "project", Kind::Project),
    (Kind::Node, "domain", Kind::Domain),
];
const OBJECTS: [ObjectType; 5] =
    [ObjectType::Platform, ObjectType::Domain, ObjectType::Project, ObjectType::Group, ObjectType::Node];
const PERMISSIONS: [(Kind, &[&str]); 5] = [
    (Kind::Platform, &["admin"]),
    (Kind::Domain, &["manage", "domain_view", "audit", "viewer"]),
    (Kind::Project, &["manage", "read"]),
    (Kind::Group, &["manage", "member"]),
    (Kind::Node, &["node_operate", "node_agent", "read"]),
];

fn any(rng: &mut StdRng, kind: Kind) -> Thing {
    let (_, count) = COUNTS.into_iter().find(|(known, _)| *known == kind).unwrap();
    thing(kind, rng.random_range(0..count))
}

fn random_tuple(rng: &mut StdRng, schema: &Schema, circles: bool) -> Relationship {
    if rng.random_bool(0.4) {
        let (below, relation, above) = ABOVE[rng.random_range(0..ABOVE.len())];
        let subject = Holder { thing: any(rng, above), members: false };
        return Relationship { object: any(rng, below), relation: relation.to_owned(), subject };
    }
    let kind = OBJECTS[rng.random_range(0..OBJECTS.len())];
    let grants = schema.grants(kind);
    let relation = grants[rng.random_range(0..grants.len())].clone();
    let object = any(rng, kind.into());
    let subject = [Kind::User, Kind::User, Kind::Service, Kind::Node, Kind::Group, Kind::Group][rng.random_range(0..6)];
    let mut subject = Holder { thing: any(rng, subject), members: subject == Kind::Group };
    if kind == ObjectType::Group && subject.members && !circles && subject.thing.id >= object.id {
        // Nobody is in a group that is in it.
        subject = Holder { thing: any(rng, Kind::User), members: false };
    }
    Relationship { object, relation, subject }
}

#[tokio::test]
async fn the_graph_answers_what_spicedb_answers() {
    let process = SpiceDbProcess::start().await;
    let spicedb = SpiceDb::new(&process.url, KEY, client_config).unwrap();
    let seed: u64 =
        std::env::var("PLEXSPHERE_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    eprintln!("PLEXSPHERE_TEST_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let schema = Schema::load().unwrap();
    let (mut asked, mut allowed, mut unanswered) = (0, 0, 0);
    for round in 0..24 {
        // What SpiceDB gives up on, it takes its time for.
        let circles = round % 8 == 7;
        let mut tuples: Vec<Relationship> = Vec::new();
        for _ in 0..rng.random_range(5..60) {
            let tuple = random_tuple(&mut rng, &schema, circles);
            if !tuples.contains(&tuple) {
                tuples.push(tuple);
            }
        }
        // Some are taken away again.
        let gone = tuples.split_off(tuples.len() - tuples.len() / 5);
        spicedb.clear("nothing").await.unwrap();
        let all: Vec<_> = tuples.iter().chain(&gone).map(|tuple| (Operation::Touch, tuple.clone())).collect();
        spicedb.write(Some("nothing"), "first", &all).await.unwrap();
        let away: Vec<_> = gone.iter().map(|tuple| (Operation::Delete, tuple.clone())).collect();
        let token = spicedb.write(Some("first"), "second", &away).await.unwrap();
        let mut graph = Graph::default();
        tuples.iter().chain(&gone).for_each(|tuple| graph.add(&schema, tuple));
        gone.iter().for_each(|tuple| graph.remove(&schema, tuple));

        let mut questions = Vec::new();
        for (kind, permissions) in PERMISSIONS {
            for permission in permissions {
                let (_, count) = COUNTS.into_iter().find(|(known, _)| *known == kind).unwrap();
                // One that no tuple can name is asked about as well.
                for object in (0..=count).map(|id| thing(kind, id)) {
                    for (kind, count) in &COUNTS[3..] {
                        for id in 0..*count {
                            let subject = Holder { thing: thing(*kind, id), members: *kind == Kind::Group };
                            questions.push(Question { object, permission: (*permission).to_owned(), subject });
                        }
                    }
                }
            }
        }
        if circles {
            questions.retain(|_| rng.random_bool(0.1));
        }
        let asking: Vec<&Question> = questions.iter().collect();
        let as_of = AsOf { token, ..AsOf::default() };
        let mut answers = Vec::new();
        for some in asking.chunks(500) {
            answers.extend(spicedb.each(&as_of, some).await.unwrap());
        }
        for (question, answer) in questions.iter().zip(answers) {
            let name = schema.name(&question.permission).unwrap();
            let ours = graph.holds(&schema, question.subject, name, question.object);
            match answer {
                Answer::Yes | Answer::No => {
                    assert_eq!(ours, answer == Answer::Yes, "round {round}: {question:?} over {tuples:#?}")
                }
                Answer::GaveUp => unanswered += 1,
                Answer::Unknown => panic!("{question:?}"),
            }
            asked += 1;
            allowed += usize::from(ours);
        }
    }
    eprintln!("{asked} questions, {allowed} yes, {unanswered} that SpiceDB gave up on");
    assert!(asked > 5_000 && allowed > asked / 50 && unanswered < asked / 50);
}

#[tokio::test]
async fn a_write_that_was_overtaken_is_refused() {
    let process = SpiceDbProcess::start_with(true).await;
    let trusting = || {
        let ca = CertificateDer::from_pem_file(&Cluster::certificates().ca_file).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(ca).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Ok(config.with_root_certificates(roots).with_no_client_auth())
    };
    let spicedb = SpiceDb::new(&process.url, KEY, trusting).unwrap();
    spicedb.clear("a").await.unwrap();
    let grant = Relationship {
        object: thing(Kind::Domain, 0),
        relation: "admin".to_owned(),
        subject: Holder { thing: thing(Kind::User, 0), members: false },
    };
    spicedb.write(Some("a"), "b", &[(Operation::Touch, grant.clone())]).await.unwrap();
    let token = spicedb.write(Some("b"), "c", &[(Operation::Delete, grant.clone())]).await.unwrap();
    // They were on their way for long.
    for after in [Some("a"), None] {
        let late = spicedb.write(after, "d", &[(Operation::Touch, grant.clone())]).await;
        assert!(matches!(late, Err(ClientError::Overtaken)), "{late:?}");
    }
    let question = Question { object: grant.object, permission: "manage".to_owned(), subject: grant.subject };
    let mut as_of = AsOf { token, load: String::new() };
    assert_eq!(spicedb.check(&as_of, &[&question]).await.unwrap(), [false]);
    // What is not there as a whole answers nothing.
    as_of.token = spicedb.complete("c", "d", "one").await.unwrap();
    for (load, whole) in [("one", true), ("another", false)] {
        as_of.load = load.to_owned();
        match spicedb.check(&as_of, &[&question]).await {
            Ok(answers) => assert!(whole && answers == [false]),
            Err(error) => assert!(!whole && matches!(error, ClientError::NotWhole), "{error}"),
        }
    }
    // With another key nothing is told, and over another certificate nothing is said.
    let stranger = SpiceDb::new(&process.url, "another", trusting).unwrap();
    let refused = stranger.check(&AsOf::default(), &[&question]).await;
    assert!(matches!(refused, Err(ClientError::Refused { code: 16, .. })), "{refused:?}");
    let calls = process.calls().await;
    let distrusting = SpiceDb::new(&process.url, KEY, client_config).unwrap();
    assert!(matches!(distrusting.check(&AsOf::default(), &[&question]).await, Err(ClientError::Unreachable(_))));
    assert_eq!(process.calls().await, calls);
}

fn tuple(object: &str, relation: &str, subject: &str) -> Value {
    json!({ "object": object, "relation": relation, "subject": subject })
}

#[tokio::test]
async fn a_server_that_asks_spicedb_decides_the_same() {
    let process = SpiceDbProcess::start().await;
    let h = Harness::start_with(|settings| process.settings(settings), |_| {}).await;
    let (domain, project) = h.lab().await;
    let other = h.domain("other", "10.30.0.0/16").await;
    let agent = h.enrol(&project, "web-1").await;
    let subject = format!("user:{}", Uuid::now_v7());
    let client = h.client_of(&subject).await;
    let path = format!("/v1/nodes/{}", agent.node_id);
    client.get(&path).await.refused(403, "insufficient_relation");
    let group = format!("group:{}", Uuid::now_v7());
    let mut member = tuple(&group, "member", &subject);
    member["domain_id"] = domain.clone().into();
    h.admin.post(TUPLES, &member).await.expect(201);
    let granted = h.admin.post(TUPLES, &tuple(&format!("domain:{domain}"), "admin", &format!("{group}#member"))).await;
    let granted = granted.expect(201)["tuple_id"].as_str().unwrap().to_owned();
    client.get(&path).await.expect(200);
    client.get(&format!("/v1/domains/{other}")).await.refused(403, "insufficient_relation");
    assert_eq!(client.get("/v1/domains").await.expect(200)["items"].as_array().unwrap().len(), 1);
    // On an id that is not there the platform's administrator alone is told so.
    let nowhere = format!("/v1/nodes/{}", Uuid::now_v7());
    h.admin.get(&nowhere).await.refused(404, "node_not_found");
    client.get(&nowhere).await.refused(403, "insufficient_relation");
    let question =
        json!({ "object": format!("node:{}", agent.node_id), "permission": "node-agent", "subject": subject });
    let answer = h.admin.post("/v1/authz/check", &question).await.expect(200);
    assert_eq!(answer["decision"], "allowed");
    assert_eq!(answer["relation_path"].as_array().unwrap().len(), 4);
    assert!(process.calls().await > 5);

    h.admin.delete(&format!("{TUPLES}/{granted}")).await.expect(204);
    client.get(&path).await.refused(403, "insufficient_relation");
    assert_eq!(h.admin.post("/v1/authz/check", &question).await.expect(200)["decision"], "denied");
    // Another replica carries nothing twice, and decides the same.
    h.admin.post(TUPLES, &tuple(&format!("project:{project}"), "reader", &subject)).await.expect(201);
    client.get(&path).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_spicedb_that_is_away_refuses_nobody_and_one_that_lost_everything_gets_it_again() {
    let process = SpiceDbProcess::start().await;
    let h = Harness::start_with(|settings| process.settings(settings), |_| {}).await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let viewer = h.operator(&format!("domain:{domain}"), "viewer").await;
    let stranger = h.client_of(&format!("user:{}", Uuid::now_v7())).await;
    let path = format!("/v1/domains/{domain}");
    viewer.get(&path).await.expect(200);
    process.go_away().await;
    for client in [&viewer, &stranger, &h.admin] {
        client.get(&path).await.refused(503, "datastore_unavailable");
    }
    // A Node's key needs no relation.
    agent.client.get(&agent.path("reachability")).await.expect(200);
    process.come_back().await;
    h.step("relation_carrier").await;
    viewer.get(&path).await.expect(200);
    stranger.get(&path).await.refused(403, "insufficient_relation");

    process.lose_everything().await;
    // It is found out by the first question; then all is carried again.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let answer = viewer.get(&path).await;
        if answer.status == 200 {
            break;
        }
        answer.refused(503, "datastore_unavailable");
        assert!(std::time::Instant::now() < deadline, "it does not heal");
    }
    stranger.get(&path).await.refused(403, "insufficient_relation");
    h.admin.get(&path).await.expect(200);
    h.stop().await;
}
