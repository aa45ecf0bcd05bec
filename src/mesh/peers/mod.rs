//! Peers: the presence of Nodes in the mesh. Enrolment, maintenance and deregistration open and end it through here,
//! so that a live Peer, its live PSK and what other Nodes are told always go together.
//!
//! A Node has one live Peer while it is in the mesh and none while it is drained or deregistered; the Peer has one live
//! PSK. Every change that other Nodes see raises the Domain's `mesh_version`. Raising it takes the Domain's turn, so it
//! comes last in a transaction, but for what needs the turn: relays and the events ([`super::relays`]).

pub(super) mod store;

use std::net::IpAddr;

use super::endpoint::NatType;
use crate::ids::{DomainId, Kid, NodeId};

/// A Node as its Domain's other Nodes see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerView {
    /// Which Node.
    pub node_id: NodeId,
    /// Its address in the mesh.
    pub mesh_ip: String,
    /// Its Curve25519 key, base64.
    pub public_key: String,
    /// Where it can be reached.
    pub endpoint: Option<String>,
    /// The kind of NAT in front of it.
    pub nat_type: Option<NatType>,
    /// The bridge that relays for it.
    pub relay_node_id: Option<NodeId>,
    /// Where that bridge can be reached.
    pub fallback_endpoint: Option<String>,
    /// How many PSKs it has been issued.
    pub psk_epoch: i64,
}

/// What other Nodes are told of a Node when its Peer opens.
pub(super) struct Member<'n> {
    pub node_id: NodeId,
    pub domain_id: DomainId,
    pub mesh_ip: IpAddr,
    /// Its Curve25519 key.
    pub public_key: &'n [u8],
    /// It relays for others, and nobody for it.
    pub bridge: bool,
}

/// What the Domain is at once a Peer is announced.
pub(super) struct Announced {
    /// Its version.
    pub version: i64,
    /// Whether other Peers have changed with it.
    pub others_changed: bool,
}

/// A PSK that was issued; no part of it.
#[derive(Clone, Copy)]
pub(super) struct Issued {
    pub kid: Kid,
    /// The version of the key that it is sealed under.
    pub wrap_key_version: i32,
    /// How many PSKs the Node has been issued with it.
    pub psk_epoch: i64,
}
