//! What the commands about cohorts share: who asks, which cohort, the answers.

use crate::app::App;
use crate::cohorts;
use crate::domain::cohort::{Actor, Rejection, State};
use crate::error::ApiError;
use crate::invitation::Code;
use crate::request::{RequestError, Traceparent};
use crate::respond::Wrote;
use access::Caller;
use axum::Json;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chassis::problem::Problem;
use chrono::{DateTime, Utc};
use events::account::Role;
use events::cohort::{Cohort, CohortEvent};
use events::{CohortId, LearnerId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a command that changes a cohort answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CohortChanged {
    cohort_id: Uuid,
    #[schema(example = "Programming 1")]
    name: String,
    /// `open` or `archived`.
    #[schema(example = "open")]
    status: &'static str,
    /// Whoever is told it may join; only instructors who ask for it are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "7QMK-3XTN-9PWR")]
    code: Option<String>,
    /// The same as a link to where one joins, on the address the pages have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/join/7QMK-3XTN-9PWR")]
    link: Option<String>,
    /// When the code ceases to be good; absent: it does not expire. Told with the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    /// Where it stands; also in the header `Laurel-Position`.
    #[schema(example = "07.1234")]
    position: String,
}

/// What joining and leaving answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipChanged {
    cohort_id: Uuid,
    /// Whether the learner is a member now.
    member: bool,
    /// Where that stands; also in the header `Laurel-Position`.
    #[schema(example = "07.1234")]
    position: String,
}

pub fn actor(caller: &Caller) -> Actor {
    Actor { learner_id: caller.learner_id, is_admin: caller.has(Role::Admin) }
}

/// Which cohort a command is about, who gives it, and the trace it belongs to.
#[derive(Debug)]
pub struct About {
    pub cohort_id: CohortId,
    pub actor: Actor,
    pub traceparent: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for About {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let caller = Caller::from_request_parts(parts, state).await.map_err(Problem::into_response)?;
        let path = RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|_| ApiError::from(RequestError::PathInvalid).into_response())?;
        let id = path.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| id.parse().ok());
        let cohort_id = id.ok_or_else(|| ApiError::from(Rejection::CohortUnknown).into_response())?;
        let Ok(Traceparent(traceparent)) = Traceparent::from_request_parts(parts, state).await;
        Ok(Self { cohort_id, actor: actor(&caller), traceparent })
    }
}

impl About {
    /// Changes the cohort as who gives the command may, and answers how it stands.
    pub async fn change(
        self,
        app: &App,
        decide: impl Fn(State, Actor) -> Result<Option<CohortEvent>, Rejection>,
    ) -> Result<Response, ApiError> {
        let Self { cohort_id, actor, traceparent } = self;
        let decide = |state| decide(state, actor);
        let (cohort, sequence) = cohorts::change(app, cohort_id, traceparent, decide).await?;
        Ok(answer(&cohort, sequence, None).into_response())
    }
}

/// `code` goes only into answers to who leads the cohort.
pub fn answer(cohort: &Cohort, sequence: u64, code: Option<&Code>) -> (Wrote, Json<CohortChanged>) {
    let wrote = Wrote::fact(cohort.cohort_id.0, sequence);
    let body = CohortChanged {
        cohort_id: cohort.cohort_id.0,
        name: cohort.name.clone(),
        status: cohort.status.name(),
        code: code.map(Code::shown),
        link: code.map(Code::link),
        expires_at: code.and(cohort.invitation_expires_at),
        position: wrote.0.to_string(),
    };
    (wrote, Json(body))
}

pub fn membership(cohort: CohortId, learner: LearnerId, member: bool, sequence: u64) -> Response {
    let wrote = Wrote::fact(learner.0, sequence);
    let body = MembershipChanged { cohort_id: cohort.0, member, position: wrote.0.to_string() };
    (wrote, Json(body)).into_response()
}
