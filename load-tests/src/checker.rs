//! The checker: given what a run under faults leaves behind, lists every promise that was broken. Pure, so that its own
//! tests can plant each kind of fault and see exactly that one found.

pub mod evidence;
mod standing;
#[cfg(test)]
mod tests;

use events::board::points_of;
use events::judgement::SUBMISSION_JUDGED;
use events::submission::SUBMISSION_RECEIVED;
use events::{Event, EventId, Family, JudgementId, LearnerId, Part, Position, Recorded, SubmissionId};
use evidence::{Acknowledged, Board, Evidence, Read, Seen, ShownVerdict};
use standing::{Judged, Received};
use std::collections::{BTreeMap, BTreeSet};

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    #[error("submission {0} was acknowledged and is not in FACTS")]
    SubmissionLost(EventId),
    #[error("learner {0} was acknowledged and has no fact in FACTS")]
    RegistrationLost(LearnerId),
    #[error("submission {event_id} was acknowledged at {acknowledged}, but stands at {sequence}")]
    Misplaced { event_id: EventId, acknowledged: Position, sequence: u64 },
    #[error("event {event_id} is in FACTS at {sequences:?}")]
    StoredTwice { event_id: EventId, sequences: Vec<u64> },
    #[error("learner {learner_id} is registered {times} times in FACTS")]
    RegisteredTwice { learner_id: LearnerId, times: usize },
    #[error("submission {0} has no verdict")]
    Unjudged(SubmissionId),
    #[error("submission {submission_id} has {} judgements with effect: {judgements:?}", judgements.len())]
    JudgedTwice { submission_id: SubmissionId, judgements: Vec<JudgementId> },
    #[error("submission {0} was judged and is not in FACTS")]
    JudgedFromNowhere(SubmissionId),
    #[error("table submissions: {0} is missing")]
    RowMissing(SubmissionId),
    #[error("table submissions: {0} stands for no event")]
    RowFromNowhere(SubmissionId),
    #[error("table submissions: {submission_id} shows {shown:?}, the events say {expected:?}")]
    WrongRow { submission_id: SubmissionId, shown: Option<ShownVerdict>, expected: Option<ShownVerdict> },
    /// `None`: the learner is not on the board.
    #[error("{store}, {board:?}: {learner_id} has {shown:?}, the events say {expected:?}")]
    WrongTotal {
        store: Store,
        board: Board,
        learner_id: LearnerId,
        shown: Option<i64>,
        expected: Option<i64>,
    },
    #[error("stale read: wanted {wanted}, answered at {answered}: {what}")]
    StaleRead { wanted: Position, answered: Position, what: String },
}

/// Where a board stands. In Postgres as points and instant, in Redis as the packed score; both compare as scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    Postgres,
    Redis,
}

impl std::fmt::Display for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Store::Postgres => "Postgres",
            Store::Redis => "Redis",
        })
    }
}

/// Lists what is wrong; empty when every promise was kept.
pub fn check(evidence: &Evidence) -> Vec<Violation> {
    let facts = Facts::of(&evidence.facts);
    let mut violations = Vec::new();
    violations.extend(stored_twice(&evidence.facts));
    violations.extend(evidence.acknowledged.iter().filter_map(|acknowledged| facts.kept(acknowledged)));
    violations.extend(facts.verdicts());
    violations.extend(facts.rows(evidence));
    violations.extend(facts.totals(evidence));
    violations.extend(evidence.reads.iter().filter_map(|read| facts.stale(read)));
    violations
}

/// A repeated command may not be stored twice within the duplicate window, and no client repeats one for longer. The
/// exception is a judgement: two judges may write the same one, and the first has the effect.
fn stored_twice(facts: &[Recorded]) -> Vec<Violation> {
    let mut sequences: BTreeMap<EventId, Vec<u64>> = BTreeMap::new();
    let mut registered: BTreeMap<LearnerId, BTreeSet<EventId>> = BTreeMap::new();
    for recorded in facts.iter().filter(|recorded| recorded.event.event_type() != SUBMISSION_JUDGED) {
        sequences.entry(recorded.id).or_default().push(recorded.sequence);
        if recorded.event.event_type().family == Family::Learner {
            registered.entry(LearnerId(recorded.event.key())).or_default().insert(recorded.id);
        }
    }
    let twice = sequences
        .into_iter()
        .filter(|(_, sequences)| sequences.len() > 1)
        .map(|(event_id, sequences)| Violation::StoredTwice { event_id, sequences });
    let again = registered
        .into_iter()
        .filter(|(_, ids)| ids.len() > 1)
        .map(|(learner_id, ids)| Violation::RegisteredTwice { learner_id, times: ids.len() });
    twice.chain(again).collect()
}

/// The facts, ordered for looking things up.
struct Facts<'a> {
    by_id: BTreeMap<EventId, &'a Recorded>,
    learners: BTreeSet<LearnerId>,
    received: BTreeMap<SubmissionId, Received<'a>>,
    judged: BTreeMap<JudgementId, Judged<'a>>,
    /// What has effect, of one learner.
    by_learner: BTreeMap<LearnerId, Vec<Judged<'a>>>,
}

impl<'a> Facts<'a> {
    fn of(facts: &'a [Recorded]) -> Self {
        let judged = standing::judged(facts);
        let mut by_learner: BTreeMap<LearnerId, Vec<Judged<'a>>> = BTreeMap::new();
        for effect in standing::effects(facts, &judged) {
            by_learner.entry(effect.fact.learner_id).or_default().push(effect);
        }
        let mut by_id = BTreeMap::new();
        for recorded in facts {
            by_id.entry(recorded.id).or_insert(recorded);
        }
        let learners = facts.iter().filter_map(|recorded| match &recorded.event {
            Event::Learner(_) => Some(LearnerId(recorded.event.key())),
            _ => None,
        });
        Self { by_id, learners: learners.collect(), received: standing::received(facts), judged, by_learner }
    }

    /// What is wrong with an acknowledgement.
    fn kept(&self, acknowledged: &Acknowledged) -> Option<Violation> {
        match acknowledged {
            Acknowledged::Registration { learner_id } => {
                (!self.learners.contains(learner_id)).then_some(Violation::RegistrationLost(*learner_id))
            }
            Acknowledged::Submission { event_id, learner_id, position } => {
                let stored = self.by_id.get(event_id).filter(|recorded| {
                    recorded.event.event_type() == SUBMISSION_RECEIVED && recorded.event.key() == learner_id.0
                });
                let Some(stored) = stored else { return Some(Violation::SubmissionLost(*event_id)) };
                (position.get(stored.part) != stored.sequence).then(|| Violation::Misplaced {
                    event_id: *event_id,
                    acknowledged: position.clone(),
                    sequence: stored.sequence,
                })
            }
        }
    }

    /// Exactly one effective verdict per submission, and no verdict on anything else.
    fn verdicts(&self) -> Vec<Violation> {
        let mut judgements: BTreeMap<SubmissionId, Vec<JudgementId>> = BTreeMap::new();
        // A result of a rejudge set is another judgement of the same submission, and none is like it.
        for judged in self.judged.values().filter(|judged| judged.fact.rejudge_set.is_none()) {
            judgements.entry(judged.fact.submission_id).or_default().push(judged.fact.judgement_id);
        }
        let unjudged = self.received.keys().filter(|id| !judgements.contains_key(id));
        let mut violations: Vec<Violation> = unjudged.map(|id| Violation::Unjudged(*id)).collect();
        for (submission_id, judgements) in judgements {
            if !self.received.contains_key(&submission_id) {
                violations.push(Violation::JudgedFromNowhere(submission_id));
            } else if judgements.len() > 1 {
                violations.push(Violation::JudgedTwice { submission_id, judgements });
            }
        }
        violations
    }

    /// What the table of first judgements must say of a submission.
    fn verdict_of(&self, submission_id: SubmissionId) -> Option<ShownVerdict> {
        let judged = self.judged.get(&JudgementId::first(submission_id))?;
        Some(ShownVerdict {
            judgement_id: judged.fact.judgement_id,
            verdict: judged.fact.verdict.name().to_owned(),
            points: judged.fact.points,
            judged_seq: judged.sequence,
        })
    }

    fn rows(&self, evidence: &Evidence) -> Vec<Violation> {
        let shown: BTreeSet<SubmissionId> = evidence.rows.iter().map(|row| row.submission_id).collect();
        let missing = self.received.keys().filter(|id| !shown.contains(id));
        let mut violations: Vec<Violation> = missing.map(|id| Violation::RowMissing(*id)).collect();
        for row in &evidence.rows {
            let expected = self.verdict_of(row.submission_id);
            match self.received.get(&row.submission_id) {
                Some(received) if received.sequence == row.received_seq => {
                    if row.verdict != expected {
                        violations.push(Violation::WrongRow {
                            submission_id: row.submission_id,
                            shown: row.verdict.clone(),
                            expected,
                        });
                    }
                }
                _ => violations.push(Violation::RowFromNowhere(row.submission_id)),
            }
        }
        violations
    }

    /// Both stores against a recomputation from the events.
    fn totals(&self, evidence: &Evidence) -> Vec<Violation> {
        let effects: Vec<Judged<'_>> = self.by_learner.values().flatten().copied().collect();
        let expected: Scores = standing::boards(&effects, u64::MAX);
        let postgres = evidence.totals.iter();
        let postgres = postgres.map(|total| ((total.board.clone(), total.learner_id), total.score));
        let redis =
            evidence.entries.iter().map(|entry| ((entry.board.clone(), entry.learner_id), entry.score));
        let mut violations = differences(Store::Postgres, &expected, &postgres.collect());
        violations.extend(differences(Store::Redis, &expected, &redis.collect()));
        violations
    }

    /// What makes a read older than the position it named, or older than the position it claims for itself.
    fn stale(&self, read: &Read) -> Option<Violation> {
        let stale = |what: String| {
            Some(Violation::StaleRead { wanted: read.wanted.clone(), answered: read.answered.clone(), what })
        };
        if !read.answered.covers(&read.wanted) {
            return stale("the answer's own position does not cover the wanted one".to_owned());
        }
        let mut floor = read.wanted.clone();
        floor.merge(&read.answered);
        match &read.seen {
            Seen::Submission { submission_id, found, verdict } => {
                let received = self.received.get(submission_id)?;
                let reached = floor.get(part_of(received.fact.learner_id));
                if received.sequence <= reached && !found {
                    return stale(format!("submission {submission_id} is missing"));
                }
                let effects = self.by_learner.get(&received.fact.learner_id).map_or(&[][..], Vec::as_slice);
                let of_it = effects.iter().filter(|effect| effect.fact.submission_id == *submission_id);
                let (passed, later): (Vec<_>, Vec<_>) =
                    of_it.copied().partition(|effect| effect.sequence <= reached);
                let due = standing::counting(passed)?.fact.verdict.name();
                // A read may be newer than it has to be, and a rejudge set have changed the verdict meanwhile.
                let is_shown = |name: &str| verdict.as_deref() == Some(name);
                if is_shown(due) || later.iter().any(|effect| is_shown(effect.fact.verdict.name())) {
                    return None;
                }
                stale(format!("submission {submission_id} shows {verdict:?} instead of {due}"))
            }
            Seen::OwnPoints { learner_id, points } => {
                let due = self.global_points(*learner_id, floor.get(part_of(*learner_id)));
                if *points >= due {
                    return None;
                }
                stale(format!("learner {learner_id} has {points} points instead of at least {due}"))
            }
        }
    }

    fn global_points(&self, learner_id: LearnerId, sequence: u64) -> i64 {
        let judged = self.by_learner.get(&learner_id).map(Vec::as_slice).unwrap_or_default();
        let global = Board { scope: "global".to_owned(), window_at: "all".to_owned() };
        standing::boards(judged, sequence).get(&(global, learner_id)).map_or(0, |score| points_of(*score))
    }
}

type Scores = BTreeMap<(Board, LearnerId), i64>;

fn differences(store: Store, expected: &Scores, shown: &Scores) -> Vec<Violation> {
    let places: BTreeSet<_> = expected.keys().chain(shown.keys()).collect();
    let differing = places.into_iter().filter(|place| expected.get(place) != shown.get(place));
    differing
        .map(|place| Violation::WrongTotal {
            store,
            board: place.0.clone(),
            learner_id: place.1,
            shown: shown.get(place).copied(),
            expected: expected.get(place).copied(),
        })
        .collect()
}

fn part_of(learner_id: LearnerId) -> Part {
    Part::Facts(events::Partition::of(learner_id.0))
}
