//! `laurel cohort`: classes that instructors make and lead, and learners join by a code.

mod shown;

use crate::client::{Client, accepted};
use anyhow::{Context, bail};
use chassis::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use shown::{Cohort, Member};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use uuid::Uuid;

/// What a table of results asks for at once.
const CSV_PAGE: usize = 1_000;
const PAGE: usize = 200;
/// Of a page of a table that is not the last.
const NEXT_CURSOR: &str = "Laurel-Next-Cursor";

#[derive(Debug, Args)]
pub struct CohortCommands {
    #[command(subcommand)]
    command: CohortCommand,
}

#[derive(Debug, Subcommand)]
enum CohortCommand {
    /// Make a class (role instructor) and print the code by which learners join it.
    Create {
        /// Shown to its members, and kept for ever: it names nobody.
        name: String,
    },
    /// Print the code by which learners join, make another one, or withdraw it.
    Invite {
        #[command(flatten)]
        one: One,
        /// Another code; the one before is void.
        #[arg(long, conflicts_with = "withdraw")]
        renew: bool,
        /// For how many days the code is good, from now on; if absent, as it is, and another one for ever.
        #[arg(long, conflicts_with = "withdraw", value_parser = clap::value_parser!(i64).range(1..=366))]
        days: Option<i64>,
        /// Nobody can join before there is another.
        #[arg(long)]
        withdraw: bool,
    },
    /// Join a class by the code its instructor told you.
    Join { code: String },
    /// Leave a class.
    Leave(One),
    /// List the classes you lead and those you belong to.
    List {
        /// Every class there is (role admin).
        #[arg(long)]
        all: bool,
    },
    /// Show a class, and to who leads it its members.
    Show(One),
    /// Write who has how many points on which exercise as CSV, for who leads it.
    Progress {
        #[command(flatten)]
        one: One,
        /// Into this file; else to the terminal.
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
    /// Give a class another name.
    Rename {
        #[command(flatten)]
        one: One,
        name: String,
    },
    /// Take a member out of a class. Renew the invitation, or they may join again.
    Remove {
        #[command(flatten)]
        one: One,
        handle: String,
    },
    /// Let somebody else with the role instructor lead a class as well, or no longer.
    Lead {
        #[command(flatten)]
        one: One,
        handle: String,
        /// No longer.
        #[arg(long)]
        no_more: bool,
    },
    /// End a class: nobody joins it any more.
    Archive(One),
}

#[derive(Debug, Args)]
struct One {
    /// The class: its name if you have one of that name only, or its id.
    cohort: String,
}

/// What a command about a cohort answers.
#[derive(Debug, Deserialize)]
struct Changed {
    cohort_id: Uuid,
    name: Option<String>,
    code: Option<String>,
    link: Option<String>,
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Cohorts {
    cohorts: Vec<Cohort>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Members {
    members: Vec<Member>,
    parked_members: i64,
    next_cursor: Option<String>,
}

impl CohortCommands {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut client = Client::logged_in()?;
        let client = &mut client;
        match self.command {
            CohortCommand::Create { name } => create(client, &name).await?,
            CohortCommand::Invite { one, withdraw: true, .. } => {
                let id = one.find(client).await?;
                order(client, Method::DELETE, &format!("/v1/cohorts/{id}/invitation"), None).await?;
                println!("Withdrawn: nobody can join before there is another code.");
            }
            CohortCommand::Invite { one, renew, days, .. } => {
                let id = one.find(client).await?;
                let expires_at = days.map(|days| Clock::system().now() + TimeDelta::days(days));
                let body = json!({ "renew": renew, "expires_at": expires_at });
                let path = format!("/v1/cohorts/{id}/invitation");
                let changed = order(client, Method::POST, &path, Some(body)).await?;
                changed.tell_invitation(client.server());
            }
            CohortCommand::Join { code } => {
                let body = json!({ "code": code });
                let joined = order(client, Method::POST, "/v1/cohorts/join", Some(body)).await?;
                let cohort: Cohort = read(client, &format!("/v1/cohorts/{}", joined.cohort_id)).await?;
                println!("You are in {}.", cohort.name);
            }
            CohortCommand::Leave(one) => {
                let id = one.find(client).await?;
                order(client, Method::POST, &format!("/v1/cohorts/{id}/leave"), None).await?;
                println!("You have left.");
            }
            CohortCommand::List { all } => shown::list(&cohorts(client, all).await?),
            CohortCommand::Show(one) => show(client, one).await?,
            CohortCommand::Progress { one, output } => progress(client, one, output).await?,
            CohortCommand::Rename { one, name } => {
                let id = one.find(client).await?;
                let body = json!({ "name": name });
                let renamed = order(client, Method::PUT, &format!("/v1/cohorts/{id}"), Some(body)).await?;
                println!("It is called {} now.", renamed.name.unwrap_or_default());
            }
            CohortCommand::Remove { one, handle } => {
                let id = one.find(client).await?;
                order(client, Method::DELETE, &format!("/v1/cohorts/{id}/members/{handle}"), None).await?;
                println!("Removed. Who knows the code can join again: `laurel cohort invite {id} --renew`.");
            }
            CohortCommand::Lead { one, handle, no_more } => {
                let id = one.find(client).await?;
                let method = if no_more { Method::DELETE } else { Method::PUT };
                order(client, method, &format!("/v1/cohorts/{id}/instructors/{handle}"), None).await?;
                println!("{handle} {} it.", if no_more { "no longer leads" } else { "leads" });
            }
            CohortCommand::Archive(one) => {
                let id = one.find(client).await?;
                order(client, Method::POST, &format!("/v1/cohorts/{id}/archive"), None).await?;
                println!("Archived: nobody joins it any more.");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl One {
    async fn find(&self, client: &mut Client) -> anyhow::Result<Uuid> {
        if let Ok(id) = Uuid::parse_str(&self.cohort) {
            return Ok(id);
        }
        let wanted = self.cohort.to_lowercase();
        let cohorts = cohorts(client, false).await?;
        let named: Vec<&Cohort> =
            cohorts.iter().filter(|cohort| cohort.name.to_lowercase() == wanted).collect();
        match named.as_slice() {
            [one] => Ok(one.cohort_id),
            [] => bail!("you have no class of that name; `laurel cohort list` has their names and ids"),
            _ => bail!("several of your classes have that name; say the id, as `laurel cohort list` has it"),
        }
    }
}

async fn create(client: &mut Client, name: &str) -> anyhow::Result<()> {
    // One key for both attempts, should the first one's answer be lost.
    let key = chassis::random::uuid(&Clock::system()).to_string();
    let body = json!({ "name": name });
    let ask = |request: reqwest::RequestBuilder| request.header("Idempotency-Key", &key).json(&body);
    let answer = accepted(client.send(Method::POST, "/v1/cohorts", ask).await?).await?;
    let made: Changed = answer.json().await.context("the answer cannot be understood")?;
    println!("Class {}", made.cohort_id);
    made.tell_invitation(client.server());
    Ok(())
}

impl Changed {
    fn tell_invitation(&self, server: &str) {
        if let Some(code) = &self.code {
            println!("Learners join it with: laurel cohort join {code}");
        }
        if let Some(link) = &self.link {
            println!("or by following: {server}{link}");
        }
        if let Some(expires_at) = self.expires_at {
            println!("until {}", expires_at.format("%Y-%m-%d %H:%M UTC"));
        }
    }
}

async fn show(client: &mut Client, one: One) -> anyhow::Result<()> {
    let id = one.find(client).await?;
    let cohort: Cohort = read(client, &format!("/v1/cohorts/{id}")).await?;
    cohort.print();
    // Only who leads it is told; an admin, too.
    if cohort.invites.is_none() {
        return Ok(());
    }
    let mut members = Vec::new();
    let mut path = format!("/v1/cohorts/{id}/members?limit={PAGE}");
    loop {
        let page: Members = read(client, &path).await?;
        members.extend(page.members);
        let Some(cursor) = page.next_cursor else {
            shown::members(&members, page.parked_members);
            return Ok(());
        };
        path = format!("/v1/cohorts/{id}/members?limit={PAGE}&cursor={cursor}");
    }
}

async fn cohorts(client: &mut Client, all: bool) -> anyhow::Result<Vec<Cohort>> {
    let mut cohorts = Vec::new();
    let mut path = format!("/v1/cohorts?all={all}&limit={PAGE}");
    loop {
        let page: Cohorts = read(client, &path).await?;
        cohorts.extend(page.cohorts);
        let Some(cursor) = page.next_cursor else { return Ok(cohorts) };
        path = format!("/v1/cohorts?all={all}&limit={PAGE}&cursor={cursor}");
    }
}

async fn progress(client: &mut Client, one: One, output: Option<PathBuf>) -> anyhow::Result<()> {
    let id = one.find(client).await?;
    let first = format!("/v1/cohorts/{id}/progress?format=csv&limit={CSV_PAGE}");
    let mut path = first.clone();
    let mut table = Vec::new();
    loop {
        let answer = client.get(&path).await?;
        let cursor =
            answer.headers().get(NEXT_CURSOR).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let page = answer.bytes().await.context("the table ended early")?;
        table.extend_from_slice(if table.is_empty() { &page } else { without_header(&page) });
        let Some(cursor) = cursor else { break };
        path = format!("{first}&cursor={cursor}");
    }
    match output {
        Some(file) => {
            std::fs::write(&file, table).with_context(|| format!("{} cannot be written", file.display()))
        }
        None => std::io::stdout().write_all(&table).context("the table cannot be printed"),
    }
}

/// No column's name has a line break.
fn without_header(page: &[u8]) -> &[u8] {
    let end = page.iter().position(|byte| *byte == b'\n').map_or(page.len(), |at| at + 1);
    &page[end..]
}

async fn order(
    client: &mut Client,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> anyhow::Result<Changed> {
    let fill = |request: reqwest::RequestBuilder| match &body {
        Some(body) => request.json(body),
        None => request,
    };
    let answer = accepted(client.send(method, path, fill).await?).await?;
    answer.json().await.context("the answer cannot be understood")
}

async fn read<T: serde::de::DeserializeOwned>(client: &mut Client, path: &str) -> anyhow::Result<T> {
    client.get(path).await?.json().await.context("the answer cannot be understood")
}
