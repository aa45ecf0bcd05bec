//! Pseudonyms: who a person or a program is can be told only by whoever has the key and a guess.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::ids::parse_uuid;

/// Length of a key.
const KEY_BYTES: usize = 32;
/// Bytes of the HMAC that are shown: nobody meets a collision.
const SHOWN_BYTES: usize = 16;
/// What stands under a pseudonym: also a token, whose row tells whose it is. A Node is a machine, and stands under its id.
const HIDDEN: [&str; 3] = ["user:", "service:", "api_token:"];
const UUID_CHARS: usize = 36;

/// Makes the pseudonyms of one chain.
pub struct PseudonymKey(Hmac<Sha256>);

impl PseudonymKey {
    /// The key with these bytes, 32 of them.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != KEY_BYTES {
            return None;
        }
        Hmac::new_from_slice(bytes).ok().map(Self)
    }

    /// The pseudonym of `identity`, as `user:<uuid>` and the like, in lower case.
    fn of(&self, identity: &str) -> String {
        let code = self.0.clone().chain_update(identity).finalize().into_bytes();
        code[..SHOWN_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// `text` with a pseudonym for each `user:<uuid>`, `service:<uuid>` and `api_token:<uuid>` in it. What has one already keeps it.
    pub fn hide(&self, text: &str) -> String {
        let mut hidden = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((at, kind)) = next(rest) {
            let id_at = at + kind.len();
            let id = rest.get(id_at..id_at + UUID_CHARS).and_then(parse_uuid);
            hidden.push_str(&rest[..id_at]);
            rest = &rest[id_at..];
            if let Some(id) = id {
                hidden.push_str(&self.of(&format!("{kind}{id}")));
                rest = &rest[UUID_CHARS..];
            }
        }
        hidden.push_str(rest);
        hidden
    }
}

/// Where the next identity may stand, and of which kind.
fn next(text: &str) -> Option<(usize, &'static str)> {
    HIDDEN.into_iter().filter_map(|kind| text.find(kind).map(|at| (at, kind))).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e10";

    fn key(byte: u8) -> PseudonymKey {
        PseudonymKey::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn one_identity_has_one_pseudonym_a_key() {
        let hidden = key(1).hide(&format!("user:{ID}"));
        assert_eq!(hidden, key(1).hide(&format!("user:{}", ID.to_uppercase())));
        assert_eq!(hidden.len(), "user:".len() + 32);
        assert!(hidden.strip_prefix("user:").unwrap().bytes().all(|b| b.is_ascii_hexdigit()), "{hidden}");
        assert_ne!(hidden, key(2).hide(&format!("user:{ID}")));
        let service = key(1).hide(&format!("service:{ID}"));
        assert_ne!(service["service:".len()..], hidden["user:".len()..]);
        let token = key(1).hide(&format!("api_token:{ID} and 2 issued by it"));
        assert!(
            token.len() == "api_token:".len() + 32 + " and 2 issued by it".len() && !token.contains('-'),
            "{token}"
        );
    }

    #[test]
    fn identities_are_hidden_wherever_they_stand_and_nothing_else_is() {
        let key = key(1);
        let (user, service) = (key.hide(&format!("user:{ID}")), key.hide(&format!("service:{ID}")));
        assert_eq!(
            key.hide(&format!("admin to user:{ID}, service:{ID}; user:{ID}")),
            format!("admin to {user}, {service}; {user}")
        );
        for kept in [
            "system",
            "",
            "user:",
            "user:x",
            &user,
            &format!("node:{ID}"),
            &format!("token:{ID}"),
            &format!("group:{ID}#member"),
            "user:é",
        ] {
            assert_eq!(key.hide(kept), kept);
        }
        assert!(PseudonymKey::new(&[1; 31]).is_none());
    }
}
