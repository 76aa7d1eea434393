//! Carries the plan out, saying what it does, and measures how soon each one struck answers again.

use super::journal::Journal;
use super::plan::{Freeze, Kill, Scene, Target};
use super::stage::Stage;
use crate::latencies::Latencies;
use anyhow::Context;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

/// How soon those struck answered again, by what was done to which kind of target: from the new start of a killed one or
/// the thaw of a frozen one until it says that it is ready.
#[derive(Debug, Clone, Default)]
pub struct Recoveries(BTreeMap<(&'static str, &'static str), Latencies>);

impl Recoveries {
    fn count(&self) -> usize {
        self.0.values().map(Latencies::count).sum()
    }
}

impl fmt::Display for Recoveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<24}{:>6}{:>12}{:>12}", "ready again after a", "times", "p50", "max")?;
        for ((blow, kind), latencies) in &self.0 {
            let mut latencies = latencies.clone();
            let name = format!("{blow} of {kind}");
            let [p50, max] = [0.5, 1.0].map(|share| latencies.percentile_ms(share));
            write!(f, "\n{name:<24}{:>6}{p50:>9.0} ms{max:>9.0} ms", latencies.count())?;
        }
        Ok(())
    }
}

/// Strikes as the scenes say, one scene after the other.
pub async fn deliver(stage: &Stage, journal: &Journal, scenes: &[Scene]) -> anyhow::Result<Recoveries> {
    let total = scenes.iter().map(|scene| 1 + scene.kills.len()).sum();
    let hand = Hand { stage, journal, total, recoveries: RefCell::default() };
    for scene in scenes {
        tokio::try_join!(hand.freeze(&scene.freeze), async {
            for kill in &scene.kills {
                hand.kill(kill).await?;
            }
            Ok(())
        })?;
    }
    Ok(hand.recoveries.into_inner())
}

struct Hand<'a> {
    stage: &'a Stage,
    journal: &'a Journal,
    total: usize,
    recoveries: RefCell<Recoveries>,
}

impl Hand<'_> {
    async fn freeze(&self, freeze: &Freeze) -> anyhow::Result<()> {
        let Freeze { target, lasting } = *freeze;
        let process = self.stage.process(target);
        process.pause();
        tokio::time::sleep(lasting).await;
        process.resume();
        let thawed = Instant::now();
        self.stage.ready(target).await.with_context(|| format!("after freezing {target}"))?;
        self.note("freeze", target, lasting, thawed.elapsed());
        Ok(())
    }

    async fn kill(&self, kill: &Kill) -> anyhow::Result<()> {
        let Kill { target, pause_before, away } = *kill;
        tokio::time::sleep(pause_before).await;
        self.stage.kill(target).await?;
        tokio::time::sleep(away).await;
        let started = Instant::now();
        self.stage.process(target).restart().await.with_context(|| format!("after killing {target}"))?;
        self.note("kill", target, away, started.elapsed());
        Ok(())
    }

    fn note(&self, blow: &'static str, target: Target, lasting: Duration, recovery: Duration) {
        let mut recoveries = self.recoveries.borrow_mut();
        recoveries.0.entry((blow, target.kind())).or_default().record(recovery);
        let (acknowledged, reads) = self.journal.counts();
        eprintln!(
            "{:>4}/{} {:<22} for {:.1} s, ready {:>4} ms later; so far {acknowledged} acknowledged, {reads} read",
            recoveries.count(),
            self.total,
            format!("{blow} {target}"),
            lasting.as_secs_f64(),
            recovery.as_millis(),
        );
    }
}
