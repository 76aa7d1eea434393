//! An HTTP client as a careful program would be: it repeats what was cut off or answered 503, with the same bytes and so
//! the same `Idempotency-Key`, at another replica.

use crate::http::{Connection, Request, Response};
use events::Position;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5);
/// How long a request is repeated: longer than any strike lasts.
const PATIENCE: Duration = Duration::from_mins(1);
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(100);

/// A final answer: anything but 503.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub position: Option<Position>,
    pub body: Value,
    /// From the first attempt on.
    pub waited: Duration,
}

impl Answer {
    fn of(response: Response<'_>) -> Self {
        Self {
            status: response.status,
            position: response.header("laurel-position").and_then(|text| text.parse().ok()),
            body: response.json().unwrap_or_default(),
            waited: Duration::ZERO,
        }
    }

    /// The stable code of a `problem+json` answer.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// No final answer came in time; whether the command was carried out is unknown.
#[derive(Debug, thiserror::Error)]
#[error("no final answer within {PATIENCE:?}; the last attempt: {0}")]
pub struct GaveUp(String);

/// Talks to the replicas of one service, one request at a time.
#[derive(Debug)]
pub struct Client {
    replicas: Vec<SocketAddr>,
    /// The replica in use; the next attempt after a failure goes to the one after it.
    current: usize,
    connection: Option<Connection>,
}

impl Client {
    /// `first` says at which replica to begin.
    pub fn new(replicas: Vec<SocketAddr>, first: usize) -> Self {
        Self { current: first % replicas.len(), replicas, connection: None }
    }

    pub async fn call(&mut self, request: &Request) -> Result<Answer, GaveUp> {
        let began = Instant::now();
        loop {
            let failure = match tokio::time::timeout(ATTEMPT, self.attempt(request)).await {
                Ok(Ok(answer)) if answer.status != 503 => {
                    return Ok(Answer { waited: began.elapsed(), ..answer });
                }
                Ok(Ok(answer)) => format!("503 {}", answer.code()),
                Ok(Err(error)) => error.to_string(),
                Err(_elapsed) => "no answer".to_owned(),
            };
            if began.elapsed() > PATIENCE {
                return Err(GaveUp(failure));
            }
            self.connection = None;
            self.current = (self.current + 1) % self.replicas.len();
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
    }

    async fn attempt(&mut self, request: &Request) -> std::io::Result<Answer> {
        // Taken out, so that a connection on which an attempt was given up half-way is never used again.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.replicas[self.current]).await?,
        };
        let answer = Answer::of(connection.send(request).await?);
        self.connection = Some(connection);
        Ok(answer)
    }
}
