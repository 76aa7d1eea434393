//! `POST /v1/projections/{name}/rebuild`, `/verify`, `/rollback` and `/abort`: one order each, appended as a fact. Projectors
//! carry it out; `GET /v1/projections/{name}` says how far they are.

use crate::app::App;
use crate::domain::operation::{decide_abort, decide_build};
use crate::error::ApiError;
use crate::request::{JsonBody, PathText, Traceparent};
use crate::respond::Wrote;
use access::Caller;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chassis::problem::{Problem, ProblemBody};
use chassis::random;
use events::operation::{BuildKind, OperationEvent};
use events::{Event, EventId, FamilyEvent, LearnerId, NewEvent};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

const BODY_BYTES_MAX: usize = 8 * 1_024;

/// Why, for people.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBuild {
    /// At most 500 characters that are kept for ever, so without anybody's name. Required for a rollback, and where a
    /// difference is accepted.
    #[serde(default)]
    #[schema(example = "a total was changed by hand")]
    reason: String,
}

/// A rebuild.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRebuild {
    #[serde(default)]
    #[schema(example = "verify found a total that was changed by hand")]
    reason: String,
    /// Take the live tables' place also when the result differs from them: for tables that are known to be wrong.
    #[serde(default)]
    accept_difference: bool,
}

/// An order that was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ordered {
    /// What is built; of an abort, the order itself.
    build_id: Uuid,
    /// Where the order stands; also in the header `Laurel-Position`.
    #[schema(example = "07.1234")]
    position: String,
}

/// Rebuild a projection
///
/// New tables are folded from the first event on beside the live ones, compared with them at one position, and put in their
/// place. If they differ, nothing is replaced, unless the order accepts that.
#[utoipa::path(
    post,
    path = "/v1/projections/{name}/rebuild",
    tag = "operations",
    security(("access_token" = [])),
    params(("name" = String, Path)),
    request_body = OrderRebuild,
    responses(
        (status = 202, description = "Ordered", body = Ordered,
            headers(("Laurel-Position" = String, description = "What was written"), ("Location" = String))),
        (status = 404, description = "`projection_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`reason_invalid`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn rebuild_projection(
    State(app): State<App>,
    order: Order,
    JsonBody(body): JsonBody<OrderRebuild, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    order.build(&app, BuildKind::Rebuild, body.accept_difference, &body.reason).await
}

/// Verify a projection
///
/// Folded again beside the live tables, compared with them table by table at one position (and board by board), and thrown
/// away. What was found stands in the build.
#[utoipa::path(
    post,
    path = "/v1/projections/{name}/verify",
    tag = "operations",
    security(("access_token" = [])),
    params(("name" = String, Path)),
    request_body = OrderBuild,
    responses(
        (status = 202, description = "Ordered", body = Ordered,
            headers(("Laurel-Position" = String, description = "What was written"), ("Location" = String))),
        (status = 404, description = "`projection_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`reason_invalid`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn verify_projection(
    State(app): State<App>,
    order: Order,
    JsonBody(body): JsonBody<OrderBuild, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    order.build(&app, BuildKind::Verify, false, &body.reason).await
}

/// Roll a projection back
///
/// The tables that were live before the last swap are caught up and put in the live ones' place, which are kept in turn.
#[utoipa::path(
    post,
    path = "/v1/projections/{name}/rollback",
    tag = "operations",
    security(("access_token" = [])),
    params(("name" = String, Path)),
    request_body = OrderBuild,
    responses(
        (status = 202, description = "Ordered", body = Ordered,
            headers(("Laurel-Position" = String, description = "What was written"), ("Location" = String))),
        (status = 404, description = "`projection_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`reason_invalid`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn roll_back_projection(
    State(app): State<App>,
    order: Order,
    JsonBody(body): JsonBody<OrderBuild, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    order.build(&app, BuildKind::Rollback, false, &body.reason).await
}

/// Abort a projection's builds
///
/// Whatever is ordered or being built of it is given up; the live tables stay. A swap that has begun is not stopped.
#[utoipa::path(
    post,
    path = "/v1/projections/{name}/abort",
    tag = "operations",
    security(("access_token" = [])),
    params(("name" = String, Path)),
    responses(
        (status = 202, description = "Ordered", body = Ordered,
            headers(("Laurel-Position" = String, description = "What was written"), ("Location" = String))),
        (status = 404, description = "`projection_unknown`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn abort_projection(State(app): State<App>, order: Order) -> Result<Response, ApiError> {
    let event = decide_abort(&order.projection, order.operator_id)?;
    order.append(&app, event).await
}

/// Which projection an order is about, who gives it, and the trace it belongs to.
#[derive(Debug)]
pub struct Order {
    projection: String,
    operator_id: LearnerId,
    traceparent: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Order {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, state).await.map_err(Problem::into_response)?;
        let PathText(projection) =
            PathText::from_request_parts(parts, state).await.map_err(ApiError::into_response)?;
        let Ok(Traceparent(traceparent)) = Traceparent::from_request_parts(parts, state).await;
        Ok(Self { projection, operator_id: caller.learner_id, traceparent })
    }
}

impl Order {
    async fn build(
        self,
        app: &App,
        kind: BuildKind,
        accept_difference: bool,
        reason: &str,
    ) -> Result<Response, ApiError> {
        let event = decide_build(&self.projection, kind, accept_difference, reason, self.operator_id)?;
        self.append(app, event).await
    }

    async fn append(self, app: &App, event: OperationEvent) -> Result<Response, ApiError> {
        let key = event.key();
        let id = EventId(random::uuid(&app.clock));
        let event = NewEvent { traceparent: self.traceparent, ..app.event(id, Event::Operation(event)) };
        let appended = app.log()?.append(event.to_wire()?).await?;
        let wrote = Wrote::fact(key, appended.sequence);
        let body = Ordered { build_id: id.0, position: wrote.0.to_string() };
        let location = format!("/v1/projections/{}", self.projection);
        Ok((StatusCode::ACCEPTED, wrote, [(LOCATION, location)], Json(body)).into_response())
    }
}
