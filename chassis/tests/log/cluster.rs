//! Three servers: what is acknowledged survives each of them, and readers go on without a gap.

use crate::following::read_up_to;
use crate::rig::{BOUND, cluster, connect, event, fact, patiently, stands_at};
use async_nats::jetstream;
use chassis::log::{Appended, EventLog, Stream};
use events::{Wire, subject};
use futures_util::future::try_join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::eventually;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Writer = tokio::task::JoinHandle<anyhow::Result<Vec<(Wire, Appended)>>>;

/// Writes until told to stop, each event until it is acknowledged.
async fn write(log: EventLog, writer: u64, stop: Arc<AtomicBool>) -> anyhow::Result<Vec<(Wire, Appended)>> {
    let mut written = Vec::new();
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        // Some together, so that shared batches are among them; the last one on a condition.
        let facts: Vec<Wire> =
            (number..number + 20).map(|number| fact((u128::from(writer) << 64) + number, writer)).collect();
        number += 20;
        let appends = facts.into_iter().map(|fact| async {
            let appended = patiently(|_| true, || log.append(fact.clone())).await?;
            anyhow::Ok((fact, appended))
        });
        written.extend(try_join_all(appends).await?);
        let alone =
            fact((u128::from(writer) << 64) + number, 1_000_000 + writer * 100_000 + u64::try_from(number)?);
        number += 1;
        let appended = patiently(|_| true, || log.append_expecting(alone.clone(), 0)).await?;
        written.push((alone, appended));
    }
    Ok(written)
}

async fn finished(writers: Vec<Writer>) -> anyhow::Result<Vec<(Wire, Appended)>> {
    let mut written = Vec::new();
    for writer in writers {
        written.extend(writer.await??);
    }
    Ok(written)
}

/// That all that was acknowledged stands where it was said to, and nothing stands twice.
async fn check(log: &EventLog, written: Vec<(Wire, Appended)>) -> anyhow::Result<()> {
    let most = written.iter().map(|(_, appended)| appended.sequence).max().unwrap_or_default();
    // A leader was once seen to end 41,000 events before what was acknowledged (docs/reliability.md): is that for a while or lost?
    let last = eventually(LEVEL_WITHIN * 4, async || {
        let last = log.last_sequence(Stream::Facts).await?;
        anyhow::ensure!(last >= most, "the leader ends at {last}, but {most} was acknowledged");
        Ok(last)
    })
    .await?;
    let mut follow = eventually(BOUND, async || {
        Ok(log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?)
    })
    .await?;
    let stored = read_up_to(&mut follow, last).await?;
    anyhow::ensure!(stored.len() == written.len(), "{} stored, {} acknowledged", stored.len(), written.len());
    for (fact, appended) in written {
        let found = &stored[usize::try_from(appended.sequence)? - 1];
        anyhow::ensure!(found.id() == Some(fact.id), "{} does not stand at {}", fact.id, appended.sequence);
    }
    Ok(())
}

const LEVEL_WITHIN: Duration = Duration::from_secs(15);

/// The broker's own word, as Kubernetes asks for it: all its streams and consumers are level.
async fn is_healthy(monitor_url: &str) -> anyhow::Result<()> {
    let address = monitor_url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await?;
    connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: nats\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_killed_in_turn_under_load_lose_nothing() -> anyhow::Result<()> {
    let (cluster, _logs) = cluster().await?;
    let all = connect(&cluster.urls("").join(",")).await?;
    let mut follow = all.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (1..=2).map(|writer| tokio::spawn(write(all.clone(), writer, Arc::clone(&stop)))).collect();
    for server in cluster.servers() {
        server.kill().await?;
        let goal = follow.last() + 100;
        read_up_to(&mut follow, goal).await?;
        server.restart().await?;
        // The next one only when this one is level again, or two of three would be away. It says so itself: what the leader
        // tells of its replicas was seen to stay as it was while a restarted server had long been back.
        // With 2.15.1 about a third of the runs ends with a server that does not become level within a minute (cause
        // unknown, docs/reliability.md); then the others are left alone, and what was written must be there all the same.
        if eventually(LEVEL_WITHIN, async || is_healthy(&server.monitor_url()).await).await.is_err() {
            break;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let written = finished(writers).await?;
    let last = all.last_sequence(Stream::Facts).await?;
    read_up_to(&mut follow, last).await?;
    check(&all, written).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_leader_loses_nothing() -> anyhow::Result<()> {
    let (_cluster, logs) = cluster().await?;
    let mut follow = logs[0].follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = logs
        .iter()
        .zip(1..)
        .map(|(log, writer)| tokio::spawn(write(log.clone(), writer, Arc::clone(&stop))))
        .collect();
    for _ in 0..3 {
        let goal = follow.last() + 100;
        read_up_to(&mut follow, goal).await?;
        let leader = leader(&logs[0]).await?;
        let step_down = async || {
            let _stepped: serde_json::Value =
                logs[0].jetstream().request("STREAM.LEADER.STEPDOWN.FACTS", &()).await?;
            Ok(())
        };
        eventually(BOUND, step_down).await?;
        eventually(BOUND, async || {
            let now = self::leader(&logs[0]).await?;
            anyhow::ensure!(now.is_some() && now != leader, "still {leader:?}");
            Ok(())
        })
        .await?;
    }
    stop.store(true, Ordering::Relaxed);
    let written = finished(writers).await?;
    let last = logs[0].last_sequence(Stream::Facts).await?;
    read_up_to(&mut follow, last).await?;
    check(&logs[1], written).await
}

async fn leader(log: &EventLog) -> anyhow::Result<Option<String>> {
    let stream: jetstream::stream::Stream = log.jetstream().get_stream("FACTS").await?;
    Ok(stream.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.clone()))
}

/// Wherever the consumer is, a quiet reader becomes level with what the leader has, and not before it is.
#[tokio::test]
async fn a_quiet_reader_becomes_level() -> anyhow::Result<()> {
    let (_cluster, logs) = cluster().await?;
    let log = &logs[0];
    for number in 0..6 {
        let mut facts = log.follow(Stream::Facts, vec![fact(0, 1).subject], 0).await?;
        let mut identity = log.follow(Stream::Identity, vec![subject::ALL_PRIVATE.to_owned()], 0).await?;
        let other_fact = log.append(fact(number, 2)).await?;
        let key = log.append(event(number, "keys.a".to_owned())).await?;
        stands_at(log, &event(number, "keys.a".to_owned()), key).await?;
        eventually(BOUND, async || {
            anyhow::ensure!(facts.caught_up_to().await? >= other_fact.sequence);
            anyhow::ensure!(identity.caught_up_to().await? >= key.sequence);
            Ok(())
        })
        .await?;
        anyhow::ensure!(facts.last() == 0 && identity.last() == 0);
    }
    Ok(())
}
