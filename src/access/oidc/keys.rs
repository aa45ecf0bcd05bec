//! The public keys of an issuer. Pure.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

/// Keys of one issuer that are looked at; no issuer has so many.
const MOST_KEYS: usize = 64;
/// Bytes of an RSA modulus, in base64: from 2048 to 8192 bits. A larger one only takes our time.
const MODULUS: std::ops::RangeInclusive<usize> = 340..=1370;

/// A key, and the one algorithm that it verifies.
pub struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    /// The key itself.
    pub decoding: DecodingKey,
}

/// The keys of one issuer.
#[derive(Default)]
pub struct KeySet(Vec<Key>);

/// Whether we take tokens that are signed so: with a public key, and by what is current.
pub fn is_taken(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA)
}

impl KeySet {
    /// Reads a JWK set. Keys that we have no use for are passed over; `None`: it is no set of keys.
    pub fn parse(text: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_slice(text).ok()?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Some(Self(keys.filter_map(|key: Jwk| usable(&key)).take(MOST_KEYS).collect()))
    }

    /// The keys that may have signed a token with this header.
    pub fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        self.0.iter().filter(move |key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id))
    }
}

/// The key with what it is for. A key never verifies another algorithm than its own: with a public key as the secret of
/// an HMAC anybody could sign.
fn usable(key: &Jwk) -> Option<Key> {
    let common = &key.common;
    if common.public_key_use.as_ref().is_some_and(|used| *used != PublicKeyUse::Signature) {
        return None;
    }
    if common.key_operations.as_ref().is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
        return None;
    }
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) if MODULUS.contains(&rsa.n.len()) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    if common.key_algorithm.is_some_and(|said| said != named) {
        return None;
    }
    Some(Key { id: common.key_id.clone(), algorithm, decoding: DecodingKey::from_jwk(key).ok()? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_keys_that_we_may_use_are_kept() {
        let (n, short) = ("A".repeat(342), "A".repeat(171));
        let (x, y) = ("A".repeat(43), "A".repeat(43));
        let set = json!({ "keys": [
            { "kty": "RSA", "kid": "rsa", "n": n, "e": "AQAB" },
            { "kty": "EC", "kid": "ec", "crv": "P-256", "x": x, "y": y, "use": "sig" },
            { "kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": x, "alg": "EdDSA", "key_ops": ["verify"] },
            { "kty": "RSA", "kid": "no", "n": short, "e": "AQAB" },
            { "kty": "RSA", "kid": "no", "n": n, "e": "AQAB", "use": "enc" },
            { "kty": "RSA", "kid": "no", "n": n, "e": "AQAB", "alg": "RS512" },
            { "kty": "RSA", "kid": "no", "n": n, "e": "AQAB", "alg": "RSA-OAEP" },
            { "kty": "EC", "kid": "no", "crv": "P-384", "x": x, "y": y },
            { "kty": "OKP", "kid": "no", "crv": "X25519", "x": x },
            { "kty": "OKP", "kid": "no", "crv": "Ed25519", "x": x, "key_ops": ["sign"] },
            { "kty": "oct", "kid": "no", "k": x },
            { "kty": "new", "kid": "no" },
            "no key",
        ]});
        let set = KeySet::parse(set.to_string().as_bytes()).unwrap();
        let kept: Vec<_> = set.0.iter().map(|key| (key.id.as_deref().unwrap(), key.algorithm)).collect();
        assert_eq!(kept, [("rsa", Algorithm::RS256), ("ec", Algorithm::ES256), ("ed", Algorithm::EdDSA)]);
        assert_eq!(set.candidates(Some("rsa"), Algorithm::RS256).count(), 1);
        assert_eq!(set.candidates(Some("rsa"), Algorithm::ES256).count(), 0);
        assert_eq!(set.candidates(None, Algorithm::EdDSA).count(), 1);
        assert_eq!(set.candidates(Some("no"), Algorithm::RS256).count(), 0);
        assert!(KeySet::parse(b"[]").is_none());
    }

    #[test]
    fn neither_no_algorithm_nor_a_shared_secret_nor_an_old_one_is_taken() {
        for taken in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            assert!(is_taken(taken));
        }
        for other in [Algorithm::HS256, Algorithm::HS512, Algorithm::RS512, Algorithm::PS256, Algorithm::ES384] {
            assert!(!is_taken(other), "{other:?}");
        }
    }
}
