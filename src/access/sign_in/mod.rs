//! Signing in with a browser: the code flow of OpenID Connect with PKCE, at the issuer of a Domain or of the platform.
//!
//! A sign-in lives a few minutes, in its browser: a cookie holds all that is needed for the exchange, sealed, so that
//! whoever begins one costs the server nothing that lasts. It ends in a session when the issuer sends the same browser
//! back with a code that stands for a token which verifies; which ones did is stored, so that each does once.

mod flow;
mod return_to;
pub mod wire;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;

use super::Operator;
use super::credential::{NoRandomness, SecretHash};
use super::idp::Binding;
use super::oidc::{CodeRefusal, Issuers, Undecided, is_passing};
use super::session::csrf::CsrfGuard;
use super::session::{BeginError, Sessions, Spending, cookie, is_spent};
use crate::ids::DomainId;
use crate::postgres::{Database, StorageError};
use crate::signing::{MASTER_KEY_BYTES, SealError, Sealer};
use flow::Flow;
use return_to::is_ours;

/// How long a person may take at the issuer.
const LASTS: TimeDelta = TimeDelta::minutes(10);
/// Where the issuer sends the browser back to.
const CALLBACK: &str = "/v1/auth/callback";
/// Codes that one replica has exchanged at the same time. Anybody can come back with an invented one, and the issuer
/// must not take us for whoever does; the others wait in order.
const EXCHANGES_AT_ONCE: usize = 32;
/// What the key of the cookies is derived for.
const PURPOSE: &[u8] = b"plexsphere/sign-in/v1";

/// Why nobody is sent to an issuer.
#[derive(Debug, thiserror::Error)]
pub enum BeginRefusal {
    /// The Domain, or the platform, has no issuer.
    #[error("no issuer is bound there")]
    NoIssuer,
    /// It is no path on this server.
    #[error("must be a path that begins with a single /")]
    Elsewhere,
    /// The issuer cannot be asked.
    #[error(transparent)]
    Issuer(#[from] Undecided),
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
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
    /// What proves us to the issuer cannot be opened.
    #[error("the client secret of {0} cannot be opened")]
    NoSecret(String),
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

/// Begins and finishes sign-ins, and ends sessions.
pub struct SignIns {
    database: Database,
    sealer: Sealer,
    issuers: Arc<Issuers>,
    sessions: Arc<Sessions>,
    guard: Arc<CsrfGuard>,
    redirect: String,
    exchanges: Semaphore,
}

impl SignIns {
    /// Over `database`, at `issuers`, into `sessions`. Browsers reach this server under `public_url`, and hold what a key
    /// that is derived from the master key seals.
    pub fn new(
        database: Database,
        master_key: &[u8; MASTER_KEY_BYTES],
        issuers: Arc<Issuers>,
        sessions: Arc<Sessions>,
        guard: Arc<CsrfGuard>,
        public_url: &str,
    ) -> Self {
        let sealer = Sealer::derived(master_key, PURPOSE);
        let (redirect, exchanges) = (format!("{public_url}{CALLBACK}"), Semaphore::new(EXCHANGES_AT_ONCE));
        Self { database, sealer, issuers, sessions, guard, redirect, exchanges }
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
        let outset = self.issuers.set_out(&binding, &self.redirect, now).await?;
        let flow = Flow {
            issuer: binding.issuer.to_string(),
            nonce: outset.nonce,
            verifier: outset.verifier,
            return_to: return_to.to_owned(),
            expires_at: now + LASTS,
        };
        let held = flow.seal(&self.sealer, &SecretHash::of(outset.state.as_bytes()))?;
        Ok(Onward { location: outset.url, cookies: vec![cookie::of_sign_in(&held, LASTS)] })
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
        let (state, flow) = self.under_way(&returned, browser, now).await?;
        let refused = |why: &str| FinishRefusal::Refused(why.to_owned());
        let binding = self.issuers.bindings().find(&flow.issuer).await?;
        let binding = binding.ok_or_else(|| refused("the issuer is not bound any more"))?;
        if !self.issuers.may_be_from(&binding, returned.iss.as_deref(), now).await? {
            return Err(refused("the answer is from another issuer"));
        }
        if let Some(error) = returned.error {
            return Err(answered(&error));
        }
        let code = returned.code.ok_or(FinishRefusal::NoCode)?;
        let exchange = {
            // Never closed, so it always gives.
            let _one = self.exchanges.acquire().await;
            self.issuers.exchange(&binding, code, flow.verifier, &flow.nonce, &self.redirect, now).await
        };
        let claims = exchange.map_err(|refusal| match refusal {
            CodeRefusal::Refused(why) => FinishRefusal::Refused(why),
            CodeRefusal::Undecided(undecided) => undecided.into(),
            CodeRefusal::NoSecret => FinishRefusal::NoSecret(flow.issuer),
        })?;
        let user = self.issuers.identities().user(&binding, claims.subject(), now).await?;
        let spending = Spending { state, until: flow.expires_at };
        let begun = self.sessions.begin(user, &binding, spending, now, correlation_id).await;
        let begun = begun.map_err(|error| match error {
            BeginError::NoRandomness(error) => FinishRefusal::NoRandomness(error),
            BeginError::Spent => FinishRefusal::Unknown,
            BeginError::Unbound => FinishRefusal::Refused(error.to_string()),
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
        let (_, flow) = self.under_way(&returned, browser, now).await?;
        if let Some(error) = returned.error {
            return Err(answered(&error));
        }
        returned.code.ok_or(FinishRefusal::NoCode)?;
        Ok(Onward { location: flow.return_to, cookies: Vec::new() })
    }

    /// The sign-in that this browser holds, and its state, if it has not become a session.
    async fn under_way(
        &self,
        returned: &Returned,
        browser: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(SecretHash, Flow), FinishRefusal> {
        let state = SecretHash::of(returned.state.as_bytes());
        let flow = browser.and_then(|held| Flow::open(&self.sealer, &state, held, now));
        let flow = flow.ok_or(FinishRefusal::Unknown)?;
        if is_spent(&mut *self.database.read().await?, &state).await? {
            return Err(FinishRefusal::Unknown);
        }
        Ok((state, flow))
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

/// What comes of an issuer's answer that has an error in place of a code.
fn answered(error: &str) -> FinishRefusal {
    let answered = format!("the issuer answered {error:?}");
    if is_passing(error) { Undecided(answered).into() } else { FinishRefusal::Refused(answered) }
}
