//! The tables of rejudge sets and their SQL.

use crate::projection::FoldError;
use crate::rows::{Copies, Insertion, Insertions, Row, Rows, Table, bigint, column, int};
use chrono::{DateTime, Utc};
use events::judgement::SubmissionJudged;
use events::{Recorded, RejudgeSetId};
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Default)]
pub struct RejudgeRows {
    pub(super) sets: Table<SetRow>,
    pub(super) asked: Insertions<Asked>,
    pub(super) judgements: Insertions<Rejudgement>,
    pub(super) effects: Insertions<Effect>,
}

impl Rows for RejudgeRows {
    const KEYLESS: &'static [&'static str] = &[Asked::TABLE, Rejudgement::TABLE, Effect::TABLE];

    async fn load(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.sets.load(db).await
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.sets.upsert(db).await?;
        self.asked.upsert(db).await?;
        self.judgements.upsert(db).await?;
        self.effects.upsert(db).await
    }

    fn start_empty(&mut self) {
        self.sets.start_empty();
    }

    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.sets.spill(db).await?;
        self.asked.spill(db).await?;
        self.judgements.spill(db).await?;
        self.effects.spill(db).await
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        self.sets.flush(db).await?;
        self.asked.flush(db).await?;
        self.judgements.flush(db).await?;
        self.effects.flush(db).await
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.sets.settle(db).await?;
        self.asked.settle(db).await?;
        self.judgements.settle(db).await?;
        self.effects.settle(db).await
    }

    async fn keep_first(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.asked.keep_first(db).await?;
        self.judgements.keep_first(db).await?;
        self.effects.keep_first(db).await
    }
}

/// A row of `rejudges`.
pub(super) struct SetRow {
    pub set_id: Uuid,
    pub status: String,
    pub exercise_id: Option<Uuid>,
    /// JSON.
    pub selection: String,
    pub judge_by: String,
    pub reason: String,
    pub requested_by: Uuid,
    pub requested_at: DateTime<Utc>,
    pub submissions: Option<i32>,
    pub ended_by: Option<Uuid>,
    pub changed_at: DateTime<Utc>,
    pub requested_seq: i64,
}

impl Row for SetRow {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.set_id
    }

    async fn load(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            SetRow,
            "SELECT set_id, status, exercise_id, selection, judge_by, reason, requested_by, requested_at, submissions,
                    ended_by, changed_at, requested_seq
             FROM rejudges WHERE set_id = ANY($1)",
            keys
        )
        .fetch_all(db)
        .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO rejudges (set_id, status, exercise_id, selection, judge_by, reason, requested_by, requested_at,
                 submissions, ended_by, changed_at, requested_seq)
             SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[],
                 $8::timestamptz[], $9::int[], $10::uuid[], $11::timestamptz[], $12::bigint[])
             ON CONFLICT (set_id) DO UPDATE SET
                 status = excluded.status, submissions = excluded.submissions, ended_by = excluded.ended_by,
                 changed_at = excluded.changed_at",
            &column(rows, |row| row.set_id),
            &column(rows, |row| row.status.clone()),
            &column(rows, |row| row.exercise_id) as &[Option<Uuid>],
            &column(rows, |row| row.selection.clone()),
            &column(rows, |row| row.judge_by.clone()),
            &column(rows, |row| row.reason.clone()),
            &column(rows, |row| row.requested_by),
            &column(rows, |row| row.requested_at),
            &column(rows, |row| row.submissions) as &[Option<i32>],
            &column(rows, |row| row.ended_by) as &[Option<Uuid>],
            &column(rows, |row| row.changed_at),
            &column(rows, |row| row.requested_seq),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "rejudges (set_id, status, exercise_id, selection, judge_by, reason, requested_by, requested_at, submissions, \
             ended_by, changed_at, requested_seq)",
        )
        .value(self.set_id)
        .value(&self.status)
        .value(self.exercise_id)
        .value(&self.selection)
        .value(&self.judge_by)
        .value(&self.reason)
        .value(self.requested_by)
        .value(self.requested_at)
        .value(self.submissions)
        .value(self.ended_by)
        .value(self.changed_at)
        .value(self.requested_seq);
    }
}

/// A row of `rejudge_submissions`.
#[allow(clippy::struct_field_names)] // They are the columns' names.
pub(super) struct Asked {
    pub set_id: Uuid,
    pub submission_id: Uuid,
    pub learner_id: Uuid,
    pub exercise_id: Uuid,
    pub asked_seq: i64,
}

impl Insertion for Asked {
    const TABLE: &'static str = "rejudge_submissions";
    const FIRST_OF: Option<(&'static str, &'static str)> = Some(("set_id, submission_id", "asked_seq"));

    async fn insert(db: &mut PgConnection, new: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO rejudge_submissions (set_id, submission_id, learner_id, exercise_id, asked_seq)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[])
             ON CONFLICT (set_id, submission_id) DO NOTHING",
            &column(new, |row| row.set_id),
            &column(new, |row| row.submission_id),
            &column(new, |row| row.learner_id),
            &column(new, |row| row.exercise_id),
            &column(new, |row| row.asked_seq),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("rejudge_submissions (set_id, submission_id, learner_id, exercise_id, asked_seq)")
            .value(self.set_id)
            .value(self.submission_id)
            .value(self.learner_id)
            .value(self.exercise_id)
            .value(self.asked_seq);
    }
}

/// A row of `rejudgements`.
#[allow(clippy::struct_field_names)] // They are the columns' names.
pub(super) struct Rejudgement {
    set_id: Uuid,
    submission_id: Uuid,
    judgement_id: Uuid,
    revision: i32,
    verdict: &'static str,
    points: i32,
    points_max: i32,
    cpu_ms: i32,
    memory_kib: i32,
    /// JSON.
    tests: String,
    compile_output: Option<String>,
    reason: Option<String>,
    judged_at: DateTime<Utc>,
    judged_seq: i64,
}

impl Rejudgement {
    pub fn of(fact: &SubmissionJudged, set_id: RejudgeSetId, event: &Recorded) -> Result<Self, FoldError> {
        Ok(Self {
            set_id: set_id.0,
            submission_id: fact.submission_id.0,
            judgement_id: fact.judgement_id.0,
            revision: int(fact.revision)?,
            verdict: fact.verdict.name(),
            points: int(fact.points)?,
            points_max: int(fact.points_max)?,
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

impl Insertion for Rejudgement {
    const TABLE: &'static str = "rejudgements";
    const FIRST_OF: Option<(&'static str, &'static str)> = Some(("set_id, submission_id", "judged_seq"));

    async fn insert(db: &mut PgConnection, new: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO rejudgements (set_id, submission_id, judgement_id, revision, verdict, points, points_max, cpu_ms,
                 memory_kib, tests, compile_output, reason, judged_at, judged_seq)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::int[], $7::int[],
                 $8::int[], $9::int[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::bigint[])
             ON CONFLICT (set_id, submission_id) DO NOTHING",
            &column(new, |row| row.set_id),
            &column(new, |row| row.submission_id),
            &column(new, |row| row.judgement_id),
            &column(new, |row| row.revision),
            &column(new, |row| row.verdict.to_owned()),
            &column(new, |row| row.points),
            &column(new, |row| row.points_max),
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
            "rejudgements (set_id, submission_id, judgement_id, revision, verdict, points, points_max, cpu_ms, memory_kib, \
             tests, compile_output, reason, judged_at, judged_seq)",
        )
        .value(self.set_id)
        .value(self.submission_id)
        .value(self.judgement_id)
        .value(self.revision)
        .value(self.verdict)
        .value(self.points)
        .value(self.points_max)
        .value(self.cpu_ms)
        .value(self.memory_kib)
        .value(&self.tests)
        .value(self.compile_output.as_deref())
        .value(self.reason.as_deref())
        .value(self.judged_at)
        .value(self.judged_seq);
    }
}

/// A row of `rejudge_effects`.
pub(super) struct Effect {
    pub set_id: Uuid,
    pub submission_id: Uuid,
    pub learner_id: Uuid,
    pub judgement_id: Uuid,
    pub ordered_seq: i64,
    pub applied_at: DateTime<Utc>,
    pub applied_seq: i64,
}

impl Insertion for Effect {
    const TABLE: &'static str = "rejudge_effects";
    const FIRST_OF: Option<(&'static str, &'static str)> = Some(("set_id, submission_id", "applied_seq"));

    async fn insert(db: &mut PgConnection, new: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO rejudge_effects (set_id, submission_id, learner_id, judgement_id, ordered_seq, applied_at,
                 applied_seq)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::timestamptz[],
                 $7::bigint[])
             ON CONFLICT (set_id, submission_id) DO NOTHING",
            &column(new, |row| row.set_id),
            &column(new, |row| row.submission_id),
            &column(new, |row| row.learner_id),
            &column(new, |row| row.judgement_id),
            &column(new, |row| row.ordered_seq),
            &column(new, |row| row.applied_at),
            &column(new, |row| row.applied_seq),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "rejudge_effects (set_id, submission_id, learner_id, judgement_id, ordered_seq, applied_at, applied_seq)",
        )
        .value(self.set_id)
        .value(self.submission_id)
        .value(self.learner_id)
        .value(self.judgement_id)
        .value(self.ordered_seq)
        .value(self.applied_at)
        .value(self.applied_seq);
    }
}
