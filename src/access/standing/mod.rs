//! What was let in once, asked again: a stream stays open for hours, and must end with what opened it.

mod store;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::time::timeout;
use uuid::Uuid;

use super::oidc::Issuers;
use super::session::WRITTEN_WITHIN;
use super::{Operator, OperatorCredential, Permission, Principal, RelationChecker};
use crate::postgres::{Database, StorageError};

/// Relations may be kept elsewhere, and an answer that does not come must not hold up what is known already: a revoked
/// credential ends what it opened within five seconds, of which a second and a half go by between two looks.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

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

/// What asking again has found.
#[derive(Debug, Default)]
pub struct Found {
    /// The places of those that would not be let in any more: their credential or relation does not hold, or their
    /// Node is not there.
    pub fallen: Vec<usize>,
    /// Why nothing is known of the others. `None`: they would be let in.
    pub undecided: Option<StorageError>,
}

/// Asks for many at once whether they would still be let in.
#[async_trait]
pub trait Standing: Send + Sync + 'static {
    /// What is known of each of `admitted` at `now`. That a credential has come to its fixed end is for the caller to see.
    async fn ask(&self, admitted: &[Admitted<'_>], now: DateTime<Utc>) -> Found;
}

/// Asks the database, which issuers are bound, and the relation checker.
pub struct PgStanding {
    database: Database,
    issuers: Arc<Issuers>,
    relations: Arc<dyn RelationChecker>,
}

impl PgStanding {
    /// Over `database`, `issuers` and `relations`.
    pub fn new(database: Database, issuers: Arc<Issuers>, relations: Arc<dyn RelationChecker>) -> Self {
        Self { database, issuers, relations }
    }

    async fn nodes(&self, nodes: &[(usize, Uuid)], fallen: &mut Vec<usize>) -> Result<(), StorageError> {
        if nodes.is_empty() {
            return Ok(());
        }
        let ids = nodes.iter().map(|(_, nsk_id)| *nsk_id).collect();
        let gone = store::nsks_that_fell(&mut *self.database.read().await?, ids).await?;
        fallen.extend(nodes.iter().filter(|(_, nsk_id)| gone.contains(nsk_id)).map(|(place, _)| *place));
        Ok(())
    }

    /// First the credentials, which are known to have fallen also when the relations cannot be asked.
    async fn operators(
        &self,
        operators: &[Asked<'_>],
        now: DateTime<Utc>,
        fallen: &mut Vec<usize>,
    ) -> Result<(), StorageError> {
        if operators.is_empty() {
            return Ok(());
        }
        let presented = || operators.iter().map(|asked| &asked.operator.credential);
        let tokens = operators.iter().filter_map(|asked| {
            let (id, secret) = asked.operator.credential.token_secret()?;
            Some((id.0, secret, asked.operator.within.map(|id| id.0)))
        });
        let sessions = presented().filter_map(OperatorCredential::session_id).map(|id| id.0).collect();
        let nodes = operators.iter().map(|asked| asked.node_id).collect();
        // Of what came after that perhaps nothing is written yet.
        let known_until = now - WRITTEN_WITHIN;
        let conn = &mut *self.database.read().await?;
        let gone = store::credentials_and_nodes_that_fell(conn, tokens.collect(), sessions, nodes, known_until).await?;
        let fell = |asked: &&Asked<'_>| {
            let revoked = match &asked.operator.credential {
                OperatorCredential::ApiToken { token_id, secret_version } => {
                    gone.tokens.contains(&(token_id.0, *secret_version))
                }
                OperatorCredential::Session { session_id, .. } => gone.sessions.contains(&session_id.0),
                OperatorCredential::Oidc { .. } => false,
            };
            revoked || gone.nodes.contains(&asked.node_id)
        };
        fallen.extend(operators.iter().filter(fell).map(|asked| asked.place));
        for asked in operators {
            if let Some(issuer) = asked.operator.credential.issuer()
                && !self.issuers.is_bound(asked.operator, issuer).await?
            {
                fallen.push(asked.place);
            }
        }
        let questions: Vec<(&Operator, Permission, Option<Uuid>)> =
            operators.iter().map(|asked| (asked.operator, asked.permission, Some(asked.node_id))).collect();
        let late = |_| StorageError::Unavailable("the relations are not told in time".into());
        let answers = timeout(ANSWERED_WITHIN, self.relations.allows_each(&questions)).await.map_err(late)??;
        let refused = operators.iter().zip(answers).filter(|(_, allowed)| !allowed);
        fallen.extend(refused.map(|(asked, _)| asked.place));
        Ok(())
    }
}

/// An operator that was let in.
struct Asked<'a> {
    place: usize,
    operator: &'a Operator,
    permission: Permission,
    node_id: Uuid,
}

#[async_trait]
impl Standing for PgStanding {
    async fn ask(&self, admitted: &[Admitted<'_>], now: DateTime<Utc>) -> Found {
        let (mut nodes, mut operators, mut fallen) = (Vec::new(), Vec::new(), Vec::new());
        for (place, Admitted { principal, permission, node_id }) in admitted.iter().enumerate() {
            match principal {
                Principal::Node(node) => nodes.push((place, node.nsk_id.0)),
                Principal::Operator(operator) => {
                    operators.push(Asked { place, operator, permission: *permission, node_id: *node_id });
                }
                Principal::Nobody => {}
            }
        }
        let of_nodes = self.nodes(&nodes, &mut fallen).await;
        let of_operators = self.operators(&operators, now, &mut fallen).await;
        Found { fallen, undecided: of_nodes.and(of_operators).err() }
    }
}
