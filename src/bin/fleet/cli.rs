//! What the program is told to do.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use ipnet::IpNet;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::load::Load;
use crate::operator::has_room;

/// Without being told, a fleet has one bridge of so many Nodes.
const ONE_BRIDGE_OF: usize = 25;

/// Simulates agents of a mesh against a control plane and holds every answer against the contract.
///
/// It makes a Domain and a Project of its own, enrols its Nodes there, reports for them, pulls their states, rotates some
/// of their mesh keys, compares the states with each other and with the picture of the mesh when it is at rest, and
/// removes everything at the end. Each agent follows its stream of events, and what one of them got the others have to get;
/// events of a single Node are missed only if the fleet's own operator has caused them. The exit code is 0 when nothing
/// broke the contract and all Nodes are enrolled and healthy at the end, 1 when not, 2 when it could not begin. Ctrl-C ends
/// the run early, with the report.
#[derive(Parser)]
#[command(name = "fleet", version, args_override_self = true)]
pub struct Args {
    /// URL of the server, such as https://localhost:8443
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// PEM file with the certificate to trust
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// API token of a platform administrator; without the flag, the environment's FLEET_ADMIN_TOKEN
    #[arg(long, value_name = "TOKEN")]
    admin_token: Option<String>,
    /// Take what of those three is not given from the file that `plexsphere dev --ready-file` wrote
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// How many agents
    #[arg(long, value_name = "N", default_value_t = 50)]
    nodes: usize,
    /// Seconds to go on once all agents are enrolled
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    duration: u64,
    /// Seconds between two heartbeats of an agent; each differs by up to 10 %
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    heartbeat_interval: f64,
    /// How many agents enrol at once
    #[arg(long, value_name = "N", default_value_t = 64)]
    concurrency: usize,
    /// How many of the agents are bridges; without the flag, one of 25, and one at least when there are several
    #[arg(long, value_name = "N")]
    bridges: Option<usize>,
    /// Address range of the Domain; otherwise one is chosen that overlaps no other Domain's
    #[arg(long, value_name = "CIDR")]
    domain_cidr: Option<IpNet>,
    /// Leave the Nodes, the Project and the Domain behind
    #[arg(long)]
    keep: bool,
    /// Let the agents hold no streams of events, because the server has none
    #[arg(long)]
    no_streams: bool,
    /// Decides about jitter and samples; printed in the report
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Print the report as JSON, and no progress
    #[arg(long)]
    json: bool,
    /// Benchmark: heartbeats back to back instead of one per agent and interval
    #[arg(long)]
    load: bool,
    /// Benchmark: connections that the heartbeats go over
    #[arg(long, value_name = "N", default_value_t = 64)]
    connections: usize,
    /// Benchmark: so many heartbeats a second, whether or not the server keeps up; latencies count from when a
    /// heartbeat was due
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<f64>,
}

/// What a run needs to know. No `Debug`: it holds a secret.
pub struct Settings {
    /// URL of the server.
    pub server: String,
    /// PEM file with the certificate to trust.
    pub ca: PathBuf,
    /// API token of a platform administrator.
    pub admin_token: Zeroizing<String>,
    /// How many agents.
    pub nodes: usize,
    /// How many of them are bridges.
    pub bridges: usize,
    /// How long to go on once all agents are enrolled.
    pub duration: Duration,
    /// Time between two heartbeats of an agent.
    pub interval: Duration,
    /// How many agents enrol at once.
    pub concurrency: usize,
    /// Address range of the Domain.
    pub domain_cidr: Option<IpNet>,
    /// Whether to leave everything behind.
    pub keep: bool,
    /// Whether the agents hold streams of events.
    pub streams: bool,
    /// Decides about jitter and samples.
    pub seed: u64,
    /// Whether the report is JSON.
    pub json: bool,
    /// The benchmark, if it is one.
    pub load: Option<Load>,
}

/// What is wrong with the command line.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The ready file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The ready file is none.
    #[error("{} is not what `plexsphere dev --ready-file` writes: {source}", path.display())]
    ReadyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A number is out of bounds.
    #[error("{0}")]
    Value(&'static str),
    /// The range is too small.
    #[error("{0} has no room for {1} Nodes")]
    Room(IpNet, usize),
}

/// The ready file; it has more in it.
#[derive(Deserialize)]
struct Ready {
    url: String,
    ca_file: PathBuf,
    admin_token: String,
}

impl Args {
    /// Checks what was given.
    ///
    /// # Errors
    /// [`CliError`].
    pub fn settings(self) -> Result<Settings, CliError> {
        let ready = self.ready_file.map(read_ready_file).transpose()?;
        let (url, ca_file, admin_token) =
            ready.map_or((None, None, None), |ready| (Some(ready.url), Some(ready.ca_file), Some(ready.admin_token)));
        // Flags can be read by everyone on the machine, so there is another way.
        let given_token = self.admin_token.or_else(|| std::env::var("FLEET_ADMIN_TOKEN").ok());
        let missing = CliError::Value("--server, --ca and --admin-token, or --ready-file, have to be given");
        let (Some(server), Some(ca), Some(admin_token)) =
            (self.server.or(url), self.ca.or(ca_file), given_token.or(admin_token))
        else {
            return Err(missing);
        };
        if self.nodes == 0 || self.concurrency == 0 || self.connections == 0 {
            return Err(CliError::Value("--nodes, --concurrency and --connections have to be at least 1"));
        }
        let few = if self.nodes > 1 { (self.nodes / ONE_BRIDGE_OF).max(1) } else { 0 };
        let bridges = self.bridges.unwrap_or(few);
        if bridges > self.nodes {
            return Err(CliError::Value("--bridges cannot be more than --nodes"));
        }
        if !(0.05..=600.0).contains(&self.heartbeat_interval) {
            return Err(CliError::Value("--heartbeat-interval has to be from 0.05 to 600"));
        }
        if self.rate.is_some_and(|rate| !(0.1..=1_000_000.0).contains(&rate)) {
            return Err(CliError::Value("--rate has to be from 0.1 to 1000000"));
        }
        if let Some(cidr) = self.domain_cidr.filter(|cidr| !has_room(*cidr, self.nodes)) {
            return Err(CliError::Room(cidr, self.nodes));
        }
        let duration = Duration::from_secs(self.duration);
        // Each connection speaks for Nodes of its own.
        let connections = self.connections.min(self.nodes);
        let load = (self.load || self.rate.is_some()).then_some(Load { connections, rate: self.rate, duration });
        Ok(Settings {
            server,
            ca,
            admin_token: Zeroizing::new(admin_token),
            nodes: self.nodes,
            bridges,
            duration,
            interval: Duration::from_secs_f64(self.heartbeat_interval),
            concurrency: self.concurrency,
            domain_cidr: self.domain_cidr,
            keep: self.keep,
            // A load measures heartbeats and nothing else.
            streams: !self.no_streams && load.is_none(),
            // Short enough to be typed again.
            seed: self.seed.unwrap_or_else(|| u64::from(rand::random::<u32>())),
            json: self.json,
            load,
        })
    }
}

fn read_ready_file(path: PathBuf) -> Result<Ready, CliError> {
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(source) => return Err(CliError::Read { path, source }),
    };
    serde_json::from_slice(&text).map_err(|source| CliError::ReadyFile { path, source })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(args: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once(&"fleet").chain(args))
    }

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_server_is_needed() {
        assert!(parse(&["--server", "https://localhost"]).unwrap().settings().is_err());
        assert!(parse(&["--ready-file", "/nonexistent"]).unwrap().settings().is_err());
        let all = ["--server", "https://localhost", "--ca", "ca.pem", "--admin-token", "psk_x"];
        assert_eq!(parse(&all).unwrap().settings().ok().unwrap().nodes, 50);
    }

    #[test]
    fn a_ready_file_fills_what_is_missing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let ready =
            r#"{"url":"https://localhost:1","ca_file":"/ca.pem","admin_token":"t","ops_url":"http://x","pid":1}"#;
        fs::write(file.path(), ready).unwrap();
        let path = file.path().to_str().unwrap();
        let settings = parse(&["--ready-file", path, "--ca", "other.pem"]).unwrap().settings().ok().unwrap();
        assert_eq!((settings.server.as_str(), settings.ca.to_str()), ("https://localhost:1", Some("other.pem")));
    }

    #[test]
    fn odd_numbers_are_refused() {
        let base = ["--server", "https://localhost", "--ca", "ca.pem", "--admin-token", "psk_x"];
        for odd in [
            ["--nodes", "0"],
            ["--heartbeat-interval", "0"],
            ["--heartbeat-interval", "NaN"],
            ["--rate", "0"],
            ["--connections", "0"],
            ["--bridges", "51"],
            ["--domain-cidr", "10.0.0.0/28"],
        ] {
            let args: Vec<&str> = base.into_iter().chain(odd).collect();
            assert!(parse(&args).unwrap().settings().is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_few_are_bridges() {
        let bridges = |more: &[&str]| {
            let base = ["--server", "https://localhost", "--ca", "ca.pem", "--admin-token", "psk_x"];
            parse(&[&base, more].concat()).unwrap().settings().ok().unwrap().bridges
        };
        assert_eq!((bridges(&[]), bridges(&["--nodes", "1"]), bridges(&["--nodes", "9"])), (2, 0, 1));
        assert_eq!(bridges(&["--bridges", "0"]), 0);
    }

    #[test]
    fn a_rate_is_a_load() {
        let args = [
            "--server",
            "https://localhost",
            "--ca",
            "ca.pem",
            "--admin-token",
            "psk_x",
            "--rate",
            "100",
            "--nodes",
            "8",
        ];
        let load = parse(&args).unwrap().settings().ok().unwrap().load.unwrap();
        assert_eq!((load.connections, load.rate), (8, Some(100.0)));
    }
}
