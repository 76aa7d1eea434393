//! Private servers for one run, on their own ports and in a folder that goes away with them. Unlike a test's they write
//! to the disk as carefully as in production: that is what is being measured.

use anyhow::Context;
use async_nats::jetstream;
use chassis::log::streams::{self, StreamPlan};
use local_servers::nats::{NatsConfig, NatsServer};
use local_servers::postgres::{PostgresConfig, PostgresServer};
use local_servers::redis::{RedisConfig, RedisServer};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A folder on the disk Laurel's data would be on (never a tmpfs), removed when dropped.
#[derive(Debug)]
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> anyhow::Result<Self> {
        let parent = local_servers::laurel_home().join("load-tests");
        std::fs::create_dir_all(&parent).with_context(|| format!("making {}", parent.display()))?;
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(&parent)?;
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Room for the longest run but one that asks for more.
pub fn stream_plan() -> StreamPlan {
    stream_plan_for(0)
}

/// Room for so many events, or for the usual run.
pub fn stream_plan_for(events: usize) -> StreamPlan {
    const GIB: i64 = 1 << 30;
    // An event takes 1.7 KB, half of them being submissions of 1 KB of source.
    let events_bytes = i64::try_from(events).unwrap_or(i64::MAX).saturating_mul(2_000);
    StreamPlan {
        replicas: 1,
        facts_bytes_max: events_bytes.max(6 * GIB),
        identity_bytes_max: GIB,
        metadata: HashMap::new(),
    }
}

/// A nats-server without users, with Laurel's streams as they must be.
pub async fn nats(folder: &Folder) -> anyhow::Result<(NatsServer, jetstream::Context)> {
    let server = NatsServer::start(NatsConfig::new(folder.join("nats"))).await?;
    let client = async_nats::connect(server.url("nobody")).await?;
    let jetstream = jetstream::new(client);
    streams::set_up(&jetstream, &stream_plan()).await?;
    streams::record_fsync_check(&jetstream, &[server.monitor_url()]).await?;
    Ok((server, jetstream))
}

pub async fn postgres(folder: &Folder) -> anyhow::Result<PostgresServer> {
    Ok(PostgresServer::start(PostgresConfig::new(folder.join("postgres"))).await?)
}

pub async fn redis(folder: &Folder) -> anyhow::Result<RedisServer> {
    Ok(RedisServer::start(RedisConfig::new(folder.join("redis"))).await?)
}
