//! `load-tests feed`: how fast one reader is served the feed beside what the broker itself sends a consumer, what a reader
//! that takes nothing costs, and that no reader misses or repeats a fact while readers are cut off and brokers and query-apis
//! are killed.

mod breaks;
mod stream;

use crate::generator::per_second;
use crate::idle::mib;
use crate::machine;
use crate::population::{self, Resident, Task};
use crate::report::{Figure, Report, Target};
use crate::service::Service;
use crate::system::{Kind, System};
use anyhow::ensure;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use chassis::clock::Clock;
use chassis::log::{EventLog, Stream};
use chassis::random;
use events::account::Role;
use events::{LearnerId, subject};
use futures_util::{StreamExt, TryStreamExt, stream as streams};
use local_servers::nats::accounts;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use stream::FeedStream;

/// Events appended at a time, and how many of them are under way at once.
const CHUNK: usize = 5_000;
const APPENDING: usize = 2_000;
const LEARNERS: usize = 1_000;
/// Bytes of source in each submission: most are short.
const SOURCE_BYTES: usize = 300;
/// Readers that take nothing, to see what each costs.
const STALLED: u32 = 4;
/// For what is sent ahead to them to arrive.
const STALLED_FOR: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// Events in FACTS when speed is measured; 0 to measure none.
    #[arg(long, default_value_t = 400_000)]
    events: usize,
    /// How often something is cut off or killed.
    #[arg(long, default_value_t = 3)]
    breaks: usize,
    /// Decides the moments; random when absent.
    #[arg(long)]
    seed: Option<u64>,
}

/// Prints a table and, as the last line, how many checks passed and failed.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let seed = arguments.seed.unwrap_or_else(|| u64::from(u32::from_le_bytes(random::bytes())));
    println!("{}\nbreaks {}, seed {seed}", machine::describe(), arguments.breaks);
    let system = System::start().await?;
    let mut report = Report::default();
    let found = async {
        let query_api = system.service(Kind::QueryApi, 0, &[]).await?;
        if arguments.events > 0 {
            measure(&system, &query_api, arguments.events, &mut report).await?;
        }
        breaks::run(&system, &query_api, arguments.breaks, seed).await
    };
    let found = found.await.map_err(|error| error.context(system.logs()))?;
    println!("\n{report}\n{found}");
    let failed = report.figures().iter().filter(|figure| figure.is_met() == Some(false)).count();
    let failed = failed + usize::from(!found.is_whole());
    println!("{} passed, {failed} failed", 1 + usize::from(arguments.events > 0) - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn measure(
    system: &System,
    query_api: &Service,
    events: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    fill(&system.log(accounts::COMMAND_API).await?, events).await?;
    let log = system.log(accounts::ANALYST).await?;
    let last = log.last_sequence(Stream::Facts).await?;

    let elapsed = consume(&log, last).await?;
    let raw = Figure::new("the broker to one consumer of FACTS", per_second(events, elapsed), "events/s");
    let raw = report.add(raw);

    let (idle_kib, _) = query_api.memory_kib()?;
    let began = Instant::now();
    let mut feed = FeedStream::open(query_api.address(), &token(system)?, "/v1/events?after=0").await?;
    let (mut read, mut bytes) = (0, 0);
    while let Some(lines) = feed.next().await? {
        bytes += lines.len();
        for line in stream::lines(&lines) {
            let sequence = stream::sequence(line)?;
            ensure!(sequence == read + 1, "{sequence} behind {read}");
            read = sequence;
        }
    }
    let elapsed = began.elapsed();
    ensure!(read == last, "the feed ended at {read} of {last}");
    let rate = per_second(events, elapsed);
    let served = Figure::new("the feed to one reader, lines of JSON", rate, "events/s");
    report.add(served.target(Target::AtLeast(150_000.0)));
    report.add(Figure::new("the same", rate, "events/s").beside(&raw, None));
    report.add(Figure::new("the same in bytes", per_second(bytes, elapsed) / 1e6, "MB/s"));
    let (_, peak_kib) = query_api.memory_kib()?;
    report.add(Figure::new("query-api's memory with nobody", mib(idle_kib), "MiB"));
    report.add(Figure::new("its peak while it served that reader", mib(peak_kib), "MiB"));

    let mut stalled = Vec::new();
    for _reader in 0..STALLED {
        stalled.push(FeedStream::open(query_api.address(), &token(system)?, "/v1/events?after=0").await?);
    }
    tokio::time::sleep(STALLED_FOR).await;
    let (held_kib, _) = query_api.memory_kib()?;
    let each = mib(held_kib.saturating_sub(idle_kib)) / f64::from(STALLED);
    let each = Figure::new("memory for each reader that takes nothing", each, "MiB");
    report.add(each.target(Target::AtMost(48.0)));
    Ok(())
}

/// Submissions until FACTS has so many events.
async fn fill(log: &EventLog, events: usize) -> anyhow::Result<()> {
    let clock = Clock::system();
    let residents: Vec<Resident> = (0..LEARNERS).map(|_| Resident::new(&clock)).collect();
    let task = Task::made_up("made-up");
    let source = population::source(SOURCE_BYTES);
    loop {
        let there = usize::try_from(log.last_sequence(Stream::Facts).await?)?;
        let missing = events.saturating_sub(there).min(CHUNK);
        if missing == 0 {
            return Ok(());
        }
        let authors = residents.iter().cycle().skip(there).take(missing);
        let wires = authors.map(|author| population::submission(&clock, author, &task, &source).to_wire());
        let wires = wires.collect::<Result<Vec<_>, _>>()?;
        streams::iter(wires.into_iter().map(|wire| log.append(wire)))
            .buffer_unordered(APPENDING)
            .try_for_each(|_| async { Ok(()) })
            .await?;
    }
}

/// A plain ordered consumer that looks at nothing.
async fn consume(log: &EventLog, last: u64) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let stream = log.jetstream().get_stream_no_info(subject::FACTS).await?;
    let config = pull::Config {
        name: Some("raw-reader".to_owned()),
        ack_policy: AckPolicy::None,
        memory_storage: true,
        ..Default::default()
    };
    let consumer = stream.create_consumer(config).await?;
    let mut messages = consumer.stream().max_messages_per_batch(4_096).messages().await?;
    for _message in 0..last {
        let message = messages.next().await.ok_or_else(|| anyhow::anyhow!("the consumer ended"))?;
        message.map_err(|error| anyhow::anyhow!("the consumer failed: {error}"))?;
    }
    Ok(began.elapsed())
}

/// An analyst's; it ends after some minutes, so every reader gets a new one.
fn token(system: &System) -> anyhow::Result<String> {
    let clock = Clock::system();
    let analyst = LearnerId(random::uuid(&clock));
    let session = random::uuid(&clock);
    let token = system.signer.sign(analyst, "analyst", &[Role::Analyst], session, clock.now())?;
    Ok(format!("Bearer {token}"))
}
