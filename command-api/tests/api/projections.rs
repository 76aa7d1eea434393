//! Orders about projections.

use crate::world::{Call, World};
use axum::http::StatusCode;
use chassis::log::Stream;
use events::account::Role;
use events::operation::{BuildKind, OperationEvent, projection_key};
use events::{Event, Family, LearnerId, subject};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn an_order_is_a_fact_that_says_who_and_why() -> anyhow::Result<()> {
    let world = World::start().await?;
    let operator = LearnerId(Uuid::from_u128(70));
    let token = world.token_for(operator, &[Role::Operator])?;
    let send = async |what: &str, body: &Value| {
        world.send(Call::post(&format!("/v1/projections/{what}"), body).token(&token)).await
    };
    let rebuild = json!({ "reason": "a wrong total", "accept_difference": true });
    let answer = send("ledger/rebuild", &rebuild).await?;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let last = world.log.last(&subject::fact(Family::Operation, projection_key("ledger"))).await?;
    let last = last.ok_or_else(|| anyhow::anyhow!("no fact"))?;
    assert_eq!(answer.text("build_id")?, last.id().map(|id| id.0.to_string()).unwrap_or_default());
    let Event::Operation(OperationEvent::ProjectionBuildOrdered(order)) = last.decode()?.event else {
        anyhow::bail!("another fact")
    };
    assert_eq!((order.kind, order.accept_difference), (BuildKind::Rebuild, true));
    assert_eq!((order.operator_id, order.reason.as_str()), (operator, "a wrong total"));

    for (what, body) in [
        ("ledger/verify", json!({})),
        ("ledger/rollback", json!({ "reason": "slower" })),
        ("ledger/abort", Value::Null),
    ] {
        assert_eq!(send(what, &body).await?.status, StatusCode::ACCEPTED, "{what}");
    }
    assert_eq!(world.log.last_sequence(Stream::Facts).await?, last.sequence + 3);
    send("ledger/rollback", &json!({})).await?.is_problem(422, "reason_invalid", "reason");
    for unknown in ["Ledger", "ledgers"] {
        let refused = send(&format!("{unknown}/verify"), &json!({})).await?;
        refused.is_problem(404, "projection_unknown", "");
    }
    Ok(())
}
