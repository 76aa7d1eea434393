//! `POST /v1/cohorts/{id}/archive`

use super::cohort::{About, CohortChanged};
use crate::app::App;
use crate::domain::cohort::decide_archive;
use crate::error::ApiError;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;

/// End a class
///
/// Nobody joins it any more and nothing about it changes; its members stay members until they leave. Archiving again
/// changes nothing.
#[utoipa::path(
    post,
    path = "/v1/cohorts/{id}/archive",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The cohort as it stands", body = CohortChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`cohort_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`cohort_unknown`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn archive_cohort(State(app): State<App>, about: About) -> Result<Response, ApiError> {
    about.change(&app, decide_archive).await
}
