//! What operators order: verifying, rebuilding, aborting, rolling back; and builds whose process dies.

mod rig;

use anyhow::{Context, ensure};
use chassis::log::Stream;
use chassis::shutdown::Shutdown;
use events::operation::{BuildKind, OperationEvent, ProjectionBuildAborted, ProjectionBuildOrdered};
use events::{Event, Recorded};
use futures_util::future::try_join_all;
use projectors::projections;
use projectors::runner::Runner;
use rig::{PATIENCE, Rig};
use serde_json::Value;
use sqlx::Row;
use std::time::Duration;
use testkit::build::{exercise, learner};
use testkit::eventually;
use tokio::task::JoinHandle;

async fn order(
    rig: &Rig,
    projection: &str,
    kind: BuildKind,
    accept_difference: bool,
) -> anyhow::Result<Recorded> {
    let order = ProjectionBuildOrdered {
        projection: projection.to_owned(),
        kind,
        accept_difference,
        reason: "a test".to_owned(),
        operator_id: learner(0),
    };
    // Orders of long ago are not carried out, and the builder's events are of a fixed day.
    rig.append_now(Event::Operation(OperationEvent::ProjectionBuildOrdered(order))).await
}

async fn abort(rig: &Rig, projection: &str) -> anyhow::Result<Recorded> {
    let abort = ProjectionBuildAborted { projection: projection.to_owned(), operator_id: learner(0) };
    rig.append_now(Event::Operation(OperationEvent::ProjectionBuildAborted(abort))).await
}

/// What became of an ordered build: its state, and what it found different.
async fn ended(rig: &Rig, order: &Recorded) -> anyhow::Result<(String, Option<Value>)> {
    eventually(PATIENCE, async || {
        let row = sqlx::query(
            "SELECT state, difference, error, ended_at IS NOT NULL AS has_ended FROM builds WHERE build_id = $1",
        )
        .bind(order.id.0)
        .fetch_optional(&rig.pool)
        .await?
        .context("the order is not noted")?;
        let (state, error): (String, Option<String>) = (row.get("state"), row.get("error"));
        ensure!(row.get::<bool, _>("has_ended"), "it is {state}");
        ensure!(error.is_none(), "{error:?}");
        Ok((state, row.get("difference")))
    })
    .await
}

fn builds(runner: &Runner, shutdown: &Shutdown) -> JoinHandle<()> {
    tokio::spawn(runner.clone().carry_out_builds(shutdown.clone()))
}

#[tokio::test]
async fn a_planted_corruption_is_found_refused_replaced_and_come_back_to() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let (runner, observatory) = rig.runner(projections::ALL).await?;
    let process = rig::Process::start(runner.clone(), observatory);
    let builder = builds(&runner, &process.shutdown);
    let publish = async |slug: &str| rig.passed(&rig.publish(&exercise(slug)).await?).await;
    for slug in ["one", "two", "three", "four", "five"] {
        publish(slug).await?;
    }
    let identical = order(&rig, "exercises", BuildKind::Verify, false).await?;
    assert_eq!(ended(&rig, &identical).await?, ("done".to_owned(), None));

    let clean = rig.rows().await?;
    let schema: String = sqlx::query_scalar(
        "SELECT 'exercises_v' || version FROM projections WHERE name = 'exercises' AND state = 'live'",
    )
    .fetch_one(&rig.pool)
    .await?;
    let corrupt = format!("UPDATE {schema}.exercises SET points = points + 1 WHERE slug = 'three'");
    sqlx::query(sqlx::AssertSqlSafe(corrupt)).execute(&rig.pool).await?;
    let corrupted = rig.rows().await?;
    assert_ne!(corrupted, clean);

    for (kind, state) in [(BuildKind::Verify, "different"), (BuildKind::Rebuild, "refused")] {
        let ordered = order(&rig, "exercises", kind, false).await?;
        let (found, difference) = ended(&rig, &ordered).await?;
        let difference = difference.context("no difference is shown")?;
        assert_eq!(
            (found.as_str(), difference["place"].as_str()),
            (state, Some("exercises")),
            "{difference}"
        );
        assert_eq!(difference["key"], exercise("three").exercise_id.to_string());
        let points = |side: &str| difference[side]["points"].as_i64().unwrap_or_default();
        assert_eq!(points("live") - points("built"), 1, "{difference}");
        let shown = difference["live"].as_object().map(serde_json::Map::len);
        assert_eq!(shown, Some(1), "only what differs: {difference}");
    }
    assert_eq!(rig.rows().await?, corrupted, "what was refused is not live");

    let ordered = order(&rig, "exercises", BuildKind::Rebuild, true).await?;
    assert_eq!(ended(&rig, &ordered).await?.0, "done");
    assert_eq!(rig.rows().await?, clean);

    // The way back leads to what was live, with what has happened since; and from there leads one to what was live then.
    publish("six").await?;
    let repaired = rig.rows().await?;
    let ordered = order(&rig, "exercises", BuildKind::Rollback, false).await?;
    assert_eq!(ended(&rig, &ordered).await?.0, "done");
    let back = rig.rows().await?;
    assert_eq!(back["exercises"].len(), 6);
    assert_ne!(back, repaired, "the corrupted row is back");
    let ordered = order(&rig, "exercises", BuildKind::Rollback, false).await?;
    assert_eq!(ended(&rig, &ordered).await?.0, "done");
    publish("seven").await?;
    assert_eq!(rig.rows().await?["exercises"].len(), 7);
    let verified = order(&rig, "exercises", BuildKind::Verify, false).await?;
    assert_eq!(ended(&rig, &verified).await?, ("done".to_owned(), None));

    let unknown = order(&rig, "no_such_projection", BuildKind::Verify, false).await?;
    let error = eventually(PATIENCE, async || {
        let error: Option<String> =
            sqlx::query_scalar("SELECT error FROM builds WHERE build_id = $1 AND state = 'failed'")
                .bind(unknown.id.0)
                .fetch_optional(&rig.pool)
                .await?;
        error.context("not yet")
    })
    .await?;
    assert_eq!(error, "there is no such projection");
    process.stop().await?;
    builder.await?;
    Ok(())
}

#[tokio::test]
async fn a_place_that_only_redis_has_otherwise_is_found_and_a_rebuild_mends_it() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let (runner, observatory) = rig.runner(projections::ALL).await?;
    let process = rig::Process::start(runner.clone(), observatory);
    let builder = builds(&runner, &process.shutdown);
    let task = exercise("one");
    for number in 1..=3 {
        rig.passed(&rig.solve(learner(number), &task).await?).await?;
    }
    let verified = order(&rig, "ledger", BuildKind::Verify, false).await?;
    assert_eq!(ended(&rig, &verified).await?, ("done".to_owned(), None));

    let mut redis = rig.redis_connection().await?;
    let (set, stranger) = ("lb:{0}:1:global:all", learner(77).to_string());
    let _: () = redis::cmd("ZADD").arg(set).arg(1).arg(&stranger).query_async(&mut redis).await?;
    let verified = order(&rig, "ledger", BuildKind::Verify, false).await?;
    let (state, difference) = ended(&rig, &verified).await?;
    let difference = difference.context("no difference")?;
    assert_eq!((state.as_str(), difference["key"].as_str()), ("different", Some(stranger.as_str())));
    assert_eq!((&difference["live"]["score"], &difference["built"]), (&Value::from(1), &Value::Null));
    let _: () = redis::cmd("ZREM").arg(set).arg(learner(2).to_string()).query_async(&mut redis).await?;
    let verified = order(&rig, "ledger", BuildKind::Verify, false).await?;
    let difference = ended(&rig, &verified).await?.1.context("no difference")?;
    assert_eq!(
        (difference["key"].as_str(), &difference["live"]),
        (Some(&*learner(2).to_string()), &Value::Null)
    );

    // A rebuild comes with boards of its own, filled before they are read; those of before are gone.
    let rebuilt = order(&rig, "ledger", BuildKind::Rebuild, false).await?;
    assert_eq!(ended(&rig, &rebuilt).await?.0, "done");
    assert_eq!(rig.board_at("lb:{0}:2:global:all").await?.len(), 3);
    assert!(rig.board_at(set).await?.is_empty());
    let verified = order(&rig, "ledger", BuildKind::Verify, false).await?;
    assert_eq!(ended(&rig, &verified).await?, ("done".to_owned(), None));
    process.stop().await?;
    builder.await?;
    Ok(())
}

#[tokio::test]
async fn a_build_that_dies_is_gone_on_with_and_one_that_is_aborted_is_not() -> anyhow::Result<()> {
    const SUBMISSIONS: u32 = 1_500;
    let rig = Rig::new().await?;
    let (live, observatory) = rig.runner(projections::ALL).await?;
    let process = rig::Process::start(live, observatory);
    let task = exercise("one");
    rig.publish(&task).await?;
    let submissions =
        try_join_all((0..SUBMISSIONS).map(|number| rig.submit(learner(number % 40), &task))).await?;
    let judge = async |submission| rig.judge(submission, events::judgement::Verdict::Accepted).await;
    let judged = try_join_all(submissions.iter().map(judge)).await?;
    rig.all_passed(&judged[judged.len() - 40..]).await?;
    let before = rig.rows().await?;
    // A build asks this table how the live versions are, after each batch: it gets no further than the first.
    let mut pause = rig.pool.begin().await?;
    sqlx::query("LOCK TABLE log_heads").execute(&mut *pause).await?;

    let (mut first, _) = rig.runner(projections::ALL).await?;
    first.save_builds_every = Duration::ZERO;
    let dying = builds(&first, &Shutdown::new());
    let rebuild = order(&rig, "submissions", BuildKind::Rebuild, false).await?;
    let aborted = order(&rig, "progress", BuildKind::Rebuild, false).await?;
    let saved = async |order: &Recorded| {
        eventually(PATIENCE, async || {
            let at: Option<i64> = sqlx::query_scalar("SELECT resume_at FROM builds WHERE build_id = $1")
                .bind(order.id.0)
                .fetch_one(&rig.pool)
                .await?;
            at.context("nothing is saved")
        })
        .await
    };
    let saved = saved(&rebuild).await?.min(saved(&aborted).await?);
    dying.abort();
    let _aborted = dying.await;
    abort(&rig, "progress").await?;
    eventually(PATIENCE, async || {
        let told = rig.count("SELECT count(*) FROM builds WHERE abort_requested").await?;
        ensure!(told == 1, "{told}");
        Ok(())
    })
    .await?;

    pause.rollback().await?;
    let (second, observatory) = rig.runner(projections::ALL).await?;
    let shutdown = Shutdown::new();
    let heir = builds(&second, &shutdown);
    assert_eq!(ended(&rig, &rebuild).await?.0, "done");
    assert_eq!(ended(&rig, &aborted).await?.0, "aborted");
    let metrics = observatory.metrics()?;
    let read = metrics
        .lines()
        .find_map(|line| line.strip_prefix("projectors_build_events_total "))
        .context("metric")?;
    let last = i64::try_from(rig.log.last_sequence(Stream::Facts).await?)?;
    assert!(read.parse::<i64>()? <= last - saved, "it began anew: read {read}, saved {saved} of {last}");
    assert_eq!(rig.rows().await?, before);
    let leftovers = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%building%'";
    eventually(PATIENCE, async || {
        let left = rig.count(leftovers).await?;
        ensure!(left == 0, "{left} schemas are left");
        Ok(())
    })
    .await?;
    let held = rig.count("SELECT count(*) FROM projections WHERE state = 'held'").await?;
    assert_eq!(held, 0, "what is live is not held");
    shutdown.begin();
    heir.await?;
    process.stop().await
}

#[tokio::test]
async fn an_abort_ends_what_stands_before_it_in_the_log_and_never_a_swap() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let (runner, observatory) = rig.runner(projections::ALL).await?;
    let process = rig::Process::start(runner.clone(), observatory);
    rig.passed(&rig.publish(&exercise("one")).await?).await?;
    // Nobody builds yet. The abort is of a process whose clock is behind.
    let given_up = order(&rig, "exercises", BuildKind::Verify, false).await?;
    let abort = ProjectionBuildAborted { projection: "exercises".to_owned(), operator_id: learner(0) };
    rig.append(Event::Operation(OperationEvent::ProjectionBuildAborted(abort))).await?;
    let rebuilt = order(&rig, "exercises", BuildKind::Rebuild, false).await?;
    let builder = builds(&runner, &process.shutdown);
    assert_eq!(ended(&rig, &rebuilt).await?.0, "done");
    assert_eq!(ended(&rig, &given_up).await?.0, "aborted");

    // A swap waits for these rows, and so does who would note an order. Whoever is asked to give up now does not.
    let mut pause = rig.pool.begin().await?;
    sqlx::query("SELECT FROM checkpoints FOR UPDATE").execute(&mut *pause).await?;
    let back = uuid::Uuid::from_u128(77);
    sqlx::query(
        "INSERT INTO builds (build_id, projection, kind, state, ordered_at)
         VALUES ($1, 'exercises', 'rollback', 'ordered', clock_timestamp())",
    )
    .bind(back)
    .execute(&rig.pool)
    .await?;
    let back = Recorded { id: events::EventId(back), ..rebuilt };
    eventually(PATIENCE, async || {
        let swapping = "SELECT count(*) FROM builds WHERE state = 'swapping'";
        ensure!(rig.count(swapping).await? == 1, "not yet");
        Ok(())
    })
    .await?;
    sqlx::query("UPDATE builds SET abort_requested = true WHERE build_id = $1")
        .bind(back.id.0)
        .execute(&rig.pool)
        .await?;
    let in_vain = tokio::time::timeout(Duration::from_millis(1_500), ended(&rig, &back)).await;
    assert!(in_vain.is_err(), "{in_vain:?}");
    pause.rollback().await?;
    assert_eq!(ended(&rig, &back).await?.0, "done");
    process.stop().await?;
    builder.await?;
    Ok(())
}
