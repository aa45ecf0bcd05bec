//! A sign-in under way, as its browser holds it: sealed, and bound to the state that the issuer sends back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use crate::access::credential::SecretHash;
use crate::signing::{SealError, Sealer};

/// What is needed when the browser comes back.
#[derive(PartialEq, Eq, Debug)]
pub struct Flow {
    /// Where it was sent.
    pub issuer: String,
    /// What ties the issuer's token to the sign-in.
    pub nonce: String,
    /// What proves that whoever exchanges the code is who asked for it.
    pub verifier: String,
    /// Where the browser goes in the end.
    pub return_to: String,
    /// When it is too late.
    pub expires_at: DateTime<Utc>,
}

impl Flow {
    /// The value of the cookie. In lines, because a browser takes no more than 4096 bytes, and none of the parts has a
    /// line's end.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&self, sealer: &Sealer, state: &SecretHash) -> Result<Zeroizing<String>, SealError> {
        let Self { issuer, nonce, verifier, return_to, expires_at } = self;
        let expires_at = expires_at.timestamp_millis();
        let text = Zeroizing::new(format!("{expires_at}\n{issuer}\n{nonce}\n{verifier}\n{return_to}"));
        Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(sealer.seal(text.as_bytes(), &state.0)?)))
    }

    /// What [`Self::seal`] gave, if it is that, and of this state, and not over at `now`.
    pub fn open(sealer: &Sealer, state: &SecretHash, cookie: &str, now: DateTime<Utc>) -> Option<Self> {
        let opened = sealer.open(&URL_SAFE_NO_PAD.decode(cookie).ok()?, &state.0).ok()?;
        let mut lines = std::str::from_utf8(&opened).ok()?.split('\n');
        let expires_at = DateTime::from_timestamp_millis(lines.next()?.parse().ok()?)?;
        let mut text = || lines.next().map(str::to_owned);
        let flow = Self { issuer: text()?, nonce: text()?, verifier: text()?, return_to: text()?, expires_at };
        (now < expires_at).then_some(flow)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_browser_holds_its_own_sign_in_for_its_time() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        // The longest that there is.
        let flow = || Flow {
            issuer: "i".repeat(512),
            nonce: "n".repeat(43),
            verifier: "v".repeat(43),
            return_to: format!("/{}", "\"".repeat(2047)),
            expires_at: now + TimeDelta::minutes(10),
        };
        let (sealer, state) = (Sealer::derived(&[7; 32], b"sign-ins"), SecretHash::of(b"state"));
        let cookie = flow().seal(&sealer, &state).unwrap();
        assert!(cookie.len() + "plexsphere_sign_in=".len() <= 4096, "{}", cookie.len());
        let open = |sealer: &Sealer, state: &[u8], cookie: &str, minutes: i64| {
            Flow::open(sealer, &SecretHash::of(state), cookie, now + TimeDelta::minutes(minutes))
        };
        assert_eq!(open(&sealer, b"state", &cookie, 9), Some(flow()));
        assert_eq!(open(&sealer, b"state", &cookie, 10), None, "too late");
        assert_eq!(open(&sealer, b"another", &cookie, 0), None);
        assert_eq!(open(&sealer, b"state", &cookie[1..], 0), None);
        assert_eq!(open(&sealer, b"state", "", 0), None);
        for other in [Sealer::new(&[7; 32]), Sealer::derived(&[7; 32], b"x"), Sealer::derived(&[8; 32], b"sign-ins")] {
            assert_eq!(open(&other, b"state", &cookie, 0), None, "under another key");
        }
    }
}
