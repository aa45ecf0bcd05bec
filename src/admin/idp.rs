//! `plexsphere admin idp`: the issuers in the database.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use plexsphere::access::idp::{self, Binding, ClientSecret};
use plexsphere::clock::{Clock, SystemClock};
use plexsphere::config::{Overrides, Secret};
use plexsphere::ids::DomainId;

use super::{database_and_sealer, say, tell};
use crate::Failure;

#[derive(Subcommand)]
pub enum Command {
    /// Bind an issuer to a Domain or to the platform: its users may sign in and call from then on
    Add(Issuer),
    /// List the issuers that are bound, without their secrets
    List {
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Unbind an issuer and end the sessions of its users
    Remove {
        /// The issuer's URL
        #[arg(long, value_name = "URL")]
        issuer: String,
        #[command(flatten)]
        overrides: Overrides,
    },
}

#[derive(Args)]
pub struct Issuer {
    /// The issuer's URL, exactly as it names itself
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// As which client it knows plexsphere
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// File with the client's secret; a public client has none
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// The Domain that its users belong to [default: none, they are the platform's]
    #[arg(long, value_name = "ID")]
    domain: Option<DomainId>,
    /// A further audience whose tokens are taken; may be repeated
    #[arg(long, value_name = "NAME")]
    audience: Vec<String>,
    /// A further host at which the issuer may have its keys and its token endpoint; may be repeated
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    #[command(flatten)]
    overrides: Overrides,
}

/// Does it.
///
/// # Errors
/// When the database cannot be used, or the issuer cannot be bound.
pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add(issuer) => {
            let secret = issuer.client_secret_file.as_ref().map(|path| {
                let text = std::fs::read_to_string(path);
                text.map_err(|error| format!("cannot read {}: {error}", path.display()))
            });
            let binding = Binding {
                issuer: issuer.issuer.into(),
                client_id: issuer.client_id,
                client_secret: secret.transpose()?.map(|text| Secret::from(text.trim().to_owned())).into(),
                domain_id: issuer.domain,
                audiences: issuer.audience,
                hosts: issuer.host,
                row: None,
            };
            let (database, sealer) = database_and_sealer(issuer.overrides).await?;
            idp::add(&database, &sealer, &binding, SystemClock.now()).await?;
            tell("bound; servers know it within seconds");
        }
        Command::List { overrides } => {
            let (database, sealer) = database_and_sealer(overrides).await?;
            for binding in idp::list(&database, &sealer).await? {
                let place = binding.domain_id.map_or_else(|| "platform".to_owned(), |id| format!("domain:{id}"));
                let secret = match binding.client_secret {
                    ClientSecret::Public => "public",
                    ClientSecret::Known(_) => "secret",
                    ClientSecret::Unopened => "secret (of another master key)",
                };
                say(&format!("{} {place} client_id={} {secret}", binding.issuer, binding.client_id));
            }
        }
        Command::Remove { issuer, overrides } => {
            let (database, _) = database_and_sealer(overrides).await?;
            if !idp::remove(&database, &issuer, SystemClock.now()).await? {
                return Err(format!("{issuer} is not bound in the database").into());
            }
        }
    }
    Ok(())
}
