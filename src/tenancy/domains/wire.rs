//! Domains on the wire.

use plexsphere_api::{
    CreateDomainResponse, DeleteDomainResponse, GetDomainResponse, ListDomainsResponse, PatchDomainResponse, models,
};
use uuid::Uuid;

use super::{
    CreateRefusal, DeleteRefusal, Domain, DomainChange, GetRefusal, NewDomain, PatchRefusal, ThresholdChange,
    Thresholds, go_duration,
};
use crate::access::RequestContext;
use crate::fault;
use crate::ids::DomainId;
use crate::invalid_field::{InvalidField, not_blank, within_limits};
use crate::page::Page;
use crate::problem::ProblemCode;
use crate::tenancy::precondition::etag;
use crate::tenancy::{Tenancy, mesh_range};

/// `POST /v1/domains`
pub async fn create_domain(
    tenancy: &Tenancy,
    body: models::CreateDomainRequest,
    context: &RequestContext,
) -> CreateDomainResponse {
    let created = match new_domain(body) {
        Ok(new) => tenancy.domains.create(new, context).await,
        Err(invalid) => Err(invalid.into()),
    };
    let refusal = match created {
        Ok(domain) => return CreateDomainResponse::Created(shown(domain)),
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        CreateRefusal::Invalid(invalid) => CreateDomainResponse::UnprocessableContent(refuse_field(&invalid, context)),
        CreateRefusal::SlugTaken => CreateDomainResponse::Conflict(context.refuse(ProblemCode::SlugTaken, what)),
        CreateRefusal::MeshCidrOverlap => {
            CreateDomainResponse::Conflict(context.refuse(ProblemCode::MeshCidrOverlap, what))
        }
        CreateRefusal::Storage(error) => fault!(CreateDomainResponse, context, &error),
    }
}

/// `GET /v1/domains`
pub async fn list_domains(
    tenancy: &Tenancy,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListDomainsResponse {
    let page = match Page::read(limit, cursor, &context.principal().subject(), "ListDomains") {
        Ok(page) => page,
        Err(error) => return ListDomainsResponse::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    match tenancy.domains.list(&page, context).await {
        Ok(domains) => {
            let (domains, next_cursor) = page.cut(domains, |domain| domain.id.0);
            ListDomainsResponse::Ok(models::DomainList { items: domains.into_iter().map(shown).collect(), next_cursor })
        }
        Err(error) => fault!(ListDomainsResponse, context, &error),
    }
}

/// `GET /v1/domains/{id}`
pub async fn get_domain(tenancy: &Tenancy, id: Uuid, context: &RequestContext) -> GetDomainResponse {
    match tenancy.domains.get(DomainId(id)).await {
        Ok(domain) => GetDomainResponse::Ok { e_tag: etag(domain.revision), body: shown(domain) },
        Err(refusal @ GetRefusal::NotFound) => {
            GetDomainResponse::NotFound(context.refuse(ProblemCode::DomainNotFound, refusal.to_string()))
        }
        Err(GetRefusal::Storage(error)) => fault!(GetDomainResponse, context, &error),
    }
}

/// `PATCH /v1/domains/{id}`
pub async fn patch_domain(
    tenancy: &Tenancy,
    id: Uuid,
    body: models::PatchDomainRequest,
    if_match: Option<String>,
    context: &RequestContext,
) -> PatchDomainResponse {
    let patched = match domain_change(body) {
        Ok(change) => tenancy.domains.patch(DomainId(id), change, if_match.as_deref(), context).await,
        Err(invalid) => Err(invalid.into()),
    };
    let refusal = match patched {
        Ok(domain) => return PatchDomainResponse::Ok { e_tag: etag(domain.revision), body: shown(domain) },
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        PatchRefusal::Invalid(invalid) => PatchDomainResponse::UnprocessableContent(refuse_field(&invalid, context)),
        PatchRefusal::NotFound => PatchDomainResponse::NotFound(context.refuse(ProblemCode::DomainNotFound, what)),
        PatchRefusal::PreconditionFailed => {
            PatchDomainResponse::PreconditionFailed(context.refuse(ProblemCode::PreconditionFailed, what))
        }
        PatchRefusal::SlugTaken => PatchDomainResponse::Conflict(context.refuse(ProblemCode::SlugTaken, what)),
        PatchRefusal::SlugImmutable => {
            PatchDomainResponse::BadRequest(context.refuse(ProblemCode::SlugImmutable, what))
        }
        PatchRefusal::MeshCidrOverlap => {
            PatchDomainResponse::Conflict(context.refuse(ProblemCode::MeshCidrOverlap, what))
        }
        PatchRefusal::MeshCidrInUse | PatchRefusal::SubRangeOutside => {
            PatchDomainResponse::Conflict(context.refuse(ProblemCode::MeshCidrInUse, what))
        }
        PatchRefusal::Storage(error) => fault!(PatchDomainResponse, context, &error),
    }
}

/// `DELETE /v1/domains/{id}`
pub async fn delete_domain(tenancy: &Tenancy, id: Uuid, context: &RequestContext) -> DeleteDomainResponse {
    let refusal = match tenancy.domains.delete(DomainId(id), context).await {
        Ok(()) => return DeleteDomainResponse::NoContent,
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        DeleteRefusal::NotFound => DeleteDomainResponse::NotFound(context.refuse(ProblemCode::DomainNotFound, what)),
        DeleteRefusal::NotEmpty => DeleteDomainResponse::Conflict(context.refuse(ProblemCode::DomainNotEmpty, what)),
        DeleteRefusal::Storage(error) => fault!(DeleteDomainResponse, context, &error),
    }
}

fn refuse_field(invalid: &InvalidField, context: &RequestContext) -> models::Problem {
    context.refuse_field(ProblemCode::InvalidField, &invalid.field, &invalid.what)
}

fn new_domain(body: models::CreateDomainRequest) -> Result<NewDomain, InvalidField> {
    within_limits(&body)?;
    not_blank("name", &body.name)?;
    let mesh_cidr = mesh_range::read("mesh_cidr", &body.mesh_cidr)?;
    body.region.iter().try_for_each(|region| not_blank("region", region))?;
    Ok(NewDomain {
        name: body.name,
        slug: body.slug,
        mesh_cidr,
        region: body.region,
        thresholds: Thresholds::default().changed(&threshold_change(body.reachability.as_ref())?)?,
        endpoint_ttl_seconds: seconds("endpoint_ttl_seconds", body.endpoint_ttl_seconds)?,
        rotation_expiry_seconds: seconds("rotation_expiry_seconds", body.rotation_expiry_seconds)?,
    })
}

fn domain_change(body: models::PatchDomainRequest) -> Result<DomainChange, InvalidField> {
    within_limits(&body)?;
    body.name.iter().try_for_each(|name| not_blank("name", name))?;
    let mesh_cidr = body.mesh_cidr.map(|text| mesh_range::read("mesh_cidr", &text)).transpose()?;
    body.region.iter().try_for_each(|region| not_blank("region", region))?;
    Ok(DomainChange {
        name: body.name,
        slug: body.slug,
        mesh_cidr,
        region: body.region,
        thresholds: threshold_change(body.reachability.as_ref())?,
        endpoint_ttl_seconds: seconds("endpoint_ttl_seconds", body.endpoint_ttl_seconds)?,
        rotation_expiry_seconds: seconds("rotation_expiry_seconds", body.rotation_expiry_seconds)?,
    })
}

fn threshold_change(body: Option<&models::ReachabilityThresholdsRequest>) -> Result<ThresholdChange, InvalidField> {
    let Some(body) = body else { return Ok(ThresholdChange::default()) };
    ThresholdChange::read(
        body.heartbeat_interval.as_deref(),
        body.stale_after.as_deref(),
        body.unreachable_after.as_deref(),
    )
}

fn seconds(field: &str, seconds: Option<i64>) -> Result<Option<i32>, InvalidField> {
    seconds.map(|seconds| i32::try_from(seconds).map_err(|_| InvalidField::new(field, "is too large"))).transpose()
}

fn shown(domain: Domain) -> models::Domain {
    models::Domain {
        domain_id: domain.id.0,
        name: domain.name,
        slug: domain.slug,
        mesh_cidr: domain.mesh_cidr.to_string(),
        region: domain.region.map_or(swagger::Nullable::Null, swagger::Nullable::Present),
        reachability: models::ReachabilityThresholds {
            heartbeat_interval: go_duration::format(domain.thresholds.heartbeat_interval),
            stale_after: go_duration::format(domain.thresholds.stale_after),
            unreachable_after: go_duration::format(domain.thresholds.unreachable_after),
        },
        endpoint_ttl_seconds: domain.endpoint_ttl_seconds.into(),
        rotation_expiry_seconds: domain.rotation_expiry_seconds.into(),
        created_at: domain.created_at,
        updated_at: domain.updated_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> models::CreateDomainRequest {
        models::CreateDomainRequest::new("Edge".into(), "edge".into(), "100.64.0.0/16".into())
    }

    fn refused(body: models::CreateDomainRequest) -> String {
        new_domain(body).unwrap_err().field
    }

    #[test]
    fn the_thresholds_are_answered_as_go_writes_them() {
        let domain = Domain::new(new_domain(body()).unwrap(), chrono::DateTime::UNIX_EPOCH);
        let shown = shown(domain);
        assert_eq!(shown.reachability.heartbeat_interval, "30s");
        assert_eq!(shown.reachability.stale_after, "1m30s");
        assert_eq!(shown.reachability.unreachable_after, "5m0s");
        assert_eq!(shown.region, swagger::Nullable::Null);
    }

    #[test]
    fn each_member_has_its_rule() {
        assert_eq!(refused(models::CreateDomainRequest { name: " ".into(), ..body() }), "name");
        assert_eq!(refused(models::CreateDomainRequest { slug: "Edge".into(), ..body() }), "slug");
        assert_eq!(refused(models::CreateDomainRequest { mesh_cidr: "100.64.0.1/16".into(), ..body() }), "mesh_cidr");
        assert_eq!(refused(models::CreateDomainRequest { region: Some(" ".into()), ..body() }), "region");
        assert_eq!(
            refused(models::CreateDomainRequest { endpoint_ttl_seconds: Some(3601), ..body() }),
            "endpoint_ttl_seconds"
        );
        let thresholds = models::ReachabilityThresholdsRequest {
            heartbeat_interval: None,
            stale_after: Some("1m".into()),
            unreachable_after: None,
        };
        let field = refused(models::CreateDomainRequest { reachability: Some(thresholds), ..body() });
        assert_eq!(field, "reachability.stale_after");
    }
}
