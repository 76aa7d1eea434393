//! `load-tests boards`: the first hundred of the global board and the neighbourhood of a learner, with a million learners on
//! it, while points come in. The learners, their handles and what they have are put into the tables as projectors would have
//! left them; what comes in during the measurement goes through the log.

use crate::generator::{self, Outcome, Plan, Schedule};
use crate::http::Request;
use crate::population::{Task, source, submission};
use crate::report::{Figure, Report, Target};
use crate::residents;
use crate::system::{Kind, System};
use anyhow::{Context, ensure};
use chassis::clock::Clock;
use events::board::{Scope, checkpoint_key, sorted_set_key};
use events::judgement::{JudgementEvent, SubmissionJudged, Verdict};
use events::submission::SubmissionEvent;
use events::{Event, EventId, JudgementId, LearnerId, NewEvent};
use local_servers::nats::accounts;
use sqlx::PgPool;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// Learners on the board.
    #[arg(long, default_value_t = 1_000_000)]
    pub learners: u32,
    /// Score updates a second meanwhile.
    #[arg(long, default_value_t = 1_000)]
    pub updates: u32,
    /// Requests a second, one half for the first hundred, the other for neighbourhoods. A little above what is to be reached.
    #[arg(long, default_value_t = 5_250)]
    pub requests: u32,
    /// How long it is measured.
    #[arg(long, default_value_t = 20)]
    pub seconds: u32,
}

/// Updates are appended so often, some at a time.
const APPENDED_EVERY: Duration = Duration::from_millis(50);
const CONNECTIONS: usize = 32;
const FILLED_WITHIN: Duration = Duration::from_mins(5);
const RAW_FOR: Duration = Duration::from_secs(3);

pub async fn run(report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    let system = System::start().await?;
    measure(&system, report, arguments).await.map_err(|error| error.context(system.logs()))
}

async fn measure(system: &System, report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    plant(system, arguments.learners).await?;
    let _projectors = system.service(Kind::Projectors, 0, &[]).await?;
    filled(system).await?;
    let raw = report.add(raw_reads(system).await?);
    let query_api = system.service(Kind::QueryApi, 0, &[]).await?;
    let judge = system.log(accounts::JUDGE).await?;
    let updates = AbortOnDropHandle::new(tokio::spawn(update(judge, arguments)));
    // Until the updates run evenly and what the service keeps is in its hand: everybody looks twice.
    let warm = Arguments { seconds: 5, ..arguments };
    requests(query_api.address(), warm).await?;
    let [mut top, mut near] = requests(query_api.address(), arguments).await?;
    ensure!(!updates.is_finished(), "the updates ended early");

    let learners = arguments.learners;
    let beside = format!("of {learners}, with {} updates/s", arguments.updates);
    for (name, outcome) in [("first hundred", &mut top), ("around a learner", &mut near)] {
        ensure!(outcome.with_status(200) == outcome.latencies.count(), "{name}: {:?}", outcome.statuses);
        for (share, target) in [(0.5, None), (0.99, Some(Target::AtMost(10.0)))] {
            let figure = Figure::new(
                format!("{name} {beside}, p{:.0}", share * 100.0),
                outcome.latencies.percentile_ms(share),
                "ms",
            );
            report.add(target.map_or(figure.clone(), |target| figure.target(target)));
        }
    }
    let together = Figure::new(
        format!("boards {beside}: requests answered"),
        top.per_second() + near.per_second(),
        "/s",
    );
    report.add(together.clone().beside(&raw, None));
    report.add(together.target(Target::AtLeast(5_000.0)));
    Ok(())
}

/// How often Redis alone gives the first hundred of the same board, with nothing else going on.
async fn raw_reads(system: &System) -> anyhow::Result<Figure> {
    let redis = system.redis().await?;
    let board = sorted_set_key(0, 1, &Scope::Global, "all");
    let began = Instant::now();
    let read = async |mut redis: redis::aio::MultiplexedConnection| {
        let mut reads: usize = 0;
        while began.elapsed() < RAW_FOR {
            let mut read = redis::cmd("ZRANGE");
            read.arg(&board).arg(0).arg(99).arg("REV").arg("WITHSCORES");
            let places: Vec<String> = read.query_async(&mut redis).await?;
            ensure!(places.len() == 200, "the board has fewer than a hundred places");
            reads += 1;
        }
        Ok(reads)
    };
    let readers = (0..CONNECTIONS).map(|_| read(redis.clone()));
    let reads: usize = futures_util::future::try_join_all(readers).await?.into_iter().sum();
    let name = format!("raw Redis reads of the first hundred ({CONNECTIONS} at a time)");
    Ok(Figure::new(name, generator::per_second(reads, began.elapsed()), "/s"))
}

/// The learner with this number.
fn learner(number: u32) -> LearnerId {
    LearnerId(Uuid::from_u128((7 << 96) | (0x8 << 60) | u128::from(number)))
}

/// What projectors would have written about them: any points up to 10,000, reached over a month.
pub async fn plant(system: &System, learners: u32) -> anyhow::Result<()> {
    let pool = system.pool().await?;
    let ids = "FROM generate_series(1, $1) AS number,
               LATERAL (SELECT ('00000007-0000-0000-8000-' || lpad(to_hex(number), 12, '0'))::uuid AS id) AS learner";
    let (of_learners, of_ledger) = (schema(&pool, "learners").await?, schema(&pool, "ledger").await?);
    let statements = [
        format!(
            "INSERT INTO {of_learners}.learners
             SELECT id, 'planted-' || number, 'planted-' || number, '{{learner}}', now() {ids}"
        ),
        format!(
            "INSERT INTO {of_ledger}.board_totals
             SELECT 'global', 'all', id, points, reached_at, public.board_score(points, public.board_seconds(reached_at))
             {ids}, LATERAL (SELECT 1 + (hashint4(number) & 8191) AS points,
                                    now() - make_interval(secs => 1 + (hashint4(-number) & 2097151)) AS reached_at) AS total"
        ),
        format!("ANALYZE {of_learners}.learners, {of_ledger}.board_totals"),
    ];
    for (number, statement) in statements.into_iter().enumerate() {
        let query = sqlx::query(sqlx::AssertSqlSafe(statement));
        let query = if number < 2 { query.bind(i32::try_from(learners)?) } else { query };
        query.execute(&pool).await.context("planting learners")?;
    }
    Ok(())
}

/// Where the tables of a projection are.
pub async fn schema(pool: &PgPool, name: &str) -> anyhow::Result<String> {
    let version: i32 =
        sqlx::query_scalar("SELECT version FROM projections WHERE name = $1 AND state = 'live'")
            .bind(name)
            .fetch_one(pool)
            .await?;
    Ok(format!("{name}_v{version}"))
}

/// Waits until the boards are in Redis.
pub async fn filled(system: &System) -> anyhow::Result<()> {
    let mut redis = system.redis().await?;
    let began = Instant::now();
    loop {
        let life: Option<String> =
            redis::cmd("HGET").arg(checkpoint_key(0, 1)).arg("life").query_async(&mut redis).await?;
        if life.is_some() {
            return Ok(());
        }
        ensure!(began.elapsed() < FILLED_WITHIN, "the boards are not in Redis after {FILLED_WITHIN:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Somebody solves something, so many times a second, for ever.
async fn update(judge: chassis::log::EventLog, arguments: Arguments) -> anyhow::Result<()> {
    let clock = Clock::system();
    let source = source(64);
    let mut ticks = tokio::time::interval(APPENDED_EVERY);
    let per_tick = arguments.updates * u32::try_from(APPENDED_EVERY.as_millis())? / 1_000;
    let mut number: u32 = 0;
    loop {
        ticks.tick().await;
        let mut wires = Vec::new();
        for _ in 0..per_tick {
            number += 1;
            // Spread over the whole board, and each time another exercise.
            let who = learner(1 + number.wrapping_mul(2_654_435_761) % arguments.learners);
            wires.push(judged(&clock, who, &Task::made_up(&format!("update-{number}")), &source)?.to_wire()?);
        }
        residents::append(&judge, wires).await?;
    }
}

pub fn judged(clock: &Clock, learner_id: LearnerId, task: &Task, source: &str) -> anyhow::Result<NewEvent> {
    let resident = crate::population::Resident { learner_id, ..crate::population::Resident::new(clock) };
    let submitted = submission(clock, &resident, task, source);
    let Event::Submission(SubmissionEvent::Received(received)) = &submitted.event else {
        anyhow::bail!("a submission is a submission");
    };
    let judgement_id = JudgementId::first(received.submission_id);
    let judged = SubmissionJudged {
        judgement_id,
        submission_id: received.submission_id,
        learner_id,
        exercise_id: received.exercise_id,
        revision: received.revision,
        category: received.category.clone(),
        language: received.language.clone(),
        accepted_seq: 1,
        accepted_at: submitted.time,
        verdict: Verdict::Accepted,
        points: received.points_max,
        points_max: received.points_max,
        cpu_ms: 20,
        memory_kib: 9_000,
        tests: Vec::new(),
        compile_output: None,
        reason: None,
        delivery: 1,
        rejudge_set: None,
    };
    Ok(NewEvent {
        id: EventId(judgement_id.0),
        event: Event::Judgement(JudgementEvent::SubmissionJudged(judged)),
        request_digest: None,
        ..submitted
    })
}

/// Both kinds of requests beside each other: the first hundred, and neighbourhoods.
async fn requests(address: SocketAddr, arguments: Arguments) -> anyhow::Result<[Outcome; 2]> {
    let total = usize::try_from(arguments.requests * arguments.seconds / 2)?;
    let plan = Plan {
        address,
        connections: CONNECTIONS,
        schedule: Schedule::PerSecond(f64::from(arguments.requests) / 2.0),
        duration: Duration::from_secs(u64::from(arguments.seconds)),
        total,
    };
    let top = vec![Request::get("/v1/leaderboards/global?limit=100", &[])];
    // The same few thousand look again and again, as people do.
    let looking = arguments.learners.min(5_000);
    let near = (0..total).map(|number| {
        let number = 1 + u32::try_from(number).unwrap_or_default() % looking * (arguments.learners / looking);
        Request::get(&format!("/v1/leaderboards/global/around/planted-{number}"), &[])
    });
    let near = near.collect();
    let (top, near) =
        tokio::try_join!(generator::run(plan, top, |_, _| ()), generator::run(plan, near, |_, _| ()))?;
    Ok([top, near])
}
