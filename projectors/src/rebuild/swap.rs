//! The swap: one transaction in which the live checkpoints stand still.

use super::keep;
use super::shape::execute;
use super::worker::{Finished, Waiting};
use crate::boards::Generation;
use crate::failure::Failure;
use crate::projection::Registered;
use crate::rows::bigint;
use crate::runner::{Member, Runner, version};
use chassis::log::Stream;
use sqlx::PgConnection;

/// The projection whose totals the Redis boards are copies of.
pub const BOARDS_FROM: &str = "ledger";

/// Makes a built (or kept) version live and returns up to which event it reaches. What was live is kept. The owner of the
/// live versions finds its checkpoints moved or under another epoch, writes nothing, and takes over anew with the new version.
pub async fn swap(
    runner: &Runner,
    stream: Stream,
    mut finished: Finished,
    epoch: i64,
) -> Result<u64, Failure> {
    let target = finished.member.registered;
    let generation =
        if target.name == BOARDS_FROM { Some(next_generation(runner, &finished).await?) } else { None };
    if let Some(live) = begin(&mut finished.db, stream).await? {
        finished.catch_up(&runner.log, stream, live).await?;
    }
    let db = &mut finished.db;
    keep::keep_live(db, &target, &finished.schema, epoch).await?;
    name_live(db, &target).await?;
    write_checkpoints(db, &target, finished.sequence, &finished.digest, epoch).await?;
    write_parked(db, &target, &finished.waiting).await?;
    if let Some(generation) = &generation {
        sqlx::query!(
            "UPDATE public.board_generations SET live = $1, life = $2::text::uuid",
            i32::try_from(generation.number).unwrap_or(i32::MAX),
            generation.life
        )
        .execute(&mut *db)
        .await?;
    }
    execute(db, "COMMIT".to_owned()).await?;
    if let (Some(generation), Some(boards)) = (&generation, &runner.boards)
        && let Err(error) = boards.keep_only(&[generation.number]).await
    {
        tracing::warn!(%error, "the boards of older generations could not be deleted; the next swap does it");
    }
    Ok(finished.sequence)
}

/// The generation of Redis boards that goes with these tables, filled before anybody reads it. Without Redis it is filled
/// when that is back, and readers use the tables until then.
async fn next_generation(runner: &Runner, finished: &Finished) -> Result<Generation, Failure> {
    let live = sqlx::query_scalar!("SELECT live FROM board_generations").fetch_one(&runner.pool).await?;
    let generation = Generation {
        number: u32::try_from(live).unwrap_or_default() + 1,
        life: chassis::random::uuid(&runner.clock).to_string(),
    };
    if let Some(boards) = &runner.boards {
        match boards.fill_ahead(&finished.schema, finished.sequence, &generation).await {
            Err(error @ Failure::Retry(_)) => {
                tracing::warn!(%error, "the boards are filled after the swap");
            }
            filled => filled?,
        }
    }
    Ok(generation)
}

/// Begins the transaction. The owner may be in the middle of its own, so it can take a few attempts.
async fn begin(db: &mut PgConnection, stream: Stream) -> Result<Option<u64>, Failure> {
    const ATTEMPTS: u32 = 20;
    let mut attempt = 0;
    loop {
        attempt += 1;
        execute(db, "BEGIN".to_owned()).await?;
        execute(db, "SET LOCAL synchronous_commit = on".to_owned()).await?;
        match hold_live(db, stream).await {
            Err(Failure::Retry(why)) if attempt < ATTEMPTS => {
                tracing::debug!(why, "the live checkpoints could not be held");
                execute(db, "ROLLBACK".to_owned()).await?;
            }
            held => return held,
        }
    }
}

/// Keeps every live checkpoint of the stream where it is, and says how far the furthest is.
async fn hold_live(db: &mut PgConnection, stream: Stream) -> Result<Option<u64>, Failure> {
    let held = sqlx::query_scalar!(
        "SELECT at.sequence FROM public.checkpoints AS at JOIN public.projections AS live
           ON live.name = at.projection AND live.version = at.version AND live.state = 'live'
         WHERE (at.part = 'id') = $1
         ORDER BY at.projection, at.version, at.part FOR UPDATE OF at",
        stream == Stream::Identity
    )
    .fetch_all(&mut *db)
    .await?;
    Ok(held.into_iter().max().and_then(|sequence| u64::try_from(sequence).ok()))
}

/// A newer version that makes way was rolled back: it is not to be built again by itself.
async fn name_live(db: &mut PgConnection, target: &Registered) -> Result<(), Failure> {
    sqlx::query!(
        "UPDATE public.projections SET state = CASE WHEN version > $2 THEN 'held' ELSE 'old' END
         WHERE name = $1 AND version <> $2 AND state = 'live'",
        target.name,
        version(target)
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO public.projections (name, version, state) VALUES ($1, $2, 'live')
         ON CONFLICT (name, version) DO UPDATE SET state = 'live'",
        target.name,
        version(target)
    )
    .execute(&mut *db)
    .await?;
    Ok(())
}

async fn write_checkpoints(
    db: &mut PgConnection,
    target: &Registered,
    sequence: u64,
    digest: &[u8],
    epoch: i64,
) -> Result<(), Failure> {
    let parts: Vec<String> = Member::parts(target).iter().map(ToString::to_string).collect();
    sqlx::query!(
        "INSERT INTO public.checkpoints (projection, version, part, sequence, epoch, digest)
         SELECT $1, $2, part, $4, $5, $6 FROM UNNEST($3::text[]) AS part
         ON CONFLICT (projection, version, part) DO UPDATE SET
             sequence = excluded.sequence, epoch = excluded.epoch, digest = excluded.digest,
             updated_at = clock_timestamp()",
        target.name,
        version(target),
        &parts,
        bigint(sequence),
        epoch,
        digest
    )
    .execute(&mut *db)
    .await?;
    // Whoever owns live checkpoints must notice that there is another version to move.
    sqlx::query!("UPDATE public.checkpoints SET epoch = $1 WHERE epoch < $1", epoch).execute(db).await?;
    Ok(())
}

async fn write_parked(
    db: &mut PgConnection,
    target: &Registered,
    waiting: &[Waiting],
) -> Result<(), Failure> {
    sqlx::query!(
        // Of whatever version: those of what was live are kept with it.
        "DELETE FROM public.parked WHERE projection = $1",
        target.name
    )
    .execute(&mut *db)
    .await?;
    for event in waiting {
        sqlx::query!(
            "INSERT INTO public.parked
                 (projection, version, part, key, sequence, event_id, event_type, error, cause)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            target.name,
            version(target),
            event.part,
            event.key,
            bigint(event.sequence),
            event.event_id,
            event.event_type,
            event.error,
            event.cause
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
