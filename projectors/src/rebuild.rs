//! Building a projection version beside the live one, from the first event on, to swap it in or to compare it.
//!
//! 1. Fresh tables of the version's shape in a schema of their own ([`shape`]).
//! 2. Everything up to where the live versions stand, through the same folds, written by COPY ([`worker`]), making way for
//!    live events ([`pace`]); indexes after.
//! 3. For a version that is live already: comparing both at one position ([`compare`]). A rebuild that differs is refused.
//! 4. Catching up with the live versions the live way.
//! 5. The last few events and the swap, in one transaction that holds the live checkpoints still ([`swap`]). What was live
//!    is kept as a way back ([`keep`]).
//!
//! What is to be built is found by [`work`]: versions that are registered and not live, and what operators ordered. How far
//! it is stands in the table `builds` ([`record`]). A build whose process dies is gone on with from where it was last saved.

mod compare;
mod keep;
mod pace;
mod record;
mod shape;
mod swap;
mod work;
mod worker;

pub use compare::{Compared, Comparison, Difference, digests};
pub use record::Outcome;

use crate::arrival::Arrival;
use crate::failure::Failure;
use crate::projection::Registered;
use crate::runner::{Reader, Runner, discarded};
use chassis::log::Stream;
use events::operation::BuildKind;
use pace::Pace;
use prometheus_client::metrics::gauge::Gauge;
use record::{Job, Progress, Record};
use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;
use worker::{Finished, Worker};

/// Closer than this to the live versions, the rest is read inside the swap.
const CLOSE_ENOUGH: u64 = 500;
const BATCH_MAX: usize = 2_000;
/// How much work a crash may cost a build.
pub const SAVE_EVERY: Duration = Duration::from_secs(15);
/// How often a build says how far it is and whether it is to be given up.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How often that is asked where nothing is told.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What came of one projection's build.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    pub name: &'static str,
    pub version: u32,
    pub outcome: Outcome,
    /// Events up to here are in it, if it is live now.
    pub sequence: u64,
    /// Whether it equals what was live, for a version that was live.
    pub identical: Option<bool>,
}

/// (projection, sequence) of events that are to be ignored.
type Discarded = Arc<HashSet<(String, u64)>>;

/// Why a build does not come to its end.
enum Stop {
    Aborted,
    Failure(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// A build that came to its end.
struct Ended {
    outcome: Outcome,
    sequence: u64,
    identical: Option<bool>,
}

impl Runner {
    fn record(&self, id: Uuid) -> Record {
        Record { pool: self.pool.clone(), id }
    }

    /// Carries out jobs, under the lease's epoch.
    async fn build(&self, jobs: Vec<Job>, epoch: i64) -> Result<Vec<Built>, Failure> {
        let mut built = Vec::new();
        for stream in [Stream::Facts, Stream::Identity] {
            let of_stream = |job: &Job| job.target.is_personal() == (stream == Stream::Identity);
            let (kept, fresh): (Vec<Job>, Vec<Job>) = jobs
                .iter()
                .filter(|job| of_stream(job))
                .cloned()
                .partition(|job| job.kind == BuildKind::Rollback);
            if !fresh.is_empty() {
                built.extend(self.build_stream(stream, fresh, epoch).await?);
            }
            for job in kept {
                let record = self.record(job.id);
                record.begin(&job, "").await?;
                let ended = match self.unless_aborted(&record, self.catch_up_kept(stream, &job)).await {
                    Ok(finished) => self.roll_back(stream, &job, finished, epoch).await,
                    Err(stop) => Err(stop),
                };
                built.push(self.end(&job, ended).await?);
            }
        }
        if let Err(error) = shape::drop_leftovers(&self.database).await {
            tracing::warn!(%error, "what a build left could not be dropped; the next one does it");
        }
        Ok(built)
    }

    async fn build_stream(&self, stream: Stream, jobs: Vec<Job>, epoch: i64) -> Result<Vec<Built>, Failure> {
        let discarded = Arc::new(discarded(&self.log).await?);
        let mut workers = Vec::new();
        for job in jobs {
            let schema = job
                .resume
                .as_ref()
                .map_or_else(|| shape::building_schema(&job.target, epoch), |r| r.schema.clone());
            self.record(job.id).begin(&job, &schema).await?;
            workers.push(Worker::start(self, job, schema, discarded.clone()).await?);
        }
        // Not beyond what is live, so that both can be compared; unless nothing is there to compare with.
        let end = match self.live_position(stream).await? {
            Some(position @ 1..) => position,
            _ => self.log.last_sequence(stream).await?,
        };
        let mut built = Vec::new();
        for given_up in self.read_up_to(stream, end, &mut workers).await? {
            built.push(self.end(&given_up, Err(Stop::Aborted)).await?);
        }
        // All settle at once, each in a connection of its own; one after another they are compared and swapped in.
        workers.iter_mut().for_each(Worker::no_more);
        for worker in workers {
            let job = worker.job.clone();
            let record = self.record(job.id);
            record.enter("finishing").await?;
            let ended = match self.unless_aborted(&record, self.finish(stream, worker)).await {
                Ok((finished, identical)) => self.conclude(stream, &job, finished, identical, epoch).await,
                Err(stop) => Err(stop),
            };
            built.push(self.end(&job, ended).await?);
        }
        Ok(built)
    }

    /// Reads once for all workers; each has a queue and a connection of its own. Those that are to be given up are taken out
    /// and returned.
    async fn read_up_to(
        &self,
        stream: Stream,
        end: u64,
        workers: &mut Vec<Worker>,
    ) -> Result<Vec<Job>, Failure> {
        let mut given_up = Vec::new();
        let from = workers.iter().map(|worker| worker.from).min().unwrap_or_default();
        if from >= end {
            return Ok(given_up);
        }
        let targets: Vec<Registered> = workers.iter().map(|worker| worker.job.target).collect();
        let mut reader = Reader::start(&self.log, vec![(stream, from)], Gauge::default()).await?;
        let mut pace = Pace::new(self.pool.clone());
        let (mut told, mut passed, mut rate) = (Instant::now(), 0_u32, 0.0);
        while let Some(batch) = reader.next_until(end, pace.batch_max(), &targets).await? {
            let batch: Arc<Vec<Arrival>> = Arc::new(batch);
            self.metrics.build_events.inc_by(batch.len() as u64);
            passed += u32::try_from(batch.len()).unwrap_or(u32::MAX);
            for worker in &*workers {
                if !worker.take(batch.clone()).await {
                    return Ok(given_up); // It says why when it is asked to finish.
                }
            }
            if told.elapsed() >= TELL_EVERY {
                let latest = f64::from(passed) / told.elapsed().as_secs_f64();
                rate = if rate > 0.0 { 0.7 * rate + 0.3 * latest } else { latest };
                (told, passed) = (Instant::now(), 0);
                let sequence = batch.last().map_or(0, Arrival::sequence);
                let progress =
                    Progress { sequence, target: end, events_per_second: rate, pace: pace.share() };
                let ids: Vec<Uuid> = workers.iter().map(|worker| worker.job.id).collect();
                let aborted = record::progress(&self.pool, &ids, progress).await?;
                given_up.extend(
                    workers
                        .extract_if(.., |worker| aborted.contains(&worker.job.id))
                        .map(|worker| worker.job),
                );
                if workers.is_empty() {
                    break;
                }
            }
            pace.rest().await;
        }
        Ok(given_up)
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

    /// Gives `work` up, where it stands, when an operator says so.
    async fn unless_aborted<T>(
        &self,
        record: &Record,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(LOOK_EVERY) => {
                    if record.is_abort_requested().await? {
                        return Err(Stop::Aborted);
                    }
                }
            }
        }
    }

    /// From the last batch to tables that are compared with what is live.
    async fn finish(&self, stream: Stream, worker: Worker) -> Result<(Finished, Option<Comparison>), Stop> {
        let record = self.record(worker.job.id);
        let (worker_kind, target) = (worker.job.kind, worker.job.target);
        let is_ledger = target.name == swap::BOARDS_FROM;
        let mut finished = worker.finished().await?;
        record.enter("comparing").await?;
        let mut comparison = compare::with_live(self, stream, &mut finished).await?;
        if let (BuildKind::Verify, Some(comparison), Some(boards)) =
            (worker_kind, &mut comparison, self.boards.as_ref().filter(|_| is_ledger))
        {
            comparison.add_boards(boards.verify(&target.schema(), target.version).await?);
        }
        if let Some(comparison) = &comparison {
            record.compared(comparison).await?;
        }
        Ok((finished, comparison))
    }

    /// What the comparison says is to be done, is done. From here nothing is given up half-way.
    async fn conclude(
        &self,
        stream: Stream,
        job: &Job,
        mut finished: Finished,
        comparison: Option<Comparison>,
        epoch: i64,
    ) -> Result<Ended, Stop> {
        let identical = comparison.as_ref().map(Comparison::is_identical);
        let difference = comparison.and_then(|comparison| comparison.difference);
        let sequence = finished.sequence;
        let outcome = match (job.kind, difference) {
            (BuildKind::Verify, None) if identical.is_none() => {
                Outcome::Failed("nothing is live that it could be compared with".to_owned())
            }
            (BuildKind::Verify, None) => Outcome::Done,
            (BuildKind::Verify, Some(difference)) => Outcome::Different(difference),
            (_, Some(difference)) if !job.accept_difference => {
                tracing::error!(
                    projection = job.target.name,
                    ?difference,
                    "the rebuilt tables differ from the live ones"
                );
                Outcome::Refused(difference)
            }
            _ => {
                while let Some(live) = self.live_position(stream).await?
                    && live > finished.sequence + CLOSE_ENOUGH
                {
                    finished.catch_up(&self.log, stream, live).await?;
                }
                let record = self.record(job.id);
                if record.is_abort_requested().await? {
                    return Err(Stop::Aborted);
                }
                record.enter("swapping").await?;
                let sequence = swap::swap(self, stream, finished, epoch).await?;
                return Ok(Ended { outcome: Outcome::Done, sequence, identical });
            }
        };
        Ok(Ended { outcome, sequence, identical })
    }

    /// Catches the kept tables up.
    async fn catch_up_kept(&self, stream: Stream, job: &Job) -> Result<Finished, Stop> {
        let discarded = Arc::new(discarded(&self.log).await?);
        let Some(mut finished) = keep::kept(self, &job.target, discarded).await? else {
            return Err(Failure::Halt("nothing is kept that could be gone back to".to_owned()).into());
        };
        while let Some(live) = self.live_position(stream).await?
            && live > finished.sequence + CLOSE_ENOUGH
        {
            finished.catch_up_kept(&self.log, stream, live).await?;
        }
        Ok(finished)
    }

    /// Swaps the kept tables in. From here nothing is given up half-way.
    async fn roll_back(
        &self,
        stream: Stream,
        job: &Job,
        finished: Finished,
        epoch: i64,
    ) -> Result<Ended, Stop> {
        let record = self.record(job.id);
        if record.is_abort_requested().await? {
            return Err(Stop::Aborted);
        }
        record.enter("swapping").await?;
        let sequence = swap::swap(self, stream, finished, epoch).await?;
        Ok(Ended { outcome: Outcome::Done, sequence, identical: None })
    }

    /// Notes how a build ended. What may go better a second time is not an end: it is gone on with.
    async fn end(&self, job: &Job, ended: Result<Ended, Stop>) -> Result<Built, Failure> {
        let ended = match ended {
            Ok(ended) => ended,
            Err(Stop::Aborted) => Ended { outcome: Outcome::Aborted, sequence: 0, identical: None },
            Err(Stop::Failure(failure @ (Failure::Retry(_) | Failure::Fenced))) => return Err(failure),
            Err(Stop::Failure(Failure::Halt(why) | Failure::Event(why))) => {
                Ended { outcome: Outcome::Failed(why), sequence: 0, identical: None }
            }
        };
        self.record(job.id).end(job, &ended.outcome).await?;
        tracing::info!(projection = job.target.name, kind = job.kind.name(), outcome = ?ended.outcome, "a build has ended");
        Ok(Built {
            name: job.target.name,
            version: job.target.version,
            outcome: ended.outcome,
            sequence: ended.sequence,
            identical: ended.identical,
        })
    }
}
