//! A reader hands out every message once and in order, whatever happens to it.

use crate::rig::{BOUND, Rig, append_all, connect, event, fact, rig};
use async_nats::jetstream::consumer::{self, AckPolicy};
use chassis::log::{EventLog, Follow, LogError, Message, Stream};
use events::subject;
use futures_util::{StreamExt, TryStreamExt};
use std::time::Duration;
use testkit::proxy::Proxy;

async fn all_facts(log: &EventLog) -> anyhow::Result<Follow> {
    Ok(log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?)
}

/// Reads up to a sequence, and fails at a gap or a repeat.
pub async fn read_up_to(follow: &mut Follow, last: u64) -> anyhow::Result<Vec<Message>> {
    let mut messages: Vec<Message> = Vec::new();
    let mut expected = follow.last() + 1;
    let read = async {
        while follow.last() < last {
            for message in follow.next_batch(500, BOUND).await? {
                anyhow::ensure!(message.sequence == expected, "{} instead of {expected}", message.sequence);
                expected += 1;
                messages.push(message);
            }
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(BOUND, read).await??;
    Ok(messages)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn across_a_kill_and_a_restart_of_the_server() -> anyhow::Result<()> {
    let Rig { log, server } = rig().await?;
    let mut follow = all_facts(&log).await?;
    append_all(&log, (0..500).map(|number| fact(number, 1))).await?;
    read_up_to(&mut follow, 250).await?;
    for round in 1..=3 {
        server.kill().await?;
        server.restart().await?;
        let from = round * 1_000;
        testkit::eventually(BOUND, async || Ok(log.append(fact(from, 1)).await?)).await?;
        append_all(&log, (from + 1..from + 100).map(|number| fact(number, 1))).await?;
        let last = log.last_sequence(Stream::Facts).await?;
        let read = read_up_to(&mut follow, last).await?;
        anyhow::ensure!(
            read.last().and_then(Message::id) == Some(fact(from + 99, 1).id) || read.len() >= 100
        );
    }
    anyhow::ensure!(follow.last() == 800);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn across_broken_connections() -> anyhow::Result<()> {
    let Rig { log, server } = rig().await?;
    let proxy = Proxy::start(server.port()).await?;
    let proxied = connect(&proxy.instead_of(&server.url(""))).await?;
    let mut follow = all_facts(&proxied).await?;
    for round in 0..10 {
        append_all(&log, (round * 200..(round + 1) * 200).map(|number| fact(number, 1))).await?;
        let half = u64::try_from(round)? * 200 + 100;
        read_up_to(&mut follow, half).await?;
        proxy.cut_all();
        read_up_to(&mut follow, half + 100).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn across_the_loss_of_its_consumer() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    let mut follow = all_facts(&log).await?;
    for round in 0..5 {
        append_all(&log, (round * 100..(round + 1) * 100).map(|number| fact(number, 1))).await?;
        let stream = log.jetstream().get_stream("FACTS").await?;
        let consumers: Vec<String> = stream.consumer_names().try_collect().await?;
        for consumer in consumers {
            // The reader may have been quicker to replace it.
            let _gone = stream.delete_consumer(&consumer).await;
        }
        read_up_to(&mut follow, (u64::try_from(round)? + 1) * 100).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_a_wait_is_given_up() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    let mut follow = all_facts(&log).await?;
    let writer = tokio::spawn({
        let log = log.clone();
        async move { append_all(&log, (0..3_000).map(|number| fact(number, 1))).await }
    });
    let mut read = Vec::new();
    let mut given_up = 0_u64;
    while read.len() < 3_000 {
        tokio::select! {
            biased;
            batch = follow.next_batch(7, BOUND) => read.extend(batch?),
            () = tokio::task::yield_now() => given_up += 1,
        }
    }
    writer.await??;
    anyhow::ensure!(given_up > 0, "no wait was given up");
    anyhow::ensure!(read.iter().map(|message| message.sequence).eq(1..=3_000));
    Ok(())
}

#[tokio::test]
async fn only_its_subjects_and_behind_where_it_began() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    append_all(&log, (0..40).map(|number| fact(number, u64::try_from(number).unwrap_or_default() % 4)))
        .await?;
    let wanted = vec![fact(0, 1).subject, fact(0, 3).subject];
    let mut follow = log.follow(Stream::Facts, wanted.clone(), 20).await?;
    let expected = crate::rig::everything(&log, Stream::Facts).await?;
    let expected =
        expected.iter().filter(|m| m.sequence > 20 && wanted.contains(&m.subject)).map(|m| m.sequence);
    let expected: Vec<u64> = expected.collect();
    anyhow::ensure!(follow.pending() == expected.len() as u64);
    let mut read = Vec::new();
    while read.len() < expected.len() {
        read.extend(follow.next_batch(100, BOUND).await?.into_iter().map(|message| message.sequence));
    }
    anyhow::ensure!(read == expected && follow.pending() == 0);
    anyhow::ensure!(follow.next_batch(100, Duration::from_millis(50)).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_quiet_reader_knows_how_far_it_is_level() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    let mut follow = log.follow(Stream::Facts, vec![fact(0, 1).subject], 0).await?;
    anyhow::ensure!(follow.caught_up_to().await? == 0);
    log.append(fact(1, 1)).await?;
    append_all(&log, (10..60).map(|number| fact(number, 2))).await?;
    // Its own message has not been handed out.
    anyhow::ensure!(follow.caught_up_to().await? == 0);
    anyhow::ensure!(follow.next_batch(10, BOUND).await?.len() == 1 && follow.last() == 1);
    anyhow::ensure!(follow.caught_up_to().await? == 51);
    let next = log.append(fact(2, 1)).await?;
    append_all(&log, (60..80).map(|number| fact(number, 2))).await?;
    anyhow::ensure!(follow.caught_up_to().await? < next.sequence);
    anyhow::ensure!(follow.next_batch(10, BOUND).await?.len() == 1);
    anyhow::ensure!(follow.caught_up_to().await? == 72);
    Ok(())
}

/// A broker tells its consumers of a message after it was stored and acknowledged; many consumers make that moment long, and a
/// consumer that was sent a batch from the store before it was told of it says for as long that nothing is pending.
/// Whoever believes it passes a message that is handed out afterwards.
#[tokio::test]
async fn level_is_not_what_a_consumer_has_not_heard_of_yet() -> anyhow::Result<()> {
    const CROWD: u64 = 900;
    const ROUNDS: u64 = 25;
    const EACH: u64 = 420;
    const ALONE: u64 = 20;
    let Rig { log, server: _server } = rig().await?;
    for (stream, subject) in [(Stream::Facts, fact(0, 1).subject), (Stream::Identity, "private.a".to_owned())]
    {
        let _crowd = crowd(&log, stream, CROWD).await?;
        let appending = async {
            for round in 0..ROUNDS {
                let one = |n: u64| event(u128::from(round * EACH + n), subject.clone());
                append_all(&log, (0..EACH - ALONE).map(one)).await?;
                for n in EACH - ALONE..EACH {
                    log.append(one(n)).await?;
                }
            }
            anyhow::Ok(())
        };
        let mut follow = log.follow(stream, vec![subject.clone()], 0).await?;
        let reading = async {
            let mut level = 0;
            let mut ahead = 0;
            while follow.last() < ROUNDS * EACH {
                let batch = follow.next_batch(500, Duration::ZERO).await?;
                if let Some(first) = batch.first() {
                    anyhow::ensure!(first.sequence > level, "{} came after level {level}", first.sequence);
                } else {
                    level = follow.caught_up_to().await?;
                    ahead += 1;
                }
            }
            anyhow::Ok(ahead)
        };
        let ((), asked) = tokio::try_join!(appending, reading)?;
        anyhow::ensure!(asked > 0);
    }
    Ok(())
}

/// Consumers that nobody reads from.
async fn crowd(log: &EventLog, stream: Stream, size: u64) -> anyhow::Result<Vec<consumer::PullConsumer>> {
    let stream = log.jetstream().get_stream(stream.name()).await?;
    let stream = &stream;
    let create = |_| {
        stream.create_consumer(consumer::pull::Config {
            ack_policy: AckPolicy::None,
            memory_storage: true,
            inactive_threshold: BOUND * 10,
            ..Default::default()
        })
    };
    Ok(futures_util::stream::iter(0..size).map(create).buffer_unordered(50).try_collect().await?)
}

#[tokio::test]
async fn erased_messages_are_no_gap() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    for number in 1..=5 {
        log.append(event(number, "private.a".to_owned())).await?;
    }
    log.erase_all_but_last("private.a").await?;
    log.append(event(6, "private.b".to_owned())).await?;
    let mut follow = log.follow(Stream::Identity, vec![subject::ALL_PRIVATE.to_owned()], 0).await?;
    let mut read = Vec::new();
    while read.len() < 2 {
        read.extend(follow.next_batch(10, BOUND).await?.into_iter().map(|message| message.sequence));
    }
    anyhow::ensure!(read == [5, 6] && follow.caught_up_to().await? == 6);
    Ok(())
}

#[tokio::test]
async fn a_log_that_lost_what_was_read_is_refused() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    append_all(&log, (0..5).map(|number| fact(number, 1))).await?;
    let beyond = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 9).await;
    anyhow::ensure!(matches!(beyond.err(), Some(LogError::Regressed { after: 9, last: 5, .. })));
    Ok(())
}

#[tokio::test]
async fn what_was_trimmed_is_not_skipped_in_silence() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    append_all(&log, (0..9).map(|number| fact(number, 1))).await?;
    log.jetstream().get_stream("FACTS").await?.purge().sequence(5).await?;
    let from_start = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await;
    anyhow::ensure!(matches!(from_start.err(), Some(LogError::Trimmed { first: 5, .. })));
    let mut follow = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 4).await?;
    read_up_to(&mut follow, 9).await?;
    Ok(())
}

#[tokio::test]
async fn the_latest_of_each_subject_comes_first_however_much_was_trimmed() -> anyhow::Result<()> {
    let Rig { log, server: _server } = rig().await?;
    for (number, learner) in [(1, 1), (2, 1), (3, 2), (4, 1), (5, 3)] {
        log.append(fact(number, learner)).await?;
    }
    log.jetstream().get_stream("FACTS").await?.purge().sequence(3).await?;
    let mut follow = log.follow_latest(Stream::Facts, vec![subject::ALL_FACTS.to_owned()]).await?;
    let mut sequences = Vec::new();
    while follow.last() < 5 {
        sequences.extend(follow.next_batch(10, BOUND).await?.into_iter().map(|message| message.sequence));
    }
    anyhow::ensure!(sequences == [3, 4, 5] && follow.pending() == 0, "{sequences:?}");
    // From here on it leaves nothing out.
    append_all(&log, (10..20).map(|number| fact(number, 2))).await?;
    read_up_to(&mut follow, 15).await?;
    anyhow::ensure!(follow.caught_up_to().await? == 15);
    Ok(())
}
