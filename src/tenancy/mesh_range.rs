//! Address ranges that a mesh can live in.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::invalid_field::InvalidField;

/// Why a text is not a range for a mesh. Completes the sentence "the member ...".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRange {
    /// Not CIDR notation.
    #[error("must be an address range in CIDR notation, such as 100.64.0.0/16")]
    NotCidr,
    /// The address is not the range's first.
    #[error("must have no host bits: every bit behind the prefix is zero")]
    HostBits,
    /// Too small to share, or too large to be one mesh.
    #[error("must have a prefix from /8 to /30 (IPv4) or from /32 to /126 (IPv6)")]
    Prefix,
    /// Addresses that mean something else everywhere.
    #[error("must not overlap the {0} addresses")]
    Special(&'static str),
}

const SPECIAL_V4: [([u8; 4], u8, &str); 5] = [
    ([0, 0, 0, 0], 8, "unspecified"),
    ([127, 0, 0, 0], 8, "loopback"),
    ([169, 254, 0, 0], 16, "link-local"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([255, 255, 255, 255], 32, "broadcast"),
];

const SPECIAL_V6: [([u16; 8], u8, &str); 5] = [
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified"),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback"),
    ([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, "IPv4-mapped"),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local"),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast"),
];

/// Reads a range for a mesh.
///
/// # Errors
/// [`InvalidRange`].
pub fn parse(text: &str) -> Result<IpNet, InvalidRange> {
    let range = cidr(text).ok_or(InvalidRange::NotCidr)?;
    if range.trunc() != range {
        return Err(InvalidRange::HostBits);
    }
    let prefixes = match range {
        IpNet::V4(_) => 8..=30,
        IpNet::V6(_) => 32..=126,
    };
    if !prefixes.contains(&range.prefix_len()) {
        return Err(InvalidRange::Prefix);
    }
    match special(&range) {
        Some(name) => Err(InvalidRange::Special(name)),
        None => Ok(range),
    }
}

/// Stricter than ipnet's own reading: no leading zeros, which other programs read as octal.
fn cidr(text: &str) -> Option<IpNet> {
    let (address, prefix) = text.split_once('/')?;
    if !prefix.bytes().all(|b| b.is_ascii_digit()) || (prefix.len() > 1 && prefix.starts_with('0')) {
        return None;
    }
    IpNet::new(address.parse().ok()?, prefix.parse().ok()?).ok()
}

/// As [`parse`], naming `field` when it is none.
///
/// # Errors
/// [`InvalidField`].
pub fn read(field: &str, text: &str) -> Result<IpNet, InvalidField> {
    parse(text).map_err(|invalid| InvalidField::new(field, invalid.to_string()))
}

fn special(range: &IpNet) -> Option<&'static str> {
    let overlaps = |other: IpNet| other.contains(range) || range.contains(&other);
    match range {
        IpNet::V4(_) => SPECIAL_V4
            .into_iter()
            .find(|(address, prefix, _)| Ipv4Net::new((*address).into(), *prefix).is_ok_and(|net| overlaps(net.into())))
            .map(|(_, _, name)| name),
        IpNet::V6(_) => SPECIAL_V6
            .into_iter()
            .find(|(address, prefix, _)| Ipv6Net::new((*address).into(), *prefix).is_ok_and(|net| overlaps(net.into())))
            .map(|(_, _, name)| name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_shared_and_public_ranges_are_taken() {
        for text in ["10.0.0.0/8", "100.64.0.0/16", "203.0.113.4/30", "fd00::/32", "2001:db8::/126", "fd12:3456::/64"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse("FD00:0::/48").unwrap().to_string(), "fd00::/48");
    }

    #[test]
    fn other_texts_are_not_ranges() {
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0/8",
            "10.0.0.0/33",
            "10.0.0.0/-8",
            " 10.0.0.0/8",
            "010.0.0.0/8",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "fd00::%1/64",
        ] {
            assert_eq!(parse(text), Err(InvalidRange::NotCidr), "{text}");
        }
    }

    #[test]
    fn host_bits_and_odd_sizes_are_refused() {
        assert_eq!(parse("10.0.0.1/8"), Err(InvalidRange::HostBits));
        assert_eq!(parse("fd00::1/64"), Err(InvalidRange::HostBits));
        for text in
            ["0.0.0.0/0", "10.0.0.0/7", "10.0.0.0/31", "10.0.0.1/32", "::/0", "fd00::/31", "fd00::/127", "fd00::1/128"]
        {
            assert!(matches!(parse(text), Err(InvalidRange::Prefix)), "{text}");
        }
    }

    #[test]
    fn addresses_with_a_meaning_of_their_own_are_refused() {
        for (text, name) in [
            ("0.0.0.0/8", "unspecified"),
            ("127.0.0.0/8", "loopback"),
            ("127.1.0.0/16", "loopback"),
            ("169.254.1.0/24", "link-local"),
            ("169.0.0.0/8", "link-local"),
            ("224.0.0.0/8", "multicast"),
            ("255.255.255.252/30", "broadcast"),
            ("::/32", "unspecified"),
            ("::/126", "unspecified"),
            ("::ffff:10.0.0.0/104", "IPv4-mapped"),
            ("fe80::/64", "link-local"),
            ("ff02::/64", "multicast"),
        ] {
            assert_eq!(parse(text), Err(InvalidRange::Special(name)), "{text}");
        }
    }
}
