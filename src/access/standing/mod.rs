//! What was let in once, asked again: a stream stays open for hours, and must end with what opened it.

mod store;

use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::{Operator, OperatorCredential, Permission, Principal, RelationChecker};
use crate::postgres::{Database, StorageError};

/// Something that was let in.
#[derive(Clone, Copy)]
pub struct Admitted<'p> {
    /// Who.
    pub principal: &'p Principal,
    /// What an operator needed.
    pub permission: Permission,
    /// The Node that it was about.
    pub node_id: Uuid,
}

/// Asks for many at once whether they would still be let in.
#[async_trait]
pub trait Standing: Send + Sync + 'static {
    /// The places in `admitted` of those that would not: their credential or relation does not hold any more, or their
    /// Node is not there any more. That a credential has ended is for the caller to see.
    ///
    /// # Errors
    /// [`StorageError`]: then nothing is known.
    async fn fallen(&self, admitted: &[Admitted<'_>]) -> Result<Vec<usize>, StorageError>;
}

/// Asks the database, and the relation checker.
pub struct PgStanding {
    database: Database,
    relations: Arc<dyn RelationChecker>,
}

impl PgStanding {
    /// Over `database` and `relations`.
    pub fn new(database: Database, relations: Arc<dyn RelationChecker>) -> Self {
        Self { database, relations }
    }
}

#[async_trait]
impl Standing for PgStanding {
    async fn fallen(&self, admitted: &[Admitted<'_>]) -> Result<Vec<usize>, StorageError> {
        let (mut nsks, mut operators): (Vec<(usize, Uuid)>, Vec<(usize, &Operator)>) = Default::default();
        for (place, one) in admitted.iter().enumerate() {
            match one.principal {
                Principal::Node(node) => nsks.push((place, node.nsk_id.0)),
                Principal::Operator(operator) => operators.push((place, operator)),
                Principal::Nobody => {}
            }
        }
        let mut fallen = Vec::new();
        if !nsks.is_empty() || !operators.is_empty() {
            let mut conn = self.database.read().await?;
            let ids = nsks.iter().map(|(_, id)| *id).collect();
            let revoked = store::nsks_that_fell(&mut conn, ids).await?;
            fallen.extend(nsks.iter().filter(|(_, id)| revoked.contains(id)).map(|(place, _)| *place));
            if !operators.is_empty() {
                let presented = || operators.iter().map(|(_, operator)| &operator.credential);
                let tokens = presented().filter_map(OperatorCredential::token_id).map(|id| id.0).collect();
                let sessions = presented().filter_map(OperatorCredential::session_id).map(|id| id.0).collect();
                let nodes = operators.iter().map(|(place, _)| admitted[*place].node_id).collect();
                let gone = store::credentials_and_nodes_that_fell(&mut conn, tokens, sessions, nodes).await?;
                fallen.extend(operators.iter().filter_map(|(place, operator)| {
                    let revoked = match &operator.credential {
                        OperatorCredential::ApiToken { token_id } => gone.tokens.contains(&token_id.0),
                        OperatorCredential::Session { session_id } => gone.sessions.contains(&session_id.0),
                        OperatorCredential::Oidc { .. } => false,
                    };
                    (revoked || gone.nodes.contains(&admitted[*place].node_id)).then_some(*place)
                }));
            }
        }
        let questions: Vec<(&Operator, Permission, Option<Uuid>)> = operators
            .iter()
            .map(|(place, operator)| (*operator, admitted[*place].permission, Some(admitted[*place].node_id)))
            .collect();
        let answers = self.relations.allows_each(&questions).await?;
        fallen.extend(operators.iter().zip(answers).filter(|(_, allowed)| !allowed).map(|((place, _), _)| *place));
        Ok(fallen)
    }
}
