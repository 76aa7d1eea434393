//! What the events say should stand in the tables and on the boards: simple and slow on purpose, and without a line of
//! the projectors' code, so that a mistake there is not repeated here.

use super::evidence::Board;
use chrono::{DateTime, Utc};
use events::board::{Scope, Window, score, score_by_cpu};
use events::judgement::{JudgementEvent, SubmissionJudged};
use events::rejudge::RejudgeEvent;
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{Event, ExerciseId, JudgementId, LearnerId, Recorded, SubmissionId};
use std::cmp::Reverse;
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

/// Scores per board and learner, from the judgements up to and including `sequence`. Learners without points are left out.
/// Of a sum of points the tie is when the last submission was accepted that it is of, of an exercise's board the CPU time of the
/// best submission.
pub fn boards(judgements: &[Judged<'_>], sequence: u64) -> BTreeMap<(Board, LearnerId), i64> {
    let mut pairs: BTreeMap<(LearnerId, ExerciseId), Vec<Judged<'_>>> = BTreeMap::new();
    for judged in judgements.iter().filter(|judged| judged.sequence <= sequence) {
        pairs.entry((judged.fact.learner_id, judged.fact.exercise_id)).or_default().push(*judged);
    }
    let mut sums: BTreeMap<(Board, LearnerId), (i64, DateTime<Utc>)> = BTreeMap::new();
    let mut scores = BTreeMap::new();
    for ((learner_id, exercise_id), judged) in pairs {
        let in_order = in_order(&judged);
        for (points, fact) in staircase(&in_order) {
            for board in boards_of(fact) {
                let sum = sums.entry((board, learner_id)).or_insert((0, fact.accepted_at));
                sum.0 += points;
                sum.1 = sum.1.max(fact.accepted_at);
            }
        }
        let earned = in_order.iter().filter(|fact| fact.points > 0);
        if let Some(best) = earned.min_by_key(|fact| (Reverse(fact.points), fact.cpu_ms)) {
            let scope = Scope::Exercise(exercise_id).to_string();
            let board = Board { scope, window_at: Window::All.name().to_owned() };
            let score = score_by_cpu(i64::from(best.points), i64::from(best.cpu_ms));
            scores.insert((board, learner_id), score.unwrap_or(i64::MIN));
        }
    }
    let packed = |(place, (points, at))| (place, score(points, at).unwrap_or(i64::MIN));
    scores.extend(sums.into_iter().map(packed));
    scores
}

/// The submissions with the judgement that counts of each, in the order of acceptance.
fn in_order<'a>(judged: &[Judged<'a>]) -> Vec<&'a SubmissionJudged> {
    let mut of_submission: BTreeMap<SubmissionId, Vec<Judged<'a>>> = BTreeMap::new();
    for judged in judged {
        of_submission.entry(judged.fact.submission_id).or_default().push(*judged);
    }
    let counts = of_submission.into_values().filter_map(counting);
    let mut in_order: Vec<&SubmissionJudged> = counts.map(|judged| judged.fact).collect();
    in_order.sort_by_key(|fact| fact.accepted_seq);
    in_order
}

/// Each submission above all earlier ones is worth the difference.
fn staircase<'a>(in_order: &[&'a SubmissionJudged]) -> Vec<(i64, &'a SubmissionJudged)> {
    let mut best = 0;
    let mut steps = Vec::new();
    for fact in in_order {
        let points = i64::from(fact.points);
        if points > best {
            steps.push((points - best, *fact));
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
    let mut boards = Vec::new();
    for scope in &scopes {
        boards.extend(Window::ALL.map(|window| name(scope, window)));
    }
    boards
}
