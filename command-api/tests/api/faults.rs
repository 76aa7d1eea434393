//! The broker away, full, or of another claim key.

use crate::world::{Call, Replica, SOON, World, registration};
use anyhow::ensure;
use axum::http::StatusCode;
use chassis::log::{EventLog, LogConfig, Stream};
use events::account::Role;
use events::{Family, subject};
use local_servers::nats::accounts;
use serde_json::json;
use testkit::eventually;

#[tokio::test]
async fn without_a_broker_commands_answer_503_and_recover_without_a_restart() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish("sum-of-two").await?;
    world.register("ada").await?;
    let token = world.token("ada").await?;
    world.nats.kill().await?;
    eventually(SOON, async || {
        ensure!(!world.log.is_connected(), "still connected");
        Ok(())
    })
    .await?;
    let login = json!({ "login": "ada", "password": crate::world::PASSWORD });
    for answer in [
        world.submit("sum-of-two", &token, "print(1)").await?,
        world.send(Call::post("/v1/register", &registration("bob"))).await?,
        world.send(Call::post("/v1/login", &login)).await?,
    ] {
        answer.is_problem(503, "log_unavailable", "");
        assert_eq!(answer.header("retry-after"), "1");
    }
    world.nats.restart().await?;
    eventually(SOON, async || {
        let answer = world.submit("sum-of-two", &token, "print(1)").await?;
        ensure!(answer.status == StatusCode::ACCEPTED, "{answer:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_full_log_takes_nothing_and_says_so() -> anyhow::Result<()> {
    let world = World::with_room_for(512 << 10).await?;
    world.publish("sum-of-two").await?;
    // Sealed sources do not compress, so a few fill the stream.
    let source = "x".repeat(60_000);
    for number in 0..20 {
        let learner = world.register(&format!("learner-{number}")).await?;
        let token = world.token_for(learner, &[Role::Learner])?;
        let before = world.written().await?;
        let answer = world.submit("sum-of-two", &token, &source).await?;
        if answer.status != StatusCode::ACCEPTED {
            answer.is_problem(503, "log_full", "");
            assert_eq!(answer.header("retry-after"), "60");
            assert_eq!(world.written().await?, before);
            return Ok(());
        }
    }
    anyhow::bail!("the stream never got full")
}

#[tokio::test]
async fn another_claim_key_is_refused_at_the_start() -> anyhow::Result<()> {
    let world = World::start().await?;
    let other = chassis::seal::MasterKey::generate_base64();
    let config =
        command_api::Config { digests: command_api::Digests::from_base64(&other)?, ..world.config.clone() };
    let error = Box::pin(Replica::start(&config, &world.log)).await.err().map(|error| format!("{error:#}"));
    assert!(error.as_deref().is_some_and(|error| error.contains("claim key")), "{error:?}");
    Ok(())
}

/// What was trimmed is in the archive; of an exercise its last event is enough.
#[tokio::test]
async fn a_trimmed_log_hides_no_exercise() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    world.publish("sum-of-two").await?;
    world.publish("sum-of-three").await?;
    let token = world.token("ada").await?;
    let last = world.read(Stream::Facts, &subject::family(Family::Exercise)).await?;
    // Of the first exercise only the second event is left, and of everything before it nothing.
    let trim_to = last[1].sequence;
    let operator = LogConfig { url: world.nats.url(accounts::OPERATOR), process: accounts::OPERATOR };
    let operator = EventLog::connect_unchecked(&operator).await?;
    operator.jetstream().get_stream("FACTS").await?.purge().sequence(trim_to).await?;

    let replica = world.replica().await?;
    for slug in ["sum-of-two", "sum-of-three"] {
        let answer = replica.submit(slug, &token, "print(1)").await?;
        ensure!(answer.status == StatusCode::ACCEPTED, "{slug}: {answer:?}");
    }
    Ok(())
}
