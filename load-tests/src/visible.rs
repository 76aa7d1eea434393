//! `load-tests visible`: from the acknowledgement of a submission to its verdict in Postgres and its points on the Redis
//! board, at a steady rate, through the real judge process with boxes that are done at once. Every submission is
//! accepted and a learner's first to its exercise, so each one moves boards.

mod timeline;
mod watch;

pub use timeline::Timeline;

use crate::generator;
use crate::latencies::Latencies;
use crate::report::{Figure, Report, Target};
use crate::residents;
use crate::submissions::{level_now, requests, steady};
use crate::system::{Kind, System};
use anyhow::{Context, ensure};
use events::SubmissionId;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use watch::{Judgement, Judgements, Watchers};

const RATE: f64 = 1_000.0;
const LEARNERS: usize = 2_000;
const EXERCISES: usize = 10;
/// Each learner once to each exercise.
const SUBMISSIONS: usize = LEARNERS * EXERCISES;
/// An instant box is never the bottleneck; a judge has as many slots as its boxes have cores.
const SLOTS: &str = "64";
const JUDGED_WITHIN: Duration = Duration::from_secs(30);

/// When an answer came, and its body.
type Acknowledged = (Instant, Vec<u8>);

pub async fn run(report: &mut Report) -> anyhow::Result<()> {
    let system = System::start().await?;
    measure(&system, report).await.map_err(|error| error.context(system.logs()))
}

async fn measure(system: &System, report: &mut Report) -> anyhow::Result<()> {
    let tenants = residents::learners(system, LEARNERS).await?;
    let slugs: Vec<String> =
        residents::exercises(system, EXERCISES).await?.into_iter().map(|(slug, _)| slug).collect();
    let command_api = system.service(Kind::CommandApi, 0, &[]).await?;
    let _projectors = system.service(Kind::Projectors, 0, &[]).await?;
    let _judge = system.service(Kind::InstantJudge, 0, &[("LAUREL_JUDGE_SLOTS", SLOTS)]).await?;
    level_now(system).await?;

    // Round after round, each learner to the next exercise.
    let mut rounds = Vec::with_capacity(SUBMISSIONS);
    for round in 0..EXERCISES {
        let mut slugs = slugs.clone();
        slugs.rotate_left(round);
        rounds.extend(requests(&tenants, &slugs)?);
    }
    let mut watchers = Watchers::start(system, SUBMISSIONS).await?;
    let acknowledged: Arc<Mutex<Vec<Acknowledged>>> = Arc::default();
    let noted = Arc::clone(&acknowledged);
    let note = move |_, response: crate::http::Response<'_>| {
        let entry = (Instant::now(), response.body.to_vec());
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    };
    let outcome = generator::run(steady(command_api.address(), RATE, SUBMISSIONS), rounds, note).await?;
    ensure!(outcome.with_status(202) == SUBMISSIONS, "not all were accepted: {:?}", outcome.statuses);

    let judgements = tokio::time::timeout(JUDGED_WITHIN, &mut watchers.judgements).await;
    let judgements = judgements.context("not everything was judged in time")???;
    level_now(system).await?;
    let (postgres, redis) = watchers.finish().await?;
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap_or_else(PoisonError::into_inner));
    let mut judged = latencies(&acknowledged, &judgements, |judgement| Some(judgement.seen))?;
    for share in [0.5, 0.99] {
        let name = format!("acknowledged to judged at {RATE}/s, p{:.0}", share * 100.0);
        report.add(Figure::new(name, judged.percentile_ms(share), "ms"));
    }
    for (store, timeline) in [("Postgres", postgres), ("the Redis board", redis)] {
        let passed = |judgement: &Judgement| timeline.passed(judgement.part, judgement.sequence);
        let mut visible = latencies(&acknowledged, &judgements, passed)?;
        for (share, target) in [(0.5, 10.0), (0.99, 50.0)] {
            let name = format!("acknowledged to visible in {store} at {RATE}/s, p{:.0}", share * 100.0);
            let figure = Figure::new(name, visible.percentile_ms(share), "ms");
            report.add(figure.target(Target::AtMost(target)));
        }
    }
    Ok(())
}

/// From the acknowledgement to `reached`.
fn latencies(
    acknowledged: &[Acknowledged],
    judgements: &Judgements,
    reached: impl Fn(&Judgement) -> Option<Instant>,
) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    for (at, body) in acknowledged {
        let body: serde_json::Value = serde_json::from_slice(body)?;
        let id: SubmissionId = body["submission_id"].as_str().context("no submission_id")?.parse()?;
        let judgement = judgements.get(&id).with_context(|| format!("{id} was not judged"))?;
        let reached = reached(judgement).with_context(|| format!("{id} was never visible"))?;
        latencies.record(reached.saturating_duration_since(*at));
    }
    Ok(latencies)
}
