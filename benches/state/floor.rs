//! The floor of a cold pull: its peers by one prepared statement, and serialised once.

use serde::Serialize;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

const PEERS: &str = "SELECT n.id::text, host(n.mesh_ip), encode(n.public_key, 'base64'), e.endpoint, e.nat_type, n.psk_epoch \
     FROM peers p JOIN nodes n ON n.id = p.node_id LEFT JOIN peer_endpoints e ON e.node_id = n.id \
     WHERE p.domain_id = $1::text::uuid AND p.retired_at IS NULL";
const NAT_TYPES: [&str; 5] = ["full_cone", "restricted", "port_restricted", "symmetric", "unknown"];

#[derive(Serialize)]
struct Peer<'p> {
    node_id: &'p str,
    mesh_ip: &'p str,
    public_key: &'p str,
    endpoint: Option<&'p str>,
    nat_type: Option<&'static str>,
    psk_epoch: i64,
}

pub struct Floor {
    client: Client,
    peers: Statement,
    domain: String,
}

impl Floor {
    pub async fn connect(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let peers = client.prepare(PEERS).await.unwrap();
        // As `Nodes::load` names it.
        Self { client, peers, domain: Uuid::from_u128(1).to_string() }
    }

    /// Changes what peers see.
    pub async fn change(&self) {
        let change = "UPDATE domains SET mesh_version = mesh_version + 1 WHERE id = $1::text::uuid";
        assert_eq!(self.client.execute(change, &[&self.domain]).await.unwrap(), 1);
    }

    /// How many bytes the peers are.
    pub async fn peers_serialised(&self) -> usize {
        let rows = self.client.query(&self.peers, &[&self.domain]).await.unwrap();
        let mut bytes = Vec::new();
        for row in rows {
            let (id, mesh_ip, public_key): (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
            let (endpoint, nat_type): (Option<&str>, Option<i16>) = (row.get(3), row.get(4));
            let nat_type = nat_type.map(|number| NAT_TYPES[number as usize]);
            let peer = Peer { node_id: id, mesh_ip, public_key, endpoint, nat_type, psk_epoch: row.get(5) };
            serde_json::to_writer(&mut bytes, &peer).unwrap();
            bytes.push(b',');
        }
        bytes.len()
    }
}
