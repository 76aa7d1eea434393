//! `POST /v1/token/refresh`

use super::log_in::Tokens;
use crate::app::App;
use crate::auth::SignInError;
use crate::auth::session::RefreshToken;
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
pub struct Refresh {
    /// As login or the last refresh answered it.
    pub refresh_token: String,
}

/// Get a new access token
///
/// The refresh token is used up: the answer brings the next. Using one again (ten seconds later or more) ends its
/// session.
#[utoipa::path(
    post,
    path = "/v1/token/refresh",
    tag = "accounts",
    request_body = Refresh,
    responses(
        (status = 200, description = "New tokens, with the roles of this moment", body = Tokens,
            headers(("Laurel-Position" = String, description = "Where the account stands"))),
        (status = 401, description = "`refresh_token_invalid`, `refresh_token_reused`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn refresh_token(
    State(app): State<App>,
    JsonBody(request): JsonBody<Refresh, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    app.log()?;
    let token = RefreshToken::read(&request.refresh_token, &app.digests)?;
    let loaded = app.accounts.load(token.learner).await?;
    let account = loaded.state.active().map_err(|_gone| SignInError::RefreshTokenInvalid)?;
    let next = app.sessions.refresh(token, app.clock.now()).await?;
    Ok(Tokens::issue(&app, &account, token.session, next)?.respond(loaded.sequence))
}
