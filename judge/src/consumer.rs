//! A slot's work. A submission goes this way: take it → read it → data key → source → package → grade (with
//! progress and heartbeats) → append the judgement → acknowledge. Dying anywhere in it loses nothing: the broker
//! delivers the submission again, and a judgement appended twice is one by its id.

use crate::attempt::{HEARTBEAT, Lacking};
use crate::judgement::Taken;
use crate::metrics::Metrics;
use crate::package_cache::PackageCache;
use crate::queue::{ACK_WAIT, Queue};
use crate::run::Grader;
use crate::tries::Tries;
use crate::try_run::Answering;
use crate::turns::{Reached, Turns};
use crate::work::{Sources, Work};
use async_nats::jetstream::{self, AckKind};
use chassis::clock::Clock;
use chassis::keys::DataKeys;
use chassis::log::{AppendError, EventLog, Message};
use chassis::shutdown::Shutdown;
use chassis::trace::Span;
use events::submission::SubmissionEvent;
use events::{Event, NewEvent};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

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

/// A judgement could not be written, so it must be made again.
struct NotStored;

impl Slot {
    /// Does one thing after the other until the shutdown.
    pub async fn work(self, sources: Sources, shutdown: Shutdown) {
        while let Some(work) = sources.next(&shutdown).await {
            self.metrics.slots_busy.inc();
            match work {
                Work::Submission(delivery) => self.judge(&delivery, &shutdown).await,
                Work::Run(run) => self.answering().perform(&run).await,
                Work::Rejudge(delivery, _place) => self.rejudge(&delivery, &shutdown).await,
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

    /// The same for whatever is to be judged, as the part of its trace that judging is.
    pub async fn judge_taken(&self, delivery: &jetstream::Message, taken: &Taken, shutdown: &Shutdown) {
        let span = Span::consuming("judge", taken.traceparent.as_deref(), "judge submission");
        span.set("submission", taken.submission.submission_id.to_string());
        span.set("delivery", i64::from(taken.delivery));
        span.around(self.judge_within(&span, delivery, taken, shutdown)).await;
    }

    async fn judge_within(
        &self,
        span: &Span,
        delivery: &jetstream::Message,
        taken: &Taken,
        shutdown: &Shutdown,
    ) {
        if taken.delivery > 1 {
            self.metrics.redeliveries.inc();
        }
        let before = self.tries.before(taken.judgement_id(), taken.delivery).await;
        if let Some(pause) = self.lets_others_go_first(delivery, taken).await {
            self.metrics.put_off.inc();
            span.set("outcome", "put_off");
            // Beside what the slot does next: there is time, and a lost note only makes a submission give up early.
            let (tries, judgement) = (self.tries.clone(), taken.judgement_id());
            tokio::spawn(async move { tries.note(judgement, before).await });
            self.acknowledge(delivery, AckKind::Nak(Some(pause))).await;
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
                span.fail("postponed");
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
                span.set("outcome", verdict.name());
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
    async fn lets_others_go_first(&self, delivery: &jetstream::Message, taken: &Taken) -> Option<Duration> {
        if taken.rejudge_set.is_some() {
            return None; // Everybody goes before it anyway.
        }
        let waited_through = self.turns().waited_through(taken.submission.learner_id, taken.accepted_seq)?;
        let reached = match delivery.info() {
            // The newest that any judge was given is this one.
            Ok(info) if info.delivered == 1 => {
                Ok(Reached { sequence: info.stream_sequence, waiting: info.pending })
            }
            _ => self.live.reached().await,
        };
        match reached {
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
