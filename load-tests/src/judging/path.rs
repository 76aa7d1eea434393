//! Hello world through the whole event path, with every process beside it.

use super::Stage;
use super::boxes::HELLO;
use super::verdicts::{Seen, submission_id};
use crate::generator::{self, Plan, Schedule, per_second};
use crate::http::{Request, Response};
use crate::latencies::Latencies;
use crate::report::{Figure, Report, Target};
use anyhow::ensure;
use events::SubmissionId;
use events::exercise::Limits;
use events::judgement::Verdict;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const DURATION: Duration = Duration::from_secs(30);
const SHORTER: Duration = Duration::from_secs(15);
/// Not counted: until the queue is never empty.
const LEAD_IN: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 64;
const SLUG: &str = "hello";

/// When an answer came, and its body.
type Answer = (Instant, Vec<u8>);
/// A submission, and when its acknowledgement came.
type Acknowledged = (SubmissionId, Instant);

pub(super) async fn measure(
    stage: &Stage<'_>,
    bare_rate: &Figure,
    report: &mut Report,
) -> anyhow::Result<()> {
    stage.publish(SLUG, "hello\n", Limits::default()).await?;
    let same = |_turn: usize| HELLO.to_owned();
    // A line that only this submission has: what was checked for another cannot be used for it.
    let own = |turn: usize| format!("{HELLO}# {turn}\n");

    let rate = saturated(stage, bare_rate.value, DURATION, same).await?;
    let figure = Figure::new("hello world through the event path", rate, "/s");
    report.add(figure.beside(bare_rate, Some(Target::AtLeast(0.6))));

    let (acknowledged, seen) = judged(stage, rate / 2.0, SHORTER, same).await?;
    let mut latencies = Latencies::default();
    for ((_, acknowledged), seen) in acknowledged.iter().zip(&seen) {
        latencies.record(seen.at.saturating_duration_since(*acknowledged));
    }
    let name = "accepted to verdict at half that rate";
    report.add(Figure::new(format!("{name}, p50"), latencies.percentile_ms(0.5), "ms"));
    let p95 = Figure::new(format!("{name}, p95"), latencies.percentile_ms(0.95), "ms");
    report.add(p95.target(Target::AtMost(80.0)));

    let rate = saturated(stage, bare_rate.value, SHORTER, own).await?;
    let figure =
        Figure::new("the same when every source is new, and so checked in a box of its own", rate, "/s");
    report.add(figure.beside(bare_rate, None));
    Ok(())
}

/// Verdicts a second while there is always more to judge.
async fn saturated(
    stage: &Stage<'_>,
    bare_rate: f64,
    duration: Duration,
    source: impl Fn(usize) -> String,
) -> anyhow::Result<f64> {
    let (acknowledged, seen) = judged(stage, bare_rate * 1.1, duration, source).await?;
    let first = acknowledged.iter().map(|(_, at)| *at).min().unwrap_or_else(Instant::now);
    let (from, to) = (first + LEAD_IN, first + duration);
    let inside = seen.iter().filter(|seen| (from..to).contains(&seen.at)).count();
    Ok(per_second(inside, to - from))
}

/// Submits at a steady rate, and waits for all verdicts, each of which must be `accepted`.
async fn judged(
    stage: &Stage<'_>,
    rate: f64,
    duration: Duration,
    source: impl Fn(usize) -> String,
) -> anyhow::Result<(Vec<Acknowledged>, Vec<Seen>)> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Some thousands.
    let count = (rate * duration.as_secs_f64()) as usize;
    let requests: Vec<Request> =
        (0..count).map(|turn| stage.submission(turn, SLUG, &source(turn))).collect::<anyhow::Result<_>>()?;
    let plan = Plan {
        address: stage.address,
        connections: CONNECTIONS,
        schedule: Schedule::PerSecond(rate),
        duration: duration * 2,
        total: count,
    };
    let answers: Arc<Mutex<Vec<Answer>>> = Arc::default();
    let noted = Arc::clone(&answers);
    let note = move |_, response: Response<'_>| {
        let answer = (Instant::now(), response.body.to_vec());
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    };
    let outcome = generator::run(plan, requests, note).await?;
    ensure!(outcome.with_status(202) == count, "not all were accepted: {:?}", outcome.statuses);
    let answers = std::mem::take(&mut *answers.lock().unwrap_or_else(PoisonError::into_inner));
    let acknowledged: Vec<Acknowledged> = answers
        .iter()
        .map(|(at, body)| anyhow::Ok((submission_id(body)?, *at)))
        .collect::<anyhow::Result<_>>()?;
    let ids: Vec<SubmissionId> = acknowledged.iter().map(|(id, _)| *id).collect();
    let seen = stage.verdicts.of(&ids).await?;
    let wrong = seen.iter().filter(|seen| seen.verdict != Verdict::Accepted).count();
    ensure!(wrong == 0, "{wrong} of {count} verdicts are not accepted");
    Ok((acknowledged, seen))
}
