//! Days of learners: what streaks and the busiest day are counted from.

use crate::rows::{Copies, Row, column};
use sqlx::PgConnection;
use uuid::Uuid;

/// A row of `active_days`: a UTC day on which a learner had submissions accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveDay {
    pub learner_id: Uuid,
    pub day: i32,
    /// To so many exercises.
    pub exercises: i32,
}

impl Row for ActiveDay {
    type Key = (Uuid, i32);

    fn key(&self) -> Self::Key {
        (self.learner_id, self.day)
    }

    async fn load(db: &mut PgConnection, keys: &[Self::Key]) -> sqlx::Result<Vec<Self>> {
        let (learners, days): (Vec<Uuid>, Vec<i32>) = keys.iter().copied().unzip();
        sqlx::query_as!(
            Self,
            "SELECT learner_id, day, exercises FROM active_days
             JOIN UNNEST($1::uuid[], $2::int[]) AS wanted (learner_id, day) USING (learner_id, day)",
            &learners,
            &days
        )
        .fetch_all(db)
        .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO active_days SELECT * FROM UNNEST($1::uuid[], $2::int[], $3::int[])
             ON CONFLICT (learner_id, day) DO UPDATE SET exercises = excluded.exercises",
            &column(rows, |row| row.learner_id),
            &column(rows, |row| row.day),
            &column(rows, |row| row.exercises),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    async fn delete(db: &mut PgConnection, keys: &[Self::Key]) -> sqlx::Result<()> {
        let (learners, days): (Vec<Uuid>, Vec<i32>) = keys.iter().copied().unzip();
        sqlx::query!(
            "DELETE FROM active_days USING UNNEST($1::uuid[], $2::int[]) AS gone (learner_id, day)
             WHERE active_days.learner_id = gone.learner_id AND active_days.day = gone.day",
            &learners,
            &days
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("active_days (learner_id, day, exercises)")
            .value(self.learner_id)
            .value(self.day)
            .value(self.exercises);
    }
}
