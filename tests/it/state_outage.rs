//! The one exception to what is said of faults and revocation: while the database is down, a Node that was known
//! before is served its last state.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use http::Method;
use plexsphere::access::bootstrap::first_administrator;
use plexsphere::clock::Clock;
use plexsphere::config::Config;
use plexsphere::postgres::embedded::{Embedded, Settings};
use plexsphere::wiring::{self, Server};
use serde_json::json;
use uuid::Uuid;

use crate::harness::agent::nsk_bearer;
use crate::harness::{Agent, Answer, Client, Cluster, ManualClock, overrides};

const PATIENCE: Duration = Duration::from_secs(60);
const STALE: &str = "110 - \"Response is Stale\"";

/// A server over a PostgreSQL of its own, with three Nodes.
struct Alone {
    settings: Settings,
    postgres: Option<Embedded>,
    server: Server,
    clock: Arc<ManualClock>,
    admin: Client,
    agents: Vec<Agent>,
}

impl Alone {
    async fn start(name: &str, limit: Option<u64>) -> Self {
        let data_dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("state-{name}"));
        std::fs::create_dir_all(&data_dir).unwrap();
        let bin_dir = std::env::var_os("PLEXSPHERE_PG_BIN").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let settings = Settings { data_dir, bin_dir, durable: false, max_connections: 60 };
        let postgres = Embedded::start(&settings).await.unwrap();
        let database = format!("run_{}", Uuid::new_v4().simple());
        postgres.ensure_database(&database).await.unwrap();
        // For the certificates.
        Cluster::get().await;
        let mut all = overrides("unused");
        all.database_url = Some(postgres.url(&database).parse().unwrap());
        if let Some(limit) = limit {
            all.stale_read_limit_seconds = Some(limit.to_string().parse().unwrap());
        }
        let clock = Arc::new(ManualClock::default());
        let config = Config::load(all, std::iter::empty()).unwrap();
        let server = wiring::start(&config, clock.clone(), |_| {}).await.unwrap();
        let (_, token) = first_administrator(server.database(), "dev", false, clock.now()).await.unwrap();
        let admin = Client::new(server.address()).with_bearer(&token);
        let domain = json!({ "name": "lab", "slug": "lab", "mesh_cidr": "10.20.0.0/16" });
        let domain = admin.post("/v1/domains", &domain).await.expect(201)["domain_id"].clone();
        let project = json!({ "domain_id": domain, "name": "team", "slug": "team" });
        let project = admin.post("/v1/projects", &project).await.expect(201)["project_id"].as_str().unwrap().to_owned();
        let mut agents = Vec::new();
        for n in 0..3 {
            let body = json!({ "kind": "node", "env_prefix": "test", "ttl_seconds": 3600 });
            let issued = admin.post(&format!("/v1/projects/{project}/bootstrap-tokens"), &body).await.expect(201);
            let token = issued["token"].as_str().unwrap();
            agents.push(Agent::enrol(&admin.without_bearer(), &project, &format!("web-{n}"), token).await);
        }
        Self { settings, postgres: Some(postgres), server, clock, admin, agents }
    }

    async fn goes_down(&mut self) {
        self.postgres.take().unwrap().stop().await.unwrap();
        let found = async {
            while self.server.database().availability().answers() {
                tokio::task::yield_now().await
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap();
    }

    async fn comes_back(&mut self) {
        self.postgres = Some(Embedded::start(&self.settings).await.unwrap());
        let back = async {
            while self.admin.get("/v1/domains").await.status != 200 || !self.server.database().availability().answers()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, back).await.unwrap();
    }

    async fn stop(self) {
        self.server.stop(Duration::from_secs(5)).await;
        self.postgres.unwrap().stop().await.unwrap();
    }
}

async fn pull(agent: &Agent, headers: &[(&str, &str)]) -> Answer {
    let request = agent.client.request(Method::GET, &agent.path("state"));
    agent.client.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_known_is_served_its_last_state_and_nobody_else() {
    let mut a = Alone::start("known", None).await;
    let fresh = pull(&a.agents[0], &[]).await;
    fresh.expect(200);
    // Known, and never asked for its state; the third one is not known at all.
    a.agents[1].heartbeat(a.clock.now()).await.expect(200);
    let gzip = pull(&a.agents[0], &[("accept-encoding", "gzip")]).await;
    a.goes_down().await;
    a.clock.advance(TimeDelta::minutes(14));

    let stale = pull(&a.agents[0], &[]).await;
    assert_eq!((stale.status.as_u16(), stale.header("warning")), (200, Some(STALE)));
    assert_eq!((&stale.bytes, stale.header("etag")), (&fresh.bytes, fresh.header("etag")));
    let stale = pull(&a.agents[0], &[("accept-encoding", "gzip")]).await;
    assert_eq!((&stale.bytes, stale.header("etag")), (&gzip.bytes, gzip.header("etag")));
    let spared = pull(&a.agents[0], &[("if-none-match", fresh.header("etag").unwrap())]).await;
    assert_eq!((spared.status.as_u16(), spared.header("warning")), (304, Some(STALE)));
    let head = a.agents[0].client.request(Method::HEAD, &a.agents[0].path("state"));
    assert_eq!(a.agents[0].client.send(head).await.header("warning"), Some(STALE));

    let path = a.agents[0].path("state");
    let other_key = a.agents[1].registered["nsk"].as_str().unwrap();
    let forged = a.admin.without_bearer().with_bearer(&nsk_bearer(&a.agents[0].node_id, other_key));
    for (who, client, path) in [
        ("an operator", &a.admin, &path),
        ("a wrong key", &forged, &path),
        ("a Node that never asked", &a.agents[1].client, &a.agents[1].path("state")),
        ("a Node that is not known", &a.agents[2].client, &a.agents[2].path("state")),
        ("another operation", &a.agents[0].client, &a.agents[0].path("reachability")),
    ] {
        let refused = client.get(path).await;
        assert_eq!(refused.status, 503, "{who}");
        refused.refused(503, "datastore_unavailable");
    }
    a.admin.without_bearer().get(&path).await.refused(401, "unauthenticated");
    // While its key is still trusted it is known whose it is not.
    let sibling = a.agents[1].client.get(&path).await;
    assert!([403, 503].contains(&sibling.status.as_u16()), "{}", sibling.status);
    a.clock.advance(TimeDelta::seconds(61));
    pull(&a.agents[0], &[]).await.refused(503, "datastore_unavailable");
    a.comes_back().await;
    let fresh_again = pull(&a.agents[0], &[]).await;
    assert_eq!((fresh_again.status.as_u16(), fresh_again.header("warning")), (200, None));
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_state_is_of_the_last_peers_that_were_read_and_gone_with_the_node() {
    let mut a = Alone::start("peers", None).await;
    for agent in &a.agents {
        pull(agent, &[]).await.expect(200);
    }
    a.admin.post_empty(&a.agents[2].path("deregister")).await.expect(204);
    a.server.task("credential_watch").unwrap().step_now().await;
    // Others have been sent the newer list; it is the one that is kept.
    pull(&a.agents[1], &[]).await.expect(200);
    a.goes_down().await;
    let stale = pull(&a.agents[0], &[]).await.expect(200);
    let peers: Vec<&str> =
        stale["peers"].as_array().unwrap().iter().map(|peer| peer["node_id"].as_str().unwrap()).collect();
    assert_eq!(peers, [a.agents[1].node_id.as_str()]);
    pull(&a.agents[2], &[]).await.refused(503, "datastore_unavailable");
    a.comes_back().await;
    a.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_limit_nothing_stale_is_served() {
    let mut a = Alone::start("off", Some(0)).await;
    pull(&a.agents[0], &[]).await.expect(200);
    a.goes_down().await;
    pull(&a.agents[0], &[]).await.refused(503, "datastore_unavailable");
    a.comes_back().await;
    a.stop().await;
}
