//! `load-tests live`: many clients watch one board over server-sent events, and somebody at its top earns points again and
//! again. How soon the last client knows, and what each costs query-api in memory; beside it the same bytes from a server that
//! does nothing but pass them on.

mod clients;
pub mod echo;

use crate::boards;
use crate::http::{Connection, Request};
use crate::idle::mib;
use crate::latencies::Latencies;
use crate::report::{Figure, Report, Target};
use crate::service::Service;
use crate::system::{Kind, System};
use anyhow::{Context, ensure};
use chassis::clock::Clock;
use chassis::log::EventLog;
use clients::{Clients, Watched};
use events::{LearnerId, Part};
use local_servers::nats::accounts;
use std::time::{Duration, Instant};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// Clients of the board.
    #[arg(long, default_value_t = 5_000)]
    pub clients: usize,
    /// How many times it changes.
    #[arg(long, default_value_t = 100)]
    pub changes: u32,
}

/// So many are on the board, most of them below what is watched.
const LEARNERS: u32 = 1_000;
/// More than the time for which changes are told as one.
const EVERY: Duration = Duration::from_millis(250);
/// After the last change. Who does not know by then never will.
const KNOWN_WITHIN: Duration = Duration::from_secs(3);
const PATH: &str = "/v1/live?board=global&limit=10";

pub async fn run(report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    let system = System::start().await?;
    measure(&system, report, arguments).await.map_err(|error| error.context(system.logs()))
}

async fn measure(system: &System, report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    boards::plant(system, LEARNERS).await?;
    let _projectors = system.service(Kind::Projectors, 0, &[]).await?;
    boards::filled(system).await?;
    let query_api = system.service(Kind::QueryApi, 0, &[]).await?;
    let mut first = First::find(system).await?;
    let told = watch(&query_api, PATH, first.part, arguments, async || first.earn().await).await?;
    let echo = system.echo().await?;
    let message = told.message.clone();
    let mut number = 0;
    let mut connection = Connection::open(echo.address()).await?;
    let raw = watch(&echo, echo::STREAM, Part::Identity, arguments, async || {
        number += 1;
        let header = number.to_string();
        let request = Request::new("POST", echo::TELL, &[(echo::NUMBER, &header)], message.as_bytes());
        ensure!(connection.send(&request).await?.status == 200, "the echo refused");
        Ok(number)
    })
    .await?;
    report_on(report, arguments, told, raw);
    Ok(())
}

fn report_on(report: &mut Report, arguments: Arguments, mut told: Told, mut raw: Told) {
    let Arguments { clients, changes } = arguments;
    let bytes = told.message.len();
    for (share, target) in [(0.5, None), (0.99, Some(Target::AtMost(500.0)))] {
        let percent = share * 100.0;
        let name =
            format!("server-sent events alone, {bytes} bytes, to the last of {clients}, p{percent:.0}");
        let alone = report.add(Figure::new(name, raw.last.percentile_ms(share), "ms"));
        let name =
            format!("a board's change ({changes} of them) to the last of {clients} clients, p{percent:.0}");
        let figure = Figure::new(name, told.last.percentile_ms(share), "ms");
        report.add(figure.clone().beside(&alone, None));
        if let Some(target) = target {
            report.add(figure.target(target));
        }
    }
    let each = |told: &Told| kib_each(told.grown_kib, clients);
    let alone =
        report.add(Figure::new("server-sent events alone, resident for each client", each(&raw), "KiB"));
    let figure = Figure::new("query-api, resident for each client", each(&told), "KiB");
    report.add(figure.clone().beside(&alone, None));
    report.add(figure.target(Target::AtMost(30.0)));
    report.add(Figure::new("query-api with all of them, resident", mib(told.resident_kib), "MiB"));
}

#[allow(clippy::cast_precision_loss)] // Far below 2^52.
fn kib_each(kib: u64, clients: usize) -> f64 {
    kib as f64 / clients as f64
}

/// What was measured of one server.
struct Told {
    /// From a change's acknowledgement until the last client had it.
    last: Latencies,
    /// By how much the server's memory grew, and what it came to.
    grown_kib: u64,
    resident_kib: u64,
    /// The data of the last message.
    message: String,
}

/// Has `change` done again and again, which says at which sequence of `part` it stands.
async fn watch(
    service: &Service,
    path: &'static str,
    part: Part,
    arguments: Arguments,
    mut change: impl AsyncFnMut() -> anyhow::Result<u64>,
) -> anyhow::Result<Told> {
    // What is made once, whoever watches, is not what a client costs.
    let warm = Clients::open(service.address(), path, part, 8).await?;
    for _ in 0..4 {
        change().await?;
        tokio::time::sleep(EVERY).await;
    }
    let (before_kib, _) = service.memory_kib()?;
    let clients = Clients::open(service.address(), path, part, arguments.clients).await?;
    let mut changes = Vec::new();
    let mut ticks = tokio::time::interval(EVERY);
    for _ in 0..arguments.changes {
        ticks.tick().await;
        let sequence = change().await?;
        changes.push((sequence, Instant::now()));
    }
    tokio::time::sleep(KNOWN_WITHIN).await;
    let (resident_kib, _) = service.memory_kib()?;
    let watched = clients.finish().await?;
    warm.finish().await?;
    let mut last = Latencies::default();
    for (sequence, at) in changes {
        last.record(reached_last(&watched, part, sequence)?.saturating_duration_since(at));
    }
    let message = watched.into_iter().next().context("there is a client")?.message;
    Ok(Told { last, grown_kib: resident_kib.saturating_sub(before_kib), resident_kib, message })
}

/// When the last of all clients had it.
fn reached_last(watched: &[Watched], part: Part, sequence: u64) -> anyhow::Result<Instant> {
    let reached: Option<Vec<Instant>> =
        watched.iter().map(|client| client.timeline.passed(part, sequence)).collect();
    let reached = reached.with_context(|| format!("a client was never told of {part}.{sequence}"))?;
    reached.into_iter().max().context("there are clients")
}

/// Who leads the board.
struct First {
    learner_id: LearnerId,
    part: Part,
    judge: EventLog,
    clock: Clock,
    earned: u32,
}

impl First {
    async fn find(system: &System) -> anyhow::Result<Self> {
        let mut redis = system.redis().await?;
        let board = events::board::sorted_set_key(0, 1, &events::board::Scope::Global, "all");
        let leaders: Vec<Uuid> = redis::cmd("ZRANGE")
            .arg(board)
            .arg(0)
            .arg(0)
            .arg("REV")
            .query_async::<Vec<String>>(&mut redis)
            .await?
            .iter()
            .map(|id| id.parse())
            .collect::<Result<_, _>>()?;
        let learner_id = LearnerId(*leaders.first().context("the board is empty")?);
        let part = Part::Facts(events::Partition::of(learner_id.0));
        let judge = system.log(accounts::JUDGE).await?;
        Ok(Self { learner_id, part, judge, clock: Clock::system(), earned: 0 })
    }

    /// Solves one more; at which sequence that stands.
    async fn earn(&mut self) -> anyhow::Result<u64> {
        self.earned += 1;
        let task = crate::population::Task::made_up(&format!("watched-{}", self.earned));
        let judged = boards::judged(&self.clock, self.learner_id, &task, "print()")?;
        Ok(self.judge.append(judged.to_wire()?).await?.sequence)
    }
}
