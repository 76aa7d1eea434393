//! Events with sensible defaults. Ids and times are functions of small numbers, so a failing test reads the same twice.

use chrono::{DateTime, TimeDelta, Utc};
use events::account::Account;
use events::exercise::{Difficulty, Exercise, ExerciseEvent, ExercisePublished, Limits, Sample, Status};
use events::judgement::{JudgementEvent, SubmissionJudged, TestGroup, TestResult, Verdict};
use events::learner::{LearnerEvent, LearnerRegistered};
use events::rejudge::{AppliedResult, RejudgeApplied};
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{
    Event, EventId, ExerciseId, JudgementId, LearnerId, NewEvent, Part, Partition, Recorded, RejudgeSetId,
    Sealed, SubmissionId,
};
use uuid::Uuid;

/// When every story begins: a Saturday, 2026-11-21T10:00:00Z.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_255_200, 0).expect("a time in 2026")
}

/// The learner with this number.
pub fn learner(number: u32) -> LearnerId {
    LearnerId(id(1, number))
}

/// An account for the learner with this number: handle `learner-<number>`.
pub fn account(number: u32) -> Account {
    Account {
        learner_id: learner(number),
        handle: format!("learner-{number}"),
        email: format!("learner-{number}@example.org"),
        password_hash: "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".to_owned(),
        roles: vec![events::account::Role::Learner],
    }
}

/// A published exercise, revision 2, worth 10 points in category `basics`, for Python.
pub fn exercise(slug: &str) -> Exercise {
    Exercise {
        exercise_id: ExerciseId::of_slug(slug),
        slug: slug.to_owned(),
        revision: 2,
        status: Status::Published,
        title: format!("The exercise {slug}"),
        statement: "Add two numbers.".to_owned(),
        category: "basics".to_owned(),
        difficulty: Difficulty::Easy,
        points: 10,
        languages: ["python".to_owned()].into(),
        limits: Limits::default(),
        samples: vec![Sample { input: "1 2\n".to_owned(), expected: "3\n".to_owned() }],
        package_digest: events::package::digest(slug.as_bytes()),
        author_id: learner(0),
    }
}

/// The submission with this number, of `learner` to `exercise`.
pub fn submission(number: u32, learner: LearnerId, exercise: &Exercise) -> SubmissionReceived {
    SubmissionReceived {
        submission_id: SubmissionId(id(2, number)),
        learner_id: learner,
        exercise_id: exercise.exercise_id,
        revision: exercise.revision,
        category: exercise.category.clone(),
        language: "python".to_owned(),
        points_max: exercise.points,
        package_digest: exercise.package_digest.clone(),
        size_bytes: 8,
        source_digest: events::package::digest(&number.to_be_bytes()),
        source: Sealed("c2VhbGVk".to_owned()),
    }
}

/// The first judgement of a submission that was recorded: all points when accepted, none otherwise.
pub fn judgement(submission: &Recorded<SubmissionReceived>, verdict: Verdict) -> SubmissionJudged {
    let received = &submission.event;
    SubmissionJudged {
        judgement_id: JudgementId::first(received.submission_id),
        submission_id: received.submission_id,
        learner_id: received.learner_id,
        exercise_id: received.exercise_id,
        revision: received.revision,
        category: received.category.clone(),
        language: received.language.clone(),
        accepted_seq: submission.sequence,
        accepted_at: submission.time,
        verdict,
        points: if verdict == Verdict::Accepted { received.points_max } else { 0 },
        points_max: received.points_max,
        cpu_ms: 12,
        memory_kib: 9_000,
        tests: vec![TestResult {
            ordinal: 1,
            group: TestGroup::Sample,
            verdict,
            cpu_ms: 12,
            memory_kib: 9_000,
            exceeded: None,
            output: None,
        }],
        compile_output: None,
        reason: None,
        delivery: 1,
        rejudge_set: None,
    }
}

/// A result of a rejudge set about a submission that was recorded.
pub fn rejudgement(
    set: RejudgeSetId,
    submission: &Recorded<SubmissionReceived>,
    verdict: Verdict,
) -> SubmissionJudged {
    SubmissionJudged {
        judgement_id: JudgementId::rejudged(submission.event.submission_id, set),
        rejudge_set: Some(set),
        ..judgement(submission, verdict)
    }
}

/// What gives results of a set effect for one learner; they are all of that learner's.
pub fn applied(set: RejudgeSetId, ordered_seq: u64, results: &[SubmissionJudged]) -> RejudgeApplied {
    let result = |judged: &SubmissionJudged| AppliedResult {
        submission_id: judged.submission_id,
        judgement_id: judged.judgement_id,
        exercise_id: judged.exercise_id,
        category: judged.category.clone(),
        language: judged.language.clone(),
        accepted_seq: judged.accepted_seq,
        accepted_at: judged.accepted_at,
        verdict: judged.verdict,
        points: judged.points,
        cpu_ms: Some(judged.cpu_ms),
    };
    let learner_id = results.first().expect("a set is applied for learners with results").learner_id;
    RejudgeApplied { set_id: set, learner_id, ordered_seq, results: results.iter().map(result).collect() }
}

/// The rejudge set with this number.
pub fn rejudge_set(number: u32) -> RejudgeSetId {
    RejudgeSetId(id(4, number))
}

/// A log in memory, for tests of pure code: it gives each event the next sequence, one second after the last.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    pub events: Vec<Recorded>,
}

impl Recording {
    pub fn append(&mut self, event: Event) -> &Recorded {
        let number = u32::try_from(self.events.len()).expect("tests are short") + 1;
        let recorded = recorded(number, event);
        self.events.push(recorded);
        self.events.last().expect("one was just added")
    }

    pub fn register(&mut self, learner_id: LearnerId) {
        self.append(Event::Learner(LearnerEvent::Registered(LearnerRegistered { learner_id })));
    }

    pub fn publish(&mut self, exercise: &Exercise) {
        let exercise = exercise.clone();
        self.append(Event::Exercise(ExerciseEvent::Published(ExercisePublished { exercise })));
    }

    /// Records a submission and returns it with its place in the log, as [`judgement`] needs it. Its number is its
    /// sequence.
    pub fn submit(&mut self, learner: LearnerId, exercise: &Exercise) -> Recorded<SubmissionReceived> {
        let number = u32::try_from(self.events.len()).expect("tests are short") + 1;
        let received = submission(number, learner, exercise);
        let recorded = self.append(Event::Submission(SubmissionEvent::Received(received.clone())));
        Recorded {
            part: recorded.part,
            sequence: recorded.sequence,
            id: recorded.id,
            time: recorded.time,
            request_digest: None,
            traceparent: None,
            event: received,
        }
    }

    pub fn judge(&mut self, submission: &Recorded<SubmissionReceived>, verdict: Verdict) {
        let judged = judgement(submission, verdict);
        self.append(Event::Judgement(JudgementEvent::SubmissionJudged(judged)));
    }
}

/// An event as the log would hold it at `sequence`, `sequence` seconds after [`start`]. A submission's event id is its
/// submission id, as in production.
pub fn recorded(sequence: u32, event: Event) -> Recorded {
    let id = event_id(sequence, &event);
    let part = match &event {
        Event::Account(_) => Part::Identity,
        fact => Part::Facts(Partition::of(fact.key())),
    };
    let time = start() + TimeDelta::seconds(i64::from(sequence));
    Recorded { part, sequence: u64::from(sequence), id, time, request_digest: None, traceparent: None, event }
}

/// An event about to be appended to a real log; `number` gives its id and time.
pub fn new_event(number: u32, event: Event) -> NewEvent {
    let time = start() + TimeDelta::seconds(i64::from(number));
    let id = event_id(number, &event);
    NewEvent { id, source: "test", time, event, request_digest: None, traceparent: None }
}

fn event_id(number: u32, event: &Event) -> EventId {
    match event {
        Event::Submission(SubmissionEvent::Received(received)) => EventId(received.submission_id.0),
        _ => EventId(id(3, number)),
    }
}

/// A UUIDv7 at [`start`] whose random part is a kind and a number.
fn id(kind: u32, number: u32) -> Uuid {
    let mut random = [0; 10];
    random[2..6].copy_from_slice(&kind.to_be_bytes());
    random[6..].copy_from_slice(&number.to_be_bytes());
    let millis = u64::try_from(start().timestamp_millis()).expect("after 1970");
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_reads_the_same_twice() {
        let tell = || {
            let mut recording = Recording::default();
            let exercise = exercise("sum-of-two");
            recording.register(learner(1));
            recording.publish(&exercise);
            let submission = recording.submit(learner(1), &exercise);
            recording.judge(&submission, Verdict::Accepted);
            recording.events
        };
        let told = tell();
        assert_eq!(told, tell());
        assert_eq!(told.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(told[3].part, Part::Facts(Partition::of(learner(1).0)));
        assert_eq!(start().to_rfc3339(), "2026-11-21T10:00:00+00:00");
    }
}
