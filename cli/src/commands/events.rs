//! `laurel events`: the feed for analysts, on a terminal or into a file.

mod export;
mod reader;

use crate::client::Client;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use reader::{Reader, event_of};
use reqwest::Url;
use serde::Deserialize;
use std::io::Write;
use std::process::ExitCode;
use uuid::Uuid;

#[derive(Debug, Args)]
pub struct Events {
    #[command(subcommand)]
    command: EventsCommand,
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// Show what happens, from now on or from a position or time on, until it is interrupted.
    Tail(Tail),
    /// Write all facts into a file, one JSON object a line. A file that is there already is gone on with: each fact is in
    /// it once, whatever broke off.
    Export(export::Export),
}

#[derive(Debug, Args)]
struct Tail {
    #[command(flatten)]
    choice: Choice,
    /// Print the events as they come: one JSON object a line.
    #[arg(long)]
    json: bool,
    /// End after so many events.
    #[arg(long)]
    limit: Option<u64>,
}

/// Which facts.
#[derive(Debug, Clone, Args)]
struct Choice {
    /// Only what comes behind this position (`07.1234`) or sequence (`1234`).
    #[arg(long)]
    after: Option<String>,
    /// Only what was stored at this time or later, for example 2026-11-21T10:00:00Z.
    #[arg(long, conflicts_with = "after")]
    since: Option<DateTime<Utc>>,
    /// Only these families, separated by commas.
    #[arg(long)]
    family: Option<String>,
    /// Only these types, separated by commas: `submission_judged`.
    #[arg(long = "type")]
    event_type: Option<String>,
    /// Only what is about this learner.
    #[arg(long)]
    learner: Option<Uuid>,
    /// Only what is about this exercise: its slug or id.
    #[arg(long)]
    exercise: Option<String>,
}

impl Choice {
    /// The request's path, beginning where the choice says or behind a sequence that was read already.
    fn path(&self, behind: Option<u64>, follow: bool) -> anyhow::Result<String> {
        let text = |value: &Option<String>| value.clone();
        let behind = behind.map(|sequence| sequence.to_string());
        let since = self.since.filter(|_| behind.is_none()).map(|since| since.to_rfc3339());
        let parameters = [
            ("after", behind.or_else(|| self.after.clone())),
            ("since", since),
            ("family", text(&self.family)),
            ("type", text(&self.event_type)),
            ("learner", self.learner.map(|learner| learner.to_string())),
            ("exercise", text(&self.exercise)),
            ("follow", follow.then(|| "true".to_owned())),
        ];
        // For its percent-encoding.
        let mut url = Url::parse("http://server/v1/events")?;
        for (name, value) in parameters {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, &value);
            }
        }
        Ok(format!("{}?{}", url.path(), url.query().unwrap_or_default()))
    }
}

/// What of an event is shown on a terminal.
#[derive(Debug, Deserialize)]
struct Shown {
    sequence: u64,
    time: Option<DateTime<Utc>>,
    #[serde(rename = "type")]
    kind: Option<String>,
    subject: String,
}

impl Events {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            EventsCommand::Tail(tail) => tail.run().await,
            EventsCommand::Export(export) => export.run().await,
        }
    }
}

impl Tail {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let mut choice = self.choice;
        if choice.after.is_none() && choice.since.is_none() {
            choice.after = Some("end".to_owned());
        }
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut reader = Reader::open(Client::logged_in()?, choice, None, true).await?;
        while let Some(lines) = reader.next().await? {
            // Whoever reads the output may have gone (`| head`), which is no error of ours.
            let mut out = std::io::stdout().lock();
            for line in lines.split_inclusive(|byte| *byte == b'\n').filter(|line| line.len() > 1) {
                let told = if self.json { out.write_all(line) } else { show(line, &mut out) };
                left -= 1;
                if told.is_err() || left == 0 {
                    return Ok(ExitCode::SUCCESS);
                }
            }
            if out.flush().is_err() {
                return Ok(ExitCode::SUCCESS);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(line: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    let Some(shown) = event_of::<Shown>(line) else { return out.write_all(line) };
    let time = shown.time.map(|time| time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()).unwrap_or_default();
    let kind = shown.kind.unwrap_or_default();
    let name = kind.strip_prefix("laurel.").unwrap_or(&kind);
    let key = shown.subject.rsplit('.').next().unwrap_or_default();
    writeln!(out, "{:>9}  {time:<23}  {name:<34}  {key}", shown.sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_on_where_it_was() -> anyhow::Result<()> {
        let choice = Choice {
            after: None,
            since: Some("2026-11-21T10:00:00Z".parse()?),
            family: Some("submission,judgement".to_owned()),
            event_type: None,
            learner: None,
            exercise: Some("sum-of-two".to_owned()),
        };
        let rest = "family=submission%2Cjudgement&exercise=sum-of-two";
        let first = format!("/v1/events?since=2026-11-21T10%3A00%3A00%2B00%3A00&{rest}");
        assert_eq!(choice.path(None, false)?, first);
        assert_eq!(choice.path(Some(7), true)?, format!("/v1/events?after=7&{rest}&follow=true"));
        Ok(())
    }

    #[test]
    fn a_line_for_people() -> anyhow::Result<()> {
        let line = br#"{"sequence":12,"time":"2026-11-21T10:00:00.125Z","type":"laurel.learner_registered.v1","subject":"facts.learner.07.abc"}"#;
        let mut out = Vec::new();
        show(line, &mut out)?;
        let expected = "       12  2026-11-21 10:00:00.125  learner_registered.v1               abc\n";
        assert_eq!(String::from_utf8(out)?, expected);
        Ok(())
    }
}
