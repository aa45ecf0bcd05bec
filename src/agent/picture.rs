//! What a fold says of the picture of the mesh. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::fold::{Fold, Peer};

/// An end of an edge.
#[derive(Clone, Copy, Debug)]
pub struct EdgeEnd<'a> {
    /// Its Node.
    pub node_id: Uuid,
    /// The kind of NAT in front of it; `None`: nobody knows where it is.
    pub nat_type: Option<&'a str>,
    /// The bridge that it has.
    pub relay: Option<Uuid>,
}

impl EdgeEnd<'_> {
    /// The bridge between this one and `target`, if they need and have one.
    pub fn relay_to(self, target: Self) -> Option<Uuid> {
        let meet = matches!((self.nat_type, target.nat_type), (Some(one), Some(other)) if meets(one, other));
        target.relay.filter(|relay| !meet && *relay != self.node_id && *relay != target.node_id)
    }
}

impl<'a> From<&'a Peer> for EdgeEnd<'a> {
    fn from(peer: &'a Peer) -> Self {
        let nat_type = peer.endpoint.as_ref().and(peer.nat_type.as_deref());
        Self { node_id: peer.node_id, nat_type, relay: peer.relay_node_id }
    }
}

/// Whether packets get through between Nodes behind these kinds of NAT without help.
fn meets(one: &str, other: &str) -> bool {
    !matches!((one, other), ("symmetric", "symmetric" | "port_restricted") | ("port_restricted", "symmetric"))
}

/// Where a whole topology differs from what the fold says of the others: Nodes, addresses, modes and relays. The
/// folding Node's own edges it cannot tell, and what passes by itself (reachability, ages) is not looked at.
pub fn picture_faults(fold: &Fold, topology: &Value) -> Vec<String> {
    let peers: BTreeMap<Uuid, Peer> = fold.peers().map(|peer| (peer.node_id, peer)).collect();
    let id = |value: &Value| value.as_str().and_then(|id| Uuid::parse_str(id).ok()).unwrap_or_default();
    let list = |name: &str| topology[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut faults = Vec::new();
    let shown: BTreeMap<Uuid, &str> = list("nodes")
        .iter()
        .map(|node| (id(&node["node_id"]), node["mesh_ip"].as_str().unwrap_or_default()))
        .filter(|(node_id, _)| *node_id != fold.node_id())
        .collect();
    let folded: BTreeMap<Uuid, &str> = peers.values().map(|peer| (peer.node_id, peer.mesh_ip.as_str())).collect();
    if shown != folded {
        faults.push(format!("nodes: {shown:?} shown, {folded:?} folded"));
    }
    let mut edges = BTreeMap::new();
    for edge in list("edges") {
        let ends = (id(&edge["source_node_id"]), id(&edge["target_node_id"]));
        if ends.0 != fold.node_id() && ends.1 != fold.node_id() {
            let relay = edge["relay_node_id"].as_str().map(str::to_owned);
            edges.insert(ends, (edge["mode"].as_str().unwrap_or_default(), relay));
        }
    }
    for source in peers.values() {
        for target in peers.values().filter(|target| target.node_id != source.node_id) {
            let relay = EdgeEnd::from(source).relay_to(target.into()).map(|relay| relay.to_string());
            let wanted = (if relay.is_some() { "relayed" } else { "direct" }, relay);
            let ends = (source.node_id, target.node_id);
            let shown = edges.remove(&ends);
            if shown.as_ref() != Some(&wanted) {
                faults.push(format!("{} to {}: {shown:?} shown, {wanted:?} folded", ends.0, ends.1));
            }
        }
    }
    faults.extend(edges.into_keys().map(|(source, target)| format!("{source} to {target} is shown, not folded")));
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fold::tests::{at, id, peer};
    use super::*;

    /// A bridge, two Nodes that meet through it only, and one of which nobody knows the place; seen by a fifth.
    fn fold() -> Fold {
        let mut fold = Fold::new(id(9));
        let relay = Some((1, "192.0.2.1:9"));
        let relayed = [at(2, "192.0.2.2:9", "symmetric", relay), at(3, "192.0.2.3:9", "port_restricted", relay)];
        fold.pulled([at(1, "192.0.2.1:9", "full_cone", None), peer(4)].into_iter().chain(relayed), true);
        fold
    }

    fn topology() -> Value {
        let relayed = [(2, 3), (3, 2), (4, 2), (4, 3)];
        let mut edges = Vec::new();
        for source in [1, 2, 3, 4, 9] {
            for target in [1, 2, 3, 4, 9].into_iter().filter(|target| *target != source) {
                let relay = relayed.contains(&(source, target)).then(|| id(1));
                let mode = if relay.is_some() { "relayed" } else { "direct" };
                edges.push(json!({
                    "source_node_id": id(source), "target_node_id": id(target), "mode": mode, "relay_node_id": relay,
                }));
            }
        }
        let nodes = [1, 2, 3, 4, 9].map(|n| json!({ "node_id": id(n), "mesh_ip": format!("10.0.0.{n}") }));
        json!({ "nodes": nodes, "edges": edges })
    }

    #[test]
    fn the_picture_is_what_the_fold_says_of_the_others() {
        assert_eq!(picture_faults(&fold(), &topology()), Vec::<String>::new());
        let changed = |change: fn(&mut Value)| {
            let mut topology = topology();
            change(&mut topology);
            picture_faults(&fold(), &topology).len()
        };
        // The eighth is from 2 to 9, which is the fold's own; the fifth from 2 to 1.
        assert_eq!(changed(|topology| topology["edges"][7]["mode"] = json!("relayed")), 0);
        assert_eq!(changed(|topology| topology["edges"][4]["mode"] = json!("relayed")), 1);
        assert_eq!(changed(|topology| topology["edges"][5]["relay_node_id"] = json!(id(4))), 1);
        assert_eq!(changed(|topology| drop(topology["edges"].as_array_mut().unwrap().remove(0))), 1);
        assert_eq!(changed(|topology| topology["nodes"][0]["mesh_ip"] = json!("10.0.0.8")), 1);
        assert_eq!(changed(|topology| drop(topology["nodes"].as_array_mut().unwrap().remove(0))), 1);
        let stranger = |topology: &mut Value| {
            let edge =
                json!({ "source_node_id": id(7), "target_node_id": id(1), "mode": "direct", "relay_node_id": null });
            topology["edges"].as_array_mut().unwrap().push(edge);
        };
        assert_eq!(changed(stranger), 1);
    }
}
