//! `laurel backup` and `laurel restore`: the log into a folder, and back to empty brokers.

use crate::backup::{self, Backup};
use anyhow::Context;
use chassis::config::Settings;
use chassis::log::{EventLog, LogConfig};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Who may save is not who may bring back.
const SAVES: &str = "backup";
const BRINGS_BACK: &str = "operator";

#[derive(Debug, Args)]
pub struct Save {
    /// A folder without a backup; it is made where it is missing.
    folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// What `laurel backup` made.
    folder: PathBuf,
}

impl Save {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let log = connect(SAVES).await?;
        let saved = backup::save(log.jetstream(), log.client(), &self.folder).await?;
        report(&saved);
        println!("Saved what was there at {}.", saved.begun_at);
        Ok(ExitCode::SUCCESS)
    }
}

impl Restore {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let log = connect(BRINGS_BACK).await?;
        let backup = backup::open(&self.folder)?;
        println!("This backup was begun at {} and ended at {}:", backup.begun_at, backup.ended_at);
        report(&backup);
        let brought = backup::bring_back(log.jetstream(), log.client(), &self.folder, &backup).await?;
        for name in brought.there {
            println!("{name} was back already.");
        }
        for (name, bytes) in brought.smaller {
            println!("{name} has room for {} MiB, less than it had: the brokers have no more.", bytes >> 20);
        }
        println!(
            "The log is as it was at {0}. Now: laurel set-up log, laurel set-up tables.\n\
             Everybody has to sign in again. Accounts erased between {0} and now are back: erase them again.",
            backup.begun_at
        );
        Ok(ExitCode::SUCCESS)
    }
}

async fn connect(user: &'static str) -> anyhow::Result<EventLog> {
    let mut settings = Settings::from_environment();
    let what = format!("where the brokers are, for the user {user}");
    let url = settings.required::<String>("LAUREL_NATS_URL", &what);
    settings.finish()?;
    let config = LogConfig { url: url.context("LAUREL_NATS_URL is missing")?, process: user };
    Ok(EventLog::connect_unchecked(&config).await?)
}

fn report(backup: &Backup) {
    for saved in &backup.streams {
        let mib = saved.bytes.div_ceil(1_024 * 1_024);
        println!(
            "{:<16} {:>12} messages up to {:>12}  {mib:>8} MiB",
            saved.name, saved.messages, saved.last_sequence
        );
    }
}
