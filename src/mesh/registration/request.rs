use uuid::Uuid;

use super::PublicKey;
use crate::access::credential::{BootstrapToken, parse_bootstrap_token};
use crate::ids::{NodeId, ProjectId, parse_uuid};

/// A registration, read and well formed. Holds no secret: the token's is hashed.
pub struct Enrolment {
    /// The project to enrol into.
    pub project_id: ProjectId,
    /// The machine's name within the project.
    pub resource_handle: String,
    /// The token, taken apart.
    pub token: BootstrapToken,
    /// Makes a replay of the same request visible.
    pub nonce: String,
    /// The machine's key.
    pub public_key: PublicKey,
    /// Which Node it wants to be again.
    pub requested: Option<NodeId>,
}

/// Why a registration is not well formed, in the order in which it is checked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEnrolment {
    /// The key.
    #[error("must be the base64 of a usable Curve25519 public key of 32 bytes")]
    PublicKey,
    /// A member.
    #[error("{field} {rule}")]
    Member {
        /// Which.
        field: &'static str,
        /// What the rule is.
        rule: &'static str,
    },
    /// The token is not one of ours.
    #[error("not a bootstrap token")]
    Token,
}

impl Enrolment {
    /// Reads the members of a request: public key first, then the others, then the token.
    ///
    /// # Errors
    /// [`InvalidEnrolment`].
    pub fn read(
        project_id: &str,
        resource_handle: &str,
        token: Option<&str>,
        nonce: &str,
        public_key: Option<&str>,
        requested: Option<&str>,
    ) -> Result<Self, InvalidEnrolment> {
        let public_key = public_key.and_then(PublicKey::parse).ok_or(InvalidEnrolment::PublicKey)?;
        let member = |field, rule| InvalidEnrolment::Member { field, rule };
        let project_id = parse_uuid(project_id).map(ProjectId).ok_or_else(|| member("project_id", "must be a UUID"))?;
        if !is_handle(resource_handle) {
            let rule = "must be 1 to 128 of a-z 0-9 . _ - and begin with a letter or digit";
            return Err(member("resource_handle", rule));
        }
        if !(16..=128).contains(&nonce.len())
            || !nonce.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        {
            return Err(member("nonce", "must be 16 to 128 of A-Z a-z 0-9 _ -"));
        }
        let requested = requested
            .map(|text| parse_uuid(text).ok_or_else(|| member("requested_resource_id", "must be a UUID")))
            .transpose()?
            .map(|id: Uuid| NodeId(id));
        let token = token.and_then(parse_bootstrap_token).ok_or(InvalidEnrolment::Token)?;
        Ok(Self {
            project_id,
            resource_handle: resource_handle.to_owned(),
            token,
            nonce: nonce.to_owned(),
            public_key,
            requested,
        })
    }
}

fn is_handle(text: &str) -> bool {
    let first = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=128).contains(&text.len())
        && text.bytes().next().is_some_and(first)
        && text.bytes().all(|b| first(b) || matches!(b, b'.' | b'_' | b'-'))
}
