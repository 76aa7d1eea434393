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
    streams::check_servers(&servers.nats_monitor_urls()).await?;
    let config = LogConfig { url: servers.nats_url("operator"), process: "operator" };
    let log = EventLog::connect_unchecked(&config).await?;
    let plan = StreamPlan {
        replicas: 1,
        facts_bytes_max: FACTS_BYTES_MAX,
        identity_bytes_max: IDENTITY_BYTES_MAX,
        metadata: HashMap::new(),
    };
    // Private servers are ours to fill; on others there may be less room than that.
    let plan = if servers.has_private_nats() {
        plan
    } else {
        plan.fitting(log.jetstream(), &servers.nats_monitor_urls()).await?
    };
    streams::set_up(log.jetstream(), &plan).await?;
    streams::record_claim_key(log.jetstream(), digests.fingerprint()).await?;
    streams::record_fsync_check(log.jetstream(), &servers.nats_monitor_urls()).await?;
    judge::ensure_consumer(log.jetstream()).await?;
    Ok(())
}
