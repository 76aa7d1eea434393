//! The broker is away: commands are told so and do not hang, and nobody has to restart when it is back.

use crate::rig::{BOUND, Rig, connect, fact, patiently, rig, stands_at, stored};
use chassis::log::{AppendError, Stream};
use chassis::observe::Observatory;
use futures_util::future::join_all;
use std::time::Duration;
use testkit::eventually;
use testkit::proxy::Proxy;
use tokio::time::timeout;

#[tokio::test]
async fn appends_are_refused_and_work_again_afterwards() -> anyhow::Result<()> {
    let Rig { log, server } = rig().await?;
    log.append(fact(1, 1)).await?;
    server.kill().await?;
    eventually(BOUND, async || {
        anyhow::ensure!(!log.is_connected(), "not noticed yet");
        Ok(())
    })
    .await?;
    // Far below the time a request may take: nothing was sent.
    for attempt in 0..100 {
        let plain = log.append(fact(100 + attempt, 1));
        let conditional = log.append_expecting(fact(200 + attempt, 2), 0);
        let refused = timeout(BOUND, async { tokio::join!(plain, conditional) }).await?;
        anyhow::ensure!(
            refused == (Err(AppendError::Unavailable), Err(AppendError::Unavailable)),
            "{refused:?}"
        );
    }
    server.restart().await?;
    let appended = eventually(BOUND, async || Ok(log.append(fact(2, 1)).await?)).await?;
    stands_at(&log, &fact(2, 1), appended).await?;
    anyhow::ensure!(appended.sequence == 2, "nothing that was refused was written");
    Ok(())
}

/// Appends that are under way when the broker dies are either told that nobody knows, or succeed once it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_gets_a_true_answer() -> anyhow::Result<()> {
    let Rig { log, server } = rig().await?;
    let appends: Vec<_> = (0..2_000)
        .map(|number| {
            let log = log.clone();
            tokio::spawn(async move { (fact(number, 1), log.append(fact(number, 1)).await) })
        })
        .collect();
    server.kill().await?;
    server.restart().await?;
    for append in appends {
        match timeout(BOUND, append).await?? {
            (fact, Ok(appended)) => {
                let stands = async || stands_at(&log, &fact, appended).await;
                eventually(BOUND, stands).await?;
            }
            (_, Err(AppendError::Unavailable | AppendError::Unacknowledged { .. })) => {}
            (fact, Err(error)) => anyhow::bail!("{}: {error}", fact.id),
        }
    }
    Ok(())
}

/// The connection breaks under an append and does not come back: nobody has to wait out every patience to hear that
/// nobody knows.
#[tokio::test]
async fn a_connection_that_stays_broken_is_told_early() -> anyhow::Result<()> {
    let Rig { log: direct, server } = rig().await?;
    let proxy = Proxy::start(server.port()).await?;
    let log = connect(&proxy.instead_of(&server.url(""))).await?;
    proxy.hold_replies();
    let broken = async {
        eventually(BOUND, async || {
            anyhow::ensure!(direct.last_sequence(Stream::Facts).await? == 2, "not both are stored yet");
            Ok(())
        })
        .await?;
        proxy.refuse();
        anyhow::Ok(())
    };
    let (plain, conditional, broken) =
        tokio::join!(log.append(fact(1, 1)), log.append_expecting(fact(2, 2), 0), broken);
    broken?;
    for outcome in [plain, conditional] {
        let Err(AppendError::Unacknowledged { waited }) = outcome else { anyhow::bail!("{outcome:?}") };
        anyhow::ensure!(waited < Duration::from_secs(5), "{waited:?}");
    }
    // Both were stored, and the same again says so.
    proxy.release();
    proxy.accept();
    let plain = patiently(|_| true, || log.append(fact(1, 1))).await?;
    let conditional = patiently(|_| true, || log.append_expecting(fact(2, 2), 0)).await?;
    anyhow::ensure!(plain.duplicate && conditional.duplicate, "{plain:?}, {conditional:?}");
    Ok(())
}

/// A stream without a leader, here one that is not there at all, is no reason to wait either.
#[tokio::test]
async fn a_missing_stream_is_told_at_once() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    log.jetstream().delete_stream("FACTS").await?;
    anyhow::ensure!(log.append(fact(1, 1)).await == Err(AppendError::Unavailable));
    anyhow::ensure!(log.append_expecting(fact(1, 1), 0).await == Err(AppendError::Unavailable));
    Ok(())
}

/// A broker that is there and answers nothing: whoever is under way hears that nobody knows, nobody else waits long,
/// and once it answers again everything is there at most once.
#[tokio::test]
async fn a_frozen_broker_holds_nobody_for_ever() -> anyhow::Result<()> {
    let Rig { log, server } = rig().await?;
    log.append(fact(0, 1)).await?;
    server.pause();
    let appends = join_all((1..=200).map(|number| log.append(fact(number, 1))));
    let conditional = log.append_expecting(fact(1_000, 2), 0);
    let (appends, conditional) = timeout(BOUND, async { tokio::join!(appends, conditional) }).await?;
    server.resume();
    for outcome in appends.iter().chain([&conditional]) {
        let unknown = matches!(outcome, Err(AppendError::Unacknowledged { .. } | AppendError::Unavailable));
        anyhow::ensure!(unknown, "{outcome:?}");
    }
    for number in 1..=200 {
        patiently(|_| true, || log.append(fact(number, 1))).await?;
    }
    let appended = patiently(|_| true, || log.append_expecting(fact(1_000, 2), 0)).await?;
    stands_at(&log, &fact(1_000, 2), appended).await?;
    let stored = stored(&log).await?;
    anyhow::ensure!(stored.len() == 202 && stored.values().all(|times| *times == 1), "{stored:?}");
    Ok(())
}

/// What waits for a slow broker can be seen while it waits.
#[tokio::test]
async fn appends_on_their_way_are_counted() -> anyhow::Result<()> {
    let Rig { log: _direct, server } = rig().await?;
    let proxy = Proxy::start(server.port()).await?;
    let log = connect(&proxy.instead_of(&server.url(""))).await?;
    let observatory = Observatory::default();
    log.observe(&observatory);
    let in_flight = |expected: u32| {
        let metrics = observatory.metrics()?;
        let line = format!("log_appends_in_flight{{stream=\"FACTS\"}} {expected}\n");
        anyhow::ensure!(metrics.contains(&line), "{metrics}");
        Ok(())
    };
    in_flight(0)?;
    proxy.hold_replies();
    let appends = join_all((0..3).map(|number| log.append(fact(number, 1))));
    let released = async {
        let seen = eventually(BOUND, async || in_flight(3)).await;
        proxy.release();
        seen
    };
    let (appended, seen) = tokio::join!(appends, released);
    seen?;
    anyhow::ensure!(appended.iter().all(Result::is_ok), "{appended:?}");
    in_flight(0)
}
