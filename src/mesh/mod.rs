//! The mesh: one folder a capability.
//!
//! - **Node**: an enrolled machine. It has an id, an address in the mesh and a Node Secret Key (NSK).
//! - **Peer**: a Node's presence in the mesh: what other Nodes program into WireGuard.
//! - **Domain**: one mesh. Nodes of one Domain see each other and no others.
//! - **Bridge**: a Node that relays for Nodes that cannot reach each other.
//! - **Reachability**: whether a Node has been heard of lately: healthy, stale, unreachable.
//!
//! A capability exists when all its collaborators do ([`collaborators::Collaborators`]); one that does not is its
//! operation's 501.

pub mod artifact;
pub mod capabilities;
pub mod collaborators;
pub mod edge_psk;
pub mod endpoint;
pub mod events;
pub mod integrity;
pub mod key_rotation;
pub mod maintenance;
pub mod nodes;
pub mod peers;
pub mod reachability;
pub mod registration;
pub mod relays;
pub mod snapshot;
pub mod topology;
pub mod wrap_keys;

use capabilities::{CapabilityReads, CapabilityReports};
use collaborators::Collaborators;
use edge_psk::EdgePsks;
use endpoint::EndpointReports;
use events::NodeEvents;
use integrity::{IntegrityReports, IntegrityReviews};
use key_rotation::{RotationCompletions, RotationLooks, RotationTriggers};
use maintenance::Maintenance;
use nodes::Nodes;
use reachability::{Heartbeat, ReachabilityReads};
use registration::Registration;
use snapshot::{Snapshots, StateEntries, StateReports};
use topology::Topologies;

/// Every capability of the mesh.
pub struct Mesh {
    /// PostNodeHeartbeat.
    pub heartbeat: Option<Heartbeat>,
    /// GetNodeReachability.
    pub reachability: Option<ReachabilityReads>,
    /// Register.
    pub registration: Option<Registration>,
    /// ListNodes, GetNode, DeregisterNode, FlagNodeNsk.
    pub nodes: Option<Nodes>,
    /// PutNodeEndpoint.
    pub endpoint: Option<EndpointReports>,
    /// PutNodeCapabilities.
    pub capabilities: Option<CapabilityReports>,
    /// ListProjectCapabilities.
    pub capability_reads: Option<CapabilityReads>,
    /// PostNodeIntegrityViolations.
    pub integrity: Option<IntegrityReports>,
    /// ListIntegrityViolations, AcknowledgeIntegrityViolation.
    pub integrity_reviews: Option<IntegrityReviews>,
    /// DrainNode, UndrainNode.
    pub maintenance: Option<Maintenance>,
    /// GetNodeState.
    pub snapshot: Option<Snapshots>,
    /// PutNodeMetadataEntry, PutNodeDataEntry, and their removal.
    pub state_entries: Option<StateEntries>,
    /// PutNodeReportEntry, DeleteNodeReportEntry.
    pub state_reports: Option<StateReports>,
    /// GetNodeEvents.
    pub events: Option<NodeEvents>,
    /// PostNodeKeysRotate.
    pub rotation_triggers: Option<RotationTriggers>,
    /// GetNodeKeysRotatePreview.
    pub rotation_looks: Option<RotationLooks>,
    /// PostKeysRotate.
    pub rotation_completions: Option<RotationCompletions>,
    /// GetPeerPsk.
    pub edge_psks: Option<EdgePsks>,
    /// GetDomainMeshTopology.
    pub topology: Option<Topologies>,
}

impl Mesh {
    /// Provides what the collaborators allow.
    pub fn provision(collaborators: &Collaborators) -> Self {
        Self {
            heartbeat: Heartbeat::provision(collaborators),
            reachability: ReachabilityReads::provision(collaborators),
            registration: Registration::provision(collaborators),
            nodes: Nodes::provision(collaborators),
            capabilities: CapabilityReports::provision(collaborators),
            capability_reads: CapabilityReads::provision(collaborators),
            integrity: IntegrityReports::provision(collaborators),
            integrity_reviews: IntegrityReviews::provision(collaborators),
            endpoint: EndpointReports::provision(collaborators),
            maintenance: Maintenance::provision(collaborators),
            snapshot: Snapshots::provision(collaborators),
            state_entries: StateEntries::provision(collaborators),
            state_reports: StateReports::provision(collaborators),
            events: NodeEvents::provision(collaborators),
            rotation_triggers: RotationTriggers::provision(collaborators),
            rotation_looks: RotationLooks::provision(collaborators),
            rotation_completions: RotationCompletions::provision(collaborators),
            edge_psks: EdgePsks::provision(collaborators),
            topology: Topologies::provision(collaborators),
        }
    }
}
