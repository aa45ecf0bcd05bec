//! Events on their way out: rows written with the change that they tell of. The [`Relay`] takes them from here, signs
//! them and appends them to the log.
//!
//! [`append`] is for the events that have a producer in this program, [`publish`] for any of [`TYPES`].

mod message;
mod relay;
mod store;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};

use crate::ids::{DomainId, Kid, NodeId, RotationId, ViolationId};
use crate::postgres::StorageError;
use crate::signing;

pub use message::{EventType, Message, MessageRefusal, TYPES};
pub use relay::{PUBLISHED, Relay};
pub use store::{PublishError, publish};

/// Who an event is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Every Node of the Domain.
    Domain,
    /// One Node.
    Node(NodeId),
    /// Operators of the Domain; never on a Node's stream.
    Operators,
}

/// The bridge that relays for a Node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssignedRelay {
    /// Which.
    pub node_id: NodeId,
    /// Where it can be reached; empty when nobody knows.
    pub endpoint: String,
}

/// What happened. Every member of a payload is always there; what is unknown is empty.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A Node has a live Peer.
    PeerRegistered {
        /// Which Node.
        node_id: NodeId,
        /// Its address in the mesh.
        mesh_ip: String,
        /// Its Curve25519 key, base64.
        public_key: String,
        /// Who relays for it.
        relay: Option<AssignedRelay>,
    },
    /// A Node has been issued a PSK.
    PeerPskAssigned {
        /// Which Node.
        node_id: NodeId,
        /// The PSK's id.
        kid: Kid,
        /// The version of the key that it is sealed under.
        wrap_key_version: i32,
        /// How many PSKs the Node has been issued.
        psk_epoch: i64,
    },
    /// A Node has no live Peer any more.
    PeerDeregistered {
        /// Which Node.
        node_id: NodeId,
    },
    /// A live Peer can be reached elsewhere, or another bridge relays for it.
    PeerEndpointChanged {
        /// Which Node.
        node_id: NodeId,
        /// `host:port`; empty when nobody knows where.
        endpoint: String,
        /// The kind of NAT in front of it.
        nat_type: &'static str,
        /// Who relays for it.
        relay: Option<AssignedRelay>,
    },
    /// A Node has another mesh key, and with it another PSK.
    PeerKeyRotated {
        /// Which Node.
        node_id: NodeId,
        /// Its Curve25519 key, base64.
        public_key: String,
        /// The PSK's id.
        kid: Kid,
        /// The version of the key that it is sealed under.
        wrap_key_version: i32,
        /// How many PSKs the Node has been issued.
        psk_epoch: i64,
    },
    /// A Node shall have another mesh key; for that Node.
    RotateKeys {
        /// What it completes with the new key.
        rotation_id: RotationId,
        /// Which Node.
        node_id: NodeId,
    },
    /// Operators have changed what a Node's state says; for that Node.
    NodeStateUpdated {
        /// Which Node.
        node_id: NodeId,
        /// How often they have.
        revision: i64,
    },
    /// A Node's reachability has changed; for operators.
    NodeReachabilityChanged {
        /// Which Node.
        node_id: NodeId,
        /// From.
        previous: &'static str,
        /// To.
        state: &'static str,
        /// When.
        changed_at: DateTime<Utc>,
    },
    /// A Node's capability manifest is another; for operators. Free text of the agent is left out: an event carries
    /// no control characters, and stays small.
    NodeCapabilitiesUpdated {
        /// Which Node.
        node_id: NodeId,
        /// The members that differ, sorted.
        fields_changed: Vec<&'static str>,
        /// The SSH host key is another.
        host_key_changed: bool,
        /// What the Node runs now, base64.
        binary_checksum: String,
        /// Its SSH host key now; empty when it named none.
        ssh_host_key_fingerprint: String,
        /// Since when.
        updated_at: DateTime<Utc>,
    },
    /// A Node has reported integrity violations, all of one batch; for operators.
    IntegrityAlert {
        /// Which Node.
        node_id: NodeId,
        /// The violations, in the order of the report.
        violation_ids: Vec<ViolationId>,
        /// Their kinds, sorted.
        kinds: Vec<&'static str>,
        /// When.
        reported_at: DateTime<Utc>,
    },
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn relay_id(relay: &Option<AssignedRelay>) -> String {
    relay.as_ref().map(|relay| relay.node_id.to_string()).unwrap_or_default()
}

fn fallback(relay: &Option<AssignedRelay>) -> &str {
    relay.as_ref().map_or("", |relay| &relay.endpoint)
}

impl Event {
    const fn scope(&self) -> Scope {
        match self {
            Self::PeerRegistered { .. }
            | Self::PeerPskAssigned { .. }
            | Self::PeerDeregistered { .. }
            | Self::PeerEndpointChanged { .. }
            | Self::PeerKeyRotated { .. } => Scope::Domain,
            Self::RotateKeys { node_id, .. } | Self::NodeStateUpdated { node_id, .. } => Scope::Node(*node_id),
            Self::NodeReachabilityChanged { .. }
            | Self::NodeCapabilitiesUpdated { .. }
            | Self::IntegrityAlert { .. } => Scope::Operators,
        }
    }

    const fn event_type(&self) -> &'static str {
        match self {
            Self::PeerRegistered { .. } => "peer_registered",
            Self::PeerPskAssigned { .. } => "peer_psk_assigned",
            Self::PeerDeregistered { .. } => "peer_deregistered",
            Self::PeerEndpointChanged { .. } => "peer_endpoint_changed",
            Self::PeerKeyRotated { .. } => "peer_key_rotated",
            Self::RotateKeys { .. } => "rotate_keys",
            Self::NodeStateUpdated { .. } => "node_state_updated",
            Self::NodeReachabilityChanged { .. } => "node_reachability_changed",
            Self::NodeCapabilitiesUpdated { .. } => "node_capabilities_updated",
            Self::IntegrityAlert { .. } => "integrity_alert",
        }
    }

    fn payload(&self) -> Value {
        match self {
            Self::PeerRegistered { node_id, mesh_ip, public_key, relay } => json!({
                "node_id": node_id.0, "mesh_ip": mesh_ip, "public_key": public_key, "endpoint": "", "nat_type": "",
                "relay_node_id": relay_id(relay), "fallback_endpoint": fallback(relay),
            }),
            Self::PeerPskAssigned { node_id, kid, wrap_key_version, psk_epoch } => json!({
                "node_id": node_id.0, "kid": kid.0, "wrap_key_version": wrap_key_version, "psk_epoch": psk_epoch,
            }),
            Self::PeerDeregistered { node_id } => json!({ "node_id": node_id.0 }),
            Self::PeerEndpointChanged { node_id, endpoint, nat_type, relay } => json!({
                "node_id": node_id.0, "endpoint": endpoint, "nat_type": nat_type,
                "relay_node_id": relay_id(relay), "fallback_endpoint": fallback(relay),
            }),
            Self::PeerKeyRotated { node_id, public_key, kid, wrap_key_version, psk_epoch } => json!({
                "node_id": node_id.0, "public_key": public_key, "kid": kid.0, "wrap_key_version": wrap_key_version,
                "psk_epoch": psk_epoch,
            }),
            Self::RotateKeys { rotation_id, node_id } => {
                json!({ "rotation_id": rotation_id.0, "node_id": node_id.0 })
            }
            Self::NodeStateUpdated { node_id, revision } => json!({ "node_id": node_id.0, "revision": revision }),
            Self::NodeReachabilityChanged { node_id, previous, state, changed_at } => json!({
                "node_id": node_id.0, "previous": previous, "state": state, "changed_at": time(*changed_at),
            }),
            Self::NodeCapabilitiesUpdated {
                node_id,
                fields_changed,
                host_key_changed,
                binary_checksum,
                ssh_host_key_fingerprint,
                updated_at,
            } => json!({
                "node_id": node_id.0, "fields_changed": fields_changed, "host_key_changed": host_key_changed,
                "binary_checksum": binary_checksum, "ssh_host_key_fingerprint": ssh_host_key_fingerprint,
                "updated_at": time(*updated_at),
            }),
            Self::IntegrityAlert { node_id, violation_ids, kinds, reported_at } => json!({
                "node_id": node_id.0, "violation_count": violation_ids.len(),
                "violation_ids": violation_ids.iter().map(|id| id.0).collect::<Vec<_>>(), "kinds": kinds,
                // Whatever has changed on it, the machine cannot be trusted to mend itself.
                "remediation": "reprovision", "reported_at": time(*reported_at),
            }),
        }
    }
}

/// Writes `events` in the caller's transaction, in order, with one statement.
///
/// # Errors
/// [`StorageError`]; also when one of them could not be signed, which is a fault of ours and named in it.
pub async fn append(
    conn: &mut AsyncPgConnection,
    events: &[(DomainId, Event)],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let messages: Vec<Message> = events
        .iter()
        .map(|(domain_id, event)| Message {
            domain_id: *domain_id,
            scope: match event.scope() {
                Scope::Domain => signing::Scope::Domain(*domain_id),
                Scope::Node(node_id) => signing::Scope::Node(node_id),
                Scope::Operators => signing::Scope::Operators(*domain_id),
            },
            event_type: event.event_type().to_owned(),
            payload: event.payload(),
            sign_with: None,
        })
        .collect();
    Ok(publish(conn, &messages, now).await?)
}
