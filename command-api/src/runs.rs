//! Asking judges for runs (see [`events::run`]). Nothing of a run is stored: what gets lost is asked for again, as long as
//! it may still be started, or told to whoever waits.

use async_nats::{Message, StatusCode};
use chassis::clock::Clock;
use chassis::log::EventLog;
use chrono::{DateTime, TimeDelta, Utc};
use events::run::{RunRefusal, RunReply, RunRequest, RunResult};
use events::{LearnerId, subject};
use futures_util::StreamExt;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::Instrument;

/// Until the judges say that they are busy, or the request counts as lost. Longer than a judge holds one.
const ANSWER_PATIENCE: Duration = Duration::from_secs(2);
/// Before a request is repeated that no judge could take.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// A test that began before the end may take this much longer, with its answer.
const END_GRACE: TimeDelta = TimeDelta::seconds(20);
/// How many runs one replica waits for at the same time.
const WAITING_MAX: usize = 256;

/// Runs a learner may start within [`WINDOW`].
const RUNS_MAX: u32 = 20;
const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// More learners than this are not counted at once.
const COUNTED_MAX: usize = 50_000;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    #[error("You have started {RUNS_MAX} runs within a minute, or one of yours is not done yet.")]
    TooMany { wait: Duration },
    /// No slot was free before the request's `start_by`.
    #[error("The judges are busy: none had a place for a run in time. Nothing was run.")]
    Busy,
    /// Nobody listens for this language.
    #[error("No judge is there that runs this language. Nothing was run.")]
    NoJudge,
    /// A judge had begun, and was not heard of again in time.
    #[error("The run was begun, but its result did not come in time.")]
    Unfinished,
    #[error("The judges cannot be asked at the moment.")]
    Broker(String),
    #[error("This exercise is interactive: there is no input of one's own.")]
    Interactive,
    /// What the judge needs is not there, or does not work.
    #[error("The run could not be made, which is not your fault.")]
    Failed,
}

/// Cheap to clone; clones share what is counted.
#[derive(Debug, Clone)]
pub struct Runs {
    log: EventLog,
    clock: Clock,
    waiting: Arc<Semaphore>,
    started: Arc<Mutex<HashMap<LearnerId, Count>>>,
}

/// How many runs, and since when they are counted.
#[derive(Debug, Clone, Copy)]
struct Count {
    since: DateTime<Utc>,
    runs: u32,
    /// One at a time: a learner's runs are not to hold every slot.
    is_running: bool,
}

/// A learner's run, until it is dropped.
#[derive(Debug)]
pub struct Running {
    runs: Runs,
    learner: LearnerId,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(count) = self.runs.started().get_mut(&self.learner) {
            count.is_running = false;
        }
    }
}

impl Runs {
    pub fn new(log: EventLog, clock: Clock) -> Self {
        Self { log, clock, waiting: Arc::new(Semaphore::new(WAITING_MAX)), started: Arc::default() }
    }

    /// Counts a learner's run, or refuses it when there were too many lately or one is not done. Each replica counts for
    /// itself.
    pub fn count(&self, learner: LearnerId) -> Result<Running, RunError> {
        let now = self.clock.now();
        let mut started = self.started();
        if started.len() >= COUNTED_MAX {
            started.retain(|_, count| count.is_running || now - count.since < WINDOW);
            if started.len() >= COUNTED_MAX {
                started.clear();
            }
        }
        let count = started.entry(learner).or_insert(Count { since: now, runs: 0, is_running: false });
        if count.is_running {
            return Err(RunError::TooMany { wait: ASK_AGAIN });
        }
        if now - count.since >= WINDOW {
            *count = Count { since: now, runs: 0, is_running: false };
        }
        if count.runs >= RUNS_MAX {
            let wait = (WINDOW - (now - count.since)).to_std().unwrap_or_default();
            return Err(RunError::TooMany { wait });
        }
        count.runs += 1;
        count.is_running = true;
        Ok(Running { runs: self.clone(), learner })
    }

    fn started(&self) -> MutexGuard<'_, HashMap<LearnerId, Count>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// [`run`]; only so many at once. `held` is dropped when the judges are done with it, which they may be long after
    /// whoever asked has hung up: who holds a place for a run so has it for as long as the run takes.
    pub async fn run(&self, request: RunRequest, held: impl Send + 'static) -> Result<RunResult, RunError> {
        let place = self.waiting.clone().try_acquire_owned().map_err(|_| RunError::Busy)?;
        let (log, clock) = (self.log.clone(), self.clock.clone());
        let running = async move {
            let _held = (held, place);
            run(&log, &clock, &request).await
        };
        let running = tokio::spawn(running.in_current_span()).await;
        running.unwrap_or_else(|error| {
            tracing::error!(%error, "waiting for a run was cut off");
            Err(RunError::Failed)
        })
    }
}

/// Has it run, and waits for the result: at most until it may not be started any more, or a while after its end.
pub async fn run(log: &EventLog, clock: &Clock, request: &RunRequest) -> Result<RunResult, RunError> {
    let subject = subject::run(&request.language).ok_or(RunError::NoJudge)?;
    let body = serde_json::to_vec(request).map_err(|_| RunError::Failed)?;
    let now = Instant::now();
    let [start_by, end_by] = [request.start_by, request.end_by + END_GRACE]
        .map(|by| now + (by - clock.now()).to_std().unwrap_or_default());
    let mut found_nobody = true;
    loop {
        let left = start_by.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(if found_nobody { RunError::NoJudge } else { RunError::Busy });
        }
        match ask_once(log, &subject, &body, left.min(ANSWER_PATIENCE), end_by).await? {
            Once::Ended(result) => return result,
            Once::Nobody => {}
            Once::Again => found_nobody = false,
        }
        tokio::time::sleep(ASK_AGAIN.min(left)).await;
    }
}

async fn ask_once(
    log: &EventLog,
    subject: &str,
    body: &[u8],
    patience: Duration,
    end_by: Instant,
) -> Result<Once, RunError> {
    let mut answers = send(log, subject, body).await.map_err(|error| RunError::Broker(error.to_string()))?;
    match tokio::time::timeout(patience, answers.next()).await.ok().flatten().map(|said| read(&said)) {
        Some(Heard::Reply(RunReply::Started)) => {}
        Some(Heard::Reply(RunReply::Done(result))) => return Ok(Once::Ended(Ok(result))),
        Some(Heard::Reply(RunReply::Refused(refusal))) => return Ok(Once::of(refusal)),
        Some(Heard::Nobody) => return Ok(Once::Nobody),
        Some(Heard::Rubbish) | None => return Ok(Once::Again),
    }
    let ended = tokio::time::timeout_at(end_by, answers.next()).await;
    Ok(match ended.ok().flatten().map(|said| read(&said)) {
        Some(Heard::Reply(RunReply::Done(result))) => Once::Ended(Ok(result)),
        Some(Heard::Reply(RunReply::Refused(refusal))) => Once::of(refusal),
        _ => Once::Ended(Err(RunError::Unfinished)),
    })
}

#[allow(clippy::disallowed_methods)] // A request for a run is no event: it is never stored and may get lost.
async fn send(
    log: &EventLog,
    subject: &str,
    body: &[u8],
) -> Result<async_nats::Subscriber, async_nats::Error> {
    let client = log.client();
    let inbox = client.new_inbox();
    let answers = client.subscribe(inbox.clone()).await?;
    client.publish_with_reply(subject.to_owned(), inbox, body.to_vec().into()).await?;
    Ok(answers)
}

/// What asking once came to.
enum Once {
    Ended(Result<RunResult, RunError>),
    Nobody,
    Again,
}

impl Once {
    fn of(refusal: RunRefusal) -> Self {
        match refusal {
            // Too late by the judge's clock: by ours it will be in a moment.
            RunRefusal::Busy | RunRefusal::TooLate => Self::Again,
            RunRefusal::Interactive => Self::Ended(Err(RunError::Interactive)),
            RunRefusal::PackageUnavailable | RunRefusal::Failed => Self::Ended(Err(RunError::Failed)),
        }
    }
}

enum Heard {
    Reply(RunReply),
    Nobody,
    Rubbish,
}

fn read(said: &Message) -> Heard {
    if said.status == Some(StatusCode::NO_RESPONDERS) {
        return Heard::Nobody;
    }
    serde_json::from_slice(&said.payload).map_or_else(
        |error| {
            tracing::warn!(%error, "a judge's answer is not readable");
            Heard::Rubbish
        },
        Heard::Reply,
    )
}
