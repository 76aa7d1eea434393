//! The rows that a preview is computed from.

use super::super::outcome::{Outcome, Standing, Total};
use crate::error::QueryError;
use crate::queries::leaderboards::handles;
use crate::read::Read;
use events::LearnerId;
use events::board::{Scope, Window};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Every submission of every learner and exercise that the set touches, with what has effect and what the set says. Of the
/// erased it says nothing: they keep what they have, as when the set is applied.
pub async fn standings(read: &mut Read, set: Uuid) -> Result<Vec<Standing>, QueryError> {
    let rows = sqlx::query!(
        r#"SELECT s.learner_id, s.exercise_id, s.submission_id, received_at, j.verdict AS "verdict_before?",
             j.points AS "points_before?", r.verdict AS "verdict_after?", r.points AS "points_after?"
           FROM (SELECT DISTINCT learner_id, exercise_id FROM rejudge_submissions WHERE set_id = $1) AS touched
             JOIN submissions s USING (learner_id, exercise_id)
             LEFT JOIN rejudgements r ON r.set_id = $1 AND r.submission_id = s.submission_id AND r.verdict <> 'judge_error'
             LEFT JOIN LATERAL (
               SELECT verdict, points FROM (
                 SELECT verdict, points, 0 AS ordered_seq FROM judgements f WHERE f.submission_id = s.submission_id
                 UNION ALL
                 SELECT verdict, points, ordered_seq FROM rejudge_effects e JOIN rejudgements USING (set_id, submission_id)
                 WHERE e.submission_id = s.submission_id
               ) AS known ORDER BY ordered_seq DESC LIMIT 1
             ) AS j ON true
           ORDER BY s.learner_id, s.exercise_id, received_seq, s.submission_id"#,
        set
    )
    .fetch_all(read.connection())
    .await?;
    let learners: BTreeSet<LearnerId> = rows.iter().map(|row| LearnerId(row.learner_id)).collect();
    let learners: Vec<LearnerId> = learners.into_iter().collect();
    let names = handles(read, &learners).await?;
    let outcome = |verdict: Option<String>, points| Some(Outcome { verdict: verdict?, points: points? });
    let standings = rows.into_iter().map(|row| Standing {
        learner_id: row.learner_id,
        exercise_id: row.exercise_id,
        submission_id: row.submission_id,
        accepted_at: row.received_at,
        before: outcome(row.verdict_before, row.points_before),
        after: outcome(row.verdict_after, row.points_after)
            .filter(|_| names.contains_key(&LearnerId(row.learner_id))),
    });
    Ok(standings.collect())
}

pub async fn totals_of(read: &mut Read, scope: &Scope, learners: &[Uuid]) -> Result<Vec<Total>, QueryError> {
    let totals = sqlx::query_as!(
        Total,
        "SELECT learner_id, points, reached_at FROM board_totals
         WHERE scope = $1 AND window_at = $2 AND learner_id = ANY($3)",
        scope.to_string(),
        Window::All.name(),
        learners
    );
    Ok(totals.fetch_all(read.connection()).await?)
}

pub async fn first_places(read: &mut Read, scope: &Scope, count: usize) -> Result<Vec<Total>, QueryError> {
    let totals = sqlx::query_as!(
        Total,
        "SELECT learner_id, points, reached_at FROM board_totals
         WHERE scope = $1 AND window_at = $2 AND points > 0
         ORDER BY points DESC, date_trunc('second', reached_at), learner_id LIMIT $3",
        scope.to_string(),
        Window::All.name(),
        i64::try_from(count).unwrap_or(i64::MAX)
    );
    Ok(totals.fetch_all(read.connection()).await?)
}

pub async fn slugs(
    read: &mut Read,
    exercises: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>, QueryError> {
    let ids: BTreeSet<Uuid> = exercises.collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let rows = sqlx::query!("SELECT exercise_id, slug FROM exercises WHERE exercise_id = ANY($1)", &ids)
        .fetch_all(read.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (row.exercise_id, row.slug)).collect())
}
