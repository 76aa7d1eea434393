//! What PostgreSQL has for the boards.

use super::window::expires_at;
use super::{Generation, Mark, Marks};
use crate::failure::Failure;
use crate::projections::ledger::{best_board, boards};
use crate::runner::{connect, set_search_path};
use chrono::{DateTime, Utc};
use events::Partition;
use events::board::Scope;
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
    pub async fn step(&mut self, known: &Marks, now: DateTime<Utc>) -> Result<Option<Step>, Failure> {
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
        let places = self.places(&moves, now).await?;
        Ok(Some(Step { moves, places, rows_behind: behind }))
    }

    /// The places that the ledger rows in `moves` touched, as they are now: a later place is as good, because its rows are
    /// still to come and repeat it.
    async fn places(&mut self, moves: &[MarkMove], now: DateTime<Utc>) -> Result<Vec<Place>, Failure> {
        let moves: Vec<&MarkMove> = moves.iter().filter(|step| step.to.no > step.from.no).collect();
        if moves.is_empty() {
            return Ok(Vec::new());
        }
        let partitions: Vec<i16> = moves.iter().map(|step| step.partition).collect();
        let from: Vec<i64> = moves.iter().map(|step| step.from.no).collect();
        let to: Vec<i64> = moves.iter().map(|step| step.to.no).collect();
        let mut touched = Touched { now, places: BTreeSet::new() };
        self.touched_by_points(&partitions, &from, &to, &mut touched).await?;
        let bests = sqlx::query!(
            "SELECT learner_id, exercise_id FROM UNNEST($1::smallint[], $2::bigint[], $3::bigint[])
               AS step (partition, no_from, no_to)
             JOIN board_bests AS at ON at.partition = step.partition AND no > no_from AND no <= no_to",
            &partitions,
            &from,
            &to
        )
        .fetch_all(&mut self.db)
        .await?;
        for row in bests {
            let (scope, window_at) = best_board(row.exercise_id);
            touched.add(scope, window_at, row.learner_id);
        }
        // In which windows somebody who joined or left ever had points is in the ledger.
        let comings = sqlx::query!(
            r#"SELECT DISTINCT at.cohort_id, at.learner_id, unnest(public.board_windows(effective_at)) AS "window_at!"
               FROM UNNEST($1::smallint[], $2::bigint[], $3::bigint[]) AS step (partition, no_from, no_to)
               JOIN board_comings AS at ON at.partition = step.partition AND at.no > no_from AND at.no <= no_to
               JOIN ledger ON ledger.learner_id = at.learner_id"#,
            &partitions,
            &from,
            &to
        )
        .fetch_all(&mut self.db)
        .await?;
        for row in comings {
            touched.add(Scope::Cohort(row.cohort_id), row.window_at, row.learner_id);
        }
        self.look_up(touched.places.into_iter().collect()).await
    }

    async fn touched_by_points(
        &mut self,
        partitions: &[i16],
        from: &[i64],
        to: &[i64],
        touched: &mut Touched,
    ) -> Result<(), Failure> {
        // With the cohorts of today: who left one since has a row of that still to come.
        let rows = sqlx::query!(
            r#"SELECT learner_id, category, language, effective_at, ARRAY(
                 SELECT cohort_id FROM board_members AS at WHERE at.learner_id = ledger.learner_id AND is_in = 1
               ) AS "cohorts!"
               FROM UNNEST($1::smallint[], $2::bigint[], $3::bigint[]) AS step (partition, no_from, no_to)
               JOIN ledger ON ledger.partition = step.partition AND no > no_from AND no <= no_to"#,
            partitions,
            from,
            to,
        )
        .fetch_all(&mut self.db)
        .await?;
        for row in rows {
            for (scope, window_at) in boards(&row.category, &row.language, row.effective_at) {
                if scope == Scope::Global {
                    for cohort in &row.cohorts {
                        touched.add(Scope::Cohort(*cohort), window_at.clone(), row.learner_id);
                    }
                }
                touched.add(scope, window_at, row.learner_id);
            }
        }
        Ok(())
    }

    /// These places as they are now.
    pub async fn look_up(&mut self, touched: Vec<(Scope, String, Uuid)>) -> Result<Vec<Place>, Failure> {
        let totals = sqlx::query!(
            r#"SELECT wanted.number AS "number!", score
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
        let found: BTreeMap<i64, i64> = totals.into_iter().map(|total| (total.number, total.score)).collect();
        let place = |(number, (scope, window_at, learner))| Place {
            scope,
            window_at,
            learner,
            score: found.get(&number).copied(),
        };
        Ok((1..).zip(touched).map(place).collect())
    }

    /// A page of all places there are, in the order of their keys, behind `after`.
    pub async fn page(
        &mut self,
        after: &(String, String, Uuid),
        limit: i64,
    ) -> Result<Vec<((String, String, Uuid), i64)>, Failure> {
        let rows = sqlx::query!(
            "SELECT scope, window_at, learner_id, score FROM board_totals
             WHERE (scope, window_at, learner_id) > ($1, $2, $3) ORDER BY scope, window_at, learner_id LIMIT $4",
            after.0,
            after.1,
            after.2,
            limit
        )
        .fetch_all(&mut self.db)
        .await?;
        Ok(rows.into_iter().map(|row| ((row.scope, row.window_at, row.learner_id), row.score)).collect())
    }

    /// The last `no` of each partition, with every partition read up to `sequence`: where tables stand that were built
    /// and have no checkpoints yet.
    pub async fn marks_at(&mut self, sequence: i64) -> Result<Marks, Failure> {
        let heads = sqlx::query!("SELECT partition, no FROM ledger_heads").fetch_all(&mut self.db).await?;
        let mut marks: Marks = Partition::all()
            .map(|partition| (i16::from(partition.number()), Mark { no: 0, sequence }))
            .collect();
        marks.extend(heads.into_iter().map(|head| (head.partition, Mark { no: head.no, sequence })));
        Ok(marks)
    }
}

/// Places that have to be written.
struct Touched {
    now: DateTime<Utc>,
    places: BTreeSet<(Scope, String, Uuid)>,
}

impl Touched {
    /// Unless the board is gone from Redis by now.
    fn add(&mut self, scope: Scope, window_at: String, learner: Uuid) {
        if expires_at(&window_at).is_none_or(|at| at > self.now) {
            self.places.insert((scope, window_at, learner));
        }
    }
}
