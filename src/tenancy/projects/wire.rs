//! Projects on the wire.

use plexsphere_api::{
    CreateProjectResponse, DeleteProjectResponse, GetProjectResponse, ListProjectsResponse, PatchProjectResponse,
    models,
};
use uuid::Uuid;

use super::{
    CreateRefusal, DeleteRefusal, GetRefusal, NewProject, PatchRefusal, Project, ProjectChange, SubRangeRefusal,
};
use crate::access::RequestContext;
use crate::access::context::DenyReason;
use crate::fault;
use crate::ids::{DomainId, ProjectId};
use crate::invalid_field::{InvalidField, not_blank, within_limits};
use crate::page::Page;
use crate::problem::ProblemCode;
use crate::tenancy::precondition::etag;
use crate::tenancy::{Tenancy, mesh_range};

const SUB_RANGE: &str = "sub_range_cidr";

/// `POST /v1/projects`
pub async fn create_project(
    tenancy: &Tenancy,
    body: models::CreateProjectRequest,
    context: &RequestContext,
) -> CreateProjectResponse {
    let domain_id = DomainId(body.domain_id);
    let refusal = match tenancy.projects.create(domain_id, new_project(body), context).await {
        Ok(project) => return CreateProjectResponse::Created(shown(project)),
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        CreateRefusal::Denied => CreateProjectResponse::Forbidden(context.deny(
            ProblemCode::InsufficientRelation,
            DenyReason::InsufficientRelation,
            what,
        )),
        CreateRefusal::Invalid(invalid) => CreateProjectResponse::UnprocessableContent(refuse_field(&invalid, context)),
        CreateRefusal::DomainNotFound => {
            CreateProjectResponse::NotFound(context.refuse(ProblemCode::DomainNotFound, what))
        }
        CreateRefusal::SlugTaken => CreateProjectResponse::Conflict(context.refuse(ProblemCode::SlugTaken, what)),
        CreateRefusal::SubRange(SubRangeRefusal::Outside) => CreateProjectResponse::UnprocessableContent(
            context.refuse_field(ProblemCode::InvalidField, SUB_RANGE, what),
        ),
        CreateRefusal::SubRange(SubRangeRefusal::Overlap) => {
            CreateProjectResponse::Conflict(context.refuse(ProblemCode::SubRangeOverlap, what))
        }
        CreateRefusal::SubRange(SubRangeRefusal::GivenOut | SubRangeRefusal::Inhabited) => {
            CreateProjectResponse::Conflict(context.refuse(ProblemCode::SubRangeInUse, what))
        }
        CreateRefusal::SubRange(SubRangeRefusal::Storage(error)) | CreateRefusal::Storage(error) => {
            fault!(CreateProjectResponse, context, &error)
        }
    }
}

/// `GET /v1/projects`
pub async fn list_projects(
    tenancy: &Tenancy,
    domain_id: Option<Uuid>,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListProjectsResponse {
    let query = format!("ListProjects {domain_id:?}");
    let page = match Page::read(limit, cursor, &context.principal().subject(), &query) {
        Ok(page) => page,
        Err(error) => return ListProjectsResponse::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    match tenancy.projects.list(domain_id.map(DomainId), &page, context).await {
        Ok(projects) => {
            let (projects, next_cursor) = page.cut(projects, |project| project.id.0);
            ListProjectsResponse::Ok(models::ProjectList {
                items: projects.into_iter().map(shown).collect(),
                next_cursor,
            })
        }
        Err(error) => fault!(ListProjectsResponse, context, &error),
    }
}

/// `GET /v1/projects/{id}`
pub async fn get_project(tenancy: &Tenancy, id: Uuid, context: &RequestContext) -> GetProjectResponse {
    match tenancy.projects.get(ProjectId(id)).await {
        Ok(project) => GetProjectResponse::Ok { e_tag: etag(project.revision), body: shown(project) },
        Err(refusal @ GetRefusal::NotFound) => {
            GetProjectResponse::NotFound(context.refuse(ProblemCode::ProjectNotFound, refusal.to_string()))
        }
        Err(GetRefusal::Storage(error)) => fault!(GetProjectResponse, context, &error),
    }
}

/// `PATCH /v1/projects/{id}`
pub async fn patch_project(
    tenancy: &Tenancy,
    id: Uuid,
    body: models::PatchProjectRequest,
    if_match: Option<String>,
    context: &RequestContext,
) -> PatchProjectResponse {
    let patched = match project_change(body) {
        Ok(change) => tenancy.projects.patch(ProjectId(id), change, if_match.as_deref(), context).await,
        Err(invalid) => Err(invalid.into()),
    };
    let refusal = match patched {
        Ok(project) => return PatchProjectResponse::Ok { e_tag: etag(project.revision), body: shown(project) },
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        PatchRefusal::Invalid(invalid) => PatchProjectResponse::UnprocessableContent(refuse_field(&invalid, context)),
        PatchRefusal::NotFound => PatchProjectResponse::NotFound(context.refuse(ProblemCode::ProjectNotFound, what)),
        PatchRefusal::PreconditionFailed => {
            PatchProjectResponse::PreconditionFailed(context.refuse(ProblemCode::PreconditionFailed, what))
        }
        PatchRefusal::SlugTaken => PatchProjectResponse::Conflict(context.refuse(ProblemCode::SlugTaken, what)),
        PatchRefusal::SlugImmutable => {
            PatchProjectResponse::BadRequest(context.refuse(ProblemCode::SlugImmutable, what))
        }
        PatchRefusal::SubRange(SubRangeRefusal::Outside) => {
            PatchProjectResponse::UnprocessableContent(context.refuse_field(ProblemCode::InvalidField, SUB_RANGE, what))
        }
        PatchRefusal::SubRange(SubRangeRefusal::Overlap) => {
            PatchProjectResponse::Conflict(context.refuse(ProblemCode::SubRangeOverlap, what))
        }
        PatchRefusal::SubRange(SubRangeRefusal::GivenOut | SubRangeRefusal::Inhabited) => {
            PatchProjectResponse::Conflict(context.refuse(ProblemCode::SubRangeInUse, what))
        }
        PatchRefusal::SubRange(SubRangeRefusal::Storage(error)) | PatchRefusal::Storage(error) => {
            fault!(PatchProjectResponse, context, &error)
        }
    }
}

/// `DELETE /v1/projects/{id}`
pub async fn delete_project(tenancy: &Tenancy, id: Uuid, context: &RequestContext) -> DeleteProjectResponse {
    let refusal = match tenancy.projects.delete(ProjectId(id), context).await {
        Ok(()) => return DeleteProjectResponse::NoContent,
        Err(refusal) => refusal,
    };
    let what = refusal.to_string();
    match refusal {
        DeleteRefusal::NotFound => DeleteProjectResponse::NotFound(context.refuse(ProblemCode::ProjectNotFound, what)),
        DeleteRefusal::NotEmpty => DeleteProjectResponse::Conflict(context.refuse(ProblemCode::ProjectNotEmpty, what)),
        DeleteRefusal::Storage(error) => fault!(DeleteProjectResponse, context, &error),
    }
}

fn refuse_field(invalid: &InvalidField, context: &RequestContext) -> models::Problem {
    context.refuse_field(ProblemCode::InvalidField, &invalid.field, &invalid.what)
}

fn new_project(body: models::CreateProjectRequest) -> Result<NewProject, InvalidField> {
    within_limits(&body)?;
    not_blank("name", &body.name)?;
    let sub_range_cidr = body.sub_range_cidr.map(|text| mesh_range::read(SUB_RANGE, &text)).transpose()?;
    Ok(NewProject { name: body.name, slug: body.slug, sub_range_cidr })
}

fn project_change(body: models::PatchProjectRequest) -> Result<ProjectChange, InvalidField> {
    within_limits(&body)?;
    body.name.iter().try_for_each(|name| not_blank("name", name))?;
    let sub_range_cidr = body.sub_range_cidr.map(|text| mesh_range::read(SUB_RANGE, &text)).transpose()?;
    Ok(ProjectChange { name: body.name, slug: body.slug, sub_range_cidr })
}

fn shown(project: Project) -> models::Project {
    models::Project {
        project_id: project.id.0,
        domain_id: project.domain_id.0,
        name: project.name,
        slug: project.slug,
        sub_range_cidr: project.sub_range_cidr.map_or(swagger::Nullable::Null, |range| range.to_string().into()),
        created_at: project.created_at,
        updated_at: project.updated_at,
    }
}
