//! `load-tests past`: the first look at a large board as of some moment of the past, summed up from everything and from
//! snapshots, and what it takes to find the moment that a time stands for. The ledger is put into the tables as projectors would have
//! left it; what is derived from it is derived by their code.

use crate::boards::{self, schema};
use crate::http::{Connection, Request};
use crate::latencies::Latencies;
use crate::report::{Figure, Report};
use crate::system::{Kind, System};
use anyhow::{Context, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use projectors::boards::{Grain, History};
use sqlx::PgPool;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Arguments {
    /// Learners on the board.
    #[arg(long, default_value_t = 1_000_000)]
    pub learners: u32,
    /// Differences in points in the ledger, each of a fact of its own.
    #[arg(long, default_value_t = 3_000_000)]
    pub rows: u32,
    /// How many moments are looked at.
    #[arg(long, default_value_t = 10)]
    pub looks: u32,
}

/// Without snapshots it takes a while.
const LOOKS_WITHOUT: u32 = 3;

pub async fn run(report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    let system = System::start().await?;
    measure(&system, report, arguments).await.map_err(|error| error.context(system.logs()))
}

async fn measure(system: &System, report: &mut Report, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { learners, rows, looks } = arguments;
    let began = chassis::clock::Clock::system().now() - TimeDelta::days(30);
    boards::plant(system, learners).await?;
    let pool = system.pool().await?;
    plant(&pool, arguments, began).await?;
    let query_api = system.service(Kind::QueryApi, 0, &[]).await?;
    let mut connection = Connection::open(query_api.address()).await?;
    let of = format!("of {learners} learners and {rows} rows");

    // Not the same moments as afterwards: what was looked at once is kept.
    let moments = (1..=LOOKS_WITHOUT.min(looks)).map(|look| rows - rows / 7 - look);
    let mut summed = first_looks(&mut connection, moments).await?;
    let summed = Figure::new(
        format!("a board as it stood, {of}, from everything, p50"),
        summed.percentile_ms(0.5),
        "ms",
    );
    let summed = report.add(summed);

    let derived = derive(system, &pool).await?;
    report.add(Figure::new(format!("its history derived, {of}"), derived.as_secs_f64(), "s"));
    let bytes: i64 =
        sqlx::query_scalar("SELECT coalesce(sum(octet_length(places)), 0)::bigint FROM board_snapshots")
            .fetch_one(&pool)
            .await?;
    report.add(Figure::new("its snapshots of all boards", mib(bytes), "MiB"));

    // The one from before was idle for too long.
    let mut connection = Connection::open(query_api.address()).await?;
    let moments = (1..=looks).map(|look| rows / (looks + 1) * look);
    let mut quick = first_looks(&mut connection, moments).await?;
    for share in [0.5, 1.0] {
        let name = format!("a board as it stood, {of}, from snapshots, p{:.0}", share * 100.0);
        report.add(Figure::new(name, quick.percentile_ms(share), "ms").beside(&summed, None));
    }
    let instants = (1..=looks).map(|look| at(began, arguments, rows / (looks + 1) * look));
    let mut found = known_moments(&mut connection, instants).await?;
    let name = format!("a kept board of the past as of a time, {of}, p50");
    report.add(Figure::new(name, found.percentile_ms(0.5), "ms"));
    Ok(())
}

#[allow(clippy::cast_precision_loss)] // Far below 2^52.
fn mib(bytes: i64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// When the fact at this sequence was recorded: evenly over 30 days.
fn at(began: DateTime<Utc>, arguments: Arguments, sequence: u32) -> DateTime<Utc> {
    let millis = TimeDelta::days(30).num_milliseconds() / i64::from(arguments.rows);
    began + TimeDelta::milliseconds(millis * i64::from(sequence))
}

/// A row for each sequence, ten points each, all learners in turn; every partition has read that far.
async fn plant(pool: &PgPool, arguments: Arguments, began: DateTime<Utc>) -> anyhow::Result<()> {
    let ledger = schema(pool, "ledger").await?;
    let insert = format!(
        "INSERT INTO {ledger}.ledger
         SELECT (number & 15)::smallint, number, ('00000007-0000-0000-8000-' || lpad(to_hex(1 + number % $1), 12, '0'))::uuid,
                ('00000009-0000-0000-8000-' || lpad(to_hex(number / 1000), 12, '0'))::uuid,
                ('00000008-0000-0000-8000-' || lpad(to_hex(number), 12, '0'))::uuid,
                'numbers', 'python', 10, $3 + number * $4 * interval '1 millisecond', number, number,
                $3 + number * $4 * interval '1 millisecond'
         FROM generate_series(1, $2::bigint) AS number"
    );
    let millis = TimeDelta::days(30).num_milliseconds() / i64::from(arguments.rows);
    sqlx::query(sqlx::AssertSqlSafe(insert))
        .bind(i32::try_from(arguments.learners)?)
        .bind(i64::from(arguments.rows))
        .bind(began)
        .bind(i32::try_from(millis)?)
        .execute(pool)
        .await
        .context("planting the ledger")?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("VACUUM ANALYZE {ledger}.ledger"))).execute(pool).await?;
    sqlx::query("UPDATE checkpoints SET sequence = $1 WHERE part <> 'id'")
        .bind(i64::from(arguments.rows))
        .execute(pool)
        .await?;
    Ok(())
}

async fn derive(system: &System, pool: &PgPool) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let schema = schema(pool, "ledger").await?;
    let version = schema.rsplit_once("_v").context("a schema's name")?.1.parse()?;
    let options = system.postgres.url().parse()?;
    let mut history = History::open(&options, &schema, version, Grain::default()).await?;
    while history.pass().await? {}
    Ok(began.elapsed())
}

async fn first_looks(
    connection: &mut Connection,
    moments: impl Iterator<Item = u32>,
) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    for sequence in moments {
        latencies.record(look(connection, &format!("as_of_seq={sequence}")).await?);
    }
    Ok(latencies)
}

/// As of times: the second look at each, when the board is there and only the time has to be found.
async fn known_moments(
    connection: &mut Connection,
    instants: impl Iterator<Item = DateTime<Utc>>,
) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    for instant in instants {
        let asked = format!("as_of={}", instant.to_rfc3339_opts(SecondsFormat::Millis, true));
        look(connection, &asked).await?;
        latencies.record(look(connection, &asked).await?);
    }
    Ok(latencies)
}

async fn look(connection: &mut Connection, asked: &str) -> anyhow::Result<Duration> {
    let request = Request::get(&format!("/v1/leaderboards/global?{asked}&limit=100"), &[]);
    let began = Instant::now();
    let response = connection.send(&request).await?;
    let took = began.elapsed();
    ensure!(response.status == 200, "{asked}: {}", String::from_utf8_lossy(response.body));
    Ok(took)
}
