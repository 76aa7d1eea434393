//! One command API on a broker of its own, and what tests do with it.

use access::token::generate_private_key;
use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chassis::clock::Clock;
use chassis::config::Settings;
use chassis::log::streams::{CLAIM_KEY_KEY, StreamPlan, set_up};
use chassis::log::{EventLog, LogConfig, Message, Stream};
use chassis::observe::Observatory;
use chassis::problem;
use chassis::seal::MasterKey;
use chassis::shutdown::Shutdown;
use chassis::telemetry::{self, LogFormat};
use command_api::{App, Config, SOURCE};
use events::LearnerId;
use events::account::Role;
use http_body_util::BodyExt;
use local_servers::nats::{NatsServer, accounts};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ops::Deref;
use std::time::Duration;
use testkit::{eventually, servers::InFolder};
use tower::ServiceExt;
use uuid::Uuid;

pub const PASSWORD: &str = "correct horse battery";
pub const SOON: Duration = Duration::from_secs(10);

/// Replicas of the service on one broker with the accounts of production; `Deref` is the first.
pub struct World {
    pub nats: InFolder<NatsServer>,
    pub config: Config,
    pub log: EventLog,
    /// What a judge may append to.
    pub judges_log: EventLog,
    replica: Replica,
}

/// One process's worth of the service.
pub struct Replica {
    pub app: App,
    pub clock: Clock,
    pub observatory: Observatory,
    router: Router,
    shutdown: Shutdown,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Deref for World {
    type Target = Replica;
    fn deref(&self) -> &Replica {
        &self.replica
    }
}

impl World {
    pub async fn start() -> anyhow::Result<Self> {
        Self::with_room_for(64 << 20).await
    }

    /// With a FACTS of at most so many bytes.
    pub async fn with_room_for(facts_bytes_max: i64) -> anyhow::Result<Self> {
        telemetry::start(LogFormat::Text, "warn");
        let nats = Box::pin(testkit::nats_with_accounts()).await?;
        let config = config(&nats.url(SOURCE))?;
        let fingerprint = config.digests.fingerprint().to_owned();
        let plan = StreamPlan {
            replicas: 1,
            facts_bytes_max,
            identity_bytes_max: 64 << 20,
            metadata: HashMap::from([(CLAIM_KEY_KEY.to_owned(), fingerprint)]),
        };
        let operator = connect(&nats, accounts::OPERATOR).await?;
        Box::pin(set_up(operator.jetstream(), &plan)).await?;
        let log = connect(&nats, accounts::COMMAND_API).await?;
        let judges_log = connect(&nats, accounts::JUDGE).await?;
        let replica = Box::pin(Replica::start(&config, &log)).await?;
        Ok(Self { nats, config, log, judges_log, replica })
    }

    /// Another replica, beside the first.
    pub async fn replica(&self) -> anyhow::Result<Replica> {
        let log = connect(&self.nats, accounts::COMMAND_API).await?;
        Box::pin(Replica::start(&self.config, &log)).await
    }

    /// Everything on some subjects of a stream.
    pub async fn read(&self, stream: Stream, subject: &str) -> anyhow::Result<Vec<Message>> {
        let mut follow = self.log.follow(stream, vec![subject.to_owned()], 0).await?;
        let mut messages = Vec::new();
        loop {
            let batch = follow.next_batch(1_000, Duration::from_millis(300)).await?;
            if batch.is_empty() {
                return Ok(messages);
            }
            messages.extend(batch);
        }
    }

    /// How many messages a stream has ever been given.
    pub async fn written(&self) -> anyhow::Result<[u64; 2]> {
        Ok([self.log.last_sequence(Stream::Facts).await?, self.log.last_sequence(Stream::Identity).await?])
    }
}

/// As one of the broker's users, with what that user may do in production.
async fn connect(nats: &NatsServer, user: &'static str) -> anyhow::Result<EventLog> {
    let config = LogConfig { url: nats.url(user), process: user };
    Ok(Box::pin(EventLog::connect_unchecked(&config)).await?)
}

fn config(url: &str) -> anyhow::Result<Config> {
    let pem = generate_private_key();
    let pairs = [
        ("LAUREL_NATS_URL", url),
        ("LAUREL_MASTER_KEY", MasterKey::generate_base64().expose_secret()),
        ("LAUREL_CLAIM_KEY", MasterKey::generate_base64().expose_secret()),
        ("LAUREL_TOKEN_PRIVATE_KEY", pem.expose_secret()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Config::read(Settings::from_pairs(pairs))?)
}

impl Replica {
    pub async fn start(config: &Config, log: &EventLog) -> anyhow::Result<Self> {
        let observatory = Observatory::default();
        let shutdown = Shutdown::new();
        let clock = Clock::held_at(Clock::system().now());
        let app = Box::pin(command_api::start_with_clock(
            config.clone(),
            log.clone(),
            &observatory,
            &shutdown,
            clock.clone(),
        ))
        .await?;
        eventually(SOON, async || {
            ensure!(observatory.readiness.reasons().is_empty(), "{:?}", observatory.readiness.reasons());
            Ok(())
        })
        .await?;
        let router = problem::surround(command_api::router(app.clone()));
        Ok(Self { app, clock, observatory, router, shutdown })
    }

    /// What runs in the background ends where it stands; requests are still answered.
    pub fn end_background(&self) {
        self.shutdown.begin();
    }

    pub async fn ask(&self, request: Request<Body>) -> anyhow::Result<Answer> {
        let response = self.router.clone().oneshot(request).await?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await?.to_bytes();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// A request with a JSON body.
    pub async fn send(&self, call: Call<'_>) -> anyhow::Result<Answer> {
        self.ask(call.request()?).await
    }

    pub async fn register(&self, handle: &str) -> anyhow::Result<LearnerId> {
        let answer = self.send(Call::post("/v1/register", &registration(handle))).await?;
        ensure!(answer.status == StatusCode::CREATED, "{answer:?}");
        answer.learner()
    }

    /// The answer to a login that succeeds.
    pub async fn log_in(&self, handle: &str) -> anyhow::Result<Answer> {
        let body = json!({ "login": handle, "password": PASSWORD });
        let answer = self.send(Call::post("/v1/login", &body)).await?;
        ensure!(answer.status == StatusCode::OK, "{answer:?}");
        Ok(answer)
    }

    pub async fn token(&self, handle: &str) -> anyhow::Result<String> {
        self.log_in(handle).await?.text("access_token")
    }

    /// A token for roles nobody asked the log about.
    pub fn token_for(&self, learner: LearnerId, roles: &[Role]) -> anyhow::Result<String> {
        Ok(self.app.signer.sign(learner, "somebody", roles, Uuid::nil(), self.clock.now())?)
    }

    /// A published exercise by an author of its own.
    pub async fn publish(&self, slug: &str) -> anyhow::Result<()> {
        let author = self.token_for(LearnerId(Uuid::from_u128(99)), &[Role::Author])?;
        let created = self.send(Call::post("/v1/exercises", &exercise(slug)).token(&author)).await?;
        ensure!(created.status == StatusCode::CREATED, "{created:?}");
        let path = format!("/v1/exercises/{slug}/publish");
        let published = self.send(Call::post(&path, &Value::Null).token(&author)).await?;
        ensure!(published.status == StatusCode::OK, "{published:?}");
        Ok(())
    }

    pub async fn submit(&self, slug: &str, token: &str, source: &str) -> anyhow::Result<Answer> {
        let path = format!("/v1/exercises/{slug}/submissions");
        self.send(Call::post(&path, &submission(source)).token(token)).await
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn text(&self, field: &str) -> anyhow::Result<String> {
        Ok(self.body[field].as_str().with_context(|| format!("no {field}: {self:?}"))?.to_owned())
    }

    pub fn learner(&self) -> anyhow::Result<LearnerId> {
        Ok(self.text("learner_id")?.parse()?)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Checks the refusal and that it is a whole problem document.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str, field: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{self:?}");
        assert_eq!(self.body["field"].as_str().unwrap_or_default(), field, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["request_id"].as_str(), Some(self.header("x-request-id")));
        assert_eq!(self.body["type"].as_str(), Some(&*format!("{}{code}", problem::TYPE_PREFIX)));
    }
}

/// A request with a JSON body, put together.
#[derive(Clone)]
pub struct Call<'a> {
    method: Method,
    path: &'a str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl<'a> Call<'a> {
    pub fn new(method: Method, path: &'a str, body: &Value) -> Self {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Self { method, path, headers: vec![("content-type", "application/json".to_owned())], body }
    }

    pub fn post(path: &'a str, body: &Value) -> Self {
        Self::new(Method::POST, path, body)
    }

    pub fn token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub fn key(self, key: &str) -> Self {
        self.with("idempotency-key", key)
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub fn request(self) -> anyhow::Result<Request<Body>> {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        Ok(request.body(Body::from(self.body))?)
    }
}

pub fn registration(handle: &str) -> Value {
    json!({ "handle": handle, "email": format!("{handle}@example.org"), "password": PASSWORD })
}

pub fn exercise(slug: &str) -> Value {
    json!({
        "slug": slug,
        "title": "Sum of two",
        "statement": "Add two numbers.",
        "category": "basics",
        "difficulty": "easy",
        "points": 10,
        "languages": ["python"],
        "package": {
            "tests": [
                { "group": "sample", "kind": "stdio", "input": "1 2\n", "expected": "3\n" },
                { "group": "hidden", "kind": "stdio", "input": "hidden-input", "expected": "hidden-answer" }
            ],
            "limits": { "cpu_ms": 2000, "memory_kib": 131_072, "output_kib": 1024 },
            "checker": "exact",
            "solutions": []
        }
    })
}

pub fn submission(source: &str) -> Value {
    json!({ "language": "python", "source": source })
}
