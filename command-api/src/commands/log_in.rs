//! `POST /v1/login`

use crate::app::App;
use crate::auth::SignInError;
use crate::auth::address::ClientAddress;
use crate::domain::account::State as AccountState;
use crate::error::ApiError;
use crate::request::JsonBody;
use crate::respond::Wrote;
use access::token::LIFETIME;
use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use chassis::problem::ProblemBody;
use chassis::random;
use events::account::Account;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

const BODY_BYTES_MAX: usize = 16 * 1_024;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The handle or the e-mail address.
    #[schema(example = "ada")]
    login: String,
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: SecretString,
}

/// What a client signs its requests with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// For the `Authorization` header.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For how long the access token is good.
    #[schema(example = 600)]
    expires_in_s: u64,
    /// For `/v1/token/refresh`, once.
    refresh_token: String,
}

impl Tokens {
    /// Tokens that tell what the account is at this moment.
    pub fn issue(
        app: &App,
        account: &Account,
        session: Uuid,
        refresh_token: String,
    ) -> Result<Self, ApiError> {
        let access_token = app
            .signer
            .sign(account.learner_id, &account.handle, &account.roles, session, app.clock.now())
            .map_err(|error| ApiError::Internal(format!("a token was not signed: {error}")))?;
        Ok(Self { access_token, token_type: "Bearer", expires_in_s: LIFETIME.as_secs(), refresh_token })
    }

    /// With the position of the account they tell of, so that a read which names it knows the account.
    pub fn respond(self, account_at: u64) -> Response {
        ([(CACHE_CONTROL, "no-store")], Wrote::in_identity(account_at), Json(self)).into_response()
    }
}

/// Log in
#[utoipa::path(
    post,
    path = "/v1/login",
    tag = "accounts",
    request_body = LogIn,
    responses(
        (status = 200, description = "Signed in", body = Tokens,
            headers(("Laurel-Position" = String, description = "Where the account stands"))),
        (status = 401, description = "`credentials_wrong`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`busy`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn log_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    JsonBody(request): JsonBody<LogIn, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    app.log()?;
    let by_email = request.login.contains('@');
    let claim = if by_email {
        app.digests.email_claim(&request.login)
    } else {
        app.digests.handle_claim(&request.login)
    };
    let now = app.clock.now();
    let attempt = app.throttle.attempt(&claim, address, now)?;
    let checked = check(&app, &claim, request.password).await;
    let Some(checked) = checked.transpose() else {
        app.metrics.logins_failed.inc();
        return Err(SignInError::CredentialsWrong.into());
    };
    attempt.give_back();
    let (account, account_at) = checked?;

    let session = random::uuid(&app.clock);
    let refresh_token = app.sessions.begin(account.learner_id, session, now).await?;
    Ok(Tokens::issue(&app, &account, session, refresh_token)?.respond(account_at))
}

/// The account behind a claim, if the password is that account's.
async fn check(app: &App, claim: &str, password: SecretString) -> Result<Option<(Account, u64)>, ApiError> {
    let account = find(app, claim).await?;
    let hash = account.as_ref().map(|(account, _)| account.password_hash.clone());
    let right = app.passwords.verify(password, hash).await?;
    Ok(account.filter(|_| right))
}

/// The account behind a claim, if there is one that can be used, and the sequence it stands at.
async fn find(app: &App, claim: &str) -> Result<Option<(Account, u64)>, ApiError> {
    let Some(learner) = app.accounts.holder(claim).await? else { return Ok(None) };
    let loaded = app.accounts.load(learner).await?;
    match loaded.state {
        AccountState::Active(account) => Ok(Some((account, loaded.sequence))),
        AccountState::Absent | AccountState::Erased(_) => Ok(None),
    }
}
