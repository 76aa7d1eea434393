//! Registering, the relay, roles.

use crate::world::{Answer, Call, PASSWORD, SOON, World, registration};
use axum::http::{Method, StatusCode};
use chassis::log::Stream;
use events::account::{AccountEvent, Role};
use events::{Event, subject};
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::eventually;

async fn register(world: &World, body: &Value) -> anyhow::Result<Answer> {
    world.send(Call::post("/v1/register", body)).await
}

#[tokio::test]
async fn a_person_registers_and_logs_in_by_handle_or_address() -> anyhow::Result<()> {
    let world = World::start().await?;
    let answer = register(&world, &registration("Ada")).await?;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let learner = answer.learner()?;
    let position: events::Position = answer.header("laurel-position").parse()?;
    assert_eq!(position.iter().count(), 2, "IDENTITY and FACTS: {position}");
    assert_eq!(answer.header("location"), "/v1/learners/Ada");
    for login in ["ada", "ADA@example.org"] {
        let answer = world.log_in(login).await?;
        let caller = world.app.verifier.verify(&answer.text("access_token")?)?;
        assert_eq!(
            (caller.learner_id, &*caller.handle, &*caller.roles),
            (learner, "Ada", &[Role::Learner][..])
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let facts = world.read(Stream::Facts, subject::ALL_FACTS).await?;
    assert_eq!(facts.len(), 1, "one public fact, also with the relay");
    let public = format!("{:?} {:?}", facts[0].headers, facts[0].body);
    assert!(!public.to_lowercase().contains("ada"), "{public}");
    Ok(())
}

#[tokio::test]
async fn each_fault_of_a_registration_has_its_code_and_nothing_is_written() -> anyhow::Result<()> {
    let world = World::start().await?;
    let with = |field: &str, value: &str| {
        let mut body = registration("ada");
        body[field] = json!(value);
        body
    };
    let cases = [
        (with("handle", "a b"), "handle_invalid", "handle"),
        (with("handle", "Laurel"), "handle_reserved", "handle"),
        (with("handle", "adm1n"), "handle_reserved", "handle"),
        (with("email", "nobody"), "email_invalid", "email"),
        (with("password", "short"), "password_too_short", "password"),
        (with("password", &"x".repeat(257)), "password_too_long", "password"),
        (with("nick", "x"), "field_unknown", "nick"),
        (json!({ "handle": "ada", "email": "a@b.org" }), "field_missing", "password"),
        (json!({ "handle": 1, "email": "a@b.org", "password": PASSWORD }), "field_invalid", "handle"),
    ];
    for (body, code, field) in cases {
        register(&world, &body).await?.is_problem(422, code, field);
    }
    assert_eq!(world.written().await?, [0, 0]);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() -> anyhow::Result<()> {
    let world = World::start().await?;
    let call = || Call::post("/v1/register", &registration("ada"));
    let long = format!("\"{}\"", "x".repeat(20_000));
    world.send(call().bytes(b"{")).await?.is_problem(400, "body_not_json", "");
    world.send(call().bytes(b"\xff\xfe")).await?.is_problem(400, "body_not_utf8", "");
    world.send(call().bytes(long.as_bytes())).await?.is_problem(413, "body_too_large", "");
    let form = call().with("content-type", "application/x-www-form-urlencoded");
    world.send(form).await?.is_problem(415, "content_type_unsupported", "Content-Type");
    for key in ["a b", "", &"x".repeat(129)] {
        world.send(call().key(key)).await?.is_problem(400, "idempotency_key_invalid", "Idempotency-Key");
    }
    let unknown = world.send(Call::post("/v1/nothing", &Value::Null)).await?;
    unknown.is_problem(404, "route_unknown", "");
    let wrong = world.send(Call::new(Method::DELETE, "/v1/register", &Value::Null)).await?;
    wrong.is_problem(405, "method_not_allowed", "");
    assert_eq!(world.written().await?, [0, 0]);
    Ok(())
}

#[tokio::test]
async fn a_taken_handle_leaves_the_address_free() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("ada").await?;
    let before = world.written().await?;
    let mut other = registration("ADA");
    other["email"] = json!("other@example.org");
    register(&world, &other).await?.is_problem(409, "handle_taken", "handle");
    let mut same = registration("bob");
    same["email"] = json!("Ada@Example.org");
    register(&world, &same).await?.is_problem(409, "email_taken", "email");
    assert_eq!(world.written().await?, before);
    other["handle"] = json!("other");
    assert_eq!(register(&world, &other).await?.status, StatusCode::CREATED);
    Ok(())
}

#[tokio::test]
async fn racing_for_one_handle_has_one_winner_and_nothing_half_written() -> anyhow::Result<()> {
    let world = World::start().await?;
    let other = world.replica().await?;
    for round in 0..5 {
        let handle = format!("racer-{round}");
        let bodies: Vec<Value> = (0..4)
            .map(|number| {
                let mut body = registration(&handle);
                body["email"] = json!(format!("{number}-{round}@example.org"));
                body
            })
            .collect();
        let calls = bodies.iter().enumerate().map(|(number, body)| {
            let call = Call::post("/v1/register", body);
            if number % 2 == 0 { world.send(call) } else { other.send(call) }
        });
        let answers = join_all(calls).await.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let won = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
        let lost = answers.iter().filter(|answer| answer.code() == "handle_taken").count();
        assert_eq!((won, lost), (1, 3), "{answers:?}");
    }
    let accounts = world.read(Stream::Identity, subject::ALL_PRIVATE).await?.len();
    let keys = world.read(Stream::Identity, subject::ALL_KEYS).await?.len();
    let claims = world.read(Stream::Identity, "claims.*.*").await?.len();
    assert_eq!((accounts, keys, claims), (5, 5, 10));
    Ok(())
}

#[tokio::test]
async fn a_repeated_registration_gets_its_first_answer() -> anyhow::Result<()> {
    let world = World::start().await?;
    let call = Call::post("/v1/register", &registration("ada")).key("k1");
    let first = world.send(call.clone()).await?;
    let again = world.send(call).await?;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{again:?}");
    assert_eq!(
        (&first.body, first.header("laurel-position")),
        (&again.body, again.header("laurel-position"))
    );
    let mut changed = registration("ada");
    changed["email"] = "other@example.org".into();
    let other = world.send(Call::post("/v1/register", &changed).key("k1")).await?;
    other.is_problem(422, "idempotency_key_reused", "Idempotency-Key");
    assert_eq!(world.read(Stream::Identity, subject::ALL_PRIVATE).await?.len(), 1);
    assert_eq!(world.read(Stream::Facts, subject::ALL_FACTS).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn two_people_may_use_the_same_key() -> anyhow::Result<()> {
    let world = World::start().await?;
    let call = |handle| Call::post("/v1/register", &registration(handle)).key("1");
    let (ada, bob) = (world.send(call("ada")).await?, world.send(call("bob")).await?);
    assert_eq!((ada.status, bob.status), (StatusCode::CREATED, StatusCode::CREATED), "{bob:?}");
    assert_ne!(ada.learner()?, bob.learner()?);
    assert_eq!(world.send(call("bob")).await?.body, bob.body);
    Ok(())
}

/// The account's last event is another one then.
#[tokio::test]
async fn a_registration_repeated_after_a_change_of_roles_gets_its_first_answer() -> anyhow::Result<()> {
    let world = World::start().await?;
    let call = || Call::post("/v1/register", &registration("ada")).key("k1");
    let first = world.send(call()).await?;
    command_api::grant_role(&world.log, &world.app.digests, &world.clock, "ada", Role::Author).await?;
    let again = world.send(call()).await?;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{again:?}");
    assert_eq!(
        (&first.body, first.header("laurel-position")),
        (&again.body, again.header("laurel-position"))
    );
    Ok(())
}

#[tokio::test]
async fn repeats_at_the_same_moment_make_one_account() -> anyhow::Result<()> {
    let world = World::start().await?;
    let body = registration("ada");
    let calls = (0..4).map(|_| world.send(Call::post("/v1/register", &body).key("k1")));
    let answers = join_all(calls).await.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (StatusCode::CREATED, &answers[0].body), "{answers:?}");
    }
    assert_eq!(world.read(Stream::Identity, subject::ALL_PRIVATE).await?.len(), 1);
    Ok(())
}

/// A crash between IDENTITY and FACTS: the account is there, its fact is not. The process that starts next makes good.
#[tokio::test]
async fn the_relay_makes_good_what_a_crash_left_undone() -> anyhow::Result<()> {
    let world = World::start().await?;
    let account = testkit::build::account(7);
    let learner = account.learner_id;
    let registered = AccountEvent::Registered(events::account::AccountRegistered { account });
    let event = testkit::build::new_event(1, Event::Account(registered));
    world.log.append_expecting(event.to_wire_on(subject::private(learner))?, 0).await?;
    let facts = eventually(SOON, async || {
        let facts = world.read(Stream::Facts, subject::ALL_FACTS).await?;
        anyhow::ensure!(facts.len() == 1, "{} facts", facts.len());
        Ok(facts)
    })
    .await?;
    let fact = facts[0].decode()?;
    assert_eq!((fact.event.key(), fact.time), (learner.0, event.time));
    Ok(())
}

#[tokio::test]
async fn an_admin_changes_roles_and_the_first_one_comes_from_the_command_line() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.register("boss").await?;
    world.register("ada").await?;
    let app = &world.app;
    command_api::grant_role(&world.log, &app.digests, &world.clock, "BOSS", Role::Admin).await?;
    command_api::grant_role(&world.log, &app.digests, &world.clock, "boss", Role::Admin).await?;
    let admin = world.token("boss").await?;
    let put = |handle: &'static str, roles: Value| {
        Call::new(Method::PUT, handle, &json!({ "roles": roles })).token(&admin)
    };
    let answer = world.send(put("/v1/learners/Ada/roles", json!(["author", "learner"]))).await?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.body["roles"], json!(["learner", "author"]));
    let ada = world.app.verifier.verify(&world.token("ada").await?)?;
    assert!(ada.has(Role::Author));

    world.send(put("/v1/learners/nobody/roles", json!(["learner"]))).await?.is_problem(
        404,
        "learner_unknown",
        "handle",
    );
    world.send(put("/v1/learners/ada/roles", json!([]))).await?.is_problem(422, "roles_empty", "roles");
    world.send(put("/v1/learners/ada/roles", json!(["king"]))).await?.is_problem(
        422,
        "field_invalid",
        "roles[0]",
    );
    world.send(put("/v1/learners/boss/roles", json!(["learner"]))).await?.is_problem(
        409,
        "own_admin_role",
        "roles",
    );
    let unknown =
        command_api::grant_role(&world.log, &app.digests, &world.clock, "nobody", Role::Admin).await;
    assert!(unknown.is_err());
    Ok(())
}
