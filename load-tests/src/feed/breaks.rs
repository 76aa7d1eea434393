//! A reader that goes on where it was, whatever is cut off or killed, while events keep coming. In the end it must have every
//! fact of the log once and in order.

use super::stream::{self, FeedStream};
use super::token;
use crate::population::{self, Resident, Task};
use crate::service::Service;
use crate::system::System;
use anyhow::{Context, ensure};
use chassis::clock::Clock;
use chassis::log::{EventLog, Stream};
use events::subject;
use local_servers::nats::accounts;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Deserialize;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Events appended at a time, with a pause of this between.
const BURST: usize = 20;
const BETWEEN_BURSTS: Duration = Duration::from_millis(20);
/// Between two breaks.
const PAUSE_MS: std::ops::Range<u64> = 50..600;
/// How long the reader may take to be level again after a break.
const LEVEL_WITHIN: Duration = Duration::from_secs(30);
const AGAIN_AFTER: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy)]
enum Break {
    Reader,
    Broker,
    QueryApi,
}

/// What came of it.
#[derive(Debug)]
pub struct Found {
    facts: usize,
    readers: usize,
    breaks: usize,
    gaps: usize,
    out_of_order: usize,
    /// Facts that are not those of the log.
    different: usize,
    slowest: Duration,
}

impl Found {
    pub fn is_whole(&self) -> bool {
        self.gaps + self.out_of_order + self.different == 0
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { facts, readers, breaks, gaps, out_of_order, different, .. } = self;
        write!(
            f,
            "{breaks} breaks, {readers} readers, {facts} facts: {gaps} gaps, {out_of_order} out of order, \
             {different} different from the log; level again within {} ms at most",
            self.slowest.as_millis()
        )
    }
}

/// What the reader has, in the order it came.
#[derive(Default)]
struct Progress {
    last: AtomicU64,
    readers: AtomicUsize,
    give_up: Notify,
}

#[derive(Deserialize)]
struct Line {
    sequence: u64,
    id: Uuid,
}

pub async fn run(system: &System, query_api: &Service, breaks: usize, seed: u64) -> anyhow::Result<Found> {
    let log = system.log(accounts::COMMAND_API).await?;
    let begin = log.last_sequence(Stream::Facts).await?;
    let progress = Progress { last: AtomicU64::new(begin), ..Default::default() };
    let stop = CancellationToken::new();
    let strike = async {
        let slowest = strike(system, query_api, &log, &progress, breaks, seed).await;
        stop.cancel();
        slowest
    };
    let write = write(&log, &stop);
    let read = async {
        let mut facts = Vec::new();
        tokio::select! {
            error = read(system, query_api, &progress, &mut facts) => return Err(error),
            () = level_at_the_end(&log, &progress, &stop) => {}
        }
        Ok(facts)
    };
    let (slowest, (), facts) = tokio::try_join!(strike, write, read)?;
    let expected = ids_behind(&log, begin).await?;
    let (mut gaps, mut out_of_order, mut last) = (0, 0, begin);
    for (sequence, _) in &facts {
        gaps += usize::from(*sequence > last + 1);
        out_of_order += usize::from(*sequence <= last);
        last = last.max(*sequence);
    }
    let different = expected.iter().zip(&facts).filter(|(expected, found)| expected != found).count();
    let different = different + expected.len().abs_diff(facts.len());
    let readers = progress.readers.load(Ordering::Relaxed);
    Ok(Found { facts: facts.len(), readers, breaks, gaps, out_of_order, different, slowest })
}

/// Strikes; answers how long the reader took at most to be level again.
async fn strike(
    system: &System,
    query_api: &Service,
    log: &EventLog,
    progress: &Progress,
    breaks: usize,
    seed: u64,
) -> anyhow::Result<Duration> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut slowest = Duration::ZERO;
    for number in 0..breaks {
        tokio::time::sleep(Duration::from_millis(random.random_range(PAUSE_MS))).await;
        let blow = [Break::Reader, Break::Broker, Break::QueryApi][number % 3];
        let began = Instant::now();
        match blow {
            Break::Reader => progress.give_up.notify_one(),
            Break::Broker => {
                system.nats.kill().await?;
                system.nats.restart().await?;
            }
            Break::QueryApi => {
                query_api.kill().await?;
                query_api.restart().await?;
            }
        }
        let level = async {
            // The broker may still be gone for the log's client.
            let there = loop {
                match log.last_sequence(Stream::Facts).await {
                    Ok(there) => break there,
                    Err(_) => tokio::time::sleep(AGAIN_AFTER).await,
                }
            };
            while progress.last.load(Ordering::Relaxed) < there {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(LEVEL_WITHIN, level)
            .await
            .with_context(|| format!("break {number}, {blow:?}: the reader is not level again"))?;
        slowest = slowest.max(began.elapsed());
    }
    Ok(slowest)
}

/// Appends until told to stop; an event that was not acknowledged is appended again, which stores it once.
async fn write(log: &EventLog, stop: &CancellationToken) -> anyhow::Result<()> {
    let clock = Clock::system();
    let resident = Resident::new(&clock);
    let task = Task::made_up("made-up");
    while !stop.is_cancelled() {
        for _event in 0..BURST {
            let wire = population::submission(&clock, &resident, &task, "print(1)").to_wire()?;
            while log.append(wire.clone()).await.is_err() {
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
        tokio::time::sleep(BETWEEN_BURSTS).await;
    }
    Ok(())
}

/// Reads for ever; answers only when it cannot go on.
async fn read(
    system: &System,
    query_api: &Service,
    progress: &Progress,
    facts: &mut Vec<(u64, Uuid)>,
) -> anyhow::Error {
    loop {
        let after = progress.last.load(Ordering::Relaxed);
        let path = format!("/v1/events?after={after}&follow=true");
        let token = match token(system) {
            Ok(token) => token,
            Err(error) => return error,
        };
        let Ok(mut feed) = FeedStream::open(query_api.address(), &token, &path).await else {
            tokio::time::sleep(AGAIN_AFTER).await;
            continue;
        };
        progress.readers.fetch_add(1, Ordering::Relaxed);
        loop {
            let lines = tokio::select! {
                lines = feed.next() => lines,
                () = progress.give_up.notified() => break,
            };
            let Ok(Some(lines)) = lines else { break };
            for line in stream::lines(&lines) {
                match serde_json::from_slice::<Line>(line) {
                    Ok(Line { sequence, id }) => {
                        facts.push((sequence, id));
                        progress.last.store(sequence, Ordering::Relaxed);
                    }
                    Err(error) => return error.into(),
                }
            }
        }
    }
}

async fn level_at_the_end(log: &EventLog, progress: &Progress, stop: &CancellationToken) {
    stop.cancelled().await;
    // The writer ends its burst; what it still appends is read too.
    let mut quiet = 0;
    while quiet < 5 {
        tokio::time::sleep(AGAIN_AFTER).await;
        let there = log.last_sequence(Stream::Facts).await.unwrap_or(u64::MAX);
        quiet = if progress.last.load(Ordering::Relaxed) == there { quiet + 1 } else { 0 };
    }
}

async fn ids_behind(log: &EventLog, begin: u64) -> anyhow::Result<Vec<(u64, Uuid)>> {
    let end = log.last_sequence(Stream::Facts).await?;
    let mut follow = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], begin).await?;
    let mut ids = Vec::new();
    while follow.last() < end {
        for message in follow.next_batch(1_000, Duration::from_secs(10)).await? {
            let id = message.id().context("an event without an id")?;
            ids.push((message.sequence, id.0));
        }
    }
    ensure!(!ids.is_empty(), "nothing was written");
    Ok(ids)
}
