//! Owners that die, freeze or hand over; stores that go away; a log that lost events.

mod rig;

use anyhow::ensure;
use chassis::log::Stream;
use chassis::log::streams::{StreamPlan, set_up};
use projectors::projections;
use rig::{PATIENCE, Process, Rig, start_over};
use sqlx::{Connection, PgConnection};
use testkit::build::{account, exercise, learner};
use testkit::eventually;
use testkit::proxy::Proxy;

/// A process that reaches PostgreSQL through a proxy.
async fn start_behind(rig: &Rig, proxy: &Proxy) -> anyhow::Result<Process> {
    let (mut runner, observatory) = rig.runner(projections::ALL).await?;
    let mut config = rig.config();
    config.database_url = proxy.instead_of(rig.database.url()).into();
    let behind = projectors::runner(&config, projections::ALL, runner.log.clone(), &observatory)?;
    (runner.pool, runner.database, runner.lease) = (behind.pool, behind.database, behind.lease);
    Ok(Process::start(runner, observatory))
}

async fn is_owner(process: &Process) -> anyhow::Result<()> {
    eventually(PATIENCE, async || {
        ensure!(process.metric("projectors_owner ") == Some(1.0), "{}", process.why_not_ready());
        Ok(())
    })
    .await
}

/// What a clean run over the same log makes of it.
async fn clean_rows(rig: &Rig, last: &events::Recorded) -> anyhow::Result<rig::Rows> {
    start_over(&rig.pool).await?;
    let process = rig.start().await?;
    rig.passed(last).await?;
    process.stop().await?;
    rig.rows().await
}

#[tokio::test]
async fn a_connection_cut_after_any_statement_loses_and_doubles_nothing() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let proxy = Proxy::start(rig.database.server().port()).await?;
    let process = start_behind(&rig, &proxy).await?;
    is_owner(&process).await?;
    let task = exercise("sum-of-two");
    // The tags with which PostgreSQL answers the statements of a batch. After COMMIT's, the batch counts and the owner
    // does not know it.
    let mut cuts = 0;
    let mut last = None;
    for (round, tag) in
        ["BEGIN", "SELECT ", "INSERT 0 ", "UPDATE ", "COMMIT"].into_iter().cycle().take(10).enumerate()
    {
        proxy.cut_next_server_reply_containing(tag);
        cuts += 1;
        let learner = learner(u32::try_from(round)? + 1);
        last = Some(rig.solve(learner, &task).await?);
        proxy.was_cut(cuts).await;
    }
    let last = last.expect("ten rounds");
    rig.passed(&last).await?;
    process.stop().await?;
    let found = rig.rows().await?;
    assert_eq!(found, clean_rows(&rig, &last).await?);
    Ok(())
}

#[tokio::test]
async fn a_killed_owner_is_replaced_and_a_stopped_one_hands_over() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = exercise("sum-of-two");
    let first = rig.start().await?;
    is_owner(&first).await?;
    let second = rig.start().await?;
    rig.passed(&rig.solve(learner(1), &task).await?).await?;
    assert_eq!(second.metric("projectors_owner "), Some(0.0));
    first.kill().await;
    is_owner(&second).await?;
    rig.passed(&rig.solve(learner(2), &task).await?).await?;

    let third = rig.start().await?;
    second.stop().await?;
    is_owner(&third).await?;
    let last = rig.solve(learner(3), &task).await?;
    rig.passed(&last).await?;
    third.stop().await?;
    let found = rig.rows().await?;
    assert_eq!(found, clean_rows(&rig, &last).await?);
    Ok(())
}

#[tokio::test]
async fn an_owner_frozen_at_its_commit_is_replaced_and_harmless_when_it_wakes() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let proxy = Proxy::start(rig.database.server().port()).await?;
    let task = exercise("sum-of-two");
    let frozen = start_behind(&rig, &proxy).await?;
    is_owner(&frozen).await?;
    rig.passed(&rig.solve(learner(1), &task).await?).await?;

    // Its checkpoint statement waits for this lock; then nothing reaches it any more, and the lock goes: its transaction
    // is complete but for the COMMIT, and holds the checkpoint rows.
    let mut holder = PgConnection::connect(rig.database.url()).await?;
    sqlx::query("BEGIN").execute(&mut holder).await?;
    sqlx::query("SELECT 1 FROM checkpoints FOR UPDATE").execute(&mut holder).await?;
    let submission = rig.submit(learner(2), &task).await?;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                   AND application_name = 'laurel-projectors' AND datname = current_database()";
    eventually(PATIENCE, async || {
        ensure!(rig.count(waiting).await? > 0, "the owner does not wait for the lock");
        Ok(())
    })
    .await?;
    proxy.hold();
    sqlx::query("COMMIT").execute(&mut holder).await?;

    let heir = rig.start().await?;
    is_owner(&heir).await?;
    rig.passed(&rig.judge(&submission, events::judgement::Verdict::Accepted).await?).await?;
    proxy.release();
    eventually(PATIENCE, async || {
        ensure!(frozen.metric("projectors_owner ") == Some(0.0), "it still takes itself for the owner");
        Ok(())
    })
    .await?;
    let last = rig.solve(learner(3), &task).await?;
    rig.passed(&last).await?;
    frozen.stop().await?;
    heir.stop().await?;
    let found = rig.rows().await?;
    assert_eq!(found, clean_rows(&rig, &last).await?);
    Ok(())
}

#[tokio::test]
async fn a_late_owner_cannot_move_a_checkpoint() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let proxy = Proxy::start(rig.database.server().port()).await?;
    let task = exercise("sum-of-two");
    let late = start_behind(&rig, &proxy).await?;
    is_owner(&late).await?;
    // Held before its first statement: it begins its transaction only after the other one has taken over and gone on.
    proxy.hold();
    let submission = rig.submit(learner(1), &task).await?;
    let heir = rig.start().await?;
    let last = rig.judge(&submission, events::judgement::Verdict::Accepted).await?;
    rig.passed(&last).await?;
    proxy.release();
    eventually(PATIENCE, async || {
        ensure!(late.metric("projectors_owner ") == Some(0.0), "it still takes itself for the owner");
        Ok(())
    })
    .await?;
    late.stop().await?;
    heir.stop().await?;
    let found = rig.rows().await?;
    assert_eq!(found, clean_rows(&rig, &last).await?);
    Ok(())
}

async fn halted(process: &Process, why: &str) -> anyhow::Result<()> {
    eventually(PATIENCE, async || {
        let reasons = process.why_not_ready();
        ensure!(reasons.contains(why), "{reasons}");
        ensure!(process.metric("projectors_halted ") == Some(1.0), "not halted");
        Ok(())
    })
    .await
}

/// The log as a broker has it that lost everything.
async fn lose_the_log(rig: &Rig) -> anyhow::Result<()> {
    rig.log.jetstream().delete_stream(Stream::Facts.name()).await?;
    let plan = StreamPlan {
        replicas: 1,
        facts_bytes_max: 1 << 30,
        identity_bytes_max: 64 << 20,
        metadata: [].into(),
    };
    Ok(set_up(rig.log.jetstream(), &plan).await?)
}

#[tokio::test]
async fn a_log_that_lost_events_halts_everything() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = exercise("sum-of-two");
    let process = rig.start().await?;
    for number in 1..=3 {
        rig.passed(&rig.solve(learner(number), &task).await?).await?;
    }
    process.stop().await?;
    let before = rig.rows().await?;

    lose_the_log(&rig).await?;
    let process = rig.start().await?;
    halted(&process, "log_regressed").await?;
    process.stop().await?;

    // As many events as before, but others.
    for number in 11..=16 {
        rig.submit(learner(number), &task).await?;
    }
    let process = rig.start().await?;
    halted(&process, "log_regressed").await?;
    process.stop().await?;
    assert_eq!(rig.rows().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_trimmed_log_is_fine_until_unread_events_are_gone() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = exercise("sum-of-two");
    let process = rig.start().await?;
    let read = rig.solve(learner(1), &task).await?;
    rig.passed(&read).await?;
    process.stop().await?;
    let trim_before = async |sequence: u64| -> anyhow::Result<()> {
        let stream = rig.log.jetstream().get_stream(Stream::Facts.name()).await?;
        stream.purge().sequence(sequence).await?;
        Ok(())
    };

    let next = rig.solve(learner(2), &task).await?;
    trim_before(read.sequence + 1).await?;
    let process = rig.start().await?;
    rig.passed(&next).await?;
    process.stop().await?;

    rig.solve(learner(3), &task).await?;
    rig.solve(learner(4), &task).await?;
    trim_before(next.sequence + 3).await?;
    let process = rig.start().await?;
    halted(&process, "log_trimmed").await?;
    process.stop().await
}

#[tokio::test]
async fn boards_heal_from_whatever_redis_lost() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = exercise("sum-of-two");
    let process = rig.start().await?;
    for number in 1..=3 {
        rig.solve(learner(number), &task).await?;
    }
    let shows = async |learners: usize| {
        eventually(PATIENCE, async || {
            let board = rig.board().await?;
            ensure!(board.len() == learners, "{board:?}");
            Ok(())
        })
        .await
    };
    shows(3).await?;
    let mut redis = rig.redis_connection().await?;
    let before: Vec<(String, String)> =
        redis::cmd("HGETALL").arg("lb:{0}:1:checkpoint").query_async(&mut redis).await?;

    // Everything.
    let _: () = redis::cmd("FLUSHDB").query_async(&mut redis).await?;
    shows(3).await?;

    // Its tail: an older checkpoint, without what came after it.
    rig.solve(learner(4), &task).await?;
    shows(4).await?;
    let _: () = redis::cmd("ZREM")
        .arg("lb:{0}:1:global:all")
        .arg(learner(4).to_string())
        .query_async(&mut redis)
        .await?;
    for (field, value) in &before {
        let _: () = redis::cmd("HSET")
            .arg("lb:{0}:1:checkpoint")
            .arg(field)
            .arg(value)
            .query_async(&mut redis)
            .await?;
    }
    let number = format!("{}.no", events::Partition::of(learner(4).0));
    if !before.iter().any(|(field, _)| *field == number) {
        let _: () =
            redis::cmd("HDEL").arg("lb:{0}:1:checkpoint").arg(&number).query_async(&mut redis).await?;
    }
    shows(4).await?;

    // Boards of another database's past.
    let _: () = redis::cmd("HSET")
        .arg("lb:{0}:1:checkpoint")
        .arg("life")
        .arg("another")
        .query_async(&mut redis)
        .await?;
    let _: () =
        redis::cmd("ZADD").arg("lb:{0}:1:global:all").arg(1).arg("nobody").query_async(&mut redis).await?;
    shows(4).await?;
    process.stop().await
}

#[tokio::test]
async fn postgres_goes_on_while_redis_is_away() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = exercise("sum-of-two");
    let process = rig.start().await?;
    rig.solve(learner(1), &task).await?;
    rig.redis.server().kill().await?;
    let event = rig.solve(learner(2), &task).await?;
    rig.passed(&event).await?;
    eventually(PATIENCE, async || {
        ensure!(process.metric("projectors_boards_up ") == Some(0.0), "the metric says that Redis is there");
        Ok(())
    })
    .await?;
    rig.redis.server().restart().await?;
    eventually(PATIENCE, async || {
        let board = rig.board().await?;
        ensure!(board.len() == 2, "{board:?}");
        Ok(())
    })
    .await?;
    process.stop().await
}

#[tokio::test]
async fn postgres_and_the_broker_may_restart() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = exercise("sum-of-two");
    let process = rig.start().await?;
    rig.passed(&rig.solve(learner(1), &task).await?).await?;
    rig.database.server().kill().await?;
    rig.solve(learner(2), &task).await?;
    rig.database.server().restart().await?;
    rig.passed(&rig.register(account(7)).await?).await?;
    rig.nats.kill().await?;
    rig.nats.restart().await?;
    let last = eventually(PATIENCE, async || rig.solve(learner(3), &task).await).await?;
    rig.passed(&last).await?;
    process.stop().await?;
    assert_eq!(rig.count("SELECT count(*) FROM judgements WHERE verdict = 'accepted'").await?, 3);
    Ok(())
}

/// All tables of the database, copied into the schema `backup` and back.
async fn back_up(rig: &Rig, restore: bool) -> anyhow::Result<()> {
    let mut db = PgConnection::connect(rig.database.url()).await?;
    sqlx::query("CREATE SCHEMA IF NOT EXISTS backup").execute(&mut db).await?;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "SELECT schemaname, tablename FROM pg_tables
         WHERE schemaname ~ '_v[0-9]+$' OR (schemaname = 'public' AND tablename NOT LIKE '\\_sqlx%')",
    )
    .fetch_all(&mut db)
    .await?;
    for (schema, table) in tables {
        let statements = if restore {
            vec![
                format!("TRUNCATE {schema}.{table}"),
                format!("INSERT INTO {schema}.{table} SELECT * FROM backup.{schema}_{table}"),
            ]
        } else {
            vec![format!("CREATE TABLE backup.{schema}_{table} AS TABLE {schema}.{table}")]
        };
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut db).await?;
        }
    }
    Ok(db.close().await?)
}

#[tokio::test]
async fn postgres_restored_to_an_older_backup_heals_by_itself_while_events_go_on() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = exercise("sum-of-two");
    let process = rig.start().await?;
    for number in 1..=3 {
        rig.passed(&rig.solve(learner(number), &task).await?).await?;
    }
    process.stop().await?;
    back_up(&rig, false).await?;
    let process = rig.start().await?;
    for number in 4..=6 {
        rig.passed(&rig.solve(learner(number), &task).await?).await?;
    }
    eventually(PATIENCE, async || {
        let board = rig.board().await?;
        ensure!(board.len() == 6, "{board:?}");
        Ok(())
    })
    .await?;
    process.stop().await?;

    rig.solve(learner(7), &task).await?;
    back_up(&rig, true).await?;
    let process = rig.start().await?;
    let last = rig.solve(learner(8), &task).await?;
    rig.passed(&last).await?;
    eventually(PATIENCE, async || {
        let board = rig.board().await?;
        ensure!(board.len() == 8 && process.metric("projectors_boards_lag_rows ") == Some(0.0), "{board:?}");
        Ok(())
    })
    .await?;
    process.stop().await?;
    let found = rig.rows().await?;
    assert_eq!(found, clean_rows(&rig, &last).await?);
    Ok(())
}

#[tokio::test]
async fn while_postgres_stands_still_reading_waits_for_it_and_the_lag_is_told() -> anyhow::Result<()> {
    /// What the queue, a chunk on its way in, and the batch in hand hold at most.
    const READ_AHEAD_MAX: f64 = 6_000.0;
    const EVENTS: usize = 12_000;
    let rig = Rig::new().await?;
    let (runner, observatory) = rig.runner(projections::ALL).await?;
    let process = Process::start(runner.clone(), observatory);
    is_owner(&process).await?;
    let lag = tokio::spawn(runner.watch_lag(process.shutdown.clone()));
    // The owner can write nothing, however often it tries.
    let mut holder = PgConnection::connect(rig.database.url()).await?;
    sqlx::query("BEGIN").execute(&mut holder).await?;
    sqlx::query("SELECT 1 FROM checkpoints FOR UPDATE").execute(&mut holder).await?;
    let task = exercise("sum-of-two");
    let learners = (1..=u32::try_from(EVENTS)?).map(|number| rig.submit(learner(number % 500), &task));
    let submitted = futures_util::future::try_join_all(learners).await?;
    let most = std::cell::Cell::new(0.0_f64);
    eventually(PATIENCE, async || {
        let ahead = process.metric("projectors_read_ahead ").unwrap_or_default();
        most.set(most.get().max(ahead));
        let lag = |what: &str| -> f64 {
            let text = process.observatory.metrics().unwrap_or_default();
            let lines = text.lines().filter(|line| line.starts_with(what) && line.contains("\"ledger\""));
            lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
        };
        ensure!((lag("projectors_lag_events") - 12_000.0).abs() < 0.5, "{}", lag("projectors_lag_events"));
        ensure!(lag("projectors_lag_seconds") > 0.0, "no age");
        Ok(())
    })
    .await?;
    assert!(most.get() <= READ_AHEAD_MAX, "{} messages were read ahead", most.get());
    sqlx::query("ROLLBACK").execute(&mut holder).await?;
    let last = submitted.iter().max_by_key(|submission| submission.sequence).expect("some");
    eventually(PATIENCE, async || {
        let count = rig.count("SELECT max(sequence) FROM checkpoints WHERE projection = 'ledger'").await?;
        ensure!(u64::try_from(count)? >= last.sequence, "at {count}");
        Ok(())
    })
    .await?;
    process.stop().await?;
    lag.await?;
    Ok(())
}
