//! Nodes loaded by COPY, with NSKs that the load can present.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::SinkExt;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The kind of NAT in front of every Node, as it is sent and as it is stored.
pub const NAT: &str = "port_restricted";
const NAT_NUMBER: i16 = 2;
/// A prime that divides no number of Nodes in use.
const STRIDE: usize = 7919;

#[derive(Clone)]
pub struct Nodes {
    pub ids: Arc<Vec<Uuid>>,
}

fn key(n: u32) -> [u8; 32] {
    Sha256::digest(format!("nsk {n}")).into()
}

impl Nodes {
    /// The `turn`th Node to act: neighbours in time are none in the table, as in a fleet.
    pub fn scattered(&self, turn: usize) -> usize {
        turn.wrapping_mul(STRIDE) % self.ids.len()
    }

    /// The bearer of the `n`th Node.
    pub fn bearer(&self, n: usize) -> String {
        let mut bytes = self.ids[n].as_bytes().to_vec();
        bytes.extend(key(n as u32));
        format!("Bearer nsk_bench_{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Where the `n`th Node is reached.
    pub fn endpoint(n: usize) -> String {
        format!("{}:51820", std::net::Ipv4Addr::from(0xc600_0000 + n as u32))
    }

    /// Loads one Domain of `count` Nodes that have all been heard of and seen just now.
    pub async fn load(url: &str, count: u32) -> Self {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let (domain, project) = (Uuid::from_u128(1), Uuid::from_u128(2));
        client
            .batch_execute(&format!(
                "INSERT INTO domains (id, name, slug, mesh_cidr, heartbeat_interval_ms, stale_after_ms, unreachable_after_ms, \
                     endpoint_ttl_seconds, rotation_expiry_seconds, created_at, updated_at) \
                 VALUES ('{domain}', 'bench', 'bench', '10.0.0.0/8', 30000, 3000000, 3600000, 3600, 86400, now(), now()); \
                 INSERT INTO projects (id, domain_id, name, slug, created_at, updated_at) VALUES ('{project}', '{domain}', 'bench', 'bench', now(), now())"
            ))
            .await
            .unwrap();
        let ids: Vec<Uuid> = (0..count).map(|n| Uuid::from_u128(1 << 64 | u128::from(n))).collect();
        let address = |n: u32| std::net::Ipv4Addr::from(0x0a00_0001 + n);
        let nodes = ids.iter().zip(0..).map(|(id, n)| {
            format!(
                "{id}\t{domain}\t{project}\tnode\tn{n}\t{}\t{domain}\t\\\\x{}\t1\t2026-01-01T00:00:00Z\n",
                address(n),
                hex(&Sha256::digest(id.as_bytes()))
            )
        });
        copy(&client, "nodes (id, domain_id, project_id, kind, resource_handle, mesh_ip, pool_id, public_key, psk_epoch, enrolled_at)", nodes).await;
        let nsks = ids
            .iter()
            .zip(0..)
            .map(|(id, n)| format!("{id}\t{id}\tbench\t\\\\x{}\t2026-01-01T00:00:00Z\n", hex(&Sha256::digest(key(n)))));
        copy(&client, "node_secret_keys (id, node_id, env, key_hash, issued_at)", nsks).await;
        let peers = ids.iter().map(|id| format!("{id}\t{id}\t{domain}\t2026-01-01T00:00:00Z\n"));
        copy(&client, "peers (id, node_id, domain_id, created_at)", peers).await;
        let now = chrono::Utc::now().to_rfc3339();
        let liveness = ids.iter().map(|id| format!("{id}\t{domain}\t{now}\t0\t0\t{now}\n"));
        copy(
            &client,
            "node_liveness (node_id, domain_id, last_heartbeat_at, state, state_before, changed_at)",
            liveness,
        )
        .await;
        let endpoints = ids
            .iter()
            .enumerate()
            .map(|(n, id)| format!("{id}\t{domain}\t{}\t{NAT_NUMBER}\t{now}\t{now}\n", Self::endpoint(n)));
        copy(&client, "peer_endpoints (node_id, domain_id, endpoint, nat_type, reported_at, refreshed_at)", endpoints)
            .await;
        client.batch_execute("VACUUM ANALYZE").await.unwrap();
        Self { ids: Arc::new(ids) }
    }
}

async fn copy(client: &tokio_postgres::Client, table: &str, rows: impl Iterator<Item = String>) {
    let sink = client.copy_in::<_, Bytes>(&format!("COPY {table} FROM STDIN")).await.unwrap();
    let mut sink = Box::pin(sink);
    let mut chunk = String::new();
    for row in rows {
        chunk.push_str(&row);
        if chunk.len() > 1 << 16 {
            sink.send(std::mem::take(&mut chunk).into()).await.unwrap();
        }
    }
    sink.send(chunk.into()).await.unwrap();
    sink.close().await.unwrap();
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
