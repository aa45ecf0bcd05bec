//! A real OpenID provider: npm `oidc-provider` in a process of its own, over HTTPS with a certificate that the servers
//! trust when they are told to.

use std::sync::Arc;

use plexsphere::access::identities::Identities;
use plexsphere::access::idp::{self, Binding, Bindings, ClientSecret};
use plexsphere::access::oidc::{Fetcher, Issuers};
use plexsphere::clock::Clock;
use plexsphere::config::Secret;
use plexsphere::postgres::Database;
use serde_json::{Value, json};

use super::script::Script;
use super::{Client, Cluster, Harness};

/// Where the servers under test say that browsers reach them. Nobody listens there: tests play the browser.
pub const PUBLIC_URL: &str = "https://plexsphere.test";

/// The provider, until it is dropped.
pub struct Provider {
    pub issuer: String,
    script: Script,
}

impl Provider {
    pub async fn start() -> Self {
        Cluster::get().await;
        let certificates = Cluster::certificates();
        let back = format!("{PUBLIC_URL}/v1/auth/callback");
        let arguments = [certificates.cert_file.as_os_str(), certificates.key_file.as_os_str(), back.as_ref()];
        let mut provider = Self { issuer: String::new(), script: Script::start("provider.mjs", arguments) };
        provider.issuer = provider.tell(json!({ "do": "issuer" })).await.as_str().unwrap().to_owned();
        provider
    }

    async fn tell(&self, command: Value) -> Value {
        self.script.tell(&command.to_string()).await
    }

    /// It has other keys from now on.
    pub async fn rotate(&self) {
        self.tell(json!({ "do": "rotate" })).await;
    }

    /// It refuses connections, and breaks those that are open.
    pub async fn go_away(&self) {
        self.tell(json!({ "do": "down" })).await;
    }

    pub async fn come_back(&self) {
        self.tell(json!({ "do": "up" })).await;
    }

    /// It takes requests from now on, and answers none.
    pub async fn hold(&self) {
        self.tell(json!({ "do": "hold" })).await;
    }

    /// Waits until a request is held.
    pub async fn held(&self) {
        self.tell(json!({ "do": "held" })).await;
    }

    /// It answers again, also what was held.
    pub async fn release(&self) {
        self.tell(json!({ "do": "release" })).await;
    }

    /// Its token endpoint has this status and body for everybody, or (`None`) its own answers again.
    pub async fn say(&self, answer: Option<(u16, &str)>) {
        let answer = answer.map(|(status, body)| json!({ "status": status, "body": body }));
        self.tell(json!({ "do": "say", "answer": answer })).await;
    }

    /// How often its keys have been fetched.
    pub async fn asked(&self) -> u64 {
        self.tell(json!({ "do": "asked" })).await.as_u64().unwrap()
    }

    /// A token with these claims. `how`: members `alg`, `header`, and `which` (`current`, `former`, `stray`) key.
    pub async fn mint(&self, how: Value, claims: &Value) -> String {
        let mut command = json!({ "do": "mint", "alg": "RS256", "claims": claims });
        command.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
        self.tell(command).await.as_str().unwrap().to_owned()
    }

    /// What a good token for `subject` says.
    pub fn claims(&self, h: &Harness, subject: &str) -> Value {
        let now = h.clock.now().timestamp();
        json!({ "iss": self.issuer, "sub": subject, "aud": "plexsphere", "iat": now, "exp": now + 600 })
    }

    /// A client that calls with a good token for `subject`.
    pub async fn user(&self, h: &Harness, subject: &str) -> Client {
        let token = self.mint(json!({}), &self.claims(h, subject)).await;
        h.anonymous().with_bearer(&token)
    }

    /// The binding of this issuer to a Domain, or to the platform.
    pub fn binding(&self, domain: Option<&str>) -> Binding {
        Binding {
            issuer: self.issuer.as_str().into(),
            client_id: "plexsphere".into(),
            client_secret: ClientSecret::Known(Secret::from("a secret & more".to_owned())),
            domain_id: domain.map(|id| id.parse().unwrap()),
            audiences: Vec::new(),
            hosts: Vec::new(),
            row: None,
        }
    }

    /// Binds this issuer, as `plexsphere admin idp add` does.
    pub async fn bind(&self, h: &Harness, domain: Option<&str>) {
        self.bind_as(h, &self.binding(domain)).await;
    }

    pub async fn bind_as(&self, h: &Harness, binding: &Binding) {
        idp::add(h.server.database(), &super::sealer(), binding, h.clock.now()).await.unwrap();
        h.step("idp_bindings").await;
    }
}

/// No issuers.
pub fn issuers(database: &Database) -> Arc<Issuers> {
    let bindings = Bindings::new(Vec::new(), database.clone(), Arc::new(super::sealer()));
    let identities = Identities::new(database.clone());
    Arc::new(Issuers::new(Arc::new(bindings), Arc::new(identities), Fetcher::new(None).unwrap()))
}
