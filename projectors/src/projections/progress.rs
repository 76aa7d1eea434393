//! How each learner stands on each exercise tried. Serves `GET /v1/learners/{handle}/progress`.
//!
//! Computed anew from all attempts of the pair whenever one changes, in order of acceptance, so the order in which verdicts
//! arrive changes nothing. An applied rejudge set gives attempts new verdicts. An attempt that ended in a judge error does not count: that was our fault.

use crate::projection::{FoldError, Projection};
use crate::rows::{Copies, Row, Table, bigint, column, int};
use chrono::{DateTime, Utc};
use events::judgement::{JudgementEvent, SUBMISSION_JUDGED, Verdict};
use events::rejudge::{REJUDGE_APPLIED, RejudgeEvent};
use events::submission::{SUBMISSION_RECEIVED, SubmissionEvent};
use events::{Event, EventType, JudgementId, Recorded, SubmissionId};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

pub struct Progress;

impl Projection for Progress {
    const NAME: &'static str = "progress";
    const VERSION: u32 = 1;
    const HANDLES: &'static [EventType] = &[SUBMISSION_RECEIVED, SUBMISSION_JUDGED, REJUDGE_APPLIED];
    type Rows = Table<Attempts>;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        match &event.event {
            Event::Submission(SubmissionEvent::Received(fact)) => {
                rows.want((fact.learner_id.0, fact.exercise_id.0));
            }
            Event::Judgement(JudgementEvent::SubmissionJudged(fact)) => {
                rows.want((fact.learner_id.0, fact.exercise_id.0));
            }
            Event::Rejudge(RejudgeEvent::Applied(fact)) => {
                for result in &fact.results {
                    rows.want((fact.learner_id.0, result.exercise_id.0));
                }
            }
            _ => {}
        }
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        match &event.event {
            Event::Submission(SubmissionEvent::Received(fact)) => {
                let key = (fact.learner_id.0, fact.exercise_id.0);
                let attempt = Attempt {
                    submission_id: fact.submission_id.0,
                    received_seq: bigint(event.sequence),
                    received_at: event.time,
                    verdict: None,
                    points: None,
                    ordered_seq: 0,
                    changed: true,
                };
                match rows.get(key) {
                    None => rows.put(Attempts {
                        learner_id: key.0,
                        exercise_id: key.1,
                        category: fact.category.clone(),
                        tries: vec![attempt],
                    }),
                    Some(known) if known.find(attempt.submission_id).is_some() => {}
                    Some(_) => rows.change(key).into_iter().for_each(|row| row.add(attempt.clone())),
                }
            }
            Event::Judgement(JudgementEvent::SubmissionJudged(fact))
                if fact.judgement_id == JudgementId::first(fact.submission_id) =>
            {
                let points = int(fact.points)?;
                let pair = (fact.learner_id.0, fact.exercise_id.0);
                let attempt = attempt(rows, pair, fact.submission_id)?;
                if attempt.verdict.is_none() {
                    attempt.judged(fact.verdict, points, 0);
                }
            }
            Event::Rejudge(RejudgeEvent::Applied(fact)) => {
                let ordered_seq = bigint(fact.ordered_seq);
                // All or nothing: a build does not take back what a refused event began.
                for result in &fact.results {
                    int(result.points)?;
                    attempt(rows, (fact.learner_id.0, result.exercise_id.0), result.submission_id)?;
                }
                for result in &fact.results {
                    let pair = (fact.learner_id.0, result.exercise_id.0);
                    let attempt = attempt(rows, pair, result.submission_id)?;
                    if attempt.ordered_seq < ordered_seq {
                        attempt.judged(result.verdict, int(result.points)?, ordered_seq);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn attempt(
    rows: &mut Table<Attempts>,
    pair: (Uuid, Uuid),
    submission: SubmissionId,
) -> Result<&mut Attempt, FoldError> {
    let known = rows
        .change(pair)
        .and_then(|row| row.tries.iter_mut().find(|known| known.submission_id == submission.0));
    known.ok_or_else(|| FoldError(format!("submission {submission} was judged but never received")))
}

/// All attempts of one learner at one exercise, in order of acceptance. Stored as rows of `attempts` and, summed up, one of
/// `progress`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempts {
    learner_id: Uuid,
    exercise_id: Uuid,
    /// The exercise's at the first attempt.
    category: String,
    tries: Vec<Attempt>,
}

#[derive(Debug, Clone, PartialEq)]
struct Attempt {
    submission_id: Uuid,
    received_seq: i64,
    received_at: DateTime<Utc>,
    verdict: Option<String>,
    points: Option<i32>,
    /// Which applied rejudge set the verdict is of: the sequence of the order to apply it. 0: the first judgement.
    ordered_seq: i64,
    /// Differs from what is stored.
    changed: bool,
}

/// A row of `progress`.
#[derive(Debug, PartialEq)]
struct Summary {
    attempts: i32,
    best_points: i32,
    solved_at: Option<DateTime<Utc>>,
    attempts_to_solve: Option<i32>,
    first_attempt_at: DateTime<Utc>,
    last_attempt_at: DateTime<Utc>,
}

impl Attempt {
    fn judged(&mut self, verdict: Verdict, points: i32, ordered_seq: i64) {
        self.verdict = Some(verdict.name().to_owned());
        self.points = Some(points);
        self.ordered_seq = ordered_seq;
        self.changed = true;
    }
}

impl Attempts {
    fn find(&self, submission: Uuid) -> Option<&Attempt> {
        self.tries.iter().find(|attempt| attempt.submission_id == submission)
    }

    fn add(&mut self, attempt: Attempt) {
        let place = self.tries.partition_point(|known| known.received_seq < attempt.received_seq);
        self.tries.insert(place, attempt);
    }

    fn summary(&self) -> Summary {
        let is = |attempt: &Attempt, verdict: Verdict| attempt.verdict.as_deref() == Some(verdict.name());
        let counted: Vec<&Attempt> =
            self.tries.iter().filter(|attempt| !is(attempt, Verdict::JudgeError)).collect();
        let solved = counted.iter().position(|attempt| is(attempt, Verdict::Accepted));
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Summary {
            attempts: count(counted.len()),
            best_points: counted.iter().filter_map(|attempt| attempt.points).max().unwrap_or_default(),
            solved_at: solved.map(|index| counted[index].received_at),
            attempts_to_solve: solved.map(|index| count(index + 1)),
            first_attempt_at: self.tries.first().expect("a pair begins with an attempt").received_at,
            last_attempt_at: self.tries.last().expect("a pair begins with an attempt").received_at,
        }
    }
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
            "SELECT found.learner_id, found.exercise_id, category, submission_id, received_seq, received_at, verdict,
                    points, ordered_seq
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
            let new = || Self { learner_id, exercise_id, category: found.category, tries: Vec::new() };
            rows.entry((learner_id, exercise_id)).or_insert_with(new).tries.push(Attempt {
                submission_id: found.submission_id,
                received_seq: found.received_seq,
                received_at: found.received_at,
                verdict: found.verdict,
                points: found.points,
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
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::timestamptz[], $7::int[],
                                  $8::timestamptz[], $9::timestamptz[])
             ON CONFLICT (learner_id, exercise_id) DO UPDATE SET
                 attempts = excluded.attempts, best_points = excluded.best_points, solved_at = excluded.solved_at,
                 attempts_to_solve = excluded.attempts_to_solve, first_attempt_at = excluded.first_attempt_at,
                 last_attempt_at = excluded.last_attempt_at",
            &column(&rows, |(row, _)| row.learner_id),
            &column(&rows, |(row, _)| row.exercise_id),
            &column(&rows, |(row, _)| row.category.clone()),
            &column(&rows, |(_, summary)| summary.attempts),
            &column(&rows, |(_, summary)| summary.best_points),
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
                "attempts (learner_id, exercise_id, submission_id, received_seq, received_at, verdict, points, \
                 ordered_seq)",
            )
            .value(self.learner_id)
            .value(self.exercise_id)
            .value(attempt.submission_id)
            .value(attempt.received_seq)
            .value(attempt.received_at)
            .value(attempt.verdict.as_deref())
            .value(attempt.points)
            .value(attempt.ordered_seq);
        }
        let summary = self.summary();
        to.line(
            "progress (learner_id, exercise_id, category, attempts, best_points, solved_at, attempts_to_solve, \
             first_attempt_at, last_attempt_at)",
        )
        .value(self.learner_id)
        .value(self.exercise_id)
        .value(&self.category)
        .value(summary.attempts)
        .value(summary.best_points)
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
             $8::bigint[])
         ON CONFLICT (learner_id, exercise_id, submission_id) DO UPDATE SET
             verdict = excluded.verdict, points = excluded.points, ordered_seq = excluded.ordered_seq",
        &column(&changed, |(row, _)| row.learner_id),
        &column(&changed, |(row, _)| row.exercise_id),
        &column(&changed, |(_, attempt)| attempt.submission_id),
        &column(&changed, |(_, attempt)| attempt.received_seq),
        &column(&changed, |(_, attempt)| attempt.received_at),
        &column(&changed, |(_, attempt)| attempt.verdict.clone()) as &[Option<String>],
        &column(&changed, |(_, attempt)| attempt.points) as &[Option<i32>],
        &column(&changed, |(_, attempt)| attempt.ordered_seq),
    )
    .execute(db)
    .await?;
    Ok(())
}
