//! What the commands about cohorts share: who asks, which cohort, the answers.

use crate::domain::cohort::{Actor, Rejection};
use crate::error::ApiError;
use crate::invitation::Code;
use crate::respond::Wrote;
use access::Caller;
use axum::Json;
use axum::response::{IntoResponse, Response};
use events::account::Role;
use events::cohort::Cohort;
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

/// The id in a path.
pub fn cohort_id(text: &str) -> Result<CohortId, ApiError> {
    text.parse().map_err(|_| Rejection::CohortUnknown.into())
}

/// `code` goes only into answers to who leads the cohort.
pub fn answer(cohort: &Cohort, sequence: u64, code: Option<&Code>) -> (Wrote, Json<CohortChanged>) {
    let wrote = Wrote::fact(cohort.cohort_id.0, sequence);
    let body = CohortChanged {
        cohort_id: cohort.cohort_id.0,
        name: cohort.name.clone(),
        status: cohort.status.name(),
        code: code.map(Code::shown),
        position: wrote.0.to_string(),
    };
    (wrote, Json(body))
}

pub fn membership(cohort: CohortId, learner: LearnerId, member: bool, sequence: u64) -> Response {
    let wrote = Wrote::fact(learner.0, sequence);
    let body = MembershipChanged { cohort_id: cohort.0, member, position: wrote.0.to_string() };
    (wrote, Json(body)).into_response()
}
