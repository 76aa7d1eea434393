//! Of those who race for one place, exactly one gets it, and the others leave nothing behind.

use crate::rig::{Rig, cluster, connect, event, everything, fact, rig};
use chassis::log::{AppendError, Appended, EventLog, Stream};
use events::{LearnerId, Wire, subject};
use futures_util::future::join_all;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

const RACES: u32 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_conditional_writes_have_one_winner_on_one_server() -> anyhow::Result<()> {
    let Rig { server, log } = rig().await?;
    let others = [connect(&server.url("")).await?, connect(&server.url("")).await?];
    race_writes(&[log, others[0].clone(), others[1].clone()]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_conditional_writes_have_one_winner_on_three_servers() -> anyhow::Result<()> {
    let (_cluster, logs) = cluster().await?;
    race_writes(&logs).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_claims_have_one_winner_on_one_server() -> anyhow::Result<()> {
    let Rig { server, log } = rig().await?;
    let others = [connect(&server.url("")).await?, connect(&server.url("")).await?];
    race_claims(&[log, others[0].clone(), others[1].clone()]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racing_claims_have_one_winner_on_three_servers() -> anyhow::Result<()> {
    let (_cluster, logs) = cluster().await?;
    race_claims(&logs).await
}

/// Two writers in each of three processes expect the same last sequence of one subject, twice in a row.
async fn race_writes(logs: &[EventLog]) -> anyhow::Result<()> {
    for race in 0..RACES {
        let mut last = 0;
        for round in 0..2_u128 {
            let contenders: Vec<Wire> =
                (0..6).map(|n| fact(u128::from(race) * 100 + round * 10 + n, u64::from(race))).collect();
            let outcomes = join_all(
                contenders
                    .iter()
                    .zip(logs.iter().cycle())
                    .map(|(fact, log)| until_heard(move || log.append_expecting(fact.clone(), last))),
            )
            .await;
            let (winner, appended) = only_winner(&outcomes)?;
            anyhow::ensure!(!appended.duplicate, "race {race}: nobody wrote this before");
            let stored = logs[0].last(&contenders[0].subject).await?;
            let stored = stored.ok_or_else(|| anyhow::anyhow!("race {race} left nothing"))?;
            anyhow::ensure!(
                stored.id() == Some(contenders[winner].id) && stored.sequence == appended.sequence
            );
            last = appended.sequence;
        }
    }
    let stored = everything(&logs[0], Stream::Facts).await?;
    anyhow::ensure!(
        stored.len() == RACES as usize * 2,
        "{} stored for {RACES} races of two rounds",
        stored.len()
    );
    Ok(())
}

/// Three learners want the same handle, each with an e-mail address of their own.
async fn race_claims(logs: &[EventLog]) -> anyhow::Result<()> {
    for race in 0..RACES {
        let registrations: Vec<Vec<Wire>> = (0..3).map(|contender| registration(race, contender)).collect();
        let outcomes = join_all(registrations.iter().zip(logs).map(|(registration, log)| {
            let members = || registration.iter().map(|wire| (wire.clone(), 0)).collect();
            until_heard(move || log.append_all_expecting(members()))
        }))
        .await;
        let (winner, appended) = only_winner(&outcomes)?;
        for (contender, registration) in registrations.iter().enumerate() {
            for (index, wire) in registration.iter().enumerate() {
                let found = logs[0].last(&wire.subject).await?;
                let is_handle = wire.subject.starts_with("claims.handle.");
                if contender == winner {
                    let sequence = appended.sequence + 1 + index as u64 - registration.len() as u64;
                    anyhow::ensure!(
                        found.is_some_and(|found| found.id() == Some(wire.id) && found.sequence == sequence)
                    );
                } else {
                    anyhow::ensure!(
                        is_handle || found.is_none(),
                        "race {race}: a loser left {}",
                        wire.subject
                    );
                }
            }
        }
    }
    let stored = everything(&logs[0], Stream::Identity).await?;
    let mut members: HashMap<_, u32> = HashMap::new();
    for message in &stored {
        let kind =
            message.subject.split('.').take(2).filter(|token| token.len() < 10).collect::<Vec<_>>().join(".");
        *members.entry(kind).or_default() += 1;
    }
    let each = ["private", "keys", "claims.handle", "claims.email"].map(|kind| (kind.to_owned(), RACES));
    anyhow::ensure!(members == HashMap::from(each), "{members:?}");
    Ok(())
}

/// A young cluster may elect once more. Who is told `Unavailable` wrote nothing, and enters the race again.
async fn until_heard<F>(append: impl Fn() -> F) -> Result<Appended, AppendError>
where
    F: Future<Output = Result<Appended, AppendError>>,
{
    const ATTEMPTS_MAX: u32 = 1_000;
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..ATTEMPTS_MAX {
        ticks.tick().await;
        match append().await {
            Err(AppendError::Unavailable) => {}
            outcome => return outcome,
        }
    }
    Err(AppendError::Unavailable)
}

fn registration(race: u32, contender: u32) -> Vec<Wire> {
    let number = u128::from(race * 3 + contender);
    let learner = LearnerId(Uuid::from_u64_pair(u64::from(race), u64::from(contender)));
    let subjects = [
        subject::private(learner),
        subject::key(learner),
        subject::handle_claim(&format!("{race:064x}")),
        subject::email_claim(&format!("{number:064x}")),
    ];
    subjects.into_iter().zip(0..).map(|(subject, index)| event(number * 10 + index, subject)).collect()
}

/// Who won, when exactly one did and every other was told that somebody else had.
fn only_winner(outcomes: &[Result<Appended, AppendError>]) -> anyhow::Result<(usize, Appended)> {
    let mut winner = None;
    for (contender, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(appended) => {
                anyhow::ensure!(
                    winner.replace((contender, *appended)).is_none(),
                    "two winners: {outcomes:?}"
                );
            }
            Err(AppendError::Conflict { .. }) => {}
            Err(error) => anyhow::bail!("neither won nor lost: {error}"),
        }
    }
    winner.ok_or_else(|| anyhow::anyhow!("no winner: {outcomes:?}"))
}
