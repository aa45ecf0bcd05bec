//! Enrolment: a machine with a bootstrap token becomes a Node.
//!
//! One transaction spends the token and makes everything that a Node is: address, NSK, PSK, Peer, parents, events,
//! audit. Whatever fails leaves the token unspent. A token bound to a Node gives that Node a new NSK and takes the
//! old one away; a drained one stays out of the mesh until an operator brings it back.

mod address;
mod public_key;
mod refusal;
mod request;
mod store;
pub mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use zeroize::Zeroizing;

pub use public_key::PublicKey;
pub use refusal::RegistrationRefusal;
pub use request::{Enrolment, InvalidEnrolment};
pub use store::{PgEnrolments, prune_nonces};

use super::collaborators::Collaborators;
use super::peers::PeerView;
use crate::ids::{NodeId, SigningKeyId};

/// What a machine is told once it is a Node. Holds secrets: no Debug.
pub struct Enrolled {
    /// The Node.
    pub node_id: NodeId,
    /// Its address in the mesh.
    pub mesh_ip: String,
    /// Its Node Secret Key's 32 bytes, base64: the only time that it is told.
    pub nsk: Zeroizing<String>,
    /// Which key signs the Domain's events now.
    pub signing_key_id: SigningKeyId,
    /// Its public half.
    pub signing_public_key: Vec<u8>,
    /// The Domain's address range.
    pub mesh_cidr: IpNet,
    /// Every other live Peer of the Domain, by Node id.
    pub peers: Vec<PeerView>,
}

/// Redeems bootstrap tokens.
#[async_trait]
pub trait Enrolments: Send + Sync + 'static {
    /// Makes a Node, or re-enrols the one that the token is bound to.
    ///
    /// # Errors
    /// [`RegistrationRefusal`]; the token is then unspent.
    async fn enrol(
        &self,
        enrolment: &Enrolment,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Enrolled, RegistrationRefusal>;
}

/// The capability.
pub struct Registration {
    enrolments: Arc<dyn Enrolments>,
}

impl Registration {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        Some(Self { enrolments: collaborators.enrolments.clone()? })
    }

    /// Enrols.
    ///
    /// # Errors
    /// [`RegistrationRefusal`].
    pub async fn enrol(
        &self,
        enrolment: &Enrolment,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Enrolled, RegistrationRefusal> {
        self.enrolments.enrol(enrolment, now, correlation_id).await
    }
}
