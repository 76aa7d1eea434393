//! After the last strike: waits for what is still under way, and says what was found.

use super::journal::Journal;
use super::stage::Stage;
use crate::checker::evidence::Evidence;
use crate::checker::{Violation, check};
use events::judgement::Verdict;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// When nothing strikes the system any more, how long it may go without bringing any of the missing effects.
const PROGRESS_WITHIN: Duration = Duration::from_mins(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Waits until nothing is missing any more that can still come, saying what it waits for, and gathers what there is. What
/// is still missing after the time for it is over is for the checker to name.
pub async fn rest(stage: &Stage, journal: &Journal) -> anyhow::Result<Evidence> {
    let began = Instant::now();
    let (mut fewest, mut progressed, mut said) = (usize::MAX, began, usize::MAX);
    loop {
        let evidence = stage.evidence(journal).await?;
        let violations = check(&evidence);
        let waiting: Vec<&Violation> =
            violations.iter().filter(|violation| may_still_come(violation)).collect();
        let Some(first) = waiting.first().filter(|_| progressed.elapsed() < PROGRESS_WITHIN) else {
            println!("at rest {:.1} s after the last strike", began.elapsed().as_secs_f64());
            return Ok(evidence);
        };
        if waiting.len() < fewest {
            (fewest, progressed) = (waiting.len(), Instant::now());
        }
        if fewest <= said / 2 {
            said = fewest;
            eprintln!("waiting for {fewest} effects, the first of them: {first}");
        }
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

/// Submissions that no judge could grade. That is no broken promise: one whose judges were struck three times is given up.
pub fn judge_errors(evidence: &Evidence) -> usize {
    shown(evidence).filter(|verdict| *verdict == Verdict::JudgeError.name()).count()
}

/// How often each verdict was given: a load of one kind only would prove less.
fn verdicts(evidence: &Evidence) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for verdict in shown(evidence) {
        *counts.entry(verdict).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    counts.join(", ")
}

fn shown(evidence: &Evidence) -> impl Iterator<Item = &str> {
    evidence.rows.iter().filter_map(|row| Some(row.verdict.as_ref()?.verdict.as_str()))
}

/// Prints what was checked and, as the last line, how many promises were kept and broken.
pub fn conclude(evidence: &Evidence, violations: &[Violation]) -> ExitCode {
    const SHOWN: usize = 50;
    println!(
        "{} facts, {} submissions in the table ({}), {} totals, {} board entries, {} reads by position",
        evidence.facts.len(),
        evidence.rows.len(),
        verdicts(evidence),
        evidence.totals.len(),
        evidence.entries.len(),
        evidence.reads.len()
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
