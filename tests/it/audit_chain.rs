//! The chains of the audit log: dense, in order, hashed and signed; and whatever is done to one in the database is found
//! and named.

use diesel_async::SimpleAsyncConnection;
use plexsphere::audit::{Chain, Fault, Verification, verify};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Cluster, Harness, sealer};
use crate::ledger::seed;
use crate::processes::{output, program, text};

pub async fn verified(h: &Harness, chain: Chain) -> Verification {
    verify(h.server.database(), &sealer(), chain).await.unwrap()
}

pub async fn fault(h: &Harness, chain: Chain) -> Option<Fault> {
    verified(h, chain).await.fault
}

fn of(domain: &str) -> Chain {
    Chain::Domain(domain.parse().unwrap())
}

/// Writes `count` entries of a Domain, numbered by their correlation ids.
async fn fill(h: &Harness, domain: &str, count: usize) {
    h.sql(&format!(
        "INSERT INTO audit_entries (domain_id, at, subject, action, object, decision, reason, correlation_id) \
         SELECT '{domain}', now(), 'system', 'a.b', 'node:' || n, 'none', CASE WHEN n % 3 = 0 THEN 'r' END, n \
         FROM generate_series(1, {count}) n"
    ))
    .await;
}

#[tokio::test]
async fn what_is_written_gets_dense_numbers_in_order_and_holds() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    h.enrol(&project, "web-1").await;
    let written = h
        .rows(&format!("SELECT action, correlation_id FROM audit_entries WHERE domain_id = '{domain}' ORDER BY id"))
        .await;
    h.chained().await;
    let chained = h
        .rows(&format!("SELECT action, correlation_id FROM audit_chain WHERE chain_id = '{domain}' ORDER BY seq"))
        .await;
    assert_eq!(chained, written);
    let found = verified(&h, of(&domain)).await;
    assert_eq!((found.fault, found.entries_checked), (None, written.len() as i64));
    assert_eq!(found.head.unwrap().seq, written.len() as i64);
    // The first administrator is the platform's business.
    let found = verified(&h, Chain::Platform).await;
    assert!(found.fault.is_none() && found.entries_checked > 0, "{found:?}");

    // More of them than one batch holds; what comes later goes on where they end.
    fill(&h, &domain, 2500).await;
    h.chained().await;
    let found = verified(&h, of(&domain)).await;
    assert_eq!((found.fault, found.entries_checked), (None, written.len() as i64 + 2500));
    let in_order = "SELECT count(*) FROM (SELECT correlation_id::int AS n, lag(correlation_id::int) OVER (ORDER BY seq) \
                    AS before FROM audit_chain WHERE action = 'a.b') t WHERE n <> before + 1";
    assert_eq!(h.count(in_order).await, 0);
    h.stop().await;
}

#[tokio::test]
async fn an_entry_that_commits_late_comes_later_and_none_is_stepped_over() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    h.chained().await;
    let insert = |n: u8| {
        format!(
            "INSERT INTO audit_entries (domain_id, at, subject, action, object, decision, correlation_id) \
             VALUES ('{domain}', now(), 'system', 'late.{n}', 'o', 'none', '')"
        )
    };
    let mut slow = h.db().await;
    slow.batch_execute(&format!("BEGIN; {}", insert(1))).await.unwrap();
    h.sql(&insert(2)).await;
    h.chained().await;
    slow.batch_execute("COMMIT").await.unwrap();
    h.chained().await;
    let late = h.rows("SELECT action FROM audit_chain WHERE action LIKE 'late.%' ORDER BY seq").await;
    assert_eq!(late, [json!({ "action": "late.2" }), json!({ "action": "late.1" })]);
    assert_eq!(fault(&h, of(&domain)).await, None);
    h.stop().await;
}

#[tokio::test]
async fn people_and_programs_stand_under_pseudonyms_of_the_chain() {
    let h = Harness::start().await;
    let (one, two) = (h.domain("one", "10.20.0.0/16").await, h.domain("two", "10.30.0.0/16").await);
    let user = Uuid::now_v7();
    for domain in [&one, &two] {
        let tuple =
            json!({ "object": format!("domain:{domain}"), "relation": "viewer", "subject": format!("user:{user}") });
        h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
        let project = h.project(domain, "team").await;
        h.enrol(&project, "web-1").await;
    }
    h.chained().await;
    // The administrators' ids stand nowhere, not even in reasons.
    let told = "SELECT count(*) FROM audit_chain \
         WHERE concat_ws(' ', subject, object, reason) ~ '(user|service):[0-9a-f]{8}-'";
    assert_eq!(h.count(told).await, 0);
    let subjects = h
        .rows(&format!(
            "SELECT DISTINCT chain_id::text, subject FROM audit_chain WHERE subject ~ '^(user|service):' \
             AND chain_id IN ('{one}', '{two}') ORDER BY 1"
        ))
        .await;
    assert_eq!(subjects.len(), 2, "one pseudonym a chain: {subjects:?}");
    assert_ne!(subjects[0]["subject"], subjects[1]["subject"]);
    let granted = h.rows("SELECT reason FROM audit_chain WHERE action = 'relation.grant' ORDER BY chain_id").await;
    assert_eq!(granted.len(), 2);
    assert_ne!(granted[0], granted[1], "what was done to somebody is as unlinkable");
    assert_eq!(h.count("SELECT count(*) FROM audit_chain WHERE subject LIKE 'node:________-%'").await, 0);
    assert!(h.count("SELECT count(*) FROM audit_chain WHERE object LIKE 'node:________-%'").await > 0);
    h.stop().await;
}

#[tokio::test]
async fn tokens_are_in_the_log_of_their_domain_and_nobody_can_look_up_whose_they_are() {
    let h = Harness::start().await;
    let domain = h.domain("lab", "10.20.0.0/16").await;
    let manager = h.operator(&format!("domain:{domain}"), "admin").await;
    let service = format!("service:{}", Uuid::now_v7());
    let tokens = "/v1/auth/tokens";
    let new = json!({ "identity_ref": service, "env_prefix": "dev" });
    // The Domain's by its manager, and by the platform's administrator.
    let first = manager.post(tokens, &new).await.expect(201);
    let second = h.admin.post(tokens, &new).await.expect(201);
    let path = |token: &Value| format!("{tokens}/{}", token["token_id"].as_str().unwrap());
    manager.delete(&path(&first)).await.expect(204);
    manager.delete(&path(&first)).await.expect(204);
    h.admin.post_empty(&format!("{}/rotate", path(&second))).await.expect(200);
    h.admin.delete(&path(&second)).await.expect(204);
    h.chained().await;
    h.hold_the_chainer().await;
    let query = format!(
        "SELECT action, object, reason FROM audit_chain WHERE chain_id = '{domain}' AND action LIKE 'api_token.%' \
         ORDER BY seq"
    );
    let left = h.rows(&query).await;
    let actions: Vec<&str> = left.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let (issue, revoke) = ("api_token.issue", "api_token.revoke");
    assert_eq!(actions, [issue, issue, revoke, revoke, "api_token.rotate", revoke]);
    let pseudonym = left[0]["reason"].as_str().unwrap();
    assert_eq!(left[2]["reason"], json!(format!("{pseudonym} and 0 issued by it")));
    assert_eq!((&left[3]["object"], &left[3]["reason"]), (&json!(pseudonym), &json!("nothing to change")));
    assert_ne!(left[1]["reason"], json!(pseudonym));
    let told = "SELECT count(*) FROM audit_chain c, api_tokens t \
                WHERE concat_ws(' ', c.subject, c.object, c.reason) LIKE '%' || t.id || '%'";
    assert_eq!(h.count(told).await, 0);
    // Whoever knows the token finds it.
    let found = format!("/v1/domains/{domain}/audit/entries?object=api_token:{}", first["token_id"].as_str().unwrap());
    assert_eq!(h.admin.get(&found).await.expect(200)["items"].as_array().unwrap().len(), 1);
    h.stop().await;
}

/// What can be done to a chain of `last` entries, as SQL, and what must be found.
fn tampering(random: &mut StdRng, kind: usize, chain: &str, last: i64) -> (String, Vec<Fault>) {
    let n = random.random_range(1..=last);
    let row = |n: i64| format!("chain_id = '{chain}' AND seq = {n}");
    let rehash = |n: i64| {
        // As the server would: the text of an entry is made in the database too.
        format!(
            "UPDATE audit_chain e SET prev_hash = p.hash, hash = sha256(convert_to(encode(p.hash, 'hex') || \
                 encode(sha256(convert_to('{{\"action\":' || to_json(e.action) || ',\"at\":\"' || \
                     to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') || '\",\"correlation_id\":' || \
                     to_json(e.correlation_id) || ',\"decision\":' || to_json(e.decision) || ',\"domain_id\":\"' || \
                     e.chain_id || '\",\"object\":' || to_json(e.object) || ',\"reason\":' || \
                     coalesce(to_json(e.reason)::text, 'null') || ',\"seq\":' || e.seq || ',\"subject\":' || \
                     to_json(e.subject) || '}}', 'UTF8')), 'hex'), 'UTF8')) \
             FROM (SELECT coalesce((SELECT hash FROM audit_chain WHERE chain_id = '{chain}' AND seq = {n} - 1), \
                 decode(repeat('00', 32), 'hex')) AS hash) p WHERE e.chain_id = '{chain}' AND e.seq = {n};"
        )
    };
    match kind {
        0 => {
            let members = [
                "subject = subject || 'x'",
                "action = 'c.d'",
                "object = ''",
                "decision = 'allowed'",
                "reason = coalesce(reason || 'x', '')",
                "correlation_id = 'another'",
                "at = at + interval '1 microsecond'",
                "hash = sha256(hash)",
                "prev_hash = sha256(prev_hash)",
                "hash = 'short'",
                "at = 'infinity'",
                "at = '-infinity'",
                "at = '294276-01-01'",
            ];
            let change = members[random.random_range(0..members.len())];
            (format!("UPDATE audit_chain SET {change} WHERE {}", row(n)), vec![Fault::Changed(n)])
        }
        1 => {
            let to = (n + random.random_range(0..3)).min(last);
            let sql = format!("DELETE FROM audit_chain WHERE chain_id = '{chain}' AND seq BETWEEN {n} AND {to}");
            let fault = if to == last { Fault::Truncated { from: n, to } } else { Fault::Removed { from: n, to } };
            (sql, vec![fault])
        }
        2 => {
            let other = n % last + 1;
            let (at, other) = (n.min(other), n.max(other));
            let places = format!(
                "UPDATE audit_chain SET seq = -1 WHERE {}; UPDATE audit_chain SET seq = {at} WHERE {}; \
                 UPDATE audit_chain SET seq = {other} WHERE chain_id = '{chain}' AND seq = -1",
                row(at),
                row(other)
            );
            (places, vec![Fault::Swapped { at, other }])
        }
        3 => {
            // What they say, and not where they stand.
            let other = n % last + 1;
            let (at, other) = (n.min(other), n.max(other));
            let sql = format!(
                "UPDATE audit_chain e SET object = o.object, reason = o.reason, correlation_id = o.correlation_id, \
                     at = o.at, subject = o.subject, action = o.action, decision = o.decision \
                 FROM audit_chain o WHERE e.chain_id = '{chain}' AND o.chain_id = '{chain}' \
                     AND (e.seq, o.seq) IN (({at}, {other}), ({other}, {at}))"
            );
            (sql, vec![Fault::Swapped { at, other }])
        }
        4 => {
            // Taken out, and the later ones moved up.
            let sql = format!(
                "DELETE FROM audit_chain WHERE {}; UPDATE audit_chain SET seq = -seq WHERE chain_id = '{chain}' AND seq > {n}; \
                 UPDATE audit_chain SET seq = -seq - 1 WHERE chain_id = '{chain}' AND seq < 0",
                row(n)
            );
            let truncated = Fault::Truncated { from: n, to: n };
            // The last but one has nobody left whose place it could have.
            let fault = match last - n {
                0 => truncated,
                1 => Fault::Changed(n),
                _ => Fault::Swapped { at: n, other: n + 1 },
            };
            (sql, vec![fault])
        }
        5 => {
            let sql = format!("UPDATE audit_chain SET object = 'forged' WHERE {}; {}", row(n), rehash(n));
            let fault = if n == last { Fault::NotTheHead(n) } else { Fault::Rewritten(n) };
            (sql, vec![fault])
        }
        6 => {
            let from_there: String = (n..=last).map(rehash).collect();
            let sql = format!("UPDATE audit_chain SET object = 'forged' WHERE {}; {from_there}", row(n));
            (sql, vec![Fault::NotTheHead(last)])
        }
        7 => {
            let sql = format!(
                "INSERT INTO audit_chain SELECT chain_id, {last} + 1, at, subject, action, object, decision, reason, \
                     correlation_id, hash, hash FROM audit_chain WHERE {}",
                row(last)
            );
            (sql, vec![Fault::Beyond(last)])
        }
        8 => {
            let place = [0, -1, i64::MIN][random.random_range(0..3)];
            (format!("UPDATE audit_chain SET seq = {place} WHERE {}", row(n)), vec![Fault::Added(place)])
        }
        9 => {
            use plexsphere::audit::Unsigned::{Signature, UnknownKey};
            let (member, why) = [
                ("signature = sha256(signature) || sha256(signature)", Signature),
                ("signed_at = signed_at + interval '1 second'", Signature),
                ("signature = ''", Signature),
                ("key_id = gen_random_uuid()", UnknownKey),
                ("signed_at = 'infinity'", Signature),
                ("signed_at = '294276-01-01'", Signature),
            ][random.random_range(0..6)];
            let sql = format!("UPDATE audit_heads SET {member} WHERE chain_id = '{chain}'");
            (sql, vec![Fault::Head { seq: last, why }])
        }
        10 => {
            // Cut off, with a head to fit.
            let cut = random.random_range(0..last);
            let sql = format!(
                "DELETE FROM audit_chain WHERE chain_id = '{chain}' AND seq > {cut}; \
                 UPDATE audit_heads SET seq = {cut}, hash = coalesce((SELECT hash FROM audit_chain \
                     WHERE chain_id = '{chain}' AND seq = {cut}), hash) WHERE chain_id = '{chain}'"
            );
            (sql, vec![Fault::Head { seq: cut, why: plexsphere::audit::Unsigned::Signature }])
        }
        11 => (format!("DELETE FROM audit_heads WHERE chain_id = '{chain}'"), vec![Fault::NoHead]),
        _ => {
            // A key of the attacker's own, as far as the database can tell.
            let why = plexsphere::audit::Unsigned::UnknownKey;
            let sql = format!(
                "UPDATE audit_keys SET public_key = sha256('mine'), sealed_public_key = sha256('mine') \
                 WHERE key_id = (SELECT key_id FROM audit_heads WHERE chain_id = '{chain}')"
            );
            (sql, vec![Fault::Head { seq: last, why }])
        }
    }
}

const KINDS: usize = 13;

#[tokio::test]
async fn whatever_is_done_to_a_chain_is_found_and_named() {
    let mut random = StdRng::seed_from_u64(seed());
    let h = Harness::start().await;
    let (domain, other) = (h.domain("lab", "10.20.0.0/16").await, h.domain("other", "10.30.0.0/16").await);
    fill(&h, &domain, 30).await;
    fill(&h, &other, 5).await;
    h.chained().await;
    let last = h.count(&format!("SELECT seq FROM audit_heads WHERE chain_id = '{domain}'")).await;
    for table in ["audit_chain", "audit_heads", "audit_keys"] {
        h.sql(&format!("CREATE TABLE kept_{table} AS TABLE {table}")).await;
    }
    for n in 0..KINDS * 6 {
        let (sql, faults) = tampering(&mut random, n % KINDS, &domain, last);
        h.sql(&sql).await;
        let found = verified(&h, of(&domain)).await;
        assert!(found.fault.is_some_and(|fault| faults.contains(&fault)), "{sql}\n{found:?}, not {faults:?}");
        let first_bad = found.fault.unwrap().first_bad_seq();
        assert!(matches!(found.fault, Some(Fault::Added(_))) || (0..=last + 1).contains(&first_bad), "{sql}");
        // What was done to one says nothing about another.
        assert_eq!(fault(&h, of(&other)).await, None, "{sql}");
        for table in ["audit_chain", "audit_heads", "audit_keys"] {
            h.sql(&format!("TRUNCATE {table}; INSERT INTO {table} TABLE kept_{table}")).await;
        }
        assert_eq!(fault(&h, of(&domain)).await, None, "put back");
    }
    h.stop().await;
}

#[tokio::test]
async fn nothing_is_built_upon_a_chain_that_was_tampered_with_and_the_others_go_on() {
    for (sql, why) in [
        ("DELETE FROM audit_heads WHERE chain_id = $", "no head"),
        (
            "DELETE FROM audit_chain WHERE chain_id = $ AND seq > 3; UPDATE audit_heads h SET seq = 3, hash = e.hash \
          FROM audit_chain e WHERE h.chain_id = $ AND e.chain_id = $ AND e.seq = 3",
            "a head to fit",
        ),
        // A head that was once signed, with the entries that it had.
        (
            "UPDATE audit_heads h SET seq = k.seq, hash = k.hash, signed_at = k.signed_at, signature = k.signature \
          FROM kept k WHERE h.chain_id = $ AND k.chain_id = $; DELETE FROM audit_chain e USING kept k \
          WHERE e.chain_id = $ AND k.chain_id = $ AND e.seq > k.seq",
            "an earlier state",
        ),
    ] {
        let h = Harness::start().await;
        let (domain, other) = (h.domain("lab", "10.20.0.0/16").await, h.domain("other", "10.30.0.0/16").await);
        h.chained().await;
        h.sql("CREATE TABLE kept AS TABLE audit_heads").await;
        fill(&h, &domain, 5).await;
        h.chained().await;
        h.sql(&sql.replace('$', &format!("'{domain}'"))).await;
        let before = h.rows(&format!("SELECT * FROM audit_chain WHERE chain_id = '{domain}' ORDER BY seq")).await;
        fill(&h, &domain, 1500).await;
        fill(&h, &other, 3).await;
        h.step("audit_chainer").await;
        let after = h.rows(&format!("SELECT * FROM audit_chain WHERE chain_id = '{domain}' ORDER BY seq")).await;
        assert_eq!(after, before, "{why}");
        assert_eq!(h.count("SELECT count(*) FROM audit_entries").await, 1500, "they wait: {why}");
        let found = verified(&h, of(&other)).await;
        assert_eq!((found.fault, found.entries_checked), (None, 4), "{why}");
        h.stop().await;
    }
}

#[tokio::test]
async fn heads_hold_across_a_rotation_of_the_key_and_after_the_domain_is_gone() {
    let h = Harness::start().await;
    let domain = h.domain("lab", "10.20.0.0/16").await;
    h.chained().await;
    let key = |h: &Harness| {
        let query = format!("SELECT key_id FROM audit_heads WHERE chain_id = '{domain}'");
        let database = h.database.clone();
        async move { crate::harness::rows(&database, &query).await[0]["key_id"].clone() }
    };
    let first = key(&h).await;
    use chrono::TimeDelta;
    use plexsphere::clock::Clock as _;
    let (sealer, id, now) = (sealer(), domain.parse().unwrap(), h.clock.now());
    let rotated =
        plexsphere::tenancy::signing_keys::rotate(h.server.database(), &sealer, id, TimeDelta::zero(), false, now);
    let rotated = rotated.await.unwrap();
    assert_eq!(fault(&h, of(&domain)).await, None, "a key that is retired has signed what it has signed");
    h.chained().await;
    assert_eq!(key(&h).await, json!(rotated.key_id.0));
    assert_eq!(fault(&h, of(&domain)).await, None);

    // The chain of a Domain stays, and the platform's key closes it.
    h.admin.delete(&format!("/v1/domains/{domain}")).await.expect(204);
    assert_eq!(fault(&h, of(&domain)).await, None, "its keys are gone, and their public halves are not");
    h.chained().await;
    let closed = h.rows(&format!("SELECT action FROM audit_chain WHERE chain_id = '{domain}' ORDER BY seq DESC")).await;
    assert_eq!(closed[0], json!({ "action": "domain.delete" }));
    let platform = h.rows("SELECT key_id FROM audit_keys WHERE sealed_private_key IS NOT NULL").await;
    assert_eq!(platform.len(), 1);
    let last = key(&h).await;
    assert_eq!(last, platform[0]["key_id"]);
    assert!(first != last && last != json!(rotated.key_id.0));
    assert_eq!(fault(&h, of(&domain)).await, None);
    assert_eq!(fault(&h, Chain::Platform).await, None);
    h.stop().await;
}

#[tokio::test]
async fn a_key_that_was_replaced_signs_no_head_any_more() {
    let h = Harness::start().await;
    let domain = h.domain("lab", "10.20.0.0/16").await;
    fill(&h, &domain, 3).await;
    h.chained().await;
    // What its owner could sign later stands for itself: the head of before.
    h.sql("CREATE TABLE kept AS TABLE audit_heads").await;
    let (sealer, id, now) = (sealer(), domain.parse().unwrap(), plexsphere::clock::Clock::now(&*h.clock));
    let at_once = chrono::TimeDelta::zero();
    plexsphere::tenancy::signing_keys::rotate(h.server.database(), &sealer, id, at_once, false, now).await.unwrap();
    assert_eq!(fault(&h, of(&domain)).await, None, "the new key has had no time to sign");
    h.chained().await;
    h.hold_the_chainer().await;
    h.sql(&format!(
        "DELETE FROM audit_chain WHERE chain_id = '{domain}' AND seq > 4; DELETE FROM audit_heads \
         WHERE chain_id = '{domain}'; INSERT INTO audit_heads SELECT * FROM kept WHERE chain_id = '{domain}'"
    ))
    .await;
    let why = plexsphere::audit::Unsigned::Retired;
    assert_eq!(fault(&h, of(&domain)).await, Some(Fault::Head { seq: 4, why }));
    // Nor does a replica build upon it that has not seen what was there.
    fill(&h, &domain, 2).await;
    follow_anew(&h).await;
    assert_eq!(h.count("SELECT count(*) FROM audit_entries").await, 2);
    h.stop().await;
}

/// Numbers what waits, as a replica would that has just begun to.
async fn follow_anew(h: &Harness) {
    h.hold_the_chainer().await;
    h.step("audit_chainer").await;
    Cluster::get().await.let_chain(&h.database).await;
    h.step("audit_chainer").await;
}

#[tokio::test]
async fn what_cannot_be_read_of_one_chain_holds_up_no_other() {
    let h = Harness::start().await;
    let (domain, other) = (h.domain("lab", "10.20.0.0/16").await, h.domain("other", "10.30.0.0/16").await);
    h.chained().await;
    h.hold_the_chainer().await;
    let waiting = "SELECT count(*) FROM audit_entries";
    // No time that we know, in what waits and in a head.
    h.sql(&format!(
        "INSERT INTO audit_entries (domain_id, at, subject, action, object, decision, correlation_id) \
         VALUES ('{other}', 'infinity', 'system', 'a.b', 'o', 'none', ''); \
         UPDATE audit_heads SET signed_at = 'infinity' WHERE chain_id = '{domain}'"
    ))
    .await;
    fill(&h, &domain, 2).await;
    fill(&h, &other, 2).await;
    follow_anew(&h).await;
    assert_eq!(h.count(waiting).await, 2, "those of the one whose head does not hold");
    let found = verified(&h, of(&other)).await;
    assert_eq!((found.fault, found.entries_checked), (None, 4));
    let listed = h.admin.get(&format!("/v1/domains/{other}/audit/entries")).await.expect(200);
    assert_eq!(listed["items"][1]["at"], "9999-12-31T23:59:59.000Z");
    h.sql(&format!("UPDATE audit_chain SET at = 'infinity' WHERE chain_id = '{domain}'")).await;
    h.admin.get(&format!("/v1/domains/{domain}/audit/entries")).await.expect(200);
    h.admin.get(&format!("/v1/domains/{domain}/audit/entries/1")).await.expect(200);
    let verdict = h.admin.post_empty(&format!("/v1/domains/{domain}/audit/verify")).await.expect(200);
    assert_eq!(verdict["detail"], "Entry 1 was changed.");

    // The platform's own key is lost.
    h.hold_the_chainer().await;
    h.sql("DELETE FROM audit_entries; UPDATE audit_keys SET sealed_private_key = 'x' WHERE sealed_private_key IS NOT NULL")
        .await;
    fill(&h, &other, 2).await;
    h.sql(
        "INSERT INTO audit_entries (at, subject, action, object, decision, correlation_id) \
         VALUES (now(), 'system', 'a.b', 'o', 'none', '')",
    )
    .await;
    follow_anew(&h).await;
    assert_eq!(h.rows("SELECT domain_id FROM audit_entries").await, [json!({ "domain_id": null })]);
    assert_eq!(fault(&h, of(&other)).await, None);
    h.stop().await;
}

#[tokio::test]
async fn entries_of_before_are_numbered_when_the_chainer_first_runs() {
    // As an earlier release has left them: the migration finds entries, and no chain.
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    fill(&h, &domain, 20).await;
    let written = h.count("SELECT count(*) FROM audit_entries").await;
    assert_eq!(h.count("SELECT count(*) FROM audit_chain").await, 0);
    h.chained().await;
    assert_eq!(h.count("SELECT count(*) FROM audit_chain").await, written);
    assert_eq!(fault(&h, of(&domain)).await, None);
    h.stop().await;
}

#[tokio::test]
async fn the_command_verifies_all_chains_and_fails_when_one_is_broken() {
    let h = Harness::start().await;
    let (domain, other) = (h.domain("lab", "10.20.0.0/16").await, h.domain("other", "10.30.0.0/16").await);
    fill(&h, &domain, 10).await;
    h.chained().await;
    let admin = async |arguments: &[&str]| {
        let mut command = program();
        command.args(["admin", "audit"]).args(arguments);
        command.env("PLEXSPHERE_DATABASE_URL", Cluster::url(&h.database));
        command.env("PLEXSPHERE_MASTER_KEY", crate::harness::MASTER_KEY);
        let done = output(&mut command).await;
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    };
    let (code, said, complaint) = admin(&["verify"]).await;
    assert_eq!((code, said.lines().count()), (Some(0), 3), "{said}{complaint}");
    assert!(said.contains(&format!("domain:{domain} head 11 entries 11 holds")), "{said}");
    let (_, heads, _) = admin(&["head"]).await;
    assert_eq!(heads.lines().count(), 3);
    let head: Value = serde_json::from_str(heads.lines().find(|line| line.contains(&domain)).unwrap()).unwrap();
    assert_eq!(head["seq"], 11);
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("heads-{domain}"));
    std::fs::write(&file, &heads).unwrap();
    let kept = ["verify", "--heads", file.to_str().unwrap()];
    assert_eq!(admin(&kept).await.0, Some(0));

    h.sql(&format!("UPDATE audit_chain SET object = 'x' WHERE chain_id = '{domain}' AND seq = 4")).await;
    let (code, said, complaint) = admin(&["verify"]).await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains("BROKEN: entry 4 was changed") && complaint.contains("1 chains do not hold"),
        "{said}{complaint}"
    );
    // Of what cannot be read at all it says as much, and all of the others.
    h.sql(&format!("UPDATE audit_chain SET at = 'infinity' WHERE chain_id = '{domain}' AND seq = 3")).await;
    let (code, said, _) = admin(&["verify"]).await;
    assert_eq!((code, said.lines().count()), (Some(1), 3), "{said}");
    assert!(said.contains("BROKEN: entry 3 was changed"), "{said}");
    assert_eq!(admin(&["verify", "--domain", &other]).await.0, Some(0));
    assert_eq!(admin(&["verify", "--domain", &domain]).await.0, Some(1));

    // All of it gone: nothing in the database tells, and a head that was kept does.
    h.sql(&format!(
        "DELETE FROM audit_chain WHERE chain_id = '{domain}'; DELETE FROM audit_heads WHERE chain_id = '{domain}'"
    ))
    .await;
    assert_eq!(admin(&["verify"]).await.0, Some(0));
    let (code, said, _) = admin(&kept).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("entry 11, which was its head once, is not there"), "{said}");
    // Nor does what was asked for by name hold when it is not there.
    for asked in ["verify", "head"] {
        let (code, said, complaint) = admin(&[asked, "--domain", &domain]).await;
        assert_eq!((code, said.as_str()), (Some(1), ""), "{asked}");
        assert!(complaint.contains(&format!("there is no chain domain:{domain}")), "{complaint}");
        assert_eq!(admin(&[asked, "--domain", &other]).await.0, Some(0));
    }
    std::fs::remove_file(&file).unwrap();
    h.stop().await;
}
