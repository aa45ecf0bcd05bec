//! Carries tuples from PostgreSQL to SpiceDB.

use std::collections::{HashMap, HashSet};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::client::{ClientError, SpiceDb};
use super::message::{AsOf, Operation};
use super::store::{self, Carried, name_in};
use crate::access::rebac::store::{Found, Position, changes_since, everything};
use crate::access::rebac::{Change, LONGEST_GAP, Relationship, Source};
use crate::postgres::{Database, StorageError, Transaction};

/// Relationships in one write: SpiceDB takes a thousand out of the box, and two more go with each.
const AT_ONCE: usize = 900;
/// Whoever holds the row says so this often: well within the time after which the database takes it away.
const SIGN_OF_LIFE: Duration = Duration::from_millis(400);

/// What is to be done to SpiceDB.
type Updates = Vec<(Operation, Relationship)>;

/// Carries, and knows what has been carried.
pub struct Carrier {
    database: Database,
    spicedb: Arc<SpiceDb>,
    known: Mutex<AsOf>,
    /// What SpiceDB had lost when it was last asked.
    lost: Mutex<Option<AsOf>>,
}

impl Carrier {
    /// From `database` to `spicedb`.
    pub fn new(database: Database, spicedb: Arc<SpiceDb>) -> Self {
        Self { database, spicedb, known: Mutex::default(), lost: Mutex::default() }
    }

    /// What SpiceDB must answer from.
    pub fn as_of(&self) -> AsOf {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells that SpiceDB could not answer from `as_of`: unless another replica has, this one carries everything anew.
    pub fn doubt(&self, as_of: AsOf) {
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(as_of);
    }

    fn doubts(&self, carried: &Carried) -> bool {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(&carried.as_of())
    }

    fn know(&self, as_of: AsOf) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = as_of;
    }

    /// Carries what is left. One replica does at a time: it holds the row.
    async fn carry(&self) -> Result<(), StorageError> {
        loop {
            // A snapshot of its own for each statement: what others carried while this one waited is seen.
            let mut tx = self.database.begin_leading().await?;
            let held = store::hold(&mut tx, self.spicedb.target()).await?;
            let Some(last) = &held.position else { return self.carry_everything(tx).await };
            if !self.doubts(&held)
                && let Found::Changes(changes, position) = changes_since(&mut tx, last).await?
                && fits(last, &position)
            {
                let load = held.as_of().load;
                let write = pin!(self.write(held.write_id.clone(), &load, net(changes)));
                match while_held(&mut tx, write).await? {
                    // Another write is the last one there: ours was lost on the way back, or SpiceDB's data was.
                    Err(ClientError::Overtaken) => {}
                    written => {
                        let (write_id, token) = written?;
                        return self.keep(tx, &position, write_id, token).await;
                    }
                }
            }
            // Said before anything goes: from now on no replica takes what SpiceDB has for everything, also when this
            // one dies on the way.
            store::forget(&mut tx, self.spicedb.target()).await?;
            tx.commit().await?;
        }
    }

    /// Puts the schema and all tuples in the place of whatever SpiceDB has. The row says already that it has not all.
    async fn carry_everything(&self, mut tx: Transaction) -> Result<(), StorageError> {
        // Of each attempt its own: one that lost the row, and comes to its end nevertheless, is found out.
        let load = Uuid::new_v4().to_string();
        let work = pin!(async {
            let mut all = Vec::new();
            let position = everything(&self.database, |tuple| all.push((Operation::Touch, tuple))).await?;
            tracing::info!(tuples = all.len(), "carrying all relations to SpiceDB");
            let first = name_in(&load);
            self.spicedb.clear(&first).await?;
            let (last, _) = self.write(first, &load, all).await?;
            let write_id = name_in(&load);
            let token = self.spicedb.complete(&last, &write_id, &load).await?;
            Ok::<_, StorageError>((position, write_id, token))
        });
        let (position, write_id, token) = while_held(&mut tx, work).await??;
        self.keep(tx, &position, write_id, token).await
    }

    async fn keep(
        &self,
        mut tx: Transaction,
        position: &Position,
        write_id: String,
        zed_token: String,
    ) -> Result<(), StorageError> {
        store::keep(&mut tx, self.spicedb.target(), position, &write_id, &zed_token).await?;
        tx.commit().await?;
        self.know(Carried { position: None, write_id, zed_token }.as_of());
        Ok(())
    }

    /// The name and the token of the last write of `load`, the first of which follows `after`.
    async fn write(&self, mut after: String, load: &str, updates: Updates) -> Result<(String, String), ClientError> {
        // One write is made for nothing as well: it gives a token.
        let mut pieces = updates.chunks(AT_ONCE).collect::<Vec<_>>();
        if pieces.is_empty() {
            pieces.push(&[]);
        }
        let mut token = String::new();
        for piece in pieces {
            let name = name_in(load);
            token = self.spicedb.write(Some(&after), &name, piece).await?;
            after = name;
        }
        Ok((after, token))
    }
}

/// Does `work` while `tx` holds the row. The database takes the row from a replica that falls silent.
async fn while_held<T>(tx: &mut Transaction, mut work: Pin<&mut impl Future<Output = T>>) -> Result<T, StorageError> {
    loop {
        match tokio::time::timeout(SIGN_OF_LIFE, work.as_mut()).await {
            Ok(done) => return Ok(done),
            Err(_) => store::still_here(tx).await?,
        }
    }
}

fn fits(last: &Position, position: &Position) -> bool {
    position.at - last.at <= LONGEST_GAP
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

    async fn gone(&self) {
        self.database.availability().gone().await;
    }

    async fn read(&self) -> Result<(), StorageError> {
        let mut conn = self.database.read().await?;
        if let Some(carried) = store::find(&mut conn, self.spicedb.target()).await?
            && let Some(last) = &carried.position
            && !self.doubts(&carried)
            && let Found::Changes(changes, position) = changes_since(&mut conn, last).await?
            && changes.is_empty()
            && fits(last, &position)
        {
            // Nothing is left as of now.
            self.know(carried.as_of());
            return Ok(());
        }
        drop(conn);
        // Rare, and large: those who find nothing left do not take its room.
        Box::pin(self.carry()).await
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
