//! Leadership: a row with an epoch, on the database's clock.

use std::time::Duration;

use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::StorageError;

/// How long a leader stays one without renewing, unless it is said.
pub const LEASE: Duration = Duration::from_secs(10);

/// What a replica needs in order to lead: the lease's name and the replica's own id, new at each start.
#[derive(Clone)]
pub struct Lease {
    name: &'static str,
    holder: Uuid,
    lasts: Duration,
}

/// Proof of leadership as of the last renewal; each leader transaction checks it with [`Lease::fence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(i64);

impl Epoch {
    /// Its number: it rises whenever another replica takes over.
    pub fn number(self) -> i64 {
        self.0
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    epoch: i64,
}

impl Lease {
    /// The lease `name` as seen by the replica `holder`.
    pub fn new(name: &'static str, holder: Uuid) -> Self {
        Self::lasting(name, holder, LEASE)
    }

    /// One that lasts `lasts` without being renewed.
    pub fn lasting(name: &'static str, holder: Uuid, lasts: Duration) -> Self {
        Self { name, holder, lasts }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The replica that would hold it.
    pub fn holder(&self) -> Uuid {
        self.holder
    }

    /// Takes or renews the lease. `None`: another replica leads.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn acquire(&self, conn: &mut AsyncPgConnection) -> Result<Option<Epoch>, StorageError> {
        let row: Option<Row> = diesel::sql_query(
            "INSERT INTO leases AS l (name, holder, epoch, expires_at) \
             VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond') \
             ON CONFLICT (name) DO UPDATE SET \
                 epoch = CASE WHEN l.holder = excluded.holder AND l.expires_at > clock_timestamp() \
                              THEN l.epoch ELSE l.epoch + 1 END, \
                 holder = excluded.holder, expires_at = excluded.expires_at \
             WHERE l.holder = excluded.holder OR l.expires_at <= clock_timestamp() \
             RETURNING epoch",
        )
        .bind::<Text, _>(self.name)
        .bind::<SqlUuid, _>(self.holder)
        .bind::<BigInt, _>(self.lasts.as_millis() as i64)
        .get_result(conn)
        .await
        .optional()?;
        Ok(row.map(|row| Epoch(row.epoch)))
    }

    /// Inside a leader's transaction: is `epoch` still the one? Holds the row until the end of the transaction,
    /// so that nobody can take over between the check and the commit.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn fence(&self, conn: &mut AsyncPgConnection, epoch: Epoch) -> Result<bool, StorageError> {
        let row: Option<Row> =
            diesel::sql_query("SELECT epoch FROM leases WHERE name = $1 AND holder = $2 AND epoch = $3 FOR UPDATE")
                .bind::<Text, _>(self.name)
                .bind::<SqlUuid, _>(self.holder)
                .bind::<BigInt, _>(epoch.0)
                .get_result(conn)
                .await
                .optional()?;
        Ok(row.is_some())
    }

    /// Gives the lease up, so that another replica need not wait for it to run out.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn release(&self, conn: &mut AsyncPgConnection) -> Result<(), StorageError> {
        diesel::sql_query("UPDATE leases SET expires_at = clock_timestamp() WHERE name = $1 AND holder = $2")
            .bind::<Text, _>(self.name)
            .bind::<SqlUuid, _>(self.holder)
            .execute(conn)
            .await?;
        Ok(())
    }
}
