//! `PUT /v1/exercises/{slug}`

use super::exercise_body::{BODY_BYTES_MAX, ExerciseBody, ExerciseChanged, author};
use super::exercise_status;
use crate::app::App;
use crate::domain::exercise::{Rejection, decide_revise};
use crate::error::ApiError;
use crate::follow::load_exercise;
use crate::request::{IfMatch, JsonBody, PathText, Traceparent};
use access::Caller;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;
use events::exercise::ExerciseEvent;

/// Revise an exercise
///
/// Says everything about it anew. A published exercise stays published; submissions from now on are judged by the new
/// revision. Repeating it is safe: what reads like that already is not revised again.
#[utoipa::path(
    put,
    path = "/v1/exercises/{slug}",
    tag = "exercises",
    security(("access_token" = [])),
    params(
        ("slug" = String, Path),
        ("If-Match" = String, Header, description = "The revision that is changed, as the ETag had it", example = "\"1\"")
    ),
    request_body = ExerciseBody,
    responses(
        (status = 200, description = "The new revision", body = ExerciseChanged,
            headers(("Laurel-Position" = String, description = "What was written"), ("ETag" = String))),
        (status = 400, description = "`if_match_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`not_its_author`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`exercise_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`exercise_archived`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`revision_mismatch`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`package_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`slug_fixed`, and those of creating", body = ProblemBody, content_type = "application/problem+json"),
        (status = 428, description = "`if_match_required`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn revise_exercise(
    State(app): State<App>,
    caller: Caller,
    PathText(slug): PathText,
    IfMatch(revision): IfMatch,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<ExerciseBody, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    let log = app.log()?;
    if request.slug.as_ref().is_some_and(|said| *said != slug) {
        return Err(Rejection::SlugFixed.into());
    }
    let (content, package, package_digest) = request.split()?;
    let decide = |state| {
        let revised =
            decide_revise(state, content.clone(), package_digest.clone(), revision, author(&caller))?;
        Ok(revised.map(ExerciseEvent::Revised))
    };
    // Decided once before anything is stored, so that nobody fills the store with packages of others' exercises.
    let (state, _) = load_exercise(log, &slug).await?;
    if decide(state)?.is_some() {
        log.put_package(&package_digest, &package).await?;
    }
    exercise_status::change(&app, &slug, traceparent, decide).await
}
