//! Rows that a fold reads and changes.
//!
//! The owner of a table is its only writer (fenced), so rows stay in hand from batch to batch and only what is missing is
//! loaded. The number of rows kept is bounded: when the younger half is full the older half goes.

use super::{Copies, KeyFilter, Rows};
use foldhash::fast::RandomState;
use sqlx::PgConnection;
use std::collections::HashMap;
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
    /// Its key is among those that changed.
    changed: bool,
}

type Slots<R> = HashMap<<R as Row>::Key, Slot<R>, RandomState>;

/// Rows of one kind.
pub struct Table<R: Row> {
    young: Slots<R>,
    old: Slots<R>,
    /// One key may be there several times.
    wanted: Vec<R::Key>,
    /// Each once.
    changed: Vec<R::Key>,
    /// Set in a build: which rows it may have written. There are no others, so only these are looked for.
    written: Option<KeyFilter>,
    building_kept_max: usize,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
            wanted: Vec::new(),
            changed: Vec::new(),
            written: None,
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
            None => self.wanted.push(key),
        }
    }

    /// The row, if there is one. It must have been wanted and loaded.
    pub fn get(&self, key: R::Key) -> Option<&R> {
        self.young.get(&key).expect("keys() names every row that fold() touches").row.as_ref()
    }

    pub fn put(&mut self, row: R) {
        let key = row.key();
        self.touch(key).row = Some(row);
    }

    /// Changes a row where it is; `None` when there is no such row.
    pub fn change(&mut self, key: R::Key) -> Option<&mut R> {
        self.touch(key).row.as_mut()
    }

    pub fn remove(&mut self, key: R::Key) {
        self.touch(key).row = None;
    }

    fn touch(&mut self, key: R::Key) -> &mut Slot<R> {
        let slot = self.young.get_mut(&key).expect("keys() names every row that fold() touches");
        if !slot.changed {
            slot.changed = true;
            self.changed.push(key);
        }
        slot
    }

    /// Writes the changed rows among `slots`: those that are in no table yet by COPY if `by_copy`.
    async fn write(
        db: &mut PgConnection,
        slots: &mut Slots<R>,
        mut changed: Vec<R::Key>,
        written: Option<&mut KeyFilter>,
        by_copy: bool,
    ) -> sqlx::Result<()> {
        // In the order of the tables' keys, in which indexes are quickest.
        changed.sort_unstable();
        let (mut gone, mut there, mut copies) = (Vec::new(), Vec::new(), Copies::default());
        for key in &changed {
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
        if let Some(written) = written {
            changed.iter().filter(|key| slots[*key].row.is_some()).for_each(|key| written.add(key));
        }
        for key in &changed {
            if let Some(slot) = slots.get_mut(key) {
                slot.stored = slot.row.is_some();
                slot.changed = false;
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
        let wanted = std::mem::take(&mut self.wanted);
        let may_be_there = |key: &&R::Key| self.written.as_ref().is_none_or(|written| written.may_hold(*key));
        let mut sought: Vec<R::Key> = wanted.iter().filter(may_be_there).copied().collect();
        if !sought.is_empty() {
            sought.sort_unstable();
            sought.dedup();
            for row in R::load(db, &sought).await? {
                self.young.insert(row.key(), Slot { row: Some(row), stored: true, changed: false });
            }
        }
        for key in wanted {
            self.young.entry(key).or_insert(Slot { row: None, stored: false, changed: false });
        }
        Ok(())
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        // All that changed is young: it was wanted for this batch.
        let changed = std::mem::take(&mut self.changed);
        Self::write(db, &mut self.young, changed, self.written.as_mut(), false).await?;
        if self.young.len() > LIVE_KEPT_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        Ok(())
    }

    fn start_empty(&mut self) {
        self.written = Some(KeyFilter::default());
    }

    /// Rows that nobody touched for a while are written as they are and let go; the others may change again first.
    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        if self.young.len() <= self.building_kept_max {
            return Ok(());
        }
        let (leaving, staying) =
            std::mem::take(&mut self.changed).into_iter().partition(|key| self.old.contains_key(key));
        self.changed = staying;
        Self::write(db, &mut self.old, leaving, self.written.as_mut(), true).await?;
        self.old = std::mem::take(&mut self.young);
        Ok(())
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        if self.young.is_empty() && self.old.is_empty() {
            // Nothing was in hand yet, so this may be where a build is gone on with: any row may be there.
            self.written = None;
        }
        let changed = std::mem::take(&mut self.changed);
        let (old, young) = changed.into_iter().partition(|key| self.old.contains_key(key));
        Self::write(db, &mut self.old, old, self.written.as_mut(), true).await?;
        Self::write(db, &mut self.young, young, self.written.as_mut(), true).await?;
        Ok(true)
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        let mut all = std::mem::take(&mut self.young);
        all.extend(std::mem::take(&mut self.old));
        let changed = std::mem::take(&mut self.changed);
        Self::write(db, &mut all, changed, self.written.as_mut(), true).await
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
