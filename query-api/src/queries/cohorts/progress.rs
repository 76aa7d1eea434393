//! A cohort's results: who has how many points on which exercise, for who leads it.

use super::{Led, cut};
use crate::app::App;
use crate::csv::{self, Cell, Format};
use crate::cursor;
use crate::error::QueryError;
use crate::extract::{self, LIMIT_MAX, Params, Segments};
use crate::positions::{Answer, Wanted};
use crate::read::{Projection, Read};
use access::Caller;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::problem::{Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const CURSOR: &str = "cohort progress";
const LIMIT: usize = 50;
/// A class is one file; who has a larger one follows the cursor.
const CSV_LIMIT_MAX: usize = 1_000;
const CONCERNED: [Projection; 4] =
    [Projection::Cohorts, Projection::Learners, Projection::Progress, Projection::Exercises];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MatrixParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Members: 1 to 200, 50 if absent; for a table up to 1,000, which is what it is if absent.
    limit: Option<String>,
    /// `json` (the default) or `csv`.
    format: Option<String>,
}

/// An exercise that any member tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct Column {
    #[serde(skip)]
    exercise_id: Uuid,
    /// Its slug.
    exercise: String,
    title: String,
    points_max: i32,
}

/// One member's results.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatrixRow {
    learner_id: Uuid,
    handle: String,
    /// The sum of `best_points`.
    points: i64,
    solved: i64,
    /// For each of `exercises`, in their order: the best points so far; null where nothing was handed in.
    best_points: Vec<Option<i32>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Matrix {
    /// Every exercise that any member of the cohort tried, by slug; the same on every page.
    exercises: Vec<Column>,
    members: Vec<MatrixRow>,
    /// How many members' figures are incomplete, because an event of theirs could not be applied yet.
    parked_members: i64,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What a cohort's members solved: one row for each member, one place for each exercise, for who leads it.
#[utoipa::path(
    get, path = "/v1/cohorts/{id}/progress", tag = "cohorts", params(("id" = Uuid, Path), MatrixParams),
    responses(
        (status = 200, description = "With `format=csv` the page as a table, its `next_cursor` in `Laurel-Next-Cursor`", content(
            (Matrix = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`, `format_invalid`"),
        (status = 404, body = ProblemBody, description = "`cohort_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn matrix(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(params): Params<MatrixParams>,
) -> Result<Response, Problem> {
    let format = csv::format(params.format.as_deref())?;
    let (default, limit_max) = match format {
        Format::Json => (LIMIT, LIMIT_MAX),
        Format::Csv => (CSV_LIMIT_MAX, CSV_LIMIT_MAX),
    };
    let given = params.limit.as_deref();
    let limit = extract::bounded("limit", "limit_invalid", given, default, 1..=limit_max)?;
    let after: Option<String> = cursor::decode(CURSOR, params.cursor.as_deref())?;
    let led = Led::begin(&app, &CONCERNED, &wanted, &id, &caller).await?;
    let Led { mut read, cohort, parked_members } = led;
    let exercises = columns(&mut read, cohort).await?;
    let mut members = rows(&mut read, cohort, &exercises, after, limit + 1).await?;
    let position = read.finish().await?;
    let next_cursor = cut(CURSOR, &mut members, limit, |member| &member.handle);
    if format == Format::Csv {
        let header = ["handle", "points", "solved"].into_iter();
        let header = header.chain(exercises.iter().map(|column| column.exercise.as_str()));
        let rows = members.into_iter().map(MatrixRow::cells);
        return Ok(csv::answer(&position, "progress", header, rows, next_cursor.as_deref()));
    }
    Ok(Answer { position, body: Matrix { exercises, members, parked_members, next_cursor } }.into_response())
}

impl MatrixRow {
    fn cells(self) -> impl Iterator<Item = Cell> {
        let first: [Cell; 3] = [self.handle.into(), self.points.into(), self.solved.into()];
        first.into_iter().chain(self.best_points.into_iter().map(Cell::from))
    }
}

async fn columns(read: &mut Read, cohort: Uuid) -> Result<Vec<Column>, QueryError> {
    let columns = sqlx::query_as!(
        Column,
        "SELECT exercise_id, slug AS exercise, title, points AS points_max FROM exercises
         WHERE exercise_id IN (
           SELECT progress.exercise_id FROM cohort_members JOIN learners USING (learner_id) JOIN progress USING (learner_id)
           WHERE cohort_id = $1)
         ORDER BY slug",
        cohort
    )
    .fetch_all(read.connection())
    .await?;
    Ok(columns)
}

/// Members by handle, behind `after`.
async fn rows(
    read: &mut Read,
    cohort: Uuid,
    columns: &[Column],
    after: Option<String>,
    limit: usize,
) -> Result<Vec<MatrixRow>, QueryError> {
    let found = sqlx::query!(
        r#"SELECT learner_id, handle, exercises AS "exercises!", best_points AS "best_points!", solved AS "solved!"
           FROM cohort_members JOIN learners USING (learner_id), LATERAL (
             SELECT coalesce(array_agg(exercise_id), '{}') AS exercises, coalesce(array_agg(best_points), '{}') AS best_points,
               count(solved_at) AS solved
             FROM progress WHERE progress.learner_id = cohort_members.learner_id) AS standing
           WHERE cohort_id = $1 AND ($2::text IS NULL OR handle_folded > $2)
           ORDER BY handle_folded LIMIT $3"#,
        cohort,
        after,
        i64::try_from(limit).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await?;
    let place: HashMap<Uuid, usize> =
        columns.iter().enumerate().map(|(place, column)| (column.exercise_id, place)).collect();
    let row = |learner_id, handle, solved, results: Vec<(Uuid, i32)>| {
        let points = results.iter().map(|(_, points)| i64::from(*points)).sum();
        let mut best_points = vec![None; columns.len()];
        for (exercise, points) in results {
            if let Some(place) = place.get(&exercise) {
                best_points[*place] = Some(points);
            }
        }
        MatrixRow { learner_id, handle, points, solved, best_points }
    };
    let rows = found.into_iter().map(|found| {
        let results = found.exercises.into_iter().zip(found.best_points).collect();
        row(found.learner_id, found.handle, found.solved, results)
    });
    Ok(rows.collect())
}
