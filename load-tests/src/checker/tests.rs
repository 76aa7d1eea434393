//! Each test plants one fault into the evidence of a healthy run and expects exactly that fault to be found.

use super::evidence::{Entry, Read, SubmissionRow, Total};
use super::*;
use chrono::{DateTime, Utc};
use events::ExerciseId;
use events::board::{score, score_by_cpu};
use events::judgement::{JudgementEvent, SubmissionJudged, Verdict};
use events::learner::{LearnerEvent, LearnerRegistered};
use events::rejudge::{AppliedResult, RejudgeApplied, RejudgeEvent};
use events::submission::{SubmissionEvent, SubmissionReceived};
use uuid::Uuid;

const ANN: LearnerId = LearnerId(Uuid::from_u128(1));
const BOB: LearnerId = LearnerId(Uuid::from_u128(2));
const SUM: ExerciseId = ExerciseId(Uuid::from_u128(100));
const SORT: ExerciseId = ExerciseId(Uuid::from_u128(101));

fn at(minute: u64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().expect("a time");
    start + chrono::TimeDelta::minutes(i64::try_from(minute).expect("small"))
}

/// A run as it is written: events get the next sequence, and every acknowledgement is noted.
#[derive(Default)]
struct Run {
    evidence: Evidence,
}

impl Run {
    fn record(&mut self, id: u128, learner: LearnerId, event: Event) -> u64 {
        let sequence = self.evidence.facts.len() as u64 + 1;
        self.evidence.facts.push(Recorded {
            part: part_of(learner),
            sequence,
            id: EventId(Uuid::from_u128(id)),
            time: at(sequence),
            request_digest: None,
            traceparent: None,
            event,
        });
        sequence
    }

    fn register(&mut self, learner_id: LearnerId) {
        let registered = LearnerEvent::Registered(LearnerRegistered { learner_id });
        self.record(learner_id.0.as_u128() + 1_000, learner_id, Event::Learner(registered));
        self.evidence.acknowledged.push(Acknowledged::Registration { learner_id });
    }

    fn submit(&mut self, number: u128, learner_id: LearnerId, exercise_id: ExerciseId) -> SubmissionReceived {
        let received = SubmissionReceived {
            submission_id: SubmissionId(Uuid::from_u128(number)),
            learner_id,
            exercise_id,
            revision: 2,
            category: if exercise_id == SUM { "numbers" } else { "lists" }.to_owned(),
            language: "python".to_owned(),
            points_max: 20,
            package_digest: String::new(),
            size_bytes: 8,
            source_digest: String::new(),
            source: events::Sealed(String::new()),
        };
        let event = Event::Submission(SubmissionEvent::Received(received.clone()));
        let sequence = self.record(number, learner_id, event);
        self.evidence.acknowledged.push(Acknowledged::Submission {
            event_id: EventId(received.submission_id.0),
            learner_id,
            position: Position::of(part_of(learner_id), sequence),
        });
        received
    }

    fn judge(&mut self, of: &SubmissionReceived, accepted_seq: u64, points: u32) -> SubmissionJudged {
        let judged = SubmissionJudged {
            judgement_id: JudgementId::first(of.submission_id),
            submission_id: of.submission_id,
            learner_id: of.learner_id,
            exercise_id: of.exercise_id,
            revision: of.revision,
            category: of.category.clone(),
            language: of.language.clone(),
            accepted_seq,
            accepted_at: at(accepted_seq),
            verdict: if points == of.points_max { Verdict::Accepted } else { Verdict::WrongAnswer },
            points,
            points_max: of.points_max,
            cpu_ms: 1,
            memory_kib: 1,
            tests: Vec::new(),
            compile_output: None,
            reason: None,
            delivery: 1,
            rejudge_set: None,
        };
        self.append(&judged);
        judged
    }

    fn append(&mut self, judged: &SubmissionJudged) -> u64 {
        let id = 10_000 + self.evidence.facts.len() as u128;
        let event = Event::Judgement(JudgementEvent::SubmissionJudged(judged.clone()));
        self.record(id, judged.learner_id, event)
    }

    fn row(&mut self, of: &SubmissionReceived, received_seq: u64, judged: (u64, &str, u32)) {
        self.evidence.rows.push(SubmissionRow {
            submission_id: of.submission_id,
            learner_id: of.learner_id,
            received_seq,
            verdict: Some(ShownVerdict {
                judgement_id: JudgementId::first(of.submission_id),
                verdict: judged.1.to_owned(),
                points: judged.2,
                judged_seq: judged.0,
            }),
        });
    }

    /// Puts a learner on a board in both stores.
    fn place(&mut self, learner_id: LearnerId, scope: &str, points: i64, reached: u64) {
        let windows = ["all", "day-2026-11-21", "week-2026-47", "month-2026-11"];
        let windows = if scope.starts_with("exercise:") { &windows[..1] } else { &windows[..] };
        for window_at in windows {
            let board = Board { scope: scope.to_owned(), window_at: (*window_at).to_owned() };
            let by_time = || score(points, at(reached)).expect("fits");
            // Every judgement took one millisecond.
            let by_cpu = score_by_cpu(points, 1);
            let score = by_cpu.filter(|_| scope.starts_with("exercise:")).unwrap_or_else(by_time);
            self.evidence.entries.push(Entry { board: board.clone(), learner_id, score });
            self.evidence.totals.push(Total { board, learner_id, score });
        }
    }

    fn read(&mut self, wanted: &str, answered: &str, seen: Seen) {
        let position = |text: &str| text.parse().expect("a position");
        self.evidence.reads.push(Read { wanted: position(wanted), answered: position(answered), seen });
    }
}

/// Ann (partition 11): half of SUM, then all of it, judged in the other order, one judgement written twice. Bob
/// (partition 06): a failure, then SORT. Written out by hand, not computed.
fn healthy() -> Run {
    let mut run = Run::default();
    run.register(ANN); // 1
    run.register(BOB); // 2
    let half = run.submit(11, ANN, SUM); // 3
    let full = run.submit(12, ANN, SUM); // 4
    run.judge(&full, 4, 20); // 5
    run.judge(&half, 3, 10); // 6
    let failed = run.submit(13, BOB, SORT); // 7
    let sorted = run.submit(14, BOB, SORT); // 8
    let judged = run.judge(&failed, 7, 0); // 9
    run.append(&SubmissionJudged { delivery: 2, ..judged }); // 10: the same judgement again
    run.judge(&sorted, 8, 20); // 11

    run.row(&half, 3, (6, "wrong_answer", 10));
    run.row(&full, 4, (5, "accepted", 20));
    run.row(&failed, 7, (9, "wrong_answer", 0));
    run.row(&sorted, 8, (11, "accepted", 20));
    for scope in ["global", "category:numbers", "language:python", &format!("exercise:{SUM}")] {
        run.place(ANN, scope, 20, 4);
    }
    for scope in ["global", "category:lists", "language:python", &format!("exercise:{SORT}")] {
        run.place(BOB, scope, 20, 8);
    }
    run.read("11.3", "11.3", submission(11, true, None));
    run.read("11.3", "11.6", submission(11, true, Some("wrong_answer")));
    run.read("11.5", "11.5", Seen::OwnPoints { learner_id: ANN, points: 20 });
    run.read("06.9", "06.10", Seen::OwnPoints { learner_id: BOB, points: 0 });
    run
}

fn submission(number: u128, found: bool, verdict: Option<&str>) -> Seen {
    let submission_id = SubmissionId(Uuid::from_u128(number));
    Seen::Submission { submission_id, found, verdict: verdict.map(str::to_owned) }
}

/// What the checker says after `plant` has done its damage.
fn found(plant: impl FnOnce(&mut Run)) -> Vec<Violation> {
    let mut run = healthy();
    plant(&mut run);
    check(&run.evidence)
}

fn forget_event(run: &mut Run, sequence: u64) {
    run.evidence.facts.retain(|recorded| recorded.sequence != sequence);
}

#[test]
fn a_healthy_run_has_no_violation() {
    assert_eq!(found(|_| {}), []);
}

#[test]
fn a_lost_submission() {
    let violations = found(|run| {
        let event_id = EventId(Uuid::from_u128(15));
        let position = "11.12".parse().expect("a position");
        run.evidence.acknowledged.push(Acknowledged::Submission { event_id, learner_id: ANN, position });
    });
    assert_eq!(violations, [Violation::SubmissionLost(EventId(Uuid::from_u128(15)))]);
}

#[test]
fn a_lost_registration() {
    let violations = found(|run| forget_event(run, 2));
    assert_eq!(violations, [Violation::RegistrationLost(BOB)]);
}

#[test]
fn an_event_that_is_not_where_it_was_acknowledged() {
    let violations = found(|run| {
        let Acknowledged::Submission { position, .. } = &mut run.evidence.acknowledged[2] else {
            panic!("the third acknowledgement is a submission")
        };
        *position = "11.2".parse().expect("a position");
    });
    assert!(matches!(violations[..], [Violation::Misplaced { sequence: 3, .. }]), "{violations:?}");
}

#[test]
fn a_submission_stored_twice() {
    let violations = found(|run| {
        let copy = Recorded { sequence: 12, ..run.evidence.facts[2].clone() };
        run.evidence.facts.push(copy);
    });
    let event_id = EventId(Uuid::from_u128(11));
    assert_eq!(violations, [Violation::StoredTwice { event_id, sequences: vec![3, 12] }]);
}

#[test]
fn a_learner_registered_under_two_event_ids() {
    let violations = found(|run| {
        let registered = run.evidence.facts[0].event.clone();
        run.record(77, ANN, registered);
    });
    assert_eq!(violations, [Violation::RegisteredTwice { learner_id: ANN, times: 2 }]);
}

#[test]
fn a_submission_without_a_verdict() {
    let violations = found(|run| {
        forget_event(run, 9);
        forget_event(run, 10);
        run.evidence.rows[2].verdict = None;
    });
    assert_eq!(violations, [Violation::Unjudged(SubmissionId(Uuid::from_u128(13)))]);
}

#[test]
fn a_second_judgement_with_effect() {
    let violations = found(|run| {
        let Event::Judgement(JudgementEvent::SubmissionJudged(judged)) = run.evidence.facts[4].event.clone()
        else {
            panic!("the fifth event is a judgement")
        };
        run.append(&SubmissionJudged { judgement_id: JudgementId(Uuid::from_u128(99)), ..judged });
    });
    assert!(
        matches!(&violations[..], [Violation::JudgedTwice { submission_id, judgements }]
            if submission_id.0.as_u128() == 12 && judgements.len() == 2),
        "{violations:?}"
    );
}

#[test]
fn a_judgement_of_nothing() {
    let violations = found(|run| {
        let Event::Judgement(JudgementEvent::SubmissionJudged(judged)) = run.evidence.facts[8].event.clone()
        else {
            panic!("the ninth event is a judgement")
        };
        let submission_id = SubmissionId(Uuid::from_u128(16));
        let judgement_id = JudgementId::first(submission_id);
        run.append(&SubmissionJudged { judgement_id, submission_id, ..judged });
    });
    assert_eq!(violations, [Violation::JudgedFromNowhere(SubmissionId(Uuid::from_u128(16)))]);
}

#[test]
fn a_table_that_shows_the_later_of_two_verdicts() {
    let violations = found(|run| {
        let Some(verdict) = &mut run.evidence.rows[2].verdict else { panic!("it is judged") };
        verdict.judged_seq = 10;
    });
    assert!(
        matches!(&violations[..], [Violation::WrongRow { submission_id, .. }] if submission_id.0.as_u128() == 13),
        "{violations:?}"
    );
}

#[test]
fn a_row_that_is_missing_and_a_row_of_nothing() {
    let missing = found(|run| {
        run.evidence.rows.remove(0);
    });
    assert_eq!(missing, [Violation::RowMissing(SubmissionId(Uuid::from_u128(11)))]);
    let extra = found(|run| {
        let submission_id = SubmissionId(Uuid::from_u128(17));
        let row = SubmissionRow { submission_id, ..run.evidence.rows[0].clone() };
        run.evidence.rows.push(row);
    });
    assert_eq!(extra, [Violation::RowFromNowhere(SubmissionId(Uuid::from_u128(17)))]);
}

#[test]
fn a_wrong_total_in_postgres() {
    let violations = found(|run| run.evidence.totals[0].score = score(30, at(4)).expect("fits"));
    assert!(
        matches!(&violations[..], [Violation::WrongTotal { store: Store::Postgres, learner_id: ANN, board, .. }]
            if board.scope == "global" && board.window_at == "all"),
        "{violations:?}"
    );
}

#[test]
fn a_total_reached_at_another_time() {
    let violations = found(|run| run.evidence.totals[1].score = score(20, at(5)).expect("fits"));
    assert!(
        matches!(violations[..], [Violation::WrongTotal { store: Store::Postgres, .. }]),
        "{violations:?}"
    );
}

#[test]
fn a_learner_missing_on_a_redis_board() {
    let violations = found(|run| {
        run.evidence.entries.remove(2);
    });
    assert!(
        matches!(&violations[..], [Violation::WrongTotal { store: Store::Redis, shown: None, board, .. }]
            if board.window_at == "week-2026-47"),
        "{violations:?}"
    );
}

#[test]
fn somebody_on_a_redis_board_without_points() {
    let violations = found(|run| {
        let entry = Entry { learner_id: LearnerId(Uuid::from_u128(3)), ..run.evidence.entries[0].clone() };
        run.evidence.entries.push(entry);
    });
    assert!(matches!(violations[..], [Violation::WrongTotal { store: Store::Redis, expected: None, .. }]));
}

#[test]
fn a_read_that_admits_to_be_older() {
    let violations = found(|run| run.read("11.4", "11.3", submission(11, true, None)));
    assert!(matches!(violations[..], [Violation::StaleRead { .. }]), "{violations:?}");
}

#[test]
fn a_read_without_the_readers_own_submission() {
    let violations = found(|run| run.read("11.4", "11.4", submission(12, false, None)));
    assert!(matches!(violations[..], [Violation::StaleRead { .. }]), "{violations:?}");
}

#[test]
fn a_read_without_a_verdict_its_position_includes() {
    let violations = found(|run| run.read("11.4", "11.5", submission(12, true, None)));
    assert!(matches!(violations[..], [Violation::StaleRead { .. }]), "{violations:?}");
}

#[test]
fn a_read_of_a_board_behind_its_position() {
    let violations = found(|run| run.read("06.11", "06.11", Seen::OwnPoints { learner_id: BOB, points: 0 }));
    assert!(matches!(violations[..], [Violation::StaleRead { .. }]), "{violations:?}");
}

/// Bob's accepted SORT is judged again as wrong, and the set is applied: the points are gone.
fn rejudged(run: &mut Run) {
    let set = events::RejudgeSetId(Uuid::from_u128(500));
    let Event::Judgement(JudgementEvent::SubmissionJudged(first)) = run.evidence.facts[10].event.clone()
    else {
        panic!("the eleventh fact is a judgement")
    };
    let again = SubmissionJudged {
        judgement_id: JudgementId::rejudged(first.submission_id, set),
        rejudge_set: Some(set),
        verdict: Verdict::WrongAnswer,
        points: 0,
        ..first
    };
    run.append(&again); // 12
    let applied = RejudgeApplied {
        set_id: set,
        learner_id: BOB,
        ordered_seq: 12,
        results: vec![AppliedResult {
            submission_id: again.submission_id,
            judgement_id: again.judgement_id,
            exercise_id: again.exercise_id,
            category: again.category,
            language: again.language,
            accepted_seq: again.accepted_seq,
            accepted_at: again.accepted_at,
            verdict: again.verdict,
            points: again.points,
            cpu_ms: Some(again.cpu_ms),
        }],
    };
    run.record(600, BOB, Event::Rejudge(RejudgeEvent::Applied(applied))); // 13
}

#[test]
fn an_applied_rejudge_set_takes_points_away() {
    let violations = found(|run| {
        rejudged(run);
        run.evidence.totals.retain(|total| total.learner_id != BOB);
        run.evidence.entries.retain(|entry| entry.learner_id != BOB);
        run.read("06.13", "06.13", submission(14, true, Some("wrong_answer")));
        run.read("06.11", "06.13", Seen::OwnPoints { learner_id: BOB, points: 0 });
    });
    assert_eq!(violations, []);
}

#[test]
fn an_applied_rejudge_set_without_effect() {
    let violations = found(|run| {
        rejudged(run);
        run.read("06.13", "06.13", submission(14, true, Some("accepted")));
    });
    let of_bob = |violation: &Violation| {
        matches!(violation, Violation::WrongTotal { learner_id: BOB, shown: Some(_), expected: None, .. })
    };
    let (totals, reads): (Vec<_>, Vec<_>) = violations.iter().partition(|violation| of_bob(violation));
    assert_eq!(totals.len(), 2 * 13, "{violations:?}");
    assert!(matches!(reads[..], [Violation::StaleRead { .. }]), "{reads:?}");
}
