//! `DELETE /v1/me`

use crate::accounts::ATTEMPTS_MAX;
use crate::app::App;
use crate::auth::SignInError;
use crate::domain::account::{self, State as AccountState};
use crate::erasure;
use crate::error::ApiError;
use crate::request::{JsonBody, Traceparent};
use crate::respond::Wrote;
use access::Caller;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chassis::log::AppendError;
use chassis::problem::ProblemBody;
use chassis::random;
use events::account::{AccountErased, AccountEvent};
use events::{Event, EventId, NewEvent, subject};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

const BODY_BYTES_MAX: usize = 16 * 1_024;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseAccount {
    /// Asked for again, because this cannot be undone.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: SecretString,
}

/// Erase myself
///
/// Handle, e-mail address and password are forgotten, and nothing this learner wrote can be read again. Points stay,
/// under an id that says nothing.
#[utoipa::path(
    delete,
    path = "/v1/me",
    tag = "accounts",
    security(("access_token" = [])),
    request_body = EraseAccount,
    responses(
        (status = 204, description = "Erased (or had been before)",
            headers(("Laurel-Position" = String, description = "What was written"))),
        (status = 403, description = "`password_wrong`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn erase_account(
    State(app): State<App>,
    caller: Caller,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<EraseAccount, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    let (erased, sequence) = erase(&app, &caller, request.password, traceparent).await?;
    erasure::finish(&app, &erased).await?;
    Ok((StatusCode::NO_CONTENT, Wrote::in_identity(sequence), ()).into_response())
}

/// Writes that the account is erased, unless that is written; from then on whoever comes by can finish.
async fn erase(
    app: &App,
    caller: &Caller,
    password: SecretString,
    traceparent: Option<String>,
) -> Result<(AccountErased, u64), ApiError> {
    let learner = caller.learner_id;
    for _ in 0..ATTEMPTS_MAX {
        let loaded = app.accounts.load(learner).await?;
        let account = match loaded.state {
            AccountState::Active(account) => account,
            AccountState::Erased(erased) => return Ok((erased, loaded.sequence)),
            AccountState::Absent => return Err(account::Rejection::AccountErased.into()),
        };
        let attempts_of = subject::private(learner);
        let attempt = app.throttle.attempt(&attempts_of, None, app.clock.now())?;
        let right = app.passwords.verify(password.clone(), Some(account.password_hash.clone())).await;
        if right == Ok(false) {
            return Err(SignInError::PasswordWrong.into());
        }
        attempt.give_back();
        right?;
        let claims = vec![app.digests.handle_claim(&account.handle), app.digests.email_claim(&account.email)];
        let erased = account::erase(&account, claims);
        let event = NewEvent {
            traceparent: traceparent.clone(),
            ..app.event(
                EventId(random::uuid(&app.clock)),
                Event::Account(AccountEvent::Erased(erased.clone())),
            )
        };
        let wire = event.to_wire_on(subject::private(learner))?;
        match app.log()?.append_expecting(wire, loaded.sequence).await {
            Ok(appended) => {
                app.metrics.accounts_erased.inc();
                return Ok((erased, appended.sequence));
            }
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Contended)
}
