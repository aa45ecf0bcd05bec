//! Manifests in the database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::{CapabilitiesRecorder, CapabilitiesRefusal, Field, Manifest, NodeManifest};
use crate::ids::{DomainId, NodeId, ProjectId};
use crate::mesh::artifact::{Checksum, Fingerprint};
use crate::outbox::Event;
use crate::page::Page;
use crate::postgres::schema::{node_capabilities, nodes, projects};
use crate::postgres::{Database, StorageError, retrying};
use crate::{audit, outbox};

/// Manifests over the database.
pub struct PgCapabilities {
    database: Database,
}

impl PgCapabilities {
    /// Over `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl CapabilitiesRecorder for PgCapabilities {
    async fn record(
        &self,
        node_id: NodeId,
        manifest: &Manifest,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Vec<Field>, CapabilitiesRefusal> {
        // Nearly every manifest is the one that is known: then nothing needs a lock or a transaction.
        let known = find(&mut *self.database.read().await?, node_id).await?.ok_or(CapabilitiesRefusal::NodeNotFound)?;
        if known.is(manifest) {
            return Ok(Vec::new());
        }
        retrying("a manifest", || self.replace(node_id, manifest, now, correlation_id)).await
    }

    async fn list(&self, project_id: ProjectId, page: &Page) -> Result<Option<Vec<NodeManifest>>, StorageError> {
        let mut conn = self.database.read().await?;
        let mut query = node_capabilities::table.filter(node_capabilities::project_id.eq(project_id.0)).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(node_capabilities::node_id.gt(after));
        }
        let rows: Vec<Row> = query
            .order(node_capabilities::node_id)
            .limit(page.fetch())
            .select(Row::as_select())
            .load(&mut conn)
            .await?;
        // A project that has rows is there.
        if rows.is_empty() && !select(exists(projects::table.find(project_id.0))).get_result(&mut conn).await? {
            return Ok(None);
        }
        rows.into_iter().map(NodeManifest::try_from).collect::<Result<_, _>>().map(Some)
    }
}

impl PgCapabilities {
    /// Compares and writes under the Node's lock.
    async fn replace(
        &self,
        node_id: NodeId,
        manifest: &Manifest,
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<Vec<Field>, CapabilitiesRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        lock(conn, node_id).await?;
        let known = find(conn, node_id).await?.ok_or(CapabilitiesRefusal::NodeNotFound)?;
        let before = known.before;
        let changes = manifest.changes_since(before.as_ref().map(|before| &before.manifest));
        if changes.is_empty() {
            return Ok(changes);
        }
        // Replicas' clocks differ a little; what is shown only moves forward.
        let updated_at = before.map_or(now, |before| before.updated_at.max(now));
        let row = Row::of(node_id, known.project_id, manifest, updated_at)?;
        diesel::insert_into(node_capabilities::table)
            .values(&row)
            .on_conflict(node_capabilities::node_id)
            .do_update()
            .set(&row)
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        let fields_changed: Vec<&'static str> = changes.iter().map(|field| field.as_str()).collect();
        let entry = audit::Entry {
            domain_id: Some(known.domain_id),
            at: now,
            subject: format!("node:{node_id}"),
            action: "node.capabilities",
            object: format!("node:{node_id}"),
            decision: audit::Decision::Allowed,
            reason: Some(format!("changed {}", fields_changed.join(", "))),
            correlation_id,
        };
        let event = Event::NodeCapabilitiesUpdated {
            node_id,
            fields_changed,
            host_key_changed: changes.contains(&Field::SshHostKeyFingerprint),
            binary_checksum: manifest.binary_checksum.encode(),
            ssh_host_key_fingerprint: row.ssh_host_key_fingerprint.unwrap_or_default(),
            updated_at,
        };
        outbox::append(conn, &[(known.domain_id, event)], now).await?;
        audit::append(conn, &entry).await?;
        tx.commit().await?;
        Ok(changes)
    }
}

/// A Node, with the manifest that it has sent.
struct Known {
    domain_id: DomainId,
    project_id: ProjectId,
    before: Option<NodeManifest>,
}

impl Known {
    fn is(&self, manifest: &Manifest) -> bool {
        self.before.as_ref().is_some_and(|before| before.manifest == *manifest)
    }
}

/// Makes puts of one Node take turns, the first ones too, and keeps the Node from being deregistered meanwhile.
async fn lock(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<(), StorageError> {
    let node = nodes::table.find(node_id.0).select(nodes::id).for_no_key_update();
    let _locked: Option<Uuid> = node.first(conn).await.optional()?;
    Ok(())
}

async fn find(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<Option<Known>, StorageError> {
    let row: Option<(Uuid, Uuid, Option<Row>)> = nodes::table
        .left_join(node_capabilities::table.on(node_capabilities::node_id.eq(nodes::id)))
        .filter(nodes::id.eq(node_id.0))
        .filter(nodes::deregistered_at.is_null())
        .select((nodes::domain_id, nodes::project_id, Option::<Row>::as_select()))
        .first(conn)
        .await
        .optional()?;
    let known = row.map(|(domain_id, project_id, row)| {
        Ok(Known {
            domain_id: DomainId(domain_id),
            project_id: ProjectId(project_id),
            before: row.map(NodeManifest::try_from).transpose()?,
        })
    });
    known.transpose()
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = node_capabilities, check_for_backend(Pg), treat_none_as_null = true)]
struct Row {
    node_id: Uuid,
    project_id: Uuid,
    binary_version: String,
    binary_checksum: Vec<u8>,
    ssh_host_key_fingerprint: Option<String>,
    declared_hooks: Value,
    plexd_hooks: Value,
    builtin_actions: Value,
    updated_at: DateTime<Utc>,
}

impl Row {
    fn of(
        node_id: NodeId,
        project_id: ProjectId,
        manifest: &Manifest,
        updated_at: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let hooks: BTreeMap<&str, String> =
            manifest.declared_hooks.iter().map(|(name, checksum)| (name.as_str(), checksum.encode())).collect();
        Ok(Self {
            node_id: node_id.0,
            project_id: project_id.0,
            binary_version: manifest.binary_version.clone(),
            binary_checksum: manifest.binary_checksum.bytes().to_vec(),
            ssh_host_key_fingerprint: manifest.ssh_host_key.as_ref().map(|key| key.as_str().to_owned()),
            declared_hooks: written(&hooks)?,
            plexd_hooks: written(&manifest.plexd_hooks)?,
            builtin_actions: written(&manifest.builtin_actions)?,
            updated_at,
        })
    }
}

impl TryFrom<Row> for NodeManifest {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let hooks: BTreeMap<String, String> = read(row.declared_hooks)?;
        let declared_hooks = hooks
            .into_iter()
            .map(|(name, checksum)| Some((name, Checksum::parse(&checksum)?)))
            .collect::<Option<_>>()
            .ok_or_else(|| corrupt("checksum of a hook"))?;
        let ssh_host_key = row
            .ssh_host_key_fingerprint
            .map(|text| Fingerprint::parse(&text).ok_or_else(|| corrupt("fingerprint")))
            .transpose()?;
        Ok(Self {
            node_id: NodeId(row.node_id),
            manifest: Manifest {
                binary_version: row.binary_version,
                binary_checksum: Checksum::from_bytes(&row.binary_checksum).ok_or_else(|| corrupt("checksum"))?,
                ssh_host_key,
                declared_hooks,
                plexd_hooks: read(row.plexd_hooks)?,
                builtin_actions: read(row.builtin_actions)?,
            },
            updated_at: row.updated_at,
        })
    }
}

fn written(entries: &impl Serialize) -> Result<Value, StorageError> {
    serde_json::to_value(entries).map_err(|error| StorageError::Corrupt(error.to_string()))
}

fn read<T: DeserializeOwned>(entries: Value) -> Result<BTreeMap<String, T>, StorageError> {
    serde_json::from_value(entries).map_err(|error| corrupt(&error.to_string()))
}

fn corrupt(what: &str) -> StorageError {
    StorageError::Corrupt(format!("{what} of a capability manifest"))
}
