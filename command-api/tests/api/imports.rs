//! Importing. What answers for the judges here says of each source what the test tells it to; real judges do in the whole
//! system's tests.

use crate::world::{Answer, SOON, World};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use events::LearnerId;
use events::account::Role;
use events::judgement::{TestGroup, Verdict};
use events::package::Package;
use events::run::{RunReply, RunRequest, RunResult, RunTest, RunWhat};
use events::subject;
use futures_util::StreamExt;
use importer::Files;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use testkit::eventually;
use uuid::Uuid;

const ADA: LearnerId = LearnerId(Uuid::from_u128(1));
const BOB: LearnerId = LearnerId(Uuid::from_u128(2));

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../importer/tests/packages").join(name)
}

fn package(name: &str) -> Vec<u8> {
    Files::of_folder(&folder(name)).expect("a package").pack().expect("packed")
}

async fn import(
    world: &World,
    author: LearnerId,
    query: &str,
    body: &[u8],
    etag: Option<&str>,
) -> anyhow::Result<Answer> {
    let token = world.token_for(author, &[Role::Author])?;
    let request = Request::builder().method(Method::POST).uri(format!("/v1/imports{query}"));
    let request = request.header("authorization", format!("Bearer {token}"));
    let request = etag.into_iter().fold(request, |request, etag| request.header("if-match", etag));
    world.ask(request.body(Body::from(body.to_vec()))?).await
}

/// Answers every request for Python and C++: what `verdict` says of a source, for one hidden test of 130 ms.
#[allow(clippy::disallowed_methods)] // Core NATS: nothing is stored.
async fn judges(world: &World, verdict: fn(&RunRequest) -> Verdict) -> anyhow::Result<()> {
    for language in ["python", "cpp"] {
        let client = world.judges_log.client().clone();
        let subject = subject::run(language).expect("a name");
        let mut requests = client.queue_subscribe(subject, subject::RUN_JUDGES.to_owned()).await?;
        client.flush().await?;
        tokio::spawn(async move {
            while let Some(asked) = requests.next().await {
                let request: RunRequest = serde_json::from_slice(&asked.payload).expect("a request");
                let verdict = verdict(&request);
                let (ordinal, group, exceeded, output) = (2, TestGroup::Hidden, None, None);
                let (cpu_ms, memory_kib) = (1_130, 9_000);
                let test =
                    RunTest { ordinal, group, verdict: Some(verdict), cpu_ms, memory_kib, exceeded, output };
                let (points, compile_output) = (Some(0), None);
                let reason = (verdict == Verdict::JudgeError).then(|| "budget_spent".to_owned());
                let result =
                    RunResult { verdict: Some(verdict), points, tests: vec![test], compile_output, reason };
                let answers_to = asked.reply.expect("somebody waits");
                for reply in [RunReply::Started, RunReply::Done(result)] {
                    let body = serde_json::to_vec(&reply).expect("JSON");
                    client.publish(answers_to.clone(), body.into()).await.expect("sent");
                }
            }
        });
    }
    Ok(())
}

/// As the package `echoes` expects it.
fn as_expected(request: &RunRequest) -> Verdict {
    assert!(matches!(request.what, RunWhat::AllTests { .. }));
    match &request.source {
        source if source.contains("print(2, n - 2)") => Verdict::WrongAnswer,
        source if source.contains("input() + ") => Verdict::RuntimeError,
        _ => Verdict::Accepted,
    }
}

#[tokio::test]
async fn a_package_becomes_a_draft_and_is_revised_by_who_has_seen_it() -> anyhow::Result<()> {
    let world = World::start().await?;
    judges(&world, as_expected).await?;
    let made =
        import(&world, ADA, "?category=cutting&difficulty=easy&points=15", &package("echoes"), None).await?;
    assert_eq!((made.status, made.header("etag")), (StatusCode::CREATED, "\"1\""), "{made:?}");
    assert!(made.header("laurel-position").contains('.'), "{made:?}");
    assert_eq!((&made.body["slug"], &made.body["status"]), (&json!("echoes"), &json!("draft")));
    assert_eq!(made.body["cpu_ms"], 2_000);
    let submissions = made.body["submissions"].as_array().expect("a list");
    assert!(submissions.len() == 4 && submissions.iter().all(|one| one["agrees"] == true), "{submissions:?}");
    assert_eq!(
        submissions[3],
        json!({
            "file": "submissions/wrong_answer/two_and_rest.py", "language": "python", "expected": "wrong_answer",
            "got": "wrong_answer", "agrees": true, "detail": "test 2 (secret/01-smallest): wrong answer"
        })
    );
    assert!(made.body["warnings"].to_string().contains("pictures are not taken over"), "{made:?}");
    let (exercise, _) = eventually(SOON, async || {
        world.app.catalogue.find("echoes").ok_or_else(|| anyhow::anyhow!("not known yet"))
    })
    .await?;
    assert_eq!((exercise.category.as_str(), exercise.points), ("cutting", 15));
    let stored: Package = serde_json::from_slice(&world.log.get_package(&exercise.package_digest).await?)?;
    assert_eq!((stored.tests.len(), stored.solutions.len()), (3, 4));

    let before = world.written().await?;
    let again = async |author, etag| import(&world, author, "", &package("echoes"), etag).await;
    again(ADA, None).await?.is_problem(428, "if_match_required", "If-Match");
    again(ADA, Some("1")).await?.is_problem(400, "if_match_invalid", "If-Match");
    again(ADA, Some("\"7\"")).await?.is_problem(412, "revision_mismatch", "If-Match");
    again(BOB, Some("\"1\"")).await?.is_problem(403, "not_its_author", "");
    import(&world, ADA, "?slug=not-there", &package("echoes"), Some("\"1\"")).await?.is_problem(
        404,
        "exercise_unknown",
        "slug",
    );
    assert_eq!(world.written().await?, before);
    let revised = again(ADA, Some("\"1\"")).await?;
    assert_eq!((revised.status, revised.header("etag")), (StatusCode::OK, "\"2\""), "{revised:?}");
    let same = again(ADA, Some("\"2\"")).await?;
    assert_eq!((same.status, same.header("etag")), (StatusCode::OK, "\"2\""), "{same:?}");
    Ok(())
}

#[tokio::test]
async fn a_disagreement_refuses_unless_it_is_forced() -> anyhow::Result<()> {
    let world = World::start().await?;
    judges(&world, |_| Verdict::Accepted).await?;
    let before = world.written().await?;
    let refused = import(&world, ADA, "", &package("echoes"), None).await?;
    refused.is_problem(422, "self_check_failed", "");
    let agrees = |answer: &Answer| -> Vec<Value> {
        let submissions = answer.body["submissions"].as_array().expect("a list");
        submissions.iter().map(|one| one["agrees"].clone()).collect()
    };
    assert_eq!(agrees(&refused), [json!(true), json!(true), json!(false), json!(false)]);
    assert!(refused.body["warnings"].is_array(), "{refused:?}");
    assert_eq!(world.written().await?, before);
    stored_packages(&world, 0).await?;
    let forced = import(&world, ADA, "?force=true", &package("echoes"), None).await?;
    assert_eq!((forced.status, agrees(&forced)), (StatusCode::CREATED, agrees(&refused)), "{forced:?}");
    stored_packages(&world, 1).await?;
    let (exercise, _) = world.app.catalogue.find("echoes").expect("it is there");
    let stored: Package = serde_json::from_slice(&world.log.get_package(&exercise.package_digest).await?)?;
    assert_eq!(stored.tests.len(), 3);
    Ok(())
}

/// What self-checks were made with is forgotten soon.
async fn stored_packages(world: &World, expected: usize) -> anyhow::Result<()> {
    let bucket = world.log.jetstream().get_object_store(subject::EXERCISES).await?;
    eventually(SOON, async || {
        let found = bucket.list().await?.count().await;
        anyhow::ensure!(found == expected, "{found} packages are there");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_judge_that_ran_out_of_time_disagrees_with_nobody() -> anyhow::Result<()> {
    let world = World::start().await?;
    judges(&world, |request| match as_expected(request) {
        Verdict::RuntimeError => Verdict::JudgeError,
        verdict => verdict,
    })
    .await?;
    let before = world.written().await?;
    let refused = import(&world, ADA, "", &package("echoes"), None).await?;
    refused.is_problem(503, "self_check_unfinished", "");
    assert!(!refused.header("retry-after").is_empty(), "{refused:?}");
    let submissions = refused.body["submissions"].as_array().expect("a list");
    let cut = submissions.iter().find(|one| one["agrees"].is_null()).expect("one was not judged");
    assert_eq!((&cut["got"], &cut["detail"]), (&Value::Null, &json!("budget spent")));
    assert_eq!(world.written().await?, before);
    Ok(())
}

#[tokio::test]
async fn an_author_imports_ten_times_a_minute() -> anyhow::Result<()> {
    let world = World::start().await?;
    let send = async |author| import(&world, author, "", b"rubbish", None).await;
    for _ in 0..10 {
        send(ADA).await?.is_problem(422, "package_unreadable", "the archive");
    }
    let refused = send(ADA).await?;
    refused.is_problem(429, "too_many_imports", "");
    assert_eq!(refused.header("retry-after"), "60");
    send(BOB).await?.is_problem(422, "package_unreadable", "the archive");
    world.clock.set(world.clock.now() + chrono::TimeDelta::minutes(1));
    send(ADA).await?.is_problem(422, "package_unreadable", "the archive");
    Ok(())
}

#[tokio::test]
async fn a_time_limit_follows_from_what_was_accepted() -> anyhow::Result<()> {
    let world = World::start().await?;
    judges(
        &world,
        |request| {
            if request.source.contains("abs") { Verdict::WrongAnswer } else { Verdict::Accepted }
        },
    )
    .await?;
    let made = import(&world, ADA, "?slug=sum-of-a-list", &package("shares"), None).await?;
    // 1,130 ms by 4, in whole seconds.
    assert_eq!((made.status, &made.body["cpu_ms"]), (StatusCode::CREATED, &json!(5_000)), "{made:?}");
    let (exercise, _) = world.app.catalogue.find("sum-of-a-list").expect("it is there");
    assert_eq!((exercise.limits.cpu_ms, exercise.points), (5_000, 100));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_or_judged_changes_nothing() -> anyhow::Result<()> {
    let world = World::start().await?;
    let before = world.written().await?;
    let send = async |query: &str, body: &[u8]| import(&world, ADA, query, body, None).await;
    let refused = send("", b"rubbish").await?;
    refused.is_problem(422, "package_unreadable", "the archive");
    assert_eq!(refused.body["detail"], "the archive: it is neither .zip nor .tar.gz nor JSON.");
    send("?force=perhaps", b"{}").await?.is_problem(422, "field_invalid", "query");
    send("?slug=A%20B", &package("echoes")).await?.is_problem(422, "slug_invalid", "slug");
    send("", &vec![b'x'; (16 << 20) + 1]).await?.is_problem(413, "body_too_large", "");
    // No judge is there.
    let unchecked = send("", &std::fs::read(folder("double.json"))?).await?;
    unchecked.is_problem(422, "self_check_failed", "");
    assert!(unchecked.body["submissions"][0]["detail"].to_string().contains("No judge"), "{unchecked:?}");
    assert_eq!(world.written().await?, before);
    Ok(())
}

/// Nobody answers for the judges, so the self-checks they have begun last until they may not be heard of any more.
#[allow(clippy::disallowed_methods)] // Core NATS: nothing is stored.
#[tokio::test]
async fn hanging_up_frees_no_place_of_an_import_that_judges_still_work_for() -> anyhow::Result<()> {
    let world = World::start().await?;
    let client = world.judges_log.client().clone();
    let subject = subject::run("python").expect("a name");
    let mut requests = client.queue_subscribe(subject, subject::RUN_JUDGES.to_owned()).await?;
    client.flush().await?;
    let package = package("echoes");
    for points in [11, 12] {
        let query = format!("?points={points}");
        // The first import's requests are still coming.
        let its_own = async {
            loop {
                let asked = requests.next().await.expect("a request");
                let request: RunRequest = serde_json::from_slice(&asked.payload).expect("a request");
                if request.what == (RunWhat::AllTests { points_max: points }) {
                    return asked;
                }
            }
        };
        let asked = tokio::select! {
            answer = import(&world, ADA, &query, &package, None) => anyhow::bail!("answered: {answer:?}"),
            asked = its_own => asked,
        };
        let started = serde_json::to_vec(&RunReply::Started)?;
        client.publish(asked.reply.expect("somebody waits"), started.into()).await?;
    }
    import(&world, ADA, "", &package, None).await?.is_problem(503, "imports_busy", "");
    Ok(())
}
