//! Whether snapshots say what the ledger sums up to.

use super::History;
use crate::boards::{Misplaced, window};
use crate::failure::Failure;
use events::board::Scope;
use events::places;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A board's last snapshot.
struct Kept {
    scope: String,
    window_at: String,
    sequence: i64,
    places: Vec<u8>,
}

impl History {
    /// Sums up for every board what its last snapshot says, and names the first place that differs. Each snapshot is made
    /// from the one before, so the last has the errors of all.
    pub async fn differing(&mut self) -> Result<Option<Misplaced>, Failure> {
        let mut tx = self.db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let boards = sqlx::query!(
            r#"SELECT life, scope, window_at, max(sequence) AS "sequence!"
               FROM public.board_snapshots JOIN public.board_generations USING (life)
               WHERE parked = public.ledger_parked(sequence) GROUP BY life, scope, window_at ORDER BY scope, window_at"#
        )
        .fetch_all(&mut *tx)
        .await?;
        for board in boards {
            let kept = sqlx::query_as!(
                Kept,
                "SELECT scope, window_at, sequence, places FROM public.board_snapshots
                 WHERE life = $1 AND scope = $2 AND window_at = $3 AND sequence = $4",
                board.life,
                board.scope,
                board.window_at,
                board.sequence
            )
            .fetch_one(&mut *tx)
            .await?;
            let found = kept.first_difference(&mut tx).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

impl Kept {
    async fn first_difference(&self, db: &mut PgConnection) -> Result<Option<Misplaced>, Failure> {
        let name = format!("{} {} as of {}", self.scope, self.window_at, self.sequence);
        let kept = places::unpack(&self.places)
            .ok_or_else(|| Failure::Halt(format!("the snapshot of {name} is cut off")))?;
        let kept: BTreeMap<Uuid, i64> = kept.into_iter().map(|(learner, score)| (learner.0, score)).collect();
        let summed = self.sum_up(db).await?;
        let learners = kept.keys().chain(summed.keys());
        let differing = learners.copied().filter(|learner| kept.get(learner) != summed.get(learner)).min();
        Ok(differing.map(|learner| Misplaced {
            board: name,
            learner: learner.to_string(),
            redis: kept.get(&learner).copied(),
            postgres: summed.get(&learner).copied(),
        }))
    }

    /// The board by definition: for each submission what it is above all earlier ones, as of the sequence.
    async fn sum_up(&self, db: &mut PgConnection) -> Result<BTreeMap<Uuid, i64>, Failure> {
        let scope = self.scope.parse().map_err(|_| Failure::Halt(format!("{:?} is no scope", self.scope)))?;
        let (category, language) = match &scope {
            Scope::Category(name) => (Some(name.as_str()), None),
            Scope::Language(name) => (None, Some(name.as_str())),
            _ => (None, None),
        };
        let span = window::span(&self.window_at);
        let rows = sqlx::query!(
            r#"SELECT learner_id,
                 public.board_score(sum(earned)::bigint, public.board_seconds(max(effective_at))) AS "score!"
               FROM (SELECT learner_id, effective_at, sum(points) AS earned FROM ledger
                     WHERE recorded_seq <= $1
                       AND ($2::timestamptz IS NULL OR effective_at >= $2) AND ($3::timestamptz IS NULL OR effective_at < $3)
                       AND ($4::text IS NULL OR category = $4) AND ($5::text IS NULL OR language = $5)
                     GROUP BY submission_id, learner_id, effective_at HAVING sum(points) > 0) AS steps
               GROUP BY learner_id"#,
            self.sequence,
            span.as_ref().map(|span| span.start),
            span.as_ref().map(|span| span.end),
            category,
            language
        )
        .fetch_all(db)
        .await?;
        Ok(rows.into_iter().map(|row| (row.learner_id, row.score)).collect())
    }
}
