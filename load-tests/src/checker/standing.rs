//! What the events say should stand in the tables and on the boards: simple and slow on purpose, and without a line of
//! the projectors' code, so that a mistake there is not repeated here.

use super::evidence::Board;
use chrono::{DateTime, Utc};
use events::board::{Scope, Window};
use events::judgement::{JudgementEvent, SubmissionJudged};
use events::rejudge::RejudgeEvent;
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{Event, ExerciseId, JudgementId, LearnerId, Recorded, SubmissionId};
use std::collections::BTreeMap;

/// A submission and where it stands in FACTS.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    pub sequence: u64,
    pub fact: &'a SubmissionReceived,
}

/// A judgement and where it stands in FACTS: where its effect does, for a result of a rejudge set.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    pub sequence: u64,
    pub fact: &'a SubmissionJudged,
    /// Where the order to apply its set stands; 0 for the first judgement. Of two with effect on one submission the later
    /// ordered counts.
    pub ordered: u64,
}

/// Every submission, the first of each id.
pub fn received(facts: &[Recorded]) -> BTreeMap<SubmissionId, Received<'_>> {
    let mut all = BTreeMap::new();
    for recorded in facts {
        if let Event::Submission(SubmissionEvent::Received(fact)) = &recorded.event {
            all.entry(fact.submission_id).or_insert(Received { sequence: recorded.sequence, fact });
        }
    }
    all
}

/// Every judgement: the first fact per judgement id.
pub fn judged(facts: &[Recorded]) -> BTreeMap<JudgementId, Judged<'_>> {
    let mut all = BTreeMap::new();
    for recorded in facts {
        if let Event::Judgement(JudgementEvent::SubmissionJudged(fact)) = &recorded.event {
            all.entry(fact.judgement_id).or_insert(Judged { sequence: recorded.sequence, fact, ordered: 0 });
        }
    }
    all
}

/// Every effect on points: first judgements, and results of rejudge sets from where they were applied.
pub fn effects<'a>(facts: &'a [Recorded], judged: &BTreeMap<JudgementId, Judged<'a>>) -> Vec<Judged<'a>> {
    let is_first =
        |judged: &&Judged<'_>| judged.fact.judgement_id == JudgementId::first(judged.fact.submission_id);
    let mut effects: Vec<Judged<'a>> = judged.values().filter(is_first).copied().collect();
    for recorded in facts {
        if let Event::Rejudge(RejudgeEvent::Applied(applied)) = &recorded.event {
            let results = applied.results.iter().filter_map(|result| judged.get(&result.judgement_id));
            let ordered = applied.ordered_seq;
            effects.extend(results.map(|judged| Judged { sequence: recorded.sequence, ordered, ..*judged }));
        }
    }
    effects
}

/// The one that counts of those with effect on one submission.
pub fn counting<'a>(effects: impl IntoIterator<Item = Judged<'a>>) -> Option<Judged<'a>> {
    effects.into_iter().reduce(|known, next| if next.ordered > known.ordered { next } else { known })
}

/// A row a judgement adds to the ledger: points more or fewer for a submission, at the time it was accepted.
struct Row<'a> {
    points: i64,
    judged: &'a SubmissionJudged,
}

/// Points and when they were reached (the latest acceptance among the ledger's rows), per board and learner, from the
/// judgements up to and including `sequence`. Learners without points are left out.
pub fn boards(
    judgements: &[Judged<'_>],
    sequence: u64,
) -> BTreeMap<(Board, LearnerId), (i64, DateTime<Utc>)> {
    let mut pairs: BTreeMap<(LearnerId, ExerciseId), Vec<Judged<'_>>> = BTreeMap::new();
    for judged in judgements.iter().filter(|judged| judged.sequence <= sequence) {
        pairs.entry((judged.fact.learner_id, judged.fact.exercise_id)).or_default().push(*judged);
    }
    let mut sums: BTreeMap<(Board, LearnerId), (i64, DateTime<Utc>)> = BTreeMap::new();
    for row in pairs.into_values().flat_map(ledger) {
        let at = row.judged.accepted_at;
        for board in boards_of(row.judged) {
            let sum = sums.entry((board, row.judged.learner_id)).or_insert((0, at));
            sum.0 += row.points;
            sum.1 = sum.1.max(at);
        }
    }
    sums.retain(|_, (points, _)| *points != 0);
    sums
}

/// The ledger rows of one learner and exercise: after each judgement, in the order they were recorded, the staircase is
/// built anew from all judgements so far, and what differs from the one before becomes rows.
fn ledger(mut judged: Vec<Judged<'_>>) -> Vec<Row<'_>> {
    judged.sort_by_key(|judged| judged.sequence);
    let mut rows = Vec::new();
    for count in 1..=judged.len() {
        let before = staircase(&judged[..count - 1]);
        let after = staircase(&judged[..count]);
        let of_submission: BTreeMap<SubmissionId, &SubmissionJudged> =
            judged[..count].iter().map(|judged| (judged.fact.submission_id, judged.fact)).collect();
        for (id, fact) in of_submission {
            let step = |steps: &BTreeMap<SubmissionId, i64>| steps.get(&id).copied().unwrap_or_default();
            let points = step(&after) - step(&before);
            if points != 0 {
                rows.push(Row { points, judged: fact });
            }
        }
    }
    rows
}

/// In the order of acceptance, each submission above all earlier ones is worth the difference.
fn staircase(judged: &[Judged<'_>]) -> BTreeMap<SubmissionId, i64> {
    let mut of_submission: BTreeMap<SubmissionId, Vec<Judged<'_>>> = BTreeMap::new();
    for judged in judged {
        of_submission.entry(judged.fact.submission_id).or_default().push(*judged);
    }
    let counts = of_submission.into_values().filter_map(counting);
    let mut in_order: Vec<&SubmissionJudged> = counts.map(|judged| judged.fact).collect();
    in_order.sort_by_key(|fact| fact.accepted_seq);
    let mut best = 0;
    let mut steps = BTreeMap::new();
    for fact in in_order {
        let points = i64::from(fact.points);
        if points > best {
            steps.insert(fact.submission_id, points - best);
            best = points;
        }
    }
    steps
}

fn boards_of(judged: &SubmissionJudged) -> Vec<Board> {
    let scopes =
        [Scope::Global, Scope::Category(judged.category.clone()), Scope::Language(judged.language.clone())];
    let name = |scope: &Scope, window: Window| Board {
        scope: scope.to_string(),
        window_at: window.at(judged.accepted_at),
    };
    let mut boards = vec![name(&Scope::Exercise(judged.exercise_id), Window::All)];
    for scope in &scopes {
        boards.extend(Window::ALL.map(|window| name(scope, window)));
    }
    boards
}
