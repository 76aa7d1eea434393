//! `laurel submit`.

use crate::client::{Client, accepted};
use anyhow::{Context, bail};
use chassis::clock::Clock;
use chassis::random;
use chrono::Utc;
use clap::Args;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
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

impl Submit {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let source = std::fs::read_to_string(&self.file)
            .with_context(|| format!("{} cannot be read as UTF-8 text", self.file.display()))?;
        let language = self.language()?;
        let mut client = Client::logged_in()?;
        // One key for every attempt of this command: however often it is sent, it is one submission.
        let idempotency_key = random::uuid(&Clock::system()).to_string();
        let path = format!("/v1/exercises/{}/submissions", self.slug);
        let body = json!({ "language": language, "source": source });
        let answer = accepted(
            client
                .send(Method::POST, &path, |request| {
                    request.header("Idempotency-Key", &idempotency_key).json(&body)
                })
                .await?,
        )
        .await?;
        let received: Value = answer.json().await.context("the answer is not JSON")?;
        let id = received["submission_id"].as_str().context("the answer names no submission")?;
        println!("Submitted {} as {id}.", self.file.display());

        let judged = wait_for_verdict(&mut client, id, Duration::from_secs(self.wait_s)).await?;
        print_judgement(&judged);
        let accepted = judged["verdict"] == "accepted";
        Ok(if accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn language(&self) -> anyhow::Result<String> {
        if let Some(language) = &self.language {
            return Ok(language.clone());
        }
        match self.file.extension().and_then(|ending| ending.to_str()) {
            Some("py") => Ok("python".to_owned()),
            _ => bail!("the language of {} is not clear; say --language", self.file.display()),
        }
    }
}

/// Asks until the submission is judged. The client names the submission's position, so no question comes too early;
/// between questions lies a growing pause.
async fn wait_for_verdict(client: &mut Client, id: &str, patience: Duration) -> anyhow::Result<Value> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(50);
    loop {
        let path = format!("/v1/submissions/{id}");
        let answer = client.send(Method::GET, &path, |request| request).await?;
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
            let submission: Value = accepted(answer).await?.json().await?;
            if submission["verdict"].is_string() {
                return Ok(submission);
            }
        }
        if begun.elapsed() > patience {
            bail!(
                "no verdict after {} s; the submission is safe, look later at /v1/submissions/{id}",
                patience.as_secs()
            );
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_secs(1));
    }
}

fn print_judgement(judged: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").replace('_', " ");
    for test in judged["tests"].as_array().into_iter().flatten() {
        println!(
            "  test {:>3}  {:<7}  {:<14}  {:>5} ms  {:>7} KiB",
            test["ordinal"].to_string(),
            text(&test["group"]),
            text(&test["verdict"]),
            test["cpu_ms"].to_string(),
            test["memory_kib"].to_string()
        );
        if test["verdict"] != "accepted"
            && let Some(output) = test["output"].as_str()
        {
            output.lines().take(20).for_each(|line| println!("            | {line}"));
        }
    }
    if let Some(output) = judged["compile_output"].as_str() {
        output.lines().for_each(|line| println!("  | {line}"));
    }
    println!("{}: {} of {} points.", text(&judged["verdict"]), judged["points"], judged["points_max"]);
    let waited = [&judged["received_at"], &judged["judged_at"]]
        .map(|time| time.as_str().and_then(|time| time.parse::<chrono::DateTime<Utc>>().ok()));
    if let [Some(received), Some(judged)] = waited {
        println!("Judged {} ms after it was received.", (judged - received).num_milliseconds());
    }
}
