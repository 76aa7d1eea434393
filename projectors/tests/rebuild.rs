//! Builds beside the live versions.

mod rig;

use anyhow::ensure;
use events::exercise::Exercise;
use events::judgement::{SubmissionJudged, Verdict};
use events::operation::{BuildKind, OperationEvent, ProjectionBuildOrdered};
use events::submission::{SUBMISSION_RECEIVED, SubmissionEvent};
use events::{Event, EventType, FamilyEvent, Recorded};
use projectors::projection::{FoldError, Projection, Registered};
use projectors::projections;
use projectors::rows::{Copies, Row, Table};
use rig::{PATIENCE, Process, Rig};
use sqlx::PgConnection;
use testkit::build::{account, exercise, judgement, learner};
use testkit::eventually;
use tokio::task::JoinHandle;
use uuid::Uuid;

async fn tell(rig: &Rig, learners: u32) -> anyhow::Result<Vec<Recorded>> {
    let tasks: Vec<Exercise> =
        ["one", "two", "three"].map(|slug| Exercise { points: 20, ..exercise(slug) }).to_vec();
    let mut last = Vec::new();
    for task in &tasks {
        rig.publish(task).await?;
    }
    for number in 1..=learners {
        last.push(rig.register(account(number)).await?);
        for task in &tasks {
            last.push(rig.solve(learner(number), task).await?);
        }
    }
    Ok(last)
}

#[tokio::test]
async fn rebuilt_tables_equal_the_live_ones_and_the_live_ones_go_on() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    for event in tell(&rig, 20).await? {
        rig.passed(&event).await?;
    }
    let before = rig.rows().await?;

    let (builder, _) = rig.runner(projections::ALL).await?;
    let built = builder.rebuild(projections::ALL).await?;
    assert_eq!(built.len(), projections::ALL.len());
    assert!(built.iter().all(|built| built.identical == Some(true)), "{built:?}");
    assert_eq!(rig.rows().await?, before);

    let one = Exercise { points: 50, ..exercise("one") };
    let last = rig.solve(learner(1), &one).await?;
    rig.passed(&last).await?;
    eventually(PATIENCE, async || {
        let board = rig.board_at("lb:{0}:2:global:all").await?;
        ensure!(board.first() == Some(&(learner(1).to_string(), 90)), "{board:?}");
        Ok(())
    })
    .await?;
    process.stop().await
}

#[tokio::test]
async fn what_the_log_holds_twice_has_one_effect_live_and_rebuilt() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let task = exercise("one");
    rig.publish(&task).await?;
    let submission = rig.submit(learner(1), &task).await?;
    let judged = judgement(&submission, Verdict::Accepted);
    rig.judged(judged.clone()).await?;
    // Repeated after the broker's window for duplicates: other event ids, the same submission and judgement.
    let again = SubmissionEvent::Received(submission.event.clone());
    rig.append(Event::Submission(again)).await?;
    let last = rig.judged(SubmissionJudged { points: 0, verdict: Verdict::WrongAnswer, ..judged }).await?;
    rig.passed(&last).await?;
    let first = rig.count("SELECT received_seq FROM submissions").await?;
    assert_eq!(u64::try_from(first)?, submission.sequence, "the first one counts");
    let verdicts = rig.count("SELECT count(*) FROM judgements WHERE verdict = 'accepted'").await?;
    assert_eq!((verdicts, rig.count("SELECT count(*) FROM judgements").await?), (1, 1));

    let before = rig.rows().await?;
    let (builder, _) = rig.runner(projections::ALL).await?;
    let built = builder.rebuild(projections::ALL).await?;
    assert!(built.iter().all(|built| built.identical == Some(true)), "{built:?}");
    assert_eq!(rig.rows().await?, before);
    process.stop().await
}

/// Version 2 of `exercises` as this test has it: how often each exercise was tried.
struct TriedExercises;

#[derive(Debug)]
struct Tried {
    exercise_id: Uuid,
    learner_id: Uuid,
    times: i64,
}

impl Projection for TriedExercises {
    const NAME: &'static str = "exercises";
    const VERSION: u32 = 2;
    const HANDLES: &'static [EventType] = &[SUBMISSION_RECEIVED];
    type Rows = Table<Tried>;

    fn keys(rows: &mut Self::Rows, event: &Recorded) {
        if let Event::Submission(submission) = &event.event {
            rows.want(key_of(submission));
        }
    }

    fn fold(rows: &mut Self::Rows, event: &Recorded) -> Result<(), FoldError> {
        let Event::Submission(submission) = &event.event else { return Ok(()) };
        let key = key_of(submission);
        let times = rows.get(key).map_or(0, |known| known.times) + 1;
        rows.put(Tried { exercise_id: key.0, learner_id: key.1, times });
        Ok(())
    }
}

fn key_of(submission: &events::submission::SubmissionEvent) -> (Uuid, Uuid) {
    let events::submission::SubmissionEvent::Received(received) = submission;
    (received.exercise_id.0, submission.key())
}

impl Row for Tried {
    type Key = (Uuid, Uuid);

    fn key(&self) -> Self::Key {
        (self.exercise_id, self.learner_id)
    }

    async fn load(db: &mut PgConnection, keys: &[Self::Key]) -> sqlx::Result<Vec<Self>> {
        let (exercises, learners): (Vec<Uuid>, Vec<Uuid>) = keys.iter().copied().unzip();
        let rows: Vec<(Uuid, Uuid, i64)> = sqlx::query_as(
            "SELECT exercise_id, learner_id, times FROM tried
             JOIN UNNEST($1::uuid[], $2::uuid[]) AS wanted (exercise_id, learner_id) USING (exercise_id, learner_id)",
        )
        .bind(exercises)
        .bind(learners)
        .fetch_all(db)
        .await?;
        let row = |(exercise_id, learner_id, times)| Self { exercise_id, learner_id, times };
        Ok(rows.into_iter().map(row).collect())
    }

    async fn upsert(db: &mut PgConnection, rows: &[&Self]) -> sqlx::Result<()> {
        for row in rows {
            sqlx::query("INSERT INTO tried VALUES ($1, $2, $3) ON CONFLICT (exercise_id, learner_id) DO UPDATE SET times = excluded.times")
                .bind(row.exercise_id)
                .bind(row.learner_id)
                .bind(row.times)
                .execute(&mut *db)
                .await?;
        }
        Ok(())
    }

    fn copy(&self, to: &mut Copies) {
        to.line("tried (exercise_id, learner_id, times)")
            .value(self.exercise_id)
            .value(self.learner_id)
            .value(self.times);
    }
}

/// What a newer build of the software has: a second version of one projection, and no code for the first.
fn with_version_2() -> &'static [Registered] {
    let others = projections::ALL.iter().filter(|known| known.name != "exercises").copied();
    Vec::leak(others.chain([Registered::of::<TriedExercises>()]).collect())
}

/// A process that folds and builds.
async fn start(rig: &Rig, registry: &'static [Registered]) -> anyhow::Result<(Process, JoinHandle<()>)> {
    let (runner, observatory) = rig.runner(registry).await?;
    let process = Process::start(runner.clone(), observatory);
    let builder = tokio::spawn(runner.carry_out_builds(process.shutdown.clone()));
    Ok((process, builder))
}

async fn order(rig: &Rig, kind: BuildKind) -> anyhow::Result<()> {
    let order = ProjectionBuildOrdered {
        projection: "exercises".to_owned(),
        kind,
        accept_difference: false,
        reason: "a test".to_owned(),
        operator_id: learner(0),
    };
    rig.append_now(Event::Operation(OperationEvent::ProjectionBuildOrdered(order))).await?;
    Ok(())
}

#[tokio::test]
async fn version_2_comes_with_a_newer_build_of_the_software_and_goes_with_it() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    // What a migration would do.
    sqlx::query("CREATE SCHEMA exercises_v2").execute(&rig.pool).await?;
    sqlx::query(
        "CREATE TABLE exercises_v2.tried (exercise_id uuid, learner_id uuid, times bigint NOT NULL,
         PRIMARY KEY (exercise_id, learner_id))",
    )
    .execute(&rig.pool)
    .await?;
    let (old, old_builder) = start(&rig, projections::ALL).await?;
    for event in tell(&rig, 5).await? {
        rig.passed(&event).await?;
    }
    let becomes = async |expected: &str| {
        eventually(PATIENCE, async || {
            let state: String = sqlx::query_scalar(
                "SELECT string_agg(version || ' ' || state, ', ' ORDER BY version) FROM projections WHERE name = 'exercises'",
            )
            .fetch_one(&rig.pool)
            .await?;
            ensure!(state == expected, "{state}");
            Ok(())
        })
        .await
    };
    becomes("1 live").await?;

    let (new, new_builder) = start(&rig, with_version_2()).await?;
    becomes("1 old, 2 live").await?;
    assert_eq!(rig.count("SELECT sum(times)::bigint FROM exercises_v2.tried").await?, 15);
    // The newer process moves version 2 from here on, and version 1 stays as it was.
    rig.passed(&rig.solve(learner(1), &exercise("one")).await?).await?;
    assert_eq!(rig.count("SELECT sum(times)::bigint FROM exercises_v2.tried").await?, 16);
    assert_eq!(rig.count("SELECT count(*) FROM exercises_v1.exercises").await?, 3);
    eventually(PATIENCE, async || {
        ensure!(old.why_not_ready().contains("upgrade this process"), "{}", old.why_not_ready());
        Ok(())
    })
    .await?;

    // While processes of the older build are there, there is a way back; it lasts until somebody orders otherwise.
    rig.publish(&exercise("four")).await?;
    order(&rig, BuildKind::Rollback).await?;
    becomes("1 live, 2 held").await?;
    rig.passed(&rig.publish(&exercise("five")).await?).await?;
    assert_eq!(rig.count("SELECT count(*) FROM exercises_v1.exercises").await?, 5);
    order(&rig, BuildKind::Rebuild).await?;
    becomes("1 old, 2 live").await?;
    rig.passed(&rig.solve(learner(2), &exercise("one")).await?).await?;
    assert_eq!(rig.count("SELECT sum(times)::bigint FROM exercises_v2.tried").await?, 17);
    for (process, builder) in [(old, old_builder), (new, new_builder)] {
        process.stop().await?;
        builder.await?;
    }
    Ok(())
}
