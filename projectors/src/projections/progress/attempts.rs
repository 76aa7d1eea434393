//! All attempts of one learner at one exercise.

use super::New;
use super::share::Share;
use crate::rows::{Copies, Row, column};
use chrono::{DateTime, Utc};
use events::SubmissionId;
use events::judgement::Verdict;
use sqlx::PgConnection;
use std::cmp::Reverse;
use std::collections::HashMap;
use uuid::Uuid;

/// In order of acceptance. Stored as rows of `attempts` and, summed up, one of `progress`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempts {
    learner_id: Uuid,
    exercise_id: Uuid,
    /// The exercise's at the first attempt.
    category: String,
    tries: Vec<Attempt>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub submission_id: Uuid,
    pub received_seq: i64,
    pub received_at: DateTime<Utc>,
    pub language: String,
    pub points_max: i32,
    /// Of the verdict that has effect.
    pub result: Option<Outcome>,
    /// Which applied rejudge set it is of: the sequence of the order to apply it. 0: the first judgement.
    pub ordered_seq: i64,
    /// Differs from what is stored.
    pub changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    pub verdict: Verdict,
    pub points: i32,
    pub cpu_ms: Option<i32>,
}

/// A row of `progress`.
#[derive(Debug, PartialEq)]
struct Summary {
    attempts: i32,
    judged: i32,
    accepted: i32,
    best_points: i32,
    best_cpu_ms: Option<i32>,
    best_submission_id: Option<Uuid>,
    solved_at: Option<DateTime<Utc>>,
    attempts_to_solve: Option<i32>,
    first_attempt_at: DateTime<Utc>,
    last_attempt_at: DateTime<Utc>,
}

impl Attempt {
    pub fn verdict(&self) -> Option<Verdict> {
        self.result.map(|result| result.verdict)
    }

    pub fn is_accepted(&self) -> bool {
        self.verdict() == Some(Verdict::Accepted)
    }

    pub fn points(&self) -> i32 {
        self.result.map_or(0, |result| result.points)
    }
}

impl Attempts {
    pub fn first((learner_id, exercise_id): (Uuid, Uuid), category: String, attempt: Attempt) -> Self {
        Self { learner_id, exercise_id, category, tries: vec![attempt] }
    }

    pub fn find(&self, submission: SubmissionId) -> Option<&Attempt> {
        self.tries.iter().find(|attempt| attempt.submission_id == submission.0)
    }

    pub fn add(&mut self, attempt: Attempt) {
        let place = self.tries.partition_point(|known| known.received_seq < attempt.received_seq);
        self.tries.insert(place, attempt);
    }

    /// Whether a verdict of this order would have effect: the first one, or one of a set that was applied later.
    pub fn would_change(&self, submission: SubmissionId, ordered_seq: i64) -> bool {
        self.find(submission).is_some_and(|known| known.result.is_none() || known.ordered_seq < ordered_seq)
    }

    pub fn judged(&mut self, new: &New) {
        let known = self.tries.iter_mut().find(|known| known.submission_id == new.submission_id.0);
        if let Some(attempt) = known {
            attempt.result = Some(Outcome { verdict: new.verdict, points: new.points, cpu_ms: new.cpu_ms });
            attempt.ordered_seq = new.ordered_seq;
            attempt.changed = true;
        }
    }

    pub fn share(&self) -> Share {
        Share::of(&self.category, &self.tries)
    }

    fn summary(&self) -> Summary {
        let counted = || self.tries.iter().filter(|attempt| attempt.verdict() != Some(Verdict::JudgeError));
        let solved = counted().position(Attempt::is_accepted);
        // Points, then CPU time, then who was first.
        let best = counted().filter(|attempt| attempt.result.is_some()).min_by_key(|attempt| {
            let cpu_ms = attempt.result.and_then(|result| result.cpu_ms);
            (Reverse(attempt.points()), cpu_ms.unwrap_or(i32::MAX), attempt.received_seq)
        });
        let share = self.share();
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Summary {
            attempts: count(counted().count()),
            judged: share.judged,
            accepted: share.accepted,
            best_points: share.points,
            best_cpu_ms: best.and_then(|attempt| attempt.result?.cpu_ms),
            best_submission_id: best.map(|attempt| attempt.submission_id),
            solved_at: counted().find(|attempt| attempt.is_accepted()).map(|attempt| attempt.received_at),
            attempts_to_solve: solved.map(|index| count(index + 1)),
            first_attempt_at: self.tries.first().expect("a pair begins with an attempt").received_at,
            last_attempt_at: self.tries.last().expect("a pair begins with an attempt").received_at,
        }
    }
}

fn verdict_of(name: &str) -> sqlx::Result<Verdict> {
    let known = Verdict::ALL.into_iter().find(|verdict| verdict.name() == name);
    known.ok_or_else(|| sqlx::Error::Decode(format!("no verdict is called {name:?}").into()))
}

impl Row for Attempts {
    type Key = (Uuid, Uuid);

    fn key(&self) -> Self::Key {
        (self.learner_id, self.exercise_id)
    }

    async fn load(db: &mut PgConnection, keys: &[Self::Key]) -> sqlx::Result<Vec<Self>> {
        let (learners, exercises): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
        let found = sqlx::query!(
            // LATERAL and OFFSET 0: look-ups by key, whatever the planner believes about the tables' sizes.
            "SELECT found.learner_id, found.exercise_id, category, submission_id, received_seq, received_at, language,
                    points_max, verdict, points, cpu_ms, ordered_seq
             FROM UNNEST($1::uuid[], $2::uuid[]) AS wanted (learner_id, exercise_id), LATERAL (
                 SELECT * FROM attempts
                 WHERE attempts.learner_id = wanted.learner_id AND attempts.exercise_id = wanted.exercise_id OFFSET 0
             ) AS found, LATERAL (
                 SELECT progress.category FROM progress
                 WHERE progress.learner_id = found.learner_id AND progress.exercise_id = found.exercise_id OFFSET 0
             ) AS summary
             ORDER BY received_seq",
            &learners,
            &exercises
        )
        .fetch_all(db)
        .await?;
        let mut rows: HashMap<Self::Key, Self> = HashMap::new();
        for found in found {
            let (learner_id, exercise_id) = (found.learner_id, found.exercise_id);
            let result = match (found.verdict, found.points) {
                (Some(verdict), Some(points)) => {
                    Some(Outcome { verdict: verdict_of(&verdict)?, points, cpu_ms: found.cpu_ms })
                }
                _ => None,
            };
            let new = || Self { learner_id, exercise_id, category: found.category, tries: Vec::new() };
            rows.entry((learner_id, exercise_id)).or_insert_with(new).tries.push(Attempt {
                submission_id: found.submission_id,
                received_seq: found.received_seq,
                received_at: found.received_at,
                language: found.language,
                points_max: found.points_max,
                result,
                ordered_seq: found.ordered_seq,
                changed: false,
            });
        }
        Ok(rows.into_values().collect())
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        upsert_attempts(db, rows).await?;
        let summaries: Vec<(&Self, Summary)> = rows.iter().map(|row| (*row, row.summary())).collect();
        let rows: Vec<&(&Self, Summary)> = summaries.iter().collect();
        sqlx::query!(
            "INSERT INTO progress
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[],
                 $8::int[], $9::uuid[], $10::timestamptz[], $11::int[], $12::timestamptz[], $13::timestamptz[])
             ON CONFLICT (learner_id, exercise_id) DO UPDATE SET
                 attempts = excluded.attempts, judged = excluded.judged, accepted = excluded.accepted,
                 best_points = excluded.best_points, best_cpu_ms = excluded.best_cpu_ms,
                 best_submission_id = excluded.best_submission_id, solved_at = excluded.solved_at,
                 attempts_to_solve = excluded.attempts_to_solve, first_attempt_at = excluded.first_attempt_at,
                 last_attempt_at = excluded.last_attempt_at",
            &column(&rows, |(row, _)| row.learner_id),
            &column(&rows, |(row, _)| row.exercise_id),
            &column(&rows, |(row, _)| row.category.clone()),
            &column(&rows, |(_, summary)| summary.attempts),
            &column(&rows, |(_, summary)| summary.judged),
            &column(&rows, |(_, summary)| summary.accepted),
            &column(&rows, |(_, summary)| summary.best_points),
            &column(&rows, |(_, summary)| summary.best_cpu_ms) as &[Option<i32>],
            &column(&rows, |(_, summary)| summary.best_submission_id) as &[Option<Uuid>],
            &column(&rows, |(_, summary)| summary.solved_at) as &[Option<DateTime<Utc>>],
            &column(&rows, |(_, summary)| summary.attempts_to_solve) as &[Option<i32>],
            &column(&rows, |(_, summary)| summary.first_attempt_at),
            &column(&rows, |(_, summary)| summary.last_attempt_at),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        for attempt in &self.tries {
            to.line(
                "attempts (learner_id, exercise_id, submission_id, received_seq, received_at, language, points_max, \
                 verdict, points, cpu_ms, ordered_seq)",
            )
            .value(self.learner_id)
            .value(self.exercise_id)
            .value(attempt.submission_id)
            .value(attempt.received_seq)
            .value(attempt.received_at)
            .value(&attempt.language)
            .value(attempt.points_max)
            .value(attempt.verdict().map(Verdict::name))
            .value(attempt.result.map(|result| result.points))
            .value(attempt.result.and_then(|result| result.cpu_ms))
            .value(attempt.ordered_seq);
        }
        let summary = self.summary();
        to.line(
            "progress (learner_id, exercise_id, category, attempts, judged, accepted, best_points, best_cpu_ms, \
             best_submission_id, solved_at, attempts_to_solve, first_attempt_at, last_attempt_at)",
        )
        .value(self.learner_id)
        .value(self.exercise_id)
        .value(&self.category)
        .value(summary.attempts)
        .value(summary.judged)
        .value(summary.accepted)
        .value(summary.best_points)
        .value(summary.best_cpu_ms)
        .value(summary.best_submission_id)
        .value(summary.solved_at)
        .value(summary.attempts_to_solve)
        .value(summary.first_attempt_at)
        .value(summary.last_attempt_at);
    }

    fn stored(&mut self) {
        self.tries.iter_mut().for_each(|attempt| attempt.changed = false);
    }
}

async fn upsert_attempts(db: &mut PgConnection, rows: &[&Attempts]) -> sqlx::Result<()> {
    let changed: Vec<(&Attempts, &Attempt)> = rows
        .iter()
        .flat_map(|row| row.tries.iter().map(move |attempt| (*row, attempt)))
        .filter(|(_, attempt)| attempt.changed)
        .collect();
    let changed: Vec<&(&Attempts, &Attempt)> = changed.iter().collect();
    sqlx::query!(
        "INSERT INTO attempts
         SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::text[], $7::int[],
             $8::text[], $9::int[], $10::int[], $11::bigint[])
         ON CONFLICT (learner_id, exercise_id, submission_id) DO UPDATE SET
             verdict = excluded.verdict, points = excluded.points, cpu_ms = excluded.cpu_ms,
             ordered_seq = excluded.ordered_seq",
        &column(&changed, |(row, _)| row.learner_id),
        &column(&changed, |(row, _)| row.exercise_id),
        &column(&changed, |(_, attempt)| attempt.submission_id),
        &column(&changed, |(_, attempt)| attempt.received_seq),
        &column(&changed, |(_, attempt)| attempt.received_at),
        &column(&changed, |(_, attempt)| attempt.language.clone()),
        &column(&changed, |(_, attempt)| attempt.points_max),
        &column(&changed, |(_, attempt)| attempt.verdict().map(|verdict| verdict.name().to_owned()))
            as &[Option<String>],
        &column(&changed, |(_, attempt)| attempt.result.map(|result| result.points)) as &[Option<i32>],
        &column(&changed, |(_, attempt)| attempt.result.and_then(|result| result.cpu_ms)) as &[Option<i32>],
        &column(&changed, |(_, attempt)| attempt.ordered_seq),
    )
    .execute(db)
    .await?;
    Ok(())
}
