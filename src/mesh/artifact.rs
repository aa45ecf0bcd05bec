//! What an agent knows its files and its SSH host key by.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// SHA-256 of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// Reads 44 characters of base64.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(&STANDARD.decode(text).ok()?)
    }

    /// Reads the raw bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The raw bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As it is sent.
    pub fn encode(&self) -> String {
        STANDARD.encode(self.0)
    }
}

/// Fingerprint of an SSH host key, as ssh-keygen prints it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Reads `SHA256:` and base64, with or without padding.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix("SHA256:")?;
        let digits = encoded.trim_end_matches('=');
        let well_formed = !digits.is_empty()
            && encoded.len() - digits.len() <= 2
            && digits.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
        well_formed.then(|| Self(text.to_owned()))
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_32_bytes_of_base64_and_nothing_else() {
        let text = STANDARD.encode([7; 32]);
        assert_eq!(Checksum::parse(&text).unwrap().encode(), text);
        let not_canonical = format!("{}B=", "A".repeat(42));
        for bad in ["", "AAAA", &text[1..], &text[..43], &"ab".repeat(32), &format!("{text}\n"), &not_canonical] {
            assert_eq!(Checksum::parse(bad), None, "{bad}");
        }
        assert_eq!(Checksum::parse(&STANDARD.encode([0xff; 32]).replace('/', "_")), None, "not the URL alphabet");
    }

    #[test]
    fn a_fingerprint_is_sha256_and_base64() {
        for good in ["SHA256:a", "SHA256:a=", "SHA256:aZ09+/==", &format!("SHA256:{}", "x".repeat(43))] {
            assert_eq!(Fingerprint::parse(good).unwrap().as_str(), good);
        }
        for bad in
            ["", "SHA256:", "SHA256:=", "SHA256:a===", "SHA256:a=b", "SHA256:a-b", "sha256:a", "MD5:a", "SHA256:a\n"]
        {
            assert_eq!(Fingerprint::parse(bad), None, "{bad:?}");
        }
    }
}
