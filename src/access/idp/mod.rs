//! The issuers that are trusted, and for whom: each is bound to one Domain, or to the platform.
//!
//! They come from the configuration file and, through `plexsphere admin idp`, from the database. A replica reads the
//! database's every second, and asks it each time while it could not: so what is unbound is trusted nowhere any more
//! within seconds.

pub(in crate::access) mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;
use uuid::Uuid;

use crate::access::LookUps;
use crate::audit;
use crate::background::Task;
use crate::config::{Idp, Secret};
use crate::ids::{DomainId, new_uuid};
use crate::postgres::{Database, StorageError, violated};
use crate::signing::{SealError, Sealer};

/// Time between two reads of the bindings.
const READ_EVERY: Duration = Duration::from_secs(1);
/// After so long without a read the database is asked each time. With the interval it stays under the five seconds in
/// which a removal must hold.
const TRUSTED_FOR: Duration = Duration::from_secs(3);
/// Longest text of a binding.
const LONGEST: usize = 2048;
/// Longest issuer; all are far shorter. Together with the path that it goes back to it must fit into the cookie of a
/// sign-in.
const LONGEST_ISSUER: usize = 512;
/// Audiences or hosts of one binding.
const LONGEST_LIST: usize = 32;

/// One issuer, and what it is trusted with.
#[derive(Clone)]
pub struct Binding {
    /// Its URL, exactly as it names itself.
    pub issuer: Arc<str>,
    /// As which client it knows us.
    pub client_id: String,
    /// What proves us to it.
    pub client_secret: ClientSecret,
    /// The Domain whose users it has; `None`: the platform's.
    pub domain_id: Option<DomainId>,
    /// Audiences beside `client_id` whose tokens are taken.
    pub audiences: Vec<String>,
    /// Hosts beside the issuer's own at which it may have its keys and its token endpoint.
    pub hosts: Vec<String>,
    /// Its row; the configuration file's have none.
    pub row: Option<Uuid>,
}

/// What proves us to an issuer.
#[derive(Clone)]
pub enum ClientSecret {
    /// Nothing: a public client has PKCE alone.
    Public,
    /// This.
    Known(Secret),
    /// It was sealed under another master key. Tokens of the issuer do not need it, and are taken.
    Unopened,
}

impl From<Option<Secret>> for ClientSecret {
    fn from(secret: Option<Secret>) -> Self {
        secret.map_or(Self::Public, Self::Known)
    }
}

/// Why there is no such binding.
#[derive(Debug, thiserror::Error)]
pub enum BindingError {
    /// A part of it breaks a rule.
    #[error("{0}")]
    Invalid(&'static str),
    /// The issuer is bound already.
    #[error("this issuer is bound already; remove that binding first")]
    Bound,
    /// There is no such Domain.
    #[error("there is no such Domain")]
    NoDomain,
    /// The secret cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Binding {
    /// Whether it can be used.
    ///
    /// # Errors
    /// [`BindingError::Invalid`].
    pub fn check(&self) -> Result<(), BindingError> {
        const ISSUER: &str = "the issuer must be an https URL without query, fragment and user";
        let url = Url::parse(&self.issuer).map_err(|_| BindingError::Invalid(ISSUER))?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if url.scheme() != "https" || url.host().is_none() || !plain || url.password().is_some() {
            return Err(BindingError::Invalid(ISSUER));
        }
        if self.issuer.len() > LONGEST_ISSUER {
            return Err(BindingError::Invalid("the issuer must not be longer than 512 bytes"));
        }
        if matches!(self.client_secret, ClientSecret::Unopened) {
            return Err(BindingError::Invalid("the client secret is not known"));
        }
        let texts = [&*self.issuer, self.client_id.as_str()].into_iter();
        let lists = self.audiences.iter().chain(&self.hosts).map(String::as_str);
        if texts.chain(lists).any(|text| text.is_empty() || text.len() > LONGEST || text.contains(char::is_control)) {
            return Err(BindingError::Invalid("client_id, audiences and hosts must not be empty, nor overly long"));
        }
        if self.audiences.len() > LONGEST_LIST || self.hosts.len() > LONGEST_LIST {
            return Err(BindingError::Invalid("at most 32 audiences and 32 hosts"));
        }
        if self.hosts.iter().any(|host| url::Host::parse(host).is_err()) {
            return Err(BindingError::Invalid("hosts are names or addresses, without port"));
        }
        Ok(())
    }

    /// Reads one of the configuration file.
    ///
    /// # Errors
    /// [`BindingError::Invalid`].
    pub fn configured(idp: &Idp) -> Result<Self, BindingError> {
        let domain_id = idp.domain_id.as_deref().map(str::parse).transpose();
        let binding = Self {
            issuer: idp.issuer.as_str().into(),
            client_id: idp.client_id.clone(),
            client_secret: idp.client_secret.clone().into(),
            domain_id: domain_id.map_err(|_| BindingError::Invalid("domain_id must be the id of a Domain"))?,
            audiences: idp.audiences.clone(),
            hosts: idp.hosts.clone(),
            row: None,
        };
        binding.check()?;
        Ok(binding)
    }
}

/// All bindings, oldest first, those of the file before those of the database.
#[derive(Default)]
struct All {
    by_issuer: HashMap<Arc<str>, Arc<Binding>>,
    in_order: Vec<Arc<Binding>>,
}

impl All {
    fn unopened(&self) -> impl Iterator<Item = &str> {
        let unopened = |binding: &&Arc<Binding>| matches!(binding.client_secret, ClientSecret::Unopened);
        self.in_order.iter().filter(unopened).map(|binding| &*binding.issuer)
    }

    fn is_unopened(&self, issuer: &str) -> bool {
        self.unopened().any(|unopened| unopened == issuer)
    }
}

#[derive(Clone)]
struct Read {
    at: Instant,
    all: Arc<All>,
}

/// The bindings as a replica knows them.
pub struct Bindings {
    configured: Vec<Arc<Binding>>,
    database: Database,
    sealer: Arc<Sealer>,
    last: Mutex<Option<Read>>,
    /// Whoever has nothing to trust reads in turn: the next one finds what was read.
    look_ups: LookUps,
}

impl Bindings {
    /// `configured`, and those in `database`, whose secrets `sealer` opens.
    pub fn new(configured: Vec<Binding>, database: Database, sealer: Arc<Sealer>) -> Self {
        Self {
            configured: configured.into_iter().map(Arc::new).collect(),
            database,
            sealer,
            last: Mutex::default(),
            look_ups: LookUps::new(1),
        }
    }

    /// The binding of `issuer`.
    ///
    /// # Errors
    /// [`StorageError`]: it cannot be told whether it is bound.
    pub async fn find(&self, issuer: &str) -> Result<Option<Arc<Binding>>, StorageError> {
        Ok(self.all().await?.by_issuer.get(issuer).cloned())
    }

    /// The first issuer of a Domain, or of the platform: where its users sign in.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn of(&self, domain_id: Option<DomainId>) -> Result<Option<Arc<Binding>>, StorageError> {
        Ok(self.all().await?.in_order.iter().find(|binding| binding.domain_id == domain_id).cloned())
    }

    async fn all(&self) -> Result<Arc<All>, StorageError> {
        if let Some(all) = self.trusted() {
            return Ok(all);
        }
        let _turn = self.look_ups.turn().await?;
        match self.trusted() {
            Some(all) => Ok(all),
            None => self.read().await,
        }
    }

    fn trusted(&self) -> Option<Arc<All>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        last.filter(|read| read.at.elapsed() <= TRUSTED_FOR).map(|read| read.all)
    }

    async fn read(&self) -> Result<Arc<All>, StorageError> {
        // What is read is true as of now or later.
        let at = Instant::now();
        let rows = store::all(&mut *self.database.read().await?).await?;
        let stored = rows.into_iter().map(|row| row.open(&self.sealer)).collect::<Result<Vec<_>, _>>()?;
        let before = self.last.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|read| read.all.clone());
        let mut all = All::default();
        for binding in self.configured.iter().cloned().chain(stored.into_iter().map(Arc::new)) {
            // Bound once: the file is nearer to whoever operates the server.
            if !all.by_issuer.contains_key(&binding.issuer) {
                all.by_issuer.insert(binding.issuer.clone(), binding.clone());
                all.in_order.push(binding);
            }
        }
        for issuer in all.unopened().filter(|issuer| before.as_ref().is_none_or(|all| !all.is_unopened(issuer))) {
            tracing::error!(issuer, "the client secret of this issuer cannot be opened; nobody can sign in at it");
        }
        let all = Arc::new(all);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Read { at, all: all.clone() });
        Ok(all)
    }
}

#[async_trait]
impl Task for Bindings {
    fn name(&self) -> &'static str {
        "idp_bindings"
    }

    fn interval(&self) -> Duration {
        READ_EVERY
    }

    /// Agents are served as well as ever while nothing is known of issuers.
    fn is_vital(&self) -> bool {
        false
    }

    async fn step(&self) -> Result<(), StorageError> {
        self.read().await.map(drop)
    }
}

/// Binds an issuer. Users of it that are known already belong to where it is bound from now on.
///
/// # Errors
/// [`BindingError`].
pub async fn add(
    database: &Database,
    sealer: &Sealer,
    binding: &Binding,
    now: DateTime<Utc>,
) -> Result<Uuid, BindingError> {
    binding.check()?;
    let id = new_uuid(now);
    let sealed = match &binding.client_secret {
        ClientSecret::Known(secret) => Some(sealer.seal(secret.expose().as_bytes(), id.as_bytes())?),
        ClientSecret::Public | ClientSecret::Unopened => None,
    };
    let row = store::Row::new(id, binding, sealed.map(|sealed| (sealed, sealer.version())), now);
    let mut tx = database.begin().await?;
    match store::insert(&mut tx, &row).await {
        Err(error) if violated(&error) == Some("idp_bindings_issuer_key") => return Err(BindingError::Bound),
        Err(error) if violated(&error) == Some("idp_bindings_domain_id_fkey") => return Err(BindingError::NoDomain),
        inserted => inserted?,
    }
    store::move_users(&mut tx, &binding.issuer, binding.domain_id).await?;
    audit::append(&mut tx, &recorded("idp.bind", &binding.issuer, binding.domain_id, now)).await?;
    tx.commit().await?;
    Ok(id)
}

/// The bindings in the database, oldest first.
///
/// # Errors
/// [`StorageError`].
pub async fn list(database: &Database, sealer: &Sealer) -> Result<Vec<Binding>, StorageError> {
    let rows = store::all(&mut *database.read().await?).await?;
    rows.into_iter().map(|row| row.open(sealer)).collect()
}

/// Unbinds an issuer and ends the sessions of its users. Whether it was bound.
///
/// # Errors
/// [`StorageError`].
pub async fn remove(database: &Database, issuer: &str, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let mut tx = database.begin().await?;
    let bound = store::disable(&mut tx, issuer, now).await?;
    if let Some(domain_id) = bound {
        store::end_sessions(&mut tx, issuer, now).await?;
        audit::append(&mut tx, &recorded("idp.unbind", issuer, domain_id, now)).await?;
    }
    tx.commit().await?;
    Ok(bound.is_some())
}

/// What the audit log says of it. Whoever may use the command is known to the machine that it runs on, and not to us.
fn recorded(
    action: &'static str,
    issuer: &str,
    domain_id: Option<DomainId>,
    now: DateTime<Utc>,
) -> audit::Entry<'static> {
    audit::Entry {
        domain_id,
        at: now,
        subject: "system".to_owned(),
        action,
        object: format!("issuer:{issuer}"),
        decision: audit::Decision::None,
        reason: None,
        correlation_id: "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(issuer: &str) -> Binding {
        Binding {
            issuer: issuer.into(),
            client_id: "plexsphere".into(),
            client_secret: ClientSecret::Public,
            domain_id: None,
            audiences: Vec::new(),
            hosts: Vec::new(),
            row: None,
        }
    }

    #[test]
    fn an_issuer_is_an_https_url_and_nothing_besides() {
        for good in ["https://id.example", "https://id.example/", "https://id.example:8443/realms/a"] {
            assert!(binding(good).check().is_ok(), "{good}");
        }
        for bad in [
            "",
            "id.example",
            "http://id.example",
            "http://127.0.0.1",
            "https://u@id.example",
            "https://:p@id.example",
            "https://id.example?x=1",
            "https://id.example#x",
            "file:///etc/passwd",
        ] {
            assert!(binding(bad).check().is_err(), "{bad}");
        }
        assert!(Binding { hosts: vec!["keys.example:443".into()], ..binding("https://a.example") }.check().is_err());
        assert!(Binding { client_id: String::new(), ..binding("https://a.example") }.check().is_err());
        let long = format!("https://a.example/{}", "a".repeat(512));
        assert!(binding(&long[..512]).check().is_ok() && binding(&long[..513]).check().is_err());
    }
}
