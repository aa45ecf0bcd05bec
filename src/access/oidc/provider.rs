//! What is known of one issuer: where its endpoints are, and its keys.

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{DecodingKey, Header, Validation};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::timeout;
use url::Url;

use super::Undecided;
use super::claims::Claims;
use super::fetch::{FetchError, Fetcher};
use super::keys::KeySet;

/// What is older than this is fetched again before it is used: a key that the issuer has withdrawn is trusted for so
/// long.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(5);
/// What is only old, and not too old, is used all the same when the issuer does not answer within this.
const RENEWED_WITHIN: Duration = Duration::from_secs(2);
/// Once it has not answered nobody waits for it again before this, so that its users can go on.
const WAITED_FOR_AGAIN: TimeDelta = TimeDelta::seconds(10);
/// While the issuer cannot be reached, its keys are trusted for so long.
const TRUSTED_FOR: TimeDelta = TimeDelta::hours(4);
/// Fetches in a row that callers can cause who need what is not known, and the time after which another one is given.
/// What is renewed for its age has nothing to do with them.
const BURST: u32 = 5;
const ANOTHER_AFTER: TimeDelta = TimeDelta::seconds(5);

/// What an issuer says of itself.
#[derive(Clone, Deserialize)]
pub struct Metadata {
    issuer: String,
    /// Where a browser signs in.
    pub authorization_endpoint: String,
    /// Where codes are exchanged.
    pub token_endpoint: String,
    jwks_uri: String,
    /// Whether it names itself when it sends a browser back (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Metadata {
    /// Whether the client's secret goes into the body: the issuer takes it there and nowhere else.
    pub fn secret_in_body(&self) -> bool {
        self.token_endpoint_auth_methods_supported.as_ref().is_some_and(|methods| {
            methods.iter().any(|method| method == "client_secret_post")
                && methods.iter().all(|method| method != "client_secret_basic")
        })
    }
}

struct Known {
    metadata: Metadata,
    keys: KeySet,
    fetched_at: DateTime<Utc>,
}

/// How often callers may have the issuer asked.
struct Asked {
    left: u32,
    refilled_at: DateTime<Utc>,
}

/// Why an issuer is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A caller presents what cannot be told without. Anybody can.
    Caller,
    /// What is known has become old.
    Age,
}

/// One issuer.
pub struct Provider {
    issuer: Arc<str>,
    hosts: Vec<String>,
    fetcher: Arc<Fetcher>,
    known: ArcSwapOption<Known>,
    /// Held by whoever asks.
    asked: Arc<Mutex<Asked>>,
    /// Fetches that have come to an end, good or bad.
    answers: AtomicU64,
    /// When it was last in vain to ask, if nothing came of it since.
    in_vain_at: Lock<Option<DateTime<Utc>>>,
}

/// Why a token does not verify.
pub enum Unverified {
    /// Its signature is no good, or none of the issuer's keys made it.
    Bad,
    /// Nobody can tell for now.
    Undecided(Undecided),
}

impl Provider {
    /// Of this issuer nothing is known yet. It may have its endpoints at its own host and at `hosts`.
    pub fn new(issuer: Arc<str>, hosts: Vec<String>, fetcher: Arc<Fetcher>) -> Self {
        let asked = Arc::new(Mutex::new(Asked { left: BURST, refilled_at: DateTime::UNIX_EPOCH }));
        let (known, answers, in_vain_at) = (ArcSwapOption::empty(), AtomicU64::new(0), Lock::new(None));
        Self { issuer, hosts, fetcher, known, asked, answers, in_vain_at }
    }

    /// Hosts beside its own.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// What the issuer says of itself.
    ///
    /// # Errors
    /// [`Undecided`]: it cannot be asked.
    pub async fn metadata(self: &Arc<Self>, now: DateTime<Utc>) -> Result<Metadata, Undecided> {
        Ok(self.current(now).await?.metadata.clone())
    }

    /// The claims of a token whose signature is the issuer's.
    ///
    /// # Errors
    /// [`Unverified`].
    pub async fn verify(
        self: &Arc<Self>,
        token: &str,
        header: &Header,
        now: DateTime<Utc>,
    ) -> Result<Claims, Unverified> {
        let known = self.current(now).await.map_err(Unverified::Undecided)?;
        let mut keys = known.keys.candidates(header.kid.as_deref(), header.alg).peekable();
        let has_named_one = header.kid.is_some() && keys.peek().is_some();
        if let Some(claims) = keys.find_map(|key| verified(token, header, &key.decoding)) {
            return Ok(claims);
        }
        if has_named_one {
            return Err(Unverified::Bad);
        }
        // A new key, perhaps.
        let known = self.fetch(Some(&known), Cause::Caller, now).await.map_err(Unverified::Undecided)?;
        let mut keys = known.keys.candidates(header.kid.as_deref(), header.alg);
        keys.find_map(|key| verified(token, header, &key.decoding)).ok_or(Unverified::Bad)
    }

    async fn current(self: &Arc<Self>, now: DateTime<Utc>) -> Result<Arc<Known>, Undecided> {
        let Some(known) = self.known.load_full() else { return self.fetch(None, Cause::Caller, now).await };
        let age = now - known.fetched_at;
        if age > TRUSTED_FOR {
            return self.fetch(Some(&known), Cause::Caller, now).await;
        }
        if age <= FRESH_FOR || self.was_in_vain_just_now(now) {
            return Ok(known);
        }
        match timeout(RENEWED_WITHIN, self.fetch(Some(&known), Cause::Age, now)).await {
            Ok(renewed) => Ok(renewed.unwrap_or(known)),
            Err(_) => {
                self.note_vain(&"it takes too long", now);
                Ok(known)
            }
        }
    }

    /// Asks the issuer, unless somebody has meanwhile: `seen` is what the caller knows.
    async fn fetch(
        self: &Arc<Self>,
        seen: Option<&Arc<Known>>,
        cause: Cause,
        now: DateTime<Utc>,
    ) -> Result<Arc<Known>, Undecided> {
        let before = self.answers.load(Ordering::Acquire);
        let mut asked = self.asked.clone().lock_owned().await;
        if let Some(known) = self.known.load_full()
            && seen.is_none_or(|seen| !Arc::ptr_eq(seen, &known))
        {
            return Ok(known);
        }
        // Somebody asked while this one waited, and got nothing.
        if before != self.answers.load(Ordering::Acquire) {
            return Err(Undecided("the issuer did not answer just now".to_owned()));
        }
        if cause == Cause::Caller && !asked.may(now) {
            return Err(Undecided("the issuer has been asked too often".to_owned()));
        }
        // From here on without the caller, who may go away: what has been paid for is for all.
        let provider = self.clone();
        let asking = tokio::spawn(async move {
            let answer = provider.ask(now).await.map(Arc::new);
            match &answer {
                Ok(known) => {
                    provider.known.store(Some(known.clone()));
                    provider.note_answer();
                }
                Err(error) => provider.note_vain(error, now),
            }
            provider.answers.fetch_add(1, Ordering::AcqRel);
            drop(asked);
            answer.map_err(|error| Undecided(error.to_string()))
        });
        asking.await.unwrap_or_else(|_| Err(Undecided("the issuer was not asked to the end".to_owned())))
    }

    fn was_in_vain_just_now(&self, now: DateTime<Utc>) -> bool {
        let at = *self.in_vain_at.lock().unwrap_or_else(PoisonError::into_inner);
        at.is_some_and(|at| now - at < WAITED_FOR_AGAIN)
    }

    /// Told once, and not for each request of an outage.
    fn note_vain(&self, why: &dyn Display, now: DateTime<Utc>) {
        let before = self.in_vain_at.lock().unwrap_or_else(PoisonError::into_inner).replace(now);
        if before.is_none() {
            tracing::warn!(issuer = &*self.issuer, %why, "an issuer cannot be asked");
        }
    }

    fn note_answer(&self) {
        if self.in_vain_at.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            tracing::info!(issuer = &*self.issuer, "an issuer can be asked again");
        }
    }

    async fn ask(&self, now: DateTime<Utc>) -> Result<Known, FetchError> {
        let at = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let metadata: Metadata = serde_json::from_slice(&self.fetcher.get(&at).await?)
            .map_err(|error| FetchError(format!("{at} cannot be read: {error}")))?;
        if metadata.issuer != *self.issuer {
            return Err(FetchError(format!("{at} is of another issuer: {}", metadata.issuer)));
        }
        for place in [&metadata.jwks_uri, &metadata.token_endpoint] {
            if !self.may_be_at(place) {
                return Err(FetchError(format!("{place} is not at the issuer; allow its host if that is right")));
            }
        }
        // A browser goes there and not we, so it may be anywhere.
        if !Url::parse(&metadata.authorization_endpoint).is_ok_and(|url| url.scheme() == "https") {
            return Err(FetchError(format!("{} is not https", metadata.authorization_endpoint)));
        }
        let keys = self.fetcher.get(&metadata.jwks_uri).await?;
        let keys =
            KeySet::parse(&keys).ok_or_else(|| FetchError(format!("{} is no set of keys", metadata.jwks_uri)))?;
        Ok(Known { metadata, keys, fetched_at: now })
    }

    fn may_be_at(&self, place: &str) -> bool {
        let (Ok(place), Ok(own)) = (Url::parse(place), Url::parse(&self.issuer)) else { return false };
        let elsewhere = || place.host_str().is_some_and(|host| self.hosts.iter().any(|allowed| allowed == host));
        place.scheme() == "https" && (place.origin() == own.origin() || elsewhere())
    }
}

impl Asked {
    fn may(&mut self, now: DateTime<Utc>) -> bool {
        let refills = (now - self.refilled_at).num_seconds() / ANOTHER_AFTER.num_seconds();
        if refills > 0 {
            self.left = self.left.saturating_add(u32::try_from(refills).unwrap_or(u32::MAX)).min(BURST);
            self.refilled_at = now;
        }
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }
}

/// The claims, if `key` made the signature. What they say is for the caller to check.
fn verified(token: &str, header: &Header, key: &DecodingKey) -> Option<Claims> {
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Claims>(token, key, &validation).ok().map(|token| token.claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(hosts: &[&str]) -> Provider {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        Provider::new("https://id.example/realm".into(), hosts, Arc::new(Fetcher::new(None).unwrap()))
    }

    #[test]
    fn an_issuer_has_its_endpoints_at_its_own_place() {
        let own = provider(&[]);
        assert!(own.may_be_at("https://id.example/other/keys"));
        for elsewhere in [
            "http://id.example/keys",
            "https://id.example:8443/keys",
            "https://keys.example/keys",
            "https://169.254.169.254/latest",
            "file:///etc/passwd",
            "/keys",
        ] {
            assert!(!own.may_be_at(elsewhere), "{elsewhere}");
        }
        let two = provider(&["keys.example"]);
        assert!(two.may_be_at("https://keys.example/keys"));
        assert!(!two.may_be_at("http://keys.example/keys") && !two.may_be_at("https://x.keys.example/keys"));
    }

    #[test]
    fn strangers_cannot_make_us_ask_without_end() {
        let mut now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut asked = Asked { left: BURST, refilled_at: DateTime::UNIX_EPOCH };
        let allowed = |asked: &mut Asked, now| (0..100).filter(|_| asked.may(now)).count();
        assert_eq!(allowed(&mut asked, now), 5);
        now += TimeDelta::seconds(4);
        assert_eq!(allowed(&mut asked, now), 0);
        now += TimeDelta::seconds(7);
        assert_eq!(allowed(&mut asked, now), 2);
        now += TimeDelta::hours(1);
        assert_eq!(allowed(&mut asked, now), 5);
    }
}
