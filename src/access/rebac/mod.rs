//! Relations answered from memory: every replica keeps all tuples in a graph and follows what changes.
//!
//! The database writes down each change with the transaction that made it ([`store`]). A read asks for what has become
//! visible since the snapshot of the read before, so that every change is taken over once, also one of a transaction
//! that began long ago ([`Follower`]). A yes is given from a graph that was confirmed moments ago ([`fresh`]), and never from
//! an older one; a no is given only after a read that began after the question, so that nobody is refused for what was
//! granted a moment ago. Those who wait share one read: however many are refused, one statement runs at a time.

mod checker;
mod follower;
mod fresh;
mod graph;
pub mod schema;
pub(super) mod store;

use std::fmt;

use uuid::Uuid;

use super::ObjectType;
use super::relation::PLATFORM;
use crate::ids::parse_uuid;

pub use checker::EmbeddedChecker;
pub(super) use follower::LONGEST_GAP;
pub use follower::{CHANGED, Follower, OLDEST, RelationWatch};
pub(super) use fresh::{Fresh, Source};
pub use graph::{Graph, Hop};
pub use schema::{Schema, SchemaError};
pub use store::{prune_changes, tell_change};

/// What kind of thing tuples name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    /// The installation.
    Platform,
    /// A Domain.
    Domain,
    /// A project.
    Project,
    /// A group of subjects.
    Group,
    /// A Node.
    Node,
    /// A person.
    User,
    /// A program.
    Service,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::Platform, Self::Domain, Self::Project, Self::Group, Self::Node, Self::User, Self::Service];

    /// As it is written in tuples.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Domain => "domain",
            Self::Project => "project",
            Self::Group => "group",
            Self::Node => "node",
            Self::User => "user",
            Self::Service => "service",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl From<ObjectType> for Kind {
    fn from(kind: ObjectType) -> Self {
        match kind {
            ObjectType::Platform => Self::Platform,
            ObjectType::Domain => Self::Domain,
            ObjectType::Project => Self::Project,
            ObjectType::Group => Self::Group,
            ObjectType::Node => Self::Node,
        }
    }
}

/// An object or a subject. The platform, of which there is one, has the nil id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Thing {
    /// What kind.
    pub kind: Kind,
    /// Which.
    pub id: Uuid,
}

impl Thing {
    /// The installation.
    pub const PLATFORM: Self = Self { kind: Kind::Platform, id: Uuid::nil() };

    /// Reads a thing as tuples have it in two columns.
    pub fn parse(kind: &str, id: &str) -> Option<Self> {
        match Kind::parse(kind)? {
            Kind::Platform => (id == PLATFORM).then_some(Self::PLATFORM),
            kind => parse_uuid(id).map(|id| Self { kind, id }),
        }
    }

    /// The id as tuples have it.
    pub fn id_text(&self) -> String {
        match self.kind {
            Kind::Platform => PLATFORM.to_owned(),
            _ => self.id.to_string(),
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id_text())
    }
}

/// Who a relation is given to: a thing, or the members of a group.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Holder {
    /// The thing, or the group.
    pub thing: Thing,
    /// Its members.
    pub members: bool,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.thing, if self.members { "#member" } else { "" })
    }
}

/// A tuple without its id.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Relationship {
    /// On what.
    pub object: Thing,
    /// Which relation.
    pub relation: String,
    /// Whose.
    pub subject: Holder,
}

/// A tuple that came or went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which row: one that comes again is another.
    pub tuple_id: Uuid,
    /// Whether it came.
    pub added: bool,
    /// What it says.
    pub tuple: Relationship,
}
