//! One made-up person: registers, logs in, submits right and wrong solutions, reads back what came of them, and notes
//! everything the checker needs.

use super::client::{Answer, Client};
use super::journal::Journal;
use crate::checker::evidence::{Acknowledged, Read, Seen};
use crate::http::Request;
use anyhow::{Context, bail, ensure};
use chassis::random;
use events::{EventId, LearnerId, Position, SubmissionId};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const PASSWORD: &str = "correct horse battery staple";
/// A verdict that takes longer than these polls is not waited for; the checker will look for it.
const VERDICT_POLLS: usize = 15;
const BETWEEN_POLLS: Duration = Duration::from_millis(200);
/// Before the next submission.
const PAUSE_MS: std::ops::Range<u64> = 50..500;

/// Something to hand in.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub slug: String,
    pub source: String,
}

/// Where the services listen.
#[derive(Debug, Clone)]
pub struct Addresses {
    pub commands: Vec<SocketAddr>,
    pub queries: Vec<SocketAddr>,
}

#[derive(Debug)]
pub struct Learner {
    commands: Client,
    queries: Client,
    random: StdRng,
    journal: Arc<Journal>,
    id: LearnerId,
    handle: String,
    token: String,
    /// Where the registration was written: reads that look the handle up must know it.
    registered: Position,
}

impl Learner {
    pub async fn register(
        addresses: &Addresses,
        number: usize,
        random: StdRng,
        journal: Arc<Journal>,
    ) -> anyhow::Result<Self> {
        let mut commands = Client::new(addresses.commands.clone(), number);
        let handle = format!("learner-{number}");
        let body =
            json!({ "handle": handle, "email": format!("{handle}@example.org"), "password": PASSWORD });
        // Without a key, repeating a registration whose answer was cut off would find its own handle taken.
        let key = random_key();
        let answer = commands.call(&post("/v1/register", Some(&key), &body)?).await?;
        ensure!(
            (200..300).contains(&answer.status),
            "registering {handle}: {} {}",
            answer.status,
            answer.body
        );
        let learner_id = field(&answer, "learner_id")?.parse()?;
        journal.acknowledged(Acknowledged::Registration { learner_id }, answer.waited);
        let queries = Client::new(addresses.queries.clone(), number);
        let registered = answer.position.context("a registration without a position")?;
        let token = String::new();
        let mut learner =
            Self { commands, queries, random, journal, id: learner_id, handle, token, registered };
        learner.log_in().await?;
        Ok(learner)
    }

    /// Submits until told to stop, at least once; a submission under way is finished first.
    pub async fn work(mut self, attempts: Arc<[Attempt]>, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            let attempt = attempts[self.random.random_range(0..attempts.len())].clone();
            if let Some((submission_id, position)) = self.submit(&attempt).await? {
                let judged_at = self.follow(submission_id, position).await?;
                self.read_points(judged_at).await?;
            }
            let pause = Duration::from_millis(self.random.random_range(PAUSE_MS));
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn log_in(&mut self) -> anyhow::Result<()> {
        let body = json!({ "login": self.handle, "password": PASSWORD });
        let answer = self.commands.call(&post("/v1/login", None, &body)?).await?;
        ensure!(answer.status == 200, "logging {} in: {} {}", self.handle, answer.status, answer.body);
        field(&answer, "access_token")?.clone_into(&mut self.token);
        Ok(())
    }

    /// `None`: refused because too many of this learner's submissions are unjudged.
    async fn submit(&mut self, attempt: &Attempt) -> anyhow::Result<Option<(SubmissionId, Position)>> {
        let key = random_key();
        let path = format!("/v1/exercises/{}/submissions", attempt.slug);
        let body = json!({ "language": "python", "source": attempt.source });
        loop {
            let authorization = format!("Bearer {}", self.token);
            let headers = [("authorization", authorization.as_str()), ("idempotency-key", key.as_str())];
            let request = Request::new("POST", &path, &headers, &serde_json::to_vec(&body)?);
            let answer = self.commands.call(&request).await?;
            match answer.status {
                202 => return self.note(&answer).map(Some),
                401 => self.log_in().await?,
                429 => return Ok(None),
                status => bail!("submitting to {}: {status} {}", attempt.slug, answer.body),
            }
        }
    }

    fn note(&self, answer: &Answer) -> anyhow::Result<(SubmissionId, Position)> {
        let submission_id: SubmissionId = field(answer, "submission_id")?.parse()?;
        let position = answer.position.clone().context("an acknowledgement without a position")?;
        let acknowledged = Acknowledged::Submission {
            event_id: EventId(submission_id.0),
            learner_id: self.id,
            position: position.clone(),
        };
        self.journal.acknowledged(acknowledged, answer.waited);
        Ok((submission_id, position))
    }

    /// Reads the submission, each time at least as of what was read before, until it is judged. Answers the position of
    /// the last read.
    async fn follow(&mut self, submission_id: SubmissionId, written: Position) -> anyhow::Result<Position> {
        let mut wanted = written;
        for _ in 0..VERDICT_POLLS {
            let path = format!("/v1/submissions/{submission_id}");
            let (answered, answer) = self.read(&path, &wanted).await?;
            let verdict = answer.body["verdict"].as_str().map(str::to_owned);
            let judged = verdict.is_some();
            let seen = Seen::Submission { submission_id, found: answer.status == 200, verdict };
            self.journal.read(Read { wanted, answered: answered.clone(), seen }, answer.waited);
            wanted = answered;
            if judged {
                break;
            }
            tokio::time::sleep(BETWEEN_POLLS).await;
        }
        Ok(wanted)
    }

    async fn read_points(&mut self, wanted: Position) -> anyhow::Result<()> {
        let mut wanted = wanted;
        wanted.merge(&self.registered);
        let path = format!("/v1/leaderboards/global/around/{}?radius=0", self.handle);
        let (answered, answer) = self.read(&path, &wanted).await?;
        let mut entries = answer.body["entries"].as_array().into_iter().flatten();
        let mine = entries.find(|entry| entry["learner_id"] == self.id.to_string());
        let points = mine.and_then(|entry| entry["points"].as_i64()).unwrap_or_default();
        let seen = Seen::OwnPoints { learner_id: self.id, points };
        self.journal.read(Read { wanted, answered, seen }, answer.waited);
        Ok(())
    }

    /// A read at `wanted`: 200 or 404, with the position it was answered at. An answer without a position claims nothing
    /// but what was asked for.
    async fn read(&mut self, path: &str, wanted: &Position) -> anyhow::Result<(Position, Answer)> {
        loop {
            let (authorization, position) = (format!("Bearer {}", self.token), wanted.to_string());
            let headers = [("authorization", authorization.as_str()), ("laurel-position", position.as_str())];
            let answer = self.queries.call(&Request::get(path, &headers)).await?;
            match answer.status {
                200 | 404 => return Ok((answer.position.clone().unwrap_or_else(|| wanted.clone()), answer)),
                401 => self.log_in().await?,
                status => bail!("reading {path}: {status} {}", answer.body),
            }
        }
    }
}

fn random_key() -> String {
    uuid::Uuid::from_bytes(random::bytes()).to_string()
}

fn post(path: &str, key: Option<&str>, body: &Value) -> serde_json::Result<Request> {
    let headers: Vec<(&str, &str)> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
    Ok(Request::new("POST", path, &headers, &serde_json::to_vec(body)?))
}

fn field<'a>(answer: &'a Answer, name: &str) -> anyhow::Result<&'a str> {
    answer.body[name].as_str().with_context(|| format!("the answer has no {name}: {}", answer.body))
}

/// For a learner who works once.
pub fn once() -> CancellationToken {
    let stop = CancellationToken::new();
    stop.cancel();
    stop
}
