//! Random histories of one Domain's addresses, held against a model that knows nothing of pools.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use plexsphere::clock::Clock;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::harness::agent::registration;
use crate::harness::{Agent, Harness};

const PROJECTS: usize = 3;
/// The Domain is a /27: four sub-ranges of eight addresses.
const SUB_RANGES: u8 = 4;

#[derive(Clone, Debug)]
enum Step {
    Enrol(usize),
    Deregister(prop::sample::Index),
    Pass(i64),
    Reserve(usize, u8),
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..PROJECTS).prop_map(Step::Enrol),
        5 => any::<prop::sample::Index>().prop_map(Step::Deregister),
        2 => (10_i64..70).prop_map(Step::Pass),
        2 => (0..PROJECTS, 0..SUB_RANGES).prop_map(|(project, at)| Step::Reserve(project, at)),
        1 => (0..PROJECTS).prop_map(Step::Delete),
    ]
}

struct Project {
    id: String,
    sub_range: Option<u8>,
}

struct World<'h> {
    h: &'h Harness,
    round: usize,
    domain: String,
    projects: Vec<Project>,
    made: usize,
    /// Last octet to who has it.
    live: BTreeMap<u8, (usize, Agent)>,
    resting: BTreeMap<u8, DateTime<Utc>>,
}

impl World<'_> {
    async fn make_project(&mut self) -> Project {
        self.made += 1;
        Project { id: self.h.project(&self.domain, &format!("p{}", self.made)).await, sub_range: None }
    }

    /// The lowest address that a Node of this project can have now.
    fn lowest(&self, project: usize) -> Option<u8> {
        let reserved: Vec<u8> = self.projects.iter().filter_map(|project| project.sub_range).collect();
        let mut usable = match self.projects[project].sub_range {
            Some(at) => at * 8 + 1..at * 8 + 7,
            None => 1..31,
        };
        let own = self.projects[project].sub_range.is_some();
        let now = self.h.clock.now();
        usable.find(|address| {
            (own || !reserved.contains(&(address / 8)))
                && !self.live.contains_key(address)
                && self.resting.get(address).is_none_or(|free_at| *free_at <= now)
        })
    }

    async fn enrol(&mut self, project: usize) {
        let of = &self.projects[project];
        let token = self.h.bootstrap_token(&of.id).await;
        self.made += 1;
        let body = registration(&of.id, &format!("n{}", self.made), &token);
        let answer = self.h.admin.post("/v1/register", &body).await;
        match self.lowest(project) {
            None => {
                drop(answer.refused(503, if of.sub_range.is_some() { "subrange_exhausted" } else { "pool_exhausted" }))
            }
            Some(address) => {
                let agent = Agent::from_registration(&self.h.admin, answer.expect(201));
                assert_eq!(agent.mesh_ip, format!("10.7{}.0.{address}", self.round));
                self.resting.remove(&address);
                self.live.insert(address, (project, agent));
            }
        }
    }

    async fn reserve(&mut self, project: usize, at: u8) {
        let of = &self.projects[project];
        let path = format!("/v1/projects/{}", of.id);
        let range = json!({ "sub_range_cidr": format!("10.7{}.0.{}/29", self.round, at * 8) });
        let answer = self.h.admin.patch(&path, &range).await;
        let others = self.projects.iter().enumerate().any(|(n, other)| n != project && other.sub_range == Some(at));
        let inhabited = self.live.values().any(|(owner, _)| *owner == project);
        let lived_in = self.live.keys().any(|address| address / 8 == at);
        if of.sub_range == Some(at) {
            answer.expect(200);
        } else if inhabited {
            answer.refused(409, "sub_range_in_use");
        } else if others {
            // Which of the two reasons is told is not the point here.
            answer.expect(409);
        } else if lived_in {
            answer.refused(409, "sub_range_in_use");
        } else {
            answer.expect(200);
            self.projects[project].sub_range = Some(at);
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Enrol(project) => self.enrol(*project).await,
            Step::Deregister(which) if !self.live.is_empty() => {
                let address = *which.get(&self.live.keys().copied().collect::<Vec<_>>());
                let (_, agent) = self.live.remove(&address).unwrap();
                self.h.admin.post_empty(&agent.path("deregister")).await.expect(204);
                self.resting.insert(address, self.h.clock.now() + TimeDelta::hours(1));
            }
            Step::Deregister(_) => {}
            Step::Pass(minutes) => self.h.clock.advance(TimeDelta::minutes(*minutes)),
            Step::Reserve(project, at) => self.reserve(*project, *at).await,
            Step::Delete(project) => {
                let answer = self.h.admin.delete(&format!("/v1/projects/{}", self.projects[*project].id)).await;
                if self.live.values().any(|(owner, _)| owner == project) {
                    answer.refused(409, "project_not_empty");
                } else {
                    answer.expect(204);
                    self.projects[*project] = self.make_project().await;
                }
            }
        }
    }
}

#[tokio::test]
async fn whatever_happened_before_a_node_gets_the_lowest_address_that_is_free_and_rested() {
    let h = Harness::start().await;
    let mut runner = TestRunner::deterministic();
    for round in 0..3 {
        let steps = vec(step(), 60).new_tree(&mut runner).unwrap().current();
        let domain = h.domain(&format!("d{round}"), &format!("10.7{round}.0.0/27")).await;
        let mut world = World {
            h: &h,
            round,
            domain,
            projects: Vec::new(),
            made: 0,
            live: BTreeMap::new(),
            resting: BTreeMap::new(),
        };
        for _ in 0..PROJECTS {
            let project = world.make_project().await;
            world.projects.push(project);
        }
        for (n, step) in steps.iter().enumerate() {
            eprintln!("{round}.{n}: {step:?}");
            world.take(step).await;
        }
    }
    h.stop().await;
}
