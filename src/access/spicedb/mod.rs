//! Relations answered by a SpiceDB, where the configuration names one.
//!
//! Tuples are written to PostgreSQL as ever, in the transaction of the change. Whoever finds that something has not
//! been carried over yet carries it ([`Carrier`]) and keeps the token of the write, so that SpiceDB answers from that
//! write or a later one. A yes is given when nothing was found left to carry moments ago, a no when nothing was left
//! after the question was asked: the same two rules as for the graph. A SpiceDB that does not answer is a fault, as a
//! database that does not answer is. Which rows a list shows, and by which tuples somebody may, the graph tells: it
//! has the same tuples and the same schema.

mod carrier;
mod client;
mod message;
mod store;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::rebac::{EmbeddedChecker, Fresh, Holder, Kind, Thing};
use super::relation::object_of;
use super::{Operator, Permission, RelationChecker, Visible};
use crate::background::Task;
use crate::postgres::{ATTEMPTS, Database, StorageError};

pub use carrier::Carrier;
pub use client::{ClientError, InvalidSpiceDb, SpiceDb};
pub use message::{Answer, AsOf, Operation, Question};

/// Time between two looks at whether something is left to carry.
const WATCH_INTERVAL: Duration = Duration::from_millis(500);

/// Asks SpiceDB.
pub struct SpiceDbChecker {
    spicedb: Arc<SpiceDb>,
    carried: Arc<Fresh<Carrier>>,
    embedded: Arc<EmbeddedChecker>,
}

impl SpiceDbChecker {
    /// A checker that carries tuples from `database` to `spicedb`; lists are cut by `embedded`. Nothing is allowed
    /// once the last look at what is left to carry is older than `oldest`.
    pub fn new(database: Database, spicedb: Arc<SpiceDb>, embedded: Arc<EmbeddedChecker>, oldest: Duration) -> Self {
        let carried = Arc::new(Fresh::new(Carrier::new(database, spicedb.clone()), oldest));
        Self { spicedb, carried, embedded }
    }

    /// The task that carries what nobody has asked about.
    pub fn watch(&self) -> impl Task + use<> {
        CarryWatch(self.carried.clone())
    }

    /// For each of `all`, whether each of its clauses has a question that is answered with yes.
    async fn ask(&self, all: &[Vec<Clause>]) -> Result<Vec<bool>, StorageError> {
        let flat: Vec<&Question> = all.iter().flatten().flatten().collect();
        let as_of = self.carried.source().as_of();
        let mut answers = match self.spicedb.check(&as_of, &flat).await {
            Ok(answers) => answers.into_iter(),
            Err(error) => {
                if error.is_doubtful() {
                    self.carried.source().doubt(as_of);
                    // What was found before is not to be trusted either.
                    self.carried.changed();
                }
                return Err(error.into());
            }
        };
        // Every answer is taken, also where one would do: the next clause has the next ones.
        let any = |clause: &Clause, answers: &mut std::vec::IntoIter<bool>| {
            clause.iter().fold(false, |before, _| answers.next().unwrap_or(false) || before)
        };
        let each =
            |clauses: &Vec<Clause>| clauses.iter().filter(|clause| any(clause, &mut answers)).count() == clauses.len();
        Ok(all.iter().map(each).collect())
    }

    /// As [`Self::ask`], after a look at what is left to carry.
    async fn confirm(&self, all: &[Vec<Clause>]) -> Result<Vec<bool>, StorageError> {
        for _ in 0..ATTEMPTS {
            self.carried.catch_up().await?;
            let answers = self.ask(all).await?;
            // A yes may have got too old on its way.
            if self.carried.is_young() || !answers.contains(&true) {
                return Ok(answers);
            }
        }
        Err(StorageError::Unavailable("SpiceDB takes too long".into()))
    }
}

/// Questions of which one must be answered with yes.
type Clause = Vec<Question>;

fn clauses(operator: &Operator, permission: Permission, object: Option<Uuid>) -> Vec<Clause> {
    let object = object_of(permission, object);
    let identities = std::iter::once(&operator.identity).chain(&operator.bounded_by);
    let mut clauses: Vec<Clause> = identities.map(|identity| clause(identity.into(), permission, object)).collect();
    if let Some(domain) = operator.within {
        let domain = Thing { kind: Kind::Domain, id: domain.0 };
        match object.kind {
            _ if object == domain => {}
            Kind::Project | Kind::Node => {
                let subject = Holder { thing: domain, members: false };
                clauses.push(vec![Question { object, permission: "domain".to_owned(), subject }]);
            }
            // Nothing can be answered with yes.
            _ => clauses.push(Vec::new()),
        }
    }
    clauses
}

/// The permission itself, or the platform's administration, which is every permission on any id.
fn clause(subject: Holder, permission: Permission, object: Thing) -> Clause {
    let name = |permission: Permission| permission.short_name().replace('-', "_");
    let mut clause = vec![Question { object, permission: name(permission), subject }];
    if permission != Permission::PlatformAdmin {
        let permission = name(Permission::PlatformAdmin);
        clause.push(Question { object: Thing::PLATFORM, permission, subject });
    }
    clause
}

#[async_trait]
impl RelationChecker for SpiceDbChecker {
    async fn allows(
        &self,
        operator: &Operator,
        permission: Permission,
        object: Option<Uuid>,
    ) -> Result<bool, StorageError> {
        let answers = self.allows_each(&[(operator, permission, object)]).await?;
        Ok(answers.first().copied().unwrap_or(false))
    }

    async fn allows_each(
        &self,
        questions: &[(&Operator, Permission, Option<Uuid>)],
    ) -> Result<Vec<bool>, StorageError> {
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<Vec<Clause>> =
            questions.iter().map(|(operator, what, object)| clauses(operator, *what, *object)).collect();
        if self.carried.is_current() {
            let answers = self.ask(&all).await?;
            // A yes may have got too old on its way.
            if answers.iter().all(|allowed| *allowed) && self.carried.is_current() {
                return Ok(answers);
            }
        }
        self.confirm(&all).await
    }

    async fn visible(&self, operator: &Operator, permission: Permission) -> Result<Vec<Visible>, StorageError> {
        self.embedded.visible(operator, permission).await
    }

    async fn path(
        &self,
        holder: Holder,
        permission: Permission,
        object: Option<Uuid>,
    ) -> Result<Option<Vec<String>>, StorageError> {
        if self.confirm(&[vec![clause(holder, permission, object_of(permission, object))]]).await? != [true] {
            return Ok(None);
        }
        match self.embedded.path(holder, permission, object).await? {
            Some(path) => Ok(Some(path)),
            // Between the two questions something was taken back.
            None => Err(StorageError::Contended("the relations change".into())),
        }
    }

    fn changed(&self) {
        self.embedded.changed();
        self.carried.changed();
    }
}

struct CarryWatch(Arc<Fresh<Carrier>>);

#[async_trait]
impl Task for CarryWatch {
    fn name(&self) -> &'static str {
        "relation_carrier"
    }

    fn interval(&self) -> Duration {
        WATCH_INTERVAL
    }

    /// Agents are served as well as ever while SpiceDB is away.
    fn is_vital(&self) -> bool {
        false
    }

    async fn step(&self) -> Result<(), StorageError> {
        self.0.catch_up().await
    }
}
