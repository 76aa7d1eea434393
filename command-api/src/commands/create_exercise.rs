//! `POST /v1/exercises`

use super::exercise_body::{BODY_BYTES_MAX, ExerciseBody, ExerciseChanged, author, respond};
use crate::app::App;
use crate::domain::exercise::{Rejection, decide_create};
use crate::error::ApiError;
use crate::follow::load_exercise;
use crate::request::{IdempotencyKey, JsonBody, RequestError, Traceparent};
use access::Caller;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, LOCATION};
use axum::response::Response;
use chassis::log::AppendError;
use chassis::problem::ProblemBody;
use events::exercise::ExerciseEvent;
use events::{Event, NewEvent};

const ROUTE: &str = "/v1/exercises";

/// Create an exercise
///
/// It begins as a draft of its author's; publish it when it is ready.
#[utoipa::path(
    post,
    path = "/v1/exercises",
    tag = "exercises",
    security(("access_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request safe")),
    request_body = ExerciseBody,
    responses(
        (status = 201, description = "The draft", body = ExerciseChanged,
            headers(("Laurel-Position" = String, description = "What was written"), ("ETag" = String), ("Location" = String))),
        (status = 400, description = "`idempotency_key_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`slug_taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`package_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`slug_invalid`, `title_invalid`, `statement_invalid`, `category_invalid`, `points_invalid`, `languages_invalid`, `language_unknown`, `checker_language_unknown`, `solution_language_unknown`, `call_unsupported`, `call_with_interactor`, `scoring_invalid`, `sample_missing`, `hidden_missing`, `tests_too_many`, `samples_too_large`, `text_invalid`, `cpu_limit_invalid`, `memory_limit_invalid`, `output_limit_invalid`, `idempotency_key_reused`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn create_exercise(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<ExerciseBody, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    let log = app.log()?;
    let slug = request.slug.clone().ok_or_else(|| RequestError::FieldMissing { field: "slug".to_owned() })?;
    let request_digest = match &key {
        Some(_) => Some(app.digests.request(&[&serde_json::to_vec(&request)?])),
        None => None,
    };
    let (content, package, package_digest) = request.split()?;
    // A request that can be repeated finds out from the append whether what is there is its own.
    let state = if key.is_some() { None } else { load_exercise(log, &slug).await?.0 };
    let created = decide_create(&state, slug, content, package_digest, author(&caller))?;
    let exercise = created.exercise.clone();
    log.put_package(&exercise.package_digest, &package).await?;

    let id = app.event_id(&caller.learner_id.to_string(), ROUTE, key.as_deref());
    let event = NewEvent {
        request_digest,
        traceparent,
        ..app.event(id, Event::Exercise(ExerciseEvent::Created(created)))
    };
    let sequence = match log.append_expecting(event.to_wire()?, 0).await {
        Ok(appended) => appended.sequence,
        Err(AppendError::Conflict { .. }) => return Err(Rejection::SlugTaken.into()),
        Err(error) => return Err(error.into()),
    };
    app.catalogue.learn(exercise.clone(), sequence);
    let location = HeaderValue::from_str(&format!("/v1/exercises/{}", exercise.slug));
    let mut response = respond(exercise, sequence);
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().extend(location.ok().map(|location| (LOCATION, location)));
    Ok(response)
}
