//! State entries: opaque values under keys.

/// Longest key, in bytes.
const KEY_BYTES: usize = 128;
/// Longest value, in bytes: an entry is a setting, not a file.
const VALUE_BYTES: usize = 4096;
/// Longest workload tag, in bytes.
const TAG_BYTES: usize = 128;
/// Most entries that a Node has of one kind: its state stays one that it can pull at any time.
pub const QUOTA: i64 = 128;

/// Who sets an entry, and where it is listed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// By operators, in `state.metadata`.
    Metadata,
    /// By operators, in `state.data`.
    Data,
    /// By the Node, in `reports.reports`.
    Reports,
}

impl Kind {
    /// As it is stored.
    pub const fn number(self) -> i16 {
        match self {
            Self::Metadata => 0,
            Self::Data => 1,
            Self::Reports => 2,
        }
    }

    /// Reads what [`Self::number`] wrote.
    pub const fn from_number(number: i16) -> Option<Self> {
        match number {
            0 => Some(Self::Metadata),
            1 => Some(Self::Data),
            2 => Some(Self::Reports),
            _ => None,
        }
    }

    /// As the audit log names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Data => "data",
            Self::Reports => "reports",
        }
    }

    /// Whether operators set it: then the Node is told, and the audit log keeps who it was.
    pub const fn by_operators(self) -> bool {
        matches!(self, Self::Metadata | Self::Data)
    }
}

/// Why an entry is not well formed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidEntry {
    /// The key.
    #[error("key: 1 to {KEY_BYTES} of a-z 0-9 . _ - are allowed, of which the first is a letter")]
    Key,
    /// There is no value.
    #[error("value: must be present")]
    NoValue,
    /// The value.
    #[error("value: at most {VALUE_BYTES} bytes are allowed")]
    Value,
    /// The workload tag.
    #[error("workload_tag: 1 to {TAG_BYTES} bytes are allowed")]
    WorkloadTag,
}

/// A key that is well formed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key(String);

impl Key {
    /// Takes a key from a path.
    ///
    /// # Errors
    /// [`InvalidEntry::Key`].
    pub fn read(text: String) -> Result<Self, InvalidEntry> {
        let mut bytes = text.bytes();
        let first = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
        let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'));
        if first && rest && text.len() <= KEY_BYTES { Ok(Self(text)) } else { Err(InvalidEntry::Key) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An entry as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Entry {
    /// Unique within its list.
    pub key: String,
    /// Opaque to us.
    pub value: String,
    /// The workload that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_tag: Option<String>,
}

impl Entry {
    /// Takes an entry as it is put.
    ///
    /// # Errors
    /// [`InvalidEntry`], the first rule that is broken.
    pub fn read(key: String, value: Option<String>, workload_tag: Option<String>) -> Result<Self, InvalidEntry> {
        let key = Key::read(key)?;
        let value = value.ok_or(InvalidEntry::NoValue)?;
        if value.len() > VALUE_BYTES {
            return Err(InvalidEntry::Value);
        }
        if workload_tag.as_ref().is_some_and(|tag| tag.is_empty() || tag.len() > TAG_BYTES) {
            return Err(InvalidEntry::WorkloadTag);
        }
        Ok(Self { key: key.0, value, workload_tag })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_and_plain() {
        for good in ["a", "rack", "site.rack-2_b", &"k".repeat(128)] {
            assert!(Key::read(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "Rack", "1st", ".a", "-a", "a b", "a/b", "rä", "a\n", &"k".repeat(129)] {
            assert_eq!(Key::read(bad.to_owned()), Err(InvalidEntry::Key), "{bad:?}");
        }
    }

    #[test]
    fn values_and_tags_have_limits_in_bytes_and_the_key_is_looked_at_first() {
        let read = |value: Option<String>, tag: Option<String>| Entry::read("k".into(), value, tag).err();
        assert_eq!(read(Some(String::new()), None), None);
        assert_eq!(read(Some("v".repeat(4096)), Some("t".repeat(128))), None);
        assert_eq!(read(Some("ä".repeat(2049)), None), Some(InvalidEntry::Value));
        assert_eq!(read(None, Some(String::new())), Some(InvalidEntry::NoValue));
        assert_eq!(read(Some(String::new()), Some(String::new())), Some(InvalidEntry::WorkloadTag));
        assert_eq!(read(Some(String::new()), Some("t".repeat(129))), Some(InvalidEntry::WorkloadTag));
        assert_eq!(Entry::read("K".into(), None, None), Err(InvalidEntry::Key));
    }
}
