//! What can be answered instead of success: the closed list of codes, and RFC 9457 Problems.

use serde::Serialize;

macro_rules! codes {
    ($($variant:ident, $status:literal, $code:literal, $title:literal;)+) => {
        /// A problem code of the contract. The explanation of each is in the contract's catalogue.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[allow(missing_docs)]
        pub enum ProblemCode { $($variant,)+ }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The HTTP status it comes with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// A few words for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

codes! {
    ApiTokenNotFound, 404, "api_token_not_found", "API token not found";
    AuditEntryNotFound, 404, "audit_entry_not_found", "Audit entry not found";
    BinaryChecksumEmpty, 400, "binary_checksum_empty", "Binary checksum missing";
    BinaryChecksumInvalid, 400, "binary_checksum_invalid", "Binary checksum invalid";
    BinaryVersionEmpty, 400, "binary_version_empty", "Binary version missing";
    BootstrapTokenNotFound, 404, "bootstrap_token_not_found", "Bootstrap token not found";
    BuiltinActionDuplicate, 422, "builtin_action_duplicate", "Built-in action repeated";
    BuiltinActionInvalid, 422, "builtin_action_invalid", "Built-in action invalid";
    BuiltinActionsTooMany, 422, "builtin_actions_too_many", "Too many built-in actions";
    CapabilitiesBodyTooLarge, 413, "capabilities_body_too_large", "Capability manifest too large";
    CapabilitiesNodeNotFound, 404, "capabilities_node_not_found", "Node not found";
    CapabilitiesNotProvisioned, 501, "capabilities_not_provisioned", "Capabilities not provisioned";
    ClockSkew, 400, "clock_skew", "Clock skew";
    CsrfOriginMismatch, 403, "csrf_origin_mismatch", "Origin not allowed";
    CsrfTokenMismatch, 403, "csrf_token_mismatch", "CSRF token mismatch";
    DatastoreUnavailable, 503, "datastore_unavailable", "Datastore unavailable";
    DeclaredHookDuplicate, 400, "declared_hook_duplicate", "Declared hook repeated";
    DeclaredHookInvalid, 400, "declared_hook_invalid", "Declared hook invalid";
    DeclaredHooksTooMany, 400, "declared_hooks_too_many", "Too many declared hooks";
    DomainNotEmpty, 409, "domain_not_empty", "Domain not empty";
    DomainNotFound, 404, "domain_not_found", "Domain not found";
    EndpointBodyTooLarge, 413, "endpoint_body_too_large", "Endpoint report too large";
    EndpointClockSkew, 400, "endpoint_clock_skew", "Endpoint report out of time";
    EndpointNotProvisioned, 501, "endpoint_not_provisioned", "Endpoint not provisioned";
    EndpointPeerGone, 410, "endpoint_peer_gone", "Peer is gone";
    EndpointPeerNotFound, 404, "endpoint_peer_not_found", "No live Peer";
    EndpointUnparseable, 400, "endpoint_unparseable", "Endpoint unparseable";
    ErrorCodeNotFound, 404, "error_code_not_found", "No such code";
    EventStreamUnavailable, 503, "event_stream_unavailable", "Event stream unavailable";
    Forbidden, 403, "forbidden", "NSK of another Node";
    HeartbeatBodyTooLarge, 413, "heartbeat_body_too_large", "Heartbeat too large";
    HeartbeatNotProvisioned, 501, "heartbeat_not_provisioned", "Heartbeat not provisioned";
    InsufficientRelation, 403, "insufficient_relation", "Relation missing";
    IntegrityViolationAlreadyAcknowledged, 409, "integrity_violation_already_acknowledged", "Violation already acknowledged";
    IntegrityViolationArtifactIdEmpty, 400, "integrity_violation_artifact_id_empty", "Violation artifact missing";
    IntegrityViolationChecksumInvalid, 400, "integrity_violation_checksum_invalid", "Violation checksum invalid";
    IntegrityViolationDetectedByInvalid, 400, "integrity_violation_detected_by_invalid", "Violation detector invalid";
    IntegrityViolationHostKeyFingerprintInvalid, 400, "integrity_violation_host_key_fingerprint_invalid", "Violation fingerprint invalid";
    IntegrityViolationKindInvalid, 400, "integrity_violation_kind_invalid", "Violation kind invalid";
    IntegrityViolationKindMismatch, 400, "integrity_violation_kind_mismatch", "Violation payload mismatch";
    IntegrityViolationNotFound, 404, "integrity_violation_not_found", "Integrity violation not found";
    IntegrityViolationsBodyTooLarge, 413, "integrity_violations_body_too_large", "Violation report too large";
    IntegrityViolationsEmpty, 400, "integrity_violations_empty", "No violations";
    IntegrityViolationsNodeNotFound, 404, "integrity_violations_node_not_found", "Node not found";
    IntegrityViolationsNotProvisioned, 501, "integrity_violations_not_provisioned", "Integrity reports not provisioned";
    IntegrityViolationsTooMany, 400, "integrity_violations_too_many", "Too many violations";
    Internal, 500, "internal", "Internal error";
    InvalidCursor, 400, "invalid_cursor", "Invalid cursor";
    InvalidDomainId, 400, "invalid_domain_id", "Invalid Domain id";
    InvalidField, 422, "invalid_field", "Invalid field";
    InvalidId, 400, "invalid_id", "Invalid id";
    InvalidLastEventId, 400, "invalid_last_event_id", "Invalid Last-Event-ID";
    InvalidNodeId, 400, "invalid_node_id", "Invalid Node id";
    InvalidProjectId, 400, "invalid_project_id", "Invalid Project id";
    InvalidQuery, 400, "invalid_query", "Invalid query";
    InvalidRegisterRequest, 422, "invalid_register_request", "Invalid enrolment";
    InvalidStateEntry, 400, "invalid_state_entry", "Invalid state entry";
    KeysRotateBodyTooLarge, 413, "keys_rotate_body_too_large", "Key rotation too large";
    KeysRotateNoPendingRotation, 409, "keys_rotate_no_pending_rotation", "No pending rotation";
    KeysRotateNotProvisioned, 501, "keys_rotate_not_provisioned", "Rotation not provisioned";
    KeysRotatePeerNotFound, 404, "keys_rotate_peer_not_found", "No live Peer";
    KeysRotatePublicKeyInUse, 409, "keys_rotate_public_key_in_use", "Public key in use";
    KeysRotatePublicKeyInvalid, 422, "keys_rotate_public_key_invalid", "Public key invalid";
    KeysRotatePublicKeyUnchanged, 422, "keys_rotate_public_key_unchanged", "Public key unchanged";
    KindMismatch, 403, "kind_mismatch", "Bootstrap token kind mismatch";
    MalformedCapabilitiesRequest, 400, "malformed_capabilities_request", "Malformed capability manifest";
    MalformedEndpointRequest, 400, "malformed_endpoint_request", "Malformed endpoint report";
    MalformedHeartbeatRequest, 400, "malformed_heartbeat_request", "Malformed heartbeat";
    MalformedIntegrityViolationsRequest, 400, "malformed_integrity_violations_request", "Malformed violation report";
    MalformedKeysRotateRequest, 400, "malformed_keys_rotate_request", "Malformed key rotation";
    MalformedRequest, 400, "malformed_request", "Malformed request";
    MeshCidrInUse, 409, "mesh_cidr_in_use", "Mesh range in use";
    MeshCidrOverlap, 409, "mesh_cidr_overlap", "Mesh range overlaps";
    MeshTopologyNotProvisioned, 501, "mesh_topology_not_provisioned", "Topology not provisioned";
    MethodNotAllowed, 405, "method_not_allowed", "Method not allowed";
    NodeHasNoLivePeer, 409, "node_has_no_live_peer", "Node has no live Peer";
    NodeIdMismatch, 403, "node_id_mismatch", "NSK of another Node";
    NodeKeysRotateNotProvisioned, 501, "node_keys_rotate_not_provisioned", "Rotation request not provisioned";
    NodeKeysRotatePreviewNotProvisioned, 501, "node_keys_rotate_preview_not_provisioned", "Rotation preview not provisioned";
    NodeNotFound, 404, "node_not_found", "Node not found";
    NonceCollision, 403, "nonce_collision", "Nonce used";
    NotProvisioned, 501, "not_provisioned", "Not provisioned";
    NskRevoked, 401, "nsk_revoked", "NSK not accepted";
    Overloaded, 503, "overloaded", "Server overloaded";
    PeerNotFound, 404, "peer_not_found", "Peer not found";
    PlexdHookDuplicate, 422, "plexd_hook_duplicate", "Plexd hook repeated";
    PlexdHookInvalid, 422, "plexd_hook_invalid", "Plexd hook invalid";
    PlexdHooksTooMany, 422, "plexd_hooks_too_many", "Too many plexd hooks";
    PoolExhausted, 503, "pool_exhausted", "Addresses exhausted";
    PreconditionFailed, 412, "precondition_failed", "Precondition failed";
    ProjectMismatch, 403, "project_mismatch", "Bootstrap token Project mismatch";
    ProjectNotEmpty, 409, "project_not_empty", "Project not empty";
    ProjectNotFound, 404, "project_not_found", "Project not found";
    PublicKeyInUse, 409, "public_key_in_use", "Public key in use";
    PublicKeyInvalid, 400, "public_key_invalid", "Public key invalid";
    RateLimited, 429, "rate_limited", "Limit reached";
    ReachabilityNotProvisioned, 501, "reachability_not_provisioned", "Reachability not provisioned";
    RelationTupleExists, 409, "relation_tuple_exists", "Relation tuple exists";
    RelationTupleNotFound, 404, "relation_tuple_not_found", "Relation tuple not found";
    RequestBodyTooLarge, 413, "request_body_too_large", "Body too large";
    RequestHeadersTooLarge, 431, "request_headers_too_large", "Headers too large";
    RequestTimeout, 408, "request_timeout", "Request timeout";
    ResourceAlreadyBound, 409, "resource_already_bound", "Handle already bound";
    RouteNotFound, 404, "route_not_found", "No such route";
    SignedEventBusNotProvisioned, 501, "signed_event_bus_not_provisioned", "Event bus not provisioned";
    SlugImmutable, 400, "slug_immutable", "Slug cannot change";
    SlugTaken, 409, "slug_taken", "Slug taken";
    SshHostKeyFingerprintInvalid, 400, "ssh_host_key_fingerprint_invalid", "Host key fingerprint invalid";
    StateEntryNotFound, 404, "state_entry_not_found", "State entry not found";
    StateQuotaExceeded, 409, "state_quota_exceeded", "Too many state entries";
    SubRangeInUse, 409, "sub_range_in_use", "Sub-range in use";
    SubRangeOverlap, 409, "sub_range_overlap", "Sub-range overlaps";
    SubrangeExhausted, 503, "subrange_exhausted", "Sub-range exhausted";
    TokenConsumed, 403, "token_consumed", "Bootstrap token used";
    TokenExpired, 403, "token_expired", "Bootstrap token expired";
    TokenInvalid, 403, "token_invalid", "Bootstrap token invalid";
    TokenRevoked, 403, "token_revoked", "Bootstrap token revoked";
    Unauthenticated, 401, "unauthenticated", "Not authenticated";
    Unauthorized, 401, "unauthorized", "NSK not accepted";
    UnsupportedContentEncoding, 415, "unsupported_content_encoding", "Unsupported content encoding";
    UnsupportedMediaType, 415, "unsupported_media_type", "Unsupported media type";
}

/// An RFC 9457 Problem with the contract's members (`application/problem+json`).
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// `/v1/errors/<code>`, answered by this server with cause and remedy.
    pub r#type: String,
    /// A few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time. Fixed, generic text for 5xx.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
    /// The code.
    pub code: String,
    /// Also in `X-Correlation-ID` and in the log.
    pub correlation_id: String,
    /// The member that broke a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For the shape PermissionDenied: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// For the shape PermissionDenied: what decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation_path: Option<Vec<String>>,
}

impl Problem {
    /// A Problem with `code` for the request with this id on this path. `detail` says what went wrong this time; of a
    /// 5xx the caller is told [`fixed_detail`] instead.
    pub fn new(code: ProblemCode, detail: String, path: &str, correlation_id: &str) -> Self {
        Self {
            r#type: format!("/v1/errors/{}", code.code()),
            title: code.title().to_owned(),
            status: code.status(),
            detail: if code.status() >= 500 { fixed_detail(code).to_owned() } else { detail },
            instance: path.to_owned(),
            code: code.code().to_owned(),
            correlation_id: correlation_id.to_owned(),
            field: None,
            reason: None,
            relation_path: None,
        }
    }
}

/// What a caller is told of a fault of ours; the cause is in the log under the same correlation id.
pub const fn fixed_detail(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::Internal => {
            "The server failed to answer this request. It has been logged under the correlation id."
        }
        ProblemCode::DatastoreUnavailable => "The database cannot be reached right now. Try again shortly.",
        ProblemCode::Overloaded => "The server is at its limit right now. Try again shortly.",
        _ => code.title(),
    }
}

impl From<Problem> for plexsphere_api::models::Problem {
    fn from(problem: Problem) -> Self {
        Self {
            r#type: problem.r#type,
            title: problem.title,
            status: i32::from(problem.status),
            detail: problem.detail,
            instance: problem.instance,
            code: problem.code,
            correlation_id: problem.correlation_id,
            field: problem.field,
        }
    }
}
