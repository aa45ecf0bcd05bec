//! The shapes of our credentials, and telling them apart. Pure.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::{BASE32_NOPAD, Encoding, Specification};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::ids::NodeId;

/// Length of every secret of ours.
pub const SECRET_BYTES: usize = 32;

/// Longest credential that is looked at. A JWT may be long; ours are short.
const LONGEST: usize = 8 * 1024;

static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut spec = Specification::new();
    spec.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    spec.encoding().unwrap_or(BASE32_NOPAD)
});

/// A secret's SHA-256: all that is stored of it. The secrets are random, so a slow hash would add nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash(pub [u8; 32]);

impl SecretHash {
    /// The hash of `secret`.
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Compares with what is stored, in constant time.
    pub fn matches(&self, stored: &[u8]) -> bool {
        self.0.ct_eq(stored).into()
    }
}

/// A fresh secret.
///
/// # Errors
/// [`NoRandomness`] when the system has none to give.
pub fn new_secret() -> Result<Zeroizing<[u8; SECRET_BYTES]>, NoRandomness> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    SysRng.try_fill_bytes(secret.as_mut()).map_err(|_| NoRandomness)?;
    Ok(secret)
}

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

/// What an `Authorization` header carries.
pub enum Bearer<'h> {
    /// A Node Secret Key.
    Nsk(Option<Nsk>),
    /// An API token.
    ApiToken(Option<TokenParts>),
    /// Something else: an OIDC token, or nonsense.
    Other(&'h str),
}

/// A Node Secret Key as presented. The Node id is only a hint for the look-up.
pub struct Nsk {
    /// Which Node it says it is.
    pub node_id: NodeId,
    /// The hash of its key.
    pub hash: SecretHash,
    /// Its key.
    pub key: Zeroizing<[u8; SECRET_BYTES]>,
}

/// A token's id and the hash of its secret.
pub struct TokenParts {
    /// The id that the token carries.
    pub id: Uuid,
    /// The hash of its secret.
    pub hash: SecretHash,
}

/// Takes an `Authorization` header's value apart. `None`: there is no bearer in it.
pub fn bearer(header: &str) -> Option<Bearer<'_>> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > LONGEST {
        return None;
    }
    Some(match token.get(..4) {
        Some("nsk_") => Bearer::Nsk(parse_nsk(token)),
        Some("psk_") => Bearer::ApiToken(parse_api_token(token)),
        _ => Bearer::Other(token),
    })
}

/// Whether an `Authorization` header's value means to carry a Node Secret Key, however long or broken.
pub fn is_nsk(header: &[u8]) -> bool {
    let Some(scheme) = header.split(u8::is_ascii_whitespace).next() else { return false };
    scheme.eq_ignore_ascii_case(b"bearer") && header[scheme.len()..].trim_ascii_start().starts_with(b"nsk_")
}

fn is_env(env: &str) -> bool {
    !env.is_empty() && env.len() <= 16 && env.bytes().all(|b| b.is_ascii_lowercase())
}

fn parse_nsk(token: &str) -> Option<Nsk> {
    // The key's alphabet has `_`, so only the first two separate.
    let mut parts = token.splitn(3, '_').skip(1);
    let (env, text) = (parts.next()?, parts.next()?);
    if !is_env(env) || text.len() != 64 {
        return None;
    }
    let mut bytes = Zeroizing::new([0_u8; 48]);
    if URL_SAFE_NO_PAD.decode_slice(text, bytes.as_mut()).ok()? != 48 {
        return None;
    }
    let id = Uuid::from_slice(&bytes[..16]).ok()?;
    let key = Zeroizing::new(*bytes.last_chunk::<SECRET_BYTES>()?);
    Some(Nsk { node_id: NodeId(id), hash: SecretHash::of(key.as_ref()), key })
}

/// The NSK of `node_id` as an agent presents it.
pub fn format_nsk(env: &str, node_id: NodeId, key: &[u8; SECRET_BYTES]) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0_u8; 48]);
    bytes[..16].copy_from_slice(node_id.0.as_bytes());
    bytes[16..].copy_from_slice(key);
    Zeroizing::new(format!("nsk_{env}_{}", URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}

fn parse_secret(text: &str) -> Option<SecretHash> {
    let bytes = Zeroizing::new(BASE32.decode(text.as_bytes()).ok()?);
    (bytes.len() == SECRET_BYTES).then(|| SecretHash::of(&bytes))
}

fn parse_token_id(text: &str) -> Option<Uuid> {
    Uuid::from_slice(&BASE32.decode(text.as_bytes()).ok()?).ok()
}

fn parse_api_token(token: &str) -> Option<TokenParts> {
    let mut parts = token.split('_').skip(1);
    let (env, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
    if !matches!(env, "dev" | "stage" | "prod") || parts.next().is_some() {
        return None;
    }
    Some(TokenParts { id: parse_token_id(id)?, hash: parse_secret(secret)? })
}

/// An API token as its holder presents it.
pub fn format_api_token(env: &str, id: Uuid, secret: &[u8; SECRET_BYTES]) -> Zeroizing<String> {
    Zeroizing::new(format!("psk_{env}_{}_{}", BASE32.encode(id.as_bytes()), BASE32.encode(secret)))
}

/// What a bootstrap token may enrol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnrolmentKind {
    /// An ordinary Node.
    Node,
    /// A Node that can relay for others.
    Bridge,
}

impl EnrolmentKind {
    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Bridge => "bridge",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "node" => Some(Self::Node),
            "bridge" => Some(Self::Bridge),
            _ => None,
        }
    }
}

/// A bootstrap token as presented.
pub struct BootstrapToken {
    /// Its id and the hash of its secret.
    pub parts: TokenParts,
    /// What it says that it may enrol.
    pub kind: EnrolmentKind,
}

/// Takes a bootstrap token apart.
pub fn parse_bootstrap_token(token: &str) -> Option<BootstrapToken> {
    if token.len() > 256 {
        return None;
    }
    let mut parts = token.split('_');
    if parts.next()? != "psb" || !is_env(parts.next()?) {
        return None;
    }
    let id = parse_token_id(parts.next()?)?;
    let kind = EnrolmentKind::parse(parts.next()?)?;
    let hash = parse_secret(parts.next()?)?;
    parts.next().is_none().then_some(BootstrapToken { parts: TokenParts { id, hash }, kind })
}

/// A bootstrap token as its holder presents it.
pub fn format_bootstrap_token(
    env: &str,
    id: Uuid,
    kind: EnrolmentKind,
    secret: &[u8; SECRET_BYTES],
) -> Zeroizing<String> {
    Zeroizing::new(format!("psb_{env}_{}_{}_{}", BASE32.encode(id.as_bytes()), kind.as_str(), BASE32.encode(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [0xff; 32];

    fn uuid() -> Uuid {
        "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f".parse().unwrap()
    }

    #[test]
    fn an_nsk_is_read_back_though_its_alphabet_has_the_separator() {
        let text = format_nsk("dev", NodeId(uuid()), &SECRET);
        assert!(text.ends_with("____"), "{}", text.as_str());
        let header = format!("Bearer {}", text.as_str());
        let Some(Bearer::Nsk(Some(nsk))) = bearer(&header) else { panic!("not an NSK") };
        assert_eq!(nsk.node_id, NodeId(uuid()));
        assert!(nsk.hash.matches(&SecretHash::of(&SECRET).0));
    }

    #[test]
    fn tokens_are_read_back_and_their_spelling_is_exact() {
        let api = format_api_token("prod", uuid(), &SECRET);
        assert_eq!(parse_api_token(&api).unwrap().id, uuid());
        assert!(parse_api_token(&api.to_uppercase()).is_none());
        assert!(parse_api_token(&format!("{}_x", api.as_str())).is_none());
        assert!(parse_api_token(&api.replace("prod", "test")).is_none());
        let bootstrap = format_bootstrap_token("lab", uuid(), EnrolmentKind::Bridge, &SECRET);
        let parsed = parse_bootstrap_token(&bootstrap).unwrap();
        assert_eq!((parsed.parts.id, parsed.kind), (uuid(), EnrolmentKind::Bridge));
        assert!(parse_bootstrap_token(&bootstrap.replace("bridge", "relay")).is_none());
        assert!(parse_bootstrap_token(&bootstrap[..bootstrap.len() - 1]).is_none());
    }

    #[test]
    fn only_bearers_are_credentials() {
        assert!(bearer("Basic abc").is_none());
        assert!(bearer("Bearer").is_none());
        assert!(bearer("Bearer  ").is_none());
        assert!(matches!(bearer("bearer eyJ.x.y"), Some(Bearer::Other("eyJ.x.y"))));
        assert!(matches!(bearer("Bearer nsk_dev_short"), Some(Bearer::Nsk(None))));
        for nsk in ["Bearer nsk_", "bearer  nsk_x", "BEARER\tnsk_x", &format!("Bearer nsk_{}", "x".repeat(LONGEST))] {
            assert!(is_nsk(nsk.as_bytes()), "{nsk}");
        }
        for other in ["", "nsk_x", "Bearer", "Bearer ", "Bearer psk_nsk_", "Basic nsk_x"] {
            assert!(!is_nsk(other.as_bytes()), "{other}");
        }
    }
}
