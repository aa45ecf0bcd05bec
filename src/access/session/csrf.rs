//! That a change which a browser's session asks for comes from a page of ours. Pure.
//!
//! Browsers send cookies along whoever makes them ask. So a page shows, in a header, what only a page of ours can read,
//! and the browser says where the page is from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::ids::SessionId;

/// What the key is derived for.
const PURPOSE: &[u8] = b"plexsphere/csrf/v1";

/// Makes and knows the tokens, and the origins of our pages.
pub struct CsrfGuard {
    key: Zeroizing<[u8; 32]>,
    origins: Vec<String>,
}

/// Why a change is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CsrfFault {
    /// Header, cookie and session do not belong together.
    Token,
    /// The page is from elsewhere.
    Origin,
}

/// What a request shows of where it is from.
pub struct Shown<'r> {
    /// `X-Plexsphere-CSRF`
    pub header: Option<&'r str>,
    /// The cookie.
    pub cookie: Option<&'r str>,
    /// `Origin`
    pub origin: Option<&'r str>,
    /// `Sec-Fetch-Site`
    pub fetch_site: Option<&'r str>,
}

impl CsrfGuard {
    /// Derives the key from the master key. Pages at the origins of `urls` are ours.
    pub fn new<'u>(master_key: &[u8; 32], urls: impl IntoIterator<Item = &'u str>) -> Self {
        let origins = urls.into_iter().filter_map(origin_of).collect();
        let mut key = Zeroizing::new([0; 32]);
        // 32 bytes are within what HKDF can give.
        let _always = Hkdf::<Sha256>::new(None, master_key).expand(PURPOSE, key.as_mut());
        Self { key, origins }
    }

    /// The token that belongs to a session.
    pub fn token(&self, session: SessionId) -> String {
        // An HMAC takes a key of any length.
        let mac = Hmac::<Sha256>::new_from_slice(self.key.as_ref()).map(|mac| mac.chain_update(session.0.as_bytes()));
        mac.map_or_else(|_| String::new(), |mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    /// Whether a request that changes something comes from a page of ours.
    ///
    /// # Errors
    /// [`CsrfFault`].
    pub fn check(&self, session: SessionId, shown: &Shown<'_>) -> Result<(), CsrfFault> {
        let expected = self.token(session);
        let is_it = |given: Option<&str>| given.is_some_and(|given| given.as_bytes().ct_eq(expected.as_bytes()).into());
        if expected.is_empty() || !is_it(shown.header) || !is_it(shown.cookie) {
            return Err(CsrfFault::Token);
        }
        let allowed = shown.origin.is_some_and(|origin| self.origins.iter().any(|ours| ours == origin));
        if allowed || shown.fetch_site == Some("same-origin") { Ok(()) } else { Err(CsrfFault::Origin) }
    }
}

/// The origin as a browser names it, without path and default port. One that is opaque is called `null`, and so are all
/// others of its kind: it is none.
fn origin_of(url: &str) -> Option<String> {
    let origin = url::Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_change_shows_its_sessions_token_twice_and_comes_from_a_page_of_ours() {
        let guard = CsrfGuard::new(&[7; 32], ["https://plex.example:443/", "file://localhost/page", "data:,page"]);
        let session = SessionId(Uuid::from_u128(1));
        let (good, other) = (guard.token(session), guard.token(SessionId(Uuid::from_u128(2))));
        assert_eq!(good.len(), 43);
        assert_ne!(good, other);
        assert_ne!(CsrfGuard::new(&[8; 32], []).token(session), good);
        let (good, other) = (Some(good.as_str()), Some(other.as_str()));
        let ours = Some("https://plex.example");
        for (header, cookie, origin, fetch_site, expected) in [
            (good, good, ours, None, Ok(())),
            (good, good, None, Some("same-origin"), Ok(())),
            (good, good, ours, Some("cross-site"), Ok(())),
            (None, good, ours, None, Err(CsrfFault::Token)),
            (good, None, ours, None, Err(CsrfFault::Token)),
            (other, other, ours, None, Err(CsrfFault::Token)),
            (Some(""), Some(""), ours, None, Err(CsrfFault::Token)),
            (good, good, None, None, Err(CsrfFault::Origin)),
            (good, good, None, Some("same-site"), Err(CsrfFault::Origin)),
            (good, good, Some("https://plex.example:8443"), None, Err(CsrfFault::Origin)),
            (good, good, Some("http://plex.example"), None, Err(CsrfFault::Origin)),
            (good, good, Some("null"), Some("cross-site"), Err(CsrfFault::Origin)),
            (good, good, Some("null"), None, Err(CsrfFault::Origin)),
        ] {
            let shown = Shown { header, cookie, origin, fetch_site };
            assert_eq!(guard.check(session, &shown), expected, "{origin:?} {fetch_site:?}");
        }
    }
}
