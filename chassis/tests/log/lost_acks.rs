//! The connection breaks between a publish and its acknowledgement: the event is stored once and the answer is true.

use crate::rig::{Rig, append_all, connect, event, fact, rig, stands_at, stored};
use chassis::log::{AppendError, EventLog, Stream};
use events::{LearnerId, Wire, subject};
use testkit::proxy::Proxy;
use uuid::Uuid;

/// A broker, a connection straight to it, and one through a proxy.
struct Line {
    _rig: Rig,
    direct: EventLog,
    proxied: EventLog,
    proxy: Proxy,
}

async fn line() -> anyhow::Result<Line> {
    let rig = rig().await?;
    let proxy = Proxy::start(rig.server.port()).await?;
    let proxied = connect(&proxy.instead_of(&rig.server.url(""))).await?;
    Ok(Line { direct: rig.log.clone(), _rig: rig, proxied, proxy })
}

#[tokio::test]
async fn of_a_plain_append() -> anyhow::Result<()> {
    let line = line().await?;
    line.proxy.cut_next_server_reply_containing("\"seq\":");
    let appended = line.proxied.append(fact(1, 1)).await?;
    anyhow::ensure!(line.proxy.cuts() == 1 && appended.duplicate);
    stands_at(&line.direct, &fact(1, 1), appended).await?;
    anyhow::ensure!(stored(&line.direct).await?.into_iter().eq([(fact(1, 1).id, 1)]));
    Ok(())
}

#[tokio::test]
async fn of_a_shared_batch() -> anyhow::Result<()> {
    let line = line().await?;
    line.proxy.cut_next_server_reply_containing("\"count\":");
    let facts: Vec<Wire> = (0..300).map(|number| fact(number, 1)).collect();
    let appended = append_all(&line.proxied, facts.clone()).await?;
    anyhow::ensure!(line.proxy.cuts() == 1, "no shared batch was sent");
    for (fact, appended) in facts.iter().zip(&appended) {
        stands_at(&line.direct, fact, *appended).await?;
    }
    let stored = stored(&line.direct).await?;
    anyhow::ensure!(stored.len() == 300 && stored.values().all(|times| *times == 1));
    Ok(())
}

/// Each member has a subject that somebody else writes to right after, so the batch is not the last on any of them.
#[tokio::test]
async fn of_a_shared_batch_that_others_wrote_after() -> anyhow::Result<()> {
    let line = line().await?;
    line.proxy.cut_next_server_reply_containing("\"count\":");
    let facts: Vec<Wire> =
        (0..60).map(|number| fact(number, u64::try_from(number).unwrap_or_default())).collect();
    let others = async {
        line.proxy.was_cut(1).await;
        line.proxy.refuse();
        let others = facts.iter().zip(0_u64..).map(|(_, learner)| fact(1_000 + u128::from(learner), learner));
        let others = append_all(&line.direct, others).await;
        line.proxy.accept();
        others
    };
    let (appended, others) = tokio::join!(append_all(&line.proxied, facts.clone()), others);
    others?;
    for (fact, appended) in facts.iter().zip(appended?) {
        stands_at(&line.direct, fact, appended).await?;
    }
    let stored = stored(&line.direct).await?;
    anyhow::ensure!(stored.len() == 120 && stored.values().all(|times| *times == 1));
    Ok(())
}

#[tokio::test]
async fn of_a_conditional_append() -> anyhow::Result<()> {
    let line = line().await?;
    let first = line.direct.append(fact(1, 1)).await?;
    line.proxy.cut_next_server_reply_containing("\"seq\":");
    let appended = line.proxied.append_expecting(fact(2, 1), first.sequence).await?;
    anyhow::ensure!(line.proxy.cuts() == 1 && appended.sequence == first.sequence + 1);
    let late = line.proxied.append_expecting(fact(3, 1), first.sequence).await;
    anyhow::ensure!(matches!(late, Err(AppendError::Conflict { .. })), "{late:?}");
    Ok(())
}

/// The acknowledgement is lost and, before the client is back, somebody else writes on top: still a success.
#[tokio::test]
async fn of_a_conditional_append_that_somebody_wrote_after() -> anyhow::Result<()> {
    let line = line().await?;
    line.proxy.cut_next_server_reply_containing("\"seq\":");
    let later = async {
        line.proxy.was_cut(1).await;
        line.proxy.refuse();
        let later = line.direct.append(fact(2, 1)).await;
        line.proxy.accept();
        later
    };
    let (appended, later) = tokio::join!(line.proxied.append_expecting(fact(1, 1), 0), later);
    stands_at(&line.direct, &fact(1, 1), appended?).await?;
    stands_at(&line.direct, &fact(2, 1), later?).await
}

#[tokio::test]
async fn of_a_conditional_batch() -> anyhow::Result<()> {
    let line = line().await?;
    line.proxy.cut_next_server_reply_containing("\"count\":");
    let learner = LearnerId(Uuid::from_u128(1));
    let batch = [subject::private(learner), subject::key(learner), subject::handle_claim("ab")];
    let batch: Vec<Wire> =
        batch.into_iter().zip(0..).map(|(subject, number)| event(number, subject)).collect();
    let members = || batch.iter().map(|wire| (wire.clone(), 0)).collect::<Vec<_>>();
    let appended = line.proxied.append_all_expecting(members()).await?;
    anyhow::ensure!(line.proxy.cuts() == 1);
    stands_at(&line.direct, &batch[2], appended).await?;
    anyhow::ensure!(line.direct.last_sequence(Stream::Identity).await? == 3);
    // The same registration once more gets the first answer.
    let again = line.proxied.append_all_expecting(members()).await?;
    anyhow::ensure!(again.duplicate && again.sequence == appended.sequence);
    Ok(())
}

/// Whatever was acknowledged is there once, however often the connection breaks meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn again_and_again() -> anyhow::Result<()> {
    const CUTS: u64 = 10;
    let line = line().await?;
    let mut number = 0;
    let mut acknowledged = Vec::new();
    while line.proxy.cuts() < CUTS {
        line.proxy.cut_next_server_reply_containing("\"seq\":");
        let facts: Vec<Wire> = (number..number + 100).map(|number| fact(number, 1)).collect();
        number += 100;
        let appends = facts.iter().map(|fact| async {
            loop {
                if let Ok(appended) = line.proxied.append(fact.clone()).await {
                    return (fact.clone(), appended);
                }
                tokio::task::yield_now().await;
            }
        });
        acknowledged.extend(futures_util::future::join_all(appends).await);
    }
    let stored = stored(&line.direct).await?;
    anyhow::ensure!(stored.len() == acknowledged.len() && stored.values().all(|times| *times == 1));
    for (fact, appended) in acknowledged {
        stands_at(&line.direct, &fact, appended).await?;
    }
    Ok(())
}
