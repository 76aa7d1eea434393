//! Events that cannot be applied: their key waits, everybody else goes on, and operators decide.

mod rig;

use anyhow::ensure;
use events::exercise::Exercise;
use events::judgement::Verdict;
use events::operation::{OperationEvent, ParkedEventDiscarded, ParkedKeyRedriven};
use events::{Event, EventId, Family, NewEvent, Recorded, Wire, subject};
use projectors::projections;
use rig::{PATIENCE, Rig};
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
