//! The way back: what was live before the last swap stays, as it was then, until the next one.

use super::Discarded;
use super::shape::{self, execute};
use super::worker::{Finished, Waiting, builder};
use crate::failure::Failure;
use crate::projection::Registered;
use crate::runner::{Runner, set_search_path, version};
use sqlx::PgConnection;

/// Where tables are kept that make way for others of the same version.
fn kept_schema(target: &Registered) -> String {
    format!("{}_kept", target.schema())
}

/// In the swap's transaction: puts what is live aside, and `schema` in the place of the version's own. What was kept until
/// now becomes a leftover, which is dropped later, when nothing waits for it.
pub async fn keep_live(
    db: &mut PgConnection,
    target: &Registered,
    schema: &str,
    epoch: i64,
) -> Result<(), Failure> {
    let own = target.schema();
    let incoming = shape::building_schema(target, epoch);
    if schema != incoming {
        execute(db, format!("ALTER SCHEMA {schema} RENAME TO {incoming}")).await?;
    }
    let kept = sqlx::query_scalar!(
        "DELETE FROM public.kept_versions WHERE projection = $1 RETURNING schema_name",
        target.name
    );
    let kept = kept.fetch_optional(&mut *db).await?;
    let leftovers = [kept.filter(|kept| kept != schema), Some(own.clone())];
    let live = sqlx::query_scalar!(
        "SELECT version FROM public.projections WHERE name = $1 AND state = 'live'",
        target.name
    );
    let live = live.fetch_optional(&mut *db).await?;
    let mut leftovers: Vec<String> = leftovers.into_iter().flatten().collect();
    leftovers.dedup();
    if live == Some(version(target)) {
        leftovers.retain(|leftover| *leftover != own);
    }
    for (number, leftover) in leftovers.iter().enumerate() {
        if exists(db, leftover).await? {
            let gone = format!("{}_{number}", shape::leftover_schema(target, epoch));
            execute(db, format!("ALTER SCHEMA {leftover} RENAME TO {gone}")).await?;
        }
    }
    if let Some(live) = live {
        let aside =
            if live == version(target) { kept_schema(target) } else { format!("{}_v{live}", target.name) };
        if live == version(target) {
            execute(db, format!("ALTER SCHEMA {own} RENAME TO {aside}")).await?;
        }
        note_kept(db, target, live, &aside).await?;
    }
    execute(db, format!("ALTER SCHEMA {incoming} RENAME TO {own}")).await
}

async fn exists(db: &mut PgConnection, schema: &str) -> Result<bool, Failure> {
    let exists = sqlx::query_scalar!(r#"SELECT to_regnamespace($1) IS NOT NULL AS "exists!""#, schema);
    Ok(exists.fetch_one(db).await?)
}

/// How far the tables have come, and which of their events wait.
async fn note_kept(
    db: &mut PgConnection,
    target: &Registered,
    live: i32,
    schema: &str,
) -> Result<(), Failure> {
    sqlx::query!(
        "INSERT INTO public.kept_versions (projection, version, schema_name, sequence, digest, waiting)
         SELECT $1, $2, $3, at.sequence, at.digest, coalesce((
             SELECT jsonb_agg(jsonb_build_object('part', part, 'key', key, 'sequence', sequence, 'event_id', event_id,
                 'event_type', event_type, 'error', error, 'cause', cause) ORDER BY sequence)
             FROM public.parked WHERE projection = $1 AND version = $2), '[]')
         FROM public.checkpoints AS at
         WHERE at.projection = $1 AND at.version = $2 ORDER BY at.sequence DESC LIMIT 1",
        target.name,
        live,
        schema
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The kept tables of this version, to be caught up and swapped in again.
pub async fn kept(
    runner: &Runner,
    target: &Registered,
    discarded: Discarded,
) -> Result<Option<Finished>, Failure> {
    let mut db = builder(runner).await?;
    let row = sqlx::query!(
        "SELECT schema_name, sequence, digest, waiting FROM kept_versions WHERE projection = $1 AND version = $2",
        target.name,
        version(target)
    );
    let Some(row) = row.fetch_optional(&mut db).await? else { return Ok(None) };
    let waiting: Vec<Waiting> =
        serde_json::from_value(row.waiting).map_err(|error| Failure::Halt(error.to_string()))?;
    set_search_path(&mut db, std::slice::from_ref(&row.schema_name)).await?;
    let mut finished = Finished::empty(db, *target, row.schema_name, discarded);
    finished.go_on_from(u64::try_from(row.sequence).unwrap_or_default(), &row.digest, &waiting);
    Ok(Some(finished))
}
