//! `laurel parked`: events that could not be applied, looked at, tried again, or left out for good.

use crate::client::{Client, accepted, is_refused_as};
use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::process::ExitCode;
use uuid::Uuid;

const PAGE: usize = 200;

#[derive(Debug, Args)]
pub struct Parked {
    #[command(subcommand)]
    command: ParkedCommand,
}

#[derive(Debug, Subcommand)]
enum ParkedCommand {
    /// List the keys that are parked, and why each is.
    List {
        /// Only those of this projection.
        #[arg(long)]
        projection: Option<String>,
    },
    /// Show a key's parked events in the order they will be applied in.
    Show(Key),
    /// Apply a key's events in order, up to the first that still cannot be: after its cause was mended.
    Redrive(Key),
    /// Leave the event that keeps a key parked out, now and in every rebuild, then go on with the rest.
    Discard {
        #[command(flatten)]
        key: Key,
        /// The event's sequence, as `laurel parked show` has it: so that no other one is left out by mistake.
        #[arg(long)]
        sequence: u64,
        /// Why, for people. It is kept for ever, so it names nobody.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
struct Key {
    /// The read model, as `laurel parked list` names it.
    projection: String,
    /// The learner or whatever else the events are about.
    key: Uuid,
}

#[derive(Debug, Deserialize)]
struct Page {
    parked: Vec<ParkedKey>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ParkedKey {
    projection: String,
    version: i32,
    state: String,
    key: Uuid,
    sequence: i64,
    event_type: String,
    error: String,
    parked_at: DateTime<Utc>,
    events: i64,
}

#[derive(Debug, Deserialize)]
struct Events {
    total: i64,
    events: Vec<Event>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Event {
    sequence: i64,
    event_id: Uuid,
    event_type: String,
    cause: bool,
    error: String,
    parked_at: DateTime<Utc>,
    event: Option<Value>,
}

impl Parked {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut client = Client::logged_in()?;
        match self.command {
            ParkedCommand::List { projection } => list(&mut client, projection.as_deref()).await?,
            ParkedCommand::Show(key) => key.show(&mut client).await?,
            ParkedCommand::Redrive(key) => return key.order(&mut client, "redrive", &json!({})).await,
            ParkedCommand::Discard { key, sequence, reason } => {
                // Told by what is parked, because the log knows nothing of that.
                let first = key.events(&mut client, None).await?.events.into_iter().next();
                let cause = first.context("nothing of it is parked")?;
                let is_cause = u64::try_from(cause.sequence) == Ok(sequence);
                anyhow::ensure!(
                    is_cause,
                    "what keeps it parked is event {} ({}), not {sequence}; nothing was done",
                    cause.sequence,
                    cause.event_type
                );
                let body = json!({ "sequence": sequence, "reason": reason });
                return key.order(&mut client, "discard", &body).await;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(client: &mut Client, projection: Option<&str>) -> anyhow::Result<()> {
    let only = projection.map(|name| format!("&projection={name}")).unwrap_or_default();
    let mut cursor = String::new();
    let mut is_empty = true;
    loop {
        let page: Page = read(client, &format!("/v1/parked?limit={PAGE}{only}{cursor}")).await?;
        for one in page.parked {
            is_empty = false;
            let ParkedKey { projection, version, state, key, sequence, event_type, error, .. } = &one;
            println!("{projection} v{version} ({state})  {key}");
            println!("  {} events since {}", one.events, one.parked_at.format("%Y-%m-%d %H:%M:%S"));
            println!("  {event_type} at {sequence}: {error}");
        }
        let Some(next) = page.next_cursor else { break };
        cursor = format!("&cursor={next}");
    }
    if is_empty {
        println!("Nothing is parked.");
    }
    Ok(())
}

impl Key {
    async fn events(&self, client: &mut Client, cursor: Option<&str>) -> anyhow::Result<Events> {
        let cursor = cursor.map(|cursor| format!("?cursor={cursor}")).unwrap_or_default();
        read(client, &format!("/v1/parked/{}/{}{cursor}", self.projection, self.key)).await
    }

    async fn show(&self, client: &mut Client) -> anyhow::Result<()> {
        let mut page = self.events(client, None).await?;
        println!("{} events of {} are parked in {}.", page.total, self.key, self.projection);
        loop {
            for event in &page.events {
                event.print()?;
            }
            let Some(cursor) = page.next_cursor else { return Ok(()) };
            page = self.events(client, Some(&cursor)).await?;
        }
    }

    /// Gives an order and says what came of it; the exit code is 1 when the key is still parked.
    async fn order(&self, client: &mut Client, what: &str, body: &Value) -> anyhow::Result<ExitCode> {
        let path = format!("/v1/parked/{}/{}/{what}", self.projection, self.key);
        accepted(client.send(Method::POST, &path, |request| request.json(body)).await?).await?;
        // The client's reads are not answered from before what it wrote.
        match self.events(client, None).await {
            Ok(still) => {
                println!("Still parked: {} events.", still.total);
                if let Some(first) = still.events.first() {
                    first.print()?;
                }
                Ok(ExitCode::FAILURE)
            }
            Err(error) if is_refused_as(&error, "parked_key_not_found") => {
                println!("The key goes on: nothing of it is parked.");
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => Err(error),
        }
    }
}

impl Event {
    fn print(&self) -> anyhow::Result<()> {
        let Self { sequence, event_type, event_id, parked_at, .. } = self;
        println!();
        println!(
            "{event_type} at {sequence}, id {event_id}, parked {}",
            parked_at.format("%Y-%m-%d %H:%M:%S")
        );
        println!("  {}{}", if self.cause { "cannot be applied: " } else { "" }, self.error);
        match &self.event {
            Some(event) => println!("{}", serde_json::to_string_pretty(event)?),
            None => println!("  (its content is personal, or the log has it no more)"),
        }
        Ok(())
    }
}

async fn read<T: serde::de::DeserializeOwned>(client: &mut Client, path: &str) -> anyhow::Result<T> {
    client.get(path).await?.json().await.context("the answer cannot be understood")
}
