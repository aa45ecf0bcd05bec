//! The floors: a loop that only signs and inserts, and one commit.

use std::time::{Duration, Instant};

use chrono::Utc;
use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use plexsphere::ids::{DomainId, EventId, SigningKeyId};
use plexsphere::postgres::Database;
use plexsphere::signing::{Envelope, EventSigner, Payload, Scope};
use serde_json::Value;
use uuid::Uuid;

/// Rows in one transaction, as the relay takes them.
const BATCH: usize = 1000;

/// The same rows as the log's, in a table like it.
const TABLE: &str = "CREATE TABLE floor (LIKE event_log INCLUDING ALL)";

/// Signs and inserts `payloads`, a batch a transaction; returns events a second.
pub async fn sign_and_insert(database: &Database, domain_id: DomainId, payloads: &[Value]) -> f64 {
    let mut conn = database.connect().await.unwrap();
    conn.batch_execute("DROP TABLE IF EXISTS floor").await.unwrap();
    conn.batch_execute(TABLE).await.unwrap();
    let signer = EventSigner::new(SigningKeyId(Uuid::now_v7()), &[7; 32]);
    let scope = Scope::Domain(domain_id);
    let began = Instant::now();
    for (n, batch) in payloads.chunks(BATCH).enumerate() {
        let ids: Vec<Uuid> = batch.iter().map(|_| Uuid::now_v7()).collect();
        let lines: Vec<String> = ids
            .iter()
            .zip(batch)
            .map(|(id, payload)| {
                signer.sign(Envelope {
                    id: EventId(*id),
                    event_type: "peer_endpoint_changed".to_owned(),
                    scope,
                    key_id: signer.key_id(),
                    issued_at: Utc::now(),
                    payload: Payload::of(payload).unwrap(),
                })
            })
            .collect();
        diesel::sql_query(
            "INSERT INTO floor (sequence, id, scope_kind, scope_id, domain_id, event_type, line, appended_at) \
             SELECT $1 + e.place, e.id, 'domain', $4, $4, 'peer_endpoint_changed', e.line, now() \
             FROM unnest($2, $3) WITH ORDINALITY AS e (id, line, place)",
        )
        .bind::<BigInt, _>((n * BATCH) as i64)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<Text>, _>(lines)
        .bind::<SqlUuid, _>(domain_id.0)
        .execute(&mut conn)
        .await
        .unwrap();
    }
    payloads.len() as f64 / began.elapsed().as_secs_f64()
}

/// The median time of one small change with its commit, with nobody else there.
pub async fn median_commit(conn: &mut AsyncPgConnection) -> Duration {
    conn.batch_execute("CREATE TABLE IF NOT EXISTS commits (n bigint)").await.unwrap();
    let mut times = Vec::new();
    for _ in 0..300 {
        let began = Instant::now();
        diesel::sql_query("INSERT INTO commits VALUES (1)").execute(conn).await.unwrap();
        times.push(began.elapsed());
    }
    super::median(&times)
}
