//! Learners as everybody may see them.

use crate::app::App;
use crate::error::{Missing, QueryError};
use crate::extract::{self, Segments};
use crate::positions::{Answer, Wanted};
use crate::read::{Projection, Read};
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use events::LearnerId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct Profile {
    learner_id: Uuid,
    handle: String,
    registered_at: DateTime<Utc>,
    /// Of all time.
    points: i64,
    /// How many exercises were solved.
    solved: i64,
}

/// Whose handle this is; handles differ by more than case.
pub async fn find(read: &mut Read, handle: &str) -> Result<LearnerId, QueryError> {
    let missing = || QueryError::Missing(Missing::Learner);
    let folded = extract::handle(handle).ok_or_else(missing)?;
    let found = sqlx::query_scalar!("SELECT learner_id FROM learners WHERE handle_folded = $1", folded)
        .fetch_optional(read.connection())
        .await?;
    found.map(LearnerId).ok_or_else(missing)
}

/// One learner.
#[utoipa::path(
    get, path = "/v1/learners/{handle}", tag = "learners", params(("handle" = String, Path)),
    responses(
        (status = 200, body = Profile),
        (status = 404, body = ProblemBody, description = "`learner_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn one(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments(handle): Segments<String>,
) -> Result<Answer<Profile>, Problem> {
    let concerned = [Projection::Learners, Projection::Ledger, Projection::Progress];
    let mut read = app.reader.begin(&concerned, &wanted).await?;
    let learner = find(&mut read, &handle).await?;
    read.refuse_parked(learner.0).await?;
    let body = sqlx::query_as!(
        Profile,
        r#"SELECT learner_id, handle, registered_at,
             coalesce((SELECT points FROM board_totals b
                       WHERE scope = 'global' AND window_at = 'all' AND b.learner_id = l.learner_id), 0) AS "points!",
             (SELECT count(*) FROM progress p WHERE p.learner_id = l.learner_id AND solved_at IS NOT NULL) AS "solved!"
           FROM learners l WHERE learner_id = $1"#,
        learner.0
    )
    .fetch_one(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;
    Ok(Answer { position, body })
}

#[cfg(test)]
mod tests {
    use crate::testing::{TestApp, part_of};
    use events::account::Role;
    use events::board::Scope;
    use serde_json::json;
    use testkit::build;

    #[tokio::test]
    async fn a_profile_has_figures_and_no_more() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let (learner, _) = test.register(1).await?;
        let exercise = build::exercise("sum-of-two");
        test.publish(&exercise).await?;
        test.total(&Scope::Global, "all", learner, 10, build::start()).await?;
        sqlx::query(
            "INSERT INTO progress_v2.progress VALUES ($1, $2, 'basics', 2, 2, 1, 10, 7, NULL, $3, 2, $3, $3)",
        )
        .bind(learner.0)
        .bind(exercise.exercise_id.0)
        .bind(build::start())
        .execute(&test.pool)
        .await?;
        let profile = test.get("/v1/learners/Learner-1").await;
        let expected = json!({
            "learner_id": learner, "handle": "learner-1", "registered_at": "2026-11-21T10:00:00Z", "points": 10, "solved": 1
        });
        assert_eq!(profile.json, expected);

        let token = test.token(build::learner(2), &[Role::Learner]);
        let progress = test.get_as(&token, "/v1/learners/learner-1/progress").await;
        assert_eq!((&progress.json["tried"], &progress.json["solved"]), (&json!(1), &json!(1)));
        let entry = &progress.json["progress"][0];
        assert_eq!(
            (&entry["exercise"], &entry["attempts"], &entry["points_max"]),
            (&json!("sum-of-two"), &json!(2), &json!(10))
        );

        let me = test.get_as(&test.token(learner, &[Role::Learner]), "/v1/me").await;
        assert_eq!(
            (&me.json["handle"], &me.json["roles"], &me.json["points"]),
            (&json!("learner-1"), &json!(["learner"]), &json!(10))
        );
        Ok(())
    }

    #[tokio::test]
    async fn nobody_is_found_under_an_impossible_handle() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let (learner, _) = test.register(1).await?;
        let token = test.token(learner, &[Role::Learner]);
        for handle in ["nobody", "%00", "learner-1%20"] {
            for of in ["", "/progress", "/statistics", "/activity", "/achievements"] {
                let path = format!("/v1/learners/{handle}{of}");
                assert_eq!(test.get_as(&token, &path).await.problem(), (404, "learner_not_found"), "{path}");
            }
        }
        test.erase(learner).await?;
        assert_eq!(test.get_as(&token, "/v1/me").await.problem(), (404, "learner_not_found"));
        Ok(())
    }

    #[tokio::test]
    async fn a_parked_learner_is_not_shown_half() -> anyhow::Result<()> {
        let test = TestApp::new().await?;
        let (learner, _) = test.register(1).await?;
        test.park("progress", part_of(learner), learner.0).await?;
        let token = test.token(learner, &[Role::Learner]);
        for path in [
            "/v1/learners/learner-1",
            "/v1/learners/learner-1/progress",
            "/v1/learners/learner-1/statistics",
            "/v1/learners/learner-1/activity",
            "/v1/learners/learner-1/achievements",
            "/v1/me",
        ] {
            assert_eq!(test.get_as(&token, path).await.problem(), (503, "parked"), "{path}");
        }
        Ok(())
    }
}
