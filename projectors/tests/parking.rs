//! Events that cannot be applied: their key waits, everybody else goes on, and operators decide.

mod rig;

use anyhow::ensure;
use events::exercise::Exercise;
use events::judgement::Verdict;
use events::operation::{
    BuildKind, OperationEvent, ParkedEventDiscarded, ParkedKeyRedriven, ProjectionBuildOrdered,
};
use events::{Event, EventId, Family, NewEvent, Partition, Recorded, Wire, subject};
use projectors::projection::Registered;
use projectors::projections;
use projectors::rebuild::{Built, Outcome};
use rig::{PATIENCE, Rig};
use sqlx::AssertSqlSafe;
use testkit::build::{exercise, judgement, learner, recorded, submission};
use testkit::eventually;
use uuid::Uuid;

/// (projection, sequence, cause) of what is parked, in order.
async fn parked(rig: &Rig) -> anyhow::Result<Vec<(String, i64, bool)>> {
    Ok(sqlx::query_as("SELECT projection, sequence, cause FROM parked ORDER BY projection, sequence")
        .fetch_all(&rig.pool)
        .await?)
}

fn at(projection: &str, event: u64, cause: bool) -> (String, i64, bool) {
    (projection.to_owned(), i64::try_from(event).expect("small"), cause)
}

async fn order(rig: &Rig, operation: OperationEvent) -> anyhow::Result<Recorded> {
    rig.append(Event::Operation(operation)).await
}

fn redrive(projection: &str, key: Uuid) -> OperationEvent {
    OperationEvent::ParkedKeyRedriven(ParkedKeyRedriven {
        projection: projection.to_owned(),
        key,
        operator_id: learner(0),
    })
}

fn discard(projection: &str, key: Uuid, sequence: u64) -> OperationEvent {
    OperationEvent::ParkedEventDiscarded(ParkedEventDiscarded {
        projection: projection.to_owned(),
        key,
        sequence,
        reason: "a test".to_owned(),
        operator_id: learner(0),
    })
}

#[tokio::test]
async fn a_refused_row_parks_its_key_alone_and_a_redrive_applies_it_in_order() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let first = exercise("one");
    // Another exercise under the same slug: PostgreSQL refuses it (23505).
    let second = Exercise { slug: first.slug.clone(), ..exercise("two") };
    rig.publish(&first).await?;
    let refused = rig.publish(&second).await?;
    let third = rig.publish(&exercise("three")).await?;
    let later = rig.publish(&Exercise { revision: 3, title: "Later".to_owned(), ..second.clone() }).await?;
    rig.all_passed(&[refused.clone(), third, later.clone()]).await?;
    assert_eq!(
        parked(&rig).await?,
        [at("exercises", refused.sequence, true), at("exercises", later.sequence, false)]
    );
    assert_eq!(rig.count("SELECT count(*) FROM exercises_v1.exercises").await?, 2);
    assert_eq!(process.metric("projectors_parked_keys{projection=\"exercises\",version=\"1\"} "), Some(1.0));

    // In vain, as long as the cause is there.
    let key = second.exercise_id.0;
    let order_in_vain = order(&rig, redrive("exercises", key)).await?;
    rig.passed(&order_in_vain).await?;
    assert_eq!(parked(&rig).await?.len(), 2);

    sqlx::query("DELETE FROM exercises_v1.exercises WHERE exercise_id = $1")
        .bind(first.exercise_id.0)
        .execute(&rig.pool)
        .await?;
    rig.passed(&order(&rig, redrive("exercises", key)).await?).await?;
    assert_eq!(parked(&rig).await?, []);
    let (title, revision): (String, i32) =
        sqlx::query_as("SELECT title, revision FROM exercises_v1.exercises WHERE exercise_id = $1")
            .bind(key)
            .fetch_one(&rig.pool)
            .await?;
    assert_eq!((title.as_str(), revision), ("Later", 3));
    process.stop().await
}

#[tokio::test]
async fn a_discarded_event_is_ignored_now_and_in_every_rebuild() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let task = exercise("one");
    // A verdict on a submission that is not there (yet): a fold error.
    let unreceived = submission(900, learner(1), &task);
    let unreceived = Recorded {
        event: unreceived.clone(),
        ..strip(recorded(900, Event::Submission(events::submission::SubmissionEvent::Received(unreceived))))
    };
    let poison = rig.judged(judgement(&unreceived, Verdict::WrongAnswer)).await?;
    let waiting = rig.solve(learner(1), &task).await?;
    let other = rig.solve(learner(2), &task).await?;
    rig.all_passed(&[poison.clone(), waiting.clone(), other]).await?;
    assert_eq!(
        rig.count("SELECT count(*) FROM attempts WHERE verdict IS NOT NULL").await?,
        1,
        "the neighbour goes on"
    );
    let causes: Vec<_> = parked(&rig).await?.into_iter().filter(|(.., cause)| *cause).collect();
    assert_eq!(causes, [at("progress", poison.sequence, true)]);

    let key = learner(1).0;
    rig.passed(&order(&rig, discard("progress", key, poison.sequence)).await?).await?;
    assert_eq!(parked(&rig).await?, []);
    assert_eq!(rig.count("SELECT count(*) FROM attempts WHERE verdict IS NOT NULL").await?, 2);

    let (builder, _) = rig.runner(projections::ALL).await?;
    let built = builder.rebuild(projections::ALL).await?;
    assert!(built.iter().all(|built| built.identical == Some(true)), "{built:?}");
    assert_eq!(parked(&rig).await?, []);
    process.stop().await
}

fn strip(recorded: Recorded) -> Recorded<events::submission::SubmissionReceived> {
    let Event::Submission(events::submission::SubmissionEvent::Received(event)) = recorded.event else {
        panic!("a submission was just made");
    };
    Recorded {
        part: recorded.part,
        sequence: recorded.sequence,
        id: recorded.id,
        time: recorded.time,
        request_digest: None,
        traceparent: None,
        event,
    }
}

#[tokio::test]
async fn an_unreadable_event_parks_its_key_where_it_matters() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let task = exercise("one");
    let sound =
        Event::Submission(events::submission::SubmissionEvent::Received(submission(900, learner(1), &task)));
    let sound = NewEvent {
        id: EventId(Uuid::from_u128(900)),
        source: "test",
        time: testkit::build::start(),
        event: sound,
        request_digest: None,
        traceparent: None,
    };
    let poison = Wire { body: b"{\"submission_id\":".to_vec(), ..sound.to_wire()? };
    assert_eq!(poison.subject, subject::fact(Family::Submission, learner(1).0));
    let poison = rig.log.append(poison).await?;
    let other = rig.solve(learner(2), &task).await?;
    rig.passed(&other).await?;
    eventually(PATIENCE, async || {
        let parked = parked(&rig).await?;
        ensure!(
            parked == [at("progress", poison.sequence, true), at("submissions", poison.sequence, true)],
            "{parked:?}"
        );
        Ok(())
    })
    .await?;
    // A rebuild parks it as well, and comes to the same rows.
    let (builder, _) = rig.runner(projections::ALL).await?;
    let built = builder.rebuild(projections::ALL).await?;
    assert!(built.iter().all(|built| built.identical == Some(true)), "{built:?}");
    assert_eq!(parked(&rig).await?.len(), 2);
    process.stop().await
}

#[tokio::test]
async fn text_that_postgresql_cannot_hold_stops_nothing() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    // The API refuses it; these facts are in the log all the same.
    for projection in ["exercises", "no\0such"] {
        let order = OperationEvent::ProjectionBuildOrdered(ProjectionBuildOrdered {
            projection: projection.to_owned(),
            kind: BuildKind::Verify,
            accept_difference: false,
            reason: "a\0b".to_owned(),
            operator_id: learner(0),
        });
        rig.passed(&rig.append_now(Event::Operation(order)).await?).await?;
    }
    let reasons: Vec<String> =
        sqlx::query_scalar("SELECT reason FROM builds ORDER BY ordered_seq").fetch_all(&rig.pool).await?;
    assert_eq!(reasons, ["a\u{fffd}b"; 2]);

    // What cannot be read is quoted in the error that is kept with it.
    let task = exercise("one");
    let sound =
        Event::Submission(events::submission::SubmissionEvent::Received(submission(900, learner(1), &task)));
    let sound = testkit::build::new_event(900, sound).to_wire()?;
    let body = String::from_utf8(sound.body.clone())?.replacen("_id\":\"", "_id\":\"\\u0000", 1);
    rig.log.append(Wire { body: body.into_bytes(), ..sound }).await?;
    rig.passed(&rig.solve(learner(2), &task).await?).await?;
    eventually(PATIENCE, async || {
        let errors: Vec<String> = sqlx::query_scalar("SELECT error FROM parked").fetch_all(&rig.pool).await?;
        ensure!(errors.len() == 2 && errors.iter().all(|error| error.contains('\u{fffd}')), "{errors:?}");
        Ok(())
    })
    .await?;
    // A redrive in vain says it once more.
    rig.passed(&order(&rig, redrive("progress", learner(1).0)).await?).await?;
    assert_eq!(parked(&rig).await?.len(), 2);
    process.stop().await
}

#[tokio::test]
async fn what_a_redrive_applied_late_is_no_difference_to_a_rebuild() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let process = rig.start().await?;
    let task = exercise("one");
    // All of one partition, so that they share the numbers of its ledger.
    let partition = Partition::of(learner(1).0);
    let of_partition = |number: &u32| Partition::of(learner(*number).0) == partition;
    let others: Vec<u32> = (2..).filter(of_partition).take(2).collect();
    sqlx::query(AssertSqlSafe(format!(
        "ALTER TABLE {}.ledger ADD CONSTRAINT a_test CHECK (learner_id <> '{}')",
        ledger().schema(),
        learner(1)
    )))
    .execute(&rig.pool)
    .await?;
    let late = rig.solve(learner(1), &task).await?;
    for other in others {
        rig.passed(&rig.solve(learner(other), &task).await?).await?;
    }
    assert_eq!(parked(&rig).await?, [at("ledger", late.sequence, true)]);
    sqlx::query(AssertSqlSafe(format!("ALTER TABLE {}.ledger DROP CONSTRAINT a_test", ledger().schema())))
        .execute(&rig.pool)
        .await?;
    rig.passed(&order(&rig, redrive("ledger", learner(1).0)).await?).await?;
    assert_eq!(parked(&rig).await?, []);
    let last = "SELECT no FROM ledger ORDER BY recorded_seq LIMIT 1";
    assert!(rig.count(last).await? > 1, "it was applied after the others");

    let (builder, _) = rig.runner(projections::ALL).await?;
    let built = builder.rebuild(&[ledger()]).await?;
    assert!(built.iter().all(|built| built.identical == Some(true)), "{built:?}");
    assert!(rig.count(last).await? == 1, "the rebuilt ledger has them in the log's order");

    // Whatever else is in those rows is compared as before, and how many there are.
    let corrupt = format!("UPDATE {}.ledger SET points = points + 1 WHERE no = 1", ledger().schema());
    sqlx::query(AssertSqlSafe(corrupt)).execute(&rig.pool).await?;
    let built = builder.rebuild(&[ledger()]).await?;
    let [Built { outcome: Outcome::Refused(difference), .. }] = &built[..] else { panic!("{built:?}") };
    assert_eq!(difference.place, "ledger");
    process.stop().await
}

fn ledger() -> Registered {
    *projections::ALL.iter().find(|known| known.name == "ledger").expect("it is registered")
}
