//! Building a projection version beside the live one, from the first event on, and swapping it in.
//!
//! 1. Fresh tables of the version's shape in a schema of their own ([`shape`]).
//! 2. Everything up to where the live versions stand, through the same folds, written by COPY ([`worker`]); indexes after.
//! 3. Catching up with the live versions the live way.
//! 4. For a version that is live already: comparing both at one position ([`compare`]).
//! 5. The last few events and the swap, in one transaction that holds the live checkpoints still ([`swap`]).
//!
//! A build that dies is begun anew; what it left behind is dropped by the next one.

mod compare;
mod shape;
mod swap;
mod worker;

pub use compare::digests;

use crate::arrival::Arrival;
use crate::failure::Failure;
use crate::lease::{LOOK_EVERY, Lease};
use crate::projection::Registered;
use crate::runner::{Reader, Runner, discarded, orders};
use chassis::log::Stream;
use chassis::shutdown::Shutdown;
use prometheus_client::metrics::gauge::Gauge;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use worker::Worker;

/// How often a process looks for versions that nobody has built.
const LOOK_FOR_WORK_EVERY: Duration = Duration::from_secs(5);
/// Closer than this to the live versions, the rest is read inside the swap.
const CLOSE_ENOUGH: u64 = 500;
const BATCH_MAX: usize = 2_000;
/// How much work a crash may cost a build.
pub const SAVE_EVERY: Duration = Duration::from_secs(15);

/// What came of one projection's build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    pub name: &'static str,
    pub version: u32,
    /// Events up to here are in it.
    pub sequence: u64,
    /// Whether it equals what was live, for a version that was live.
    pub identical: Option<bool>,
}

impl Runner {
    fn build_lease(&self) -> Lease {
        Lease { name: "build", ..self.lease.clone() }
    }

    /// Builds what is registered and neither live nor older than what is live, for as long as the process runs.
    pub async fn build_new_versions(self, shutdown: Shutdown) {
        while !shutdown.has_begun() {
            tokio::select! {
                () = shutdown.begun() => return,
                outcome = self.build_missing() => match outcome {
                    Ok(built) if built.is_empty() => {}
                    Ok(built) => tracing::info!(?built, "new versions are live"),
                    Err(error) => tracing::error!(%error, "building new versions failed and is tried again"),
                },
            }
            tokio::select! {
                () = shutdown.begun() => {}
                () = tokio::time::sleep(LOOK_FOR_WORK_EVERY) => {}
            }
        }
    }

    async fn build_missing(&self) -> Result<Vec<Built>, Failure> {
        orders::let_lapse(&self.pool).await?;
        let live = sqlx::query!(
            "SELECT name, max(version) AS version FROM projections WHERE state = 'live' GROUP BY name"
        )
        .fetch_all(&self.pool)
        .await?;
        let is_missing = |known: &&Registered| {
            let live = live.iter().find(|live| live.name == known.name).and_then(|live| live.version);
            live.is_none_or(|live| i64::from(live) < i64::from(known.version))
        };
        let missing: Vec<Registered> = self.registry.iter().filter(is_missing).copied().collect();
        if missing.is_empty() { Ok(Vec::new()) } else { self.rebuild(&missing).await }
    }

    /// Builds these from nothing and swaps them in. Waits for another build to end.
    pub async fn rebuild(&self, targets: &[Registered]) -> Result<Vec<Built>, Failure> {
        let lease = self.build_lease();
        let epoch = loop {
            if let Some(epoch) = lease.acquire().await? {
                break epoch;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let lost = CancellationToken::new();
        let renewal = AbortOnDropHandle::new(tokio::spawn(lease.clone().keep(epoch, lost.child_token())));
        let built = tokio::select! {
            built = self.rebuild_under(targets, epoch) => built,
            () = lost.cancelled() => Err(Failure::Fenced),
        };
        drop(renewal);
        lease.release().await;
        built
    }

    async fn rebuild_under(&self, targets: &[Registered], epoch: i64) -> Result<Vec<Built>, Failure> {
        shape::drop_leftovers(&self.database).await?;
        let mut built = Vec::new();
        for stream in [Stream::Facts, Stream::Identity] {
            let of_stream = |target: &&Registered| target.is_personal() == (stream == Stream::Identity);
            let targets: Vec<Registered> = targets.iter().filter(of_stream).copied().collect();
            if !targets.is_empty() {
                built.extend(self.rebuild_stream(stream, &targets, epoch).await?);
            }
        }
        shape::drop_leftovers(&self.database).await?;
        Ok(built)
    }

    async fn rebuild_stream(
        &self,
        stream: Stream,
        targets: &[Registered],
        epoch: i64,
    ) -> Result<Vec<Built>, Failure> {
        let discarded = Arc::new(discarded(&self.log).await?);
        let mut workers = Vec::new();
        for target in targets {
            workers.push(Worker::start(&self.database, *target, epoch, discarded.clone()).await?);
        }
        // Not beyond what is live, so that both can be compared; unless nothing is there to compare with.
        let end = match self.live_position(stream).await? {
            Some(position @ 1..) => position,
            _ => self.log.last_sequence(stream).await?,
        };
        self.copy_up_to(stream, end, targets, &workers).await?;
        let mut built = Vec::new();
        for worker in workers {
            built.push(self.finish(stream, worker.finished().await?, epoch).await?);
        }
        Ok(built)
    }

    /// Reads once for all workers; each has a queue and a connection of its own.
    async fn copy_up_to(
        &self,
        stream: Stream,
        end: u64,
        targets: &[Registered],
        workers: &[Worker],
    ) -> Result<(), Failure> {
        if end == 0 {
            return Ok(());
        }
        let mut reader = Reader::start(&self.log, vec![(stream, 0)], Gauge::default()).await?;
        while let Some(batch) = reader.next_until(end, BATCH_MAX, targets).await? {
            self.metrics.build_events.inc_by(batch.len() as u64);
            let batch: Arc<Vec<Arrival>> = Arc::new(batch);
            for worker in workers {
                if !worker.take(batch.clone()).await {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Where the live versions that read a stream stand; `None` when there are none.
    async fn live_position(&self, stream: Stream) -> Result<Option<u64>, Failure> {
        let furthest = sqlx::query_scalar!(
            "SELECT max(sequence) FROM checkpoints AS at
             JOIN projections ON name = projection AND projections.version = at.version AND state = 'live'
             WHERE (part = 'id') = $1",
            stream == Stream::Identity
        );
        let furthest = furthest.fetch_one(&self.pool).await?;
        Ok(furthest.and_then(|sequence| u64::try_from(sequence).ok()))
    }

    async fn finish(
        &self,
        stream: Stream,
        mut finished: worker::Finished,
        epoch: i64,
    ) -> Result<Built, Failure> {
        let target = finished.member.registered;
        let identical = compare::with_live(self, stream, &mut finished).await?;
        if identical == Some(false) {
            tracing::error!(projection = target.name, "the rebuilt tables differ from the live ones");
        }
        while let Some(live) = self.live_position(stream).await?
            && live > finished.sequence + CLOSE_ENOUGH
        {
            finished.catch_up(&self.log, stream, live).await?;
        }
        let sequence = swap::swap(self, stream, finished, epoch).await?;
        Ok(Built { name: target.name, version: target.version, sequence, identical })
    }
}

/// (projection, sequence) of events that are to be ignored.
type Discarded = Arc<HashSet<(String, u64)>>;
