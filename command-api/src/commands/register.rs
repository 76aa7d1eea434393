//! `POST /v1/register`

use crate::accounts::Registered as Written;
use crate::app::App;
use crate::domain::account;
use crate::error::ApiError;
use crate::registration::{Applicant, Attempt, Registrar};
use crate::relay::learner_registered;
use crate::request::{IdempotencyKey, JsonBody, Traceparent};
use crate::respond::Wrote;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use chassis::problem::ProblemBody;
use events::{EventId, LearnerId, Part, Partition};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

const ROUTE: &str = "/v1/register";
const BODY_BYTES_MAX: usize = 16 * 1_024;
/// How long the public fact may take before the answer leaves it to the relay.
const FACT_PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// 3 to 24 letters (a to z), digits, hyphens or underscores. Shown on boards; unique without regard to case. Names that
    /// sound like the platform or those who run it are reserved.
    #[schema(example = "ada")]
    handle: String,
    /// Unique without regard to case. Never shown.
    #[schema(example = "ada@example.org")]
    email: String,
    /// At least 10 characters, at most 256 bytes.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: SecretString,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    #[schema(value_type = uuid::Uuid)]
    learner_id: LearnerId,
    #[schema(example = "ada")]
    handle: String,
}

/// Make an account
///
/// With an `Idempotency-Key` (1 to 128 visible ASCII characters, remembered for ten minutes) a repeated request gets the
/// first answer. A key is one handle's: others may use the same.
#[utoipa::path(
    post,
    path = "/v1/register",
    tag = "accounts",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request safe")),
    request_body = Register,
    responses(
        (status = 201, description = "The account, its learner's address in `Location`", body = Registered,
            headers(("Laurel-Position" = String, description = "What was written"), ("Location" = String))),
        (status = 400, description = "`idempotency_key_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`handle_taken`, `email_taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "`account_erased`: the account this request made was erased since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`handle_invalid`, `handle_reserved`, `email_invalid`, `password_too_short`, `password_too_long`, `idempotency_key_reused`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`busy`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn register(
    State(app): State<App>,
    IdempotencyKey(key): IdempotencyKey,
    Traceparent(traceparent): Traceparent,
    JsonBody(request): JsonBody<Register, BODY_BYTES_MAX>,
) -> Result<Response, ApiError> {
    account::check_handle(&request.handle)?;
    account::check_not_reserved(&request.handle)?;
    account::check_email(&request.email)?;
    account::check_password(request.password.expose_secret())?;
    app.log()?;

    // Nobody is signed in, so the handle says whose key it is; digested, because ids outlive the account.
    let claimant = app.digests.handle_claim(&request.handle);
    let registration = app.event_id(&claimant, ROUTE, key.as_deref());
    let attempt = Attempt {
        learner: LearnerId(EventId::following(registration, "learner").0),
        digest: key.is_some().then(|| digest(&app, &request)),
        registration,
        traceparent,
        time: app.clock.now(),
    };
    let registrar = Registrar {
        log: &app.log,
        accounts: &app.accounts,
        digests: &app.digests,
        master_key: &app.master_key,
        passwords: &app.passwords,
    };
    let written = if key.is_some() { registrar.earlier(&attempt).await? } else { None };
    let Written { sequence, time, .. } = if let Some(written) = written {
        written
    } else {
        let applicant =
            Applicant { handle: request.handle.clone(), email: request.email, password: request.password };
        let written = registrar.write(&attempt, &applicant).await?;
        app.metrics.accounts_registered.inc();
        written
    };

    let mut position = Wrote::in_identity(sequence);
    let fact = learner_registered(attempt.learner, registration, time).to_wire()?;
    // Should this not succeed in time, the relay makes good.
    if let Ok(Ok(appended)) = tokio::time::timeout(FACT_PATIENCE, app.log()?.append(fact)).await {
        position.0.advance(Part::Facts(Partition::of(attempt.learner.0)), appended.sequence);
    }
    let location = format!("/v1/learners/{}", request.handle);
    let body = Registered { learner_id: attempt.learner, handle: request.handle };
    Ok((StatusCode::CREATED, position, [(LOCATION, location)], Json(body)).into_response())
}

/// Keyed, because the body holds a password.
fn digest(app: &App, request: &Register) -> String {
    let parts =
        [request.handle.as_bytes(), request.email.as_bytes(), request.password.expose_secret().as_bytes()];
    app.digests.request(&parts)
}
