//! `laurel run`.

use super::language_of;
use super::submit::shown::{TestResult, words};
use crate::client::{Client, accepted};
use anyhow::Context;
use clap::Args;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run, but something failed.
const NOT_ACCEPTED: u8 = 3;
const EXIT_CODES: &str = "\
Exit codes:
  0  every sample is accepted, or the program ended well on your input
  1  it could not be run
  2  wrong usage of this command
  3  a sample is not accepted, or the program failed";

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Run {
    /// The exercise, as in its address.
    slug: String,
    /// The program to try out.
    file: PathBuf,
    /// A file with input of your own; without it the exercise's samples are run.
    #[arg(long)]
    input: Option<PathBuf>,
    /// By default told by the file's ending.
    #[arg(long)]
    language: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Ran {
    verdict: Option<String>,
    tests: Vec<RanTest>,
    compile_output: Option<String>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RanTest {
    ordinal: u32,
    verdict: Option<String>,
    cpu_ms: u32,
    memory_kib: u32,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Deserialize)]
struct Rest {
    exceeded: Option<super::submit::shown::Exceeded>,
    output: Option<String>,
}

impl Run {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let language = language_of(&self.file, self.language.as_deref())?;
        let mut body = json!({ "language": language, "source": read(&self.file)? });
        if let Some(input) = &self.input {
            body["input"] = read(input)?.into();
        }
        let mut client = Client::logged_in()?;
        let path = format!("/v1/exercises/{}/runs", self.slug);
        let answer = client.send(Method::POST, &path, |request| request.json(&body)).await?;
        let ran: Ran = accepted(answer).await?.json().await.context("the answer cannot be read")?;
        Ok(print(ran, self.input.is_some()))
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read as UTF-8 text", file.display()))
}

fn print(ran: Ran, is_own_input: bool) -> ExitCode {
    for test in ran.tests {
        let shown = TestResult {
            ordinal: test.ordinal,
            group: if is_own_input { "input" } else { "sample" }.to_owned(),
            verdict: test.verdict.unwrap_or_else(|| "ended".to_owned()),
            cpu_ms: test.cpu_ms,
            memory_kib: test.memory_kib,
            exceeded: test.rest.exceeded,
            output: None,
        };
        println!("{shown}");
        let output = test.rest.output.unwrap_or_default();
        output.lines().for_each(|line| println!("            | {line}"));
    }
    let complaint = ran.compile_output.unwrap_or_default();
    complaint.lines().for_each(|line| println!("  | {line}"));
    match &ran.verdict {
        Some(verdict) => println!("{} (nothing was handed in).", words(verdict)),
        None => println!("It ended well; whether that is right, only a sample can tell."),
    }
    if let Some(reason) = &ran.reason {
        println!("It could not be run, which is not your fault: {}.", words(reason));
    }
    let is_well = ran.verdict.is_none_or(|verdict| verdict == "accepted");
    if is_well { ExitCode::SUCCESS } else { ExitCode::from(NOT_ACCEPTED) }
}
