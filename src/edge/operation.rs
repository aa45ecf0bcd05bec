//! What each operation demands of its caller: one row each, compared with the contract by a test.

use crate::access::Permission;
use crate::problem::ProblemCode;

/// The credentials an operation takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Credential {
    /// None.
    None,
    /// The NSK of a Node: of the addressed one where the path names one.
    Nsk,
    /// An operator's: API token, then OIDC, then session.
    Operator,
    /// An operator's, or the NSK of the addressed Node.
    OperatorOrNsk,
    /// A bootstrap token, in the body: checked by the operation itself.
    BootstrapToken,
}

/// The relation an operator needs, and where the object of the question stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// None.
    None,
    /// Any identity will do.
    Authenticated,
    /// On the object that the path names (or the platform).
    Path(Permission),
    /// On an object that the body names: asked by the operation itself.
    Body(Permission),
    /// On each row that is shown: asked by the operation itself.
    Row(Permission),
}

/// How a body is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BodyGate {
    /// Most bytes, compressed and inflated.
    pub cap_bytes: usize,
    /// The code for more.
    pub too_large: ProblemCode,
    /// The code for what is not the JSON that the contract describes.
    pub malformed: ProblemCode,
}

/// An operation's row.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Who is let in.
    pub credential: Credential,
    /// What an operator needs besides.
    pub relation: Relation,
    /// How its body is taken, if it takes one.
    pub body: Option<BodyGate>,
    /// 401.
    pub unauthenticated: Option<ProblemCode>,
    /// 403.
    pub forbidden: Option<ProblemCode>,
    /// 403 for another Node's NSK, where operators are let in too.
    pub forbidden_nsk: Option<ProblemCode>,
    /// Its 403 is a plain Problem and not a PermissionDenied.
    pub forbidden_plain: bool,
    /// 501.
    pub not_provisioned: Option<ProblemCode>,
    /// Ids in the path, with the code of a malformed one.
    pub path_ids: &'static [(&'static str, ProblemCode)],
    /// A number in the path, counted from 1, with the code of a malformed one.
    pub path_number: Option<(&'static str, ProblemCode)>,
}

const OPEN: Gate = Gate {
    credential: Credential::None,
    relation: Relation::None,
    body: None,
    unauthenticated: None,
    forbidden: None,
    forbidden_nsk: None,
    forbidden_plain: false,
    not_provisioned: None,
    path_ids: &[],
    path_number: None,
};

const fn nsk(unauthenticated: ProblemCode, forbidden: ProblemCode, not_provisioned: ProblemCode) -> Gate {
    Gate {
        credential: Credential::Nsk,
        unauthenticated: Some(unauthenticated),
        forbidden: Some(forbidden),
        not_provisioned: Some(not_provisioned),
        path_ids: NODE,
        ..OPEN
    }
}

const fn operator(relation: Relation) -> Gate {
    Gate {
        credential: Credential::Operator,
        relation,
        unauthenticated: Some(Unauthenticated),
        forbidden: Some(InsufficientRelation),
        not_provisioned: Some(NotProvisioned),
        ..OPEN
    }
}

/// An operator's operation that refuses nobody: it shows what the caller may see.
const fn shown(relation: Relation) -> Gate {
    Gate { forbidden: None, ..operator(relation) }
}

/// A read that operators and the Node itself may do.
const fn node_read(not_provisioned: ProblemCode) -> Gate {
    Gate {
        credential: Credential::OperatorOrNsk,
        forbidden_nsk: Some(NodeIdMismatch),
        forbidden_plain: true,
        not_provisioned: Some(not_provisioned),
        path_ids: NODE,
        ..operator(Path(NodeAgent))
    }
}

const fn json(cap_bytes: usize, too_large: ProblemCode, malformed: ProblemCode) -> Option<BodyGate> {
    Some(BodyGate { cap_bytes, too_large, malformed })
}

/// The body of an operation without codes of its own.
const BODY: Option<BodyGate> = json(8 * 1024, RequestBodyTooLarge, MalformedRequest);

const NODE: &[(&str, ProblemCode)] = &[("id", InvalidNodeId)];
const DOMAIN: &[(&str, ProblemCode)] = &[("id", InvalidDomainId)];
const PROJECT: &[(&str, ProblemCode)] = &[("id", InvalidProjectId)];
const OTHER: &[(&str, ProblemCode)] = &[("id", InvalidId)];

use Permission::{
    DomainAudit, DomainManage, DomainView, NodeAgent, NodeOperate, NodeRead, PlatformAdmin, ProjectManage, ProjectRead,
};
use ProblemCode::*;
use Relation::{Authenticated, Body, Path, Row};

macro_rules! operations {
    ($($name:ident => $gate:expr;)+) => {
        /// An operation of the contract.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[allow(missing_docs)]
        pub enum Operation { $($name,)+ }

        impl Operation {
            /// Every operation, in contract order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its operation id.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// Its row.
            pub const fn gate(self) -> Gate {
                match self { $(Self::$name => $gate,)+ }
            }
        }
    };
}

operations! {
    PostNodeHeartbeat => Gate { body: json(16 * 1024, HeartbeatBodyTooLarge, MalformedHeartbeatRequest), ..nsk(NskRevoked, NodeIdMismatch, HeartbeatNotProvisioned) };
    GetNodeReachability => node_read(ReachabilityNotProvisioned);
    PutNodeEndpoint => Gate { body: json(4 * 1024, EndpointBodyTooLarge, MalformedEndpointRequest), ..nsk(NskRevoked, NodeIdMismatch, EndpointNotProvisioned) };
    PutNodeCapabilities => Gate { body: json(32 * 1024, CapabilitiesBodyTooLarge, MalformedCapabilitiesRequest), ..nsk(Unauthorized, Forbidden, CapabilitiesNotProvisioned) };
    PostNodeIntegrityViolations => Gate { body: json(32 * 1024, IntegrityViolationsBodyTooLarge, MalformedIntegrityViolationsRequest), ..nsk(Unauthorized, Forbidden, IntegrityViolationsNotProvisioned) };
    GetNodeState => node_read(SignedEventBusNotProvisioned);
    GetNodeEvents => node_read(SignedEventBusNotProvisioned);
    PostNodeKeysRotate => Gate { not_provisioned: Some(NodeKeysRotateNotProvisioned), path_ids: NODE, ..operator(Path(NodeOperate)) };
    GetNodeKeysRotatePreview => Gate { not_provisioned: Some(NodeKeysRotatePreviewNotProvisioned), path_ids: NODE, ..operator(Path(NodeOperate)) };
    PostKeysRotate => Gate { credential: Credential::Nsk, unauthenticated: Some(Unauthorized), not_provisioned: Some(KeysRotateNotProvisioned), body: json(4 * 1024, KeysRotateBodyTooLarge, MalformedKeysRotateRequest), ..OPEN };
    GetDomainMeshTopology => Gate { not_provisioned: Some(MeshTopologyNotProvisioned), path_ids: &[("domainId", InvalidDomainId)], ..operator(Path(DomainView)) };
    ListDomains => shown(Row(DomainView));
    CreateDomain => Gate { body: BODY, ..operator(Path(PlatformAdmin)) };
    GetDomain => Gate { path_ids: DOMAIN, ..operator(Path(DomainView)) };
    DeleteDomain => Gate { path_ids: DOMAIN, ..operator(Path(DomainManage)) };
    PatchDomain => Gate { path_ids: DOMAIN, body: BODY, ..operator(Path(DomainManage)) };
    ListProjects => shown(Row(ProjectRead));
    CreateProject => Gate { body: BODY, ..operator(Body(DomainManage)) };
    GetProject => Gate { path_ids: PROJECT, ..operator(Path(ProjectRead)) };
    DeleteProject => Gate { path_ids: PROJECT, ..operator(Path(ProjectManage)) };
    PatchProject => Gate { path_ids: PROJECT, body: BODY, ..operator(Path(ProjectManage)) };
    ListBootstrapTokens => Gate { path_ids: &[("project_id", InvalidProjectId)], ..operator(Path(ProjectRead)) };
    IssueBootstrapToken => Gate { path_ids: &[("project_id", InvalidProjectId)], body: BODY, ..operator(Path(ProjectManage)) };
    GetBootstrapToken => Gate { path_ids: &[("project_id", InvalidProjectId), ("id", InvalidId)], ..operator(Path(ProjectRead)) };
    RevokeBootstrapToken => Gate { path_ids: &[("project_id", InvalidProjectId), ("id", InvalidId)], ..operator(Path(ProjectManage)) };
    Register => Gate { credential: Credential::BootstrapToken, forbidden: Some(TokenInvalid), not_provisioned: Some(NotProvisioned), body: BODY, ..OPEN };
    ListNodes => shown(Row(NodeRead));
    GetNode => Gate { path_ids: NODE, ..operator(Path(NodeRead)) };
    DeregisterNode => Gate { credential: Credential::OperatorOrNsk, forbidden_nsk: Some(NodeIdMismatch), path_ids: NODE, ..operator(Path(NodeOperate)) };
    DrainNode => Gate { path_ids: NODE, ..operator(Path(NodeOperate)) };
    UndrainNode => Gate { path_ids: NODE, ..operator(Path(NodeOperate)) };
    FlagNodeNsk => Gate { path_ids: NODE, ..operator(Path(NodeOperate)) };
    GetPeerPsk => Gate { path_ids: &[("id", InvalidNodeId), ("peer_node_id", InvalidNodeId)], ..nsk(Unauthenticated, NodeIdMismatch, NotProvisioned) };
    PutNodeMetadataEntry => Gate { path_ids: NODE, body: BODY, ..operator(Path(NodeOperate)) };
    DeleteNodeMetadataEntry => Gate { path_ids: NODE, ..operator(Path(NodeOperate)) };
    PutNodeDataEntry => Gate { path_ids: NODE, body: BODY, ..operator(Path(NodeOperate)) };
    DeleteNodeDataEntry => Gate { path_ids: NODE, ..operator(Path(NodeOperate)) };
    PutNodeReportEntry => Gate { body: BODY, ..nsk(Unauthenticated, NodeIdMismatch, NotProvisioned) };
    DeleteNodeReportEntry => nsk(Unauthenticated, NodeIdMismatch, NotProvisioned);
    ListApiTokens => operator(Authenticated);
    IssueApiToken => Gate { body: BODY, ..operator(Authenticated) };
    RevokeApiToken => Gate { path_ids: OTHER, ..operator(Authenticated) };
    RotateApiToken => Gate { path_ids: OTHER, ..operator(Authenticated) };
    GetWhoami => shown(Authenticated);
    SignOut => shown(Authenticated);
    GetSignIn => Gate { not_provisioned: Some(NotProvisioned), ..OPEN };
    PostSignIn => Gate { not_provisioned: Some(NotProvisioned), body: BODY, ..OPEN };
    GetAuthCallback => Gate { not_provisioned: Some(NotProvisioned), ..OPEN };
    ListRelationTuples => shown(Row(DomainManage));
    CreateRelationTuple => Gate { body: BODY, ..operator(Body(DomainManage)) };
    DeleteRelationTuple => Gate { path_ids: OTHER, ..operator(Row(DomainManage)) };
    CheckRelation => Gate { body: BODY, ..operator(Body(DomainManage)) };
    ListAuditEntries => Gate { path_ids: DOMAIN, ..operator(Path(DomainAudit)) };
    GetAuditEntry => Gate { path_ids: DOMAIN, path_number: Some(("seq", InvalidId)), ..operator(Path(DomainAudit)) };
    VerifyAuditChain => Gate { path_ids: DOMAIN, ..operator(Path(DomainAudit)) };
    ListIntegrityViolations => shown(Row(DomainView));
    AcknowledgeIntegrityViolation => Gate { path_ids: OTHER, body: BODY, ..operator(Row(DomainManage)) };
    ListProjectCapabilities => Gate { path_ids: PROJECT, ..operator(Path(ProjectRead)) };
    GetErrorCode => OPEN;
    GetHealth => OPEN;
    GetVersion => OPEN;
    GetOpenapiJson => OPEN;
    GetOpenapiYaml => OPEN;
    GetDocs => OPEN;
}
