//! One board's snapshot: the one before it, rolled on by what changed since.

use crate::boards::window;
use crate::failure::Failure;
use chrono::{DateTime, Utc};
use events::LearnerId;
use events::board::Scope;
use events::places::{self, Change, Place};
use futures_util::TryStreamExt;
use sqlx::PgConnection;
use uuid::Uuid;

/// A board that changed enough, as of the end of the last stretch.
pub(super) struct Due {
    life: Uuid,
    scope: String,
    window_at: String,
    sequence: i64,
}

/// The one that changed most, if this version of the ledger is live.
pub(super) async fn due(db: &mut PgConnection, version: i32) -> Result<Option<Due>, Failure> {
    let due = sqlx::query_as!(
        Due,
        r#"SELECT life, scope, window_at,
             (SELECT max(to_seq) FROM public.board_stretches WHERE board_stretches.life = now.life) AS "sequence!"
           FROM public.board_changes JOIN public.board_generations AS now USING (life)
           WHERE changes >= due_from AND EXISTS (SELECT FROM public.board_stretches WHERE board_stretches.life = now.life)
             AND EXISTS (SELECT FROM public.projections WHERE name = 'ledger' AND state = 'live' AND version = $1)
           ORDER BY changes DESC LIMIT 1"#,
        version
    )
    .fetch_optional(db)
    .await?;
    Ok(due)
}

pub(super) async fn take(db: &mut PgConnection, due: &Due, changes_min: i64) -> Result<(), Failure> {
    let (behind, before) = last(db, due).await?;
    let changes = changes(db, due, behind).await?;
    let after = places::roll(&before, changes).map_err(|error| Failure::Halt(error.to_string()))?;
    // Where what a redrive made untrue is derived again, the last one that still holds may be there.
    sqlx::query!(
        "INSERT INTO public.board_snapshots (life, scope, window_at, sequence, parked, places)
         VALUES ($1, $2, $3, $4, public.ledger_parked($4), $5) ON CONFLICT DO NOTHING",
        due.life,
        due.scope,
        due.window_at,
        due.sequence,
        places::pack(&after)
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE public.board_changes SET changes = 0, due_from = greatest($4::bigint, $5::bigint)
         WHERE life = $1 AND scope = $2 AND window_at = $3",
        due.life,
        due.scope,
        due.window_at,
        changes_min,
        i64::try_from(after.len() / 2).unwrap_or(i64::MAX)
    )
    .execute(db)
    .await?;
    tracing::debug!(
        board = due.scope,
        window = due.window_at,
        due.sequence,
        places = after.len(),
        "a snapshot"
    );
    Ok(())
}

/// The snapshot before, and of when it is.
async fn last(db: &mut PgConnection, due: &Due) -> Result<(i64, Vec<Place>), Failure> {
    let last = sqlx::query!(
        "SELECT sequence, places FROM public.board_snapshots
         WHERE life = $1 AND scope = $2 AND window_at = $3 AND parked = public.ledger_parked(sequence)
         ORDER BY sequence DESC LIMIT 1",
        due.life,
        due.scope,
        due.window_at
    )
    .fetch_optional(db)
    .await?;
    let Some(last) = last else { return Ok((0, Vec::new())) };
    let cut_off = || Failure::Halt(format!("the snapshot of {} at {} is cut off", due.scope, last.sequence));
    Ok((last.sequence, places::unpack(&last.places).ok_or_else(cut_off)?))
}

/// What rows recorded behind a sequence came to.
async fn changes(db: &mut PgConnection, due: &Due, behind: i64) -> Result<Vec<(LearnerId, Change)>, Failure> {
    let scope: Scope =
        due.scope.parse().map_err(|_| Failure::Halt(format!("{:?} is no scope", due.scope)))?;
    let (category, language) = match &scope {
        Scope::Category(name) => (Some(name.as_str()), None),
        Scope::Language(name) => (None, Some(name.as_str())),
        _ => (None, None),
    };
    let span = window::span(&due.window_at);
    let (begins_at, ends_at) = (span.as_ref().map(|span| span.start), span.as_ref().map(|span| span.end));
    let behind = behind.max(untouched_until(db, due.life, begins_at).await?);
    let mut changes = Vec::new();
    let mut lost = Vec::new();
    {
        let mut found = sqlx::query!(
            r#"SELECT learner AS "learner!", gained AS "gained!", reached_at, lost AS "lost!"
               FROM public.ledger_changes($1, $2, $3, $4, ARRAY[$5::bigint], ARRAY[$6::bigint])"#,
            category,
            language,
            begins_at,
            ends_at,
            behind,
            due.sequence
        )
        .fetch(&mut *db);
        while let Some(row) = found.try_next().await? {
            match row.reached_at {
                Some(reached_at) if !row.lost => {
                    changes.push((LearnerId(row.learner), Change::Gained { points: row.gained, reached_at }));
                }
                _ => lost.push(row.learner),
            }
        }
    }
    let kept = sqlx::query!(
        r#"SELECT wanted AS "learner!", total AS "total?", reached_at AS "reached_at?" FROM UNNEST($6::uuid[]) AS wanted
           LEFT JOIN public.ledger_sums($1, $2, $3, $4, $5, $6) ON learner = wanted"#,
        category,
        language,
        begins_at,
        ends_at,
        due.sequence,
        &lost
    )
    .fetch_all(db)
    .await?;
    changes.extend(kept.into_iter().map(|row| {
        let change = match (row.total, row.reached_at) {
            (Some(points), Some(reached_at)) => Change::Became { points, reached_at },
            _ => Change::Lost,
        };
        (LearnerId(row.learner), change)
    }));
    Ok(changes)
}

/// Up to where no row counts for a window that begins then, by the stretches that still hold: those that do not are the last.
async fn untouched_until(
    db: &mut PgConnection,
    life: Uuid,
    begins_at: Option<DateTime<Utc>>,
) -> Result<i64, Failure> {
    let Some(begins_at) = begins_at else { return Ok(0) };
    let from = sqlx::query_scalar!(
        "SELECT min(from_seq) FROM public.board_stretches
         WHERE life = $1 AND effective_to >= $2 AND parked = public.ledger_parked(to_seq)",
        life,
        begins_at
    )
    .fetch_one(db)
    .await?;
    Ok(from.unwrap_or_default())
}
