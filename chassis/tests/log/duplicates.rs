//! An event that is there already: whose it is decides the answer, and nobody else notices.

use crate::rig::{Rig, append_all, event, fact, requested, rig, stands_at, stored};
use chassis::log::AppendError;
use events::{LearnerId, Wire, subject};
use futures_util::future::join_all;
use uuid::Uuid;

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    let first = log.append(requested(fact(1, 1), "same")).await?;
    let mut sealed_anew = requested(fact(1, 1), "same");
    sealed_anew.body = b"{\"number\":1,\"source\":\"sealed with another nonce\"}".to_vec();
    let again = log.append(sealed_anew).await?;
    anyhow::ensure!(!first.duplicate && again.duplicate && again.sequence == first.sequence);
    let last = log.last_sequence(chassis::log::Stream::Facts).await?;
    anyhow::ensure!(last == 1);
    Ok(())
}

#[tokio::test]
async fn a_reused_id_is_refused_however_it_comes() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    log.append(requested(fact(1, 1), "one")).await?;
    let plain = log.append(requested(fact(1, 1), "other")).await;
    anyhow::ensure!(plain == Err(AppendError::KeyReused), "{plain:?}");
    let without_digest = log.append(Wire { body: b"{}".to_vec(), ..fact(1, 1) }).await;
    anyhow::ensure!(without_digest == Err(AppendError::KeyReused), "{without_digest:?}");
    let conditional = log.append_expecting(requested(fact(1, 1), "other"), 0).await;
    anyhow::ensure!(conditional == Err(AppendError::KeyReused), "{conditional:?}");
    let elsewhere = log.append_expecting(requested(fact(1, 2), "other"), 0).await;
    anyhow::ensure!(elsewhere == Err(AppendError::KeyReused), "{elsewhere:?}");
    Ok(())
}

#[tokio::test]
async fn a_reused_id_of_a_registration_is_refused_whole() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    let learner = LearnerId(Uuid::from_u128(1));
    let registration = |handle: &str, digest: &str| {
        let subjects = [subject::private(learner), subject::handle_claim(handle)];
        let events = subjects.into_iter().zip(1..).map(|(subject, number)| event(number, subject));
        events.map(|event| (requested(event, digest), 0)).collect::<Vec<_>>()
    };
    log.append_all_expecting(registration("aa", "one")).await?;
    let other = log.append_all_expecting(registration("bb", "other")).await;
    anyhow::ensure!(other == Err(AppendError::KeyReused), "{other:?}");
    anyhow::ensure!(log.last(&subject::handle_claim("bb")).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn in_a_shared_batch_they_cost_their_neighbours_nothing() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    let known = append_all(&log, [40, 170, 290].map(|number| requested(fact(number, 1), "one"))).await?;
    // 170 comes from another request this time.
    let digest = |number| if number == 170 { "other" } else { "one" };
    let facts: Vec<Wire> = (0..300).map(|number| requested(fact(number, 1), digest(number))).collect();
    let outcomes = join_all(facts.iter().map(|fact| log.append(fact.clone()))).await;
    for (number, (fact, outcome)) in facts.iter().zip(outcomes).enumerate() {
        match number {
            170 => anyhow::ensure!(outcome == Err(AppendError::KeyReused), "{outcome:?}"),
            40 => anyhow::ensure!(outcome.clone()?.sequence == known[0].sequence && outcome?.duplicate),
            290 => anyhow::ensure!(outcome.clone()?.sequence == known[2].sequence && outcome?.duplicate),
            _ => stands_at(&log, fact, outcome?).await?,
        }
    }
    let stored = stored(&log).await?;
    anyhow::ensure!(stored.len() == 300 && stored.values().all(|times| *times == 1));
    Ok(())
}

/// Two requests with one id arrive together, so that both would stand in one batch.
#[tokio::test]
async fn twice_at_once() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    let all = |digest| (0..100).map(move |number| requested(fact(number, 1), digest));
    let facts: Vec<Wire> = all("one").chain(all("one")).chain(all("other")).collect();
    let outcomes = join_all(facts.iter().map(|fact| log.append(fact.clone()))).await;
    for number in 0..100 {
        let [first, second, other] = [0, 100, 200].map(|offset| &outcomes[number + offset]);
        let (winner, losers) = match other {
            Ok(other) => (*other, vec![first, second]),
            Err(_) => (first.clone()?, vec![other]),
        };
        anyhow::ensure!(losers.iter().all(|loser| **loser == Err(AppendError::KeyReused)), "{outcomes:?}");
        anyhow::ensure!(other.is_ok() || second.clone()?.sequence == winner.sequence);
        stands_at(&log, &facts[number], winner).await?;
    }
    anyhow::ensure!(stored(&log).await?.len() == 100);
    Ok(())
}
