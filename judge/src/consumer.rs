//! A slot's work. A submission goes this way: take it → read it → data key → source → package → grade (with
//! progress and heartbeats) → append the judgement → acknowledge. Dying anywhere in it loses nothing: the broker
//! delivers the submission again, and a judgement appended twice is one by its id.

use crate::graded::Graded;
use crate::judgement::Taken;
use crate::metrics::Metrics;
use crate::package_cache::PackageCache;
use crate::queue::ACK_WAIT;
use crate::queue::Queue;
use crate::run::{Grader, Step};
use crate::sandbox::SandboxError;
use crate::tries::{TRIES_MAX, Tries};
use crate::try_run::Answering;
use crate::turns::Turns;
use crate::work::{Sources, Work};
use async_nats::jetstream::{self, AckKind};
use chassis::clock::Clock;
use chassis::keys::{DataKeys, KeyError};
use chassis::log::{AppendError, EventLog, Message};
use chassis::seal::DataKey;
use chassis::shutdown::Shutdown;
use events::judgement::TestProgress;
use events::package::Package;
use events::submission::{SOURCE_FIELD, SubmissionEvent};
use events::{Event, EventId, NewEvent, subject};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How often the broker hears that a submission is still being worked on.
const HEARTBEAT: Duration = Duration::from_millis(1_300);
/// What setting a box up may take beside the wall limit of its program.
const SETUP_GRACE: Duration = Duration::from_secs(2);
/// Before an append is tried again: this much, doubling up to the second figure.
const APPEND_RETRY: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
/// Before a submission that could not be judged for our own fault is delivered again, times the tries so far.
const POSTPONED_FOR: Duration = Duration::from_secs(1);
/// The same for one that this version of the judge cannot read; a newer one may come.
pub const UNREADABLE_FOR: Duration = Duration::from_secs(30);

/// Everything a slot needs. Cheap to clone.
#[derive(Clone)]
pub struct Slot {
    pub log: EventLog,
    pub keys: DataKeys,
    pub packages: PackageCache,
    pub grader: Grader,
    pub clock: Clock,
    pub metrics: Metrics,
    pub tries: Tries,
    pub live: Queue,
    pub turns: Arc<Mutex<Turns>>,
    /// How many slots this judge has.
    pub slots: usize,
}

/// What a submission needs to be graded.
struct Prepared {
    key: DataKey,
    source: Vec<u8>,
    package: Arc<Package>,
}

/// A judgement could not be written, so it must be made again.
struct NotStored;

/// A [`Step`] on its way from the thread that grades.
enum Heard {
    Begins(Duration),
    Ended(TestProgress),
}

/// Why a submission cannot be graded now.
enum Lacking {
    /// It never will be: judge it so.
    ForGood(&'static str),
    /// Another try may help; after the last one this is the reason.
    ForNow(&'static str),
    /// Nothing but time: this judge is ending.
    Stopped,
}

impl Slot {
    /// Does one thing after the other until the shutdown.
    pub async fn work(self, sources: Sources, shutdown: Shutdown) {
        while let Some(work) = sources.next(&shutdown).await {
            self.metrics.slots_busy.inc();
            match work {
                Work::Submission(delivery) => self.judge(&delivery, &shutdown).await,
                Work::Run(run) => self.answering().perform(&run).await,
                Work::Rejudge(delivery) => self.rejudge(&delivery, &shutdown).await,
            }
            self.metrics.slots_busy.dec();
        }
    }

    fn answering(&self) -> Answering<'_> {
        let Self { log, packages, grader, clock, metrics, .. } = self;
        Answering { log, packages, grader, clock, metrics }
    }

    async fn judge(&self, delivery: &jetstream::Message, shutdown: &Shutdown) {
        let taken = match read(delivery) {
            Ok(taken) => taken,
            Err(reason) => {
                tracing::error!(subject = %delivery.subject, reason, "a submission is not readable by this judge");
                self.acknowledge(delivery, AckKind::Nak(Some(UNREADABLE_FOR))).await;
                return;
            }
        };
        self.judge_taken(delivery, &taken, shutdown).await;
    }

    /// The same for whatever is to be judged.
    pub async fn judge_taken(&self, delivery: &jetstream::Message, taken: &Taken, shutdown: &Shutdown) {
        if taken.delivery > 1 {
            self.metrics.redeliveries.inc();
        }
        let before = self.tries.before(taken.judgement_id(), taken.delivery).await;
        if let Some(pause) = self.lets_others_go_first(taken).await {
            self.metrics.put_off.inc();
            self.hand_back(delivery, taken, before, Some(pause)).await;
            return;
        }
        if taken.delivery > 1 {
            self.tries.note(taken.judgement_id(), before + 1).await;
        }
        let started = Instant::now();
        let (graded, key) = match self.grade(delivery, taken, before + 1).await {
            Ok(graded) => graded,
            Err(Lacking::Stopped) => {
                self.hand_back(delivery, taken, before, None).await;
                return;
            }
            Err(_) => {
                self.metrics.postponements.inc();
                self.acknowledge(delivery, AckKind::Nak(Some(POSTPONED_FOR * (before + 1)))).await;
                return;
            }
        };
        let verdict = graded.verdict;
        let judged = taken.judged(graded, key.as_ref(), self.clock.now());
        match self.append(delivery, judged, shutdown).await {
            Ok(sequence) => {
                self.acknowledge(delivery, AckKind::Ack).await;
                if let Some(sequence) = sequence
                    && taken.rejudge_set.is_none()
                {
                    let (learner, accepted) = (taken.submission.learner_id, taken.accepted_seq);
                    self.turns().had(learner, accepted, sequence, started.elapsed());
                }
                self.metrics.judged(verdict);
                tracing::debug!(
                    submission = %taken.submission.submission_id,
                    verdict = verdict.name(),
                    delivery = taken.delivery,
                    "judged"
                );
            }
            Err(NotStored) if shutdown.has_begun() => {
                self.hand_back(delivery, taken, before, Some(ACK_WAIT)).await;
            }
            Err(NotStored) => self.acknowledge(delivery, AckKind::Nak(Some(ACK_WAIT))).await,
        }
    }

    /// For how long a further submission of a learner lets others go first; see [`Turns`].
    async fn lets_others_go_first(&self, taken: &Taken) -> Option<Duration> {
        if taken.rejudge_set.is_some() {
            return None; // Everybody goes before it anyway.
        }
        let waited_through = self.turns().waited_through(taken.submission.learner_id, taken.accepted_seq)?;
        match self.live.reached().await {
            Ok(reached) => self.turns().put_off(waited_through, reached, self.slots),
            Err(error) => {
                tracing::debug!(error, "nobody knows how far the queue is");
                None
            }
        }
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For whoever is next, without speaking against the submission.
    async fn hand_back(
        &self,
        delivery: &jetstream::Message,
        taken: &Taken,
        tries: u32,
        pause: Option<Duration>,
    ) {
        self.tries.note(taken.judgement_id(), tries).await;
        self.acknowledge(delivery, AckKind::Nak(pause)).await;
    }

    /// `number` is this try's, from 1. An error: it cannot be graded now but may be later.
    async fn grade(
        &self,
        delivery: &jetstream::Message,
        taken: &Taken,
        number: u32,
    ) -> Result<(Graded, Option<DataKey>), Lacking> {
        let id = taken.submission.submission_id;
        if number >= TRIES_MAX {
            tracing::error!(submission = %id, delivery = taken.delivery, tries = number, "given up");
            return Ok((Graded::judge_error("given_up"), None));
        }
        let graded = async {
            let prepared = self.prepare(taken).await?;
            let key = prepared.key.clone();
            let started = Instant::now();
            let graded = self.run(delivery, taken, prepared).await?;
            self.metrics.grading.observe(started.elapsed().as_secs_f64());
            Ok((graded, Some(key)))
        };
        match graded.await {
            Err(Lacking::ForGood(reason)) => Ok((Graded::judge_error(reason), None)),
            // The next try would be the one that gives up, and it would not know why.
            Err(Lacking::ForNow(reason)) if number + 1 >= TRIES_MAX => {
                tracing::error!(submission = %id, delivery = taken.delivery, tries = number, reason, "given up");
                Ok((Graded::judge_error(reason), None))
            }
            graded => graded,
        }
    }

    async fn prepare(&self, taken: &Taken) -> Result<Prepared, Lacking> {
        let submission = &taken.submission;
        let id = submission.submission_id;
        let key = self.keys.get(submission.learner_id).await.map_err(|error| match error {
            // Or a replica that is a moment behind answered: worth another try, and nothing is run meanwhile.
            KeyError::Gone => Lacking::ForNow("learner_erased"),
            KeyError::Log(_) | KeyError::Seal(_) => {
                tracing::warn!(submission = %id, %error, "a data key cannot be had");
                Lacking::ForNow("data_key_unavailable")
            }
        })?;
        let source = key.open(EventId(id.0), SOURCE_FIELD, &submission.source).map_err(|error| {
            tracing::error!(submission = %id, %error, "a source cannot be opened");
            Lacking::ForGood("source_unreadable")
        })?;
        let package = self.packages.get(&submission.package_digest).await.map_err(|error| {
            tracing::warn!(submission = %id, digest = submission.package_digest, %error, "a package cannot be had");
            Lacking::ForNow("package_unavailable")
        })?;
        Ok(Prepared { key, source, package })
    }

    /// Grades, telling the learner of each test and the broker that work goes on: only as long as the box that is
    /// running is inside its wall limit, so that a judge that hangs loses the submission to another one.
    async fn run(
        &self,
        delivery: &jetstream::Message,
        taken: &Taken,
        prepared: Prepared,
    ) -> Result<Graded, Lacking> {
        let Prepared { key: _, source, package } = prepared;
        let submission = &taken.submission;
        let tests_total = u32::try_from(package.tests.len()).unwrap_or(u32::MAX);
        let (stepped, mut steps) = mpsc::unbounded_channel();
        let starved_runs = self.metrics.starved_runs.clone();
        let on_step = move |step: Step<'_>| {
            let heard = match step {
                Step::Starved => {
                    starved_runs.inc();
                    return;
                }
                Step::Begins(max) => Heard::Begins(max),
                Step::Ended(test) => Heard::Ended(TestProgress {
                    ordinal: test.ordinal,
                    group: test.group,
                    verdict: test.verdict,
                    cpu_ms: test.cpu_ms,
                    memory_kib: test.memory_kib,
                    exceeded: test.exceeded,
                }),
            };
            // Nobody listens any more only when this judge is ending.
            let _ = stepped.send(heard);
        };
        let grading =
            self.grader.grade(package, &submission.language, source, submission.points_max, on_step);
        tokio::pin!(grading);
        let mut heartbeats = tokio::time::interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        let mut alive_until = Instant::now() + SETUP_GRACE;
        self.tell(taken, tests_total, None).await;
        let graded = loop {
            tokio::select! {
                Some(heard) = steps.recv() => match heard {
                    Heard::Begins(max) => alive_until = Instant::now() + max + SETUP_GRACE,
                    Heard::Ended(test) => self.tell(taken, tests_total, Some(test)).await,
                },
                graded = &mut grading => break graded,
                _ = heartbeats.tick() => {
                    if Instant::now() < alive_until {
                        self.acknowledge(delivery, AckKind::Progress).await;
                    }
                }
            }
        };
        while let Ok(heard) = steps.try_recv() {
            if let Heard::Ended(test) = heard {
                self.tell(taken, tests_total, Some(test)).await;
            }
        }
        graded.map_err(|error| {
            if matches!(error, SandboxError::Stopped) {
                return Lacking::Stopped;
            }
            tracing::error!(submission = %submission.submission_id, %error, "a box could not be run");
            Lacking::ForNow("sandbox_failed")
        })
    }

    /// Progress is for the eye only; when it gets lost, nothing else does.
    #[allow(clippy::disallowed_methods)] // Progress is no event: it is never stored and may get lost.
    async fn tell(&self, taken: &Taken, tests_total: u32, test: Option<TestProgress>) {
        if taken.rejudge_set.is_some() {
            return; // No learner sees what has no effect.
        }
        let progress = taken.progress(tests_total, test);
        let Ok(body) = serde_json::to_vec(&progress) else { return };
        let _ = self.log.client().publish(subject::progress(progress.learner_id), body.into()).await;
    }

    /// Appends, however long it takes: the work is done and only has to be written down. Meanwhile the broker, if it
    /// can be reached, hears that nobody else needs to do it. The sequence it has, unless another judge was first.
    async fn append(
        &self,
        delivery: &jetstream::Message,
        judged: NewEvent,
        shutdown: &Shutdown,
    ) -> Result<Option<u64>, NotStored> {
        let wire = match judged.to_wire() {
            Ok(wire) => wire,
            Err(error) => {
                tracing::error!(%error, "a judgement could not be written as JSON");
                return Err(NotStored);
            }
        };
        let [mut pause, pause_max] = APPEND_RETRY;
        loop {
            let error = match self.log.append(wire.clone()).await {
                Ok(appended) => return Ok(Some(appended.sequence)),
                // Another judge has written this judgement meanwhile, after measuring for itself: the first one counts.
                Err(AppendError::KeyReused) => return Ok(None),
                Err(error) => error,
            };
            self.metrics.append_retries.inc();
            tracing::warn!(judgement = %wire.id, %error, "a judgement is not stored yet");
            let hopeless = !matches!(
                error,
                AppendError::Unavailable | AppendError::Unacknowledged { .. } | AppendError::LogFull
            );
            if hopeless || shutdown.has_begun() {
                return Err(NotStored);
            }
            if self.log.is_connected() {
                self.acknowledge(delivery, AckKind::Progress).await;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.begun() => {}
            }
            // Never longer than a heartbeat apart.
            pause = (pause * 2).min(pause_max).min(HEARTBEAT);
        }
    }

    /// A lost acknowledgement means one more delivery, which is harmless.
    pub async fn acknowledge(&self, delivery: &jetstream::Message, kind: AckKind) {
        if let Err(error) = delivery.ack_with(kind).await {
            tracing::debug!(%error, ?kind, "an acknowledgement could not be sent");
        }
    }
}

/// A delivery as a submission.
pub fn read(delivery: &jetstream::Message) -> Result<Taken, String> {
    let count = delivery.info().map_err(|error| error.to_string())?.delivered;
    let message = Message::from_delivery(delivery).map_err(|error| error.to_string())?;
    let recorded = message.decode().map_err(|error| error.to_string())?;
    let Event::Submission(SubmissionEvent::Received(submission)) = recorded.event else {
        return Err("it is no submission".to_owned());
    };
    Ok(Taken {
        submission,
        accepted_seq: recorded.sequence,
        accepted_at: recorded.time,
        delivery: u32::try_from(count).unwrap_or(u32::MAX),
        traceparent: recorded.traceparent,
        rejudge_set: None,
    })
}
