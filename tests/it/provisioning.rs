//! Existence is provisioning: an operation whose collaborators are not all there answers its 501, before it looks at
//! who is calling.

use std::collections::BTreeSet;

use http::Method;
use plexsphere::contract::Contract;
use plexsphere::edge::operation::Operation::{self, *};
use plexsphere::mesh::collaborators::Collaborators;
use uuid::Uuid;

use crate::harness::{Client, Harness};

/// Operations that rest on the relation checker alone: everything that operators do with tenants, tokens and tuples.
const OPERATORS: &[Operation] = &[
    ListDomains,
    CreateDomain,
    GetDomain,
    DeleteDomain,
    PatchDomain,
    ListProjects,
    CreateProject,
    GetProject,
    DeleteProject,
    PatchProject,
    ListBootstrapTokens,
    IssueBootstrapToken,
    GetBootstrapToken,
    RevokeBootstrapToken,
    ListApiTokens,
    IssueApiToken,
    RevokeApiToken,
    RotateApiToken,
    ListRelationTuples,
    CreateRelationTuple,
    DeleteRelationTuple,
    CheckRelation,
    ListAuditEntries,
    GetAuditEntry,
    VerifyAuditChain,
];
const NODES: &[Operation] = &[ListNodes, GetNode, DeregisterNode, FlagNodeNsk];
const MAINTENANCE: &[Operation] = &[DrainNode, UndrainNode];
const REPORTS: &[Operation] = &[PutNodeCapabilities, PostNodeIntegrityViolations];
const ENTRIES: &[Operation] = &[PutNodeMetadataEntry, DeleteNodeMetadataEntry, PutNodeDataEntry, DeleteNodeDataEntry];
const OWN_ENTRIES: &[Operation] = &[PutNodeReportEntry, DeleteNodeReportEntry];
const REVIEWS: &[Operation] = &[ListProjectCapabilities, ListIntegrityViolations, AcknowledgeIntegrityViolation];

type TakeAway = fn(&mut Collaborators);

/// Each collaborator, and what is not provided without it.
const COLLABORATORS: &[(&str, TakeAway, &[&[Operation]])] = &[
    (
        "NSKValidator",
        |all| all.nsk_validator = None,
        &[&[PostNodeHeartbeat, PutNodeEndpoint, PostKeysRotate, GetPeerPsk], REPORTS, OWN_ENTRIES],
    ),
    ("ReachabilityRepo", |all| all.reachability_repo = None, &[&[PostNodeHeartbeat, GetNodeReachability]]),
    ("Clock", |all| all.clock = None, &[&[PostNodeHeartbeat]]),
    (
        "RelationChecker",
        |all| all.relation_checker = None,
        &[
            &[
                GetNodeReachability,
                GetNodeState,
                GetNodeEvents,
                GetDomainMeshTopology,
                PostNodeKeysRotate,
                GetNodeKeysRotatePreview,
            ],
            NODES,
            MAINTENANCE,
            ENTRIES,
            OPERATORS,
            REVIEWS,
        ],
    ),
    (
        "NodeRepo",
        |all| all.node_repo = None,
        &[&[GetNodeReachability, PutNodeEndpoint, GetNodeState, GetNodeEvents, PostKeysRotate], NODES, REPORTS],
    ),
    (
        "CapabilitiesRecorder",
        |all| all.capabilities_recorder = None,
        &[&[PutNodeCapabilities, ListProjectCapabilities]],
    ),
    (
        "IntegrityViolationsRecorder",
        |all| all.integrity_violations_recorder = None,
        &[&[PostNodeIntegrityViolations, ListIntegrityViolations, AcknowledgeIntegrityViolation]],
    ),
    ("EndpointRecorder", |all| all.endpoint_recorder = None, &[&[PutNodeEndpoint]]),
    ("Enrolments", |all| all.enrolments = None, &[&[Register]]),
    ("MaintenanceRepo", |all| all.maintenance_repo = None, &[MAINTENANCE]),
    ("SnapshotProvider", |all| all.snapshot_provider = None, &[&[GetNodeState]]),
    ("EventStream", |all| all.event_stream = None, &[&[GetNodeEvents]]),
    ("TopologyProjection", |all| all.topology_projection = None, &[&[GetDomainMeshTopology]]),
    ("StateEntryRepo", |all| all.state_entry_repo = None, &[ENTRIES, OWN_ENTRIES]),
    ("RotationRequester", |all| all.rotation_requester = None, &[&[PostNodeKeysRotate]]),
    ("RotationPreview", |all| all.rotation_previews = None, &[&[GetNodeKeysRotatePreview]]),
    ("RotationCompleter", |all| all.rotation_completer = None, &[&[PostKeysRotate]]),
    ("EdgePskSource", |all| all.edge_psk_source = None, &[&[GetPeerPsk]]),
    ("DecisionLog", |all| all.decision_log = None, &[]),
];

/// A request of `operation`: its method, and its path with fresh ids in it.
pub fn request(contract: &Contract, operation: Operation) -> (Method, String) {
    let described = contract.operations.iter().find(|described| described.id == operation.id()).unwrap();
    let steps = described.path.split('/').map(|step| match step.strip_prefix('{') {
        None => step.to_owned(),
        Some("code}") => "internal".to_owned(),
        Some("key}") => "rack".to_owned(),
        Some("seq}") => "1".to_owned(),
        Some(_) => Uuid::now_v7().to_string(),
    });
    (described.method.parse().unwrap(), steps.collect::<Vec<_>>().join("/"))
}

/// The operations that answer 501, each with the code of its row.
async fn not_provisioned(client: &Client, contract: &Contract) -> BTreeSet<&'static str> {
    let mut absent = BTreeSet::new();
    for &operation in Operation::ALL {
        let (method, path) = request(contract, operation);
        // Without a credential: the 501 comes before the 401.
        let answer = client.send(client.request(method, &path)).await;
        if answer.status == 501 {
            let code = operation.gate().not_provisioned.expect("its row has a code").code();
            let problem = answer.refused(501, code);
            assert_eq!(problem["detail"], problem["title"], "the text of a 5xx is fixed");
            absent.insert(operation.id());
        }
    }
    absent
}

fn ids<'o>(operations: impl IntoIterator<Item = &'o Operation>) -> BTreeSet<&'static str> {
    operations.into_iter().map(|operation| operation.id()).collect()
}

#[tokio::test]
async fn out_of_the_box_everything_is_provisioned() {
    let h = Harness::start().await;
    assert_eq!(not_provisioned(&h.anonymous(), &Contract::load().unwrap()).await, BTreeSet::new());
    h.stop().await;
}

#[tokio::test]
async fn without_a_collaborator_what_rests_on_it_is_not_provisioned() {
    let contract = Contract::load().unwrap();
    for (name, take_away, resting) in COLLABORATORS {
        // The first administrator's token is made below the operators' capabilities, so the harness starts.
        let h = Harness::start_with(|_| {}, take_away).await;
        let expected = ids(resting.iter().copied().flatten());
        assert_eq!(not_provisioned(&h.anonymous(), &contract).await, expected, "without {name}");
        h.stop().await;
    }
}

/// A collaborator that is added has to be left out here in turn.
#[test]
fn every_collaborator_is_left_out_in_turn() {
    let Collaborators {
        nsk_validator: _,
        relation_checker: _,
        node_repo: _,
        reachability_repo: _,
        capabilities_recorder: _,
        integrity_violations_recorder: _,
        endpoint_recorder: _,
        clock: _,
        enrolments: _,
        maintenance_repo: _,
        snapshot_provider: _,
        state_entry_repo: _,
        event_stream: _,
        topology_projection: _,
        rotation_requester: _,
        rotation_previews: _,
        rotation_completer: _,
        edge_psk_source: _,
        decision_log: _,
    } = Collaborators::default();
    assert_eq!(COLLABORATORS.len(), 19);
}

#[test]
fn the_eleven_mesh_operations_have_codes_of_their_own_and_all_others_share_one() {
    for &operation in Operation::ALL {
        let Some(code) = operation.gate().not_provisioned else { continue };
        let eleventh = Operation::ALL.iter().position(|other| *other == GetDomainMeshTopology).unwrap();
        let mesh = Operation::ALL.iter().position(|other| *other == operation).unwrap() <= eleventh;
        assert_eq!(mesh, code.code() != "not_provisioned", "{}", operation.id());
    }
}
