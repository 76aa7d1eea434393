//! `laurel projections`: how the read models are, and the orders that rebuild, verify, roll back or abort.

mod shown;

use crate::client::{Client, accepted};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};
use shown::{Build, Projection, Projections};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub struct ProjectionsCommand {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show how far each read model is behind the log, and what is being built beside it.
    Status {
        /// Only this one, with its last builds.
        name: Option<String>,
    },
    /// Fold a read model again from the first event on, compare it, and put it in the live one's place.
    Rebuild {
        name: String,
        /// Put it there also when it differs from what is live. Say why.
        #[arg(long, requires = "reason")]
        accept_difference: bool,
        /// Why, for people. It is kept for ever, so it names nobody.
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Fold a read model again, compare it with the live one, and show the first difference. Without a name: all of them.
    Verify {
        name: Option<String>,
        #[command(flatten)]
        wait: Wait,
    },
    /// Go back to the tables that were live before the last swap.
    Rollback {
        name: String,
        /// Why, for people. It is kept for ever, so it names nobody.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Give up what is ordered or being built; the live tables stay.
    Abort { name: String },
}

#[derive(Debug, Clone, Copy, Args)]
struct Wait {
    /// Wait for the end at most so many seconds; 0: only give the order.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    wait_s: u64,
}

impl ProjectionsCommand {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut client = Client::logged_in()?;
        match self.command {
            What::Status { name: None } => all(&mut client).await?.print(),
            What::Status { name: Some(name) } => one(&mut client, &name).await?.print(),
            What::Rebuild { name, accept_difference, reason, wait } => {
                let body = json!({ "reason": reason, "accept_difference": accept_difference });
                return build(&mut client, &name, "rebuild", &body, wait).await;
            }
            What::Verify { name: Some(name), wait } => {
                return build(&mut client, &name, "verify", &json!({}), wait).await;
            }
            What::Verify { name: None, wait } => return verify_all(&mut client, wait).await,
            What::Rollback { name, reason, wait } => {
                return build(&mut client, &name, "rollback", &json!({ "reason": reason }), wait).await;
            }
            What::Abort { name } => {
                let path = format!("/v1/projections/{name}/abort");
                accepted(client.send(Method::POST, &path, |request| request).await?).await?;
                println!("What is ordered or being built of {name} is given up.");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn all(client: &mut Client) -> anyhow::Result<Projections> {
    client.get("/v1/projections").await?.json().await.context("the answer cannot be understood")
}

async fn one(client: &mut Client, name: &str) -> anyhow::Result<Projection> {
    let answer = client.get(&format!("/v1/projections/{name}")).await?;
    answer.json().await.context("the answer cannot be understood")
}

/// Gives an order; the id of what is built.
async fn order(client: &mut Client, name: &str, what: &str, body: &Value) -> anyhow::Result<String> {
    let path = format!("/v1/projections/{name}/{what}");
    let answer = accepted(client.send(Method::POST, &path, |request| request.json(body)).await?).await?;
    let ordered: Value = answer.json().await.context("the answer is not JSON")?;
    Ok(ordered["build_id"].as_str().context("the build has no id")?.to_owned())
}

async fn build(
    client: &mut Client,
    name: &str,
    what: &str,
    body: &Value,
    wait: Wait,
) -> anyhow::Result<ExitCode> {
    let id = order(client, name, what, body).await?;
    if wait.wait_s == 0 {
        println!("Ordered. `laurel projections status {name}` says how far it is.");
        return Ok(ExitCode::SUCCESS);
    }
    let build = ended(client, name, &id, wait).await?;
    build.print(name);
    Ok(if build.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All orders first, so that one reading of the log serves them.
async fn verify_all(client: &mut Client, wait: Wait) -> anyhow::Result<ExitCode> {
    let mut ordered = Vec::new();
    for name in all(client).await?.names() {
        ordered.push((order(client, &name, "verify", &json!({})).await?, name));
    }
    let mut all_well = true;
    for (id, name) in ordered {
        if wait.wait_s > 0 {
            let build = ended(client, &name, &id, wait).await?;
            build.print(&name);
            all_well &= build.is_well();
        }
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Waits for the end of a build; on a terminal, shows how far it is.
async fn ended(client: &mut Client, name: &str, id: &str, wait: Wait) -> anyhow::Result<Build> {
    let deadline = Instant::now() + Duration::from_secs(wait.wait_s);
    let shows = std::io::stderr().is_terminal();
    loop {
        let build = one(client, name).await.map(|projection| projection.build(id));
        // An order about what does not exist has no page to stand on.
        let Some(build) = build? else { bail!("the order is not known; was it given to {name}?") };
        if build.has_ended() {
            if shows {
                eprintln!();
            }
            return Ok(build);
        }
        if shows {
            eprint!("\r{}", build.line());
        }
        if Instant::now() >= deadline {
            bail!("{name} is {}; `laurel projections status {name}` says how far it is", build.line());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
