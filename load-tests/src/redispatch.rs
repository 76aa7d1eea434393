//! `load-tests redispatch`: kills and freezes the judge that has a submission at a random moment, and measures how soon
//! another one begins with it. Then every submission must have been judged once.

use crate::http::{Connection, Request};
use crate::judging::Stage;
use crate::judging::verdicts::{Verdicts, submission_id};
use crate::latencies::Latencies;
use crate::machine;
use crate::residents;
use crate::service::Service;
use crate::system::{Kind, System};
use anyhow::{Context, ensure};
use chassis::log::{EventLog, Stream};
use events::exercise::Limits;
use events::judgement::{JudgementEvent, Progress, Verdict};
use events::{Event, SubmissionId, subject};
use futures_util::StreamExt;
use local_servers::nats::accounts;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::HashMap;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::task::AbortOnDropHandle;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// How often a judge is killed, and how often one is frozen.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Decides the moments; random when absent.
    #[arg(long)]
    seed: Option<u64>,
}

/// It sleeps, so that a judge has it for a while.
const PROGRAM: &str = "import time\ntime.sleep(1.0)\nprint('hello')\n";
/// From the acknowledgement to the blow: some come before a judge has begun, some after the verdict.
const MOMENTS_MS: Range<u64> = 0..1_300;
/// The promise for a killed judge; a frozen one may keep its submission for its wall limit besides, but does not: nobody
/// tells the broker that it is at work.
const ELSEWHERE_WITHIN: Duration = Duration::from_secs(5);
/// How long a struck judge may take to be ready again.
const IDLE_WITHIN: Duration = Duration::from_secs(20);
const SLUG: &str = "sleeper";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    Kill,
    Freeze,
}

impl Blow {
    const ALL: [Blow; 2] = [Blow::Kill, Blow::Freeze];

    fn name(self) -> &'static str {
        match self {
            Blow::Kill => "SIGKILL",
            Blow::Freeze => "SIGSTOP",
        }
    }
}

/// Prints how soon others began and, as the last line, how many submissions were dealt with as promised.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { rounds, seed } = arguments;
    let seed = seed.unwrap_or_else(|| u64::from(u32::from_le_bytes(chassis::random::bytes())));
    println!("{}\nrounds {rounds}, seed {seed}", machine::describe());
    let system = System::start().await?;
    let broken = strike(&system, rounds, StdRng::seed_from_u64(seed)).await;
    let broken = broken.map_err(|error| error.context(system.logs()))?;
    for broken in broken.values() {
        println!("BROKEN {broken}");
    }
    println!("{} passed, {} failed", rounds * Blow::ALL.len() - broken.len(), broken.len());
    if broken.is_empty() { Ok(ExitCode::SUCCESS) } else { Ok(ExitCode::FAILURE) }
}

/// Answers what was broken, by submission.
async fn strike(
    system: &System,
    rounds: usize,
    mut random: StdRng,
) -> anyhow::Result<HashMap<SubmissionId, String>> {
    let tenants = residents::learners(system, rounds * Blow::ALL.len()).await?;
    let command_api = system.service(Kind::CommandApi, 0, &[]).await?;
    let one_slot = [("LAUREL_JUDGE_SLOTS", "1")];
    let judges =
        [system.service(Kind::Judge, 0, &one_slot).await?, system.service(Kind::Judge, 1, &one_slot).await?];
    let stage =
        Stage { system, address: command_api.address(), tenants, verdicts: Verdicts::follow(system).await? };
    stage.publish(SLUG, "hello\n", Limits::default()).await?;
    let starts = Starts::follow(&system.log(accounts::QUERY_API).await?).await?;

    let mut broken = HashMap::new();
    let mut ids = Vec::new();
    for (number, blow) in Blow::ALL.into_iter().enumerate() {
        let mut elsewhere = Latencies::default();
        for round in 0..rounds {
            let id = submit(&stage, number * rounds + round).await?;
            ids.push(id);
            tokio::time::sleep(Duration::from_millis(random.random_range(MOMENTS_MS))).await;
            // Nobody has it: then one of the two is as good as the other.
            let struck = busy(&judges).await?.unwrap_or(random.random_range(0..judges.len()));
            let struck_at = Instant::now();
            match blow {
                Blow::Kill => judges[struck].kill_alone().await?,
                Blow::Freeze => judges[struck].pause(),
            }
            let seen = stage.verdicts.of(&[id]).await?;
            ensure!(seen.len() == 1, "one verdict for one submission");
            let begun = starts.of(id);
            let was_under_way = begun.iter().any(|at| *at < struck_at) && seen[0].at > struck_at;
            let again = begun.iter().find(|at| **at > struck_at).filter(|_| was_under_way);
            eprintln!(
                "{:>4}/{rounds} {} of judge {struck}: {}",
                round + 1,
                blow.name(),
                again.map_or_else(
                    || "it had no submission, or ended with it".to_owned(),
                    |at| format!("another began {} ms later", (*at - struck_at).as_millis())
                ),
            );
            if let Some(at) = again {
                elsewhere.record(*at - struck_at);
                if *at - struck_at > ELSEWHERE_WITHIN {
                    broken.insert(id, format!("{id} began elsewhere only after {:?}", *at - struck_at));
                }
            }
            if seen[0].verdict != Verdict::Accepted {
                broken.insert(id, format!("{id} is {}", seen[0].verdict.name()));
            }
            match blow {
                Blow::Kill => judges[struck].restart().await?,
                Blow::Freeze => judges[struck].resume(),
            }
            both_idle(&judges).await?;
        }
        let [p50, p90, max] = [0.5, 0.9, 1.0].map(|share| elsewhere.percentile_ms(share));
        println!(
            "{} of a judge, {} of {rounds} while it had a submission; another began with it after: p50 {p50:.0} ms, \
             p90 {p90:.0} ms, max {max:.0} ms",
            blow.name(),
            elsewhere.count(),
        );
    }
    broken.extend(not_once(system, &ids).await?);
    Ok(broken)
}

async fn submit(stage: &Stage<'_>, turn: usize) -> anyhow::Result<SubmissionId> {
    let mut connection = Connection::open(stage.address).await?;
    let answer = connection.send(&stage.submission(turn, SLUG, PROGRAM)?).await?;
    ensure!(answer.status == 202, "a submission was answered {}", answer.status);
    submission_id(answer.body)
}

/// The judge that has a submission.
async fn busy(judges: &[Service]) -> anyhow::Result<Option<usize>> {
    for (number, judge) in judges.iter().enumerate() {
        if slots_busy(judge).await? > 0 {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

async fn slots_busy(judge: &Service) -> anyhow::Result<u32> {
    let mut connection = Connection::open(judge.address()).await?;
    let answer = connection.send(&Request::get("/metrics", &[])).await?;
    let metrics = std::str::from_utf8(answer.body)?;
    let figure = metrics.lines().find_map(|line| line.strip_prefix("judge_slots_busy "));
    Ok(figure.context("no judge_slots_busy")?.parse()?)
}

async fn both_idle(judges: &[Service]) -> anyhow::Result<()> {
    let idle = async {
        for judge in judges {
            judge.ready().await?;
        }
        while busy(judges).await?.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    tokio::time::timeout(IDLE_WITHIN, idle).await.context("the judges do not become idle")?
}

/// When judges began with each submission, as they told.
struct Starts {
    seen: Arc<Mutex<HashMap<SubmissionId, Vec<Instant>>>>,
    _following: AbortOnDropHandle<()>,
}

impl Starts {
    async fn follow(log: &EventLog) -> anyhow::Result<Self> {
        let mut told = log.client().subscribe(subject::ALL_PROGRESS).await?;
        log.client().flush().await?;
        let seen: Arc<Mutex<HashMap<SubmissionId, Vec<Instant>>>> = Arc::default();
        let noted = Arc::clone(&seen);
        let following = tokio::spawn(async move {
            while let Some(message) = told.next().await {
                let at = Instant::now();
                if let Ok(Progress { submission_id, test: None, .. }) =
                    serde_json::from_slice(&message.payload)
                {
                    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    noted.entry(submission_id).or_default().push(at);
                }
            }
        });
        Ok(Self { seen, _following: AbortOnDropHandle::new(following) })
    }

    fn of(&self, id: SubmissionId) -> Vec<Instant> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned().unwrap_or_default()
    }
}

/// The submissions that do not have exactly one judgement in the log.
async fn not_once(system: &System, ids: &[SubmissionId]) -> anyhow::Result<HashMap<SubmissionId, String>> {
    let log = system.log(accounts::OPERATOR).await?;
    let last = log.last_sequence(Stream::Facts).await?;
    let mut counts: HashMap<SubmissionId, usize> = ids.iter().map(|id| (*id, 0)).collect();
    let mut follow = log.follow(Stream::Facts, vec![subject::ALL_FACTS.to_owned()], 0).await?;
    let mut at = 0;
    while at < last {
        for message in follow.next_batch(1_000, Duration::from_secs(1)).await? {
            let recorded = message.decode()?;
            at = recorded.sequence;
            if let Event::Judgement(JudgementEvent::SubmissionJudged(fact)) = recorded.event {
                *counts.entry(fact.submission_id).or_default() += 1;
            }
        }
    }
    let wrong = counts.into_iter().filter(|(_, count)| *count != 1);
    Ok(wrong.map(|(id, count)| (id, format!("{id} has {count} judgements"))).collect())
}
