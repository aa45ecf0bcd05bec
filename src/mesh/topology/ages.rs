//! How long ago Nodes shook hands: eight bytes a handshake, because there may be a thousand a Node.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::Graph;
use crate::ids::{NodeId, parse_uuid};

/// Handshakes by source; each with its target's place and its age in seconds, by place.
#[derive(Clone, Default, Debug)]
pub struct Ages(Vec<Vec<(u32, u32)>>);

impl Ages {
    /// None are known yet of the Nodes of `graph`.
    pub fn none(graph: &Graph) -> Self {
        Self(vec![Vec::new(); graph.members().len()])
    }

    /// Adds what `source` has reported: `{peer: unix milliseconds}` as it is stored. Peers that are not in the graph are
    /// left out.
    ///
    /// # Errors
    /// When that is not what was stored.
    pub fn add(
        &mut self,
        graph: &Graph,
        source: NodeId,
        reported: &str,
        now: DateTime<Utc>,
    ) -> Result<(), serde_json::Error> {
        let Some(known) = graph.place(source).and_then(|place| self.0.get_mut(place as usize)) else { return Ok(()) };
        let mut reader = serde_json::Deserializer::from_str(reported);
        reader.deserialize_map(Reported { graph, now: now.timestamp_millis(), known })?;
        known.sort_unstable();
        known.shrink_to_fit();
        Ok(())
    }

    /// What is known from the Node at `source`.
    pub fn from(&self, source: usize) -> &[(u32, u32)] {
        self.0.get(source).map_or(&[], Vec::as_slice)
    }
}

struct Reported<'a> {
    graph: &'a Graph,
    now: i64,
    known: &'a mut Vec<(u32, u32)>,
}

impl<'de> Visitor<'de> for Reported<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("handshakes by peer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(peer) = map.next_key::<&str>()? {
            let place = parse_uuid(peer).and_then(|id| self.graph.place(NodeId(id)));
            match place {
                Some(place) => {
                    let age = (self.now - map.next_value::<i64>()?).max(0) / 1000;
                    self.known.push((place, u32::try_from(age).unwrap_or(u32::MAX)));
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::graph::{Member, Nat};
    use super::*;
    use crate::ids::DomainId;
    use crate::mesh::reachability::{State, Thresholds};

    #[test]
    fn handshakes_are_kept_by_place_and_strangers_left_out() {
        let id = |n: u128| NodeId(Uuid::from_u128(n));
        let member = |n| Member {
            node_id: id(n),
            name: String::new(),
            mesh_ip: String::new(),
            state: State::Healthy,
            changed_at: DateTime::UNIX_EPOCH,
            nat: Nat::Open,
            relay: None,
        };
        let minute = chrono::Duration::minutes(1);
        let thresholds = Thresholds { stale_after: minute, unreachable_after: minute };
        let graph = Graph::new(DomainId(Uuid::max()), 0, thresholds, vec![member(3), member(1), member(2)]);
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        let mut ages = Ages::none(&graph);
        let reported = format!(r#"{{"{}": 990500, "{}": 1, "{}": 2000000}}"#, id(3), id(9), id(2));
        ages.add(&graph, id(1), &reported, now).unwrap();
        ages.add(&graph, id(9), "{}", now).unwrap();
        assert_eq!(ages.from(0), [(1, 0), (2, 9)]);
        assert!(ages.from(1).is_empty());
        assert!(ages.add(&graph, id(2), "[]", now).is_err());
    }
}
