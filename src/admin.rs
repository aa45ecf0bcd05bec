//! `plexsphere admin`: what is done on the installation itself, past the API.

mod audit;

mod idp;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::clock::{Clock, SystemClock};
use plexsphere::config::{Config, Overrides, environment};
use plexsphere::event_log::{Checks, Entry, EventLog, PgEventLog};
use plexsphere::ids::{DomainId, NodeId};
use plexsphere::mesh::nodes::{NodeRepo, PgNodes};
use plexsphere::mesh::wrap_keys;
use plexsphere::postgres::{Database, migrations};
use plexsphere::signing::store::check_master_key;
use plexsphere::signing::{Scope, Sealer};
use plexsphere::tenancy::signing_keys::rotate;

use crate::{Failure, database, token_env};

/// Time between two looks at the log while it is followed.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Events that are read at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub enum Command {
    /// Make the first administrator and print its API token
    Bootstrap {
        /// Make another administrator although there is one: all tokens are lost
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Rotate the key that a Domain's events are signed with
    #[command(subcommand)]
    SigningKey(SigningKey),
    /// Rotate the key that seals a Domain's pre-shared keys
    #[command(subcommand)]
    WrapKey(WrapKey),
    /// Bind issuers whose users may call
    #[command(subcommand)]
    Idp(idp::Command),
    /// Read the log of events, verifying each
    #[command(subcommand)]
    Events(Events),
    /// Prove that nobody has changed the audit log
    #[command(subcommand)]
    Audit(audit::Command),
}

#[derive(Subcommand)]
pub enum SigningKey {
    /// Make a new key and announce it, signed by the old one. Repeating it while the transition lasts changes nothing
    Rotate {
        /// The Domain's id
        #[arg(long, value_name = "ID")]
        domain: DomainId,
        /// Seconds for which agents that pull their state are told of both keys
        #[arg(long, default_value_t = 86_400)]
        transition_seconds: u32,
        /// Begin another rotation although one is in transition: the key is lost or known to others
        #[arg(long)]
        again: bool,
        #[command(flatten)]
        overrides: Overrides,
    },
}

#[derive(Subcommand)]
pub enum WrapKey {
    /// Make a new version and seal all live pre-shared keys under it, while serving. Repeating it after it was cut off
    /// finishes what it had begun
    Rotate {
        /// The Domain's id
        #[arg(long, value_name = "ID")]
        domain: DomainId,
        #[command(flatten)]
        overrides: Overrides,
    },
}

#[derive(Subcommand)]
pub enum Events {
    /// Print events as they come, until interrupted
    Tail(Selection),
    /// Print the events that are there; fails when one does not verify
    Inspect(Selection),
}

#[derive(Args)]
pub struct Selection {
    /// Of this Domain: for its Nodes and for operators
    #[arg(long, value_name = "ID", required_unless_present = "node", conflicts_with = "node")]
    domain: Option<DomainId>,
    /// What this Node's stream carries
    #[arg(long, value_name = "ID")]
    node: Option<NodeId>,
    /// Only events with a greater number [default: `inspect`: from the oldest on; `tail`: from now on]
    #[arg(long, value_name = "NUMBER")]
    after: Option<i64>,
    /// So many at most; `tail` then ends
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    #[command(flatten)]
    overrides: Overrides,
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Bootstrap { force, overrides } => bootstrap(force, overrides).await,
        Command::SigningKey(SigningKey::Rotate { domain, transition_seconds, again, overrides }) => {
            let (database, sealer) = database_and_sealer(overrides).await?;
            let transition = TimeDelta::seconds(transition_seconds.into());
            let rotation = rotate(&database, &sealer, domain, transition, again, SystemClock.now()).await?;
            if rotation.under_way {
                tell("a rotation is in transition already; nothing was changed (--again begins another one)");
            }
            say(&format!("key_id             {}", rotation.key_id));
            say(&format!("previous_key_id    {}", rotation.previous_key_id));
            say(&format!("transition_expires {}", rotation.transition_expires.to_rfc3339()));
            Ok(())
        }
        Command::WrapKey(WrapKey::Rotate { domain, overrides }) => {
            let (database, sealer) = database_and_sealer(overrides).await?;
            let done =
                wrap_keys::rotate(&database, &sealer, domain, wrap_keys::Pace::default(), SystemClock.now()).await?;
            if done.resumed {
                tell("an earlier rotation was not through; it is finished, and no further version was made");
            }
            say(&format!("version {}", done.version));
            say(&format!("psks    {}", done.psks));
            Ok(())
        }
        Command::Idp(command) => idp::run(command).await,
        Command::Events(Events::Tail(selection)) => events(selection, true).await,
        Command::Events(Events::Inspect(selection)) => events(selection, false).await,
        Command::Audit(command) => audit::run(command).await,
    }
}

async fn database_and_sealer(overrides: Overrides) -> Result<(Database, Sealer), Failure> {
    let config = Config::load(overrides, environment())?;
    let database = database(&config)?;
    let sealer = Sealer::new(&*config.master_key()?);
    // A key under another master key could not be used by any replica.
    check_master_key(&mut database.connect().await?, &sealer).await?;
    Ok((database, sealer))
}

async fn bootstrap(force: bool, overrides: Overrides) -> Result<(), Failure> {
    let config = Config::load(overrides, environment())?;
    let database = database(&config)?;
    migrations::run(&database).await?;
    let (identity, token) =
        first_administrator(&database, token_env(&config.environment), force, SystemClock.now()).await?;
    tell(&format!("{identity} administers the platform. This is its API token; it is not shown again:"));
    say(token.as_str());
    Ok(())
}

async fn events(selection: Selection, follow: bool) -> Result<(), Failure> {
    let config = Config::load(selection.overrides.clone(), environment())?;
    let database = database(&config)?;
    let scopes = scopes(&database, &selection).await?;
    let log = PgEventLog::new(database.clone());
    let mut checks = Checks::new(Arc::new(database));
    let bounds = log.bounds().await?;
    let mut after = match (selection.after, follow) {
        (Some(after), _) => after,
        (None, true) => bounds.head,
        (None, false) => bounds.oldest - 1,
    };
    if after + 1 < bounds.oldest {
        tell(&format!("the log begins with {}", bounds.oldest));
    }
    let mut left = selection.limit.unwrap_or(usize::MAX);
    let mut unverified = 0_usize;
    while left > 0 {
        let page = log.read(scopes.as_deref(), after, PAGE).await?;
        let last = page.entries.last().map(|entry| entry.sequence);
        let more = page.entries.len() as i64 == PAGE;
        let mut wanted: Vec<Entry> = page.entries;
        wanted.retain(|entry| selection.domain.is_none_or(|domain| entry.domain_id == domain));
        wanted.truncate(left);
        left -= wanted.len();
        for (entry, fault) in wanted.iter().zip(checks.faults(&wanted, true).await?) {
            unverified += usize::from(fault.is_some());
            let verdict = fault.map_or_else(|| "verified".to_owned(), |fault| format!("NOT VERIFIED ({fault})"));
            say(&format!("{} {} {verdict} {}", entry.sequence, entry.event_type, entry.line));
        }
        after = last.unwrap_or(after);
        match (more, follow) {
            (true, _) => {}
            (false, true) => tokio::time::sleep(LOOK_EVERY).await,
            (false, false) => break,
        }
    }
    match unverified {
        0 => Ok(()),
        some => Err(format!("{some} events do not verify").into()),
    }
}

/// `None`: all of the log, of which a Domain's are picked.
async fn scopes(database: &Database, selection: &Selection) -> Result<Option<Vec<Scope>>, Failure> {
    let Some(node) = selection.node else { return Ok(None) };
    let found = PgNodes::new(database.clone(), TimeDelta::zero()).find(node, SystemClock.now()).await?;
    let found = found.ok_or_else(|| format!("there is no Node {node}"))?;
    let scopes: HashSet<Scope> = [Scope::Node(node), Scope::Domain(found.domain_id)].into();
    Ok(Some(scopes.into_iter().collect()))
}

#[allow(clippy::print_stdout)] // these commands answer a person, or a shell that reads their answer
fn say(line: &str) {
    println!("{line}");
}

#[allow(clippy::print_stderr)] // for the person; standard output is the answer alone
fn tell(line: &str) {
    eprintln!("{line}");
}
