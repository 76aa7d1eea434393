//! `load-tests faults`: kills and freezes every service and every server under load, again and again, and then has the
//! [`crate::checker`] look for any promise that was broken. What it is doing goes to stderr, what came of it to stdout.

mod aftermath;
mod client;
mod gather;
mod journal;
mod learner;
mod load;
mod plan;
mod stage;
mod strikes;

use crate::checker::check;
use crate::checker::evidence::{Acknowledged, Evidence};
use crate::generator::per_second;
use crate::machine;
use anyhow::{Context, bail, ensure};
use chassis::random;
use journal::Journal;
use plan::Scene;
use stage::Stage;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// How often each service and each server is struck.
    #[arg(long, default_value_t = 2)]
    rounds: usize,
    /// Decides the order of strikes and what learners do; random when absent.
    #[arg(long)]
    seed: Option<u64>,
}

/// Prints what was found and, as the last line, how many checks passed and failed.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let seed = arguments.seed.unwrap_or_else(|| u64::from(u32::from_le_bytes(random::bytes())));
    println!("{}\nrounds {}, seed {seed}", machine::describe(), arguments.rounds);
    let stage = Stage::set().await?;
    let journal = Arc::new(Journal::default());
    let outcome = perform(&stage, &plan::scenes(arguments.rounds, seed), seed, &journal).await;
    let evidence = outcome.map_err(|error| error.context(stage.logs()))?;
    let violations = check(&evidence);
    if !violations.is_empty() {
        eprintln!("{}", stage.logs());
    }
    Ok(aftermath::conclude(&evidence, &violations))
}

async fn perform(
    stage: &Stage,
    scenes: &[Scene],
    seed: u64,
    journal: &Arc<Journal>,
) -> anyhow::Result<Evidence> {
    let began = Instant::now();
    let stop = CancellationToken::new();
    let work = load::work(stage.addresses(), stage.attempts(), seed, Arc::clone(journal), stop.clone());
    let mut load = tokio::spawn(work);
    let recoveries = tokio::select! {
        recoveries = strikes::deliver(stage, journal, scenes) => recoveries?,
        ended = &mut load => {
            ended.context("the load's task")??;
            bail!("the load ended before the last strike");
        }
    };
    stop.cancel();
    load.await.context("the load's task")??;
    let mut entries = journal.entries();
    let submissions = entries
        .acknowledged
        .iter()
        .filter(|acknowledged| matches!(acknowledged, Acknowledged::Submission { .. }))
        .count();
    let strikes: usize = scenes.iter().map(|scene| 1 + scene.kills.len()).sum();
    println!(
        "{strikes} strikes in {:.0} s, meanwhile {:.1} commands/s acknowledged, {submissions} of them submissions",
        began.elapsed().as_secs_f64(),
        per_second(entries.acknowledged.len(), began.elapsed())
    );
    println!("{recoveries}");
    for (what, waits) in [("command", &mut entries.command_waits), ("read", &mut entries.read_waits)] {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| waits.percentile_ms(share));
        println!("a learner's wait for a {what}: p50 {p50:.0} ms, p99 {p99:.0} ms, max {max:.0} ms");
    }
    let evidence = aftermath::rest(stage, journal).await?;
    let judge_errors = aftermath::judge_errors(&evidence);
    ensure!(submissions >= strikes, "too few submissions between the strikes to prove anything");
    ensure!(
        judge_errors * 4 <= submissions,
        "{judge_errors} judge errors: too few verdicts to prove anything"
    );
    Ok(evidence)
}
