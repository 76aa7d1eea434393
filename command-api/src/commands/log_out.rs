//! `POST /v1/logout`

use super::refresh_token::Refresh;
use crate::app::App;
use crate::auth::session::RefreshToken;
use crate::error::ApiError;
use crate::request::JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use chassis::problem::ProblemBody;

const BODY_BYTES_MAX: usize = 4 * 1_024;

/// End a session
///
/// Its refresh token is refused from now on; its access token stays good for at most ten minutes.
#[utoipa::path(
    post,
    path = "/v1/logout",
    tag = "accounts",
    request_body = Refresh,
    responses(
        (status = 204, description = "The session has ended (or had before)"),
        (status = 401, description = "`refresh_token_invalid`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn log_out(
    State(app): State<App>,
    JsonBody(request): JsonBody<Refresh, BODY_BYTES_MAX>,
) -> Result<StatusCode, ApiError> {
    app.log()?;
    let token = RefreshToken::read(&request.refresh_token, &app.digests)?;
    app.sessions.end(token).await?;
    Ok(StatusCode::NO_CONTENT)
}
