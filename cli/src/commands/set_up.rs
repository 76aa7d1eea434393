//! `laurel set-up`: what a cluster's jobs do before its services start. `laurel up` does the same by itself.

use crate::stack::set_up::{LogPlace, set_up_log};
use anyhow::Context;
use chassis::config::{ConfigError, Settings};
use chassis::log::streams::StreamPlan;
use clap::{Args, Subcommand};
use command_api::Digests;
use secrecy::ExposeSecret;
use std::collections::HashMap;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct SetUp {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Streams, buckets, the judges' queues, and the record that every server fsyncs. Safe to repeat.
    Log,
    /// The tables of the read models. Safe to repeat.
    Tables,
}

impl SetUp {
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let settings = Settings::from_environment();
        match self.part {
            Part::Log => log(settings).await?,
            Part::Tables => tables(settings).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn log(mut settings: Settings) -> anyhow::Result<()> {
    let url = settings.required::<String>("LAUREL_NATS_URL", "where the brokers are, for the user operator");
    let monitors = settings.required::<String>(
        "LAUREL_NATS_MONITOR_URLS",
        "the monitoring addresses of all the broker's servers, separated by commas",
    );
    let claim = settings.secret("LAUREL_CLAIM_KEY", "32 bytes in base64 that claims are computed with");
    let replicas = settings.or("LAUREL_STREAM_REPLICAS", "servers that keep each stream", 3_usize);
    let facts = settings.required::<i64>("LAUREL_FACTS_BYTES_MAX", "bytes FACTS may take");
    let identity = settings.required::<i64>("LAUREL_IDENTITY_BYTES_MAX", "bytes IDENTITY may take");
    let digests = claim.and_then(|key| match Digests::from_base64(&key) {
        Ok(digests) => Some(digests),
        Err(error) => {
            settings.refuse(format!("LAUREL_CLAIM_KEY is not usable: {error}"));
            None
        }
    });
    settings.finish()?;
    let (Some(url), Some(monitors), Some(digests), Some(facts_bytes_max), Some(identity_bytes_max)) =
        (url, monitors, digests, facts, identity)
    else {
        return Err(ConfigError(vec!["a required variable is missing".to_owned()]).into());
    };
    let metadata = HashMap::new();
    let place = LogPlace {
        url,
        monitor_urls: monitors.split(',').map(|url| url.trim().to_owned()).collect(),
        plan: StreamPlan { replicas, facts_bytes_max, identity_bytes_max, metadata },
        is_ours: true,
    };
    set_up_log(place, &digests).await?;
    println!("The log is as it must be.");
    Ok(())
}

async fn tables(mut settings: Settings) -> anyhow::Result<()> {
    let url = settings.secret("LAUREL_DATABASE_URL", "where PostgreSQL is, for the owner of the read models");
    settings.finish()?;
    let url = url.context("LAUREL_DATABASE_URL is missing")?;
    projectors::migrate(url.expose_secret()).await.context("the tables could not be brought up to date")?;
    println!("The tables are as they must be.");
    Ok(())
}
