use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A Node's Curve25519 public key: 32 bytes that other Nodes can agree on a secret with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads 44 characters of base64. Refuses keys with which every agreement gives the same secret (RFC 7748,
    /// section 6.1: the points of low order, the all-zero key among them), and a second way to write a key (section 5:
    /// the unused bit, and numbers that are not below the prime), or two Nodes could have the same one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
        if !is_canonical(&bytes) {
            return None;
        }
        // Any secret will do: clamping makes it a multiple of eight, which sends exactly the low-order points to zero.
        let probe = x25519_dalek::StaticSecret::from([0x42; 32]);
        let contributes = probe.diffie_hellman(&x25519_dalek::PublicKey::from(bytes)).was_contributory();
        contributes.then_some(Self(bytes))
    }

    /// The raw bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As it is sent.
    pub fn encode(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }
}

/// Whether the little-endian number is below 2^255 - 19.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = bytes;
    *last < 0x7f || *last == 0x7f && (*first < 0xed || middle.iter().any(|byte| *byte != 0xff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_key_is_taken() {
        let key = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from([9; 32]));
        let text = PublicKey::encode(key.as_bytes());
        assert_eq!(PublicKey::parse(&text).unwrap().bytes(), key.as_bytes());
    }

    #[test]
    fn low_order_points_in_any_encoding_are_refused() {
        let p: [u8; 32] = {
            let mut p = [0xff; 32];
            p[0] = 0xed;
            p[31] = 0x7f;
            p
        };
        let mut p_plus_one = p;
        p_plus_one[0] = 0xee;
        let mut p_minus_one = p;
        p_minus_one[0] = 0xec;
        let mut one = [0; 32];
        one[0] = 1;
        let order_8 = [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
            0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
        ];
        for bytes in [[0; 32], one, p, p_plus_one, p_minus_one, order_8] {
            assert_eq!(PublicKey::parse(&PublicKey::encode(&bytes)), None, "{bytes:x?}");
        }
    }

    #[test]
    fn a_key_is_written_in_one_way_only() {
        let plain = *x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from([9; 32])).as_bytes();
        let mut with_the_unused_bit = plain;
        with_the_unused_bit[31] |= 0x80;
        let number = |first: u8, middle: u8, last: u8| {
            let mut bytes = [middle; 32];
            (bytes[0], bytes[31]) = (first, last);
            bytes
        };
        for (bytes, taken) in [
            (plain, true),
            (with_the_unused_bit, false),
            (number(9, 0, 0x80), false),
            // The base point, and the same with the prime added: 2^255 - 10.
            (number(9, 0, 0), true),
            (number(0xf6, 0xff, 0x7f), false),
            (number(0xff, 0xff, 0x7f), false),
            (number(0xff, 0xff, 0xff), false),
            // The largest number below the prime that is of no low order.
            (number(0xeb, 0xff, 0x7f), true),
            (number(0xff, 0xfe, 0x7f), true),
            (number(0xff, 0xff, 0x7e), true),
        ] {
            assert_eq!(PublicKey::parse(&PublicKey::encode(&bytes)).is_some(), taken, "{bytes:x?}");
        }
    }

    #[test]
    fn anything_but_32_bytes_of_base64_is_refused() {
        for text in ["", "AAAA", "!!!!", &"A".repeat(44), &"B".repeat(43)] {
            assert_eq!(PublicKey::parse(text), None, "{text}");
        }
    }
}
