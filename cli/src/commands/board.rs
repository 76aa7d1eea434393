//! `laurel board`.

use crate::client::{Client, accepted};
use crate::session::{DEFAULT_SERVER, Session};
use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use reqwest::Method;
use serde::Deserialize;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Board {
    /// `global`, `exercise:<slug>`, `category:<name>`, `language:<name>` or `cohort:<id>`.
    #[arg(default_value = "global")]
    scope: String,
    /// `all`, `day`, `week` or `month` (UTC).
    #[arg(long, default_value = "all")]
    window: String,
    /// Which day, week or month: the one that holds this date.
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// The board as it stood then, for example 2026-11-21T10:00:00Z.
    #[arg(long, value_name = "TIME", conflicts_with = "as_of_seq")]
    as_of: Option<String>,
    /// The board as it stood at this sequence of the log.
    #[arg(long, value_name = "SEQUENCE")]
    as_of_seq: Option<u64>,
    /// Around this learner instead of from the top.
    #[arg(long, value_name = "HANDLE")]
    around: Option<String>,
    /// How many rows.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Let the boards of the scope stand still for others: for a cohort's instructors, and operators.
    #[arg(long, conflicts_with_all = ["unfreeze", "around", "as_of", "as_of_seq", "at"])]
    freeze: bool,
    /// Let them move again.
    #[arg(long, conflicts_with_all = ["around", "as_of", "as_of_seq", "at"])]
    unfreeze: bool,
    /// Where Laurel answers; by default where you are logged in.
    #[arg(long, env = "LAUREL_SERVER")]
    server: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    window: String,
    as_of_seq: Option<u64>,
    frozen_at: Option<DateTime<Utc>>,
    entries: Vec<Entry>,
    you: Option<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    rank: u64,
    handle: Option<String>,
    points: i64,
    reached_at: Option<DateTime<Utc>>,
    cpu_ms: Option<i64>,
}

impl Board {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let session = Session::load().ok();
        let kept = session.as_ref().map_or(DEFAULT_SERVER, |session| session.server.as_str());
        let server = self.server.as_deref().unwrap_or(kept);
        // The token of one server is nothing for another.
        let mut client = if server == kept && session.is_some() {
            Client::logged_in()?
        } else {
            Client::anonymous(server)?
        };
        let me = client.handle().map(str::to_owned);
        if self.freeze || self.unfreeze {
            return self.keep(&mut client).await;
        }
        let page: Page = client.get(&self.path()).await?.json().await.context("the answer is not a board")?;
        if let Some(frozen_at) = page.frozen_at {
            println!("This board stands still since {}.", frozen_at.format(SECONDS));
        } else if let Some(sequence) = page.as_of_seq {
            println!("{} as it stood at {sequence}.", page.window);
        }
        if page.entries.is_empty() {
            println!("Nobody has points on this board yet.");
            return Ok(ExitCode::SUCCESS);
        }
        let last = if self.scope.starts_with("exercise:") { "CPU time" } else { "reached" };
        println!("{:>6}  {:<24}  {:>8}  {last}", "rank", "handle", "points");
        page.entries.iter().for_each(|entry| show(entry, me.as_deref()));
        if let Some(you) = &page.you {
            println!("You, as it is now:");
            show(you, me.as_deref());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn path(&self) -> String {
        let mut query = vec![("window", self.window.clone())];
        let sequence = self.as_of_seq.map(|sequence| sequence.to_string());
        for (name, value) in [("at", &self.at), ("as_of", &self.as_of), ("as_of_seq", &sequence)] {
            query.extend(value.iter().map(|value| (name, value.clone())));
        }
        let around = if let Some(handle) = &self.around {
            query.push(("radius", (self.limit / 2).to_string()));
            format!("/around/{handle}")
        } else {
            query.push(("limit", self.limit.to_string()));
            String::new()
        };
        // A `+` in a time would be read as a space.
        let query: Vec<String> =
            query.into_iter().map(|(name, value)| format!("{name}={}", value.replace('+', "%2B"))).collect();
        format!("/v1/leaderboards/{}{around}?{}", self.scope, query.join("&"))
    }

    async fn keep(&self, client: &mut Client) -> anyhow::Result<ExitCode> {
        let (what, said) = if self.freeze { ("freeze", "stands still") } else { ("unfreeze", "moves") };
        let path = format!("/v1/leaderboards/{}/{what}", self.scope);
        accepted(client.send(Method::POST, &path, |request| request).await?).await?;
        println!("The board {} {said}.", self.scope);
        Ok(ExitCode::SUCCESS)
    }
}

const SECONDS: &str = "%Y-%m-%d %H:%M:%S";

fn show(entry: &Entry, me: Option<&str>) {
    let handle = entry.handle.as_deref().unwrap_or("(erased)");
    let marker = if Some(handle) == me { '*' } else { ' ' };
    let last = match (entry.reached_at, entry.cpu_ms) {
        (Some(reached_at), _) => reached_at.format(SECONDS).to_string(),
        (None, Some(cpu_ms)) => format!("{cpu_ms} ms"),
        (None, None) => String::new(),
    };
    println!("{:>5}{marker}  {handle:<24}  {:>8}  {last}", entry.rank, entry.points);
}
