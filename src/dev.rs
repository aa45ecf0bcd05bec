//! `plexsphere dev`: everything embedded, kept in one folder, ready to use.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plexsphere::access::bootstrap::{BootstrapError, first_administrator, holds};
use plexsphere::access::credential::new_secret;
use plexsphere::clock::{Clock, SystemClock};
use plexsphere::config::{Config, Overrides, environment};
use plexsphere::postgres::embedded::{Embedded, Settings};
use plexsphere::postgres::{Database, migrations};
use plexsphere::shutdown::Signals;
use plexsphere::tls::ensure_dev_certificates;
use plexsphere::{telemetry, wiring};
use serde_json::json;

use super::{Failure, token_env, until_stopped};

const DATABASE: &str = "plexsphere";
/// Migrations, those that PostgreSQL keeps to itself, and a person with psql.
const SPARE_CONNECTIONS: usize = 8;

#[derive(clap::Args)]
pub struct Arguments {
    /// Where everything is kept: database, certificates, keys, administrator token
    #[arg(long, default_value = ".plexsphere", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// Write url, ca_file, admin_token, ops_url and pid to this file, as JSON, once ready
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
}

/// Runs until a signal.
///
/// # Errors
/// When anything that it needs cannot be made or started.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let data_dir = make_data_dir(&arguments.data_dir)?;
    let mut defaults = Overrides {
        listen: Some(SocketAddr::from(([127, 0, 0, 1], 8443))),
        // One line a request would bury what this command has to say.
        log: Some("info,plexsphere::access=warn".to_owned()),
        ..Overrides::default()
    };
    let asked = Config::load_above(&defaults, &arguments.overrides, environment())?;
    let _logging = telemetry::init(&asked.log, asked.log_format)?;
    for warning in &asked.warnings {
        tracing::warn!("{warning}");
    }
    let (mut signals, hangups) = Signals::install()?;

    say("Starting a private PostgreSQL ...");
    let settings = Settings {
        data_dir: data_dir.clone(),
        bin_dir: std::env::var_os("PLEXSPHERE_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from),
        durable: true,
        max_connections: u32::try_from(asked.database_connections + wiring::CONNECTIONS_BESIDES + SPARE_CONNECTIONS)
            .unwrap_or(u32::MAX),
    };
    let postgres = tokio::select! {
        started = Embedded::start(&settings) => started?,
        signal = signals.first() => return Err(format!("stopped by {signal} while starting").into()),
    };
    for note in postgres.notes() {
        say(&format!("  {note}"));
    }
    let outcome = with_database(&postgres, &data_dir, &mut defaults, &arguments, signals, hangups).await;
    postgres.stop().await?;
    outcome
}

async fn with_database(
    postgres: &Embedded,
    data_dir: &Path,
    defaults: &mut Overrides,
    arguments: &Arguments,
    signals: Signals,
    hangups: plexsphere::shutdown::Hangups,
) -> Result<(), Failure> {
    postgres.ensure_database(DATABASE).await?;
    let certificates = ensure_dev_certificates(data_dir, &[])?;
    let master_key_file = data_dir.join("master.key");
    keep_secret(&master_key_file, || Ok(STANDARD.encode(new_secret()?.as_ref())))?;
    defaults.tls_cert = Some(certificates.cert_file);
    defaults.tls_key = Some(certificates.key_file);
    defaults.master_key_file = Some(master_key_file);
    defaults.database_url = Some(postgres.url(DATABASE).parse()?);
    let config = Config::load_above(defaults, &arguments.overrides, environment())?;

    let admin_token = administrator(&config, data_dir).await?;
    let server = wiring::start(&config, Arc::new(SystemClock), |_| {}).await?;
    let url = format!("https://{}", server.address());
    if let Some(file) = &arguments.ready_file {
        let ready = json!({
            "url": url,
            "ca_file": certificates.ca_file,
            "admin_token": admin_token,
            "ops_url": format!("http://{}", server.ops_address()),
            "pid": std::process::id(),
        });
        write_whole(file, &format!("{ready}\n"))?;
    }
    introduce(&url, &format!("http://{}", server.ops_address()), &certificates.ca_file, &data_dir.join("admin.token"));
    tokio::select! {
        () = until_stopped(server, signals, hangups, &config) => Ok(()),
        how = postgres.ended() => Err(format!("the private PostgreSQL is gone: {how}").into()),
    }
}

fn introduce(url: &str, ops_url: &str, ca_file: &Path, token_file: &Path) {
    let (ca, token) = (ca_file.display(), token_file.display());
    say(&format!(
        "\nplexsphere is running.\n\
         \n  API          {url}/v1   (reference page: {url}/v1/docs)\
         \n  Operations   {ops_url}/readyz and {ops_url}/metrics\
         \n  Trust        {ca}   (the private authority that signed the server's certificate)\
         \n  Administrator token in {token}\n\
         \nEverything is kept in {} and used again at the next start. Stop with Ctrl-C.\
         \nAsk who you are:\n\
         \n  curl --cacert {ca} -H \"Authorization: Bearer $(cat {token})\" {url}/v1/auth/whoami\n",
        token_file.parent().unwrap_or(Path::new(".")).display()
    ));
}

/// The folder, made if it is not there. Others may pass through it, because the database's own user has to; every
/// secret in it has a mode of its own.
fn make_data_dir(path: &Path) -> Result<PathBuf, Failure> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(path)
        .and_then(|()| fs::canonicalize(path))
        .map_err(|error| format!("cannot use the data directory {}: {error}", path.display()).into())
}

/// The administrator's token: the kept one while it holds for this database, else a new one.
async fn administrator(config: &Config, data_dir: &Path) -> Result<String, Failure> {
    let database = Database::new(config.database_url()?.expose(), 2)?;
    migrations::run(&database).await?;
    let file = data_dir.join("admin.token");
    let env = token_env(&config.environment);
    match first_administrator(&database, env, false, SystemClock.now()).await {
        Ok((_, token)) => {
            write_whole(&file, &token)?;
            Ok(token.to_string())
        }
        Err(BootstrapError::AlreadyBootstrapped) => {
            if let Ok(token) = fs::read_to_string(&file)
                && holds(&database, token.trim(), SystemClock.now()).await?
            {
                return Ok(token.trim().to_owned());
            }
            // Whoever owns this folder owns the installation: a token that is lost or dead is replaced.
            let (_, token) = first_administrator(&database, env, true, SystemClock.now()).await?;
            write_whole(&file, &token)?;
            Ok(token.to_string())
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes the file with a secret unless it is there.
fn keep_secret(file: &Path, make: impl FnOnce() -> Result<String, Failure>) -> Result<(), Failure> {
    if file.exists() {
        return Ok(());
    }
    write_whole(file, &make()?)
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_whole(file: &Path, text: &str) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let new = folder.join(format!(".{}.new", uuid::Uuid::now_v7()));
    let write = || -> std::io::Result<()> {
        let mut handle = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        handle.write_all(text.as_bytes())?;
        handle.sync_all()?;
        fs::rename(&new, file)?;
        // A key that a power failure took would take everything sealed under it along.
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|error| format!("cannot write {}: {error}", file.display()).into())
}

#[allow(clippy::print_stdout)] // this command talks to a person
fn say(line: &str) {
    println!("{line}");
}
