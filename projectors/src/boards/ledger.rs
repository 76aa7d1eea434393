//! What PostgreSQL has for the boards.

use super::{Generation, Mark, Marks};
use crate::failure::Failure;
use crate::projections::ledger::boards;
use crate::runner::{connect, set_search_path};
use chrono::{DateTime, Utc};
use events::board::{Scope, score};
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Ledger rows taken per partition and step: with thirteen boards each, a script's work stays in milliseconds.
const ROWS_MAX: i64 = 100;

/// One learner's place on one board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub scope: Scope,
    pub window_at: String,
    pub learner: Uuid,
    /// `None`: no points, no place.
    pub score: Option<i64>,
}

/// A partition's mark moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkMove {
    pub partition: i16,
    pub from: Mark,
    pub to: Mark,
}

/// What one script call writes.
#[derive(Debug)]
pub struct Step {
    pub moves: Vec<MarkMove>,
    pub places: Vec<Place>,
    pub rows_behind: i64,
}

/// A connection that reads one version of the ledger.
pub struct Feed {
    db: PgConnection,
    version: i32,
}

impl Feed {
    pub async fn open(database: &PgConnectOptions, schema: &str, version: u32) -> Result<Self, Failure> {
        let mut db = connect(database).await?;
        set_search_path(&mut db, &[schema.to_owned()]).await?;
        Ok(Self { db, version: i32::try_from(version).unwrap_or(i32::MAX) })
    }

    pub async fn generation(&mut self) -> Result<Generation, Failure> {
        let row =
            sqlx::query!("SELECT live, life FROM public.board_generations").fetch_one(&mut self.db).await?;
        Ok(Generation { number: u32::try_from(row.live).unwrap_or_default(), life: row.life.to_string() })
    }

    /// Where the ledger stands: each partition's last row, and the event up to which there is none after it.
    pub async fn marks(&mut self) -> Result<Marks, Failure> {
        let rows = sqlx::query!(
            r#"SELECT at.part::smallint AS "partition!", coalesce(heads.no, 0) AS "no!", at.sequence
               FROM public.checkpoints AS at LEFT JOIN ledger_heads AS heads ON heads.partition = at.part::smallint
               WHERE at.projection = 'ledger' AND at.version = $1"#,
            self.version
        )
        .fetch_all(&mut self.db)
        .await?;
        Ok(rows.into_iter().map(|row| (row.partition, Mark { no: row.no, sequence: row.sequence })).collect())
    }

    /// What to write next for boards that stand at `known`; `None` when they are up to date.
    pub async fn step(&mut self, known: &Marks) -> Result<Option<Step>, Failure> {
        let heads = self.marks().await?;
        let mut moves = Vec::new();
        for (partition, head) in &heads {
            let from = known.get(partition).copied().unwrap_or_default();
            if from.no > head.no {
                return Err(Failure::Retry(format!(
                    "the boards are ahead of the ledger in partition {partition}"
                )));
            }
            let to = if head.no - from.no > ROWS_MAX {
                Mark { no: from.no + ROWS_MAX, sequence: from.sequence }
            } else {
                *head
            };
            if to != from {
                moves.push(MarkMove { partition: *partition, from, to });
            }
        }
        if moves.is_empty() {
            return Ok(None);
        }
        let behind = moves.iter().map(|step| heads[&step.partition].no - step.from.no).sum();
        let places = self.places(&moves).await?;
        Ok(Some(Step { moves, places, rows_behind: behind }))
    }

    /// The places that the ledger rows in `moves` touched, as they are now: a later place is as good, because its rows are
    /// still to come and repeat it.
    async fn places(&mut self, moves: &[MarkMove]) -> Result<Vec<Place>, Failure> {
        let moves: Vec<&MarkMove> = moves.iter().filter(|step| step.to.no > step.from.no).collect();
        if moves.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query!(
            "SELECT learner_id, exercise_id, category, language, effective_at
             FROM UNNEST($1::smallint[], $2::bigint[], $3::bigint[]) AS step (partition, no_from, no_to)
             JOIN ledger ON ledger.partition = step.partition AND no > no_from AND no <= no_to",
            &moves.iter().map(|step| step.partition).collect::<Vec<_>>(),
            &moves.iter().map(|step| step.from.no).collect::<Vec<_>>(),
            &moves.iter().map(|step| step.to.no).collect::<Vec<_>>(),
        )
        .fetch_all(&mut self.db)
        .await?;
        let mut touched = BTreeSet::new();
        for row in rows {
            for (scope, window_at) in boards(row.exercise_id, &row.category, &row.language, row.effective_at)
            {
                touched.insert((scope, window_at, row.learner_id));
            }
        }
        self.look_up(touched.into_iter().collect()).await
    }

    async fn look_up(&mut self, touched: Vec<(Scope, String, Uuid)>) -> Result<Vec<Place>, Failure> {
        let totals = sqlx::query!(
            r#"SELECT wanted.number AS "number!", points, reached_at
               FROM UNNEST($1::text[], $2::text[], $3::uuid[]) WITH ORDINALITY
                 AS wanted (scope, window_at, learner_id, number)
               JOIN board_totals AS totals ON totals.scope = wanted.scope AND totals.window_at = wanted.window_at
                 AND totals.learner_id = wanted.learner_id"#,
            &touched.iter().map(|(scope, ..)| scope.to_string()).collect::<Vec<_>>(),
            &touched.iter().map(|(_, window_at, _)| window_at.clone()).collect::<Vec<_>>(),
            &touched.iter().map(|(.., learner)| *learner).collect::<Vec<_>>(),
        )
        .fetch_all(&mut self.db)
        .await?;
        let mut found = BTreeMap::new();
        for total in totals {
            found.insert(total.number, place_score(total.points, total.reached_at)?);
        }
        let place = |(number, (scope, window_at, learner))| Place {
            scope,
            window_at,
            learner,
            score: found.get(&number).copied().flatten(),
        };
        Ok((1..).zip(touched).map(place).collect())
    }

    /// A page of all places there are, in the order of their keys, behind `after`.
    pub async fn page(
        &mut self,
        after: &(String, String, Uuid),
        limit: i64,
    ) -> Result<Vec<((String, String, Uuid), Option<i64>)>, Failure> {
        let rows = sqlx::query!(
            "SELECT scope, window_at, learner_id, points, reached_at FROM board_totals
             WHERE (scope, window_at, learner_id) > ($1, $2, $3) ORDER BY scope, window_at, learner_id LIMIT $4",
            after.0,
            after.1,
            after.2,
            limit
        )
        .fetch_all(&mut self.db)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(((row.scope, row.window_at, row.learner_id), place_score(row.points, row.reached_at)?))
            })
            .collect()
    }
}

fn place_score(points: i64, reached_at: DateTime<Utc>) -> Result<Option<i64>, Failure> {
    if points <= 0 {
        return Ok(None);
    }
    score(points, reached_at).map(Some).map_err(|error| Failure::Halt(error.to_string()))
}
