//! The caller's own account as the read models know it.

use crate::app::App;
use crate::error::{Missing, QueryError};
use crate::positions::{Answer, Wanted};
use crate::read::Projection;
use access::Caller;
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    learner_id: Uuid,
    handle: String,
    roles: Vec<String>,
    registered_at: DateTime<Utc>,
    /// Of all time.
    points: i64,
    /// How many exercises were solved.
    solved: i64,
}

/// You.
#[utoipa::path(
    get, path = "/v1/me", tag = "learners",
    responses(
        (status = 200, body = Me),
        (status = 404, body = ProblemBody, description = "`learner_not_found`: erased, or registered a moment ago (name the position)"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn me(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Caller,
) -> Result<Answer<Me>, Problem> {
    let concerned = [Projection::Learners, Projection::Ledger, Projection::Progress];
    let mut read = app.reader.begin(&concerned, &wanted).await?;
    read.refuse_parked(caller.learner_id.0).await?;
    let me = sqlx::query_as!(
        Me,
        r#"SELECT learner_id, handle, roles, registered_at,
             coalesce((SELECT points FROM board_totals b
                       WHERE scope = 'global' AND window_at = 'all' AND b.learner_id = l.learner_id), 0) AS "points!",
             (SELECT count(*) FROM progress p WHERE p.learner_id = l.learner_id AND solved_at IS NOT NULL) AS "solved!"
           FROM learners l WHERE learner_id = $1"#,
        caller.learner_id.0
    )
    .fetch_optional(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;
    Ok(Answer { position, body: me.ok_or(QueryError::Missing(Missing::Learner))? })
}
