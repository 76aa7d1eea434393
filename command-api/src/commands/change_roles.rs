//! `PUT /v1/learners/{handle}/roles`

use crate::app::App;
use crate::error::ApiError;
use crate::request::{JsonBody, PathText, Traceparent};
use crate::respond::Wrote;
use access::Caller;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::problem::ProblemBody;
use events::LearnerId;
use events::account::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const BODY_BYTES_MAX: usize = 4 * 1_024;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRoles {
    /// All roles from now on: `learner`, `author`, `instructor`, `analyst`, `operator`, `admin`.
    #[schema(value_type = Vec<String>, example = json!(["learner", "author"]))]
    roles: Vec<Role>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LearnerRoles {
    #[schema(value_type = uuid::Uuid)]
    learner_id: LearnerId,
    #[schema(example = "ada")]
    handle: String,
    #[schema(value_type = Vec<String>, example = json!(["learner", "author"]))]
    roles: Vec<Role>,
}

/// Give and take roles
///
/// They count from the learner's next token on, so within ten minutes.
#[utoipa::path(
    put,
    path = "/v1/learners/{handle}/roles",
    tag = "accounts",
    security(("access_token" = [])),
    params(("handle" = String, Path)),
    request_body = ChangeRoles,
    responses(
        (status = 200, description = "The roles from now on", body = LearnerRoles,
            headers(("Laurel-Position" = String, description = "What was written"))),
        (status = 404, description = "`learner_unknown`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`own_admin_role`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`roles_empty`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn change_roles(
    State(app): State<App>,
    caller: Caller,
    PathText(handle): PathText,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<ChangeRoles, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    app.log()?;
    let wanted = |_before: &[Role]| request.roles.clone();
    let changed = app.accounts.change_roles(&handle, wanted, Some(caller.learner_id), traceparent).await?;
    let account = changed.account;
    let body = LearnerRoles { learner_id: account.learner_id, handle: account.handle, roles: account.roles };
    Ok((Wrote::in_identity(changed.sequence), Json(body)).into_response())
}
