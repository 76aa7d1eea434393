//! `load-tests rebuild --live RATE`: how soon live submissions are visible while everything is rebuilt beside them, over and
//! over. Every rebuild is compared and swapped in.

use super::{EXERCISES, fill, learners_for, rebuild_with};
use crate::generator::per_second;
use crate::report::{Figure, Report, Target};
use crate::residents;
use crate::submissions::level_now;
use crate::system::{Kind, System};
use crate::visible::{SLOTS, Seen, rounds};
use anyhow::{anyhow, bail, ensure};
use async_nats::jetstream::consumer::PullConsumer;
use chassis::log::EventLog;
use events::subject;
use futures_util::StreamExt;
use local_servers::nats::accounts;
use std::cell::RefCell;

/// How long is watched, in seconds: alone, and beside rebuilds.
const ALONE_S: f64 = 20.0;
const BESIDE_S: f64 = 60.0;

pub async fn measure(system: &System, report: &mut Report, events: usize, rate: f64) -> anyhow::Result<()> {
    let tenants = residents::learners(system, learners_for(events)).await?;
    let (slugs, tasks): (Vec<_>, Vec<_>) = residents::exercises(system, EXERCISES).await?.into_iter().unzip();
    let learners: Vec<_> = tenants.iter().map(|tenant| tenant.resident.clone()).collect();
    let (log, judge) = (system.log(accounts::COMMAND_API).await?, system.log(accounts::JUDGE).await?);
    let _projectors = system.service(Kind::Projectors, 0, &[]).await?;
    fill(&log, &judge, &learners, &tasks, events as u64).await?;
    empty_queue(&judge).await?;
    let command_api = system.service(Kind::CommandApi, 0, &[]).await?;
    let _judge = system.service(Kind::InstantJudge, 0, &[("LAUREL_JUDGE_SLOTS", SLOTS)]).await?;
    level_now(system).await?;

    let seen = async |seconds: f64| {
        let submissions = rounds(&tenants, &slugs, count(rate, seconds))?;
        Seen::gather(system, command_api.address(), rate, submissions).await?.in_postgres()
    };
    let mut alone = seen(ALONE_S).await?;
    let rates = RefCell::new(Vec::new());
    let mut beside = tokio::select! {
        seen = seen(BESIDE_S) => seen?,
        ended = rebuild_on_and_on(system, events, &rates) => {
            ended?;
            bail!("rebuilding ended");
        }
    };
    for (share, target) in [(0.5, None), (0.99, Some(Target::AtMost(100.0)))] {
        let name = |when: &str| format!("visible in Postgres at {rate}/s, {when}, p{:.0}", share * 100.0);
        report.add(Figure::new(name("nothing rebuilt"), alone.percentile_ms(share), "ms"));
        let figure = Figure::new(name("rebuilds beside"), beside.percentile_ms(share), "ms");
        report.add(target.map_or(figure.clone(), |target| figure.target(target)));
    }
    let rates = rates.take();
    ensure!(!rates.is_empty(), "no rebuild of {events} events ended within {BESIDE_S} s");
    #[allow(clippy::cast_precision_loss)] // A handful.
    let rate = rates.iter().sum::<f64>() / rates.len() as f64;
    let name = format!(
        "each of {} rebuilds of at least {events} events meanwhile, compared and swapped in",
        rates.len()
    );
    report.add(Figure::new(name, rate, "events/s"));
    Ok(())
}

/// The judges' queue has all that was filled in, which is judged already.
async fn empty_queue(judge: &EventLog) -> anyhow::Result<()> {
    const AT_ONCE: usize = 5_000;
    let queue: PullConsumer =
        judge.jetstream().get_consumer_from_stream(subject::JUDGE_LIVE, subject::FACTS).await?;
    loop {
        let mut messages = queue.fetch().max_messages(AT_ONCE).messages().await?;
        let mut taken = 0;
        while let Some(message) = messages.next().await {
            let acknowledged = async { message?.ack().await };
            acknowledged.await.map_err(|error| anyhow!("emptying the judges' queue: {error}"))?;
            taken += 1;
        }
        if taken == 0 {
            return Ok(());
        }
    }
}

async fn rebuild_on_and_on(system: &System, events: usize, rates: &RefCell<Vec<f64>>) -> anyhow::Result<()> {
    loop {
        let rebuilt = rebuild_with(system, &[]).await?;
        ensure!(rebuilt.compared, "the rebuild was not compared with what was live");
        rates.borrow_mut().push(per_second(events, rebuilt.elapsed));
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Both are small.
fn count(rate: f64, seconds: f64) -> usize {
    (rate * seconds) as usize
}
