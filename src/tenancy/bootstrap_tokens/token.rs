//! A bootstrap token, without its secret.

use chrono::{DateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use crate::access::credential::EnrolmentKind;
use crate::ids::{BootstrapTokenId, NodeId, ProjectId};

/// What a token may still do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenState {
    /// It enrols.
    Active,
    /// It has enrolled.
    Consumed,
    /// It was not used in time.
    Expired,
    /// It was taken back.
    Revoked,
}

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapToken {
    /// Which.
    pub id: BootstrapTokenId,
    /// Of which project.
    pub project_id: ProjectId,
    /// What it enrols.
    pub kind: EnrolmentKind,
    /// The environment in its text.
    pub env_prefix: String,
    /// The Node that it re-enrols.
    pub node_id: Option<NodeId>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// From when on it does not enrol.
    pub expires_at: DateTime<Utc>,
    /// When it enrolled a Node.
    pub consumed_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token to issue.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it enrols.
    pub kind: EnrolmentKind,
    /// The environment in its text.
    pub env_prefix: String,
    /// How long it enrols.
    pub ttl: TimeDelta,
    /// The Node that it re-enrols.
    pub node_id: Option<NodeId>,
}

/// A token as it is issued: the only time that its text is seen.
pub struct IssuedToken {
    /// Which.
    pub id: BootstrapTokenId,
    /// Its text.
    pub text: Zeroizing<String>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// From when on it does not enrol.
    pub expires_at: DateTime<Utc>,
}

impl BootstrapToken {
    /// The token that `new` asks for.
    pub fn new(project_id: ProjectId, new: NewToken, now: DateTime<Utc>) -> Self {
        Self {
            id: BootstrapTokenId::new(now),
            project_id,
            kind: new.kind,
            env_prefix: new.env_prefix,
            node_id: new.node_id,
            issued_at: now,
            expires_at: now + new.ttl,
            consumed_at: None,
            revoked_at: None,
        }
    }

    /// Its state at `now`. What has happened counts before what was taken back, and that before what ran out.
    pub fn state(&self, now: DateTime<Utc>) -> TokenState {
        if self.consumed_at.is_some() {
            TokenState::Consumed
        } else if self.revoked_at.is_some() {
            TokenState::Revoked
        } else if self.expires_at <= now {
            TokenState::Expired
        } else {
            TokenState::Active
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_state_is_what_has_happened_first_of_all() {
        let now = DateTime::UNIX_EPOCH;
        let new = NewToken {
            kind: EnrolmentKind::Node,
            env_prefix: "dev".into(),
            ttl: TimeDelta::seconds(300),
            node_id: None,
        };
        let mut token = BootstrapToken::new(ProjectId(Uuid::from_u128(1)), new, now);
        assert_eq!(token.state(now), TokenState::Active);
        assert_eq!(token.state(now + TimeDelta::milliseconds(299_999)), TokenState::Active);
        assert_eq!(token.state(now + TimeDelta::seconds(300)), TokenState::Expired);
        token.revoked_at = Some(now);
        assert_eq!(token.state(now + TimeDelta::seconds(300)), TokenState::Revoked);
        token.consumed_at = Some(now);
        assert_eq!(token.state(now + TimeDelta::seconds(300)), TokenState::Consumed);
    }
}
