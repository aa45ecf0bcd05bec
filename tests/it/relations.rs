//! Relations are answered from memory: what changes is followed by every replica, and nobody is allowed or refused by
//! what is no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel_async::SimpleAsyncConnection;
use http::Method;
use plexsphere::access::rebac::{EmbeddedChecker, Follower, OLDEST, Schema};
use plexsphere::access::{Permission, RelationChecker, Visible};
use plexsphere::postgres::{Database, StorageError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Cluster, Harness};

const TUPLES: &str = "/v1/authz/relation-tuples";
const CHECK: &str = "/v1/authz/check";

fn user() -> String {
    format!("user:{}", Uuid::now_v7())
}

fn tuple(object: &str, relation: &str, subject: &str) -> Value {
    json!({ "object": object, "relation": relation, "subject": subject })
}

async fn grant(h: &Harness, object: &str, relation: &str, subject: &str) -> String {
    let made = h.admin.post(TUPLES, &tuple(object, relation, subject)).await.expect(201);
    made["tuple_id"].as_str().unwrap().to_owned()
}

/// A row as the server writes it.
fn row(id: Uuid, domain: &str, relation: &str, subject: &str) -> String {
    format!(
        "INSERT INTO relation_tuples (id, object_type, object_id, relation, subject_type, subject_id, created_at) \
         VALUES ('{id}', 'domain', '{domain}', '{relation}', 'user', '{}', now())",
        subject.trim_start_matches("user:")
    )
}

// ---- following

#[tokio::test]
async fn a_grant_counts_on_every_replica_at_once() {
    let h = Harness::start().await;
    let replica = h.replica().await;
    let (domain, _) = h.lab().await;
    let subject = user();
    let client = h.client_of(&subject).await;
    let path = format!("/v1/domains/{domain}");
    for client in [client.clone(), client.at(replica.address())] {
        client.get(&path).await.refused(403, "insufficient_relation");
    }
    grant(&h, &format!("domain:{domain}"), "viewer", &subject).await;
    // Nobody has stepped the other replica's watch: a no is confirmed before it is said.
    for client in [client.clone(), client.at(replica.address())] {
        client.get(&path).await.expect(200);
        assert_eq!(client.get("/v1/domains").await.expect(200)["items"].as_array().unwrap().len(), 1);
    }
    replica.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn what_is_taken_back_counts_no_more_here_at_once_and_elsewhere_after_a_read() {
    let h = Harness::start().await;
    let replica = h.replica().await;
    let (domain, _) = h.lab().await;
    let subject = user();
    let client = h.client_of(&subject).await;
    let there = client.at(replica.address());
    let path = format!("/v1/domains/{domain}");
    let id = grant(&h, &format!("domain:{domain}"), "viewer", &subject).await;
    client.get(&path).await.expect(200);
    there.get(&path).await.expect(200);
    h.admin.delete(&format!("{TUPLES}/{id}")).await.expect(204);
    client.get(&path).await.refused(403, "insufficient_relation");
    replica.task("relation_watch").unwrap().step_now().await;
    there.get(&path).await.refused(403, "insufficient_relation");
    replica.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn a_replica_is_told_of_what_people_grant_and_take_back() {
    let h = Harness::start().await;
    let replica = h.replica().await;
    let (domain, _) = h.lab().await;
    let subject = user();
    let there = h.client_of(&subject).await.at(replica.address());
    let id = grant(&h, &format!("domain:{domain}"), "viewer", &subject).await;
    there.get(&format!("/v1/domains/{domain}")).await.expect(200);
    h.admin.delete(&format!("{TUPLES}/{id}")).await.expect(204);
    let deadline = Instant::now() + Duration::from_secs(5);
    while there.get(&format!("/v1/domains/{domain}")).await.status != 403 {
        assert!(Instant::now() < deadline, "within five seconds");
    }
    replica.stop(Duration::from_secs(5)).await;
    h.stop().await;
}

#[tokio::test]
async fn what_commits_late_is_not_missed() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let (early, late) = (user(), user());
    let (early_client, late_client) = (h.client_of(&early).await, h.client_of(&late).await);
    let path = format!("/v1/domains/{domain}");
    // Begun first, committed last: others with higher numbers are read in between, more than once.
    let mut under_way = h.db().await;
    under_way.batch_execute(&format!("BEGIN; {}", row(Uuid::now_v7(), &domain, "viewer", &late))).await.unwrap();
    grant(&h, &format!("domain:{domain}"), "viewer", &early).await;
    for _ in 0..2 {
        h.step("relation_watch").await;
        early_client.get(&path).await.expect(200);
        late_client.get(&path).await.refused(403, "insufficient_relation");
    }
    under_way.batch_execute("COMMIT").await.unwrap();
    h.step("relation_watch").await;
    late_client.get(&path).await.expect(200);
    h.stop().await;
}

#[tokio::test]
async fn a_grant_that_takes_the_place_of_one_that_is_taken_back_stays() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let subject = user();
    let client = h.client_of(&subject).await;
    let path = format!("/v1/domains/{domain}");
    let first = grant(&h, &format!("domain:{domain}"), "viewer", &subject).await;
    client.get(&path).await.expect(200);
    // The one that grants again has the lower transaction id, and waits for the one that takes back.
    let (mut again, mut back) = (h.db().await, h.db().await);
    again.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    back.batch_execute(&format!("BEGIN; DELETE FROM relation_tuples WHERE id = '{first}'")).await.unwrap();
    let insert = row(Uuid::now_v7(), &domain, "viewer", &subject);
    let (inserted, ()) = tokio::join!(again.batch_execute(&insert), async {
        h.until_held_up(1).await;
        back.batch_execute("COMMIT").await.unwrap();
    });
    inserted.unwrap();
    h.step("relation_watch").await;
    client.get(&path).await.refused(403, "insufficient_relation");
    again.batch_execute("COMMIT").await.unwrap();
    for _ in 0..2 {
        h.step("relation_watch").await;
        client.get(&path).await.expect(200);
    }
    h.stop().await;
}

#[tokio::test]
async fn what_is_done_by_hand_is_followed_too() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let subject = user();
    let client = h.client_of(&subject).await;
    let path = format!("/v1/domains/{domain}");
    let id = grant(&h, &format!("domain:{domain}"), "auditor", &subject).await;
    client.get(&path).await.refused(403, "insufficient_relation");
    // Tuples are never changed, except by who has a prompt.
    h.sql(&format!("UPDATE relation_tuples SET relation = 'viewer' WHERE id = '{id}'")).await;
    client.get(&path).await.expect(200);
    // Nobody reads for so long that changes are gone.
    h.sql("DELETE FROM relation_changes").await;
    client.get(&path).await.expect(200);
    h.sql(&format!("DELETE FROM relation_tuples WHERE id = '{id}'")).await;
    h.step("relation_watch").await;
    client.get(&path).await.refused(403, "insufficient_relation");
    h.sql("TRUNCATE relation_tuples").await;
    h.step("relation_watch").await;
    h.admin.get(&path).await.refused(403, "insufficient_relation");
    h.stop().await;
}

#[tokio::test]
async fn a_database_that_was_restored_is_read_from_the_start() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let subject = user();
    let client = h.client_of(&subject).await;
    let path = format!("/v1/domains/{domain}");
    grant(&h, &format!("domain:{domain}"), "viewer", &subject).await;
    client.get(&path).await.expect(200);
    // What a restore of the tables leaves: other tables of the same names, with older contents, and no change told.
    h.sql(
        "BEGIN; ALTER TABLE relation_changes RENAME TO old_changes; \
         CREATE TABLE relation_changes (LIKE old_changes INCLUDING ALL); \
         INSERT INTO relation_changes OVERRIDING SYSTEM VALUE SELECT * FROM old_changes WHERE relation <> 'viewer'; \
         ALTER TABLE relation_tuples DISABLE TRIGGER USER; DELETE FROM relation_tuples WHERE relation = 'viewer'; \
         ALTER TABLE relation_tuples ENABLE TRIGGER USER; COMMIT",
    )
    .await;
    h.step("relation_watch").await;
    client.get(&path).await.refused(403, "insufficient_relation");
    h.stop().await;
}

/// A dump brings changes along, numbered by the server that it was taken from.
#[tokio::test]
async fn changes_that_another_server_has_numbered_are_not_followed() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let (subject, ghost) = (user(), user());
    let (client, ghost_client) = (h.client_of(&subject).await, h.client_of(&ghost).await);
    let path = format!("/v1/domains/{domain}");
    let id = grant(&h, &format!("domain:{domain}"), "viewer", &subject).await;
    client.get(&path).await.expect(200);
    let restored = |id: &str, user: &str| {
        format!(
            "INSERT INTO relation_changes (transaction_id, change, tuple_id, object_type, object_id, relation, \
                 subject_type, subject_id) \
             SELECT pg_current_xact_id()::text::bigint + 1000000, 1, '{id}', 'domain', '{domain}', 'viewer', 'user', '{}'",
            user.trim_start_matches("user:")
        )
    };
    h.sql(&restored(&id, &subject)).await;
    h.sql(&restored(&Uuid::now_v7().to_string(), &ghost)).await;
    for _ in 0..2 {
        h.step("relation_watch").await;
        ghost_client.get(&path).await.refused(403, "insufficient_relation");
    }
    h.admin.delete(&format!("{TUPLES}/{id}")).await.expect(204);
    client.get(&path).await.refused(403, "insufficient_relation");
    // Before this server's own numbers get there, they are gone: whoever reads everything removes them.
    let foreign = "SELECT count(*) FROM relation_changes \
         WHERE transaction_id > pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    assert_eq!(h.count(foreign).await, 2);
    checker(&h, OLDEST).await.0.catch_up().await.unwrap();
    assert_eq!(h.count(foreign).await, 0);
    h.sql(&restored(&id, &subject)).await;
    h.step("housekeeping").await;
    assert_eq!(h.count(foreign).await, 0);
    h.stop().await;
}

// ---- what is too old

async fn checker(h: &Harness, oldest: Duration) -> (Arc<Follower>, EmbeddedChecker) {
    let database = Database::new(&Cluster::url(&h.database), 8).unwrap();
    let follower = Arc::new(Follower::new(database, Arc::new(Schema::load().unwrap()), oldest));
    (follower.clone(), EmbeddedChecker::new(follower).unwrap())
}

#[tokio::test]
async fn nothing_is_allowed_from_a_graph_that_is_too_old() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let domain: Uuid = domain.parse().unwrap();
    let admin = h.admin_operator().await;
    let (_, young) = checker(&h, OLDEST).await;
    let (_, old) = checker(&h, Duration::ZERO).await;
    for checker in [&young, &old] {
        assert!(checker.allows(&admin, Permission::DomainManage, Some(domain)).await.unwrap());
    }
    h.sql("ALTER TABLE relation_changes RENAME TO away").await;
    assert!(young.allows(&admin, Permission::DomainManage, Some(domain)).await.unwrap());
    old.allows(&admin, Permission::DomainManage, Some(domain)).await.unwrap_err();
    old.allows_each(&[(&admin, Permission::DomainManage, Some(domain))]).await.unwrap_err();
    // Who has written asks again, and a no is never given from memory.
    let mut nobody = admin.clone();
    nobody.identity.id = Uuid::now_v7();
    young.allows(&nobody, Permission::DomainManage, Some(domain)).await.unwrap_err();
    young.visible(&nobody, Permission::DomainView).await.unwrap_err();
    young.changed();
    young.allows(&admin, Permission::DomainManage, Some(domain)).await.unwrap_err();
    h.sql("ALTER TABLE away RENAME TO relation_changes").await;
    for checker in [&young, &old] {
        assert!(checker.allows(&admin, Permission::DomainManage, Some(domain)).await.unwrap());
        assert!(!checker.allows(&nobody, Permission::DomainManage, Some(domain)).await.unwrap());
    }
    h.stop().await;
}

#[tokio::test]
async fn those_who_are_refused_share_their_reads() {
    let h = Harness::start().await;
    let database = Database::new(&Cluster::url(&h.database), 8).unwrap();
    let follower = Arc::new(Follower::new(database.clone(), Arc::new(Schema::load().unwrap()), OLDEST));
    follower.catch_up().await.unwrap();
    let mut locked = h.db().await;
    locked.batch_execute("BEGIN; LOCK TABLE relation_changes IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let begun = Arc::new(AtomicUsize::new(0));
    let asked: Vec<_> = (0..200)
        .map(|_| {
            let (follower, begun) = (follower.clone(), begun.clone());
            tokio::spawn(async move {
                begun.fetch_add(1, Ordering::SeqCst);
                follower.catch_up().await
            })
        })
        .collect();
    // Each has gone as far as it can; whoever reads by itself has, or waits for, a connection of its own.
    while begun.load(Ordering::SeqCst) < 200 {
        tokio::task::yield_now().await;
    }
    h.until_held_up(1).await;
    assert_eq!(database.connections_in_use(), 1);
    locked.batch_execute("COMMIT").await.unwrap();
    for one in asked {
        one.await.unwrap().unwrap();
    }
    h.stop().await;
}

#[tokio::test]
async fn those_who_wait_for_a_read_that_fails_fail_with_it() {
    let h = Harness::start().await;
    let (follower, _) = checker(&h, OLDEST).await;
    follower.catch_up().await.unwrap();
    h.sql("ALTER TABLE relation_changes RENAME TO away").await;
    let asked = futures_util::future::join_all((0..50).map(|_| follower.catch_up())).await;
    assert!(asked.iter().all(|answer| matches!(answer, Err(StorageError::Query(_) | StorageError::Corrupt(_)))));
    h.sql("ALTER TABLE away RENAME TO relation_changes").await;
    follower.catch_up().await.unwrap();
    h.stop().await;
}

// ---- groups and Domains

#[tokio::test]
async fn a_group_belongs_to_the_domain_that_names_it_first() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let other = h.domain("other", "10.30.0.0/16").await;
    let manager = h.operator(&format!("domain:{domain}"), "admin").await;
    let foreign = h.operator(&format!("domain:{other}"), "admin").await;
    let group = format!("group:{}", Uuid::now_v7());
    let member = user();
    let mut first = tuple(&group, "member", &member);
    manager.post(TUPLES, &first).await.refused(403, "insufficient_relation");
    first["domain_id"] = other.clone().into();
    manager.post(TUPLES, &first).await.refused(403, "insufficient_relation");
    first["domain_id"] = domain.clone().into();
    let made = manager.post(TUPLES, &first).await.expect(201);
    manager.post(TUPLES, &first).await.refused(409, "relation_tuple_exists");
    // From now on it needs no saying; and it is nobody else's.
    manager.post(TUPLES, &tuple(&group, "member", &user())).await.expect(201);
    foreign.post(TUPLES, &tuple(&group, "member", &user())).await.refused(403, "insufficient_relation");
    let mut claim = tuple(&group, "member", &user());
    claim["domain_id"] = other.clone().into();
    for client in [&foreign, &h.admin] {
        client.post(TUPLES, &claim).await.refused(403, "insufficient_relation");
    }
    assert_eq!(
        manager.get(&format!("{TUPLES}?object={group}")).await.expect(200)["items"].as_array().unwrap().len(),
        2
    );
    assert_eq!(foreign.get(&format!("{TUPLES}?object={group}")).await.expect(200)["items"], json!([]));
    let there = format!("object = '{group}' AND domain_id = '{domain}'");
    assert_eq!(h.changes(&there).await, 2);
    // What came to nothing stands there too, if it named the Domain.
    assert_eq!(h.count(&format!("SELECT count(*) FROM audit_entries WHERE {there}")).await, 3);

    // It is granted relations in its Domain, and nowhere else, whoever grants.
    let members = format!("{group}#member");
    manager.post(TUPLES, &tuple(&format!("project:{project}"), "reader", &members)).await.expect(201);
    let client = h.client_of(&member).await;
    client.get(&format!("/v1/projects/{project}")).await.expect(200);
    for object in ["platform:plexsphere".to_owned(), format!("domain:{other}")] {
        let refused = h.admin.post(TUPLES, &tuple(&object, "admin", &members)).await.refused(422, "invalid_field");
        assert_eq!(refused["field"], "subject", "{object}");
    }
    // Nor is it in a group of the platform, or of another Domain.
    let platforms = format!("group:{}", Uuid::now_v7());
    let refused = h.admin.post(TUPLES, &tuple(&platforms, "member", &members)).await.refused(422, "invalid_field");
    assert_eq!(refused["field"], "subject");
    let mut foreign_group = tuple(&format!("group:{}", Uuid::now_v7()), "member", &members);
    foreign_group["domain_id"] = other.clone().into();
    assert_eq!(foreign.post(TUPLES, &foreign_group).await.refused(422, "invalid_field")["field"], "subject");
    // A group of the platform may be in it.
    h.admin.post(TUPLES, &tuple(&platforms, "member", &user())).await.expect(201);
    manager.post(TUPLES, &tuple(&group, "member", &format!("{platforms}#member"))).await.expect(201);
    // What the platform named is the platform's.
    let mut late = tuple(&platforms, "member", &user());
    late["domain_id"] = domain.clone().into();
    manager.post(TUPLES, &late).await.refused(403, "insufficient_relation");
    let mut wrong = tuple(&format!("domain:{domain}"), "viewer", &user());
    wrong["domain_id"] = domain.clone().into();
    assert_eq!(manager.post(TUPLES, &wrong).await.refused(422, "invalid_field")["field"], "domain_id");
    let mut nowhere = tuple(&format!("group:{}", Uuid::now_v7()), "member", &user());
    nowhere["domain_id"] = Uuid::now_v7().to_string().into();
    assert_eq!(h.admin.post(TUPLES, &nowhere).await.refused(422, "invalid_field")["field"], "domain_id");

    // It goes as any grant does, and with its Domain.
    manager.delete(&format!("{TUPLES}/{}", made["tuple_id"].as_str().unwrap())).await.expect(204);
    client.get(&format!("/v1/projects/{project}")).await.refused(403, "insufficient_relation");
    h.admin.delete(&format!("/v1/projects/{project}")).await.expect(204);
    h.admin.delete(&format!("/v1/domains/{domain}")).await.expect(204);
    let id = group.trim_start_matches("group:");
    let left = format!("SELECT count(*) FROM relation_tuples WHERE object_id = '{id}' OR subject_id = '{id}'");
    assert_eq!(h.count(&left).await, 0);
    h.stop().await;
}

#[tokio::test]
async fn a_domains_administrator_is_not_told_which_tuples_lie_outside_of_it() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let manager = h.operator(&format!("domain:{domain}"), "admin").await;
    let (domain, project) = (format!("domain:{domain}"), format!("project:{project}"));
    let groups: Vec<String> = (0..3).map(|_| format!("group:{}", Uuid::now_v7())).collect();
    let members: Vec<String> = groups.iter().map(|group| format!("{group}#member")).collect();
    let (root, guest) = (user(), user());
    // The platform's: one that has everything, and one that a group of the Domain has in it.
    grant(&h, &groups[0], "member", &root).await;
    grant(&h, "platform:plexsphere", "admin", &members[0]).await;
    grant(&h, &groups[1], "member", &guest).await;
    let mut first = tuple(&groups[2], "member", &members[1]);
    first["domain_id"] = domain.trim_start_matches("domain:").into();
    manager.post(TUPLES, &first).await.expect(201);
    manager.post(TUPLES, &tuple(&project, "reader", &members[2])).await.expect(201);

    let platforms = [
        format!("{domain}#platform@platform:plexsphere"),
        format!("platform:plexsphere#admin@{}", members[0]),
        format!("{}#member@{root}", groups[0]),
    ];
    let guests = [
        format!("{project}#reader@{}", members[2]),
        format!("{}#member@{}", groups[2], members[1]),
        format!("{}#member@{guest}", groups[1]),
    ];
    for (subject, object, permission, path, inside) in
        [(&root, &domain, "manage", &platforms, 1), (&guest, &project, "read", &guests, 2)]
    {
        let question = json!({ "subject": subject, "object": object, "permission": permission });
        let whole = h.admin.post(CHECK, &question).await.expect(200);
        assert_eq!(whole["relation_path"], json!(path));
        let part = manager.post(CHECK, &question).await.expect(200);
        assert_eq!(part["decision"], "allowed");
        assert_eq!(part["relation_path"], json!(path[..inside]));
        let reason = part["reason"].as_str().unwrap();
        assert_eq!(reason.contains("outside of the Domain"), inside == 1, "{reason}");
        assert!(!reason.contains("group:") && !reason.contains("platform"), "{reason}");
    }
    h.stop().await;
}

#[tokio::test]
async fn of_two_that_name_a_group_first_one_has_it() {
    let h = Harness::start().await;
    let (domain, _) = h.lab().await;
    let other = h.domain("other", "10.30.0.0/16").await;
    for _ in 0..5 {
        let group = format!("group:{}", Uuid::now_v7());
        let claims: Vec<Value> = [&domain, &other]
            .into_iter()
            .map(|domain| {
                let mut claim = tuple(&group, "member", &user());
                claim["domain_id"] = domain.clone().into();
                claim
            })
            .collect();
        let granted = tuple("platform:plexsphere", "admin", &format!("{group}#member"));
        let (a, b, c) = tokio::join!(
            h.admin.post(TUPLES, &claims[0]),
            h.admin.post(TUPLES, &claims[1]),
            h.admin.post(TUPLES, &granted)
        );
        let made: Vec<u16> = [&a, &b, &c].into_iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(made.iter().filter(|status| **status == 201).count(), 1, "{made:?}");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_node_holds_relations_in_its_domain_only() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let node = format!("node:{}", h.enrol(&project, "web-1").await.node_id);
    let other = h.domain("other", "10.30.0.0/16").await;
    h.admin.post(TUPLES, &tuple(&format!("domain:{domain}"), "viewer", &node)).await.expect(201);
    for (object, subject) in [
        ("platform:plexsphere".to_owned(), node.clone()),
        (format!("domain:{other}"), node.clone()),
        (format!("group:{}", Uuid::now_v7()), node.clone()),
        (format!("domain:{domain}"), format!("node:{}", Uuid::now_v7())),
    ] {
        let relation = if object.starts_with("group") { "member" } else { "admin" };
        let refused = h.admin.post(TUPLES, &tuple(&object, relation, &subject)).await.refused(422, "invalid_field");
        assert_eq!(refused["field"], "subject", "{object}");
    }
    h.stop().await;
}

#[tokio::test]
async fn who_belongs_to_a_domain_holds_nothing_outside_of_it_whatever_was_granted() {
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let node = h.enrol(&project, "web-1").await.node_id;
    let other = h.domain("other", "10.30.0.0/16").await;
    let mut bound = h.admin_operator().await;
    let (_, checker) = checker(&h, OLDEST).await;
    let id = |text: &str| Some(text.parse::<Uuid>().unwrap());
    assert!(checker.allows(&bound, Permission::DomainManage, id(&other)).await.unwrap());
    bound.within = Some(domain.parse().unwrap());
    // It administers the platform, but by a credential of the Domain.
    for (permission, object, allowed) in [
        (Permission::DomainManage, id(&domain), true),
        (Permission::ProjectManage, id(&project), true),
        (Permission::NodeAgent, id(&node), true),
        (Permission::DomainManage, id(&other), false),
        (Permission::NodeAgent, Some(Uuid::now_v7()), false),
        (Permission::PlatformAdmin, None, false),
    ] {
        assert_eq!(checker.allows(&bound, permission, object).await.unwrap(), allowed, "{}", permission.name());
        assert_eq!(checker.allows_each(&[(&bound, permission, object)]).await.unwrap(), [allowed]);
    }
    let seen = checker.visible(&bound, Permission::NodeRead).await.unwrap();
    assert!(seen.contains(&Visible::Only { domains: vec![id(&domain).unwrap()], projects: vec![], nodes: vec![] }));

    // Nor may it be granted anything there.
    let service = Uuid::now_v7();
    h.sql(&format!(
        "INSERT INTO identities (id, kind, domain_id, created_at) VALUES ('{service}', 'service', '{domain}', now())"
    ))
    .await;
    let subject = format!("service:{service}");
    grant(&h, &format!("domain:{domain}"), "viewer", &subject).await;
    for object in ["platform:plexsphere".to_owned(), format!("domain:{other}"), format!("group:{}", Uuid::now_v7())] {
        let relation = if object.starts_with("group") { "member" } else { "admin" };
        let refused = h.admin.post(TUPLES, &tuple(&object, relation, &subject)).await.refused(422, "invalid_field");
        assert_eq!(refused["field"], "subject", "{object}");
    }
    // What was granted before it was bound counts no more.
    h.sql(&row(Uuid::now_v7(), &other, "viewer", &subject).replace("'user', 'service:", "'service', '")).await;
    let ask =
        |domain: &str| json!({ "subject": subject, "object": format!("domain:{domain}"), "permission": "domain-view" });
    assert_eq!(h.admin.post(CHECK, &ask(&domain)).await.expect(200)["decision"], "allowed");
    let answer = h.admin.post(CHECK, &ask(&other)).await.expect(200);
    assert_eq!(answer["decision"], "denied");
    assert_eq!(answer["reason"], format!("{subject} belongs to a Domain and holds nothing outside of it"));
    h.stop().await;
}

/// Whoever administers a Domain tries all that it can think of.
#[tokio::test]
async fn a_domains_administrator_gains_nothing_outside_of_it() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let h = Harness::start().await;
    let (domain, project) = h.lab().await;
    let node = h.enrol(&project, "web-1").await.node_id;
    let other = h.domain("other", "10.30.0.0/16").await;
    let other_project = h.project(&other, "team").await;
    let other_node = h.enrol(&other_project, "web-1").await.node_id;
    let foreign = h.operator(&format!("domain:{other}"), "admin").await;
    let me = user();
    grant(&h, &format!("domain:{domain}"), "admin", &me).await;
    let manager = h.client_of(&me).await;
    // Groups: two of nobody yet, one of the platform with power, one of the other Domain with power there.
    let groups: Vec<String> = (0..4).map(|_| format!("group:{}", Uuid::now_v7())).collect();
    grant(&h, "platform:plexsphere", "admin", &format!("{}#member", groups[2])).await;
    let mut first = tuple(&groups[3], "member", &user());
    first["domain_id"] = other.clone().into();
    foreign.post(TUPLES, &first).await.expect(201);
    foreign
        .post(TUPLES, &tuple(&format!("domain:{other}"), "admin", &format!("{}#member", groups[3])))
        .await
        .expect(201);
    let allies = [me.clone(), user(), user()];
    let outside: Vec<(String, &[&str])> = vec![
        ("platform:plexsphere".to_owned(), &["admin"]),
        (format!("domain:{other}"), &["manage", "domain-view", "audit"]),
        (format!("project:{other_project}"), &["manage", "read"]),
        (format!("node:{other_node}"), &["node-operate", "node-agent", "read"]),
    ];
    let mut objects: Vec<String> = outside.iter().map(|(object, _)| object.clone()).collect();
    objects.extend([format!("domain:{domain}"), format!("project:{project}"), format!("node:{node}")]);
    objects.extend(groups.iter().cloned());
    let mut subjects: Vec<String> = allies.to_vec();
    subjects.extend(groups.iter().map(|group| format!("{group}#member")));
    subjects.extend([format!("node:{node}"), format!("node:{other_node}")]);
    let relations = |object: &str| match object.split(':').next() {
        Some("domain") => ["admin", "viewer", "auditor", "platform"],
        Some("group") => ["member", "member", "member", "domain"],
        Some("node") => ["operator", "agent", "reader", "project"],
        _ => ["admin", "reader", "admin", "domain"],
    };
    let domains = [None, Some(domain.clone()), Some(other.clone())];

    let seed: [u8; 32] = std::array::from_fn(|_| rand::random());
    eprintln!("seed {seed:?}");
    let rng = proptest::test_runner::TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(proptest::test_runner::Config::default(), rng);
    let attempts = (0..objects.len(), 0..4_usize, 0..subjects.len(), 0..domains.len(), 0..6);
    let mut written = 0;
    for _ in 0..200 {
        let (object, relation, subject, of, by_foreign) = attempts.new_tree(&mut runner).unwrap().current();
        let mut attempt = tuple(&objects[object], relations(&objects[object])[relation], &subjects[subject]);
        if let Some(domain) = &domains[of] {
            attempt["domain_id"] = domain.clone().into();
        }
        // Now and then the other one is careless, in its own Domain.
        let by = if by_foreign == 0 && subjects[subject].starts_with("group") { &foreign } else { &manager };
        let answer = by.post(TUPLES, &attempt).await;
        assert!(matches!(answer.status.as_u16(), 201 | 403 | 409 | 422), "{attempt}: {}", answer.status);
        written += usize::from(answer.status == 201 && std::ptr::eq(by, &manager));
    }
    assert!(written > 5, "only {written} were written");
    for subject in &allies {
        for (object, permissions) in &outside {
            for permission in *permissions {
                let question = json!({ "subject": subject, "object": object, "permission": permission });
                let answer = h.admin.post(CHECK, &question).await.expect(200);
                assert_eq!(answer["decision"], "denied", "{answer}");
            }
        }
    }
    for (method, path) in [
        (Method::GET, format!("/v1/domains/{other}")),
        (Method::GET, format!("/v1/projects/{other_project}")),
        (Method::GET, format!("/v1/nodes/{other_node}")),
        (Method::POST, "/v1/domains".to_owned()),
    ] {
        manager.send_bytes(method, &path, "{}").await.refused(403, "insufficient_relation");
    }
    h.stop().await;
}
