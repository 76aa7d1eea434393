//! A large commit sets out while another waits for its acknowledgement.

use crate::rig::{BOUND, Rig, connect, fact, rig, stands_at, stored};
use anyhow::ensure;
use chassis::log::{EventLog, Stream};
use chassis::observe::Observatory;
use futures_util::future::{join_all, try_join_all};
use testkit::eventually;
use testkit::proxy::Proxy;

/// As many as a second commit needs.
const MANY: u128 = 64;

/// A broker whose replies can be held, and who may say what waits.
struct Line {
    _rig: Rig,
    direct: EventLog,
    log: EventLog,
    proxy: Proxy,
    observatory: Observatory,
}

async fn line() -> anyhow::Result<Line> {
    let rig = rig().await?;
    let proxy = Proxy::start(rig.server.port()).await?;
    let log = connect(&proxy.instead_of(&rig.server.url(""))).await?;
    let observatory = Observatory::default();
    log.observe(&observatory);
    Ok(Line { direct: rig.log.clone(), _rig: rig, log, proxy, observatory })
}

impl Line {
    async fn stored(&self, expected: u64) -> anyhow::Result<()> {
        eventually(BOUND, async || {
            let stored = self.direct.last_sequence(Stream::Facts).await?;
            ensure!(stored == expected, "{stored} are stored, not {expected}");
            Ok(())
        })
        .await
    }

    async fn in_flight(&self, expected: u128) -> anyhow::Result<()> {
        let line = format!("log_appends_in_flight{{stream=\"FACTS\"}} {expected}\n");
        eventually(BOUND, async || {
            ensure!(self.observatory.metrics()?.contains(&line), "not {expected} are under way");
            Ok(())
        })
        .await
    }
}

/// Nothing is answered while both are under way, and yet the second is stored, behind the first and in order.
#[tokio::test]
async fn a_second_commit_does_not_wait_for_the_first() -> anyhow::Result<()> {
    let line = line().await?;
    line.proxy.hold_replies();
    let first = line.log.append(fact(0, 1));
    let others = async {
        line.stored(1).await?;
        let appends = try_join_all((1..=MANY).map(|number| line.log.append(fact(number, 1))));
        let seen = async {
            line.stored(65).await?;
            line.in_flight(MANY + 1).await?;
            // A few more do not set out as a third.
            let third = try_join_all((100..200).map(|number| line.log.append(fact(number, 1))));
            let released = async {
                line.in_flight(MANY + 101).await?;
                let stored = line.direct.last_sequence(Stream::Facts).await?;
                ensure!(stored == 65, "{stored} are stored: a third commit set out");
                line.proxy.release();
                Ok(())
            };
            let (third, released) = tokio::join!(third, released);
            released?;
            anyhow::Ok(third?)
        };
        let (appended, third) = tokio::join!(appends, seen);
        anyhow::Ok((appended?, third?))
    };
    let (first, others) = tokio::join!(first, others);
    let (first, (others, third)) = (first?, others?);
    let numbers = std::iter::once(0).chain(1..=MANY).chain(100..200);
    let sequences = std::iter::once(&first).chain(&others).chain(&third);
    for ((number, appended), expected) in numbers.zip(sequences).zip(1_u64..) {
        ensure!(appended.sequence == expected && !appended.duplicate, "{number}: {appended:?}");
        stands_at(&line.direct, &fact(number, 1), *appended).await?;
    }
    Ok(())
}

/// An event that both commits hold is stored once, and both hear where.
#[tokio::test]
async fn an_event_that_is_in_both_is_stored_once() -> anyhow::Result<()> {
    let line = line().await?;
    line.proxy.hold_replies();
    let first = line.log.append(fact(0, 1));
    let others = async {
        line.stored(1).await?;
        let appends = join_all((0..=MANY).map(|number| line.log.append(fact(number, 1))));
        let released = async {
            line.in_flight(MANY + 2).await?;
            line.proxy.release();
            anyhow::Ok(())
        };
        let (appended, released) = tokio::join!(appends, released);
        released?;
        anyhow::Ok(appended)
    };
    let (first, others) = tokio::join!(first, others);
    let (first, others) = (first?, others?.into_iter().collect::<Result<Vec<_>, _>>()?);
    ensure!(!first.duplicate && others[0].duplicate, "{first:?}, {:?}", others[0]);
    ensure!(first.sequence == others[0].sequence, "{first:?}, {:?}", others[0]);
    for (number, appended) in (0..=MANY).zip(others) {
        stands_at(&line.direct, &fact(number, 1), appended).await?;
    }
    let stored = stored(&line.direct).await?;
    ensure!(stored.len() == 65 && stored.values().all(|times| *times == 1), "{stored:?}");
    Ok(())
}
