//! TLS: our certificate and its renewal without a restart, trust towards PostgreSQL, and certificates for
//! development.
//!
//! Every configuration names its cryptography, so that no process-wide default has to be installed first.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, InconsistentKeys, RootCertStore, ServerConfig};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// How long the CA for development is valid.
const CA_DAYS: i64 = 3650;

/// How long its server certificates are valid: clients of Apple's refuse more.
const SERVER_DAYS: i64 = 825;

/// A certificate for development is replaced when it has less than this left.
const RENEW_DAYS: i64 = 30;

/// Names that every server certificate for development has.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What should be PEM is not.
    #[error("{} is not proper PEM: {cause}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Where it goes wrong.
        cause: pem::Error,
    },
    /// There is PEM, or nothing, but no certificate.
    #[error("{} has no certificate in it (a section that begins with `BEGIN CERTIFICATE`)", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// There is PEM, or nothing, but no private key.
    #[error("{} has no private key in it (a section that begins with `BEGIN PRIVATE KEY`)", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The private key wants a passphrase, which a server that starts by itself does not have.
    #[error("the private key in {} is encrypted; store it without a passphrase, readable by us only", path.display())]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// The private key is of no kind that we can use, or broken.
    #[error("the private key in {} is not usable: {cause}", path.display())]
    BadKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: rustls::Error,
    },
    /// The first certificate is broken.
    #[error("the first certificate in {} is not usable", path.display())]
    BadCertificate {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not belong together.
    #[error(
        "the private key in {} does not match the first certificate in {}; the server's own certificate comes first, \
         its issuers after it", key.display(), cert.display()
    )]
    Mismatch {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The system has no certification authorities to trust.
    #[error("no usable certification authorities on this system ({0}); install the package ca-certificates")]
    NoRoots(String),
    /// The TLS library refuses the configuration.
    #[error("TLS cannot be set up: {0}")]
    Config(#[from] rustls::Error),
    /// A name that no certificate can carry.
    #[error("{0:?} is neither a DNS name nor an IP address")]
    Name(String),
    /// Issuing a certificate for development failed.
    #[error("cannot issue a certificate: {0}")]
    Issue(#[from] rcgen::Error),
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(aws_lc_rs::default_provider())))
}

/// The configuration for connections to PostgreSQL: trusts the certification authorities of the system, or those
/// that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, and nothing else. They are read once; clones share sessions.
///
/// # Errors
/// [`TlsError::NoRoots`], [`TlsError::Config`]; the next call tries again.
pub fn client_config() -> Result<ClientConfig, TlsError> {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone());
    }
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let why = found.errors.first().map_or_else(|| "none found".to_owned(), ToString::to_string);
        return Err(TlsError::NoRoots(why));
    }
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Required when TLS comes without PostgreSQL's own negotiation first, ignored otherwise.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(CONFIG.get_or_init(|| config).clone())
}

/// The server's certificate and key, kept current with their files.
#[derive(Debug)]
pub struct ServerTls {
    cert: PathBuf,
    key: PathBuf,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
    /// What the files contained when `current` was made from them; held while they are read again.
    seen: Mutex<[u8; 32]>,
    renewals: watch::Sender<Renewals>,
}

/// What came of looking at the files again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renewals {
    /// How often they were new and are used since.
    pub taken: u64,
    /// How often they could not be used.
    pub refused: u64,
}

impl ServerTls {
    /// Loads a PEM certificate chain (the server's own certificate first) and its private key. A key that others
    /// may read and a certificate that has expired are logged as warnings.
    ///
    /// # Errors
    /// As the variants of [`TlsError`] say, with the file's name.
    pub fn load(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files::read(cert, key)?;
        let current = Arc::new(Current(ArcSwap::from_pointee(files.parse()?)));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // A fleet that reconnects resumes its sessions: no signature, and nothing kept here per client.
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        let tls = Self {
            cert: cert.to_owned(),
            key: key.to_owned(),
            current,
            config: Arc::new(config),
            seen: Mutex::new(files.digest()),
            renewals: watch::Sender::default(),
        };
        tls.warn();
        Ok(tls)
    }

    /// The configuration for a `TlsAcceptor`; it stays valid across reloads.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// When the certificate in use expires; `None` when it does not say so in a form that we understand.
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        let current = self.current.0.load();
        Some(x509::Summary::read(current.cert.first()?)?.expires)
    }

    /// Reads the files again and, if they changed, uses them for new connections. Says whether they changed.
    ///
    /// # Errors
    /// As [`ServerTls::load`]; what was in use stays in use.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let outcome = self.take_new();
        self.renewals.send_if_modified(|renewals| {
            match outcome {
                Ok(false) => return false,
                Ok(true) => renewals.taken += 1,
                Err(_) => renewals.refused += 1,
            }
            true
        });
        outcome
    }

    /// Tells of every renewal from now on.
    pub fn renewals(&self) -> watch::Receiver<Renewals> {
        self.renewals.subscribe()
    }

    fn take_new(&self) -> Result<bool, TlsError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let files = Files::read(&self.cert, &self.key)?;
        let digest = files.digest();
        if *seen == digest {
            return Ok(false);
        }
        self.current.0.store(Arc::new(files.parse()?));
        *seen = digest;
        drop(seen);
        self.warn();
        Ok(true)
    }

    /// Reloads whenever the files have changed, looking every `interval`; logs what happens. Never returns.
    pub async fn watch(self: Arc<Self>, interval: Duration) {
        let mut told = None;
        loop {
            tokio::time::sleep(interval).await;
            let tls = Arc::clone(&self);
            let Ok(outcome) = tokio::task::spawn_blocking(move || tls.reload()).await else { continue };
            match outcome {
                Ok(changed) => {
                    if changed {
                        tracing::info!(cert = %self.cert.display(), expires = ?self.expires(), "new TLS certificate");
                    }
                    told = None;
                }
                // Once, not at every look.
                Err(error) => {
                    let error = error.to_string();
                    if told.as_ref() != Some(&error) {
                        tracing::warn!(%error, "TLS certificate not renewed; the one in use stays");
                    }
                    told = Some(error);
                }
            }
        }
    }

    fn warn(&self) {
        if self.expires().is_some_and(|expires| expires < Utc::now()) {
            tracing::warn!(cert = %self.cert.display(), expires = ?self.expires(), "the TLS certificate has expired");
        }
        if fs::metadata(&self.key).is_ok_and(|meta| meta.permissions().mode() & 0o004 != 0) {
            tracing::warn!(key = %self.key.display(), "the TLS private key is readable by everybody");
        }
    }
}

/// The certificate for new connections.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// What the two files contain.
struct Files<'a> {
    cert: (&'a Path, Vec<u8>),
    key: (&'a Path, Zeroizing<Vec<u8>>),
}

impl<'a> Files<'a> {
    fn read(cert: &'a Path, key: &'a Path) -> Result<Self, TlsError> {
        let read = |path: &Path| fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source });
        Ok(Self { cert: (cert, read(cert)?), key: (key, Zeroizing::new(read(key)?)) })
    }

    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(Sha256::digest(&self.cert.1));
        hash.update(Sha256::digest(&self.key.1));
        hash.finalize().into()
    }

    fn parse(&self) -> Result<CertifiedKey, TlsError> {
        let (path, content) = (self.cert.0.to_owned(), &self.cert.1);
        let chain: Vec<CertificateDer<'static>> = match CertificateDer::pem_slice_iter(content).collect() {
            Ok(chain) => chain,
            Err(cause) => return Err(TlsError::Pem { path, cause }),
        };
        let Some(first) = chain.first() else { return Err(TlsError::NoCertificate { path }) };
        if x509::Summary::read(first).is_none() {
            return Err(TlsError::BadCertificate { path });
        }

        let (path, content) = (self.key.0.to_owned(), &self.key.1);
        let key = match PrivateKeyDer::from_pem_slice(content) {
            Ok(key) => key,
            Err(pem::Error::NoItemsFound) => {
                let marker = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
                let encrypted = content.windows(marker.len()).any(|window| window == marker);
                return Err(if encrypted { TlsError::EncryptedKey { path } } else { TlsError::NoKey { path } });
            }
            Err(cause) => return Err(TlsError::Pem { path, cause }),
        };
        CertifiedKey::from_der(chain, key, &provider()).map_err(|cause| match cause {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { cert: self.cert.0.to_owned(), key: path }
            }
            rustls::Error::InvalidCertificate(_) => TlsError::BadCertificate { path: self.cert.0.to_owned() },
            cause => TlsError::BadKey { path, cause },
        })
    }
}

/// Certificates for development: where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevCertificates {
    /// The CA's certificate, for clients to trust.
    pub ca_file: PathBuf,
    /// The server's certificate.
    pub cert_file: PathBuf,
    /// The server's private key.
    pub key_file: PathBuf,
}

/// Makes a CA and a server certificate in `dir` (created when missing), or finds those of an earlier start. The
/// server certificate is for `localhost`, its addresses, and `names` (DNS names or IP addresses); it is issued anew
/// when the names differ, when it cannot be used, or when it has less than 30 days left. One process at a time.
///
/// # Errors
/// [`TlsError::Name`] for a name that no certificate can carry, [`TlsError::Write`], [`TlsError::Issue`].
pub fn ensure_dev_certificates(dir: &Path, names: &[String]) -> Result<DevCertificates, TlsError> {
    ensure_at(dir, names, Utc::now())
}

fn ensure_at(dir: &Path, names: &[String], now: DateTime<Utc>) -> Result<DevCertificates, TlsError> {
    let wanted = normalized(names)?;
    let (ca_file, ca_key_file) = (dir.join("ca.pem"), dir.join("ca-key.pem"));
    let made = DevCertificates { ca_file, cert_file: dir.join("server.pem"), key_file: dir.join("server-key.pem") };
    fs::create_dir_all(dir).map_err(|source| TlsError::Write { path: dir.to_owned(), source })?;

    let ca = match DevCa::read(&made.ca_file, &ca_key_file, now) {
        Some(ca) => ca,
        None => {
            tracing::info!(file = %made.ca_file.display(), "new CA for development: clients have to trust it anew");
            DevCa::create(&made.ca_file, &ca_key_file, now)?
        }
    };
    if !ca.still_good(&made, &wanted, now) {
        ca.issue(&made, &wanted, now)?;
    }
    Ok(made)
}

/// The names in the one way to write them, with those that every certificate has.
fn normalized(names: &[String]) -> Result<BTreeSet<String>, TlsError> {
    let local = LOCAL_NAMES.iter().map(|name| (*name).to_owned());
    let normal = |name: String| match name.parse::<IpAddr>() {
        Ok(address) => Ok(address.to_string()),
        Err(_) => {
            let plain = name.trim_end_matches('.').to_ascii_lowercase();
            // A wildcard is a name for certificates, but not one to connect to.
            match ServerName::try_from(plain.strip_prefix("*.").unwrap_or(&plain)) {
                Ok(ServerName::DnsName(_)) => Ok(plain),
                _ => Err(TlsError::Name(name)),
            }
        }
    };
    local.chain(names.iter().cloned()).map(normal).collect()
}

/// The CA for development. Its name is always the same, so that its key is all that has to be kept.
struct DevCa {
    certificate: CertificateDer<'static>,
    expires: DateTime<Utc>,
    issuer: Issuer<'static, KeyPair>,
}

impl DevCa {
    /// The CA of an earlier start, if it is whole and lasts.
    fn read(cert_file: &Path, key_file: &Path, now: DateTime<Utc>) -> Option<Self> {
        let parsed = Files::read(cert_file, key_file).ok()?.parse().ok()?;
        let certificate = parsed.cert.into_iter().next()?;
        let expires = x509::Summary::read(&certificate)?.expires;
        let key = KeyPair::from_pem(&Zeroizing::new(fs::read_to_string(key_file).ok()?)).ok()?;
        let issuer = Issuer::new(Self::params(now), key);
        (expires > now + TimeDelta::days(RENEW_DAYS)).then_some(Self { certificate, expires, issuer })
    }

    fn create(cert_file: &Path, key_file: &Path, now: DateTime<Utc>) -> Result<Self, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let params = Self::params(now);
        let certificate = params.self_signed(&key)?;
        write(key_file, Zeroizing::new(key.serialize_pem()).as_bytes(), 0o600)?;
        write(cert_file, certificate.pem().as_bytes(), 0o644)?;
        let expires = now + TimeDelta::days(CA_DAYS);
        Ok(Self { certificate: certificate.der().clone(), expires, issuer: Issuer::new(params, key) })
    }

    fn params(now: DateTime<Utc>) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "plexsphere dev CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        valid(&mut params, now, now + TimeDelta::days(CA_DAYS));
        params
    }

    /// Whether the server certificate there is ours, for these names, and lasts.
    fn still_good(&self, made: &DevCertificates, wanted: &BTreeSet<String>, now: DateTime<Utc>) -> bool {
        let check = || {
            let parsed = Files::read(&made.cert_file, &made.key_file).ok()?.parse().ok()?;
            let certificate = parsed.cert.first()?;
            let summary = x509::Summary::read(certificate)?;
            let mut roots = RootCertStore::empty();
            roots.add(self.certificate.clone()).ok()?;
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build().ok()?;
            let name = ServerName::try_from("localhost").ok()?;
            let time = UnixTime::since_unix_epoch(Duration::from_secs(now.timestamp().try_into().ok()?));
            verifier.verify_server_cert(certificate, &[], &name, &[], time).ok()?;
            Some(summary.names == *wanted && summary.expires > now + TimeDelta::days(RENEW_DAYS))
        };
        check().unwrap_or(false)
    }

    fn issue(&self, made: &DevCertificates, names: &BTreeSet<String>, now: DateTime<Utc>) -> Result<(), TlsError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "plexsphere dev");
        for name in names {
            params.subject_alt_names.push(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        valid(&mut params, now, (now + TimeDelta::days(SERVER_DAYS)).min(self.expires));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        // A crash in between leaves two that do not match, which the next start replaces.
        write(&made.key_file, Zeroizing::new(key.serialize_pem()).as_bytes(), 0o600)?;
        write(&made.cert_file, certificate.pem().as_bytes(), 0o644)
    }
}

/// Valid from an hour ago, for clients whose clocks are behind, until an hour before `end`.
fn valid(params: &mut CertificateParams, now: DateTime<Utc>, end: DateTime<Utc>) {
    let hour = TimeDelta::hours(1);
    let time = |at: DateTime<Utc>| {
        let seconds = u64::try_from((at - hour).timestamp()).unwrap_or(0);
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    (params.not_before, params.not_after) = (time(now), time(end));
}

/// Replaces a file at once, and durably.
fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), TlsError> {
    let new = path.with_extension("new");
    let write = || {
        match fs::remove_file(&new) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    write().map_err(|source| TlsError::Write { path: path.to_owned(), source })
}

/// The little that we read from certificates ourselves.
mod x509 {
    use super::{BTreeSet, DateTime, IpAddr, NaiveDateTime, Utc};

    const SEQUENCE: u8 = 0x30;
    const OCTET_STRING: u8 = 0x04;
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    const DNS_NAME: u8 = 0x82;
    const IP_ADDRESS: u8 = 0x87;
    /// The explicit tags of the version and of the extensions.
    const VERSION: u8 = 0xa0;
    const EXTENSIONS: u8 = 0xa3;
    /// The object identifier of the subject's alternative names, 2.5.29.17.
    const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

    /// A certificate's end and its names (DNS names and IP addresses; others are left out).
    #[derive(Debug, PartialEq, Eq)]
    pub struct Summary {
        pub expires: DateTime<Utc>,
        pub names: BTreeSet<String>,
    }

    impl Summary {
        /// From DER; `None` when that is no certificate.
        pub fn read(mut der: &[u8]) -> Option<Self> {
            let mut certificate = of(&mut der, SEQUENCE)?;
            let mut body = of(&mut certificate, SEQUENCE)?;
            if body.first() == Some(&VERSION) {
                next(&mut body)?;
            }
            let (_serial, _algorithm, _issuer) = (next(&mut body)?, next(&mut body)?, next(&mut body)?);
            let mut validity = of(&mut body, SEQUENCE)?;
            let (_begin, end) = (next(&mut validity)?, next(&mut validity)?);
            let (_subject, _key) = (next(&mut body)?, next(&mut body)?);
            let mut names = BTreeSet::new();
            while let Some((tag, mut rest)) = next(&mut body) {
                if tag == EXTENSIONS {
                    let mut extensions = of(&mut rest, SEQUENCE)?;
                    while let Some((_, mut extension)) = next(&mut extensions) {
                        if next(&mut extension)?.1 == SUBJECT_ALT_NAME {
                            names = read_names(extension)?;
                        }
                    }
                }
            }
            Some(Self { expires: read_time(end)?, names })
        }
    }

    fn read_names(mut extension: &[u8]) -> Option<BTreeSet<String>> {
        let mut value = loop {
            let (tag, value) = next(&mut extension)?;
            if tag == OCTET_STRING {
                break value;
            }
        };
        let mut list = of(&mut value, SEQUENCE)?;
        let mut names = BTreeSet::new();
        while let Some((tag, value)) = next(&mut list) {
            let address = || match value.len() {
                4 => <[u8; 4]>::try_from(value).ok().map(IpAddr::from),
                _ => <[u8; 16]>::try_from(value).ok().map(IpAddr::from),
            };
            match tag {
                DNS_NAME => names.insert(String::from_utf8(value.to_vec()).ok()?),
                IP_ADDRESS => names.insert(address()?.to_string()),
                _ => false,
            };
        }
        Some(names)
    }

    fn read_time((tag, value): (u8, &[u8])) -> Option<DateTime<Utc>> {
        let text = std::str::from_utf8(value).ok()?;
        let text = match tag {
            GENERALIZED_TIME => text.to_owned(),
            // Two digits stand for the years 1950 to 2049.
            UTC_TIME if text.get(..2)?.parse::<u8>().ok()? < 50 => format!("20{text}"),
            UTC_TIME => format!("19{text}"),
            _ => return None,
        };
        Some(NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?.and_utc())
    }

    /// The content of the next element, which must have this tag.
    fn of<'a>(der: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
        next(der).filter(|element| element.0 == tag).map(|element| element.1)
    }

    /// Takes the next element: its tag and its content.
    fn next<'a>(der: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], mut rest) = der.split_first_chunk::<2>()?;
        let length = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x83 => {
                let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
                rest = after;
                digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        *der = after;
        Some((tag, content))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    fn dev(dir: &Path, names: &[&str]) -> DevCertificates {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        ensure_dev_certificates(dir, &names).unwrap()
    }

    fn load(certificates: &DevCertificates) -> ServerTls {
        ServerTls::load(&certificates.cert_file, &certificates.key_file).unwrap()
    }

    fn in_use(tls: &ServerTls) -> CertificateDer<'static> {
        tls.current.0.load().cert[0].clone()
    }

    fn client(certificates: &DevCertificates) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&certificates.ca_file).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    /// Connects and returns the server's certificate, whether the session was resumed, and the protocol.
    async fn connect(
        tls: &ServerTls,
        config: &Arc<ClientConfig>,
        name: &str,
    ) -> io::Result<(CertificateDer<'static>, bool, Option<Vec<u8>>)> {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let acceptor = TlsAcceptor::from(tls.server_config());
        let server = tokio::spawn(async move {
            let mut stream = acceptor.accept(theirs).await?;
            stream.write_all(b"hello").await?;
            stream.shutdown().await
        });
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut stream = TlsConnector::from(Arc::clone(config)).connect(name, ours).await?;
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await?;
        assert_eq!(said, b"hello");
        server.await.unwrap()?;
        let session = stream.get_ref().1;
        let resumed = session.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
        Ok((session.peer_certificates().unwrap()[0].clone(), resumed, session.alpn_protocol().map(<[u8]>::to_vec)))
    }

    #[tokio::test]
    async fn clients_that_trust_the_ca_connect_by_every_name_and_resume() {
        let dir = tempfile::tempdir().unwrap();
        let certificates = dev(dir.path(), &["control.example", "10.1.2.3", "*.nodes.example"]);
        let tls = load(&certificates);
        for name in ["localhost", "127.0.0.1", "::1", "control.example", "10.1.2.3", "a.nodes.example"] {
            connect(&tls, &client(&certificates), name).await.unwrap();
        }
        connect(&tls, &client(&certificates), "other.example").await.unwrap_err();
        let config = client(&certificates);
        let (_, resumed, protocol) = connect(&tls, &config, "localhost").await.unwrap();
        assert_eq!((resumed, protocol.as_deref()), (false, Some(&b"h2"[..])));
        assert!(connect(&tls, &config, "localhost").await.unwrap().1);
    }

    #[tokio::test]
    async fn a_reload_is_for_new_connections() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (old, new) = (dev(first.path(), &[]), dev(second.path(), &[]));
        let tls = load(&old);
        assert!(!tls.reload().unwrap());
        let before = connect(&tls, &client(&old), "localhost").await.unwrap().0;
        fs::copy(&new.cert_file, &old.cert_file).unwrap();
        fs::copy(&new.key_file, &old.key_file).unwrap();
        assert!(tls.reload().unwrap());
        assert!(!tls.reload().unwrap());
        assert_ne!(connect(&tls, &client(&new), "localhost").await.unwrap().0, before);
        connect(&tls, &client(&old), "localhost").await.unwrap_err();
    }

    #[tokio::test]
    async fn the_watch_sees_new_files() {
        let dir = tempfile::tempdir().unwrap();
        let certificates = dev(dir.path(), &[]);
        let tls = Arc::new(load(&certificates));
        let before = in_use(&tls);
        let mut renewals = tls.renewals();
        let watch = tokio::spawn(Arc::clone(&tls).watch(Duration::from_millis(5)));
        fs::write(&certificates.cert_file, "half").unwrap();
        renewals.wait_for(|renewals| renewals.refused > 0).await.unwrap();
        assert_eq!(in_use(&tls), before);
        dev(dir.path(), &["new.example"]);
        renewals.wait_for(|renewals| renewals.taken > 0).await.unwrap();
        assert_ne!(in_use(&tls), before);
        watch.abort();
    }

    #[test]
    fn a_bad_reload_keeps_the_old() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (certificates, other) = (dev(first.path(), &[]), dev(second.path(), &[]));
        let tls = load(&certificates);
        let before = in_use(&tls);
        fs::copy(&other.cert_file, &certificates.cert_file).unwrap();
        assert!(matches!(tls.reload(), Err(TlsError::Mismatch { .. })));
        fs::remove_file(&certificates.cert_file).unwrap();
        assert!(matches!(tls.reload(), Err(TlsError::Read { .. })));
        assert_eq!(in_use(&tls), before);
        // The other half arrives.
        fs::copy(&other.cert_file, &certificates.cert_file).unwrap();
        fs::copy(&other.key_file, &certificates.key_file).unwrap();
        assert!(tls.reload().unwrap());
        assert_ne!(in_use(&tls), before);
    }

    #[test]
    fn what_is_wrong_with_the_files_is_told() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (good, other) = (dev(first.path(), &[]), dev(second.path(), &[]));
        let fault = |cert: &Path, key: &Path| ServerTls::load(cert, key).unwrap_err();
        let file = |content: &str| {
            let path = first.path().join("file.pem");
            fs::write(&path, content).unwrap();
            path
        };
        let mismatch = fault(&good.cert_file, &other.key_file);
        assert!(matches!(mismatch, TlsError::Mismatch { .. }));
        assert!(mismatch.to_string().contains(other.key_file.to_str().unwrap()));
        assert!(
            matches!(fault(Path::new("/nowhere"), &good.key_file), TlsError::Read { path, .. } if path == Path::new("/nowhere"))
        );
        assert!(matches!(fault(&good.key_file, &good.key_file), TlsError::NoCertificate { .. }));
        assert!(matches!(fault(&good.cert_file, &good.cert_file), TlsError::NoKey { .. }));
        assert!(matches!(fault(&file(""), &good.key_file), TlsError::NoCertificate { .. }));
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(matches!(fault(&file(cut), &good.key_file), TlsError::Pem { .. }));
        let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(fault(&file(junk), &good.key_file), TlsError::BadCertificate { .. }));
        let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        assert!(matches!(fault(&good.cert_file, &file(locked)), TlsError::EncryptedKey { .. }));
        let broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert!(matches!(fault(&good.cert_file, &file(broken)), TlsError::BadKey { .. }));
    }

    #[test]
    fn dev_certificates_are_reused_and_their_keys_private() {
        let dir = tempfile::tempdir().unwrap();
        let first = dev(dir.path(), &["a.example", "10.0.0.1"]);
        let content = |c: &DevCertificates| [&c.ca_file, &c.cert_file, &c.key_file].map(|file| fs::read(file).unwrap());
        let before = content(&first);
        assert_eq!(content(&dev(dir.path(), &["10.0.0.1", "A.example.", "localhost"])), before);
        for key in [&first.key_file, &dir.path().join("ca-key.pem")] {
            assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn dev_certificates_are_issued_anew_for_other_names_or_when_broken() {
        let dir = tempfile::tempdir().unwrap();
        let made = dev(dir.path(), &["a.example"]);
        let names = |made: &DevCertificates| {
            x509::Summary::read(&CertificateDer::from_pem_file(&made.cert_file).unwrap()).unwrap().names
        };
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let ca = fs::read(&made.ca_file).unwrap();
        assert_eq!(names(&made), set(&["localhost", "127.0.0.1", "::1", "a.example"]));
        dev(dir.path(), &["b.example", "fd00::1"]);
        assert_eq!(names(&made), set(&["localhost", "127.0.0.1", "::1", "b.example", "fd00::1"]));
        dev(dir.path(), &[]);
        assert_eq!(names(&made), set(&["localhost", "127.0.0.1", "::1"]));
        fs::write(&made.key_file, "junk").unwrap();
        dev(dir.path(), &[]);
        load(&made);
        assert_eq!(fs::read(&made.ca_file).unwrap(), ca, "the CA stays, for clients trust it");
        fs::remove_file(dir.path().join("ca-key.pem")).unwrap();
        dev(dir.path(), &[]);
        load(&made);
        assert_ne!(fs::read(&made.ca_file).unwrap(), ca);
        for bad in ["", "not a name", "http://a", "[::1]"] {
            let refused = ensure_dev_certificates(dir.path(), &[bad.to_owned()]);
            assert!(matches!(refused, Err(TlsError::Name(name)) if name == bad));
        }
    }

    #[test]
    fn dev_certificates_are_renewed_in_time() {
        let dir = tempfile::tempdir().unwrap();
        let now = Utc::now();
        let at = |days: i64| {
            let made = ensure_at(dir.path(), &[], now + TimeDelta::days(days)).unwrap();
            let ends = x509::Summary::read(&CertificateDer::from_pem_file(&made.cert_file).unwrap()).unwrap().expires;
            ((ends - now).num_days(), fs::read(&made.ca_file).unwrap())
        };
        let (first, ca) = at(0);
        assert_eq!(first, 824);
        assert_eq!(at(794), (824, ca.clone()));
        assert_eq!(at(795), (795 + 824, ca.clone()));
        assert_eq!(at(3600), (3649, ca.clone()), "it does not outlive its CA");
        assert_ne!(at(3625).1, ca);
    }

    #[test]
    fn the_system_is_trusted_or_the_lack_of_it_told() {
        match client_config() {
            Ok(config) => assert_eq!(config.alpn_protocols, [b"postgresql".to_vec()]),
            Err(error) => assert!(matches!(error, TlsError::NoRoots(_))),
        }
    }

    #[test]
    fn broken_certificates_are_no_panic() {
        let dir = tempfile::tempdir().unwrap();
        let whole = CertificateDer::from_pem_file(dev(dir.path(), &["a.example"]).cert_file).unwrap();
        for end in 0..whole.len() {
            assert_eq!(x509::Summary::read(&whole[..end]), None);
            let mut bent = whole.to_vec();
            bent[end] ^= 0xff;
            let _ = x509::Summary::read(&bent);
        }
    }
}
