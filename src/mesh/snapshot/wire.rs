//! States and their entries on the wire.

use bytes::Bytes;
use plexsphere_api::{
    DeleteNodeDataEntryResponse, DeleteNodeMetadataEntryResponse, DeleteNodeReportEntryResponse,
    PutNodeDataEntryResponse, PutNodeMetadataEntryResponse, PutNodeReportEntryResponse, models,
};
use uuid::Uuid;

use super::{
    Coding, Entry, EntryRefusal, InvalidEntry, Key, Kind, PullRefusal, Snapshot, Snapshots, StateEntries,
    StateEntryRepo, StateReports,
};
use crate::access::{Principal, RequestContext};
use crate::ids::NodeId;
use crate::mesh::nodes::Actor;
use crate::problem::{Problem, ProblemCode};

/// The states that a caller says it has.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum HeldTags {
    /// None.
    #[default]
    None,
    /// Whatever there is.
    Any,
    /// Those with these validators, quotes and all, without the mark of weak ones.
    These(Vec<String>),
}

impl HeldTags {
    /// The validator under which the caller has `snapshot`; `coding` is what it would be sent now.
    fn hold(&self, snapshot: &Snapshot, coding: Coding) -> Option<String> {
        match self {
            Self::None => None,
            Self::Any => Some(snapshot.tag().validator(coding)),
            Self::These(tags) => {
                let validators = [coding].into_iter().chain(Coding::ALL).map(|coding| snapshot.tag().validator(coding));
                validators.into_iter().find(|validator| tags.contains(validator))
            }
        }
    }
}

/// How a state is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// In which coding.
    pub coding: Coding,
    /// What the caller has.
    pub held: HeldTags,
    /// Without its body.
    pub head: bool,
}

/// The answer to GetNodeState: its body is no model but bytes, of which most are shared.
pub enum StateAnswer {
    /// The state.
    State {
        /// Its validator.
        etag: String,
        /// Its coding.
        coding: Coding,
        /// Its bytes in pieces; a compressed one is not made for HEAD.
        body: Option<Vec<Bytes>>,
        /// It is the last one known: the database is down.
        stale: bool,
    },
    /// The caller has it.
    NotModified {
        /// Its validator.
        etag: String,
        /// As above.
        stale: bool,
    },
    /// A Problem.
    Refused(Problem),
}

/// GET /v1/nodes/{id}/state
pub async fn get_node_state(snapshots: &Snapshots, id: Uuid, asked: &Asked, context: &RequestContext) -> StateAnswer {
    let domain_id = match context.principal() {
        Principal::Node(node) => Some(node.domain_id),
        _ => None,
    };
    match snapshots.provider().pull(NodeId(id), domain_id, context.now()).await {
        Ok(Some(snapshot)) => answer(&snapshot, asked, false, context).await,
        Ok(None) => StateAnswer::Refused(context.problem(ProblemCode::NodeNotFound, "no such Node")),
        Err(PullRefusal::Overloaded) => StateAnswer::Refused(context.problem(ProblemCode::Overloaded, "")),
        Err(PullRefusal::Storage(error)) => {
            // Whatever the fault is: an agent that is told so keeps what it has and asks again.
            if error.is_passing() {
                tracing::warn!(correlation_id = context.correlation_id(), %error, "state not read");
            } else {
                tracing::error!(correlation_id = context.correlation_id(), %error, "state not read");
            }
            StateAnswer::Refused(context.problem(ProblemCode::DatastoreUnavailable, ""))
        }
    }
}

/// The last state of the Node that asks, while the database is down. `None`: there is none that may be served.
pub async fn last_known_state(
    snapshots: &Snapshots,
    id: Uuid,
    asked: &Asked,
    context: &RequestContext,
) -> Option<StateAnswer> {
    let snapshot = snapshots.provider().last_known(NodeId(id), context.now())?;
    Some(answer(&snapshot, asked, true, context).await)
}

async fn answer(snapshot: &Snapshot, asked: &Asked, stale: bool, context: &RequestContext) -> StateAnswer {
    let coding = asked.coding;
    if let Some(etag) = asked.held.hold(snapshot, coding) {
        return StateAnswer::NotModified { etag, stale };
    }
    let etag = snapshot.tag().validator(coding);
    // How long a plain body is costs nothing to tell; a compressed one would have to be made.
    if asked.head && coding != Coding::Identity {
        return StateAnswer::State { etag, coding, body: None, stale };
    }
    match snapshot.body(coding).await {
        Ok(body) => StateAnswer::State { etag, coding, body: Some(body), stale },
        Err(error) => {
            tracing::error!(correlation_id = context.correlation_id(), %error, "state not encoded");
            StateAnswer::Refused(context.problem(ProblemCode::Internal, ""))
        }
    }
}

/// Why an entry was not put or removed, before or in the transaction.
enum Refused {
    Invalid(InvalidEntry),
    Entry(EntryRefusal),
}

async fn put(
    repo: &dyn StateEntryRepo,
    (id, kind, key): (Uuid, Kind, String),
    body: models::PutStateEntryRequest,
    context: &RequestContext,
) -> Result<(), Refused> {
    let entry = Entry::read(key, body.value, body.workload_tag).map_err(Refused::Invalid)?;
    let subject = context.principal().subject();
    let actor = Actor { subject: &subject, correlation_id: context.correlation_id() };
    repo.put(NodeId(id), kind, &entry, actor, context.now()).await.map_err(Refused::Entry)
}

async fn delete(
    repo: &dyn StateEntryRepo,
    (id, kind, key): (Uuid, Kind, String),
    context: &RequestContext,
) -> Result<(), Refused> {
    let key = Key::read(key).map_err(Refused::Invalid)?;
    let subject = context.principal().subject();
    let actor = Actor { subject: &subject, correlation_id: context.correlation_id() };
    repo.delete(NodeId(id), kind, &key, actor, context.now()).await.map_err(Refused::Entry)
}

/// Answers with the response enum of an operation. What only one of putting and deleting meets is given by the caller.
macro_rules! answered {
    ($response:ident, $context:ident, $done:expr, $quota:pat => $quota_answer:expr) => {
        match $done {
            Ok(()) => $response::NoContent,
            Err(Refused::Invalid(rule)) => {
                $response::BadRequest($context.refuse(ProblemCode::InvalidStateEntry, rule.to_string()))
            }
            Err(Refused::Entry(EntryRefusal::NodeNotFound)) => {
                $response::NotFound($context.refuse(ProblemCode::NodeNotFound, "no such Node"))
            }
            Err(Refused::Entry(EntryRefusal::Storage(error))) => crate::fault!($response, $context, &error),
            Err(Refused::Entry($quota)) => $quota_answer,
        }
    };
}

macro_rules! entries {
    ($($put:ident, $put_response:ident, $delete:ident, $delete_response:ident: $capability:ty, $kind:ident, $path:literal;)+) => {$(
        #[doc = concat!("PUT ", $path)]
        pub async fn $put(
            entries: &$capability,
            id: Uuid,
            key: String,
            body: models::PutStateEntryRequest,
            context: &RequestContext,
        ) -> $put_response {
            let done = put(entries.repo(), (id, Kind::$kind, key), body, context).await;
            answered!($put_response, context, done, refusal @ (EntryRefusal::QuotaExceeded | EntryRefusal::EntryNotFound) =>
                $put_response::Conflict(context.refuse(ProblemCode::StateQuotaExceeded, refusal.to_string())))
        }

        #[doc = concat!("DELETE ", $path)]
        pub async fn $delete(
            entries: &$capability,
            id: Uuid,
            key: String,
            context: &RequestContext,
        ) -> $delete_response {
            let done = delete(entries.repo(), (id, Kind::$kind, key), context).await;
            answered!($delete_response, context, done, refusal @ (EntryRefusal::EntryNotFound | EntryRefusal::QuotaExceeded) =>
                $delete_response::NotFound(context.refuse(ProblemCode::StateEntryNotFound, refusal.to_string())))
        }
    )+};
}

entries! {
    put_node_metadata_entry, PutNodeMetadataEntryResponse, delete_node_metadata_entry, DeleteNodeMetadataEntryResponse:
        StateEntries, Metadata, "/v1/nodes/{id}/state/metadata/{key}";
    put_node_data_entry, PutNodeDataEntryResponse, delete_node_data_entry, DeleteNodeDataEntryResponse:
        StateEntries, Data, "/v1/nodes/{id}/state/data/{key}";
    put_node_report_entry, PutNodeReportEntryResponse, delete_node_report_entry, DeleteNodeReportEntryResponse:
        StateReports, Reports, "/v1/nodes/{id}/state/reports/{key}";
}
