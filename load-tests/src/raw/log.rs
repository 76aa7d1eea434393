//! JetStream with `sync_interval: always`: publishes of real submission events, one by one and in atomic batches.

// What is measured here is the broker without the log client.
#![allow(clippy::disallowed_methods)]

use super::{LIMIT, Limits};
use crate::generator::per_second;
use crate::latencies::Latencies;
use crate::population;
use crate::report::{Figure, Report};
use crate::servers::{self, Folder};
use anyhow::{Context, ensure};
use async_nats::HeaderMap;
use async_nats::jetstream;
use bytes::Bytes;
use chassis::clock::Clock;
use chassis::random;
use events::Wire;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::time::Instant;

const ALONE: usize = 1_000;
const SINGLES: usize = 10_000;
const BATCHED: usize = 50_000;
/// A limit is the best of so many tries: whatever else the machine does can only make one worse.
const TRIES: usize = 3;

/// A message in the form the client takes.
struct Publish {
    subject: String,
    headers: HeaderMap,
    body: Bytes,
}

impl From<Wire> for Publish {
    fn from(wire: Wire) -> Self {
        let mut headers = HeaderMap::new();
        for (name, value) in &wire.headers {
            headers.insert(*name, value.as_str());
        }
        Self { subject: wire.subject, headers, body: wire.body.into() }
    }
}

pub(super) async fn measure(folder: &Folder, report: &mut Report) -> anyhow::Result<Limits> {
    let (_server, jetstream) = servers::nats(folder).await?;
    let events = |count: usize| -> anyhow::Result<Vec<Publish>> {
        Ok(population::submissions(count)?.into_iter().map(Publish::from).collect())
    };

    let mut latencies = alone(&jetstream, events(ALONE)?).await?;
    let publish_p50 = Figure::new("raw publish alone, p50", latencies.percentile_ms(0.5), "ms");
    let publish_p50 = report.add(publish_p50);
    report.add(Figure::new("raw publish alone, p99", latencies.percentile_ms(0.99), "ms"));

    let mut single: f64 = 0.0;
    for _ in 0..TRIES {
        single = single.max(in_flight(&jetstream, events(SINGLES)?, 1_000).await?);
    }
    let single = report.add(Figure::new("raw single (1,000 in flight)", single, "/s"));
    for (size, open) in [(100, 1), (500, 1), (500, 4)] {
        let mut rate: f64 = 0.0;
        for _ in 0..TRIES {
            rate = rate.max(batches(&jetstream, events(BATCHED)?, size, open).await?);
        }
        let name = format!("raw batches of {size}, {open} open");
        report.add(Figure::new(name, rate, "/s").beside(&single, None));
    }
    Ok(Limits { single, publish_p50 })
}

/// One after the other.
async fn alone(jetstream: &jetstream::Context, events: Vec<Publish>) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    let began = Instant::now();
    for event in events {
        let start = Instant::now();
        jetstream.publish_with_headers(event.subject, event.headers, event.body).await?.await?;
        latencies.record(start.elapsed());
        if began.elapsed() > LIMIT {
            break;
        }
    }
    Ok(latencies)
}

async fn in_flight(jetstream: &jetstream::Context, events: Vec<Publish>, most: usize) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut unacknowledged = FuturesUnordered::new();
    let mut stored = 0;
    for event in events.into_iter().take_while(|_| began.elapsed() < LIMIT) {
        if unacknowledged.len() == most {
            unacknowledged.next().await.context("there are some")??;
            stored += 1;
        }
        let ack = jetstream.publish_with_headers(event.subject, event.headers, event.body).await?;
        unacknowledged.push(ack.into_future());
    }
    while let Some(ack) = unacknowledged.next().await {
        ack?;
        stored += 1;
    }
    Ok(per_second(stored, began.elapsed()))
}

/// Atomic batches of `size`, at most `open` under way.
async fn batches(
    jetstream: &jetstream::Context,
    events: Vec<Publish>,
    size: usize,
    open: usize,
) -> anyhow::Result<f64> {
    let mut waiting = Vec::new();
    let mut events = events.into_iter();
    while events.len() > 0 {
        waiting.push(events.by_ref().take(size).collect::<Vec<_>>());
    }
    let client = jetstream.client();
    let began = Instant::now();
    let commits = waiting.into_iter().take_while(|_| began.elapsed() < LIMIT).enumerate();
    let commits = stream::iter(commits).map(|(number, batch)| commit(&client, number, batch));
    let stored: Vec<usize> = commits.buffer_unordered(open).try_collect().await?;
    Ok(per_second(stored.iter().sum(), began.elapsed()))
}

async fn commit(client: &async_nats::Client, number: usize, batch: Vec<Publish>) -> anyhow::Result<usize> {
    let batch_id = format!("raw-{}-{number}", random::uuid(&Clock::system()));
    let size = batch.len();
    for (index, mut event) in batch.into_iter().enumerate() {
        event.headers.insert("Nats-Batch-Id", batch_id.as_str());
        event.headers.insert("Nats-Batch-Sequence", (index + 1).to_string().as_str());
        if index + 1 < size {
            client.publish_with_headers(event.subject, event.headers, event.body).await?;
            continue;
        }
        event.headers.insert("Nats-Batch-Commit", "1");
        let answer = client.request_with_headers(event.subject, event.headers, event.body).await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer.payload)?;
        ensure!(answer["count"] == size, "the batch was refused: {answer}");
    }
    Ok(size)
}
