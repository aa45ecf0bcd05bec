//! What a JSON Web Token says, and whether that is meant for us. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::super::idp::Binding;

/// The clocks of an issuer and ours may be so far apart.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// Longest subject: OpenID Connect says so.
const LONGEST_SUBJECT: usize = 255;
/// What a token may say that it is. Tokens for other purposes, of the same issuer and under the same keys, say so.
const TYPES: [&str; 4] = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];

/// One audience or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(all) => all,
        }
    }
}

/// The claims that we look at.
#[derive(Deserialize)]
pub struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    azp: Option<String>,
    nonce: Option<String>,
}

/// Why a token is none for us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ClaimFault {
    /// Another issuer made it.
    #[error("another issuer")]
    Issuer,
    /// It is for others.
    #[error("another audience")]
    Audience,
    /// It was given to another client.
    #[error("another authorized party")]
    AuthorizedParty,
    /// It has ended.
    #[error("expired")]
    Expired,
    /// It does not hold yet.
    #[error("not valid yet")]
    NotYet,
    /// Nobody can be called that.
    #[error("unusable subject")]
    Subject,
    /// It belongs to another sign-in.
    #[error("another nonce")]
    Nonce,
    /// It is a token for another purpose.
    #[error("another type of token")]
    Type,
}

/// What the token is presented as.
pub enum Purpose<'p> {
    /// A credential of its bearer.
    Bearer,
    /// What the issuer answered our own client with, for the sign-in with this nonce.
    SignIn {
        /// The nonce that the sign-in was begun with.
        nonce: &'p str,
    },
}

impl Claims {
    /// Whom it is about.
    pub fn subject(&self) -> &str {
        &self.sub
    }

    /// When it ends, the leeway not counted.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        time(self.exp)
    }

    /// Whether the issuer of `binding` made it for us, and it holds at `now`.
    ///
    /// # Errors
    /// [`ClaimFault`].
    pub fn check(
        &self,
        binding: &Binding,
        kind: Option<&str>,
        purpose: &Purpose<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), ClaimFault> {
        if kind.is_some_and(|kind| !TYPES.contains(&kind.to_ascii_lowercase().as_str())) {
            return Err(ClaimFault::Type);
        }
        if self.iss != *binding.issuer {
            return Err(ClaimFault::Issuer);
        }
        let of_ours = |name: &String| *name == binding.client_id || binding.audiences.contains(name);
        // What our own client was answered with names that client; others may also hold tokens for us.
        let (addressed, may_hold): (bool, bool) = match purpose {
            Purpose::Bearer => (self.aud.all().iter().any(of_ours), self.azp.as_ref().is_none_or(of_ours)),
            Purpose::SignIn { .. } => (
                self.aud.all().contains(&binding.client_id),
                self.azp.as_ref().is_none_or(|azp| *azp == binding.client_id),
            ),
        };
        if !addressed {
            return Err(ClaimFault::Audience);
        }
        // With several audiences only this tells who of them it was given to.
        if !may_hold || (self.aud.all().len() > 1 && self.azp.is_none()) {
            return Err(ClaimFault::AuthorizedParty);
        }
        if time(self.exp).is_none_or(|exp| exp + LEEWAY <= now) {
            return Err(ClaimFault::Expired);
        }
        let begins = [self.nbf, self.iat].into_iter().flatten();
        if begins.into_iter().any(|begin| time(begin).is_none_or(|begin| begin - LEEWAY > now)) {
            return Err(ClaimFault::NotYet);
        }
        if self.sub.is_empty() || self.sub.len() > LONGEST_SUBJECT || self.sub.contains(char::is_control) {
            return Err(ClaimFault::Subject);
        }
        if let Purpose::SignIn { nonce } = purpose
            && self.nonce.as_deref() != Some(*nonce)
        {
            return Err(ClaimFault::Nonce);
        }
        Ok(())
    }
}

/// A NumericDate, which may have a fraction.
fn time(seconds: f64) -> Option<DateTime<Utc>> {
    // Far beyond any date of ours, and far from where the arithmetic ends.
    const FAR: f64 = 253_402_300_800.0;
    (0.0..FAR).contains(&seconds).then(|| DateTime::from_timestamp(seconds as i64, 0)).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::idp::ClientSecret;
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn good() -> Value {
        json!({ "iss": "https://id.example", "sub": "u", "aud": "plexsphere", "exp": 1_800_000_100, "iat": 1_800_000_000 })
    }

    fn with(changes: Value) -> Value {
        let mut claims = good();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn checked(claims: Value, purpose: &Purpose<'_>) -> Result<(), ClaimFault> {
        let binding = Binding {
            issuer: "https://id.example".into(),
            client_id: "plexsphere".into(),
            client_secret: ClientSecret::Public,
            domain_id: None,
            audiences: vec!["plexctl".into()],
            hosts: Vec::new(),
            row: None,
        };
        serde_json::from_value::<Claims>(claims).unwrap().check(&binding, Some("JWT"), purpose, now())
    }

    #[test]
    fn what_is_not_for_us_or_not_now_is_refused() {
        let t = 1_800_000_000;
        for (changes, expected) in [
            (json!({}), Ok(())),
            (json!({ "iss": "https://id.example/" }), Err(ClaimFault::Issuer)),
            (json!({ "aud": "other" }), Err(ClaimFault::Audience)),
            (json!({ "aud": [] }), Err(ClaimFault::Audience)),
            (json!({ "aud": ["plexctl"] }), Ok(())),
            (json!({ "aud": ["plexsphere", "other"] }), Err(ClaimFault::AuthorizedParty)),
            (json!({ "aud": ["plexsphere", "other"], "azp": "plexsphere" }), Ok(())),
            (json!({ "aud": ["plexsphere", "other"], "azp": "other" }), Err(ClaimFault::AuthorizedParty)),
            (json!({ "azp": "other" }), Err(ClaimFault::AuthorizedParty)),
            (json!({ "azp": "plexctl" }), Ok(())),
            (json!({ "exp": t - 59 }), Ok(())),
            (json!({ "exp": t - 60 }), Err(ClaimFault::Expired)),
            (json!({ "exp": -1 }), Err(ClaimFault::Expired)),
            (json!({ "exp": 1e300 }), Err(ClaimFault::Expired)),
            (json!({ "nbf": t + 60 }), Ok(())),
            (json!({ "nbf": t + 61 }), Err(ClaimFault::NotYet)),
            (json!({ "iat": t + 61 }), Err(ClaimFault::NotYet)),
            (json!({ "sub": "" }), Err(ClaimFault::Subject)),
            (json!({ "sub": "a\u{0}b" }), Err(ClaimFault::Subject)),
            (json!({ "sub": "x".repeat(256) }), Err(ClaimFault::Subject)),
        ] {
            assert_eq!(checked(with(changes.clone()), &Purpose::Bearer), expected, "{changes}");
        }
    }

    #[test]
    fn a_sign_in_takes_its_own_nonce_and_its_own_client() {
        let purpose = Purpose::SignIn { nonce: "n" };
        assert_eq!(checked(with(json!({ "nonce": "n" })), &purpose), Ok(()));
        assert_eq!(checked(with(json!({ "nonce": "m" })), &purpose), Err(ClaimFault::Nonce));
        assert_eq!(checked(good(), &purpose), Err(ClaimFault::Nonce));
        assert_eq!(checked(with(json!({ "nonce": "n", "aud": "plexctl" })), &purpose), Err(ClaimFault::Audience));
        let party = with(json!({ "nonce": "n", "azp": "plexctl" }));
        assert_eq!(checked(party, &purpose), Err(ClaimFault::AuthorizedParty));
    }

    #[test]
    fn a_token_without_what_must_be_there_cannot_be_read() {
        for missing in ["iss", "sub", "aud", "exp"] {
            let mut claims = good();
            claims.as_object_mut().unwrap().remove(missing);
            assert!(serde_json::from_value::<Claims>(claims).is_err(), "{missing}");
        }
    }
}
