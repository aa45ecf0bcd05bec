//! Enrolment in a small and in a large Domain: the transaction's time must not grow with the Domain.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use plexsphere::access::credential::{EnrolmentKind, SecretHash, format_bootstrap_token, new_secret};
use plexsphere::ids::DomainId;
use plexsphere::mesh::registration::{Enrolment, PgEnrolments};
use plexsphere::postgres::Database;
use plexsphere::postgres::embedded::Embedded;
use plexsphere::signing::{Sealer, store};
use uuid::Uuid;

use super::{millis, server};

/// Enrolments that are timed at each size.
const TIMED: usize = 300;
/// Between the read of all Peers and the transaction.
const REST: Duration = Duration::from_millis(20);

pub async fn measure(postgres: &Embedded) {
    println!("\nEnrolment");
    let mut small = Domain::new(postgres, "bench_enrol_small", 100).await;
    let mut large = Domain::new(postgres, "bench_enrol_large", 10_000).await;
    let (mut at_small, mut at_large) = (Vec::new(), Vec::new());
    // In turns, so that both sizes see the same noise.
    for _ in 0..TIMED {
        at_small.push(small.enrol().await);
        at_large.push(large.enrol().await);
    }
    let (few, many) = (median(&mut at_small, |(time, _)| *time), median(&mut at_large, |(time, _)| *time));
    println!("  transaction at   100 Nodes        {:>9.2} ms", millis(few));
    println!("  transaction at 10000 Nodes        {:>9.2} ms", millis(many));
    println!(
        "  ratio                             {:>9.2}   (target: at most 1.3)",
        many.as_secs_f64() / few.as_secs_f64()
    );
    let bytes = |sample: &(Duration, usize)| sample.1;
    println!(
        "  peer_snapshot, not in these times: {} bytes at 100 Nodes, {} bytes at 10000",
        at_small.iter().map(bytes).max().unwrap_or(0),
        at_large.iter().map(bytes).max().unwrap_or(0)
    );
}

struct Domain {
    enrolments: PgEnrolments,
    client: tokio_postgres::Client,
    project: Uuid,
    enrolled: u32,
}

impl Domain {
    async fn new(postgres: &Embedded, name: &str, nodes: u32) -> Self {
        let url = server::fresh(postgres, name).await;
        let loaded = super::data::Nodes::load(&url, nodes).await;
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let (domain, project) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let next = std::net::Ipv4Addr::from(0x0a00_0001 + loaded.ids.len() as u32);
        client
            .batch_execute(&format!(
                "INSERT INTO address_pools (id, domain_id, range, next_address) VALUES ('{domain}', '{domain}', '10.0.0.0/8', '{next}')"
            ))
            .await
            .unwrap();
        let database = Database::new(&url, 2).unwrap();
        let sealer = Arc::new(Sealer::new(&[7; 32]));
        store::create_domain_keys(&mut database.connect().await.unwrap(), &sealer, DomainId(domain), Utc::now())
            .await
            .unwrap();
        Self { enrolments: PgEnrolments::new(database, sealer, "bench".into(), None, 1), client, project, enrolled: 0 }
    }

    /// Enrols one Node; returns the time of its transaction and the bytes of its peer_snapshot.
    async fn enrol(&mut self) -> (Duration, usize) {
        self.enrolled += 1;
        let (id, secret) = (Uuid::now_v7(), new_secret().unwrap());
        let text = format_bootstrap_token("bench", id, EnrolmentKind::Node, &secret);
        self.client
            .execute(
                "INSERT INTO bootstrap_tokens (id, project_id, kind, env_prefix, secret_hash, issued_at, expires_at) \
                 VALUES ($1::text::uuid, $2::text::uuid, 'node', 'bench', $3, now(), now() + interval '1 hour')",
                &[&id.to_string(), &self.project.to_string(), &SecretHash::of(secret.as_ref()).0.as_slice()],
            )
            .await
            .unwrap();
        let key = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(*new_secret().unwrap()));
        let enrolment = Enrolment::read(
            &self.project.to_string(),
            &format!("machine-{}", self.enrolled),
            Some(&text),
            &Uuid::new_v4().simple().to_string(),
            Some(&plexsphere::mesh::registration::PublicKey::encode(key.as_bytes())),
            None,
        )
        .unwrap();
        let prepared = self.enrolments.prepare(&enrolment, Utc::now()).await.unwrap();
        // After a long read the first statements are slower than after a short one, whatever they do.
        tokio::time::sleep(REST).await;
        let began = Instant::now();
        let enrolled = self.enrolments.commit(&enrolment, prepared, Utc::now(), "").await.unwrap();
        let time = began.elapsed();
        // An entry on the wire: three members with their names.
        let bytes = enrolled.peers.iter().map(|peer| 110 + peer.mesh_ip.len() + peer.public_key.len()).sum();
        (time, bytes)
    }
}

fn median<T>(samples: &mut [T], time: impl Fn(&T) -> Duration) -> Duration {
    samples.sort_by_key(&time);
    time(&samples[samples.len() / 2])
}
