//! `POST /v1/exercises/{slug}/runs`: tries a source out. Nothing is stored and nothing counts.

use crate::app::App;
use crate::commands::submit_solution::{decide, name_the_source};
use crate::domain::submission::{Rejection, SOURCE_BYTES_MAX};
use crate::error::ApiError;
use crate::request::{JsonBody, PathText, WantedPosition};
use access::Caller;
use axum::Json;
use axum::extract::State;
use chassis::problem::ProblemBody;
use chrono::TimeDelta;
use events::judgement::Exceeded;
use events::run::{INPUT_BYTES_MAX, RunRequest, RunResult, RunTest, RunWhat};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// JSON may write every byte of the source and of the input as `\u00xx`; and there is the rest of the body.
const BODY_BYTES_MAX: usize = (SOURCE_BYTES_MAX + INPUT_BYTES_MAX) * 6 + 4 * 1_024;
/// How long a run waits for a slot.
const START_WITHIN: TimeDelta = TimeDelta::seconds(10);
/// So long after that no further sample is begun.
const END_AFTER: TimeDelta = TimeDelta::seconds(5);

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSolution {
    #[schema(example = "python")]
    language: String,
    /// At most 65,536 bytes in UTF-8.
    #[schema(example = "print(sum(map(int, input().split())))")]
    source: String,
    /// What the program reads (or the expression of an exercise whose tests are expressions); at most 65,536 bytes in UTF-8.
    /// Without it the exercise's samples are run.
    #[schema(example = "1 2")]
    input: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ran {
    /// As of a submission; `null` when input of one's own was run to its end, because nobody knows the right answer.
    #[schema(value_type = Option<String>, example = "accepted")]
    verdict: Option<&'static str>,
    tests: Vec<RanTest>,
    /// What the compiler (or interpreter, before the first test) said.
    #[serde(skip_serializing_if = "Option::is_none")]
    compile_output: Option<String>,
    /// For `judge_error`: what went wrong on our side.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RanTest {
    /// From 1.
    ordinal: u32,
    #[schema(value_type = Option<String>, example = "accepted")]
    verdict: Option<&'static str>,
    /// CPU time, milliseconds.
    cpu_ms: u32,
    /// Peak resident memory, KiB.
    memory_kib: u32,
    /// For the verdicts that are about a limit: which, what was measured and what was allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, example = json!({"limit": "cpu_ms", "measured": 2013, "allowed": 2000}))]
    exceeded: Option<Exceeded>,
    /// What the program printed, cut at 4 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

/// Try a source out
///
/// It runs like a submission, against the exercise's samples or input of one's own, and the answer is the result. Nothing is
/// stored, nothing counts, and hidden tests are not run. Submissions go first: when no judge is free for ten seconds, the
/// answer is 503. One run at a time, and at most 20 a
/// minute.
#[utoipa::path(
    post,
    path = "/v1/exercises/{slug}/runs",
    tag = "submissions",
    security(("access_token" = [])),
    params(
        ("slug" = String, Path),
        ("Laurel-Position" = Option<String>, Header, description = "Decide on nothing older than this", example = "03.17")
    ),
    request_body = RunSolution,
    responses(
        (status = 200, description = "What came of it", body = Ran),
        (status = 400, description = "`position_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`exercise_unknown`, `exercise_not_published`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`exercise_archived`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`source_too_large`, `input_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`language_not_offered`, `source_empty`, `input_impossible`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_runs`: one is running, or there were 20 within a minute; wait for as long as `Retry-After` says", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`judges_busy`, `judge_missing`, `run_unfinished`, `run_failed`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn run_solution(
    State(app): State<App>,
    caller: Caller,
    PathText(slug): PathText,
    WantedPosition(wanted): WantedPosition,
    body: Result<JsonBody<RunSolution, BODY_BYTES_MAX>, ApiError>,
) -> Result<Json<Ran>, ApiError> {
    let JsonBody(request) = body.map_err(name_the_source)?;
    let exercise = decide(&app, &slug, &wanted, &request.language, &request.source).await?;
    let what = match request.input {
        Some(input) if input.len() > INPUT_BYTES_MAX => return Err(Rejection::InputTooLarge.into()),
        Some(input) => RunWhat::OwnInput(input),
        None => RunWhat::Samples,
    };
    let running = app.runs.count(caller.learner_id)?;
    // What cannot be reached now fails now.
    app.log()?;
    let start_by = app.clock.now() + START_WITHIN;
    let request = RunRequest {
        package_digest: exercise.package_digest.clone(),
        language: request.language,
        source: request.source,
        what,
        start_by,
        end_by: start_by + END_AFTER,
    };
    Ok(Json(ran(app.runs.run(request, running).await?)))
}

fn ran(result: RunResult) -> Ran {
    let RunResult { verdict, points: _, tests, compile_output, reason } = result;
    let test = |test: RunTest| RanTest {
        ordinal: test.ordinal,
        verdict: test.verdict.map(events::judgement::Verdict::name),
        cpu_ms: test.cpu_ms,
        memory_kib: test.memory_kib,
        exceeded: test.exceeded,
        output: test.output,
    };
    let verdict = verdict.map(events::judgement::Verdict::name);
    Ran { verdict, tests: tests.into_iter().map(test).collect(), compile_output, reason }
}
