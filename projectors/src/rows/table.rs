//! Rows that a fold reads and changes.
//!
//! The owner of a table is its only writer (fenced), so rows stay in hand from batch to batch and only what is missing is
//! loaded. The number of rows kept is bounded: when the younger half is full the older half goes.

use super::{Copies, Rows};
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// How many rows a live table keeps in hand, at most (twice that for a moment).
const LIVE_KEPT_MAX: usize = 10_000;
/// And one being built: what leaves its hand is written, so this decides how often one row is.
const BUILDING_KEPT_MAX: usize = 20_000;

/// One kind of row, and its SQL. A row may span several SQL tables.
pub trait Row: Sized + Send + Sync + 'static {
    type Key: Copy + Eq + Hash + Ord + Send + Sync + 'static;

    fn key(&self) -> Self::Key;
    fn load(
        db: &mut PgConnection,
        keys: &[Self::Key],
    ) -> impl Future<Output = sqlx::Result<Vec<Self>>> + Send;
    fn upsert(db: &mut PgConnection, rows: &[&Self]) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Only for rows that can go ([`Table::remove`]).
    fn delete(_db: &mut PgConnection, _keys: &[Self::Key]) -> impl Future<Output = sqlx::Result<()>> + Send {
        async { Ok(()) }
    }
    /// Writes a new row's columns.
    fn copy(&self, to: &mut Copies);
    /// It is in the tables now, as it stands.
    fn stored(&mut self) {}
}

struct Slot<R> {
    /// `None`: there is no such row.
    row: Option<R>,
    stored: bool,
}

/// Rows of one kind.
pub struct Table<R: Row> {
    young: HashMap<R::Key, Slot<R>>,
    old: HashMap<R::Key, Slot<R>>,
    wanted: BTreeSet<R::Key>,
    changed: BTreeSet<R::Key>,
    /// Set in a build: nothing was ever written, so there is nothing to load.
    empty: bool,
    building_kept_max: usize,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            wanted: BTreeSet::new(),
            changed: BTreeSet::new(),
            empty: false,
            building_kept_max: BUILDING_KEPT_MAX,
        }
    }
}

impl<R: Row> Table<R> {
    /// A fold will touch this row.
    pub fn want(&mut self, key: R::Key) {
        if self.young.contains_key(&key) {
            return;
        }
        match self.old.remove(&key) {
            Some(slot) => {
                self.young.insert(key, slot);
            }
            None => {
                self.wanted.insert(key);
            }
        }
    }

    /// The row, if there is one. It must have been wanted and loaded.
    pub fn get(&self, key: R::Key) -> Option<&R> {
        self.young.get(&key).expect("keys() names every row that fold() touches").row.as_ref()
    }

    pub fn put(&mut self, row: R) {
        let key = row.key();
        let slot = self.young.get_mut(&key).expect("keys() names every row that fold() touches");
        slot.row = Some(row);
        self.changed.insert(key);
    }

    /// Changes a row where it is; `None` when there is no such row.
    pub fn change(&mut self, key: R::Key) -> Option<&mut R> {
        let slot = self.young.get_mut(&key).expect("keys() names every row that fold() touches");
        let row = slot.row.as_mut()?;
        self.changed.insert(key);
        Some(row)
    }

    pub fn remove(&mut self, key: R::Key) {
        let slot = self.young.get_mut(&key).expect("keys() names every row that fold() touches");
        slot.row = None;
        self.changed.insert(key);
    }

    /// Writes the changed rows among `slots`: those that are in no table yet by COPY if `by_copy`.
    async fn write(
        db: &mut PgConnection,
        slots: &mut HashMap<R::Key, Slot<R>>,
        changed: &BTreeSet<R::Key>,
        by_copy: bool,
    ) -> sqlx::Result<()> {
        let (mut gone, mut there, mut copies) = (Vec::new(), Vec::new(), Copies::default());
        for key in changed {
            let slot = &slots[key];
            match &slot.row {
                Some(row) if by_copy && !slot.stored => row.copy(&mut copies),
                Some(row) => there.push(row),
                None if slot.stored => gone.push(*key),
                None => {}
            }
        }
        // Deletions first: a new row may carry a unique value that one of them frees.
        if !gone.is_empty() {
            R::delete(db, &gone).await?;
        }
        if !there.is_empty() {
            R::upsert(db, &there).await?;
        }
        copies.send(db).await?;
        for key in changed {
            if let Some(slot) = slots.get_mut(key) {
                slot.stored = slot.row.is_some();
                slot.row.iter_mut().for_each(R::stored);
            }
        }
        Ok(())
    }
}

impl<R: Row> Rows for Table<R> {
    const KEYLESS: &'static [&'static str] = &[];

    async fn load(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        let wanted: Vec<R::Key> = std::mem::take(&mut self.wanted).into_iter().collect();
        if !self.empty {
            for row in R::load(db, &wanted).await? {
                self.young.insert(row.key(), Slot { row: Some(row), stored: true });
            }
        }
        for key in wanted {
            self.young.entry(key).or_insert(Slot { row: None, stored: false });
        }
        Ok(())
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        // All that changed is young: it was wanted for this batch.
        Self::write(db, &mut self.young, &self.changed, false).await?;
        self.changed.clear();
        if self.young.len() > LIVE_KEPT_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        Ok(())
    }

    fn start_empty(&mut self) {
        self.empty = true;
    }

    /// Rows that nobody touched for a while are written as they are and let go; the others may change again first.
    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        if self.young.len() <= self.building_kept_max {
            return Ok(());
        }
        let (leaving, staying) =
            std::mem::take(&mut self.changed).into_iter().partition(|key| self.old.contains_key(key));
        self.changed = staying;
        self.empty = self.empty && BTreeSet::is_empty(&leaving);
        Self::write(db, &mut self.old, &leaving, true).await?;
        self.old = std::mem::take(&mut self.young);
        Ok(())
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        let changed = std::mem::take(&mut self.changed);
        self.empty = false;
        let (old, young) = changed.into_iter().partition(|key| self.old.contains_key(key));
        Self::write(db, &mut self.old, &old, true).await?;
        Self::write(db, &mut self.young, &young, true).await?;
        Ok(true)
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        let mut all = std::mem::take(&mut self.young);
        all.extend(std::mem::take(&mut self.old));
        Self::write(db, &mut all, &std::mem::take(&mut self.changed), true).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sqlx::Connection;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone, Copy)]
    struct Count {
        key: i32,
        times: i32,
    }

    impl Row for Count {
        type Key = i32;

        fn key(&self) -> i32 {
            self.key
        }

        async fn load(db: &mut PgConnection, keys: &[i32]) -> sqlx::Result<Vec<Self>> {
            let rows: Vec<(i32, i32)> = sqlx::query_as("SELECT key, times FROM counts WHERE key = ANY($1)")
                .bind(keys)
                .fetch_all(db)
                .await?;
            Ok(rows.into_iter().map(|(key, times)| Self { key, times }).collect())
        }

        async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
            for row in rows {
                let sql = "INSERT INTO counts VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET times = excluded.times";
                sqlx::query(sql).bind(row.key).bind(row.times).execute(&mut *db).await?;
            }
            Ok(())
        }

        async fn delete(db: &mut PgConnection, keys: &[i32]) -> sqlx::Result<()> {
            sqlx::query("DELETE FROM counts WHERE key = ANY($1)").bind(keys).execute(db).await?;
            Ok(())
        }

        fn copy(&self, to: &mut Copies) {
            to.line("counts (key, times)").value(self.key).value(self.times);
        }
    }

    /// Every third touch of a row removes it, the others count.
    fn touch(times: Option<i32>) -> Option<i32> {
        match times {
            Some(2) => None,
            times => Some(times.unwrap_or_default() + 1),
        }
    }

    async fn fold(db: &mut PgConnection, batches: &[Vec<i32>], kept_max: usize) -> sqlx::Result<()> {
        let mut table = Table::<Count> { building_kept_max: kept_max, ..Table::default() };
        table.start_empty();
        for batch in batches {
            for key in batch {
                table.want(*key);
            }
            table.load(db).await?;
            for key in batch {
                match touch(table.get(*key).map(|row| row.times)) {
                    Some(times) => table.put(Count { key: *key, times }),
                    None => table.remove(*key),
                }
            }
            table.spill(db).await?;
            if batch.len() > 4 {
                table.flush(db).await?;
            }
        }
        table.settle(db).await
    }

    #[test]
    fn what_a_build_keeps_in_hand_changes_nothing() -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let database = runtime.block_on(testkit::database())?;
        let mut db = runtime.block_on(PgConnection::connect(database.url()))?;
        runtime.block_on(
            sqlx::query("CREATE TABLE counts (key int PRIMARY KEY, times int NOT NULL)").execute(&mut db),
        )?;
        let db = tokio::sync::Mutex::new(db);
        let batches = prop::collection::vec(prop::collection::vec(0..12_i32, 1..8), 1..12);
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(20));
        runner.run(&(batches, 1..6_usize), |(batches, kept_max)| {
            let mut expected: BTreeMap<i32, i32> = BTreeMap::new();
            for key in batches.iter().flatten() {
                match touch(expected.get(key).copied()) {
                    Some(times) => expected.insert(*key, times),
                    None => expected.remove(key),
                };
            }
            let found: Vec<(i32, i32)> = runtime
                .block_on(async {
                    let db = &mut *db.lock().await;
                    sqlx::query("TRUNCATE counts").execute(&mut *db).await?;
                    fold(db, &batches, kept_max).await?;
                    sqlx::query_as("SELECT key, times FROM counts ORDER BY key").fetch_all(db).await
                })
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
            Ok(())
        })?;
        Ok(())
    }
}
