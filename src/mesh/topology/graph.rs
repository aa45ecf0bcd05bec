//! The Nodes of a Domain, and what follows for the edges between them. Pure.

use chrono::{DateTime, Duration, Utc};

use crate::ids::{DomainId, NodeId};
use crate::mesh::endpoint::NatType;
use crate::mesh::reachability::{State, Thresholds};

/// A handshake younger than this says nothing bad: tunnels that carry nothing do not shake hands.
const IDLE: Duration = Duration::seconds(180);

/// How a Node can be reached from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nat {
    /// Nobody knows where it is.
    Nowhere,
    /// Whoever knows where it is comes through, or makes a hole from both sides.
    Open,
    /// Answers pass only from the port that was sent to.
    PortRestricted,
    /// Each destination sees another port.
    Symmetric,
}

impl Nat {
    /// From what is known of a Node's endpoint.
    pub fn of(endpoint_known: bool, nat_type: Option<NatType>) -> Self {
        match (endpoint_known, nat_type) {
            (false, _) => Self::Nowhere,
            (true, Some(NatType::Symmetric)) => Self::Symmetric,
            (true, Some(NatType::PortRestricted)) => Self::PortRestricted,
            (true, Some(NatType::FullCone | NatType::Restricted | NatType::Unknown) | None) => Self::Open,
        }
    }

    /// Whether two Nodes find no way to each other.
    pub const fn keeps_apart(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Nowhere, _)
                | (_, Self::Nowhere)
                | (Self::Symmetric, Self::Symmetric | Self::PortRestricted)
                | (Self::PortRestricted, Self::Symmetric)
        )
    }
}

/// A Node of the graph.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Which.
    pub node_id: NodeId,
    /// Its name within its project.
    pub name: String,
    /// Its address in the mesh.
    pub mesh_ip: String,
    /// Whether it has been heard of lately.
    pub state: State,
    /// Since when.
    pub changed_at: DateTime<Utc>,
    /// How it can be reached.
    pub nat: Nat,
    /// The bridge that relays for it.
    pub relay: Option<NodeId>,
}

/// A Domain at one moment.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Which Domain.
    pub domain_id: DomainId,
    /// Its version.
    pub version: i64,
    /// Its thresholds.
    pub thresholds: Thresholds,
    /// By id.
    members: Vec<Member>,
}

impl Graph {
    /// A graph of `members`.
    pub fn new(domain_id: DomainId, version: i64, thresholds: Thresholds, mut members: Vec<Member>) -> Self {
        members.sort_unstable_by_key(|member| member.node_id);
        Self { domain_id, version, thresholds, members }
    }

    /// The Nodes, by id.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Where a Node stands among them.
    pub fn place(&self, node_id: NodeId) -> Option<u32> {
        let place = self.members.binary_search_by_key(&node_id, |member| member.node_id).ok()?;
        u32::try_from(place).ok()
    }

    /// A number that is another one, but for bad luck, when the reachability of a Node is another or is so since
    /// another time.
    pub fn reachability_print(&self) -> u64 {
        // FNV-1a: the same in every process.
        let mut print: u64 = 0xcbf2_9ce4_8422_2325;
        let mut eat = |number: u64| print = (print ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
        for member in &self.members {
            eat(member.state as u64);
            eat(member.changed_at.timestamp_millis().unsigned_abs());
        }
        print
    }

    /// The bridge that an edge leads over; `None`: it leads straight to its target.
    pub fn relay(&self, source: &Member, target: &Member) -> Option<NodeId> {
        let relay = target.relay?;
        let apart = source.nat.keeps_apart(target.nat);
        (apart && relay != source.node_id && relay != target.node_id).then_some(relay)
    }
}

/// From which age on a handshake says that an edge is stale, or that its ends do not reach each other; in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    stale: i64,
    unreachable: i64,
}

impl Limits {
    /// From a Domain's thresholds.
    pub fn of(thresholds: Thresholds) -> Self {
        Self {
            stale: thresholds.stale_after.max(IDLE).num_seconds(),
            unreachable: thresholds.unreachable_after.max(IDLE).num_seconds(),
        }
    }

    /// What a handshake of this age says.
    pub fn state(&self, age_seconds: u32) -> State {
        let age = i64::from(age_seconds);
        match () {
            () if age > self.unreachable => State::Unreachable,
            () if age > self.stale => State::Stale,
            () => State::Healthy,
        }
    }
}

/// The state of an edge: the worst that is known of it.
pub fn status(source: State, target: State, by_age: Option<State>) -> State {
    source.max(target).max(by_age.unwrap_or(State::Healthy))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn member(n: u128, nat: Nat, relay: Option<u128>) -> Member {
        Member {
            node_id: NodeId(Uuid::from_u128(n)),
            name: String::new(),
            mesh_ip: String::new(),
            state: State::Healthy,
            changed_at: DateTime::UNIX_EPOCH,
            nat,
            relay: relay.map(|relay| NodeId(Uuid::from_u128(relay))),
        }
    }

    fn thresholds(stale: i64, unreachable: i64) -> Thresholds {
        Thresholds { stale_after: Duration::seconds(stale), unreachable_after: Duration::seconds(unreachable) }
    }

    fn graph(members: Vec<Member>) -> Graph {
        Graph::new(DomainId(Uuid::max()), 0, thresholds(90, 300), members)
    }

    #[test]
    fn which_nats_keep_nodes_apart() {
        use Nat::{Nowhere, Open, PortRestricted, Symmetric};
        for (one, other, apart) in [
            (Open, Open, false),
            (Open, PortRestricted, false),
            (Open, Symmetric, false),
            (PortRestricted, PortRestricted, false),
            (PortRestricted, Symmetric, true),
            (Symmetric, Symmetric, true),
            (Nowhere, Open, true),
            (Nowhere, Symmetric, true),
            (Nowhere, Nowhere, true),
        ] {
            assert_eq!(one.keeps_apart(other), apart, "{one:?} {other:?}");
            assert_eq!(other.keeps_apart(one), apart, "{other:?} {one:?}");
        }
        for (known, nat_type, nat) in [
            (false, None, Nowhere),
            (true, Some(NatType::FullCone), Open),
            (true, Some(NatType::Restricted), Open),
            (true, Some(NatType::Unknown), Open),
            (true, Some(NatType::PortRestricted), PortRestricted),
            (true, Some(NatType::Symmetric), Symmetric),
        ] {
            assert_eq!(Nat::of(known, nat_type), nat);
        }
    }

    #[test]
    fn an_edge_is_relayed_by_its_targets_bridge_unless_that_is_an_end_of_it() {
        let graph = graph(vec![
            member(1, Nat::Open, None),
            member(2, Nat::Symmetric, Some(1)),
            member(3, Nat::Symmetric, Some(9)),
            member(4, Nat::Open, Some(1)),
            member(5, Nat::Nowhere, Some(1)),
            member(6, Nat::Symmetric, None),
        ]);
        for (source, target, relay) in [
            (2, 3, Some(9)),
            (3, 2, Some(1)),
            (2, 4, None),
            (4, 5, Some(1)),
            (5, 4, Some(1)),
            // A bridge has none, and an edge that begins at it needs none.
            (5, 1, None),
            (1, 5, None),
            // Nobody relays.
            (3, 6, None),
            (6, 3, Some(9)),
        ] {
            let at = |n: usize| &graph.members()[n - 1];
            let expected = relay.map(|relay| NodeId(Uuid::from_u128(relay)));
            assert_eq!(graph.relay(at(source), at(target)), expected, "{source} to {target}");
        }
    }

    #[test]
    fn old_handshakes_count_only_beyond_what_idle_tunnels_have() {
        for (stale, unreachable, age, state) in [
            (90, 300, 180, State::Healthy),
            (90, 300, 181, State::Stale),
            (90, 300, 300, State::Stale),
            (90, 300, 301, State::Unreachable),
            (30, 60, 180, State::Healthy),
            (30, 60, 181, State::Unreachable),
            (600, 1200, 600, State::Healthy),
            (600, 1200, 601, State::Stale),
        ] {
            assert_eq!(Limits::of(thresholds(stale, unreachable)).state(age), state, "{stale} {unreachable} {age}");
        }
    }

    #[test]
    fn the_worst_that_is_known_counts() {
        use State::{Healthy, Stale, Unreachable};
        assert_eq!(status(Healthy, Healthy, None), Healthy);
        assert_eq!(status(Healthy, Stale, Some(Healthy)), Stale);
        assert_eq!(status(Unreachable, Stale, None), Unreachable);
        assert_eq!(status(Healthy, Healthy, Some(Unreachable)), Unreachable);
    }

    #[test]
    fn the_print_shows_every_change_of_reachability() {
        let before = graph(vec![member(1, Nat::Open, None), member(2, Nat::Open, None)]);
        let mut prints = vec![before.reachability_print()];
        for n in 0..2 {
            let mut after = before.clone();
            after.members[n].state = State::Stale;
            prints.push(after.reachability_print());
            after.members[n].changed_at += Duration::milliseconds(1);
            prints.push(after.reachability_print());
        }
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), 5);
        assert_eq!(before.reachability_print(), before.clone().reachability_print());
    }
}
