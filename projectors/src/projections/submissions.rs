//! Every submission, and what came of it. Serves `GET /v1/submissions/{id}` and `/v1/me/submissions`. What a learner wrote
//! stays sealed as it came.
//!
//! Both tables only grow, and of several facts about one submission the first counts, so no fold has to look at what is
//! there: a submission and its judgement are joined when they are read.

use crate::projection::{FoldError, Projection};
use crate::rows::{Copies, Insertion, Insertions, Rows, bigint, column, int};
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
    type Rows = SubmissionRows;

    fn keys(_rows: &mut Self::Rows, _event: &Recorded) {}

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        match &event.event {
            Event::Submission(SubmissionEvent::Received(received)) => {
                rows.submissions.add(Submission::of(received, event)?);
            }
            // A rejudge's result has no effect until it is applied: only the first judgement counts.
            Event::Judgement(JudgementEvent::SubmissionJudged(judged))
                if judged.judgement_id == JudgementId::first(judged.submission_id) =>
            {
                rows.judgements.add(Judgement::of(judged, event)?);
            }
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct SubmissionRows {
    submissions: Insertions<Submission>,
    judgements: Insertions<Judgement>,
}

impl Rows for SubmissionRows {
    const KEYLESS: &'static [&'static str] = &[Submission::TABLE, Judgement::TABLE];

    async fn load(&mut self, _db: &mut PgConnection) -> sqlx::Result<()> {
        Ok(())
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.submissions.upsert(db).await?;
        self.judgements.upsert(db).await
    }

    fn start_empty(&mut self) {}

    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.submissions.spill(db).await?;
        self.judgements.spill(db).await
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        self.submissions.flush(db).await?;
        self.judgements.flush(db).await
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.submissions.settle(db).await?;
        self.judgements.settle(db).await
    }

    async fn keep_first(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.submissions.keep_first(db).await?;
        self.judgements.keep_first(db).await
    }
}

#[allow(clippy::struct_field_names)] // They are the columns' names.
struct Submission {
    submission_id: Uuid,
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

impl Submission {
    fn of(fact: &SubmissionReceived, event: &Recorded) -> Result<Self, FoldError> {
        Ok(Self {
            submission_id: fact.submission_id.0,
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
        })
    }
}

impl Insertion for Submission {
    const TABLE: &'static str = "submissions";
    const FIRST_OF: Option<(&'static str, &'static str)> = Some(("submission_id", "received_seq"));

    async fn insert(db: &mut PgConnection, new: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO submissions (submission_id, learner_id, exercise_id, revision, category, language, size_bytes,
                 points_max, source, received_at, received_seq)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::int[],
                 $8::int[], $9::text[], $10::timestamptz[], $11::bigint[])
             ON CONFLICT (submission_id) DO NOTHING",
            &column(new, |row| row.submission_id),
            &column(new, |row| row.learner_id),
            &column(new, |row| row.exercise_id),
            &column(new, |row| row.revision),
            &column(new, |row| row.category.clone()),
            &column(new, |row| row.language.clone()),
            &column(new, |row| row.size_bytes),
            &column(new, |row| row.points_max),
            &column(new, |row| row.source.clone()),
            &column(new, |row| row.received_at),
            &column(new, |row| row.received_seq),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "submissions (submission_id, learner_id, exercise_id, revision, category, language, size_bytes, points_max, \
             source, received_at, received_seq)",
        )
        .value(self.submission_id)
        .value(self.learner_id)
        .value(self.exercise_id)
        .value(self.revision)
        .value(&self.category)
        .value(&self.language)
        .value(self.size_bytes)
        .value(self.points_max)
        .value(&self.source)
        .value(self.received_at)
        .value(self.received_seq);
    }
}

#[allow(clippy::struct_field_names)] // They are the columns' names.
struct Judgement {
    submission_id: Uuid,
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

impl Judgement {
    fn of(fact: &SubmissionJudged, event: &Recorded) -> Result<Self, FoldError> {
        Ok(Self {
            submission_id: fact.submission_id.0,
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
        })
    }
}

impl Insertion for Judgement {
    const TABLE: &'static str = "judgements";
    const FIRST_OF: Option<(&'static str, &'static str)> = Some(("submission_id", "judged_seq"));

    async fn insert(db: &mut PgConnection, new: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO judgements
             SELECT submission_id, judgement_id, verdict, points, cpu_ms, memory_kib, tests, compile_output, reason,
                    judged_at, judged_seq
             FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::int[], $7::text[], $8::text[],
                         $9::text[], $10::timestamptz[], $11::bigint[])
               AS new (submission_id, judgement_id, verdict, points, cpu_ms, memory_kib, tests, compile_output, reason,
                       judged_at, judged_seq)
             ON CONFLICT (submission_id) DO NOTHING",
            &column(new, |row| row.submission_id),
            &column(new, |row| row.judgement_id),
            &column(new, |row| row.verdict.to_owned()),
            &column(new, |row| row.points),
            &column(new, |row| row.cpu_ms),
            &column(new, |row| row.memory_kib),
            &column(new, |row| row.tests.clone()),
            &column(new, |row| row.compile_output.clone()) as &[Option<String>],
            &column(new, |row| row.reason.clone()) as &[Option<String>],
            &column(new, |row| row.judged_at),
            &column(new, |row| row.judged_seq),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "judgements (submission_id, judgement_id, verdict, points, cpu_ms, memory_kib, tests, compile_output, reason, \
             judged_at, judged_seq)",
        )
        .value(self.submission_id)
        .value(self.judgement_id)
        .value(self.verdict)
        .value(self.points)
        .value(self.cpu_ms)
        .value(self.memory_kib)
        .value(&self.tests)
        .value(self.compile_output.as_deref())
        .value(self.reason.as_deref())
        .value(self.judged_at)
        .value(self.judged_seq);
    }
}
