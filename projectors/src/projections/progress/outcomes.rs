//! How one exercise fares with the learners of one partition.

use super::share::Share;
use crate::rows::{Copies, Row, column};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    exercise_id: Uuid,
    partition: i16,
    /// Attempts with a verdict, and how many of them were accepted.
    attempts: i32,
    accepted: i32,
    /// Learners with such an attempt, and how many of them solved it.
    tried: i32,
    solved: i32,
    first_tries: i32,
    /// Attempts before the one that solved it, and those of learners who did not.
    failures: i32,
    /// How many learners solved it in a time of each class.
    solved_in: BTreeMap<i32, i32>,
}

impl Outcomes {
    pub fn new((exercise_id, partition): (Uuid, i16)) -> Self {
        Self {
            exercise_id,
            partition,
            attempts: 0,
            accepted: 0,
            tried: 0,
            solved: 0,
            first_tries: 0,
            failures: 0,
            solved_in: BTreeMap::new(),
        }
    }

    pub fn replace(&mut self, before: &Share, after: &Share) {
        self.add(before, -1);
        self.add(after, 1);
    }

    fn add(&mut self, share: &Share, sign: i32) {
        self.attempts += sign * share.judged;
        self.accepted += sign * share.accepted;
        self.tried += sign * i32::from(share.judged > 0);
        self.solved += sign * i32::from(share.solved);
        self.first_tries += sign * i32::from(share.first_try);
        self.failures += sign * share.failures;
        if let Some(class) = share.solved_in {
            add(&mut self.solved_in, class, sign);
        }
    }

    fn solved_in_json(&self) -> String {
        serde_json::to_string(&self.solved_in).expect("numbers are JSON")
    }
}

/// Adds to a count; one that comes to nothing goes.
pub fn add<K: Ord>(counts: &mut BTreeMap<K, i32>, key: K, difference: i32) {
    use std::collections::btree_map::Entry;
    match counts.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(difference);
        }
        Entry::Occupied(mut entry) => {
            *entry.get_mut() += difference;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

impl Row for Outcomes {
    type Key = (Uuid, i16);

    fn key(&self) -> Self::Key {
        (self.exercise_id, self.partition)
    }

    async fn load(db: &mut PgConnection, keys: &[Self::Key]) -> sqlx::Result<Vec<Self>> {
        let (exercises, partitions): (Vec<Uuid>, Vec<i16>) = keys.iter().copied().unzip();
        let found = sqlx::query!(
            "SELECT exercise_id, partition, attempts, accepted, tried, solved, first_tries, failures, solved_in
             FROM exercise_outcomes
             JOIN UNNEST($1::uuid[], $2::smallint[]) AS wanted (exercise_id, partition) USING (exercise_id, partition)",
            &exercises,
            &partitions
        )
        .fetch_all(db)
        .await?;
        found
            .into_iter()
            .map(|row| {
                Ok(Self {
                    exercise_id: row.exercise_id,
                    partition: row.partition,
                    attempts: row.attempts,
                    accepted: row.accepted,
                    tried: row.tried,
                    solved: row.solved,
                    first_tries: row.first_tries,
                    failures: row.failures,
                    solved_in: serde_json::from_str(&row.solved_in)
                        .map_err(|error| sqlx::Error::Decode(error.into()))?,
                })
            })
            .collect()
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO exercise_outcomes
             SELECT * FROM UNNEST($1::uuid[], $2::smallint[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[],
                 $8::int[], $9::text[])
             ON CONFLICT (exercise_id, partition) DO UPDATE SET
                 attempts = excluded.attempts, accepted = excluded.accepted, tried = excluded.tried,
                 solved = excluded.solved, first_tries = excluded.first_tries, failures = excluded.failures,
                 solved_in = excluded.solved_in",
            &column(rows, |row| row.exercise_id),
            &column(rows, |row| row.partition),
            &column(rows, |row| row.attempts),
            &column(rows, |row| row.accepted),
            &column(rows, |row| row.tried),
            &column(rows, |row| row.solved),
            &column(rows, |row| row.first_tries),
            &column(rows, |row| row.failures),
            &column(rows, Self::solved_in_json),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "exercise_outcomes (exercise_id, partition, attempts, accepted, tried, solved, first_tries, failures, \
             solved_in)",
        )
        .value(self.exercise_id)
        .value(self.partition)
        .value(self.attempts)
        .value(self.accepted)
        .value(self.tried)
        .value(self.solved)
        .value(self.first_tries)
        .value(self.failures)
        .value(self.solved_in_json());
    }
}
