//! What must be there before a service starts: streams, buckets, the record of checked servers, the judges' queue, tables.

use super::servers::Servers;
use anyhow::Context;
use chassis::log::streams::StreamPlan;
use chassis::log::{EventLog, LogConfig, streams};
use command_api::Digests;
use std::collections::HashMap;

/// Of the 16 GiB the private broker may take, 80 % are for facts.
const FACTS_BYTES_MAX: i64 = (16 << 30) / 10 * 8;
const IDENTITY_BYTES_MAX: i64 = 1 << 30;

/// Brings everything up to date. Safe to repeat.
pub async fn apply(servers: &Servers, digests: &Digests) -> anyhow::Result<()> {
    let (log, tables) = tokio::join!(log(servers, digests), async {
        projectors::migrate(&servers.database_url())
            .await
            .context("the tables could not be brought up to date")
    });
    log?;
    tables
}

async fn log(servers: &Servers, digests: &Digests) -> anyhow::Result<()> {
    let place = LogPlace {
        url: servers.nats_url("operator"),
        monitor_urls: servers.nats_monitor_urls(),
        plan: StreamPlan {
            replicas: 1,
            facts_bytes_max: FACTS_BYTES_MAX,
            identity_bytes_max: IDENTITY_BYTES_MAX,
            metadata: HashMap::new(),
        },
        is_ours: servers.has_private_nats(),
    };
    set_up_log(place, digests).await
}

/// A broker, and what it gives the log.
#[derive(Debug)]
pub struct LogPlace {
    /// For the user `operator`.
    pub url: String,
    /// The monitoring addresses of all its servers.
    pub monitor_urls: Vec<String>,
    pub plan: StreamPlan,
    /// Whether the plan is what there is room for. On servers that somebody else set up there may be less.
    pub is_ours: bool,
}

/// Brings streams, buckets and the judges' queues up to date, and records that every server fsyncs. Safe to repeat.
pub async fn set_up_log(place: LogPlace, digests: &Digests) -> anyhow::Result<()> {
    streams::check_servers(&place.monitor_urls).await?;
    let config = LogConfig { url: place.url, process: "operator" };
    let log = EventLog::connect_unchecked(&config).await?;
    let plan = if place.is_ours {
        place.plan
    } else {
        place.plan.fitting(log.jetstream(), &place.monitor_urls).await?
    };
    streams::set_up(log.jetstream(), &plan).await?;
    streams::record_claim_key(log.jetstream(), digests.fingerprint()).await?;
    streams::record_fsync_check(log.jetstream(), &place.monitor_urls).await?;
    judge::ensure_consumer(log.jetstream()).await?;
    Ok(())
}
