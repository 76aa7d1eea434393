//! `load-tests rebuild`: all projections from nothing, at two sizes of the log. A build's peak memory must not depend on the
//! log's size. And at the smaller size, that two ways lead to the same tables: a projectors process begins on an empty
//! database and catches up the live way; then every projection is rebuilt beside the live one, compared and swapped in.
//! With `--live` rebuilds beside live submissions instead, with `--curve` more sizes and a plot.

mod beside;
mod curve;
mod processor;
pub mod worker;

use crate::generator::per_second;
use crate::idle::mib;
use crate::population::{self, Resident, Task};
use crate::report::{Figure, Report, Target};
use crate::residents;
use crate::submissions::level;
use crate::system::{Kind, System};
use anyhow::{Context, ensure};
use chassis::clock::Clock;
use chassis::log::{EventLog, Stream};
use events::judgement::{JudgementEvent, SubmissionJudged, TestGroup, TestResult, Verdict};
use events::submission::SubmissionEvent;
use events::{Event, EventId, JudgementId, NewEvent};
use futures_util::{StreamExt, TryStreamExt, stream};
use local_servers::nats::accounts;
use sqlx::AssertSqlSafe;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::process::Command;
use worker::Rebuilt;

const EXERCISES: usize = 30;
/// How many submissions each learner makes over time.
const SUBMISSIONS_EACH: usize = 50;
/// Submissions before their judgements come, and events in memory here at once.
const CHUNK: usize = 2_000;
const APPENDING: usize = 1_000;
/// A hundred tests are not needed to see what a row of them costs.
const TESTS: u32 = 5;

#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Events in FACTS at the larger of the two sizes; the smaller is a quarter.
    #[arg(long, default_value_t = 1_000_000)]
    pub events: usize,
    /// Instead: how soon so many submissions a second are visible while everything is rebuilt beside them.
    #[arg(long, value_name = "RATE", conflicts_with = "curve")]
    pub live: Option<f64>,
    /// Instead: what an event costs at a tenth, a fifth, a half and all of the events, as CSV here and as SVG beside it.
    #[arg(long, value_name = "FILE")]
    pub curve: Option<PathBuf>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { events: 1_000_000, live: None, curve: None }
    }
}

pub async fn run(report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { events, live, curve } = arguments;
    let system = System::start_for(events).await?;
    let measured = match (live, curve) {
        (Some(rate), _) => beside::measure(&system, report, events, rate).await,
        (None, Some(file)) => curve::measure(&system, report, events, &file).await,
        (None, None) => measure(&system, report, events).await,
    };
    measured.map_err(|error| error.context(system.logs()))
}

/// How many learners make so many events.
fn learners_for(events: usize) -> usize {
    events.div_ceil(2 * SUBMISSIONS_EACH)
}

async fn measure(system: &System, report: &mut Report, events: usize) -> anyhow::Result<()> {
    let residents: Vec<Resident> = residents::learners(system, learners_for(events))
        .await?
        .into_iter()
        .map(|tenant| tenant.resident)
        .collect();
    let tasks: Vec<Task> =
        residents::exercises(system, EXERCISES).await?.into_iter().map(|(_, task)| task).collect();
    let log = system.log(accounts::COMMAND_API).await?;
    let judge = system.log(accounts::JUDGE).await?;

    let mut smaller = None;
    for (number, events) in [events / 4, events].into_iter().enumerate() {
        fill(&log, &judge, &residents, &tasks, events as u64).await?;
        let (rebuilt, processors) = Emptied::new(system, 2 * number).await?.rebuild().await?;
        let rate = per_second(events, rebuilt.elapsed);
        let rate = Figure::new(format!("rebuild of all projections from {events} events"), rate, "events/s");
        report.add(rate.target(Target::AtLeast(50_000.0)));
        for (whose, took) in processors {
            let name = format!("processor time for each of {events} events, {whose}");
            report.add(Figure::new(name, 1e6 / per_second(events, took), "µs"));
        }
        let name = format!("peak memory of that rebuild of {events} events");
        let peak = Figure::new(name, mib(rebuilt.peak_kib), "MiB");
        let peak = match &smaller {
            // Flat: four times the events may not take noticeably more memory.
            Some(smaller) => peak.beside(smaller, Some(Target::AtMost(1.25))),
            None => peak,
        };
        if smaller.is_none() {
            compare_with_live(system, report, events).await?;
        }
        smaller = Some(report.add(peak));
    }
    Ok(())
}

async fn compare_with_live(system: &System, report: &mut Report, events: usize) -> anyhow::Result<()> {
    let server = Emptied::new(system, 1).await?;
    let caught_up = server.catch_up(events as u64).await?;
    report.add(Figure::new(format!("catching up with {events} events the live way"), caught_up, "events/s"));
    let (rebuilt, _) = server.rebuild().await?;
    ensure!(rebuilt.compared, "the rebuild was not compared with what was live");
    let rate = per_second(events, rebuilt.elapsed);
    report.add(Figure::new(
        format!("rebuild beside that, compared (identical) and swapped in, {events} events"),
        rate,
        "events/s",
    ));
    Ok(())
}

/// Appends submissions and their judgements until FACTS has so many events.
pub async fn fill(
    log: &EventLog,
    judge: &EventLog,
    residents: &[Resident],
    tasks: &[Task],
    events: u64,
) -> anyhow::Result<()> {
    let clock = Clock::system();
    let source = population::source(1_024);
    let mut number = 0;
    loop {
        let there = log.last_sequence(Stream::Facts).await?;
        let missing = usize::try_from(events.saturating_sub(there))? / 2;
        if missing == 0 {
            return Ok(());
        }
        let chunk: Vec<NewEvent> = (number..number + missing.min(CHUNK))
            .map(|number| {
                let resident = &residents[number % residents.len()];
                population::submission(
                    &clock,
                    resident,
                    &tasks[number / residents.len() % tasks.len()],
                    &source,
                )
            })
            .collect();
        number += chunk.len();
        let appended: Vec<u64> = stream::iter(&chunk)
            .map(|event| async { anyhow::Ok(log.append(event.to_wire()?).await?.sequence) })
            .buffered(APPENDING)
            .try_collect()
            .await?;
        let judgements = chunk.iter().zip(appended).filter_map(|(event, sequence)| judged(event, sequence));
        let judgements = judgements.map(|event| event.to_wire()).collect::<Result<Vec<_>, _>>()?;
        residents::append(judge, judgements).await?;
    }
}

/// Every third submission is accepted.
fn judged(submitted: &NewEvent, accepted_seq: u64) -> Option<NewEvent> {
    let Event::Submission(SubmissionEvent::Received(submission)) = &submitted.event else { return None };
    let verdict = if accepted_seq.is_multiple_of(3) { Verdict::Accepted } else { Verdict::WrongAnswer };
    let judgement_id = JudgementId::first(submission.submission_id);
    let test = |ordinal| TestResult {
        ordinal,
        group: TestGroup::Hidden,
        verdict,
        cpu_ms: 20,
        memory_kib: 9_000,
        exceeded: None,
        output: None,
    };
    let judged = SubmissionJudged {
        judgement_id,
        submission_id: submission.submission_id,
        learner_id: submission.learner_id,
        exercise_id: submission.exercise_id,
        revision: submission.revision,
        category: submission.category.clone(),
        language: submission.language.clone(),
        accepted_seq,
        accepted_at: submitted.time,
        verdict,
        points: if verdict == Verdict::Accepted { submission.points_max } else { 0 },
        points_max: submission.points_max,
        cpu_ms: 20 * TESTS,
        memory_kib: 9_000,
        tests: (1..=TESTS).map(test).collect(),
        compile_output: None,
        reason: None,
        delivery: 1,
        rejudge_set: None,
    };
    Some(NewEvent {
        id: EventId(judgement_id.0),
        event: Event::Judgement(JudgementEvent::SubmissionJudged(judged)),
        request_digest: None,
        ..submitted.clone()
    })
}

/// An empty database and an empty Redis beside the full log.
struct Emptied<'a> {
    system: &'a System,
    number: usize,
    database: String,
    redis: String,
}

impl<'a> Emptied<'a> {
    async fn new(system: &'a System, number: usize) -> anyhow::Result<Self> {
        let database = system.postgres.create_database(&format!("emptied_{number}")).await?;
        projectors::migrate(&database).await?;
        let redis = system.redis.url_of(u32::try_from(number + 1)?);
        Ok(Self { system, number, database, redis })
    }

    /// Events a second until a projectors process that began on nothing is level.
    async fn catch_up(&self, events: u64) -> anyhow::Result<f64> {
        let began = Instant::now();
        let more = self.variables();
        let _projectors = self.system.service(Kind::Projectors, self.number, &more).await?;
        let pool = sqlx::PgPool::connect(&self.database).await?;
        level(&pool, events).await?;
        Ok(per_second(usize::try_from(events)?, began.elapsed()))
    }

    /// What the rebuild told, and the processor time that each process used for it.
    async fn rebuild(&self) -> anyhow::Result<(Rebuilt, [(&'static str, Duration); 3])> {
        let servers = [self.system.postgres.pid(), self.system.nats.pid()];
        let [postgres, nats] = servers.map(processor::used);
        let rebuilt = rebuild_with(self.system, &self.variables()).await?;
        let [postgres_after, nats_after] = servers.map(processor::used);
        let processors = [
            ("build", rebuilt.processor),
            ("PostgreSQL", postgres_after?.saturating_sub(postgres?)),
            ("nats-server", nats_after?.saturating_sub(nats?)),
        ];
        Ok((rebuilt, processors))
    }

    async fn drop_database(self) -> anyhow::Result<()> {
        // The name is made of a number.
        let drop = format!("DROP DATABASE emptied_{} WITH (FORCE)", self.number);
        sqlx::query(AssertSqlSafe(drop)).execute(&self.system.pool().await?).await?;
        Ok(())
    }

    fn variables(&self) -> [(&str, &str); 2] {
        [("LAUREL_DATABASE_URL", &self.database), ("LAUREL_REDIS_URL", &self.redis)]
    }
}

/// A rebuild by a process of its own, in the system's stores or in those that `more` says.
async fn rebuild_with(system: &System, more: &[(&str, &str)]) -> anyhow::Result<Rebuilt> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("rebuild-worker").kill_on_drop(true);
    command
        .envs(system.variables(Kind::Projectors)?)
        .envs(more.iter().copied())
        .envs([("LAUREL_LISTEN", "127.0.0.1:0"), ("LAUREL_LOG", "warn,projectors::rebuild=info")]);
    // Its standard error is ours. (`Command::output` would keep it to itself, and with it the reason of a failure.)
    let worker = command.stdout(std::process::Stdio::piped()).spawn()?;
    let output = worker.wait_with_output().await?;
    ensure!(output.status.success(), "the rebuild failed: {}", output.status);
    serde_json::from_slice(&output.stdout).context("what the rebuild told")
}
