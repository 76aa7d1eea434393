//! `POST /v1/cohorts/{id}/leave` and `DELETE /v1/cohorts/{id}/members/{handle}`

use super::cohort::{About, MembershipChanged, membership};
use crate::app::App;
use crate::cohorts;
use crate::domain::cohort::{Rejection, check_leads};
use crate::error::ApiError;
use crate::request::PathTexts;
use axum::extract::State;
use axum::response::Response;
use chassis::problem::ProblemBody;

/// Leave a class
///
/// Also one that is archived. Leaving again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/cohorts/{id}/leave",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "No member, from now on or before", body = MembershipChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 404, description = "`cohort_unknown`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn leave_cohort(State(app): State<App>, about: About) -> Result<Response, ApiError> {
    let About { cohort_id: cohort, actor, traceparent } = about;
    let learner = actor.learner_id;
    cohorts::load(app.log()?, cohort).await?.0.ok_or(Rejection::CohortUnknown)?;
    let sequence = cohorts::leave(&app, cohort, learner, learner, traceparent).await?;
    Ok(membership(cohort, learner, false, sequence))
}

/// Remove a member
///
/// Who knows the code may join again: renew the invitation to prevent that. Removing somebody who is no member changes
/// nothing.
#[utoipa::path(
    delete,
    path = "/v1/cohorts/{id}/members/{handle}",
    tag = "cohorts",
    security(("access_token" = [])),
    params(("id" = uuid::Uuid, Path), ("handle" = String, Path)),
    responses(
        (status = 200, description = "No member, from now on or before", body = MembershipChanged,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 403, description = "`cohort_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`cohort_unknown`, `learner_unknown`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn remove_member(
    State(app): State<App>,
    about: About,
    PathTexts(_id, handle): PathTexts,
) -> Result<Response, ApiError> {
    let About { cohort_id: cohort, actor, traceparent } = about;
    check_leads(cohorts::load(app.log()?, cohort).await?.0, actor)?;
    let learner = cohorts::load_account(&app, &handle).await?.learner_id;
    let sequence = cohorts::leave(&app, cohort, learner, actor.learner_id, traceparent).await?;
    Ok(membership(cohort, learner, false, sequence))
}
