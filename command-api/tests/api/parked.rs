//! Orders about parked keys.

use crate::world::{Call, World};
use axum::http::StatusCode;
use chassis::log::Stream;
use events::account::Role;
use events::operation::{OperationEvent, ParkedEventDiscarded, ParkedKeyRedriven};
use events::{Event, Family, LearnerId, subject};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn orders_about_a_parked_key_stand_behind_its_events() -> anyhow::Result<()> {
    let world = World::start().await?;
    let operator = LearnerId(Uuid::from_u128(60));
    let token = world.token_for(operator, &[Role::Operator])?;
    let (ada, ben) = (world.register("ada").await?, world.register("ben").await?);
    let registered = world.log.last(&subject::fact(Family::Learner, ada.0)).await?.expect("the fact");
    let of_account = world.log.last(&subject::private(ben)).await?.expect("the account").sequence;
    let path = |projection: &str, key: &str, what: &str| format!("/v1/parked/{projection}/{key}/{what}");
    let redrive = path("ledger", &ada.to_string(), "redrive");
    let redriven = world.send(Call::post(&redrive, &json!({})).token(&token)).await?;
    assert_eq!(redriven.status, StatusCode::ACCEPTED, "{redriven:?}");
    assert_eq!(redriven.header("laurel-position"), redriven.text("position")?);

    let discard = async |projection: &str, key: LearnerId, sequence: u64, reason: &str| {
        let body = json!({ "sequence": sequence, "reason": reason });
        world.send(Call::post(&path(projection, &key.to_string(), "discard"), &body).token(&token)).await
    };
    let discarded = discard("ledger", ada, registered.sequence, " a broken test ").await?;
    assert_eq!(discarded.status, StatusCode::ACCEPTED, "{discarded:?}");
    // The sequence counts in the stream that the projection is made from.
    assert_eq!(discard("learners", ben, of_account, "unreadable").await?.status, StatusCode::ACCEPTED);
    discard("ledger", ben, registered.sequence, "x").await?.is_problem(404, "event_unknown", "sequence");
    discard("ledger", ada, 1 << 40, "x").await?.is_problem(404, "event_unknown", "sequence");
    discard("ledger", ada, 0, "x").await?.is_problem(404, "event_unknown", "sequence");
    discard("ledger", ada, registered.sequence, " ").await?.is_problem(422, "reason_invalid", "reason");
    discard("Ledger!", ada, registered.sequence, "x").await?.is_problem(
        422,
        "projection_invalid",
        "projection",
    );
    let no_key = world.send(Call::post("/v1/parked/ledger/ada/redrive", &json!({})).token(&token)).await?;
    no_key.is_problem(422, "key_invalid", "key");

    let mut orders = Vec::new();
    for message in world.read(Stream::Facts, &subject::fact(Family::Operation, ada.0)).await? {
        let Event::Operation(order) = message.decode()?.event else { anyhow::bail!("no operation") };
        orders.push(order);
    }
    let projection = "ledger".to_owned();
    let expected = [
        OperationEvent::ParkedKeyRedriven(ParkedKeyRedriven {
            projection: projection.clone(),
            key: ada.0,
            operator_id: operator,
        }),
        OperationEvent::ParkedEventDiscarded(ParkedEventDiscarded {
            projection,
            key: ada.0,
            sequence: registered.sequence,
            reason: "a broken test".to_owned(),
            operator_id: operator,
        }),
    ];
    assert_eq!(orders, expected);
    Ok(())
}
