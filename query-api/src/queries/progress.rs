//! How a learner stands on each exercise they tried; beneath it, altogether and day by day.

pub mod activity;
mod days;
pub mod statistics;
#[cfg(test)]
mod tests;

use super::learners;
use crate::app::App;
use crate::csv::{self, Cell, Format};
use crate::cursor;
use crate::error::QueryError;
use crate::extract::{self, Params, Segments};
use crate::positions::{Answer, Wanted};
use crate::read::Projection;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const CURSOR: &str = "progress";
const LIMIT: usize = 100;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProgressParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 100 if absent.
    limit: Option<String>,
    /// `json` (the default) or `csv`.
    format: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressEntry {
    exercise_id: Uuid,
    /// The exercise's slug.
    exercise: String,
    title: String,
    category: String,
    difficulty: String,
    attempts: i32,
    /// The personal best: most points, then least CPU time.
    best_points: i32,
    points_max: i32,
    /// Of all tests together, milliseconds; null before the first verdict.
    best_cpu_ms: Option<i32>,
    best_submission_id: Option<Uuid>,
    solved_at: Option<DateTime<Utc>>,
    /// Counting the one that solved it.
    attempts_to_solve: Option<i32>,
    /// Seconds from the first attempt to the one that solved it.
    time_to_solve_s: Option<i64>,
    first_attempt_at: DateTime<Utc>,
    last_attempt_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressPage {
    learner_id: Uuid,
    /// Exercises tried, over all pages.
    tried: i64,
    /// Exercises solved, over all pages.
    solved: i64,
    /// The sum of the best points, over all pages: the points of all time, as on the global board.
    points: i64,
    progress: Vec<ProgressEntry>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A learner's progress, by exercise.
#[utoipa::path(
    get, path = "/v1/learners/{handle}/progress", tag = "learners",
    params(("handle" = String, Path), ProgressParams),
    responses(
        (status = 200, description = "With `format=csv` the page as a table, its `next_cursor` in `Laurel-Next-Cursor`", content(
            (ProgressPage = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`, `format_invalid`"),
        (status = 404, body = ProblemBody, description = "`learner_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments(handle): Segments<String>,
    Params(params): Params<ProgressParams>,
) -> Result<Response, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let format = csv::format(params.format.as_deref())?;
    let after: Option<String> = cursor::decode(CURSOR, params.cursor.as_deref())?;
    let concerned = [Projection::Progress, Projection::Learners, Projection::Exercises];
    let mut read = app.reader.begin(&concerned, &wanted).await?;
    let learner = learners::find(&mut read, &handle).await?;
    read.refuse_parked(learner.0).await?;
    let sums = sqlx::query!(
        r#"SELECT count(*) AS "tried!", count(solved_at) AS "solved!", coalesce(sum(best_points), 0)::bigint AS "points!"
           FROM progress WHERE learner_id = $1"#,
        learner.0
    )
    .fetch_one(read.connection())
    .await
    .map_err(QueryError::from)?;
    let mut progress = sqlx::query_as!(
        ProgressEntry,
        r#"SELECT exercise_id, slug AS exercise, title, e.category, difficulty, attempts, best_points, points AS points_max,
             best_cpu_ms, best_submission_id, solved_at, attempts_to_solve,
             extract(epoch FROM solved_at - first_attempt_at)::bigint AS time_to_solve_s, first_attempt_at, last_attempt_at
           FROM progress JOIN exercises e USING (exercise_id)
           WHERE learner_id = $1 AND ($2::text IS NULL OR slug > $2)
           ORDER BY slug LIMIT $3"#,
        learner.0,
        after,
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;

    let more = progress.len() > limit;
    progress.truncate(limit);
    let next_cursor = progress.last().filter(|_| more).map(|entry| cursor::encode(CURSOR, &entry.exercise));
    if format == Format::Csv {
        let rows = progress.into_iter().map(ProgressEntry::cells);
        return Ok(csv::answer(&position, "progress", COLUMNS, rows, next_cursor.as_deref()));
    }
    let body = ProgressPage {
        learner_id: learner.0,
        tried: sums.tried,
        solved: sums.solved,
        points: sums.points,
        progress,
        next_cursor,
    };
    Ok(Answer { position, body }.into_response())
}

const COLUMNS: [&str; 13] = [
    "exercise",
    "title",
    "category",
    "difficulty",
    "attempts",
    "best_points",
    "points_max",
    "best_cpu_ms",
    "solved_at",
    "attempts_to_solve",
    "time_to_solve_s",
    "first_attempt_at",
    "last_attempt_at",
];

impl ProgressEntry {
    fn cells(self) -> [Cell; 13] {
        [
            self.exercise.into(),
            self.title.into(),
            self.category.into(),
            self.difficulty.into(),
            self.attempts.into(),
            self.best_points.into(),
            self.points_max.into(),
            self.best_cpu_ms.into(),
            self.solved_at.into(),
            self.attempts_to_solve.into(),
            self.time_to_solve_s.into(),
            self.first_attempt_at.into(),
            self.last_attempt_at.into(),
        ]
    }
}
