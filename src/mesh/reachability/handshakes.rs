use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::ids::parse_uuid;

/// Peers that one heartbeat may tell of.
const REPORTED_AT_MOST: usize = 128;
/// Peers that are remembered for one Node; the newest handshakes stay.
const REMEMBERED_AT_MOST: usize = 1024;

/// When a Node last shook hands with its peers: unix milliseconds by peer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Handshakes(BTreeMap<Uuid, i64>);

impl Handshakes {
    /// Reads `nat_summary.peers`, leaving out whatever cannot be read: a summary is never an error. A handshake
    /// in the future is one of now.
    pub fn read(nat_summary: &Map<String, Value>, now: DateTime<Utc>) -> Self {
        let peers = nat_summary.get("peers").and_then(Value::as_array);
        let read = peers.into_iter().flatten().take(REPORTED_AT_MOST).filter_map(|peer| {
            let id = parse_uuid(peer.get("node_id")?.as_str()?)?;
            let at = DateTime::parse_from_rfc3339(peer.get("last_handshake_at")?.as_str()?).ok()?;
            Some((id, at.with_timezone(&Utc).min(now).timestamp_millis()))
        });
        Self(read.filter(|(_, at)| *at > 0).collect())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what is newer in `other`, and keeps the newest.
    pub fn merge(&mut self, other: &Self) {
        for (id, at) in &other.0 {
            let known = self.0.entry(*id).or_insert(*at);
            *known = (*known).max(*at);
        }
        if self.0.len() > REMEMBERED_AT_MOST {
            let mut times: Vec<i64> = self.0.values().copied().collect();
            times.sort_unstable_by(|a, b| b.cmp(a));
            let oldest_kept = times[REMEMBERED_AT_MOST - 1];
            self.0.retain(|_, at| *at >= oldest_kept);
            while self.0.len() > REMEMBERED_AT_MOST {
                let Some(tied) = self.0.iter().find(|(_, at)| **at == oldest_kept).map(|(id, _)| *id) else { break };
                self.0.remove(&tied);
            }
        }
    }

    /// As it is stored.
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.iter().map(|(id, at)| (id.to_string(), (*at).into())).collect())
    }

    /// Reads what [`Self::to_json`] wrote.
    pub fn from_json(value: &Value) -> Self {
        let entries = value.as_object().into_iter().flatten();
        Self(entries.filter_map(|(id, at)| Some((id.parse().ok()?, at.as_i64()?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Handshakes {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        Handshakes::read(value.as_object().unwrap(), now)
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_never_an_error() {
        let id = "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f";
        for odd in [
            json!({}),
            json!({"peers": 1}),
            json!({"peers": {}}),
            json!({"peers": [1, null, {}, {"node_id": id}]}),
            json!({"peers": [{"node_id": "x", "last_handshake_at": "2023-01-01T00:00:00Z"}]}),
            json!({"peers": [{"node_id": id, "last_handshake_at": "yesterday"}]}),
        ] {
            assert!(read(odd.clone()).is_empty(), "{odd}");
        }
        let good = read(json!({"peers": [7, {"node_id": id, "last_handshake_at": "2999-01-01T00:00:00Z"}]}));
        assert_eq!(good.to_json(), json!({id: 1_700_000_000_000_i64}), "the future is now");
        assert_eq!(Handshakes::from_json(&good.to_json()), good);
    }

    #[test]
    fn the_newest_are_kept() {
        let mut all = Handshakes::default();
        for round in 0..20 {
            all.merge(&Handshakes(
                (0..100).map(|n| (Uuid::from_u128(1 + round * 100 + n), 1 + (round * 100 + n) as i64)).collect(),
            ));
        }
        assert_eq!(all.0.len(), REMEMBERED_AT_MOST);
        assert_eq!(all.0.values().min(), Some(&(2_000 - 1_024 + 1)));
    }
}
