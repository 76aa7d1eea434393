//! Seeds a private system with learners and exercises by appending the events command-api would append. Registering a
//! thousand learners over HTTP would measure Argon2id for minutes. What is left out: nobody can log in with a password,
//! and handles are not claimed; access tokens are signed here with the system's own key.

use crate::population::{Resident, Task};
use crate::system::System;
use anyhow::Context;
use chassis::clock::Clock;
use chassis::log::EventLog;
use chassis::random;
use events::account::{Account, AccountEvent, AccountRegistered, DataKeyMade, Role};
use events::exercise::{
    Difficulty, Exercise, ExerciseCreated, ExerciseEvent, ExercisePublished, Limits, Status,
};
use events::judgement::TestGroup;
use events::learner::{LearnerEvent, LearnerRegistered};
use events::package::{Checker, Package, Scoring, Test, TestKind};
use events::{Event, EventId, ExerciseId, LearnerId, NewEvent, Wire, subject};
use exercises::ExerciseFile;
use futures_util::{StreamExt, TryStreamExt, stream};
use local_servers::nats::accounts;
use std::collections::BTreeSet;

/// Appends under way at once; the log client gathers them into batches.
const APPENDING: usize = 1_000;

/// A resident and what lets them in.
#[derive(Debug, Clone)]
pub struct Tenant {
    pub resident: Resident,
    pub authorization: String,
}

/// Registers `count` learners.
pub async fn learners(system: &System, count: usize) -> anyhow::Result<Vec<Tenant>> {
    let log = system.log(accounts::COMMAND_API).await?;
    let clock = Clock::system();
    let mut tenants = Vec::with_capacity(count);
    let mut wires = Vec::with_capacity(count * 3);
    for number in 0..count {
        let resident = Resident::new(&clock);
        let handle = format!("resident-{number}");
        wires.extend(registration(system, &clock, &resident, &handle)?);
        let session = random::uuid(&clock);
        let token =
            system.signer.sign(resident.learner_id, &handle, &[Role::Learner], session, clock.now())?;
        tenants.push(Tenant { resident, authorization: format!("Bearer {token}") });
    }
    append(&log, wires).await?;
    Ok(tenants)
}

fn registration(
    system: &System,
    clock: &Clock,
    resident: &Resident,
    handle: &str,
) -> anyhow::Result<[Wire; 3]> {
    let learner_id = resident.learner_id;
    let account = Account {
        learner_id,
        handle: handle.to_owned(),
        email: format!("{handle}@example.org"),
        password_hash: String::new(),
        roles: vec![Role::Learner],
    };
    let key = DataKeyMade { learner_id, wrapped_key: system.master_key.wrap(learner_id, &resident.key) };
    let account = Event::Account(AccountEvent::Registered(AccountRegistered { account }));
    let account = event(clock, account);
    let key = event(clock, Event::Account(AccountEvent::DataKeyMade(key)));
    let learner = Event::Learner(LearnerEvent::Registered(LearnerRegistered { learner_id }));
    // The id that command-api's relay gives it, so that the relay finds its work done.
    let learner =
        NewEvent { id: EventId::following(account.id, "learner_registered"), ..event(clock, learner) };
    Ok([
        account.to_wire_on(subject::private(learner_id))?,
        key.to_wire_on(subject::key(learner_id))?,
        learner.to_wire()?,
    ])
}

/// Publishes `count` exercises that an instant judge accepts: the answer to every test is its input.
pub async fn exercises(system: &System, count: usize) -> anyhow::Result<Vec<(String, Task)>> {
    let log = system.log(accounts::COMMAND_API).await?;
    let test = |group, input: &str| Test {
        group,
        kind: TestKind::Stdio { input: input.to_owned() },
        expected: input.to_owned(),
    };
    let package = Package {
        tests: vec![
            test(TestGroup::Sample, "1\n"),
            test(TestGroup::Hidden, "2\n"),
            test(TestGroup::Hidden, "3\n"),
        ],
        limits: Limits::default(),
        checker: Checker::Exact,
        scoring: Scoring::AllOrNothing,
        early_stop: false,
        solutions: Vec::new(),
    };
    let mut tasks = Vec::new();
    for number in 0..count {
        let file = ExerciseFile {
            slug: format!("echo-{number}"),
            title: format!("Echo {number}"),
            statement: "Print what you read.".to_owned(),
            category: format!("category-{number}"),
            difficulty: Difficulty::Easy,
            points: 10,
            languages: BTreeSet::from(["python".to_owned()]),
            package: package.clone(),
        };
        let task = publish_on(&log, &file).await?;
        tasks.push((file.slug, task));
    }
    Ok(tasks)
}

/// Publishes an exercise of the catalogue.
pub async fn publish(system: &System, file: &ExerciseFile) -> anyhow::Result<Task> {
    publish_on(&system.log(accounts::COMMAND_API).await?, file).await
}

async fn publish_on(log: &EventLog, file: &ExerciseFile) -> anyhow::Result<Task> {
    let clock = Clock::system();
    let (bytes, package_digest) = file.package.encode()?;
    log.put_package(&package_digest, &bytes).await?;
    let exercise = exercise(file, &package_digest, LearnerId(random::uuid(&clock)));
    let task = task(&exercise);
    let created = Exercise { revision: 1, status: Status::Draft, ..exercise.clone() };
    let created = ExerciseEvent::Created(ExerciseCreated { exercise: created });
    let published = ExerciseEvent::Published(ExercisePublished { exercise });
    for change in [created, published] {
        log.append(event(&clock, Event::Exercise(change)).to_wire()?).await?;
    }
    Ok(task)
}

fn exercise(file: &ExerciseFile, package_digest: &str, author_id: LearnerId) -> Exercise {
    Exercise {
        exercise_id: ExerciseId::of_slug(&file.slug),
        slug: file.slug.clone(),
        revision: 2,
        status: Status::Published,
        title: file.title.clone(),
        statement: file.statement.clone(),
        category: file.category.clone(),
        difficulty: file.difficulty,
        points: file.points,
        languages: file.languages.clone(),
        limits: file.package.limits,
        samples: Vec::new(),
        package_digest: package_digest.to_owned(),
        author_id,
    }
}

fn task(exercise: &Exercise) -> Task {
    Task {
        exercise_id: exercise.exercise_id,
        revision: exercise.revision,
        category: exercise.category.clone(),
        points_max: exercise.points,
        package_digest: exercise.package_digest.clone(),
    }
}

fn event(clock: &Clock, event: Event) -> NewEvent {
    let id = EventId(random::uuid(clock));
    NewEvent { id, source: "load-tests", time: clock.now(), event, request_digest: None, traceparent: None }
}

/// Appends all of them; those of one subject must not depend on their order.
pub async fn append(log: &EventLog, wires: Vec<Wire>) -> anyhow::Result<()> {
    let appends = wires.into_iter().map(|wire| log.append(wire));
    let appended = stream::iter(appends).buffer_unordered(APPENDING).try_for_each(|_| async { Ok(()) });
    appended.await.context("appending the set-up's events")
}
