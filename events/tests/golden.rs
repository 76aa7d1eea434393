//! Every event type at every version has a golden file: the body as published. What is published can be read for ever,
//! and is written today exactly as then.
//!
//! A new event type: add its example to [`examples`] and run with `LAUREL_WRITE_GOLDEN=1` once. Never change a file that
//! was released.

use chrono::{DateTime, Utc};
use events::account::{
    Account, AccountErased, AccountEvent, AccountRegistered, AccountRolesChanged, ClaimHeld, ClaimReleased,
    DataKeyErased, DataKeyMade, Role,
};
use events::board::Scope;
use events::cohort::{
    Cohort, CohortEvent, CohortJoined, CohortLeft, CohortStatus, InvitationEvent, InvitationMade,
    MembershipEvent,
};
use events::exercise::{
    Difficulty, Exercise, ExerciseArchived, ExerciseCreated, ExerciseEvent, ExercisePublished,
    ExerciseRevised, Limits, Sample, Status,
};
use events::freeze::{BoardEvent, BoardFreeze};
use events::judgement::{JudgementEvent, SubmissionJudged, TestGroup, TestResult, Verdict};
use events::learner::{LearnerEvent, LearnerRegistered};
use events::operation::{
    BuildKind, OperationEvent, ParkedEventDiscarded, ParkedKeyRedriven, ProjectionBuildAborted,
    ProjectionBuildOrdered,
};
use events::rejudge::{
    AppliedResult, JudgeBy, RejudgeApplied, RejudgeEvent, RejudgeSet, RejudgeSetEvent, Selection, SetStatus,
    SubmissionRejudgeRequested,
};
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{
    CohortId, Event, EventId, EventType, ExerciseId, InvitationId, JudgementId, LearnerId, NewEvent, Part,
    Partition, Recorded, RejudgeSetId, Sealed, SubmissionId, subject,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use uuid::Uuid;

const LEARNER: LearnerId = LearnerId(Uuid::from_u128(0x0193_4a5b_0000_7000_8000_0000_0000_0001));
const AUTHOR: LearnerId = LearnerId(Uuid::from_u128(0x0193_4a5b_0000_7000_8000_0000_0000_0002));
const SUBMISSION: SubmissionId = SubmissionId(Uuid::from_u128(0x0193_4a5b_0000_7000_8000_0000_0000_0003));

const SET: RejudgeSetId = RejudgeSetId(Uuid::from_u128(0x0193_4a5b_0000_7000_8000_0000_0000_0004));

const COHORT: CohortId = CohortId(Uuid::from_u128(0x0193_4a5b_0000_7000_8000_0000_0000_0005));

fn time() -> DateTime<Utc> {
    "2026-11-21T10:15:30.125Z".parse().expect("a time")
}

fn examples() -> Vec<Event> {
    let mut examples: Vec<Event> = accounts().into_iter().map(Event::Account).collect();
    examples.extend(exercises().into_iter().map(Event::Exercise));
    examples.push(Event::Learner(LearnerEvent::Registered(LearnerRegistered { learner_id: LEARNER })));
    examples.push(Event::Submission(SubmissionEvent::Received(submission())));
    examples.push(Event::Judgement(JudgementEvent::SubmissionJudged(judgement())));
    examples.extend(rejudge_set().into_iter().map(Event::RejudgeSet));
    examples.extend(rejudge_of_learner().into_iter().map(Event::Rejudge));
    examples.extend(cohorts());
    let freeze = BoardFreeze { scope: Scope::Cohort(COHORT.0), changed_by: AUTHOR };
    examples.push(Event::Board(BoardEvent::Frozen(freeze.clone())));
    examples.push(Event::Board(BoardEvent::Unfrozen(freeze)));
    examples.extend(operations().into_iter().map(Event::Operation));
    examples
}

fn operations() -> [OperationEvent; 4] {
    [
        OperationEvent::ParkedKeyRedriven(ParkedKeyRedriven {
            projection: "ledger".to_owned(),
            key: LEARNER.0,
            operator_id: AUTHOR,
        }),
        OperationEvent::ParkedEventDiscarded(ParkedEventDiscarded {
            projection: "ledger".to_owned(),
            key: LEARNER.0,
            sequence: 1_234,
            reason: "written by a broken load test".to_owned(),
            operator_id: AUTHOR,
        }),
        OperationEvent::ProjectionBuildOrdered(ProjectionBuildOrdered {
            projection: "ledger".to_owned(),
            kind: BuildKind::Rebuild,
            accept_difference: true,
            reason: "verify found a total that somebody changed by hand".to_owned(),
            operator_id: AUTHOR,
        }),
        OperationEvent::ProjectionBuildAborted(ProjectionBuildAborted {
            projection: "ledger".to_owned(),
            operator_id: AUTHOR,
        }),
    ]
}

fn accounts() -> Vec<AccountEvent> {
    let account = Account {
        learner_id: LEARNER,
        handle: "Ada".to_owned(),
        email: "ada@example.org".to_owned(),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA".to_owned(),
        roles: vec![Role::Learner],
    };
    let promoted = Account { roles: vec![Role::Learner, Role::Author], ..account.clone() };
    vec![
        AccountEvent::Registered(AccountRegistered { account }),
        AccountEvent::RolesChanged(AccountRolesChanged { account: promoted, changed_by: Some(AUTHOR) }),
        AccountEvent::Erased(AccountErased {
            learner_id: LEARNER,
            claims: vec![subject::handle_claim("00ff"), subject::email_claim("ff00")],
        }),
        AccountEvent::DataKeyMade(DataKeyMade {
            learner_id: LEARNER,
            wrapped_key: "d3JhcHBlZA==".to_owned(),
        }),
        AccountEvent::DataKeyErased(DataKeyErased { learner_id: LEARNER }),
        AccountEvent::ClaimHeld(ClaimHeld { learner_id: LEARNER, registration: EventId(LEARNER.0) }),
        AccountEvent::ClaimReleased(ClaimReleased { learner_id: LEARNER }),
    ]
}

fn exercises() -> Vec<ExerciseEvent> {
    let draft = Exercise {
        exercise_id: ExerciseId::of_slug("sum-of-two"),
        slug: "sum-of-two".to_owned(),
        revision: 1,
        status: Status::Draft,
        title: "Sum of two".to_owned(),
        statement: "Add two numbers.".to_owned(),
        category: "arithmetic".to_owned(),
        difficulty: Difficulty::Easy,
        points: 10,
        languages: ["python".to_owned()].into(),
        limits: Limits::default(),
        samples: vec![Sample { input: "1 2\n".to_owned(), expected: "3\n".to_owned() }],
        package_digest: "ab".repeat(32),
        author_id: AUTHOR,
    };
    let at = |revision, status| Exercise { revision, status, ..draft.clone() };
    vec![
        ExerciseEvent::Created(ExerciseCreated { exercise: draft.clone() }),
        ExerciseEvent::Revised(ExerciseRevised { exercise: at(2, Status::Draft) }),
        ExerciseEvent::Published(ExercisePublished { exercise: at(3, Status::Published) }),
        ExerciseEvent::Archived(ExerciseArchived { exercise: at(4, Status::Archived) }),
    ]
}

fn submission() -> SubmissionReceived {
    SubmissionReceived {
        submission_id: SUBMISSION,
        learner_id: LEARNER,
        exercise_id: ExerciseId::of_slug("sum-of-two"),
        revision: 3,
        category: "arithmetic".to_owned(),
        language: "python".to_owned(),
        points_max: 10,
        package_digest: "ab".repeat(32),
        size_bytes: 42,
        source_digest: "cd".repeat(32),
        source: Sealed("c2VhbGVk".to_owned()),
    }
}

fn judgement() -> SubmissionJudged {
    let test = |ordinal, group, output| TestResult {
        ordinal,
        group,
        verdict: Verdict::Accepted,
        cpu_ms: 12,
        memory_kib: 9_000,
        exceeded: None,
        output,
    };
    SubmissionJudged {
        judgement_id: JudgementId::first(SUBMISSION),
        submission_id: SUBMISSION,
        learner_id: LEARNER,
        exercise_id: ExerciseId::of_slug("sum-of-two"),
        revision: 3,
        category: "arithmetic".to_owned(),
        language: "python".to_owned(),
        accepted_seq: 1_234,
        accepted_at: time(),
        verdict: Verdict::Accepted,
        points: 10,
        points_max: 10,
        cpu_ms: 24,
        memory_kib: 9_000,
        tests: vec![
            test(1, TestGroup::Sample, Some(Sealed("c2VhbGVk".to_owned()))),
            test(2, TestGroup::Hidden, None),
        ],
        compile_output: None,
        reason: None,
        delivery: 1,
        rejudge_set: None,
    }
}

fn rejudge_set() -> Vec<RejudgeSetEvent> {
    let requested = RejudgeSet {
        set_id: SET,
        status: SetStatus::Requested,
        selection: Selection {
            exercise_id: Some(ExerciseId::of_slug("sum-of-two")),
            revision: Some(3),
            from: Some(time()),
            until: Some(time() + chrono::TimeDelta::days(1)),
            submissions: vec![SUBMISSION],
        },
        judge_by: JudgeBy::Current,
        reason: "test 2 expected a wrong sum".to_owned(),
        requested_by: AUTHOR,
        requested_seq: None,
        submissions: None,
        ended_by: None,
    };
    let selected = RejudgeSet {
        status: SetStatus::Selected,
        requested_seq: Some(1_240),
        submissions: Some(1),
        ..requested.clone()
    };
    let judged = RejudgeSet { status: SetStatus::Judged, ..selected.clone() };
    let ordered = RejudgeSet { status: SetStatus::Applying, ended_by: Some(AUTHOR), ..judged.clone() };
    let finished = RejudgeSet { status: SetStatus::Applied, ..ordered.clone() };
    let cancelled = RejudgeSet { status: SetStatus::Cancelled, ..ordered.clone() };
    vec![
        RejudgeSetEvent::Requested(requested),
        RejudgeSetEvent::Selected(selected),
        RejudgeSetEvent::Judged(judged),
        RejudgeSetEvent::Ordered(ordered),
        RejudgeSetEvent::Finished(finished),
        RejudgeSetEvent::Cancelled(cancelled),
    ]
}

fn rejudge_of_learner() -> Vec<RejudgeEvent> {
    let exercise_id = ExerciseId::of_slug("sum-of-two");
    vec![
        RejudgeEvent::SubmissionRequested(SubmissionRejudgeRequested {
            set_id: SET,
            submission_id: SUBMISSION,
            learner_id: LEARNER,
            exercise_id,
            accepted_seq: 1_234,
            revision: 4,
            package_digest: "ef".repeat(32),
            points_max: 10,
        }),
        RejudgeEvent::Applied(RejudgeApplied {
            set_id: SET,
            learner_id: LEARNER,
            ordered_seq: 1_250,
            results: vec![AppliedResult {
                submission_id: SUBMISSION,
                judgement_id: JudgementId::rejudged(SUBMISSION, SET),
                exercise_id,
                category: "arithmetic".to_owned(),
                language: "python".to_owned(),
                accepted_seq: 1_234,
                accepted_at: time(),
                verdict: Verdict::WrongAnswer,
                points: 0,
                cpu_ms: None,
            }],
        }),
    ]
}

fn cohorts() -> Vec<Event> {
    let invitation_id = InvitationId(Uuid::from_u128(0x00ff_00ff));
    let created = Cohort {
        cohort_id: COHORT,
        name: "Programming 1, autumn".to_owned(),
        status: CohortStatus::Open,
        instructors: vec![AUTHOR],
        invitation: None,
        invitation_expires_at: None,
        invitations: 0,
        changed_by: AUTHOR,
    };
    let invited = Cohort { invitation: Some(invitation_id), invitations: 1, ..created.clone() };
    let renamed = Cohort { name: "Programming 1".to_owned(), ..invited.clone() };
    let led = Cohort { instructors: vec![AUTHOR, LEARNER], ..renamed.clone() };
    let archived = Cohort { status: CohortStatus::Archived, invitation: None, ..led.clone() };
    vec![
        Event::Cohort(CohortEvent::Created(created)),
        Event::Cohort(CohortEvent::InvitationChanged(invited)),
        Event::Cohort(CohortEvent::Renamed(renamed)),
        Event::Cohort(CohortEvent::InstructorsChanged(led)),
        Event::Cohort(CohortEvent::Archived(archived)),
        Event::Invitation(InvitationEvent::Made(InvitationMade { invitation_id, cohort_id: COHORT })),
        Event::Membership(MembershipEvent::Joined(CohortJoined {
            cohort_id: COHORT,
            learner_id: LEARNER,
            cohorts: vec![COHORT],
        })),
        Event::Membership(MembershipEvent::Left(CohortLeft {
            cohort_id: COHORT,
            learner_id: LEARNER,
            by: AUTHOR,
            cohorts: Vec::new(),
        })),
    ]
}

fn golden_path(event_type: &EventType) -> PathBuf {
    PathBuf::from(format!("tests/golden/{}.v{}.json", event_type.name, event_type.version))
}

#[test]
#[allow(clippy::disallowed_methods)] // Who runs the test says whether to write.
fn every_event_type_is_written_as_its_golden_file_says() {
    for event in examples() {
        let path = golden_path(&event.event_type());
        let mut written: serde_json::Value =
            serde_json::from_slice(&event.to_json().expect("writes")).expect("is JSON");
        if std::env::var_os("LAUREL_WRITE_GOLDEN").is_some() {
            let mut text = serde_json::to_string_pretty(&written).expect("writes");
            text.push('\n');
            std::fs::write(&path, text).expect("writes the golden file");
        }
        let golden = std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
        let golden: serde_json::Value = serde_json::from_slice(&golden).expect("is JSON");
        assert_eq!(written.take(), golden, "{}", path.display());
    }
}

#[test]
fn every_golden_file_of_every_version_can_be_read() {
    for entry in std::fs::read_dir("tests/golden").expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let body = std::fs::read(&path).expect("a file");
        events::envelope::decode_body(&format!("laurel.{name}"), &body)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn every_event_type_has_an_example() {
    let examples: Vec<&str> = examples().iter().map(|event| event.event_type().name).collect();
    for event_type in EventType::all() {
        assert!(examples.contains(&event_type.name), "{} has no example", event_type.name);
        assert!(golden_path(&event_type).exists(), "{} has no golden file", event_type.name);
    }
}

#[test]
fn the_envelope_goes_out_and_comes_back() {
    for event in examples() {
        let sent = NewEvent {
            id: EventId(Uuid::from_u128(7)),
            source: "command-api",
            time: time(),
            event,
            request_digest: Some("00ff".to_owned()),
            traceparent: None,
        };
        let wire = sent.to_wire().expect("writes");
        let headers: BTreeMap<&str, &str> =
            wire.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(headers["ce-time"], "2026-11-21T10:15:30.125Z");
        assert_eq!(headers["Nats-Msg-Id"], headers["ce-id"]);
        let read =
            Recorded::decode(&wire.subject, 9, |name| headers.get(name).copied(), &wire.body).expect("reads");
        assert_eq!(read.part, Part::Facts(Partition::of(sent.event.key())));
        assert_eq!((read.sequence, read.id, read.time), (9, sent.id, sent.time));
        assert_eq!(read.event, sent.event);
        assert_eq!(read.request_digest, sent.request_digest);
    }
}

#[test]
fn what_is_no_event_is_refused_in_words() {
    let header = |name: &str| match name {
        "ce-id" => Some("00000000-0000-0000-0000-000000000007"),
        "ce-time" => Some("2026-11-21T10:15:30.125Z"),
        "ce-type" => Some("laurel.kettle_boiled.v1"),
        _ => None,
    };
    let subject = subject::partition(Partition::of(LEARNER.0)).replace('*', "learner").replace('>', "x");
    let unknown = Recorded::decode(&subject, 1, header, b"{}").expect_err("no such type");
    assert_eq!(
        unknown.to_string(),
        "no event type \"laurel.kettle_boiled.v1\" is known: upgrade this process"
    );
    let headless = Recorded::decode(&subject, 1, |_| None, b"{}").expect_err("no headers");
    assert_eq!(headless.to_string(), "header ce-id is missing");
}
