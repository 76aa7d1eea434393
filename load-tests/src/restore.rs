//! `load-tests restore`: the restore rehearsed. A log of a stated size is saved under load; then every server and every
//! service is lost with all its data; the log is brought back to an empty broker, the read models are folded from it into an
//! empty PostgreSQL and Redis, and work goes on. Checked: what was stored before the backup began is there byte by byte,
//! submissions are accepted and judged again, and none is left without its verdict.

use crate::generator::{self, Plan, Schedule};
use crate::population::{Resident, Task};
use crate::rebuild;
use crate::report::{Figure, Report};
use crate::residents::{self, Tenant};
use crate::service::{Service, built};
use crate::submissions::{level_now, requests};
use crate::system::{Kind, System};
use anyhow::{Context, ensure};
use chassis::log::Stream;
use events::judgement::JudgementEvent;
use events::submission::SubmissionEvent;
use events::{Event, JudgementId, subject};
use local_servers::nats::accounts;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::process::Command;

const LEARNERS: usize = 1_000;
const EXERCISES: usize = 10;
/// Submissions a second while the backup is made and until everything is lost.
const RATE: f64 = 200.0;
const BEFORE: Duration = Duration::from_secs(3);
const LOAD: Duration = Duration::from_secs(20);
const SLOTS: &str = "16";
/// How long after the last submission every one of them has its verdict.
const JUDGED_WITHIN: Duration = Duration::from_mins(5);
const MIB: f64 = 1_048_576.0;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// Facts in the log when the backup is made.
    #[arg(long, default_value_t = 500_000)]
    pub events: usize,
}

pub async fn run(report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    let system = System::start_for(arguments.events).await?;
    measure(&system, report, arguments).await.map_err(|error| error.context(system.logs()))
}

async fn measure(system: &System, report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    let tenants = residents::learners(system, LEARNERS).await?;
    let exercises = residents::exercises(system, EXERCISES).await?;
    fill(system, &tenants, &exercises, arguments.events).await?;
    let slugs: Vec<String> = exercises.into_iter().map(|(slug, _)| slug).collect();
    let submissions = requests(&tenants, &slugs)?;
    let services = Services::start(system).await?;
    level_now(system).await?;

    let plan = Plan {
        address: services.command_api.address(),
        connections: 16,
        schedule: Schedule::PerSecond(RATE),
        duration: LOAD,
        total: usize::MAX,
    };
    let load = tokio::spawn(generator::run(plan, submissions.clone(), |_, _| {}));
    tokio::time::sleep(BEFORE).await;
    let folder = system.folder().join("backup");
    let sure = last(system).await?;
    let began = Instant::now();
    laurel(system, "backup", accounts::BACKUP, &folder).await?;
    let saving = began.elapsed();
    let outcome = load.await??;
    let point = began.elapsed();
    ensure!(outcome.with_status(202) == outcome.latencies.count(), "refused: {:?}", outcome.statuses);
    let (saved, bytes) = saved_facts(&folder)?;
    ensure!(saved >= sure, "{sure} was stored before the backup began, and it ends at {saved}");
    let (stored, expected) = (last(system).await?, facts_up_to(system, saved).await?);

    drop(services);
    system.lose().await?;
    let lost = Instant::now();
    let next = system.successor().await?;
    laurel(&next, "restore", accounts::OPERATOR, &folder).await?;
    let log_back = lost.elapsed();
    // Before anybody goes on with it.
    ensure!(last(&next).await? == saved, "the log that came back does not end at {saved}");
    next.set_up(arguments.events).await?;
    let services = Services::start(&next).await?;
    let accepting = lost.elapsed();
    level_now(&next).await?;
    let level = lost.elapsed();
    ensure!(
        facts_up_to(&next, saved).await? == expected,
        "the log that came back is not the one that was saved"
    );
    let address = services.command_api.address();
    let again = Plan { address, total: LEARNERS, duration: Duration::from_mins(1), ..plan };
    let outcome = generator::run(again, submissions, |_, _| {}).await?;
    ensure!(outcome.with_status(202) == LEARNERS, "refused after the restore: {:?}", outcome.statuses);
    level_now(&next).await?;
    all_are_judged(&next).await?;

    let mut seconds = |name: String, took: Duration| report.add(Figure::new(name, took.as_secs_f64(), "s"));
    seconds(format!("backup of {saved} facts, {RATE} submissions/s meanwhile"), saving);
    seconds("recovery point: how old the backup's beginning was when all was lost".to_owned(), point);
    seconds("recovery time: until the log is back".to_owned(), log_back);
    seconds("recovery time: until submissions are accepted".to_owned(), accepting);
    seconds("recovery time: until every read model is level".to_owned(), level);
    #[allow(clippy::cast_precision_loss)] // Far below 2^52.
    let (missing, size) = ((stored - saved) as f64, bytes as f64 / MIB);
    report.add(Figure::new("facts stored after the snapshot, and lost", missing, "facts"));
    report.add(Figure::new("FACTS as saved", size, "MiB"));
    Ok(())
}

async fn fill(
    system: &System,
    tenants: &[Tenant],
    exercises: &[(String, Task)],
    events: usize,
) -> anyhow::Result<()> {
    let (log, judge) = (system.log(accounts::COMMAND_API).await?, system.log(accounts::JUDGE).await?);
    let residents: Vec<Resident> = tenants.iter().map(|tenant| tenant.resident.clone()).collect();
    let tasks: Vec<Task> = exercises.iter().map(|(_, task)| task.clone()).collect();
    rebuild::fill(&log, &judge, &residents, &tasks, events as u64).await
}

/// One of each kind; they end when dropped.
struct Services {
    command_api: Service,
    _others: [Service; 3],
}

impl Services {
    async fn start(system: &System) -> anyhow::Result<Self> {
        let (command_api, projectors, query_api, judge) = tokio::try_join!(
            system.service(Kind::CommandApi, 0, &[("LAUREL_UNJUDGED_MAX", "1000000")]),
            system.service(Kind::Projectors, 0, &[]),
            system.service(Kind::QueryApi, 0, &[]),
            system.service(Kind::InstantJudge, 0, &[("LAUREL_JUDGE_SLOTS", SLOTS)]),
        )?;
        Ok(Self { command_api, _others: [projectors, query_api, judge] })
    }
}

/// `laurel backup` or `laurel restore`, as a job runs it.
async fn laurel(system: &System, command: &str, user: &str, folder: &Path) -> anyhow::Result<()> {
    let mut job = Command::new(built("laurel")?);
    job.arg(command).arg(folder).env("LAUREL_NATS_URL", system.nats.url(user)).kill_on_drop(true);
    let output = job.output().await.with_context(|| format!("running laurel {command}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "laurel {command} failed: {said}");
    Ok(())
}

/// Up to where FACTS was saved, and in how many bytes.
fn saved_facts(folder: &Path) -> anyhow::Result<(u64, u64)> {
    let backup: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("backup.json"))?)?;
    let streams = backup["streams"].as_array().context("streams")?;
    let facts = streams.iter().find(|saved| saved["name"] == subject::FACTS).context("FACTS")?;
    Ok((facts["last_sequence"].as_u64().context("a sequence")?, facts["bytes"].as_u64().context("a size")?))
}

async fn last(system: &System) -> anyhow::Result<u64> {
    Ok(system.log(accounts::OPERATOR).await?.last_sequence(Stream::Facts).await?)
}

/// A digest of all facts up to a sequence: where they stand, their headers and their bodies.
async fn facts_up_to(system: &System, sequence: u64) -> anyhow::Result<Vec<u8>> {
    let log = system.log(accounts::ANALYST).await?;
    let mut follow = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
    let mut digest = Sha256::new();
    while follow.last() < sequence {
        for message in follow.next_batch(1_000, Duration::from_secs(5)).await? {
            if message.sequence <= sequence {
                digest.update(format!("{} {} {:?}", message.sequence, message.subject, message.id()));
                digest.update(&message.body);
            }
        }
    }
    Ok(digest.finalize().to_vec())
}

/// Waits until every submission in the log has its first verdict, whichever side of the backup it is on, and nothing has
/// another: one that was written twice under the same id counts once, as for every reader.
async fn all_are_judged(system: &System) -> anyhow::Result<()> {
    let log = system.log(accounts::ANALYST).await?;
    let mut follow = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
    let (began, mut due, mut judged) = (Instant::now(), HashSet::new(), HashSet::new());
    let end = last(system).await?;
    loop {
        for message in follow.next_batch(1_000, Duration::from_secs(1)).await? {
            match message.decode()?.event {
                Event::Submission(SubmissionEvent::Received(received)) => {
                    due.insert(JudgementId::first(received.submission_id));
                }
                Event::Judgement(JudgementEvent::SubmissionJudged(verdict)) => {
                    judged.insert(verdict.judgement_id);
                }
                _of_another_kind => {}
            }
        }
        let unjudged = due.difference(&judged).count();
        if follow.last() >= end && unjudged == 0 {
            ensure!(judged.len() == due.len(), "{} verdicts on {} submissions", judged.len(), due.len());
            return Ok(());
        }
        ensure!(began.elapsed() < JUDGED_WITHIN, "{unjudged} submissions have no verdict");
    }
}
