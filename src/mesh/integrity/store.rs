//! Integrity violations in the database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{
    AcknowledgeRefusal, Acknowledgement, Detector, Evidence, Filter, Finding, IntegrityViolationsRecorder, Kind,
    ReportRefusal, Status, Violation,
};
use crate::ids::{DomainId, NodeId, ProjectId, ViolationId};
use crate::mesh::artifact::{Checksum, Fingerprint};
use crate::mesh::nodes::Actor;
use crate::outbox::Event;
use crate::page::Page;
use crate::postgres::schema::{integrity_violations, nodes, projects};
use crate::postgres::{Database, StorageError, retrying};
use crate::{audit, outbox};

/// Violations over the database.
pub struct PgIntegrityViolations {
    database: Database,
}

impl PgIntegrityViolations {
    /// Over `database`.
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl IntegrityViolationsRecorder for PgIntegrityViolations {
    async fn record(
        &self,
        node_id: NodeId,
        findings: &[Finding],
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(), ReportRefusal> {
        retrying("a report of violations", || self.try_record(node_id, findings, now, correlation_id)).await
    }

    async fn list(
        &self,
        filter: Filter,
        domains: Option<Vec<Uuid>>,
        page: &Page,
    ) -> Result<Vec<Violation>, StorageError> {
        let mut conn = self.database.read().await?;
        let Some(among) = Among::find(&mut conn, filter, domains).await? else { return Ok(Vec::new()) };
        let kinds = filter.kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
        let statuses = filter.status.map_or(Status::ALL.to_vec(), |status| vec![status]);
        // One index is read from one place for each object, kind and state, and no further than a page: what lies
        // beyond the range is cut off outside. Equations within would let the planner walk the primary key instead,
        // which has the order of ids too, past however many rows that are not wanted.
        let (objects, column, object, same) = match among.column() {
            Some(column) => {
                ("CROSS JOIN unnest($5) AS o (id)", format!("i.{column}, "), "o.id, ", format!("AND v.{column} = o.id"))
            }
            None => ("", String::new(), "", String::new()),
        };
        let text = format!(
            "SELECT v.* FROM unnest($1) AS k (kind) CROSS JOIN unnest($2) AS s (status) {objects} \
             CROSS JOIN LATERAL ( \
                 SELECT i.* FROM integrity_violations i \
                 WHERE ({column}i.kind, i.status, i.id) > ({object}k.kind, s.status, $3) \
                 ORDER BY {column}i.kind, i.status, i.id LIMIT $4 \
             ) v WHERE v.kind = k.kind AND v.status = s.status {same} ORDER BY v.id LIMIT $4"
        );
        let mut query = diesel::sql_query(text)
            .into_boxed::<Pg>()
            .bind::<Array<Text>, _>(kinds.into_iter().map(Kind::as_str).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(statuses.into_iter().map(Status::as_str).collect::<Vec<_>>())
            .bind::<SqlUuid, _>(page.after.unwrap_or(Uuid::nil()))
            .bind::<BigInt, _>(page.fetch());
        if let Among::Domains(ids) | Among::Project(ids) | Among::Node(ids) = among {
            query = query.bind::<Array<SqlUuid>, _>(ids);
        }
        let rows: Vec<Row> = query.load(&mut conn).await?;
        rows.into_iter().map(Violation::try_from).collect()
    }

    async fn domain_of(&self, id: ViolationId) -> Result<Option<DomainId>, StorageError> {
        let mut conn = self.database.read().await?;
        let domain_id: Option<Uuid> = integrity_violations::table
            .find(id.0)
            .select(integrity_violations::domain_id)
            .first(&mut conn)
            .await
            .optional()?;
        Ok(domain_id.map(DomainId))
    }

    async fn acknowledge(
        &self,
        id: ViolationId,
        reason: &str,
        actor: Actor<'_>,
        now: DateTime<Utc>,
    ) -> Result<Violation, AcknowledgeRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let mut violation = lock(conn, id).await?.ok_or(AcknowledgeRefusal::NotFound)?;
        match &violation.acknowledged {
            Some(before) if before.reason == reason => return Ok(violation),
            Some(_) => return Err(AcknowledgeRefusal::Already),
            None => {}
        }
        diesel::update(integrity_violations::table.find(id.0))
            .set((
                integrity_violations::status.eq(Status::Acknowledged.as_str()),
                integrity_violations::acknowledged_at.eq(now),
                integrity_violations::acknowledged_reason.eq(reason),
            ))
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        let entry = audit::Entry {
            domain_id: Some(violation.domain_id),
            at: now,
            subject: actor.subject.to_owned(),
            action: "integrity_violation.acknowledge",
            object: format!("integrity_violation:{id}"),
            decision: audit::Decision::Allowed,
            reason: Some(reason.to_owned()),
            correlation_id: actor.correlation_id,
        };
        audit::append(conn, &entry).await?;
        tx.commit().await?;
        violation.acknowledged = Some(Acknowledgement { at: now, reason: reason.to_owned() });
        Ok(violation)
    }
}

impl PgIntegrityViolations {
    async fn try_record(
        &self,
        node_id: NodeId,
        findings: &[Finding],
        now: DateTime<Utc>,
        correlation_id: &str,
    ) -> Result<(), ReportRefusal> {
        let mut tx = self.database.begin().await?;
        let conn = &mut *tx;
        let (domain_id, project_id) = hold(conn, node_id).await?.ok_or(ReportRefusal::NodeNotFound)?;
        let mut violation_ids: Vec<ViolationId> = findings.iter().map(|_| ViolationId::new(now)).collect();
        // Lists are by id: so a report is shown in its own order.
        violation_ids.sort_unstable();
        let rows: Vec<Row> = findings
            .iter()
            .zip(&violation_ids)
            .map(|(finding, id)| Row::of(*id, node_id, domain_id, project_id, finding, now))
            .collect();
        diesel::insert_into(integrity_violations::table)
            .values(&rows)
            .execute(conn)
            .await
            .map_err(StorageError::from)?;
        let mut kinds: Vec<&'static str> = findings.iter().map(|finding| finding.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let entry = audit::Entry {
            domain_id: Some(domain_id),
            at: now,
            subject: format!("node:{node_id}"),
            action: "node.integrity_violations",
            object: format!("node:{node_id}"),
            decision: audit::Decision::Allowed,
            reason: Some(format!("{} of {}", findings.len(), kinds.join(", "))),
            correlation_id,
        };
        let event = Event::IntegrityAlert { node_id, violation_ids, kinds, reported_at: now };
        outbox::append(conn, &[(domain_id, event)], now).await?;
        audit::append(conn, &entry).await?;
        Ok(tx.commit().await?)
    }
}

/// The Domain and the project of a Node, which is kept from being deregistered until the end of the transaction.
/// Reports of one Node do not wait for each other.
async fn hold(conn: &mut AsyncPgConnection, node_id: NodeId) -> Result<Option<(DomainId, ProjectId)>, StorageError> {
    let row: Option<(Uuid, Uuid)> = nodes::table
        .find(node_id.0)
        .filter(nodes::deregistered_at.is_null())
        .select((nodes::domain_id, nodes::project_id))
        .for_key_share()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(domain_id, project_id)| (DomainId(domain_id), ProjectId(project_id))))
}

async fn lock(conn: &mut AsyncPgConnection, id: ViolationId) -> Result<Option<Violation>, StorageError> {
    let row: Option<Row> =
        integrity_violations::table.find(id.0).select(Row::as_select()).for_update().first(conn).await.optional()?;
    row.map(Violation::try_from).transpose()
}

/// What a list is read from: the narrowest objects that it is asked for.
enum Among {
    All,
    Domains(Vec<Uuid>),
    Project(Vec<Uuid>),
    Node(Vec<Uuid>),
}

impl Among {
    const fn column(&self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Domains(_) => Some("domain_id"),
            Self::Project(_) => Some("project_id"),
            Self::Node(_) => Some("node_id"),
        }
    }

    /// All rows of a Node are of one project, and all of a project of one Domain: so whether the wider filters and
    /// the caller's relations let them through is decided once and not row by row. `None`: nothing is shown.
    async fn find(
        conn: &mut AsyncPgConnection,
        filter: Filter,
        domains: Option<Vec<Uuid>>,
    ) -> Result<Option<Self>, StorageError> {
        let shown = |domain_id: Uuid| {
            domains.as_ref().is_none_or(|domains| domains.contains(&domain_id))
                && filter.domain_id.is_none_or(|wanted| wanted.0 == domain_id)
        };
        if let Some(node_id) = filter.node_id {
            let of: Option<(Uuid, Uuid)> = nodes::table
                .find(node_id.0)
                .select((nodes::domain_id, nodes::project_id))
                .first(conn)
                .await
                .optional()?;
            return Ok(of
                .filter(|(domain_id, project_id)| {
                    shown(*domain_id) && filter.project_id.is_none_or(|wanted| wanted.0 == *project_id)
                })
                .map(|_| Self::Node(vec![node_id.0])));
        }
        if let Some(project_id) = filter.project_id {
            let of: Option<Uuid> =
                projects::table.find(project_id.0).select(projects::domain_id).first(conn).await.optional()?;
            return Ok(of.filter(|domain_id| shown(*domain_id)).map(|_| Self::Project(vec![project_id.0])));
        }
        if let Some(domain_id) = filter.domain_id {
            return Ok(shown(domain_id.0).then(|| Self::Domains(vec![domain_id.0])));
        }
        Ok(Some(domains.map_or(Self::All, Self::Domains)))
    }
}

#[derive(Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = integrity_violations, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    node_id: Uuid,
    domain_id: Uuid,
    project_id: Uuid,
    kind: String,
    detected_by: String,
    artifact_id: String,
    observed_checksum: Option<Vec<u8>>,
    expected_checksum: Option<Vec<u8>>,
    observed_fingerprint: Option<String>,
    expected_fingerprint: Option<String>,
    reported_at: DateTime<Utc>,
    acknowledged_at: Option<DateTime<Utc>>,
    acknowledged_reason: Option<String>,
}

impl Row {
    fn of(
        id: ViolationId,
        node_id: NodeId,
        domain_id: DomainId,
        project_id: ProjectId,
        finding: &Finding,
        now: DateTime<Utc>,
    ) -> Self {
        let bytes = |checksum: &Checksum| checksum.bytes().to_vec();
        let text = |key: &Fingerprint| key.as_str().to_owned();
        let (checksums, fingerprints) = match &finding.evidence {
            Evidence::Checksums { observed, expected } => {
                ((Some(bytes(observed)), expected.as_ref().map(bytes)), (None, None))
            }
            Evidence::Fingerprints { observed, expected } => {
                ((None, None), (Some(text(observed)), expected.as_ref().map(text)))
            }
        };
        Self {
            id: id.0,
            node_id: node_id.0,
            domain_id: domain_id.0,
            project_id: project_id.0,
            kind: finding.kind.as_str().to_owned(),
            detected_by: finding.detected_by.as_str().to_owned(),
            artifact_id: finding.artifact_id.clone(),
            observed_checksum: checksums.0,
            expected_checksum: checksums.1,
            observed_fingerprint: fingerprints.0,
            expected_fingerprint: fingerprints.1,
            reported_at: now,
            acknowledged_at: None,
            acknowledged_reason: None,
        }
    }

    fn evidence(&self) -> Option<Evidence> {
        // Absent is one thing and unreadable another.
        let checksum = |bytes: &Option<Vec<u8>>| match bytes {
            Some(bytes) => Checksum::from_bytes(bytes).map(Some),
            None => Some(None),
        };
        let fingerprint = |text: &Option<String>| match text {
            Some(text) => Fingerprint::parse(text).map(Some),
            None => Some(None),
        };
        if let Some(observed) = checksum(&self.observed_checksum)? {
            return Some(Evidence::Checksums { observed, expected: checksum(&self.expected_checksum)? });
        }
        let observed = fingerprint(&self.observed_fingerprint)??;
        Some(Evidence::Fingerprints { observed, expected: fingerprint(&self.expected_fingerprint)? })
    }
}

impl TryFrom<Row> for Violation {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let corrupt = |what: &str| StorageError::Corrupt(format!("{what} of an integrity violation"));
        let evidence = row.evidence().ok_or_else(|| corrupt("evidence"))?;
        Ok(Self {
            id: ViolationId(row.id),
            node_id: NodeId(row.node_id),
            domain_id: DomainId(row.domain_id),
            project_id: ProjectId(row.project_id),
            finding: Finding {
                kind: Kind::parse(&row.kind).ok_or_else(|| corrupt("kind"))?,
                detected_by: Detector::parse(&row.detected_by).ok_or_else(|| corrupt("detector"))?,
                artifact_id: row.artifact_id,
                evidence,
            },
            reported_at: row.reported_at,
            acknowledged: row
                .acknowledged_at
                .zip(row.acknowledged_reason)
                .map(|(at, reason)| Acknowledgement { at, reason }),
        })
    }
}
