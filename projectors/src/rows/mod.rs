//! Rows in hand between the tables and a fold.
//!
//! A projection's rows are of two kinds: those a fold reads and changes ([`Table`]), and those it only ever adds
//! ([`Insertions`]). Both know two ways of writing: the live one, with statements that add to what is there, in the
//! transaction that moves the checkpoint; and that of a build, by COPY into tables nobody else sees, whenever more is in
//! hand than memory is allowed for.

mod copies;
mod insertions;
mod key_filter;
mod table;

pub use copies::{Copies, Field, Json, Line};
pub use insertions::{Insertion, Insertions};
pub use table::{Row, Table};

use key_filter::KeyFilter;

use crate::projection::FoldError;
use sqlx::PgConnection;

/// All rows of one projection: a [`Table`], [`Insertions`], or several of them.
pub trait Rows: Default + Send + Sync + 'static {
    /// Tables without a key before [`Rows::settle`] has ended, because a build's copies may bring one row several times.
    const KEYLESS: &'static [&'static str];
    /// (table, column) of what only tells in which order events were applied. A redrive applies an event later than its
    /// sequence says and a rebuild does not, so these are left out where two versions are compared.
    const ORDER_OF_APPLICATION: &'static [(&'static str, &'static str)] = &[];

    /// Loads what the folds to come will touch.
    fn load(&mut self, db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Writes what changed with statements that add to or replace what is there: the live way.
    fn upsert(&mut self, db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Before a build's first load: the tables are empty.
    fn start_empty(&mut self);
    /// In a build, after each batch: writes what is too much to be kept in hand.
    fn spill(&mut self, db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// In a build, now and then, and where one is gone on with: writes everything and keeps it in hand, so that the tables,
    /// which are not empty from here on, hold what was folded. `false`, with nothing written, for rows that do not know how:
    /// their build begins anew after a crash.
    fn flush(&mut self, _db: &mut PgConnection) -> impl Future<Output = sqlx::Result<bool>> + Send {
        async { Ok(false) }
    }
    /// Once, at a build's end: writes all the rest, and what is made of it all.
    fn settle(&mut self, db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Then, should one of the keyless tables not bear its key: of several rows with one key leaves the first.
    fn keep_first(&mut self, _db: &mut PgConnection) -> impl Future<Output = sqlx::Result<()>> + Send {
        async { Ok(()) }
    }
}

/// One column of many rows: an argument of `UNNEST`.
pub fn column<R, T>(rows: &[&R], value: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(|row| value(row)).collect()
}

/// Text as PostgreSQL can hold it: any but U+0000, in whose place the mark for "no character" comes.
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A number of the contract, which are unsigned, as PostgreSQL's integer.
pub fn int(number: u32) -> Result<i32, FoldError> {
    i32::try_from(number).map_err(|_| FoldError(format!("{number} does not fit an integer column")))
}

/// A sequence as PostgreSQL's bigint.
pub fn bigint(number: u64) -> i64 {
    i64::try_from(number).expect("a stream does not reach 2^63 messages")
}
