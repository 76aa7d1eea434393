//! `POST /v1/rejudges/{id}/cancel`

use super::rejudge_set::{self, RejudgeChanged, actor};
use crate::app::App;
use crate::domain::rejudge::decide_cancel;
use crate::error::ApiError;
use crate::request::{PathText, Traceparent};
use access::Caller;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;

/// Cancel a set
///
/// None of its results will ever have effect, and what is not judged yet is not judged. The results stay in the history.
/// Cancelling again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/rejudges/{id}/cancel",
    tag = "rejudges",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 202, description = "The set as it stands", body = RejudgeChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`rejudge_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`rejudge_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`rejudge_applied`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn cancel_rejudge(
    State(app): State<App>,
    caller: Caller,
    PathText(id): PathText,
    Traceparent(traceparent): Traceparent,
) -> Result<Response, ApiError> {
    let actor = actor(&caller);
    rejudge_set::change(&app, rejudge_set::set_id(&id)?, traceparent, |state| decide_cancel(state, actor))
        .await
}
