//! `laurel rejudge`: sets of submissions that are judged again, looked at, and then applied or cancelled.

mod shown;

use crate::client::{Client, accepted};
use anyhow::{Context, bail};
use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};
use shown::{Preview, Set, Sets};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use uuid::Uuid;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// What a preview asks for at once.
const PAGE: usize = 200;

#[derive(Debug, Args)]
pub struct Rejudge {
    #[command(subcommand)]
    command: RejudgeCommand,
}

#[derive(Debug, Subcommand)]
enum RejudgeCommand {
    /// Judge submissions again; nothing has effect before the set is applied.
    Start(Start),
    /// List the sets, the latest first.
    List,
    /// Show how far a set is.
    Show(One),
    /// Show who would change, by how much, and who would enter or leave the first ten.
    Preview {
        #[command(flatten)]
        one: One,
        /// Show all learners that would change, not only the first.
        #[arg(long)]
        all: bool,
    },
    /// Give a set's results effect.
    Apply {
        #[command(flatten)]
        one: One,
        /// Do not wait for results that are missing; they will have no effect.
        #[arg(long)]
        partial: bool,
    },
    /// Give a set up: none of its results will have effect.
    Cancel(One),
}

#[derive(Debug, Args)]
struct Start {
    /// Submissions to the exercise of this slug.
    #[arg(long)]
    exercise: Option<String>,
    /// Only those to this revision of it.
    #[arg(long, requires = "exercise")]
    revision: Option<u32>,
    /// Received at this time or later, as in 2026-11-21T10:00:00Z.
    #[arg(long)]
    from: Option<DateTime<Utc>>,
    /// Received before this time.
    #[arg(long)]
    until: Option<DateTime<Utc>>,
    /// Only this one; may be given several times.
    #[arg(long = "submission")]
    submissions: Vec<Uuid>,
    /// By which revision of the exercise.
    #[arg(long, value_enum, default_value_t = By::Current)]
    judge_by: By,
    /// Why, for people. It is kept for ever, so it names nobody.
    #[arg(long)]
    reason: String,
    /// Wait until every result is there, at most so many seconds.
    #[arg(long, value_name = "SECONDS")]
    wait_s: Option<u64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    /// The exercise's last one: for tests that were mended.
    Current,
    /// The one each was handed in to: for a judge that was mended.
    Original,
}

#[derive(Debug, Args)]
struct One {
    /// The set's id.
    id: Uuid,
}

impl Rejudge {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut client = Client::logged_in()?;
        match self.command {
            RejudgeCommand::Start(start) => start.run(&mut client).await,
            RejudgeCommand::List => {
                let sets: Sets = read(&mut client, "/v1/rejudges?limit=200").await?;
                sets.print();
                Ok(ExitCode::SUCCESS)
            }
            RejudgeCommand::Show(One { id }) => {
                set(&mut client, id).await?.print();
                Ok(ExitCode::SUCCESS)
            }
            RejudgeCommand::Preview { one: One { id }, all } => preview(&mut client, id, all).await,
            RejudgeCommand::Apply { one: One { id }, partial } => {
                let path = format!("/v1/rejudges/{id}/apply?partial={partial}");
                accepted(client.send(Method::POST, &path, |request| request).await?).await?;
                println!("The results are given effect, learner by learner.");
                Ok(ExitCode::SUCCESS)
            }
            RejudgeCommand::Cancel(One { id }) => {
                let path = format!("/v1/rejudges/{id}/cancel");
                accepted(client.send(Method::POST, &path, |request| request).await?).await?;
                println!("Cancelled: nothing of it will have effect.");
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Start {
    async fn run(self, client: &mut Client) -> anyhow::Result<ExitCode> {
        let judge_by = match self.judge_by {
            By::Current => "current",
            By::Original => "original",
        };
        let body = json!({
            "exercise": self.exercise,
            "revision": self.revision,
            "from": self.from,
            "until": self.until,
            "submissions": self.submissions,
            "judge_by": judge_by,
            "reason": self.reason,
        });
        // One key for both attempts, should the first one's answer be lost.
        let key = chassis::random::uuid(&Clock::system()).to_string();
        let ask = |request: reqwest::RequestBuilder| request.header("Idempotency-Key", &key).json(&body);
        let answer = accepted(client.send(Method::POST, "/v1/rejudges", ask).await?).await?;
        let started: Value = answer.json().await.context("the answer is not JSON")?;
        let id =
            started["rejudge_id"].as_str().and_then(|id| id.parse().ok()).context("the set has no id")?;
        println!("Rejudge set {id}");
        let Some(seconds) = self.wait_s else { return Ok(ExitCode::SUCCESS) };
        let deadline = Instant::now() + Duration::from_secs(seconds);
        loop {
            let set = set(client, id).await?;
            if set.is_judged() {
                set.print();
                return Ok(ExitCode::SUCCESS);
            }
            if Instant::now() >= deadline {
                bail!(
                    "not every result is there after {seconds} s; `laurel rejudge show {id}` says how far it is"
                );
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

async fn read<T: serde::de::DeserializeOwned>(client: &mut Client, path: &str) -> anyhow::Result<T> {
    client.get(path).await?.json().await.context("the answer cannot be understood")
}

async fn set(client: &mut Client, id: Uuid) -> anyhow::Result<Set> {
    read(client, &format!("/v1/rejudges/{id}")).await
}

async fn preview(client: &mut Client, id: Uuid, all: bool) -> anyhow::Result<ExitCode> {
    let mut path = format!("/v1/rejudges/{id}/preview?limit={PAGE}");
    let mut first: Option<Preview> = None;
    loop {
        let page: Preview = read(client, &path).await?;
        let cursor = page.next_cursor.clone();
        match &mut first {
            None => first = Some(page),
            Some(first) => first.learners.extend(page.learners),
        }
        match cursor {
            Some(cursor) if all => path = format!("/v1/rejudges/{id}/preview?limit={PAGE}&cursor={cursor}"),
            _ => break,
        }
    }
    if let Some(preview) = first {
        preview.print();
    }
    Ok(ExitCode::SUCCESS)
}
