//! What the events of a stream make of a state. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::trusted::RESYNC;

/// Differences that are told; more tell nothing more.
const TOLD: usize = 5;

/// A peer in a state, and what events make of it. What is not known is absent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Peer {
    /// Its Node.
    pub node_id: Uuid,
    /// Its address in the mesh.
    pub mesh_ip: String,
    /// Its key, base64.
    pub public_key: String,
    /// Where it is reached.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The kind of NAT in front of it.
    #[serde(default)]
    pub nat_type: Option<String>,
    /// The bridge that it has.
    #[serde(default)]
    pub relay_node_id: Option<Uuid>,
    /// Where that bridge is reached.
    #[serde(default)]
    pub fallback_endpoint: Option<String>,
    /// Which of its pre-shared keys holds.
    #[serde(default)]
    pub psk_epoch: Option<i64>,
}

/// An event is not what the contract says of its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event_type} has no such payload: {payload}")]
pub struct Unreadable {
    event_type: String,
    payload: Value,
}

/// Where the Node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// In the mesh: what happens to others matters.
    Live,
    /// Not in the mesh: it has no peers, whatever happens to others.
    Away,
    /// Nothing is known before the next pull.
    PullDue,
}

/// The peers of a Node: a state that was pulled, and the events since its stream opened.
#[derive(Clone, Debug)]
pub struct Fold {
    node_id: Uuid,
    standing: Standing,
    peers: BTreeMap<Uuid, Peer>,
    /// Where the Node itself is reached, as far as its events and those of which it is the bridge tell.
    own_endpoint: Option<String>,
}

impl Fold {
    /// Nothing was pulled yet.
    pub fn new(node_id: Uuid) -> Self {
        Self { node_id, standing: Standing::PullDue, peers: BTreeMap::new(), own_endpoint: None }
    }

    /// A stream has opened that goes on after event `after`. When it goes on after none, nothing says what happened before:
    /// neither what an earlier stream has left out.
    pub fn opened(&mut self, after: Option<i64>) {
        if after.is_none() {
            *self = Self::new(self.node_id);
        }
    }

    /// Takes the peers of a pull that began after the stream opened, and after the event that made it due if one did.
    /// `in_the_mesh`: the Node is not drained, which a state without peers does not tell.
    pub fn pulled(&mut self, peers: impl IntoIterator<Item = Peer>, in_the_mesh: bool) {
        self.peers = peers.into_iter().map(|peer| (peer.node_id, peer)).collect();
        self.standing = if in_the_mesh || !self.peers.is_empty() { Standing::Live } else { Standing::Away };
        let relayed = self.peers.values().find(|peer| peer.relay_node_id == Some(self.node_id));
        if let Some(peer) = relayed {
            self.own_endpoint.clone_from(&peer.fallback_endpoint);
        }
    }

    /// Whether the state has to be pulled (again) before anything can be said.
    pub fn pull_due(&self) -> bool {
        self.standing == Standing::PullDue
    }

    /// Takes the next event of the stream. Types that it does not know change nothing.
    ///
    /// # Errors
    /// [`Unreadable`]; it changes nothing then.
    pub fn apply(&mut self, event_type: &str, payload: &Value) -> Result<(), Unreadable> {
        let unreadable = || Unreadable { event_type: event_type.to_owned(), payload: payload.clone() };
        if event_type == RESYNC {
            self.standing = Standing::PullDue;
            return Ok(());
        }
        if !event_type.starts_with("peer_") {
            return Ok(());
        }
        let subject = payload["node_id"].as_str().and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(unreadable)?;
        let own = subject == self.node_id;
        match event_type {
            "peer_registered" if own => {
                self.standing = Standing::PullDue;
                self.own_endpoint = text(payload, "endpoint").ok_or_else(unreadable)?;
            }
            "peer_deregistered" if own => {
                self.standing = Standing::Away;
                self.peers.clear();
            }
            "peer_endpoint_changed" if own => {
                self.own_endpoint = text(payload, "endpoint").ok_or_else(unreadable)?;
            }
            // Its own key and PSK are not among its peers.
            _ if own || self.standing != Standing::Live => {}
            "peer_registered" => {
                let peer = registered(subject, payload).ok_or_else(unreadable)?;
                self.learn(&peer);
                self.peers.insert(subject, peer);
            }
            "peer_deregistered" => drop(self.peers.remove(&subject)),
            "peer_endpoint_changed" => {
                let place = place(payload).ok_or_else(unreadable)?;
                // Of one that has left there is nothing to tell.
                if let Some(peer) = self.peers.get_mut(&subject) {
                    (peer.endpoint, peer.nat_type, peer.relay_node_id, peer.fallback_endpoint) = place;
                    let peer = peer.clone();
                    self.learn(&peer);
                }
            }
            "peer_psk_assigned" => {
                let psk_epoch = payload["psk_epoch"].as_i64().ok_or_else(unreadable)?;
                if let Some(peer) = self.peers.get_mut(&subject) {
                    peer.psk_epoch = Some(psk_epoch);
                }
            }
            "peer_key_rotated" => {
                let psk_epoch = payload["psk_epoch"].as_i64().ok_or_else(unreadable)?;
                let public_key = payload["public_key"].as_str().ok_or_else(unreadable)?;
                if let Some(peer) = self.peers.get_mut(&subject) {
                    peer.psk_epoch = Some(psk_epoch);
                    public_key.clone_into(&mut peer.public_key);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whoever has this Node as its bridge tells where it is.
    fn learn(&mut self, peer: &Peer) {
        if peer.relay_node_id == Some(self.node_id) {
            self.own_endpoint.clone_from(&peer.fallback_endpoint);
        }
    }

    /// Where the bridge of `peer` is reached now: its own events say so, not those of whom it relays for.
    fn fallback(&self, peer: &Peer) -> Option<String> {
        match peer.relay_node_id {
            None => None,
            Some(relay) if relay == self.node_id => self.own_endpoint.clone(),
            Some(relay) => self.peers.get(&relay).and_then(|bridge| bridge.endpoint.clone()),
        }
    }

    /// The peers, by id.
    pub fn peers(&self) -> impl Iterator<Item = Peer> {
        self.peers.values().map(|peer| Peer { fallback_endpoint: self.fallback(peer), ..peer.clone() })
    }

    /// The Node whose peers they are.
    pub fn node_id(&self) -> Uuid {
        self.node_id
    }

    /// Where the peers differ from those of a fresh pull; empty when they do not.
    pub fn differences(&self, fresh: &[Peer]) -> Vec<String> {
        if self.pull_due() {
            return vec!["a pull is due".to_owned()];
        }
        let mut fresh: BTreeMap<Uuid, &Peer> = fresh.iter().map(|peer| (peer.node_id, peer)).collect();
        let mut told = Vec::new();
        for folded in self.peers() {
            match fresh.remove(&folded.node_id) {
                None => told.push(format!("{} is folded only: {folded:?}", folded.node_id)),
                Some(pulled) if *pulled != folded => told.push(format!("folded {folded:?}, pulled {pulled:?}")),
                Some(_) => {}
            }
        }
        told.extend(fresh.into_values().map(|pulled| format!("{} is pulled only: {pulled:?}", pulled.node_id)));
        let more = told.len().saturating_sub(TOLD);
        told.truncate(TOLD);
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        told
    }
}

/// A member that is always there, and empty when it is not known.
#[allow(clippy::option_option, reason = "not there, and there but empty")]
fn text(payload: &Value, member: &str) -> Option<Option<String>> {
    let text = payload[member].as_str()?;
    Some((!text.is_empty()).then(|| text.to_owned()))
}

type Place = (Option<String>, Option<String>, Option<Uuid>, Option<String>);

fn place(payload: &Value) -> Option<Place> {
    let relay = match text(payload, "relay_node_id")? {
        Some(relay) => Some(Uuid::parse_str(&relay).ok()?),
        None => None,
    };
    Some((text(payload, "endpoint")?, text(payload, "nat_type")?, relay, text(payload, "fallback_endpoint")?))
}

fn registered(node_id: Uuid, payload: &Value) -> Option<Peer> {
    let (endpoint, nat_type, relay_node_id, fallback_endpoint) = place(payload)?;
    let known = |member: &str| payload[member].as_str().map(str::to_owned);
    let (mesh_ip, public_key) = (known("mesh_ip")?, known("public_key")?);
    // The PSK has an event of its own, behind this one.
    Some(Peer { node_id, mesh_ip, public_key, endpoint, nat_type, relay_node_id, fallback_endpoint, psk_epoch: None })
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;

    pub fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    pub fn peer(number: u128) -> Peer {
        Peer {
            node_id: id(number),
            mesh_ip: format!("10.0.0.{number}"),
            public_key: format!("key-{number}"),
            endpoint: None,
            nat_type: None,
            relay_node_id: None,
            fallback_endpoint: None,
            psk_epoch: Some(1),
        }
    }

    pub fn at(number: u128, endpoint: &str, nat_type: &str, relay: Option<(u128, &str)>) -> Peer {
        Peer {
            endpoint: Some(endpoint.to_owned()),
            nat_type: Some(nat_type.to_owned()),
            relay_node_id: relay.map(|(relay, _)| id(relay)),
            fallback_endpoint: relay.map(|(_, fallback)| fallback.to_owned()),
            ..peer(number)
        }
    }

    fn place_of(peer: &Peer) -> Value {
        let known = |text: &Option<String>| text.clone().unwrap_or_default();
        json!({
            "node_id": peer.node_id, "endpoint": known(&peer.endpoint), "nat_type": known(&peer.nat_type),
            "relay_node_id": known(&peer.relay_node_id.map(|id| id.to_string())),
            "fallback_endpoint": known(&peer.fallback_endpoint),
        })
    }

    fn registered(peer: &Peer) -> Value {
        let mut payload = place_of(peer);
        payload["mesh_ip"] = json!(peer.mesh_ip);
        payload["public_key"] = json!(peer.public_key);
        payload
    }

    fn psk(number: u128, psk_epoch: i64) -> Value {
        json!({ "node_id": id(number), "kid": id(99), "wrap_key_version": 1, "psk_epoch": psk_epoch })
    }

    fn fold(node: u128, peers: &[Peer]) -> Fold {
        let mut fold = Fold::new(id(node));
        assert!(fold.pull_due());
        fold.pulled(peers.iter().cloned(), true);
        fold
    }

    #[track_caller]
    fn agrees(fold: &Fold, fresh: &[Peer]) {
        assert_eq!(fold.differences(fresh), Vec::<String>::new());
    }

    #[test]
    fn events_make_of_a_pull_what_a_later_one_says() {
        let mut fold = fold(9, &[peer(1), peer(2)]);
        fold.apply("peer_registered", &registered(&peer(3))).unwrap();
        assert_eq!(fold.peers().nth(2).unwrap().psk_epoch, None);
        fold.apply("peer_psk_assigned", &psk(3, 4)).unwrap();
        let moved = at(1, "192.0.2.1:9", "full_cone", None);
        fold.apply("peer_endpoint_changed", &place_of(&moved)).unwrap();
        fold.apply("peer_deregistered", &json!({ "node_id": id(2) })).unwrap();
        let rotated =
            json!({ "node_id": id(1), "public_key": "new", "kid": id(98), "wrap_key_version": 1, "psk_epoch": 2 });
        fold.apply("peer_key_rotated", &rotated).unwrap();
        for (unknown, payload) in [("policy_updated", json!({})), ("peer_greeted", json!({ "node_id": id(1) }))] {
            fold.apply(unknown, &payload).unwrap();
        }
        let first = Peer { public_key: "new".to_owned(), psk_epoch: Some(2), ..moved };
        agrees(&fold, &[first.clone(), Peer { psk_epoch: Some(4), ..peer(3) }]);
        let tombstone =
            json!({ "node_id": id(1), "endpoint": "", "nat_type": "", "relay_node_id": "", "fallback_endpoint": "" });
        fold.apply("peer_endpoint_changed", &tombstone).unwrap();
        let nowhere = Peer { endpoint: None, nat_type: None, ..first };
        agrees(&fold, &[nowhere, Peer { psk_epoch: Some(4), ..peer(3) }]);
    }

    #[test]
    fn events_that_the_pull_has_seen_already_change_nothing_in_the_end() {
        let last = at(1, "192.0.2.3:9", "symmetric", None);
        let mut fold = fold(9, std::slice::from_ref(&last));
        for endpoint in ["192.0.2.1:9", "192.0.2.2:9", "192.0.2.3:9"] {
            fold.apply("peer_endpoint_changed", &place_of(&at(1, endpoint, "symmetric", None))).unwrap();
        }
        // It was there and had left before the pull.
        fold.apply("peer_registered", &registered(&peer(2))).unwrap();
        fold.apply("peer_deregistered", &json!({ "node_id": id(2) })).unwrap();
        fold.apply("peer_endpoint_changed", &place_of(&at(2, "192.0.2.9:9", "unknown", None))).unwrap();
        fold.apply("peer_psk_assigned", &psk(2, 3)).unwrap();
        agrees(&fold, &[last]);
    }

    #[test]
    fn a_fallback_goes_where_its_bridge_goes() {
        let relayed = |number, fallback| at(number, "192.0.2.2:9", "symmetric", Some((1, fallback)));
        let mut fold_of_other = fold(9, &[at(1, "192.0.2.1:9", "full_cone", None), relayed(2, "192.0.2.1:9")]);
        let moved = at(1, "192.0.2.1:10", "full_cone", None);
        fold_of_other.apply("peer_endpoint_changed", &place_of(&moved)).unwrap();
        agrees(&fold_of_other, &[moved, relayed(2, "192.0.2.1:10")]);
        // The bridge is told of itself as well.
        let mut fold_of_bridge = fold(1, &[relayed(2, "192.0.2.1:9")]);
        agrees(&fold_of_bridge, &[relayed(2, "192.0.2.1:9")]);
        fold_of_bridge.apply("peer_endpoint_changed", &place_of(&at(1, "192.0.2.1:10", "full_cone", None))).unwrap();
        agrees(&fold_of_bridge, &[relayed(2, "192.0.2.1:10")]);
        fold_of_bridge.apply("peer_endpoint_changed", &place_of(&relayed(2, "192.0.2.1:11"))).unwrap();
        agrees(&fold_of_bridge, &[relayed(2, "192.0.2.1:11")]);
        fold_of_bridge.apply("peer_endpoint_changed", &place_of(&at(2, "192.0.2.2:9", "symmetric", None))).unwrap();
        agrees(&fold_of_bridge, &[at(2, "192.0.2.2:9", "symmetric", None)]);
    }

    #[test]
    fn its_own_coming_and_going_is_told_apart() {
        let mut fold = fold(9, &[peer(1)]);
        for own in ["peer_psk_assigned", "peer_key_rotated"] {
            fold.apply(own, &psk(9, 7)).unwrap();
        }
        agrees(&fold, &[peer(1)]);
        fold.apply("peer_deregistered", &json!({ "node_id": id(9) })).unwrap();
        agrees(&fold, &[]);
        fold.apply("peer_registered", &registered(&peer(2))).unwrap();
        agrees(&fold, &[]);
        fold.apply("peer_registered", &registered(&peer(9))).unwrap();
        assert!(fold.pull_due() && !fold.differences(&[]).is_empty());
        fold.apply("peer_registered", &registered(&peer(3))).unwrap();
        fold.pulled([peer(1), peer(2)], true);
        agrees(&fold, &[peer(1), peer(2)]);
        fold.apply(RESYNC, &json!({ "oldest": 3, "head": 9 })).unwrap();
        assert!(fold.pull_due());
        // Drained all the time.
        fold.pulled([], false);
        fold.apply("peer_registered", &registered(&peer(4))).unwrap();
        agrees(&fold, &[]);
    }

    #[test]
    fn every_difference_is_seen() {
        let bridge = at(1, "192.0.2.1:9", "full_cone", None);
        let relayed = at(2, "192.0.2.2:9", "symmetric", Some((1, "192.0.2.1:9")));
        let fold = fold(9, &[bridge.clone(), relayed.clone()]);
        agrees(&fold, &[bridge.clone(), relayed.clone()]);
        for wrong in [
            Peer { mesh_ip: "10.0.0.9".to_owned(), ..relayed.clone() },
            Peer { public_key: "other".to_owned(), ..relayed.clone() },
            Peer { endpoint: None, ..relayed.clone() },
            Peer { nat_type: Some("unknown".to_owned()), ..relayed.clone() },
            Peer { relay_node_id: None, ..relayed.clone() },
            Peer { fallback_endpoint: Some("192.0.2.1:10".to_owned()), ..relayed.clone() },
            Peer { psk_epoch: Some(2), ..relayed.clone() },
        ] {
            assert_eq!(fold.differences(&[bridge.clone(), wrong.clone()]).len(), 1, "{wrong:?}");
        }
        assert_eq!(fold.differences(std::slice::from_ref(&bridge)).len(), 1);
        assert_eq!(fold.differences(&[bridge, relayed, peer(3)]).len(), 1);
    }

    #[test]
    fn what_is_not_what_the_contract_says_is_refused() {
        let mut fold = fold(9, &[peer(1)]);
        for (event_type, payload) in [
            ("peer_registered", json!({ "node_id": id(2) })),
            ("peer_registered", json!({})),
            ("peer_deregistered", json!({ "node_id": "one" })),
            ("peer_endpoint_changed", json!({ "node_id": id(1), "endpoint": null })),
            ("peer_psk_assigned", json!({ "node_id": id(1) })),
            ("peer_key_rotated", json!({ "node_id": id(1), "psk_epoch": 2 })),
        ] {
            assert!(fold.apply(event_type, &payload).is_err(), "{event_type} {payload}");
        }
        agrees(&fold, &[peer(1)]);
    }
}
