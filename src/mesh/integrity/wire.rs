//! Integrity violations on the wire.

use plexsphere_api::{
    AcknowledgeIntegrityViolationResponse, ListIntegrityViolationsResponse, PostNodeIntegrityViolationsResponse, models,
};
use swagger::Nullable;
use uuid::Uuid;

use super::{
    AcknowledgeRefusal, Detector, Evidence, Filter, Finding, IntegrityReports, IntegrityReviews, InvalidReport, Kind,
    ReportRefusal, Rule, Sent, Status, Violation,
};
use crate::access::RequestContext;
use crate::access::context::DenyReason;
use crate::fault;
use crate::ids::{DomainId, NodeId, ProjectId, ViolationId};
use crate::invalid_field::{InvalidField, not_blank, within_limits};
use crate::mesh::nodes::Actor;
use crate::page::Page;
use crate::problem::ProblemCode;

/// POST /v1/nodes/{id}/integrity-violations
pub async fn post_node_integrity_violations(
    reports: &IntegrityReports,
    id: Uuid,
    body: models::IntegrityViolationsRequest,
    context: &RequestContext,
) -> PostNodeIntegrityViolationsResponse {
    use PostNodeIntegrityViolationsResponse as Response;
    let findings = match Finding::read_all(body.violations.into_iter().map(sent).collect()) {
        Ok(findings) => findings,
        Err(invalid) => {
            let problem = context.refuse_field(code(&invalid), &invalid.field, invalid.what);
            return Response::BadRequest(problem);
        }
    };
    let now = context.now();
    match reports.record(NodeId(id), &findings, now, context.correlation_id()).await {
        Ok(()) => Response::Accepted(models::IntegrityViolationsResponse {
            accepted_at: now,
            // The rules bound it far below.
            violation_count: i32::try_from(findings.len()).unwrap_or(i32::MAX),
        }),
        Err(refusal @ ReportRefusal::NodeNotFound) => {
            Response::NotFound(context.refuse(ProblemCode::IntegrityViolationsNodeNotFound, refusal.to_string()))
        }
        Err(ReportRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

fn code(invalid: &InvalidReport) -> ProblemCode {
    match invalid.rule {
        Rule::Empty => ProblemCode::IntegrityViolationsEmpty,
        Rule::TooMany => ProblemCode::IntegrityViolationsTooMany,
        Rule::Kind => ProblemCode::IntegrityViolationKindInvalid,
        Rule::DetectedBy => ProblemCode::IntegrityViolationDetectedByInvalid,
        Rule::ArtifactId => ProblemCode::IntegrityViolationArtifactIdEmpty,
        Rule::KindMismatch => ProblemCode::IntegrityViolationKindMismatch,
        Rule::Checksum => ProblemCode::IntegrityViolationChecksumInvalid,
        Rule::Fingerprint => ProblemCode::IntegrityViolationHostKeyFingerprintInvalid,
    }
}

fn sent(entry: models::IntegrityViolationReport) -> Sent {
    Sent {
        kind: entry.kind,
        detected_by: entry.detected_by,
        artifact_id: entry.artifact_id,
        observed_checksum: entry.observed_checksum,
        expected_checksum: entry.expected_checksum,
        observed_fingerprint: entry.observed_fingerprint,
        expected_fingerprint: entry.expected_fingerprint,
    }
}

/// What a list of violations may be narrowed by, as it is sent.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Query {
    pub domain_id: Option<Uuid>,
    pub project_id: Option<Uuid>,
    pub node_id: Option<Uuid>,
    pub kind: Option<models::IntegrityViolationKind>,
    pub status: Option<models::IntegrityViolationStatus>,
}

/// GET /v1/integrity-violations
pub async fn list_integrity_violations(
    reviews: &IntegrityReviews,
    query: Query,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListIntegrityViolationsResponse {
    use ListIntegrityViolationsResponse as Response;
    let Some(operator) = context.operator() else {
        return Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, "this is for operators"));
    };
    let filter = Filter {
        domain_id: query.domain_id.map(DomainId),
        project_id: query.project_id.map(ProjectId),
        node_id: query.node_id.map(NodeId),
        kind: query.kind.map(|kind| match kind {
            models::IntegrityViolationKind::BinaryChecksum => Kind::BinaryChecksum,
            models::IntegrityViolationKind::HookChecksum => Kind::HookChecksum,
            models::IntegrityViolationKind::SshHostKey => Kind::SshHostKey,
        }),
        status: query.status.map(|status| match status {
            models::IntegrityViolationStatus::Open => Status::Open,
            models::IntegrityViolationStatus::Acknowledged => Status::Acknowledged,
        }),
    };
    let asked = format!("ListIntegrityViolations {filter:?}");
    let page = match Page::read(limit, cursor, &context.principal().subject(), &asked) {
        Ok(page) => page,
        Err(error) => return Response::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    match reviews.list(operator, filter, &page).await {
        Ok(found) => {
            let (items, next_cursor) = page.cut(found, |violation| violation.id.0);
            let items = items.into_iter().map(shown).collect();
            Response::Ok(models::RecordedIntegrityViolationList { items, next_cursor })
        }
        Err(error) => fault!(Response, context, &error),
    }
}

/// POST /v1/integrity-violations/{id}/acknowledge
pub async fn acknowledge_integrity_violation(
    reviews: &IntegrityReviews,
    id: Uuid,
    body: models::AcknowledgeIntegrityViolationRequest,
    context: &RequestContext,
) -> AcknowledgeIntegrityViolationResponse {
    use AcknowledgeIntegrityViolationResponse as Response;
    let Some(operator) = context.operator() else {
        return Response::Unauthenticated(context.refuse(ProblemCode::Unauthenticated, "this is for operators"));
    };
    let subject = context.principal().subject();
    let actor = Actor { subject: &subject, correlation_id: context.correlation_id() };
    let done = reviews.acknowledge(operator, ViolationId(id), reason(body), actor, context.now()).await;
    let refusal = match done {
        Ok(violation) => return Response::Ok(shown(violation)),
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        AcknowledgeRefusal::Denied => {
            Response::Forbidden(context.deny(ProblemCode::InsufficientRelation, DenyReason::InsufficientRelation, what))
        }
        AcknowledgeRefusal::Invalid(invalid) => Response::UnprocessableContent(context.refuse_field(
            ProblemCode::InvalidField,
            &invalid.field,
            &invalid.what,
        )),
        AcknowledgeRefusal::NotFound => {
            Response::NotFound(context.refuse(ProblemCode::IntegrityViolationNotFound, what))
        }
        AcknowledgeRefusal::Already => {
            Response::Conflict(context.refuse(ProblemCode::IntegrityViolationAlreadyAcknowledged, what))
        }
        AcknowledgeRefusal::Storage(error) => fault!(Response, context, &error),
    }
}

fn reason(body: models::AcknowledgeIntegrityViolationRequest) -> Result<String, InvalidField> {
    within_limits(&body)?;
    not_blank("reason", &body.reason)?;
    Ok(body.reason)
}

fn shown(violation: Violation) -> models::RecordedIntegrityViolation {
    let status = match violation.status() {
        Status::Open => models::IntegrityViolationStatus::Open,
        Status::Acknowledged => models::IntegrityViolationStatus::Acknowledged,
    };
    let (checksums, fingerprints) = match &violation.finding.evidence {
        Evidence::Checksums { observed, expected } => {
            ((Some(observed.encode()), expected.as_ref().map(|sum| sum.encode())), (None, None))
        }
        Evidence::Fingerprints { observed, expected } => {
            let text = |key: &crate::mesh::artifact::Fingerprint| key.as_str().to_owned();
            ((None, None), (Some(text(observed)), expected.as_ref().map(text)))
        }
    };
    let (acknowledged_at, acknowledged_reason) = match violation.acknowledged {
        Some(acknowledged) => (Nullable::Present(acknowledged.at), Nullable::Present(acknowledged.reason)),
        None => (Nullable::Null, Nullable::Null),
    };
    models::RecordedIntegrityViolation {
        violation_id: violation.id.0,
        node_id: violation.node_id.0,
        domain_id: violation.domain_id.0,
        project_id: violation.project_id.0,
        kind: match violation.finding.kind {
            Kind::BinaryChecksum => models::IntegrityViolationKind::BinaryChecksum,
            Kind::HookChecksum => models::IntegrityViolationKind::HookChecksum,
            Kind::SshHostKey => models::IntegrityViolationKind::SshHostKey,
        },
        detected_by: match violation.finding.detected_by {
            Detector::StartupScan => models::IntegrityDetector::StartupScan,
            Detector::Inotify => models::IntegrityDetector::Inotify,
            Detector::PreDispatch => models::IntegrityDetector::PreDispatch,
        },
        artifact_id: violation.finding.artifact_id,
        observed_checksum: checksums.0,
        expected_checksum: checksums.1,
        observed_fingerprint: fingerprints.0,
        expected_fingerprint: fingerprints.1,
        status,
        remediation: models::IntegrityRemediation::Reprovision,
        reported_at: violation.reported_at,
        acknowledged_at,
        acknowledged_reason,
    }
}
