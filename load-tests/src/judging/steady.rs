//! One program with a limit of three times what it takes, again and again while the judge has all it can do: does it always
//! get the same verdict?

use super::Stage;
use super::boxes::HELLO;
use super::verdicts::{Seen, submission_id};
use crate::generator::{self, Plan, Schedule};
use crate::http::{Request, Response};
use crate::latencies::Latencies;
use crate::report::{Figure, Report, Target};
use anyhow::ensure;
use events::SubmissionId;
use events::exercise::Limits;
use events::judgement::Verdict;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The number of a request, and what it was answered.
type Answer = (usize, Vec<u8>);

/// About a tenth of a second.
const PROGRAM: &str =
    "total = 0\nfor number in range(1_000_000):\n    total += number * number % 7\nprint(total)\n";
const ANSWER: &str = "1999998\n";
const TIMES: usize = 200;
const ALONE: usize = 11;
/// Others' submissions for each of them.
const OTHERS: usize = 3;

pub(super) async fn measure(stage: &Stage<'_>, report: &mut Report) -> anyhow::Result<()> {
    stage.publish("steady", ANSWER, Limits::default()).await?;
    let mut alone = Vec::new();
    for turn in 0..ALONE {
        alone.extend(judge(stage, vec![stage.submission(turn, "steady", PROGRAM)?], 1).await?);
    }
    let mut idle = cpu(&alone);
    let idle_ms = idle.percentile_ms(0.5);
    report.add(Figure::new("CPU time of one program on an idle system, p50", idle_ms, "ms"));

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Some hundreds.
    let limits = Limits { cpu_ms: (idle_ms * 3.0) as u32, ..Limits::default() };
    stage.publish("steady-limited", ANSWER, limits).await?;
    let requests: Vec<Request> = (0..TIMES * (OTHERS + 1))
        .map(|turn| match turn % (OTHERS + 1) {
            0 => stage.submission(turn, "steady-limited", PROGRAM),
            _ => stage.submission(turn, "hello", HELLO),
        })
        .collect::<anyhow::Result<_>>()?;
    let seen = judge(stage, requests, 16).await?;
    let seen: Vec<Seen> = seen.into_iter().step_by(OTHERS + 1).collect();
    let mut loaded = cpu(&seen);
    for (what, share) in [("least", 0.0), ("p50", 0.5), ("p95", 0.95), ("most", 1.0)] {
        let name = format!("the same {TIMES} times under full load, {what}");
        report.add(Figure::new(name, loaded.percentile_ms(share), "ms"));
    }
    let accepted = seen.iter().filter(|seen| seen.verdict == Verdict::Accepted).count();
    let name = format!("of {TIMES} with a limit of three times the idle figure: accepted");
    #[allow(clippy::cast_precision_loss)] // At most some hundreds.
    report.add(Figure::new(name, accepted as f64, "").target(Target::AtLeast(TIMES as f64)));
    Ok(())
}

fn cpu(seen: &[Seen]) -> Latencies {
    let mut latencies = Latencies::default();
    for seen in seen {
        latencies.record(Duration::from_millis(seen.cpu_ms.into()));
    }
    latencies
}

/// Submits everything as quickly as it is taken; the verdicts, in the order of the requests.
async fn judge(stage: &Stage<'_>, requests: Vec<Request>, connections: usize) -> anyhow::Result<Vec<Seen>> {
    let count = requests.len();
    let plan = Plan {
        address: stage.address,
        connections,
        schedule: Schedule::Flood,
        duration: Duration::from_mins(1),
        total: count,
    };
    let answers: Arc<Mutex<Vec<Answer>>> = Arc::default();
    let noted = Arc::clone(&answers);
    let note = move |number, response: Response<'_>| {
        noted.lock().unwrap_or_else(PoisonError::into_inner).push((number, response.body.to_vec()));
    };
    let outcome = generator::run(plan, requests, note).await?;
    ensure!(outcome.with_status(202) == count, "not all were accepted: {:?}", outcome.statuses);
    let mut answers = std::mem::take(&mut *answers.lock().unwrap_or_else(PoisonError::into_inner));
    answers.sort_unstable_by_key(|(number, _)| *number);
    let ids: Vec<SubmissionId> =
        answers.iter().map(|(_, body)| submission_id(body)).collect::<anyhow::Result<_>>()?;
    stage.verdicts.of(&ids).await
}
