//! Group commit: while a commit is under way, what arrives is gathered and then committed together.

use super::super::error::AppendError;
use super::super::metrics::InFlight;
use super::Appended;
use super::conditional::compare;
use super::door::{Attempts, Door, PATIENCE};
use super::event::Outgoing;
use super::gather::{Shape, fits, halves, shape, split_repeats};
use super::outcome::{Step, after_plain, after_shared};
use futures_util::future::join_all;
use std::ops::Range;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How many appends may queue for a commit before callers wait for a place.
const QUEUE_EVENTS_MAX: usize = 16_384;
/// How many must have gathered for a second commit to set out while one is under way.
const SECOND_EVENTS_MIN: usize = 64;

pub(super) type Outcome = Result<Appended, AppendError>;

/// An append and who waits for it.
pub(super) struct Waiting {
    pub event: Outgoing,
    pub answer: oneshot::Sender<Outcome>,
    pub in_flight: InFlight,
}

impl Waiting {
    fn answer(self, outcome: Outcome) {
        drop(self.in_flight);
        // A caller that went away does not undo the append.
        let _gone = self.answer.send(outcome);
    }
}

/// Starts the one committer of a stream in this process. It ends when the sender is dropped.
pub(super) fn start(door: Door) -> mpsc::Sender<Waiting> {
    let (queue, arrivals) = mpsc::channel(QUEUE_EVENTS_MAX);
    let committer =
        Committer { door, arrivals, gathered: Vec::new(), bytes: 0, held: None, is_closed: false };
    tokio::spawn(committer.run());
    queue
}

struct Committer {
    door: Door,
    arrivals: mpsc::Receiver<Waiting>,
    /// The next commit.
    gathered: Vec<Waiting>,
    bytes: usize,
    /// What did not fit into it.
    held: Option<Waiting>,
    is_closed: bool,
}

impl Committer {
    async fn run(mut self) {
        let mut commits = JoinSet::new();
        loop {
            self.gather();
            if !commits.is_empty() && !self.door.is_open() {
                self.turn_away();
            }
            if self.may_commit(commits.len()) {
                self.bytes = 0;
                commits.spawn(commit(self.door.clone(), std::mem::take(&mut self.gathered)));
                continue;
            }
            if commits.is_empty() && self.is_closed {
                return;
            }
            tokio::select! {
                biased;
                Some(ended) = commits.join_next(), if !commits.is_empty() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a commit ended early; nobody knows what it stored");
                    }
                }
                arrival = self.arrivals.recv(), if self.held.is_none() && !self.is_closed => match arrival {
                    Some(arrival) => self.held = Some(arrival),
                    None => self.is_closed = true,
                },
                () = self.door.link.changed() => {}
            }
        }
    }

    /// Takes what is there, as much as fits.
    fn gather(&mut self) {
        while let Some(next) = self.held.take().or_else(|| self.arrivals.try_recv().ok()) {
            if !fits(self.gathered.len(), self.bytes, next.event.bytes) {
                self.held = Some(next);
                return;
            }
            self.bytes += next.event.bytes;
            self.gathered.push(next);
        }
    }

    /// Nobody should wait behind a commit that waits for the broker itself.
    fn turn_away(&mut self) {
        self.bytes = 0;
        for waiting in self.gathered.drain(..).chain(self.held.take()) {
            waiting.answer(Err(AppendError::Unavailable));
        }
    }

    /// One commit at a time, so that what comes meanwhile is gathered. But a large one may set out while another waits for
    /// its fsync: otherwise everybody waits with it, and there is nothing to commit when it is done.
    fn may_commit(&self, under_way: usize) -> bool {
        match under_way {
            0 => !self.gathered.is_empty(),
            1 => self.gathered.len() >= SECOND_EVENTS_MIN,
            _ => false,
        }
    }
}

/// Commits what was gathered and answers everybody.
async fn commit(door: Door, gathered: Vec<Waiting>) {
    let door = &door;
    let started = Instant::now();
    let (firsts, repeats) = split_repeats(gathered.iter().map(|waiting| waiting.event.id));
    let events: Vec<&Outgoing> = firsts.iter().map(|index| &gathered[*index].event).collect();
    let outcomes = commit_events(door, &events).await;
    door.metrics.committed(door.stream, events.len(), started.elapsed());

    let mut all: Vec<Option<Outcome>> = gathered.iter().map(|_| None).collect();
    for (repeat, first) in repeats {
        let event = &gathered[repeat].event;
        all[repeat] = Some(match &outcomes[first] {
            outcome if event.repeats(events[first]) => outcome.clone().map(as_duplicate),
            Ok(_) => Err(AppendError::KeyReused),
            // What kept the first out may not concern this one: the id's true owner may be either, or an earlier one.
            Err(_) => append_plain(door, event, false).await,
        });
    }
    for (index, outcome) in firsts.into_iter().zip(outcomes) {
        all[index] = Some(outcome);
    }
    for (waiting, outcome) in gathered.into_iter().zip(all) {
        waiting.answer(outcome.expect("every index is a first or a repeat"));
    }
}

fn as_duplicate(appended: Appended) -> Appended {
    Appended { duplicate: true, ..appended }
}

/// Commits events of different ids, together where that is quicker. One outcome for each, in order.
async fn commit_events(door: &Door, events: &[&Outgoing]) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(events.len());
    let mut parts: Vec<(Range<usize>, bool)> = vec![(0..events.len(), false)];
    while let Some((part, lost)) = parts.pop() {
        // What was not sent, or not sent again, has no sense in waiting once a part before it waited in vain.
        if !outcomes.is_empty() && !door.is_open() {
            let outcome = if lost { Err(unacknowledged()) } else { Err(AppendError::Unavailable) };
            outcomes.extend(part.map(|_| outcome.clone()));
            continue;
        }
        match shape(part) {
            Shape::Plain(part) => {
                let appends = events[part].iter().map(|event| append_plain(door, event, lost));
                outcomes.extend(join_all(appends).await);
            }
            Shape::Batch(part) => match append_shared(door, &events[part.clone()], lost).await {
                Shared::Settled(settled) => outcomes.extend(settled),
                Shared::Halve { lost } => {
                    let [first, second] = halves(part);
                    parts.extend([(second, lost), (first, lost)]);
                }
            },
        }
    }
    outcomes
}

/// For what an attempt that waited as long as it takes left open.
fn unacknowledged() -> AppendError {
    AppendError::Unacknowledged { waited: PATIENCE }
}

/// Appends one event by itself. `lost`: an attempt before went unanswered.
async fn append_plain(door: &Door, event: &Outgoing, lost: bool) -> Outcome {
    let mut attempts = Attempts::new(lost);
    loop {
        let answer = attempts.noting(door.send(event).await);
        match after_plain(answer, attempts.lost) {
            Step::Stored(sequence) => return Ok(Appended { sequence, duplicate: false }),
            Step::Compare(sequence) => return compare(door, event, sequence, &mut attempts).await,
            Step::Again | Step::Halve | Step::ReadBack(_) => attempts.again(door).await?,
            Step::Fail(error) => return Err(error),
        }
    }
}

enum Shared {
    Settled(Vec<Outcome>),
    Halve { lost: bool },
}

/// Appends events as one atomic batch.
async fn append_shared(door: &Door, batch: &[&Outgoing], lost: bool) -> Shared {
    let count = batch.len() as u64;
    let mut attempts = Attempts::new(lost);
    let all = |outcome: Outcome| Shared::Settled(vec![outcome; batch.len()]);
    loop {
        let answer = attempts.noting(door.send_batch(batch).await);
        match after_shared(answer, count, attempts.lost) {
            Step::Stored(end) => return Shared::Settled(in_a_row(end, count)),
            // After a lost acknowledgement the known ids are most likely all of them.
            Step::Halve if attempts.lost => match stored_whole(door, batch).await {
                Some(end) => return Shared::Settled(in_a_row(end, count)),
                None => return Shared::Halve { lost: true },
            },
            Step::Halve => return Shared::Halve { lost: false },
            Step::Again | Step::Compare(_) | Step::ReadBack(_) => {
                if let Err(error) = attempts.again(door).await {
                    return all(Err(error));
                }
            }
            Step::Fail(error) => return all(Err(error)),
        }
    }
}

/// The outcomes of `count` events of one batch whose last one stands at `end`.
fn in_a_row(end: u64, count: u64) -> Vec<Outcome> {
    (end + 1 - count..=end).map(|sequence| Ok(Appended { sequence, duplicate: false })).collect()
}

/// Whether an earlier attempt stored the batch: its first and last event stand as far apart as in the batch, which
/// nothing but the batch itself can bring about. Answers the last one's sequence.
async fn stored_whole(door: &Door, batch: &[&Outgoing]) -> Option<u64> {
    let (first, last) = (batch.first()?, batch.last()?);
    let stored = door.last_on(&first.subject).await.ok()??;
    let last_sequence = stored.sequence + batch.len() as u64 - 1;
    let stored_last = door.at(last_sequence).await.ok()??;
    let ours = |event: &Outgoing, stored| event.has_id_of(stored) && event.is_same_request(stored);
    (ours(first, &stored) && ours(last, &stored_last)).then_some(last_sequence)
}

#[cfg(test)]
mod tests {
    use super::super::answered;
    use super::*;
    use events::{EventId, Wire};
    use prometheus_client::metrics::gauge::Gauge;
    use uuid::Uuid;

    fn waiting(answer: oneshot::Sender<Outcome>) -> Waiting {
        let wire = Wire {
            id: EventId(Uuid::from_u128(1)),
            subject: "facts.learner.00.x".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let event = Outgoing::new(wire, None, 1_024).expect("it is small");
        Waiting { event, answer, in_flight: InFlight::among(&Gauge::default()) }
    }

    /// It may have sent the event before, so "nothing was written" would be a guess.
    #[tokio::test]
    async fn who_waits_for_a_commit_that_panics_hears_that_nobody_knows() {
        let (answer, outcome) = oneshot::channel();
        let gathered = [waiting(answer)];
        let commit = tokio::spawn(async move {
            assert!(gathered.is_empty(), "a commit that panics");
        });
        assert!(commit.await.is_err());
        let outcome = answered(outcome).await;
        assert!(matches!(outcome, Err(AppendError::Unacknowledged { .. })), "{outcome:?}");
    }
}
