//! `POST /v1/exercises/{slug}/archive`

use super::exercise_body::{ExerciseChanged, author};
use super::exercise_status;
use crate::app::App;
use crate::domain::exercise::decide_archive;
use crate::error::ApiError;
use crate::request::{PathText, Traceparent};
use access::Caller;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;
use events::exercise::ExerciseEvent;

/// Archive an exercise
///
/// It takes no more submissions; everything earned on it stays. Archiving again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/exercises/{slug}/archive",
    tag = "exercises",
    security(("access_token" = [])),
    params(("slug" = String, Path)),
    responses(
        (status = 200, description = "The exercise as it stands", body = ExerciseChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"), ("ETag" = String))),
        (status = 403, description = "`not_its_author`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`exercise_unknown`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn archive_exercise(
    State(app): State<App>,
    caller: Caller,
    PathText(slug): PathText,
    Traceparent(traceparent): Traceparent,
) -> Result<Response, ApiError> {
    let author = author(&caller);
    exercise_status::change(&app, &slug, traceparent, |state| {
        Ok(decide_archive(state, author)?.map(ExerciseEvent::Archived))
    })
    .await
}
