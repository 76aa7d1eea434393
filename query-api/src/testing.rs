//! A query-api on real servers, with rows as projectors would have written them.

use crate::{App, Config, openapi, router, start};
use access::token::{TokenSigner, generate_private_key};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use chassis::clock::Clock;
use chassis::log::streams::{StreamPlan, record_fsync_check, set_up};
use chassis::log::{EventLog, LogConfig};
use chassis::observe::Observatory;
use chassis::seal::{DataKey, MasterKey};
use chassis::shutdown::Shutdown;
use chrono::{DateTime, Utc};
use events::account::{AccountEvent, DataKeyErased, DataKeyMade, Role};
use events::board::{Scope, checkpoint_key, sorted_set_key};
use events::exercise::Exercise;
use events::{Event, EventId, LearnerId, NewEvent, Part, Partition, subject};
use http_body_util::BodyExt;
use local_servers::nats::{NatsServer, accounts};
use serde_json::Value;
use sqlx::PgPool;
use std::time::Duration;
use testkit::build;
use tower::ServiceExt;
use uuid::Uuid;

/// How long anything in a test may take before it counts as not happening.
pub const WITHIN: Duration = Duration::from_secs(20);

pub struct TestApp {
    pub app: App,
    pub router: Router,
    pub pool: PgPool,
    pub clock: Clock,
    pub command_api: EventLog,
    pub judge: EventLog,
    pub nats: testkit::servers::InFolder<NatsServer>,
    pub database: testkit::servers::TestDatabase,
    pub redis: testkit::servers::TestRedis,
    pub shutdown: Shutdown,
    pub observatory: Observatory,
    signer: TokenSigner,
    master: MasterKey,
}

/// An answer as a test looks at it.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub json: Value,
}

impl Reply {
    /// Status and the problem's code.
    pub fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["code"].as_str().unwrap_or_default())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The texts at `field` of each element of the list at `list`.
    pub fn texts(&self, list: &str, field: &str) -> Vec<&str> {
        let list = self.json[list].as_array().expect("a list");
        list.iter().map(|entry| entry[field].as_str().unwrap_or_default()).collect()
    }
}

impl TestApp {
    /// With a wait for positions that is long enough never to be missed by a slow machine.
    pub async fn new() -> anyhow::Result<Self> {
        Self::waiting(WITHIN).await
    }

    pub async fn waiting(position_wait: Duration) -> anyhow::Result<Self> {
        Box::pin(Self::assemble(position_wait)).await
    }

    async fn assemble(position_wait: Duration) -> anyhow::Result<Self> {
        let (nats, database, redis) =
            tokio::try_join!(testkit::nats_with_accounts(), testkit::database(), testkit::redis())?;
        let pool = PgPool::connect(database.url()).await?;
        sqlx::migrate!("../projectors/migrations").run(&pool).await?;
        let connect =
            async |name| EventLog::connect_unchecked(&LogConfig { url: nats.url(name), process: name }).await;
        let operator = connect(accounts::OPERATOR).await?;
        let plan = StreamPlan {
            replicas: 1,
            facts_bytes_max: 64 << 20,
            identity_bytes_max: 64 << 20,
            metadata: [].into(),
        };
        set_up(operator.jetstream(), &plan).await?;
        record_fsync_check(operator.jetstream(), &[nats.monitor_url()]).await?;
        let clock = Clock::held_at(build::start());
        let signer = TokenSigner::from_pem(&generate_private_key())?;
        let master = MasterKey::from_base64(&MasterKey::generate_base64())?;
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            nats_url: nats.url(accounts::QUERY_API),
            database_url: database.url().to_owned(),
            redis_url: redis.url().to_owned(),
            master_key: master.clone(),
            verifier: signer.verifier(clock.clone())?,
            position_wait,
            database_connections: 8,
            cors_origins: "https://classes.example.org".parse()?,
            embed_origins: "https://classes.example.org".parse()?,
            page_folder: "/nonexistent".into(),
            log_format: chassis::telemetry::LogFormat::Text,
            log_filter: "info".to_owned(),
            tracing: chassis::trace::Tracing::default(),
        };
        let (shutdown, observatory) = (Shutdown::new(), Observatory::default());
        let log = connect(crate::PROCESS).await?;
        let app = start(config, log, clock.clone(), &observatory, &shutdown).await?;
        let router = chassis::problem::surround(router(app.clone(), openapi()));
        Ok(Self {
            app,
            router,
            pool,
            clock,
            command_api: connect(accounts::COMMAND_API).await?,
            judge: connect(accounts::JUDGE).await?,
            nats,
            database,
            redis,
            shutdown,
            observatory,
            signer,
            master,
        })
    }

    pub fn token(&self, learner: LearnerId, roles: &[Role]) -> String {
        self.signer.sign(learner, "somebody", roles, Uuid::nil(), self.clock.now()).expect("signs")
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path)).await
    }

    pub async fn get_as(&self, token: &str, path: &str) -> Reply {
        self.send(Request::get(path).header("Authorization", format!("Bearer {token}"))).await
    }

    pub async fn send(&self, request: axum::http::request::Builder) -> Reply {
        let request = request.body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.into_body().collect().await.expect("a body").to_bytes().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Reply { status, headers, bytes, json }
    }

    /// A row of `learners` and a data key in IDENTITY.
    pub async fn register(&self, number: u32) -> anyhow::Result<(LearnerId, DataKey)> {
        let learner_id = self.name(number).await?;
        let key = DataKey::generate();
        let wrapped_key = self.master.wrap(learner_id, &key);
        self.put_key(learner_id, AccountEvent::DataKeyMade(DataKeyMade { learner_id, wrapped_key })).await?;
        Ok((learner_id, key))
    }

    /// A row of `learners`.
    pub async fn name(&self, number: u32) -> anyhow::Result<LearnerId> {
        let account = build::account(number);
        sqlx::query("INSERT INTO learners_v1.learners VALUES ($1, $2, $2, '{learner}', $3)")
            .bind(account.learner_id.0)
            .bind(&account.handle)
            .bind(build::start())
            .execute(&self.pool)
            .await?;
        Ok(account.learner_id)
    }

    /// What an erasure leaves: no row, no key.
    pub async fn erase(&self, learner_id: LearnerId) -> anyhow::Result<()> {
        self.put_key(learner_id, AccountEvent::DataKeyErased(DataKeyErased { learner_id })).await?;
        sqlx::query("DELETE FROM learners_v1.learners WHERE learner_id = $1")
            .bind(learner_id.0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn put_key(&self, learner: LearnerId, event: AccountEvent) -> anyhow::Result<()> {
        let event = NewEvent {
            id: EventId(Uuid::from_bytes(chassis::random::bytes())),
            source: "test",
            time: self.clock.now(),
            event: Event::Account(event),
            request_digest: None,
            traceparent: None,
        };
        self.command_api.append(event.to_wire_on(subject::key(learner))?).await?;
        Ok(())
    }

    pub async fn publish(&self, exercise: &Exercise) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO exercises_v1.exercises VALUES
             ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
             ON CONFLICT (exercise_id) DO UPDATE SET revision = excluded.revision, status = excluded.status",
        )
        .bind(exercise.exercise_id.0)
        .bind(&exercise.slug)
        .bind(i32::try_from(exercise.revision)?)
        .bind(exercise.status.name())
        .bind(&exercise.title)
        .bind(&exercise.statement)
        .bind(&exercise.category)
        .bind(exercise.difficulty.name())
        .bind(i32::try_from(exercise.points)?)
        .bind(exercise.languages.iter().cloned().collect::<Vec<_>>())
        .bind(i32::try_from(exercise.limits.cpu_ms)?)
        .bind(i32::try_from(exercise.limits.memory_kib)?)
        .bind(i32::try_from(exercise.limits.output_kib)?)
        .bind(serde_json::to_value(&exercise.samples)?)
        .bind(&exercise.package_digest)
        .bind(exercise.author_id.0)
        .bind(build::start())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A received submission with `source` sealed as command-api seals it, at this sequence of the log.
    pub async fn submit(
        &self,
        number: u32,
        learner: LearnerId,
        key: &DataKey,
        exercise: &Exercise,
        source: &str,
        sequence: i64,
    ) -> anyhow::Result<Uuid> {
        let received = build::submission(number, learner, exercise);
        let id = received.submission_id.0;
        let sealed = key.seal(EventId(id), events::submission::SOURCE_FIELD, source.as_bytes());
        sqlx::query(
            "INSERT INTO submissions_v1.submissions (submission_id, learner_id, exercise_id, revision, category, language,
               size_bytes, points_max, source, received_at, received_seq)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(id)
        .bind(learner.0)
        .bind(exercise.exercise_id.0)
        .bind(i32::try_from(exercise.revision)?)
        .bind(&exercise.category)
        .bind("python")
        .bind(i32::try_from(source.len())?)
        .bind(i32::try_from(exercise.points)?)
        .bind(sealed.0)
        .bind(build::start())
        .bind(sequence)
        .execute(&self.pool)
        .await?;
        Ok(id)
    }

    /// The verdict on a submission, at this sequence.
    pub async fn judge(&self, id: Uuid, tests: Value, sequence: i64) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO submissions_v1.judgements
             SELECT submission_id, $2, 'accepted', points_max, 3, 9000, $3, NULL, NULL, $4, $5
             FROM submissions_v1.submissions WHERE submission_id = $1",
        )
        .bind(id)
        .bind(events::JudgementId::first(events::SubmissionId(id)).0)
        .bind(tests.to_string())
        .bind(build::start())
        .bind(sequence)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// One learner's total on one board.
    pub async fn total(
        &self,
        scope: &Scope,
        window_at: &str,
        learner: LearnerId,
        points: i64,
        reached_at: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO ledger_v2.board_totals
             VALUES ($1, $2, $3, $4, $5, public.board_score($4, public.board_seconds($5)))
             ON CONFLICT (scope, window_at, learner_id) DO UPDATE SET
               points = excluded.points, reached_at = excluded.reached_at, score = excluded.score",
        )
        .bind(scope.to_string())
        .bind(window_at)
        .bind(learner.0)
        .bind(points)
        .bind(reached_at)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Copies every total into Redis as projectors do, and says that the boards are complete up to `number` everywhere.
    pub async fn fill_redis(&self, number: i64) -> anyhow::Result<()> {
        let mut redis = redis::Client::open(self.redis.url())?.get_multiplexed_async_connection().await?;
        let totals: Vec<(String, String, Uuid, i64)> =
            sqlx::query_as("SELECT scope, window_at, learner_id, score FROM ledger_v2.board_totals")
                .fetch_all(&self.pool)
                .await?;
        let mut pipe = redis::pipe();
        pipe.cmd("FLUSHDB").ignore();
        for (scope, window_at, learner, score) in totals {
            let key = sorted_set_key(0, 1, &scope.parse()?, &window_at);
            pipe.cmd("ZADD").arg(key).arg(score.to_string()).arg(learner.to_string()).ignore();
        }
        let life: String = sqlx::query_scalar("SELECT life::text FROM public.board_generations")
            .fetch_one(&self.pool)
            .await?;
        pipe.cmd("HSET").arg(checkpoint_key(0, 1)).arg("life").arg(life).ignore();
        for partition in Partition::all() {
            let field = format!("{}.no", partition.number());
            pipe.cmd("HSET").arg(checkpoint_key(0, 1)).arg(field).arg(number).ignore();
        }
        pipe.exec_async(&mut redis).await?;
        Ok(())
    }

    /// What projectors do after a commit: the checkpoints of one part, or of one projection in it, and the announcement.
    pub async fn advance(&self, part: Part, sequence: i64, only: Option<&str>) -> anyhow::Result<()> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "UPDATE checkpoints SET sequence = $2 WHERE part = $1 AND ($3::text IS NULL OR projection = $3)",
        )
        .bind(part.to_string())
        .bind(sequence)
        .bind(only)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("SELECT pg_notify('laurel_moved', $1)")
            .bind(format!("{part}.{sequence}"))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// An event of this key that could not be applied.
    pub async fn park(&self, projection: &str, part: Part, key: Uuid) -> anyhow::Result<()> {
        sqlx::query(
            "INSERT INTO parked
             SELECT name, version, $2, $3, 1, $3, 'submission_judged', 'planted', true
             FROM projections WHERE name = $1 AND state = 'live'",
        )
        .bind(projection)
        .bind(part.to_string())
        .bind(key)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

pub fn part_of(learner: LearnerId) -> Part {
    Part::Facts(Partition::of(learner.0))
}
