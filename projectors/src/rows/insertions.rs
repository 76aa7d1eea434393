//! Rows that are only ever added: no fold reads them back, and of several with one key the first stays.

use super::{Copies, Rows};
use sqlx::{AssertSqlSafe, PgConnection};

/// Rows kept in hand by a build: enough for what a COPY costs beside its rows not to count.
const BUILDING_KEPT_MAX: usize = 4_000;

/// One kind of row that is only added.
pub trait Insertion: Sized + Send + Sync + 'static {
    const TABLE: &'static str;
    /// The key's columns, and what decides which row of a key is the first; for rows of which a fold may bring a second one
    /// because it cannot know. `None`: every row has a key of its own.
    const FIRST_OF: Option<(&'static str, &'static str)>;

    /// Adds rows, leaving alone what is there if `FIRST_OF` says so.
    fn insert(db: &mut PgConnection, rows: &[&Self]) -> impl Future<Output = sqlx::Result<()>> + Send;
    fn copy(&self, to: &mut Copies);
}

/// New rows in hand.
pub struct Insertions<R> {
    new: Vec<R>,
}

impl<R> Default for Insertions<R> {
    fn default() -> Self {
        Self { new: Vec::new() }
    }
}

impl<R> Insertions<R> {
    pub fn add(&mut self, row: R) {
        self.new.push(row);
    }
}

impl<R: Insertion> Insertions<R> {
    async fn copy(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        let mut copies = Copies::default();
        self.new.drain(..).for_each(|row| row.copy(&mut copies));
        copies.send(db).await
    }
}

impl<R: Insertion> Rows for Insertions<R> {
    const KEYLESS: &'static [&'static str] = &[R::TABLE];

    async fn load(&mut self, _db: &mut PgConnection) -> sqlx::Result<()> {
        Ok(())
    }

    async fn upsert(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        if !self.new.is_empty() {
            R::insert(db, &self.new.iter().collect::<Vec<_>>()).await?;
            self.new.clear();
        }
        Ok(())
    }

    fn start_empty(&mut self) {}

    async fn spill(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        if self.new.len() < BUILDING_KEPT_MAX { Ok(()) } else { self.copy(db).await }
    }

    async fn flush(&mut self, db: &mut PgConnection) -> sqlx::Result<bool> {
        self.copy(db).await?;
        Ok(true)
    }

    async fn settle(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        self.copy(db).await
    }

    async fn keep_first(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        let Some((key, order)) = R::FIRST_OF else { return Ok(()) };
        let table = R::TABLE;
        let later = format!(
            "WITH repeated AS (SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1),
                  numbered AS (
                      SELECT ctid AS place, row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS number
                      FROM {table} WHERE ({key}) IN (SELECT {key} FROM repeated)
                  )
             DELETE FROM {table} WHERE ctid IN (SELECT place FROM numbered WHERE number > 1)"
        );
        // Made of constants.
        sqlx::query(AssertSqlSafe(later)).execute(db).await?;
        Ok(())
    }
}
