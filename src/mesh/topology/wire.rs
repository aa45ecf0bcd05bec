//! Topologies on the wire.

use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::{Ages, Document, Graph, Selection, Topologies};
use crate::access::RequestContext;
use crate::ids::{DomainId, NodeId, parse_uuid};
use crate::mesh::snapshot::wire::HeldTags;
use crate::postgres::StorageError;
use crate::problem::{Problem, ProblemCode};

/// How a topology is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked<'r> {
    /// The members of the query; of one that is there twice the first counts.
    pub query: &'r [(String, String)],
    /// What the caller has.
    pub held: HeldTags,
    /// Without its body.
    pub head: bool,
}

/// Which edges are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Edges {
    selection: Selection,
    only: Option<NodeId>,
}

impl Edges {
    /// Reads the query; otherwise the member that cannot be read, with what it must be.
    fn read(query: &[(String, String)]) -> Result<Self, &'static str> {
        let member = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let selection = match member("edges") {
            None => Selection::default(),
            Some(text) => Selection::ALL
                .into_iter()
                .find(|selection| selection.as_str() == text)
                .ok_or("edges: must be none, relayed or all")?,
        };
        let only = match member("node_id") {
            None => None,
            Some(text) => Some(NodeId(parse_uuid(text).ok_or("node_id: must be a UUID, and not the nil one")?)),
        };
        Ok(Self { selection, only })
    }

    /// The validator of `graph` within `minute`, without the mark of weak ones: what is shown of handshakes moves with
    /// the time, and a minute more or less is no matter.
    fn validator(self, graph: &Graph, minute: i64) -> String {
        let only = self.only.map(|only| format!("-{only}")).unwrap_or_default();
        let (version, print) = (graph.version, graph.reachability_print());
        format!("\"{version}-{print:016x}-{minute}-{}{only}\"", self.selection.as_str())
    }
}

/// The answer to GetDomainMeshTopology: its body is no model but written while it is sent.
pub enum TopologyAnswer {
    /// The graph.
    Graph {
        /// Its validator.
        etag: String,
        /// Its bytes, with the place among those that are written at once; none for HEAD.
        document: Option<(Document, OwnedSemaphorePermit)>,
    },
    /// The caller has it.
    NotModified {
        /// Its validator.
        etag: String,
    },
    /// A Problem.
    Refused(Problem),
}

/// GET /v1/domains/{domainId}/mesh/topology
pub async fn get_domain_mesh_topology(
    topologies: &Topologies,
    id: Uuid,
    asked: &Asked<'_>,
    context: &RequestContext,
) -> TopologyAnswer {
    let edges = match Edges::read(asked.query) {
        Ok(edges) => edges,
        Err(rule) => return TopologyAnswer::Refused(context.problem(ProblemCode::InvalidQuery, rule)),
    };
    let Some(place) = topologies.begin() else {
        return TopologyAnswer::Refused(context.problem(ProblemCode::Overloaded, ""));
    };
    let now = context.now();
    let graph = match topologies.projection().graph(DomainId(id), now).await {
        Ok(Some(graph)) => graph,
        Ok(None) => {
            return TopologyAnswer::Refused(context.problem(ProblemCode::DomainNotFound, "no such Domain"));
        }
        Err(error) => return fault(&error, context),
    };
    let validator = edges.validator(&graph, now.timestamp().div_euclid(60));
    let etag = format!("W/{validator}");
    let held = match &asked.held {
        HeldTags::None => false,
        HeldTags::Any => true,
        HeldTags::These(tags) => tags.contains(&validator),
    };
    if held {
        return TopologyAnswer::NotModified { etag };
    }
    if asked.head {
        return TopologyAnswer::Graph { etag, document: None };
    }
    let ages = match edges.selection {
        Selection::None => Ok(Ages::none(&graph)),
        Selection::Relayed | Selection::All => topologies.projection().ages(&graph, edges.only, now).await,
    };
    match ages {
        Ok(ages) => {
            let document = Document::new(graph, ages, edges.selection, edges.only, now);
            TopologyAnswer::Graph { etag, document: Some((document, place)) }
        }
        Err(error) => fault(&error, context),
    }
}

fn fault(error: &StorageError, context: &RequestContext) -> TopologyAnswer {
    let code = match error.is_passing() {
        true => {
            tracing::warn!(correlation_id = context.correlation_id(), %error, "topology not read");
            ProblemCode::DatastoreUnavailable
        }
        false => {
            tracing::error!(correlation_id = context.correlation_id(), %error, "topology not read");
            ProblemCode::Internal
        }
    };
    TopologyAnswer::Refused(context.problem(code, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &[(&str, &str)]) -> Result<Edges, &'static str> {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Edges::read(&query)
    }

    #[test]
    fn a_query_narrows_the_edges_down() {
        let node = "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f";
        let only = Some(NodeId(node.parse().unwrap()));
        for (query, selection, expected) in [
            (&[][..], Selection::All, None),
            (&[("edges", "all")], Selection::All, None),
            (&[("edges", "none"), ("other", "x")], Selection::None, None),
            (&[("edges", "relayed"), ("node_id", node), ("edges", "all")], Selection::Relayed, only),
            (&[("node_id", &node.to_uppercase())], Selection::All, only),
        ] {
            assert_eq!(read(query), Ok(Edges { selection, only: expected }), "{query:?}");
        }
        for query in [
            ("edges", ""),
            ("edges", "ALL"),
            ("edges", "some"),
            ("node_id", ""),
            ("node_id", "7"),
            ("node_id", "00000000-0000-0000-0000-000000000000"),
        ] {
            assert!(read(&[query]).is_err(), "{query:?}");
        }
    }
}
