//! `POST /v1/rejudges/{id}/apply`

use super::rejudge_set::{self, RejudgeChanged, actor};
use crate::app::App;
use crate::domain::rejudge::decide_apply;
use crate::error::ApiError;
use crate::request::{Flag, PathText, Traceparent};
use access::Caller;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use chassis::problem::ProblemBody;

/// Give a set's results effect
///
/// Learner by learner, soon after this answers. Results that ended in `judge_error` change nothing. Applying again changes
/// nothing; an applied set cannot be taken back, only followed by another one.
#[utoipa::path(
    post,
    path = "/v1/rejudges/{id}/apply",
    tag = "rejudges",
    security(("access_token" = [])),
    params(
        ("id" = uuid::Uuid, Path),
        ("partial" = Option<bool>, Query, description = "Do not wait for the results that are missing; they will have no effect"),
    ),
    responses(
        (status = 202, description = "The set as it stands", body = RejudgeChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`rejudge_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`rejudge_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`rejudge_cancelled`, `rejudge_incomplete`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn apply_rejudge(
    State(app): State<App>,
    caller: Caller,
    PathText(id): PathText,
    RawQuery(query): RawQuery,
    Traceparent(traceparent): Traceparent,
) -> Result<Response, ApiError> {
    let Flag(partial) = Flag::read(query.as_deref(), "partial")?;
    let actor = actor(&caller);
    rejudge_set::change(&app, rejudge_set::set_id(&id)?, traceparent, |state| {
        decide_apply(state, partial, actor)
    })
    .await
}
