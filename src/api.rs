//! Every operation of the contract, one line each, in contract order.

mod context;
mod meta;

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use plexsphere_api::{
    AcknowledgeIntegrityViolationResponse, Api, CheckRelationResponse, CreateDomainResponse, CreateProjectResponse,
    CreateRelationTupleResponse, DeleteDomainResponse, DeleteNodeDataEntryResponse, DeleteNodeMetadataEntryResponse,
    DeleteNodeReportEntryResponse, DeleteProjectResponse, DeleteRelationTupleResponse, DeregisterNodeResponse,
    DrainNodeResponse, FlagNodeNskResponse, GetAuditEntryResponse, GetAuthCallbackResponse, GetBootstrapTokenResponse,
    GetDocsResponse, GetDomainMeshTopologyResponse, GetDomainResponse, GetErrorCodeResponse, GetHealthResponse,
    GetNodeEventsResponse, GetNodeKeysRotatePreviewResponse, GetNodeReachabilityResponse, GetNodeResponse,
    GetNodeStateResponse, GetOpenapiJsonResponse, GetOpenapiYamlResponse, GetPeerPskResponse, GetProjectResponse,
    GetSignInResponse, GetVersionResponse, GetWhoamiResponse, IssueApiTokenResponse, IssueBootstrapTokenResponse,
    ListApiTokensResponse, ListAuditEntriesResponse, ListBootstrapTokensResponse, ListDomainsResponse,
    ListIntegrityViolationsResponse, ListNodesResponse, ListProjectCapabilitiesResponse, ListProjectsResponse,
    ListRelationTuplesResponse, PatchDomainResponse, PatchProjectResponse, PostKeysRotateResponse,
    PostNodeHeartbeatResponse, PostNodeIntegrityViolationsResponse, PostNodeKeysRotateResponse, PostSignInResponse,
    PutNodeCapabilitiesResponse, PutNodeDataEntryResponse, PutNodeEndpointResponse, PutNodeMetadataEntryResponse,
    PutNodeReportEntryResponse, RegisterResponse, RevokeApiTokenResponse, RevokeBootstrapTokenResponse,
    RotateApiTokenResponse, SignOutResponse, UndrainNodeResponse, VerifyAuditChainResponse, models,
};
use swagger::ApiError;
use uuid::Uuid;

use crate::access;
use crate::access::api_token::ApiTokens;
use crate::access::sign_in::{self, Returned, SignIns};
use crate::access::tuples::Tuples;
use crate::contract::Contract;
use crate::edge::operation::Operation;
use crate::mesh::{
    Mesh, capabilities, edge_psk, endpoint, integrity, key_rotation, maintenance, nodes, reachability, registration,
    snapshot,
};
use crate::problem::ProblemCode;
use crate::tenancy::audit_log::AuditLog;
use crate::tenancy::{Tenancy, audit_log, bootstrap_tokens, domains, projects};

pub use context::ApiContext;

/// Every capability of the product. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Capabilities>);

/// What there is. What is absent answers 501.
pub struct Capabilities {
    /// The mesh.
    pub mesh: Mesh,
    /// Domains, projects, bootstrap tokens.
    pub tenancy: Option<Tenancy>,
    /// API tokens.
    pub tokens: Option<ApiTokens>,
    /// Relation tuples and questions about them.
    pub tuples: Option<Tuples>,
    /// Signing in and out with a browser.
    pub sign_ins: Option<SignIns>,
    /// The hash-chained audit log.
    pub audit_log: Option<AuditLog>,
    /// The contract, for the error catalogue.
    pub contract: Arc<Contract>,
}

impl Deref for App {
    type Target = Capabilities;

    fn deref(&self) -> &Capabilities {
        &self.0
    }
}

impl App {
    /// An app with these capabilities.
    pub fn new(capabilities: Capabilities) -> Self {
        Self(Arc::new(capabilities))
    }

    /// Whether everything that `operation` needs is there.
    pub fn provisions(&self, operation: Operation) -> bool {
        match operation {
            Operation::PostNodeHeartbeat => self.mesh.heartbeat.is_some(),
            Operation::GetNodeReachability => self.mesh.reachability.is_some(),
            Operation::PutNodeEndpoint => self.mesh.endpoint.is_some(),
            Operation::PutNodeCapabilities => self.mesh.capabilities.is_some(),
            Operation::ListProjectCapabilities => self.mesh.capability_reads.is_some(),
            Operation::PostNodeIntegrityViolations => self.mesh.integrity.is_some(),
            Operation::ListIntegrityViolations | Operation::AcknowledgeIntegrityViolation => {
                self.mesh.integrity_reviews.is_some()
            }
            Operation::GetNodeState => self.mesh.snapshot.is_some(),
            Operation::PutNodeMetadataEntry
            | Operation::DeleteNodeMetadataEntry
            | Operation::PutNodeDataEntry
            | Operation::DeleteNodeDataEntry => self.mesh.state_entries.is_some(),
            Operation::PutNodeReportEntry | Operation::DeleteNodeReportEntry => self.mesh.state_reports.is_some(),
            Operation::GetNodeEvents => self.mesh.events.is_some(),
            Operation::PostNodeKeysRotate => self.mesh.rotation_triggers.is_some(),
            Operation::GetNodeKeysRotatePreview => self.mesh.rotation_looks.is_some(),
            Operation::PostKeysRotate => self.mesh.rotation_completions.is_some(),
            Operation::GetPeerPsk => self.mesh.edge_psks.is_some(),
            Operation::GetDomainMeshTopology => self.mesh.topology.is_some(),
            Operation::ListDomains
            | Operation::CreateDomain
            | Operation::GetDomain
            | Operation::DeleteDomain
            | Operation::PatchDomain
            | Operation::ListProjects
            | Operation::CreateProject
            | Operation::GetProject
            | Operation::DeleteProject
            | Operation::PatchProject
            | Operation::ListBootstrapTokens
            | Operation::IssueBootstrapToken
            | Operation::GetBootstrapToken
            | Operation::RevokeBootstrapToken => self.tenancy.is_some(),
            Operation::Register => self.mesh.registration.is_some(),
            Operation::ListNodes | Operation::GetNode | Operation::DeregisterNode | Operation::FlagNodeNsk => {
                self.mesh.nodes.is_some()
            }
            Operation::DrainNode | Operation::UndrainNode => self.mesh.maintenance.is_some(),
            Operation::ListApiTokens
            | Operation::IssueApiToken
            | Operation::RevokeApiToken
            | Operation::RotateApiToken => self.tokens.is_some(),
            Operation::SignOut | Operation::GetSignIn | Operation::PostSignIn | Operation::GetAuthCallback => {
                self.sign_ins.is_some()
            }
            Operation::GetWhoami
            | Operation::GetErrorCode
            | Operation::GetHealth
            | Operation::GetVersion
            | Operation::GetOpenapiJson
            | Operation::GetOpenapiYaml
            | Operation::GetDocs => true,
            Operation::ListRelationTuples
            | Operation::CreateRelationTuple
            | Operation::DeleteRelationTuple
            | Operation::CheckRelation => self.tuples.is_some(),
            Operation::ListAuditEntries | Operation::GetAuditEntry | Operation::VerifyAuditChain => {
                self.audit_log.is_some()
            }
        }
    }
}

/// Answers with the capability, or with 501 when it is not provided.
macro_rules! provided {
    ($capability:expr, $response:ident, $context:ident, $code:ident, $name:ident => $answer:expr) => {
        Ok(match &$capability {
            Some($name) => $answer,
            None => $response::NotProvisioned($context.refuse(ProblemCode::$code, "")),
        })
    };
}

#[async_trait]
impl Api<ApiContext> for App {
    async fn post_node_heartbeat(
        &self,
        id: Uuid,
        heartbeat_request: models::HeartbeatRequest,
        context: &ApiContext,
    ) -> Result<PostNodeHeartbeatResponse, ApiError> {
        provided!(self.mesh.heartbeat, PostNodeHeartbeatResponse, context, HeartbeatNotProvisioned, capability => reachability::wire::post_node_heartbeat(capability, id, heartbeat_request, context).await)
    }

    async fn get_node_reachability(
        &self,
        id: Uuid,
        context: &ApiContext,
    ) -> Result<GetNodeReachabilityResponse, ApiError> {
        provided!(self.mesh.reachability, GetNodeReachabilityResponse, context, ReachabilityNotProvisioned, capability => reachability::wire::get_node_reachability(capability, id, context).await)
    }

    async fn put_node_endpoint(
        &self,
        id: Uuid,
        endpoint_request: models::EndpointRequest,
        context: &ApiContext,
    ) -> Result<PutNodeEndpointResponse, ApiError> {
        provided!(self.mesh.endpoint, PutNodeEndpointResponse, context, EndpointNotProvisioned, capability => endpoint::wire::put_node_endpoint(capability, id, endpoint_request, context).await)
    }

    async fn put_node_capabilities(
        &self,
        id: Uuid,
        capability_manifest_request: models::CapabilityManifestRequest,
        context: &ApiContext,
    ) -> Result<PutNodeCapabilitiesResponse, ApiError> {
        provided!(self.mesh.capabilities, PutNodeCapabilitiesResponse, context, CapabilitiesNotProvisioned, capability => capabilities::wire::put_node_capabilities(capability, id, capability_manifest_request, context).await)
    }

    async fn post_node_integrity_violations(
        &self,
        id: Uuid,
        integrity_violations_request: models::IntegrityViolationsRequest,
        context: &ApiContext,
    ) -> Result<PostNodeIntegrityViolationsResponse, ApiError> {
        provided!(self.mesh.integrity, PostNodeIntegrityViolationsResponse, context, IntegrityViolationsNotProvisioned, capability => integrity::wire::post_node_integrity_violations(capability, id, integrity_violations_request, context).await)
    }

    async fn get_node_state(
        &self,
        _id: Uuid,
        _if_none_match: Option<String>,
        context: &ApiContext,
    ) -> Result<GetNodeStateResponse, ApiError> {
        // The edge answers it in front of the router: its body is shared bytes and no model.
        Ok(GetNodeStateResponse::Internal(context.refuse(ProblemCode::Internal, "")))
    }

    async fn get_node_events(
        &self,
        _id: Uuid,
        _last_event_id: Option<String>,
        context: &ApiContext,
    ) -> Result<GetNodeEventsResponse, ApiError> {
        Ok(GetNodeEventsResponse::Internal(context.refuse(ProblemCode::Internal, "")))
    }

    async fn post_node_keys_rotate(
        &self,
        id: Uuid,
        context: &ApiContext,
    ) -> Result<PostNodeKeysRotateResponse, ApiError> {
        provided!(self.mesh.rotation_triggers, PostNodeKeysRotateResponse, context, NodeKeysRotateNotProvisioned, capability => key_rotation::wire::post_node_keys_rotate(capability, id, context).await)
    }

    async fn get_node_keys_rotate_preview(
        &self,
        id: Uuid,
        context: &ApiContext,
    ) -> Result<GetNodeKeysRotatePreviewResponse, ApiError> {
        provided!(self.mesh.rotation_looks, GetNodeKeysRotatePreviewResponse, context, NodeKeysRotatePreviewNotProvisioned, capability => key_rotation::wire::get_node_keys_rotate_preview(capability, id, context).await)
    }

    async fn post_keys_rotate(
        &self,
        keys_rotate_request: models::KeysRotateRequest,
        context: &ApiContext,
    ) -> Result<PostKeysRotateResponse, ApiError> {
        provided!(self.mesh.rotation_completions, PostKeysRotateResponse, context, KeysRotateNotProvisioned, capability => key_rotation::wire::post_keys_rotate(capability, keys_rotate_request, context).await)
    }

    async fn get_domain_mesh_topology(
        &self,
        _domain_id: Uuid,
        _edges: Option<models::MeshTopologyEdgeSelection>,
        _node_id: Option<Uuid>,
        _if_none_match: Option<String>,
        context: &ApiContext,
    ) -> Result<GetDomainMeshTopologyResponse, ApiError> {
        // The edge answers it in front of the router: its body is written while it is sent.
        Ok(GetDomainMeshTopologyResponse::Internal(context.refuse(ProblemCode::Internal, "")))
    }

    async fn list_domains(
        &self,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListDomainsResponse, ApiError> {
        provided!(self.tenancy, ListDomainsResponse, context, NotProvisioned, capability => domains::wire::list_domains(capability, limit, cursor, context).await)
    }

    async fn create_domain(
        &self,
        create_domain_request: models::CreateDomainRequest,
        context: &ApiContext,
    ) -> Result<CreateDomainResponse, ApiError> {
        provided!(self.tenancy, CreateDomainResponse, context, NotProvisioned, capability => domains::wire::create_domain(capability, create_domain_request, context).await)
    }

    async fn get_domain(&self, id: Uuid, context: &ApiContext) -> Result<GetDomainResponse, ApiError> {
        provided!(self.tenancy, GetDomainResponse, context, NotProvisioned, capability => domains::wire::get_domain(capability, id, context).await)
    }

    async fn delete_domain(&self, id: Uuid, context: &ApiContext) -> Result<DeleteDomainResponse, ApiError> {
        provided!(self.tenancy, DeleteDomainResponse, context, NotProvisioned, capability => domains::wire::delete_domain(capability, id, context).await)
    }

    async fn patch_domain(
        &self,
        id: Uuid,
        patch_domain_request: models::PatchDomainRequest,
        if_match: Option<String>,
        context: &ApiContext,
    ) -> Result<PatchDomainResponse, ApiError> {
        provided!(self.tenancy, PatchDomainResponse, context, NotProvisioned, capability => domains::wire::patch_domain(capability, id, patch_domain_request, if_match, context).await)
    }

    async fn list_projects(
        &self,
        domain_id: Option<Uuid>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListProjectsResponse, ApiError> {
        provided!(self.tenancy, ListProjectsResponse, context, NotProvisioned, capability => projects::wire::list_projects(capability, domain_id, limit, cursor, context).await)
    }

    async fn create_project(
        &self,
        create_project_request: models::CreateProjectRequest,
        context: &ApiContext,
    ) -> Result<CreateProjectResponse, ApiError> {
        provided!(self.tenancy, CreateProjectResponse, context, NotProvisioned, capability => projects::wire::create_project(capability, create_project_request, context).await)
    }

    async fn get_project(&self, id: Uuid, context: &ApiContext) -> Result<GetProjectResponse, ApiError> {
        provided!(self.tenancy, GetProjectResponse, context, NotProvisioned, capability => projects::wire::get_project(capability, id, context).await)
    }

    async fn delete_project(&self, id: Uuid, context: &ApiContext) -> Result<DeleteProjectResponse, ApiError> {
        provided!(self.tenancy, DeleteProjectResponse, context, NotProvisioned, capability => projects::wire::delete_project(capability, id, context).await)
    }

    async fn patch_project(
        &self,
        id: Uuid,
        patch_project_request: models::PatchProjectRequest,
        if_match: Option<String>,
        context: &ApiContext,
    ) -> Result<PatchProjectResponse, ApiError> {
        provided!(self.tenancy, PatchProjectResponse, context, NotProvisioned, capability => projects::wire::patch_project(capability, id, patch_project_request, if_match, context).await)
    }

    async fn list_bootstrap_tokens(
        &self,
        project_id: Uuid,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListBootstrapTokensResponse, ApiError> {
        provided!(self.tenancy, ListBootstrapTokensResponse, context, NotProvisioned, capability => bootstrap_tokens::wire::list_bootstrap_tokens(capability, project_id, limit, cursor, context).await)
    }

    async fn issue_bootstrap_token(
        &self,
        project_id: Uuid,
        issue_bootstrap_token_request: models::IssueBootstrapTokenRequest,
        context: &ApiContext,
    ) -> Result<IssueBootstrapTokenResponse, ApiError> {
        provided!(self.tenancy, IssueBootstrapTokenResponse, context, NotProvisioned, capability => bootstrap_tokens::wire::issue_bootstrap_token(capability, project_id, issue_bootstrap_token_request, context).await)
    }

    async fn get_bootstrap_token(
        &self,
        project_id: Uuid,
        id: Uuid,
        context: &ApiContext,
    ) -> Result<GetBootstrapTokenResponse, ApiError> {
        provided!(self.tenancy, GetBootstrapTokenResponse, context, NotProvisioned, capability => bootstrap_tokens::wire::get_bootstrap_token(capability, project_id, id, context).await)
    }

    async fn revoke_bootstrap_token(
        &self,
        project_id: Uuid,
        id: Uuid,
        context: &ApiContext,
    ) -> Result<RevokeBootstrapTokenResponse, ApiError> {
        provided!(self.tenancy, RevokeBootstrapTokenResponse, context, NotProvisioned, capability => bootstrap_tokens::wire::revoke_bootstrap_token(capability, project_id, id, context).await)
    }

    async fn register(
        &self,
        register_request: models::RegisterRequest,
        context: &ApiContext,
    ) -> Result<RegisterResponse, ApiError> {
        provided!(self.mesh.registration, RegisterResponse, context, NotProvisioned, capability => registration::wire::register(capability, register_request, context).await)
    }

    async fn list_nodes(
        &self,
        domain_id: Option<Uuid>,
        project_id: Option<Uuid>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListNodesResponse, ApiError> {
        provided!(self.mesh.nodes, ListNodesResponse, context, NotProvisioned, capability => nodes::wire::list_nodes(capability, domain_id, project_id, limit, cursor, context).await)
    }

    async fn get_node(&self, id: Uuid, context: &ApiContext) -> Result<GetNodeResponse, ApiError> {
        provided!(self.mesh.nodes, GetNodeResponse, context, NotProvisioned, capability => nodes::wire::get_node(capability, id, context).await)
    }

    async fn deregister_node(&self, id: Uuid, context: &ApiContext) -> Result<DeregisterNodeResponse, ApiError> {
        provided!(self.mesh.nodes, DeregisterNodeResponse, context, NotProvisioned, capability => nodes::wire::deregister_node(capability, id, context).await)
    }

    async fn drain_node(&self, id: Uuid, context: &ApiContext) -> Result<DrainNodeResponse, ApiError> {
        provided!(self.mesh.maintenance, DrainNodeResponse, context, NotProvisioned, capability => maintenance::wire::drain_node(capability, id, context).await)
    }

    async fn undrain_node(&self, id: Uuid, context: &ApiContext) -> Result<UndrainNodeResponse, ApiError> {
        provided!(self.mesh.maintenance, UndrainNodeResponse, context, NotProvisioned, capability => maintenance::wire::undrain_node(capability, id, context).await)
    }

    async fn flag_node_nsk(&self, id: Uuid, context: &ApiContext) -> Result<FlagNodeNskResponse, ApiError> {
        provided!(self.mesh.nodes, FlagNodeNskResponse, context, NotProvisioned, capability => nodes::wire::flag_node_nsk(capability, id, context).await)
    }

    async fn get_peer_psk(
        &self,
        id: Uuid,
        peer_node_id: Uuid,
        context: &ApiContext,
    ) -> Result<GetPeerPskResponse, ApiError> {
        provided!(self.mesh.edge_psks, GetPeerPskResponse, context, NotProvisioned, capability => edge_psk::wire::get_peer_psk(capability, id, peer_node_id, context).await)
    }

    async fn put_node_metadata_entry(
        &self,
        id: Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        context: &ApiContext,
    ) -> Result<PutNodeMetadataEntryResponse, ApiError> {
        provided!(self.mesh.state_entries, PutNodeMetadataEntryResponse, context, NotProvisioned, capability => snapshot::wire::put_node_metadata_entry(capability, id, key, put_state_entry_request, context).await)
    }

    async fn delete_node_metadata_entry(
        &self,
        id: Uuid,
        key: String,
        context: &ApiContext,
    ) -> Result<DeleteNodeMetadataEntryResponse, ApiError> {
        provided!(self.mesh.state_entries, DeleteNodeMetadataEntryResponse, context, NotProvisioned, capability => snapshot::wire::delete_node_metadata_entry(capability, id, key, context).await)
    }

    async fn put_node_data_entry(
        &self,
        id: Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        context: &ApiContext,
    ) -> Result<PutNodeDataEntryResponse, ApiError> {
        provided!(self.mesh.state_entries, PutNodeDataEntryResponse, context, NotProvisioned, capability => snapshot::wire::put_node_data_entry(capability, id, key, put_state_entry_request, context).await)
    }

    async fn delete_node_data_entry(
        &self,
        id: Uuid,
        key: String,
        context: &ApiContext,
    ) -> Result<DeleteNodeDataEntryResponse, ApiError> {
        provided!(self.mesh.state_entries, DeleteNodeDataEntryResponse, context, NotProvisioned, capability => snapshot::wire::delete_node_data_entry(capability, id, key, context).await)
    }

    async fn put_node_report_entry(
        &self,
        id: Uuid,
        key: String,
        put_state_entry_request: models::PutStateEntryRequest,
        context: &ApiContext,
    ) -> Result<PutNodeReportEntryResponse, ApiError> {
        provided!(self.mesh.state_reports, PutNodeReportEntryResponse, context, NotProvisioned, capability => snapshot::wire::put_node_report_entry(capability, id, key, put_state_entry_request, context).await)
    }

    async fn delete_node_report_entry(
        &self,
        id: Uuid,
        key: String,
        context: &ApiContext,
    ) -> Result<DeleteNodeReportEntryResponse, ApiError> {
        provided!(self.mesh.state_reports, DeleteNodeReportEntryResponse, context, NotProvisioned, capability => snapshot::wire::delete_node_report_entry(capability, id, key, context).await)
    }

    async fn list_api_tokens(
        &self,
        identity_ref: Option<String>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListApiTokensResponse, ApiError> {
        provided!(self.tokens, ListApiTokensResponse, context, NotProvisioned, capability => access::wire::list_api_tokens(capability, identity_ref, limit, cursor, context).await)
    }

    async fn issue_api_token(
        &self,
        issue_api_token_request: models::IssueApiTokenRequest,
        context: &ApiContext,
    ) -> Result<IssueApiTokenResponse, ApiError> {
        provided!(self.tokens, IssueApiTokenResponse, context, NotProvisioned, capability => access::wire::issue_api_token(capability, issue_api_token_request, context).await)
    }

    async fn revoke_api_token(&self, id: Uuid, context: &ApiContext) -> Result<RevokeApiTokenResponse, ApiError> {
        provided!(self.tokens, RevokeApiTokenResponse, context, NotProvisioned, capability => access::wire::revoke_api_token(capability, id, context).await)
    }

    async fn rotate_api_token(&self, id: Uuid, context: &ApiContext) -> Result<RotateApiTokenResponse, ApiError> {
        provided!(self.tokens, RotateApiTokenResponse, context, NotProvisioned, capability => access::wire::rotate_api_token(capability, id, context).await)
    }

    async fn get_whoami(&self, context: &ApiContext) -> Result<GetWhoamiResponse, ApiError> {
        Ok(access::wire::get_whoami(context))
    }

    async fn sign_out(&self, context: &ApiContext) -> Result<SignOutResponse, ApiError> {
        provided!(self.sign_ins, SignOutResponse, context, NotProvisioned, capability => sign_in::wire::sign_out(capability, context).await)
    }

    async fn get_sign_in(
        &self,
        domain_id: Option<Uuid>,
        return_to: Option<String>,
        context: &ApiContext,
    ) -> Result<GetSignInResponse, ApiError> {
        provided!(self.sign_ins, GetSignInResponse, context, NotProvisioned, capability => sign_in::wire::get_sign_in(capability, domain_id, return_to, context).await)
    }

    async fn post_sign_in(
        &self,
        sign_in_request: models::SignInRequest,
        context: &ApiContext,
    ) -> Result<PostSignInResponse, ApiError> {
        provided!(self.sign_ins, PostSignInResponse, context, NotProvisioned, capability => sign_in::wire::post_sign_in(capability, sign_in_request, context).await)
    }

    async fn get_auth_callback(
        &self,
        state: String,
        code: Option<String>,
        error: Option<String>,
        _error_description: Option<String>,
        iss: Option<String>,
        context: &ApiContext,
    ) -> Result<GetAuthCallbackResponse, ApiError> {
        let returned = Returned { state, code, error, iss };
        provided!(self.sign_ins, GetAuthCallbackResponse, context, NotProvisioned, capability => sign_in::wire::get_auth_callback(capability, returned, context).await)
    }

    async fn list_relation_tuples(
        &self,
        object: Option<String>,
        subject: Option<String>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListRelationTuplesResponse, ApiError> {
        provided!(self.tuples, ListRelationTuplesResponse, context, NotProvisioned, capability => access::wire::list_relation_tuples(capability, object, subject, limit, cursor, context).await)
    }

    async fn create_relation_tuple(
        &self,
        create_relation_tuple_request: models::CreateRelationTupleRequest,
        context: &ApiContext,
    ) -> Result<CreateRelationTupleResponse, ApiError> {
        provided!(self.tuples, CreateRelationTupleResponse, context, NotProvisioned, capability => access::wire::create_relation_tuple(capability, create_relation_tuple_request, context).await)
    }

    async fn delete_relation_tuple(
        &self,
        id: Uuid,
        context: &ApiContext,
    ) -> Result<DeleteRelationTupleResponse, ApiError> {
        provided!(self.tuples, DeleteRelationTupleResponse, context, NotProvisioned, capability => access::wire::delete_relation_tuple(capability, id, context).await)
    }

    async fn check_relation(
        &self,
        check_relation_request: models::CheckRelationRequest,
        context: &ApiContext,
    ) -> Result<CheckRelationResponse, ApiError> {
        provided!(self.tuples, CheckRelationResponse, context, NotProvisioned, capability => access::wire::check_relation(capability, check_relation_request, context).await)
    }

    async fn list_audit_entries(
        &self,
        id: Uuid,
        subject: Option<String>,
        action: Option<String>,
        object: Option<String>,
        decision: Option<models::AuditDecision>,
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListAuditEntriesResponse, ApiError> {
        let query = audit_log::wire::Query { subject, action, object, decision, from, to };
        provided!(self.audit_log, ListAuditEntriesResponse, context, NotProvisioned, capability => audit_log::wire::list_audit_entries(capability, id, query, limit, cursor, context).await)
    }

    async fn get_audit_entry(
        &self,
        id: Uuid,
        seq: i64,
        context: &ApiContext,
    ) -> Result<GetAuditEntryResponse, ApiError> {
        provided!(self.audit_log, GetAuditEntryResponse, context, NotProvisioned, capability => audit_log::wire::get_audit_entry(capability, id, seq, context).await)
    }

    async fn verify_audit_chain(&self, id: Uuid, context: &ApiContext) -> Result<VerifyAuditChainResponse, ApiError> {
        provided!(self.audit_log, VerifyAuditChainResponse, context, NotProvisioned, capability => audit_log::wire::verify_audit_chain(capability, id, context).await)
    }

    async fn list_integrity_violations(
        &self,
        domain_id: Option<Uuid>,
        project_id: Option<Uuid>,
        node_id: Option<Uuid>,
        kind: Option<models::IntegrityViolationKind>,
        status: Option<models::IntegrityViolationStatus>,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListIntegrityViolationsResponse, ApiError> {
        let query = integrity::wire::Query { domain_id, project_id, node_id, kind, status };
        provided!(self.mesh.integrity_reviews, ListIntegrityViolationsResponse, context, NotProvisioned, capability => integrity::wire::list_integrity_violations(capability, query, limit, cursor, context).await)
    }

    async fn acknowledge_integrity_violation(
        &self,
        id: Uuid,
        acknowledge_integrity_violation_request: models::AcknowledgeIntegrityViolationRequest,
        context: &ApiContext,
    ) -> Result<AcknowledgeIntegrityViolationResponse, ApiError> {
        provided!(self.mesh.integrity_reviews, AcknowledgeIntegrityViolationResponse, context, NotProvisioned, capability => integrity::wire::acknowledge_integrity_violation(capability, id, acknowledge_integrity_violation_request, context).await)
    }

    async fn list_project_capabilities(
        &self,
        id: Uuid,
        limit: Option<u32>,
        cursor: Option<String>,
        context: &ApiContext,
    ) -> Result<ListProjectCapabilitiesResponse, ApiError> {
        provided!(self.mesh.capability_reads, ListProjectCapabilitiesResponse, context, NotProvisioned, capability => capabilities::wire::list_project_capabilities(capability, id, limit, cursor, context).await)
    }

    async fn get_error_code(&self, code: String, context: &ApiContext) -> Result<GetErrorCodeResponse, ApiError> {
        Ok(meta::get_error_code(&self.contract, &code, context))
    }

    async fn get_health(&self, _context: &ApiContext) -> Result<GetHealthResponse, ApiError> {
        Ok(GetHealthResponse::Ok(models::Health { status: models::HealthStatus::Ok }))
    }

    async fn get_version(&self, _context: &ApiContext) -> Result<GetVersionResponse, ApiError> {
        Ok(GetVersionResponse::Ok(meta::version()))
    }

    async fn get_openapi_json(&self, context: &ApiContext) -> Result<GetOpenapiJsonResponse, ApiError> {
        Ok(GetOpenapiJsonResponse::Internal(context.refuse(ProblemCode::Internal, "")))
    }

    async fn get_openapi_yaml(&self, context: &ApiContext) -> Result<GetOpenapiYamlResponse, ApiError> {
        Ok(GetOpenapiYamlResponse::Internal(context.refuse(ProblemCode::Internal, "")))
    }

    async fn get_docs(&self, context: &ApiContext) -> Result<GetDocsResponse, ApiError> {
        Ok(GetDocsResponse::Internal(context.refuse(ProblemCode::Internal, "")))
    }
}
