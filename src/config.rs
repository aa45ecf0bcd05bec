//! Every setting of the server: typed, documented, validated once.
//!
//! The `settings!` table below is the only place that knows them. It makes the fields of [`Config`], the flags of
//! [`Overrides`] and the rows of [`SETTINGS`]; `docs/configuration.md` is held to it by a test. Layers, later wins:
//! built-in defaults, the TOML file, the environment, flags. [`Config::load`] refuses what cannot be read at all;
//! [`Config::validate`] refuses what a server must not start with, every fault at once.

mod idp;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use figment::error::Kind;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::telemetry::{self, LogFormat};
pub use idp::{Idp, Idps};

/// What every variable of ours begins with.
const PREFIX: &str = "PLEXSPHERE_";
/// Variables that are ours but no settings: the file's name, and what the build, the private database server and
/// the tests read.
const NOT_SETTINGS: [&str; 3] = ["PLEXSPHERE_CONFIG", "PLEXSPHERE_PG_BIN", "PLEXSPHERE_GENERATED_STRICT"];
const TEST_PREFIX: &str = "PLEXSPHERE_TEST_";
/// A file that is larger holds no base64 of 32 bytes; it is not read to its end.
const MASTER_KEY_FILE_BYTES: u64 = 4096;
/// What is shown in a secret's place.
const MASK: &str = "***";
/// Upper limits of settings: more is a slip of the hand, and some of it overflows further in.
const MANY: usize = 1_000_000;
const HOUR: u64 = 3600;
const YEAR: u64 = 365 * 24 * HOUR;

macro_rules! field {
    ($ty:ty = $default:literal) => { $ty };
    ($ty:ty) => { Option<$ty> };
}

macro_rules! read {
    ($layers:ident, $name:ident: $ty:ty = $default:literal) => {
        $layers.required::<$ty>(stringify!($name))
    };
    ($layers:ident, $name:ident: $ty:ty) => {
        Some($layers.optional::<$ty>(stringify!($name)))
    };
}

macro_rules! shown {
    ($value:expr, $default:literal) => {
        Some($value.shown())
    };
    ($value:expr) => {
        $value.as_ref().map(Setting::shown)
    };
}

macro_rules! default {
    ($default:literal) => {
        Some($default)
    };
    () => {
        None
    };
}

macro_rules! settings {
    (
        flags {$(
            $(#[doc = $doc:literal])+
            $(#[arg($($arg:tt)+)])?
            $name:ident: $ty:ty $(= $default:literal)?;
        )+}
        without_flag {$(
            $(#[doc = $quiet_doc:literal])+
            $quiet:ident: $quiet_ty:ty;
        )+}
    ) => {
        /// The effective settings. No `Debug`: it holds secrets.
        #[derive(Clone)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $name: field!($ty $(= $default)?),)+
            $($(#[doc = $quiet_doc])+ pub $quiet: Option<$quiet_ty>,)+
            /// What is odd but no reason not to start; to be logged.
            pub warnings: Vec<String>,
            origins: BTreeMap<&'static str, String>,
        }

        // Not a plain doc comment: clap would put it in the place of the command's own help.
        #[doc = concat!("The highest layer: flags, or what a command sets. `None` leaves a setting to those below.")]
        #[derive(Clone, Default, clap::Args)]
        pub struct Overrides {
            /// The TOML file to read settings from; it must exist [environment: PLEXSPHERE_CONFIG]
            #[arg(long, value_name = "FILE", help_heading = "Settings")]
            pub config: Option<PathBuf>,
            $(
                $(#[doc = $doc])+
                #[arg(
                    long,
                    help_heading = "Settings",
                    help = concat!($($doc),+ $(, " [default: ", $default, "]")?).trim()
                    $(, $($arg)+)?
                )]
                pub $name: Option<$ty>,
            )+
            $(
                $(#[doc = $quiet_doc])+
                #[arg(skip)]
                pub $quiet: Option<$quiet_ty>,
            )+
        }

        impl Overrides {
            fn values(&self) -> Result<Dict, String> {
                let mut values = Dict::new();
                $(if let Some(value) = &self.$name {
                    values.insert(stringify!($name).to_owned(), value.layered()?);
                })+
                $(if let Some(value) = &self.$quiet {
                    values.insert(stringify!($quiet).to_owned(), value.layered()?);
                })+
                Ok(values)
            }
        }

        /// Every setting, in the order in which they are shown.
        pub const SETTINGS: &[Row] = &[
            $(Row {
                name: stringify!($name),
                doc: concat!($($doc),+),
                default: default!($($default)?),
                flag: true,
            },)+
            $(Row { name: stringify!($quiet), doc: concat!($($quiet_doc),+), default: None, flag: false },)+
        ];

        impl Config {
            /// `None` when a setting could not be read; `layers` then knows which.
            fn read(layers: &mut Layers, warnings: Vec<String>) -> Option<Self> {
                // All are read before the first one missing ends it, so that every fault is told at once.
                $(let $name = read!(layers, $name: $ty $(= $default)?);)+
                $(let $quiet = layers.optional::<$quiet_ty>(stringify!($quiet));)+
                Some(Self {
                    $($name: $name?,)+
                    $($quiet,)+
                    warnings,
                    origins: SETTINGS.iter().map(|row| (row.name, layers.origin(row.name))).collect(),
                })
            }

            /// Each setting's value as TOML, masked, in the order of [`SETTINGS`]; `None` when it is not set.
            fn shown(&self) -> Vec<Option<String>> {
                vec![$(shown!(self.$name $(, $default)?),)+ $(self.$quiet.as_ref().map(Setting::shown),)+]
            }
        }
    };
}

settings! {
    flags {
        /// Address and port that agents and operators connect to.
        listen: SocketAddr = "0.0.0.0:8443";
        /// Address and port of `/livez`, `/readyz` and `/metrics`; keep it off public networks.
        ops_listen: SocketAddr = "127.0.0.1:9443";
        /// PEM file with the server's certificate chain. Required unless `plaintext`.
        tls_cert: PathBuf;
        /// PEM file with the certificate's private key. Required unless `plaintext`.
        tls_key: PathBuf;
        /// Seconds between two looks at the certificate files; SIGHUP looks at once.
        tls_reload_seconds: Seconds = "60";
        /// Serve without TLS. Only on a loopback address.
        #[arg(num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
        plaintext: bool = "false";
        /// PostgreSQL to keep everything in: `postgres://user:password@host/database`. Required. Flags can be read
        /// by everyone on the machine, so a password belongs in the environment or the file.
        database_url: DatabaseUrl;
        /// Connections to the database that requests hold at most. A server opens up to 28 besides, for what must not wait
        /// behind requests.
        database_connections: usize = "16";
        /// Bring the database's schema up to date before serving.
        #[arg(num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "BOOL")]
        migrate: bool = "true";
        /// Connections that are held at once; more are closed.
        max_connections: usize = "20000";
        /// Requests that are worked on at once; more are told to come back. Those of strangers, who need no credential
        /// or only a bootstrap token, may be a quarter of them.
        max_in_flight: usize = "4096";
        /// Seconds from accepting a connection to the end of its TLS handshake.
        handshake_timeout_seconds: Seconds = "10";
        /// Seconds from the first byte of a request's head to its end.
        header_timeout_seconds: Seconds = "10";
        /// Seconds from the end of a request's head to the end of its body.
        body_timeout_seconds: Seconds = "10";
        /// Seconds that a connection may rest between two requests.
        idle_timeout_seconds: Seconds = "75";
        /// Seconds that a peer may take nothing of what is being sent to it.
        write_timeout_seconds: Seconds = "30";
        /// Seconds that a stopping server gives to the requests in flight.
        drain_timeout_seconds: Seconds = "20";
        /// Seconds that a freed mesh address rests before another Node may get it.
        address_hold_down_seconds: Seconds = "3600";
        /// Seconds for which a Node that was known before is still served its last state while the database is down;
        /// 0: not at all.
        stale_read_limit_seconds: Seconds = "900";
        /// Seconds that events are kept for agents that come back. One that stayed away for longer pulls its whole
        /// state.
        event_retention_seconds: Seconds = "604800";
        /// Events that are kept at most, however young.
        event_retention_count: usize = "5000000";
        /// Seconds, 1 to 10, after which readers of event streams come back at the latest: each is told a time of its
        /// own, from 1 s on.
        stream_retry_max_seconds: Seconds = "10";
        /// What is logged: a level, or directives such as `info,plexsphere::access=warn`.
        log: String = "info";
        /// How it is logged: `human`, `json`, or `auto` (human on a terminal, JSON elsewhere).
        #[arg(value_enum)]
        log_format: LogFormat = "auto";
        /// Name of this environment, 1 to 16 letters from a to z: the second part of Node Secret Keys and tokens.
        environment: String = "dev";
        /// Seconds after which a Node Secret Key expires. Not set: they do not expire.
        nsk_lifetime_seconds: Seconds;
        /// The URL under which browsers reach this server: issuers send them back there, and its pages may use
        /// sessions. Not set: `https://localhost` with the port of `listen`.
        public_url: String;
        /// Further origins whose pages may change something with a session, separated by commas.
        allowed_origins: String;
        /// Seconds after which a session ends, used or not.
        session_lifetime_seconds: Seconds = "43200";
        /// Seconds without a request after which a session ends.
        session_idle_seconds: Seconds = "3600";
        /// PEM file with certification authorities that are trusted for issuers, besides those of the system.
        oidc_ca_file: PathBuf;
        /// SpiceDB that answers who may do what, `https://host:port`; without TLS on a loopback address only. Not set:
        /// the server answers from the tuples itself.
        spicedb_url: String;
        /// File with the master key in base64, readable by its owner only. Required unless `master_key`.
        master_key_file: PathBuf;
    }
    without_flag {
        /// Issuers whose users may call, one `[[idp]]` each: `issuer`, `client_id`, and if needed `client_secret`,
        /// `domain_id` (else it is the platform's), `audiences`, `hosts`. Others are bound by `plexsphere admin idp`.
        idp: Idps;
        /// The master key: base64 of 32 bytes; stored secrets are sealed under it. Has no flag, because flags can
        /// be read by everyone on the machine.
        master_key: Secret;
        /// The preshared key of `spicedb_url`. Has no flag, as the master key has none.
        spicedb_preshared_key: Secret;
    }
}

/// What there is to know about a setting.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name in the file. The variable is `PLEXSPHERE_` and this in capitals, the flag has dashes.
    pub name: &'static str,
    doc: &'static str,
    /// What it is when nobody says otherwise, as it would be written into a variable.
    pub default: Option<&'static str>,
    /// Whether it can be given as a flag.
    pub flag: bool,
}

impl Row {
    /// One or two sentences on what it means.
    pub fn meaning(&self) -> &'static str {
        self.doc.trim()
    }

    fn variable(name: &str) -> String {
        format!("{PREFIX}{}", name.to_ascii_uppercase())
    }
}

/// Text that must not be shown. No `Debug`, no `Display`, not serialisable; zeroed when dropped.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

/// Where the database is and how to log in there: a URL, or `key=value` pairs. A secret, but all except the
/// password can be shown.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct DatabaseUrl(Secret);

impl DatabaseUrl {
    /// The text itself.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The text without the password; when in doubt, without more than that.
    pub fn masked(&self) -> String {
        /// Parameters of the query that are no secrets.
        const OPEN: [&str; 9] = [
            "application_name",
            "connect_timeout",
            "dbname",
            "host",
            "options",
            "port",
            "sslmode",
            "target_session_attrs",
            "user",
        ];
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._~%".contains(&b));
        let text = self.expose();
        let Some((scheme, rest)) = text.split_once("://") else {
            let pairs_without_password = text.contains('=') && !text.to_ascii_lowercase().contains("password");
            return if pairs_without_password { text.to_owned() } else { MASK.to_owned() };
        };
        if !plain(scheme) {
            return MASK.to_owned();
        }
        // The last @: a password may hold one that was not encoded.
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let login = login.map_or_else(String::new, |login| match login.split_once(':') {
            Some((user, _)) if plain(user) => format!("{user}:{MASK}@"),
            None if plain(login) => format!("{login}@"),
            _ => format!("{MASK}@"),
        });
        let Some((place, query)) = place.split_once('?') else {
            return format!("{scheme}://{login}{place}");
        };
        let query: Vec<String> = query
            .split('&')
            .map(|parameter| match parameter.split_once('=') {
                Some((key, _)) if OPEN.contains(&key) => parameter.to_owned(),
                Some((key, _)) => format!("{key}={MASK}"),
                None => MASK.to_owned(),
            })
            .collect();
        format!("{scheme}://{login}{place}?{}", query.join("&"))
    }
}

/// Reads a connection string as the driver does, which knows no `verify-ca` and `verify-full`: whenever we speak TLS to
/// a database we verify its certificate and its name, so they say `require`.
///
/// # Errors
/// What the driver cannot read.
pub fn parse_database_url(text: &str) -> Result<tokio_postgres::Config, tokio_postgres::Error> {
    let mut text = text.to_owned();
    for verified in ["sslmode=verify-full", "sslmode=verify-ca"] {
        for before in ["?", "&", " "] {
            text = text.replace(&format!("{before}{verified}"), &format!("{before}sslmode=require"));
        }
    }
    text.parse()
}

impl From<String> for DatabaseUrl {
    fn from(text: String) -> Self {
        Self(Secret::from(text))
    }
}

impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text.to_owned()))
    }
}

/// A whole number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u64);

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        Self::from_secs(seconds.0)
    }
}

impl FromStr for Seconds {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A type that a setting can have.
trait Setting: DeserializeOwned {
    const SECRET: bool = false;
    /// What is said of a secret that cannot be read; its value is not shown.
    const EXPECTED: &str = "must be text";

    fn layered(&self) -> Result<Value, String>;

    /// As TOML, masked.
    fn shown(&self) -> String;
}

impl<T: Serialize + DeserializeOwned> Setting for T {
    fn layered(&self) -> Result<Value, String> {
        Value::serialize(self).map_err(|error| error.to_string())
    }

    fn shown(&self) -> String {
        toml::Value::try_from(self).map_or_else(|_| quoted("?"), |value| value.to_string())
    }
}

impl Setting for Secret {
    const SECRET: bool = true;

    fn layered(&self) -> Result<Value, String> {
        Ok(Value::from(self.expose()))
    }

    fn shown(&self) -> String {
        quoted(MASK)
    }
}

impl Setting for DatabaseUrl {
    const SECRET: bool = true;

    fn layered(&self) -> Result<Value, String> {
        Ok(Value::from(self.expose()))
    }

    fn shown(&self) -> String {
        quoted(&self.masked())
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Why there are no settings to start with. Never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not TOML. The line itself is not shown: it may hold a secret.
    #[error("{}:{line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// The file has a key that is no setting.
    #[error("{}: there is no setting `{key}`{}", path.display(), did_you_mean(*nearest))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The setting that was likely meant.
        nearest: Option<&'static str>,
    },
    /// Settings that cannot be; all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Settings(Vec<Fault>),
    /// An override cannot be put into a layer; a path that is not Unicode, for one.
    #[error("cannot take over the flags: {0}")]
    Flags(String),
}

/// What is wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The setting.
    pub setting: &'static str,
    /// Its value as TOML; `None` for secrets and for what is not set.
    pub value: Option<String>,
    /// Where the value comes from, such as `flag --listen`.
    pub origin: String,
    /// What is wrong, continuing "... ".
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, origin, reason } = self;
        match value {
            Some(value) => write!(f, "{setting} = {value} ({origin}) {reason}"),
            None => write!(f, "{setting} ({origin}) {reason}"),
        }
    }
}

/// Whether connections are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport<'a> {
    /// TLS from these PEM files.
    Tls {
        /// The certificate chain.
        cert: &'a Path,
        /// The private key.
        key: &'a Path,
    },
    /// None, on a loopback address.
    Plaintext,
}

/// The variables of this process. Ones that are not Unicode are taken over as well as can be, so that a setting is
/// never silently left out.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
}

impl Config {
    /// Reads all layers. Does not [`validate`](Self::validate): `plexsphere config` also shows what could not serve.
    ///
    /// # Errors
    /// The file cannot be read or has an unknown key; a value is not of its setting's type.
    pub fn load(overrides: Overrides, env: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        Self::load_above(&Overrides::default(), &overrides, env)
    }

    /// As [`load`](Self::load), with `defaults` of a command's own above the built-in ones and below all else.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_above(
        defaults: &Overrides,
        overrides: &Overrides,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let env = Environment::read(env);
        let built_in =
            SETTINGS.iter().filter_map(|row| Some((row.name.to_owned(), Value::from(row.default?)))).collect();
        let mut figment = Figment::new()
            .merge(Layer::new(built_in, |_| "built-in default".to_owned()))
            .merge(Layer::new(values(defaults)?, |_| "the command's own default".to_owned()));
        if let Some(path) = overrides.config.as_ref().or(env.file.as_ref()) {
            let origin = format!("file {}", path.display());
            figment = figment.merge(Layer::new(read_file(path)?, move |_| origin.clone()));
        }
        figment = figment
            .merge(Layer::new(env.values, |name| format!("variable {}", Row::variable(name))))
            .merge(Layer::new(values(overrides)?, |name| format!("flag --{}", name.replace('_', "-"))));
        let mut layers = Layers { figment, faults: Vec::new() };
        let config = Self::read(&mut layers, env.warnings);
        match config {
            Some(config) if layers.faults.is_empty() => Ok(config),
            _ => Err(ConfigError::Settings(layers.faults)),
        }
    }

    /// Whether a server may start with this.
    ///
    /// # Errors
    /// [`ConfigError::Settings`] with every fault.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let mut faults = Vec::new();
        let outcomes = [self.transport().map(drop), self.database_url().map(drop), self.master_key().map(drop)];
        for outcome in outcomes {
            match outcome {
                Err(ConfigError::Settings(found)) => faults.extend(found),
                other => other?,
            }
        }
        if self.plaintext && !self.listen.ip().is_loopback() {
            let reason = format!("is allowed on a loopback address only, and listen is {}", self.listen);
            faults.push(self.fault("plaintext", reason));
        }
        if self.spicedb_url.is_some() != self.spicedb_preshared_key.is_some() {
            faults.push(self.fault("spicedb_preshared_key", "and spicedb_url go together"));
        }
        if self.listen == self.ops_listen && self.listen.port() != 0 {
            faults.push(self.fault("ops_listen", "must differ from listen"));
        }
        if !(1..=16).contains(&self.environment.len()) || !self.environment.bytes().all(|b| b.is_ascii_lowercase()) {
            faults.push(self.fault("environment", "must be 1 to 16 letters from a to z"));
        }
        if let Err(error) = telemetry::filter(&self.log) {
            faults.push(self.fault("log", format!("cannot be read: {error}")));
        }
        let public_url = self.public_url();
        if !url::Url::parse(&public_url).is_ok_and(|url| is_reached(&url) && leads_on(&url)) {
            faults.push(
                self.fault("public_url", format!("must be https, without user, query or fragment: {public_url}")),
            );
        }
        for origin in self.other_origins() {
            if !url::Url::parse(origin).is_ok_and(|url| is_reached(&url) && leads_on(&url) && url.path() == "/") {
                faults
                    .push(self.fault("allowed_origins", format!("must be https, and nothing but an origin: {origin}")));
            }
        }
        for (name, value, least, most) in self.limits() {
            if !(least..=most).contains(&value) {
                faults.push(self.fault(name, format!("must be {least} to {most}")));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(ConfigError::Settings(faults)) }
    }

    /// Numbers, each with the least and the most that makes sense.
    fn limits(&self) -> Vec<(&'static str, u64, u64, u64)> {
        let many = |value: usize, most: usize| (u64::try_from(value).unwrap_or(u64::MAX), 1, most as u64);
        let counts = [
            ("database_connections", many(self.database_connections, 1000)),
            ("max_connections", many(self.max_connections, MANY)),
            ("max_in_flight", many(self.max_in_flight, MANY)),
            ("event_retention_count", many(self.event_retention_count, 1000 * MANY)),
        ];
        let seconds = [
            ("tls_reload_seconds", (self.tls_reload_seconds.0, 1, 24 * HOUR)),
            ("handshake_timeout_seconds", (self.handshake_timeout_seconds.0, 1, HOUR)),
            ("header_timeout_seconds", (self.header_timeout_seconds.0, 1, HOUR)),
            ("body_timeout_seconds", (self.body_timeout_seconds.0, 1, HOUR)),
            ("idle_timeout_seconds", (self.idle_timeout_seconds.0, 1, HOUR)),
            ("write_timeout_seconds", (self.write_timeout_seconds.0, 1, HOUR)),
            ("drain_timeout_seconds", (self.drain_timeout_seconds.0, 0, HOUR)),
            ("address_hold_down_seconds", (self.address_hold_down_seconds.0, 0, YEAR)),
            ("stale_read_limit_seconds", (self.stale_read_limit_seconds.0, 0, HOUR)),
            ("stream_retry_max_seconds", (self.stream_retry_max_seconds.0, 1, 10)),
            ("event_retention_seconds", (self.event_retention_seconds.0, HOUR, 10 * YEAR)),
            // Use is written once a minute, so an end for want of it cannot be told more finely.
            ("session_idle_seconds", (self.session_idle_seconds.0, 300, YEAR)),
            ("session_lifetime_seconds", (self.session_lifetime_seconds.0, 300, YEAR)),
        ];
        let lifetime = self.nsk_lifetime_seconds.map(|lifetime| ("nsk_lifetime_seconds", (lifetime.0, 1, 10 * YEAR)));
        let all = counts.into_iter().chain(seconds).chain(lifetime);
        all.map(|(name, (value, least, most))| (name, value, least, most)).collect()
    }

    /// How connections to `listen` are protected.
    ///
    /// # Errors
    /// [`ConfigError::Settings`]: neither `plaintext` nor both of `tls_cert` and `tls_key`.
    pub fn transport(&self) -> Result<Transport<'_>, ConfigError> {
        if self.plaintext {
            return Ok(Transport::Plaintext);
        }
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Ok(Transport::Tls { cert, key }),
            (cert, key) => {
                let missing = [("tls_cert", cert.is_none()), ("tls_key", key.is_none())];
                let missing = missing.into_iter().filter(|(_, missing)| *missing);
                Err(ConfigError::Settings(
                    missing.map(|(name, _)| self.fault(name, "is required unless plaintext is true")).collect(),
                ))
            }
        }
    }

    /// Where the database is.
    ///
    /// # Errors
    /// [`ConfigError::Settings`]: not set, or no PostgreSQL connection string.
    pub fn database_url(&self) -> Result<&DatabaseUrl, ConfigError> {
        let Some(url) = &self.database_url else {
            return Err(self.refuse("database_url", "is required"));
        };
        // The parser's own words may quote what it could not read.
        match parse_database_url(url.expose()) {
            Ok(parsed) if !parsed.get_hosts().is_empty() || !parsed.get_hostaddrs().is_empty() => Ok(url),
            Ok(_) => Err(self.refuse("database_url", "names no host")),
            Err(_) => Err(self
                .refuse("database_url", "is no PostgreSQL connection string (postgres://user:password@host/database)")),
        }
    }

    /// The key that seals what is stored, from `master_key` or `master_key_file`.
    ///
    /// # Errors
    /// [`ConfigError::Settings`]: none or both are set; the file cannot be read, or others than its owner can read
    /// it; the text is no base64 of 32 bytes.
    pub fn master_key(&self) -> Result<Zeroizing<[u8; 32]>, ConfigError> {
        match (&self.master_key, &self.master_key_file) {
            (Some(text), None) => decode_master_key(text.expose()).map_err(|reason| self.refuse("master_key", reason)),
            (None, Some(path)) => {
                let decoded = read_secret_file(path).and_then(|text| decode_master_key(&text).map_err(str::to_owned));
                decoded.map_err(|reason| self.refuse("master_key_file", reason))
            }
            (None, None) => Err(self.refuse("master_key", "or master_key_file is required")),
            (Some(_), Some(_)) => {
                let reason = format!("and master_key_file ({}) are both set; keep one", self.origin("master_key_file"));
                Err(self.refuse("master_key", reason))
            }
        }
    }

    /// The URL under which browsers reach this server, without a slash at its end.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => {
                let scheme = if self.plaintext { "http" } else { "https" };
                format!("{scheme}://localhost:{}", self.listen.port())
            }
        }
    }

    /// What `allowed_origins` lists.
    pub fn other_origins(&self) -> impl Iterator<Item = &str> {
        self.allowed_origins.iter().flat_map(|list| list.split(',')).map(str::trim).filter(|origin| !origin.is_empty())
    }

    /// Where the value of setting `name` comes from, such as `variable PLEXSPHERE_LISTEN`.
    pub fn origin(&self, name: &str) -> &str {
        self.origins.get(name).map_or("not set", String::as_str)
    }

    /// The effective settings as TOML, each under what it means and with where it comes from; secrets masked.
    pub fn to_toml_masked(&self) -> String {
        let mut text = String::new();
        for (row, value) in SETTINGS.iter().zip(self.shown()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text += &format!("# {}\n", row.meaning());
            text += &match value {
                Some(value) => format!("{} = {value} # {}\n", row.name, self.origin(row.name)),
                None => format!("# {} is not set\n", row.name),
            };
        }
        text
    }

    fn fault(&self, setting: &'static str, reason: impl Into<String>) -> Fault {
        let at = SETTINGS.iter().position(|row| row.name == setting);
        // A masked value says nothing that its origin does not, and half a URL may still be a secret.
        let secret = matches!(setting, "master_key" | "database_url" | "idp" | "spicedb_preshared_key");
        let value = at.filter(|_| !secret).and_then(|at| self.shown().into_iter().nth(at).flatten());
        Fault { setting, value, origin: self.origin(setting).to_owned(), reason: reason.into() }
    }

    fn refuse(&self, setting: &'static str, reason: impl Into<String>) -> ConfigError {
        ConfigError::Settings(vec![self.fault(setting, reason)])
    }
}

/// What the environment says.
struct Environment {
    values: Dict,
    file: Option<PathBuf>,
    warnings: Vec<String>,
}

impl Environment {
    fn read(env: impl Iterator<Item = (String, String)>) -> Self {
        let mut read = Self { values: Dict::new(), file: None, warnings: Vec::new() };
        for (variable, value) in env {
            let Some(name) = variable.strip_prefix(PREFIX) else { continue };
            if let Some(row) = SETTINGS.iter().find(|row| Row::variable(row.name) == variable) {
                // Empty is how a compose file or a unit says "not set".
                if !value.is_empty() {
                    read.values.insert(row.name.to_owned(), Value::from(value));
                }
            } else if variable == "PLEXSPHERE_CONFIG" {
                read.file = Some(PathBuf::from(value)).filter(|file| !file.as_os_str().is_empty());
            } else if !NOT_SETTINGS.contains(&variable.as_str()) && !variable.starts_with(TEST_PREFIX) {
                let nearest = nearest(&name.to_ascii_lowercase()).map(Row::variable);
                read.warnings
                    .push(format!("the variable {variable} is no setting{}", did_you_mean(nearest.as_deref())));
            }
        }
        read.warnings.sort();
        read
    }
}

/// One source of values, each of which knows where it came from.
struct Layer {
    metadata: Metadata,
    values: Dict,
}

impl Layer {
    fn new(values: Dict, origin: impl Fn(&str) -> String + Clone + Send + Sync + 'static) -> Self {
        let metadata = Metadata::named("setting")
            .interpolater(move |_: &Profile, keys: &[&str]| origin(keys.first().copied().unwrap_or_default()));
        Self { metadata, values }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// All layers, while they are being read.
struct Layers {
    figment: Figment,
    faults: Vec<Fault>,
}

impl Layers {
    fn required<T: Setting>(&mut self, name: &'static str) -> Option<T> {
        self.optional(name)
    }

    fn optional<T: Setting>(&mut self, name: &'static str) -> Option<T> {
        let value = self.figment.find_value(name).ok()?;
        // Lossy: variables and defaults are text, whatever the setting's type.
        match self.figment.extract_inner_lossy(name) {
            Ok(read) => Some(read),
            Err(error) => {
                let (value, reason) = if T::SECRET {
                    (None, T::EXPECTED.to_owned())
                } else {
                    (toml::Value::try_from(&value).ok().map(|value| value.to_string()), expectation(error.kind))
                };
                self.faults.push(Fault { setting: name, value, origin: self.origin(name), reason });
                None
            }
        }
    }

    fn origin(&self, name: &str) -> String {
        self.figment
            .find_metadata(name)
            .map_or_else(|| "not set".to_owned(), |from| from.interpolate(&Profile::Default, &[name]))
    }
}

fn expectation(kind: Kind) -> String {
    match kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => match expected.as_str() {
            "u64" | "usize" => "must be a whole number, zero or more".to_owned(),
            "a boolean" => "must be true or false".to_owned(),
            other => format!("must be {other}"),
        },
        Kind::UnknownVariant(_, known) => format!("must be one of {}", known.join(", ")),
        other => format!("cannot be read: {other}"),
    }
}

fn values(overrides: &Overrides) -> Result<Dict, ConfigError> {
    overrides.values().map_err(ConfigError::Flags)
}

fn read_file(path: &Path) -> Result<Dict, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        ConfigError::Syntax { path: path.to_owned(), line, reason: error.message().to_owned() }
    })?;
    if let Some(key) = table.keys().find(|key| SETTINGS.iter().all(|row| row.name != key.as_str())) {
        return Err(ConfigError::UnknownKey { path: path.to_owned(), key: key.clone(), nearest: nearest(key) });
    }
    let values = table.into_iter().map(|(key, value)| Ok((key, value.layered()?)));
    values.collect::<Result<Dict, String>>().map_err(|reason| ConfigError::Syntax {
        path: path.to_owned(),
        line: 1,
        reason,
    })
}

/// The text of a file that only its owner may read.
fn read_secret_file(path: &Path) -> Result<Zeroizing<String>, String> {
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // Of the open file: the path may lead elsewhere a moment later.
        let mode = file.metadata().map_err(|error| format!("cannot be read: {error}"))?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!("may be used by others than its owner (mode {mode:03o}); chmod 600"));
        }
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MASTER_KEY_FILE_BYTES).read_to_string(&mut text).map_err(|error| format!("cannot be read: {error}"))?;
    Ok(text)
}

fn decode_master_key(text: &str) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    const REASON: &str = "must hold 32 bytes in base64 (openssl rand -base64 32)";
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| REASON)?);
    let key = bytes.as_slice().try_into().map_err(|_| REASON)?;
    Ok(Zeroizing::new(key))
}

/// Whether a browser keeps there what it is told in confidence.
fn is_reached(url: &url::Url) -> bool {
    url.scheme() == "https" || is_local(url)
}

/// Whether a path can be put behind it.
fn leads_on(url: &url::Url) -> bool {
    let user = !url.username().is_empty() || url.password().is_some();
    !user && url.query().is_none() && url.fragment().is_none()
}

/// Whether a browser takes plain HTTP there for as good as HTTPS.
fn is_local(url: &url::Url) -> bool {
    let host_is_local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    host_is_local && url.scheme() == "http"
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}

/// The setting that `name` is likely a misspelling of.
fn nearest(name: &str) -> Option<&'static str> {
    let (distance, row) =
        SETTINGS.iter().map(|row| (edits(name, row.name), row)).min_by_key(|(distance, _)| *distance)?;
    (distance <= row.name.len() / 3).then_some(row.name)
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, x) in a.bytes().enumerate() {
        let mut left = row + 1;
        let mut diagonal = std::mem::replace(&mut above[0], left);
        for (column, y) in b.bytes().enumerate() {
            let cost = (diagonal + usize::from(x != y)).min(left + 1).min(above[column + 1] + 1);
            diagonal = std::mem::replace(&mut above[column + 1], cost);
            left = cost;
        }
    }
    above[b.len()]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use std::io::Write as _;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const URL: &str = "postgres://plex:hunter2@db.example/mesh?sslmode=require";

    /// The command's own help.
    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        overrides: Overrides,
    }

    fn flags(args: &[&str]) -> Overrides {
        Cli::try_parse_from(["plexsphere"].iter().chain(args)).map_err(|e| e.to_string()).ok().unwrap().overrides
    }

    fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>().into_iter()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn load(text: &str, pairs: &[(&str, &str)], args: &[&str]) -> Result<Config, ConfigError> {
        let file = file(text);
        let overrides = Overrides { config: Some(file.path().to_owned()), ..flags(args) };
        Config::load(overrides, env(pairs))
    }

    fn error(outcome: Result<Config, ConfigError>) -> String {
        outcome.err().expect("an error").to_string()
    }

    /// What a server can start with.
    fn complete() -> Config {
        let pairs = [("PLEXSPHERE_DATABASE_URL", URL), ("PLEXSPHERE_MASTER_KEY", KEY)];
        Config::load(flags(&["--listen", "127.0.0.1:0", "--plaintext"]), env(&pairs)).ok().unwrap()
    }

    #[test]
    fn every_default_can_be_read() {
        let config = Config::load(Overrides::default(), env(&[])).map_err(|e| e.to_string()).ok().unwrap();
        assert_eq!(config.listen.to_string(), "0.0.0.0:8443");
        assert_eq!(config.ops_listen.to_string(), "127.0.0.1:9443");
        assert_eq!(Duration::from(config.idle_timeout_seconds), Duration::from_secs(75));
        assert!(config.migrate && !config.plaintext);
        assert_eq!(config.nsk_lifetime_seconds, None);
        assert_eq!(config.origin("listen"), "built-in default");
        assert_eq!(config.warnings, Vec::<String>::new());
    }

    #[test]
    fn a_later_layer_wins() {
        let text = "max_connections = 1\nmax_in_flight = 1\ndatabase_connections = 1\nplaintext = true";
        let pairs =
            [("PLEXSPHERE_MAX_IN_FLIGHT", "2"), ("PLEXSPHERE_DATABASE_CONNECTIONS", "2"), ("PLEXSPHERE_LOG", "")];
        let config = load(text, &pairs, &["--database-connections", "3", "--migrate=false"]).ok().unwrap();
        assert_eq!((config.max_connections, config.max_in_flight, config.database_connections), (1, 2, 3));
        assert!(config.plaintext && !config.migrate);
        assert_eq!(config.log, "info", "an empty variable is not set");
        assert!(config.origin("max_connections").starts_with("file /"));
        assert_eq!(config.origin("max_in_flight"), "variable PLEXSPHERE_MAX_IN_FLIGHT");
        assert_eq!(config.origin("database_connections"), "flag --database-connections");
    }

    #[test]
    fn a_commands_own_defaults_lie_under_the_environment() {
        let defaults = Overrides { max_connections: Some(5), max_in_flight: Some(5), ..Overrides::default() };
        let pairs = [("PLEXSPHERE_MAX_IN_FLIGHT", "6")];
        let config = Config::load_above(&defaults, &Overrides::default(), env(&pairs)).ok().unwrap();
        assert_eq!((config.max_connections, config.max_in_flight), (5, 6));
    }

    #[test]
    fn a_named_file_must_exist() {
        let absent = [("PLEXSPHERE_CONFIG", "/nowhere/plexsphere.toml")];
        assert!(error(Config::load(Overrides::default(), env(&absent))).contains("/nowhere/plexsphere.toml"));
        let present = file("log = 'debug'");
        let overrides = Overrides { config: Some(present.path().to_owned()), ..Overrides::default() };
        assert_eq!(Config::load(overrides, env(&absent)).ok().unwrap().log, "debug", "the flag wins");
    }

    #[test]
    fn an_unknown_key_is_an_error_and_an_unknown_variable_a_warning() {
        let text = error(load("max_conections = 3", &[], &[]));
        assert!(text.contains("`max_conections`; did you mean `max_connections`?"), "{text}");
        assert!(error(load("[server]\nlisten = '127.0.0.1:1'", &[], &[])).ends_with("there is no setting `server`"));
        let pairs = [
            ("PLEXSPHERE_LISTNE", "x"),
            ("PLEXSPHERE_PG_BIN", "x"),
            ("PLEXSPHERE_TEST_DATABASE", "x"),
            ("PLEXSPHERE_GENERATED_STRICT", "1"),
            ("HOME", "/"),
        ];
        let config = Config::load(Overrides::default(), env(&pairs)).ok().unwrap();
        assert_eq!(
            config.warnings,
            ["the variable PLEXSPHERE_LISTNE is no setting; did you mean `PLEXSPHERE_LISTEN`?"]
        );
    }

    #[test]
    fn values_of_the_wrong_type_are_named_with_their_source() {
        let pairs = [
            ("PLEXSPHERE_MAX_CONNECTIONS", "many"),
            ("PLEXSPHERE_LISTEN", "localhost"),
            ("PLEXSPHERE_MIGRATE", "perhaps"),
        ];
        let text = error(load("log_format = 'xml'\nidle_timeout_seconds = -1", &pairs, &[]));
        for expected in [
            r#"max_connections = "many" (variable PLEXSPHERE_MAX_CONNECTIONS) must be a whole number"#,
            r#"listen = "localhost" (variable PLEXSPHERE_LISTEN) "#,
            r#"migrate = "perhaps" (variable PLEXSPHERE_MIGRATE) must be true or false"#,
            r#"log_format = "xml" (file /"#,
            "idle_timeout_seconds = -1 (file /",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }

    #[test]
    fn values_out_of_range_are_named_all_at_once() {
        let mut config = complete();
        config.validate().unwrap();
        config.max_in_flight = 0;
        config.idle_timeout_seconds = Seconds(u64::MAX);
        config.environment = "Prod".into();
        config.log = "plexsphere=loud".into();
        config.ops_listen = "127.0.0.1:1".parse().unwrap();
        config.listen = config.ops_listen;
        let text = config.validate().unwrap_err().to_string();
        for expected in
            ["max_in_flight = 0 ", "idle_timeout_seconds = ", "environment = \"Prod\" ", "log = ", "ops_listen = "]
        {
            assert!(text.lines().any(|line| line.starts_with(expected)), "{expected} in {text}");
        }
    }

    #[test]
    fn plaintext_is_for_loopback_only() {
        let mut config = complete();
        for loopback in ["127.0.0.1:8443", "127.9.9.9:8443", "[::1]:8443"] {
            config.listen = loopback.parse().unwrap();
            config.validate().unwrap();
            assert_eq!(config.transport().unwrap(), Transport::Plaintext);
        }
        for public in ["0.0.0.0:8443", "[::]:8443", "10.0.0.1:8443"] {
            config.listen = public.parse().unwrap();
            let text = config.validate().unwrap_err().to_string();
            assert!(
                text.starts_with("plaintext = true (flag --plaintext) is allowed on a loopback address only"),
                "{text}"
            );
        }
        config.plaintext = false;
        config.tls_cert = Some("cert.pem".into());
        assert_eq!(
            config.validate().unwrap_err().to_string(),
            "tls_key (not set) is required unless plaintext is true"
        );
        config.tls_key = Some("key.pem".into());
        config.validate().unwrap();
    }

    #[test]
    fn the_master_key_is_32_bytes_from_one_place() {
        let mut config = complete();
        assert_eq!(config.master_key().unwrap()[31], 31);
        let kept = file(&format!("{KEY}\n"));
        config.master_key_file = Some(kept.path().to_owned());
        assert!(config.master_key().unwrap_err().to_string().contains("both set"));
        config.master_key = None;
        assert_eq!(config.master_key().unwrap()[31], 31);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(kept.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
            let text = config.master_key().unwrap_err().to_string();
            assert!(text.starts_with("master_key_file = ") && text.contains("mode 640"), "{text}");
        }
        config.master_key_file = None;
        assert!(config.master_key().is_err());
        config.master_key = Some(Secret::from("c2hvcnQ=".to_owned()));
        let text = config.validate().unwrap_err().to_string();
        assert!(text.starts_with("master_key (variable PLEXSPHERE_MASTER_KEY) must hold 32 bytes"), "{text}");
        assert!(!text.contains("c2hvcnQ="));
    }

    #[test]
    fn secrets_are_not_shown() {
        let config = complete();
        let text = config.to_toml_masked();
        assert!(text.contains("master_key = \"***\" # variable PLEXSPHERE_MASTER_KEY\n"), "{text}");
        assert!(text.contains("database_url = \"postgres://plex:***@db.example/mesh?sslmode=require\""), "{text}");
        assert!(!text.contains("hunter2") && !text.contains(KEY));
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["max_connections"].as_integer(), Some(20000));
        assert_eq!(table["listen"].as_str(), Some("127.0.0.1:0"));
        assert!(!table.contains_key("tls_cert"));
        // Nor by errors.
        for broken in
            ["master_key = 271828", "database_url = 271828", "master_key = \"271828", "database_url = '271828"]
        {
            let text = error(load(broken, &[], &[]));
            assert!(!text.contains("271828"), "{text}");
        }
        let mut config = complete();
        config.database_url = Some(DatabaseUrl::from("postgres://u:hunter2@h:port/db".to_owned()));
        let text = config.validate().unwrap_err().to_string();
        assert!(
            text.starts_with("database_url (variable PLEXSPHERE_DATABASE_URL) is no PostgreSQL")
                && !text.contains("hunter2"),
            "{text}"
        );
    }

    #[test]
    fn issuers_are_tables_whose_secrets_are_not_shown() {
        let text = "[[idp]]\nissuer = 'https://id.example'\nclient_id = 'plex'\nclient_secret = 'hunter2'\n\
                    audiences = ['cli']\n[[idp]]\nissuer = 'https://other.example'\nclient_id = 'plex'";
        let config = load(text, &[], &[]).map_err(|e| e.to_string()).ok().unwrap();
        let idps = config.idp.as_ref().unwrap();
        assert_eq!(idps.0.iter().map(|idp| idp.audiences.len()).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(idps.0[0].client_secret.as_ref().unwrap().expose(), "hunter2");
        let shown = config.to_toml_masked();
        assert!(!shown.contains("hunter2"), "{shown}");
        let table: toml::Table = shown.parse().unwrap();
        assert_eq!(table["idp"][0]["client_secret"].as_str(), Some("***"));
        // As a command sets it.
        let overrides = Overrides { idp: config.idp.clone(), ..Overrides::default() };
        let again = Config::load(overrides, env(&[])).map_err(|e| e.to_string()).ok().unwrap();
        assert_eq!(again.idp.unwrap().0[0].client_secret.as_ref().unwrap().expose(), "hunter2");
        for broken in ["idp = 'hunter2'", "[[idp]]\nclient_secret = 'hunter2'", "[[idp]]\nclient_secre = 'hunter2'"] {
            let text = error(load(broken, &[], &[]));
            assert!(text.starts_with("idp (file /") && text.contains("issuer"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn browsers_reach_this_server_over_https() {
        let mut config = complete();
        assert_eq!(config.public_url(), "http://localhost:0");
        config.plaintext = false;
        config.tls_cert = Some("cert.pem".into());
        config.tls_key = Some("key.pem".into());
        config.listen = "0.0.0.0:8443".parse().unwrap();
        assert_eq!(config.public_url(), "https://localhost:8443");
        config.public_url = Some("https://plex.example/".into());
        config.allowed_origins = Some(" https://a.example, https://b.example:8443 ,".into());
        assert_eq!(config.public_url(), "https://plex.example");
        assert_eq!(config.other_origins().collect::<Vec<_>>(), ["https://a.example", "https://b.example:8443"]);
        config.validate().unwrap();
        config.public_url = Some("plex.example".into());
        config.allowed_origins = Some("http://a.example".into());
        let text = config.validate().unwrap_err().to_string();
        assert!(text.contains("public_url = ") && text.contains("allowed_origins = "), "{text}");
        for no_base in ["https://a.example/?x", "https://a.example/#x", "https://u@a.example", "https://u:p@a.example"]
        {
            (config.public_url, config.allowed_origins) = (Some(no_base.into()), Some(no_base.into()));
            let text = config.validate().unwrap_err().to_string();
            assert!(text.contains("public_url = ") && text.contains("allowed_origins = "), "{no_base}: {text}");
        }
        (config.public_url, config.allowed_origins) = (Some("https://a.example/mesh".into()), None);
        config.validate().unwrap();
        config.allowed_origins = Some("https://a.example/mesh".into());
        assert!(config.validate().unwrap_err().to_string().contains("allowed_origins = "));
        config.public_url = None;
        for local in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000"] {
            config.allowed_origins = Some(local.into());
            config.validate().unwrap();
        }
        // A page of such a place is called `null`, or is no page.
        for other in ["file://localhost/page", "ws://localhost", "ftp://127.0.0.1", "custom://localhost", "null"] {
            config.allowed_origins = Some(other.into());
            assert!(config.validate().unwrap_err().to_string().contains("allowed_origins = "), "{other}");
        }
    }

    #[test]
    fn a_database_url_is_masked_when_in_doubt() {
        for (url, masked) in [
            ("postgres://h/db", "postgres://h/db"),
            ("postgres://u@h/db", "postgres://u@h/db"),
            ("postgres://u:p@h/db", "postgres://u:***@h/db"),
            ("postgres://u:p@ss/w?rd@h/db", "postgres://u:***@h/db"),
            ("postgres://u@h/db?password=p&sslmode=require&x", "postgres://u@h/db?password=***&sslmode=require&***"),
            ("postgres://u@h/db?p%61ssword=p", "postgres://u@h/db?p%61ssword=***"),
            ("postgres://h/db?user=u&password=a@b", "postgres://***@b"),
            ("postgres://h/db?password=a:b@c", "postgres://***@c"),
            ("host=h password=a://b", "***"),
            ("host=/run/pg user=plexsphere dbname='a'", "host=/run/pg user=plexsphere dbname='a'"),
            ("host=h PassWord=p", "***"),
            ("hunter2", "***"),
        ] {
            assert_eq!(DatabaseUrl::from(url.to_owned()).masked(), masked, "{url}");
        }
    }

    #[test]
    fn flags_are_well_formed_and_none_is_for_the_master_key() {
        assert!(Cli::try_parse_from(["plexsphere", "--master-key", KEY]).is_err());
        assert!(Cli::try_parse_from(["plexsphere", "--idle-timeout-seconds", "3"]).is_ok());
        let command = <Cli as clap::CommandFactory>::command();
        command.clone().debug_assert();
        assert_eq!(command.get_about().unwrap().to_string(), "The command's own help");
    }

    #[test]
    fn the_documentation_lists_every_setting() {
        let mut table = String::from("| setting | default | meaning |\n|---|---|---|\n");
        for row in SETTINGS {
            let default = row.default.map_or_else(|| "not set".to_owned(), |default| format!("`{default}`"));
            table += &format!("| `{}` | {default} | {} |\n", row.name, row.meaning());
        }
        let page = include_str!("../docs/configuration.md");
        assert!(page.contains(&table), "docs/configuration.md should hold this table:\n\n{table}");
    }
}
