//! Audit logs on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use plexsphere_api::{GetAuditEntryResponse, ListAuditEntriesResponse, VerifyAuditChainResponse, models};
use swagger::Nullable;
use uuid::Uuid;

use super::asked::filter;
use super::{AuditLog, ReadRefusal, Verified};
use crate::access::RequestContext;
use crate::audit::{Decision, Numbered};
use crate::fault;
use crate::ids::DomainId;
use crate::page::Page;
use crate::problem::ProblemCode;

const HOLDS: &str = "All entries and the signed head hold.";
const EMPTY: &str = "The log has no entry yet.";

/// What a list may be narrowed by, as it is sent.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Query {
    pub subject: Option<String>,
    pub action: Option<String>,
    pub object: Option<String>,
    pub decision: Option<models::AuditDecision>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
}

/// `GET /v1/domains/{id}/audit/entries`
pub async fn list_audit_entries(
    log: &AuditLog,
    id: Uuid,
    query: Query,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListAuditEntriesResponse {
    use ListAuditEntriesResponse as Response;
    let decision = query.decision.map(|decision| match decision {
        models::AuditDecision::Allowed => Decision::Allowed,
        models::AuditDecision::Denied => Decision::Denied,
        models::AuditDecision::None => Decision::None,
    });
    let filter = match filter(query.subject, query.action, query.object, decision, query.from, query.to) {
        Ok(filter) => filter,
        Err(invalid) => return Response::BadRequest(context.refuse(ProblemCode::InvalidQuery, invalid.to_string())),
    };
    let asked = format!("ListAuditEntries {id} {filter:?}");
    let page = match Page::read(limit, cursor, &context.principal().subject(), &asked) {
        Ok(page) => page,
        Err(error) => return Response::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    match log.list(DomainId(id), &filter, number(page.after), page.fetch()).await {
        Ok(found) => {
            let (items, next_cursor) = page.cut(found, |entry| place(entry.seq));
            let items = items.into_iter().map(|entry| shown(id, entry)).collect();
            Response::Ok(models::AuditEntryList { items, next_cursor })
        }
        Err(ReadRefusal::Storage(error)) => fault!(Response, context, &error),
        Err(ReadRefusal::Overloaded) => Response::Unavailable(context.refuse(ProblemCode::Overloaded, "")),
        Err(refusal @ (ReadRefusal::DomainNotFound | ReadRefusal::EntryNotFound)) => {
            Response::NotFound(context.refuse(ProblemCode::DomainNotFound, refusal.to_string()))
        }
    }
}

/// Cursors hold ids; the place of an entry is its number.
fn place(seq: i64) -> Uuid {
    Uuid::from_u128(u128::from(seq.unsigned_abs()))
}

fn number(place: Option<Uuid>) -> i64 {
    place.map_or(0, |place| i64::try_from(place.as_u128()).unwrap_or(i64::MAX))
}

/// `GET /v1/domains/{id}/audit/entries/{seq}`
pub async fn get_audit_entry(log: &AuditLog, id: Uuid, seq: i64, context: &RequestContext) -> GetAuditEntryResponse {
    use GetAuditEntryResponse as Response;
    if seq < 1 {
        return Response::BadRequest(context.refuse(ProblemCode::InvalidId, "entries are numbered from 1 on"));
    }
    match log.get(DomainId(id), seq).await {
        Ok(entry) => Response::Ok(shown(id, entry)),
        Err(ReadRefusal::Storage(error)) => fault!(Response, context, &error),
        Err(ReadRefusal::Overloaded) => Response::Unavailable(context.refuse(ProblemCode::Overloaded, "")),
        Err(refusal @ ReadRefusal::DomainNotFound) => {
            Response::NotFound(context.refuse(ProblemCode::DomainNotFound, refusal.to_string()))
        }
        Err(refusal @ ReadRefusal::EntryNotFound) => {
            Response::NotFound(context.refuse(ProblemCode::AuditEntryNotFound, refusal.to_string()))
        }
    }
}

/// `POST /v1/domains/{id}/audit/verify`
pub async fn verify_audit_chain(log: &AuditLog, id: Uuid, context: &RequestContext) -> VerifyAuditChainResponse {
    use VerifyAuditChainResponse as Response;
    match log.verify(DomainId(id)).await {
        Ok(verified) => Response::Ok(outcome(verified)),
        Err(ReadRefusal::Storage(error)) => fault!(Response, context, &error),
        Err(ReadRefusal::Overloaded) => Response::Unavailable(context.refuse(ProblemCode::Overloaded, "")),
        Err(refusal @ (ReadRefusal::DomainNotFound | ReadRefusal::EntryNotFound)) => {
            Response::NotFound(context.refuse(ProblemCode::DomainNotFound, refusal.to_string()))
        }
    }
}

fn outcome(verified: Verified) -> models::AuditVerification {
    let Verified { verification, public_key } = verified;
    let head = verification.head;
    let detail = match (&verification.fault, &head) {
        (Some(fault), _) => sentence(&fault.to_string()),
        (None, Some(_)) => HOLDS.to_owned(),
        (None, None) => EMPTY.to_owned(),
    };
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    models::AuditVerification {
        valid: verification.fault.is_none(),
        entries_checked: verification.entries_checked,
        head_seq: head.as_ref().map_or(0, |head| head.seq),
        first_bad_seq: nullable(verification.fault.map(|fault| fault.first_bad_seq())),
        detail,
        head_hash: nullable(head.as_ref().map(|head| head.hash.to_string())),
        head_signed_at: nullable(head.as_ref().map(|head| head.signed_at)),
        head_key_id: nullable(head.as_ref().map(|head| head.key_id.0)),
        head_public_key: nullable(public_key.map(|key| base64(&key))),
        head_signature: nullable(head.as_ref().map(|head| base64(&head.signature))),
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}

fn nullable<T>(value: Option<T>) -> Nullable<T> {
    value.map_or(Nullable::Null, Nullable::Present)
}

fn shown(domain_id: Uuid, entry: Numbered) -> models::AuditEntry {
    models::AuditEntry {
        seq: entry.seq,
        domain_id,
        at: entry.at,
        subject: entry.subject,
        action: entry.action,
        object: entry.object,
        decision: match entry.decision.as_str() {
            "allowed" => models::AuditDecision::Allowed,
            "denied" => models::AuditDecision::Denied,
            _ => models::AuditDecision::None,
        },
        reason: nullable(entry.reason),
        correlation_id: entry.correlation_id,
        prev_hash: entry.prev_hash.to_string(),
        hash: entry.hash.to_string(),
    }
}
