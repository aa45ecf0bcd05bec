//! Relays: which bridge carries the traffic of Nodes that cannot reach each other.
//!
//! A bridge that can relay is a Node enrolled as one, with a live Peer and a known endpoint, that is not stored as
//! unreachable. While a Domain has such bridges, each of its other Nodes that is in the mesh has one of them
//! ([`assign`]): the one with the fewest Nodes when it was assigned. It keeps that one for as long as the bridge can
//! relay; what comes and goes elsewhere moves nobody.
//!
//! Assignments change in the transaction of their cause, with one `peer_endpoint_changed` for each Node that is moved.
//! Where a bridge can be reached is no part of an assignment: when it roams its own event says so, and
//! `fallback_endpoint` follows for whoever derives it.
//!
//! # Order
//!
//! All causes of one Domain take turns by its row (`store::take_turns`): they look at the bridges, write
//! assignments and append their events while they hold it. So what one of them sees is all that others have done,
//! and the events of a Domain stand in the outbox in the order in which their transactions commit: an event never
//! brings back an older relay or endpoint. The row is the last that a transaction waits for. Rows of `peer_relays` are
//! written only behind it, and nobody waits for anything else behind it, so that no two causes wait for each other.
//!
//! A bridge that goes moves all of its Nodes in one step, 10,000 if need be: in two steps peers would be left with a
//! relay that is gone, and the step that is left would have to be remembered. Statements are a constant number, one
//! array a column. Only the changes of that Domain wait meanwhile, and the reports that share its batch; a heartbeat
//! or a report that confirms what is known waits for no Domain.

mod assignment;
pub(super) mod store;

pub use assignment::{Loads, assign};
