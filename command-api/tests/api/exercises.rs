//! Creating, revising, publishing, archiving.

use crate::world::{Answer, Call, World, exercise};
use axum::http::{Method, StatusCode};
use chassis::log::Stream;
use events::account::Role;
use events::exercise::ExerciseEvent;
use events::{Event, Family, LearnerId, subject};
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

const ADA: LearnerId = LearnerId(Uuid::from_u128(1));
const BOB: LearnerId = LearnerId(Uuid::from_u128(2));

struct Author<'a> {
    world: &'a World,
    token: String,
}

impl Author<'_> {
    async fn create(&self, body: &Value) -> anyhow::Result<Answer> {
        self.world.send(Call::post("/v1/exercises", body).token(&self.token)).await
    }

    async fn revise(&self, slug: &str, etag: &str, body: &Value) -> anyhow::Result<Answer> {
        let path = format!("/v1/exercises/{slug}");
        let call = Call::new(Method::PUT, &path, body).token(&self.token).with("if-match", etag);
        self.world.send(call).await
    }

    async fn set(&self, slug: &str, status: &str) -> anyhow::Result<Answer> {
        let path = format!("/v1/exercises/{slug}/{status}");
        self.world.send(Call::post(&path, &Value::Null).token(&self.token)).await
    }
}

fn author(world: &World, learner: LearnerId, role: Role) -> anyhow::Result<Author<'_>> {
    Ok(Author { world, token: world.token_for(learner, &[role])? })
}

#[tokio::test]
async fn an_exercise_goes_from_draft_to_archive() -> anyhow::Result<()> {
    let world = World::start().await?;
    let ada = author(&world, ADA, Role::Author)?;
    let created = ada.create(&exercise("sum-of-two")).await?;
    assert_eq!(created.status, StatusCode::CREATED, "{created:?}");
    assert_eq!((created.header("etag"), created.header("location")), ("\"1\"", "/v1/exercises/sum-of-two"));
    assert_eq!(created.body["status"], "draft");

    let mut changed = exercise("sum-of-two");
    changed["points"] = json!(20);
    let revised = ada.revise("sum-of-two", "\"1\"", &changed).await?;
    assert_eq!((revised.status, revised.header("etag")), (StatusCode::OK, "\"2\""), "{revised:?}");
    let same = ada.revise("sum-of-two", "\"1\"", &changed).await?;
    assert_eq!(
        (same.status, same.header("etag")),
        (StatusCode::OK, "\"2\""),
        "repeated: nothing left to change"
    );
    let published = ada.set("sum-of-two", "publish").await?;
    assert_eq!((published.header("etag"), &published.body["status"]), ("\"3\"", &json!("published")));
    let again = ada.set("sum-of-two", "publish").await?;
    assert_eq!((again.status, again.header("etag")), (StatusCode::OK, "\"3\""));
    assert_eq!(again.header("laurel-position"), published.header("laurel-position"));
    let archived = ada.set("sum-of-two", "archive").await?;
    assert_eq!((archived.header("etag"), &archived.body["status"]), ("\"4\"", &json!("archived")));
    ada.set("sum-of-two", "publish").await?.is_problem(409, "exercise_archived", "");
    ada.revise("sum-of-two", "\"4\"", &changed).await?.is_problem(409, "exercise_archived", "");

    let facts = world.read(Stream::Facts, &subject::family(Family::Exercise)).await?;
    assert_eq!(facts.len(), 4);
    for fact in &facts {
        assert!(
            !String::from_utf8_lossy(&fact.body).contains("hidden-"),
            "a hidden test in the public stream"
        );
    }
    let Event::Exercise(ExerciseEvent::Revised(revised)) = facts[1].decode()?.event else {
        panic!("revised")
    };
    let package = world.log.get_package(&revised.exercise.package_digest).await?;
    assert!(String::from_utf8_lossy(&package).contains("hidden-answer"));
    Ok(())
}

#[tokio::test]
async fn each_refusal_has_its_code_and_nothing_is_written() -> anyhow::Result<()> {
    let world = World::start().await?;
    let ada = author(&world, ADA, Role::Author)?;
    ada.create(&exercise("sum-of-two")).await?;
    let before = world.written().await?;
    let with = |pointer: &str, value: Value| {
        let mut body = exercise("another-one");
        *body.pointer_mut(pointer).expect("it is there") = value;
        body
    };
    let sample_only = json!([{ "group": "sample", "kind": "stdio", "input": "", "expected": "" }]);
    let cases = [
        (with("/slug", json!("Not A Slug")), 422, "slug_invalid", "slug"),
        (with("/slug", json!("sum-of-two")), 409, "slug_taken", "slug"),
        (with("/slug", Value::Null), 422, "field_missing", "slug"),
        (with("/title", json!("")), 422, "title_invalid", "title"),
        (with("/statement", json!("")), 422, "statement_invalid", "statement"),
        (with("/category", json!("C A")), 422, "category_invalid", "category"),
        (with("/difficulty", json!("deadly")), 422, "field_invalid", "difficulty"),
        (with("/points", json!(1_001)), 422, "points_invalid", "points"),
        (with("/languages", json!([])), 422, "languages_invalid", "languages"),
        (with("/package/tests", sample_only), 422, "hidden_missing", "package.tests"),
        (with("/package/tests", json!([])), 422, "sample_missing", "package.tests"),
        (with("/package/limits/cpu_ms", json!(1)), 422, "cpu_limit_invalid", "package.limits.cpu_ms"),
        (
            with("/package/limits/memory_kib", json!(1)),
            422,
            "memory_limit_invalid",
            "package.limits.memory_kib",
        ),
        (
            with("/package/limits/output_kib", json!(0)),
            422,
            "output_limit_invalid",
            "package.limits.output_kib",
        ),
    ];
    for (body, status, code, field) in cases {
        ada.create(&body).await?.is_problem(status, code, field);
    }
    for (body, code, field) in not_gradable() {
        ada.create(&body).await?.is_problem(422, code, field);
        ada.revise("sum-of-two", "\"1\"", &body).await?.is_problem(422, code, field);
    }
    let large = with("/package/tests/1/expected", json!("x".repeat(8 << 20)));
    ada.create(&large).await?.is_problem(413, "package_too_large", "package");

    let mut body = exercise("sum-of-two");
    body["points"] = json!(20);
    let without = Call::new(Method::PUT, "/v1/exercises/sum-of-two", &body).token(&ada.token);
    world.send(without).await?.is_problem(428, "if_match_required", "If-Match");
    ada.revise("sum-of-two", "1", &body).await?.is_problem(400, "if_match_invalid", "If-Match");
    ada.revise("sum-of-two", "\"2\"", &body).await?.is_problem(412, "revision_mismatch", "If-Match");
    ada.revise("another-one", "\"1\"", &body).await?.is_problem(422, "slug_fixed", "slug");
    let unknown = exercise("unknown-one");
    ada.revise("unknown-one", "\"1\"", &unknown).await?.is_problem(404, "exercise_unknown", "slug");
    ada.set("unknown-one", "publish").await?.is_problem(404, "exercise_unknown", "slug");
    let bob = author(&world, BOB, Role::Author)?;
    bob.revise("sum-of-two", "\"1\"", &body).await?.is_problem(403, "not_its_author", "");
    bob.set("sum-of-two", "publish").await?.is_problem(403, "not_its_author", "");
    bob.set("sum-of-two", "archive").await?.is_problem(403, "not_its_author", "");
    assert_eq!(world.written().await?, before);

    let admin = author(&world, BOB, Role::Admin)?;
    assert_eq!(admin.set("sum-of-two", "publish").await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn two_revisions_of_one_revision_have_one_winner() -> anyhow::Result<()> {
    let world = World::start().await?;
    let author = &author(&world, ADA, Role::Author)?;
    author.create(&exercise("sum-of-two")).await?;
    for revision in 1..=5 {
        let etag = &format!("\"{revision}\"");
        let answers = join_all((0..4).map(|number| {
            let mut body = exercise("sum-of-two");
            body["points"] = json!(revision * 10 + number + 1);
            async move { author.revise("sum-of-two", etag, &body).await }
        }))
        .await;
        let answers = answers.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let won = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        let lost = answers.iter().filter(|answer| answer.code() == "revision_mismatch").count();
        assert_eq!((won, lost), (1, 3), "{answers:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_repeated_creation_gets_its_first_answer() -> anyhow::Result<()> {
    let world = World::start().await?;
    let token = world.token_for(ADA, &[Role::Author])?;
    let call = |body: &Value| Call::post("/v1/exercises", body).token(&token).key("k1");
    let first = world.send(call(&exercise("sum-of-two"))).await?;
    let again = world.send(call(&exercise("sum-of-two"))).await?;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{again:?}");
    assert_eq!(
        (&first.body, first.header("laurel-position")),
        (&again.body, again.header("laurel-position"))
    );
    let mut other = exercise("sum-of-two");
    other["points"] = json!(30);
    world.send(call(&other)).await?.is_problem(422, "idempotency_key_reused", "Idempotency-Key");
    let second = Call::post("/v1/exercises", &other).token(&token).key("k2");
    world.send(second).await?.is_problem(409, "slug_taken", "slug");
    Ok(())
}

/// Exercises that no judge could grade, and what is said of each.
fn not_gradable() -> Vec<(Value, &'static str, &'static str)> {
    let with = |changes: &[(&str, Value)]| {
        let mut body = exercise("sum-of-two");
        for (name, value) in changes {
            body["package"][*name] = value.clone();
        }
        body
    };
    let in_languages = |languages: Value, mut body: Value| {
        body["languages"] = languages;
        body
    };
    let klingon = || json!({ "language": "klingon", "source": "x" });
    let calls = json!([
        { "group": "sample", "kind": "stdio", "input": "", "expected": "" },
        { "group": "hidden", "kind": "call", "expression": "f(1)", "expected": "1" }
    ]);
    let interactor = |language| json!({ "interactor": { "language": language, "source": "x" } });
    let solution = json!([{ "language": "klingon", "source": "x", "accepted": true }]);
    let interactive_calls = with(&[("tests", calls.clone()), ("checker", interactor("python"))]);
    let calls_in_lua = in_languages(json!(["lua", "python"]), with(&[("tests", calls)]));
    vec![
        (in_languages(json!(["klingon", "python"]), with(&[])), "language_unknown", "languages"),
        (
            with(&[("checker", json!({ "program": klingon() }))]),
            "checker_language_unknown",
            "package.checker.program.language",
        ),
        (
            with(&[("checker", interactor("klingon"))]),
            "checker_language_unknown",
            "package.checker.interactor.language",
        ),
        (with(&[("solutions", solution)]), "solution_language_unknown", "package.solutions[0].language"),
        (calls_in_lua, "call_unsupported", "package.tests[1].kind"),
        (interactive_calls, "call_with_interactor", "package.tests[1].kind"),
        (with(&[("scoring", json!({ "weighted": [1] }))]), "scoring_invalid", "package.scoring"),
    ]
}
