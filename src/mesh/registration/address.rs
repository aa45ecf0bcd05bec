//! Which addresses of a range are given to Nodes. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The first address of `range` that a Node may have: the one after the network's own.
pub fn first(range: IpNet) -> Option<IpAddr> {
    after(range.network()).filter(|address| *address <= last(range))
}

/// The last one: IPv4 leaves the broadcast address out, IPv6 has none.
pub fn last(range: IpNet) -> IpAddr {
    match range.broadcast() {
        IpAddr::V4(broadcast) => IpAddr::V4(Ipv4Addr::from(u32::from(broadcast).saturating_sub(1))),
        v6 => v6,
    }
}

/// The address after `address`.
pub fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => u32::from(v4).checked_add(1).map(|next| Ipv4Addr::from(next).into()),
        IpAddr::V6(v6) => u128::from(v6).checked_add(1).map(|next| Ipv6Addr::from(next).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(range: &str) -> (Option<String>, String) {
        let range: IpNet = range.parse().unwrap();
        (first(range).map(|a| a.to_string()), last(range).to_string())
    }

    #[test]
    fn network_and_broadcast_are_left_out() {
        assert_eq!(ends("10.0.0.0/24"), (Some("10.0.0.1".into()), "10.0.0.254".into()));
        assert_eq!(ends("10.0.0.0/30"), (Some("10.0.0.1".into()), "10.0.0.2".into()));
        assert_eq!(ends("fd00::/126"), (Some("fd00::1".into()), "fd00::3".into()));
    }

    #[test]
    fn the_end_of_the_address_space_is_an_end() {
        assert_eq!(after("255.255.255.255".parse().unwrap()), None);
        assert_eq!(after("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".parse().unwrap()), None);
        assert_eq!(ends("10.0.0.0/32").0, None);
    }
}
