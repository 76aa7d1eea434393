//! `laurel board`.

use crate::client::Client;
use crate::session::{DEFAULT_SERVER, Session};
use anyhow::Context;
use clap::Args;
use serde::Deserialize;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct Board {
    /// `global`, `exercise:<slug>`, `category:<name>` or `language:<name>`.
    #[arg(default_value = "global")]
    scope: String,
    /// `all`, `day`, `week` or `month` (UTC).
    #[arg(long, default_value = "all")]
    window: String,
    /// How many rows.
    #[arg(long, default_value_t = 20)]
    limit: u32,
    /// Where Laurel answers; by default where you are logged in.
    #[arg(long, env = "LAUREL_SERVER")]
    server: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    rank: u64,
    handle: Option<String>,
    points: i64,
    reached_at: chrono::DateTime<chrono::Utc>,
}

impl Board {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let session = Session::load().ok();
        let kept = session.as_ref().map_or(DEFAULT_SERVER, |session| session.server.as_str());
        let mut client = Client::anonymous(self.server.as_deref().unwrap_or(kept))?;
        let path = format!("/v1/leaderboards/{}?window={}&limit={}", self.scope, self.window, self.limit);
        let page: Page = client.get(&path).await?.json().await.context("the answer is not a board")?;
        if page.entries.is_empty() {
            println!("Nobody has points on this board yet.");
            return Ok(ExitCode::SUCCESS);
        }
        let me = session.as_ref().map(|session| session.handle.as_str());
        println!("{:>6}  {:<24}  {:>8}  reached", "rank", "handle", "points");
        for entry in page.entries {
            let handle = entry.handle.as_deref().unwrap_or("(erased)");
            let marker = if Some(handle) == me { '*' } else { ' ' };
            let reached = entry.reached_at.format("%Y-%m-%d %H:%M:%S");
            println!("{:>5}{marker}  {handle:<24}  {:>8}  {reached}", entry.rank, entry.points);
        }
        Ok(ExitCode::SUCCESS)
    }
}
