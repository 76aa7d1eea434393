//! `load-tests submissions`: durable submissions over HTTP, with authentication and validation, while the projectors run
//! and the judges stand still. The learners are a busy contest's: few enough to hand in several times each, so the limit
//! on unjudged submissions is raised; their tokens and data keys are known to the process after the warm-up, as in
//! production after anybody's first request.

use crate::generator::{self, Outcome, Plan, Schedule};
use crate::http::Request;
use crate::population;
use crate::raw::Limits;
use crate::report::{Figure, Report, Target};
use crate::residents::{self, Tenant};
use crate::system::{Kind, System};
use anyhow::ensure;
use chassis::log::Stream;
use local_servers::nats::accounts;
use sqlx::PgPool;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const LEARNERS: usize = 2_000;
const EXERCISES: usize = 10;
const CONNECTIONS: usize = 512;
/// The second has as many requests in flight as the raw figure beside it has publishes.
const FLOODS: [usize; 2] = [CONNECTIONS, 1_000];
const DURATION: Duration = Duration::from_secs(5);
const TRIES: usize = 3;
const ALONE: usize = 500;
const LEVEL_WITHIN: Duration = Duration::from_mins(5);

pub async fn run(report: &mut Report, limits: &Limits) -> anyhow::Result<()> {
    let system = System::start().await?;
    measure(&system, report, limits).await.map_err(|error| error.context(system.logs()))
}

async fn measure(system: &System, report: &mut Report, limits: &Limits) -> anyhow::Result<()> {
    let tenants = residents::learners(system, LEARNERS).await?;
    let tasks = residents::exercises(system, EXERCISES).await?;
    let command_api = system.service(Kind::CommandApi, 0, &[("LAUREL_UNJUDGED_MAX", "1000000")]).await?;
    let projectors = system.service(Kind::Projectors, 0, &[]).await?;
    let requests = requests(&tenants, &tasks.into_iter().map(|(slug, _)| slug).collect::<Vec<_>>())?;
    let plan = Plan {
        address: command_api.address(),
        connections: CONNECTIONS,
        schedule: Schedule::Flood,
        duration: DURATION,
        total: usize::MAX,
    };
    submit(system, Plan { total: LEARNERS, duration: Duration::from_mins(1), ..plan }, &requests).await?;
    level_now(system).await?;

    let mut alone = submit(system, Plan { connections: 1, total: ALONE, ..plan }, &requests).await?;
    let p50 = Figure::new("submission on an idle system, p50", alone.latencies.percentile_ms(0.5), "ms");
    report.add(p50.beside(&limits.publish_p50, Some(Target::AtMost(2.0))));

    let mut rate: f64 = 0.0;
    for connections in FLOODS {
        rate = 0.0;
        for _ in 0..TRIES {
            rate = rate.max(submit(system, Plan { connections, ..plan }, &requests).await?.per_second());
            level_now(system).await?;
        }
        let figure = Figure::new(format!("submissions ({connections} connections)"), rate, "/s");
        report.add(figure.beside(&limits.single, Some(Target::AtLeast(2.5))));
    }

    let half = Plan { schedule: Schedule::PerSecond(rate / 2.0), ..plan };
    let mut at_half = submit(system, half, &requests).await?;
    let percentile = |outcome: &mut Outcome, share| outcome.latencies.percentile_ms(share);
    report.add(Figure::new("submissions at half that rate, p50", percentile(&mut at_half, 0.5), "ms"));
    let p99 = Figure::new("submissions at half that rate, p99", percentile(&mut at_half, 0.99), "ms");
    report.add(p99.target(Target::AtMost(30.0)));
    // What the read models' commits have to do with that.
    level_now(system).await?;
    projectors.pause();
    let mut by_itself = submit(system, half, &requests).await?;
    projectors.resume();
    for share in [0.5, 0.99] {
        let name = format!("the same with the projectors frozen, p{:.0}", share * 100.0);
        report.add(Figure::new(name, percentile(&mut by_itself, share), "ms"));
    }
    Ok(())
}

/// One request of each tenant, each to the next exercise.
pub fn requests(tenants: &[Tenant], slugs: &[String]) -> serde_json::Result<Vec<Request>> {
    let source = population::source(1_024);
    let body = serde_json::to_vec(&serde_json::json!({ "language": "python", "source": source }))?;
    let turns = tenants.iter().zip(slugs.iter().cycle());
    let requests = turns.map(|(tenant, slug)| {
        let headers = [("authorization", tenant.authorization.as_str())];
        Request::new("POST", &format!("/v1/exercises/{slug}/submissions"), &headers, &body)
    });
    Ok(requests.collect())
}

/// Submits as the plan says. Every request must be accepted, and the log must be longer by as many facts.
async fn submit(system: &System, plan: Plan, requests: &[Request]) -> anyhow::Result<Outcome> {
    let log = system.log(accounts::OPERATOR).await?;
    let before = log.last_sequence(Stream::Facts).await?;
    let outcome = generator::run(plan, requests.to_vec(), |_, _| {}).await?;
    let accepted = outcome.latencies.count();
    ensure!(
        outcome.with_status(202) == accepted,
        "not every submission was accepted: {:?}",
        outcome.statuses
    );
    let stored = log.last_sequence(Stream::Facts).await? - before;
    ensure!(stored == accepted as u64, "{accepted} submissions were acknowledged, {stored} are stored");
    Ok(outcome)
}

/// Waits until every projection has folded everything.
pub async fn level_now(system: &System) -> anyhow::Result<()> {
    let last = system.log(accounts::OPERATOR).await?.last_sequence(Stream::Facts).await?;
    level(&system.pool().await?, last).await
}

/// Waits until every projection of FACTS stands at `sequence` or past it in every partition.
pub async fn level(pool: &PgPool, sequence: u64) -> anyhow::Result<()> {
    const LAGGING: &str = "SELECT count(*) FROM public.checkpoints WHERE part <> 'id' AND sequence < $1";
    let began = Instant::now();
    loop {
        let lagging: i64 = sqlx::query_scalar(LAGGING).bind(i64::try_from(sequence)?).fetch_one(pool).await?;
        if lagging == 0 {
            return Ok(());
        }
        ensure!(began.elapsed() < LEVEL_WITHIN, "the projectors are not level after {LEVEL_WITHIN:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// For other measurements: the plan of a steady rate.
pub fn steady(address: SocketAddr, rate: f64, total: usize) -> Plan {
    Plan {
        address,
        connections: CONNECTIONS,
        schedule: Schedule::PerSecond(rate),
        duration: Duration::from_mins(5),
        total,
    }
}
