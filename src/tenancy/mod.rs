//! Who shares the installation: Domains, the projects in them, and the tokens that let machines in.
//!
//! - A **Domain** is one mesh. It owns an address range that no other Domain overlaps, the keys that its events are
//!   signed with, and the times after which its Nodes count as stale and as unreachable.
//! - A **project** is the part of a Domain that one team enrols into. It may reserve a **sub-range** of the Domain's
//!   addresses for its Nodes.
//! - A **pool** is what addresses are given out from: one for each Domain, and one for each project with a sub-range.
//! - A **bootstrap token** lets one machine enrol into one project, once.
//!
//! What a change depends on is locked in the order in which registration takes it: bootstrap tokens, the project,
//! pools (by id), the Domain. So an enrolment is either seen by the change, or waits for it and sees its outcome.

pub mod audit_log;
pub mod bootstrap_tokens;
pub mod domains;
mod mesh_range;
mod precondition;
pub mod projects;
pub mod signing_keys;

use std::sync::Arc;

use crate::access::{RelationChecker, RequestContext};
use crate::audit;
use crate::ids::DomainId;
use crate::postgres::Database;
use crate::signing::Sealer;

pub use bootstrap_tokens::BootstrapTokens;
pub use domains::Domains;
pub use projects::Projects;

/// Everything that can be done with tenants.
pub struct Tenancy {
    /// Domains.
    pub domains: Domains,
    /// Projects.
    pub projects: Projects,
    /// Bootstrap tokens.
    pub bootstrap_tokens: BootstrapTokens,
}

impl Tenancy {
    /// Over `database`; `relations` decides who sees what, `sealer` seals the keys of new Domains.
    pub fn new(database: Database, relations: Arc<dyn RelationChecker>, sealer: Arc<Sealer>) -> Self {
        Self {
            domains: Domains::new(database.clone(), relations.clone(), sealer),
            projects: Projects::new(database.clone(), relations),
            bootstrap_tokens: BootstrapTokens::new(database),
        }
    }
}

/// The audit entry of a change that the caller was allowed to make.
fn changed<'r>(
    context: &'r RequestContext,
    domain: DomainId,
    action: &'static str,
    object: String,
) -> audit::Entry<'r> {
    audit::Entry {
        domain_id: Some(domain),
        at: context.now(),
        subject: context.principal().subject(),
        action,
        object,
        decision: audit::Decision::Allowed,
        reason: None,
        correlation_id: context.correlation_id(),
    }
}
