//! What makes boards of the past quick (ADR 11): snapshots of large boards, and what each stretch of the log lies between.
//!
//! Both are derived from the live ledger once all partitions have passed a stretch, apart from the folds' transactions, so they
//! cost no event anything. What is missing or does not hold any more (after a redrive, a swap, or where somebody emptied the
//! tables) is derived again from the start of it.

mod snapshot;
mod verify;

use super::Boards;
use crate::failure::Failure;
use crate::projections::ledger::boards;
use crate::runner::set_search_path;
use events::board::Window;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How often it is looked for a stretch that was passed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const BACKOFF: Duration = Duration::from_secs(5);

/// How finely history is kept.
#[derive(Debug, Clone, Copy)]
pub struct Grain {
    /// Sequences of FACTS in a stretch: what a look for a time reads through at most.
    pub stretch: i64,
    /// Rows that come to a board before its next snapshot is due; on a large board half as many as it has places, so that
    /// a snapshot's bytes stay in proportion to the rows it saves reading.
    pub changes_min: i64,
}

impl Default for Grain {
    fn default() -> Self {
        Self { stretch: 16_384, changes_min: 25_000 }
    }
}

/// Derives history from one version of the ledger.
pub struct History {
    db: PgConnection,
    version: i32,
    grain: Grain,
}

/// A stretch of FACTS that was passed, under the live boards' life.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    life: Uuid,
    from: i64,
    to: i64,
}

impl Boards {
    /// Keeps the history of a ledger version, for ever. It takes no more than half of a connection's time.
    pub(super) async fn keep_history(&self, schema: &str, version: u32) {
        loop {
            let kept: Result<(), Failure> = async {
                let mut history = History::open(&self.database, schema, version, Grain::default()).await?;
                loop {
                    let began = Instant::now();
                    let pause = if history.pass().await? { began.elapsed() } else { LOOK_EVERY };
                    tokio::time::sleep(pause).await;
                }
            }
            .await;
            if let Err(why) = kept {
                tracing::warn!(%why, "no snapshots of boards are made; reads of the past are slower meanwhile");
            }
            tokio::time::sleep(BACKOFF).await;
        }
    }
}

impl History {
    pub async fn open(
        database: &PgConnectOptions,
        schema: &str,
        version: u32,
        grain: Grain,
    ) -> Result<Self, Failure> {
        // Not as owners connect: these statements go over many rows, and a plan by key would be the wrong one.
        let mut db = PgConnection::connect_with(database).await?;
        set_search_path(&mut db, &[schema.to_owned()]).await?;
        Ok(Self { db, version: i32::try_from(version).unwrap_or(i32::MAX), grain })
    }

    /// Takes one snapshot that is due, or else notes the next stretch. `false`: there is nothing to do.
    pub async fn pass(&mut self) -> Result<bool, Failure> {
        // One look at everything: what is derived holds for one count of parked facts.
        let mut tx = self.db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
        if let Some(due) = snapshot::due(&mut tx, self.version).await? {
            snapshot::take(&mut tx, &due, self.grain.changes_min).await?;
        } else {
            if next(&mut tx, self.version, self.grain.stretch).await?.is_none() {
                return Ok(false);
            }
            forget(&mut tx).await?;
            let next = next(&mut tx, self.version, self.grain.stretch).await?;
            let Some(stretch) = next else { return Ok(false) };
            note(&mut tx, stretch).await?;
            count(&mut tx, stretch, self.grain.changes_min).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Lets go of what holds no more: counts of parked facts only fall where something was redriven or discarded, and then for
/// everything behind it.
async fn forget(db: &mut PgConnection) -> Result<(), Failure> {
    for statement in [
        "DELETE FROM public.board_snapshots USING public.board_generations AS now
         WHERE board_snapshots.life <> now.life OR parked <> public.ledger_parked(sequence)",
        "DELETE FROM public.board_stretches USING public.board_generations AS now
         WHERE board_stretches.life <> now.life OR parked <> public.ledger_parked(to_seq)",
        "DELETE FROM public.board_changes USING public.board_generations AS now WHERE board_changes.life <> now.life",
    ] {
        sqlx::query(statement).execute(&mut *db).await?;
    }
    Ok(())
}

/// The stretch behind the last one, if every partition has passed it.
async fn next(db: &mut PgConnection, version: i32, length: i64) -> Result<Option<Stretch>, Failure> {
    // Another version is live: its tables are not those this connection reads.
    let at = sqlx::query!(
        r#"SELECT life,
             coalesce((SELECT max(to_seq) FROM public.board_stretches AS at WHERE at.life = now.life), 0) AS "known!",
             coalesce((SELECT min(sequence) FROM public.checkpoints JOIN public.projections
                         ON (name, projections.version) = (projection, checkpoints.version)
                       WHERE name = 'ledger' AND state = 'live' AND projections.version = $1), 0) AS "passed!"
           FROM public.board_generations AS now"#,
        version
    )
    .fetch_one(db)
    .await?;
    let stretch = Stretch { life: at.life, from: at.known, to: at.known + length };
    Ok((stretch.to <= at.passed).then_some(stretch))
}

async fn note(db: &mut PgConnection, stretch: Stretch) -> Result<(), Failure> {
    sqlx::query!(
        "INSERT INTO public.board_stretches (life, from_seq, to_seq, parked, recorded_from, effective_from, effective_to)
         SELECT $1, $2, $3, public.ledger_parked($3), least(points.recorded_from, bests.recorded_from, comings.recorded_from),
                effective_from, effective_to
         FROM (SELECT min(recorded_at) AS recorded_from, min(effective_at) AS effective_from, max(effective_at) AS effective_to
               FROM ledger WHERE recorded_seq > $2 AND recorded_seq <= $3) AS points,
              (SELECT min(recorded_at) AS recorded_from FROM board_bests
               WHERE recorded_seq > $2 AND recorded_seq <= $3) AS bests,
              (SELECT min(recorded_at) AS recorded_from FROM board_comings
               WHERE recorded_seq > $2 AND recorded_seq <= $3) AS comings",
        stretch.life,
        stretch.from,
        stretch.to
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Counts the rows of a stretch for the boards they are of. Those of exercises and cohorts are read by key, of however long ago,
/// and those of days by the few stretches that have some of a day.
async fn count(db: &mut PgConnection, stretch: Stretch, due_from: i64) -> Result<(), Failure> {
    let counted = sqlx::query!(
        r#"SELECT category, language, date_trunc('day', effective_at, 'UTC') AS "day!", count(*) AS "changes!"
           FROM ledger WHERE recorded_seq > $1 AND recorded_seq <= $2 GROUP BY 1, 2, 3"#,
        stretch.from,
        stretch.to
    )
    .fetch_all(&mut *db)
    .await?;
    let mut changes: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in counted {
        let day = Window::Day.at(row.day);
        let boards = boards(&row.category, &row.language, row.day).into_iter();
        for (scope, window_at) in boards.filter(|(_, window_at)| *window_at != day) {
            *changes.entry((scope.to_string(), window_at)).or_default() += row.changes;
        }
    }
    let (scopes, windows): (Vec<String>, Vec<String>) = changes.keys().cloned().unzip();
    sqlx::query!(
        "INSERT INTO public.board_changes AS known (life, scope, window_at, changes, due_from)
         SELECT $1, scope, window_at, changes, $5
         FROM UNNEST($2::text[], $3::text[], $4::bigint[]) AS new (scope, window_at, changes)
         ON CONFLICT (life, scope, window_at) DO UPDATE SET changes = known.changes + excluded.changes",
        stretch.life,
        &scopes,
        &windows,
        &changes.into_values().collect::<Vec<_>>(),
        due_from
    )
    .execute(db)
    .await?;
    Ok(())
}
