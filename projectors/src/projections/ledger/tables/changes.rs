//! What changes boards, in three kinds of rows numbered together: see the migration `ledger_v2`.

use super::super::Record;
use crate::rows::{Copies, Insertion, column};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// A row of `ledger`: a difference in points.
pub struct Entry {
    pub record: Record,
    pub no: i64,
    pub learner_id: Uuid,
    pub exercise_id: Uuid,
    pub submission_id: Uuid,
    pub category: String,
    pub language: String,
    pub points: i32,
    pub effective_at: DateTime<Utc>,
    pub effective_seq: i64,
}

impl Insertion for Entry {
    const TABLE: &'static str = "ledger";
    const FIRST_OF: Option<(&'static str, &'static str)> = None;

    async fn insert(db: &mut PgConnection, entries: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO ledger (partition, no, learner_id, exercise_id, submission_id, category, language, points,
                 effective_at, effective_seq, recorded_seq, recorded_at)
             SELECT * FROM UNNEST($1::smallint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[],
                 $7::text[], $8::int[], $9::timestamptz[], $10::bigint[], $11::bigint[], $12::timestamptz[])",
            &column(entries, |entry| entry.record.partition),
            &column(entries, |entry| entry.no),
            &column(entries, |entry| entry.learner_id),
            &column(entries, |entry| entry.exercise_id),
            &column(entries, |entry| entry.submission_id),
            &column(entries, |entry| entry.category.clone()),
            &column(entries, |entry| entry.language.clone()),
            &column(entries, |entry| entry.points),
            &column(entries, |entry| entry.effective_at),
            &column(entries, |entry| entry.effective_seq),
            &column(entries, |entry| entry.record.sequence),
            &column(entries, |entry| entry.record.time),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "ledger (partition, no, learner_id, exercise_id, submission_id, category, language, points, effective_at, \
             effective_seq, recorded_seq, recorded_at)",
        )
        .value(self.record.partition)
        .value(self.no)
        .value(self.learner_id)
        .value(self.exercise_id)
        .value(self.submission_id)
        .value(&self.category)
        .value(&self.language)
        .value(self.points)
        .value(self.effective_at)
        .value(self.effective_seq)
        .value(self.record.sequence)
        .value(self.record.time);
    }
}

/// A row of `board_bests`: a learner's best at an exercise changed.
pub struct Best {
    pub record: Record,
    pub no: i64,
    pub exercise_id: Uuid,
    pub learner_id: Uuid,
    pub points: i32,
    pub cpu_ms: Option<i32>,
    pub effective_at: DateTime<Utc>,
}

impl Insertion for Best {
    const TABLE: &'static str = "board_bests";
    const FIRST_OF: Option<(&'static str, &'static str)> = None;

    async fn insert(db: &mut PgConnection, bests: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO board_bests (partition, no, exercise_id, learner_id, points, cpu_ms, effective_at, recorded_seq,
                 recorded_at)
             SELECT * FROM UNNEST($1::smallint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::int[], $6::int[],
                 $7::timestamptz[], $8::bigint[], $9::timestamptz[])",
            &column(bests, |best| best.record.partition),
            &column(bests, |best| best.no),
            &column(bests, |best| best.exercise_id),
            &column(bests, |best| best.learner_id),
            &column(bests, |best| best.points),
            &column(bests, |best| best.cpu_ms) as &[Option<i32>],
            &column(bests, |best| best.effective_at),
            &column(bests, |best| best.record.sequence),
            &column(bests, |best| best.record.time),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "board_bests (partition, no, exercise_id, learner_id, points, cpu_ms, effective_at, recorded_seq, recorded_at)",
        )
        .value(self.record.partition)
        .value(self.no)
        .value(self.exercise_id)
        .value(self.learner_id)
        .value(self.points)
        .value(self.cpu_ms)
        .value(self.effective_at)
        .value(self.record.sequence)
        .value(self.record.time);
    }
}

/// A row of `board_comings`: a learner joined a cohort or left it.
pub struct Coming {
    pub record: Record,
    pub no: i64,
    pub cohort_id: Uuid,
    pub learner_id: Uuid,
    pub is_in: i16,
}

impl Insertion for Coming {
    const TABLE: &'static str = "board_comings";
    const FIRST_OF: Option<(&'static str, &'static str)> = None;

    async fn insert(db: &mut PgConnection, comings: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO board_comings (partition, no, cohort_id, learner_id, is_in, recorded_seq, recorded_at)
             SELECT * FROM UNNEST($1::smallint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::smallint[], $6::bigint[],
                 $7::timestamptz[])",
            &column(comings, |coming| coming.record.partition),
            &column(comings, |coming| coming.no),
            &column(comings, |coming| coming.cohort_id),
            &column(comings, |coming| coming.learner_id),
            &column(comings, |coming| coming.is_in),
            &column(comings, |coming| coming.record.sequence),
            &column(comings, |coming| coming.record.time),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("board_comings (partition, no, cohort_id, learner_id, is_in, recorded_seq, recorded_at)")
            .value(self.record.partition)
            .value(self.no)
            .value(self.cohort_id)
            .value(self.learner_id)
            .value(self.is_in)
            .value(self.record.sequence)
            .value(self.record.time);
    }
}
