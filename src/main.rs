//! The program: arguments to settings to server to exit code.

mod admin;
mod dev;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use plexsphere::clock::SystemClock;
use plexsphere::config::{Config, Overrides, environment};
use plexsphere::postgres::Database;
use plexsphere::postgres::migrations;
use plexsphere::shutdown::Signals;
use plexsphere::{telemetry, wiring};

/// The allocator gives memory back that bursts of connections leave behind.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Control plane of a WireGuard mesh.
#[derive(Parser)]
#[command(name = "plexsphere", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve agents and operators
    Serve(Settings),
    /// Serve with everything embedded: a private PostgreSQL, certificate, keys and first administrator
    Dev(dev::Arguments),
    /// Bring the database's schema up to date
    Migrate(Settings),
    /// Print the effective settings, secrets masked
    Config(Settings),
    /// Administer the installation
    #[command(subcommand)]
    Admin(admin::Command),
}

#[derive(clap::Args)]
struct Settings {
    #[command(flatten)]
    overrides: Overrides,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let outcome = runtime.block_on(run(arguments.command));
    // What is still running was cut off by an ordered stop.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

#[allow(clippy::print_stderr)] // the last word of a program that cannot start
fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("plexsphere: {error}");
    ExitCode::FAILURE
}

#[allow(clippy::print_stdout)] // these commands answer a person, or a shell that reads their answer
async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(settings) => serve(Config::load(settings.overrides, environment())?).await,
        Command::Dev(arguments) => dev::run(arguments).await,
        Command::Migrate(settings) => {
            let config = Config::load(settings.overrides, environment())?;
            let applied = migrations::run(&database(&config)?).await?;
            println!("{applied} migrations applied; the database is up to date");
            Ok(())
        }
        Command::Config(settings) => {
            let config = Config::load(settings.overrides, environment())?;
            print!("{}", config.to_toml_masked());
            Ok(())
        }
        Command::Admin(command) => admin::run(command).await,
    }
}

/// The environment in the text of an API token; there are three.
fn token_env(environment: &str) -> &str {
    match environment {
        "dev" | "stage" => environment,
        _ => "prod",
    }
}

fn database(config: &Config) -> Result<Database, Failure> {
    Ok(Database::new(config.database_url()?.expose(), 2)?)
}

async fn serve(config: Config) -> Result<(), Failure> {
    let _logging = telemetry::init(&config.log, config.log_format)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let (signals, hangups) = Signals::install()?;
    let server = wiring::start(&config, Arc::new(SystemClock), |_| {}).await?;
    tracing::info!(address = %server.address(), ops_address = %server.ops_address(), version = env!("CARGO_PKG_VERSION"), "serving");
    until_stopped(server, signals, hangups, &config).await;
    Ok(())
}

/// Serves until a signal, then stops in order; a second signal stops at once.
async fn until_stopped(
    server: wiring::Server,
    mut signals: Signals,
    mut hangups: plexsphere::shutdown::Hangups,
    config: &Config,
) {
    let signal = loop {
        tokio::select! {
            signal = signals.first() => break signal,
            () = hangups.next() => server.reload_tls(),
        }
    };
    let deadline = config.drain_timeout_seconds.into();
    tracing::info!(signal, ?deadline, "stopping: no new connections; requests in flight are finished");
    tokio::select! {
        () = server.stop(deadline) => tracing::info!("stopped"),
        signal = signals.second() => tracing::warn!(signal, "stopped at once"),
    }
}
