//! `laurel submit`.

mod judges;
mod live;
pub(super) mod shown;

use super::language_of;
use crate::client::{Client, accepted};
use anyhow::Context;
use chassis::clock::Clock;
use chassis::random;
use chrono::{DateTime, Utc};
use clap::Args;
use events::SubmissionId;
use live::{Heard, Live};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use shown::{Shown, TestResult, words};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

/// Judged, but not accepted.
const NOT_ACCEPTED: u8 = 3;
/// Handed in, and no verdict in time.
const NOT_JUDGED: u8 = 4;
const EXIT_CODES: &str = "\
Exit codes:
  0  accepted
  1  it could not be handed in, or its verdict could not be read
  2  wrong usage of this command
  3  judged, but not accepted
  4  handed in, but not judged within the time of --wait-s";

/// How long opening the live stream may take: without it everything works, only less lively.
const LIVE_OPENS_WITHIN: Duration = Duration::from_secs(5);
/// A stream this quiet may be a dead one, so the stored submission is asked for in between.
const QUIET: Duration = Duration::from_secs(5);
const POLL_FIRST: Duration = Duration::from_millis(50);
const POLL_MAX: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Submit {
    /// The exercise, as in its address.
    slug: String,
    /// The program to hand in.
    file: PathBuf,
    /// By default told by the file's ending.
    #[arg(long)]
    language: Option<String>,
    /// How many seconds to wait for the verdict.
    #[arg(long, default_value_t = 60)]
    wait_s: u64,
}

/// What a stored submission says once it is judged.
#[derive(Debug, Deserialize)]
struct Outcome {
    verdict: String,
    points: i64,
    points_max: i64,
    tests: Vec<TestResult>,
    compile_output: Option<String>,
    /// Of a `judge_error`.
    reason: Option<String>,
    received_at: DateTime<Utc>,
    judged_at: Option<DateTime<Utc>>,
}

impl Submit {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let source = std::fs::read_to_string(&self.file)
            .with_context(|| format!("{} cannot be read as UTF-8 text", self.file.display()))?;
        let language = language_of(&self.file, self.language.as_deref())?;
        let mut client = Client::logged_in()?;
        if let Some(warning) = judges::warning(&mut client, &language).await {
            eprintln!("{warning}");
        }
        // Opened before anything is handed in: a quick judge would be done before a later listener heard of it.
        let live = timeout(LIVE_OPENS_WITHIN, Live::open(&mut client)).await;
        let id = self.hand_in(&mut client, &json!({ "language": language, "source": source })).await?;
        println!("Submitted {} as {id}.", self.file.display());

        let mut waiting = Waiting {
            client,
            id,
            shown: Shown::of(SubmissionId(id)),
            deadline: Instant::now() + Duration::from_secs(self.wait_s),
        };
        let judged = if let Ok(Ok(live)) = live {
            waiting.listen(live).await?
        } else {
            eprintln!("There are no live updates at this moment; waiting for the verdict.");
            None
        };
        // Whatever the stream said: what counts is what is stored.
        let judged = match judged {
            Some(judged) => Some(judged),
            None => waiting.ask_until_judged().await?,
        };
        let Some(judged) = judged else {
            eprintln!("No verdict after {} s; the submission is safe: /v1/submissions/{id}", self.wait_s);
            return Ok(ExitCode::from(NOT_JUDGED));
        };
        print_judgement(&judged, &waiting.shown);
        let accepted = judged.verdict == "accepted";
        Ok(if accepted { ExitCode::SUCCESS } else { ExitCode::from(NOT_ACCEPTED) })
    }

    async fn hand_in(&self, client: &mut Client, body: &Value) -> anyhow::Result<Uuid> {
        // One key for every attempt of this command: however often it is sent, it is one submission.
        let key = random::uuid(&Clock::system()).to_string();
        let path = format!("/v1/exercises/{}/submissions", self.slug);
        let answer = client
            .send(Method::POST, &path, |request| request.header("Idempotency-Key", &key).json(body))
            .await?;
        let received: Value = accepted(answer).await?.json().await.context("the answer is not JSON")?;
        let id = received["submission_id"].as_str().context("the answer names no submission")?;
        id.parse().with_context(|| format!("{id:?} is not the id of a submission"))
    }
}

/// A submission on its way to a verdict.
struct Waiting {
    client: Client,
    id: Uuid,
    shown: Shown,
    deadline: Instant,
}

impl Waiting {
    /// Prints each test as it ends, until the stream says that the verdict is stored, or breaks off. The stored
    /// submission only if it had to be asked for and turned out to be judged.
    async fn listen(&mut self, mut live: Live) -> anyhow::Result<Option<Outcome>> {
        while Instant::now() < self.deadline {
            let quiet_until = self.deadline.min(Instant::now() + QUIET);
            match timeout_at(quiet_until, live.hear()).await {
                Ok(Some(Heard::Progress(progress))) => {
                    self.shown.hear(progress).iter().for_each(|line| println!("{line}"));
                }
                Ok(Some(Heard::Queued(queued))) if queued.submission_id == self.id => {
                    if !self.shown.has_begun() {
                        println!("{queued}");
                    }
                }
                Ok(Some(Heard::Judged(id))) if id == self.id => return Ok(None),
                Ok(Some(Heard::Judged(_) | Heard::Queued(_) | Heard::Other)) => {}
                Ok(None) => {
                    eprintln!("The live updates broke off; waiting for the verdict.");
                    return Ok(None);
                }
                Err(_quiet) => {
                    if let Some(judged) = self.ask().await? {
                        return Ok(Some(judged));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Asks until the submission is judged or the time is over; between questions lies a growing pause.
    async fn ask_until_judged(&mut self) -> anyhow::Result<Option<Outcome>> {
        let mut pause = POLL_FIRST;
        loop {
            if let Some(judged) = self.ask().await? {
                return Ok(Some(judged));
            }
            if Instant::now() >= self.deadline {
                return Ok(None);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(POLL_MAX);
        }
    }

    /// The stored submission, if it is judged. The client names the submission's position, so the answer is never older
    /// than it. A server that does not answer right now, or not in step yet, says nothing about the verdict.
    async fn ask(&mut self) -> anyhow::Result<Option<Outcome>> {
        let path = format!("/v1/submissions/{}", self.id);
        let answer = match self.client.send(Method::GET, &path, |request| request).await {
            Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => return Ok(None),
            Ok(answer) => accepted(answer).await?,
            Err(error) if error.is::<reqwest::Error>() => return Ok(None),
            Err(error) => return Err(error),
        };
        let Ok(submission) = answer.json::<Value>().await else { return Ok(None) };
        if !submission["verdict"].is_string() {
            return Ok(None);
        }
        serde_json::from_value(submission).map(Some).context("the submission cannot be read")
    }
}

/// What the stored verdict says, without the tests that stand on the terminal already.
fn print_judgement(judged: &Outcome, shown: &Shown) {
    for test in &judged.tests {
        let is_shown = shown.has(test);
        if !is_shown {
            println!("{test}");
        }
        if test.verdict != "accepted"
            && let Some(output) = &test.output
        {
            if is_shown {
                println!("  test {:>3}  printed:", test.ordinal);
            }
            output.lines().take(20).for_each(|line| println!("            | {line}"));
        }
    }
    if let Some(output) = &judged.compile_output {
        output.lines().for_each(|line| println!("  | {line}"));
    }
    println!("{}: {} of {} points.", words(&judged.verdict), judged.points, judged.points_max);
    if let Some(reason) = &judged.reason {
        println!("It could not be judged, which is not your fault: {}.", words(reason));
    }
    if let Some(judged_at) = judged.judged_at {
        let took = judged_at - judged.received_at;
        println!("Judged {} ms after it was received.", took.num_milliseconds());
    }
}
