//! What there is to build, and whose turn it is: one process builds at a time.

use super::record::{Job, Outcome, Resume};
use super::worker::APPLICATION;
use super::{Built, shape};
use crate::failure::Failure;
use crate::lease::{LOOK_EVERY, Lease};
use crate::projection::Registered;
use crate::runner::{Runner, orders};
use chassis::shutdown::Shutdown;
use events::operation::BuildKind;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// How often a process looks for something to build.
const LOOK_FOR_WORK_EVERY: Duration = Duration::from_secs(1);
/// A version that could not be built is not tried again sooner.
const AGAIN_AFTER_S: f64 = 60.0;

/// A row of `builds` that has not ended.
struct Open {
    build_id: Uuid,
    projection: String,
    kind: String,
    accept_difference: bool,
    abort_requested: bool,
    version: Option<i32>,
    schema_name: Option<String>,
    resume_at: Option<i64>,
    resume_digest: Option<Vec<u8>>,
    resume_waiting: Option<serde_json::Value>,
}

/// What PostgreSQL says about a projection's versions.
#[derive(Default)]
struct Versions {
    live: Option<i32>,
    kept: Option<i32>,
    /// Not to be built by itself.
    held: Vec<i32>,
}

impl Runner {
    fn build_lease(&self) -> Lease {
        Lease { name: "build", ..self.lease.clone() }
    }

    /// Builds what is registered and not live, and what is ordered, for as long as the process runs.
    pub async fn carry_out_builds(self, shutdown: Shutdown) {
        while !shutdown.has_begun() {
            tokio::select! {
                () = shutdown.begun() => return,
                outcome = self.look_for_builds() => {
                    if let Err(error) = outcome {
                        tracing::warn!(%error, "a build is interrupted and is gone on with");
                    }
                }
            }
            tokio::select! {
                () = shutdown.begun() => {}
                () = tokio::time::sleep(LOOK_FOR_WORK_EVERY) => {}
            }
        }
        self.build_lease().release().await;
    }

    async fn look_for_builds(&self) -> Result<(), Failure> {
        orders::let_lapse(&self.pool).await?;
        if self.jobs().await?.is_empty() {
            return Ok(());
        }
        let Some(epoch) = self.build_lease().acquire().await? else { return Ok(()) };
        // Read anew: under the lease whatever is open is nobody else's.
        self.under_lease(epoch, async || self.build(self.jobs().await?, epoch).await).await?;
        Ok(())
    }

    /// Builds these from nothing and swaps them in, whatever the differences are called. Waits for another build to end.
    pub async fn rebuild(&self, targets: &[Registered]) -> Result<Vec<Built>, Failure> {
        let lease = self.build_lease();
        let epoch = loop {
            if let Some(epoch) = lease.acquire().await? {
                break epoch;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let jobs = targets.iter().map(|target| self.unordered(*target)).collect();
        self.under_lease(epoch, async || self.build(jobs, epoch).await).await
    }

    fn unordered(&self, target: Registered) -> Job {
        let id = chassis::random::uuid(&self.clock);
        Job { id, target, kind: BuildKind::Rebuild, accept_difference: false, resume: None }
    }

    async fn under_lease(
        &self,
        epoch: i64,
        work: impl AsyncFnOnce() -> Result<Vec<Built>, Failure>,
    ) -> Result<Vec<Built>, Failure> {
        let lease = self.build_lease();
        let lost = CancellationToken::new();
        let renewal = AbortOnDropHandle::new(tokio::spawn(lease.clone().keep(epoch, lost.child_token())));
        let built = tokio::select! {
            built = async {
                self.end_other_builders().await?;
                shape::drop_leftovers(&self.database).await?;
                work().await
            } => built,
            () = lost.cancelled() => Err(Failure::Fenced),
        };
        drop(renewal);
        lease.release().await;
        built
    }

    /// A builder that lost its lease while it was frozen must not write into tables that are gone on with here.
    async fn end_other_builders(&self) -> Result<(), Failure> {
        sqlx::query!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = $1 AND datname = current_database() AND usename = current_user",
            APPLICATION
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(())
    }

    /// What this process can build: one job per projection, the oldest order first.
    async fn jobs(&self) -> Result<Vec<Job>, Failure> {
        let versions = self.versions().await?;
        let mut jobs: Vec<Job> = Vec::new();
        for open in self.open().await? {
            let Some(target) = self.registry.iter().find(|known| known.name == open.projection) else {
                if !versions.contains_key(&open.projection) {
                    self.give_up(&open, Outcome::Failed("there is no such projection".to_owned())).await?;
                }
                continue;
            };
            if open.version.is_none() && open.abort_requested {
                self.give_up(&open, Outcome::Aborted).await?;
                continue;
            }
            let none = Versions::default();
            let of_target = versions.get(target.name).unwrap_or(&none);
            if open.kind == "rollback" && of_target.kept.is_none() {
                let why = "nothing is kept that could be gone back to".to_owned();
                self.give_up(&open, Outcome::Failed(why)).await?;
                continue;
            }
            if let Some(job) = job(open, target, of_target)
                && jobs.iter().all(|other| other.target.name != job.target.name)
            {
                jobs.push(job);
            }
        }
        for target in self.registry {
            let is_missing = versions.get(target.name).is_none_or(|versions| is_missing(target, versions));
            if is_missing
                && jobs.iter().all(|job| job.target.name != target.name)
                && !self.failed_lately(target).await?
            {
                jobs.push(self.unordered(*target));
            }
        }
        Ok(jobs)
    }

    async fn open(&self) -> Result<Vec<Open>, Failure> {
        let open = sqlx::query_as!(
            Open,
            "SELECT build_id, projection, kind, accept_difference, abort_requested, version, schema_name, resume_digest,
                 resume_waiting,
                 CASE WHEN server_started_at = pg_postmaster_start_time() THEN resume_at END AS resume_at
             FROM builds WHERE ended_at IS NULL ORDER BY ordered_seq NULLS FIRST, ordered_at"
        );
        Ok(open.fetch_all(&self.pool).await?)
    }

    async fn versions(&self) -> Result<BTreeMap<String, Versions>, Failure> {
        let rows = sqlx::query!(
            r#"SELECT name AS "name!", version AS "version!", state AS "state!" FROM projections
               UNION ALL SELECT projection, version, 'kept' FROM kept_versions"#
        )
        .fetch_all(&self.pool)
        .await?;
        let mut versions: BTreeMap<String, Versions> = BTreeMap::new();
        for row in rows {
            let known = versions.entry(row.name).or_default();
            match row.state.as_str() {
                "live" => known.live = Some(row.version),
                "kept" => known.kept = Some(row.version),
                "held" => known.held.push(row.version),
                _ => {}
            }
        }
        Ok(versions)
    }

    async fn failed_lately(&self, target: &Registered) -> Result<bool, Failure> {
        let failed = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM builds WHERE projection = $1 AND state = 'failed'
                 AND ended_at > clock_timestamp() - make_interval(secs => $2)) AS "failed!""#,
            target.name,
            AGAIN_AFTER_S
        );
        Ok(failed.fetch_one(&self.pool).await?)
    }

    /// Ends an order that nobody has taken up.
    async fn give_up(&self, open: &Open, outcome: Outcome) -> Result<(), Failure> {
        let (state, why) = match outcome {
            Outcome::Failed(why) => ("failed", Some(why)),
            _ => ("aborted", None),
        };
        sqlx::query!(
            "UPDATE builds SET state = $2, error = $3, ended_at = clock_timestamp(), updated_at = clock_timestamp()
             WHERE build_id = $1 AND version IS NULL AND ended_at IS NULL",
            open.build_id,
            state,
            why
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// Newer than what is live, and not held back.
fn is_missing(target: &Registered, versions: &Versions) -> bool {
    let own = crate::runner::version(target);
    versions.live.is_none_or(|live| live < own) && !versions.held.contains(&own)
}

/// An open build, if this process has the code for it.
fn job(open: Open, target: &Registered, versions: &Versions) -> Option<Job> {
    let own = crate::runner::version(target);
    let (kind, is_ours) = match open.kind.as_str() {
        // Never back to an older version by rebuilding, and what was held back is what the order means.
        "rebuild" => {
            let newest = versions.held.iter().copied().chain(versions.live).max();
            (BuildKind::Rebuild, newest.is_none_or(|newest| newest <= own))
        }
        "verify" => (BuildKind::Verify, versions.live == Some(own)),
        _ => (BuildKind::Rollback, versions.kept == Some(own)),
    };
    if !is_ours || open.version.is_some_and(|taken_up| taken_up != own) {
        return None;
    }
    let saved = (open.schema_name, open.resume_at, open.resume_digest, open.resume_waiting);
    let resume = match saved {
        (Some(schema), Some(sequence), Some(digest), Some(waiting)) => {
            serde_json::from_value(waiting).ok().map(|waiting| Resume {
                schema,
                sequence: u64::try_from(sequence).unwrap_or_default(),
                digest,
                waiting,
            })
        }
        _ => None,
    };
    let accept_difference = open.accept_difference;
    Some(Job { id: open.build_id, target: *target, kind, accept_difference, resume })
}
