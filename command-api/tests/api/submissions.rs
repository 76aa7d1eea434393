//! Handing in solutions.

use crate::world::{Answer, Call, SOON, World, exercise, submission};
use anyhow::ensure;
use axum::http::{Method, StatusCode};
use chassis::log::{EventLog, Message, Stream};
use events::account::Role;
use events::judgement::{JudgementEvent, Verdict};
use events::submission::{SOURCE_FIELD, SubmissionEvent, SubmissionReceived};
use events::{Event, Family, LearnerId, Recorded, subject};
use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::eventually;
use uuid::Uuid;

const PATH: &str = "/v1/exercises/sum-of-two/submissions";
const SOURCE: &str = "print('a marker nobody else writes')";

/// A published exercise and a signed-in learner.
async fn world() -> anyhow::Result<(World, String)> {
    let world = World::start().await?;
    world.publish("sum-of-two").await?;
    world.register("ada").await?;
    let token = world.token("ada").await?;
    Ok((world, token))
}

async fn stored(world: &World) -> anyhow::Result<Vec<Message>> {
    world.read(Stream::Facts, &subject::family(Family::Submission)).await
}

fn received(message: &Message) -> anyhow::Result<Recorded<SubmissionReceived>> {
    let recorded = message.decode()?;
    let Event::Submission(SubmissionEvent::Received(event)) = recorded.event else {
        anyhow::bail!("not a submission")
    };
    Ok(Recorded {
        part: recorded.part,
        sequence: recorded.sequence,
        id: recorded.id,
        time: recorded.time,
        request_digest: recorded.request_digest,
        traceparent: recorded.traceparent,
        event,
    })
}

/// What a judge would do.
async fn judge(log: &EventLog, submission: &Message) -> anyhow::Result<()> {
    let judged = testkit::build::judgement(&received(submission)?, Verdict::WrongAnswer);
    let id = events::EventId(judged.judgement_id.0);
    let event = Event::Judgement(JudgementEvent::SubmissionJudged(judged));
    let event = events::NewEvent { id, ..testkit::build::new_event(1, event) };
    log.append(event.to_wire()?).await?;
    Ok(())
}

#[tokio::test]
async fn a_submission_is_stored_sealed_and_says_where() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let call = Call::post(PATH, &submission(SOURCE)).token(&token).with("traceparent", trace);
    let answer = world.send(call).await?;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    let stored = stored(&world).await?;
    assert_eq!(stored.len(), 1);
    let fact = received(&stored[0])?;
    let id = answer.text("submission_id")?;
    assert_eq!((fact.id.to_string(), fact.event.submission_id.to_string()), (id.clone(), id.clone()));
    assert_eq!(answer.header("location"), format!("/v1/submissions/{id}"));
    assert_eq!(answer.header("laurel-position"), format!("{}.{}", fact.part, fact.sequence));
    assert_eq!(answer.text("position")?, answer.header("laurel-position"));
    assert_eq!(fact.traceparent.as_deref(), Some(trace));
    assert_eq!((fact.event.revision, fact.event.points_max, fact.event.size_bytes), (2, 10, 36));
    assert!(!String::from_utf8_lossy(&stored[0].body).contains("marker"));
    let key = world.app.keys.get(fact.event.learner_id).await?;
    assert_eq!(key.open(fact.id, SOURCE_FIELD, &fact.event.source)?, SOURCE.as_bytes());
    Ok(())
}

#[tokio::test]
async fn each_refusal_has_its_code_and_nothing_is_written() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let author = world.token_for(LearnerId(Uuid::from_u128(9)), &[Role::Author])?;
    world.send(Call::post("/v1/exercises", &exercise("a-draft")).token(&author)).await?;
    let before = world.written().await?;
    let submit = |slug: &str, body: Value| {
        let path = format!("/v1/exercises/{slug}/submissions");
        let (world, token) = (&world, &token);
        async move { world.send(Call::post(&path, &body).token(token)).await }
    };
    let cobol = json!({ "language": "cobol", "source": "x" });
    submit("sum-of-two", cobol).await?.is_problem(422, "language_not_offered", "language");
    submit("sum-of-two", submission(" ")).await?.is_problem(422, "source_empty", "source");
    let long = "x".repeat(65_537);
    submit("sum-of-two", submission(&long)).await?.is_problem(413, "source_too_large", "source");
    let longer = "x".repeat(500_000);
    submit("sum-of-two", submission(&longer)).await?.is_problem(413, "source_too_large", "source");
    submit("unknown-one", submission("x")).await?.is_problem(404, "exercise_unknown", "slug");
    submit("a-draft", submission("x")).await?.is_problem(404, "exercise_not_published", "slug");
    submit("sum-of-two", json!({ "source": "x" })).await?.is_problem(422, "field_missing", "language");
    let call = || Call::post(PATH, &submission("x")).token(&token);
    let bytes = b"{\"language\":\"python\",\"source\":\"\xff\"}";
    world.send(call().bytes(bytes)).await?.is_problem(400, "body_not_utf8", "");
    world.send(call().key("a b")).await?.is_problem(400, "idempotency_key_invalid", "Idempotency-Key");
    world.send(call().with("laurel-position", "07.x")).await?.is_problem(
        400,
        "position_invalid",
        "Laurel-Position",
    );
    let path = format!("{PATH}?position=rubbish");
    let in_query = Call::post(&path, &submission("x")).token(&token);
    world.send(in_query).await?.is_problem(400, "position_invalid", "Laurel-Position");
    let not_utf8 = Call::post("/v1/exercises/%ff/submissions", &submission("x")).token(&token);
    world.send(not_utf8).await?.is_problem(400, "path_invalid", "");
    assert_eq!(world.written().await?, before);

    world.send(Call::post("/v1/exercises/a-draft/archive", &Value::Null).token(&author)).await?;
    submit("a-draft", submission("x")).await?.is_problem(409, "exercise_archived", "slug");
    Ok(())
}

#[tokio::test]
async fn a_source_of_exactly_the_limit_is_taken_however_json_writes_it() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let body = format!("{{\"language\":\"python\",\"source\":\"{}\"}}", "\\u0061".repeat(65_536));
    let answer = world.send(Call::post(PATH, &Value::Null).token(&token).bytes(body.as_bytes())).await?;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn the_fourth_unjudged_submission_waits_for_a_verdict() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    for number in 0..3 {
        let answer = world.submit("sum-of-two", &token, &format!("print({number})")).await?;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    }
    let refused = world.submit("sum-of-two", &token, "print(4)").await?;
    refused.is_problem(429, "too_many_pending", "");
    assert_eq!(refused.header("retry-after"), "1");
    judge(&world.judges_log, &stored(&world).await?[0]).await?;
    eventually(SOON, async || {
        let answer = world.submit("sum-of-two", &token, "print(4)").await?;
        ensure!(answer.status == StatusCode::ACCEPTED, "{answer:?}");
        Ok(())
    })
    .await?;
    assert_eq!(stored(&world).await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn racing_submissions_do_not_get_past_the_limit() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let answers = join_all((0..8).map(|_| world.submit("sum-of-two", &token, "print(1)"))).await;
    let answers = answers.into_iter().collect::<anyhow::Result<Vec<Answer>>>()?;
    let accepted = answers.iter().filter(|answer| answer.status == StatusCode::ACCEPTED).count();
    let refused = answers.iter().filter(|answer| answer.code() == "too_many_pending").count();
    assert_eq!((accepted, refused), (3, 5));
    Ok(())
}

#[tokio::test]
async fn a_restart_does_not_forget_what_is_unjudged() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    for number in 0..3 {
        world.submit("sum-of-two", &token, &format!("print({number})")).await?;
    }
    judge(&world.judges_log, &stored(&world).await?[0]).await?;
    let restarted = world.replica().await?;
    let fourth = restarted.submit("sum-of-two", &token, "print(4)").await?;
    assert_eq!(fourth.status, StatusCode::ACCEPTED, "{fourth:?}");
    restarted.submit("sum-of-two", &token, "print(5)").await?.is_problem(429, "too_many_pending", "");
    Ok(())
}

#[tokio::test]
async fn a_repeat_gets_its_first_answer_even_when_no_place_is_left() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let call = |key: &str, source: &str| Call::post(PATH, &submission(source)).token(&token).key(key);
    let first = world.send(call("k0", "print(0)")).await?;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{first:?}");
    let again = world.send(call("k0", "print(0)")).await?;
    assert_eq!((again.status, &again.body), (StatusCode::ACCEPTED, &first.body));
    world.send(call("k0", "print(9)")).await?.is_problem(422, "idempotency_key_reused", "Idempotency-Key");

    // Judged, so that it has no place any more, and then three others.
    judge(&world.judges_log, &stored(&world).await?[0]).await?;
    for number in 1..=3 {
        eventually(SOON, async || {
            let answer = world.send(call(&format!("k{number}"), "print(1)")).await?;
            ensure!(answer.status == StatusCode::ACCEPTED, "{answer:?}");
            Ok(())
        })
        .await?;
    }
    world.send(call("k4", "print(4)")).await?.is_problem(429, "too_many_pending", "");
    world.send(call("k3", "print(9)")).await?.is_problem(422, "idempotency_key_reused", "Idempotency-Key");
    world.send(call("k0", "print(9)")).await?.is_problem(422, "idempotency_key_reused", "Idempotency-Key");
    let again = world.send(call("k0", "print(0)")).await?;
    assert_eq!((again.status, &again.body), (StatusCode::ACCEPTED, &first.body), "{again:?}");
    assert_eq!(stored(&world).await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn one_key_on_two_exercises_is_one_key() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    world.publish("another-one").await?;
    let call = |path: &'static str| Call::post(path, &submission("print(0)")).token(&token).key("k");
    assert_eq!(world.send(call(PATH)).await?.status, StatusCode::ACCEPTED);
    let other = world.send(call("/v1/exercises/another-one/submissions")).await?;
    other.is_problem(422, "idempotency_key_reused", "Idempotency-Key");
    Ok(())
}

/// A replica that has not followed yet is asked with the position of the publication.
#[tokio::test]
async fn a_named_position_is_honoured_and_a_refusal_is_never_stale() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let other = world.replica().await?;
    let author = world.token_for(LearnerId(Uuid::from_u128(99)), &[Role::Author])?;
    for round in 0..10 {
        let slug = format!("round-{round}");
        world.publish(&slug).await?;
        let path = format!("/v1/exercises/{slug}");
        let mut body = exercise(&slug);
        body["languages"] = json!(["python", "c"]);
        let revise = Call::new(Method::PUT, &path, &body).token(&author).with("if-match", "\"2\"");
        let position = world.send(revise).await?.header("laurel-position").to_owned();
        let path = format!("{path}/submissions");
        let learner = other.register(&format!("learner-{round}")).await?;
        let learner = other.token_for(learner, &[Role::Learner])?;
        let call = Call::post(&path, &submission("x")).token(&learner).with("laurel-position", &position);
        let answer = other.send(call).await?;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        let fact = stored(&world).await?.pop().ok_or_else(|| anyhow::anyhow!("nothing stored"))?;
        assert_eq!(received(&fact)?.event.revision, 3, "judged by what the position names");
    }
    drop(token);
    Ok(())
}
