//! OpenID Connect: tokens that issuers have made, and what is needed of issuers to sign in at them.
//!
//! A token is looked at only when its issuer is bound ([`super::idp`]), and verified with that issuer's own keys, which
//! are fetched when first needed, renewed every few minutes, and looked for again when a token names one that is not
//! known. While the issuer cannot be reached its known keys go on for hours; whether an unknown key is the issuer's then
//! cannot be told, and that is a 503 and never a 401.

pub mod claims;
mod fetch;
mod keys;
mod provider;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use oauth2::basic::{BasicClient, BasicTokenType};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, EmptyExtraTokenFields, ExtraTokenFields,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardTokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

use super::identities::Identities;
use super::idp::{Binding, Bindings, ClientSecret};
use super::{AccessError, Operator, OperatorCredential};
use crate::postgres::StorageError;
use claims::{Claims, Purpose};
pub use fetch::{FetchError, Fetcher};
use provider::{Provider, Unverified};

/// An issuer cannot be asked, so nobody can tell.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Undecided(pub(super) String);

/// Why nobody is signed in with a code.
#[derive(Debug, thiserror::Error)]
pub enum CodeRefusal {
    /// The issuer refuses it, or what it gave for it does not verify.
    #[error("{0}")]
    Refused(String),
    /// The issuer cannot be asked.
    #[error(transparent)]
    Undecided(#[from] Undecided),
    /// What proves us to the issuer is sealed under another master key.
    #[error("the client secret cannot be opened")]
    NoSecret,
}

/// What an issuer says, in place of a code or of a token, when it may say something else a moment later.
pub fn is_passing(error: &str) -> bool {
    matches!(error, "temporarily_unavailable" | "server_error")
}

/// The issuers that are bound, as far as they are known here.
pub struct Issuers {
    bindings: Arc<Bindings>,
    identities: Arc<Identities>,
    fetcher: Arc<Fetcher>,
    providers: Mutex<HashMap<Arc<str>, Arc<Provider>>>,
}

/// Where a browser is sent to sign in, and what must be kept for when it comes back.
pub struct Outset {
    /// The issuer's page.
    pub url: String,
    /// What ties its answer to the browser.
    pub state: String,
    /// What ties its token to the sign-in.
    pub nonce: String,
    /// What proves that whoever exchanges the code is who asked for it.
    pub verifier: String,
}

/// The answer of a token endpoint has this besides.
#[derive(Debug, Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl ExtraTokenFields for IdTokenField {}

type TokenAnswer = StandardTokenResponse<IdTokenField, BasicTokenType>;
type CodeClient = oauth2::Client<
    oauth2::basic::BasicErrorResponse,
    TokenAnswer,
    oauth2::StandardTokenIntrospectionResponse<EmptyExtraTokenFields, BasicTokenType>,
    oauth2::StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
>;

impl Issuers {
    /// Those of `bindings`, asked with `fetcher`. `identities` knows their users.
    pub fn new(bindings: Arc<Bindings>, identities: Arc<Identities>, fetcher: Fetcher) -> Self {
        Self { bindings, identities, fetcher: Arc::new(fetcher), providers: Mutex::default() }
    }

    /// The bindings.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Their users.
    pub fn identities(&self) -> &Identities {
        &self.identities
    }

    /// The operator whose token this is.
    ///
    /// # Errors
    /// [`AccessError::Unauthenticated`] when it is none of a bound issuer for us; the others when that cannot be told.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Operator, AccessError> {
        /// All that is believed of a token before its signature is verified.
        #[derive(Deserialize)]
        struct Issuer {
            iss: String,
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| AccessError::Unauthenticated)?;
        let unverified = jsonwebtoken::dangerous::insecure_decode_claims::<Issuer>(token);
        let issuer = unverified.map_err(|_| AccessError::Unauthenticated)?.iss;
        if !keys::is_taken(header.alg) || header.crit.is_some() {
            return Err(AccessError::Unauthenticated);
        }
        let binding = self.bindings.find(&issuer).await?.ok_or(AccessError::Unauthenticated)?;
        let claims =
            self.provider(&binding).verify(token, &header, now).await.map_err(|unverified| match unverified {
                Unverified::Bad => AccessError::Unauthenticated,
                Unverified::Undecided(undecided) => AccessError::Issuer(undecided),
            })?;
        if let Err(fault) = claims.check(&binding, header.typ.as_deref(), &Purpose::Bearer, now) {
            tracing::debug!(issuer, %fault, "a token does not hold");
            return Err(AccessError::Unauthenticated);
        }
        let expires_at = claims.expires_at().ok_or(AccessError::Unauthenticated)?;
        let identity = self.identities.user(&binding, claims.subject(), now).await?;
        Ok(Operator {
            identity,
            bounded_by: Vec::new(),
            depth: 0,
            within: binding.domain_id,
            credential: OperatorCredential::Oidc { issuer: binding.issuer.clone() },
            expires_at,
        })
    }

    /// Whether tokens of `issuer` are still taken, for the same Domain.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn is_bound(&self, operator: &Operator, issuer: &str) -> Result<bool, StorageError> {
        Ok(self.bindings.find(issuer).await?.is_some_and(|binding| binding.domain_id == operator.within))
    }

    /// Begins to sign in at `binding`'s issuer, which sends the browser back to `redirect`.
    ///
    /// # Errors
    /// [`Undecided`]: the issuer cannot be asked where that is.
    pub async fn set_out(&self, binding: &Binding, redirect: &str, now: DateTime<Utc>) -> Result<Outset, Undecided> {
        let metadata = self.provider(binding).metadata(now).await?;
        let unusable = |error: oauth2::url::ParseError| Undecided(error.to_string());
        let client = BasicClient::new(ClientId::new(binding.client_id.clone()))
            .set_auth_uri(AuthUrl::new(metadata.authorization_endpoint).map_err(unusable)?)
            .set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(unusable)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random_len(32).secret().clone();
        let (url, state) = client
            .authorize_url(|| CsrfToken::new_random_len(32))
            .add_scope(Scope::new("openid".to_owned()))
            .add_extra_param("nonce", nonce.clone())
            .set_pkce_challenge(challenge)
            .url();
        Ok(Outset { url: url.into(), state: state.secret().clone(), nonce, verifier: verifier.secret().clone() })
    }

    /// Whether an answer that says it is from `named` can be the issuer's. Else somebody mixes up two issuers.
    ///
    /// # Errors
    /// [`Undecided`].
    pub async fn may_be_from(
        &self,
        binding: &Binding,
        named: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, Undecided> {
        let metadata = self.provider(binding).metadata(now).await?;
        Ok(match named {
            Some(named) => *named == *binding.issuer,
            None => !metadata.authorization_response_iss_parameter_supported,
        })
    }

    /// Exchanges a code, and verifies the ID token that it stands for.
    ///
    /// # Errors
    /// [`CodeRefusal`].
    pub async fn exchange(
        &self,
        binding: &Binding,
        code: String,
        verifier: String,
        nonce: &str,
        redirect: &str,
        now: DateTime<Utc>,
    ) -> Result<Claims, CodeRefusal> {
        let provider = self.provider(binding);
        let metadata = provider.metadata(now).await?;
        let in_body = metadata.secret_in_body();
        let unusable = |error: oauth2::url::ParseError| Undecided(error.to_string());
        let mut client = CodeClient::new(ClientId::new(binding.client_id.clone()))
            .set_token_uri(TokenUrl::new(metadata.token_endpoint).map_err(unusable)?)
            .set_redirect_uri(RedirectUrl::new(redirect.to_owned()).map_err(unusable)?)
            .set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth });
        match &binding.client_secret {
            ClientSecret::Public => {}
            ClientSecret::Known(secret) => {
                client = client.set_client_secret(oauth2::ClientSecret::new(secret.expose().to_owned()));
            }
            ClientSecret::Unopened => return Err(CodeRefusal::NoSecret),
        }
        let fetcher = self.fetcher.clone();
        let carry = move |request| {
            let fetcher = fetcher.clone();
            async move { fetcher.carry(request).await }
        };
        let exchange = client.exchange_code(AuthorizationCode::new(code));
        let answer = exchange.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request_async(&carry).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::Request(error) => CodeRefusal::Undecided(Undecided(error.to_string())),
            RequestTokenError::ServerResponse(said) if is_passing(said.error().as_ref()) => {
                Undecided(format!("the issuer answers {}", said.error())).into()
            }
            // What it says goes to the log, and names no secret.
            RequestTokenError::ServerResponse(said) => {
                CodeRefusal::Refused(format!("the issuer refuses the code: {}", said.error()))
            }
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                // That of a proxy before it, perhaps: it has refused nothing.
                Undecided("the issuer's answer cannot be read".to_owned()).into()
            }
        })?;
        let refused = |why: &str| CodeRefusal::Refused(why.to_owned());
        let token = answer.extra_fields().id_token.as_deref().ok_or_else(|| refused("no ID token"))?;
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused("an unusable ID token"))?;
        if !keys::is_taken(header.alg) || header.crit.is_some() {
            return Err(refused("the ID token is signed in a way that is not taken"));
        }
        let claims = provider.verify(token, &header, now).await.map_err(|unverified| match unverified {
            Unverified::Bad => refused("the ID token's signature does not verify"),
            Unverified::Undecided(undecided) => undecided.into(),
        })?;
        let purpose = Purpose::SignIn { nonce };
        claims.check(binding, header.typ.as_deref(), &purpose, now).map_err(|fault| refused(&fault.to_string()))?;
        Ok(claims)
    }

    fn provider(&self, binding: &Binding) -> Arc<Provider> {
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = providers.get(&binding.issuer)
            && known.hosts() == binding.hosts
        {
            return known.clone();
        }
        let new = Provider::new(binding.issuer.clone(), binding.hosts.clone(), self.fetcher.clone());
        let new = Arc::new(new);
        providers.insert(binding.issuer.clone(), new.clone());
        new
    }
}
