//! Moving an exercise to another status: load, decide, append, and again when somebody else was faster.

use super::exercise_body::respond;
use crate::accounts::ATTEMPTS_MAX;
use crate::app::App;
use crate::domain::exercise::{Rejection, State};
use crate::error::ApiError;
use crate::follow::load_exercise;
use axum::response::Response;
use chassis::log::AppendError;
use chassis::random;
use events::exercise::ExerciseEvent;
use events::{Event, EventId, NewEvent};

/// `decide` answers `None` when the exercise is there already; that is success, too.
pub async fn change(
    app: &App,
    slug: &str,
    traceparent: Option<String>,
    decide: impl Fn(State) -> Result<Option<ExerciseEvent>, Rejection>,
) -> Result<Response, ApiError> {
    let log = app.log()?;
    for _ in 0..ATTEMPTS_MAX {
        let (state, last) = load_exercise(log, slug).await?;
        let Some(event) = decide(state.clone())? else {
            let exercise = state.ok_or(Rejection::ExerciseUnknown)?;
            return Ok(respond(exercise, last));
        };
        let exercise = event.exercise().clone();
        let event = NewEvent {
            traceparent: traceparent.clone(),
            ..app.event(EventId(random::uuid(&app.clock)), Event::Exercise(event))
        };
        match log.append_expecting(event.to_wire()?, last).await {
            Ok(appended) => {
                app.catalogue.learn(exercise.clone(), appended.sequence);
                return Ok(respond(exercise, appended.sequence));
            }
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Contended)
}
