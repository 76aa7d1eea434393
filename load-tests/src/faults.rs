//! `load-tests faults`: kills and freezes every service and every server under load, again and again, and then has the
//! [`crate::checker`] look for any promise that was broken.

mod client;
mod gather;
mod journal;
mod learner;
mod plan;
mod stage;

use crate::checker::evidence::Evidence;
use crate::checker::{Violation, check};
use crate::generator::per_second;
use crate::machine;
use anyhow::Context;
use chassis::random;
use journal::Journal;
use learner::{Attempt, Learner};
use plan::{Blow, Strike, strikes};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use stage::Stage;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Submitting at the same time, each waiting a while for its verdict: enough for the judges always to have work, and few
/// enough not to drown two cores in real boxes.
const LEARNERS: usize = 12;
/// A new learner arrives this often.
const BETWEEN_ARRIVALS: Duration = Duration::from_secs(5);
/// How long a killed process stays away.
const AWAY_MS: std::ops::Range<u64> = 100..1_000;
/// How long a process is frozen: shorter and longer than a takeover takes (5 s).
const FROZEN_MS: std::ops::Range<u64> = 3_000..8_000;
/// Between strikes, for the load to go on.
const PAUSE_MS: std::ops::Range<u64> = 500..2_000;
/// When nothing strikes the system any more, how long it may go without bringing any of the missing effects.
const PROGRESS_WITHIN: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// How often each service and each server is struck.
    #[arg(long, default_value_t = 2)]
    rounds: usize,
    /// Decides the order of strikes and what learners do; random when absent.
    #[arg(long)]
    seed: Option<u64>,
}

/// Prints what was struck, what was found, and as the last line how many checks passed and failed.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let seed = arguments.seed.unwrap_or_else(|| u64::from(u32::from_le_bytes(random::bytes())));
    println!("{}\nseed {seed}", machine::describe());
    let stage = Stage::set().await?;
    let journal = Arc::new(Journal::default());
    let outcome = perform(&stage, arguments.rounds, seed, &journal).await;
    let evidence = outcome.map_err(|error| error.context(stage.logs()))?;
    let violations = check(&evidence);
    if !violations.is_empty() {
        println!("{}", stage.logs());
    }
    Ok(conclude(&evidence, &violations))
}

async fn perform(
    stage: &Stage,
    rounds: usize,
    seed: u64,
    journal: &Arc<Journal>,
) -> anyhow::Result<Evidence> {
    let began = Instant::now();
    let stop = CancellationToken::new();
    let load =
        tokio::spawn(load(stage.addresses(), stage.attempts(), seed, Arc::clone(journal), stop.clone()));
    let mut random = StdRng::seed_from_u64(seed);
    let strikes = strikes(rounds, seed);
    for (number, strike) in strikes.iter().enumerate() {
        tokio::time::sleep(Duration::from_millis(random.random_range(PAUSE_MS))).await;
        let struck = Instant::now();
        deliver(stage, *strike, &mut random).await.with_context(|| format!("after: {strike}"))?;
        let (acknowledged, reads) = journal.counts();
        println!(
            "{:>4}/{} {strike}: up again after {:.1} s; so far {acknowledged} acknowledged, {reads} read",
            number + 1,
            strikes.len(),
            struck.elapsed().as_secs_f64()
        );
    }
    stop.cancel();
    load.await.context("the load's task")??;
    let (acknowledged, _) = journal.counts();
    println!("{:.1} commands/s acknowledged under fire", per_second(acknowledged, began.elapsed()));
    rest(stage, journal).await
}

/// The first learners at once, then one after the other until told to stop. A learner who could not go on (a service
/// was away for longer than their patience, or answered something it never may) ends the run.
async fn load(
    addresses: learner::Addresses,
    attempts: Arc<[Attempt]>,
    seed: u64,
    journal: Arc<Journal>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut learners = JoinSet::new();
    let mut number = 0;
    while !stop.is_cancelled() {
        let random = StdRng::seed_from_u64(seed.wrapping_add(number as u64));
        let (addresses, attempts) = (addresses.clone(), Arc::clone(&attempts));
        let (journal, stop_learner) = (Arc::clone(&journal), stop.clone());
        let lasting = number < LEARNERS;
        learners.spawn(async move {
            let learner = Learner::register(&addresses, number, random, journal).await?;
            let stop = if lasting { stop_learner } else { learner::once() };
            learner.work(attempts, stop).await
        });
        number += 1;
        if number >= LEARNERS {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(BETWEEN_ARRIVALS) => {}
            }
        }
        while let Some(ended) = learners.try_join_next() {
            ended.context("a learner's task")??;
        }
    }
    while let Some(ended) = learners.join_next().await {
        ended.context("a learner's task")??;
    }
    Ok(())
}

async fn deliver(stage: &Stage, strike: Strike, random: &mut StdRng) -> anyhow::Result<()> {
    let target = stage.process(strike.target);
    match strike.blow {
        Blow::Kill => {
            target.kill().await?;
            tokio::time::sleep(Duration::from_millis(random.random_range(AWAY_MS))).await;
            target.restart().await?;
        }
        Blow::Freeze => {
            target.pause();
            tokio::time::sleep(Duration::from_millis(random.random_range(FROZEN_MS))).await;
            target.resume();
        }
    }
    Ok(())
}

/// Waits until nothing is missing any more that can still come, saying what it waits for, and gathers what there is. What
/// is still missing after the time for it is over is for the checker to name.
async fn rest(stage: &Stage, journal: &Journal) -> anyhow::Result<Evidence> {
    const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
    let began = Instant::now();
    let (mut fewest, mut progressed) = (usize::MAX, began);
    loop {
        let evidence = stage.evidence(journal).await?;
        let violations = check(&evidence);
        let waiting: Vec<&Violation> =
            violations.iter().filter(|violation| may_still_come(violation)).collect();
        if waiting.len() < fewest {
            (fewest, progressed) = (waiting.len(), Instant::now());
        }
        let (Some(first), true) = (waiting.first(), progressed.elapsed() < PROGRESS_WITHIN) else {
            println!("at rest after {:.1} s", began.elapsed().as_secs_f64());
            return Ok(evidence);
        };
        println!("waiting for {} effects, the first of them: {first}", waiting.len());
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

fn may_still_come(violation: &Violation) -> bool {
    matches!(
        violation,
        Violation::Unjudged(_)
            | Violation::RegistrationLost(_)
            | Violation::RowMissing(_)
            | Violation::WrongRow { .. }
            | Violation::WrongTotal { .. }
    )
}

fn conclude(evidence: &Evidence, violations: &[Violation]) -> ExitCode {
    const SHOWN: usize = 50;
    println!(
        "{} facts, {} submissions in the table, {} totals, {} board entries",
        evidence.facts.len(),
        evidence.rows.len(),
        evidence.totals.len(),
        evidence.entries.len()
    );
    for violation in violations.iter().take(SHOWN) {
        println!("VIOLATION {violation}");
    }
    // Every acknowledgement and every read is a promise of its own; so is every total.
    let promises = evidence.acknowledged.len() + evidence.reads.len() + evidence.totals.len() * 2;
    let passed = promises.saturating_sub(violations.len());
    println!("{passed} passed, {} failed", violations.len());
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
