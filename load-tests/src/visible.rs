//! `load-tests visible`: from the acknowledgement of a submission to its verdict in Postgres and its points on the Redis
//! board, at a steady rate, through the real judge process with boxes that are done at once. Every submission is
//! accepted and a learner's first to its exercise, so each one moves boards.

mod timeline;
mod watch;

pub use timeline::Timeline;

use crate::generator;
use crate::http::Request;
use crate::latencies::Latencies;
use crate::report::{Figure, Report, Target};
use crate::residents::{self, Tenant};
use crate::submissions::{level_now, requests, steady};
use crate::system::{Kind, System};
use anyhow::{Context, ensure};
use events::SubmissionId;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use watch::{Judgement, Judgements, Watchers};

const RATE: f64 = 1_000.0;
const LEARNERS: usize = 2_000;
const EXERCISES: usize = 10;
/// Each learner once to each exercise.
const SUBMISSIONS: usize = LEARNERS * EXERCISES;
/// An instant box is never the bottleneck; a judge has as many slots as its boxes have cores.
pub const SLOTS: &str = "64";
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

    let submissions = rounds(&tenants, &slugs, SUBMISSIONS)?;
    let seen = Seen::gather(system, command_api.address(), RATE, submissions).await?;
    let mut judged = seen.judged()?;
    for share in [0.5, 0.99] {
        let name = format!("acknowledged to judged at {RATE}/s, p{:.0}", share * 100.0);
        report.add(Figure::new(name, judged.percentile_ms(share), "ms"));
    }
    for (store, mut visible) in [("Postgres", seen.in_postgres()?), ("the Redis board", seen.on_the_board()?)]
    {
        for (share, target) in [(0.5, 10.0), (0.99, 50.0)] {
            let name = format!("acknowledged to visible in {store} at {RATE}/s, p{:.0}", share * 100.0);
            let figure = Figure::new(name, visible.percentile_ms(share), "ms");
            report.add(figure.target(Target::AtMost(target)));
        }
    }
    Ok(())
}

/// So many requests: round after round, each learner to the next exercise.
pub fn rounds(tenants: &[Tenant], slugs: &[String], count: usize) -> anyhow::Result<Vec<Request>> {
    let mut slugs = slugs.to_vec();
    let mut rounds = Vec::with_capacity(count + tenants.len());
    while rounds.len() < count {
        rounds.extend(requests(tenants, &slugs)?);
        slugs.rotate_left(1);
    }
    rounds.truncate(count);
    Ok(rounds)
}

/// What became of submissions, from their acknowledgement on.
pub struct Seen {
    acknowledged: Vec<Acknowledged>,
    judgements: Judgements,
    postgres: Timeline,
    redis: Timeline,
}

impl Seen {
    /// Submits all of these at a steady rate and watches them; projectors and an instant judge run.
    pub async fn gather(
        system: &System,
        command_api: SocketAddr,
        rate: f64,
        submissions: Vec<Request>,
    ) -> anyhow::Result<Self> {
        let count = submissions.len();
        let mut watchers = Watchers::start(system, count).await?;
        let acknowledged: Arc<Mutex<Vec<Acknowledged>>> = Arc::default();
        let noted = Arc::clone(&acknowledged);
        let note = move |_, response: crate::http::Response<'_>| {
            let entry = (Instant::now(), response.body.to_vec());
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        };
        let outcome = generator::run(steady(command_api, rate, count), submissions, note).await?;
        ensure!(outcome.with_status(202) == count, "not all were accepted: {:?}", outcome.statuses);

        let judgements = tokio::time::timeout(JUDGED_WITHIN, &mut watchers.judgements).await;
        let judgements = judgements.context("not everything was judged in time")???;
        level_now(system).await?;
        let (postgres, redis) = watchers.finish().await?;
        let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Self { acknowledged, judgements, postgres, redis })
    }

    pub fn judged(&self) -> anyhow::Result<Latencies> {
        latencies(&self.acknowledged, &self.judgements, |judgement| Some(judgement.seen))
    }

    pub fn in_postgres(&self) -> anyhow::Result<Latencies> {
        self.visible(&self.postgres)
    }

    pub fn on_the_board(&self) -> anyhow::Result<Latencies> {
        self.visible(&self.redis)
    }

    fn visible(&self, timeline: &Timeline) -> anyhow::Result<Latencies> {
        let passed = |judgement: &Judgement| timeline.passed(judgement.part, judgement.sequence);
        latencies(&self.acknowledged, &self.judgements, passed)
    }
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
