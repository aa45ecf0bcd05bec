//! No operation tells an id that exists and is none of the caller's business from one that does not exist: their answers
//! are the same, byte by byte, apart from the ids themselves and what ties an answer to its log.

use http::Method;
use plexsphere::access::Permission;
use plexsphere::edge::operation::Credential;
use plexsphere::edge::operation::Operation::{self, *};
use plexsphere::edge::operation::Relation;
use plexsphere::problem::ProblemCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::agent::registration;
use crate::harness::{Agent, Answer, Client};
use crate::order_of_checks::Stage;

/// What is looked at, and by whom.
struct Places {
    stage: Stage,
    /// In another Domain.
    foreign_project: String,
    foreign_node: Agent,
    /// Administers that one only.
    neighbour: Client,
    /// Administers the Domain of the stage only.
    manager: Client,
    /// Administers its project only.
    project_manager: Client,
    api_token: String,
    bootstrap_token: String,
    tuple: String,
    violation: String,
    member: String,
    service: String,
}

/// One request in which an id is to be put, and the ids: the answers must be the same for all of them.
struct Ask {
    who: &'static str,
    client: Client,
    method: Method,
    path: String,
    body: Option<Value>,
    ids: Vec<String>,
}

/// Stands for the id.
const ID: &str = "ID";

fn unknown() -> String {
    Uuid::now_v7().to_string()
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap().to_owned()
}

impl Places {
    async fn set() -> Self {
        let stage = Stage::set().await;
        let h = &stage.h;
        let foreign_domain = h.domain("other", "10.30.0.0/16").await;
        let foreign_project = h.project(&foreign_domain, "team").await;
        let foreign_node = h.enrol(&foreign_project, "web-1").await;
        let violation = json!({ "kind": "binary_checksum", "detected_by": "inotify", "artifact_id": "agent",
            "observed_checksum": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" });
        let violations = json!({ "violations": [violation] });
        stage.node.client.post(&stage.node.path("integrity-violations"), &violations).await.expect(202);
        let violation = h.rows("SELECT id FROM integrity_violations").await;
        let bootstrap = format!("/v1/projects/{}/bootstrap-tokens", stage.project);
        let token = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
        let bootstrap = h.admin.post(&bootstrap, &token).await.expect(201);
        let tuple = json!({ "object": format!("domain:{}", stage.domain), "relation": "viewer",
            "subject": format!("user:{}", unknown()) });
        let tuple = h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
        let manager = h.operator(&format!("domain:{}", stage.domain), "admin").await;
        let service = unknown();
        let of_service = json!({ "identity_ref": format!("service:{service}"), "env_prefix": "dev" });
        let api_token = manager.post("/v1/auth/tokens", &of_service).await.expect(201);
        let member = unknown();
        h.sql(&format!(
            "INSERT INTO identities (id, kind, issuer, subject, domain_id, created_at) \
             VALUES ('{member}', 'user', 'https://idp.example', 'a', '{}', now())",
            stage.domain
        ))
        .await;
        let neighbour = h.operator(&format!("domain:{foreign_domain}"), "admin").await;
        let project_manager = h.operator(&format!("project:{}", stage.project), "admin").await;
        Self {
            foreign_project,
            foreign_node,
            neighbour,
            manager,
            project_manager,
            api_token: text(&api_token, "token_id"),
            bootstrap_token: text(&bootstrap, "token_id"),
            tuple: text(&tuple, "tuple_id"),
            violation: text(&violation[0], "id"),
            member,
            service,
            stage,
        }
    }

    /// Operators to whom nothing on the stage is shown.
    fn outsiders(&self) -> [(&'static str, &Client); 2] {
        [("a stranger", &self.stage.stranger), ("a neighbour", &self.neighbour)]
    }

    fn method(&self, operation: Operation) -> Method {
        self.stage.described(operation).method.parse().unwrap()
    }

    /// The operation's path with [`ID`] at place `at`, and the others as `id` says.
    fn path(&self, operation: Operation, at: usize, id: impl Fn(ProblemCode) -> String) -> String {
        let seen = std::cell::Cell::new(0);
        self.stage.path(operation, |code| {
            seen.set(seen.get() + 1);
            if seen.get() - 1 == at { ID.to_owned() } else { id(code) }
        })
    }

    /// An id on the stage that an operation of this kind finds.
    fn there(&self, operation: Operation, code: ProblemCode) -> String {
        match (operation, code) {
            (GetBootstrapToken | RevokeBootstrapToken, ProblemCode::InvalidId) => self.bootstrap_token.clone(),
            (RevokeApiToken | RotateApiToken, _) => self.api_token.clone(),
            (DeleteRelationTuple, _) => self.tuple.clone(),
            (AcknowledgeIntegrityViolation, _) => self.violation.clone(),
            (_, code) => self.stage.known(code),
        }
    }

    /// `body` of `operation`, by everybody who may know nothing of `there`.
    fn by_outsiders(&self, operation: Operation, path: &str, body: Option<Value>, there: &[&String]) -> Vec<Ask> {
        let ask = |(who, client): (&'static str, &Client)| Ask {
            who,
            client: client.clone(),
            method: self.method(operation),
            path: path.to_owned(),
            body: body.clone(),
            ids: there.iter().map(|id| (*id).clone()).collect(),
        };
        self.outsiders().into_iter().map(ask).collect()
    }

    /// Each id of the path in turn, the others being there or not.
    fn in_path(&self, operation: Operation) -> Vec<Ask> {
        let gate = operation.gate();
        let mut asks = Vec::new();
        for (at, (_, code)) in gate.path_ids.iter().enumerate() {
            let others =
                [self.path(operation, at, |code| self.there(operation, code)), self.path(operation, at, |_| unknown())];
            for path in &others[..gate.path_ids.len().min(2)] {
                let body = gate.body.map(|_| json!({ "reason": "seen" }));
                if gate.credential != Credential::Nsk {
                    asks.extend(self.by_outsiders(operation, path, body.clone(), &[&self.there(operation, *code)]));
                }
                if *code == ProblemCode::InvalidNodeId && gate.credential != Credential::Operator {
                    asks.push(Ask {
                        who: "another Node",
                        client: self.foreign_node.client.clone(),
                        method: self.method(operation),
                        path: path.clone(),
                        body,
                        ids: vec![self.stage.node.node_id.clone(), self.stage.sibling.node_id.clone()],
                    });
                }
            }
        }
        asks
    }

    /// Everything in which `operation` could tell of an id.
    async fn asks(&self, operation: Operation) -> Vec<Ask> {
        let stage = &self.stage;
        let (domain, project, node) = (&stage.domain, &stage.project, &stage.node.node_id);
        let plain = || self.path(operation, usize::MAX, |code| stage.known(code));
        let by_outsiders = |path: &str, body: Value, there: &[&String]| {
            self.by_outsiders(operation, path, (!body.is_null()).then_some(body), there)
        };
        let by = |who, client: &Client, path: String, body: Value, ids: Vec<&String>| Ask {
            who,
            client: client.clone(),
            method: self.method(operation),
            path,
            body: (!body.is_null()).then_some(body),
            ids: ids.into_iter().cloned().collect(),
        };
        let mut asks = self.in_path(operation);
        match operation {
            // Of its own Domain's edges the manager sees those with a Node that is not in it as little as none.
            GetDomainMeshTopology => {
                let path = format!("{}?node_id={ID}", plain());
                asks.push(by("a manager", &self.manager, path, Value::Null, vec![&self.foreign_node.node_id]));
            }
            // The other end of an edge: in another Domain.
            GetPeerPsk => {
                let path = format!("/v1/nodes/{node}/peers/{ID}/psk");
                let (node, foreign) = (&stage.node.client, &self.foreign_node.node_id);
                asks.push(by("a Node", node, path, Value::Null, vec![foreign]));
            }
            // A token of another project, through one's own.
            GetBootstrapToken | RevokeBootstrapToken => {
                let path = format!("/v1/projects/{}/bootstrap-tokens/{ID}", self.foreign_project);
                asks.push(by("a neighbour", &self.neighbour, path, Value::Null, vec![&self.bootstrap_token]));
            }
            // Bound to a Node of another project.
            IssueBootstrapToken => {
                let path = format!("/v1/projects/{project}/bootstrap-tokens");
                let body = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600, "node_id": ID });
                let foreign = &self.foreign_node.node_id;
                asks.push(by("a project's manager", &self.project_manager, path, body, vec![foreign]));
            }
            Register => {
                let anyone = stage.h.anonymous();
                let token = stage.h.bootstrap_token(project).await;
                let mut body = registration(ID, "web-9", &token);
                asks.push(by("a token's holder", &anyone, plain(), body.clone(), vec![&self.foreign_project]));
                body["project_id"] = json!(project);
                body["requested_resource_id"] = json!(ID);
                let nodes = vec![node, &self.foreign_node.node_id];
                asks.push(by("a token's holder", &anyone, plain(), body, nodes));
            }
            CreateProject => {
                let body = json!({ "domain_id": ID, "name": "n", "slug": "n" });
                asks.extend(by_outsiders(&plain(), body, &[domain]));
            }
            ListProjects => asks.extend(by_outsiders(&format!("/v1/projects?domain_id={ID}"), Value::Null, &[domain])),
            ListNodes => asks.extend(by_outsiders(&format!("/v1/nodes?domain_id={ID}"), Value::Null, &[domain])),
            ListIntegrityViolations => {
                for (filter, there) in [("domain_id", domain), ("project_id", project), ("node_id", node)] {
                    let path = format!("/v1/integrity-violations?{filter}={ID}");
                    asks.extend(by_outsiders(&path, Value::Null, &[there]));
                }
            }
            ListRelationTuples => {
                for (kind, there) in [("domain", domain), ("project", project), ("node", node)] {
                    let path = format!("/v1/authz/relation-tuples?object={kind}:{ID}");
                    asks.extend(by_outsiders(&path, Value::Null, &[there]));
                }
                let path = format!("/v1/authz/relation-tuples?subject=user:{ID}");
                asks.extend(by_outsiders(&path, Value::Null, &[&self.member]));
            }
            CreateRelationTuple | CheckRelation => {
                let subject = format!("user:{}", Uuid::from_u128(7));
                for (kind, relation, permission, there) in [
                    ("domain", "viewer", "domain-view", domain),
                    ("project", "reader", "read", project),
                    ("node", "reader", "read", node),
                ] {
                    let object = format!("{kind}:{ID}");
                    let body = match operation {
                        CreateRelationTuple => json!({ "object": object, "relation": relation, "subject": subject }),
                        _ => json!({ "object": object, "permission": permission, "subject": subject }),
                    };
                    asks.extend(by_outsiders(&plain(), body, &[there]));
                    if operation == CheckRelation {
                        // About oneself it is answered.
                        let body = json!({ "object": object, "permission": permission });
                        asks.extend(by_outsiders(&plain(), body, &[there]));
                    }
                }
            }
            IssueApiToken => {
                let body = json!({ "identity_ref": format!("user:{ID}"), "env_prefix": "dev" });
                asks.extend(by_outsiders(&plain(), body, &[&self.member]));
                // Whoever manages a Domain can take a service that nobody has: that one is had shows then.
                let body = json!({ "identity_ref": format!("service:{ID}"), "env_prefix": "dev" });
                asks.push(by("a stranger", &stage.stranger, plain(), body, vec![&self.service]));
            }
            ListApiTokens => {
                for (kind, there) in [("user", &self.member), ("service", &self.service)] {
                    let path = format!("/v1/auth/tokens?identity_ref={kind}:{ID}");
                    asks.extend(by_outsiders(&path, Value::Null, &[there]));
                }
            }
            PostSignIn => {
                let anyone = stage.h.anonymous();
                asks.push(by("anybody", &anyone, plain(), json!({ "domain_id": ID }), vec![domain]));
            }
            GetSignIn => {
                let (anyone, path) = (stage.h.anonymous(), format!("{}?domain_id={ID}", plain()));
                asks.push(by("anybody", &anyone, path, Value::Null, vec![domain]));
            }
            // The ids in their paths are all that they take.
            PostNodeHeartbeat
            | GetNodeReachability
            | PutNodeEndpoint
            | PutNodeCapabilities
            | GetNodeState
            | PostNodeIntegrityViolations
            | GetNodeEvents
            | PostNodeKeysRotate
            | GetNodeKeysRotatePreview
            | GetDomain
            | DeleteDomain
            | PatchDomain
            | GetProject
            | DeleteProject
            | PatchProject
            | ListBootstrapTokens
            | GetNode
            | DeregisterNode
            | DrainNode
            | UndrainNode
            | FlagNodeNsk
            | PutNodeMetadataEntry
            | DeleteNodeMetadataEntry
            | PutNodeDataEntry
            | DeleteNodeDataEntry
            | PutNodeReportEntry
            | DeleteNodeReportEntry
            | RevokeApiToken
            | RotateApiToken
            | DeleteRelationTuple
            | ListAuditEntries
            | GetAuditEntry
            | VerifyAuditChain
            | AcknowledgeIntegrityViolation
            | ListProjectCapabilities => {}
            // These take none.
            PostKeysRotate | ListDomains | CreateDomain | GetWhoami | SignOut | GetAuthCallback | GetErrorCode
            | GetHealth | GetVersion | GetOpenapiJson | GetOpenapiYaml | GetDocs => return Vec::new(),
        }
        assert!(!asks.is_empty(), "{}", operation.id());
        asks
    }
}

async fn send(ask: &Ask, id: &str) -> Answer {
    let mut request = ask.client.request(ask.method.clone(), &ask.path.replace(ID, id));
    if let Some(body) = &ask.body {
        // Not an id that happens to be in a random text.
        let body = body.to_string().replace(&format!("{ID}\""), &format!("{id}\""));
        request = request.header("content-type", "application/json").body(body);
    }
    ask.client.send(request).await
}

/// All of an answer that must not depend on the id.
fn told(ask: &Ask, answer: &Answer, id: &str) -> Vec<String> {
    let correlation_id = answer.header("x-correlation-id").unwrap();
    let path = ask.path.split('?').next().unwrap();
    let text = String::from_utf8_lossy(&answer.bytes).replace(&path.replace(ID, id), "PATH");
    let text = text.replace(id, ID).replace(correlation_id, "CORRELATION");
    let mut told = vec![answer.status.to_string(), text];
    for (name, value) in &answer.headers {
        // What the answer is told apart by, and a validator that the query, with the id, goes into.
        if !matches!(name.as_str(), "x-correlation-id" | "date" | "etag") {
            told.push(format!("{name}: {}", value.to_str().unwrap()));
        }
    }
    told.sort();
    told
}

#[tokio::test]
async fn an_id_that_is_forbidden_is_answered_as_one_that_does_not_exist() {
    let places = Places::set().await;
    let mut compared = 0;
    for &operation in Operation::ALL {
        for ask in places.asks(operation).await {
            let absent = unknown();
            let nothing = told(&ask, &send(&ask, &absent).await, &absent);
            for id in &ask.ids {
                let answer = send(&ask, id).await;
                assert_eq!(told(&ask, &answer, id), nothing, "{} by {}: {}", operation.id(), ask.who, ask.path);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
    // And all that was named is still there.
    let there = format!("/v1/nodes/{}", places.stage.node.node_id);
    places.stage.h.admin.get(&there).await.expect(200);
    places.stage.h.stop().await;
}

/// What the table above rests on: the outsiders hold nothing on the stage, by any operation's relation.
#[tokio::test]
async fn the_outsiders_hold_nothing_on_the_stage() {
    let places = Places::set().await;
    let stage = &places.stage;
    let asked: Vec<Permission> = Operation::ALL
        .iter()
        .filter_map(|operation| match operation.gate().relation {
            Relation::Path(permission) | Relation::Row(permission) | Relation::Body(permission) => Some(permission),
            Relation::None | Relation::Authenticated => None,
        })
        .collect();
    for permission in asked {
        let (kind, name) = permission.name().split_once('#').unwrap();
        let id = match kind {
            "domain" => &stage.domain,
            "project" => &stage.project,
            "node" => &stage.node.node_id,
            _ => continue,
        };
        let question = json!({ "object": format!("{kind}:{id}"), "permission": name });
        for (_, client) in places.outsiders() {
            let answer = client.post("/v1/authz/check", &question).await.expect(200);
            assert_eq!(answer["decision"], "denied", "{question}");
        }
    }
    places.stage.h.stop().await;
}
