use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domains::patch_if_match;
use crate::harness::Harness;

const PATH: &str = "/v1/projects";

fn project(domain: &str, slug: &str, sub_range: Option<&str>) -> Value {
    let mut body = json!({ "domain_id": domain, "name": slug, "slug": slug });
    if let Some(range) = sub_range {
        body["sub_range_cidr"] = range.into();
    }
    body
}

fn at(id: &str) -> String {
    format!("{PATH}/{id}")
}

async fn make(h: &Harness, domain: &str, slug: &str, sub_range: Option<&str>) -> String {
    h.admin.post(PATH, &project(domain, slug, sub_range)).await.expect(201)["project_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_project_says_what_it_is_and_is_changed_at_the_version_that_was_read() {
    let h = Harness::start().await;
    let domain = h.domain("edge", "10.0.0.0/16").await;
    let made = h.admin.post(PATH, &project(&domain, "web", None)).await.expect(201);
    let id = made["project_id"].as_str().unwrap();
    let expected = json!({
        "project_id": id, "domain_id": domain, "name": "web", "slug": "web", "sub_range_cidr": null,
        "created_at": made["created_at"], "updated_at": made["created_at"],
    });
    assert_eq!(made, expected);
    let read = h.admin.get(&at(id)).await;
    assert_eq!((read.header("etag"), read.expect(200)), (Some("\"1\""), expected));

    h.clock.advance(TimeDelta::seconds(3));
    let changed =
        patch_if_match(&h.admin, &at(id), &json!({ "name": "Web", "sub_range_cidr": "10.0.8.0/24" }), "\"1\"").await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    let changed = changed.expect(200);
    assert_eq!((&changed["name"], &changed["sub_range_cidr"]), (&json!("Web"), &json!("10.0.8.0/24")));
    patch_if_match(&h.admin, &at(id), &json!({ "name": "W" }), "\"1\"").await.refused(412, "precondition_failed");
    patch_if_match(&h.admin, &at(id), &json!({ "name": "W" }), "W/\"2\"").await.refused(412, "precondition_failed");
    assert_eq!(patch_if_match(&h.admin, &at(id), &json!({ "name": "Web" }), "*").await.expect(200), changed);

    h.admin.delete(&at(id)).await.expect(204);
    h.admin.delete(&at(id)).await.refused(404, "project_not_found");
    h.admin.get(&at(id)).await.refused(404, "project_not_found");
    h.admin.patch(&at(id), &json!({})).await.refused(404, "project_not_found");
    for action in ["create", "update", "delete"] {
        assert_eq!(h.changes(&format!("action = 'project.{action}' AND domain_id = '{domain}'")).await, 1);
    }
    h.stop().await;
}

#[tokio::test]
async fn every_member_has_its_rule_and_the_one_that_breaks_it_is_named() {
    let h = Harness::start().await;
    let domain = h.domain("edge", "10.0.0.0/16").await;
    let id = make(&h, &domain, "web", None).await;
    let mut invalid = vec![
        ("name", String::new()),
        ("name", " ".into()),
        ("name", "x".repeat(129)),
        ("slug", "x".repeat(64)),
        ("sub_range_cidr", "1".repeat(65)),
    ];
    invalid.extend(["", "Web", "1web", "w_b"].map(|slug| ("slug", slug.into())));
    // Outside of the Domain's range as well as no range at all.
    invalid.extend(
        ["", "x", "10.0.0.1/24", "10.0.0.0/31", "10.1.0.0/24", "10.0.0.0/15", "fd00::/64", "127.0.0.0/8"]
            .map(|r| ("sub_range_cidr", r.into())),
    );
    for (member, value) in invalid {
        let change = json!({ member: value });
        let mut body = project(&domain, "other", None);
        body[member] = value.into();
        for answer in [h.admin.post(PATH, &body).await, h.admin.patch(&at(&id), &change).await] {
            assert_eq!(answer.refused(422, "invalid_field")["field"], member, "{change}");
        }
    }
    for body in [
        json!({ "domain_id": "x", "name": "a", "slug": "a" }),
        json!({ "name": "a", "slug": "a" }),
        json!({ "domain_id": domain, "slug": "a" }),
        json!({ "domain_id": Uuid::nil(), "name": "a", "slug": "a" }),
        json!({ "domain_id": domain, "name": "a", "slug": "a", "x": 1 }),
    ] {
        h.admin.post(PATH, &body).await.refused(400, "malformed_request");
    }
    h.admin.patch(&at(&id), &json!({ "domain_id": domain })).await.refused(400, "malformed_request");
    for id in ["x", "00000000-0000-0000-0000-000000000000"] {
        h.anonymous().get(&at(id)).await.refused(400, "invalid_project_id");
    }
    h.admin.post(PATH, &project(&Uuid::now_v7().to_string(), "web", None)).await.refused(404, "domain_not_found");
    h.stop().await;
}

#[tokio::test]
async fn slugs_are_unique_in_their_domain_and_stay_once_a_node_has_been_enrolled() {
    let h = Harness::start().await;
    let domain = h.domain("edge", "10.0.0.0/16").await;
    let other = h.domain("other", "10.1.0.0/16").await;
    let web = make(&h, &domain, "web", None).await;
    let shop = make(&h, &domain, "shop", None).await;
    make(&h, &other, "web", None).await;
    h.admin.post(PATH, &project(&domain, "web", None)).await.refused(409, "slug_taken");
    h.admin.patch(&at(&shop), &json!({ "slug": "web" })).await.refused(409, "slug_taken");
    h.admin.patch(&at(&web), &json!({ "slug": "www" })).await.expect(200);
    h.enrol(&web, "a").await;
    h.admin.patch(&at(&web), &json!({ "slug": "web" })).await.refused(400, "slug_immutable");
    h.admin.patch(&at(&web), &json!({ "slug": "www", "name": "N" })).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_sub_range_is_reserved_where_nobody_lives() {
    let h = Harness::start().await;
    let domain = h.domain("edge", "10.0.0.0/16").await;
    let open = make(&h, &domain, "open", None).await;
    let reserved = make(&h, &domain, "reserved", Some("10.0.8.0/24")).await;
    for range in ["10.0.8.0/24", "10.0.8.128/25", "10.0.0.0/20"] {
        h.admin.post(PATH, &project(&domain, "p", Some(range))).await.refused(409, "sub_range_overlap");
        h.admin.patch(&at(&open), &json!({ "sub_range_cidr": range })).await.refused(409, "sub_range_overlap");
    }
    let agent = h.enrol(&open, "a").await;
    assert_eq!(agent.mesh_ip, "10.0.0.1");
    h.admin.post(PATH, &project(&domain, "p", Some("10.0.0.0/24"))).await.refused(409, "sub_range_in_use");
    h.admin.patch(&at(&reserved), &json!({ "sub_range_cidr": "10.0.0.0/24" })).await.refused(409, "sub_range_in_use");
    h.admin.patch(&at(&open), &json!({ "sub_range_cidr": "10.0.9.0/24" })).await.refused(409, "sub_range_in_use");
    // Elsewhere, and once nobody lives there.
    h.admin.patch(&at(&reserved), &json!({ "sub_range_cidr": "10.0.8.0/23" })).await.expect(200);
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    h.admin.patch(&at(&open), &json!({ "sub_range_cidr": "10.0.16.0/24" })).await.expect(200);
    assert_eq!(h.enrol(&open, "b").await.mesh_ip, "10.0.16.1");
    h.stop().await;
}

#[tokio::test]
async fn a_project_with_a_node_stays_and_a_deleted_one_leaves_nothing_behind() {
    let h = Harness::start().await;
    let domain = h.domain("edge", "10.0.0.0/16").await;
    let id = make(&h, &domain, "web", Some("10.0.8.0/24")).await;
    let agent = h.enrol(&id, "a").await;
    h.bootstrap_token(&id).await;
    h.operator(&format!("project:{id}"), "admin").await;
    h.operator(&format!("node:{}", agent.node_id), "operator").await;
    h.admin.delete(&at(&id)).await.refused(409, "project_not_empty");
    h.admin.post_empty(&agent.path("deregister")).await.expect(204);
    h.admin.delete(&at(&id)).await.expect(204);
    for gone in [
        "projects",
        "bootstrap_tokens",
        "nodes",
        "node_secret_keys",
        "pre_shared_keys",
        "peers",
        "node_liveness",
        "registration_nonces",
        "relation_tuples WHERE object_type IN ('project', 'node')",
        "address_pools WHERE id <> domain_id",
    ] {
        assert_eq!(h.count(&format!("SELECT count(*) FROM {gone}")).await, 0, "{gone}");
    }
    h.admin.get(&format!("/v1/nodes/{}", agent.node_id)).await.refused(404, "node_not_found");
    h.stop().await;
}

#[tokio::test]
async fn projects_are_seen_and_changed_by_relation_on_them_or_on_their_domain() {
    let h = Harness::start().await;
    let domain = h.domain("edge", "10.0.0.0/16").await;
    let elsewhere = h.domain("other", "10.1.0.0/16").await;
    let web = make(&h, &domain, "web", None).await;
    let shop = make(&h, &domain, "shop", None).await;
    let foreign = make(&h, &elsewhere, "web", None).await;
    let on_domain = format!("domain:{domain}");
    let on_web = format!("project:{web}");
    for (object, relation, sees, reads, manages) in [
        (&on_domain, "admin", vec![&web, &shop], true, true),
        (&on_domain, "viewer", vec![], false, false),
        (&on_web, "admin", vec![&web], true, true),
        (&on_web, "reader", vec![&web], true, false),
    ] {
        let operator = h.operator(object, relation).await;
        let listed = operator.get(PATH).await.expect(200);
        let mut listed: Vec<&str> =
            listed["items"].as_array().unwrap().iter().map(|item| item["project_id"].as_str().unwrap()).collect();
        listed.sort_unstable();
        let mut sees: Vec<&str> = sees.into_iter().map(String::as_str).collect();
        sees.sort_unstable();
        assert_eq!(listed, sees, "{object} {relation}");
        let of_other = operator.get(&format!("{PATH}?domain_id={elsewhere}")).await.expect(200);
        assert_eq!(of_other["items"], json!([]));
        let (read, changed) = (operator.get(&at(&web)).await, operator.patch(&at(&web), &json!({})).await);
        if reads {
            drop(read.expect(200))
        } else {
            drop(read.refused(403, "insufficient_relation"))
        }
        if manages {
            drop(changed.expect(200))
        } else {
            drop(changed.refused(403, "insufficient_relation"))
        }
        operator.get(&at(&foreign)).await.refused(403, "insufficient_relation");
        let made = operator.post(PATH, &project(&domain, "new", Some("nonsense"))).await;
        if relation == "admin" && object == &on_domain {
            made.refused(422, "invalid_field");
        } else {
            // Who may not learns nothing of what is wrong.
            made.refused(403, "insufficient_relation");
        }
    }
    let all = h.admin.get(&format!("{PATH}?domain_id={domain}")).await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    h.stop().await;
}

#[tokio::test]
async fn a_cursor_is_bound_to_the_domain_that_was_asked_for() {
    let h = Harness::start().await;
    let domain = h.domain("edge", "10.0.0.0/16").await;
    for slug in ["a", "b", "c"] {
        make(&h, &domain, slug, None).await;
    }
    let first = h.admin.get(&format!("{PATH}?limit=2&domain_id={domain}")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    h.admin.get(&format!("{PATH}?cursor={cursor}")).await.refused(400, "invalid_cursor");
    h.admin.get(&format!("{PATH}?cursor={cursor}&domain_id={}", Uuid::now_v7())).await.refused(400, "invalid_cursor");
    let rest = h.admin.get(&format!("{PATH}?cursor={cursor}&domain_id={domain}")).await.expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    for query in ["limit=0", "limit=201", "limit=x", "domain_id=x", "domain_id="] {
        h.admin.get(&format!("{PATH}?{query}")).await.refused_query(query);
    }
    h.admin.send_bytes(Method::POST, PATH, "").await.refused(400, "malformed_request");
    h.stop().await;
}
