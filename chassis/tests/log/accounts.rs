//! The log client gets by with what the broker's accounts of production allow.

use crate::rig::{BOUND, event, fact, plan, requested};
use chassis::log::{AppendError, EventLog, LogConfig, Stream};
use events::{Family, LearnerId, subject};
use futures_util::future::join_all;
use local_servers::nats::NatsServer;
use local_servers::nats::accounts::{COMMAND_API, JUDGE, OPERATOR, PROJECTORS, QUERY_API};
use uuid::Uuid;

async fn log_as(server: &NatsServer, user: &'static str) -> anyhow::Result<EventLog> {
    Ok(EventLog::connect(&LogConfig { url: server.url(user), process: user }).await?)
}

#[tokio::test]
async fn each_process_can_do_its_work() -> anyhow::Result<()> {
    let server = testkit::nats_with_accounts().await?;
    let operator =
        EventLog::connect_unchecked(&LogConfig { url: server.url(OPERATOR), process: OPERATOR }).await?;
    chassis::log::streams::set_up(operator.jetstream(), &plan(1)).await?;
    chassis::log::streams::record_fsync_check(operator.jetstream(), &[server.monitor_url()]).await?;

    let command_api = log_as(&server, COMMAND_API).await?;
    let facts = join_all((0..40).map(|number| command_api.append(requested(fact(number, 1), "one")))).await;
    anyhow::ensure!(facts.iter().all(Result::is_ok), "{facts:?}");
    let again = join_all((0..40).map(|number| command_api.append(requested(fact(number, 1), "one")))).await;
    anyhow::ensure!(
        again
            == facts
                .into_iter()
                .map(|fact| fact.map(|fact| chassis::log::Appended { duplicate: true, ..fact }))
                .collect::<Vec<_>>()
    );
    let learner = LearnerId(Uuid::from_u128(1));
    let registration =
        || vec![(event(1, subject::private(learner)), 0), (event(2, subject::key(learner)), 0)];
    command_api.append_all_expecting(registration()).await?;
    anyhow::ensure!(command_api.append_all_expecting(registration()).await?.duplicate);

    let judge = log_as(&server, JUDGE).await?;
    let verdict = || event(100, subject::fact(Family::Judgement, Uuid::from_u128(1)));
    judge.append(verdict()).await?;
    anyhow::ensure!(judge.append(verdict()).await?.duplicate);
    let other = judge.append(requested(verdict(), "other")).await;
    anyhow::ensure!(other == Err(AppendError::KeyReused), "{other:?}");
    anyhow::ensure!(judge.last_direct(&subject::key(learner)).await?.is_some());

    for (user, personal, own) in [(PROJECTORS, subject::ALL_PRIVATE, 1), (QUERY_API, subject::ALL_KEYS, 2)] {
        let log = log_as(&server, user).await?;
        let mut facts = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
        while facts.last() < 41 {
            facts.next_batch(100, BOUND).await?;
        }
        anyhow::ensure!(facts.caught_up_to().await? == 41);
        let mut identity = log.follow(Stream::Identity, vec![personal.to_owned()], 0).await?;
        let read = identity.next_batch(10, BOUND).await?;
        anyhow::ensure!(read.len() == 1 && read[0].sequence == own, "{user}: {read:?}");
        anyhow::ensure!(identity.caught_up_to().await? == 2);
    }
    Ok(())
}
