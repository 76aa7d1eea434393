//! `POST /v1/parked/{projection}/{key}/redrive` and `…/discard`

use crate::app::App;
use crate::domain::parked::{Discard, decide_discard, decide_redrive};
use crate::error::ApiError;
use crate::request::{JsonBody, PathTexts, Traceparent};
use crate::respond::Wrote;
use access::Caller;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chassis::log::Stream;
use chassis::problem::ProblemBody;
use chassis::random;
use events::operation::OperationEvent;
use events::{Event, EventId, FamilyEvent, NewEvent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

const BODY_BYTES_MAX: usize = 4 * 1_024;

/// What an order about a parked key answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedKeyOrdered {
    /// Where the order stands; also in the header `Laurel-Position`. A read that names it sees what came of it.
    #[schema(example = "07.1234")]
    position: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardParked {
    /// Of the event that is left out, in its stream: as `GET /v1/parked/{projection}/{key}` has it.
    #[schema(example = 1234)]
    sequence: u64,
    /// Why, for people: 1 to 500 characters that are kept for ever, so without anybody's name.
    #[schema(example = "written by a broken load test")]
    reason: String,
}

/// Try a parked key again
///
/// After its cause was mended: the projection applies the key's waiting events in order, up to the first that still cannot
/// be applied. A key that is not parked stays as it is.
#[utoipa::path(
    post,
    path = "/v1/parked/{projection}/{key}/redrive",
    tag = "operations",
    security(("access_token" = [])),
    params(("projection" = String, Path), ("key" = uuid::Uuid, Path)),
    responses(
        (status = 202, description = "Ordered", body = ParkedKeyOrdered,
            headers(("Laurel-Position" = String, description = "What was written"))),
        (status = 422, description = "`projection_invalid`, `key_invalid`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn redrive_parked_key(
    State(app): State<App>,
    caller: Caller,
    PathTexts(projection, key): PathTexts,
    Traceparent(traceparent): Traceparent,
) -> Result<Response, ApiError> {
    let order = decide_redrive(&projection, Uuid::parse_str(&key).ok(), caller.learner_id)?;
    append(&app, order, traceparent).await
}

/// Go on without a parked event
///
/// The projection leaves this event out, now and in every rebuild: there is no way back but a new version of the projection.
/// Then it tries the key again. Discard what keeps a key parked, and only that.
#[utoipa::path(
    post,
    path = "/v1/parked/{projection}/{key}/discard",
    tag = "operations",
    security(("access_token" = [])),
    params(("projection" = String, Path), ("key" = uuid::Uuid, Path)),
    request_body = DiscardParked,
    responses(
        (status = 202, description = "Ordered", body = ParkedKeyOrdered,
            headers(("Laurel-Position" = String, description = "What was written"))),
        (status = 404, description = "`event_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`projection_invalid`, `key_invalid`, `reason_invalid`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn discard_parked_event(
    State(app): State<App>,
    caller: Caller,
    PathTexts(projection, key): PathTexts,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<DiscardParked, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    let keys_there = keys_at(&app, request.sequence).await?;
    let order = Discard {
        projection: &projection,
        key: Uuid::parse_str(&key).ok(),
        sequence: request.sequence,
        reason: &request.reason,
    };
    let order = decide_discard(order, &keys_there, caller.learner_id)?;
    append(&app, order, traceparent).await
}

/// Whom the events at this sequence are about. Told from the subject: the body may be what cannot be read.
async fn keys_at(app: &App, sequence: u64) -> Result<Vec<Uuid>, ApiError> {
    let mut keys = Vec::new();
    if sequence > 0 {
        for stream in [Stream::Facts, Stream::Identity] {
            let message = app.log()?.at(stream, sequence).await?;
            let key = message.and_then(|message| Uuid::parse_str(message.subject.rsplit('.').next()?).ok());
            keys.extend(key);
        }
    }
    Ok(keys)
}

async fn append(app: &App, order: OperationEvent, traceparent: Option<String>) -> Result<Response, ApiError> {
    let key = order.key();
    let event =
        NewEvent { traceparent, ..app.event(EventId(random::uuid(&app.clock)), Event::Operation(order)) };
    let appended = app.log()?.append(event.to_wire()?).await?;
    let wrote = Wrote::fact(key, appended.sequence);
    let body = ParkedKeyOrdered { position: wrote.0.to_string() };
    Ok((StatusCode::ACCEPTED, wrote, Json(body)).into_response())
}
