//! Values that the server has one way to write.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::ops::Deref;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::answers::Kind;

/// What is read out of a string in one spelling only.
pub trait Spelled: Sized {
    /// For error messages.
    const WANTED: &'static str;

    /// `None` when `text` is not spelled as the server has to.
    fn read(text: &str) -> Option<Self>;
}

/// A value that was spelled right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Strict<T>(pub T);

impl<T> Deref for Strict<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Spelled> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(PhantomData)).map(Strict)
    }
}

struct Text<T>(PhantomData<T>);

impl<T: Spelled> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WANTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        // The text itself is not told: it may be a secret.
        T::read(text).ok_or_else(|| E::custom(format_args!("a string that is not {}", T::WANTED)))
    }
}

impl Spelled for Uuid {
    const WANTED: &'static str = "a lower-case, hyphenated UUIDv7";

    fn read(text: &str) -> Option<Self> {
        let lower = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        Uuid::try_parse(text).ok().filter(|id| lower && id.get_version_num() == 7)
    }
}

impl Spelled for DateTime<Utc> {
    const WANTED: &'static str = "an RFC 3339 time in UTC with milliseconds and Z";

    fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 24 && bytes[10] == b'T' && bytes[19] == b'.' && bytes[23] == b'Z';
        let time = DateTime::parse_from_rfc3339(text).ok().filter(|_| shape)?;
        Some(time.with_timezone(&Utc))
    }
}

impl Spelled for IpAddr {
    const WANTED: &'static str = "an IP address in its canonical form";

    fn read(text: &str) -> Option<Self> {
        let address: IpAddr = text.parse().ok()?;
        // Four numbers have one spelling that parses, IPv6 has many.
        (address.is_ipv4() || address.to_string() == text).then_some(address)
    }
}

impl Spelled for IpNet {
    const WANTED: &'static str = "an address range in CIDR notation without host bits";

    fn read(text: &str) -> Option<Self> {
        let range: IpNet = text.parse().ok()?;
        (range.trunc() == range && range.to_string() == text).then_some(range)
    }
}

/// 32 bytes that everybody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes32(pub [u8; 32]);

impl Spelled for Bytes32 {
    const WANTED: &'static str = "32 bytes of base64";

    fn read(text: &str) -> Option<Self> {
        let mut bytes = [0; 33];
        let length = STANDARD.decode_slice(text, &mut bytes).ok()?;
        let bytes = bytes.get(..length)?.try_into().ok()?;
        Some(Self(bytes))
    }
}

/// 32 bytes that are a secret: no `Debug`.
pub struct Secret32(pub Zeroizing<[u8; 32]>);

impl Spelled for Secret32 {
    const WANTED: &'static str = "a secret of 32 bytes in base64";

    fn read(text: &str) -> Option<Self> {
        let mut bytes = Bytes32::read(text)?;
        let secret = Zeroizing::new(bytes.0);
        bytes.0.zeroize();
        Some(Self(secret))
    }
}

/// A bootstrap token: no `Debug`.
pub struct BootstrapToken(pub Zeroizing<String>);

impl Spelled for BootstrapToken {
    const WANTED: &'static str = "a bootstrap token, psb_<env>_<id>_<node or bridge>_<secret>";

    fn read(text: &str) -> Option<Self> {
        let base32 = |part: &str, length: usize| {
            part.len() == length && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        };
        let mut parts = text.strip_prefix("psb_")?.split('_');
        let environment = parts.next()?;
        let right = !environment.is_empty()
            && environment.bytes().all(|byte| byte.is_ascii_lowercase())
            && base32(parts.next()?, 26)
            && matches!(parts.next()?, "node" | "bridge")
            && base32(parts.next()?, 52)
            && parts.next().is_none();
        right.then(|| Self(Zeroizing::new(text.to_owned())))
    }
}

impl BootstrapToken {
    /// Whether it is one for this kind.
    pub fn is_for(&self, kind: Kind) -> bool {
        // No part before has an underscore in it.
        self.0.split('_').nth(3) == Some(kind.as_str())
    }
}

/// An id that need not be of the version that the server makes: there is one that stands for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyId(pub Uuid);

impl Spelled for AnyId {
    const WANTED: &'static str = "a lower-case, hyphenated UUID";

    fn read(text: &str) -> Option<Self> {
        let id = Uuid::try_parse(text).ok()?;
        (id.to_string() == text).then_some(Self(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_its_kind() {
        let token = |kind: &str| format!("psb_dev_{}_{kind}_{}", "a".repeat(26), "7".repeat(52));
        let read = |kind| BootstrapToken::read(&token(kind)).unwrap();
        assert!(read("node").is_for(Kind::Node) && !read("node").is_for(Kind::Bridge));
        assert!(read("bridge").is_for(Kind::Bridge));
        assert!(BootstrapToken::read(&token("Node")).is_none() && BootstrapToken::read(&token("relay")).is_none());
    }

    #[test]
    fn values_have_one_spelling() {
        let id = "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f";
        assert!(Uuid::read(id).is_some());
        for text in [
            &id.to_uppercase(),
            &id.replace('-', ""),
            "0192f0c1-7a2b-4c3d-8e4f-5a6b7c8d9e0f",
            "",
            &Uuid::nil().to_string(),
        ] {
            assert!(Uuid::read(text).is_none(), "{text}");
        }
        assert!(<DateTime<Utc>>::read("2026-01-05T10:00:00.123Z").is_some());
        for text in [
            "2026-01-05T10:00:00Z",
            "2026-01-05T10:00:00.1234Z",
            "2026-01-05T10:00:00.12+00",
            "2026-01-05 10:00:00.123Z",
        ] {
            assert!(<DateTime<Utc>>::read(text).is_none(), "{text}");
        }
        assert!(IpAddr::read("10.1.2.3").is_some() && IpAddr::read("fd00::1").is_some());
        assert!(IpAddr::read("FD00::1").is_none() && IpAddr::read("10.1.2.3/32").is_none());
        assert!(IpNet::read("10.0.0.0/8").is_some() && IpNet::read("10.0.0.1/8").is_none());
        assert!(Bytes32::read(&STANDARD.encode([7; 32])).is_some());
        assert!(
            Bytes32::read(&STANDARD.encode([7; 31])).is_none() && Bytes32::read(&STANDARD.encode([7; 33])).is_none()
        );
    }
}
