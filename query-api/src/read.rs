//! One read: a repeatable-read transaction on the live versions that knows how far they have come, and is never older
//! than the position the caller wants.

#[cfg(test)]
mod tests;

use crate::error::QueryError;
use crate::metrics::Metrics;
use crate::positions::{self, Watermarks};
use events::{Part, Position};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How often a waiting read looks for itself, in case an announcement was lost.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long Postgres may take to begin a read before it counts as away (it may be stopped, or its machine gone).
const BEGUN_WITHIN: Duration = Duration::from_secs(5);

/// The projections there are to read, by the names the projectors give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    Exercises,
    Learners,
    Submissions,
    Progress,
    Ledger,
    Rejudges,
    Cohorts,
    Freezes,
}

impl Projection {
    pub const ALL: [Projection; 8] = [
        Projection::Exercises,
        Projection::Learners,
        Projection::Submissions,
        Projection::Progress,
        Projection::Ledger,
        Projection::Rejudges,
        Projection::Cohorts,
        Projection::Freezes,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Projection::Exercises => "exercises",
            Projection::Learners => "learners",
            Projection::Submissions => "submissions",
            Projection::Progress => "progress",
            Projection::Ledger => "ledger",
            Projection::Rejudges => "rejudges",
            Projection::Cohorts => "cohorts",
            Projection::Freezes => "freezes",
        }
    }

    /// Whether it is made from this part of the log.
    fn follows(self, part: Part) -> bool {
        (self == Projection::Learners) == (part == Part::Identity)
    }
}

/// Begins reads. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    pool: PgPool,
    watermarks: Watermarks,
    /// How long a read waits for a position.
    wait_max: Duration,
    metrics: Metrics,
}

/// A read that has begun. Dropping it ends it too.
#[derive(Debug)]
pub struct Read {
    transaction: Transaction<'static, Postgres>,
    concerned: Vec<String>,
    position: Position,
}

impl Reader {
    pub fn new(pool: PgPool, watermarks: Watermarks, wait_max: Duration, metrics: Metrics) -> Self {
        Self { pool, watermarks, wait_max, metrics }
    }

    /// Begins a read of these projections that is not older than `wanted`, waiting for it if need be. Elements of
    /// `wanted` that none of the projections is made from do not count.
    pub async fn begin(&self, concerned: &[Projection], wanted: &Position) -> Result<Read, QueryError> {
        let wanted = relevant(concerned, wanted);
        if wanted.is_empty() {
            return self.attempt(concerned).await;
        }
        let started = Instant::now();
        let deadline = started + self.wait_max;
        let mut moves = self.watermarks.subscribe();
        // The hint first: it costs nothing, and most reads find it there already.
        tokio::time::timeout(LOOK_EVERY.min(self.wait_max), moves.reached(&wanted)).await.ok();
        loop {
            let read = self.attempt(concerned).await?;
            if read.position.covers(&wanted) {
                self.metrics.waited(started.elapsed());
                return Ok(read);
            }
            drop(read);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.metrics.not_caught_up();
                return Err(QueryError::NotCaughtUp { waited: self.wait_max });
            }
            // One projection may be behind the others the hint speaks of, so the next move is waited for, not the hint.
            tokio::time::timeout(LOOK_EVERY.min(left), moves.moved()).await.ok();
        }
    }

    async fn attempt(&self, concerned: &[Projection]) -> Result<Read, QueryError> {
        tokio::select! {
            biased;
            () = self.watermarks.unreachable() => Err(QueryError::Unavailable),
            opened = tokio::time::timeout(BEGUN_WITHIN, self.open(concerned)) => {
                opened.unwrap_or(Err(QueryError::Unavailable))
            }
        }
    }

    /// The first statement of the transaction takes the snapshot: what it says about versions and watermarks is true
    /// of everything read after it.
    async fn open(&self, concerned: &[Projection]) -> Result<Read, QueryError> {
        let concerned: Vec<String> =
            concerned.iter().map(|projection| projection.name().to_owned()).collect();
        let mut transaction =
            self.pool.begin_with("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let opened = sqlx::query!(
            r#"WITH live AS (
                 SELECT name, version FROM public.projections WHERE state = 'live'
               ), marks AS (
                 SELECT part, min(sequence) AS sequence, count(*) AS projections
                 FROM public.checkpoints JOIN live ON (name, live.version) = (projection, checkpoints.version)
                 WHERE name = ANY($1) GROUP BY part
               )
               SELECT
                 set_config('search_path',
                   concat_ws(', ', (SELECT string_agg(quote_ident(name || '_v' || version), ', ') FROM live), 'public'),
                   true) AS "search_path!",
                 coalesce((SELECT array_agg(part ORDER BY part) FROM marks), '{}') AS "parts!",
                 coalesce((SELECT array_agg(sequence ORDER BY part) FROM marks), '{}') AS "sequences!: Vec<i64>",
                 coalesce((SELECT array_agg(projections ORDER BY part) FROM marks), '{}') AS "projections!: Vec<i64>""#,
            &concerned
        )
        .fetch_one(&mut *transaction)
        .await?;
        // A projection without a checkpoint for a part it follows has read nothing of it.
        let expected = |part: &str| i64::from(part != "id") * followers(&concerned) + i64::from(part == "id");
        let marks = opened.parts.into_iter().zip(opened.sequences).zip(opened.projections);
        let position = positions::position(marks.map(|((part, sequence), found)| {
            if found < expected(&part) { (part, 0) } else { (part, sequence) }
        }));
        Ok(Read { transaction, concerned, position })
    }
}

/// How many of the projections are made from FACTS.
fn followers(concerned: &[String]) -> i64 {
    i64::try_from(concerned.iter().filter(|name| *name != Projection::Learners.name()).count())
        .unwrap_or(i64::MAX)
}

/// What of a position concerns these projections.
fn relevant(concerned: &[Projection], wanted: &Position) -> Position {
    let mut relevant = Position::default();
    for (part, sequence) in wanted.iter().filter(|(part, _)| concerned.iter().any(|one| one.follows(*part))) {
        relevant.advance(part, sequence);
    }
    relevant
}

impl Read {
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// How far the projections concerned had come in this snapshot.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// Refuses to go on when events of this learner or exercise are parked: the snapshot is past them without them.
    pub async fn refuse_parked(&mut self, key: Uuid) -> Result<(), QueryError> {
        let parked = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                 SELECT FROM public.parked JOIN public.projections ON (name, projections.version) = (projection, parked.version)
                 WHERE state = 'live' AND name = ANY($1) AND key = $2) AS "parked!""#,
            &self.concerned,
            key
        )
        .fetch_one(&mut *self.transaction)
        .await?;
        if parked { Err(QueryError::Parked) } else { Ok(()) }
    }

    /// Ends the read; the answer's position.
    pub async fn finish(self) -> Result<Position, QueryError> {
        self.transaction.commit().await?;
        Ok(self.position)
    }
}
