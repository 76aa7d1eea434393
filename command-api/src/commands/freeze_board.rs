//! `POST /v1/leaderboards/{scope}/freeze` and `/unfreeze`

use crate::accounts::ATTEMPTS_MAX;
use crate::app::App;
use crate::cohorts;
use crate::domain::board::{Actor, Rejection, State as BoardState, decide};
use crate::error::ApiError;
use crate::follow::load_exercise;
use crate::request::{PathText, Traceparent};
use crate::respond::Wrote;
use access::Caller;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::log::{AppendError, EventLog};
use chassis::problem::ProblemBody;
use chassis::random;
use events::account::Role;
use events::board::Scope;
use events::freeze::BoardEvent;
use events::{CohortId, Event, EventId, ExerciseId, Family, NewEvent, subject};
use serde::Serialize;
use utoipa::ToSchema;

/// What freezing and unfreezing answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardFrozen {
    #[schema(example = "global")]
    scope: String,
    frozen: bool,
    /// Where that stands; also in the header `Laurel-Position`.
    #[schema(example = "07.1234")]
    position: String,
}

/// Freeze the boards of a scope
///
/// From here on others see them, in every window, as they stand now; the scope's instructors go on seeing them move, and
/// everybody where they stand themselves. A cohort's boards are frozen by its instructors, all others by operators. Freezing
/// again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/leaderboards/{scope}/freeze",
    tag = "leaderboards",
    security(("access_token" = [])),
    params(("scope" = String, Path, description = "`global`, `exercise:<slug>`, `category:<name>`, `language:<name>` or `cohort:<id>`")),
    responses(
        (status = 200, description = "The boards stand still", body = BoardFrozen,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 400, description = "`path_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`board_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`board_unknown`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn freeze_board(
    State(app): State<App>,
    caller: Caller,
    PathText(scope): PathText,
    Traceparent(traceparent): Traceparent,
) -> Result<Response, ApiError> {
    change(&app, &caller, scope, true, traceparent).await
}

/// Let the boards of a scope move again
///
/// Everybody sees them as they are. Unfreezing again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/leaderboards/{scope}/unfreeze",
    tag = "leaderboards",
    security(("access_token" = [])),
    params(("scope" = String, Path, description = "As for freezing")),
    responses(
        (status = 200, description = "The boards move", body = BoardFrozen,
            headers(("Laurel-Position" = String, description = "What was written, or found written"))),
        (status = 400, description = "`path_invalid`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`board_not_yours`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`board_unknown`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn unfreeze_board(
    State(app): State<App>,
    caller: Caller,
    PathText(scope): PathText,
    Traceparent(traceparent): Traceparent,
) -> Result<Response, ApiError> {
    change(&app, &caller, scope, false, traceparent).await
}

async fn change(
    app: &App,
    caller: &Caller,
    name: String,
    frozen: bool,
    traceparent: Option<String>,
) -> Result<Response, ApiError> {
    let log = app.log()?;
    let scope = resolve(log, &name).await?;
    let cohort = match scope {
        Scope::Cohort(id) => cohorts::load(log, CohortId(id)).await?.0,
        _ => None,
    };
    let actor = Actor {
        learner_id: caller.learner_id,
        is_operator: caller.has(Role::Operator) || caller.has(Role::Admin),
    };
    for _ in 0..ATTEMPTS_MAX {
        let (state, last) = load(log, &scope).await?;
        let Some(event) = decide(&state, &scope, cohort.as_ref(), frozen, actor)? else {
            return Ok(answer(&scope, name, frozen, last));
        };
        let event = NewEvent {
            traceparent: traceparent.clone(),
            ..app.event(EventId(random::uuid(&app.clock)), Event::Board(event))
        };
        match log.append_expecting(event.to_wire()?, last).await {
            Ok(appended) => return Ok(answer(&scope, name, frozen, appended.sequence)),
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Contended)
}

fn answer(scope: &Scope, name: String, frozen: bool, sequence: u64) -> Response {
    let wrote = Wrote::fact(scope.key(), sequence);
    let body = BoardFrozen { scope: name, frozen, position: wrote.0.to_string() };
    (wrote, Json(body)).into_response()
}

/// How a scope's boards stand, and the sequence of the last event about them (0: there is none).
async fn load(log: &EventLog, scope: &Scope) -> Result<(BoardState, u64), ApiError> {
    let subject = subject::fact(Family::Board, scope.key());
    let Some(message) = log.last(&subject).await? else { return Ok((None, 0)) };
    match message.decode()?.event {
        Event::Board(event @ (BoardEvent::Frozen(_) | BoardEvent::Unfrozen(_))) => {
            Ok((Some(event), message.sequence))
        }
        other => Err(ApiError::Internal(format!("{subject} holds a {}", other.event_type().name))),
    }
}

/// The scope that a path names. Categories and languages are taken as they are named: that there is none yet of a name does
/// no harm.
async fn resolve(log: &EventLog, name: &str) -> Result<Scope, ApiError> {
    const CHARS_MAX: usize = 256;
    let unknown = || ApiError::from(Rejection::BoardUnknown);
    if name.chars().count() > CHARS_MAX || name.chars().any(char::is_control) {
        return Err(unknown());
    }
    match name.split_once(':') {
        Some(("exercise", slug)) => match load_exercise(log, slug).await?.0 {
            Some(_) => Ok(Scope::Exercise(ExerciseId::of_slug(slug))),
            None => Err(unknown()),
        },
        Some((_, "")) => Err(unknown()),
        _ => name.parse().map_err(|_| unknown()),
    }
}
