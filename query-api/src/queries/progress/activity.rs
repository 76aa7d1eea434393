//! What a learner did, day by day.

use super::super::learners;
use super::days::{self, DayFigures, Judged, Streaks};
use crate::app::App;
use crate::csv::{self, Cell, Format};
use crate::error::QueryError;
use crate::extract::{Params, Segments};
use crate::positions::{Answer, Wanted};
use crate::read::{Projection, Read};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::problem::{Problem, ProblemBody};
use chrono::{Days, NaiveDate};
use events::LearnerId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Without `from`: so many days up to `until`.
const DAYS: u64 = 366;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActivityParams {
    /// The time zone whose days are meant, by its name in the IANA database; UTC if absent.
    #[param(example = "Europe/Berlin")]
    tz: Option<String>,
    /// The first day; 365 days before the last one if absent.
    #[param(example = "2026-01-01")]
    from: Option<String>,
    /// The last day; today if absent.
    #[param(example = "2026-12-31")]
    until: Option<String>,
    /// `json` (the default) or `csv`.
    format: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Activity {
    learner_id: Uuid,
    /// The time zone's name.
    #[schema(example = "Europe/Berlin")]
    tz: String,
    #[schema(value_type = String, format = Date)]
    from: NaiveDate,
    #[schema(value_type = String, format = Date)]
    until: NaiveDate,
    /// Of all time, not only between these days.
    streaks: Streaks,
    /// The days on which anything was submitted, the oldest first.
    days: Vec<DayFigures>,
}

/// A learner's days: submissions, exercises solved and points, in the time zone asked for.
#[utoipa::path(
    get, path = "/v1/learners/{handle}/activity", tag = "learners",
    params(("handle" = String, Path), ActivityParams),
    responses(
        (status = 200, description = "With `format=csv` the days as a table", content(
            (Activity = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, body = ProblemBody, description = "`tz_invalid`, `day_invalid`, `format_invalid`"),
        (status = 404, body = ProblemBody, description = "`learner_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn activity(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments(handle): Segments<String>,
    Params(params): Params<ActivityParams>,
) -> Result<Response, Problem> {
    let zone = days::zone(params.tz.as_deref())?;
    let today = app.clock.now().with_timezone(&zone).date_naive();
    let until = days::day("until", params.until.as_deref())?.unwrap_or(today);
    let from = days::day("from", params.from.as_deref())?
        .unwrap_or_else(|| until.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(until));
    let format = csv::format(params.format.as_deref())?;
    let mut read = app.reader.begin(&[Projection::Progress, Projection::Learners], &wanted).await?;
    let learner = learners::find(&mut read, &handle).await?;
    read.refuse_parked(learner.0).await?;
    let attempts = judged(&mut read, learner).await?;
    let position = read.finish().await?;

    let mut days = days::days(&attempts, zone);
    let streaks = days::streaks(&days, today);
    days.retain(|day| (from..=until).contains(&day.day));
    if format == Format::Csv {
        let rows = days.into_iter().map(|day| {
            let figures = [day.submissions, day.accepted, day.solved].map(Cell::from);
            let [submissions, accepted, solved] = figures;
            [day.day.into(), submissions, accepted, solved, day.points.into(), day.points_total.into()]
        });
        let header = ["day", "submissions", "accepted", "solved", "points", "points_total"];
        return Ok(csv::answer(&position, "activity", header, rows, None));
    }
    let body = Activity { learner_id: learner.0, tz: zone.name().to_owned(), from, until, streaks, days };
    Ok(Answer { position, body }.into_response())
}

/// Every attempt that counts and has its verdict, in order of acceptance.
pub async fn judged(read: &mut Read, learner: LearnerId) -> Result<Vec<Judged>, QueryError> {
    let attempts = sqlx::query_as!(
        Judged,
        r#"SELECT exercise_id, received_at AS at, verdict = 'accepted' AS "accepted!", points AS "points!"
           FROM attempts WHERE learner_id = $1 AND verdict <> 'judge_error' ORDER BY received_seq"#,
        learner.0
    )
    .fetch_all(read.connection())
    .await?;
    Ok(attempts)
}
