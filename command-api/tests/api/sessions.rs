//! Logging in, refreshing, logging out.

use crate::world::{Answer, Call, PASSWORD, Replica, World};
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use chrono::TimeDelta;
use command_api::Config;
use serde_json::json;
use std::net::SocketAddr;

async fn refresh(world: &World, token: &str) -> anyhow::Result<Answer> {
    world.send(Call::post("/v1/token/refresh", &json!({ "refresh_token": token }))).await
}

fn later(world: &World, seconds: i64) {
    world.clock.set(world.clock.now() + TimeDelta::seconds(seconds));
}

#[tokio::test]
async fn wrong_logins_look_alike_and_are_slowed_down() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    let log_in = |login: &'static str, password: &'static str| {
        world.send(Call::post("/v1/login", &json!({ "login": login, "password": password })))
    };
    let wrong = log_in("ada", "wrong horse battery").await?;
    let unknown = log_in("nobody", PASSWORD).await?;
    wrong.is_problem(401, "credentials_wrong", "");
    unknown.is_problem(401, "credentials_wrong", "");
    assert_eq!(wrong.body["detail"], unknown.body["detail"]);
    for _ in 0..9 {
        log_in("ada", "wrong horse battery").await?.is_problem(401, "credentials_wrong", "");
    }
    let slowed = log_in("ada", PASSWORD).await?;
    slowed.is_problem(429, "too_many_attempts", "");
    assert_eq!(slowed.header("retry-after"), "60");
    later(&world, 60);
    assert_eq!(log_in("ada", PASSWORD).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn guesses_sent_at_once_are_no_more_than_those_sent_in_turn() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    let wrong = json!({ "login": "ada", "password": "wrong horse battery" });
    let guesses = (0..60).map(|_| world.send(Call::post("/v1/login", &wrong)));
    let answers = futures_util::future::try_join_all(guesses).await?;
    let looked_at = answers.iter().filter(|answer| answer.code() == "credentials_wrong").count();
    let refused = answers.iter().filter(|answer| answer.code() == "too_many_attempts").count();
    assert_eq!((looked_at, refused), (10, 50), "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn right_passwords_are_not_counted() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    for _ in 0..12 {
        world.log_in("ada").await?;
    }
    Ok(())
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_lost_answer_is_given_again() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    let first = world.log_in("ada").await?.text("refresh_token")?;
    let answer = refresh(&world, &first).await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let second = answer.text("refresh_token")?;
    assert_ne!(first, second);
    later(&world, 10);
    assert_eq!(refresh(&world, &first).await?.text("refresh_token")?, second, "asked again within the grace");
    assert_eq!(refresh(&world, &second).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn reuse_ends_the_session_and_only_that() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    let stolen = world.log_in("ada").await?.text("refresh_token")?;
    let other = world.log_in("ada").await?.text("refresh_token")?;
    let current = refresh(&world, &stolen).await?.text("refresh_token")?;
    later(&world, 11);
    refresh(&world, &stolen).await?.is_problem(401, "refresh_token_reused", "refresh_token");
    refresh(&world, &current).await?.is_problem(401, "refresh_token_invalid", "refresh_token");
    assert_eq!(refresh(&world, &other).await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn two_replicas_refreshing_at_once_agree() -> anyhow::Result<()> {
    let world = World::start().await?;
    let other = world.replica().await?;
    other.clock.set(world.clock.now());
    world.register("ada").await?;
    let token = world.log_in("ada").await?.text("refresh_token")?;
    let body = json!({ "refresh_token": token });
    let (one, two) = tokio::join!(
        world.send(Call::post("/v1/token/refresh", &body)),
        other.send(Call::post("/v1/token/refresh", &body))
    );
    assert_eq!(one?.text("refresh_token")?, two?.text("refresh_token")?);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_by_logging_out_and_by_age() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    let token = world.log_in("ada").await?.text("refresh_token")?;
    let out = Call::post("/v1/logout", &json!({ "refresh_token": token }));
    assert_eq!(world.send(out.clone()).await?.status, StatusCode::NO_CONTENT);
    assert_eq!(world.send(out).await?.status, StatusCode::NO_CONTENT);
    refresh(&world, &token).await?.is_problem(401, "refresh_token_invalid", "refresh_token");
    refresh(&world, "rubbish").await?.is_problem(401, "refresh_token_invalid", "refresh_token");
    let old = world.log_in("ada").await?.text("refresh_token")?;
    later(&world, 30 * 24 * 3_600);
    refresh(&world, &old).await?.is_problem(401, "refresh_token_invalid", "refresh_token");
    Ok(())
}

/// Tries to log in over a connection from `peer`, as a client or proxy that says where the request came from.
async fn log_in_from(replica: &Replica, peer: [u8; 4], forwarded_for: &str) -> anyhow::Result<Answer> {
    let body = json!({ "login": "ada", "password": PASSWORD });
    let mut request = Call::post("/v1/login", &body).with("x-forwarded-for", forwarded_for).request()?;
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 40_000))));
    replica.ask(request).await
}

#[tokio::test]
async fn guesses_from_elsewhere_do_not_lock_an_account_out() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    let (guesser, now) = (Some("203.0.113.9".parse()?), world.clock.now());
    let claim = world.app.digests.handle_claim("ada");
    for _ in 0..10 {
        let _failed = world.app.throttle.attempt(&claim, guesser, now)?;
    }
    log_in_from(&world, [203, 0, 113, 9], "").await?.is_problem(429, "too_many_attempts", "");
    let ada = log_in_from(&world, [198, 51, 100, 1], "").await?;
    assert_eq!(ada.status, StatusCode::OK, "{ada:?}");
    Ok(())
}

/// As many failures as end an address's attempts for a while.
fn exhaust(replica: &Replica, address: &str) -> anyhow::Result<()> {
    let (address, now) = (Some(address.parse()?), replica.clock.now());
    for number in 0..300 {
        // Not given back, so it failed.
        let _failed = replica.app.throttle.attempt(&format!("somebody-{number}"), address, now)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_forged_header_does_not_change_the_address_that_is_slowed_down() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    exhaust(&world, "203.0.113.9")?;
    let forged = log_in_from(&world, [203, 0, 113, 9], "198.51.100.1").await?;
    forged.is_problem(429, "too_many_attempts", "");
    // Nor can it be used to have somebody else slowed down.
    let other = log_in_from(&world, [198, 51, 100, 1], "203.0.113.9").await?;
    assert_eq!(other.status, StatusCode::OK, "{other:?}");
    Ok(())
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_counts_for_itself() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    let config = Config { trusted_proxies: "10.0.0.0/8".parse()?, ..world.config.clone() };
    let replica = Replica::start(&config, &world.log).await?;
    exhaust(&replica, "203.0.113.9")?;
    let proxy = [10, 0, 0, 1];
    let slowed = log_in_from(&replica, proxy, "198.51.100.1, 203.0.113.9").await?;
    slowed.is_problem(429, "too_many_attempts", "");
    let other = log_in_from(&replica, proxy, "203.0.113.9, 198.51.100.1").await?;
    assert_eq!(other.status, StatusCode::OK, "{other:?}");
    Ok(())
}
