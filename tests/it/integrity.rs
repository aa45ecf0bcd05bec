//! Integrity violations: what a report records and refuses, and what operators see and do.

use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bodies::{gzip, padded};
use crate::capabilities::codes_of;
use crate::harness::{Agent, Answer, Client, Harness};

const SUM: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const OTHER_SUM: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const CAP: usize = 32 * 1024;

async fn one_agent() -> (Harness, String, Agent) {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    (h, domain, agent)
}

fn binary() -> Value {
    json!({ "kind": "binary_checksum", "detected_by": "startup_scan", "artifact_id": "/usr/bin/plexd", "observed_checksum": SUM })
}

fn hook(artifact: &str) -> Value {
    json!({
        "kind": "hook_checksum", "detected_by": "pre_dispatch", "artifact_id": artifact, "observed_checksum": SUM,
        "expected_checksum": OTHER_SUM,
    })
}

fn host_key() -> Value {
    json!({
        "kind": "ssh_host_key", "detected_by": "inotify", "artifact_id": "/etc/ssh/key", "observed_fingerprint": "SHA256:a",
        "expected_fingerprint": "SHA256:b=",
    })
}

async fn report(agent: &Agent, violations: &[Value]) -> Answer {
    agent.client.post(&agent.path("integrity-violations"), &json!({ "violations": violations })).await
}

async fn list(client: &Client, query: &str) -> Vec<Value> {
    let page = client.get(&format!("/v1/integrity-violations{query}")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

/// The artifacts of the violations that are listed.
async fn artifacts(client: &Client, query: &str) -> Vec<String> {
    list(client, query).await.iter().map(|item| item["artifact_id"].as_str().unwrap().to_owned()).collect()
}

async fn acknowledge(client: &Client, id: &str, reason: &str) -> Answer {
    client.post(&format!("/v1/integrity-violations/{id}/acknowledge"), &json!({ "reason": reason })).await
}

async fn alerts(h: &Harness) -> Vec<Value> {
    h.rows(
        "SELECT scope_kind, scope_id, domain_id, payload FROM outbox WHERE event_type = 'integrity_alert' ORDER BY position",
    )
    .await
}

#[tokio::test]
async fn a_report_is_all_its_rows_one_alert_and_one_audit_entry() {
    let (h, domain, agent) = one_agent().await;
    let project = h.rows("SELECT id FROM projects").await[0]["id"].clone();
    let sent = [host_key(), binary(), hook("h"), binary()];
    let answer = report(&agent, &sent).await.expect(202);
    assert_eq!(answer["violation_count"], 4);
    let shown = list(&h.admin, "").await;
    for (sent, shown) in sent.iter().zip(&shown) {
        let mut expected = json!({
            "violation_id": shown["violation_id"], "node_id": agent.node_id, "domain_id": domain, "project_id": project,
            "status": "open", "remediation": "reprovision", "reported_at": answer["accepted_at"], "acknowledged_at": null,
            "acknowledged_reason": null,
        });
        for (name, value) in sent.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(shown, &expected);
    }
    let ids: Vec<&Value> = shown.iter().map(|item| &item["violation_id"]).collect();
    let expected = json!({
        "scope_kind": "operators", "scope_id": domain, "domain_id": domain,
        "payload": {
            "node_id": agent.node_id, "violation_count": 4, "violation_ids": ids,
            "kinds": ["binary_checksum", "hook_checksum", "ssh_host_key"], "remediation": "reprovision",
            "reported_at": answer["accepted_at"],
        },
    });
    assert_eq!(alerts(&h).await, [expected]);
    let audited =
        h.rows("SELECT subject, object, reason FROM audit_entries WHERE action = 'node.integrity_violations'").await;
    let node = format!("node:{}", agent.node_id);
    let reason = "4 of binary_checksum, hook_checksum, ssh_host_key";
    assert_eq!(audited, [json!({ "subject": node, "object": node, "reason": reason })]);
    h.stop().await;
}

#[tokio::test]
async fn reports_at_once_have_an_alert_each_that_names_their_rows() {
    let (h, _, agent) = one_agent().await;
    let replica = h.replica().await;
    let there = Agent { client: agent.client.at(replica.address()), ..agent.clone() };
    let reports = join_all((0..20).map(|n| {
        let agent = if n % 2 == 0 { agent.clone() } else { there.clone() };
        async move { report(&agent, &vec![hook(&n.to_string()); n % 7 + 1]).await.expect(202) }
    }))
    .await;
    let counts: i64 = reports.iter().map(|answer| answer["violation_count"].as_i64().unwrap()).sum();
    let rows = list(&h.admin, "?limit=200").await;
    assert_eq!(rows.len() as i64, counts);
    let alerts = alerts(&h).await;
    assert_eq!(alerts.len(), 20);
    let mut told: Vec<&str> = Vec::new();
    for alert in &alerts {
        let ids: Vec<&str> =
            alert["payload"]["violation_ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        let of: Vec<&Value> = rows.iter().filter(|row| ids.contains(&row["violation_id"].as_str().unwrap())).collect();
        // One alert is one report: all of its rows and no other's.
        assert!(of.len() == ids.len() && of.iter().all(|row| row["artifact_id"] == of[0]["artifact_id"]), "{alert}");
        told.extend(ids);
    }
    told.sort_unstable();
    let mut known: Vec<&str> = rows.iter().map(|row| row["violation_id"].as_str().unwrap()).collect();
    known.sort_unstable();
    assert_eq!(told, known);
    replica.stop(std::time::Duration::from_secs(5)).await;
    h.stop().await;
}

/// Entries that are refused, by the code that they are refused with and the member that is named.
fn bad_entries() -> Vec<(&'static str, &'static str, Value)> {
    let with = |entry: Value, members: Value| {
        let mut entry = entry;
        for (name, value) in members.as_object().unwrap() {
            entry[name] = value.clone();
        }
        entry
    };
    let kind = "integrity_violation_kind_invalid";
    let detector = "integrity_violation_detected_by_invalid";
    let artifact = "integrity_violation_artifact_id_empty";
    let mismatch = "integrity_violation_kind_mismatch";
    let checksum = "integrity_violation_checksum_invalid";
    let fingerprint = "integrity_violation_host_key_fingerprint_invalid";
    vec![
        (kind, "kind", json!({})),
        (kind, "kind", with(binary(), json!({ "kind": null }))),
        (kind, "kind", with(binary(), json!({ "kind": "" }))),
        (kind, "kind", with(binary(), json!({ "kind": "Binary_Checksum" }))),
        (detector, "detected_by", with(binary(), json!({ "detected_by": null }))),
        (detector, "detected_by", with(binary(), json!({ "detected_by": "cron" }))),
        (artifact, "artifact_id", with(binary(), json!({ "artifact_id": null }))),
        (artifact, "artifact_id", with(binary(), json!({ "artifact_id": "" }))),
        (artifact, "artifact_id", with(binary(), json!({ "artifact_id": "x".repeat(4097) }))),
        (mismatch, "observed_checksum", with(binary(), json!({ "observed_checksum": null }))),
        (mismatch, "observed_checksum", with(hook("a"), json!({ "observed_checksum": null }))),
        (mismatch, "observed_fingerprint", with(binary(), json!({ "observed_fingerprint": "SHA256:a" }))),
        (mismatch, "expected_fingerprint", with(hook("a"), json!({ "expected_fingerprint": "SHA256:a" }))),
        (mismatch, "expected_fingerprint", with(hook("a"), json!({ "expected_fingerprint": "" }))),
        (mismatch, "observed_fingerprint", with(host_key(), json!({ "observed_fingerprint": null }))),
        (mismatch, "observed_checksum", with(host_key(), json!({ "observed_checksum": SUM }))),
        (mismatch, "expected_checksum", with(host_key(), json!({ "expected_checksum": SUM }))),
        (mismatch, "observed_checksum", with(host_key(), json!({ "kind": "binary_checksum" }))),
        (checksum, "observed_checksum", with(binary(), json!({ "observed_checksum": "" }))),
        (checksum, "observed_checksum", with(hook("a"), json!({ "observed_checksum": "ab".repeat(32) }))),
        (checksum, "expected_checksum", with(binary(), json!({ "expected_checksum": "AAAA" }))),
        (checksum, "expected_checksum", with(hook("a"), json!({ "expected_checksum": &SUM[1..] }))),
        (fingerprint, "observed_fingerprint", with(host_key(), json!({ "observed_fingerprint": "" }))),
        (fingerprint, "observed_fingerprint", with(host_key(), json!({ "observed_fingerprint": "SHA256:a-b" }))),
        (fingerprint, "expected_fingerprint", with(host_key(), json!({ "expected_fingerprint": "SHA512:a" }))),
    ]
}

#[tokio::test]
async fn bad_reports_are_refused_by_their_codes_and_leave_nothing() {
    let (h, _, agent) = one_agent().await;
    let mut reached = codes_of("PostNodeIntegrityViolations", &["400"]);
    for (code, member, entry) in bad_entries() {
        for (at, violations) in [(0, vec![entry.clone()]), (2, vec![binary(), host_key(), entry.clone(), json!({})])] {
            let problem = report(&agent, &violations).await.refused(400, code);
            let named = format!("violations[{at}].{member}");
            assert_eq!(problem["field"], named, "{entry}");
            assert!(problem["detail"].as_str().unwrap().starts_with(&named), "{problem}");
        }
        *reached.get_mut(code).unwrap() += 1;
    }
    let malformed = "malformed_integrity_violations_request";
    let mut entry = binary();
    entry["more"] = json!(1);
    let of = |entry: Value| json!({ "violations": [entry] }).to_string();
    for (code, body) in [
        (malformed, "{}".to_owned()),
        (malformed, String::new()),
        (malformed, json!({ "violations": null }).to_string()),
        (malformed, json!({ "violations": binary() }).to_string()),
        (malformed, json!({ "violations": [], "more": 1 }).to_string()),
        (malformed, of(Value::Null)),
        (malformed, of(entry)),
        (malformed, of(json!({ "kind": 1 }))),
        (malformed, of(json!({ "observed_checksum": ["x"] }))),
        (malformed, of(json!({ "artifact_id": "a\0b" }))),
        ("integrity_violations_empty", json!({ "violations": [] }).to_string()),
        ("integrity_violations_empty", "{ \"violations\" : [ ] }\n".to_owned()),
        ("integrity_violations_too_many", json!({ "violations": vec![binary(); 129] }).to_string()),
        ("integrity_violations_too_many", json!({ "violations": vec![json!({}); 500] }).to_string()),
    ] {
        let path = agent.path("integrity-violations");
        agent.client.send_bytes(Method::POST, &path, body).await.refused(400, code);
        *reached.get_mut(code).unwrap() += 1;
    }
    assert!(reached.values().all(|times| *times >= 2), "{reached:#?}");
    for id in ["x", "00000000-0000-0000-0000-000000000000"] {
        let path = format!("/v1/nodes/{id}/integrity-violations");
        agent.client.post(&path, &json!({ "violations": [binary()] })).await.refused(400, "invalid_node_id");
    }
    assert_eq!(h.count("SELECT count(*) FROM integrity_violations").await, 0);
    assert_eq!(alerts(&h).await.len(), 0);
    h.stop().await;
}

#[tokio::test]
async fn a_report_may_have_128_entries_and_exactly_the_size_of_the_cap() {
    let (h, _, agent) = one_agent().await;
    let path = agent.path("integrity-violations");
    let body = json!({ "violations": vec![binary(); 128] });
    let too_large = "integrity_violations_body_too_large";
    let send = async |bytes: reqwest::Body| agent.client.send_bytes(Method::POST, &path, bytes).await;
    let zipped = async |bytes: Vec<u8>| {
        let request = agent.client.request(Method::POST, &path).header("content-encoding", "gzip");
        agent.client.send(request.body(gzip(&bytes))).await
    };
    let pieces = |length: usize| {
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
            padded(&body, length).chunks(1000).map(|piece| Ok(piece.to_vec())).collect();
        reqwest::Body::wrap_stream(futures_util::stream::iter(pieces))
    };
    send(padded(&body, CAP + 1).into()).await.refused(413, too_large);
    send(pieces(CAP + 1)).await.refused(413, too_large);
    zipped(padded(&body, CAP + 1)).await.refused(413, too_large);
    zipped(padded(&body, 16 << 20)).await.refused(413, too_large);
    assert_eq!(h.count("SELECT count(*) FROM integrity_violations").await, 0);
    assert_eq!(send(padded(&body, CAP).into()).await.expect(202)["violation_count"], 128);
    send(pieces(CAP)).await.expect(202);
    zipped(padded(&body, CAP)).await.expect(202);
    assert_eq!(h.count("SELECT count(*) FROM integrity_violations").await, 3 * 128);
    let longest = hook(&"é".repeat(4096));
    report(&agent, &[longest]).await.expect(202);
    h.stop().await;
}

#[tokio::test]
async fn a_sibling_nodes_nsk_is_refused() {
    let (h, _, agent) = one_agent().await;
    let project = h.rows("SELECT id FROM projects").await[0]["id"].as_str().unwrap().to_owned();
    let sibling = h.enrol(&project, "web-2").await;
    let body = json!({ "violations": [binary()] });
    for path in [sibling.path("integrity-violations"), format!("/v1/nodes/{}/integrity-violations", Uuid::now_v7())] {
        let problem = agent.client.post(&path, &body).await.refused(403, "forbidden");
        assert_eq!((&problem["reason"], &problem["relation_path"]), (&json!("out_of_scope"), &json!([])));
    }
    for client in [&h.admin, &h.anonymous()] {
        client.post(&agent.path("integrity-violations"), &body).await.refused(401, "unauthorized");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_node_deregistered_between_the_gate_and_the_write_is_not_found() {
    let (h, _, agent) = one_agent().await;
    let mut other = h.db().await;
    other
        .batch_execute(&format!(
            "BEGIN; SELECT 1 FROM nodes FOR UPDATE; UPDATE nodes SET deregistered_at = now() WHERE id = '{}'",
            agent.node_id
        ))
        .await
        .unwrap();
    let deregistered = async {
        h.until_held_up(1).await;
        other.batch_execute("COMMIT").await.unwrap();
    };
    let violations = [binary()];
    let (answer, ()) = tokio::join!(report(&agent, &violations), deregistered);
    answer.refused(404, "integrity_violations_node_not_found");
    report(&agent, &[binary()]).await.refused(404, "integrity_violations_node_not_found");
    assert_eq!(h.count("SELECT count(*) FROM integrity_violations").await, 0);
    assert_eq!(alerts(&h).await.len(), 0);
    h.stop().await;
}

#[tokio::test]
async fn a_report_that_cannot_be_written_whole_is_not_written() {
    let (h, _, agent) = one_agent().await;
    for (table, text) in
        [("integrity_violations", "lock timeout"), ("outbox", "lock timeout"), ("audit_entries", "poison")]
    {
        h.sql(&format!(
            "CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN RAISE EXCEPTION ''canceling statement due to {text}''; END'; \
             CREATE TRIGGER spoil AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION spoil()"
        ))
        .await;
        report(&agent, &[binary(), host_key()]).await.refused(503, "datastore_unavailable");
        h.sql(&format!("DROP TRIGGER spoil ON {table}")).await;
        assert_eq!(h.count("SELECT count(*) FROM integrity_violations").await, 0, "{table}");
        assert_eq!(alerts(&h).await.len(), 0, "{table}");
    }
    report(&agent, &[binary()]).await.expect(202);
    h.stop().await;
}

#[tokio::test]
async fn violations_are_listed_by_every_filter() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let sibling = h.project(&domain, "sibling").await;
    let other_domain = h.domain("other", "10.30.0.0/16").await;
    let other = h.project(&other_domain, "team").await;
    let mut nodes = Vec::new();
    for (n, project) in [&project, &project, &sibling, &other].into_iter().enumerate() {
        let agent = h.enrol(project, &format!("n{n}")).await;
        h.clock.advance(TimeDelta::milliseconds(1));
        let mut key = host_key();
        key["artifact_id"] = json!(format!("k{n}"));
        report(&agent, &[hook(&format!("h{n}")), key]).await.expect(202);
        nodes.push(agent.node_id);
    }
    for (n, item) in list(&h.admin, "?kind=hook_checksum").await.iter().enumerate() {
        if n % 2 == 0 {
            acknowledge(&h.admin, item["violation_id"].as_str().unwrap(), "seen").await.expect(200);
        }
    }
    let unknown = Uuid::now_v7();
    for (query, expected) in [
        (String::new(), "h0 k0 h1 k1 h2 k2 h3 k3"),
        (format!("?domain_id={domain}"), "h0 k0 h1 k1 h2 k2"),
        (format!("?project_id={project}"), "h0 k0 h1 k1"),
        (format!("?project_id={sibling}&domain_id={domain}"), "h2 k2"),
        (format!("?project_id={sibling}&domain_id={other_domain}"), ""),
        (format!("?node_id={}", nodes[1]), "h1 k1"),
        (format!("?node_id={}&project_id={project}&domain_id={domain}", nodes[1]), "h1 k1"),
        (format!("?node_id={}&project_id={sibling}", nodes[1]), ""),
        (format!("?node_id={}&domain_id={other_domain}", nodes[1]), ""),
        (format!("?domain_id={unknown}"), ""),
        (format!("?project_id={unknown}"), ""),
        (format!("?node_id={unknown}"), ""),
        ("?kind=ssh_host_key".to_owned(), "k0 k1 k2 k3"),
        ("?kind=binary_checksum".to_owned(), ""),
        ("?status=open".to_owned(), "k0 h1 k1 k2 h3 k3"),
        ("?status=acknowledged".to_owned(), "h0 h2"),
        ("?status=acknowledged&kind=ssh_host_key".to_owned(), ""),
        (format!("?status=open&kind=hook_checksum&domain_id={domain}"), "h1"),
        (format!("?status=acknowledged&node_id={}", nodes[0]), "h0"),
    ] {
        assert_eq!(artifacts(&h.admin, &query).await.join(" "), expected, "{query}");
    }
    for query in
        ["kind=x", "kind=", "status=closed", "domain_id=x", "project_id=x", "node_id=x", "limit=0", "limit=201"]
    {
        h.admin.get(&format!("/v1/integrity-violations?{query}")).await.refused_query(query);
    }

    // Page by page it is the same list, whatever it is narrowed by.
    for (limit, filter) in [(3, String::new()), (1, "&status=open".to_owned()), (2, format!("&domain_id={domain}"))] {
        let whole = artifacts(&h.admin, &format!("?limit=200{filter}")).await;
        let query = format!("limit={limit}{filter}");
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/integrity-violations?{query}{cursor}");
            let page = h.admin.get(&path).await.expect(200);
            seen.extend(
                page["items"].as_array().unwrap().iter().map(|item| item["artifact_id"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next_cursor"].as_str() else { break };
            let other = h.operator("platform:plexsphere", "admin").await;
            other.get(&format!("/v1/integrity-violations?{query}&cursor={next}")).await.refused(400, "invalid_cursor");
            let narrower = format!("/v1/integrity-violations?{query}&kind=ssh_host_key&cursor={next}");
            h.admin.get(&narrower).await.refused(400, "invalid_cursor");
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, whole, "{query}");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_violation_is_shown_and_acknowledged_by_those_who_may() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let other_domain = h.domain("other", "10.30.0.0/16").await;
    let other = h.project(&other_domain, "team").await;
    let here = h.enrol(&project, "here").await;
    let there = h.enrol(&other, "there").await;
    report(&here, &[hook("here")]).await.expect(202);
    h.clock.advance(TimeDelta::milliseconds(1));
    report(&there, &[hook("there")]).await.expect(202);
    let id = list(&h.admin, &format!("?domain_id={domain}")).await[0]["violation_id"].as_str().unwrap().to_owned();
    for (object, relation, sees, may) in [
        ("platform:plexsphere".to_owned(), "admin", "here there", true),
        (format!("domain:{domain}"), "admin", "here", true),
        (format!("domain:{domain}"), "viewer", "here", false),
        (format!("domain:{domain}"), "auditor", "", false),
        (format!("domain:{other_domain}"), "admin", "there", false),
        (format!("project:{project}"), "admin", "", false),
        (format!("node:{}", here.node_id), "operator", "", false),
    ] {
        let operator = h.operator(&object, relation).await;
        assert_eq!(artifacts(&operator, "").await.join(" "), sees, "{object} {relation}");
        for (query, artifact) in [
            (format!("?domain_id={domain}"), "here"),
            (format!("?project_id={project}"), "here"),
            (format!("?node_id={}", here.node_id), "here"),
            (format!("?node_id={}&kind=hook_checksum&status=open", there.node_id), "there"),
        ] {
            let expected = if sees.split(' ').any(|seen| seen == artifact) { artifact } else { "" };
            // Acknowledged ones are not open any more.
            assert_eq!(artifacts(&operator, &query).await.join(" "), expected, "{object} {relation} {query}");
        }
        let answer = acknowledge(&operator, &id, "seen").await;
        if may {
            assert_eq!(answer.expect(200)["status"], "acknowledged");
        } else {
            // One that is there, one that is not, and a reason that breaks a rule: nobody is told which.
            let mut told = answer.refused(403, "insufficient_relation");
            for (id, reason) in [(Uuid::now_v7().to_string(), "seen"), (id.clone(), " ")] {
                let mut unknown = acknowledge(&operator, &id, reason).await.refused(403, "insufficient_relation");
                for problem in [&mut told, &mut unknown] {
                    problem["correlation_id"] = Value::Null;
                    problem["instance"] = Value::Null;
                }
                assert_eq!(told, unknown);
            }
        }
    }
    h.anonymous().get("/v1/integrity-violations").await.refused(401, "unauthenticated");
    here.client.get("/v1/integrity-violations").await.refused(401, "unauthenticated");
    acknowledge(&here.client, &id, "seen").await.refused(401, "unauthenticated");
    h.stop().await;
}

#[tokio::test]
async fn an_acknowledgement_is_kept_and_the_same_reason_again_changes_nothing() {
    let (h, domain, agent) = one_agent().await;
    report(&agent, &[binary(), host_key()]).await.expect(202);
    let open = list(&h.admin, "").await;
    let id = open[0]["violation_id"].as_str().unwrap();
    h.clock.advance(TimeDelta::seconds(5));
    let first = acknowledge(&h.admin, id, "Reinstalled.").await.expect(200);
    let mut expected = open[0].clone();
    expected["status"] = json!("acknowledged");
    expected["acknowledged_reason"] = json!("Reinstalled.");
    expected["acknowledged_at"] = first["acknowledged_at"].clone();
    assert_eq!(first, expected);
    assert!(first["acknowledged_at"].as_str() > first["reported_at"].as_str());
    let row = || h.rows("SELECT xmin::text, ctid::text, * FROM integrity_violations ORDER BY id");
    let before = row().await;
    h.clock.advance(TimeDelta::seconds(5));
    assert_eq!(acknowledge(&h.admin, id, "Reinstalled.").await.expect(200), first);
    let manager = h.operator(&format!("domain:{domain}"), "admin").await;
    assert_eq!(acknowledge(&manager, id, "Reinstalled.").await.expect(200), first);
    acknowledge(&h.admin, id, "reinstalled.").await.refused(409, "integrity_violation_already_acknowledged");
    assert_eq!(list(&h.admin, "").await, [first, open[1].clone()]);
    assert_eq!(row().await, before);
    let audited = h
        .rows(&format!(
            "SELECT domain_id, object, reason FROM audit_entries WHERE action = 'integrity_violation.acknowledge' AND {}",
            crate::harness::TELLS_OF_A_CHANGE
        ))
        .await;
    assert_eq!(
        audited,
        [json!({ "domain_id": domain, "object": format!("integrity_violation:{id}"), "reason": "Reinstalled." })]
    );

    let id = open[1]["violation_id"].as_str().unwrap();
    for reason in ["", " \n", &"x".repeat(1025)] {
        let problem = acknowledge(&h.admin, id, reason).await.refused(422, "invalid_field");
        assert_eq!(problem["field"], "reason");
    }
    let path = format!("/v1/integrity-violations/{id}/acknowledge");
    for body in [json!({}), json!({ "reason": null }), json!({ "reason": 1 }), json!({ "reason": "a", "more": 1 })] {
        h.admin.post(&path, &body).await.refused(400, "malformed_request");
    }
    h.admin.post(&path, &json!({ "reason": "x".repeat(9000) })).await.refused(413, "request_body_too_large");
    h.admin.post("/v1/integrity-violations/x/acknowledge", &json!({ "reason": "a" })).await.refused(400, "invalid_id");
    acknowledge(&h.admin, &Uuid::now_v7().to_string(), "a").await.refused(404, "integrity_violation_not_found");
    acknowledge(&h.admin, id, &"é".repeat(1024)).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn of_two_acknowledgements_at_once_one_is_kept() {
    let (h, _, agent) = one_agent().await;
    report(&agent, &[binary(), host_key()]).await.expect(202);
    let ids: Vec<String> =
        list(&h.admin, "").await.iter().map(|item| item["violation_id"].as_str().unwrap().to_owned()).collect();
    for (id, reasons, conflicts) in [(&ids[0], ["one", "other"], 1), (&ids[1], ["same", "same"], 0)] {
        let mut other = h.db().await;
        other.batch_execute("BEGIN; SELECT 1 FROM integrity_violations FOR UPDATE").await.unwrap();
        let release = async {
            h.until_held_up(2).await;
            other.batch_execute("ROLLBACK").await.unwrap();
        };
        let (a, b, ()) =
            tokio::join!(acknowledge(&h.admin, id, reasons[0]), acknowledge(&h.admin, id, reasons[1]), release);
        let statuses = [a.status.as_u16(), b.status.as_u16()];
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), conflicts, "{statuses:?}");
        let kept = if a.status == 200 { &a } else { &b };
        let shown = list(&h.admin, "?status=acknowledged").await;
        assert!(shown.contains(&kept.json()));
    }
    assert_eq!(h.changes("action = 'integrity_violation.acknowledge'").await, 2);
    h.stop().await;
}

#[tokio::test]
async fn violations_outlive_their_nodes_registration_and_go_with_its_project() {
    let (h, _, agent) = one_agent().await;
    let project = h.rows("SELECT id FROM projects").await[0]["id"].as_str().unwrap().to_owned();
    report(&agent, &[binary()]).await.expect(202);
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    let shown = list(&h.admin, &format!("?node_id={}", agent.node_id)).await;
    assert_eq!(shown.len(), 1);
    acknowledge(&h.admin, shown[0]["violation_id"].as_str().unwrap(), "Scrapped.").await.expect(200);
    h.admin.delete(&format!("/v1/projects/{project}")).await.expect(204);
    assert_eq!(list(&h.admin, "").await, Vec::<Value>::new());
    h.stop().await;
}

#[tokio::test]
async fn a_page_costs_the_same_however_rare_its_rows_are() {
    let (h, domain, agent) = one_agent().await;
    let project = h.rows("SELECT id FROM projects").await[0]["id"].as_str().unwrap().to_owned();
    // Thousands that have been dealt with, and at their end two that have not.
    h.sql(&format!(
        "INSERT INTO integrity_violations (id, node_id, domain_id, project_id, kind, detected_by, artifact_id, \
             observed_checksum, status, reported_at, acknowledged_at, acknowledged_reason) \
         SELECT lpad(to_hex(n), 32, '0')::uuid, '{}', '{domain}', '{project}', 'hook_checksum', 'inotify', 'a', \
             decode(repeat('00', 32), 'hex'), 'acknowledged', now(), now(), 'seen' FROM generate_series(1, 10000) n; \
         ANALYZE integrity_violations",
        agent.node_id
    ))
    .await;
    report(&agent, &[hook("open"), host_key()]).await.expect(202);
    let viewer = h.operator(&format!("domain:{domain}"), "viewer").await;
    let queries = [
        "status=open".to_owned(),
        "kind=ssh_host_key".to_owned(),
        "kind=binary_checksum".to_owned(),
        format!("status=open&domain_id={domain}"),
        format!("kind=ssh_host_key&project_id={project}"),
        format!("status=open&kind=hook_checksum&node_id={}", agent.node_id),
        String::new(),
        format!("node_id={}", agent.node_id),
    ];
    for query in &queries {
        for client in [&h.admin, &viewer] {
            client.get(&format!("/v1/integrity-violations?limit=5&{query}")).await.expect(200);
        }
    }
    let database = h.database.clone();
    h.stop().await;
    // A session tells its numbers at its end at the latest; it ends once the server has gone.
    let read = "SELECT seq_tup_read + idx_tup_fetch AS rows, idx_scan AS scans FROM pg_stat_user_tables WHERE relname = 'integrity_violations'";
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let numbers = loop {
        let numbers = crate::harness::rows(&database, read).await.remove(0);
        if numbers["scans"].as_u64() >= Some(queries.len() as u64 * 2) || std::time::Instant::now() > patience {
            break numbers;
        }
    };
    let rows = numbers["rows"].as_u64().unwrap();
    // Three kinds in two states, and of each a page and one row more.
    let pages = queries.len() as u64 * 2;
    assert!(rows <= pages * 6 * 6, "{rows} rows read for {pages} pages: {numbers}");
}
