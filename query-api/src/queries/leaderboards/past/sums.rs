//! What a board of the past comes to: the last snapshot before it, where projectors have made one (ADR 11), and what the ledger
//! says changed since. Both ways give the same, which is the sum of everything.

use super::{Cut, PastBoard};
use crate::cache;
use crate::error::QueryError;
use chrono::{DateTime, Utc};
use events::LearnerId;
use events::board::{Scope, ScoreError};
use events::places::{self, Change, Place};
use futures_util::TryStreamExt;
use sqlx::PgConnection;
use uuid::Uuid;

/// Summing up what a million learners did takes longer than a read may take else, and more memory; compiling the statement
/// takes longer than it saves.
const ALLOWED: &str = "SET LOCAL statement_timeout = '60s'; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off";

pub async fn sum_up(connection: &mut PgConnection, cut: &Cut) -> Result<PastBoard, QueryError> {
    sqlx::raw_sql(ALLOWED).execute(&mut *connection).await?;
    let places = match &cut.scope {
        Scope::Exercise(exercise) => bests(connection, exercise.0, cut.sequence).await?,
        Scope::Cohort(cohort) => members(connection, *cohort, cut).await?,
        _ => rolled(connection, cut).await?,
    };
    let place = |(learner_id, score)| cache::Place { score, learner_id };
    Ok(PastBoard::new(places.into_iter().map(place).collect()))
}

impl Cut {
    fn category(&self) -> Option<&str> {
        if let Scope::Category(name) = &self.scope { Some(name) } else { None }
    }

    fn language(&self) -> Option<&str> {
        if let Scope::Language(name) = &self.scope { Some(name) } else { None }
    }

    fn begins_at(&self) -> Option<DateTime<Utc>> {
        self.span.as_ref().map(|span| span.start)
    }

    fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.span.as_ref().map(|span| span.end)
    }
}

fn malformed(error: ScoreError) -> QueryError {
    QueryError::Malformed { what: "the ledger", source: error.into() }
}

async fn rolled(connection: &mut PgConnection, cut: &Cut) -> Result<Vec<Place>, QueryError> {
    let (behind, before) = snapshot(connection, cut).await?;
    let changes = changes(connection, cut, behind).await?;
    places::roll(&before, changes).map_err(malformed)
}

/// The board as it stood not long before, and when that was; from nothing if need be.
async fn snapshot(connection: &mut PgConnection, cut: &Cut) -> Result<(i64, Vec<Place>), QueryError> {
    let found = sqlx::query!(
        "SELECT sequence, places FROM public.board_snapshots JOIN public.board_generations USING (life)
         WHERE scope = $1 AND window_at = $2 AND sequence <= $3 AND parked = public.ledger_parked(sequence)
         ORDER BY sequence DESC LIMIT 1",
        cut.scope.to_string(),
        cut.window_at,
        cut.sequence
    )
    .fetch_optional(connection)
    .await?;
    let Some(found) = found else { return Ok((0, Vec::new())) };
    let cut_off = || QueryError::Malformed {
        what: "a board's snapshot",
        source: format!("{} {} at {}", cut.scope, cut.window_at, found.sequence).into(),
    };
    Ok((found.sequence, places::unpack(&found.places).ok_or_else(cut_off)?))
}

/// What rows recorded behind a sequence came to, up to the cut.
async fn changes(
    connection: &mut PgConnection,
    cut: &Cut,
    behind: i64,
) -> Result<Vec<(LearnerId, Change)>, QueryError> {
    let (behind, up_to) = stretches(connection, cut, behind).await?;
    let mut changes = Vec::new();
    let mut lost = Vec::new();
    {
        let mut found = sqlx::query!(
            r#"SELECT learner AS "learner!", gained AS "gained!", reached_at, lost AS "lost!"
               FROM public.ledger_changes($1, $2, $3, $4, $5, $6)"#,
            cut.category(),
            cut.language(),
            cut.begins_at(),
            cut.ends_at(),
            &behind,
            &up_to
        )
        .fetch(&mut *connection);
        while let Some(row) = found.try_next().await? {
            match row.reached_at {
                Some(reached_at) if !row.lost => {
                    changes.push((LearnerId(row.learner), Change::Gained { points: row.gained, reached_at }));
                }
                _ => lost.push(row.learner),
            }
        }
    }
    // Where something was taken away, only the whole tells when what is left was reached.
    changes.extend(sums(connection, cut, &lost).await?);
    Ok(changes)
}

/// Behind which sequences, up to which, rows may count for the board.
async fn stretches(
    connection: &mut PgConnection,
    cut: &Cut,
    behind: i64,
) -> Result<(Vec<i64>, Vec<i64>), QueryError> {
    let (Some(begins_at), Some(ends_at)) = (cut.begins_at(), cut.ends_at()) else {
        return Ok((vec![behind], vec![cut.sequence]));
    };
    let noted = sqlx::query!(
        r#"SELECT coalesce(max(to_seq), 0) AS "to!",
             min(from_seq) FILTER (WHERE effective_to >= $1 AND effective_from < $2) AS first,
             max(to_seq) FILTER (WHERE effective_to >= $1 AND effective_from < $2) AS last
           FROM public.board_stretches JOIN public.board_generations USING (life)
           WHERE parked = public.ledger_parked(to_seq)"#,
        begins_at,
        ends_at
    )
    .fetch_one(connection)
    .await?;
    // What stretches say they hold of the window, and what came behind them all.
    let within = [(noted.first.unwrap_or(noted.to), noted.last.unwrap_or(noted.to)), (noted.to, i64::MAX)];
    Ok(within.into_iter().map(|(from, to)| (from.max(behind), to.min(cut.sequence))).unzip())
}

/// What each of these learners had.
async fn sums(
    connection: &mut PgConnection,
    cut: &Cut,
    learners: &[Uuid],
) -> Result<Vec<(LearnerId, Change)>, QueryError> {
    let found = sqlx::query!(
        r#"SELECT wanted AS "learner!", total AS "total?", reached_at AS "reached_at?" FROM UNNEST($6::uuid[]) AS wanted
           LEFT JOIN public.ledger_sums($1, $2, $3, $4, $5, $6) ON learner = wanted"#,
        cut.category(),
        cut.language(),
        cut.begins_at(),
        cut.ends_at(),
        cut.sequence,
        learners
    )
    .fetch_all(connection)
    .await?;
    let became = found.into_iter().map(|row| {
        let change = match (row.total, row.reached_at) {
            (Some(points), Some(reached_at)) => Change::Became { points, reached_at },
            _ => Change::Lost,
        };
        (LearnerId(row.learner), change)
    });
    Ok(became.collect())
}

/// A cohort's board: all that those had who were its members then.
async fn members(connection: &mut PgConnection, cohort: Uuid, cut: &Cut) -> Result<Vec<Place>, QueryError> {
    let members = sqlx::query_scalar!(
        "SELECT learner_id FROM (
           SELECT DISTINCT ON (learner_id) learner_id, is_in FROM board_comings
           WHERE cohort_id = $1 AND recorded_seq <= $2 ORDER BY learner_id, recorded_seq DESC
         ) AS comings WHERE is_in = 1",
        cohort,
        cut.sequence
    )
    .fetch_all(&mut *connection)
    .await?;
    let sums = sums(connection, cut, &members).await?;
    places::roll(&[], sums).map_err(malformed)
}

async fn bests(
    connection: &mut PgConnection,
    exercise: Uuid,
    sequence: i64,
) -> Result<Vec<Place>, QueryError> {
    let bests = sqlx::query!(
        r#"SELECT learner_id, public.board_score(points, coalesce(cpu_ms, 2147483647)) AS "score!" FROM (
             SELECT DISTINCT ON (learner_id) learner_id, points, cpu_ms FROM board_bests
             WHERE exercise_id = $1 AND recorded_seq <= $2 ORDER BY learner_id, recorded_seq DESC, no DESC
           ) AS bests WHERE points > 0"#,
        exercise,
        sequence
    )
    .fetch_all(connection)
    .await?;
    Ok(bests.into_iter().map(|best| (LearnerId(best.learner_id), best.score)).collect())
}
