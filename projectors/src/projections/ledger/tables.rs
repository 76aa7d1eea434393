//! The ledger's tables and their SQL, except for `board_totals`.

mod changes;

pub use changes::{Best, Coming, Entry};

use super::staircase::{Judged, Staircase};
use crate::rows::{Copies, Row, column};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// The rows of `judged` of one learner and exercise.
pub struct Pair {
    pub learner_id: Uuid,
    pub exercise_id: Uuid,
    pub staircase: Staircase,
}

impl Row for Pair {
    type Key = (Uuid, Uuid);

    fn key(&self) -> Self::Key {
        (self.learner_id, self.exercise_id)
    }

    async fn load(db: &mut PgConnection, keys: &[Self::Key]) -> sqlx::Result<Vec<Self>> {
        let (learners, exercises): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
        let found = sqlx::query!(
            // LATERAL and OFFSET 0: one look-up by key per pair, whatever the planner believes about the tables' sizes.
            "SELECT found.learner_id, found.exercise_id, submission_id, accepted_seq, accepted_at, points, cpu_ms,
                    category, language, ordered_seq
             FROM UNNEST($1::uuid[], $2::uuid[]) AS wanted (learner_id, exercise_id), LATERAL (
                 SELECT * FROM judged
                 WHERE judged.learner_id = wanted.learner_id AND judged.exercise_id = wanted.exercise_id OFFSET 0
             ) AS found
             ORDER BY accepted_seq, submission_id",
            &learners,
            &exercises
        )
        .fetch_all(db)
        .await?;
        let mut pairs: HashMap<Self::Key, Self> = HashMap::new();
        for found in found {
            let (learner_id, exercise_id) = (found.learner_id, found.exercise_id);
            let new = || Self { learner_id, exercise_id, staircase: Staircase::default() };
            pairs.entry((learner_id, exercise_id)).or_insert_with(new).staircase.0.push(Judged {
                submission_id: found.submission_id,
                accepted_seq: found.accepted_seq,
                accepted_at: found.accepted_at,
                points: found.points,
                cpu_ms: found.cpu_ms,
                category: found.category,
                language: found.language,
                ordered_seq: found.ordered_seq,
                stored: true,
            });
        }
        Ok(pairs.into_values().collect())
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        let new: Vec<(&Self, &Judged)> = rows
            .iter()
            .flat_map(|pair| pair.staircase.0.iter().map(move |judged| (*pair, judged)))
            .filter(|(_, judged)| !judged.stored)
            .collect();
        let new: Vec<&(&Self, &Judged)> = new.iter().collect();
        sqlx::query!(
            "INSERT INTO judged (learner_id, exercise_id, submission_id, accepted_seq, accepted_at, points, cpu_ms, category,
                 language, ordered_seq)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::int[],
                 $7::int[], $8::text[], $9::text[], $10::bigint[])
             ON CONFLICT (learner_id, exercise_id, submission_id) DO UPDATE SET
                 points = excluded.points, cpu_ms = excluded.cpu_ms, ordered_seq = excluded.ordered_seq",
            &column(&new, |(pair, _)| pair.learner_id),
            &column(&new, |(pair, _)| pair.exercise_id),
            &column(&new, |(_, judged)| judged.submission_id),
            &column(&new, |(_, judged)| judged.accepted_seq),
            &column(&new, |(_, judged)| judged.accepted_at),
            &column(&new, |(_, judged)| judged.points),
            &column(&new, |(_, judged)| judged.cpu_ms) as &[Option<i32>],
            &column(&new, |(_, judged)| judged.category.clone()),
            &column(&new, |(_, judged)| judged.language.clone()),
            &column(&new, |(_, judged)| judged.ordered_seq),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        for judged in &self.staircase.0 {
            to.line(
                "judged (learner_id, exercise_id, submission_id, accepted_seq, accepted_at, points, cpu_ms, category, \
                 language, ordered_seq)",
            )
            .value(self.learner_id)
            .value(self.exercise_id)
            .value(judged.submission_id)
            .value(judged.accepted_seq)
            .value(judged.accepted_at)
            .value(judged.points)
            .value(judged.cpu_ms)
            .value(&judged.category)
            .value(&judged.language)
            .value(judged.ordered_seq);
        }
    }

    fn stored(&mut self) {
        self.staircase.0.iter_mut().for_each(|judged| judged.stored = true);
    }
}

/// A row of `ledger_heads`.
pub struct Head {
    pub partition: i16,
    pub no: i64,
}

impl Row for Head {
    type Key = i16;

    fn key(&self) -> i16 {
        self.partition
    }

    async fn load(db: &mut PgConnection, keys: &[i16]) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(Head, "SELECT partition, no FROM ledger_heads WHERE partition = ANY($1)", keys)
            .fetch_all(db)
            .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO ledger_heads SELECT * FROM UNNEST($1::smallint[], $2::bigint[])
             ON CONFLICT (partition) DO UPDATE SET no = excluded.no",
            &column(rows, |head| head.partition),
            &column(rows, |head| head.no),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("ledger_heads (partition, no)").value(self.partition).value(self.no);
    }
}

/// A row of `board_members`: whether a learner is in a cohort.
pub struct Member {
    pub learner_id: Uuid,
    pub cohort_id: Uuid,
    /// 1: is a member. 0: was one.
    pub is_in: i16,
    /// The fact that says so.
    pub changed_seq: i64,
}

impl Member {
    pub fn is_member(&self) -> bool {
        self.is_in == 1
    }
}

impl Row for Member {
    type Key = (Uuid, Uuid);

    fn key(&self) -> Self::Key {
        (self.learner_id, self.cohort_id)
    }

    async fn load(db: &mut PgConnection, keys: &[Self::Key]) -> sqlx::Result<Vec<Self>> {
        let (learners, cohorts): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
        sqlx::query_as!(
            Member,
            "SELECT at.learner_id, at.cohort_id, is_in, changed_seq
             FROM UNNEST($1::uuid[], $2::uuid[]) AS wanted (learner_id, cohort_id)
             JOIN board_members AS at ON at.learner_id = wanted.learner_id AND at.cohort_id = wanted.cohort_id",
            &learners,
            &cohorts
        )
        .fetch_all(db)
        .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO board_members (learner_id, cohort_id, is_in, changed_seq)
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::smallint[], $4::bigint[])
             ON CONFLICT (learner_id, cohort_id) DO UPDATE SET
                 is_in = excluded.is_in, changed_seq = excluded.changed_seq",
            &column(rows, |row| row.learner_id),
            &column(rows, |row| row.cohort_id),
            &column(rows, |row| row.is_in),
            &column(rows, |row| row.changed_seq),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("board_members (learner_id, cohort_id, is_in, changed_seq)")
            .value(self.learner_id)
            .value(self.cohort_id)
            .value(self.is_in)
            .value(self.changed_seq);
    }
}
