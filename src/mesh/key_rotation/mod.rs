//! Rotation of mesh keys: a Node gets another Curve25519 key without enrolling again.
//!
//! Three legs. An operator triggers: a rotation is pending, and the Node is told, by an event and by the hint of each
//! heartbeat. The Node makes a key pair and completes with the public key: key, PSK, event and rotation change in one
//! transaction. Before that, the operator may have looked at a preview of what it will touch.
//!
//! A rotation ends once: `pending -> completed | superseded | expired`. It is superseded when the Node leaves the mesh
//! or enrols again, and by the next trigger when it has expired. It expires by the clock; the sweeper only writes that
//! down. A completed one is kept as long as its Node: the same key again is answered with the same receipt, for as long
//! as it is the rotation that set the present key. The others are kept for a month, for whoever looks.

mod estimate;
mod refusal;
mod rotation;
pub(in crate::mesh) mod store;
pub mod sweeper;
pub mod wire;

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};

pub use estimate::{Follow, estimated_duration};
pub use refusal::{CompletionRefusal, TriggerRefusal};
pub use rotation::{Pending, Standing, Submission};
pub use store::{PgKeyRotations, prune};

use super::collaborators::Collaborators;
use super::nodes::Actor;
use super::registration::PublicKey;
use crate::ids::{DomainId, Kid, NodeId, PeerId, RotationId};

/// What a trigger is answered with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Triggered {
    /// The rotation that is pending now.
    pub rotation_id: RotationId,
    /// The Node's live Peer.
    pub peer_id: PeerId,
    /// It was pending before.
    pub already_pending: bool,
}

/// What a trigger would do, and what its completion would touch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// The Node's Domain.
    pub domain_id: DomainId,
    /// The Node's live Peer.
    pub peer_id: PeerId,
    /// The PSK that would be issued anew.
    pub kid: Kid,
    /// The version of the key that seals it.
    pub wrap_key_version: i32,
    /// Every other live Peer of the Domain, by Node id.
    pub peers: Vec<NodeId>,
    /// A rotation is pending already.
    pub already_pending: bool,
    /// How often the Domain's Nodes send heartbeats.
    pub heartbeat_interval: Duration,
}

/// What a completed rotation leaves in the Node's hands; no part of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The rotation.
    pub rotation_id: RotationId,
    /// The PSK that it issued.
    pub kid: Kid,
    /// The version of the key that sealed it.
    pub wrap_key_version: i32,
}

/// RotationRequester: asks Nodes for other keys.
#[async_trait]
pub trait RotationRequester: Send + Sync + 'static {
    /// Makes a rotation pending and tells the Node. Pending already: nothing.
    ///
    /// # Errors
    /// [`TriggerRefusal`].
    async fn trigger(&self, node_id: NodeId, actor: Actor<'_>, now: DateTime<Utc>)
    -> Result<Triggered, TriggerRefusal>;
}

/// RotationPreview: what a rotation would touch.
#[async_trait]
pub trait RotationPreviews: Send + Sync + 'static {
    /// Looks, and writes nothing.
    ///
    /// # Errors
    /// [`TriggerRefusal`].
    async fn preview(&self, node_id: NodeId, now: DateTime<Utc>) -> Result<Preview, TriggerRefusal>;
}

/// Who hears of events at once.
pub trait LiveStreams: Send + Sync + 'static {
    /// The Nodes of a Domain that follow their own streams, as far as this replica serves them.
    fn following(&self, domain_id: DomainId) -> HashSet<NodeId>;
}

/// RotationCompleter: takes the new keys.
#[async_trait]
pub trait RotationCompleter: Send + Sync + 'static {
    /// Completes the Node's pending rotation. The same key again: the same receipt, and nothing else.
    ///
    /// # Errors
    /// [`CompletionRefusal`].
    async fn complete(
        &self,
        node_id: NodeId,
        public_key: &PublicKey,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Receipt, CompletionRefusal>;
}

/// The capability behind PostNodeKeysRotate.
pub struct RotationTriggers {
    requester: Arc<dyn RotationRequester>,
}

impl RotationTriggers {
    /// Exists when its collaborators do: who may is the relation checker's to say.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        Some(Self { requester: collaborators.rotation_requester.clone()? })
    }

    /// Asks Nodes for other keys.
    pub fn requester(&self) -> &dyn RotationRequester {
        &*self.requester
    }
}

/// The capability behind GetNodeKeysRotatePreview.
pub struct RotationLooks {
    previews: Arc<dyn RotationPreviews>,
    streams: Option<Arc<dyn LiveStreams>>,
}

impl RotationLooks {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.relation_checker.as_ref()?;
        let streams = collaborators.event_stream.clone().map(|streams| streams as Arc<dyn LiveStreams>);
        Some(Self { previews: collaborators.rotation_previews.clone()?, streams })
    }

    /// Looks at what a rotation would touch.
    pub fn previews(&self) -> &dyn RotationPreviews {
        &*self.previews
    }

    /// Seconds until the last peer has followed a rotation of the Node. Without streams nobody holds one.
    pub fn estimated_duration(&self, node_id: NodeId, preview: &Preview) -> i64 {
        let following = self.streams.as_ref().map(|streams| streams.following(preview.domain_id)).unwrap_or_default();
        estimated_duration(&Follow {
            node_streams: following.contains(&node_id),
            peers: preview.peers.len() as i64,
            streaming: preview.peers.iter().filter(|peer| following.contains(peer)).count() as i64,
            heartbeat_interval: preview.heartbeat_interval,
        })
    }
}

/// The capability behind PostKeysRotate.
pub struct RotationCompletions {
    completer: Arc<dyn RotationCompleter>,
}

impl RotationCompletions {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.nsk_validator.as_ref()?;
        collaborators.node_repo.as_ref()?;
        Some(Self { completer: collaborators.rotation_completer.clone()? })
    }

    /// Takes the new keys.
    pub fn completer(&self) -> &dyn RotationCompleter {
        &*self.completer
    }
}
