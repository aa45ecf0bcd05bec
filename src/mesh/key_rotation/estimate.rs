use chrono::Duration;

/// Agents that apply one change of a peer within a second, at least: what the log and the streams carry easily.
const FOLLOWERS_A_SECOND: i64 = 1000;
/// For making a key pair and submitting it.
const OWN_WORK_SECONDS: i64 = 1;

/// Who has to follow a rotation, and how they hear of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Follow {
    /// The Node that rotates holds a stream of events.
    pub node_streams: bool,
    /// Its peers.
    pub peers: i64,
    /// Those of them that hold a stream of events.
    pub streaming: i64,
    /// How often each of them sends a heartbeat.
    pub heartbeat_interval: Duration,
}

/// Seconds from a trigger to the last peer that follows: whoever holds a stream hears at once, whoever holds none with
/// the next heartbeat; first the Node itself, which then makes its key, then its peers, so many a second.
pub fn estimated_duration(follow: &Follow) -> i64 {
    let interval = (follow.heartbeat_interval.num_milliseconds().max(0) + 999) / 1000;
    let node = if follow.node_streams { 0 } else { interval };
    let peers = if follow.streaming < follow.peers { interval } else { 0 };
    node + OWN_WORK_SECONDS + peers + (follow.peers + FOLLOWERS_A_SECOND - 1) / FOLLOWERS_A_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_save_an_interval_each_and_many_peers_take_longer() {
        let of = |node_streams, peers, streaming| {
            estimated_duration(&Follow {
                node_streams,
                peers,
                streaming,
                heartbeat_interval: Duration::milliseconds(29_001),
            })
        };
        assert_eq!(of(true, 0, 0), 1);
        assert_eq!(of(false, 0, 0), 31);
        assert_eq!(of(true, 1, 1), 2);
        assert_eq!(of(true, 2, 1), 32);
        assert_eq!(of(false, 2, 1), 62);
        assert_eq!(of(true, 10_000, 10_000), 11);
    }
}
