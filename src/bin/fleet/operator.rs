//! What the fleet's operator does: makes a Domain of its own, issues bootstrap tokens, looks at Nodes, cleans up.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use ipnet::{IpNet, Ipv4Net};
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::answers::{
    Domain, IssuedToken, Kind, Node, NodeList, Project, Reachability, RotationPreview, RotationTriggered,
};
use crate::caller::{Call, CallError, Caller, Said};
use crate::connection::{Answer, Connection};
use crate::contract_check::Operation;
use crate::entries::Change;
use crate::spelled::BootstrapToken;
use crate::state::Coding;
use crate::stats::lock;
use plexsphere::agent::Backoff;

/// A call of the operator is given up after so many faults in a row: two minutes or so.
const ATTEMPTS: u32 = 10;

/// As long as there is no Domain: most likely there is no server, or the address is wrong.
const FIRST_ATTEMPTS: u32 = 4;

/// Other Domains may be in the way of so many ranges.
const RANGES: usize = 64;

/// Where meshes live: private and shared address space.
const BLOCKS: [([u8; 4], u8); 4] =
    [([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([100, 64, 0, 0], 10), ([192, 168, 0, 0], 16)];

/// A token is redeemed at once, or after the faults that the agent sits out.
const TOKEN_SECONDS: u64 = 3600;

const PAGE: usize = 200;

/// When Nodes of the Domain count as away, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Away {
    /// How often a Node reports.
    pub interval: u64,
    /// Without a report for so long it is stale.
    pub stale: u64,
    /// Without a report for so long it is unreachable.
    pub unreachable: u64,
    /// Without a new report its endpoint lapses after so long.
    pub endpoint: u64,
}

impl Away {
    /// For agents that report every `interval`, within what the contract allows.
    pub fn for_interval(interval: Duration) -> Self {
        let whole = interval.as_secs() + u64::from(interval.subsec_nanos() > 0);
        let interval = whole.clamp(10, 600);
        // As by default: of the endpoint's lifetime a heartbeat is the tenth part.
        let endpoint = (10 * whole).clamp(10, 3600);
        Self { interval, stale: 3 * interval, unreachable: (10 * interval).min(3600), endpoint }
    }

    /// For Nodes whose turn comes when it comes: as patient as the contract allows.
    pub fn longest() -> Self {
        Self { interval: 600, stale: 1800, unreachable: 3600, endpoint: 3600 }
    }
}

/// Where the fleet lives.
#[derive(Clone, Debug)]
pub struct Home {
    /// The Domain.
    pub domain_id: String,
    /// The Domain's address range.
    pub mesh_cidr: IpNet,
    /// The Project.
    pub project_id: String,
}

/// The fleet has no place to live.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// A call failed.
    #[error("{0} failed: {1}")]
    Call(&'static str, CallError),
    /// Every range that was tried overlaps another Domain's.
    #[error("other Domains overlap every address range that was tried ({0}); choose one with --domain-cidr")]
    NoRange(usize),
    /// There are more Nodes than addresses.
    #[error("{0} Nodes do not fit into the ranges that meshes live in")]
    TooMany(usize),
}

/// The operator.
pub struct Operator {
    caller: Arc<Caller>,
    bearer: HeaderValue,
    /// Connections that nobody uses now: as many as there ever were calls at once.
    idle: Mutex<Vec<Connection>>,
}

impl Operator {
    /// Acts with `bearer` as its credential.
    pub fn new(caller: Arc<Caller>, bearer: HeaderValue) -> Self {
        Self { caller, bearer, idle: Mutex::default() }
    }

    /// Makes a Domain and a Project in it.
    ///
    /// # Errors
    /// [`HomeError`].
    pub async fn settle(
        &self,
        nodes: usize,
        cidr: Option<IpNet>,
        away: Away,
        rng: &mut SmallRng,
    ) -> Result<Home, HomeError> {
        let ranges = match cidr {
            Some(cidr) => vec![cidr],
            None => ranges(nodes, rng)?,
        };
        // Not out of the seed: a run is repeated against the same server.
        let slug = format!("fleet-{:08x}", rand::random::<u32>());
        for mesh_cidr in &ranges {
            let domain = json!({
                "name": format!("Fleet of {nodes}"), "slug": slug, "mesh_cidr": mesh_cidr.to_string(),
                "reachability": {
                    "heartbeat_interval": format!("{}s", away.interval),
                    "stale_after": format!("{}s", away.stale),
                    "unreachable_after": format!("{}s", away.unreachable),
                },
                "endpoint_ttl_seconds": away.endpoint,
            });
            let made: Said<Domain> = match self.post(Operation::CreateDomain, &[], &domain).await {
                Err(error) if error.code() == Some("mesh_cidr_overlap") => continue,
                other => other.map_err(|error| HomeError::Call("creating the Domain", error))?,
            };
            let ttl = made.body.endpoint_ttl_seconds;
            if made.body.mesh_cidr.0 != *mesh_cidr || made.body.slug != slug || u64::try_from(ttl) != Ok(away.endpoint)
            {
                let (slug_made, cidr_made) = (&made.body.slug, made.body.mesh_cidr.0);
                let detail =
                    format!("{slug} in {mesh_cidr}, {} s, became {slug_made} in {cidr_made}, {ttl} s", away.endpoint);
                self.caller.violation(Operation::CreateDomain, "echo", detail, &made.correlation_id);
            }
            let domain_id = made.body.domain_id.to_string();
            let project = json!({"domain_id": domain_id, "name": "Fleet", "slug": "fleet"});
            let made: Result<Said<Project>, _> = self.post(Operation::CreateProject, &[], &project).await;
            let project = made.map_err(|error| HomeError::Call("creating the Project", error))?;
            if project.body.domain_id.to_string() != domain_id {
                let detail = format!("{domain_id} became {}", project.body.domain_id.0);
                self.caller.violation(Operation::CreateProject, "echo", detail, &project.correlation_id);
            }
            return Ok(Home { domain_id, mesh_cidr: *mesh_cidr, project_id: project.body.project_id.to_string() });
        }
        Err(HomeError::NoRange(ranges.len()))
    }

    /// A bootstrap token for a new Node of this kind, or for the Node `bound`.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn token(&self, home: &Home, kind: Kind, bound: Option<Uuid>) -> Result<BootstrapToken, CallError> {
        let mut body = json!({"kind": kind.as_str(), "env_prefix": "dev", "ttl_seconds": TOKEN_SECONDS});
        if let Some(node_id) = bound {
            body["node_id"] = json!(node_id.to_string());
        }
        let issued: Said<IssuedToken> = self.post(Operation::IssueBootstrapToken, &[&home.project_id], &body).await?;
        let lifetime = (issued.body.expires_at.0 - issued.body.issued_at.0).num_seconds();
        if u64::try_from(lifetime) != Ok(TOKEN_SECONDS) {
            let detail = format!("{TOKEN_SECONDS} s became {lifetime} s");
            self.caller.violation(Operation::IssueBootstrapToken, "lifetime", detail, &issued.correlation_id);
        }
        if !issued.body.token.is_for(kind) {
            let detail = format!("not one for a {}", kind.as_str());
            self.caller.violation(Operation::IssueBootstrapToken, "kind", detail, &issued.correlation_id);
        }
        Ok(issued.body.token.0)
    }

    /// How a Node is doing. One attempt: the next sample comes soon.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn reachability(&self, node_id: Uuid) -> Result<Said<Reachability>, CallError> {
        self.once(Operation::GetNodeReachability, node_id).await
    }

    /// Changes an entry of a Node's metadata. One attempt: whoever asks knows that it may have been in vain.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn change_metadata(&self, node_id: Uuid, change: &Change) -> Result<(), CallError> {
        let id = node_id.to_string();
        let ids = [id.as_str(), change.key()];
        let body = change.body();
        let operation =
            if body.is_some() { Operation::PutNodeMetadataEntry } else { Operation::DeleteNodeMetadataEntry };
        let mut connection = self.take();
        let call = Call { body, ..Call::new(operation).ids(&ids).bearer(&self.bearer) };
        let done = self.caller.call_for_nothing(&mut connection, call).await;
        self.give_back(connection);
        done
    }

    /// What a rotation of a Node's mesh key would touch. One attempt.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn preview_rotation(&self, node_id: Uuid) -> Result<Said<RotationPreview>, CallError> {
        self.once(Operation::GetNodeKeysRotatePreview, node_id).await
    }

    /// Asks a Node for another mesh key. One attempt: a second one would be answered otherwise.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn trigger_rotation(&self, node_id: Uuid) -> Result<Said<RotationTriggered>, CallError> {
        self.once(Operation::PostNodeKeysRotate, node_id).await
    }

    /// The sealed PSK of an edge, for the Node that `bearer` is of.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn edge_psk(&self, bearer: &HeaderValue, node_id: Uuid, peer: Uuid) -> Result<Said<Answer>, CallError> {
        let (id, peer) = (node_id.to_string(), peer.to_string());
        let ids = [id.as_str(), peer.as_str()];
        let mut patience = Patience::new(ATTEMPTS);
        loop {
            let mut connection = self.take();
            let call = Call::new(Operation::GetPeerPsk).ids(&ids).bearer(bearer);
            let said = self.caller.call_for_answer(&mut connection, call).await;
            self.give_back(connection);
            match said {
                Ok(said) => return Ok(said),
                Err(error) => patience.after(error, &self.caller).await?,
            }
        }
    }

    /// The state that a Node has to reach.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn state(&self, node_id: Uuid, coding: Coding) -> Result<Said<Answer>, CallError> {
        let id = node_id.to_string();
        let ids = [id.as_str()];
        let mut patience = Patience::new(ATTEMPTS);
        loop {
            let mut connection = self.take();
            let call = Call::new(Operation::GetNodeState).ids(&ids).bearer(&self.bearer).coding(coding.as_str());
            let said = self.caller.call_for_answer(&mut connection, call).await;
            self.give_back(connection);
            match said {
                Ok(said) => return Ok(said),
                Err(error) => patience.after(error, &self.caller).await?,
            }
        }
    }

    /// The picture of the mesh, to `sink`. One attempt: a part of it may be there already.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn topology(
        &self,
        home: &Home,
        query: &str,
        sink: &mpsc::Sender<Bytes>,
    ) -> Result<Said<Answer>, CallError> {
        let ids = [home.domain_id.as_str()];
        let mut connection = self.take();
        let call = Call::new(Operation::GetDomainMeshTopology).ids(&ids).bearer(&self.bearer);
        let call = Call { query: Some(query), ..call };
        let said = self.caller.stream(&mut connection, call, sink).await;
        self.give_back(connection);
        said
    }

    /// A Node as it is now.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn node(&self, node_id: Uuid) -> Result<Said<Node>, CallError> {
        self.patiently(Operation::GetNode, &[&node_id.to_string()], None, None).await
    }

    /// Takes a Node out of the mesh.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn drain(&self, node_id: Uuid) -> Result<(), CallError> {
        self.patiently_for_nothing(Operation::DrainNode, &node_id.to_string()).await
    }

    /// Brings it back.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn undrain(&self, node_id: Uuid) -> Result<(), CallError> {
        self.patiently_for_nothing(Operation::UndrainNode, &node_id.to_string()).await
    }

    /// The Nodes of the Domain, page by page.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn nodes(&self, home: &Home) -> Result<Vec<Node>, CallError> {
        let operation = Operation::ListNodes;
        let mut nodes: Vec<Node> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = format!("domain_id={}&limit={PAGE}", home.domain_id);
            if let Some(cursor) = &cursor {
                query = format!("{query}&cursor={}", percent_encoded(cursor));
            }
            let page: Said<NodeList> = self.patiently(operation, &[], Some(&query), None).await?;
            let next_cursor = page.body.next_cursor;
            let before = nodes.last().map(|node| node.node_id);
            let ids: Vec<_> = before.into_iter().chain(page.body.items.iter().map(|node| node.node_id)).collect();
            if !ids.is_sorted_by(|a, b| a < b) {
                let detail = "the Nodes are not in order of their ids, or one is there twice".to_owned();
                self.caller.violation(operation, "order", detail, &page.correlation_id);
            }
            let full = page.body.items.len();
            if full > PAGE || (full == 0 && next_cursor.is_some()) {
                let detail =
                    format!("{full} items on a page of at most {PAGE}, another follows: {}", next_cursor.is_some());
                self.caller.violation(operation, "page", detail, &page.correlation_id);
            }
            nodes.extend(page.body.items);
            // A server that never ends would keep us here for ever.
            match next_cursor {
                Some(next) if cursor.as_ref() != Some(&next) && full > 0 => cursor = Some(next),
                _ => return Ok(nodes),
            }
        }
    }

    /// The Node with this handle, if there is one.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn find(&self, home: &Home, handle: &str) -> Result<Option<Uuid>, CallError> {
        let nodes = self.nodes(home).await?;
        Ok(nodes.into_iter().find(|node| node.resource_handle == handle).map(|node| node.node_id.0))
    }

    /// Deregisters a Node.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn deregister(&self, node_id: Uuid) -> Result<(), CallError> {
        self.patiently_for_nothing(Operation::DeregisterNode, &node_id.to_string()).await
    }

    /// Deletes the Project and the Domain.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn leave(&self, home: &Home) -> Result<(), CallError> {
        self.patiently_for_nothing(Operation::DeleteProject, &home.project_id).await?;
        self.patiently_for_nothing(Operation::DeleteDomain, &home.domain_id).await
    }

    async fn once<T: DeserializeOwned>(&self, operation: Operation, node_id: Uuid) -> Result<Said<T>, CallError> {
        let id = node_id.to_string();
        let ids = [id.as_str()];
        let mut connection = self.take();
        let call = Call::new(operation).ids(&ids).bearer(&self.bearer);
        let said = self.caller.call(&mut connection, call).await;
        self.give_back(connection);
        said
    }

    async fn post<T: DeserializeOwned>(
        &self,
        operation: Operation,
        ids: &[&str],
        body: &Value,
    ) -> Result<Said<T>, CallError> {
        self.patiently(operation, ids, None, Some(body)).await
    }

    async fn patiently<T: DeserializeOwned>(
        &self,
        operation: Operation,
        ids: &[&str],
        query: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Said<T>, CallError> {
        let mut patience = Patience::new(if operation == Operation::CreateDomain { FIRST_ATTEMPTS } else { ATTEMPTS });
        loop {
            let mut call = Call { ids, query, bearer: Some(&self.bearer), ..Call::new(operation) };
            if let Some(body) = body {
                call = call.body(body.to_string());
            }
            let mut connection = self.take();
            let said = self.caller.call(&mut connection, call).await;
            self.give_back(connection);
            match said {
                Ok(said) => return Ok(said),
                Err(error) => patience.after(error, &self.caller).await?,
            }
        }
    }

    async fn patiently_for_nothing(&self, operation: Operation, id: &str) -> Result<(), CallError> {
        let mut patience = Patience::new(ATTEMPTS);
        loop {
            let ids = [id];
            let call = Call::new(operation).ids(&ids).bearer(&self.bearer);
            let mut connection = self.take();
            let said = self.caller.call_for_nothing(&mut connection, call).await;
            self.give_back(connection);
            match said {
                Ok(()) => return Ok(()),
                Err(error) => patience.after(error, &self.caller).await?,
            }
        }
    }

    fn take(&self) -> Connection {
        lock(&self.idle).pop().unwrap_or_else(|| self.caller.connection())
    }

    fn give_back(&self, connection: Connection) {
        lock(&self.idle).push(connection);
    }
}

/// Sits out faults that pass.
struct Patience {
    attempts: u32,
    backoff: Backoff,
    rng: SmallRng,
}

impl Patience {
    fn new(attempts: u32) -> Self {
        Self { attempts, backoff: Backoff::default(), rng: SmallRng::seed_from_u64(rand::random()) }
    }

    /// Waits, or gives the error back when waiting is of no use.
    async fn after(&mut self, error: CallError, caller: &Caller) -> Result<(), CallError> {
        if !error.is_transient() || self.backoff.failures() + 1 >= self.attempts {
            return Err(error);
        }
        let wait = self.backoff.after_failure(error.retry_after(), &mut self.rng);
        tokio::time::sleep(wait).await;
        caller.stats().retries.increment();
        Ok(())
    }
}

/// Ranges with room for `nodes`, to be tried in this order: by turns from each block, each from some place on.
fn ranges(nodes: usize, rng: &mut impl Rng) -> Result<Vec<IpNet>, HomeError> {
    // Twice the Nodes: freed addresses rest for a while. The network's own and the broadcast address are extra.
    let wanted = (2 * nodes as u64 + 2).next_power_of_two().max(256);
    let prefix = 32_u32.saturating_sub(wanted.trailing_zeros());
    let mut blocks = Vec::new();
    for (address, length) in BLOCKS {
        if prefix < u32::from(length) {
            continue;
        }
        let count = 1_u32 << (prefix - u32::from(length));
        blocks.push((u32::from_be_bytes(address), count, rng.random_range(0..count)));
    }
    if blocks.is_empty() {
        return Err(HomeError::TooMany(nodes));
    }
    let mut found = Vec::new();
    for turn in 0..blocks.iter().map(|(_, count, _)| *count).max().unwrap_or(0) {
        for (base, count, start) in blocks.iter().filter(|(_, count, _)| turn < *count) {
            let address = base + ((start + turn) % count) * (1_u32 << (32 - prefix));
            let address = IpAddr::from(address.to_be_bytes());
            let net = IpNet::new(address, u8::try_from(prefix).unwrap_or(32));
            found.extend(net.ok());
            if found.len() == RANGES {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// Whether `cidr` has an address for each of `nodes`.
pub fn has_room(cidr: IpNet, nodes: usize) -> bool {
    let hosts = match cidr {
        IpNet::V4(net) => usable_v4(net),
        IpNet::V6(net) => 1_u64.checked_shl(128 - u32::from(net.prefix_len())).map_or(u64::MAX, |size| size - 1),
    };
    hosts >= nodes as u64
}

fn usable_v4(net: Ipv4Net) -> u64 {
    (1_u64 << (32 - u32::from(net.prefix_len()))).saturating_sub(2)
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_fit_and_do_not_repeat() {
        let mut rng = SmallRng::seed_from_u64(3);
        for nodes in [1, 50, 127, 1000, 10_000, 1_000_000] {
            let found = ranges(nodes, &mut rng).unwrap();
            for (at, range) in found.iter().enumerate() {
                assert_eq!(range.trunc(), *range);
                assert!(has_room(*range, 2 * nodes), "{range} for {nodes}");
                assert!(!found[..at].contains(range), "{range} twice");
                let inside = |(address, length): &([u8; 4], u8)| {
                    IpNet::new(IpAddr::from(*address), *length).unwrap().contains(range)
                };
                assert!(BLOCKS.iter().any(inside), "{range}");
            }
        }
        assert!(ranges(1 << 24, &mut rng).is_err());
    }

    #[test]
    fn room_is_counted_without_network_and_broadcast() {
        assert!(has_room("10.0.0.0/30".parse().unwrap(), 2) && !has_room("10.0.0.0/30".parse().unwrap(), 3));
        assert!(has_room("fd00::/64".parse().unwrap(), 1_000_000) && !has_room("fd00::/126".parse().unwrap(), 4));
    }

    #[test]
    fn thresholds_are_those_that_the_contract_allows() {
        for seconds in [0, 2, 30, 100, 5000] {
            let away = Away::for_interval(Duration::from_secs(seconds));
            assert!((10..=600).contains(&away.interval));
            assert!(away.stale >= 3 * away.interval && away.unreachable >= 2 * away.stale && away.unreachable <= 3600);
        }
    }

    #[test]
    fn cursors_are_escaped() {
        assert_eq!(percent_encoded("aZ0-._~"), "aZ0-._~");
        assert_eq!(percent_encoded("a+b/c="), "a%2Bb%2Fc%3D");
    }
}
