//! A run from its beginning to its end: settle, enrol, report for a while, look at the states, clean up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::agent::{Agent, GaveUp, World};
use crate::answers::{Node, State, Status};
use crate::caller::{CallError, Caller};
use crate::cli::Settings;
use crate::connection::{Connection, Endpoint, EndpointError};
use crate::contract_check::{Operation, Rules, RulesError};
use crate::convergence;
use crate::edges::{self, Ends};
use crate::entries::{self, Metadata};
use crate::load::{self, Load};
use crate::maintenance;
use crate::operator::{Away, HomeError, Operator};
use crate::progress::Progress;
use crate::report::{Course, Phase, Report, States};
use crate::roster::Roster;
use crate::rotations::{self, Rotations};
use crate::stats::Stats;
use crate::streams::Streams;
use crate::watch as sampler;

/// From so many Nodes and heartbeats on, keys must have been rotated, and edges must be there to compare.
const FEWEST: usize = 8;
const LEAST_HEARTBEATS: f64 = 6.0;

/// The run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no way to the server.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The contract cannot be held against answers.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The token is not one.
    #[error("the admin token has characters that no token has")]
    Token(#[from] InvalidHeaderValue),
    /// The server's name is not one.
    #[error("the name of the server cannot be sent to it: {0}")]
    Name(#[from] http::Error),
    /// The fleet has no place to live.
    #[error(transparent)]
    Home(#[from] HomeError),
}

/// Runs a fleet until its time is over or `stop` says so.
///
/// # Errors
/// [`RunError`] when it could not begin; whatever happens later is in the report.
pub async fn run(settings: &Settings, stop: watch::Receiver<bool>) -> Result<Report, RunError> {
    let stats = Arc::new(Stats::default());
    let endpoint = Arc::new(Endpoint::new(&settings.server, &settings.ca)?);
    let name = format!("fleet-{:x}", settings.seed);
    let caller = Arc::new(Caller::new(Arc::clone(&endpoint), Rules::load()?, Arc::clone(&stats), name)?);
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", settings.admin_token.as_str()))?;
    bearer.set_sensitive(true);
    let operator = Operator::new(Arc::clone(&caller), bearer);

    let mut rng = SmallRng::seed_from_u64(settings.seed);
    let away = if settings.load.is_some() { Away::longest() } else { Away::for_interval(settings.interval) };
    let home = operator.settle(settings.nodes, settings.domain_cidr, away, &mut rng).await?;
    let (over, is_over) = watch::channel(false);
    let world = Arc::new(World {
        caller,
        operator,
        roster: Roster::new(home.mesh_cidr, settings.nodes),
        streams: Streams::new(endpoint, &home.domain_id, settings.nodes, settings.seed, settings.streams),
        metadata: Metadata::default(),
        rotations: Rotations::default(),
        ends: Ends::default(),
        bridges: settings.bridges,
        home,
        enrolments: Semaphore::new(settings.concurrency),
        interval: settings.interval,
        endpoint_ttl: TimeDelta::seconds(i64::try_from(away.endpoint).unwrap_or(i64::MAX)),
        stop: is_over,
    });
    // Either the time is over, which is said below, or somebody wants it to be.
    let over = Arc::new(over);
    let forward = tokio::spawn(forward(stop.clone(), Arc::clone(&over)));
    let stale = Duration::from_secs(away.stale);
    let sampler = tokio::spawn(sampler::reachability(Arc::clone(&world), stale, settings.seed));
    let progress = Progress::start(Arc::clone(&stats), settings);

    let mut living = JoinSet::new();
    let (enrolment, waiting) = enrol(settings, &world, &mut living).await;
    // Once all are enrolled, so that a snapshot of peers misses one of them at most.
    let maintenance =
        settings.load.is_none().then(|| tokio::spawn(maintenance::rounds(Arc::clone(&world), settings.seed)));
    let entries =
        settings.load.is_none().then(|| tokio::spawn(entries::set_metadata(Arc::clone(&world), settings.seed)));
    let rotations = settings.load.is_none().then(|| tokio::spawn(rotations::ask(Arc::clone(&world), settings.seed)));
    let heartbeats = match settings.load {
        Some(load) => under_load(waiting, load, &world, &progress).await,
        None => {
            progress.reporting();
            let (began, before) = (Instant::now(), stats.heartbeats.get());
            world.is_over_before(began + settings.duration).await;
            Phase::new(stats.heartbeats.get() - before, began.elapsed())
        }
    };
    over.send_replace(true);
    for task in maintenance.into_iter().chain(entries).chain(rotations) {
        task.await.ok();
    }
    while living.join_next().await.is_some() {}
    sampler.await.ok();
    forward.abort();

    let interrupted = *stop.borrow();
    let listed = world.operator.nodes(&world.home).await;
    let states = match &listed {
        Ok(nodes) => Some(States::count(nodes)),
        Err(_) => None,
    };
    if let Ok(nodes) = &listed {
        compare(nodes, &world);
        rotations::judge(nodes, &world);
    }
    let mut troubles: Vec<String> =
        listed.as_ref().err().map(|error| format!("the states are not known: {error}")).into_iter().collect();
    let (mut convergence, mut edge_psks) = (None, 0);
    if settings.load.is_none() {
        progress.comparing();
        match convergence::check(&world, &mut rng).await {
            Ok(compared) => convergence = Some(compared),
            Err(trouble) => troubles.push(trouble),
        }
        match edges::compare(&world, listed.as_deref().unwrap_or_default(), &mut rng).await {
            Ok(compared) => edge_psks = compared,
            Err(trouble) => troubles.push(trouble),
        }
    }
    let streams = world.streams.end(&world).await;
    if streams.not_open > 0 {
        troubles.push(format!("{} streams were not open at the end", streams.not_open));
    }
    let enough = settings.nodes >= FEWEST && settings.duration >= settings.interval.mul_f64(LEAST_HEARTBEATS);
    if settings.load.is_none() && enough && !interrupted {
        // Nothing was found wrong where nothing was looked at.
        let looked_at = [("mesh keys rotated", stats.rotations.get()), ("edge PSKs compared", edge_psks as u64)];
        let folds = convergence.as_ref().map_or(0, |compared| compared.folds as u64);
        let at_streams = [
            ("streams opened", streams.opened),
            ("events", streams.events),
            ("events of single Nodes", streams.witnessed),
            ("folds compared", folds),
        ];
        let looked_at = looked_at.into_iter().chain(at_streams.into_iter().filter(|_| settings.streams));
        troubles.extend(looked_at.filter(|(_, n)| *n == 0).map(|(what, _)| format!("no {what}")));
    }
    if !settings.keep {
        progress.cleaning_up();
        troubles.extend(clean_up(settings, &world).await.err().map(|error| format!("cleaning up failed: {error}")));
    }
    progress.finish();
    let course =
        Course { enrolments: enrolment, heartbeats, states, convergence, edge_psks, streams, interrupted, troubles };
    Ok(Report::new(settings, &stats, course))
}

async fn forward(mut stop: watch::Receiver<bool>, over: Arc<watch::Sender<bool>>) {
    // Nobody left who could say stop: then nobody does.
    if stop.wait_for(|stop| *stop).await.is_ok() {
        over.send_replace(true);
    }
}

/// Enrols all agents, so many at once. They begin to report at once, each over its own connection; for a load they
/// report once and are given back.
async fn enrol(settings: &Settings, world: &Arc<World>, living: &mut JoinSet<()>) -> (Phase, Vec<Agent>) {
    let began = Instant::now();
    let mut enrolling = JoinSet::new();
    let mut next = 0;
    let mut waiting = Vec::new();
    let mut last = began;
    let load = settings.load.is_some();
    loop {
        while next < settings.nodes && enrolling.len() < settings.concurrency && !world.is_over() {
            enrolling.spawn(enrol_one(Agent::new(next, world.kind(next), settings.seed), load, Arc::clone(world)));
            next += 1;
        }
        let Some(done) = enrolling.join_next().await else { break };
        let Ok(Ok((agent, connection))) = done else { continue };
        last = Instant::now();
        if load {
            waiting.push(agent);
        } else {
            living.spawn(agent.live(connection, Arc::clone(world)));
        }
    }
    (Phase::new(world.caller.stats().enrolled.get(), last - began), waiting)
}

async fn enrol_one(mut agent: Agent, report: bool, world: Arc<World>) -> Result<(Agent, Connection), GaveUp> {
    let mut connection = world.caller.connection();
    agent.enrol(&mut connection, &world).await?;
    if report {
        agent.heartbeat(&mut connection, &world, None).await;
    }
    Ok((agent, connection))
}

async fn under_load(agents: Vec<Agent>, load: Load, world: &Arc<World>, progress: &Progress) -> Phase {
    let stats = world.caller.stats();
    // Those of the enrolment are not part of the measurement.
    stats.forget(Operation::PostNodeHeartbeat);
    let before = stats.heartbeats.get();
    progress.reporting();
    let done = load::run(agents, load, Arc::clone(world)).await;
    Phase { unsent: done.unsent, ..Phase::new(stats.heartbeats.get() - before, done.elapsed) }
}

/// Holds the list of Nodes against what the enrolments said.
fn compare(nodes: &[Node], world: &World) {
    let broken = |rule, detail| world.caller.violation(Operation::ListNodes, rule, detail, "");
    let mut missing: HashMap<_, _> =
        (0..world.roster.len()).filter_map(|index| world.roster.node(index).map(|(id, _)| (id, index))).collect();
    let mut addresses = BTreeMap::new();
    let mut active = HashSet::new();
    for node in nodes {
        if node.status == Status::Active {
            active.insert(node.node_id.0);
        }
        if node.domain_id.0.to_string() != world.home.domain_id {
            broken("filter", format!("{} is of another Domain", node.node_id.0));
        }
        let (id, address) = (node.node_id.0, node.mesh_ip.0);
        if let Some(other) = addresses.insert(address, id) {
            broken("duplicate address", format!("{address} for {id} and {other}"));
        }
        match missing.remove(&id) {
            Some(index) if world.roster.node(index) != Some((id, address)) => {
                broken("mesh address", format!("{id} is listed with {address}"));
            }
            Some(index) if world.kind(index) != node.kind => {
                broken("kind", format!("{id} is listed as a {}", node.kind.as_str()));
            }
            // One whose enrolment's answer was lost, or that somebody else enrolled, is none of ours to judge.
            _ => {}
        }
    }
    if !missing.is_empty() {
        let some: Vec<_> = missing.keys().take(3).map(ToString::to_string).collect();
        broken("missing", format!("{} enrolled Nodes are not listed, among them {}", missing.len(), some.join(", ")));
    }
    // One Node at a time is drained by the fleet itself.
    let drained = usize::from(world.caller.stats().drains.get() > 0);
    let gone = world.roster.enrolled().saturating_sub(active.len()) + drained;
    for short in world.roster.short_snapshots(gone) {
        world.caller.violation(Operation::Register, "peer snapshot", short.detail, &short.correlation_id);
    }
    for (id, correlation_id) in world.roster.absent_nodes() {
        if active.contains(&id) {
            let detail = format!("{id} was missing, though it is active");
            world.caller.violation(Operation::GetNodeState, "missing peer", detail, &correlation_id);
        }
    }
    for (id, correlation_id) in world.roster.unknown_nodes() {
        if active.contains(&id) {
            let detail = format!("{id} was not found, though it is active");
            world.caller.violation(Operation::GetNodeReachability, "not found", detail, &correlation_id);
        }
    }
}

async fn clean_up(settings: &Settings, world: &Arc<World>) -> Result<(), CallError> {
    // Asked for anew: there may be Nodes whose enrolment's answer was lost.
    let nodes = world.operator.nodes(&world.home).await?;
    let mut left = nodes.into_iter().filter(|node| node.status != Status::Deregistered).map(|node| node.node_id.0);
    let mut tasks = JoinSet::new();
    loop {
        while tasks.len() < settings.concurrency
            && let Some(node_id) = left.next()
        {
            let world = Arc::clone(world);
            tasks.spawn(async move { world.operator.deregister(node_id).await });
        }
        match tasks.join_next().await {
            Some(Ok(done)) => done?,
            Some(Err(_)) => {}
            None => break,
        }
    }
    world.operator.leave(&world.home).await
}

impl States {
    /// Counts Nodes by their reachability; those that have left are none.
    pub fn count(nodes: &[Node]) -> Self {
        let of = |state| {
            nodes.iter().filter(|node| node.status != Status::Deregistered && node.reachability == state).count()
        };
        Self { healthy: of(State::Healthy), stale: of(State::Stale), unreachable: of(State::Unreachable) }
    }
}
