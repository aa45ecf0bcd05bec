//! The schema's steps, built into the binary.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{ATTEMPTS, Database, StorageError};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any number will do, as long as nothing else locks it.
const ADVISORY_LOCK: i64 = 0x504c_4558_5350_4852;

/// How far the database's schema is from this binary's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// Exactly this binary's.
    Current,
    /// So many steps are missing.
    Behind(usize),
    /// The database has a step that this binary does not know.
    Newer(String),
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer release has migrated this database; running on it could lose data.
    #[error(
        "the database has migration {0}, which this binary does not know: a newer plexsphere has used it; run that one"
    )]
    Newer(String),
    /// A step failed; it was rolled back.
    #[error("a migration failed: {0}")]
    Failed(String),
    /// The database did not answer.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

#[derive(diesel::QueryableByName)]
struct Exists {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    found: bool,
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

/// Compares the database's steps with this binary's.
///
/// # Errors
/// [`StorageError`] when the database does not answer.
pub async fn state(conn: &mut AsyncPgConnection) -> Result<SchemaState, StorageError> {
    let table: Exists = diesel::sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS found")
        .get_result(conn)
        .await?;
    let applied: Vec<Version> = if table.found {
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations ORDER BY version").load(conn).await?
    } else {
        Vec::new()
    };
    let known = known()?;
    if let Some(newer) = applied.iter().find(|step| !known.contains(&step.version)) {
        return Ok(SchemaState::Newer(newer.version.clone()));
    }
    Ok(match known.len() - applied.len() {
        0 => SchemaState::Current,
        missing => SchemaState::Behind(missing),
    })
}

fn known() -> Result<Vec<String>, StorageError> {
    let migrations: Vec<Box<dyn Migration<Pg>>> =
        MIGRATIONS.migrations().map_err(|e| StorageError::Corrupt(e.to_string()))?;
    Ok(migrations.iter().map(|step| step.name().version().to_string()).collect())
}

/// Applies the missing steps, one starter at a time. Returns how many. Replicas of before may be serving meanwhile: a step
/// that loses a deadlock to one of their transactions is tried again.
///
/// # Errors
/// [`MigrateError`]; a failed step leaves the ones before it applied.
pub async fn run(database: &Database) -> Result<usize, MigrateError> {
    let mut conn = database.connect().await?;
    // A step may rewrite a table; and waiting for another starter is no fault.
    diesel::sql_query("SET statement_timeout = 0").execute(&mut conn).await.map_err(StorageError::from)?;
    diesel::sql_query("SET lock_timeout = 0").execute(&mut conn).await.map_err(StorageError::from)?;
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<diesel::sql_types::BigInt, _>(ADVISORY_LOCK)
        .execute(&mut conn)
        .await
        .map_err(StorageError::from)?;
    let missing = match state(&mut conn).await? {
        SchemaState::Current => return Ok(0),
        SchemaState::Newer(version) => return Err(MigrateError::Newer(version)),
        SchemaState::Behind(missing) => missing,
    };
    let mut harness = AsyncMigrationHarness::new(conn);
    for attempt in 1.. {
        // A step that fails is rolled back, and those before it stay.
        match harness.run_pending_migrations(MIGRATIONS).map_err(|e| e.to_string()) {
            Ok(_) => break,
            Err(error) if attempt < ATTEMPTS && error.contains("deadlock detected") => {
                tracing::warn!(%error, "a migration lost a race, and is tried again");
            }
            Err(error) => return Err(MigrateError::Failed(error)),
        }
    }
    Ok(missing)
}
