//! Which boards stand still, since when. Serves leaderboards.

use crate::projection::{FoldError, Projection};
use crate::rows::{Copies, Row, Table, bigint, column};
use chrono::{DateTime, Utc};
use events::freeze::{BOARD_FROZEN, BOARD_UNFROZEN, BoardEvent};
use events::{Event, EventType, Recorded};
use sqlx::PgConnection;
use uuid::Uuid;

pub struct Freezes;

impl Projection for Freezes {
    const NAME: &'static str = "freezes";
    const VERSION: u32 = 1;
    const HANDLES: &'static [EventType] = &[BOARD_FROZEN, BOARD_UNFROZEN];
    type Rows = Table<Freeze>;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        if let Event::Board(fact) = &event.event {
            rows.want(fact.freeze().scope.key());
        }
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        let Event::Board(fact) = &event.event else { return Ok(()) };
        let board = fact.freeze().scope.key();
        match fact {
            // What stands still already goes on standing where it stands.
            BoardEvent::Frozen(_) if rows.get(board).is_some() => {}
            BoardEvent::Frozen(freeze) => rows.put(Freeze {
                board,
                scope: freeze.scope.to_string(),
                frozen_seq: bigint(event.sequence),
                frozen_at: event.time,
                frozen_by: freeze.changed_by.0,
            }),
            BoardEvent::Unfrozen(_) => rows.remove(board),
        }
        Ok(())
    }
}

pub struct Freeze {
    board: Uuid,
    scope: String,
    frozen_seq: i64,
    frozen_at: DateTime<Utc>,
    frozen_by: Uuid,
}

impl Row for Freeze {
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.board
    }

    async fn load(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<Vec<Self>> {
        sqlx::query_as!(
            Freeze,
            "SELECT board, scope, frozen_seq, frozen_at, frozen_by FROM freezes WHERE board = ANY($1)",
            keys
        )
        .fetch_all(db)
        .await
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO freezes (board, scope, frozen_seq, frozen_at, frozen_by)
             SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::uuid[])
             ON CONFLICT (board) DO UPDATE SET
                 frozen_seq = excluded.frozen_seq, frozen_at = excluded.frozen_at, frozen_by = excluded.frozen_by",
            &column(rows, |row| row.board),
            &column(rows, |row| row.scope.clone()),
            &column(rows, |row| row.frozen_seq),
            &column(rows, |row| row.frozen_at),
            &column(rows, |row| row.frozen_by),
        )
        .execute(db)
        .await?;
        Ok(())
    }

    async fn delete(db: &mut PgConnection, keys: &[Uuid]) -> sqlx::Result<()> {
        sqlx::query!("DELETE FROM freezes WHERE board = ANY($1)", keys).execute(db).await?;
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("freezes (board, scope, frozen_seq, frozen_at, frozen_by)")
            .value(self.board)
            .value(&self.scope)
            .value(self.frozen_seq)
            .value(self.frozen_at)
            .value(self.frozen_by);
    }
}
