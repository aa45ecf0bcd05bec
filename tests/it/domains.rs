use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Client, Harness};

const PATH: &str = "/v1/domains";

fn domain(slug: &str, mesh_cidr: &str) -> Value {
    json!({ "name": slug, "slug": slug, "mesh_cidr": mesh_cidr })
}

/// `body` with the members of `change`; null takes one away.
fn with(mut body: Value, change: &Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
            value => body[name] = value.clone(),
        }
    }
    body
}

fn at(id: &str) -> String {
    format!("{PATH}/{id}")
}

/// PATCH for the version that `if_match` names.
pub async fn patch_if_match(client: &Client, path: &str, body: &Value, if_match: &str) -> Answer {
    let request = client.request(Method::PATCH, path).header("content-type", "application/json");
    client.send(request.header("if-match", if_match).body(body.to_string())).await
}

#[tokio::test]
async fn a_domain_takes_its_defaults_and_says_what_it_is() {
    let h = Harness::start().await;
    let made = h.admin.post(PATH, &domain("edge", "100.64.0.0/16")).await.expect(201);
    let id = made["domain_id"].as_str().unwrap();
    let expected = json!({
        "domain_id": id, "name": "edge", "slug": "edge", "mesh_cidr": "100.64.0.0/16", "region": null,
        "reachability": { "heartbeat_interval": "30s", "stale_after": "1m30s", "unreachable_after": "5m0s" },
        "endpoint_ttl_seconds": 300, "rotation_expiry_seconds": 86400,
        "created_at": made["created_at"], "updated_at": made["created_at"],
    });
    assert_eq!(made, expected);
    let read = h.admin.get(&at(id)).await;
    assert_eq!(read.header("etag"), Some("\"1\""));
    assert_eq!(read.expect(200), expected);
    assert_eq!(
        h.count(&format!(
            "SELECT count(*) FROM audit_entries WHERE action = 'domain.create' AND object = 'domain:{id}'"
        ))
        .await,
        1
    );
    h.stop().await;
}

#[tokio::test]
async fn a_domain_keeps_what_it_is_given() {
    let h = Harness::start().await;
    let given = json!({
        "name": "é".repeat(128), "slug": "a".repeat(63), "mesh_cidr": "FD00:0:0:1::/64", "region": "r".repeat(64),
        "reachability": { "heartbeat_interval": "10m", "stale_after": "0.5h", "unreachable_after": "3600s" },
        "endpoint_ttl_seconds": 3600, "rotation_expiry_seconds": 2592000,
    });
    let made = h.admin.post(PATH, &given).await.expect(201);
    for member in ["name", "slug", "region", "endpoint_ttl_seconds", "rotation_expiry_seconds"] {
        assert_eq!(made[member], given[member], "{member}");
    }
    assert_eq!(made["mesh_cidr"], "fd00:0:0:1::/64");
    // Written as Go writes them, whatever the spelling was.
    assert_eq!(
        made["reachability"],
        json!({ "heartbeat_interval": "10m0s", "stale_after": "30m0s", "unreachable_after": "1h0m0s" })
    );
    h.stop().await;
}

/// What breaks a rule, and the member that is then named. Rules that hold for both creating and changing.
fn invalid_members() -> Vec<(Value, &'static str)> {
    let reachability = |name: &str, value: &str| json!({ "reachability": { name: value } });
    let mut all = vec![
        (json!({ "name": "" }), "name"),
        (json!({ "name": " \t" }), "name"),
        (json!({ "name": "x".repeat(129) }), "name"),
        (json!({ "region": "" }), "region"),
        (json!({ "region": "  " }), "region"),
        (json!({ "region": "x".repeat(65) }), "region"),
        (json!({ "endpoint_ttl_seconds": 9 }), "endpoint_ttl_seconds"),
        (json!({ "endpoint_ttl_seconds": 3601 }), "endpoint_ttl_seconds"),
        (json!({ "endpoint_ttl_seconds": i64::MAX }), "endpoint_ttl_seconds"),
        (json!({ "rotation_expiry_seconds": 299 }), "rotation_expiry_seconds"),
        (json!({ "rotation_expiry_seconds": 2_592_001 }), "rotation_expiry_seconds"),
    ];
    for slug in ["", "Edge", "1edge", "-edge", "e_dge", "e dge", "edge\n", "édge"] {
        all.push((json!({ "slug": slug }), "slug"));
    }
    all.push((json!({ "slug": "x".repeat(64) }), "slug"));
    for range in [
        "",
        "x",
        "10.0.0.0",
        "10.0.0.1/24",
        "10.0.0.0/7",
        "10.0.0.0/31",
        "010.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/8",
        "0.0.0.0/8",
        "fd00::1/64",
        "fd00::/31",
        "fd00::/127",
        "fe80::/64",
        "ff00::/32",
        "::ffff:10.0.0.0/104",
        "10.0.0.0/24 ",
    ] {
        all.push((json!({ "mesh_cidr": range }), "mesh_cidr"));
    }
    all.push((json!({ "mesh_cidr": "1".repeat(65) }), "mesh_cidr"));
    for interval in ["9.999s", "10m0.001s", "30", "", "thirty", "-30s", "30.0001s"] {
        all.push((reachability("heartbeat_interval", interval), "reachability.heartbeat_interval"));
    }
    for stale in ["89s", "1h1ms", "90", "2d"] {
        all.push((reachability("stale_after", stale), "reachability.stale_after"));
    }
    for unreachable in ["179s", "1h0.001s", "1.5", "300.0000001s"] {
        all.push((reachability("unreachable_after", unreachable), "reachability.unreachable_after"));
    }
    all.push((reachability("stale_after", &"1".repeat(33)), "reachability.stale_after"));
    // Each within its bounds, and not together.
    all.push((reachability("heartbeat_interval", "31s"), "reachability.stale_after"));
    all.push((reachability("stale_after", "151s"), "reachability.unreachable_after"));
    all
}

const MALFORMED: [&str; 8] = [
    r#"{"name":1}"#,
    r#"{"surprise":1}"#,
    r#"{"endpoint_ttl_seconds":"300"}"#,
    r#"{"endpoint_ttl_seconds":300.5}"#,
    r#"{"reachability":"30s"}"#,
    r#"{"reachability":{"interval":"30s"}}"#,
    r#"{"name":"a","name":"b"}"#,
    r#"[]"#,
];

#[tokio::test]
async fn every_member_has_its_rule_and_the_one_that_breaks_it_is_named() {
    let h = Harness::start().await;
    let base = domain("edge", "100.64.0.0/16");
    let id = h.admin.post(PATH, &base).await.expect(201)["domain_id"].as_str().unwrap().to_owned();
    for (change, field) in invalid_members() {
        let body = with(domain("other", "100.65.0.0/16"), &change);
        for answer in [h.admin.post(PATH, &body).await, h.admin.patch(&at(&id), &change).await] {
            let problem = answer.refused(422, "invalid_field");
            assert_eq!(problem["field"], field, "{change}");
        }
    }
    for body in MALFORMED {
        h.admin.send_bytes(Method::POST, PATH, body).await.refused(400, "malformed_request");
        h.admin.send_bytes(Method::PATCH, &at(&id), body).await.refused(400, "malformed_request");
    }
    for member in ["name", "slug", "mesh_cidr"] {
        h.admin.post(PATH, &with(base.clone(), &json!({ member: null }))).await.refused(400, "malformed_request");
    }
    let read = h.admin.get(&at(&id)).await;
    assert_eq!(read.header("etag"), Some("\"1\""), "nothing of it has changed the Domain");
    assert_eq!(h.count("SELECT count(*) FROM domains").await, 1);
    h.stop().await;
}

#[tokio::test]
async fn slugs_and_ranges_are_unique_in_the_installation() {
    let h = Harness::start().await;
    h.domain("edge", "10.0.0.0/16").await;
    let other = h.domain("six", "fd00:1::/48").await;
    h.admin.post(PATH, &domain("edge", "10.9.0.0/16")).await.refused(409, "slug_taken");
    for range in ["10.0.0.0/16", "10.0.7.0/24", "10.0.0.0/8", "fd00:1::/48", "fd00:1:0:2::/64", "fd00:1::/32"] {
        h.admin.post(PATH, &domain("b", range)).await.refused(409, "mesh_cidr_overlap");
    }
    h.admin.patch(&at(&other), &json!({ "slug": "edge" })).await.refused(409, "slug_taken");
    h.admin.patch(&at(&other), &json!({ "mesh_cidr": "10.0.128.0/17" })).await.refused(409, "mesh_cidr_overlap");
    h.domain("beside", "10.1.0.0/16").await;
    // Its own range and slug are not in its way.
    for range in ["fd00:1::/47", "fd00:1::/64"] {
        h.admin.patch(&at(&other), &json!({ "mesh_cidr": range, "slug": "six" })).await.expect(200);
    }
    h.stop().await;
}

#[tokio::test]
async fn two_overlapping_domains_at_once_leave_one() {
    let h = Harness::start().await;
    let (bodies, clients) =
        ((domain("a", "10.0.0.0/16"), domain("b", "10.0.0.0/8")), (h.admin.clone(), h.admin.clone()));
    let (a, b) = tokio::join!(clients.0.post(PATH, &bodies.0), clients.1.post(PATH, &bodies.1));
    let (won, lost) = if a.status == 201 { (a, b) } else { (b, a) };
    won.expect(201);
    lost.refused(409, "mesh_cidr_overlap");
    h.stop().await;
}

#[tokio::test]
async fn a_change_happens_to_the_version_that_was_read() {
    let h = Harness::start().await;
    let id = h.domain("edge", "10.0.0.0/16").await;
    h.clock.advance(TimeDelta::seconds(3));
    let changed = patch_if_match(&h.admin, &at(&id), &json!({ "region": "eu" }), "\"1\"").await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let changed = changed.expect(200);
    assert_eq!((&changed["region"], &changed["slug"]), (&json!("eu"), &json!("edge")));
    assert_ne!(changed["updated_at"], changed["created_at"]);
    for stale in ["\"1\"", "\"3\"", "W/\"2\"", "2", "nonsense", "\"2"] {
        patch_if_match(&h.admin, &at(&id), &json!({ "region": "us" }), stale).await.refused(412, "precondition_failed");
    }
    for fresh in ["\"2\"", "*", "\"9\", \"2\""] {
        // What it is already changes nothing: no version, no time; the audit log says so.
        let same = patch_if_match(&h.admin, &at(&id), &json!({ "region": "eu" }), fresh).await;
        assert_eq!(same.header("etag"), Some("\"2\""));
        assert_eq!(same.expect(200), changed);
    }
    assert_eq!(h.admin.patch(&at(&id), &json!({})).await.expect(200), changed);
    assert_eq!(
        h.admin.patch(&at(&id), &json!({ "region": null, "reachability": null })).await.expect(200),
        changed,
        "null is absent"
    );
    assert_eq!(h.changes("action = 'domain.update'").await, 1);
    h.stop().await;
}

#[tokio::test]
async fn of_two_changes_to_one_version_one_happens() {
    let h = Harness::start().await;
    let id = h.domain("edge", "10.0.0.0/16").await;
    let path = at(&id);
    let (eu, us) = (json!({ "region": "eu" }), json!({ "region": "us" }));
    let (a, b) =
        tokio::join!(patch_if_match(&h.admin, &path, &eu, "\"1\""), patch_if_match(&h.admin, &path, &us, "\"1\""));
    let (won, lost) = if a.status == 200 { (a, b) } else { (b, a) };
    lost.refused(412, "precondition_failed");
    assert_eq!(h.admin.get(&path).await.expect(200), won.expect(200));
    h.stop().await;
}

#[tokio::test]
async fn thresholds_are_checked_together_with_those_that_stay() {
    let h = Harness::start().await;
    let id = h.domain("edge", "10.0.0.0/16").await;
    let set =
        json!({ "reachability": { "heartbeat_interval": "10s", "stale_after": "30s", "unreachable_after": "1m" } });
    let answer = h.admin.patch(&at(&id), &set).await.expect(200);
    assert_eq!(
        answer["reachability"],
        json!({ "heartbeat_interval": "10s", "stale_after": "30s", "unreachable_after": "1m0s" })
    );
    let problem = h
        .admin
        .patch(&at(&id), &json!({ "reachability": { "heartbeat_interval": "11s" } }))
        .await
        .refused(422, "invalid_field");
    assert_eq!(problem["field"], "reachability.stale_after");
    let both = json!({ "reachability": { "heartbeat_interval": "10.5s", "stale_after": "31.5s", "unreachable_after": "1m3s" } });
    let answer = h.admin.patch(&at(&id), &both).await.expect(200);
    assert_eq!(
        answer["reachability"],
        json!({ "heartbeat_interval": "10.5s", "stale_after": "31.5s", "unreachable_after": "1m3s" })
    );
    h.stop().await;
}

#[tokio::test]
async fn range_and_slug_stay_once_a_node_has_been_enrolled() {
    let h = Harness::start().await;
    let id = h.domain("edge", "10.0.0.0/24").await;
    let project = h.project(&id, "team").await;
    h.admin.patch(&at(&id), &json!({ "mesh_cidr": "10.1.0.0/24", "slug": "edges" })).await.expect(200);
    let agent = h.enrol(&project, "web-1").await;
    assert_eq!(agent.mesh_ip, "10.1.0.1", "addresses come from the range as it is now");
    h.admin.patch(&at(&id), &json!({ "mesh_cidr": "10.1.0.0/16" })).await.refused(409, "mesh_cidr_in_use");
    h.admin.patch(&at(&id), &json!({ "slug": "edge" })).await.refused(400, "slug_immutable");
    // What stays may be named, and the rest may change.
    let same = json!({ "mesh_cidr": "10.1.0.0/24", "slug": "edges", "name": "Edges" });
    assert_eq!(h.admin.patch(&at(&id), &same).await.expect(200)["name"], "Edges");
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    h.admin.patch(&at(&id), &json!({ "slug": "edge" })).await.refused(400, "slug_immutable");
    h.stop().await;
}

#[tokio::test]
async fn a_range_does_not_leave_a_projects_sub_range_outside() {
    let h = Harness::start().await;
    let id = h.domain("edge", "10.0.0.0/16").await;
    let body = json!({ "domain_id": id, "name": "P", "slug": "p", "sub_range_cidr": "10.0.8.0/24" });
    h.admin.post("/v1/projects", &body).await.expect(201);
    h.admin.patch(&at(&id), &json!({ "mesh_cidr": "10.0.0.0/21" })).await.refused(409, "mesh_cidr_in_use");
    h.admin.patch(&at(&id), &json!({ "mesh_cidr": "10.0.0.0/20" })).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_domain_is_deleted_when_nothing_is_in_it_and_leaves_nothing_behind() {
    let h = Harness::start().await;
    let id = h.domain("edge", "10.0.0.0/24").await;
    let project = h.project(&id, "team").await;
    let agent = h.enrol(&project, "web-1").await;
    h.operator(&format!("domain:{id}"), "admin").await;
    h.admin.delete(&at(&id)).await.refused(409, "domain_not_empty");
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    h.admin.delete(&format!("/v1/projects/{project}")).await.expect(204);
    h.admin.delete(&at(&id)).await.expect(204);
    for gone in [
        "domains",
        "projects",
        "nodes",
        "peers",
        "address_pools",
        "released_addresses",
        "wrap_keys",
        "signing_keys",
        "outbox",
        "relation_tuples WHERE object_type <> 'platform'",
    ] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {gone}")).await, 0, "{gone}");
    }
    h.admin.delete(&at(&id)).await.refused(404, "domain_not_found");
    h.admin.get(&at(&id)).await.refused(404, "domain_not_found");
    h.admin.patch(&at(&id), &json!({})).await.refused(404, "domain_not_found");
    h.domain("edge", "10.0.0.0/24").await;
    h.stop().await;
}

#[tokio::test]
async fn a_malformed_id_is_told_before_the_credential_is_looked_at() {
    let h = Harness::start().await;
    for id in ["x", "00000000-0000-0000-0000-000000000000", "0192f0c17a2b7c3d8e4f5a6b7c8d9e0f"] {
        for method in [Method::GET, Method::DELETE, Method::PATCH] {
            let request = h.anonymous().request(method, &at(id));
            h.anonymous().send(request).await.refused(400, "invalid_domain_id");
        }
    }
    h.stop().await;
}

#[tokio::test]
async fn a_list_is_walked_page_by_page_and_its_cursor_is_good_for_one_caller_and_one_query() {
    let h = Harness::start().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(h.domain(&format!("d{n}"), &format!("10.{n}.0.0/16")).await);
        h.clock.advance(TimeDelta::milliseconds(1));
    }
    let first = h.admin.get("/v1/domains?limit=2").await.expect(200);
    let second = h
        .admin
        .get(&format!("/v1/domains?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()))
        .await
        .expect(200);
    let cursor = second["next_cursor"].as_str().unwrap();
    // Another limit is the same query; what comes in between moves nothing.
    h.domain("d9", "10.9.0.0/16").await;
    h.admin.delete(&at(&ids[0])).await.expect(204);
    let rest = h.admin.get(&format!("/v1/domains?limit=200&cursor={cursor}")).await.expect(200);
    let of = |page: &Value| {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["domain_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!([of(&first), of(&second)].concat(), ids[..4]);
    assert_eq!((of(&rest)[0].as_str(), of(&rest).len()), (ids[4].as_str(), 2));
    assert_eq!(rest.get("next_cursor"), None, "the last page has none");

    let other = h.operator("platform:plexsphere", "admin").await;
    other.get(&format!("/v1/domains?cursor={cursor}")).await.refused(400, "invalid_cursor");
    h.admin.get(&format!("/v1/projects?cursor={cursor}")).await.refused(400, "invalid_cursor");
    let changed =
        if cursor.starts_with('A') { cursor.replacen('A', "B", 1) } else { cursor.replacen(&cursor[..1], "A", 1) };
    for cursor in ["", "x", changed.as_str(), &format!("{cursor}A"), &"A".repeat(4000)] {
        h.admin.get(&format!("/v1/domains?cursor={cursor}")).await.refused(400, "invalid_cursor");
    }
    for limit in ["0", "201", "x", "-1", "1.5", "", "99999999999"] {
        h.admin.get(&format!("/v1/domains?limit={limit}")).await.refused_query("limit");
    }
    assert_eq!(of(&h.admin.get("/v1/domains?limit=1").await.expect(200)).len(), 1);
    h.stop().await;
}

#[tokio::test]
async fn domains_are_seen_and_changed_by_relation() {
    let h = Harness::start().await;
    let mine = h.domain("mine", "10.0.0.0/16").await;
    let theirs = h.domain("theirs", "10.1.0.0/16").await;
    let project = h.project(&mine, "team").await;
    let object = format!("domain:{mine}");
    for (object, relation, sees, manages) in [
        (object.as_str(), "admin", true, true),
        (object.as_str(), "viewer", true, false),
        (object.as_str(), "auditor", false, false),
        (&format!("project:{project}"), "admin", false, false),
    ] {
        let operator = h.operator(object, relation).await;
        let listed = operator.get(PATH).await.expect(200);
        let listed: Vec<&str> =
            listed["items"].as_array().unwrap().iter().map(|item| item["domain_id"].as_str().unwrap()).collect();
        assert_eq!(listed, if sees { vec![mine.as_str()] } else { vec![] }, "{object} {relation}");
        let (read, changed) = (operator.get(&at(&mine)).await, operator.patch(&at(&mine), &json!({})).await);
        if sees {
            drop(read.expect(200))
        } else {
            drop(read.refused(403, "insufficient_relation"))
        }
        if manages {
            drop(changed.expect(200))
        } else {
            drop(changed.refused(403, "insufficient_relation"))
        }
        operator.get(&at(&theirs)).await.refused(403, "insufficient_relation");
        operator.post(PATH, &domain("new", "10.7.0.0/16")).await.refused(403, "insufficient_relation");
    }
    let manager = h.operator(&object, "admin").await;
    manager.delete(&at(&mine)).await.refused(409, "domain_not_empty");
    // The relation comes before the body: what is wrong with it is not told.
    let nobody = h.client_of(&format!("user:{}", Uuid::now_v7())).await;
    nobody.send_bytes(Method::PATCH, &at(&mine), "nonsense").await.refused(403, "insufficient_relation");
    h.anonymous().get(PATH).await.refused(401, "unauthenticated");
    h.stop().await;
}
