//! How an exercise fares: acceptance, time to solve, estimated difficulty, and the quickest solutions.
//!
//! Projectors keep the figures per partition, so each is a sum over at most 16 rows, whatever the number of learners.

use super::viewer;
use crate::app::App;
use crate::error::{Missing, QueryError};
use crate::extract::{self, Segments};
use crate::positions::{Answer, Wanted};
use crate::read::{Projection, Read};
use access::Caller;
use axum::extract::State;
use chassis::problem::{Problem, ProblemBody};
use chrono::{DateTime, Utc};
use events::ExerciseId;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Places per language.
const PLACES: i32 = 5;

/// Submissions that ended in a judge error count nowhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExerciseStatistics {
    exercise_id: Uuid,
    /// The exercise's slug.
    exercise: String,
    /// Submissions with a verdict.
    submissions: i64,
    accepted: i64,
    /// `accepted` of `submissions`, 0 to 1; null before the first verdict.
    acceptance: Option<f64>,
    /// Learners with such a submission, and how many of them solved it.
    tried: i64,
    solved: i64,
    /// Learners who solved it with their first submission.
    first_tries: i64,
    /// Seconds from a learner's first submission to the one that solved it, among those who did; 0 when most solved it with
    /// the first. Read from classes of time, so it may be off by up to 19 %.
    time_to_solve_s_median: Option<f64>,
    /// Null before anybody tried.
    difficulty: Option<EstimatedDifficulty>,
    /// Per language the quickest accepted submissions, one per learner.
    fastest: Vec<FastestInLanguage>,
    /// How many learners' figures are not up to date because an event of theirs could not be applied.
    parked_keys: i64,
}

/// Estimated from tries up to and including the first that solved it: of `f` tries that failed and `s` that solved, the
/// empirical logit ln((f + ½) / (s + ½)) (Haldane 1956, Anscombe 1956), which is the item difficulty of a Rasch model whose
/// learners are all alike (Wright and Stone, Best Test Design, 1979).
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct EstimatedDifficulty {
    /// 0: every second try solves it; each unit more makes the odds of failing e times as large.
    #[schema(example = 0.85)]
    logit: f64,
    /// The same as a share: how probable it is that a try fails, 0 to 1.
    #[schema(example = 0.7)]
    failure: f64,
    /// From so many tries.
    tries: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FastestInLanguage {
    language: String,
    submissions: Vec<FastSubmission>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FastSubmission {
    learner_id: Uuid,
    handle: String,
    /// CPU time of all tests together, milliseconds.
    cpu_ms: i32,
    received_at: DateTime<Utc>,
}

#[derive(Default)]
struct Sums {
    submissions: i64,
    accepted: i64,
    tried: i64,
    solved: i64,
    first_tries: i64,
    failures: i64,
    /// How many learners solved it in a time of each class.
    solved_in: BTreeMap<i32, i64>,
}

/// An exercise's statistics. Drafts are seen by their author and by admins.
#[utoipa::path(
    get, path = "/v1/exercises/{slug}/statistics", tag = "exercises", params(("slug" = String, Path)),
    responses(
        (status = 200, body = ExerciseStatistics),
        (status = 404, body = ProblemBody, description = "`exercise_not_found`"),
        (status = 503, body = ProblemBody, description = "`not_caught_up`, `parked`, `read_model_unavailable`"),
    )
)]
pub async fn statistics(
    State(app): State<App>,
    Wanted(wanted): Wanted,
    caller: Option<Caller>,
    Segments(slug): Segments<String>,
) -> Result<Answer<ExerciseStatistics>, Problem> {
    if !extract::is_slug(&slug) {
        return Err(QueryError::Missing(Missing::Exercise).into());
    }
    let concerned = [Projection::Exercises, Projection::Progress, Projection::Learners];
    let mut read = app.reader.begin(&concerned, &wanted).await?;
    read.refuse_parked(ExerciseId::of_slug(&slug).0).await?;
    let (viewer, sees_all) = viewer(caller.as_ref());
    let exercise_id = sqlx::query_scalar!(
        "SELECT exercise_id FROM exercises WHERE slug = $1 AND (status <> 'draft' OR author_id = $2 OR $3)",
        slug,
        viewer,
        sees_all
    )
    .fetch_optional(read.connection())
    .await
    .map_err(QueryError::from)?
    .ok_or(QueryError::Missing(Missing::Exercise))?;
    let sums = sums(&mut read, exercise_id).await?;
    let fastest = fastest(&mut read, exercise_id).await?;
    let parked_keys = sqlx::query_scalar!(
        r#"SELECT count(DISTINCT key) AS "parked!" FROM public.parked
           JOIN public.projections ON (name, projections.version) = (projection, parked.version)
           WHERE state = 'live' AND name = 'progress'"#
    )
    .fetch_one(read.connection())
    .await
    .map_err(QueryError::from)?;
    let position = read.finish().await?;

    let body = ExerciseStatistics {
        exercise_id,
        exercise: slug,
        submissions: sums.submissions,
        accepted: sums.accepted,
        acceptance: (sums.submissions > 0).then(|| float(sums.accepted) / float(sums.submissions)),
        tried: sums.tried,
        solved: sums.solved,
        first_tries: sums.first_tries,
        time_to_solve_s_median: median(&sums.solved_in),
        difficulty: difficulty(sums.failures, sums.solved),
        fastest,
        parked_keys,
    };
    Ok(Answer { position, body })
}

async fn sums(read: &mut Read, exercise_id: Uuid) -> Result<Sums, QueryError> {
    let rows = sqlx::query!(
        "SELECT attempts, accepted, tried, solved, first_tries, failures, solved_in
         FROM exercise_outcomes WHERE exercise_id = $1",
        exercise_id
    )
    .fetch_all(read.connection())
    .await?;
    let mut sums = Sums::default();
    for row in rows {
        sums.submissions += i64::from(row.attempts);
        sums.accepted += i64::from(row.accepted);
        sums.tried += i64::from(row.tried);
        sums.solved += i64::from(row.solved);
        sums.first_tries += i64::from(row.first_tries);
        sums.failures += i64::from(row.failures);
        let classes: BTreeMap<i32, i64> = serde_json::from_str(&row.solved_in).map_err(|error| {
            QueryError::Malformed { what: "an exercise's times to solve", source: error.into() }
        })?;
        for (class, learners) in classes {
            *sums.solved_in.entry(class).or_default() += learners;
        }
    }
    Ok(sums)
}

/// Goes through each language's index from the quickest on and skips who has a place already; who was erased has none.
async fn fastest(read: &mut Read, exercise_id: Uuid) -> Result<Vec<FastestInLanguage>, QueryError> {
    let languages: Vec<String> =
        events::language::ALL.iter().map(|language| language.name.to_owned()).collect();
    let rows = sqlx::query!(
        r#"SELECT language AS "language!", learner_id AS "learner_id!", handle AS "handle!", cpu_ms AS "cpu_ms!",
             received_at AS "received_at!"
           FROM UNNEST($2::text[]) WITH ORDINALITY AS asked (language, number), LATERAL (
             WITH RECURSIVE placed AS (
               (SELECT learner_id, handle, cpu_ms, received_seq, received_at, 1 AS place, ARRAY[learner_id] AS known
                FROM attempts JOIN learners USING (learner_id)
                WHERE exercise_id = $1 AND attempts.language = asked.language AND verdict = 'accepted'
                  AND cpu_ms IS NOT NULL
                ORDER BY cpu_ms, received_seq LIMIT 1)
               UNION ALL
               SELECT next.* FROM placed, LATERAL (
                 SELECT learner_id, l.handle, a.cpu_ms, a.received_seq, a.received_at, place + 1, known || learner_id
                 FROM attempts a JOIN learners l USING (learner_id)
                 WHERE exercise_id = $1 AND a.language = asked.language AND verdict = 'accepted'
                   AND a.cpu_ms IS NOT NULL AND (a.cpu_ms, a.received_seq) > (placed.cpu_ms, placed.received_seq)
                   AND learner_id <> ALL (known)
                 ORDER BY a.cpu_ms, a.received_seq LIMIT 1
               ) AS next
               WHERE place < $3
             )
             SELECT * FROM placed
           ) AS placed
           ORDER BY number, place"#,
        exercise_id,
        &languages,
        PLACES
    )
    .fetch_all(read.connection())
    .await?;
    let mut fastest: Vec<FastestInLanguage> = Vec::new();
    for row in rows {
        let submission = FastSubmission {
            learner_id: row.learner_id,
            handle: row.handle,
            cpu_ms: row.cpu_ms,
            received_at: row.received_at,
        };
        match fastest.last_mut() {
            Some(last) if last.language == row.language => last.submissions.push(submission),
            _ => fastest.push(FastestInLanguage { language: row.language, submissions: vec![submission] }),
        }
    }
    Ok(fastest)
}

fn difficulty(failures: i64, solved: i64) -> Option<EstimatedDifficulty> {
    let tries = failures + solved;
    let (failed, succeeded) = (float(failures) + 0.5, float(solved) + 0.5);
    let failure = failed / (failed + succeeded);
    (tries > 0).then(|| EstimatedDifficulty { logit: (failed / succeeded).ln(), failure, tries })
}

/// The median of what was counted in classes: 0 is no time at all; class c from 1 on are the seconds from 2^((c-1)/4) to
/// below 2^(c/4). Within a class the learners are taken to be spread evenly on that scale.
fn median(classes: &BTreeMap<i32, i64>) -> Option<f64> {
    let half = float(classes.values().sum()) / 2.0;
    let mut below = 0.0;
    for (class, learners) in classes {
        let learners = float(*learners);
        if below + learners >= half && learners > 0.0 {
            let within = (half - below) / learners;
            let seconds = ((f64::from(*class) - 1.0 + within) / 4.0).exp2();
            return Some(if *class == 0 { 0.0 } else { (seconds * 10.0).round() / 10.0 });
        }
        below += learners;
    }
    None
}

#[allow(clippy::cast_precision_loss)] // Counts are far below 2^53.
fn float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_within_its_class() {
        assert_eq!(median(&BTreeMap::new()), None);
        assert_eq!(median(&[(0, 3), (40, 2)].into()), Some(0.0));
        // Class 24 holds 60 s: 53.8 to 64 s.
        let sixty = median(&[(24, 7)].into()).expect("a median");
        assert!((53.8..64.0).contains(&sixty), "{sixty}");
        let later = median(&[(24, 2), (48, 5)].into()).expect("a median");
        assert!((3_444.0..4_096.0).contains(&later), "{later}");
    }

    #[test]
    fn difficulty_is_the_odds_of_failing() {
        assert_eq!(difficulty(0, 0), None);
        let even = difficulty(10, 10).expect("tries");
        assert!(even.logit.abs() < 1e-9 && (even.failure - 0.5).abs() < 1e-9 && even.tries == 20);
        let hard = difficulty(19, 1).expect("tries");
        assert!((hard.logit - 13.0_f64.ln()).abs() < 1e-9, "{hard:?}");
        assert!(difficulty(0, 1).expect("tries").logit < 0.0);
        assert!(difficulty(1_000, 0).expect("tries").logit > hard.logit);
    }
}
