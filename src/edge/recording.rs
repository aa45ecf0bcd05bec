//! What an operator asked for, as the audit log names it: the same words whether it was let do it or not, and the same as
//! the operation itself writes when it changes something.

use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::operation::Operation;
use crate::access::IdentityRef;
use crate::access::relation::PLATFORM;
use crate::audit::{About, Decision};
use crate::ids::parse_uuid;

/// An operator's request, before anything is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    operation: Operation,
    /// As `type:id`.
    pub object: String,
    /// What that belongs to.
    pub about: About,
    /// Who.
    pub subject: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What was decided.
    pub decision: Decision,
    /// Why, or what came of it.
    pub reason: Option<String>,
}

/// `None`: no operator asks for it.
const fn action(operation: Operation) -> Option<&'static str> {
    use Operation::*;
    Some(match operation {
        GetNodeReachability => "node.read_reachability",
        GetNodeState => "node.read_state",
        GetNodeEvents => "node.follow_events",
        PostNodeKeysRotate => "node.rotate_key",
        GetNodeKeysRotatePreview => "node.preview_key_rotation",
        GetDomainMeshTopology => "domain.read_topology",
        ListDomains => "domain.list",
        CreateDomain => "domain.create",
        GetDomain => "domain.read",
        DeleteDomain => "domain.delete",
        PatchDomain => "domain.update",
        ListProjects => "project.list",
        CreateProject => "project.create",
        GetProject => "project.read",
        DeleteProject => "project.delete",
        PatchProject => "project.update",
        ListBootstrapTokens => "bootstrap_token.list",
        IssueBootstrapToken => "bootstrap_token.issue",
        GetBootstrapToken => "bootstrap_token.read",
        RevokeBootstrapToken => "bootstrap_token.revoke",
        ListNodes => "node.list",
        GetNode => "node.read",
        DeregisterNode => "node.deregister",
        DrainNode => "node.drain",
        UndrainNode => "node.undrain",
        FlagNodeNsk => "node.flag_nsk",
        PutNodeMetadataEntry | PutNodeDataEntry => "node.state.put",
        DeleteNodeMetadataEntry | DeleteNodeDataEntry => "node.state.delete",
        ListApiTokens => "api_token.list",
        IssueApiToken => "api_token.issue",
        RevokeApiToken => "api_token.revoke",
        RotateApiToken => "api_token.rotate",
        GetWhoami => "session.read",
        SignOut => "session.end",
        ListRelationTuples => "relation.list",
        CreateRelationTuple => "relation.grant",
        DeleteRelationTuple => "relation.revoke",
        CheckRelation => "relation.check",
        ListAuditEntries => "audit.list",
        GetAuditEntry => "audit.read",
        VerifyAuditChain => "audit.verify",
        ListIntegrityViolations => "integrity_violation.list",
        AcknowledgeIntegrityViolation => "integrity_violation.acknowledge",
        ListProjectCapabilities => "project.read_capabilities",
        PostNodeHeartbeat
        | PutNodeEndpoint
        | PutNodeCapabilities
        | PostNodeIntegrityViolations
        | PostKeysRotate
        | Register
        | GetPeerPsk
        | PutNodeReportEntry
        | DeleteNodeReportEntry
        | GetSignIn
        | PostSignIn
        | GetAuthCallback
        | GetErrorCode
        | GetHealth
        | GetVersion
        | GetOpenapiJson
        | GetOpenapiYaml
        | GetDocs => return None,
    })
}

/// Operations that change nothing when they succeed.
const fn only_reads(operation: Operation) -> bool {
    use Operation::*;
    matches!(
        operation,
        GetNodeReachability
            | GetNodeState
            | GetNodeEvents
            | GetNodeKeysRotatePreview
            | GetDomainMeshTopology
            | ListDomains
            | GetDomain
            | ListProjects
            | GetProject
            | ListBootstrapTokens
            | GetBootstrapToken
            | ListNodes
            | GetNode
            | ListApiTokens
            | GetWhoami
            | ListRelationTuples
            | CheckRelation
            | ListAuditEntries
            | GetAuditEntry
            | VerifyAuditChain
            | ListIntegrityViolations
            | ListProjectCapabilities
    )
}

impl Asked {
    /// What `subject` asks for, if it is an operator. `ids` are those that the path names, `query` is as it was sent.
    pub fn of(operation: Operation, subject: &str, ids: &[Uuid], query: Option<&str>) -> Option<Self> {
        action(operation)?;
        subject.parse::<IdentityRef>().ok()?;
        let (object, about) = named(operation, ids, query);
        Some(Self { operation, object, about, subject: subject.to_owned() })
    }

    /// Takes the object from the body, where the operation's question is about what the body names.
    pub fn read(&mut self, body: &[u8]) {
        #[derive(Deserialize)]
        struct Named {
            #[serde(default)]
            domain_id: Option<Uuid>,
            #[serde(default)]
            object: Option<String>,
        }
        let (Operation::CreateProject | Operation::CreateRelationTuple | Operation::CheckRelation) = self.operation
        else {
            return;
        };
        let Ok(named) = serde_json::from_slice::<Named>(body) else { return };
        if let Some(id) = named.domain_id {
            (self.object, self.about) = (format!("domain:{id}"), About::Domain(id));
        }
        let object = named.object.as_deref().and_then(|object| object.split_once(':'));
        if let Some((kind, id)) = object.and_then(|(kind, id)| Some((kind, parse_uuid(id)?))) {
            self.about = match kind {
                "domain" => About::Domain(id),
                "project" => About::Project(id),
                "node" => About::Node(id),
                // Of a Domain if that is named too.
                "group" => self.about,
                _ => return,
            };
            self.object = format!("{kind}:{id}");
        }
    }

    /// What it asks for.
    pub fn action(&self) -> &'static str {
        action(self.operation).unwrap_or_default()
    }

    /// What became of it, by the answer. `None`: nothing was decided, or the change itself tells of it.
    pub fn outcome(&self, status: StatusCode, code: Option<&'static str>, noted: bool) -> Option<Outcome> {
        if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::NOT_IMPLEMENTED {
            return None;
        }
        let fine = status.as_u16() < 400;
        if noted && fine {
            return None;
        }
        let decision = if status == StatusCode::FORBIDDEN { Decision::Denied } else { Decision::Allowed };
        let unchanged = fine && !only_reads(self.operation);
        let reason = if unchanged { Some("nothing to change") } else { code };
        Some(Outcome { decision, reason: reason.map(str::to_owned) })
    }
}

/// The object of a request, by its path or its query.
fn named(operation: Operation, ids: &[Uuid], query: Option<&str>) -> (String, About) {
    use Operation::*;
    let platform = || (format!("platform:{PLATFORM}"), About::Platform);
    let first = ids.first().copied();
    let Some(id) = first else {
        let (ListNodes | ListProjects | ListIntegrityViolations) = operation else { return platform() };
        let mut given = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let domain = given.find(|(name, _)| name == "domain_id").and_then(|(_, value)| parse_uuid(&value));
        return domain.map_or_else(platform, |id| (format!("domain:{id}"), About::Domain(id)));
    };
    match operation {
        GetDomainMeshTopology
        | GetDomain
        | DeleteDomain
        | PatchDomain
        | ListAuditEntries
        | GetAuditEntry
        | VerifyAuditChain => (format!("domain:{id}"), About::Domain(id)),
        GetProject
        | DeleteProject
        | PatchProject
        | ListProjectCapabilities
        | ListBootstrapTokens
        | IssueBootstrapToken => (format!("project:{id}"), About::Project(id)),
        GetBootstrapToken | RevokeBootstrapToken => {
            (format!("bootstrap_token:{}", ids.get(1).copied().unwrap_or(id)), About::Project(id))
        }
        RevokeApiToken | RotateApiToken => (format!("api_token:{id}"), About::ApiToken(id)),
        DeleteRelationTuple => (format!("relation_tuple:{id}"), About::Platform),
        AcknowledgeIntegrityViolation => (format!("integrity_violation:{id}"), About::Violation(id)),
        _ => (format!("node:{id}"), About::Node(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::operation::Credential;

    const USER: &str = "user:0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e10";

    fn asked(operation: Operation, ids: &[Uuid], query: Option<&str>) -> Asked {
        Asked::of(operation, USER, ids, query).unwrap()
    }

    #[test]
    fn exactly_what_operators_may_ask_for_is_recorded() {
        for &operation in Operation::ALL {
            let by_operators = matches!(operation.gate().credential, Credential::Operator | Credential::OperatorOrNsk);
            assert_eq!(action(operation).is_some(), by_operators, "{}", operation.id());
            if let Some(action) = action(operation) {
                let word = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && !word.is_empty();
                assert!(action.contains('.') && action.split('.').all(word), "{action}");
                let documented = include_str!("../../docs/audit.md").contains(&format!("`{action}`"));
                assert!(documented, "{action} is not in docs/audit.md");
            }
        }
        assert_eq!(Asked::of(Operation::GetNode, "node:0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e10", &[], None), None);
    }

    #[test]
    fn the_object_is_what_the_path_the_query_or_the_body_names() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (operation, ids, query, object, about) in [
            (Operation::GetNode, vec![one], None, format!("node:{one}"), About::Node(one)),
            (Operation::GetDomain, vec![one], None, format!("domain:{one}"), About::Domain(one)),
            (
                Operation::RevokeBootstrapToken,
                vec![one, two],
                None,
                format!("bootstrap_token:{two}"),
                About::Project(one),
            ),
            (Operation::ListNodes, vec![], None, "platform:plexsphere".into(), About::Platform),
            (
                Operation::ListNodes,
                vec![],
                Some("limit=1&domain_id=00000000-0000-0000-0000-000000000002"),
                format!("domain:{two}"),
                About::Domain(two),
            ),
            (Operation::ListDomains, vec![], Some("domain_id=x"), "platform:plexsphere".into(), About::Platform),
        ] {
            let asked = asked(operation, &ids, query);
            assert_eq!((asked.object, asked.about), (object, about));
        }
        for (operation, body, object, about) in [
            (
                Operation::CreateProject,
                format!("{{\"domain_id\":\"{one}\"}}"),
                format!("domain:{one}"),
                About::Domain(one),
            ),
            (
                Operation::CheckRelation,
                format!("{{\"object\":\"node:{two}\"}}"),
                format!("node:{two}"),
                About::Node(two),
            ),
            (
                Operation::CheckRelation,
                "{\"object\":\"platform:plexsphere\"}".into(),
                "platform:plexsphere".into(),
                About::Platform,
            ),
            (
                Operation::CreateDomain,
                format!("{{\"domain_id\":\"{one}\"}}"),
                "platform:plexsphere".into(),
                About::Platform,
            ),
            (
                Operation::CreateRelationTuple,
                format!("{{\"domain_id\":\"{one}\",\"object\":\"group:{two}\"}}"),
                format!("group:{two}"),
                About::Domain(one),
            ),
            (
                Operation::CreateRelationTuple,
                format!("{{\"object\":\"group:{two}\"}}"),
                format!("group:{two}"),
                About::Platform,
            ),
            (Operation::CreateProject, "[".into(), "platform:plexsphere".into(), About::Platform),
        ] {
            let mut asked = asked(operation, &[], None);
            asked.read(body.as_bytes());
            assert_eq!((asked.object, asked.about), (object, about), "{body}");
        }
    }

    #[test]
    fn a_change_that_told_of_itself_is_not_told_again() {
        let (read, drain) =
            (asked(Operation::GetNode, &[Uuid::nil()], None), asked(Operation::DrainNode, &[Uuid::nil()], None));
        let outcome = |decision, reason: Option<&str>| Some(Outcome { decision, reason: reason.map(str::to_owned) });
        let (allowed, denied) = (Decision::Allowed, Decision::Denied);
        let (ok, gone) = (StatusCode::NO_CONTENT, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(drain.outcome(ok, None, true), None);
        assert_eq!(drain.outcome(ok, None, false), outcome(allowed, Some("nothing to change")));
        assert_eq!(drain.outcome(gone, Some("datastore_unavailable"), false), None);
        assert_eq!(
            drain.outcome(StatusCode::FORBIDDEN, Some("insufficient_relation"), true),
            outcome(denied, Some("insufficient_relation"))
        );
        assert_eq!(read.outcome(ok, None, false), outcome(allowed, None));
        assert_eq!(read.outcome(StatusCode::NOT_MODIFIED, None, false), outcome(allowed, None));
        assert_eq!(
            read.outcome(StatusCode::NOT_FOUND, Some("node_not_found"), false),
            outcome(allowed, Some("node_not_found"))
        );
    }
}
