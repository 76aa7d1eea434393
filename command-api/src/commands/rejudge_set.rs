//! What the commands about rejudge sets share: the answer, and load, decide, append, again when somebody else was faster.

use crate::accounts::ATTEMPTS_MAX;
use crate::app::App;
use crate::domain::rejudge::{Actor, Rejection, State};
use crate::error::ApiError;
use crate::rejudging::load_set;
use crate::respond::Wrote;
use access::Caller;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use chassis::log::AppendError;
use chassis::random;
use events::account::Role;
use events::rejudge::{RejudgeSet, RejudgeSetEvent};
use events::{Event, EventId, NewEvent, RejudgeSetId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a rejudge command answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejudgeChanged {
    rejudge_id: Uuid,
    /// `requested`, `selected`, `judged`, `applying`, `applied` or `cancelled`.
    #[schema(example = "requested")]
    status: &'static str,
    /// Where it stands; also in the header `Laurel-Position`.
    #[schema(example = "07.1234")]
    position: String,
}

pub fn actor(caller: &Caller) -> Actor {
    let is_staff = [Role::Instructor, Role::Operator, Role::Admin].iter().any(|role| caller.has(*role));
    Actor { learner_id: caller.learner_id, is_staff }
}

/// The id in a path.
pub fn set_id(text: &str) -> Result<RejudgeSetId, ApiError> {
    text.parse().map_err(|_| Rejection::SetUnknown.into())
}

/// `decide` answers `None` when the set is there already; that is success, too.
pub async fn change(
    app: &App,
    set_id: RejudgeSetId,
    traceparent: Option<String>,
    decide: impl Fn(State) -> Result<Option<RejudgeSetEvent>, Rejection>,
) -> Result<Response, ApiError> {
    let log = app.log()?;
    for _ in 0..ATTEMPTS_MAX {
        let (state, last) = load_set(log, set_id).await?;
        let Some(event) = decide(state.clone())? else {
            return Ok(respond(&state.ok_or(Rejection::SetUnknown)?, last));
        };
        let set = event.set().clone();
        let event = NewEvent {
            traceparent: traceparent.clone(),
            ..app.event(EventId(random::uuid(&app.clock)), Event::RejudgeSet(event))
        };
        match log.append_expecting(event.to_wire()?, last).await {
            Ok(appended) => {
                app.rejudge_places.learn(&set);
                return Ok(respond(&set, appended.sequence));
            }
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Contended)
}

pub fn respond(set: &RejudgeSet, sequence: u64) -> Response {
    let position = Wrote::fact(set.set_id.0, sequence);
    let body = RejudgeChanged {
        rejudge_id: set.set_id.0,
        status: set.status.name(),
        position: position.0.to_string(),
    };
    let location = format!("/v1/rejudges/{}", set.set_id);
    (StatusCode::ACCEPTED, position, [(LOCATION, location)], Json(body)).into_response()
}
