//! The bodies that the server answers with, read as strictly as the contract promises them: no member more, none
//! less, and every value in the one spelling that the server is to use.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde::de::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::spelled::{AnyId, BootstrapToken, Bytes32, Secret32, Strict};

/// A member that has to be there but may be null.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// A member that may be missing but not be null.
fn optional<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

macro_rules! bodies {
    ($(
        $(#[$doc:meta])*
        $name:ident = $schema:literal { $($(#[$member:meta])* $field:ident: $ty:ty,)+ }
    )+) => {$(
        $(#[$doc])*
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code, reason = "a member is read to check it, also when nobody needs its value")]
        pub struct $name { $($(#[$member])* pub $field: $ty,)+ }
    )+
        /// Every body with the schema of the contract that it is, for the test that compares the two.
        #[cfg(test)]
        const BODIES: &[(&str, &[&str], fn(&str) -> Result<(), String>)] = &[$(
            ($schema, &[$(stringify!($field)),+], |text| {
                serde_json::from_str::<$name>(text).map(drop).map_err(|error| error.to_string())
            }),
        )+];
    };
}

/// How a Node is doing.
/// The worse, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Heartbeats arrive.
    Healthy,
    /// They have stayed away for some time.
    Stale,
    /// They have stayed away for long.
    Unreachable,
}

/// Which key the server asks to renew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RotateReason {
    /// The NSK.
    Nsk,
    /// The WireGuard key.
    MeshKey,
}

/// What a Node is in the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A machine.
    Node,
    /// One that relays for others.
    Bridge,
}

impl Kind {
    /// As the contract names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Bridge => "bridge",
        }
    }
}

/// Whether a Node takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    Active,
    /// It rests.
    Drained,
    /// It has left.
    Deregistered,
}

/// The kind of NAT in front of a Node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the contract's own words")]
pub enum NatType {
    FullCone,
    Restricted,
    PortRestricted,
    Symmetric,
    Unknown,
}

impl NatType {
    /// As the contract names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FullCone => "full_cone",
            Self::Restricted => "restricted",
            Self::PortRestricted => "port_restricted",
            Self::Symmetric => "symmetric",
            Self::Unknown => "unknown",
        }
    }
}

/// What a signing key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the contract's own words")]
pub enum KeyState {
    Active,
    Rotating,
    Retired,
}

/// How packets go from one Node to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the contract's own words")]
pub enum EdgeMode {
    Direct,
    Relayed,
}

/// A member of a capability manifest, in the order of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the contract's own words")]
pub enum CapabilityField {
    BinaryChecksum,
    BinaryVersion,
    BuiltinActions,
    DeclaredHooks,
    PlexdHooks,
    SshHostKeyFingerprint,
}

/// Why permission was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the contract's own words")]
pub enum DenialReason {
    OutOfScope,
    InsufficientRelation,
    CaveatViolation,
}

bodies! {
    /// An error.
    Problem = "Problem" {
        r#type: String,
        title: String,
        status: u16,
        detail: String,
        instance: String,
        code: String,
        correlation_id: String,
        #[serde(default, deserialize_with = "optional")]
        field: Option<String>,
    }

    /// An error that says why the caller may not do this.
    PermissionDenied = "PermissionDenied" {
        r#type: String,
        title: String,
        status: u16,
        detail: String,
        instance: String,
        code: String,
        correlation_id: String,
        reason: DenialReason,
        relation_path: Vec<String>,
        #[serde(default, deserialize_with = "optional")]
        field: Option<String>,
    }

    /// The receipt of a heartbeat.
    Heartbeat = "HeartbeatResponse" {
        accepted_at: Strict<DateTime<Utc>>,
        reconcile: bool,
        rotate_keys: bool,
        #[serde(default, deserialize_with = "optional")]
        rotate_keys_reason: Option<RotateReason>,
    }

    /// The receipt of an endpoint.
    EndpointReceipt = "EndpointResponse" {
        accepted_at: Strict<DateTime<Utc>>,
        stale_after: Strict<DateTime<Utc>>,
    }

    /// The receipt of a capability manifest.
    ManifestReceipt = "CapabilityManifestResponse" {
        accepted_at: Strict<DateTime<Utc>>,
        fields_changed: Vec<CapabilityField>,
        host_key_changed: bool,
    }

    /// The receipt of integrity violations.
    ViolationsReceipt = "IntegrityViolationsResponse" {
        accepted_at: Strict<DateTime<Utc>>,
        violation_count: i64,
    }

    /// The rotation that is pending.
    RotationTriggered = "RotationTriggerResponse" {
        rotation_id: Strict<Uuid>,
        peer_id: Strict<Uuid>,
        already_pending: bool,
    }

    /// What a rotation would touch.
    RotationPreview = "RotationImpactPreview" {
        node_id: Strict<Uuid>,
        peer_id: Strict<Uuid>,
        affected_peer_count: i64,
        affected_edges: Vec<AffectedEdge>,
        already_pending: bool,
        estimated_duration_seconds: i64,
    }

    /// An edge in it.
    AffectedEdge = "RotationAffectedEdge" {
        peer_node_id: Strict<Uuid>,
        current_kid: Strict<Uuid>,
        current_wrap_key_version: i32,
    }

    /// The receipt of a completed rotation.
    #[derive(Clone, Debug, PartialEq, Eq)]
    RotationReceipt = "KeysRotateResponse" {
        rotation_id: Strict<Uuid>,
        kid: Strict<Uuid>,
        wrap_key_version: i32,
    }

    /// How a Node is doing.
    Reachability = "Reachability" {
        state: State,
        #[serde(deserialize_with = "nullable")]
        last_heartbeat_at: Option<Strict<DateTime<Utc>>>,
        changed_at: Strict<DateTime<Utc>>,
    }

    /// When Nodes of a Domain count as away.
    Thresholds = "ReachabilityThresholds" {
        heartbeat_interval: String,
        stale_after: String,
        unreachable_after: String,
    }

    /// A mesh.
    Domain = "Domain" {
        domain_id: Strict<Uuid>,
        name: String,
        slug: String,
        mesh_cidr: Strict<IpNet>,
        #[serde(deserialize_with = "nullable")]
        region: Option<String>,
        reachability: Thresholds,
        endpoint_ttl_seconds: i64,
        rotation_expiry_seconds: i64,
        created_at: Strict<DateTime<Utc>>,
        updated_at: Strict<DateTime<Utc>>,
    }

    /// A group of Nodes.
    Project = "Project" {
        project_id: Strict<Uuid>,
        domain_id: Strict<Uuid>,
        name: String,
        slug: String,
        #[serde(deserialize_with = "nullable")]
        sub_range_cidr: Option<Strict<IpNet>>,
        created_at: Strict<DateTime<Utc>>,
        updated_at: Strict<DateTime<Utc>>,
    }

    /// A bootstrap token.
    IssuedToken = "IssuedBootstrapToken" {
        token_id: Strict<Uuid>,
        token: Strict<BootstrapToken>,
        issued_at: Strict<DateTime<Utc>>,
        expires_at: Strict<DateTime<Utc>>,
    }

    /// What a Node needs to take part.
    Enrolment = "RegisterResponse" {
        node_id: Strict<Uuid>,
        mesh_ip: Strict<IpAddr>,
        signing_public_key: Strict<Bytes32>,
        signing_key_id: Strict<Uuid>,
        nsk: Strict<Secret32>,
        peer_snapshot: Vec<Peer>,
        domain_mesh_cidr: Strict<IpNet>,
    }

    /// A peer as its enrolled neighbour is told of it.
    WirePeer = "PeerSnapshotEntry" {
        node_id: Strict<Uuid>,
        mesh_ip: Strict<IpAddr>,
        public_key: Strict<Bytes32>,
        #[serde(default, deserialize_with = "optional")]
        endpoint: Option<String>,
        #[serde(default, deserialize_with = "optional")]
        nat_type: Option<NatType>,
        #[serde(default, deserialize_with = "optional")]
        relay_node_id: Option<Strict<Uuid>>,
        #[serde(default, deserialize_with = "optional")]
        fallback_endpoint: Option<String>,
        #[serde(default, deserialize_with = "optional")]
        psk_epoch: Option<i64>,
    }

    /// What a Node has to be like.
    Snapshot = "NodeStateSnapshot" {
        peers: Vec<StatePeer>,
        policy: Policy,
        bridge: Map<String, Value>,
        state: Entries,
        reports: Entries,
        executions: Vec<Map<String, Value>>,
        sessions: Vec<Map<String, Value>>,
        reachability: StateReachability,
        signing_keys: Vec<SigningKey>,
        psk_epoch: i64,
    }

    /// A peer in it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    StatePeer = "NodeStatePeer" {
        node_id: Strict<Uuid>,
        mesh_ip: Strict<IpAddr>,
        public_key: Strict<Bytes32>,
        #[serde(default, deserialize_with = "optional")]
        endpoint: Option<String>,
        #[serde(default, deserialize_with = "optional")]
        nat_type: Option<NatType>,
        #[serde(default, deserialize_with = "optional")]
        relay_node_id: Option<Strict<Uuid>>,
        #[serde(default, deserialize_with = "optional")]
        fallback_endpoint: Option<String>,
        #[serde(default, deserialize_with = "optional")]
        psk_epoch: Option<i64>,
    }

    /// The policy in it.
    Policy = "NodeStatePolicy" {
        revision_id: Strict<AnyId>,
        fingerprint: Strict<Bytes32>,
        rules: Vec<Map<String, Value>>,
    }

    /// A block of entries in it.
    Entries = "NodeStateEntries" {
        metadata: Vec<StateEntry>,
        data: Vec<StateEntry>,
        reports: Vec<StateEntry>,
    }

    /// One entry.
    #[derive(Clone, Debug, PartialEq, Eq)]
    StateEntry = "NodeStateEntry" {
        key: String,
        value: String,
        #[serde(default, deserialize_with = "optional")]
        workload_tag: Option<String>,
    }

    /// How the Node was doing when that last changed.
    StateReachability = "NodeStateReachability" {
        state: State,
        changed_at: Strict<DateTime<Utc>>,
    }

    /// A key that events are verified with.
    SigningKey = "NodeStateSigningKey" {
        key_id: Strict<Uuid>,
        public_key: Strict<Bytes32>,
        state: KeyState,
    }

    /// A Node in the picture of a mesh.
    TopologyNode = "MeshTopologyNode" {
        node_id: Strict<Uuid>,
        name: String,
        mesh_ip: Strict<IpAddr>,
        reachability: State,
    }

    /// The way from one Node to another in it.
    TopologyEdge = "MeshTopologyEdge" {
        source_node_id: Strict<Uuid>,
        target_node_id: Strict<Uuid>,
        mode: EdgeMode,
        #[serde(deserialize_with = "nullable")]
        relay_node_id: Option<Strict<Uuid>>,
        status: State,
        #[serde(deserialize_with = "nullable")]
        handshake_age_seconds: Option<i64>,
    }

    /// A Node as operators see it.
    Node = "Node" {
        node_id: Strict<Uuid>,
        domain_id: Strict<Uuid>,
        project_id: Strict<Uuid>,
        kind: Kind,
        resource_handle: String,
        mesh_ip: Strict<IpAddr>,
        public_key: Strict<Bytes32>,
        status: Status,
        reachability: State,
        #[serde(deserialize_with = "nullable")]
        last_heartbeat_at: Option<Strict<DateTime<Utc>>>,
        #[serde(deserialize_with = "nullable")]
        binary_version: Option<String>,
        #[serde(deserialize_with = "nullable")]
        nsk_issued_at: Option<Strict<DateTime<Utc>>>,
        #[serde(deserialize_with = "nullable")]
        nsk_expires_at: Option<Strict<DateTime<Utc>>>,
        nsk_flagged: bool,
        enrolled_at: Strict<DateTime<Utc>>,
        #[serde(deserialize_with = "nullable")]
        deregistered_at: Option<Strict<DateTime<Utc>>>,
        #[serde(deserialize_with = "nullable")]
        pending_rotation_age_seconds: Option<i64>,
    }

    /// One page of Nodes.
    NodeList = "NodeList" {
        items: Vec<Node>,
        #[serde(default, deserialize_with = "optional")]
        next_cursor: Option<String>,
    }
}

/// What is kept of a peer: thousands of enrolments with thousands of peers each are looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its Node.
    pub node_id: Uuid,
    /// Its address in the mesh.
    pub mesh_ip: IpAddr,
}

impl<'de> Deserialize<'de> for Peer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let peer = WirePeer::deserialize(deserializer)?;
        Ok(Self { node_id: peer.node_id.0, mesh_ip: peer.mesh_ip.0 })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use plexsphere::contract::Contract;
    use serde_json::json;

    use super::*;

    /// A value as the schema describes it, out of its examples; with the optional members or without.
    fn example(document: &Value, schema: &Value, whole: bool) -> Value {
        if let Some(target) = schema["$ref"].as_str() {
            return example(document, document.pointer(&target[1..]).unwrap(), whole);
        }
        match schema["type"].as_str() {
            Some("object") if !schema["properties"].is_null() => {
                let required: Vec<&Value> = schema["required"].as_array().unwrap().iter().collect();
                let members = schema["properties"].as_object().unwrap();
                let wanted = members.iter().filter(|(name, _)| whole || required.contains(&&json!(name)));
                wanted
                    .map(|(name, schema)| (name.clone(), example(document, schema, whole)))
                    .collect::<Map<_, _>>()
                    .into()
            }
            Some("array") if schema["examples"].is_null() => json!([example(document, &schema["items"], whole)]),
            _ => schema["examples"][0].clone(),
        }
    }

    #[test]
    fn bodies_have_the_members_that_the_contract_gives_them() {
        let document = Contract::load().unwrap().document;
        for (name, members, _) in BODIES {
            let schema = &document["components"]["schemas"][name];
            let declared: BTreeSet<&str> =
                schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            let ours: BTreeSet<&str> = members.iter().map(|member| member.trim_start_matches("r#")).collect();
            assert_eq!(ours, declared, "{name}");
        }
    }

    #[test]
    fn bodies_are_strict() {
        let document = Contract::load().unwrap().document;
        for (name, _, read) in BODIES {
            let schema = &document["components"]["schemas"][name];
            let whole = example(&document, schema, true);
            let check = |value: &Value| read(&value.to_string());
            check(&whole).unwrap_or_else(|error| panic!("{name}: {error}"));
            check(&example(&document, schema, false)).unwrap_or_else(|error| panic!("{name}: {error}"));

            let mut more = whole.clone();
            more["surprise"] = json!(1);
            assert!(check(&more).is_err(), "{name} takes an unknown member");
            let required: Vec<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            for (member, value) in whole.as_object().unwrap() {
                let mut less = whole.clone();
                less.as_object_mut().unwrap().remove(member);
                assert_eq!(check(&less).is_err(), required.contains(&member.as_str()), "{name} without {member}");

                let may_be_null = schema["properties"][member]["type"].as_array().is_some();
                let mut null = whole.clone();
                null[member] = Value::Null;
                assert_eq!(check(&null).is_ok(), may_be_null, "{name} with null as {member}");

                let mut odd = whole.clone();
                odd[member] = if value.is_string() { json!(7) } else { json!("seven") };
                assert!(check(&odd).is_err(), "{name} with {} as {member}", odd[member]);
            }
        }
    }
}
