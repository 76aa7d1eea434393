//! Every submission with what came of it. Serves `GET /v1/submissions/{id}` and `/v1/me/submissions`. What a learner wrote
//! stays sealed as it came.

use crate::projection::{FoldError, Projection};
use crate::rows::{Copies, Row, Table, bigint, column, int};
use chrono::{DateTime, Utc};
use events::judgement::{JudgementEvent, SUBMISSION_JUDGED, SubmissionJudged};
use events::submission::{SUBMISSION_RECEIVED, SubmissionEvent, SubmissionReceived};
use events::{Event, EventType, JudgementId, Recorded};
use sqlx::PgConnection;
use uuid::Uuid;

pub struct Submissions;

impl Projection for Submissions {
    const NAME: &'static str = "submissions";
    const VERSION: u32 = 1;
    const HANDLES: &'static [EventType] = &[SUBMISSION_RECEIVED, SUBMISSION_JUDGED];
    type Rows = Table<SubmissionRow>;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        match &event.event {
            Event::Submission(SubmissionEvent::Received(received)) => rows.want(received.submission_id.0),
            Event::Judgement(JudgementEvent::SubmissionJudged(judged)) => rows.want(judged.submission_id.0),
            _ => {}
        }
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        match &event.event {
            Event::Submission(SubmissionEvent::Received(received))
                if rows.get(received.submission_id.0).is_none() =>
            {
                rows.put(SubmissionRow::received(received, event)?);
            }
            // A rejudge's result has no effect until it is applied: only the first judgement counts, and of several facts
            // about it the first.
            Event::Judgement(JudgementEvent::SubmissionJudged(judged))
                if judged.judgement_id == JudgementId::first(judged.submission_id) =>
            {
                let row = rows.get(judged.submission_id.0).ok_or_else(|| {
                    FoldError(format!("submission {} was judged but never received", judged.submission_id))
                })?;
                if !row.is_judged {
                    let received = row.received.clone();
                    rows.put(SubmissionRow::judged(judged, event, received)?);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// What is new about a submission. Nothing a fold decides by is in the stored columns except whether there is a verdict, so
/// they are let go of once stored and never loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmissionRow {
    submission_id: Uuid,
    is_judged: bool,
    received: Option<Received>,
    judgement: Option<Judgement>,
}

#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_field_names)] // They are the columns' names.
struct Received {
    learner_id: Uuid,
    exercise_id: Uuid,
    revision: i32,
    category: String,
    language: String,
    size_bytes: i32,
    points_max: i32,
    source: String,
    received_at: DateTime<Utc>,
    received_seq: i64,
}

#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_field_names)] // They are the columns' names.
struct Judgement {
    judgement_id: Uuid,
    verdict: &'static str,
    points: i32,
    cpu_ms: i32,
    memory_kib: i32,
    /// JSON.
    tests: String,
    compile_output: Option<String>,
    reason: Option<String>,
    judged_at: DateTime<Utc>,
    judged_seq: i64,
}

impl SubmissionRow {
    fn received(fact: &SubmissionReceived, event: &Recorded) -> Result<Self, FoldError> {
        let received = Received {
            learner_id: fact.learner_id.0,
            exercise_id: fact.exercise_id.0,
            revision: int(fact.revision)?,
            category: fact.category.clone(),
            language: fact.language.clone(),
            size_bytes: int(fact.size_bytes)?,
            points_max: int(fact.points_max)?,
            source: fact.source.0.clone(),
            received_at: event.time,
            received_seq: bigint(event.sequence),
        };
        let submission_id = fact.submission_id.0;
        Ok(Self { submission_id, is_judged: false, received: Some(received), judgement: None })
    }

    fn judged(
        fact: &SubmissionJudged,
        event: &Recorded,
        received: Option<Received>,
    ) -> Result<Self, FoldError> {
        let judgement = Judgement {
            judgement_id: fact.judgement_id.0,
            verdict: fact.verdict.name(),
            points: int(fact.points)?,
            cpu_ms: int(fact.cpu_ms)?,
            memory_kib: int(fact.memory_kib)?,
            tests: serde_json::to_string(&fact.tests).map_err(|error| FoldError(error.to_string()))?,
            compile_output: fact.compile_output.clone().map(|sealed| sealed.0),
            reason: fact.reason.clone(),
            judged_at: event.time,
            judged_seq: bigint(event.sequence),
        };
        let submission_id = fact.submission_id.0;
        Ok(Self { submission_id, is_judged: true, received, judgement: Some(judgement) })
    }
}

impl Row for SubmissionRow {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.submission_id
    }

    async fn load(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<Vec<Self>> {
        let rows = sqlx::query!(
            r#"SELECT submission_id, judgement_id IS NOT NULL AS "is_judged!" FROM submissions
               WHERE submission_id = ANY($1)"#,
            keys
        )
        .fetch_all(db)
        .await?;
        let row =
            |submission_id, is_judged| Self { submission_id, is_judged, received: None, judgement: None };
        Ok(rows.into_iter().map(|found| row(found.submission_id, found.is_judged)).collect())
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        let new: Vec<(Uuid, &Received)> =
            rows.iter().filter_map(|row| Some((row.submission_id, row.received.as_ref()?))).collect();
        if !new.is_empty() {
            insert(db, &new.iter().collect::<Vec<_>>()).await?;
        }
        let judged: Vec<(Uuid, &Judgement)> =
            rows.iter().filter_map(|row| Some((row.submission_id, row.judgement.as_ref()?))).collect();
        if !judged.is_empty() {
            add_verdicts(db, &judged.iter().collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        let Some(received) = &self.received else { return };
        let judgement = self.judgement.as_ref();
        to.line(
            "submissions (submission_id, learner_id, exercise_id, revision, category, language, size_bytes, points_max, \
             source, received_at, received_seq, judgement_id, verdict, points, cpu_ms, memory_kib, tests, \
             compile_output, reason, judged_at, judged_seq)",
        )
        .plain(self.submission_id)
        .plain(received.learner_id)
        .plain(received.exercise_id)
        .plain(received.revision)
        .text(&received.category)
        .text(&received.language)
        .plain(received.size_bytes)
        .plain(received.points_max)
        .text(&received.source)
        .time(received.received_at)
        .plain(received.received_seq)
        .plain_or_null(judgement.map(|judgement| judgement.judgement_id))
        .plain_or_null(judgement.map(|judgement| judgement.verdict))
        .plain_or_null(judgement.map(|judgement| judgement.points))
        .plain_or_null(judgement.map(|judgement| judgement.cpu_ms))
        .plain_or_null(judgement.map(|judgement| judgement.memory_kib))
        .text_or_null(judgement.map(|judgement| judgement.tests.as_str()))
        .text_or_null(judgement.and_then(|judgement| judgement.compile_output.as_deref()))
        .text_or_null(judgement.and_then(|judgement| judgement.reason.as_deref()))
        .time_or_null(judgement.map(|judgement| judgement.judged_at))
        .plain_or_null(judgement.map(|judgement| judgement.judged_seq));
    }

    fn stored(&mut self) {
        self.received = None;
        self.judgement = None;
    }
}

async fn insert(db: &mut PgConnection, new: &[&(Uuid, &Received)]) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO submissions (submission_id, learner_id, exercise_id, revision, category, language, size_bytes,
             points_max, source, received_at, received_seq)
         SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::int[],
             $8::int[], $9::text[], $10::timestamptz[], $11::bigint[])",
        &column(new, |(id, _)| *id),
        &column(new, |(_, row)| row.learner_id),
        &column(new, |(_, row)| row.exercise_id),
        &column(new, |(_, row)| row.revision),
        &column(new, |(_, row)| row.category.clone()),
        &column(new, |(_, row)| row.language.clone()),
        &column(new, |(_, row)| row.size_bytes),
        &column(new, |(_, row)| row.points_max),
        &column(new, |(_, row)| row.source.clone()),
        &column(new, |(_, row)| row.received_at),
        &column(new, |(_, row)| row.received_seq),
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn add_verdicts(db: &mut PgConnection, judged: &[&(Uuid, &Judgement)]) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE submissions SET
             judgement_id = new.judgement_id, verdict = new.verdict, points = new.points, cpu_ms = new.cpu_ms,
             memory_kib = new.memory_kib, tests = new.tests::jsonb, compile_output = new.compile_output,
             reason = new.reason, judged_at = new.judged_at, judged_seq = new.judged_seq
         FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::int[], $7::text[], $8::text[],
                     $9::text[], $10::timestamptz[], $11::bigint[])
           AS new (submission_id, judgement_id, verdict, points, cpu_ms, memory_kib, tests, compile_output, reason,
                   judged_at, judged_seq)
         WHERE submissions.submission_id = new.submission_id",
        &column(judged, |(id, _)| *id),
        &column(judged, |(_, row)| row.judgement_id),
        &column(judged, |(_, row)| row.verdict.to_owned()),
        &column(judged, |(_, row)| row.points),
        &column(judged, |(_, row)| row.cpu_ms),
        &column(judged, |(_, row)| row.memory_kib),
        &column(judged, |(_, row)| row.tests.clone()),
        &column(judged, |(_, row)| row.compile_output.clone()) as &[Option<String>],
        &column(judged, |(_, row)| row.reason.clone()) as &[Option<String>],
        &column(judged, |(_, row)| row.judged_at),
        &column(judged, |(_, row)| row.judged_seq),
    )
    .execute(db)
    .await?;
    Ok(())
}
