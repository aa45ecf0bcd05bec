//! The audit log: who did what to what, who was refused, and proof that nobody has changed it since.
//!
//! - [`append`] writes a plain entry in the transaction of what it records: both happen or neither does.
//! - The [`DecisionLog`] takes the decisions that change nothing, which share commits.
//! - The [`Chainer`], one of all replicas, takes what is committed and gives it a number and a hash in its [`Chain`]: one
//!   for each Domain, one for the platform. An entry's hash covers the hash before it, and the newest is signed
//!   ([`Head`]), so that a chain can be neither changed nor cut off unseen.
//! - Whoever is a person or a program stands in a chain under a pseudonym ([`PseudonymKey`]): the same within one chain,
//!   another one in every other, and nobody's once the key is erased.
//! - [`verify`] walks a chain and names the first entry that does not hold, and what is wrong with it.
//!
//! What is hashed and signed, to the byte, is written down in `docs/audit.md`.

mod chain;
mod chainer;
mod keys;
mod pseudonym;
mod store;
mod verify;
mod writer;

use chrono::{DateTime, Utc};

use crate::ids::DomainId;
/// Does work, and also tells whether it has appended to the log: then nobody writes a second entry about it.
pub use crate::postgres::marking as noting;

pub use chain::{Chain, GENESIS, Hash, Head, Numbered, Unsigned};
pub use chainer::Chainer;
pub use keys::public_key;
pub use pseudonym::PseudonymKey;
pub use store::{Connection, append, append_all, chains, find, heads, is_known, page};
pub use verify::{Fault, Verification, verify};
pub use writer::{About, Decided, DecisionLog, NotRecorded};

/// What was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The caller may.
    Allowed,
    /// The caller may not.
    Denied,
    /// Nobody asked: the control plane acted by itself.
    None,
}

impl Decision {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::None => "none",
        }
    }
}

/// What entries are narrowed by. Identities are looked for under their pseudonyms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only what this subject did.
    pub subject: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only what was done to this object.
    pub object: Option<String>,
    /// Only what was decided so.
    pub decision: Option<Decision>,
    /// Only what happened then or later.
    pub from: Option<DateTime<Utc>>,
    /// Only what happened before.
    pub to: Option<DateTime<Utc>>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry<'r> {
    /// In which Domain; `None` for the platform's own.
    pub domain_id: Option<DomainId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `user:<id>`, `service:<id>`, `node:<id>`, `system`.
    pub subject: String,
    /// What, as `noun.verb`.
    pub action: &'static str,
    /// To what, as `type:id`.
    pub object: String,
    /// What was decided.
    pub decision: Decision,
    /// Why, where there is something to say.
    pub reason: Option<String>,
    /// The request that it belongs to.
    pub correlation_id: &'r str,
}
