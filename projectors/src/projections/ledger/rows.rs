//! The ledger's rows in hand: what a fold changes, and when it is written.

use super::Record;
use super::staircase::{Judged, Staircase};
use super::tables::{Best, Coming, Entry, Head, Member, Pair};
use super::totals::Totals;
use crate::rows::{Insertion, Insertions, Rows, Table};
use chrono::{DateTime, Utc};
use events::board::{Scope, Window};
use events::ids::ExerciseId;
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Default)]
pub struct LedgerRows {
    pub(super) staircases: Table<Pair>,
    pub(super) members: Table<Member>,
    pub(super) heads: Table<Head>,
    entries: Insertions<Entry>,
    bests: Insertions<Best>,
    comings: Insertions<Coming>,
    /// What they change in `board_totals`.
    totals: Totals,
}

impl LedgerRows {
    /// A judgement of a learner's submission to an exercise.
    pub(super) fn judged(&mut self, pair: (Uuid, Uuid), judged: Judged, record: Record) {
        let (learner_id, exercise_id) = pair;
        if self.staircases.get(pair).is_none() {
            self.staircases.put(Pair { learner_id, exercise_id, staircase: Staircase::default() });
        }
        let staircase = &mut self.staircases.change(pair).expect("it was put just now").staircase;
        let best_before = staircase.best();
        let differences = staircase.add(judged);
        let steps = staircase.steps();
        let mut no = self.heads.get(record.partition).map_or(0, |head| head.no);
        let no_before = no;
        for (index, points) in differences {
            no += 1;
            let earned = &staircase.0[index];
            let entry = Entry {
                record,
                no,
                learner_id,
                exercise_id,
                submission_id: earned.submission_id,
                category: earned.category.clone(),
                language: earned.language.clone(),
                points,
                effective_at: earned.accepted_at,
                effective_seq: earned.accepted_seq,
            };
            self.totals.add(&entry, steps[index] == 0);
            self.entries.add(entry);
        }
        let best = staircase.best();
        if best != best_before
            && let Some(known) = best.or(best_before)
        {
            no += 1;
            let best = Best {
                record,
                no,
                exercise_id,
                learner_id,
                points: best.map_or(0, |best| best.points),
                cpu_ms: known.cpu_ms,
                effective_at: known.accepted_at,
            };
            self.totals.best(&best);
            self.bests.add(best);
        }
        if no != no_before {
            self.heads.put(Head { partition: record.partition, no });
        }
    }

    /// A learner joined a cohort or left it. What is known already, or older than what is known, changes nothing.
    pub(super) fn came_or_left(&mut self, key: (Uuid, Uuid), is_member: bool, record: Record) {
        let (learner_id, cohort_id) = key;
        let known = self.members.get(key);
        if known.is_some_and(|known| known.changed_seq >= record.sequence)
            || known.is_some_and(Member::is_member) == is_member
        {
            return;
        }
        let is_in = i16::from(is_member);
        let no = self.heads.get(record.partition).map_or(0, |head| head.no) + 1;
        self.members.put(Member { learner_id, cohort_id, is_in, changed_seq: record.sequence });
        self.totals.came_or_left(learner_id, cohort_id, is_member);
        self.comings.add(Coming { record, no, cohort_id, learner_id, is_in });
        self.heads.put(Head { partition: record.partition, no });
    }
}

/// The boards an entry counts for: (scope, window). Those of cohorts besides, which are the global ones filtered.
pub fn boards(category: &str, language: &str, effective_at: DateTime<Utc>) -> Vec<(Scope, String)> {
    let scopes = [Scope::Global, Scope::Category(category.to_owned()), Scope::Language(language.to_owned())];
    let windows = Window::ALL.map(|window| window.at(effective_at));
    scopes
        .into_iter()
        .flat_map(|scope| windows.iter().map(move |window_at| (scope.clone(), window_at.clone())))
        .collect()
}

/// The one board a best counts for.
pub fn best_board(exercise_id: Uuid) -> (Scope, String) {
    (Scope::Exercise(ExerciseId(exercise_id)), Window::All.name().to_owned())
}

impl Rows for LedgerRows {
    const KEYLESS: &'static [&'static str] = &[Entry::TABLE, Best::TABLE, Coming::TABLE, "board_totals"];
    // How many there are of each partition is compared: `ledger_heads` says it.
    const ORDER_OF_APPLICATION: &'static [(&'static str, &'static str)] =
        &[("ledger", "no"), ("board_bests", "no"), ("board_comings", "no")];

    async fn load(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.staircases.load(db).await?;
        self.members.load(db).await?;
        self.heads.load(db).await
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.staircases.upsert(db).await?;
        self.members.upsert(db).await?;
        self.heads.upsert(db).await?;
        self.entries.upsert(db).await?;
        self.bests.upsert(db).await?;
        self.comings.upsert(db).await?;
        self.totals.write(db).await
    }

    fn start_empty(&mut self) {
        self.staircases.start_empty();
        self.members.start_empty();
        self.heads.start_empty();
        self.totals.start_empty();
    }

    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.staircases.spill(db).await?;
        self.members.spill(db).await?;
        self.heads.spill(db).await?;
        self.entries.spill(db).await?;
        self.bests.spill(db).await?;
        self.comings.spill(db).await
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        self.staircases.flush(db).await?;
        self.members.flush(db).await?;
        self.heads.flush(db).await?;
        self.entries.flush(db).await?;
        self.bests.flush(db).await?;
        self.comings.flush(db).await
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.staircases.settle(db).await?;
        self.members.settle(db).await?;
        self.heads.settle(db).await?;
        self.entries.settle(db).await?;
        self.bests.settle(db).await?;
        self.comings.settle(db).await?;
        self.totals.settle(db).await
    }
}
