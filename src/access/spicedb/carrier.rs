//! Carries tuples from PostgreSQL to SpiceDB.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::client::{ClientError, SpiceDb};
use super::message::Operation;
use super::store::{self, Carried};
use crate::access::rebac::store::{Found, Position, changes_since, everything};
use crate::access::rebac::{Change, LONGEST_GAP, Relationship, Source};
use crate::postgres::{Database, StorageError};

/// Relationships in one write: SpiceDB takes a thousand out of the box, and two more go with each.
const AT_ONCE: usize = 900;

/// What is to be done to SpiceDB.
type Updates = Vec<(Operation, Relationship)>;

/// Carries, and knows the token of what has been carried.
pub struct Carrier {
    database: Database,
    spicedb: Arc<SpiceDb>,
    token: Mutex<String>,
    /// SpiceDB may have lost what it had.
    doubted: AtomicBool,
}

impl Carrier {
    /// From `database` to `spicedb`.
    pub fn new(database: Database, spicedb: Arc<SpiceDb>) -> Self {
        Self { database, spicedb, token: Mutex::default(), doubted: AtomicBool::new(false) }
    }

    /// SpiceDB must answer from this write or a later one. Empty: nothing is known.
    pub fn token(&self) -> String {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells that SpiceDB did not know what it was asked about: it gets everything again.
    pub fn doubt(&self) {
        self.doubted.store(true, Ordering::Relaxed);
    }

    fn keep_token(&self, token: &str) {
        token.clone_into(&mut self.token.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Carries what is left. One replica does at a time: it holds the row.
    async fn carry(&self) -> Result<(), StorageError> {
        // A snapshot of its own for each statement: what others carried while this one waited is seen.
        let mut tx = self.database.begin().await?;
        let held = store::hold(&mut tx, self.spicedb.target()).await?;
        let found = match &held.position {
            Some(last) if !self.doubted.load(Ordering::Relaxed) => changes_since(&mut tx, last).await?,
            _ => Found::Everything,
        };
        let (position, write_id, token) = match found {
            Found::Changes(changes, position) if fits(&held, &position) => {
                match self.write(Some(held.write_id.clone()), net(changes)).await {
                    // Another write is the last one there: ours was lost on the way back, or SpiceDB's data was.
                    Err(ClientError::Overtaken) => self.begin_again().await?,
                    written => written.map(|(write_id, token)| (position, write_id, token))?,
                }
            }
            _ => self.begin_again().await?,
        };
        store::keep(&mut tx, self.spicedb.target(), &position, &write_id, &token).await?;
        tx.commit().await?;
        self.doubted.store(false, Ordering::Relaxed);
        self.keep_token(&token);
        Ok(())
    }

    /// Puts the schema and all tuples in the place of whatever SpiceDB has.
    async fn begin_again(&self) -> Result<(Position, String, String), StorageError> {
        let mut all = Vec::new();
        let position = {
            let mut tx = self.database.begin_snapshot().await?;
            everything(&mut tx, |tuple| all.push((Operation::Touch, tuple))).await?
        };
        tracing::info!(tuples = all.len(), "carrying all relations to SpiceDB");
        self.spicedb.clear().await?;
        let (write_id, token) = self.write(None, all).await?;
        Ok((position, write_id, token))
    }

    /// The name and the token of the last write.
    async fn write(&self, mut after: Option<String>, updates: Updates) -> Result<(String, String), ClientError> {
        // One write is made for nothing as well: it gives a token.
        let mut pieces = updates.chunks(AT_ONCE).collect::<Vec<_>>();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        let mut token = String::new();
        for piece in pieces {
            let name = Uuid::new_v4().to_string();
            token = self.spicedb.write(after.as_deref(), &name, piece).await?;
            after = Some(name);
        }
        Ok((after.unwrap_or_default(), token))
    }
}

fn fits(held: &Carried, position: &Position) -> bool {
    held.position.as_ref().is_some_and(|last| position.at - last.at <= LONGEST_GAP)
}

/// What changes come to: a relationship is named once.
fn net(changes: Vec<Change>) -> Updates {
    let went: HashSet<Uuid> = changes.iter().filter(|change| !change.added).map(|change| change.tuple_id).collect();
    let mut left: HashMap<Relationship, bool> = HashMap::new();
    for change in changes {
        let stays = change.added && !went.contains(&change.tuple_id);
        *left.entry(change.tuple).or_default() |= stays;
    }
    let operation = |stays| if stays { Operation::Touch } else { Operation::Delete };
    left.into_iter().map(|(tuple, stays)| (operation(stays), tuple)).collect()
}

#[async_trait]
impl Source for Carrier {
    /// All tuples of a large mesh, a thousand at a time.
    const LONGEST: Duration = Duration::from_secs(120);

    async fn read(&self) -> Result<(), StorageError> {
        let target = self.spicedb.target();
        if !self.doubted.load(Ordering::Relaxed) {
            let mut conn = self.database.read().await?;
            if let Some(carried) = store::find(&mut conn, target).await?
                && let Some(last) = &carried.position
                && let Found::Changes(changes, position) = changes_since(&mut conn, last).await?
                && changes.is_empty()
                && fits(&carried, &position)
            {
                // Nothing is left as of now.
                self.keep_token(&carried.zed_token);
                return Ok(());
            }
        }
        self.carry().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::rebac::{Holder, Thing};

    #[test]
    fn what_came_and_went_is_carried_once() {
        let tuple = |relation: &str| Relationship {
            object: Thing::PLATFORM,
            relation: relation.to_owned(),
            subject: Holder { thing: Thing::PLATFORM, members: false },
        };
        let change =
            |id: u128, added, relation| Change { tuple_id: Uuid::from_u128(id), added, tuple: tuple(relation) };
        for (changes, carried) in [
            (vec![change(1, true, "a"), change(1, false, "a")], Operation::Delete),
            (vec![change(1, false, "a"), change(2, true, "a")], Operation::Touch),
            (vec![change(2, true, "a"), change(1, false, "a")], Operation::Touch),
            (
                vec![change(2, true, "a"), change(1, true, "a"), change(1, false, "a"), change(2, false, "a")],
                Operation::Delete,
            ),
        ] {
            assert_eq!(net(changes), [(carried, tuple("a"))]);
        }
        assert_eq!(net(vec![change(1, true, "a"), change(2, false, "b")]).len(), 2);
    }
}
