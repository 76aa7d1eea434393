//! `POST /v1/exercises/{slug}/submissions`: the way most requests go, so it reads only what it follows anyway (the
//! exercises, the unjudged) and what it caches (tokens, data keys), and appends once.

use crate::app::App;
use crate::domain::submission::{Place, Rejection, SOURCE_BYTES_MAX, decide_submit};
use crate::error::ApiError;
use crate::request::{IdempotencyKey, JsonBody, PathText, RequestError, Traceparent, WantedPosition};
use crate::respond::Wrote;
use access::Caller;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use chassis::keys::KeyError;
use chassis::log::{AppendError, LogError};
use chassis::problem::ProblemBody;
use chassis::seal::DataKey;
use events::account::AccountEvent;
use events::exercise::Exercise;
use events::submission::{SOURCE_FIELD, SubmissionEvent, SubmissionReceived};
use events::{
    Event, EventId, ExerciseId, LearnerId, NewEvent, Part, Partition, Position, SubmissionId, subject,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

const ROUTE: &str = "/v1/exercises/{slug}/submissions";
/// JSON may write every byte of the source as `\u00xx`; and there is the rest of the body.
const BODY_BYTES_MAX: usize = SOURCE_BYTES_MAX * 6 + 4 * 1_024;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitSolution {
    #[schema(example = "python")]
    language: String,
    /// At most 65,536 bytes in UTF-8.
    #[schema(example = "print(sum(map(int, input().split())))")]
    source: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Submitted {
    #[schema(value_type = uuid::Uuid)]
    submission_id: SubmissionId,
    /// Where it stands; also in the header `Laurel-Position`.
    #[schema(example = "07.1234")]
    position: String,
}

/// Hand in a solution
///
/// It is stored when this answers, and judged soon after: follow `Location` or `/v1/live`. With an `Idempotency-Key`
/// (1 to 128 visible ASCII characters, remembered for ten minutes) a repeated request gets the first answer.
#[utoipa::path(
    post,
    path = "/v1/exercises/{slug}/submissions",
    tag = "submissions",
    security(("access_token" = [])),
    params(
        ("slug" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request safe"),
        ("Laurel-Position" = Option<String>, Header, description = "Decide on nothing older than this", example = "03.17")
    ),
    request_body = SubmitSolution,
    responses(
        (status = 202, description = "Stored", body = Submitted,
            headers(("Laurel-Position" = String, description = "Where it stands"), ("Location" = String))),
        (status = 400, description = "`idempotency_key_invalid`, `position_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`exercise_unknown`, `exercise_not_published`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`exercise_archived`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "`account_erased`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`source_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`language_not_offered`, `source_empty`, `idempotency_key_reused`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_pending`: three of this learner's are not judged yet", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn submit_solution(
    State(app): State<App>,
    caller: Caller,
    PathText(slug): PathText,
    WantedPosition(wanted): WantedPosition,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Traceparent(traceparent): Traceparent,
    body: Result<JsonBody<SubmitSolution, BODY_BYTES_MAX>, ApiError>,
) -> Result<Response, ApiError> {
    let JsonBody(request) = body.map_err(name_the_source)?;
    let log = app.log()?;
    let learner = caller.learner_id;
    let exercise = decide(&app, &slug, &wanted, &request.language, &request.source).await?;
    let key = data_key(&app, learner).await?;

    let actor = idempotency_key.as_ref().map(|_| learner.to_string()).unwrap_or_default();
    let id = app.event_id(&actor, ROUTE, idempotency_key.as_deref());
    let submission = SubmissionId(id.0);
    let request_digest = idempotency_key.as_ref().map(|_| {
        app.digests.request(&[slug.as_bytes(), request.language.as_bytes(), request.source.as_bytes()])
    });
    let place = app.unjudged.reserve(learner, submission, app.clock.now());
    if place == Place::Full && idempotency_key.is_none() {
        app.metrics.submissions_refused_pending.inc();
        return Err(Rejection::TooManyPending.into());
    }
    let received = received(&app, submission, learner, &exercise, request, &key);
    let event = NewEvent {
        request_digest,
        traceparent,
        ..app.event(id, Event::Submission(SubmissionEvent::Received(received)))
    };
    let wire = event.to_wire()?;
    if place == Place::Full {
        // A learner who has no place left may still repeat an earlier request.
        let Some(earlier) = log.find_repeat(&wire).await? else {
            app.metrics.submissions_refused_pending.inc();
            return Err(Rejection::TooManyPending.into());
        };
        return Ok(respond(learner, submission, earlier.sequence));
    }
    let appended = log.append(wire).await;
    match &appended {
        Ok(appended) if !appended.duplicate => app.unjudged.stored(learner, submission),
        // Nobody knows whether it is stored: the place stays taken until following the log tells, or for a while.
        Err(AppendError::Unacknowledged { .. }) => {}
        // It was stored before, and perhaps judged since; or it was not stored.
        Ok(_) | Err(_) if place == Place::Taken => app.unjudged.release(learner, submission),
        Ok(_) | Err(_) => {}
    }
    let appended = appended?;
    app.metrics.submissions_accepted.inc();
    Ok(respond(learner, submission, appended.sequence))
}

pub fn name_the_source(error: ApiError) -> ApiError {
    match error {
        ApiError::Request(RequestError::BodyTooLarge { .. }) => Rejection::SourceTooLarge.into(),
        other => other,
    }
}

/// Decides on what is followed; on a refusal, or when a position asks for it, on what the leader has.
pub async fn decide(
    app: &App,
    slug: &str,
    wanted: &Position,
    language: &str,
    source: &str,
) -> Result<Arc<Exercise>, ApiError> {
    let known = app.catalogue.find(slug);
    let too_old = !wanted.is_empty() && {
        let part = Part::Facts(Partition::of(ExerciseId::of_slug(slug).0));
        wanted.get(part) > known.as_ref().map_or(0, |(_, sequence)| *sequence)
    };
    if let Some((exercise, _)) = known
        && !too_old
        && decide_submit(Some(&exercise), language, source).is_ok()
    {
        return Ok(exercise);
    }
    let exercise = app.catalogue.refresh(app.log()?, slug).await?.map(|(exercise, _)| exercise);
    decide_submit(exercise.as_deref(), language, source)?;
    exercise.ok_or_else(|| Rejection::ExerciseUnknown.into())
}

/// The learner's data key. A replica of the stream may not have a new learner's yet, so only the leader's word counts
/// when there seems to be none.
async fn data_key(app: &App, learner: LearnerId) -> Result<DataKey, ApiError> {
    match app.keys.get(learner).await {
        Err(KeyError::Gone) => {}
        found => return Ok(found?),
    }
    let message = app.log()?.last(&subject::key(learner)).await?.ok_or(KeyError::Gone)?;
    match message.decode().map_err(LogError::from)?.event {
        Event::Account(AccountEvent::DataKeyMade(made)) => {
            Ok(app.master_key.unwrap(learner, &made.wrapped_key).map_err(KeyError::from)?)
        }
        _erased => Err(KeyError::Gone.into()),
    }
}

fn received(
    app: &App,
    submission_id: SubmissionId,
    learner_id: LearnerId,
    exercise: &Exercise,
    request: SubmitSolution,
    key: &DataKey,
) -> SubmissionReceived {
    SubmissionReceived {
        submission_id,
        learner_id,
        exercise_id: exercise.exercise_id,
        revision: exercise.revision,
        category: exercise.category.clone(),
        language: request.language,
        points_max: exercise.points,
        package_digest: exercise.package_digest.clone(),
        size_bytes: u32::try_from(request.source.len()).unwrap_or(u32::MAX),
        source_digest: app.digests.source(&request.source),
        source: key.seal(EventId(submission_id.0), SOURCE_FIELD, request.source.as_bytes()),
    }
}

fn respond(learner: LearnerId, submission: SubmissionId, sequence: u64) -> Response {
    let position = Wrote::fact(learner.0, sequence);
    let body = Submitted { submission_id: submission, position: position.0.to_string() };
    let location = format!("/v1/submissions/{submission}");
    (StatusCode::ACCEPTED, position, [(LOCATION, location)], Json(body)).into_response()
}
