//! Achievements: the rules, and what a learner has unlocked or is on the way to.

use super::learners;
use crate::app::App;
use crate::error::QueryError;
use crate::extract::Segments;
use crate::positions::{Answer, Wanted};
use crate::read::Projection;
use axum::Json;
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use events::achievement::{Metric, RULES, Rule};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What has to be reached for an achievement.
#[derive(Debug, Serialize, ToSchema)]
pub struct AchievementRule {
    #[schema(example = "solved-10")]
    id: &'static str,
    #[schema(example = "Warmed up")]
    title: &'static str,
    #[schema(example = "Solve 10 exercises")]
    description: &'static str,
    /// The figure that counts.
    #[schema(example = "solved")]
    metric: &'static str,
    /// Where it has to come to.
    #[schema(example = 10)]
    threshold: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AchievementRules {
    achievements: Vec<AchievementRule>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LearnerAchievement {
    #[serde(flatten)]
    rule: AchievementRule,
    /// Where the figure stands now. It may fall below the threshold again, by a rejudge; what is unlocked stays.
    value: i64,
    /// Absent while it is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlocked_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LearnerAchievements {
    learner_id: Uuid,
    unlocked: usize,
    /// All there are, in the order of the rules.
    achievements: Vec<LearnerAchievement>,
}

/// The figures of a learner, as `standings` has them.
#[derive(Default)]
struct Standing {
    submissions: i32,
    solved: i32,
    points: i64,
    first_tries: i32,
    comebacks: i32,
    improvements: i32,
    challenges: i32,
    translations: i32,
    categories: i32,
    languages: i32,
    streak_days: i32,
    day_exercises: i32,
}

impl Standing {
    fn figure(&self, metric: Metric) -> i64 {
        match metric {
            Metric::Submissions => self.submissions.into(),
            Metric::Solved => self.solved.into(),
            Metric::Points => self.points,
            Metric::FirstTries => self.first_tries.into(),
            Metric::Comebacks => self.comebacks.into(),
            Metric::Improvements => self.improvements.into(),
            Metric::Challenges => self.challenges.into(),
            Metric::Translations => self.translations.into(),
            Metric::Categories => self.categories.into(),
            Metric::Languages => self.languages.into(),
            Metric::StreakDays => self.streak_days.into(),
            Metric::DayExercises => self.day_exercises.into(),
        }
    }
}

fn shown(rule: &Rule) -> AchievementRule {
    AchievementRule {
        id: rule.id,
        title: rule.title,
        description: rule.description,
        metric: rule.metric.name(),
        threshold: rule.threshold,
    }
}

/// Every achievement there is.
#[utoipa::path(
    get, path = "/v1/achievements", tag = "achievements",
    responses((status = 200, body = AchievementRules))
)]
pub async fn rules() -> Json<AchievementRules> {
    Json(AchievementRules { achievements: RULES.iter().map(shown).collect() })
}

/// What a learner has unlocked, and how far they are with the rest.
#[utoipa::path(
    get, path = "/v1/learners/{handle}/achievements", tag = "achievements", params(("handle" = String, Path)),
    responses(
        (status = 200, body = LearnerAchievements),
        (status = 404, body = ProblemBody, description = "`learner_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn of_learner(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    Segments(handle): Segments<String>,
) -> Result<Answer<LearnerAchievements>, Problem> {
    let mut read = app.reader.begin(&[Projection::Progress, Projection::Learners], &wanted).await?;
    let learner = learners::find(&mut read, &handle).await?;
    read.refuse_parked(learner.0).await?;
    let standing = sqlx::query_as!(
        Standing,
        "SELECT submissions, solved, points, first_tries, comebacks, improvements, challenges, translations, categories,
           languages, streak_days, day_exercises
         FROM standings WHERE learner_id = $1",
        learner.0
    )
    .fetch_optional(read.connection())
    .await
    .map_err(QueryError::from)?
    .unwrap_or_default();
    let unlocked: HashMap<String, DateTime<Utc>> =
        sqlx::query!("SELECT achievement, unlocked_at FROM achievements WHERE learner_id = $1", learner.0)
            .fetch_all(read.connection())
            .await
            .map_err(QueryError::from)?
            .into_iter()
            .map(|row| (row.achievement, row.unlocked_at))
            .collect();
    let position = read.finish().await?;

    let achievements: Vec<LearnerAchievement> = RULES
        .iter()
        .map(|rule| LearnerAchievement {
            rule: shown(rule),
            value: standing.figure(rule.metric),
            unlocked_at: unlocked.get(rule.id).copied(),
        })
        .collect();
    let count = achievements.iter().filter(|achievement| achievement.unlocked_at.is_some()).count();
    Ok(Answer {
        position,
        body: LearnerAchievements { learner_id: learner.0, unlocked: count, achievements },
    })
}
