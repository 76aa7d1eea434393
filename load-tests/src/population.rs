//! Made-up learners and their submissions, in the bytes command-api would write, without the cost of passwords.

use chassis::clock::Clock;
use chassis::random;
use chassis::seal::DataKey;
use events::submission::{SOURCE_FIELD, SubmissionEvent, SubmissionReceived};
use events::{Event, EventId, ExerciseId, LearnerId, NewEvent, SubmissionId, Wire, package};

/// A learner who exists in events only.
#[derive(Debug, Clone)]
pub struct Resident {
    pub learner_id: LearnerId,
    pub key: DataKey,
}

impl Resident {
    pub fn new(clock: &Clock) -> Self {
        Self { learner_id: LearnerId(random::uuid(clock)), key: DataKey::generate() }
    }
}

/// What a submission is to.
#[derive(Debug, Clone)]
pub struct Task {
    pub exercise_id: ExerciseId,
    pub revision: u32,
    pub category: String,
    pub points_max: u32,
    pub package_digest: String,
}

impl Task {
    /// An exercise nobody will look up.
    pub fn made_up(slug: &str) -> Self {
        Self {
            exercise_id: ExerciseId::of_slug(slug),
            revision: 2,
            category: "numbers".to_owned(),
            points_max: 10,
            package_digest: package::digest(slug.as_bytes()),
        }
    }
}

/// About 1 KB of Python, as people submit it.
pub fn source(size_bytes: usize) -> String {
    const LINE: &str = "def solve(values):\n    return sum(value for value in values if value % 2 == 0)\n\n";
    LINE.chars().cycle().take(size_bytes).collect()
}

/// The fact that `resident` submitted `source`.
pub fn submission(clock: &Clock, resident: &Resident, task: &Task, source: &str) -> NewEvent {
    let id = EventId(random::uuid(clock));
    let received = SubmissionReceived {
        submission_id: SubmissionId(id.0),
        learner_id: resident.learner_id,
        exercise_id: task.exercise_id,
        revision: task.revision,
        category: task.category.clone(),
        language: "python".to_owned(),
        points_max: task.points_max,
        package_digest: task.package_digest.clone(),
        size_bytes: u32::try_from(source.len()).unwrap_or(u32::MAX),
        source_digest: package::digest(source.as_bytes()),
        source: resident.key.seal(id, SOURCE_FIELD, source.as_bytes()),
    };
    NewEvent {
        id,
        source: "load-tests",
        time: clock.now(),
        event: Event::Submission(SubmissionEvent::Received(received)),
        request_digest: Some(package::digest(source.as_bytes())),
        traceparent: None,
    }
}

/// `count` submissions of 1 KB, three by each learner, as they go onto the wire.
pub fn submissions(count: usize) -> serde_json::Result<Vec<Wire>> {
    const EACH: usize = 3;
    let clock = Clock::system();
    let task = Task::made_up("made-up");
    let source = source(1_024);
    let residents: Vec<Resident> = (0..count.div_ceil(EACH)).map(|_| Resident::new(&clock)).collect();
    let authors = residents.iter().cycle().take(count);
    authors.map(|resident| submission(&clock, resident, &task, &source).to_wire()).collect()
}
