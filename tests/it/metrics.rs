//! The operations listener: metrics that a scraper can read, and readiness that names what is wrong.

use std::collections::BTreeMap;

use plexsphere::clock::Clock;
use serde_json::{Value, json};

use crate::harness::Harness;

async fn ops(h: &Harness, path: &str) -> (u16, String, String) {
    let answer = reqwest::get(format!("http://{}{path}", h.server.ops_address())).await.unwrap();
    let media_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), media_type, answer.text().await.unwrap())
}

/// Reads OpenMetrics text: samples by name and labels. Panics on what a scraper would refuse.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut types = BTreeMap::new();
    let mut samples = BTreeMap::new();
    let mut lines = text.lines();
    for line in lines.by_ref() {
        if line == "# EOF" {
            break;
        }
        if let Some(meta) = line.strip_prefix("# ") {
            let (what, rest) = meta.split_once(' ').unwrap();
            let (name, said) = rest.split_once(' ').unwrap();
            assert!(["HELP", "TYPE", "UNIT"].contains(&what), "{line}");
            if what == "TYPE" {
                assert!(types.insert(name.to_owned(), said.to_owned()).is_none(), "{name} twice");
            }
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let name = sample.split('{').next().unwrap();
        let family = ["_total", "_bucket", "_sum", "_count", "_info"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .filter(|family| types.contains_key(*family));
        assert!(family.is_some() || types.contains_key(name), "{name} has no type");
        assert!(
            samples.insert(sample.to_owned(), value.parse().unwrap_or_else(|_| panic!("{line}"))).is_none(),
            "{sample} twice"
        );
    }
    assert_eq!(lines.next(), None, "nothing after the end");
    samples
}

#[tokio::test]
async fn what_happened_shows_in_the_metrics() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    for _ in 0..3 {
        agent.heartbeat(h.clock.now()).await.expect(200);
    }
    for _ in 0..2 {
        let report = crate::harness::agent::endpoint("203.0.113.7:51820", "unknown", h.clock.now());
        agent.report(&report).await.expect(200);
    }
    h.admin.get("/v1/nothing").await.refused(404, "route_not_found");
    h.pass(90).await;
    h.step("credential_watch").await;
    ops(&h, "/readyz").await;

    let (status, media_type, text) = ops(&h, "/metrics").await;
    assert_eq!((status, media_type.as_str()), (200, "application/openmetrics-text; version=1.0.0; charset=utf-8"));
    let samples = samples(&text);
    for (sample, value) in [
        ("plexsphere_http_requests_total{operation=\"PostNodeHeartbeat\",status=\"200\"}", 3.0),
        ("plexsphere_http_requests_total{operation=\"Register\",status=\"201\"}", 1.0),
        ("plexsphere_http_requests_total{operation=\"none\",status=\"404\"}", 1.0),
        ("plexsphere_http_request_duration_seconds_count{operation=\"PostNodeHeartbeat\",status=\"200\"}", 3.0),
        ("plexsphere_heartbeats_committed_total", 3.0),
        ("plexsphere_heartbeat_batch_size_sum", 3.0),
        ("plexsphere_heartbeat_queue_depth", 0.0),
        ("plexsphere_http_requests_in_flight", 0.0),
        ("plexsphere_endpoint_reports_committed_total", 2.0),
        ("plexsphere_endpoint_batch_size_sum", 2.0),
        ("plexsphere_endpoint_queue_depth", 0.0),
        ("plexsphere_endpoints_withdrawn_total", 0.0),
        ("plexsphere_reachability_transitions_total{state=\"stale\"}", 1.0),
        ("plexsphere_database_available", 1.0),
        ("plexsphere_task_healthy{task=\"reachability_sweeper\"}", 1.0),
        ("plexsphere_task_healthy{task=\"endpoint_sweeper\"}", 1.0),
    ] {
        assert_eq!(samples.get(sample), Some(&value), "{sample} in {text}");
    }
    for positive in [
        "plexsphere_connections_open",
        "plexsphere_sweeper_step_duration_seconds_count",
        "plexsphere_process_resident_memory_bytes",
        "plexsphere_credential_cache_entries",
        "plexsphere_credential_cache_hits_total",
        "plexsphere_credential_cache_misses_total",
    ] {
        assert!(samples.get(positive).is_some_and(|value| *value > 0.0), "{positive} in {text}");
    }
    for secret in [h.admin_token.as_str(), agent.nsk.as_str(), agent.node_id.as_str()] {
        assert!(!text.contains(secret), "metrics name nobody");
    }
    h.stop().await;
}

/// What readiness says: whether ready, and what is not.
async fn readiness(h: &Harness) -> (bool, Value) {
    let (status, media_type, body) = ops(h, "/readyz").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, media_type.as_str()), (if body["ready"] == true { 200 } else { 503 }, "application/json"));
    (body["ready"] == true, body["checks"].clone())
}

#[tokio::test]
async fn readiness_lists_its_checks() {
    let h = Harness::start().await;
    for task in [
        "credential_watch",
        "reachability_sweeper",
        "endpoint_sweeper",
        "housekeeping",
        "clock_check",
        "migrations_check",
    ] {
        h.step(task).await;
    }
    let (ready, checks) = readiness(&h).await;
    assert!(ready, "{checks}");
    for check in [
        "serving",
        "database",
        "migrations",
        "clock",
        "credential_watch",
        "reachability_sweeper",
        "endpoint_sweeper",
        "housekeeping",
    ] {
        assert_eq!(checks[check], json!({ "ok": true }), "{check} in {checks}");
    }
    h.stop().await;
}

#[tokio::test]
async fn a_schema_that_is_not_this_programs_is_told_and_one_that_lacks_something_is_not_ready() {
    let h = Harness::start().await;
    for (change, undo, told, serves) in [
        (
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('999')",
            "DELETE FROM __diesel_schema_migrations WHERE version = '999'",
            "999",
            // The replicas of before serve on while a newer release is rolled out.
            true,
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1; \
             DELETE FROM __diesel_schema_migrations WHERE version IN (SELECT version FROM kept)",
            "INSERT INTO __diesel_schema_migrations SELECT * FROM kept",
            "lacks 1 migrations",
            false,
        ),
    ] {
        h.sql(change).await;
        h.step("migrations_check").await;
        let (ready, checks) = readiness(&h).await;
        assert_eq!((ready, &checks["migrations"]["ok"]), (serves, &json!(false)), "{checks}");
        assert!(checks["migrations"]["detail"].as_str().unwrap().contains(told), "{checks}");
        assert_eq!(ops(&h, "/livez").await.0, 200);
        h.sql(undo).await;
        h.step("migrations_check").await;
        assert_eq!(readiness(&h).await.1["migrations"], json!({ "ok": true }));
    }
    h.stop().await;
}

#[tokio::test]
async fn a_task_that_fails_shows_until_it_works_again() {
    let h = Harness::start().await;
    h.sql("ALTER TABLE installation RENAME TO elsewhere").await;
    let sweeper = h.server.task("reachability_sweeper").unwrap();
    while sweeper.healthy() {
        sweeper.poke();
        tokio::task::yield_now().await;
    }
    let (ready, checks) = readiness(&h).await;
    assert!(!ready && checks["reachability_sweeper"]["ok"] == false, "{checks}");
    h.sql("ALTER TABLE elsewhere RENAME TO installation").await;
    h.step("reachability_sweeper").await;
    assert_eq!(readiness(&h).await.1["reachability_sweeper"], json!({ "ok": true }));
    h.stop().await;
}
