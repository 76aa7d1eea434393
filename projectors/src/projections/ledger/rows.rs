//! The ledger's tables and their SQL.

use super::staircase::{Judged, Staircase};
use crate::rows::{Copies, Insertion, Insertions, Row, Rows, Table, column};
use chrono::{DateTime, Utc};
use events::board::{Scope, Window};
use events::ids::ExerciseId;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

#[derive(Default)]
pub struct LedgerRows {
    pub(super) staircases: Table<Pair>,
    pub(super) heads: Table<Head>,
    entries: Insertions<Entry>,
    /// What they add to `board_totals`: sums need no loading, they are added where they stand.
    additions: BTreeMap<(String, String, Uuid), Addition>,
}

/// A row of `ledger`.
struct Entry {
    partition: i16,
    no: i64,
    learner_id: Uuid,
    exercise_id: Uuid,
    submission_id: Uuid,
    category: String,
    language: String,
    points: i32,
    effective_at: DateTime<Utc>,
    effective_seq: i64,
    recorded_seq: i64,
}

struct Addition {
    points: i64,
    reached_at: DateTime<Utc>,
    partition: i16,
    no: i64,
}

/// What a build keeps in hand of `additions`: the more, the fewer rows to add up in the end.
const ADDITIONS_KEPT_MAX: usize = 50_000;

impl LedgerRows {
    async fn copy_additions(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        // Of no use to anybody but this session, so it need not survive it.
        sqlx::query("CREATE TEMP TABLE IF NOT EXISTS board_additions (LIKE board_totals)")
            .execute(&mut *db)
            .await?;
        let mut copies = Copies::default();
        for ((scope, window_at, learner_id), addition) in std::mem::take(&mut self.additions) {
            copies
                .line("board_additions (scope, window_at, learner_id, points, reached_at, partition, no)")
                .value(scope)
                .value(window_at)
                .value(learner_id)
                .value(addition.points)
                .value(addition.reached_at)
                .value(addition.partition)
                .value(addition.no);
        }
        copies.send(db).await
    }

    pub(super) fn judged(&mut self, pair: (Uuid, Uuid), judged: Judged, partition: i16, recorded_seq: i64) {
        let (learner_id, exercise_id) = pair;
        if self.staircases.get(pair).is_none() {
            self.staircases.put(Pair { learner_id, exercise_id, staircase: Staircase::default() });
        }
        let staircase = &mut self.staircases.change(pair).expect("it was put just now").staircase;
        let mut no = self.heads.get(partition).map_or(0, |head| head.no);
        let differences = staircase.add(judged);
        if differences.is_empty() {
            return;
        }
        for (index, points) in differences {
            no += 1;
            let earned = &staircase.0[index];
            let entry = Entry {
                partition,
                no,
                learner_id,
                exercise_id,
                submission_id: earned.submission_id,
                category: earned.category.clone(),
                language: earned.language.clone(),
                points,
                effective_at: earned.accepted_at,
                effective_seq: earned.accepted_seq,
                recorded_seq,
            };
            add_up(&mut self.additions, &entry);
            self.entries.add(entry);
        }
        self.heads.put(Head { partition, no });
    }
}

/// The boards an entry counts for: (scope, window).
pub fn boards(
    exercise_id: Uuid,
    category: &str,
    language: &str,
    effective_at: DateTime<Utc>,
) -> Vec<(Scope, String)> {
    let spanning =
        [Scope::Global, Scope::Category(category.to_owned()), Scope::Language(language.to_owned())];
    let windowed = spanning
        .into_iter()
        .flat_map(|scope| Window::ALL.map(|window| (scope.clone(), window.at(effective_at))));
    let exercise = (Scope::Exercise(ExerciseId(exercise_id)), Window::All.at(effective_at));
    windowed.chain([exercise]).collect()
}

fn add_up(additions: &mut BTreeMap<(String, String, Uuid), Addition>, entry: &Entry) {
    for (scope, window_at) in boards(entry.exercise_id, &entry.category, &entry.language, entry.effective_at)
    {
        let addition =
            additions.entry((scope.to_string(), window_at, entry.learner_id)).or_insert(Addition {
                points: 0,
                reached_at: entry.effective_at,
                partition: entry.partition,
                no: entry.no,
            });
        addition.points += i64::from(entry.points);
        addition.reached_at = addition.reached_at.max(entry.effective_at);
        addition.no = entry.no;
    }
}

impl Rows for LedgerRows {
    const KEYLESS: &'static [&'static str] = &[Entry::TABLE, "board_totals"];

    async fn load(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.staircases.load(db).await?;
        self.heads.load(db).await
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.staircases.upsert(db).await?;
        self.heads.upsert(db).await?;
        self.entries.upsert(db).await?;
        if !self.additions.is_empty() {
            add(db, &self.additions.iter().collect::<Vec<_>>()).await?;
            self.additions.clear();
        }
        Ok(())
    }

    fn start_empty(&mut self) {
        self.staircases.start_empty();
        self.heads.start_empty();
    }

    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.staircases.spill(db).await?;
        self.heads.spill(db).await?;
        self.entries.spill(db).await?;
        if self.additions.len() > ADDITIONS_KEPT_MAX { self.copy_additions(db).await } else { Ok(()) }
    }

    /// Each copy of additions brought what it had to add; here they become one row.
    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.staircases.settle(db).await?;
        self.heads.settle(db).await?;
        self.entries.settle(db).await?;
        self.copy_additions(db).await?;
        let statements = [
            "INSERT INTO board_totals
             SELECT scope, window_at, learner_id, sum(points), max(reached_at), max(partition), max(no)
             FROM board_additions GROUP BY scope, window_at, learner_id",
            "DROP TABLE board_additions",
        ];
        for statement in statements {
            sqlx::query(statement).execute(&mut *db).await?;
        }
        Ok(())
    }
}

impl Insertion for Entry {
    const TABLE: &'static str = "ledger";
    const FIRST_OF: Option<(&'static str, &'static str)> = None;

    async fn insert(db: &mut PgConnection, entries: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
        "INSERT INTO ledger (partition, no, learner_id, exercise_id, submission_id, category, language, points,
             effective_at, effective_seq, recorded_seq)
         SELECT * FROM UNNEST($1::smallint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
             $8::int[], $9::timestamptz[], $10::bigint[], $11::bigint[])",
        &column(entries, |entry| entry.partition),
        &column(entries, |entry| entry.no),
        &column(entries, |entry| entry.learner_id),
        &column(entries, |entry| entry.exercise_id),
        &column(entries, |entry| entry.submission_id),
        &column(entries, |entry| entry.category.clone()),
        &column(entries, |entry| entry.language.clone()),
        &column(entries, |entry| entry.points),
        &column(entries, |entry| entry.effective_at),
        &column(entries, |entry| entry.effective_seq),
        &column(entries, |entry| entry.recorded_seq),
    )
    .execute(db)
    .await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line(
            "ledger (partition, no, learner_id, exercise_id, submission_id, category, language, points, effective_at, \
             effective_seq, recorded_seq)",
        )
        .value(self.partition)
        .value(self.no)
        .value(self.learner_id)
        .value(self.exercise_id)
        .value(self.submission_id)
        .value(&self.category)
        .value(&self.language)
        .value(self.points)
        .value(self.effective_at)
        .value(self.effective_seq)
        .value(self.recorded_seq);
    }
}

async fn add(db: &mut PgConnection, additions: &[(&(String, String, Uuid), &Addition)]) -> sqlx::Result<()> {
    let additions: Vec<&(&(String, String, Uuid), &Addition)> = additions.iter().collect();
    sqlx::query!(
        "INSERT INTO board_totals AS known (scope, window_at, learner_id, points, reached_at, partition, no)
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::smallint[],
             $7::bigint[])
         ON CONFLICT (scope, window_at, learner_id) DO UPDATE SET
             points = known.points + excluded.points, reached_at = greatest(known.reached_at, excluded.reached_at),
             no = excluded.no",
        &column(&additions, |(key, _)| key.0.clone()),
        &column(&additions, |(key, _)| key.1.clone()),
        &column(&additions, |(key, _)| key.2),
        &column(&additions, |(_, addition)| addition.points),
        &column(&additions, |(_, addition)| addition.reached_at),
        &column(&additions, |(_, addition)| addition.partition),
        &column(&additions, |(_, addition)| addition.no),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The rows of `judged` of one learner and exercise.
pub struct Pair {
    learner_id: Uuid,
    exercise_id: Uuid,
    staircase: Staircase,
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
            "SELECT found.learner_id, found.exercise_id, submission_id, accepted_seq, accepted_at, points, category,
                    language, ordered_seq
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
            "INSERT INTO judged
             SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::int[],
                 $7::text[], $8::text[], $9::bigint[])
             ON CONFLICT (learner_id, exercise_id, submission_id) DO UPDATE SET
                 points = excluded.points, ordered_seq = excluded.ordered_seq",
            &column(&new, |(pair, _)| pair.learner_id),
            &column(&new, |(pair, _)| pair.exercise_id),
            &column(&new, |(_, judged)| judged.submission_id),
            &column(&new, |(_, judged)| judged.accepted_seq),
            &column(&new, |(_, judged)| judged.accepted_at),
            &column(&new, |(_, judged)| judged.points),
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
                "judged (learner_id, exercise_id, submission_id, accepted_seq, accepted_at, points, category, language, \
                 ordered_seq)",
            )
            .value(self.learner_id)
            .value(self.exercise_id)
            .value(judged.submission_id)
            .value(judged.accepted_seq)
            .value(judged.accepted_at)
            .value(judged.points)
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
    partition: i16,
    no: i64,
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
