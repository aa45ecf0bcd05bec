//! Who may do what: every operation, with every credential, by a holder of every relation. What the gate table says is
//! held against the server, cell by cell; the relations that a grant gives stand here once more, as the contract has them.

use http::Method;
use plexsphere::access::Permission::{self, *};
use plexsphere::edge::operation::Operation::{self, *};
use plexsphere::edge::operation::{Credential, Gate, Relation};
use plexsphere::problem::ProblemCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::browser::Browser;
use crate::harness::provider::Provider;
use crate::harness::{Agent, Answer, Client};
use crate::order_of_checks::Stage;

/// A grant: on what, what, and which permissions it gives.
type Grant = (&'static str, &'static str, &'static [Permission]);

const GRANTS: [Grant; 10] = [
    ("nothing", "", &[]),
    (
        "platform",
        "admin",
        &[
            PlatformAdmin,
            DomainManage,
            DomainView,
            DomainAudit,
            ProjectManage,
            ProjectRead,
            NodeOperate,
            NodeAgent,
            NodeRead,
        ],
    ),
    (
        "domain",
        "admin",
        &[DomainManage, DomainView, DomainAudit, ProjectManage, ProjectRead, NodeOperate, NodeAgent, NodeRead],
    ),
    ("domain", "viewer", &[DomainView]),
    ("domain", "auditor", &[DomainAudit]),
    ("project", "admin", &[ProjectManage, ProjectRead, NodeOperate, NodeAgent, NodeRead]),
    ("project", "reader", &[ProjectRead, NodeRead]),
    ("node", "operator", &[NodeOperate, NodeAgent, NodeRead]),
    ("node", "agent", &[NodeAgent, NodeRead]),
    ("node", "reader", &[NodeRead]),
];

/// An operator with one grant and every credential that an operator can have.
struct Holder {
    grant: Grant,
    subject: String,
    token: Client,
    jwt: Client,
    session: Browser,
}

/// A credential that is presented.
enum Presented<'s> {
    /// None that holds for anything.
    Nothing(&'static str, Client),
    /// The NSK of the addressed Node, or of another.
    Nsk { agent: &'s Agent, own: bool },
    /// An operator's, by bearer.
    Bearer(&'static str, &'s Client, &'s Holder),
    /// An operator's, by cookie; with what shows that a page of ours asks, or without.
    Session { of_ours: bool, holder: &'s Holder },
}

impl Presented<'_> {
    fn says(&self) -> String {
        match self {
            Self::Nothing(what, _) => (*what).to_owned(),
            Self::Nsk { own, .. } => format!("NSK, own: {own}"),
            Self::Bearer(what, _, holder) => format!("{what} of {}#{}", holder.grant.0, holder.grant.1),
            Self::Session { of_ours, holder } => {
                format!("session of {}#{}, page of ours: {of_ours}", holder.grant.0, holder.grant.1)
            }
        }
    }

    fn holder(&self) -> Option<&Holder> {
        match self {
            Self::Bearer(_, _, holder) | Self::Session { holder, .. } => Some(holder),
            Self::Nothing(..) | Self::Nsk { .. } => None,
        }
    }

    async fn send(&self, method: &Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        let (client, cookies) = match self {
            Self::Nothing(_, client) => (client.clone(), None),
            Self::Bearer(_, client, _) => ((*client).clone(), None),
            Self::Nsk { agent, .. } => (agent.client.clone(), None),
            Self::Session { holder, .. } => (holder.token.without_bearer(), Some(&holder.session.cookies)),
        };
        let mut request = client.request(method.clone(), path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookies) = cookies {
            request = request.header("cookie", cookies.header());
        }
        if let Self::Session { of_ours: true, holder } = self {
            let csrf = holder.session.cookies.get("plexsphere_csrf").unwrap();
            request = request.header("x-plexsphere-csrf", csrf).header("sec-fetch-site", "same-origin");
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        client.send(request).await
    }
}

struct Theatre {
    stage: Stage,
    provider: Provider,
    holders: Vec<Holder>,
    tuple: Value,
    violation: String,
}

impl Theatre {
    async fn open() -> Self {
        let (stage, provider) = tokio::join!(Stage::set(), Provider::start());
        let h = &stage.h;
        provider.bind(h, None).await;
        let mut holders = Vec::new();
        for grant in GRANTS {
            let name = format!("{}-{}", grant.0, grant.1);
            let jwt = provider.user(h, &name).await;
            let subject = jwt.get("/v1/auth/whoami").await.expect(200)["identity_ref"].as_str().unwrap().to_owned();
            let mut session = Browser::new(h);
            session.sign_in(&provider, &json!({}), &name).await.expect(302);
            let token = h.client_of(&subject).await;
            let holder = Holder { grant, subject, token, jwt, session };
            if let Some(object) = object(&stage, grant.0, &stage.node.node_id) {
                allow(&stage, &holder, &object).await;
            }
            holders.push(holder);
        }
        let tuple = json!({ "object": format!("domain:{}", stage.domain), "relation": "viewer",
            "subject": format!("user:{}", Uuid::now_v7()) });
        h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
        let violation = json!({ "kind": "binary_checksum", "detected_by": "inotify", "artifact_id": "agent",
            "observed_checksum": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" });
        let violations = json!({ "violations": [violation] });
        stage.node.client.post(&stage.node.path("integrity-violations"), &violations).await.expect(202);
        let violation = h.rows("SELECT id FROM integrity_violations").await[0]["id"].as_str().unwrap().to_owned();
        h.chained().await;
        Self { provider, holders, tuple, violation, stage }
    }

    fn presented(&self) -> Vec<Presented<'_>> {
        let anonymous = self.stage.h.anonymous();
        let mut all = vec![
            Presented::Nothing("nothing", anonymous.clone()),
            Presented::Nothing("nonsense", anonymous.with_bearer("nonsense")),
            Presented::Nothing(
                "an unknown token",
                anonymous.with_bearer(&format!("psk_dev_{}_{}", "a".repeat(26), "a".repeat(52))),
            ),
            Presented::Nothing("an unknown NSK", anonymous.with_bearer(&format!("nsk_dev_{}", "A".repeat(64)))),
            Presented::Nsk { agent: &self.stage.node, own: true },
            Presented::Nsk { agent: &self.stage.sibling, own: false },
        ];
        for holder in &self.holders {
            all.push(Presented::Bearer("API token", &holder.token, holder));
            all.push(Presented::Bearer("JWT", &holder.jwt, holder));
            all.push(Presented::Session { of_ours: true, holder });
            all.push(Presented::Session { of_ours: false, holder });
        }
        all
    }

    /// A body that gets as far as the relation is asked, where the body names the object; else one that is malformed, so
    /// that whoever is let in changes nothing.
    fn body(&self, operation: Operation) -> Option<Value> {
        let domain = &self.stage.domain;
        operation.gate().body.map(|_| match operation {
            CreateProject => json!({ "domain_id": domain, "name": "n", "slug": "team" }),
            CreateRelationTuple => self.tuple.clone(),
            CheckRelation => json!({ "object": format!("domain:{domain}"), "permission": "manage",
                "subject": self.tuple["subject"] }),
            AcknowledgeIntegrityViolation => json!({ "reason": "seen" }),
            _ => json!({ "no such member": 1 }),
        })
    }

    fn path(&self, operation: Operation, node_id: &str) -> String {
        self.stage.path(operation, |code| match (operation, code) {
            (AcknowledgeIntegrityViolation, _) => self.violation.clone(),
            (_, ProblemCode::InvalidNodeId) => node_id.to_owned(),
            (_, code) => self.stage.known(code),
        })
    }

    /// One cell. An answer that would end what the next cells need is for a Node or a session of its own.
    async fn answer(&self, operation: Operation, method: &Method, presented: &Presented<'_>) -> Answer {
        let (stage, body) = (&self.stage, self.body(operation));
        // An event stream would not end.
        let headers: &[(&str, &str)] = if operation == GetNodeEvents { &[("last-event-id", "x")] } else { &[] };
        match (operation, presented) {
            (DeregisterNode, Presented::Nsk { own: true, .. }) => {
                let own = stage.h.enrol(&stage.project, &Uuid::now_v7().to_string()).await;
                let presented = Presented::Nsk { agent: &own, own: true };
                presented.send(method, &self.path(operation, &own.node_id), headers, None).await
            }
            (DeregisterNode, _) => {
                let node = stage.h.enrol(&stage.project, &Uuid::now_v7().to_string()).await;
                if let Some(holder) = presented.holder()
                    && holder.grant.0 == "node"
                {
                    allow(stage, holder, &format!("node:{}", node.node_id)).await;
                }
                presented.send(method, &self.path(operation, &node.node_id), headers, None).await
            }
            (SignOut, Presented::Session { of_ours: true, holder }) => {
                let mut session = Browser::new(&stage.h);
                session.sign_in(&self.provider, &json!({}), &format!("{}-{}", holder.grant.0, holder.grant.1)).await;
                session.ask(method.clone(), "/v1/auth/whoami").await
            }
            _ => presented.send(method, &self.path(operation, &stage.node.node_id), headers, body.as_ref()).await,
        }
    }
}

/// What a grant of this kind is on.
fn object(stage: &Stage, kind: &str, node_id: &str) -> Option<String> {
    let id = match kind {
        "platform" => "plexsphere",
        "domain" => &stage.domain,
        "project" => &stage.project,
        "node" => node_id,
        _ => return None,
    };
    Some(format!("{kind}:{id}"))
}

async fn allow(stage: &Stage, holder: &Holder, object: &str) {
    let tuple = json!({ "object": object, "relation": holder.grant.1, "subject": holder.subject });
    stage.h.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
}

type Refused = (u16, &'static str);

/// Why the gate refuses, if it does.
fn refused(operation: Operation, gate: &Gate, method: &Method, presented: &Presented<'_>) -> Option<Refused> {
    let code = |code: ProblemCode| Some((code.status(), code.code()));
    let unauthenticated = || code(gate.unauthenticated.unwrap());
    let takes_nsk = matches!(gate.credential, Credential::Nsk | Credential::OperatorOrNsk);
    let takes_operators = matches!(gate.credential, Credential::Operator | Credential::OperatorOrNsk);
    match (presented, gate.credential) {
        (_, Credential::None | Credential::BootstrapToken) => None,
        (Presented::Nsk { own, .. }, _) if takes_nsk => {
            let foreign = !own && !gate.path_ids.is_empty();
            foreign.then(|| code(gate.forbidden_nsk.or(gate.forbidden).unwrap())).flatten()
        }
        (Presented::Bearer(..) | Presented::Session { .. }, _) if takes_operators => {
            if let Presented::Session { of_ours: false, .. } = presented
                && *method != Method::GET
            {
                return code(ProblemCode::CsrfTokenMismatch);
            }
            let holds = presented.holder().unwrap().grant.2;
            match (gate.relation, operation) {
                (Relation::Path(permission) | Relation::Body(permission), _)
                | (Relation::Row(permission), AcknowledgeIntegrityViolation)
                    if !holds.contains(&permission) =>
                {
                    code(ProblemCode::InsufficientRelation)
                }
                _ => None,
            }
        }
        _ => unauthenticated(),
    }
}

/// What whoever is let in is answered. Operations with a body are sent one that is malformed, unless it says otherwise
/// here.
fn admitted(operation: Operation, gate: &Gate) -> (u16, &'static str) {
    match operation {
        CreateProject => (409, "slug_taken"),
        CreateRelationTuple => (409, "relation_tuple_exists"),
        CheckRelation | AcknowledgeIntegrityViolation => (200, ""),
        GetNodeEvents => (400, "invalid_last_event_id"),
        PostNodeKeysRotate => (200, ""),
        DeleteDomain => (409, "domain_not_empty"),
        DeleteProject => (409, "project_not_empty"),
        GetBootstrapToken | RevokeBootstrapToken => (404, "bootstrap_token_not_found"),
        GetPeerPsk => (404, "peer_not_found"),
        DeleteNodeMetadataEntry | DeleteNodeDataEntry | DeleteNodeReportEntry => (404, "state_entry_not_found"),
        RevokeApiToken | RotateApiToken => (404, "api_token_not_found"),
        DeleteRelationTuple => (404, "relation_tuple_not_found"),
        DeregisterNode | DrainNode | UndrainNode | FlagNodeNsk | SignOut => (204, ""),
        GetSignIn => (302, ""),
        GetAuthCallback => (400, "invalid_query"),
        GetErrorCode => (404, "error_code_not_found"),
        _ => match gate.body {
            Some(rules) => (rules.malformed.status(), rules.malformed.code()),
            None => (200, ""),
        },
    }
}

#[tokio::test]
async fn every_cell_of_operation_credential_and_relation_is_as_the_gate_table_says() {
    let theatre = Theatre::open().await;
    let presented = theatre.presented();
    let (mut wrong, mut cells) = (Vec::new(), 0);
    for operation in Operation::ALL {
        let gate = operation.gate();
        let method: Method = theatre.stage.described(*operation).method.parse().unwrap();
        for presented in &presented {
            let answer = theatre.answer(*operation, &method, presented).await;
            let code = match answer.status.as_u16() {
                ..400 => String::new(),
                _ => answer.json()["code"].as_str().unwrap_or_default().to_owned(),
            };
            let expected =
                refused(*operation, &gate, &method, presented).unwrap_or_else(|| admitted(*operation, &gate));
            if (answer.status.as_u16(), code.as_str()) != expected {
                wrong.push(format!(
                    "{} {}: {} {code}, not {expected:?}",
                    operation.id(),
                    presented.says(),
                    answer.status
                ));
            }
            cells += 1;
        }
    }
    assert_eq!(cells, Operation::ALL.len() * (6 + 4 * GRANTS.len()));
    assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n"));
    theatre.stage.h.stop().await;
}
