//! Rows in hand between the tables and a fold.
//!
//! The owner of a table is its only writer (fenced), so rows stay in hand from batch to batch and only what is missing is
//! loaded. The number of rows kept is bounded: when the younger half is full the older half goes.

use crate::projection::FoldError;
use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// How many rows a live table keeps in hand, at most (twice that for a moment).
const ROWS_KEPT_MAX: usize = 10_000;

/// All rows of one projection: one [`Table`], or several.
pub trait Rows: Default + Send + Sync + 'static {
    /// Loads what the folds to come will touch.
    fn load(&mut self, db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Writes what changed with statements that add to or replace what is there.
    fn upsert(&mut self, db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Writes what changed; rows that are not in the tables yet go by COPY.
    fn copy(&mut self, db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Tables that a build's copies add to instead of replacing rows, so that they have no key before [`Rows::settle`].
    const ADDED_UP: &'static [&'static str] = &[];
    /// Called once, after a build's last `copy`: makes one row of what several copies wrote of it.
    fn settle(&mut self, _db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send {
        async { Ok(()) }
    }
    /// Before a build's first load: the tables are empty, so nothing has to be looked for until something was copied.
    fn start_empty(&mut self, rows_kept_max: usize);
}

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
    /// It is in the tables now: what no fold looks at may be let go of.
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
    kept_max: usize,
    /// Nothing was ever written: there is nothing to load.
    empty: bool,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            wanted: BTreeSet::new(),
            changed: BTreeSet::new(),
            kept_max: ROWS_KEPT_MAX,
            empty: false,
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

    async fn write_changed(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        let mut gone = Vec::new();
        let mut there = Vec::new();
        for key in &self.changed {
            let slot = &self.young[key];
            match &slot.row {
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
        Ok(())
    }

    /// Afterwards the changes count as written.
    fn written(&mut self) {
        for key in std::mem::take(&mut self.changed) {
            if let Some(slot) = self.young.get_mut(&key) {
                slot.stored = slot.row.is_some();
                slot.row.iter_mut().for_each(R::stored);
            }
        }
        if self.young.len() > self.kept_max {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

impl<R: Row> Rows for Table<R> {
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
        self.write_changed(db).await?;
        self.written();
        Ok(())
    }

    async fn copy(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        let mut copies = Copies::default();
        let new: Vec<R::Key> = self.changed.iter().filter(|key| !self.young[*key].stored).copied().collect();
        for key in new {
            let slot = self.young.get_mut(&key).expect("a changed row is in hand");
            if let Some(row) = &mut slot.row {
                row.copy(&mut copies);
                row.stored();
                slot.stored = true;
            }
            self.changed.remove(&key);
        }
        self.empty = self.empty && copies.is_empty();
        copies.send(db).await?;
        self.write_changed(db).await?;
        self.written();
        Ok(())
    }

    fn start_empty(&mut self, rows_kept_max: usize) {
        self.empty = true;
        self.kept_max = rows_kept_max;
    }
}

/// One column of many rows: an argument of `UNNEST`.
pub fn column<R, T>(rows: &[&R], value: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(|row| value(row)).collect()
}

/// A number of the contract, which are unsigned, as PostgreSQL's integer.
pub fn int(number: u32) -> Result<i32, FoldError> {
    i32::try_from(number).map_err(|_| FoldError(format!("{number} does not fit an integer column")))
}

/// A sequence as PostgreSQL's bigint.
pub fn bigint(number: u64) -> i64 {
    i64::try_from(number).expect("a stream does not reach 2^63 messages")
}

/// Lines for COPY, in PostgreSQL's text format, per SQL table.
#[derive(Default)]
pub struct Copies {
    tables: Vec<(&'static str, String)>,
}

/// Bytes handed to the server at once.
const COPY_CHUNK: usize = 256 * 1_024;

impl Copies {
    /// Starts a line. `table` is `name (column, …)`.
    pub fn line(&mut self, table: &'static str) -> Line<'_> {
        let index = self.tables.iter().position(|(known, _)| *known == table).unwrap_or_else(|| {
            self.tables.push((table, String::new()));
            self.tables.len() - 1
        });
        Line { text: &mut self.tables[index].1, first: true }
    }

    fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    pub async fn send(self, db: &mut PgConnection) -> sqlx::Result<()> {
        for (table, text) in self.tables {
            let mut copy = db.copy_in_raw(&format!("COPY {table} FROM STDIN")).await?;
            for chunk in text.as_bytes().chunks(COPY_CHUNK) {
                copy.send(chunk).await?;
            }
            copy.finish().await?;
        }
        Ok(())
    }
}

/// A line being written; ends when it is dropped.
pub struct Line<'a> {
    text: &'a mut String,
    first: bool,
}

impl Line<'_> {
    /// A value whose text form needs no escaping: numbers, ids, booleans.
    pub fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self {
        use std::fmt::Write;
        self.separate();
        let _infallible = write!(self.text, "{value}");
        self
    }

    pub fn plain_or_null(&mut self, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(value),
            None => self.plain("\\N"),
        }
    }

    pub fn time(&mut self, value: DateTime<Utc>) -> &mut Self {
        self.plain(value.to_rfc3339_opts(SecondsFormat::Micros, true))
    }

    pub fn time_or_null(&mut self, value: Option<DateTime<Utc>>) -> &mut Self {
        match value {
            Some(value) => self.time(value),
            None => self.plain("\\N"),
        }
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        self.separate();
        for part in value.split_inclusive(['\\', '\n', '\r', '\t']) {
            let (plain, last) = match part.char_indices().next_back() {
                Some((at, last @ ('\\' | '\n' | '\r' | '\t'))) => (&part[..at], Some(last)),
                _ => (part, None),
            };
            self.text.push_str(plain);
            self.text.push_str(match last {
                Some('\\') => "\\\\",
                Some('\n') => "\\n",
                Some('\r') => "\\r",
                Some('\t') => "\\t",
                _ => "",
            });
        }
        self
    }

    pub fn text_or_null(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.plain("\\N"),
        }
    }

    /// An array of words: no braces, commas, quotes or backslashes inside.
    pub fn array(&mut self, words: &[String]) -> &mut Self {
        self.text(&format!("{{{}}}", words.join(",")))
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.text.push('\t');
        }
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_line_escapes_what_would_end_it() {
        let mut copies = Copies::default();
        copies.line("t (a, b, c)").plain(7).text("a\tb\\N\n").text_or_null(None);
        copies.line("t (a, b, c)").plain_or_null(None::<i32>).text("").text("é");
        assert_eq!(copies.tables, [("t (a, b, c)", "7\ta\\tb\\\\N\\n\t\\N\n\\N\t\té\n".to_owned())]);
    }
}
