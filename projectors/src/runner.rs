//! The live runner: one process owns all parts of the log, reads them through one ordered consumer per stream, folds a
//! batch through every live projection and commits once: rows, sums, fenced checkpoints, the digest of the last event.
//! Every other process stands by for the lease.

mod batch;
mod guard;
mod lag;
mod live;
pub(crate) mod orders;
mod parking;
mod reader;
#[cfg(test)]
mod tests;
mod watermark;

pub use batch::move_checkpoints;
pub use lag::VisibleAfter;
pub use live::{Checkpoint, Live, Member, claim, connect, set_search_path, version};
use live::{Lacking, lacking};
pub(crate) use parking::discarded;
pub(crate) use reader::Reader;
use reader::Reading;

use crate::boards::Boards;
use crate::failure::Failure;
use crate::lease::{LOOK_EVERY, Lease};
use crate::metrics::Metrics;
use crate::projection::Registered;
use crate::traces;
use chassis::clock::Clock;
use chassis::log::EventLog;
use chassis::observe::Readiness;
use chassis::shutdown::Shutdown;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// The runner's line in `/health/ready`.
const READINESS: &str = "projectors";
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(2);
/// How often an owner without events looks after watermarks and the log guard.
const LOOK_ROUND_EVERY: Duration = Duration::from_secs(1);
/// So long a process that has no code for all live versions leaves the lease to others, who may have it.
const STAND_BACK: Duration = Duration::from_secs(1);
/// Most messages in one commit.
const BATCH_MAX: usize = 2_000;
/// After a commit that did not hold as much as it may, this is rested for as long as the commit took, at most: what arrives
/// meanwhile shares the next one, and a trickle of events does not keep a core and PostgreSQL busy with commits of a few.
const REST_MAX: Duration = Duration::from_millis(5);

/// Everything a runner needs. Cheap to clone.
#[derive(Clone)]
pub struct Runner {
    pub log: EventLog,
    pub pool: PgPool,
    /// For the connection of its own that each owner opens.
    pub database: PgConnectOptions,
    pub registry: &'static [Registered],
    pub lease: Lease,
    pub boards: Option<Boards>,
    pub clock: Clock,
    pub metrics: Metrics,
    pub readiness: Readiness,
    /// How long events took to become visible; noted by the live loop, told to builds by [`Runner::watch_lag`].
    pub visible_after: VisibleAfter,
    /// How much of a build may be lost to a crash.
    pub save_builds_every: Duration,
}

impl Runner {
    /// Works or stands by until the shutdown begins, or until something is so wrong that nothing may be written.
    pub async fn run(self, shutdown: Shutdown) {
        let mut backoff = BACKOFF_MIN;
        let mut lacking_since = None;
        self.readiness.waiting_for(READINESS, "starting");
        while !shutdown.has_begun() {
            let (passed, began) = (self.metrics.events.get(), Instant::now());
            let outcome = self.turn(&shutdown, &mut lacking_since).await;
            if self.metrics.events.get() > passed {
                backoff = BACKOFF_MIN;
            }
            let pause = match outcome {
                Ok(()) => LOOK_EVERY,
                Err(Failure::Fenced) => {
                    tracing::info!("another process moved the checkpoints");
                    // It may have swapped tables, and what is live goes on at once; or it took over, and is not to be raced.
                    LOOK_EVERY.saturating_sub(began.elapsed())
                }
                Err(Failure::Retry(why)) => {
                    tracing::warn!(why, "projecting is interrupted and goes on from the checkpoint");
                    self.metrics.retries.inc();
                    self.readiness.waiting_for(READINESS, why);
                    let pause = backoff;
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                    pause
                }
                Err(Failure::Halt(why) | Failure::Event(why)) => {
                    tracing::error!(why, "projecting is halted until somebody has looked");
                    self.metrics.halted.set(1);
                    self.readiness.waiting_for(READINESS, why);
                    break;
                }
            };
            self.metrics.owner.set(0);
            tokio::select! {
                () = shutdown.begun() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        self.lease.release().await;
    }

    /// One ownership, or one look at somebody else's.
    async fn turn(&self, shutdown: &Shutdown, lacking_since: &mut Option<Instant>) -> Result<(), Failure> {
        match lacking(&self.pool, self.registry).await? {
            Lacking::Nothing => *lacking_since = None,
            Lacking::Older => {
                if lacking_since.is_none() {
                    self.lease.release().await;
                }
                let since = *lacking_since.get_or_insert_with(Instant::now);
                if since.elapsed() < STAND_BACK || self.lease.is_wanted().await? {
                    self.readiness.ready(READINESS);
                    return Ok(());
                }
            }
            Lacking::Newer(why) => {
                self.readiness.waiting_for(READINESS, why);
                return Ok(());
            }
        }
        let Some(epoch) = self.lease.acquire().await? else {
            self.readiness.ready(READINESS);
            return Ok(());
        };
        let lost = CancellationToken::new();
        let _renewal =
            AbortOnDropHandle::new(tokio::spawn(self.lease.clone().keep(epoch, lost.child_token())));
        let live = Live::take_over(self, epoch).await?;
        self.metrics.takeovers.inc();
        self.metrics.owner.set(1);
        let _boards = self
            .boards
            .clone()
            .map(|boards| AbortOnDropHandle::new(tokio::spawn(boards.follow(live.schema_of("ledger")))));
        tokio::select! {
            ended = self.own(live) => ended,
            () = lost.cancelled() => Err(Failure::Fenced),
            () = shutdown.begun() => Ok(()),
        }
    }

    /// The loop of an owner.
    async fn own(&self, mut live: Live) -> Result<(), Failure> {
        live.guard(&self.log).await?;
        let mut reader = Reader::start(&self.log, live.starts(), self.metrics.read_ahead.clone()).await?;
        self.readiness.ready(READINESS);
        tracing::info!(epoch = live.epoch, "this process moves the read models");
        let mut look_round = Instant::now() + LOOK_ROUND_EVERY;
        loop {
            tokio::select! {
                biased;
                reading = reader.next(BATCH_MAX, self.registry) => match reading? {
                    Reading::Batch(batch) => {
                        let began = Instant::now();
                        let spans = traces::projecting(&batch);
                        live.pass(&batch, &self.log).await?;
                        drop(spans);
                        if let Some(boards) = &self.boards {
                            boards.traced.add(&batch);
                        }
                        self.wake_boards();
                        self.observe(&live, &batch, began);
                        if batch.len() < BATCH_MAX {
                            tokio::time::sleep(began.elapsed().min(REST_MAX)).await;
                        }
                    }
                    Reading::Level(stream, sequence) => {
                        live.move_watermarks(stream, sequence).await?;
                        self.wake_boards();
                    }
                },
                () = tokio::time::sleep_until(look_round) => {}
            }
            if look_round <= Instant::now() {
                look_round = Instant::now() + LOOK_ROUND_EVERY;
                live.is_owner().await?;
                live.guard(&self.log).await?;
            }
        }
    }

    fn wake_boards(&self) {
        if let Some(boards) = &self.boards {
            boards.wake();
        }
    }
}
