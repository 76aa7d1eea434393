//! The table `builds`: who ordered what, how far it is, what became of it, and what is needed to go on after a crash.

use super::compare::{Comparison, Difference};
use super::worker::Waiting;
use crate::failure::Failure;
use crate::projection::Registered;
use crate::rows::{bigint, storable};
use crate::runner::version;
use events::operation::BuildKind;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// How many ended builds of a projection are kept as a history.
const ENDED_KEPT: i64 = 50;

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: Uuid,
    pub target: Registered,
    pub kind: BuildKind,
    pub accept_difference: bool,
    /// Where a process that died had come with it.
    pub resume: Option<Resume>,
}

/// A saved state of a build: its tables hold exactly what the events up to `sequence` make of them.
#[derive(Debug, Clone)]
pub struct Resume {
    pub schema: String,
    pub sequence: u64,
    pub digest: Vec<u8>,
    pub waiting: Vec<Waiting>,
}

/// What became of a build.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Rebuilt or rolled back and live; verified and identical.
    Done,
    /// Verified, and not identical.
    Different(Difference),
    /// Rebuilt, not identical, and therefore not made live.
    Refused(Difference),
    Aborted,
    Failed(String),
}

impl Outcome {
    fn state(&self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Different(_) => "different",
            Outcome::Refused(_) => "refused",
            Outcome::Aborted => "aborted",
            Outcome::Failed(_) => "failed",
        }
    }
}

/// How far reading has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub sequence: u64,
    pub target: u64,
    pub events_per_second: f64,
    pub pace: f64,
}

/// A build's row.
#[derive(Debug, Clone)]
pub struct Record {
    pub pool: PgPool,
    pub id: Uuid,
}

impl Record {
    /// A process has taken the build up.
    pub async fn begin(&self, job: &Job, schema: &str) -> Result<(), Failure> {
        sqlx::query!(
            "INSERT INTO builds AS known (build_id, projection, kind, state, ordered_at, began_at, version, schema_name,
                 accept_difference, server_started_at)
             VALUES ($1, $2, $3, 'reading', clock_timestamp(), clock_timestamp(), $4, $5, $6, pg_postmaster_start_time())
             ON CONFLICT (build_id) DO UPDATE SET state = 'reading', version = excluded.version,
                 began_at = coalesce(known.began_at, excluded.began_at), updated_at = clock_timestamp(),
                 schema_name = excluded.schema_name, server_started_at = excluded.server_started_at,
                 resume_at = CASE WHEN $7 THEN known.resume_at END",
            self.id,
            job.target.name,
            job.kind.name(),
            version(&job.target),
            schema,
            job.accept_difference,
            job.resume.is_some()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub async fn enter(&self, state: &'static str) -> Result<(), Failure> {
        sqlx::query!(
            "UPDATE builds SET state = $2, updated_at = clock_timestamp() WHERE build_id = $1",
            self.id,
            state
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub async fn compared(&self, comparison: &Comparison) -> Result<(), Failure> {
        sqlx::query!(
            "UPDATE builds SET compared = $2, difference = $3, updated_at = clock_timestamp() WHERE build_id = $1",
            self.id,
            serde_json::to_value(&comparison.places).map_err(unwritable)?,
            comparison.difference.as_ref().map(serde_json::to_value).transpose().map_err(unwritable)?
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub async fn is_abort_requested(&self) -> Result<bool, Failure> {
        let requested =
            sqlx::query_scalar!("SELECT abort_requested FROM builds WHERE build_id = $1", self.id);
        Ok(requested.fetch_optional(&self.pool).await?.unwrap_or(false))
    }

    /// The end. A version that was given up is not begun again by itself.
    pub async fn end(&self, job: &Job, outcome: &Outcome) -> Result<(), Failure> {
        let error = match outcome {
            Outcome::Failed(why) => Some(storable(why)),
            _ => None,
        };
        let mut tx = self.pool.begin().await?;
        sqlx::query!(
            "UPDATE builds SET state = $2, error = $3, resume_at = NULL, resume_waiting = NULL,
                 ended_at = clock_timestamp(), updated_at = clock_timestamp()
             WHERE build_id = $1",
            self.id,
            outcome.state(),
            error
        )
        .execute(&mut *tx)
        .await?;
        if *outcome == Outcome::Aborted && job.kind == BuildKind::Rebuild {
            sqlx::query!(
                "INSERT INTO projections (name, version, state) VALUES ($1, $2, 'held') ON CONFLICT DO NOTHING",
                job.target.name,
                version(&job.target)
            )
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query!(
            "DELETE FROM builds WHERE projection = $1 AND ended_at < (
                 SELECT ended_at FROM builds WHERE projection = $1 AND ended_at IS NOT NULL
                 ORDER BY ended_at DESC OFFSET $2 LIMIT 1)",
            job.target.name,
            ENDED_KEPT
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Says how far these builds are, and learns which of them are to be given up.
pub async fn progress(pool: &PgPool, ids: &[Uuid], progress: Progress) -> Result<Vec<Uuid>, Failure> {
    let rows = sqlx::query!(
        "UPDATE builds SET sequence = $2, target_sequence = $3, events_per_second = $4, pace = $5,
             updated_at = clock_timestamp()
         WHERE build_id = ANY($1) RETURNING build_id, abort_requested",
        ids,
        bigint(progress.sequence),
        bigint(progress.target),
        progress.events_per_second,
        progress.pace
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().filter(|row| row.abort_requested).map(|row| row.build_id).collect())
}

/// In the transaction that wrote a build's tables: from here it can go on.
pub async fn save(
    db: &mut PgConnection,
    id: Uuid,
    sequence: u64,
    digest: &[u8],
    waiting: &[Waiting],
) -> Result<(), Failure> {
    sqlx::query!(
        "UPDATE public.builds SET resume_at = $2, resume_digest = $3, resume_waiting = $4 WHERE build_id = $1",
        id,
        bigint(sequence),
        digest,
        serde_json::to_value(waiting).map_err(unwritable)?
    )
    .execute(db)
    .await?;
    Ok(())
}

/// In the transaction after which a build's tables are no longer what folding goes on with.
pub async fn save_nothing(db: &mut PgConnection, id: Uuid) -> Result<(), Failure> {
    sqlx::query!(
        "UPDATE public.builds SET resume_at = NULL, resume_digest = NULL, resume_waiting = NULL WHERE build_id = $1",
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

#[allow(clippy::needless_pass_by_value)] // For map_err.
fn unwritable(error: serde_json::Error) -> Failure {
    Failure::Halt(format!("a build's state cannot be written: {error}"))
}
