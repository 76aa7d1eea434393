//! Trying a source out. What answers for the judges here only says what the test tells it to; real judges do in the whole
//! system's tests.

use crate::world::{Call, SOON, World};
use async_nats::{Message, Subscriber};
use axum::http::StatusCode;
use chrono::TimeDelta;
use command_api::runs::RunError;
use events::judgement::{TestGroup, Verdict};
use events::run::{RunRefusal, RunReply, RunRequest, RunResult, RunTest, RunWhat};
use events::subject;
use futures_util::StreamExt;
use serde_json::json;
use testkit::eventually;

const PATH: &str = "/v1/exercises/sum-of-two/runs";

/// A published exercise and a signed-in learner.
async fn world() -> anyhow::Result<(World, String)> {
    let world = World::start().await?;
    world.publish("sum-of-two").await?;
    world.register("ada").await?;
    let token = world.token("ada").await?;
    Ok((world, token))
}

/// Listens like a judge.
struct Listener {
    log: chassis::log::EventLog,
    requests: Subscriber,
}

impl Listener {
    async fn new(world: &World) -> anyhow::Result<Self> {
        let client = world.judges_log.client();
        let group = subject::RUN_JUDGES.to_owned();
        let requests = client.queue_subscribe("runs.python", group).await?;
        client.flush().await?;
        Ok(Self { log: world.judges_log.clone(), requests })
    }

    /// The next request.
    async fn hear(&mut self) -> anyhow::Result<Message> {
        let next = tokio::time::timeout(SOON, self.requests.next()).await?;
        next.ok_or_else(|| anyhow::anyhow!("no request"))
    }

    #[allow(clippy::disallowed_methods)] // Core NATS: nothing is stored.
    async fn reply(&self, asked: &Message, replies: &[RunReply]) -> anyhow::Result<()> {
        let answers_to = asked.reply.clone().ok_or_else(|| anyhow::anyhow!("nobody waits"))?;
        for reply in replies {
            let body = serde_json::to_vec(reply)?;
            self.log.client().publish(answers_to.clone(), body.into()).await?;
        }
        Ok(())
    }

    /// Answers the next request.
    async fn answer(&mut self, replies: &[RunReply]) -> anyhow::Result<RunRequest> {
        let asked = self.hear().await?;
        self.reply(&asked, replies).await?;
        Ok(serde_json::from_slice(&asked.payload)?)
    }
}

fn done(verdict: Option<Verdict>) -> RunReply {
    let (cpu_ms, memory_kib, exceeded, output) = (12, 9_000, None, Some("3\n".to_owned()));
    let test =
        RunTest { ordinal: 1, group: TestGroup::Sample, verdict, cpu_ms, memory_kib, exceeded, output };
    RunReply::Done(RunResult { verdict, points: None, tests: vec![test], compile_output: None, reason: None })
}

#[tokio::test]
async fn a_run_is_answered_with_what_a_judge_says_and_stores_nothing() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let mut judge = Listener::new(&world).await?;
    let before = world.written().await?;
    let run = |body| world.send(Call::post(PATH, &body).token(&token));

    let body = json!({ "language": "python", "source": "print(3)" });
    let replies = [RunReply::Started, done(Some(Verdict::Accepted))];
    let (answer, asked) = tokio::try_join!(run(body), judge.answer(&replies))?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let test =
        json!({ "ordinal": 1, "verdict": "accepted", "cpu_ms": 12, "memory_kib": 9_000, "output": "3\n" });
    assert_eq!(answer.body, json!({ "verdict": "accepted", "tests": [test] }));
    assert_eq!((asked.what, asked.source.as_str()), (RunWhat::Samples, "print(3)"));
    assert!(!asked.package_digest.is_empty() && asked.start_by < asked.end_by);

    let body = json!({ "language": "python", "source": "print(3)", "input": "1 2" });
    let replies = [RunReply::Started, done(None)];
    let (answer, asked) = tokio::try_join!(run(body), judge.answer(&replies))?;
    assert_eq!(answer.body["verdict"], json!(null));
    assert_eq!(asked.what, RunWhat::OwnInput("1 2".to_owned()));

    let body = json!({ "language": "python", "source": "print(3)", "input": "" });
    let refused = [RunReply::Started, RunReply::Refused(RunRefusal::Interactive)];
    let (answer, _) = tokio::try_join!(run(body), judge.answer(&refused))?;
    answer.is_problem(422, "input_impossible", "input");
    assert_eq!(world.written().await?, before);
    Ok(())
}

#[tokio::test]
async fn what_may_not_be_run_is_refused_before_a_judge_hears_of_it() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let run = |slug: &str, body| {
        let path = format!("/v1/exercises/{slug}/runs");
        let (world, token) = (&world, &token);
        async move { world.send(Call::post(&path, &body).token(token)).await }
    };
    let of = |source: &str| json!({ "language": "python", "source": source });
    run("unknown-one", of("x")).await?.is_problem(404, "exercise_unknown", "slug");
    run("sum-of-two", of(" ")).await?.is_problem(422, "source_empty", "source");
    run("sum-of-two", of(&"x".repeat(65_537))).await?.is_problem(413, "source_too_large", "source");
    let cobol = json!({ "language": "cobol", "source": "x" });
    run("sum-of-two", cobol).await?.is_problem(422, "language_not_offered", "language");
    let long = json!({ "language": "python", "source": "x", "input": "x".repeat(65_537) });
    run("sum-of-two", long).await?.is_problem(413, "input_too_large", "input");
    Ok(())
}

#[tokio::test]
async fn one_run_at_a_time_for_each_learner() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    world.register("bob").await?;
    let bobs = world.token("bob").await?;
    let mut judge = Listener::new(&world).await?;
    let body = json!({ "language": "python", "source": "print(3)" });
    let replies = [RunReply::Started, done(Some(Verdict::Accepted))];
    let first = world.send(Call::post(PATH, &body).token(&token));
    let meanwhile = async {
        let waits = judge.hear().await?;
        let second = world.send(Call::post(PATH, &body).token(&token)).await?;
        second.is_problem(429, "too_many_runs", "");
        let others = world.send(Call::post(PATH, &body).token(&bobs));
        let (others, _) = tokio::try_join!(others, judge.answer(&replies))?;
        assert_eq!(others.status, StatusCode::OK, "{others:?}");
        judge.reply(&waits, &replies).await
    };
    let (first, ()) = tokio::try_join!(first, meanwhile)?;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let again = world.send(Call::post(PATH, &body).token(&token));
    let (again, _) = tokio::try_join!(again, judge.answer(&replies))?;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
    Ok(())
}

#[tokio::test]
async fn hanging_up_frees_no_place_that_a_judge_still_works_for() -> anyhow::Result<()> {
    let (world, _) = world().await?;
    let learner = world.register("eve").await?;
    let token = world.token("eve").await?;
    let mut judge = Listener::new(&world).await?;
    let body = json!({ "language": "python", "source": "print(3)" });
    let run = || world.send(Call::post(PATH, &body).token(&token));
    let waits = tokio::select! {
        answer = run() => anyhow::bail!("answered: {answer:?}"),
        waits = judge.hear() => waits?,
    };
    // Who asked is gone, and the judge has begun.
    judge.reply(&waits, &[RunReply::Started]).await?;
    run().await?.is_problem(429, "too_many_runs", "");
    judge.reply(&waits, &[done(Some(Verdict::Accepted))]).await?;
    eventually(SOON, async || Ok(world.app.runs.count(learner)?)).await?;
    Ok(())
}

#[tokio::test]
async fn the_twenty_first_run_of_a_minute_is_refused() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let mut judge = Listener::new(&world).await?;
    let body = json!({ "language": "python", "source": "print(3)" });
    let run = || world.send(Call::post(PATH, &body).token(&token));
    let replies = [RunReply::Started, done(Some(Verdict::Accepted))];
    for _ in 0..20 {
        let (answer, _) = tokio::try_join!(run(), judge.answer(&replies))?;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }
    let refused = run().await?;
    refused.is_problem(429, "too_many_runs", "");
    assert_eq!(refused.header("retry-after"), "60");
    world.clock.set(world.clock.now() + TimeDelta::minutes(1));
    let token = world.token("ada").await?;
    let run = world.send(Call::post(PATH, &body).token(&token));
    let (answer, _) = tokio::try_join!(run, judge.answer(&replies))?;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_busy_judge_is_asked_again_until_it_is_too_late() -> anyhow::Result<()> {
    let (world, _) = world().await?;
    let request = |within| {
        let start_by = world.clock.now() + TimeDelta::milliseconds(within);
        RunRequest {
            package_digest: "d".to_owned(),
            language: "python".to_owned(),
            source: "print(3)".to_owned(),
            what: RunWhat::Samples,
            start_by,
            end_by: start_by,
        }
    };
    assert_eq!(world.app.runs.run(request(300), ()).await, Err(RunError::NoJudge));
    let mut judge = Listener::new(&world).await?;
    let busy = [RunReply::Refused(RunRefusal::Busy)];
    let hears = async {
        judge.answer(&busy).await?;
        judge.answer(&busy).await?;
        judge.answer(&[RunReply::Started, done(Some(Verdict::Accepted))]).await
    };
    let request_in_time = request(20_000);
    let (result, _) = tokio::join!(world.app.runs.run(request_in_time, ()), hears);
    assert_eq!(result.map(|result| result.verdict), Ok(Some(Verdict::Accepted)));
    let too_late = request(100);
    let (result, _) = tokio::join!(world.app.runs.run(too_late, ()), judge.answer(&busy));
    assert_eq!(result, Err(RunError::Busy));
    Ok(())
}

/// Takes as long as a run may wait: ten seconds.
#[tokio::test]
async fn who_waited_long_enough_hears_when_to_come_back() -> anyhow::Result<()> {
    let (world, token) = world().await?;
    let before = world.written().await?;
    let body = json!({ "language": "python", "source": "print(3)" });
    let answer = world.send(Call::post(PATH, &body).token(&token)).await?;
    answer.is_problem(503, "judge_missing", "");
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(world.written().await?, before);
    Ok(())
}
