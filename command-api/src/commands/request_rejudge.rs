//! `POST /v1/rejudges`

use super::rejudge_set::{RejudgeChanged, actor, respond};
use crate::app::App;
use crate::domain::rejudge::{Rejection, Request, decide_request};
use crate::error::ApiError;
use crate::follow::load_exercise;
use crate::rejudging::load_set;
use crate::rejudging::places::Place;
use crate::request::{IdempotencyKey, JsonBody, Traceparent};
use access::Caller;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;
use chrono::{DateTime, Utc};
use events::rejudge::{JudgeBy, Selection};
use events::{Event, ExerciseId, NewEvent, RejudgeSetId, SubmissionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const ROUTE: &str = "/v1/rejudges";
const BODY_BYTES_MAX: usize = 128 * 1_024;

/// Which submissions are judged again: those received before this request that fit everything said here.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRejudge {
    /// The slug of an exercise.
    #[serde(default)]
    #[schema(example = "sum-of-two")]
    exercise: Option<String>,
    /// Only submissions to this revision of the exercise.
    #[serde(default)]
    revision: Option<u32>,
    /// Received at this time or later.
    #[serde(default)]
    from: Option<DateTime<Utc>>,
    /// Received before this time.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
    /// Only these, at most 1,000.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    submissions: Vec<SubmissionId>,
    /// `current` (the default): by each exercise's last revision before this request. `original`: by the one it was handed
    /// in to.
    #[serde(default)]
    #[schema(value_type = String, example = "current")]
    judge_by: JudgeBy,
    /// Why, for people: 1 to 500 characters that are kept for ever, so without anybody's name.
    #[schema(example = "test 7 expected a wrong sum")]
    reason: String,
}

/// Judge again
///
/// Starts a rejudge set. Its submissions are looked up and judged after all others; nothing it finds has effect before it
/// is applied. Follow `Location`. With an `Idempotency-Key` a repeated request gets the set it started.
#[utoipa::path(
    post,
    path = "/v1/rejudges",
    tag = "rejudges",
    security(("access_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = RequestRejudge,
    responses(
        (status = 202, description = "The set", body = RejudgeChanged,
            headers(("Laurel-Position" = String, description = "What was written"), ("Location" = String))),
        (status = 400, description = "`idempotency_key_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`rejudge_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`exercise_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`reason_invalid`, `selection_empty`, `revision_without_exercise`, `range_invalid`, `submissions_too_many`, `idempotency_key_reused`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_rejudges`: four sets of this caller are in work, or 64 altogether", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn request_rejudge(
    State(app): State<App>,
    caller: Caller,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<RequestRejudge, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    let log = app.log()?;
    let exercise = match &request.exercise {
        Some(slug) => load_exercise(log, slug).await?.0,
        None => None,
    };
    let actor_id = idempotency_key.as_ref().map(|_| caller.learner_id.to_string()).unwrap_or_default();
    let id = app.event_id(&actor_id, ROUTE, idempotency_key.as_deref());
    let said = serde_json::to_vec(&request)?;
    let request_digest = idempotency_key.as_ref().map(|_| app.digests.request(&[said.as_slice()]));
    let wanted = Request {
        selection: Selection {
            exercise_id: request.exercise.as_deref().map(ExerciseId::of_slug),
            revision: request.revision,
            from: request.from,
            until: request.until,
            submissions: request.submissions,
        },
        judge_by: request.judge_by,
        reason: request.reason,
    };
    let requested = decide_request(wanted, exercise.as_ref(), RejudgeSetId(id.0), actor(&caller))?;
    let set = requested.set().clone();
    let event = NewEvent { request_digest, traceparent, ..app.event(id, Event::RejudgeSet(requested)) };
    let wire = event.to_wire()?;
    let place = app.rejudge_places.reserve(set.set_id, set.requested_by);
    // Who has no place left may still repeat an earlier request.
    if place == Place::Full && load_set(log, set.set_id).await?.0.is_none() {
        return Err(Rejection::TooManyInWork.into());
    }
    // A set begins once, also when its request is repeated after the broker has forgotten the id.
    let appended = log.append_expecting(wire, 0).await;
    let is_new = appended.as_ref().is_ok_and(|appended| !appended.duplicate);
    if place == Place::Taken && !is_new {
        app.rejudge_places.release(set.set_id);
    }
    Ok(respond(&set, appended?.sequence))
}
