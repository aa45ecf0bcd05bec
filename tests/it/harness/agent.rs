use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Client};

/// A machine that has enrolled.
#[derive(Clone)]
pub struct Agent {
    pub node_id: String,
    pub mesh_ip: String,
    /// Speaks with the Node's NSK.
    pub client: Client,
    /// The NSK as a bearer.
    pub nsk: String,
    /// What registration answered.
    pub registered: Value,
}

/// A fresh Curve25519 public key, base64.
pub fn public_key() -> String {
    let secret = x25519_dalek::StaticSecret::from(random32());
    STANDARD.encode(x25519_dalek::PublicKey::from(&secret).as_bytes())
}

fn random32() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}

/// A registration's body with a fresh key and nonce.
pub fn registration(project_id: &str, handle: &str, token: &str) -> Value {
    json!({
        "project_id": project_id, "resource_handle": handle, "bootstrap_token": token,
        "nonce": Uuid::new_v4().simple().to_string(), "public_key": public_key(),
    })
}

/// An NSK as a bearer.
pub fn nsk_bearer(node_id: &str, key_base64: &str) -> String {
    let mut bytes = node_id.parse::<Uuid>().unwrap().as_bytes().to_vec();
    bytes.extend(STANDARD.decode(key_base64).unwrap());
    format!("nsk_dev_{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// A heartbeat's body at `now`.
pub fn heartbeat(now: DateTime<Utc>) -> Value {
    json!({ "client_now": now.to_rfc3339(), "binary_checksum": "ab".repeat(32), "binary_version": "1.2.3", "nat_summary": {} })
}

/// A report's body: `endpoint` seen at `reported_at`, behind a NAT of this kind.
pub fn endpoint(endpoint: &str, nat_type: &str, reported_at: DateTime<Utc>) -> Value {
    json!({ "endpoint": endpoint, "nat_type": nat_type, "reported_at": reported_at.to_rfc3339() })
}

impl Agent {
    /// Enrols through `client`.
    pub async fn enrol(client: &Client, project_id: &str, handle: &str, token: &str) -> Self {
        let registered = client.post("/v1/register", &registration(project_id, handle, token)).await.expect(201);
        Self::from_registration(client, registered)
    }

    /// The machine that registration answered with `registered`.
    pub fn from_registration(client: &Client, registered: Value) -> Self {
        let node_id = registered["node_id"].as_str().unwrap().to_owned();
        let nsk = nsk_bearer(&node_id, registered["nsk"].as_str().unwrap());
        Self {
            mesh_ip: registered["mesh_ip"].as_str().unwrap().to_owned(),
            client: client.with_bearer(&nsk),
            nsk,
            node_id,
            registered,
        }
    }

    /// The path of one of the Node's operations.
    pub fn path(&self, operation: &str) -> String {
        format!("/v1/nodes/{}/{operation}", self.node_id)
    }

    /// Reports an endpoint, with this body.
    pub async fn report(&self, body: &Value) -> Answer {
        self.client.send_json(http::Method::PUT, &self.path("endpoint"), body).await
    }

    /// Sends a heartbeat that says it is `now`.
    pub async fn heartbeat(&self, now: DateTime<Utc>) -> Answer {
        self.client.post(&self.path("heartbeat"), &heartbeat(now)).await
    }
}
