//! The order of checks, for every operation: a request that is wrong in everything is mended step by step, and each
//! step has its own answer.

use std::collections::BTreeSet;

use http::{HeaderMap, Method};
use plexsphere::contract::{Contract, ContractOperation};
use plexsphere::edge::operation::Operation::{self, *};
use plexsphere::edge::operation::{Credential, Relation};
use plexsphere::problem::ProblemCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::registration;
use crate::harness::{Agent, Answer, Client, Harness};

/// What there is to be addressed, and who may not.
pub struct Stage {
    pub h: Harness,
    contract: Contract,
    pub domain: String,
    pub project: String,
    pub node: Agent,
    pub sibling: Agent,
    pub stranger: Client,
}

impl Stage {
    pub async fn set() -> Self {
        let h = Harness::start().await;
        let (domain, project) = h.lab().await;
        let node = h.enrol(&project, "addressed").await;
        let sibling = h.enrol(&project, "sibling").await;
        let stranger = h.client_of(&format!("user:{}", Uuid::now_v7())).await;
        Self { h, contract: Contract::load().unwrap(), domain, project, node, sibling, stranger }
    }

    pub fn described(&self, operation: Operation) -> &ContractOperation {
        self.contract.operations.iter().find(|described| described.id == operation.id()).unwrap()
    }

    /// An existing id of the kind that has this code for a malformed one.
    pub fn known(&self, malformed: ProblemCode) -> String {
        match malformed {
            ProblemCode::InvalidNodeId => self.node.node_id.clone(),
            ProblemCode::InvalidDomainId => self.domain.clone(),
            ProblemCode::InvalidProjectId => self.project.clone(),
            _ => unknown(malformed),
        }
    }

    /// The operation's path with ids as `id` gives them.
    pub fn path(&self, operation: Operation, id: impl Fn(ProblemCode) -> String) -> String {
        let ids = operation.gate().path_ids;
        let steps = self.described(operation).path.split('/').map(|step| {
            match step.strip_prefix('{').and_then(|step| step.strip_suffix('}')) {
                None => step.to_owned(),
                Some("key") => "rack".to_owned(),
                Some(name) => {
                    ids.iter().find(|(known, _)| *known == name).map_or("1".to_owned(), |(_, code)| id(*code))
                }
            }
        });
        steps.collect::<Vec<_>>().join("/")
    }

    /// What Allow says on the path of `operation`.
    fn allow(&self, operation: Operation) -> String {
        let path = &self.described(operation).path;
        let on_path = self.contract.operations.iter().filter(|other| shape(&other.path) == shape(path));
        let mut methods: BTreeSet<&str> = on_path.map(|other| other.method.as_str()).collect();
        if methods.contains("GET") {
            methods.insert("HEAD");
        }
        methods.insert("OPTIONS");
        methods.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// A path template without the names of its parameters.
fn shape(path: &str) -> String {
    path.split('/').map(|step| if step.starts_with('{') { "{}" } else { step }).collect::<Vec<_>>().join("/")
}

fn unknown(_: ProblemCode) -> String {
    Uuid::now_v7().to_string()
}

fn malformed(_: ProblemCode) -> String {
    "not-an-id".to_owned()
}

/// Everything of a request that can be wrong besides method, path and credential.
#[derive(Clone)]
struct Payload {
    long_head: bool,
    encoding: Option<&'static str>,
    media_type: &'static str,
    body: Option<Vec<u8>>,
}

impl Payload {
    async fn send(&self, client: &Client, method: &Method, path: &str) -> Answer {
        let mut request = client.request(method.clone(), path).header("content-type", self.media_type);
        if self.long_head {
            request = request.header("x-padding", "x".repeat(17 * 1024));
        }
        if let Some(encoding) = self.encoding {
            request = request.header("content-encoding", encoding);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        client.send(request).await
    }
}

fn refused(answer: &Answer, code: ProblemCode) -> Value {
    answer.refused(code.status(), code.code())
}

/// Every credential that must not do for `operation`.
fn wrong_credentials(stage: &Stage, operation: Operation) -> Vec<Client> {
    let anyone = stage.h.anonymous();
    let credential = operation.gate().credential;
    let mut key = stage.node.nsk.clone();
    // The last character carries bits of the key.
    let last = if key.ends_with('A') { 'Q' } else { 'A' };
    key.pop();
    key.push(last);
    let mut token = stage.h.admin_token.clone();
    let last = if token.ends_with('a') { 'q' } else { 'a' };
    token.pop();
    token.push(last);
    let mut wrong = vec![
        anyone.clone(),
        anyone.with_bearer("nonsense"),
        anyone.with_bearer("nsk_dev_short"),
        anyone.with_bearer("psk_dev_a_b"),
        anyone.with_bearer("eyJhbGciOiJub25lIn0.e30."),
        anyone.with_bearer(&key),
        anyone.with_bearer(&token),
    ];
    if credential == Credential::Nsk {
        wrong.push(stage.h.admin.clone());
    }
    if credential == Credential::Operator {
        wrong.push(stage.node.client.clone());
    }
    wrong
}

async fn walk(stage: &Stage, operation: Operation) {
    let gate = operation.gate();
    let id = operation.id();
    let anyone = stage.h.anonymous();
    let method: Method = stage.described(operation).method.parse().unwrap();
    let allow = stage.allow(operation);
    let cap = gate.body.map_or(8 * 1024, |body| body.cap_bytes);
    let mut payload = Payload {
        long_head: true,
        encoding: Some("br"),
        media_type: "text/plain",
        body: (method != Method::GET).then(|| vec![b'{'; cap + 1]),
    };

    // 1. Size of the head, then route and method.
    let wrong_method = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH]
        .into_iter()
        .find(|method| !allow.split(", ").any(|allowed| allowed == method.as_str()))
        .unwrap();
    let path = stage.path(operation, malformed);
    let nowhere = path.replacen("/v1/", "/v1/nowhere/", 1);
    refused(&payload.send(&anyone, &method, &nowhere).await, ProblemCode::RequestHeadersTooLarge);
    refused(&payload.send(&anyone, &wrong_method, &path).await, ProblemCode::RequestHeadersTooLarge);
    payload.long_head = false;
    refused(&payload.send(&anyone, &method, &nowhere).await, ProblemCode::RouteNotFound);
    let not_allowed = payload.send(&anyone, &wrong_method, &path).await;
    refused(&not_allowed, ProblemCode::MethodNotAllowed);
    assert_eq!(not_allowed.header("allow"), Some(allow.as_str()), "{id}");

    // 2. Path ids, in their order.
    for (at, (_, code)) in gate.path_ids.iter().enumerate() {
        for bad in ["not-an-id", "00000000-0000-0000-0000-000000000000"] {
            let seen = std::cell::Cell::new(0);
            let path = stage.path(operation, |code| {
                seen.set(seen.get() + 1);
                if seen.get() - 1 < at { unknown(code) } else { bad.to_owned() }
            });
            refused(&payload.send(&anyone, &method, &path).await, *code);
        }
    }
    let path = stage.path(operation, |code| stage.known(code));

    // 4. Credential.
    if let Some(code) = gate.unauthenticated {
        for client in wrong_credentials(stage, operation) {
            refused(&payload.send(&client, &method, &path).await, code);
        }
    }

    // 5. The NSK's Node, or the relation: whether the object exists makes no difference.
    for path in [path.clone(), stage.path(operation, unknown)] {
        if matches!(gate.credential, Credential::Nsk | Credential::OperatorOrNsk) && !gate.path_ids.is_empty() {
            let code = gate.forbidden_nsk.or(gate.forbidden).unwrap();
            let problem = refused(&payload.send(&stage.sibling.client, &method, &path).await, code);
            denied(operation, &problem, "out_of_scope");
        }
        if let Relation::Path(_) = gate.relation {
            let code = gate.forbidden.unwrap();
            let problem = refused(&payload.send(&stage.stranger, &method, &path).await, code);
            denied(operation, &problem, "insufficient_relation");
        }
    }

    // 6. and 7. The body.
    let admitted = if gate.credential == Credential::Nsk { &stage.node.client } else { &stage.h.admin };
    if let Some(body) = gate.body {
        refused(&payload.send(admitted, &method, &path).await, body.too_large);
        payload.body = Some(vec![b'{'; cap]);
        refused(&payload.send(admitted, &method, &path).await, ProblemCode::UnsupportedContentEncoding);
        payload.encoding = None;
        refused(&payload.send(admitted, &method, &path).await, ProblemCode::UnsupportedMediaType);
        payload.media_type = "application/json";
        refused(&payload.send(admitted, &method, &path).await, body.malformed);
    } else if !gate.path_ids.is_empty() {
        // 9. Nothing stands between the relation and existence; a body that nobody asked for is no matter. A Node gets
        // as far for itself only: there it is what it addresses of its own that does not exist.
        let nowhere = if gate.credential == Credential::Nsk { path.clone() } else { stage.path(operation, unknown) };
        let answer = payload.send(admitted, &method, &nowhere).await;
        assert_eq!(answer.status, 404, "{id}: {}", String::from_utf8_lossy(&answer.bytes));
    }
}

fn denied(operation: Operation, problem: &Value, reason: &str) {
    if operation.gate().forbidden_plain {
        assert!(
            problem.get("reason").is_none() && problem.get("relation_path").is_none(),
            "{}: {problem}",
            operation.id()
        );
    } else {
        assert_eq!((&problem["reason"], &problem["relation_path"]), (&reason.into(), &json!([])), "{}", operation.id());
    }
}

#[tokio::test]
async fn every_operation_checks_in_the_order_of_the_contract() {
    let stage = Stage::set().await;
    for &operation in Operation::ALL {
        walk(&stage, operation).await;
    }
    stage.h.stop().await;
}

/// Steps 8 and 9, where an operator names what is not there: the rules of the members come before existence.
#[tokio::test]
async fn rules_of_members_come_before_existence() {
    let stage = Stage::set().await;
    let token = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
    let missing = Uuid::now_v7();
    let project = json!({ "domain_id": missing, "name": "a", "slug": "a" });
    let cases = [
        (PatchDomain, json!({ "name": "" }), json!({ "name": "a" }), "domain_not_found"),
        (PatchProject, json!({ "name": "" }), json!({ "name": "a" }), "project_not_found"),
        (IssueBootstrapToken, with(&token, "ttl_seconds", 1.into()), token.clone(), "project_not_found"),
        (CreateProject, with(&project, "slug", "A".into()), project.clone(), "domain_not_found"),
        (
            AcknowledgeIntegrityViolation,
            json!({ "reason": " " }),
            json!({ "reason": "a" }),
            "integrity_violation_not_found",
        ),
    ];
    for (operation, against_a_rule, well, not_found) in cases {
        let method: Method = stage.described(operation).method.parse().unwrap();
        let path = stage.path(operation, unknown);
        stage.h.admin.send_json(method.clone(), &path, &against_a_rule).await.refused(422, "invalid_field");
        stage.h.admin.send_json(method, &path, &well).await.refused(404, not_found);
    }
    stage.h.stop().await;
}

fn with(body: &Value, member: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[member] = value;
    body
}

/// Step 8 of a heartbeat, in the order of its codes.
#[tokio::test]
async fn the_members_of_a_heartbeat_are_checked_in_their_order() {
    let stage = Stage::set().await;
    let mut body = json!({ "client_now": "2001-01-01T00:00:00Z", "nat_summary": {} });
    let path = stage.node.path("heartbeat");
    let steps = [
        (
            "clock_skew",
            "client_now",
            crate::harness::agent::heartbeat(plexsphere::clock::Clock::now(&*stage.h.clock))["client_now"].clone(),
        ),
        ("binary_checksum_empty", "binary_checksum", "ab".repeat(32).into()),
        ("binary_version_empty", "binary_version", "1".into()),
    ];
    for (code, member, mended) in steps {
        stage.node.client.post(&path, &body).await.refused(400, code);
        body[member] = mended;
    }
    stage.node.client.post(&path, &body).await.expect(200);
    stage.h.stop().await;
}

/// Step 8 of a manifest, in the order of its codes: one body is wrong in everything and mended member by member.
#[tokio::test]
async fn the_members_of_a_manifest_are_checked_in_their_order() {
    let stage = Stage::set().await;
    let sum = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let digest = format!("sha256:{}", "0".repeat(64));
    let many: Vec<Value> = (0..129).map(|_| json!({})).collect();
    let hook = json!({ "name": "a", "checksum": sum });
    let image = json!({ "name": "a", "image_digest": digest });
    let action = json!({ "name": "a" });
    let mut body = json!({
        "ssh_host_key_fingerprint": "x", "declared_hooks": many, "plexd_hooks": many, "builtin_actions": many,
    });
    let path = stage.node.path("capabilities");
    for (status, code, member, mended) in [
        (400, "binary_version_empty", "binary_version", json!("1")),
        (400, "binary_checksum_invalid", "binary_checksum", json!(sum)),
        (400, "ssh_host_key_fingerprint_invalid", "ssh_host_key_fingerprint", json!("SHA256:a")),
        (400, "declared_hooks_too_many", "declared_hooks", json!([hook, hook, {}])),
        (400, "declared_hook_invalid", "declared_hooks", json!([hook, hook])),
        (400, "declared_hook_duplicate", "declared_hooks", json!([hook])),
        (422, "plexd_hooks_too_many", "plexd_hooks", json!([image, image, {}])),
        (422, "plexd_hook_invalid", "plexd_hooks", json!([image, image])),
        (422, "plexd_hook_duplicate", "plexd_hooks", json!([image])),
        (422, "builtin_actions_too_many", "builtin_actions", json!([action, action, {}])),
        (422, "builtin_action_invalid", "builtin_actions", json!([action, action])),
        (422, "builtin_action_duplicate", "builtin_actions", json!([action])),
    ] {
        stage.node.client.send_json(Method::PUT, &path, &body).await.refused(status, code);
        body[member] = mended;
    }
    stage.node.client.send_json(Method::PUT, &path, &body).await.expect(200);
    stage.h.stop().await;
}

/// Step 8 of a report: the list, then entry by entry.
#[tokio::test]
async fn the_entries_of_a_report_are_checked_in_their_order() {
    let stage = Stage::set().await;
    let sum = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let path = stage.node.path("integrity-violations");
    let bad = json!({ "observed_checksum": "x", "expected_fingerprint": "x" });
    let many: Vec<&Value> = std::iter::repeat_n(&bad, 129).collect();
    stage.node.client.post(&path, &json!({ "violations": [] })).await.refused(400, "integrity_violations_empty");
    stage.node.client.post(&path, &json!({ "violations": many })).await.refused(400, "integrity_violations_too_many");
    // The second entry is mended member by member; what is wrong with the third is not reached before.
    let good =
        json!({ "kind": "hook_checksum", "detected_by": "inotify", "artifact_id": "a", "observed_checksum": sum });
    let mut entry = bad.clone();
    for (code, member, mended) in [
        ("integrity_violation_kind_invalid", "kind", json!("hook_checksum")),
        ("integrity_violation_detected_by_invalid", "detected_by", json!("inotify")),
        ("integrity_violation_artifact_id_empty", "artifact_id", json!("a")),
        ("integrity_violation_kind_mismatch", "expected_fingerprint", Value::Null),
        ("integrity_violation_checksum_invalid", "observed_checksum", json!(sum)),
    ] {
        let body = json!({ "violations": [good, entry, {}] });
        let problem = stage.node.client.post(&path, &body).await.refused(400, code);
        let named = format!("violations[1].{member}");
        assert_eq!(problem["field"], named, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(&named), "{problem}");
        entry[member] = mended;
    }
    let body = json!({ "violations": [good, entry, {}] });
    let problem = stage.node.client.post(&path, &body).await.refused(400, "integrity_violation_kind_invalid");
    assert_eq!(problem["field"], "violations[2].kind");
    stage.node.client.post(&path, &json!({ "violations": [good, entry] })).await.expect(202);
    stage.h.stop().await;
}

/// Step 8 of an enrolment: the key, the other members, then the token.
#[tokio::test]
async fn the_members_of_an_enrolment_are_checked_in_their_order() {
    let stage = Stage::set().await;
    let token = stage.h.bootstrap_token(&stage.project).await;
    let well = registration(&stage.project, "mended", &token);
    let mut body = well.clone();
    body["public_key"] = "AAAA".into();
    body["resource_handle"] = "Not A Handle".into();
    body["bootstrap_token"] = "psb_nothing".into();
    let anyone = stage.h.anonymous();
    for (status, code, member) in [
        (400, "public_key_invalid", "public_key"),
        (422, "invalid_register_request", "resource_handle"),
        (403, "token_invalid", "bootstrap_token"),
    ] {
        anyone.post("/v1/register", &body).await.refused(status, code);
        body[member] = well[member].clone();
    }
    anyone.post("/v1/register", &body).await.expect(201);
    stage.h.stop().await;
}

#[tokio::test]
async fn a_query_is_read_after_the_caller_is_known() {
    let stage = Stage::set().await;
    let lists = stage.contract.operations.iter().filter(|described| {
        let parameters = described.document["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|parameter| parameter["$ref"] == "#/components/parameters/Limit")
    });
    for described in lists {
        let operation = *Operation::ALL.iter().find(|operation| operation.id() == described.id).unwrap();
        let path = stage.path(operation, |code| stage.known(code));
        for query in ["limit=zero", "limit=0", "limit=201", "limit=-1", "limit=99999999999"] {
            let asked = format!("{path}?{query}");
            stage.h.anonymous().get(&asked).await.refused(401, "unauthenticated");
            stage.h.admin.get(&asked).await.refused_query(query);
        }
        stage.h.admin.get(&format!("{path}?cursor=zero")).await.refused(400, "invalid_cursor");
    }
    stage.h.stop().await;
}

fn comparable(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut seen: Vec<_> = headers
        .iter()
        // Of these every answer has its own.
        .filter(|(name, _)| !["date", "x-correlation-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    seen.sort();
    seen
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let stage = Stage::set().await;
    let mut succeeded = 0;
    for &operation in Operation::ALL {
        if stage.described(operation).method != "GET" {
            continue;
        }
        let anyone = stage.h.anonymous();
        let known = stage.path(operation, |code| stage.known(code));
        let unknown_path = stage.path(operation, unknown);
        for (client, path) in [(&stage.h.admin, &known), (&stage.h.admin, &unknown_path), (&anyone, &known)] {
            // An answer that does not end: `events::head_opens_nothing` looks at it.
            if operation == GetNodeEvents && path == &known && client.has_bearer() {
                continue;
            }
            // The same id in both, because it has a place in the length of a Problem.
            let ask = |method: Method| client.request(method, path).header("x-correlation-id", "head-or-get");
            let got = client.send(ask(Method::GET)).await;
            let head = client.send(ask(Method::HEAD)).await;
            assert_eq!(head.status, got.status, "{} {path}", operation.id());
            assert!(head.bytes.is_empty());
            // With a query string or without, a fresh path id changes nothing of the headers.
            assert_eq!(comparable(&head.headers), comparable(&got.headers), "{} {path}", operation.id());
            // What is written while it is sent has no length that could be told.
            let unknown = operation == GetDomainMeshTopology && got.status.is_success();
            assert_eq!(
                head.header("content-length").map(str::to_owned),
                (!unknown).then(|| got.bytes.len().to_string()),
                "{}",
                operation.id()
            );
            succeeded += usize::from(got.status.is_success());
        }
    }
    assert!(succeeded > 10, "{succeeded}");
    stage.h.stop().await;
}

#[tokio::test]
async fn options_tells_what_a_path_takes() {
    let stage = Stage::set().await;
    for &operation in Operation::ALL {
        for path in [stage.path(operation, malformed), stage.path(operation, unknown)] {
            let client = stage.h.anonymous();
            let answer = client.send(client.request(Method::OPTIONS, &path)).await;
            assert_eq!(answer.status, 204, "{}", operation.id());
            assert_eq!(answer.header("allow"), Some(stage.allow(operation).as_str()), "{}", operation.id());
            assert!(answer.bytes.is_empty());
        }
    }
    let client = stage.h.anonymous();
    client.send(client.request(Method::OPTIONS, "/v1/nowhere")).await.refused(404, "route_not_found");
    stage.h.stop().await;
}

#[tokio::test]
async fn a_path_that_is_only_nearly_one_is_unknown() {
    let h = Harness::start().await;
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/health/",
        "//v1/health",
        "/V1/health",
        "/v1/Health",
        "/v2/health",
        "/v1/health/x",
        "/livez",
        "/metrics",
    ] {
        h.anonymous().get(path).await.refused(404, "route_not_found");
    }
    let client = h.anonymous();
    for method in ["TRACE", "PURGE", "HEAD", "PATCH"] {
        let answer = client.send(client.request(method.parse().unwrap(), "/v1/register")).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("OPTIONS, POST")), "{method}");
    }
    h.stop().await;
}
