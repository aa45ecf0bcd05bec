//! Signing in with a browser: the code flow of OpenID Connect with PKCE, at the issuer of a Domain or of the platform.
//!
//! A sign-in lives a few minutes as a row that holds hashes, and the secrets of the exchange sealed. It ends in a
//! session when the issuer sends the same browser back with a code that stands for a token which verifies; each is used
//! once.

mod return_to;
mod store;
pub mod wire;

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Operator;
use super::credential::{NoRandomness, SecretHash, new_secret};
use super::idp::Binding;
use super::oidc::{CodeRefusal, Issuers, Undecided};
use super::session::csrf::CsrfGuard;
use super::session::{BeginError, Sessions, cookie};
use crate::ids::DomainId;
use crate::postgres::{Database, StorageError};
use crate::signing::{SealError, Sealer};
use return_to::is_ours;

/// How long a person may take at the issuer.
const LASTS: TimeDelta = TimeDelta::minutes(10);
/// Where the issuer sends the browser back to.
const CALLBACK: &str = "/v1/auth/callback";
/// Sign-ins that anybody may begin in a row, and a second, on one replica: each is a row.
const BURST: f64 = 200.0;
const A_SECOND: f64 = 20.0;

/// Why nobody is sent to an issuer.
#[derive(Debug, thiserror::Error)]
pub enum BeginRefusal {
    /// The Domain, or the platform, has no issuer.
    #[error("no issuer is bound there")]
    NoIssuer,
    /// It is no path on this server.
    #[error("must be a path that begins with a single /")]
    Elsewhere,
    /// Too many at once.
    #[error("too many sign-ins begin")]
    TooMany,
    /// The issuer cannot be asked.
    #[error(transparent)]
    Issuer(#[from] Undecided),
    /// Secrets cannot be made or sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum FinishRefusal {
    /// No such sign-in was begun by this browser, or it is over.
    #[error("no sign-in of this browser has this state, or it is over")]
    Unknown,
    /// There is neither a code nor an error.
    #[error("neither code nor error")]
    NoCode,
    /// The issuer refuses, or what it says does not hold.
    #[error("{0}")]
    Refused(String),
    /// The issuer cannot be asked.
    #[error(transparent)]
    Issuer(#[from] Undecided),
    /// Secrets cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A redirection with its cookies.
pub struct Onward {
    /// Where to.
    pub location: String,
    /// What the browser is to hold, or not any more.
    pub cookies: Vec<String>,
}

/// What the issuer sent the browser back with.
pub struct Returned {
    /// The state that the sign-in was begun with.
    pub state: String,
    /// The code.
    pub code: Option<String>,
    /// Why there is none.
    pub error: Option<String>,
    /// Who says that.
    pub iss: Option<String>,
}

/// What the exchange needs, while the browser is away.
#[derive(Serialize, Deserialize)]
struct Secrets {
    nonce: String,
    verifier: String,
}

struct Budget {
    left: f64,
    at: DateTime<Utc>,
}

/// Begins and finishes sign-ins, and ends sessions.
pub struct SignIns {
    database: Database,
    sealer: Arc<Sealer>,
    issuers: Arc<Issuers>,
    sessions: Arc<Sessions>,
    guard: Arc<CsrfGuard>,
    redirect: String,
    budget: Mutex<Budget>,
}

impl SignIns {
    /// Over `database`, at `issuers`, into `sessions`. Browsers reach this server under `public_url`.
    pub fn new(
        database: Database,
        sealer: Arc<Sealer>,
        issuers: Arc<Issuers>,
        sessions: Arc<Sessions>,
        guard: Arc<CsrfGuard>,
        public_url: &str,
    ) -> Self {
        let budget = Mutex::new(Budget { left: BURST, at: DateTime::UNIX_EPOCH });
        Self { database, sealer, issuers, sessions, guard, redirect: format!("{public_url}{CALLBACK}"), budget }
    }

    /// Sends a browser to the issuer of `domain_id`, or of the platform. It shall come back to `return_to` in the end.
    ///
    /// # Errors
    /// [`BeginRefusal`].
    pub async fn begin(
        &self,
        domain_id: Option<DomainId>,
        return_to: &str,
        now: DateTime<Utc>,
    ) -> Result<Onward, BeginRefusal> {
        let binding = self.issuer_for(domain_id, return_to).await?;
        if !self.budget.lock().unwrap_or_else(PoisonError::into_inner).take(now) {
            return Err(BeginRefusal::TooMany);
        }
        let outset = self.issuers.set_out(&binding, &self.redirect, now).await?;
        let browser = new_secret()?;
        let state_hash = SecretHash::of(outset.state.as_bytes());
        let secrets = Secrets { nonce: outset.nonce, verifier: outset.verifier };
        let secrets = Zeroizing::new(serde_json::to_vec(&secrets).unwrap_or_default());
        let flow = store::Flow {
            state_hash: state_hash.0.to_vec(),
            cookie_hash: SecretHash::of(browser.as_ref()).0.to_vec(),
            issuer: binding.issuer.to_string(),
            sealed_secrets: self.sealer.seal(&secrets, &state_hash.0)?,
            master_key_version: self.sealer.version(),
            return_to: return_to.to_owned(),
            expires_at: now + LASTS,
        };
        store::insert(&mut *self.database.read().await?, &flow).await?;
        let browser = Zeroizing::new(URL_SAFE_NO_PAD.encode(browser.as_ref()));
        Ok(Onward { location: outset.url, cookies: vec![cookie::of_sign_in(&browser, LASTS)] })
    }

    /// What [`Self::begin`] would say, and nothing is begun. All that is told of the place is whose it is.
    ///
    /// # Errors
    /// [`BeginRefusal`].
    pub async fn would_begin(&self, domain_id: Option<DomainId>, return_to: &str) -> Result<Onward, BeginRefusal> {
        let binding = self.issuer_for(domain_id, return_to).await?;
        Ok(Onward { location: binding.issuer.to_string(), cookies: Vec::new() })
    }

    async fn issuer_for(&self, domain_id: Option<DomainId>, return_to: &str) -> Result<Arc<Binding>, BeginRefusal> {
        if !is_ours(return_to) {
            return Err(BeginRefusal::Elsewhere);
        }
        self.issuers.bindings().of(domain_id).await?.ok_or(BeginRefusal::NoIssuer)
    }

    /// Signs in whom the issuer has sent back. `browser` is the cookie of the sign-in.
    ///
    /// # Errors
    /// [`FinishRefusal`].
    pub async fn finish(
        &self,
        returned: Returned,
        browser: Option<&str>,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Onward, FinishRefusal> {
        let browser = hash_of(browser)?;
        let state = SecretHash::of(returned.state.as_bytes());
        let flow = {
            let mut conn = self.database.read().await?;
            store::take(&mut conn, &state, &browser, now).await?.ok_or(FinishRefusal::Unknown)?
        };
        let refused = |why: &str| FinishRefusal::Refused(why.to_owned());
        let binding = self.issuers.bindings().find(&flow.issuer).await?;
        let binding = binding.ok_or_else(|| refused("the issuer is not bound any more"))?;
        if !self.issuers.may_be_from(&binding, returned.iss.as_deref(), now).await? {
            return Err(refused("the answer is from another issuer"));
        }
        if let Some(error) = returned.error {
            return Err(FinishRefusal::Refused(format!("the issuer answered {error:?}")));
        }
        let code = returned.code.ok_or(FinishRefusal::NoCode)?;
        let opened = self.sealer.open(&flow.sealed_secrets, &state.0)?;
        let secrets: Secrets = serde_json::from_slice(&opened).map_err(|_| SealError::DoesNotOpen)?;
        let exchange =
            self.issuers.exchange(&binding, code, secrets.verifier, &secrets.nonce, &self.redirect, now).await;
        let claims = exchange.map_err(|refusal| match refusal {
            CodeRefusal::Refused(why) => FinishRefusal::Refused(why),
            CodeRefusal::Undecided(undecided) => undecided.into(),
        })?;
        let user = self.issuers.identities().user(&binding, claims.subject(), now).await?;
        let begun = self.sessions.begin(user, &binding, now, correlation_id).await.map_err(|error| match error {
            BeginError::NoRandomness(error) => FinishRefusal::NoRandomness(error),
            BeginError::Storage(error) => FinishRefusal::Storage(error),
        })?;
        let [session, csrf] = cookie::of_session(&begun.secret, &self.guard.token(begun.id), self.sessions.longest());
        Ok(Onward { location: flow.return_to, cookies: vec![session, csrf, cookie::of_no_sign_in()] })
    }

    /// What [`Self::finish`] would say as far as that is known without the issuer. The sign-in goes on.
    ///
    /// # Errors
    /// [`FinishRefusal`].
    pub async fn would_finish(
        &self,
        returned: Returned,
        browser: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Onward, FinishRefusal> {
        let (browser, state) = (hash_of(browser)?, SecretHash::of(returned.state.as_bytes()));
        let return_to = store::return_to(&mut *self.database.read().await?, &state, &browser, now).await?;
        let location = return_to.ok_or(FinishRefusal::Unknown)?;
        match (returned.error, returned.code) {
            (Some(error), _) => Err(FinishRefusal::Refused(format!("the issuer answered {error:?}"))),
            (None, None) => Err(FinishRefusal::NoCode),
            (None, Some(_)) => Ok(Onward { location, cookies: Vec::new() }),
        }
    }

    /// Ends the caller's session, if that is what it presents. The cookies go in any case.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn sign_out(
        &self,
        operator: &Operator,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<[String; 2], StorageError> {
        self.sessions.end(operator, now, correlation_id).await?;
        Ok(cookie::of_no_session())
    }
}

/// The hash of a sign-in's cookie.
fn hash_of(cookie: Option<&str>) -> Result<SecretHash, FinishRefusal> {
    let secret = cookie.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(FinishRefusal::Unknown)?;
    Ok(SecretHash::of(&secret))
}

impl Budget {
    fn take(&mut self, now: DateTime<Utc>) -> bool {
        let passed = (now - self.at).num_milliseconds().max(0) as f64 / 1000.0;
        self.left = (self.left + passed * A_SECOND).min(BURST);
        self.at = now;
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }
}
