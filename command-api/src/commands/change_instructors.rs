//! `PUT` and `DELETE /v1/cohorts/{id}/instructors/{handle}`

use super::cohort::{About, CohortChanged};
use crate::app::App;
use crate::cohorts;
use crate::domain::cohort::{decide_add_instructor, decide_remove_instructor};
use crate::error::ApiError;
use crate::request::PathTexts;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;

/// Add an instructor
///
/// They must have the role `instructor`, and see and change what the others see and change.
#[utoipa::path(
    put,
    path = "/v1/cohorts/{id}/instructors/{handle}",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path), ("handle" = String, Path)),
    responses(
        (status = 200, description = "The cohort as it stands", body = CohortChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`cohort_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`cohort_unknown`, `learner_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`cohort_archived`, `not_an_instructor`, `too_many_instructors`: 20", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn add_instructor(
    State(app): State<App>,
    about: About,
    PathTexts(_id, handle): PathTexts,
) -> Result<Response, ApiError> {
    app.log()?;
    let account = cohorts::load_account(&app, &handle).await?;
    let has_role = cohorts::can_lead(&account);
    let added = account.learner_id;
    about.change(&app, |state, actor| decide_add_instructor(state, added, has_role, actor)).await
}

/// Remove an instructor
///
/// One always stays.
#[utoipa::path(
    delete,
    path = "/v1/cohorts/{id}/instructors/{handle}",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path), ("handle" = String, Path)),
    responses(
        (status = 200, description = "The cohort as it stands", body = CohortChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`cohort_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`cohort_unknown`, `learner_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`cohort_archived`, `last_instructor`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn remove_instructor(
    State(app): State<App>,
    about: About,
    PathTexts(_id, handle): PathTexts,
) -> Result<Response, ApiError> {
    app.log()?;
    let removed = cohorts::load_account(&app, &handle).await?.learner_id;
    about.change(&app, |state, actor| decide_remove_instructor(state, removed, actor)).await
}
