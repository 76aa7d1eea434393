//! Freezing boards and letting them move again.

use crate::world::{Call, World};
use axum::http::StatusCode;
use chassis::log::Stream;
use events::account::Role;
use events::board::Scope;
use events::freeze::BoardEvent;
use events::{Event, Family, LearnerId, subject};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn a_board_is_frozen_by_whom_it_belongs_to_and_once() -> anyhow::Result<()> {
    let world = World::start().await?;
    let token = |number, role| world.token_for(LearnerId(Uuid::from_u128(number)), &[role]);
    let (operator, leader, other) =
        (token(60, Role::Operator)?, token(61, Role::Instructor)?, token(62, Role::Instructor)?);
    let order = async |token: &str, scope: &str, what: &str| {
        let path = format!("/v1/leaderboards/{scope}/{what}");
        world.send(Call::post(&path, &json!({})).token(token)).await
    };

    let frozen = order(&operator, "global", "freeze").await?;
    assert_eq!(frozen.status, StatusCode::OK, "{frozen:?}");
    assert_eq!(frozen.header("laurel-position"), frozen.text("position")?);
    let again = order(&operator, "global", "freeze").await?;
    assert_eq!(again.text("position")?, frozen.text("position")?, "nothing new is written");
    assert_eq!(order(&operator, "global", "unfreeze").await?.status, StatusCode::OK);
    let mut told = Vec::new();
    for message in world.read(Stream::Facts, &subject::fact(Family::Board, Scope::Global.key())).await? {
        let Event::Board(event) = message.decode()?.event else { anyhow::bail!("no board's event") };
        told.push(matches!(event, BoardEvent::Frozen(_)));
    }
    assert_eq!(told, [true, false]);

    let class = world
        .send(Call::post("/v1/cohorts", &json!({ "name": "Class" })).token(&leader))
        .await?
        .text("cohort_id")?;
    let scope = format!("cohort:{class}");
    assert_eq!(order(&leader, &scope, "freeze").await?.status, StatusCode::OK);
    assert_eq!(order(&other, &scope, "unfreeze").await?.code(), "board_not_yours");
    assert_eq!(order(&other, "global", "freeze").await?.code(), "board_not_yours");
    for unknown in
        ["exercise:none", "cohort:none", "nothing", "category:", &format!("cohort:{}", Uuid::nil())]
    {
        assert_eq!(order(&operator, unknown, "freeze").await?.code(), "board_unknown", "{unknown}");
    }
    Ok(())
}
