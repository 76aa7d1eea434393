//! Who is calling, as a handler sees it.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use chassis::problem::Problem;
use chrono::{DateTime, Utc};
use events::LearnerId;
use events::account::Role;
use std::convert::Infallible;
use std::sync::Arc;
use uuid::Uuid;

/// The signed-in caller, put into the request by [`crate::AccessLayer`]. Cheap to clone: verified tokens are kept and
/// share these.
///
/// As an extractor it answers 401 `token_missing` when nobody is signed in; `Option<Caller>` accepts that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub learner_id: LearnerId,
    pub handle: Arc<str>,
    pub roles: Arc<[Role]>,
    /// The session the token was issued in.
    pub session: Uuid,
    /// When the token ends, and with it whatever was opened with it and goes on.
    pub expires_at: DateTime<Utc>,
}

impl Caller {
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(token_missing)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Caller>().cloned())
    }
}

pub(crate) fn token_missing() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "token_missing",
        "Sign in first: send `Authorization: Bearer <access token>`.",
    )
    .at("Authorization")
}
