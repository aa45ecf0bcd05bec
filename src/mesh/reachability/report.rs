use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};

use super::Handshakes;

/// How far a Node's clock may be off, either way.
const MAX_SKEW: Duration = Duration::seconds(60);
/// Longest version, in characters.
const LONGEST_VERSION: usize = 4096;

/// A heartbeat, read and well formed.
#[derive(Clone, Debug)]
pub struct HeartbeatReport {
    /// SHA-256 of the agent's binary.
    pub binary_checksum: [u8; 32],
    /// The agent's version.
    pub binary_version: String,
    /// What the agent says of its NAT, as it says it.
    pub nat_summary: Value,
    /// What it says of its handshakes, as far as that can be read.
    pub handshakes: Handshakes,
}

/// Why a heartbeat is not well formed, in the order in which it is checked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeartbeat {
    /// The clocks are apart.
    #[error("client_now is {} s {} the server's clock, which says {}; at most 60 s are allowed",
        skew.num_milliseconds().abs() as f64 / 1000.0,
        if *skew > Duration::zero() { "ahead of" } else { "behind" },
        now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))]
    ClockSkew {
        /// Node minus server.
        skew: Duration,
        /// The server's time.
        now: DateTime<Utc>,
    },
    /// No checksum.
    #[error("binary_checksum must be a SHA-256: 44 characters of base64 or 64 of hexadecimal")]
    ChecksumEmpty,
    /// No version.
    #[error("binary_version must be 1 to 4096 characters and not blank")]
    VersionEmpty,
}

impl HeartbeatReport {
    /// Reads the members of a request.
    ///
    /// # Errors
    /// [`InvalidHeartbeat`].
    pub fn read(
        client_now: DateTime<Utc>,
        checksum: Option<&str>,
        version: Option<String>,
        nat_summary: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidHeartbeat> {
        let skew = client_now - now;
        if skew.abs() > MAX_SKEW {
            return Err(InvalidHeartbeat::ClockSkew { skew, now });
        }
        let binary_checksum = checksum.and_then(sha256).ok_or(InvalidHeartbeat::ChecksumEmpty)?;
        let binary_version = version
            .filter(|text| !text.trim().is_empty() && text.chars().count() <= LONGEST_VERSION)
            .ok_or(InvalidHeartbeat::VersionEmpty)?;
        let handshakes = Handshakes::read(&nat_summary, now);
        Ok(Self { binary_checksum, binary_version, nat_summary: Value::Object(nat_summary), handshakes })
    }
}

fn sha256(text: &str) -> Option<[u8; 32]> {
    let bytes = match text.len() {
        64 => data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?,
        44 => STANDARD.decode(text).ok()?,
        _ => return None,
    };
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn read(skew_ms: i64, checksum: Option<&str>, version: Option<&str>) -> Result<HeartbeatReport, InvalidHeartbeat> {
        let client_now = now() + Duration::milliseconds(skew_ms);
        HeartbeatReport::read(client_now, checksum, version.map(str::to_owned), Map::new(), now())
    }

    #[test]
    fn a_checksum_may_be_base64_or_hexadecimal() {
        let hex = "00".repeat(31) + "fF";
        let base64 = STANDARD.encode([7; 32]);
        assert_eq!(read(0, Some(&hex), Some("1")).unwrap().binary_checksum[31], 0xff);
        assert_eq!(read(0, Some(&base64), Some("1")).unwrap().binary_checksum, [7; 32]);
        for bad in [None, Some(""), Some("zz"), Some(&hex[1..]), Some(&base64[1..])] {
            assert_eq!(read(0, bad, Some("1")).unwrap_err(), InvalidHeartbeat::ChecksumEmpty, "{bad:?}");
        }
    }

    #[test]
    fn skew_is_measured_either_way_and_told() {
        let hex = "00".repeat(32);
        assert!(read(60_000, Some(&hex), Some("1")).is_ok());
        assert!(read(-60_000, Some(&hex), Some("1")).is_ok());
        let ahead = read(60_001, Some(&hex), Some("1")).unwrap_err().to_string();
        assert_eq!(
            ahead,
            "client_now is 60.001 s ahead of the server's clock, which says 2023-11-14T22:13:20.000Z; at most 60 s are allowed"
        );
        assert!(read(-61_000, None, None).unwrap_err().to_string().contains("61 s behind"), "skew comes first");
    }

    #[test]
    fn a_version_is_neither_blank_nor_endless() {
        let hex = "00".repeat(32);
        for bad in [None, Some(""), Some(" \t"), Some("v".repeat(4097).as_str())] {
            assert_eq!(read(0, Some(&hex), bad).unwrap_err(), InvalidHeartbeat::VersionEmpty);
        }
        assert!(read(0, Some(&hex), Some(&"é".repeat(4096))).is_ok());
    }
}
