//! Who gets which bridge. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::NodeId;

/// The bridges that can relay, each with how many Nodes it has.
pub type Loads = BTreeMap<NodeId, u64>;

/// Gives each of `nodes`, which have no bridge that can relay, the one with the fewest Nodes, of equal ones the
/// lowest. Those that are not named keep theirs. Without bridges nobody has one.
///
/// The order of `nodes` does not matter: the lowest comes first.
pub fn assign(loads: &Loads, nodes: impl IntoIterator<Item = NodeId>) -> Vec<(NodeId, Option<NodeId>)> {
    let mut queue: BTreeSet<(u64, NodeId)> = loads.iter().map(|(bridge, load)| (*load, *bridge)).collect();
    let nodes: BTreeSet<NodeId> = nodes.into_iter().collect();
    nodes
        .into_iter()
        .map(|node| {
            let Some((load, bridge)) = queue.pop_first() else { return (node, None) };
            queue.insert((load + 1, bridge));
            (node, Some(bridge))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> NodeId {
        NodeId(Uuid::from_u128(n))
    }

    /// A Domain as it would be kept: who has whom.
    #[derive(Clone, Default, PartialEq, Debug)]
    struct Kept {
        bridges: BTreeSet<NodeId>,
        nodes: BTreeMap<NodeId, Option<NodeId>>,
    }

    impl Kept {
        fn settle(&mut self) -> BTreeSet<NodeId> {
            let can_relay = |bridge: &NodeId| self.bridges.contains(bridge);
            let has_one = |relay: &Option<NodeId>| relay.as_ref().is_some_and(can_relay);
            let mut loads: Loads = self.bridges.iter().map(|bridge| (*bridge, 0)).collect();
            for relay in self.nodes.values().flatten() {
                if let Some(load) = loads.get_mut(relay) {
                    *load += 1;
                }
            }
            let without: Vec<NodeId> =
                self.nodes.iter().filter(|(_, relay)| !has_one(relay)).map(|(node, _)| *node).collect();
            let moved = assign(&loads, without.iter().rev().copied());
            self.nodes.extend(moved.iter().copied());
            moved.into_iter().map(|(node, _)| node).collect()
        }

        fn loads(&self) -> Vec<usize> {
            let of = |bridge: &NodeId| self.nodes.values().filter(|relay| **relay == Some(*bridge)).count();
            self.bridges.iter().map(of).collect()
        }
    }

    fn fresh(bridges: u128, nodes: u128) -> Kept {
        let mut kept = Kept {
            bridges: (1..=bridges).map(id).collect(),
            nodes: (1..=nodes).map(|n| (id(1_000 + n), None)).collect(),
        };
        kept.settle();
        kept
    }

    #[test]
    fn the_fewest_come_first_and_of_equal_ones_the_lowest() {
        let loads = Loads::from([(id(1), 2), (id(2), 0), (id(3), 1)]);
        let given = assign(&loads, [14, 11, 13, 12, 15].map(id));
        let expected = [(11, 2), (12, 2), (13, 3), (14, 1), (15, 2)];
        assert_eq!(given, expected.map(|(node, bridge)| (id(node), Some(id(bridge)))));
    }

    #[test]
    fn without_bridges_nobody_has_one() {
        assert_eq!(assign(&Loads::new(), [id(7)]), [(id(7), None)]);
    }

    proptest! {
        #[test]
        fn fresh_assignments_differ_by_one_at_most(bridges in 1_u128..9, nodes in 0_u128..60) {
            let loads = fresh(bridges, nodes).loads();
            prop_assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{:?}", loads);
        }

        #[test]
        fn when_one_bridge_of_many_goes_only_its_own_nodes_move(bridges in 1_u128..9, nodes in 0_u128..60, goes in any::<prop::sample::Index>()) {
            let before = fresh(bridges, nodes);
            let gone = id(1 + goes.index(bridges as usize) as u128);
            let mut after = before.clone();
            after.bridges.remove(&gone);
            let moved = after.settle();
            let its_own: BTreeSet<NodeId> =
                before.nodes.iter().filter(|(_, relay)| **relay == Some(gone)).map(|(node, _)| *node).collect();
            prop_assert_eq!(&moved, &its_own);
            for (node, relay) in &after.nodes {
                prop_assert_eq!(relay.is_some(), bridges > 1);
                prop_assert!(moved.contains(node) || before.nodes[node] == *relay);
            }
            prop_assert!(after.settle().is_empty() || bridges == 1);
            // It comes back: nobody moves who has one.
            let (settled, had_none) = (after.clone(), bridges == 1);
            after.bridges.insert(gone);
            prop_assert_eq!(after.settle().is_empty(), !had_none || nodes == 0);
            prop_assert!(had_none || after.nodes == settled.nodes);
        }

        #[test]
        fn the_same_bridges_and_nodes_give_the_same_assignments(loads in prop::collection::btree_map(1_u128..9, 0_u64..5, 0..6), nodes in prop::collection::vec(100_u128..160, 0..40)) {
            let loads: Loads = loads.into_iter().map(|(bridge, load)| (id(bridge), load)).collect();
            let forwards = assign(&loads, nodes.iter().copied().map(id));
            prop_assert_eq!(forwards, assign(&loads, nodes.iter().rev().copied().map(id)));
        }
    }
}
