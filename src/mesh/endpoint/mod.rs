//! Where a Peer can be reached from outside, as its Node observes it.
//!
//! A Node reports the endpoint that its NAT gives it ([`Observation`]). Peers hear of it when it is new, when it or the
//! kind of NAT has changed, and when the known one had gone stale ([`Known::take`]); a report that confirms what is known
//! only keeps it fresh, and such reports share commits. What nobody confirms for the Domain's lifetime of endpoints
//! goes stale and is withdrawn by the sweeper: the Peer stays, its endpoint is empty.
//!
//! Freshness is one rule ([`Freshness`]) for reports and the sweeper, and changes for others only by a persisted
//! transaction with its event: until an endpoint is withdrawn it is what peers use. While the control plane was away
//! nothing went stale, as nobody went unreachable.
//!
//! Each live Peer has a row. Whoever makes one calls [`create_row`] (registration, a new enrolment of the same Node,
//! undrain), whoever retires one calls [`remove_row`] (deregister, drain), in the transaction and under the lock of
//! the Node's row. A changed endpoint is told by its event, and only what is refused for its time is in the audit
//! log: endpoints roam by themselves, nobody decides on them.

mod known;
mod observation;
mod refusal;
mod store;
pub mod sweeper;
pub mod wire;
pub mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};

pub use known::{Freshness, Known, Taken};
pub use observation::{Endpoint, InvalidObservation, NatType, Observation};
pub use refusal::EndpointRefusal;
pub use store::PgEndpoints;
pub(in crate::mesh) use store::{create_row, remove_row};

use super::collaborators::Collaborators;
use crate::ids::{DomainId, NodeId};
use crate::postgres::StorageError;

/// A report as it came in.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whose.
    pub node_id: NodeId,
    /// What it says.
    pub observation: Observation,
    /// The request's reading of the clock.
    pub at: DateTime<Utc>,
    /// The request.
    pub correlation_id: String,
}

/// What a report is answered with, once it is durable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// How long the endpoint stays fresh from now on.
    pub ttl: Duration,
}

/// A report whose time is too far from the server's.
#[derive(Clone, Copy, Debug)]
pub struct Skewed<'r> {
    /// Whose.
    pub node_id: NodeId,
    /// Its Domain.
    pub domain_id: DomainId,
    /// The request's reading of the clock.
    pub at: DateTime<Utc>,
    /// The request.
    pub correlation_id: &'r str,
}

/// EndpointRecorder: records where Peers can be reached.
#[async_trait]
pub trait EndpointRecorder: Send + Sync + 'static {
    /// Records a report; answers once it is durable.
    ///
    /// # Errors
    /// [`EndpointRefusal`].
    async fn record(&self, report: Report) -> Result<Accepted, EndpointRefusal>;

    /// Notes in the audit log that a report was refused because the clocks are apart.
    ///
    /// # Errors
    /// [`StorageError`].
    async fn note_skew(&self, skewed: Skewed<'_>) -> Result<(), StorageError>;
}

/// The capability behind PutNodeEndpoint.
pub struct EndpointReports {
    recorder: Arc<dyn EndpointRecorder>,
}

impl EndpointReports {
    /// Exists when its collaborators do.
    pub fn provision(collaborators: &Collaborators) -> Option<Self> {
        collaborators.nsk_validator.as_ref()?;
        collaborators.node_repo.as_ref()?;
        Some(Self { recorder: collaborators.endpoint_recorder.clone()? })
    }

    /// Where reports are recorded.
    pub fn recorder(&self) -> &dyn EndpointRecorder {
        &*self.recorder
    }
}
