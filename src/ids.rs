//! Identifiers. Everything we create is a UUIDv7; everything we take may be any UUID but the nil one.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// A UUIDv7 whose time part is `now`, so that ids sort by creation.
pub fn new_uuid(now: DateTime<Utc>) -> Uuid {
    let nanos = now.timestamp_subsec_nanos();
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos))
}

/// Takes a hyphenated UUID of any version and letter case; refuses every other spelling and the nil UUID.
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() != 36 {
        return None;
    }
    Uuid::try_parse(text).ok().filter(|id| !id.is_nil())
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id made at `now`.
            pub fn new(now: DateTime<Utc>) -> Self {
                Self(new_uuid(now))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_uuid(text).map(Self).ok_or(InvalidId)
            }
        }
    )+};
}

/// The text is not a hyphenated UUID, or it is the nil one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID, or the nil UUID")]
pub struct InvalidId;

id! {
    /// A Node: one enrolled machine.
    NodeId,
    /// A Domain: one mesh with its address range.
    DomainId,
    /// A project: the part of a Domain that a team enrols into.
    ProjectId,
    /// A Peer: a Node's presence in the mesh.
    PeerId,
    /// A bootstrap token.
    BootstrapTokenId,
    /// An API token.
    ApiTokenId,
    /// A relation tuple.
    TupleId,
    /// A Node Secret Key.
    NskId,
    /// A pre-shared key.
    Kid,
    /// A rotation of a Node's mesh key.
    RotationId,
    /// A Domain's signing key.
    SigningKeyId,
    /// An integrity violation.
    ViolationId,
    /// An event.
    EventId,
    /// A session of a browser: the first half of the hash of its secret.
    SessionId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_version_and_letter_case_is_taken_and_lower_case_sent() {
        let id: NodeId = "F47AC10B-58CC-4372-A567-0E02B2C3D479".parse().unwrap();
        assert_eq!(id.to_string(), "f47ac10b-58cc-4372-a567-0e02b2c3d479");
    }

    #[test]
    fn nil_braced_simple_and_urn_spellings_are_refused() {
        for text in [
            "00000000-0000-0000-0000-000000000000",
            "{f47ac10b-58cc-4372-a567-0e02b2c3d479}",
            "f47ac10b58cc4372a5670e02b2c3d479",
            "urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d479",
            "",
            "f47ac10b-58cc-4372-a567-0e02b2c3d47g",
        ] {
            assert_eq!(text.parse::<NodeId>(), Err(InvalidId), "{text}");
        }
    }

    #[test]
    fn ids_made_later_sort_later() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert!(NodeId::new(now) < NodeId::new(now + chrono::Duration::milliseconds(1)));
    }
}
