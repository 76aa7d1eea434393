//! `POST /v1/register`

use crate::accounts::ATTEMPTS_MAX;
use crate::app::App;
use crate::domain::account::{self, Expected, Registration, State as AccountState, Wanted};
use crate::error::ApiError;
use crate::relay::learner_registered;
use crate::request::{IdempotencyKey, JsonBody, Traceparent};
use crate::respond::Wrote;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use chassis::log::{AppendError, Appended};
use chassis::problem::ProblemBody;
use chassis::seal::DataKey;
use chrono::{DateTime, Utc};
use events::account::{AccountEvent, AccountRegistered, ClaimHeld, DataKeyMade};
use events::{Event, EventId, LearnerId, NewEvent, Part, Partition, subject};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

const ROUTE: &str = "/v1/register";
const BODY_BYTES_MAX: usize = 16 * 1_024;
/// The account is the first of the events of one registration; these follow it. Its position is what reads wait for.
const OTHER_MEMBERS: u64 = 3;
/// How long the public fact may take before the answer leaves it to the relay.
const FACT_PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// 3 to 24 letters (a to z), digits, hyphens or underscores. Shown on boards; unique without regard to case.
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
        (status = 422, description = "`handle_invalid`, `email_invalid`, `password_too_short`, `password_too_long`, `idempotency_key_reused`", body = ProblemBody, content_type = "application/problem+json"),
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
    let written = if key.is_some() { attempt.earlier(&app).await? } else { None };
    let (sequence, time) = match written {
        Some(written) => written,
        None => attempt.write(&app, &request).await?,
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

/// One registration on its way into the log.
struct Attempt {
    learner: LearnerId,
    registration: EventId,
    digest: Option<String>,
    traceparent: Option<String>,
    time: DateTime<Utc>,
}

impl Attempt {
    /// What an earlier request with the same key wrote: where, and when.
    async fn earlier(&self, app: &App) -> Result<Option<(u64, DateTime<Utc>)>, ApiError> {
        let erased = account::Rejection::AccountErased;
        match app.accounts.load(self.learner).await?.state {
            AccountState::Absent => return Ok(None),
            AccountState::Erased(_) => return Err(erased.into()),
            AccountState::Active(_) => {}
        }
        let first = app.accounts.registration(self.learner).await?.ok_or(erased)?;
        if first.request_digest != self.digest {
            return Err(AppendError::KeyReused.into());
        }
        Ok(Some((first.sequence, first.time)))
    }

    async fn write(&self, app: &App, request: &Register) -> Result<(u64, DateTime<Utc>), ApiError> {
        let handle_claim = app.digests.handle_claim(&request.handle);
        let email_claim = app.digests.email_claim(&request.email);
        let mut hash = None;
        for _ in 0..ATTEMPTS_MAX {
            let wanted = Wanted {
                handle: app.accounts.claim(&handle_claim).await?,
                email: app.accounts.claim(&email_claim).await?,
            };
            let expected = match account::decide_registration(&wanted, self.registration)? {
                Registration::Open(expected) => expected,
                Registration::Done => return self.earlier(app).await?.ok_or(ApiError::Contended),
            };
            // After the look at the claims, so that a taken handle costs no hash.
            let hash = match &hash {
                Some(hash) => String::clone(hash),
                None => hash.insert(app.passwords.hash(request.password.clone()).await?).clone(),
            };
            let account =
                account::register(self.learner, request.handle.clone(), request.email.clone(), hash);
            match self.append(app, account, [&handle_claim, &email_claim], expected).await {
                Ok(appended) => {
                    app.metrics.accounts_registered.inc();
                    return Ok((appended.sequence - OTHER_MEMBERS, self.time));
                }
                Err(AppendError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ApiError::Contended)
    }

    /// Everything or nothing: the account, its data key, both claims.
    async fn append(
        &self,
        app: &App,
        account: AccountRegistered,
        [handle_claim, email_claim]: [&String; 2],
        expected: Expected,
    ) -> Result<Appended, AppendError> {
        let learner = self.learner;
        let wrapped_key = app.master_key.wrap(learner, &DataKey::generate());
        let held =
            || AccountEvent::ClaimHeld(ClaimHeld { learner_id: learner, registration: self.registration });
        let key_made = AccountEvent::DataKeyMade(DataKeyMade { learner_id: learner, wrapped_key });
        let following = |role| EventId::following(self.registration, role);
        let members = [
            (self.registration, subject::private(learner), AccountEvent::Registered(account), 0),
            (following("data_key"), subject::key(learner), key_made, 0),
            (following("handle_claim"), handle_claim.clone(), held(), expected.handle),
            (following("email_claim"), email_claim.clone(), held(), expected.email),
        ];
        let batch = members.into_iter().map(|(id, subject, event, last)| {
            let event = NewEvent {
                time: self.time,
                request_digest: self.digest.clone(),
                traceparent: self.traceparent.clone(),
                ..app.event(id, Event::Account(event))
            };
            Ok((event.to_wire_on(subject)?, last))
        });
        let batch = batch.collect::<serde_json::Result<Vec<_>>>();
        let batch = batch.map_err(|error| AppendError::Encode(error.to_string()))?;
        app.log().map_err(|_| AppendError::Unavailable)?.append_all_expecting(batch).await
    }
}
