//! `plexsphere admin audit`: the chains of the audit log, past the API.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use plexsphere::audit::{self, Chain, Head, verify};
use plexsphere::config::Overrides;
use plexsphere::ids::DomainId;
use plexsphere::postgres::Database;
use serde_json::{Value, json};

use super::{database_and_sealer, say, tell};
use crate::Failure;

/// Heads that are read at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub enum Command {
    /// Verify chains against their signed heads; fails when one does not hold
    Verify {
        #[command(flatten)]
        selection: Selection,
        /// Also against heads that `head` has printed before: shows a chain that was put back to an earlier head, or that
        /// is gone
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
    },
    /// Print the signed heads, a line of JSON each: keep them where the database's owner cannot change them
    Head(Selection),
}

#[derive(Args)]
pub struct Selection {
    /// Only this Domain's chain, also after it was deleted [default: all, and the platform's]
    #[arg(long, value_name = "ID")]
    domain: Option<DomainId>,
    #[command(flatten)]
    overrides: Overrides,
}

impl Selection {
    fn takes(&self, chain: Chain) -> bool {
        self.domain.is_none_or(|domain| chain == Chain::Domain(domain))
    }

    /// A chain that was named and is not there proves nothing: it may have been taken away.
    fn found(&self, any: bool) -> Result<(), Failure> {
        match self.domain {
            Some(domain) if !any => Err(format!("there is no chain {}", Chain::Domain(domain)).into()),
            _ => Ok(()),
        }
    }
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Verify { selection, heads } => {
            let (database, sealer) = database_and_sealer(selection.overrides.clone()).await?;
            let mut chains = audit::chains(&mut *database.read().await?).await?;
            chains.retain(|chain| selection.takes(*chain));
            selection.found(!chains.is_empty())?;
            let mut broken = 0_usize;
            for chain in &chains {
                let found = match verify(&database, &sealer, *chain).await {
                    Ok(found) => found,
                    Err(error) if error.is_passing() => return Err(error.into()),
                    // The others' verdicts are told all the same.
                    Err(error) => {
                        broken += 1;
                        say(&format!("{chain} BROKEN: it cannot be read: {error}"));
                        continue;
                    }
                };
                broken += usize::from(found.fault.is_some());
                let verdict = found.fault.map_or_else(|| "holds".to_owned(), |fault| format!("BROKEN: {fault}"));
                let head = found.head.map_or(0, |head| head.seq);
                say(&format!("{chain} head {head} entries {} {verdict}", found.entries_checked));
            }
            if let Some(file) = heads {
                broken += against(&database, &selection, &file).await?;
            }
            match broken {
                0 => Ok(()),
                some => Err(format!("{some} chains do not hold").into()),
            }
        }
        Command::Head(selection) => {
            let (database, _) = database_and_sealer(selection.overrides.clone()).await?;
            let (mut after, mut any) = (None, false);
            loop {
                let heads = audit::heads(&mut *database.read().await?, after, PAGE).await?;
                for (chain, head) in heads.iter().filter(|(chain, _)| selection.takes(*chain)) {
                    any = true;
                    say(&line(*chain, head).to_string());
                }
                match heads.last() {
                    Some((last, _)) if heads.len() as i64 == PAGE => after = Some(*last),
                    _ => return selection.found(any),
                }
            }
        }
    }
}

fn line(chain: Chain, head: &Head) -> Value {
    json!({
        "chain": chain.to_string(),
        "seq": head.seq,
        "hash": head.hash.to_string(),
        "signed": head.canonical(chain),
        "signature": STANDARD.encode(&head.signature),
    })
}

/// Holds the chains against heads of before. Returns how many do not fit.
async fn against(database: &Database, selection: &Selection, file: &Path) -> Result<usize, Failure> {
    let text = std::fs::read_to_string(file)?;
    let mut broken = 0;
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let (chain, seq, hash) =
            kept(line).ok_or_else(|| format!("{}:{}: not a line of `head`", file.display(), n + 1))?;
        if !selection.takes(chain) {
            continue;
        }
        let found = audit::find(&mut *database.read().await?, chain, seq).await?.map(|entry| entry.hash.to_string());
        if found.as_ref() != Some(&hash) {
            broken += 1;
            let what = if found.is_some() { "is another one" } else { "is not there" };
            say(&format!("{chain} BROKEN: entry {seq}, which was its head once, {what}"));
        }
    }
    tell(&format!("held against the heads of {}", file.display()));
    Ok(broken)
}

fn kept(line: &str) -> Option<(Chain, i64, String)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let chain = match line["chain"].as_str()?.strip_prefix("domain:") {
        Some(id) => Chain::Domain(id.parse().ok()?),
        None => (line["chain"] == "platform").then_some(Chain::Platform)?,
    };
    Some((chain, line["seq"].as_i64()?, line["hash"].as_str()?.to_owned()))
}
