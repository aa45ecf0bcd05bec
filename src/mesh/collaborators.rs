//! What the capabilities work with. Leave one out, and every operation that needs it answers 501.

use std::sync::Arc;

use super::capabilities::CapabilitiesRecorder;
use super::edge_psk::EdgePskSource;
use super::endpoint::EndpointRecorder;
use super::events::Streams;
use super::integrity::IntegrityViolationsRecorder;
use super::key_rotation::{RotationCompleter, RotationPreviews, RotationRequester};
use super::maintenance::MaintenanceRepo;
use super::nodes::NodeRepo;
use super::reachability::ReachabilityRepo;
use super::registration::Enrolments;
use super::snapshot::{SnapshotProvider, StateEntryRepo};
use super::topology::TopologyProjection;
use crate::access::RelationChecker;
use crate::access::nsk::NskLink;
use crate::audit::DecisionLog;
use crate::clock::Clock;

/// Every collaborator, by the name under which the contract's 501 table knows it.
#[derive(Clone, Default)]
pub struct Collaborators {
    /// NSKValidator: proves a Node by its key.
    pub nsk_validator: Option<Arc<NskLink>>,
    /// RelationChecker: answers what an operator may do.
    pub relation_checker: Option<Arc<dyn RelationChecker>>,
    /// NodeRepo: the Nodes.
    pub node_repo: Option<Arc<dyn NodeRepo>>,
    /// ReachabilityRepo: heartbeats and what follows from them.
    pub reachability_repo: Option<Arc<dyn ReachabilityRepo>>,
    /// CapabilitiesRecorder: the capability manifests.
    pub capabilities_recorder: Option<Arc<dyn CapabilitiesRecorder>>,
    /// IntegrityViolationsRecorder: what Nodes have found changed on themselves.
    pub integrity_violations_recorder: Option<Arc<dyn IntegrityViolationsRecorder>>,
    /// EndpointRecorder: where Peers can be reached.
    pub endpoint_recorder: Option<Arc<dyn EndpointRecorder>>,
    /// Clock: tells the time.
    pub clock: Option<Arc<dyn Clock>>,
    /// Redeems bootstrap tokens.
    pub enrolments: Option<Arc<dyn Enrolments>>,
    /// Takes Nodes out of the mesh and brings them back.
    pub maintenance_repo: Option<Arc<dyn MaintenanceRepo>>,
    /// SnapshotProvider: the states that Nodes have to reach.
    pub snapshot_provider: Option<Arc<dyn SnapshotProvider>>,
    /// State entries.
    pub state_entry_repo: Option<Arc<dyn StateEntryRepo>>,
    /// EventStream: the streams of events, with the NonceStore and the SignatureVerifier that their events have passed.
    pub event_stream: Option<Arc<Streams>>,
    /// TopologyProjection: what topologies are made of.
    pub topology_projection: Option<Arc<dyn TopologyProjection>>,
    /// RotationRequester: asks Nodes for other mesh keys.
    pub rotation_requester: Option<Arc<dyn RotationRequester>>,
    /// RotationPreview: what a rotation would touch.
    pub rotation_previews: Option<Arc<dyn RotationPreviews>>,
    /// RotationCompleter: takes the new mesh keys.
    pub rotation_completer: Option<Arc<dyn RotationCompleter>>,
    /// Records what operators are let do or refused. Without it that is not recorded, and nothing else is missing: what
    /// it costs is measured so.
    pub decision_log: Option<DecisionLog>,
    /// Opens the PSKs at both ends of an edge.
    pub edge_psk_source: Option<Arc<dyn EdgePskSource>>,
}
