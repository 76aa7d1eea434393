//! Exercises: the catalogue and one of it. Drafts are seen by their author and by admins; hidden tests by nobody.

pub mod statistics;
#[cfg(test)]
mod tests;

use crate::app::App;
use crate::cursor;
use crate::error::{Missing, QueryError};
use crate::extract::{self, Params, Segments};
use crate::positions::{Answer, Wanted, with_position};
use crate::read::Projection;
use access::Caller;
use axum::Json;
use axum::extract::State;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use events::ExerciseId;
use events::account::Role;
use events::exercise::{Difficulty, Status};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const CURSOR: &str = "exercises";
const LIMIT: usize = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// Only this category.
    category: Option<String>,
    /// `easy`, `medium` or `hard`.
    difficulty: Option<String>,
    /// `published` (the default), `archived`, or `draft` (your own; all of them for an admin).
    status: Option<String>,
    /// Words that must all occur in title, slug or statement, in any case.
    q: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 50 if absent.
    limit: Option<String>,
}

/// An exercise as a catalogue shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExerciseSummary {
    exercise_id: Uuid,
    slug: String,
    revision: i32,
    status: String,
    title: String,
    category: String,
    difficulty: String,
    points: i32,
    languages: Vec<String>,
    updated_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ExercisePage {
    exercises: Vec<ExerciseSummary>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// An exercise with everything a learner may know.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExerciseDetail {
    exercise_id: Uuid,
    slug: String,
    /// Also the ETag.
    revision: i32,
    status: String,
    title: String,
    /// Markdown.
    statement: String,
    category: String,
    difficulty: String,
    points: i32,
    languages: Vec<String>,
    limits: ExerciseLimits,
    samples: Vec<ExerciseSample>,
    author_id: Uuid,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// What one test run may use.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExerciseLimits {
    /// CPU time of the whole process tree, milliseconds.
    cpu_ms: i32,
    /// Resident memory of the whole process tree, KiB.
    memory_kib: i32,
    /// What a run may write to its output, KiB.
    output_kib: i32,
}

/// An example everybody may see.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ExerciseSample {
    /// Standard input, or the expression of a `call` test.
    input: String,
    expected: String,
}

struct ExerciseRow {
    exercise_id: Uuid,
    slug: String,
    revision: i32,
    status: String,
    title: String,
    statement: String,
    category: String,
    difficulty: String,
    points: i32,
    languages: Vec<String>,
    cpu_ms: i32,
    memory_kib: i32,
    output_kib: i32,
    samples: serde_json::Value,
    author_id: Uuid,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The catalogue, by slug.
#[utoipa::path(
    get, path = "/v1/exercises", tag = "exercises", params(ListParams),
    responses(
        (status = 200, body = ExercisePage),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`, `status_invalid`, `difficulty_invalid`, …"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `read_model_unavailable`"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Option<Caller>,
    Params(params): Params<ListParams>,
) -> Result<Answer<ExercisePage>, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let after: Option<String> = cursor::decode(CURSOR, params.cursor.as_deref())?;
    let category = extract::text("category", "category_invalid", params.category.as_deref(), 256)?;
    let difficulty = one_of(
        "difficulty",
        "difficulty_invalid",
        params.difficulty.as_deref(),
        &[Difficulty::Easy, Difficulty::Medium, Difficulty::Hard].map(Difficulty::name),
    )?;
    let statuses = [Status::Published, Status::Archived, Status::Draft].map(Status::name);
    let status = one_of("status", "status_invalid", params.status.as_deref(), &statuses)?;
    let words = words(params.q.as_deref())?;
    let (viewer, sees_all) = viewer(caller.as_ref());

    let mut read = app.reader.begin(&[Projection::Exercises], &wanted).await?;
    let mut exercises = sqlx::query_as!(
        ExerciseSummary,
        r#"SELECT exercise_id, slug, revision, status, title, category, difficulty, points, languages, updated_at
           FROM exercises
           WHERE status = $1 AND (status <> 'draft' OR author_id = $2 OR $3)
             AND ($4::text IS NULL OR category = $4)
             AND ($5::text IS NULL OR difficulty = $5)
             AND concat_ws(' ', title, slug, statement) ILIKE ALL ($6::text[])
             AND ($7::text IS NULL OR slug > $7)
           ORDER BY slug LIMIT $8"#,
        status.unwrap_or(Status::Published.name()),
        viewer,
        sees_all,
        category,
        difficulty,
        &words,
        after,
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;

    let more = exercises.len() > limit;
    exercises.truncate(limit);
    let last = exercises.last().filter(|_| more);
    let next_cursor = last.map(|exercise| cursor::encode(CURSOR, &exercise.slug));
    Ok(Answer { position, body: ExercisePage { exercises, next_cursor } })
}

/// One exercise. Its ETag is its revision.
#[utoipa::path(
    get, path = "/v1/exercises/{slug}", tag = "exercises",
    params(("slug" = String, Path), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = ExerciseDetail),
        (status = 304, description = "You have this revision already"),
        (status = 404, body = ProblemBody, description = "`exercise_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn one(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Option<Caller>,
    Segments(slug): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !extract::is_slug(&slug) {
        return Err(QueryError::Missing(Missing::Exercise).into());
    }
    let mut read = app.reader.begin(&[Projection::Exercises], &wanted).await?;
    read.refuse_parked(ExerciseId::of_slug(&slug).0).await?;
    let (viewer, sees_all) = viewer(caller.as_ref());
    let row = sqlx::query_as!(
        ExerciseRow,
        r#"SELECT exercise_id, slug, revision, status, title, statement, category, difficulty, points, languages, cpu_ms,
             memory_kib, output_kib, samples, author_id, created_at, updated_at
           FROM exercises WHERE slug = $1 AND (status <> 'draft' OR author_id = $2 OR $3)"#,
        slug,
        viewer,
        sees_all
    )
    .fetch_optional(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;

    let row = row.ok_or(QueryError::Missing(Missing::Exercise))?;
    let etag = format!("\"{}\"", row.revision);
    let mut response = if has_already(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(row.detail()?).into_response()
    };
    response
        .headers_mut()
        .insert(ETAG, HeaderValue::from_str(&etag).expect("a number in quotes is fit for a header"));
    Ok(with_position(&position, response))
}

impl ExerciseRow {
    fn detail(self) -> Result<ExerciseDetail, QueryError> {
        let samples = serde_json::from_value(self.samples)
            .map_err(|error| QueryError::Malformed { what: "an exercise's samples", source: error.into() })?;
        Ok(ExerciseDetail {
            exercise_id: self.exercise_id,
            slug: self.slug,
            revision: self.revision,
            status: self.status,
            title: self.title,
            statement: self.statement,
            category: self.category,
            difficulty: self.difficulty,
            points: self.points,
            languages: self.languages,
            limits: ExerciseLimits {
                cpu_ms: self.cpu_ms,
                memory_kib: self.memory_kib,
                output_kib: self.output_kib,
            },
            samples,
            author_id: self.author_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Whose drafts are to be seen, and whether everybody's are.
fn viewer(caller: Option<&Caller>) -> (Option<Uuid>, bool) {
    (caller.map(|caller| caller.learner_id.0), caller.is_some_and(|caller| caller.has(Role::Admin)))
}

/// RFC 9110, 13.1.2: a list of tags or `*`, compared without regard to weakness.
fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|tags| {
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
    })
}

fn one_of<'a>(
    field: &'static str,
    code: &'static str,
    given: Option<&'a str>,
    names: &[&str],
) -> Result<Option<&'a str>, QueryError> {
    match given {
        Some(name) if !names.contains(&name) => {
            Err(QueryError::invalid(field, code, format!("One of {} is expected.", names.join(", "))))
        }
        given => Ok(given),
    }
}

/// The words searched for as patterns of LIKE.
fn words(q: Option<&str>) -> Result<Vec<String>, QueryError> {
    let text = extract::text("q", "q_invalid", q, 100)?.unwrap_or_default();
    let escaped = |word: &str| word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Ok(text.split_whitespace().map(|word| format!("%{}%", escaped(word))).collect())
}
