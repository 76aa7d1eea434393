//! The submissions that wait for a verdict, and how long that will take: known by following FACTS, so it costs the read
//! model nothing and is the same whichever replica is asked.
//!
//! A place counts the submissions without a verdict that were accepted before, those being judged included. Judges do not
//! keep to that order exactly (a learner's further submissions let others' first ones go before), so it is a place to go by
//! and no promise.

use async_nats::jetstream::context::ConsumerInfoErrorKind;
use chassis::log::{EventLog, LogError, Message, Stream};
use chassis::shutdown::Shutdown;
use chassis::trace::{self, Span, TRACEPARENT};
use chrono::{DateTime, TimeDelta, Utc};
use events::{Family, JudgementId, SubmissionId, subject};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

const BATCH_MAX: usize = 1_000;
const PATIENCE: Duration = Duration::from_millis(500);
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// One verdict moves the pace by this part of the difference.
const PACE_WEIGHT: f64 = 1.0 / 20.0;
/// Traced submissions that are remembered until their verdicts are pushed.
const TRACED_MAX: usize = 256;

/// Without any verdict for this many times as long as one takes, and at least so long, nobody knows how long it will take.
const STALLED_AFTER: (f64, TimeDelta) = (10.0, TimeDelta::seconds(10));

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueuePlace {
    /// 1: the next, or being judged.
    #[schema(example = 12)]
    pub place: u64,
    /// At the pace of the last verdicts, rounded up; absent when there were none lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 4)]
    pub wait_seconds: Option<u64>,
}

/// Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    waiting: Arc<Mutex<Waiting>>,
}

impl Queue {
    /// Follows the log until the shutdown.
    pub async fn follow(self, log: EventLog, shutdown: Shutdown) {
        let following = async {
            let mut after = None;
            loop {
                if let Err(error) = self.read(&log, &mut after).await {
                    tracing::warn!(%error, "the queue of submissions cannot be followed at the moment");
                }
                tokio::time::sleep(RETRY_AFTER).await;
            }
        };
        tokio::select! {
            () = following => {}
            () = shutdown.begun() => {}
        }
    }

    async fn read(&self, log: &EventLog, after: &mut Option<u64>) -> Result<(), LogError> {
        let from = match *after {
            Some(after) => after,
            None => judged_up_to(log).await?,
        };
        let subjects = vec![subject::family(Family::Submission), subject::family(Family::Judgement)];
        let mut follow = log.follow_headers(Stream::Facts, subjects, from).await?;
        loop {
            let batch = follow.next_batch(BATCH_MAX, PATIENCE).await?;
            let mut waiting = self.lock();
            for message in &batch {
                waiting.apply(message);
            }
            waiting.is_level |= batch.is_empty() || follow.pending() == 0;
            *after = Some(follow.last());
        }
    }

    /// One submission's place; `None` when it has its verdict, or when nobody knows yet.
    pub fn place(&self, submission: Uuid, now: DateTime<Utc>) -> Option<QueuePlace> {
        self.places([submission], now).remove(&submission)
    }

    /// The places of many, in one pass.
    pub fn places(
        &self,
        submissions: impl IntoIterator<Item = Uuid>,
        now: DateTime<Utc>,
    ) -> HashMap<Uuid, QueuePlace> {
        self.lock().places(submissions, now)
    }

    /// How many wait, and since when the first of them does.
    pub fn depth(&self) -> (usize, Option<DateTime<Utc>>) {
        let waiting = self.lock();
        (waiting.received.len(), waiting.received.values().next().copied())
    }

    /// Telling somebody of a verdict, as a part of its trace.
    pub fn pushing(&self, submission: Uuid) -> Span {
        if !trace::is_on() {
            return Span::default();
        }
        let judgement = JudgementId::first(SubmissionId(submission));
        let waiting = self.lock();
        let found = waiting.traced.iter().rev().find(|(known, _)| *known == judgement);
        Span::consuming("query_api", found.map(|(_, traceparent)| traceparent.as_str()), "push verdict")
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The FACTS sequence up to which every submission has its verdict: judges acknowledge after the verdict is stored. Where
/// there is no such consumer, the beginning is right as well, only slower.
async fn judged_up_to(log: &EventLog) -> Result<u64, LogError> {
    let failed = |error: async_nats::Error| LogError::Request {
        operation: "reading how far judges are",
        source: error,
    };
    let stream =
        log.jetstream().get_stream_no_info(subject::FACTS).await.map_err(|error| failed(error.into()))?;
    match stream.consumer_info(subject::JUDGE_LIVE).await {
        Ok(info) => Ok(info.ack_floor.stream_sequence),
        Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => Ok(0),
        Err(error) => Err(failed(error.into())),
    }
}

/// What waits. Pure.
#[derive(Debug, Default)]
struct Waiting {
    /// When each was received, by its sequence.
    received: BTreeMap<u64, DateTime<Utc>>,
    /// Their sequences, by the judgements they wait for.
    sequences: HashMap<JudgementId, u64>,
    /// What one verdict takes while submissions wait, in seconds, smoothed: all judges together.
    pace: Option<f64>,
    /// The last verdict, or when the first submission came after a time without any; `None` while none waits.
    last: Option<DateTime<Utc>>,
    /// Whether everything that was there has been read.
    is_level: bool,
    /// The `traceparent` of the newest submissions and verdicts.
    traced: VecDeque<(JudgementId, String)>,
}

impl Waiting {
    /// Subject, id and time say enough; the bodies are not read.
    fn apply(&mut self, message: &Message) {
        let time = message.header("ce-time").and_then(|time| DateTime::parse_from_rfc3339(time).ok());
        let (Some(id), Some(time)) = (message.id(), time) else { return };
        let is_submission = message.subject.starts_with("facts.submission.");
        if let Some(traceparent) = message.header(TRACEPARENT).filter(|_| trace::is_on()) {
            let judgement =
                if is_submission { JudgementId::first(SubmissionId(id.0)) } else { JudgementId(id.0) };
            self.traced.push_back((judgement, traceparent.to_owned()));
            if self.traced.len() > TRACED_MAX {
                self.traced.pop_front();
            }
        }
        if is_submission {
            self.receive(SubmissionId(id.0), message.sequence, time.to_utc());
        } else {
            self.judge(JudgementId(id.0), time.to_utc());
        }
    }

    fn receive(&mut self, submission: SubmissionId, sequence: u64, at: DateTime<Utc>) {
        // A repeated one has its place already.
        if let std::collections::hash_map::Entry::Vacant(free) =
            self.sequences.entry(JudgementId::first(submission))
        {
            free.insert(sequence);
            self.received.insert(sequence, at);
            self.last.get_or_insert(at);
        }
    }

    /// A judgement that nothing waits for (a repeated or a later one) changes nothing.
    fn judge(&mut self, judgement: JudgementId, at: DateTime<Utc>) {
        let Some(sequence) = self.sequences.remove(&judgement) else { return };
        self.received.remove(&sequence);
        if let Some(last) = self.last {
            let took = (at - last).as_seconds_f64().max(0.0);
            self.pace = Some(self.pace.map_or(took, |pace| pace + (took - pace) * PACE_WEIGHT));
        }
        self.last = (!self.received.is_empty()).then_some(at);
    }

    fn places(
        &self,
        submissions: impl IntoIterator<Item = Uuid>,
        now: DateTime<Utc>,
    ) -> HashMap<Uuid, QueuePlace> {
        let mut wanted = HashMap::new();
        if self.is_level {
            let waiting = submissions
                .into_iter()
                .filter_map(|id| Some((*self.sequences.get(&JudgementId::first(SubmissionId(id)))?, id)));
            wanted.extend(waiting);
        }
        let mut places = HashMap::with_capacity(wanted.len());
        for (place, sequence) in (1..).zip(self.received.keys()) {
            if wanted.len() == places.len() {
                break;
            }
            if let Some(id) = wanted.get(sequence) {
                places.insert(*id, QueuePlace { place, wait_seconds: self.wait(place, now) });
            }
        }
        places
    }

    fn wait(&self, place: u64, now: DateTime<Utc>) -> Option<u64> {
        let (takes, quiet) = (self.pace?, now - self.last?);
        let (verdicts, least) = STALLED_AFTER;
        if quiet > least && quiet.as_seconds_f64() > takes * verdicts {
            return None;
        }
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // Never negative, and a place is far from where a double would not count any more.
        Some((takes * place as f64).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> Uuid {
        Uuid::from_u128(number.into())
    }

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + ms).expect("a time")
    }

    /// `count` submissions, all received at once, with the sequences 1, 2, …
    fn waiting(count: u64) -> Waiting {
        let mut waiting = Waiting { is_level: true, ..Waiting::default() };
        for number in 1..=count {
            waiting.receive(SubmissionId(id(number)), number, at(0));
        }
        waiting
    }

    fn judge(waiting: &mut Waiting, number: u64, ms: i64) {
        waiting.judge(JudgementId::first(SubmissionId(id(number))), at(ms));
    }

    #[test]
    fn a_place_counts_who_came_before_and_has_no_verdict() {
        let mut queue = waiting(5);
        let places = |queue: &Waiting| {
            let places = queue.places((1..=6).map(id), at(0));
            (1..=6).map(|number| places.get(&id(number)).map(|place| place.place)).collect::<Vec<_>>()
        };
        assert_eq!(places(&queue), [Some(1), Some(2), Some(3), Some(4), Some(5), None]);
        judge(&mut queue, 2, 100);
        judge(&mut queue, 2, 100);
        queue.receive(SubmissionId(id(3)), 9, at(100));
        assert_eq!(places(&queue), [Some(1), None, Some(2), Some(3), Some(4), None]);
    }

    #[test]
    fn the_wait_follows_the_pace_of_the_verdicts() {
        let mut queue = waiting(1_000);
        let wait = |queue: &Waiting, number, ms| {
            queue.places([id(number)], at(ms)).get(&id(number)).and_then(|place| place.wait_seconds)
        };
        assert_eq!(wait(&queue, 1_000, 0), None);
        for number in 1..=100 {
            judge(&mut queue, number, i64::try_from(number).expect("small") * 200);
        }
        assert_eq!(wait(&queue, 101, 20_000), Some(1));
        assert_eq!(wait(&queue, 1_000, 20_000), Some(180));
        assert_eq!(wait(&queue, 1_000, 29_000), Some(180));
        assert_eq!(wait(&queue, 1_000, 31_000), None, "no verdict for eleven seconds");
    }

    #[test]
    fn a_time_without_submissions_does_not_slow_the_pace() {
        let mut queue = waiting(1);
        judge(&mut queue, 1, 100);
        queue.receive(SubmissionId(id(2)), 2, at(1_000_000));
        judge(&mut queue, 2, 1_000_100);
        assert!(queue.pace.is_some_and(|pace| (pace - 0.1).abs() < 1e-6), "{queue:?}");
    }

    #[test]
    fn nothing_is_told_before_all_has_been_read() {
        let queue = Waiting { is_level: false, ..waiting(3) };
        assert!(queue.places([id(1)], at(0)).is_empty());
    }

    /// Ten thousand waiting and a thousand asked for at once: printed, so that a change for the worse is seen.
    #[test]
    fn many_places_cost_one_pass() {
        let queue = waiting(10_000);
        let started = std::time::Instant::now();
        assert_eq!(queue.places((0..1_000).map(|number| id(number * 10 + 1)), at(0)).len(), 1_000);
        println!("1,000 places among 10,000 took {:?}", started.elapsed());
    }
}
