//! What may be published: the types there are, whom each is for, and what its payload holds.

use serde_json::Value;

use crate::ids::{DomainId, SigningKeyId};
use crate::signing::{self, Payload, PayloadRefusal, Scope};

/// A type of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType {
    /// Its name on the wire.
    pub name: &'static str,
    /// The kind of scope that it has.
    pub scope: &'static str,
    /// The members of its payload, all of which are always there. Empty: they are the producer's affair.
    pub members: &'static [&'static str],
}

const fn event(name: &'static str, scope: &'static str, members: &'static [&'static str]) -> EventType {
    EventType { name, scope, members }
}

/// Every type that can be published. The last six of those for Nodes are carried for producers to come.
pub const TYPES: &[EventType] = &[
    event(
        "peer_registered",
        "domain",
        &["node_id", "mesh_ip", "public_key", "endpoint", "nat_type", "relay_node_id", "fallback_endpoint"],
    ),
    event("peer_psk_assigned", "domain", &["node_id", "kid", "wrap_key_version", "psk_epoch"]),
    event("peer_deregistered", "domain", &["node_id"]),
    event(
        "peer_endpoint_changed",
        "domain",
        &["node_id", "endpoint", "nat_type", "relay_node_id", "fallback_endpoint"],
    ),
    event("peer_key_rotated", "domain", &["node_id", "public_key", "kid", "wrap_key_version", "psk_epoch"]),
    event("signing_key_rotated", "domain", &["key_id", "public_key", "previous_key_id", "transition_expires"]),
    event("rotate_keys", "node", &["rotation_id", "node_id"]),
    event("node_state_updated", "node", &["node_id", "revision"]),
    event("policy_updated", "node", &["node_id", "policy_id", "revision_id", "fingerprint", "rules"]),
    event("bridge_config_updated", "node", &[]),
    event("node_secrets_updated", "node", &[]),
    event("action_request", "node", &[]),
    event("session_setup", "node", &[]),
    event("session_revoked", "node", &[]),
    event("integrity_alert", "operators", &[]),
    event("node_capabilities_updated", "operators", &[]),
    event("node_reachability_changed", "operators", &[]),
];

/// An event of any type, to be published.
#[derive(Clone, Debug)]
pub struct Message {
    /// The Domain whose key signs it.
    pub domain_id: DomainId,
    /// Who it is for.
    pub scope: Scope,
    /// One of [`TYPES`].
    pub event_type: String,
    /// What happened.
    pub payload: Value,
    /// The key that must sign it; `None`: the Domain's active one.
    pub sign_with: Option<SigningKeyId>,
}

/// Why an event cannot be published. A fault of its producer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageRefusal {
    /// There is no such type.
    #[error("there is no event type {0:?}")]
    UnknownType(String),
    /// The type is for others.
    #[error("{event_type} is for {kind}, not for {scope}")]
    Scope {
        /// The type.
        event_type: &'static str,
        /// Whom it is for.
        kind: &'static str,
        /// Whom it was addressed to.
        scope: Scope,
    },
    /// The payload's members are not those of the type.
    #[error("the payload of {event_type} must have exactly the members {expected:?}")]
    Members {
        /// The type.
        event_type: &'static str,
        /// What it must have.
        expected: &'static [&'static str],
    },
    /// It cannot be signed.
    #[error("{event_type}: {refusal}")]
    Payload {
        /// The type.
        event_type: &'static str,
        /// Why not.
        refusal: PayloadRefusal,
    },
}

impl Message {
    /// Makes sure that it can be signed and read, whenever it is relayed; gives the canonical payload.
    ///
    /// # Errors
    /// [`MessageRefusal`].
    pub fn check(&self) -> Result<Payload, MessageRefusal> {
        let known = TYPES.iter().find(|known| known.name == self.event_type);
        let EventType { name: event_type, scope: kind, members: expected } =
            *known.ok_or_else(|| MessageRefusal::UnknownType(self.event_type.clone()))?;
        let own = match self.scope {
            Scope::Node(_) => true,
            Scope::Domain(id) | Scope::Operators(id) => id == self.domain_id,
        };
        if !own || self.scope.kind() != kind {
            return Err(MessageRefusal::Scope { event_type, kind, scope: self.scope });
        }
        let payload = signing::check(event_type, &self.scope, &self.payload)
            .map_err(|refusal| MessageRefusal::Payload { event_type, refusal })?;
        let complete = self
            .payload
            .as_object()
            .is_some_and(|has| has.len() == expected.len() && expected.iter().all(|member| has.contains_key(*member)));
        if !expected.is_empty() && !complete {
            return Err(MessageRefusal::Members { event_type, expected });
        }
        Ok(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;
    use serde_json::json;
    use uuid::Uuid;

    fn message(event_type: &str, payload: Value) -> Message {
        let domain_id = DomainId(Uuid::now_v7());
        Message {
            domain_id,
            scope: Scope::Domain(domain_id),
            event_type: event_type.to_owned(),
            payload,
            sign_with: None,
        }
    }

    #[test]
    fn what_cannot_be_published_is_told_by_name() {
        let good = message("peer_deregistered", json!({ "node_id": "n" }));
        good.check().unwrap();
        let refusal = |message: Message| message.check().unwrap_err().to_string();
        let other = DomainId(Uuid::now_v7());
        for (refused, expected) in [
            (message("resync_required", json!({})), "no event type \"resync_required\""),
            (Message { scope: Scope::Node(NodeId(Uuid::now_v7())), ..good.clone() }, "is for domain, not for node:"),
            (Message { scope: Scope::Operators(good.domain_id), ..good.clone() }, "not for operators:"),
            (Message { scope: Scope::Domain(other), ..good.clone() }, "not for domain:"),
            (message("peer_deregistered", json!({})), "exactly the members [\"node_id\"]"),
            (message("peer_deregistered", json!({ "node_id": "n", "more": 1 })), "exactly the members"),
            (
                message("peer_deregistered", json!({ "node_id": "a\tb" })),
                "peer_deregistered: control character in node_id",
            ),
            (message("peer_deregistered", json!({ "node_id": 0.5 })), "node_id is not a whole number"),
            (message("peer_deregistered", json!({ "node_id": "x".repeat(66_000) })), "must stay under 65536"),
        ] {
            let said = refusal(refused);
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn there_are_fourteen_types_for_nodes_and_three_for_operators() {
        assert_eq!(TYPES.iter().filter(|known| known.scope != "operators").count(), 14);
        assert_eq!(TYPES.len(), 17);
    }
}
