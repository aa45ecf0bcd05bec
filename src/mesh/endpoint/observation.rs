//! What a Node says of its endpoint, and the rules that it has to keep.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, Duration, SecondsFormat, SubsecRound, Utc};

/// How far `reported_at` may be from the server's clock, either way.
const MAX_SKEW: Duration = Duration::seconds(60);

/// Where a Node can be reached from outside: `host:port` in the one text that stands for it, so that two endpoints are
/// the same when their texts are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Endpoint(String);

impl Endpoint {
    /// Reads `host:port`: an IPv4 address, or an IPv6 address in brackets, that other Nodes could reach. However an
    /// IPv6 address is written, what is kept is its canonical text.
    pub fn read(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let port = self::port(port)?;
        let address = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(v6) => v6.parse().map(IpAddr::V6).ok()?,
            None => host.parse().map(IpAddr::V4).ok()?,
        };
        let reachable = match address {
            IpAddr::V4(v4) => reachable_v4(v4),
            IpAddr::V6(v6) => reachable_v6(v6),
        };
        reachable.then(|| Self(std::net::SocketAddr::new(address, port).to_string()))
    }

    /// As it is sent and stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes what [`Self::as_str`] gave.
    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }
}

/// Plain digits: no sign, no leading zero.
fn port(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

fn reachable_v4(address: Ipv4Addr) -> bool {
    !(address.is_unspecified()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast())
}

fn reachable_v6(address: Ipv6Addr) -> bool {
    !(address.is_unspecified()
        || address.is_loopback()
        || address.is_unicast_link_local()
        || address.is_multicast()
        || address.to_ipv4_mapped().is_some())
}

/// The kind of NAT in front of a Node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NatType {
    /// Anybody may answer.
    FullCone,
    /// Those who were sent to may answer.
    Restricted,
    /// Those who were sent to may answer, from the port that was sent to.
    PortRestricted,
    /// Each destination sees another port.
    Symmetric,
    /// Not known.
    Unknown,
}

impl NatType {
    const ALL: [Self; 5] = [Self::FullCone, Self::Restricted, Self::PortRestricted, Self::Symmetric, Self::Unknown];

    /// As it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FullCone => "full_cone",
            Self::Restricted => "restricted",
            Self::PortRestricted => "port_restricted",
            Self::Symmetric => "symmetric",
            Self::Unknown => "unknown",
        }
    }

    /// As it is stored.
    pub const fn number(self) -> i16 {
        match self {
            Self::FullCone => 0,
            Self::Restricted => 1,
            Self::PortRestricted => 2,
            Self::Symmetric => 3,
            Self::Unknown => 4,
        }
    }

    /// Reads what [`Self::number`] wrote; anything else is not known.
    pub fn from_number(number: i16) -> Self {
        Self::ALL.into_iter().find(|one| one.number() == number).unwrap_or(Self::Unknown)
    }
}

/// What a Node has seen of its endpoint, well formed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observation {
    /// Where it is seen.
    pub endpoint: Endpoint,
    /// Behind which kind of NAT.
    pub nat_type: NatType,
    /// When it saw this, by its own clock.
    pub reported_at: DateTime<Utc>,
}

/// Why an observation is not well formed, in the order in which it is checked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidObservation {
    /// The clocks are apart.
    #[error("reported_at is {} s {} the server's clock, which says {}; at most 60 s are allowed",
        seconds(skew.abs()), if *skew > Duration::zero() { "ahead of" } else { "behind" }, Millis(*now))]
    ClockSkew {
        /// Node minus server.
        skew: Duration,
        /// The server's time.
        now: DateTime<Utc>,
    },
    /// No endpoint that others could reach.
    #[error(
        "endpoint must be an IPv4 address, or an IPv6 address in brackets, that other Nodes can reach, and a port of 1 to 65535"
    )]
    Unparseable,
}

impl Observation {
    /// Reads the members of a request.
    ///
    /// # Errors
    /// [`InvalidObservation`].
    pub fn read(
        endpoint: &str,
        nat_type: NatType,
        reported_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Self, InvalidObservation> {
        let skew = reported_at - now;
        if skew.abs() > MAX_SKEW {
            return Err(InvalidObservation::ClockSkew { skew, now });
        }
        let endpoint = Endpoint::read(endpoint).ok_or(InvalidObservation::Unparseable)?;
        // As finely as it is stored, so that it compares with what was stored of it.
        Ok(Self { endpoint, nat_type, reported_at: reported_at.trunc_subsecs(6) })
    }
}

pub(super) fn seconds(duration: Duration) -> f64 {
    duration.num_milliseconds() as f64 / 1000.0
}

/// A time as it is told in text.
pub(super) struct Millis(pub DateTime<Utc>);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> Option<String> {
        Endpoint::read(text).map(|endpoint| endpoint.as_str().to_owned())
    }

    #[test]
    fn what_others_can_reach_is_taken_in_its_canonical_text() {
        for (text, kept) in [
            ("203.0.113.7:51820", "203.0.113.7:51820"),
            ("10.0.0.1:1", "10.0.0.1:1"),
            ("100.64.0.1:65535", "100.64.0.1:65535"),
            ("240.0.0.1:9", "240.0.0.1:9"),
            ("[2001:db8::7]:51820", "[2001:db8::7]:51820"),
            ("[2001:DB8:0:0:0:0:0:7]:51820", "[2001:db8::7]:51820"),
            ("[2001:0db8::0007]:51820", "[2001:db8::7]:51820"),
            ("[fd00::1]:51820", "[fd00::1]:51820"),
            ("[64:ff9b::203.0.113.7]:1", "[64:ff9b::cb00:7107]:1"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(kept), "{text}");
        }
    }

    #[test]
    fn what_others_cannot_reach_or_read_is_refused() {
        for text in [
            "",
            ":",
            ":51820",
            "203.0.113.7",
            "203.0.113.7:",
            "203.0.113.7:0",
            "203.0.113.7:65536",
            "203.0.113.7:99999999999999999999",
            "203.0.113.7:-1",
            "203.0.113.7:+51820",
            "203.0.113.7:051820",
            "203.0.113.7:0x50",
            "203.0.113.7: 51820",
            "203.0.113.7:51820 ",
            " 203.0.113.7:51820",
            "203.0.113.7:\u{0661}",
            "203.0.113.7:51820:51820",
            "203.0.113.7/32:51820",
            "203.0.113:51820",
            "203.0.113.256:51820",
            "203.0.113.007:51820",
            "0313.0.113.7:51820",
            "0xcb.0.113.7:51820",
            "3405803783:51820",
            "[203.0.113.7]:51820",
            "example.com:51820",
            "localhost:51820",
            "127.0.0.1:51820",
            "127.255.255.254:51820",
            "0.0.0.0:51820",
            "169.254.1.1:51820",
            "224.0.0.1:51820",
            "239.255.255.255:51820",
            "255.255.255.255:51820",
            "2001:db8::7:51820",
            "2001:db8::7",
            "[2001:db8::7]",
            "[2001:db8::7]51820",
            "[2001:db8::7:51820",
            "2001:db8::7]:51820",
            "[[2001:db8::7]]:51820",
            "[]:51820",
            "[2001:db8::7%eth0]:51820",
            "[fe80::1]:51820",
            "[fe80::1%eth0]:51820",
            "[febf::1]:51820",
            "[::]:51820",
            "[::1]:51820",
            "[ff02::1]:51820",
            "[::ffff:203.0.113.7]:51820",
            "[::ffff:cb00:7107]:51820",
            "[2001:db8:::7]:51820",
        ] {
            assert_eq!(canonical(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn canonical_text_is_read_as_itself(address: u128, v4: u32, port in 1_u16.., six: bool) {
            let address = if six { IpAddr::V6(address.into()) } else { IpAddr::V4(v4.into()) };
            let text = std::net::SocketAddr::new(address, port).to_string();
            if let Some(read) = canonical(&text) {
                prop_assert_eq!(read, text);
            }
        }

        #[test]
        fn no_text_is_a_panic(text in "[\\[\\]0-9a-f:.% ]{0,40}") {
            if let Some(read) = canonical(&text) {
                prop_assert_eq!(canonical(&read), Some(read.clone()));
            }
        }
    }

    #[test]
    fn numbers_and_names_are_each_their_own() {
        for (number, kind) in NatType::ALL.into_iter().enumerate() {
            assert_eq!((kind.number(), NatType::from_number(number as i16)), (number as i16, kind));
        }
        assert_eq!(NatType::from_number(99), NatType::Unknown);
    }

    #[test]
    fn skew_is_measured_either_way_and_comes_before_the_endpoint() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let read = |skew_ms: i64, endpoint: &str| {
            Observation::read(endpoint, NatType::Unknown, now + Duration::milliseconds(skew_ms), now)
        };
        for skew_ms in [-60_000, 0, 60_000] {
            assert!(read(skew_ms, "203.0.113.7:1").is_ok());
            assert_eq!(read(skew_ms, "nowhere"), Err(InvalidObservation::Unparseable));
        }
        assert_eq!(
            read(60_001, "nowhere").unwrap_err().to_string(),
            "reported_at is 60.001 s ahead of the server's clock, which says 2023-11-14T22:13:20.000Z; at most 60 s are allowed"
        );
        assert!(read(-61_000, "203.0.113.7:1").unwrap_err().to_string().contains("61 s behind"));
    }
}
