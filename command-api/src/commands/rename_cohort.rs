//! `PUT /v1/cohorts/{id}`

use super::cohort::{About, CohortChanged};
use crate::app::App;
use crate::domain::cohort::decide_rename;
use crate::error::ApiError;
use crate::request::JsonBody;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;
use serde::Deserialize;
use utoipa::ToSchema;

const BODY_BYTES_MAX: usize = 4 * 1_024;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenameCohort {
    /// 1 to 100 characters in one line, shown to members. It is kept for ever, so it names nobody.
    #[schema(example = "Programming 1")]
    name: String,
}

/// Name a cohort
#[utoipa::path(
    put,
    path = "/v1/cohorts/{id}",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path)),
    request_body = RenameCohort,
    responses(
        (status = 200, description = "The cohort as it stands", body = CohortChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`cohort_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`cohort_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`cohort_archived`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`name_invalid`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn rename_cohort(
    State(app): State<App>,
    about: About,
    JsonBody(request): JsonBody<RenameCohort, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    about.change(&app, |state, actor| decide_rename(state, &request.name, actor)).await
}
