//! Domains, projects and tokens to test in.

use serde_json::{Value, json};

use super::{Agent, Client, Harness};

impl Harness {
    /// A Domain with this range; returns its id.
    pub async fn domain(&self, slug: &str, mesh_cidr: &str) -> String {
        let body = json!({ "name": slug, "slug": slug, "mesh_cidr": mesh_cidr });
        id(&self.admin.post("/v1/domains", &body).await.expect(201), "domain_id")
    }

    /// A project; returns its id.
    pub async fn project(&self, domain_id: &str, slug: &str) -> String {
        let body = json!({ "domain_id": domain_id, "name": slug, "slug": slug });
        id(&self.admin.post("/v1/projects", &body).await.expect(201), "project_id")
    }

    /// A Domain with a project; returns both ids.
    pub async fn lab(&self) -> (String, String) {
        let domain = self.domain("lab", "10.20.0.0/16").await;
        let project = self.project(&domain, "team").await;
        (domain, project)
    }

    /// A bootstrap token for an ordinary Node; returns its text.
    pub async fn bootstrap_token(&self, project_id: &str) -> String {
        self.bootstrap_token_with(project_id, json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 }))
            .await
    }

    /// A bootstrap token as `body` says; returns its text.
    pub async fn bootstrap_token_with(&self, project_id: &str, body: Value) -> String {
        let path = format!("/v1/projects/{project_id}/bootstrap-tokens");
        id(&self.admin.post(&path, &body).await.expect(201), "token")
    }

    /// Enrols a machine of this name.
    pub async fn enrol(&self, project_id: &str, handle: &str) -> Agent {
        let token = self.bootstrap_token(project_id).await;
        Agent::enrol(&self.anonymous(), project_id, handle, &token).await
    }

    /// An operator with one grant: `relation` on `object`. Returns its client.
    pub async fn operator(&self, object: &str, relation: &str) -> Client {
        let identity = format!("user:{}", uuid::Uuid::now_v7());
        let tuple = json!({ "object": object, "relation": relation, "subject": identity });
        self.admin.post("/v1/authz/relation-tuples", &tuple).await.expect(201);
        self.client_of(&identity).await
    }

    /// The administrator as the gate sees it.
    pub async fn admin_operator(&self) -> plexsphere::access::Operator {
        let me = self.admin.get("/v1/auth/whoami").await.expect(200);
        plexsphere::access::Operator {
            identity: id(&me, "identity_ref").parse().unwrap(),
            bounded_by: Vec::new(),
            depth: 0,
            within: None,
            credential: plexsphere::access::OperatorCredential::ApiToken {
                token_id: id(&me, "token_id").parse().unwrap(),
                secret_version: 0,
            },
            expires_at: serde_json::from_value(me["expires_at"].clone()).unwrap(),
        }
    }

    /// A client that speaks as `identity`, with a token from the administrator.
    pub async fn client_of(&self, identity: &str) -> Client {
        let body = json!({ "identity_ref": identity, "env_prefix": "dev" });
        let issued = self.admin.post("/v1/auth/tokens", &body).await.expect(201);
        self.anonymous().with_bearer(issued["token"].as_str().unwrap())
    }
}

/// A member of an answer as text.
#[track_caller]
pub fn id(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap_or_else(|| panic!("no {member} in {answer}")).to_owned()
}
