//! The audit log over the API: who may read it, what a list is narrowed by, and that a verification names what is wrong.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, Harness};

fn entries(domain: &str) -> String {
    format!("/v1/domains/{domain}/audit/entries")
}

fn verify(domain: &str) -> String {
    format!("/v1/domains/{domain}/audit/verify")
}

/// All entries of a list, page by page.
async fn all(client: &Client, path: &str, limit: usize) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let join = if path.contains('?') { '&' } else { '?' };
        let page = client.get(&format!("{path}{join}limit={limit}{cursor}")).await.expect(200);
        found.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn entries_are_listed_in_order_page_by_page_and_read_one_by_one() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    h.admin.post_empty(&format!("/v1/nodes/{}/drain", agent.node_id)).await.expect(204);
    assert_eq!(all(&h.admin, &entries(&domain), 50).await, [] as [Value; 0], "what waits is not shown");
    h.chained().await;
    h.hold_the_chainer().await;
    let listed = all(&h.admin, &entries(&domain), 2).await;
    assert_eq!(
        actions(&listed),
        ["domain.create", "project.create", "bootstrap_token.issue", "node.enrol", "node.drain", "audit.list"]
    );
    assert_eq!(all(&h.admin, &entries(&domain), 200).await, listed);
    let mut prev = json!("0".repeat(64));
    for (n, entry) in listed.iter().enumerate() {
        assert_eq!((&entry["seq"], &entry["domain_id"]), (&json!(n + 1), &json!(domain)));
        assert_eq!(entry["prev_hash"], prev);
        prev = entry["hash"].clone();
        let one = h.admin.get(&format!("{}/{}", entries(&domain), n + 1)).await.expect(200);
        assert_eq!(one, *entry);
    }
    assert_eq!(
        (&listed[4]["decision"], &listed[4]["object"]),
        (&json!("allowed"), &json!(format!("node:{}", agent.node_id)))
    );
    for (seq, status, code) in [
        ("0", 400, "invalid_id"),
        ("-1", 400, "invalid_id"),
        ("1.0", 400, "invalid_id"),
        ("one", 400, "invalid_id"),
        ("9223372036854775808", 400, "invalid_id"),
        ("7", 404, "audit_entry_not_found"),
        ("9223372036854775807", 404, "audit_entry_not_found"),
    ] {
        h.admin.get(&format!("{}/{seq}", entries(&domain))).await.refused(status, code);
        let anyone = h.anonymous().get(&format!("{}/{seq}", entries(&domain))).await;
        if status == 400 {
            anyone.refused(status, code)
        } else {
            anyone.refused(401, "unauthenticated")
        };
    }
    h.stop().await;
}

#[tokio::test]
async fn a_list_is_narrowed_by_who_what_to_what_how_and_when() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let manager = Uuid::now_v7();
    let tuple =
        json!({ "object": format!("domain:{domain}"), "relation": "admin", "subject": format!("user:{manager}") });
    h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
    let manages = h.client_of(&format!("user:{manager}")).await;
    let agent = h.enrol(&project, "web-1").await;
    h.clock.advance(chrono::TimeDelta::seconds(3600));
    let drain = format!("/v1/nodes/{}/drain", agent.node_id);
    manages.post_empty(&drain).await.expect(204);
    h.chained().await;
    let list = entries(&domain);
    let found = async |query: &str| all(&h.admin, &format!("{list}?{query}"), 1).await;

    // An identity is looked for by its id, and by the pseudonym that it is shown under.
    let drained = found(&format!("subject=user:{manager}&action=node.drain")).await;
    assert_eq!(actions(&drained), ["node.drain"]);
    let shown = drained[0]["subject"].as_str().unwrap();
    assert!(!shown.contains(&manager.to_string()));
    assert_eq!(found(&format!("subject={shown}&action=node.drain")).await, drained);
    assert_eq!(found(&format!("subject=user:{}", Uuid::now_v7())).await, [] as [Value; 0]);

    assert_eq!(actions(&found("action=node.enrol").await), ["node.enrol"]);
    assert_eq!(
        actions(&found(&format!("object=node:{}&decision=allowed", agent.node_id)).await),
        ["node.enrol", "node.drain"]
    );
    assert_eq!(found("decision=denied&action=node.drain").await, [] as [Value; 0]);
    let whole = all(&h.admin, &list, 200).await;
    let later = drained[0]["at"].as_str().unwrap();
    assert_eq!(found(&format!("from={later}&action=node.drain")).await, drained);
    let before = found(&format!("to={later}")).await;
    assert!(!before.is_empty() && before.len() < whole.len());
    assert!(before.iter().all(|entry| entry["at"].as_str().unwrap() < later));

    for query in [
        "subject=",
        "subject=a%20b",
        "object=%C3%A9",
        "action=drain",
        "action=Node.Drain",
        "decision=maybe",
        "from=yesterday",
        "to=2026-01-05T10:00:00",
        "from=2026-01-06T10:00:00Z&to=2026-01-05T10:00:00Z",
        "limit=0",
    ] {
        h.admin.get(&format!("{list}?{query}")).await.refused_query(query);
    }
    // A cursor is good for its query.
    let first = h.admin.get(&format!("{list}?limit=1&decision=allowed")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    h.admin.get(&format!("{list}?limit=1&decision=allowed&cursor={cursor}")).await.expect(200);
    for other in ["", "decision=denied&", "decision=allowed&action=node.drain&"] {
        h.admin.get(&format!("{list}?{other}cursor={cursor}")).await.refused(400, "invalid_cursor");
    }
    h.stop().await;
}

#[tokio::test]
async fn only_auditors_of_the_domain_read_its_log() {
    let h = Harness::start().await;
    let (one, two) = (h.domain("one", "10.20.0.0/16").await, h.domain("two", "10.30.0.0/16").await);
    h.chained().await;
    let auditor = h.operator(&format!("domain:{one}"), "auditor").await;
    let viewer = h.operator(&format!("domain:{one}"), "viewer").await;
    for (method, path) in
        [(Method::GET, "audit/entries"), (Method::GET, "audit/entries/1"), (Method::POST, "audit/verify")]
    {
        let ask = async |client: &Client, domain: &str| {
            client.send(client.request(method.clone(), &format!("/v1/domains/{domain}/{path}"))).await
        };
        ask(&auditor, &one).await.expect(200);
        ask(&auditor, &two).await.refused(403, "insufficient_relation");
        ask(&viewer, &one).await.refused(403, "insufficient_relation");
        ask(&h.anonymous(), &one).await.refused(401, "unauthenticated");
        let nobody = Uuid::now_v7().to_string();
        ask(&auditor, &nobody).await.refused(403, "insufficient_relation");
        ask(&h.admin, &nobody).await.refused(404, "domain_not_found");
        ask(&h.admin, "one").await.refused(400, "invalid_domain_id");
    }
    // The log of a Domain that is gone stays, for who administers the platform.
    h.admin.delete(&format!("/v1/domains/{one}")).await.expect(204);
    h.chained().await;
    let left = all(&h.admin, &entries(&one), 200).await;
    assert_eq!(actions(&left).last(), Some(&"domain.delete"));
    assert_eq!(h.admin.post_empty(&verify(&one)).await.expect(200)["valid"], true);
    auditor.get(&entries(&one)).await.refused(403, "insufficient_relation");
    h.stop().await;
}

#[tokio::test]
async fn a_verification_says_what_holds_or_what_is_wrong() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let path = verify(&domain);
    let empty = h.admin.post_empty(&path).await.expect(200);
    assert_eq!(
        empty,
        json!({
            "valid": true, "entries_checked": 0, "head_seq": 0, "first_bad_seq": null,
            "detail": "The log has no entry yet.", "head_hash": null, "head_signed_at": null, "head_key_id": null,
            "head_public_key": null, "head_signature": null,
        })
    );
    h.enrol(&project, "web-1").await;
    h.chained().await;
    h.hold_the_chainer().await;
    // Four changes, and that it was asked for a verification.
    let good = h.admin.post_empty(&path).await.expect(200);
    assert_eq!((&good["valid"], &good["entries_checked"], &good["head_seq"]), (&json!(true), &json!(5), &json!(5)));
    assert_eq!(good["detail"], "All entries and the signed head hold.");
    h.sql(&format!("UPDATE audit_chain SET object = 'node:x' WHERE chain_id = '{domain}' AND seq = 2")).await;
    let bad = h.admin.post_empty(&path).await.expect(200);
    assert_eq!(
        (&bad["valid"], &bad["first_bad_seq"], &bad["detail"]),
        (&json!(false), &json!(2), &json!("Entry 2 was changed."))
    );
    assert_eq!(bad["entries_checked"], 2);
    h.stop().await;
}

/// What the list and the verification show is all that it takes, in another language and with nothing of ours.
#[tokio::test]
async fn what_is_exported_verifies_in_another_language() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let check = |given: &Value| {
        let mut check = Command::new(root.join(".venv/bin/python"))
            .arg(root.join("tools/verify_audit.py"))
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        check.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
        let done = check.wait_with_output().unwrap();
        (done.status.success(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap())
    };
    let other = h.domain("other", "10.30.0.0/16").await;
    let nothing = json!({
        "entries": all(&h.admin, &entries(&other), 2).await,
        "verification": h.admin.post_empty(&verify(&other)).await.expect(200),
    });
    let (holds, said) = check(&nothing);
    assert!(holds && said.contains("0 entries and the head hold"), "{said}");

    h.enrol(&project, "web-1").await;
    h.sql(&format!(
        "INSERT INTO audit_entries (domain_id, at, subject, action, object, decision, reason, correlation_id) VALUES \
         ('{domain}', '2026-01-05T10:00:00.123456Z', 'system', 'a.b', 'o', 'none', \
          E'\"quoted\" \\\\ / <&> \u{e9}\u{2028}\u{1f600} \\t\\n\\x01\\x1f\\x7f', 'c')"
    ))
    .await;
    h.chained().await;
    h.hold_the_chainer().await;
    let exported = json!({
        "entries": all(&h.admin, &entries(&domain), 2).await,
        "verification": h.admin.post_empty(&verify(&domain)).await.expect(200),
    });
    let (holds, said) = check(&exported);
    assert!(holds && said.contains("5 entries and the head hold"), "{said}");
    for (pointer, value) in [
        ("/entries/1/object", json!("x")),
        ("/entries/4/at", json!("2026-01-05T10:00:00.124Z")),
        ("/entries/2/seq", json!(9)),
        ("/verification/head_seq", json!(6)),
        ("/verification/head_signed_at", json!("2026-01-05T10:00:00.000Z")),
    ] {
        let mut changed = exported.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        let (holds, said) = check(&changed);
        assert!(!holds, "{pointer}: {said}");
    }
    let (holds, said) = check(&json!({ "entries": [], "verification": exported["verification"] }));
    assert!(!holds && said.contains("there is none"), "{said}");
    h.stop().await;
}
