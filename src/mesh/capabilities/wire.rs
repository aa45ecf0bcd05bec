//! Capabilities on the wire.

use plexsphere_api::{ListProjectCapabilitiesResponse, PutNodeCapabilitiesResponse, models};
use swagger::Nullable;
use uuid::Uuid;

use super::{
    ActionParameter, CapabilitiesRefusal, CapabilityReads, CapabilityReports, Field, InvalidManifest, Manifest,
    NodeManifest, Rule, Sent, SentAction, SentHook, SentPlexdHook,
};
use crate::access::RequestContext;
use crate::fault;
use crate::ids::{NodeId, ProjectId};
use crate::page::Page;
use crate::problem::ProblemCode;

/// PUT /v1/nodes/{id}/capabilities
pub async fn put_node_capabilities(
    reports: &CapabilityReports,
    id: Uuid,
    body: models::CapabilityManifestRequest,
    context: &RequestContext,
) -> PutNodeCapabilitiesResponse {
    use PutNodeCapabilitiesResponse as Response;
    let manifest = match Manifest::read(sent(body)) {
        Ok(manifest) => manifest,
        Err(invalid) => return refuse(&invalid, context),
    };
    let now = context.now();
    match reports.record(NodeId(id), &manifest, now, context.correlation_id()).await {
        Ok(changes) => Response::Ok(models::CapabilityManifestResponse {
            accepted_at: now,
            host_key_changed: changes.contains(&Field::SshHostKeyFingerprint),
            fields_changed: changes.into_iter().map(field).collect(),
        }),
        Err(CapabilitiesRefusal::NodeNotFound) => {
            Response::NotFound(context.refuse(ProblemCode::CapabilitiesNodeNotFound, "the Node has been deregistered"))
        }
        Err(CapabilitiesRefusal::Storage(error)) => fault!(Response, context, &error),
    }
}

fn refuse(invalid: &InvalidManifest, context: &RequestContext) -> PutNodeCapabilitiesResponse {
    use PutNodeCapabilitiesResponse::{BadRequest, UnprocessableContent};
    let problem = |code| context.refuse_field(code, &invalid.field, invalid.what);
    match invalid.rule {
        Rule::BinaryVersion => BadRequest(problem(ProblemCode::BinaryVersionEmpty)),
        Rule::BinaryChecksum => BadRequest(problem(ProblemCode::BinaryChecksumInvalid)),
        Rule::HostKey => BadRequest(problem(ProblemCode::SshHostKeyFingerprintInvalid)),
        Rule::DeclaredHooksTooMany => BadRequest(problem(ProblemCode::DeclaredHooksTooMany)),
        Rule::DeclaredHook => BadRequest(problem(ProblemCode::DeclaredHookInvalid)),
        Rule::DeclaredHookRepeated => BadRequest(problem(ProblemCode::DeclaredHookDuplicate)),
        Rule::PlexdHooksTooMany => UnprocessableContent(problem(ProblemCode::PlexdHooksTooMany)),
        Rule::PlexdHook => UnprocessableContent(problem(ProblemCode::PlexdHookInvalid)),
        Rule::PlexdHookRepeated => UnprocessableContent(problem(ProblemCode::PlexdHookDuplicate)),
        Rule::BuiltinActionsTooMany => UnprocessableContent(problem(ProblemCode::BuiltinActionsTooMany)),
        Rule::BuiltinAction => UnprocessableContent(problem(ProblemCode::BuiltinActionInvalid)),
        Rule::BuiltinActionRepeated => UnprocessableContent(problem(ProblemCode::BuiltinActionDuplicate)),
    }
}

/// GET /v1/projects/{id}/capabilities
pub async fn list_project_capabilities(
    reads: &CapabilityReads,
    id: Uuid,
    limit: Option<u32>,
    cursor: Option<String>,
    context: &RequestContext,
) -> ListProjectCapabilitiesResponse {
    use ListProjectCapabilitiesResponse as Response;
    let query = format!("ListProjectCapabilities {id}");
    let page = match Page::read(limit, cursor, &context.principal().subject(), &query) {
        Ok(page) => page,
        Err(error) => return Response::BadRequest(context.refuse(error.code(), error.to_string())),
    };
    match reads.list(ProjectId(id), &page).await {
        Ok(Some(found)) => {
            let (items, next_cursor) = page.cut(found, |of| of.node_id.0);
            Response::Ok(models::NodeCapabilitiesList { items: items.into_iter().map(shown).collect(), next_cursor })
        }
        Ok(None) => Response::NotFound(context.refuse(ProblemCode::ProjectNotFound, "no project has this id")),
        Err(error) => fault!(Response, context, &error),
    }
}

fn sent(body: models::CapabilityManifestRequest) -> Sent {
    Sent {
        binary_version: body.binary_version,
        binary_checksum: body.binary_checksum,
        ssh_host_key_fingerprint: body.ssh_host_key_fingerprint,
        declared_hooks: body
            .declared_hooks
            .into_iter()
            .flatten()
            .map(|hook| SentHook { name: hook.name, checksum: hook.checksum })
            .collect(),
        plexd_hooks: body
            .plexd_hooks
            .into_iter()
            .flatten()
            .map(|hook| {
                let sent = SentPlexdHook {
                    image_digest: hook.image_digest,
                    parameters: hook.parameters.unwrap_or_default(),
                    timeout_seconds: hook.timeout_seconds,
                    sandbox: hook.sandbox,
                };
                (hook.name, sent)
            })
            .collect(),
        builtin_actions: body
            .builtin_actions
            .into_iter()
            .flatten()
            .map(|action| {
                let parameters = action.parameters.into_iter().flatten().map(|parameter| ActionParameter {
                    name: parameter.name.unwrap_or_default(),
                    r#type: parameter.r#type,
                    required: parameter.required,
                    default: parameter.default,
                    description: parameter.description,
                });
                (action.name, SentAction { description: action.description, parameters: parameters.collect() })
            })
            .collect(),
    }
}

fn field(field: Field) -> models::CapabilityField {
    match field {
        Field::BinaryChecksum => models::CapabilityField::BinaryChecksum,
        Field::BinaryVersion => models::CapabilityField::BinaryVersion,
        Field::BuiltinActions => models::CapabilityField::BuiltinActions,
        Field::DeclaredHooks => models::CapabilityField::DeclaredHooks,
        Field::PlexdHooks => models::CapabilityField::PlexdHooks,
        Field::SshHostKeyFingerprint => models::CapabilityField::SshHostKeyFingerprint,
    }
}

fn shown(of: NodeManifest) -> models::NodeCapabilities {
    let manifest = of.manifest;
    models::NodeCapabilities {
        node_id: of.node_id.0,
        binary_version: manifest.binary_version,
        binary_checksum: manifest.binary_checksum.encode(),
        ssh_host_key_fingerprint: manifest
            .ssh_host_key
            .map_or(Nullable::Null, |key| Nullable::Present(key.as_str().to_owned())),
        declared_hooks: manifest
            .declared_hooks
            .into_iter()
            .map(|(name, checksum)| models::RecordedDeclaredHook { name, checksum: checksum.encode() })
            .collect(),
        plexd_hooks: manifest
            .plexd_hooks
            .into_iter()
            .map(|(name, hook)| models::RecordedPlexdHook {
                name,
                image_digest: hook.image_digest,
                parameters: Some(hook.parameters).filter(|parameters| !parameters.is_empty()),
                timeout_seconds: hook.timeout_seconds,
                sandbox: hook.sandbox,
            })
            .collect(),
        builtin_actions: manifest
            .builtin_actions
            .into_iter()
            .map(|(name, action)| {
                let parameters: Vec<_> = action
                    .parameters
                    .into_iter()
                    .map(|parameter| models::RecordedBuiltinActionParameter {
                        name: parameter.name,
                        r#type: parameter.r#type,
                        required: parameter.required,
                        default: parameter.default,
                        description: parameter.description,
                    })
                    .collect();
                models::RecordedBuiltinAction {
                    name,
                    description: action.description,
                    parameters: Some(parameters).filter(|parameters| !parameters.is_empty()),
                }
            })
            .collect(),
        updated_at: of.updated_at,
    }
}
