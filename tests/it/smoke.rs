use plexsphere::clock::Clock;

use crate::harness::Harness;

#[tokio::test]
async fn an_agent_enrols_heartbeats_and_is_seen_alive() {
    let h = Harness::start().await;
    let (_, project) = h.lab().await;
    let agent = h.enrol(&project, "web-1").await;
    let before = h.admin.get(&agent.path("reachability")).await.expect(200);
    assert_eq!((&before["state"], &before["last_heartbeat_at"]), (&"unreachable".into(), &serde_json::Value::Null));

    let accepted = agent.heartbeat(h.clock.now()).await.expect(200);
    assert_eq!((&accepted["reconcile"], &accepted["rotate_keys"]), (&false.into(), &false.into()));

    let seen = agent.client.get(&agent.path("reachability")).await.expect(200);
    assert_eq!(seen["state"], "healthy");
    assert_eq!(seen["last_heartbeat_at"], accepted["accepted_at"]);
    h.stop().await;
}
