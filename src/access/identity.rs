//! Who acts: operators and Nodes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::{ApiTokenId, DomainId, NodeId, NskId, SessionId, parse_uuid};

/// What kind of identity acts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IdentityKind {
    /// A person.
    User,
    /// A program.
    Service,
}

/// An identity that relations are granted to: `user:<uuid>` or `service:<uuid>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IdentityRef {
    /// What kind.
    pub kind: IdentityKind,
    /// Which.
    pub id: Uuid,
}

impl IdentityKind {
    /// As it is written in tuples.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for IdentityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.id)
    }
}

/// The text is not `user:<uuid>` or `service:<uuid>`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not user:<uuid> or service:<uuid>")]
pub struct InvalidIdentity;

impl FromStr for IdentityRef {
    type Err = InvalidIdentity;

    fn from_str(text: &str) -> Result<Self, InvalidIdentity> {
        let (kind, id) = text.split_once(':').ok_or(InvalidIdentity)?;
        let kind = match kind {
            "user" => IdentityKind::User,
            "service" => IdentityKind::Service,
            _ => return Err(InvalidIdentity),
        };
        parse_uuid(id).map(|id| Self { kind, id }).ok_or(InvalidIdentity)
    }
}

/// An operator as the credential proved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who.
    pub identity: IdentityRef,
    /// The identities of the tokens that issued this one, nearest first: what the operator may do is what all of
    /// them may do.
    pub bounded_by: Vec<IdentityRef>,
    /// How many tokens issued each other before this one.
    pub depth: usize,
    /// The Domain outside of which this operator holds nothing, whatever has been granted: that of its issuer, or the
    /// one that a service is bound to.
    pub within: Option<DomainId>,
    /// What was presented.
    pub credential: OperatorCredential,
    /// When the credential ends.
    pub expires_at: DateTime<Utc>,
}

impl Operator {
    /// Whether this one may do nothing that `other` may not.
    pub fn is_bounded_as(&self, other: &Self) -> bool {
        let bounds = |identity: &IdentityRef| *identity == self.identity || self.bounded_by.contains(identity);
        std::iter::once(&other.identity).chain(&other.bounded_by).all(bounds)
            && (other.within.is_none() || other.within == self.within)
    }
}

/// What proved an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorCredential {
    /// An API token.
    ApiToken {
        /// Which.
        token_id: ApiTokenId,
        /// Which of the secrets that it has had, the first being 1.
        secret_version: i32,
    },
    /// A JSON Web Token of an OpenID provider.
    Oidc {
        /// Whose.
        issuer: Arc<str>,
    },
    /// The cookie of a browser that has signed in.
    Session {
        /// Which.
        session_id: SessionId,
        /// Whose user signed in.
        issuer: Arc<str>,
    },
}

impl OperatorCredential {
    /// The API token, if it is one.
    pub const fn token_id(&self) -> Option<ApiTokenId> {
        match self {
            Self::ApiToken { token_id, .. } => Some(*token_id),
            Self::Oidc { .. } | Self::Session { .. } => None,
        }
    }

    /// The API token and which of its secrets was presented, if it is one.
    pub const fn token_secret(&self) -> Option<(ApiTokenId, i32)> {
        match self {
            Self::ApiToken { token_id, secret_version } => Some((*token_id, *secret_version)),
            Self::Oidc { .. } | Self::Session { .. } => None,
        }
    }

    /// The session, if it is one.
    pub const fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::Session { session_id, .. } => Some(*session_id),
            Self::ApiToken { .. } | Self::Oidc { .. } => None,
        }
    }

    /// The issuer that vouched for the operator, if one did: with its binding this ends.
    pub fn issuer(&self) -> Option<&str> {
        match self {
            Self::Oidc { issuer } | Self::Session { issuer, .. } => Some(issuer),
            Self::ApiToken { .. } => None,
        }
    }
}

/// A Node as its NSK proved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeIdentity {
    /// The Node.
    pub node_id: NodeId,
    /// Its Domain.
    pub domain_id: DomainId,
    /// The key that it presented.
    pub nsk_id: NskId,
    /// When the key ends, if it does.
    pub expires_at: Option<DateTime<Utc>>,
}
