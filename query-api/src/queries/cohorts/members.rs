//! A cohort's members and how each stands, for who leads it.

use super::{Led, cut};
use crate::app::App;
use crate::csv::{self, Cell, Format};
use crate::cursor;
use crate::error::QueryError;
use crate::extract::{self, Params, Segments};
use crate::positions::{Answer, Wanted};
use crate::read::Projection;
use access::Caller;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const CURSOR: &str = "cohort members";
const LIMIT: usize = 100;
const CONCERNED: [Projection; 3] = [Projection::Cohorts, Projection::Learners, Projection::Progress];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MemberParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 200, 100 if absent.
    limit: Option<String>,
    /// `json` (the default) or `csv`.
    format: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Member {
    learner_id: Uuid,
    handle: String,
    joined_at: DateTime<Utc>,
    /// Of all time, on all exercises, as on the global board; not only since joining.
    points: i64,
    tried: i64,
    solved: i64,
    /// When they last handed anything in; null for who never did.
    last_attempt_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MemberPage {
    members: Vec<Member>,
    /// How many members' figures are incomplete, because an event of theirs could not be applied yet.
    parked_members: i64,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A cohort's members by handle, for who leads it.
#[utoipa::path(
    get, path = "/v1/cohorts/{id}/members", tag = "cohorts", params(("id" = Uuid, Path), MemberParams),
    responses(
        (status = 200, description = "With `format=csv` the page as a table, its `next_cursor` in `Laurel-Next-Cursor`", content(
            (MemberPage = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, body = ProblemBody, description = "`limit_invalid`, `cursor_invalid`, `format_invalid`"),
        (status = 404, body = ProblemBody, description = "`cohort_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn list(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
    Segments(id): Segments<String>,
    Params(params): Params<MemberParams>,
) -> Result<Response, Problem> {
    let limit = extract::limit(params.limit.as_deref(), LIMIT)?;
    let format = csv::format(params.format.as_deref())?;
    let after: Option<String> = cursor::decode(CURSOR, params.cursor.as_deref())?;
    let led = Led::begin(&app, &CONCERNED, &wanted, &id, &caller).await?;
    let Led { mut read, cohort, parked_members } = led;
    let mut members = sqlx::query_as!(
        Member,
        r#"SELECT learner_id, handle, joined_at, points AS "points!", tried AS "tried!", solved AS "solved!", last_attempt_at
           FROM cohort_members JOIN learners USING (learner_id), LATERAL (
             SELECT coalesce(sum(best_points), 0)::bigint AS points, count(*) AS tried, count(solved_at) AS solved,
               max(last_attempt_at) AS last_attempt_at
             FROM progress WHERE progress.learner_id = cohort_members.learner_id) AS standing
           WHERE cohort_id = $1 AND ($2::text IS NULL OR handle_folded > $2)
           ORDER BY handle_folded LIMIT $3"#,
        cohort,
        after,
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;
    let next_cursor = cut(CURSOR, &mut members, limit, |member| &member.handle);
    if format == Format::Csv {
        let rows = members.into_iter().map(Member::cells);
        return Ok(csv::answer(&position, "members", COLUMNS, rows, next_cursor.as_deref()));
    }
    Ok(Answer { position, body: MemberPage { members, parked_members, next_cursor } }.into_response())
}

const COLUMNS: [&str; 6] = ["handle", "joined_at", "points", "tried", "solved", "last_attempt_at"];

impl Member {
    fn cells(self) -> [Cell; 6] {
        [
            self.handle.into(),
            self.joined_at.into(),
            self.points.into(),
            self.tried.into(),
            self.solved.into(),
            self.last_attempt_at.into(),
        ]
    }
}
