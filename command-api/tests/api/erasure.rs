//! Erasing oneself, end to end.

use crate::world::{Call, PASSWORD, SOON, World, registration, submission};
use anyhow::ensure;
use axum::http::{Method, StatusCode};
use chassis::log::Stream;
use events::account::{AccountErased, AccountEvent};
use events::{Event, subject};
use serde_json::json;
use testkit::eventually;

const PATH: &str = "/v1/exercises/sum-of-two/submissions";

fn erase(token: &str, password: &str) -> Call<'static> {
    Call::new(Method::DELETE, "/v1/me", &json!({ "password": password })).token(token)
}

/// Everything the log holds, as one lower-case text.
async fn all_bytes(world: &World) -> anyhow::Result<String> {
    let mut text = String::new();
    for (stream, subjects) in
        [(Stream::Facts, vec![subject::ALL_FACTS]), (Stream::Identity, subject::ALL_IDENTITY.to_vec())]
    {
        for subject in subjects {
            for message in world.read(stream, subject).await? {
                let body = String::from_utf8_lossy(&message.body);
                text.push_str(&format!("{} {:?} {body}\n", message.subject, message.headers).to_lowercase());
            }
        }
    }
    Ok(text)
}

#[tokio::test]
async fn nothing_of_the_person_is_left() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.publish("sum-of-two").await?;
    let register = Call::post("/v1/register", &registration("Marguerite")).key("k1");
    let learner = world.send(register.clone()).await?.learner()?;
    let login = world.log_in("marguerite").await?;
    let (token, refresh) = (login.text("access_token")?, login.text("refresh_token")?);
    let submitted = world.submit("sum-of-two", &token, "print('planted-marker')").await?;
    assert_eq!(submitted.status, StatusCode::ACCEPTED);
    assert!(all_bytes(&world).await?.contains("marguerite"), "it is there before");

    world.send(erase(&token, "wrong horse battery")).await?.is_problem(403, "password_wrong", "password");
    let erased = world.send(erase(&token, PASSWORD)).await?;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{erased:?}");
    assert!(erased.header("laurel-position").starts_with("id."), "{erased:?}");
    let left = all_bytes(&world).await?;
    assert!(!left.contains("marguerite") && !left.contains("planted-marker"), "{left}");
    assert!(!left.contains("wrapped_key") && !left.contains("argon2"), "{left}");
    assert_eq!(world.read(Stream::Identity, &subject::private(learner)).await?.len(), 1);
    assert_eq!(world.read(Stream::Identity, &subject::key(learner)).await?.len(), 1);

    let late = Call::post(PATH, &submission("x")).token(&token);
    world.send(late).await?.is_problem(410, "account_erased", "");
    let refreshed = Call::post("/v1/token/refresh", &json!({ "refresh_token": refresh }));
    world.send(refreshed).await?.is_problem(401, "refresh_token_invalid", "refresh_token");
    let again = world.send(erase(&token, "anything at all")).await?;
    assert_eq!(again.status, StatusCode::NO_CONTENT, "asked again after a lost answer");
    world.send(register).await?.is_problem(410, "account_erased", "");
    let login = Call::post("/v1/login", &json!({ "login": "marguerite", "password": PASSWORD }));
    world.send(login).await?.is_problem(401, "credentials_wrong", "");

    let anew = world.register("marguerite").await?;
    assert_ne!(anew, learner);
    world.log_in("marguerite@example.org").await?;
    Ok(())
}

/// The other replica has the key in its cache.
#[tokio::test]
async fn the_other_replicas_forget_the_key_too() -> anyhow::Result<()> {
    let world = World::start().await?;
    let other = world.replica().await?;
    world.publish("sum-of-two").await?;
    world.register("ada").await?;
    let token = world.token("ada").await?;
    let answer = other.submit("sum-of-two", &token, "print(1)").await?;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    assert_eq!(world.send(erase(&token, PASSWORD)).await?.status, StatusCode::NO_CONTENT);
    eventually(SOON, async || {
        let answer = other.submit("sum-of-two", &token, "print(2)").await?;
        ensure!(answer.code() == "account_erased", "{answer:?}");
        Ok(())
    })
    .await
}

/// A crash right after the account was marked as erased: the relay finds it and finishes.
#[tokio::test]
async fn an_interrupted_erasure_is_finished() -> anyhow::Result<()> {
    let world = World::start().await?;
    let learner = world.register("ada").await?;
    let digests = &world.app.digests;
    let claims = vec![digests.handle_claim("ada"), digests.email_claim("ada@example.org")];
    let erased = AccountEvent::Erased(AccountErased { learner_id: learner, claims });
    let event = testkit::build::new_event(1, Event::Account(erased));
    let last = world.log.last(&subject::private(learner)).await?.map_or(0, |message| message.sequence);
    world.log.append_expecting(event.to_wire_on(subject::private(learner))?, last).await?;
    eventually(SOON, async || {
        let left = all_bytes(&world).await?;
        ensure!(!left.contains("example.org") && !left.contains("wrapped_key"), "{left}");
        let answer = world.send(Call::post("/v1/register", &registration("ada"))).await?;
        ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
        Ok(())
    })
    .await
}
