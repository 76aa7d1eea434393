//! Real servers, a log to write to, and projectors over them.
#![allow(dead_code)] // Each test file uses a part of it.

use anyhow::{Context, ensure};
use chassis::log::streams::{StreamPlan, set_up};
use chassis::log::{EventLog, LogConfig};
use chassis::observe::Observatory;
use chassis::shutdown::Shutdown;
use events::account::{Account, AccountEvent, AccountRegistered};
use events::exercise::{Exercise, ExerciseEvent, ExercisePublished};
use events::judgement::{JudgementEvent, SubmissionJudged, Verdict};
use events::rejudge::{JudgeBy, RejudgeEvent, RejudgeSet, Selection, SetStatus, SubmissionRejudgeRequested};
use events::submission::{SubmissionEvent, SubmissionReceived};
use events::{Event, LearnerId, NewEvent, Part, Partition, Recorded, RejudgeSetId, subject};
use local_servers::nats::NatsServer;
use projectors::projection::Registered;
use projectors::runner::Runner;
use projectors::{Config, migrate, projections};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use testkit::servers::{InFolder, TestDatabase, TestRedis};
use testkit::{build, eventually};

/// Every row of every table, as text, in order.
pub type Rows = BTreeMap<String, Vec<String>>;

pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Rig {
    pub nats: InFolder<NatsServer>,
    pub database: TestDatabase,
    pub redis: TestRedis,
    pub log: EventLog,
    pub pool: PgPool,
    number: AtomicU32,
}

/// A projectors process, as far as one fits into a test.
pub struct Process {
    pub observatory: Observatory,
    pub shutdown: Shutdown,
    task: tokio::task::JoinHandle<()>,
}

impl Process {
    pub fn start(runner: Runner, observatory: Observatory) -> Self {
        let shutdown = Shutdown::new();
        let task = tokio::spawn(runner.run(shutdown.clone()));
        Self { observatory, shutdown, task }
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.begin();
        self.task.await.context("the runner")
    }

    /// Ends it where it stands, as SIGKILL would.
    pub async fn kill(self) {
        self.task.abort();
        let _aborted = self.task.await;
    }

    pub fn why_not_ready(&self) -> String {
        format!("{:?}", self.observatory.readiness.reasons())
    }

    pub fn metric(&self, line: &str) -> Option<f64> {
        let text = self.observatory.metrics().ok()?;
        text.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok())
    }
}

impl Rig {
    pub async fn new() -> anyhow::Result<Self> {
        let (nats, database, redis) =
            (testkit::nats().await?, testkit::database().await?, testkit::redis().await?);
        let log = connect(&nats.url("")).await?;
        let plan = StreamPlan {
            replicas: 1,
            facts_bytes_max: 2 << 30,
            identity_bytes_max: 64 << 20,
            metadata: [].into(),
        };
        set_up(log.jetstream(), &plan).await?;
        migrate(database.url()).await?;
        let schemas: Vec<String> = projections::ALL.iter().map(Registered::schema).collect();
        let options = PgConnectOptions::from_str(database.url())?;
        let pool =
            PgPool::connect_with(options.options([("search_path", format!("{},public", schemas.join(",")))]))
                .await?;
        Ok(Self { nats, database, redis, log, pool, number: AtomicU32::new(1) })
    }

    pub fn config(&self) -> Config {
        Config { database_url: self.database.url().into(), redis_url: Some(self.redis.url().into()) }
    }

    pub async fn runner(&self, registry: &'static [Registered]) -> anyhow::Result<(Runner, Observatory)> {
        let observatory = Observatory::default();
        let log = connect(&self.nats.url("")).await?;
        Ok((projectors::runner(&self.config(), registry, log, &observatory)?, observatory))
    }

    pub async fn start(&self) -> anyhow::Result<Process> {
        let (runner, observatory) = self.runner(projections::ALL).await?;
        Ok(Process::start(runner, observatory))
    }

    /// Appends an event as the next one and returns it as recorded.
    pub async fn append(&self, event: Event) -> anyhow::Result<Recorded> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        self.append_numbered(number, event).await
    }

    pub async fn append_numbered(&self, number: u32, event: Event) -> anyhow::Result<Recorded> {
        self.append_new(build::new_event(number, event)).await
    }

    /// The same for what has to have happened just now.
    pub async fn append_now(&self, event: Event) -> anyhow::Result<Recorded> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let time = chassis::clock::Clock::system().now();
        self.append_new(NewEvent { time, ..build::new_event(number, event) }).await
    }

    async fn append_new(&self, new: NewEvent) -> anyhow::Result<Recorded> {
        let event = new.event.clone();
        let (part, wire) = match &event {
            Event::Account(account) => {
                use events::FamilyEvent;
                (Part::Identity, new.to_wire_on(subject::private(LearnerId(account.key())))?)
            }
            fact => (Part::Facts(Partition::of(fact.key())), new.to_wire()?),
        };
        let appended = self.log.append(wire).await?;
        Ok(Recorded {
            part,
            sequence: appended.sequence,
            id: new.id,
            time: new.time,
            request_digest: None,
            traceparent: None,
            event,
        })
    }

    pub async fn register(&self, account: Account) -> anyhow::Result<Recorded> {
        self.append(Event::Account(AccountEvent::Registered(AccountRegistered { account }))).await
    }

    pub async fn publish(&self, exercise: &Exercise) -> anyhow::Result<Recorded> {
        let exercise = exercise.clone();
        self.append(Event::Exercise(ExerciseEvent::Published(ExercisePublished { exercise }))).await
    }

    pub async fn submit(
        &self,
        learner: LearnerId,
        exercise: &Exercise,
    ) -> anyhow::Result<Recorded<SubmissionReceived>> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let received = build::submission(number, learner, exercise);
        let event = Event::Submission(SubmissionEvent::Received(received.clone()));
        let recorded = self.append_numbered(number, event).await?;
        Ok(Recorded {
            part: recorded.part,
            sequence: recorded.sequence,
            id: recorded.id,
            time: recorded.time,
            request_digest: None,
            traceparent: None,
            event: received,
        })
    }

    pub async fn judge(
        &self,
        submission: &Recorded<SubmissionReceived>,
        verdict: Verdict,
    ) -> anyhow::Result<Recorded> {
        self.judged(build::judgement(submission, verdict)).await
    }

    pub async fn judged(&self, judged: SubmissionJudged) -> anyhow::Result<Recorded> {
        self.append(Event::Judgement(JudgementEvent::SubmissionJudged(judged))).await
    }

    /// Submits and judges accepted.
    pub async fn solve(&self, learner: LearnerId, exercise: &Exercise) -> anyhow::Result<Recorded> {
        let submission = self.submit(learner, exercise).await?;
        self.judge(&submission, Verdict::Accepted).await
    }

    /// Waits until every live projection of the event's part has passed it.
    pub async fn passed(&self, event: &Recorded) -> anyhow::Result<()> {
        let part = event.part.to_string();
        eventually(PATIENCE, async || {
            let at: Option<i64> = sqlx::query_scalar(
                "SELECT min(sequence) FROM checkpoints JOIN projections ON name = projection AND state = 'live'
                 AND projections.version = checkpoints.version WHERE part = $1",
            )
            .bind(&part)
            .fetch_one(&self.pool)
            .await?;
            let at = at.unwrap_or_default();
            ensure!(at >= i64::try_from(event.sequence)?, "part {part} is at {at}, not {}", event.sequence);
            Ok(())
        })
        .await
    }

    pub async fn all_passed(&self, events: &[Recorded]) -> anyhow::Result<()> {
        for event in events {
            self.passed(event).await?;
        }
        Ok(())
    }

    pub async fn count(&self, sql: &'static str) -> anyhow::Result<i64> {
        Ok(sqlx::query_scalar(sql).fetch_one(&self.pool).await?)
    }

    pub async fn rows(&self) -> anyhow::Result<Rows> {
        rows_of(&self.pool).await
    }

    /// The all-time global board in Redis.
    pub async fn board(&self) -> anyhow::Result<Vec<(String, i64)>> {
        self.board_at("lb:{0}:1:global:all").await
    }

    pub async fn board_at(&self, key: &str) -> anyhow::Result<Vec<(String, i64)>> {
        let mut redis = self.redis_connection().await?;
        let places: Vec<(String, f64)> =
            redis::cmd("ZREVRANGE").arg(key).arg(0).arg(-1).arg("WITHSCORES").query_async(&mut redis).await?;
        #[allow(clippy::cast_possible_truncation)] // Scores are below 2^53.
        Ok(places
            .into_iter()
            .map(|(learner, score)| (learner, events::board::points_of(score as i64)))
            .collect())
    }

    pub async fn redis_connection(&self) -> anyhow::Result<redis::aio::MultiplexedConnection> {
        Ok(redis::Client::open(self.redis.url())?.get_multiplexed_async_connection().await?)
    }
}

pub async fn connect(url: &str) -> anyhow::Result<EventLog> {
    Ok(EventLog::connect_unchecked(&LogConfig { url: url.to_owned(), process: "projectors" }).await?)
}

/// Of every table of the registered versions.
pub async fn rows_of(pool: &PgPool) -> anyhow::Result<Rows> {
    let mut rows = BTreeMap::new();
    for (schema, name) in tables(pool).await? {
        let sql = format!("SELECT t::text FROM {schema}.{name} AS t ORDER BY 1");
        rows.insert(name, sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await?);
    }
    Ok(rows)
}

async fn tables(pool: &PgPool) -> anyhow::Result<Vec<(String, String)>> {
    let schemas: Vec<String> = projections::ALL.iter().map(Registered::schema).collect();
    let tables = sqlx::query_as(
        "SELECT schemaname::text, tablename::text FROM pg_tables WHERE schemaname = ANY($1) ORDER BY 1, 2",
    );
    Ok(tables.bind(schemas).fetch_all(pool).await?)
}

/// Removes what the projectors wrote: everything is to be read again.
pub async fn start_over(pool: &PgPool) -> anyhow::Result<()> {
    let mut db: PgConnection = pool.acquire().await?.detach();
    for (schema, table) in tables(pool).await? {
        sqlx::query(sqlx::AssertSqlSafe(format!("TRUNCATE {schema}.{table}"))).execute(&mut db).await?;
    }
    sqlx::query("UPDATE checkpoints SET sequence = 0, digest = ''").execute(&mut db).await?;
    db.close().await?;
    Ok(())
}

/// A rejudge set of the exercise `one`.
pub fn set(set_id: RejudgeSetId, status: SetStatus) -> RejudgeSet {
    RejudgeSet {
        set_id,
        status,
        selection: Selection {
            exercise_id: Some(build::exercise("one").exercise_id),
            ..Selection::default()
        },
        judge_by: JudgeBy::Current,
        reason: "a wrong test".to_owned(),
        requested_by: build::learner(0),
        requested_seq: None,
        submissions: None,
        ended_by: None,
    }
}

pub fn ask(set_id: RejudgeSetId, submission: &Recorded<SubmissionReceived>) -> Event {
    let fact = &submission.event;
    Event::Rejudge(RejudgeEvent::SubmissionRequested(SubmissionRejudgeRequested {
        set_id,
        submission_id: fact.submission_id,
        learner_id: fact.learner_id,
        exercise_id: fact.exercise_id,
        accepted_seq: submission.sequence,
        revision: 3,
        package_digest: fact.package_digest.clone(),
        points_max: fact.points_max,
    }))
}

pub fn apply(set_id: RejudgeSetId, ordered_seq: u64, results: &[SubmissionJudged]) -> Event {
    Event::Rejudge(RejudgeEvent::Applied(build::applied(set_id, ordered_seq, results)))
}
