//! How a learner stands altogether.

use super::super::learners;
use super::activity::judged;
use super::days::{self, Streaks};
use crate::app::App;
use crate::error::QueryError;
use crate::extract::{Params, Segments};
use crate::positions::{Answer, Wanted};
use crate::read::{Projection, Read};
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use events::LearnerId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatisticsParams {
    /// The time zone whose days make streaks, by its name in the IANA database; UTC if absent.
    #[param(example = "Europe/Berlin")]
    tz: Option<String>,
}

/// Submissions that ended in a judge error count nowhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct LearnerStatistics {
    learner_id: Uuid,
    /// Of all time, as on the global board.
    points: i64,
    /// Exercises with a submission, and how many of them are solved.
    tried: i64,
    solved: i64,
    /// Exercises solved with the first submission.
    first_tries: i32,
    /// With a verdict.
    submissions: i32,
    accepted: i32,
    /// `accepted` of `submissions`, 0 to 1; null before the first verdict.
    accuracy: Option<f64>,
    /// Submissions per solved exercise, counting the one that solved it.
    attempts_to_solve_median: Option<f64>,
    attempts_to_solve_mean: Option<f64>,
    /// Seconds from the first submission to the one that solved the exercise.
    time_to_solve_s_median: Option<f64>,
    /// The time zone's name.
    #[schema(example = "Europe/Berlin")]
    tz: String,
    streaks: Streaks,
    by_category: Vec<GroupStatistics>,
    /// `easy`, `medium`, `hard`.
    by_difficulty: Vec<GroupStatistics>,
    by_language: Vec<LanguageStatistics>,
}

/// Exercises of one category or difficulty, as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupStatistics {
    name: String,
    /// Published exercises there are.
    available: i64,
    tried: i64,
    solved: i64,
    points: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LanguageStatistics {
    language: String,
    submissions: i64,
    accepted: i64,
    /// Exercises solved in it.
    solved: i64,
}

struct Totals {
    points: i64,
    first_tries: i32,
    submissions: i32,
    accepted: i32,
    tried: i64,
    solved: i64,
    attempts_to_solve_median: Option<f64>,
    attempts_to_solve_mean: Option<f64>,
    time_to_solve_s_median: Option<f64>,
}

/// A learner's figures: accuracy, attempts and time to solve, streaks, and by category, difficulty and language.
#[utoipa::path(
    get, path = "/v1/learners/{handle}/statistics", tag = "learners",
    params(("handle" = String, Path), StatisticsParams),
    responses(
        (status = 200, body = LearnerStatistics),
        (status = 400, body = ProblemBody, description = "`tz_invalid`"),
        (status = 404, body = ProblemBody, description = "`learner_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn statistics(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments(handle): Segments<String>,
    Params(params): Params<StatisticsParams>,
) -> Result<Answer<LearnerStatistics>, Problem> {
    let zone = days::zone(params.tz.as_deref())?;
    let concerned = [Projection::Progress, Projection::Learners, Projection::Exercises];
    let mut read = app.reader.begin(&concerned, &wanted).await?;
    let learner = learners::find(&mut read, &handle).await?;
    read.refuse_parked(learner.0).await?;
    let totals = totals(&mut read, learner).await?;
    let (by_category, by_difficulty) = groups(&mut read, learner).await?;
    let by_language = languages(&mut read, learner).await?;
    let attempts = judged(&mut read, learner).await?;
    let position = read.finish().await?;

    let today = app.clock.now().with_timezone(&zone).date_naive();
    let streaks = days::streaks(&days::days(&attempts, zone), today);
    let accuracy =
        (totals.submissions > 0).then(|| f64::from(totals.accepted) / f64::from(totals.submissions));
    let body = LearnerStatistics {
        learner_id: learner.0,
        points: totals.points,
        tried: totals.tried,
        solved: totals.solved,
        first_tries: totals.first_tries,
        submissions: totals.submissions,
        accepted: totals.accepted,
        accuracy,
        attempts_to_solve_median: totals.attempts_to_solve_median,
        attempts_to_solve_mean: totals.attempts_to_solve_mean,
        time_to_solve_s_median: totals.time_to_solve_s_median,
        tz: zone.name().to_owned(),
        streaks,
        by_category,
        by_difficulty,
        by_language,
    };
    Ok(Answer { position, body })
}

async fn totals(read: &mut Read, learner: LearnerId) -> Result<Totals, QueryError> {
    let totals = sqlx::query_as!(
        Totals,
        r#"SELECT coalesce(max(s.points), 0) AS "points!", coalesce(max(s.first_tries), 0) AS "first_tries!",
             coalesce(max(s.submissions), 0) AS "submissions!", coalesce(max(s.accepted), 0) AS "accepted!",
             count(exercise_id) AS "tried!", count(solved_at) AS "solved!",
             percentile_cont(0.5) WITHIN GROUP (ORDER BY attempts_to_solve) AS attempts_to_solve_median,
             avg(attempts_to_solve)::float8 AS attempts_to_solve_mean,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM solved_at - first_attempt_at)::float8)
               AS time_to_solve_s_median
           FROM (SELECT $1::uuid AS learner_id) AS one
             LEFT JOIN progress p USING (learner_id) LEFT JOIN standings s USING (learner_id)"#,
        learner.0
    )
    .fetch_one(read.connection())
    .await?;
    Ok(totals)
}

/// By category and by difficulty, each of them once.
async fn groups(
    read: &mut Read,
    learner: LearnerId,
) -> Result<(Vec<GroupStatistics>, Vec<GroupStatistics>), QueryError> {
    let groups = sqlx::query!(
        r#"SELECT coalesce(e.category, p.category) AS category, difficulty AS "difficulty?",
             count(*) FILTER (WHERE status = 'published') AS "available!", count(p.exercise_id) AS "tried!",
             count(solved_at) AS "solved!", coalesce(sum(best_points), 0)::bigint AS "points!"
           FROM exercises e FULL JOIN (SELECT * FROM progress WHERE learner_id = $1) AS p USING (exercise_id)
           WHERE status = 'published' OR p.exercise_id IS NOT NULL
           GROUP BY GROUPING SETS (coalesce(e.category, p.category), difficulty)"#,
        learner.0
    )
    .fetch_all(read.connection())
    .await?;
    let (mut by_category, mut by_difficulty) = (Vec::new(), Vec::new());
    for group in groups {
        let figures = |name| GroupStatistics {
            name,
            available: group.available,
            tried: group.tried,
            solved: group.solved,
            points: group.points,
        };
        match (group.category, group.difficulty) {
            (Some(category), _) => by_category.push(figures(category)),
            (None, Some(difficulty)) => by_difficulty.push(figures(difficulty)),
            // Tried, and not yet known here: its partition is a moment behind. It has a category already.
            (None, None) => {}
        }
    }
    by_category.sort_by(|left, right| left.name.cmp(&right.name));
    by_difficulty.sort_by_key(|group| ["easy", "medium", "hard"].iter().position(|name| *name == group.name));
    Ok((by_category, by_difficulty))
}

async fn languages(read: &mut Read, learner: LearnerId) -> Result<Vec<LanguageStatistics>, QueryError> {
    let by_language = sqlx::query_as!(
        LanguageStatistics,
        r#"SELECT language, count(*) AS "submissions!", count(*) FILTER (WHERE verdict = 'accepted') AS "accepted!",
             count(DISTINCT exercise_id) FILTER (WHERE verdict = 'accepted') AS "solved!"
           FROM attempts WHERE learner_id = $1 AND verdict <> 'judge_error' GROUP BY language ORDER BY language"#,
        learner.0
    )
    .fetch_all(read.connection())
    .await?;
    Ok(by_language)
}
